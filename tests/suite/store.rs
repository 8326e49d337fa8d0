//! The store is durable and append-only, has one writer, and notices damage.

use std::path::Path;

use fairshare::core::entry::Fact;
use fairshare::platform::Platform;
use fairshare::store::database::Store;
use fairshare::store::error::StoreError;
use fairshare::store::sqlite::store::SqliteStore;
use sqlx::{Connection as _, Row, SqliteConnection};

use crate::watchdog::eventually;
use crate::world::{World, block_on};

const BEGIN: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
ana> !log 2h wiring
";

async fn filled(path: &Path) {
    let mut world = World::open(path, "filled").await;
    world.run(BEGIN).await;
    world.close().await;
}

#[test]
fn commits_are_synced() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("a.sqlite")).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(store.pool()).await.unwrap();
        let journal_mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(store.pool()).await.unwrap();
        assert_eq!((synchronous, journal_mode.as_str()), (2, "wal"));
    });
}

#[test]
fn the_journal_refuses_to_be_changed() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        filled(&path).await;
        let store = SqliteStore::open(&path).await.unwrap();
        for statement in [
            "UPDATE journal SET payload = '{}' WHERE seq = 1",
            "DELETE FROM journal",
            "REPLACE INTO journal SELECT * FROM journal",
        ] {
            let error =
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(store.pool()).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        }
    });
}

#[test]
fn a_second_writer_is_told_who_holds_the_file() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let _first = SqliteStore::open(&path).await.unwrap();
        match SqliteStore::open(&path).await {
            Err(StoreError::Locked { holder, .. }) => assert_eq!(holder, std::process::id().to_string()),
            other => panic!("{:?}", other.err()),
        }
        SqliteStore::open_to_read(&path).await.unwrap();
    });
}

/// A network with everything that can be beside its journal.
const RICH: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
cleo> !join
ben> !join
ana> !role grant ana custodian
ana> !network link
ana> !pool open printer 4000 for:forillon deadline:2026-12-31
ana> !schedule set summary weekly
ana> !language fr
cleo (alone)> !pay-to cleo@example.org
ben (alone)> !pay-to ben@example.org
ben> !link me
ben> !timer start wiring
cleo> !pledge 20
cleo (attaches receipt:bill.pdf)> !log expense 60 cables
@room attic
ana> !project use forillon
@room lobby
ana> !log 2h wiring
";

/// A file with everything in it; returns its path.
async fn rich(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("rich.sqlite");
    let mut world = World::open(&path, "rich").await;
    for line in RICH.lines() {
        let said = world.hear(line).await;
        assert!(line.starts_with('@') || said.starts_with("bot"), "{line}: {said}");
    }
    world.close().await;
    path
}

/// The findings of verification after a change of the file, made without the triggers.
async fn found_after(path: &Path, statements: &str) -> String {
    let mut outside = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let triggers = sqlx::query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        .fetch_all(&mut outside)
        .await
        .unwrap();
    let triggers: Vec<(String, String)> = triggers.iter().map(|row| (row.get(0), row.get(1))).collect();
    let taken: String = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name};")).collect();
    let put_back: String = triggers
        .iter()
        .filter(|(name, _)| !statements.contains(name.as_str()))
        .map(|(_, sql)| format!("{sql};"))
        .collect();
    let statements =
        if statements.contains("TRIGGER") { statements.to_owned() } else { format!("{taken}{statements};{put_back}") };
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut outside).await.unwrap();
    outside.close().await.unwrap();
    found(path).await
}

