//! Money at the custodian: what came in, what went out, what is held and owed.

use serde::Deserialize;

use crate::commands::context::{Nothing, Scene};
use crate::commands::decision::Decision;
use crate::commands::equipment::bill::payer_name;
use crate::commands::money::available;
use crate::core::books::movement::{Money, Movement};
use crate::core::ids::{EquipmentId, LogId};
use crate::core::ledger::Account;
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::incoming::Seal;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;

/// `money list`: the newest movements first.
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let money = &scene.books.money;
    if money.is_empty() {
        return Ok(Decision::reads(vec![Line::NoMoneyYet]));
    }
    Ok(Decision::reads(list_of(ROWS, money.len(), money.iter().rev().map(|money| row(scene, money)))))
}

/// One movement in one line.
pub fn row(scene: Scene, money: &Money) -> Line {
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
            let (project, fund) = available::words(from);
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
            let payer = books.bill(*bill).map(|bill| payer_name(scene, &bill.payer));
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
    let balances = books.shown_balances();
    let row = |(account, amount): &(Account, Amount)| {
        let amount = *amount;
        Some(match account {
            Account::Custodian => return None,
            Account::Person(handle) => Line::BooksPerson { person: Name::from(handle), owed: amount, advance: amount.minor < 0 },
            Account::Project(name) => {
                let held = books.project_by_name(name).map(|id| books.held(id)).filter(|held| held.minor != 0);
                Line::BooksProject { project: Name::from(name), amount, held, recover: amount.minor < 0 }
            }
            Account::Fund(name) => Line::BooksFund { fund: Name::from(name), amount },
            Account::Taxes => Line::BooksTaxes { amount },
            Account::Machine(name) => Line::BooksMachine { equipment: Name::from(name), amount },
            // A pool's backers are summed up; what is no money comes after what is.
            Account::Pool(..)
            | Account::Receivable(_)
            | Account::Bills(_)
            | Account::Equipment(_)
            | Account::Stake(..)
            | Account::Commons(_) => {
                return None;
            }
        })
    };
    let rows = || balances.iter().filter_map(row);
    lines.extend(list_of(2 * ROWS, rows().count(), rows()));
    let in_pools = books.pools.iter().filter(|pool| pool.state.holds_money()).map(|pool| (pool, pool.paid() + pool.waiting()));
    lines.extend(
        in_pools
            .filter(|(_, held)| *held > 0)
            .map(|(pool, held)| Line::BooksPool { pool: Name::from(&pool.name), amount: books.commodity.minor(held) }),
    );
    for machine in &books.equipment {
        let of = |account| Some(books.ledger.balance(account, books.commodity)).filter(|amount| amount.minor > 0);
        let equipment = || Name::from(&machine.name);
        let commons = of(Account::Commons(machine.name.clone()));
        if let Some(amount) = of(Account::Equipment(machine.name.clone())) {
            let stakes = Some(amount.with(amount.minor - commons.map_or(0, |commons| commons.minor))).filter(|stakes| stakes.minor > 0);
            lines.push(Line::BooksEquipment { equipment: equipment(), amount, stakes, commons });
        }
        lines.extend(of(Account::Bills(machine.name.clone())).map(|amount| Line::BooksBilled { equipment: equipment(), amount }));
    }
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
