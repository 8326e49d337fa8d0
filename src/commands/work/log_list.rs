//! `log list`, and how a log looks in a list.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::page::{has_words, page_of};
use crate::core::contribution::{Contribution, PLAIN_WORK, Waiting};
use crate::core::ids::{PersonId, ProjectId, TaskId};
use crate::core::log::{Log, LogStanding};
use crate::core::time::DayRange;
use crate::message::field::{Term, WorkRole};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::work::{LogMark, WorkLine};

/// `log list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    period: Option<DayRange>,
    person: Option<PersonId>,
    project: Option<ProjectId>,
    since: Option<NaiveDate>,
    kind: Option<String>,
    role: Option<String>,
    task: Option<TaskId>,
    what: Option<String>,
    page: Option<u32>,
}

/// Lists logs, the newest first.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let wanted = |log: &&Log| {
        args.period.is_none_or(|period| period.has(log.date))
            && args.person.is_none_or(|person| log.person == person)
            && args.project.is_none_or(|project| log.project == project)
            && args.since.is_none_or(|since| log.date >= since)
            && args.kind.as_ref().is_none_or(|kind| log.contribution.kind().word() == kind)
            && args.role.as_ref().is_none_or(|role| log.contribution.role() == Some(role))
            && args.task.is_none_or(|task| log.task == Some(task))
    };
    let found = context.books.logs.iter().rev().filter(wanted).map(|log| row(context, log));
    let found: Vec<Line> = found.filter(|row| has_words(row, args.what.as_deref())).collect();
    let mut lines = vec![match found.len() {
        0 => WorkLine::NoLogs.into(),
        count => WorkLine::LogsHead { count }.into(),
    }];
    lines.extend(page_of(args.page, found.len(), found.into_iter())?);
    Ok(Decision::reads(lines))
}

/// What else there is to know of a log.
fn marks(context: CommandContext, log: &Log) -> Vec<LogMark> {
    let files = context.books.receipts.get(&log.id);
    let has_receipt = files.is_some_and(|files| files.iter().any(|file| context.directory.file(*file).is_some()));
    let standing = match log.standing {
        LogStanding::Waits(Waiting::Person | Waiting::Custodian) => Some(LogMark::Waits),
        LogStanding::Waits(Waiting::Validation) => Some(LogMark::Validation),
        LogStanding::Struck => Some(LogMark::Struck),
        LogStanding::Undone => Some(LogMark::Undone),
        LogStanding::Flagged(_) => Some(LogMark::Flagged),
        LogStanding::Counts => None,
    };
    let marks = [
        has_receipt.then_some(LogMark::Receipt),
        log.gift.then_some(LogMark::Gift),
        log.was.is_some().then_some(LogMark::Corrected),
        standing,
    ];
    marks.into_iter().flatten().collect()
}

/// One log in one line.
pub fn row(context: CommandContext, log: &Log) -> Line {
    let what = context.words(log.what);
    WorkLine::LogRow {
        log: log.id,
        date: log.date,
        person: context.books.name_of(log.person),
        kind: Term::from(log.contribution.kind().word()),
        role: log.contribution.role().filter(|role| *role != PLAIN_WORK).map(|role| WorkRole(role.to_owned())),
        time: log.contribution.time(),
        value: log.contribution.stated_value(),
        project: context.books.project_name(log.project),
        task: log.task,
        what: Some(what).filter(|what| !what.is_empty()),
        marks: marks(context, log),
        was_time: log
            .was
            .as_ref()
            .and_then(Contribution::minutes)
            .filter(|was| Some(*was) != log.contribution.minutes()),
        was_value: log
            .was
            .as_ref()
            .and_then(Contribution::stated_value)
            .filter(|was| Some(*was) != log.contribution.stated_value()),
    }
    .into()
}
