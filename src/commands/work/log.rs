//! `log ...`: what people did, spent, gave and put in.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Moment};
use crate::commands::decision::{Action, Decision};
use crate::commands::money::slips;
use crate::commands::work::receipt;
use crate::core::contribution::{Contribution, ContributionKind, PLAIN_WORK, Waiting};
use crate::core::fact::people::Role;
use crate::core::fact::work::{LogValidated, Logged};
use crate::core::ids::{LineId, LogId, PersonId, ProjectId, TaskId};
use crate::core::log::{Log, LogStanding};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::rule::bucket::Subject;
use crate::core::task::Task;
use crate::core::time::Minutes;
use crate::directory::Timer;
use crate::message::field::{Number, Term, Typed, WorkRole};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::{CashConfirmer, LogDay, WorkLine, WorkRefusal};

/// How many of the latest logs are searched for those of a day.
const RECENT: usize = 1000;

/// A day has this many minutes; a person's logs for one day can't be more.
const DAY: Minutes = Minutes(24 * 60);

/// The fields of every log besides its contribution.
struct LogFields {
    what: String,
    project: ProjectId,
    task: Option<TaskId>,
    line: Option<LineId>,
    date: NaiveDate,
    gift: Option<bool>,
    waiting: Option<Waiting>,
    person: PersonId,
}

/// `log hours`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    time: Minutes,
    what: Option<String>,
    task: Option<TaskId>,
    line: Option<LineId>,
    role: Option<String>,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

impl Hours {
    /// The work of a timer, with the time that it measured or that its person states.
    pub fn timed(time: Minutes, timer: &Timer, date: NaiveDate) -> Self {
        let what = Some(timer.what.clone());
        Self {
            time,
            what,
            task: timer.task,
            line: None,
            role: None,
            date,
            project: timer.project,
            gift: None,
            person: None,
        }
    }

    /// The work on a task, of the person who did it.
    pub fn of_task(time: Minutes, what: Option<String>, task: &Task, person: PersonId, date: NaiveDate) -> Self {
        Self {
            time,
            what,
            task: Some(task.id),
            line: None,
            role: None,
            date,
            project: task.project,
            gift: None,
            person: Some(person),
        }
    }
}

/// Logs work.
///
/// # Errors
/// Refused if the author has not joined, if it is not said what was done, if the day is full or too long ago, if the
/// role looks like a typo, or if the line is another project's.
pub fn hours(context: CommandContext, args: Hours) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let (person, waiting) = by_or_for(context, args.person)?;
    let what = args
        .what
        .or_else(|| args.task.and_then(|id| context.books.task(id)).map(|task| context.words(task.title)))
        .ok_or(WorkRefusal::SayWhat)?;
    room_in_day(context, person, args.date, args.time)?;
    let role = args.role.unwrap_or_else(|| PLAIN_WORK.to_owned());
    known_role(context, &role)?;
    let common = LogFields {
        what,
        project: args.project,
        task: args.task,
        line: None,
        date: args.date,
        gift: args.gift,
        waiting,
        person,
    };
    on_line(context, args.project, args.line)?;
    let mut decision =
        log(context, Contribution::Work { minutes: args.time, role }, LogFields { line: args.line, ..common })?;
    decision.lines.extend(was_a_machine_used(context, me, args.project, args.date));
    Ok(decision)
}

/// Whose a log is: its author's, or that of somebody else, who has to agree to it.
fn by_or_for(context: CommandContext, person: Option<PersonId>) -> Result<(PersonId, Option<Waiting>), Refusal> {
    let me = context.me()?;
    let person = person.unwrap_or(me);
    Ok((person, (person != me).then_some(Waiting::Person)))
}

/// Asks about machines, once a day and project, when somebody logs work and no use is logged. Nobody logs one unasked,
/// since it pays others.
fn was_a_machine_used(context: CommandContext, me: PersonId, project: ProjectId, date: NaiveDate) -> Option<Line> {
    let equipment = for_projects(context);
    let one = equipment.first()?.clone();
    let of_day = |log: &&Log| log.project == project && log.date == date;
    let worked = |log: &Log| log.by == me && log.contribution.minutes().is_some();
    // Logs of a day are among the latest.
    let mut recent = context.books.logs.iter().rev().take(RECENT).filter(of_day);
    let said = recent.any(|log| worked(log) || log.contribution.kind() == ContributionKind::Use);
    (!said).then_some(WorkLine::MachineUsed { equipment, one }.into())
}

