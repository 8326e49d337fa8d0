//! Due jobs and long reports beside people's messages: a failure of one affects nobody else.

use std::path::Path;

use fairshare::store::sqlite::store::SqliteStore;
use sqlx::Row as _;

use crate::engine::{Troubled, begun, inbound, link_code, outcomes};
use crate::watchdog::eventually;
use crate::world::{World, block_on};

const POOLS: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
ana> !role grant ana custodian
ben> !join
ana> !pool open kiln 100 deadline:2026-01-06 settle:0
ana> !pool open loom 100 deadline:2026-01-06 settle:0
";

/// The jobs that wait, and those that were set aside, each with why.
async fn jobs(path: &Path) -> (Vec<String>, Vec<String>) {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let rows = sqlx::query("SELECT name, failed FROM jobs ORDER BY name").fetch_all(store.pool()).await.unwrap();
    let (mut waiting, mut aside) = (Vec::new(), Vec::new());
    for row in rows {
        let name: String = row.get("name");
        match row.get::<Option<String>, _>("failed") {
            Some(why) => aside.push(format!("{name}: {why}")),
            None => waiting.push(name),
        }
    }
    (waiting, aside)
}

#[test]
fn a_timer_started_twice_at_one_instant_silences_nobody() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(&folder.path().join("a.sqlite"), "a").await;
        let script = "@clock 2026-01-05T09:00:00-05:00\nana> !network init Net1\nana> !project new alpha\n@clock \
                      2026-01-06T09:00:00-05:00\nana (said 2026-01-05T20:00:00Z)> !timer start wiring\n@clock \
                      2026-01-06T09:01:00-05:00\nana> !timer stop discard:yes\nana (said 2026-01-05T20:00:00Z)> !timer start \
                      wiring\n@clock 2026-01-06T09:02:00-05:00\nana> !log 2h wiring\nben> !join\n";
        let said = world.run(script).await;
        world.close().await;
        assert!(said.contains("L1: ana") && said.contains("Welcome to Net1, ben"), "{said}");
        assert!(!said.contains("Something went wrong"), "{said}");
    });
}

#[test]
fn a_refused_job_is_set_aside_its_steward_told_and_it_never_runs_again() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "before").await;
        world.run(POOLS).await;
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        let unknown = "UPDATE jobs SET payload = replace(payload, '\"command\":\"pool close\"', '\"command\":\"pool explode\"') WHERE name = 'pool close pool-1'";
        sqlx::query(unknown).execute(store.pool()).await.unwrap();
        drop(store);
        let mut world = World::open(&path, "after").await;
        let told = world.hear("@clock 2026-01-07T09:00:00-05:00").await;
        assert_eq!(told.matches("I won't try it again").count(), 1, "{told}");
        assert!(told.contains("bot (to ana)> ") && told.contains("pool explode"), "{told}");
        assert!(told.contains("loom"), "the other pool's last day is over: {told}");
        let said = world.run("ben> !log 1h wiring\nana> !log 2h painting\n").await;
        assert!(said.contains("L1: ben") && said.contains("L2: ana"), "{said}");
        assert!(!world.hear("@clock 2026-01-08T09:00:00-05:00").await.contains("could not be done"));
        world.close().await;
        let (waiting, aside) = jobs(&path).await;
        assert!(!waiting.contains(&"pool close pool-1".to_owned()), "{waiting:?}");
        assert_eq!(aside, ["pool close pool-1: unknown-command"]);
    });
}

#[test]
fn a_job_whose_rows_are_rejected_is_set_aside_and_messages_go_on() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "before").await;
        world.run(POOLS).await;
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        let mut world = World::over(Troubled::poisoned(store, "JobDone("), "after").await;
        let said = world.run("@clock 2026-01-07T00:30:00-05:00\nben> !log 1h wiring\n").await;
        assert!(said.contains("L1: ben"), "{said}");
        world.close().await;
        let (_, aside) = jobs(&path).await;
        for name in ["pool close pool-1: fault", "pool close pool-2: fault"] {
            assert!(aside.iter().any(|job| job == name), "{aside:?}");
        }
        assert_eq!(said.matches("I won't try it again").count(), aside.len(), "{said}");
    });
}

#[test]
fn a_fault_rebuilds_the_books_of_its_own_network_only() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, now) = begun(&path).await;
        world.close().await;
        let troubled = Troubled::poisoned(SqliteStore::open(&path).await.unwrap(), "poison");
        let rebuilt = troubled.rebuilt.clone();
        let mut world = World::over(troubled, "after").await;
        let intake = world.intake().clone();
        intake.push(inbound("e1", "yard", "host", "network init other", now)).await;
        intake.settled().await;
        for (event, said) in [("e2", "project new shop"), ("e3", "log 1h poison"), ("e4", "log 2h wiring")] {
            intake.push(inbound(event, "yard", "host", said, now)).await;
        }
        intake.settled().await;
        let own = world.hear("ana> !log 1h of sensorica").await;
        world.close().await;
        assert!(own.contains("L1: ana"), "{own}");
        let found = outcomes(&path).await;
        assert!(found[2].starts_with("e3: fault ") && found[3] == "e4: done", "{found:?}");
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let other: String =
            sqlx::query_scalar("SELECT network FROM inbox WHERE event = 'e2'").fetch_one(store.pool()).await.unwrap();
        let rebuilt = rebuilt.lock().unwrap().clone();
        assert!(!rebuilt.is_empty() && rebuilt.iter().all(|network| *network == other), "{rebuilt:?}");
    });
}

/// A long report delays only its own room, whose order is kept.
#[test]
fn verifying_a_journal_holds_up_its_own_room_only() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = begun(&path).await;
        let code = link_code(&mut world).await;
        world.close().await;
        let troubled = Troubled::poisoned(SqliteStore::open(&path).await.unwrap(), "nothing is poisoned");
        let verifies = troubled.verifies.clone();
        let world = World::over(troubled, "after").await;
        let intake = world.intake().clone();
        let say = |event: &str, room: &str, said: &str| intake.push(inbound(event, room, "host", said, now));
        say("e1", "yard", &format!("network link {code}")).await;
        say("e2", "yard", "join").await;
        say("e3", "yard", "ledger verify").await;
        say("e4", "yard", "log 1h behind").await;
        say("e5", "attic", "help").await;
        let is_answered = async || outcomes(&path).await.iter().any(|outcome| outcome.starts_with("e5")).then_some(());
        eventually("another room is answered meanwhile", is_answered).await;
        assert!(outcomes(&path).await.iter().all(|outcome| !outcome.starts_with("e3") && !outcome.starts_with("e4")));
        verifies.add_permits(1);
        intake.settled().await;
        world.close().await;
        let found = outcomes(&path).await;
        assert_eq!(found[..4], ["e1: done", "e2: done", "e3: read", "e4: done"], "{found:?}");
    });
}
