//! fairshare in Matrix, against a real Synapse: everything that the console does, and what only rooms bring.

mod burst;
mod process;
mod rooms;
mod sealed;
mod transcripts;
mod trouble;
mod world;
