//! People's accounts, rooms and texts: what may change or be erased, beside the books.
//!
//! It has the accounts, display names, rooms, texts, link codes, linkings, open questions and due jobs of one network,
//! as the database's tables have them. A [`DirectoryChange`] changes both alike, in the transaction of the entries that
//! it came with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::core::fact::people::Mark;
use crate::core::ids::{EquipmentId, Hash, PersonId, PoolId, ProjectId, TaskId, TextRef};
use crate::core::look::{look, normal};
use crate::core::time::{Minutes, Timestamp};
use crate::job_name::{JobName, RoomName};
use crate::payment::pay_to::PayTo;
use crate::platform::{Platform, UnknownPlatformError};
use crate::preference::{NewsKind, Preference, PreferenceKind};

/// An account on a platform.
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
    /// The room in a job\'s name.
    pub fn in_name(&self) -> RoomName {
        RoomName { platform: self.platform, id: self.id.clone() }
    }

    /// Whether it is a room of a [local](Platform::is_local) platform.
    pub fn is_local(&self) -> bool {
        self.platform.is_local()
    }

    /// The room of messages from the clock, which is on no platform.
    pub fn of_time() -> Self {
        Self { platform: Platform::System, id: "clock".to_owned() }
    }
}

/// What a room is about besides a project. Commands in the room need not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A pool.
    Pool(PoolId),
    /// A machine.
    Equipment(EquipmentId),
}

impl Topic {
    /// Whether both are of one kind; a room has at most one of each.
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A question, bound to the outcome that was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its number in the network.
    pub id: i64,
    /// The account that was asked.
    pub asked: Account,
    /// The room in which it was asked.
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

/// A job's id: random, so that no two jobs have the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub String);

impl JobId {
    /// The id of a job with this name and time. `seed` is unique: a decision's randomness, or an earlier job's id.
    fn of(seed: &[u8], name: &JobName, due_at: Timestamp) -> Self {
        let time = due_at.timestamp_millis().to_be_bytes();
        let digest =
            Hash(Sha256::new().chain_update(seed).chain_update(time).chain_update(name.to_string()).finalize().into());
        JobId(digest.to_string()[..32].to_owned())
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command that time gives when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id, which the database has in a column of its own.
    #[serde(skip)]
    pub id: JobId,
    /// When it is due.
    pub due_at: Timestamp,
    /// Its name; unique with its time among the waiting jobs.
    pub name: JobName,
    /// The command, with its options as they would be typed.
    pub command: String,
    /// Options by name.
    pub options: BTreeMap<String, String>,
    /// The room that is told.
    pub room: RoomKey,
    /// How it recurs, as a [`Recurrence`](crate::recurrence::Recurrence); `None`: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// When it was due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

impl Job {
    /// A job that runs once. `seed` is the randomness of the decision that makes it.
    pub fn once(
        seed: &[u8; 32],
        due_at: Timestamp,
        name: JobName,
        options: BTreeMap<String, String>,
        room: RoomKey,
    ) -> Self {
        let (id, command) = (JobId::of(seed, &name, due_at), name.command().to_owned());
        Self { id, due_at, name, command, options, room, every: None, last: None }
    }

    /// This job at another time, with an id of its own.
    #[must_use]
    pub fn moved(self, due_at: Timestamp) -> Self {
        Self { id: JobId::of(self.id.0.as_bytes(), &self.name, due_at), due_at, ..self }
    }
}

/// A code that lets another room join a network, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCode {
    /// The code.
    pub code: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// A linking: a person makes another account theirs. First a code is given out, then the other account types it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    /// The person that the account will belong to.
    pub person: PersonId,
    /// Its stage.
    pub stage: Stage,
    /// Until when it can go on.
    pub until: Timestamp,
}

/// What a linking waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Another account must type this code.
    Code(String),
    /// The person must confirm that the account is theirs.
    Claim(AccountClaim),
}

/// An account that claims a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountClaim {
    /// The account.
    pub account: Account,
    /// Its name on its platform.
    pub name: String,
    /// Its person when it made the claim.
    pub person: Option<PersonId>,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The name that its author gave it.
    pub name: String,
    /// Its type, detected from its content.
    pub media_type: String,
    /// Its content.
    pub bytes: Arc<[u8]>,
}

