//! The network that a message is about.

use crate::directory::HOME_PLATFORM;
use crate::directory::{Account, RoomKey};
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::parse::Call;
use crate::grammar::spec::{ARRIVED, LOST, file_awaited};
use crate::incoming::{Inbound, Said};
use crate::store::Network;

impl EngineState {
    /// The network of a message. That is the room's network. In a direct room it is the author's, or the one that asked.
    /// A command can name another: by a code, or by the room that this one replaces.
    pub fn network_of(&self, inbound: &Inbound, call: Option<&Call>) -> Option<String> {
        let here = self.network_at(Request::from(inbound));
        if let Said::Answer(asked, _) = &inbound.said {
            let is_here = here.map_or(inbound.circumstances.direct, |network| *network == asked.network);
            return Some(asked.network.clone()).filter(|network| is_here && self.networks.contains_key(network));
        }
        if let Some(network) = here {
            return Some(network.clone());
        }
        // A file belongs to the log that waits for it.
        if let Said::Happened(happened) = &inbound.said
            && let Some(event) =
                happened.options.get("event").filter(|_| [ARRIVED, LOST].contains(&happened.command.as_str()))
        {
            let waits = |network: &Network| network.directory.jobs_called(&file_awaited(event)).next().is_some();
            return self.networks.iter().find(|(_, network)| waits(network)).map(|(id, _)| id.clone());
        }
        if inbound.room.platform == HOME_PLATFORM {
            return self.networks.keys().next().filter(|_| self.networks.len() == 1).cloned();
        }
        let option = |command: &str, name: &str| {
            call.filter(|call| call.command == command).and_then(|call| call.options.get(name))
        };
        if let Some(code) = option("network link", "code") {
            return self
                .networks
                .iter()
                .find(|(_, n)| n.directory.accepts(code, inbound.received_at))
                .map(|(id, _)| id.clone());
        }
        if let (Some(from), Said::Happened(_)) = (option("room follow", "from"), &inbound.said) {
            return self.rooms.get(&RoomKey { platform: inbound.room.platform.clone(), id: from.clone() }).cloned();
        }
        if !inbound.circumstances.direct {
            return None;
        }
        if let Some(code) = option("link me", "code") {
            let of_code = |network: &Network| network.directory.person_by_code(code, inbound.received_at).is_some();
            if let Some((id, _)) = self.networks.iter().find(|(_, network)| of_code(network)) {
                return Some(id.clone());
            }
        }
        match option("network use", "name") {
            Some(name) => {
                let mut own = self.networks_of(&inbound.account);
                own.find(|(_, network)| network.books.name.to_lowercase() == name.to_lowercase())
                    .map(|(id, _)| id.clone())
            }
            None => self.own(&inbound.account).cloned(),
        }
    }

    /// The network of the request's room, or of what the room lies in.
    pub fn network_at(&self, request: Request) -> Option<&String> {
        request.places().find_map(|room| self.rooms.get(room))
    }

    /// The network that an account means where no room tells: its only one, or the one that it chose.
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
