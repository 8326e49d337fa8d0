//! Pools: what people buy together.

pub(crate) mod deadline;
pub(crate) mod lookup;
pub(crate) mod money;
pub(crate) mod open;
pub(crate) mod pledge;
pub(crate) mod show;
