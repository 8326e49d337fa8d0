//! The result of a command: an [`Action`] for the engine, usually a [`Decision`] to apply.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::commands::context::Moment;
use crate::core::entry::Fact;
use crate::core::fact::people::{Mark, PeopleFact, PersonIdentified};
use crate::core::ids::{PersonId, TextRef};
use crate::core::ledger::Transaction;
use crate::directory::{Directory, DirectoryChange, Known, StoredFile};
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::picture::Picture;

/// What the engine does for a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Execute the command of the author's open question of this number.
    Yes(i64),
    /// Drop the author's open question of this number. The lines are the reply.
    No(i64, Vec<Line>),
    /// Ask this question, and apply the decision only after a yes.
    Ask(Vec<Line>, Decision),
    /// Apply the decision. It only reads if it has neither facts nor writes.
    Apply(Decision),
}

impl From<Decision> for Action {
    fn from(decision: Decision) -> Self {
        Action::Apply(decision)
    }
}

impl Action {
    /// The decision that would be applied.
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Action::Ask(_, decision) | Action::Apply(decision) => Some(decision),
            Action::Yes(_) | Action::No(..) => None,
        }
    }

    /// Its lines besides the decision's: the question, or the reply to a no.
    pub fn lines(&self) -> &[Line] {
        match self {
            Action::Ask(lines, _) | Action::No(_, lines) => lines,
            Action::Yes(_) | Action::Apply(_) => &[],
        }
    }
}

/// Facts, changes and a reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The author of the facts, if it is not the message's person: somebody who joins by them.
    pub author: Option<PersonId>,
    /// Facts for the journal.
    pub facts: Vec<Fact>,
    /// Changes beside the journal.
    pub changes: Vec<DirectoryChange>,
    /// The reply.
    pub lines: Vec<Line>,
    /// A last line of the reply, which each room is told only once.
    pub first_time: Option<Line>,
    /// Whether only the author sees this reply, although the command's replies are not private.
    pub private: bool,
    /// Whether this reply is meant for its author, though others may read it, although the command's replies are not.
    pub personal: bool,
    /// The pictures of the reply.
    pub pictures: Vec<Picture>,
    /// The long part of the reply: in its own thread, or in a second message.
    pub long_part: Vec<Line>,
    /// Notices for others.
    pub notices: Vec<Notice>,
}

impl Decision {
    /// An answer that changes nothing.
    pub fn reads(lines: Vec<Line>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// A fact, and the reply.
    pub fn fact(fact: impl Into<Fact>, lines: Vec<Line>) -> Self {
        Self { facts: vec![fact.into()], lines, ..Self::default() }
    }

    /// The money that it moves: what a yes is to, and what a second person sees of it.
    pub fn moves(&self) -> Vec<&Transaction> {
        self.facts.iter().filter_map(Fact::transaction).collect()
    }

    /// The action that applies it, after a yes to a question if there is one.
    pub fn asking(self, question: impl Into<Option<Vec<Line>>>) -> Action {
        match question.into() {
            Some(question) => Action::Ask(question, self),
            None => Action::Apply(self),
        }
    }

    /// Stores a text beside the journal under a fresh salt; returns the reference for the entry.
    pub(crate) fn text(&mut self, moment: &Moment, body: &str) -> TextRef {
        let salt = self.salt(moment);
        let text = TextRef::of(&salt, body);
        self.changes.push(DirectoryChange::Text(text, salt, body.to_owned(), None));
        text
    }

    /// Stores what was said in a sentence in the same way, with the whole sentence if something was taken from it.
    pub(crate) fn sentence(&mut self, moment: &Moment, body: &str) -> TextRef {
        let salt = self.salt(moment);
        let text = TextRef::of(&salt, body);
        self.changes.push(DirectoryChange::Text(text, salt, body.to_owned(), moment.sentence.clone()));
        text
    }

    /// Stores a file in the same way.
    pub(crate) fn file(&mut self, moment: &Moment, file: StoredFile) -> TextRef {
        let salt = self.salt(moment);
        let kept = TextRef::of(&salt, &file.bytes);
        self.changes.push(DirectoryChange::File(kept, salt, file));
        kept
    }

    /// Adds a mark to the journal for each change of an account, name or payment address, each under a fresh salt.
    pub fn marked(mut self, moment: &Moment, directory: &Directory) -> Self {
        let mut marks: BTreeMap<PersonId, Vec<Mark>> = BTreeMap::new();
        for write in self.changes.clone() {
            // An account that is linked already only moves when people are merged, and has its mark.
            let is_moved =
                matches!(&write, DirectoryChange::Account(account, _) if directory.person(account).is_some());
            match (Known::of(&write), &write) {
                (Some((person, known)), _) if !is_moved => {
                    let salt = self.salt(moment);
                    marks.entry(person).or_default().push(known.mark(&salt));
                    self.changes.push(DirectoryChange::Salt(person, known, salt));
                }
                (None, DirectoryChange::PayTo(person, None)) if directory.pay_to(*person).is_some() => {
                    marks.entry(*person).or_default().push(Mark::PayTo(None));
                }
                _ => {}
            }
        }
        for fact in &mut self.facts {
            if let Fact::People(PeopleFact::PersonAdded(added)) = fact {
                added.marks.extend(marks.remove(&added.person).unwrap_or_default());
            }
        }
        self.facts.extend(marks.into_iter().map(|(person, marks)| PersonIdentified { person, marks }.into()));
        self
    }

    /// A salt for the next write.
    fn salt(&self, moment: &Moment) -> [u8; 16] {
        let number = u64::try_from(self.changes.len()).unwrap_or(u64::MAX);
        let digest = Sha256::new().chain_update(moment.seed).chain_update(number.to_be_bytes()).finalize();
        let mut salt = [0; 16];
        salt.copy_from_slice(&digest[..16]);
        salt
    }
}
