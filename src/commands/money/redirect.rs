//! `payout redirect`: somebody redirects their coming share, or a part of it.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::distribution::share::Recipient;
use crate::core::fact::money::{RedirectSet, Redirected};
use crate::core::ids::PersonId;
use crate::core::ledger::Transaction;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::percent::{percent, percent_text};
use crate::grammar::resolve::{fund_called, is_person, near_name};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::rule::RuleRefusal;
use crate::message::typed::TypedRefusal;

/// `payout redirect`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    share: String,
    to: Option<String>,
    until: Option<NaiveDate>,
}

/// Redirects a part of the author's coming shares: of the next distribution, or of all until a day. A share of 0 ends
/// it.
///
/// # Errors
/// Refused if the author has not joined or has no redirect to end, if the share can't be read, if the receiver is
/// missing, unknown, the author or part of a circle, or if the day is over.
pub fn redirect(context: CommandContext, args: Redirect) -> Result<Decision, Refusal> {
    let books = context.books;
    let typed = args.share.trim().trim_end_matches('%');
    if typed == "0" || context.catalog.means("off", &args.share) {
        // Who has left can end what they had promised.
        let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
        if !books.redirects.contains_key(&me) {
            return Err(MoneyRefusal::NoRedirect.into());
        }
        let fact = RedirectSet { person: me, percent: BasisPoints::ZERO, to: Recipient::Person(me), until: None };
        let lines = vec![MoneyLine::RedirectEnded.into()];
        return Ok(Decision { author: Some(me), ..Decision::fact(fact, lines) });
    }
    let me = context.me()?;
    let refusal = || RuleRefusal::NotAShare { typed: Typed(args.share.clone()) };
    let percent = percent(typed)
        .filter(|percent| (BasisPoints::LEAST..=BasisPoints::ONE).contains(percent))
        .ok_or_else(refusal)?;
    let to = recipient(context, args.to.as_deref().ok_or(MoneyRefusal::RedirectToWhom)?)?;
    if let Some(until) = args.until.filter(|until| *until < context.moment.today) {
        return Err(MoneyRefusal::DayIsOver { date: until }.into());
    }
    if let Recipient::Person(to) = to {
        if to == me {
            return Err(MoneyRefusal::RedirectToSelf.into());
        }
        if comes_back(context, to, me) {
            return Err(MoneyRefusal::RedirectCircle { person: books.name_of(to) }.into());
        }
    }
    let (person, fund) = names(context, &to);
    let line = MoneyLine::RedirectSet {
        percent: percent_text(i64::from(percent)),
        person,
        fund,
        until: args.until,
        once: args.until.is_none(),
    }
    .into();
    Ok(Decision::fact(RedirectSet { person: me, percent, to, until: args.until }, vec![line]))
}

/// Somebody's redirect in one line, if they have one.
pub fn of(context: CommandContext, person: PersonId) -> Option<Line> {
    let redirect = context
        .books
        .redirects
        .get(&person)
        .filter(|redirect| redirect.until.is_none_or(|until| until >= context.moment.today))?;
    let (to, fund) = names(context, &redirect.to);
    let (percent, until) = (percent_text(i64::from(redirect.percent)), redirect.until);
    Some(MoneyLine::RedirectSet { percent, person: to, fund, until, once: until.is_none() }.into())
}

/// Whether a chain of redirects leads back to a person. Nothing is redirected twice, but people would promise each
/// other the same money.
fn comes_back(context: CommandContext, from: PersonId, to: PersonId) -> bool {
    let mut seen = vec![from];
    while let Some(Recipient::Person(next)) = seen
        .last()
        .and_then(|last| context.books.redirects.get(last))
        .filter(|redirect| redirect.until.is_none_or(|until| until >= context.moment.today))
        .map(|redirect| &redirect.to)
    {
        let next = context.books.canonical_id(*next);
        if next == to {
            return true;
        }
        if seen.contains(&next) {
            return false;
        }
        seen.push(next);
    }
    false
}

/// A fund by name, or a person; `@` always means a person.
fn recipient(context: CommandContext, typed: &str) -> Result<Recipient, Refusal> {
    let books = context.books;
    if let Some(fund) = fund_called(books, typed).filter(|_| !is_person(typed)) {
        return Ok(Recipient::Fund(fund));
    }
    context.people().named_now(typed).map(Recipient::Person).map_err(|refusal| match refusal {
        Refusal::Typed(TypedRefusal::UnknownPerson { typed, nearest }) if !is_person(&typed.0) => {
            let funds = books.funds();
            let nearest = near_name(&typed.0, funds.keys().map(String::as_str)).or(nearest);
            MoneyRefusal::UnknownRecipient { typed, nearest }.into()
        }
        other => other,
    })
}

fn names(context: CommandContext, to: &Recipient) -> (Option<Name>, Option<Name>) {
    match to {
        Recipient::Person(person) => (Some(context.books.name_of(context.books.canonical_id(*person))), None),
        Recipient::Fund(fund) => (None, Some(Name::from(fund))),
        Recipient::Claim(_) => (None, None),
    }
}

/// A redirected amount in one line.
pub fn row(context: CommandContext, redirected: &Redirected) -> Line {
    let (to, fund) = names(context, &redirected.to);
    MoneyLine::Redirected {
        person: context.books.name_of(context.books.canonical_id(redirected.person)),
        amount: redirected.amount,
        to,
        fund,
    }
    .into()
}

/// The transaction of a redirected amount.
///
/// # Errors
/// Refused if the amount is too large.
pub fn transaction(context: CommandContext, redirected: &Redirected) -> Result<Transaction, Refusal> {
    let books = context.books;
    let from = books.account_of(books.canonical_id(redirected.person));
    Transaction::credit(from, [(books.account_of_recipient(&redirected.to), redirected.amount)])
        .map_err(|_| MoneyRefusal::TooLarge.into())
}
