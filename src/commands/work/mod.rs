//! Work: tasks, logs, timers, receipts, claims.

pub mod change;
pub mod claim;
pub mod flag;
pub mod log;
pub mod lower;
pub mod media;
pub mod receipt;
pub mod task;
pub mod timer;
