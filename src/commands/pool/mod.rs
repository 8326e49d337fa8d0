//! Pools: what people buy together.

pub mod deadline;
pub mod money;
pub(crate) mod pledge;
