//! What a store knows when it is opened.

use std::collections::{BTreeMap, HashMap};

use crate::core::books::state::Books;
use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, RoomKey};
use crate::store::rows::OutboxRow;

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
pub struct StoredState {
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

impl StoredState {
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
