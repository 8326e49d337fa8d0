//! How a pool is getting on, as rooms hear of it.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::core::name::Name;
use crate::core::pool::{Pool, State};
use crate::message::picture::Picture;

/// Whether more may come into a pool.
pub fn goes_on(pool: &Pool) -> bool {
    matches!(pool.state, State::Open | State::Closing)
}

/// How far a pool is, as a picture.
pub fn progress_picture(scene: CommandContext, pool: &Pool) -> Picture {
    let money = |minor| scene.books.commodity.minor(minor);
    let days = (pool.conditions.deadline - today(scene)).num_days();
    Picture::Pool {
        pool: Name::from(&pool.name),
        paid: money(pool.paid()),
        promised: money(pool.promised()),
        goal: pool.conditions.goal,
        minimum: Some(pool.conditions.needed)
            .filter(|needed| needed.minor > 0 && needed.minor < pool.conditions.goal.minor),
        backers: pool.active().count(),
        days: usize::try_from(days).ok().filter(|days| *days > 0 && pool.state == State::Open),
    }
}

/// What day it is when it is said, which may be after the day that it is about.
pub(crate) fn today(scene: CommandContext) -> NaiveDate {
    scene.ctx.due.map_or(scene.ctx.today, |due| due.now.with_timezone(&scene.books.timezone).date_naive())
}
