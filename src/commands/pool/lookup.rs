//! Finds the pool that a command names, and shows its state.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::equipment::terms::{proposed_lines, terms_lines};
use crate::core::books::bill::{Bill, BillState};
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::equipment::Payer;
use crate::core::fact::people::Role;
use crate::core::holder::Holder;
use crate::core::ids::{PersonId, PoolId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::pool::{Conditions, Pool, PoolEvent, PoolKind, PoolState, Purpose, Rest};
use crate::core::split::rounded_down;
use crate::core::time::Timestamp;
use crate::message::bar::bar;
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::people::PeopleLine;
use crate::message::pool::{PoolAt, PoolLine, PoolNeeds, PoolRefusal, PoolStage};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// A pool by its id.
pub(crate) fn known(context: CommandContext<'_>, id: PoolId) -> Result<&Pool, Refusal> {
    context
        .books
        .pool(id)
        .ok_or_else(|| TypedRefusal::UnknownPool { typed: Typed(id.to_string()), nearest: None }.into())
}

/// The state of a pool after an event, if the event can happen now.
pub(crate) fn can(context: CommandContext, pool: &Pool, event: PoolEvent) -> Result<PoolState, Refusal> {
    pool.state.on(event).ok_or_else(|| {
        PoolRefusal::PoolIs {
            pool: Name::from(&pool.name),
            at: match pool.state {
                PoolState::Open => PoolAt::Open,
                PoolState::Settling => PoolAt::Closing(pool.conditions.deadline),
                PoolState::Funded => PoolAt::Funded,
                PoolState::Failed => PoolAt::Failed,
                PoolState::Bought | PoolState::Given => PoolAt::Bought,
                PoolState::Cancelled => PoolAt::Cancelled,
            },
            late: pool.state == PoolState::Settling && said_on(context, pool) <= pool.conditions.deadline,
        }
        .into()
    })
}

/// The conditions of a pool in lines.
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
            needs: match conditions.kind {
                PoolKind::AllOrNothing => Some(PoolNeeds::All),
                PoolKind::KeepItAll => Some(PoolNeeds::Keep),
                PoolKind::MinimumAndOptimum => some(conditions.needed).map(PoolNeeds::Minimum),
            },
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

/// Everything that a backer agrees to, in lines.
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

/// The state of a pool: what is paid and promised, how many back it, how long it stays open.
pub fn status(context: CommandContext, pool: &Pool) -> Line {
    let money = |minor| context.books.commodity.minor(minor);
    let some = |minor| Some(money(minor)).filter(|amount| amount.minor.is_positive());
    let days = usize::try_from((pool.conditions.deadline - today(context, pool)).num_days()).unwrap_or(0);
    let counts_until = pool.day_of(pool.conditions.settles).pred_opt();
    PoolLine::PoolStatus {
        pool: Name::from(&pool.name),
        bar: bar(pool.progress()),
        percent: usize::try_from(rounded_down(pool.progress().into(), 1, 100).unwrap_or(0)).unwrap_or(0),
        paid: money(pool.paid()),
        goal: pool.conditions.goal,
        promised: some(pool.promised()),
        waiting: some(pool.waiting()),
        backers: pool.active().count(),
        stage: match pool.state {
            PoolState::Open if days > 0 => Some(PoolStage::Days(days)),
            PoolState::Open => Some(PoolStage::LastDay),
            PoolState::Settling => counts_until.map(PoolStage::Closing),
            PoolState::Funded => Some(PoolStage::Funded),
            PoolState::Failed => Some(PoolStage::Failed),
            PoolState::Bought => Some(PoolStage::Bought),
            PoolState::Given => Some(PoolStage::Given),
            PoolState::Cancelled => Some(PoolStage::Cancelled),
        },
    }
    .into()
}

/// A command about one pool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    pub(crate) pool: PoolId,
}

/// Somebody's pledges, stakes, bills and subscriptions, for their own statement.
pub fn own_lines(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let money = |minor| books.commodity.minor(minor);
    let holder = Holder::Person(me);
    let in_pool = |pool: &Pool| {
        let backer = pool.backer(&holder).filter(|backer| {
            pool.state.holds_money() && (backer.paid.is_positive() || backer.outstanding().is_positive())
        })?;
        let is_due = backer.outstanding().is_positive() && pool.state == PoolState::Open;
        let by = is_due.then(|| backer.lapses.map_or(pool.conditions.deadline, |at| last_day(pool, at)));
        let custodians = books.holders(Role::Custodian, None);
        Some(
            PeopleLine::MePledge {
                pool: Name::from(&pool.name),
                promised: money(backer.pledged()),
                paid: money(backer.paid),
                waits: backer.agreed.is_none(),
                custodians: if by.is_some() { context.names(custodians) } else { Vec::new() },
                by,
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

/// The last day before an instant, by a pool's own clock.
pub fn last_day(pool: &Pool, before: Timestamp) -> NaiveDate {
    pool.day_of(before - TimeDelta::seconds(1))
}

/// Today by a pool's own clock; for an announcement, the day on which it is made.
pub fn today(context: CommandContext, pool: &Pool) -> NaiveDate {
    pool.day_of(context.moment.due.map_or(context.moment.at, |due| due.now))
}

/// The day on which the message was said, by a pool's own clock.
fn said_on(context: CommandContext, pool: &Pool) -> NaiveDate {
    pool.day_of(context.moment.said.unwrap_or(context.moment.at))
}

/// A day by a pool's own clock: what is today elsewhere is its today.
pub fn own_day(context: CommandContext, pool: &Pool, date: NaiveDate) -> NaiveDate {
    if date == context.moment.today { today(context, pool) } else { date }
}
