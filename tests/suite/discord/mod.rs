//! Discord: the real engine over a real file, the real adapter and library, and a fake Discord on loopback.
//!
//! `world` is a whole fairshare there; `answers` is what people see; `transcripts` runs the whole manual; `faults`
//! counts what trouble costs; `linked` is one network on two platforms. `fake` is the other side, and `contract` checks
//! everything that either side sends against Discord's own API description and limits.

mod answers;
mod contract;
mod fake;
mod faults;
mod linked;
mod transcripts;
mod wire;
mod world;
