//! Summaries: what a period brought.

pub mod charts;
pub mod period;
pub mod post;
pub mod ring;
pub mod text;
