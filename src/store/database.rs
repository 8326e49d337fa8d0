//! The interface of a database.

use std::collections::HashSet;
use std::future::Future;

use crate::core::check::Verification;
use crate::core::ids::TextRef;
use crate::core::time::Timestamp;
use crate::directory::StoredFile;
use crate::store::batch::Batch;
use crate::store::error::{CommitError, StoreError};
use crate::store::state::{Network, StoredState};

/// A database. One process writes to it at a time.
pub trait Store: Send + Sync + 'static {
    /// Reads everything.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be read, or a journal in it is damaged or newer than this program. A
    /// row beside the journal that can't be read is no error: it is logged and left out.
    fn load(&self) -> impl Future<Output = Result<StoredState, StoreError>> + Send;
    /// Reads one network again. `None` if there is none of that id.
    ///
    /// # Errors
    /// As [`load`](Self::load), for this network.
    fn network(&self, id: &str) -> impl Future<Output = Result<Option<Network>, StoreError>> + Send;
    /// The events of these that have an inbox row.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be read, or it is unknown whether the last batch was written.
    fn known(&self, events: &[String]) -> impl Future<Output = Result<HashSet<String>, StoreError>> + Send;
    /// The labels of the logs and the movements of money that a message recorded, by its event; empty if there are
    /// none.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be read.
    fn recorded(&self, event: &str) -> impl Future<Output = Result<String, StoreError>> + Send;
    /// Writes a batch: all of it, or nothing.
    ///
    /// # Errors
    /// [`CommitError`] says why nothing was written. After [`CommitError::InDoubt`] the batch may have been written all
    /// the same; [`known`](Self::known) tells.
    fn commit(&self, batch: &Batch) -> impl Future<Output = Result<(), CommitError>> + Send;
    /// Replays the stored journal of a network. Reports what is not as it was written, in the whole database and
    /// beside that journal.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be reached. Damage is no error here: it is in the report.
    fn verify(&self, network: &str) -> impl Future<Output = Result<Verification, StoreError>> + Send;
    /// A file that lies beside a network's journal. `None` once it was erased, or if it can't be read.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be read.
    fn file(&self, network: &str, file: TextRef)
    -> impl Future<Output = Result<Option<StoredFile>, StoreError>> + Send;
    /// Deletes at most `most` inbox rows and `most` undelivered replies that are older than `before`, the oldest first.
    /// Returns the instant up to which inbox rows were deleted, now or earlier.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be written.
    fn prune(
        &self,
        _before: Timestamp,
        _most: usize,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send {
        std::future::ready(Ok(None))
    }
    /// Folds everything into one file, and closes it.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
