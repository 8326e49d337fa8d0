//! Work: tasks, logs, timers, receipts, claims.

pub mod change;
pub(crate) mod claim;
pub mod flag;
pub(crate) mod log;
pub mod lower;
pub(crate) mod media;
pub mod receipt;
pub(crate) mod task;
pub(crate) mod timer;
