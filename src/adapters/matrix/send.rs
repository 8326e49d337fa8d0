//! Replies into rooms: a notice, as plain text and HTML, related to its command, mentioning nobody. Private answers go
//! to a direct room with their reader.
//!
//! The transaction id of an event is made from its row's number, so that a reply sent again is the same event to the
//! homeserver.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::attachment::{AttachmentConfig, AttachmentInfo, BaseImageInfo};
use matrix_sdk::config::RequestConfig;
use matrix_sdk::ruma::events::Mentions;
use matrix_sdk::ruma::events::room::message::TextMessageEventContent;
use matrix_sdk::ruma::{OwnedEventId, RoomId, UInt, UserId};
use matrix_sdk::{Room, RoomState};
use serde_json::{Value, json};

use crate::adapters::matrix::content::{ASKS, content, parts, related};
use crate::adapters::matrix::failure::delivery_error;
use crate::adapters::matrix::hub::MatrixHub;
use crate::adapters::pictures::{DrawnPicture, draw};
use crate::message::reply::Reply;
use crate::message::room::RoomLine;
use crate::outbox::{Deliver, Delivered, DeliveryError, singly};
use crate::render::matrix;
use crate::store::rows::OutboxRow;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Delivers replies to Matrix.
pub struct MatrixSender {
    hub: Arc<MatrixHub>,
}

impl MatrixSender {
    /// A sender.
    pub fn new(hub: Arc<MatrixHub>) -> Self {
        Self { hub }
    }
}

impl Deliver for MatrixSender {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(singly(rows, |row| self.send(row)))
    }
}

impl MatrixSender {
    async fn send(&self, row: &OutboxRow) -> Result<(), DeliveryError> {
        // Before a sync, rooms that the bot is in may not be known; the sender lives as long as this waits.
        let _ = self.hub.synced.subscribe().wait_for(|synced| *synced).await;
        let asking = self.room(&row.room)?;
        let key = format!("fairshare-{}", row.id);
        let Some(reader) = &row.reader else { return self.say(&asking, row, &row.reply, true, &key).await };
        let reader = UserId::parse(reader).map_err(|error| DeliveryError::Permanent(error.to_string()))?;
        let direct = match self.hub.direct_room(&reader, &asking).await {
            Ok(direct) if direct.room_id() == asking.room_id() => {
                return self.say(&direct, row, &row.reply, true, &key).await;
            }
            Ok(direct) => self.say(&direct, row, &row.reply, false, &key).await,
            Err(error) => Err(error),
        };
        // Nobody in the room asked.
        if row.reply_to.is_none() {
            return direct;
        }
        let told = match &direct {
            Ok(()) => RoomLine::AnsweredInPrivate.into(),
            Err(DeliveryError::Permanent(_) | DeliveryError::Gone(_)) => RoomLine::NoPrivateRoom.into(),
            Err(DeliveryError::Transient(..)) => return direct,
        };
        match self.say(&asking, row, &Reply::Lines(vec![told]), true, &format!("{key}-room")).await {
            Err(DeliveryError::Permanent(why) | DeliveryError::Gone(why)) => {
                tracing::warn!(room = %row.room, %why, "where the answer is could not be said");
                direct
            }
            Err(transient) => Err(transient),
            Ok(()) => direct,
        }
    }

    /// Sends a reply of a row, related to the row's command if that is in the same room; then its pictures, and its
    /// long part in a thread.
    async fn say(
        &self,
        room: &Room,
        row: &OutboxRow,
        reply: &Reply,
        is_related: bool,
        key: &str,
    ) -> Result<(), DeliveryError> {
        let relation = is_related.then(|| related(row)).flatten();
        let brought = reply.attachment();
        let said = brought.as_ref().map_or_else(|| reply.first(), |(_, _, rest)| Cow::Borrowed(rest));
        let first = self.say_lines(room, row, &said, relation, key).await?;
        if !reply.pictures().is_empty() {
            for (number, picture) in draw(row, &self.hub.catalog).await.into_iter().enumerate() {
                // The text says what the picture shows, so a lost picture stops nothing.
                if let Err(error) = self.show(room, picture, &format!("{key}-p{number}")).await {
                    tracing::warn!(room = %room.room_id(), %error, "a picture could not be sent");
                }
            }
        }
        if let Some((name, text, _)) = brought {
            match self
                .attach(room, name.to_owned(), &mime::APPLICATION_OCTET_STREAM, text.into_bytes(), &format!("{key}-t"))
                .await
            {
                // If the homeserver refuses the file, its text is sent as a message.
                Err(DeliveryError::Permanent(why)) => {
                    tracing::warn!(room = %room.room_id(), %why, "a file could not be sent, and is said instead");
                    self.say_lines(room, row, &reply.first(), None, &format!("{key}-s")).await?;
                }
                sent => sent?,
            }
        }
        let files = if reply.receipts().is_empty() { &[] } else { row.files.as_slice() };
        for (number, file) in files.iter().enumerate() {
            let kind = file.media_type.parse().unwrap_or(mime::APPLICATION_OCTET_STREAM);
            self.attach(room, file.name.clone(), &kind, file.bytes.to_vec(), &format!("{key}-f{number}")).await?;
        }
        if let Some(more) = reply.more() {
            let root = row.thread.as_deref().unwrap_or(first.as_str());
            let thread = json!({ "rel_type": "m.thread", "event_id": root, "is_falling_back": true, "m.in_reply_to": { "event_id": first } });
            self.say_lines(room, row, &more, Some(thread), &format!("{key}-m")).await?;
        }
        Ok(())
    }

