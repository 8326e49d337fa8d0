//! Amounts of money and other numbers as people type them: `12.50`, `12,50`, `1 234,50`, `$12.50`, `CAD 12.50`.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::money::{Amount, Commodity, LARGEST_MINOR, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::percent::percent;
use crate::grammar::spec::folded;
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

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

/// A fee: an amount, or a part of what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fee {
    /// So much.
    Amount(Amount),
    /// So many hundredths of a percent.
    Percent(BasisPoints),
}

/// Reads `1.20`, or `3%` for a part.
///
/// # Errors
/// As [`amount`], and [`TypedRefusal::NotAnAmount`] for a percentage that can't be read, or from 100 on.
pub fn fee(typed: &str, commodity: Commodity) -> Result<Fee, Refusal> {
    let Some(number) = typed.trim().strip_suffix('%') else { return Ok(Fee::Amount(amount(typed, commodity)?)) };
    let percent = percent(number).filter(|percent| (BasisPoints::LEAST..BasisPoints::ONE).contains(percent));
    percent.map(Fee::Percent).ok_or_else(|| TypedRefusal::NotAnAmount { typed: Typed(typed.to_owned()) }.into())
}

/// Whether a text has the form of a fee.
pub(super) fn is_fee(typed: &str) -> bool {
    is_amount(typed.trim().trim_end_matches('%').trim_end())
}

/// A part of what is owed to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owed {
    /// All of it.
    All,
    /// So much.
    Part(Amount),
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
    let commodity = match number_and_unit(typed).1 {
        Some(unit) if unit.means(commodity) => commodity,
        Some(Unit::Code(code)) => Commodity::iso(&code).ok_or(TypedRefusal::UnknownCurrency { typed: Typed(code) })?,
        Some(Unit::Name(_)) | None => commodity,
    };
    positive(balance(typed, commodity)?)
}

fn positive(amount: Amount) -> Result<Amount, Refusal> {
    if amount.minor.is_positive() { Ok(amount) } else { Err(TypedRefusal::NotAboveZero.into()) }
}

/// Reads an amount of any sign in the network's currency: `12.50`, `12,50`, `1,234.56`, `1 234,56`, `$12.50`, `CAD
/// 12.50`, `12.50 CAD`, `12 dollars`.
///
/// # Errors
/// [`TypedRefusal::NotAnAmount`]; [`TypedRefusal::TwoReadings`] for `1,234` in a currency with cents;
/// [`TypedRefusal::WrongCurrency`]; [`TypedRefusal::TooMuch`] above the largest amount; [`TypedRefusal::TooFine`] for
/// too many decimals.
pub fn balance(typed: &str, commodity: Commodity) -> Result<Amount, Refusal> {
    let (number, unit) = number_and_unit(typed);
    if let Some(unit) = unit
        && !unit.means(commodity)
    {
        let currency = Name::from(commodity.code());
        return Err(TypedRefusal::WrongCurrency { typed: Typed(unit.typed().to_owned()), currency }.into());
    }
    let number = decimal(&number, typed, Some(commodity.scale()))?;
    if let Some(amount) = commodity.amount(number) {
        return Ok(amount);
    }
    let mut exact = number;
    exact.rescale(u32::from(commodity.scale()));
    Err(match exact == number {
        true => TypedRefusal::TooMuch { most: commodity.minor(LARGEST_MINOR) }.into(),
        false => TypedRefusal::TooFine { typed: Typed(typed.to_owned()), finest: commodity.minor(Minor(1)) }.into(),
    })
}

/// Reads a number above zero with at most six decimals: a quantity.
///
/// # Errors
/// [`TypedRefusal::NotAnAmount`] or [`TypedRefusal::TwoReadings`] for other text, [`TypedRefusal::NotAQuantity`] for
/// other numbers.
pub fn quantity(typed: &str) -> Result<Decimal, Refusal> {
    let number = decimal(typed, typed, None)?.normalize();
    if number <= Decimal::ZERO || number.scale() > 6 || number > Decimal::from(1_000_000_000_i64) {
        return Err(TypedRefusal::NotAQuantity { typed: Typed(typed.to_owned()) }.into());
    }
    Ok(number)
}

