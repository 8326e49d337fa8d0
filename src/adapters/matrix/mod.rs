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
use matrix_sdk::ruma::events::room::history_visibility::HistoryVisibility;
use matrix_sdk::ruma::room::JoinRule;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, uint};
use matrix_sdk::sync::{SyncResponse, Timeline};
use matrix_sdk::{Client, Room, RoomMemberships, RoomState};
use tokio::sync::{Mutex, Semaphore, broadcast, mpsc, watch};
use tokio::task::JoinSet;

pub use read::Listener;
pub use session::{Session, SessionError};

use crate::clock::Clock;
use crate::commands::Registry;
use crate::commands::parse::Call;
use crate::config;
use crate::core::entry::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::intake::{Circumstances, Inbound, Intake, Said};
use crate::outbox::Deliver;
use describe::Descriptions;
use room::{Item, Reader};

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: &str = "matrix";

/// How long the homeserver may keep a sync open when nothing happens.
const POLL: Duration = Duration::from_secs(30);

/// The first and the longest wait after a sync that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Syncs of one room that may wait for it to be read. What is more is left out, and read from its history.
const WAITING: usize = 16;

/// Rooms whose history is read at once.
const READING: usize = 8;

/// How long the first reading goes on without a page from any room before it is over for those that were read.
const STALLED: Duration = Duration::from_secs(20);

/// How long readers may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long an event may wait for its key before its sender is asked to say it again.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How an invitation or an upgraded room is tried again.
const JOIN_AFTER_SECONDS: [u64; 7] = [0, 2, 15, 120, 600, 3600, 14_400];

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
    /// How many rooms may ask for a page of history at once.
    reading: Semaphore,
    /// How many pages of history were read.
    pages: watch::Sender<usize>,
    /// Whether a sync has told which rooms there are.
    synced: watch::Sender<bool>,
    /// What rooms were told of the commands by this run; held while one is told.
    described: Mutex<HashMap<OwnedRoomId, Descriptions>>,
    /// The direct rooms that this run made, which a sync may not have told of yet; held while one is looked for.
    direct_rooms: Mutex<HashMap<OwnedUserId, OwnedRoomId>>,
}

impl Hub {
    fn listener(&self) -> std::sync::RwLockReadGuard<'_, Listener> {
        self.listener.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to the account's display name as well.
    async fn learn_name(&self) {
        match self.client.account().get_display_name().await {
            Ok(Some(name)) if !name.trim().is_empty() => {
                self.listener.write().unwrap_or_else(PoisonError::into_inner).names.insert(0, name);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the account's display name is not known; its user id and the configured name work"),
        }
    }

    /// Whether the bot made the room itself: all of these are for private answers.
    fn made(&self, room: &Room) -> bool {
        room.creators().unwrap_or_default().contains(&self.user_id)
    }

    /// Whether a room is of this person and the bot alone and will stay so: one of them made it for the two, and others come in
    /// only if they are invited.
    async fn is_direct(&self, room: &Room, person: &str) -> bool {
        let is_theirs = room.creators().unwrap_or_default().iter().all(|creator| *creator == self.user_id || creator.as_str() == person);
        let is_closed =
            matches!(room.join_rule(), Some(JoinRule::Invite)) && room.history_visibility_or_default() != HistoryVisibility::WorldReadable;
        let is_meant = self.made(room) || room.direct_targets().iter().any(|target| target.as_str() == person);
        if !(is_theirs && is_closed && is_meant) {
            return false;
        }
        // Counts in the room's summary are not always sent; its members are.
        let members = room.members_no_sync(RoomMemberships::ACTIVE).await.unwrap_or_default();
        !members.is_empty() && members.iter().all(|member| *member.user_id() == self.user_id || member.user_id().as_str() == person)
    }

    /// Hands over something that happened in a room, or, without a call, only how far it was read.
    async fn happened(&self, room: &Room, event: String, call: Option<Call>, read_up_to: Option<String>) {
        // A direct room is greeted in the network of whoever else is there.
        let other = room.direct_targets().into_iter().next().map_or_else(|| "system".to_owned(), |user| user.to_string());
        let direct = self.is_direct(room, &other).await;
        let account = Account { platform: PLATFORM.to_owned(), id: other };
        let circumstances = Circumstances { direct, read_up_to, ..Circumstances::default() };
        self.tell(room, account, event, call.map_or(Said::Passed, Said::Happened), circumstances).await;
    }

    /// Hands over what nobody said.
    async fn tell(&self, room: &Room, account: Account, event: String, said: Said, circumstances: Circumstances) {
        let now = self.clock.now();
        let room = RoomKey { platform: PLATFORM.to_owned(), id: room.room_id().to_string() };
        let inbound =
            Inbound { event, room, account, name: String::new(), host: false, said_at: now, received_at: now, said, circumstances };
        self.intake.push(inbound).await;
    }

    /// Ties a room to what the one was tied to that it replaces, if each names the other.
    async fn take_over(&self, old: &Room, new: &Room) {
        let names_new = old.successor_room().is_some_and(|successor| successor.room_id == new.room_id());
        let names_old = new.predecessor_room().is_some_and(|predecessor| predecessor.room_id == old.room_id());
        if names_new && names_old {
            let call = Call { command: "room follow".to_owned(), options: [("from".to_owned(), old.room_id().to_string())].into() };
            self.happened(new, format!("followed {} {}", old.room_id(), new.room_id()), Some(call), None).await;
        }
    }

    /// Goes to the room that replaces another, unless the bot has left that one.
    fn follow(self: &Arc<Self>, old: &Room, new: &str) {
        let Ok(new) = RoomId::parse(new) else { return };
        let (hub, old, known) = (self.clone(), old.clone(), self.client.get_room(&new));
        match known {
            Some(room) if room.state() == RoomState::Joined => drop(tokio::spawn(async move { hub.take_over(&old, &room).await })),
            Some(room) if room.state() != RoomState::Invited => {}
            _ => drop(tokio::spawn(async move {
                let via = old.route().await.unwrap_or_default();
                let join = || async { hub.client.join_room_by_id_or_alias((*new).into(), &via).await.map(drop) };
                patiently(&new, join).await;
            })),
        }
    }
}

/// Joins a room, trying for a while: invitations and replacements take a moment to get around, and homeservers come back.
async fn patiently<F: Future<Output = matrix_sdk::Result<()>>>(room: &RoomId, join: impl Fn() -> F) {
    for seconds in JOIN_AFTER_SECONDS {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        match join().await {
            Ok(()) | Err(matrix_sdk::Error::WrongRoomState(_)) => return,
            Err(error) => tracing::warn!(%room, %error, "not joined"),
        }
    }
}

/// Whether a homeserver has answered, and will not answer otherwise: not a limit, an error of its own, or a proxy's page.
fn is_final(error: &matrix_sdk::Error) -> bool {
    let Some(answer) = error.as_client_api_error() else { return matches!(error, matrix_sdk::Error::WrongRoomState(_)) };
    let status = answer.status_code.as_u16();
    let passes = match answer.error_kind() {
        None => true,
        Some(kind) => matches!(
            kind,
            ErrorKind::LimitExceeded(_)
                | ErrorKind::ResourceLimitExceeded(_)
                | ErrorKind::UnknownToken(_)
                | ErrorKind::UserLocked
                | ErrorKind::UserSuspended
        ),
    };
    !passes && (400..500).contains(&status) && ![401, 408, 429].contains(&status)
}

/// Why Matrix came to an end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// The homeserver does not accept the session any more.
    #[error(
        "the homeserver does not know this session any more ({0}). The next start logs in anew, as another device. What was said in plain rooms meanwhile is read then; in encrypted rooms people will be asked to say it again"
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
            reading: Semaphore::new(READING),
            pages: watch::Sender::new(0),
            synced: watch::Sender::new(false),
            described: Mutex::default(),
            direct_rooms: Mutex::default(),
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
        let mut rooms = Rooms::new(self.hub.clone(), cursors);
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
    /// The newest part of rooms that could not take it yet, as one that leaves out what was before.
    late: HashMap<OwnedRoomId, Timeline>,
    reading: JoinSet<()>,
}

