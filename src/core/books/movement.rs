//! Movements of money.

use chrono::NaiveDate;

use crate::core::equipment::{ChargeLine, EquipmentStanding};
use crate::core::ids::{
    BillId, DistributionId, EquipmentId, Hash, LogId, MilestoneId, MoneyId, PersonId, PoolId, ProjectId, TextRef,
};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::Amount;
use crate::core::pool::Stake;
use crate::core::time::Timestamp;

/// What a movement of money was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// A client paid for a project.
    Income {
        /// Which project.
        project: ProjectId,
        /// What the project received of it: the amount without tax.
        net: Amount,
        /// Kept by the bank before it arrived.
        fee: Option<Amount>,
        /// In its own currency.
        original: Option<Amount>,
        /// Who paid.
        from: TextRef,
        /// Refunded in all, and the part of it that came from the project.
        refunded: (Amount, Amount),
        /// The distribution that shared it.
        distribution: Option<DistributionId>,
        /// The version of the project's rule that shares it, from 1: the one in force on its day.
        version: u32,
        /// The milestone that it is for.
        milestone: Option<MilestoneId>,
    },
    /// A client got money back.
    Refund {
        /// The refunded income.
        income: MoneyId,
        /// The part that came from the project.
        net: Amount,
    },
    /// Cash that somebody put in.
    Cash {
        /// Their log.
        log: LogId,
    },
    /// Somebody was paid what they are owed.
    Payout {
        /// Who.
        person: PersonId,
        /// The part that the bank kept.
        fee: Option<Amount>,
    },
    /// A cost was reimbursed.
    Reimbursement {
        /// Whose log.
        log: LogId,
        /// The account that paid.
        from: LedgerAccount,
        /// The part that the person owes back, since the log was lowered.
        taken_back: Amount,
    },
    /// A fund was spent.
    Spending {
        /// Which fund.
        fund: String,
        /// On what.
        what: TextRef,
    },
    /// Somebody paid into a pool.
    PoolPayment {
        /// Which.
        pool: PoolId,
        /// Who.
        person: PersonId,
        /// The part that went into the pool; the rest is owed back.
        counted: Amount,
        /// Kept by the bank before it arrived.
        fee: Option<Amount>,
        /// In its own currency.
        original: Option<Amount>,
    },
    /// A pool's money bought a machine.
    Purchase {
        /// Which pool's.
        pool: PoolId,
        /// Which machine.
        equipment: EquipmentId,
        /// The supplier.
        supplier: Option<TextRef>,
        /// The stakes that it made.
        stakes: Vec<Stake>,
        /// How the machine stood before.
        before: EquipmentStanding,
    },
    /// A bill for a machine's time was paid.
    BillPayment {
        /// Which.
        bill: BillId,
    },
    /// A retired machine brought in money.
    Proceeds {
        /// Which.
        equipment: EquipmentId,
        /// How it stood before.
        before: EquipmentStanding,
        /// How the money was shared.
        shared: Vec<ChargeLine>,
    },
    /// A mistake was undone.
    Undoing {
        /// Which movement.
        of: MoneyId,
        /// Why.
        reason: TextRef,
    },
}

/// What a custodian says of a movement besides its amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stated {
    /// The day it happened; that of its entry if it isn't said.
    pub date: Option<NaiveDate>,
    /// Its reference at the bank.
    pub reference: Option<TextRef>,
}

/// A movement of money, numbered `M1`, `M2`, ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Its number.
    pub id: MoneyId,
    /// The day it happened.
    pub date: NaiveDate,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: Option<PersonId>,
    /// How much moved at the custodian.
    pub amount: Amount,
    /// What it was.
    pub movement: Movement,
    /// Its reference at the bank.
    pub reference: Option<TextRef>,
    /// The movement that undid it.
    pub undone_by: Option<MoneyId>,
    /// The first of two people who undo it, and the hash of what they saw.
    pub undo_approved: Option<(PersonId, Hash)>,
    /// The transaction that was journaled.
    pub transaction: Transaction,
}
