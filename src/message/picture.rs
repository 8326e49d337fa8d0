//! What a picture shows: numbers as they are, which [`render`](crate::render::text) draws and describes in the
//! reader's language.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;

/// The most people that a picture tells apart; the others are one.
pub const MOST: usize = 8;

/// A part of a whole, by name.
pub type Part = (Name, Amount);

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// Who worked how much, week by week.
    Hours {
        /// Whose or which project's; the network's, where nothing is said.
        #[serde(default)]
        of: Option<Name>,
        /// The first day of each week, the oldest first.
        weeks: Vec<NaiveDate>,
        /// Each person with their minutes a week, whoever did most first.
        people: Vec<(Name, Vec<Minutes>)>,
        /// How many others there are, and their minutes.
        others: Option<(usize, Vec<Minutes>)>,
    },
    /// How a sum is shared.
    Shares {
        /// What is shared.
        title: Name,
        /// Each part, the largest first.
        parts: Vec<Part>,
        /// How many others there are, and their part.
        others: Option<(usize, Amount)>,
        /// All of it.
        total: Amount,
        /// Whether it is still to come in.
        coming: bool,
    },
    /// How far a pool is.
    Pool {
        /// Which.
        pool: Name,
        /// What arrived.
        paid: Amount,
        /// What is promised.
        promised: Amount,
        /// What is asked for.
        goal: Amount,
        /// What must be reached, where that is less.
        minimum: Option<Amount>,
        /// Who pledged or paid.
        backers: usize,
        /// How many days are left.
        days: Option<usize>,
    },
}

/// The largest parts of a whole, and how many others there are with what they come to.
pub fn largest(mut parts: Vec<Part>, total: Amount) -> (Vec<Part>, Option<(usize, Amount)>) {
    parts.retain(|(_, amount)| amount.minor.is_positive());
    parts.sort_by(|one, other| other.1.minor.cmp(&one.1.minor).then_with(|| one.0.cmp(&other.0)));
    if parts.len() <= MOST + 1 {
        return (parts, None);
    }
    let rest = parts.split_off(MOST);
    (parts, Some((rest.len(), total.with(rest.iter().map(|(_, amount)| amount.minor).sum()))))
}
