//! Money: income, payments, distributions.

pub mod advance;
pub mod available;
pub mod batch;
pub mod explain;
pub mod income;
pub(crate) mod payout;
pub(crate) mod record;
pub mod redirect;
pub mod spend;
pub mod undo;
