//! `schedule ...`: recurring posts in a room.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::core::name::Name;
use crate::directory::{DirectoryChange, Job};
use crate::job_name::JobName;
use crate::message::field::Typed;
use crate::message::line::{ROWS, list_of};
use crate::message::refusal::Refusal;
use crate::message::summary::{ScheduleFault, ScheduleMark, SummaryLine, SummaryRefusal};
use crate::recurrence::{Recurrence, RecurrenceError};

/// The command that posts one.
const POST: &str = "summary post";

/// Schedules that can be typed as a word in every language.
const WORDS: [&str; 3] = ["weekly", "daily", "monthly"];

/// `schedule set`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    // Only summaries can be scheduled so far.
    #[serde(rename = "what")]
    _what: String,
    when: String,
    picture: Option<bool>,
}

/// Schedules a recurring summary in this room.
///
/// # Errors
/// Refused if the author may not choose for this room, or if the schedule can't be read, never comes due or is too
/// frequent.
pub fn set(context: CommandContext, args: Set) -> Result<Decision, Refusal> {
    context.may_announce_here()?;
    let word = WORDS.into_iter().find(|word| context.catalog.means(word, &args.when));
    let not = |fault| SummaryRefusal::NotASchedule { typed: Typed(args.when.clone()), fault };
    let recurrence = Recurrence::parse(word.unwrap_or(&args.when)).map_err(|wrong| {
        not(match wrong {
            RecurrenceError::Unreadable => ScheduleFault::Unreadable,
            RecurrenceError::Never => ScheduleFault::Never,
            RecurrenceError::TooOften => ScheduleFault::Often,
            RecurrenceError::TwoDays => ScheduleFault::Both,
        })
    })?;
    let zone = context.books.timezone;
    let due_at = recurrence.next(context.moment.now, zone).ok_or_else(|| not(ScheduleFault::Never))?;
    let mut changes = ended(context);
    let without = args.picture == Some(false);
    // A thread is about the project of the room around it, as when somebody asks for a summary there; its job has to
    // name it.
    let around = context.moment.places.iter().find_map(|room| context.directory.project_of(room));
    let project = around.map(|project| context.books.project_name(project));
    let is_own = context.directory.project_of(&context.moment.room).is_some();
    let named = project.clone().filter(|_| !is_own).map(|project| ("project".to_owned(), project.0));
    let options = without.then(|| ("picture".to_owned(), "no".to_owned())).into_iter().chain(named).collect();
    let once = Job::once(&context.moment.seed, due_at, name_here(context), options, context.moment.room.clone());
    // The new schedule continues where the last summary ended.
    let last = context.directory.jobs_called(&name_here(context)).find_map(|job| job.last);
    changes.push(DirectoryChange::Job(Job { every: Some(recurrence.text().to_owned()), last, ..once }));
    let (next, time) = context.local(due_at);
    let line = SummaryLine::ScheduleSet {
        project,
        every: Name::from(recurrence.text()),
        next,
        time,
        zone: Name::from(zone.name()),
        without,
    }
    .into();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}

/// `schedule list`: the recurring posts of the network's rooms, and when they are next due.
///
/// # Errors
/// Never refused.
pub fn list(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let jobs: Vec<&Job> = context.directory.all_jobs().filter(|job| job.command == POST).collect();
    if jobs.is_empty() {
        return Ok(Decision::reads(vec![SummaryLine::NoSchedules.into()]));
    }
    let row = |job: &&Job| {
        let (next, time) = context.local(job.due_at);
        let of_room = context.directory.project_of(&job.room).map(|project| context.books.project_name(project));
        SummaryLine::ScheduleRow {
            every: Name::from(job.every.as_deref().unwrap_or_default()),
            project: of_room.or_else(|| job.options.get("project").map(Name::from)),
            next,
            time,
            marks: [
                (job.room == context.moment.room).then_some(ScheduleMark::Here),
                job.options.get("picture").filter(|picture| *picture == "no").map(|_| ScheduleMark::Without),
            ]
            .into_iter()
            .flatten()
            .collect(),
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

/// Ends the recurring summary of this room.
///
/// # Errors
/// Refused if the author may not choose for this room, or if it has no schedule.
pub fn off(context: CommandContext, _: Off) -> Result<Decision, Refusal> {
    context.may_arrange_room()?;
    let changes = ended(context);
    if changes.is_empty() {
        return Err(SummaryRefusal::NoScheduleHere.into());
    }
    Ok(Decision { changes, ..Decision::reads(vec![SummaryLine::ScheduleEnded.into()]) })
}

/// The changes that end the recurring summaries of this room.
fn ended(context: CommandContext) -> Vec<DirectoryChange> {
    context.directory.jobs_called(&name_here(context)).map(|job| DirectoryChange::JobDone(job.clone())).collect()
}

fn name_here(context: CommandContext) -> JobName {
    JobName::Summary(context.moment.room.in_name())
}
