//! The store keeps what it promises: durable, append-only, one writer, and damage is noticed.

use std::path::Path;

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
