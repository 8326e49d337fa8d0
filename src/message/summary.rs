//! What the bot says unasked: summaries, news, schedules.

use chrono::NaiveDate;

use crate::core::ids::{DistributionId, MoneyId, TaskId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::DayRange;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::{Term, Typed};

one_of! {
    /// The time before that a summary compares with.
    pub enum Span {
        /// A week.
        Week = "week",
        /// A day.
        Day = "day",
        /// As many days.
        Other = "other",
    }
}

one_of! {
    /// What else there is to know of a schedule.
    pub enum ScheduleMark {
        /// It is of this room.
        Here = "here",
        /// It has no pictures.
        Without = "without",
    }
}

one_of! {
    /// How much news a room hears, where that is not of a project, a pool or a machine.
    pub enum NewsRange {
        /// That of the whole network.
        Whole = "whole",
        /// None.
        Nothing = "none",
    }
}

one_of! {
    /// Why something can't be a schedule.
    pub enum ScheduleFault {
        /// It can't be read.
        Unreadable = "unreadable",
        /// It never comes about.
        Never = "never",
        /// It comes more often than once a day.
        Often = "often",
        /// It has a day of the month and one of the week.
        Both = "both",
    }
}

messages! {
    /// What summaries, news and schedules say.
    pub enum SummaryLine {
        /// A summary comes after its time.
        SummaryLate = "summary-late" { date: NaiveDate, time: Name },
        /// There is nothing to sum up.
        SummaryQuiet = "summary-quiet" {
            project: Option<Name>, network: String, days: DayRange, open: Option<usize>, forgotten: Vec<Name>,
        },
        /// How many entries there are, and how the last one's hash begins.
        SummaryLedger = "summary-ledger" { entries: usize, head: Name },
        /// The period before.
        SummaryBefore = "summary-before" {
            span: Span, people: Option<usize>, time: Option<Minutes>, value: Option<Amount>,
            cash: Option<Amount>, nothing: bool,
            more: Option<Minutes>, less: Option<Minutes>,
        },
        /// The figures of one of several projects.
        SummaryProject = "summary-project" {
            project: Name, people: Option<usize>, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>,
            income: Option<Amount>,
        },
        /// The hours of a week.
        WeekRow = "week-row" {
            week: NaiveDate, time: Minutes, people: Vec<Name>, others: Option<usize>, others_time: Option<Minutes>,
        },
        /// What was logged late, for earlier days.
        LoggedLate = "logged-late" { count: usize, time: Option<Minutes> },
        /// What was changed since it was summed up.
        LogsChanged = "logs-changed" { logs: Vec<Name> },
        /// One person's work on one task.
        WorkRow = "work-row" {
            person: Name, task: Option<TaskId>, title: Option<String>, time: Option<Minutes>,
            expenses: Option<Amount>, material: Option<Amount>,
            cash: Option<Amount>, other: Option<Amount>,
        } [of person],
        /// What happened to tasks.
        SummaryMoves = "summary-moves" { opened: usize, taken: usize, done: usize, accepted: usize },
        /// How a machine was used.
        MachineRow = "machine-row" { equipment: Name, time: Option<Minutes>, count: usize, billed: Option<Amount> },
        /// Who joined.
        SummaryJoined = "summary-joined" { people: Vec<Name> },
        /// Tasks that anyone may take.
        SummaryOpen = "summary-open" { count: usize },
        /// Tasks that were taken long ago.
        StaleTasks = "stale-tasks" { tasks: Vec<Name>, days: usize },
        /// Logs that wait for somebody.
        LogsWait = "logs-wait" { logs: Vec<Name> },
        /// Bills that wait for their payer.
        BillsUnpaid = "bills-unpaid" { bills: Vec<Name> },
        /// A schedule was set.
        ScheduleSet = "schedule-set" {
            project: Option<Name>, every: Name, next: NaiveDate, time: Name, zone: Name, without: bool,
        },
        /// A schedule in one line.
        ScheduleRow = "schedule-row" {
            every: Name, project: Option<Name>, next: NaiveDate, time: Name, marks: Vec<ScheduleMark>,
        },
        /// A schedule has ended.
        ScheduleEnded = "schedule-ended",
        /// There is no schedule.
        NoSchedules = "no-schedules",
        /// The news that a room gets.
        NewsWanted = "news-wanted" {
            about: Vec<Name>, range: Option<NewsRange>, kinds: Vec<Term>, quiet: Option<Minutes>,
        },
        /// A task is open again.
        NewsDropped = "news-dropped" { task: TaskId, title: String, project: Name },
        /// A pool began.
        NewsPool = "news-pool" { pool: Name, goal: Amount, deadline: NaiveDate },
        /// A part of a pool's goal is reached.
        NewsQuarter = "news-quarter" {
            pool: Name, percent: usize, paid: Amount, goal: Amount, bar: Name, reached: bool,
        },
        /// A pool ends soon.
        NewsDays = "news-days" {
            pool: Name, days: Option<usize>, last: bool, paid: Amount, goal: Amount, missing: Option<Amount>,
        },
        /// A pool was given up.
        NewsCancelled = "news-cancelled" { pool: Name },
        /// Income came in.
        NewsIncome = "news-income" { money: MoneyId, amount: Amount, project: Name, tax: Option<Amount> },
        /// Income was shared.
        NewsShared = "news-shared" {
            distribution: DistributionId, amount: Amount, project: Name, people: usize, funds: Option<usize>,
        },
        /// A machine was bought.
        NewsBought = "news-bought" { money: MoneyId, equipment: Name, cost: Amount, pool: Name },
        /// A movement of money was a mistake.
        NewsUndone = "news-undone" { money: MoneyId, undone: MoneyId, amount: Amount },
        /// A distribution was taken back.
        NewsReversed = "news-reversed" { distribution: DistributionId, project: Name },
        /// Somebody was paid.
        NewsPaid = "news-paid" { money: MoneyId, person: Name, amount: Amount } [of person],
        /// A summary.
        SummaryHead = "summary-head" {
            project: Option<Name>, network: String, days: Option<DayRange>, since: Option<NaiveDate>,
            until: Option<NaiveDate>,
        },
        /// Nothing was logged.
        NothingLogged = "nothing-logged",
        /// The totals.
        SummaryTotal = "summary-total" {
            people: usize, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>,
        },
        /// One person.
        SummaryPerson = "summary-person" {
            person: Name, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, count: usize,
            gifts: Option<usize>,
        } [of person],
        /// The tasks.
        SummaryTasks = "summary-tasks" { open: usize, taken: usize, done: usize, accepted: usize },
        /// Income and shares.
        SummaryMoney = "summary-money" {
            income: Amount, tax: Option<Amount>, back: Option<Amount>, shared: Option<Amount>, paid: Option<Amount>,
            payments: Option<usize>,
        },
    }
}

messages! {
    /// Why nothing was scheduled.
    pub enum SummaryRefusal {
        /// The text is not a schedule.
        NotASchedule = "not-a-schedule" { typed: Typed, fault: ScheduleFault },
        /// The room has no schedule.
        NoScheduleHere = "no-schedule-here",
        /// The quiet time is too long.
        QuietTooLong = "quiet-too-long" { most: Minutes },
        /// Schedules and news need a room with others.
        NotInPrivate = "not-in-private",
    }
}
