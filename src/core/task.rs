//! Tasks: open to anyone, taken by one person, done, accepted by a lead.

use crate::core::ids::{PersonId, ProjectId, TaskId, TextRef};
use crate::core::time::Minutes;

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Anyone may take it.
    Open,
    /// Somebody works on it.
    Taken(PersonId),
    /// Somebody says it is done.
    Done(PersonId),
    /// A lead agrees.
    Accepted(PersonId),
}

impl TaskState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            TaskState::Open => "open",
            TaskState::Taken(_) => "taken",
            TaskState::Done(_) => "done",
            TaskState::Accepted(_) => "accepted",
        }
    }

    /// Who took or did it.
    pub fn person(self) -> Option<PersonId> {
        match self {
            TaskState::Open => None,
            TaskState::Taken(person) | TaskState::Done(person) | TaskState::Accepted(person) => Some(person),
        }
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its number, written `#3`.
    pub id: TaskId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// What is to be done.
    pub title: TextRef,
    /// How long it may take.
    pub estimate: Option<Minutes>,
    /// Who opened it.
    pub opened_by: PersonId,
    /// When.
    pub opened_at: crate::core::time::Timestamp,
    /// Its state.
    pub state: TaskState,
    /// Its states since it was opened, each with its time.
    pub moves: Vec<(crate::core::time::Timestamp, TaskState)>,
}
