//! What a store reads when it is opened.

use std::collections::{BTreeMap, HashMap};

use crate::core::books::state::Books;
use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, RoomKey};
use crate::store::rows::OutboxRow;

/// A stored network: its books and its directory.
#[derive(Debug, Clone)]
pub struct Network {
    /// The fold of its journal.
    pub books: Books,
    /// Its accounts, rooms and texts.
    pub directory: Directory,
}

/// Everything that is stored.
#[derive(Debug, Default)]
pub struct StoredState {
    /// Networks, by id.
    pub networks: BTreeMap<String, Network>,
    /// Replies that were not delivered yet, in order.
    pub outbox: Vec<OutboxRow>,
    /// The number of the last reply.
    pub last_outbox: i64,
    /// Commands that were carried out lately: the hash of each, and when it took effect.
    pub recent: Vec<(Hash, Timestamp)>,
    /// When the last message of each room came.
    pub readings: HashMap<RoomKey, Timestamp>,
    /// Messages that are not obeyed although they have no inbox row.
    pub passed_over: PassedOver,
}

impl StoredState {
    /// The last instant that this state knows of.
    pub fn latest(&self) -> Option<Timestamp> {
        self.readings.values().copied().chain(self.last_entry()).max()
    }

    /// When the last run was alive and had handled everything that was said before: time had passed in it up to then.
    pub fn last_alive(&self) -> Option<Timestamp> {
        self.readings.get(&RoomKey::of_time()).copied().or_else(|| self.last_entry())
    }

    fn last_entry(&self) -> Option<Timestamp> {
        self.networks.values().map(|network| network.books.last_at).max()
    }
}

/// Instants up to which all messages have been handled, whether or not they have inbox rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// For everybody: older rows were deleted.
    pub all: Option<Timestamp>,
    /// For accounts that exceeded a limit.
    pub by: HashMap<Account, Timestamp>,
}
