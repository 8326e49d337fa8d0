//! Faults, and what each costs: how much was done, what was lost, what came twice.
//!
//! Each fault is a number of tries: things that people want done once. The outcomes are counted from the journal and
//! from what people see, and printed as a row of a table: `cargo test faults -- --nocapture`. Interactions that Discord
//! itself fails, because the bot could not receive them or was killed before it had committed anything, have no effect
//! and are counted separately.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use fairshare::adapters::discord::adapter::ConnectionEnded;
use fairshare::adapters::discord::platform::Patience;
use fairshare::core::check::Verification;
use fairshare::core::ids::TextRef;
use fairshare::directory::RoomKey;
use fairshare::directory::StoredFile;
use fairshare::incoming::{Content, Inbound};
use fairshare::store::batch::Batch;
use fairshare::store::database::Store;
use fairshare::store::error::{CommitError, StoreError};
use fairshare::store::sqlite::store::SqliteStore;
use fairshare::store::state::StoredState;
use fairshare::ticker;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;

use super::fake::{Answer, Fake, Handle, Kind, Request, Who};
use super::world::{Bot, Cursors, DEFERRING, Stage, TOO_LATE, UNHURRIED, buttons, called, text};
use crate::program::Program;
use crate::proxy::{Act, Ask, Proxy};
use crate::watchdog::eventually;
use crate::world::block_on;

/// The people who speak, in turn.
const PEOPLE: [&str; 4] = ["ana", "ben", "chloe", "dan"];

/// Something that somebody wants done once, and the interactions by which they have asked for it.
struct Try {
    wanted: Wanted,
    who: &'static str,
    user: u64,
    handles: Vec<Handle>,
}

#[derive(Clone, Copy)]
enum Wanted {
    /// The work of this number is logged.
    Logged(u64),
    /// This log is confirmed.
    Confirmed(u64),
}

impl Wanted {
    /// The description of the work of a number.
    fn what(number: u64) -> String {
        format!("thing{number}")
    }

    /// How many minutes it took.
    fn minutes(number: u64) -> u64 {
        1 + number % 9
    }

    /// Whether a line that people see is its outcome, right or wrong.
    fn is_told_by(self, line: &str) -> bool {
        match self {
            Wanted::Logged(number) => line.ends_with(&format!("— {}", Wanted::what(number))),
            Wanted::Confirmed(log) => line.starts_with(&format!("L{log} by ")) && line.ends_with(" counts now."),
        }
    }
}

impl Try {
    fn handle(&self) -> &Handle {
        &self.handles[0]
    }

    /// The lines of a message that are its outcome.
    fn lines(&self, message: &Value) -> Vec<String> {
        text(message).lines().filter(|line| self.wanted.is_told_by(line)).map(str::to_owned).collect()
    }

    /// The outcome lines that only its author sees.
    fn aside(&self) -> Vec<String> {
        self.handles.iter().flat_map(aside).flat_map(|message| self.lines(&message)).collect()
    }
}

/// The answers that only their author sees.
fn aside(handle: &Handle) -> Vec<Value> {
    let Answer { kind, message, follow_ups } = handle.now();
    // Without a first answer, the first follow-up takes its place.
    let own = Some(message).filter(|message| kind == Kind::Said { ephemeral: true } && !follow_ups.contains(message));
    own.into_iter().chain(follow_ups).collect()
}

/// A log or a confirmation in the journal.
struct Entry {
    kind: String,
    log: u64,
    who: String,
    minutes: u64,
    what: String,
}

impl Entry {
    fn is_of(&self, tried: &Try) -> bool {
        match tried.wanted {
            Wanted::Logged(number) => self.kind == "logged" && self.what == Wanted::what(number),
            Wanted::Confirmed(log) => self.kind == "log-confirmed" && self.log == log,
        }
    }

    /// The line that people should see of it.
    fn outcome(&self) -> String {
        match self.kind.as_str() {
            "logged" => format!("L{}: {}, work {}m on forillon — {}", self.log, self.who, self.minutes, self.what),
            _ => format!("L{} by {} counts now.", self.log, self.who),
        }
    }
}

/// A network of four people who talk in two channels.
struct Town {
    stage: Stage,
    people: Vec<Who>,
    channels: [u64; 2],
    numbers: AtomicU64,
}

impl Town {
    /// Sets it up, with a bot that talks to Discord through `url`, or directly.
    async fn set(fake: Arc<Fake>, url: Option<&str>) -> (Self, Bot) {
        let (stage, bot) = Stage::set(fake, url).await;
        let channels = [stage.channel, stage.fake.channel(stage.guild, "workshop")];
        let mut people = vec![stage.ana.clone(), stage.ben.clone()];
        for name in &PEOPLE[2..] {
            let who = stage.fake.who(stage.fake.person(name), stage.channel);
            assert_eq!(stage.ask(&who, "join", json!({})).await.kind, Kind::Said { ephemeral: false });
            people.push(who);
        }
        bot.settled().await;
        (Self { stage, people, channels, numbers: AtomicU64::new(0) }, bot)
    }

    /// The same, with this patience and a database that can be held.
    async fn slow(fake: Arc<Fake>, url: Option<&str>, patience: Patience) -> (Self, Bot, Arc<Pace>) {
        let (mut town, bot) = Self::set(fake, url).await;
        let (bot, pace) = town.restarted(bot, patience).await;
        (town, bot, pace)
    }

    /// Starts the bot again, with this patience, on a database that can be held.
    async fn restarted(&mut self, bot: Bot, patience: Patience) -> (Bot, Arc<Pace>) {
        bot.settled().await;
        bot.stop().await;
        let pace = Arc::<Pace>::default();
        let store = SqliteStore::open(&self.stage.files.database()).await.unwrap();
        self.stage.files.patience = patience;
        let bot = self.stage.files.start_over(Slow { store, pace: pace.clone() }).await;
        (bot, pace)
    }

    fn fake(&self) -> &Fake {
        &self.stage.fake
    }

    /// Somebody in one of the channels.
    fn who(&self, person: usize, channel: usize) -> Who {
        Who { channel: self.channels[channel % 2], ..self.people[person % PEOPLE.len()].clone() }
    }

    /// Somebody logs work.
    fn log(&self, person: usize, channel: usize) -> Try {
        let (number, who) = (self.numbers.fetch_add(1, Ordering::Relaxed) + 1, self.who(person, channel));
        let options = json!({ "time": format!("{}m", Wanted::minutes(number)), "what": Wanted::what(number) });
        let handles = vec![self.fake().call(&who, "log hours", options)];
        Try { wanted: Wanted::Logged(number), who: PEOPLE[person % PEOPLE.len()], user: who.user, handles }
    }

    /// Everybody logs work in turn, in alternating channels, so many times in all.
    fn logs(&self, count: usize) -> Vec<Try> {
        (0..count).map(|number| self.log(number, number / PEOPLE.len())).collect()
    }

