//! How often anybody may ask for something. Rates are checked before the [intake](crate::intake).
//!
//! A rate is a token bucket: a burst, and a number of messages a minute. Each account has a bucket, each room, and
//! each network (or guild, if the room has no network). The account's bucket is the smallest, so a flood by one
//! account ends before it affects others. The room's bucket bounds one person with many accounts. An exceeded bucket
//! is closed for [`PAUSE`]: the first message is answered with a refusal, the rest are dropped. The time is when
//! messages were received, according to the clock that tests set.
//!
//! Messages that were sent a while before they arrived have their own buckets, ten times as large: after an outage
//! everything comes at once. A custodian's commands that take money back have their own bucket, too: a flood can't
//! keep a custodian from undoing something.
//!
//! `docs/LIMITS.md` lists every bound.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::incoming::{Content, Inbound};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;

/// How long a bucket stays closed after it was exceeded.
pub const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// After how long a message counts as late.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// How many times larger the buckets for late messages are.
const LATE_FACTOR: NonZeroU32 = count(10);

/// The burst and the number per minute of requests that leave no trace: completions, reactions to look at.
const ASIDES: (NonZeroU32, NonZeroU32) = (count(200), count(120));

/// The burst and the number per minute of invitations from one homeserver.
const INVITATIONS: (NonZeroU32, NonZeroU32) = (count(50), count(10));

const fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(count - 1)
}

/// The number of keys from which on full buckets are swept out.
const MANY_KEYS: usize = 10_000;

/// A message before it is admitted.
#[derive(Debug, Clone, Copy)]
pub struct Speech<'a> {
    /// Its author's account.
    pub account: &'a Account,
    /// Its room.
    pub room: &'a RoomKey,
    /// What the room lies in, from the inside out.
    pub within: &'a [RoomKey],
    /// Its content.
    pub content: &'a Content,
    /// When it was sent, according to the platform.
    pub said_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
}

impl<'a> Speech<'a> {
    /// What the limits look at in a message.
    pub fn of(inbound: &'a Inbound) -> Self {
        let Inbound { account, room, content, said_at, received_at, .. } = inbound;
        let within = &inbound.context.within;
        Self { account, room, within, content, said_at: *said_at, received_at: *received_at }
    }

    fn places(&self) -> impl Iterator<Item = &RoomKey> {
        std::iter::once(self.room).chain(self.within)
    }
}

/// Whether a message is admitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It is admitted.
    Taken,
    /// Exceeds a limit; its author is told.
    Refused(Refusal),
    /// Exceeds a limit; its author was told before. The refusal is for platforms that wait for an answer.
    Dropped(Refusal),
}

/// The limits of a running program.
pub struct Limits {
    settings: config::LimitsConfig,
    catalog: Arc<Catalog>,
    door: Mutex<Door>,
}

impl Limits {
    /// Limits with full buckets. The catalog says which commands take something back.
    pub fn new(settings: config::LimitsConfig, catalog: Arc<Catalog>) -> Self {
        Self { settings, catalog, door: Mutex::new(Door::new(&settings)) }
    }

    /// The settings.
    pub fn settings(&self) -> &config::LimitsConfig {
        &self.settings
    }

    /// Whether a message is admitted. The call counts it.
    pub fn admit(&self, speech: &Speech) -> Admission {
        let mut door = self.door();
        door.pass_to(speech.received_at, &self.settings);
        let Err((closed, refusal)) = door.take(speech) else { return Admission::Taken };
        let undoes = door.is_custodian(speech) && self.takes_back(speech.content);
        if undoes && door.custodians_own.take(speech.account, speech.received_at, false).is_ok() {
            return Admission::Taken;
        }
        let refusal = refusal.into();
        if closed.tells { Admission::Refused(refusal) } else { Admission::Dropped(refusal) }
    }

    /// Whether an account may be served something that leaves no trace. The call counts it.
    pub fn admit_aside(&self, account: &Account, now: Timestamp) -> bool {
        let mut door = self.door();
        door.pass_to(now, &self.settings);
        door.asides.take(account, now, false).is_ok()
    }

