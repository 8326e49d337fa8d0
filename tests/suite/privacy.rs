//! An erased person is gone: from what others see, from the database, from the bytes of its files.

use std::path::Path;

use fairshare::core::check;
use fairshare::core::entry::Entry;
use fairshare::core::ids::{Hash, PersonId};
use fairshare::directory::{Account, DirectoryChange};
use fairshare::platform::Platform;
use fairshare::store::batch::{Batch, HeadMove};
use fairshare::store::database::Store;
use fairshare::store::replay::fold;
use fairshare::store::rows::JournalRow;
use fairshare::store::sqlite::store::SqliteStore;
use sqlx::{Connection, Row};

use crate::watchdog::eventually;
use crate::world::{World, block_on, root};

/// Wilhelmina writes, attaches, is paid, is asked, links a second account, and backs a pool for a while.
const LIFE: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica currency:CAD timezone:America/Montreal
ana> !project new forillon rule:costs-first
chloe> !join
ana> !role grant ana custodian
ana> !role grant chloe lead
ana> !rate set work 20
Wilhelmina> !join
Wilhelmina> !language fr
Wilhelmina (alone)> !pay-to zebra@example.org
Wilhelmina> !task open paint the zebra-barn
Wilhelmina> !task take #1
Wilhelmina (attaches receipt:zebra-bill.pdf)> !log expense 60 zebra-cables
Wilhelmina> !log 2h zebra-wiring
Wilhelmina> !log correct L2 what:\"striped zebra-wiring\"
ana> !log 1h drawings
Wilhelmina> !log flag L3 that was the zebra-keeper
ana> !log flag L2 ask the zebra-keeper
ana> !pool open press 100 for:forillon deadline:2026-02-01
Wilhelmina> !pledge 20
Wilhelmina> !yes
Wilhelmina> !pool withdraw press
chloe> !flag resolve L2 keep
chloe> !flag resolve L3 keep
ana> !income record 60 client
ana> !payout confirm
ana> !yes
ana> !payout paid Wilhelmina 60 reference:zebra-1
Wilhelmina> !claim gift all
Wilhelmina> !link me
";

/// The bytes of a database, and of its write-ahead log.
fn bytes(path: &Path) -> Vec<u8> {
    let log = path.with_file_name(format!("{}-wal", path.file_name().unwrap().to_string_lossy()));
    [std::fs::read(path).unwrap(), std::fs::read(log).unwrap_or_default()].concat()
}

async fn live(world: &mut World, life: &str) {
    for line in life.lines() {
        world.hear(line).await;
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.to_lowercase();
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

/// Waits until the receipts of all replies so far are written.
async fn noted(path: &Path) {
    let is_noted = async || {
        let store = SqliteStore::open_to_read(path).await.unwrap();
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(store.pool()).await.unwrap();
        store.close().await;
        (waiting == 0).then_some(())
    };
    eventually("replies are noted", is_noted).await;
}

/// Waits until none of these texts is left in a database's bytes. While the program runs, that happens when it is idle.
async fn wiped(path: &Path, texts: &[&str]) {
    let is_wiped = async || texts.iter().all(|text| !holds(&bytes(path), text)).then_some(());
    eventually(&format!("none of {texts:?} is left"), is_wiped).await;
}

/// A program that was killed before it had rewritten the file left traces in unused parts: the next run removes them.
#[test]
fn what_was_left_behind_is_wiped_at_the_next_start() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        SqliteStore::open(&path).await.unwrap().close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).pragma("secure_delete", "OFF");
        let mut careless = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        for statement in [
            "INSERT INTO inbox (event, at, outcome) VALUES ('zebra', '2026-01-05T14:00:00Z', 'read')",
            "DELETE FROM inbox",
            "INSERT INTO traces (only) VALUES (1)",
        ] {
            sqlx::query(statement).execute(&mut careless).await.unwrap();
        }
        careless.close().await.unwrap();
        assert!(holds(&bytes(&path), "zebra"), "it is there before");
        SqliteStore::open(&path).await.unwrap().close().await;
        assert!(!holds(&bytes(&path), "zebra"), "it is there afterwards");
    });
}

