//! Bills for a machine's time, and what a machine received.

use chrono::NaiveDate;

use crate::core::equipment::ChargeLine;
use crate::core::fact::equipment::{Charged, Payer};
use crate::core::ids::{BillId, DistributionId, EquipmentId, LogId, MoneyId, PersonId, TextRef};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::time::Timestamp;

/// How a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillState {
    /// Nobody has paid it; nothing of it is owed to anyone.
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
    /// When it was said.
    pub at: Timestamp,
    /// What it is for.
    pub charged: Charged,
    /// Who pays it.
    pub payer: Payer,
    /// Its lines but the co-owners'.
    pub lines: Vec<ChargeLine>,
    /// What is the co-owners'.
    pub owners: Amount,
    /// How it stands.
    pub state: BillState,
    /// The payment's reference.
    pub reference: Option<TextRef>,
    /// What it was paid from.
    pub from: Option<LedgerAccount>,
    /// What the co-owners' part went to.
    pub shared: Vec<ChargeLine>,
}

impl Bill {
    /// What is to be paid.
    pub fn total(&self) -> Amount {
        self.owners.with(self.owners.minor + self.lines.iter().map(|line| line.minor).sum::<Minor>())
    }

    /// What the machine claims of a project for it.
    pub fn log(&self) -> Option<LogId> {
        match self.charged {
            Charged::Use { log, .. } => log,
            Charged::Subscription { .. } => None,
        }
    }
}

/// What a machine received of a project, as it was shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineShare {
    /// Which machine.
    pub equipment: EquipmentId,
    /// By which distribution.
    pub distribution: Option<DistributionId>,
    /// To whom.
    pub shared: Vec<ChargeLine>,
    /// How the money moved.
    pub transaction: Transaction,
    /// Whether it was taken back.
    pub reversed: bool,
}
