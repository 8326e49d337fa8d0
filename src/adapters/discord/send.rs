//! Answers to interactions, and messages that answer nothing.
//!
//! An answer is the interaction's first callback, or, once Discord was told that it takes longer, an edit of that; when the
//! interaction can't be answered any more, an ordinary message. Each of the three can be sent again without being seen twice:
//! a second callback is refused, an edit says the same, and a message is known by its nonce.

use crate::message::room::RoomLine;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serenity::all::{ChannelId, CreateAttachment, Error, HttpError, InteractionId, MessageFlags};
use tokio::sync::Mutex;

use crate::adapters::discord::read::{Handle, Manner};
use crate::adapters::discord::show::{EPHEMERAL, Shown};
use crate::adapters::discord::{AGAIN_SOON, FIRST_ANSWER, Hub, TOKEN, lock};
use crate::adapters::drawn;
use crate::core::time::Timestamp;
use crate::message::reply::Reply;
use crate::outbox::{Deliver, Delivered, DeliveryError, singly};
use crate::store::OutboxRow;

/// Of how many replies, the last ones, it is known which of their messages have arrived.
const BEGUN_AT_MOST: i64 = 10_000;

/// How long one request may take, waiting for Discord's limits included.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a first answer may take: three of them fit into the time that Discord gives.
const CALLBACK: Duration = Duration::from_millis(1000);

/// Kinds of callbacks.
mod callback {
    pub const MESSAGE: u8 = 4;
    pub const MESSAGE_LATER: u8 = 5;
    pub const UPDATE_LATER: u8 = 6;
    pub const UPDATE: u8 = 7;
}

/// Discord's codes for what can't be answered any more: an unknown interaction or webhook, a token that is too old, a message
/// that is gone.
const GONE: [isize; 4] = [10_062, 10_015, 50_027, 10_008];

/// Discord's codes for a channel that is gone, and for one that is hidden from the bot.
const UNKNOWN_CHANNEL: isize = 10_003;

const NO_ACCESS: isize = 50_001;

/// Discord's code for an interaction that was answered already.
const ANSWERED: isize = 40_060;

/// Why a request came to nothing.
#[derive(Debug)]
pub enum Failed {
    /// Discord refuses it: the HTTP status, Discord's code, its words.
    Refused(u16, isize, String),
    /// It may work later.
    Passing(String),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failed::Refused(status, code, words) => write!(f, "{words} (code {code}, status {status})"),
            Failed::Passing(why) => f.write_str(why),
        }
    }
}

impl Failed {
    /// What a library's error comes to. Addresses stay out of it: they hold tokens.
    pub fn of(error: Error) -> Self {
        match error {
            Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
                let status = answer.status_code.as_u16();
                match status {
                    408 | 429 | 500.. => Failed::Passing(format!("Discord answers with status {status}")),
                    _ => Failed::Refused(status, answer.error.code, answer.error.message),
                }
            }
            Error::Http(HttpError::Request(error)) => Failed::Passing(error.without_url().to_string()),
            other => Failed::Passing(other.to_string()),
        }
    }
}

/// Whether what Discord answered could not be read. It has done what was asked.
fn is_unreadable(error: &Error) -> bool {
    match error {
        Error::Json(_) => true,
        Error::Http(HttpError::Request(error)) => error.is_decode(),
        _ => false,
    }
}

/// A request that does not wait for ever.
pub async fn within_reason<T>(request: impl Future<Output = serenity::Result<T>>) -> Result<T, Failed> {
    match tokio::time::timeout(TIMEOUT, request).await {
        Ok(answer) => answer.map_err(Failed::of),
        Err(_) => Err(Failed::Passing(format!("no answer within {TIMEOUT:?}"))),
    }
}

/// The same, where it does not matter what Discord says of what it has done.
async fn done<T>(request: impl Future<Output = serenity::Result<T>>) -> Result<(), Failed> {
    let request = async {
        match request.await {
            Err(error) if is_unreadable(&error) => Ok(()),
            answer => answer.map(drop),
        }
    };
    within_reason(request).await
}

