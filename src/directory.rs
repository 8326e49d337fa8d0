//! Who and where: what may change or be erased, beside the books.
//!
//! Accounts, display names, rooms, texts, link codes, linkings, open questions and due jobs of one network. In memory
//! it is what the database's tables hold; a [`DirectoryChange`] changes both alike, in the transaction of the entries
//! that it came with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::core::fact::people::Mark;
use crate::core::ids::{EquipmentId, Hash, PersonId, PoolId, ProjectId, TaskId, TextRef};
use crate::core::look::{look, normal};
use crate::core::time::Timestamp;
use crate::payment::pay_to::PayTo;
use crate::platform::{Platform, UnknownPlatformError};

/// Somebody on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// Its platform.
    pub platform: Platform,
    /// The platform's own id of the account.
    pub id: String,
}

impl Account {
    /// The author of events and due jobs.
    pub fn of_system() -> Self {
        Self { platform: Platform::System, id: "system".to_owned() }
    }
}

/// A room of a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoomKey {
    /// Its platform.
    pub platform: Platform,
    /// The platform's own id of the room.
    pub id: String,
}

impl RoomKey {
    /// Whether it is a room of a [local](Platform::is_local) platform.
    pub fn is_local(&self) -> bool {
        self.platform.is_local()
    }

    /// The room of what the clock says, which is on no platform.
    pub fn of_time() -> Self {
        Self { platform: Platform::System, id: "clock".to_owned() }
    }
}

/// What a room is about besides a project: there it need not be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A pool.
    Pool(PoolId),
    /// A machine.
    Equipment(EquipmentId),
}

impl Topic {
    /// Whether both are of one kind; a room has one of each.
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A question with its outcome bound to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its number in the network.
    pub id: i64,
    /// Who was asked.
    pub asked: Account,
    /// Where.
    pub room: RoomKey,
    /// The command that a yes carries out.
    pub command: String,
    /// Its resolved options.
    pub options: serde_json::Value,
    /// The project it is about.
    pub project: Option<ProjectId>,
    /// The hash of what was shown.
    pub shown: Hash,
    /// Until when it can be answered.
    pub until: Timestamp,
}

/// A job's id: random, so that no other job ever has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub String);

impl JobId {
    /// The id of the job of a name and a time that comes of something unique: a decision's randomness, or an earlier
    /// job's id.
    fn of(seed: &[u8], name: &str, due_at: Timestamp) -> Self {
        let time = due_at.timestamp_millis().to_be_bytes();
        let digest = Hash(Sha256::new().chain_update(seed).chain_update(time).chain_update(name).finalize().into());
        JobId(digest.to_string()[..32].to_owned())
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that becomes due: a command that time itself gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id, which the database has in a column of its own.
    #[serde(skip)]
    pub id: JobId,
    /// When it is due.
    pub due_at: Timestamp,
    /// What it is called; unique with its time among the jobs that wait.
    pub name: String,
    /// The command, with its options as they would be typed.
    pub command: String,
    /// Options by name.
    pub options: BTreeMap<String, String>,
    /// The room that hears of it.
    pub room: RoomKey,
    /// How it comes again, as a [`Recurrence`](crate::recurrence::Recurrence); once, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// When it was due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

impl Job {
    /// A job that comes once. `seed` is the randomness of the decision that makes it.
    pub fn once(
        seed: &[u8; 32],
        due_at: Timestamp,
        name: String,
        command: &str,
        options: BTreeMap<String, String>,
        room: RoomKey,
    ) -> Self {
        let id = JobId::of(seed, &name, due_at);
        Self { id, due_at, name, command: command.to_owned(), options, room, every: None, last: None }
    }

    /// The job that takes this one's place at another time, with an id of its own.
    #[must_use]
    pub fn moved(self, due_at: Timestamp) -> Self {
        Self { id: JobId::of(self.id.0.as_bytes(), &self.name, due_at), due_at, ..self }
    }
}

/// The name of the job that asks for a file which was on its way with a message.
pub fn awaited_file(event: &str) -> String {
    format!("file {event}")
}

/// A code that lets another room join a network, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCode {
    /// The code.
    pub code: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// How far somebody has come in making another account theirs: a code that was given out, then an account that has
/// typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    /// Who it will belong to.
    pub person: PersonId,
    /// How far.
    pub stage: Stage,
    /// Until when it can go on.
    pub until: Timestamp,
}

/// What a linking waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// For another account to type this code.
    Code(String),
    /// For the person to say that the account is theirs.
    Claim(AccountClaim),
}

