//! Benefit redistribution rules: ordered buckets, and what makes a list of them a rule.
//!
//! A rule is the contract by which income becomes shares. It is written once, into the entry that creates the project or
//! proposes it, and identified by the hash of that text. Presets are in `rule/preset.rs`.
//!
//! Fields that came later are left out of the text where they say nothing, so that the hash of an earlier rule stays.

pub mod preset;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::core::contribution::Kind;
use crate::core::ids::{Hash, PersonId, TaskId};

pub use crate::core::rule::preset::{Cut, Numbers, Preset};

/// One hundred percent, in the hundredths of a percent that rules count in.
pub const WHOLE: u32 = 10_000;

/// Half of it.
pub const HALF: u32 = 5_000;

/// What a bucket's percentage is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The new income.
    Total,
    /// What the buckets before it left, with what earlier distributions could not place.
    Remaining,
}

/// How long a claim lives in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifetime {
    /// It never shrinks: every income is shared in proportion.
    Forever,
    /// It is paid up to its value times the cap.
    UntilPaid,
    /// The first distribution that shares it closes it.
    Once,
}

impl Lifetime {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Lifetime::Forever => "forever",
            Lifetime::UntilPaid => "until-paid",
            Lifetime::Once => "once",
        }
    }
}

/// What a claim weighs in a bucket that is not `until paid`; there it weighs what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weigh {
    /// Minutes, whatever the role.
    Minutes,
    /// Minutes times the role's rate; other kinds at their value.
    Value,
    /// Every person the same, whatever they did.
    Person,
}

impl Weigh {
    /// The word for it, as rule files have it.
    pub fn word(self) -> &'static str {
        match self {
            Weigh::Minutes => "minutes",
            Weigh::Value => "value",
            Weigh::Person => "person",
        }
    }
}

/// What a filter looks at in a contribution.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its kind.
    pub kind: Kind,
    /// The role of work.
    pub role: Option<&'a str>,
    /// The task.
    pub task: Option<TaskId>,
    /// Who it was logged for, as they were known then.
    pub person: PersonId,
    /// The day it was done.
    pub date: NaiveDate,
    /// Whether it is work on a line of a milestone.
    pub planned: bool,
}

/// What a bucket selects of its kinds; what is empty does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Work in these roles alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// No work in these roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except_roles: Vec<String>,
    /// On these tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskId>,
    /// By these people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonId>,
    /// Done on this day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// Done on this day or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl Filter {
    fn is_all(&self) -> bool {
        *self == Self::default()
    }

    fn selects(&self, subject: &Subject<'_>) -> bool {
        let role = |roles: &[String]| subject.role.is_some_and(|role| roles.iter().any(|named| named == role));
        (self.roles.is_empty() || role(&self.roles))
            && !role(&self.except_roles)
            && (self.tasks.is_empty() || subject.task.is_some_and(|task| self.tasks.contains(&task)))
            && (self.people.is_empty() || self.people.contains(&subject.person))
            && self.since.is_none_or(|since| subject.date >= since)
            && self.until.is_none_or(|until| subject.date <= until)
    }

    /// Whether some contribution of `kind` could be selected by both.
    fn meets(&self, other: &Self, kind: Kind) -> bool {
        fn common<T: PartialEq>(one: &[T], two: &[T]) -> bool {
            one.is_empty() || two.is_empty() || one.iter().any(|item| two.contains(item))
        }
        let roles = |one: &Self, two: &Self| one.roles.is_empty() || one.roles.iter().any(|role| !two.except_roles.contains(role));
        let is_work = kind == Kind::Work;
        let by_role = if is_work {
            common(&self.roles, &other.roles) && roles(self, other) && roles(other, self)
        } else {
            self.roles.is_empty() && other.roles.is_empty()
        };
        let apart = |one: Option<NaiveDate>, two: Option<NaiveDate>| one.zip(two).is_some_and(|(until, since)| until < since);
        by_role
            && common(&self.tasks, &other.tasks)
            && common(&self.people, &other.people)
            && !apart(self.until, other.since)
            && !apart(other.until, self.since)
    }
}

