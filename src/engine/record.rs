//! Records facts in the journal and changes beside it: in memory and in the batch.

use crate::core::entry::{Entry, Fact};
use crate::core::fact::people::PersonIdentified;
use crate::core::ids::PersonId;
use crate::core::time::Timestamp;
use crate::directory::{DirectoryChange, Known};
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::recent::Recent;
use crate::engine::state::EngineState;
use crate::store::batch::HeadMove;
use crate::store::rows::JournalRow;

/// When an entry takes effect, when it was said if that is another instant, and who made it.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    pub at: Timestamp,
    pub said: Option<Timestamp>,
    pub by: Option<PersonId>,
}

impl EngineState {
    /// Journals a fact.
    ///
    /// # Errors
    /// A fault if there is no such network, or if the books can't apply the fact.
    pub fn journal(
        &mut self,
        network_id: &str,
        origin: Origin,
        fact: Fact,
        builder: &mut BatchBuilder,
    ) -> Result<(), Fault> {
        let Some(network) = self.networks.get_mut(network_id) else {
            return Err(Fault::new("an entry without a network"));
        };
        builder.touched.insert(network_id.to_owned());
        let books = &mut network.books;
        let before = (books.seq, books.head);
        let Origin { at, said, by } = origin;
        let entry = Entry { network: network_id.to_owned(), seq: books.seq + 1, at, said, by, fact };
        let payload = entry.payload();
        books.apply(&entry, &payload).map_err(|corrupt| Fault::new(corrupt.to_string()))?;
        let (kind, version) = entry.fact.kind();
        let after = (books.seq, books.head);
        let moved = builder.batch.heads.entry(network_id.to_owned()).or_insert(HeadMove { from: before, to: after });
        moved.to = after;
        builder.batch.journal.push(JournalRow {
            network: entry.network,
            seq: entry.seq,
            at,
            kind: kind.to_owned(),
            version,
            payload,
            hash: after.1,
        });
        Ok(())
    }

    /// Makes a change beside the journal. A change without effect is left out: a job can't be done twice.
    pub fn change(&mut self, network_id: &str, change: DirectoryChange, builder: &mut BatchBuilder) {
        if self.networks.get(network_id).is_some_and(|network| !network.directory.is_changed_by(&change)) {
            return;
        }
        builder.touched.insert(network_id.to_owned());
        if let DirectoryChange::Room(room, _) = &change {
            self.rooms.insert(room.clone(), network_id.to_owned());
        }
        if let DirectoryChange::Chosen(account) = &change {
            self.chosen.insert(account.clone(), network_id.to_owned());
        }
        if let DirectoryChange::ForgetAccount(account) = &change {
            self.chosen.remove(account);
            // Recent answers may name them.
            self.recent = Recent::default();
        }
        if let Some(network) = self.networks.get_mut(network_id) {
            if let DirectoryChange::Handle(person, handle) = &change {
                network.books.set_handle(*person, handle);
            }
            network.directory.apply(&change);
        }
        builder.batch.changes.push((network_id.to_owned(), change));
    }

    /// Marks in a network's journal who its people are, if an earlier version wrote that without marks.
    ///
    /// # Errors
    /// A fault if the books can't apply a mark.
    pub fn mark_people(&mut self, network_id: &str, builder: &mut BatchBuilder) -> Result<(), Fault> {
        let Some(network) = self.networks.get(network_id).filter(|network| !network.books.is_marked) else {
            return Ok(());
        };
        let origin = Origin { at: network.books.last_at, said: None, by: None };
        // A row of an unknown person gets no mark: verification reports it.
        let is_known = |person: PersonId| network.books.people.contains_key(&network.books.canonical_id(person));
        let known: Vec<_> = network.directory.known().into_iter().filter(|(person, _)| is_known(*person)).collect();
        for (person, known) in known {
            let salted: Vec<([u8; 16], Known)> = known.into_iter().map(|known| (self.salt(), known)).collect();
            let marks = salted.iter().map(|(salt, known)| known.mark(salt)).collect();
            self.journal(network_id, origin, PersonIdentified { person, marks }.into(), builder)?;
            for (salt, known) in salted {
                self.change(network_id, DirectoryChange::Salt(person, known, salt), builder);
            }
        }
        self.change(network_id, DirectoryChange::Seal, builder);
        Ok(())
    }

    fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        salt.copy_from_slice(&(self.entropy)()[..16]);
        salt
    }
}
