//! When something happens again and again: a cron expression on the wall clock of a zone.
//!
//! The calendar is computed on the wall clock alone and placed in the zone afterwards, so that a daily event happens
//! once even when clocks change: a wall time that occurs twice means the first one, and one that is skipped means an
//! hour later.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;

use crate::core::time::Timestamp;
use crate::grammar::spec::folded;
use crate::grammar::values::{month as month_named, weekday_of_schedule};

/// How many occurrences are looked at to see whether a day has two: those of a day or two, if it has.
const LOOKED_AT: usize = 64;

/// How many days back the last time is searched, one span after the other.
const LOOKED_BACK: [i64; 4] = [2, 9, 40, 2000];

/// Words for the most common schedules: on Monday, every day and on the first of the month, at nine.
const WORDS: [(&str, &str); 3] = [("weekly", "0 9 * * MON"), ("daily", "0 9 * * *"), ("monthly", "0 9 1 * *")];

/// An expression of five fields: minute, hour, day of the month, month, day of the week.
#[derive(Debug, Clone)]
pub struct Recurrence {
    text: String,
    schedule: Schedule,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceError {
    /// It is not an expression.
    Unreadable,
    /// It never happens.
    Never,
    /// It happens more often than once a day.
    TooOften,
    /// It has both a day of the month and a day of the week.
    TwoDays,
}

impl Recurrence {
    /// Reads `0 9 * * MON`, one of `weekly`, `daily`, `monthly`, or a day of the week. Days of the week and months are
    /// names in any language, or numbers; of those of the week 0 and 7 are Sunday. `?` leaves a day open, as `*` does.
    ///
    /// # Errors
    /// [`RecurrenceError::Unreadable`] for other text, [`RecurrenceError::TwoDays`] for a day of the month with a day
    /// of the week, [`RecurrenceError::Never`] or [`RecurrenceError::TooOften`] for times that are not useful.
    pub fn parse(typed: &str) -> Result<Self, RecurrenceError> {
        let typed = folded(typed.trim().trim_start_matches('@')).to_ascii_uppercase();
        let known = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&typed));
        let text = match known {
            Some((_, expression)) => (*expression).to_owned(),
            None if weekday_of_schedule(&typed).is_some() => format!("0 9 * * {typed}"),
            None => typed.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let fields: Vec<&str> = text.split(' ').collect();
        let [minute, hour, day_of_month, month, weekday] = match fields.as_slice() {
            [minute, hour, day, month, weekday] => [*minute, *hour, *day, *month, *weekday],
            _ => return Err(RecurrenceError::Unreadable),
        };
        let open = |day| if day == "?" { "*" } else { day };
        let (day_of_month, weekday) = (open(day_of_month), open(weekday));
        let in_fields = || {
            let (month, weekdays) = (in_numbers(month, month_named)?, weekdays(weekday)?);
            Schedule::from_str(&format!("0 {minute} {hour} {day_of_month} {month} {weekdays}")).ok()
        };
        let schedule = in_fields().ok_or(RecurrenceError::Unreadable)?;
        // Other programs read a day of the month beside a day of the week as either of them, which nobody expects; the
        // library reads it as both.
        if day_of_month != "*" && weekday != "*" {
            return Err(RecurrenceError::TwoDays);
        }
        let found = Self { text, schedule };
        found.is_sensible().map(|()| found)
    }

    fn is_sensible(&self) -> Result<(), RecurrenceError> {
        let from = DateTime::UNIX_EPOCH + TimeDelta::days(365 * 55);
        let times: Vec<DateTime<Utc>> = self.schedule.after(&from).take(LOOKED_AT).collect();
        if times.is_empty() {
            return Err(RecurrenceError::Never);
        }
        let too_close =
            times.windows(2).any(|pair| matches!(pair, [one, next] if one.date_naive() == next.date_naive()));
        if too_close { Err(RecurrenceError::TooOften) } else { Ok(()) }
    }

    /// The expression.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last time up to an instant, in a zone; `None` if it happens less than once in some years.
    pub fn last(&self, by: Timestamp, zone: Tz) -> Option<Timestamp> {
        let among = |days: i64| {
            let times = std::iter::successors(self.next(by - TimeDelta::days(days), zone), |at| self.next(*at, zone));
            times.take_while(|at| *at <= by).last()
        };
        LOOKED_BACK.into_iter().find_map(among)
    }

