//! `log flag`, `flag resolve` and the reminder: doubts about a log, raised and settled in the open.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::owners::share_of_machines;
use crate::commands::work::lower::{lowered, what_stands};
use crate::core::books::distributed::Distribution;
use crate::core::distribution::fill::Claim;
use crate::core::distribution::run::share_again;
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::fact::people::Role;
use crate::core::fact::work::{Amended, AmendedPart, FlagKept, FlagStruck, LogFlagged};
use crate::core::ids::{LogId, PersonId};
use crate::core::ledger::{Posting, Transaction};
use crate::core::log::{Flag, Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::rule::bucket::{Bucket, Destination};
use crate::directory::DirectoryChange;
use crate::job_name::JobName;
use crate::message::field::{Typed, WorkRole};
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// `log flag`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    log: LogId,
    reason: String,
}

fn log_of(context: CommandContext<'_>, id: LogId) -> Result<&Log, Refusal> {
    context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(id.to_string()) }.into())
}

/// Flags a log.
///
/// # Errors
/// Refused if the author has not joined, or if the log is unknown, their own, flagged already or does not count.
pub fn raise(context: CommandContext, args: Raise) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let log = log_of(context, args.log)?;
    match log.standing {
        LogStanding::Counts if !log.gift => {}
        LogStanding::Flagged(_) => return Err(WorkRefusal::FlaggedAlready { log: log.id }.into()),
        _ => return Err(WorkRefusal::DoesNotCount { log: log.id }.into()),
    }
    if log.person == me {
        return Err(WorkRefusal::OwnLog { log: log.id }.into());
    }
    let mut decision = Decision::default();
    let reason = decision.text(context.moment, &args.reason);
    decision.facts.push(LogFlagged { log: log.id, reason }.into());
    let due_at = context.moment.at + TimeDelta::days(i64::from(context.books.settings.flag_days()));
    let job = context.job(due_at, JobName::Flag(log.id), [("log", log.id.to_string())]);
    decision.changes.push(DirectoryChange::Job(job));
    decision
        .lines
        .push(WorkLine::Flagged { log: log.id, person: context.books.name_of(log.person), reason: args.reason }.into());
    Ok(decision)
}

/// `flag resolve`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    log: LogId,
    verdict: Verdict,
}

/// How a flag is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Keep,
    Strike,
}

/// The people who are party to a doubt, and don't settle it.
pub(crate) fn may_not_settle(log: &Log, flag: &Flag) -> [PersonId; 3] {
    [log.person, log.by, flag.by]
}

/// Settles a flag: held shares go to the person, or to the others of their distribution.
///
/// # Errors
/// Refused if the author has not joined or is a party, if the log is unknown or not flagged, or if a rate is missing.
pub fn resolve(context: CommandContext, args: Resolve) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let log = log_of(context, args.log)?;
    let LogStanding::Flagged(flag) = &log.standing else { return Err(WorkRefusal::NotFlagged { log: log.id }.into()) };
    if may_not_settle(log, flag).contains(&me) {
        return Err(WorkRefusal::PartyToFlag { log: log.id }.into());
    }
    let person = context.books.name_of(log.person);
    let account = context.books.project_account(log.project);
    let held = held_shares(context, log);
    if args.verdict == Verdict::Keep {
        let amount = context.books.commodity.minor(held.iter().map(|(.., part)| part).sum());
        let transaction = Transaction::credit(account, [(context.books.account_of(log.person), amount)])
            .map_err(|_| MoneyRefusal::TooLarge)?;
        let paid = Some(amount).filter(|amount| amount.minor.is_positive());
        let mut kept = Decision::fact(
            FlagKept { log: log.id, transaction },
            vec![WorkLine::Kept { log: log.id, person, paid }.into()],
        );
        share_of_machines(context, &mut kept.facts, &mut kept.lines)?;
        return Ok(Decision { changes: reminders(context, log.id), ..kept });
    }
    let mut amended = Vec::new();
    let mut again = Again::default();
    for (distribution, share, part) in held {
        amended.push(struck(context, log, distribution, share, part, &mut again)?);
    }
    let Again { to, .. } = again;
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| {
        Some(context.books.commodity.minor(amounts.map(|amount| amount.minor).sum()))
            .filter(|sum| sum.minor.is_positive())
    };
    let shared = sum(&mut to.iter().map(|(_, amount)| *amount));
    let left = sum(&mut amended.iter().map(|amended| amended.undistributed));
    // What the log was paid before it was flagged goes back as if its author had undone it.
    let taken_back = lowered(context, log, None)?;
    let transaction =
        Transaction::credit(account, to).map_err(|_| MoneyRefusal::TooLarge)?.and(taken_back.transaction.clone());
    let stands = what_stands(context, log, &taken_back);
    let project = context.books.project_name(log.project);
    let lines =
        std::iter::once(WorkLine::Struck { log: log.id, person, shared, left, project }.into()).chain(stands).collect();
    let mut decision = Decision::fact(FlagStruck { log: log.id, amended, taken_back, transaction }, lines);
    share_of_machines(context, &mut decision.facts, &mut decision.lines)?;
    decision.changes = reminders(context, log.id);
    Ok(decision)
}

