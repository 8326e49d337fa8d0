//! What waits for the engine: bounded queues, one a room; what came first is taken first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use tokio::sync::{Notify, oneshot};

use crate::commands::complete::Choice;
use crate::commands::parse::Call;
use crate::core::entry::Timestamp;
use crate::core::refusal::Refusal;
use crate::directory::{Account, RoomKey};
use crate::limits::{Admission, Limits, Speech};
use crate::platform::Platform;
pub use crate::reply::{About, Asked, Fingerprint};

/// How many messages of one room may wait.
const QUEUE: usize = 1024;

/// How far a platform's clock may be ahead of ours. What is stamped later than that can't be obeyed: when it comes again, nobody
/// could tell by its stamp that it was dealt with long ago.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// A message as an adapter hands it over. No platform's own type passes this point.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The platform's id of the event; the same id is never obeyed twice.
    pub event: String,
    /// Where it was said.
    pub room: RoomKey,
    /// By which account.
    pub account: Account,
    /// What the platform calls its author.
    pub name: String,
    /// Whether the author administers the room by the platform's own permissions.
    pub host: bool,
    /// When it was said, by the platform. Where others run a server of their own, they can write what they like into this.
    pub said_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What was said.
    pub said: Said,
    /// What else the platform knows of it.
    pub circumstances: Circumstances,
}

/// What some platforms know of a message, and others don't: by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether it was said in a room of its author and the bot alone.
    pub direct: bool,
    /// What the room lies in, from the inside out: a thread's channel, a channel's guild. What those are tied to holds in it.
    pub within: Vec<RoomKey>,
    /// Whether its author is shown that an answer is on its way, so that there must be one.
    pub awaited: bool,
    /// Whether it came as it was said, or later.
    pub arrival: Arrival,
    /// How it came.
    pub seal: Seal,
    /// The event that replies relate to, where it is not the message itself.
    pub reply_to: Option<String>,
    /// The thread that it was said in.
    pub thread: Option<String>,
    /// The files that came with it, by the option that each was given for.
    pub files: BTreeMap<String, Attached>,
    /// The language that the platform says its author reads.
    pub locale: Option<String>,
    /// Whether the operator keeps its author from beginning a network.
    pub bars_founding: bool,
    /// The room's event up to which everything has been handed over; reading goes on there after a restart.
    pub read_up_to: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What its author calls it.
    pub name: String,
    /// What is in it; nothing while it is on its way.
    pub bytes: Option<Arc<[u8]>>,
}

/// The most bytes of a file that are taken.
pub const LARGEST_FILE: usize = 8_000_000;

/// Whether a message came as it was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrival {
    /// The bot was listening. When the message says it was said is only a claim.
    #[default]
    Live,
    /// It was read back after nobody had listened for a while.
    CaughtUp {
        /// Until when somebody had listened, if the platform knows; else until the end of the last run.
        since: Option<Timestamp>,
    },
}

/// How much later than it says a live message may come and still count as of then: what federation and clocks take.
pub const SLACK: TimeDelta = TimeDelta::minutes(5);

/// How far a message can be trusted to be what its author sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seal {
    /// As far as the platform is.
    #[default]
    Usual,
    /// As far as those who run the room's server are: nothing is encrypted there.
    Open,
    /// It was encrypted on a device of its author's.
    Sealed,
    /// It is a reaction in a room that is otherwise encrypted, which reactions never are.
    Reaction,
    /// Not at all: in a room that is encrypted it came in the clear, or under another's key.
    Broken,
}

impl Inbound {
    /// What nobody said: it happened, or time has come.
    pub fn unsaid(event: String, room: RoomKey, said: Said, at: Timestamp) -> Self {
        Self {
            event,
            room,
            account: Account { platform: Platform::System, id: "system".to_owned() },
            name: String::new(),
            host: false,
            said_at: at,
            received_at: at,
            said,
            circumstances: Circumstances::default(),
        }
    }

    /// Where it belongs among what waits: by when it came, unless it came late because nobody listened.
    fn turn(&self) -> Timestamp {
        match self.circumstances.arrival {
            Arrival::Live => self.received_at,
            Arrival::CaughtUp { since } => self.said_at.max(since.unwrap_or(self.said_at)).min(self.received_at),
        }
    }