/// An account that says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountClaim {
    /// The account.
    pub account: Account,
    /// What its platform calls it.
    pub name: String,
    /// Whose it was when it said so.
    pub person: Option<PersonId>,
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// What its author calls it.
    pub name: String,
    /// What it is, by what is in it.
    pub media_type: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

impl StoredFile {
    /// What there is to know of it without looking into it.
    pub fn about(&self) -> FileAbout {
        FileAbout { name: self.name.clone(), media_type: self.media_type.clone(), bytes: self.bytes.len() }
    }
}

/// A file without what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileAbout {
    /// What its author calls it.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// How long it is.
    pub bytes: usize,
}

/// Who or what wants something to be so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole network.
    Network,
    /// A room, and what lies in it.
    Room(RoomKey),
    /// An account, and its person's others where those want nothing else.
    Account(Account),
}

impl Scope {
    /// Its kind, its platform and its id.
    pub fn columns(&self) -> (&'static str, &str, &str) {
        match self {
            Scope::Network => ("network", "", ""),
            Scope::Room(room) => ("room", room.platform.name(), &room.id),
            Scope::Account(account) => ("account", account.platform.name(), &account.id),
        }
    }

    /// The one of these. `None` if no kind is called so.
    ///
    /// # Errors
    /// [`UnknownPlatformError`] for a room or an account of an unknown platform.
    pub fn of_columns(kind: &str, platform: &str, id: String) -> Result<Option<Self>, UnknownPlatformError> {
        Ok(match kind {
            "network" => Some(Scope::Network),
            "room" => Some(Scope::Room(RoomKey { platform: platform.parse()?, id })),
            "account" => Some(Scope::Account(Account { platform: platform.parse()?, id })),
            _ => None,
        })
    }
}

/// What can be wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preference {
    /// The language of what is said: its code.
    Language,
    /// The news that a room hears: words, separated by spaces.
    News,
    /// How long a room is left alone after news of a campaign: minutes.
    Quiet,
}

impl Preference {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Language, Self::News, Self::Quiet];

    /// The word that it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Preference::Language => "language",
            Preference::News => "news",
            Preference::Quiet => "quiet",
        }
    }

    /// The one of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preference| preference.word() == word)
    }
}

/// Work that is being timed. Nothing is logged of it until its person says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// What is worked on.
    pub what: String,
    /// For which project.
    pub project: ProjectId,
    /// On which task.
    pub task: Option<TaskId>,
    /// Since when.
    pub since: Timestamp,
}

/// Something about who a person is, of which the journal has a [`Mark`].
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// An account of theirs.
    Account(Account),
    /// Their handle.
    Handle(String),
    /// Their display name.
    Name(String),
    /// Where they want to be paid.
    PayTo(PayTo),
}

impl Known {
    /// What a change says about who somebody is.
    pub fn of(write: &DirectoryChange) -> Option<(PersonId, Self)> {
        match write {
            DirectoryChange::Account(account, person) => Some((*person, Self::Account(account.clone()))),
            DirectoryChange::Handle(person, handle) => Some((*person, Self::Handle(handle.clone()))),
            DirectoryChange::DisplayName(person, name) => Some((*person, Self::Name(name.clone()))),
            DirectoryChange::PayTo(person, pay_to) => pay_to.clone().map(|pay_to| (*person, Self::PayTo(pay_to))),
            _ => None,
        }
    }

    /// Its mark under a salt. What is hashed is a list in JSON, so that its parts can't run into each other.
    pub fn mark(&self, salt: &[u8; 16]) -> Mark {
        let of = |parts: &[&str]| TextRef::of(salt, serde_json::json!(parts).to_string());
        match self {
            Self::Account(Account { platform, id }) => Mark::Account(of(&["account", platform.name(), id])),
            Self::Handle(handle) => Mark::Handle(of(&["handle", handle])),
            Self::Name(name) => Mark::Name(of(&["name", name])),
            Self::PayTo(pay_to) => Mark::PayTo(Some(of(&["pay-to", pay_to.text()]))),
        }
    }
}

