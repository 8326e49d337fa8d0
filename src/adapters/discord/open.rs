//! Interactions that wait for an answer.

use std::time::Instant;

use tokio::sync::Mutex;

use crate::adapters::discord::platform::TOKEN_LIFETIME;
use crate::adapters::discord::reply_target::ReplyTarget;
use crate::adapters::discord::show::ShownReply;
use crate::core::time::Timestamp;

/// How far an interaction is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerState {
    /// No answer is known to have arrived.
    Fresh,
    /// Its author sees that the bot is thinking; and whether the room has been told the outcome.
    Deferred(bool),
    /// The answer is, or will be, the message whose button was pressed.
    Updates,
    /// It has an answer of its own.
    Answered,
    /// It can't be answered any more.
    Gone,
}

/// An interaction that waits for an answer.
pub struct OpenInteraction {
    /// When it came.
    pub since: Instant,
    /// The question whose button was pressed, if it is still known.
    pub question: Option<ShownReply>,
    /// Which answer the button gave.
    pub pressed: Option<bool>,
    /// How far it is answered.
    pub state: Mutex<AnswerState>,
}

impl OpenInteraction {
    /// A fresh one.
    pub fn new(question: Option<ShownReply>, pressed: Option<bool>) -> Self {
        Self { since: Instant::now(), question, pressed, state: Mutex::new(AnswerState::Fresh) }
    }

    /// One from before this run. Its age is in its id.
    pub fn from_before(target: &ReplyTarget, now: Timestamp) -> Self {
        let age = (now - target.made_at()).to_std().unwrap_or_default();
        let state = if age < TOKEN_LIFETIME { AnswerState::Fresh } else { AnswerState::Gone };
        let since = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
        Self { since, question: None, pressed: None, state: Mutex::new(state) }
    }
}
