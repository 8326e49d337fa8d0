//! Answers to interactions.
//!
//! An answer is one of three things. It is the interaction's first callback. Or, once Discord was told that the bot is
//! thinking, it is an edit of that. Or, when the interaction can't be answered any more, it is an ordinary message.
//! Each can be sent again without being seen twice: Discord refuses a second callback, an edit says the same, and a
//! message is known by its nonce.

use std::sync::Arc;

use serde_json::{Value, json};
use serenity::all::{CreateAttachment, InteractionId, MessageFlags};

use crate::adapters::discord::failure::{ALREADY_ANSWERED, GONE, RequestError, command, is_unreadable, request};
use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::message::called;
use crate::adapters::discord::open::{AnswerState, OpenInteraction};
use crate::adapters::discord::platform::RETRY_AFTER;
use crate::adapters::discord::reply_target::{AnswerManner, ReplyTarget};
use crate::adapters::discord::show::{EPHEMERAL, OF_COMPONENTS, ShownReply};
use crate::message::reply::Reply;
use crate::outbox::DeliveryError;
use crate::store::rows::OutboxRow;

/// Discord's numbers for kinds of callbacks.
mod callback {
    pub const MESSAGE: u8 = 4;
    pub const MESSAGE_LATER: u8 = 5;
    pub const UPDATE_LATER: u8 = 6;
    pub const UPDATE: u8 = 7;
}

/// One answer, on its way to one interaction.
struct Answer<'a> {
    hub: &'a DiscordHub,
    row: &'a OutboxRow,
    target: &'a ReplyTarget,
    shown: &'a ShownReply,
    open: &'a OpenInteraction,
    /// The accounts that it mentions.
    calls: Vec<u64>,
    is_refusal: bool,
    /// Whether it replaces the message whose button was pressed.
    updates: bool,
    /// Whether only its author sees it.
    is_aside: bool,
}

impl DiscordHub {
    /// Answers an interaction, in a way that still reaches its author.
    ///
    /// # Errors
    /// Fails if no way does, or if it has to be tried again.
    pub async fn answer(&self, row: &OutboxRow, target: &ReplyTarget, shown: &ShownReply) -> Result<(), DeliveryError> {
        let open = lock(&self.open).get(&target.id).cloned();
        // Whether an interaction from before a restart was answered is found out by trying.
        let open = open.unwrap_or_else(|| Arc::new(OpenInteraction::from_before(target, self.clock.now())));
        let is_refusal = matches!(row.reply, Reply::Refusal(_));
        let updates = target.manner == AnswerManner::Pressed && !is_refusal;
        let is_aside = is_refusal || row.reader.is_some() || target.manner == AnswerManner::Chose;
        let calls = called(row);
        let answer = Answer { hub: self, row, target, shown, open: &open, calls, is_refusal, updates, is_aside };
        let mut state = open.state.lock().await;
        answer.give(&mut state).await?;
        self.settled(target, updates && shown.asked().is_none());
        Ok(())
    }

    /// Tells Discord that the bot is thinking, unless the interaction has an answer. Only its author sees that:
    /// whether the answer will be public is not known yet, and could not be changed afterwards. False if this should
    /// be tried again.
    pub async fn defer(&self, open: &OpenInteraction, target: &ReplyTarget) -> bool {
        let mut state = open.state.lock().await;
        if *state != AnswerState::Fresh {
            return true;
        }
        let (kind, data, deferred) = match target.manner {
            AnswerManner::Pressed => (callback::UPDATE_LATER, Value::Null, AnswerState::Updates),
            AnswerManner::Called | AnswerManner::Chose => {
                (callback::MESSAGE_LATER, json!({ "flags": EPHEMERAL }), AnswerState::Deferred(false))
            }
        };
        match self.call_back(target, kind, data, Vec::new()).await {
            Ok(()) => *state = deferred,
            Err(RequestError::Transient(_)) => return false,
            // An earlier try of this or of the answer has arrived. The answer will find out which.
            Err(RequestError::Refused(_, ALREADY_ANSWERED, _)) => {}
            Err(error) => {
                tracing::warn!(why = %error, "Discord could not be told that an answer takes longer");
                *state = AnswerState::Gone;
            }
        }
        true
    }

    /// Sends a first answer. Fails if Discord refuses it, can't be reached, or takes too long.
    async fn call_back(
        &self,
        target: &ReplyTarget,
        kind: u8,
        data: Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), RequestError> {
        let mut body = json!({ "type": kind });
        if !data.is_null() {
            body["data"] = data;
        }
        let id = InteractionId::new(target.id);
        let sent = command(self.answers.create_interaction_response(id, &target.token, &body, files));
        // Nothing else can be sent meanwhile. The next try finds out whether a late one has arrived.
        let within = self.patience.callback;
        let too_late = |_| Err(RequestError::Transient(format!("no answer within {within:?}")));
        tokio::time::timeout(within, sent).await.unwrap_or_else(too_late)
    }

