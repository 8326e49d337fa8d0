//! Messages as adapters hand them over. Platform types end here.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::oneshot;

use crate::clock::Turn;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::complete::Choice;
use crate::grammar::parse::Call;
use crate::grammar::spec::Trigger;
use crate::message::asked::Asked;
use crate::message::refusal::Refusal;

/// How far a platform's clock may be ahead of ours. A later stamp can't be accepted: if the message came again, its
/// stamp wouldn't show that it was handled long ago.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// A message as an adapter hands it over.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The platform's event id. The same id is never executed twice.
    pub event: String,
    /// The room in which it was sent.
    pub room: RoomKey,
    /// Its author's account.
    pub account: Account,
    /// The name of its author on the platform.
    pub name: String,
    /// Whether the author administers the room by the platform's own permissions.
    pub host: bool,
    /// When it was sent, according to the platform. People who run their own server can forge it.
    pub said_at: Timestamp,
    /// When the bot received it.
    pub received_at: Timestamp,
    /// Its content.
    pub content: Content,
    /// What else the platform knows about it.
    pub context: MessageContext,
}

/// What only some platforms know about a message. By default nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageContext {
    /// Whether its author and the bot are alone in the room.
    pub direct: bool,
    /// What the room lies in, from the inside out: a thread's channel, a channel's guild. Their network and project
    /// apply in the room.
    pub within: Vec<RoomKey>,
    /// Whether the platform shows its author that an answer is on its way. Then there must be one.
    pub awaited: bool,
    /// Whether it came live or later.
    pub arrival: Arrival,
    /// Whether an earlier run had read its room beyond it. It is most likely known, and no order depends on it.
    pub is_behind_cursor: bool,
    /// How far its encryption can be trusted.
    pub encryption: EncryptionTrust,
    /// The event that replies refer to, if it isn't the message itself.
    pub reply_to: Option<String>,
    /// The thread in which it was sent.
    pub thread: Option<String>,
    /// The files that came with it, by the option that each was given for.
    pub files: BTreeMap<String, Attached>,
    /// Its author's language, according to the platform.
    pub locale: Option<String>,
    /// Whether the operator keeps its author from beginning a network.
    pub bars_founding: bool,
    /// The event up to which the room has been handed over. Reading continues there after a restart.
    pub read_up_to: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its content; `None` while it is being fetched.
    pub bytes: Option<Arc<[u8]>>,
}

/// The largest file that is accepted, in bytes.
pub const LARGEST_FILE: usize = 8_000_000;

/// How a message came: live or later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrival {
    /// The bot was listening. The stamp of the message is only a claim.
    #[default]
    Live,
    /// It was read back after the bot had not been listening.
    CaughtUp {
        /// Until when the bot had listened, if the platform knows. Otherwise: until the end of the last run.
        since: Option<Timestamp>,
    },
}

/// How much later than its stamp a live message may come and still count at its stamp. Federation and clocks take
/// time.
pub const SLACK: TimeDelta = TimeDelta::minutes(5);

/// How far a message is trusted to be what its author sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EncryptionTrust {
    /// As far as the platform.
    #[default]
    Platform,
    /// As far as the operators of the room's server: the room isn't encrypted.
    Unencrypted,
    /// It was encrypted on a device of its author.
    OwnDevice,
    /// It is a reaction in an encrypted room. Reactions are never encrypted.
    Reaction,
    /// Not at all: it came unencrypted into an encrypted room, or with another person's key.
    Forged,
}

impl Inbound {
    /// A message without an author: something happened, or time has passed.
    pub fn unsaid(event: String, room: RoomKey, content: Content, at: Timestamp) -> Self {
        Self {
            event,
            room,
            account: Account::of_system(),
            name: String::new(),
            host: false,
            said_at: at,
            received_at: at,
            content,
            context: MessageContext::default(),
        }
    }

    /// Its place among waiting messages: when it came, or when it was sent if the bot wasn't listening then.
    pub(crate) fn turn(&self) -> Timestamp {
        if self.context.is_behind_cursor {
            // Its stamp must not hold up what was said after it in its room.
            return Timestamp::MIN_UTC;
        }
        match self.context.arrival {
            Arrival::Live => self.received_at,
            Arrival::CaughtUp { since } => self.said_at.max(since.unwrap_or(self.said_at)).min(self.received_at),
        }
    }

    /// Merges another dropped message of the same account into this one, so that a flood fills no queue. Returns
    /// whether it did.
    pub(crate) fn absorbs(&mut self, next: &Self) -> bool {
        if self.content != Content::Dropped || next.content != Content::Dropped || self.account != next.account {
            return false;
        }
        self.said_at = self.said_at.max(next.said_at);
        if next.context.read_up_to.is_some() {
            self.context.read_up_to.clone_from(&next.context.read_up_to);
        }
        true
    }

    /// The room and what it lies in, from the inside out.
    pub fn places(&self) -> impl Iterator<Item = &RoomKey> {
        std::iter::once(&self.room).chain(&self.context.within)
    }
}

