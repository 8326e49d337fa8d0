//! A pool's progress, as rooms hear of it.

use crate::commands::context::CommandContext;
use crate::commands::pool::lookup::today;
use crate::core::name::Name;
use crate::core::pool::{Pool, PoolState};
use crate::message::picture::Picture;

/// Whether a pool can still receive money.
pub fn goes_on(pool: &Pool) -> bool {
    matches!(pool.state, PoolState::Open | PoolState::Settling)
}

/// A pool's progress as a picture.
pub fn progress_picture(context: CommandContext, pool: &Pool) -> Picture {
    let money = |minor| context.books.commodity.minor(minor);
    let days = (pool.conditions.deadline - today(context, pool)).num_days();
    Picture::Pool {
        pool: Name::from(&pool.name),
        paid: money(pool.paid()),
        promised: money(pool.promised()),
        goal: pool.conditions.goal,
        minimum: Some(pool.conditions.needed)
            .filter(|needed| needed.minor.is_positive() && needed.minor < pool.conditions.goal.minor),
        backers: pool.active().count(),
        days: usize::try_from(days).ok().filter(|days| *days > 0 && pool.state == PoolState::Open),
    }
}
