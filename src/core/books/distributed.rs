//! Distributions as they stand.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::core::budget;
use crate::core::distribution::share::{Recipient, Share};
use crate::core::fact::money::Redirected;
use crate::core::ids::{DistributionId, Hash, LogId, MoneyId, PersonId, ProjectId};
use crate::core::money::Amount;
use crate::core::percent::BasisPoints;
use crate::core::rule::definition::Rule;

/// A distribution as it stands, resolved flags included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Its number.
    pub id: DistributionId,
    /// Which project's income.
    pub project: ProjectId,
    /// The day it was confirmed.
    pub date: NaiveDate,
    /// The rule it ran.
    pub rule: Rule,
    /// That rule's hash.
    pub rule_hash: Hash,
    /// The incomes it shared.
    pub incomes: Vec<(MoneyId, Amount)>,
    /// What had been on the account before.
    pub carried: Amount,
    /// What the project had spent of them before.
    pub spent: Amount,
    /// What each bucket gave, as it stands.
    pub shares: Vec<Share>,
    /// What stayed on the account.
    pub undistributed: Amount,
    /// Who had received more than they were owed before it, and how much: their parts are set off from that.
    pub advances: BTreeMap<PersonId, Amount>,
    /// How parts have changed since, by the log that was struck or lowered.
    pub amendments: Vec<(LogId, crate::core::fact::work::AmendedPart)>,
    /// Which version of the project's rule it ran, from 1.
    pub version: u32,
    /// What people gave on of their parts.
    pub redirected: Vec<Redirected>,
    /// What it planned for lines of milestones.
    pub planned: Vec<budget::LinePlan>,
    /// The redirects that ended with it.
    pub spent_redirects: Vec<(PersonId, ShareRedirect)>,
    /// What took it back, if anything did.
    pub reversed_by: Option<Reversal>,
    /// The day on which that was.
    pub reversed_on: Option<NaiveDate>,
}

/// What took a distribution back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversal {
    /// The undoing of an income.
    Money(MoneyId),
    /// A reversal of its own.
    Alone,
}

/// A part of somebody's coming shares that they give on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRedirect {
    /// How much of them.
    pub percent: BasisPoints,
    /// To whom.
    pub to: Recipient,
    /// The last day of it; without one the next distribution ends it.
    pub until: Option<NaiveDate>,
}
