//! Rows as every database keeps them.

use std::fmt;
use std::str::FromStr;

use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::directory::StoredFile;
use crate::message::asked::{Asked, Fingerprint};
use crate::message::reply::Reply;
use crate::platform::Platform;

/// A row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// The network's id.
    pub network: String,
    /// The entry's place, from 1.
    pub seq: u64,
    /// When it took effect.
    pub at: Timestamp,
    /// The fact's kind.
    pub kind: String,
    /// The kind's version.
    pub version: u32,
    /// The JSON that was hashed.
    pub payload: String,
    /// The chained hash.
    pub hash: Hash,
}

/// A message that was meant for the bot, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// The platform's event id.
    pub event: String,
    /// The network of its room.
    pub network: Option<String>,
    /// When it took effect.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: InboxOutcome,
    /// The hash of the author and the text, for a command that was carried out.
    pub repeat_key: Option<Hash>,
    /// The labels of the logs and the movements of money that it recorded, with a space between two: `L3 M1`.
    pub recorded: String,
}

/// What became of a message. It is stored as text: [`Display`](fmt::Display) writes it, [`FromStr`] reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxOutcome {
    /// `done`: its command was carried out.
    Done,
    /// `read`: it was answered, and changed nothing.
    Read,
    /// `asked`: its author was asked to confirm it.
    Asked,
    /// `refused`, and the refusal's key.
    Refused(String),
    /// `fault`, and the id under which the program's fault is logged.
    Fault(String),
}

impl fmt::Display for InboxOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InboxOutcome::Done => formatter.write_str("done"),
            InboxOutcome::Read => formatter.write_str("read"),
            InboxOutcome::Asked => formatter.write_str("asked"),
            InboxOutcome::Refused(key) => write!(formatter, "refused {key}"),
            InboxOutcome::Fault(id) => write!(formatter, "fault {id}"),
        }
    }
}

/// A stored text that is not an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no message comes to this")]
pub struct UnknownOutcomeError;

impl FromStr for InboxOutcome {
    type Err = UnknownOutcomeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            None if text == "done" => Ok(InboxOutcome::Done),
            None if text == "read" => Ok(InboxOutcome::Read),
            None if text == "asked" => Ok(InboxOutcome::Asked),
            Some(("refused", key)) => Ok(InboxOutcome::Refused(key.to_owned())),
            Some(("fault", id)) => Ok(InboxOutcome::Fault(id.to_owned())),
            _ => Err(UnknownOutcomeError),
        }
    }
}

/// A reply on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its number; platforms make their delivery keys of it.
    pub id: i64,
    /// When it was written.
    pub at: Timestamp,
    /// The platform that delivers it.
    pub platform: Platform,
    /// The lane that keeps its order.
    pub lane: String,
    /// The room.
    pub room: String,
    /// The only account that may read it; everyone in the room if nobody is named.
    pub reader: Option<String>,
    /// The event that it answers.
    pub reply_to: Option<String>,
    /// The thread that it belongs in.
    pub thread: Option<String>,
    /// The accounts that it mentions: those who have something to do, or to know.
    pub mentions: Vec<String>,
    /// The handle of the person who gets this answer, if they belong to the network. Their own lines of a long list
    /// stand out.
    pub asker: Option<String>,
    /// The network whose command it answers.
    pub network: Option<String>,
    /// The language that it is written in.
    pub language: String,
    /// The fingerprint of what the reply asks about.
    pub shown: Option<Fingerprint>,
    /// The reply, rendered when it is sent.
    pub reply: Reply,
    /// The files that it names, fetched from where they are stored when it is sent.
    pub files: Vec<StoredFile>,
}

impl OutboxRow {
    /// What the reply asks, in the form that an answer must name. `reply` is the row's reply, or a part of it.
    pub fn asks(&self, reply: &Reply) -> Option<Asked> {
        Some(Asked { network: self.network.clone()?, about: reply.asks()?, shown: self.shown.clone()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_it_was_written() {
        let refused = InboxOutcome::Refused("too-many".to_owned());
        let fault = InboxOutcome::Fault("1f2e3d4c".to_owned());
        for (outcome, text) in [
            (InboxOutcome::Done, "done"),
            (InboxOutcome::Read, "read"),
            (InboxOutcome::Asked, "asked"),
            (refused, "refused too-many"),
            (fault, "fault 1f2e3d4c"),
        ] {
            assert_eq!(outcome.to_string(), text);
            assert_eq!(text.parse(), Ok(outcome));
        }
        for text in ["", "lost", "done twice", "refused", "fault"] {
            assert_eq!(text.parse::<InboxOutcome>(), Err(UnknownOutcomeError), "{text}");
        }
    }
}
