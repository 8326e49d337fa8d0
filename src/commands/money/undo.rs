//! `money undo`: a custodian's mistake is reversed in the open. Payments that were really made stand, and become advances.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::payout::redirect;
use crate::commands::reply::Line;
use crate::commands::{Decision, Scene};
use crate::core::books::{Distribution, Movement};
use crate::core::contribution::Log;
use crate::core::entry::{MoneyId, MoneyUndone};
use crate::core::ledger::{Account, Transaction};
use crate::core::message::Name;
use crate::core::money::Amount;
use crate::core::refusal::Refusal;

/// `money undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The movement.
    pub entry: MoneyId,
    /// Why.
    pub reason: String,
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
    let mut transaction = books.as_of_now(money.transaction.reversed());
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
        decision.lines.extend(what_waits(scene, distribution, Some(money.id)));
    }
    decision.lines.extend(advances(scene, &fact.transaction));
    decision.facts.push(fact.into());
    Ok(decision)
}

/// What a distribution leaves that is taken back, alone or along with one of its incomes: those that wait again, and what has
/// to be recovered.
pub fn what_waits(scene: Scene, distribution: &Distribution, along_with: Option<MoneyId>) -> Vec<Line> {
    let books = scene.books;
    let project = || books.project_name(distribution.project);
    let mut lines = vec![Line::DistributionReversed { distribution: distribution.id, along: along_with.is_some() }];
    let incomes: Vec<Name> =
        distribution.incomes.iter().filter(|(id, _)| Some(*id) != along_with).map(|(id, _)| Name(id.to_string())).collect();
    if !incomes.is_empty() {
        lines.push(Line::WaitAgain { incomes, project: project() });
    }
    // Where what it could not place has been shared since, that is missing now.
    let carried = books.purse(distribution.project, books.commodity.zero()).carried;
    let left = carried + distribution.carried.minor - distribution.undistributed.minor;
    if left < 0 {
        lines.push(Line::ToRecover { project: project(), amount: books.commodity.minor(-left) });
    }
    lines
}

/// Every line of a distribution, as it stands, back to the project, and what was given on of it. What is held never left it.
pub fn taken_back(scene: Scene, distribution: &Distribution) -> Result<Transaction, Refusal> {
    let books = scene.books;
    let owed = distribution.shares.iter().flat_map(|share| share.owed());
    let to = owed.map(|(whose, minor)| (books.account_of_recipient(&whose), books.commodity.minor(minor)));
    let given = Transaction::credit(books.project_account(distribution.project), to).map_err(|_| Refusal::TooLarge)?;
    let all = distribution.redirected.iter().try_fold(given, |all, redirected| Ok(all.and(redirect::transaction(scene, redirected)?)));
    all.map(|all| all.reversed())
}

/// Who has now received more than they are owed, and which funds have spent more than they have.
pub fn advances(scene: Scene, transaction: &Transaction) -> Vec<Line> {
    let mut debits: BTreeMap<&Account, Amount> = BTreeMap::new();
    for (account, debit) in transaction.postings() {
        debits.entry(account).or_insert(debit.with(0)).minor += debit.minor;
    }
    let after = debits.into_iter().filter_map(|(account, debit)| match account {
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