#[test]
fn nothing_of_somebody_erased_is_left_in_the_file() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, LIFE).await;
        noted(&path).await;
        let before = bytes(&path);
        for text in [
            "wilhelmina",
            "zebra-wiring",
            "zebra-cables",
            "zebra-barn",
            "zebra-keeper",
            "zebra-bill",
            "zebra@example",
            "zebra-1",
        ] {
            assert!(holds(&before, text), "{text} is there before");
        }
        let balances = world.hear("ana> !books").await;
        let asked = world.hear("Wilhelmina> !privacy erase").await;
        assert!(
            asked.contains("(to Wilhelmina)")
                && asked.contains("person-3")
                && asked.contains("7 textes de toi, 1 justificatif"),
            "{asked}"
        );
        let said = world.hear("Wilhelmina> !yes").await;
        assert!(
            said.contains("person-3") && said.contains("Les comptes ne"),
            "who has read French reads it to the end: {said}"
        );
        wiped(&path, &["wilhelmina", "zebra"]).await;
        let seen =
            world.run("ana> !log list\nana> !task show #1\nana> !people list\nana> !payout explain person-3 distribution:D1\n").await;
        assert!(seen.contains("person-3") && seen.contains('…') && !holds(seen.as_bytes(), "wilhelmina"), "{seen}");
        assert_eq!(world.hear("ana> !books").await, balances);
        assert!(world.hear("ana> !ledger verify").await.contains("The journal is complete"));
        world.close().await;
        let closed = bytes(&path);
        for text in ["wilhelmina", "zebra"] {
            assert!(!holds(&closed, text), "{text} is there when it is closed");
        }
        let store = SqliteStore::open(&path).await.unwrap();
        let network = store.networks().await.unwrap().remove(0);
        assert_eq!(store.verify(&network).await.unwrap().broken, []);
        store.close().await;
        drop(store);
        // The same account starts as a new person, and the name is free.
        let mut world = World::open(&path, "again").await;
        let joined = world.hear("Wilhelmina> !join").await;
        assert!(joined.contains("wilhelmina"), "{joined}");
        assert!(
            world.hear("ana> !log list person:wilhelmina").await.contains("No logs like that"),
            "somebody new has no logs"
        );
        world.close().await;
    });
}

/// If another process reads the file during an erasure, the traces are wiped once it has finished.
#[test]
fn a_reader_only_delays_it() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, LIFE).await;
        let reader = SqliteStore::open_to_read(&path).await.unwrap();
        let mut reading = reader.pool().begin().await.unwrap();
        sqlx::query("SELECT count(*) FROM texts").fetch_one(&mut *reading).await.unwrap();
        world.run("Wilhelmina> !privacy erase\nWilhelmina> !yes\n").await;
        assert!(holds(&bytes(&path), "wilhelmina"), "what is being read is still there");
        reading.rollback().await.unwrap();
        reader.close().await;
        wiped(&path, &["wilhelmina", "zebra"]).await;
        world.close().await;
    });
}

/// Rewriting the file takes long, so many erasures share one; closing the program waits for it.
#[test]
fn many_erasures_are_wiped_together_and_at_the_end() {
    /// How often the file's schema was changed or the file rewritten.
    async fn schema_version(path: &Path) -> i64 {
        let store = SqliteStore::open_to_read(path).await.unwrap();
        let version = sqlx::query_scalar("PRAGMA schema_version").fetch_one(store.pool()).await.unwrap();
        store.close().await;
        version
    }
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, "@clock 2026-01-05T09:00:00-05:00\nana> !network init Sensorica").await;
        let before = schema_version(&path).await;
        let begun = std::time::Instant::now();
        for number in 0..8 {
            let who = format!("zebra{number}");
            live(&mut world, &format!("{who}> !join\n{who}> !privacy erase\n{who}> !yes")).await;
        }
        world.close().await;
        // Once when it was closed, and before that once a minute at most.
        let most = 2 + i64::try_from(begun.elapsed().as_secs() / 60).unwrap();
        let times = schema_version(&path).await - before;
        assert!((1..=most).contains(&times), "the file was written anew {times} times for 8 erasures");
        assert!(!holds(&bytes(&path), "zebra"), "closed, it has nothing of them");
    });
}

