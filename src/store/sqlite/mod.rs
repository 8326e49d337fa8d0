//! The embedded store: one SQLite file, one writer.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit that returned has been synced. After a failed transaction the connection is
//! opened anew. What is deleted is overwritten with zeros; after somebody was forgotten, the file is soon written anew and the log
//! emptied, so that neither holds on to them ([`care`]). A lock file tells a second writer who is there, and a file that lost its
//! log is noticed ([`place`]). A row beside the journal that can't be read stops nothing else ([`beside`]).

pub(crate) mod backup;
pub(crate) mod beside;
pub(crate) mod care;
pub(crate) mod forget;
pub(crate) mod place;
pub(crate) mod prune;
pub(crate) mod seal;
pub(crate) mod verify;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Row as _, Sqlite, SqliteConnection};
use tokio::task::JoinHandle;

use crate::commands::context::Verification;
use crate::core::books::state::Books;
use crate::core::check::Finding;
use crate::core::ids::{Hash, TextRef};
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, FileAbout, Known, RoomKey, StoredFile, Topic, Write};
use crate::message::asked::Fingerprint;
use crate::store::sqlite::beside::SetAside;
use crate::store::sqlite::care::Care;
use crate::store::sqlite::place::{Head, Place};
use crate::store::sqlite::seal::Seals;
use crate::store::{Batch, CommitError, HeadMove, InboxRow, JournalRow, Kept, Network, OutboxRow, Store, StoreError, fold};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Rows in one INSERT: the most columns times this stays below SQLite's limit of 32,766 parameters.
const ROWS_AT_ONCE: usize = 1000;

/// How far back a command said twice is looked for when the store is opened.
const RECENT: TimeDelta = TimeDelta::minutes(2);

/// How often opening a file is tried while it can't be read or written, and the first wait between two tries.
const OPENED: (u32, Duration) = (6, Duration::from_millis(50));

/// How long a connection waits for another program's lock.
const LOCKED: Duration = Duration::from_secs(3);

/// A SQLite file.
///
/// One connection writes. Others read, each from one snapshot, and never wait for it.
pub struct SqliteStore {
    inner: Arc<Inner>,
    caretaker: Option<JoinHandle<()>>,
    _lock: Option<File>,
}

struct Inner {
    pool: SqlitePool,
    options: SqliteConnectOptions,
    writer: tokio::sync::Mutex<Writer>,
    care: Care,
    head: Option<Head>,
}

/// The connection that writes. It is dropped after any transaction that failed or was given up, and opened anew for the next one:
/// a connection can't be trusted to have rolled back.
#[derive(Default)]
struct Writer {
    connection: Option<SqliteConnection>,
    /// A transaction failed, and may still be in the log without having been synced.
    in_doubt: bool,
}

impl Writer {
    /// The connection, for one transaction. It must be put back after that succeeded.
    async fn take(&mut self, options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = options.connect().await?;
                // What the log holds is synced by folding it in. Only then can it be asked for what is there.
                if self.in_doubt && !care::fold(&mut connection, "PASSIVE").await? {
                    return Err(sqlx::Error::Protocol("another program is reading an earlier state of the file".to_owned()));
                }
                connection
            }
        };
        self.in_doubt = true;
        Ok(connection)
    }

    fn put(&mut self, connection: SqliteConnection) {
        self.connection = Some(connection);
        self.in_doubt = false;
    }
}

/// Connections for as long as the store is open. Without an end to their lives the library starts no task that looks after them, whose
/// count of idle connections can be caught below zero while the first one is taken: then it counts for ever, on a whole processor.
fn connections() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(4).idle_timeout(None).max_lifetime(None)
}

fn database(error: impl std::fmt::Display) -> StoreError {
    StoreError::Database(error.to_string())
}

/// What SQLite says, told apart by whether it may pass.
fn sql(error: sqlx::Error) -> StoreError {
    const PASSING: [u32; 8] = [5, 6, 7, 8, 10, 13, 14, 15]; // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL
    let passes = match &error {
        sqlx::Error::Database(_) => code(&error).is_some_and(|code| PASSING.contains(&(code & 0xff))),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        _ => false,
    };
    if passes { StoreError::Unavailable(error.to_string()) } else { database(error) }
}

