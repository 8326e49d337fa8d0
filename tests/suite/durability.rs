//! Durability seen from outside the program: every batch that answered was synced before its first reply left, and what
//! was printed before a SIGKILL is in the file.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use fairshare::store::database::Store as _;
use fairshare::store::sqlite::store::SqliteStore;
use sqlx::{Connection as _, SqliteConnection};

use crate::watchdog::HUNG;
use crate::world::{block_on, root};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fairshare");

/// The shim, built with the C compiler that SQLite needs anyway.
fn shim() -> &'static Path {
    static BUILT: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        build_shim(&folder.path().join("durability.so"));
        folder
    });
    static LIBRARY: LazyLock<std::path::PathBuf> = LazyLock::new(|| BUILT.path().join("durability.so"));
    &LIBRARY
}

fn build_shim(library: &Path) {
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(library)
        .arg(root().join("tests/suite/durability.c"))
        .arg("-ldl")
        .status();
    assert!(built.is_ok_and(|status| status.success()), "these tests need a C compiler called `cc`");
}

#[test]
fn no_reply_leaves_before_its_batch_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    let mut child = Command::new(PROGRAM)
        .current_dir(folder.path())
        .env("LD_PRELOAD", shim())
        .env("FAIRSHARE_NOTES", &notes)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut replies) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    // One line at a time, each after the reply to the one before: every reply is a batch of its own.
    let lines = [
        "ana> !network init a",
        "ana> !project new b",
        "ana> !log 1h wiring",
        "ana> !log 2h painting",
        "ana> !summary",
    ];
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
        let mut child = Command::new(PROGRAM)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            // The program is killed while it reads its input: writing then fails, as it should.
            let _ = stdin.write_all(begin.as_bytes());
            for log in 0..4000 {
                if writeln!(
                    stdin,
                    "ana> !log 1m thing-{log} date:2025-{:02}-{:02}",
                    1 + log / 280 % 12,
                    1 + log / 10 % 28
                )
                .is_err()
                {
                    return;
                }
            }
        });
        let replies = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.starts_with("bot> L"));
        let printed: Vec<String> = replies.take(kill_after).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        feeding.join().unwrap();
        let output = Command::new(PROGRAM).current_dir(folder.path()).arg("verify").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let mut again = Command::new(PROGRAM)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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

const BEGUN: &str = "@clock 2026-01-05T09:00:00Z\nana> !network init a\nana> !project new b\nana> !join\n";

/// How many logs a script of [`logs`] makes, each in a commit of its own.
const LOGS: usize = 56;

/// Logs that are each answered before the next is said.
fn logs() -> String {
    (0..LOGS)
        .map(|log| format!("ana> !log 1m thing-{log}-\n@clock 2026-01-05T09:{:02}:{:02}Z\n", log / 4, 1 + log % 4 * 10))
        .collect()
}

/// Runs the program on a script, with calls failing as the environment says.
fn run(folder: &Path, arguments: &[&str], script: &str, environment: &[(&str, String)]) -> Output {
    let mut child = Command::new(PROGRAM)
        .current_dir(folder)
        .args(arguments)
        .env("LD_PRELOAD", shim())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let script = script.to_owned();
    // A program that ends early closes its standard input; its exit code is checked.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(script.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Checks a file against the script that was run on it: each log is there once, and everything is whole.
fn expect_each_log_once(folder: &Path, expected: usize, case: &str) {
    let verified = run(folder, &["verify"], "", &[]);
    assert!(verified.status.success(), "{case}: {}{}", text(&verified.stdout), text(&verified.stderr));
    block_on(async {
        let store = SqliteStore::open_to_read(&folder.join("fairshare.sqlite")).await.unwrap();
        let count = "SELECT count(*), count(DISTINCT body) FROM texts WHERE body LIKE 'thing-%'";
        let texts: (i64, i64) = sqlx::query_as(count).fetch_one(store.pool()).await.unwrap();
        let count = "SELECT count(*) FROM journal WHERE kind = 'logged'";
        let logged: i64 = sqlx::query_scalar(count).fetch_one(store.pool()).await.unwrap();
        let expected = i64::try_from(expected).unwrap();
        assert_eq!((texts, logged), ((expected, expected), expected), "{case}");
        store.close().await;
    });
}

/// Runs the script with one failing system call; everything must still be answered and written once.
fn expect_it_goes_on(failing: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[], &format!("{BEGUN}{}", logs()), &[("FAIRSHARE_FAIL", failing.to_owned())]);
    let (replies, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{failing}: {errors}");
    for log in 0..LOGS {
        let answered = replies.matches(&format!("thing-{log}-")).count();
        assert_eq!(answered, 1, "{failing}: log {log} is answered once:\n{replies}\n{errors}");
    }
    expect_each_log_once(folder.path(), LOGS, failing);
}

/// Runs cases on a few threads: each waits for a program most of the time.
fn each(cases: &[String], check: impl Fn(&str) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(case);
                }
            });
        }
    });
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

