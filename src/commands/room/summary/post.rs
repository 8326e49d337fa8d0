//! `summary`: what happened in a period. A short part with pictures: who did how much. A long part: all details.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::room::summary::period::Period;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::task::TaskState;
use crate::core::time::{DayRange, Timestamp};
use crate::message::line::ROWS;
use crate::message::picture::Picture;
use crate::message::refusal::Refusal;
use crate::message::summary::SummaryLine;
use crate::message::typed::TypedRefusal;

/// How many people a scheduled summary names in its short part, and how many rows of each kind the long part has.
pub(crate) const AT_FIRST: usize = 8;

pub(crate) const AT_LENGTH: usize = 12;

/// After how many minutes a summary is late.
const LATE_MINUTES: i64 = 15;

/// `summary`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    period: Option<DayRange>,
    project: Option<ProjectId>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    picture: Option<bool>,
}

/// Hours, costs, tasks, machines, income and shares of a period: by default everything so far.
///
/// # Errors
/// Refused if the period ends before it begins.
pub fn summary(context: CommandContext, args: Summary) -> Result<Decision, Refusal> {
    let since = args.since.or(args.period.map(|days| days.first));
    let until = args.until.or(args.period.map(|days| days.last));
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(TypedRefusal::EndsBeforeItBegins { since, until }.into());
    }
    let period = Period { context, project: args.project, since, until, recorded: None };
    let pictures = if args.picture == Some(false) { Vec::new() } else { period.pictures() };
    Ok(Decision { pictures, long_part: period.at_length(), ..Decision::reads(period.in_short(ROWS)) })
}

/// `summary post`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    project: Option<ProjectId>,
    picture: Option<bool>,
}

/// The scheduled summary of the days since the last one. If nothing happened, it is one line.
///
/// # Errors
/// Never refused.
pub fn post(context: CommandContext, args: Post) -> Result<Decision, Refusal> {
    let Some(due) = context.moment.due else { return Ok(Decision::default()) };
    let day = |at: Timestamp| context.books.day_of(at);
    let begun = context.books.people.values().map(|person| person.joined_at).min().map(day);
    let since = day(due.since).max(begun.unwrap_or(NaiveDate::MIN));
    // There is nothing to tell of the time before anybody joined.
    let Some(until) = day(due.at).pred_opt().filter(|until| *until >= since) else { return Ok(Decision::default()) };
    // The first summary has everything recorded before it.
    let from = if begun.is_some_and(|begun| day(due.since) <= begun) { Timestamp::MIN_UTC } else { due.since };
    let recorded = Some((from, due.at));
    let period = Period { context, project: args.project, since: Some(since), until: Some(until), recorded };
    let is_late = (due.now - due.at).num_minutes() > LATE_MINUTES;
    let late = is_late.then(|| {
        let (date, time) = context.local(due.at);
        SummaryLine::SummaryLate { date, time }.into()
    });
    let head = crate::commands::room::ledger::head_in_short(context);
    if period.is_quiet() {
        let open = period.tasks().filter(|task| task.state == TaskState::Open).count();
        let quiet = SummaryLine::SummaryQuiet {
            project: args.project.map(|id| context.books.project_name(id)),
            network: context.books.name.clone(),
            days: DayRange { first: since, last: until },
            open: Some(open).filter(|open| *open > 0),
            forgotten: period.forgotten().names(),
        }
        .into();
        return Ok(Decision::reads(late.into_iter().chain([quiet, head]).collect()));
    }
    let pictures = if args.picture == Some(false) { Vec::new() } else { period.pictures() };
    let lines = late.into_iter().chain(period.in_short(AT_FIRST)).chain([head]).collect();
    Ok(Decision { pictures, long_part: period.at_length(), ..Decision::reads(lines) })
}

/// One person's hours, week by week.
pub fn own_hours(context: CommandContext, person: PersonId) -> Option<Picture> {
    Period { context, project: None, since: None, until: None, recorded: None }.hours_of(Some(person))
}
