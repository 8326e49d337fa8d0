//! Money: income, payments, distributions.

pub(crate) mod advance;
pub(crate) mod available;
pub(crate) mod distribution;
pub(crate) mod explain;
pub(crate) mod income;
pub(crate) mod pay_to;
pub(crate) mod payment_batch;
pub(crate) mod record;
pub(crate) mod redirect;
pub(crate) mod second;
pub(crate) mod slips;
pub(crate) mod spend;
pub(crate) mod undo;
