//! People as the books know them.

use std::collections::BTreeSet;

use crate::core::fact::people::Role;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::time::Timestamp;

/// A person, as the books know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the journal calls them, in account names too: their number, or in entries of before a handle.
    pub ledger_name: String,
    /// What they are called, unique in the network: see [`Books::set_handle`].
    pub handle: String,
    /// When they joined first.
    pub joined_at: Timestamp,
    /// Whether they take part; false after leaving.
    pub active: bool,
    /// Whether they are forgotten, so that nothing can be begun with them.
    pub erased: bool,
    /// Their roles; a lead's names its project.
    pub roles: BTreeSet<(Role, Option<ProjectId>)>,
    /// Whether everything they log is a gift.
    pub gives: bool,
}

/// Somebody who turned out to be another person of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What the journal called them.
    pub ledger_name: String,
    /// The handle of before, which means that person now.
    pub handle: String,
    /// Who they are now.
    pub into: PersonId,
}
