//! What people put in: logs, and the claims that logs make.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::entry::Logged;
use crate::core::ids::{DistributionId, LineId, LogId, PersonId, ProjectId, TaskId, TextRef};
use crate::core::money::Amount;
use crate::core::rule::Subject;
use crate::core::split::rounded;
use crate::core::time::{Minutes, Timestamp};

/// The role of work that names none.
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
    /// Time of a machine, which claims it for its co-owners.
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
pub enum Kind {
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

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] = [Kind::Work, Kind::Expense, Kind::Material, Kind::Cash, Kind::Citation, Kind::Other, Kind::Use];

    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Work => "work",
            Kind::Expense => "expense",
            Kind::Material => "material",
            Kind::Cash => "cash",
            Kind::Citation => "citation",
            Kind::Other => "other",
            Kind::Use => "use",
        }
    }
}

impl Contribution {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Contribution::Work { .. } => Kind::Work,
            Contribution::Expense { .. } => Kind::Expense,
            Contribution::Material { .. } => Kind::Material,
            Contribution::Cash { .. } => Kind::Cash,
            Contribution::Citation { .. } => Kind::Citation,
            Contribution::Other { .. } => Kind::Other,
            Contribution::Use { .. } => Kind::Use,
        }
    }

    /// The role of work; none for other kinds.
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

    /// The minutes of work; none for other kinds.
    pub fn minutes(&self) -> Option<Minutes> {
        match self {
            Contribution::Work { minutes, .. } => Some(*minutes),
            _ => None,
        }
    }

    /// The value that was stated; work has none of its own, its rate gives it.
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

/// An exact value ([`Contribution::exact_value`]) as money owed, in minor units: rounded half away from zero, once.
pub fn money_owed(exact_value: i128) -> i64 {
    // Values are bounded by LARGEST_MINOR and a day's minutes, far inside i64.
    rounded(exact_value, 1, 60).unwrap_or(i64::MAX)
}

/// Why a log does not count yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// Somebody logged it for the person, who has not said yes.
    Person,
    /// Cash that no custodian has confirmed.
    Custodian,
    /// It takes others than its author to agree to it.
    Validation,
}

/// A flag: somebody doubts a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Who raised it.
    pub by: PersonId,
    /// Why.
    pub reason: TextRef,
}

/// How a log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counts,
    /// It will count when somebody says yes.
    Waits(Waiting),
    /// It is in doubt; its shares are held.
    Flagged(Flag),
    /// A flag was upheld: it claims nothing.
    Struck,
    /// Its author took it back.
    Undone,
}

/// A log as it stands, with what its claim has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its number.
    pub id: LogId,
    /// Whose contribution it is.
    pub person: PersonId,
    /// Who said it.
    pub by: PersonId,
    /// Who it was logged for, as they were known then: whose rates value it, also after two became one.
    pub rated_as: PersonId,
    /// The project it went to.
    pub project: ProjectId,
    /// The task it worked on.
    pub task: Option<TaskId>,
    /// The line of a milestone that it is work on.
    pub line: Option<LineId>,
    /// The day it was done.
    pub date: NaiveDate,
    /// When it was said.
    pub at: Timestamp,
    /// When it came to count: as it was said, or when it had its yes.
    pub counts_at: Timestamp,
    /// When it was last corrected, taken back or struck.
    pub changed_at: Option<Timestamp>,
    /// What it says, in its author's words.
    pub what: TextRef,
    /// What was put in.
    pub contribution: Contribution,
    /// Whether it is a gift: shown, claiming nothing.
    pub gift: bool,
    /// How it stands.
    pub standing: Standing,
    /// What it said before it was last corrected.
    pub was: Option<Contribution>,
    /// How many people other than its author and its person must agree to it before it counts.
    pub validations: usize,
    /// Who has.
    pub validated_by: Vec<PersonId>,
    /// Minor units that distributions gave it, held shares included.
    pub received: i64,
    /// Of that, what they gave it under `until paid`.
    pub paid: i64,
    /// Minor units of it that were reimbursed at once.
    pub reimbursed: i64,
    /// Whether a distribution has shared it `once`: it claims nothing more, whatever rule comes.
    pub closed: bool,
    /// The distributions that shared it.
    pub shared_in: Vec<DistributionId>,
}

impl Log {
    /// A log that has received nothing yet.
    pub fn of(f: &Logged, by: PersonId, at: Timestamp, standing: Standing) -> Self {
        Self {
            id: f.log,
            person: f.person,
            by,
            rated_as: f.person,
            project: f.project,
            task: f.task,
            line: f.line,
            date: f.date,
            at,
            counts_at: at,
            changed_at: None,
            what: f.what,
            contribution: f.contribution.clone(),
            gift: f.gift,
            standing,
            was: None,
            validations: usize::try_from(f.validations).unwrap_or(usize::MAX),
            validated_by: Vec::new(),
            received: 0,
            paid: 0,
            closed: false,
            reimbursed: 0,
            shared_in: Vec::new(),
        }
    }

    /// What a rule's filters look at.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            kind: self.contribution.kind(),
            role: self.contribution.role(),
            task: self.task,
            person: self.rated_as,
            date: self.date,
            planned: self.line.is_some(),
        }
    }

    /// Whether a distribution may select it: it counts, or is flagged (its share is then held), is no gift and not closed.
    pub fn claims(&self) -> bool {
        !self.gift && !self.closed && matches!(self.standing, Standing::Counts | Standing::Flagged(_))
    }

    /// Whether summaries count it: it stands, and waits for nobody's yes.
    pub fn counts(&self) -> bool {
        self.is_live() && !matches!(self.standing, Standing::Waits(_))
    }

    /// Whether it was neither taken back nor struck.
    pub fn is_live(&self) -> bool {
        !matches!(self.standing, Standing::Struck | Standing::Undone)
    }

    /// Whether its share is held.
    pub fn is_flagged(&self) -> bool {
        matches!(self.standing, Standing::Flagged(_))
    }
}