impl SqliteStore {
    /// Opens a file to write, making it and its tables where they are missing.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Place::of(path)?;
        let lock = place.lock()?;
        let (tries, mut wait) = OPENED;
        let mut tried = 1;
        let inner = loop {
            match open_to_write(&place).await {
                Ok(inner) => break Arc::new(inner),
                Err(StoreError::Unavailable(why)) if tried < tries => {
                    tracing::warn!(%why, "the database can't be opened, trying again in {wait:?}")
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(wait).await;
            (tried, wait) = (tried + 1, wait.saturating_mul(2));
        };
        let caretaker = tokio::spawn(care::keep(inner.clone()));
        Ok(Self { inner, caretaker: Some(caretaker), _lock: Some(lock) })
    }

    /// Opens a file to read it, also while another program writes.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(database(format!("there is no file {}", path.display())));
        }
        let place = Place::of(path)?;
        let found = place.look();
        if found.length == 0 {
            place.expect_new(&found)?;
            return Err(database(format!("{} is empty", path.display())));
        }
        let options = SqliteConnectOptions::new().filename(&place.path).read_only(true).busy_timeout(LOCKED);
        let pool = connections().connect_with(options.clone()).await.map_err(sql)?;
        let mut connection = pool.acquire().await.map_err(sql)?;
        place.expect_tables(count_tables(&mut connection).await?)?;
        if let Some(mark) = place::mark(&mut connection).await? {
            place.expect_complete(&found, &mark)?;
        }
        drop(connection);
        let inner = Inner { pool, options, writer: tokio::sync::Mutex::default(), care: Care::default(), head: None };
        Ok(Self { inner: Arc::new(inner), caretaker: None, _lock: None })
    }

    /// Takes a file as it is although commits are missing, so that it can be opened again.
    pub async fn accept_loss(path: &Path) -> Result<(), StoreError> {
        if !path.is_file() {
            return Err(database(format!("there is no file {}", path.display())));
        }
        let place = Place::of(path)?;
        let _lock = place.lock()?;
        let found = place.look();
        if found.length == 0 {
            return place.expect_new(&found);
        }
        place.expect_own_log(&found)?;
        let mut connection = write_options(&place).connect().await.map_err(sql)?;
        place.expect_tables(count_tables(&mut connection).await?)?;
        if place::mark(&mut connection).await?.is_some() {
            let own = sqlx::query("UPDATE mark SET file = lower(hex(randomblob(8))), is_open = 0");
            own.execute(&mut connection).await.map_err(sql)?;
        }
        connection.close().await.map_err(sql)?;
        place.forget_head()
    }

    /// The connections that read, for those who want to look at the file itself.
    pub fn pool(&self) -> &SqlitePool {
        &self.inner.pool
    }

    /// A connection whose transaction is one snapshot. It is closed afterwards: a transaction that failed could still be open on it.
    async fn snapshot(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.inner.pool.acquire().await.map_err(sql)?;
        connection.close_on_drop();
        sqlx::query("BEGIN").execute(&mut *connection).await.map_err(sql)?;
        Ok(connection)
    }

    /// The ids of the networks in the file.
    pub async fn networks(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.inner.pool.acquire().await.map_err(sql)?;
        networks(&mut connection).await.map_err(sql)
    }

    /// A network's journal, in order.
    pub async fn journal(&self, network: &str) -> Result<Vec<JournalRow>, StoreError> {
        let mut connection = self.inner.pool.acquire().await.map_err(sql)?;
        journal(&mut connection, network).await.map_err(sql)
    }

    /// A network's books, in which everybody is called what they are called.
    pub async fn books(&self, network: &str) -> Result<Books, StoreError> {
        Ok(read_network(&mut *self.snapshot().await?, network).await?.0.books)
    }

    /// A network's directory.
    pub async fn directory(&self, network: &str) -> Result<Directory, StoreError> {
        Ok(read_network(&mut *self.snapshot().await?, network).await?.0.directory)
    }

    /// What is wrong with the file as a whole.
    pub async fn verify_file(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(verify::file(&mut *self.snapshot().await?).await)
    }

    /// What is wrong with a network's journal and what lies beside it.
    pub async fn verify_network(&self, network: &str) -> Result<Verification, StoreError> {
        // One snapshot for all of it: somebody may be writing.
        Ok(verify::network(&mut *self.snapshot().await?, network).await)
    }

    /// The entries of a network whose hashes begin with these digits, by place and time, and how many entries there are.
    pub async fn entries_of(&self, network: &str, digits: &str) -> Result<(Vec<(u64, String)>, u64), StoreError> {
        verify::entries_of(&mut *self.snapshot().await?, network, digits).await.map_err(sql)
    }

    /// How far the rooms of a platform have been read, by room.
    pub async fn cursors(&self, platform: &str) -> Result<HashMap<String, String>, StoreError> {
        let query = sqlx::query("SELECT room, position FROM cursors WHERE platform = $1").bind(platform);
        let rows = query.fetch_all(&self.inner.pool).await.map_err(sql)?;
        let cursor = |row: &SqliteRow| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?));
        let report = |error: &sqlx::Error| tracing::error!(%error, "how far a room of {platform} was read can't be read");
        Ok(rows.iter().map(cursor).filter_map(|row| row.inspect_err(report).ok()).collect())
    }

    /// Moves rows that can't be read out of the way. Where that fails they stay, and are reported again at the next start.
    async fn set_aside(&self, rows: &[SetAside]) {
        for row in rows {
            tracing::error!("{row}; `fairshare verify` names it");
        }
        if rows.is_empty() || self._lock.is_none() {
            return;
        }
        let mut writer = self.inner.writer.lock().await;
        let moved = async {
            let mut connection = writer.take(&self.inner.options).await?;
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            beside::move_aside(&mut transaction, rows).await?;
            transaction.commit().await?;
            writer.put(connection);
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = moved.await {
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

fn write_options(place: &Place) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&place.path)
        .busy_timeout(LOCKED)
        .synchronous(SqliteSynchronous::Full)
        // Pages in memory, and pages of log before it is folded in: a busy hour's batches neither read nor fold.
        .pragma("cache_size", "-16000")
        .pragma("wal_autocheckpoint", "8000")
        .pragma("secure_delete", "ON")
        .foreign_keys(true)
}

async fn open_to_write(place: &Place) -> Result<Inner, StoreError> {
    let found = place.look();
    let is_new = found.length == 0;
    if is_new {
        place.expect_new(&found)?;
    } else {
        place.expect_own_log(&found)?;
    }
    place.make_private()?;
    let has_log = !is_new && place.has_log_by_header()?;
    let options = write_options(place);
    // A file without a log is new, or a restored backup. Until it is complete, what is written to it need not last.
    let lasting = if is_new { SqliteSynchronous::Off } else { SqliteSynchronous::Full };
    let mut connection = options.clone().synchronous(lasting).connect().await.map_err(sql)?;
    if has_log {
        place.expect_tables(count_tables(&mut connection).await?)?;
    }
    if let Some(mark) = place::mark(&mut connection).await? {
        place.expect_complete(&found, &mark)?;
    }
    migrate(&mut connection).await?;
    if !has_log {
        // The file has all its tables before it has a log: a file with a log and without tables has lost it.
        for pragma in ["PRAGMA synchronous = FULL", "PRAGMA journal_mode = WAL"] {
            sqlx::query(pragma).execute(&mut connection).await.map_err(sql)?;
        }
    }
    let mark = place::mark(&mut connection).await?.ok_or_else(|| database("the table `mark` is empty"))?;
    let head = place.head(&mark);
    sqlx::query("UPDATE mark SET is_open = 1").execute(&mut connection).await.map_err(sql)?;
    // Syncs what an earlier program may have written and not synced, and the tables of a new file.
    care::fold(&mut connection, "PASSIVE").await.map_err(sql)?;
    let care = Care::default();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM traces").fetch_one(&mut connection).await.map_err(sql)?;
    if left > 0 {
        care.note_left_traces(last_reply(&mut connection).await.map_err(sql)?);
    }
    let pool = connections().connect_with(options.clone()).await.map_err(sql)?;
    let writer = tokio::sync::Mutex::new(Writer { connection: Some(connection), in_doubt: false });
    let inner = Inner { pool, options, writer, care, head: Some(head) };
    inner.wipe().await;
    Ok(inner)
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    use sqlx::migrate::MigrateError;
    MIGRATIONS.run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => database("this file was made by a newer fairshare; install that version to open it"),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sql(error),
        other => database(other),
    })
}

