//! Where everything is kept: the journal, and what lies beside it.
//!
//! The store is small on purpose: load it all, ask which events are known, commit one batch. A [`Batch`] is one transaction
//! and moves the head of every network it touches, which fences out a second writer.

pub mod sqlite;
pub(crate) mod verify;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::future::Future;
use std::str::FromStr;

use crate::commands::context::Verification;
use crate::core::books::apply::Corrupt;
use crate::core::books::state::Books;
use crate::core::entry::{Entry, Fact, PayloadError};
use crate::core::ids::{Hash, TextRef};
use crate::core::money::Commodity;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, RoomKey, StoredFile, Write};
use crate::message::asked::{Asked, Fingerprint};
use crate::message::reply::Reply;

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
    /// What became of it.
    pub outcome: InboxOutcome,
    /// The hash of who said what, for a command that was carried out.
    pub said: Option<Hash>,
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

/// A stored text that is no outcome.
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
    /// The handle of whoever said what it answers, if they are one of the network: their own lines of a long list stand out.
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
    /// What is asked by the row's reply or a part of it, as an answer has to name it.
    pub fn asks(&self, reply: &Reply) -> Option<Asked> {
        Some(Asked { network: self.network.clone()?, about: reply.asks()?, shown: self.shown.clone()? })
    }
}

/// The head of a network before and after a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadMove {
    /// Entries and last hash that the batch was decided on.
    pub from: (u64, Hash),
    /// Entries and last hash after it.
    pub to: (u64, Hash),
}

/// What one transaction writes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Messages that were decided.
    pub inbox: Vec<InboxRow>,
    /// New entries, in order.
    pub journal: Vec<JournalRow>,
    /// The heads that move, by network.
    pub heads: BTreeMap<String, HeadMove>,
    /// Changes beside the journal, by network, in order.
    pub writes: Vec<(String, Write)>,
    /// New replies.
    pub outbox: Vec<OutboxRow>,
    /// Replies that have arrived.
    pub delivered: Vec<i64>,
    /// Replies that never will, and why.
    pub undeliverable: Vec<(i64, String)>,
    /// How far rooms have been read.
    pub cursors: BTreeMap<RoomKey, String>,
    /// When the last of a room came.
    pub readings: BTreeMap<RoomKey, Timestamp>,
    /// Accounts whose messages up to an instant have all been dealt with: some exceeded a limit, and have no inbox row.
    pub passed_over: BTreeMap<Account, Timestamp>,
}

impl Batch {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a batch was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A network's head is not where the batch was decided: somebody else wrote.
    #[error("another writer has moved the journal's head")]
    Overtaken,
    /// The database can't be reached or written just now.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database does not take these rows.
    #[error("the database refuses the rows: {0}")]
    Rejected(String),
}

/// Why a store can't be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database says so.
    #[error("database: {0}")]
    Database(String),
    /// It can't be read or written just now. It may help to try again.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Part of it is missing: the log beside it was lost, or it is not the file that was used last.
    #[error("{path} is not complete: {why}")]
    Incomplete {
        /// The database file.
        path: String,
        /// What is missing, and what to do.
        why: String,
    },
    /// Another process is writing.
    #[error("{path} is in use by process {holder}; stop that one first, or open another file with --db")]
    Locked {
        /// The database file.
        path: String,
        /// Who holds it.
        holder: String,
    },
    /// A row of the journal is not what was hashed.
    #[error("the journal is damaged at entry {seq} of network {network}: {why}; `fairshare verify` tells more")]
    Damaged {
        /// The network's id.
        network: String,
        /// The entry's place.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// An entry that this program doesn't know.
    #[error("{0}")]
    Newer(PayloadError),
}

/// A network as it is kept: its books and its directory.
#[derive(Debug, Clone)]
pub struct Network {
    /// The fold of its journal.
    pub books: Books,
    /// Who and where.
    pub directory: Directory,
}

