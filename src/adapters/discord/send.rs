//! Delivery of replies: the answer or message, then the rest of the reply after it.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};
use serenity::all::CreateAttachment;

use crate::adapters::discord::failure::{GONE, RequestError, command};
use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::reply_target::ReplyTarget;
use crate::adapters::discord::show::{EPHEMERAL, OF_COMPONENTS, ShownReply};
use crate::adapters::pictures::draw;
use crate::outbox::{Deliver, Delivered, DeliveryError, singly};
use crate::store::rows::OutboxRow;

/// How many of the last replies may wait with only some of their messages sent.
const BEGUN_AT_MOST: i64 = 10_000;

/// Delivers replies to Discord.
pub struct DiscordSender {
    hub: Arc<DiscordHub>,
}

impl DiscordSender {
    /// A sender.
    pub fn new(hub: Arc<DiscordHub>) -> Self {
        Self { hub }
    }
}

impl Deliver for DiscordSender {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(singly(rows, |row| self.hub.send(row)))
    }
}

impl DiscordHub {
    /// Sends a reply, its first message first. A later try sends only the messages that have not arrived. Fails if one
    /// of them does not arrive.
    async fn send(&self, row: &OutboxRow) -> Result<(), DeliveryError> {
        let mut arrived = lock(&self.begun).remove(&row.id).unwrap_or(0);
        let sent = self.send_from(row, &mut arrived).await;
        if matches!(sent, Err(DeliveryError::Transient(..))) && arrived > 0 {
            let mut begun = lock(&self.begun);
            // Rows that were given up long ago are not asked about again.
            begun.retain(|id, _| id + BEGUN_AT_MOST > row.id);
            begun.insert(row.id, arrived);
        }
        sent
    }

    async fn send_from(&self, row: &OutboxRow, arrived: &mut usize) -> Result<(), DeliveryError> {
        let pictures = draw(row, &self.catalog).await;
        let shown = ShownReply::of(row, pictures, &self.catalog, &self.ids());
        self.keep(&shown);
        let target = row.reply_to.as_deref().and_then(|target| serde_json::from_str::<ReplyTarget>(target).ok());
        if *arrived == 0 {
            match &target {
                Some(target) => self.answer(row, target, &shown).await?,
                None => self.post(row, &shown, None, false).await?,
            }
            *arrived = 1;
        }
        // The library numbers every file of a message alike, so each has a message of its own.
        for (number, (body, file)) in shown.beside().into_iter().enumerate().skip(*arrived - 1) {
            match self.add(row, target.as_ref(), &format!("p{number}"), body, vec![file]).await {
                // The text says what the picture shows, so a lost picture stops nothing.
                Err(error) if number < shown.picture_count() => {
                    tracing::warn!(room = row.room, ?error, "a picture could not be sent");
                }
                sent => sent?,
            }
            *arrived += 1;
        }
        let Some(more) = shown.more() else { return Ok(()) };
        self.keep(more);
        let body = more.message(0, &self.catalog, &[]);
        self.add(row, target.as_ref(), "m", body, more.files()).await
    }

    /// Adds a message after an answer: for its reader alone if the answer is, else in the room.
    async fn add(
        &self,
        row: &OutboxRow,
        target: Option<&ReplyTarget>,
        part: &str,
        body: Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), DeliveryError> {
        let nonce = format!("{}{part}", row.id);
        match (&row.reader, target) {
            (Some(reader), Some(target)) => {
                let mut aside = body.clone();
                aside["flags"] = json!(OF_COMPONENTS | EPHEMERAL);
                match self.follow_up(target, &aside, files.clone()).await {
                    Err(RequestError::Refused(_, code, _)) if GONE.contains(&code) => {
                        Ok(self.put_in_private(reader, &nonce, body, files).await?)
                    }
                    said => Ok(said?),
                }
            }
            (Some(reader), None) => Ok(self.put_in_private(reader, &nonce, body, files).await?),
            (None, target) => match (self.put(&row.room, &nonce, body.clone(), files.clone()).await, target) {
                // People can call commands where the bot may not speak.
                (Err(RequestError::Refused(..)), Some(target)) => Ok(self.follow_up(target, &body, files).await?),
                (said, _) => Ok(said?),
            },
        }
    }

    /// Follows up an interaction. The message is seen twice if Discord's answer to it is lost, so this is used only
    /// where nothing else works.
    async fn follow_up(
        &self,
        target: &ReplyTarget,
        body: &Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), RequestError> {
        command(self.answers.create_followup_message(&target.token, body, files)).await
    }

    async fn put_in_private(
        &self,
        reader: &str,
        nonce: &str,
        body: Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), RequestError> {
        let channel = self.private_channel(reader).await?;
        self.put(&channel, nonce, body, files).await
    }
}
