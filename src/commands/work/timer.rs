//! `timer ...`: work that is timed while it is done. A timer logs nothing by itself: whoever forgot it says how long
//! it was.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::commands::work::log;
use crate::commands::work::log::Hours;
use crate::core::ids::{PersonId, ProjectId, TaskId};
use crate::core::time::{Minutes, Timestamp};
use crate::directory::{Job, Timer, Write};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// After how many hours somebody is asked whether they still work.
const ASKED_AFTER: [i64; 2] = [4, 12];

/// The longest that a timer logs without being told how long it really was.
const LONGEST: Minutes = Minutes(12 * 60);

/// `timer start`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    what: Option<String>,
    task: Option<TaskId>,
    project: ProjectId,
}

/// Begins to time work on something.
pub fn start(scene: CommandContext, args: Start) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    if let Some(timer) = scene.directory.timer(me) {
        return Err(WorkRefusal::TimerRuns { what: timer.what.clone(), time: elapsed(scene, timer) }.into());
    }
    let title = || args.task.and_then(|id| scene.books.task(id)).map(|task| scene.words(task.title));
    let what = args.what.or_else(title).ok_or(WorkRefusal::SayWhat)?;
    let line =
        WorkLine::TimerStarted { what: what.clone(), project: scene.books.project_name(args.project), task: args.task }
            .into();
    let since = scene.ctx.at;
    let timer = Timer { what, project: args.project, task: args.task, since };
    let options = BTreeMap::from([("person".to_owned(), format!("@{}", scene.books.handle(me)))]);
    let ask = |hours: i64| {
        let name = format!("{} {hours}", name_of_jobs(me, since));
        Write::Job(Job::once(
            &scene.ctx.seed,
            since + TimeDelta::hours(hours),
            name,
            "timer ask",
            options.clone(),
            scene.ctx.room.clone(),
        ))
    };
    let writes = std::iter::once(Write::Timer(me, Some(timer))).chain(ASKED_AFTER.map(ask)).collect();
    Ok(Decision { writes, ..Decision::reads(vec![line]) })
}

/// `timer stop`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    time: Option<Minutes>,
    discard: Option<bool>,
}

/// Ends the timer and logs its time, or the time that was really worked, or nothing.
pub fn stop(scene: CommandContext, args: Stop) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let timer = scene.directory.timer(me).ok_or(WorkRefusal::NoTimer)?;
    if args.discard == Some(true) {
        let line = WorkLine::TimerDiscarded { what: timer.what.clone(), time: elapsed(scene, timer) }.into();
        return Ok(Decision { writes: ended(scene, me, timer), ..Decision::reads(vec![line]) });
    }
    let ran = elapsed(scene, timer);
    let time = match args.time {
        Some(time) => time,
        None if ran.0 > LONGEST.0 => return Err(WorkRefusal::TimerRanLong { time: ran }.into()),
        None if ran.0 < 1 => return Err(WorkRefusal::TimerTooShort.into()),
        None => ran,
    };
    let date = timer.since.with_timezone(&scene.books.timezone).date_naive();
    let mut decision = log::hours(scene, Hours::timed(time, timer, date))?;
    if time != ran {
        decision.lines.push(WorkLine::TimerRan { time: ran }.into());
    }
    decision.writes.extend(ended(scene, me, timer));
    Ok(decision)
}

/// `timer status`
pub fn status(scene: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let line = match scene.directory.timer(me) {
        Some(timer) => running(scene, timer),
        None => WorkLine::NoTimerRuns.into(),
    };
    Ok(Decision::reads(vec![line]))
}

/// How long a timer has run, and for what.
pub fn running(scene: CommandContext, timer: &Timer) -> Line {
    let project = scene.books.project_name(timer.project);
    WorkLine::TimerRuns { what: timer.what.clone(), time: elapsed(scene, timer), project, task: timer.task }.into()
}

/// `timer ask`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    person: PersonId,
}

/// Asks somebody, for them alone, whether they still work.
pub fn ask(scene: CommandContext, args: Ask) -> Result<Decision, Refusal> {
    let runs = scene.directory.timer(args.person).filter(|timer| elapsed(scene, timer).0 >= ASKED_AFTER[0] * 60);
    let Some(timer) = runs else { return Ok(Decision::default()) };
    // Of several hours that were missed the last question is enough.
    let now = scene.ctx.due.map_or(scene.ctx.at, |due| due.now.max(scene.ctx.at));
    let is_first = elapsed(scene, timer).0 < ASKED_AFTER[1] * 60;
    if is_first && now - scene.ctx.at > TimeDelta::hours(ASKED_AFTER[1] - ASKED_AFTER[0]) {
        return Ok(Decision::default());
    }
    let time = Minutes((now - timer.since).num_minutes().max(0));
    let line =
        WorkLine::StillWorking { what: timer.what.clone(), time, person: scene.books.name_of(args.person) }.into();
    Ok(Decision { notices: vec![scene.to(args.person, line)], ..Decision::default() })
}

fn elapsed(scene: CommandContext, timer: &Timer) -> Minutes {
    Minutes((scene.ctx.at - timer.since).num_minutes().max(0))
}

/// What ends the timer of somebody who is no part of the network any more, and what it was for.
pub fn ended_of(scene: CommandContext, person: PersonId) -> Option<(String, Vec<Write>)> {
    scene.directory.timer(person).map(|timer| (timer.what.clone(), ended(scene, person, timer)))
}

/// What ends a timer, with the questions about it.
fn ended(scene: CommandContext, person: PersonId, timer: &Timer) -> Vec<Write> {
    let jobs = ASKED_AFTER.iter().flat_map(|hours| {
        let name = format!("{} {hours}", name_of_jobs(person, timer.since));
        scene.directory.jobs_called(&name).cloned().collect::<Vec<_>>()
    });
    std::iter::once(Write::Timer(person, None)).chain(jobs.map(Write::JobDone)).collect()
}

fn name_of_jobs(person: PersonId, since: Timestamp) -> String {
    format!("timer {} {}", person.0, since.timestamp())
}