/// Everything that is kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// Networks, by id.
    pub networks: BTreeMap<String, Network>,
    /// Replies that were not delivered yet, in order.
    pub outbox: Vec<OutboxRow>,
    /// The number of the last reply.
    pub last_outbox: i64,
    /// Commands that were carried out lately: what was said, and when it took effect.
    pub recent: Vec<(Hash, Timestamp)>,
    /// When the last of each room came.
    pub readings: HashMap<RoomKey, Timestamp>,
    /// What is not obeyed though it has no inbox row.
    pub passed_over: PassedOver,
}

impl Kept {
    /// The last instant that this knows of.
    pub fn latest(&self) -> Option<Timestamp> {
        self.readings.values().copied().chain(self.last_entry()).max()
    }

    /// When the last run was alive, having caught up with everything said before: by then time had passed in it.
    pub fn last_alive(&self) -> Option<Timestamp> {
        self.readings.get(&RoomKey::of_time()).copied().or_else(|| self.last_entry())
    }

    fn last_entry(&self) -> Option<Timestamp> {
        self.networks.values().map(|network| network.books.last_at).max()
    }
}

/// Instants up to which everything has been dealt with, whether or not it has an inbox row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// By anybody: rows up to then were deleted.
    pub all: Option<Timestamp>,
    /// By accounts of which something exceeded a limit.
    pub by: HashMap<Account, Timestamp>,
}

/// A database.
pub trait Store: Send + Sync + 'static {
    /// Reads everything.
    fn load(&self) -> impl Future<Output = Result<Kept, StoreError>> + Send;
    /// Reads one network anew; nothing, where there is none of that id.
    fn network(&self, id: &str) -> impl Future<Output = Result<Option<Network>, StoreError>> + Send;
    /// Which of these events have an inbox row.
    fn known(&self, events: &[String]) -> impl Future<Output = Result<HashSet<String>, StoreError>> + Send;
    /// Writes a batch, all of it or nothing.
    fn commit(&self, batch: &Batch) -> impl Future<Output = Result<(), CommitError>> + Send;
    /// Replays the stored journal of a network and says what is not as it was written, in the whole file and beside that journal.
    fn verify(&self, network: &str) -> impl Future<Output = Result<Verification, StoreError>> + Send;
    /// A file that lies beside a network's journal; nothing once it was erased.
    fn file(&self, network: &str, file: TextRef) -> impl Future<Output = Result<Option<StoredFile>, StoreError>> + Send;
    /// Deletes what is older than an instant and not needed any more, the oldest first, at most so many rows: of the inbox, and of
    /// replies that could not be delivered. Gives the instant up to which no inbox row is missed, if any was deleted.
    fn prune(&self, _before: Timestamp, _most: usize) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send {
        std::future::ready(Ok(None))
    }
    /// Leaves everything in one file, and ends.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Folds a network's rows, in order, into its books. Damage is an error: books are never made of a broken chain.
pub fn fold(network: &str, rows: &[JournalRow]) -> Result<Books, StoreError> {
    let mut books = Books::empty(network, first_commodity(rows));
    for row in rows {
        let damaged = |why: String| StoreError::Damaged { network: network.to_owned(), seq: row.seq, why };
        let entry = Entry::parse(&row.payload).map_err(|error| match error {
            PayloadError::Newer { .. } => StoreError::Newer(error),
            PayloadError::Malformed(why) => damaged(why),
        })?;
        books.apply(&entry, &row.payload).map_err(|Corrupt { why, .. }| damaged(why.to_owned()))?;
        if books.head != row.hash {
            return Err(damaged("its hash does not follow from the entry before it and its payload".to_owned()));
        }
    }
    Ok(books)
}

fn first_commodity(rows: &[JournalRow]) -> Commodity {
    let named = rows.first().and_then(|row| Entry::parse(&row.payload).ok()).and_then(|entry| match entry.fact {
        Fact::NetworkCreated(created) => created.commodity(),
        _ => None,
    });
    named.unwrap_or(crate::core::money::NO_COMMODITY)
}
