//! `summary`: what a period brought. In short who did how much, with pictures; at length all that there is to know.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use super::news::{goes_on, progress_picture};
use super::payout::{coming, in_short, tasks_unlogged};
use super::picture::{self, Picture, largest};
use super::reply::{Line, ROWS, list_of};
use super::task::task_row;
use super::{Decision, Scene};
use crate::core::books::{Bill, BillState, Distribution, Money, Movement};
use crate::core::contribution::{Kind, Log, Standing};
use crate::core::distribution::Given;
use crate::core::entry::{Charged, EquipmentId, MoneyId, Payer, PersonId, ProjectId, TaskId, Timestamp};
use crate::core::message::{Minutes, Name};
use crate::core::money::Amount;
use crate::core::pool::{Pool, Purpose};
use crate::core::refusal::Refusal;
use crate::core::task::{Task, TaskState};
use crate::directory::Topic;
use crate::render::duration;

/// How many people a summary that nobody asked for names at first, and how many rows of each kind it has at length.
const AT_FIRST: usize = 8;
const AT_LENGTH: usize = 12;

/// How many weeks are drawn, at least and at most.
const WEEKS: (usize, usize) = (8, 12);

/// How many pools are drawn.
const POOLS: usize = 2;

/// After how many days without a log a task that somebody took looks forgotten.
const STALE_DAYS: i64 = 14;

/// After how many minutes a summary is late.
const LATE_MINUTES: i64 = 15;

/// `summary`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    project: Option<ProjectId>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    picture: Option<bool>,
}

/// Hours, costs, tasks, machines, income and shares of a period: by default everything so far.
pub fn summary(scene: Scene, args: Summary) -> Result<Decision, Refusal> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(Refusal::EndsBeforeItBegins { since, until });
    }
    let period = Period { scene, project: args.project, since: args.since, until: args.until, recorded: None };
    let pictures = if args.picture == Some(false) { Vec::new() } else { period.pictures() };
    Ok(Decision { pictures, more: period.at_length(), ..Decision::reads(period.in_short(ROWS)) })
}

/// `summary post`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    project: Option<ProjectId>,
    picture: Option<bool>,
}

/// The summary of the days since the last one, which comes by itself. A quiet time is one line.
pub fn post(scene: Scene, args: Post) -> Result<Decision, Refusal> {
    let Some(due) = scene.ctx.due else { return Ok(Decision::default()) };
    let zone = scene.books.timezone;
    let day = |at: Timestamp| at.with_timezone(&zone).date_naive();
    let begun = scene.books.people.values().map(|person| person.joined_at).min().map(day);
    let since = day(due.since).max(begun.unwrap_or(NaiveDate::MIN));
    // Of the time before there was anybody there is nothing to say.
    let Some(until) = day(due.at).pred_opt().filter(|until| *until >= since) else { return Ok(Decision::default()) };
    let recorded = Some((due.since, due.at));
    let period = Period { scene, project: args.project, since: Some(since), until: Some(until), recorded };
    let is_late = (due.now - due.at).num_minutes() > LATE_MINUTES;
    let late = is_late.then(|| {
        let (date, time) = scene.local(due.at);
        Line::SummaryLate { date, time }
    });
    if period.is_quiet() {
        let open = period.tasks().filter(|task| task.state == TaskState::Open).count();
        let quiet = Line::SummaryQuiet {
            project: args.project.map(|id| scene.books.project_name(id)),
            network: scene.books.name.clone(),
            since,
            until: Some(until).filter(|until| *until != since),
            open: Some(open).filter(|open| *open > 0),
            forgotten: period.forgotten().names(),
        };
        return Ok(Decision::reads(late.into_iter().chain([quiet]).collect()));
    }
    let pictures = if args.picture == Some(false) { Vec::new() } else { period.pictures() };
    let lines = late.into_iter().chain(period.in_short(AT_FIRST)).collect();
    Ok(Decision { pictures, more: period.at_length(), ..Decision::reads(lines) })
}

/// What a distribution gave to somebody, or to a fund.
pub struct Part {
    /// To whom, if it is no fund.
    pub person: Option<PersonId>,
    /// What they are called.
    pub name: Name,
    /// How much, what is held for them included, in minor units.
    pub minor: i64,
}

