//! Sums over time: what a pool was paid and what a machine has paid back, as a picture and as a table.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::commands::pool::lookup::today;
use crate::core::course::Course;
use crate::core::equipment::{Equipment, EquipmentStanding};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::pool::Pool;
use crate::message::line::Line;
use crate::message::money::MoneyLine;
use crate::message::picture::{CourseOf, CoursePicture, Picture};

/// The fewest changes that are worth a picture.
const FEWEST: usize = 2;

/// The most rows of the table: the last changes.
const MOST_ROWS: usize = 12;

/// What was paid into a pool over time, until today and its deadline.
pub fn of_pool(context: CommandContext, pool: &Pool) -> Option<CoursePicture> {
    let now = today(context, pool);
    let steps = by_day(context, &pool.course, |at| pool.day_of(at));
    let since = steps.first().map(|(day, _)| *day)?;
    (steps.len() >= FEWEST).then(|| CoursePicture {
        of: Name::from(&pool.name),
        sum: CourseOf::Paid,
        since,
        goal: pool.conditions.goal,
        today: if pool.state.holds_money() { now } else { steps.last().map_or(now, |(day, _)| *day) },
        steps,
        deadline: Some(pool.conditions.deadline),
    })
}

/// What a machine has paid back to its co-owners over time, until today.
pub fn of_machine(context: CommandContext, machine: &Equipment) -> Option<CoursePicture> {
    let steps = by_day(context, &machine.course, |at| context.books.day_of(at));
    let since = steps.first().map(|(day, _)| *day)?;
    let due: Minor = machine.owners.iter().map(|owner| owner.due).sum();
    let is_owned = machine.standing == EquipmentStanding::Owned;
    (is_owned && steps.len() >= FEWEST).then(|| CoursePicture {
        of: Name::from(&machine.name),
        sum: CourseOf::PaidBack,
        since,
        steps,
        goal: context.books.commodity.minor(due),
        today: context.moment.today,
        deadline: None,
    })
}

/// The picture, and the table of its last changes.
pub fn shown(course: Option<CoursePicture>) -> (Vec<Picture>, Vec<Line>) {
    let Some(course) = course else { return (Vec::new(), Vec::new()) };
    let rows = course.steps.iter().skip(course.steps.len().saturating_sub(MOST_ROWS));
    let rows = rows.map(|(date, sum)| MoneyLine::CourseRow { date: *date, sum: *sum }.into()).collect();
    (vec![Picture::Course(course)], rows)
}

/// The sum at the end of each day on which it changed.
fn by_day(
    context: CommandContext,
    course: &Course,
    day_of: impl Fn(crate::core::time::Timestamp) -> NaiveDate,
) -> Vec<(NaiveDate, Amount)> {
    let mut days: Vec<(NaiveDate, Amount)> = Vec::new();
    for (at, sum) in course.steps() {
        let day = day_of(*at);
        days.pop_if(|(last, _)| *last == day);
        days.push((day, context.books.commodity.minor(*sum)));
    }
    days
}
