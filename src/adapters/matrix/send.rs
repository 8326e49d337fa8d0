//! Replies into rooms: a notice, as plain text and HTML, related to its command, mentioning nobody. Private answers go to a
//! direct room with their reader.
//!
//! The transaction id of an event is made from its row's number, so that a reply sent again is the same event to the
//! homeserver.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matrix_sdk::config::RequestConfig;
use matrix_sdk::deserialized_responses::SyncOrStrippedState;
use matrix_sdk::ruma::api::client::room::create_room;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};
use matrix_sdk::ruma::events::room::encryption::RoomEncryptionEventContent;
use matrix_sdk::ruma::events::room::member::MembershipState;
use matrix_sdk::ruma::events::{InitialStateEvent, SyncStateEvent};
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use matrix_sdk::{Error, Room, RoomState};
use serde_json::{Value, json};

use super::Hub;
use crate::commands::reply::Line;
use crate::outbox::{Deliver, Delivered, DeliveryError, Reply};
use crate::render;
use crate::store::OutboxRow;

/// The key of a message's content that says what it asks, for reactions to be understood by.
pub const ASKS: &str = "fairshare.asks";

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Delivers replies to Matrix.
pub struct Sender {
    pub(super) hub: Arc<Hub>,
}

impl Deliver for Sender {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(async move {
            for (number, row) in rows.iter().enumerate() {
                if let Err(error) = self.send(row).await {
                    return (number, Some(error));
                }
            }
            (rows.len(), None)
        })
    }
}

impl Sender {
    async fn send(&self, row: &OutboxRow) -> Result<(), DeliveryError> {
        let asking = self.room(&row.room)?;
        let key = format!("fairshare-{}", row.id);
        let Some(reader) = &row.reader else {
            return say(&asking, &self.content(&row.reply, Some(row)), &key).await;
        };
        let reader = UserId::parse(reader).map_err(|error| DeliveryError::Permanent(error.to_string()))?;
        let (told, outcome) = match self.direct_room(&reader, &asking).await {
            Ok(direct) if direct.room_id() == asking.room_id() => return say(&direct, &self.content(&row.reply, Some(row)), &key).await,
            Ok(direct) => {
                say(&direct, &self.content(&row.reply, None), &key).await?;
                (Line::AnsweredInPrivate, Ok(()))
            }
            Err(DeliveryError::Permanent(why)) => (Line::NoPrivateRoom, Err(DeliveryError::Permanent(why))),
            Err(transient) => return Err(transient),
        };
        say(&asking, &self.content(&Reply::Lines(vec![told]), Some(row)), &format!("{key}-room")).await?;
        outcome
    }

    fn room(&self, id: &str) -> Result<Room, DeliveryError> {
        let room = RoomId::parse(id).ok().and_then(|id| self.hub.client.get_room(&id));
        room.filter(|room| room.state() == RoomState::Joined)
            .ok_or_else(|| DeliveryError::Permanent(format!("the bot is not in the room {id}")))
    }

    /// A reply as the content of a message; related to the command of its row, where it goes into the same room.
    fn content(&self, reply: &Reply, row: Option<&OutboxRow>) -> Value {
        let registry = &self.hub.registry;
        let mut content = json!({
            "msgtype": "m.notice",
            "body": render::text(reply, "en", registry),
            "format": "org.matrix.custom.html",
            "formatted_body": render::html(reply, "en", registry),
            // Without it, a client would look for names in the text.
            "m.mentions": {},
        });
        let in_reply_to = row.and_then(|row| row.reply_to.as_ref()).map(|event| json!({ "event_id": event }));
        match (in_reply_to, row.and_then(|row| row.thread.as_ref())) {
            (Some(event), Some(thread)) => {
                content["m.relates_to"] =
                    json!({ "rel_type": "m.thread", "event_id": thread, "is_falling_back": false, "m.in_reply_to": event });
            }
            (Some(event), None) => content["m.relates_to"] = json!({ "m.in_reply_to": event }),
            (None, _) => {}
        }
        if let Some(asks) = reply.asks() {
            content[ASKS] = json!(asks);
        }
        content
    }