    /// ana logs work for somebody else; returns the log, and the message that asks that person to confirm it.
    async fn asked(&self, person: usize) -> (u64, u64) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let options =
            json!({ "time": "5m", "what": Wanted::what(number), "for": { "user": self.people[person].user } });
        let answer = self.fake().call(&self.people[0], "log hours", options).answer().await;
        assert!(buttons(&answer.message).iter().any(|(_, is_open)| *is_open), "{:#}", answer.message);
        let said = text(&answer.message);
        let log = said.strip_prefix('L').and_then(|rest| rest.split(':').next()).and_then(|log| log.parse().ok());
        (log.unwrap_or_else(|| panic!("no log: {said}")), id(&answer.message))
    }

    /// The person whom a message asks says yes to it, so many times at once.
    fn press(&self, person: usize, (log, message): (u64, u64), count: usize) -> Try {
        let who = &self.people[person];
        let handles = (0..count).map(|_| self.fake().press(who, message, "Yes")).collect();
        Try { wanted: Wanted::Confirmed(log), who: PEOPLE[person], user: who.user, handles }
    }

    /// Logs and confirmations, in the journal's order.
    async fn journal(&self) -> Vec<Entry> {
        let store = SqliteStore::open_to_read(&self.stage.files.database()).await.unwrap();
        let (mut entries, mut logs) = (Vec::new(), HashMap::new());
        for network in store.networks().await.unwrap() {
            let directory = store.directory(&network).await.unwrap();
            let people: HashMap<u64, String> =
                directory.handles().map(|(person, handle)| (u64::from(person.0), handle.to_owned())).collect();
            for row in store.journal(&network).await.unwrap() {
                let body = serde_json::from_str::<Value>(&row.payload).unwrap()["body"].clone();
                let number = |field: &str| body[field].as_u64().unwrap();
                match row.kind.as_str() {
                    "logged" => {
                        let who = people[&number("person")].clone();
                        let what = TextRef(body["what"].as_str().unwrap().parse().unwrap());
                        let what = directory.text(what).unwrap().to_owned();
                        logs.insert(number("log"), who.clone());
                        let minutes = body["contribution"]["minutes"].as_u64().unwrap();
                        entries.push(Entry { kind: row.kind, log: number("log"), who, minutes, what });
                    }
                    "log-confirmed" => {
                        let (log, who) = (number("log"), logs[&number("log")].clone());
                        entries.push(Entry { kind: row.kind, log, who, minutes: 0, what: String::new() });
                    }
                    _ => {}
                }
            }
        }
        entries
    }

    /// What everyone can see, in channels and in the bot's conversations with people.
    fn public(&self) -> Vec<Value> {
        let direct = self.people.iter().flat_map(|who| self.fake().direct_messages(who.user));
        self.channels.iter().flat_map(|channel| self.fake().messages(*channel)).chain(direct).collect()
    }

    /// The messages, in channels or in private, that show the outcome of a try.
    fn told(&self, tried: &Try) -> Vec<Value> {
        self.public().into_iter().filter(|message| !tried.lines(message).is_empty()).collect()
    }

    /// The numbers of rows that wait to be delivered, and of undeliverable ones.
    async fn outbox(&self) -> (i64, i64) {
        let store = SqliteStore::open_to_read(&self.stage.files.database()).await.unwrap();
        let count =
            "SELECT count(*) FILTER (WHERE failed IS NULL), count(*) FILTER (WHERE failed IS NOT NULL) FROM outbox";
        sqlx::query_as(count).fetch_one(store.pool()).await.unwrap()
    }

    /// Waits until nothing waits to be delivered, according to the database.
    async fn delivered(&self) {
        let is_delivered = async || (self.outbox().await.0 == 0).then_some(());
        eventually("every committed reply is delivered", is_delivered).await;
    }

    /// The callbacks of an interaction so far: their kinds, and Discord's answers.
    fn callbacks(&self, handle: &Handle) -> Vec<(u64, u16)> {
        let path = format!("/interactions/{}/", handle.id);
        let requests = self.fake().requests();
        let own = requests.iter().filter(|request| request.path.starts_with(&path));
        own.map(|request| (request.body["type"].as_u64().unwrap(), request.status)).collect()
    }

    /// Waits until each interaction was deferred.
    async fn deferred<'a>(&self, handles: impl IntoIterator<Item = &'a Handle>) {
        for handle in handles {
            let is_deferred = |(kind, status): &(u64, u16)| matches!((kind, status), (5 | 6, 200..300));
            let found = |_: &Fake| self.callbacks(handle).iter().any(is_deferred).then_some(());
            self.fake().until("that an answer takes longer", found).await;
        }
    }

    /// Waits until everyone sees the outcome of what they asked.
    async fn answered(&self, tries: &[Try]) {
        for handle in tries.iter().flat_map(|tried| &tried.handles) {
            handle.answer().await;
        }
    }

    /// Ends it: everything that was sent kept to Discord's contract.
    async fn end(self, bot: Bot) {
        bot.settled().await;
        self.fake().check();
        bot.stop().await;
    }
}

/// The cost of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    fault: &'static str,
    tries: usize,
    /// How many entries the journal has of them.
    effects: usize,
    /// How many interactions failed at Discord because the application did not respond, with no effect.
    refused_by_discord: usize,
    /// How many outcomes were shown and are not in the journal, or are in the journal and were never shown.
    lost: usize,
    /// How many entries or outcomes were there already.
    doubled: usize,
}

impl Count {
    /// Counts at the end; prints the row.
    async fn of(fault: &'static str, town: &Town, tries: &[Try]) -> Self {
        let (journal, public) = (town.journal().await, town.public());
        let interactions = tries.iter().map(|tried| tried.handles.len()).sum();
        let mut count = Self { fault, tries: interactions, effects: 0, refused_by_discord: 0, lost: 0, doubled: 0 };
        for tried in tries {
            let done: Vec<&Entry> = journal.iter().filter(|entry| entry.is_of(tried)).collect();
            let told: Vec<String> = public.iter().flat_map(|message| tried.lines(message)).collect();
            let aside = tried.aside();
            count.effects += done.len();
            count.doubled += done.len().saturating_sub(1) + told.len().saturating_sub(1);
            count.doubled +=
                tried.handles.iter().map(|handle| repeated(self::aside(handle).iter().map(text))).sum::<usize>();
            let is_so = |line: &String| done.iter().any(|entry| entry.outcome() == *line && entry.who == tried.who);
            count.lost += told.iter().chain(&aside).filter(|line| !is_so(line)).count();
            count.lost += usize::from(!done.is_empty() && told.is_empty() && aside.is_empty());
            if done.is_empty() {
                let is_refused = |handle: &&Handle| matches!(handle.now().kind, Kind::Failed | Kind::Thinking);
                count.refused_by_discord += tried.handles.iter().filter(is_refused).count();
            }
        }
        // Every other public message was sent once.
        let is_other = |message: &&Value| tries.iter().all(|tried| tried.lines(message).is_empty());
        count.doubled += repeated(
            public
                .iter()
                .filter(is_other)
                .map(|message| (message["channel_id"].to_string(), called(message), text(message))),
        );
        count.print();
        count
    }