async fn found(path: &Path) -> String {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let mut findings = store.verify_file().await.unwrap();
    for network in store.networks().await.unwrap() {
        let found = store.verify_network(&network).await.unwrap();
        findings.extend(found.broken);
        assert_eq!(found.unchecked, Vec::<String>::new());
    }
    store.close().await;
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Changes in the journal, and the findings.
const JOURNAL: &[(&str, &str)] = &[
    ("UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'", "its hash does not follow"),
    ("UPDATE journal SET kind = 'log-undone' WHERE kind = 'logged'", "its columns do not say what its payload says"),
    (
        "UPDATE journal SET at = '2026-01-05T14:00:01.000Z' WHERE seq = 2",
        "its columns do not say what its payload says",
    ),
    ("UPDATE journal SET payload = replace(payload, 'logged', 'sung')", "made by a newer fairshare"),
    ("UPDATE journal SET hash = x'00' WHERE seq = 3", "entry 3: it can't be read"),
    ("DELETE FROM journal WHERE seq = 3", "its place or its time is not the next"),
    ("DELETE FROM journal", "the stored head is not the last entry"),
    ("DELETE FROM journal; DELETE FROM heads", "accounts: 3 rows are of a network without a journal"),
    ("UPDATE heads SET seq = 3", "the stored head is not the last entry"),
    ("DELETE FROM heads", "the stored head is not the last entry"),
    // A cut tail: the last entry's traces beside the journal show it.
    (
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal); \
         UPDATE heads SET (seq, hash) = (SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1)",
        "texts beside the journal: 1 in no entry of the journal",
    ),
    ("DROP TRIGGER journal_is_not_deleted", "the trigger journal_is_not_deleted is missing"),
    (
        "DROP TRIGGER journal_is_not_updated; CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal BEGIN SELECT 1; END",
        "the trigger journal_is_not_updated was changed",
    ),
    (
        "CREATE TRIGGER helps AFTER INSERT ON texts BEGIN DELETE FROM texts WHERE id = NEW.id - 10; END",
        "the trigger helps is none of the program's",
    ),
];

/// Changes beside the journal, and the findings.
const BESIDE: &[(&str, &str)] = &[
    (
        "UPDATE accounts SET person = 1 WHERE account = 'cleo'",
        "that the account cleo on console is person-1 is not what the journal has",
    ),
    ("UPDATE accounts SET account = 'eve' WHERE account = 'cleo'", "an account of person-2 is missing"),
    ("UPDATE accounts SET salt = NULL, person = 1 WHERE account = 'cleo'", "1 rows about who people are have no salt"),
    ("DELETE FROM accounts", "an account of person-2 is missing"),
    (
        "INSERT INTO accounts SELECT network, 'console', 'eve', 1, salt FROM accounts WHERE account = 'ana'",
        "that the account eve on console is",
    ),
    (
        "UPDATE handles SET handle = 'x' WHERE person = 2; UPDATE handles SET handle = 'cleo' WHERE person = 3; \
      UPDATE handles SET handle = 'ben' WHERE person = 2",
        "that person-2 has the handle ben is not what",
    ),
    // The salts are moved as well.
    (
        "UPDATE handles SET person = person + 10 WHERE person IN (2, 3); UPDATE handles SET person = 15 - person WHERE person > 10",
        "that person-2 has the handle ben",
    ),
    ("UPDATE people SET name = 'ana' WHERE person = 2", "the display name of person-2 is not what"),
    ("INSERT INTO people (network, person, name) SELECT network, 9, 'nobody' FROM heads", "is not in the books"),
    ("UPDATE pay_to SET account = 'eve@example.org' WHERE person = 2", "where person-2 is paid is not what"),
    ("UPDATE pay_to SET account = 'nowhere' WHERE person = 2", "where person-2 is paid can't be read"),
    (
        "UPDATE pay_to SET person = person + 10; UPDATE pay_to SET person = 15 - person",
        "where person-2 is paid is not what",
    ),
    ("DELETE FROM pay_to WHERE person = 2", "the payment address of person-2 is missing"),
    ("UPDATE texts SET body = 'painting' WHERE body = 'wiring'", "texts beside the journal: 1 not what was hashed"),
    ("DELETE FROM texts", "missing, and nobody has had them erased"),
    (
        "INSERT INTO texts (network, hash, salt, body) SELECT network, hash, salt, body FROM texts",
        "stored more than once",
    ),
    (
        "INSERT INTO texts (network, hash, salt, body) SELECT network, randomblob(32), salt, body FROM texts",
        "in no entry of the journal",
    ),
    ("UPDATE texts SET salt = x'00'", "texts beside the journal can't be read"),
    ("DELETE FROM files", "files beside the journal: 1 missing"),
    ("UPDATE files SET bytes = x'00'", "files beside the journal: 1 not what was hashed"),
    ("DELETE FROM jobs WHERE name LIKE 'pool%'", "jobs: the rows are not those that the program has written"),
    ("UPDATE jobs SET due_at = '2030-01-01T00:00:00.000Z'", "jobs: the rows"),
    ("UPDATE jobs SET payload = 'garbage'", "a row of the table jobs can't be read"),
    ("UPDATE rooms SET project = NULL WHERE room = 'attic'", "rooms: the rows"),
    ("UPDATE rooms SET project = 7 WHERE room = 'attic'", "is not in the books"),
    ("DELETE FROM rooms WHERE room = 'attic'", "rooms: the rows"),
    (
        "INSERT INTO rooms (platform, room, network) VALUES ('console', 'cellar', 'another')",
        "rooms: 1 rows are of a network without a journal",
    ),
    ("UPDATE preferences SET value = 'es'", "preferences: the rows"),
    ("DELETE FROM questions", "questions: the rows"),
    ("UPDATE questions SET payload = replace(payload, '20.00', '90.00')", "questions: the rows"),
    ("DELETE FROM link_codes", "link_codes: the rows"),
    ("UPDATE linkings SET person = 1", "linkings: the rows"),
    ("DELETE FROM timers", "timers: the rows"),
    ("INSERT INTO told SELECT network, 'console', 'lobby', 'x' FROM heads", "told: the rows"),
    ("INSERT INTO topics SELECT network, 'console', 'attic', 'pool', 9 FROM heads", "is not in the books"),
    ("INSERT INTO chosen SELECT 'console', 'ana', network FROM heads", "chosen: the rows"),
    ("DELETE FROM seals", "jobs: the seal is missing"),
    ("UPDATE seals SET digest = x'00'", "accounts: the rows"),
    ("DELETE FROM inbox", "inbox: the messages behind"),
    ("UPDATE inbox SET outcome = 'lost'", "a row of the table inbox can't be read"),
    (
        "INSERT INTO outbox (id, at, platform, lane, room, payload) VALUES (1, 'today', 'console', '', '', 'garbage')",
        "a row of the table outbox can't be read",
    ),
];

