//! Matrix: rooms of people and the bot, plain and encrypted.
//!
//! [`session`] logs in once and is the same device ever after. The sync loop here hands each room's part of a sync to that
//! room's [`room::Reader`], which turns timelines into messages in order and without gaps; [`read`] says what an event is to
//! us. [`send`] delivers replies. [`describe`] tells rooms the commands.
//!
//! After a start every room is first read up to now, all of them together, and what was said meanwhile is handed over in the
//! order in which it was said, across rooms: a deadline between two of these messages then falls between them. Until that is
//! done, time does not pass by itself.

mod describe;
mod read;
mod room;
mod send;
mod session;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use matrix_sdk::config::SyncSettings;
use matrix_sdk::ruma::api::client::filter::FilterDefinition;
use matrix_sdk::ruma::api::client::sync::sync_events::v3::Filter;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, uint};
use matrix_sdk::sync::{SyncResponse, Timeline};
use matrix_sdk::{Client, Room};
use tokio::sync::{Mutex, broadcast, mpsc, watch};
use tokio::task::JoinSet;

pub use read::Listener;
pub use session::{Session, SessionError};

use crate::clock::Clock;
use crate::commands::Registry;
use crate::config;
use crate::core::entry::Timestamp;
use crate::intake::Intake;
use crate::outbox::Deliver;
use room::{Item, Reader};

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: &str = "matrix";

/// How long the homeserver may keep a sync open when nothing happens.
const POLL: Duration = Duration::from_secs(30);

/// The first and the longest wait after a sync that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Syncs of one room that may wait for it to be read; then the next sync waits.
const WAITING: usize = 16;

/// How long the first reading waits for its slowest room.
const CATCH_UP: Duration = Duration::from_secs(120);

/// How long readers may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long an event may wait for its key before its sender is asked to say it again.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How an invitation or an upgraded room is tried again.
const JOIN_AFTER: [Duration; 4] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(120)];

/// What the parts of the adapter share.
struct Hub {
    client: Client,
    user_id: OwnedUserId,
    listener: RwLock<Listener>,
    registry: Arc<Registry>,
    intake: Arc<Intake>,
    clock: Clock,
    patience: Duration,
    describes: bool,
    /// Held while commands are told to a room, and while direct rooms are looked for or made.
    describing: Mutex<()>,
    making_rooms: Mutex<()>,
}

impl Hub {
    fn listener(&self) -> std::sync::RwLockReadGuard<'_, Listener> {
        self.listener.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts an invitation.
    fn accept(&self, room: Room) {
        tokio::spawn(async move {
            let join = || room.join();
            patiently(room.room_id(), join).await;
        });
    }

    /// Goes to the room that replaces another.
    fn follow(&self, old: &Room, new: &str) {
        let Ok(new) = RoomId::parse(new) else { return };
        if self.client.get_room(&new).is_some_and(|room| room.state() == matrix_sdk::RoomState::Joined) {
            return;
        }
        let (client, old) = (self.client.clone(), old.clone());
        tokio::spawn(async move {
            let via = old.route().await.unwrap_or_default();
            let join = || async { client.join_room_by_id_or_alias((*new).into(), &via).await.map(drop) };
            patiently(&new, join).await;
        });
    }
}

/// Joins a room, trying a few times: invitations and replacements take a moment to get around.
async fn patiently<F: Future<Output = matrix_sdk::Result<()>>>(room: &RoomId, join: impl Fn() -> F) {
    for wait in JOIN_AFTER {
        tokio::time::sleep(wait).await;
        match join().await {
            Ok(()) | Err(matrix_sdk::Error::WrongRoomState(_)) => return,
            Err(error) => tracing::warn!(%room, %error, "not joined"),
        }
    }
}

/// Why Matrix came to an end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// The homeserver does not accept the session any more.
    #[error(
        "the homeserver does not know this session any more ({0}). What was said is safe and will be read after the next login: move the state folder away (it keeps the old keys), then start again"
    )]
    LoggedOut(String),
}

