//! Programs from PyPI that check exports in tests: a virtual environment under target/, made once.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use crate::world::root;

/// The exact packages.
const PACKAGES: &[&str] = &["beancount==3.2.3", "matrix-synapse==1.163.2", "sepaxml==2.7.0", "xmlschema==4.3.2"];

/// The environment's Python, with the packages installed. Panics if Python 3 or the packages are not available.
pub static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let home = root().join("target").join("python");
    let python = home.join("bin").join("python");
    let made_of = home.join("made-of");
    if std::fs::read_to_string(&made_of).is_ok_and(|made_of| made_of == PACKAGES.join("\n")) {
        return python;
    }
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output
            .unwrap_or_else(|error| panic!("these tests need Python 3 with venv: `{program}` can't be run: {error}"));
        assert!(
            output.status.success(),
            "`{program} {}` failed:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let home = home.to_str().unwrap();
    run("python3", &["-m", "venv", "--clear", home]);
    run(
        python.to_str().unwrap(),
        &[&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"], PACKAGES].concat(),
    );
    std::fs::write(made_of, PACKAGES.join("\n")).unwrap();
    python
});

/// Runs a Python program with arguments; returns its output.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(&*PYTHON).arg("-c").arg(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
