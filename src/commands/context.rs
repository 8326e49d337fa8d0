//! The input of a command's decision: the books, the directory and the moment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::core::books::state::Books;
use crate::core::check::Verification;
use crate::core::fact::people::Role;
use crate::core::ids::{PersonId, ProjectId, TextRef};
use crate::core::name::Name;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, Job, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::resolve;
use crate::incoming::{Attached, EncryptionTrust};
use crate::job_name::JobName;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::summary::SummaryRefusal;

/// The author of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Their account on the platform.
    pub account: Account,
    /// Their display name on the platform.
    pub name: String,
    /// Their person in the network, if they have joined.
    pub person: Option<PersonId>,
}

/// The moment: everything a decision may depend on besides books and directory.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When it takes effect.
    pub at: Timestamp,
    /// When it arrived, which may be long after it was said.
    pub now: Timestamp,
    /// When it was said by the platform's timestamp, if that differs from `at`.
    pub said: Option<Timestamp>,
    /// The day on which it counts, in the network's zone.
    pub today: NaiveDate,
    /// The day on which it was said: the default day of a log.
    pub said_on: NaiveDate,
    /// The id of its event.
    pub event: String,
    /// Its author.
    pub author: Author,
    /// The room where it was said.
    pub room: RoomKey,
    /// The room and the places around it, innermost first. A network is founded in the last one.
    pub places: Vec<RoomKey>,
    /// Whether the author administers the room by the platform's own permissions.
    pub host: bool,
    /// Whether the author and the bot are alone there.
    pub direct: bool,
    /// Whether the operator forbids the author to found a network.
    pub bars_founding: bool,
    /// How far the message can be trusted.
    pub encryption: EncryptionTrust,
    /// The whole sentence that was typed, if a day or a task was taken from it.
    pub sentence: Option<String>,
    /// The attached files, by option.
    pub files: BTreeMap<String, Attached>,
    /// The due job, if a job and not a person gives the command.
    pub due: Option<DueJob>,
    /// The question that a button or a reaction answers.
    pub question: Option<i64>,
    /// The project that the command is about.
    pub project: Option<ProjectId>,
    /// Randomness for salts and codes.
    pub seed: [u8; 32],
    /// The result of replaying the stored journal, for the command that asks for it.
    pub verification: Option<Verification>,
}

/// The input of a command's decision.
#[derive(Clone, Copy)]
pub struct CommandContext<'a> {
    /// The network's books.
    pub books: &'a Books,
    /// People, accounts, rooms and everything else beside the journal.
    pub directory: &'a Directory,
    /// The moment.
    pub moment: &'a Moment,
    /// All commands.
    pub catalog: &'a Catalog,
}

/// A job that is being decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueJob {
    /// When it was due.
    pub at: Timestamp,
    /// When it was due the time before. For a first run, when that would have been.
    pub since: Timestamp,
    /// The current time.
    pub now: Timestamp,
}

impl Moment {
    /// An unguessable code, in letters and digits that can't be mistaken for each other.
    pub(crate) fn code(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        self.seed.iter().take(10).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
    }

    /// A day, unless it is today.
    pub(crate) fn unless_today(&self, date: NaiveDate) -> Option<NaiveDate> {
        (date != self.today).then_some(date)
    }

    /// Whether it was said before an instant, by the platform's timestamp: its author had not seen what happened then.
    pub(crate) fn was_said_before(&self, instant: Timestamp) -> bool {
        self.said.unwrap_or(self.at) < instant
    }

    /// The place that belongs to a network as a whole: the outermost one around the room, or the room itself.
    pub(crate) fn home(&self) -> RoomKey {
        self.places.last().unwrap_or(&self.room).clone()
    }
}

impl<'a> CommandContext<'a> {
    /// A job that runs once and answers in this room.
    pub fn job<const N: usize>(&self, due_at: Timestamp, name: JobName, options: [(&str, String); N]) -> Job {
        let options = options.map(|(option, value)| (option.to_owned(), value)).into();
        Job::once(&self.moment.seed, due_at, name, options, self.moment.room.clone())
    }

    /// The people that a name may mean, on the room's platform.
    pub fn people(&self) -> resolve::People<'a> {
        resolve::People { books: self.books, directory: self.directory, platform: self.moment.room.platform }
    }

    /// The author, who must have joined.
    pub(crate) fn me(&self) -> Result<PersonId, Refusal> {
        self.moment.author.person.filter(|&person| self.books.is_active(person)).ok_or(PeopleRefusal::JoinFirst.into())
    }

    /// Checks that the author has one of these roles: for the room's project if it has one, else for any.
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
        let of = |role: &Role| self.books.holders(*role, project.filter(|_| *role == Role::Lead));
        // Somebody may have several of the roles.
        let holders: BTreeSet<PersonId> = roles.iter().flat_map(of).collect();
        Err(PeopleRefusal::RoleNeeded {
            option: None,
            roles: roles.iter().map(|role| Term::from(role.word())).collect(),
            holders: self.names(holders),
        }
        .into())
    }

    /// Checks that the author may configure this room: anybody in a direct room, else a lead or a steward.
    pub(crate) fn may_arrange_room(&self) -> Result<(), Refusal> {
        if self.moment.direct { Ok(()) } else { self.must_be(&[Role::Lead, Role::Steward]) }
    }

    /// Checks that the author may configure what this room hears unasked: a lead or a steward, and no direct room.
    pub(crate) fn may_announce_here(&self) -> Result<(), Refusal> {
        if self.moment.direct { Err(SummaryRefusal::NotInPrivate.into()) } else { self.may_arrange_room() }
    }

    /// A day and a time of day in the network's zone.
    pub(crate) fn local(&self, at: Timestamp) -> (NaiveDate, Name) {
        let local = at.with_timezone(&self.books.timezone);
        (local.date_naive(), Name(local.format("%H:%M").to_string()))
    }

    /// A text beside the journal, or `…` if it was erased.
    pub(crate) fn words(&self, text: TextRef) -> String {
        self.directory.text(text).unwrap_or("…").to_owned()
    }

    /// A notice in this room that only one person can read.
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

/// The options of a command that has none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
