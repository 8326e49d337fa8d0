//! The model of `commands/*.toml`: everything about a command except what it does.
//!
//! A file is the one place where a command's name, options, roles, texts and examples are written. The text parser,
//! the help, `docs/commands.md` and, on other platforms, the registration of slash commands are read from here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Texts by language code. English is always there.
pub type Texts = BTreeMap<String, String>;

/// The languages there are, by code; the first is what everything is named in.
pub const LANGUAGES: [&str; 3] = ["en", "fr", "es"];

/// A command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Its words: `log hours`.
    pub name: String,
    /// The same in other languages, from [`Words`].
    #[serde(skip)]
    pub names: Texts,
    /// A shorter way to type it.
    pub alias: Option<String>,
    /// The same in other languages.
    #[serde(skip)]
    pub aliases: Texts,
    /// Who may call it: any one of these.
    pub roles: Vec<Caller>,
    /// Whether it changes anything.
    #[serde(default)]
    pub writes: bool,
    /// Whether it moves money: then it is not carried out when it arrives more than a day after it was said.
    #[serde(default)]
    pub money: bool,
    /// Whether its answer goes to its author only.
    #[serde(default)]
    pub private: bool,
    /// Whether saying the same again within minutes is probably a slip, and asked about.
    #[serde(default)]
    pub once: bool,
    /// Whether its author's newest word is the one that counts: it drops the questions that earlier calls left open.
    #[serde(default)]
    pub newest: bool,
    /// Whether it takes something back that went wrong, or answers whether to: no flood in a room keeps a custodian
    /// from it.
    #[serde(default)]
    pub takes_back: bool,
    /// What the room must be.
    #[serde(default)]
    pub room: Room,
    /// The event that it answers, if the system gives it for an event.
    pub on: Option<Trigger>,
    /// What it needs read before it is decided, besides the books.
    pub reads: Option<Reads>,
    /// What it does, in one line.
    pub summary: Texts,
    /// What else to know.
    #[serde(default)]
    pub notes: Texts,
    /// What a platform with menus calls it in the menu of a message: its options by position are then asked for, with
    /// the message's text for the last of them.
    #[serde(default)]
    pub on_message: Texts,
    /// What a platform with menus calls it in the menu of a person, who is then its option that takes one.
    #[serde(default)]
    pub on_person: Texts,
    /// What it takes.
    #[serde(default, rename = "option")]
    pub options: Vec<Opt>,
    /// Whole lines that work, without the prefix.
    #[serde(default)]
    pub examples: Vec<String>,
    /// The texts that only this command says, by key.
    #[serde(default)]
    pub reply: BTreeMap<String, Texts>,
    /// The refusals that only this command gives, by key.
    #[serde(default)]
    pub refusal: BTreeMap<String, Texts>,
    /// The shared texts that it may say besides, by key.
    #[serde(default)]
    pub says: Vec<String>,
}

/// An event that a command answers. Each has one command, whose options are the event's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Somebody answered a question of the bot with yes, by a button or a reaction.
    AnsweredYes,
    /// The same, with no.
    AnsweredNo,
    /// The bot came into a room.
    BotJoined,
    /// A room replaced another.
    RoomReplaced,
    /// A file came that was on its way when its command was executed.
    FileArrived,
    /// Such a file does not come.
    FileLost,
    /// The machine's clock is doubted, or certain again.
    ClockChanged,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AnsweredYes,
        Self::AnsweredNo,
        Self::BotJoined,
        Self::RoomReplaced,
        Self::FileArrived,
        Self::FileLost,
        Self::ClockChanged,
    ];
}

/// What is read before a command is decided, besides the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// The whole stored journal, which is verified.
    StoredJournal,
}

/// How an option's value names the network that its command is about, where the room doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkBy {
    /// It is a code that lets another room join the network.
    RoomCode,
    /// It is a code that makes another account the same person.
    AccountCode,
    /// It is the name of one of the author's networks.
    OwnName,
    /// It is the id of a room of the network.
    Room,
    /// It is the id of a message whose file the network waits for.
    AwaitedFile,
}

/// Who may call a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caller {
    /// Whoever is in the room.
    Observer,
    /// Somebody who joined.
    Affiliate,
    /// A lead of the project that the command is about.
    Lead,
    /// A custodian.
    Custodian,
    /// A steward.
    Steward,
    /// Somebody who, by the platform's own permissions, administers the room.
    Host,
    /// Time itself: due jobs only.
    System,
}

impl Caller {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Caller::Observer => "observer",
            Caller::Affiliate => "affiliate",
            Caller::Lead => "lead",
            Caller::Custodian => "custodian",
            Caller::Steward => "steward",
            Caller::Host => "host",
            Caller::System => "system",
        }
    }
}