/// The journal has numbers; handles are beside it and are shown everywhere.
#[test]
fn the_journal_has_numbers_and_people_have_handles() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, LIFE).await;
        world.run("ana> !payout paid Wilhelmina 5 reference:early advance:yes\nana> !yes\nPerson 1> !join\nana> !person add \"Person 9\"\nana> !person add ana\n")
            .await;
        let list = world.hear("ana> !people list").await;
        for handle in ["wilhelmina", "person-4    Person 1", "person-5    Person 9", "ana-2"] {
            assert!(list.contains(handle), "{handle}: {list}");
        }
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        let network = store.networks().await.unwrap().remove(0);
        let rows = store.journal(&network).await.unwrap();
        assert!(rows.iter().all(|row| !holds(row.payload.as_bytes(), "wilhelmina")), "the journal has no handle");
        let (plain, books) = (fold(&network, &rows).unwrap(), store.books(&network).await.unwrap());
        assert_eq!(check::digest(&plain), check::digest(&books));
        assert!(books.ledger.balances().any(|(account, _)| account.to_string() == "liabilities:people:person-3"));
        assert!(
            books.shown_balances().iter().any(|(account, _)| account.to_string() == "liabilities:people:wilhelmina")
        );
        let named: Vec<String> = ["ana", "wilhelmina", "person-4", "person-5", "ana-2", "person-3"]
            .iter()
            .map(|handle| books.person_by_handle(handle).unwrap().to_string())
            .collect();
        assert_eq!(named, ["person-1", "person-3", "person-4", "person-5", "person-6", "person-3"]);
    });
}

/// A file of an earlier version: its journal has handles, and people's accounts are beside it.
async fn of_before(path: &Path) {
    let text = std::fs::read_to_string(root().join("tests/golden/receipts.journal")).unwrap();
    let mut batch = Batch::default();
    for row in text.lines().filter(|row| !row.starts_with("digest")) {
        let mut parts = row.splitn(3, ' ').skip(1);
        let (hash, payload): (Hash, &str) = (parts.next().unwrap().parse().unwrap(), parts.next().unwrap());
        let entry = Entry::parse(payload).unwrap();
        let (kind, version) =
            (entry.fact.kind().0.to_owned(), serde_json::from_str::<serde_json::Value>(payload).unwrap()["v"].as_u64());
        let (network, seq, at) = (entry.network, entry.seq, entry.at);
        let moved = HeadMove { from: (0, Hash::genesis(&network)), to: (seq, hash) };
        batch.heads.entry(network.clone()).or_insert(moved).to = (seq, hash);
        let version = u32::try_from(version.unwrap()).unwrap();
        batch.journal.push(JournalRow { network, seq, at, kind, version, payload: payload.to_owned(), hash });
    }
    let network = batch.journal[0].network.clone();
    for (person, id) in [(1, "ana"), (2, "ben")] {
        let account = Account { platform: Platform::Console, id: id.to_owned() };
        batch.changes.push((network.clone(), DirectoryChange::Account(account, PersonId(person))));
    }
    let store = SqliteStore::open(path).await.unwrap();
    store.commit(&batch).await.unwrap();
    store.close().await;
}

#[test]
fn who_joined_before_keeps_their_handle_and_can_be_erased_beside_the_journal() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        of_before(&path).await;
        let mut world = World::open(&path, "a").await;
        world.hear("@clock 2026-02-05T09:00:00-05:00").await;
        assert!(world.hear("chloe> !join").await.contains("chloe"));
        assert!(world.hear("ana> !log list").await.contains("  ben "));
        let asked = world.hear("ben> !privacy erase").await;
        assert!(asked.contains("Earlier entries in the journal call you ben"), "{asked}");
        assert!(world.hear("ben> !yes").await.contains("person-2"));
        let list = world.hear("ana> !log list").await;
        assert!(list.contains("  person-2  ") && !list.contains("ben"), "{list}");
        // A name in the journal is never given to somebody else.
        let again = world.hear("ben> !join").await;
        assert!(again.contains("ben-2"), "{again}");
        world.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        let network = store.networks().await.unwrap().remove(0);
        // The journal came without its texts and without the messages that made it; those of ben are erased.
        let found: Vec<String> = store.verify(&network).await.unwrap().broken.iter().map(ToString::to_string).collect();
        assert!(
            found.iter().all(|found| found.starts_with("texts beside")
                || found.starts_with("files beside")
                || found.starts_with("inbox: ")),
            "{found:?}"
        );
        let handles =
            sqlx::query("SELECT person, handle FROM handles ORDER BY person").fetch_all(store.pool()).await.unwrap();
        let handles: Vec<(i64, String)> = handles.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(handles, [(3, "chloe".to_owned()), (4, "ben-2".to_owned())]);
        store.close().await;
        drop(store);
        let mut world = World::open(&path, "again").await;
        assert!(world.hear("ana> !people list").await.contains("person-2"));
        world.close().await;
    });
}