async fn count_tables(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(connection).await.map_err(sql)
}

impl Inner {
    /// Wipes what is left of people who were forgotten. What can't be wiped now is wiped later, or at the next start.
    async fn wipe(&self) {
        if !self.care.has_traces() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let wiped = async {
            let mut connection = writer.take(&self.options).await?;
            care::wipe_all(self, &mut connection).await?;
            writer.put(connection);
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = wiped.await {
            tracing::error!(%error, "what was left of somebody who was forgotten is still in unused parts of the file");
        }
    }

    /// Writes a batch on the connection for it.
    async fn commit(&self, batch: &Batch) -> Result<(), WriteError> {
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take(&self.options).await?;
        match write(&mut connection, batch).await {
            Ok(commits) => {
                writer.put(connection);
                if let Some(head) = &self.head {
                    head.note(commits);
                }
                self.care.note(batch);
                Ok(())
            }
            Err(error) => {
                // What closing says of the trouble has been said.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    /// Leaves everything in one file, and ends.
    async fn close(&self) {
        self.wipe().await;
        self.pool.close().await;
        if self.head.is_none() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let folded = async {
            let mut connection = writer.take(&self.options).await?;
            sqlx::query("UPDATE mark SET is_open = 0").execute(&mut connection).await?;
            // A copy of the one file is then a copy of everything.
            care::fold(&mut connection, "TRUNCATE").await?;
            connection.close().await
        };
        if let Err(error) = folded.await {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
    }
}

/// Writes a batch in one transaction; gives how many the file has taken.
async fn write(connection: &mut SqliteConnection, batch: &Batch) -> Result<i64, WriteError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let connection = &mut *transaction;
    let seals = Seals::before(connection, &batch.writes).await?;
    for (network, head) in &batch.heads {
        move_head(connection, network, head).await?;
    }
    for rows in batch.journal.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO journal (network, seq, at, kind, version, payload, hash) ");
        query.push_values(rows, |mut values, row| {
            values.push_bind(&row.network).push_bind(signed(row.seq)).push_bind(iso(row.at)).push_bind(&row.kind);
            values.push_bind(row.version).push_bind(&row.payload).push_bind(&row.hash.0[..]);
        });
        query.build().execute(&mut *connection).await?;
    }
    for rows in batch.inbox.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO inbox (event, network, at, outcome, said) ");
        query.push_values(rows, |mut values, row: &InboxRow| {
            values
                .push_bind(&row.event)
                .push_bind(&row.network)
                .push_bind(iso(row.at))
                .push_bind(row.outcome.to_string())
                .push_bind(row.said.map(|said| said.0.to_vec()));
        });
        query.build().execute(&mut *connection).await?;
    }
    for rows in batch.outbox.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO outbox (id, at, platform, lane, room, reader, reply_to, thread, network, asker, mentions, language, shown, payload) ",
        );
        query.push_values(rows, |mut values, row| {
            values.push_bind(row.id).push_bind(iso(row.at)).push_bind(&row.platform).push_bind(&row.lane);
            values
                .push_bind(&row.room)
                .push_bind(&row.reader)
                .push_bind(&row.reply_to)
                .push_bind(&row.thread)
                .push_bind(&row.network)
                .push_bind(&row.asker)
                .push_bind(text_of(&row.mentions))
                .push_bind(&row.language)
                .push_bind(row.shown.as_ref().map(|shown| &shown.0));
            values.push_bind(text_of(&row.reply));
        });
        query.build().execute(&mut *connection).await?;
    }
    write_directory(connection, &batch.writes).await?;
    seals.renew(connection, &batch.writes).await?;
    let fresh = batch.outbox.first().map_or(i64::MAX, |row| row.id);
    for (network, write) in &batch.writes {
        if let Write::ForgetTraces(traces) = write {
            forget::traces(connection, network, traces, fresh).await?;
        }
    }
    for ids in batch.delivered.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM outbox WHERE id IN (");
        let mut list = query.separated(", ");
        ids.iter().for_each(|id| {
            list.push_bind(id);
        });
        query.push(")").build().execute(&mut *connection).await?;
    }
    for (id, why) in &batch.undeliverable {
        // That it failed and why is kept; what it said to whom, and the token that it may answer to, no longer than needed.
        let failed = "UPDATE outbox SET failed = $1, lane = '', reader = NULL, reply_to = NULL, asker = NULL, mentions = '[]', payload = 'null' WHERE id = $2";
        sqlx::query(failed).bind(why).bind(id).execute(&mut *connection).await?;
    }
    for (room, position) in &batch.cursors {
        let upsert = "INSERT INTO cursors (platform, room, position) VALUES ($1, $2, $3) ON CONFLICT (platform, room) DO UPDATE SET position = excluded.position";
        sqlx::query(upsert).bind(&room.platform).bind(&room.id).bind(position).execute(&mut *connection).await?;
    }
    for rows in batch.readings.iter().collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO readings (platform, room, at) ");
        query.push_values(rows, |mut values, (room, at)| {
            values.push_bind(&room.platform).push_bind(&room.id).push_bind(iso(**at));
        });
        query.push(" ON CONFLICT (platform, room) DO UPDATE SET at = excluded.at").build().execute(&mut *connection).await?;
    }
    prune::pass_over(connection, &batch.passed_over).await?;
    let commits = sqlx::query_scalar("UPDATE mark SET commits = commits + 1 RETURNING commits").fetch_one(&mut *connection).await?;
    transaction.commit().await?;
    Ok(commits)
}