    /// Whether somebody said it.
    pub fn is_said(&self) -> bool {
        matches!(self.said, Said::Text(_) | Said::Call(_) | Said::Answer(..) | Said::Refused(..))
    }

    /// Takes in another dropped message of the same account, so that a flood fills no queue. False if it is something else.
    fn absorbs(&mut self, next: &Self) -> bool {
        if self.said != Said::Dropped || next.said != Said::Dropped || self.account != next.account {
            return false;
        }
        self.said_at = self.said_at.max(next.said_at);
        if next.circumstances.read_up_to.is_some() {
            self.circumstances.read_up_to.clone_from(&next.circumstances.read_up_to);
        }
        true
    }

    /// What the limits look at.
    pub fn speech(&self) -> Speech<'_> {
        let Self { account, room, said, said_at, received_at, .. } = self;
        Speech { account, room, within: &self.circumstances.within, said, said_at: *said_at, received_at: *received_at }
    }

    /// The room, and what it lies in, from the inside out.
    pub fn places(&self) -> impl Iterator<Item = &RoomKey> {
        std::iter::once(&self.room).chain(&self.circumstances.within)
    }
}

/// A question about what could be typed, answered between batches from what is committed; it leaves no trace.
#[derive(Debug)]
pub struct Lookup {
    /// The room, and what it lies in, from the inside out.
    pub places: Vec<RoomKey>,
    /// Who asks.
    pub account: Account,
    /// The command that is being typed.
    pub command: String,
    /// The option that is being typed.
    pub option: String,
    /// What there is of it so far.
    pub typed: String,
    /// Who waits for the answer.
    pub answer: oneshot::Sender<Vec<Choice>>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A line of text, without the prefix.
    Text(String),
    /// A command with its options, from a platform that has such.
    Call(Call),
    /// A yes or no to what the bot asked in a network, by a button or a reaction.
    Answer(Asked, bool),
    /// Something that happened on the platform itself, as the command that it means.
    Happened(Call),
    /// What can't be obeyed; whether its author is told why.
    Refused(Refusal, bool),
    /// A job that became due.
    Due,
    /// Nothing: time has come this far. Whether somebody has watched it pass: then what comes again and again came each time,
    /// else it comes once for all the times that were missed.
    Tick {
        /// Whether somebody has.
        watched: bool,
    },
    /// A command of time's own, for every network.
    Everywhere(Call),
    /// Nothing for us: the room has been read this far.
    Passed,
    /// Something that exceeded a limit. Nothing of it is kept but that its account's messages up to then have been dealt with.
    Dropped,
}

/// The queues, and the limits in front of them.
pub struct Intake {
    limits: Limits,
    queues: Mutex<Queues>,
    lookups: Mutex<Vec<Lookup>>,
    arrived: Notify,
    looked_up: Notify,
    taken: Notify,
    closing: Notify,
    unsettled: Gauge,
}

#[derive(Default)]
struct Queues {
    rooms: BTreeMap<RoomKey, VecDeque<Inbound>>,
    /// Rooms whose messages wait for one that was taken before them.
    held: BTreeSet<RoomKey>,
    last: Option<RoomKey>,
    closed: bool,
}

