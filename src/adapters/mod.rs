//! The platforms. Each turns what people say there into [`Inbound`](crate::incoming::Inbound) messages, and delivers
//! replies. [`date`] asks their servers what time it is.

pub mod console;
pub mod date;
pub mod discord;
pub mod matrix;
pub mod pictures;
