//! The store keeps what it promises: durable, append-only, one writer, and damage is noticed.

use std::path::Path;
use std::time::Duration;

use fairshare::core::entry::Fact;
use fairshare::store::sqlite::SqliteStore;
use fairshare::store::{Store, StoreError};
use sqlx::{Connection as _, Row, SqliteConnection};

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
        for statement in
            ["UPDATE journal SET payload = '{}' WHERE seq = 1", "DELETE FROM journal", "REPLACE INTO journal SELECT * FROM journal"]
        {
            let error = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(store.pool()).await.unwrap_err().to_string();
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

/// Changes a stored file behind the program's back, as only somebody with the file can.
async fn tampered(path: &Path, statements: &[&str]) -> (SqliteStore, String) {
    let store = SqliteStore::open(path).await.unwrap();
    sqlx::query("DROP TRIGGER journal_is_not_updated").execute(store.pool()).await.unwrap();
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(*statement)).execute(store.pool()).await.unwrap();
    }
    let network = store.networks().await.unwrap().remove(0);
    (store, network)
}

#[test]
fn verify_finds_what_was_changed() {
    for (statement, found) in [
        ("UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'", "its hash does not follow"),
        ("UPDATE journal SET kind = 'log-undone' WHERE kind = 'logged'", "its columns do not say what its payload says"),
        ("UPDATE journal SET at = '2026-01-05T14:00:01.000Z' WHERE seq = 2", "its columns do not say what its payload says"),
        ("UPDATE heads SET seq = 3", "the stored head is not the last entry"),
        ("UPDATE texts SET body = 'painting'", "are not those that were hashed"),
        ("UPDATE journal SET payload = replace(payload, 'logged', 'sung')", "made by a newer fairshare"),
    ] {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.sqlite");
            filled(&path).await;
            let (store, network) = tampered(&path, &[statement]).await;
            let broken = store.verify(&network).await.unwrap().broken.join("; ");
            assert!(broken.contains(found), "{statement}: {broken}");
        });
    }
}

/// A running program says it as well, and one that starts refuses to.
#[test]
fn a_changed_journal_is_neither_vouched_for_nor_opened() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        let mut outside = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        for statement in
            ["DROP TRIGGER journal_is_not_updated", "UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'"]
        {
            sqlx::query(statement).execute(&mut outside).await.unwrap();
        }
        outside.close().await.unwrap();
        let reply = world.hear("ana> !ledger verify").await;
        assert!(reply.contains("its hash does not follow"), "{reply}");
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
        let (_, version) = Fact::KINDS.iter().find(|(kind, _)| *kind == "logged").unwrap();
        let newer =
            format!("UPDATE journal SET payload = replace(payload, '\"v\":{version}', '\"v\":{}') WHERE kind = 'logged'", version + 1);
        let (store, _) = tampered(&path, &[&newer]).await;
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

/// A row of each table is damaged in some way that only somebody with the file can; each costs that row only.
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
        ("handles", "UPDATE handles SET handle = x'ff' WHERE person = 2"),
        ("people", "UPDATE people SET person = 4294967296 WHERE person = 2"),
        ("pay_to", "UPDATE pay_to SET account = 'nowhere'"),
        ("rooms", "UPDATE rooms SET project = 'forillon' WHERE room = 'lobby'"),
        ("rooms", "INSERT INTO rooms (network, platform, room, project) SELECT network, 'console', 'attic', 99 FROM heads"),
        ("topics", "UPDATE topics SET kind = 'weather'"),
        ("topics", "UPDATE topics SET number = 99"),
        ("told", "INSERT INTO told (network, platform, room, key) SELECT network, 'console', 'lobby', x'ff' FROM heads"),
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
                let broken = store.verify(&network).await.unwrap().broken.join("; ");
                assert!(broken.contains(&expected), "{damage}, {when}: {broken}");
                store.close().await;
            };
            named("before it is opened to write").await;
            // Whatever was there, people go on: the next question, job, code, log and reply have their places.
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
        // A link to a file that isn't there yet makes that file.
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
        // As an earlier version had made it.
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
        assert_eq!(names, ["a.sqlite", "a.sqlite-shm", "a.sqlite-wal", "a.sqlite.head", "a.sqlite.lock", "backup.sqlite"]);
        store.close().await;
    });
}

/// While a bot writes, too; and what is restored opens without a word, also over the file that it was made of.
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
        // The log of the file that is replaced would destroy what takes its place.
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
        let (store, _) = tampered(&path, &["UPDATE journal SET payload = replace(payload, '120', '180') WHERE kind = 'logged'"]).await;
        store.close().await;
        let refused = SqliteStore::back_up(&path, &backup).await.unwrap_err().to_string();
        assert!(refused.contains("is not whole") && refused.contains("does not follow"), "{refused}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("backup")), "{left:?}");
    });
}

/// Soon after the last commit the one file has everything, although the program goes on.
#[test]
fn the_log_is_folded_in_when_it_is_quiet() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        let folded = async {
            loop {
                let copy = folder.path().join("copy.sqlite");
                std::fs::copy(&path, &copy).unwrap();
                let mut alone = SqliteConnection::connect(&format!("sqlite:{}", copy.display())).await.unwrap();
                let entries: i64 = sqlx::query_scalar("SELECT count(*) FROM journal").fetch_one(&mut alone).await.unwrap();
                alone.close().await.unwrap();
                if entries == 6 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), folded).await.expect("the log is folded in although nobody speaks");
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
                    let mut batch = fairshare::store::Batch::default();
                    batch
                        .cursors
                        .insert(fairshare::directory::RoomKey { platform: "p".to_owned(), id: number.to_string() }, "here".to_owned());
                    store.commit(&batch).await.unwrap();
                }
            }
        });
        while !writing.is_finished() {
            assert_eq!(store.verify(&network).await.unwrap().broken, Vec::<String>::new());
        }
        writing.await.unwrap();
        assert_eq!(store.cursors("p").await.unwrap().len(), 50);
        store.close().await;
    });
}
