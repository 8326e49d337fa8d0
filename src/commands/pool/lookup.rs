//! Finds the pool that a command means, and says how it stands.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::equipment::terms::{proposed_lines, terms_lines};
use crate::core::books::bill::{Bill, BillState};
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::equipment::Payer;
use crate::core::holder::Holder;
use crate::core::ids::{PersonId, PoolId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::pool::{Conditions, Event, Pool, PoolKind, PoolState, Purpose, Rest};
use crate::core::split::rounded_down;
use crate::core::time::Timestamp;
use crate::message::bar::bar;
use crate::message::line::Line;
use crate::message::people::PeopleLine;
use crate::message::pool::{PoolLine, PoolRefusal};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// A pool that was named; the books have it.
pub(crate) fn known(context: CommandContext<'_>, id: PoolId) -> Result<&Pool, Refusal> {
    context.books.pool(id).ok_or_else(|| TypedRefusal::UnknownPool { typed: id.to_string(), nearest: None }.into())
}

/// Whether something can happen to a pool now.
pub(crate) fn can(context: CommandContext, pool: &Pool, event: Event) -> Result<PoolState, Refusal> {
    pool.state.on(event).ok_or_else(|| {
        PoolRefusal::PoolIs {
            pool: Name::from(&pool.name),
            closing: (pool.state == PoolState::Closing).then_some(pool.conditions.deadline),
            open: pool.state == PoolState::Open,
            funded: pool.state == PoolState::Funded,
            failed: pool.state == PoolState::Failed,
            bought: matches!(pool.state, PoolState::Bought | PoolState::Given),
            cancelled: pool.state == PoolState::Cancelled,
            late: pool.state == PoolState::Closing && context.moment.said_on <= pool.conditions.deadline,
        }
        .into()
    })
}

/// What a pool was opened under.
pub(crate) fn conditions_lines(pool: &str, conditions: &Conditions, purpose: &str) -> Vec<Line> {
    let some = |amount: Amount| Some(amount).filter(|amount| amount.minor.is_positive());
    let is_project = matches!(conditions.purpose, Purpose::Project(_));
    let days = |count: Option<u32>| count.and_then(|count| usize::try_from(count).ok());
    vec![
        PoolLine::PoolConditions {
            pool: Name::from(pool),
            goal: conditions.goal,
            project: is_project.then(|| Name::from(purpose)),
            equipment: (!is_project).then(|| Name::from(purpose)),
            deadline: conditions.deadline,
            all: conditions.kind == PoolKind::AllOrNothing,
            keep: conditions.kind == PoolKind::KeepItAll,
            minimum: some(conditions.needed).filter(|_| conditions.kind == PoolKind::MinimumAndOptimum),
            optimum: conditions.optimum,
            cap: conditions.cap,
            least: conditions.least,
            term: days(conditions.term),
            fees: conditions.fees.as_ref().map(Name::from),
            gift: conditions.rest == Rest::Maintenance && !is_project,
        }
        .into(),
    ]
}

pub(crate) fn purpose_name(context: CommandContext, pool: &Pool) -> String {
    match pool.conditions.purpose {
        Purpose::Project(project) => context.books.project_name(project).0,
        Purpose::Equipment(id) => context.books.equipment(id).map_or_else(String::new, |machine| machine.name.clone()),
    }
}

/// Everything that a backer says yes to.
pub(crate) fn all_terms(context: CommandContext, pool: &Pool) -> Vec<Line> {
    let books = context.books;
    let mut lines = conditions_lines(&pool.name, &pool.conditions, &purpose_name(context, pool));
    match pool.conditions.purpose {
        Purpose::Equipment(id) => {
            if let Some(machine) = books.equipment(id) {
                lines.extend(terms_lines(machine, &machine.terms));
                lines.extend(proposed_lines(context, machine));
            }
        }
        Purpose::Project(id) => {
            if let Some(project) = books.projects.get(&id) {
                lines.extend(crate::commands::rule::lines::rule_lines(context, &project.name, &project.rule));
                if !project
                    .rule
                    .buckets
                    .iter()
                    .any(|bucket| bucket.takes(crate::core::contribution::ContributionKind::Cash))
                {
                    lines.push(PoolLine::CashClaimsNothing { project: Name::from(&project.name) }.into());
                }
            }
        }
    }
    let back = pool.conditions.kind != PoolKind::KeepItAll && pool.conditions.rest == Rest::Back;
    lines.push(PoolLine::AllTerms { hash: Name(books.terms_hash(pool).short()), back }.into());
    lines
}

/// How a pool stands: what is paid and promised, who backs it, how long it goes on.
pub fn status(context: CommandContext, pool: &Pool) -> Line {
    let money = |minor| context.books.commodity.minor(minor);
    let some = |minor| Some(money(minor)).filter(|amount| amount.minor.is_positive());
    let days = (pool.conditions.deadline - context.moment.today).num_days();
    let open = pool.state == PoolState::Open;
    PoolLine::PoolStatus {
        pool: Name::from(&pool.name),
        bar: bar(pool.progress()),
        percent: usize::try_from(rounded_down(pool.progress().into(), 1, 100).unwrap_or(0)).unwrap_or(0),
        paid: money(pool.paid()),
        goal: pool.conditions.goal,
        promised: some(pool.promised()),
        waiting: some(pool.waiting()),
        backers: pool.active().count(),
        days: usize::try_from(days).ok().filter(|days| open && *days > 0),
        last_day: open && days <= 0,
        closing: (pool.state == PoolState::Closing)
            .then(|| pool.conditions.settles.with_timezone(&context.books.timezone).date_naive().pred_opt())
            .flatten(),
        funded: pool.state == PoolState::Funded,
        failed: pool.state == PoolState::Failed,
        bought: pool.state == PoolState::Bought,
        given: pool.state == PoolState::Given,
        cancelled: pool.state == PoolState::Cancelled,
    }
    .into()
}

/// A command about one pool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    pub(crate) pool: PoolId,
}

