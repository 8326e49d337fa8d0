//! The flow under stress: failing commits, messages that cause faults, redelivery, other platforms' rooms, full queues,
//! replies that do not arrive. Everything is on the books exactly once, and has a reply.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use fairshare::clock::Clock;
use fairshare::core::check::Verification;
use fairshare::core::ids::TextRef;
use fairshare::core::time::Timestamp;
use fairshare::directory::StoredFile;
use fairshare::directory::{Account, RoomKey};
use fairshare::gauge::Gauge;
use fairshare::incoming::{Arrival, Content, Inbound, MessageContext};
use fairshare::message::reply::Reply;
use fairshare::outbox::{Deliver, Delivered, DeliveryError, DeliveryReport, Outbox};
use fairshare::platform::Platform;
use fairshare::store::batch::Batch;
use fairshare::store::database::Store;
use fairshare::store::error::{CommitError, StoreError};
use fairshare::store::rows::OutboxRow;
use fairshare::store::sqlite::store::SqliteStore;
use fairshare::store::state::{Network, StoredState};
use tokio::sync::Semaphore;

use crate::watchdog::{awaited, eventually};
use crate::world::{World, block_on, intake, usual_limits};

const BEGIN: &str = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init Sensorica
ana> !project new forillon
ben> !join
";

/// What a store does to a commit.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    /// It can't be reached.
    Unavailable,
    /// The rows are written, and the answer is lost.
    AnswerLost,
    /// Another process moved the head.
    Overtaken,
    /// It does not take the rows.
    Rejected,
}

/// A store with planned trouble for each commit, `None` for no trouble. Batches with the poisoned text are always
/// rejected.
pub struct Troubled {
    pub store: SqliteStore,
    ahead: Arc<Mutex<VecDeque<Option<Trouble>>>>,
    poison: Option<&'static str>,
    /// The networks that were rebuilt, in order.
    pub rebuilt: Arc<Mutex<Vec<String>>>,
    /// Verifying a journal waits for a permit.
    pub verifies: Arc<Semaphore>,
}