/// The machines that projects use.
pub fn for_projects(context: CommandContext) -> Vec<Name> {
    let used =
        context.books.equipment.iter().filter(|machine| machine.is_in_use() && machine.terms.project_rate.is_some());
    used.map(|machine| Name::from(&machine.name)).collect()
}

/// Checks that a line of a milestone is the project's.
fn on_line(context: CommandContext, project: ProjectId, line: Option<LineId>) -> Result<(), Refusal> {
    let books = context.books;
    let of = line.and_then(|line| books.milestone(books.line(line)?.milestone)).map(|milestone| milestone.project);
    match of.filter(|of| *of != project) {
        Some(other) => Err(TypedRefusal::OtherProject { project: books.project_name(other) }.into()),
        None => Ok(()),
    }
}

/// `log expense`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expense {
    amount: Amount,
    what: String,
    task: Option<TaskId>,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    receipt: Option<String>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Logs money spent, and stores its receipt.
///
/// # Errors
/// Refused if the author has not joined, if the day is too long ago, or if the receipt can't be kept.
pub fn expense(context: CommandContext, args: Expense) -> Result<Action, Refusal> {
    let Expense { amount, what, task, date, project, gift, receipt, person } = args;
    let (person, waiting) = by_or_for(context, person)?;
    let common = LogFields { what, project, task, line: None, date, gift, waiting, person };
    let contribution = Contribution::Expense { value: amount };
    let question = slips::question(slips::far_above_costs(context, project, &contribution, None).into_iter().collect());
    let mut decision = log(context, contribution, common)?;
    if let Some(file) = receipt.and_then(|_| context.moment.files.get("receipt")) {
        receipt::with(context, &mut decision, context.books.logs.next(), file)?;
    }
    Ok(decision.asking(question))
}

/// `log material`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    quantity: Decimal,
    unit: String,
    value: Amount,
    what: String,
    task: Option<TaskId>,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Logs material given.
///
/// # Errors
/// Refused if the author has not joined, or if the day is too long ago.
pub fn material(context: CommandContext, args: Material) -> Result<Action, Refusal> {
    let Material { quantity, unit, value, what, task, date, project, gift, person } = args;
    let (person, waiting) = by_or_for(context, person)?;
    let common = LogFields { what, project, task, line: None, date, gift, waiting, person };
    let contribution = Contribution::Material { quantity, unit, value };
    let question = slips::question(slips::far_above_costs(context, project, &contribution, None).into_iter().collect());
    Ok(log(context, contribution, common)?.asking(question))
}

/// `log cash`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cash {
    amount: Amount,
    what: Option<String>,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Logs money put in; it counts once a custodian says yes.
///
/// # Errors
/// Refused if the author has not joined, or if the day is too long ago.
pub fn cash(context: CommandContext, args: Cash) -> Result<Decision, Refusal> {
    let Cash { amount, what, date, project, gift, person } = args;
    let common = LogFields {
        what: what.unwrap_or_default(),
        project,
        task: None,
        line: None,
        date,
        gift,
        waiting: Some(Waiting::Custodian),
        person: by_or_for(context, person)?.0,
    };
    log(context, Contribution::Cash { value: amount }, common)
}

/// `log cite`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    what: String,
    value: Amount,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Logs the use of a design.
///
/// # Errors
/// Refused if the author has not joined, or if the day is too long ago.
pub fn cite(context: CommandContext, args: Cite) -> Result<Decision, Refusal> {
    let Cite { what, value, date, project, gift, person } = args;
    let (person, waiting) = by_or_for(context, person)?;
    let common = LogFields { what, project, task: None, line: None, date, gift, waiting, person };
    log(context, Contribution::Citation { value }, common)
}

/// `log other`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    what: String,
    value: Amount,
    task: Option<TaskId>,
    date: NaiveDate,
    project: ProjectId,
    gift: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Logs something else; it counts once somebody else has agreed to its value.
