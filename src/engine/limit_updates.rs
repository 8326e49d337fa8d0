//! Tells the limits which rooms and custodians each network has.

use std::collections::{BTreeSet, HashSet};

use crate::core::fact::people::Role;
use crate::directory::{Account, DirectoryChange};
use crate::engine::run::Engine;
use crate::store::batch::Batch;
use crate::store::database::Store;
use crate::store::state::Network;

impl<S: Store> Engine<S> {
    /// Publishes what a batch may have changed.
    pub(super) fn update_limits(&self, batch: &Batch) {
        for (network, change) in &batch.changes {
            if let DirectoryChange::Room(room, _) = change {
                self.intake.limits().note_room(room.clone(), network.clone());
            }
        }
        let written = batch.changes.iter().map(|(network, _)| network);
        let changed: BTreeSet<&String> = batch.heads.keys().chain(written).collect();
        for id in changed {
            if let Some(network) = self.state.networks.get(id) {
                self.intake.limits().note_custodians(id, custodians(network));
            }
        }
    }

    /// Publishes a network.
    pub(super) fn update_network_limits(&self, id: &str) {
        let Some(network) = self.state.networks.get(id) else { return };
        for (room, _) in network.directory.rooms() {
            self.intake.limits().note_room(room.clone(), id.to_owned());
        }
        self.intake.limits().note_custodians(id, custodians(network));
    }

    /// Publishes every network.
    pub(super) fn update_all_limits(&self) {
        self.state.networks.keys().for_each(|id| self.update_network_limits(id));
    }
}

/// The accounts of a network's custodians.
fn custodians(network: &Network) -> HashSet<Account> {
    let holders = network.books.holders(Role::Custodian, None);
    holders.into_iter().flat_map(|person| network.directory.all_accounts_of(person)).cloned().collect()
}