enum WriteError {
    Overtaken,
    Sql(sqlx::Error),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        WriteError::Sql(error)
    }
}

/// Whether the rows themselves are refused: a constraint, or a trigger that aborts.
fn is_constraint(error: &sqlx::Error) -> bool {
    const SQLITE_CONSTRAINT: u32 = 19;
    code(error).is_some_and(|code| code & 0xff == SQLITE_CONSTRAINT)
}

/// SQLite's own code of an error.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Moves a network's head, if it still is where the batch was decided.
async fn move_head(connection: &mut SqliteConnection, network: &str, head: &HeadMove) -> Result<(), WriteError> {
    let (from, to) = (&head.from, &head.to);
    let moved = if from.0 == 0 {
        let insert = sqlx::query("INSERT INTO heads (network, seq, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        insert.bind(network).bind(signed(to.0)).bind(&to.1.0[..]).execute(connection).await?
    } else {
        let update = sqlx::query("UPDATE heads SET seq = $1, hash = $2 WHERE network = $3 AND seq = $4 AND hash = $5");
        update.bind(signed(to.0)).bind(&to.1.0[..]).bind(network).bind(signed(from.0)).bind(&from.1.0[..]).execute(connection).await?
    };
    if moved.rows_affected() == 1 { Ok(()) } else { Err(WriteError::Overtaken) }
}

/// Writes what lies beside the journal. Texts go together; the rest is rare and goes in its order.
async fn write_directory(connection: &mut SqliteConnection, writes: &[(String, Write)]) -> Result<(), WriteError> {
    let texts: Vec<_> = writes
        .iter()
        .filter_map(|(network, write)| if let Write::Text(text, salt, body) = write { Some((network, text, salt, body)) } else { None })
        .collect();
    for rows in texts.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO texts (network, hash, salt, body) ");
        query.push_values(rows, |mut values, (network, text, salt, body)| {
            values.push_bind(network.as_str()).push_bind(&text.0.0[..]).push_bind(&salt[..]).push_bind(body.as_str());
        });
        query.build().execute(&mut *connection).await?;
    }
    for (network, write) in writes {
        let query = match write {
            Write::Text(..) | Write::Seal | Write::ForgetTraces(_) => continue,
            Write::Salt(person, known, salt) => {
                let (table, key) = match known {
                    Known::Account(_) => ("accounts", "platform = $4 AND account = $5"),
                    Known::Handle(_) => ("handles", "$4 = $5"),
                    Known::Name(_) => ("people", "$4 = $5"),
                    Known::PayTo(_) => ("pay_to", "$4 = $5"),
                };
                let (platform, account) = if let Known::Account(Account { platform, id }) = known { (platform.clone(), id.clone()) } else { Default::default() };
                let update = format!("UPDATE {table} SET salt = $1 WHERE person = $2 AND network = $3 AND {key}");
                sqlx::query(sqlx::AssertSqlSafe(update)).bind(&salt[..]).bind(person.0).bind(network).bind(platform).bind(account)
            }
            Write::File(file, salt, StoredFile { name, media_type, bytes }) => {
                let insert = sqlx::query("INSERT INTO files (hash, salt, name, media_type, bytes, network) VALUES ($1, $2, $3, $4, $5, $6)");
                insert.bind(&file.0.0[..]).bind(&salt[..]).bind(name.clone()).bind(media_type.clone()).bind(&bytes[..]).bind(network)
            }
            Write::Account(account, person) => {
                let upsert = "INSERT INTO accounts (platform, account, person, network) VALUES ($1, $2, $3, $4) ON CONFLICT (network, platform, account) DO UPDATE SET person = excluded.person";
                sqlx::query(upsert).bind(account.platform.clone()).bind(account.id.clone()).bind(person.0).bind(network)
            }
            Write::Handle(person, handle) => {
                let upsert = "INSERT INTO handles (person, handle, network) VALUES ($1, $2, $3) ON CONFLICT (network, person) DO UPDATE SET handle = excluded.handle";
                sqlx::query(upsert).bind(person.0).bind(handle.clone()).bind(network)
            }
            Write::DisplayName(person, name) => {
                sqlx::query("INSERT INTO people (person, name, network) VALUES ($1, $2, $3) ON CONFLICT (network, person) DO UPDATE SET name = excluded.name").bind(person.0).bind(name.clone()).bind(network)
            }
            Write::PayTo(person, Some(account)) => {
                let upsert = "INSERT INTO pay_to (person, account, network) VALUES ($1, $2, $3) ON CONFLICT (network, person) DO UPDATE SET account = excluded.account";
                sqlx::query(upsert).bind(person.0).bind(account.text().to_owned()).bind(network)
            }
            Write::PayTo(person, None) => sqlx::query("DELETE FROM pay_to WHERE person = $1 AND network = $2").bind(person.0).bind(network),
            Write::Room(room, project) => {
                let insert = "INSERT INTO rooms (platform, room, project, network) VALUES ($1, $2, $3, $4) ON CONFLICT (platform, room) DO UPDATE SET project = excluded.project";
                sqlx::query(insert).bind(room.platform.clone()).bind(room.id.clone()).bind(project.map(|project| project.0)).bind(network)
            }
            Write::Topic(room, topic) => {
                let upsert = "INSERT INTO topics (platform, room, kind, number, network) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform, room, kind) DO UPDATE SET number = excluded.number";
                let (kind, number) = match topic {
                    Topic::Pool(pool) => ("pool", pool.0),
                    Topic::Equipment(equipment) => ("equipment", equipment.0),
                };
                sqlx::query(upsert).bind(room.platform.clone()).bind(room.id.clone()).bind(kind).bind(number).bind(network)
            }
            Write::Replaced(RoomKey { platform, id }) => {
                for table in ["topics", "told"] {
                    let delete = format!("DELETE FROM {table} WHERE platform = $1 AND room = $2 AND network = $3");
                    sqlx::query(sqlx::AssertSqlSafe(delete)).bind(platform).bind(id).bind(network).execute(&mut *connection).await?;
                }
                let delete = "DELETE FROM preferences WHERE scope = 'room' AND platform = $1 AND id = $2 AND network = $3";
                sqlx::query(delete).bind(platform.clone()).bind(id.clone()).bind(network)
            }
            Write::LinkCode(code) => sqlx::query("INSERT INTO link_codes (code, expires_at, network) VALUES ($1, $2, $3)").bind(code.code.clone()).bind(iso(code.expires_at)).bind(network),
            Write::LinkCodeUsed(code) => sqlx::query("DELETE FROM link_codes WHERE code = $1 AND network = $2").bind(code.clone()).bind(network),
            Write::Linking(linking) => {
                let upsert = "INSERT INTO linkings (person, payload, network) VALUES ($1, $2, $3) ON CONFLICT (network, person) DO UPDATE SET payload = excluded.payload";
                sqlx::query(upsert).bind(linking.person.0).bind(text_of(linking)).bind(network)
            }
            Write::LinkingDone(person) => sqlx::query("DELETE FROM linkings WHERE person = $1 AND network = $2").bind(person.0).bind(network),
            Write::Question(question) => {
                let upsert = "INSERT INTO counters (network, last_question) VALUES ($1, $2) ON CONFLICT (network) DO UPDATE SET last_question = max(last_question, excluded.last_question)";
                sqlx::query(upsert).bind(network).bind(question.id).execute(&mut *connection).await?;
                sqlx::query("INSERT INTO questions (id, payload, network) VALUES ($1, $2, $3)").bind(question.id).bind(text_of(question)).bind(network)
            }
            Write::QuestionClosed(id) => sqlx::query("DELETE FROM questions WHERE id = $1 AND network = $2").bind(*id).bind(network),
            Write::Job(job) => sqlx::query("INSERT INTO jobs (id, name, due_at, payload, network) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING").bind(job.id.0.clone()).bind(job.name.clone()).bind(iso(job.due_at)).bind(text_of(job)).bind(network),
            Write::Told(room, key) => sqlx::query("INSERT INTO told (platform, room, key, network) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING").bind(room.platform.clone()).bind(room.id.clone()).bind(key.clone()).bind(network),
            Write::Untold(room, key) => sqlx::query("DELETE FROM told WHERE platform = $1 AND room = $2 AND key = $3 AND network = $4").bind(room.platform.clone()).bind(room.id.clone()).bind(key.clone()).bind(network),
            Write::Preference(scope, key, value) => {
                let (scope, platform, id) = scope.columns();
                let (scope, platform, id) = (scope.to_owned(), platform.to_owned(), id.to_owned());
                match value {
                    Some(value) => {
                        let upsert = "INSERT INTO preferences (scope, platform, id, key, value, network) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (network, scope, platform, id, key) DO UPDATE SET value = excluded.value";
                        sqlx::query(upsert).bind(scope).bind(platform).bind(id).bind(key.word()).bind(value.clone()).bind(network)
                    }
                    None => {
                        let delete = "DELETE FROM preferences WHERE scope = $1 AND platform = $2 AND id = $3 AND key = $4 AND network = $5";
                        sqlx::query(delete).bind(scope).bind(platform).bind(id).bind(key.word()).bind(network)
                    }
                }
            }
            Write::Timer(person, Some(timer)) => {
                let upsert = "INSERT INTO timers (person, payload, network) VALUES ($1, $2, $3) ON CONFLICT (network, person) DO UPDATE SET payload = excluded.payload";
                sqlx::query(upsert).bind(person.0).bind(text_of(timer)).bind(network)
            }
            Write::Timer(person, None) => sqlx::query("DELETE FROM timers WHERE person = $1 AND network = $2").bind(person.0).bind(network),
            Write::Forget(person) => {
                for table in ["handles", "people", "pay_to", "linkings", "timers"] {
                    let delete = format!("DELETE FROM {table} WHERE person = $1 AND network = $2");
                    sqlx::query(sqlx::AssertSqlSafe(delete)).bind(person.0).bind(network).execute(&mut *connection).await?;
                }
                sqlx::query("INSERT INTO traces (only) VALUES (1) ON CONFLICT DO NOTHING").execute(&mut *connection).await?;
                // Rows that can't be read could be about them.
                sqlx::query("DELETE FROM set_aside WHERE network = $1").bind(network).execute(&mut *connection).await?;
                // Whom somebody is, that was told something once a day, is in these ids for whoever guesses it.
                let unnamed = "UPDATE inbox SET event = 'unnamed ' || lower(hex(randomblob(16))) WHERE event LIKE 'unreadable %' OR event LIKE 'relayed %' OR event LIKE 'clock-ahead %'";
                sqlx::query(unnamed).execute(&mut *connection).await?;
                // Whoever guesses an account could find out by these hashes what it said.
                sqlx::query("UPDATE inbox SET said = NULL WHERE said IS NOT NULL AND network = $1").bind(network)
            }
            Write::ForgetAccount(Account { platform, id }) => {
                for table in ["accounts", "chosen", "sealed"] {
                    let delete = format!("DELETE FROM {table} WHERE platform = $1 AND account = $2 AND network = $3");
                    sqlx::query(sqlx::AssertSqlSafe(delete)).bind(platform).bind(id).bind(network).execute(&mut *connection).await?;
                }
                sqlx::query("DELETE FROM passed_over WHERE platform = $1 AND account = $2").bind(platform).bind(id).execute(&mut *connection).await?;
                let delete = "DELETE FROM preferences WHERE scope = $1 AND platform = $2 AND id = $3 AND network = $4";
                sqlx::query(delete).bind("account").bind(platform.clone()).bind(id.clone()).bind(network)
            }
            Write::ForgetText(text) => {
                let delete = "DELETE FROM texts WHERE hash = $1 AND network = $2";
                sqlx::query(delete).bind(&text.0.0[..]).bind(network).execute(&mut *connection).await?;
                sqlx::query("DELETE FROM files WHERE hash = $1 AND network = $2").bind(&text.0.0[..]).bind(network)
            }
            Write::Chosen(account) => {
                let upsert = "INSERT INTO chosen (platform, account, network) VALUES ($1, $2, $3) ON CONFLICT (platform, account) DO UPDATE SET network = excluded.network";
                sqlx::query(upsert).bind(account.platform.clone()).bind(account.id.clone()).bind(network)
            }
            Write::SpokeSealed(account) => {
                let insert = "INSERT INTO sealed (platform, account, network) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                sqlx::query(insert).bind(account.platform.clone()).bind(account.id.clone()).bind(network)
            }
            Write::JobDone(job) => sqlx::query("DELETE FROM jobs WHERE id = $1 AND network = $2 AND failed IS NULL").bind(job.id.0.clone()).bind(network),
            Write::JobFailed(job, why) => sqlx::query("UPDATE jobs SET failed = $1 WHERE id = $2 AND network = $3 AND failed IS NULL").bind(why.clone()).bind(job.id.0.clone()).bind(network),
        };
        let rows = query.execute(&mut *connection).await?.rows_affected();
        // Of all who would do a job, one deletes its row.
        if matches!(write, Write::JobDone(_) | Write::JobFailed(..)) && rows != 1 {
            return Err(WriteError::Overtaken);
        }
    }
    Ok(())
}

