//! What rooms are about, their preferences, and what they were told: `rooms`, `topics`, `link_codes`, `preferences`,
//! `told`.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::core::ids::{EquipmentId, PoolId, ProjectId};
use crate::directory::{DirectoryChange, LinkCode, RoomKey, Scope, Topic};
use crate::preference::{Preference, PreferenceKind};
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::directory::found::DirectoryRow;
use crate::store::sqlite::values::{instant, iso, room, unreadable};

pub const ROOMS: TableReader<DirectoryRow> = of_network("rooms", "platform, room", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::Room(
        room(row)?,
        row.try_get::<Option<u32>, _>("project")?.map(ProjectId),
    )))
});

pub const TOPICS: TableReader<DirectoryRow> = of_network("topics", "platform, room, kind", |row| {
    let number = row.try_get("number")?;
    let topic = match row.try_get::<&str, _>("kind")? {
        "pool" => Topic::Pool(PoolId(number)),
        "equipment" => Topic::Equipment(EquipmentId(number)),
        other => return Err(unreadable(format!("a room is about no `{other}`"))),
    };
    Ok(DirectoryRow::Change(DirectoryChange::Topic(room(row)?, topic)))
});

pub const LINK_CODES: TableReader<DirectoryRow> = of_network("link_codes", "code", |row| {
    let code = LinkCode { code: row.try_get("code")?, expires_at: instant(row, "expires_at")? };
    Ok(DirectoryRow::Change(DirectoryChange::LinkCode(code)))
});

pub const PREFERENCES: TableReader<DirectoryRow> = of_network("preferences", "scope, platform, id, key", |row| {
    let scope = Scope::of_columns(row.try_get("scope")?, row.try_get("platform")?, row.try_get("id")?)
        .map_err(|error| unreadable(error.to_string()))?;
    // A preference that only a newer program knows stays for that program.
    let Some((scope, kind)) = scope.zip(PreferenceKind::of_word(row.try_get("key")?)) else {
        return Ok(DirectoryRow::Nothing);
    };
    let preference = Preference::of_stored(kind, row.try_get("value")?)
        .ok_or_else(|| unreadable(format!("no {} is stored as this", kind.word())))?;
    Ok(DirectoryRow::Change(DirectoryChange::Preference(scope, preference)))
});

pub const TOLD: TableReader<DirectoryRow> = of_network("told", "platform, room, key", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::AnnouncedOnce(room(row)?, row.try_get("key")?)))
});

/// Notes that a room belongs to the network, perhaps to one of its projects.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_room(
    connection: &mut SqliteConnection,
    network: &str,
    room: &RoomKey,
    project: Option<ProjectId>,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO rooms (platform, room, project, network) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (platform, room) DO UPDATE SET project = excluded.project";
    let upsert = sqlx::query(upsert).bind(room.platform.name()).bind(&room.id).bind(project.map(|project| project.0));
    upsert.bind(network).execute(connection).await.map(|_| ())
}

/// Notes that a room is about a pool or a machine.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_topic(
    connection: &mut SqliteConnection,
    network: &str,
    room: &RoomKey,
    topic: Topic,
) -> Result<(), sqlx::Error> {
    let (kind, number) = match topic {
        Topic::Pool(pool) => ("pool", pool.0),
        Topic::Equipment(equipment) => ("equipment", equipment.0),
    };
    let upsert = "INSERT INTO topics (platform, room, kind, number, network) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (platform, room, kind) DO UPDATE SET number = excluded.number";
    let upsert = sqlx::query(upsert).bind(room.platform.name()).bind(&room.id).bind(kind).bind(number).bind(network);
    upsert.execute(connection).await.map(|_| ())
}

/// Deletes a room's topics, preferences and announcements, because another room has taken its place.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be deleted.
pub async fn clear_room(connection: &mut SqliteConnection, network: &str, room: &RoomKey) -> Result<(), sqlx::Error> {
    let RoomKey { platform, id } = room;
    for table in ["topics", "told"] {
        let delete = format!("DELETE FROM {table} WHERE platform = $1 AND room = $2 AND network = $3");
        let delete = sqlx::query(AssertSqlSafe(delete)).bind(platform.name()).bind(id).bind(network);
        delete.execute(&mut *connection).await?;
    }
    let delete = "DELETE FROM preferences WHERE scope = 'room' AND platform = $1 AND id = $2 AND network = $3";
    sqlx::query(delete).bind(platform.name()).bind(id).bind(network).execute(connection).await.map(|_| ())
}

/// Adds a code that lets a room join.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn add_link_code(
    connection: &mut SqliteConnection,
    network: &str,
    code: &LinkCode,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query("INSERT INTO link_codes (code, expires_at, network) VALUES ($1, $2, $3)");
    insert.bind(&code.code).bind(iso(code.expires_at)).bind(network).execute(connection).await.map(|_| ())
}

/// Deletes a code that was used.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be deleted.
pub async fn delete_link_code(connection: &mut SqliteConnection, network: &str, code: &str) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM link_codes WHERE code = $1 AND network = $2");
    delete.bind(code).bind(network).execute(connection).await.map(|_| ())
}

/// Notes that a room was told something.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn add_told(
    connection: &mut SqliteConnection,
    network: &str,
    room: &RoomKey,
    key: &str,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO told (platform, room, key, network) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let insert = sqlx::query(insert).bind(room.platform.name()).bind(&room.id).bind(key).bind(network);
    insert.execute(connection).await.map(|_| ())
}

/// Deletes the note that a room was told something.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be deleted.
pub async fn delete_told(
    connection: &mut SqliteConnection,
    network: &str,
    room: &RoomKey,
    key: &str,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM told WHERE platform = $1 AND room = $2 AND key = $3 AND network = $4");
    let delete = delete.bind(room.platform.name()).bind(&room.id).bind(key).bind(network);
    delete.execute(connection).await.map(|_| ())
}

/// Sets a preference.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_preference(
    connection: &mut SqliteConnection,
    network: &str,
    scope: &Scope,
    preference: &Preference,
) -> Result<(), sqlx::Error> {
    let (scope, platform, id) = scope.columns();
    let upsert = "INSERT INTO preferences (scope, platform, id, key, value, network) \
        VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (network, scope, platform, id, key) DO UPDATE SET value = excluded.value";
    let upsert = sqlx::query(upsert).bind(scope).bind(platform).bind(id).bind(preference.kind().word());
    upsert.bind(preference.stored()).bind(network).execute(connection).await.map(|_| ())
}
