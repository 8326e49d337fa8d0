//! `task ...`: open to anyone, taken, done, accepted.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::page::{has_words, page_of};
use crate::commands::work::log;
use crate::commands::work::log::Hours;
use crate::commands::work::log_list::row;
use crate::core::fact::people::Role;
use crate::core::fact::work::{TaskAccepted, TaskDone, TaskDropped, TaskOpened, TaskTaken};
use crate::core::ids::{PersonId, ProjectId, TaskId};
use crate::core::task::{Task, TaskState};
use crate::core::time::Minutes;
use crate::message::field::{Term, Typed};
use crate::message::line::{Line, ROWS};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// A command about one task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    task: TaskId,
}

fn task_of<'a>(context: CommandContext<'a>, id: TaskId) -> Result<&'a Task, Refusal> {
    context.books.task(id).ok_or_else(|| TypedRefusal::UnknownTask { typed: Typed(id.to_string()) }.into())
}

fn wrong_state(task: &Task) -> Refusal {
    WorkRefusal::TaskIs { task: task.id, state: Term::from(task.state.word()) }.into()
}

/// `task list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    project: Option<ProjectId>,
    state: Option<String>,
    person: Option<PersonId>,
    what: Option<String>,
    page: Option<u32>,
}

/// Lists tasks, by default those that are not accepted yet, the open ones first.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let wanted = |task: &&Task| {
        args.project.is_none_or(|project| task.project == project)
            && args.person.is_none_or(|person| task.state.person() == Some(person))
            && match &args.state {
                Some(state) => task.state.word() == state,
                None => !matches!(task.state, TaskState::Accepted(_)),
            }
    };
    let mut found: Vec<&Task> = context.books.tasks.iter().filter(wanted).collect();
    found.sort_by_key(|task| task.state != TaskState::Open);
    let rows = found.into_iter().map(|task| task_row(context, task));
    let rows: Vec<Line> = rows.filter(|row| has_words(row, args.what.as_deref())).collect();
    let is_all = args.state.is_none() && args.person.is_none() && args.what.is_none();
    let mut lines = vec![match rows.len() {
        0 if is_all => WorkLine::NoTasks.into(),
        0 => WorkLine::NoTasksLikeThat.into(),
        count => WorkLine::TasksHead { count }.into(),
    }];
    lines.extend(page_of(args.page, rows.len(), rows.into_iter())?);
    Ok(Decision::reads(lines))
}

/// A task in one line.
pub fn task_row(context: CommandContext, task: &Task) -> Line {
    WorkLine::TaskRow {
        task: task.id,
        title: context.words(task.title),
        project: context.books.project_name(task.project),
        state: Term::from(task.state.word()),
        person: task.state.person().map(|person| context.books.name_of(person)),
        estimate: task.estimate,
    }
    .into()
}

/// `task show`: a task with the work on it.
///
/// # Errors
/// Refused if the task is unknown.
pub fn show(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let task = task_of(context, args.task)?;
    let logs: Vec<_> = context.books.logs.iter().filter(|log| log.task == Some(task.id)).collect();
    let time = logs
        .iter()
        .filter(|log| log.is_live())
        .filter_map(|log| log.contribution.minutes())
        .map(|minutes| minutes.0)
        .sum();
    let mut lines = vec![
        task_row(context, task),
        WorkLine::TaskTime {
            time: Some(Minutes(time)).filter(|time| time.0 > 0),
            opened_by: context.books.name_of(task.opened_by),
        }
        .into(),
    ];
    lines.extend(logs.iter().rev().take(ROWS).map(|log| row(context, log)));
    Ok(Decision::reads(lines))
}

/// `task open`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    title: String,
    project: ProjectId,
    estimate: Option<Minutes>,
}

