//! Every transcript, called as slash commands in a guild: the same replies, and the same journal to the byte.
//!
//! Mistakes that only a line of text can have (a misspelt option, talk, an edit) can't be made in Discord and have no
//! effect on a console either; they are left out, and counted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use fairshare::adapters::console::script::paper;
use fairshare::core::time::Timestamp;
use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::option_kind::OptionKind as Takes;
use fairshare::grammar::parse::Call;
use fairshare::grammar::spec::{Caller, Wording};
use fairshare::grammar::{address, parse};
use fairshare::ticker;
use serde_json::{Value, json};

use super::fake::{Fake, Handle, Kind, Trouble, Who};
use super::world::{Bot, Files, buttons, colour, text};
use crate::transcripts::{self, Chat};
use crate::world::{World, block_on, facts, without_hashes};

/// What the bot only says if accounts have ids that are not their names.
const ONLY_HERE: &str = "**Account:** ";

/// How many transcripts run at once, each with its own bot and Discord.
const AT_ONCE: usize = 4;

#[test]
fn every_transcript_reads_the_same_as_slash_commands() {
    let (left_out, chats): (Vec<Chat>, Vec<Chat>) = transcripts::chats()
        .into_iter()
        .partition(|chat| chat.has_private_rooms() || chat.has_receipts() || chat.is_about_time() || chat.has_edits());
    left_out
        .iter()
        .for_each(|chat| eprintln!("left out, for the private room, the receipt or the edit in it: {}", chat.name));
    let (waiting, differences, counts) =
        (Mutex::new(VecDeque::from(chats)), Mutex::new(Vec::new()), Mutex::new((0, 0)));
    assert!(waiting.lock().unwrap().len() > 20 || std::env::var_os("TRANSCRIPT").is_some());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                block_on(async {
                    loop {
                        let Some(chat) = waiting.lock().unwrap().pop_front() else { break };
                        let (found, (called, left_out)) = said(&chat).await;
                        differences.lock().unwrap().extend(found.map(|found| format!("{}\n{found}", chat.name)));
                        let mut counts = counts.lock().unwrap();
                        *counts = (counts.0 + called, counts.1 + left_out);
                    }
                });
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let (called, left_out) = counts.into_inner().unwrap();
    assert!(called > 8 * left_out, "{left_out} lines of {} can't be said in Discord", called + left_out);
}

/// Runs a chat in a guild and on a console; returns the first difference, how many lines were said, and how many can't
/// be.
async fn said(chat: &Chat) -> (Option<String>, (usize, usize)) {
    let folder = tempfile::tempdir().unwrap();
    let console = folder.path().join("console.sqlite");
    let fake = Fake::start().await;
    let files = Files::new(&fake.url());
    let guild = fake.guild("Sensorica");
    let bot = files.start().await;
    fake.until("the commands are registered", |fake| (fake.puts() > 0).then_some(())).await;
    let catalog = Arc::new(fairshare::commands::registry::catalog().unwrap());
    let wordings = || catalog.keys().filter_map(|key| catalog.wording(key));
    let heads = wordings().flat_map(|wording| wording.heads.values());
    let heads = heads.map(|heads| heads.split(Wording::BETWEEN).map(str::to_owned).collect()).collect();
    let begun = |command: &String| {
        let words = command.split(" {").next().unwrap();
        let call = parse::text(&format!("{words} L1"), &catalog).or_else(|_| parse::text(words, &catalog));
        call.map_or_else(|_| words.to_owned(), |call| catalog.path(catalog.command(&call.command).unwrap()))
    };
    let next = wordings().flat_map(|wording| &wording.next).map(begun).collect();
    let mut stage = Stage {
        fake,
        bot,
        guild,
        rooms: BTreeMap::new(),
        people: BTreeMap::new(),
        seen: HashMap::new(),
        locale: "en-US".to_owned(),
        heads,
        next,
        catalog,
    };
    let (mut room, mut difference, mut counts) = ("lobby".to_owned(), None, (0, 0));
    for (line, expected) in chat.exchanges() {
        if let Some(name) = line.strip_prefix("@room ") {
            name.trim().clone_into(&mut room);
            continue;
        }
        let Some(mut said) = stage.say(&line, &room).await else {
            counts.1 += 1;
            continue;
        };
        counts.0 += 1;
        let mut expected: Vec<String> =
            expected.iter().map(|reply| without_hashes(&canonical(reply, &stage.catalog))).collect();
        said.iter_mut().for_each(|said| *said = without_hashes(said));
        // A refusal is for its author, and in Discord for them alone.
        for text in expected.iter_mut().chain(&mut said) {
            *text = words(text, &stage.heads, &stage.next);
        }
        expected.sort();
        said.sort();
        said.iter_mut().zip(&expected).for_each(|(said, expected)| fold(said, expected));
        if said != expected {
            difference = Some(format!("  {line}\n  written: {expected:#?}\n  said:    {said:#?}"));
            break;
        }
    }
    stage.bot.settled().await;
    stage.fake.check();
    stage.bot.stop().await;
    let mut world = World::open(&console, "transcript").await;
    for line in chat.lines.iter().filter(|line| !transcripts::is_reply(line)) {
        world.hear(line).await;
    }
    world.close().await;
    if difference.is_none() && facts(&files.database()).await != facts(&console).await {
        difference = Some("  the journals differ".to_owned());
    }
    (difference, counts)
}

