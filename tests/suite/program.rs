//! `fairshare run` as a separate process, which can be killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::watchdog::eventually;

/// A path as it is written in a configuration.
pub fn quoted(path: &Path) -> String {
    format!("{:?}", path.to_str().unwrap())
}

/// A running program; killed when it is dropped.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it in a folder, with a database there and these additional keys and sections of a configuration.
    pub fn start(folder: &Path, configuration: &str) -> Self {
        Self::start_in(folder, configuration, &[])
    }

    /// The same, with additional environment variables.
    pub fn start_in(folder: &Path, configuration: &str, environment: &[(&str, String)]) -> Self {
        let database = folder.join("fairshare.sqlite");
        let log = "info,sqlx=error,matrix_sdk=error,matrix_sdk_base=error,matrix_sdk_crypto=error,serenity=error,tracing=error";
        let file = folder.join("fairshare.toml");
        std::fs::write(&file, format!("database = {}\nlog = {log:?}\n{configuration}", quoted(&database))).unwrap();
        let log = folder.join("log");
        let output = File::options().append(true).create(true).open(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_fairshare"))
            .args(["run", "--config", file.to_str().unwrap()])
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its output so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it ends by itself; returns its status and output.
    pub async fn ended(&mut self) -> (ExitStatus, String) {
        let status = eventually("the program ends", async || self.child.try_wait().unwrap()).await;
        (status, self.log())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
