//! What a summary is about: a project or the network between two days, and what happened then.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::commands::context::CommandContext;
use crate::commands::room::progress::goes_on;
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::distributed::Distribution;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::ContributionKind;
use crate::core::fact::equipment::{Charged, Payer};
use crate::core::ids::{EquipmentId, MoneyId, PersonId, ProjectId};
use crate::core::log::{Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::pool::{Pool, Purpose};
use crate::core::task::{Task, TaskState};
use crate::core::time::Timestamp;
use crate::directory::Topic;

/// What somebody contributed.
#[derive(Default)]
pub struct Tally {
    pub minutes: i64,
    pub expenses: Minor,
    pub material: Minor,
    pub cash: Minor,
    pub other: Minor,
    pub count: usize,
    pub gifts: usize,
}

impl Tally {
    /// What all but time and cash was worth.
    pub fn value(&self) -> Minor {
        self.expenses + self.material + self.other
    }

    pub fn add(&mut self, log: &Log) {
        let value = log.contribution.stated_value().map_or(Minor::ZERO, |value| value.minor);
        self.minutes += log.contribution.minutes().map_or(0, |minutes| minutes.0);
        match log.contribution.kind() {
            ContributionKind::Expense => self.expenses += value,
            ContributionKind::Material => self.material += value,
            ContributionKind::Cash => self.cash += value,
            _ => self.other += value,
        }
        self.count += 1;
        self.gifts += usize::from(log.gift);
    }
}

/// Money that came in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// What clients sent.
    pub came: Minor,
    /// What of that is tax.
    pub tax: Minor,
    /// What went back to them.
    pub back: Minor,
    /// What was shared.
    pub shared: Minor,
}

/// A project or the network between two days.
pub struct Period<'a> {
    pub context: CommandContext<'a>,
    pub project: Option<ProjectId>,
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// For a scheduled summary: from when (inclusive) until when (exclusive) what it tells was recorded. Jobs run
    /// before what is said at the same instant.
    pub recorded: Option<(Timestamp, Timestamp)>,
}

impl<'a> Period<'a> {
    pub fn has(&self, date: NaiveDate) -> bool {
        self.since.is_none_or(|since| date >= since) && self.until.is_none_or(|until| date <= until)
    }

    pub fn has_at(&self, at: Timestamp) -> bool {
        self.has(self.day(at))
    }

    /// Whether something was recorded in the period; for a scheduled summary, since the one before.
    pub fn is_recorded_in(&self, at: Timestamp) -> bool {
        self.recorded.map_or_else(|| self.has_at(at), |(from, by)| at >= from && at < by)
    }

    /// Whether something of an earlier day was recorded in the period, so that no other scheduled summary has it.
    pub fn makes_up_for(&self, date: NaiveDate, at: Timestamp) -> bool {
        self.recorded.is_some() && self.since.is_some_and(|since| date < since) && self.is_recorded_in(at)
    }

    pub fn has_money(&self, money: &Money) -> bool {
        self.has(money.date) || self.makes_up_for(money.date, money.at)
    }

    pub fn day(&self, at: Timestamp) -> NaiveDate {
        self.context.books.day_of(at)
    }

    pub fn is_about(&self, project: ProjectId) -> bool {
        self.project.is_none_or(|wanted| wanted == project)
    }

    /// Whether a movement is an income of what the summary is about. For a refund, ask about its income.
    pub fn is_income_of(&self, money: MoneyId) -> bool {
        self.context.books.project_of_income(money).is_some_and(|project| self.is_about(project))
    }

    /// The same number of days before it, if it has a beginning and an end.
    pub fn before(&self) -> Option<Self> {
        let (since, until) = (self.since?, self.until?);
        let days = u64::try_from((until - since).num_days()).ok()? + 1;
        let (since, until) = (since.checked_sub_days(Days::new(days))?, since.pred_opt()?);
        Some(Self { since: Some(since), until: Some(until), recorded: None, ..*self })
    }

