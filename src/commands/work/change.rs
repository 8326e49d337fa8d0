//! `log undo` and `log correct`: a log is never edited, but visibly replaced.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::usage;
use crate::commands::money::slips;
use crate::commands::work::lower::{lowered, may_change, undo_log, what_stands};
use crate::core::contribution::Contribution;
use crate::core::entry::Fact;
use crate::core::fact::work::{LogCorrected, TakenBack, WorkFact};
use crate::core::ids::{LogId, PersonId};
use crate::core::ledger::Transaction;
use crate::core::log::{Log, LogStanding};
use crate::core::money::Amount;
use crate::core::time::Minutes;
use crate::message::field::{Term, Typed};
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// For how many hours people can take back their last log.
const UNDO_HOURS: i64 = 24;

/// `log undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// Which; without it the last.
    pub log: Option<LogId>,
}

/// Takes back one of the author's logs of the last 24 hours: the one that is named, or the last.
///
/// # Errors
/// Refused if the author has not joined or has no recent log, if the log is somebody else's or older, or if it can't be
/// changed any more.
pub fn undo(context: CommandContext, args: Undo) -> Result<Action, Refusal> {
    let me = context.me()?;
    let log = match args.log {
        Some(id) => {
            let unknown = || TypedRefusal::UnknownLog { typed: Typed(id.to_string()) };
            let log = context.books.log(id).ok_or_else(unknown)?;
            if log.by != me {
                return Err(WorkRefusal::NotYourLog { log: id, person: context.books.name_of(log.by) }.into());
            }
            Some(log).filter(|log| is_recent(context, log)).ok_or(WorkRefusal::TooOldToUndo { log: id })?
        }
        None => last_log(context, me)?,
    };
    // A machine's claim is taken back with its bill.
    match context.books.bills.iter().find(|bill| bill.log() == Some(log.id)) {
        Some(bill) => usage::undo(context, usage::Undo { bill: bill.id, reason: None }),
        None => Ok(undo_log(context, log)?.into()),
    }
}

/// Whether a log was made in the last hours.
fn is_recent(context: CommandContext, log: &Log) -> bool {
    context.moment.at - log.at <= TimeDelta::hours(UNDO_HOURS)
}

/// The last log that somebody made in the last hours.
fn last_log<'a>(context: CommandContext<'a>, me: PersonId) -> Result<&'a Log, Refusal> {
    let mut recent = context.books.logs.iter().rev().take_while(|log| is_recent(context, log));
    recent.find(|log| log.by == me && log.is_live()).ok_or(WorkRefusal::NothingToUndo.into())
}

/// `log correct`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// Which; without it the last.
    pub log: Option<LogId>,
    /// How long it was, if that changes.
    pub time: Option<Minutes>,
    /// What it was worth, if that changes.
    pub amount: Option<Amount>,
    /// What it was, if that changes.
    pub what: Option<String>,
    /// When it was, if that changes.
    pub date: Option<NaiveDate>,
}

/// Replaces what one of the author's logs says; a cost that is far more than usual only after a yes.
///
/// # Errors
/// Refused if the log is unknown, not the author's or closed, if nothing would change, or if the value does not fit its
/// kind or the day and its limits.
pub fn correct(context: CommandContext, args: Correct) -> Result<Action, Refusal> {
    let is_named = args.log.is_some();
    let decision = corrected(context, args)?;
    let doubts = decision.facts.iter().filter_map(|fact| {
        let Fact::Work(WorkFact::LogCorrected(now)) = fact else { return None };
        let log = context.books.log(now.log).filter(|log| log.contribution != now.contribution)?;
        slips::far_above_costs(context, log.project, &now.contribution, Some(log.id))
    });
    let question = slips::question(doubts.collect()).or_else(|| {
        let of_last = || std::iter::once(WorkLine::CorrectLast.into()).chain(decision.lines.iter().cloned());
        (!is_named).then(|| of_last().chain([RoomLine::YesOrNo.into()]).collect())
    });
    Ok(decision.asking(question))
}

