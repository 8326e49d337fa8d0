//! How fast fairshare answers in a Matrix room, compared with a loop that answers everything with two words, on the
//! same homeserver in the same run; the processor time of a command, and the memory of the idle program. Times are
//! quoted as ratios: the homeserver takes most of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::integer_division,
    reason = "a measurement that meets what it does not expect is none"
)]

#[allow(dead_code, reason = "other benches use more of it")]
mod figures;
#[path = "../tests/suite/python.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod python;
#[path = "../tests/suite/synapse.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod synapse;
#[path = "../tests/suite/watchdog.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod watchdog;

/// What the files above expect from their crate.
mod world {
    /// The root of the project.
    pub fn root() -> std::path::PathBuf {
        std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }
}

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use figures::{median, ratio};
use serde_json::{Value, json};
use synapse::{Ear, Person, Synapse};

const ROUNDS: usize = 3;
const SINGLE: usize = 40;
const SENDERS: usize = 10;
const EACH: usize = 50;
const DOWN: usize = 80;
const SOON: Duration = Duration::from_secs(120);

/// `fairshare run`, as a process.
struct Program {
    child: Child,
}

impl Program {
    fn start(folder: &std::path::Path, synapse: &Synapse, account: &str) -> Self {
        let file = folder.join("fairshare.toml");
        let path = |name: &str| format!("{:?}", folder.join(name).to_str().unwrap());
        let configuration = format!(
            "database = {}\nlog = \"warn,matrix_sdk=off\"\n[matrix]\nhomeserver = {:?}\naccount = {account:?}\npassword_file = {}\nstate = {}\ncommand_descriptions = false\n",
            path("fairshare.sqlite"),
            synapse.url(),
            path("password"),
            path("state"),
        );
        std::fs::write(folder.join("password"), "secret").unwrap();
        std::fs::write(&file, configuration).unwrap();
        let program = Command::new(env!("CARGO_BIN_EXE_fairshare"));
        let child = { program }.args(["run", "--config", file.to_str().unwrap()]).stdin(Stdio::null()).spawn().unwrap();
        Self { child }
    }

    /// Processor time used so far, in clock ticks: a hundred a second.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Memory in use, in MiB.
    fn weight(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The loop to compare with: it listens and answers, and does nothing.
async fn answer_everything(us: Person, mut ear: Ear) {
    loop {
        for event in ear.next(SOON).await {
            let is_said = event["type"] == "m.room.message"
                && event["sender"] != us.id()
                && event["content"]["msgtype"] == "m.text";
            if is_said {
                let content = json!({ "msgtype": "m.notice", "body": "of course", "m.mentions": {},
                    "m.relates_to": { "m.in_reply_to": { "event_id": event["event_id"] } } });
                us.send_event(event["room_id"].as_str().unwrap(), "m.room.message", content, None).await;
            }
        }
    }
}

/// A room with a bot that answers there, and somebody who listens to it.
struct Place {
    room: String,
    bot: String,
    ear: Ear,
    people: Vec<Person>,
}

impl Place {
    async fn new(people: &[Person], bot: &str) -> Self {
        let content = json!({ "preset": "public_chat", "power_level_content_override": { "users_default": 50 } });
        let room = people[0].create_room(content).await;
        for person in &people[1..] {
            person.join(&room).await;
        }
        let mut ear = people[0].listen(&[&room]).await;
        people[0].invite(&room, bot).await;
        let has_come = |event: &Value| event["state_key"] == bot && event["content"]["membership"] == "join";
        ear.until(|events| events.iter().any(has_come)).await;
        Self { room, bot: bot.to_owned(), ear, people: people.to_vec() }
    }

    fn answered<'a>(&self, event: &'a Value) -> Option<&'a str> {
        let relation = event.pointer("/content/m.relates_to/m.in_reply_to/event_id");
        relation.filter(|_| event["sender"] == self.bot.as_str()).and_then(Value::as_str)
    }

    /// How long an answer takes, from before its command was sent until it was heard.
    async fn ask(&mut self, words: &str) -> Duration {
        let begun = Instant::now();
        let said = self.people[0].send(&self.room, words).await;
        loop {
            let events = self.ear.next(SOON).await;
            assert!(!events.is_empty(), "no answer to {words}");
            if events.iter().any(|event| self.answered(event) == Some(&said)) {
                return begun.elapsed();
            }
        }
    }

