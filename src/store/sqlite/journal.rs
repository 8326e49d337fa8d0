//! The tables `journal` and `heads`.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::core::ids::Hash;
use crate::store::audit::Audit;
use crate::store::batch::HeadMove;
use crate::store::rows::JournalRow;
use crate::store::sqlite::error::WriteError;
use crate::store::sqlite::values::{ROWS_AT_ONCE, hash, instant, iso, signed};

const SELECT: &str =
    "SELECT network, seq, at, kind, version, payload, hash FROM journal WHERE network = $1 ORDER BY seq";

/// Adds entries, in order.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn insert(connection: &mut SqliteConnection, rows: &[JournalRow]) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let into = "INSERT INTO journal (network, seq, at, kind, version, payload, hash) ";
        let mut query = QueryBuilder::<Sqlite>::new(into);
        query.push_values(rows, |mut values, row| {
            values.push_bind(&row.network).push_bind(signed(row.seq)).push_bind(iso(row.at)).push_bind(&row.kind);
            values.push_bind(row.version).push_bind(&row.payload).push_bind(&row.hash.0[..]);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Moves a network's head.
///
/// # Errors
/// [`WriteError::Conflict`] where the head is not where the batch was decided, [`WriteError::Sql`] for the rest.
pub async fn move_head(connection: &mut SqliteConnection, network: &str, head: &HeadMove) -> Result<(), WriteError> {
    let ((from_seq, from_hash), (to_seq, to_hash)) = (&head.from, &head.to);
    let moved = if *from_seq == 0 {
        let insert = sqlx::query("INSERT INTO heads (network, seq, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        insert.bind(network).bind(signed(*to_seq)).bind(&to_hash.0[..]).execute(connection).await?
    } else {
        let update = sqlx::query("UPDATE heads SET seq = $1, hash = $2 WHERE network = $3 AND seq = $4 AND hash = $5");
        let update = update.bind(signed(*to_seq)).bind(&to_hash.0[..]).bind(network);
        update.bind(signed(*from_seq)).bind(&from_hash.0[..]).execute(connection).await?
    };
    if moved.rows_affected() == 1 { Ok(()) } else { Err(WriteError::Conflict) }
}

/// The ids of the networks in the file: those with a journal, and those with only a head left.
///
/// # Errors
/// [`sqlx::Error`] if the tables can't be read.
pub async fn networks(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    // Goes from one network to the next, because reading a whole journal for one name would take long.
    let query = "WITH RECURSIVE known(network) AS (SELECT min(network) FROM journal \
        UNION ALL SELECT (SELECT min(network) FROM journal WHERE network > known.network) \
        FROM known WHERE known.network IS NOT NULL) \
        SELECT network FROM known WHERE network IS NOT NULL UNION SELECT network FROM heads ORDER BY network";
    sqlx::query_scalar(query).fetch_all(connection).await
}

/// A network's head: how many entries it has, and the hash of the last.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be read.
pub async fn head(connection: &mut SqliteConnection, network: &str) -> Result<Option<(i64, Hash)>, sqlx::Error> {
    let query = sqlx::query("SELECT seq, hash FROM heads WHERE network = $1").bind(network);
    let row = query.fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get("seq")?, hash(&row, "hash")?))).transpose()
}

/// A network's journal, in order.
///
/// # Errors
/// [`sqlx::Error`] if a row can't be read.
pub async fn read(connection: &mut SqliteConnection, network: &str) -> Result<Vec<JournalRow>, sqlx::Error> {
    sqlx::query(SELECT).bind(network).fetch_all(connection).await?.iter().map(row_of).collect()
}

/// Hands a network's journal to an audit, entry by entry.
///
/// # Errors
/// [`sqlx::Error`] where a row can't be read. The audit has all entries before it then.
pub async fn audit(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    let mut rows = sqlx::query(SELECT).bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.entry(&row_of(&row)?);
    }
    Ok(())
}

/// The entries whose hashes begin with these digits: the place and time of each, and the number of all entries.
///
/// # Errors
/// [`sqlx::Error`] if a row can't be read.
pub async fn entries_of(
    connection: &mut SqliteConnection,
    network: &str,
    digits: &str,
) -> Result<(Vec<(u64, String)>, u64), sqlx::Error> {
    let query = sqlx::query("SELECT seq, at, hash FROM journal WHERE network = $1 ORDER BY seq").bind(network);
    let mut rows = query.fetch(connection);
    let (mut entries, mut count) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        count += 1;
        let hash: Hash = hash(&row, "hash")?;
        if hash.to_string().starts_with(digits) {
            entries.push((count, row.try_get("at")?));
        }
    }
    Ok((entries, count))
}

fn row_of(row: &SqliteRow) -> Result<JournalRow, sqlx::Error> {
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