    fn print(&self) {
        let Self { fault, tries, effects, refused_by_discord, lost, doubled } = self;
        let refused =
            if *refused_by_discord > 0 { format!(" ({refused_by_discord} refused by Discord)") } else { String::new() };
        eprintln!("| {fault} | {tries}{refused} | {effects} | {lost} | {doubled} |");
    }

    /// Fails the test unless so much was done, so much refused by Discord, nothing lost and nothing doubled.
    fn is(self, effects: usize, refused_by_discord: usize) {
        let expected = Self { effects, refused_by_discord, lost: 0, doubled: 0, ..self };
        assert_eq!(self, expected, "counted and expected");
    }
}

/// Holds a database, so that it writes nothing.
#[derive(Default)]
struct Pace {
    is_held: watch::Sender<bool>,
    /// Whether something has waited to be written since.
    has_come: watch::Sender<bool>,
}

impl Pace {
    fn hold(&self, is_held: bool) {
        self.has_come.send_replace(false);
        self.is_held.send_replace(is_held);
    }

    /// Waits until something waits to be written: the engine takes nothing more before that.
    async fn until_something_waits(&self) {
        self.has_come.subscribe().wait_for(|has_come| *has_come).await.unwrap();
    }
}

/// A database that can be held.
struct Slow {
    store: SqliteStore,
    pace: Arc<Pace>,
}

impl Cursors for Slow {
    async fn kept(&self) -> HashMap<String, String> {
        self.store.kept().await
    }
}

impl Store for Slow {
    async fn load(&self) -> Result<StoredState, StoreError> {
        self.store.load().await
    }

    async fn network(&self, id: &str) -> Result<Option<fairshare::store::state::Network>, StoreError> {
        self.store.network(id).await
    }

    async fn known(&self, events: &[String]) -> Result<HashSet<String>, StoreError> {
        self.store.known(events).await
    }

    async fn recorded(&self, event: &str) -> Result<String, StoreError> {
        self.store.recorded(event).await
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        if !batch.inbox.is_empty() {
            let mut is_held = self.pace.is_held.subscribe();
            if *is_held.borrow() {
                self.pace.has_come.send_replace(true);
            }
            is_held.wait_for(|is_held| !is_held).await.unwrap();
        }
        self.store.commit(batch).await
    }