    /// Finds out how an interaction was answered that Discord says was answered. Fails if Discord can't be asked now.
    async fn find_answer(&self, target: &ReplyTarget) -> Result<AnswerState, RequestError> {
        let original = async {
            match self.answers.get_original_interaction_response(&target.token).await {
                Err(error) if is_unreadable(&error) => Ok(None),
                answer => answer.map(Some),
            }
        };
        let is_private = |flags: MessageFlags| flags.contains(MessageFlags::EPHEMERAL);
        match request(original).await {
            Ok(Some(message)) if Some(message.id.get()) == target.message => Ok(AnswerState::Updates),
            Ok(Some(message)) if message.flags.is_some_and(is_private) => Ok(AnswerState::Deferred(false)),
            Ok(_) => Ok(AnswerState::Answered),
            Err(transient @ RequestError::Transient(_)) => Err(transient),
            Err(_) => Ok(AnswerState::Gone),
        }
    }

    /// Forgets an interaction that is answered, and remembers the buttons that it used up.
    fn settled(&self, target: &ReplyTarget, uses_up: bool) {
        lock(&self.open).remove(&target.id);
        if let (true, Some(message)) = (uses_up, target.message) {
            self.note_used(message, target.user);
        }
    }
}

impl Answer<'_> {
    /// Gives the answer. Fails if it does not arrive.
    async fn give(&self, state: &mut AnswerState) -> Result<(), DeliveryError> {
        if *state == AnswerState::Fresh && self.give_first(state).await? {
            return Ok(());
        }
        self.tell_room(state).await?;
        self.give_later(state).await
    }

    /// Gives it as the interaction's first answer. True if that has arrived; else the state says what is left to do.
    async fn give_first(&self, state: &mut AnswerState) -> Result<bool, DeliveryError> {
        let kind = if self.updates { callback::UPDATE } else { callback::MESSAGE };
        let mut data = self.hub.with_files(self.message(), self.shown);
        if self.is_aside && !self.updates {
            data["flags"] = json!(OF_COMPONENTS | EPHEMERAL);
        }
        match self.hub.call_back(self.target, kind, data, self.shown.files()).await {
            Ok(()) => {
                *state = if self.updates { AnswerState::Updates } else { AnswerState::Answered };
                return Ok(true);
            }
            // It may have arrived; the next try will tell.
            Err(transient @ RequestError::Transient(_)) if self.is_early() => {
                return Err(self.delivery_error(transient));
            }
            // It is too late for a first answer, or there is one: what Discord shows now tells.
            Err(RequestError::Transient(_) | RequestError::Refused(_, ALREADY_ANSWERED, _)) => {
                *state = self.hub.find_answer(self.target).await.map_err(|error| self.delivery_error(error))?;
            }
            Err(error) => {
                tracing::warn!(why = %error, reply = self.row.id, "an interaction can't be answered in its place");
                *state = AnswerState::Gone;
            }
        }
        Ok(false)
    }

    /// Tells the room the outcome of a deferred interaction. Its deferral can't become public any more, so the room
    /// gets a message of its own; the author sees both.
    async fn tell_room(&self, state: &mut AnswerState) -> Result<(), DeliveryError> {
        if *state != AnswerState::Deferred(false) || self.is_aside || self.updates {
            return Ok(());
        }
        match self.hub.say(&self.row.room, self.row.id, "", self.shown, &self.calls).await {
            Ok(()) => *state = AnswerState::Deferred(true),
            Err(transient @ RequestError::Transient(_)) => return Err(self.delivery_error(transient)),
            Err(error) => {
                tracing::warn!(why = %error, room = self.row.room, "the room could not be told what its member was");
            }
        }
        Ok(())
    }

    /// Gives it in place of an earlier first answer, or as an ordinary message.
    async fn give_later(&self, state: &mut AnswerState) -> Result<(), DeliveryError> {
        let (answers, token) = (&self.hub.answers, &self.target.token);
        let given = match *state {
            AnswerState::Gone => None,
            // The message of the button stays as it is, and the refusal follows it. If Discord's answer to this is
            // lost, the refusal is sent again and its one reader sees it twice: Discord offers nothing better for this
            // place.
            AnswerState::Updates if self.is_refusal => {
                let aside = self.shown.aside(&self.hub.catalog);
                Some(command(answers.create_followup_message(token, &aside, Vec::new())).await)
            }
            _ => {
                let body = self.hub.with_files(self.message(), self.shown);
                Some(command(answers.edit_original_interaction_response(token, &body, self.shown.files())).await)
            }
        };
        match given {
            Some(Ok(())) => Ok(()),
            Some(Err(transient @ RequestError::Transient(_))) => Err(self.delivery_error(transient)),
            Some(Err(error @ RequestError::Refused(_, code, _))) if !GONE.contains(&code) => Err(error.into()),
            // The room knows already.
            Some(Err(_)) if *state == AnswerState::Deferred(true) => Ok(()),
            None | Some(Err(_)) => {
                *state = AnswerState::Gone;
                self.hub.post(self.row, self.shown, Some(self.target), self.is_aside).await
            }
        }
    }

    fn message(&self) -> Value {
        match self.updates {
            true => self.shown.instead(self.open.question.as_ref(), self.open.pressed, &self.hub.catalog),
            false => self.shown.message(0, &self.hub.catalog, &self.calls),
        }
    }

    /// Whether Discord still waits for a first answer.
    fn is_early(&self) -> bool {
        self.open.since.elapsed() < self.hub.patience.first_answer
    }

    /// A failure for the outbox. While Discord waits for a first answer, the next try comes soon.
    fn delivery_error(&self, error: RequestError) -> DeliveryError {
        match error {
            RequestError::Transient(why) if self.is_early() => DeliveryError::Transient(why, Some(RETRY_AFTER)),
            error => error.into(),
        }
    }
}