/// What a room must be for a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// A network's room.
    #[default]
    Linked,
    /// A room without a network.
    Unlinked,
    /// Any room.
    Any,
}

/// An option of a command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opt {
    /// Its name, as in `task:#3`.
    pub name: String,
    /// The same in other languages, from [`Words`].
    #[serde(skip)]
    pub names: Texts,
    /// The same as it may be typed: without accents.
    #[serde(skip)]
    pub typed: Vec<String>,
    /// Other names that mean it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it takes.
    pub kind: OptionKind,
    /// Whether the command can't do without.
    #[serde(default)]
    pub required: bool,
    /// Whether it may be given by position without being required.
    #[serde(default)]
    pub positional: bool,
    /// Whether it is always given by name, though required; other required options go by position.
    #[serde(default)]
    pub named: bool,
    /// The words that a `choice` takes.
    #[serde(default)]
    pub choices: Vec<String>,
    /// What it is when it is not given.
    #[serde(default)]
    pub default: Option<Default>,
    /// Who may use it, in place of the command's own roles.
    #[serde(default)]
    pub roles: Vec<Caller>,
    /// How its value names the command's network, where the room doesn't.
    pub network: Option<NetworkBy>,
    /// Whether the command is executed while its file is on its way. [`Trigger::FileArrived`] or [`Trigger::FileLost`]
    /// follows.
    #[serde(default)]
    pub later: bool,
    /// The most characters a text may have.
    #[serde(default = "most_characters")]
    pub most: usize,
    /// What it means, in a few words.
    pub help: Texts,
}

fn most_characters() -> usize {
    500
}

impl Opt {
    /// Whether it may be given by position.
    pub fn by_position(&self) -> bool {
        (self.required && !self.named) || self.positional
    }

    /// Whether a name that was typed means this option.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name
            || self.aliases.iter().any(|alias| alias == name)
            || self.typed.iter().any(|known| *known == folded(name))
    }

    /// Its name in a language.
    pub fn name_in(&self, language: &str) -> &str {
        self.names.get(language).unwrap_or(&self.name)
    }
}

/// Where an option's value comes from when nobody gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Default {
    /// The task's or the log's project, else the room's, else the only one; without any the command is refused.
    Project,
    /// The room's project, if it has one.
    RoomProject,
    /// The day on which the command was said.
    Today,
    /// The room's pool, else the only one that is open; without any the command is refused.
    Pool,
    /// The room's machine, or its pool's, else the only one; without any the command is refused.
    Equipment,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptionKind {
    /// Any words.
    Text,
    /// A name that accounts can be called by: letters, digits, hyphens.
    Name,
    /// Such a name, of a role that people work in.
    WorkRole,
    /// Such a name, of a fund.
    Fund,
    /// One word as it is: a code, a zone, a currency.
    Word,
    /// A duration: `2h30`.
    Duration,
    /// A duration that may be longer than a day: an estimate.
    Estimate,
    /// Money above zero.
    Amount,
    /// Money, in another currency too, above zero.
    ForeignAmount,
    /// Money, possibly zero or less.
    Balance,
    /// A decimal number above zero.
    Quantity,
    /// A day up to today.
    PastDate,
    /// Any day.
    Date,
    /// A number of days: `14`.
    Days,
    /// A person.
    Person,
    /// A project.
    Project,
    /// A task.
    Task,
    /// A distribution.
    Distribution,
    /// A batch of payments.
    Batch,
    /// A proposed rule.
    Proposal,
    /// A milestone, by name.
    Milestone,
    /// A line of a milestone.
    Line,
    /// A pool, by name.
    Pool,
    /// A machine, by name.
    Equipment,
    /// A bill for a machine's time.
    Bill,
    /// A lot of material.
    Lot,
    /// Money to promise, or more of it: `+50`.
    Pledge,
    /// A log.
    Log,
    /// A movement of money.
    Money,
    /// One of the listed words.
    Choice,
    /// Yes or no.
    Flag,
    /// A file that comes with the command, on platforms where one can; its value is the file's name. Never required.
    File,
}

impl OptionKind {
    /// Whether what is typed is what somebody or something is called, which stays what it is in every language.
    pub fn is_called(self) -> bool {
        matches!(
            self,
            OptionKind::Text
                | OptionKind::Name
                | OptionKind::Fund
                | OptionKind::Person
                | OptionKind::Project
                | OptionKind::Milestone
                | OptionKind::Line
                | OptionKind::Pool
                | OptionKind::Equipment
        )
    }