    async fn file(&self, network: &str, file: TextRef) -> Result<Option<StoredFile>, StoreError> {
        self.store.file(network, file).await
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        self.store.verify(network).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// How many of these were there already.
fn repeated<T: Eq + std::hash::Hash>(things: impl IntoIterator<Item = T>) -> usize {
    let mut known = HashSet::new();
    things.into_iter().map(|thing| usize::from(!known.insert(thing))).sum()
}

fn id(message: &Value) -> u64 {
    message["id"].as_str().unwrap().parse().unwrap()
}

fn is_callback(ask: &Ask) -> bool {
    ask.method == "POST" && ask.path.ends_with("/callback")
}

fn is_edit(ask: &Ask) -> bool {
    ask.method == "PATCH" && ask.path.ends_with("/messages/@original")
}

fn is_follow_up(ask: &Ask) -> bool {
    ask.method == "POST" && ask.path.contains("/webhooks/")
}

fn is_message(ask: &Ask) -> bool {
    ask.method == "POST" && ask.path.contains("/channels/") && ask.path.ends_with("/messages")
}

/// A rule for the first requests of a kind for each interaction, or with each nonce; later ones pass.
fn at_first(is_it: fn(&Ask) -> bool, acts: &'static [fn() -> Act]) -> impl Fn(&Ask) -> Act {
    let counts = Mutex::new(BTreeMap::<String, usize>::new());
    move |ask| {
        if !is_it(ask) {
            return Act::Pass;
        }
        let body: Value = serde_json::from_slice(&ask.body).unwrap_or_default();
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(format!("{} {}", ask.path, body["nonce"])).or_default();
        *count += 1;
        acts.get(*count - 1).map_or(Act::Pass, |act| act())
    }
}

/// A rule for every request of a kind.
fn always(is_it: fn(&Ask) -> bool, act: fn() -> Act) -> impl Fn(&Ask) -> Act {
    move |ask| if is_it(ask) { act() } else { Act::Pass }
}

fn limited() -> Act {
    let after = vec![("retry-after".to_owned(), "1".to_owned())];
    Act::Status(429, json!({ "message": "You are being rate limited.", "retry_after": 0.5, "global": false }), after)
}

fn unavailable() -> Act {
    Act::Status(503, json!("upstream connect error"), Vec::new())
}

fn broken() -> Act {
    Act::Status(500, json!({ "message": "500: Internal Server Error", "code": 0 }), Vec::new())
}

fn lost_answer() -> Act {
    Act::PassThenDrop
}

fn not_there() -> Act {
    Act::Refuse
}

/// Connections end, and sessions continue: missed events are sent again, together with others.
#[test]
fn events_replayed_after_a_resume_are_done_once() {
    const EACH: usize = 10;
    type Break = (&'static str, fn(&Fake));
    let breaks: [Break; 5] = [
        ("connection cut, RESUME with replays", Fake::drop_connection),
        ("op 7, RESUME with replays", Fake::reconnect),
        ("op 9, resumable", |fake| fake.invalidate(true)),
        ("close code 4000", |fake| fake.close(4000)),
        ("RESUME answered with op 9, resumable", |fake| {
            fake.refuse_resume(true);
            fake.drop_connection();
        }),
    ];
    block_on(async {
        let (town, bot) = Town::set(Fake::start().await, None).await;
        for (fault, end_it) in breaks {
            let mut tries = town.logs(EACH);
            town.answered(&tries).await;
            let resumes = town.fake().resumes().len();
            town.fake().replay(2 * EACH);
            end_it(town.fake());
            tries.extend(town.logs(EACH));
            town.fake().until_resumed(resumes + 1).await;
            tries.extend(town.logs(EACH));
            town.answered(&tries).await;
            bot.settled().await;
            Count::of(fault, &town, &tries).await.is(3 * EACH, 0);
        }
        assert_eq!(town.fake().identifies().len(), 1, "the session is one");
        town.end(bot).await;
    });
}

/// The same event again: while it is under way, while its answer is, and when all is done.
#[test]
fn an_interaction_delivered_twice_is_done_once() {
    block_on(async {
        let (town, bot, pace) = Town::slow(Fake::start().await, None, DEFERRING).await;
        let again = |tries: &[Try]| tries.iter().for_each(|tried| town.fake().redeliver(tried.handle()));
        pace.hold(true);
        let first = town.logs(20);
        again(&first);
        town.deferred(first.iter().map(Try::handle)).await;
        again(&first);
        pace.hold(false);
        town.answered(&first).await;
        again(&first);
        let second = town.logs(20);
        again(&second);
        town.answered(&second).await;
        bot.settled().await;
        again(&first);
        again(&second);
        // Later interactions are answered later.
        let last = town.logs(4);
        town.answered(&last).await;
        bot.settled().await;
        let tries: Vec<Try> = first.into_iter().chain(second).chain(last).collect();
        Count::of("redelivered in flight and when answered", &town, &tries).await.is(44, 0);
        town.end(bot).await;
    });
}

/// Sessions end, and connections only seem to be alive: Discord itself fails what happens until the next session.
#[test]
fn a_lost_session_loses_only_what_discord_itself_refuses() {
    const EACH: usize = 8;
    const RARELY: Duration = Duration::from_secs(45);
    async fn ended(fault: &'static str, beat_every: Duration, end_it: impl FnOnce(&Fake)) {
        let fake = Fake::start().await;
        fake.beat_every(beat_every);
        let (town, bot) = Town::set(fake, None).await;
        let mut tries = town.logs(EACH);
        town.answered(&tries).await;
        let identifies = town.fake().identifies().len();
        end_it(town.fake());
        // The bot does not receive these, and Discord fails them.
        town.fake().too_late(true);
        tries.extend(town.logs(EACH));
        town.fake().too_late(false);
        town.fake().until("a new session", |fake| (fake.identifies().len() > identifies).then_some(())).await;
        town.fake().identified().await;
        tries.extend(town.logs(EACH));
        town.answered(&tries).await;
        bot.settled().await;
        Count::of(fault, &town, &tries).await.is(2 * EACH, EACH);
        town.end(bot).await;
    }
    block_on(async {
        tokio::join!(
            ended("op 9, not resumable", RARELY, |fake| fake.invalidate(false)),
            ended("close code 4009", RARELY, |fake| fake.close(4009)),
            ended("RESUME answered with op 9, not resumable", RARELY, |fake| {
                fake.refuse_resume(false);
                fake.drop_connection();
            }),
            ended("silent connection (zombie)", Duration::from_secs(1), |fake| fake.silent(true)),
        );
    });
}

#[test]
fn a_final_close_code_ends_the_adapter() {
    block_on(async {
        for (fault, code, says) in [("close code 4004", 4004, "token"), ("close code 4014", 4014, "intents")] {
            let (town, bot) = Town::set(Fake::start().await, None).await;
            let mut tries = town.logs(20);
            town.answered(&tries).await;
            town.fake().close(code);
            // The bot does not receive these, and Discord fails them.
            town.fake().too_late(true);
            tries.extend(town.logs(4));
            let ConnectionEnded::Refused(why) = bot.ended().await else { panic!("{fault} stops it") };
            let told = ConnectionEnded::Refused(why).to_string();
            assert!(
                told.contains("Discord has closed the connection for good") && told.to_lowercase().contains(says),
                "{fault}: {told}"
            );
            town.answered(&tries).await;
            Count::of(fault, &town, &tries).await.is(20, 4);
            town.fake().check();
        }
    });
}

/// Trouble with the first answer: each answer ends up where its author can see it.
#[test]
fn first_answers_arrive_once_despite_limits_errors_and_lost_answers() {
    async fn hindered(fault: &'static str, acts: &'static [fn() -> Act]) {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot) = Town::set(fake, Some(proxy.url())).await;
        proxy.rule(at_first(is_callback, acts));
        let tries = town.logs(20);
        town.answered(&tries).await;
        bot.settled().await;
        Count::of(fault, &town, &tries).await.is(20, 0);
        for tried in &tries {
            assert!(matches!(tried.handle().now().kind, Kind::Said { .. }), "{fault}: {:?}", tried.handle().now().kind);
            assert_eq!(town.told(tried).len(), 1, "{fault}: all see it");
        }
        town.end(bot).await;
    }
    block_on(async {
        tokio::join!(
            hindered("429 to the callback", &[limited]),
            hindered("503 to the callback, three times", &[unavailable, unavailable, unavailable]),
            hindered("callback refused by the network", &[not_there]),
            hindered("callback's answer lost", &[lost_answer]),
            hindered("429, then the callback's answer lost", &[limited, lost_answer]),
        );
    });
}

/// Discord accepts no first answer while one can be given; soon after, an ordinary message takes its place.
#[test]
fn an_answer_that_discord_never_accepts_becomes_a_message() {
    block_on(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot, _) = Town::slow(fake, Some(proxy.url()), TOO_LATE).await;
        proxy.rule(always(is_callback, broken));
        town.fake().too_late(true);
        let tries = town.logs(20);
        town.answered(&tries).await;
        for tried in &tries {
            assert_eq!(tried.handle().now().kind, Kind::Failed);
            town.fake().until("a message instead", |_| (town.told(tried).len() == 1).then_some(())).await;
        }
        bot.settled().await;
        Count::of("500 to every callback", &town, &tries).await.is(20, 0);
        town.end(bot).await;
    });
}

/// An answer that arrived unnoticed is not sent again, even if Discord can't be asked for a while.
#[test]
fn an_answer_that_arrived_unnoticed_is_not_repeated() {
    async fn hindered(fault: &'static str, acts: &'static [fn() -> Act]) -> Count {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot) = Town::set(fake, Some(proxy.url())).await;
        proxy.rule(at_first(is_callback, acts));
        let tries = town.logs(20);
        town.answered(&tries).await;
        bot.settled().await;
        let count = Count::of(fault, &town, &tries).await;
        town.end(bot).await;
        count
    }
    block_on(async {
        let counts = tokio::join!(
            hindered("callback's answer lost, then 500 twice", &[lost_answer, broken, broken]),
            hindered("429, then the callback's answer lost twice", &[limited, lost_answer, lost_answer]),
        );
        counts.0.is(20, 0);
        counts.1.is(20, 0);
    });
}

