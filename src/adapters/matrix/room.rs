//! One room, read in the order of its timeline.
//!
//! The SDK notes how far it has synced before anybody has seen the events, and a long sync leaves out the middle. So
//! each room has a cursor of its own: the newest event up to which everything was handed over *and committed*. At the
//! start, and whenever a sync was limited, the room is paged backwards to the cursor, and then handed over oldest
//! first; what arrives meanwhile waits. What was said before the bot joined is ignored.
//!
//! Pages are in the order of the conversation, syncs in that of arrival: an event from another homeserver that arrived
//! late may stand before the cursor. So the page with the cursor is handed over whole; what was obeyed already is known
//! by its id. An event that was delayed by more than that page comes by a sync alone.
//!
//! While an event waits, for its key or for the homeserver, the cursor stays before it. So nothing needs to be
//! remembered about it: a restart reads it again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::ruma::events::AnySyncTimelineEvent;
use matrix_sdk::ruma::events::room::power_levels::UserPowerLevel;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::ruma::{EventId, UserId};
use matrix_sdk::sync::Timeline;
use matrix_sdk::{Room, RoomState};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use crate::adapters::matrix::content::ASKS;
use crate::adapters::matrix::failure::is_final;
use crate::adapters::matrix::hub::{MatrixHub, PLATFORM};
use crate::adapters::matrix::read::{EventMeaning, Heard};
use crate::adapters::matrix::timeline::{ItemKind, ReceivedAs, TimelineItem};
use crate::adapters::matrix::{media, publish, read};
use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::spelling::handle_of;
use crate::grammar::{address, parse};
use crate::incoming::{Attached, Content, EncryptionTrust, Inbound, MessageContext, SystemEvent};
use crate::limits::{Admission, Speech};
use crate::message::asked::Asked;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;

/// Events in a page of history.
const PAGE: u32 = 100;

/// The first and the longest wait before a page is asked for again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

/// How many event ids are remembered, so that what a page and a sync both bring is handed over once.
const REMEMBERED: usize = 1000;

/// How many events may wait for their keys. Beyond that, the oldest one's sender is asked to say it again at once.
const MOST_WAITING: usize = 200;

/// How often what waits is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// How often it is noted how far a room was read.
const NOTE: Duration = Duration::from_secs(60);

/// The power that administers a room.
const HOST_POWER: i64 = 50;

/// An event that can't be dealt with yet.
struct Waiting {
    event: String,
    sender: String,
    came: ReceivedAs,
    /// As it came, if it waits for its key; else it waits for the homeserver.
    encrypted: Option<Raw<AnySyncTimelineEvent>>,
    since: Instant,
}

/// What became of an event.
#[derive(PartialEq, Eq)]
enum HandledAs {
    /// It was handed to the engine.
    HandedOver,
    /// It asked the engine for nothing.
    Nothing,
    /// The homeserver could not be asked about it just now.
    Later,
}

/// An event's message for the engine.
struct ForEngine {
    /// The id under which the engine knows it.
    event: String,
    content: Content,
    reply_to: Option<String>,
    thread: Option<String>,
}

impl ForEngine {
    /// One message for each command in it. All of them are answered as replies to the one event.
    fn by_command(self, prefix: &str, catalog: &Catalog) -> Vec<Self> {
        let Content::Text(text) = &self.content else { return vec![self] };
        let reply_to = || self.reply_to.clone().or_else(|| Some(self.event.clone()));
        let commands = address::commands(text, prefix, catalog).into_iter().enumerate();
        let message = |(place, command): (usize, &str)| Self {
            event: if place == 0 { self.event.clone() } else { format!("{} {}", self.event, place + 1) },
            content: Content::Text(command.to_owned()),
            reply_to: if place == 0 { self.reply_to.clone() } else { reply_to() },
            thread: self.thread.clone(),
        };
        commands.map(message).collect()
    }
}

/// Reads one room.
pub struct Reader {
    hub: Arc<MatrixHub>,
    room: Room,
    key: RoomKey,
    /// The newest event that was handed over, at first by an earlier run.
    handed: Option<String>,
    /// The newest event that the engine was given as the cursor.
    told: Option<String>,
    waiting: Vec<Waiting>,
    seen: VecDeque<String>,
}

