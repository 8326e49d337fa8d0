//! How durations, amounts, numbers and dates are typed.

use std::borrow::Cow;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::money::{Amount, Commodity, Minor};
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::grammar::spec::folded;
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// Minutes in a day: the most that one log may hold.
const DAY: i64 = 24 * 60;

/// Reads `2h30`, `2h30m`, `2.5h`, `90m`, `90min`, `1:30`, `2 hours`: whole minutes, above zero and at most a day.
///
/// # Errors
/// [`TypedRefusal::NotADuration`], [`TypedRefusal::NoTime`] for zero, or [`TypedRefusal::OverADay`].
pub fn duration(typed: &str) -> Result<Minutes, Refusal> {
    let minutes = exact_minutes(typed).ok_or_else(|| TypedRefusal::NotADuration { typed: Typed(typed.to_owned()) })?;
    match minutes {
        ..=0 => Err(TypedRefusal::NoTime.into()),
        1..=DAY => Ok(Minutes(minutes)),
        _ => Err(TypedRefusal::OverADay { typed: Typed(typed.to_owned()) }.into()),
    }
}

/// Reads a duration above zero that may be longer than a day.
///
/// # Errors
/// [`TypedRefusal::NotADuration`], or [`TypedRefusal::NoTime`] for zero.
pub fn estimate(typed: &str) -> Result<Minutes, Refusal> {
    match exact_minutes(typed) {
        None => Err(TypedRefusal::NotADuration { typed: Typed(typed.to_owned()) }.into()),
        Some(..=0) => Err(TypedRefusal::NoTime.into()),
        Some(minutes) => Ok(Minutes(minutes)),
    }
}

/// Whether a word is a duration, whatever its size.
pub fn is_duration(typed: &str) -> bool {
    exact_minutes(typed).is_some()
}

fn exact_minutes(typed: &str) -> Option<i64> {
    let compact: String = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let (sign, compact) = compact.strip_prefix(['-', '−']).map_or((1, compact.as_str()), |rest| (-1, rest));
    if compact.len() > 24 || !compact.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some((hours, minutes)) = compact.split_once(':') {
        let minutes = (minutes.len() == 2).then(|| whole(minutes)).flatten().filter(|m| *m < 60)?;
        return Some(sign * (whole(hours)? * 60 + minutes));
    }
    let after = |text: &str, units: &[&str]| units.iter().find_map(|unit| text.strip_suffix(unit).map(str::to_owned));
    const MINUTES: &[&str] = &["minutes", "minutos", "minute", "minuto", "mins", "min", "m"];
    const HOURS: &[&str] = &["hours", "heures", "horas", "hour", "heure", "hora", "hrs", "hr", "h"];
    let total = if let Some((hours, rest)) = compact.split_once('h') {
        let rest = HOURS.iter().find_map(|word| rest.strip_prefix(word.strip_prefix('h')?)).unwrap_or(rest);
        match rest {
            "" => scaled(&after(compact, HOURS)?, 60)?,
            rest => {
                whole(hours)? * 60
                    + whole(&after(rest, MINUTES).unwrap_or_else(|| rest.to_owned())).filter(|m| *m < 60)?
            }
        }
    } else {
        whole(&after(compact, MINUTES)?)?
    };
    Some(sign * total)
}

