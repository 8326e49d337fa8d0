//! `timer ...`: work that is timed while it is done. A timer logs nothing by itself: somebody who forgot it says how
//! long it was.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::commands::work::log;
use crate::commands::work::log::Hours;
use crate::core::ids::{PersonId, ProjectId, TaskId};
use crate::core::time::Minutes;
use crate::directory::{DirectoryChange, Timer};
use crate::job_name::JobName;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// After how many hours somebody is asked whether they still work.
const ASKED_AFTER: [i64; 2] = [4, 12];

/// The longest time that a timer logs unless its person states the time.
const LONGEST: Minutes = Minutes(12 * 60);

/// `timer start`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    what: Option<String>,
    task: Option<TaskId>,
    project: ProjectId,
}

/// Starts to time work on something.
///
/// # Errors
/// Refused if the author has not joined or has a timer already, or if it is not said what they do.
pub fn start(context: CommandContext, args: Start) -> Result<Decision, Refusal> {
    let me = context.me()?;
    if let Some(timer) = context.directory.timer(me) {
        return Err(WorkRefusal::TimerRuns { what: timer.what.clone(), time: elapsed(context, timer) }.into());
    }
    let title = || args.task.and_then(|id| context.books.task(id)).map(|task| context.words(task.title));
    let what = args.what.or_else(title).ok_or(WorkRefusal::TimerOfWhat)?;
    let line = WorkLine::TimerStarted {
        what: what.clone(),
        project: context.books.project_name(args.project),
        task: args.task,
    }
    .into();
    let since = context.moment.at;
    let timer = Timer { what, project: args.project, task: args.task, since };
    let ask = |hours: i64| {
        let name = JobName::Timer(me, since.timestamp(), hours);
        let person = format!("@{}", context.books.handle(me));
        DirectoryChange::Job(context.job(since + TimeDelta::hours(hours), name, [("person", person)]))
    };
    let changes = std::iter::once(DirectoryChange::Timer(me, Some(timer))).chain(ASKED_AFTER.map(ask)).collect();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}

/// `timer stop`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    time: Option<Minutes>,
    discard: Option<bool>,
}

/// Ends the timer and logs its time, or the time that was really worked, or nothing.
///
/// # Errors
/// Refused if the author has not joined or has no timer, if it ran too long or too short and no time is stated, or if
/// the work can't be logged.
pub fn stop(context: CommandContext, args: Stop) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let timer = context.directory.timer(me).ok_or(WorkRefusal::NoTimer)?;
    if args.discard == Some(true) {
        let line = WorkLine::TimerDiscarded { what: timer.what.clone(), time: elapsed(context, timer) }.into();
        return Ok(Decision { changes: ended(context, me, timer), ..Decision::reads(vec![line]) });
    }
    let ran = elapsed(context, timer);
    let time = match args.time {
        Some(time) => time,
        None if ran.0 > LONGEST.0 => return Err(WorkRefusal::TimerRanLong { time: ran }.into()),
        None if ran.0 < 1 => return Err(WorkRefusal::TimerTooShort.into()),
        None => ran,
    };
    let date = context.books.day_of(timer.since);
    let mut decision = log::hours(context, Hours::timed(time, timer, date))?;
    if time != ran {
        decision.lines.push(WorkLine::TimerRan { time: ran }.into());
    }
    decision.changes.extend(ended(context, me, timer));
    Ok(decision)
}

/// `timer status`
///
/// # Errors
/// Refused if the author has not joined.
pub fn status(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let line = match context.directory.timer(me) {
        Some(timer) => running(context, timer),
        None => WorkLine::NoTimerRuns.into(),
    };
    Ok(Decision::reads(vec![line]))
}

/// How long a timer has run, and for what.
pub fn running(context: CommandContext, timer: &Timer) -> Line {
    let project = context.books.project_name(timer.project);
    WorkLine::TimerRuns { what: timer.what.clone(), time: elapsed(context, timer), project, task: timer.task }.into()
}

/// `timer ask`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    person: PersonId,
}

/// Asks somebody privately whether they still work.
///
/// # Errors
/// Never refused.
pub fn ask(context: CommandContext, args: Ask) -> Result<Decision, Refusal> {
    let runs = context.directory.timer(args.person).filter(|timer| elapsed(context, timer).0 >= ASKED_AFTER[0] * 60);
    let Some(timer) = runs else { return Ok(Decision::default()) };
    // If several questions were missed, the last one is enough.
    let now = context.moment.due.map_or(context.moment.at, |due| due.now.max(context.moment.at));
    let is_first = elapsed(context, timer).0 < ASKED_AFTER[1] * 60;
    if is_first && now - context.moment.at > TimeDelta::hours(ASKED_AFTER[1] - ASKED_AFTER[0]) {
        return Ok(Decision::default());
    }
    let time = Minutes((now - timer.since).num_minutes().max(0));
    let line =
        WorkLine::StillWorking { what: timer.what.clone(), time, person: context.books.name_of(args.person) }.into();
    Ok(Decision { notices: vec![context.to(args.person, line)], ..Decision::default() })
}

fn elapsed(context: CommandContext, timer: &Timer) -> Minutes {
    Minutes((context.moment.at - timer.since).num_minutes().max(0))
}

/// The changes that end the timer of somebody who is no longer part of the network, and what it was for.
pub fn ended_of(context: CommandContext, person: PersonId) -> Option<(String, Vec<DirectoryChange>)> {
    context.directory.timer(person).map(|timer| (timer.what.clone(), ended(context, person, timer)))
}

/// The changes that end a timer and the questions about it.
fn ended(context: CommandContext, person: PersonId, timer: &Timer) -> Vec<DirectoryChange> {
    let jobs = ASKED_AFTER.iter().flat_map(|hours| {
        let name = JobName::Timer(person, timer.since.timestamp(), *hours);
        context.directory.jobs_called(&name).cloned().collect::<Vec<_>>()
    });
    std::iter::once(DirectoryChange::Timer(person, None)).chain(jobs.map(DirectoryChange::JobDone)).collect()
}
