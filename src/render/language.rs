//! How each language writes numbers, amounts and dates. Code is written as it is typed, the same in every language.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::core::money::Amount;
use crate::core::time::DayRange;

/// The narrow no-break space between thousands.
const BETWEEN: char = '\u{202f}';

/// A number with so many digits is a year or small: without a fraction it is not grouped.
const FEW: usize = 4;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// Whether a language uses the singular with this number: French does with zero as well.
pub fn is_one(count: i64, language: &str) -> bool {
    count == 1 || (count == 0 && language == "fr")
}

/// A number in digits with a point, as a language writes it: `12345.60` is `12 345,60` in French. Other names stay as
/// they are.
pub fn number(digits: &str, language: &str) -> String {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if language == "en"
        || whole.is_empty()
        || !is_number(whole)
        || !is_number(fraction)
        || whole.len() <= FEW && fraction.is_empty()
    {
        return digits.to_owned();
    }
    // Spanish does not group four digits.
    let ungrouped = if language == "es" { FEW } else { FEW - 1 };
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && whole.len() > ungrouped && (whole.len() - place).is_multiple_of(3) {
            grouped.push(BETWEEN);
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push(',');
        grouped.push_str(fraction);
    }
    grouped
}

/// An amount, followed by its currency.
pub fn amount(amount: Amount, language: &str) -> String {
    match language {
        "en" => amount.to_string(),
        language => format!("{} {}", number(&amount.number(), language), amount.commodity.code()),
    }
}

/// A day.
pub fn date(date: NaiveDate, language: &str) -> String {
    let month = |names: &[&'static str; 12]| {
        names.get(usize::try_from(date.month0()).unwrap_or(0)).copied().unwrap_or_default()
    };
    match language {
        "fr" => format!("{}{} {} {}", date.day(), if date.day() == 1 { "er" } else { "" }, month(&FRENCH), date.year()),
        "es" => format!("{} de {} de {}", date.day(), month(&SPANISH), date.year()),
        _ => date.to_string(),
    }
}

/// Days from one to another: `2026`, `March 2026`, `week of 2–8 March 2026`, `28 December 2025 – 3 January 2026`.
pub fn span(days: DayRange, language: &str) -> String {
    let DayRange { first, last } = days;
    if first == last {
        return date(first, language);
    }
    let named = |names: &[&'static str; 12], day: NaiveDate| {
        names.get(usize::try_from(day.month0()).unwrap_or(0)).copied().unwrap_or_default()
    };
    let month = |day: NaiveDate| match language {
        "fr" => named(&FRENCH, day),
        "es" => named(&SPANISH, day),
        _ => named(&ENGLISH, day),
    };
    let (is_same_year, is_same_month) = (first.year() == last.year(), first.month() == last.month());
    let fills_months = first.day() == 1 && last.succ_opt().is_none_or(|next| next.day() == 1);
    if fills_months && is_same_year && first.month() == 1 && last.month() == 12 {
        return first.year().to_string();
    }
    // What stands between a day and its month, and between a month and its year.
    let of = if language == "es" { " de " } else { " " };
    if fills_months && is_same_year && is_same_month {
        return format!("{}{of}{}", month(first), first.year());
    }
    let numbered = |day: NaiveDate| match language {
        "fr" if day.day() == 1 => "1er".to_owned(),
        _ => day.day().to_string(),
    };
    let end = format!("{}{of}{}{of}{}", numbered(last), month(last), last.year());
    let begin = match (is_same_year, is_same_month) {
        (true, true) => numbered(first),
        (true, false) => format!("{}{of}{}", numbered(first), month(first)),
        (false, _) => format!("{}{of}{}{of}{}", numbered(first), month(first), first.year()),
    };
    let is_week = first.weekday() == Weekday::Mon && (last - first).num_days() == 6;
    match language {
        "fr" if is_week => format!("semaine du {begin} au {end}"),
        "fr" => format!("du {begin} au {end}"),
        "es" if is_week => format!("semana del {begin} al {end}"),
        "es" => format!("del {begin} al {end}"),
        _ => {
            let between = if is_same_year && is_same_month { "–" } else { " – " };
            format!("{}{begin}{between}{end}", if is_week { "week of " } else { "" })
        }
    }
}

/// A day of this or the last year, short enough for an axis.
pub fn short_date(date: NaiveDate, language: &str) -> String {
    format!("{} {}", date.day(), short_month(date, language))
}

/// A month of this or the last year, short enough for an axis.
pub fn short_month(date: NaiveDate, language: &str) -> String {
    const SHORT_ENGLISH: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const SHORT_FRENCH: [&str; 12] =
        ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    const SHORT_SPANISH: [&str; 12] =
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"];
    let names = match language {
        "fr" => SHORT_FRENCH,
        "es" => SHORT_SPANISH,
        _ => SHORT_ENGLISH,
    };
    names.get(usize::try_from(date.month0()).unwrap_or(0)).copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_called_by_their_names() {
        for (first, last, english, french, spanish) in [
            ("2026-01-01", "2026-12-31", "2026", "2026", "2026"),
            ("2026-03-01", "2026-03-31", "March 2026", "mars 2026", "marzo de 2026"),
            (
                "2026-03-02",
                "2026-03-08",
                "week of 2–8 March 2026",
                "semaine du 2 au 8 mars 2026",
                "semana del 2 al 8 de marzo de 2026",
            ),
            (
                "2025-12-29",
                "2026-01-04",
                "week of 29 December 2025 – 4 January 2026",
                "semaine du 29 décembre 2025 au 4 janvier 2026",
                "semana del 29 de diciembre de 2025 al 4 de enero de 2026",
            ),
            (
                "2026-03-01",
                "2026-04-02",
                "1 March – 2 April 2026",
                "du 1er mars au 2 avril 2026",
                "del 1 de marzo al 2 de abril de 2026",
            ),
            ("2026-03-05", "2026-03-05", "2026-03-05", "5 mars 2026", "5 de marzo de 2026"),
        ] {
            let days = DayRange { first: first.parse().unwrap(), last: last.parse().unwrap() };
            assert_eq!(["en", "fr", "es"].map(|language| span(days, language)), [english, french, spanish]);
        }
    }

    #[test]
    fn numbers_as_each_language_writes_them() {
        for (digits, en, fr) in [
            ("1", "1", "1"),
            ("-0.50", "-0.50", "-0,50"),
            ("1000.00", "1000.00", "1\u{202f}000,00"),
            ("2026", "2026", "2026"),
            ("12345.60", "12345.60", "12\u{202f}345,60"),
            ("1234567", "1234567", "1\u{202f}234\u{202f}567"),
            ("2026-01-31", "2026-01-31", "2026-01-31"),
            ("a.b", "a.b", "a.b"),
        ] {
            assert_eq!((number(digits, "en").as_str(), number(digits, "fr").as_str()), (en, fr));
        }
        assert!(is_one(0, "fr") && !is_one(0, "es") && is_one(1, "es") && !is_one(2, "fr"));
    }

    #[test]
    fn days_as_each_language_writes_them() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 8, d).unwrap();
        assert_eq!(
            [date(day(1), "en"), date(day(1), "fr"), date(day(2), "es")],
            ["2026-08-01", "1er août 2026", "2 de agosto de 2026"]
        );
        assert_eq!(
            [short_date(day(1), "en"), short_date(day(1), "fr"), short_date(day(2), "es")],
            ["1 Aug", "1 août", "2 ago"]
        );
    }
}