fn whole(digits: &str) -> Option<i64> {
    (!digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

fn scaled(number: &str, by: i64) -> Option<i64> {
    let number = number.replace(',', ".");
    if !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let exact = Decimal::from_str_exact(&number).ok()?.checked_mul(Decimal::from(by))?.normalize();
    (exact.scale() == 0).then(|| i64::try_from(exact.mantissa()).ok()).flatten()
}

/// Reads an amount above zero in the network's currency.
///
/// # Errors
/// As [`balance`], and [`TypedRefusal::NotAboveZero`].
pub fn amount(typed: &str, commodity: Commodity) -> Result<Amount, Refusal> {
    positive(balance(typed, commodity)?)
}

/// Money to promise: in all, or on top of what was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pledge {
    /// Whether it is added to an earlier promise.
    pub more: bool,
    /// How much.
    pub amount: Amount,
}

/// Reads `200`, or `+50` for an addition.
///
/// # Errors
/// As [`amount`].
pub fn pledge(typed: &str, commodity: Commodity) -> Result<Pledge, Refusal> {
    let more = typed.trim_start().strip_prefix('+');
    Ok(Pledge { more: more.is_some(), amount: amount(more.unwrap_or(typed), commodity)? })
}

/// Reads an amount above zero in any currency; without a code, it is in the network's.
///
/// # Errors
/// As [`balance`], and [`TypedRefusal::UnknownCurrency`] or [`TypedRefusal::NotAboveZero`].
pub fn foreign_amount(typed: &str, commodity: Commodity) -> Result<Amount, Refusal> {
    let (_, code) = number_and_code(typed);
    let commodity = match code {
        Some(code) => {
            Commodity::iso(&code).ok_or_else(|| TypedRefusal::UnknownCurrency { typed: Typed(code.into_owned()) })?
        }
        None => commodity,
    };
    positive(balance(typed, commodity)?)
}

fn positive(amount: Amount) -> Result<Amount, Refusal> {
    if amount.minor.is_positive() { Ok(amount) } else { Err(TypedRefusal::NotAboveZero.into()) }
}

/// Reads an amount of any sign in the network's currency: `12.50`, `12,50`, `1,234.56`, `$12.50`, `CAD 12.50`, `12.50
/// CAD`.
///
/// # Errors
/// [`TypedRefusal::NotAnAmount`]; [`TypedRefusal::TwoReadings`] for `1,234`; [`TypedRefusal::WrongCurrency`];
/// [`TypedRefusal::TooMuch`] above the largest amount; [`TypedRefusal::TooFine`] for too many decimals.
pub fn balance(typed: &str, commodity: Commodity) -> Result<Amount, Refusal> {
    let (number, code) = number_and_code(typed);
    if let Some(code) = code
        && !means(&code, commodity)
    {
        return Err(TypedRefusal::WrongCurrency {
            typed: Typed(code.into_owned()),
            currency: Name::from(commodity.code()),
        }
        .into());
    }
    let number = decimal(&number, typed)?;
    let minor = |number: Decimal| {
        let mut exact = number;
        exact.rescale(u32::from(commodity.scale()));
        exact == number
    };
    match commodity.amount(number) {
        Some(amount) => Ok(amount),
        None if minor(number) => {
            Err(TypedRefusal::TooMuch { most: commodity.minor(crate::core::money::LARGEST_MINOR) }.into())
        }
        None => Err(TypedRefusal::TooFine { typed: Typed(typed.to_owned()), finest: commodity.minor(Minor(1)) }.into()),
    }
}

fn means(code: &str, commodity: Commodity) -> bool {
    match code {
        "$" => commodity.code().ends_with('D') || matches!(commodity.code(), "MXN" | "ARS" | "CLP" | "COP"),
        "€" => commodity.code() == "EUR",
        "£" => commodity.code() == "GBP",
        "¥" => matches!(commodity.code(), "JPY" | "CNY"),
        code => code.eq_ignore_ascii_case(commodity.code()),
    }
}

/// Separates the currency sign or code from a number.
fn number_and_code(typed: &str) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    let typed = typed.trim();
    let (sign, rest) = typed.strip_prefix(['-', '−']).map_or(("", typed), |rest| ("-", rest.trim_start()));
    let is_code = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    const SIGNS: [char; 4] = ['$', '€', '£', '¥'];
    let taken = if let Some(found) = rest.chars().next().filter(|c| SIGNS.contains(c)) {
        Some((rest[found.len_utf8()..].trim(), found.to_string()))
    } else if let Some(found) = rest.chars().next_back().filter(|c| SIGNS.contains(c)) {
        Some((rest[..rest.len() - found.len_utf8()].trim(), found.to_string()))
    } else if let Some(code) = rest.get(..3).filter(|code| is_code(code)) {
        Some((rest[3..].trim(), code.to_ascii_uppercase()))
    } else {
        let tail = rest.len().checked_sub(3).and_then(|at| rest.get(at..)).filter(|code| is_code(code));
        tail.map(|code| (rest[..rest.len() - 3].trim(), code.to_ascii_uppercase()))
    };
    match taken.filter(|(number, _)| number.contains(|c: char| c.is_ascii_digit())) {
        Some((number, code)) => (Cow::Owned(format!("{sign}{number}")), Some(Cow::Owned(code))),
        None => (Cow::Owned(format!("{sign}{rest}")), None),
    }
}

/// Reads a number above zero with at most six decimals: a quantity.
///
/// # Errors
/// [`TypedRefusal::NotAnAmount`] or [`TypedRefusal::TwoReadings`] for other text, [`TypedRefusal::NotAQuantity`] for
/// other numbers.
pub fn quantity(typed: &str) -> Result<Decimal, Refusal> {
    let number = decimal(typed, typed)?.normalize();
    if number <= Decimal::ZERO || number.scale() > 6 || number > Decimal::from(1_000_000_000_i64) {
        return Err(TypedRefusal::NotAQuantity { typed: Typed(typed.to_owned()) }.into());
    }
    Ok(number)
}