/// Whether a text has one of these words or phrases in it, however they are capitalised: not as a part of a longer
/// word.
pub fn has_any(text: &str, phrases: &[String]) -> bool {
    let text = text.to_lowercase();
    let stands_alone = |at: usize, phrase: &str| {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !is_word(text[..at].chars().next_back()) && !is_word(text[at + phrase.len()..].chars().next())
    };
    let phrases = phrases.iter().map(|phrase| phrase.trim().to_lowercase()).filter(|phrase| !phrase.is_empty());
    phrases.into_iter().any(|phrase| text.match_indices(&phrase).any(|(at, _)| stands_alone(at, &phrase)))
}

/// What is known of somebody who is to be forgotten, by which others' waiting replies are found that tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErasureResidue {
    /// Their accounts.
    pub accounts: Vec<Account>,
    /// Their names, addresses and words.
    pub phrases: Vec<String>,
    /// The private room in which they asked for it.
    pub room: Option<RoomKey>,
}

/// A change beside the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum DirectoryChange {
    /// What the journal has a mark of has this salt.
    Salt(PersonId, Known, [u8; 16]),
    /// The rows beside the network's journal are sealed from now on: its first, or those that an earlier version has
    /// written.
    Seal,
    /// Replies that wait and tell something of somebody who is forgotten are forgotten too.
    ForgetResidue(ErasureResidue),
    /// An account is this person's.
    Account(Account, PersonId),
    /// A person's handle, by which they are known in the network.
    Handle(PersonId, String),
    /// What a person is called.
    DisplayName(PersonId, String),
    /// Where a person wants to be paid, or that nobody shall know it any more.
    PayTo(PersonId, Option<PayTo>),
    /// A room belongs to the network, perhaps to one of its projects.
    Room(RoomKey, Option<ProjectId>),
    /// A room is about a pool or a machine.
    Topic(RoomKey, Topic),
    /// Another room has taken over what this one was about, what it wanted and what it was told.
    Replaced(RoomKey),
    /// A text that an entry refers to, with its salt.
    Text(TextRef, [u8; 16], String),
    /// A file that an entry refers to, with its salt. It stays in the database.
    File(TextRef, [u8; 16], StoredFile),
    /// A code was given out.
    LinkCode(LinkCode),
    /// A code was used.
    LinkCodeUsed(String),
    /// Somebody's linking goes on; each has one at most.
    Linking(Linking),
    /// Somebody's linking is over.
    LinkingDone(PersonId),
    /// A question was asked.
    Question(Question),
    /// A question was answered, one way or the other.
    QuestionClosed(i64),
    /// A job will be due.
    Job(Job),
    /// A job was done, or is not wanted any more.
    JobDone(Job),
    /// A job went wrong, and why: it is kept for the steward to look at, and never runs again.
    JobFailed(Job, String),
    /// A room was told something that it need not be told again: a message's key.
    AnnouncedOnce(RoomKey, String),
    /// An account has sent something that was encrypted on a device of its own.
    SentEncrypted(Account),
    /// That no longer matters.
    AnnounceAgain(RoomKey, String),
    /// This is the network that an account means in a direct room.
    Chosen(Account),
    /// Something is wanted so, or no longer.
    Preference(Scope, Preference, Option<String>),
    /// Somebody's work is being timed, or no longer.
    Timer(PersonId, Option<Timer>),
    /// What people are called who had this number, where they are paid, what they were in the middle of: forgotten
    /// for good.
    Forget(PersonId),
    /// An account is nobody's, and what it wanted and chose is forgotten.
    ForgetAccount(Account),
    /// A text or a file that an entry refers to is forgotten.
    ForgetText(TextRef),
}

/// Who and where, of one network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    accounts: HashMap<Account, PersonId>,
    handles: BTreeMap<PersonId, String>,
    names: BTreeMap<PersonId, String>,
    /// Whose name looks so: see [`look`].
    looks: HashMap<String, BTreeSet<PersonId>>,
    pay_to: BTreeMap<PersonId, PayTo>,
    rooms: BTreeMap<RoomKey, Option<ProjectId>>,
    topics: BTreeSet<(RoomKey, Topic)>,
    texts: HashMap<TextRef, String>,
    files: HashMap<TextRef, FileAbout>,
    link_codes: Vec<LinkCode>,
    linkings: BTreeMap<PersonId, Linking>,
    questions: BTreeMap<i64, Question>,
    jobs: BTreeMap<(Timestamp, String), Job>,
    sealed: BTreeSet<Account>,
    told: BTreeSet<(RoomKey, String)>,
    chosen: BTreeSet<Account>,
    preferences: BTreeMap<(Scope, Preference), String>,
    timers: BTreeMap<PersonId, Timer>,
    last_question: i64,
}

