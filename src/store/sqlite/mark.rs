//! The table `mark`: the file's own record of itself.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::store::error::StoreError;
use crate::store::sqlite::error::sql;
use crate::store::sqlite::schema;

/// The file's own record of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMark {
    /// The file's name for itself, by which it is told apart from another file.
    pub file: String,
    /// How many batches it has taken.
    pub commits: i64,
    /// Whether a program has it open, or had it open when the program ended.
    pub is_open: bool,
}

/// The mark. `None` in a file from before there were marks.
///
/// # Errors
/// [`StoreError`] where it can't be read.
pub async fn read(connection: &mut SqliteConnection) -> Result<Option<FileMark>, StoreError> {
    if !schema::has_table(connection, "mark").await.map_err(sql)? {
        return Ok(None);
    }
    let query = sqlx::query("SELECT file, commits, is_open FROM mark");
    let row = query.fetch_optional(connection).await.map_err(sql)?;
    row.map(|row| mark_of(&row)).transpose().map_err(sql)
}

fn mark_of(row: &SqliteRow) -> Result<FileMark, sqlx::Error> {
    Ok(FileMark { file: row.try_get("file")?, commits: row.try_get("commits")?, is_open: row.try_get("is_open")? })
}

/// Gives the file a new name for itself, and notes that no program has it open. Does nothing where there is no mark.
///
/// # Errors
/// [`StoreError`] where it can't be read or written.
pub async fn rename_file(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    if read(connection).await?.is_some() {
        let rename = sqlx::query("UPDATE mark SET file = lower(hex(randomblob(8))), is_open = 0");
        rename.execute(connection).await.map_err(sql)?;
    }
    Ok(())
}

/// Notes that a program has the file open.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn note_open(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE mark SET is_open = 1").execute(connection).await.map(|_| ())
}

/// Notes that no program has the file open any more.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn note_closed(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE mark SET is_open = 0").execute(connection).await.map(|_| ())
}

/// Counts a batch. Returns how many the file has taken, this one included.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn count_commit(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("UPDATE mark SET commits = commits + 1 RETURNING commits").fetch_one(connection).await
}
