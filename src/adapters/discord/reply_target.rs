//! The target of an interaction's answer.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serenity::model::id::InteractionId;

use crate::core::time::Timestamp;

/// The target of an interaction's answer. It is kept with the reply until that is delivered: its token works for
/// fifteen minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTarget {
    /// The interaction's id.
    pub id: u64,
    /// The secret that lets its holder answer.
    pub token: String,
    /// The user who acted.
    pub user: u64,
    /// What they did.
    pub manner: AnswerManner,
    /// The message whose button they pressed.
    pub message: Option<u64>,
}

impl ReplyTarget {
    /// When the user acted, by Discord's clock: it is in the id.
    pub fn made_at(&self) -> Timestamp {
        made_at(InteractionId::new(self.id.max(1)))
    }
}

/// What a user did, as far as it decides how the answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerManner {
    /// Called a command where all can see it.
    Called,
    /// Chose from a menu: the answer is for them alone.
    Chose,
    /// Pressed a button: the answer replaces the button's message.
    Pressed,
}

/// When an interaction was made.
pub fn made_at(id: InteractionId) -> Timestamp {
    DateTime::from_timestamp_millis(id.created_at().timestamp_millis()).unwrap_or_default()
}
