//! Durability seen from outside the program: every batch that answered was synced before its first reply left, and what
//! was printed before a SIGKILL is in the file.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::world::root;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fairshare");

/// Builds the shim with the C compiler that SQLite needs anyway.
fn shim(folder: &Path) -> std::path::PathBuf {
    let library = folder.join("durability.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(root().join("tests/suite/durability.c"))
        .arg("-ldl")
        .status();
    assert!(built.is_ok_and(|status| status.success()), "these tests need a C compiler called `cc`");
    library
}

#[test]
fn no_reply_leaves_before_its_batch_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    let mut child = Command::new(PROGRAM)
        .current_dir(folder.path())
        .env("LD_PRELOAD", shim(folder.path()))
        .env("FAIRSHARE_NOTES", &notes)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut replies) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    // One line at a time, each after the reply to the one before: every reply is a batch of its own.
    let lines = ["ana> !network init a", "ana> !project new b", "ana> !log 1h wiring", "ana> !log 2h painting", "ana> !summary"];
    for line in lines {
        writeln!(stdin, "{line}").unwrap();
        while !replies.next().unwrap().unwrap().starts_with("bot> ") {}
    }
    drop(stdin);
    replies.for_each(drop);
    assert!(child.wait().unwrap().success());
    let mut synced = 0;
    let mut answered = 0;
    for note in std::fs::read_to_string(notes).unwrap().lines() {
        match note {
            "sync" => synced += 1,
            _ => {
                assert!(synced > 0, "reply {} left before anything was synced", answered + 1);
                synced = 0;
                answered += 1;
            }
        }
    }
    assert_eq!(answered, lines.len());
}

#[test]
fn what_was_printed_before_a_kill_is_in_the_file() {
    for kill_after in [1, 40, 700] {
        let folder = tempfile::tempdir().unwrap();
        let begin = "@clock 2026-01-05T09:00:00Z\nana> !network init a\nana> !project new b\nana> !join\n";
        let mut child = Command::new(PROGRAM).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            // The program is killed while it is being spoken to: writing then fails, as it should.
            let _ = stdin.write_all(begin.as_bytes());
            for log in 0..4000 {
                if writeln!(stdin, "ana> !log 1m thing-{log} date:2025-{:02}-{:02}", 1 + log / 280 % 12, 1 + log / 10 % 28).is_err() {
                    return;
                }
            }
        });
        let replies = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).filter(|line| line.starts_with("bot> L"));
        let printed: Vec<String> = replies.take(kill_after).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        feeding.join().unwrap();
        let output = Command::new(PROGRAM).current_dir(folder.path()).arg("verify").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let mut again = Command::new(PROGRAM).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let last = printed.last().and_then(|line| line.split([' ', ':']).nth(1)).unwrap().to_owned();
        writeln!(again.stdin.take().unwrap(), "ana> !log correct {last} what:found").unwrap();
        let output = again.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.lines().any(|line| line.contains(&format!("{last} corrected")) && line.contains("found")),
            "{last} was printed and is not in the file: {text}"
        );
    }
}