impl StoredFile {
    /// A description without the content.
    pub fn about(&self) -> FileAbout {
        FileAbout { name: self.name.clone(), media_type: self.media_type.clone(), bytes: self.bytes.len() }
    }
}

/// A file without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileAbout {
    /// The name that its author gave it.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: usize,
}

/// The scope of a preference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole network.
    Network,
    /// A room, and the rooms in it.
    Room(RoomKey),
    /// An account, and the person's other accounts, unless they have a preference of their own.
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

    /// The scope of these columns. `None` for an unknown kind.
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

/// Work that is being timed. It is logged only when its person says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// The work.
    pub what: String,
    /// Its project.
    pub project: ProjectId,
    /// Its task.
    pub task: Option<TaskId>,
    /// When it began.
    pub since: Timestamp,
}

/// Something known about a person, of which the journal has a [`Mark`].
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
    /// What a change says about a person.
    pub fn of(change: &DirectoryChange) -> Option<(PersonId, Self)> {
        match change {
            DirectoryChange::Account(account, person) => Some((*person, Self::Account(account.clone()))),
            DirectoryChange::Handle(person, handle) => Some((*person, Self::Handle(handle.clone()))),
            DirectoryChange::DisplayName(person, name) => Some((*person, Self::Name(name.clone()))),
            DirectoryChange::PayTo(person, pay_to) => pay_to.clone().map(|pay_to| (*person, Self::PayTo(pay_to))),
            _ => None,
        }
    }

    /// Its mark under a salt. What is hashed is a list in JSON, so that its parts can't be confused.
    pub fn mark(&self, salt: &[u8; 16]) -> Mark {
        let of = |parts: &[&str]| TextRef::of(salt, serde_json::json!(parts).to_string());
        match self {
            Self::Account(Account { platform, id }) => Mark::Account(of(&["account", platform.name(), id])),
            Self::Handle(handle) => Mark::Handle(of(&["handle", handle])),
            Self::Name(name) => Mark::Name(of(&["name", name])),
            Self::PayTo(pay_to) => Mark::PayTo(Some(of(&["pay-to", &pay_to.stored()]))),
        }
    }
}

/// Whether a text has one of these words or phrases in it, in any capitalisation, but not as a part of a longer word.
pub fn has_any(text: &str, phrases: &[String]) -> bool {
    let text = text.to_lowercase();
    let stands_alone = |at: usize, phrase: &str| {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !is_word(text[..at].chars().next_back()) && !is_word(text[at + phrase.len()..].chars().next())
    };
    let phrases = phrases.iter().map(|phrase| phrase.trim().to_lowercase()).filter(|phrase| !phrase.is_empty());
    phrases.into_iter().any(|phrase| text.match_indices(&phrase).any(|(at, _)| stands_alone(at, &phrase)))
}

/// What is known of a person who is to be erased. It finds other people's waiting replies that mention them.
#[derive(Debug, Clone, PartialEq)]
pub struct ErasureResidue {
    /// Their accounts.
    pub accounts: Vec<Account>,
    /// Their names, addresses and words.
    pub phrases: Vec<String>,
    /// The private room in which they asked for the erasure.
    pub room: Option<RoomKey>,
}

