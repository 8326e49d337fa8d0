//! The transaction of a batch.

use sqlx::{Connection as _, SqliteConnection};

use crate::directory::DirectoryChange;
use crate::store::batch::Batch;
use crate::store::sqlite::error::WriteError;
use crate::store::sqlite::seal::Seals;
use crate::store::sqlite::{directory, erasure, inbox, journal, mark, outbox, positions, prune};

/// Writes a batch in one transaction. Returns how many batches the file has taken, this one included.
///
/// # Errors
/// [`WriteError::Conflict`] where a head or a job is not as the batch was decided on; [`WriteError::Sql`] for the
/// rest; nothing is written then. [`WriteError::InDoubt`] where only the last step failed.
pub async fn write(connection: &mut SqliteConnection, batch: &Batch) -> Result<i64, WriteError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let connection = &mut *transaction;
    let seals = Seals::before(connection, &batch.changes).await?;
    for (network, head) in &batch.heads {
        journal::move_head(connection, network, head).await?;
    }
    journal::insert(connection, &batch.journal).await?;
    inbox::insert(connection, &batch.inbox).await?;
    outbox::insert(connection, &batch.outbox).await?;
    directory::write::write_all(connection, &batch.changes).await?;
    seals.renew(connection, &batch.changes).await?;
    let fresh = batch.outbox.first().map_or(i64::MAX, |row| row.id);
    for (network, change) in &batch.changes {
        if let DirectoryChange::ForgetResidue(residue) = change {
            erasure::forget_residue(connection, network, residue, fresh).await?;
        }
    }
    outbox::delete_delivered(connection, &batch.delivered).await?;
    outbox::note_undeliverable(connection, &batch.undeliverable).await?;
    positions::write_cursors(connection, &batch.cursors).await?;
    positions::write_readings(connection, &batch.readings).await?;
    prune::pass_over(connection, &batch.passed_over).await?;
    let commits = mark::count_commit(connection).await?;
    transaction.commit().await.map_err(WriteError::InDoubt)?;
    Ok(commits)
}
