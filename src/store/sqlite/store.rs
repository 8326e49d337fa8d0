//! A store in a SQLite file.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::sync::Arc;

use sqlx::sqlite::SqlitePool;
use tokio::task::JoinHandle;

use crate::core::books::state::Books;
use crate::core::check::{Finding, Verification};
use crate::core::ids::TextRef;
use crate::core::time::Timestamp;
use crate::directory::{Directory, StoredFile};
use crate::platform::Platform;
use crate::store::batch::Batch;
use crate::store::database::Store;
use crate::store::error::{CommitError, StoreError};
use crate::store::rows::JournalRow;
use crate::store::sqlite::connections::Connections;
use crate::store::sqlite::damaged::DamagedRow;
use crate::store::sqlite::directory::texts;
use crate::store::sqlite::error::sql;
use crate::store::sqlite::{caretaker, inbox, journal, load, positions, verify};
use crate::store::state::{Network, StoredState};

/// A SQLite file.
///
/// One connection writes. The others read, each from one snapshot, and never wait for it.
pub struct SqliteStore {
    connections: Arc<Connections>,
    /// Does the file's chores. A store that only reads has none.
    caretaker: Option<JoinHandle<()>>,
    /// The file's lock. A store that only reads has none.
    lock: Option<File>,
}

impl SqliteStore {
    /// A store that writes, for as long as it has the lock.
    pub(super) fn writing(connections: Connections, lock: File) -> Self {
        let connections = Arc::new(connections);
        let caretaker = tokio::spawn(caretaker::keep(connections.clone()));
        Self { connections, caretaker: Some(caretaker), lock: Some(lock) }
    }

    /// A store that only reads.
    pub(super) fn reading(connections: Connections) -> Self {
        Self { connections: Arc::new(connections), caretaker: None, lock: None }
    }

    /// The connections that read, for code that looks at the file itself.
    pub fn pool(&self) -> &SqlitePool {
        &self.connections.pool
    }

    /// The ids of the networks in the file.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub async fn networks(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.connections.pool.acquire().await.map_err(sql)?;
        journal::networks(&mut connection).await.map_err(sql)
    }

    /// A network's journal, in order.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub async fn journal(&self, network: &str) -> Result<Vec<JournalRow>, StoreError> {
        let mut connection = self.connections.pool.acquire().await.map_err(sql)?;
        journal::read(&mut connection, network).await.map_err(sql)
    }

    /// A network's books, with the handles of its people.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read, or the journal is damaged or newer than this program.
    pub async fn books(&self, network: &str) -> Result<Books, StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        Ok(load::network(&mut snapshot, network).await?.0.books)
    }

    /// A network's directory.
    ///
    /// # Errors
    /// As [`books`](Self::books).
    pub async fn directory(&self, network: &str) -> Result<Directory, StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        Ok(load::network(&mut snapshot, network).await?.0.directory)
    }

    /// What is wrong with the file as a whole.
    ///
    /// # Errors
    /// [`StoreError`] where no connection can be opened.
    pub async fn verify_file(&self) -> Result<Vec<Finding>, StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        Ok(verify::file(&mut snapshot).await)
    }

    /// What is wrong with a network's journal, and with what lies beside it.
    ///
    /// # Errors
    /// [`StoreError`] where no connection can be opened.
    pub async fn verify_network(&self, network: &str) -> Result<Verification, StoreError> {
        // One snapshot for all of it, because somebody may be writing.
        let mut snapshot = self.connections.snapshot().await?;
        Ok(verify::network(&mut snapshot, network).await)
    }

    /// The entries of a network whose hashes begin with these digits, by place and time, and the number of all entries.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub async fn entries_of(&self, network: &str, digits: &str) -> Result<(Vec<(u64, String)>, u64), StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        journal::entries_of(&mut snapshot, network, digits).await.map_err(sql)
    }

    /// How far the rooms of a platform have been read, by room.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub async fn cursors(&self, platform: Platform) -> Result<HashMap<String, String>, StoreError> {
        positions::cursors(&self.connections.pool, platform).await.map_err(sql)
    }

    /// Moves rows that can't be read aside. If that fails they stay, and are reported again at the next start.
    async fn set_aside(&self, rows: &[DamagedRow]) {
        for row in rows {
            tracing::error!("{row}; `fairshare verify` names it");
        }
        if rows.is_empty() || self.lock.is_none() {
            return;
        }
        if let Err(error) = self.connections.set_aside(rows).await {
            tracing::warn!(%error, "rows that can't be read stay where they are");
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if let Some(caretaker) = &self.caretaker {
            caretaker.abort();
        }
    }
}

impl Store for SqliteStore {
    async fn load(&self) -> Result<StoredState, StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        let (kept, damaged) = load::everything(&mut snapshot).await?;
        drop(snapshot);
        self.set_aside(&damaged).await;
        if !kept.outbox.is_empty() {
            // They may name somebody who was erased before this start.
            self.connections.care.note_replies(kept.last_outbox);
        }
        Ok(kept)
    }

    async fn network(&self, id: &str) -> Result<Option<Network>, StoreError> {
        let mut snapshot = self.connections.snapshot().await?;
        if journal::head(&mut snapshot, id).await.map_err(sql)?.is_none() {
            return Ok(None);
        }
        let (network, damaged) = load::whole_network(&mut snapshot, id).await?;
        drop(snapshot);
        self.set_aside(&damaged).await;
        Ok(Some(network))
    }

    async fn known(&self, events: &[String]) -> Result<HashSet<String>, StoreError> {
        // Whether the last batch was written is known once it is synced.
        self.connections.settle_doubt().await?;
        inbox::known(&self.connections.pool, events).await.map_err(sql)
    }

    async fn recorded(&self, event: &str) -> Result<String, StoreError> {
        inbox::recorded(&self.connections.pool, event).await.map_err(sql)
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.connections.commit(batch).await.map_err(CommitError::from)
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        let mut found = self.verify_network(network).await?;
        found.broken.splice(..0, self.verify_file().await?);
        Ok(found)
    }

    async fn file(&self, network: &str, file: TextRef) -> Result<Option<StoredFile>, StoreError> {
        texts::file(&self.connections.pool, network, file).await.map_err(sql)
    }

    async fn prune(&self, before: Timestamp, most: usize) -> Result<Option<Timestamp>, StoreError> {
        self.connections.prune(before, most).await
    }

    async fn close(&self) {
        if let Some(caretaker) = &self.caretaker {
            caretaker.abort();
        }
        self.connections.close().await;
    }
}