/// What a distribution gave to each.
pub fn parts_of(scene: Scene, shared: &Distribution) -> Vec<Part> {
    let books = scene.books;
    let (mut people, mut funds): (BTreeMap<PersonId, i64>, BTreeMap<&str, i64>) = (BTreeMap::new(), BTreeMap::new());
    for share in &shared.shares {
        match &share.given {
            Given::Fund(fund) => *funds.entry(fund).or_default() += share.placed,
            Given::Person(person) => *people.entry(books.who(*person)).or_default() += share.placed,
            Given::Claims(claims) => {
                claims.iter().for_each(|(claim, part)| *people.entry(books.who(claim.person)).or_default() += part);
            }
        }
    }
    let people = people.into_iter().map(|(person, minor)| Part { person: Some(person), name: books.name_of(person), minor });
    people.chain(funds.into_iter().map(|(fund, minor)| Part { person: None, name: Name::from(fund), minor })).collect()
}

/// A distribution as a ring.
pub fn ring_of(scene: Scene, shared: &Distribution) -> Picture {
    let books = scene.books;
    let parts = parts_of(scene, shared);
    let total = books.commodity.minor(parts.iter().map(|part| part.minor).sum());
    let parts = parts.into_iter().map(|part| (part.name, books.commodity.minor(part.minor))).collect();
    let (parts, others) = largest(parts, total);
    let title = Name(format!("{}, {}", books.project_name(shared.project).0, shared.id));
    Picture::Shares { title, parts, others, total, coming: false }
}

/// One person's hours, week by week.
pub fn own_hours(scene: Scene, person: PersonId) -> Option<Picture> {
    Period { scene, project: None, since: None, until: None, recorded: None }.hours_of(Some(person))
}

/// What somebody put in.
#[derive(Default)]
struct Tally {
    minutes: i64,
    expenses: i64,
    material: i64,
    value: i64,
    count: usize,
    gifts: usize,
}

impl Tally {
    fn add(&mut self, log: &Log) {
        let value = log.contribution.stated_value().map_or(0, |value| value.minor);
        self.minutes += log.contribution.minutes().map_or(0, |minutes| minutes.0);
        self.value += value;
        match log.contribution.kind() {
            Kind::Expense => self.expenses += value,
            Kind::Material => self.material += value,
            _ => {}
        }
        self.count += 1;
        self.gifts += usize::from(log.gift);
    }
}

/// What looks forgotten: tasks done and not logged, tasks taken long ago, logs that wait or are in doubt, bills.
struct Forgotten {
    unlogged: Vec<Name>,
    stale: Vec<Name>,
    waiting: Vec<Name>,
    in_doubt: Vec<Name>,
    unpaid: Vec<Name>,
}

impl Forgotten {
    /// All of it, by number.
    fn names(self) -> Vec<Name> {
        [self.unlogged, self.stale, self.waiting, self.in_doubt, self.unpaid].concat()
    }

