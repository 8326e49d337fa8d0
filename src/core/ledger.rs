//! Double entry: accounts, balanced transactions, balances.
//!
//! Inside, a debit is positive and a credit negative, so that everything sums to zero. People see each account in its
//! own direction ([`LedgerAccount::natural`]): what is held and what is owed are both positive numbers.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::core::money::{Amount, Commodity, Minor};

/// An account of the custodian's books. Names are those of [`Books`](crate::core::books::state::Books): a person has
/// their name in the journal, unless the account is one to [show](crate::core::books::state::Books::shown).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerAccount {
    /// Money really held.
    Custodian,
    /// Income received and not yet distributed, by project name; below zero: to recover.
    Project(String),
    /// Owed to a person, by name; below zero: an advance.
    Person(String),
    /// A virtual account, by name.
    Fund(String),
    /// Tax received with income.
    Taxes,
    /// Billed and not paid yet: by a person's name, `project:` and a project's name, or `client:` and the bill.
    Receivable(String),
    /// What will be owed when such bills are paid, by the machine's name.
    Bills(String),
    /// Paid into a pool and not spent, by the pool's name and its backer: a person's name, or `fund:` and a fund's
    /// name.
    Pool(String, String),
    /// Received by a machine and not shared yet among its co-owners, by its name; below zero: to recover from what it
    /// receives next.
    Machine(String),
    /// What was bought, at cost.
    Equipment(String),
    /// A co-owner's part of a machine: the machine's name and a person's, or `fund:` and a fund's name.
    Stake(String, String),
    /// The part of a machine that belongs to the commons.
    Commons(String),
}

/// A name in an account, if it is a person's.
fn persons(name: &str) -> Option<&str> {
    (!name.contains(':')).then_some(name)
}

impl LedgerAccount {
    /// Whether the account grows by credits (liabilities) rather than by debits (assets).
    pub fn grows_by_credit(&self) -> bool {
        !matches!(self, LedgerAccount::Custodian | LedgerAccount::Receivable(_) | LedgerAccount::Equipment(_))
    }

    /// The name of its person, if it is a person's account.
    pub fn owner(&self) -> Option<&str> {
        match self {
            LedgerAccount::Person(name) => Some(name),
            LedgerAccount::Receivable(name) | LedgerAccount::Pool(_, name) | LedgerAccount::Stake(_, name) => {
                persons(name)
            }
            LedgerAccount::Custodian
            | LedgerAccount::Project(_)
            | LedgerAccount::Fund(_)
            | LedgerAccount::Taxes
            | LedgerAccount::Bills(_)
            | LedgerAccount::Machine(_)
            | LedgerAccount::Equipment(_)
            | LedgerAccount::Commons(_) => None,
        }
    }

    /// The same account of another person. An account of nobody stays as it is.
    pub fn of(&self, name: &str) -> Self {
        match self {
            _ if self.owner().is_none() => self.clone(),
            LedgerAccount::Receivable(_) => LedgerAccount::Receivable(name.to_owned()),
            LedgerAccount::Pool(pool, _) => LedgerAccount::Pool(pool.clone(), name.to_owned()),
            LedgerAccount::Stake(equipment, _) => LedgerAccount::Stake(equipment.clone(), name.to_owned()),
            LedgerAccount::Person(_) => LedgerAccount::Person(name.to_owned()),
            LedgerAccount::Custodian
            | LedgerAccount::Project(_)
            | LedgerAccount::Fund(_)
            | LedgerAccount::Taxes
            | LedgerAccount::Bills(_)
            | LedgerAccount::Machine(_)
            | LedgerAccount::Equipment(_)
            | LedgerAccount::Commons(_) => self.clone(),
        }
    }

    /// A balance as people read it: positive for what the account normally holds.
    pub fn natural(&self, debits: Minor) -> Minor {
        if self.grows_by_credit() { -debits } else { debits }
    }
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedgerAccount::Custodian => f.write_str("assets:custodian"),
            LedgerAccount::Project(name) => write!(f, "liabilities:projects:{name}"),
            LedgerAccount::Person(name) => write!(f, "liabilities:people:{name}"),
            LedgerAccount::Fund(name) => write!(f, "liabilities:funds:{name}"),
            LedgerAccount::Taxes => f.write_str("liabilities:taxes"),
            LedgerAccount::Receivable(name) => write!(f, "assets:receivable:{name}"),
            LedgerAccount::Bills(equipment) => write!(f, "liabilities:bills:{equipment}"),
            LedgerAccount::Pool(pool, name) => write!(f, "liabilities:pools:{pool}:{name}"),
            LedgerAccount::Machine(equipment) => write!(f, "liabilities:equipment:{equipment}"),
            LedgerAccount::Equipment(equipment) => write!(f, "assets:equipment:{equipment}"),
            LedgerAccount::Stake(equipment, name) => write!(f, "equity:stakes:{equipment}:{name}"),
            LedgerAccount::Commons(equipment) => write!(f, "equity:commons:{equipment}"),
        }
    }
}

