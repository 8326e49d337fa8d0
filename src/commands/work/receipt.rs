//! `receipt ...`: files attached to expenses. A log does not wait for its receipt: it is made while the file is being
//! fetched, and its author is asked again if the file does not come.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::work::media;
use crate::core::contribution::ContributionKind;
use crate::core::fact::people::Role;
use crate::core::fact::work::ReceiptKept;
use crate::core::ids::{LogId, TextRef};
use crate::core::log::Log;
use crate::core::name::Name;
use crate::directory::{DirectoryChange, Job, StoredFile};
use crate::incoming::{Attached, LARGEST_FILE};
use crate::job_name::JobName;
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::{ReceiptFault, WorkLine, WorkRefusal};

/// How long fetching a file may take.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// The command of the job that asks for a file again.
const ASK: &str = "receipt ask";

/// The most receipts of one expense: all of them are shown at once.
const MOST: usize = 10;

/// Stores a receipt that came with a command, or notes that it is still being fetched.
///
/// # Errors
/// Refused if the log has enough receipts, or if the file is too large or of another kind.
pub fn with(context: CommandContext, decision: &mut Decision, log: LogId, file: &Attached) -> Result<(), Refusal> {
    if kept_of(context, log).count() >= MOST {
        return Err(WorkRefusal::EnoughReceipts { log, most: MOST }.into());
    }
    match &file.bytes {
        Some(bytes) => keep(context, decision, log, &file.name, bytes),
        None => {
            let event = context.moment.event.clone();
            let options = [("event", event.clone()), ("name", file.name.clone()), ("log", log.to_string())];
            let job = context.job(context.moment.now + PATIENCE, JobName::File(event), options);
            decision.changes.push(DirectoryChange::Job(job));
            decision.lines.push(WorkLine::ReceiptComes { file: file.name.clone() }.into());
            Ok(())
        }
    }
}

/// The stored receipts of a log. The journal also knows those that were erased.
fn kept_of(context: CommandContext<'_>, log: LogId) -> impl Iterator<Item = TextRef> {
    let files = context.books.receipts.get(&log).into_iter().flatten().copied();
    files.filter(move |file| context.directory.file(*file).is_some())
}

/// Stores a receipt beside the journal, and its hash in it.
fn keep(
    context: CommandContext,
    decision: &mut Decision,
    log: LogId,
    name: &str,
    bytes: &Arc<[u8]>,
) -> Result<(), Refusal> {
    let media_type = checked(name, bytes)?;
    // Some programs send the file's path as well.
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    decision.lines.push(WorkLine::ReceiptKept { file: name.to_owned(), kilobytes: bytes.len().div_ceil(1000) }.into());
    let stored = StoredFile { name: name.to_owned(), media_type: media_type.to_owned(), bytes: bytes.clone() };
    let file = decision.file(context.moment, stored);
    decision.facts.push(ReceiptKept { log, file }.into());
    Ok(())
}

/// The media type of a file, if it can be kept.
fn checked(name: &str, bytes: &[u8]) -> Result<&'static str, Refusal> {
    if bytes.len() > LARGEST_FILE {
        return Err(RoomRefusal::FileTooLarge {
            typed: Typed(name.to_owned()),
            megabytes: LARGEST_FILE.div_ceil(1_000_000),
        }
        .into());
    }
    media::media_type(bytes).ok_or_else(|| RoomRefusal::FileOfOtherKind { typed: Typed(name.to_owned()) }.into())
}

/// The job that waits for a file, and the log that the file is for.
fn awaited<'a>(context: CommandContext<'a>, event: &str) -> Option<(Job, &'a Log)> {
    let job = context.directory.jobs_called(&JobName::File(event.to_owned())).next().cloned()?;
    let log = log_of(context, &job)?;
    Some((job, log))
}

/// The log that a waiting job awaits a file for.
pub fn log_of<'a>(context: CommandContext<'a>, job: &Job) -> Option<&'a Log> {
    let typed = job.options.get("log").filter(|_| job.command == ASK)?;
    context.books.log(LogId(typed.trim_start_matches(LogId::PREFIX).parse().ok()?))
}

/// A file that was fetched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    event: String,
    #[serde(rename = "file")]
    _file: String,
}