    /// The word for it in help.
    pub fn word(self) -> &'static str {
        match self {
            OptionKind::Text => "text",
            OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund => "name",
            OptionKind::Word => "word",
            OptionKind::Duration | OptionKind::Estimate => "duration, as 2h30",
            OptionKind::Amount => "amount, as 12.50",
            OptionKind::ForeignAmount => "amount, as USD 12.50",
            OptionKind::Balance => "balance, as -12.50",
            OptionKind::Quantity => "number",
            OptionKind::PastDate | OptionKind::Date => "date, as 2026-01-31 or yesterday",
            OptionKind::Days => "days, as 14",
            OptionKind::Person => "person",
            OptionKind::Project => "project",
            OptionKind::Task => "task, as #3",
            OptionKind::Log => "log, as L3",
            OptionKind::Money => "money entry, as M3",
            OptionKind::Distribution => "distribution, as D3",
            OptionKind::Batch => "batch, as B3",
            OptionKind::Proposal => "proposal, as R3",
            OptionKind::Milestone => "milestone",
            OptionKind::Pool => "pool",
            OptionKind::Equipment => "machine",
            OptionKind::Bill => "use, as U3",
            OptionKind::Lot => "lot, as S3",
            OptionKind::Pledge => "amount, as 200 or +50",
            OptionKind::Line => "line, as P3",
            OptionKind::Choice => "one of",
            OptionKind::Flag => "yes or no",
            OptionKind::File => "file, attached",
        }
    }
}

/// `commands/_shared.toml`: texts that several commands say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// Texts that any command may give.
    pub everywhere: BTreeMap<String, Texts>,
    /// Texts that any command with an option of a kind may give.
    pub kinds: BTreeMap<OptionKind, BTreeMap<String, Texts>>,
    /// Texts that the commands name which may give them (`says`).
    pub listed: BTreeMap<String, Texts>,
    /// Words on what platforms show beside texts: buttons, the name of a file.
    pub words: BTreeMap<String, Texts>,
}

/// `commands/_words.toml`: what is typed and what replies are made of, word by word, in the languages besides English.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The words of commands' names.
    pub command: BTreeMap<String, Texts>,
    /// The names of options.
    pub option: BTreeMap<String, Texts>,
    /// Choices, and other [terms](crate::message::field::Term).
    pub term: BTreeMap<String, Texts>,
}

/// A word as it is compared with others: in lower case, without accents, which not every keyboard has.
pub fn folded(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(word.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)).collect())
}

impl Words {
    /// Whether a word of a command's name is what somebody typed in another language.
    pub fn is(&self, english: &str, typed: &str) -> bool {
        let typed = folded(typed);
        self.command.get(english).is_some_and(|texts| texts.values().any(|word| folded(word) == typed))
    }

    /// A command's name, word by word, in the languages that have all of its words.
    pub fn names(&self, name: &str) -> Texts {
        let others = LANGUAGES.iter().skip(1);
        let in_language = |language: &&str| {
            let words: Option<Vec<&str>> =
                name.split(' ').map(|word| Some(self.command.get(word)?.get(*language)?.as_str())).collect();
            Some(((*language).to_owned(), words?.join(" ")))
        };
        others.filter_map(in_language).collect()
    }
}

impl Command {
    /// Its name in a language.
    pub fn name_in(&self, language: &str) -> &str {
        self.names.get(language).unwrap_or(&self.name)
    }

    /// Whether it begins something with the people it names: with nobody who is forgotten then; only money that moved
    /// is still noted.
    pub fn begins_with_people(&self) -> bool {
        self.writes && !self.money
    }

    /// Its first option of a kind.
    pub fn option_of(&self, kind: OptionKind) -> Option<&Opt> {
        self.options.iter().find(|option| option.kind == kind)
    }

    /// An option by one of its names.
    pub fn option(&self, name: &str) -> Option<&Opt> {
        self.options.iter().find(|option| option.is_called(name))
    }

    /// The options that may be given by position, in order.
    pub fn positional(&self) -> impl Iterator<Item = &Opt> {
        self.options.iter().filter(|option| option.by_position())
    }

    /// How it is typed: `log hours <time> [what] task: role:`.
    pub fn usage(&self, language: &str) -> String {
        let mut usage = self.name_in(language).to_owned();
        for option in &self.options {
            let name = option.name_in(language);
            usage.push_str(&match (option.by_position(), option.required) {
                (true, true) => format!(" <{name}>"),
                (true, false) => format!(" [{name}]"),
                (false, true) => format!(" {name}:<{name}>"),
                (false, false) => format!(" {name}:"),
            });
        }
        usage
    }
}

/// The words of a language, or English.
pub fn text_in<'a>(texts: &'a Texts, language: &str) -> &'a str {
    texts.get(language).or_else(|| texts.get("en")).map_or("", String::as_str)
}