    /// Whether an invitation from a homeserver may be followed. The call counts it.
    pub fn admit_invitation(&self, homeserver: &str, now: Timestamp) -> bool {
        let mut door = self.door();
        door.pass_to(now, &self.settings);
        door.invitations.take(&homeserver.to_owned(), now, false).is_ok()
    }

    /// Records that a room belongs to a network.
    pub fn note_room(&self, room: RoomKey, network: String) {
        self.door().rooms.insert(room, network);
    }

    /// Records the accounts of a network's custodians.
    pub fn note_custodians(&self, network: &str, accounts: HashSet<Account>) {
        let mut door = self.door();
        match accounts.is_empty() {
            true => drop(door.custodians.remove(network)),
            false => drop(door.custodians.insert(network.to_owned(), accounts)),
        }
    }

    /// Whether a message is a command that takes something back, or the answer to a question about one.
    fn takes_back(&self, content: &Content) -> bool {
        let command = match content {
            Content::Answer(..) => return true,
            Content::Text(text) => parse::command_of(text, &self.catalog),
            Content::Call(call) => self.catalog.command(&call.command),
            Content::System(_) | Content::Refused(..) | Content::Tick { .. } | Content::Passed | Content::Dropped => {
                None
            }
        };
        command.is_some_and(|command| command.takes_back)
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The buckets, and what the engine has published about networks.
struct Door {
    elapsed: Elapsed,
    live: Buckets,
    late: Buckets,
    console: TokenBucket<Account>,
    custodians_own: TokenBucket<Account>,
    asides: TokenBucket<Account>,
    invitations: TokenBucket<String>,
    rooms: HashMap<RoomKey, String>,
    custodians: HashMap<String, HashSet<Account>>,
}

impl Door {
    fn new(settings: &config::LimitsConfig) -> Self {
        let elapsed = Elapsed::default();
        let bucket =
            |(burst, per_minute): (NonZeroU32, NonZeroU32)| TokenBucket::new(burst, per_minute, elapsed.clone());
        Self {
            live: Buckets::new(settings, count(1), &elapsed),
            late: Buckets::new(settings, LATE_FACTOR, &elapsed),
            console: bucket((settings.console_burst, settings.account_per_minute)),
            custodians_own: bucket((settings.account_burst, settings.account_per_minute)),
            asides: bucket(ASIDES),
            invitations: TokenBucket::new(INVITATIONS.0, INVITATIONS.1, elapsed.clone()),
            rooms: HashMap::new(),
            custodians: HashMap::new(),
            elapsed,
        }
    }

    /// Advances time to an instant. If the clock was set back, all buckets are full again: otherwise they would stay
    /// empty for as long as the clock was wrong.
    fn pass_to(&mut self, now: Timestamp, settings: &config::LimitsConfig) {
        if !self.elapsed.advance(now) {
            let (rooms, custodians) = (std::mem::take(&mut self.rooms), std::mem::take(&mut self.custodians));
            *self = Self { rooms, custodians, ..Self::new(settings) };
            self.elapsed.advance(now);
        }
    }

    /// Whether the author is a custodian of the room's network, or of any network if the room has none.
    fn is_custodian(&self, speech: &Speech) -> bool {
        match speech.places().find_map(|room| self.rooms.get(room)) {
            Some(network) => self.custodians.get(network).is_some_and(|accounts| accounts.contains(speech.account)),
            None => self.custodians.values().any(|accounts| accounts.contains(speech.account)),
        }
    }

    fn take(&mut self, speech: &Speech) -> Result<(), (Closed, RoomRefusal)> {
        let now = speech.received_at;
        // A reaction may be meant for people, and a refused message has its own answer.
        let can_be_told = matches!(speech.content, Content::Text(_) | Content::Call(_));
        let seconds = |closed: &Closed| usize::try_from((closed.until - now).num_seconds().max(1)).unwrap_or(1);
        let too_many = |closed: Closed| (closed, RoomRefusal::TooMany { seconds: seconds(&closed) });
        if speech.room.is_local() {
            return self.console.take(speech.account, now, can_be_told).map_err(too_many);
        }
        let buckets = if now - speech.said_at > LATE { &mut self.late } else { &mut self.live };
        buckets.account.take(speech.account, now, can_be_told).map_err(too_many)?;
        let network = speech.places().find_map(|room| self.rooms.get(room).cloned());
        let whole = network.or_else(|| speech.within.last().map(|place| format!("{} {}", place.platform, place.id)));
        let taken = buckets.room.take(speech.room, now, can_be_told);
        let taken = taken.and_then(|()| whole.map_or(Ok(()), |whole| buckets.network.take(&whole, now, can_be_told)));
        taken.map_err(|closed| (closed, RoomRefusal::RoomTooMany { seconds: seconds(&closed) }))
    }
}

/// The buckets that a message goes through.
struct Buckets {
    account: TokenBucket<Account>,
    room: TokenBucket<RoomKey>,
    network: TokenBucket<String>,
}

impl Buckets {
    fn new(settings: &config::LimitsConfig, factor: NonZeroU32, elapsed: &Elapsed) -> Self {
        let times = |burst: NonZeroU32| burst.saturating_mul(factor);
        Self {
            account: TokenBucket::new(times(settings.account_burst), settings.account_per_minute, elapsed.clone()),
            room: TokenBucket::new(times(settings.room_burst), settings.room_per_minute, elapsed.clone()),
            network: TokenBucket::new(times(settings.network_burst), settings.network_per_minute, elapsed.clone()),
        }
    }
}

/// One bucket for each key.
struct TokenBucket<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, Elapsed, NoOpMiddleware<Duration>>,
    /// Until when buckets are closed, and whether an author was told.
    closed: HashMap<K, (Timestamp, bool)>,
    sweep_at: usize,
}

/// A bucket that was exceeded.
#[derive(Debug, Clone, Copy)]
struct Closed {
    until: Timestamp,
    /// Whether the author of the message at hand is told.
    tells: bool,
}

impl<K: Hash + Eq + Clone> TokenBucket<K> {
    fn new(burst: NonZeroU32, per_minute: NonZeroU32, elapsed: Elapsed) -> Self {
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        Self { limiter: RateLimiter::hashmap_with_clock(quota, elapsed), closed: HashMap::new(), sweep_at: MANY_KEYS }
    }

