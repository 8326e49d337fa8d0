//! What people put in: logs, and the claims that logs make.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::money::{Amount, Minor};
use crate::core::split::rounded;
use crate::core::time::Minutes;

/// The role of work that was logged without one.
pub const PLAIN_WORK: &str = "work";

/// What was contributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "of")]
pub enum Contribution {
    /// Time, in a role.
    Work {
        /// How long.
        minutes: Minutes,
        /// The role whose rate values it.
        role: String,
    },
    /// Money spent for the project.
    Expense {
        /// What was spent.
        value: Amount,
    },
    /// Material given.
    Material {
        /// How much of it.
        quantity: Decimal,
        /// The unit it is counted in.
        unit: String,
        /// What all of it is worth.
        value: Amount,
    },
    /// Money put in, which counts once a custodian has it.
    Cash {
        /// How much.
        value: Amount,
    },
    /// Use of somebody's design.
    Citation {
        /// What the use is worth.
        value: Amount,
    },
    /// Something else, which counts once others have agreed to its value.
    Other {
        /// What it is worth.
        value: Amount,
    },
    /// Time of a machine, claimed for its co-owners.
    Use {
        /// How long it ran.
        minutes: Minutes,
        /// What that is worth by its terms.
        value: Amount,
    },
}

/// The kinds of contribution, as rules select them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContributionKind {
    /// Minutes.
    Work,
    /// Money spent.
    Expense,
    /// Material given.
    Material,
    /// Money put in.
    Cash,
    /// A design used.
    Citation,
    /// Something else.
    Other,
    /// Time of a machine.
    Use,
}

impl ContributionKind {
    /// All of them.
    pub const ALL: [ContributionKind; 7] = [
        ContributionKind::Work,
        ContributionKind::Expense,
        ContributionKind::Material,
        ContributionKind::Cash,
        ContributionKind::Citation,
        ContributionKind::Other,
        ContributionKind::Use,
    ];

    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            ContributionKind::Work => "work",
            ContributionKind::Expense => "expense",
            ContributionKind::Material => "material",
            ContributionKind::Cash => "cash",
            ContributionKind::Citation => "citation",
            ContributionKind::Other => "other",
            ContributionKind::Use => "use",
        }
    }
}

impl Contribution {
    /// Which kind it is.
    pub fn kind(&self) -> ContributionKind {
        match self {
            Contribution::Work { .. } => ContributionKind::Work,
            Contribution::Expense { .. } => ContributionKind::Expense,
            Contribution::Material { .. } => ContributionKind::Material,
            Contribution::Cash { .. } => ContributionKind::Cash,
            Contribution::Citation { .. } => ContributionKind::Citation,
            Contribution::Other { .. } => ContributionKind::Other,
            Contribution::Use { .. } => ContributionKind::Use,
        }
    }

    /// The role of work; `None` for other kinds.
    pub fn role(&self) -> Option<&str> {
        match self {
            Contribution::Work { role, .. } => Some(role),
            _ => None,
        }
    }

    /// How long somebody worked or a machine ran.
    pub fn time(&self) -> Option<Minutes> {
        match self {
            Contribution::Work { minutes, .. } | Contribution::Use { minutes, .. } => Some(*minutes),
            _ => None,
        }
    }

    /// The minutes of work; `None` for other kinds.
    pub fn minutes(&self) -> Option<Minutes> {
        match self {
            Contribution::Work { minutes, .. } => Some(*minutes),
            _ => None,
        }
    }

    /// The stated value. Work has none; its rate gives the value.
    pub fn stated_value(&self) -> Option<Amount> {
        match self {
            Contribution::Work { .. } => None,
            Contribution::Expense { value }
            | Contribution::Material { value, .. }
            | Contribution::Cash { value }
            | Contribution::Citation { value }
            | Contribution::Other { value }
            | Contribution::Use { value, .. } => Some(*value),
        }
    }

    /// The exact value in sixtieths of a minor unit, work at `rate` per hour. `None` when work has no rate.
    pub fn exact_value(&self, rate: Option<Amount>) -> Option<i128> {
        match self {
            Contribution::Work { minutes, .. } => Some(i128::from(minutes.0) * i128::from(rate?.minor)),
            _ => self.stated_value().map(|value| i128::from(value.minor) * 60),
        }
    }
}

/// An exact value ([`Contribution::exact_value`]) as money owed: rounded half away from zero, once.
pub fn money_owed(exact_value: i128) -> Minor {
    // Values are bounded by LARGEST_MINOR and a day's minutes, far inside i64.
    rounded(exact_value, 1, 60).map_or(Minor::MAX, Minor)
}

/// Why a log does not count yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// Somebody else logged it, and the person has not confirmed it.
    Person,
    /// No custodian has confirmed the cash.
    Custodian,
    /// Others than its author must agree to it.
    Validation,
}
