//! People as the books know them.

use std::collections::BTreeSet;

use crate::core::fact::people::Role;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::time::Timestamp;

/// A person, as the books know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name in the journal, also in account names: their number, or a handle in older entries.
    pub ledger_name: String,
    /// Their handle, unique in the network; see [`Books::set_handle`](crate::core::books::state::Books::set_handle).
    pub handle: String,
    /// When they joined first.
    pub joined_at: Timestamp,
    /// Whether they take part; false after leaving.
    pub active: bool,
    /// Whether they are erased. Nothing new can begin with them.
    pub erased: bool,
    /// Their roles; a lead's role names its project.
    pub roles: BTreeSet<(Role, Option<ProjectId>)>,
    /// Whether everything they log is a gift.
    pub gives: bool,
}

/// Somebody who was joined to another person of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Their name in the journal.
    pub ledger_name: String,
    /// Their former handle, which now means the other person.
    pub handle: String,
    /// The person they are now.
    pub into: PersonId,
}