/// Opens a task.
///
/// # Errors
/// Never refused.
pub fn open(context: CommandContext, args: Open) -> Result<Decision, Refusal> {
    let mut decision = Decision::default();
    let opened = TaskOpened {
        task: context.books.tasks.next(),
        project: args.project,
        title: decision.text(context.moment, &args.title),
        estimate: args.estimate,
    };
    decision.lines.push(
        WorkLine::TaskOpened {
            task: opened.task,
            title: args.title,
            project: context.books.project_name(args.project),
            estimate: args.estimate,
        }
        .into(),
    );
    decision.facts.push(opened.into());
    Ok(decision)
}

/// `task take`: the author works on it from now on.
///
/// # Errors
/// Refused if the author has not joined, or if the task is unknown, not open or somebody else's.
pub fn take(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let task = task_of(context, args.task)?;
    match task.state {
        TaskState::Open => {}
        TaskState::Taken(person) if person != me => {
            return Err(WorkRefusal::TakenBy { task: task.id, person: context.books.name_of(person) }.into());
        }
        _ => return Err(wrong_state(task)),
    }
    let line =
        WorkLine::TaskTaken { task: task.id, person: context.books.name_of(me), title: context.words(task.title) }
            .into();
    Ok(Decision::fact(TaskTaken { task: task.id, person: me }, vec![line]))
}

fn is_mine(context: CommandContext, task: &Task, me: PersonId) -> Result<(), Refusal> {
    match task.state.person() {
        Some(person) if person != me && !context.books.has_role(me, Role::Lead, Some(task.project)) => {
            Err(WorkRefusal::TakenBy { task: task.id, person: context.books.name_of(person) }.into())
        }
        _ => Ok(()),
    }
}

/// `task drop`: opens a task to anyone again.
///
/// # Errors
/// Refused if the author has not joined, or if the task is unknown, neither taken nor done, or somebody else's.
pub fn give_back(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let task = task_of(context, args.task)?;
    if !matches!(task.state, TaskState::Taken(_) | TaskState::Done(_)) {
        return Err(wrong_state(task));
    }
    is_mine(context, task, me)?;
    Ok(Decision::fact(
        TaskDropped { task: task.id },
        vec![WorkLine::TaskDropped { task: task.id, title: context.words(task.title) }.into()],
    ))
}

/// `task done`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    task: TaskId,
    time: Option<Minutes>,
    what: Option<String>,
    date: NaiveDate,
}

/// Marks a task as done, and logs the time that it took; asks for it if nobody has logged work on it.
///
/// # Errors
/// Refused if the author has not joined, if the task is unknown, done already or somebody else's, if words are given
/// without a time, or if the work can't be logged.
pub fn done(context: CommandContext, args: Done) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let task = task_of(context, args.task)?;
    if !matches!(task.state, TaskState::Open | TaskState::Taken(_)) {
        return Err(wrong_state(task));
    }
    is_mine(context, task, me)?;
    let person = task.state.person().unwrap_or(me);
    let mut lines = vec![
        WorkLine::TaskDone { task: task.id, person: context.books.name_of(person), title: context.words(task.title) }
            .into(),
    ];
    let fact = TaskDone { task: task.id, person };
    match (args.time, args.what) {
        (Some(time), what) => {
            let mut decision = log::hours(context, Hours::of_task(time, what, task, person, args.date))?;
            decision.facts.insert(0, fact.into());
            decision.lines.splice(0..0, lines);
            Ok(decision)
        }
        (None, Some(_)) => Err(WorkRefusal::TimeOfTask { task: task.id }.into()),
        (None, None) => {
            if !context.books.tasks_logged().contains(&task.id) {
                lines.push(WorkLine::HowLong { task: task.id }.into());
            }
            Ok(Decision::fact(fact, lines))
        }
    }
}

/// `task accept`: a lead agrees that it is done.
///
/// # Errors
/// Refused if the task is unknown or not done.
pub fn accept(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let task = task_of(context, args.task)?;
    let TaskState::Done(person) = task.state else { return Err(wrong_state(task)) };
    let line = WorkLine::TaskAccepted {
        task: task.id,
        person: context.books.name_of(person),
        title: context.words(task.title),
    }
    .into();
    Ok(Decision::fact(TaskAccepted { task: task.id }, vec![line]))
}
