//! Quotas: how much a network may hold, and how many networks there may be.

use crate::commands::decision::Decision;
use crate::config;
use crate::core::entry::Fact;
use crate::core::fact::people::PeopleFact;
use crate::directory::{Account, DirectoryChange, RoomKey};
use crate::engine::state::EngineState;
use crate::grammar::spec::{Command, Room};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::store::state::Network;

/// How many networks were founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// By anybody.
    pub all: usize,
    /// By the account that founds another.
    pub own: usize,
}

impl EngineState {
    /// How many networks there are, for a command that founds one.
    pub fn begun(&self, command: &Command, account: &Account) -> Begun {
        let is_founder = |network: &&Network| {
            let founder = network.books.people.keys().next().copied();
            founder.is_some() && network.directory.person(account) == founder
        };
        let begins = command.room == Room::Unlinked;
        let own = if begins { self.networks.values().filter(is_founder).count() } else { 0 };
        Begun { all: self.networks.len(), own }
    }
}

/// Whether one more person takes part after a fact.
fn takes_somebody_in(fact: &Fact) -> bool {
    match fact {
        Fact::People(fact) => fact.takes_somebody_in(),
        Fact::Rule(_) | Fact::Work(_) | Fact::Money(_) | Fact::Pool(_) | Fact::Equipment(_) => false,
    }
}

/// Checks that a decision stays within the quotas.
///
/// # Errors
/// The refusal that names the quota which the decision would exceed.
pub fn check_quotas(
    settings: &config::LimitsConfig,
    network: &Network,
    begun: Begun,
    decision: &Decision,
) -> Result<(), Refusal> {
    let begins = decision.facts.iter().any(|fact| matches!(fact, Fact::People(PeopleFact::NetworkCreated(_))));
    if begins && begun.own >= settings.networks_per_account {
        return Err(RoomRefusal::NetworksBegun { most: settings.networks_per_account }.into());
    }
    if begins && begun.all >= settings.networks {
        return Err(RoomRefusal::NetworksFull { most: settings.networks }.into());
    }
    let more = decision.facts.iter().filter(|fact| takes_somebody_in(fact)).count();
    let active = || network.books.people.values().filter(|person| person.active).count();
    if more > 0 && active() + more > settings.people_per_network {
        return Err(RoomRefusal::PeopleFull { most: settings.people_per_network }.into());
    }
    let is_unknown = |room: &RoomKey| !network.directory.has_room(room);
    let is_new = |change: &&DirectoryChange| matches!(change, DirectoryChange::Room(room, _) if is_unknown(room));
    let more = decision.changes.iter().filter(is_new).count();
    if more > 0 && network.directory.rooms().count() + more > settings.rooms_per_network {
        return Err(RoomRefusal::RoomsFull { most: settings.rooms_per_network }.into());
    }
    Ok(())
}
