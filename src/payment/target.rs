//! The days on which banks settle payments in euros: those of TARGET, the system of the European central banks.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Europe::Berlin;

/// The day on which a bank can execute a payment that is ordered now: the day of its order or of now, whichever is
/// later and in Frankfurt's zone at least, or the next day of TARGET.
pub fn execution(ordered: NaiveDate, now: DateTime<Utc>) -> NaiveDate {
    let first = ordered.max(now.with_timezone(&Berlin).date_naive());
    // No row of closed days is longer than four.
    first.iter_days().take(10).find(|day| is_open(*day)).unwrap_or(first)
}

/// Whether TARGET is open: from Monday to Friday, without New Year, Good Friday, Easter Monday, 1 May, and 25 and 26
/// December.
fn is_open(day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let fixed = matches!((day.month(), day.day()), (1, 1) | (5, 1) | (12, 25 | 26));
    let moved = easter(day.year())
        .is_some_and(|easter| easter.checked_sub_days(Days::new(2)) == Some(day) || easter + TimeDelta::days(1) == day);
    !(weekend || fixed || moved)
}

/// Easter Sunday of a year of the Gregorian calendar, by the rule of Butcher (1876): a division's rest counts, never
/// its fraction.
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year % 19;
    let (century, of_century) = (year.div_euclid(100), year % 100);
    let correction = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let lunar = (century - century.div_euclid(4) - correction + 19 * golden + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * of_century.div_euclid(4) - lunar - of_century % 4) % 7;
    let late = (golden + 11 * lunar + 22 * week).div_euclid(451);
    let days = lunar + week - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(days.div_euclid(31)).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_is_where_calendars_have_it() {
        let years = [
            "1961-04-02",
            "2000-04-23",
            "2008-03-23",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
            "2285-03-22",
        ];
        for easter_day in years.map(day) {
            assert_eq!(easter(easter_day.year()), Some(easter_day));
        }
        for year in 1583..4000 {
            let easter = easter(year).unwrap();
            assert!(easter.weekday() == Weekday::Sun && (80..=116).contains(&easter.ordinal()), "{easter}");
        }
    }

    #[test]
    fn banks_are_closed_on_their_days() {
        for (ordered, now, executed) in [
            ("2026-03-03", "2026-03-03T09:00:00Z", "2026-03-03"),
            // A Saturday, and said a week ago.
            ("2026-03-07", "2026-03-07T09:00:00Z", "2026-03-09"),
            ("2026-03-03", "2026-03-10T09:00:00Z", "2026-03-10"),
            // Easter of 2026: closed from Friday to Monday.
            ("2026-04-03", "2026-04-03T09:00:00Z", "2026-04-07"),
            ("2026-12-24", "2026-12-24T09:00:00Z", "2026-12-24"),
            ("2026-12-25", "2026-12-25T09:00:00Z", "2026-12-28"),
            ("2026-05-01", "2026-05-01T09:00:00Z", "2026-05-04"),
            ("2025-12-31", "2026-01-01T09:00:00Z", "2026-01-02"),
            // Still the day before in Montreal, or already the day after in Auckland.
            ("2026-03-03", "2026-03-04T01:30:00Z", "2026-03-04"),
            ("2026-03-05", "2026-03-04T12:30:00Z", "2026-03-05"),
        ] {
            assert_eq!(execution(day(ordered), now.parse().unwrap()), day(executed), "{ordered} {now}");
        }
    }
}
