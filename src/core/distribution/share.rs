//! What a distribution gave, and the recipients.

use serde::{Deserialize, Serialize};

use crate::core::distribution::fill::Claim;
use crate::core::ids::{LogId, PersonId};
use crate::core::money::Minor;

/// What a bucket gave, and the recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BucketResult {
    /// To a fund.
    Fund(String),
    /// To one person.
    Person(PersonId),
    /// To claims: each with its part.
    Claims(Vec<(Claim, Minor)>),
}

/// The recipient of a part of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// A claim, by its log.
    Claim(LogId),
    /// A person, named by the rule.
    Person(PersonId),
    /// A fund.
    Fund(String),
}

/// One bucket's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The bucket's place in the rule, from 0.
    pub bucket: usize,
    /// What the bucket had to give.
    pub offered: Minor,
    /// What it gave; the rest flowed back.
    pub placed: Minor,
    /// The recipients.
    pub given: BucketResult,
}

impl Share {
    /// What is owed to whom for it: every part that is not held.
    pub fn owed(&self) -> impl Iterator<Item = (Recipient, Minor)> {
        let (whole, parts): (Option<Recipient>, &[(Claim, Minor)]) = match &self.given {
            BucketResult::Fund(name) => (Some(Recipient::Fund(name.clone())), &[]),
            BucketResult::Person(person) => (Some(Recipient::Person(*person)), &[]),
            BucketResult::Claims(parts) => (None, parts),
        };
        let claims =
            parts.iter().filter(|(claim, _)| !claim.held).map(|(claim, part)| (Recipient::Claim(claim.log), *part));
        whole.map(|whole| (whole, self.placed)).into_iter().chain(claims)
    }
}
