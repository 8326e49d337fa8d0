//! Work: tasks, logs, timers, receipts, claims.

pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod flag;
pub(crate) mod log;
pub(crate) mod log_list;
pub(crate) mod lower;
pub(crate) mod media;
pub(crate) mod receipt;
pub(crate) mod task;
pub(crate) mod timer;