/// What somebody has in pools and machines, for their own statement.
pub fn own_lines(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let money = |minor| books.commodity.minor(minor);
    let holder = Holder::Person(me);
    let in_pool = |pool: &Pool| {
        let backer = pool.backer(&holder).filter(|backer| {
            pool.state.holds_money() && (backer.paid.is_positive() || backer.outstanding().is_positive())
        })?;
        Some(
            PeopleLine::MePledge {
                pool: Name::from(&pool.name),
                promised: money(backer.pledged()),
                paid: money(backer.paid),
                waits: backer.agreed.is_none(),
                by: backer.lapses.filter(|_| backer.outstanding().is_positive()).map(|at| last_day(context, at)),
            }
            .into(),
        )
    };
    let mut lines: Vec<Line> = books.pools.iter().filter_map(in_pool).collect();
    for machine in books.equipment.iter().filter(|machine| machine.standing == EquipmentStanding::Owned) {
        lines.extend(machine.owners.iter().filter(|owner| owner.holder == holder && owner.stake.is_positive()).map(
            |owner| {
                PeopleLine::MeStake {
                    equipment: Name::from(&machine.name),
                    stake: money(owner.stake),
                    paid: money(owner.paid),
                    due: money(owner.due),
                }
                .into()
            },
        ));
    }
    let name = |id| Name::from(books.equipment(id).map_or("", |machine| machine.name.as_str()));
    let waits = |bill: &&Bill| {
        bill.state == BillState::Waiting
            && matches!(bill.payer, Payer::Person(payer) if books.canonical_id(payer) == me)
    };
    lines.extend(books.bills.iter().filter(waits).map(|bill| {
        PeopleLine::MeBill { bill: bill.id, equipment: name(bill.equipment), amount: bill.total() }.into()
    }));
    let theirs = books.subscriptions.keys().filter(|(_, person)| *person == me);
    lines.extend(theirs.map(|(id, _)| {
        PeopleLine::MeSubscription {
            equipment: name(*id),
            last: books.covered_until(*id, me).and_then(|until| until.pred_opt()).unwrap_or(context.moment.today),
        }
        .into()
    }));
    lines
}

/// The last day before an instant.
pub fn last_day(context: CommandContext, before: Timestamp) -> NaiveDate {
    (before - TimeDelta::seconds(1)).with_timezone(&context.books.timezone).date_naive()
}