/// What the adapter stands on.
pub struct Ground {
    /// The commands.
    pub registry: Arc<Registry>,
    /// Where messages go.
    pub intake: Arc<Intake>,
    /// What time it is.
    pub clock: Clock,
    /// What commands begin with.
    pub prefix: String,
    /// What the bot is called, besides its account's names.
    pub bot: String,
    /// How long an event may wait for its key: [`PATIENCE`].
    pub patience: Duration,
}

/// Matrix, as one account.
pub struct Matrix {
    hub: Arc<Hub>,
}

impl Matrix {
    /// An adapter for a session.
    pub fn new(session: &Session, settings: &config::Matrix, ground: Ground) -> Self {
        let listener = Listener {
            user_id: session.user_id.to_string(),
            names: vec![session.user_id.localpart().to_owned(), ground.bot],
            prefix: ground.prefix,
            ignore: settings.ignore.clone(),
            relays: settings.relays.clone(),
        };
        let hub = Hub {
            client: session.client.clone(),
            user_id: session.user_id.clone(),
            listener: RwLock::new(listener),
            registry: ground.registry,
            intake: ground.intake,
            clock: ground.clock,
            patience: ground.patience,
            describes: settings.command_descriptions,
            describing: Mutex::new(()),
            making_rooms: Mutex::new(()),
        };
        Self { hub: Arc::new(hub) }
    }

    /// What delivers replies.
    pub fn deliver(&self) -> Arc<dyn Deliver> {
        Arc::new(send::Sender { hub: self.hub.clone() })
    }

    /// Listens until it is told to stop or the session ends. `cursors` says how far rooms were read before; `caught_up`
    /// becomes true once everything said until now was handed over.
    pub async fn run(&self, cursors: HashMap<String, String>, caught_up: watch::Sender<bool>, mut stop: watch::Receiver<bool>) -> Ended {
        if let Ok(Some(name)) = self.hub.client.account().get_display_name().await {
            let mut listener = self.hub.listener.write().unwrap_or_else(PoisonError::into_inner);
            listener.names.insert(0, name);
        }
        let mut rooms =
            Rooms { hub: self.hub.clone(), cursors, keys: broadcast::channel(16).0, news: HashMap::new(), reading: JoinSet::new() };
        let keys = tokio::spawn(announce_keys(self.hub.client.clone(), rooms.keys.clone()));
        let ended = tokio::select! {
            ended = rooms.sync(&caught_up) => ended,
            _ = stop.wait_for(|stop| *stop) => Ended::Stopped,
        };
        keys.abort();
        // Without news the readers note how far they are, and end; one that waits for the homeserver is not waited for.
        rooms.news.clear();
        let noted = async { while rooms.reading.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, noted).await.is_err() {
            tracing::info!("stopped while rooms were being read; they are read again at the next start");
        }
        ended
    }
}

/// Tells readers that keys have come.
async fn announce_keys(client: Client, keys: broadcast::Sender<()>) {
    use futures_util::StreamExt as _;
    let Some(received) = client.encryption().room_keys_received_stream().await else { return };
    tokio::pin!(received);
    while received.next().await.is_some() {
        // Nobody listens while nothing waits for a key.
        let _ = keys.send(());
    }
}

/// The rooms that are being read.
struct Rooms {
    hub: Arc<Hub>,
    cursors: HashMap<String, String>,
    keys: broadcast::Sender<()>,
    news: HashMap<OwnedRoomId, mpsc::Sender<Timeline>>,
    reading: JoinSet<()>,
}