/// What follows a deferral: an ordinary message for the room, and an edit for its author.
#[test]
fn deferred_answers_arrive_once_despite_limits_errors_and_lost_answers() {
    async fn hindered(fault: &'static str, is_it: fn(&Ask) -> bool, acts: &'static [fn() -> Act]) {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot, pace) = Town::slow(fake, Some(proxy.url()), DEFERRING).await;
        proxy.rule(at_first(is_it, acts));
        pace.hold(true);
        let tries = town.logs(20);
        town.deferred(tries.iter().map(Try::handle)).await;
        pace.hold(false);
        town.answered(&tries).await;
        bot.settled().await;
        for tried in &tries {
            assert_eq!(
                (town.told(tried).len(), tried.aside().len()),
                (1, 1),
                "{fault}: the room sees it, and its author"
            );
        }
        Count::of(fault, &town, &tries).await.is(20, 0);
        town.end(bot).await;
    }
    block_on(async {
        tokio::join!(
            hindered("429 to an edit", is_edit, &[limited]),
            hindered("500 and 503 to an edit", is_edit, &[broken, unavailable]),
            hindered("edit's answer lost", is_edit, &[lost_answer, lost_answer]),
            hindered("429 to a message", is_message, &[limited]),
            hindered("500 and 503 to a message", is_message, &[broken, unavailable]),
            hindered("message's answer lost", is_message, &[lost_answer, lost_answer]),
            hindered("deferral's answer lost", is_callback, &[lost_answer]),
            hindered_deferral(),
        );
    });
    /// The deferral did not arrive, and the three seconds pass.
    async fn hindered_deferral() {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot, pace) = Town::slow(fake, Some(proxy.url()), TOO_LATE).await;
        proxy.rule(always(is_callback, unavailable));
        pace.hold(true);
        town.fake().too_late(true);
        let tries = town.logs(20);
        let private: Vec<Handle> =
            (0..4).map(|person| town.fake().call(&town.who(person, person), "me", json!({}))).collect();
        town.answered(&tries).await;
        for handle in &private {
            assert_eq!(handle.answer().await.kind, Kind::Failed);
        }
        for handle in tries.iter().map(Try::handle).chain(&private) {
            let path = format!("/interactions/{}/", handle.id);
            let is_tried = async || proxy.seen().iter().any(|seen| seen.contains(&path)).then_some(());
            eventually("the deferral is tried", is_tried).await;
        }
        pace.hold(false);
        bot.settled().await;
        for who in &town.people {
            let said = town.fake().direct_messages(who.user).iter().map(text).filter(|text| !text.is_empty()).count();
            assert_eq!(said, 1, "what is private is said in private, its picture beside it");
        }
        Count::of("503 to the deferral, and 3 s over", &town, &tries).await.is(20, 0);
        town.end(bot).await;
    }
}

/// A message that answers nothing, and one that takes the place of an answer that came too late.
#[test]
fn ordinary_messages_arrive_once_despite_limits_and_lost_answers() {
    block_on(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (town, bot) = Town::set(fake, Some(proxy.url())).await;
        proxy.rule(at_first(is_message, &[limited, lost_answer]));
        town.fake().too_late(true);
        let tries = town.logs(20);
        town.fake().too_late(false);
        town.answered(&tries).await;
        bot.settled().await;
        for tried in &tries {
            assert_eq!(tried.handle().now().kind, Kind::Failed);
            let told = town.told(tried);
            assert_eq!(told.len(), 1, "{} is told once", tried.who);
            assert_eq!(told[0]["mentions"].as_array().unwrap().len(), 1, "it calls whom it answers");
            assert_eq!(id(&told[0]["mentions"][0]), tried.user);
        }
        Count::of("3 s over: message after 429, its answer lost", &town, &tries).await.is(20, 0);
        let log = town.journal().await[1].log;
        let doubt = json!({ "log": format!("L{log}"), "reason": "too long" });
        assert!(matches!(town.stage.ask(&town.people[2], "log flag", doubt).await.kind, Kind::Said { .. }));
        bot.settled().await;
        let before = town.public().len();
        bot.clock.set(bot.clock.now() + TimeDelta::days(15));
        bot.intake.push(ticker::tick(bot.clock.now(), false)).await;
        bot.settled().await;
        let public = town.public();
        assert_eq!(public.len(), before + 1, "what is due is said once");
        let due = public.iter().filter(|message| text(message).contains("is still in doubt")).count();
        assert_eq!(due, 1);
        Count::of("due message after 429, its answer lost", &town, &tries).await.is(20, 0);
        town.end(bot).await;
    });
}

#[test]
fn a_button_pressed_several_times_works_once() {
    block_on(async {
        let (town, bot) = Town::set(Fake::start().await, None).await;
        let mut tries = Vec::new();
        for number in 0..12 {
            let asked = town.asked(1 + number % 3).await;
            let mut pressed = town.press(1 + number % 3, asked, 2);
            town.fake().redeliver(pressed.handle());
            pressed.handle().answer().await;
            let late = town.press(1 + number % 3, asked, 1);
            pressed.handles.extend(late.handles);
            tries.push(pressed);
        }
        bot.settled().await;
        for tried in &tries {
            assert!(matches!(tried.handle().now().kind, Kind::Updated(_)), "{:?}", tried.handle().now());
            // The message then answers the others as well, or a refusal does.
            for further in &tried.handles[1..] {
                let is_seen = |_: &Fake| {
                    town.callbacks(further).iter().any(|(_, status)| (200..300).contains(status)).then_some(())
                };
                town.fake().until("that a further press is seen", is_seen).await;
            }
        }
        Count::of("second and third press", &town, &tries).await.is(12, 0);
        town.end(bot).await;
    });
}

/// A press changes things once, whatever happens to its answer.
#[test]
fn answers_to_presses_arrive_once_despite_limits_errors_and_lost_answers() {
    async fn hindered(fault: &'static str, is_slow: bool, is_it: fn(&Ask) -> bool, acts: &'static [fn() -> Act]) {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (mut town, bot) = Town::set(fake, Some(proxy.url())).await;
        let mut asked = Vec::new();
        for number in 0..12 {
            asked.push((1 + number % 3, town.asked(1 + number % 3).await));
        }
        let (bot, pace) = town.restarted(bot, if is_slow { DEFERRING } else { UNHURRIED }).await;
        proxy.rule(at_first(is_it, acts));
        pace.hold(is_slow);
        let tries: Vec<Try> = asked.iter().map(|(person, asked)| town.press(*person, *asked, 1)).collect();
        if is_slow {
            town.deferred(tries.iter().map(Try::handle)).await;
            pace.hold(false);
        }
        town.answered(&tries).await;
        bot.settled().await;
        for (tried, (_, (_, message))) in tries.iter().zip(&asked) {
            assert_eq!(tried.handle().now().kind, Kind::Updated(*message), "{fault}");
        }
        Count::of(fault, &town, &tries).await.is(12, 0);
        town.end(bot).await;
    }
    block_on(async {
        tokio::join!(
            hindered("press: callback's answer lost", false, is_callback, &[lost_answer]),
            hindered("press: 503 to the callback, twice", false, is_callback, &[unavailable, unavailable]),
            hindered("press: 429, then the edit's answer lost", true, is_edit, &[limited, lost_answer]),
        );
    });
}