impl Troubled {
    /// A store that always rejects batches with a text in one of their changes, and needs a permit to verify.
    pub fn poisoned(store: SqliteStore, poison: &'static str) -> Self {
        Self {
            store,
            ahead: Arc::default(),
            poison: Some(poison),
            rebuilt: Arc::default(),
            verifies: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Store for Troubled {
    async fn load(&self) -> Result<StoredState, StoreError> {
        self.store.load().await
    }

    async fn network(&self, id: &str) -> Result<Option<Network>, StoreError> {
        self.rebuilt.lock().unwrap().push(id.to_owned());
        self.store.network(id).await
    }

    async fn known(&self, events: &[String]) -> Result<HashSet<String>, StoreError> {
        self.store.known(events).await
    }

    async fn recorded(&self, event: &str) -> Result<String, StoreError> {
        self.store.recorded(event).await
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let poisoned = |poison: &str| batch.changes.iter().any(|(_, write)| format!("{write:?}").contains(poison));
        if self.poison.is_some_and(poisoned) {
            return Err(CommitError::Rejected("poisoned".to_owned()));
        }
        let trouble = self.ahead.lock().unwrap().pop_front().flatten();
        match trouble {
            None => self.store.commit(batch).await,
            Some(Trouble::Unavailable) => Err(CommitError::Unavailable("gone fishing".to_owned())),
            Some(Trouble::Rejected) => Err(CommitError::Rejected("no".to_owned())),
            Some(Trouble::Overtaken) => Err(CommitError::Conflict),
            Some(Trouble::AnswerLost) => {
                self.store.commit(batch).await?;
                Err(CommitError::InDoubt("the line went dead".to_owned()))
            }
        }
    }

    async fn file(&self, network: &str, file: TextRef) -> Result<Option<StoredFile>, StoreError> {
        self.store.file(network, file).await
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        self.verifies.acquire().await.unwrap().forget();
        self.store.verify(network).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// Runs lines through trouble; returns the answers, and checks that the file has everything exactly once.
fn through(trouble: &[Option<Trouble>], poison: Option<&'static str>, lines: &str) -> String {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "begin").await;
        world.run(BEGIN).await;
        world.close().await;
        let ahead = Arc::new(Mutex::new(VecDeque::new()));
        let store = SqliteStore::open(&path).await.unwrap();
        let store = Troubled { ahead: ahead.clone(), poison, ..Troubled::poisoned(store, "") };
        let mut world = World::over(store, "trouble").await;
        world.hear("@clock 2026-01-05T10:00:00-05:00").await;
        ahead.lock().unwrap().extend(trouble.iter().copied());
        let replies = world.run(lines).await;
        world.close().await;
        let mut world = World::open(&path, "after").await;
        let list = world.hear("ana> !log list").await;
        for line in lines.lines().filter(|line| poison.is_none_or(|poison| !line.contains(poison))) {
            let what = line.rsplit(' ').next().unwrap();
            assert_eq!(list.matches(what).count(), 1, "{what} is on the books once:\n{list}");
            assert_eq!(replies.matches(what).count(), 1, "{what} is answered once:\n{replies}");
        }
        assert!(world.hear("ana> !ledger verify").await.contains("The journal is complete"));
        world.close().await;
        replies
    })
}

const THREE: &str = "ana> !log 1h wiring\nben> !log 2h painting\nana> !log 3h carrying\n";

#[test]
fn a_commit_that_fails_is_tried_again_with_the_same_rows() {
    use Trouble::{AnswerLost, Overtaken, Rejected, Unavailable};
    for trouble in [
        &[Some(Unavailable), Some(Unavailable)][..],
        &[Some(AnswerLost)],
        &[Some(Rejected)],
        &[Some(Overtaken)],
        &[Some(Overtaken), Some(AnswerLost)],
        &[Some(Rejected), Some(Rejected)],
    ] {
        through(trouble, None, THREE);
    }
}

#[test]
fn a_message_that_breaks_things_costs_nobody_else_theirs() {
    let replies = through(&[], Some("poison"), "ana> !log 1h wiring\nben> !log 2h poison\nana> !log 3h carrying\n");
    assert_eq!(replies.matches("Something went wrong").count(), 1, "{replies}");
}

/// A store that can't be written does not keep the program from ending; what it heard is not answered.
#[test]
fn retries_end_when_the_program_does() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, now) = begun(&path).await;
        world.close().await;
        let ahead = Arc::new(Mutex::new(std::iter::repeat_n(Some(Trouble::Unavailable), 10_000).collect()));
        let store = SqliteStore::open(&path).await.unwrap();
        let store = Troubled { ahead: ahead.clone(), poison: None, ..Troubled::poisoned(store, "") };
        let world = World::over(store, "trouble").await;
        world.intake().push(inbound("e1", "yard", "host", "network init other", now)).await;
        eventually("a third try", async || (ahead.lock().unwrap().len() <= 9_997).then_some(())).await;
        let ended = awaited("the engine ends", world.ended()).await;
        assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{ended:?}");
        assert_eq!(outcomes(&path).await, Vec::<String>::new());
    });
}

pub fn inbound(event: &str, room: &str, who: &str, said: &str, at: Timestamp) -> Inbound {
    Inbound {
        event: event.to_owned(),
        room: RoomKey { platform: Platform::Discord, id: room.to_owned() },
        account: Account { platform: Platform::Discord, id: who.to_owned() },
        name: if who == "host" { "hanna" } else { who }.to_owned(),
        host: who == "host",
        said_at: at,
        received_at: at,
        content: Content::Text(said.to_owned()),
        context: MessageContext::default(),
    }
}

/// Outcomes as the inbox has them, in the order of their events.
pub async fn outcomes(path: &std::path::Path) -> Vec<String> {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    sqlx::query_scalar("SELECT event || ': ' || outcome FROM inbox WHERE event LIKE 'e%' ORDER BY event")
        .fetch_all(store.pool())
        .await
        .unwrap()
}

/// A world with a network, and an instant in it.
pub async fn begun(path: &std::path::Path) -> (World, Timestamp) {
    let mut world = World::open(path, "a").await;
    world.run(BEGIN).await;
    (world, "2026-01-05T14:00:00Z".parse().unwrap())
}

/// A code that links another room. It is given in private.
pub async fn link_code(world: &mut World) -> String {
    let told = world.hear("ana> !network link").await;
    assert!(told.starts_with("bot (to ana)> "), "{told}");
    told.split("!network link ").nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned()
}