/// Who a bucket is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// A virtual account.
    Fund(String),
    /// One person: an exchange firm, say.
    Person(PersonId),
    /// The claims of these kinds.
    Claims {
        /// Which kinds are selected.
        kinds: Vec<Kind>,
        /// What they weigh.
        weigh: Weigh,
        /// How long they live.
        lifetime: Lifetime,
        /// How far `until paid` goes, in hundredths of a percent of the value: 10000 is the value itself.
        cap: u32,
        /// Which of these kinds.
        #[serde(default, skip_serializing_if = "Filter::is_all")]
        only: Filter,
        /// What a kind's weight is multiplied by, where that is not 1.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        factors: BTreeMap<Kind, u32>,
    },
    /// The lines of the income's milestone.
    Budget,
}

/// A part of every income, and who it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Hundredths of a percent.
    pub percent: u32,
    /// Of what.
    pub of: Base,
    /// For whom.
    pub to: Destination,
}

/// A whole rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The preset it was made from.
    pub preset: Preset,
    /// Its buckets, in order.
    pub buckets: Vec<Bucket>,
}

/// Why buckets do not make a rule. Buckets are counted from 1, as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// There are none.
    #[error("a rule without buckets")]
    NoBuckets,
    /// A percentage that is nothing or more than everything.
    #[error("bucket {bucket} takes {percent} hundredths of a percent")]
    Percent {
        /// Which bucket.
        bucket: usize,
        /// Hundredths of a percent.
        percent: u32,
    },
    /// The buckets of the total come to more than the total.
    #[error("the parts of the total come to {percent} hundredths of a percent")]
    OverWhole {
        /// The bucket that goes over.
        bucket: usize,
        /// Hundredths of a percent.
        percent: u32,
    },
    /// A bucket of the total stands behind one of what remains.
    #[error("bucket {bucket} is of the total and follows one of what remains")]
    TotalLast {
        /// Which bucket.
        bucket: usize,
    },
    /// It selects no kind of contribution.
    #[error("bucket {bucket} selects nothing")]
    SelectsNothing {
        /// Which bucket.
        bucket: usize,
    },
    /// Two buckets may select one claim.
    #[error("buckets {first} and {bucket} may select one claim of {kind:?}")]
    Twice {
        /// The earlier bucket.
        first: usize,
        /// The later one.
        bucket: usize,
        /// A kind that both select.
        kind: Kind,
    },
    /// A cap of nothing, or beyond all reason.
    #[error("bucket {bucket} has a cap of {cap} hundredths of a percent")]
    Cap {
        /// Which bucket.
        bucket: usize,
        /// Hundredths of a percent.
        cap: u32,
    },
    /// Weights that don't go with what the bucket weighs.
    #[error("the weights of bucket {bucket} have no meaning there")]
    Weights {
        /// Which bucket.
        bucket: usize,
    },
    /// The preset does not ask for this number.
    #[error("{} takes no {number}", preset.word())]
    NotAsked {
        /// The preset.
        preset: Preset,
        /// The number's option.
        number: &'static str,
    },
}

impl Flaw {
    /// The bucket that it is about, from 1.
    pub fn bucket(&self) -> Option<usize> {
        match *self {
            Flaw::NoBuckets | Flaw::NotAsked { .. } => None,
            Flaw::Percent { bucket, .. }
            | Flaw::OverWhole { bucket, .. }
            | Flaw::TotalLast { bucket }
            | Flaw::SelectsNothing { bucket }
            | Flaw::Twice { bucket, .. }
            | Flaw::Cap { bucket, .. }
            | Flaw::Weights { bucket } => Some(bucket),
        }
    }
}

/// The largest cap: a hundred times the value.
const LARGEST_CAP: u32 = 100 * WHOLE;

/// The largest weight of a kind; exact values times it stay far inside `i64`.
const LARGEST_FACTOR: u32 = 1000;

impl Rule {
    /// The SHA-256 of the rule's text, by which people name what they agreed to.
    pub fn hash(&self) -> Hash {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Hash(Sha256::digest(text).into())
    }