    /// Takes one token out of a key's bucket. While the bucket is closed, the first message whose author can be told is
    /// answered.
    fn take(&mut self, key: &K, now: Timestamp, can_be_told: bool) -> Result<(), Closed> {
        if let Some((until, told)) = self.closed.get_mut(key).filter(|(until, _)| *until > now) {
            let tells = can_be_told && !*told;
            *told |= tells;
            return Err(Closed { until: *until, tells });
        }
        let taken = self.limiter.check_key(key).map_err(|_| Closed { until: now + PAUSE, tells: can_be_told });
        match &taken {
            Ok(()) => drop(self.closed.remove(key)),
            Err(closed) => drop(self.closed.insert(key.clone(), (closed.until, closed.tells))),
        }
        if self.limiter.len() > self.sweep_at {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
            self.closed.retain(|_, (until, _)| *until > now);
            self.sweep_at = MANY_KEYS.max(2 * self.limiter.len());
        }
        taken
    }
}

/// The milliseconds since 1970, as messages tell the time.
#[derive(Debug, Clone, Default)]
struct Elapsed(Arc<AtomicU64>);

impl Elapsed {
    /// The farthest that a bucket can count to: its nanoseconds have 64 bits, and a millisecond of them less than 20.
    const LONGEST: u64 = u64::MAX >> 22;

    /// Advances to an instant; false if the clock was set back. Messages that overtake each other don't set it back.
    fn advance(&self, now: Timestamp) -> bool {
        let now = u64::try_from(now.timestamp_millis()).unwrap_or(0).min(Self::LONGEST);
        let slack = u64::try_from(LATE.num_milliseconds()).unwrap_or(0);
        now.saturating_add(slack) >= self.0.fetch_max(now, Ordering::Relaxed)
    }
}

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}
