//! Facts about a network and the people in it: who they are, which roles they have, which settings hold.

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
        SettingChanged = "setting-changed" 4 reads 1 | 2 | 3 { setting: Setting },
        /// A person joined, or was added by a steward; `agreed` has the hashes of the rules they were shown. `handle`
        /// is their name in the journal: `person-` and their number. Their real handle lies beside the journal; older
        /// journals have it here.
        PersonAdded = "person-added" 2 reads 1 {
            person: PersonId, handle: String, agreed: Vec<Hash>,
            /// The hashes of what lies beside the journal about who they are.
            #[serde(default)] marks: Vec<Mark>,
        },
        /// What lies beside the journal about who somebody is has changed. Earlier marks hold unless one of the same
        /// kind replaces them; accounts add up.
        PersonIdentified = "person-identified" 1 { person: PersonId, marks: Vec<Mark> },
        /// Somebody who had left came back.
        PersonReturned = "person-returned" 1 { person: PersonId, agreed: Vec<Hash> },
        /// A person left: their roles ended, and these tasks are open again.
        PersonLeft = "person-left" 1 { person: PersonId, dropped: Vec<TaskId> },
        /// Somebody is to be erased: they no longer take part, their tasks are open again, and redirects from them or
        /// to them end. What they were owed becomes a gift.
        PersonErased = "person-erased" 1 { person: PersonId, transaction: Transaction },
        /// A role was granted; a lead's names the project.
        RoleGranted = "role-granted" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
        /// A role ended.
        RoleRevoked = "role-revoked" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
        /// Two people turned out to be one: from now on `gone` is `kept`. The balances of `gone` move.
        PeopleJoined = "people-joined" 1 { kept: PersonId, gone: PersonId, transaction: Transaction },
    }
}

impl PeopleFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
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

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
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
    /// For how many days after the work it may still be logged.
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
    /// Above this amount a movement of money is asked about.
    AskAbove(Option<Amount>),
    /// For how many days a movement like an earlier one is asked about.
    RepeatDays(Option<u32>),
    /// Whether people who have written encrypted messages may move money and roles by such messages only.
    Encryption(bool),
}

/// Something that lies beside the journal about who a person is, as the hash of a salt and the content. Erasing the
/// salt and the content leaves the chain whole; changing them, or giving them to another person, is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// An account on a platform. A person can have several.
    Account(TextRef),
    /// The person's handle.
    Handle(TextRef),
    /// The person's display name.
    Name(TextRef),
    /// Where the person wants to be paid; `None` after it was removed.
    PayTo(Option<TextRef>),
}

impl Mark {
    /// Whether it replaces another mark.
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
