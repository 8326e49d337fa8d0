//! What is said about work: tasks, logs, timers, receipts, claims.

use chrono::NaiveDate;

use crate::core::ids::{LineId, LogId, MoneyId, TaskId, TextRef};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::Term;

one_of! {
    /// Why a receipt is not there.
    pub enum ReceiptFault {
        /// It is too large.
        Large = "large",
        /// It is neither a PDF nor a picture.
        Other = "other",
        /// It could not be fetched.
        Lost = "lost",
    }
}

one_of! {
    /// What else there is to know of a log.
    pub enum LogMark {
        /// It has a receipt.
        Receipt = "receipt",
        /// It is a gift.
        Gift = "gift",
        /// It was corrected.
        Corrected = "corrected",
        /// It waits for somebody's yes.
        Waits = "waits",
        /// It waits for others to agree.
        Validation = "validation",
        /// It is in doubt.
        Flagged = "flagged",
        /// It was struck.
        Struck = "struck",
        /// It was undone.
        Undone = "undone",
    }
}

messages! {
    /// What the bot says of work.
    pub enum WorkLine {
        /// Its parts are agreed for others.
        LineIsForOthers = "line-is-for-others" { line: LineId },
        /// Work that is on no line gets nothing there.
        NoLine = "no-line",
        /// No task.
        NoTasks = "no-tasks",
        /// How many tasks.
        TasksHead = "tasks-head" { count: usize },
        /// A task in one line.
        TaskRow = "task-row" {
            task: TaskId, title: String, project: Name, state: Term, person: Option<Name>, estimate: Option<Minutes>,
        },
        /// The work on a task.
        TaskTime = "task-time" { time: Option<Minutes>, opened_by: Name },
        /// A task was opened.
        TaskOpened = "task-opened" { task: TaskId, title: String, project: Name, estimate: Option<Minutes> },
        /// A task was taken.
        TaskTaken = "task-taken" { task: TaskId, person: Name, title: String },
        /// A task is open again.
        TaskDropped = "task-dropped" { task: TaskId, title: String },
        /// A task is done.
        TaskDone = "task-done" { task: TaskId, person: Name, title: String },
        /// Nobody logged work on it.
        HowLong = "how-long" { task: TaskId },
        /// A task was accepted.
        TaskAccepted = "task-accepted" { task: TaskId, person: Name, title: String },
        /// A timer was stopped with another time than it ran.
        TimerRan = "timer-ran" { time: Minutes },
        /// Work is being timed.
        TimerStarted = "timer-started" { what: String, project: Name, task: Option<TaskId> },
        /// It is, for so long.
        TimerRuns = "timer-running" { what: String, time: Minutes, project: Name, task: Option<TaskId> },
        /// It is not.
        NoTimerRuns = "no-timer-runs",
        /// A timer was stopped, and nothing logged.
        TimerDiscarded = "timer-discarded" { what: String, time: Minutes },
        /// A timer runs for long.
        StillWorking = "still-working" { what: String, time: Minutes, person: Name },
        /// Something was logged.
        Logged = "logged" {
            log: LogId, person: Name, kind: Term, time: Option<Minutes>, quantity: Option<Name>,
            unit: Option<String>, value: Option<Amount>,
            project: Name, task: Option<TaskId>, role: Option<Name>, date: Option<NaiveDate>, gift: bool,
            what: Option<String>,
        },
        /// Its receipt lies beside the journal.
        ReceiptKept = "receipt-kept" { file: String, kilobytes: usize },
        /// Its receipt is on its way.
        ReceiptComes = "receipt-comes" { file: String },
        /// A receipt did not come, or is none.
        ReceiptMissing = "receipt-missing" {
            log: LogId, file: String, fault: ReceiptFault, megabytes: usize,
        },
        /// Receipts, to be looked at.
        Receipts = "receipts" { log: LogId, person: Name, count: usize, kept: Vec<TextRef> } [shows kept],
        /// The rule gives nothing for this kind.
        ClaimsNothing = "claims-nothing" { preset: Term, kind: Term },
        /// The rule needs a rate that nobody set.
        NoRateYet = "no-rate-yet" { role: Name, date: NaiveDate },
        /// It counts after a custodian's yes.
        WaitsForCustodian = "waits-for-custodian" { log: LogId } [asks log],
        /// It counts after the person's yes.
        WaitsForPerson = "waits-for-person" { log: LogId, person: Name } [calls person, asks log],
        /// It counts after another member's yes.
        WaitsForAnother = "waits-for-another" { log: LogId } [asks log],
        /// It counts after others have agreed to it.
        NeedsValidation = "needs-validation" { log: LogId, count: usize },
        /// Somebody agreed to it.
        Validated = "validated" { log: LogId, person: Name, author: Name, left: Option<usize> },
        /// Nothing is claimed.
        NoClaims = "no-claims" { person: Name },
        /// How many claims.
        ClaimsHead = "claims-head" { person: Name, count: usize },
        /// What would be given.
        GiveHead = "give-head" { count: usize, logs: Vec<Name>, more: Option<usize> },
        /// Claims are gifts now.
        Given = "given" { person: Name, count: usize },
        /// It counts now.
        LogConfirmed = "log-confirmed" { log: LogId, person: Name },
        /// The custodian has the cash.
        CashReceived = "cash-received" { money: MoneyId, log: LogId, person: Name, amount: Amount, fund: Name },
        /// A log was taken back.
        Undone = "undone" { log: LogId, what: Option<String> },
        /// A log was corrected.
        Corrected = "corrected" {
            log: LogId, was_time: Option<Minutes>, time: Option<Minutes>, was_value: Option<Amount>,
            value: Option<Amount>,
            was_date: Option<NaiveDate>, date: Option<NaiveDate>, what: Option<String>,
        },
        /// What was received too much is an advance now.
        TakenBack = "taken-back" { person: Name, amount: Amount },
        /// What was shared before stands.
        SharedStands = "shared-stands" { log: LogId },
        /// A log is in doubt.
        Flagged = "flagged" { log: LogId, person: Name, reason: String } [calls person],
        /// A doubt was dismissed.
        Kept = "kept" { log: LogId, person: Name, paid: Option<Amount> },
        /// A doubt was upheld.
        Struck = "struck" { log: LogId, person: Name, shared: Option<Amount>, left: Option<Amount>, project: Name },
        /// A doubt is open for long.
        FlagStillOpen = "flag-still-open" {
            log: LogId, person: Name, resolvers: Vec<Name>, nobody: bool,
        } [calls resolvers],
        /// No log.
        NoLogs = "no-logs",
        /// How many logs.
        LogsHead = "logs-head" { count: usize },
        /// A log in one line.
        LogRow = "log-row" {
            log: LogId, date: NaiveDate, person: Name, kind: Term, time: Option<Minutes>, value: Option<Amount>,
            project: Name, task: Option<TaskId>,
            what: Option<String>, marks: Vec<LogMark>, was_time: Option<Minutes>,
            was_value: Option<Amount>,
        },
        /// Was a machine used?
        MachineUsed = "machine-used" { equipment: Vec<Name>, one: Name },
    }
}