    /// A line for each kind.
    fn lines(self) -> Vec<Line> {
        let days = usize::try_from(STALE_DAYS).unwrap_or(0);
        let some = |names: Vec<Name>| Some(names).filter(|names| !names.is_empty());
        let lines = [
            some(self.unlogged).map(|tasks| Line::LooksUnlogged { tasks }),
            some(self.stale).map(|tasks| Line::StaleTasks { tasks, days }),
            some(self.waiting).map(|logs| Line::LogsWait { logs }),
            some(self.in_doubt).map(|logs| Line::HeldInDoubt { logs }),
            some(self.unpaid).map(|bills| Line::BillsUnpaid { bills }),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// A project's or the network's time between two days.
struct Period<'a> {
    scene: Scene<'a>,
    project: Option<ProjectId>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    /// Of one that comes by itself, from when on and before when what it tells was recorded: jobs come before what is said at their
    /// time.
    recorded: Option<(Timestamp, Timestamp)>,
}

impl<'a> Period<'a> {
    fn has(&self, date: NaiveDate) -> bool {
        self.since.is_none_or(|since| date >= since) && self.until.is_none_or(|until| date <= until)
    }

    fn has_at(&self, at: Timestamp) -> bool {
        self.has(self.day(at))
    }

    /// Whether it was recorded in it: where it comes by itself, since the one before.
    fn is_recorded_in(&self, at: Timestamp) -> bool {
        self.recorded.map_or_else(|| self.has_at(at), |(from, by)| at >= from && at < by)
    }

    /// Whether something of a day before it was recorded in it, so that no other summary that comes by itself has it.
    fn makes_up_for(&self, date: NaiveDate, at: Timestamp) -> bool {
        self.recorded.is_some() && self.since.is_some_and(|since| date < since) && self.is_recorded_in(at)
    }

    fn has_money(&self, money: &Money) -> bool {
        self.has(money.date) || self.makes_up_for(money.date, money.at)
    }

    fn day(&self, at: Timestamp) -> NaiveDate {
        at.with_timezone(&self.scene.books.timezone).date_naive()
    }

    fn is_about(&self, project: ProjectId) -> bool {
        self.project.is_none_or(|wanted| wanted == project)
    }

    /// Whether money is the income of what it is about, or gave some of that back.
    fn is_income_of(&self, money: MoneyId) -> bool {
        self.scene.books.project_of_income(money).is_some_and(|project| self.is_about(project))
    }

    /// As many days before it, if it has a beginning and an end.
    fn before(&self) -> Option<Self> {
        let (since, until) = (self.since?, self.until?);
        let days = u64::try_from((until - since).num_days()).ok()? + 1;
        let (since, until) = (since.checked_sub_days(Days::new(days))?, since.pred_opt()?);
        Some(Self { since: Some(since), until: Some(until), recorded: None, ..*self })
    }

    /// The logs that count. What a machine claims is nobody's work.
    fn all_logs(&self) -> impl Iterator<Item = &'a Log> {
        let counts = |log: &&Log| log.counts() && log.contribution.kind() != Kind::Use && self.is_about(log.project);
        self.scene.books.logs.iter().filter(counts)
    }

    fn logs(&self) -> impl Iterator<Item = &'a Log> {
        self.all_logs().filter(|log| self.has(log.date))
    }