/// Receipts are written soon, not only with the next message: a kill must not bring old replies back.
#[test]
fn receipts_do_not_wait_for_the_next_message() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, _) = begun(&path).await;
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let is_noted = async || {
            let count = sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(store.pool());
            let waiting: i64 = count.await.unwrap();
            (waiting == 0).then_some(())
        };
        eventually("receipts are noted although nobody speaks", is_noted).await;
        world.close().await;
    });
}

#[test]
fn an_event_delivered_twice_is_obeyed_once() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, now) = begun(&path).await;
        let intake = world.intake().clone();
        for _ in 0..2 {
            for (event, said) in [
                ("e1", "network init other"),
                ("e2", "project new shop"),
                ("e3", "log 1h wiring"),
                ("e3", "log 1h wiring"),
            ] {
                intake.push(inbound(event, "yard", "host", said, now)).await;
            }
            intake.settled().await;
        }
        world.close().await;
        assert_eq!(outcomes(&path).await, ["e1: done", "e2: done", "e3: done"]);
    });
}

/// A room of another platform belongs to no network until it is linked; a code works once, and only in an unlinked
/// room.
#[test]
fn rooms_are_linked_by_a_code_that_works_once() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = begun(&path).await;
        let code = link_code(&mut world).await;
        let intake = world.intake().clone();
        for (event, room, who, said) in [
            ("e1", "yard", "host", "join".to_owned()),
            ("e2", "yard", "guest", format!("network link {code}")),
            ("e3", "yard", "host", "network link wrongcode".to_owned()),
            ("e4", "yard", "host", format!("network link {code}")),
            ("e5", "yard", "guest", "join".to_owned()),
            ("e6", "attic", "host", format!("network link {code}")),
            ("e7", "attic", "host", "network init attic".to_owned()),
            ("e8", "attic", "host", format!("network link {code}")),
        ] {
            intake.push(inbound(event, room, who, &said, now)).await;
            intake.settled().await;
        }
        world.close().await;
        let expected = [
            "e1: refused no-network",
            "e2: refused hosts-only",
            "e3: refused bad-link-code",
            "e4: done",
            "e5: done",
            "e6: refused bad-link-code",
            "e7: done",
            "e8: refused has-network",
        ];
        assert_eq!(outcomes(&path).await, expected);
    });
}

/// A structured call is the same command as its text, and one that no longer fits is refused, not guessed at.
#[test]
fn structured_calls_take_the_same_way() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, now) = begun(&path).await;
        let call = |command: &str, options: &[(&str, &str)]| {
            let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            fairshare::grammar::parse::Call::new(command, options.collect())
        };
        let calls = [
            ("e1", call("log hours", &[("time", "1h"), ("what", "wiring")])),
            ("e2", call("log hours", &[("what", "wiring")])),
            ("e3", call("log hours", &[("time", "1h"), ("what", "wiring"), ("colour", "red")])),
            ("e4", call("log everything", &[])),
            ("e5", call("flag remind", &[("log", "L1")])),
            ("e6", call("log hours", &[("time", "1h"), ("what", "wi\0ring")])),
        ];
        for (event, call) in calls {
            let mut message = inbound(event, "lobby", "ben", "", now);
            message.room.platform = Platform::Console;
            message.account.platform = Platform::Console;
            message.content = Content::Call(call);
            world.intake().push(message).await;
        }
        world.intake().settled().await;
        world.close().await;
        let expected = [
            "e1: done",
            "e2: refused missing-option",
            "e3: refused bad-arguments",
            "e4: refused unknown-command",
            "e5: refused unknown-command",
            "e6: refused control-character",
        ];
        assert_eq!(outcomes(&path).await, expected);
    });
}

#[test]
fn rooms_are_served_in_turn_and_a_full_one_says_so() {
    let intake = intake(usual_limits());
    let now = Timestamp::UNIX_EPOCH;
    for number in 0..1024 {
        intake.try_push(inbound(&format!("busy {number}"), "busy", "ana", "help", now)).unwrap();
    }
    assert!(intake.try_push(inbound("one more", "busy", "ana", "help", now)).is_err(), "a full queue takes no more");
    intake.try_push(inbound("quiet", "quiet", "ben", "help", now)).unwrap();
    let batch: Vec<String> = intake.take(4).into_iter().map(|message| message.event).collect();
    assert_eq!(batch, ["busy 0", "quiet", "busy 1", "busy 2"]);
    intake.try_push(inbound("one more", "busy", "ana", "help", now)).unwrap();
}

