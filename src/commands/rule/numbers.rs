//! The numbers that people give a rule: cuts, caps, and why a list of buckets is refused.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::core::books::state::Books;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Destination, Lifetime};
use crate::core::rule::build::{Cut, Numbers};
use crate::core::rule::definition::{Rule, RuleError};
use crate::core::rule::preset::{Preset, USUAL_FUNDS};
use crate::grammar::percent::{hundredths, percent, percent_text};
use crate::grammar::resolve::{fund_called, is_person, looks_new};
use crate::grammar::spelling::account_name;
use crate::message::field::{Term, Typed};
use crate::message::refusal::Refusal;
use crate::message::rule::RuleRefusal;
use crate::message::typed::TypedRefusal;

/// The refusal of a flawed rule; `line` is the place in a rule file.
pub fn flawed(flaw: &RuleError, line: Option<usize>) -> Refusal {
    let percent = |hundredths: BasisPoints| percent_text(i64::from(hundredths));
    match *flaw {
        RuleError::NoBuckets => RuleRefusal::RuleEmpty.into(),
        RuleError::Percent { percent: part, .. } => RuleRefusal::PartOutOfRange { line, percent: percent(part) }.into(),
        RuleError::OverWhole { percent: whole, .. } => RuleRefusal::OverWhole { line, percent: percent(whole) }.into(),
        RuleError::TotalLast { .. } => RuleRefusal::TotalLast { line }.into(),
        RuleError::SelectsNothing { .. } => RuleRefusal::SelectsNothing { line }.into(),
        RuleError::Twice { first, bucket, kind } => {
            RuleRefusal::SelectsTwice { line, first, bucket, kind: Term::from(kind.word()) }.into()
        }
        RuleError::Cap { cap, .. } => RuleRefusal::CapOutOfRange { line, cap: percent(cap) }.into(),
        RuleError::Weights { .. } => RuleRefusal::WeightsMeanNothing { line }.into(),
        RuleError::NotAsked { preset, number } => {
            RuleRefusal::NumberNotAsked { preset: Term::from(preset.word()), number: Name::from(number) }.into()
        }
    }
}

/// A preset with its numbers, as typed.
#[derive(Debug, Deserialize)]
pub struct Terms {
    preset: Option<Preset>,
    cut: Option<String>,
    lifetime: Option<Lifetime>,
    infrastructure: Option<String>,
    cash: Option<String>,
    initiation: Option<String>,
    cap: Option<String>,
    work: Option<String>,
    money: Option<String>,
}

impl Terms {
    /// The rule of the preset, if one is named.
    pub(crate) fn rule(&self, context: CommandContext) -> Result<Option<Rule>, Refusal> {
        let Some(preset) = self.preset else { return Ok(None) };
        let part = |typed: &Option<String>| match typed {
            None => Ok(None),
            Some(typed) if ["0", "0%"].contains(&typed.trim()) => Ok(Some(BasisPoints::ZERO)),
            Some(typed) => {
                percent(typed).map(Some).ok_or_else(|| RuleRefusal::NotAShare { typed: Typed(typed.clone()) })
            }
        };
        let factor = |typed: &Option<String>| {
            let read = |typed: &String| typed.trim().parse::<u32>().ok().filter(|n| *n > 0);
            typed
                .as_ref()
                .map(|typed| read(typed).ok_or_else(|| RuleRefusal::NotAWeight { typed: Typed(typed.clone()) }))
                .transpose()
        };
        let numbers = Numbers {
            lifetime: self.lifetime,
            infrastructure: part(&self.infrastructure)?,
            cash: part(&self.cash)?,
            initiation: part(&self.initiation)?,
            cap: self.cap.as_ref().map(|typed| cap(typed)).transpose()?,
            work: factor(&self.work)?,
            money: factor(&self.money)?,
        };
        let cuts = self.cut.as_deref().map(|cut| cuts(context, cut)).transpose()?.unwrap_or_default();
        preset.rule(cuts, &numbers).map(Some).map_err(|flaw| flawed(&flaw, None))
    }
}

/// Parses how far claims are paid: `1.2`, or `120%`.
///
/// # Errors
/// Refused if it can't be read.
pub fn cap(typed: &str) -> Result<BasisPoints, Refusal> {
    let refusal = || RuleRefusal::NotACap { typed: Typed(typed.to_owned()) }.into();
    match typed.trim().strip_suffix('%') {
        Some(_) => percent(typed).ok_or_else(refusal),
        None => {
            hundredths(typed).and_then(|hundredths| hundredths.checked_mul(100)).map(BasisPoints).ok_or_else(refusal)
        }
    }
}

pub(crate) fn funds_are_known(books: &Books, rule: &Rule) -> Result<(), Refusal> {
    for bucket in &rule.buckets {
        if let Destination::Fund(fund) = &bucket.to
            && !books.knows_fund(fund)
        {
            let funds = books.funds();
            let known = funds.keys().map(String::as_str).chain(USUAL_FUNDS);
            // The @ of a person is easily left out.
            let person = books.person_by_handle(fund).map(|person| Name(format!("@{}", books.handle(person))));
            let nearest = person.or_else(|| crate::grammar::spelling::nearest(fund, known).map(Name::from));
            return Err(TypedRefusal::UnknownFund { typed: Typed(fund.clone()), nearest }.into());
        }
    }
    Ok(())
}

/// Parses `5% infrastructure, 10% @ana`: parts of the total for funds and people.
///
/// # Errors
/// Refused if it can't be read, if a person is unknown, or if a new fund's name resembles another's.
pub fn cuts(context: CommandContext, typed: &str) -> Result<Vec<Cut>, Refusal> {
    let refusal = || RuleRefusal::NotACut { typed: Typed(typed.to_owned()) }.into();
    let mut cuts = Vec::new();
    let mut begun = String::new();
    for part in typed.split_inclusive([',', ';']) {
        begun.push_str(part);
        // A comma before the percent sign is a decimal one: `5,5% infrastructure`.
        if !part.contains('%') {
            continue;
        }
        let cut = std::mem::take(&mut begun);
        let (percent, to) = cut.trim_end_matches([',', ';']).split_once('%').ok_or_else(refusal)?;
        let percent = crate::grammar::percent::percent(percent).ok_or_else(refusal)?;
        let to = if is_person(to) {
            Destination::Person(context.people().named_now(to)?)
        } else {
            Destination::Fund(match fund_called(context.books, to) {
                Some(fund) => fund,
                None => new_fund(context, &account_name(to).ok_or_else(refusal)?)?,
            })
        };
        cuts.push(Cut { percent, to });
    }
    if begun.trim().is_empty() { Ok(cuts) } else { Err(refusal()) }
}

/// A name for a new fund that resembles no other fund's.
pub(crate) fn new_fund(context: CommandContext, name: &str) -> Result<String, Refusal> {
    looks_new(name, context.books.funds().keys().map(String::as_str).chain(USUAL_FUNDS))?;
    Ok(name.to_owned())
}