/// A request for completions, answered between batches from committed state. It leaves no trace.
#[derive(Debug)]
pub struct Lookup {
    /// The room, and what it lies in, from the inside out.
    pub places: Vec<RoomKey>,
    /// The account that asks.
    pub account: Account,
    /// The command that is being typed.
    pub command: String,
    /// The option that is being typed.
    pub option: String,
    /// Its text so far.
    pub typed: String,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Vec<Choice>>,
}

/// Something that happened on a platform or to the clock. The command that answers it is named by its [`Trigger`].
#[derive(Debug, Clone, PartialEq)]
pub enum SystemEvent {
    /// The bot came into the room.
    BotJoined,
    /// The room replaces another of its platform.
    RoomReplaced {
        /// The other room's id.
        from: String,
    },
    /// A file came that was on its way when its command was executed.
    FileArrived {
        /// The event id of that command's message.
        event: String,
        /// The file.
        file: Attached,
    },
    /// Such a file does not come.
    FileLost {
        /// The event id of the command's message.
        event: String,
        /// What its author calls the file.
        name: String,
        /// Whether it was larger than [`LARGEST_FILE`].
        is_too_large: bool,
    },
    /// A message was edited or removed after it had been read. Nothing is obeyed anew: its author, who is the account
    /// that it comes with, is told what still stands.
    MessageChanged {
        /// Its event id.
        event: String,
        /// What it says now.
        now: ChangedMessage,
        /// The labels of what it had recorded, with a space between two. The engine looks them up.
        recorded: String,
    },
    /// The machine's clock is doubted, or certain again. Every network hears of it.
    ClockChanged(Turn),
}

/// What a message says after it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedMessage {
    /// A command, without the prefix.
    Line(String),
    /// Nothing for the bot.
    Talk,
    /// Nothing: it is gone.
    Removed,
}

impl ChangedMessage {
    /// The event id of a message's change by an account: the same for each of its edits, so that it is told once.
    pub fn event(&self, of: &str, by: &str) -> String {
        match self {
            Self::Line(_) | Self::Talk => format!("edited {of} {by}"),
            Self::Removed => format!("removed {of} {by}"),
        }
    }
}

impl SystemEvent {
    /// The name for it in a command's file (`on`).
    pub fn trigger(&self) -> Trigger {
        match self {
            SystemEvent::BotJoined => Trigger::BotJoined,
            SystemEvent::RoomReplaced { .. } => Trigger::RoomReplaced,
            SystemEvent::FileArrived { .. } => Trigger::FileArrived,
            SystemEvent::FileLost { .. } => Trigger::FileLost,
            SystemEvent::MessageChanged { .. } => Trigger::MessageChanged,
            SystemEvent::ClockChanged(_) => Trigger::ClockChanged,
        }
    }

    /// The options of its command, by name. A file is not among them: the engine gives it to the option that takes
    /// one.
    pub fn options(&self) -> BTreeMap<String, String> {
        let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match self {
            SystemEvent::BotJoined => BTreeMap::new(),
            SystemEvent::RoomReplaced { from } => [option("from", from)].into(),
            SystemEvent::FileArrived { event, .. } => [option("event", event)].into(),
            SystemEvent::FileLost { event, name, is_too_large } => {
                let large = is_too_large.then(|| option("large", "yes"));
                [option("event", event), option("name", name)].into_iter().chain(large).collect()
            }
            SystemEvent::MessageChanged { event: _, now, recorded } => {
                let now = match now {
                    ChangedMessage::Line(line) => Some(option("line", line)),
                    ChangedMessage::Talk => None,
                    ChangedMessage::Removed => Some(option("removed", "yes")),
                };
                let recorded = Some(option("recorded", recorded)).filter(|(_, labels)| !labels.is_empty());
                recorded.into_iter().chain(now).collect()
            }
            SystemEvent::ClockChanged(Turn::Doubted { wall, now }) => {
                let (wall, now) = (wall.to_rfc3339(), now.to_rfc3339());
                [option("turn", "doubted"), option("now", &now), option("wall", &wall)].into()
            }
            SystemEvent::ClockChanged(Turn::Moved(now)) => {
                [option("turn", "moved"), option("now", &now.to_rfc3339())].into()
            }
            SystemEvent::ClockChanged(Turn::Stayed(now)) => {
                [option("turn", "stayed"), option("now", &now.to_rfc3339())].into()
            }
        }
    }
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A line of text, without the prefix.
    Text(String),
    /// A command with its options, from a platform with structured commands.
    Call(Call),
    /// A yes or no to a question of the bot, by a button or a reaction.
    Answer(Asked, bool),
    /// Something that happened on the platform or to the clock, without an author.
    System(SystemEvent),
    /// A message that can't be executed, and whether its author is told why.
    Refused(Refusal, bool),
    /// Time has passed up to now.
    Tick {
        /// Whether the bot was running meanwhile. Then a recurring job has each of its turns. Otherwise it has one
        /// turn for all that were missed.
        each_turn: bool,
    },
    /// Nothing for the bot. The room has been read up to here.
    Passed,
    /// A message that exceeded a limit. Only this is kept: the account's messages up to then have been handled.
    Dropped,
}