/// A refused press gets a message of its own; the pressed message stays as it is. If Discord's answer to it is lost,
/// the author of the press sees the refusal twice: Discord has no idempotent way to send it.
#[test]
fn a_refused_press_is_told_at_least_once() {
    block_on(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let (mut town, bot) = Town::set(fake, Some(proxy.url())).await;
        let (mut asked, mut tries) = (Vec::new(), Vec::new());
        for _ in 0..10 {
            asked.push(town.asked(1).await);
        }
        let (bot, pace) = town.restarted(bot, DEFERRING).await;
        proxy.rule(at_first(is_follow_up, &[lost_answer]));
        pace.hold(true);
        for (log, message) in asked {
            // ben was asked; chloe may not answer.
            let chloe = &town.people[2];
            let handles = vec![town.fake().press(chloe, message, "Yes")];
            tries.push(Try { wanted: Wanted::Confirmed(log), who: PEOPLE[2], user: chloe.user, handles });
        }
        town.deferred(tries.iter().map(Try::handle)).await;
        pace.hold(false);
        town.answered(&tries).await;
        bot.settled().await;
        let count = Count::of("follow-up's answer lost", &town, &tries).await;
        assert!(tries.iter().all(|tried| !aside(tried.handle()).is_empty()), "chloe is told");
        assert_eq!((count.effects, count.lost, count.doubled), (0, 0, tries.len()), "{count:?}");
        town.end(bot).await;
    });
}

/// The database stands still for longer than Discord waits for first answers: all are deferred, and arrive.
#[test]
fn a_stalled_database_defers_every_answer_and_loses_none() {
    block_on(async {
        let (mut town, bot) = Town::set(Fake::start().await, None).await;
        let mut asked = Vec::new();
        for person in [1, 2, 3] {
            asked.push(town.asked(person).await);
        }
        let (bot, pace) = town.restarted(bot, DEFERRING).await;
        pace.hold(true);
        let mut tries = town.logs(24);
        let logged = tries.len();
        tries.extend(asked.iter().zip([1, 2, 3]).map(|(asked, person)| town.press(person, *asked, 1)));
        let private: Vec<Handle> =
            (0..4).map(|person| town.fake().call(&town.who(person, person), "me", json!({}))).collect();
        let no_time = json!({ "time": "0h", "what": "nothing" });
        let refused: Vec<Handle> =
            (0..4).map(|person| town.fake().call(&town.who(person, person), "log hours", no_time.clone())).collect();
        town.deferred(tries.iter().map(Try::handle).chain(&private).chain(&refused)).await;
        for handle in tries[..logged].iter().map(Try::handle).chain(&private).chain(&refused) {
            assert_eq!(town.callbacks(handle), [(5, 204)]);
            let path = format!("/interactions/{}/", handle.id);
            let is_aside = |request: &Request| request.path.starts_with(&path) && request.body["data"]["flags"] == 64;
            assert!(town.fake().requests().iter().any(is_aside), "only its author sees that something comes");
        }
        for tried in &tries[logged..] {
            assert_eq!(town.callbacks(tried.handle()), [(6, 204)]);
        }
        pace.hold(false);
        town.answered(&tries).await;
        for handle in private.iter().chain(&refused) {
            assert_eq!(handle.answer().await.kind, Kind::Said { ephemeral: true });
        }
        bot.settled().await;
        for tried in &tries[..logged] {
            assert_eq!((town.told(tried).len(), tried.aside().len()), (1, 1), "the room sees it, and its author");
        }
        for (tried, (_, message)) in tries[logged..].iter().zip(asked) {
            assert_eq!(tried.handle().now().kind, Kind::Updated(message));
            assert!(
                buttons(&town.fake().message(message)).iter().all(|(_, is_open)| !is_open),
                "used buttons are used"
            );
        }
        let public: Vec<String> = town.public().iter().map(text).collect();
        for handle in private.iter().chain(&refused) {
            let told = text(&handle.now().message);
            assert!(!told.is_empty() && public.iter().all(|said| !said.contains(&told)), "nobody else sees it: {told}");
        }
        Count::of("database stalled", &town, &tries).await.is(27, 0);
        town.end(bot).await;
    });
}

/// Tokens have expired when the answers are ready: ordinary messages take their place.
#[test]
fn answers_with_dead_tokens_become_messages() {
    block_on(async {
        let (town, bot, pace) = Town::slow(Fake::start().await, None, DEFERRING).await;
        pace.hold(true);
        let tries = town.logs(20);
        let private: Vec<Handle> =
            (0..4).map(|person| town.fake().call(&town.who(person, person), "me", json!({}))).collect();
        let no_time = json!({ "time": "0h", "what": "nothing" });
        let refused: Vec<Handle> =
            (0..4).map(|person| town.fake().call(&town.who(person, 0), "log hours", no_time.clone())).collect();
        let all = || tries.iter().map(Try::handle).chain(&private).chain(&refused);
        town.deferred(all()).await;
        all().for_each(|handle| town.fake().kill_token(handle.id));
        // ben and dan accept no private messages.
        for closed in [1, 3] {
            town.fake().dm_closed(town.people[closed].user, true);
        }
        let before = town.fake().messages(town.channels[0]).len() + town.fake().messages(town.channels[1]).len();
        pace.hold(false);
        bot.settled().await;
        for tried in &tries {
            let told = town.told(tried);
            assert_eq!(told.len(), 1, "the room sees it");
            assert!(text(&told[0]).contains(tried.who), "it names who asked");
        }
        let messages: Vec<Value> = town.channels.iter().flat_map(|channel| town.fake().messages(*channel)).collect();
        let calls = |message: &&Value, user: u64| {
            message["mentions"].as_array().unwrap().iter().any(|called| id(called) == user)
        };
        for (person, who) in town.people.iter().enumerate() {
            // A picture has no words.
            let direct: Vec<Value> =
                town.fake().direct_messages(who.user).into_iter().filter(|message| !text(message).is_empty()).collect();
            let called: Vec<&Value> = messages.iter().filter(|message| calls(message, who.user)).collect();
            let notes = called.iter().filter(|message| text(message).starts_with("The answer is only for you")).count();
            let refusals = called.iter().filter(|message| text(message).contains("must be more than zero")).count();
            // A private answer, and a refusal.
            let (told, noted) = if person % 2 == 1 { (0, 2) } else { (2, 0) };
            assert_eq!((direct.len(), notes, refusals), (told, noted, 0), "{}: {messages:#?}", PEOPLE[person]);
            let is_theirs = |message: &Value| {
                text(message).contains(PEOPLE[person]) || text(message).contains("must be more than zero")
            };
            assert!(direct.iter().all(is_theirs), "{direct:#?}");
        }
        assert_eq!(messages.len(), before + tries.len() + 4, "outcomes, notes, and nothing else");
        Count::of("token dead while deferred", &town, &tries).await.is(20, 0);
        town.delivered().await;
        assert_eq!(
            town.outbox().await,
            (0, 4),
            "what could not be said in private is kept as undeliverable, and nothing else is"
        );
        town.end(bot).await;
    });
}