/// A platform with planned delivery errors; after these, deliveries arrive.
struct Flaky {
    ahead: Mutex<VecDeque<DeliveryError>>,
    arrived: Mutex<Vec<(String, i64)>>,
}

impl Deliver for Flaky {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(async move {
            let stopped = if rows[0].lane == "troubled" { self.ahead.lock().unwrap().pop_front() } else { None };
            let arriving = if stopped.is_some() { &rows[..0] } else { rows };
            self.arrived.lock().unwrap().extend(arriving.iter().map(|row| (row.lane.clone(), row.id)));
            (arriving.len(), stopped)
        })
    }
}

/// Sends five replies over two lanes, one of them with trouble; returns what arrived and the receipts.
fn delivered(trouble: Vec<DeliveryError>, age: TimeDelta) -> (Vec<(String, i64)>, Vec<DeliveryReport>) {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
        let clock = Clock::default();
        clock.set("2026-01-05T14:00:00Z".parse().unwrap());
        let flaky = Arc::new(Flaky { ahead: Mutex::new(trouble.into()), arrived: Mutex::default() });
        let platforms = std::collections::HashMap::from([(Platform::Discord, flaky.clone() as Arc<dyn Deliver>)]);
        let gauge = Gauge::default();
        let (mut outbox, mut told) = Outbox::new(platforms, clock.clone(), gauge.clone());
        let row = |id, lane: &str| OutboxRow {
            id,
            at: clock.now() - age,
            platform: Platform::Discord,
            lane: lane.to_owned(),
            room: lane.to_owned(),
            reader: None,
            reply_to: None,
            thread: None,
            mentions: Vec::new(),
            asker: None,
            network: None,
            language: "en".to_owned(),
            shown: None,
            reply: Reply::Lines(Vec::new()),
            files: Vec::new(),
        };
        outbox.send(vec![row(1, "troubled"), row(2, "calm"), row(3, "troubled"), row(4, "calm"), row(5, "troubled")]);
        gauge.zero().await;
        drop(outbox);
        let mut receipts = Vec::new();
        while let Ok(receipt) = told.try_recv() {
            receipts.push(receipt);
        }
        let arrived = flaky.arrived.lock().unwrap().clone();
        (arrived, receipts)
    })
}

fn lane(arrived: &[(String, i64)], lane: &str) -> Vec<i64> {
    arrived.iter().filter(|(known, _)| known == lane).map(|(_, id)| *id).collect()
}

#[test]
fn a_lane_in_trouble_keeps_its_order_and_holds_up_no_other() {
    let transient = || DeliveryError::Transient("busy".to_owned(), None);
    let (arrived, _) = delivered(vec![transient(), transient(), transient()], TimeDelta::zero());
    assert_eq!((lane(&arrived, "troubled"), lane(&arrived, "calm")), (vec![1, 3, 5], vec![2, 4]));
    assert_eq!(arrived.first().map(|(lane, _)| lane.as_str()), Some("calm"), "the calm lane did not wait");
}

#[test]
fn what_never_arrives_is_given_up_and_the_next_goes_on() {
    let (arrived, receipts) = delivered(vec![DeliveryError::Permanent("gone".to_owned())], TimeDelta::zero());
    assert_eq!(lane(&arrived, "troubled"), [3, 5]);
    assert!(receipts.contains(&DeliveryReport::Undeliverable(1, "gone".to_owned())));
    let (arrived, receipts) = delivered(vec![DeliveryError::Transient("busy".to_owned(), None)], TimeDelta::days(8));
    assert_eq!(lane(&arrived, "troubled"), [3, 5]);
    assert!(
        receipts.contains(&DeliveryReport::Undeliverable(1, "busy".to_owned())),
        "after a week nobody waits for it any more"
    );
}