/// The changes that end the reminders of a flag.
fn reminders(context: CommandContext, log: LogId) -> Vec<DirectoryChange> {
    context.directory.jobs_called(&JobName::Flag(log)).cloned().map(DirectoryChange::JobDone).collect()
}

/// What a strike has shared again so far: who is owed, and what each claim got, so that no room is filled twice.
#[derive(Default)]
struct Again {
    to: Vec<Posting>,
    given: BTreeMap<LogId, Minor>,
}

/// The shares that are held for a log.
fn held_shares<'a>(context: CommandContext<'a>, log: &Log) -> Vec<(&'a Distribution, &'a Share, Minor)> {
    let mut held = Vec::new();
    for distribution in context.books.distributions.iter().filter(|d| d.reversed_by.is_none()) {
        for share in &distribution.shares {
            let BucketResult::Claims(parts) = &share.given else { continue };
            let own = parts.iter().find(|(claim, part)| claim.log == log.id && claim.held && part.is_positive());
            held.extend(own.map(|(_, part)| (distribution, share, *part)));
        }
    }
    held
}

/// Amends a distribution after a log in it was struck: its part goes to the others of its bucket, then to the buckets
/// that follow. What is owed for it is added to `again`; parts that are flagged themselves stay held.
fn struck(
    context: CommandContext,
    log: &Log,
    distribution: &Distribution,
    share: &Share,
    part: Minor,
    again: &mut Again,
) -> Result<Amended, Refusal> {
    let books = context.books;
    let mut missing = None;
    let others = |share: &Share| {
        let cap = distribution.rule.buckets.get(share.bucket).and_then(Bucket::cap);
        let BucketResult::Claims(parts) = &share.given else { return Vec::new() };
        // What was given for a line of a milestone is held for that line again.
        if distribution.rule.buckets.get(share.bucket).is_some_and(|bucket| bucket.to == Destination::Budget) {
            return Vec::new();
        }
        let live = parts.iter().filter(|(claim, _)| {
            claim.log != log.id
                && books.log(claim.log).is_some_and(|log| {
                    !log.gift && matches!(log.standing, LogStanding::Counts | LogStanding::Flagged(_))
                })
        });
        let mut room = |claim: &Claim| match (cap, books.log(claim.log)) {
            (Some(cap), Some(other)) => Some(books.room(other, cap).map_or_else(
                |rate| {
                    missing.get_or_insert(rate);
                    Minor::ZERO
                },
                |room| (room - again.given.get(&claim.log).copied().unwrap_or_default()).max(Minor::ZERO),
            )),
            _ => None,
        };
        live.map(|(claim, _)| Claim { room: room(claim), ..claim.clone() }).collect()
    };
    let shared = share_again(&distribution.rule, &distribution.shares, share.bucket, part, others);
    if let Some(rate) = missing {
        return Err(WorkRefusal::NoRate { role: WorkRole(rate.role.to_owned()), date: rate.date }.into());
    }
    let (more, left) = shared.map_err(|_| MoneyRefusal::TooLarge)?;
    let amount = |minor| books.commodity.minor(minor);
    let mut parts = vec![AmendedPart { bucket: share.bucket, to: Recipient::Claim(log.id), amount: amount(-part) }];
    for (bucket, recipient, minor) in more {
        let mut is_owed = true;
        if let Recipient::Claim(other) = &recipient {
            *again.given.entry(*other).or_default() += minor;
            is_owed = !distribution.holds(*other);
        }
        if is_owed {
            again.to.push((books.account_of_recipient(&recipient), amount(minor)));
        }
        parts.push(AmendedPart { bucket, to: recipient, amount: amount(minor) });
    }
    Ok(Amended { distribution: distribution.id, parts, undistributed: amount(left) })
}

/// `flag remind`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    log: LogId,
}

/// Reminds those who can resolve it of a flag that is still open.
///
/// # Errors
/// Refused if the log is unknown.
pub fn remind(context: CommandContext, args: Remind) -> Result<Decision, Refusal> {
    let log = log_of(context, args.log)?;
    let LogStanding::Flagged(flag) = &log.standing else { return Ok(Decision::default()) };
    let mut resolvers =
        [context.books.holders(Role::Lead, Some(log.project)), context.books.holders(Role::Steward, None)].concat();
    resolvers.retain(|person| ![log.person, log.by, flag.by].contains(person));
    resolvers.sort_unstable();
    resolvers.dedup();
    let (nobody, resolvers) = (resolvers.is_empty(), context.names(resolvers));
    Ok(Decision::reads(vec![
        WorkLine::FlagStillOpen { log: log.id, person: context.books.name_of(log.person), resolvers, nobody }.into(),
    ]))
}
