//! The network that a message is about.

use crate::directory::{Account, RoomKey};
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse::Call;
use crate::grammar::spec::NetworkBy;
use crate::store::state::Network;

impl EngineState {
    /// The network of a request. That is the room's network. In a direct room it is the author's, or the one that
    /// asked. A command's option can name another ([`NetworkBy`]).
    pub fn network_of(&self, request: Request, call: Option<&Call>) -> Option<String> {
        let here = self.network_at(request);
        if let Some(asked) = request.answers() {
            let is_here = here.map_or(request.context.direct, |network| *network == asked.network);
            return Some(asked.network.clone()).filter(|network| is_here && self.networks.contains_key(network));
        }
        if let Some(network) = here {
            return Some(network.clone());
        }
        let named = call.and_then(|call| names_network(&self.registry.catalog, call));
        if let Some((NetworkBy::AwaitedFile, event)) = named
            && request.is_event()
        {
            return self.find(|network| network.directory.awaits_file(event));
        }
        if request.room.is_local() {
            return self.networks.keys().next().filter(|_| self.networks.len() == 1).cloned();
        }
        let own = || self.own(request.account).cloned();
        match named {
            Some((NetworkBy::RoomCode, code)) => {
                self.find(|network| network.directory.accepts(code, request.received_at))
            }
            Some((NetworkBy::Room, id)) if request.is_event() => {
                let room = RoomKey { platform: request.room.platform, id: id.to_owned() };
                self.rooms.get(&room).cloned()
            }
            _ if !request.context.direct => None,
            Some((NetworkBy::AccountCode, code)) => {
                let knows = |network: &Network| network.directory.person_by_code(code, request.received_at).is_some();
                self.find(knows).or_else(own)
            }
            Some((NetworkBy::OwnName, name)) => {
                let name = name.to_lowercase();
                let mut own = self.networks_of(request.account);
                own.find(|(_, network)| network.books.name.to_lowercase() == name).map(|(id, _)| id.clone())
            }
            Some((NetworkBy::AwaitedFile | NetworkBy::Room, _)) | None => own(),
        }
    }

    /// The first network that matches.
    fn find(&self, is_it: impl Fn(&Network) -> bool) -> Option<String> {
        self.networks.iter().find(|(_, network)| is_it(network)).map(|(id, _)| id.clone())
    }

    /// The network of the request's room, or of a place around it.
    pub fn network_at(&self, request: Request) -> Option<&String> {
        request.places().find_map(|room| self.rooms.get(room))
    }

    /// The network of an account where no room tells: its only one, or the one that it chose.
    pub fn own<'a>(&'a self, account: &'a Account) -> Option<&'a String> {
        let mut own = self.networks_of(account);
        match (own.next(), own.next()) {
            (Some((only, _)), None) => Some(only),
            _ => self.chosen.get(account),
        }
    }

    /// The networks of an account's person.
    pub fn networks_of<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = (&'a String, &'a Network)> {
        self.networks.iter().filter(|(_, network)| network.directory.person(account).is_some())
    }
}

/// How a command's options name its network, and the value of that option.
pub fn names_network<'a>(catalog: &Catalog, call: &'a Call) -> Option<(NetworkBy, &'a str)> {
    let command = catalog.command(&call.command)?;
    command.options.iter().find_map(|option| Some((option.network?, call.options.get(&option.name)?.as_str())))
}
