//! One room, read in the order of its timeline and without a gap.
//!
//! The SDK notes how far it has synced before anybody has seen the events, and a sync that has much to tell leaves out the
//! middle. So each room has a cursor of its own: the newest event up to which everything was handed over *and committed*. At
//! the start, and whenever a sync was limited, the room is paged backwards until the cursor is met, and then handed over
//! oldest first; what arrives meanwhile waits. The page in which the cursor lies is handed over whole: an event that reached
//! the homeserver late may stand before it, and what was obeyed already is known by its id.
//!
//! While an event can't be decrypted, the cursor stays before it. So nothing needs to be remembered about it: a restart reads
//! it again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::{TimelineEvent, TimelineEventKind, VerificationLevel, VerificationState};
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::ruma::events::room::power_levels::UserPowerLevel;
use matrix_sdk::ruma::{EventId, UserId};
use matrix_sdk::sync::Timeline;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use super::read::{Heard, What};
use super::{Hub, PLATFORM, describe};
use crate::commands::parse::Call;
use crate::commands::resolve::account_name;
use crate::core::entry::Timestamp;
use crate::core::refusal::Refusal;
use crate::directory::{Account, RoomKey};
use crate::intake::{Asked, Circumstances, Inbound, Said, Seal};

/// Events in a page of history.
const PAGE: u32 = 100;

/// The first and the longest wait before a page is asked for again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

/// How many event ids are remembered, so that what a page and a sync both bring is handed over once.
const REMEMBERED: usize = 1000;

/// How often a room's place in its chatter is noted, and what can't be decrypted is tried again.
const BEAT: Duration = Duration::from_secs(60);

/// The power that administers a room.
const HOST_POWER: i64 = 50;

/// An event of the timeline.
pub struct Item {
    id: String,
    /// When it was said, by the sender's homeserver; for news only.
    pub said_at: Option<Timestamp>,
    kind: ItemKind,
}

enum ItemKind {
    /// Talk.
    Passed,
    Heard(Box<Heard>, Seal),
    Undecrypted {
        sender: String,
    },
}

/// An event that waits for its key.
struct Pending {
    event: String,
    sender: String,
    since: Instant,
}

/// Reads one room.
pub struct Reader {
    hub: Arc<Hub>,
    room: Room,
    key: RoomKey,
    /// The newest event that was handed over, at first by an earlier run.
    handed: Option<String>,
    /// The newest event that the engine was told to note as the cursor.
    noted: Option<String>,
    pending: Vec<Pending>,
    seen: VecDeque<String>,
}

impl Reader {
    /// A reader that goes on after `cursor`.
    pub fn new(hub: Arc<Hub>, room: Room, cursor: Option<String>) -> Self {
        let key = RoomKey { platform: PLATFORM.to_owned(), id: room.room_id().to_string() };
        Self { hub, room, key, noted: cursor.clone(), handed: cursor, pending: Vec::new(), seen: VecDeque::new() }
    }

