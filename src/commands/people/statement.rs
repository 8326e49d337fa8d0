//! The money in `me`: what somebody was paid, what their share would be, and a year or another period for the tax
//! office.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::distribution::coming;
use crate::commands::money::record;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::ContributionKind;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::log::Log;
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::time::{DayRange, Minutes};
use crate::message::line::Line;
use crate::message::people::PeopleLine;
use crate::message::refusal::Refusal;

/// What somebody was paid in all, their open claims, and their part of the next income of each project.
pub fn money_lines(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let paid: Minor = payments(context, me).map(|money| money.amount.minor).sum();
    let mut lines: Vec<Line> = Some(books.commodity.minor(paid))
        .filter(|paid| paid.minor.is_positive())
        .map(|amount| PeopleLine::MePaid { amount }.into())
        .into_iter()
        .collect();
    for (&project, state) in &books.projects {
        // As `claim list`; a claim without a rate is open too.
        let is_open = |log: &Log| books.select(&state.rule, log).map_or(true, |selected| selected.is_some());
        let theirs = books.logs.iter().filter(|log| log.person == me && log.project == project && log.claims());
        let claims = theirs.filter(|log| is_open(log)).count();
        if claims == 0 {
            continue;
        }
        let (part, of) = own_part(context, me, project).unzip();
        lines.push(PeopleLine::MeClaims { project: Name::from(&state.name), count: claims, part, of }.into());
    }
    lines
}

/// Since when somebody is owed what they are owed: the day of the oldest distribution whose part isn't paid yet.
/// Payments count for the oldest first. `None` if something else than distributions and payments is part of it.
pub fn owed_since(context: CommandContext, me: PersonId) -> Option<NaiveDate> {
    let books = context.books;
    let mut left = books.owed_to(me).minor;
    let shared: Minor =
        books.distributions.iter().filter(|of| of.reversed_by.is_none()).map(|of| books.part_of(of, me)).sum();
    let paid_out = payments(context, me).filter(|money| matches!(money.movement, Movement::Payout { .. }));
    if shared - paid_out.map(|money| money.amount.minor).sum::<Minor>() != left {
        return None;
    }
    let standing = books.distributions.iter().rev().filter(|distribution| distribution.reversed_by.is_none());
    standing.map(|distribution| (distribution.date, books.part_of(distribution, me))).find_map(|(date, part)| {
        let is_open = left.is_positive();
        left -= part;
        (is_open && !left.is_positive()).then_some(date)
    })
}

/// What logs say that things were worth, and how much cash was given.
pub fn worth<'a>(logs: impl Iterator<Item = &'a Log>) -> (Minor, Minor) {
    let stated = logs.filter_map(|log| Some((log.contribution.kind(), log.contribution.stated_value()?.minor)));
    stated.fold((Minor::ZERO, Minor::ZERO), |(value, cash), (kind, minor)| {
        if kind == ContributionKind::Cash { (value, cash + minor) } else { (value + minor, cash) }
    })
}

/// Somebody's part of the waiting or a supposed income, and that income.
fn own_part(context: CommandContext, me: PersonId, project: ProjectId) -> Option<(Amount, Amount)> {
    let (income, share_estimate) = coming(context, project)?;
    let part: Minor = share_estimate.people.iter().filter(|part| part.to == me).map(|part| part.owed + part.held).sum();
    Some((income.with(part), income))
}

/// The payments to somebody.
fn payments<'a>(context: CommandContext<'a>, me: PersonId) -> impl Iterator<Item = &'a Money> {
    let books = context.books;
    let is_mine = move |money: &&Money| match &money.movement {
        Movement::Payout { person, .. } => books.canonical_id(*person) == me,
        Movement::Reimbursement { log, .. } => books.log(*log).is_some_and(|log| log.person == me),
        _ => false,
    };
    books.money.iter().filter(|money| money.undone_by.is_none()).filter(is_mine)
}

/// Somebody's year or other period: what they were paid, each payment with its reference, and their work.
///
/// # Errors
/// Never refused.
pub fn of_period(context: CommandContext, me: PersonId, days: DayRange) -> Result<Decision, Refusal> {
    let books = context.books;
    let within = |date: NaiveDate| days.has(date);
    let mut lines = vec![PeopleLine::YearHead { person: books.name_of(me), network: books.name.clone(), days }.into()];
    let of_kind = |wanted: fn(&Movement) -> bool| -> (usize, Amount) {
        let found: Vec<Minor> = payments(context, me)
            .filter(|money| within(money.date) && wanted(&money.movement))
            .map(|money| money.amount.minor)
            .collect();
        (found.len(), books.commodity.minor(found.iter().sum()))
    };
    let (count, amount) = of_kind(|movement| matches!(movement, Movement::Payout { .. }));
    lines.push(PeopleLine::YearPaid { amount, count }.into());
    let (count, amount) = of_kind(|movement| matches!(movement, Movement::Reimbursement { .. }));
    if count > 0 {
        lines.push(PeopleLine::YearReimbursed { amount, count }.into());
    }
    lines.extend(payments(context, me).filter(|money| within(money.date)).map(|money| record::row(context, money)));
    for (&project, state) in &books.projects {
        let logs = || {
            books
                .logs
                .iter()
                .filter(|log| log.person == me && log.project == project && log.counts() && within(log.date))
        };
        let minutes: i64 = logs().filter_map(|log| log.contribution.minutes()).map(|minutes| minutes.0).sum();
        let (value, cash) = worth(logs());
        let shared =
            books.distributions.iter().filter(|d| d.project == project && d.reversed_by.is_none() && within(d.date));
        let share: Minor = shared.map(|distribution| books.part_of(distribution, me)).sum();
        if minutes > 0 || value.is_positive() || cash.is_positive() || share.is_positive() {
            let some = |minor| Some(books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
            lines.push(
                PeopleLine::YearProject {
                    project: Name::from(&state.name),
                    time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
                    value: some(value),
                    cash: some(cash),
                    shared: some(share),
                }
                .into(),
            );
        }
    }
    lines.push(PeopleLine::YearBasis.into());
    Ok(Decision::reads(lines))
}
