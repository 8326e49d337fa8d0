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
        /// A machine was added by name; projects owe it shares under `party`. It is `planned` until it is bought.
        EquipmentAdded = "equipment-added" 1 { equipment: EquipmentId, party: PersonId, name: String, planned: bool },
        /// A machine's terms are these from now on.
        TermsSet = "terms-set" 1 { equipment: EquipmentId, terms: EquipmentTerms, terms_hash: Hash },
        /// New terms were proposed for a machine with backers or co-owners, who must all agree.
        TermsProposed = "terms-proposed" 1 { equipment: EquipmentId, terms: EquipmentTerms, terms_hash: Hash },
        /// A backer or co-owner agrees.
        TermsAgreed = "terms-agreed" 1 { equipment: EquipmentId, person: PersonId, terms_hash: Hash },
        /// Somebody may use a machine alone.
        Certified = "certified" 1 { equipment: EquipmentId, person: PersonId },
        /// A pool's money bought a machine.
        EquipmentBought = "equipment-bought" 2 reads 1 {
            money: MoneyId, pool: PoolId, equipment: EquipmentId, cost: Amount, supplier: Option<TextRef>,
            stakes: Vec<Stake>, transaction: Transaction,
            #[serde(default)] date: Option<NaiveDate>, #[serde(default)] reference: Option<TextRef>,
        },
        /// Material came into stock.
        StockAdded = "stock-added" 1 {
            lot: LotId, material: String, quantity: Decimal, unit: String, value: Amount, by: Holder,
        },
        /// What is left of a lot is gone, or never existed.
        StockRemoved = "stock-removed" 1 { lot: LotId, left: Decimal, reason: TextRef },
        /// A machine was used, or was booked for a period: each line with its holder, and the co-owners' part.
        Billed = "billed" 1 {
            bill: BillId, equipment: EquipmentId, person: PersonId, date: NaiveDate, charged: Charged, payer: Payer,
            lines: Vec<ChargeLine>, owners: Amount, transaction: Transaction,
        },
        /// A bill was paid, by a movement of money or from what the network holds; the co-owners' part was shared.
        BillPaid = "bill-paid" 2 reads 1 {
            bill: BillId, money: Option<MoneyId>, reference: Option<TextRef>, from: LedgerAccount,
            shared: Vec<ChargeLine>, transaction: Transaction,
            /// The day it was paid; that of the entry if it isn't said.
            #[serde(default)] date: Option<NaiveDate>,
        },
        /// A bill was a mistake: its material is in stock again.
        BillUndone = "bill-undone" 1 { bill: BillId, reason: TextRef, transaction: Transaction },
        /// What a machine received of a project was shared among its co-owners.
        MachineShared = "machine-shared" 1 {
            equipment: EquipmentId, distribution: Option<DistributionId>, shared: Vec<ChargeLine>,
            transaction: Transaction,
        },
        /// Such a share was taken back along with its distribution.
        MachineShareReversed = "machine-share-reversed" 1 {
            equipment: EquipmentId, distribution: DistributionId, transaction: Transaction,
        },
        /// The co-owners are paid back, and the machine is a shareable.
        HandedOver = "handed-over" 1 { equipment: EquipmentId, transaction: Transaction },
        /// The co-owners are to be paid back again, and the machine is theirs again.
        HandOverUndone = "hand-over-undone" 1 { equipment: EquipmentId, transaction: Transaction },
        /// A stake, or a part of it, was transferred to another person.
        StakeTransferred = "stake-transferred" 1 {
            equipment: EquipmentId, from: PersonId, to: PersonId, handed: Handed, transaction: Transaction,
        },
        /// A machine is gone; its proceeds were shared.
        EquipmentRetired = "equipment-retired" 2 reads 1 {
            equipment: EquipmentId, money: Option<MoneyId>, proceeds: Amount, shared: Vec<ChargeLine>,
            transaction: Transaction,
            #[serde(default)] date: Option<NaiveDate>, #[serde(default)] reference: Option<TextRef>,
        },
        /// Somebody uses a machine by the week or the month.
        SubscriptionStarted = "subscription-started" 1 { equipment: EquipmentId, person: PersonId, period: Period },
        /// The subscription is not renewed.
        SubscriptionEnded = "subscription-ended" 1 { equipment: EquipmentId, person: PersonId },
    }
}

impl EquipmentFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
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
            | EquipmentFact::HandOverUndone(_)
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
            | EquipmentFact::HandOverUndone(_)
            | EquipmentFact::StakeTransferred(_)
            | EquipmentFact::EquipmentRetired(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => false,
        }
    }

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
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
            | EquipmentFact::HandOverUndone(_)
            | EquipmentFact::StakeTransferred(_)
            | EquipmentFact::EquipmentRetired(_)
            | EquipmentFact::SubscriptionStarted(_)
            | EquipmentFact::SubscriptionEnded(_) => false,
        }
    }
}

/// The period that a subscription pays for.
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
        /// What it was for.
        scenario: Scenario,
        /// For how long.
        time: Minutes,
        /// The material.
        taken: Vec<Taken>,
        /// The log by which the machine claims it of the project.
        log: Option<LogId>,
        /// What counts as paid to the user's own stake.
        set_off: Minor,
    },
    /// The right to use it for a range of days.
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
