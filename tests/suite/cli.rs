//! The program from outside: arguments, exit codes, scripts on standard input, a second run on the same file.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::world::root;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fairshare");

pub fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A program that ends early closes its standard input; its exit code is checked.
    let _ = feeding.join().unwrap();
    output
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The chats of the Forillon story, as one script.
fn forillon() -> String {
    let text = std::fs::read_to_string(root().join("tests/transcripts/20-story-forillon.md")).unwrap();
    let mut inside = false;
    let mut script = String::new();
    for line in text.lines() {
        match line {
            "```chat" => inside = true,
            "```" => inside = false,
            line if inside && !line.starts_with("bot") && !line.starts_with("    ") => {
                script.push_str(&format!("{line}\n"))
            }
            _ => {}
        }
    }
    script
}

#[test]
fn the_forillon_story_is_a_script_whose_file_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(folder.path(), &[], &forillon());
    assert!(first.status.success(), "{}", err(&first));
    let verified = run(folder.path(), &["verify"], "");
    assert!(verified.status.success() && out(&verified).contains("whole:"), "{}", out(&verified));
    let balances = run(folder.path(), &["ledger", "balances", "--json"], "");
    let before: serde_json::Value = serde_json::from_str(&out(&balances)).unwrap();
    assert!(before.as_array().is_some_and(|rows| !rows.is_empty()));
    let later = run(folder.path(), &["console"], "ana> !ledger verify\nana> !books\n");
    assert!(later.status.success() && out(&later).contains("The journal is complete"), "{}", out(&later));
    let again = run(folder.path(), &["ledger", "balances", "--json"], "");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out(&again)).unwrap(), before);
    for format in ["hledger", "beancount"] {
        assert!(run(folder.path(), &["export", format], "").status.success());
    }
}

/// The same script twice on one file is two scripts: nothing of the second is mistaken for the first.
#[test]
fn a_second_script_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let begin = "@clock 2026-01-05T09:00:00Z\nana> !network init a\nana> !project new b\n";
    assert!(run(folder.path(), &[], begin).status.success());
    let log = |minute: u32| format!("@clock 2026-01-05T10:{minute:02}:00Z\nana> !log 1h wiring\n");
    assert!(out(&run(folder.path(), &[], &log(0))).contains("L1"));
    assert!(out(&run(folder.path(), &[], &log(10))).contains("L2"));
    let said_twice = out(&run(folder.path(), &[], &log(11)));
    assert!(
        !said_twice.contains("L3"),
        "within two minutes the same is asked about, across a restart too: {said_twice}"
    );
}

/// After a clean exit everything is in the one file that people are told to back up.
#[test]
fn a_copy_of_the_one_file_is_a_copy_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run(folder.path(), &[], "ana> !network init a\nana> !project new b\nana> !log 1h wiring\n").status.success()
    );
    std::fs::copy(folder.path().join("fairshare.sqlite"), folder.path().join("copy.sqlite")).unwrap();
    let verified = run(folder.path(), &["verify", "--db", "copy.sqlite"], "");
    assert!(verified.status.success() && out(&verified).contains("6 entries"), "{}{}", out(&verified), err(&verified));
}

/// A noted head is in the journal, however much came after it. It is missing if the end was cut off with all traces of
/// it.
#[test]
fn a_head_that_was_noted_tells_whether_the_end_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run(folder.path(), &[], "ana> !network init a\nana> !project new b\nana> !person add ben\n").status.success()
    );
    let told = out(&run(folder.path(), &[], "ana> !ledger head\n"));
    let head = told.split("fingerprint ").nth(1).and_then(|rest| rest.split('.').next()).unwrap().to_owned();
    let count: u64 = told.split(' ').find_map(|word| word.parse().ok()).unwrap();
    std::fs::copy(folder.path().join("fairshare.sqlite"), folder.path().join("before.sqlite")).unwrap();
    assert!(run(folder.path(), &[], "ana> !log 1h wiring\n").status.success());
    let later = out(&run(folder.path(), &[], "ana> !ledger head\n"));
    let later = later.split("fingerprint ").nth(1).and_then(|rest| rest.split('.').next()).unwrap().to_owned();
    let found = run(folder.path(), &["verify", "--head", &head[..8].to_uppercase()], "");
    assert!(
        found.status.success()
            && out(&found).contains(&format!("entry {count} of "))
            && out(&found).contains("1 came after it"),
        "{}",
        out(&found)
    );
    // The earlier copy of the file is whole as well: only the head shows the difference.
    let cut = run(folder.path(), &["verify", "--db", "before.sqlite"], "");
    assert!(cut.status.success(), "{}", out(&cut));
    let cut = run(folder.path(), &["verify", "--db", "before.sqlite", "--head", &later], "");
    assert!(!cut.status.success() && out(&cut).contains("NOT in the journal"), "{}", out(&cut));
    let mistyped = run(folder.path(), &["verify", "--head", "1234567"], "");
    assert!(!mistyped.status.success() && err(&mistyped).contains("8 to 64 hexadecimal digits"), "{}", err(&mistyped));
}

