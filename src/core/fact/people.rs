//! Facts about a network and the people in it: who they are, which roles they have, how it is set.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::core::fact::declare::{carries_nothing, facts};
use crate::core::ids::{Hash, PersonId, ProjectId, TaskId, TextRef};
use crate::core::ledger::Transaction;
use crate::core::money::{Amount, Commodity};
use crate::core::percent::BasisPoints;
use crate::core::time::Minutes;

facts! {
    /// What happened to a network and its people.
    pub enum PeopleFact {
        /// A community began to keep accounts.
        NetworkCreated = "network-created" 1 { name: String, currency: String, scale: u8, timezone: Tz },
        /// A setting was changed.
        SettingChanged = "setting-changed" 3 reads 1 | 2 { setting: Setting },
        /// A person joined, or was added by a steward; `agreed` has the hashes of the rules they were shown. The
        /// handle is what the journal calls them: `person-` and their number. What they are called lies beside the
        /// journal; older journals have it here.
        PersonAdded = "person-added" 2 reads 1 {
            person: PersonId, handle: String, agreed: Vec<Hash>,
            /// What lies beside the journal about who they are.
            #[serde(default)] marks: Vec<Mark>,
        },
        /// What lies beside the journal about who somebody is has changed. Earlier marks hold unless one of the same
        /// kind replaces them; only accounts add up.
        PersonIdentified = "person-identified" 1 { person: PersonId, marks: Vec<Mark> },
        /// Somebody who had left came back.
        PersonReturned = "person-returned" 1 { person: PersonId, agreed: Vec<Hash> },
        /// A person left: roles ended, these tasks are open again.
        PersonLeft = "person-left" 1 { person: PersonId, dropped: Vec<TaskId> },
        /// Somebody is to be forgotten: they no longer take part, their tasks are open again, and no redirect is
        /// theirs or goes to them. What they were owed, they gave.
        PersonErased = "person-erased" 1 { person: PersonId, transaction: Transaction },
        /// A role was granted; a lead's names the project.
        RoleGranted = "role-granted" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
        /// A role ended.
        RoleRevoked = "role-revoked" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
        /// Two people turned out to be one: from now on `gone` is `kept`. What was on the accounts of `gone` moves.
        PeopleJoined = "people-joined" 1 { kept: PersonId, gone: PersonId, transaction: Transaction },
    }
}

impl PeopleFact {
    /// What its author says in it in words of their own: a title, a correction, a reason. Not the words of logs, which
    /// the books know by the log, nor a custodian's notes, which are the network's.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            PeopleFact::NetworkCreated(_)
            | PeopleFact::SettingChanged(_)
            | PeopleFact::PersonAdded(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::PersonReturned(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::PersonErased(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_)
            | PeopleFact::PeopleJoined(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            PeopleFact::NetworkCreated(_) | PeopleFact::PersonAdded(_) | PeopleFact::PersonReturned(_) => true,
            PeopleFact::SettingChanged(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::PersonErased(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_)
            | PeopleFact::PeopleJoined(_) => false,
        }
    }

    /// Whether one more person takes part after it.
    pub fn takes_somebody_in(&self) -> bool {
        match self {
            PeopleFact::PersonAdded(_) | PeopleFact::PersonReturned(_) => true,
            PeopleFact::NetworkCreated(_)
            | PeopleFact::SettingChanged(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::PersonErased(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_)
            | PeopleFact::PeopleJoined(_) => false,
        }
    }

    /// Whether it changes what claims there are already, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            PeopleFact::SettingChanged(_)
            | PeopleFact::PersonReturned(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::PersonErased(_)
            | PeopleFact::PeopleJoined(_) => true,
            PeopleFact::NetworkCreated(_)
            | PeopleFact::PersonAdded(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_) => false,
        }
    }
}

/// What a person may do. Every role implies affiliate; steward implies lead of every project, not custodian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accepts tasks, resolves flags, confirms payouts of a project.
    Lead,
    /// Holds the money and records what comes in and goes out.
    Custodian,
    /// Grants roles, opens projects, sets rates.
    Steward,
}

impl Role {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Role::Lead => "lead",
            Role::Custodian => "custodian",
            Role::Steward => "steward",
        }
    }
}

/// A setting of a network, with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "key", content = "value")]
pub enum Setting {
    /// What the network is called.
    Name(String),
    /// The zone that dates are read in.
    Timezone(Tz),
    /// A distribution above this needs a second person's confirmation.
    SecondPerson(Option<Amount>),
    /// How many days after it was done work may still be logged.
    LogWindow(Option<u32>),
    /// How much one person may log for one day.
    DailyLimit(Option<Minutes>),
    /// How many others must agree to a log before it counts.
    Validators(Option<u32>),
    /// A proposed rule needs more than this part of its voters.
    Quorum(Option<BasisPoints>),
    /// With an open objection it needs at least this part of them.
    ObjectionShare(Option<BasisPoints>),
    /// For how many days a proposal is open.
    AgreeDays(Option<u32>),
    /// After how many days an open flag is brought to the stewards.
    FlagDays(Option<u32>),
    /// Whether people who have written encrypted messages move money and roles by such messages only.
    Encryption(bool),
}

/// Something that lies beside the journal about who a person is, by the hash of a salt and what it says. Erasing the
/// salt and the words leaves the chain whole; changing them, or giving them to somebody else, is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// An account on a platform. A person can have several.
    Account(TextRef),
    /// The person's handle.
    Handle(TextRef),
    /// The person's display name.
    Name(TextRef),
    /// Where the person wants to be paid; nothing if nobody is to know it any more.
    PayTo(Option<TextRef>),
}

impl Mark {
    /// Whether it takes the place of another.
    pub fn replaces(&self, other: &Self) -> bool {
        !matches!(self, Mark::Account(_)) && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl NetworkCreated {
    /// The network's accounting currency.
    pub fn commodity(&self) -> Option<Commodity> {
        Commodity::new(&self.currency, self.scale)
    }
}

// A mark is the hash of what lies beside the journal about a person; texts are kept elsewhere.
carries_nothing! { Role, Setting, Mark }