impl Store for SqliteStore {
    async fn load(&self) -> Result<Kept, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let (mut kept, mut aside) = (Kept::default(), Vec::new());
        for id in networks(&mut snapshot).await.map_err(sql)? {
            let (network, unreadable) = read_whole(&mut snapshot, &id).await?;
            kept.networks.insert(id, network);
            aside.extend(unreadable);
        }
        let read = async {
            kept.last_outbox = last_reply(&mut snapshot).await?;
            for row in sqlx::query("SELECT * FROM outbox WHERE failed IS NULL ORDER BY id").fetch_all(&mut *snapshot).await? {
                // One that can't be read is found below. Its effect is in the journal.
                kept.outbox.extend(outbox_row(&row).ok().filter(|row| beside::is_number(row.id)));
            }
            aside.extend(beside::unreadable_replies(&mut snapshot).await?);
            kept.recent = recent(&mut snapshot).await?;
            kept.readings = beside::readings(&mut snapshot).await?;
            kept.passed_over = prune::passed_over(&mut snapshot).await?;
            Ok::<(), sqlx::Error>(())
        };
        read.await.map_err(sql)?;
        drop(snapshot);
        self.set_aside(&aside).await;
        if !kept.outbox.is_empty() {
            // They may name somebody who was forgotten before this start.
            self.inner.care.note_replies(kept.last_outbox);
        }
        Ok(kept)
    }

    async fn network(&self, id: &str) -> Result<Option<Network>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        if head(&mut snapshot, id).await.map_err(sql)?.is_none() {
            return Ok(None);
        }
        let (network, unreadable) = read_whole(&mut snapshot, id).await?;
        drop(snapshot);
        self.set_aside(&unreadable).await;
        Ok(Some(network))
    }

    async fn known(&self, events: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut writer = self.inner.writer.lock().await;
        if writer.in_doubt {
            // Whether it was written is known once it is synced.
            let connection = writer.take(&self.inner.options).await.map_err(sql)?;
            writer.put(connection);
        }
        drop(writer);
        let mut query = QueryBuilder::<Sqlite>::new("SELECT event FROM inbox WHERE event IN (");
        let mut list = query.separated(", ");
        events.iter().for_each(|event| {
            list.push_bind(event);
        });
        let rows = query.push(")").build().fetch_all(&self.inner.pool).await.map_err(sql)?;
        rows.iter().map(|row| row.try_get("event").map_err(sql)).collect()
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.inner.commit(batch).await.map_err(|error| match error {
            WriteError::Overtaken => CommitError::Overtaken,
            WriteError::Sql(error) if is_constraint(&error) => CommitError::Rejected(error.to_string()),
            WriteError::Sql(error) => CommitError::Unavailable(error.to_string()),
        })
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        let mut found = self.verify_network(network).await?;
        found.broken.splice(..0, self.verify_file().await?);
        Ok(found)
    }

    async fn file(&self, network: &str, file: TextRef) -> Result<Option<StoredFile>, StoreError> {
        let query = sqlx::query("SELECT name, media_type, bytes FROM files WHERE network = $1 AND hash = $2");
        let row = query.bind(network).bind(&file.0.0[..]).fetch_optional(&self.inner.pool).await.map_err(sql)?;
        let stored = |row: SqliteRow| {
            let bytes: Vec<u8> = row.try_get("bytes")?;
            Ok::<_, sqlx::Error>(StoredFile { name: row.try_get("name")?, media_type: row.try_get("media_type")?, bytes: bytes.into() })
        };
        Ok(row.and_then(|row| stored(row).inspect_err(|error| tracing::error!(%error, "an attached file can't be read")).ok()))
    }

    async fn prune(&self, before: Timestamp, most: usize) -> Result<Option<Timestamp>, StoreError> {
        let mut writer = self.inner.writer.lock().await;
        let mut connection = writer.take(&self.inner.options).await.map_err(sql)?;
        let pruned = prune::prune(&mut connection, before, most).await.map_err(sql)?;
        writer.put(connection);
        Ok(pruned)
    }

    async fn close(&self) {
        if let Some(caretaker) = &self.caretaker {
            caretaker.abort();
        }
        self.inner.close().await;
    }
}