///
/// # Errors
/// Refused if the author has not joined, or if the day is too long ago.
pub fn other(context: CommandContext, args: Other) -> Result<Decision, Refusal> {
    let Other { what, value, task, date, project, gift, person } = args;
    let (person, waiting) = by_or_for(context, person)?;
    let common = LogFields { what, project, task, line: None, date, gift, waiting, person };
    log(context, Contribution::Other { value }, common)
}

/// How many others must agree to a log: as many as the network says, and at least one if it has no price. A custodian
/// confirms cash.
fn validations(context: CommandContext, kind: ContributionKind) -> u32 {
    let set = context.books.settings.validators.unwrap_or(0);
    match kind {
        ContributionKind::Cash => 0,
        ContributionKind::Other => set.max(1),
        _ => set,
    }
}

/// `log validate`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    log: LogId,
}

/// Agrees to what somebody else has logged.
///
/// # Errors
/// Refused if the author has not joined, if the log is unknown, does not wait for validation or has changed since, or
/// if it is their own or they have agreed already.
pub fn validate(context: CommandContext, args: Validate) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let log = books.log(args.log).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(args.log.to_string()) })?;
    match log.standing {
        LogStanding::Waits(Waiting::Validation) => {}
        LogStanding::Waits(_) => return Err(WorkRefusal::NotYoursToAnswer { log: log.id }.into()),
        _ => return Err(WorkRefusal::NothingWaits { log: log.id }.into()),
    }
    if log.changed_at.is_some_and(|changed| context.moment.was_said_before(changed)) {
        return Err(WorkRefusal::LogChanged { log: log.id }.into());
    }
    if [log.person, log.by].contains(&me) {
        return Err(WorkRefusal::OwnLogToValidate { log: log.id }.into());
    }
    if log.validated_by.contains(&me) {
        return Err(WorkRefusal::ValidatedAlready { log: log.id }.into());
    }
    let left = log.validations.saturating_sub(log.validated_by.len() + 1);
    let line = WorkLine::Validated {
        log: log.id,
        person: books.name_of(me),
        author: books.name_of(log.person),
        left: Some(left).filter(|left| *left > 0),
    }
    .into();
    Ok(Decision::fact(LogValidated { log: log.id, enough: left == 0 }, vec![line]))
}

fn log(context: CommandContext, contribution: Contribution, common: LogFields) -> Result<Decision, Refusal> {
    within_window(context, common.date)?;
    let books = context.books;
    let mut decision = Decision::default();
    let logged = Logged {
        log: books.logs.next(),
        person: common.person,
        project: common.project,
        task: common.task,
        line: common.line,
        date: common.date,
        what: decision.sentence(context.moment, &common.what),
        gift: common.gift.unwrap_or_else(|| books.people.get(&common.person).is_some_and(|person| person.gives)),
        waiting: common.waiting,
        validations: validations(context, contribution.kind()),
        contribution,
    };
    let role = match &logged.contribution {
        Contribution::Work { role, .. } if role != PLAIN_WORK => Some(WorkRole(role.clone())),
        _ => None,
    };
    let (quantity, unit) = match &logged.contribution {
        Contribution::Material { quantity, unit, .. } => {
            (Some(Number(quantity.normalize().to_string())), Some(unit.clone()))
        }
        _ => (None, None),
    };
    decision.lines.push(
        WorkLine::Logged {
            log: logged.log,
            person: books.name_of(common.person),
            kind: Term::from(logged.contribution.kind().word()),
            time: logged.contribution.minutes(),
            quantity,
            unit,
            value: logged.contribution.stated_value(),
            project: books.project_name(common.project),
            task: common.task,
            role,
            day: shown_day(context, &common),
            gift: logged.gift,
            what: Some(common.what).filter(|what| !what.is_empty()),
        }
        .into(),
    );
    decision.lines.extend(what_it_claims(context, &logged));
    match common.waiting {
        Some(Waiting::Custodian) => {
            let mut whose = [common.person, context.me()?].into_iter();
            let is_a_custodians = whose.any(|person| books.has_role(person, Role::Custodian, None));
            let by = if is_a_custodians { CashConfirmer::Other } else { CashConfirmer::Custodian };
            decision.lines.push(WorkLine::WaitsForCustodian { log: logged.log, by }.into());
        }
        Some(Waiting::Person) if context.directory.has_account(common.person) => decision
            .lines
            .push(WorkLine::WaitsForPerson { log: logged.log, person: books.name_of(common.person) }.into()),
        Some(Waiting::Person) => decision.lines.push(WorkLine::WaitsForAnother { log: logged.log }.into()),
        _ => {}
    }
    // Of a log that waits for somebody's yes, the yes says so.
    if logged.validations > 0 && common.waiting.is_none() {
        let count = usize::try_from(logged.validations).unwrap_or(usize::MAX);
        decision.lines.push(WorkLine::NeedsValidation { log: logged.log, count }.into());
    }
    decision.facts.push(logged.into());
    Ok(decision)
}

