//! Facts about machines: their terms, material, bills and co-owners.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::equipment::{ChargeLine, EquipmentTerms, Handed, Scenario};
use crate::core::fact::declare::{Carries, carries_nothing, facts};
use crate::core::holder::Holder;
use crate::core::ids::{
    BillId, DistributionId, EquipmentId, Hash, LogId, LotId, MoneyId, PersonId, PoolId, ProjectId, TextRef,
};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::pool::Stake;
use crate::core::stock::Taken;
use crate::core::time::Minutes;

facts! {
    /// What happened to machines.
    pub enum EquipmentFact {
        /// A machine is known by name; what projects owe it is owed to this number. It is `planned` until it is
        /// bought.
        EquipmentAdded = "equipment-added" 1 { equipment: EquipmentId, party: PersonId, name: String, planned: bool },
        /// A machine's terms are these from now on.
        TermsSet = "terms-set" 1 { equipment: EquipmentId, terms: EquipmentTerms, terms_hash: Hash },
        /// A machine has backers or co-owners, who must all agree to other terms.
        TermsProposed = "terms-proposed" 1 { equipment: EquipmentId, terms: EquipmentTerms, terms_hash: Hash },
        /// One of them agrees.
        TermsAgreed = "terms-agreed" 1 { equipment: EquipmentId, person: PersonId, terms_hash: Hash },
        /// Somebody may use a machine alone.
        Certified = "certified" 1 { equipment: EquipmentId, person: PersonId },
        /// A pool's money bought a machine.
        EquipmentBought = "equipment-bought" 1 {
            money: MoneyId, pool: PoolId, equipment: EquipmentId, cost: Amount, supplier: Option<TextRef>,
            stakes: Vec<Stake>, transaction: Transaction,
        },
        /// Material came into stock.
        StockAdded = "stock-added" 1 {
            lot: LotId, material: String, quantity: Decimal, unit: String, value: Amount, by: Holder,
        },
        /// What is left of a lot is gone, or was never there.
        StockRemoved = "stock-removed" 1 { lot: LotId, left: Decimal, reason: TextRef },
        /// A machine was used, or is for a while: what of the bill is for whom, and what is the co-owners'.
        Billed = "billed" 1 {
            bill: BillId, equipment: EquipmentId, person: PersonId, date: NaiveDate, charged: Charged, payer: Payer,
            lines: Vec<ChargeLine>, owners: Amount, transaction: Transaction,
        },
        /// A bill was paid, by a movement of money or from what the network holds; the co-owners' part of it, shared.
        BillPaid = "bill-paid" 1 {
            bill: BillId, money: Option<MoneyId>, reference: Option<TextRef>, from: LedgerAccount,
            shared: Vec<ChargeLine>, transaction: Transaction,
        },
        /// A bill was a mistake: its material is in stock again.
        BillUndone = "bill-undone" 1 { bill: BillId, reason: TextRef, transaction: Transaction },
        /// What a machine received of a project, shared among its co-owners.
        MachineShared = "machine-shared" 1 {
            equipment: EquipmentId, distribution: Option<DistributionId>, shared: Vec<ChargeLine>,
            transaction: Transaction,
        },
        /// The same, taken back along with its distribution.
        MachineShareReversed = "machine-share-reversed" 1 {
            equipment: EquipmentId, distribution: DistributionId, transaction: Transaction,
        },
        /// Its co-owners are paid back, and a machine is a shareable.
        HandedOver = "handed-over" 1 { equipment: EquipmentId, transaction: Transaction },
        /// A stake, or a part of it, is somebody else's.
        StakeTransferred = "stake-transferred" 1 {
            equipment: EquipmentId, from: PersonId, to: PersonId, handed: Handed, transaction: Transaction,
        },
        /// A machine is gone; what was got for it, shared.
        EquipmentRetired = "equipment-retired" 1 {
            equipment: EquipmentId, money: Option<MoneyId>, proceeds: Amount, shared: Vec<ChargeLine>,
            transaction: Transaction,
        },
        /// Somebody uses a machine by the week or the month.
        SubscriptionStarted = "subscription-started" 1 { equipment: EquipmentId, person: PersonId, period: Period },
        /// Their time is not renewed.
        SubscriptionEnded = "subscription-ended" 1 { equipment: EquipmentId, person: PersonId },
    }
}