impl Rooms {
    async fn sync(&mut self, caught_up: &watch::Sender<bool>) -> Ended {
        let mut settings = SyncSettings::new().filter(Filter::FilterDefinition(filter())).timeout(Duration::ZERO);
        let mut is_first = true;
        let mut wait = BACK_OFF.0;
        loop {
            match self.hub.client.sync_once(settings.clone()).await {
                Ok(response) => {
                    wait = BACK_OFF.0;
                    if is_first {
                        settings = settings.timeout(POLL);
                        self.begin(caught_up);
                        is_first = false;
                    } else {
                        self.take(response).await;
                    }
                }
                Err(error) => {
                    if let Some(ErrorKind::UnknownToken(_) | ErrorKind::UserDeactivated) = error.client_api_error_kind() {
                        return Ended::LoggedOut(error.to_string());
                    }
                    tracing::warn!(%error, "sync failed, trying again in {wait:?}");
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2).min(BACK_OFF.1);
                }
            }
        }
    }

    /// Reads every room up to now, then hands over what was said in the order in which it was said.
    fn begin(&mut self, caught_up: &watch::Sender<bool>) {
        for room in self.hub.client.invited_rooms() {
            self.invited(room);
        }
        let mut filling = JoinSet::new();
        for room in self.hub.client.joined_rooms() {
            if let Some(new) = room.successor_room() {
                self.hub.follow(&room, new.room_id.as_str());
            }
            let (sender, news) = mpsc::channel(WAITING);
            self.news.insert(room.room_id().to_owned(), sender);
            let mut reader = self.reader(room);
            let keys = self.keys.subscribe();
            filling.spawn(async move {
                let items = reader.fill(None).await;
                Filled { reader, items, news, keys }
            });
        }
        let (caught_up, deadline) = (caught_up.clone(), tokio::time::Instant::now() + CATCH_UP);
        self.reading.spawn(async move {
            let mut filled = Vec::new();
            while let Ok(Some(next)) = tokio::time::timeout_at(deadline, filling.join_next()).await {
                filled.extend(next);
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

    /// Hands each room's part of a sync to its reader.
    async fn take(&mut self, response: SyncResponse) {
        for (id, _) in response.rooms.left {
            self.news.remove(&id);
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
            if let Some(news) = self.news.get(&id)
                && !news.is_closed()
            {
                // Full only while its history can't be read: then the sync waits with it.
                let _ = news.send(update.timeline).await;
                continue;
            }
            let Some(room) = self.hub.client.get_room(&id) else { continue };
            let (sender, news) = mpsc::channel(WAITING);
            self.news.insert(id, sender);
            let mut reader = self.reader(room);
            let keys = self.keys.subscribe();
            self.reading.spawn(async move {
                for item in reader.fill(None).await {
                    reader.hand_over(item).await;
                }
                reader.live(news, keys).await;
            });
        }
    }

    fn reader(&mut self, room: Room) -> Reader {
        let cursor = self.cursors.remove(room.room_id().as_str());
        Reader::new(self.hub.clone(), room, cursor)
    }

    fn invited(&self, room: Room) {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            let inviter = room.invite_details().await.ok().and_then(|invite| invite.inviter).map(|member| member.user_id().to_string());
            let is_ignored = |user: &String| hub.listener().ignore.iter().any(|pattern| read::matches(pattern, user));
            if !inviter.as_ref().is_some_and(is_ignored) {
                hub.accept(room);
            }
        });
    }
}

/// A room that was read up to now.
struct Filled {
    reader: Reader,
    items: Vec<Item>,
    news: mpsc::Receiver<Timeline>,
    keys: broadcast::Receiver<()>,
}

/// Hands over what was said in several rooms in the order in which it was said, each room's own order kept; then each room is
/// read on.
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
        let heads = rooms.iter_mut().enumerate().filter_map(|(number, (_, items, ..))| items.peek().map(|(said, _)| (*said, number)));
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

/// What of a sync is wanted: timelines, as long as they can be, and what rooms are.
fn filter() -> FilterDefinition {
    let mut filter = FilterDefinition::default();
    filter.presence.not_types = vec!["*".to_owned()];
    filter.room.ephemeral.not_types = vec!["*".to_owned()];
    filter.room.timeline.limit = Some(uint!(100));
    filter
}
