//! Transcripts: the manual as a test. A file begins with a heading of the first level and its chats. Each heading of
//! the second level continues from that beginning, in its own network. `BLESS=1` writes the real replies into the
//! files; `TRANSCRIPT=stories` runs only the files whose name contains that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use fairshare::core::check;
use fairshare::core::entry::Entry;
use fairshare::core::money::Minor;
use fairshare::core::time::Timestamp;
use fairshare::export;
use fairshare::store::database::Store;
use fairshare::store::replay::fold;
use fairshare::store::sqlite::store::SqliteStore;
use serde_json::Value;

use crate::world::{SAID, World, block_on, root};

/// A part of a file: prose to keep, or a chat to run.
enum Part {
    Prose(String),
    Chat(Vec<String>),
}

/// A heading with what is below it.
struct Section {
    /// The heading.
    title: String,
    parts: Vec<Part>,
}

impl Section {
    /// The lines of its chats.
    fn lines(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().filter_map(|part| if let Part::Chat(lines) = part { Some(lines) } else { None }).flatten()
    }
}

/// The transcripts: all, or those that `TRANSCRIPT` selects.
fn files() -> Vec<PathBuf> {
    let folder_of_transcripts = std::fs::read_dir(root().join("tests/transcripts")).unwrap();
    let mut files: Vec<PathBuf> =
        folder_of_transcripts.map(|entry| entry.unwrap().path()).chain([root().join("README.md")]).collect();
    let wanted = std::env::var("TRANSCRIPT").unwrap_or_default();
    files.retain(|file| file.file_stem().unwrap().to_string_lossy().contains(&wanted));
    files.sort();
    files
}

/// The sections of a transcript; the first is its beginning.
fn sections(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("# ") || line.starts_with("## ") {
            sections.push(Section { title: line.trim_start_matches('#').trim().to_owned(), parts: Vec::new() });
        }
        let section = sections.last_mut().expect("a transcript begins with a heading");
        if line == "```chat" {
            section
                .parts
                .push(Part::Chat(lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect()));
        } else {
            section.parts.push(Part::Prose(line.to_owned()));
        }
    }
    sections
}

/// Whether a line is a reply of the bot, or continues one.
pub fn is_reply(line: &str) -> bool {
    line.starts_with("bot> ") || line.starts_with("bot (") || line.starts_with("    ")
}

/// One chat: a file's beginning, and a section that continues from it.
pub struct Chat {
    /// The file and the heading.
    pub name: String,
    /// Its lines, with the replies.
    pub lines: Vec<String>,
}

impl Chat {
    /// Whether somebody attaches a file in it.
    pub fn has_files(&self) -> bool {
        self.has(" (attaches ")
    }

    /// Whether it has a receipt, which on other platforms comes after its log.
    pub fn has_receipts(&self) -> bool {
        self.has(" (attaches receipt:")
    }

    /// Whether a message in it is edited or removed, and what it had recorded is shown.
    pub fn has_edits(&self) -> bool {
        self.lines.iter().any(|line| line.ends_with(" still counts:"))
    }

    /// Whether it has messages in direct rooms.
    pub fn has_private_rooms(&self) -> bool {
        self.has(" (alone)")
    }

    /// Whether it needs a script: another timestamp, an outage, or a clock that jumps.
    pub fn is_about_time(&self) -> bool {
        let shown = self.lines.iter().filter_map(|line| line.strip_prefix("@clock "));
        let shown: Vec<Option<Timestamp>> = shown.map(|shown| shown.parse().ok()).collect();
        let jumps = |pair: &[Option<Timestamp>]| match pair {
            [Some(before), Some(after)] => after < before || *after - *before > TimeDelta::days(366),
            _ => false,
        };
        self.has(" (said ") || self.has(" (missed ") || shown.windows(2).any(jumps)
    }

    /// Whether a name in it can't be a user id on a homeserver, or a person is picked, which is no text elsewhere.
    pub fn has_names_of_its_own(&self) -> bool {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let strange = |speaker: &str| !speaker.split(" (").next().unwrap_or_default().chars().all(is_plain);
        let said = || {
            self.lines.iter().filter(|line| !line.starts_with(['@', '#', ' '])).filter_map(|line| line.split_once("> "))
        };
        said().any(|(speaker, words)| !speaker.starts_with("bot") && (strange(speaker) || words.contains("<@")))
    }

    fn has(&self, nature: &str) -> bool {
        self.lines.iter().any(|line| line.split_once("> ").is_some_and(|(speaker, _)| speaker.contains(nature)))
    }

    /// The lines that are said, each with its replies in one piece.
    pub fn exchanges(&self) -> Vec<(String, Vec<String>)> {
        let mut exchanges: Vec<(String, Vec<String>)> = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match (exchanges.last_mut(), line.strip_prefix("    ")) {
                (Some((_, replies)), Some(rest)) => {
                    replies.last_mut().into_iter().for_each(|last| last.extend(["\n", rest]))
                }
                (Some((_, replies)), None) if is_reply(line) => replies.push(line.clone()),
                _ => exchanges.push((line.clone(), Vec::new())),
            }
        }
        exchanges
    }
}

