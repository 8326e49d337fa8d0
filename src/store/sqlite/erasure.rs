//! Erasure: deletes what is known of a person, and what other people's waiting replies say about them.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::core::ids::{PersonId, TextRef};
use crate::directory::{Account, ErasureResidue, has_any};
use crate::message::reply::Reply;
use crate::message::room::RoomLine;
use crate::store::sqlite::values::text_of;

/// Deletes a person's names, payment address and unfinished actions.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn forget_person(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    for table in ["handles", "people", "pay_to", "linkings", "timers"] {
        let delete = format!("DELETE FROM {table} WHERE person = $1 AND network = $2");
        sqlx::query(AssertSqlSafe(delete)).bind(person.0).bind(network).execute(&mut *connection).await?;
    }
    let insert = "INSERT INTO traces (only) VALUES (1) ON CONFLICT DO NOTHING";
    sqlx::query(insert).execute(&mut *connection).await?;
    // Rows that can't be read could be about the person.
    sqlx::query("DELETE FROM set_aside WHERE network = $1").bind(network).execute(&mut *connection).await?;
    // These ids are derived from the account that was told something once a day. Anybody can check a guess.
    let unnamed = "UPDATE inbox SET event = 'unnamed ' || lower(hex(randomblob(16))) \
        WHERE event LIKE 'unreadable %' OR event LIKE 'relayed %' OR event LIKE 'clock-ahead %'";
    sqlx::query(unnamed).execute(&mut *connection).await?;
    // These hashes confirm a guess at an account and what it said.
    let unsaid = sqlx::query("UPDATE inbox SET said = NULL WHERE said IS NOT NULL AND network = $1");
    unsaid.bind(network).execute(connection).await.map(|_| ())
}

/// Deletes an account's person, its preferences, and its choices.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be deleted.
pub async fn forget_account(
    connection: &mut SqliteConnection,
    network: &str,
    account: &Account,
) -> Result<(), sqlx::Error> {
    let Account { platform, id } = account;
    for table in ["accounts", "chosen", "sealed"] {
        let delete = format!("DELETE FROM {table} WHERE platform = $1 AND account = $2 AND network = $3");
        let delete = sqlx::query(AssertSqlSafe(delete)).bind(platform.name()).bind(id).bind(network);
        delete.execute(&mut *connection).await?;
    }
    let delete = sqlx::query("DELETE FROM passed_over WHERE platform = $1 AND account = $2");
    delete.bind(platform.name()).bind(id).execute(&mut *connection).await?;
    let delete = "DELETE FROM preferences WHERE scope = 'account' AND platform = $1 AND id = $2 AND network = $3";
    sqlx::query(delete).bind(platform.name()).bind(id).bind(network).execute(connection).await.map(|_| ())
}

/// Deletes a text or a file that an entry refers to.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be deleted.
pub async fn forget_text(connection: &mut SqliteConnection, network: &str, text: TextRef) -> Result<(), sqlx::Error> {
    for table in ["texts", "files"] {
        let delete = format!("DELETE FROM {table} WHERE hash = $1 AND network = $2");
        sqlx::query(AssertSqlSafe(delete)).bind(&text.0.0[..]).bind(network).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes the waiting replies to an erased person, on every platform. Other people's waiting replies that mention them
/// now only say that the person was erased. Replies from `fresh` on belong to the same batch: the one that confirms the
/// erasure must arrive.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be read or written.
pub async fn forget_residue(
    connection: &mut SqliteConnection,
    network: &str,
    residue: &ErasureResidue,
    fresh: i64,
) -> Result<(), sqlx::Error> {
    let forgotten = text_of(&Reply::Lines(vec![RoomLine::ReplyForgotten.into()]));
    let waiting = "SELECT id, platform, room, reader, asker, mentions, payload FROM outbox \
        WHERE failed IS NULL AND (network IS NULL OR network = $1)";
    for row in sqlx::query(waiting).bind(network).fetch_all(&mut *connection).await? {
        let (id, platform, room): (i64, &str, &str) =
            (row.try_get("id")?, row.try_get("platform")?, row.try_get("room")?);
        let is_theirs =
            row.try_get::<Option<&str>, _>("reader")?.is_some_and(|reader| is_of(residue, platform, reader))
                || residue.room.as_ref().is_some_and(|own| own.platform.name() == platform && own.id == room);
        let is_told = tells(row.try_get("payload")?, &residue.phrases);
        let asker: Option<&str> = row.try_get("asker")?;
        let is_asker = asker.is_some_and(|asker| has_any(asker, &residue.phrases));
        let mentions: &str = row.try_get("mentions")?;
        if (is_theirs || (is_asker && is_told)) && id < fresh {
            sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(&mut *connection).await?;
            continue;
        }
        if is_told {
            let update = sqlx::query("UPDATE outbox SET payload = $1 WHERE id = $2");
            update.bind(&forgotten).bind(id).execute(&mut *connection).await?;
        }
        if is_told || is_asker || has_any(mentions, &residue.phrases) {
            let update = sqlx::query("UPDATE outbox SET asker = NULL, mentions = '[]' WHERE id = $1");
            update.bind(id).execute(&mut *connection).await?;
        }
    }
    forget_undeliverable(connection, &residue.phrases).await
}

/// Removes from undeliverable replies what may name a person: the room may be theirs alone, and the reason for the
/// failure may name them.
async fn forget_undeliverable(connection: &mut SqliteConnection, phrases: &[String]) -> Result<(), sqlx::Error> {
    let undeliverable = sqlx::query("SELECT id, failed FROM outbox WHERE failed IS NOT NULL");
    for row in undeliverable.fetch_all(&mut *connection).await? {
        let why = row.try_get::<&str, _>("failed")?;
        let why = if has_any(why, phrases) { "undeliverable" } else { why };
        let update = sqlx::query("UPDATE outbox SET room = '', thread = NULL, failed = $1 WHERE id = $2");
        update.bind(why).bind(row.try_get::<i64, _>("id")?).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether an account belongs to the erased person.
fn is_of(residue: &ErasureResidue, platform: &str, account: &str) -> bool {
    residue.accounts.iter().any(|own| own.platform.name() == platform && own.id == account)
}

/// Whether one of the texts of a reply has one of these phrases in it.
fn tells(payload: &str, phrases: &[String]) -> bool {
    match serde_json::from_str(payload) {
        Ok(value) => has_phrase(&value, phrases),
        Err(_) => has_any(payload, phrases),
    }
}

fn has_phrase(value: &Value, phrases: &[String]) -> bool {
    match value {
        Value::String(text) => has_any(text, phrases),
        Value::Array(values) => values.iter().any(|value| has_phrase(value, phrases)),
        Value::Object(values) => values.values().any(|value| has_phrase(value, phrases)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
