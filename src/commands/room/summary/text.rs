//! The text of a summary: its short and its long part.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::commands::money::distribution::{in_short, tasks_unlogged};
use crate::commands::money::record;
use crate::commands::pool::lookup;
use crate::commands::room::news::project_of_cost;
use crate::commands::room::summary::period::{Income, Period, Tally};
use crate::commands::room::summary::post::{AT_FIRST, AT_LENGTH};
use crate::commands::work::task::task_row;
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::distributed::Distribution;
use crate::core::books::movement::{Money, Movement};
use crate::core::fact::equipment::Payer;
use crate::core::ids::{EquipmentId, PersonId, ProjectId, TaskId};
use crate::core::log::Log;
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::task::{Task, TaskState};
use crate::core::time::DayRange;
use crate::core::time::{Minutes, Timestamp};
use crate::grammar::notation::duration;
use crate::message::line::{Line, list_of};
use crate::message::money::MoneyLine;
use crate::message::picture::Picture;
use crate::message::summary::{Span, SummaryLine};

/// After how many days without a log a task that somebody took looks forgotten.
const STALE_DAYS: i64 = 14;

/// What looks forgotten: tasks done and not logged, tasks taken long ago, logs that wait or are in doubt, bills.
pub struct Forgotten {
    unlogged: Vec<Name>,
    stale: Vec<Name>,
    waiting: Vec<Name>,
    in_doubt: Vec<Name>,
    unpaid: Vec<Name>,
}

impl Forgotten {
    /// The numbers of all of it.
    pub fn names(self) -> Vec<Name> {
        [self.unlogged, self.stale, self.waiting, self.in_doubt, self.unpaid].concat()
    }

    /// A line for each kind.
    pub fn lines(self) -> Vec<Line> {
        let days = usize::try_from(STALE_DAYS).unwrap_or(0);
        let some = |names: Vec<Name>| Some(names).filter(|names| !names.is_empty());
        let lines = [
            some(self.unlogged).map(|tasks| MoneyLine::LooksUnlogged { tasks }.into()),
            some(self.stale).map(|tasks| SummaryLine::StaleTasks { tasks, days }.into()),
            some(self.waiting).map(|logs| SummaryLine::LogsWait { logs }.into()),
            some(self.in_doubt).map(|logs| MoneyLine::HeldInDoubt { logs }.into()),
            some(self.unpaid).map(|bills| SummaryLine::BillsUnpaid { bills }.into()),
        ];
        lines.into_iter().flatten().collect()
    }
}

