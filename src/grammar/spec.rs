//! The model of `commands/*.toml`: everything about a command except what it does.
//!
//! A command's name, options, roles, texts and examples are written in its file and nowhere else. The text parser, the
//! help, `docs/commands.md` and the registration of slash commands are derived from these files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::grammar::option_kind::OptionKind;
use crate::message::part::Part;

/// Texts by language code. English is always there.
pub type Texts = BTreeMap<String, String>;

/// How a message is worded, and what part of a reply it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Wording {
    /// The part. A fact and a row have several cells, separated by [`Wording::BETWEEN`].
    #[serde(default)]
    pub part: Part,
    /// What the columns of a row are called, as many as it has cells. Rows after each other with the same heads are one
    /// table.
    #[serde(default)]
    pub heads: Texts,
    /// Whether it is folded away, where that is possible.
    #[serde(default)]
    pub folded: bool,
    /// The commands that fit next, with fields of the message in them.
    #[serde(default)]
    pub next: Vec<String>,
    /// The text.
    #[serde(flatten)]
    pub texts: Texts,
}

impl Wording {
    /// What separates cells.
    pub const BETWEEN: &str = " | ";
}

/// All languages, by code. The first one is the language of all names.
pub const LANGUAGES: [&str; 3] = ["en", "fr", "es"];

/// A command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Its words: `log hours`.
    pub name: String,
    /// Its names in other languages, from [`Words`].
    #[serde(skip)]
    pub names: Texts,
    /// A shorter way to type it.
    pub alias: Option<String>,
    /// The alias in other languages.
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
    /// Whether its answer is meant for its author, though others may read it: it is in the author's language.
    #[serde(default)]
    pub personal: bool,
    /// Whether repeating it within minutes is probably a mistake, so that the bot asks first.
    #[serde(default)]
    pub once: bool,
    /// Whether it goes on with the list that its author looked at last.
    #[serde(default)]
    pub goes_on: bool,
    /// Whether only its author's latest call counts: it drops the questions that earlier calls left open.
    #[serde(default)]
    pub newest: bool,
    /// Whether it takes back something that went wrong, or answers whether to do so. A flood in a room can't keep a
    /// custodian from using it.
    #[serde(default)]
    pub takes_back: bool,
    /// The kind of room it needs.
    #[serde(default)]
    pub room: Room,
    /// The event that it answers, if the system gives it for an event.
    pub on: Option<Trigger>,
    /// What is read for it before it is decided, besides the books.
    pub reads: Option<Reads>,
    /// What it does, in one line.
    pub summary: Texts,
    /// The words by which it is looked for, besides those of its name.
    #[serde(default)]
    pub search: Texts,
    /// Additional notes.
    #[serde(default)]
    pub notes: Texts,
    /// Its name in the menu of a message, on platforms with menus. Its options by position are then asked for, with the
    /// message's text for the last of them.
    #[serde(default)]
    pub on_message: Texts,
    /// Its name in the menu of a person, on platforms with menus. The person is then its option that takes one.
    #[serde(default)]
    pub on_person: Texts,
    /// What a button that calls it says.
    #[serde(default)]
    pub button: Texts,
    /// Whether such a button is for the person whose message it answers, and nobody else.
    #[serde(default)]
    pub button_is_own: bool,
    /// Its options.
    #[serde(default, rename = "option")]
    pub options: Vec<Opt>,
    /// Whole lines that work, without the prefix.
    #[serde(default)]
    pub examples: Vec<String>,
    /// The texts of this command only, by key.
    #[serde(default)]
    pub reply: BTreeMap<String, Wording>,
    /// The refusals of this command only, by key.
    #[serde(default)]
    pub refusal: BTreeMap<String, Wording>,
    /// The shared texts that it may use besides, by key.
    #[serde(default)]
    pub says: Vec<String>,
}

/// An event that a command answers. Each has one command, whose options are the event's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Somebody answered a question of the bot with yes, by a button or a reaction.
    AnsweredYes,
    /// The same, answered with no.
    AnsweredNo,
    /// The bot came into a room.
    BotJoined,
    /// A room replaced another.
    RoomReplaced,
    /// A file came that was on its way when its command was executed.
    FileArrived,
    /// Such a file is not coming.
    FileLost,
    /// A message was edited or removed after it was read.
    MessageChanged,
    /// The machine's clock is in doubt, or reliable again.
    ClockChanged,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AnsweredYes,
        Self::AnsweredNo,
        Self::BotJoined,
        Self::RoomReplaced,
        Self::FileArrived,
        Self::FileLost,
        Self::MessageChanged,
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

