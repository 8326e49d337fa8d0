//! The table `inbox`: messages that were meant for the bot, and what became of them.

use std::collections::HashSet;

use chrono::TimeDelta;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::store::rows::{InboxOutcome, InboxRow, UnknownOutcomeError};
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::values::{ROWS_AT_ONCE, hash, instant, iso, unreadable};

/// How far back the store looks for repeated commands when it is opened.
const RECENT: TimeDelta = TimeDelta::minutes(2);

/// How a row is checked. Damaged rows stay where they are, so that no message is obeyed twice.
pub const INBOX: TableReader<()> = of_network("inbox", "event", |row| {
    instant(row, "at")?;
    row.try_get::<&str, _>("event")?;
    let outcome: Result<InboxOutcome, UnknownOutcomeError> = row.try_get::<&str, _>("outcome")?.parse();
    outcome.map_err(|error| unreadable(error.to_string()))?;
    row.try_get::<Option<&[u8]>, _>("said")?.map(|_| hash(row, "said")).transpose()?;
    Ok(())
});

/// Adds messages that were decided.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn insert(connection: &mut SqliteConnection, rows: &[InboxRow]) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO inbox (event, network, at, outcome, said, recorded) ");
        query.push_values(rows, |mut values, row: &InboxRow| {
            values
                .push_bind(&row.event)
                .push_bind(&row.network)
                .push_bind(iso(row.at))
                .push_bind(row.outcome.to_string());
            values.push_bind(row.repeat_key.map(|repeat_key| repeat_key.0.to_vec())).push_bind(&row.recorded);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// The events of these that have a row.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn known(pool: &SqlitePool, events: &[String]) -> Result<HashSet<String>, sqlx::Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT event FROM inbox WHERE event IN (");
    let mut list = query.separated(", ");
    for event in events {
        list.push_bind(event);
    }
    let rows = query.push(")").build().fetch_all(pool).await?;
    rows.iter().map(|row| row.try_get("event")).collect()
}

/// The labels of what a message recorded: its own command, and those of its further lines, whose events are its own
/// with a number.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn recorded(pool: &SqlitePool, event: &str) -> Result<String, sqlx::Error> {
    let query = "SELECT recorded FROM inbox WHERE (event = $1 OR (event > $1 || ' ' AND event < $1 || '!')) \
        AND recorded <> '' ORDER BY length(event), event";
    Ok(sqlx::query_scalar::<_, String>(query).bind(event).fetch_all(pool).await?.join(" "))
}

/// Commands that were carried out lately: the hash of author and text, and when it took effect.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn recent(connection: &mut SqliteConnection) -> Result<Vec<(Hash, Timestamp)>, sqlx::Error> {
    let query = "SELECT max(at) FROM inbox WHERE at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z'";
    let last: Option<String> = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
    let Some(last) = last.and_then(|last| last.parse::<Timestamp>().ok()) else { return Ok(Vec::new()) };
    let query = sqlx::query("SELECT said, at FROM inbox WHERE said IS NOT NULL AND at >= $1").bind(iso(last - RECENT));
    let repeat_key = |row: &SqliteRow| Ok::<_, sqlx::Error>((hash(row, "said")?, instant(row, "at")?));
    let report = |error: &sqlx::Error| tracing::error!(%error, "whether a message is said again can't be read");
    let rows = query.fetch_all(connection).await?;
    Ok(rows.iter().map(repeat_key).filter_map(|row| row.inspect_err(report).ok()).collect())
}

/// How many instants of a network's journal have no message, since old messages were last deleted. The first message of
/// a network came before the network existed.
///
/// # Errors
/// [`sqlx::Error`] if the tables can't be read.
pub async fn unheard(connection: &mut SqliteConnection, network: &str) -> Result<i64, sqlx::Error> {
    let query = "SELECT count(*) FROM (SELECT at FROM journal WHERE network = $1 \
        AND at > coalesce((SELECT until FROM passed_over WHERE platform = ''), '') \
        EXCEPT SELECT at FROM inbox WHERE network = $1 OR network IS NULL)";
    sqlx::query_scalar(query).bind(network).fetch_one(connection).await
}
