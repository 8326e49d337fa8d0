//! Every transcript, run in Matrix rooms: the same replies, and the same journal to the byte. Transcripts with attached
//! files, which no command takes there, are left out and reported.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{LazyLock, Mutex};

use fairshare::adapters::matrix::session::Session;
use fairshare::grammar::spec::Wording;
use fairshare::ticker;
use serde_json::{Value, json};

use super::world::{Account, Bot, answers, body, is_from};
use crate::synapse::{Ear, Person, SERVER_NAME, Synapse};
use crate::transcripts::{self, Chat};
use crate::watchdog::HUNG;
use crate::world::{World, block_on, facts, without_hashes};

/// The number of homeservers, since each uses one processor; and how many transcripts run on each at once, each with
/// its own bot.
const HOMESERVERS: usize = 2;
const AT_ONCE: usize = 2;

/// The beginnings, in every language, of what the bot says in Matrix only: about a room without encryption, the place
/// of a private answer, and an account.
static ONLY_HERE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let catalog = fairshare::commands::registry::catalog().unwrap();
    let texts = ["server-trusted", "answered-in-private", "joining-account"]
        .into_iter()
        .flat_map(|key| catalog.text(key).unwrap());
    let begun = |(language, text): (&String, &String)| {
        let colon = if language == "fr" { "\u{a0}: " } else { ": " };
        text.replace(Wording::BETWEEN, colon).split(['{', '`', '[']).next().unwrap().to_owned()
    };
    texts.map(begun).collect()
});