/// The ids of the networks in the file: those that have a journal, and those of which only a head is left.
async fn networks(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    // From one network to the next, since all of a journal is much to read for its one name.
    let query = "WITH RECURSIVE known(network) AS (SELECT min(network) FROM journal \
        UNION ALL SELECT (SELECT min(network) FROM journal WHERE network > known.network) FROM known WHERE known.network IS NOT NULL) \
        SELECT network FROM known WHERE network IS NOT NULL UNION SELECT network FROM heads ORDER BY network";
    sqlx::query_scalar(query).fetch_all(connection).await
}

/// A network with the names of its people, and its rows that can't be read.
async fn read_network(connection: &mut SqliteConnection, network: &str) -> Result<(Network, Vec<SetAside>), StoreError> {
    let mut books = fold(network, &journal(connection, network).await.map_err(sql)?)?;
    let (directory, aside) = beside::directory(connection, &books).await.map_err(sql)?;
    for (person, handle) in directory.handles() {
        books.call(person, handle);
    }
    Ok((Network { books, directory }, aside))
}

/// The same, if its stored head is the last entry.
async fn read_whole(connection: &mut SqliteConnection, id: &str) -> Result<(Network, Vec<SetAside>), StoreError> {
    let (network, unreadable) = read_network(connection, id).await?;
    if head(connection, id).await.map_err(sql)? != Some((signed(network.books.seq), network.books.head)) {
        let why = "the stored head is not the last entry".to_owned();
        return Err(StoreError::Damaged { network: id.to_owned(), seq: network.books.seq, why });
    }
    Ok((network, unreadable))
}

