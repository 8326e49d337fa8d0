//! The commands: what each is (`commands/*.toml`, [`spec`]), how it is typed ([`parse`], [`resolve`]) and what it decides.
//!
//! A command's code is one argument struct and one pure function from the books, the directory and the moment to a
//! [`Decision`] or a [`Refusal`]. [`registry`] ties each file to its function; nothing else needs to know a new command.

mod answer;
mod claim;
pub mod clock;
pub mod complete;
mod equipment;
mod file;
mod help;
mod language;
pub mod ledger;
mod link;
mod log;
pub mod manual;
mod milestone;
mod money;
mod near;
mod network;
pub mod news;
pub mod parse;
mod payout;
mod people;
pub mod picture;
mod pool;
mod privacy;
mod project;
mod registry;
pub mod reply;
pub mod resolve;
mod room;
mod rule;
mod rule_file;
mod schedule;
pub mod spec;
mod statement;
mod summary;
mod task;
mod timer;
pub mod values;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::core::books::Books;
pub use crate::core::check::Verification;
use crate::core::entry::{Fact, Mark, PersonId, PersonIdentified, ProjectId, Role, TextRef, Timestamp};
use crate::core::message::{Name, Term};
use crate::core::refusal::Refusal;
use crate::directory::{Account, Directory, Known, RoomKey, StoredFile, Write};
use crate::intake::{Attached, Seal};
use picture::Picture;
pub use registry::{Registry, SpecError};
use reply::Line;

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
pub struct Ctx {
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
    pub seal: Seal,
    /// The files that came with it, by option.
    pub files: BTreeMap<String, Attached>,
    /// The job that it is, where nobody says it.
    pub due: Option<Due>,
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
pub struct Scene<'a> {
    /// The network's books.
    pub books: &'a Books,
    /// Who and where.
    pub directory: &'a Directory,
    /// The moment.
    pub ctx: &'a Ctx,
    /// The commands there are, for help.
    pub registry: &'a Registry,
}

/// A job that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When it was due.
    pub at: Timestamp,
    /// When it was due before; of what comes for the first time, when it would have been.
    pub since: Timestamp,
    /// What time it is.
    pub now: Timestamp,
}

/// Something said to somebody who has not asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The room that hears it; with a reader, the room that it is about.
    pub room: RoomKey,
    /// Who alone reads it.
    pub reader: Option<Account>,
    /// What is said.
    pub lines: Vec<Line>,
    /// The pictures with it.
    pub pictures: Vec<Picture>,
}

/// What a command comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// Who the facts are by, where it is not the author: somebody who joins by them.
    pub by: Option<PersonId>,
    /// What goes into the journal.
    pub facts: Vec<Fact>,
    /// What changes beside it.
    pub writes: Vec<Write>,
    /// The reply.
    pub lines: Vec<Line>,
    /// A last line of the reply, for a room that has not been told it yet.
    pub once: Option<Line>,
    /// Whether the reply is for its author only, where the command's replies are not private anyway.
    pub private: bool,
    /// The pictures that go with the reply.
    pub pictures: Vec<Picture>,
    /// The rest of the reply, at length: in a thread of its own, or a message behind the first.
    pub more: Vec<Line>,
    /// What others are told besides.
    pub notices: Vec<Notice>,
    /// What must be answered with a yes first.
    pub question: Option<Vec<Line>>,
    /// A question of the author's that this answers: its number, and whether the answer is yes.
    pub answer: Option<(i64, bool)>,
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

    /// Keeps a text beside the journal under a fresh salt; gives what the entry refers to it by.
    fn text(&mut self, ctx: &Ctx, body: &str) -> TextRef {
        let salt = self.salt(ctx);
        let text = TextRef::of(&salt, body);
        self.writes.push(Write::Text(text, salt, body.to_owned()));
        text
    }

    /// Keeps a file in the same way.
    fn file(&mut self, ctx: &Ctx, file: StoredFile) -> TextRef {
        let salt = self.salt(ctx);
        let kept = TextRef::of(&salt, &file.bytes);
        self.writes.push(Write::File(kept, salt, file));
        kept
    }

    /// Marks in the journal what it changes about who people are, each under a fresh salt.
    pub fn marked(mut self, ctx: &Ctx, directory: &Directory) -> Self {
        let mut marks: BTreeMap<PersonId, Vec<Mark>> = BTreeMap::new();
        for write in self.writes.clone() {
            // An account that is somebody's already goes with them when people are joined.
            let is_moved = matches!(&write, Write::Account(account, _) if directory.person(account).is_some());
            match (Known::of(&write), &write) {
                (Some((person, known)), _) if !is_moved => {
                    let salt = self.salt(ctx);
                    marks.entry(person).or_default().push(known.mark(&salt));
                    self.writes.push(Write::Salt(person, known, salt));
                }
                (None, Write::PayTo(person, None)) if directory.pay_to(*person).is_some() => {
                    marks.entry(*person).or_default().push(Mark::PayTo(None));
                }
                _ => {}
            }
        }
        for fact in &mut self.facts {
            if let Fact::PersonAdded(added) = fact {
                added.marks.extend(marks.remove(&added.person).unwrap_or_default());
            }
        }
        self.facts.extend(marks.into_iter().map(|(person, marks)| PersonIdentified { person, marks }.into()));
        self
    }

    /// A salt for the next write.
    fn salt(&self, ctx: &Ctx) -> [u8; 16] {
        let number = u64::try_from(self.writes.len()).unwrap_or(u64::MAX);
        let digest = Sha256::new().chain_update(ctx.seed).chain_update(number.to_be_bytes()).finalize();
        let mut salt = [0; 16];
        salt.copy_from_slice(&digest[..16]);
        salt
    }
}

