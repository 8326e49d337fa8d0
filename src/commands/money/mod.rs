//! Money: income, payments, distributions.

pub(crate) mod advance;
pub(crate) mod available;
pub(crate) mod batch;
pub(crate) mod explain;
pub(crate) mod income;
pub(crate) mod payout;
pub(crate) mod record;
pub(crate) mod redirect;
pub(crate) mod spend;
pub(crate) mod undo;
