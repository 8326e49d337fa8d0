//! Faults and other reasons why a batch is not committed.

/// A fault of the program. Its author sees only the id under which it is logged.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct Fault {
    why: String,
}

impl Fault {
    /// A fault, with its cause for the log.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    /// A command's code panicked, so the command has no outcome.
    pub fn panicked() -> Self {
        Self::new("the command's code panicked")
    }
}

/// Why a batch was not committed. The numbers count the messages that had been decided by then.
pub enum BatchError {
    /// Another process wrote to the database.
    Conflict,
    /// The message after these can't be decided.
    Undecided(usize, Fault),
    /// The database refuses the rows of these.
    Rejected(usize, Fault),
}

impl BatchError {
    /// The same error after this many messages.
    pub fn after(self, decided: usize) -> Self {
        match self {
            BatchError::Conflict => BatchError::Conflict,
            BatchError::Undecided(_, fault) => BatchError::Undecided(decided, fault),
            BatchError::Rejected(_, fault) => BatchError::Rejected(decided, fault),
        }
    }
}
