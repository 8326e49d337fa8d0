//! The shared state of the adapter's parts.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use serenity::all::{Http, Interaction};
use tokio::sync::{mpsc, watch};

use crate::adapters::discord::fetch::Files;
use crate::adapters::discord::open::OpenInteraction;
use crate::adapters::discord::platform::Patience;
use crate::adapters::discord::show::ShownReply;
use crate::clock::Clock;
use crate::grammar::catalog::Catalog;
use crate::intake::Intake;
use crate::message::asked::Asked;
use crate::message::refusal::Refusal;
use crate::render::discord::Ids;

/// How many long lists and questions are kept, for their pages to be turned and for their answers.
const LISTS: usize = 512;

/// How many used buttons are remembered.
const USED: usize = 1024;

/// The shared state of the adapter's parts.
pub struct DiscordHub {
    /// Makes the bot's requests, within Discord's rate limits.
    pub http: Http,
    /// Makes the requests of single interactions. Discord has no common limit for these, but the library would apply
    /// one.
    pub answers: Http,
    /// Fetches attached files.
    pub files: Files,
    /// How long the bot waits.
    pub patience: Patience,
    /// The ids of users, and of guilds, that may found networks; all may if there are none.
    pub founders: Vec<String>,
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The intake, which takes messages.
    pub intake: Arc<Intake>,
    /// The time.
    pub clock: Clock,
    /// The ids of registered commands.
    pub ids: RwLock<Ids>,
    /// Interactions that are not answered yet, by id.
    pub open: Mutex<HashMap<u64, Arc<OpenInteraction>>>,
    /// How many messages of a reply have arrived, if others of it have not.
    pub begun: Mutex<HashMap<i64, usize>>,
    /// Long replies and questions, the newest last.
    pub lists: Mutex<VecDeque<(i64, ShownReply)>>,
    /// Messages whose buttons are used, and by which user; the newest last.
    pub used: Mutex<VecDeque<(u64, u64)>>,
    /// The queue of arriving interactions.
    pub arriving: mpsc::UnboundedSender<Interaction>,
    /// Whether the connection was ever made.
    pub ready: watch::Sender<bool>,
    /// When the connection last proved alive.
    pub heartbeat: Mutex<Option<Instant>>,
}

/// Locks a value that can't be left half-changed: each change of it is one step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DiscordHub {
    /// The ids of registered commands.
    pub fn ids(&self) -> RwLockReadGuard<'_, Ids> {
        self.ids.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A refusal as people see it.
    pub fn show(&self, refusal: Refusal, language: &str) -> ShownReply {
        ShownReply::refusal(refusal, language, &self.catalog, &self.ids())
    }

    /// The question that was asked like this, if it is still known.
    pub fn question(&self, asked: &Asked) -> Option<ShownReply> {
        let lists = lock(&self.lists);
        lists.iter().rev().map(|(_, shown)| shown).find(|shown| shown.asked() == Some(asked)).cloned()
    }

    /// Keeps a long reply for its pages, and a question for its answer.
    pub fn keep(&self, shown: &ShownReply) {
        let id = shown.id();
        let mut lists = lock(&self.lists);
        if (shown.is_long() || shown.asked().is_some()) && lists.iter().all(|(known, _)| *known != id) {
            lists.push_back((id, shown.clone()));
            if lists.len() > LISTS {
                lists.pop_front();
            }
        }
    }

    /// Remembers that a user has used a message's buttons.
    pub fn note_used(&self, message: u64, user: u64) {
        let mut used = lock(&self.used);
        used.push_back((message, user));
        if used.len() > USED {
            used.pop_front();
        }
    }
}
