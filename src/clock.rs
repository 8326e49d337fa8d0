//! The time: asked here and nowhere else, so that tests and scripts can set it.
//!
//! A machine has two clocks. Its wall clock says what time it is, and can be set wrong. Its count of seconds only
//! counts, and can't. The bot reads the wall clock once and counts on from there. The two are compared whenever the
//! time is asked: a small difference is followed slowly, a large one is doubted. While the clock is doubted the count
//! goes on, and nothing that is due happens, until another source says which of the two is right: a server's clock
//! ([`Clock::hear`]), the operator ([`Clock::trust`]), or the wall clock itself by coming back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DurationRound, TimeDelta, Utc};

use crate::core::time::Timestamp;

/// How far the wall clock may be from the count before it is doubted.
pub const BOUND: TimeDelta = TimeDelta::minutes(2);

/// How long a bot may have been down, by the wall clock alone, before that is doubted.
const LONGEST_DOWN: TimeDelta = TimeDelta::days(31);

/// A small difference is followed by one part in this many of the time that passes, so that time never goes back.
const SLEW: i32 = 10;

/// A machine's clocks.
pub trait Machine: Send {
    /// What the wall clock says.
    fn wall(&self) -> Timestamp;
    /// How long the machine has counted. It never goes back, and may leave out the time that the machine slept.
    fn count(&self) -> Duration;
    /// How long ago the machine was started, including the time that it slept, if the system knows.
    fn up(&self) -> Option<Duration>;
}

/// A change of the clock, for the stewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The wall clock jumped. What is due waits.
    Doubted {
        /// What the wall clock says.
        wall: Timestamp,
        /// The time that the bot goes on with.
        now: Timestamp,
    },
    /// The wall clock was right: it is later, or earlier, than the bot thought.
    Moved(Timestamp),
    /// The wall clock was wrong; the bot's time was right.
    Stayed(Timestamp),
}

/// How the wall clock relates to the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClockTrust {
    /// They agree.
    Agreed,
    /// They differ, and nobody has said yet which is right.
    Doubted,
    /// They differ by so much, and another source agrees with the count.
    Overruled(TimeDelta),
}

/// A source of instants. Clones share one clock.
#[derive(Clone)]
pub struct Clock {
    state: Arc<Mutex<ClockState>>,
}

struct ClockState {
    machine: Box<dyn Machine>,
    /// The bot's time when the machine had counted `count`.
    now: Timestamp,
    count: Duration,
    /// How long the machine has slept since its start.
    slept: Option<Duration>,
    standing: ClockTrust,
    /// The last instant that an earlier run knew of.
    memory: Option<Timestamp>,
    others_can_tell: bool,
    turns: Vec<Turn>,
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(System(Instant::now()))
    }
}

impl Clock {
    /// A clock that begins with what a machine's wall clock says.
    pub fn of(machine: impl Machine + 'static) -> Self {
        Self { state: Arc::new(Mutex::new(ClockState::of(Box::new(machine)))) }
    }

