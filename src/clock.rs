//! What time it is: asked here and nowhere else, so that tests and scripts can say.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DurationRound, TimeDelta, Utc};

use crate::core::entry::Timestamp;

/// A source of instants.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    set: Arc<Mutex<Option<Timestamp>>>,
}

impl Clock {
    /// Now, in whole milliseconds: the machine's time, or what the clock was last set to.
    pub fn now(&self) -> Timestamp {
        let set = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let now = set.unwrap_or_else(Utc::now);
        now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
    }

    /// From now on it is this instant, until the clock is set again.
    pub fn set(&self, now: Timestamp) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
}
