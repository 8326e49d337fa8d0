//! Describes the commands to rooms. A description is sent only if it has changed, and emptied when its command is gone.

use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::deserialized_responses::RawAnySyncOrStrippedState;
use matrix_sdk::ruma::events::StateEventType;
use matrix_sdk::{Room, RoomState};
use serde_json::{Value, json};

use crate::adapters::matrix::describe::{Descriptions, descriptions};
use crate::adapters::matrix::failure::is_final;
use crate::adapters::matrix::hub::MatrixHub;

/// The type of these events, as deployed clients read it.
const TYPE: &str = "org.matrix.msc4391.command_description";

/// How long the bot sends no descriptions after the homeserver has refused one for now: replies come first.
const PAUSE: Duration = Duration::from_secs(30);

/// Tells a room the commands that it does not know yet. Nothing is sent if the bot may not set state there.
pub async fn publish(hub: Arc<MatrixHub>, room: Room) {
    // One room after the other: all at once would flood the homeserver at a start.
    let mut described = hub.described.lock().await;
    let may = match room.get_member_no_sync(&hub.user_id).await {
        Ok(Some(us)) => us.can_send_state(StateEventType::from(TYPE)),
        _ => false,
    };
    if !may {
        return;
    }
    let mut told = told(&hub, &room).await;
    // A sync may not have returned yet what was sent a moment ago.
    let sent = described.entry(room.room_id().to_owned()).or_default();
    told.extend(sent.clone());
    let wanted = descriptions(&hub.catalog, hub.user_id.as_str());
    let gone = told.iter().filter(|(key, content)| !wanted.contains_key(*key) && **content != json!({}));
    let withdrawn = gone.map(|(key, _)| (key.clone(), json!({})));
    let changed = wanted
        .iter()
        .filter(|(key, content)| told.get(*key) != Some(content))
        .map(|(key, content)| (key.clone(), content.clone()));
    for (key, content) in withdrawn.chain(changed) {
        while let Err(error) = room.send_state_event_raw(TYPE, &key, content.clone()).await {
            if is_final(&error) || room.state() != RoomState::Joined {
                tracing::warn!(room = %room.room_id(), %error, "the room was not told all commands");
                return;
            }
            // Most likely a limit; replies come first.
            tokio::time::sleep(PAUSE).await;
        }
        sent.insert(key, content);
    }
}

/// The descriptions that the bot has in a room.
async fn told(hub: &MatrixHub, room: &Room) -> Descriptions {
    let mut told = Descriptions::new();
    for event in room.get_state_events(StateEventType::from(TYPE)).await.unwrap_or_default() {
        let RawAnySyncOrStrippedState::Sync(event) = event else { continue };
        let Ok(event) = serde_json::from_str::<Value>(event.json().get()) else { continue };
        if event.get("sender").and_then(Value::as_str) == Some(hub.user_id.as_str())
            && let (Some(key), Some(content)) = (event.get("state_key").and_then(Value::as_str), event.get("content"))
        {
            told.insert(key.to_owned(), content.clone());
        }
    }
    told
}