    /// The rule as a list of buckets, if they make one.
    pub fn new(preset: Preset, buckets: Vec<Bucket>) -> Result<Self, Flaw> {
        let mut of_total = 0_u32;
        let mut remaining = false;
        for (index, this) in buckets.iter().enumerate() {
            let bucket = index + 1;
            if this.percent == 0 || this.percent > WHOLE {
                return Err(Flaw::Percent { bucket, percent: this.percent });
            }
            match this.of {
                Base::Remaining => remaining = true,
                Base::Total if remaining => return Err(Flaw::TotalLast { bucket }),
                Base::Total => of_total += this.percent,
            }
            if of_total > WHOLE {
                // Told with all that follow: that is what has to come down.
                let percent = buckets.iter().filter(|b| b.of == Base::Total).fold(0_u32, |sum, b| sum.saturating_add(b.percent));
                return Err(Flaw::OverWhole { bucket, percent });
            }
            if let Destination::Claims { kinds, weigh, lifetime, cap, factors, .. } = &this.to {
                if kinds.is_empty() {
                    return Err(Flaw::SelectsNothing { bucket });
                }
                if *cap == 0 || *cap > LARGEST_CAP {
                    return Err(Flaw::Cap { bucket, cap: *cap });
                }
                let by_value = *weigh == Weigh::Value && *lifetime != Lifetime::UntilPaid;
                if !factors.is_empty() && (!by_value || factors.values().any(|factor| !(1..=LARGEST_FACTOR).contains(factor))) {
                    return Err(Flaw::Weights { bucket });
                }
            }
            for (before, earlier) in buckets.iter().take(index).enumerate() {
                if let Some(kind) = this.meets(earlier) {
                    return Err(Flaw::Twice { first: before + 1, bucket, kind });
                }
            }
        }
        if buckets.is_empty() { Err(Flaw::NoBuckets) } else { Ok(Rule { preset, buckets }) }
    }

    /// The bucket that selects a contribution, if any does.
    pub fn bucket_for(&self, subject: &Subject<'_>) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.selects(subject))
    }

    /// Whether some bucket takes all that the buckets before it leave.
    pub fn places_all(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.of == Base::Remaining && bucket.percent == WHOLE)
    }

    /// Whether it shares an income by the lines of its milestone.
    pub fn is_budget(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.to == Destination::Budget)
    }

    /// Whether some bucket weighs work at its role's rate.
    pub fn needs_rates(&self) -> bool {
        self.buckets.iter().any(|bucket| match &bucket.to {
            Destination::Claims { kinds, weigh, lifetime, .. } => {
                kinds.contains(&Kind::Work) && (*weigh == Weigh::Value || *lifetime == Lifetime::UntilPaid)
            }
            _ => false,
        })
    }
}

impl Bucket {
    /// Whether it is for claims of a kind, some of them at least.
    pub fn takes(&self, kind: Kind) -> bool {
        matches!(&self.to, Destination::Claims { kinds, .. } if kinds.contains(&kind))
    }

    /// Whether a contribution is selected.
    pub fn selects(&self, subject: &Subject<'_>) -> bool {
        match &self.to {
            Destination::Claims { kinds, only, .. } => kinds.contains(&subject.kind) && only.selects(subject),
            Destination::Budget => subject.planned,
            Destination::Fund(_) | Destination::Person(_) => false,
        }
    }

    /// Whether it is for what people did.
    pub fn is_for_claims(&self) -> bool {
        matches!(self.to, Destination::Claims { .. } | Destination::Budget)
    }

    /// Whether every person has the same part of it.
    pub fn is_by_person(&self) -> bool {
        matches!(&self.to, Destination::Claims { weigh: Weigh::Person, lifetime, .. } if *lifetime != Lifetime::UntilPaid)
    }

    /// The cap, if it pays claims until they are paid.
    pub fn cap(&self) -> Option<u32> {
        match &self.to {
            Destination::Claims { lifetime: Lifetime::UntilPaid, cap, .. } => Some(*cap),
            _ => None,
        }
    }

    /// A kind of which both may select the same contribution.
    fn meets(&self, other: &Bucket) -> Option<Kind> {
        let (Destination::Claims { kinds, only, .. }, Destination::Claims { kinds: others, only: except, .. }) = (&self.to, &other.to)
        else {
            return None;
        };
        kinds.iter().copied().find(|kind| others.contains(kind) && only.meets(except, *kind))
    }
}
