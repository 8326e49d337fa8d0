//! The tables `cursors` and `readings`: how far rooms were read, and when the last message of each came. They belong to
//! no network.

use std::collections::{BTreeMap, HashMap};

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::core::time::Timestamp;
use crate::directory::RoomKey;
use crate::platform::Platform;
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::values::{ROWS_AT_ONCE, instant, iso, room};

/// How a row of `cursors` is checked.
pub const CURSORS: TableReader<()> = TableReader {
    filter: "$1 IS NULL",
    ..of_network("cursors", "platform, room", |row| {
        room(row)?;
        row.try_get::<&str, _>("position")?;
        Ok(())
    })
};

/// How a row of `readings` is checked.
pub const READINGS: TableReader<()> = TableReader {
    filter: "$1 IS NULL",
    ..of_network("readings", "platform, room", |row| {
        room(row)?;
        instant(row, "at")?;
        Ok(())
    })
};

/// Notes how far rooms were read.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn write_cursors(
    connection: &mut SqliteConnection,
    cursors: &BTreeMap<RoomKey, String>,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO cursors (platform, room, position) VALUES ($1, $2, $3) \
        ON CONFLICT (platform, room) DO UPDATE SET position = excluded.position";
    for (room, position) in cursors {
        sqlx::query(upsert).bind(room.platform.name()).bind(&room.id).bind(position).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Notes when the last message of each room came.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn write_readings(
    connection: &mut SqliteConnection,
    readings: &BTreeMap<RoomKey, Timestamp>,
) -> Result<(), sqlx::Error> {
    for rows in readings.iter().collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO readings (platform, room, at) ");
        query.push_values(rows, |mut values, (room, at)| {
            values.push_bind(room.platform.name()).push_bind(&room.id).push_bind(iso(**at));
        });
        query.push(" ON CONFLICT (platform, room) DO UPDATE SET at = excluded.at");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// How far the rooms of a platform were read, by room. A row that can't be read is reported and left out.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read at all.
pub async fn cursors(pool: &SqlitePool, platform: Platform) -> Result<HashMap<String, String>, sqlx::Error> {
    let query = sqlx::query("SELECT room, position FROM cursors WHERE platform = $1").bind(platform.name());
    let rows = query.fetch_all(pool).await?;
    let cursor = |row: &SqliteRow| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?));
    let report = |error: &sqlx::Error| tracing::error!(%error, "how far a room of {platform} was read can't be read");
    Ok(rows.iter().map(cursor).filter_map(|row| row.inspect_err(report).ok()).collect())
}

/// When the last message of each room came. A row that can't be read is left out.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read at all.
pub async fn readings(connection: &mut SqliteConnection) -> Result<HashMap<RoomKey, Timestamp>, sqlx::Error> {
    let rows = sqlx::query("SELECT platform, room, at FROM readings").fetch_all(connection).await?;
    Ok(rows.iter().filter_map(|row| Some((room(row).ok()?, instant(row, "at").ok()?))).collect())
}
