//! Benefit redistribution rules: ordered buckets, and the presets that people pick from.
//!
//! A rule is the contract by which income becomes shares. It is written once, into the entry that creates the project,
//! and identified by the hash of that text.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contribution::Kind;
use super::entry::{Hash, PersonId};

/// One hundred percent, in the hundredths of a percent that rules count in.
pub const WHOLE: u32 = 10_000;

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

/// What a claim weighs in a bucket that is not `until paid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weigh {
    /// Minutes, whatever the role.
    Minutes,
    /// Minutes times the role's rate; other kinds at their value.
    Value,
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
    },
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

/// The rules that people pick from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// In proportion to hours, whatever the role.
    Hours,
    /// In proportion to minutes times role rate; expenses and material at value.
    Rates,
    /// Expenses, material and cash until paid; then work alone, as `rates`.
    CostsFirst,
}

/// What is taken off every income before a preset's own buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Hundredths of a percent of the total.
    pub percent: u32,
    /// A fund or a person.
    pub to: Destination,
}

/// Why a rule can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of the total come to {percent} hundredths of a percent")]
pub struct OverWhole {
    /// What they come to, in hundredths of a percent.
    pub percent: u32,
}

impl Preset {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Preset::Hours => "hours",
            Preset::Rates => "rates",
            Preset::CostsFirst => "costs-first",
        }
    }

    /// The preset's rule, after `cuts`, its last bucket living as long as `lifetime` says (forever if it does not).
    pub fn rule(self, cuts: Vec<Cut>, lifetime: Option<Lifetime>) -> Result<Rule, OverWhole> {
        let claims = |kinds: &[Kind], weigh, lifetime| Bucket {
            percent: WHOLE,
            of: Base::Remaining,
            to: Destination::Claims { kinds: kinds.to_vec(), weigh, lifetime, cap: WHOLE },
        };
        let last = lifetime.unwrap_or(Lifetime::Forever);
        let mut buckets: Vec<Bucket> = cuts.into_iter().map(|cut| Bucket { percent: cut.percent, of: Base::Total, to: cut.to }).collect();
        match self {
            Preset::Hours => buckets.push(claims(&[Kind::Work], Weigh::Minutes, last)),
            Preset::Rates => buckets.push(claims(&[Kind::Work, Kind::Expense, Kind::Material], Weigh::Value, last)),
            Preset::CostsFirst => {
                buckets.push(claims(&[Kind::Expense, Kind::Material, Kind::Cash], Weigh::Value, Lifetime::UntilPaid));
                buckets.push(claims(&[Kind::Work], Weigh::Value, last));
            }
        }
        let rule = Rule { preset: self, buckets };
        let percent = rule.buckets.iter().filter(|b| b.of == Base::Total).fold(0_u32, |sum, b| sum.saturating_add(b.percent));
        if percent > WHOLE { Err(OverWhole { percent }) } else { Ok(rule) }
    }
}

impl Rule {
    /// The SHA-256 of the rule's text, by which people name what they agreed to.
    pub fn hash(&self) -> Hash {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Hash(Sha256::digest(text).into())
    }

    /// The bucket that selects a kind of contribution, if any does.
    pub fn bucket_for(&self, kind: Kind) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.selects(kind))
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
    /// Whether claims of a kind are selected.
    pub fn selects(&self, kind: Kind) -> bool {
        matches!(&self.to, Destination::Claims { kinds, .. } if kinds.contains(&kind))
    }
}
