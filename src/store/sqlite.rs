//! The embedded store: one SQLite file, one writer.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit that returned has been synced. What is deleted is overwritten with
//! zeros; when somebody was forgotten, the file is written anew and the log emptied, so that neither holds on to them. A lock file beside the database,
//! held for as long as the store is open, tells a second writer who is there.

mod forget;
mod seal;
mod verify;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::{Batch, CommitError, HeadMove, InboxRow, JournalRow, Kept, Network, OutboxRow, Store, StoreError, fold};
use crate::commands::Verification;
use crate::core::books::Books;
use crate::core::check::Finding;
use crate::core::entry::{EquipmentId, Hash, PersonId, PoolId, ProjectId, TextRef, Timestamp};
use crate::directory::{
    Account, Directory, FileAbout, Job, Known, LinkCode, Linking, Preference, Question, RoomKey, Scope, StoredFile, Timer, Topic, Write,
};
use crate::payment::PayTo;
use seal::Seals;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Rows in one INSERT: the most columns times this stays below SQLite's limit of 32,766 parameters.
const ROWS_AT_ONCE: usize = 1000;

/// How far back a command said twice is looked for when the store is opened.
const RECENT: TimeDelta = TimeDelta::minutes(2);

/// After how long it is tried again to write the file anew.
const WIPED_AGAIN: Duration = Duration::from_secs(600);

/// A SQLite file.
pub struct SqliteStore {
    pool: SqlitePool,
    traces: Mutex<Traces>,
    _lock: Option<File>,
}

/// What is left of people who were forgotten, in places that SQLite does not show.
#[derive(Debug, Clone, Copy, Default)]
struct Traces {
    /// In unused parts of pages, since the file was last written anew.
    in_pages: bool,
    /// In the write-ahead log, or in pages that it replaces.
    in_log: bool,
    /// That something is left is written down.
    is_noted: bool,
    /// Replies up to this one may name them, and are deleted when they have arrived.
    in_replies: i64,
    /// Until when the file is not written anew, where that has failed: it takes long, and everybody waits.
    waits_until: Option<Instant>,
}

/// One connection for as long as the store is open. Without an end to its life the library starts no task that looks after it, whose
/// count of idle connections can be caught below zero while the first one is taken: then it counts for ever, on a whole processor.
fn one_connection() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None)
}

fn database(error: impl std::fmt::Display) -> StoreError {
    StoreError::Database(error.to_string())
}

