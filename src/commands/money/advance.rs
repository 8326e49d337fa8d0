//! Advances: what somebody has received beyond what they are owed.

use std::collections::BTreeMap;

use crate::commands::context::CommandContext;
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::message::line::Line;
use crate::message::money::MoneyLine;

/// Who has received more than they are owed after a transaction, and which funds have spent more than they have.
pub fn advances(context: CommandContext, transaction: &Transaction) -> Vec<Line> {
    let mut debits: BTreeMap<LedgerAccount, (&LedgerAccount, Amount)> = BTreeMap::new();
    for (account, debit) in transaction.postings() {
        debits.entry(context.books.shown(account)).or_insert((account, debit.with(Minor::ZERO))).1.minor += debit.minor;
    }
    let after = debits.iter().filter_map(|(shown, &(account, debit))| match shown {
        LedgerAccount::Person(handle) => {
            let owed = context.books.ledger.balance(account.clone(), debit.commodity).minor - debit.minor;
            owed.is_negative()
                .then(|| MoneyLine::Advance { person: Name::from(handle), amount: debit.with(-owed) }.into())
        }
        LedgerAccount::Fund(fund) => {
            let left = context.books.ledger.balance(account.clone(), debit.commodity).minor - debit.minor;
            left.is_negative()
                .then(|| MoneyLine::FundBelow { fund: Name::from(fund), amount: debit.with(-left) }.into())
        }
        _ => None,
    });
    after.collect()
}
