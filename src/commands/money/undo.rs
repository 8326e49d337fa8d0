//! `money undo`: a custodian's mistake is reversed in the open. Payments that were really made stand, and become advances.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::reply::Line;
use crate::commands::{Decision, Scene};
use crate::core::books::{Distribution, Movement};
use crate::core::contribution::Log;
use crate::core::distribution::{Given, Share};
use crate::core::entry::{MoneyId, MoneyUndone, PersonId};
use crate::core::ledger::{Account, Posting, Transaction};
use crate::core::message::Name;
use crate::core::refusal::Refusal;

/// `money undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    entry: MoneyId,
    reason: String,
}

/// Reverses a movement of money; with an income, the distribution that shared it.
pub fn undo(scene: Scene, args: Undo) -> Result<Decision, Refusal> {
    let books = scene.books;
    let money = books.money(args.entry).ok_or_else(|| Refusal::UnknownMoney { typed: args.entry.to_string() })?;
    if let Some(by) = money.undone_by {
        return Err(Refusal::UndoneAlready { money: money.id, by });
    }
    let mut reversed = None;
    match &money.movement {
        Movement::Undoing { .. } => return Err(Refusal::UndoingStands { money: money.id }),
        Movement::Income { distribution, .. } => {
            let refund = books
                .money
                .iter()
                .find(|m| m.undone_by.is_none() && matches!(m.movement, Movement::Refund { income, .. } if income == money.id));
            if let Some(refund) = refund {
                return Err(Refusal::UndoFirst { money: refund.id });
            }
            reversed = distribution.and_then(|id| books.distribution(id));
        }
        Movement::Cash { log } if books.log(*log).is_some_and(Log::is_flagged) => return Err(Refusal::FlagFirst { log: *log }),
        Movement::Cash { log } if books.log(*log).is_some_and(|log| log.paid > 0 || !log.shared_in.is_empty()) => {
            return Err(Refusal::SharedAlready { log: *log });
        }
        _ => {}
    }
    let mut transaction = money.transaction.reversed();
    if let Movement::Reimbursement { log, from, taken_back } = &money.movement
        && let Some(log) = books.log(*log)
    {
        // What the person owed back of it, they no longer do.
        let forgiven = Transaction::credit(from.clone(), [(books.account_of(log.person), *taken_back)]).map_err(|_| Refusal::TooLarge)?;
        transaction = transaction.and(forgiven);
    }
    if let Some(distribution) = reversed {
        transaction = transaction.and(taken_back(scene, distribution)?);
    }
    let mut decision = Decision::default();
    let id = books.next_money();
    let fact = MoneyUndone {
        money: id,
        undone: money.id,
        reversed: reversed.map(|d| d.id).into_iter().collect(),
        reason: decision.text(scene.ctx, &args.reason),
        transaction,
    };
    decision.lines.push(Line::MoneyUndone { money: id, undone: money.id, amount: money.amount, reason: args.reason });
    if let Some(distribution) = reversed {
        decision.lines.push(Line::DistributionReversed { distribution: distribution.id });
        let incomes: Vec<Name> =
            distribution.incomes.iter().filter(|(id, _)| *id != money.id).map(|(id, _)| Name(id.to_string())).collect();
        if !incomes.is_empty() {
            decision.lines.push(Line::WaitAgain { incomes, project: books.project_name(distribution.project) });
        }
        let account = books.project_account(distribution.project);
        let back: i64 = fact.transaction.postings().iter().filter(|(posted, _)| *posted == account).map(|(_, debit)| -debit.minor).sum();
        let waiting = books.waiting_income(distribution.project).minor
            + distribution.incomes.iter().map(|(_, amount)| amount.minor).sum::<i64>()
            - distribution.incomes.iter().filter(|(id, _)| *id == money.id).map(|(_, amount)| amount.minor).sum::<i64>();
        let held: i64 = distribution.shares.iter().map(held_in).sum();
        let left = books.ledger.balance(account, books.commodity).minor + back - waiting - (books.held(distribution.project).minor - held);
        if left < 0 {
            decision.lines.push(Line::ToRecover { project: books.project_name(distribution.project), amount: money.amount.with(-left) });
        }
    }
    decision.lines.extend(advances(scene, &fact.transaction));
    decision.facts.push(fact.into());
    Ok(decision)
}

fn held_in(share: &Share) -> i64 {
    match &share.given {
        Given::Claims(parts) => parts.iter().filter(|(claim, _)| claim.held).map(|(_, part)| part).sum(),
        Given::Fund(_) | Given::Person(_) => 0,
    }
}

/// Every line of a distribution, as it stands, back to the project. What is held never left it.
fn taken_back(scene: Scene, distribution: &Distribution) -> Result<Transaction, Refusal> {
    let books = scene.books;
    let mut people: BTreeMap<PersonId, i64> = BTreeMap::new();
    let mut postings: Vec<Posting> = Vec::new();
    for share in &distribution.shares {
        match &share.given {
            Given::Fund(name) => postings.push((Account::Fund(name.clone()), books.commodity.minor(share.placed))),
            Given::Person(person) => *people.entry(*person).or_default() += share.placed,
            Given::Claims(parts) => {
                parts.iter().filter(|(claim, _)| !claim.held).for_each(|(claim, part)| *people.entry(claim.person).or_default() += part)
            }
        }
    }
    postings.extend(people.into_iter().map(|(person, minor)| (books.account_of(person), books.commodity.minor(minor))));
    let given = Transaction::credit(books.project_account(distribution.project), postings).map_err(|_| Refusal::TooLarge)?;
    Ok(given.reversed())
}

/// Who has now received more than they are owed, and which funds have spent more than they have.
fn advances(scene: Scene, transaction: &Transaction) -> Vec<Line> {
    let after = transaction.postings().iter().filter_map(|(account, debit)| match account {
        Account::Person(handle) => {
            let owed = scene.books.ledger.balance(account.clone(), debit.commodity).minor - debit.minor;
            (owed < 0).then(|| Line::Advance { person: Name::from(handle), amount: debit.with(-owed) })
        }
        Account::Fund(fund) => {
            let left = scene.books.ledger.balance(account.clone(), debit.commodity).minor - debit.minor;
            (left < 0).then(|| Line::FundBelow { fund: Name::from(fund), amount: debit.with(-left) })
        }
        _ => None,
    });
    after.collect()
}
