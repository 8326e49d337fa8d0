//! Facts about work: tasks, logs, and doubts about them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::contribution::{Contribution, Waiting};
use crate::core::distribution::share::Recipient;
use crate::core::fact::declare::{Carries, carries_nothing, facts};
use crate::core::ids::{DistributionId, LineId, LogId, MoneyId, PersonId, ProjectId, TaskId, TextRef};
use crate::core::ledger::Transaction;
use crate::core::money::Amount;
use crate::core::time::Minutes;

facts! {
    /// What happened to tasks and logs.
    pub enum WorkFact {
        /// A task was opened.
        TaskOpened = "task-opened" 1 { task: TaskId, project: ProjectId, title: TextRef, estimate: Option<Minutes> },
        /// Somebody took a task.
        TaskTaken = "task-taken" 1 { task: TaskId, person: PersonId },
        /// A task is open again.
        TaskDropped = "task-dropped" 1 { task: TaskId },
        /// Somebody did a task.
        TaskDone = "task-done" 1 { task: TaskId, person: PersonId },
        /// A lead accepted what was done.
        TaskAccepted = "task-accepted" 1 { task: TaskId },
        /// Somebody logged a contribution.
        Logged = "logged" 3 reads 1 | 2 {
            log: LogId, person: PersonId, project: ProjectId, task: Option<TaskId>, date: NaiveDate, what: TextRef,
            contribution: Contribution, gift: bool, waiting: Option<Waiting>,
            /// How many others must agree to it before it counts.
            #[serde(default)] validations: u32,
            /// The line of a milestone that it is work on.
            #[serde(default)] line: Option<LineId>,
        },
        /// Somebody agreed to a log; `enough` says whether that completed the agreement.
        LogValidated = "log-validated" 1 { log: LogId, enough: bool },
        /// Claims became gifts.
        ClaimsGiven = "claims-given" 1 { logs: Vec<LogId> },
        /// Whether everything that a person logs is a gift from now on.
        GiftsSet = "gifts-set" 1 { person: PersonId, always: bool },
        /// A receipt of a logged expense lies beside the journal.
        ReceiptKept = "receipt-kept" 1 { log: LogId, file: TextRef },
        /// The person confirmed what was logged for them.
        LogConfirmed = "log-confirmed" 1 { log: LogId },
        /// A log was corrected; the excess of what it had received goes back.
        LogCorrected = "log-corrected" 2 reads 1 {
            log: LogId, date: NaiveDate, what: TextRef, contribution: Contribution, taken_back: TakenBack,
            /// How many others must agree to it at least, since it claims more than what was shared.
            #[serde(default)] validations: u32,
        },
        /// A log was taken back; what it had received under `until paid` goes back.
        LogUndone = "log-undone" 1 { log: LogId, taken_back: TakenBack },
        /// Somebody flagged a log.
        LogFlagged = "log-flagged" 1 { log: LogId, reason: TextRef },
        /// A flag was dismissed: held shares are paid.
        FlagKept = "flag-kept" 1 { log: LogId, transaction: Transaction },
        /// A flag was upheld: held shares go to the others of their distribution, and what the log had been paid before
        /// goes back.
        FlagStruck = "flag-struck" 1 {
            log: LogId, amended: Vec<Amended>, taken_back: TakenBack, transaction: Transaction,
        },
    }
}

impl WorkFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            WorkFact::TaskOpened(f) => Some(f.title),
            WorkFact::LogCorrected(f) => Some(f.what),
            WorkFact::LogFlagged(f) => Some(f.reason),
            WorkFact::TaskTaken(_)
            | WorkFact::TaskDropped(_)
            | WorkFact::TaskDone(_)
            | WorkFact::TaskAccepted(_)
            | WorkFact::Logged(_)
            | WorkFact::LogValidated(_)
            | WorkFact::ClaimsGiven(_)
            | WorkFact::GiftsSet(_)
            | WorkFact::ReceiptKept(_)
            | WorkFact::LogConfirmed(_)
            | WorkFact::LogUndone(_)
            | WorkFact::FlagKept(_)
            | WorkFact::FlagStruck(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            WorkFact::TaskOpened(_)
            | WorkFact::TaskTaken(_)
            | WorkFact::TaskDropped(_)
            | WorkFact::TaskDone(_)
            | WorkFact::TaskAccepted(_)
            | WorkFact::Logged(_)
            | WorkFact::LogValidated(_)
            | WorkFact::ReceiptKept(_)
            | WorkFact::LogConfirmed(_)
            | WorkFact::LogCorrected(_)
            | WorkFact::LogUndone(_)
            | WorkFact::LogFlagged(_) => true,
            WorkFact::ClaimsGiven(_) | WorkFact::GiftsSet(_) | WorkFact::FlagKept(_) | WorkFact::FlagStruck(_) => false,
        }
    }

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            WorkFact::LogValidated(_)
            | WorkFact::ClaimsGiven(_)
            | WorkFact::GiftsSet(_)
            | WorkFact::LogConfirmed(_)
            | WorkFact::LogCorrected(_)
            | WorkFact::LogUndone(_)
            | WorkFact::LogFlagged(_)
            | WorkFact::FlagKept(_)
            | WorkFact::FlagStruck(_) => true,
            WorkFact::TaskOpened(_)
            | WorkFact::TaskTaken(_)
            | WorkFact::TaskDropped(_)
            | WorkFact::TaskDone(_)
            | WorkFact::TaskAccepted(_)
            | WorkFact::Logged(_)
            | WorkFact::ReceiptKept(_) => false,
        }
    }
}

/// What a lowered claim gives back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenBack {
    /// Parts of what distributions had given it.
    pub shared: Vec<Amended>,
    /// Parts of what had been reimbursed, by the movement that did it.
    pub reimbursed: Vec<(MoneyId, Amount)>,
    /// How the money moves.
    pub transaction: Transaction,
}

/// How the parts of a distribution change after it. The changes of parts and undistributed rest add up to zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amended {
    /// The distribution.
    pub distribution: DistributionId,
    /// The change of each part.
    pub parts: Vec<AmendedPart>,
    /// The change of the undistributed rest.
    pub undistributed: Amount,
}

/// How one part of a distribution changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendedPart {
    /// The bucket's place in the rule, from 0.
    pub bucket: usize,
    /// Whose part it is.
    pub to: Recipient,
    /// The change, positive or negative.
    pub amount: Amount,
}

impl Logged {
    /// A log without optional fields, which counts at once.
    pub fn plain(
        log: LogId,
        person: PersonId,
        project: ProjectId,
        date: NaiveDate,
        what: TextRef,
        contribution: Contribution,
    ) -> Self {
        Self {
            log,
            person,
            project,
            task: None,
            date,
            what,
            contribution,
            gift: false,
            waiting: None,
            validations: 0,
            line: None,
        }
    }
}

impl Carries for TakenBack {
    fn transaction(&self) -> Option<&Transaction> {
        Some(&self.transaction)
    }
}

carries_nothing! { Amended }
