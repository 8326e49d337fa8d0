//! The books in plain-text accounting formats that other programs read: hledger's journal and beancount.
//!
//! In these formats a credit is negative; elsewhere in this program people see what is owed as positive (see
//! [`core::ledger`](crate::core::ledger)).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::core::books::state::Books;
use crate::core::entry::{Entry, Fact};
use crate::core::fact::equipment::EquipmentFact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::people::PeopleFact;
use crate::core::fact::pool::PoolFact;
use crate::core::fact::work::WorkFact;
use crate::core::ids::{EquipmentId, PoolId, TextRef};
use crate::core::ledger::LedgerAccount;
use crate::core::money::Amount;
use crate::directory::Directory;

/// A transaction with its day and a short description.
struct Dated {
    date: NaiveDate,
    seq: u64,
    what: String,
    postings: Vec<(LedgerAccount, Amount)>,
}

fn dated(books: &Books, directory: &Directory, entries: &[Entry]) -> Vec<Dated> {
    let mut all = Vec::new();
    for entry in entries {
        let Some(transaction) = entry.transaction() else { continue };
        let moved = transaction.postings().iter();
        let postings = moved.map(|(account, amount)| (books.shown(account), *amount)).collect();
        let date = day_of(&entry.fact).unwrap_or_else(|| books.day_of(entry.at));
        all.push(Dated { date, seq: entry.seq, what: Labels { books, directory }.of(&entry.fact), postings });
    }
    all.sort_by_key(|transaction| (transaction.date, transaction.seq));
    all
}

/// The day of the money that a fact names. Other facts have the day of their entry.
fn day_of(fact: &Fact) -> Option<NaiveDate> {
    match fact {
        Fact::Money(fact) => day_of_money(fact),
        Fact::Pool(fact) => day_of_pool(fact),
        Fact::Equipment(EquipmentFact::EquipmentBought(f)) => f.date,
        Fact::Equipment(EquipmentFact::BillPaid(f)) => f.date,
        Fact::Equipment(EquipmentFact::EquipmentRetired(f)) => f.date,
        Fact::People(_) | Fact::Rule(_) | Fact::Work(_) | Fact::Equipment(_) => None,
    }
}

fn day_of_money(fact: &MoneyFact) -> Option<NaiveDate> {
    match fact {
        MoneyFact::IncomeRecorded(f) => Some(f.date),
        MoneyFact::IncomeRefunded(f) => f.date,
        MoneyFact::PaidOut(f) => f.date,
        MoneyFact::CostReimbursed(f) => f.date,
        MoneyFact::FundSpent(f) => f.date,
        MoneyFact::CashReceived(_)
        | MoneyFact::DistributionApproved(_)
        | MoneyFact::UndoApproved(_)
        | MoneyFact::Distributed(_)
        | MoneyFact::DistributionReversed(_)
        | MoneyFact::RedirectSet(_)
        | MoneyFact::BatchOpened(_)
        | MoneyFact::BatchPaid(_)
        | MoneyFact::PaymentFailed(_)
        | MoneyFact::MoneyUndone(_) => None,
    }
}

fn day_of_pool(fact: &PoolFact) -> Option<NaiveDate> {
    match fact {
        PoolFact::PoolPaid(f) => Some(f.date),
        PoolFact::PoolOpened(_)
        | PoolFact::Pledged(_)
        | PoolFact::PledgeWithdrawn(_)
        | PoolFact::PledgeLapsed(_)
        | PoolFact::PoolToppedUp(_)
        | PoolFact::PoolClosed(_)
        | PoolFact::PoolSettled(_)
        | PoolFact::PoolGiven(_)
        | PoolFact::PoolCancelled(_) => None,
    }
}

/// Short descriptions of facts.
struct Labels<'a> {
    books: &'a Books,
    directory: &'a Directory,
}