impl SqliteStore {
    /// Opens a file to write, making it and its tables where they are missing.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Pages in memory, and pages of log before it is folded in: a busy hour's batches neither read nor fold.
            .pragma("cache_size", "-16000")
            .pragma("wal_autocheckpoint", "8000")
            .pragma("secure_delete", "ON")
            .foreign_keys(true);
        let pool = one_connection().connect_with(options).await.map_err(database)?;
        MIGRATIONS.run(&pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(_) => {
                database("this file was made by a newer fairshare; install that version to open it")
            }
            other => database(other),
        })?;
        let store = Self { pool, traces: Mutex::default(), _lock: Some(lock) };
        store.finish_wiping().await.map_err(database)?;
        Ok(store)
    }

    /// Goes on with wiping what a program that ended meanwhile had left.
    async fn finish_wiping(&self) -> Result<(), sqlx::Error> {
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM traces").fetch_one(&self.pool).await?;
        if left == 0 {
            return Ok(());
        }
        let in_replies = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM outbox").fetch_one(&self.pool).await?;
        let mut traces = Traces { in_pages: true, in_log: true, is_noted: true, in_replies, waits_until: None };
        if let Err(error) = self.wipe_traces(&mut traces).await {
            tracing::error!(%error, "what was left of somebody who was forgotten is still in unused parts of the file");
        }
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner) = traces;
        Ok(())
    }

    /// Opens a file to read it, whoever is writing.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(database(format!("there is no file {}", path.display())));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = one_connection().connect_with(options).await.map_err(database)?;
        Ok(Self { pool, traces: Mutex::default(), _lock: None })
    }

    /// The pool, for those who want to look at the connection itself.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// The ids of the networks in the file: those that have a journal, and those of which only a head is left.
    pub async fn networks(&self) -> Result<Vec<String>, StoreError> {
        // From one network to the next, since all of a journal is much to read for its one name.
        let query = "WITH RECURSIVE known(network) AS (SELECT min(network) FROM journal \
            UNION ALL SELECT (SELECT min(network) FROM journal WHERE network > known.network) FROM known WHERE known.network IS NOT NULL) \
            SELECT network FROM known WHERE network IS NOT NULL UNION SELECT network FROM heads ORDER BY network";
        sqlx::query_scalar(query).fetch_all(&self.pool).await.map_err(database)
    }

    /// What is wrong with the file as a whole.
    pub async fn verify_file(&self) -> Result<Vec<Finding>, StoreError> {
        let mut snapshot = self.pool.begin().await.map_err(database)?;
        Ok(verify::file(&mut snapshot).await)
    }

    /// What is wrong with a network's journal and what lies beside it.
    pub async fn verify_network(&self, network: &str) -> Result<Verification, StoreError> {
        // One snapshot for all of it: somebody may be writing.
        let mut snapshot = self.pool.begin().await.map_err(database)?;
        Ok(verify::network(&mut snapshot, network).await)
    }

    /// The entries of a network whose hashes begin with these digits, by place and time, and how many entries there are.
    pub async fn entries_of(&self, network: &str, digits: &str) -> Result<(Vec<(u64, String)>, u64), StoreError> {
        let mut connection = self.pool.acquire().await.map_err(database)?;
        verify::entries_of(&mut connection, network, digits).await.map_err(database)
    }

    /// A network's journal, in order.
    pub async fn journal(&self, network: &str) -> Result<Vec<JournalRow>, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(database)?;
        journal(&mut connection, network).await.map_err(database)
    }

    /// A network's books, in which everybody is called what they are called.
    pub async fn books(&self, network: &str) -> Result<Books, StoreError> {
        let mut books = fold(network, &self.journal(network).await?)?;
        let mut connection = self.pool.acquire().await.map_err(database)?;
        for (person, handle) in handles(&mut connection, network).await.map_err(database)? {
            books.call(person, &handle);
        }
        Ok(books)
    }

    /// How far the rooms of a platform have been read, by room.
    pub async fn cursors(&self, platform: &str) -> Result<HashMap<String, String>, StoreError> {
        let rows = sqlx::query("SELECT room, position FROM cursors WHERE platform = $1").bind(platform).fetch_all(&self.pool).await;
        rows.map_err(database)?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(database)
    }

    async fn head(&self, network: &str) -> Result<Option<(i64, Hash)>, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(database)?;
        head(&mut connection, network).await.map_err(database)
    }

    /// A network's directory.
    pub async fn directory(&self, network: &str) -> Result<Directory, StoreError> {
        let mut directory = Directory::default();
        let mut connection = self.pool.acquire().await.map_err(database)?;
        for write in directory_writes(&mut connection, network).await.map_err(database)? {
            directory.apply(&write);
        }
        for (text, salt, body) in texts(&mut connection, network).await.map_err(database)? {
            directory.apply(&Write::Text(text, salt, body));
        }
        for (person, handle) in handles(&mut connection, network).await.map_err(database)? {
            directory.apply(&Write::Handle(person, handle));
        }
        let files = sqlx::query("SELECT hash, name, media_type, length(bytes) FROM files WHERE network = $1").bind(network);
        for row in files.fetch_all(&mut *connection).await.map_err(database)? {
            let (file, about) = file_about(&row).map_err(database)?;
            directory.keeps(file, about);
        }
        Ok(directory)
    }

    /// Wipes what a batch has left of people whom it, or one before it, forgot.
    async fn wipe(&self, batch: &Batch) -> Result<(), sqlx::Error> {
        let mut traces = *self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        if batch.writes.iter().any(|(_, write)| matches!(write, Write::Forget(_))) {
            (traces.in_pages, traces.in_log, traces.is_noted) = (true, true, true);
            traces.in_replies = batch.outbox.iter().map(|row| row.id).chain([traces.in_replies]).max().unwrap_or(0);
        }
        let arrived = || batch.delivered.iter().chain(batch.undeliverable.iter().map(|(id, _)| id));
        traces.in_log |= arrived().any(|id| *id <= traces.in_replies);
        let wiped = self.wipe_traces(&mut traces).await;
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner) = traces;
        wiped
    }

    async fn wipe_traces(&self, traces: &mut Traces) -> Result<(), sqlx::Error> {
        if traces.in_pages && traces.waits_until.is_none_or(|until| Instant::now() >= until) {
            traces.waits_until = Some(Instant::now() + WIPED_AGAIN);
            sqlx::query("VACUUM").execute(&self.pool).await?;
            (traces.in_pages, traces.waits_until) = (false, None);
        }
        if traces.in_log {
            let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.pool).await?;
            // Somebody is reading an earlier state; the next commit tries again.
            traces.in_log = busy != 0;
        }
        if traces.is_noted && !traces.in_pages && !traces.in_log {
            sqlx::query("DELETE FROM traces").execute(&self.pool).await?;
            traces.is_noted = false;
        }
        Ok(())
    }

    async fn write(&self, batch: &Batch) -> Result<(), WriteError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
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
                    .push_bind(&row.outcome)
                    .push_bind(row.said.map(|said| said.0.to_vec()));
            });
            query.build().execute(&mut *connection).await?;
        }
        for rows in batch.outbox.chunks(ROWS_AT_ONCE) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO outbox (id, at, platform, lane, room, reader, reply_to, thread, network, asker, mentions, language, payload) ",
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
                    .push_bind(&row.language);
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
        transaction.commit().await?;
        Ok(())
    }
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
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_CONSTRAINT)
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
async fn write_directory(connection: &mut SqliteConnection, writes: &[(String, Write)]) -> Result<(), sqlx::Error> {
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
            Write::Question(question) => sqlx::query("INSERT INTO questions (id, payload, network) VALUES ($1, $2, $3)").bind(question.id).bind(text_of(question)).bind(network),
            Write::QuestionClosed(id) => sqlx::query("DELETE FROM questions WHERE id = $1 AND network = $2").bind(*id).bind(network),
            Write::Job(job) => sqlx::query("INSERT INTO jobs (name, due_at, payload, network) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING").bind(job.name.clone()).bind(iso(job.due_at)).bind(text_of(job)).bind(network),
            Write::Told(room, key) => sqlx::query("INSERT INTO told (platform, room, key, network) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING").bind(room.platform.clone()).bind(room.id.clone()).bind(key.clone()).bind(network),
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
                // Whom somebody is, that was told something once a day, is in these ids for whoever guesses it.
                let unnamed = "UPDATE inbox SET event = 'unnamed ' || lower(hex(randomblob(16))) WHERE event LIKE 'unreadable %' OR event LIKE 'relayed %'";
                sqlx::query(unnamed).execute(&mut *connection).await?;
                // Whoever guesses an account could find out by these hashes what it said.
                sqlx::query("UPDATE inbox SET said = NULL WHERE said IS NOT NULL AND network = $1").bind(network)
            }
            Write::ForgetAccount(Account { platform, id }) => {
                for table in ["accounts", "chosen"] {
                    let delete = format!("DELETE FROM {table} WHERE platform = $1 AND account = $2 AND network = $3");
                    sqlx::query(sqlx::AssertSqlSafe(delete)).bind(platform).bind(id).bind(network).execute(&mut *connection).await?;
                }
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
            Write::JobDone(job) => sqlx::query("DELETE FROM jobs WHERE name = $1 AND due_at = $2 AND network = $3").bind(job.name.clone()).bind(iso(job.due_at)).bind(network),
        };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

