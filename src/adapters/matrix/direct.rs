//! Rooms of one person and the bot, for private answers.

use matrix_sdk::Room;
use matrix_sdk::ruma::api::client::room::create_room;
use matrix_sdk::ruma::events::InitialStateEvent;
use matrix_sdk::ruma::events::room::encryption::RoomEncryptionEventContent;
use matrix_sdk::ruma::events::room::member::MembershipState;
use matrix_sdk::ruma::{OwnedUserId, UserId};

use crate::adapters::matrix::failure::{delivery_error, is_final};
use crate::adapters::matrix::hub::MatrixHub;
use crate::outbox::DeliveryError;

impl MatrixHub {
    /// The direct room of a person and the bot, encrypted if the asking room is: the known one, or a new one.
    ///
    /// # Errors
    /// Fails if the homeserver does not make one, or can't be reached.
    pub async fn direct_room(&self, reader: &UserId, asking: &Room) -> Result<Room, DeliveryError> {
        // One at a time: two answers at once must not make two rooms.
        let mut made = self.direct_rooms.lock().await;
        let sealed = asking.encryption_state().is_encrypted();
        if let Some((id, is_sealed)) = made.get(reader)
            && let Some(room) = self.client.get_room(id).filter(|room| !room.is_synced() && (*is_sealed || !sealed))
        {
            return Ok(room);
        }
        if let Some(room) = self.known_direct_room(reader, sealed).await? {
            return Ok(room);
        }
        let room = self.new_direct_room(reader, sealed).await?;
        made.insert(reader.to_owned(), (room.room_id().to_owned(), sealed));
        Ok(room)
    }

    /// A direct room that the reader is in, or else one that the bot made and the reader left. A room that must be
    /// encrypted and can't be is skipped.
    async fn known_direct_room(&self, reader: &UserId, sealed: bool) -> Result<Option<Room>, DeliveryError> {
        let mut left = Vec::new();
        for room in self.client.joined_rooms() {
            if !self.is_direct(&room, reader.as_str()).await {
                continue;
            }
            let Ok(Some(member)) = room.get_member_no_sync(reader).await else { continue };
            match member.membership() {
                MembershipState::Join | MembershipState::Invite if sealed_enough(&room, sealed).await? => {
                    return Ok(Some(room));
                }
                MembershipState::Leave if self.made(&room) => left.push(room),
                _ => {}
            }
        }
        for room in left {
            if granted(room.invite_user_by_id(reader).await)? && sealed_enough(&room, sealed).await? {
                return Ok(Some(room));
            }
        }
        Ok(None)
    }

    async fn new_direct_room(&self, reader: &UserId, sealed: bool) -> Result<Room, DeliveryError> {
        let mut request = create_room::v3::Request::new();
        request.is_direct = true;
        request.invite = vec![OwnedUserId::from(reader)];
        request.preset = Some(create_room::v3::RoomPreset::TrustedPrivateChat);
        if sealed {
            let encryption = RoomEncryptionEventContent::with_recommended_defaults();
            request.initial_state = vec![InitialStateEvent::with_empty_state_key(encryption).to_raw_any()];
        }
        self.client.create_room(request).await.map_err(delivery_error)
    }
}

/// Encrypts a room if it must be encrypted. Returns whether the room fits now.
async fn sealed_enough(room: &Room, sealed: bool) -> Result<bool, DeliveryError> {
    if !sealed || room.encryption_state().is_encrypted() {
        return Ok(true);
    }
    granted(room.enable_encryption().await)
}

/// Whether the homeserver did what it was asked. A final refusal is false; one that may pass is an error.
fn granted(answer: matrix_sdk::Result<()>) -> Result<bool, DeliveryError> {
    match answer {
        Ok(()) => Ok(true),
        Err(error) if is_final(&error) => Ok(false),
        Err(error) => Err(delivery_error(error)),
    }
}
