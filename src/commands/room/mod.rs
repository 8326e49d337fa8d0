//! Rooms and networks: what a room is about, hears and says.

pub(crate) mod answer;
pub(crate) mod arrival;
pub mod clock;
pub(crate) mod help;
pub mod ledger;
pub(crate) mod network;
pub mod news;
pub mod progress;
pub(crate) mod schedule;
pub mod summary;
