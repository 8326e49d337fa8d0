//! `log undo` and `log correct`: a log is never edited, it is replaced in the open.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::Scene;
use crate::commands::decision::Decision;
use crate::commands::equipment::usage::take_back;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::{Contribution, money_owed};
use crate::core::distribution::share::{Given, Recipient};
use crate::core::fact::work::{Amended, AmendedPart, LogCorrected, LogUndone, TakenBack};
use crate::core::ids::{DistributionId, LogId};
use crate::core::ledger::Transaction;
use crate::core::log::{Log, Standing};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::rule::bucket::{Subject, WHOLE};
use crate::core::split::rounded_down;
use crate::core::time::Minutes;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::refusal::Refusal;

/// How long one's own last log can be taken back.
const UNDO_HOURS: i64 = 24;

/// `log undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {}

/// Takes back one's own last log.
pub fn undo(scene: Scene, _: Undo) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let recent = |log: &&Log| scene.ctx.at - log.at <= TimeDelta::hours(UNDO_HOURS);
    let last = scene.books.logs.iter().rev().take_while(recent).find(|log| log.by == me && log.is_live()).ok_or(Refusal::NothingToUndo)?;
    // What a machine claims goes with its bill.
    match scene.books.bills.iter().find(|bill| bill.log() == Some(last.id)) {
        Some(bill) => take_back(scene, bill, ""),
        None => undo_log(scene, last),
    }
}

/// Takes a log back, with what it had received under `until paid`.
pub fn undo_log(scene: Scene, log: &Log) -> Result<Decision, Refusal> {
    may_change(scene, log)?;
    let taken_back = lowered(scene, log, None)?;
    let mut lines = vec![Line::Undone { log: log.id, what: Some(scene.words(log.what)).filter(|what| !what.is_empty()) }];
    lines.extend(what_stands(scene, log, &taken_back));
    Ok(Decision::fact(LogUndone { log: log.id, taken_back }, lines))
}

/// `log correct`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    log: LogId,
    time: Option<Minutes>,
    amount: Option<Amount>,
    what: Option<String>,
    date: Option<NaiveDate>,
}

/// Replaces what one of one's own logs says.
pub fn correct(scene: Scene, args: Correct) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let log = scene.books.log(args.log).ok_or_else(|| Refusal::UnknownLog { typed: args.log.to_string() })?;
    // Once somebody said yes to what was logged for them, it is theirs alone to change.
    let waits = matches!(log.standing, Standing::Waits(_));
    if log.person != me && !(log.by == me && waits) {
        return Err(Refusal::NotYourLog { log: log.id, person: scene.books.name_of(log.person) });
    }
    if args.time.is_none() && args.amount.is_none() && args.what.is_none() && args.date.is_none() {
        return Err(Refusal::NothingToCorrect { log: log.id });
    }
    may_change(scene, log)?;
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
        (Contribution::Cash { value }, None, amount) if matches!(log.standing, Standing::Waits(_)) => *value = amount.unwrap_or(*value),
        (Contribution::Cash { .. }, None, None) => {}
        (Contribution::Cash { .. }, None, Some(_)) => return Err(Refusal::CashIsConfirmed { log: log.id }),
        (other, ..) => return Err(Refusal::OtherKind { log: log.id, kind: Term::from(other.kind().word()) }),
    }
    let date = args.date.unwrap_or(log.date);
    if date != log.date {
        crate::commands::work::log::within_window(scene, date)?;
    }
    if let (Some(now), Some(before)) = (contribution.minutes(), log.contribution.minutes()) {
        let already = if date == log.date { before.0 } else { 0 };
        // Less is always possible, whatever limits came since.
        if now.0 > already {
            crate::commands::work::log::room_in_day(scene, log.person, date, Minutes(now.0 - already))?;
        }
    }
    let same_words = args.what.as_deref().is_none_or(|what| scene.directory.text(log.what) == Some(what));
    if contribution == log.contribution && date == log.date && same_words {
        return Err(Refusal::NothingToCorrect { log: log.id });
    }
    let claims_the_same = contribution == log.contribution && date == log.date;
    let taken_back = if claims_the_same { unchanged()? } else { lowered(scene, log, Some((&contribution, date)))? };
    let mut decision = Decision::default();
    let what = match &args.what {
        Some(what) => decision.text(scene.ctx, what),
        None => log.what,
    };
    decision.lines.push(Line::Corrected {
        log: log.id,
        was_time: log.contribution.minutes().filter(|_| args.time.is_some()),
        time: contribution.minutes().filter(|_| args.time.is_some()),
        was_value: log.contribution.stated_value().filter(|_| args.amount.is_some()),
        value: contribution.stated_value().filter(|_| args.amount.is_some()),
        was_date: args.date.map(|_| log.date),
        date: args.date,
        what: args.what,
    });
    decision.lines.extend(what_stands(scene, log, &taken_back));
    if log.validations > 0 && !claims_the_same {
        decision.lines.push(Line::NeedsValidation { log: log.id, count: log.validations });
    }
    decision.facts.push(LogCorrected { log: log.id, date, what, contribution, taken_back }.into());
    Ok(decision)
}

