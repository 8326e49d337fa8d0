//! The accounting core: money, contributions, rules, distributions, and the books that they make.
//!
//! Pure. Nothing in here is async, reads a clock, draws a random number, touches a database, names a chat platform or
//! computes with floating point; `tests/suite/purity.rs` checks these files.

pub mod books;
pub mod budget;
pub mod check;
pub mod contribution;
pub mod course;
pub mod distribution;
pub mod entry;
pub mod equipment;
pub mod fact;
pub mod holder;
pub mod ids;
pub mod ledger;
pub mod log;
pub mod look;
pub mod money;
pub mod name;
pub mod percent;
pub mod pool;
pub mod rule;
pub mod split;
pub mod stock;
pub mod task;
pub mod time;
