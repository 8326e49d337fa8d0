//! Replies into rooms: a notice, as plain text and HTML, related to its command, mentioning nobody. Private answers go to a
//! direct room with their reader.
//!
//! The transaction id of an event is made from its row's number, so that a reply sent again is the same event to the
//! homeserver.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matrix_sdk::config::RequestConfig;
use matrix_sdk::ruma::api::client::room::create_room;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};
use matrix_sdk::ruma::events::InitialStateEvent;
use matrix_sdk::ruma::events::room::encryption::RoomEncryptionEventContent;
use matrix_sdk::ruma::events::room::member::MembershipState;
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use matrix_sdk::{Error, Room, RoomState};
use serde_json::{Value, json};

use super::{Hub, is_final};
use crate::commands::reply::Line;
use crate::intake::Asked;
use crate::outbox::{Deliver, Delivered, DeliveryError, Reply};
use crate::render::{self, Rendered};
use crate::store::OutboxRow;

/// The key of a message's content that says what it asks, for reactions to be understood by.
pub const ASKS: &str = "fairshare.asks";

/// The most bytes of text and HTML in one message.
const LONGEST: usize = 24_000;

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
        // Before a sync, rooms that the bot is in may not be known; the sender lives as long as this waits.
        let _ = self.hub.synced.subscribe().wait_for(|synced| *synced).await;
        let asking = self.room(&row.room)?;
        let key = format!("fairshare-{}", row.id);
        let Some(reader) = &row.reader else { return self.say(&asking, row, &row.reply, true, &key).await };
        let reader = UserId::parse(reader).map_err(|error| DeliveryError::Permanent(error.to_string()))?;
        let direct = match self.direct_room(&reader, &asking).await {
            Ok(direct) if direct.room_id() == asking.room_id() => return self.say(&direct, row, &row.reply, true, &key).await,
            Ok(direct) => self.say(&direct, row, &row.reply, false, &key).await,
            Err(error) => Err(error),
        };
        let told = match &direct {
            Ok(()) => Line::AnsweredInPrivate,
            Err(DeliveryError::Permanent(_)) => Line::NoPrivateRoom,
            Err(DeliveryError::Transient(..)) => return direct,
        };
        match self.say(&asking, row, &Reply::Lines(vec![told]), true, &format!("{key}-room")).await {
            Err(DeliveryError::Permanent(why)) => {
                tracing::warn!(room = %row.room, %why, "where the answer is could not be said");
                direct
            }
            Err(transient) => Err(transient),
            Ok(()) => direct,
        }
    }

    /// Sends a reply of a row's, in several messages if it is too long for one; related to the row's command, where that is in
    /// the same room.
    async fn say(&self, room: &Room, row: &OutboxRow, reply: &Reply, is_related: bool, key: &str) -> Result<(), DeliveryError> {
        let lines = render::lines(reply, "en", &self.hub.registry);
        let parts = parts(&lines);
        for (number, part) in parts.iter().enumerate() {
            let mut content = content(part, Some(row).filter(|_| is_related));
            if let Some((network, about)) = row.network.as_ref().zip(reply.asks()).filter(|_| number + 1 == parts.len()) {
                content[ASKS] = json!(Asked { network: network.clone(), about });
            }
            let key = if number == 0 { key.to_owned() } else { format!("{key}-{number}") };
            let config = RequestConfig::new().disable_retry().timeout(TIMEOUT);
            let sending = room.send_raw("m.room.message", content).with_transaction_id(key.as_str().into());
            sending.with_request_config(config).await.map_err(classified)?;
        }
        Ok(())
    }

    fn room(&self, id: &str) -> Result<Room, DeliveryError> {
        let room = RoomId::parse(id).ok().and_then(|id| self.hub.client.get_room(&id));
        room.filter(|room| room.state() == RoomState::Joined)
            .ok_or_else(|| DeliveryError::Permanent(format!("the bot is not in the room {id}")))
    }

    /// The room of a person and the bot alone, encrypted if the asking room is: the one that there is, or a new one.
    async fn direct_room(&self, reader: &UserId, asking: &Room) -> Result<Room, DeliveryError> {
        // One at a time: two answers at once must not make two rooms.
        let mut made = self.hub.direct_rooms.lock().await;
        let sealed = asking.encryption_state().is_encrypted();
        let just_made = made.get(reader).and_then(|id| self.hub.client.get_room(id)).filter(|room| !room.is_synced());
        if let Some(room) = just_made {
            return Ok(room);
        }
        if let Some(room) = self.known_direct_room(reader, sealed).await? {
            return Ok(room);
        }
        let room = self.new_direct_room(reader, sealed).await?;
        made.insert(reader.to_owned(), room.room_id().to_owned());
        Ok(room)
    }

    /// A direct room that the reader is in, or else one that the bot made and the reader left. One that can't be made fit is left
    /// as it is.
    async fn known_direct_room(&self, reader: &UserId, sealed: bool) -> Result<Option<Room>, DeliveryError> {
        let mut left = Vec::new();
        for room in self.hub.client.joined_rooms() {
            if !self.hub.is_direct(&room, reader.as_str()).await {
                continue;
            }
            let Ok(Some(member)) = room.get_member_no_sync(reader).await else { continue };
            match member.membership() {
                MembershipState::Join | MembershipState::Invite if sealed_enough(&room, sealed).await? => return Ok(Some(room)),
                MembershipState::Leave if self.hub.made(&room) => left.push(room),
                _ => {}
            }
        }
        for room in left {
            if granted(room.invite_user_by_id(reader).await)? && sealed_enough(&room, sealed).await? {
                return Ok(Some(room));
            }
        }
        Ok(None)
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

/// Makes a room encrypted if it must be. Whether it is as it must be now.
async fn sealed_enough(room: &Room, sealed: bool) -> Result<bool, DeliveryError> {
    if !sealed || room.encryption_state().is_encrypted() {
        return Ok(true);
    }
    granted(room.enable_encryption().await)
}

/// Whether the homeserver did what it was asked for. That it will not is no error here; that it can't now is.
fn granted(answer: matrix_sdk::Result<()>) -> Result<bool, DeliveryError> {
    match answer {
        Ok(()) => Ok(true),
        Err(error) if is_final(&error) => Ok(false),
        Err(error) => Err(classified(error)),
    }
}

/// Lines in parts that each fit into an event: a homeserver takes 65,536 bytes, of which encryption eats a third, and each line
/// is in it twice.
fn parts(lines: &[Rendered]) -> Vec<&[Rendered]> {
    let mut parts = Vec::new();
    let (mut begins, mut size) = (0, 0);
    for (number, line) in lines.iter().enumerate() {
        let more = line.text.len() + line.html.len();
        if number > begins && size + more > LONGEST {
            parts.push(&lines[begins..number]);
            (begins, size) = (number, 0);
        }
        size += more;
    }
    parts.push(&lines[begins..]);
    parts
}

/// The content of a message, related to a row's command where that is in the same room.
fn content(lines: &[Rendered], row: Option<&OutboxRow>) -> Value {
    let joined = |part: fn(&Rendered) -> &str, by: &str| lines.iter().map(part).collect::<Vec<_>>().join(by);
    let mut content = json!({
        "msgtype": "m.notice",
        "body": joined(|line| &line.text, "\n"),
        "format": "org.matrix.custom.html",
        "formatted_body": joined(|line| &line.html, "<br>"),
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
    content
}

/// Whether what went wrong may go right later.
fn classified(error: Error) -> DeliveryError {
    let why = error.to_string();
    if is_final(&error) {
        return DeliveryError::Permanent(why);
    }
    let limit = match error.client_api_error_kind() {
        Some(ErrorKind::LimitExceeded(limit)) => limit.retry_after.clone(),
        _ => None,
    };
    let wait = limit.and_then(|after| match after {
        RetryAfter::Delay(delay) => Some(delay),
        RetryAfter::DateTime(at) => at.duration_since(SystemTime::now()).ok(),
    });
    DeliveryError::Transient(why, wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_for_one_message_goes_into_several() {
        let line = |length: usize| Rendered { text: "x".repeat(length), html: "x".repeat(length) };
        let lengths = |lines: &[Rendered]| parts(lines).into_iter().map(<[Rendered]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0]);
        assert_eq!(lengths(&[line(10), line(10)]), [2]);
        let many: Vec<Rendered> = (0..100).map(|_| line(500)).collect();
        assert_eq!(lengths(&many), [24, 24, 24, 24, 4]);
        assert_eq!(lengths(&[line(LONGEST), line(1)]), [1, 1], "a line is never cut");
    }
}
