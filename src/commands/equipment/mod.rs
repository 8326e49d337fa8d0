//! Machines: use, stock, subscriptions, co-owners.

pub mod bill;
pub mod lookup;
pub(crate) mod machine;
pub mod owners;
pub mod stock;
pub mod subscription;
pub mod terms;
pub mod usage;
