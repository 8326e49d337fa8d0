//! `log flag`, `flag resolve` and the reminder: doubts about a log, raised and settled in the open.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::reply::Line;
use crate::commands::{Decision, Scene};
use crate::core::books::Distribution;
use crate::core::contribution::{Log, Standing};
use crate::core::distribution::{Claim, Given, Share, fill_claims};
use crate::core::entry::{FlagKept, FlagStruck, LogFlagged, LogId, Released, Role};
use crate::core::ledger::Transaction;
use crate::core::message::Name;
use crate::core::refusal::Refusal;
use crate::core::rule::{Destination, Lifetime};
use crate::directory::{Job, Write};

/// After how many days an open flag is brought to the stewards.
const REMIND_DAYS: i64 = 14;

/// `log flag`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    log: LogId,
    reason: String,
}

fn log_of(scene: Scene<'_>, id: LogId) -> Result<&Log, Refusal> {
    scene.books.log(id).ok_or_else(|| Refusal::UnknownLog { typed: id.to_string() })
}

/// Raises a doubt.
pub fn raise(scene: Scene, args: Raise) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let log = log_of(scene, args.log)?;
    match log.standing {
        Standing::Counts => {}
        Standing::Flagged(_) => return Err(Refusal::FlaggedAlready { log: log.id }),
        _ => return Err(Refusal::DoesNotCount { log: log.id }),
    }
    if log.person == me {
        return Err(Refusal::OwnLog { log: log.id });
    }
    let mut decision = Decision::default();
    let reason = decision.text(scene.ctx, &args.reason);
    decision.facts.push(LogFlagged { log: log.id, reason }.into());
    decision.writes.push(Write::Job(Job {
        due_at: scene.ctx.at + TimeDelta::days(REMIND_DAYS),
        name: format!("flag {}", log.id),
        command: "flag remind".to_owned(),
        options: BTreeMap::from([("log".to_owned(), log.id.to_string())]),
        room: scene.ctx.room.clone(),
    }));
    decision.lines.push(Line::Flagged { log: log.id, person: scene.books.name_of(log.person), reason: args.reason });
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

/// Settles a doubt: held shares go to the person, or to the others of their distribution.
pub fn resolve(scene: Scene, args: Resolve) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let log = log_of(scene, args.log)?;
    let Standing::Flagged(flag) = &log.standing else { return Err(Refusal::NotFlagged { log: log.id }) };
    if [log.person, log.by, flag.by].contains(&me) {
        return Err(Refusal::PartyToFlag { log: log.id });
    }
    let mut released = Vec::new();
    for distribution in scene.books.distributions.iter().filter(|d| d.reversed_by.is_none()) {
        for share in &distribution.shares {
            released.extend(release(scene, log, distribution, share, args.verdict)?);
        }
    }
    let paid = released.iter().flat_map(|release| &release.to).filter(|(.., held)| !held);
    let to = paid.clone().map(|(_, person, amount, _)| (scene.books.account_of(*person), *amount));
    let transaction = Transaction::credit(scene.books.project_account(log.project), to).map_err(|_| Refusal::TooLarge)?;
    let person = scene.books.name_of(log.person);
    let moved = scene.books.commodity.minor(paid.map(|(_, _, amount, _)| amount.minor).sum());
    let moved = Some(moved).filter(|amount| amount.minor > 0);
    Ok(match args.verdict {
        Verdict::Keep => {
            Decision::fact(FlagKept { log: log.id, released, transaction }, vec![Line::Kept { log: log.id, person, paid: moved }])
        }
        Verdict::Strike => {
            Decision::fact(FlagStruck { log: log.id, released, transaction }, vec![Line::Struck { log: log.id, person, shared: moved }])
        }
    })
}

/// What becomes of the part of one bucket that is held for a log.
fn release(scene: Scene, log: &Log, distribution: &Distribution, share: &Share, verdict: Verdict) -> Result<Option<Released>, Refusal> {
    let Given::Claims(parts) = &share.given else { return Ok(None) };
    let Some((_, held)) = parts.iter().find(|(claim, _)| claim.log == log.id && claim.held) else { return Ok(None) };
    let amount = |minor| scene.books.commodity.minor(minor);
    if verdict == Verdict::Keep {
        let to = vec![(log.id, log.person, amount(*held), false)];
        return Ok(Some(Released { distribution: distribution.id, bucket: share.bucket, to, undistributed: amount(0) }));
    }
    let cap = match distribution.rule.buckets.get(share.bucket).map(|bucket| &bucket.to) {
        Some(Destination::Claims { lifetime: Lifetime::UntilPaid, cap, .. }) => Some(*cap),
        _ => None,
    };
    let mut others = Vec::new();
    for (claim, _) in parts.iter().filter(|(claim, _)| claim.log != log.id) {
        let Some(other) = scene.books.log(claim.log).filter(|other| other.is_live()) else { continue };
        let room = cap
            .map(|cap| scene.books.room(other, cap))
            .transpose()
            .map_err(|rate| Refusal::NoRate { role: Name::from(&rate.role), date: rate.date })?;
        others.push(Claim { room: room.map(|room| room.max(0)), ..claim.clone() });
    }
    let filled = fill_claims(*held, others).map_err(|_| Refusal::TooLarge)?;
    let left = held - filled.iter().map(|(_, part)| part).sum::<i64>();
    let to =
        filled.into_iter().filter(|(_, part)| *part > 0).map(|(claim, part)| (claim.log, claim.person, amount(part), claim.held)).collect();
    Ok(Some(Released { distribution: distribution.id, bucket: share.bucket, to, undistributed: amount(left) }))
}

/// `flag remind`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    log: LogId,
}

/// Brings a flag that is still open to the stewards.
pub fn remind(scene: Scene, args: Remind) -> Result<Decision, Refusal> {
    let log = log_of(scene, args.log)?;
    if !log.is_flagged() {
        return Ok(Decision::default());
    }
    let stewards = scene.names(scene.books.holders(Role::Steward, None));
    Ok(Decision::reads(vec![Line::FlagStillOpen { log: log.id, person: scene.books.name_of(log.person), stewards }]))
}
