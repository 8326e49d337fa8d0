//! Folding the log into the file.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

/// Folds the log into the file in one of SQLite's modes: `PASSIVE`, `TRUNCATE`. Returns whether all of it is in the
/// file, and synced.
///
/// # Errors
/// [`sqlx::Error`] if SQLite reports one.
pub async fn fold(connection: &mut SqliteConnection, mode: &str) -> Result<bool, sqlx::Error> {
    let query = AssertSqlSafe(format!("PRAGMA wal_checkpoint({mode})"));
    let row = sqlx::query(query).fetch_one(connection).await?;
    let (busy, log, folded): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(busy == 0 && log == folded)
}
