//! `rate set`: what an hour in a role is worth.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::contribution::Contribution;
use crate::core::fact::rule::RateSet;
use crate::core::ids::PersonId;
use crate::core::log::Log;
use crate::core::money::{Amount, Minor};
use crate::message::field::WorkRole;
use crate::message::refusal::Refusal;
use crate::message::rule::{RuleLine, RuleRefusal};
use crate::message::typed::TypedRefusal;

/// The most an hour may be worth: weights then stay far inside what `split` multiplies exactly.
const LARGEST_RATE: Minor = Minor(1_000_000_000);

/// The first day of a rate that holds for all work so far: before any day that can be typed.
pub(crate) const FROM_THE_BEGINNING: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("1 January 1970 is a day");

/// `rate set`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRate {
    role: String,
    amount: Amount,
    person: Option<PersonId>,
    from: Option<NaiveDate>,
}

/// Sets what an hour in a role is worth from a day on. A role's first rate, if no day is named, holds for all earlier
/// work as well. A rate can't change the value of work that already has one.
///
/// # Errors
/// Refused if the rate is too large, or if it would change the value of existing work.
pub fn set_rate(context: CommandContext, args: SetRate) -> Result<Decision, Refusal> {
    let books = context.books;
    if args.amount.minor > LARGEST_RATE {
        return Err(TypedRefusal::TooMuch { most: books.commodity.minor(LARGEST_RATE) }.into());
    }
    let is_first = args.person.is_none() && !books.rates.iter().any(|rate| rate.role == args.role);
    let from = args.from.unwrap_or(if is_first { FROM_THE_BEGINNING } else { context.moment.today });
    let in_role = |log: &&Log| matches!(&log.contribution, Contribution::Work { role, .. } if *role == args.role);
    let touched = books
        .logs
        .iter()
        .filter(in_role)
        .filter(|log| log.is_live() && log.date >= from && args.person.is_none_or(|person| log.rated_as == person));
    let mut newly = 0;
    let mut changed: Option<(&Log, Amount)> = None;
    for log in touched {
        match books.governing_rate(log.rated_as, &args.role, log.date) {
            // A rate of a later day, or the person's own, still governs.
            Some(rate) if rate.from > from || (rate.person.is_some() && args.person.is_none()) => {}
            None => newly += 1,
            Some(rate) if rate.per_hour != args.amount && changed.is_none_or(|(latest, _)| log.date > latest.date) => {
                changed = Some((log, rate.per_hour));
            }
            Some(_) => {}
        }
    }
    if let Some((log, per_hour)) = changed {
        return Err(RuleRefusal::RateInUse {
            log: log.id,
            per_hour,
            earliest: log.date.succ_opt().unwrap_or(log.date),
        }
        .into());
    }
    let line = RuleLine::RateSet {
        role: WorkRole(args.role.to_owned()),
        person: args.person.map(|person| books.name_of(person)),
        per_hour: args.amount,
        from: Some(from).filter(|from| *from > FROM_THE_BEGINNING),
        newly: Some(newly).filter(|count| *count > 0),
    }
    .into();
    Ok(Decision::fact(RateSet { role: args.role, person: args.person, per_hour: args.amount, from }, vec![line]))
}
