//! How each language writes numbers, amounts and dates. Code is written as it is typed, the same in every language.

use chrono::{Datelike, NaiveDate};

use crate::core::money::Amount;

/// The narrow no-break space between thousands.
const BETWEEN: char = '\u{202f}';

/// A number with so many digits is a year or small: without a fraction it is not grouped.
const FEW: usize = 4;

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

/// A day of this or the last year, short enough for an axis.
pub fn short_date(date: NaiveDate, language: &str) -> String {
    const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const SHORT_FRENCH: [&str; 12] =
        ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    const SHORT_SPANISH: [&str; 12] =
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"];
    let names = match language {
        "fr" => SHORT_FRENCH,
        "es" => SHORT_SPANISH,
        _ => ENGLISH,
    };
    format!("{} {}", date.day(), names.get(usize::try_from(date.month0()).unwrap_or(0)).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
