//! A message as an adapter hands it over. No platform's own type passes this point.

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

/// How far a platform's clock may be ahead of ours. What is stamped later than that can't be obeyed: when it comes again, nobody
/// could tell by its stamp that it was dealt with long ago.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// A message as an adapter hands it over. No platform's own type passes this point.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The platform's id of the event; the same id is never obeyed twice.
    pub event: String,
    /// Where it was said.
    pub room: RoomKey,
    /// By which account.
    pub account: Account,
    /// What the platform calls its author.
    pub name: String,
    /// Whether the author administers the room by the platform's own permissions.
    pub host: bool,
    /// When it was said, by the platform. Where others run a server of their own, they can write what they like into this.
    pub said_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What was said.
    pub said: Said,
    /// What else the platform knows of it.
    pub circumstances: Circumstances,
}

/// What some platforms know of a message, and others don't: by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether it was said in a room of its author and the bot alone.
    pub direct: bool,
    /// What the room lies in, from the inside out: a thread's channel, a channel's guild. What those are tied to holds in it.
    pub within: Vec<RoomKey>,
    /// Whether its author is shown that an answer is on its way, so that there must be one.
    pub awaited: bool,
    /// Whether it came as it was said, or later.
    pub arrival: Arrival,
    /// How it came.
    pub seal: Seal,
    /// The event that replies relate to, where it is not the message itself.
    pub reply_to: Option<String>,
    /// The thread that it was said in.
    pub thread: Option<String>,
    /// The files that came with it, by the option that each was given for.
    pub files: BTreeMap<String, Attached>,
    /// The language that the platform says its author reads.
    pub locale: Option<String>,
    /// Whether the operator keeps its author from beginning a network.
    pub bars_founding: bool,
    /// The room's event up to which everything has been handed over; reading goes on there after a restart.
    pub read_up_to: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What its author calls it.
    pub name: String,
    /// What is in it; nothing while it is on its way.
    pub bytes: Option<Arc<[u8]>>,
}

/// The most bytes of a file that are taken.
pub const LARGEST_FILE: usize = 8_000_000;

/// Whether a message came as it was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrival {
    /// The bot was listening. When the message says it was said is only a claim.
    #[default]
    Live,
    /// It was read back after nobody had listened for a while.
    CaughtUp {
        /// Until when somebody had listened, if the platform knows; else until the end of the last run.
        since: Option<Timestamp>,
    },
}

/// How much later than it says a live message may come and still count as of then: what federation and clocks take.
pub const SLACK: TimeDelta = TimeDelta::minutes(5);

/// How far a message can be trusted to be what its author sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seal {
    /// As far as the platform is.
    #[default]
    Usual,
    /// As far as those who run the room's server are: nothing is encrypted there.
    Open,
    /// It was encrypted on a device of its author's.
    Sealed,
    /// It is a reaction in a room that is otherwise encrypted, which reactions never are.
    Reaction,
    /// Not at all: in a room that is encrypted it came in the clear, or under another's key.
    Broken,
}

impl Inbound {
    /// What nobody said: it happened, or time has come.
    pub fn unsaid(event: String, room: RoomKey, said: Said, at: Timestamp) -> Self {
        Self {
            event,
            room,
            account: Account::of_system(),
            name: String::new(),
            host: false,
            said_at: at,
            received_at: at,
            said,
            circumstances: Circumstances::default(),
        }
    }

    /// Where it belongs among what waits: by when it came, unless it came late because nobody listened.
    pub(crate) fn turn(&self) -> Timestamp {
        match self.circumstances.arrival {
            Arrival::Live => self.received_at,
            Arrival::CaughtUp { since } => self.said_at.max(since.unwrap_or(self.said_at)).min(self.received_at),
        }
    }

    /// Takes in another dropped message of the same account, so that a flood fills no queue. False if it is something else.
    pub(crate) fn absorbs(&mut self, next: &Self) -> bool {
        if self.said != Said::Dropped || next.said != Said::Dropped || self.account != next.account {
            return false;
        }
        self.said_at = self.said_at.max(next.said_at);
        if next.circumstances.read_up_to.is_some() {
            self.circumstances.read_up_to.clone_from(&next.circumstances.read_up_to);
        }
        true
    }

    /// The room, and what it lies in, from the inside out.
    pub fn places(&self) -> impl Iterator<Item = &RoomKey> {
        std::iter::once(&self.room).chain(&self.circumstances.within)
    }
}

/// A question about what could be typed, answered between batches from what is committed; it leaves no trace.
#[derive(Debug)]
pub struct Lookup {
    /// The room, and what it lies in, from the inside out.
    pub places: Vec<RoomKey>,
    /// Who asks.
    pub account: Account,
    /// The command that is being typed.
    pub command: String,
    /// The option that is being typed.
    pub option: String,
    /// What there is of it so far.
    pub typed: String,
    /// Who waits for the answer.
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
    /// The machine's clock is doubted, or certain again. Every network hears of it.
    ClockChanged(Turn),
}

impl SystemEvent {
    /// What a command's file calls it (`on`).
    pub fn trigger(&self) -> Trigger {
        match self {
            SystemEvent::BotJoined => Trigger::BotJoined,
            SystemEvent::RoomReplaced { .. } => Trigger::RoomReplaced,
            SystemEvent::FileArrived { .. } => Trigger::FileArrived,
            SystemEvent::FileLost { .. } => Trigger::FileLost,
            SystemEvent::ClockChanged(_) => Trigger::ClockChanged,
        }
    }

    /// The options of its command, by name. A file is not among them: the engine gives it to the option that takes one.
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

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A line of text, without the prefix.
    Text(String),
    /// A command with its options, from a platform that has such.
    Call(Call),
    /// A yes or no to what the bot asked in a network, by a button or a reaction.
    Answer(Asked, bool),
    /// Something that happened on the platform or to the clock, without an author.
    System(SystemEvent),
    /// What can't be obeyed; whether its author is told why.
    Refused(Refusal, bool),
    /// Nothing: time has come this far. Whether somebody has watched it pass: then what comes again and again came each time,
    /// else it comes once for all the times that were missed.
    Tick {
        /// Whether somebody has.
        watched: bool,
    },
    /// Nothing for us: the room has been read this far.
    Passed,
    /// Something that exceeded a limit. Nothing of it is kept but that its account's messages up to then have been dealt with.
    Dropped,
}
