//! Errors of a store.
//!
//! [`StoreError`] is for opening and reading, [`CommitError`] for writing a batch.

use crate::core::entry::PayloadError;

/// Why a batch was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A network's head is not where the batch was decided: somebody else wrote.
    #[error("another writer has moved the journal's head")]
    Conflict,
    /// The database can't be reached or written just now. Nothing was written.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The last step failed: the batch may have been written, or not.
    #[error("it is unknown whether the database has the batch: {0}")]
    InDoubt(String),
    /// The database does not take these rows.
    #[error("the database refuses the rows: {0}")]
    Rejected(String),
}

/// Why a store can't be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database reports an error.
    #[error("database: {0}")]
    Database(String),
    /// It can't be read or written just now. It may help to try again.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Part of it is missing: the log beside it was lost, or it is not the file that was used last.
    #[error("{path} is not complete: {why}")]
    Incomplete {
        /// The database file.
        path: String,
        /// What is missing, and what to do.
        why: String,
    },
    /// Another process is writing.
    #[error("{path} is in use by process {holder}; stop that one first, or open another file with --db")]
    Locked {
        /// The database file.
        path: String,
        /// The process that holds it.
        holder: String,
    },
    /// A row of the journal is not what was hashed.
    #[error("the journal is damaged at entry {seq} of network {network}: {why}; `fairshare verify` tells more")]
    Damaged {
        /// The network's id.
        network: String,
        /// The entry's place.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// An entry that this program doesn't know.
    #[error("{0}")]
    Newer(PayloadError),
}