/// Each change is made to its own copy. A change beside the journal is still found after the program has written more.
#[test]
fn verify_finds_what_was_changed() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let rich = rich(folder.path()).await;
        assert_eq!(found(&rich).await, "", "it is whole before");
        let path = folder.path().join("changed.sqlite");
        for (statements, expected) in JOURNAL.iter().chain(BESIDE) {
            std::fs::copy(&rich, &path).unwrap();
            let said = found_after(&path, statements).await;
            assert!(said.contains(expected), "{statements}: {said}");
        }
    });
}

#[test]
fn what_the_program_writes_afterwards_covers_no_change_up() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let rich = rich(folder.path()).await;
        for statement in [
            "UPDATE accounts SET person = 1 WHERE account = 'cleo'",
            "UPDATE pay_to SET account = 'eve@example.org' WHERE person = 2",
            "DELETE FROM jobs WHERE name LIKE 'pool%'",
            "UPDATE rooms SET project = NULL WHERE room = 'attic'",
            "DELETE FROM questions",
        ] {
            let changed = tempfile::tempdir().unwrap();
            let path = changed.path().join("changed.sqlite");
            std::fs::copy(&rich, &path).unwrap();
            found_after(&path, statement).await;
            let mut world = World::open(&path, "later").await;
            world.run("@clock 2026-01-06T09:00:00-05:00\ndora> !join\nben (alone)> !pay-to bob@example.org\nana> !pledge 5\nana> !schedule set summary daily\n@room cellar\nana> !project use forillon\n").await;
            world.close().await;
            assert_ne!(found(&path).await, "", "{statement}");
        }
    });
}

/// If any page of the file is overwritten, something is found, and nothing panics.
#[test]
fn an_overwritten_page_is_found() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let rich = rich(folder.path()).await;
        let whole = std::fs::read(&rich).unwrap();
        let path = folder.path().join("changed.sqlite");
        for page in 1..whole.len() / 4096 {
            let mut bytes = whole.clone();
            bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
            std::fs::write(&path, bytes).unwrap();
            let Ok(store) = SqliteStore::open_to_read(&path).await else { continue };
            let (file, networks) = (store.verify_file().await, store.networks().await);
            let mut is_found = file.is_ok_and(|found| !found.is_empty()) || networks.is_err();
            for network in networks.unwrap_or_default() {
                is_found |= !store.verify_network(&network).await.unwrap().broken.is_empty();
            }
            store.close().await;
            assert!(is_found, "page {page}");
        }
    });
}

/// A running program reports it as well, and a starting one refuses to start.
#[test]
fn a_changed_journal_is_neither_vouched_for_nor_opened() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        let mut outside = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        for statement in [
            "DROP TRIGGER journal_is_not_updated",
            "UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'",
        ] {
            sqlx::query(statement).execute(&mut outside).await.unwrap();
        }
        outside.close().await.unwrap();
        let reply = world.hear("ana> !ledger verify").await;
        assert!(
            reply.contains("Entries of the journal are damaged or missing") && reply.contains("`fairshare verify`"),
            "{reply}"
        );
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        assert!(matches!(store.load().await, Err(StoreError::Damaged { seq: 5 | 6, .. })));
    });
}