/// Reads digits with `.` or `,`. If there are two kinds of separator, the last one is the decimal separator. A single
/// separator with exactly three digits after it could be either, and is refused with both readings.
fn decimal(number: &str, typed: &str) -> Result<Decimal, Refusal> {
    let not_a_number = || TypedRefusal::NotAnAmount { typed: Typed(typed.to_owned()) }.into();
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let digits: String = digits.chars().filter(|c| *c != '\'' && *c != '\u{202f}' && *c != ' ').collect();
    if digits.is_empty() || digits.len() > 24 || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return Err(not_a_number());
    }
    let separators: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let groups_of_three = |text: &str, separator: char| {
        let mut groups = text.split(separator);
        groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
    };
    let plain = match separators.as_slice() {
        [] => digits.clone(),
        [(at, _)] => {
            let (before, after) = (&digits[..*at], &digits[at + 1..]);
            if before.is_empty() || after.is_empty() {
                return Err(not_a_number());
            }
            if after.len() == 3 && before.len() <= 3 && before != "0" {
                return Err(TypedRefusal::TwoReadings {
                    typed: Typed(typed.to_owned()),
                    grouped: format!("{before}{after}.00"),
                    decimal: format!("{before}.{after}"),
                }
                .into());
            }
            format!("{before}.{after}")
        }
        [.., (at, last)] => {
            let (before, after) = (&digits[..*at], &digits[at + 1..]);
            let other = if *last == '.' { ',' } else { '.' };
            if !before.contains(*last) && !after.is_empty() && groups_of_three(before, other) {
                format!("{}.{after}", before.replace(other, ""))
            } else if !digits.contains(other) && groups_of_three(&digits, *last) {
                digits.replace(*last, "")
            } else {
                return Err(not_a_number());
            }
        }
    };
    Decimal::from_str_exact(&format!("{sign}{plain}")).map_err(|_| not_a_number())
}

/// The largest number of days that may be typed.
const MOST_DAYS: u32 = 365;

/// Reads `14`, `14d`, `14 days`.
///
/// # Errors
/// [`TypedRefusal::NotANumberOfDays`] for other text, or more than a year.
pub fn days(typed: &str) -> Result<u32, Refusal> {
    let most = usize::try_from(MOST_DAYS).unwrap_or(usize::MAX);
    whole_days(typed)
        .filter(|days| *days <= MOST_DAYS)
        .ok_or_else(|| TypedRefusal::NotANumberOfDays { typed: Typed(typed.to_owned()), most }.into())
}

