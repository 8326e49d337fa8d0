//! Entries of the journal: facts with their outcome.
//!
//! The payload is the JSON that is stored, and its exact bytes are what is hashed: `hash = SHA-256(previous hash,
//! payload)`, where the first previous hash is the SHA-256 of the network's id. Each kind has a version; its struct is
//! frozen once a journal has been written with it. A changed fact gets a new version. If the new version only adds
//! fields that the older one leaves out, it declares that it `reads` the older one; any other change needs an upcast in
//! its domain. The payload itself has gained `said` in the same way: entries without it, which are nearly all, have the
//! same bytes as before.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::core::fact::declare::{Body, Carries};
use crate::core::fact::equipment::EquipmentFact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::people::PeopleFact;
use crate::core::fact::pool::PoolFact;
use crate::core::fact::rule::RuleFact;
use crate::core::fact::work::WorkFact;
use crate::core::ids::{PersonId, PoolId, TextRef};
use crate::core::ledger::Transaction;
use crate::core::time::Timestamp;

/// Declares the enum of all facts, which forwards each question to the domain of the fact.
macro_rules! domains {
    ($( $(#[$doc:meta])* $domain:ident($type:ident) ),+ $(,)?) => {
        /// What happened, with its outcome. It is never a command that has to be computed again.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact { $( $(#[$doc])* $domain($type) ),+ }

        $( impl From<$type> for Fact {
            fn from(fact: $type) -> Self {
                Fact::$domain(fact)
            }
        } )+

        impl Fact {
            /// Every kind with its current version.
            pub fn kinds() -> impl Iterator<Item = (&'static str, u32)> {
                [$( $type::KINDS ),+].into_iter().flatten().copied()
            }

            /// The kind and version that the payload names.
            pub fn kind(&self) -> (&'static str, u32) {
                match self { $( Fact::$domain(fact) => fact.kind() ),+ }
            }

            fn body(&self) -> Result<Box<RawValue>, serde_json::Error> {
                match self { $( Fact::$domain(fact) => fact.body() ),+ }
            }

            /// Reads a body of a kind and version, upcast to today's type.
            fn parse(kind: &str, version: u32, body: &RawValue) -> Result<Self, PayloadError> {
                $( if let Some(read) = $type::parse(kind, version, body.get()) {
                    return read.map(Fact::$domain).map_err(PayloadError::malformed);
                } )+
                Err(PayloadError::Newer { kind: kind.to_owned(), version })
            }

            fn carried(&self) -> &dyn Carries {
                match self { $( Fact::$domain(fact) => fact.carried() ),+ }
            }

            fn is_everyday(&self) -> bool {
                match self { $( Fact::$domain(fact) => fact.is_everyday() ),+ }
            }

            /// Whether it changes existing claims: which there are, what they weigh or what they have received.
            pub fn touches_claims(&self) -> bool {
                match self { $( Fact::$domain(fact) => fact.touches_claims() ),+ }
            }

            /// The text that its author wrote: a title, a corrected log's text, a reason. A custodian's notes on the
            /// network's money belong to the network, and what was agreed on belongs to everybody.
            pub fn words(&self) -> Option<TextRef> {
                match self { $( Fact::$domain(fact) => fact.words() ),+ }
            }
        }
    };
}

domains! {
    /// About the network and its people.
    People(PeopleFact),
    /// About projects and what they share by.
    Rule(RuleFact),
    /// About tasks and logs.
    Work(WorkFact),
    /// About money.
    Money(MoneyFact),
    /// About pools.
    Pool(PoolFact),
    /// About machines.
    Equipment(EquipmentFact),
}

impl<T: Body> From<T> for Fact
where
    Fact: From<T::Domain>,
{
    fn from(body: T) -> Self {
        let domain: T::Domain = body.into();
        domain.into()
    }
}

impl Fact {
    /// Whether it moves money, or decides who may move it, who somebody is or where money goes. Nobody may do that in
    /// another's name. All facts do, except those of everyday work.
    pub fn is_guarded(&self) -> bool {
        !self.is_everyday() || self.transaction().is_some()
    }

    /// The transaction that it carries, if money moves.
    pub fn transaction(&self) -> Option<&Transaction> {
        self.carried().transaction().filter(|transaction| !transaction.is_empty())
    }

    /// Everything that it refers to beside the journal: texts, and the one file of a
    /// [`ReceiptKept`](crate::core::fact::work::ReceiptKept).
    pub fn refers_to(&self) -> Vec<TextRef> {
        let mut found = Vec::new();
        self.carried().texts(&mut found);
        found
    }

    /// The pool that it concerns.
    pub fn pool(&self) -> Option<PoolId> {
        self.carried().pool()
    }
}

/// An entry: a fact, its place in its network's journal, and its author.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The network's id.
    pub network: String,
    /// Its place in the journal, from 1.
    pub seq: u64,
    /// When it took effect; never goes back.
    pub at: Timestamp,
    /// When the author said it, by the platform's clock, if that differs from `at`. No decision depends on it.
    pub said: Option<Timestamp>,
    /// Its author; `None` if time caused it.
    pub by: Option<PersonId>,
    /// What happened.
    pub fact: Fact,
}

/// A payload that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// A kind or version that this program doesn't know.
    #[error(
        "entry of kind `{kind}` version {version} was made by a newer fairshare; install that version to open this file"
    )]
    Newer {
        /// The kind.
        kind: String,
        /// The version.
        version: u32,
    },
    /// JSON of another shape.
    #[error("payload is malformed: {0}")]
    Malformed(String),
}

impl PayloadError {
    fn malformed(error: serde_json::Error) -> Self {
        PayloadError::Malformed(error.to_string())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    network: String,
    seq: u64,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<Timestamp>,
    by: Option<PersonId>,
    kind: String,
    v: u32,
    #[serde(borrow)]
    body: std::borrow::Cow<'a, RawValue>,
}

impl Entry {
    /// The JSON that is stored and hashed.
    pub fn payload(&self) -> String {
        let (kind, v) = self.fact.kind();
        let json = self.fact.body().and_then(|body| {
            serde_json::to_string(&Payload {
                network: self.network.clone(),
                seq: self.seq,
                at: self.at,
                said: self.said,
                by: self.by,
                kind: kind.to_owned(),
                v,
                body: std::borrow::Cow::Owned(body),
            })
        });
        // Facts hold only strings, numbers, lists and string-keyed maps: JSON can write all of them.
        json.unwrap_or_default()
    }

    /// Reads what [`Entry::payload`] wrote, in this or an earlier version.
    ///
    /// # Errors
    /// [`PayloadError::Newer`] for a kind or version that this program doesn't know, [`PayloadError::Malformed`] for
    /// JSON of another shape.
    pub fn parse(payload: &str) -> Result<Self, PayloadError> {
        Self::parse_versioned(payload).map(|(entry, _)| entry)
    }

    /// Like [`Entry::parse`], with the version that the payload was written in.
    ///
    /// # Errors
    /// As [`Entry::parse`].
    pub fn parse_versioned(payload: &str) -> Result<(Self, u32), PayloadError> {
        let read: Payload = serde_json::from_str(payload).map_err(PayloadError::malformed)?;
        let fact = Fact::parse(&read.kind, read.v, &read.body)?;
        Ok((Entry { network: read.network, seq: read.seq, at: read.at, said: read.said, by: read.by, fact }, read.v))
    }

    /// The transaction that the fact carries, if money moves.
    pub fn transaction(&self) -> Option<&Transaction> {
        self.fact.transaction()
    }
}
