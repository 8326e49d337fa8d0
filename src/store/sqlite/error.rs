//! Maps errors of SQLite to errors of the store.

use crate::store::error::{CommitError, StoreError};

/// Codes of errors that may pass: BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
const PASSING: [u32; 8] = [5, 6, 7, 8, 10, 13, 14, 15];

/// The code of a constraint, and of a trigger that aborts.
const SQLITE_CONSTRAINT: u32 = 19;

/// An error that doesn't pass by waiting.
pub fn database(error: impl std::fmt::Display) -> StoreError {
    StoreError::Database(error.to_string())
}

/// An error of SQLite, sorted by whether it may pass.
pub fn sql(error: sqlx::Error) -> StoreError {
    let passes = match &error {
        sqlx::Error::Database(_) => code(&error).is_some_and(|code| PASSING.contains(&(code & 0xff))),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        _ => false,
    };
    if passes { StoreError::Unavailable(error.to_string()) } else { database(error) }
}

/// Why a batch could not be written.
pub enum WriteError {
    /// Somebody else wrote first.
    Conflict,
    /// SQLite reports an error. Nothing was written.
    Sql(sqlx::Error),
    /// SQLite reports an error of the commit itself.
    InDoubt(sqlx::Error),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        WriteError::Sql(error)
    }
}

impl From<WriteError> for CommitError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict => CommitError::Conflict,
            WriteError::Sql(error) | WriteError::InDoubt(error) if is_constraint(&error) => {
                CommitError::Rejected(error.to_string())
            }
            WriteError::Sql(error) => CommitError::Unavailable(error.to_string()),
            WriteError::InDoubt(error) => CommitError::InDoubt(error.to_string()),
        }
    }
}

/// Whether the rows themselves are refused.
fn is_constraint(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| code & 0xff == SQLITE_CONSTRAINT)
}

/// SQLite's own code of an error.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}
