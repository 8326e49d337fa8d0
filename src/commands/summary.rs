//! `summary`: what a period brought, by person.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::reply::{Line, ROWS, list_of};
use super::{Decision, Scene};
use crate::core::books::Movement;
use crate::core::contribution::{Kind, Log};
use crate::core::entry::{PersonId, ProjectId};
use crate::core::message::Minutes;
use crate::core::refusal::Refusal;
use crate::core::task::TaskState;

/// `summary`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    project: Option<ProjectId>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

/// Hours, costs, tasks, income and shares of a period: by default everything so far.
pub fn summary(scene: Scene, args: Summary) -> Result<Decision, Refusal> {
    let books = scene.books;
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(Refusal::EndsBeforeItBegins { since, until });
    }
    let within = |date: NaiveDate| args.since.is_none_or(|since| date >= since) && args.until.is_none_or(|until| date <= until);
    let of_project = |project: ProjectId| args.project.is_none_or(|wanted| wanted == project);
    let mut lines = vec![Line::SummaryHead {
        project: args.project.map(|id| books.project_name(id)),
        network: books.name.clone(),
        since: args.since,
        until: args.until,
    }];

    let mut people: BTreeMap<PersonId, (i64, i64, usize, usize)> = BTreeMap::new();
    // What a machine claims is nobody's work.
    let counts = |log: &&Log| log.counts() && log.contribution.kind() != Kind::Use && of_project(log.project) && within(log.date);
    for log in books.logs.iter().filter(counts) {
        let (minutes, value, count, gifts) = people.entry(log.person).or_default();
        *minutes += log.contribution.minutes().map_or(0, |m| m.0);
        *value += log.contribution.stated_value().map_or(0, |v| v.minor);
        *count += 1;
        *gifts += usize::from(log.gift);
    }
    let time = people.values().map(|(minutes, ..)| minutes).sum::<i64>();
    let value = people.values().map(|(_, value, ..)| value).sum::<i64>();
    let positive = |minor: i64| Some(books.commodity.minor(minor)).filter(|amount| amount.minor > 0);
    let some_time = |minutes: i64| Some(Minutes(minutes)).filter(|time| time.0 > 0);
    if people.is_empty() {
        lines.push(Line::NothingLogged);
    } else {
        lines.push(Line::SummaryTotal { people: people.len(), time: some_time(time), value: positive(value) });
    }
    let mut rows: Vec<_> = people.into_iter().collect();
    rows.sort_by_key(|(person, (minutes, value, ..))| (std::cmp::Reverse((*minutes, *value)), *person));
    let row = |(person, (minutes, value, count, gifts)): &(PersonId, (i64, i64, usize, usize))| Line::SummaryPerson {
        person: books.name_of(*person),
        time: some_time(*minutes),
        value: positive(*value),
        count: *count,
        gifts: Some(*gifts).filter(|count| *count > 0),
    };
    lines.extend(list_of(ROWS, rows.len(), rows.iter().map(row)));

    let tasks = || books.tasks.iter().filter(|task| of_project(task.project));
    let in_state = |wanted: fn(TaskState) -> bool| tasks().filter(|task| wanted(task.state)).count();
    if tasks().next().is_some() {
        lines.push(Line::SummaryTasks {
            open: in_state(|state| state == TaskState::Open),
            taken: in_state(|state| matches!(state, TaskState::Taken(_))),
            done: in_state(|state| matches!(state, TaskState::Done(_))),
            accepted: in_state(|state| matches!(state, TaskState::Accepted(_))),
        });
    }

    let project_of = |income| match books.money(income).map(|money| &money.movement) {
        Some(Movement::Income { project, .. }) => Some(*project),
        _ => None,
    };
    let income =
        books.money.iter().filter(|money| money.undone_by.is_none() && within(money.date)).filter_map(|money| match &money.movement {
            Movement::Income { project, net, .. } if of_project(*project) => Some(net.minor),
            Movement::Refund { income, net } if project_of(*income).is_some_and(of_project) => Some(-net.minor),
            _ => None,
        });
    let shared = books.distributions.iter().filter(|d| d.reversed_by.is_none() && of_project(d.project) && within(d.date));
    let (income, shared) = (income.sum::<i64>(), shared.flat_map(|d| &d.shares).map(|share| share.placed).sum::<i64>());
    if income != 0 || shared != 0 {
        lines.push(Line::SummaryMoney { income: books.commodity.minor(income), shared: books.commodity.minor(shared) });
    }
    Ok(Decision::reads(lines))
}
