//! Instants and durations.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An instant, in whole milliseconds.
pub type Timestamp = DateTime<Utc>;

/// Whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub i64);

/// Minutes as people write them: `2h30`, `45m`, `3h`.
pub fn duration(minutes: i64) -> String {
    let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    match (hours, rest) {
        (0, rest) => format!("{rest}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, rest) => format!("{hours}h{rest:02}"),
    }
}