/// The call as its fields are filled in: a day or a task that was said among the words is still there, and so are the
/// quotes around words that are none.
fn as_typed_in(call: Call, catalog: &Catalog) -> Call {
    let command = catalog.command(&call.command).unwrap();
    let Some(option) = command.options.iter().find(|option| !option.holds.is_empty()) else { return call };
    let Some(sentence) = &call.sentence else {
        if parse::sentences(call.clone(), catalog) == Ok(call.clone()) {
            return call;
        }
        let mut options = call.options.clone();
        options.entry(option.name.clone()).and_modify(|text| *text = format!("\"{text}\""));
        let typed = Call { options, ..call.clone() };
        assert_eq!(parse::sentences(typed.clone(), catalog), Ok(call));
        return typed;
    };
    let mut options = call.options.clone();
    options.retain(|name, _| !option.holds.contains(name));
    options.insert(option.name.clone(), sentence.clone());
    let typed = Call { options, sentence: None, ..call.clone() };
    assert_eq!(parse::sentences(typed.clone(), catalog), Ok(call));
    typed
}

struct Stage {
    fake: Arc<Fake>,
    bot: Bot,
    catalog: Arc<Catalog>,
    guild: u64,
    rooms: BTreeMap<String, u64>,
    people: BTreeMap<String, u64>,
    /// How many messages of each channel, and of each person's own, have been read.
    seen: HashMap<u64, usize>,
    /// The language of everybody's client: that of the room.
    locale: String,
    /// The heads of all tables.
    heads: Vec<Vec<String>>,
    /// How the commands begin that are offered next.
    next: Vec<String>,
}