    /// Pages backwards from a token, or from the newest event, to the cursor or the bot's own coming; gives it oldest first.
    pub async fn fill(&mut self, mut from: Option<String>) -> Vec<Item> {
        let mut items = Vec::new();
        let mut wait = BACK_OFF.0;
        loop {
            let mut options = MessagesOptions::backward().from(from.as_deref());
            options.limit = PAGE.into();
            let page = match self.room.messages(options).await {
                Ok(page) => page,
                Err(error) if self.is_out() => {
                    tracing::info!(room = %self.key.id, %error, "left while its history was read");
                    break;
                }
                Err(error) => {
                    tracing::warn!(room = %self.key.id, %error, "history not read, trying again in {wait:?}");
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2).min(BACK_OFF.1);
                    continue;
                }
            };
            wait = BACK_OFF.0;
            let mut met = false;
            for event in page.chunk {
                let Some(mut item) = self.item(event) else { continue };
                met |= self.handed.as_ref() == Some(&item.id);
                // From the cursor on backwards it is not news, and no order across rooms depends on it.
                item.said_at = item.said_at.filter(|_| !met);
                let came = matches!(&item.kind, ItemKind::Heard(heard, _) if heard.what == What::Came);
                let after_cursor = !met;
                items.push(item);
                if came && after_cursor {
                    met = true;
                    break;
                }
            }
            match page.end {
                Some(end) if !met && Some(&end) != from.as_ref() => from = Some(end),
                _ => break,
            }
        }
        items.reverse();
        // Of talk, only how far it went matters.
        let last = items.len().saturating_sub(1);
        let mut number = 0;
        items.retain(|item| {
            number += 1;
            number > last || !matches!(item.kind, ItemKind::Passed)
        });
        items
    }

    /// Reads on as syncs bring events, until the bot is no longer in the room or stops.
    pub async fn live(mut self, mut news: mpsc::Receiver<Timeline>, mut keys: broadcast::Receiver<()>) {
        let mut beat = tokio::time::interval(BEAT.min(self.hub.patience));
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                timeline = news.recv() => match timeline {
                    Some(timeline) => self.take(timeline).await,
                    None => break,
                },
                Ok(()) | Err(broadcast::error::RecvError::Lagged(_)) = keys.recv(), if !self.pending.is_empty() => self.retry().await,
                _ = beat.tick() => {
                    self.retry().await;
                    self.note().await;
                }
            }
        }
        self.note().await;
    }

    async fn take(&mut self, timeline: Timeline) {
        if timeline.limited {
            let gap = self.fill(timeline.prev_batch).await;
            for item in gap {
                self.hand_over(item).await;
            }
        }
        for event in timeline.events {
            if let Some(item) = self.item(event) {
                self.hand_over(item).await;
            }
        }
    }

    /// Hands one event over. They come in the order of the timeline.
    pub async fn hand_over(&mut self, item: Item) {
        if self.seen.contains(&item.id) {
            return;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(item.id.clone());
        self.handed = Some(item.id.clone());
        match item.kind {
            ItemKind::Passed => {}
            ItemKind::Undecrypted { sender } => self.pending.push(Pending { event: item.id, sender, since: Instant::now() }),
            ItemKind::Heard(heard, seal) => {
                let read_up_to = self.pending.is_empty().then(|| item.id.clone());
                if self.obey(*heard, seal, read_up_to.clone()).await && read_up_to.is_some() {
                    self.noted = read_up_to;
                }
            }
        }
    }

    /// Does what an event asks for. Whether anything was handed to the engine.
    async fn obey(&self, heard: Heard, seal: Seal, read_up_to: Option<String>) -> bool {
        let mut event = heard.event.clone();
        let mut reply_to = None;
        let said = match heard.what {
            What::Said(said) => {
                if said == Said::Refused(Refusal::Relayed, true) {
                    // One id a day: who was told once is known to have been told.
                    let day = heard.said_at.unwrap_or_else(|| self.hub.clock.now()).date_naive();
                    event = format!("relayed {} {} {day}", self.key.id, heard.sender);
                    reply_to = Some(heard.event);
                }
                said
            }
            What::Reaction { on, yes } => match self.asked(&on).await {
                Some(asked) => {
                    reply_to = Some(on);
                    Said::Answer(asked, yes)
                }
                None => return false,
            },
            What::Came => return self.greet(heard.event, read_up_to).await,
            What::Replaced(by) => {
                self.hub.follow(&self.room, &by);
                return false;
            }
            What::PowerLevels => {
                self.describe();
                return false;
            }
        };
        let seal = if matches!(said, Said::Answer(..)) && seal == Seal::Broken { Seal::Reaction } else { seal };
        let (name, host) = self.about(&heard.sender).await;
        let circumstances = Circumstances { direct: self.is_direct(), seal, reply_to, thread: heard.thread, read_up_to };
        let received_at = self.hub.clock.now();
        let account = Account { platform: PLATFORM.to_owned(), id: heard.sender };
        let said_at = heard.said_at.unwrap_or(received_at);
        self.hub
            .intake
            .push(Inbound { event, room: self.key.clone(), account, name, host, said_at, received_at, said, circumstances })
            .await;
        true
    }

    /// The bot has come into the room: what it replaces is taken over, the room is greeted and told the commands.
    async fn greet(&self, event: String, read_up_to: Option<String>) -> bool {
        self.describe();
        let creators = self.room.creators().unwrap_or_default();
        if creators.iter().any(|creator| *creator == self.hub.user_id) {
            // A room for private answers, which the bot made itself.
            return false;
        }
        if let Some(old) = self.room.predecessor_room()
            && self
                .hub
                .client
                .get_room(&old.room_id)
                .and_then(|room| room.successor_room())
                .is_some_and(|new| new.room_id == self.room.room_id())
        {
            let call = Call { command: "room follow".to_owned(), options: [("from".to_owned(), old.room_id.to_string())].into() };
            self.happened(format!("followed {}", self.key.id), call, None).await;
        }
        self.happened(event, Call { command: "room greet".to_owned(), options: [].into() }, read_up_to).await;
        true
    }

    async fn happened(&self, event: String, call: Call, read_up_to: Option<String>) {
        let now = self.hub.clock.now();
        // A direct room is greeted in the network of whoever else is there.
        let other = self.room.direct_targets().into_iter().next().map_or_else(|| "system".to_owned(), |user| user.to_string());
        let circumstances = Circumstances { direct: self.is_direct(), read_up_to, ..Circumstances::default() };
        let inbound = Inbound {
            event,
            room: self.key.clone(),
            account: Account { platform: PLATFORM.to_owned(), id: other },
            name: String::new(),
            host: false,
            said_at: now,
            received_at: now,
            said: Said::Happened(call),
            circumstances,
        };
        self.hub.intake.push(inbound).await;
    }

    fn describe(&self) {
        if self.hub.describes {
            tokio::spawn(describe::publish(self.hub.clone(), self.room.clone()));
        }
    }

    /// What the bot's message asked, if it asked something.
    async fn asked(&self, message: &str) -> Option<Asked> {
        let event = self.room.event(&EventId::parse(message).ok()?, None).await.ok()?;
        let event: Value = serde_json::from_str(event.raw().json().get()).ok()?;
        if event.get("sender")?.as_str()? != self.hub.user_id.as_str() {
            return None;
        }
        serde_json::from_value(event.get("content")?.get(super::send::ASKS)?.clone()).ok()
    }

    /// Tries what could not be decrypted again; asks those to say it again whose key does not come.
    async fn retry(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let mut told: Vec<String> = Vec::new();
        for pending in std::mem::take(&mut self.pending) {
            let Ok(id) = EventId::parse(&pending.event) else { continue };
            // Asked for anew: it may have been redacted meanwhile.
            let item = self.room.event(&id, None).await.ok().and_then(|event| self.item(event));
            match item.map(|item| item.kind) {
                Some(ItemKind::Heard(heard, seal)) => drop(self.obey(*heard, seal, None).await),
                Some(ItemKind::Passed) => {}
                _ if pending.since.elapsed() >= self.hub.patience => {
                    let tell = !told.contains(&pending.sender);
                    told.push(pending.sender.clone());
                    let what = What::Said(Said::Refused(Refusal::Unreadable, tell));
                    let heard = Heard { event: pending.event, sender: pending.sender, said_at: None, thread: None, what };
                    self.obey(heard, Seal::Usual, None).await;
                }
                _ => self.pending.push(pending),
            }
        }
    }

    /// Notes how far the room was read, where no command did.
    async fn note(&mut self) {
        if self.pending.is_empty() && self.handed.is_some() && self.handed != self.noted {
            self.noted.clone_from(&self.handed);
            let now = self.hub.clock.now();
            let circumstances = Circumstances { read_up_to: self.handed.clone(), ..Circumstances::default() };
            let inbound = Inbound {
                event: format!("read {} {}", self.key.id, self.handed.as_deref().unwrap_or_default()),
                room: self.key.clone(),
                account: Account { platform: PLATFORM.to_owned(), id: String::new() },
                name: String::new(),
                host: false,
                said_at: now,
                received_at: now,
                said: Said::Passed,
                circumstances,
            };
            self.hub.intake.push(inbound).await;
        }
    }

    /// An event as what it is to us. Nothing, if it has no id.
    fn item(&self, event: TimelineEvent) -> Option<Item> {
        let json: Value = serde_json::from_str(event.raw().json().get()).ok()?;
        let id = json.get("event_id")?.as_str()?.to_owned();
        let is_encrypted = self.room.encryption_state().is_encrypted();
        let seal = match &event.kind {
            TimelineEventKind::Decrypted(decrypted) => match decrypted.encryption_info.verification_state {
                VerificationState::Unverified(VerificationLevel::MismatchedSender) => Seal::Broken,
                _ => Seal::Sealed,
            },
            _ if is_encrypted => Seal::Broken,
            _ => Seal::Open,
        };
        let is_redacted = json.pointer("/unsigned/redacted_because").is_some();
        let is_undecrypted = event.kind.is_utd() && json.get("type").and_then(Value::as_str) == Some("m.room.encrypted");
        if is_undecrypted && !is_redacted && json.pointer("/content/ciphertext").is_some() {
            let sender = json.get("sender").and_then(Value::as_str).unwrap_or_default().to_owned();
            let kind = if sender == self.hub.user_id.as_str() { ItemKind::Passed } else { ItemKind::Undecrypted { sender } };
            return Some(Item { id, said_at: None, kind });
        }
        Some(match self.hub.listener().hear(&json) {
            Some(heard) => Item { id, said_at: heard.said_at, kind: ItemKind::Heard(Box::new(heard), seal) },
            None => Item { id, said_at: None, kind: ItemKind::Passed },
        })
    }

    /// What somebody is called here, and whether they administer the room.
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
        // A name of which no handle can be made says less than the user id.
        let shown = member.as_ref().and_then(|member| member.display_name()).filter(|name| account_name(name).is_some());
        (shown.unwrap_or(localpart).to_owned(), host)
    }

    fn is_direct(&self) -> bool {
        !self.room.direct_targets().is_empty() && self.room.active_members_count() <= 2
    }

    fn is_out(&self) -> bool {
        self.room.state() != matrix_sdk::RoomState::Joined
    }
}
