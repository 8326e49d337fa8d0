//! Projects, and what an hour is worth.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::core::books::proposal::Version;
use crate::core::ids::{Hash, MoneyId, PersonId};
use crate::core::money::Amount;
use crate::core::rule::definition::Rule;

/// A project, with its money that is not yet shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its name, unique in the network.
    pub name: String,
    /// The rule that shares its income.
    pub rule: Rule,
    /// The hash of that rule.
    pub rule_hash: Hash,
    /// Its rules so far; the last one is in use.
    pub versions: Vec<Version>,
    /// Incomes that no distribution has shared, with what is left of each after refunds.
    pub waiting: BTreeMap<MoneyId, Amount>,
    /// Costs that it has reimbursed out of incomes that are not shared yet.
    pub spent: Amount,
    /// The first confirmation of a distribution that needs two: by which person, and of which outcome.
    pub approval: Option<(PersonId, Hash)>,
}

/// What an hour is worth from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// In which role.
    pub role: String,
    /// The person it is for; everyone if none is named.
    pub person: Option<PersonId>,
    /// An hour's worth.
    pub per_hour: Amount,
    /// The first day it holds.
    pub from: NaiveDate,
}

/// The places of the rates, by role and by person (`None`: everyone), sorted by first day and then by order of setting.
pub(crate) type RatesOf = BTreeMap<String, BTreeMap<Option<PersonId>, Vec<(NaiveDate, usize)>>>;
