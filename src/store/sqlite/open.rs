//! Opening a file.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::Mutex;

use crate::store::error::StoreError;
use crate::store::sqlite::care::Care;
use crate::store::sqlite::connections::Connections;
use crate::store::sqlite::error::{database, sql};
use crate::store::sqlite::place::Place;
use crate::store::sqlite::store::SqliteStore;
use crate::store::sqlite::writer::Writer;
use crate::store::sqlite::{checkpoint, mark, outbox, schema};

/// How often opening a file is tried while it can't be read or written, and the first wait between two tries.
const OPENED: (u32, Duration) = (6, Duration::from_millis(50));

/// How long a connection waits for another program's lock.
const LOCKED: Duration = Duration::from_secs(3);

impl SqliteStore {
    /// Opens a file for writing. Creates it and its tables if they are missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another program writes to it, [`StoreError::Incomplete`] where commits are
    /// missing, and [`StoreError`] where it can't be read or written, also after some tries.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Place::of(path)?;
        let lock = place.lock()?;
        let (tries, mut wait) = OPENED;
        let mut tried = 1;
        loop {
            match open_to_write(&place).await {
                Ok(connections) => return Ok(Self::writing(connections, lock)),
                Err(StoreError::Unavailable(why)) if tried < tries => {
                    tracing::warn!(%why, "the database can't be opened, trying again in {wait:?}");
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(wait).await;
            (tried, wait) = (tried + 1, wait.saturating_mul(2));
        }
    }

    /// Opens a file for reading, also while another program writes.
    ///
    /// # Errors
    /// [`StoreError::Incomplete`] where commits are missing, and [`StoreError`] where there is no file, or it can't be
    /// read.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let place = existing(path)?;
        let found = place.look();
        if found.length == 0 {
            place.expect_new(&found)?;
            return Err(database(format!("{} is empty", path.display())));
        }
        let options = SqliteConnectOptions::new().filename(&place.path).read_only(true).busy_timeout(LOCKED);
        let pool = pool().connect_with(options.clone()).await.map_err(sql)?;
        let mut connection = pool.acquire().await.map_err(sql)?;
        place.expect_tables(schema::count(&mut connection).await?)?;
        if let Some(mark) = mark::read(&mut connection).await? {
            place.expect_complete(&found, &mark)?;
        }
        drop(connection);
        let (writer, care) = (Mutex::default(), Care::default());
        Ok(Self::reading(Connections { pool, options, writer, care, head: None }))
    }

    /// Accepts a file as it is although commits are missing, so that it can be opened again.
    ///
    /// # Errors
    /// [`StoreError`] where there is no file, another program writes to it, or it can't be read or written.
    pub async fn accept_loss(path: &Path) -> Result<(), StoreError> {
        let place = existing(path)?;
        let _lock: File = place.lock()?;
        let found = place.look();
        if found.length == 0 {
            return place.expect_new(&found);
        }
        place.expect_own_log(&found)?;
        let mut connection = write_options(&place).connect().await.map_err(sql)?;
        place.expect_tables(schema::count(&mut connection).await?)?;
        mark::rename_file(&mut connection).await?;
        connection.close().await.map_err(sql)?;
        place.forget_head()
    }
}

fn existing(path: &Path) -> Result<Place, StoreError> {
    if path.is_file() { Place::of(path) } else { Err(database(format!("there is no file {}", path.display()))) }
}

/// Connections that last as long as the store is open. Without a limit on their lifetime, the library starts no task
/// that looks after them. That task's count of idle connections can fall below zero while the first one is taken; then
/// it counts for ever and keeps a whole processor busy.
fn pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(4).idle_timeout(None).max_lifetime(None)
}

fn write_options(place: &Place) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&place.path)
        .busy_timeout(LOCKED)
        .synchronous(SqliteSynchronous::Full)
        // Pages in memory, and pages of log before it is folded: the batches of a busy hour neither read nor fold.
        .pragma("cache_size", "-16000")
        .pragma("wal_autocheckpoint", "8000")
        .pragma("secure_delete", "ON")
        .foreign_keys(true)
}

async fn open_to_write(place: &Place) -> Result<Connections, StoreError> {
    let options = write_options(place);
    let mut connection = prepared(place, &options).await?;
    let mark = mark::read(&mut connection).await?.ok_or_else(|| database("the table `mark` is empty"))?;
    let head = place.head(&mark);
    mark::note_open(&mut connection).await.map_err(sql)?;
    // Syncs what an earlier program may have written and not synced, and the tables of a new file.
    checkpoint::fold(&mut connection, "PASSIVE").await.map_err(sql)?;
    let care = Care::default();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM traces").fetch_one(&mut connection).await.map_err(sql)?;
    if left > 0 {
        care.note_left_residue(outbox::last_id(&mut connection).await.map_err(sql)?);
    }
    let pool = pool().connect_with(options.clone()).await.map_err(sql)?;
    let writer = Mutex::new(Writer::new(connection));
    let connections = Connections { pool, options, writer, care, head: Some(head) };
    connections.wipe().await;
    Ok(connections)
}

/// A connection to a file that was found complete, with all its tables and a log.
async fn prepared(place: &Place, options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let found = place.look();
    let is_new = found.length == 0;
    if is_new {
        place.expect_new(&found)?;
    } else {
        place.expect_own_log(&found)?;
    }
    place.make_private()?;
    let has_log = !is_new && place.has_log_by_header()?;
    // A file without a log is new, or a restored backup. Until it is complete, what is written to it need not last.
    let lasting = if is_new { SqliteSynchronous::Off } else { SqliteSynchronous::Full };
    let mut connection = options.clone().synchronous(lasting).connect().await.map_err(sql)?;
    if has_log {
        place.expect_tables(schema::count(&mut connection).await?)?;
    }
    if let Some(mark) = mark::read(&mut connection).await? {
        place.expect_complete(&found, &mark)?;
    }
    schema::migrate(&mut connection).await?;
    if !has_log {
        // The file has all its tables before it has a log: a file with a log and without tables has lost it.
        for pragma in ["PRAGMA synchronous = FULL", "PRAGMA journal_mode = WAL"] {
            sqlx::query(pragma).execute(&mut connection).await.map_err(sql)?;
        }
    }
    Ok(connection)
}