impl Store for SqliteStore {
    async fn load(&self) -> Result<Kept, StoreError> {
        let mut kept = Kept { networks: BTreeMap::new(), ..Kept::default() };
        for network in self.networks().await? {
            let books = self.books(&network).await?;
            let head = self.head(&network).await?;
            if head != Some((signed(books.seq), books.head)) {
                let why = "the stored head is not the last entry".to_owned();
                return Err(StoreError::Damaged { network, seq: books.seq, why });
            }
            let directory = self.directory(&network).await?;
            kept.networks.insert(network, Network { books, directory });
        }
        let read = async {
            kept.last_outbox = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM outbox").fetch_one(&self.pool).await?;
            for row in sqlx::query("SELECT * FROM outbox WHERE failed IS NULL ORDER BY id").fetch_all(&self.pool).await? {
                match outbox_row(&row) {
                    Ok(row) => kept.outbox.push(row),
                    // A reply in the words of another version; its effect is in the journal.
                    Err(error) => tracing::warn!(%error, "an undelivered reply can't be read and is left where it is"),
                }
            }
            let last: Option<String> = sqlx::query_scalar("SELECT max(at) FROM inbox").fetch_one(&self.pool).await?;
            if let Some(last) = last.and_then(|last| last.parse::<Timestamp>().ok()) {
                let recent = sqlx::query("SELECT said, at FROM inbox WHERE said IS NOT NULL AND at >= $1")
                    .bind(iso(last - RECENT))
                    .fetch_all(&self.pool)
                    .await?;
                for row in recent {
                    kept.recent.push((hash(&row, "said")?, instant(&row, "at")?));
                }
            }
            Ok::<(), sqlx::Error>(())
        };
        read.await.map_err(database)?;
        if !kept.outbox.is_empty() {
            // They may name somebody who was forgotten before this start.
            self.traces.lock().unwrap_or_else(PoisonError::into_inner).in_replies = kept.last_outbox;
        }
        Ok(kept)
    }

