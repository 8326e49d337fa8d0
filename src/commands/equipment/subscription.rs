//! `subscription ...`: using a machine by the week or the month.

use chrono::{Days, Months, NaiveDate};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::bill::{Used, bill};
use crate::commands::equipment::lookup::{in_use, machine};
use crate::core::books::bill::BillState;
use crate::core::equipment::{Equipment, subscription};
use crate::core::fact::equipment::{Charged, Payer, Period, SubscriptionEnded, SubscriptionStarted};
use crate::core::ids::{EquipmentId, PersonId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::directory::DirectoryChange;
use crate::job_name::JobName;
use crate::message::equipment::{BilledPeriod, EquipmentLine, EquipmentRefusal};
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;

/// `subscription start`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    equipment: EquipmentId,
    period: Period,
}

/// Starts a subscription: a bill now, and another at the end of each period.
///
/// # Errors
/// Refused if the author has not joined or subscribes already, or if the machine is not in use or has no rate for the
/// period.
pub fn start(context: CommandContext, args: Start) -> Result<Decision, Refusal> {
    let me = context.me()?;
    let machine = in_use(context, args.equipment)?;
    if context.books.subscriptions.contains_key(&(machine.id, me)) {
        return Err(EquipmentRefusal::SubscribedAlready { equipment: Name::from(&machine.name) }.into());
    }
    let mut decision =
        Decision::fact(SubscriptionStarted { equipment: machine.id, person: me, period: args.period }, Vec::new());
    // Somebody who stopped and starts again is not billed twice for the same days.
    let from = context
        .books
        .covered_until(machine.id, me)
        .map_or(context.moment.today, |until| until.max(context.moment.today));
    charge_period(context, machine, me, args.period, from, &mut decision)?;
    Ok(decision)
}

fn charge_period(
    context: CommandContext,
    machine: &Equipment,
    person: PersonId,
    period: Period,
    from: NaiveDate,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let until = match period {
        Period::Week => from.checked_add_days(Days::new(7)),
        Period::Month => end_of_month(first_day(context, machine.id, person, from), from),
    };
    let equipment = Name::from(&machine.name);
    let billed = match period {
        Period::Week => BilledPeriod::Week,
        Period::Month => BilledPeriod::Month,
    };
    let none = || EquipmentRefusal::NoPeriodRate { equipment: equipment.clone(), period: billed.clone() };
    let price = price_of(machine, period).ok_or_else(none)?;
    let until = until.ok_or(MoneyRefusal::TooLarge)?;
    let charge = subscription(&machine.terms, price).map_err(|_| MoneyRefusal::TooLarge)?;
    let id = context.books.bills.next();
    let last = until.pred_opt().unwrap_or(until);
    decision.lines.push(
        EquipmentLine::Subscribed {
            bill: id,
            person: context.books.name_of(person),
            equipment,
            price,
            from,
            last,
            period: billed,
        }
        .into(),
    );
    let used =
        Used { person, date: from, charged: Charged::Subscription { from, until }, payer: Payer::Person(person) };
    bill(context, decision, machine, used, &charge)?;
    decision.changes.push(renewal(context, machine, person, until));
    Ok(())
}

/// The first day of the months in a row that end where another begins.
fn first_day(context: CommandContext, machine: EquipmentId, person: PersonId, from: NaiveDate) -> NaiveDate {
    let books = context.books;
    let of_both = books.bills.iter().rev().filter(|bill| {
        bill.equipment == machine && books.canonical_id(bill.person) == person && bill.state != BillState::Undone
    });
    let mut first = from;
    for bill in of_both {
        match bill.charged {
            Charged::Subscription { from, until } if until == first => first = from,
            Charged::Subscription { .. } | Charged::Use { .. } => {}
        }
    }
    first
}

/// The first day after the month that begins on `from`. Months are counted from the first day of all, so that the 31st
/// comes again after a shorter month.
fn end_of_month(first: NaiveDate, from: NaiveDate) -> Option<NaiveDate> {
    (1..).map_while(|months| first.checked_add_months(Months::new(months))).find(|day| *day > from)
}

/// `subscription stop`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    equipment: EquipmentId,
}

/// Ends a subscription: it is not billed again, and the billed days stay covered.
///
/// # Errors
/// Refused if the author has not joined or does not subscribe, or if the machine is unknown.
pub fn stop(context: CommandContext, args: Stop) -> Result<Decision, Refusal> {
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    let machine = machine(context, args.equipment)?;
    let equipment = Name::from(&machine.name);
    if !context.books.subscriptions.contains_key(&(machine.id, me)) {
        return Err(EquipmentRefusal::NotSubscribed { equipment }.into());
    }
    let last =
        context.books.covered_until(machine.id, me).and_then(|until| until.pred_opt()).unwrap_or(context.moment.today);
    let line = EquipmentLine::Unsubscribed { person: context.books.name_of(me), equipment, last }.into();
    Ok(Decision::fact(SubscriptionEnded { equipment: machine.id, person: me }, vec![line]))
}

/// `subscription renew`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    equipment: EquipmentId,
    person: PersonId,
}

/// Bills the next week or month of a subscription. It ends if its machine is not in use or its rate is gone.
///
/// # Errors
/// Refused if the machine is unknown or an amount is too large.
pub fn renew(context: CommandContext, args: Renew) -> Result<Decision, Refusal> {
    let machine = machine(context, args.equipment)?;
    let Some(&period) = context.books.subscriptions.get(&(machine.id, args.person)) else {
        return Ok(Decision::default());
    };
    if !machine.is_in_use() || price_of(machine, period).is_none() {
        return Ok(Decision::fact(SubscriptionEnded { equipment: machine.id, person: args.person }, Vec::new()));
    }
    let until = context.books.covered_until(machine.id, args.person).unwrap_or(context.moment.today);
    let mut decision = Decision::default();
    // The person is covered already after a stop and a new start, or after the time zone moved west.
    if until > context.moment.today {
        decision.changes.push(renewal(context, machine, args.person, until));
    } else {
        charge_period(context, machine, args.person, period, context.moment.today, &mut decision)?;
    }
    Ok(decision)
}

/// The price of a week or a month by the machine's terms.
fn price_of(machine: &Equipment, period: Period) -> Option<Amount> {
    match period {
        Period::Week => machine.terms.week_rate,
        Period::Month => machine.terms.month_rate,
    }
}

/// The job that bills the next period when one is over.
fn renewal(context: CommandContext, machine: &Equipment, person: PersonId, until: NaiveDate) -> DirectoryChange {
    // The inbox keeps a job's name for good, so it has no handle.
    let name = JobName::Subscription(machine.id, context.books.ledger_name(person).to_owned());
    let person = format!("@{}", context.books.handle(person));
    let options = [("equipment", machine.name.clone()), ("person", person)];
    DirectoryChange::Job(context.job(context.books.start_of(until), name, options))
}
