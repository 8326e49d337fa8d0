//! What is said about work: tasks, logs, timers, receipts, claims.

use chrono::NaiveDate;

use crate::core::ids::{LineId, LogId, MoneyId, TaskId, TextRef};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::{Number, Term, Typed, WorkRole};

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
    /// The day of a log, as seen from the day on which it was made.
    pub enum LogDay {
        /// The day before.
        Yesterday(date: NaiveDate) = "yesterday",
        /// Another day.
        Other(date: NaiveDate) = "date",
    }
}

one_of! {
    /// Who confirms cash.
    pub enum CashConfirmer {
        /// A custodian.
        Custodian = "custodian",
        /// Another custodian, or a lead: a custodian has put it in.
        Other = "other",
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
        /// The parts of the line are agreed for others.
        LineIsForOthers = "line-is-for-others" { line: LineId },
        /// The work is on no line, so it gets nothing there.
        NoLine = "no-line",
        /// There is no task.
        NoTasks = "no-tasks",
        /// No task is as asked for.
        NoTasksLikeThat = "no-tasks-like-that",
        /// How many tasks.
        TasksHead = "tasks-head" { count: usize },
        /// A task in one line.
        TaskRow = "task-row" {
            task: TaskId, title: String, project: Name, state: Term, person: Option<Name>, estimate: Option<Minutes>,
        } [of person],
        /// The work on a task.
        TaskTime = "task-time" { time: Option<Minutes>, opened_by: Name },
        /// A task was opened.
        TaskOpened = "task-opened" { task: TaskId, title: String, project: Name, estimate: Option<Minutes> },
        /// A task was taken.
        TaskTaken = "task-taken" { task: TaskId, person: Name, title: String } [of person],
        /// A task is open again.
        TaskDropped = "task-dropped" { task: TaskId, title: String },
        /// A task is done.
        TaskDone = "task-done" { task: TaskId, person: Name, title: String } [of person],
        /// Nobody logged work on the task.
        HowLong = "how-long" { task: TaskId },
        /// A task was accepted.
        TaskAccepted = "task-accepted" { task: TaskId, person: Name, title: String } [of person],
        /// A timer was stopped with another time than it ran.
        TimerRan = "timer-ran" { time: Minutes },
        /// Work is being timed.
        TimerStarted = "timer-started" { what: String, project: Name, task: Option<TaskId> },
        /// A timer runs.
        TimerRuns = "timer-running" { what: String, time: Minutes, project: Name, task: Option<TaskId> },
        /// No timer runs.
        NoTimerRuns = "no-timer-runs",
        /// A timer was stopped, and nothing logged.
        TimerDiscarded = "timer-discarded" { what: String, time: Minutes },
        /// A timer runs for long.
        StillWorking = "still-working" { what: String, time: Minutes, person: Name } [of person],
        /// Something was logged.
        Logged = "logged" {
            log: LogId, person: Name, kind: Term, time: Option<Minutes>, quantity: Option<Number>,
            unit: Option<String>, value: Option<Amount>,
            project: Name, task: Option<TaskId>, role: Option<WorkRole>, day: Option<LogDay>, gift: bool,
            what: Option<String>,
        } [of person],
        /// The receipt of a log was stored.
        ReceiptKept = "receipt-kept" { file: String, kilobytes: usize },
        /// The receipt of a log is on its way.
        ReceiptComes = "receipt-comes" { file: String },
        /// A receipt did not come, or is not one.
        ReceiptMissing = "receipt-missing" {
            log: LogId, file: String, fault: ReceiptFault, megabytes: usize,
        },
        /// The receipts of a log, with their files.
        Receipts = "receipts" { log: LogId, person: Name, count: usize, kept: Vec<TextRef> } [shows kept, of person],
        /// The rule gives nothing for this kind.
        ClaimsNothing = "claims-nothing" { preset: Term, kind: Term },
        /// The rule needs a rate that nobody set.
        NoRateYet = "no-rate-yet" { role: WorkRole, date: NaiveDate },
        /// The log counts once a custodian has confirmed it.
        WaitsForCustodian = "waits-for-custodian" { log: LogId, by: CashConfirmer } [asks log],
        /// The log counts once its person has confirmed it.
        WaitsForPerson = "waits-for-person" { log: LogId, person: Name } [calls person, asks log, of person],
        /// The log counts once another member has confirmed it.
        WaitsForAnother = "waits-for-another" { log: LogId } [asks log],
        /// The log counts once others have agreed to it.
        NeedsValidation = "needs-validation" { log: LogId, count: usize },
        /// Somebody agreed to the log.
        Validated = "validated" { log: LogId, person: Name, author: Name, left: Option<usize> } [of person],
        /// There is no claim.
        NoClaims = "no-claims" { person: Name } [of person],
        /// How many claims.
        ClaimsHead = "claims-head" { person: Name, count: usize } [of person],
        /// What would be given.
        GiveHead = "give-head" { count: usize, logs: Vec<Name>, more: Option<usize> },
        /// Claims are gifts now.
        Given = "given" { person: Name, count: usize } [of person],
        /// The log counts now.
        LogConfirmed = "log-confirmed" { log: LogId, person: Name } [of person],
        /// The custodian has the cash.
        CashReceived = "cash-received" {
            money: MoneyId, log: LogId, person: Name, amount: Amount, fund: Name,
        } [of person],
        /// A log was taken back.
        Undone = "undone" { log: LogId, what: Option<String>, sentence: Option<String> },
        /// A log was corrected.
        Corrected = "corrected" {
            log: LogId, was_time: Option<Minutes>, time: Option<Minutes>, was_value: Option<Amount>,
            value: Option<Amount>,
            was_date: Option<NaiveDate>, date: Option<NaiveDate>, what: Option<String>,
        },
        /// The excess that was received is an advance now.
        TakenBack = "taken-back" { person: Name, amount: Amount } [of person],
        /// What was shared before stays shared.
        SharedStands = "shared-stands" { log: LogId },
        /// A log was flagged.
        Flagged = "flagged" { log: LogId, person: Name, reason: String } [calls person, of person],
        /// A flag was dismissed.
        Kept = "kept" { log: LogId, person: Name, paid: Option<Amount> } [of person],
        /// A flag was upheld.
        Struck = "struck" {
            log: LogId, person: Name, shared: Option<Amount>, left: Option<Amount>, project: Name,
        } [of person],
        /// A flag has been open for long.
        FlagStillOpen = "flag-still-open" {
            log: LogId, person: Name, resolvers: Vec<Name>, nobody: bool,
        } [calls resolvers, of person],
        /// There is no log.
        NoLogs = "no-logs",
        /// How many logs.
        LogsHead = "logs-head" { count: usize },
        /// Asks whether a correction is of one's last log.
        CorrectLast = "correct-last",
        /// A log in one line.
        LogRow = "log-row" {
            log: LogId, date: NaiveDate, person: Name, kind: Term, role: Option<WorkRole>, time: Option<Minutes>,
            value: Option<Amount>, project: Name, task: Option<TaskId>,
            what: Option<String>, marks: Vec<LogMark>, was_time: Option<Minutes>,
            was_value: Option<Amount>,
        } [of person],
        /// Asks whether a machine was used.
        MachineUsed = "machine-used" { equipment: Vec<Name>, one: Name },
    }
}