/// If a channel's queue is full, only that channel is refused.
#[test]
fn a_full_queue_refuses_commands_in_its_own_channel_only() {
    block_on(async {
        let (town, bot, pace) = Town::slow(Fake::start().await, None, UNHURRIED).await;
        pace.hold(true);
        let waiting = town.logs(1);
        pace.until_something_waits().await;
        let talk = || {
            let room = RoomKey {
                platform: fairshare::adapters::discord::platform::PLATFORM,
                id: town.channels[0].to_string(),
            };
            Inbound { room, content: Content::Passed, ..ticker::tick(bot.clock.now(), false) }
        };
        while bot.intake.try_push(talk()).is_ok() {}
        let refused =
            town.fake().call(&town.who(0, 0), "log hours", json!({ "time": "1h", "what": "wiring" })).answer().await;
        assert_eq!(refused.kind, Kind::Said { ephemeral: true });
        assert!(text(&refused.message).starts_with("I have too much to do right now"), "{refused:?}");
        let elsewhere = town.fake().call(&town.who(0, 1), "me", json!({}));
        pace.hold(false);
        assert_eq!(elsewhere.answer().await.kind, Kind::Said { ephemeral: true });
        town.answered(&waiting).await;
        bot.settled().await;
        Count::of("a full queue, and one that waits", &town, &waiting).await.is(1, 0);
        town.end(bot).await;
    });
}

/// Fails the test unless logs are in the journal in the order in which they were asked for.
async fn is_in_order(town: &Town, asked: &[Try]) {
    let journal = town.journal().await;
    let place = |tried: &Try| journal.iter().position(|entry| entry.is_of(tried)).unwrap();
    let swapped: Vec<(u64, u64)> = asked
        .windows(2)
        .filter(|pair| place(&pair[0]) > place(&pair[1]))
        .map(|pair| (pair[0].handle().id, pair[1].handle().id))
        .collect();
    assert!(swapped.is_empty(), "{} of {} came too late for their place: {swapped:?}", swapped.len(), asked.len());
}

/// The library hands each event to a task of its own; they are still decided in Discord's order.
#[test]
fn interactions_are_decided_in_the_order_in_which_discord_tells_them() {
    block_on(async {
        let (town, bot) = Town::set(Fake::start().await, None).await;
        let mut tries = Vec::new();
        for person in 0..PEOPLE.len() {
            let burst: Vec<Try> = (0..40).map(|_| town.log(person, 0)).collect();
            town.answered(&burst).await;
            tries.extend(burst);
        }
        bot.settled().await;
        Count::of("handlers out of order: 40 at once by one person, by four in turn", &town, &tries).await.is(160, 0);
        is_in_order(&town, &tries).await;
        // The same with ids in reverse order.
        town.fake().keep_back();
        let mut tries: Vec<Try> = (0..40).map(|person| town.log(person, 0)).collect();
        town.fake().tell_kept(|events| events.reverse());
        tries.reverse();
        town.answered(&tries).await;
        bot.settled().await;
        Count::of("40 at once, the later ids first", &town, &tries).await.is(40, 0);
        is_in_order(&town, &tries).await;
        town.end(bot).await;
    });
}

/// Events that Discord may send some day, between those of today.
#[test]
fn unknown_events_and_fields_are_ignored_and_unreadable_interactions_get_an_apology() {
    block_on(async {
        let (town, bot) = Town::set(Fake::start().await, None).await;
        let mut tries = Vec::new();
        for round in 0..5_u64 {
            let news = json!({ "guild_id": town.stage.guild.to_string(), "shape": { "of": ["things", round] } });
            town.fake().send_raw(json!({ "t": "SOMETHING_QUITE_NEW", "d": news }));
            town.fake().send_raw(json!({ "t": "GUILD_CREATE", "d": { "id": "no number" } }));
            town.fake().send_raw(json!({ "op": 42, "d": news }));
            town.fake().send_raw(json!({ "op": 0, "t": "MESSAGE_CREATE", "s": null, "d": null }));
            town.fake().keep_back();
            tries.extend(town.logs(4));
            town.fake().tell_kept(|events| {
                for event in events {
                    let interaction = &mut event["d"];
                    interaction["a_new_field"] = json!({ "with": [1, 2, 3] });
                    interaction["member"]["a_new_field"] = json!(round);
                    interaction["channel"]["a_new_field"] = json!("text");
                    interaction["data"]["a_new_field"] = json!(null);
                    interaction["data"]["options"][0]["a_new_field"] = json!(true);
                    interaction["context"] = json!(17 + round);
                }
            });
            town.answered(&tries).await;
        }
        bot.settled().await;
        Count::of("unknown events, opcodes and fields", &town, &tries).await.is(20, 0);
        town.fake().keep_back();
        let unreadable = town.logs(8);
        town.fake().tell_kept(|events| {
            for (number, event) in events.iter_mut().enumerate() {
                match number % 4 {
                    0 => event["d"]["type"] = json!(99),
                    1 => event["d"]["channel_id"] = json!({ "shape": "another" }),
                    2 => drop(event["d"].as_object_mut().unwrap().remove("member")),
                    _ => drop(event["d"].as_object_mut().unwrap().remove("data")),
                }
            }
        });
        let after = town.logs(8);
        town.answered(&unreadable).await;
        town.answered(&after).await;
        bot.settled().await;
        for tried in &unreadable {
            let answer = tried.handle().now();
            assert_eq!(answer.kind, Kind::Said { ephemeral: true }, "its author is told that nothing was done");
            assert!(!text(&answer.message).is_empty());
        }
        let all: Vec<Try> = unreadable.into_iter().chain(after).collect();
        Count::of("interactions of an unknown shape, half of them", &town, &all).await.is(8, 0);
        town.end(bot).await;
    });
}

/// Starts the program on a town's files, with Discord at `url`; it listens when this returns.
async fn program(town: &Town, url: &str) -> Program {
    let sessions = town.fake().identifies().len();
    let token = town.stage.files.settings.token_file.to_str().unwrap();
    let configuration = format!("[discord]\ntoken_file = {token:?}\nrest_proxy = {url:?}\n");
    let program = Program::start(town.stage.files.database().parent().unwrap(), &configuration);
    town.fake().until("the program", |fake| (fake.identifies().len() > sessions).then_some(())).await;
    town.fake().identified().await;
    program
}

/// A town whose bot is the program: killed while people wait, and started again.
struct Crash {
    town: Town,
    proxy: Proxy,
    program: Program,
}

impl Crash {
    /// How many wait when it is killed.
    const EACH: usize = 8;

    /// Starts it behind a proxy.
    async fn begin() -> Self {
        let fake = Fake::start().await;
        let (town, bot) = Town::set(fake, None).await;
        bot.settled().await;
        bot.stop().await;
        Self::again(town).await
    }