impl Stage {
    /// Says a line; returns the bot's replies as a console prints them, or `None` if the line can't be said.
    async fn say(&mut self, line: &str, room: &str) -> Option<Vec<String>> {
        if let Some(instant) = line.strip_prefix("@clock ") {
            let instant: Timestamp = instant.split_whitespace().next().unwrap().parse().unwrap();
            self.bot.clock.set(instant);
            self.fake.tell_time(Some(instant));
            self.bot.intake.push(ticker::tick(instant, true)).await;
            self.bot.settled().await;
            let (who, mut said) = (self.who("host", room), Vec::new());
            self.news(&who, room, None, &mut said).await;
            return Some(said);
        }
        let (speaker, words) = line.split_once("> ").unwrap_or((line.trim_end_matches('>'), ""));
        let (name, nature) =
            speaker.strip_suffix(')').and_then(|speaker| speaker.split_once(" (")).unwrap_or((speaker, ""));
        let file = transcripts::attached(nature);
        if !nature.is_empty() && file.is_none() {
            return None;
        }
        let words = address::addressed(words, "!", "fairshare")?;
        let call = as_typed_in(parse::text(words, &self.catalog).ok()?, &self.catalog);
        // Commands of the system are no slash commands; the console treats them as unknown words.
        self.catalog.command(&call.command).filter(|command| !command.roles.contains(&Caller::System))?;
        let who = Who { locale: self.locale.clone(), ..self.who(name, room) };
        if let (Some(language), Some(_)) = (call.options.get("language"), call.options.get("for")) {
            self.locale.clone_from(language);
        }
        let now = self.bot.clock.now();
        self.fake.tell_time(Some(now));
        let handle = self.call(&who, &call, file);
        let answer = handle.answer().await;
        self.bot.settled().await;
        let is_refusal = colour(&answer.message) == Some(0xC0_392B);
        let audience = match answer.kind {
            Kind::Said { ephemeral: true } if !is_refusal => format!("bot (to {name})> "),
            Kind::Said { .. } => "bot> ".to_owned(),
            other => panic!("{line}: {other:?}"),
        };
        let whole = self.whole(&who, &answer.message).await;
        let beside: String = handle.now().follow_ups.iter().map(alts).collect();
        let own = format!("{audience}{}{beside}", english(&plain(&self.by_name(&whole)), &self.catalog));
        let mut said = vec![own];
        self.news(&who, room, Some(handle.id), &mut said).await;
        Some(said)
    }

    fn who(&mut self, name: &str, room: &str) -> Who {
        let (fake, guild) = (&self.fake, self.guild);
        let channel = *self.rooms.entry(room.to_owned()).or_insert_with(|| fake.channel(guild, room));
        // Everybody on a console administers it.
        let person = *self.people.entry(name.to_owned()).or_insert_with(|| fake.person(name));
        fake.who(person, channel).managing()
    }

    /// Calls a command as a client does; values that a client would not accept are sent as by an older client.
    fn call(&self, who: &Who, call: &Call, file: Option<(&str, &str)>) -> Handle {
        let command = self.catalog.command(&call.command).unwrap();
        let mut options = serde_json::Map::new();
        let mut is_possible = true;
        if let Some((option, name)) = file {
            options.insert(option.to_owned(), self.fake.upload(name, &paper(name).bytes.unwrap(), Trouble::None));
        }
        for (name, value) in &call.options {
            let option = command.option(name).unwrap();
            is_possible &= value.chars().count() <= option.most && !value.is_empty();
            is_possible &= option.kind != Takes::Choice || option.choices.contains(value);
            // Nobody can type a file.
            is_possible &= option.kind != Takes::File;
            match option.kind {
                Takes::Person => {
                    match value.strip_prefix("<@").and_then(|picked| self.people.get(picked.trim_end_matches('>'))) {
                        Some(user) => drop(options.insert(name.clone(), json!({ "user": user }))),
                        None => drop(options.insert(format!("{name}-handle"), json!(value))),
                    }
                }
                Takes::Flag => match fairshare::grammar::values::flag(value) {
                    Some(flag) => drop(options.insert(name.clone(), json!(flag))),
                    None => is_possible = false,
                },
                _ => drop(options.insert(name.clone(), json!(value))),
            }
        }
        let path = self.catalog.path(command);
        if is_possible {
            return self.fake.call(who, &path, Value::Object(options));
        }
        let filled: Vec<Value> =
            call.options.iter().map(|(name, value)| json!({ "name": name, "type": 3, "value": value })).collect();
        let (name, options) = match path.split_once(' ') {
            Some((group, word)) => (group, json!([{ "name": word, "type": 1, "options": filled }])),
            None => (path.as_str(), json!(filled)),
        };
        self.fake.call_raw(who, json!({ "id": "4", "name": name, "type": 1, "options": options }))
    }

