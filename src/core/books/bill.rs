//! Bills for a machine's time, and what a machine received.

use chrono::NaiveDate;

use crate::core::equipment::ChargeLine;
use crate::core::fact::equipment::{Charged, Payer};
use crate::core::ids::{BillId, DistributionId, EquipmentId, Hash, LogId, MoneyId, PersonId, TextRef};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::time::Timestamp;

/// How a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillState {
    /// It is not paid. Nothing of it is owed to anyone yet.
    Waiting,
    /// It was paid, by a movement of money or from what the network holds.
    Paid(Option<MoneyId>),
    /// It was a mistake.
    Undone,
}

/// A bill for a machine's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Its number.
    pub id: BillId,
    /// Which machine.
    pub equipment: EquipmentId,
    /// Who used it.
    pub person: PersonId,
    /// The day.
    pub date: NaiveDate,
    /// When it was recorded.
    pub at: Timestamp,
    /// The movement of money that came next: which were recorded before it and which after.
    pub before: MoneyId,
    /// What it is for.
    pub charged: Charged,
    /// Who pays it.
    pub payer: Payer,
    /// Its lines, without those of the co-owners.
    pub lines: Vec<ChargeLine>,
    /// The co-owners' part.
    pub owners: Amount,
    /// How it stands.
    pub state: BillState,
    /// The payment's reference.
    pub reference: Option<TextRef>,
    /// Who recorded that it is paid.
    pub paid_by: Option<PersonId>,
    /// The first of two people who take it back, and the hash of what they saw.
    pub undo_approved: Option<(PersonId, Hash)>,
    /// The account that it was paid from.
    pub from: Option<LedgerAccount>,
    /// How the co-owners' part was shared.
    pub shared: Vec<ChargeLine>,
}

impl Bill {
    /// The amount to pay.
    pub fn total(&self) -> Amount {
        self.owners.with(self.owners.minor + self.lines.iter().map(|line| line.minor).sum::<Minor>())
    }

    /// The log by which the machine claims it of a project.
    pub fn log(&self) -> Option<LogId> {
        match self.charged {
            Charged::Use { log, .. } => log,
            Charged::Subscription { .. } => None,
        }
    }
}

/// What a machine received of a project, and how it was shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineShare {
    /// Which machine.
    pub equipment: EquipmentId,
    /// The distribution that gave it.
    pub distribution: Option<DistributionId>,
    /// The co-owners' lines.
    pub shared: Vec<ChargeLine>,
    /// How the money moved.
    pub transaction: Transaction,
    /// Whether it was taken back.
    pub reversed: bool,
}
