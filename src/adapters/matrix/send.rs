//! Replies into rooms: a notice, as plain text and HTML, related to its command, mentioning nobody. Private answers go to a
//! direct room with their reader.
//!
//! The transaction id of an event is made from its row's number, so that a reply sent again is the same event to the
//! homeserver.

use crate::message::room::RoomLine;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matrix_sdk::attachment::{AttachmentConfig, AttachmentInfo, BaseImageInfo};
use matrix_sdk::config::RequestConfig;
use matrix_sdk::ruma::api::client::room::create_room;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};
use matrix_sdk::ruma::events::room::encryption::RoomEncryptionEventContent;
use matrix_sdk::ruma::events::room::member::MembershipState;
use matrix_sdk::ruma::events::room::message::TextMessageEventContent;
use matrix_sdk::ruma::events::{InitialStateEvent, Mentions};
use matrix_sdk::ruma::{OwnedEventId, OwnedUserId, RoomId, UInt, UserId};
use matrix_sdk::{Error, Room, RoomState};
use serde_json::{Value, json};

use crate::adapters::matrix::{Hub, is_final};
use crate::adapters::{Drawn, drawn};
use crate::message::reply::Reply;
use crate::outbox::{Deliver, Delivered, DeliveryError, singly};
use crate::render;
use crate::render::Rendered;
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
        Box::pin(singly(rows, |row| self.send(row)))
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

    /// Sends a reply of a row's, related to the row's command where that is in the same room; its pictures behind it, and what
    /// it says at length in a thread.
    async fn say(&self, room: &Room, row: &OutboxRow, reply: &Reply, is_related: bool, key: &str) -> Result<(), DeliveryError> {
        let relation = is_related.then(|| related(row)).flatten();
        let brought = reply.file();
        let said = brought.as_ref().map_or_else(|| reply.first(), |(_, _, rest)| Cow::Borrowed(rest));
        let first = self.say_lines(room, row, &said, relation, key).await?;
        if !reply.pictures().is_empty() {
            for (number, picture) in drawn(row, &self.hub.catalog).await.into_iter().enumerate() {
                // What it shows stands in the text as well, which nothing holds up.
                if let Err(error) = self.show(room, picture, &format!("{key}-p{number}")).await {
                    tracing::warn!(room = %room.room_id(), %error, "a picture could not be sent");
                }
            }
        }
        if let Some((name, text, _)) = brought {
            match self.attach(room, name.to_owned(), &mime::APPLICATION_OCTET_STREAM, text.into_bytes(), &format!("{key}-t")).await {
                // A homeserver that takes no file takes it as it stands.
                Err(DeliveryError::Permanent(why)) => {
                    tracing::warn!(room = %room.room_id(), %why, "a file could not be sent, and is said instead");
                    self.say_lines(room, row, &reply.first(), None, &format!("{key}-s")).await?;
                }
                sent => sent?,
            }
        }
        let files = if reply.files().is_empty() { &[] } else { row.files.as_slice() };
        for (number, file) in files.iter().enumerate() {
            let kind = file.media_type.parse().unwrap_or(mime::APPLICATION_OCTET_STREAM);
            self.attach(room, file.name.clone(), &kind, file.bytes.to_vec(), &format!("{key}-f{number}")).await?;
        }
        if let Some(more) = reply.more() {
            let root = row.thread.as_deref().unwrap_or(first.as_str());
            let thread =
                json!({ "rel_type": "m.thread", "event_id": root, "is_falling_back": true, "m.in_reply_to": { "event_id": first } });
            self.say_lines(room, row, &more, Some(thread), &format!("{key}-m")).await?;
        }
        Ok(())
    }

    /// Sends a file.
    async fn attach(&self, room: &Room, name: String, kind: &mime::Mime, bytes: Vec<u8>, key: &str) -> Result<(), DeliveryError> {
        let mut config = AttachmentConfig::new();
        config.txn_id = Some(key.into());
        config.mentions = Some(Mentions::new());
        room.send_attachment(name, kind, bytes, config).await.map(drop).map_err(classified)
    }

    /// Sends a picture, with what it shows in words.
    async fn show(&self, room: &Room, picture: Drawn, key: &str) -> matrix_sdk::Result<()> {
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

    /// Sends lines, in several messages if they are too long for one; gives the first.
    async fn say_lines(
        &self,
        room: &Room,
        row: &OutboxRow,
        reply: &Reply,
        relation: Option<Value>,
        key: &str,
    ) -> Result<OwnedEventId, DeliveryError> {
        let lines = render::lines(reply, &row.language, &self.hub.catalog);
        let parts = parts(&lines);
        let mut first = None;
        for (number, part) in parts.iter().enumerate() {
            let mut content = content(part, row, relation.as_ref());
            let asked = row.asks(reply).filter(|_| number + 1 == parts.len());
            if let Some(asked) = &asked {
                content[ASKS] = json!(asked);
            }
            let key = if number == 0 { key.to_owned() } else { format!("{key}-{number}") };
            let event = send(room, "m.room.message", content, &key).await.map_err(classified)?;
            first.get_or_insert_with(|| event.clone());
            // One tap answers. Where messages are encrypted, reactions are not, and may not answer everything.
            if asked.is_some() && !room.encryption_state().is_encrypted() {
                for sign in ["✅", "❌"] {
                    let relation = json!({ "rel_type": "m.annotation", "event_id": event, "key": sign });
                    if let Err(error) = send(room, "m.reaction", json!({ "m.relates_to": relation }), &format!("{key}-{sign}")).await {
                        tracing::info!(room = %room.room_id(), %error, "a question is without its {sign}");
                    }
                }
            }
        }
        first.ok_or_else(|| DeliveryError::Permanent("there is nothing to say".to_owned()))
    }

    fn room(&self, id: &str) -> Result<Room, DeliveryError> {
        let room = RoomId::parse(id).ok().and_then(|id| self.hub.client.get_room(&id));
        room.filter(|room| room.state() == RoomState::Joined).ok_or_else(|| DeliveryError::Gone(format!("the bot is not in the room {id}")))
    }

    /// The room of a person and the bot alone, encrypted if the asking room is: the one that there is, or a new one.
    async fn direct_room(&self, reader: &UserId, asking: &Room) -> Result<Room, DeliveryError> {
        // One at a time: two answers at once must not make two rooms.
        let mut made = self.hub.direct_rooms.lock().await;
        let sealed = asking.encryption_state().is_encrypted();
        if let Some((id, is_sealed)) = made.get(reader)
            && let Some(room) = self.hub.client.get_room(id).filter(|room| !room.is_synced() && (*is_sealed || !sealed))
        {
            return Ok(room);
        }
        if let Some(room) = self.known_direct_room(reader, sealed).await? {
            return Ok(room);
        }
        let room = self.new_direct_room(reader, sealed).await?;
        made.insert(reader.to_owned(), (room.room_id().to_owned(), sealed));
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

/// Sends an event under a transaction id, once; gives the event's id.
async fn send(room: &Room, kind: &str, content: Value, key: &str) -> matrix_sdk::Result<OwnedEventId> {
    let config = RequestConfig::new().disable_retry().timeout(TIMEOUT);
    let sending = room.send_raw(kind, content).with_transaction_id(key.into()).with_request_config(config);
    Ok(sending.await?.response.event_id)
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

/// How a message of a row's relates to the row's command.
fn related(row: &OutboxRow) -> Option<Value> {
    let in_reply_to = json!({ "event_id": row.reply_to.as_ref()? });
    Some(match &row.thread {
        Some(thread) => json!({ "rel_type": "m.thread", "event_id": thread, "is_falling_back": false, "m.in_reply_to": in_reply_to }),
        None => json!({ "m.in_reply_to": in_reply_to }),
    })
}

/// The content of a message of a row's.
fn content(lines: &[Rendered], row: &OutboxRow, relation: Option<&Value>) -> Value {
    let mut content = json!({
        "msgtype": "m.notice",
        "body": lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"),
        "format": "org.matrix.custom.html",
        "formatted_body": html(lines),
        // Without it, a client would look for names in the text.
        "m.mentions": if row.mentions.is_empty() { json!({}) } else { json!({ "user_ids": row.mentions }) },
    });
    if let Some(relation) = relation {
        content["m.relates_to"] = relation.clone();
    }
    content
}

/// Lines as HTML: those that belong together as a list.
fn html(lines: &[Rendered]) -> String {
    let mut html = String::new();
    for (number, line) in lines.iter().enumerate() {
        let was_item = number > 0 && lines[number - 1].is_item;
        match (was_item, line.is_item) {
            (false, true) => html.push_str("<ul>"),
            (true, false) => html.push_str("</ul>"),
            (false, false) if number > 0 => html.push_str("<br>"),
            _ => {}
        }
        html.push_str(&if line.is_item { format!("<li>{}</li>", line.html) } else { line.html.clone() });
    }
    if lines.last().is_some_and(|line| line.is_item) {
        html.push_str("</ul>");
    }
    html
}

/// Whether what went wrong may go right later.
fn classified(error: Error) -> DeliveryError {
    let why = error.to_string();
    if is_final(&error) {
        return DeliveryError::Permanent(why);
    }
    let limit = match error.client_api_error_kind() {
        Some(ErrorKind::LimitExceeded(limit)) => limit.retry_after,
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
        let line = |length: usize| Rendered { text: "x".repeat(length), html: "x".repeat(length), is_item: false };
        let lengths = |lines: &[Rendered]| parts(lines).into_iter().map(<[Rendered]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0]);
        assert_eq!(lengths(&[line(10), line(10)]), [2]);
        let many: Vec<Rendered> = (0..100).map(|_| line(500)).collect();
        assert_eq!(lengths(&many), [24, 24, 24, 24, 4]);
        assert_eq!(lengths(&[line(LONGEST), line(1)]), [1, 1], "a line is never cut");
    }

    #[test]
    fn lines_that_belong_together_are_a_list() {
        let line = |html: &str, is_item| Rendered { text: String::new(), html: html.to_owned(), is_item };
        let lines = [line("a", false), line("b", false), line("c", true), line("d", true), line("e", false)];
        assert_eq!(html(&lines), "a<br>b<ul><li>c</li><li>d</li></ul>e");
        assert_eq!(html(&lines[..4]), "a<br>b<ul><li>c</li><li>d</li></ul>");
    }
}