    /// The first time after an instant, in a zone.
    pub fn next(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let wall = after.with_timezone(&zone).naive_local();
        // If a wall time occurs twice, the first one may be over already.
        self.schedule
            .after(&wall.and_utc())
            .take(3)
            .filter_map(|wall| placed(wall.naive_utc(), zone))
            .find(|at| *at > after)
    }
}

/// The instant of a wall time: the first of two; if it is skipped, as much later as clocks are put forward.
pub fn placed(wall: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let skipped = || {
        // As long after a wall time before the gap as it would be without the gap. A zone that crosses the date line
        // skips a day.
        let before = (1..=96).map(|halves| TimeDelta::minutes(30 * halves));
        let mut places =
            before.filter_map(|ago| Some(zone.from_local_datetime(&(wall - ago)).latest()?.to_utc() + ago));
        places.next()
    };
    zone.from_local_datetime(&wall).earliest().map(|at| at.to_utc()).or_else(skipped)
}

/// A field with its names of months or weekdays as numbers.
fn in_numbers(field: &str, number: impl Fn(&str) -> Option<u32>) -> Option<String> {
    let mut written = String::new();
    let mut rest = field;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(length);
        if !name.is_empty() {
            written.push_str(&number(name)?.to_string());
        }
        let sign = behind.find(char::is_alphabetic).unwrap_or(behind.len());
        written.push_str(&behind[..sign]);
        rest = &behind[sign..];
    }
    Some(written)
}