/// The option and the name of the file that a line attaches, if it does.
pub fn attached(nature: &str) -> Option<(&str, &str)> {
    nature.strip_prefix("attaches ")?.split_once(':')
}

/// Every chat that can be run on other platforms than the console.
pub fn chats() -> Vec<Chat> {
    let mut chats = Vec::new();
    for file in files() {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let sections = sections(&std::fs::read_to_string(&file).unwrap());
        let (background, tests) = sections.split_first().unwrap();
        for section in std::iter::once(background).chain(tests) {
            let goes_on = if std::ptr::eq(section, background) { None } else { Some(section) };
            let lines = std::iter::once(background).chain(goes_on).flat_map(Section::lines).cloned().collect();
            chats.push(Chat { name: format!("{stem}: {}", section.title), lines });
        }
    }
    chats
}

/// Runs the chats of a section; returns them with the real replies.
async fn run(world: &mut World, section: &Section) -> Vec<Vec<String>> {
    let mut chats = Vec::new();
    for part in &section.parts {
        let Part::Chat(lines) = part else { continue };
        let mut chat = Vec::new();
        for line in lines.iter().filter(|line| !is_reply(line)) {
            chat.push(line.clone());
            chat.extend(world.hear(line).await.lines().map(str::to_owned));
        }
        chats.push(chat);
    }
    chats
}

/// A network that a transcript made: its exports, and the balances that they must have.
struct Exported {
    name: String,
    beancount: PathBuf,
    balances: BTreeMap<String, String>,
}

async fn check_and_export(path: &Path, name: &str, exports: &Path) -> Vec<Exported> {
    let store = SqliteStore::open(path).await.unwrap();
    let mut exported = Vec::new();
    for (number, network) in store.networks().await.unwrap().into_iter().enumerate() {
        let found = store.verify(&network).await.unwrap();
        assert_eq!((found.broken, found.unchecked), (Vec::new(), Vec::new()), "{name}");
        let rows = store.journal(&network).await.unwrap();
        let books = store.books(&network).await.unwrap();
        // Handles change nothing.
        assert_eq!(check::digest(&books), found.digest, "{name}");
        assert_eq!(check::digest(&fold(&network, &rows).unwrap()), found.digest, "{name}");
        let directory = store.directory(&network).await.unwrap();
        let entries: Vec<Entry> = rows.iter().map(|row| Entry::parse(&row.payload).unwrap()).collect();
        assert!(
            rows.iter().zip(&entries).all(|(row, entry)| entry.payload() == row.payload),
            "{name}: a payload is not written as it was read"
        );
        let beancount = exports.join(format!("{name}-{number}.beancount"));
        std::fs::write(&beancount, export::beancount(&books, &directory, &entries)).unwrap();
        hledger_balances_equal(&export::hledger(&books, &directory, &entries), &books);
        let debit = |account: &fairshare::core::ledger::LedgerAccount, amount: fairshare::core::money::Amount| {
            if account.grows_by_credit() { -amount } else { amount }
        };
        let balances = books.shown_balances();
        let balances = balances
            .iter()
            .map(|(account, amount)| (account.to_string().to_lowercase(), debit(account, *amount).number()))
            .collect();
        exported.push(Exported { name: name.to_owned(), beancount, balances });
    }
    exported
}

/// Sums the postings of an hledger journal as hledger does, and compares.
fn hledger_balances_equal(journal: &str, books: &fairshare::core::books::state::Books) {
    let mut sums: BTreeMap<String, Minor> = BTreeMap::new();
    for line in journal.lines().filter(|line| line.starts_with("    ")) {
        let (account, amount) = line.trim().split_once("  ").unwrap();
        *sums.entry(account.to_owned()).or_default() += amount.parse::<fairshare::core::money::Amount>().unwrap().minor;
    }
    sums.retain(|_, sum| *sum != Minor::ZERO);
    let ours: BTreeMap<String, Minor> = books
        .shown_balances()
        .iter()
        .map(|(account, amount)| (account.to_string(), account.natural(amount.minor)))
        .collect();
    assert_eq!(sums, ours);
}

const BALANCES: &str = r#"
import json, sys
from beancount import loader
from beancount.core import data
result = {}
for path in sys.argv[1:]:
    entries, errors, _ = loader.load_file(path)
    sums = {}
    for entry in data.filter_txns(entries):
        for posting in entry.postings:
            sums[posting.account.lower()] = sums.get(posting.account.lower(), 0) + posting.units.number
    result[path] = {"errors": [str(e) for e in errors], "balances": {a: str(n) for a, n in sums.items() if n != 0}}
print(json.dumps(result))
"#;

