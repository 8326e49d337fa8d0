//! The tests of fairshare, in one binary: each further one would link the whole program again.
//!
//! `transcripts` runs the manual; `contract` compares the command files with the code; each other file tests one
//! promise.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::integer_division,
    reason = "a test that meets what it does not expect has failed; there is nobody to recover for"
)]

mod advice;
mod cli;
mod clock;
mod contract;
mod discord;
mod durability;
mod engine;
mod equipment;
mod facts;
mod figures;
mod golden;
mod habits;
mod help;
mod house;
mod jobs;
mod limits;
mod linking;
mod listen;
mod lists;
mod matrix;
mod pages;
mod payments;
mod privacy;
mod program;
mod properties;
mod proxy;
mod purity;
mod python;
mod reading;
mod rules;
mod screens;
mod store;
mod synapse;
mod transcripts;
mod trust;
mod undoing;
mod watchdog;
mod wording;
mod words;
mod world;