impl Directory {
    /// Takes a change in.
    pub fn apply(&mut self, write: &DirectoryChange) {
        match write.clone() {
            // What only the database has.
            DirectoryChange::Salt(..) | DirectoryChange::Seal | DirectoryChange::ForgetResidue(_) => {}
            DirectoryChange::Account(account, person) => {
                self.accounts.insert(account, person);
            }
            DirectoryChange::Handle(person, handle) => {
                self.handles.insert(person, handle);
            }
            DirectoryChange::DisplayName(person, name) => {
                self.forget_name(person);
                self.looks.entry(look(&name)).or_default().insert(person);
                self.names.insert(person, name);
            }
            DirectoryChange::PayTo(person, account) => {
                match account {
                    Some(account) => self.pay_to.insert(person, account),
                    None => self.pay_to.remove(&person),
                };
            }
            DirectoryChange::Room(room, project) => {
                self.rooms.insert(room, project);
            }
            DirectoryChange::Topic(room, topic) => {
                self.topics.retain(|(known, other)| *known != room || !other.is_like(topic));
                self.topics.insert((room, topic));
            }
            DirectoryChange::Replaced(room) => {
                self.topics.retain(|(known, _)| *known != room);
                self.told.retain(|(known, _)| *known != room);
                let scope = Scope::Room(room);
                self.preferences.retain(|(known, _), _| *known != scope);
            }
            DirectoryChange::Text(text, _, body) => {
                self.texts.insert(text, body);
            }
            DirectoryChange::File(text, _, file) => {
                self.files.insert(text, file.about());
            }
            DirectoryChange::LinkCode(code) => self.link_codes.push(code),
            DirectoryChange::LinkCodeUsed(code) => self.link_codes.retain(|known| known.code != code),
            DirectoryChange::Linking(linking) => {
                self.linkings.insert(linking.person, linking);
            }
            DirectoryChange::LinkingDone(person) => {
                self.linkings.remove(&person);
            }
            DirectoryChange::Question(question) => {
                self.last_question = self.last_question.max(question.id);
                self.questions.insert(question.id, question);
            }
            DirectoryChange::QuestionClosed(id) => {
                self.questions.remove(&id);
            }
            DirectoryChange::Job(job) => {
                self.jobs.entry((job.due_at, job.name.clone())).or_insert(job);
            }
            DirectoryChange::JobDone(job) | DirectoryChange::JobFailed(job, _) => {
                self.jobs.remove(&(job.due_at, job.name));
            }
            DirectoryChange::SentEncrypted(account) => {
                self.sealed.insert(account);
            }
            DirectoryChange::AnnouncedOnce(room, key) => {
                self.told.insert((room, key));
            }
            DirectoryChange::AnnounceAgain(room, key) => {
                self.told.remove(&(room, key));
            }
            DirectoryChange::Chosen(account) => {
                self.chosen.insert(account);
            }
            DirectoryChange::Preference(scope, preference, value) => {
                match value {
                    Some(value) => self.preferences.insert((scope, preference), value),
                    None => self.preferences.remove(&(scope, preference)),
                };
            }
            DirectoryChange::Timer(person, timer) => {
                match timer {
                    Some(timer) => self.timers.insert(person, timer),
                    None => self.timers.remove(&person),
                };
            }
            DirectoryChange::Forget(person) => {
                self.handles.remove(&person);
                self.forget_name(person);
                self.pay_to.remove(&person);
                self.linkings.remove(&person);
                self.timers.remove(&person);
            }
            DirectoryChange::ForgetAccount(account) => {
                self.preferences.retain(|(scope, _), _| *scope != Scope::Account(account.clone()));
                self.chosen.remove(&account);
                self.sealed.remove(&account);
                self.accounts.remove(&account);
            }
            DirectoryChange::ForgetText(text) => {
                self.texts.remove(&text);
                self.files.remove(&text);
            }
        }
    }