    /// Sends a file.
    async fn attach(
        &self,
        room: &Room,
        name: String,
        kind: &mime::Mime,
        bytes: Vec<u8>,
        key: &str,
    ) -> Result<(), DeliveryError> {
        let mut config = AttachmentConfig::new();
        config.txn_id = Some(key.into());
        config.mentions = Some(Mentions::new());
        room.send_attachment(name, kind, bytes, config).await.map(drop).map_err(delivery_error)
    }

    /// Sends a picture, with what it shows in words.
    async fn show(&self, room: &Room, picture: DrawnPicture, key: &str) -> matrix_sdk::Result<()> {
        let pixels = |count: u32| UInt::from(count);
        let info = BaseImageInfo {
            width: Some(pixels(picture.size.0)),
            height: Some(pixels(picture.size.1)),
            size: UInt::try_from(picture.png.len()).ok(),
            ..BaseImageInfo::default()
        };
        let mut config = AttachmentConfig::new().info(AttachmentInfo::Image(info));
        config.txn_id = Some(key.into());
        config.caption = Some(TextMessageEventContent::plain(picture.alt));
        config.mentions = Some(Mentions::new());
        room.send_attachment(picture.name, &mime::IMAGE_PNG, picture.png, config).await.map(drop)
    }

    /// Sends lines, in several messages if they are too long for one; returns the first.
    async fn say_lines(
        &self,
        room: &Room,
        row: &OutboxRow,
        reply: &Reply,
        relation: Option<Value>,
        key: &str,
    ) -> Result<OwnedEventId, DeliveryError> {
        let chunks = matrix::chunks(reply, &row.language, &self.hub.catalog);
        let parts = parts(&chunks);
        let mut first = None;
        for (number, part) in parts.iter().enumerate() {
            let mut content = content(part, row, relation.as_ref());
            let asked = row.asks(reply).filter(|_| number + 1 == parts.len());
            if let Some(asked) = &asked {
                content[ASKS] = json!(asked);
            }
            let key = if number == 0 { key.to_owned() } else { format!("{key}-{number}") };
            let event = send(room, "m.room.message", content, &key).await.map_err(delivery_error)?;
            first.get_or_insert_with(|| event.clone());
            // One tap answers. Reactions are not encrypted even if messages are, and may not answer everything there.
            if asked.is_some() && !room.encryption_state().is_encrypted() {
                for sign in ["✅", "❌"] {
                    let relation = json!({ "rel_type": "m.annotation", "event_id": event, "key": sign });
                    if let Err(error) =
                        send(room, "m.reaction", json!({ "m.relates_to": relation }), &format!("{key}-{sign}")).await
                    {
                        tracing::info!(room = %room.room_id(), %error, "a question is without its {sign}");
                    }
                }
            }
        }
        first.ok_or_else(|| DeliveryError::Permanent("there is nothing to say".to_owned()))
    }

    fn room(&self, id: &str) -> Result<Room, DeliveryError> {
        let room = RoomId::parse(id).ok().and_then(|id| self.hub.client.get_room(&id));
        room.filter(|room| room.state() == RoomState::Joined)
            .ok_or_else(|| DeliveryError::Gone(format!("the bot is not in the room {id}")))
    }
}

/// Sends an event under a transaction id, once; returns the event's id.
async fn send(room: &Room, kind: &str, content: Value, key: &str) -> matrix_sdk::Result<OwnedEventId> {
    let config = RequestConfig::new().disable_retry().timeout(TIMEOUT);
    let sending = room.send_raw(kind, content).with_transaction_id(key.into()).with_request_config(config);
    Ok(sending.await?.response.event_id)
}