#[test]
fn an_entry_of_a_newer_version_stops_the_start() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        filled(&path).await;
        let (_, version) = Fact::kinds().find(|(kind, _)| *kind == "logged").unwrap();
        let newer = format!(
            "UPDATE journal SET payload = replace(payload, '\"v\":{version}', '\"v\":{}') WHERE kind = 'logged'",
            version + 1
        );
        found_after(&path, &newer).await;
        let store = SqliteStore::open(&path).await.unwrap();
        let error = store.load().await.unwrap_err().to_string();
        assert!(error.contains("made by a newer fairshare"), "{error}");
    });
}

#[test]
fn what_was_written_is_there_when_it_is_opened_again() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        filled(&path).await;
        let mut world = World::open(&path, "again").await;
        let list = world.hear("ana> !log list").await;
        assert!(list.contains("L1") && list.contains("wiring"), "{list}");
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        let row = sqlx::query("SELECT (SELECT count(*) FROM outbox) AS waiting, (SELECT count(*) FROM inbox) AS heard")
            .fetch_one(store.pool())
            .await
            .unwrap();
        assert_eq!((row.get::<i64, _>("waiting"), row.get::<i64, _>("heard")), (0, 4));
    });
}

/// Everything beside the journal that a network can have, in rows.
const MUCH: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
ana> !role grant ana custodian
ana (alone)> !pay-to ana@example.org
ben> !join
ben> !timer start wiring
ben> !link me
ana> !log 2h wiring
ana> !network link
ana> !language fr
ana> !schedule set summary weekly
ana> !pool open press 100 for:forillon deadline:2026-02-01
zoe> !join
zoe> !privacy erase
ana> !income record 60 client
ana> !payout confirm
";