    fn forget_name(&mut self, person: PersonId) {
        if let Some(name) = self.names.remove(&person)
            && let Some(same) = self.looks.get_mut(&look(&name))
        {
            same.remove(&person);
        }
    }

    /// When what comes again and again last came.
    pub fn last_recurred(&self) -> Option<Timestamp> {
        self.jobs.values().filter_map(|job| job.last).max()
    }

    /// Whose account it is.
    pub fn person(&self, account: &Account) -> Option<PersonId> {
        self.accounts.get(account).copied()
    }

    /// A person's accounts on a platform.
    pub fn accounts_of(&self, person: PersonId, platform: Platform) -> impl Iterator<Item = &str> {
        let theirs = move |(account, owner): &(&Account, &PersonId)| **owner == person && account.platform == platform;
        self.accounts.iter().filter(theirs).map(|(account, _)| account.id.as_str())
    }

    /// A person's accounts on every platform.
    pub fn all_accounts_of(&self, person: PersonId) -> BTreeSet<&Account> {
        self.accounts.iter().filter(|(_, owner)| **owner == person).map(|(account, _)| account).collect()
    }

    /// How a person can be told something about a room alone: an account of theirs, with the room itself or, on
    /// another platform, one of the network's rooms there.
    pub fn reach(&self, person: PersonId, about: &RoomKey) -> Option<(RoomKey, Account)> {
        std::iter::once(about).chain(self.rooms.keys()).find_map(|room| {
            let id = self.accounts_of(person, room.platform).min()?.to_owned();
            Some((room.clone(), Account { platform: room.platform, id }))
        })
    }

    /// Whether a file is awaited that was on its way with a message.
    pub fn awaits_file(&self, event: &str) -> bool {
        self.jobs_called(&awaited_file(event)).next().is_some()
    }

    /// Whether a person has an account on any platform.
    pub fn has_account(&self, person: PersonId) -> bool {
        self.accounts.values().any(|&owner| owner == person)
    }

    /// Everything that is known about who people are, by the number that it was given under.
    pub fn known(&self) -> BTreeMap<PersonId, Vec<Known>> {
        let accounts: BTreeMap<&Account, PersonId> =
            self.accounts.iter().map(|(account, person)| (account, *person)).collect();
        let accounts = accounts.into_iter().map(|(account, person)| (person, Known::Account(account.clone())));
        let handles = self.handles.iter().map(|(person, handle)| (*person, Known::Handle(handle.clone())));
        let names = self.names.iter().map(|(person, name)| (*person, Known::Name(name.clone())));
        let pay_to = self.pay_to.iter().map(|(person, pay_to)| (*person, Known::PayTo(pay_to.clone())));
        let mut known: BTreeMap<PersonId, Vec<Known>> = BTreeMap::new();
        for (person, one) in accounts.chain(handles).chain(names).chain(pay_to) {
            known.entry(person).or_default().push(one);
        }
        known
    }

    /// The handles that were given, by whom they were given to.
    pub fn handles(&self) -> impl Iterator<Item = (PersonId, &str)> {
        self.handles.iter().map(|(&person, handle)| (person, handle.as_str()))
    }

    /// What a person is called.
    pub fn display_name(&self, person: PersonId) -> Option<&str> {
        self.names.get(&person).map(String::as_str)
    }

    /// Where a person wants to be paid.
    pub fn pay_to(&self, person: PersonId) -> Option<&PayTo> {
        self.pay_to.get(&person)
    }

    /// Everyone whose name looks like this one, under the id that they were given it.
    pub fn people_called_like(&self, name: &str) -> impl Iterator<Item = PersonId> {
        self.looks.get(&look(name)).into_iter().flatten().copied()
    }

    /// Everyone who is called this, however it is capitalised (see [`normal`]).
    pub fn people_called(&self, name: &str) -> impl Iterator<Item = PersonId> {
        let wanted = normal(name);
        self.people_called_like(name)
            .filter(move |person| self.names.get(person).is_some_and(|called| normal(called) == wanted))
    }

    /// The network's rooms, with the project that each is bound to.
    pub fn rooms(&self) -> impl Iterator<Item = (&RoomKey, Option<ProjectId>)> {
        self.rooms.iter().map(|(room, project)| (room, *project))
    }

    /// Whether a room belongs to the network.
    pub fn has_room(&self, room: &RoomKey) -> bool {
        self.rooms.contains_key(room)
    }

