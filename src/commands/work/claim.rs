//! `claim ...`: what people's logs still claim, and turning claims into gifts.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::money::distribution::no_outcome;
use crate::commands::page::page_of;
use crate::core::fact::work::ClaimsGiven;
use crate::core::ids::{LogId, PersonId, ProjectId};
use crate::core::log::Log;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Destination, Lifetime};
use crate::message::field::{Term, Typed};
use crate::message::line::{Line, ROWS};
use crate::message::people::{ClaimTerm, PeopleLine, PeopleRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::work::{WorkLine, WorkRefusal};

/// `claim list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    person: Option<PersonId>,
    project: Option<ProjectId>,
    page: Option<u32>,
}

/// Somebody's open claims, the newest first: what each is worth, what it has received, what is open.
///
/// # Errors
/// Refused if nobody is named and the author has not joined, or if a rate is missing.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let books = context.books;
    let person = args.person.map_or_else(|| context.moment.author.person.ok_or(PeopleRefusal::JoinFirst), Ok)?;
    let theirs = |log: &&Log| log.person == person && args.project.is_none_or(|project| log.project == project);
    let mut rows = Vec::new();
    for log in books.logs.iter().rev().filter(theirs) {
        if let Some(row) = row(context, log)? {
            rows.push(row);
        }
    }
    let person = books.name_of(person);
    let head = match rows.len() {
        0 => WorkLine::NoClaims { person }.into(),
        count => WorkLine::ClaimsHead { person, count }.into(),
    };
    let rows = page_of(args.page, rows.len(), rows.into_iter())?;
    Ok(Decision::reads(std::iter::once(head).chain(rows).collect()))
}

/// A log as a claim, if its project's rule makes it one.
///
/// # Errors
/// Refused if a rate is missing.
pub fn row(context: CommandContext, log: &Log) -> Result<Option<Line>, Refusal> {
    let books = context.books;
    let Some(project) = books.projects.get(&log.project) else { return Ok(None) };
    if books.select(&project.rule, log).map_err(|missing| no_outcome(missing.into()))?.is_none() {
        return Ok(None);
    }
    let bucket = project.rule.bucket_for(&log.subject());
    let (lifetime, cap) = match bucket.map(|bucket| &bucket.to) {
        Some(Destination::Claims { lifetime, cap, .. }) => (Some(*lifetime), *cap),
        _ => (None, BasisPoints::ONE),
    };
    let money = |minor| books.commodity.minor(minor);
    let until_paid = lifetime == Some(Lifetime::UntilPaid);
    let room = books.room(log, if until_paid { cap } else { BasisPoints::ONE });
    let worth = room.as_ref().ok().map(|room| money(*room + log.received + log.reimbursed));
    let what = context.words(log.what);
    Ok(Some(
        PeopleLine::ClaimRow {
            log: log.id,
            date: log.date,
            kind: Term::from(log.contribution.kind().word()),
            project: Name::from(&project.name),
            time: log.contribution.time(),
            worth,
            received: Some(money(log.received + log.reimbursed)).filter(|received| received.minor.is_positive()),
            term: match lifetime {
                Some(Lifetime::UntilPaid) => room.ok().map(|room| ClaimTerm::UntilPaid(money(room))),
                Some(Lifetime::Once) => Some(ClaimTerm::Once),
                Some(Lifetime::Forever) => Some(ClaimTerm::Forever),
                None => log.line.map(ClaimTerm::Line),
            },
            held: log.is_flagged(),
            what: Some(what).filter(|what| !what.is_empty()),
        }
        .into(),
    ))
}

/// `claim gift`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    logs: String,
}

/// Turns open claims of the author into gifts, after a yes: what they have received stays, they claim nothing more.
///
/// # Errors
/// Refused if the author has not joined, if a log is unknown, not theirs, flagged or without a claim, or if nothing is
/// left to give.
pub fn gift(context: CommandContext, args: Gift) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let all = context.catalog.means("all", &args.logs);
    let logs: Vec<&Log> = if all {
        books.logs.iter().filter(|log| log.person == me && log.claims() && !log.is_flagged()).collect()
    } else {
        let typed = args.logs.split([',', ' ']).filter(|word| !word.is_empty());
        typed.map(|word| named(context, me, word)).collect::<Result<_, _>>()?
    };
    if logs.is_empty() {
        return Err(WorkRefusal::NothingToGive.into());
    }
    let ids: Vec<LogId> = logs.iter().map(|log| log.id).collect();
    let names: Vec<Name> = ids.iter().take(ROWS).map(|id| Name(id.to_string())).collect();
    let (count, more) = (ids.len(), Some(ids.len().saturating_sub(ROWS)).filter(|more| *more > 0));
    let question = vec![WorkLine::GiveHead { count, logs: names, more }.into(), RoomLine::YesOrNo.into()];
    let line = WorkLine::Given { person: books.name_of(me), count }.into();
    Ok(Decision::fact(ClaimsGiven { logs: ids }, vec![line]).asking(question))
}

fn named<'a>(context: CommandContext<'a>, me: PersonId, typed: &str) -> Result<&'a Log, Refusal> {
    let books = context.books;
    let digits = typed.trim_start_matches(['l', 'L', '#']);
    let log = digits
        .parse()
        .ok()
        .and_then(|id| books.log(LogId(id)))
        .ok_or_else(|| WorkRefusal::NoLogToGive { typed: Typed(typed.to_owned()) })?;
    if log.person != me {
        return Err(WorkRefusal::NotYourLog { log: log.id, person: books.name_of(log.person) }.into());
    }
    if log.is_flagged() {
        return Err(WorkRefusal::FlagFirst { log: log.id }.into());
    }
    if !log.claims() {
        return Err(WorkRefusal::DoesNotCount { log: log.id }.into());
    }
    Ok(log)
}
