//! Rooms and networks: what a room is about, hears and says.

pub(crate) mod answer;
pub(crate) mod arrival;
pub(crate) mod changed;
pub mod clock;
pub(crate) mod course;
pub(crate) mod help;
pub(crate) mod ledger;
pub(crate) mod network;
pub(crate) mod news;
pub(crate) mod progress;
pub(crate) mod schedule;
pub(crate) mod summary;
