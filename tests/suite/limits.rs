//! Limits: floods, quotas, and the deletion of old rows.

use std::num::NonZeroU32;
use std::path::Path;

use chrono::TimeDelta;
use fairshare::config;
use fairshare::core::time::Timestamp;
use fairshare::directory::{Account, RoomKey};
use fairshare::incoming::{Content, Inbound, MessageContext};
use fairshare::platform::Platform;
use fairshare::store::sqlite::store::SqliteStore;

use crate::world::{World, block_on, usual_limits};

const BEGIN: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
";

/// A room on another platform that belongs to a network, and accounts there.
struct Yard {
    world: World,
    folder: tempfile::TempDir,
    said: usize,
}

impl Yard {
    /// The room, with people who have joined the network there.
    async fn with(people: &[&str], limits: config::LimitsConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("a.sqlite")).await.unwrap();
        let mut world = World::with(store, "yard", limits).await;
        world.run(BEGIN).await;
        let told = world.hear("ana> !network link").await;
        let code = told.split("!network link ").nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned();
        let mut yard = Self { world, folder, said: 0 };
        yard.push("host", &format!("network link {code}")).await;
        for person in people {
            yard.push(person, "join").await;
        }
        yard
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("a.sqlite")
    }

    fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// A message of somebody's. Its event id begins with their name.
    fn message(&mut self, who: &str, said: &str) -> Inbound {
        self.said += 1;
        Inbound {
            event: format!("{who} {:06}", self.said),
            room: RoomKey { platform: Platform::Discord, id: "yard".to_owned() },
            account: Account { platform: Platform::Discord, id: who.to_owned() },
            name: who.to_owned(),
            host: who == "host",
            said_at: self.now(),
            received_at: self.now(),
            content: Content::Text(said.to_owned()),
            context: MessageContext::default(),
        }
    }

    /// Hands a message over past the limits.
    async fn push(&mut self, who: &str, said: &str) {
        let message = self.message(who, said);
        self.world.intake().push(message).await;
        self.world.intake().settled().await;
    }

    /// Somebody says something.
    async fn say(&mut self, who: &str, said: &str) {
        let message = self.message(who, said);
        self.world.intake().say(message).await;
    }

    /// The outcomes of somebody's messages, in order.
    async fn outcomes(&self, who: &str) -> Vec<String> {
        self.world.intake().settled().await;
        outcomes(&self.path(), who).await
    }
}

async fn outcomes(path: &Path, who: &str) -> Vec<String> {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let select =
        sqlx::query_scalar("SELECT outcome FROM inbox WHERE event LIKE $1 || ' %' ORDER BY event").bind(who.to_owned());
    select.fetch_all(store.pool()).await.unwrap()
}

async fn count(path: &Path, table: &'static str) -> i64 {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
        .fetch_one(store.pool())
        .await
        .unwrap()
}

