//! Values in columns: how they are written and read.
//!
//! Reading fails with [`sqlx::Error::Decode`] or [`sqlx::Error::ColumnDecode`] if a column does not hold such a value.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::core::ids::{Hash, PersonId};
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::platform::{Platform, UnknownPlatformError};

/// Rows in one INSERT: this times the most columns stays below SQLite's limit of 32,766 parameters.
pub const ROWS_AT_ONCE: usize = 1000;

/// The largest number of a question or a reply. The next numbers never overflow.
pub const LARGEST: i64 = 1 << 62;

/// An unsigned number, as SQLite can store it.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An instant, as text of fixed length: texts sort in the order of their instants.
pub fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A value as JSON.
pub fn text_of(value: &impl serde::Serialize) -> String {
    // Replies, questions and jobs hold only strings, numbers, lists and maps by string: JSON can write all of them.
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON in the column `payload`.
///
/// # Errors
/// [`sqlx::Error`] if the column holds other text.
pub fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get::<&str, _>("payload")?).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// An instant.
///
/// # Errors
/// [`sqlx::Error`] if the column holds no instant.
pub fn instant(row: &SqliteRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    let text = row.try_get::<&str, _>(column)?;
    text.parse().map_err(|error: chrono::ParseError| sqlx::Error::Decode(error.into()))
}

/// A hash.
///
/// # Errors
/// [`sqlx::Error`] if the column does not hold 32 bytes.
pub fn hash(row: &SqliteRow, column: &str) -> Result<Hash, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.try_into().map(Hash).map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
}

/// The salt in the column `salt`.
///
/// # Errors
/// [`sqlx::Error`] if the column does not hold 16 bytes.
pub fn salt(row: &SqliteRow) -> Result<[u8; 16], sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("salt")?;
    bytes.try_into().map_err(|_| sqlx::Error::Decode("a salt has 16 bytes".into()))
}

/// The platform in the column `platform`.
///
/// # Errors
/// [`sqlx::Error`] if the column holds an unknown name.
pub fn platform(row: &SqliteRow) -> Result<Platform, sqlx::Error> {
    let name: &str = row.try_get("platform")?;
    name.parse().map_err(|error: UnknownPlatformError| sqlx::Error::Decode(error.into()))
}

/// The account in the columns `platform` and `account`.
///
/// # Errors
/// [`sqlx::Error`] if the columns hold no account.
pub fn account(row: &SqliteRow) -> Result<Account, sqlx::Error> {
    Ok(Account { platform: platform(row)?, id: row.try_get("account")? })
}

/// The room in the columns `platform` and `room`.
///
/// # Errors
/// [`sqlx::Error`] if the columns hold no room.
pub fn room(row: &SqliteRow) -> Result<RoomKey, sqlx::Error> {
    Ok(RoomKey { platform: platform(row)?, id: row.try_get("room")? })
}

/// The person in the column `person`.
///
/// # Errors
/// [`sqlx::Error`] if the column holds no id.
pub fn person(row: &SqliteRow) -> Result<PersonId, sqlx::Error> {
    row.try_get("person").map(PersonId)
}

/// Whether a number is in the range of our numbers, with room for the next.
pub fn is_number(number: i64) -> bool {
    (1..=LARGEST).contains(&number)
}

/// The number of a question or a reply.
///
/// # Errors
/// [`sqlx::Error`] if the column holds no such number, or one out of range.
pub fn number(row: &SqliteRow, column: &str) -> Result<i64, sqlx::Error> {
    let number = row.try_get(column)?;
    if is_number(number) { Ok(number) } else { Err(unreadable(format!("{column}: {number} is out of range"))) }
}

/// Checks that a row's columns agree with its payload.
///
/// # Errors
/// [`sqlx::Error::Decode`] if they don't.
pub fn expect_agreement(agrees: bool) -> Result<(), sqlx::Error> {
    if agrees { Ok(()) } else { Err(unreadable("its columns do not say what its payload says".to_owned())) }
}

/// A row that can't be read, and why.
pub fn unreadable(why: String) -> sqlx::Error {
    sqlx::Error::Decode(why.into())
}
