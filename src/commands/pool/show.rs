//! `pool show`, `pool list`, `pool terms`: the state of pools.

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::lookup::holder_names;
use serde::Deserialize;

use crate::commands::page::{OfPage, page_of};
use crate::commands::pool::lookup::{One, all_terms, known, last_day, status};
use crate::commands::room::course;
use crate::core::ids::PoolId;
use crate::core::money::Minor;
use crate::core::pool::{Backer, Pool, PoolState};
use crate::message::line::{Line, ROWS, list_of};
use crate::message::pool::{BackerMark, PoolLine};
use crate::message::refusal::Refusal;

/// `pool show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    pool: PoolId,
    picture: Option<bool>,
}

/// The state of a pool, its backers, and what was paid over time.
///
/// # Errors
/// Refused if the pool is unknown.
pub fn show(context: CommandContext, args: Show) -> Result<Decision, Refusal> {
    let pool = known(context, args.pool)?;
    let mut lines = vec![status(context, pool)];
    let backers: Vec<&Backer> = pool
        .backers
        .iter()
        .filter(|backer| backer.paid.is_positive() || backer.outstanding().is_positive() || backer.lapsed)
        .collect();
    let row = |backer: &&Backer| backer_row(context, pool, backer);
    lines.extend(list_of(ROWS, backers.len(), backers.iter().map(row)));
    let course = course::of_pool(context, pool).filter(|_| args.picture != Some(false));
    let (pictures, long_part) = course::shown(course);
    Ok(Decision { pictures, long_part, ..Decision::reads(lines) })
}

fn backer_row(context: CommandContext, pool: &Pool, backer: &Backer) -> Line {
    let some = |minor| Some(context.books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
    let (person, fund) = holder_names(context, &backer.holder);
    let by = backer.lapses.filter(|_| backer.outstanding().is_positive()).map(|at| last_day(pool, at));
    let back = matches!(pool.state, PoolState::Failed | PoolState::Cancelled);
    PoolLine::BackerRow {
        person,
        fund,
        paid: some(backer.paid).filter(|_| !back),
        back: some(backer.paid).filter(|_| back),
        promised: some(backer.outstanding()),
        by,
        marks: [
            (backer.lapsed && backer.outstanding() == Minor::ZERO).then_some(BackerMark::Lapsed),
            (backer.paid.is_positive() && backer.agreed.is_none()).then_some(BackerMark::Waits),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
    .into()
}

/// `pool list`
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: OfPage) -> Result<Decision, Refusal> {
    let pools = &context.books.pools;
    if pools.is_empty() {
        return Ok(Decision::reads(vec![PoolLine::NoPoolsYet.into()]));
    }
    Ok(Decision::reads(page_of(args.page, pools.len(), pools.iter().rev().map(|pool| status(context, pool)))?))
}

/// `pool terms`: what a backer agrees to.
///
/// # Errors
/// Refused if the pool is unknown.
pub fn terms(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    Ok(Decision::reads(all_terms(context, known(context, args.pool)?)))
}
