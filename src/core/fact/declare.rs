//! How facts are declared, and what their fields carry.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::core::budget::LinePlan;
use crate::core::contribution::{Contribution, Waiting};
use crate::core::distribution::share::{Recipient, Share};
use crate::core::equipment::{ChargeLine, EquipmentTerms, Handed};
use crate::core::holder::Holder;
use crate::core::ids::{
    BatchId, BillId, DistributionId, EquipmentId, Hash, LineId, LogId, LotId, MilestoneId, MoneyId, PersonId, PoolId,
    ProjectId, ProposalId, TaskId, TextRef,
};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::pool::{Conditions, Stake};
use crate::core::rule::definition::Rule;
use crate::core::time::{Minutes, Timestamp};

/// A fact as it is declared; its domain's enum has a variant of the same name.
pub trait Body: Into<Self::Domain> {
    /// The enum of its domain.
    type Domain;
}

/// What a fact carries, or a field of one. Every type of a field implements it; a type that doesn't can't be a field.
pub trait Carries {
    /// The transaction, even an empty one.
    fn transaction(&self) -> Option<&Transaction> {
        None
    }

    /// Adds the texts and files beside the journal that it refers to.
    fn texts(&self, _found: &mut Vec<TextRef>) {}

    /// The pool that it concerns.
    fn pool(&self) -> Option<PoolId> {
        None
    }
}

/// What a fact can have several of: anything without transactions and pools.
pub trait Several: Carries {}

impl Carries for Transaction {
    fn transaction(&self) -> Option<&Transaction> {
        Some(self)
    }
}

impl Carries for TextRef {
    fn texts(&self, found: &mut Vec<TextRef>) {
        found.push(*self);
    }
}

impl Several for TextRef {}

impl Carries for PoolId {
    fn pool(&self) -> Option<PoolId> {
        Some(*self)
    }
}

impl<T: Carries> Carries for Option<T> {
    fn transaction(&self) -> Option<&Transaction> {
        self.as_ref().and_then(Carries::transaction)
    }

    fn texts(&self, found: &mut Vec<TextRef>) {
        self.iter().for_each(|carried| carried.texts(found));
    }

    fn pool(&self) -> Option<PoolId> {
        self.as_ref().and_then(Carries::pool)
    }
}

impl<T: Several> Carries for Vec<T> {
    fn texts(&self, found: &mut Vec<TextRef>) {
        self.iter().for_each(|carried| carried.texts(found));
    }
}

impl<A: Several, B: Several> Carries for (A, B) {
    fn texts(&self, found: &mut Vec<TextRef>) {
        self.0.texts(found);
        self.1.texts(found);
    }
}

impl<A: Several, B: Several> Several for (A, B) {}

/// Declares that types carry neither money nor texts nor a pool.
macro_rules! carries_nothing {
    ($($type:ty),+ $(,)?) => { $(
        impl $crate::core::fact::declare::Carries for $type {}
        impl $crate::core::fact::declare::Several for $type {}
    )+ };
}

pub(crate) use carries_nothing;

carries_nothing! {
    bool, u8, u32, i64, BasisPoints, Minor, String, Decimal, NaiveDate, Timestamp, Tz, Minutes, Hash, Amount,
    LedgerAccount, Holder, Recipient, BatchId, BillId, DistributionId, EquipmentId, LineId, LogId, LotId,
    MilestoneId, MoneyId, PersonId, ProjectId, ProposalId, TaskId, Conditions, Contribution, Handed, ChargeLine,
    LinePlan, Rule, Share, Stake, EquipmentTerms, Waiting,
}

/// Declares the facts of a domain: a struct for each, and an enum of all of them that knows their kinds and reads their
/// bodies.
///
/// A kind is followed by its current version, and by the older ones that its struct reads too.
macro_rules! facts {
    (
        $(#[$about:meta])*
        pub enum $domain:ident { $(
            $(#[$doc:meta])*
            $name:ident = $kind:literal $version:literal $(reads $($older:literal)|+)? {
                $( $(#[$attribute:meta])* $field:ident : $type:ty ),+ $(,)?
            }
        ),+ $(,)? }
    ) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            #[allow(missing_docs)]
            pub struct $name { $( $(#[$attribute])* pub $field: $type ),+ }

            impl $crate::core::fact::declare::Body for $name {
                type Domain = $domain;
            }

            impl From<$name> for $domain {
                fn from(body: $name) -> Self {
                    $domain::$name(body)
                }
            }

            impl $crate::core::fact::declare::Carries for $name {
                /// A fact's own transaction is its last field that has one; it includes what is taken back.
                fn transaction(&self) -> Option<&$crate::core::ledger::Transaction> {
                    let all = [$( $crate::core::fact::declare::Carries::transaction(&self.$field) ),+];
                    all.into_iter().flatten().next_back()
                }

                fn texts(&self, found: &mut Vec<$crate::core::ids::TextRef>) {
                    $( $crate::core::fact::declare::Carries::texts(&self.$field, found); )+
                }

                fn pool(&self) -> Option<$crate::core::ids::PoolId> {
                    let all = [$( $crate::core::fact::declare::Carries::pool(&self.$field) ),+];
                    all.into_iter().flatten().next()
                }
            }
        )+

        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $domain { $( $(#[$doc])* $name($name) ),+ }

        impl $domain {
            /// Every kind with its current version.
            pub const KINDS: &'static [(&'static str, u32)] = &[$( ($kind, $version) ),+];

            /// The kind and version that the payload names.
            pub fn kind(&self) -> (&'static str, u32) {
                match self { $( $domain::$name(_) => ($kind, $version) ),+ }
            }

            /// What it carries.
            pub fn carried(&self) -> &dyn $crate::core::fact::declare::Carries {
                match self { $( $domain::$name(body) => body ),+ }
            }

            /// Its body as JSON.
            ///
            /// # Errors
            /// [`serde_json::Error`] for what JSON can't write, which no fact holds.
            pub fn body(&self) -> Result<Box<serde_json::value::RawValue>, serde_json::Error> {
                match self { $( $domain::$name(body) => serde_json::value::to_raw_value(body) ),+ }
            }

            /// Reads a body of a kind and version. `None` if no fact of the domain has that kind and version; an error
            /// for JSON of another shape.
            #[allow(clippy::manual_range_patterns)] // the versions are listed as the facts list them
            pub fn parse(kind: &str, version: u32, body: &str) -> Option<Result<Self, serde_json::Error>> {
                match (kind, version) {
                    $( ($kind, $version $($(| $older)+)?) => Some(serde_json::from_str(body).map($domain::$name)), )+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use facts;