impl Period<'_> {
    /// Refunds, undone movements and reversed distributions in the period.
    pub fn put_right(&self) -> Vec<Line> {
        let books = self.context.books;
        let is_own = |money: &&Money| match &money.movement {
            Movement::Refund { income: of, .. } | Movement::Undoing { of, .. } => {
                let cost = books.money(*of).and_then(|money| project_of_cost(self.context, money));
                self.project.is_none() || self.is_income_of(*of) || cost.is_some_and(|project| self.is_about(project))
            }
            _ => false,
        };
        let moved = books.money.iter().filter(|money| self.since.is_some() && self.has_money(money)).filter(is_own);
        let reversed = books
            .distributions
            .iter()
            .filter(|d| self.is_about(d.project) && d.reversed_on.is_some_and(|day| self.has(day)));
        let reversed = reversed.filter(|_| self.since.is_some()).map(|d| in_short(self.context, d));
        moved.map(|money| record::row(self.context, money)).chain(reversed).collect()
    }

    /// A period in short: totals, people, projects, tasks and money.
    pub fn in_short(&self, people_at_first: usize) -> Vec<Line> {
        let people = self.by_person();
        let mut lines = vec![self.head(), self.total(&people)];
        lines.extend(self.before().map(|before| self.compared(&before, &people)));
        let (count, minutes) = self.late();
        if count > 0 {
            lines.push(SummaryLine::LoggedLate { count, time: time(minutes) }.into());
        }
        let changed = self.changed();
        if !changed.is_empty() {
            lines.push(SummaryLine::LogsChanged { logs: changed }.into());
        }
        let mut rows: Vec<_> = people.into_iter().collect();
        rows.sort_by_key(|(person, tally)| (std::cmp::Reverse((tally.minutes, tally.value() + tally.cash)), *person));
        let rows = rows.iter().map(|(person, tally)| self.person(*person, tally)).collect::<Vec<_>>();
        lines.extend(list_of(people_at_first, rows.len(), rows.into_iter()));
        lines.extend(self.projects());
        lines.extend(self.tasks_line());
        lines.extend(self.money_line());
        lines
    }

    fn head(&self) -> Line {
        let books = self.context.books;
        SummaryLine::SummaryHead {
            project: self.project.map(|id| books.project_name(id)),
            network: books.name.clone(),
            days: self.since.zip(self.until).map(|(first, last)| DayRange { first, last }),
            since: self.since.filter(|_| self.until.is_none()),
            until: self.until.filter(|_| self.since.is_none()),
        }
        .into()
    }

    fn total(&self, people: &BTreeMap<PersonId, Tally>) -> Line {
        if people.is_empty() {
            return SummaryLine::NothingLogged.into();
        }
        let sum = Sum::of(people);
        SummaryLine::SummaryTotal {
            people: people.len(),
            time: time(sum.minutes),
            value: self.money(sum.value),
            cash: self.money(sum.cash),
        }
        .into()
    }

    /// The period before, compared with this one.
    fn compared(&self, before: &Self, people: &BTreeMap<PersonId, Tally>) -> Line {
        let earlier = before.by_person();
        let (now, sum) = (Sum::of(people).minutes, Sum::of(&earlier));
        let days = before.until.zip(before.since).map(|(until, since)| (until - since).num_days() + 1);
        SummaryLine::SummaryBefore {
            span: match days {
                Some(7) => Span::Week,
                Some(1) => Span::Day,
                Some(_) | None => Span::Other,
            },
            people: Some(earlier.len()).filter(|count| *count > 0),
            time: time(sum.minutes),
            value: self.money(sum.value),
            cash: self.money(sum.cash),
            nothing: earlier.is_empty(),
            more: time(now - sum.minutes).filter(|_| sum.minutes > 0),
            less: time(sum.minutes - now),
        }
        .into()
    }

    fn person(&self, person: PersonId, tally: &Tally) -> Line {
        SummaryLine::SummaryPerson {
            person: self.context.books.name_of(person),
            time: time(tally.minutes),
            value: self.money(tally.value()),
            cash: self.money(tally.cash),
            count: tally.count,
            gifts: Some(tally.gifts).filter(|count| *count > 0),
        }
        .into()
    }

    fn tasks_line(&self) -> Option<Line> {
        let in_state = |wanted: fn(TaskState) -> bool| self.tasks().filter(|task| wanted(task.state)).count();
        self.tasks().next()?;
        let line = SummaryLine::SummaryTasks {
            open: in_state(|state| state == TaskState::Open),
            taken: in_state(|state| matches!(state, TaskState::Taken(_))),
            done: in_state(|state| matches!(state, TaskState::Done(_))),
            accepted: in_state(|state| matches!(state, TaskState::Accepted(_))),
        };
        Some(line.into())
    }

    fn money_line(&self) -> Option<Line> {
        let (income, paid) = (self.income(), self.paid());
        let line = SummaryLine::SummaryMoney {
            income: self.context.books.commodity.minor(income.came),
            tax: self.money(income.tax),
            back: self.money(income.back),
            shared: self.money(income.shared),
            paid: self.money(paid.1),
            payments: Some(paid.0).filter(|count| *count > 0),
        };
        (income != Income::default() || paid.0 > 0).then(|| line.into())
    }

    /// What each of several projects had of it.
    fn projects(&self) -> Vec<Line> {
        let books = self.context.books;
        if self.project.is_some() || books.projects.len() < 2 {
            return Vec::new();
        }
        let of = |project: &ProjectId| {
            let own = Self { project: Some(*project), ..*self };
            let people = own.by_person();
            let minutes = people.values().map(|tally| tally.minutes).sum();
            let income = own.income().came;
            let row = SummaryLine::SummaryProject {
                project: books.project_name(*project),
                people: Some(people.len()).filter(|count| *count > 0),
                time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
                value: self.money(people.values().map(|tally| tally.value()).sum()),
                cash: self.money(people.values().map(|tally| tally.cash).sum()),
                income: self.money(income),
            }
            .into();
            (!people.is_empty() || income != Minor::ZERO).then_some((minutes, row))
        };
        let mut rows: Vec<(i64, Line)> = books.projects.keys().filter_map(of).collect();
        rows.sort_by_key(|(minutes, _)| std::cmp::Reverse(*minutes));
        list_of(AT_FIRST, rows.len(), rows.into_iter().map(|(_, row)| row))
    }

    pub fn at_length(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        lines.extend(self.work());
        lines.extend(self.weeks());
        lines.extend(self.task_moves());
        lines.extend(self.machines());
        lines.extend(self.pools().map(|pool| lookup::status(self.context, pool)));
        lines.extend(self.sharing());
        lines.extend(self.put_right());
        // Without a beginning, everybody has joined in the period.
        let joined = if self.since.is_some() && self.project.is_none() { self.joined() } else { Vec::new() };
        if !joined.is_empty() {
            lines.push(SummaryLine::SummaryJoined { people: joined }.into());
        }
        if self.reaches_today() {
            lines.extend(self.wanted());
            lines.extend(self.forgotten().lines());
        }
        lines
    }

    /// The work by person and task, if that says more than by person.
    fn work(&self) -> Vec<Line> {
        let mut rows: BTreeMap<(PersonId, Option<TaskId>), Tally> = BTreeMap::new();
        self.logs().for_each(|log| rows.entry((log.person, log.task)).or_default().add(log));
        if rows
            .iter()
            .all(|((_, task), tally)| task.is_none() && tally.value() == Minor::ZERO && tally.cash == Minor::ZERO)
        {
            return Vec::new();
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|((person, task), tally)| {
            (std::cmp::Reverse((tally.minutes, tally.value() + tally.cash)), *person, *task)
        });
        let row = |((person, task), tally): &((PersonId, Option<TaskId>), Tally)| {
            SummaryLine::WorkRow {
                person: self.context.books.name_of(*person),
                task: *task,
                title: task.and_then(|task| self.context.books.task(task)).map(|task| self.context.words(task.title)),
                time: Some(Minutes(tally.minutes)).filter(|time| time.0 > 0),
                expenses: self.money(tally.expenses),
                material: self.money(tally.material),
                cash: self.money(tally.cash),
                other: self.money(tally.other),
            }
            .into()
        };
        list_of(AT_LENGTH, rows.len(), rows.iter().map(row))
    }

    /// The hours of each drawn week, if there are several.
    fn weeks(&self) -> Vec<Line> {
        let Some(Picture::Hours { weeks, people, others, .. }) = self.hours_of(None) else {
            return Vec::new();
        };
        let named = |name: &Name, minutes: Minutes| Name(format!("{} {}", name.0, duration(minutes.0)));
        let at = |minutes: &[Minutes], week: usize| minutes.get(week).copied().filter(|minutes| minutes.0 > 0);
        let row = |(place, week): (usize, &NaiveDate)| {
            let own: Vec<(&Name, Minutes)> =
                people.iter().filter_map(|(name, all)| Some((name, at(all, place)?))).collect();
            let rest = others.as_ref().and_then(|(count, all)| Some((*count, at(all, place)?)));
            let time: i64 = own.iter().map(|(_, minutes)| minutes.0).chain(rest.map(|(_, minutes)| minutes.0)).sum();
            let (others, others_time) = rest.unzip();
            let people = own.into_iter().map(|(name, minutes)| named(name, minutes)).collect();
            (time > 0).then_some(
                SummaryLine::WeekRow { week: *week, time: Minutes(time), people, others, others_time }.into(),
            )
        };
        let rows: Vec<Line> = weeks.iter().enumerate().filter_map(row).collect();
        // The lines about people already show a single week, unless it is an earlier one.
        if rows.len() > 1 || (weeks.len() > 1 && self.context.moment.due.is_some()) { rows } else { Vec::new() }
    }

    fn task_moves(&self) -> Option<Line> {
        let opened = self.moved_to(|state| state == TaskState::Open);
        let taken = self.moved_to(|state| matches!(state, TaskState::Taken(_)));
        let done = self.moved_to(|state| matches!(state, TaskState::Done(_)));
        let accepted = self.moved_to(|state| matches!(state, TaskState::Accepted(_)));
        let is_period = self.since.is_some() || self.until.is_some();
        (is_period && opened + taken + done + accepted > 0)
            .then_some(SummaryLine::SummaryMoves { opened, taken, done, accepted }.into())
    }

    fn machines(&self) -> Vec<Line> {
        let row = |(equipment, (minutes, count, billed)): (EquipmentId, (i64, usize, Minor))| {
            SummaryLine::MachineRow {
                equipment: Name::from(
                    self.context.books.equipment(equipment).map_or("", |machine| machine.name.as_str()),
                ),
                time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
                count,
                billed: self.money(billed),
            }
            .into()
        };
        let uses = self.machine_use();
        list_of(AT_LENGTH, uses.len(), uses.into_iter().map(row))
    }

    /// Distributions, and what is in the funds.
    fn sharing(&self) -> Vec<Line> {
        let shared: Vec<&Distribution> = self.distributions().collect();
        let mut lines = list_of(AT_LENGTH, shared.len(), shared.iter().rev().map(|d| in_short(self.context, d)));
        if self.project.is_none() {
            let funds: Vec<_> =
                self.context.books.funds().into_iter().filter(|(_, amount)| amount.minor != Minor::ZERO).collect();
            lines.extend(list_of(
                AT_LENGTH,
                funds.len(),
                funds.into_iter().map(|(fund, amount)| MoneyLine::FundRow { fund: Name::from(&fund), amount }.into()),
            ));
        }
        lines
    }

    /// The open tasks.
    fn wanted(&self) -> Vec<Line> {
        let open: Vec<&Task> = self.tasks().filter(|task| task.state == TaskState::Open).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let rows = list_of(AT_LENGTH, open.len(), open.iter().map(|task| task_row(self.context, task)));
        std::iter::once(SummaryLine::SummaryOpen { count: open.len() }.into()).chain(rows).collect()
    }

    /// What looks forgotten.
    pub fn forgotten(&self) -> Forgotten {
        let books = self.context.books;
        let today = self.context.moment.today;
        let mut logged: HashMap<TaskId, Timestamp> = HashMap::new();
        for (task, at) in books.logs.iter().filter_map(|log| Some((log.task?, log.at))) {
            logged.entry(task).and_modify(|last| *last = at.max(*last)).or_insert(at);
        }
        let is_stale = |task: &&Task| {
            let moved = task.moves.last().map_or(task.opened_at, |(at, _)| *at);
            let touched = logged.get(&task.id).map_or(moved, |at| moved.max(*at));
            matches!(task.state, TaskState::Taken(_)) && (today - self.day(touched)).num_days() >= STALE_DAYS
        };
        let named = |log: &Log| Name(log.id.to_string());
        let in_doubt = |log: &&Log| self.is_about(log.project) && log.is_flagged();
        let pays = |payer: &Payer| {
            self.project.is_none() || matches!(payer, Payer::Project(project) if self.project == Some(*project))
        };
        let is_unpaid = |bill: &&Bill| bill.state == BillState::Waiting && pays(&bill.payer);
        Forgotten {
            unlogged: tasks_unlogged(self.context, self.project),
            stale: self.tasks().filter(is_stale).map(|task| Name(task.id.to_string())).collect(),
            waiting: books.logs.iter().filter(|log| self.waits(log)).map(named).collect(),
            in_doubt: books.logs.iter().filter(in_doubt).map(named).collect(),
            unpaid: books.bills.iter().filter(is_unpaid).map(|bill| Name(bill.id.to_string())).collect(),
        }
    }
}

/// What all people logged together.
struct Sum {
    minutes: i64,
    value: Minor,
    cash: Minor,
}

impl Sum {
    fn of(people: &BTreeMap<PersonId, Tally>) -> Self {
        Self {
            minutes: people.values().map(|tally| tally.minutes).sum(),
            value: people.values().map(Tally::value).sum(),
            cash: people.values().map(|tally| tally.cash).sum(),
        }
    }
}

/// Time, where there is any.
fn time(minutes: i64) -> Option<Minutes> {
    Some(Minutes(minutes)).filter(|time| time.0 > 0)
}