/// A path that is not an account of the chart.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an account of the chart")]
pub struct NotAnAccount(String);

impl FromStr for LedgerAccount {
    type Err = NotAnAccount;

    fn from_str(path: &str) -> Result<Self, NotAnAccount> {
        let named = |prefix: &str| path.strip_prefix(prefix).filter(|name| !name.is_empty()).map(str::to_owned);
        let two = |prefix: &str| {
            let (one, two) = path.strip_prefix(prefix)?.split_once(':')?;
            Some((one.to_owned(), two.to_owned())).filter(|(one, two)| !one.is_empty() && !two.is_empty())
        };
        match path {
            "assets:custodian" => Ok(LedgerAccount::Custodian),
            "liabilities:taxes" => Ok(LedgerAccount::Taxes),
            _ => named("liabilities:projects:")
                .map(LedgerAccount::Project)
                .or_else(|| named("liabilities:people:").map(LedgerAccount::Person))
                .or_else(|| named("liabilities:funds:").map(LedgerAccount::Fund))
                .or_else(|| named("assets:receivable:").map(LedgerAccount::Receivable))
                .or_else(|| named("liabilities:bills:").map(LedgerAccount::Bills))
                .or_else(|| two("liabilities:pools:").map(|(pool, name)| LedgerAccount::Pool(pool, name)))
                .or_else(|| named("liabilities:equipment:").map(LedgerAccount::Machine))
                .or_else(|| named("assets:equipment:").map(LedgerAccount::Equipment))
                .or_else(|| two("equity:stakes:").map(|(equipment, name)| LedgerAccount::Stake(equipment, name)))
                .or_else(|| named("equity:commons:").map(LedgerAccount::Commons))
                .ok_or_else(|| NotAnAccount(path.to_owned())),
        }
    }
}

impl Serialize for LedgerAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LedgerAccount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One side of a transaction: an account and what it is debited (positive) or credited (negative).
pub type Posting = (LedgerAccount, Amount);

/// Postings that sum to zero in each commodity; others can't be made into one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Posting>", into = "Vec<Posting>")]
pub struct Transaction(Vec<Posting>);

/// Postings that do not sum to zero, or leave `i64`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the postings do not sum to zero")]
pub struct Unbalanced;

impl Transaction {
    /// A transaction of these postings, without those of zero.
    ///
    /// # Errors
    /// [`Unbalanced`] if they do not sum to zero.
    pub fn new(postings: impl IntoIterator<Item = Posting>) -> Result<Self, Unbalanced> {
        let postings: Vec<Posting> = postings.into_iter().filter(|(_, amount)| amount.minor != Minor::ZERO).collect();
        let mut sums: BTreeMap<Commodity, i128> = BTreeMap::new();
        for (_, amount) in &postings {
            *sums.entry(amount.commodity).or_default() += i128::from(amount.minor);
        }
        if sums.values().all(|&sum| sum == 0) { Ok(Self(postings)) } else { Err(Unbalanced) }
    }

    /// Moves money: each `to` account is credited its amounts, as one posting, and `from` is debited their sum. For two
    /// liabilities this is "from one to the others"; for [`LedgerAccount::Custodian`] as `from`, money that came in.
    ///
    /// # Errors
    /// [`Unbalanced`] if the amounts leave `i64`.
    pub fn credit(from: LedgerAccount, to: impl IntoIterator<Item = Posting>) -> Result<Self, Unbalanced> {
        let mut places: HashMap<LedgerAccount, usize> = HashMap::new();
        let mut postings: Vec<Posting> = Vec::new();
        let mut sum = Minor::ZERO;
        for (account, amount) in to {
            sum = sum.checked_add(amount.minor).ok_or(Unbalanced)?;
            let place = *places.entry(account.clone()).or_insert_with(|| {
                postings.push((account, amount.with(Minor::ZERO)));
                postings.len() - 1
            });
            let credited = &mut postings[place].1;
            credited.minor = credited.minor.checked_sub(amount.minor).ok_or(Unbalanced)?;
        }
        if let Some(&(_, first)) = postings.first() {
            postings.insert(0, (from, first.with(sum)));
        }
        Self::new(postings)
    }

