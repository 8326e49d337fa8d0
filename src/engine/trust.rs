//! Whether a message is trusted enough for what its command decided.

use crate::commands::decision::Decision;
use crate::core::entry::Fact;
use crate::directory::{DirectoryChange, RoomKey};
use crate::engine::batch::BatchBuilder;
use crate::engine::invocation::Invocation;
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::spec::{Command, Room};
use crate::incoming::{EncryptionTrust, Inbound};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::store::state::Network;

impl EngineState {
    /// Notes that a person of the network has sent an encrypted message.
    pub fn remember_encryption(&mut self, inbound: &Inbound, network_id: Option<&str>, builder: &mut BatchBuilder) {
        let account = &inbound.account;
        let Some((id, network)) = network_id.and_then(|id| Some((id, self.networks.get(id)?))) else { return };
        let is_new = network.directory.person(account).is_some() && !network.directory.is_sealed(account);
        if inbound.context.encryption == EncryptionTrust::OwnDevice && is_new {
            self.change(id, DirectoryChange::SentEncrypted(account.clone()), builder);
        }
    }

    /// Checks that a message is trusted enough for what its command decided, and that its room may join the network.
    ///
    /// # Errors
    /// The refusal for its author: the message had to be encrypted, or the room needs a code.
    pub fn check_trust(
        &self,
        invocation: &Invocation,
        network: &Network,
        command: &Command,
        decision: &Decision,
        moves_money: bool,
    ) -> Result<(), Refusal> {
        let Request { room, account, context, .. } = invocation.request;
        let is_identity = |change: &DirectoryChange| {
            matches!(change, DirectoryChange::Account(..) | DirectoryChange::Linking(_) | DirectoryChange::PayTo(..))
        };
        let is_guarded =
            moves_money || decision.facts.iter().any(Fact::is_guarded) || decision.changes.iter().any(is_identity);
        let is_strict = !network.books.settings.encryption_lapses;
        match context.encryption {
            EncryptionTrust::Forged if command.writes => return Err(RoomRefusal::NotEncrypted.into()),
            EncryptionTrust::Reaction if moves_money => return Err(RoomRefusal::NotEncrypted.into()),
            // The homeserver could have forged it, and its author can prove authorship by encrypting.
            EncryptionTrust::Unencrypted
                if is_guarded && is_strict && network.directory.has_sent_encrypted(account) =>
            {
                return Err(RoomRefusal::EncryptedElsewhere.into());
            }
            EncryptionTrust::Platform
            | EncryptionTrust::Unencrypted
            | EncryptionTrust::OwnDevice
            | EncryptionTrust::Reaction
            | EncryptionTrust::Forged => {}
        }
        // A room joins a network if its platform is local, by founding it, by a steward's code, or by an event.
        let is_new = |room: &RoomKey| !network.directory.has_room(room);
        let joins = |change: &DirectoryChange| matches!(change, DirectoryChange::Room(room, _) if is_new(room));
        let has_code = decision.changes.iter().any(|change| matches!(change, DirectoryChange::LinkCodeUsed(_)));
        let may_join = room.is_local() || command.room == Room::Unlinked || has_code || invocation.request.is_event();
        if decision.changes.iter().any(joins) && !may_join && self.network_at(invocation.request).is_none() {
            return Err(RoomRefusal::RoomNeedsCode.into());
        }
        Ok(())
    }
}
