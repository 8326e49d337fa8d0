//! The engine's state in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::commands::registry::Registry;
use crate::config;
use crate::core::books::state::Books;
use crate::core::money::NO_COMMODITY;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, DirectoryChange, Job, JobId, RoomKey, Scope};
use crate::engine::entropy::Entropy;
use crate::engine::lists::Lists;
use crate::engine::recent::{Recent, Recorded};
use crate::preference::Preference;
use crate::store::rows::OutboxRow;
use crate::store::state::{Network, PassedOver, StoredState};

/// Every network in memory, and what else a decision needs.
pub struct EngineState {
    pub registry: Arc<Registry>,
    pub networks: BTreeMap<String, Network>,
    /// The network of each room.
    pub rooms: HashMap<RoomKey, String>,
    /// The network that an account in several networks has chosen for direct rooms.
    pub chosen: HashMap<Account, String>,
    pub recent: Recent,
    pub lists: Lists,
    /// When the last live message of each room came.
    pub readings: HashMap<RoomKey, Timestamp>,
    /// When the previous run was last alive.
    pub down_since: Option<Timestamp>,
    /// Whether the clock is doubted; then nothing is due.
    pub clock_is_doubted: bool,
    /// Messages that an earlier run handled without an inbox row, and the instant up to which rows were deleted.
    pub passed_over: PassedOver,
    pub limits: config::LimitsConfig,
    pub next_outbox: i64,
    pub entropy: Entropy,
    /// Jobs that could not even be set aside.
    pub left_out: HashSet<JobId>,
    /// The empty network of a room without a network.
    pub empty_network: Network,
}

impl EngineState {
    /// A state without networks.
    pub fn new(registry: Arc<Registry>, limits: config::LimitsConfig, entropy: Entropy) -> Self {
        Self {
            registry,
            networks: BTreeMap::new(),
            rooms: HashMap::new(),
            chosen: HashMap::new(),
            recent: Recent::default(),
            lists: Lists::default(),
            readings: HashMap::new(),
            down_since: None,
            clock_is_doubted: false,
            passed_over: PassedOver::default(),
            limits,
            next_outbox: 0,
            entropy,
            left_out: HashSet::new(),
            empty_network: Network { books: Books::empty("", NO_COMMODITY), directory: Directory::default() },
        }
    }

    /// Loads what the store keeps. Returns the replies that were not delivered.
    pub fn begin(&mut self, kept: StoredState, now: Timestamp) -> Vec<OutboxRow> {
        self.down_since = kept.last_alive();
        self.passed_over = kept.passed_over;
        for (id, network) in kept.networks {
            self.replace(&id, Some(network));
        }
        self.readings = kept.readings;
        kept.recent.into_iter().for_each(|(said, at)| self.recent.note(said, at, Recorded::Other, None));
        // Numbers make delivery keys and must not repeat after their rows are gone: they continue from the clock.
        let of_the_clock = now.timestamp_millis().saturating_mul(1000);
        self.next_outbox = self.next_outbox.max(kept.last_outbox + 1).max(of_the_clock);
        kept.outbox
    }

    /// Replaces a network in memory by the stored one; removes it if none is stored.
    pub fn replace(&mut self, id: &str, stored: Option<Network>) {
        self.networks.remove(id);
        self.rooms.retain(|_, network| network != id);
        self.chosen.retain(|_, network| network != id);
        if let Some(network) = stored {
            self.rooms.extend(network.directory.rooms().map(|(room, _)| (room.clone(), id.to_owned())));
            self.chosen.extend(network.directory.chosen_by().map(|account| (account.clone(), id.to_owned())));
            self.networks.insert(id.to_owned(), network);
        }
    }

    /// Ends recurring jobs and news in a room that can't be reached any more.
    pub fn end_recurring(&mut self, network: &str, room: &RoomKey) -> Vec<(String, DirectoryChange)> {
        let Some(known) = self.networks.get_mut(network) else { return Vec::new() };
        let recurs = |job: &&Job| job.every.is_some() && job.room == *room;
        let jobs: Vec<Job> = known.directory.all_jobs().filter(recurs).cloned().collect();
        tracing::warn!(room = %room.id, schedules = jobs.len(), "the room is unreachable: its schedules and news end");
        // The room's project and topics stay, for when the bot is let in again.
        let no_news = DirectoryChange::Preference(Scope::Room(room.clone()), Preference::News(BTreeSet::new()));
        let ends = jobs.into_iter().map(DirectoryChange::JobDone).chain([no_news]);
        let ends: Vec<(String, DirectoryChange)> = ends.map(|change| (network.to_owned(), change)).collect();
        ends.iter().for_each(|(_, change)| known.directory.apply(change));
        ends
    }

    /// The number of the next reply.
    pub fn next_outbox_id(&mut self) -> i64 {
        let id = self.next_outbox;
        self.next_outbox += 1;
        id
    }
}