    /// The postings, in their order.
    pub fn postings(&self) -> &[Posting] {
        &self.0
    }

    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same movements in the opposite direction.
    pub fn reversed(&self) -> Self {
        Self(self.0.iter().map(|(account, amount)| (account.clone(), -*amount)).collect())
    }

    /// The same movements, with each account replaced by what `on` returns for it.
    pub fn moved(self, on: impl Fn(LedgerAccount) -> LedgerAccount) -> Self {
        Self(self.0.into_iter().map(|(account, amount)| (on(account), amount)).collect())
    }

    /// Both transactions as one.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl TryFrom<Vec<Posting>> for Transaction {
    type Error = Unbalanced;
    fn try_from(postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        Self::new(postings)
    }
}

impl From<Transaction> for Vec<Posting> {
    fn from(transaction: Transaction) -> Self {
        transaction.0
    }
}

/// The balance of every account: the sum of all transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    debits: BTreeMap<(LedgerAccount, Commodity), Minor>,
}

impl Ledger {
    /// Adds a transaction to the balances.
    pub fn post(&mut self, transaction: &Transaction) {
        for (account, amount) in transaction.postings() {
            let balance = self.debits.entry((account.clone(), amount.commodity)).or_default();
            // Amounts are bounded by LARGEST_MINOR when typed, so this can't saturate (see core::money).
            *balance = balance.saturating_add(amount.minor);
        }
    }

    /// An account's balance in its natural direction.
    pub fn balance(&self, account: LedgerAccount, commodity: Commodity) -> Amount {
        let key = (account, commodity);
        let debits = self.debits.get(&key).copied().unwrap_or_default();
        commodity.minor(key.0.natural(debits))
    }

    /// Every balance that is not zero, in its natural direction, by account path.
    pub fn balances(&self) -> impl Iterator<Item = (&LedgerAccount, Amount)> {
        self.debits
            .iter()
            .filter(|&(_, &debits)| debits != Minor::ZERO)
            .map(|((account, commodity), &debits)| (account, commodity.minor(account.natural(debits))))
    }

    /// Whether debits and credits sum to zero in every commodity.
    pub fn is_balanced(&self) -> bool {
        let mut sums: BTreeMap<Commodity, i128> = BTreeMap::new();
        for ((_, commodity), &debits) in &self.debits {
            *sums.entry(*commodity).or_default() += i128::from(debits);
        }
        sums.values().all(|&sum| sum == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_that_does_not_balance_cannot_be_made() {
        let cad = Commodity::iso("CAD").unwrap();
        let ana = || LedgerAccount::Person("ana".into());
        assert_eq!(
            Transaction::new([(LedgerAccount::Custodian, cad.minor(Minor(100))), (ana(), cad.minor(Minor(-99)))]),
            Err(Unbalanced)
        );
        assert!(
            serde_json::from_str::<Transaction>(
                r#"[["assets:custodian","1.00 CAD"],["liabilities:people:ana","-0.99 CAD"]]"#
            )
            .is_err()
        );
        let two = Commodity::iso("JPY").unwrap();
        assert_eq!(
            Transaction::new([(LedgerAccount::Custodian, cad.minor(Minor(100))), (ana(), two.minor(Minor(-100)))]),
            Err(Unbalanced)
        );
    }

    #[test]
    fn people_see_what_is_held_and_what_is_owed_as_positive() {
        let cad = Commodity::iso("CAD").unwrap();
        let mut ledger = Ledger::default();
        ledger.post(
            &Transaction::credit(
                LedgerAccount::Custodian,
                [(LedgerAccount::Person("ana".into()), cad.minor(Minor(100)))],
            )
            .unwrap(),
        );
        assert_eq!(ledger.balance(LedgerAccount::Custodian, cad), cad.minor(Minor(100)));
        assert_eq!(ledger.balance(LedgerAccount::Person("ana".into()), cad), cad.minor(Minor(100)));
        assert!(ledger.is_balanced());
    }
}
