//! The second person: above the network's bound, what was booked goes back only if two people take the same back.

use std::collections::BTreeMap;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::books::state::Books;
use crate::core::ids::{Hash, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::Minor;

/// Which of two people takes something back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It takes only one.
    Alone,
    /// The first; the hash is of what they see.
    First(Hash),
    /// The first, who has said so already.
    FirstAgain,
    /// The second, who sees the same.
    Second,
}

/// Whose turn it is to take back what a decision takes back. `first` has done so before, and the hash is of what they
/// saw.
pub fn turn(context: CommandContext, decision: &Decision, first: Option<(PersonId, Hash)>) -> Turn {
    let books = context.books;
    if books.settings.second_person.is_none_or(|bound| goes_back(books, decision) <= bound.minor) {
        return Turn::Alone;
    }
    // What moves, without the words and salts of either.
    let outcome = Hash::of(&decision.moves());
    match first.filter(|(_, approved)| *approved == outcome) {
        None => Turn::First(outcome),
        Some((first, _)) if Some(first) == context.moment.author.person => Turn::FirstAgain,
        Some(_) => Turn::Second,
    }
}

/// How much money a decision takes from those who have it now: people, funds, projects, pools, machines, taxes and the
/// custodian. Accounts of what is billed, bought or held as a stake are no money.
fn goes_back(books: &Books, decision: &Decision) -> Minor {
    let mut lost: BTreeMap<LedgerAccount, Minor> = BTreeMap::new();
    for (account, debit) in decision.moves().into_iter().flat_map(Transaction::postings) {
        *lost.entry(books.shown(account)).or_default() += debit.minor;
    }
    let is_money = |account: &LedgerAccount| match account {
        LedgerAccount::Custodian
        | LedgerAccount::Person(_)
        | LedgerAccount::Project(_)
        | LedgerAccount::Fund(_)
        | LedgerAccount::Taxes
        | LedgerAccount::Machine(_)
        | LedgerAccount::Pool(..) => true,
        LedgerAccount::Receivable(_)
        | LedgerAccount::Bills(_)
        | LedgerAccount::Equipment(_)
        | LedgerAccount::Stake(..)
        | LedgerAccount::Commons(_) => false,
    };
    let money = lost.iter().filter(|(account, _)| is_money(account));
    money.map(|(_, lost)| *lost).filter(|lost| lost.is_positive()).sum()
}