/// A row of each table is damaged in a way that needs access to the file; each damage affects that row only.
#[test]
fn a_row_that_can_not_be_read_is_set_aside_and_everything_else_runs() {
    let damages = [
        ("jobs", "UPDATE jobs SET payload = 'garbage'"),
        ("jobs", "UPDATE jobs SET due_at = 'soon' WHERE rowid = (SELECT min(rowid) FROM jobs)"),
        ("jobs", "UPDATE jobs SET name = 'another' WHERE rowid = (SELECT min(rowid) FROM jobs)"),
        ("questions", "UPDATE questions SET payload = '{}'"),
        (
            "questions",
            "UPDATE questions SET id = 9223372036854775807, payload = json_set(payload, '$.id', 9223372036854775807) WHERE id = 1",
        ),
        ("link_codes", "UPDATE link_codes SET expires_at = x'00ff'"),
        ("linkings", "UPDATE linkings SET payload = '[]'"),
        ("timers", "UPDATE timers SET payload = x'80'"),
        ("timers", "UPDATE timers SET person = -1"),
        ("accounts", "UPDATE accounts SET person = -1 WHERE account = 'ben'"),
        ("accounts", "UPDATE accounts SET person = 77 WHERE account = 'ben'"),
        ("accounts", "UPDATE accounts SET person = 'ben' WHERE account = 'ben'"),
        ("accounts", "UPDATE accounts SET platform = 'elsewhere' WHERE account = 'ben'"),
        ("rooms", "INSERT INTO rooms (network, platform, room) SELECT network, 'elsewhere', 'attic' FROM heads"),
        (
            "preferences",
            "INSERT INTO preferences (network, scope, platform, id, key, value) SELECT network, 'room', 'elsewhere', 'x', 'news', '' FROM heads",
        ),
        (
            "outbox",
            "INSERT INTO outbox (id, at, platform, lane, room, payload, network) SELECT 7, '2026-01-05T14:00:00.000Z', 'elsewhere', '', 'lobby', '{\"lines\":[]}', network FROM heads",
        ),
        ("handles", "UPDATE handles SET handle = x'ff' WHERE person = 2"),
        ("people", "UPDATE people SET person = 4294967296 WHERE person = 2"),
        ("pay_to", "UPDATE pay_to SET account = 'nowhere'"),
        ("rooms", "UPDATE rooms SET project = 'forillon' WHERE room = 'lobby'"),
        (
            "rooms",
            "INSERT INTO rooms (network, platform, room, project) SELECT network, 'console', 'attic', 99 FROM heads",
        ),
        ("topics", "UPDATE topics SET kind = 'weather'"),
        ("topics", "UPDATE topics SET number = 99"),
        (
            "told",
            "INSERT INTO told (network, platform, room, key) SELECT network, 'console', 'lobby', x'ff' FROM heads",
        ),
        ("preferences", "UPDATE preferences SET value = x'ff'"),
        ("chosen", "INSERT INTO chosen (network, platform, account) SELECT network, 'console', x'ff' FROM heads"),
        ("texts", "UPDATE texts SET hash = x'010203' WHERE id = (SELECT min(id) FROM texts)"),
        ("texts", "UPDATE texts SET salt = 'salt' WHERE id = (SELECT min(id) FROM texts)"),
        (
            "files",
            "INSERT INTO files (network, hash, salt, name, media_type, bytes) SELECT network, x'01', x'02', 'a', 'b', x'' FROM heads",
        ),
        (
            "outbox",
            "INSERT INTO outbox (id, at, platform, lane, room, payload, network) SELECT 7, 'now', 'console', '', 'lobby', '{}', network FROM heads",
        ),
        (
            "outbox",
            "INSERT INTO outbox (id, at, platform, lane, room, payload, network) SELECT 9223372036854775807, '2026-01-05T14:00:00.000Z', 'console', '', 'lobby', '{\"lines\":[]}', network FROM heads",
        ),
        ("inbox", "UPDATE inbox SET said = x'01' WHERE said IS NOT NULL"),
        ("inbox", "INSERT INTO inbox (event, network, at, outcome) SELECT 'x', network, 'zzz', 'done' FROM heads"),
    ];
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.sqlite");
        let mut world = World::open(&whole, "much").await;
        for line in MUCH.lines() {
            world.hear(line).await;
        }
        world.close().await;
        for (number, (table, damage)) in damages.into_iter().enumerate() {
            let path = folder.path().join(format!("{number}.sqlite"));
            std::fs::copy(&whole, &path).unwrap();
            let mut outside = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
            let done = sqlx::query(sqlx::AssertSqlSafe(damage)).execute(&mut outside).await.unwrap();
            assert!(done.rows_affected() > 0, "{damage}: there is something to damage");
            outside.close().await.unwrap();
            let expected = format!("a row of the table {table} can't be read");
            let named = async |when: &str| {
                let store = SqliteStore::open_to_read(&path).await.unwrap();
                let network = store.networks().await.unwrap().remove(0);
                let broken = store.verify(&network).await.unwrap().broken;
                let broken = broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                assert!(broken.contains(&expected), "{damage}, {when}: {broken}");
                store.close().await;
            };
            named("before it is opened to write").await;
            // People can continue in any case: the next question, job, code, log and reply get free numbers.
            for run in ["first", "second"] {
                let mut world = World::open(&path, run).await;
                world.hear(&format!("@clock 2026-01-0{}T09:00:00-05:00", if run == "first" { 6 } else { 7 })).await;
                assert!(world.hear("ana> !log 3h painting").await.contains("painting"), "{damage}, {run}");
                assert!(world.hear("chloe> !join").await.contains("chloe"), "{damage}, {run}");
                assert!(world.hear("zoe> !privacy erase").await.contains("(to zoe)"), "{damage}, {run}");
                assert!(world.hear("ana> !network link").await.contains("(to ana)"), "{damage}, {run}");
                world.close().await;
            }
            named("after it was used").await;
        }
    });
}

#[test]
fn the_lock_is_that_of_the_file_not_of_its_name() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("a.sqlite"), folder.path().join("elsewhere"));
        std::fs::create_dir(&elsewhere).unwrap();
        let link = elsewhere.join("b.sqlite");
        // Opening a link to a missing file creates that file.
        std::os::unix::fs::symlink("../a.sqlite", &link).unwrap();
        let first = SqliteStore::open(&link).await.unwrap();
        assert!(path.is_file());
        for name in [&path, &link, &elsewhere.join("../a.sqlite")] {
            let second = SqliteStore::open(name).await;
            assert!(matches!(second, Err(StoreError::Locked { .. })), "{}", name.display());
        }
        let hard = folder.path().join("hard.sqlite");
        std::fs::hard_link(&path, &hard).unwrap();
        let refused = SqliteStore::open(&hard).await.err().unwrap().to_string();
        assert!(refused.contains("hard link"), "{refused}");
        first.close().await;
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        filled(&path).await;
        // The permissions of an earlier version.
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        let store = SqliteStore::open(&path).await.unwrap();
        store.load().await.unwrap();
        SqliteStore::back_up(&path, &folder.path().join("backup.sqlite")).await.unwrap();
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(
            names,
            ["a.sqlite", "a.sqlite-shm", "a.sqlite-wal", "a.sqlite.head", "a.sqlite.lock", "backup.sqlite"]
        );
        store.close().await;
    });
}