/// The day of a log, unless it is today and was not taken out of the words.
fn shown_day(context: CommandContext, log: &LogFields) -> Option<LogDay> {
    let Moment { today, sentence, .. } = context.moment;
    match log.date {
        date if today.pred_opt() == Some(date) => Some(LogDay::Yesterday(date)),
        date if date != *today || sentence.is_some() && log.task.is_none() => Some(LogDay::Other(date)),
        _ => None,
    }
}

/// Warns if the project's rule gives nothing for a log, while it can still be changed.
pub fn what_it_claims(context: CommandContext, logged: &Logged) -> Option<Line> {
    let rule = &context.books.projects.get(&logged.project)?.rule;
    if logged.gift {
        return None;
    }
    let subject = Subject {
        kind: logged.contribution.kind(),
        role: logged.contribution.role(),
        task: logged.task,
        person: logged.person,
        date: logged.date,
        planned: logged.line.is_some(),
    };
    match &logged.contribution {
        Contribution::Work { .. } if rule.is_budget() => {
            let Some(line) = logged.line.and_then(|line| context.books.line(line)) else {
                return Some(WorkLine::NoLine.into());
            };
            let named = line.parts.is_empty()
                || line.parts.iter().any(|(person, _)| context.books.canonical_id(*person) == logged.person);
            (!named).then_some(WorkLine::LineIsForOthers { line: line.id }.into())
        }
        other if rule.bucket_for(&subject).is_none() => Some(
            WorkLine::ClaimsNothing { preset: Term::from(rule.preset.word()), kind: Term::from(other.kind().word()) }
                .into(),
        ),
        Contribution::Work { role, .. }
            if rule.needs_rates() && context.books.rate_for(logged.person, role, logged.date).is_none() =>
        {
            Some(WorkLine::NoRateYet { role: WorkRole(role.to_owned()), date: logged.date }.into())
        }
        _ => None,
    }
}

/// Checks that a day may still be logged.
///
/// # Errors
/// Refused if the day is before the network's window.
pub fn within_window(context: CommandContext, date: NaiveDate) -> Result<(), Refusal> {
    match context.books.settings.earliest(context.moment.today) {
        Some(earliest) if date < earliest => Err(WorkRefusal::TooLate { date, earliest }.into()),
        _ => Ok(()),
    }
}

pub(crate) fn room_in_day(
    context: CommandContext,
    person: PersonId,
    date: NaiveDate,
    time: Minutes,
) -> Result<(), Refusal> {
    let most = context.books.settings.daily_limit.unwrap_or(DAY);
    let logged = context.books.minutes_on(person, date);
    if logged.0 + time.0 > most.0 {
        return Err(WorkRefusal::DayFull {
            person: context.books.name_of(person),
            date,
            logged: Some(logged).filter(|logged| logged.0 > 0),
            none: logged.0 <= 0,
            most,
        }
        .into());
    }
    Ok(())
}

/// Refuses a role that is probably a typo: one letter away from a role that has a rate.
fn known_role(context: CommandContext, role: &str) -> Result<(), Refusal> {
    let known = || context.books.rates.iter().map(|rate| rate.role.as_str());
    match known().find(|known| strsim::osa_distance(known, role) == 1) {
        Some(nearest) if !known().any(|known| known == role) => {
            Err(WorkRefusal::UnknownWorkRole { typed: Typed(role.to_owned()), nearest: Name::from(nearest) }.into())
        }
        _ => Ok(()),
    }
}