/// How an option's value names the command's network, if the room doesn't.
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
    /// Anyone in the room.
    Observer,
    /// Somebody who joined.
    Affiliate,
    /// A lead of the project that the command is about.
    Lead,
    /// A custodian.
    Custodian,
    /// A steward.
    Steward,
    /// Somebody who administers the room, by the platform's own permissions.
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

/// The kind of room that a command needs.
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
    /// Its name in other languages, from [`Words`].
    #[serde(skip)]
    pub names: Texts,
    /// These names as they may be typed, without accents.
    #[serde(skip)]
    pub typed: Vec<String>,
    /// Other names that mean it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The kind of its value.
    pub kind: OptionKind,
    /// Whether the command needs it.
    #[serde(default)]
    pub required: bool,
    /// Whether it may be given by position without being required.
    #[serde(default)]
    pub positional: bool,
    /// Whether it is always given by name, even if required; other required options go by position.
    #[serde(default)]
    pub named: bool,
    /// The words that a `choice` takes.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Its default value.
    #[serde(default)]
    pub default: Option<Default>,
    /// Who may use it, in place of the command's own roles.
    #[serde(default)]
    pub roles: Vec<Caller>,
    /// The options whose values may stand among the words of this text: a day, a task. They are taken from there if
    /// they aren't given by name.
    #[serde(default)]
    pub holds: Vec<String>,
    /// Whether the text names somebody. A day at one of its ends may be part of the name, and is asked about.
    #[serde(default)]
    pub party: bool,
    /// Whether the text names something new. A word with a colon in it is no part of it, nor is the name of an option.
    #[serde(default)]
    pub plain: bool,
    /// How its value names the command's network, if the room doesn't.
    pub network: Option<NetworkBy>,
    /// Whether the command is executed while its file is on its way. [`Trigger::FileArrived`] or [`Trigger::FileLost`]
    /// follows.
    #[serde(default)]
    pub later: bool,
    /// The most characters a text may have.
    #[serde(default = "most_characters")]
    pub most: usize,
    /// Its help, in a few words.
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

    /// Whether a typed name means this option.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name
            || self.aliases.iter().any(|alias| alias == name)
            || self.typed.iter().any(|known| *known == folded(name))
    }

    /// Its names in all languages.
    pub fn called(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).chain(&self.typed).map(String::as_str)
    }

    /// Its name in a language.
    pub fn name_in(&self, language: &str) -> &str {
        self.names.get(language).unwrap_or(&self.name)
    }
}

/// The default value of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Default {
    /// The task's or the log's project, else the room's, else the only one; without any, the command is refused.
    Project,
    /// The room's project, if it has one.
    RoomProject,
    /// The day on which the command was said.
    Today,
    /// The room's pool, else the only open one; without any, the command is refused.
    Pool,
    /// The room's machine, or its pool's, else the only one; without any, the command is refused.
    Equipment,
}

/// `commands/_shared.toml`: texts that several commands say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// Texts that any command may give.
    pub everywhere: BTreeMap<String, Wording>,
    /// Texts that any command with an option of a kind may give.
    pub kinds: BTreeMap<OptionKind, BTreeMap<String, Wording>>,
    /// Texts for the commands that list them under `says`.
    pub listed: BTreeMap<String, Wording>,
    /// Words that platforms show beside texts: on buttons, as the name of a file.
    pub words: BTreeMap<String, Texts>,
}

/// `commands/_words.toml`: typed words and words of replies, in the languages besides English.
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

/// A word in the form in which words are compared: in lower case, and without accents, which not every keyboard has.
pub fn folded(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(word);
    }
    let plain = |c| if c == '’' { '\'' } else { c };
    Cow::Owned(word.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect())
}

impl Words {
    /// Whether a typed word is the word of a command's name in another language.
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

    /// Whether it begins something with the people that it names. Then none of them may be erased; money that moved can
    /// still be recorded.
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
