//! The tests of fairshare, in one binary: each further one would link the whole program again.
//!
//! `transcripts` run what the manual shows; `contract` holds the command files to the code; the rest look at one promise each.

mod cli;
mod contract;
mod durability;
mod engine;
mod golden;
mod properties;
mod purity;
mod python;
mod store;
mod transcripts;
mod world;