    /// Now, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        let now = self.checked(|state| state.now);
        whole(now)
    }

    /// Whether nobody knows what time it is: then nothing that is due happens.
    pub fn is_doubted(&self) -> bool {
        self.checked(|state| state.standing == ClockTrust::Doubted)
    }

    /// What the wall clock says.
    pub fn wall(&self) -> Timestamp {
        self.checked(|state| whole(state.machine.wall()))
    }

    /// The changes of the clock since this was last asked.
    pub fn turns(&self) -> Vec<Turn> {
        self.checked(|state| std::mem::take(&mut state.turns))
    }

    /// Sets the time. It replaces both of the machine's clocks, which stand still until the clock is set again.
    pub fn set(&self, now: Timestamp) {
        self.change(|state| {
            let turn = if (now - state.wall()).abs() <= (now - state.now).abs() {
                Turn::Moved(now)
            } else {
                Turn::Stayed(now)
            };
            state.settle(turn);
            let fixed = ClockState::of(Box::new(Fixed(now, Duration::ZERO)));
            *state = ClockState { turns: std::mem::take(&mut state.turns), memory: state.memory, ..fixed };
        });
    }

    /// Sets the wall clock, while the count goes on by only this much.
    pub fn jump(&self, wall: Timestamp, passed: Duration) {
        self.checked(|state| {
            state.machine = Box::new(Fixed(wall, state.count.saturating_add(passed)));
            state.slept = None;
        });
        // The jump is detected like any other.
        self.checked(|_| ());
    }

    /// Takes the time of another source, which only its operator can set. The source must have been asked after the
    /// last [`Turn::Doubted`]: an earlier answer would agree with a count that stood still meanwhile.
    pub fn hear(&self, source: &str, instant: Timestamp) {
        self.checked(|state| {
            if state.standing != ClockTrust::Doubted {
                return;
            }
            let wall = state.wall();
            let (from_wall, from_count) = ((instant - wall).abs(), (instant - state.now).abs());
            if from_wall.min(from_count) > BOUND {
                tracing::error!(source, says = %instant, %wall, now = %state.now, "the clock is doubted, and another source says a third time");
            } else if from_wall <= from_count {
                state.now = wall;
                state.settle(Turn::Moved(wall));
            } else {
                state.settle(Turn::Stayed(state.now));
                state.standing = ClockTrust::Overruled(wall - state.now);
            }
        });
    }

    /// The operator says that the wall clock is right.
    pub fn trust(&self) {
        self.checked(|state| {
            let wall = state.wall();
            state.now = wall;
            state.settle(Turn::Moved(wall));
        });
    }

    /// Another source exists, which will be asked when the clock is doubted.
    pub fn expect_others(&self) {
        self.change(|state| state.others_can_tell = true);
    }

    /// An earlier run was alive at this instant. A wall clock that is behind it is doubted; one that is far ahead is
    /// as well if there is another source to ask, because a bot is rarely down for so long.
    pub fn remember(&self, memory: Timestamp) {
        self.checked(|state| {
            state.memory = Some(memory);
            let wall = state.wall();
            if wall + BOUND < memory || (state.others_can_tell && wall > memory + LONGEST_DOWN) {
                state.now = memory;
            }
        });
        self.checked(|_| ());
    }

    /// The last instant that an earlier run knew of.
    pub fn memory(&self) -> Option<Timestamp> {
        self.checked(|state| state.memory)
    }

    /// Compares the clocks, then uses the result.
    fn checked<T>(&self, then: impl FnOnce(&mut ClockState) -> T) -> T {
        self.change(|state| {
            state.check();
            then(state)
        })
    }

    fn change<T>(&self, then: impl FnOnce(&mut ClockState) -> T) -> T {
        then(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClockState {
    fn of(machine: Box<dyn Machine>) -> Self {
        let (now, count) = (machine.wall(), machine.count());
        let slept = machine.up().map(|up| up.saturating_sub(count));
        Self {
            machine,
            now,
            count,
            slept,
            standing: ClockTrust::Agreed,
            memory: None,
            others_can_tell: false,
            turns: Vec::new(),
        }
    }

    fn wall(&self) -> Timestamp {
        whole(self.machine.wall())
    }

    /// Counts on, and compares the wall clock with the result.
    fn check(&mut self) {
        let count = self.machine.count();
        let passed = delta(count.saturating_sub(self.count));
        self.now += passed;
        self.count = count;
        let mut off = self.machine.wall() - self.now;
        if off > BOUND && self.standing == ClockTrust::Agreed {
            // A machine that slept did not count; its system may know for how long.
            let slept = self.machine.up().map(|up| up.saturating_sub(count));
            let just_now = slept.zip(self.slept).map(|(slept, before)| delta(slept.saturating_sub(before)));
            self.now += just_now.unwrap_or_default();
            self.slept = slept.or(self.slept);
            off = self.machine.wall() - self.now;
        }
        if off.abs() <= BOUND {
            self.settle(Turn::Stayed(self.now));
            let most = passed / SLEW;
            self.now += off.clamp(-most, most);
            return;
        }
        let is_known = match self.standing {
            ClockTrust::Agreed => false,
            ClockTrust::Doubted => true,
            ClockTrust::Overruled(by) => (off - by).abs() <= BOUND,
        };
        if !is_known {
            let (wall, now) = (self.wall(), whole(self.now));
            tracing::error!(%wall, %now, "the machine's clock has jumped; what is due waits until another source says what time it is");
            self.standing = ClockTrust::Doubted;
            self.turns.push(Turn::Doubted { wall, now });
        }
    }

    /// The clocks agree again.
    fn settle(&mut self, turn: Turn) {
        if std::mem::replace(&mut self.standing, ClockTrust::Agreed) == ClockTrust::Doubted {
            tracing::warn!(now = %whole(self.now), ?turn, "the time is known again");
            self.turns.push(turn);
        }
    }
}

fn whole(instant: Timestamp) -> Timestamp {
    instant.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(instant)
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// The machine that the program runs on.
struct System(Instant);

impl Machine for System {
    fn wall(&self) -> Timestamp {
        Utc::now()
    }

    fn count(&self) -> Duration {
        self.0.elapsed()
    }

    fn up(&self) -> Option<Duration> {
        // Linux counts here while the machine sleeps, too. Elsewhere there is no such file.
        let text = std::fs::read_to_string("/proc/uptime").ok()?;
        let (whole, part) = text.split_whitespace().next()?.split_once('.')?;
        let hundredths: u64 = part.get(..2)?.parse().ok()?;
        Some(Duration::from_secs(whole.parse().ok()?) + Duration::from_millis(10 * hundredths))
    }
}

/// A machine whose clocks stand still: a script's or a test's.
struct Fixed(Timestamp, Duration);

impl Machine for Fixed {
    fn wall(&self) -> Timestamp {
        self.0
    }

    fn count(&self) -> Duration {
        self.1
    }

    fn up(&self) -> Option<Duration> {
        None
    }
}
