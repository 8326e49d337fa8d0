//! Instants: of a message, and how far time has passed.

use chrono::{DurationRound, TimeDelta};

use crate::core::time::Timestamp;

/// The instants of a message.
#[derive(Debug, Clone, Copy)]
pub struct MessageTimes {
    /// When it was sent: the platform's stamp, within what is possible.
    pub said: Timestamp,
    /// When it counts, for windows, votes and deadlines.
    pub counts: Timestamp,
}

impl MessageTimes {
    /// Sent and counting at one instant.
    pub fn at(instant: Timestamp) -> Self {
        Self { said: instant, counts: instant }
    }
}

/// How far time has passed.
#[derive(Debug, Clone, Copy)]
pub struct Elapsed {
    /// The instant by which jobs are due.
    pub by: Timestamp,
    /// The current time, which may be later.
    pub now: Timestamp,
    /// Whether the bot was running meanwhile. Then a recurring job has each of its turns. Otherwise it has one turn
    /// for all that were missed, at the last of them.
    pub each_turn: bool,
}

/// An instant in whole milliseconds, like those of entries. Platforms' clocks may be finer.
pub fn whole(instant: Timestamp) -> Timestamp {
    instant.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(instant)
}
