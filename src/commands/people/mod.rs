//! People: joining, accounts, roles, privacy.

pub mod about;
pub mod language;
pub mod link;
pub mod me;
pub mod membership;
pub mod privacy;
pub mod statement;
