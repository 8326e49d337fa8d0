//! The shared state of the adapter's parts.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use matrix_sdk::ruma::events::room::history_visibility::HistoryVisibility;
use matrix_sdk::ruma::room::JoinRule;
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId};
use matrix_sdk::{Client, Room, RoomMemberships, RoomState};
use tokio::sync::{Mutex, Semaphore, watch};

use crate::adapters::matrix::describe::Descriptions;
use crate::adapters::matrix::join::patiently;
use crate::adapters::matrix::read::Listener;
use crate::clock::Clock;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::incoming::{Content, Inbound, MessageContext, SystemEvent};
use crate::intake::Intake;
use crate::platform::Platform;

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: Platform = Platform::Matrix;

/// The shared state of the adapter's parts.
pub struct MatrixHub {
    /// The client.
    pub client: Client,
    /// The bot's user id.
    pub user_id: OwnedUserId,
    /// Decides what events mean.
    pub listener: RwLock<Listener>,
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The intake, which takes messages.
    pub intake: Arc<Intake>,
    /// The time.
    pub clock: Clock,
    /// How long an event may wait for its key.
    pub patience: Duration,
    /// Whether commands are described to rooms.
    pub describes: bool,
    /// How many rooms the bot may be in.
    pub most_rooms: usize,
    /// How many rooms may ask for a page of history at once.
    pub reading: Semaphore,
    /// How many files may be fetched at once.
    pub files: Semaphore,
    /// How many pages of history were read, and whether one could not be.
    pub pages: watch::Sender<(usize, bool)>,
    /// Whether a sync has reported the bot's rooms.
    pub synced: watch::Sender<bool>,
    /// The commands as this run described them to rooms; locked while a room is told.
    pub described: Mutex<HashMap<OwnedRoomId, Descriptions>>,
    /// The direct rooms that this run made, by person, and whether they are encrypted: a sync may not have reported
    /// them yet. Locked while a room is looked for.
    pub direct_rooms: Mutex<HashMap<OwnedUserId, (OwnedRoomId, bool)>>,
}

impl MatrixHub {
    /// Decides what events mean.
    pub fn listener(&self) -> RwLockReadGuard<'_, Listener> {
        self.listener.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns the account's display name, as one more name of the bot.
    pub async fn learn_name(&self) {
        match self.client.account().get_display_name().await {
            Ok(Some(name)) if !name.trim().is_empty() => {
                self.listener.write().unwrap_or_else(PoisonError::into_inner).names.insert(0, name);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the account's display name is not known; its user id and the configured name work")
            }
        }
    }

    /// Whether the bot made the room itself. All such rooms are for private answers.
    pub fn made(&self, room: &Room) -> bool {
        room.creators().unwrap_or_default().contains(&self.user_id)
    }

    /// Whether a room belongs to this person and the bot alone, and will stay so: one of the two made it for both, and
    /// others need an invitation.
    pub async fn is_direct(&self, room: &Room, person: &str) -> bool {
        let is_theirs = room
            .creators()
            .unwrap_or_default()
            .iter()
            .all(|creator| *creator == self.user_id || creator.as_str() == person);
        let is_closed = matches!(room.join_rule(), Some(JoinRule::Invite))
            && room.history_visibility_or_default() != HistoryVisibility::WorldReadable;
        let is_meant = self.made(room) || room.direct_targets().iter().any(|target| target.as_str() == person);
        if !(is_theirs && is_closed && is_meant) {
            return false;
        }
        // A homeserver does not always send a room's counts, but always its members.
        let members = room.members_no_sync(RoomMemberships::ACTIVE).await.unwrap_or_default();
        !members.is_empty()
            && members.iter().all(|member| *member.user_id() == self.user_id || member.user_id().as_str() == person)
    }

    /// Whether an invitation is accepted: its author may invite, and the bot may be in one more room.
    pub fn accepts(&self, inviter: &str) -> bool {
        let has_room = self.client.joined_rooms().len() < self.most_rooms;
        let homeserver = inviter.split_once(':').map_or("", |(_, homeserver)| homeserver);
        has_room
            && self.listener().accepts(inviter)
            && self.intake.limits().admit_invitation(homeserver, self.clock.now())
    }

    /// Hands over something that happened in a room, or, if nothing did, only how far it was read.
    pub async fn happened(
        &self,
        room: &Room,
        event: String,
        happened: Option<SystemEvent>,
        read_up_to: Option<String>,
    ) {
        self.happened_at(room, event, happened, read_up_to, self.clock.now()).await;
    }

    /// The same, for something that happened at a known time.
    pub async fn happened_at(
        &self,
        room: &Room,
        event: String,
        happened: Option<SystemEvent>,
        read_up_to: Option<String>,
        at: Timestamp,
    ) {
        // A direct room is greeted in the network of the other person there.
        let other =
            room.direct_targets().into_iter().next().map_or_else(|| "system".to_owned(), |user| user.to_string());
        let direct = self.is_direct(room, &other).await;
        let account = Account { platform: PLATFORM, id: other };
        let context = MessageContext { direct, read_up_to, ..MessageContext::default() };
        let content = happened.map_or(Content::Passed, Content::System);
        let inbound = self.unsaid(room, account, event, content, context);
        self.intake.push(Inbound { said_at: at, ..inbound }).await;
    }

    /// A message that nobody said, or that needs no reading.
    pub fn unsaid(
        &self,
        room: &Room,
        account: Account,
        event: String,
        content: Content,
        context: MessageContext,
    ) -> Inbound {
        let now = self.clock.now();
        let room = RoomKey { platform: PLATFORM, id: room.room_id().to_string() };
        Inbound {
            event,
            room,
            account,
            name: String::new(),
            host: false,
            said_at: now,
            received_at: now,
            content,
            context,
        }
    }

    /// Lets a room take over from the one that it replaces, if each names the other.
    pub async fn take_over(&self, old: &Room, new: &Room) {
        let names_new = old.successor_room().is_some_and(|successor| successor.room_id == new.room_id());
        let names_old = new.predecessor_room().is_some_and(|predecessor| predecessor.room_id == old.room_id());
        if names_new && names_old {
            let replaced = SystemEvent::RoomReplaced { from: old.room_id().to_string() };
            self.happened(new, format!("followed {} {}", old.room_id(), new.room_id()), Some(replaced), None).await;
        }
    }

    /// Joins the room that replaces another, unless the bot has left the new one.
    pub fn follow(self: &Arc<Self>, old: &Room, new: &str) {
        let Ok(new) = RoomId::parse(new) else { return };
        let (hub, old, known) = (self.clone(), old.clone(), self.client.get_room(&new));
        let has_room = self.client.joined_rooms().len() < self.most_rooms;
        match known {
            Some(room) if room.state() == RoomState::Joined => {
                drop(tokio::spawn(async move { hub.take_over(&old, &room).await }))
            }
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