/// Whether a text has the form of an amount. Digits in groups are one number only if a fraction follows: `1 234` may
/// be a 1 before something else.
pub(super) fn is_amount(typed: &str) -> bool {
    let (number, unit) = number_and_unit(typed);
    let is_known = match unit {
        Some(Unit::Code(code)) => Commodity::iso(&code).is_some(),
        Some(Unit::Name(_)) | None => true,
    };
    is_known && is_number(number.strip_prefix('+').unwrap_or(&number))
}

/// Whether a text has the form of a number, as [`is_amount`].
pub(super) fn is_number(typed: &str) -> bool {
    let unsigned = typed.strip_prefix('-').unwrap_or(typed).trim_start();
    ungrouped(unsigned).is_some_and(|digits| {
        let is_plain = !unsigned.contains(' ');
        digits.starts_with(|c: char| c.is_ascii_digit()) && (is_plain || digits.contains(['.', ',']))
    })
}

/// Whether words after an amount or a number might belong to it: digits, a word such as `thousand`, a sign before a
/// number.
pub(super) fn might_go_on(value: &str, rest: &[&str]) -> bool {
    const MULTIPLES: [&str; 19] = [
        "k", "mil", "mille", "milles", "thousand", "million", "millions", "millon", "millones", "hundred", "cent",
        "cents", "centimes", "centavos", "centimos", "%", "percent", "½", "½.",
    ];
    const JOINING: [&str; 10] = ["and", "et", "y", "&", "+", "plus", "mas", "-", "x", "*"];
    let first = rest.first().map(|word| folded(word)).unwrap_or_default();
    let second = rest.get(1).copied().unwrap_or_default();
    let is_digit = |c: char| c.is_ascii_digit();
    let is_all_digits = first.chars().all(is_digit);
    let is_numeric = first.starts_with(is_digit) && first.chars().all(|c| is_digit(c) || ".,'".contains(c));
    let goes_on = is_numeric && (!is_all_digits || matches!(first.len(), 2 | 3));
    (goes_on && value.ends_with(is_digit) && !value.contains(['.', ',']))
        || MULTIPLES.contains(&first.as_ref())
        || first.strip_prefix(['+', '-', '*', '&', '/']).is_some_and(|rest| rest.starts_with(is_digit))
        || JOINING.contains(&first.as_ref()) && second.starts_with(is_digit)
}

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unit {
    /// A code of three letters, in upper case, known or not.
    Code(String),
    /// A sign, or a word: `$`, `dollars`.
    Name(String),
}

impl Unit {
    fn typed(&self) -> &str {
        let (Self::Code(typed) | Self::Name(typed)) = self;
        typed
    }

    fn means(&self, commodity: Commodity) -> bool {
        const DOLLARS: [&str; 21] = [
            "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "NAD", "NZD",
            "SBD", "SGD", "TTD", "TWD", "USD", "XCD",
        ];
        const PESOS: [&str; 8] = ["ARS", "CLP", "COP", "CUP", "DOP", "MXN", "PHP", "UYU"];
        let code = commodity.code();
        match self {
            Self::Code(known) => known == code,
            Self::Name(name) => match name.as_str() {
                "$" => DOLLARS.contains(&code) || PESOS.contains(&code),
                "dollar" | "dollars" => DOLLARS.contains(&code),
                "peso" | "pesos" => PESOS.contains(&code),
                "€" | "euro" | "euros" => code == "EUR",
                "£" => code == "GBP",
                "¥" => matches!(code, "JPY" | "CNY"),
                "yen" | "yens" => code == "JPY",
                _ => false,
            },
        }
    }
}

const SIGNS: [char; 4] = ['$', '€', '£', '¥'];
const UNITS: [&str; 8] = ["dollar", "dollars", "peso", "pesos", "euro", "euros", "yen", "yens"];

/// Codes that are not words as well, so that they are codes behind a number in small letters, too.
const SMALL_CODES: [&str; 10] = ["aud", "brl", "cad", "chf", "eur", "gbp", "jpy", "mxn", "nzd", "usd"];

