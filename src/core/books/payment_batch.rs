//! Payments that are made together.

use chrono::NaiveDate;

use crate::core::ids::{BatchId, MoneyId, PersonId, TextRef};
use crate::core::money::Amount;

/// How a payment of a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentState {
    /// It is on its way.
    Open,
    /// It was made, by this movement of money.
    Paid(MoneyId),
    /// It did not arrive.
    Failed,
}

/// A payment of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The payee.
    pub person: PersonId,
    /// How much.
    pub amount: Amount,
    /// Its reference in the file.
    pub reference: Option<TextRef>,
    /// How it stands.
    pub state: PaymentState,
}

/// Payments to several people, made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentBatch {
    /// Its number.
    pub id: BatchId,
    /// The day it was exported.
    pub date: NaiveDate,
    /// The format of the file.
    pub format: String,
    /// The payments.
    pub payments: Vec<Payment>,
}

impl PaymentBatch {
    /// The payments that are on their way.
    pub fn open(&self) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(|payment| payment.state == PaymentState::Open)
    }
}
