//! A log as it stands in the books: what it claims, and whether it counts.

use chrono::NaiveDate;

use crate::core::contribution::{Contribution, Waiting};
use crate::core::fact::work::Logged;
use crate::core::ids::{DistributionId, LineId, LogId, PersonId, ProjectId, TaskId, TextRef};
use crate::core::money::Minor;
use crate::core::rule::bucket::Subject;
use crate::core::time::Timestamp;

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
pub enum LogStanding {
    /// It counts.
    Counts,
    /// It counts once the missing agreement is there.
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
    /// The person who logged it.
    pub by: PersonId,
    /// The person it was logged for, by the id of that time. Their rates value it, even after they were joined to
    /// another.
    pub rated_as: PersonId,
    /// The project it went to.
    pub project: ProjectId,
    /// The task it worked on.
    pub task: Option<TaskId>,
    /// The line of a milestone that it is work on.
    pub line: Option<LineId>,
    /// The day it was done.
    pub date: NaiveDate,
    /// When it was logged.
    pub at: Timestamp,
    /// When it began to count: when it was logged, or when it was agreed to.
    pub counts_at: Timestamp,
    /// When it was last corrected, taken back or struck.
    pub changed_at: Option<Timestamp>,
    /// Its text, in its author's words.
    pub what: TextRef,
    /// What was put in.
    pub contribution: Contribution,
    /// Whether it is a gift: shown, claiming nothing.
    pub gift: bool,
    /// How it stands.
    pub standing: LogStanding,
    /// Its content before the last correction.
    pub was: Option<Contribution>,
    /// How many people other than its author and its person must agree before it counts.
    pub validations: usize,
    /// The people who have agreed.
    pub validated_by: Vec<PersonId>,
    /// What distributions gave it, held shares included.
    pub received: Minor,
    /// Of that, what they gave it under `until paid`.
    pub paid: Minor,
    /// What of it was reimbursed at once.
    pub reimbursed: Minor,
    /// Whether a distribution has shared it `once`. It claims nothing more, under any later rule.
    pub closed: bool,
    /// The distributions that shared it.
    pub shared_in: Vec<DistributionId>,
}

impl Log {
    /// A log that has received nothing yet.
    pub fn of(f: &Logged, by: PersonId, at: Timestamp, standing: LogStanding) -> Self {
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
            received: Minor::ZERO,
            paid: Minor::ZERO,
            closed: false,
            reimbursed: Minor::ZERO,
            shared_in: Vec::new(),
        }
    }

    /// What the filters of a rule see.
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

    /// Whether a distribution may select it: it counts, or is flagged (its share is then held), and is neither a gift
    /// nor closed.
    pub fn claims(&self) -> bool {
        !self.gift && !self.closed && matches!(self.standing, LogStanding::Counts | LogStanding::Flagged(_))
    }

    /// Whether summaries count it: it is live and waits for nobody.
    pub fn counts(&self) -> bool {
        self.is_live() && !matches!(self.standing, LogStanding::Waits(_))
    }

    /// Whether it was neither taken back nor struck.
    pub fn is_live(&self) -> bool {
        !matches!(self.standing, LogStanding::Struck | LogStanding::Undone)
    }

    /// Whether its share is held.
    pub fn is_flagged(&self) -> bool {
        matches!(self.standing, LogStanding::Flagged(_))
    }
}