impl Ctx {
    /// A code that nobody guesses, in letters and digits that nobody takes for others.
    fn code(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        self.seed.iter().take(10).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
    }

    /// Whether it was said before an instant, by its platform's own stamp: what came about then was not before its author's eyes.
    fn was_said_before(&self, instant: Timestamp) -> bool {
        self.said.unwrap_or(self.at) < instant
    }

    /// What belongs to a network as a whole: the room, or what it lies in.
    fn home(&self) -> RoomKey {
        self.places.last().unwrap_or(&self.room).clone()
    }
}

impl<'a> Scene<'a> {
    /// The people that somebody may be meant of, on the platform that they were named on.
    pub fn people(&self) -> resolve::People<'a> {
        resolve::People { books: self.books, directory: self.directory, platform: self.ctx.room.platform }
    }

    /// The author, who must have joined.
    fn me(&self) -> Result<PersonId, Refusal> {
        self.ctx.author.person.filter(|&person| self.books.is_active(person)).ok_or(Refusal::JoinFirst)
    }

    /// That the author has one of these roles: of the room's project where it has one, else of any.
    fn must_be(&self, roles: &[Role]) -> Result<(), Refusal> {
        let me = self.me()?;
        let project = self.ctx.places.iter().find_map(|room| self.directory.project_of(room));
        let has = |role: &Role| match (role, project) {
            (Role::Lead, None) => self.books.leads_any(me),
            _ => self.books.has_role(me, *role, project),
        };
        if roles.iter().any(has) {
            return Ok(());
        }
        let holders = roles.iter().flat_map(|role| self.books.holders(*role, project.filter(|_| *role == Role::Lead)));
        Err(Refusal::RoleNeeded {
            option: None,
            roles: roles.iter().map(|role| Term::from(role.word())).collect(),
            holders: self.names(holders),
        })
    }

    /// That the author may say what this room hears and how: in a room with others, a lead or a steward.
    fn may_arrange_room(&self) -> Result<(), Refusal> {
        if self.ctx.direct { Ok(()) } else { self.must_be(&[Role::Lead, Role::Steward]) }
    }

    /// That the author may say what this room hears without asking: a lead or a steward, where others hear it too.
    fn may_announce_here(&self) -> Result<(), Refusal> {
        if self.ctx.direct { Err(Refusal::NotInPrivate) } else { self.may_arrange_room() }
    }

    /// A day and a time of day in the network's zone.
    fn local(&self, at: Timestamp) -> (NaiveDate, Name) {
        let local = at.with_timezone(&self.books.timezone);
        (local.date_naive(), Name(local.format("%H:%M").to_string()))
    }

    /// A text beside the journal, or a sign that it was erased.
    fn words(&self, text: TextRef) -> String {
        self.directory.text(text).unwrap_or("…").to_owned()
    }

    /// Something for one person alone to read, about this room.
    fn to(&self, person: PersonId, line: Line) -> Notice {
        let room = self.ctx.room.clone();
        let id = self.directory.accounts_of(person, room.platform).min().map(str::to_owned);
        let reader = id.map(|id| Account { platform: room.platform, id });
        Notice { room, reader, lines: vec![line], pictures: Vec::new() }
    }

    fn names(&self, people: impl IntoIterator<Item = PersonId>) -> Vec<Name> {
        people.into_iter().map(|person| self.books.name_of(person)).collect()
    }
}
