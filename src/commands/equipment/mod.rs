//! Machines: use, stock, subscriptions, co-owners.

pub(crate) mod bill;
pub(crate) mod lookup;
pub(crate) mod machine;
pub(crate) mod owners;
pub(crate) mod stock;
pub(crate) mod subscription;
pub(crate) mod terms;
pub(crate) mod usage;
