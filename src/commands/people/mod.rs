//! People: joining, accounts, roles, privacy.

pub(crate) mod about;
pub(crate) mod language;
pub(crate) mod link;
pub(crate) mod me;
pub(crate) mod membership;
pub(crate) mod privacy;
pub(crate) mod statement;
mod waiting;
