//! The table `outbox`: replies on their way out, and those that could not be delivered.

use crate::store::sqlite::damaged;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::message::asked::Fingerprint;
use crate::store::rows::OutboxRow;
use crate::store::sqlite::damaged::{DamagedRow, TableReader, of_network};
use crate::store::sqlite::values::{LARGEST, ROWS_AT_ONCE, instant, is_number, iso, json, number, platform, text_of};

/// Reads the waiting replies of a network, to check them.
pub const OUTBOX: TableReader<()> = TableReader {
    filter: "failed IS NULL AND network IS $1",
    ..of_network("outbox", "id", |row| {
        number(row, "id")?;
        row_of(row).map(|_| ())
    })
};

/// Adds replies.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn insert(connection: &mut SqliteConnection, rows: &[OutboxRow]) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let into = "INSERT INTO outbox (id, at, platform, lane, room, reader, reply_to, thread, network, asker, \
            mentions, language, shown, payload) ";
        let mut query = QueryBuilder::<Sqlite>::new(into);
        query.push_values(rows, |mut values, row| {
            values.push_bind(row.id).push_bind(iso(row.at)).push_bind(row.platform.name()).push_bind(&row.lane);
            values.push_bind(&row.room).push_bind(&row.reader).push_bind(&row.reply_to).push_bind(&row.thread);
            values.push_bind(&row.network).push_bind(&row.asker).push_bind(text_of(&row.mentions));
            values.push_bind(&row.language).push_bind(row.shown.as_ref().map(|shown| &shown.0));
            values.push_bind(text_of(&row.reply));
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes replies that have arrived.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be deleted.
pub async fn delete_delivered(connection: &mut SqliteConnection, ids: &[i64]) -> Result<(), sqlx::Error> {
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM outbox WHERE id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        query.push(")").build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Notes that replies will never arrive, and why. Deletes their words, their reader, and the token for answering them,
/// which nobody needs any more.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn note_undeliverable(
    connection: &mut SqliteConnection,
    failures: &[(i64, String)],
) -> Result<(), sqlx::Error> {
    let update = "UPDATE outbox SET failed = $1, lane = '', reader = NULL, reply_to = NULL, asker = NULL, \
        mentions = '[]', payload = 'null' WHERE id = $2";
    for (id, why) in failures {
        sqlx::query(update).bind(why).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The largest number of a reply that still leaves room for the next ones.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn last_id(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM outbox WHERE id <= $1").bind(LARGEST);
    query.fetch_one(connection).await
}

/// The waiting replies in order, without those that can't be read. The effects of those are in the journal.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read at all.
pub async fn waiting(connection: &mut SqliteConnection) -> Result<Vec<OutboxRow>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM outbox WHERE failed IS NULL ORDER BY id").fetch_all(connection).await?;
    Ok(rows.iter().filter_map(|row| row_of(row).ok()).filter(|row| is_number(row.id)).collect())
}

/// The waiting replies that can't be read, of every network.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read at all.
pub async fn damaged(connection: &mut SqliteConnection) -> Result<Vec<DamagedRow>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT DISTINCT network FROM outbox");
    let networks: Vec<Option<String>> = query.fetch_all(&mut *connection).await?;
    let mut found = Vec::new();
    for network in networks {
        found.extend(damaged::check(connection, &OUTBOX, network.as_deref()).await?);
    }
    Ok(found)
}

fn row_of(row: &SqliteRow) -> Result<OutboxRow, sqlx::Error> {
    let mentions = serde_json::from_str(row.try_get("mentions")?);
    Ok(OutboxRow {
        id: row.try_get("id")?,
        at: instant(row, "at")?,
        platform: platform(row)?,
        lane: row.try_get("lane")?,
        room: row.try_get("room")?,
        reader: row.try_get("reader")?,
        reply_to: row.try_get("reply_to")?,
        thread: row.try_get("thread")?,
        network: row.try_get("network")?,
        asker: row.try_get("asker")?,
        mentions: mentions.map_err(|error| sqlx::Error::Decode(error.into()))?,
        language: row.try_get("language")?,
        shown: row.try_get::<Option<String>, _>("shown")?.map(Fingerprint),
        reply: json(row)?,
        files: Vec::new(),
    })
}