/// A network with a room on another platform, where `zoe` has joined, and a pool that closes at the end of the next
/// day.
async fn with_a_pool(path: &std::path::Path) -> (World, Timestamp) {
    let (mut world, now) = begun(path).await;
    let code = link_code(&mut world).await;
    world.run("ana> !pool open printer 100 deadline:2026-01-06 cap:100 settle:1\n").await;
    let intake = world.intake().clone();
    for (event, who, said) in [("a1", "host", format!("network link {code}")), ("a2", "zoe", "join".to_owned())] {
        intake.push(inbound(event, "yard", who, &said, now)).await;
        intake.settled().await;
    }
    (world, now)
}

/// A message from before a deadline counts although it arrives days later, until the deadline was announced. For a bot
/// that was down, the deadline passes at its own time.
#[test]
fn a_deadline_takes_effect_where_it_was_also_for_a_bot_that_was_down() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, _) = with_a_pool(&path).await;
        world.close().await;
        let world = World::open(&path, "b").await;
        let intake = world.intake().clone();
        let (in_time, back): (Timestamp, Timestamp) =
            ("2026-01-07T04:30:00Z".parse().unwrap(), "2026-01-07T15:00:00Z".parse().unwrap());
        for (event, said, said_at) in [
            ("e1", "pool pledge 40", in_time),
            ("e2", "yes", in_time),
            ("e3", "pool pledge +20", back),
            ("e4", "pool pledge +10", in_time),
            ("e5", "pool show", "2026-01-09T15:00:00Z".parse().unwrap()),
        ] {
            let context = MessageContext { arrival: Arrival::CaughtUp { since: None }, ..MessageContext::default() };
            intake.push(Inbound { said_at, context, ..inbound(event, "yard", "zoe", said, said_at.max(back)) }).await;
            intake.settled().await;
        }
        world.close().await;
        assert_eq!(
            outcomes(&path).await,
            ["e1: asked", "e2: done", "e3: refused pool-is", "e4: refused pool-is", "e5: read"]
        );
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let select = "SELECT json_extract(payload, '$.at') FROM journal WHERE kind IN ('pool-closed', 'pool-settled') ORDER BY seq";
        let passed: Vec<String> = sqlx::query_scalar(select).fetch_all(store.pool()).await.unwrap();
        assert_eq!(passed, ["2026-01-07T05:00:00Z", "2026-01-08T05:00:00Z"]);
    });
}

/// Two people on two platforms say yes in the same instant, and only one of their pledges fits: one gets it, the other
/// is asked about the rest.
#[test]
fn a_pool_has_room_for_one_of_two_who_say_yes_at_once() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = with_a_pool(&path).await;
        world.run("ana> !pool pledge 60\n").await;
        let intake = world.intake().clone();
        intake.push(inbound("e1", "yard", "zoe", "pool pledge 70", now)).await;
        intake.settled().await;
        let (one, other) = tokio::join!(intake.push(inbound("e2", "yard", "zoe", "yes", now)), world.hear("ana> !yes"));
        let () = one;
        intake.settled().await;
        let list = world.hear("ana> !pool show").await;
        world.close().await;
        let zoe = outcomes(&path).await.pop().unwrap();
        match zoe.as_str() {
            "e2: done" => assert!(
                other.contains("Pledge 30.00 CAD") && list.contains("70.00 CAD more promised"),
                "{other}\n{list}"
            ),
            "e2: asked" => assert!(
                other.contains("ana pledges 60.00 CAD") && list.contains("60.00 CAD more promised"),
                "{other}\n{list}"
            ),
            unexpected => panic!("{unexpected}: {other}\n{list}"),
        }
    });
}

/// A summary that was due while the bot was down is posted once, late, and says for when it is.
#[test]
fn a_summary_that_was_missed_comes_once_and_says_for_when() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "before").await;
        let script = "@clock 2026-03-02T10:00:00-05:00\nana> !network init sensorica timezone:America/Montreal\nana> !project new forillon\nana> \
                      !project use forillon\nana> !schedule set summary weekly\nana> !log 2h wiring\n";
        world.run(script).await;
        world.close().await;
        let mut world = World::open(&path, "after").await;
        let said = world.hear("@clock 2026-03-25T08:00:00-04:00").await;
        assert_eq!(said.matches("bot>").count(), 1, "{said}");
        assert!(
            said.starts_with(
                "bot> This summary is late. It was due on 2026-03-23 at 09:00.\n    sensorica · forillon · 2–22 March 2026"
            ),
            "{said}"
        );
        assert!(said.contains("1 person, 2h"), "nothing of the missed weeks is lost: {said}");
        assert!(world.hear("@clock 2026-03-29T08:00:00-04:00").await.is_empty());
        let said = world.hear("@clock 2026-03-30T10:00:00-04:00").await;
        assert!(said.contains("week of 23–29 March 2026: nothing new"), "{said}");
        world.close().await;
        // Everything that was committed before a crash is known: another process posts none of it again.
        let mut world = World::open(&path, "again").await;
        assert!(world.hear("@clock 2026-03-30T11:00:00-04:00").await.is_empty());
        world.close().await;
    });
}

