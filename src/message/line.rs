//! What commands say when they did what was asked. The words are in `commands/*.toml`, by key; a reply is a list of lines.

use chrono::NaiveDate;

use crate::core::ids::{BatchId, BillId, DistributionId, LineId, LogId, LotId, MoneyId, ProposalId, TaskId, TextRef};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::field::Term;

/// How many rows of a list are shown at once.
pub const ROWS: usize = 20;

/// How many rows of a list there are at most, for those who can turn pages.
const MOST_ROWS: usize = 200;

/// The rows of a list of so many. Behind the first `at_once` a line counts the others: where nobody can turn pages the list
/// ends with it, elsewhere it goes on.
pub fn list_of(at_once: usize, count: usize, rows: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut rows: Vec<Line> = rows.take(MOST_ROWS).collect();
    if count > rows.len() {
        rows.push(Line::MoreRows { count: count - rows.len() });
    }
    if count > at_once && rows.len() > at_once {
        rows.insert(at_once, Line::MoreRows { count: count - at_once });
    }
    rows
}

impl Line {
    /// The name of the file whose lines follow, if it opens one.
    pub fn opens_file(&self) -> Option<&str> {
        match self {
            Line::BatchOpened { file, .. } | Line::ExportHead { file, .. } => Some(&file.0),
            _ => None,
        }
    }
}