    /// The logs that count, without the claims of machines.
    pub fn all_logs(&self) -> impl Iterator<Item = &'a Log> {
        let counts =
            |log: &&Log| log.counts() && log.contribution.kind() != ContributionKind::Use && self.is_about(log.project);
        self.context.books.logs.iter().filter(counts)
    }

    pub fn logs(&self) -> impl Iterator<Item = &'a Log> {
        self.all_logs().filter(|log| self.has(log.date))
    }

    pub fn tasks(&self) -> impl Iterator<Item = &'a Task> {
        self.context.books.tasks.iter().filter(|task| self.is_about(task.project))
    }

    /// The running pools, and those to which something happened in the period.
    pub fn pools(&self) -> impl Iterator<Item = &'a Pool> {
        let is_about = |pool: &&Pool| match (self.project, pool.conditions.purpose) {
            (Some(wanted), Purpose::Project(project)) => wanted == project,
            (Some(_), Purpose::Equipment(_)) => {
                self.context.directory.topics_of(&self.context.moment.room).any(|topic| topic == Topic::Pool(pool.id))
            }
            (None, _) => true,
        };
        let is_told = |pool: &&Pool| goes_on(pool) || (self.since.is_some() && self.is_recorded_in(pool.last_at));
        self.context.books.pools.iter().filter(is_about).filter(is_told)
    }

    pub fn distributions(&self) -> impl Iterator<Item = &'a Distribution> {
        let shared = |d: &&Distribution| d.reversed_by.is_none() && self.is_about(d.project) && self.has(d.date);
        self.context.books.distributions.iter().filter(shared)
    }

    pub fn by_person(&self) -> BTreeMap<PersonId, Tally> {
        let mut people: BTreeMap<PersonId, Tally> = BTreeMap::new();
        self.logs().for_each(|log| people.entry(log.person).or_default().add(log));
        people
    }

    pub fn money(&self, minor: Minor) -> Option<Amount> {
        Some(self.context.books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive())
    }

    /// What came in and went back, and what was shared of it or of earlier income.
    pub fn income(&self) -> Income {
        let books = self.context.books;
        let mut income = Income::default();
        for money in books.money.iter().filter(|money| money.undone_by.is_none() && self.has_money(money)) {
            match &money.movement {
                Movement::Income { project, net, .. } if self.is_about(*project) => {
                    income.came += money.amount.minor;
                    income.tax += money.amount.minor - net.minor;
                }
                Movement::Refund { income: of, .. } if self.is_income_of(*of) => income.back += money.amount.minor,
                _ => {}
            }
        }
        income.shared = self.distributions().flat_map(|d| &d.shares).map(|share| share.placed).sum();
        income
    }

    /// Payments to people and from funds: how many, and how much.
    pub fn paid(&self) -> (usize, Minor) {
        let books = self.context.books;
        let is_own = |money: &&Money| match &money.movement {
            Movement::Payout { .. } | Movement::Spending { .. } => self.project.is_none(),
            Movement::Reimbursement { log, .. } => books.log(*log).is_some_and(|log| self.is_about(log.project)),
            _ => false,
        };
        let paid = books.money.iter().filter(|money| money.undone_by.is_none() && self.has_money(money)).filter(is_own);
        paid.fold((0, Minor::ZERO), |(count, minor), money| (count + 1, minor + money.amount.minor))
    }

    /// How many tasks came into a state.
    pub fn moved_to(&self, wanted: fn(TaskState) -> bool) -> usize {
        let moves = self.tasks().flat_map(|task| {
            std::iter::once((task.opened_at, TaskState::Open))
                .chain(task.moves.iter().copied().filter(|(_, to)| *to != TaskState::Open))
        });
        moves.filter(|(at, to)| self.has_at(*at) && wanted(*to)).count()
    }

    pub fn joined(&self) -> Vec<Name> {
        let people =
            self.context.books.people.iter().filter(|(_, person)| person.active && self.has_at(person.joined_at));
        people.map(|(id, _)| self.context.books.name_of(*id)).collect()
    }

    /// How machines were used: minutes, uses, and what was billed.
    pub fn machine_use(&self) -> BTreeMap<EquipmentId, (i64, usize, Minor)> {
        let books = self.context.books;
        let mut uses: BTreeMap<EquipmentId, (i64, usize, Minor)> = BTreeMap::new();
        let is_about = |payer: &Payer| match (self.project, payer) {
            (None, _) => true,
            (Some(wanted), Payer::Project(project)) => wanted == *project,
            (Some(_), _) => false,
        };
        let is_in = |bill: &&Bill| self.has(bill.date) || self.makes_up_for(bill.date, bill.at);
        let counts = |bill: &&Bill| bill.state != BillState::Undone && is_about(&bill.payer) && is_in(bill);
        for bill in books.bills.iter().filter(counts) {
            let (minutes, count, billed) = uses.entry(bill.equipment).or_default();
            if let Charged::Use { time, .. } = &bill.charged {
                *minutes += time.0;
                *count += 1;
            }
            *billed += bill.total().minor;
        }
        uses
    }

    pub fn is_quiet(&self) -> bool {
        let any_move = self.moved_to(|_| true) > 0;
        let waits = |log: &Log| self.waits(log) && self.is_recorded_in(log.at);
        let nothing_logged = self.logs().next().is_none()
            && self.late().0 == 0
            && self.changed().is_empty()
            && !self.context.books.logs.iter().any(waits);
        let no_money = self.income() == Income::default() && self.put_right().is_empty() && self.paid().0 == 0;
        let no_pool = !self.pools().any(|pool| self.is_recorded_in(pool.last_at));
        let nobody_new = self.project.is_some() || self.joined().is_empty();
        nothing_logged && !any_move && no_money && no_pool && self.machine_use().is_empty() && nobody_new
    }

    /// Whether a log waits for somebody who can still say yes.
    pub fn waits(&self, log: &Log) -> bool {
        matches!(log.standing, LogStanding::Waits(_))
            && self.is_about(log.project)
            && !self.context.books.is_erased(log.person)
    }

    /// Logs of earlier days that were corrected, taken back or struck in the period.
    pub fn changed(&self) -> Vec<Name> {
        let Some(since) = self.since else { return Vec::new() };
        let is_changed = |log: &&Log| {
            self.is_about(log.project) && log.date < since && log.changed_at.is_some_and(|at| self.is_recorded_in(at))
        };
        self.context.books.logs.iter().filter(is_changed).map(|log| Name(log.id.to_string())).collect()
    }

    /// The logs of earlier days that began to count in the period: how many, and their minutes. No other summary has
    /// them.
    pub fn late(&self) -> (usize, i64) {
        let Some(since) = self.since else { return (0, 0) };
        let late: Vec<&Log> =
            self.all_logs().filter(|log| log.date < since && self.is_recorded_in(log.counts_at)).collect();
        (late.len(), late.iter().filter_map(|log| log.contribution.minutes()).map(|minutes| minutes.0).sum())
    }

    /// Whether the period includes today, or ended yesterday.
    pub fn reaches_today(&self) -> bool {
        let today = self.context.moment.today;
        self.since.is_none_or(|since| since <= today)
            && self.until.is_none_or(|until| until >= today || today.pred_opt() == Some(until))
    }
}