/// A change beside the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum DirectoryChange {
    /// The salt of something that the journal has a mark of.
    Salt(PersonId, Known, [u8; 16]),
    /// The rows beside the network's journal are sealed from now on: those of a new network, or those that an earlier
    /// version wrote.
    Seal,
    /// Waiting replies that mention an erased person are erased, too.
    ForgetResidue(ErasureResidue),
    /// An account is this person's.
    Account(Account, PersonId),
    /// A person's handle, by which they are known in the network.
    Handle(PersonId, String),
    /// A person's display name.
    DisplayName(PersonId, String),
    /// Where a person wants to be paid; `None` deletes it.
    PayTo(PersonId, Option<PayTo>),
    /// A room belongs to the network, perhaps to one of its projects.
    Room(RoomKey, Option<ProjectId>),
    /// A room is about a pool or a machine.
    Topic(RoomKey, Topic),
    /// Another room has taken over this room's topics, preferences and announcements.
    Replaced(RoomKey),
    /// A text that an entry refers to, with its salt; and the whole sentence, if a day or a task was taken from it.
    Text(TextRef, [u8; 16], String, Option<String>),
    /// A file that an entry refers to, with its salt. It stays in the database.
    File(TextRef, [u8; 16], StoredFile),
    /// A code was given out.
    LinkCode(LinkCode),
    /// A code was used.
    LinkCodeUsed(String),
    /// A linking has a new stage; each person has one linking at most.
    Linking(Linking),
    /// Somebody's linking is over.
    LinkingDone(PersonId),
    /// A question was asked.
    Question(Question),
    /// A question was answered, one way or the other.
    QuestionClosed(i64),
    /// A job will be due.
    Job(Job),
    /// A job was done, or cancelled.
    JobDone(Job),
    /// A job failed, with the reason. It is kept for the steward and never runs again.
    JobFailed(Job, String),
    /// A room was told something that need not be told again: the message's key.
    AnnouncedOnce(RoomKey, String),
    /// An account has sent something that was encrypted on one of its own devices.
    SentEncrypted(Account),
    /// The room may be told this again.
    AnnounceAgain(RoomKey, String),
    /// An account has chosen this network for its direct rooms.
    Chosen(Account),
    /// A preference was set, or removed.
    Preference(Scope, Preference),
    /// A person's timer was started, or removed.
    Timer(PersonId, Option<Timer>),
    /// Names, payment address and unfinished actions of the person with this number are erased.
    Forget(PersonId),
    /// An account has no person any more. Its preferences and its choice are erased.
    ForgetAccount(Account),
    /// A text or a file that an entry refers to is erased.
    ForgetText(TextRef),
}

/// A text beside the journal.
#[derive(Debug, Clone, PartialEq)]
struct KeptText {
    body: String,
    /// The whole sentence, if something was taken from it and the body is the rest.
    sentence: Option<String>,
}

/// The accounts, rooms and texts of one network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    accounts: HashMap<Account, PersonId>,
    handles: BTreeMap<PersonId, String>,
    names: BTreeMap<PersonId, String>,
    /// People by the look of their display names; see [`look`].
    looks: HashMap<String, BTreeSet<PersonId>>,
    pay_to: BTreeMap<PersonId, PayTo>,
    rooms: BTreeMap<RoomKey, Option<ProjectId>>,
    topics: BTreeSet<(RoomKey, Topic)>,
    texts: HashMap<TextRef, KeptText>,
    files: HashMap<TextRef, FileAbout>,
    link_codes: Vec<LinkCode>,
    linkings: BTreeMap<PersonId, Linking>,
    questions: BTreeMap<i64, Question>,
    jobs: BTreeMap<(Timestamp, String), Job>,
    sealed: BTreeSet<Account>,
    told: BTreeSet<(RoomKey, String)>,
    chosen: BTreeSet<Account>,
    preferences: BTreeMap<(Scope, PreferenceKind), Preference>,
    timers: BTreeMap<PersonId, Timer>,
    last_question: i64,
}

