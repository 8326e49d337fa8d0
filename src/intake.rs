//! Messages that wait for the engine, in a bounded queue for each room. The earliest is taken first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::directory::RoomKey;
use crate::gauge::Gauge;
use crate::incoming::{Content, Inbound, Lookup};
use crate::limits::{Admission, Limits, Speech};

/// How many messages of one room may wait.
const QUEUE: usize = 1024;

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
    /// Rooms that wait for a message which was taken before theirs.
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

    /// The limits. Messages of people pass [`Limits::admit`] before they are handed over.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Hands over a person's message if the limits admit it, or else the refusal for its author.
    pub async fn say(&self, inbound: Inbound) {
        match self.limits.admit(&Speech::of(&inbound)) {
            Admission::Taken => self.push(inbound).await,
            Admission::Refused(refusal) => {
                self.push(Inbound { content: Content::Refused(refusal, true), ..inbound }).await
            }
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

    /// Hands a message over.
    ///
    /// # Errors
    /// The message itself, if its room's queue is full.
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

    /// Takes at most `most` waiting messages, the earliest first, and in turn over the rooms if several came at once.
    /// Messages that were read back after an outage are placed by when they were sent. Each room keeps its order.
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

    /// Waits for a message. Returns `false` once the intake is closed and empty.
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

    /// Holds a room's messages back until the room is released, to keep its order. Messages that were taken already
    /// are put back.
    pub fn hold(&self, room: RoomKey, taken: VecDeque<Inbound>) {
        let mut queues = self.lock();
        if !taken.is_empty() {
            let queue = queues.rooms.entry(room.clone()).or_default();
            taken.into_iter().rev().for_each(|message| queue.push_front(message));
        }
        queues.held.insert(room);
    }

    /// Releases a room that was held.
    pub fn release(&self, room: &RoomKey) {
        self.lock().held.remove(room);
        self.arrived.notify_one();
    }

    /// Asks for completions.
    pub fn look_up(&self, lookup: Lookup) {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner).push(lookup);
        self.looked_up.notify_one();
    }

    /// Waits for lookups, and takes them.
    pub async fn lookups(&self) -> Vec<Lookup> {
        loop {
            let asked = std::mem::take(&mut *self.lookups.lock().unwrap_or_else(PoisonError::into_inner));
            if !asked.is_empty() {
                return asked;
            }
            self.looked_up.notified().await;
        }
    }

    /// Closes the intake: no more messages will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
        self.closing.notify_waiters();
    }

    /// Waits until the intake is closed.
    pub async fn closed(&self) {
        let closing = self.closing.notified();
        if !self.lock().closed {
            closing.await;
        }
    }

    /// Waits until every message is decided and committed, and its replies are delivered.
    pub async fn settled(&self) {
        self.unsettled.zero().await;
    }

    /// The count of messages and replies that are not settled yet.
    pub fn unsettled(&self) -> &Gauge {
        &self.unsettled
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
