//! Money: income, payments, distributions.

pub mod advance;
pub mod available;
pub mod batch;
pub mod explain;
pub mod income;
pub mod payout;
pub mod record;
pub mod redirect;
pub mod spend;
pub mod undo;
