//! What looks like a slip in a movement of money, and is asked about before it is recorded: something like it is in the
//! books already, its reference is another's, or it is far more than usual.

use chrono::TimeDelta;

use crate::commands::context::CommandContext;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::{Contribution, ContributionKind};
use crate::core::fact::people::Role;
use crate::core::ids::{LogId, MoneyId, PersonId, ProjectId};
use crate::core::log::Log;
use crate::core::money::{Amount, Minor};
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;

/// An amount is far above what is usual if it is this many times as much.
const FAR_ABOVE: i128 = 100;

/// How many earlier amounts show what is usual.
const ENOUGH: usize = 3;

/// Who a movement is with.
#[derive(Debug, Clone, Copy)]
pub enum Party<'a> {
    /// A client, as they were named, for a project.
    Client(&'a str, ProjectId),
    /// Somebody who is paid what they are owed.
    Paid(PersonId),
    /// Somebody who pays into a pool.
    Backer(PersonId),
    /// What a fund is spent on.
    Spent(&'a str),
    /// A client who gets money of this income back.
    Refunded(MoneyId),
    /// Something that can be recorded only once.
    Once,
}

/// A movement that is about to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// How much moves.
    pub amount: Amount,
    /// With whom.
    pub party: Party<'a>,
    /// Its reference at the bank.
    pub reference: Option<&'a str>,
}

impl Planned<'_> {
    /// The questions about it, each in one line; none if nothing looks odd.
    pub fn doubts(self, context: CommandContext) -> Vec<Line> {
        let usual = match self.party {
            Party::Client(_, project) => far_above_incomes(context, project, self.amount),
            Party::Paid(_) | Party::Backer(_) | Party::Spent(_) | Party::Refunded(_) | Party::Once => None,
        };
        let like = self.like_before(context);
        [
            like.map(|money| {
                MoneyLine::LooksRecorded { money: money.id, date: money.date, amount: money.amount }.into()
            }),
            self.reference.filter(|_| like.is_none()).and_then(|reference| reference_of_other(context, reference)),
            usual,
            above_bound(context, self.amount),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A movement like it of the last days: as much, with the same party and, if both have one, the same reference.
    fn like_before<'a>(self, context: CommandContext<'a>) -> Option<&'a Money> {
        let books = context.books;
        let days = TimeDelta::days(i64::from(books.settings.repeat_days()));
        let is_recent = |money: &&Money| !days.is_zero() && context.moment.at - money.at <= days;
        books.money.iter().rev().take_while(is_recent).find(|money| {
            let known = reference_of(context, money);
            let is_same_payment = match (known.as_deref(), self.reference) {
                (Some(known), Some(reference)) => known == read_aloud(reference),
                _ => true,
            };
            money.undone_by.is_none()
                && money.amount == self.amount
                && is_same_payment
                && self.is_with(context, &money.movement)
        })
    }

    fn is_with(self, context: CommandContext, movement: &Movement) -> bool {
        let books = context.books;
        let is_person = |known: PersonId, person: PersonId| books.canonical_id(known) == books.canonical_id(person);
        match (self.party, movement) {
            (Party::Client(name, project), Movement::Income { project: of, from, .. }) => {
                project == *of && folded(&context.words(*from)) == folded(name)
            }
            (Party::Paid(person), Movement::Payout { person: to, .. }) => is_person(*to, person),
            (Party::Backer(person), Movement::PoolPayment { person: by, .. }) => is_person(*by, person),
            (Party::Spent(what), Movement::Spending { what: on, .. }) => folded(&context.words(*on)) == folded(what),
            (Party::Refunded(of), Movement::Refund { income, .. }) => of == *income,
            // A party is never like one of another kind.
            (Party::Client(..) | Party::Paid(_) | Party::Backer(_) | Party::Spent(_) | Party::Refunded(_), _)
            | (Party::Once, _) => false,
        }
    }
}

/// A question about another movement that has this reference. A reference means one payment.
pub fn reference_of_other(context: CommandContext, reference: &str) -> Option<Line> {
    let other = first_with(context, reference, |_| true)?;
    let reference = reference.to_owned();
    Some(MoneyLine::ReferenceOfOther { money: other.id, date: other.date, amount: other.amount, reference }.into())
}

/// A question about an amount above the bound that the network has set.
pub fn above_bound(context: CommandContext, amount: Amount) -> Option<Line> {
    let bound = context.books.settings.ask_above.filter(|bound| amount.minor > bound.minor)?;
    Some(MoneyLine::AboveBound { amount, bound }.into())
}

/// The first of these movements that has a reference, however it is written, and was not undone.
fn first_with<'a>(context: CommandContext<'a>, reference: &str, of: impl Fn(&Money) -> bool) -> Option<&'a Money> {
    let wanted = read_aloud(reference);
    let has_it = |money: &&Money| {
        money.undone_by.is_none() && of(money) && reference_of(context, money).is_some_and(|known| known == wanted)
    };
    context.books.money.iter().find(has_it)
}