/// Also while a bot writes. A restored backup opens without complaint, also over the original file.
#[test]
fn a_backup_is_whole_and_can_be_restored() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("a.sqlite"), folder.path().join("backup.sqlite"));
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        let copied = SqliteStore::back_up(&path, &backup).await.unwrap();
        assert_eq!((copied.networks, copied.entries), (1, 6));
        let again = SqliteStore::back_up(&path, &backup).await.unwrap_err().to_string();
        assert!(again.contains("already exists"), "{again}");
        world.hear("ana> !log 3h painting").await;
        // The write-ahead log of the replaced file would destroy the new one.
        let kept: Vec<_> = ["-wal", "-shm", ".head"]
            .map(|ending| folder.path().join(format!("a.sqlite{ending}")))
            .into_iter()
            .map(|file| (std::fs::read(&file).unwrap(), file))
            .collect();
        world.close().await;
        std::fs::copy(&backup, &path).unwrap();
        kept.iter().for_each(|(bytes, file)| std::fs::write(file, bytes).unwrap());
        let refused = SqliteStore::open(&path).await.err().unwrap().to_string();
        assert!(refused.contains("belongs to another database"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&backup).unwrap(), "nothing was written into it");
        std::fs::remove_file(&kept[0].1).unwrap();
        let refused = SqliteStore::open(&path).await.err().unwrap().to_string();
        assert!(refused.contains("belongs to another database"), "{refused}");
        kept[1..].iter().for_each(|(_, file)| drop(std::fs::remove_file(file)));
        let mut world = World::open(&path, "restored").await;
        let list = world.hear("ana> !log list").await;
        assert!(list.contains("wiring") && !list.contains("painting"), "{list}");
        world.close().await;
    });
}

#[test]
fn what_is_not_whole_is_not_backed_up() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("a.sqlite"), folder.path().join("backup.sqlite"));
        filled(&path).await;
        found_after(&path, "UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'").await;
        let refused = SqliteStore::back_up(&path, &backup).await.unwrap_err().to_string();
        assert!(refused.contains("is not whole") && refused.contains("does not follow"), "{refused}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("backup")), "{left:?}");
    });
}

/// Soon after the last commit the main file has everything, although the program still runs.
#[test]
fn the_log_is_folded_in_when_it_is_quiet() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        let is_folded_in = async || {
            let copy = folder.path().join("copy.sqlite");
            std::fs::copy(&path, &copy).unwrap();
            let mut alone = SqliteConnection::connect(&format!("sqlite:{}", copy.display())).await.unwrap();
            let count = sqlx::query_scalar("SELECT count(*) FROM journal").fetch_one(&mut alone);
            let entries: i64 = count.await.unwrap();
            alone.close().await.unwrap();
            (entries == 6).then_some(())
        };
        eventually("the log is folded in although nobody speaks", is_folded_in).await;
        world.close().await;
    });
}

/// Somebody reads the books from the first entry to the last while others write.
#[test]
fn verifying_and_writing_go_on_at_once() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        filled(&path).await;
        let store = std::sync::Arc::new(SqliteStore::open(&path).await.unwrap());
        let network = store.networks().await.unwrap().remove(0);
        let writing = tokio::spawn({
            let store = store.clone();
            async move {
                for number in 0..50 {
                    let mut batch = fairshare::store::batch::Batch::default();
                    batch.cursors.insert(
                        fairshare::directory::RoomKey { platform: Platform::Matrix, id: number.to_string() },
                        "here".to_owned(),
                    );
                    store.commit(&batch).await.unwrap();
                }
            }
        });
        while !writing.is_finished() {
            assert_eq!(store.verify(&network).await.unwrap().broken, []);
        }
        writing.await.unwrap();
        assert_eq!(store.cursors(Platform::Matrix).await.unwrap().len(), 50);
        store.close().await;
    });
}
