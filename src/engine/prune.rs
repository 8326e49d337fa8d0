//! What goes when nobody needs it any more: a few rows whenever time passes, so that nobody waits for it.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;

use crate::commands::room::{news, progress};
use crate::core::fact::people::Role;
use crate::core::time::Timestamp;
use crate::directory::{Account, Write};
use crate::engine::decide::Draft;
use crate::engine::{Engine, World};
use crate::grammar::spec::Command;
use crate::incoming::{AHEAD, Inbound, Said};
use crate::limits::Begun;
use crate::store::batch::Batch;
use crate::store::database::Store;
use crate::store::state::Network;

/// How many rows go at once.
const PORTION: usize = 500;

impl<S: Store> Engine<S> {
    /// Deletes a portion of old inbox rows, and of replies that could not be delivered. What can't be deleted now is next time.
    pub async fn prune_rows(&mut self) {
        let before = self.clock.now() - TimeDelta::days(self.world.limits.inbox_days.into());
        match self.store.prune(before, PORTION).await {
            Ok(all) => self.world.passed_over.all = self.world.passed_over.all.max(all),
            Err(error) => tracing::warn!(%error, "old rows stay for now"),
        }
    }

    /// Tells the limits which rooms and custodians networks have, where a batch may have changed that.
    pub fn publish(&self, batch: &Batch) {
        for (network, write) in &batch.writes {
            if let Write::Room(room, _) = write {
                self.intake.limits().note_room(room.clone(), network.clone());
            }
        }
        let changed: BTreeSet<&String> = batch.heads.keys().chain(batch.writes.iter().map(|(network, _)| network)).collect();
        for id in changed {
            if let Some(network) = self.world.networks.get(id) {
                self.intake.limits().note_custodians(id, custodians(network));
            }
        }
    }

    /// Tells the limits which rooms and custodians a network has.
    pub fn publish_network(&self, id: &str) {
        let Some(network) = self.world.networks.get(id) else { return };
        for (room, _) in network.directory.rooms() {
            self.intake.limits().note_room(room.clone(), id.to_owned());
        }
        self.intake.limits().note_custodians(id, custodians(network));
    }

    /// Tells the limits which rooms and custodians all networks have.
    pub fn publish_all(&self) {
        self.world.networks.keys().for_each(|id| self.publish_network(id));
    }
}

/// The accounts of a network's custodians.
fn custodians(network: &Network) -> HashSet<Account> {
    let holders = network.books.holders(Role::Custodian, None);
    holders.into_iter().flat_map(|person| network.directory.all_accounts_of(person)).cloned().collect()
}

impl World {
    /// Whether a message was dealt with and has no inbox row any more, or never had one.
    pub fn passes_over(&self, inbound: &Inbound) -> bool {
        let comes_again = match inbound.said {
            Said::Text(_) | Said::Call(_) | Said::Answer(..) | Said::Happened(_) | Said::Refused(..) => true,
            Said::Due | Said::Tick { .. } | Said::Everywhere(_) | Said::Passed | Said::Dropped => false,
        };
        let by_all = self.passed_over.all.is_some_and(|until| inbound.said_at <= until + AHEAD);
        let by_account = self.passed_over.by.get(&inbound.account).is_some_and(|until| inbound.said_at <= *until);
        comes_again && (by_all || by_account)
    }

    /// Drops what has expired beside the journal, a portion of it.
    pub fn prune(&mut self, now: Timestamp, draft: &mut Draft) {
        let of_network = |(id, network): (&String, &Network)| expired(network, now).map(|write| (id.clone(), write)).collect::<Vec<_>>();
        let expired: Vec<(String, Write)> = self.networks.iter().flat_map(of_network).take(PORTION).collect();
        for (network, write) in expired {
            self.write(&network, write, draft);
        }
    }

    /// How many networks there are, for a command that begins one.
    pub fn begun(&self, command: &Command, account: &Account) -> Begun {
        let is_founder = |network: &&Network| {
            let founder = network.books.people.keys().next().copied();
            founder.is_some() && network.directory.person(account) == founder
        };
        let begins = command.room == crate::grammar::spec::Room::Unlinked;
        let own = if begins { self.networks.values().filter(is_founder).count() } else { 0 };
        Begun { all: self.networks.len(), own }
    }
}

/// What has expired in a network, or is about something that is over.
fn expired(network: &Network, now: Timestamp) -> impl Iterator<Item = Write> {
    let Network { books, directory } = network;
    let questions = directory.questions().filter(move |question| question.until < now).map(|question| Write::QuestionClosed(question.id));
    let codes = directory.link_codes().filter(move |code| code.expires_at <= now).map(|code| Write::LinkCodeUsed(code.code.clone()));
    let linkings = directory.linkings().filter(move |linking| linking.until <= now).map(|linking| Write::LinkingDone(linking.person));
    let over: HashSet<String> = books.pools.iter().filter(|pool| !progress::goes_on(pool)).flat_map(news::told_keys).collect();
    let told = directory.told().filter(move |(_, key)| over.contains(key)).map(|(room, key)| Write::Untold(room.clone(), key.clone()));
    questions.chain(codes).chain(linkings).chain(told)
}
