//! Instants and durations.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An instant, in whole milliseconds.
pub type Timestamp = DateTime<Utc>;

/// Whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub i64);
