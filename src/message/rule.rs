//! What is said about rules, projects and milestones.

use chrono::NaiveDate;

use crate::core::ids::{LineId, LogId, ProposalId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::{Number, Term, Typed, WorkRole};

one_of! {
    /// What claims weigh in a bucket.
    pub enum Weighing {
        /// Minutes.
        ByMinutes = "by_minutes",
        /// Their value.
        ByValue = "by_value",
        /// By value, of what has no hours.
        ByStatedValue = "by_stated_value",
        /// The same for everyone.
        Alike = "alike",
    }
}

one_of! {
    /// How long claims live in a bucket.
    pub enum ClaimLife {
        /// Until they are paid.
        UntilPaid = "until_paid",
        /// For one distribution.
        Once = "once",
        /// For all distributions.
        Forever = "forever",
    }
}

one_of! {
    /// What a preset does.
    pub enum PresetAbout {
        /// See [`Preset::Equal`](crate::core::rule::preset::Preset::Equal), and so on.
        Equal = "equal",
        /// By hours.
        Hours = "hours",
        /// By hours and rates.
        Rates = "rates",
        /// Costs first.
        CostsFirst = "costs_first",
        /// A service.
        Service = "service",
        /// A budget.
        Budget = "budget",
        /// Slices.
        Slices = "slices",
    }
}

one_of! {
    /// Whether anybody can vote.
    pub enum Electorate {
        /// Holders of open claims can.
        Some = "some",
        /// Nobody holds an open claim.
        Nobody = "nobody",
    }
}

one_of! {
    /// Which income an estimate is about, where none was named.
    pub enum EstimatedIncome {
        /// What waits to be distributed.
        Waiting = "waiting",
        /// As much as the last one.
        Last = "last",
    }
}

one_of! {
    /// What a value of a rule file has to be.
    pub enum FileValue {
        /// A percentage.
        Percent = "percent",
        /// How far claims are paid.
        Cap = "cap",
        /// A day.
        Date = "date",
        /// Whole numbers by kind.
        Weights = "weights",
        /// Names.
        Names = "names",
    }
}

messages! {
    /// What the bot says of rules and projects.
    pub enum RuleLine {
        /// No project yet.
        NoProjectsYet = "no-projects-yet",
        /// A project in one line.
        ProjectRow = "project-row" { project: Name, preset: Term, leads: Vec<Name>, tasks: usize },
        /// A project.
        ProjectHead = "project-head" { project: Name, leads: Vec<Name> },
        /// A project's money that is not shared.
        ProjectMoney = "project-money" {
            waiting: Amount, undistributed: Option<Amount>, recover: Option<Amount>, held: Option<Amount>,
        },
        /// A rule.
        RuleHead = "rule-head" { project: Name, preset: Term },
        /// A bucket for a fund.
        RuleFund = "rule-fund" { percent: Number, total: bool, fund: Name },
        /// A bucket for a person.
        RulePerson = "rule-person" { percent: Number, total: bool, person: Name } [of person],
        /// A bucket for claims.
        RuleClaims = "rule-claims" {
            percent: Number, total: bool, kinds: Vec<Term>, roles: Vec<Name>, except: Vec<Name>, tasks: Vec<Name>,
            people: Vec<Name>,
            since: Option<NaiveDate>, until: Option<NaiveDate>, weighing: Option<Weighing>,
            factors: Vec<Term>, life: ClaimLife, cap: Option<Number>,
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
        LineRow = "line-row" {
            line: LineId, activity: String, amount: Amount, parts: Vec<Name>, given: Option<Amount>,
            held: Option<Amount>,
        },
        /// How to log work on a line.
        HowToLogOnLine = "how-to-log-on-line" { line: LineId },
        /// No milestone.
        NoMilestones = "no-milestones" { project: Name },
        /// A bucket for the lines of a milestone.
        RuleBudget = "rule-budget" { percent: Number, total: bool },
        /// What the presets are for.
        PresetsHead = "presets-head",
        /// How a project shares its income: a part for funds or people first, then as the preset does or by parts of
        /// its own.
        RuleInWords = "rule-in-words" { project: Name, cut: bool, about: Option<PresetAbout>, own: bool },
        /// A preset.
        PresetRow = "preset-row" {
            preset: Term, about: Option<PresetAbout>,
        },
        /// How to take one.
        PresetsHow = "presets-how",
        /// Which version of a project's rule it is, and who agreed to it.
        RuleVersion = "rule-version" {
            version: usize, of: usize, hash: Name, proposal: Option<Name>, since: Option<NaiveDate>,
            agreed: Vec<Name>, voters: Option<usize>,
        },
        /// A proposed rule.
        ProposalHead = "proposal-head" {
            proposal: ProposalId, project: Name, person: Name, preset: Term, hash: Name,
        } [of person],
        /// The author's earlier proposal was replaced.
        ProposalReplaced = "proposal-replaced" { proposal: ProposalId },
        /// An objection.
        ObjectionRow = "objection-row" { person: Name, reason: String } [of person],
        /// How the votes stand.
        Ballot = "ballot" {
            agreed: usize, voters: usize, electorate: Electorate, needed: Option<usize>, unwilling: Vec<Name>,
            closes: NaiveDate, carried: bool,
        },
        /// Votes can't be counted while a rate is missing.
        NotCounted = "not-counted" { role: WorkRole, date: NaiveDate },
        /// What voters can say.
        HowToAgree = "how-to-agree" { project: Name },
        /// Somebody agrees.
        Agreed = "agreed" { person: Name, proposal: ProposalId } [of person],
        /// Somebody objects.
        Objected = "objected" { person: Name, proposal: ProposalId, reason: String } [of person],
        /// A proposal became the project's rule.
        Adopted = "adopted" {
            proposal: ProposalId, project: Name, version: usize, agreed: usize, voters: usize,
            electorate: Electorate,
        },
        /// Earlier income is shared by the earlier rule.
        WaitsUnderOld = "waits-under-old" { amount: Amount },
        /// A proposal was not adopted in time.
        Lapsed = "lapsed" { proposal: ProposalId, project: Name },
        /// Asks whether the words of a rule belong to a project's name.
        NameHasRule = "name-has-rule" { project: Name, shorter: Name, rule: Term },
        /// Before an example of how the rule would share out a round sum now.
        RuleExample = "rule-example" { income: Amount },
        /// What a rule would make of an income.
        RulePreviewHead = "rule-preview-head" {
            income: Amount, project: Name, preset: Term, proposal: Option<ProposalId>,
        },
        /// How somebody's share differs from that under the rule in use.
        RuleChanges = "rule-changes" { person: Name, was: Amount, is: Amount, less: bool } [of person],
        /// What more work would be worth.
        Estimate = "estimated" {
            time: Minutes, project: Name, income: Amount, basis: Option<EstimatedIncome>, more: Amount, before: Amount,
            after: Amount,
            before_percent: Number, after_percent: Number, per_hour: Option<Amount>,
        },
        /// What an estimate does not promise.
        EstimateBasis = "estimate-basis",
        /// A rate.
        RateRow = "rate-row" {
            role: WorkRole, person: Option<Name>, per_hour: Amount, from: Option<NaiveDate>,
        } [of person],
        /// A project began.
        ProjectCreated = "project-created" { project: Name, lead: Name },
        /// The rule needs rates.
        SetRates = "set-rates",
        /// The room is about a project now.
        RoomBound = "room-bound" { project: Name },
        /// A rate was set.
        RateSet = "rate-set" {
            role: WorkRole, person: Option<Name>, per_hour: Amount, from: Option<NaiveDate>, newly: Option<usize>,
        } [of person],
    }
}

messages! {
    /// Why nothing was done with a rule or a project.
    pub enum RuleRefusal {
        /// A project of that name exists.
        ProjectExists = "project-exists" { project: Name },
        /// The parts of the total come to more than the whole.
        OverWhole = "over-whole" { line: Option<usize>, percent: Number },
        /// Not a percentage with a fund or person.
        NotACut = "not-a-cut" { typed: Typed },
        /// The rate would change the value of work that already has one.
        RateInUse = "rate-in-use" { log: LogId, per_hour: Amount, earliest: NaiveDate },
        /// The proposal is newer than its author's message.
        ProposedSince = "proposed-since" { proposal: ProposalId },
        /// A milestone of this name exists.
        MilestoneExists = "milestone-exists" { milestone: Name },
        /// The lines would exceed the milestone.
        MilestoneFull = "milestone-full" { milestone: Name, left: Amount },
        /// The text is not people with their parts.
        NotShares = "not-shares" { typed: Typed },
        /// A rule without buckets.
        RuleEmpty = "rule-empty",
        /// The rule is too long to be read.
        RuleTooLong = "rule-too-long" { most: usize },
        /// A percentage of zero, or above the whole.
        PartOutOfRange = "part-out-of-range" { line: Option<usize>, percent: Number },
        /// A part of the total behind one of what remains.
        TotalLast = "total-last" { line: Option<usize> },
        /// A bucket that selects nothing.
        SelectsNothing = "selects-nothing" { line: Option<usize> },
        /// Two buckets that select the same claim.
        SelectsTwice = "selects-twice" { line: Option<usize>, first: usize, bucket: usize, kind: Term },
        /// A cap of zero, or above the largest.
        CapOutOfRange = "cap-out-of-range" { line: Option<usize>, cap: Number },
        /// Weights in a bucket that doesn't weigh by value.
        WeightsMeanNothing = "weights-mean-nothing" { line: Option<usize> },
        /// A number that the preset does not take.
        NumberNotAsked = "number-not-asked" { preset: Term, number: Name },
        /// Not a cap.
        NotACap = "not-a-cap" { typed: Typed },
        /// Not a weight.
        NotAWeight = "not-a-weight" { typed: Typed },
        /// Not a percentage.
        NotAShare = "not-a-share" { typed: Typed },
        /// A rule file that is not TOML.
        RuleFileSyntax = "rule-file-syntax" { line: usize, what: String },
        /// A rule file whose buckets are not a list.
        RuleFileBuckets = "rule-file-buckets" { line: usize },
        /// A key that rule files don't have.
        RuleFileKey = "rule-file-key" { line: usize, typed: Typed, nearest: Option<Name>, known: Vec<Name> },
        /// A value that does not fit its key.
        RuleFileValue = "rule-file-value" {
            line: usize, key: Name, choices: Vec<Name>, expected: Option<FileValue>,
        },
        /// A bucket without its percentage.
        RuleFilePercent = "rule-file-percent" { line: usize },
        /// A bucket with two destinations.
        RuleFileBoth = "rule-file-both" { line: usize },
        /// An unknown fund.
        RuleFileFund = "rule-file-fund" { line: usize, typed: Typed, nearest: Option<Name> },
        /// An unknown person.
        RuleFilePerson = "rule-file-person" { line: usize, typed: Typed },
        /// An unknown task.
        RuleFileTask = "rule-file-task" { line: usize, typed: Typed },
        /// The command needs either a preset or a file.
        PresetOrFile = "preset-or-file",
        /// The project has this rule already.
        RuleInUse = "rule-in-use" { project: Name, hash: Name },
        /// No such version.
        UnknownVersion = "unknown-version" { typed: Typed, count: usize },
        /// Somebody else's proposal is open.
        ProposalOpen = "proposal-open" { proposal: ProposalId, person: Name, closes: NaiveDate },
        /// The author has no claim, so no vote.
        NoVote = "no-vote" { project: Name },
        /// The author has agreed before.
        AgreedAlready = "agreed-already" { proposal: ProposalId },
        /// Not enough have agreed.
        NotCarried = "not-carried" {
            proposal: ProposalId, agreed: usize, voters: usize, needed: Option<usize>, objecting: Vec<Name>,
            unwilling: Vec<Name>,
        },
    }
}
