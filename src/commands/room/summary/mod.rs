//! Summaries: what a period brought.

pub(crate) mod charts;
pub(crate) mod period;
pub(crate) mod post;
pub(crate) mod ring;
pub(crate) mod text;