#[test]
fn a_sync_that_fails_once_costs_nobody_anything() {
    let cases: Vec<String> = (1..=60).map(|nth| format!("sync {nth} {EIO}")).collect();
    each(&cases, expect_it_goes_on);
}

#[test]
fn a_write_that_fails_once_costs_nobody_anything() {
    let cases: Vec<String> =
        (1..=90).step_by(9).flat_map(|nth| [ENOSPC, EIO].map(|error| format!("write {nth} {error}"))).collect();
    each(&cases, expect_it_goes_on);
}

/// A program that gets its input line by line.
struct Speaking {
    child: Child,
    stdin: Option<ChildStdin>,
    replies: Receiver<String>,
    errors: Receiver<String>,
}

/// The lines of a stream, as they come.
fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Speaking {
    fn start(folder: &Path, environment: &[(&str, String)]) -> Self {
        let mut child = Command::new(PROGRAM)
            .current_dir(folder)
            .env("LD_PRELOAD", shim())
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (replies, errors) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        let stdin = child.stdin.take();
        let mut speaking = Self { child, stdin, replies, errors };
        speaking.say("@clock 2026-01-05T09:00:00Z");
        for line in ["ana> !network init a", "ana> !project new b", "ana> !join"] {
            speaking.say(line);
            speaking.reply_with("bot> ");
        }
        speaking
    }

    fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits for a line of a reply that contains a text.
    fn reply_with(&self, part: &str) -> String {
        loop {
            let line = self.replies.recv_timeout(HUNG).unwrap_or_else(|_| panic!("no reply with {part}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Waits until it reports a retry.
    fn tries_again(&self) {
        while !self.errors.recv_timeout(HUNG).unwrap().contains("trying again") {}
    }

    /// Ends it; returns the rest of its replies.
    fn end(mut self) -> Vec<String> {
        self.stdin = None;
        assert!(self.child.wait().unwrap().success(), "{:?}", self.errors.try_iter().collect::<Vec<_>>());
        self.replies.iter().collect()
    }
}

/// While the cause lasts, nothing is answered; afterwards everything is, once.
#[test]
fn a_full_disk_and_a_file_that_can_not_be_written_are_waited_out() {
    for case in [format!("write CAUSE {ENOSPC}"), format!("change CAUSE {EROFS}"), format!("sync CAUSE {EIO}")] {
        let folder = tempfile::tempdir().unwrap();
        let cause = folder.path().join("cause");
        let environment = [("FAIRSHARE_WHILE", case.replace("CAUSE", cause.to_str().unwrap()))];
        let mut speaking = Speaking::start(folder.path(), &environment);
        std::fs::write(&cause, "").unwrap();
        speaking.say("ana> !log 1m thing-0-");
        speaking.say("ana> !log 1m thing-1-");
        speaking.tries_again();
        speaking.tries_again();
        assert!(speaking.replies.try_recv().is_err(), "{case}: nothing is answered that is not written");
        std::fs::remove_file(&cause).unwrap();
        speaking.reply_with("thing-0-");
        speaking.reply_with("thing-1-");
        let rest = speaking.end();
        assert!(!rest.iter().any(|line| line.contains("thing-")), "{case}: {rest:?}");
        expect_each_log_once(folder.path(), 2, &case);
    }
}

#[test]
fn a_file_that_another_program_has_locked_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut speaking = Speaking::start(folder.path(), &[]);
    block_on(async {
        let database = folder.path().join("fairshare.sqlite");
        let mut other = SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        speaking.say("ana> !log 1m thing-0-");
        speaking.tries_again();
        assert!(speaking.replies.try_recv().is_err(), "nothing is answered that is not written");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
    });
    speaking.reply_with("thing-0-");
    speaking.end();
    expect_each_log_once(folder.path(), 1, "locked");
}

/// After a kill, a file without its write-ahead log is noticed wherever it is opened; with its log it is whole.
#[test]
fn a_file_without_its_log_is_not_opened_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let mut speaking = Speaking::start(folder.path(), &[]);
    for log in 0..20 {
        speaking.say(&format!("ana> !log 1m thing-{log}-"));
        speaking.reply_with(&format!("thing-{log}-"));
    }
    speaking.child.kill().unwrap();
    speaking.child.wait().unwrap();
    let copied = |names: &[&str]| {
        let copy = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::copy(
                folder.path().join(format!("fairshare.sqlite{name}")),
                copy.path().join(format!("fairshare.sqlite{name}")),
            )
            .unwrap();
        }
        copy
    };
    for (names, says) in [
        (&[""][..], "copied while a program used it"),
        (&["", ".head"], "commits are missing"),
        (&["-wal"], "missing or empty"),
        (&[".head"], "missing or empty"),
    ] {
        let copy = copied(names);
        for arguments in [&["console"], &["verify"], &["console"]] {
            if arguments == &["verify"] && !names.contains(&"") {
                continue;
            }
            let output = run(copy.path(), arguments, "ana> !log list\n", &[]);
            let told = format!("{}{}", text(&output.stderr), text(&output.stdout));
            assert!(!output.status.success() && told.contains(says), "{names:?} {arguments:?}: {told}");
        }
        assert_eq!(
            copy.path().join("fairshare.sqlite").exists(),
            names.contains(&""),
            "{names:?}: nothing new was begun"
        );
    }
    // The loss can be accepted, knowingly.
    let copy = copied(&["", ".head"]);
    assert!(run(copy.path(), &["accept-loss"], "", &[]).status.success());
    assert!(run(copy.path(), &[], "ana> !help\n", &[]).status.success());
    for names in [&["", "-wal"][..], &["", "-wal", ".head"]] {
        expect_each_log_once(copied(names).path(), 20, "with its log");
        let copy = copied(names);
        assert!(run(copy.path(), &[], "ana> !log 1m thing-20-\n", &[]).status.success());
        expect_each_log_once(copy.path(), 21, "with its log, going on");
    }
}

/// Kills the program at arbitrary moments, many times on one file: what was answered stays, and nothing is there twice.
#[test]
fn kills_at_any_moment_lose_and_double_nothing() {
    let rounds: u32 = std::env::var("KILLS").map_or(12, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    Speaking::start(folder.path(), &[]).end();
    let mut answered: HashMap<String, usize> = HashMap::new();
    for round in 0..rounds {
        let mut child = Command::new(PROGRAM)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut stdin, replies) = (child.stdin.take().unwrap(), lines(child.stdout.take().unwrap()));
        let day = chrono::NaiveDate::from_ymd_opt(2026, 2, 1).unwrap() + chrono::Days::new(round.into());
        let begin = format!("@clock {day}T09:00:00Z\n");
        let feeding = std::thread::spawn(move || {
            // Writing fails when the program is killed, as it should.
            let _ = stdin.write_all(begin.as_bytes());
            for log in 0.. {
                if writeln!(stdin, "ana> !log 1m thing-{round}-{log}-").is_err() {
                    return;
                }
            }
        });
        // A different moment each time, from before it has opened its file to the middle of its work.
        let moment = Duration::from_millis(u64::from(round * 7919 % 397));
        let deadline = std::time::Instant::now() + moment;
        let mut note = |line: String| {
            if let Some(thing) =
                line.split_whitespace().find(|word| word.starts_with("thing-") && line.starts_with("bot> L"))
            {
                *answered.entry(thing.to_owned()).or_default() += 1;
            }
        };
        while let Ok(line) = replies.recv_timeout(deadline.saturating_duration_since(std::time::Instant::now())) {
            note(line);
            if std::time::Instant::now() >= deadline {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        replies.iter().for_each(&mut note);
        feeding.join().unwrap();
    }
    let last = run(folder.path(), &[], "", &[]);
    assert!(last.status.success(), "{}", text(&last.stderr));
    let stored = block_on(async {
        let store = SqliteStore::open_to_read(&folder.path().join("fairshare.sqlite")).await.unwrap();
        let texts: Vec<String> = sqlx::query_scalar("SELECT body FROM texts WHERE body LIKE 'thing-%'")
            .fetch_all(store.pool())
            .await
            .unwrap();
        store.close().await;
        texts
    });
    let mut counts: HashMap<&str, usize> = HashMap::new();
    stored.iter().for_each(|body| *counts.entry(body).or_default() += 1);
    let lost = answered.keys().filter(|thing| !counts.contains_key(thing.as_str())).count();
    let doubled = counts.values().filter(|count| **count > 1).count();
    assert_eq!((lost, doubled), (0, 0), "lost and doubled, of {} answered and {} stored", answered.len(), stored.len());
    expect_each_log_once(folder.path(), stored.len(), "after all kills");
    if rounds > 12 {
        eprintln!(
            "{rounds} kills: {} logs answered, {} stored, {lost} lost, {doubled} doubled",
            answered.len(),
            stored.len()
        );
    }
}