impl Labels<'_> {
    fn of(&self, fact: &Fact) -> String {
        let said = match fact {
            Fact::People(fact) => self.of_people(fact),
            Fact::Work(fact) => self.of_work(fact),
            Fact::Money(fact) => self.of_money(fact),
            Fact::Pool(fact) => self.of_pool(fact),
            Fact::Equipment(fact) => self.of_equipment(fact),
            Fact::Rule(_) => None,
        };
        said.unwrap_or_else(|| fact.kind().0.to_owned())
    }

    fn text(&self, text: TextRef) -> &str {
        self.directory.text(text).unwrap_or_default()
    }

    fn pool(&self, id: PoolId) -> &str {
        self.books.pool(id).map_or("", |pool| pool.name.as_str())
    }

    fn machine(&self, id: EquipmentId) -> &str {
        self.books.equipment(id).map_or("", |machine| machine.name.as_str())
    }

    fn of_people(&self, fact: &PeopleFact) -> Option<String> {
        let books = self.books;
        Some(match fact {
            PeopleFact::PeopleJoined(f) => format!("{} is {}", books.handle_of_id(f.gone), books.handle_of_id(f.kept)),
            PeopleFact::NetworkCreated(_)
            | PeopleFact::SettingChanged(_)
            | PeopleFact::PersonAdded(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::PersonReturned(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::PersonErased(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_) => return None,
        })
    }

    fn of_work(&self, fact: &WorkFact) -> Option<String> {
        Some(match fact {
            WorkFact::LogCorrected(f) => format!("{} corrected", f.log),
            WorkFact::LogUndone(f) => format!("{} undone", f.log),
            WorkFact::FlagKept(f) => format!("{} kept", f.log),
            WorkFact::FlagStruck(f) => format!("{} struck", f.log),
            WorkFact::TaskOpened(_)
            | WorkFact::TaskTaken(_)
            | WorkFact::TaskDropped(_)
            | WorkFact::TaskDone(_)
            | WorkFact::TaskAccepted(_)
            | WorkFact::Logged(_)
            | WorkFact::LogValidated(_)
            | WorkFact::ClaimsGiven(_)
            | WorkFact::GiftsSet(_)
            | WorkFact::ReceiptKept(_)
            | WorkFact::LogConfirmed(_)
            | WorkFact::LogFlagged(_) => return None,
        })
    }

    fn of_money(&self, fact: &MoneyFact) -> Option<String> {
        Some(match fact {
            MoneyFact::CashReceived(f) => format!("{} cash of {}", f.money, f.log),
            MoneyFact::IncomeRecorded(f) => format!("{} income from {}", f.money, self.text(f.from)),
            MoneyFact::IncomeRefunded(f) => format!("{} refund of {}", f.money, f.income),
            MoneyFact::Distributed(f) => format!("{} distribution", f.distribution),
            MoneyFact::PaidOut(f) => {
                format!("{} payout {}", f.money, f.reference.map(|text| self.text(text)).unwrap_or_default())
            }
            MoneyFact::CostReimbursed(f) => format!("{} reimbursement of {}", f.money, f.log),
            MoneyFact::FundSpent(f) => format!("{} {}", f.money, self.text(f.what)),
            MoneyFact::MoneyUndone(f) => format!("{} undoing of {}: {}", f.money, f.undone, self.text(f.reason)),
            MoneyFact::DistributionApproved(_)
            | MoneyFact::UndoApproved(_)
            | MoneyFact::DistributionReversed(_)
            | MoneyFact::RedirectSet(_)
            | MoneyFact::BatchOpened(_)
            | MoneyFact::BatchPaid(_)
            | MoneyFact::PaymentFailed(_) => return None,
        })
    }

    fn of_pool(&self, fact: &PoolFact) -> Option<String> {
        let books = self.books;
        Some(match fact {
            PoolFact::PledgeWithdrawn(f) => {
                format!("{} withdraws from the pool {}", books.holder_name(&f.holder), self.pool(f.pool))
            }
            PoolFact::PoolPaid(f) => {
                format!("{} {} into the pool {}", f.money, books.handle(f.person), self.pool(f.pool))
            }
            PoolFact::PoolToppedUp(f) => {
                format!("{} into the pool {}", books.holder_name(&f.holder), self.pool(f.pool))
            }
            PoolFact::PoolSettled(f) => format!("outcome of the pool {}", self.pool(f.pool)),
            PoolFact::PoolGiven(f) => format!("the pool {} is its project's", self.pool(f.pool)),
            PoolFact::PoolCancelled(f) => {
                format!("the pool {} is cancelled: {}", self.pool(f.pool), self.text(f.reason))
            }
            PoolFact::PoolOpened(_) | PoolFact::Pledged(_) | PoolFact::PledgeLapsed(_) | PoolFact::PoolClosed(_) => {
                return None;
            }
        })
    }

    fn of_equipment(&self, fact: &EquipmentFact) -> Option<String> {
        let books = self.books;
        Some(match fact {
            EquipmentFact::EquipmentBought(f) => {
                format!(
                    "{} purchase of {} {}",
                    f.money,
                    self.machine(f.equipment),
                    f.supplier.map(|text| self.text(text)).unwrap_or_default()
                )
            }
            EquipmentFact::Billed(f) => format!("{} bill for {}", f.bill, self.machine(f.equipment)),
            EquipmentFact::BillPaid(f) => {
                format!("{} payment of {}", f.money.map(|money| money.to_string()).unwrap_or_default(), f.bill)
            }
            EquipmentFact::BillUndone(f) => format!("{} undone: {}", f.bill, self.text(f.reason)),
            EquipmentFact::MachineShared(f) => format!("share of {}", self.machine(f.equipment)),
            EquipmentFact::MachineShareReversed(f) => {
                format!("share of {} by {} taken back", self.machine(f.equipment), f.distribution)
            }
            EquipmentFact::HandedOver(f) => format!("{} is a shareable", self.machine(f.equipment)),
            EquipmentFact::HandOverUndone(f) => format!("{} is its co-owners' again", self.machine(f.equipment)),
            EquipmentFact::StakeTransferred(f) => {
                format!(
                    "stake in {} from {} to {}",
                    self.machine(f.equipment),
                    books.handle_of_id(f.from),
                    books.handle_of_id(f.to)
                )
            }
            EquipmentFact::EquipmentRetired(f) => format!("{} is retired", self.machine(f.equipment)),
            EquipmentFact::EquipmentAdded(_)
            | EquipmentFact::TermsSet(_)
            | EquipmentFact::TermsProposed(_)
            | EquipmentFact::TermsAgreed(_)
            | EquipmentFact::Certified(_)
            | EquipmentFact::StockAdded(_)
            | EquipmentFact::StockRemoved(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => return None,
        })
    }
}

/// Text on one line, without the characters that have a meaning in one of the formats.
fn plain(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\' | ';' | '|') { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A journal that `hledger check` passes.
pub fn hledger(books: &Books, directory: &Directory, entries: &[Entry]) -> String {
    let mut out = format!("; {}: exported by fairshare at entry {} {}\n", plain(&books.name), books.seq, books.head);
    let transactions = dated(books, directory, entries);
    let accounts: BTreeSet<String> =
        transactions.iter().flat_map(|t| &t.postings).map(|(account, _)| account.to_string()).collect();
    // Writing to a String can't fail. The decimal point shows the number of decimals, even if there are none.
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

/// An account as beancount spells it: each part begins with a capital letter. Names are in lower case, so no two become
/// one.
fn beancount_account(account: &LedgerAccount) -> String {
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
        let _ =
            writeln!(out, "\n{} * \"{}\"\n  entry: {}", transaction.date, plain(&transaction.what), transaction.seq);
        for (account, amount) in transaction.postings {
            let _ = writeln!(out, "  {}  {amount}", beancount_account(&account));
        }
    }
    out
}
