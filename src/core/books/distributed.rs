//! Distributions as they stand.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::core::budget;
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::fact::money::Redirected;
use crate::core::ids::{DistributionId, Hash, LogId, MoneyId, PersonId, ProjectId};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::rule::definition::Rule;

/// A distribution in its present state, after flags were resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Its number.
    pub id: DistributionId,
    /// The project that shared the income.
    pub project: ProjectId,
    /// The day it was confirmed.
    pub date: NaiveDate,
    /// The rule it ran.
    pub rule: Rule,
    /// That rule's hash.
    pub rule_hash: Hash,
    /// The incomes it shared.
    pub incomes: Vec<(MoneyId, Amount)>,
    /// What was on the project's account from before; below zero: to recover.
    pub carried: Amount,
    /// What the project had already spent of the incomes.
    pub spent: Amount,
    /// What each bucket gave, as it stands.
    pub shares: Vec<Share>,
    /// What stayed on the account.
    pub undistributed: Amount,
    /// Whether its parts of nothing closed nothing.
    pub nothing_closes_nothing: bool,
    /// Advances before it, by person: what each had received beyond what they were owed. Their parts are set off
    /// against it.
    pub advances: BTreeMap<PersonId, Amount>,
    /// Later changes of parts, each with the log that was struck or lowered.
    pub amendments: Vec<(LogId, crate::core::fact::work::AmendedPart)>,
    /// Which version of the project's rule it ran, from 1.
    pub version: u32,
    /// The parts that people redirected.
    pub redirected: Vec<Redirected>,
    /// What it planned for lines of milestones.
    pub planned: Vec<budget::LinePlan>,
    /// Redirects that ended with it.
    pub spent_redirects: Vec<(PersonId, ShareRedirect)>,
    /// The first of two people who take it back, and the hash of what they saw.
    pub undo_approved: Option<(PersonId, Hash)>,
    /// What took it back, if anything did.
    pub reversed_by: Option<Reversal>,
    /// The day on which that was.
    pub reversed_on: Option<NaiveDate>,
}

impl Distribution {
    /// The shares of a log that are held.
    fn held(&self, log: LogId) -> impl Iterator<Item = Minor> {
        let parts = self.shares.iter().filter_map(|share| match &share.given {
            BucketResult::Claims(parts) => Some(parts),
            BucketResult::Fund(_) | BucketResult::Person(_) => None,
        });
        parts.flatten().filter(move |(claim, _)| claim.log == log && claim.held).map(|(_, part)| *part)
    }

    /// Whether shares of a log are held, even if they are nothing.
    pub fn holds(&self, log: LogId) -> bool {
        self.held(log).next().is_some()
    }

    /// What is held for a log.
    pub fn held_of(&self, log: LogId) -> Minor {
        self.held(log).sum()
    }
}

/// What took a distribution back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversal {
    /// The undoing of an income.
    Money(MoneyId),
    /// A reversal of its own.
    Alone,
}

/// A redirect: somebody's coming shares go to another in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRedirect {
    /// The part of each share.
    pub percent: BasisPoints,
    /// The recipient.
    pub to: Recipient,
    /// Its last day. Without one it ends with the next distribution.
    pub until: Option<NaiveDate>,
}
