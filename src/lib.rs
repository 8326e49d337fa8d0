//! fairshare: contribution accounts for open value networks, kept from chat.
//!
//! In reading order:
//!
//! - [`core`]: the accounting, pure. [`core::money`], [`core::split`] and [`core::ledger`] are the arithmetic;
//!   [`core::entry`] is what the journal says, [`core::books`] what it comes to, [`core::distribution`] how income
//!   becomes shares, [`core::check`] what must always hold.
//! - [`commands`]: what people can say. Each command is a file in `commands/` and a pure function to a decision.
//! - [`directory`]: who and where, beside the journal, and what may be erased.
//!   [`platform`]: the platforms by name.
//! - [`engine`]: the one way from what is said to the journal. [`intake`] is before it, with its [`limits`];
//!   [`outbox`] behind it.
//! - [`reply`]: a reply as it is kept, before it has words. [`store`]: where everything is kept.
//! - [`adapters`]: the platforms, the only modules that know one: the console, and Matrix. [`render`]: typed replies
//!   to words.
//! - [`payment`]: where people are paid, and the files that pay many of them.
//! - [`schedule`], [`clock`], [`config`], [`export`]: time, settings, and books for other programs.
//!
//! Invariants: money is whole numbers of the smallest unit, and everything divided is divided in [`core::split`]; a
//! transaction that does not balance can't be made; a decided entry can always be applied; nothing that was journaled
//! is ever changed; a reply leaves only after the commit of its effect.
#![recursion_limit = "256"]

// The Matrix SDK's futures are nested deeply.

pub mod adapters;
pub mod clock;
pub mod commands;
pub mod config;
pub mod core;
pub mod directory;
pub mod engine;
pub mod export;
pub mod gauge;
pub mod grammar;
pub mod incoming;
pub mod intake;
pub mod limits;
pub mod message;
pub mod outbox;
pub mod payment;
pub mod platform;
pub mod private;
pub mod recurrence;
pub mod render;
pub mod schedule;
pub mod store;
