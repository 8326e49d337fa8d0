//! Money at the custodian: what came in, what went out, what is held and owed.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::bill::payer_name;
use crate::commands::money::available;
use crate::commands::page::{has_words, page_of};
use crate::core::books::movement::{Money, Movement};
use crate::core::ids::{BillId, EquipmentId, LogId, PoolId};
use crate::core::ledger::LedgerAccount;
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::time::DayRange;
use crate::incoming::EncryptionTrust;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::money::MoneyLine;
use crate::message::picture::Picture;
use crate::message::refusal::Refusal;

/// How many months are drawn at most.
const MONTHS: u32 = 12;

/// `money list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    period: Option<DayRange>,
    what: Option<String>,
    page: Option<u32>,
}

/// Movements of money, the newest first.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let found = context.books.money.iter().rev().filter(|money| args.period.is_none_or(|days| days.has(money.date)));
    let found = found.map(|money| row(context, money)).filter(|row| has_words(row, args.what.as_deref()));
    let found: Vec<Line> = found.collect();
    if found.is_empty() {
        let none = if context.books.money.is_empty() { MoneyLine::NoMoneyYet } else { MoneyLine::NoMoneyLikeThat };
        return Ok(Decision::reads(vec![none.into()]));
    }
    Ok(Decision::reads(page_of(args.page, found.len(), found.into_iter())?))
}

/// One movement in one line.
pub fn row(context: CommandContext, money: &Money) -> Line {
    let books = context.books;
    let (id, date, amount, undone) = (money.id, money.date, money.amount, money.undone_by);
    let reference = money.reference.map(|text| context.words(text));
    match &money.movement {
        Movement::Income { project, net, from, fee, original, distribution, .. } => MoneyLine::MoneyIncome {
            id,
            date,
            amount,
            from: context.words(*from),
            project: books.project_name(*project),
            tax: Some(amount.with(amount.minor - net.minor)).filter(|tax| tax.minor.is_positive()),
            fee: *fee,
            original: *original,
            shared: *distribution,
            reference,
            undone,
        }
        .into(),
        Movement::Refund { income, .. } => {
            MoneyLine::MoneyRefund { id, date, amount, income: *income, reference, undone }.into()
        }
        Movement::Cash { log } => {
            MoneyLine::MoneyCash { id, date, amount, log: *log, person: person_of(context, *log), undone }.into()
        }
        Movement::Payout { person, fee } => {
            MoneyLine::MoneyPayout { id, date, amount, person: books.name_of(*person), fee: *fee, reference, undone }
                .into()
        }
        Movement::Reimbursement { log, from, .. } => reimbursement(context, money, *log, from),
        Movement::Spending { fund, what } => MoneyLine::MoneySpent {
            id,
            date,
            amount,
            fund: Name::from(fund),
            what: context.words(*what),
            reference,
            undone,
        }
        .into(),
        Movement::PoolPayment { pool, person, fee, original, .. } => MoneyLine::MoneyPool {
            id,
            date,
            amount,
            person: books.name_of(*person),
            pool: pool_name(context, *pool),
            fee: *fee,
            original: *original,
            reference,
            undone,
        }
        .into(),
        Movement::Purchase { pool, equipment, supplier, .. } => MoneyLine::MoneyPurchase {
            id,
            date,
            amount,
            equipment: machine_name(context, *equipment),
            pool: pool_name(context, *pool),
            supplier: supplier.map(|text| context.words(text)),
            reference,
            undone,
        }
        .into(),
        Movement::BillPayment { bill } => bill_payment(context, money, *bill),
        Movement::Proceeds { equipment, .. } => {
            let equipment = machine_name(context, *equipment);
            MoneyLine::MoneyProceeds { id, date, amount, equipment, reference, undone }.into()
        }
        Movement::Undoing { of, reason } => {
            MoneyLine::MoneyUndoing { id, date, of: *of, reason: context.words(*reason) }.into()
        }
    }
}