crate::messages! {
    /// One line of a reply.
    pub enum Line {
        /// There is more than the list shows.
        MoreRows = "more-rows" { count: usize },
        /// How to answer.
        YesOrNo = "answer-yes-or-no",
        /// The same command was just said.
        SaidBefore = "said-before",
        /// The outcome is another than the one that was shown.
        OutcomeChanged = "outcome-changed",
        /// A question was dropped.
        Dropped = "dropped",

        /// Where to begin.
        HelpHead = "help-head",
        /// The groups of commands.
        HelpGroups = "help-groups" { groups: Vec<Name> },
        /// A command in one line; `summary` is the command whose summary is shown.
        HelpCommand = "help-command" { usage: Name, summary: Name },
        /// Who may call it.
        HelpRoles = "help-roles" { roles: Vec<Term>, alias: Option<Name> },
        /// An option; `help` is the command and option whose help is shown.
        HelpOption = "help-option" { option: Name, kind: Term, choices: Vec<Term>, help: Name },
        /// A line that works.
        HelpExample = "help-example" { example: Name },

        /// A network began.
        NetworkCreated = "network-created" { network: String, currency: Name, timezone: Name, person: Name },
        /// What to do next in a new network.
        NextProject = "next-project",
        /// A network.
        NetworkHead = "network-head" { network: String, currency: Name, timezone: Name, people: usize, projects: usize },
        /// Who keeps it.
        NetworkRoles = "network-roles" { stewards: Vec<Name>, custodians: Vec<Name> },
        /// Its settings.
        NetworkSettings = "network-settings" {
            second_person: Option<Amount>, log_window: Option<usize>, daily_limit: Option<Minutes>, validators: Option<usize>, quorum: Option<Name>,
            objection_share: Option<Name>, agree_days: Option<usize>, flag_days: Option<usize>, encryption_lapses: bool,
        },
        /// Something that was due went wrong, and is not done.
        JobSetAside = "job-set-aside" { command: Term, options: Vec<Name>, day: NaiveDate, time: Name },
        /// A code for another room.
        LinkCode = "link-code" { code: Name },
        /// This room belongs to the network now.
        Linked = "linked" { network: String },
        /// The network that is meant in a direct room.
        NetworkChosen = "network-chosen" { network: String },
        /// The bot came into a room.
        Greeting = "greeting",
        /// The room has a network.
        GreetingLinked = "greeting-linked" { network: String },
        /// The room has none.
        GreetingUnlinked = "greeting-unlinked",
        /// The room goes on from another.
        RoomFollowed = "room-followed" { network: String, project: Option<Name> },
        /// The answer is in a direct room.
        AnsweredInPrivate = "answered-in-private",
        /// A direct room can't be had.
        NoPrivateRoom = "no-private-room",
        /// Messages here are not encrypted.
        ServerTrusted = "server-trusted",
        /// A setting changed.
        SettingChanged = "setting-changed" {
            key: Term, name: Option<String>, zone: Option<Name>, amount: Option<Amount>, days: Option<usize>, time: Option<Minutes>, people: Option<usize>,
            percent: Option<Name>, on: bool, off: bool,
        },

        /// The language of somebody, of a room or of the network.
        LanguageSet = "language-set" { language: Term, me: bool, room: bool, network: bool },
        /// Which languages hold here.
        Languages = "languages" { own: Term, room: Term, network: Term, languages: Vec<Term> },

        /// Somebody joined.
        Joined = "joined" { person: Name, network: String },
        /// The handle is not the name, which looks like somebody's.
        HandleIsLike = "handle-is-like" { person: Name, like: Name },
        /// The handle is not the name, which is a word of commands.
        HandleIsWord = "handle-is-word" { person: Name, word: Name },
        /// The handle is a number of ours: the name has no letters, or would be the number of somebody.
        HandleIsNumber = "handle-is-number" { person: Name },
        /// Who was named, where others are called nearly the same.
        NearNames = "near-names" { person: Name, account: Option<String>, platform: Name, near: Vec<Name> },
        /// Somebody came back.
        Returned = "returned" { person: Name, network: String },
        /// What joining means.
        RulesAgreed = "rules-agreed",
        /// There is nothing to agree to yet.
        NoRulesYet = "no-rules-yet",
        /// Somebody left.
        Left = "left" { person: Name, roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount> },
        /// Oneself.
        MeHead = "me-head" { person: Name, network: String, roles: Vec<Term>, left: bool },
        /// One's logs in a project.
        MeProject = "me-project" {
            project: Name, count: usize, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, gifts: Option<usize>,
        },
        /// What one is owed.
        MeOwed = "me-owed" { owed: Amount, advance: bool },
        /// A log of one's own that is in doubt.
        MeDoubt = "me-doubt" { log: LogId, held: Option<Amount> },
        /// A task one has taken.
        MeTask = "me-task" { task: TaskId, title: String },
        /// A log that waits for one's yes.
        MeConfirm = "me-confirm" { log: LogId, by: Name },
        /// A code for another account of one's own.
        OneTimeCode = "one-time-code" { person: Name, code: Name },
        /// Whose code it is, to the account that typed it.
        ClaimHead = "claim-head" { person: Name, called: Option<String> },
        /// Who would be one, and what comes along.
        Joining = "joining" {
            gone: Name, person: Name, logs: Option<usize>, owed: Option<Amount>, advance: Option<Amount>, tasks: Option<usize>, backs: Vec<Name>,
            roles: Vec<Term>, counts: Vec<Name>,
        },
        /// The account says whose it is; that person must say so too.
        Claimed = "claimed" { person: Name },
        /// Who says that they are the author.
        JoiningHead = "joining-head" { name: String, person: Name },
        /// Which account that is, where its name does not say it all.
        JoiningAccount = "joining-account" { account: String, platform: Name },
        /// The account is the person's.
        AccountJoined = "account-joined" { name: String, person: Name, gone: Option<Name>, owed: Option<Amount> },
        /// Everything about oneself, in a file.
        ExportHead = "export-head" { network: String, file: Name },
        /// Who is to be forgotten, and what goes.
        EraseHead = "erase-head" { person: Name, network: String, accounts: usize, texts: Option<usize>, files: Option<usize> },
        /// What ends by it.
        EraseEnds = "erase-ends" {
            roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount>, fund: Option<Name>,
        },
        /// What stays.
        EraseStays = "erase-stays" { number: Name },
        /// Entries of before have the handle in them.
        EraseInJournal = "erase-in-journal" { handles: Vec<Name> },
        /// Somebody was forgotten.
        Erased = "erased" { number: Name },
        /// How many people.
        PeopleHead = "people-head" { count: usize },
        /// A person.
        PersonRow = "person-row" { person: Name, called: Option<String>, roles: Vec<Term>, left: bool, no_account: bool },
        /// A person without an account was added.
        PersonAdded = "person-added" { person: Name, called: String },
        /// Others are called the same.
        Namesakes = "namesakes" { people: Vec<Name> },
        /// A role was granted.
        RoleGranted = "role-granted" { person: Name, role: Term, project: Option<Name> },
        /// A role ended.
        RoleRevoked = "role-revoked" { person: Name, role: Term, project: Option<Name> },

        /// No project yet.
        NoProjectsYet = "no-projects-yet",
        /// A project in one line.
        ProjectRow = "project-row" { project: Name, preset: Term, leads: Vec<Name>, tasks: usize },
        /// A project.
        ProjectHead = "project-head" { project: Name, leads: Vec<Name> },
        /// A project's money that is not shared.
        ProjectMoney = "project-money" { waiting: Amount, undistributed: Option<Amount>, recover: Option<Amount>, held: Option<Amount> },
        /// A rule.
        RuleHead = "rule-head" { project: Name, preset: Term, hash: Name },
        /// A bucket for a fund.
        RuleFund = "rule-fund" { percent: Name, total: bool, fund: Name },
        /// A bucket for a person.
        RulePerson = "rule-person" { percent: Name, total: bool, person: Name },
        /// A bucket for claims.
        RuleClaims = "rule-claims" {
            percent: Name, total: bool, kinds: Vec<Term>, roles: Vec<Name>, except: Vec<Name>, tasks: Vec<Name>, people: Vec<Name>,
            since: Option<NaiveDate>, until: Option<NaiveDate>, by_minutes: bool, by_value: bool, alike: bool, factors: Vec<Term>, until_paid: bool,
            cap: Option<Name>, once: bool, forever: bool,
        },
        /// An income was planned ahead.
        MilestoneAdded = "milestone-added" { milestone: Name, amount: Amount, project: Name },
        /// The project's rule does not share by milestones.
        RuleIsOther = "rule-is-other" { preset: Term },
        /// A milestone in one line.
        MilestoneRow = "milestone-row" { milestone: Name, amount: Amount },
        /// A line was planned.
        LinePlanned = "line-planned" { milestone: Name },
        /// A line of a milestone.
        LineRow = "line-row" { line: LineId, activity: String, amount: Amount, parts: Vec<Name>, given: Option<Amount>, held: Option<Amount> },
        /// How work on it is logged.
        HowToLogOnLine = "how-to-log-on-line" { line: LineId },
        /// Its parts are agreed for others.
        LineIsForOthers = "line-is-for-others" { line: LineId },
        /// No milestone.
        NoMilestones = "no-milestones" { project: Name },
        /// Work that is on no line gets nothing there.
        NoLine = "no-line",
        /// A bucket for the lines of a milestone.
        RuleBudget = "rule-budget" { percent: Name, total: bool },
        /// What the presets are for.
        PresetsHead = "presets-head",
        /// A preset.
        PresetRow = "preset-row" { preset: Term, equal: bool, hours: bool, rates: bool, costs_first: bool, service: bool, budget: bool, slices: bool },
        /// How to take one.
        PresetsHow = "presets-how",
        /// Which version of a project's rule it is, and who agreed to it.
        RuleVersion = "rule-version" {
            version: usize, of: usize, proposal: Option<Name>, since: Option<NaiveDate>, agreed: Vec<Name>, voters: Option<usize>,
        },
        /// A proposed rule.
        ProposalHead = "proposal-head" { proposal: ProposalId, project: Name, person: Name, preset: Term, hash: Name },
        /// One's own proposal is replaced by another.
        ProposalReplaced = "proposal-replaced" { proposal: ProposalId },
        /// An objection.
        ObjectionRow = "objection-row" { person: Name, reason: String },
        /// How the votes stand.
        Ballot = "ballot" {
            agreed: usize, voters: usize, some: bool, nobody: bool, needed: Option<usize>, unwilling: Vec<Name>, closes: NaiveDate, carried: bool,
        },
        /// Votes can't be counted while a rate is missing.
        NotCounted = "not-counted" { role: Name, date: NaiveDate },
        /// What voters can say.
        HowToAgree = "how-to-agree" { project: Name },
        /// Somebody agrees.
        Agreed = "agreed" { person: Name, proposal: ProposalId },
        /// Somebody objects.
        Objected = "objected" { person: Name, proposal: ProposalId, reason: String },
        /// A proposal is the project's rule.
        Adopted = "adopted" { proposal: ProposalId, project: Name, version: usize, agreed: usize, voters: usize, some: bool, nobody: bool },
        /// Income of before is shared by the rule of before.
        WaitsUnderOld = "waits-under-old" { amount: Amount },
        /// A proposal was not adopted in time.
        Lapsed = "lapsed" { proposal: ProposalId, project: Name },
        /// What a rule would make of an income.
        RulePreviewHead = "rule-preview-head" { income: Amount, project: Name, preset: Term, proposal: Option<ProposalId> },
        /// What changes for somebody against the rule in use.
        RuleChanges = "rule-changes" { person: Name, was: Amount, is: Amount, less: bool },
        /// What more work would be worth.
        Estimate = "estimated" {
            time: Minutes, project: Name, income: Amount, waiting: bool, last: bool, more: Amount, before: Amount, after: Amount,
            before_percent: Name, after_percent: Name, per_hour: Option<Amount>,
        },
        /// What an estimate is not.
        EstimateBasis = "estimate-basis",
        /// A rate.
        RateRow = "rate-row" { role: Name, person: Option<Name>, per_hour: Amount, from: Option<NaiveDate> },
        /// A project began.
        ProjectCreated = "project-created" { project: Name, lead: Name },
        /// The rule needs rates.
        SetRates = "set-rates",
        /// The room is about a project now.
        RoomBound = "room-bound" { project: Name },
        /// A rate was set.
        RateSet = "rate-set" { role: Name, person: Option<Name>, per_hour: Amount, from: Option<NaiveDate>, newly: Option<usize> },

        /// No task.
        NoTasks = "no-tasks",
        /// How many tasks.
        TasksHead = "tasks-head" { count: usize },
        /// A task in one line.
        TaskRow = "task-row" { task: TaskId, title: String, project: Name, state: Term, person: Option<Name>, estimate: Option<Minutes> },
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

        /// What somebody was paid in all.
        MePaid = "me-paid" { amount: Amount },
        /// A timer was stopped with another time than it ran.
        TimerRan = "timer-ran" { time: Minutes },
        /// A timer ended with its person's part in the network.
        TimerEnded = "timer-ended" { what: String },
        /// Somebody's open claims in a project, and what the next income would bring them.
        MeClaims = "me-claims" { project: Name, count: usize, part: Option<Amount>, of: Option<Amount> },
        /// A year of somebody's.
        YearHead = "year-head" { person: Name, network: String, year: Name },
        /// What they were paid in it.
        YearPaid = "year-paid" { amount: Amount, count: usize },
        /// What was reimbursed to them in it.
        YearReimbursed = "year-reimbursed" { amount: Amount, count: usize },
        /// A project's part in it.
        YearProject = "year-project" {
            project: Name, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, shared: Option<Amount>,
        },
        /// What it is, and is not.
        YearBasis = "year-basis",

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
        /// The machine's clock has jumped; what is due waits.
        ClockDoubted = "clock-doubted" { date: NaiveDate, time: Name, wall: NaiveDate, clock: Name },
        /// The machine's clock was right.
        ClockMoved = "clock-moved" { date: NaiveDate, time: Name },
        /// The machine's clock was wrong.
        ClockStayed = "clock-stayed" { date: NaiveDate, time: Name },

        /// Something was logged.
        Logged = "logged" {
            log: LogId, person: Name, kind: Term, time: Option<Minutes>, quantity: Option<Name>, unit: Option<String>, value: Option<Amount>,
            project: Name, task: Option<TaskId>, role: Option<Name>, date: Option<NaiveDate>, gift: bool, what: Option<String>,
        },
        /// Its receipt lies beside the journal.
        ReceiptKept = "receipt-kept" { file: String, kilobytes: usize },
        /// Its receipt is on its way.
        ReceiptComes = "receipt-comes" { file: String },
        /// A receipt did not come, or is none.
        ReceiptMissing = "receipt-missing" { log: LogId, file: String, large: bool, other: bool, lost: bool, megabytes: usize },
        /// Receipts, to be looked at.
        Receipts = "receipts" { log: LogId, person: Name, count: usize, kept: Vec<TextRef> },
        /// The rule gives nothing for this kind.
        ClaimsNothing = "claims-nothing" { preset: Term, kind: Term },
        /// The rule needs a rate that nobody set.
        NoRateYet = "no-rate-yet" { role: Name, date: NaiveDate },
        /// It counts after a custodian's yes.
        WaitsForCustodian = "waits-for-custodian" { log: LogId },
        /// It counts after the person's yes.
        WaitsForPerson = "waits-for-person" { log: LogId, person: Name },
        /// It counts after another member's yes.
        WaitsForAnother = "waits-for-another" { log: LogId },
        /// It counts after others have agreed to it.
        NeedsValidation = "needs-validation" { log: LogId, count: usize },
        /// Somebody agreed to it.
        Validated = "validated" { log: LogId, person: Name, author: Name, left: Option<usize> },
        /// Nothing is claimed.
        NoClaims = "no-claims" { person: Name },
        /// How many claims.
        ClaimsHead = "claims-head" { person: Name, count: usize },
        /// An open claim.
        ClaimRow = "claim-row" {
            log: LogId, date: NaiveDate, kind: Term, project: Name, time: Option<Minutes>, worth: Option<Amount>, received: Option<Amount>,
            open: Option<Amount>, once: bool, forever: bool, line: Option<LineId>, held: bool, what: Option<String>,
        },
        /// What would be given.
        GiveHead = "give-head" { count: usize, logs: Vec<Name>, more: Option<usize> },
        /// Claims are gifts now.
        Given = "given" { person: Name, count: usize },
        /// Everything somebody logs is a gift, or no longer.
        GivesAlways = "gives-always" { always: bool, never: bool },
        /// It counts now.
        LogConfirmed = "log-confirmed" { log: LogId, person: Name },
        /// The custodian has the cash.
        CashReceived = "cash-received" { money: MoneyId, log: LogId, person: Name, amount: Amount, fund: Name },
        /// A log was taken back.
        Undone = "undone" { log: LogId, what: Option<String> },
        /// A log was corrected.
        Corrected = "corrected" {
            log: LogId, was_time: Option<Minutes>, time: Option<Minutes>, was_value: Option<Amount>, value: Option<Amount>,
            was_date: Option<NaiveDate>, date: Option<NaiveDate>, what: Option<String>,
        },
        /// What was received too much is an advance now.
        TakenBack = "taken-back" { person: Name, amount: Amount },
        /// What was shared before stands.
        SharedStands = "shared-stands" { log: LogId },
        /// A log is in doubt.
        Flagged = "flagged" { log: LogId, person: Name, reason: String },
        /// A doubt was dismissed.
        Kept = "kept" { log: LogId, person: Name, paid: Option<Amount> },
        /// A doubt was upheld.
        Struck = "struck" { log: LogId, person: Name, shared: Option<Amount>, left: Option<Amount>, project: Name },
        /// A doubt is open for long.
        FlagStillOpen = "flag-still-open" { log: LogId, person: Name, resolvers: Vec<Name>, nobody: bool },
        /// No log.
        NoLogs = "no-logs",
        /// How many logs.
        LogsHead = "logs-head" { count: usize },
        /// A log in one line.
        LogRow = "log-row" {
            log: LogId, date: NaiveDate, person: Name, kind: Term, time: Option<Minutes>, value: Option<Amount>, project: Name, task: Option<TaskId>,
            what: Option<String>, receipt: bool, gift: bool, corrected: bool, was_time: Option<Minutes>, was_value: Option<Amount>, waits: bool, validation: bool, flagged: bool, struck: bool, undone: bool,
        },

        /// A summary comes after its time.
        SummaryLate = "summary-late" { date: NaiveDate, time: Name },
        /// There is nothing to sum up.
        SummaryQuiet = "summary-quiet" { project: Option<Name>, network: String, since: NaiveDate, until: Option<NaiveDate>, open: Option<usize>, forgotten: Vec<Name> },
        /// How many entries there are, and how the last one's hash begins.
        SummaryLedger = "summary-ledger" { entries: usize, head: Name },
        /// What was before.
        SummaryBefore = "summary-before" {
            week: bool, day: bool, other: bool, people: Option<usize>, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, nothing: bool,
            more: Option<Minutes>, less: Option<Minutes>,
        },
        /// What one of several projects had.
        SummaryProject = "summary-project" {
            project: Name, people: Option<usize>, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, income: Option<Amount>,
        },
        /// The hours of a week.
        WeekRow = "week-row" { week: NaiveDate, time: Minutes, people: Vec<Name>, others: Option<usize>, others_time: Option<Minutes> },
        /// What was logged for days before.
        LoggedLate = "logged-late" { count: usize, time: Option<Minutes> },
        /// What was changed since it was summed up.
        LogsChanged = "logs-changed" { logs: Vec<Name> },
        /// One person's work on one task.
        WorkRow = "work-row" {
            person: Name, task: Option<TaskId>, title: Option<String>, time: Option<Minutes>, expenses: Option<Amount>, material: Option<Amount>,
            cash: Option<Amount>, other: Option<Amount>,
        },
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

        /// Something comes again and again.
        ScheduleSet = "schedule-set" { project: Option<Name>, every: Name, next: NaiveDate, time: Name, zone: Name, without: bool },
        /// It does, in one line.
        ScheduleRow = "schedule-row" { every: Name, here: bool, project: Option<Name>, next: NaiveDate, time: Name, without: bool },
        /// It does no longer.
        ScheduleEnded = "schedule-ended",
        /// Nothing does.
        NoSchedules = "no-schedules",

        /// The news that a room hears.
        NewsWanted = "news-wanted" { about: Vec<Name>, whole: bool, kinds: Vec<Term>, none: bool, quiet: Option<Minutes> },
        /// A task is open again.
        NewsDropped = "news-dropped" { task: TaskId, title: String, project: Name },
        /// A pool began.
        NewsPool = "news-pool" { pool: Name, goal: Amount, deadline: NaiveDate },
        /// A part of a pool's goal is reached.
        NewsQuarter = "news-quarter" { pool: Name, percent: usize, paid: Amount, goal: Amount, bar: Name, reached: bool },
        /// A pool ends soon.
        NewsDays = "news-days" { pool: Name, days: Option<usize>, last: bool, paid: Amount, goal: Amount, missing: Option<Amount> },
        /// A pool was given up.
        NewsCancelled = "news-cancelled" { pool: Name },
        /// Income came in.
        NewsIncome = "news-income" { money: MoneyId, amount: Amount, project: Name, tax: Option<Amount> },
        /// Income was shared.
        NewsShared = "news-shared" { distribution: DistributionId, amount: Amount, project: Name, people: usize, funds: Option<usize> },
        /// A machine was bought.
        NewsBought = "news-bought" { money: MoneyId, equipment: Name, cost: Amount, pool: Name },
        /// A movement of money was a mistake.
        NewsUndone = "news-undone" { money: MoneyId, undone: MoneyId, amount: Amount },
        /// A distribution was taken back.
        NewsReversed = "news-reversed" { distribution: DistributionId, project: Name },
        /// Somebody was paid.
        NewsPaid = "news-paid" { money: MoneyId, person: Name, amount: Amount },

        /// A summary.
        SummaryHead = "summary-head" { project: Option<Name>, network: String, day: Option<NaiveDate>, since: Option<NaiveDate>, until: Option<NaiveDate> },
        /// Nothing was logged.
        NothingLogged = "nothing-logged",
        /// All together.
        SummaryTotal = "summary-total" { people: usize, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount> },
        /// One person.
        SummaryPerson = "summary-person" {
            person: Name, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, count: usize, gifts: Option<usize>,
        },
        /// The tasks.
        SummaryTasks = "summary-tasks" { open: usize, taken: usize, done: usize, accepted: usize },
        /// Income and shares.
        SummaryMoney = "summary-money" {
            income: Amount, tax: Option<Amount>, back: Option<Amount>, shared: Option<Amount>, paid: Option<Amount>, payments: Option<usize>,
        },

        /// Income was recorded.
        IncomeRecorded = "income-recorded" {
            money: MoneyId, amount: Amount, from: String, project: Name, date: Option<NaiveDate>, tax: Option<Amount>, fee: Option<Amount>,
            original: Option<Amount>, waiting: Amount,
        },
        /// A client got money back.
        IncomeRefunded = "income-refunded" { money: MoneyId, amount: Amount, income: MoneyId, project: Name, tax: Option<Amount> },
        /// The project's account is below zero.
        ToRecover = "to-recover" { project: Name, amount: Amount },
        /// Somebody was paid.
        Paid = "paid" { money: MoneyId, person: Name, amount: Amount, fee: Option<Amount>, reference: Option<String>, owed: Option<Amount>, advance: Option<Amount> },
        /// There is less at the custodian than nothing.
        Overdrawn = "overdrawn" { amount: Amount },
        /// A cost was reimbursed.
        Reimbursed = "reimbursed" { money: MoneyId, log: LogId, person: Name, amount: Amount, project: Option<Name>, fund: Option<Name> },
        /// A fund was spent.
        FundSpent = "fund-spent" { money: MoneyId, fund: Name, amount: Amount, what: String, left: Amount },
        /// No fund.
        NoFunds = "no-funds",
        /// A fund.
        FundRow = "fund-row" { fund: Name, amount: Amount },
        /// A movement was undone.
        MoneyUndone = "money-undone" { money: MoneyId, undone: MoneyId, amount: Amount, reason: String },
        /// A distribution was taken back with it.
        DistributionReversed = "distribution-reversed" { distribution: DistributionId, along: bool },
        /// A distribution to be taken back.
        ReverseHead = "reverse-head" { distribution: DistributionId, reason: String },
        /// Other incomes that it shared wait again.
        WaitAgain = "wait-again" { incomes: Vec<Name>, project: Name },
        /// A fund has spent more than it has now.
        FundBelow = "fund-below" { fund: Name, amount: Amount },
        /// Somebody has received more than they are owed.
        Advance = "advance" { person: Name, amount: Amount },
        /// No money moved yet.
        NoMoneyYet = "no-money-yet",
        /// Income in one line.
        MoneyIncome = "money-income" {
            id: MoneyId, date: NaiveDate, amount: Amount, from: String, project: Name, tax: Option<Amount>, fee: Option<Amount>, original: Option<Amount>,
            shared: Option<DistributionId>, undone: Option<MoneyId>,
        },
        /// A refund in one line.
        MoneyRefund = "money-refund" { id: MoneyId, date: NaiveDate, amount: Amount, income: MoneyId, undone: Option<MoneyId> },
        /// Cash in one line.
        MoneyCash = "money-cash" { id: MoneyId, date: NaiveDate, amount: Amount, log: LogId, person: Name, undone: Option<MoneyId> },
        /// A payout in one line.
        MoneyPayout = "money-payout" {
            id: MoneyId, date: NaiveDate, amount: Amount, person: Name, fee: Option<Amount>, reference: Option<String>, undone: Option<MoneyId>,
        },
        /// A reimbursement in one line.
        MoneyReimbursed = "money-reimbursed" {
            id: MoneyId, date: NaiveDate, amount: Amount, log: LogId, person: Name, project: Option<Name>, fund: Option<Name>, undone: Option<MoneyId>,
        },
        /// A fund's spending in one line.
        MoneySpent = "money-spent" { id: MoneyId, date: NaiveDate, amount: Amount, fund: Name, what: String, undone: Option<MoneyId> },
        /// An undoing in one line.
        MoneyUndoing = "money-undoing" { id: MoneyId, date: NaiveDate, of: MoneyId, reason: String },
        /// What the custodian holds.
        BooksHead = "books-head" { network: String, held: Amount, whose: bool },
        /// What a person is owed.
        BooksPerson = "books-person" { person: Name, owed: Amount, advance: bool },
        /// What is on a project's account.
        BooksProject = "books-project" { project: Name, amount: Amount, held: Option<Amount>, recover: bool },
        /// What is in a fund.
        BooksFund = "books-fund" { fund: Name, amount: Amount },
        /// What is set apart for taxes.
        BooksTaxes = "books-taxes" { amount: Amount },
        /// Books and bank agree.
        BooksAgree = "books-agree" { held: Amount },
        /// There is more at the bank.
        BooksTooLow = "books-too-low" { held: Amount, real: Amount, difference: Amount },
        /// There is less at the bank.
        BooksTooHigh = "books-too-high" { held: Amount, real: Amount, difference: Amount },

        /// A pool began.
        PoolOpened = "pool-opened" { pool: Name },
        /// What it was opened under.
        PoolConditions = "pool-conditions" {
            pool: Name, goal: Amount, equipment: Option<Name>, project: Option<Name>, deadline: NaiveDate, all: bool, keep: bool,
            minimum: Option<Amount>, optimum: Option<Amount>, cap: Option<Amount>, least: Option<Amount>, term: Option<usize>, fees: Option<Name>,
            gift: bool,
        },
        /// The machine's terms can be set until somebody pledges.
        HowToSetTerms = "how-to-set-terms" { equipment: Name, pool: Option<Name> },
        /// How to pledge.
        HowToPledge = "how-to-pledge" { pool: Option<Name> },
        /// The project's rule gives cash nothing.
        CashClaimsNothing = "cash-claims-nothing" { project: Name },
        /// The hash of everything that a backer says yes to.
        AllTerms = "all-terms" { hash: Name, back: bool },
        /// How a pool stands.
        PoolStatus = "pool-status" {
            pool: Name, bar: Name, percent: usize, paid: Amount, goal: Amount, promised: Option<Amount>, waiting: Option<Amount>, backers: usize,
            days: Option<usize>, last_day: bool, closing: Option<NaiveDate>, funded: bool, failed: bool, bought: bool, given: bool, cancelled: bool,
        },
        /// A backer.
        BackerRow = "backer-row" {
            person: Option<Name>, fund: Option<Name>, paid: Option<Amount>, back: Option<Amount>, promised: Option<Amount>, by: Option<NaiveDate>,
            lapsed: bool, waits: bool,
        },
        /// What one has in a pool.
        MePledge = "me-pledge" { pool: Name, promised: Amount, paid: Amount, waits: bool, by: Option<NaiveDate> },
        /// One's stake in a machine.
        MeStake = "me-stake" { equipment: Name, stake: Amount, paid: Amount, due: Amount },
        /// A bill that one has to pay.
        MeBill = "me-bill" { bill: BillId, equipment: Name, amount: Amount },
        /// A subscription of one's own.
        MeSubscription = "me-subscription" { equipment: Name, last: NaiveDate },
        /// No pool yet.
        NoPoolsYet = "no-pools-yet",
        /// A pledge, to be agreed to.
        PledgeHead = "pledge-head" { pool: Name, promised: Amount, cut: Option<Amount>, over: Option<Amount>, returns: Option<Amount> },
        /// Somebody pledged.
        Pledged = "pledged" {
            person: Name, pool: Name, promised: Amount, paid: Option<Amount>, custodians: Vec<Name>, by: Option<NaiveDate>,
        },
        /// What was paid is to be taken back.
        WithdrawHead = "withdraw-head" { pool: Name, back: Amount },
        /// Somebody withdrew.
        Withdrawn = "withdrawn" { person: Name, pool: Name, back: Option<Amount> },
        /// A pool was given up, or is to be.
        PoolCancelled = "pool-cancelled" { pool: Name, back: Option<Amount>, reason: String, asked: bool, done: bool },
        /// A pledge lapses soon.
        PledgeReminder = "pledge-reminder" { person: Name, pool: Name, amount: Amount, by: NaiveDate },
        /// A pledge lapsed.
        PledgeLapsed = "pledge-lapsed" { person: Name, pool: Name, amount: Amount },
        /// The last day is over.
        PledgingEnded = "pledging-ended" { pool: Name },
        /// A pool has what it needs.
        PoolFunded = "pool-funded" { pool: Name, back: Option<Amount> },
        /// It has not.
        PoolFailed = "pool-failed" { pool: Name, back: Option<Amount> },
        /// How to buy what it is for.
        HowToBuy = "how-to-buy" { equipment: Name, amount: Amount },
        /// Its money is the project's.
        PoolGiven = "pool-given" { pool: Name, project: Name, amount: Amount, count: usize },
        /// Somebody paid into a pool.
        PoolPaid = "pool-paid" {
            money: MoneyId, person: Name, amount: Amount, pool: Name, date: Option<NaiveDate>, fee: Option<Amount>, original: Option<Amount>,
            late: Option<Amount>, over: Option<Amount>, waits: bool,
        },
        /// Somebody without an account agrees through the custodian.
        AgreesThroughCustodian = "agrees-through-custodian" { person: Name, pool: Name, amount: Amount },
        /// Money that was here already is in a pool.
        ToppedUp = "topped-up" { pool: Name, amount: Amount, person: Option<Name>, fund: Option<Name> },
        /// The same, to be agreed to.
        TopUpHead = "top-up-head" { pool: Name, amount: Amount, person: Option<Name> },
        /// A pool bought what it was for.
        Bought = "bought" { money: MoneyId, equipment: Name, cost: Amount, pool: Name, supplier: Option<String> },
        /// A stake in it.
        StakeGiven = "stake-given" { person: Option<Name>, fund: Option<Name>, stake: Amount, due: Amount, back: Option<Amount>, given: Option<Amount> },

        /// A machine is known.
        EquipmentAdded = "equipment-added" { equipment: Name },
        /// Its terms are set.
        TermsSet = "terms-set" { equipment: Name },
        /// Its terms wait for consent.
        TermsProposed = "terms-proposed" { equipment: Name, people: Vec<Name> },
        /// Terms to agree to.
        AgreeHead = "agree-head" { equipment: Name, person: Name },
        /// Somebody agreed to them.
        TermsAgreed = "terms-agreed" { person: Name, equipment: Name, people: Vec<Name> },
        /// Terms: what its time costs.
        TermsRates = "terms-rates" {
            equipment: Name, hash: Name, project: Option<Amount>, commercial: Option<Amount>, member: Option<Amount>, week: Option<Amount>, month: Option<Amount>,
            maintenance: Option<Amount>, none: bool,
        },
        /// Whom that is for.
        TermsParts = "terms-parts" {
            maintenance: Name, infrastructure: Name, owners: Name, cap: Name, after_maintenance: Name, after_infrastructure: Name,
            certified_only: bool,
        },
        /// A machine in one line.
        EquipmentRow = "equipment-row" {
            equipment: Name, planned: bool, owners: Option<usize>, shareable: bool, retired: bool, cost: Option<Amount>, bar: Option<Name>,
            paid: Option<Amount>, due: Option<Amount>,
        },
        /// Who may use it alone.
        CertifiedPeople = "certified-people" { people: Vec<Name> },
        /// No machine.
        NoMachines = "no-machines",
        /// Somebody may.
        Certified = "certified" { person: Name, equipment: Name },
        /// A co-owner.
        StakeRow = "stake-row" { person: Option<Name>, fund: Option<Name>, stake: Amount, paid: Amount, due: Amount },
        /// What it was used for.
        UsedFor = "used-for" { scenario: Term, time: Minutes, count: usize },
        /// What came in, and where it went.
        CameIn = "came-in" {
            amount: Amount, owners: Option<Amount>, maintenance: Option<Amount>, infrastructure: Option<Amount>, material: Option<Amount>,
            technicians: Option<Amount>,
        },
        /// Bills that nobody has paid.
        BillsWait = "bills-wait" { count: usize, amount: Amount },
        /// A machine is to be gone.
        RetireHead = "retire-head" { equipment: Name, proceeds: Option<Amount>, nothing: bool, lost: Option<Amount> },
        /// It is.
        Retired = "retired" { equipment: Name, money: Option<MoneyId>, proceeds: Option<Amount>, lost: Option<Amount> },
        /// A stake is to be handed on.
        TransferHead = "transfer-head" { equipment: Name, person: Name, amount: Amount, paid: Amount, open: Amount },
        /// It was.
        Transferred = "transferred" { from: Name, person: Name, equipment: Name, amount: Amount, open: Amount },
        /// A machine is a shareable.
        HandedOver = "handed-over" { equipment: Name, cap: Name },
        /// What a machine received of a project goes to its co-owners.
        MachineShare = "machine-share" { equipment: Name, amount: Amount },
        /// What a machine should not have received comes back from its co-owners.
        MachineShareBack = "machine-share-back" { equipment: Name, amount: Amount },
        /// Material came into stock.
        StockAdded = "stock-added" {
            lot: LotId, material: Name, quantity: Name, unit: String, value: Amount, person: Option<Name>, fund: Option<Name>,
        },
        /// Material is in stock no more.
        StockRemoved = "stock-removed" { lot: LotId, quantity: Name, unit: String, material: Name, reason: String },
        /// Nothing is in stock.
        NoStock = "no-stock",
        /// Material in stock.
        StockRow = "stock-row" {
            lot: LotId, material: Name, left: Name, quantity: Name, unit: String, value: Amount, person: Option<Name>, fund: Option<Name>,
        },
        /// A subscription is billed.
        Subscribed = "subscribed" {
            bill: BillId, person: Name, equipment: Name, price: Amount, from: NaiveDate, last: NaiveDate, week: bool, month: bool,
        },
        /// It is not renewed.
        Unsubscribed = "unsubscribed" { person: Name, equipment: Name, last: NaiveDate },
        /// A machine was used.
        Used = "used" {
            bill: BillId, person: Name, equipment: Name, time: Minutes, scenario: Term, date: Option<NaiveDate>, total: Amount, payer: Option<String>,
        },
        /// What it claims of a project.
        MachineClaims = "machine-claims" { log: LogId, equipment: Name, amount: Amount, project: Name },
        /// A subscription covers it.
        Covered = "covered",
        /// It counts as paid to the user's stake.
        SetOff = "set-off" { amount: Amount, person: Name },
        /// The project paid at once.
        ProjectPaid = "project-paid" { amount: Amount },
        /// A bill waits.
        BillWaits = "bill-waits" { bill: BillId, amount: Amount },
        /// A bill was paid.
        BillPaid = "bill-paid" { bill: BillId, money: Option<MoneyId>, amount: Amount, equipment: Name, reference: Option<String> },
        /// No use yet.
        NoUses = "no-uses",
        /// A use in one line.
        UseRow = "use-row" {
            bill: BillId, date: NaiveDate, person: Name, equipment: Name, time: Option<Minutes>, scenario: Option<Term>, subscription: bool,
            total: Amount, waits: Option<String>, undone: bool,
        },
        /// A use was taken back.
        UseUndone = "use-undone" { bill: BillId, equipment: Name, amount: Amount, material: bool },
        /// A line for material.
        ForMaterial = "for-material" {
            amount: Amount, person: Option<Name>, fund: Option<Name>, quantity: Name, unit: String, material: Name, lot: LotId,
        },
        /// A line for a technician.
        ForTechnician = "for-technician" { amount: Amount, person: Name, time: Minutes, per_hour: Amount },
        /// A line for hourly maintenance.
        ForMaintenance = "for-maintenance" { amount: Amount, time: Minutes, per_hour: Amount },
        /// A line for a fund.
        ForFund = "for-fund" { amount: Amount, fund: Name, percent: Name, of: Amount, after: bool },
        /// What is the co-owners' when it is paid.
        ForOwners = "for-owners" { amount: Amount },
        /// A line for a co-owner.
        ForOwner = "for-owner" { amount: Amount, person: Option<Name>, fund: Option<Name>, open: Amount, of: Amount },
        /// A line that a co-owner gives back.
        FromOwner = "from-owner" { amount: Amount, person: Option<Name>, fund: Option<Name>, received: Amount, of: Amount },
        /// A line beyond what is open to the co-owners.
        ForNobody = "for-nobody" { amount: Amount, fund: Name },
        /// Was a machine used?
        MachineUsed = "machine-used" { equipment: Vec<Name>, one: Name },
        /// Bills that a project has not paid.
        BillsOfProject = "bills-of-project" { project: Name, amount: Amount, bills: Vec<Name> },
        /// No machine was, so far.
        NoUseLogged = "no-use-logged" { equipment: Vec<Name>, project: Name, one: Name },
        /// A payment into a pool in one line.
        MoneyPool = "money-pool" {
            id: MoneyId, date: NaiveDate, amount: Amount, person: Name, pool: Name, fee: Option<Amount>, original: Option<Amount>,
            reference: Option<String>, undone: Option<MoneyId>,
        },
        /// A purchase in one line.
        MoneyPurchase = "money-purchase" {
            id: MoneyId, date: NaiveDate, amount: Amount, equipment: Name, pool: Name, supplier: Option<String>, undone: Option<MoneyId>,
        },
        /// A bill's payment in one line.
        MoneyBill = "money-bill" {
            id: MoneyId, date: NaiveDate, amount: Amount, bill: BillId, payer: String, equipment: Name, undone: Option<MoneyId>,
        },
        /// What was got for a machine in one line.
        MoneyProceeds = "money-proceeds" { id: MoneyId, date: NaiveDate, amount: Amount, equipment: Name, undone: Option<MoneyId> },
        /// What is in a pool.
        BooksPool = "books-pool" { pool: Name, amount: Amount },
        /// What was billed and not paid.
        BooksBilled = "books-billed" { equipment: Name, amount: Amount },
        /// A machine, at cost.
        BooksEquipment = "books-equipment" { equipment: Name, amount: Amount, stakes: Option<Amount>, commons: Option<Amount> },
        /// What a machine has to recover.
        BooksMachine = "books-machine" { equipment: Name, amount: Amount },

        /// What would be shared.
        PreviewHead = "preview-head" { income: Amount, project: Name, version: Option<usize> },
        /// What would be shared, to be confirmed.
        ConfirmHead = "confirm-head" { income: Amount, project: Name, rule: Term, version: Option<usize> },
        /// What is on the account besides the income.
        FromBefore = "from-before" { carried: Option<Amount>, recovered: Option<Amount>, spent: Option<Amount> },
        /// A fund's share.
        ShareFund = "share-fund" { fund: Name, amount: Amount, percent: Name },
        /// A person's share.
        SharePerson = "share-person" { person: Name, amount: Amount, percent: Name, held: Option<Amount>, advance: Option<Amount> },
        /// What stays.
        Undistributed = "undistributed" { project: Name, amount: Amount, nobody: bool, planned: bool, full: bool, unassigned: bool },
        /// Logs whose shares are held.
        HeldInDoubt = "held-in-doubt" { logs: Vec<Name> },
        /// Tasks that were done and never logged.
        LooksUnlogged = "looks-unlogged" { tasks: Vec<Name> },
        /// The first of two confirmations.
        Approved = "approved" { person: Name, project: Name },
        /// Income was shared.
        Distributed = "distributed" { distribution: DistributionId, amount: Amount, project: Name, rule: Term, version: Option<usize> },
        /// Where to ask why.
        HowToExplain = "how-to-explain",
        /// What a distribution shared.
        ExplainHead = "explain-head" {
            distribution: DistributionId, date: NaiveDate, project: Name, incomes: Vec<Name>, income: Amount, rule: Term,
            version: Option<usize>, hash: Name, reversed: bool,
        },
        /// A bucket for a fund.
        ExplainFund = "explain-fund" { place: usize, percent: Name, total: bool, offered: Amount, fund: Name },
        /// A bucket for a person.
        ExplainCut = "explain-cut" { place: usize, percent: Name, total: bool, offered: Amount, person: Name },
        /// A bucket for claims.
        ExplainBucket = "explain-bucket" { place: usize, percent: Name, total: bool, kinds: Vec<Term>, lines: bool, offered: Amount, placed: Amount },
        /// A line of a milestone that somebody worked on, and what was given for it.
        ExplainLine = "explain-line" { line: LineId, activity: String, planned: Amount, agreed: Vec<Name>, by_minutes: bool, amount: Amount },
        /// Those whose claims were paid up by it.
        ExplainPaidUp = "explain-paid-up" { count: usize, amount: Amount, left: Amount },
        /// Somebody's claims were.
        ExplainFull = "explain-full" { person: Name, amount: Amount },
        /// Somebody's part of a bucket.
        ExplainShare = "explain-share" {
            person: Name, shared: Amount, weight: Name, of: Name, minutes: bool, open: bool, value: bool, alike: bool, amount: Amount,
        },
        /// A claim's part.
        ExplainClaim = "explain-claim" {
            log: LogId, date: NaiveDate, time: Option<Minutes>, rate: Option<Amount>, value: Option<Amount>, factor: Option<usize>, cap: Option<Name>, weight: Name, amount: Amount, held: bool,
        },
        /// What a part changed by since, because a log was struck or lowered.
        ExplainChange = "explain-change" { log: LogId, amount: Amount, why: LogId, struck: bool, lowered: bool },
        /// The claims that are not listed.
        ExplainRest = "explain-rest" { count: usize, amount: Amount },
        /// What a co-owner had of a machine's part.
        ExplainStake = "explain-stake" { equipment: Name, amount: Amount, open: Amount, of: Amount },
        /// The sum.
        ExplainTotal = "explain-total" { person: Name, amount: Amount, advance: Option<Amount>, owed: Amount },
        /// How cents that can't be split evenly go.
        ExplainTies = "explain-ties",
        /// A distribution in one line.
        DistributionRow = "distribution-row" { distribution: DistributionId, date: NaiveDate, project: Name, amount: Amount, undone: Option<MoneyId>, reversed: bool },
        /// What somebody is owed.
        OwedRow = "owed-row" { person: Name, owed: Amount, advance: bool },
        /// Somebody gives on a part of their coming shares.
        RedirectSet = "redirect-set" { percent: Name, person: Option<Name>, fund: Option<Name>, until: Option<NaiveDate>, once: bool },
        /// They no longer do.
        RedirectEnded = "redirect-ended",
        /// What somebody gave on.
        Redirected = "redirected" { person: Name, amount: Amount, to: Option<Name>, fund: Option<Name> },
        /// Where somebody wants to be paid, hidden but for its ends.
        PayToKept = "pay-to-kept" { masked: Name },
        /// It is forgotten.
        PayToForgotten = "pay-to-forgotten",
        /// Payments were written to a file.
        BatchOpened = "batch-opened" { batch: BatchId, format: Term, count: usize, amount: Amount, file: Name },
        /// A line of that file.
        FileLine = "file-line" { text: String },
        /// A payment of it.
        BatchRow = "batch-row" { person: Name, amount: Amount, paid: Option<MoneyId>, failed: bool },
        /// Somebody is left out of it.
        LeftOut = "left-out" { person: Name, amount: Amount, no_pay_to: bool, other_way: bool, open: Option<BatchId>, below: bool, amount_wrong: bool },
        /// What to do when it is paid.
        HowToPay = "how-to-pay" { batch: BatchId },
        /// A batch was paid.
        BatchPaid = "batch-paid" { batch: BatchId, count: usize, amount: Amount },
        /// A payment of a batch did not arrive.
        PaymentFailed = "payment-failed" { batch: BatchId, person: Name, amount: Amount, undone: Option<MoneyId>, owed: bool },
        /// Nothing was shared and nothing is owed.
        NoPayouts = "no-payouts",

        /// The journal is whole.
        Verified = "verified" { entries: usize, head: Name },
        /// Something is not as it was written: in the file, the journal, the books, or among what lies beside them.
        NotWhole = "not-whole" { file: bool, journal: bool, books: bool, texts: bool, files: bool, people: bool, rest: bool },
        /// What was said here named somebody who is forgotten.
        ReplyForgotten = "reply-forgotten",
        /// The last entry.
        Head = "head" { entries: usize, head: Name },
    }
}
