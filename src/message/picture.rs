//! The content of pictures, as plain numbers. [`render`](crate::render::text) draws them and describes them in the
//! reader's language.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;

/// The most people that a picture shows separately; it sums up the others.
pub const MOST: usize = 8;

/// A part of a whole, by name.
pub type Part = (Name, Amount);

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// Who worked how much, week by week.
    Hours {
        /// The person or the project; the network if it is not given.
        #[serde(default)]
        of: Option<Name>,
        /// The first day of each week, the oldest first.
        weeks: Vec<NaiveDate>,
        /// Each person with their minutes per week, the most first.
        people: Vec<(Name, Vec<Minutes>)>,
        /// The number of others, and their minutes per week.
        others: Option<(usize, Vec<Minutes>)>,
    },
    /// How a sum is shared.
    Shares {
        /// What is shared.
        title: Name,
        /// Each part, the largest first.
        parts: Vec<Part>,
        /// The number of others, and their part.
        others: Option<(usize, Amount)>,
        /// All of it.
        total: Amount,
        /// Whether the sum is still expected.
        coming: bool,
    },
    /// A sum over time.
    Course(CoursePicture),
    /// Money that came in and went out, month by month.
    Months {
        /// The first day of each month, the oldest first, with what came in and what went out.
        months: Vec<(NaiveDate, Amount, Amount)>,
    },
    /// The progress of a pool.
    Pool {
        /// Which.
        pool: Name,
        /// What arrived.
        paid: Amount,
        /// What is promised.
        promised: Amount,
        /// What is asked for.
        goal: Amount,
        /// What must be reached, if that is less.
        minimum: Option<Amount>,
        /// How many people pledged or paid.
        backers: usize,
        /// How many days are left.
        days: Option<usize>,
    },
}

/// A sum over time, and what it is to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoursePicture {
    /// Whose.
    pub of: Name,
    /// What it is.
    pub sum: CourseOf,
    /// The first day that is drawn.
    pub since: NaiveDate,
    /// What it was after each day on which it changed, the oldest first.
    pub steps: Vec<(NaiveDate, Amount)>,
    /// What it is to reach.
    pub goal: Amount,
    /// Today.
    pub today: NaiveDate,
    /// The last day on which it may reach it.
    pub deadline: Option<NaiveDate>,
}

/// What a sum over time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CourseOf {
    /// What was paid into a pool.
    Paid,
    /// What a machine's co-owners were paid back.
    PaidBack,
}

/// The largest parts of a whole, and the number and sum of the others.
pub fn largest(mut parts: Vec<Part>, total: Amount) -> (Vec<Part>, Option<(usize, Amount)>) {
    parts.retain(|(_, amount)| amount.minor.is_positive());
    parts.sort_by(|one, other| other.1.minor.cmp(&one.1.minor).then_with(|| one.0.cmp(&other.0)));
    if parts.len() <= MOST + 1 {
        return (parts, None);
    }
    let rest = parts.split_off(MOST);
    (parts, Some((rest.len(), total.with(rest.iter().map(|(_, amount)| amount.minor).sum()))))
}