impl EquipmentFact {
    /// What its author says in it in words of their own: a title, a correction, a reason. Not the words of logs, which
    /// the books know by the log, nor a custodian's notes, which are the network's.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            EquipmentFact::StockRemoved(f) => Some(f.reason),
            EquipmentFact::BillUndone(f) => Some(f.reason),
            EquipmentFact::EquipmentAdded(_)
            | EquipmentFact::TermsSet(_)
            | EquipmentFact::TermsProposed(_)
            | EquipmentFact::TermsAgreed(_)
            | EquipmentFact::Certified(_)
            | EquipmentFact::EquipmentBought(_)
            | EquipmentFact::StockAdded(_)
            | EquipmentFact::Billed(_)
            | EquipmentFact::BillPaid(_)
            | EquipmentFact::MachineShared(_)
            | EquipmentFact::MachineShareReversed(_)
            | EquipmentFact::HandedOver(_)
            | EquipmentFact::StakeTransferred(_)
            | EquipmentFact::EquipmentRetired(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            EquipmentFact::StockAdded(_)
            | EquipmentFact::StockRemoved(_)
            | EquipmentFact::Billed(_)
            | EquipmentFact::BillUndone(_) => true,
            EquipmentFact::EquipmentAdded(_)
            | EquipmentFact::TermsSet(_)
            | EquipmentFact::TermsProposed(_)
            | EquipmentFact::TermsAgreed(_)
            | EquipmentFact::Certified(_)
            | EquipmentFact::EquipmentBought(_)
            | EquipmentFact::BillPaid(_)
            | EquipmentFact::MachineShared(_)
            | EquipmentFact::MachineShareReversed(_)
            | EquipmentFact::HandedOver(_)
            | EquipmentFact::StakeTransferred(_)
            | EquipmentFact::EquipmentRetired(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => false,
        }
    }

    /// Whether it changes what claims there are already, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            EquipmentFact::EquipmentAdded(_)
            | EquipmentFact::TermsSet(_)
            | EquipmentFact::TermsProposed(_)
            | EquipmentFact::TermsAgreed(_)
            | EquipmentFact::Certified(_)
            | EquipmentFact::EquipmentBought(_)
            | EquipmentFact::StockAdded(_)
            | EquipmentFact::StockRemoved(_)
            | EquipmentFact::Billed(_)
            | EquipmentFact::BillPaid(_)
            | EquipmentFact::BillUndone(_)
            | EquipmentFact::MachineShared(_)
            | EquipmentFact::MachineShareReversed(_)
            | EquipmentFact::HandedOver(_)
            | EquipmentFact::StakeTransferred(_)
            | EquipmentFact::EquipmentRetired(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => false,
        }
    }
}

/// How long a subscription's money is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// Seven days.
    Week,
    /// To the same day of the next month.
    Month,
}

/// What a bill is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charged {
    /// A use of the machine.
    Use {
        /// For whom.
        scenario: Scenario,
        /// For how long.
        time: Minutes,
        /// The material.
        taken: Vec<Taken>,
        /// What the machine claims of the project for it.
        log: Option<LogId>,
        /// What counts as paid to the user's own stake.
        set_off: Minor,
    },
    /// The right to use it, from a day until before another.
    Subscription {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
    },
}

/// Who pays a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payer {
    /// A project, from its account.
    Project(ProjectId),
    /// A person.
    Person(PersonId),
    /// Somebody outside, by name.
    Client(TextRef),
}

impl Carries for Payer {
    fn texts(&self, found: &mut Vec<TextRef>) {
        match self {
            Payer::Client(name) => found.push(*name),
            Payer::Project(_) | Payer::Person(_) => {}
        }
    }
}

carries_nothing! { Period, Charged }
