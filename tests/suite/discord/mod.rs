//! Discord: the real engine over a real file, the real adapter and library, and a Discord of our own on loopback.
//!
//! `world` is a whole fairshare there; `commands` and `answers` are what people see; `transcripts` says all of the
//! manual; `faults` counts what trouble costs; `linked` is one network on two platforms. `fake` is the other side,
//! and `contract` what Discord's own description of its API, and its limits, say of everything that either side
//! sends.

mod answers;
mod contract;
mod fake;
mod faults;
mod linked;
mod transcripts;
mod wire;
mod world;
