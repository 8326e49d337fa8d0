//! The parts of a rule: buckets, and what each of them selects.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::contribution::ContributionKind;
use crate::core::ids::{PersonId, TaskId};
use crate::core::percent::BasisPoints;

/// What a bucket's percentage is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The new income.
    Total,
    /// What the buckets before it left, including what earlier distributions could not place.
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

/// The weight of a claim in a bucket that is not `until paid`; there its weight is what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weigh {
    /// Minutes, whatever the role.
    Minutes,
    /// Minutes times the role's rate; other kinds at their value.
    Value,
    /// Every person the same.
    Person,
}

impl Weigh {
    /// The word for it in rule files.
    pub fn word(self) -> &'static str {
        match self {
            Weigh::Minutes => "minutes",
            Weigh::Value => "value",
            Weigh::Person => "person",
        }
    }
}

/// What a filter sees of a contribution.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its kind.
    pub kind: ContributionKind,
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

/// Restricts what a bucket selects of its kinds; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Work in these roles only.
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
    fn meets(&self, other: &Self, kind: ContributionKind) -> bool {
        fn common<T: PartialEq>(one: &[T], two: &[T]) -> bool {
            one.is_empty() || two.is_empty() || one.iter().any(|item| two.contains(item))
        }
        let roles = |one: &Self, two: &Self| {
            one.roles.is_empty() || one.roles.iter().any(|role| !two.except_roles.contains(role))
        };
        let is_work = kind == ContributionKind::Work;
        let by_role = if is_work {
            common(&self.roles, &other.roles) && roles(self, other) && roles(other, self)
        } else {
            self.roles.is_empty() && other.roles.is_empty()
        };
        let apart =
            |one: Option<NaiveDate>, two: Option<NaiveDate>| one.zip(two).is_some_and(|(until, since)| until < since);
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
    /// One person, such as an exchange firm.
    Person(PersonId),
    /// The claims of these kinds.
    Claims {
        /// Which kinds are selected.
        kinds: Vec<ContributionKind>,
        /// What they weigh.
        weigh: Weigh,
        /// How long they live.
        lifetime: Lifetime,
        /// The limit of `until paid`, as a part of the value.
        cap: BasisPoints,
        /// Which of these kinds.
        #[serde(default, skip_serializing_if = "Filter::is_all")]
        only: Filter,
        /// Factors for the weights of kinds; a kind without one has 1.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        factors: BTreeMap<ContributionKind, u32>,
    },
    /// The lines of the income's milestone.
    Budget,
}

/// A part of every income, and who it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// How large a part.
    pub percent: BasisPoints,
    /// Of what.
    pub of: Base,
    /// Its destination.
    pub to: Destination,
}

/// The largest cap: a hundred times the value.
pub(crate) const LARGEST_CAP: BasisPoints = BasisPoints::whole(100);

/// The largest weight of a kind; exact values times it stay far inside `i64`.
pub(crate) const LARGEST_FACTOR: u32 = 1000;

impl Bucket {
    /// Whether it is for some claims of a kind, at least.
    pub fn takes(&self, kind: ContributionKind) -> bool {
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
        match &self.to {
            Destination::Claims { weigh, lifetime, .. } => *weigh == Weigh::Person && *lifetime != Lifetime::UntilPaid,
            Destination::Fund(_) | Destination::Person(_) | Destination::Budget => false,
        }
    }

    /// The cap, if it pays claims under `until paid`.
    pub fn cap(&self) -> Option<BasisPoints> {
        match &self.to {
            Destination::Claims { lifetime: Lifetime::UntilPaid, cap, .. } => Some(*cap),
            _ => None,
        }
    }

    /// A kind of which both buckets may select the same contribution.
    pub(crate) fn meets(&self, other: &Bucket) -> Option<ContributionKind> {
        let (Destination::Claims { kinds, only, .. }, Destination::Claims { kinds: others, only: except, .. }) =
            (&self.to, &other.to)
        else {
            return None;
        };
        kinds.iter().copied().find(|kind| others.contains(kind) && only.meets(except, *kind))
    }
}