fn few(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

#[test]
fn a_flood_is_refused_once_then_dropped_and_others_are_served() {
    block_on(async {
        let mut yard = Yard::with(&["ben", "mallory"], usual_limits()).await;
        for number in 0..5000 {
            yard.say("mallory", &format!("log 1m thing {number}")).await;
            if number % 100 == 0 {
                yard.say("ben", &format!("log 1m wiring {number}")).await;
            }
        }
        let flood = yard.outcomes("mallory").await;
        let burst = usize::try_from(usual_limits().account_burst.get()).unwrap();
        assert_eq!(flood.iter().filter(|outcome| *outcome == "refused too-many").count(), 1, "one line, then silence");
        assert_eq!(flood.len(), 1 + burst + 1, "joined, a burst of logs, the refusal: nothing else is kept");
        assert_eq!(
            yard.outcomes("ben").await.iter().filter(|outcome| *outcome == "done").count(),
            51,
            "nobody else waits"
        );
        yard.world.clock().set(yard.now() + TimeDelta::seconds(31));
        yard.say("mallory", "log 1m patiently").await;
        assert_eq!(
            yard.outcomes("mallory").await.last().map(String::as_str),
            Some("done"),
            "as the refusal said, it is over soon"
        );
        yard.world.close().await;
    });
}

#[test]
fn many_accounts_in_one_room_meet_the_limit_of_the_room() {
    block_on(async {
        let limits = config::LimitsConfig { room_burst: few(50), ..usual_limits() };
        let mut yard = Yard::with(&[], limits).await;
        for number in 0..200 {
            yard.say(&format!("m{number:03}"), "help").await;
        }
        let refused = yard.outcomes("m050").await;
        assert_eq!(refused, ["refused room-too-many"]);
        for number in [51, 100, 199] {
            assert!(yard.outcomes(&format!("m{number:03}")).await.is_empty(), "silence after the first refusal");
        }
        yard.world.close().await;
    });
}

/// A custodian can undo despite a flood by others; somebody else can't use that exception.
#[test]
fn a_flood_keeps_no_custodian_from_undoing() {
    block_on(async {
        let limits = config::LimitsConfig {
            room_burst: few(10),
            account_burst: few(5),
            network_burst: few(10),
            ..usual_limits()
        };
        let mut yard = Yard::with(&["cleo", "mallory"], limits).await;
        let world = &mut yard.world;
        assert!(world.hear("ana> !role grant cleo custodian").await.contains("cleo"));
        yard.push("cleo", "income record 100 Parks").await;
        for number in 0..40 {
            yard.say(&format!("m{number}"), "help").await;
            yard.say("cleo", "help").await;
        }
        yard.say("mallory", "money undo M1").await;
        assert_eq!(yard.outcomes("mallory").await, ["done"], "who isn't a custodian is dropped like anybody");
        let before = yard.outcomes("cleo").await.len();
        for said in ["log 1h not an undoing", "money undo M1", "money undo M1 bounced", "yes"] {
            yard.say("cleo", said).await;
        }
        let after = yard.outcomes("cleo").await;
        assert_eq!(after[before..], ["refused missing-option", "asked", "done"], "what undoes nothing is dropped");
        yard.world.close().await;
    });
}

#[test]
fn what_was_said_during_an_outage_is_not_limited() {
    block_on(async {
        let mut yard = Yard::with(&["ben"], usual_limits()).await;
        for number in 0..1000 {
            let message = yard.message("ben", &format!("log 1m thing {number} date:2026-01-{:02}", 1 + number % 5));
            let said_at = message.received_at - TimeDelta::hours(2) + TimeDelta::seconds(number);
            yard.world.intake().say(Inbound { said_at, ..message }).await;
        }
        let outcomes = yard.outcomes("ben").await;
        assert_eq!(
            outcomes.iter().filter(|outcome| *outcome == "done").count(),
            1001,
            "joined, and everything that was logged"
        );
        yard.world.close().await;
    });
}

/// A clock that was wrong for a moment does not use up allowances for years.
#[test]
fn a_clock_that_is_set_back_begins_the_counts_anew() {
    block_on(async {
        let mut yard = Yard::with(&["ben"], config::LimitsConfig { account_burst: few(3), ..usual_limits() }).await;
        let now = yard.now();
        yard.world.clock().set(now + TimeDelta::days(400));
        for _ in 0..10 {
            yard.say("ben", "help").await;
        }
        yard.world.clock().set(now);
        yard.say("ben", "help log").await;
        assert_eq!(yard.outcomes("ben").await.last().map(String::as_str), Some("read"));
        yard.world.close().await;
    });
}

/// A dropped message has no row; if a platform delivers it again after a restart, it is still not obeyed.
#[test]
fn what_was_dropped_is_not_obeyed_when_it_comes_again() {
    block_on(async {
        let mut yard = Yard::with(&["ben"], usual_limits()).await;
        let dropped = yard.message("ben", "log 1h too much");
        yard.world.intake().push(Inbound { content: Content::Dropped, ..dropped.clone() }).await;
        yard.world.intake().settled().await;
        let later = yard.now() + TimeDelta::minutes(1);
        let Yard { world, folder, .. } = yard;
        world.close().await;
        let path = folder.path().join("a.sqlite");
        let world = World::open(&path, "again").await;
        world.clock().set(later);
        let next = Inbound { event: "ben next".to_owned(), said_at: later, received_at: later, ..dropped.clone() };
        for message in [dropped, next] {
            world.intake().push(message).await;
        }
        world.intake().settled().await;
        world.close().await;
        assert_eq!(outcomes(&path, "ben").await, ["done", "done"], "joined, and what was said after the flood");
    });
}

#[test]
fn five_thousand_beginnings_by_one_account_leave_five_networks() {
    block_on(async {
        let mut yard = Yard::with(&[], usual_limits()).await;
        for number in 0..5000 {
            let mut message = yard.message("host", &format!("network init Net{number}"));
            message.room.id = format!("room {number}");
            yard.world.intake().push(message).await;
        }
        let outcomes = yard.outcomes("host").await;
        assert_eq!(
            outcomes.iter().filter(|outcome| *outcome == "done").count(),
            1 + 5,
            "linked a room, began five networks"
        );
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "refused networks-begun").count(), 4995);
        assert_eq!(count(&yard.path(), "heads").await, 1 + 5);
        yard.world.close().await;
    });
}

