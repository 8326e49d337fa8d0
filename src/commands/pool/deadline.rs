//! Jobs of pools: reminders, lapses, the deadline, the outcome.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::pool::lookup::{One, known, last_day, purpose_name, status};
use crate::core::fact::pool::{PledgeLapsed, PoolClaim, PoolClosed, PoolGiven, PoolSettled};
use crate::core::holder::Holder;
use crate::core::ids::{LogId, PersonId, PoolId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::pool::{Pool, PoolEvent, Purpose};
use crate::core::time::Timestamp;
use crate::directory::DirectoryChange;
use crate::job_name::JobName;
use crate::message::money::MoneyRefusal;
use crate::message::pool::PoolLine;
use crate::message::refusal::Refusal;

/// How long before a pledge lapses its backer is reminded.
const REMINDER: TimeDelta = TimeDelta::days(1);

/// The jobs for the reminder of a pledge and its lapse.
pub fn jobs(context: CommandContext, pool: &Pool, person: PersonId, lapses: Timestamp) -> Vec<DirectoryChange> {
    // The inbox keeps a job's name for good, so it has no handle.
    let handle = context.books.ledger_name(person);
    let options = || [("pool", pool.name.clone()), ("person", format!("@{handle}"))];
    let remind = JobName::PledgeRemind(pool.id, handle.to_owned());
    let lapse = JobName::PledgeLapse(pool.id, handle.to_owned());
    let jobs = [context.job(lapses - REMINDER, remind, options()), context.job(lapses, lapse, options())];
    jobs.map(DirectoryChange::Job).into()
}

/// A job about one backer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backing {
    pool: PoolId,
    person: PersonId,
}

/// `pool remind`: reminds a backer that their pledge lapses soon.
///
/// # Errors
/// Refused if the pool is unknown.
pub fn remind(context: CommandContext, args: Backing) -> Result<Decision, Refusal> {
    let pool = known(context, args.pool)?;
    let backer = pool.backer(&Holder::Person(args.person)).filter(|backer| backer.outstanding().is_positive());
    let soon = backer
        .and_then(|backer| Some((backer, backer.lapses?)))
        .filter(|(_, lapses)| *lapses <= context.moment.at + REMINDER);
    let Some((backer, lapses)) = soon.filter(|_| pool.state.on(PoolEvent::Lapse).is_some()) else {
        return Ok(Decision::default());
    };
    Ok(Decision::reads(vec![
        PoolLine::PledgeReminder {
            person: context.books.name_of(args.person),
            pool: Name::from(&pool.name),
            amount: context.books.commodity.minor(backer.outstanding()),
            by: last_day(pool, lapses),
        }
        .into(),
    ]))
}

/// `pool lapse`: ends the part of a pledge that was not paid in time.
///
/// # Errors
/// Refused if the pool is unknown.
pub fn lapse(context: CommandContext, args: Backing) -> Result<Decision, Refusal> {
    let pool = known(context, args.pool)?;
    let holder = Holder::Person(args.person);
    let due = pool
        .backer(&holder)
        .filter(|backer| backer.outstanding().is_positive() && backer.lapses.is_some_and(|at| at <= context.moment.at));
    let Some(backer) = due.filter(|_| pool.state.on(PoolEvent::Lapse).is_some()) else {
        return Ok(Decision::default());
    };
    let (person, amount) = (context.books.name_of(args.person), context.books.commodity.minor(backer.outstanding()));
    let mut after = pool.clone();
    let own = after.backer_mut(&holder);
    own.promised = own.paid;
    let lines =
        vec![PoolLine::PledgeLapsed { person, pool: Name::from(&pool.name), amount }.into(), status(context, &after)];
    Ok(Decision::fact(PledgeLapsed { pool: pool.id, holder }, lines))
}

/// `pool close`: ends pledging after the last day.
///
/// # Errors
/// Refused if the pool is unknown.
pub fn close(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let pool = known(context, args.pool)?;
    let Some(state) = pool.state.on(PoolEvent::PledgingEnds) else { return Ok(Decision::default()) };
    let after = Pool { state, ..pool.clone() };
    let settles = pool.conditions.settles > pool.conditions.closes;
    let lines = if settles {
        vec![PoolLine::PledgingEnded { pool: Name::from(&pool.name) }.into(), status(context, &after)]
    } else {
        Vec::new()
    };
    Ok(Decision::fact(PoolClosed { pool: pool.id }, lines))
}

/// `pool settle`: the outcome, as of the deadline. Money of a failed pool, and of people who have not agreed to the
/// terms, is owed back. A pool for a project hands its money over at once.
///
/// # Errors
/// Refused if the pool is unknown or an amount is too large.
pub fn settle(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let books = context.books;
    let pool = known(context, args.pool)?;
    let reached = pool.is_reached();
    let Some(state) = pool.state.on(PoolEvent::Settle { reached }) else { return Ok(Decision::default()) };
    let too_large = |_| MoneyRefusal::TooLarge;
    let transaction = books.owed_back(pool, |backer| !reached || backer.agreed.is_none()).map_err(too_large)?;
    let mut after = Pool { state, ..pool.clone() };
    for backer in &mut after.backers {
        if reached && backer.agreed.is_none() {
            backer.paid = Minor::ZERO;
        }
        backer.promised = backer.paid;
    }
    let name = || Name::from(&pool.name);
    let back = books.commodity.minor(if reached { pool.waiting() } else { pool.paid() + pool.waiting() });
    let back = Some(back).filter(|back| back.minor.is_positive());
    let line = if reached {
        PoolLine::PoolFunded { pool: name(), back }.into()
    } else {
        PoolLine::PoolFailed { pool: name(), back }.into()
    };
    let mut decision = Decision::fact(PoolSettled { pool: pool.id, reached, transaction }, vec![line]);
    let purpose = purpose_name(context, pool);
    match pool.conditions.purpose {
        _ if !reached => decision.lines.push(status(context, &after)),
        Purpose::Equipment(_) => {
            decision.lines.push(status(context, &after));
            decision.lines.push(
                PoolLine::HowToBuy { equipment: Name(purpose), amount: books.commodity.minor(pool.paid()) }.into(),
            );
        }
        Purpose::Project(_) => {
            let mut claims = Vec::new();
            let mut transaction = Transaction::new([]).map_err(too_large)?;
            for backer in pool.backers.iter().filter(|backer| backer.counted().is_positive()) {
                let amount = books.commodity.minor(backer.paid);
                let to = [(LedgerAccount::Fund(purpose.clone()), amount)];
                transaction = transaction
                    .and(Transaction::credit(books.pool_account(pool, &backer.holder), to).map_err(too_large)?);
                // A fund's money is a gift; only people claim.
                if let Holder::Person(person) = backer.holder {
                    let log =
                        LogId(books.logs.next().0.saturating_add(u32::try_from(claims.len()).unwrap_or(u32::MAX)));
                    let what = decision.text(context.moment, &pool.name);
                    claims.push(PoolClaim { log, person, amount, what });
                }
            }
            let amount = books.commodity.minor(pool.paid());
            decision
                .lines
                .push(PoolLine::PoolGiven { pool: name(), project: Name(purpose), amount, count: claims.len() }.into());
            decision.facts.push(PoolGiven { pool: pool.id, claims, transaction }.into());
        }
    }
    Ok(decision)
}
