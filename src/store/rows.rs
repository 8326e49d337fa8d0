//! Rows as every database keeps them.

use crate::core::entry::{Hash, Timestamp};
use crate::directory::StoredFile;
use crate::reply::{Asked, Fingerprint, Reply};

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
    /// The network it was said in.
    pub network: Option<String>,
    /// When it took effect.
    pub at: Timestamp,
    /// What became of it: `done`, `read`, `asked`, `refused ...`, `fault ...`.
    pub outcome: String,
    /// The hash of who said what, for a command that was carried out.
    pub said: Option<Hash>,
}

/// A reply on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its number; platforms make their delivery keys of it.
    pub id: i64,
    /// When it was written.
    pub at: Timestamp,
    /// The platform that delivers it.
    pub platform: String,
    /// The lane in which it keeps its place.
    pub lane: String,
    /// The room.
    pub room: String,
    /// The only account that may read it; everyone in the room if nobody is named.
    pub reader: Option<String>,
    /// The event that it answers.
    pub reply_to: Option<String>,
    /// The thread that it belongs in.
    pub thread: Option<String>,
    /// The accounts that it calls: those who have something to do, or to know, by it.
    pub mentions: Vec<String>,
    /// The handle of whoever said what it answers, if they are one of the network: their own lines of a long list
    /// stand out.
    pub asker: Option<String>,
    /// The network whose command it answers.
    pub network: Option<String>,
    /// The language that it is written in.
    pub language: String,
    /// What the reply asks about, as it was when it was asked.
    pub shown: Option<Fingerprint>,
    /// The reply, rendered when it is sent.
    pub reply: Reply,
    /// The files that it names, taken from where they are kept when it is sent.
    pub files: Vec<StoredFile>,
}

impl OutboxRow {
    /// What the reply asks, in the form that an answer must name. `reply` is the row's reply, or a part of it.
    pub fn asks(&self, reply: &Reply) -> Option<Asked> {
        Some(Asked { network: self.network.clone()?, about: reply.asks()?, shown: self.shown.clone()? })
    }
}