#[test]
fn every_transcript_reads_the_same_in_matrix_rooms() {
    let homeservers: Vec<Synapse> = (0..HOMESERVERS).map(|_| Synapse::start()).collect();
    let is_left_out = |chat: &Chat| {
        chat.has_files() || chat.has_private_rooms() || chat.is_about_time() || chat.has_names_of_its_own()
    };
    let (left_out, chats): (Vec<Chat>, Vec<Chat>) = transcripts::chats().into_iter().partition(is_left_out);
    left_out.iter().for_each(|chat| {
        eprintln!("left out, for the files, the private room, the stamps or the names in it: {}", chat.name)
    });
    let (waiting, differences) = (Mutex::new(VecDeque::from(chats)), Mutex::new(Vec::new()));
    assert!(waiting.lock().unwrap().len() > 20 || std::env::var_os("TRANSCRIPT").is_some());
    std::thread::scope(|scope| {
        for synapse in homeservers.iter().flat_map(|synapse| std::iter::repeat_n(synapse, AT_ONCE)) {
            let (waiting, differences) = (&waiting, &differences);
            scope.spawn(move || {
                block_on(async {
                    let account = Account::new(synapse, &synapse.url()).await;
                    let session = account.session().await;
                    let mut cast = HashMap::new();
                    loop {
                        let Some(chat) = waiting.lock().unwrap().pop_front() else { break };
                        let found = said(synapse, &account, &session, &mut cast, &chat).await;
                        differences.lock().unwrap().extend(found.map(|found| format!("{}\n{found}", chat.name)));
                    }
                });
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Runs a chat in its own rooms and on a console; returns the first difference.
async fn said(
    synapse: &Synapse,
    account: &Account,
    session: &Session,
    cast: &mut HashMap<String, Person>,
    chat: &Chat,
) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (here, console) = (folder.path().join("matrix.sqlite"), folder.path().join("console.sqlite"));
    let bot = Bot::start(session, &account.settings, &here, "transcript").await;
    // The driver listens as the bot's account, which hears everything that the bot says.
    let us = synapse.person(account.user_id().trim_start_matches('@').split(':').next().unwrap()).await;
    let ear = us.listen(&[] as &[&str]).await;
    let mut stage = Stage {
        synapse,
        cast,
        us,
        ear,
        bot,
        rooms: HashMap::new(),
        directs: HashMap::new(),
        last: HashMap::new(),
        linked: BTreeSet::new(),
        steward: None,
    };
    let mut room = "lobby".to_owned();
    let mut difference = None;
    for (line, expected) in chat.exchanges() {
        if let Some(name) = line.strip_prefix("@room ") {
            name.trim().clone_into(&mut room);
            continue;
        }
        let mut said = stage.say(&line, &room, expected.len()).await;
        let expected = sorted(&expected);
        if sorted(&said) != expected {
            stage.go_on(&mut said, &room).await;
        }
        if sorted(&said) != expected {
            difference = Some(format!("  {line}\n  written: {expected:?}\n  said:    {said:?}"));
            break;
        }
    }
    stage.leave().await;
    let mut world = World::open(&console, "transcript").await;
    for line in chat.lines.iter().filter(|line| !transcripts::is_reply(line)) {
        world.hear(line).await;
    }
    world.close().await;
    if difference.is_none() && facts(&here).await != facts(&console).await {
        difference = Some("  the journals differ".to_owned());
    }
    difference
}

/// The replies, in an order that does not depend on which room got one first. Continuations stay with their reply.
fn sorted(said: &[String]) -> Vec<String> {
    let mut said: Vec<String> = said.iter().map(|said| without_hashes(said)).collect();
    said.sort();
    said
}

/// The rooms of a chat.
struct Stage<'a> {
    synapse: &'a Synapse,
    cast: &'a mut HashMap<String, Person>,
    us: Person,
    ear: Ear,
    bot: Bot,
    /// Rooms by name, with those who are in them.
    rooms: HashMap<String, (String, BTreeSet<String>)>,
    /// The direct rooms, by person.
    directs: HashMap<String, String>,
    /// The last message of each person in each room.
    last: HashMap<(String, String), String>,
    linked: BTreeSet<String>,
    /// Who founded the network, and where.
    steward: Option<(String, String)>,
}

impl Stage<'_> {
    /// Sends a line; returns the bot's replies, as a console prints them.
    async fn say(&mut self, line: &str, room: &str, expected: usize) -> Vec<String> {
        if let Some(instant) = line.strip_prefix("@clock ") {
            self.bot.clock.set(instant.split_whitespace().next().unwrap().parse().unwrap());
            self.bot.intake.push(ticker::tick(self.bot.clock.now(), true)).await;
            self.bot.settled().await;
            return self.heard(room, expected).await;
        }
        let (speaker, words) = line.split_once("> ").unwrap_or((line.trim_end_matches('>'), ""));
        let (name, nature) =
            speaker.strip_suffix(')').and_then(|speaker| speaker.split_once(" (")).unwrap_or((speaker, ""));
        self.enter(room).await;
        self.link(room).await;
        let person = self.present(name, room).await;
        let id = self.rooms[room].0.clone();
        let now = self.bot.clock.now().timestamp_millis();
        match nature.split_once(' ') {
            None if nature.is_empty() => {
                let sent = person.send_at(&id, words, Some(now)).await;
                self.last.insert((name.to_owned(), id), sent);
            }
            None if nature == "bot" => {
                person
                    .send_event(&id, "m.room.message", json!({ "msgtype": "m.notice", "body": words }), Some(now))
                    .await;
            }
            None if nature == "edited" => {
                let first = match self.last.get(&(name.to_owned(), id.clone())) {
                    Some(last) => last.clone(),
                    None => person.send_at(&id, "just talk", Some(now)).await,
                };
                person.edit(&id, &first, words).await;
            }
            _ => {
                assert_eq!(nature, "redacted");
                if let Some(last) = self.last.get(&(name.to_owned(), id.clone())) {
                    person.redact(&id, last).await;
                }
            }
        }
        let said = self.heard(room, expected).await;
        if words.contains("network init ") && said.iter().any(|said| said.contains(" is its steward. ")) {
            self.steward = Some((name.to_owned(), room.to_owned()));
            self.linked.insert(room.to_owned());
        }
        said
    }

    /// Makes the room, if it does not exist yet, with the bot in it. Then resets the bot's randomness.
    async fn enter(&mut self, room: &str) {
        if self.rooms.contains_key(room) {
            return;
        }
        let thrown = self.bot.dice.thrown.load(Ordering::Relaxed);
        let host = person(self.synapse, self.cast, "host").await;
        let power = json!({ "users_default": 50, "state_default": 100, "users": { self.us.id(): 0 } });
        let made = json!({ "preset": "public_chat", "power_level_content_override": power, "invite": [self.us.id()] });
        let id = host.create_room(made).await;
        self.rooms.insert(room.to_owned(), (id, BTreeSet::new()));
        self.heard(room, 1).await;
        self.bot.settled().await;
        self.bot.dice.thrown.store(thrown, Ordering::Relaxed);
    }

    /// Links the room to the network, as a console's rooms are by themselves.
    async fn link(&mut self, room: &str) {
        let Some((steward, home)) = self.steward.clone() else { return };
        if !self.linked.insert(room.to_owned()) {
            return;
        }
        let thrown = self.bot.dice.thrown.load(Ordering::Relaxed);
        let now = Some(self.bot.clock.now().timestamp_millis());
        let person = self.present(&steward, &home).await;
        person.send_at(&self.rooms[&home].0.clone(), "!network link", now).await;
        let told = self.heard(&home, 1).await.remove(0);
        let code = told
            .split('`')
            .nth(1)
            .and_then(|typed| typed.rsplit(' ').next())
            .unwrap_or_else(|| panic!("{told}"))
            .to_owned();
        let person = self.present(&steward, room).await;
        person.send_at(&self.rooms[room].0.clone(), &format!("!network link {code}"), now).await;
        self.heard(room, 1).await;
        self.bot.settled().await;
        self.bot.dice.thrown.store(thrown, Ordering::Relaxed);
    }

    /// Somebody, in a room.
    async fn present(&mut self, name: &str, room: &str) -> Person {
        let person = person(self.synapse, self.cast, name).await;
        let (id, present) = self.rooms.get_mut(room).unwrap();
        if present.insert(name.to_owned()) {
            person.join(id).await;
        }
        person
    }

    /// The bot's replies until there are so many, as a console in a room prints them.
    async fn heard(&mut self, room: &str, expected: usize) -> Vec<String> {
        let mut said = Vec::new();
        while said.len() < expected {
            let events = self.ear.next(HUNG).await;
            assert!(!events.is_empty(), "the bot says nothing more than {said:?}");
            self.take(&events, room, &mut said);
        }
        // When everything is settled, all further messages have been sent.
        self.bot.settled().await;
        said
    }

    /// Appends the pictures and the long part of what was said. All of it has been sent by now.
    async fn go_on(&mut self, said: &mut Vec<String>, room: &str) {
        let host = person(self.synapse, self.cast, "host").await;
        let talk = host.send_at(&self.rooms[room].0.clone(), "just talk", None).await;
        let events = self.ear.until(|events| events.iter().any(|event| event["event_id"] == talk)).await;
        self.take(&events, room, said);
    }

    /// Collects the bot's messages as a console prints them: pictures in words, and the long part after its reply.
    fn take(&mut self, events: &[Value], room: &str, said: &mut Vec<String>) {
        for event in events {
            let Some(text) = self.printed(event, room) else { continue };
            let content = &event["content"];
            let goes_on = content["msgtype"] == "m.image" || content["m.relates_to"]["is_falling_back"] == true;
            let (place, words) = text.split_once("> ").unwrap();
            match said.iter_mut().rev().find(|one| goes_on && one.starts_with(&format!("{place}> "))) {
                Some(begun) => begun.extend(["\n", words]),
                None => said.push(text),
            }
        }
    }

    fn printed(&mut self, event: &Value, room: &str) -> Option<String> {
        let id = event["room_id"].as_str().unwrap();
        if event["type"] == "m.room.member"
            && event["sender"] == self.us.id()
            && event["content"]["membership"] == "invite"
        {
            let reader = event["state_key"].as_str().unwrap().trim_start_matches('@').split(':').next().unwrap();
            self.directs.insert(id.to_owned(), reader.to_owned());
        }
        if !is_from(event, self.us.id()) {
            return None;
        }
        assert!(event["content"]["m.mentions"].is_object(), "{event}");
        let lines: Vec<&str> =
            body(event).lines().filter(|line| !ONLY_HERE.iter().any(|only| line.starts_with(only.as_str()))).collect();
        // Accounts as a console shows them.
        let text = lines.join("\n").replace(&format!(":{SERVER_NAME} on matrix"), " on console");
        if text.is_empty() {
            return None;
        }
        let name = self.rooms.iter().find(|(_, (known, _))| known == id).map(|(name, _)| name.as_str());
        Some(match (name, self.directs.get(id)) {
            (Some(name), _) if name == room => format!("bot> {text}"),
            (Some(name), _) => format!("bot (in {name})> {text}"),
            (None, Some(reader)) => {
                assert_eq!(answers(event), None, "what is said in a direct room replies to nothing there");
                format!("bot (to {reader})> {text}")
            }
            (None, None) => panic!("the bot speaks in a strange room: {event}"),
        })
    }

    /// Ends it; the bot leaves all rooms. Checks that nothing more was said.
    async fn leave(mut self) {
        let rooms: Vec<String> =
            self.rooms.values().map(|(id, _)| id.clone()).chain(self.directs.keys().cloned()).collect();
        self.bot.settled().await;
        self.bot.stop().await;
        for room in &rooms {
            self.us.leave(room).await;
        }
        let left = |events: &[Value]| {
            events.iter().filter(|event| event["content"]["membership"] == "leave").count() >= rooms.len()
        };
        let rest = self.ear.until(left).await;
        let more: Vec<&Value> = rest.iter().filter(|event| is_from(event, self.us.id())).collect();
        let more: Vec<&str> = more
            .iter()
            .map(|event| body(event))
            .filter(|text| !ONLY_HERE.iter().any(|only| text.starts_with(only.as_str())))
            .collect();
        assert!(more.is_empty(), "more was said than is written: {more:?}");
    }
}

async fn person(synapse: &Synapse, cast: &mut HashMap<String, Person>, name: &str) -> Person {
    if !cast.contains_key(name) {
        cast.insert(name.to_owned(), synapse.person(name).await);
    }
    cast[name].clone()
}