/// Announcements that are late because the bot was down are up to date: a timer is asked about once, with the hours
/// that it has run; a campaign that is over is not announced as running.
#[test]
fn what_is_said_late_is_as_it_is_by_then() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut world = World::open(&path, "before").await;
        let script = "@clock 2026-03-02T08:00:00-05:00\nana> !network init sensorica timezone:America/Montreal\nana> !project new \
                      forillon\nana> !role grant ana custodian\nana> !pool open kiln 100 deadline:2026-03-10\nana> !pledge 100\nana> \
                      !yes\nana> !pool paid ana 40\nana> !yes\nana> !timer start wiring project:forillon\n";
        world.run(script).await;
        world.close().await;
        let mut world = World::open(&path, "after").await;
        let said = world.hear("@clock 2026-03-25T08:00:00-04:00").await;
        assert_eq!(said.matches("your timer has run for").count(), 1, "{said}");
        assert!(said.contains("ana, your timer has run for 551h: “wiring”"), "{said}");
        assert!(said.contains("kiln didn't get enough money"), "{said}");
        assert!(!said.contains("days left"), "it is over: {said}");
        world.close().await;
    });
}

/// Two processes on one file, with a summary due each Monday. The second one has planned `trouble`.
async fn with_two_processes(path: &std::path::Path, trouble: &[Option<Trouble>]) -> (World, World) {
    let mut one = World::open(path, "one").await;
    let script = "@clock 2026-03-02T10:00:00-05:00\nana> !network init sensorica timezone:America/Montreal\nana> !project new \
                  forillon\nana> !project use forillon\nana> !schedule set summary weekly\nana> !log 2h wiring\n";
    one.run(script).await;
    std::fs::remove_file(path.with_extension("sqlite.lock")).unwrap();
    let store = SqliteStore::open(path).await.unwrap();
    let ahead = Arc::new(Mutex::new(VecDeque::new()));
    let store = Troubled { ahead: ahead.clone(), poison: None, ..Troubled::poisoned(store, "") };
    let mut other = World::over(store, "other").await;
    // The second process delivers again what the first has delivered and not yet noted.
    other.hear("# nothing").await;
    ahead.lock().unwrap().extend(trouble.iter().copied());
    (one, other)
}

/// How many summaries were posted.
fn summaries(said: &str) -> usize {
    said.matches("sensorica · forillon · ").count()
}

/// A due job is one row, and one event: of two processes on one file (which its lock would normally prevent), one
/// posts.
#[test]
fn two_processes_can_not_both_post() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut other) = with_two_processes(&folder.path().join("a.sqlite"), &[]).await;
        for day in ["2026-03-09", "2026-03-16"] {
            let due = format!("@clock {day}T10:00:00-04:00");
            let (first, second) = tokio::join!(one.hear(&due), other.hear(&due));
            let said = format!("{first}{second}");
            assert_eq!(summaries(&said), 1, "{day}: {said}");
        }
        one.close().await;
        other.close().await;
    });
}

/// The event of a job has the same id in each process, so finding it in the store doesn't say who wrote it.
#[test]
fn a_batch_that_was_not_written_is_not_taken_for_that_of_another_process() {
    for trouble in [&[Some(Trouble::Unavailable)][..], &[Some(Trouble::Rejected), Some(Trouble::Unavailable)]] {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mut one, mut other) = with_two_processes(&folder.path().join("a.sqlite"), trouble).await;
            let due = "@clock 2026-03-09T10:00:00-04:00";
            assert_eq!(summaries(&one.hear(due).await), 1);
            let said = other.hear(due).await;
            assert_eq!(summaries(&said), 0, "{said}");
            one.close().await;
            other.close().await;
        });
    }
}