/// Replies that wait for a platform that is not running and may never run again.
#[test]
fn a_reply_that_waits_for_a_platform_that_is_not_there_forgets_somebody_erased() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, LIFE).await;
        noted(&path).await;
        let mut outside = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        let network: String = sqlx::query_scalar("SELECT network FROM heads").fetch_one(&mut outside).await.unwrap();
        let joined = r#"{"lines":[{"joined":{"person":"NAME","network":"Sensorica"}}]}"#;
        // With her handle, her display name, in others' words, with her texts, in her own list, to her, and an
        // undeliverable one.
        for (id, reader, asker, mentions, payload, failed) in [
            (1, None, None, "[]", joined.replace("NAME", "wilhelmina"), None),
            (2, Some("chloe"), Some("chloe"), "[]", joined.replace("NAME", "for Wilhelmina, again"), None),
            (3, None, None, "[]", joined.replace("NAME", "paint the zebra-barn"), None),
            (4, None, None, r#"["Wilhelmina"]"#, joined.replace("NAME", "ana"), None),
            (5, Some("Wilhelmina"), Some("wilhelmina"), "[]", joined.replace("NAME", "ana"), None),
            (6, None, None, "[]", joined.replace("NAME", "wilhelminas"), None),
            (7, None, None, "[]", "null".to_owned(), Some("no room of Wilhelmina")),
        ] {
            let insert = "INSERT INTO outbox (id, at, platform, lane, room, reader, asker, mentions, network, payload, failed) \
                VALUES ($1, '2026-01-05T14:00:00.000Z', CASE WHEN $2 = 'Wilhelmina' THEN 'console' ELSE 'matrix' END, 'a', 'a', $2, $3, $4, $5, $6, $7)";
            let insert = sqlx::query(insert)
                .bind(id)
                .bind(reader)
                .bind(asker)
                .bind(mentions)
                .bind(&network)
                .bind(payload)
                .bind(failed);
            insert.execute(&mut outside).await.unwrap();
        }
        outside.close().await.unwrap();
        world.run("Wilhelmina> !privacy erase\nWilhelmina> !yes\n").await;
        world.close().await;
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let rows = sqlx::query("SELECT id, payload FROM outbox ORDER BY id").fetch_all(store.pool()).await.unwrap();
        let rows: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let forgotten = r#"{"lines":["reply-forgotten"]}"#.to_owned();
        let others: Vec<(i64, String)> = (1..=3).map(|id| (id, forgotten.clone())).collect();
        assert_eq!(rows[..3], others[..]);
        assert_eq!(rows[3..].iter().map(|(id, _)| *id).collect::<Vec<_>>(), [4, 6, 7]);
        assert!(rows[4].1.contains("wilhelminas"), "somebody else has a longer name: {rows:?}");
        store.close().await;
        let text = String::from_utf8_lossy(&bytes(&path)).to_lowercase().replace("wilhelminas", "");
        assert!(!text.contains("wilhelmina") && !text.contains("zebra"));
    });
}

/// Erasure covers the whole person, with every id from before a merge.
#[test]
fn both_accounts_of_somebody_go() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        live(&mut world, "@clock 2026-01-05T09:00:00-05:00\nana> !network init Sensorica\nana> !project new forillon\nZebra> !join\nQuagga> !join\nQuagga> !log 1h quagga-lines").await;
        let code = world.hear("Zebra> !link me").await;
        let code = code.split("!link me ").nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned();
        live(
            &mut world,
            &format!(
                "Quagga> !link me {code}\nQuagga> !yes\nZebra> !link me\nZebra> !yes\nQuagga> !log 1h zebra-lines"
            ),
        )
        .await;
        assert_eq!(world.hear("ana> !log list person:quagga").await.matches("  zebra  ").count(), 2);
        world.hear("Quagga> !privacy erase").await;
        assert!(world.hear("Quagga> !yes").await.contains("person-2"));
        wiped(&path, &["zebra", "quagga"]).await;
        assert_eq!(world.hear("ana> !log list").await.matches("  person-2  ").count(), 2);
        assert!(world.hear("ana> !ledger verify").await.contains("The journal is complete"));
        assert!(world.hear("Zebra> !me").await.contains("`!join` first"));
        world.close().await;
    });
}