    async fn known(&self, events: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT event FROM inbox WHERE event IN (");
        let mut list = query.separated(", ");
        events.iter().for_each(|event| {
            list.push_bind(event);
        });
        let rows = query.push(")").build().fetch_all(&self.pool).await.map_err(database)?;
        rows.iter().map(|row| row.try_get("event").map_err(database)).collect()
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.write(batch).await.map_err(|error| match error {
            WriteError::Overtaken => CommitError::Overtaken,
            WriteError::Sql(error) if is_constraint(&error) => CommitError::Rejected(error.to_string()),
            WriteError::Sql(error) => CommitError::Unavailable(error.to_string()),
        })?;
        if let Err(error) = self.wipe(batch).await {
            // What was to be written is; the next commit tries to wipe again.
            tracing::warn!(%error, "traces of somebody who was forgotten are still in the file");
        }
        Ok(())
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        let mut found = self.verify_network(network).await?;
        found.broken.splice(..0, self.verify_file().await?);
        Ok(found)
    }

    async fn file(&self, network: &str, file: TextRef) -> Result<Option<StoredFile>, StoreError> {
        let query = sqlx::query("SELECT name, media_type, bytes FROM files WHERE network = $1 AND hash = $2");
        let row = query.bind(network).bind(&file.0.0[..]).fetch_optional(&self.pool).await.map_err(database)?;
        let stored = |row: SqliteRow| {
            let bytes: Vec<u8> = row.try_get("bytes")?;
            Ok(StoredFile { name: row.try_get("name")?, media_type: row.try_get("media_type")?, bytes: bytes.into() })
        };
        row.map(stored).transpose().map_err(|error: sqlx::Error| database(error))
    }

    async fn close(&self) {
        // Folds the log into the file, so that a copy of the one file is a copy of everything.
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
        self.pool.close().await;
    }
}

/// What lies beside a network's journal, texts, files and handles left out, as the changes that made it.
async fn directory_writes(connection: &mut SqliteConnection, network: &str) -> Result<Vec<Write>, sqlx::Error> {
    let mut writes = Vec::new();
    for row in
        sqlx::query("SELECT platform, account, person FROM accounts WHERE network = $1").bind(network).fetch_all(&mut *connection).await?
    {
        writes.push(Write::Account(Account { platform: row.try_get(0)?, id: row.try_get(1)? }, PersonId(row.try_get(2)?)));
    }
    for row in sqlx::query("SELECT person, name FROM people WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::DisplayName(PersonId(row.try_get(0)?), row.try_get(1)?));
    }
    for row in sqlx::query("SELECT person, account FROM pay_to WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::PayTo(PersonId(row.try_get(0)?), PayTo::parse(row.try_get(1)?).ok()));
    }
    for row in sqlx::query("SELECT platform, room, project FROM rooms WHERE network = $1").bind(network).fetch_all(&mut *connection).await?
    {
        let project: Option<u32> = row.try_get(2)?;
        writes.push(Write::Room(RoomKey { platform: row.try_get(0)?, id: row.try_get(1)? }, project.map(ProjectId)));
    }
    for row in
        sqlx::query("SELECT platform, room, kind, number FROM topics WHERE network = $1").bind(network).fetch_all(&mut *connection).await?
    {
        let topic = match row.try_get::<&str, _>(2)? {
            "pool" => Topic::Pool(PoolId(row.try_get(3)?)),
            _ => Topic::Equipment(EquipmentId(row.try_get(3)?)),
        };
        writes.push(Write::Topic(RoomKey { platform: row.try_get(0)?, id: row.try_get(1)? }, topic));
    }
    for row in sqlx::query("SELECT code, expires_at FROM link_codes WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::LinkCode(LinkCode { code: row.try_get(0)?, expires_at: instant(&row, "expires_at")? }));
    }
    for row in sqlx::query("SELECT payload FROM linkings WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::Linking(json::<Linking>(&row)?));
    }
    for row in sqlx::query("SELECT payload FROM questions WHERE network = $1 ORDER BY id").bind(network).fetch_all(&mut *connection).await?
    {
        writes.push(Write::Question(json::<Question>(&row)?));
    }
    for row in sqlx::query("SELECT payload FROM jobs WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::Job(json::<Job>(&row)?));
    }
    for row in sqlx::query("SELECT platform, room, key FROM told WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::Told(RoomKey { platform: row.try_get(0)?, id: row.try_get(1)? }, row.try_get(2)?));
    }
    let preferences = sqlx::query("SELECT scope, platform, id, key, value FROM preferences WHERE network = $1");
    for row in preferences.bind(network).fetch_all(&mut *connection).await? {
        let scope = Scope::of_columns(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // One of a newer program's is kept for it.
        if let (Some(scope), Some(key)) = (scope, Preference::of_word(row.try_get(3)?)) {
            writes.push(Write::Preference(scope, key, row.try_get(4)?));
        }
    }
    for row in sqlx::query("SELECT person, payload FROM timers WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::Timer(PersonId(row.try_get(0)?), Some(json::<Timer>(&row)?)));
    }
    for row in sqlx::query("SELECT platform, account FROM chosen WHERE network = $1").bind(network).fetch_all(&mut *connection).await? {
        writes.push(Write::Chosen(Account { platform: row.try_get(0)?, id: row.try_get(1)? }));
    }
    Ok(writes)
}

async fn head(connection: &mut SqliteConnection, network: &str) -> Result<Option<(i64, Hash)>, sqlx::Error> {
    let row = sqlx::query("SELECT seq, hash FROM heads WHERE network = $1").bind(network).fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get("seq")?, hash(&row, "hash")?))).transpose()
}

