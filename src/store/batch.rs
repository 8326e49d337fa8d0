//! What one transaction writes.

use std::collections::BTreeMap;

use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::directory::{Account, DirectoryChange, RoomKey};
use crate::store::rows::{InboxRow, JournalRow, OutboxRow};

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
    pub changes: Vec<(String, DirectoryChange)>,
    /// New replies.
    pub outbox: Vec<OutboxRow>,
    /// Replies that have arrived.
    pub delivered: Vec<i64>,
    /// Replies that will never arrive, with the reason.
    pub undeliverable: Vec<(i64, String)>,
    /// How far rooms have been read.
    pub cursors: BTreeMap<RoomKey, String>,
    /// When the last message of each room came.
    pub readings: BTreeMap<RoomKey, Timestamp>,
    /// Accounts whose messages up to an instant have all been handled: some exceeded a limit, and have no inbox row.
    pub passed_over: BTreeMap<Account, Timestamp>,
}

impl Batch {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
