//! The books in plain-text accounting formats that other programs read: hledger's journal and beancount.
//!
//! There a credit is negative; elsewhere in this program people see what is owed as positive (see [`core::ledger`](crate::core::ledger)).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::core::books::state::Books;
use crate::core::entry::{Entry, Fact};
use crate::core::ledger::Account;
use crate::core::money::Amount;
use crate::directory::Directory;

/// A transaction with its day and what it was, in a few words.
struct Dated {
    date: NaiveDate,
    seq: u64,
    what: String,
    postings: Vec<(Account, Amount)>,
}

fn dated(books: &Books, directory: &Directory, entries: &[Entry]) -> Vec<Dated> {
    let mut all: Vec<Dated> = entries
        .iter()
        .filter_map(|entry| {
            let postings = entry.transaction()?.postings().iter().map(|(account, amount)| (books.shown(account), *amount)).collect();
            let date = match &entry.fact {
                Fact::IncomeRecorded(income) => income.date,
                Fact::PoolPaid(paid) => paid.date,
                _ => entry.at.with_timezone(&books.timezone).date_naive(),
            };
            Some(Dated { date, seq: entry.seq, what: what(books, directory, &entry.fact), postings })
        })
        .collect();
    all.sort_by_key(|transaction| (transaction.date, transaction.seq));
    all
}

fn what(books: &Books, directory: &Directory, fact: &Fact) -> String {
    let text = |text| directory.text(text).unwrap_or_default();
    let pool = |id| books.pool(id).map_or("", |pool| pool.name.as_str());
    let machine = |id| books.equipment(id).map_or("", |machine| machine.name.as_str());
    match fact {
        Fact::IncomeRecorded(f) => format!("{} income from {}", f.money, text(f.from)),
        Fact::IncomeRefunded(f) => format!("{} refund of {}", f.money, f.income),
        Fact::CashReceived(f) => format!("{} cash of {}", f.money, f.log),
        Fact::Distributed(f) => format!("{} distribution", f.distribution),
        Fact::PaidOut(f) => format!("{} payout {}", f.money, f.reference.map(text).unwrap_or_default()),
        Fact::CostReimbursed(f) => format!("{} reimbursement of {}", f.money, f.log),
        Fact::FundSpent(f) => format!("{} {}", f.money, text(f.what)),
        Fact::MoneyUndone(f) => format!("{} undoing of {}: {}", f.money, f.undone, text(f.reason)),
        Fact::PeopleJoined(f) => format!("{} is {}", books.handle_of_id(f.gone), books.handle_of_id(f.kept)),
        Fact::LogCorrected(f) => format!("{} corrected", f.log),
        Fact::LogUndone(f) => format!("{} undone", f.log),
        Fact::FlagKept(f) => format!("{} kept", f.log),
        Fact::FlagStruck(f) => format!("{} struck", f.log),
        Fact::PoolPaid(f) => format!("{} {} into the pool {}", f.money, books.handle(f.person), pool(f.pool)),
        Fact::PoolToppedUp(f) => format!("{} into the pool {}", books.holder_name(&f.holder), pool(f.pool)),
        Fact::PledgeWithdrawn(f) => format!("{} withdraws from the pool {}", books.holder_name(&f.holder), pool(f.pool)),
        Fact::PoolSettled(f) => format!("outcome of the pool {}", pool(f.pool)),
        Fact::PoolGiven(f) => format!("the pool {} is its project's", pool(f.pool)),
        Fact::PoolCancelled(f) => format!("the pool {} is cancelled: {}", pool(f.pool), text(f.reason)),
        Fact::EquipmentBought(f) => {
            format!("{} purchase of {} {}", f.money, machine(f.equipment), f.supplier.map(text).unwrap_or_default())
        }
        Fact::Billed(f) => format!("{} bill for {}", f.bill, machine(f.equipment)),
        Fact::BillPaid(f) => format!("{} payment of {}", f.money.map(|money| money.to_string()).unwrap_or_default(), f.bill),
        Fact::BillUndone(f) => format!("{} undone: {}", f.bill, text(f.reason)),
        Fact::MachineShared(f) => format!("share of {}", machine(f.equipment)),
        Fact::MachineShareReversed(f) => format!("share of {} by {} taken back", machine(f.equipment), f.distribution),
        Fact::HandedOver(f) => format!("{} is a shareable", machine(f.equipment)),
        Fact::StakeTransferred(f) => {
            format!("stake in {} from {} to {}", machine(f.equipment), books.handle_of_id(f.from), books.handle_of_id(f.to))
        }
        Fact::EquipmentRetired(f) => format!("{} is retired", machine(f.equipment)),
        other => other.kind().0.to_owned(),
    }
}

/// Text on one line, without the characters that mean something in either format.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\' | ';' | '|') { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A journal that `hledger check` passes.
pub fn hledger(books: &Books, directory: &Directory, entries: &[Entry]) -> String {
    let mut out = format!("; {}: exported by fairshare at entry {} {}\n", plain(&books.name), books.seq, books.head);
    let transactions = dated(books, directory, entries);
    let accounts: BTreeSet<String> = transactions.iter().flat_map(|t| &t.postings).map(|(account, _)| account.to_string()).collect();
    // Writing to a String can't fail. The decimal point says how many decimals there are, none included.
    let point = if books.commodity.scale() == 0 { "." } else { "" };
    let _ = writeln!(out, "commodity {}{point} {}", books.commodity.zero().number(), books.commodity.code());
    for account in accounts {
        let _ = writeln!(out, "account {account}");
    }
    for transaction in transactions {
        let _ = writeln!(out, "\n{} * {}  ; entry:{}", transaction.date, plain(&transaction.what), transaction.seq);
        for (account, amount) in transaction.postings {
            let _ = writeln!(out, "    {account}  {amount}");
        }
    }
    out
}

/// An account as beancount spells it: each part begins with a capital letter. Names are lower case, so that no two of
/// them become one.
fn beancount_account(account: &Account) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    };
    account.to_string().split(':').map(capital).collect::<Vec<_>>().join(":")
}

/// A file that beancount loads without errors.
pub fn beancount(books: &Books, directory: &Directory, entries: &[Entry]) -> String {
    let transactions = dated(books, directory, entries);
    let mut out = format!(
        ";; exported by fairshare at entry {} {}\noption \"title\" \"{}\"\noption \"operating_currency\" \"{}\"\n\n",
        books.seq,
        books.head,
        plain(&books.name),
        books.commodity.code()
    );
    let mut opened: BTreeMap<String, NaiveDate> = BTreeMap::new();
    for transaction in &transactions {
        for (account, _) in &transaction.postings {
            opened.entry(beancount_account(account)).or_insert(transaction.date);
        }
    }
    // Writing to a String can't fail.
    for (account, date) in opened {
        let _ = writeln!(out, "{date} open {account}");
    }
    for transaction in transactions {
        let _ = writeln!(out, "\n{} * \"{}\"\n  entry: {}", transaction.date, plain(&transaction.what), transaction.seq);
        for (account, amount) in transaction.postings {
            let _ = writeln!(out, "  {}  {amount}", beancount_account(&account));
        }
    }
    out
}
