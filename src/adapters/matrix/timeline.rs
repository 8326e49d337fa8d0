//! Events of a room's timeline, and how they came.

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::{TimelineEvent, TimelineEventKind, VerificationLevel, VerificationState};
use matrix_sdk::ruma::events::AnySyncTimelineEvent;
use matrix_sdk::ruma::serde::Raw;
use serde_json::Value;

use crate::adapters::matrix::hub::MatrixHub;
use crate::adapters::matrix::read::{EventMeaning, Heard};
use crate::core::time::Timestamp;
use crate::incoming::{AHEAD, Arrival, Content, EncryptionTrust, SLACK};
use crate::message::room::RoomRefusal;

/// How a part of a timeline came.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedAs {
    /// Live, or read back later.
    pub arrival: Arrival,
    /// When.
    pub at: Timestamp,
    /// Whether an earlier run had read the room beyond it.
    pub is_behind_cursor: bool,
}

impl ReceivedAs {
    /// By a sync, with the time of the one before it. If the homeserver could not be reached in between, the events are
    /// read back later.
    pub fn by_sync(before: Timestamp, at: Timestamp) -> Self {
        let arrival = if at - before > SLACK { Arrival::CaughtUp { since: Some(before) } } else { Arrival::Live };
        Self { arrival, at, is_behind_cursor: false }
    }
}

/// An event of the timeline.
pub struct TimelineItem {
    /// Its id.
    pub id: String,
    /// When it was said, by the sender's homeserver. Only for events that were not handed over before.
    pub said_at: Option<Timestamp>,
    /// How it came.
    pub came: ReceivedAs,
    /// What it is.
    pub kind: ItemKind,
}

/// What an event is.
pub enum ItemKind {
    /// An event that means nothing to the bot.
    Passed,
    /// An event that means something, and how far it can be trusted.
    Heard(Box<Heard>, EncryptionTrust),
    /// An event whose key is missing.
    Undecrypted {
        /// Its sender.
        sender: String,
        /// As it came.
        event: Raw<AnySyncTimelineEvent>,
    },
}

impl TimelineItem {
    /// An event of a room. None if it has no id.
    pub fn of(hub: &MatrixHub, room: &Room, event: TimelineEvent, came: ReceivedAs) -> Option<Self> {
        let json: Value = serde_json::from_str(event.raw().json().get()).ok()?;
        let id = json.get("event_id")?.as_str()?.to_owned();
        let is_encrypted = room.encryption_state().is_encrypted();
        if let (true, Some(sender)) =
            (is_encrypted && is_undecrypted(&event, &json), json.get("sender").and_then(Value::as_str))
        {
            let kind = match hub.listener().ignores(sender) {
                true => ItemKind::Passed,
                false => ItemKind::Undecrypted { sender: sender.to_owned(), event: event.into_raw() },
            };
            return Some(Self { id, said_at: None, came, kind });
        }
        let encryption = match &event.kind {
            TimelineEventKind::Decrypted(decrypted) => seal(&decrypted.encryption_info.verification_state),
            _ if is_encrypted => EncryptionTrust::Forged,
            _ => EncryptionTrust::Unencrypted,
        };
        let may_be_direct = hub.made(room) || !room.direct_targets().is_empty();
        let Some(mut heard) = hub.listener().hear(&json, may_be_direct) else {
            return Some(Self { id, said_at: None, came, kind: ItemKind::Passed });
        };
        let now = came.at;
        if let EventMeaning::Content(_) | EventMeaning::Talk(_) | EventMeaning::Reaction { .. } = heard.what
            && heard.said_at.is_none_or(|said_at| said_at > now + AHEAD)
        {
            heard.what = EventMeaning::Content(Content::Refused(RoomRefusal::ClockAhead.into(), true));
        }
        // A homeserver's clock may be fast: no event is from later than now.
        heard.said_at = heard.said_at.map(|said_at| said_at.min(came.at));
        Some(Self { id, said_at: heard.said_at, came, kind: ItemKind::Heard(Box::new(heard), encryption) })
    }
}

/// Whether the key of an event is missing. A redacted event, or one that was never properly encrypted, has no key to
/// miss.
fn is_undecrypted(event: &TimelineEvent, json: &Value) -> bool {
    event.kind.is_utd()
        && json["type"] == "m.room.encrypted"
        && json.pointer("/unsigned/redacted_because").is_none()
        && json.pointer("/content/ciphertext").is_some_and(Value::is_string)
}

/// How far an event can be trusted that was decrypted with a key in this state. The homeserver's operator can add keys
/// that belong to no device; such a key does not tell who used it.
fn seal(state: &VerificationState) -> EncryptionTrust {
    match state {
        VerificationState::Unverified(VerificationLevel::MismatchedSender | VerificationLevel::None(_)) => {
            EncryptionTrust::Forged
        }
        VerificationState::Verified | VerificationState::Unverified(_) => EncryptionTrust::OwnDevice,
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk::deserialized_responses::DeviceLinkProblem;

    use super::*;

    #[test]
    fn only_what_came_after_a_silence_is_read_back() {
        let before: Timestamp = "2026-01-05T14:00:00Z".parse().unwrap();
        let came = |minutes| ReceivedAs::by_sync(before, before + chrono::TimeDelta::minutes(minutes)).arrival;
        assert_eq!([came(0), came(1), came(5)], [Arrival::Live; 3], "a homeserver answers at least every half minute");
        assert_eq!(came(6), Arrival::CaughtUp { since: Some(before) });
    }

    #[test]
    fn only_keys_of_the_senders_own_devices_seal() {
        use VerificationLevel::MismatchedSender;
        use VerificationLevel::None as NoDevice;
        use VerificationLevel::UnsignedDevice;
        use VerificationLevel::UnverifiedIdentity;
        use VerificationLevel::VerificationViolation;
        let sealed = [UnverifiedIdentity, VerificationViolation, UnsignedDevice].map(VerificationState::Unverified);
        assert!(
            sealed.iter().chain([&VerificationState::Verified]).all(|state| seal(state) == EncryptionTrust::OwnDevice)
        );
        let problems = [DeviceLinkProblem::MissingDevice, DeviceLinkProblem::InsecureSource].map(NoDevice);
        let broken = problems.into_iter().chain([MismatchedSender]).map(VerificationState::Unverified);
        assert!(broken.into_iter().all(|state| seal(&state) == EncryptionTrust::Forged));
    }
}