/// The days of the week of a field, as the library counts them: from 1 for Sunday on.
fn weekdays(field: &str) -> Option<String> {
    const SATURDAY: u32 = 6;
    if field == "*" {
        return Some(field.to_owned());
    }
    let field = in_numbers(field, |name| weekday_of_schedule(name).map(|day| day.num_days_from_sunday()))?;
    let place = |digits: &str| digits.parse::<u32>().ok().filter(|number| *number <= SATURDAY + 1);
    let mut found: Vec<String> = Vec::new();
    for part in field.split(',') {
        let (range, step) = part
            .split_once('/')
            .map_or((part, Some(1)), |(range, step)| (range, step.parse().ok().filter(|step| *step > 0)));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (place(from)?, place(to)?),
            None if range == "*" => (0, SATURDAY),
            None => (place(range)?, place(range)?),
        };
        // Saturday to Monday goes over the end of the week.
        let to = if to < from { to + SATURDAY + 1 } else { to };
        found.extend((from..=to).step_by(step?).map(|day| (day % (SATURDAY + 1) + 1).to_string()));
    }
    found.dedup();
    Some(found.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn once_a_day_where_clocks_change() {
        let zone: Tz = "America/Montreal".parse().unwrap();
        // Clocks go from 02:00 to 03:00 on 8 March 2026, and from 02:00 back to 01:00 on 1 November.
        for (expression, start, days) in [
            (
                "30 2 * * *",
                "2026-03-06T12:00:00-05:00",
                ["2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"],
            ),
            (
                "30 1 * * *",
                "2026-10-30T12:00:00-04:00",
                ["2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
            ),
            (
                "0 9 * * *",
                "2026-03-07T08:00:00-05:00",
                ["2026-03-07T09:00:00-05:00", "2026-03-08T09:00:00-04:00", "2026-03-09T09:00:00-04:00"],
            ),
            (
                "0 9 * * *",
                "2026-10-31T08:00:00-04:00",
                ["2026-10-31T09:00:00-04:00", "2026-11-01T09:00:00-05:00", "2026-11-02T09:00:00-05:00"],
            ),
        ] {
            let recurrence = Recurrence::parse(expression).unwrap();
            let mut now = at(start);
            for expected in days {
                now = recurrence.next(now, zone).unwrap();
                assert_eq!(now, at(expected), "{expression} after {start}");
            }
        }
        // In the hour that occurs twice, the first one is over.
        let half_past_one = Recurrence::parse("30 1 * * *").unwrap();
        assert_eq!(half_past_one.next(at("2026-11-01T01:10:00-05:00"), zone), Some(at("2026-11-02T01:30:00-05:00")));
    }

    #[test]
    fn every_zone_has_one_a_day_all_year() {
        for zone in [
            "America/Montreal",
            "Europe/Paris",
            "Australia/Lord_Howe",
            "Africa/Casablanca",
            "America/Santiago",
            "Pacific/Apia",
        ] {
            let zone: Tz = zone.parse().unwrap();
            for hour in 0..4 {
                let daily = Recurrence::parse(&format!("15 {hour} * * *")).unwrap();
                let mut now = daily.next(at("2026-01-01T12:00:00Z"), zone).unwrap();
                let (first, mut day) = (now.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive());
                for _ in 0..364 {
                    now = daily.next(now, zone).unwrap();
                    let next = now.with_timezone(&zone).date_naive();
                    assert!(next > day, "{zone}: {day} has two at {hour}:15");
                    assert_eq!((next - day).num_days(), 1, "{zone}: none between {day} and {next}");
                    day = next;
                }
                assert_eq!((day - first).num_days(), 364, "{zone} at {hour}:15");
            }
        }
    }

    #[test]
    fn the_last_time_is_found_without_counting_up_to_it() {
        let last = |expression: &str| Recurrence::parse(expression).unwrap().last(at("2026-11-27T12:00:00Z"), Tz::UTC);
        for (expression, expected) in [
            ("daily", "2026-11-27T09:00:00Z"),
            ("weekly", "2026-11-23T09:00:00Z"),
            ("monthly", "2026-11-01T09:00:00Z"),
            ("0 8 29 2 *", "2024-02-29T08:00:00Z"),
        ] {
            assert_eq!(last(expression), Some(at(expected)), "{expression}");
        }
    }

    #[test]
    fn expressions_as_people_write_them() {
        let next = |expression: &str| {
            Recurrence::parse(expression).unwrap().next(at("2026-11-27T12:00:00Z"), Tz::UTC).unwrap()
        };
        for (expression, expected) in [
            ("0 9 * * MON", "2026-11-30T09:00:00Z"),
            ("0 9 * * 1", "2026-11-30T09:00:00Z"),
            ("0 9 * * 0", "2026-11-29T09:00:00Z"),
            ("0 9 * * 7", "2026-11-29T09:00:00Z"),
            ("30 17 * * 1-5", "2026-11-27T17:30:00Z"),
            ("0 9 * * 0-7", "2026-11-28T09:00:00Z"),
            ("0 9 * * 6-7", "2026-11-28T09:00:00Z"),
            ("0 9 * * LUN", "2026-11-30T09:00:00Z"),
            ("0 9 * * MIE", "2026-12-02T09:00:00Z"),
            ("0 9 * * monday", "2026-11-30T09:00:00Z"),
            ("0 9 * * Miércoles", "2026-12-02T09:00:00Z"),
            ("0 9 * * lundis-jeu", "2026-11-30T09:00:00Z"),
            ("0 9 ? * MON", "2026-11-30T09:00:00Z"),
            ("0 9 1 * ?", "2026-12-01T09:00:00Z"),
            ("0 9 1 janvier,avr *", "2027-01-01T09:00:00Z"),
            ("lundi", "2026-11-30T09:00:00Z"),
            ("Sundays", "2026-11-29T09:00:00Z"),
            ("0 9 * * SUN-TUE", "2026-11-29T09:00:00Z"),
            ("0 9 * * */2", "2026-11-28T09:00:00Z"),
            ("weekly", "2026-11-30T09:00:00Z"),
            ("@daily", "2026-11-28T09:00:00Z"),
            ("0 8 29 2 *", "2028-02-29T08:00:00Z"),
        ] {
            assert_eq!(next(expression), at(expected), "{expression}");
        }
        for (expression, trouble) in [
            ("0 9 30 2 *", RecurrenceError::Never),
            ("* * * * *", RecurrenceError::TooOften),
            ("* * * * * *", RecurrenceError::Unreadable),
            ("0 9,17 * * *", RecurrenceError::TooOften),
            ("*/30 9 * * *", RecurrenceError::TooOften),
            ("", RecurrenceError::Unreadable),
            ("soon", RecurrenceError::Unreadable),
            ("0 25 * * *", RecurrenceError::Unreadable),
            ("0 9 * * 8", RecurrenceError::Unreadable),
            ("0 9 1 * MON", RecurrenceError::TwoDays),
            ("0 9 * * 1/0", RecurrenceError::Unreadable),
            ("0 9 * * MON extra words here", RecurrenceError::Unreadable),
        ] {
            assert_eq!(Recurrence::parse(expression).err(), Some(trouble), "{expression}");
        }
    }
}
