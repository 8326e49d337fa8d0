//! `schedule ...`: what a room is told again and again.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::core::name::Name;
use crate::directory::{Job, Write};
use crate::message::line::{ROWS, list_of};
use crate::message::refusal::Refusal;
use crate::message::summary::{SummaryLine, SummaryRefusal};
use crate::recurrence::{Recurrence, Trouble};

/// What summaries are called among jobs, before the room.
const SUMMARY: &str = "summary";

/// The command that posts one.
const POST: &str = "summary post";

/// What is read in every language, beside expressions.
const WORDS: [&str; 3] = ["weekly", "daily", "monthly"];

/// `schedule set`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    // There is one thing so far.
    #[serde(rename = "what")]
    _what: String,
    when: String,
    picture: Option<bool>,
}

/// Posts a summary in this room again and again.
pub fn set(scene: CommandContext, args: Set) -> Result<Decision, Refusal> {
    scene.may_announce_here()?;
    let word = WORDS.into_iter().find(|word| scene.catalog.means(word, &args.when));
    let recurrence = Recurrence::parse(word.unwrap_or(&args.when)).map_err(|trouble| SummaryRefusal::NotASchedule {
        typed: args.when.clone(),
        unreadable: trouble == Trouble::Unreadable,
        never: trouble == Trouble::Never,
        often: trouble == Trouble::TooOften,
        both: trouble == Trouble::TwoDays,
    })?;
    let zone = scene.books.timezone;
    let never = || SummaryRefusal::NotASchedule {
        typed: args.when.clone(),
        unreadable: false,
        never: true,
        often: false,
        both: false,
    };
    let due_at = recurrence.next(scene.ctx.now, zone).ok_or_else(never)?;
    let mut writes = ended(scene);
    let without = args.picture == Some(false);
    // A thread is about what the room around it is about, as when somebody asks for a summary there; its job has to
    // say so.
    let around = scene.ctx.places.iter().find_map(|room| scene.directory.project_of(room));
    let project = around.map(|project| scene.books.project_name(project));
    let is_own = scene.directory.project_of(&scene.ctx.room).is_some();
    let named = project.clone().filter(|_| !is_own).map(|project| ("project".to_owned(), project.0));
    let options = without.then(|| ("picture".to_owned(), "no".to_owned())).into_iter().chain(named).collect();
    let once = Job::once(&scene.ctx.seed, due_at, name_here(scene), POST, options, scene.ctx.room.clone());
    // What was summed up already is not summed up again, and nothing is left out.
    let last = scene.directory.jobs_called(&name_here(scene)).find_map(|job| job.last);
    writes.push(Write::Job(Job { every: Some(recurrence.text().to_owned()), last, ..once }));
    let (next, time) = scene.local(due_at);
    let line = SummaryLine::ScheduleSet {
        project,
        every: Name::from(recurrence.text()),
        next,
        time,
        zone: Name::from(zone.name()),
        without,
    }
    .into();
    Ok(Decision { writes, ..Decision::reads(vec![line]) })
}

/// `schedule list`: what rooms of the network are told, and when next.
pub fn list(scene: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let jobs: Vec<&Job> = scene.directory.all_jobs().filter(|job| job.command == POST).collect();
    if jobs.is_empty() {
        return Ok(Decision::reads(vec![SummaryLine::NoSchedules.into()]));
    }
    let row = |job: &&Job| {
        let (next, time) = scene.local(job.due_at);
        let of_room = scene.directory.project_of(&job.room).map(|project| scene.books.project_name(project));
        SummaryLine::ScheduleRow {
            every: Name::from(job.every.as_deref().unwrap_or_default()),
            here: job.room == scene.ctx.room,
            project: of_room.or_else(|| job.options.get("project").map(Name::from)),
            next,
            time,
            without: job.options.get("picture").is_some_and(|picture| picture == "no"),
        }
        .into()
    };
    Ok(Decision::reads(list_of(ROWS, jobs.len(), jobs.iter().map(row))))
}

/// `schedule off`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Off {
    #[serde(rename = "what")]
    _what: Option<String>,
}

/// Ends it in this room.
pub fn off(scene: CommandContext, _: Off) -> Result<Decision, Refusal> {
    scene.may_arrange_room()?;
    let writes = ended(scene);
    if writes.is_empty() {
        return Err(SummaryRefusal::NoScheduleHere.into());
    }
    Ok(Decision { writes, ..Decision::reads(vec![SummaryLine::ScheduleEnded.into()]) })
}

/// What ends the summaries of this room.
fn ended(scene: CommandContext) -> Vec<Write> {
    scene.directory.jobs_called(&name_here(scene)).map(|job| Write::JobDone(job.clone())).collect()
}

fn name_here(scene: CommandContext) -> String {
    format!("{SUMMARY} {} {}", scene.ctx.room.platform, scene.ctx.room.id)
}
