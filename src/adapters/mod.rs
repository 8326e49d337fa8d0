//! The platforms: each turns what is said there into [`Inbound`](crate::intake::Inbound) messages, and delivers replies.

pub mod console;
pub mod discord;
pub mod matrix;
