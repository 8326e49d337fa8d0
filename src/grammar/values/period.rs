//! Periods as people type them in place of one of their ends: `march`, `2026-03`, `last week`.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::core::time::DayRange;
use crate::grammar::spec::folded;
use crate::grammar::values::day::{
    LAST, MONTH, THIS, Towards, WEEKS, YEAR, YEARS, date, is_date, meaningful, month, whole,
};
use crate::message::refusal::Refusal;

/// The end of a period that stands for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The first day.
    First,
    /// The last day.
    Last,
}

/// Reads a period, or a day as one: `march`, `2026-03`, `last week`, `yesterday`.
///
/// # Errors
/// As [`date`].
pub fn days_of(typed: &str, today: NaiveDate) -> Result<DayRange, Refusal> {
    match period(typed, today) {
        Some(days) => Ok(days),
        None => date(typed, today, Towards::Past).map(|day| DayRange { first: day, last: day }),
    }
}

/// Reads a day, or a period in place of one of its ends: `march`, `2026-03`, `last week`.
///
/// # Errors
/// As [`date`].
pub fn end_of_period(typed: &str, today: NaiveDate, end: End) -> Result<NaiveDate, Refusal> {
    days_of(typed, today).map(|days| if end == End::First { days.first } else { days.last })
}

/// Whether a text has the form of a day or a period.
pub(super) fn is_date_or_period(typed: &str) -> bool {
    is_date(typed) || NaiveDate::from_ymd_opt(2000, 1, 1).is_some_and(|day| period(typed, day).is_some())
}

/// The days of a period: `2026`, `2026-03`, `march`, `mars 2026`, `this month`, `last week`.
fn period(typed: &str, today: NaiveDate) -> Option<DayRange> {
    let text = folded(typed.trim()).replace("l'", "");
    let words = meaningful(&text)?;
    let month_of = |year: i32, month: u32| {
        NaiveDate::from_ymd_opt(year, month, 1).filter(|_| YEARS.contains(&year)).map(DayRange::month_of)
    };
    match words.as_slice() {
        [one] => match (one.split_once('-'), month(one)) {
            (Some((year, month)), _) if year.len() == 4 => {
                month_of(whole(year, 4)?, u32::try_from(whole(month, 2)?).ok()?)
            }
            (None, Some(month)) => month_of(today.year() - i32::from(month > today.month()), month),
            (None, None) if one.len() == 4 => year_of(whole(one, 4)?),
            _ => None,
        },
        [one, other] => match (month(one), whole(other, 4)) {
            (Some(month), Some(year)) if other.len() == 4 => month_of(year, month),
            _ => by_name(one, other, today).or_else(|| by_name(other, one, today)),
        },
        _ => None,
    }
}

/// The days of a year.
fn year_of(year: i32) -> Option<DayRange> {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).filter(|_| YEARS.contains(&year));
    Some(DayRange { first: day(1, 1)?, last: day(12, 31)? })
}

/// `this month`, `semaine dernière`, `año pasado`.
fn by_name(which: &str, unit: &str, today: NaiveDate) -> Option<DayRange> {
    let back: u32 = match () {
        () if THIS.contains(&which) => 0,
        () if LAST.contains(&which) => 1,
        () => return None,
    };
    match () {
        () if WEEKS.contains(&unit) => {
            let monday = u64::from(today.weekday().num_days_from_monday() + 7 * back);
            let first = today.checked_sub_days(Days::new(monday))?;
            Some(DayRange { first, last: first.checked_add_days(Days::new(6))? })
        }
        () if MONTH.contains(&unit) => today.checked_sub_months(Months::new(back)).map(DayRange::month_of),
        () if YEAR.contains(&unit) => {
            today.checked_sub_months(Months::new(12 * back)).and_then(|day| year_of(day.year()))
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_stand_for_their_ends() {
        let friday = day("2026-11-20");
        for (typed, first, last) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026-03", "2026-03-01", "2026-03-31"),
            ("march", "2026-03-01", "2026-03-31"),
            ("décembre", "2025-12-01", "2025-12-31"),
            ("febrero de 2024", "2024-02-01", "2024-02-29"),
            ("this month", "2026-11-01", "2026-11-30"),
            ("le mois dernier", "2026-10-01", "2026-10-31"),
            ("la semana pasada", "2026-11-09", "2026-11-15"),
            ("this week", "2026-11-16", "2026-11-22"),
            ("l'année dernière", "2025-01-01", "2025-12-31"),
            ("yesterday", "2026-11-19", "2026-11-19"),
            ("2026-03-05", "2026-03-05", "2026-03-05"),
        ] {
            let ends = [End::First, End::Last].map(|end| end_of_period(typed, friday, end));
            assert_eq!(ends, [Ok(day(first)), Ok(day(last))], "{typed}");
        }
        for typed in ["2026-13", "0001", "month", "next month", "march april"] {
            assert!(end_of_period(typed, friday, End::First).is_err(), "{typed}");
        }
    }
}