impl Directory {
    /// Applies a change.
    pub fn apply(&mut self, change: &DirectoryChange) {
        match change.clone() {
            // Only the database has these.
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
            DirectoryChange::Text(text, _, body, sentence) => {
                self.texts.insert(text, KeptText { body, sentence });
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
                self.jobs.entry((job.due_at, job.name.to_string())).or_insert(job);
            }
            DirectoryChange::JobDone(job) | DirectoryChange::JobFailed(job, _) => {
                self.jobs.remove(&(job.due_at, job.name.to_string()));
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
            DirectoryChange::Preference(scope, preference) => {
                self.preferences.insert((scope, preference.kind()), preference);
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

    /// When a recurring job was last due.
    pub fn last_recurred(&self) -> Option<Timestamp> {
        self.jobs.values().filter_map(|job| job.last).max()
    }

    /// The person of an account.
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

    /// How to tell a person privately about a room: an account of theirs, with the room itself or, on another platform,
    /// with one of the network's rooms there.
    pub fn reach(&self, person: PersonId, about: &RoomKey) -> Option<(RoomKey, Account)> {
        std::iter::once(about).chain(self.rooms.keys()).find_map(|room| {
            let id = self.accounts_of(person, room.platform).min()?.to_owned();
            Some((room.clone(), Account { platform: room.platform, id }))
        })
    }

    /// Whether the file of a message is still awaited.
    pub fn awaits_file(&self, event: &str) -> bool {
        self.jobs_called(&JobName::File(event.to_owned())).next().is_some()
    }

    /// Whether a person has an account on any platform.
    pub fn has_account(&self, person: PersonId) -> bool {
        self.accounts.values().any(|&owner| owner == person)
    }

    /// Everything known about who people are, by the id under which it was given.
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

    /// All handles, by the id under which they were given.
    pub fn handles(&self) -> impl Iterator<Item = (PersonId, &str)> {
        self.handles.iter().map(|(&person, handle)| (person, handle.as_str()))
    }

    /// A person's display name.
    pub fn display_name(&self, person: PersonId) -> Option<&str> {
        self.names.get(&person).map(String::as_str)
    }

    /// Where a person wants to be paid.
    pub fn pay_to(&self, person: PersonId) -> Option<&PayTo> {
        self.pay_to.get(&person)
    }

    /// Everyone whose display name looks like this one, by the id under which it was given.
    pub fn people_called_like(&self, name: &str) -> impl Iterator<Item = PersonId> {
        self.looks.get(&look(name)).into_iter().flatten().copied()
    }

    /// Everyone with this display name, in any capitalisation (see [`normal`]).
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

    /// A text beside the journal; `None` once it was erased.
    pub fn text(&self, text: TextRef) -> Option<&str> {
        self.texts.get(&text).map(|text| text.body.as_str())
    }

    /// The sentence as it was typed, if a day or a task was taken from it and the rest is this text.
    pub fn sentence(&self, text: TextRef) -> Option<&str> {
        self.texts.get(&text)?.sentence.as_deref()
    }

    /// A file beside the journal; `None` once it was erased.
    pub fn file(&self, file: TextRef) -> Option<&FileAbout> {
        self.files.get(&file)
    }

    /// Records a stored file.
    pub fn keeps(&mut self, file: TextRef, about: FileAbout) {
        self.files.insert(file, about);
    }

    /// The unused link codes, the oldest first.
    pub fn link_codes(&self) -> impl DoubleEndedIterator<Item = &LinkCode> {
        self.link_codes.iter()
    }

    /// All linkings that have begun.
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

    /// The person whose code for another account this is, if it works at an instant.
    pub fn person_by_code(&self, code: &str, now: Timestamp) -> Option<PersonId> {
        let is_it = |stage: &Stage| matches!(stage, Stage::Code(known) if known.eq_ignore_ascii_case(code));
        self.linkings
            .values()
            .find(|linking| linking.until > now && is_it(&linking.stage))
            .map(|linking| linking.person)
    }

    /// The account that claims a person, if its own person is the same as when it made the claim.
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

    /// A preference of a scope.
    pub fn preference(&self, scope: Scope, kind: PreferenceKind) -> Option<&Preference> {
        self.preferences.get(&(scope, kind))
    }

    /// The language that a scope prefers: its code.
    pub fn language(&self, scope: Scope) -> Option<&str> {
        match self.preference(scope, PreferenceKind::Language)? {
            Preference::Language(code) => Some(code),
            Preference::News(_) | Preference::Quiet(_) => None,
        }
    }

    /// The news that a room has chosen.
    pub fn news_of(&self, room: &RoomKey) -> Option<&BTreeSet<NewsKind>> {
        match self.preference(Scope::Room(room.clone()), PreferenceKind::News)? {
            Preference::News(kinds) => Some(kinds),
            Preference::Language(_) | Preference::Quiet(_) => None,
        }
    }

    /// The quiet time that a room has chosen.
    pub fn quiet_of(&self, room: &RoomKey) -> Option<Minutes> {
        match self.preference(Scope::Room(room.clone()), PreferenceKind::Quiet)? {
            Preference::Quiet(time) => Some(*time),
            Preference::Language(_) | Preference::News(_) => None,
        }
    }

    /// The rooms with a preference of this kind.
    pub fn rooms_that_want(&self, wanted: PreferenceKind) -> impl Iterator<Item = &RoomKey> {
        self.preferences.keys().filter_map(move |(scope, preference)| match scope {
            Scope::Room(room) if *preference == wanted => Some(room),
            _ => None,
        })
    }

    /// The language of a room: its own, that of what it lies in, or the network's.
    pub fn language_of<'a>(&self, mut places: impl Iterator<Item = &'a RoomKey>) -> Option<&str> {
        let of_room = |room: &RoomKey| self.language(Scope::Room(room.clone()));
        places.find_map(of_room).or_else(|| self.language(Scope::Network))
    }

    /// The language that somebody wants for replies.
    pub fn own_language(&self, account: &Account) -> Option<&str> {
        let of_account = |account: &Account| self.language(Scope::Account(account.clone()));
        of_account(account).or_else(|| self.all_accounts_of(self.person(account)?).into_iter().find_map(of_account))
    }

    /// A person's timer.
    pub fn timer(&self, person: PersonId) -> Option<&Timer> {
        self.timers.get(&person)
    }

    /// Whether a change changes anything. A job that already waits is not added again, and a job that is gone can't be
    /// done.
    pub fn is_changed_by(&self, change: &DirectoryChange) -> bool {
        let waiting = |job: &Job| self.jobs.get(&(job.due_at, job.name.to_string()));
        if let DirectoryChange::Job(job) = change {
            return waiting(job).is_none();
        }
        if let DirectoryChange::JobDone(job) | DirectoryChange::JobFailed(job, _) = change {
            return waiting(job).is_some_and(|known| known.id == job.id);
        }
        true
    }

    /// Whether this account has ever sent something that was encrypted on one of its own devices.
    pub fn is_sealed(&self, account: &Account) -> bool {
        self.sealed.contains(account)
    }

    /// Whether one of a person's accounts, or this one, has ever sent something that was encrypted on one of its own
    /// devices.
    pub fn has_sent_encrypted(&self, account: &Account) -> bool {
        self.sealed.contains(account)
            || self
                .person(account)
                .is_some_and(|person| self.sealed.iter().any(|sealed| self.person(sealed) == Some(person)))
    }

    /// The number of the next question. Numbers are never reused, even if their question is gone.
    pub fn next_question(&self) -> i64 {
        self.last_question + 1
    }

    /// Records the number of the last question that was ever asked.
    pub fn has_asked(&mut self, last: i64) {
        self.last_question = self.last_question.max(last);
    }

    /// The question of a number.
    pub fn question(&self, number: i64) -> Option<&Question> {
        self.questions.get(&number)
    }

    /// The latest open question to an account that is meant.
    pub fn question_to(
        &self,
        asked: &Account,
        now: Timestamp,
        is_meant: impl Fn(&Question) -> bool,
    ) -> Option<&Question> {
        let is_open = |question: &Question| question.asked == *asked && now <= question.until;
        self.questions.values().rev().find(|question| is_open(question) && is_meant(question))
    }

    /// The questions of a command to an account, open or expired.
    pub fn questions_by<'a>(&'a self, asked: &'a Account, command: &'a str) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| question.asked == *asked && question.command == command)
    }

    /// The questions to an account, open or expired.
    pub fn questions_to<'a>(&'a self, asked: &'a Account) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| question.asked == *asked)
    }

    /// The questions whose options contain one of these words or phrases.
    pub fn questions_with<'a>(&'a self, phrases: &'a [String]) -> impl Iterator<Item = &'a Question> {
        self.questions.values().filter(move |question| has_any(&question.options.to_string(), phrases))
    }

    /// The linking that a person has begun.
    pub fn linking(&self, person: PersonId) -> Option<&Linking> {
        self.linkings.get(&person)
    }

    /// The people that an account claims.
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

    /// The jobs with a name.
    pub fn jobs_called<'a>(&'a self, name: &'a JobName) -> impl Iterator<Item = &'a Job> + 'a {
        self.jobs.values().filter(move |job| job.name == *name)
    }
}