/// Separates a currency's sign, code or name from a number.
fn number_and_unit(typed: &str) -> (Cow<'_, str>, Option<Unit>) {
    let typed = typed.trim();
    let (sign, rest) = typed.strip_prefix(['-', '−']).map_or(("", typed), |rest| ("-", rest.trim_start()));
    let is_code = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let last_word = || {
        let begins = rest.char_indices().rev().take_while(|(_, c)| c.is_alphabetic()).last()?.0;
        Some((rest[..begins].trim(), &rest[begins..], begins > 0 && !rest[..begins].ends_with(' ')))
    };
    let taken = if let Some(found) = rest.chars().next().filter(|c| SIGNS.contains(c)) {
        Some((rest[found.len_utf8()..].trim(), Unit::Name(found.to_string())))
    } else if let Some(found) = rest.chars().next_back().filter(|c| SIGNS.contains(c)) {
        Some((rest[..rest.len() - found.len_utf8()].trim(), Unit::Name(found.to_string())))
    } else if let Some(code) = rest.get(..3).filter(|code| is_code(code)) {
        Some((rest[3..].trim(), Unit::Code(code.to_ascii_uppercase())))
    } else {
        last_word().and_then(|(number, word, is_glued)| {
            let is_upper = word.chars().all(char::is_uppercase);
            let unit = match folded(word) {
                name if UNITS.contains(&name.as_ref()) => Unit::Name(name.into_owned()),
                code if is_code(word) && (is_glued || is_upper || SMALL_CODES.contains(&code.as_ref())) => {
                    Unit::Code(word.to_ascii_uppercase())
                }
                _ => return None,
            };
            Some((number, unit))
        })
    };
    match taken.filter(|(number, _)| number.contains(|c: char| c.is_ascii_digit())) {
        Some((number, unit)) => (Cow::Owned(format!("{sign}{number}")), Some(unit)),
        None => (Cow::Owned(format!("{sign}{rest}")), None),
    }
}

/// The digits of a number without what separates its groups of three: a space of any kind, or an apostrophe. `None`
/// if there is anything else between the digits than these, `.` and `,`.
fn ungrouped(digits: &str) -> Option<String> {
    const BETWEEN: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '’'];
    let (whole, fraction) = digits.split_at(digits.find(['.', ',']).unwrap_or(digits.len()));
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if digits.is_empty() || digits.len() > 36 || !is_plain(fraction) {
        return None;
    }
    let groups: Vec<&str> = whole.split(BETWEEN).collect();
    let are_groups = match groups.as_slice() {
        [] | [_] => true,
        [first, others @ ..] => (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3),
    };
    let joined = groups.concat();
    (are_groups && is_plain(&joined)).then(|| joined + fraction)
}