/// Checks that none of these movements has a reference already. A reference means one payment.
///
/// # Errors
/// [`MoneyRefusal::ReferenceUsed`] if one has.
pub fn is_new(context: CommandContext, reference: Option<&str>, of: impl Fn(&Money) -> bool) -> Result<(), Refusal> {
    let used = reference.and_then(|reference| Some((first_with(context, reference, of)?.id, reference.to_owned())));
    match used {
        Some((money, reference)) => Err(MoneyRefusal::ReferenceUsed { money, reference }.into()),
        None => Ok(()),
    }
}

/// Checks that somebody was not paid with this reference already, of what they are owed or for a cost.
///
/// # Errors
/// As [`is_new`].
pub fn is_new_payment(context: CommandContext, person: PersonId, reference: Option<&str>) -> Result<(), Refusal> {
    let books = context.books;
    let is_theirs = |money: &Money| {
        let to = match &money.movement {
            Movement::Payout { person, .. } => Some(*person),
            Movement::Reimbursement { log, .. } => books.log(*log).map(|log| log.person),
            Movement::Income { .. }
            | Movement::Refund { .. }
            | Movement::Cash { .. }
            | Movement::Spending { .. }
            | Movement::PoolPayment { .. }
            | Movement::Purchase { .. }
            | Movement::BillPayment { .. }
            | Movement::Proceeds { .. }
            | Movement::Undoing { .. } => None,
        };
        to.is_some_and(|to| books.canonical_id(to) == books.canonical_id(person))
    };
    is_new(context, reference, is_theirs)
}

/// Checks that nobody records their own money while another custodian can.
///
/// # Errors
/// [`MoneyRefusal::OwnMoney`] if one can.
pub fn by_another(context: CommandContext, person: PersonId) -> Result<(), Refusal> {
    let books = context.books;
    let me = context.me()?;
    let others: Vec<PersonId> = books.holders(Role::Custodian, None).into_iter().filter(|other| *other != me).collect();
    match books.canonical_id(person) == me && !others.is_empty() {
        true => Err(MoneyRefusal::OwnMoney { custodians: context.names(others) }.into()),
        false => Ok(()),
    }
}

/// A question to a custodian who records the arrival of their own money while there is no other custodian.
///
/// # Errors
/// As [`by_another`].
pub fn own_money(context: CommandContext, person: PersonId, amount: Amount) -> Result<Option<Line>, Refusal> {
    by_another(context, person)?;
    let is_own = context.books.canonical_id(person) == context.me()?;
    let head = || MoneyLine::OwnMoneyHead { person: context.books.name_of(person), amount }.into();
    Ok(is_own.then(head))
}

/// A question about each of these doubts; `None` if there are none.
pub fn question(doubts: Vec<Line>) -> Option<Vec<Line>> {
    (!doubts.is_empty()).then(|| doubts.into_iter().chain([RoomLine::YesOrNo.into()]).collect())
}

/// A question about an income far above what is usual in a project.
fn far_above_incomes(context: CommandContext, project: ProjectId, amount: Amount) -> Option<Line> {
    let live = context.books.money.iter().filter(|money| money.undone_by.is_none());
    let incomes = live.filter(|money| matches!(money.movement, Movement::Income { project: of, .. } if of == project));
    far_above(context, project, amount, incomes.map(|money| money.amount.minor).collect())
}

/// A question about a cost far above what is usual in a project, without the log that it corrects.
pub fn far_above_costs(
    context: CommandContext,
    project: ProjectId,
    contribution: &Contribution,
    corrects: Option<LogId>,
) -> Option<Line> {
    let kind = contribution.kind();
    if !matches!(kind, ContributionKind::Expense | ContributionKind::Material) {
        return None;
    }
    let is_other = |log: &&Log| log.project == project && log.is_live() && Some(log.id) != corrects;
    let logs = context.books.logs.iter().filter(is_other);
    let values = logs.filter(|log| log.contribution.kind() == kind).filter_map(|log| log.contribution.stated_value());
    far_above(context, project, contribution.stated_value()?, values.map(|value| value.minor).collect())
}

fn far_above(context: CommandContext, project: ProjectId, amount: Amount, mut before: Vec<Minor>) -> Option<Line> {
    let middle = before.len().div_euclid(2);
    if before.len() < ENOUGH {
        return None;
    }
    let (_, median, _) = before.select_nth_unstable(middle);
    let median = *median;
    (i128::from(amount.minor) >= FAR_ABOVE * i128::from(median)).then(|| {
        MoneyLine::FarAboveUsual {
            amount,
            project: context.books.project_name(project),
            count: before.len(),
            median: amount.with(median),
        }
        .into()
    })
}

fn reference_of(context: CommandContext, money: &Money) -> Option<String> {
    money.reference.and_then(|text| context.directory.text(text)).map(read_aloud)
}

/// A reference as it is compared: its letters and digits. People leave out dashes, and phones change them.
fn read_aloud(reference: &str) -> String {
    reference.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name as it is compared: without spaces, in lower case.
fn folded(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