/// The largest number of a reply that others can count on from.
async fn last_reply(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM outbox WHERE id <= $1").bind(beside::LARGEST);
    query.fetch_one(connection).await
}

/// Commands that were carried out lately: what was said, and when.
async fn recent(connection: &mut SqliteConnection) -> Result<Vec<(Hash, Timestamp)>, sqlx::Error> {
    let query = "SELECT max(at) FROM inbox WHERE at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z'";
    let last: Option<String> = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
    let Some(last) = last.and_then(|last| last.parse::<Timestamp>().ok()) else { return Ok(Vec::new()) };
    let query = sqlx::query("SELECT said, at FROM inbox WHERE said IS NOT NULL AND at >= $1").bind(iso(last - RECENT));
    let said = |row: &SqliteRow| Ok::<_, sqlx::Error>((hash(row, "said")?, instant(row, "at")?));
    let report = |error: &sqlx::Error| tracing::error!(%error, "whether a message is said again can't be read");
    Ok(query.fetch_all(connection).await?.iter().map(said).filter_map(|row| row.inspect_err(report).ok()).collect())
}

async fn head(connection: &mut SqliteConnection, network: &str) -> Result<Option<(i64, Hash)>, sqlx::Error> {
    let row = sqlx::query("SELECT seq, hash FROM heads WHERE network = $1").bind(network).fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get("seq")?, hash(&row, "hash")?))).transpose()
}