/// Reads digits with `.` or `,`. If there are two kinds of separator, the last one is the decimal separator. A single
/// separator with exactly three digits after it is read by the number of decimals that the value has: none, or just
/// three. Else it could be either, and is refused.
fn decimal(number: &str, typed: &str, decimals: Option<u8>) -> Result<Decimal, Refusal> {
    let not_a_number = || TypedRefusal::NotAnAmount { typed: Typed(typed.to_owned()) }.into();
    let (sign, unsigned) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let digits = ungrouped(unsigned.trim()).filter(|digits| digits.len() <= 24).ok_or_else(not_a_number)?;
    let has_groups = digits.len() < unsigned.trim().len();
    let separators: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let groups_of_three = |text: &str, separator: char| {
        let mut groups = text.split(separator);
        groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
    };
    let plain = match separators.as_slice() {
        [] if digits.is_empty() => return Err(not_a_number()),
        [] => digits.clone(),
        [(at, _)] => {
            let (before, after) = (&digits[..*at], &digits[at + 1..]);
            if before.is_empty() || after.is_empty() {
                return Err(not_a_number());
            }
            let may_be_groups = !has_groups && after.len() == 3 && before.len() <= 3 && before != "0";
            match decimals {
                Some(0) if may_be_groups => format!("{before}{after}"),
                Some(3) => format!("{before}.{after}"),
                _ if may_be_groups => {
                    let fraction = usize::from(decimals.unwrap_or(0));
                    let grouped = format!("{before}{after}{}", if fraction > 0 { "." } else { "" });
                    let grouped = format!("{grouped:0<width$}", width = grouped.len() + fraction);
                    // What is advised must be read: more decimals than three leave no doubt.
                    let decimal = decimals.is_none_or(|most| most > 3).then(|| format!("{before}.{after}0"));
                    return Err(TypedRefusal::TwoReadings { typed: Typed(typed.to_owned()), grouped, decimal }.into());
                }
                _ => format!("{before}.{after}"),
            }
        }
        [.., (at, last)] => {
            let (before, after) = (&digits[..*at], &digits[at + 1..]);
            let other = if *last == '.' { ',' } else { '.' };
            let is_fraction = !before.contains(*last) && !after.is_empty() && groups_of_three(before, other);
            if !has_groups && is_fraction {
                format!("{}.{after}", before.replace(other, ""))
            } else if !has_groups && !digits.contains(other) && groups_of_three(&digits, *last) {
                digits.replace(*last, "")
            } else {
                return Err(not_a_number());
            }
        }
    };
    Decimal::from_str_exact(&format!("{sign}{plain}")).map_err(|_| not_a_number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(code: &str) -> Commodity {
        Commodity::iso(code).unwrap()
    }

    #[test]
    fn amounts_as_people_type_them() {
        let cad = iso("CAD");
        for (typed, minor) in [
            ("12.50", 1250),
            ("12,50", 1250),
            ("12,5", 1250),
            ("$12.50", 1250),
            ("CAD 12.50", 1250),
            ("12.50cad", 1250),
            ("12.50 cad", 1250),
            ("12 dollars", 1200),
            ("12,50 $", 1250),
            ("1,234.56", 123_456),
            ("1.234,56", 123_456),
            ("1 234,56", 123_456),
            ("1\u{202f}234\u{202f}567,89 CAD", 123_456_789),
            ("1 234", 123_400),
            ("1,234,567", 123_456_700),
            ("1'000.00", 100_000),
            ("1000", 100_000),
            ("1234,56", 123_456),
        ] {
            assert_eq!(amount(typed, cad), Ok(cad.minor(Minor(minor))), "{typed}");
        }
        for typed in [
            "1e9", "NaN", "inf", "0x10", "1.2.3", "1,23,4.5", ".", "", "１２", "1.234.56", "five", "12.", ".5", "1 2",
            "60 100 2", "1 234 5", "12 half", "--5",
        ] {
            assert!(matches!(amount(typed, cad), Err(Refusal::Typed(TypedRefusal::NotAnAmount { .. }))), "{typed}");
        }
        assert!(matches!(amount("0.125", cad), Err(Refusal::Typed(TypedRefusal::TooFine { .. }))));
        for typed in ["EUR 5", "5 EUR", "5 euros", "€5", "5xyz"] {
            assert!(matches!(amount(typed, cad), Err(Refusal::Typed(TypedRefusal::WrongCurrency { .. }))), "{typed}");
        }
        assert!(matches!(amount("99999999999", cad), Err(Refusal::Typed(TypedRefusal::TooMuch { .. }))));
        assert_eq!(amount("0", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(amount("-5", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(balance("-5", cad), Ok(cad.minor(Minor(-500))));
        assert_eq!(foreign_amount("USD 5", cad), Ok(iso("USD").minor(Minor(500))));
    }

    #[test]
    fn three_digits_after_a_separator_are_read_by_the_currency() {
        for (code, typed, minor) in [
            ("BHD", "12.345", 12_345),
            ("BHD", "12,345", 12_345),
            ("BHD", "1,234.5", 1_234_500),
            ("JPY", "¥1,500", 1500),
            ("JPY", "1.500", 1500),
        ] {
            assert_eq!(amount(typed, iso(code)), Ok(iso(code).minor(Minor(minor))), "{typed} {code}");
        }
        let two = |typed: &str, code: &str| match amount(typed, iso(code)) {
            Err(Refusal::Typed(TypedRefusal::TwoReadings { grouped, decimal, .. })) => (grouped, decimal),
            other => panic!("{typed} {code}: {other:?}"),
        };
        for (code, typed, minor, decimal_minor) in [
            ("CAD", "1,234", 123_400, None),
            ("CAD", "1.234", 123_400, None),
            ("CLF", "1,234", 12_340_000, Some(12_340)),
        ] {
            // Both readings are read as they are meant.
            let (grouped, decimal) = two(typed, code);
            assert_eq!(amount(&grouped, iso(code)), Ok(iso(code).minor(Minor(minor))));
            let read = decimal.map(|decimal| amount(&decimal, iso(code)).unwrap());
            assert_eq!(read, decimal_minor.map(|minor| iso(code).minor(Minor(minor))));
        }
    }
}
