//! fairshare: contribution accounts for open value networks, kept from chat.
//!
//! In reading order:
//!
//! - [`core`]: the accounting, pure. [`core::money`], [`core::split`] and [`core::ledger`] are the arithmetic.
//!   [`core::entry`] has the entries of the journal, [`core::books`] the state that they add up to.
//!   [`core::distribution`] turns income into shares; [`core::check`] has the invariants.
//! - [`commands`]: what people can say. Each command is a file in `commands/` and a pure function that decides.
//! - [`directory`]: accounts, rooms and texts, beside the journal; they may be erased. [`platform`]: the platforms by
//!   name.
//! - [`engine`]: the one way from a message to the journal. [`intake`] comes before it, with its [`limits`]; [`outbox`]
//!   comes after it.
//! - [`message`]: replies as they are stored, before they have words. [`store`]: the database.
//! - [`adapters`]: the console, Matrix and Discord, the only modules that know a platform's own types. [`render`]:
//!   typed replies to words.
//! - [`payment`]: payment addresses, and the files that pay many people.
//! - [`ticker`], [`clock`], [`config`], [`export`]: time, settings, and books for other programs.
//!
//! Invariants: money is a whole number of the smallest unit, and all division is in [`core::split`]; a transaction that
//! does not balance can't be made; a decided entry can always be applied; a journaled entry never changes; a reply
//! leaves only after the commit of its effect.
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
pub mod job_name;
pub mod limits;
pub mod message;
pub mod outbox;
pub mod payment;
pub mod platform;
pub mod preference;
pub mod private;
pub mod recurrence;
pub mod render;
pub mod store;
pub mod ticker;
