//! `pool pledge`, `pool withdraw`: promises to a pool.

use chrono::Days;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::money::slips;
use crate::commands::pool::deadline;
use crate::commands::pool::lookup::{all_terms, can, known, status, today};
use crate::core::fact::people::Role;
use crate::core::fact::pool::{PledgeWithdrawn, Pledged};
use crate::core::holder::Holder;
use crate::core::ids::{PersonId, PoolId};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::pool::{Backer, Pool, PoolEvent, Purpose};
use crate::core::time::start_of_day;
use crate::grammar::values::Pledge;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::pool::{PoolLine, PoolRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;

/// `pool pledge`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PledgeTo {
    amount: Pledge,
    pool: PoolId,
}

/// Promises money to a pool, in place of an earlier pledge or on top of it. It counts after a yes to the terms; what
/// does not fit is cut, after a yes as well.
///
/// # Errors
/// Refused if the author has not joined, if the pool is unknown, takes no pledges or is full, or if the pledge is too
/// small or the same as before.
pub fn pledge(context: CommandContext, args: PledgeTo) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let pool = known(context, args.pool)?;
    can(context, pool, PoolEvent::Pledge)?;
    let holder = Holder::Person(me);
    let before = pool.backer(&holder).cloned().unwrap_or_else(|| Backer::new(holder.clone()));
    let name = || Name::from(&pool.name);
    let money = |minor| books.commodity.minor(minor);
    let wanted = args.amount.amount.minor + if args.amount.more { before.pledged() } else { Minor::ZERO };
    if let Some(least) = pool.conditions.least.filter(|least| wanted < least.minor) {
        return Err(PoolRefusal::BelowLeast { pool: name(), least }.into());
    }
    if wanted < before.paid {
        return Err(PoolRefusal::BelowPaid { pool: name(), paid: money(before.paid) }.into());
    }
    let most = pool.room_for(&holder).map_or(wanted, |room| before.paid + room);
    if most <= before.paid && wanted > before.paid {
        return Err(
            PoolRefusal::PoolIsFull { pool: name(), cap: pool.conditions.cap.unwrap_or(pool.conditions.goal) }.into()
        );
    }
    let promised = wanted.min(most);
    let no_more = before.agreed.is_some() && promised == before.pledged() && promised < wanted;
    if no_more || pool.conditions.least.is_some_and(|least| promised < least.minor) {
        return Err(
            PoolRefusal::PoolIsFull { pool: name(), cap: pool.conditions.cap.unwrap_or(pool.conditions.goal) }.into()
        );
    }
    let cut = (promised < wanted).then(|| money(wanted));
    if before.agreed.is_some() && promised == before.pledged() && cut.is_none() {
        return Err(PoolRefusal::PledgedAlready { pool: name(), promised: money(promised) }.into());
    }
    let terms_hash = books.terms_hash(pool);
    let agreed = before.agreed == Some(terms_hash);
    let owed = promised > before.paid;
    // The last day counts to its end.
    let last = pool
        .conditions
        .term
        .filter(|_| owed)
        .and_then(|days| today(context, pool).checked_add_days(Days::new(u64::from(days))));
    let lapses = last
        .filter(|last| *last < pool.conditions.deadline)
        .and_then(|last| last.succ_opt())
        .map(|after| start_of_day(after, pool.zone));
    let mut after = pool.clone();
    *after.backer_mut(&holder) = Backer { promised, agreed: Some(terms_hash), lapses, lapsed: false, ..before.clone() };
    let mut lines = vec![
        PoolLine::Pledged {
            person: books.name_of(me),
            pool: name(),
            promised: money(promised),
            paid: Some(money(before.paid)).filter(|paid| paid.minor.is_positive()),
            custodians: if owed { context.names(books.holders(Role::Custodian, None)) } else { Vec::new() },
            by: owed.then(|| last.unwrap_or(pool.conditions.deadline).min(pool.conditions.deadline)),
        }
        .into(),
    ];
    lines.push(status(context, &after));
    let mut decision =
        Decision::fact(Pledged { pool: pool.id, holder, promised: money(promised), terms_hash, lapses }, lines);
    if let Some(lapses) = lapses {
        decision.changes.extend(deadline::jobs(context, pool, me, lapses));
    }
    let question = question(context, pool, &before, promised, cut, agreed);
    Ok(decision.asking(question))
}

