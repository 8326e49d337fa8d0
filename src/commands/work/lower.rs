//! What a log gives back when it is lowered or taken back.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::{Contribution, money_owed};
use crate::core::distribution::share::{BucketResult, Recipient};
use crate::core::fact::work::{Amended, AmendedPart, LogUndone, TakenBack};
use crate::core::ids::DistributionId;
use crate::core::ledger::Transaction;
use crate::core::log::{Log, LogStanding};
use crate::core::money::Minor;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::Subject;
use crate::message::field::WorkRole;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// Takes a log back, with what it had received under `until paid`.
///
/// # Errors
/// Refused if the log can't be changed any more, or if an amount is too large.
pub fn undo_log(context: CommandContext, log: &Log) -> Result<Decision, Refusal> {
    may_change(context, log)?;
    let taken_back = lowered(context, log, None)?;
    let what = Some(context.words(log.what)).filter(|what| !what.is_empty());
    let sentence = context.directory.sentence(log.what).map(str::to_owned);
    let mut lines = vec![WorkLine::Undone { log: log.id, what, sentence }.into()];
    lines.extend(what_stands(context, log, &taken_back));
    Ok(Decision::fact(LogUndone { log: log.id, taken_back }, lines))
}

/// What a claim gives back when its log is lowered (or, without `now`, taken back): what it received beyond its new
/// ceiling, first from distributions, the latest first, then from reimbursements.
///
/// # Errors
/// Refused if a rate is missing, or if an amount is too large.
pub fn lowered(
    context: CommandContext,
    log: &Log,
    now: Option<(&Contribution, NaiveDate)>,
) -> Result<TakenBack, Refusal> {
    let books = context.books;
    let parts = parts_paid(context, log);
    let received = parts.iter().map(|(.., part)| part).sum::<Minor>() + log.reimbursed;
    let ceiling = match now {
        Some((contribution, date)) if received.is_positive() => ceiling(context, log, contribution, date)?,
        _ => Minor::ZERO,
    };
    let mut excess = (received - ceiling).max(Minor::ZERO);
    let mut shared = Vec::new();
    for (distribution, bucket, part) in parts {
        let back = books.commodity.minor(excess.min(part));
        if back.minor.is_positive() {
            excess -= back.minor;
            let part = AmendedPart { bucket, to: Recipient::Claim(log.id), amount: -back };
            shared.push(Amended { distribution, parts: vec![part], undistributed: back });
        }
    }
    let mut reimbursed = Vec::new();
    let mut to = vec![(
        books.project_account(log.project),
        books.commodity.minor(shared.iter().map(|amended| amended.undistributed.minor).sum()),
    )];
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
    reimbursed.retain(|(_, back)| back.minor.is_positive());
    let transaction = Transaction::credit(books.account_of(log.person), to).map_err(|_| MoneyRefusal::TooLarge)?;
    Ok(TakenBack { shared, reimbursed, transaction })
}

/// What distributions paid a claim under `until paid`, the latest first, without what is held.
fn parts_paid(context: CommandContext, log: &Log) -> Vec<(DistributionId, usize, Minor)> {
    let mut paid = Vec::new();
    for distribution in log.shared_in.iter().rev().filter_map(|id| context.books.distribution(*id)) {
        for share in &distribution.shares {
            let BucketResult::Claims(parts) = &share.given else { continue };
            if distribution.rule.buckets.get(share.bucket).is_some_and(|bucket| bucket.cap().is_some()) {
                let own = parts.iter().filter(|(claim, part)| claim.log == log.id && !claim.held && part.is_positive());
                paid.extend(own.map(|(_, part)| (distribution.id, share.bucket, *part)));
            }
        }
    }
    paid
}

/// The most that a claim may receive in all under a changed log.
fn ceiling(context: CommandContext, log: &Log, contribution: &Contribution, date: NaiveDate) -> Result<Minor, Refusal> {
    let role = contribution.role().unwrap_or_default();
    let rate = context.books.rate_for(log.rated_as, role, date);
    let exact =
        contribution.exact_value(rate).ok_or_else(|| WorkRefusal::NoRate { role: WorkRole(role.to_owned()), date })?;
    let now = Subject { kind: contribution.kind(), role: contribution.role(), date, ..log.subject() };
    // A wider cap of an earlier rule still holds.
    let cap = context.books.widest_cap(log.project, &now).unwrap_or(BasisPoints::ONE);
    cap.of(money_owed(exact)).ok_or(MoneyRefusal::TooLarge.into())
}

/// The consequence for money: an excess goes back, or shared money stands.
pub fn what_stands(context: CommandContext, log: &Log, back: &TakenBack) -> Option<Line> {
    let (_, debit) =
        back.transaction.postings().first().filter(|(_, debit)| debit.minor.is_positive()).cloned().unzip();
    match debit {
        Some(amount) => Some(WorkLine::TakenBack { person: context.books.name_of(log.person), amount }.into()),
        // What is held was never received.
        None => (log.received > context.books.held_for(log.id).minor)
            .then_some(WorkLine::SharedStands { log: log.id }.into()),
    }
}

/// Checks that a log can change: it is not closed, it is not flagged with a share that is held, and it is not confirmed
/// cash.
pub(crate) fn may_change(context: CommandContext, log: &Log) -> Result<(), Refusal> {
    if !log.is_live() {
        return Err(WorkRefusal::LogIsClosed { log: log.id }.into());
    }
    if log.is_flagged() && !log.shared_in.is_empty() {
        return Err(WorkRefusal::FlagFirst { log: log.id }.into());
    }
    let confirmed_cash =
        matches!(log.contribution, Contribution::Cash { .. }) && !matches!(log.standing, LogStanding::Waits(_));
    let undone = |m: &Money| m.undone_by.is_some() && m.movement == Movement::Cash { log: log.id };
    if confirmed_cash && !context.books.money.iter().any(undone) {
        return Err(WorkRefusal::CashIsConfirmed { log: log.id }.into());
    }
    Ok(())
}
