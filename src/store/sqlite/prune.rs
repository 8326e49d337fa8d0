//! Deletes old rows, and notes what must not be obeyed again without them.
//!
//! A platform can deliver an event again long after it was handled. The event's inbox row protects against that. Once
//! rows are deleted, the latest instant of a deleted row is kept in `passed_over`: an unknown event that was said up to
//! then is ignored. A row's instant is never earlier than its event was said. So every event of a deleted row is
//! ignored, even if clocks were wrong.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use crate::core::time::Timestamp;
use crate::directory::Account;
use crate::store::sqlite::values::{account, instant, iso};
use crate::store::state::PassedOver;

/// Moves an instant forward, never back.
const UPSERT: &str = "INSERT INTO passed_over (platform, account, until) VALUES ($1, $2, $3) \
    ON CONFLICT (platform, account) DO UPDATE SET until = max(until, excluded.until)";

/// The oldest rows of the inbox.
const OLDEST: &str = "SELECT event, at FROM inbox WHERE at < $1 ORDER BY at, event LIMIT $2";

/// Notes accounts whose messages up to an instant have been handled.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn pass_over(
    connection: &mut SqliteConnection,
    accounts: &BTreeMap<Account, Timestamp>,
) -> Result<(), sqlx::Error> {
    for (account, until) in accounts {
        let upsert = sqlx::query(UPSERT).bind(account.platform.name()).bind(&account.id).bind(iso(*until));
        upsert.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The noted instants. A row that can't be read is reported and left out.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read at all.
pub async fn passed_over(connection: &mut SqliteConnection) -> Result<PassedOver, sqlx::Error> {
    let mut found = PassedOver::default();
    for row in sqlx::query("SELECT platform, account, until FROM passed_over").fetch_all(connection).await? {
        match of_row(&row) {
            Ok((Some(account), until)) => {
                found.by.insert(account, until);
            }
            Ok((None, until)) => found.all = Some(until),
            Err(_) => tracing::error!("up to when messages were dealt with can't be read in a row of passed_over"),
        }
    }
    Ok(found)
}

/// An account (`None`: everybody), and the instant up to which its messages have been handled.
fn of_row(row: &SqliteRow) -> Result<(Option<Account>, Timestamp), sqlx::Error> {
    let until = instant(row, "until")?;
    let is_of_all = row.try_get::<&str, _>("platform")?.is_empty();
    Ok((if is_of_all { None } else { Some(account(row)?) }, until))
}

/// Deletes old rows, at most `most` of each table. Returns the latest instant of an inbox row that was deleted, now or
/// earlier.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn prune(
    connection: &mut SqliteConnection,
    before: Timestamp,
    most: usize,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let connection = &mut *transaction;
    let latest = AssertSqlSafe(format!("SELECT max(at) FROM ({OLDEST})"));
    let latest = sqlx::query_scalar::<_, Option<String>>(latest).bind(iso(before)).bind(most);
    if let Some(latest) = latest.fetch_one(&mut *connection).await? {
        let delete = format!("DELETE FROM inbox WHERE event IN (SELECT event FROM ({OLDEST}))");
        sqlx::query(AssertSqlSafe(delete)).bind(iso(before)).bind(most).execute(&mut *connection).await?;
        sqlx::query(UPSERT).bind("").bind("").bind(&latest).execute(&mut *connection).await?;
        // Accounts that the instant for everybody covers need no row of their own.
        let covered = sqlx::query("DELETE FROM passed_over WHERE platform <> '' AND until <= $1");
        covered.bind(&latest).execute(&mut *connection).await?;
    }
    let failed = "DELETE FROM outbox WHERE id IN \
        (SELECT id FROM outbox WHERE failed IS NOT NULL AND at < $1 ORDER BY id LIMIT $2)";
    sqlx::query(failed).bind(iso(before)).bind(most).execute(&mut *connection).await?;
    let all = passed_over(connection).await?.all;
    transaction.commit().await?;
    Ok(all)
}