    /// All pages of a message, turned one after the other, without the reader's own lines that each page repeats.
    async fn whole(&self, who: &Who, message: &Value) -> String {
        let (mut message, mut pages) = (message.clone(), Vec::new());
        loop {
            let page = text(&message);
            pages.push(page.split("\n…\n").next().unwrap().to_owned());
            if !buttons(&message).contains(&("More".to_owned(), true)) {
                return pages.join("\n");
            }
            let id = message["id"].as_str().unwrap().parse().unwrap();
            let answer = self.fake.press(who, id, "More").answer().await;
            assert_eq!(answer.kind, Kind::Updated(id));
            message = answer.message;
        }
    }

    /// A text with accounts as a console shows them.
    fn by_name(&self, text: &str) -> String {
        let accounts = self.people.iter();
        accounts.fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("<@{id}> on discord"), &format!("@{name} on console"))
        })
    }

    /// The messages in channels besides the answer, and private ones. Continuations are appended to their message.
    async fn news(&mut self, who: &Who, room: &str, answer: Option<u64>, said: &mut Vec<String>) {
        for (name, person) in &self.people {
            let messages = self.fake.direct_messages(*person);
            let seen = self.seen.insert(*person, messages.len()).unwrap_or(0);
            said.extend(
                messages
                    .iter()
                    .skip(seen)
                    .map(|message| format!("bot (to {name})> {}", english(&plain(&text(message)), &self.catalog))),
            );
        }
        for (name, channel) in self.rooms.clone() {
            let messages = self.fake.messages(channel);
            let seen = self.seen.insert(channel, messages.len()).unwrap_or(0);
            let fresh = messages.iter().skip(seen);
            let is_answer = |message: &Value| {
                answer.is_some_and(|id| message.pointer("/interaction_metadata/id") == Some(&json!(id.to_string())))
            };
            for message in fresh.filter(|message| !is_answer(message)) {
                let place = if name == room { "bot> ".to_owned() } else { format!("bot (in {name})> ") };
                let words =
                    format!("{}{}", english(&plain(&self.whole(who, message).await), &self.catalog), alts(message));
                let goes_on =
                    message["nonce"].as_str().is_some_and(|nonce| nonce.ends_with('m') || nonce.contains('p'));
                match said.iter_mut().rev().find(|one| goes_on && one.starts_with(&place)) {
                    Some(begun) => begun.extend([if words.starts_with('\n') { "" } else { "\n" }, &words]),
                    None => said.push(format!("{place}{words}")),
                }
            }
        }
    }
}

/// Removes from a list the rows that a console only counts: with pages, the list is complete.
fn fold(said: &mut String, expected: &str) {
    let more = |line: &str| line.strip_prefix("And ")?.split_once(" more.")?.0.parse::<usize>().ok();
    if let Some((at, count)) = expected.lines().enumerate().find_map(|(at, line)| Some((at, more(line)?))) {
        let mut lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() >= at + count, "{count} lines go on from the {at}th of {lines:#?}");
        lines.splice(at..at + count, expected.lines().skip(at).take(1));
        *said = lines.join("\n");
    }
}

/// A reply's words, line by line, without what each platform does in its own way: columns and their heads, marks of
/// titles and items, what is offered next.
fn words(reply: &str, heads: &[Vec<String>], next: &[String]) -> String {
    let is_head = |line: &str| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let of = |heads: &&Vec<String>| cells.iter().all(|cell| heads.iter().any(|head| head == cell));
        !cells.is_empty() && heads.iter().any(|heads| of(&heads))
    };
    let is_next = |part: &str| {
        let code =
            part.strip_prefix('`').and_then(|part| part.strip_suffix('`')).map(|code| code.trim_start_matches('/'));
        code.is_some_and(|code| next.iter().any(|begun| code.starts_with(begun.as_str())))
    };
    let (audience, said) = reply.split_once("> ").unwrap();
    let mut lines: Vec<String> = Vec::new();
    for line in said.lines().filter(|line| !is_head(line.trim()) && !line.trim().starts_with("```")) {
        let marks = ["### ", "-# ", "- ", "Next: ", "Ensuite\u{a0}: ", "Después: "];
        let line = marks.iter().fold(line.trim(), |line, mark| line.strip_prefix(mark).unwrap_or(line));
        let parts: Vec<&str> = line.split(" · ").filter(|part| !is_next(part)).collect();
        // In a list, a number has the head of its column.
        let line = heads.iter().flatten().fold(parts.join(" ").replace("**", ""), |line, head| {
            line.replace(&format!("{head}: "), "").replace(&format!("{head}\u{a0}: "), "")
        });
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.extend(Some(line).filter(|line| !line.is_empty()));
    }
    format!("{audience}> {}", lines.join("\n"))
}

