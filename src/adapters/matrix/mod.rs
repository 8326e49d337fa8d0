//! Matrix: rooms of people and the bot, plain and encrypted.
//!
//! [`session`] logs in once and is the same device ever after. [`sync`] hands each room's part of a sync to that room's
//! [`room::Reader`], which turns timelines into messages in order and without gaps; [`read`] says what an event is to us.
//! [`send`] delivers replies. [`describe`] tells rooms the commands. What they share is here.

pub(crate) mod describe;
pub(crate) mod media;
pub(crate) mod read;
pub(crate) mod room;
pub(crate) mod send;
pub(crate) mod session;
pub(crate) mod sync;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::events::room::history_visibility::HistoryVisibility;
use matrix_sdk::ruma::room::JoinRule;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId};
use matrix_sdk::{Client, Room, RoomMemberships, RoomState};
use tokio::sync::{Mutex, Semaphore, watch};

use crate::adapters::matrix::describe::Descriptions;
use crate::adapters::matrix::read::Listener;
use crate::adapters::matrix::session::Session;
use crate::adapters::matrix::sync::Rooms;
use crate::clock::Clock;
use crate::config;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::incoming::{Circumstances, Inbound, Said, SystemEvent};
use crate::intake::Intake;
use crate::outbox::Deliver;

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: &str = "matrix";

/// Rooms whose history is read at once.
const READING: usize = 8;

/// How long an event may wait for its key before its sender is asked to say it again.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How an invitation or an upgraded room is tried again.
const JOIN_AFTER_SECONDS: [u64; 7] = [0, 2, 15, 120, 600, 3600, 14_400];

/// What the parts of the adapter share.
struct Hub {
    client: Client,
    user_id: OwnedUserId,
    listener: RwLock<Listener>,
    catalog: Arc<Catalog>,
    intake: Arc<Intake>,
    clock: Clock,
    patience: Duration,
    describes: bool,
    most_rooms: usize,
    /// How many rooms may ask for a page of history at once.
    reading: Semaphore,
    /// How many files may be fetched at once.
    files: Semaphore,
    /// How many pages of history were read, and whether one could not be.
    pages: watch::Sender<(usize, bool)>,
    /// Whether a sync has told which rooms there are.
    synced: watch::Sender<bool>,
    /// What rooms were told of the commands by this run; held while one is told.
    described: Mutex<HashMap<OwnedRoomId, Descriptions>>,
    /// The direct rooms that this run made, which a sync may not have told of yet, and whether they are encrypted; held while one
    /// is looked for.
    direct_rooms: Mutex<HashMap<OwnedUserId, (OwnedRoomId, bool)>>,
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

    /// Whether an invitation is accepted: its author may invite, and there is room for another room.
    fn accepts(&self, inviter: &str) -> bool {
        let has_room = self.client.joined_rooms().len() < self.most_rooms;
        let homeserver = inviter.split_once(':').map_or("", |(_, homeserver)| homeserver);
        has_room && self.listener().accepts(inviter) && self.intake.limits().admit_invitation(homeserver, self.clock.now())
    }

    /// Hands over something that happened in a room, or, if nothing did, only how far it was read.
    async fn happened(&self, room: &Room, event: String, happened: Option<SystemEvent>, read_up_to: Option<String>) {
        self.happened_at(room, event, happened, read_up_to, self.clock.now()).await;
    }

    /// The same, of something that has the time at which it happened.
    async fn happened_at(
        &self,
        room: &Room,
        event: String,
        happened: Option<SystemEvent>,
        read_up_to: Option<String>,
        at: Timestamp,
    ) {
        // A direct room is greeted in the network of whoever else is there.
        let other = room.direct_targets().into_iter().next().map_or_else(|| "system".to_owned(), |user| user.to_string());
        let direct = self.is_direct(room, &other).await;
        let account = Account { platform: PLATFORM.to_owned(), id: other };
        let circumstances = Circumstances { direct, read_up_to, ..Circumstances::default() };
        let said = happened.map_or(Said::Passed, Said::System);
        let inbound = self.unsaid(room, account, event, said, circumstances);
        self.intake.push(Inbound { said_at: at, ..inbound }).await;
    }

    /// What nobody said, or need not be looked at.
    fn unsaid(&self, room: &Room, account: Account, event: String, said: Said, circumstances: Circumstances) -> Inbound {
        let now = self.clock.now();
        let room = RoomKey { platform: PLATFORM.to_owned(), id: room.room_id().to_string() };
        Inbound { event, room, account, name: String::new(), host: false, said_at: now, received_at: now, said, circumstances }
    }

    /// Ties a room to what the one was tied to that it replaces, if each names the other.
    async fn take_over(&self, old: &Room, new: &Room) {
        let names_new = old.successor_room().is_some_and(|successor| successor.room_id == new.room_id());
        let names_old = new.predecessor_room().is_some_and(|predecessor| predecessor.room_id == old.room_id());
        if names_new && names_old {
            let replaced = SystemEvent::RoomReplaced { from: old.room_id().to_string() };
            self.happened(new, format!("followed {} {}", old.room_id(), new.room_id()), Some(replaced), None).await;
        }
    }

    /// Goes to the room that replaces another, unless the bot has left that one.
    fn follow(self: &Arc<Self>, old: &Room, new: &str) {
        let Ok(new) = RoomId::parse(new) else { return };
        let (hub, old, known) = (self.clone(), old.clone(), self.client.get_room(&new));
        let has_room = self.client.joined_rooms().len() < self.most_rooms;
        match known {
            Some(room) if room.state() == RoomState::Joined => drop(tokio::spawn(async move { hub.take_over(&old, &room).await })),
            Some(room) if room.state() != RoomState::Invited => {}
            _ if !has_room => tracing::warn!(room = %new, "not joined: the bot is in as many rooms as it may be"),
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
    // A file that the homeserver would not take is not even sent there.
    let is_ours = matches!(error, matrix_sdk::Error::WrongRoomState(_) | matrix_sdk::Error::Media(_));
    let Some(answer) = error.as_client_api_error() else { return is_ours };
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
    pub catalog: Arc<Catalog>,
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
            catalog: ground.catalog.clone(),
            user_id: session.user_id.to_string(),
            names: vec![session.user_id.localpart().to_owned(), ground.bot],
            prefix: ground.prefix,
            ignore: settings.ignore.clone(),
            inviters: settings.inviters.clone(),
            founders: settings.founders.clone(),
            relays: settings.relays.clone(),
        };
        let hub = Hub {
            client: session.client.clone(),
            user_id: session.user_id.clone(),
            listener: RwLock::new(listener),
            catalog: ground.catalog,
            intake: ground.intake,
            clock: ground.clock,
            patience: ground.patience,
            describes: settings.command_descriptions,
            most_rooms: settings.most_rooms,
            reading: Semaphore::new(READING),
            files: Semaphore::new(media::AT_ONCE),
            pages: watch::Sender::new((0, false)),
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
        let ended = tokio::select! {
            ended = rooms.sync(&caught_up) => ended,
            _ = stop.wait_for(|stop| *stop) => Ended::Stopped,
        };
        rooms.end().await;
        ended
    }
}