fn reimbursement(context: CommandContext, money: &Money, log: LogId, from: &LedgerAccount) -> Line {
    let (project, fund) = available::words(from);
    MoneyLine::MoneyReimbursed {
        id: money.id,
        date: money.date,
        amount: money.amount,
        log,
        person: person_of(context, log),
        project,
        fund,
        reference: money.reference.map(|text| context.words(text)),
        undone: money.undone_by,
    }
    .into()
}

fn bill_payment(context: CommandContext, money: &Money, id: BillId) -> Line {
    let bill = context.books.bill(id);
    MoneyLine::MoneyBill {
        id: money.id,
        date: money.date,
        amount: money.amount,
        bill: id,
        payer: bill.map(|bill| payer_name(context, &bill.payer)).unwrap_or_default(),
        equipment: bill.map_or_else(|| Name::from(""), |bill| machine_name(context, bill.equipment)),
        reference: money.reference.map(|text| context.words(text)),
        undone: money.undone_by,
    }
    .into()
}

fn pool_name(context: CommandContext, id: PoolId) -> Name {
    Name::from(context.books.pool(id).map_or("", |pool| pool.name.as_str()))
}

fn machine_name(context: CommandContext, id: EquipmentId) -> Name {
    Name::from(context.books.equipment(id).map_or("", |machine| machine.name.as_str()))
}

fn person_of(context: CommandContext, log: LogId) -> Name {
    Name::from(context.books.log(log).map_or("", |log| context.books.handle(log.person)))
}

/// `books`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BooksShow {
    picture: Option<bool>,
}

/// The money that is held and whose it is, and what came in and went out by month.
///
/// # Errors
/// Never refused.
pub fn books(context: CommandContext, args: BooksShow) -> Result<Decision, Refusal> {
    let books = context.books;
    let held = books.ledger.balance(LedgerAccount::Custodian, books.commodity);
    let whose = books.ledger.balances().any(|(account, _)| *account != LedgerAccount::Custodian);
    let mut lines = vec![MoneyLine::BooksHead { network: books.name.clone(), held, whose }.into()];
    let balances = books.shown_balances();
    let row = |(account, amount): &(LedgerAccount, Amount)| {
        let amount = *amount;
        Some(match account {
            LedgerAccount::Custodian => return None,
            LedgerAccount::Person(handle) => {
                MoneyLine::BooksPerson { person: Name::from(handle), owed: amount, advance: amount.minor.is_negative() }
                    .into()
            }
            LedgerAccount::Project(name) => {
                let id = books.project_by_name(name);
                let held = id.map(|id| books.held(id)).filter(|held| held.minor != Minor::ZERO);
                // What the next distribution counts in from before.
                let carried = id.map(|id| amount.with(books.input(id, amount).carried));
                let recover = carried.filter(|carried| carried.minor.is_negative()).map(|carried| -carried);
                MoneyLine::BooksProject { project: Name::from(name), amount, held, recover }.into()
            }
            LedgerAccount::Fund(name) => MoneyLine::BooksFund { fund: Name::from(name), amount }.into(),
            LedgerAccount::Taxes => MoneyLine::BooksTaxes { amount }.into(),
            LedgerAccount::Machine(name) => MoneyLine::BooksMachine { equipment: Name::from(name), amount }.into(),
            // A pool's backers are summed up below; what is not money comes last.
            LedgerAccount::Pool(..)
            | LedgerAccount::Receivable(_)
            | LedgerAccount::Bills(_)
            | LedgerAccount::Equipment(_)
            | LedgerAccount::Stake(..)
            | LedgerAccount::Commons(_) => {
                return None;
            }
        })
    };
    let rows = || balances.iter().filter_map(row);
    lines.extend(list_of(2 * ROWS, rows().count(), rows()));
    let in_pools =
        books.pools.iter().filter(|pool| pool.state.holds_money()).map(|pool| (pool, pool.paid() + pool.waiting()));
    lines.extend(in_pools.filter(|(_, held)| held.is_positive()).map(|(pool, held)| {
        MoneyLine::BooksPool { pool: Name::from(&pool.name), amount: books.commodity.minor(held) }.into()
    }));
    for machine in &books.equipment {
        let of =
            |account| Some(books.ledger.balance(account, books.commodity)).filter(|amount| amount.minor.is_positive());
        let equipment = || Name::from(&machine.name);
        let commons = of(LedgerAccount::Commons(machine.name.clone()));
        if let Some(amount) = of(LedgerAccount::Equipment(machine.name.clone())) {
            let stakes = Some(amount.with(amount.minor - commons.map_or(Minor::ZERO, |commons| commons.minor)))
                .filter(|stakes| stakes.minor.is_positive());
            lines.push(MoneyLine::BooksEquipment { equipment: equipment(), amount, stakes, commons }.into());
        }
        lines.extend(
            of(LedgerAccount::Bills(machine.name.clone()))
                .map(|amount| MoneyLine::BooksBilled { equipment: equipment(), amount }.into()),
        );
    }
    let first_time =
        (context.moment.encryption == EncryptionTrust::Unencrypted).then_some(MoneyLine::ServerTrusted.into());
    let months = if args.picture == Some(false) { Vec::new() } else { by_month(context) };
    let row = |(first, came, went): &(NaiveDate, Amount, Amount)| {
        MoneyLine::MonthRow { month: DayRange::month_of(*first), came: *came, went: *went }.into()
    };
    let long_part = months.iter().map(row).collect();
    let pictures = if months.is_empty() { Vec::new() } else { vec![Picture::Months { months }] };
    Ok(Decision { first_time, pictures, long_part, ..Decision::reads(lines) })
}

