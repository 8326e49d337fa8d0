//! The connections to one file, and what goes on them.

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{Connection as _, Sqlite};
use tokio::sync::Mutex;

use crate::core::time::Timestamp;
use crate::store::batch::Batch;
use crate::store::error::StoreError;
use crate::store::sqlite::care::Care;
use crate::store::sqlite::damaged::DamagedRow;
use crate::store::sqlite::error::{WriteError, sql};
use crate::store::sqlite::place::Head;
use crate::store::sqlite::writer::Writer;
use crate::store::sqlite::{checkpoint, commit, damaged, mark, prune};

/// One connection that writes, some that read, and what is known of the file meanwhile.
pub struct Connections {
    /// The connections that read.
    pub pool: SqlitePool,
    /// How a connection is opened.
    pub options: SqliteConnectOptions,
    /// The connection that writes.
    pub writer: Mutex<Writer>,
    /// What there is to do for the file.
    pub care: Care,
    /// The file that counts commits beside the database. `None` if this program only reads.
    pub(crate) head: Option<Head>,
}

impl Connections {
    /// A connection whose transaction is one snapshot. It is closed afterwards: a transaction that failed could still
    /// be open on it.
    ///
    /// # Errors
    /// [`StoreError`] where no connection can be opened.
    pub async fn snapshot(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(sql)?;
        connection.close_on_drop();
        sqlx::query("BEGIN").execute(&mut *connection).await.map_err(sql)?;
        Ok(connection)
    }

    /// Makes sure that what the last transaction may have written is synced.
    ///
    /// # Errors
    /// [`StoreError`] where that can't be done now.
    pub async fn settle_doubt(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        if writer.is_in_doubt() {
            let connection = writer.take(&self.options).await.map_err(sql)?;
            writer.put(connection);
        }
        Ok(())
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// [`WriteError`] where somebody else wrote first, or SQLite does not accept the batch.
    pub async fn commit(&self, batch: &Batch) -> Result<(), WriteError> {
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take(&self.options).await?;
        match commit::write(&mut connection, batch).await {
            Ok(commits) => {
                writer.put(connection);
                if let Some(head) = &self.head {
                    head.note(commits);
                }
                self.care.note(batch);
                Ok(())
            }
            Err(error) => {
                // The error that counts has been reported; closing may add another.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    /// Deletes old rows. See [`Store::prune`](crate::store::database::Store::prune).
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be written.
    pub async fn prune(&self, before: Timestamp, most: usize) -> Result<Option<Timestamp>, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take(&self.options).await.map_err(sql)?;
        let pruned = prune::prune(&mut connection, before, most).await.map_err(sql)?;
        writer.put(connection);
        Ok(pruned)
    }

    /// Moves damaged rows out of the way, in a transaction of its own.
    ///
    /// # Errors
    /// [`sqlx::Error`] where the file can't be written. The rows stay then.
    pub async fn set_aside(&self, rows: &[DamagedRow]) -> Result<(), sqlx::Error> {
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take(&self.options).await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        damaged::move_aside(&mut transaction, rows).await?;
        transaction.commit().await?;
        writer.put(connection);
        Ok(())
    }

    /// Wipes what is left of erased people. What can't be wiped now is wiped later, or at the next start.
    pub async fn wipe(&self) {
        if !self.care.has_residue() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let wiped = async {
            let mut connection = writer.take(&self.options).await?;
            self.care.wipe(&mut connection).await?;
            writer.put(connection);
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = wiped.await {
            let what = "what was left of somebody who was forgotten is still in unused parts of the file";
            tracing::error!(%error, "{what}");
        }
    }

    /// Folds everything into one file, and closes it.
    pub async fn close(&self) {
        self.wipe().await;
        self.pool.close().await;
        if self.head.is_none() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let folded = async {
            let mut connection = writer.take(&self.options).await?;
            mark::note_closed(&mut connection).await?;
            // A copy of the one file is then a copy of everything.
            checkpoint::fold(&mut connection, "TRUNCATE").await?;
            connection.close().await
        };
        if let Err(error) = folded.await {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
    }
}