impl Intake {
    /// Empty queues.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            queues: Mutex::default(),
            lookups: Mutex::default(),
            arrived: Notify::default(),
            looked_up: Notify::default(),
            taken: Notify::default(),
            closing: Notify::default(),
            unsettled: Gauge::default(),
        }
    }

    /// The limits. What people say goes past [`Limits::admit`] before it is handed over.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Hands over what somebody says if the limits admit it, or the refusal that its author is told.
    pub async fn say(&self, inbound: Inbound) {
        match self.limits.admit(&inbound.speech()) {
            Admission::Taken => self.push(inbound).await,
            Admission::Told(refusal) => self.push(Inbound { said: Said::Refused(refusal, true), ..inbound }).await,
            Admission::Dropped(_) => {}
        }
    }

    /// Hands a message over; waits while its room's queue is full.
    pub async fn push(&self, inbound: Inbound) {
        let mut waiting = inbound;
        loop {
            let freed = self.taken.notified();
            match self.try_push(waiting) {
                Ok(()) => return,
                Err(back) => waiting = *back,
            }
            freed.await;
        }
    }

    /// Hands a message over, or gives it back when its room's queue is full.
    pub fn try_push(&self, inbound: Inbound) -> Result<(), Box<Inbound>> {
        {
            let mut queues = self.lock();
            let queue = queues.rooms.entry(inbound.room.clone()).or_default();
            if queue.back_mut().is_some_and(|last| last.absorbs(&inbound)) {
                return Ok(());
            }
            if queue.len() >= QUEUE {
                return Err(Box::new(inbound));
            }
            // Counted before anyone can take it, or it could be settled before it counts.
            self.unsettled.add(1);
            queue.push_back(inbound);
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// What waits, at most `most`: what came first, and of what came at once, in turn over the rooms. What was read back after an
    /// outage has its turn by when it was said. A room's own order is kept. Empty when nothing waits.
    pub fn take(&self, most: usize) -> VecDeque<Inbound> {
        let mut batch = VecDeque::new();
        let mut queues = self.lock();
        while batch.len() < most {
            let turn = |queue: &VecDeque<Inbound>| queue.front().map(Inbound::turn);
            let open = queues.rooms.iter().filter(|(room, _)| !queues.held.contains(*room));
            let first = open.min_by_key(|(room, queue)| (turn(queue), queues.last.as_ref() >= Some(room)));
            let Some(room) = first.map(|(room, _)| room.clone()) else { break };
            if let Some(queue) = queues.rooms.get_mut(&room) {
                batch.extend(queue.pop_front());
                if queue.is_empty() {
                    queues.rooms.remove(&room);
                }
            }
            queues.last = Some(room);
        }
        drop(queues);
        if !batch.is_empty() {
            self.taken.notify_waiters();
        }
        batch
    }

    /// Waits until something waits. False once the intake is closed and empty.
    pub async fn wait(&self) -> bool {
        loop {
            let arrived = self.arrived.notified();
            {
                let queues = self.lock();
                if queues.rooms.keys().any(|room| !queues.held.contains(room)) {
                    return true;
                }
                if queues.closed && queues.held.is_empty() {
                    return false;
                }
            }
            arrived.await;
        }
    }

    /// Keeps a room's messages back until it is released, so that its order stays. What was taken of it already is given back.
    pub fn hold(&self, room: RoomKey, taken: VecDeque<Inbound>) {
        let mut queues = self.lock();
        if !taken.is_empty() {
            let queue = queues.rooms.entry(room.clone()).or_default();
            taken.into_iter().rev().for_each(|message| queue.push_front(message));
        }
        queues.held.insert(room);
    }

    /// Lets a room's messages be taken again.
    pub fn release(&self, room: &RoomKey) {
        self.lock().held.remove(room);
        self.arrived.notify_one();
    }

    /// Asks what could be typed.
    pub fn look_up(&self, lookup: Lookup) {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner).push(lookup);
        self.looked_up.notify_one();
    }

    /// What was asked meanwhile; waits until there is something.
    pub async fn lookups(&self) -> Vec<Lookup> {
        loop {
            let asked = std::mem::take(&mut *self.lookups.lock().unwrap_or_else(PoisonError::into_inner));
            if !asked.is_empty() {
                return asked;
            }
            self.looked_up.notified().await;
        }
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
        self.closing.notify_waiters();
    }

    /// Waits until nothing more will come.
    pub async fn closed(&self) {
        let closing = self.closing.notified();
        if !self.lock().closed {
            closing.await;
        }
    }

    /// Waits until every message handed over is decided, committed, and its replies are delivered.
    pub async fn settled(&self) {
        self.unsettled.zero().await;
    }

    /// What is handed over and not settled: messages, and the replies that came of them.
    pub fn unsettled(&self) -> &Gauge {
        &self.unsettled
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A count that can be awaited to be zero.
#[derive(Debug, Clone)]
pub struct Gauge(Arc<tokio::sync::watch::Sender<usize>>);

impl Default for Gauge {
    fn default() -> Self {
        Self(Arc::new(tokio::sync::watch::Sender::new(0)))
    }
}

impl Gauge {
    /// More.
    pub fn add(&self, count: usize) {
        self.0.send_modify(|now| *now += count);
    }

    /// Fewer.
    pub fn sub(&self, count: usize) {
        self.0.send_modify(|now| *now = now.saturating_sub(count));
    }

    /// Whether nothing is left.
    pub fn is_zero(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until nothing is left.
    pub async fn zero(&self) {
        // The sender lives in self, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|now| *now == 0).await;
    }
}