/// `receipt keep`: a file was fetched. If it can't be kept, the log's author is asked for another.
///
/// # Errors
/// Never refused.
pub fn arrived(context: CommandContext, args: Arrived) -> Result<Decision, Refusal> {
    let Some((job, log)) = awaited(context, &args.event) else { return Ok(Decision::default()) };
    let file = context.moment.files.get("file").and_then(|file| Some((file, file.bytes.as_ref()?)));
    let Some((file, bytes)) = file else { return Ok(Decision::default()) };
    if kept_of(context, log.id).count() >= MOST {
        return Ok(Decision { changes: vec![DirectoryChange::JobDone(job)], ..Decision::default() });
    }
    let mut decision = Decision::default();
    match keep(context, &mut decision, log.id, &file.name, bytes) {
        // The list of logs shows that it was kept; nobody waits to hear it.
        Ok(()) => decision.lines.clear(),
        Err(refusal) => {
            let is_large = matches!(refusal, Refusal::Room(RoomRefusal::FileTooLarge { .. }));
            let fault = if is_large { ReceiptFault::Large } else { ReceiptFault::Other };
            decision.notices.push(context.to(log.by, missing(log, &file.name, fault)));
        }
    }
    decision.changes.push(DirectoryChange::JobDone(job));
    Ok(decision)
}

/// A file that was not fetched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    event: String,
    name: String,
    // Not read here: `log_of` reads it from the job.
    #[serde(rename = "log")]
    _log: Option<LogId>,
    large: Option<bool>,
}

/// `receipt ask`: asks the author of the expense for it once more.
///
/// # Errors
/// Never refused.
pub fn lost(context: CommandContext, args: Lost) -> Result<Decision, Refusal> {
    let Some((job, log)) = awaited(context, &args.event) else { return Ok(Decision::default()) };
    let fault = if args.large == Some(true) { ReceiptFault::Large } else { ReceiptFault::Lost };
    let notices = vec![context.to(log.by, missing(log, &args.name, fault))];
    Ok(Decision { notices, changes: vec![DirectoryChange::JobDone(job)], ..Decision::default() })
}

fn missing(log: &Log, file: &str, fault: ReceiptFault) -> Line {
    let megabytes = LARGEST_FILE.div_ceil(1_000_000);
    WorkLine::ReceiptMissing { log: log.id, file: file.to_owned(), fault, megabytes }.into()
}

/// `receipt add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    log: LogId,
    receipt: Option<String>,
}

fn expense(context: CommandContext<'_>, id: LogId) -> Result<&Log, Refusal> {
    let log = context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(id.to_string()) })?;
    if log.contribution.kind() == ContributionKind::Expense {
        Ok(log)
    } else {
        Err(WorkRefusal::NotAnExpense { log: id }.into())
    }
}

/// Attaches a receipt to an expense that was logged before.
///
/// # Errors
/// Refused if the author has not joined, if the log is unknown, no expense or not theirs, or if the file is missing or
/// can't be kept.
pub fn add(context: CommandContext, args: Add) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let log = expense(context, args.log)?;
    if log.by != me && log.person != me {
        return Err(WorkRefusal::NotYourLog { log: log.id, person: context.books.name_of(log.person) }.into());
    }
    let file = args.receipt.and_then(|_| context.moment.files.get("receipt"));
    let file = file.ok_or_else(|| RoomRefusal::FileNotAttached { option: Name::from("receipt") })?;
    let mut decision = Decision::default();
    with(context, &mut decision, log.id, file)?;
    Ok(decision)
}

/// `receipt show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    log: LogId,
}

/// Shows the receipts of an expense to its author, its person, and those who look after the project's money.
///
/// # Errors
/// Refused if the author has not joined or may not see them, or if the log is unknown, no expense or without a receipt.
pub fn show(context: CommandContext, args: Shown) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let log = expense(context, args.log)?;
    let books = context.books;
    let may = [(Role::Lead, Some(log.project)), (Role::Custodian, None), (Role::Steward, None)];
    if log.by != me && log.person != me && !may.iter().any(|(role, project)| books.has_role(me, *role, *project)) {
        let holders: BTreeSet<_> = may.iter().flat_map(|(role, project)| books.holders(*role, *project)).collect();
        let roles = may.iter().map(|(role, _)| Term::from(role.word())).collect();
        return Err(PeopleRefusal::RoleNeeded { option: None, roles, holders: context.names(holders) }.into());
    }
    let kept: Vec<TextRef> = kept_of(context, log.id).collect();
    if kept.is_empty() {
        return Err(WorkRefusal::NoReceipt { log: log.id, person: books.name_of(log.person) }.into());
    }
    Ok(Decision::reads(vec![
        WorkLine::Receipts { log: log.id, person: books.name_of(log.person), count: kept.len(), kept }.into(),
    ]))
}
