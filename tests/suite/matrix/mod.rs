//! fairshare in Matrix, against a real Synapse: everything that the console does, and what only rooms can do.

mod burst;
mod rooms;
mod sealed;
mod transcripts;
mod trouble;
pub mod world;