    fn tasks(&self) -> impl Iterator<Item = &'a Task> {
        self.scene.books.tasks.iter().filter(|task| self.is_about(task.project))
    }

    /// The pools that go on, and those to which something happened in it.
    fn pools(&self) -> impl Iterator<Item = &'a Pool> {
        let is_about = |pool: &&Pool| match (self.project, pool.conditions.purpose) {
            (Some(wanted), Purpose::Project(project)) => wanted == project,
            (Some(_), Purpose::Equipment(_)) => {
                self.scene.directory.topics_of(&self.scene.ctx.room).any(|topic| topic == Topic::Pool(pool.id))
            }
            (None, _) => true,
        };
        let is_told = |pool: &&Pool| goes_on(pool) || (self.since.is_some() && self.is_recorded_in(pool.last_at));
        self.scene.books.pools.iter().filter(is_about).filter(is_told)
    }

    fn distributions(&self) -> impl Iterator<Item = &'a Distribution> {
        let shared = |d: &&Distribution| d.reversed_by.is_none() && self.is_about(d.project) && self.has(d.date);
        self.scene.books.distributions.iter().filter(shared)
    }

    fn by_person(&self) -> BTreeMap<PersonId, Tally> {
        let mut people: BTreeMap<PersonId, Tally> = BTreeMap::new();
        self.logs().for_each(|log| people.entry(log.person).or_default().add(log));
        people
    }

    fn money(&self, minor: i64) -> Option<Amount> {
        Some(self.scene.books.commodity.minor(minor)).filter(|amount| amount.minor > 0)
    }

    /// What came in, refunds taken off, and what was shared of it or of earlier income.
    fn income_and_shared(&self) -> (i64, i64) {
        let books = self.scene.books;
        let moved = books.money.iter().filter(|money| money.undone_by.is_none() && self.has_money(money));
        let income = moved.filter_map(|money| match &money.movement {
            Movement::Income { project, net, .. } if self.is_about(*project) => Some(net.minor),
            Movement::Refund { income, net } if self.is_income_of(*income) => Some(-net.minor),
            _ => None,
        });
        (income.sum(), self.distributions().flat_map(|d| &d.shares).map(|share| share.placed).sum())
    }

    /// What was paid to people and from funds: how many payments, and how much.
    fn paid(&self) -> (usize, i64) {
        let books = self.scene.books;
        let is_own = |money: &&Money| match &money.movement {
            Movement::Payout { .. } | Movement::Spending { .. } => self.project.is_none(),
            Movement::Reimbursement { log, .. } => books.log(*log).is_some_and(|log| self.is_about(log.project)),
            _ => false,
        };
        let paid = books.money.iter().filter(|money| money.undone_by.is_none() && self.has_money(money)).filter(is_own);
        paid.fold((0, 0), |(count, minor), money| (count + 1, minor + money.amount.minor))
    }

    /// How many tasks came into a state.
    fn moved_to(&self, wanted: fn(TaskState) -> bool) -> usize {
        let moves = self.tasks().flat_map(|task| {
            std::iter::once((task.opened_at, TaskState::Open)).chain(task.moves.iter().copied().filter(|(_, to)| *to != TaskState::Open))
        });
        moves.filter(|(at, to)| self.has_at(*at) && wanted(*to)).count()
    }

    fn joined(&self) -> Vec<Name> {
        let people = self.scene.books.people.iter().filter(|(_, person)| person.active && self.has_at(person.joined_at));
        people.map(|(id, _)| self.scene.books.name_of(*id)).collect()
    }

    /// How machines were used: minutes, uses, and what was billed.
    fn machine_use(&self) -> BTreeMap<EquipmentId, (i64, usize, i64)> {
        let books = self.scene.books;
        let mut uses: BTreeMap<EquipmentId, (i64, usize, i64)> = BTreeMap::new();
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

    fn is_quiet(&self) -> bool {
        let any_move = self.moved_to(|_| true) > 0;
        let waits = |log: &Log| matches!(log.standing, Standing::Waits(_)) && self.is_about(log.project) && self.is_recorded_in(log.at);
        let nothing_logged =
            self.logs().next().is_none() && self.late().0 == 0 && self.changed().is_empty() && !self.scene.books.logs.iter().any(waits);
        let no_money = self.income_and_shared() == (0, 0) && self.put_right().is_empty() && self.paid().0 == 0;
        let no_pool = !self.pools().any(|pool| self.is_recorded_in(pool.last_at));
        let nobody_new = self.project.is_some() || self.joined().is_empty();
        nothing_logged && !any_move && no_money && no_pool && self.machine_use().is_empty() && nobody_new
    }

    /// Logs of before that were corrected, taken back or struck in it.
    fn changed(&self) -> Vec<Name> {
        let Some(since) = self.since else { return Vec::new() };
        let is_changed =
            |log: &&Log| self.is_about(log.project) && log.date < since && log.changed_at.is_some_and(|at| self.is_recorded_in(at));
        self.scene.books.logs.iter().filter(is_changed).map(|log| Name(log.id.to_string())).collect()
    }

    /// What was given back or undone in it, and which distributions were taken back.
    fn put_right(&self) -> Vec<Line> {
        let books = self.scene.books;
        let is_own = |money: &&Money| match &money.movement {
            Movement::Refund { income: of, .. } | Movement::Undoing { of, .. } => self.project.is_none() || self.is_income_of(*of),
            _ => false,
        };
        let moved = books.money.iter().filter(|money| self.since.is_some() && self.has_money(money)).filter(is_own);
        let reversed = books.distributions.iter().filter(|d| self.is_about(d.project) && d.reversed_on.is_some_and(|day| self.has(day)));
        let reversed = reversed.filter(|_| self.since.is_some()).map(|d| in_short(self.scene, d));
        moved.map(|money| super::money::row(self.scene, money)).chain(reversed).collect()
    }

    /// What came to count in it for days before it: no other summary has it.
    fn late(&self) -> (usize, i64) {
        let Some(since) = self.since else { return (0, 0) };
        let late: Vec<&Log> = self.all_logs().filter(|log| log.date < since && self.is_recorded_in(log.counts_at)).collect();
        (late.len(), late.iter().filter_map(|log| log.contribution.minutes()).map(|minutes| minutes.0).sum())
    }

    fn in_short(&self, people_at_first: usize) -> Vec<Line> {
        let books = self.scene.books;
        let time = |minutes: i64| Some(Minutes(minutes)).filter(|time| time.0 > 0);
        let mut lines = vec![Line::SummaryHead {
            project: self.project.map(|id| books.project_name(id)),
            network: books.name.clone(),
            day: self.since.filter(|since| self.until == Some(*since)),
            since: self.since.filter(|since| self.until != Some(*since)),
            until: self.until.filter(|until| self.since != Some(*until)),
        }];
        let sum = |people: &BTreeMap<PersonId, Tally>| {
            (people.values().map(|tally| tally.minutes).sum::<i64>(), people.values().map(|tally| tally.value).sum::<i64>())
        };
        let people = self.by_person();
        if people.is_empty() {
            lines.push(Line::NothingLogged);
        } else {
            let (minutes, value) = sum(&people);
            lines.push(Line::SummaryTotal { people: people.len(), time: time(minutes), value: self.money(value) });
        }
        if let Some(before) = self.before() {
            let earlier = before.by_person();
            let ((now, _), (minutes, value)) = (sum(&people), sum(&earlier));
            let is_of = |days: i64| before.until.zip(before.since).is_some_and(|(until, since)| (until - since).num_days() + 1 == days);
            lines.push(Line::SummaryBefore {
                week: is_of(7),
                day: is_of(1),
                other: !is_of(7) && !is_of(1),
                people: Some(earlier.len()).filter(|count| *count > 0),
                time: time(minutes),
                value: self.money(value),
                nothing: earlier.is_empty(),
                more: time(now - minutes).filter(|_| minutes > 0),
                less: time(minutes - now),
            });
        }
        let (count, minutes) = self.late();
        if count > 0 {
            lines.push(Line::LoggedLate { count, time: time(minutes) });
        }
        let changed = self.changed();
        if !changed.is_empty() {
            lines.push(Line::LogsChanged { logs: changed });
        }
        let mut rows: Vec<_> = people.into_iter().collect();
        rows.sort_by_key(|(person, tally)| (std::cmp::Reverse((tally.minutes, tally.value)), *person));
        let row = |(person, tally): &(PersonId, Tally)| Line::SummaryPerson {
            person: books.name_of(*person),
            time: time(tally.minutes),
            value: self.money(tally.value),
            count: tally.count,
            gifts: Some(tally.gifts).filter(|count| *count > 0),
        };
        lines.extend(list_of(people_at_first, rows.len(), rows.iter().map(row)));
        lines.extend(self.projects());
        let in_state = |wanted: fn(TaskState) -> bool| self.tasks().filter(|task| wanted(task.state)).count();
        if self.tasks().next().is_some() {
            lines.push(Line::SummaryTasks {
                open: in_state(|state| state == TaskState::Open),
                taken: in_state(|state| matches!(state, TaskState::Taken(_))),
                done: in_state(|state| matches!(state, TaskState::Done(_))),
                accepted: in_state(|state| matches!(state, TaskState::Accepted(_))),
            });
        }
        let (income, shared) = self.income_and_shared();
        let paid = self.paid();
        if income != 0 || shared != 0 || paid.0 > 0 {
            lines.push(Line::SummaryMoney {
                income: self.money(income),
                back: self.money(-income),
                shared: self.money(shared),
                paid: self.money(paid.1),
                payments: Some(paid.0).filter(|count| *count > 0),
            });
        }
        lines
    }

    /// What each of several projects had of it.
    fn projects(&self) -> Vec<Line> {
        let books = self.scene.books;
        if self.project.is_some() || books.projects.len() < 2 {
            return Vec::new();
        }
        let of = |project: &ProjectId| {
            let own = Self { project: Some(*project), ..*self };
            let people = own.by_person();
            let minutes = people.values().map(|tally| tally.minutes).sum();
            let (income, _) = own.income_and_shared();
            let row = Line::SummaryProject {
                project: books.project_name(*project),
                people: Some(people.len()).filter(|count| *count > 0),
                time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
                value: self.money(people.values().map(|tally| tally.value).sum()),
                income: self.money(income),
            };
            (!people.is_empty() || income != 0).then_some((minutes, row))
        };
        let mut rows: Vec<(i64, Line)> = books.projects.keys().filter_map(of).collect();
        rows.sort_by_key(|(minutes, _)| std::cmp::Reverse(*minutes));
        list_of(AT_FIRST, rows.len(), rows.into_iter().map(|(_, row)| row))
    }

    fn at_length(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        lines.extend(self.work());
        lines.extend(self.weeks());
        lines.extend(self.task_moves());
        lines.extend(self.machines());
        lines.extend(self.pools().map(|pool| super::pool::status(self.scene, pool)));
        lines.extend(self.sharing());
        lines.extend(self.put_right());
        // Whoever joined all the time so far is who is there.
        let joined = if self.since.is_some() && self.project.is_none() { self.joined() } else { Vec::new() };
        if !joined.is_empty() {
            lines.push(Line::SummaryJoined { people: joined });
        }
        if self.reaches_today() {
            lines.extend(self.wanted());
            lines.extend(self.forgotten().lines());
        }
        lines
    }

    /// Whether it goes on until now, or ended so shortly ago that what is of today belongs to it.
    fn reaches_today(&self) -> bool {
        let today = self.scene.ctx.today;
        self.since.is_none_or(|since| since <= today) && self.until.is_none_or(|until| until >= today || today.pred_opt() == Some(until))
    }

    /// By person and task, where that says more than by person.
    fn work(&self) -> Vec<Line> {
        let mut rows: BTreeMap<(PersonId, Option<TaskId>), Tally> = BTreeMap::new();
        self.logs().for_each(|log| rows.entry((log.person, log.task)).or_default().add(log));
        if rows.iter().all(|((_, task), tally)| task.is_none() && tally.value == 0) {
            return Vec::new();
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|((person, task), tally)| (std::cmp::Reverse((tally.minutes, tally.value)), *person, *task));
        let row = |((person, task), tally): &((PersonId, Option<TaskId>), Tally)| Line::WorkRow {
            person: self.scene.books.name_of(*person),
            task: *task,
            title: task.and_then(|task| self.scene.books.task(task)).map(|task| self.scene.words(task.title)),
            time: Some(Minutes(tally.minutes)).filter(|time| time.0 > 0),
            expenses: self.money(tally.expenses),
            material: self.money(tally.material),
            other: self.money(tally.value - tally.expenses - tally.material),
        };
        list_of(AT_LENGTH, rows.len(), rows.iter().map(row))
    }

    /// The hours of each week that is drawn, where that is more than one.
    fn weeks(&self) -> Vec<Line> {
        let Some(Picture::Hours { weeks, people, others, .. }) = self.hours_of(None) else {
            return Vec::new();
        };
        let named = |name: &Name, minutes: Minutes| Name(format!("{} {}", name.0, duration(minutes.0)));
        let at = |minutes: &[Minutes], week: usize| minutes.get(week).copied().filter(|minutes| minutes.0 > 0);
        let row = |(place, week): (usize, &NaiveDate)| {
            let own: Vec<(&Name, Minutes)> = people.iter().filter_map(|(name, all)| Some((name, at(all, place)?))).collect();
            let rest = others.as_ref().and_then(|(count, all)| Some((*count, at(all, place)?)));
            let time: i64 = own.iter().map(|(_, minutes)| minutes.0).chain(rest.map(|(_, minutes)| minutes.0)).sum();
            let (others, others_time) = rest.unzip();
            let people = own.into_iter().map(|(name, minutes)| named(name, minutes)).collect();
            (time > 0).then_some(Line::WeekRow { week: *week, time: Minutes(time), people, others, others_time })
        };
        let rows: Vec<Line> = weeks.iter().enumerate().filter_map(row).collect();
        // What a single week has is said of the people already, unless it is a week of before.
        if rows.len() > 1 || (weeks.len() > 1 && self.scene.ctx.due.is_some()) { rows } else { Vec::new() }
    }

    fn task_moves(&self) -> Option<Line> {
        let opened = self.moved_to(|state| state == TaskState::Open);
        let taken = self.moved_to(|state| matches!(state, TaskState::Taken(_)));
        let done = self.moved_to(|state| matches!(state, TaskState::Done(_)));
        let accepted = self.moved_to(|state| matches!(state, TaskState::Accepted(_)));
        let is_period = self.since.is_some() || self.until.is_some();
        (is_period && opened + taken + done + accepted > 0).then_some(Line::SummaryMoves { opened, taken, done, accepted })
    }

    fn machines(&self) -> Vec<Line> {
        let row = |(equipment, (minutes, count, billed)): (EquipmentId, (i64, usize, i64))| Line::MachineRow {
            equipment: Name::from(self.scene.books.equipment(equipment).map_or("", |machine| machine.name.as_str())),
            time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
            count,
            billed: self.money(billed),
        };
        let uses = self.machine_use();
        list_of(AT_LENGTH, uses.len(), uses.into_iter().map(row))
    }

    /// Distributions, and what is in the funds.
    fn sharing(&self) -> Vec<Line> {
        let shared: Vec<&Distribution> = self.distributions().collect();
        let mut lines = list_of(AT_LENGTH, shared.len(), shared.iter().rev().map(|d| in_short(self.scene, d)));
        if self.project.is_none() {
            let funds: Vec<_> = self.scene.books.funds().into_iter().filter(|(_, amount)| amount.minor != 0).collect();
            lines.extend(list_of(
                AT_LENGTH,
                funds.len(),
                funds.into_iter().map(|(fund, amount)| Line::FundRow { fund: Name::from(&fund), amount }),
            ));
        }
        lines
    }

    /// The tasks that look for hands.
    fn wanted(&self) -> Vec<Line> {
        let open: Vec<&Task> = self.tasks().filter(|task| task.state == TaskState::Open).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let rows = list_of(AT_LENGTH, open.len(), open.iter().map(|task| task_row(self.scene, task)));
        std::iter::once(Line::SummaryOpen { count: open.len() }).chain(rows).collect()
    }

    /// What looks forgotten.
    fn forgotten(&self) -> Forgotten {
        let books = self.scene.books;
        let today = self.scene.ctx.today;
        let mut logged: HashMap<TaskId, Timestamp> = HashMap::new();
        for (task, at) in books.logs.iter().filter_map(|log| Some((log.task?, log.at))) {
            logged.entry(task).and_modify(|last| *last = at.max(*last)).or_insert(at);
        }
        let is_stale = |task: &&Task| {
            let moved = task.moves.last().map_or(task.opened_at, |(at, _)| *at);
            let touched = logged.get(&task.id).map_or(moved, |at| moved.max(*at));
            matches!(task.state, TaskState::Taken(_)) && (today - self.day(touched)).num_days() >= STALE_DAYS
        };
        let logs = |wanted: fn(&Standing) -> bool| {
            let found = books.logs.iter().filter(|log| self.is_about(log.project) && wanted(&log.standing));
            found.map(|log| Name(log.id.to_string())).collect()
        };
        let pays = |payer: &Payer| self.project.is_none() || matches!(payer, Payer::Project(project) if self.project == Some(*project));
        let is_unpaid = |bill: &&Bill| bill.state == BillState::Waiting && pays(&bill.payer);
        Forgotten {
            unlogged: tasks_unlogged(self.scene, self.project),
            stale: self.tasks().filter(is_stale).map(|task| Name(task.id.to_string())).collect(),
            waiting: logs(|standing| matches!(standing, Standing::Waits(_))),
            in_doubt: logs(|standing| matches!(standing, Standing::Flagged(_))),
            unpaid: books.bills.iter().filter(is_unpaid).map(|bill| Name(bill.id.to_string())).collect(),
        }
    }

    fn pictures(&self) -> Vec<Picture> {
        let pools =
            self.pools().filter(|pool| goes_on(pool) && self.reaches_today()).take(POOLS).map(|pool| progress_picture(self.scene, pool));
        self.hours_of(None).into_iter().chain(self.ring()).chain(pools).collect()
    }

    /// Who worked how much, in the last weeks of it; of everyone, or of one person.
    fn hours_of(&self, only: Option<PersonId>) -> Option<Picture> {
        let last = self.until.unwrap_or(self.scene.ctx.today).min(self.scene.ctx.today);
        // A summary of the week that comes by itself shows the weeks before as well; one that somebody asked for what they asked for.
        let first_day = self.since.filter(|_| self.scene.ctx.due.is_none());
        let monday = |day: NaiveDate| day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())));
        let last = monday(last)?;
        let week_of = |day: NaiveDate| usize::try_from((last - monday(day)?).num_days()).ok().map(|days| days.checked_div(7).unwrap_or(0));
        let asked = self.since.and_then(week_of).map_or(WEEKS.1, |weeks| weeks + 1).clamp(WEEKS.0, WEEKS.1);
        let mut people: BTreeMap<PersonId, Vec<Minutes>> = BTreeMap::new();
        let is_asked = |log: &&Log| {
            only.is_none_or(|only| log.person == only)
                && log.date <= self.until.unwrap_or(log.date)
                && first_day.is_none_or(|day| log.date >= day)
        };
        for log in self.all_logs().filter(is_asked) {
            let (Some(minutes), Some(back)) = (log.contribution.minutes(), week_of(log.date).filter(|back| *back < asked)) else {
                continue;
            };
            people.entry(log.person).or_insert_with(|| vec![Minutes(0); asked])[asked - 1 - back].0 += minutes.0;
        }
        // Weeks before the first work are left out.
        let first = (0..asked).find(|week| people.values().any(|minutes| minutes.get(*week).is_some_and(|m| m.0 > 0)))?;
        let weeks: Vec<NaiveDate> =
            (first..asked).filter_map(|week| last.checked_sub_days(Days::new(7 * u64::try_from(asked - 1 - week).ok()?))).collect();
        let mut rows: Vec<(Name, Vec<Minutes>)> = people
            .into_iter()
            .map(|(person, minutes)| (self.scene.books.name_of(person), minutes.get(first..).unwrap_or_default().to_vec()))
            .collect();
        let sum = |minutes: &[Minutes]| minutes.iter().map(|minutes| minutes.0).sum::<i64>();
        rows.sort_by(|one, other| sum(&other.1).cmp(&sum(&one.1)).then_with(|| one.0.cmp(&other.0)));
        let others = if rows.len() > picture::MOST + 1 { rows.split_off(picture::MOST) } else { Vec::new() };
        let together = (0..weeks.len()).map(|week| Minutes(others.iter().filter_map(|(_, minutes)| minutes.get(week)).map(|m| m.0).sum()));
        let others = (!others.is_empty()).then(|| (others.len(), together.collect()));
        let of = only
            .map(|person| self.scene.books.name_of(person))
            .or_else(|| self.project.map(|project| self.scene.books.project_name(project)));
        Some(Picture::Hours { of, weeks, people: rows, others })
    }

    /// How the last distribution of it was shared; or, in a project without one, how the next income would be.
    fn ring(&self) -> Option<Picture> {
        let books = self.scene.books;
        if let Some(shared) = self.distributions().last() {
            let has_parts = shared.shares.iter().any(|share| share.placed > 0);
            return has_parts.then(|| ring_of(self.scene, shared));
        }
        let project = self.project.filter(|_| self.reaches_today())?;
        let (income, outlook) = coming(self.scene, project)?;
        let people = outlook.people.iter().map(|part| (books.name_of(part.to), books.commodity.minor(part.owed + part.held)));
        let funds = outlook.funds.iter().map(|part| (Name::from(&part.to), books.commodity.minor(part.owed)));
        let parts: Vec<_> = people.chain(funds).collect();
        let is_worth_it = !outlook.people.is_empty();
        let total = income.with(parts.iter().map(|(_, amount)| amount.minor).sum());
        let (parts, others) = largest(parts, total);
        (is_worth_it && !parts.is_empty()).then(|| Picture::Shares {
            title: books.project_name(project),
            parts,
            others,
            total,
            coming: true,
        })
    }
}