/// Discord's markdown as it reads.
fn plain(markdown: &str) -> String {
    let mut lines = Vec::new();
    for line in markdown.lines().filter(|line| !line.starts_with(ONLY_HERE)) {
        let (mut text, mut rest) = (String::new(), line.strip_prefix("- ").unwrap_or(line));
        while let Some(c) = rest.chars().next() {
            if let Some((name, after)) = rest.strip_prefix("</").and_then(|rest| rest.split_once('>')) {
                text.push_str(&format!("`/{}`", name.split(':').next().unwrap()));
                rest = after;
                continue;
            }
            if let Some((code, after)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
                text.push_str(&format!("`{code}`"));
                rest = after;
                continue;
            }
            let escaped = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
            let shown = escaped.unwrap_or(c);
            text.push(shown);
            rest = &rest[shown.len_utf8() + usize::from(escaped.is_some())..];
        }
        lines.push(text);
    }
    lines.join("\n")
}

/// The descriptions of a message's pictures, a line each.
fn alts(message: &Value) -> String {
    let pictures = message["attachments"].as_array().into_iter().flatten();
    let pictures = pictures.filter(|file| file["filename"].as_str().is_some_and(|name| name.starts_with("picture-")));
    pictures.map(|file| format!("\n{}", file["description"].as_str().unwrap())).collect()
}

/// A text with its commands in English.
fn english(text: &str, catalog: &Catalog) -> String {
    let code = |part: &str| {
        let call = parse::text(part.strip_prefix('/')?, catalog).ok()?;
        let command = catalog.command(&call.command)?;
        let given = command
            .options
            .iter()
            .filter_map(|option| Some(format!(" {}:{}", option.name, call.options.get(&option.name)?)));
        Some(format!("/{}{}", catalog.path(command), given.collect::<String>()))
    };
    let parts = text.split('`').enumerate();
    parts
        .map(
            |(number, part)| {
                if number % 2 == 1 { code(part).unwrap_or_else(|| part.to_owned()) } else { part.to_owned() }
            },
        )
        .collect::<Vec<_>>()
        .join("`")
}

/// A transcript's reply with its commands as Discord takes them.
fn canonical(reply: &str, catalog: &Catalog) -> String {
    let mut text = String::new();
    for (number, part) in reply.split('`').enumerate() {
        match part.strip_prefix('!').filter(|_| number % 2 == 1) {
            None if number % 2 == 1 => text.push_str(&format!("`{part}`")),
            None => text.push_str(part),
            Some(typed)
                if catalog.commands().any(|command| !command.options.is_empty() && command.usage("en") == typed) =>
            {
                let command = catalog.commands().find(|command| command.usage("en") == typed).unwrap();
                let option = |option: &fairshare::grammar::spec::Opt| match option.required {
                    true => format!(" {}:", option.name),
                    false => format!(" [{}:]", option.name),
                };
                text.push_str(&format!(
                    "`/{}{}`",
                    catalog.path(command),
                    command.options.iter().map(option).collect::<String>()
                ));
            }
            Some(typed) => {
                let command = |call: &Call| catalog.command(&call.command);
                let slash = parse::text(typed, catalog).ok().filter(|call| command(call).is_some()).map(|call| {
                    let command = command(&call).unwrap();
                    let given = command
                        .options
                        .iter()
                        .filter_map(|option| Some(format!(" {}:{}", option.name, call.options.get(&option.name)?)));
                    format!("{}{}", catalog.path(command), given.collect::<String>())
                });
                text.push_str(&format!("`/{}`", slash.as_deref().unwrap_or(typed)));
            }
        }
    }
    text
}