/// A platform's timestamp can't be older than what the bot itself has noted, also across a restart: for a live message,
/// the room's last message; for one that is read back, the time when the bot was last alive.
#[test]
fn a_stamp_is_not_believed_further_back_than_the_bot_remembers() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = with_a_pool(&path).await;
        // From here on the yard is silent, but the bot is alive.
        world.hear("@clock 2026-01-05T20:00:00-05:00").await;
        world.close().await;
        let world = World::open(&path, "b").await;
        let (forged, back): (Timestamp, Timestamp) = (Timestamp::UNIX_EPOCH, "2026-01-08T15:00:00Z".parse().unwrap());
        for (event, said, arrival) in [
            ("e1", "log 1h read-back", Arrival::CaughtUp { since: None }),
            ("e2", "log 2h since-then", Arrival::CaughtUp { since: Some(now + TimeDelta::days(2)) }),
            ("e3", "log 3h live", Arrival::Live),
            ("e4", "log 4h live-again", Arrival::Live),
        ] {
            let context = MessageContext { arrival, ..MessageContext::default() };
            world
                .intake()
                .push(Inbound { said_at: forged, context, ..inbound(event, "yard", "zoe", said, back) })
                .await;
            world.intake().settled().await;
        }
        world.close().await;
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let select = "SELECT json_extract(payload, '$.body.date') || ' at ' || at || ' said ' || json_extract(payload, '$.said') FROM journal WHERE kind = 'logged' ORDER BY seq";
        let logged: Vec<String> = sqlx::query_scalar(select).fetch_all(store.pool()).await.unwrap();
        let expected = [
            "2026-01-05 at 2026-01-06T01:00:00.000Z said 1970-01-01T00:00:00Z",
            "2026-01-07 at 2026-01-07T14:00:00.000Z said 1970-01-01T00:00:00Z",
            "2026-01-05 at 2026-01-08T15:00:00.000Z said 1970-01-01T00:00:00Z",
            "2026-01-08 at 2026-01-08T15:00:00.000Z said 1970-01-01T00:00:00Z",
        ];
        assert_eq!(logged, expected);
    });
}

#[test]
fn a_stamp_is_no_way_to_the_front_of_the_queue() {
    let (intake, now) = (intake(usual_limits()), "2026-01-05T14:00:00Z".parse::<Timestamp>().unwrap());
    let caught_up = MessageContext { arrival: Arrival::CaughtUp { since: None }, ..MessageContext::default() };
    for (event, seconds, said_at, context) in [
        ("first", 0, now, MessageContext::default()),
        ("forged", 1, Timestamp::UNIX_EPOCH, MessageContext::default()),
        ("slow clock", 2, now - TimeDelta::minutes(3), MessageContext::default()),
        ("in the outage", 3, now - TimeDelta::hours(3), caught_up),
    ] {
        let received_at = now + TimeDelta::seconds(seconds);
        intake.try_push(Inbound { said_at, context, ..inbound(event, event, "zoe", "help", received_at) }).unwrap();
    }
    let order: Vec<String> = intake.take(9).into_iter().map(|message| message.event).collect();
    assert_eq!(order, ["in the outage", "first", "forged", "slow clock"]);
}

/// What a room's reading begins with was handed over before. Its stamp must not hold up what follows it in its room.
#[test]
fn a_known_message_with_a_late_stamp_holds_up_no_room() {
    let (intake, now) = (intake(usual_limits()), "2026-01-05T14:00:00Z".parse::<Timestamp>().unwrap());
    let caught_up = MessageContext { arrival: Arrival::CaughtUp { since: None }, ..MessageContext::default() };
    for (event, room, hours, is_behind_cursor) in [
        ("known", "yard", 0, true),
        ("second", "yard", 2, false),
        ("first", "shed", 3, false),
        ("third", "shed", 1, false),
    ] {
        let context = MessageContext { is_behind_cursor, ..caught_up.clone() };
        let said_at = now - TimeDelta::hours(hours);
        intake.try_push(Inbound { said_at, context, ..inbound(event, room, "zoe", "help", now) }).unwrap();
    }
    let order: Vec<String> = intake.take(9).into_iter().map(|message| message.event).collect();
    assert_eq!(order, ["known", "first", "second", "third"]);
}
