//! What a command is decided on: the books, the directory and the moment.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::core::books::state::Books;
use crate::core::check::Verification;
use crate::core::fact::people::Role;
use crate::core::ids::{PersonId, ProjectId, TextRef};
use crate::core::name::Name;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::resolve;
use crate::incoming::{Attached, EncryptionTrust};
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::summary::SummaryRefusal;

/// Who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Their account on the platform.
    pub account: Account,
    /// What the platform calls them.
    pub name: String,
    /// Who they are in the network, if they joined.
    pub person: Option<PersonId>,
}

/// The moment: everything a decision may depend on besides books and directory.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When it takes effect.
    pub at: Timestamp,
    /// When it reached us, which may be long after it was said.
    pub now: Timestamp,
    /// When it was said, by its platform, if that is not when it takes effect; for the journal alone.
    pub said: Option<Timestamp>,
    /// The day on which it counts, in the network's zone.
    pub today: NaiveDate,
    /// The day on which it was said: what is logged without a day is for this one.
    pub said_on: NaiveDate,
    /// The event that it came by.
    pub event: String,
    /// Who said it.
    pub author: Author,
    /// Where.
    pub room: RoomKey,
    /// The room, and what it lies in, from the inside out; the last is what a network is begun in.
    pub places: Vec<RoomKey>,
    /// Whether the author administers the room by the platform's own permissions.
    pub host: bool,
    /// Whether the author and the bot are alone there.
    pub direct: bool,
    /// Whether the operator keeps the author from beginning a network.
    pub bars_founding: bool,
    /// How far the message can be trusted.
    pub encryption: EncryptionTrust,
    /// The files that came with it, by option.
    pub files: BTreeMap<String, Attached>,
    /// The job that it is, where nobody says it.
    pub due: Option<DueJob>,
    /// The question that a button or a reaction answers.
    pub question: Option<i64>,
    /// The project that the command is about.
    pub project: Option<ProjectId>,
    /// Randomness for salts and codes.
    pub seed: [u8; 32],
    /// What a replay of the stored journal found, for the command that asks for one.
    pub verification: Option<Verification>,
}

/// What a command is decided on.
#[derive(Clone, Copy)]
pub struct CommandContext<'a> {
    /// The network's books.
    pub books: &'a Books,
    /// Who and where.
    pub directory: &'a Directory,
    /// The moment.
    pub moment: &'a Moment,
    /// The commands there are, for help.
    pub catalog: &'a Catalog,
}

/// A job that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueJob {
    /// When it was due.
    pub at: Timestamp,
    /// When it was due before; of what comes for the first time, when it would have been.
    pub since: Timestamp,
    /// What time it is.
    pub now: Timestamp,
}

impl Moment {
    /// A code that nobody guesses, in letters and digits that nobody takes for others.
    pub(crate) fn code(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        self.seed.iter().take(10).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
    }

    /// Whether it was said before an instant, by its platform's own stamp: what came about then was not before its
    /// author's eyes.
    pub(crate) fn was_said_before(&self, instant: Timestamp) -> bool {
        self.said.unwrap_or(self.at) < instant
    }

    /// What belongs to a network as a whole: the room, or what it lies in.
    pub(crate) fn home(&self) -> RoomKey {
        self.places.last().unwrap_or(&self.room).clone()
    }
}

impl<'a> CommandContext<'a> {
    /// The people that somebody may be meant of, on the platform that they were named on.
    pub fn people(&self) -> resolve::People<'a> {
        resolve::People { books: self.books, directory: self.directory, platform: self.moment.room.platform }
    }

    /// The author, who must have joined.
    pub(crate) fn me(&self) -> Result<PersonId, Refusal> {
        self.moment.author.person.filter(|&person| self.books.is_active(person)).ok_or(PeopleRefusal::JoinFirst.into())
    }

    /// That the author has one of these roles: of the room's project where it has one, else of any.
    pub(crate) fn must_be(&self, roles: &[Role]) -> Result<(), Refusal> {
        let me = self.me()?;
        let project = self.moment.places.iter().find_map(|room| self.directory.project_of(room));
        let has = |role: &Role| match (role, project) {
            (Role::Lead, None) => self.books.leads_any(me),
            _ => self.books.has_role(me, *role, project),
        };
        if roles.iter().any(has) {
            return Ok(());
        }
        let holders = roles.iter().flat_map(|role| self.books.holders(*role, project.filter(|_| *role == Role::Lead)));
        Err(PeopleRefusal::RoleNeeded {
            option: None,
            roles: roles.iter().map(|role| Term::from(role.word())).collect(),
            holders: self.names(holders),
        }
        .into())
    }

    /// That the author may say what this room hears and how: in a room with others, a lead or a steward.
    pub(crate) fn may_arrange_room(&self) -> Result<(), Refusal> {
        if self.moment.direct { Ok(()) } else { self.must_be(&[Role::Lead, Role::Steward]) }
    }

    /// That the author may say what this room hears without asking: a lead or a steward, where others hear it too.
    pub(crate) fn may_announce_here(&self) -> Result<(), Refusal> {
        if self.moment.direct { Err(SummaryRefusal::NotInPrivate.into()) } else { self.may_arrange_room() }
    }

    /// A day and a time of day in the network's zone.
    pub(crate) fn local(&self, at: Timestamp) -> (NaiveDate, Name) {
        let local = at.with_timezone(&self.books.timezone);
        (local.date_naive(), Name(local.format("%H:%M").to_string()))
    }

    /// A text beside the journal, or a sign that it was erased.
    pub(crate) fn words(&self, text: TextRef) -> String {
        self.directory.text(text).unwrap_or("…").to_owned()
    }

    /// Something for one person alone to read, about this room.
    pub(crate) fn to(&self, person: PersonId, line: Line) -> Notice {
        let room = self.moment.room.clone();
        let id = self.directory.accounts_of(person, room.platform).min().map(str::to_owned);
        let reader = id.map(|id| Account { platform: room.platform, id });
        Notice { room, reader, lines: vec![line], pictures: Vec::new() }
    }

    pub(crate) fn names(&self, people: impl IntoIterator<Item = PersonId>) -> Vec<Name> {
        people.into_iter().map(|person| self.books.name_of(person)).collect()
    }
}

/// A command without options.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
