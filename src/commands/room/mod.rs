//! Rooms and networks: what a room is about, hears and says.

pub mod answer;
pub mod arrival;
pub mod clock;
pub mod help;
pub mod ledger;
pub mod network;
pub mod news;
pub mod progress;
pub mod schedule;
pub mod summary;
