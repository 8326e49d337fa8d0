//! Instants and durations.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// An instant, in whole milliseconds.
pub type Timestamp = DateTime<Utc>;

/// Whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub i64);

/// The days from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayRange {
    /// The first day.
    pub first: NaiveDate,
    /// The last day, which is not before the first.
    pub last: NaiveDate,
}

impl DayRange {
    /// The month of a day.
    pub fn month_of(day: NaiveDate) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let next = first.checked_add_months(Months::new(1));
        Self { first, last: next.and_then(|next| next.pred_opt()).unwrap_or(first) }
    }

    /// Whether a day is one of them.
    pub fn has(self, date: NaiveDate) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// The start of a day in a zone; if the clock skips midnight, the first full hour that exists.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Timestamp {
    let hours = (0..24).filter_map(|hour| day.and_hms_opt(hour, 0, 0));
    let first = hours.filter_map(|time| zone.from_local_datetime(&time).earliest()).next();
    first.map_or_else(|| day.and_time(chrono::NaiveTime::MIN).and_utc(), |instant| instant.with_timezone(&chrono::Utc))
}