#[test]
fn transcripts_read_as_they_are_said_and_their_books_load_elsewhere() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder = tempfile::tempdir().unwrap();
    let exports = root().join("target").join("exports");
    std::fs::create_dir_all(&exports).unwrap();
    let files = files();
    assert!(!files.is_empty());
    let (mut differences, mut exported) = (Vec::new(), Vec::new());
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let sections = sections(&text);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let mut written = String::new();
        let (background, tests) = sections.split_first().unwrap();
        for (number, section) in std::iter::once(background).chain(tests).enumerate() {
            let path = folder.path().join(format!("{stem}-{number}.sqlite"));
            let chats = block_on(async {
                let mut world = World::open(&path, "transcript").await;
                let mut chats = run(&mut world, background).await;
                if number > 0 {
                    chats = run(&mut world, section).await;
                }
                world.close().await;
                chats
            });
            exported.extend(block_on(check_and_export(&path, &format!("{stem}-{number}"), &exports)));
            let mut chats = chats.into_iter();
            for part in &section.parts {
                match part {
                    Part::Prose(line) => written.push_str(&format!("{line}\n")),
                    Part::Chat(expected) => {
                        let said = chats.next().unwrap();
                        if said != *expected {
                            differences.push(difference(&format!("{stem}: {}", section.title), expected, &said));
                        }
                        written.push_str(&format!(
                            "```chat\n{}```\n",
                            said.iter().map(|line| format!("{line}\n")).collect::<String>()
                        ));
                    }
                }
            }
        }
        if bless {
            std::fs::write(file, written).unwrap();
        }
    }
    assert!(
        bless || differences.is_empty(),
        "{}\nIf this is what should be said, run again with BLESS=1.",
        differences.join("\n")
    );
    if std::env::var_os("TRANSCRIPT").is_none() {
        every_message_is_shown_somewhere();
    }
    the_books_load_elsewhere(&exported);
}

fn difference(title: &str, expected: &[String], said: &[String]) -> String {
    let at = expected.iter().zip(said).take_while(|(expected, said)| expected == said).count();
    let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_else(|| "(nothing)".to_owned());
    format!("{title}, line {}:\n  written: {}\n  said:    {}", at + 1, line(expected), line(said))
}

/// Messages that no conversation on the console can cause.
const ELSEWHERE: &[&str] = &[
    // The engine's tests cause a fault.
    "fault",
    // Only for a structured call from an old registration, which the console does not have.
    "bad-arguments",
    // In the console everyone administers the room.
    "hosts-only",
    // A console room is in its file's network by itself; the engine's tests link one of another platform.
    "linked",
    "bad-link-code",
    // In the console, accounts are their names; the tests of linking have one of another platform.
    "joining-account",
    // Only for a journal of an earlier version, which has handles; the tests of privacy have one.
    "erase-in-journal",
    // Sums beyond what journals can hold; the properties of `split` reach them.
    "too-large",
    // Events of rooms on platforms that have rooms; the tests of Matrix cause them.
    "greeting",
    "greeting-linked",
    "greeting-unlinked",
    "room-followed",
    "answered-in-private",
    "no-private-room",
    "server-trusted",
    "not-sealed",
    "sealed-elsewhere",
    "room-needs-code",
    // A job that fails; the tests of jobs have some.
    "job-set-aside",
    // A button or a reaction on something that has changed since, which the console does not have; the engine's tests
    // press one.
    "log-changed",
    "unreadable",
    "relayed",
    "clock-ahead",
    // Limits that no transcript reaches; the tests of limits, Discord and Matrix reach them.
    "too-many",
    "room-too-many",
    "founders-only",
    "networks-begun",
    "networks-full",
    "people-full",
    "rooms-full",
    // Replies of an adapter itself, to what does not reach the engine; the tests of Discord cause them.
    "too-busy",
    "not-understood",
    "list-gone",
    "button-gone",
    "button-of-another",
    // Files that are fetched from a platform; the tests of Discord cause these.
    "file-too-large",
    "file-not-fetched",
    "receipt-comes",
    "receipt-missing",
    // A bot that was down; the engine's tests stop one.
    "summary-late",
    // Direct rooms of people in several networks, which the console does not have.
    "which-network",
    "network-chosen",
    // A stored journal that was changed; the store's tests change one.
    "not-whole",
    // A reply that waits for a platform which is not running; the tests of privacy have one.
    "reply-forgotten",
    // The engine always reads the journal before the command that asks for it.
    "not-verified",
];

fn every_message_is_shown_somewhere() {
    let said = SAID.lock().unwrap().clone();
    let keys = fairshare::message::refusal::Refusal::declared()
        .chain(fairshare::message::line::Line::declared())
        .map(|declared| declared.key);
    let missing: Vec<_> = keys.filter(|key| !said.contains(*key) && !ELSEWHERE.contains(key)).collect();
    assert!(missing.is_empty(), "no transcript shows: {missing:?}");
}

fn the_books_load_elsewhere(exported: &[Exported]) {
    let paths: Vec<&str> = exported.iter().map(|network| network.beancount.to_str().unwrap()).collect();
    let results: Value = serde_json::from_str(&crate::python::run(BALANCES, &paths)).unwrap();
    for network in exported {
        let result = &results[network.beancount.to_str().unwrap()];
        assert_eq!(result["errors"], serde_json::json!([]), "{}", network.name);
        let theirs: BTreeMap<String, String> = serde_json::from_value(result["balances"].clone()).unwrap();
        assert_eq!(theirs, network.balances, "{}", network.name);
    }
}
