//! Ordinary messages, in channels and to single people. Each has a nonce, so that Discord shows it once however often
//! it is sent.

use serde_json::{Value, json};
use serenity::all::{ChannelId, CreateAttachment};

use crate::adapters::discord::failure::{RequestError, command, request};
use crate::adapters::discord::hub::DiscordHub;
use crate::adapters::discord::reply_target::ReplyTarget;
use crate::adapters::discord::show::ShownReply;
use crate::message::reply::Reply;
use crate::message::room::RoomLine;
use crate::outbox::DeliveryError;
use crate::store::rows::OutboxRow;

impl DiscordHub {
    /// Sends a reply as an ordinary message: to the room, or to its only reader. `is_aside` says that only the author
    /// of the interaction may see it.
    ///
    /// # Errors
    /// Fails if the message does not arrive.
    pub async fn post(
        &self,
        row: &OutboxRow,
        shown: &ShownReply,
        target: Option<&ReplyTarget>,
        is_aside: bool,
    ) -> Result<(), DeliveryError> {
        let author = target.map(|target| target.user);
        let reader = row.reader.as_deref().and_then(|reader| reader.parse().ok()).or(author.filter(|_| is_aside));
        match reader {
            Some(reader) => self.post_in_private(row, shown, reader).await,
            None => self.post_in_room(row, shown, author).await,
        }
    }

    async fn post_in_room(
        &self,
        row: &OutboxRow,
        shown: &ShownReply,
        author: Option<u64>,
    ) -> Result<(), DeliveryError> {
        let calls: Vec<u64> = called(row).into_iter().chain(author).collect();
        let said = self.say(&row.room, row.id, "", shown, &calls).await;
        match (said, author) {
            // People can call commands where the bot may not speak. They get their answer in private.
            (Err(error @ RequestError::Refused(..)), Some(author)) => {
                tracing::warn!(why = %error, room = row.room, "the room could not be told what its member is");
                Ok(self.say_to(author, row.id, shown).await?)
            }
            (said, _) => Ok(said?),
        }
    }

    async fn post_in_private(&self, row: &OutboxRow, shown: &ShownReply, reader: u64) -> Result<(), DeliveryError> {
        let Err(error) = self.say_to(reader, row.id, shown).await else { return Ok(()) };
        if let RequestError::Refused(..) = error {
            tracing::warn!(why = %error, reply = row.id, "a private answer could not be said in private");
            let note = OutboxRow { reply: Reply::Lines(vec![RoomLine::NoPrivateRoom.into()]), ..row.clone() };
            let note = ShownReply::of(&note, Vec::new(), &self.catalog, &self.ids());
            self.say(&row.room, row.id, "n", &note, &[reader]).await?;
        }
        Err(error.into())
    }

    /// Sends a message to one person. Fails if Discord refuses it or can't be reached.
    async fn say_to(&self, reader: u64, id: i64, shown: &ShownReply) -> Result<(), RequestError> {
        let channel = self.private_channel(&reader.to_string()).await?;
        self.say(&channel, id, "d", shown, &[]).await
    }

    /// The id of the bot's private channel with a user.
    ///
    /// # Errors
    /// Fails if Discord refuses it or can't be reached.
    pub async fn private_channel(&self, user: &str) -> Result<String, RequestError> {
        let channel = request(self.http.create_private_channel(&json!({ "recipient_id": user }))).await?;
        Ok(channel.id.to_string())
    }

    /// Sends a message to a channel. `id` and `part` make its nonce.
    ///
    /// # Errors
    /// Fails if Discord refuses it or can't be reached.
    pub async fn say(
        &self,
        channel: &str,
        id: i64,
        part: &str,
        shown: &ShownReply,
        calls: &[u64],
    ) -> Result<(), RequestError> {
        let message = self.with_files(shown.message(0, &self.catalog, calls), shown);
        self.put(channel, &format!("{id}{part}"), message, shown.files()).await
    }

    /// Puts a message into a channel, once for its nonce.
    ///
    /// # Errors
    /// Fails if Discord refuses it or can't be reached.
    pub async fn put(
        &self,
        channel: &str,
        nonce: &str,
        mut message: Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), RequestError> {
        let Some(channel) = channel.parse().ok().filter(|id| *id > 0) else {
            return Err(RequestError::Refused(0, 0, format!("{channel} is not a channel")));
        };
        message["nonce"] = json!(nonce);
        message["enforce_nonce"] = json!(true);
        command(self.http.send_message(ChannelId::new(channel), files, &message)).await
    }

    /// A message with the descriptions of its files.
    pub fn with_files(&self, mut message: Value, shown: &ShownReply) -> Value {
        let attachments = shown.attachments(&self.catalog);
        if attachments.as_array().is_some_and(|list| !list.is_empty()) {
            message["attachments"] = attachments;
        }
        message
    }
}

/// The accounts that a row mentions.
pub fn called(row: &OutboxRow) -> Vec<u64> {
    row.mentions.iter().filter_map(|account| account.parse().ok()).collect()
}