    /// The room of a person and the bot alone, encrypted if the asking room is: the one that there is, or a new one.
    async fn direct_room(&self, reader: &UserId, asking: &Room) -> Result<Room, DeliveryError> {
        // One at a time: two answers at once must not make two rooms.
        let _turn = self.hub.making_rooms.lock().await;
        let sealed = asking.encryption_state().is_encrypted();
        let room = match self.known_direct_room(reader).await {
            Some(room) => room,
            None => return self.new_direct_room(reader, sealed).await,
        };
        let member = room.get_member_no_sync(reader).await.map_err(classified)?;
        if !member.is_some_and(|member| matches!(member.membership(), MembershipState::Join | MembershipState::Invite)) {
            room.invite_user_by_id(reader).await.map_err(classified)?;
        }
        if sealed && !room.encryption_state().is_encrypted() {
            room.enable_encryption().await.map_err(classified)?;
        }
        Ok(room)
    }

    async fn known_direct_room(&self, reader: &UserId) -> Option<Room> {
        let client = &self.hub.client;
        if let Some(room) = client.get_dm_rooms(reader).find(|room| room.active_members_count() <= 2) {
            return Some(room);
        }
        // Made, but not noted as a direct room: somebody was invited into it as one.
        for room in client.joined_rooms().into_iter().filter(|room| room.active_members_count() == 2) {
            for user in [reader, &*self.hub.user_id] {
                let member = room.get_member_no_sync(user).await.ok().flatten();
                let is_direct = member.is_some_and(|member| match &**member.event() {
                    SyncOrStrippedState::Sync(SyncStateEvent::Original(event)) => event.content.is_direct == Some(true),
                    SyncOrStrippedState::Stripped(event) => event.content.is_direct == Some(true),
                    SyncOrStrippedState::Sync(SyncStateEvent::Redacted(_)) => false,
                });
                if is_direct && matches!(room.get_member_no_sync(reader).await, Ok(Some(_))) {
                    return Some(room);
                }
            }
        }
        None
    }

    async fn new_direct_room(&self, reader: &UserId, sealed: bool) -> Result<Room, DeliveryError> {
        let mut request = create_room::v3::Request::new();
        request.is_direct = true;
        request.invite = vec![OwnedUserId::from(reader)];
        request.preset = Some(create_room::v3::RoomPreset::TrustedPrivateChat);
        if sealed {
            let encryption = RoomEncryptionEventContent::with_recommended_defaults();
            request.initial_state = vec![InitialStateEvent::with_empty_state_key(encryption).to_raw_any()];
        }
        self.hub.client.create_room(request).await.map_err(classified)
    }
}

async fn say(room: &Room, content: &Value, key: &str) -> Result<(), DeliveryError> {
    let config = RequestConfig::new().disable_retry().timeout(TIMEOUT);
    let sending = room.send_raw("m.room.message", content.clone());
    sending.with_transaction_id(key.into()).with_request_config(config).await.map_err(classified)?;
    Ok(())
}

/// Whether what went wrong may go right later.
fn classified(error: Error) -> DeliveryError {
    let why = error.to_string();
    if let Error::WrongRoomState(_) = error {
        return DeliveryError::Permanent(why);
    }
    // No answer that says what is wrong: the network, a proxy in between, our own store.
    let Some(answer) = error.as_client_api_error() else { return DeliveryError::Transient(why, None) };
    match answer.error_kind() {
        Some(ErrorKind::LimitExceeded(limit)) => {
            let wait = limit.retry_after.as_ref().and_then(|after| match after {
                RetryAfter::Delay(delay) => Some(*delay),
                RetryAfter::DateTime(at) => at.duration_since(SystemTime::now()).ok(),
            });
            DeliveryError::Transient(why, wait)
        }
        // The session has ended; another one will deliver it.
        Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken | ErrorKind::UserLocked) => DeliveryError::Transient(why, None),
        _ if answer.status_code.is_client_error() && answer.status_code.as_u16() != 408 && answer.status_code.as_u16() != 429 => {
            DeliveryError::Permanent(why)
        }
        _ => DeliveryError::Transient(why, None),
    }
}