async fn journal(connection: &mut SqliteConnection, network: &str) -> Result<Vec<JournalRow>, sqlx::Error> {
    let query = sqlx::query("SELECT network, seq, at, kind, version, payload, hash FROM journal WHERE network = $1 ORDER BY seq");
    query.bind(network).fetch_all(connection).await?.iter().map(journal_row).collect()
}

async fn texts(connection: &mut SqliteConnection, network: &str) -> Result<Vec<(TextRef, [u8; 16], String)>, sqlx::Error> {
    let query = sqlx::query("SELECT hash, salt, body FROM texts WHERE network = $1 ORDER BY id");
    let text = |row: &SqliteRow| Ok((TextRef(hash(row, "hash")?), salt(row)?, row.try_get("body")?));
    query.bind(network).fetch_all(connection).await?.iter().map(text).collect()
}

/// Whether a database has a table: one that an earlier version wrote last may not.
async fn has_table(connection: &mut SqliteConnection, name: &str) -> Result<bool, sqlx::Error> {
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_master WHERE name = $1").bind(name);
    Ok(count.fetch_one(connection).await? > 0)
}

async fn handles(connection: &mut SqliteConnection, network: &str) -> Result<Vec<(PersonId, String)>, sqlx::Error> {
    if !has_table(connection, "handles").await? {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("SELECT person, handle FROM handles WHERE network = $1").bind(network).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((PersonId(row.try_get(0)?), row.try_get(1)?))).collect()
}

/// Takes the lock file beside a database, or says who has it.
fn lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = path.with_file_name(format!("{}.lock", path.file_name().unwrap_or_default().to_string_lossy()));
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(|error| database(format!("{}: {error}", lock_path.display())))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who holds it is a courtesy; that it is held is what matters.
            let _ = file.read_to_string(&mut holder);
            return Err(StoreError::Locked { path: path.display().to_string(), holder: holder.trim().to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(database(error)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(database)?;
    Ok(file)
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
        reply: json(row)?,
        files: Vec::new(),
    })
}
