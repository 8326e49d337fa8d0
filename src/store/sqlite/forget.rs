//! What waits to be delivered and tells something of somebody who is forgotten.

use crate::message::room::RoomLine;
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection};

use crate::directory::{Traces, has_any};
use crate::message::reply::Reply;
use crate::store::sqlite::text_of;

/// Whether something in JSON has one of these phrases in a text of it.
fn tells(value: &Value, phrases: &[String]) -> bool {
    match value {
        Value::String(text) => has_any(text, phrases),
        Value::Array(values) => values.iter().any(|value| tells(value, phrases)),
        Value::Object(values) => values.values().any(|value| tells(value, phrases)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Deletes replies that wait for somebody who is forgotten, on whichever platform, and takes what others are waiting for out of theirs
/// where it names them. Replies from `fresh` on are of the same batch: the one that says that it is done must arrive.
pub async fn traces(connection: &mut SqliteConnection, network: &str, traces: &Traces, fresh: i64) -> Result<(), sqlx::Error> {
    let forgotten = text_of(&Reply::Lines(vec![RoomLine::ReplyForgotten.into()]));
    let query = sqlx::query(
        "SELECT id, platform, room, reader, asker, mentions, payload FROM outbox WHERE failed IS NULL AND (network IS NULL OR network = $1)",
    );
    for row in query.bind(network).fetch_all(&mut *connection).await? {
        let (id, platform, room): (i64, &str, &str) = (row.try_get("id")?, row.try_get("platform")?, row.try_get("room")?);
        let reader: Option<&str> = row.try_get("reader")?;
        let is_theirs = reader
            .is_some_and(|reader| traces.accounts.iter().any(|account| account.platform == platform && account.id == reader))
            || traces.room.as_ref().is_some_and(|own| own.platform == platform && own.id == room);
        let payload: &str = row.try_get("payload")?;
        let told = serde_json::from_str(payload).map_or_else(|_| has_any(payload, &traces.phrases), |value| tells(&value, &traces.phrases));
        let is_asker = row.try_get::<Option<&str>, _>("asker")?.is_some_and(|asker| has_any(asker, &traces.phrases));
        let mentions: &str = row.try_get("mentions")?;
        if (is_theirs || (is_asker && told)) && id < fresh {
            sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(&mut *connection).await?;
            continue;
        }
        if told {
            sqlx::query("UPDATE outbox SET payload = $1 WHERE id = $2").bind(&forgotten).bind(id).execute(&mut *connection).await?;
        }
        if told || is_asker || has_any(mentions, &traces.phrases) {
            sqlx::query("UPDATE outbox SET asker = NULL, mentions = '[]' WHERE id = $1").bind(id).execute(&mut *connection).await?;
        }
    }
    // Of what could not be delivered, the room may be theirs alone, and why may name them.
    for row in sqlx::query("SELECT id, failed FROM outbox WHERE failed IS NOT NULL").fetch_all(&mut *connection).await? {
        let why = row.try_get::<&str, _>("failed")?;
        let why = if has_any(why, &traces.phrases) { "undeliverable" } else { why };
        let update = sqlx::query("UPDATE outbox SET room = '', thread = NULL, failed = $1 WHERE id = $2");
        update.bind(why).bind(row.try_get::<i64, _>("id")?).execute(&mut *connection).await?;
    }
    Ok(())
}