/// How far an interaction is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is known to have arrived.
    Fresh,
    /// Its author sees that it takes longer; whether the room has been told what came of it.
    Deferred(bool),
    /// The message whose button was pressed is the answer, or will be.
    Updates,
    /// It has an answer of its own.
    Answered,
    /// It can't be answered any more.
    Gone,
}

/// An interaction that waits for its answer.
pub struct Open {
    /// When it came.
    pub since: Instant,
    /// What the message shows whose button was pressed.
    question: Vec<Value>,
    /// Which answer the button gave.
    pressed: Option<bool>,
    state: Mutex<State>,
}

impl Open {
    /// One that this run has not seen: as old as its id tells.
    fn from_before(handle: &Handle, now: Timestamp) -> Self {
        let age = (now - handle.since()).to_std().unwrap_or_default();
        let state = if age < TOKEN { State::Fresh } else { State::Gone };
        let since = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
        Self { since, question: Vec::new(), pressed: None, state: Mutex::new(state) }
    }

    /// A fresh one.
    pub fn new(question: Vec<Value>, pressed: Option<bool>) -> Self {
        Self { since: Instant::now(), question, pressed, state: Mutex::new(State::Fresh) }
    }
}

/// Delivers replies to Discord.
pub struct Sender {
    pub(super) hub: Arc<Hub>,
}

impl Deliver for Sender {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(singly(rows, |row| self.hub.send(row)))
    }
}

/// A refusal of Discord's as the outbox takes it.
fn final_or_not(failed: Failed) -> DeliveryError {
    match failed {
        Failed::Passing(why) => DeliveryError::Transient(why, None),
        // The bot's own token is not accepted any more: with another it will go.
        Failed::Refused(401, code, why) if !GONE.contains(&code) => DeliveryError::Transient(why, None),
        Failed::Refused(_, UNKNOWN_CHANNEL | NO_ACCESS, why) => DeliveryError::Gone(why),
        refused @ Failed::Refused(..) => DeliveryError::Permanent(refused.to_string()),
    }
}

impl Hub {
    /// Sends a reply. What it consists of besides its first message is sent behind that; messages that have arrived are not sent
    /// again with those that have not.
    async fn send(&self, row: &OutboxRow) -> Result<(), DeliveryError> {
        let mut arrived = lock(&self.begun).remove(&row.id).unwrap_or(0);
        let sent = self.send_from(row, &mut arrived).await;
        if matches!(sent, Err(DeliveryError::Transient(..))) && arrived > 0 {
            let mut begun = lock(&self.begun);
            // What was given up long ago is not asked about again.
            begun.retain(|id, _| id + BEGUN_AT_MOST > row.id);
            begun.insert(row.id, arrived);
        }
        sent
    }

    async fn send_from(&self, row: &OutboxRow, arrived: &mut usize) -> Result<(), DeliveryError> {
        let pictures = drawn(row, &self.catalog).await;
        let shown = Shown::of(row, pictures, &self.catalog, &self.ids());
        self.keep(&shown);
        let handle = row.reply_to.as_deref().and_then(|handle| serde_json::from_str::<Handle>(handle).ok());
        if *arrived == 0 {
            match &handle {
                Some(handle) => self.answer(row, handle, &shown).await?,
                None => self.post(row, &shown, None, false).await?,
            }
            *arrived = 1;
        }
        // The library gives every file of a message one number, so each has a message of its own.
        for (number, (body, file)) in shown.beside().into_iter().enumerate().skip(*arrived - 1) {
            match self.add(row, handle.as_ref(), &format!("p{number}"), body, vec![file]).await {
                // What it shows stands in the text as well, which nothing holds up.
                Err(error) if number < shown.picture_count() => tracing::warn!(room = row.room, ?error, "a picture could not be sent"),
                sent => sent?,
            }
            *arrived += 1;
        }
        let Some(more) = shown.more() else { return Ok(()) };
        self.keep(more);
        self.add(row, handle.as_ref(), "m", more.message(0, &self.catalog, &[]), more.files()).await
    }