    /// The project that a room is bound to.
    pub fn project_of(&self, room: &RoomKey) -> Option<ProjectId> {
        self.rooms.get(room).copied().flatten()
    }

    /// The pool and the machine that a room is about.
    pub fn topics_of<'a>(&'a self, room: &'a RoomKey) -> impl Iterator<Item = Topic> + 'a {
        self.topics.iter().filter(move |(known, _)| known == room).map(|(_, topic)| *topic)
    }

    /// The rooms that are about some pool or machine.
    pub fn rooms_with_topics(&self) -> impl Iterator<Item = &RoomKey> {
        self.topics.iter().map(|(room, _)| room)
    }

    /// The rooms that are about a pool or a machine.
    pub fn rooms_about(&self, topic: Topic) -> impl Iterator<Item = &RoomKey> {
        self.topics.iter().filter(move |(_, known)| *known == topic).map(|(room, _)| room)
    }

    /// A text beside the journal; nothing once it was erased.
    pub fn text(&self, text: TextRef) -> Option<&str> {
        self.texts.get(&text).map(String::as_str)
    }

    /// A file beside the journal; nothing once it was erased.
    pub fn file(&self, file: TextRef) -> Option<&FileAbout> {
        self.files.get(&file)
    }

    /// Notes a file that is kept.
    pub fn keeps(&mut self, file: TextRef, about: FileAbout) {
        self.files.insert(file, about);
    }

    /// The link codes that were given out and not used, the oldest first.
    pub fn link_codes(&self) -> impl DoubleEndedIterator<Item = &LinkCode> {
        self.link_codes.iter()
    }

    /// The linkings that somebody has begun.
    pub fn linkings(&self) -> impl Iterator<Item = &Linking> {
        self.linkings.values()
    }

