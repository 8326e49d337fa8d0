//! The list that each person looked at last, to go on with.

use std::collections::HashMap;

use crate::directory::{Account, RoomKey};
use crate::engine::outcome::Outcome;
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse::Call;
use crate::message::line::goes_on;

/// The most lists that are remembered.
const MOST: usize = 1000;

/// The next page of each person's last list in each room. It is only in memory: after a restart, people name the page.
#[derive(Default)]
pub struct Lists {
    next: HashMap<(RoomKey, Account), Call>,
}

impl Lists {
    /// Notes what a command has answered: a page with another behind it, or not.
    pub fn note(&mut self, room: &RoomKey, reader: &Account, call: &Call, answer: &Outcome, catalog: &Catalog) {
        let command = catalog.command(&call.command);
        let Some(page) = command.and_then(|command| command.option_of(OptionKind::Page)) else { return };
        let reader = (room.clone(), reader.clone());
        if !goes_on(&answer.lines) {
            self.next.remove(&reader);
            return;
        }
        if self.next.len() >= MOST {
            self.next.clear();
        }
        let mut next = call.clone();
        let shown: u32 = call.options.get(&page.name).and_then(|page| page.trim().parse().ok()).unwrap_or(1);
        next.options.insert(page.name.clone(), shown.saturating_add(1).to_string());
        self.next.insert(reader, next);
    }

    /// The call of the next page.
    pub fn next(&self, room: &RoomKey, reader: &Account) -> Option<&Call> {
        self.next.get(&(room.clone(), reader.clone()))
    }
}