/// What somebody is asked before their pledge counts: whether a far amount is right, and whether they take what fits
/// and agree to the terms.
fn question(
    context: CommandContext,
    pool: &Pool,
    before: &Backer,
    promised: Minor,
    cut: Option<Amount>,
    agreed: bool,
) -> Option<Vec<Line>> {
    let money = |minor| context.books.commodity.minor(minor);
    let mut doubts: Vec<Line> = far_above_pledge(context, pool, before, promised).into_iter().collect();
    if doubts.is_empty() && agreed && cut.is_none() {
        return None;
    }
    let over =
        pool.paid() + pool.promised() - before.outstanding() + promised - before.paid - pool.conditions.goal.minor;
    doubts.push(
        PoolLine::PledgeHead {
            pool: Name::from(&pool.name),
            promised: money(promised),
            cut,
            over: Some(money(over.min(promised))).filter(|over| over.minor.is_positive()),
            returns: cap_of(context, pool).and_then(|cap| cap.of(promised)).map(money),
        }
        .into(),
    );
    if !agreed {
        doubts.extend(all_terms(context, pool));
    }
    slips::question(doubts)
}

/// A question about a pledge with a digit more than the one before it, or above all that the pool asks for.
fn far_above_pledge(context: CommandContext, pool: &Pool, before: &Backer, promised: Minor) -> Option<Line> {
    let (goal, pledged) = (pool.conditions.optimum.unwrap_or(pool.conditions.goal), before.pledge);
    let is_far = pledged.is_positive() && i128::from(promised.0) >= 10 * i128::from(pledged.0);
    let before = context.books.commodity.minor(pledged);
    (is_far || promised > goal.minor.max(pledged)).then(|| {
        PoolLine::PledgeIsFar {
            pool: Name::from(&pool.name),
            promised: before.with(promised),
            before: Some(before).filter(|before| before.minor.is_positive()),
            goal,
        }
        .into()
    })
}

/// The cap in the co-owner terms of what a pool buys.
fn cap_of(context: CommandContext, pool: &Pool) -> Option<BasisPoints> {
    match pool.conditions.purpose {
        Purpose::Equipment(id) => context.books.equipment(id).map(|machine| machine.terms.cap),
        Purpose::Project(_) => None,
    }
}

/// `pool withdraw`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    pool: PoolId,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Withdraws a pledge before the pool is funded; what was paid is owed back.
///
/// # Errors
/// Refused if the author has not joined, if the other person has an account, if the pool is unknown or settled, or if
/// there is no pledge.
pub fn withdraw(context: CommandContext, args: Withdraw) -> Result<Action, Refusal> {
    let books = context.books;
    let pool = known(context, args.pool)?;
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    let person = args.person.unwrap_or(me);
    if person != me && context.directory.has_account(person) {
        return Err(PoolRefusal::SaysItThemselves { person: books.name_of(person) }.into());
    }
    can(context, pool, PoolEvent::Withdraw)?;
    let holder = Holder::Person(person);
    let backer = pool.backer(&holder).filter(|backer| backer.paid.is_positive() || backer.outstanding().is_positive());
    let backer =
        backer.ok_or_else(|| PoolRefusal::NoPledge { pool: Name::from(&pool.name), person: books.name_of(person) })?;
    let transaction = books.owed_back(pool, |backer| backer.holder == holder).map_err(|_| MoneyRefusal::TooLarge)?;
    let back = Some(books.commodity.minor(backer.paid)).filter(|back| back.minor.is_positive());
    let mut after = pool.clone();
    *after.backer_mut(&holder) = Backer::new(holder.clone());
    let line = PoolLine::Withdrawn { person: books.name_of(person), pool: Name::from(&pool.name), back }.into();
    // Asks only if the pool would miss its goal by it.
    let question = back.filter(|_| pool.is_reached() && !after.is_reached()).map(|back| {
        vec![
            PoolLine::WithdrawHead { pool: Name::from(&pool.name), back }.into(),
            status(context, &after),
            RoomLine::YesOrNo.into(),
        ]
    });
    let lines = vec![line, status(context, &after)];
    let fact = PledgeWithdrawn { pool: pool.id, holder, transaction };
    Ok(Decision { author: Some(me), ..Decision::fact(fact, lines) }.asking(question))
}
