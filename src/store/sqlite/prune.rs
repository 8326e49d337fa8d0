//! What is deleted when it has become old, and what is noted so that none of it is obeyed again.
//!
//! A platform can bring an event again long after it was dealt with. An event has its inbox row against that. Once rows are
//! deleted, the latest instant of a deleted row is kept: an event that isn't known and was said up to then is passed over. A row
//! is never of an instant before its event was said, so every event of a deleted row is passed over, whatever clocks did.

use std::collections::BTreeMap;

use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::core::time::Timestamp;
use crate::directory::Account;
use crate::store::PassedOver;
use crate::store::sqlite::iso;

/// Moves an instant on; never back.
const UPSERT: &str = "INSERT INTO passed_over (platform, account, until) VALUES ($1, $2, $3) ON CONFLICT (platform, account) DO UPDATE SET until = max(until, excluded.until)";

/// Notes accounts whose messages up to an instant have been dealt with.
pub async fn pass_over(connection: &mut SqliteConnection, accounts: &BTreeMap<Account, Timestamp>) -> Result<(), sqlx::Error> {
    for (account, until) in accounts {
        sqlx::query(UPSERT).bind(&account.platform).bind(&account.id).bind(iso(*until)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What was noted, as far as it can be read.
pub async fn passed_over(connection: &mut SqliteConnection) -> Result<PassedOver, sqlx::Error> {
    let mut found = PassedOver::default();
    for row in sqlx::query("SELECT platform, account, until FROM passed_over").fetch_all(connection).await? {
        let (Ok(platform), Ok(id), Ok(until)) = (row.try_get::<String, _>(0), row.try_get(1), crate::store::sqlite::instant(&row, "until"))
        else {
            tracing::error!("up to when messages were dealt with can't be read in a row of passed_over");
            continue;
        };
        match platform.is_empty() {
            true => found.all = Some(until),
            false => drop(found.by.insert(Account { platform, id }, until)),
        }
    }
    Ok(found)
}

/// Deletes old rows, at most so many. Gives the latest instant of a row of the inbox that was deleted, now or before.
pub async fn prune(connection: &mut SqliteConnection, before: Timestamp, most: usize) -> Result<Option<Timestamp>, sqlx::Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let connection = &mut *transaction;
    const OLDEST: &str = "SELECT event, at FROM inbox WHERE at < $1 ORDER BY at, event LIMIT $2";
    let latest = sqlx::query_scalar::<_, Option<String>>(sqlx::AssertSqlSafe(format!("SELECT max(at) FROM ({OLDEST})")));
    if let Some(latest) = latest.bind(iso(before)).bind(most).fetch_one(&mut *connection).await? {
        let delete = format!("DELETE FROM inbox WHERE event IN (SELECT event FROM ({OLDEST}))");
        sqlx::query(sqlx::AssertSqlSafe(delete)).bind(iso(before)).bind(most).execute(&mut *connection).await?;
        sqlx::query(UPSERT).bind("").bind("").bind(&latest).execute(&mut *connection).await?;
        // What anybody's messages are passed over for need not be noted of some.
        sqlx::query("DELETE FROM passed_over WHERE platform <> '' AND until <= $1").bind(&latest).execute(&mut *connection).await?;
    }
    let failed = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE failed IS NOT NULL AND at < $1 ORDER BY id LIMIT $2)";
    sqlx::query(failed).bind(iso(before)).bind(most).execute(&mut *connection).await?;
    let all = passed_over(connection).await?.all;
    transaction.commit().await?;
    Ok(all)
}