/// What a claim gives back whose log claims what it did before.
fn unchanged() -> Result<TakenBack, Refusal> {
    let transaction = Transaction::new([]).map_err(|_| Refusal::TooLarge)?;
    Ok(TakenBack { shared: Vec::new(), reimbursed: Vec::new(), transaction })
}

/// A log that was taken back or struck is closed, and one whose share is held waits for its flag; confirmed cash is money
/// in the custodian's books.
fn may_change(scene: Scene, log: &Log) -> Result<(), Refusal> {
    if !log.is_live() {
        return Err(Refusal::LogIsClosed { log: log.id });
    }
    if log.is_flagged() && !log.shared_in.is_empty() {
        return Err(Refusal::FlagFirst { log: log.id });
    }
    let confirmed_cash = matches!(log.contribution, Contribution::Cash { .. }) && !matches!(log.standing, Standing::Waits(_));
    let undone = |m: &Money| m.undone_by.is_some() && m.movement == Movement::Cash { log: log.id };
    if confirmed_cash && !scene.books.money.iter().any(undone) {
        return Err(Refusal::CashIsConfirmed { log: log.id });
    }
    Ok(())
}

/// What a claim gives back when its log says something lower (or nothing): what it received beyond its new ceiling, first of
/// what distributions gave it, the latest first, then of what was reimbursed.
pub fn lowered(scene: Scene, log: &Log, now: Option<(&Contribution, NaiveDate)>) -> Result<TakenBack, Refusal> {
    let books = scene.books;
    let parts = parts_paid(scene, log);
    let received = parts.iter().map(|(.., part)| part).sum::<i64>() + log.reimbursed;
    let ceiling = match now {
        Some((contribution, date)) if received > 0 => ceiling(scene, log, contribution, date)?,
        _ => 0,
    };
    let mut excess = (received - ceiling).max(0);
    let mut shared = Vec::new();
    for (distribution, bucket, part) in parts {
        let back = books.commodity.minor(excess.min(part));
        if back.minor > 0 {
            excess -= back.minor;
            let part = AmendedPart { bucket, to: Recipient::Claim(log.id), amount: -back };
            shared.push(Amended { distribution, parts: vec![part], undistributed: back });
        }
    }
    let mut reimbursed = Vec::new();
    let mut to =
        vec![(books.project_account(log.project), books.commodity.minor(shared.iter().map(|amended| amended.undistributed.minor).sum()))];
    for money in books.money.iter().rev().filter(|money| money.undone_by.is_none()) {
        if let Movement::Reimbursement { log: of, from, taken_back } = &money.movement
            && *of == log.id
        {
            let back = money.amount.with(excess.min(money.amount.minor - taken_back.minor));
            excess -= back.minor;
            reimbursed.push((money.id, back));
            to.push((from.clone(), back));
        }
    }
    reimbursed.retain(|(_, back)| back.minor > 0);
    let transaction = Transaction::credit(books.account_of(log.person), to).map_err(|_| Refusal::TooLarge)?;
    Ok(TakenBack { shared, reimbursed, transaction })
}

/// What distributions paid a claim under `until paid`, the latest first, without what is held.
fn parts_paid(scene: Scene, log: &Log) -> Vec<(DistributionId, usize, i64)> {
    let mut paid = Vec::new();
    for distribution in log.shared_in.iter().rev().filter_map(|id| scene.books.distribution(*id)) {
        for share in &distribution.shares {
            let Given::Claims(parts) = &share.given else { continue };
            if distribution.rule.buckets.get(share.bucket).is_some_and(|bucket| bucket.cap().is_some()) {
                let own = parts.iter().filter(|(claim, part)| claim.log == log.id && !claim.held && *part > 0);
                paid.extend(own.map(|(_, part)| (distribution.id, share.bucket, *part)));
            }
        }
    }
    paid
}

/// The most that a claim may have received in all if its log said this.
fn ceiling(scene: Scene, log: &Log, contribution: &Contribution, date: NaiveDate) -> Result<i64, Refusal> {
    let role = contribution.role().unwrap_or_default();
    let rate = scene.books.rate_for(log.rated_as, role, date);
    let exact = contribution.exact_value(rate).ok_or_else(|| Refusal::NoRate { role: Name::from(role), date })?;
    let now = Subject { kind: contribution.kind(), role: contribution.role(), date, ..log.subject() };
    // What an earlier rule paid further than the one in use stands.
    let cap = scene.books.widest_cap(log.project, &now).unwrap_or(WHOLE);
    rounded_down(i128::from(money_owed(exact)), i128::from(cap), i128::from(WHOLE)).ok_or(Refusal::TooLarge)
}

/// What a change does not reach: money that was shared stands; what was credited too much goes back.
pub fn what_stands(scene: Scene, log: &Log, back: &TakenBack) -> Option<Line> {
    let (_, debit) = back.transaction.postings().first().filter(|(_, debit)| debit.minor > 0).cloned().unzip();
    match debit {
        Some(amount) => Some(Line::TakenBack { person: scene.books.name_of(log.person), amount }),
        None => (!log.shared_in.is_empty()).then_some(Line::SharedStands { log: log.id }),
    }
}