    /// Every question that is kept.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.values()
    }

    /// Everything that rooms were told.
    pub fn told(&self) -> impl Iterator<Item = &(RoomKey, String)> {
        self.told.iter()
    }

    /// Whether a link code works at an instant.
    pub fn accepts(&self, code: &str, now: Timestamp) -> bool {
        self.link_codes.iter().any(|known| known.code == code && known.expires_at > now)
    }

    /// Whose code for another account of theirs it is, if it works at an instant.
    pub fn person_by_code(&self, code: &str, now: Timestamp) -> Option<PersonId> {
        let is_it = |stage: &Stage| matches!(stage, Stage::Code(known) if known.eq_ignore_ascii_case(code));
        self.linkings
            .values()
            .find(|linking| linking.until > now && is_it(&linking.stage))
            .map(|linking| linking.person)
    }

    /// The account that says it is a person's, if it still is whose it was when it said so.
    pub fn claim_on(&self, person: PersonId, now: Timestamp) -> Option<&AccountClaim> {
        match &self.linkings.get(&person).filter(|linking| linking.until > now)?.stage {
            Stage::Claim(claim) => Some(claim).filter(|claim| self.person(&claim.account) == claim.person),
            Stage::Code(_) => None,
        }
    }

    /// Whether a room was told something before.
    pub fn was_told(&self, room: &RoomKey, key: &str) -> bool {
        self.told.contains(&(room.clone(), key.to_owned()))
    }

    /// What a room was told.
    pub fn told_to<'a>(&'a self, room: &'a RoomKey) -> impl Iterator<Item = &'a str> {
        self.told.iter().filter(move |(known, _)| known == room).map(|(_, key)| key.as_str())
    }

    /// The accounts that chose this network for their direct rooms.
    pub fn chosen_by(&self) -> impl Iterator<Item = &Account> {
        self.chosen.iter()
    }

    /// What is wanted.
    pub fn preference(&self, scope: Scope, preference: Preference) -> Option<&str> {
        self.preferences.get(&(scope, preference)).map(String::as_str)
    }

    /// The rooms that want something in particular.
    pub fn rooms_that_want(&self, wanted: Preference) -> impl Iterator<Item = &RoomKey> {
        self.preferences.keys().filter_map(move |(scope, preference)| match scope {
            Scope::Room(room) if *preference == wanted => Some(room),
            _ => None,
        })
    }

    /// The language of a room: its own, that of what it lies in, or the network's.
    pub fn language_of<'a>(&self, mut places: impl Iterator<Item = &'a RoomKey>) -> Option<&str> {
        let of_room = |room: &RoomKey| self.preference(Scope::Room(room.clone()), Preference::Language);
        places.find_map(of_room).or_else(|| self.preference(Scope::Network, Preference::Language))
    }

    /// The language that somebody wants to be answered in.
    pub fn own_language(&self, account: &Account) -> Option<&str> {
        let of_account = |account: &Account| self.preference(Scope::Account(account.clone()), Preference::Language);
        of_account(account).or_else(|| self.all_accounts_of(self.person(account)?).into_iter().find_map(of_account))
    }

    /// The work of somebody's that is being timed.
    pub fn timer(&self, person: PersonId) -> Option<&Timer> {
        self.timers.get(&person)
    }

    /// Whether a change changes anything. A job that waits already is not made again, and one that is gone can't be
    /// done.
    pub fn is_changed_by(&self, write: &DirectoryChange) -> bool {
        let waiting = |job: &Job| self.jobs.get(&(job.due_at, job.name.clone()));
        if let DirectoryChange::Job(job) = write {
            return waiting(job).is_none();
        }
        if let DirectoryChange::JobDone(job) | DirectoryChange::JobFailed(job, _) = write {
            return waiting(job).is_some_and(|known| known.id == job.id);
        }
        true
    }

    /// Whether this account has ever sent something that was encrypted on a device of its own.
    pub fn is_sealed(&self, account: &Account) -> bool {
        self.sealed.contains(account)
    }

    /// Whether one of a person's accounts, or this one, has ever sent something that was encrypted on a device of its
    /// own.
    pub fn has_spoken_sealed(&self, account: &Account) -> bool {
        self.sealed.contains(account)
            || self
                .person(account)
                .is_some_and(|person| self.sealed.iter().any(|sealed| self.person(sealed) == Some(person)))
    }

    /// The number of the next question. A number is never used again, also when its question is gone.
    pub fn next_question(&self) -> i64 {
        self.last_question + 1
    }

    /// Notes the number of the last question that was ever asked.
    pub fn has_asked(&mut self, last: i64) {
        self.last_question = self.last_question.max(last);
    }

    /// The question of a number.
    pub fn question(&self, number: i64) -> Option<&Question> {
        self.questions.get(&number)
    }

    /// The last open question that somebody was asked, or the one of a number.
    pub fn question_to(&self, asked: &Account, number: Option<i64>, now: Timestamp) -> Option<&Question> {
        let is_open = |question: &&Question| question.asked == *asked && now <= question.until;
        self.questions.values().rev().filter(is_open).find(|question| number.is_none_or(|number| question.id == number))
    }

    /// The questions that somebody was asked by a command, whether they are open or too old.
    pub fn questions_by<'a>(&'a self, asked: &'a Account, command: &'a str) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| question.asked == *asked && question.command == command)
    }

    /// The questions that an account was asked, whether they are open or too old.
    pub fn questions_to<'a>(&'a self, asked: &'a Account) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| question.asked == *asked)
    }

    /// The questions whose command has one of these words or phrases in it.
    pub fn questions_with<'a>(&'a self, phrases: &'a [String]) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| has_any(&question.options.to_string(), phrases))
    }

    /// How far somebody has come in making another account theirs.
    pub fn linking(&self, person: PersonId) -> Option<&Linking> {
        self.linkings.get(&person)
    }

    /// Those whose linkings an account has to do with: it says that it is theirs.
    pub fn claimed_by<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = PersonId> + 'a {
        let claims =
            move |linking: &&Linking| matches!(&linking.stage, Stage::Claim(claim) if claim.account == *account);
        self.linkings.values().filter(claims).map(|linking| linking.person)
    }

    /// The jobs that name one of these people in an option.
    pub fn jobs_naming<'a>(&'a self, names: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Job> + 'a {
        let names_them = |job: &&Job| {
            job.options.values().any(|value| value.strip_prefix('@').is_some_and(|name| names.contains(name)))
        };
        self.jobs.values().filter(names_them)
    }

    /// The earliest job that is due by an instant.
    pub fn due(&self, by: Timestamp) -> Option<&Job> {
        self.jobs.values().next().filter(|job| job.due_at <= by)
    }

    /// Every job, the earliest first.
    pub fn all_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// The jobs of a name.
    pub fn jobs_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Job> + 'a {
        self.jobs.values().filter(move |job| job.name == name)
    }
}