messages! {
    /// Why nothing was done with work.
    pub enum WorkRefusal {
        /// Somebody else has the task.
        TakenBy = "taken-by" { task: TaskId, person: Name },
        /// The task is in another state than the command needs.
        TaskIs = "task-is" { task: TaskId, state: Term },
        /// The author's timer runs already.
        TimerRuns = "timer-runs" { what: String, time: Minutes },
        /// No timer runs.
        NoTimer = "no-timer",
        /// The timer has run for longer than anybody works.
        TimerRanLong = "timer-ran-long" { time: Minutes },
        /// The timer has run for less than a minute.
        TimerTooShort = "timer-too-short",
        /// Neither words nor a task say what was done.
        SayWhat = "say-what",
        /// Longer ago than the network lets people log.
        TooLate = "too-late" { date: NaiveDate, earliest: NaiveDate },
        /// The time is more than a day holds, or more than the network allows for a day.
        DayFull = "day-full" { person: Name, date: NaiveDate, logged: Option<Minutes>, none: bool, most: Minutes },
        /// Almost a role that has a rate.
        UnknownWorkRole = "unknown-work-role" { typed: Typed, nearest: Name },
        /// The author has no log to take back.
        NothingToUndo = "nothing-to-undo",
        /// A timer of nothing.
        TimerOfWhat = "timer-of-what",
        /// Words for a done task, without the time that it took.
        TimeOfTask = "time-of-task" { task: TaskId },
        /// A log that is too old to be taken back.
        TooOldToUndo = "too-old-to-undo" { log: LogId },
        /// Somebody else's log.
        NotYourLog = "not-your-log" { log: LogId, person: Name },
        /// The correction has no new content.
        NothingToCorrect = "nothing-to-correct" { log: LogId },
        /// A time for something other than work, or an amount for work.
        OtherKind = "other-kind" { log: LogId, kind: Term },
        /// A custodian holds the cash.
        CashIsConfirmed = "cash-is-confirmed" { log: LogId },
        /// The log was taken back or struck.
        LogIsClosed = "log-is-closed" { log: LogId },
        /// The flag must be resolved first, because the share is held.
        FlagFirst = "flag-first" { log: LogId },
        /// The log is flagged already.
        FlaggedAlready = "flagged-already" { log: LogId },
        /// The log claims nothing.
        DoesNotCount = "does-not-count" { log: LogId },
        /// The log is the author's own.
        OwnLog = "own-log" { log: LogId },
        /// The log is not flagged.
        NotFlagged = "not-flagged" { log: LogId },
        /// The author is the log's person, the one who logged it, or the flagger.
        PartyToFlag = "party-to-flag" { log: LogId },
        /// Only expenses have receipts.
        NotAnExpense = "not-an-expense" { log: LogId },
        /// The log has no receipt.
        NoReceipt = "no-receipt" { log: LogId, person: Name },
        /// A claim has no rate.
        NoRate = "no-rate" { role: WorkRole, date: NaiveDate },
        /// The log waits for nobody.
        NothingWaits = "nothing-waits" { log: LogId },
        /// The log has changed since the confirmation was asked for.
        LogChanged = "log-changed" { log: LogId },
        /// The answer is somebody else's to give.
        NotYoursToAnswer = "not-yours-to-answer" { log: LogId },
        /// Several logs wait.
        WaitsByName = "waits-by-name" { logs: Vec<Name>, first: LogId },
        /// The log is the author's own.
        OwnLogToValidate = "own-log-to-validate" { log: LogId },
        /// The author has agreed to the log before.
        ValidatedAlready = "validated-already" { log: LogId },
        /// Neither a log nor all of them.
        NoLogToGive = "no-log-to-give" { typed: Typed },
        /// No claim to give.
        NothingToGive = "nothing-to-give",
        /// A log has as many receipts as it can.
        EnoughReceipts = "enough-receipts" { log: LogId, most: usize },
    }
}
