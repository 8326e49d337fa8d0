//! `receipt ...`: what people attach to their expenses. A log does not wait for its receipt: it is made while the
//! file is on its way, and whoever made it is asked for it again if it does not come.

use std::collections::{BTreeMap, BTreeSet};
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
use crate::directory::{DirectoryChange, Job, StoredFile, awaited_file};
use crate::incoming::{Attached, LARGEST_FILE};
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::{ReceiptFault, WorkLine, WorkRefusal};

/// How long a file may be on its way.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// The command of the job that asks for a file again.
const ASK: &str = "receipt ask";

/// The most receipts of one expense: all of them are shown at once.
const MOST: usize = 10;

/// Takes a receipt that came with a command for a log, or notes that it is on its way.
pub fn with(context: CommandContext, decision: &mut Decision, log: LogId, file: &Attached) -> Result<(), Refusal> {
    if kept_of(context, log).count() >= MOST {
        return Err(WorkRefusal::EnoughReceipts { log, most: MOST }.into());
    }
    match &file.bytes {
        Some(bytes) => keep(context, decision, log, &file.name, bytes),
        None => {
            let event = context.moment.event.clone();
            let options = BTreeMap::from([("event", event), ("name", file.name.clone()), ("log", log.to_string())]);
            let options = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let (due_at, name) = (context.moment.now + PATIENCE, awaited_file(&context.moment.event));
            let job = Job::once(&context.moment.seed, due_at, name, ASK, options, context.moment.room.clone());
            decision.writes.push(DirectoryChange::Job(job));
            decision.lines.push(WorkLine::ReceiptComes { file: file.name.clone() }.into());
            Ok(())
        }
    }
}

/// The receipts of a log that are there. The journal knows of those that were erased as well.
fn kept_of(context: CommandContext<'_>, log: LogId) -> impl Iterator<Item = TextRef> {
    let files = context.books.receipts.get(&log).into_iter().flatten().copied();
    files.filter(move |file| context.directory.file(*file).is_some())
}

/// Keeps a receipt beside the journal, and its hash in it.
fn keep(
    context: CommandContext,
    decision: &mut Decision,
    log: LogId,
    name: &str,
    bytes: &Arc<[u8]>,
) -> Result<(), Refusal> {
    let media_type = checked(name, bytes)?;
    // Some programs send where the file lay as well.
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    decision.lines.push(WorkLine::ReceiptKept { file: name.to_owned(), kilobytes: bytes.len().div_ceil(1000) }.into());
    let stored = StoredFile { name: name.to_owned(), media_type: media_type.to_owned(), bytes: bytes.clone() };
    let file = decision.file(context.moment, stored);
    decision.facts.push(ReceiptKept { log, file }.into());
    Ok(())
}

/// What kind of file it is, if it is one that is kept.
fn checked(name: &str, bytes: &[u8]) -> Result<&'static str, Refusal> {
    if bytes.len() > LARGEST_FILE {
        return Err(
            RoomRefusal::FileTooLarge { typed: name.to_owned(), megabytes: LARGEST_FILE.div_ceil(1_000_000) }.into()
        );
    }
    media::media_type(bytes).ok_or_else(|| RoomRefusal::FileOfOtherKind { typed: name.to_owned() }.into())
}

/// The job that waits for a file, and the log that the file is for.
fn awaited<'a>(context: CommandContext<'a>, event: &str) -> Option<(Job, &'a Log)> {
    let job = context.directory.jobs_called(&awaited_file(event)).next().cloned()?;
    let log = log_of(context, &job)?;
    Some((job, log))
}

/// The log that a file is awaited for, by the job that waits.
pub fn log_of<'a>(context: CommandContext<'a>, job: &Job) -> Option<&'a Log> {
    let typed = job.options.get("log").filter(|_| job.command == ASK)?;
    context.books.log(LogId(typed.trim_start_matches(LogId::PREFIX).parse().ok()?))
}

/// A file that was on its way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    event: String,
    #[serde(rename = "file")]
    _file: String,
}

/// `receipt keep`: it has come. If it is none to be kept, whoever sent it is asked for another.
pub fn arrived(context: CommandContext, args: Arrived) -> Result<Decision, Refusal> {
    let Some((job, log)) = awaited(context, &args.event) else { return Ok(Decision::default()) };
    let file = context.moment.files.get("file").and_then(|file| Some((file, file.bytes.as_ref()?)));
    let Some((file, bytes)) = file else { return Ok(Decision::default()) };
    if kept_of(context, log.id).count() >= MOST {
        return Ok(Decision { writes: vec![DirectoryChange::JobDone(job)], ..Decision::default() });
    }
    let mut decision = Decision::default();
    match keep(context, &mut decision, log.id, &file.name, bytes) {
        // That it was kept is in the list of logs; nobody waits to hear it.
        Ok(()) => decision.lines.clear(),
        Err(refusal) => {
            let is_large = matches!(refusal, Refusal::Room(RoomRefusal::FileTooLarge { .. }));
            let fault = if is_large { ReceiptFault::Large } else { ReceiptFault::Other };
            decision.notices.push(context.to(log.by, missing(log, &file.name, fault)));
        }
    }
    decision.writes.push(DirectoryChange::JobDone(job));
    Ok(decision)
}

/// A file that does not come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    event: String,
    name: String,
    // What the job has for whoever finds it.
    #[serde(rename = "log")]
    _log: Option<LogId>,
    large: Option<bool>,
}

/// `receipt ask`: asks whoever logged the expense for it once more.
pub fn lost(context: CommandContext, args: Lost) -> Result<Decision, Refusal> {
    let Some((job, log)) = awaited(context, &args.event) else { return Ok(Decision::default()) };
    let fault = if args.large == Some(true) { ReceiptFault::Large } else { ReceiptFault::Lost };
    let notices = vec![context.to(log.by, missing(log, &args.name, fault))];
    Ok(Decision { notices, writes: vec![DirectoryChange::JobDone(job)], ..Decision::default() })
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
    let log = context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: id.to_string() })?;
    if log.contribution.kind() == ContributionKind::Expense {
        Ok(log)
    } else {
        Err(WorkRefusal::NotAnExpense { log: id }.into())
    }
}

/// Attaches a receipt to an expense that was logged before.
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

/// Shows the receipts of an expense to whoever made it, and to those who look after the project's money.
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
