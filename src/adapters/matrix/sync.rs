//! The sync loop, and the rooms that it serves.
//!
//! After a start every room is first read up to now, all of them together, and what was said meanwhile is handed over
//! in the order in which it was said, across rooms: a deadline between two of these messages then falls between them.
//! Until that is done, time does not pass by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use matrix_sdk::config::SyncSettings;
use matrix_sdk::ruma::api::client::filter::FilterDefinition;
use matrix_sdk::ruma::api::client::sync::sync_events::v3::Filter;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::{OwnedRoomId, uint};
use matrix_sdk::sync::{SyncResponse, Timeline};
use matrix_sdk::{Client, Room};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::adapters::matrix::hub::MatrixHub;
use crate::adapters::matrix::join::patiently;
use crate::adapters::matrix::publish;
use crate::adapters::matrix::room::Reader;
use crate::adapters::matrix::timeline::{ReceivedAs, TimelineItem};
use crate::core::time::Timestamp;
use crate::incoming::Arrival;

/// How long the homeserver may keep a sync open when nothing happens.
const POLL: Duration = Duration::from_secs(30);

/// The first and the longest wait after a sync that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Syncs of one room that may wait for it to be read. Further ones are left out, and read from its history.
const WAITING: usize = 16;

/// How long the first reading waits for a page from any room before it ends for the rooms that were read: if the
/// homeserver is only slow, and if a page could not be read.
const STALLED: (Duration, Duration) = (Duration::from_secs(240), Duration::from_secs(10));

/// How long readers may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the adapter ended.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncEnded {
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// The homeserver no longer accepts the session.
    #[error(
        "the homeserver does not know this session any more ({0}). The next start logs in anew, as another device. What was \
         said in plain rooms meanwhile is read then; in encrypted rooms people will be asked to say it again"
    )]
    LoggedOut(String),
}

/// The rooms that are being read.
pub struct Rooms {
    hub: Arc<MatrixHub>,
    cursors: HashMap<String, String>,
    keys: broadcast::Sender<()>,
    news: HashMap<OwnedRoomId, mpsc::Sender<(Timeline, ReceivedAs)>>,
    /// The newest part of rooms that could not take it yet; it leaves out what was before.
    late: HashMap<OwnedRoomId, (Timeline, ReceivedAs)>,
    reading: JoinSet<()>,
    announcing: JoinHandle<()>,
}

impl Rooms {
    /// Nothing is read yet; `cursors` says how far rooms were read before.
    pub fn new(hub: Arc<MatrixHub>, cursors: HashMap<String, String>) -> Self {
        let keys = broadcast::channel(16).0;
        let announcing = tokio::spawn(announce_keys(hub.client.clone(), keys.clone()));
        Self { hub, cursors, keys, news: HashMap::new(), late: HashMap::new(), reading: JoinSet::new(), announcing }
    }