/// What came in and went out in each of the last months, if that is more than one month.
fn by_month(context: CommandContext) -> Vec<(NaiveDate, Amount, Amount)> {
    let books = context.books;
    let first_of = |date: NaiveDate| DayRange::month_of(date).first;
    let now = first_of(context.moment.today);
    let mut sums: BTreeMap<NaiveDate, (Minor, Minor)> = BTreeMap::new();
    for money in books.money.iter().filter(|money| money.undone_by.is_none()) {
        let (came, went) = sums.entry(first_of(money.date)).or_default();
        match &money.movement {
            Movement::Income { .. }
            | Movement::Cash { .. }
            | Movement::PoolPayment { .. }
            | Movement::BillPayment { .. }
            | Movement::Proceeds { .. } => *came += money.amount.minor,
            Movement::Refund { .. }
            | Movement::Payout { .. }
            | Movement::Reimbursement { .. }
            | Movement::Spending { .. }
            | Movement::Purchase { .. } => *went += money.amount.minor,
            // What it undoes isn't counted either.
            Movement::Undoing { .. } => {}
        }
    }
    let months = (0..MONTHS).rev().filter_map(|back| now.checked_sub_months(Months::new(back)));
    let begun = sums.keys().next().copied().unwrap_or(now);
    let months: Vec<NaiveDate> = months.filter(|month| *month >= begun).collect();
    if months.len() < 2 {
        return Vec::new();
    }
    let sum = |month: NaiveDate| sums.get(&month).copied().unwrap_or_default();
    let money = |minor| books.commodity.minor(minor);
    months.into_iter().map(|month| (month, money(sum(month).0), money(sum(month).1))).collect()
}

/// `books check`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    balance: Amount,
}

/// Compares the books with the real balance of the custodian's accounts.
///
/// # Errors
/// Never refused.
pub fn check(context: CommandContext, args: Check) -> Result<Decision, Refusal> {
    let held = context.books.ledger.balance(LedgerAccount::Custodian, context.books.commodity);
    let difference = args.balance.with(args.balance.minor - held.minor);
    let line = match difference.minor {
        Minor(0) => MoneyLine::BooksAgree { held }.into(),
        Minor(1..) => MoneyLine::BooksTooLow { held, real: args.balance, difference }.into(),
        _ => MoneyLine::BooksTooHigh { held, real: args.balance, difference: -difference }.into(),
    };
    Ok(Decision::reads(vec![line]))
}