/// Any number of days, with or without the word.
pub fn whole_days(typed: &str) -> Option<u32> {
    const DAYS: &[&str] = &["days", "jours", "días", "dias", "day", "jour", "día", "dia", "d", "j"];
    let digits = DAYS.iter().find_map(|unit| typed.trim().strip_suffix(unit)).unwrap_or(typed).trim();
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The days of the week besides English, from Monday on, without accents.
const WEEKDAYS: [[&str; 7]; 2] = [
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"],
];

fn weekday(word: &str) -> Option<Weekday> {
    let place = || WEEKDAYS.iter().find_map(|days| days.iter().position(|day| *day == word));
    let other = || Weekday::try_from(u8::try_from(place()?).ok()?).ok();
    (word.len() >= 3).then(|| word.parse().ok()).flatten().or_else(other)
}

/// Reads `2026-11-20`, `today`, `yesterday` or a weekday (the latest, today included), as of `today`.
///
/// # Errors
/// [`TypedRefusal::NotADate`] for other text, or a year before 1971 or after 9999.
pub fn date(typed: &str, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    let word = folded(typed);
    let known = match word.as_ref() {
        "today" | "aujourd'hui" | "hoy" => Some(today),
        "yesterday" | "hier" | "ayer" => today.checked_sub_days(Days::new(1)),
        day if weekday(day).is_some() => weekday(day).and_then(|weekday| {
            let back = (7 + today.weekday().num_days_from_monday() - weekday.num_days_from_monday()) % 7;
            today.checked_sub_days(Days::new(u64::from(back)))
        }),
        iso => (iso.len() == 10 && iso.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| NaiveDate::parse_from_str(iso, "%Y-%m-%d").ok())
            .flatten()
            .filter(|day| (1971..=9999).contains(&day.year())),
    };
    known.ok_or_else(|| TypedRefusal::NotADate { typed: Typed(typed.to_owned()) }.into())
}

/// Reads `yes`, `no` and similar words.
pub fn flag(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" | "oui" | "sí" | "si" => Some(true),
        "no" | "n" | "false" | "off" | "0" | "non" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_type_them() {
        for (typed, minutes) in [
            ("2h30", 150),
            ("2h30m", 150),
            ("2H 30min", 150),
            ("2.5h", 150),
            ("2,5h", 150),
            ("90m", 90),
            ("90min", 90),
            ("1:30", 90),
            ("2 hours", 120),
            ("1hour", 60),
            ("2 heures 30", 150),
            ("3 horas", 180),
            ("24h", 1440),
        ] {
            assert_eq!(duration(typed), Ok(Minutes(minutes)), "{typed}");
        }
        for typed in ["2", "h", "2h3h", "1:5", "1:75", "0.01h", "NaN", "1e9h", "2x", "h2", "2h75", "²h"] {
            assert!(matches!(duration(typed), Err(Refusal::Typed(TypedRefusal::NotADuration { .. }))), "{typed}");
        }
        assert_eq!(duration("0h"), Err(TypedRefusal::NoTime.into()));
        assert_eq!(duration("-2h"), Err(TypedRefusal::NoTime.into()));
        for typed in ["24h01", "99999999999h"] {
            assert!(matches!(duration(typed), Err(Refusal::Typed(TypedRefusal::OverADay { .. }))), "{typed}");
        }
    }

    #[test]
    fn days_as_people_type_them() {
        for (typed, expected) in
            [("14", 14), ("14d", 14), ("1 day", 1), (" 3 days ", 3), ("2 jours", 2), ("0", 0), ("365", 365)]
        {
            assert_eq!(days(typed), Ok(expected), "{typed}");
        }
        for typed in ["", "soon", "366", "-1", "1.5", "2 weeks", "+3"] {
            assert!(matches!(days(typed), Err(Refusal::Typed(TypedRefusal::NotANumberOfDays { .. }))), "{typed}");
        }
    }

    #[test]
    fn amounts_as_people_type_them() {
        let cad = Commodity::iso("CAD").unwrap();
        for (typed, minor) in [
            ("12.50", 1250),
            ("12,50", 1250),
            ("12,5", 1250),
            ("$12.50", 1250),
            ("CAD 12.50", 1250),
            ("12.50cad", 1250),
            ("1,234.56", 123_456),
            ("1.234,56", 123_456),
            ("1,234,567", 123_456_700),
            ("1'000.00", 100_000),
            ("1000", 100_000),
            ("1234,56", 123_456),
        ] {
            assert_eq!(amount(typed, cad), Ok(cad.minor(Minor(minor))), "{typed}");
        }
        for typed in
            ["1e9", "NaN", "inf", "0x10", "1.2.3", "1,23,4.5", ".", "", "１２", "1.234.56", "five", "12.", ".5"]
        {
            assert!(matches!(amount(typed, cad), Err(Refusal::Typed(TypedRefusal::NotAnAmount { .. }))), "{typed}");
        }
        assert!(matches!(amount("1,234", cad), Err(Refusal::Typed(TypedRefusal::TwoReadings { .. }))));
        assert!(matches!(amount("1.234", cad), Err(Refusal::Typed(TypedRefusal::TwoReadings { .. }))));
        assert!(matches!(amount("0.125", cad), Err(Refusal::Typed(TypedRefusal::TooFine { .. }))));
        assert!(matches!(amount("EUR 5", cad), Err(Refusal::Typed(TypedRefusal::WrongCurrency { .. }))));
        assert!(matches!(amount("99999999999", cad), Err(Refusal::Typed(TypedRefusal::TooMuch { .. }))));
        assert_eq!(amount("0", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(amount("-5", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(balance("-5", cad), Ok(cad.minor(Minor(-500))));
    }

    #[test]
    fn dates_as_people_type_them() {
        let friday = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        for (typed, expected) in [
            ("2026-11-02", 2),
            ("today", 20),
            ("Yesterday", 19),
            ("friday", 20),
            ("monday", 16),
            ("sat", 14),
            ("Hier", 19),
            ("sábado", 14),
            ("hoy", 20),
        ] {
            assert_eq!(date(typed, friday), Ok(day(expected)), "{typed}");
        }
        for typed in ["2026-02-30", "2026-13-01", "20-11-2026", "tomorrow", "fr", "+2026-11-2", "0000-01-01"] {
            assert!(matches!(date(typed, friday), Err(Refusal::Typed(TypedRefusal::NotADate { .. }))), "{typed}");
        }
    }
}