#[test]
fn a_file_that_is_not_whole_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairshare.sqlite");
    assert!(run(folder.path(), &[], "ana> !network init a\n").status.success());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..4096].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let found = run(folder.path(), &["verify"], "");
    assert!(
        !found.status.success() && out(&found).contains("NOT WHOLE") && out(&found).contains("last backup"),
        "{}",
        out(&found)
    );
}

#[test]
fn what_is_no_script_is_refused_and_what_was_said_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[], "ana> !network init a\nnobody said this\nana> !project new b\n");
    assert!(!output.status.success());
    assert!(err(&output).contains("line 2"), "{}", err(&output));
    assert!(out(&run(folder.path(), &[], "ana> !network show\n")).contains('a'));
}

#[test]
fn bytes_that_are_no_text_do_not_stop_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        Command::new(PROGRAM).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"ana> !network init a\nana> !log 2h \xff\xfe\x00x\n\nana> !network show\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(out(&output).matches("bot> ").count(), 3, "{}", out(&output));
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.toml"), "prefx = \"?\"\n").unwrap();
    for (arguments, told) in [
        (&["ledger", "balances"][..], "there is no file fairshare.sqlite"),
        (&["verify", "--db", "nowhere.sqlite"][..], "there is no file nowhere.sqlite"),
        (&["verify", "--network", "nobody's"][..], "there is no file fairshare.sqlite"),
        (&["--config", "nowhere.toml"][..], "can't read nowhere.toml"),
        (&["--config", "own.toml"][..], "unknown field `prefx`"),
        (&["export", "excel"][..], "possible values: hledger, beancount"),
    ] {
        let output = run(folder.path(), arguments, "");
        assert!(!output.status.success() && err(&output).contains(told), "{arguments:?}: {}", err(&output));
    }
    std::fs::write(folder.path().join("own.toml"), "prefix = \"?\"\n").unwrap();
    assert!(
        out(&run(folder.path(), &["--config", "own.toml"], "ana> ?network init a\nana> !network show\n"))
            .lines()
            .next()
            .unwrap()
            .contains("bot> ")
    );
}

#[test]
fn the_manual_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        out(&run(folder.path(), &["manual"], "")),
        std::fs::read_to_string(root().join("docs/commands.md")).unwrap()
    );
}

#[test]
fn running_as_a_bot_needs_somewhere_to_live_and_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let matrix = root().join("config/matrix.toml");
    let matrix = matrix.to_str().unwrap();
    std::fs::write(
        folder.path().join("both.toml"),
        "[matrix]\nhomeserver = \"http://127.0.0.1:1\"\naccount = \"@a:b\"\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("nobody.toml"),
        "[matrix]\nhomeserver = \"http://127.0.0.1:1\"\naccount = \"fairshare\"\npassword_file = \"x\"\n",
    )
    .unwrap();
    for (arguments, says) in [
        (&["run"][..], "there is nowhere to live: the configuration has neither a [matrix] nor a [discord] section"),
        (&["run", "--config", "both.toml"][..], "[matrix] needs either password_file or token_file"),
        (&["run", "--config", "nobody.toml"][..], "account = \"fairshare\" is no user id"),
        // The example is complete except for the password.
        (&["run", "--config", matrix][..], "matrix-password: "),
    ] {
        let output = run(folder.path(), arguments, "");
        assert!(!output.status.success() && err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
}