impl Rooms {
    fn new(hub: Arc<Hub>, cursors: HashMap<String, String>) -> Self {
        Self { hub, cursors, keys: broadcast::channel(16).0, news: HashMap::new(), late: HashMap::new(), reading: JoinSet::new() }
    }

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
                        self.hub.synced.send_replace(true);
                        self.hub.learn_name().await;
                        self.begin(caught_up);
                        is_first = false;
                    } else {
                        self.take(response);
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
        let (caught_up, mut pages) = (caught_up.clone(), self.hub.pages.subscribe());
        self.reading.spawn(async move {
            let mut filled = Vec::new();
            loop {
                tokio::select! {
                    next = filling.join_next() => match next {
                        Some(next) => filled.extend(next),
                        None => break,
                    },
                    Ok(()) = pages.changed() => {}
                    () = tokio::time::sleep(STALLED) => break,
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

    /// Gives a reader its room's part of a sync. One that is too far behind reads it from the history when it can.
    fn tell(&mut self, room: OwnedRoomId, mut timeline: Timeline) {
        let Some(news) = self.news.get(&room) else { return };
        timeline.limited |= self.late.remove(&room).is_some();
        if let Err(mpsc::error::TrySendError::Full(timeline)) = news.try_send(timeline) {
            self.late.insert(room, Timeline { limited: true, ..timeline });
        }
    }

    /// Hands each room's part of a sync to its reader.
    fn take(&mut self, response: SyncResponse) {
        for (id, update) in response.rooms.left {
            // What was said before it had to go counts.
            self.tell(id.clone(), update.timeline);
            self.news.remove(&id);
            self.late.remove(&id);
        }
        for (id, timeline) in std::mem::take(&mut self.late) {
            self.tell(id, timeline);
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
                self.tell(id, update.timeline);
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
        if self.hub.describes {
            tokio::spawn(describe::publish(self.hub.clone(), room.clone()));
        }
        let cursor = self.cursors.remove(room.room_id().as_str());
        Reader::new(self.hub.clone(), room, cursor)
    }

    /// Accepts an invitation, unless it is of somebody who is not listened to.
    fn invited(&self, room: Room) {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            let inviter = room.invite_details().await.map(|invite| invite.inviter_id);
            if !inviter.is_ok_and(|inviter| hub.listener().ignores(inviter.as_str())) {
                patiently(room.room_id(), || room.join()).await;
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
