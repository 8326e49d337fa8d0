//! Facts about crowdfunding pools.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::fact::declare::{Carries, Several, facts};
use crate::core::holder::Holder;
use crate::core::ids::{Hash, LogId, MoneyId, PersonId, PoolId, TextRef};
use crate::core::ledger::Transaction;
use crate::core::money::Amount;
use crate::core::pool::Conditions;
use crate::core::time::Timestamp;

facts! {
    /// What happened to pools.
    pub enum PoolFact {
        /// A pool was opened.
        PoolOpened = "pool-opened" 1 { pool: PoolId, name: String, conditions: Conditions },
        /// Somebody promises this much in all, under the terms with this hash.
        Pledged = "pledged" 1 {
            pool: PoolId, holder: Holder, promised: Amount, terms_hash: Hash, lapses: Option<Timestamp>,
        },
        /// Somebody withdrew their promise; what they paid is owed back.
        PledgeWithdrawn = "pledge-withdrawn" 1 { pool: PoolId, holder: Holder, transaction: Transaction },
        /// The unpaid part of a promise lapsed.
        PledgeLapsed = "pledge-lapsed" 1 { pool: PoolId, holder: Holder },
        /// Money arrived for a pool: `counted` of it is in the pool, `back` is owed back to its sender.
        PoolPaid = "pool-paid" 1 {
            money: MoneyId, pool: PoolId, person: PersonId, date: NaiveDate, amount: Amount, fee: Option<Amount>,
            original: Option<Amount>, reference: Option<TextRef>, counted: Amount, back: Amount,
            /// The terms that they agreed to, by the custodian's word, if they have no account to agree themselves.
            agreed: Option<Hash>,
            transaction: Transaction,
        },
        /// Money that the network already holds was put into a pool, under the terms with this hash.
        PoolToppedUp = "pool-topped-up" 1 {
            pool: PoolId, holder: Holder, amount: Amount, terms_hash: Hash, transaction: Transaction,
        },
        /// The last day of a pool is over.
        PoolClosed = "pool-closed" 1 { pool: PoolId },
        /// The outcome of a pool is fixed, with what it owes back, if anything.
        PoolSettled = "pool-settled" 1 { pool: PoolId, reached: bool, transaction: Transaction },
        /// A pool's money went to its project, as cash that each backer put in.
        PoolGiven = "pool-given" 1 { pool: PoolId, claims: Vec<PoolClaim>, transaction: Transaction },
        /// A pool was cancelled, and owes everything back.
        PoolCancelled = "pool-cancelled" 1 { pool: PoolId, reason: TextRef, transaction: Transaction },
    }
}

impl PoolFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            PoolFact::PoolCancelled(f) => Some(f.reason),
            PoolFact::PoolOpened(_)
            | PoolFact::Pledged(_)
            | PoolFact::PledgeWithdrawn(_)
            | PoolFact::PledgeLapsed(_)
            | PoolFact::PoolPaid(_)
            | PoolFact::PoolToppedUp(_)
            | PoolFact::PoolClosed(_)
            | PoolFact::PoolSettled(_)
            | PoolFact::PoolGiven(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            PoolFact::PoolOpened(_)
            | PoolFact::Pledged(_)
            | PoolFact::PledgeWithdrawn(_)
            | PoolFact::PledgeLapsed(_)
            | PoolFact::PoolPaid(_)
            | PoolFact::PoolToppedUp(_)
            | PoolFact::PoolClosed(_)
            | PoolFact::PoolSettled(_)
            | PoolFact::PoolGiven(_)
            | PoolFact::PoolCancelled(_) => false,
        }
    }

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            PoolFact::PoolGiven(_) => true,
            PoolFact::PoolOpened(_)
            | PoolFact::Pledged(_)
            | PoolFact::PledgeWithdrawn(_)
            | PoolFact::PledgeLapsed(_)
            | PoolFact::PoolPaid(_)
            | PoolFact::PoolToppedUp(_)
            | PoolFact::PoolClosed(_)
            | PoolFact::PoolSettled(_)
            | PoolFact::PoolCancelled(_) => false,
        }
    }
}

/// A claim of cash that a pool makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolClaim {
    /// Its log.
    pub log: LogId,
    /// The person who holds it.
    pub person: PersonId,
    /// How much.
    pub amount: Amount,
    /// Its text.
    pub what: TextRef,
}

impl Carries for PoolClaim {
    fn texts(&self, found: &mut Vec<TextRef>) {
        found.push(self.what);
    }
}

impl Several for PoolClaim {}