    /// Puts something behind an answer: for its reader alone where the answer is, else into the room.
    async fn add(
        &self,
        row: &OutboxRow,
        handle: Option<&Handle>,
        of: &str,
        mut body: Value,
        files: Vec<CreateAttachment>,
    ) -> Result<(), DeliveryError> {
        let nonce = format!("{}{of}", row.id);
        // What follows up an interaction is seen twice if its answer is lost; it is taken where nothing else is to be had.
        let follow_up = async |handle: &Handle, body: &Value, files: Vec<CreateAttachment>| {
            done(self.answers.create_followup_message(&handle.token, body, files)).await
        };
        let direct = async |reader: &str, body: Value, files: Vec<CreateAttachment>| {
            let direct = within_reason(self.http.create_private_channel(&json!({ "recipient_id": reader }))).await.map_err(final_or_not)?;
            self.put(&direct.id.to_string(), &nonce, body, files).await.map_err(final_or_not)
        };
        match (&row.reader, handle) {
            (Some(reader), Some(handle)) => {
                body["flags"] = json!(EPHEMERAL);
                match follow_up(handle, &body, files.clone()).await {
                    Err(Failed::Refused(_, code, _)) if GONE.contains(&code) => {
                        body.as_object_mut().map(|body| body.remove("flags"));
                        direct(reader, body, files).await
                    }
                    said => said.map_err(final_or_not),
                }
            }
            (Some(reader), None) => direct(reader, body, files).await,
            (None, handle) => match (self.put(&row.room, &nonce, body.clone(), files.clone()).await, handle) {
                // Commands can be called where the bot may not speak.
                (Err(Failed::Refused(..)), Some(handle)) => follow_up(handle, &body, files).await.map_err(final_or_not),
                (said, _) => said.map_err(final_or_not),
            },
        }
    }

    /// Tells Discord that an answer takes longer, unless it has one. Whether it will be for all to see is not known yet, and
    /// could not be changed afterwards: only its author sees that something is on its way. False if that should be tried again.
    pub(super) async fn defer(&self, open: &Open, handle: &Handle) -> bool {
        let mut state = open.state.lock().await;
        if *state != State::Fresh {
            return true;
        }
        let (kind, data, deferred) = match handle.manner {
            Manner::Pressed => (callback::UPDATE_LATER, Value::Null, State::Updates),
            Manner::Called | Manner::Chose => (callback::MESSAGE_LATER, json!({ "flags": EPHEMERAL }), State::Deferred(false)),
        };
        match self.call_back(handle, kind, data, Vec::new()).await {
            Ok(()) => *state = deferred,
            Err(Failed::Passing(_)) => return false,
            // An earlier try of this, or of the answer, has arrived; the answer will find out which.
            Err(Failed::Refused(_, ANSWERED, _)) => {}
            Err(failed) => {
                tracing::warn!(why = %failed, "Discord could not be told that an answer takes longer");
                *state = State::Gone;
            }
        }
        true
    }