    async fn again(town: Town) -> Self {
        let proxy = Proxy::start(&town.fake().url()).await;
        let program = program(&town, proxy.url()).await;
        Self { town, proxy, program }
    }

    /// Keeps everyone else from writing to the database, until the returned connection is closed.
    async fn lock(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.town.stage.files.database());
        let mut connection = options.connect().await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        connection
    }

    /// People log work; their answers are deferred, since the database is locked.
    async fn deferred(&self) -> Vec<Try> {
        let lock = self.lock().await;
        let tries = self.town.logs(Self::EACH);
        self.town.deferred(tries.iter().map(Try::handle)).await;
        lock.close().await.unwrap();
        tries
    }

    /// Waits until the journal has all tries.
    async fn committed(&self, tries: &[Try]) {
        let is_tried = |entry: &&Entry| tries.iter().any(|tried| entry.is_of(tried));
        let is_committed = async || {
            let journal = self.town.journal().await;
            (journal.iter().filter(is_tried).count() >= tries.len()).then_some(())
        };
        eventually("every try is committed", is_committed).await;
    }

    /// Kills it. Requests on their way through the proxy arrive nowhere any more.
    fn kill(mut self) -> Town {
        self.program.kill();
        self.town
    }

    /// Kills it, starts it again, and waits until it has sent what was left; then counts.
    async fn over(self, fault: &'static str, tries: &[Try], effects: usize) -> Self {
        Self::after(self.kill(), fault, tries, effects).await
    }

    /// The same, after it was killed.
    async fn after(town: Town, fault: &'static str, tries: &[Try], effects: usize) -> Self {
        let next = Self::again(town).await;
        next.town.answered(&next.town.logs(1)).await;
        next.town.delivered().await;
        Count::of(fault, &next.town, tries).await.is(effects, tries.len() - effects);
        next
    }

    fn end(mut self) {
        self.town.fake().check();
        self.program.kill();
    }
}

/// Killed before anything was committed: Discord itself reports the failure, and nothing is done.
#[test]
fn a_kill_before_the_commit_has_no_effect() {
    block_on(async {
        let crash = Crash::begin().await;
        crash.proxy.rule(|ask| if is_callback(ask) { Act::Hold } else { Act::Pass });
        let lock = crash.lock().await;
        let tries = crash.town.logs(Crash::EACH);
        crash.proxy.until_held(tries.len()).await;
        let town = crash.kill();
        lock.close().await.unwrap();
        tries.iter().for_each(|tried| town.fake().expire_callbacks(tried.handle().id));
        let crash = Crash::after(town, "SIGKILL before the commit", &tries, 0).await;
        let lock = crash.lock().await;
        let tries = crash.town.logs(Crash::EACH);
        crash.town.deferred(tries.iter().map(Try::handle)).await;
        let town = crash.kill();
        lock.close().await.unwrap();
        let crash = Crash::after(town, "SIGKILL after the deferral, before the commit", &tries, 0).await;
        crash.end();
    });
}

/// Killed between the commit and the first answer: the next run gives it, in its place or in an ordinary message.
#[test]
fn a_kill_around_the_first_answer_loses_none() {
    block_on(async {
        let mut crash = Crash::begin().await;
        crash.proxy.rule(|ask| if is_callback(ask) { Act::Hold } else { Act::Pass });
        let tries = crash.town.logs(Crash::EACH);
        crash.proxy.until_held(tries.len()).await;
        crash.committed(&tries).await;
        crash = crash.over("SIGKILL after the commit, before the callback", &tries, Crash::EACH).await;
        for tried in &tries {
            assert_eq!(tried.handle().now().kind, Kind::Said { ephemeral: false }, "there was time for it");
        }
        crash.proxy.rule(|ask| if is_callback(ask) { Act::Hold } else { Act::Pass });
        let tries = crash.town.logs(Crash::EACH);
        crash.proxy.until_held(tries.len()).await;
        crash.committed(&tries).await;
        tries.iter().for_each(|tried| crash.town.fake().expire_callbacks(tried.handle().id));
        crash = crash.over("SIGKILL after the commit, 3 s over", &tries, Crash::EACH).await;
        for tried in &tries {
            assert_eq!(tried.handle().now().kind, Kind::Failed);
            let told = crash.town.told(tried);
            assert_eq!((told.len(), id(&told[0]["mentions"][0])), (1, tried.user), "a message calls whom it answers");
        }
        crash.proxy.rule(|ask| if is_callback(ask) { Act::PassThenDrop } else { Act::Pass });
        let tries = crash.town.logs(Crash::EACH);
        crash.town.answered(&tries).await;
        crash = crash.over("SIGKILL after the callback, before its answer", &tries, Crash::EACH).await;
        let tries = crash.town.logs(Crash::EACH);
        crash.town.answered(&tries).await;
        crash = crash.over("SIGKILL after the answer, before its receipt", &tries, Crash::EACH).await;
        crash.end();
    });
}

/// Killed between a deferral and its answer.
#[test]
fn a_kill_after_a_deferral_loses_nothing() {
    block_on(async {
        let mut crash = Crash::begin().await;
        crash.proxy.rule(|ask| if is_edit(ask) { Act::Hold } else { Act::Pass });
        let tries = crash.deferred().await;
        crash.proxy.until_held(tries.len()).await;
        crash = crash.over("SIGKILL after the deferral and the message, before the edit", &tries, Crash::EACH).await;
        crash.proxy.rule(|ask| if is_edit(ask) { Act::PassThenDrop } else { Act::Pass });
        let tries = crash.deferred().await;
        crash.town.answered(&tries).await;
        crash = crash.over("SIGKILL after the edit, before its answer", &tries, Crash::EACH).await;
        crash.proxy.rule(|ask| if is_message(ask) { Act::PassThenDrop } else { Act::Pass });
        let tries = crash.deferred().await;
        for tried in &tries {
            crash.town.fake().until("the message", |_| (!crash.town.told(tried).is_empty()).then_some(())).await;
        }
        crash = crash.over("SIGKILL after the message, before its answer", &tries, Crash::EACH).await;
        crash.end();
    });
}

/// Killed between a deferral, which only its author sees, and the message for the room.
#[test]
fn a_kill_after_a_deferral_leaves_the_room_to_be_told() {
    block_on(async {
        let mut crash = Crash::begin().await;
        crash.proxy.rule(|ask| if is_edit(ask) || is_message(ask) { Act::Hold } else { Act::Pass });
        let tries = crash.deferred().await;
        crash.proxy.until_held(tries.len()).await;
        crash = crash.over("SIGKILL after the deferral, before the message", &tries, Crash::EACH).await;
        for tried in &tries {
            assert_eq!(tried.aside().len(), 1, "its author sees it");
            assert_eq!(crash.town.told(tried).len(), 1, "and so does the room, as without a kill");
        }
        crash.end();
    });
}
