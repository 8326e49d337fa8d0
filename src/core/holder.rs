//! Holders of something of value: a person, or the commons.

use serde::{Deserialize, Serialize};

use crate::core::ids::PersonId;

/// A party that can hold a stake, pay into a pool or be owed by a bill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A person.
    Person(PersonId),
    /// A fund.
    Fund(String),
}
