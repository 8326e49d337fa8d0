//! Money at the custodian: what came in, what went out, what is held and owed.

pub mod income;
pub mod spend;
pub mod undo;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::people::Nothing;
use super::reply::{Line, ROWS, list_of};
use super::{Decision, Scene};
use crate::core::books::{Money, Movement};
use crate::core::entry::{EquipmentId, LogId, Payer};
use crate::core::ledger::Account;
use crate::core::message::Name;
use crate::core::money::Amount;
use crate::core::refusal::Refusal;
use crate::intake::Seal;

/// `money list`: the newest movements first.
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let money = &scene.books.money;
    if money.is_empty() {
        return Ok(Decision::reads(vec![Line::NoMoneyYet]));
    }
    Ok(Decision::reads(list_of(ROWS, money.len(), money.iter().rev().map(|money| row(scene, money)))))
}

/// One movement in one line.
fn row(scene: Scene, money: &Money) -> Line {
    let books = scene.books;
    let (id, date, amount, undone) = (money.id, money.date, money.amount, money.undone_by);
    match &money.movement {
        Movement::Income { project, net, from, fee, original, distribution, .. } => Line::MoneyIncome {
            id,
            date,
            amount,
            from: scene.words(*from),
            project: books.project_name(*project),
            tax: Some(amount.with(amount.minor - net.minor)).filter(|tax| tax.minor > 0),
            fee: *fee,
            original: *original,
            shared: *distribution,
            undone,
        },
        Movement::Refund { income, .. } => Line::MoneyRefund { id, date, amount, income: *income, undone },
        Movement::Cash { log } => Line::MoneyCash { id, date, amount, log: *log, person: person_of(scene, *log), undone },
        Movement::Payout { person, fee, reference } => Line::MoneyPayout {
            id,
            date,
            amount,
            person: books.name_of(*person),
            fee: *fee,
            reference: reference.map(|text| scene.words(text)),
            undone,
        },
        Movement::Reimbursement { log, from, .. } => {
            let (project, fund) = spend::words(from);
            Line::MoneyReimbursed { id, date, amount, log: *log, person: person_of(scene, *log), project, fund, undone }
        }
        Movement::Spending { fund, what } => {
            Line::MoneySpent { id, date, amount, fund: Name::from(fund), what: scene.words(*what), undone }
        }
        Movement::PoolPayment { pool, person, fee, original, reference, .. } => Line::MoneyPool {
            id,
            date,
            amount,
            person: books.name_of(*person),
            pool: Name::from(books.pool(*pool).map_or("", |pool| pool.name.as_str())),
            fee: *fee,
            original: *original,
            reference: reference.map(|text| scene.words(text)),
            undone,
        },
        Movement::Purchase { pool, equipment, supplier, .. } => Line::MoneyPurchase {
            id,
            date,
            amount,
            equipment: machine_name(scene, *equipment),
            pool: Name::from(books.pool(*pool).map_or("", |pool| pool.name.as_str())),
            supplier: supplier.map(|text| scene.words(text)),
            undone,
        },
        Movement::BillPayment { bill } => {
            let payer = books.bill(*bill).map(|bill| match &bill.payer {
                Payer::Project(project) => books.project_name(*project).0,
                Payer::Person(person) => books.handle(*person).to_owned(),
                Payer::Client(name) => scene.words(*name),
            });
            let equipment = books.bill(*bill).map_or_else(|| Name::from(""), |bill| machine_name(scene, bill.equipment));
            Line::MoneyBill { id, date, amount, bill: *bill, payer: payer.unwrap_or_default(), equipment, undone }
        }
        Movement::Proceeds { equipment, .. } => {
            Line::MoneyProceeds { id, date, amount, equipment: machine_name(scene, *equipment), undone }
        }
        Movement::Undoing { of, reason } => Line::MoneyUndoing { id, date, of: *of, reason: scene.words(*reason) },
    }
}

fn machine_name(scene: Scene, id: EquipmentId) -> Name {
    Name::from(scene.books.equipment(id).map_or("", |machine| machine.name.as_str()))
}

fn person_of(scene: Scene, log: LogId) -> Name {
    Name::from(scene.books.log(log).map_or("", |log| scene.books.handle(log.person)))
}

/// `books`: what is held, and whose it is.
pub fn books(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let books = scene.books;
    let held = books.ledger.balance(Account::Custodian, books.commodity);
    let whose = books.ledger.balances().any(|(account, _)| *account != Account::Custodian);
    let mut lines = vec![Line::BooksHead { network: books.name.clone(), held, whose }];
    let row = |(account, amount): (&Account, Amount)| {
        Some(match account {
            Account::Custodian => return None,
            Account::Person(handle) => Line::BooksPerson { person: Name::from(handle), owed: amount, advance: amount.minor < 0 },
            Account::Project(name) => {
                let held = books.project_by_name(name).map(|id| books.held(id)).filter(|held| held.minor != 0);
                Line::BooksProject { project: Name::from(name), amount, held, recover: amount.minor < 0 }
            }
            Account::Fund(name) => Line::BooksFund { fund: Name::from(name), amount },
            Account::Taxes => Line::BooksTaxes { amount },
            Account::Bills(name) => Line::BooksBilled { equipment: Name::from(name), amount },
            Account::Machine(name) => Line::BooksMachine { equipment: Name::from(name), amount },
            Account::Equipment(name) => Line::BooksEquipment { equipment: Name::from(name), amount },
            Account::Commons(name) => Line::BooksCommons { equipment: Name::from(name), amount },
            // These are summed up below.
            Account::Pool(..) | Account::Stake(..) | Account::Receivable(_) => return None,
        })
    };
    let rows = || books.ledger.balances().filter_map(row);
    lines.extend(list_of(2 * ROWS, rows().count(), rows()));
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (account, amount) in books.ledger.balances() {
        let of = match account {
            Account::Pool(pool, _) => ("pool", pool.as_str()),
            Account::Receivable(_) => ("receivable", ""),
            Account::Stake(equipment, _) => ("stakes", equipment.as_str()),
            _ => continue,
        };
        *sums.entry(of).or_default() += amount.minor;
    }
    lines.extend(sums.into_iter().map(|((of, name), minor)| {
        let amount = books.commodity.minor(minor);
        match of {
            "pool" => Line::BooksPool { pool: Name::from(name), amount },
            "receivable" => Line::BooksReceivable { amount },
            _ => Line::BooksStakes { equipment: Name::from(name), amount },
        }
    }));
    let once = (scene.ctx.seal == Seal::Open).then_some(Line::ServerTrusted);
    Ok(Decision { once, ..Decision::reads(lines) })
}

/// `books check`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    balance: Amount,
}

/// Compares the books with what is really on the custodian's accounts.
pub fn check(scene: Scene, args: Check) -> Result<Decision, Refusal> {
    let held = scene.books.ledger.balance(Account::Custodian, scene.books.commodity);
    let difference = args.balance.with(args.balance.minor - held.minor);
    let line = match difference.minor {
        0 => Line::BooksAgree { held },
        1.. => Line::BooksTooLow { held, real: args.balance, difference },
        _ => Line::BooksTooHigh { held, real: args.balance, difference: -difference },
    };
    Ok(Decision::reads(vec![line]))
}