    /// Listens until the session ends.
    pub async fn sync(&mut self, caught_up: &watch::Sender<bool>) -> SyncEnded {
        let mut settings = SyncSettings::new().filter(Filter::FilterDefinition(filter())).timeout(Duration::ZERO);
        let mut is_first = true;
        let mut wait = BACK_OFF.0;
        let mut listened = self.hub.clock.now();
        loop {
            match self.hub.client.sync_once(settings.clone()).await {
                Ok(response) => {
                    wait = BACK_OFF.0;
                    let now = self.hub.clock.now();
                    let came = ReceivedAs::by_sync(std::mem::replace(&mut listened, now), now);
                    if is_first {
                        settings = settings.timeout(POLL);
                        self.hub.synced.send_replace(true);
                        self.hub.learn_name().await;
                        self.begin(caught_up);
                        is_first = false;
                    } else {
                        self.take(response, came);
                    }
                }
                Err(error) => {
                    if let Some(ErrorKind::UnknownToken(_) | ErrorKind::UserDeactivated) = error.client_api_error_kind()
                    {
                        return SyncEnded::LoggedOut(error.to_string());
                    }
                    tracing::warn!(%error, "sync failed, trying again in {wait:?}");
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2).min(BACK_OFF.1);
                }
            }
        }
    }

    /// Lets the readers note how far they are, and end. It does not wait for one that waits for the homeserver.
    pub async fn end(mut self) {
        self.announcing.abort();
        self.news.clear();
        let noted = async { while self.reading.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, noted).await.is_err() {
            tracing::info!("stopped while rooms were being read; they are read again at the next start");
        }
    }

    /// Reads every room up to now, then hands over what was said in the order in which it was said.
    fn begin(&mut self, caught_up: &watch::Sender<bool>) {
        for room in self.hub.client.invited_rooms() {
            self.invited(room);
        }
        let mut filling = JoinSet::new();
        let arrival = Arrival::CaughtUp { since: None };
        let came = ReceivedAs { arrival, at: self.hub.clock.now(), is_behind_cursor: false };
        for room in self.hub.client.joined_rooms() {
            if let Some(new) = room.successor_room() {
                self.hub.follow(&room, new.room_id.as_str());
            }
            let (sender, news) = mpsc::channel(WAITING);
            self.news.insert(room.room_id().to_owned(), sender);
            let mut reader = self.reader(room);
            let keys = self.keys.subscribe();
            filling.spawn(async move {
                let items = reader.fill(None, came).await;
                Filled { reader, items, news, keys }
            });
        }
        let (caught_up, mut pages) = (caught_up.clone(), self.hub.pages.subscribe());
        self.reading.spawn(async move {
            let mut filled = Vec::new();
            loop {
                let stalled = if pages.borrow().1 { STALLED.1 } else { STALLED.0 };
                tokio::select! {
                    next = filling.join_next() => match next {
                        Some(next) => filled.extend(next),
                        None => break,
                    },
                    Ok(()) = pages.changed() => {}
                    () = tokio::time::sleep(stalled) => break,
                }
            }
            let mut live = JoinSet::new();
            hand_over_as_said(filled, &mut live).await;
            caught_up.send_replace(true);
            // A room that is late hands over by itself.
            while let Some(late) = filling.join_next().await {
                hand_over_as_said(late.into_iter().collect(), &mut live).await;
            }
            live.join_all().await;
        });
    }

    /// Gives a reader its room's part of a sync. A reader that is too far behind reads it from the history when it can.
    fn pass_on(&mut self, room: OwnedRoomId, mut timeline: Timeline, mut came: ReceivedAs) {
        let Some(news) = self.news.get(&room) else { return };
        if let Some((_, before)) = self.late.remove(&room) {
            timeline.limited = true;
            // Events that are read back after an outage keep that arrival.
            came.arrival = if before.arrival == Arrival::Live { came.arrival } else { before.arrival };
        }
        if let Err(mpsc::error::TrySendError::Full((timeline, came))) = news.try_send((timeline, came)) {
            self.late.insert(room, (Timeline { limited: true, ..timeline }, came));
        }
    }

    /// Hands each room's part of a sync to its reader.
    fn take(&mut self, response: SyncResponse, came: ReceivedAs) {
        for (id, update) in response.rooms.left {
            // Messages from before the bot had to leave count.
            self.pass_on(id.clone(), update.timeline, came);
            self.news.remove(&id);
            self.late.remove(&id);
        }
        for (id, (timeline, came)) in std::mem::take(&mut self.late) {
            self.pass_on(id, timeline, came);
        }
        for (id, _) in response.rooms.invited {
            if let Some(room) = self.hub.client.get_room(&id) {
                self.invited(room);
            }
        }
        for (id, update) in response.rooms.joined {
            if update.timeline.events.is_empty() && !update.timeline.limited {
                continue;
            }
            if self.news.get(&id).is_some_and(|news| !news.is_closed()) {
                self.pass_on(id, update.timeline, came);
                continue;
            }
            let Some(room) = self.hub.client.get_room(&id) else { continue };
            let (sender, news) = mpsc::channel(WAITING);
            self.news.insert(id, sender);
            let mut reader = self.reader(room);
            let keys = self.keys.subscribe();
            self.reading.spawn(async move {
                for item in reader.fill(None, came).await {
                    reader.hand_over(item).await;
                }
                reader.live(news, keys).await;
            });
        }
    }

    fn reader(&mut self, room: Room) -> Reader {
        if self.hub.describes {
            tokio::spawn(publish::publish(self.hub.clone(), room.clone()));
        }
        let cursor = self.cursors.remove(room.room_id().as_str());
        Reader::new(self.hub.clone(), room, cursor)
    }

    /// Accepts an invitation, or declines it. An invitation by an ignored user is left alone.
    fn invited(&self, room: Room) {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            // Without the event of the invitation, its author is on no list.
            let inviter = room.invite_details().await.map(|invite| invite.inviter_id.to_string()).unwrap_or_default();
            if hub.listener().ignores(&inviter) {
                return;
            }
            if hub.accepts(&inviter) {
                return patiently(room.room_id(), || room.join()).await;
            }
            tracing::warn!(room = %room.room_id(), inviter, "an invitation is declined");
            if let Err(error) = room.leave().await {
                tracing::warn!(room = %room.room_id(), %error, "an invitation could not be declined");
            }
        });
    }
}

/// A room that was read up to now.
struct Filled {
    reader: Reader,
    items: Vec<TimelineItem>,
    news: mpsc::Receiver<(Timeline, ReceivedAs)>,
    keys: broadcast::Receiver<()>,
}

/// Hands over what was said in several rooms in the order in which it was said, each room's own order kept; then each
/// room is read on.
async fn hand_over_as_said(filled: Vec<Filled>, live: &mut JoinSet<()>) {
    let mut rooms: Vec<_> = filled
        .into_iter()
        .map(|Filled { reader, items, news, keys }| {
            let mut latest = Timestamp::MIN_UTC;
            // Clocks of homeservers differ; within a room the timeline is what counts.
            let stamped = items.into_iter().map(move |item| {
                latest = item.said_at.map_or(latest, |said_at| said_at.max(latest));
                (latest, item)
            });
            (reader, stamped.peekable(), news, keys)
        })
        .collect();
    loop {
        let heads = rooms
            .iter_mut()
            .enumerate()
            .filter_map(|(number, (_, items, ..))| items.peek().map(|(said, _)| (*said, number)));
        let Some((_, number)) = heads.min() else { break };
        if let Some((reader, items, ..)) = rooms.get_mut(number)
            && let Some((_, item)) = items.next()
        {
            reader.hand_over(item).await;
        }
    }
    for (reader, _, news, keys) in rooms {
        live.spawn(reader.live(news, keys));
    }
}

/// The wanted parts of a sync: timelines, as long as they can be, and the state of rooms. Also what the bot did itself,
/// since a homeserver may report a room's state only in the timeline.
fn filter() -> FilterDefinition {
    let mut filter = FilterDefinition::default();
    filter.presence.not_types = vec!["*".to_owned()];
    filter.room.ephemeral.not_types = vec!["*".to_owned()];
    filter.room.timeline.limit = Some(uint!(100));
    filter
}

/// Tells readers that keys have come.
async fn announce_keys(client: Client, keys: broadcast::Sender<()>) {
    let Some(received) = client.encryption().room_keys_received_stream().await else { return };
    tokio::pin!(received);
    while received.next().await.is_some() {
        // Nobody listens while nothing waits for a key.
        let _ = keys.send(());
    }
}
