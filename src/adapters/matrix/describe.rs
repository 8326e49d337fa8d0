//! The commands as rooms are told them (MSC4391), for clients that complete slash commands: one state event each, made from
//! the command files, sent only where it changed and emptied when its command is gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::deserialized_responses::RawAnySyncOrStrippedState;
use matrix_sdk::ruma::events::StateEventType;
use matrix_sdk::ruma::serde::Base64;
use matrix_sdk::ruma::serde::base64::Standard;
use matrix_sdk::{Room, RoomState};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::adapters::matrix::{Hub, is_final};
use crate::grammar::catalog::Catalog;
use crate::grammar::spec::{Caller, Command, Kind, Opt, Texts, text_in};

/// The type of these events, as deployed clients read it.
const TYPE: &str = "org.matrix.msc4391.command_description";

/// How long replies have the homeserver's patience to themselves, when it has lost it with us.
const PAUSE: Duration = Duration::from_secs(30);

/// Descriptions of commands, by state key.
pub type Descriptions = BTreeMap<String, Value>;

/// What rooms should be told.
pub fn descriptions(catalog: &Catalog, user_id: &str) -> Descriptions {
    let callable = catalog.commands().filter(|command| !command.roles.contains(&Caller::System));
    callable.map(|command| (state_key(&command.name, user_id), description(command))).collect()
}

fn state_key(command: &str, user_id: &str) -> String {
    let digest: [u8; 32] = Sha256::new().chain_update(command).chain_update(user_id).finalize().into();
    // Readers expect padding, of which thirty-two bytes take one sign.
    format!("{}=", Base64::<Standard, _>::new(digest).encode())
}

fn description(command: &Command) -> Value {
    let tail = command.positional().last().filter(|option| option.kind == Kind::Text);
    // Nothing that is required may come after the text that takes the rest of the line.
    let mut options: Vec<&Opt> = command.options.iter().filter(|option| option.kind != Kind::File).collect();
    options.sort_by_key(|option| match tail {
        Some(tail) if tail.name == option.name => 1,
        _ if option.required => 0,
        _ => 2,
    });
    let mut description = json!({
        "command": command.name,
        "aliases": command.alias.iter().collect::<Vec<_>>(),
        "parameters": options.into_iter().map(parameter).collect::<Vec<_>>(),
        "description": text(&command.summary),
    });
    if let Some(tail) = tail {
        description["fi.mau.tail_parameter"] = json!(tail.name);
    }
    description
}

fn parameter(option: &Opt) -> Value {
    let primitive = |kind: &str| json!({ "schema_type": "primitive", "type": kind });
    let schema = match option.kind {
        Kind::Flag => primitive("boolean"),
        Kind::Choice => json!({
            "schema_type": "union",
            "variants": option.choices.iter().map(|choice| json!({ "schema_type": "literal", "value": choice })).collect::<Vec<_>>(),
        }),
        // Money, durations, numbers of tasks and people are texts: what is typed is what is read.
        _ => primitive("string"),
    };
    let mut parameter = json!({ "key": option.name, "schema": schema, "description": text(&option.help) });
    if !option.required {
        parameter["optional"] = json!(true);
    }
    parameter
}

fn text(texts: &Texts) -> Value {
    json!({ "m.text": [{ "body": text_in(texts, "en") }] })
}

/// Tells a room the commands, as far as it is not told yet. Best effort: without the power to set state nothing is sent.
pub async fn publish(hub: Arc<Hub>, room: Room) {
    // One room after the other, or a start would flood the homeserver.
    let mut described = hub.described.lock().await;
    let event_type = StateEventType::from(TYPE);
    let may = match room.get_member_no_sync(&hub.user_id).await {
        Ok(Some(us)) => us.can_send_state(event_type.clone()),
        _ => false,
    };
    if !may {
        return;
    }
    let mut told = Descriptions::new();
    for event in room.get_state_events(event_type).await.unwrap_or_default() {
        let RawAnySyncOrStrippedState::Sync(event) = event else { continue };
        let Ok(event) = serde_json::from_str::<Value>(event.json().get()) else { continue };
        if event.get("sender").and_then(Value::as_str) == Some(hub.user_id.as_str())
            && let (Some(key), Some(content)) = (event.get("state_key").and_then(Value::as_str), event.get("content"))
        {
            told.insert(key.to_owned(), content.clone());
        }
    }
    // What was sent a moment ago may not have come back with a sync yet.
    let sent = described.entry(room.room_id().to_owned()).or_default();
    told.extend(sent.clone());
    let wanted = descriptions(&hub.catalog, hub.user_id.as_str());
    let gone = told.iter().filter(|(key, content)| !wanted.contains_key(*key) && **content != json!({}));
    let withdrawn = gone.map(|(key, _)| (key.clone(), json!({})));
    let changed =
        wanted.iter().filter(|(key, content)| told.get(*key) != Some(content)).map(|(key, content)| (key.clone(), content.clone()));
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