    /// Everybody speaks at once: who was answered how often, and how long until the last answer.
    async fn burst(&mut self, round: usize) -> (BTreeMap<String, usize>, usize, Duration) {
        let begun = Instant::now();
        let mut sending = tokio::task::JoinSet::new();
        for (number, person) in self.people.iter().cloned().enumerate() {
            let room = self.room.clone();
            sending.spawn(async move {
                for place in 0..EACH {
                    person.send(&room, &format!("!log 1m round-{round}-of-{number}-{place}")).await;
                }
            });
        }
        sending.join_all().await;
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let mut last = begun.elapsed();
        while answers.len() < SENDERS * EACH {
            let events = self.ear.next(Duration::from_secs(30)).await;
            if events.is_empty() {
                break;
            }
            for event in &events {
                if let Some(answered) = self.answered(event) {
                    *answers.entry(answered.to_owned()).or_default() += 1;
                    last = begun.elapsed();
                }
            }
        }
        let twice = answers.values().filter(|count| **count > 1).count();
        (answers, twice, last)
    }
}

async fn measured(out: &mut impl Write) {
    let synapse = Synapse::start();
    let folder = tempfile::tempdir().unwrap();
    let account = synapse.account("fairshare", "secret").await;
    let program = Program::start(folder.path(), &synapse, &account);
    let echo = synapse.person("echo").await;
    let mut people = Vec::new();
    for number in 0..SENDERS {
        people.push(synapse.person(&format!("person-{number}")).await);
    }
    let mut ours = Place::new(&people, &account).await;
    let content = json!({ "preset": "public_chat" });
    let room = people[0].create_room(content).await;
    for person in people[1..].iter().chain([&echo]) {
        person.join(&room).await;
    }
    let mut theirs =
        Place { ear: people[0].listen(&[&room]).await, bot: echo.id().to_owned(), people: people.clone(), room };
    let answering = tokio::spawn(answer_everything(echo.clone(), echo.listen(&[&theirs.room]).await));
    for words in ["!network init Sensorica", "!project new forillon"] {
        ours.ask(words).await;
    }
    for person in &people[1..] {
        let said = person.send(&ours.room, "!join").await;
        while !ours.ear.next(SOON).await.iter().any(|event| ours.answered(event) == Some(&said)) {}
    }
    let (mut single, mut bursts) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let (mut ticks, mut commands) = (0, 0);
    for round in 0..ROUNDS {
        let before = program.ticks();
        for number in 0..SINGLE {
            single.0.push(ours.ask(&format!("!log 2m single-{round}-{number}")).await);
        }
        let (answers, twice, took) = ours.burst(round).await;
        ticks += program.ticks() - before;
        commands += SINGLE + SENDERS * EACH;
        bursts.0.push(took);
        for number in 0..SINGLE {
            single.1.push(theirs.ask(&format!("!log 2m single-{round}-{number}")).await);
        }
        let (their_answers, their_twice, their_took) = theirs.burst(round).await;
        bursts.1.push(their_took);
        writeln!(
            out,
            "round {}: of {} commands from {SENDERS} people at once, fairshare answered {} ({twice} twice) in {took:.1?}, the loop {} ({their_twice} twice) in {their_took:.1?}",
            round + 1,
            SENDERS * EACH,
            answers.len(),
            their_answers.len(),
        )
        .unwrap();
    }
    answering.abort();
    let (our_single, their_single) = (median(single.0), median(single.1));
    let (our_burst, their_burst) = (median(bursts.0), median(bursts.1));
    writeln!(
        out,
        "one command alone: {our_single:.1?} to {their_single:.1?}, ratio {}",
        ratio(our_single, their_single)
    )
    .unwrap();
    writeln!(
        out,
        "a burst until its last answer: {our_burst:.1?} to {their_burst:.1?}, ratio {}",
        ratio(our_burst, their_burst)
    )
    .unwrap();
    writeln!(out, "processor time a command: {} us", ticks * 10_000 / u64::try_from(commands).unwrap()).unwrap();
    drop(program);
    for number in 0..DOWN {
        people[number % SENDERS].send(&ours.room, &format!("!log 3m down-{number}")).await;
        for person in &people {
            person.send(&ours.room, "and so on").await;
        }
    }
    let begun = Instant::now();
    let program = Program::start(folder.path(), &synapse, &account);
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    while answers.len() < DOWN {
        let events = ours.ear.next(Duration::from_secs(30)).await;
        if events.is_empty() {
            break;
        }
        events
            .iter()
            .filter_map(|event| ours.answered(event))
            .for_each(|event| *answers.entry(event.to_owned()).or_default() += 1);
    }
    writeln!(
        out,
        "of {DOWN} commands among {} lines said while it was down, {} answered {:.1?} after the start",
        DOWN * SENDERS,
        answers.len(),
        begun.elapsed()
    )
    .unwrap();
    let idle_from = program.ticks();
    tokio::time::sleep(Duration::from_secs(60)).await;
    writeln!(
        out,
        "idle: {} MiB, {} ms of processor time a minute",
        program.weight(),
        (program.ticks() - idle_from) * 10
    )
    .unwrap();
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measured(&mut std::io::stdout()));
}
