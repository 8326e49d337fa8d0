//! Pools: what people buy together.

pub mod deadline;
pub mod lookup;
pub mod money;
pub mod open;
pub(crate) mod pledge;
pub mod show;