async fn journal(connection: &mut SqliteConnection, network: &str) -> Result<Vec<JournalRow>, sqlx::Error> {
    let query = sqlx::query("SELECT network, seq, at, kind, version, payload, hash FROM journal WHERE network = $1 ORDER BY seq");
    query.bind(network).fetch_all(connection).await?.iter().map(journal_row).collect()
}

/// Whether a database has a table: one that an earlier version wrote last may not.
async fn has_table(connection: &mut SqliteConnection, name: &str) -> Result<bool, sqlx::Error> {
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_master WHERE name = $1").bind(name);
    Ok(count.fetch_one(connection).await? > 0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Instants are text of one length, so that they sort as they follow.
fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn text_of(value: &impl serde::Serialize) -> String {
    // Replies, questions and jobs hold only strings, numbers, lists and maps by string: JSON can write all of them.
    serde_json::to_string(value).unwrap_or_default()
}

fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get::<&str, _>("payload")?).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn instant(row: &SqliteRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    row.try_get::<&str, _>(column)?.parse().map_err(|error: chrono::ParseError| sqlx::Error::Decode(error.into()))
}

fn hash(row: &SqliteRow, column: &str) -> Result<Hash, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.try_into().map(Hash).map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
}

fn salt(row: &SqliteRow) -> Result<[u8; 16], sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("salt")?;
    bytes.try_into().map_err(|_| sqlx::Error::Decode("a salt has 16 bytes".into()))
}

fn file_about(row: &SqliteRow) -> Result<(TextRef, FileAbout), sqlx::Error> {
    let bytes = usize::try_from(row.try_get::<i64, _>(3)?).unwrap_or(usize::MAX);
    Ok((TextRef(hash(row, "hash")?), FileAbout { name: row.try_get(1)?, media_type: row.try_get(2)?, bytes }))
}

fn journal_row(row: &SqliteRow) -> Result<JournalRow, sqlx::Error> {
    Ok(JournalRow {
        network: row.try_get("network")?,
        seq: u64::try_from(row.try_get::<i64, _>("seq")?).unwrap_or(0),
        at: instant(row, "at")?,
        kind: row.try_get("kind")?,
        version: row.try_get("version")?,
        payload: row.try_get("payload")?,
        hash: hash(row, "hash")?,
    })
}

fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, sqlx::Error> {
    Ok(OutboxRow {
        id: row.try_get("id")?,
        at: instant(row, "at")?,
        platform: row.try_get("platform")?,
        lane: row.try_get("lane")?,
        room: row.try_get("room")?,
        reader: row.try_get("reader")?,
        reply_to: row.try_get("reply_to")?,
        thread: row.try_get("thread")?,
        network: row.try_get("network")?,
        asker: row.try_get("asker")?,
        mentions: serde_json::from_str(row.try_get("mentions")?).map_err(|error| sqlx::Error::Decode(error.into()))?,
        language: row.try_get("language")?,
        shown: row.try_get::<Option<String>, _>("shown")?.map(Fingerprint),
        reply: json(row)?,
        files: Vec::new(),
    })
}