impl Reader {
    /// A reader that continues after `cursor`.
    pub fn new(hub: Arc<MatrixHub>, room: Room, cursor: Option<String>) -> Self {
        let key = RoomKey { platform: PLATFORM, id: room.room_id().to_string() };
        Self { hub, room, key, told: cursor.clone(), handed: cursor, waiting: Vec::new(), seen: VecDeque::new() }
    }

    /// Pages backwards from a token, or from the newest event, to the cursor or to the bot's own joining. Returns
    /// events oldest first, or none if the bot is not in the room any more.
    pub async fn fill(&mut self, mut from: Option<String>, came: ReceivedAs) -> Vec<TimelineItem> {
        let mut items: Vec<TimelineItem> = Vec::new();
        let mut wait = BACK_OFF.0;
        let mut is_anew = false;
        loop {
            let mut options = MessagesOptions::backward().from(from.as_deref());
            options.limit = PAGE.into();
            // All rooms at once would be many requests; the semaphore is never closed.
            let turn = self.hub.reading.acquire().await;
            let page = self.room.messages(options).await;
            drop(turn);
            let page = match page {
                Ok(page) => page,
                Err(error) if self.room.state() != RoomState::Joined => {
                    tracing::info!(room = %self.key.id, %error, "left while its history was read");
                    return Vec::new();
                }
                // The homeserver has forgotten the token: start from the newest event.
                Err(error) if is_final(&error) && from.is_some() && !is_anew => {
                    tracing::warn!(room = %self.key.id, %error, "history not read, beginning anew");
                    items.clear();
                    (from, is_anew) = (None, true);
                    continue;
                }
                Err(error) if is_final(&error) => {
                    tracing::error!(room = %self.key.id, %error, "history is refused; going on with what syncs bring");
                    return Vec::new();
                }
                Err(error) => {
                    tracing::warn!(room = %self.key.id, %error, "history not read, trying again in {wait:?}");
                    self.hub.pages.send_if_modified(|(_, is_troubled)| !std::mem::replace(is_troubled, true));
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2).min(BACK_OFF.1);
                    continue;
                }
            };
            wait = BACK_OFF.0;
            self.hub.pages.send_modify(|(pages, _)| *pages += 1);
            let mut is_met = false;
            for event in page.chunk {
                let Some(mut item) = self.item(event, came) else { continue };
                is_met |= self.handed.as_ref() == Some(&item.id);
                // From the cursor backwards nothing is new, and no order across rooms depends on it.
                item.said_at = item.said_at.filter(|_| !is_met);
                item.came.is_behind_cursor = is_met;
                let has_come = matches!(&item.kind, ItemKind::Heard(heard, _) if heard.what == EventMeaning::BotJoined);
                // Of talk, only the newest event matters: it shows how far the room was read.
                if items.is_empty() || !matches!(item.kind, ItemKind::Passed) {
                    items.push(item);
                }
                if has_come {
                    is_met = true;
                    break;
                }
            }
            match page.end {
                Some(end) if !is_met && Some(&end) != from.as_ref() => from = Some(end),
                _ => break,
            }
        }
        items.reverse();
        items
    }

    /// Reads on as syncs bring events, until the bot is no longer in the room or stops.
    pub async fn live(mut self, mut news: mpsc::Receiver<(Timeline, ReceivedAs)>, mut keys: broadcast::Receiver<()>) {
        let mut retry = tokio::time::interval(RETRY.min(self.hub.patience));
        let mut note = tokio::time::interval(NOTE);
        for timer in [&mut retry, &mut note] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                biased;
                timeline = news.recv() => match timeline {
                    Some((timeline, came)) => self.take(timeline, came).await,
                    None => break,
                },
                Ok(()) | Err(broadcast::error::RecvError::Lagged(_)) = keys.recv(), if !self.waiting.is_empty() => self.retry().await,
                _ = retry.tick(), if !self.waiting.is_empty() => self.retry().await,
                _ = note.tick() => self.note().await,
            }
        }
        self.note().await;
    }

    async fn take(&mut self, timeline: Timeline, came: ReceivedAs) {
        if timeline.limited {
            for item in self.fill(timeline.prev_batch, came).await {
                self.hand_over(item).await;
            }
        }
        for event in timeline.events {
            if let Some(item) = self.item(event, came) {
                self.hand_over(item).await;
            }
        }
    }

    /// Hands one event over. They come in the order of the timeline.
    pub async fn hand_over(&mut self, item: TimelineItem) {
        if self.seen.contains(&item.id) {
            return;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(item.id.clone());
        self.handed = Some(item.id.clone());
        let came = item.came;
        let waiting =
            |sender, encrypted| Waiting { event: item.id.clone(), sender, came, encrypted, since: Instant::now() };
        match item.kind {
            ItemKind::Passed => {}
            ItemKind::Undecrypted { sender, event } => {
                self.waiting.push(waiting(sender, Some(event)));
                if self.waiting.len() > MOST_WAITING {
                    let first = self.waiting.remove(0);
                    self.give_up(first).await;
                }
            }
            ItemKind::Heard(heard, encryption) => {
                let read_up_to = self.waiting.is_empty().then(|| item.id.clone());
                let sender = heard.sender.clone();
                match self.obey(*heard, encryption, came, read_up_to.clone()).await {
                    HandledAs::HandedOver => self.told = read_up_to.or_else(|| self.told.take()),
                    HandledAs::Nothing => {}
                    HandledAs::Later => self.waiting.push(waiting(sender, None)),
                }
            }
        }
    }

    /// Does what an event asks for.
    async fn obey(
        &self,
        heard: Heard,
        encryption: EncryptionTrust,
        came: ReceivedAs,
        read_up_to: Option<String>,
    ) -> HandledAs {
        let account = Account { platform: PLATFORM, id: heard.sender.clone() };
        let message = match self.for_engine(&heard, &account, came, read_up_to.as_ref()).await {
            Ok(message) => message,
            Err(obeyed) => return obeyed,
        };
        let encryption = match message.content {
            Content::Answer(..) if encryption == EncryptionTrust::Forged => EncryptionTrust::Reaction,
            _ => encryption,
        };
        let mut messages = message.by_command(&self.hub.listener().prefix, &self.hub.catalog).into_iter().peekable();
        while let Some(message) = messages.next() {
            // The room is read beyond the event once all of it is handed over.
            let read_up_to = read_up_to.clone().filter(|_| messages.peek().is_none());
            self.hand_in(&heard, message, &account, encryption, came, read_up_to).await;
        }
        HandledAs::HandedOver
    }

    /// Hands the engine one message of an event, if the limits admit it.
    async fn hand_in(
        &self,
        heard: &Heard,
        message: ForEngine,
        account: &Account,
        encryption: EncryptionTrust,
        came: ReceivedAs,
        read_up_to: Option<String>,
    ) {
        let ForEngine { event, content, reply_to, thread } = message;
        let ReceivedAs { arrival, at: received_at, is_behind_cursor } = came;
        let said_at = heard.said_at.unwrap_or(received_at);
        let when = (said_at, received_at);
        let admitted = self.admit(account, content, when, read_up_to.as_ref(), &event).await;
        let Some(content) = admitted else { return };
        let (name, host) = self.about(&account.id).await;
        let direct = self.hub.is_direct(&self.room, &account.id).await;
        let (content, mut files) = with_file(content, &self.hub.catalog);
        let option = self.hub.takes_file(&content);
        let file = match (&heard.file, option, &heard.answers) {
            (Some(file), ..) => Some(file.clone()),
            (None, Some(_), Some(answered)) if files.is_empty() => self.file_of(answered, &account.id).await,
            _ => None,
        };
        let coming = option.zip(file);
        if let Some((option, file)) = &coming {
            let name = media::name(file);
            // A rule can't be read later.
            let bytes = if option.later { None } else { self.hub.media(file).await.ok().map(Into::into) };
            files.insert(option.name.clone(), Attached { name, bytes });
        }
        let bars_founding = self.hub.listener().bars_founding(&account.id);
        let others = MessageContext::default();
        let context = MessageContext {
            direct,
            arrival,
            is_behind_cursor,
            encryption,
            reply_to,
            thread,
            bars_founding,
            read_up_to,
            files,
            ..others
        };
        let to_come = coming.filter(|(option, _)| option.later).map(|(_, file)| (event.clone(), file));
        let (room, account) = (self.key.clone(), account.clone());
        let inbound = Inbound { event, room, account, name, host, said_at, received_at, content, context };
        self.hub.intake.push(inbound).await;
        if let Some((event, file)) = to_come {
            tokio::spawn(self.hub.clone().bring(event, self.key.clone(), file));
        }
    }

    /// The message for the engine that an event makes; if it makes none, what became of the event.
    async fn for_engine(
        &self,
        heard: &Heard,
        account: &Account,
        came: ReceivedAs,
        read_up_to: Option<&String>,
    ) -> Result<ForEngine, HandledAs> {
        let message =
            |content| ForEngine { event: heard.event.clone(), content, reply_to: None, thread: heard.thread.clone() };
        match &heard.what {
            EventMeaning::Content(
                content @ Content::Refused(
                    refusal @ (Refusal::Room(RoomRefusal::Relayed) | Refusal::Room(RoomRefusal::ClockAhead)),
                    true,
                ),
            ) => {
                let event = self.once_a_day(refusal.key(), &account.id, heard.said_at);
                Ok(ForEngine { event, reply_to: Some(heard.event.clone()), ..message(content.clone()) })
            }
            EventMeaning::Content(content) => Ok(message(content.clone())),
            EventMeaning::Talk(_) if !self.hub.is_direct(&self.room, &account.id).await => Err(HandledAs::Nothing),
            EventMeaning::Talk(text) => Ok(message(Content::Text(text.clone()))),
            // Each has to be asked about at the homeserver.
            EventMeaning::Reaction { .. } if !self.hub.intake.limits().admit_aside(account, came.at) => {
                Err(HandledAs::Nothing)
            }
            EventMeaning::Reaction { on, yes } => match self.asked(on).await {
                Ok(Some((asked, thread))) => {
                    let answer = message(Content::Answer(asked, *yes));
                    Ok(ForEngine { reply_to: Some(on.clone()), thread, ..answer })
                }
                Ok(None) => Err(HandledAs::Nothing),
                Err(error) => {
                    tracing::warn!(room = %self.key.id, %error, "a reaction waits for the message that it is on");
                    Err(HandledAs::Later)
                }
            },
            // Each is looked up.
            EventMeaning::Changed { .. } if !self.hub.intake.limits().admit_aside(account, came.at) => {
                Err(HandledAs::Nothing)
            }
            EventMeaning::Changed { of, now } => {
                let changed =
                    SystemEvent::MessageChanged { event: of.clone(), now: now.clone(), recorded: String::new() };
                // Its author is told once for each message.
                let event = now.event(of, &account.id);
                Ok(ForEngine { event, reply_to: Some(of.clone()), ..message(Content::System(changed)) })
            }
            EventMeaning::BotJoined => {
                let said_at = heard.said_at.unwrap_or(came.at);
                self.greet(heard.event.clone(), said_at, read_up_to.cloned()).await;
                Err(HandledAs::HandedOver)
            }
            EventMeaning::Replaced(by) => {
                self.hub.follow(&self.room, by);
                Err(HandledAs::Nothing)
            }
            EventMeaning::PowerLevels => {
                if self.hub.describes {
                    tokio::spawn(publish::publish(self.hub.clone(), self.room.clone()));
                }
                Err(HandledAs::Nothing)
            }
        }
    }

    /// Applies the limits: returns the message, or a refusal for its author. `None` if a limit has dropped it; then it
    /// is only recorded that the room was read that far.
    async fn admit(
        &self,
        account: &Account,
        content: Content,
        (said_at, received_at): (Timestamp, Timestamp),
        read_up_to: Option<&String>,
        event: &str,
    ) -> Option<Content> {
        let unsaid =
            |content, context| self.hub.unsaid(&self.room, account.clone(), event.to_owned(), content, context);
        let speech = Speech { account, room: &self.key, within: &[], content: &content, said_at, received_at };
        match self.hub.intake.limits().admit(&speech) {
            Admission::Taken => {
                if content == Content::Refused(RoomRefusal::ClockAhead.into(), true) {
                    // Its time may come; by then it has been refused.
                    let refused = Content::Refused(RoomRefusal::ClockAhead.into(), false);
                    self.hub.intake.push(unsaid(refused, MessageContext::default())).await;
                }
                Some(content)
            }
            Admission::Refused(refusal) => Some(Content::Refused(refusal, true)),
            Admission::Dropped(_) => {
                let context = MessageContext { read_up_to: read_up_to.cloned(), ..MessageContext::default() };
                self.hub.intake.push(Inbound { said_at, ..unsaid(Content::Dropped, context) }).await;
                None
            }
        }
    }

    /// The picture or file that a message is, if the person who replies to it sent it.
    async fn file_of(&self, message: &str, sender: &str) -> Option<Value> {
        let event = self.room.event(&EventId::parse(message).ok()?, None).await.ok()?;
        let event: Value = serde_json::from_str(event.raw().json().get()).ok()?;
        let content = event.get("content")?.as_object().filter(|content| read::is_file(content))?;
        (event.get("sender")?.as_str()? == sender).then(|| Value::Object(content.clone()))
    }

    /// An id that is the same all day, so that nobody is told something twice. It holds only a hash of the sender,
    /// since ids are kept.
    fn once_a_day(&self, what: &str, sender: &str, at: Option<Timestamp>) -> String {
        let day = at.unwrap_or_else(|| self.hub.clock.now()).date_naive();
        let sender_hash = Hash(Sha256::digest(format!("{} {sender} {day}", self.key.id)).into()).short();
        format!("{what} {} {sender_hash} {day}", self.key.id)
    }

    /// The bot has joined the room: takes over from the room that it replaces, and greets it.
    async fn greet(&self, event: String, at: Timestamp, read_up_to: Option<String>) {
        if self.hub.made(&self.room) {
            // A room for private answers, which needs no greeting.
            return self.hub.happened(&self.room, event, None, read_up_to).await;
        }
        if let Some(old) = self.room.predecessor_room().and_then(|old| self.hub.client.get_room(&old.room_id)) {
            self.hub.take_over(&old, &self.room).await;
        }
        self.hub.happened_at(&self.room, event, Some(SystemEvent::BotJoined), read_up_to, at).await;
    }

    /// The question in a message of the bot, and the thread that it is in. None if it asks nothing. Fails if the
    /// homeserver can't be asked now.
    async fn asked(&self, message: &str) -> matrix_sdk::Result<Option<(Asked, Option<String>)>> {
        let Ok(id) = EventId::parse(message) else { return Ok(None) };
        let event = match self.room.event(&id, None).await {
            Ok(event) => event,
            Err(error) if is_final(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok(event) = serde_json::from_str::<Value>(event.raw().json().get()) else { return Ok(None) };
        if event.get("sender").and_then(Value::as_str) != Some(self.hub.user_id.as_str()) {
            return Ok(None);
        }
        let asked =
            event.pointer(&format!("/content/{}", ASKS)).and_then(|asked| serde_json::from_value(asked.clone()).ok());
        let relation = event.pointer("/content/m.relates_to").filter(|relation| relation["rel_type"] == "m.thread");
        let thread = relation.and_then(|relation| relation["event_id"].as_str()).map(str::to_owned);
        Ok(asked.map(|asked: Asked| (asked, thread)))
    }

    /// Tries again what waits. Gives up what has waited long enough for its key, with everything else that waits from
    /// the same sender: they are asked to say it again, and will repeat all of it.
    async fn retry(&mut self) {
        let patience = self.hub.patience;
        let late: Vec<String> = self
            .waiting
            .iter()
            .filter(|w| w.encrypted.is_some() && w.since.elapsed() >= patience)
            .map(|w| w.sender.clone())
            .collect();
        for waiting in std::mem::take(&mut self.waiting) {
            let is_late = late.contains(&waiting.sender);
            let Ok(id) = EventId::parse(&waiting.event) else { continue };
            if let Some(encrypted) = &waiting.encrypted {
                let event = self.room.decrypt_event(encrypted.cast_ref_unchecked(), None).await;
                if event.is_ok_and(|event| event.kind.is_utd()) {
                    match is_late {
                        true => self.give_up(waiting).await,
                        false => self.waiting.push(waiting),
                    }
                    continue;
                }
            }
            // Asked for anew: it may have been redacted meanwhile.
            match self.room.event(&id, None).await {
                Ok(event) => match self.item(event, waiting.came).map(|item| item.kind) {
                    Some(ItemKind::Heard(heard, encryption)) => {
                        if self.obey(*heard, encryption, waiting.came, None).await == HandledAs::Later {
                            self.waiting.push(waiting);
                        }
                    }
                    Some(ItemKind::Undecrypted { .. }) if !is_late => self.waiting.push(waiting),
                    Some(ItemKind::Undecrypted { .. }) => self.give_up(waiting).await,
                    Some(ItemKind::Passed) | None => {}
                },
                Err(error) if is_final(&error) => {}
                Err(_) => self.waiting.push(waiting),
            }
        }
    }

    /// Asks the sender of an event whose key did not come to say it again, once a day. That is the event's outcome: it
    /// is not obeyed as well when the key comes after all.
    async fn give_up(&self, waiting: Waiting) {
        let is_relay = self.hub.listener().relays_for(&waiting.sender);
        let account = Account { platform: PLATFORM, id: waiting.sender };
        let (told, now) = (self.once_a_day("unreadable", &account.id, None), self.hub.clock.now());
        let content = Content::Refused(RoomRefusal::Unreadable.into(), false);
        let Some(content) = self.admit(&account, content, (now, now), None, &waiting.event).await else { return };
        for (event, content) in
            [(waiting.event.clone(), content), (told, Content::Refused(RoomRefusal::Unreadable.into(), !is_relay))]
        {
            let context = MessageContext { reply_to: Some(waiting.event.clone()), ..MessageContext::default() };
            self.hub.intake.push(self.hub.unsaid(&self.room, account.clone(), event, content, context)).await;
        }
    }

    fn item(&self, event: TimelineEvent, came: ReceivedAs) -> Option<TimelineItem> {
        TimelineItem::of(&self.hub, &self.room, event, came)
    }

    /// Records how far the room was read, if no command has.
    async fn note(&mut self) {
        if let (true, Some(handed)) = (self.waiting.is_empty() && self.handed != self.told, self.handed.clone()) {
            self.told = Some(handed.clone());
            self.hub.happened(&self.room, format!("read {} {handed}", self.key.id), None, Some(handed)).await;
        }
    }

    /// A user's name in the room, and whether they administer it.
    async fn about(&self, user: &str) -> (String, bool) {
        let localpart = user.trim_start_matches('@').split(':').next().unwrap_or_default();
        let member = match UserId::parse(user) {
            Ok(user) => self.room.get_member_no_sync(&user).await.ok().flatten(),
            Err(_) => None,
        };
        let host = member.as_ref().is_some_and(|member| match member.power_level() {
            UserPowerLevel::Int(power) => i64::from(power) >= HOST_POWER,
            _ => true,
        });
        // A name that makes no handle is worth less than the user id.
        let shown = member.as_ref().and_then(|member| member.display_name()).filter(|name| handle_of(name).is_some());
        (shown.unwrap_or(localpart).to_owned(), host)
    }
}

/// A command and the file between fences below it, apart from each other.
fn with_file(content: Content, catalog: &Catalog) -> (Content, BTreeMap<String, Attached>) {
    let Content::Text(text) = &content else { return (content, BTreeMap::new()) };
    match parse::with_file(text, catalog) {
        Some((line, option, file)) => {
            let attached = Attached { name: option.clone(), bytes: Some(file.into_bytes().into()) };
            (Content::Text(line.to_owned()), BTreeMap::from([(option, attached)]))
        }
        None => (content, BTreeMap::new()),
    }
}