/// What replaces a log.
///
/// # Errors
/// Refused if the log is unknown, not the author's or closed, if nothing would change, or if the value does not fit its
/// kind or the day and its limits.
fn corrected(context: CommandContext, args: Correct) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let log = match args.log {
        Some(id) => context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(id.to_string()) })?,
        None => last_log(context, me)?,
    };
    // Once somebody has agreed to what was logged for them, only they can change it.
    let waits = matches!(log.standing, LogStanding::Waits(_));
    if log.person != me && !(log.by == me && waits) {
        return Err(WorkRefusal::NotYourLog { log: log.id, person: context.books.name_of(log.person) }.into());
    }
    if args.time.is_none() && args.amount.is_none() && args.what.is_none() && args.date.is_none() {
        return Err(WorkRefusal::NothingToCorrect { log: log.id }.into());
    }
    may_change(context, log)?;
    let mut contribution = log.contribution.clone();
    match (&mut contribution, args.time, args.amount) {
        (Contribution::Work { minutes, .. }, time, None) => *minutes = time.unwrap_or(*minutes),
        (
            Contribution::Expense { value }
            | Contribution::Material { value, .. }
            | Contribution::Citation { value }
            | Contribution::Other { value },
            None,
            amount,
        ) => *value = amount.unwrap_or(*value),
        (Contribution::Cash { value }, None, amount) if matches!(log.standing, LogStanding::Waits(_)) => {
            *value = amount.unwrap_or(*value)
        }
        (Contribution::Cash { .. }, None, None) => {}
        (Contribution::Cash { .. }, None, Some(_)) => return Err(WorkRefusal::CashIsConfirmed { log: log.id }.into()),
        (other, ..) => return Err(WorkRefusal::OtherKind { log: log.id, kind: Term::from(other.kind().word()) }.into()),
    }
    let date = args.date.unwrap_or(log.date);
    if date != log.date {
        crate::commands::work::log::within_window(context, date)?;
    }
    if let (Some(now), Some(before)) = (contribution.minutes(), log.contribution.minutes()) {
        let already = if date == log.date { before.0 } else { 0 };
        // Less is always possible, even under newer limits.
        if now.0 > already {
            crate::commands::work::log::room_in_day(context, log.person, date, Minutes(now.0 - already))?;
        }
    }
    let same_words = args.what.as_deref().is_none_or(|what| context.directory.text(log.what) == Some(what));
    if contribution == log.contribution && date == log.date && same_words {
        return Err(WorkRefusal::NothingToCorrect { log: log.id }.into());
    }
    let claims_the_same = contribution == log.contribution && date == log.date;
    let taken_back = if claims_the_same { unchanged()? } else { lowered(context, log, Some((&contribution, date)))? };
    let mut decision = Decision::default();
    let what = match &args.what {
        Some(what) => decision.text(context.moment, what),
        None => log.what,
    };
    decision.lines.push(
        WorkLine::Corrected {
            log: log.id,
            was_time: log.contribution.minutes().filter(|_| args.time.is_some()),
            time: contribution.minutes().filter(|_| args.time.is_some()),
            was_value: log.contribution.stated_value().filter(|_| args.amount.is_some()),
            value: contribution.stated_value().filter(|_| args.amount.is_some()),
            was_date: args.date.map(|_| log.date),
            date: args.date,
            what: args.what,
        }
        .into(),
    );
    decision.lines.extend(what_stands(context, log, &taken_back));
    // Nobody but its author has seen what it claims more than when it was shared.
    let has_received = log.received.is_positive() || log.reimbursed.is_positive();
    let validations = u32::from(has_received && claims_more(context, log, &contribution, date));
    let count = log.validations.max(usize::try_from(validations).unwrap_or(usize::MAX));
    if count > 0 && !claims_the_same {
        decision.lines.push(WorkLine::NeedsValidation { log: log.id, count }.into());
    }
    decision.facts.push(LogCorrected { log: log.id, date, what, contribution, taken_back, validations }.into());
    Ok(decision)
}

/// Whether a log would claim more than it does: by its time or its value, or by the rate of another day.
fn claims_more(context: CommandContext, log: &Log, now: &Contribution, date: NaiveDate) -> bool {
    let (minutes, value) = (|of: &Contribution| of.minutes().map(|minutes| minutes.0), Contribution::stated_value);
    let rate = |of: &Contribution, date| match of {
        Contribution::Work { role, .. } => context.books.rate_for(log.rated_as, role, date).map(|rate| rate.minor),
        _ => None,
    };
    let before = &log.contribution;
    minutes(now) > minutes(before)
        || value(now).map(|now| now.minor) > value(before).map(|before| before.minor)
        || rate(now, date) > rate(before, log.date)
}

/// Takes nothing back: the log claims the same as before.
fn unchanged() -> Result<TakenBack, Refusal> {
    let transaction = Transaction::new([]).map_err(|_| MoneyRefusal::TooLarge)?;
    Ok(TakenBack { shared: Vec::new(), reimbursed: Vec::new(), transaction })
}