#[test]
fn quotas_of_networks_people_and_rooms_hold() {
    block_on(async {
        let limits =
            config::LimitsConfig { networks: 2, people_per_network: 3, rooms_per_network: 2, ..usual_limits() };
        let mut yard = Yard::with(&["ben", "cleo", "dan"], limits).await;
        assert_eq!(yard.outcomes("dan").await, ["refused people-full"]);
        yard.push("ben", "leave").await;
        yard.push("dan", "join").await;
        assert_eq!(yard.outcomes("dan").await, ["refused people-full", "done"]);
        let told = yard.world.hear("ana> !network link").await;
        let code = told.split("!network link ").nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned();
        for (room, said) in [
            ("attic", format!("network link {code}")),
            ("cellar", "network init One".to_owned()),
            ("roof", "network init Two".to_owned()),
        ] {
            let mut message = yard.message("host", &said);
            message.room.id = room.to_owned();
            yard.world.intake().push(message).await;
        }
        assert_eq!(yard.outcomes("host").await, ["done", "refused rooms-full", "done", "refused networks-full"]);
        yard.world.close().await;
    });
}

#[test]
fn only_founders_begin_networks_where_there_is_a_list() {
    block_on(async {
        let mut yard = Yard::with(&[], usual_limits()).await;
        let mut message = yard.message("host", "network init Other");
        message.room.id = "attic".to_owned();
        message.context.bars_founding = true;
        yard.world.intake().push(message).await;
        assert_eq!(yard.outcomes("host").await, ["done", "refused founders-only"]);
        yard.world.close().await;
    });
}

/// Repeating a line asks again each time; only the newest questions are kept, and later none.
#[test]
fn twenty_thousand_repeated_lines_leave_few_rows() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "a").await;
        world.run(BEGIN).await;
        world.run(&"ana> !log 1h wiring\n".repeat(20_000)).await;
        let questions = i64::try_from(usual_limits().questions_per_account).unwrap();
        assert_eq!(count(&path, "questions").await, questions);
        assert!(count(&path, "inbox").await <= i64::from(usual_limits().console_burst.get()) + 2);
        assert!(world.hear("@clock 2026-01-05T09:01:00-05:00").await.is_empty());
        assert!(world.hear("ana> !yes").await.starts_with("bot> L2: ana, work 1h"), "the newest question is open");
        world.hear("@clock 2026-01-07T09:00:00-05:00").await;
        assert_eq!(count(&path, "questions").await, 0, "they have expired");
        world.close().await;
    });
}

#[test]
fn old_rows_go_and_what_they_were_about_is_not_obeyed_again() {
    block_on(async {
        let mut yard = Yard::with(&["ben"], usual_limits()).await;
        let logged = yard.message("ben", "log 1h wiring");
        yard.world.intake().push(logged.clone()).await;
        yard.world.hear("ana> !network link").await;
        assert_eq!(count(&yard.path(), "link_codes").await, 1);
        yard.world.hear("@clock 2026-02-05T09:00:00-05:00").await;
        assert!(count(&yard.path(), "inbox").await > 5, "a month is not long");
        assert_eq!(count(&yard.path(), "link_codes").await, 0, "a code works for a day");
        yard.world.hear("@clock 2026-06-05T09:00:00-04:00").await;
        assert_eq!(count(&yard.path(), "inbox").await, 0);
        // A platform delivers the event again: at once, after a restart, and as a late one.
        let Yard { world, folder, .. } = yard;
        let path = folder.path().join("a.sqlite");
        let again = Inbound { received_at: world.clock().now(), ..logged };
        world.intake().push(again.clone()).await;
        world.intake().settled().await;
        world.close().await;
        let mut world = World::open(&path, "again").await;
        world.hear("@clock 2026-06-05T10:00:00-04:00").await;
        world.intake().push(again.clone()).await;
        world.intake().push(Inbound { event: "ben new".to_owned(), said_at: again.received_at, ..again }).await;
        world.intake().settled().await;
        assert_eq!(outcomes(&path, "ben").await, ["done"], "only what is new");
        assert_eq!(world.hear("ana> !log list").await.matches("wiring").count(), 2, "once each");
        assert!(world.hear("ana> !ledger verify").await.contains("The journal is complete"));
        world.close().await;
    });
}

#[test]
fn the_oldest_link_code_gives_way_to_the_twenty_first() {
    block_on(async {
        let mut yard = Yard::with(&[], usual_limits()).await;
        for _ in 0..30 {
            yard.world.hear("ana> !network link").await;
        }
        assert_eq!(count(&yard.path(), "link_codes").await, 20);
        yard.world.close().await;
    });
}
