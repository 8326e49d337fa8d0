//! Completion: what could be typed, answered from memory.

use crate::engine::access::holds;
use crate::engine::state::EngineState;
use crate::grammar::complete;
use crate::grammar::spec::Caller;
use crate::incoming::Lookup;

impl EngineState {
    /// Answers lookups. A lookup whose sender has gone is skipped.
    pub fn look_up(&self, lookups: Vec<Lookup>) {
        for lookup in lookups.into_iter().filter(|lookup| !lookup.answer.is_closed()) {
            let of_room = lookup.places.iter().find_map(|room| self.rooms.get(room));
            let network = of_room.or_else(|| self.own(&lookup.account));
            let network = network.and_then(|id| self.networks.get(id));
            let command = self.registry.catalog.command(&lookup.command).filter(|command| {
                // Completion must not bypass roles.
                let option = command.option(&lookup.option);
                let callers = option.map(|option| &option.roles).filter(|roles| !roles.is_empty());
                let person = network.and_then(|network| network.directory.person(&lookup.account));
                let may = |role: &Caller| {
                    *role == Caller::Observer || network.is_some_and(|known| holds(&known.books, person, *role, None))
                };
                callers.unwrap_or(&command.roles).iter().any(may)
            });
            let option = command.and_then(|command| command.option(&lookup.option));
            let choices = network.zip(option).map(|(network, option)| {
                let project = lookup.places.iter().find_map(|room| network.directory.project_of(room));
                complete::choices(&network.books, &network.directory, project, option, &lookup.typed)
            });
            let _ = lookup.answer.send(choices.unwrap_or_default());
        }
    }
}
