//! Machines: use, stock, subscriptions, co-owners.

pub(crate) mod machine;
pub mod stock;
pub mod subscription;
pub mod usage;