    /// What an interaction was answered with, where Discord says that it was and we don't know.
    async fn found(&self, handle: &Handle) -> Result<State, Failed> {
        let original = async {
            match self.answers.get_original_interaction_response(&handle.token).await {
                Err(error) if is_unreadable(&error) => Ok(None),
                answer => answer.map(Some),
            }
        };
        match within_reason(original).await {
            Ok(Some(message)) if Some(message.id.get()) == handle.message => Ok(State::Updates),
            Ok(Some(message)) if message.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL)) => Ok(State::Deferred(false)),
            Ok(_) => Ok(State::Answered),
            Err(passing @ Failed::Passing(_)) => Err(passing),
            Err(_) => Ok(State::Gone),
        }
    }

    async fn call_back(&self, handle: &Handle, kind: u8, data: Value, files: Vec<CreateAttachment>) -> Result<(), Failed> {
        let mut body = json!({ "type": kind });
        if !data.is_null() {
            body["data"] = data;
        }
        let request = done(self.answers.create_interaction_response(InteractionId::new(handle.id), &handle.token, &body, files));
        // Whether one that takes longer has arrived will be seen; nothing else can be sent meanwhile.
        tokio::time::timeout(CALLBACK, request).await.unwrap_or_else(|_| Err(Failed::Passing(format!("no answer within {CALLBACK:?}"))))
    }

    /// Answers an interaction, whichever way still leads to its author.
    async fn answer(&self, row: &OutboxRow, handle: &Handle, shown: &Shown) -> Result<(), DeliveryError> {
        let open = lock(&self.open).get(&handle.id).cloned();
        // One from before a restart: whether it was answered then is found out by trying.
        let open = open.unwrap_or_else(|| Arc::new(Open::from_before(handle, self.clock.now())));
        let is_refusal = matches!(row.reply, Reply::Refusal(_));
        let updates = handle.manner == Manner::Pressed && !is_refusal;
        let is_aside = is_refusal || row.reader.is_some() || handle.manner == Manner::Chose;
        let calls = called(row);
        let message = || match updates {
            true => shown.instead(&open.question, open.pressed, &self.catalog),
            false => shown.message(0, &self.catalog, &calls),
        };
        let again = |failed: Failed| match failed {
            // Discord waits for a first answer no longer than that.
            Failed::Passing(why) if open.since.elapsed() < FIRST_ANSWER => DeliveryError::Transient(why, Some(AGAIN_SOON)),
            failed => final_or_not(failed),
        };
        let mut state = open.state.lock().await;
        if *state == State::Fresh {
            let kind = if updates { callback::UPDATE } else { callback::MESSAGE };
            let mut data = self.with_files(message(), shown);
            if is_aside && !updates {
                data["flags"] = json!(EPHEMERAL);
            }
            match self.call_back(handle, kind, data, shown.files()).await {
                Ok(()) => {
                    *state = if updates { State::Updates } else { State::Answered };
                    self.settled(handle, updates && !shown.asks());
                    return Ok(());
                }
                // It may have arrived; the next try will tell. When it is too late for a first answer, what stands there tells.
                Err(passing @ Failed::Passing(_)) if open.since.elapsed() < FIRST_ANSWER => return Err(again(passing)),
                Err(Failed::Passing(_)) => *state = self.found(handle).await.map_err(again)?,
                Err(Failed::Refused(_, ANSWERED, _)) => *state = self.found(handle).await.map_err(again)?,
                Err(failed) => {
                    tracing::warn!(why = %failed, reply = row.id, "an interaction can't be answered in its place");
                    *state = State::Gone;
                }
            }
        }
        if let State::Deferred(false) = *state
            && !is_aside
            && !updates
        {
            // What was deferred can't become public any more, so the room is told by itself; its author sees both.
            match self.say(&row.room, row.id, "", shown, &calls).await {
                Ok(()) => *state = State::Deferred(true),
                Err(passing @ Failed::Passing(_)) => return Err(again(passing)),
                Err(failed) => tracing::warn!(why = %failed, room = row.room, "the room could not be told what its member was"),
            }
        }
        let edited = match *state {
            State::Gone => None,
            // What a button was pressed on stays as it is; the refusal stands beside it. Should the answer to this be lost, it is
            // said again and seen twice, by one person: nothing else of Discord's puts a message there.
            State::Updates if is_refusal => {
                Some(done(self.answers.create_followup_message(&handle.token, &shown.aside(&self.catalog), Vec::new())).await)
            }
            _ => {
                let body = self.with_files(message(), shown);
                Some(done(self.answers.edit_original_interaction_response(&handle.token, &body, shown.files())).await)
            }
        };
        match edited {
            Some(Ok(())) => {}
            Some(Err(passing @ Failed::Passing(_))) => return Err(again(passing)),
            Some(Err(failed @ Failed::Refused(_, code, _))) if !GONE.contains(&code) => return Err(final_or_not(failed)),
            // The room knows already.
            Some(Err(_)) if *state == State::Deferred(true) => {}
            None | Some(Err(_)) => {
                *state = State::Gone;
                self.post(row, shown, Some(handle), is_aside).await?;
            }
        }
        self.settled(handle, updates && !shown.asks());
        Ok(())
    }

    /// An interaction is answered; perhaps the message's buttons have done what they can.
    fn settled(&self, handle: &Handle, uses_up: bool) {
        lock(&self.open).remove(&handle.id);
        if let (true, Some(message)) = (uses_up, handle.message) {
            self.note_used(message, handle.user);
        }
    }

    /// Sends an ordinary message: to the room, or to its only reader.
    async fn post(&self, row: &OutboxRow, shown: &Shown, handle: Option<&Handle>, is_aside: bool) -> Result<(), DeliveryError> {
        let asked = handle.map(|handle| handle.user);
        let reader = row.reader.as_deref().and_then(|reader| reader.parse().ok()).or(asked.filter(|_| is_aside));
        let Some(reader) = reader else {
            let calls: Vec<u64> = called(row).into_iter().chain(asked).collect();
            let said = self.say(&row.room, row.id, "", shown, &calls).await;
            return match (said, asked) {
                // Commands can be called where the bot may not speak; whoever called one is told of it all the same.
                (Err(failed @ Failed::Refused(..)), Some(asked)) => {
                    tracing::warn!(why = %failed, room = row.room, "the room could not be told what its member is");
                    self.say_to(asked, row.id, shown).await.map_err(final_or_not)
                }
                (said, _) => said.map_err(final_or_not),
            };
        };
        let Err(failed) = self.say_to(reader, row.id, shown).await else { return Ok(()) };
        if let Failed::Refused(..) = failed {
            tracing::warn!(why = %failed, reply = row.id, "a private answer could not be said in private");
            let note = Reply::Lines(vec![RoomLine::NoPrivateRoom.into()]);
            let note = Shown::of(&OutboxRow { reply: note, ..row.clone() }, Vec::new(), &self.catalog, &self.ids());
            self.say(&row.room, row.id, "n", &note, &[reader]).await.map_err(final_or_not)?;
        }
        Err(final_or_not(failed))
    }

    /// Says something to one person.
    async fn say_to(&self, reader: u64, id: i64, shown: &Shown) -> Result<(), Failed> {
        let direct = within_reason(self.http.create_private_channel(&json!({ "recipient_id": reader.to_string() }))).await?;
        self.say(&direct.id.to_string(), id, "d", shown, &[]).await
    }

    /// Says something in a channel, once however often it is sent.
    async fn say(&self, channel: &str, id: i64, of: &str, shown: &Shown, calls: &[u64]) -> Result<(), Failed> {
        let message = self.with_files(shown.message(0, &self.catalog, calls), shown);
        self.put(channel, &format!("{id}{of}"), message, shown.files()).await
    }

    /// Puts a message into a channel, once for its nonce.
    async fn put(&self, channel: &str, nonce: &str, mut message: Value, files: Vec<CreateAttachment>) -> Result<(), Failed> {
        let Some(channel) = channel.parse().ok().filter(|id| *id > 0) else {
            return Err(Failed::Refused(0, 0, format!("{channel} is no channel")));
        };
        message["nonce"] = json!(nonce);
        message["enforce_nonce"] = json!(true);
        done(self.http.send_message(ChannelId::new(channel), files, &message)).await
    }

    fn with_files(&self, mut message: Value, shown: &Shown) -> Value {
        let attachments = shown.attachments(&self.catalog);
        if attachments.as_array().is_some_and(|list| !list.is_empty()) {
            message["attachments"] = attachments;
        }
        message
    }
}

/// The accounts that a row calls.
fn called(row: &OutboxRow) -> Vec<u64> {
    row.mentions.iter().filter_map(|account| account.parse().ok()).collect()
}