messages! {
    /// Why nothing was done with work.
    pub enum WorkRefusal {
        /// Somebody else has the task.
        TakenBy = "taken-by" { task: TaskId, person: Name },
        /// The task is not where the command needs it.
        TaskIs = "task-is" { task: TaskId, state: Term },
        /// A timer of theirs runs already.
        TimerRuns = "timer-runs" { what: String, time: Minutes },
        /// None does.
        NoTimer = "no-timer",
        /// It has run for longer than anybody works.
        TimerRanLong = "timer-ran-long" { time: Minutes },
        /// It has not run for a minute.
        TimerTooShort = "timer-too-short",
        /// Neither words nor a task say what was done.
        SayWhat = "say-what",
        /// Longer ago than the network lets people log.
        TooLate = "too-late" { date: NaiveDate, earliest: NaiveDate },
        /// More than a day holds, or the network lets one log for a day.
        DayFull = "day-full" { person: Name, date: NaiveDate, logged: Option<Minutes>, none: bool, most: Minutes },
        /// Almost a role that has a rate.
        UnknownWorkRole = "unknown-work-role" { typed: String, nearest: Name },
        /// Nothing of one's own to take back.
        NothingToUndo = "nothing-to-undo",
        /// Somebody else's log.
        NotYourLog = "not-your-log" { log: LogId, person: Name },
        /// A correction that says nothing.
        NothingToCorrect = "nothing-to-correct" { log: LogId },
        /// A time for what is no work, or an amount for what is.
        OtherKind = "other-kind" { log: LogId, kind: Term },
        /// Cash that a custodian holds.
        CashIsConfirmed = "cash-is-confirmed" { log: LogId },
        /// Taken back or struck.
        LogIsClosed = "log-is-closed" { log: LogId },
        /// Its share is held.
        FlagFirst = "flag-first" { log: LogId },
        /// In doubt already.
        FlaggedAlready = "flagged-already" { log: LogId },
        /// It claims nothing.
        DoesNotCount = "does-not-count" { log: LogId },
        /// One's own.
        OwnLog = "own-log" { log: LogId },
        /// Nobody doubts it.
        NotFlagged = "not-flagged" { log: LogId },
        /// The author, the flagger or whoever said it.
        PartyToFlag = "party-to-flag" { log: LogId },
        /// Only expenses have receipts.
        NotAnExpense = "not-an-expense" { log: LogId },
        /// This one has none.
        NoReceipt = "no-receipt" { log: LogId, person: Name },
        /// A claim has no rate.
        NoRate = "no-rate" { role: Name, date: NaiveDate },
        /// The log waits for nobody.
        NothingWaits = "nothing-waits" { log: LogId },
        /// The log is not what it was when its yes was asked for.
        LogChanged = "log-changed" { log: LogId },
        /// Somebody else's to answer.
        NotYoursToAnswer = "not-yours-to-answer" { log: LogId },
        /// Several logs wait.
        SeveralWait = "several-wait" { logs: Vec<Name> },
        /// One's own log.
        OwnLogToValidate = "own-log-to-validate" { log: LogId },
        /// They have agreed to it before.
        ValidatedAlready = "validated-already" { log: LogId },
        /// Neither a log nor all of them.
        NoLogToGive = "no-log-to-give" { typed: String },
        /// No claim to give.
        NothingToGive = "nothing-to-give",
        /// A log has as many receipts as it can.
        EnoughReceipts = "enough-receipts" { log: LogId, most: usize },
    }
}
