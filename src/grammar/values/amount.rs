//! Amounts of money and other numbers as people type them: `12.50`, `12,50`, `1 234,50`, `$12.50`, `CAD 12.50`.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::money::{Amount, Commodity, LARGEST_MINOR, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::percent::percent;
use crate::grammar::spec::folded;
use crate::grammar::values::currency::{SIGNS, Unit, is_currency, number_and_unit};
use crate::grammar::values::words::{AND, HALVES, MORE_OR_LESS, PLUS};
use crate::message::field::Typed;
use crate::message::money::MoneyRefusal;
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

impl Fee {
    /// The fee of an amount.
    ///
    /// # Errors
    /// [`TypedRefusal::NotAboveZero`] if a part of it is less than the smallest unit: it was said, and is none.
    pub fn of(self, amount: Amount) -> Result<Amount, Refusal> {
        let fee = match self {
            Self::Amount(fee) => fee,
            Self::Percent(percent) => amount.with(percent.of(amount.minor).ok_or(MoneyRefusal::TooLarge)?),
        };
        positive(fee)
    }
}

/// Reads `1.20`, or `3%` for a part.
///
/// # Errors
/// As [`amount`], and [`TypedRefusal::NotAnAmount`] for a percentage that can't be read, or from 100 on.
pub fn fee(typed: &str, commodity: Commodity) -> Result<Fee, Refusal> {
    let Some(number) = without_percent(typed) else { return Ok(Fee::Amount(amount(typed, commodity)?)) };
    let percent = percent(number).filter(|percent| (BasisPoints::LEAST..BasisPoints::ONE).contains(percent));
    percent.map(Fee::Percent).ok_or_else(|| TypedRefusal::NotAnAmount { typed: Typed(typed.to_owned()) }.into())
}

/// Whether a text has the form of a fee.
pub(super) fn is_fee(typed: &str) -> bool {
    without_percent(typed).map_or_else(|| is_amount(typed), is_number)
}

/// The number in front of a percent sign, or of the words for it.
fn without_percent(typed: &str) -> Option<&str> {
    const PERCENT: [&str; 7] = ["%", "percent", "per cent", "pct", "pour cent", "p. cent", "por ciento"];
    let typed = typed.trim();
    let ending = PERCENT.iter().find(|ending| folded(typed).ends_with(**ending))?;
    // All of these are written with one byte a character.
    typed.get(..typed.len() - ending.len()).map(str::trim_end)
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
    let unit = number_and_unit(typed).1;
    let commodity = match unit.as_ref().filter(|unit| !unit.means(commodity)) {
        Some(unit) => {
            let unknown = || TypedRefusal::UnknownCurrency { typed: Typed(unit.typed().to_owned()) };
            unit.code().and_then(Commodity::iso).ok_or_else(unknown)?
        }
        None => commodity,
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
    let is_known = match &unit {
        Some(Unit::Code(code)) => Commodity::iso(code).is_some(),
        Some(Unit::Name(_)) | None => true,
    };
    let number = number.strip_prefix('+').unwrap_or(&number);
    is_known && (is_number(number) || unit.is_some() && is_grouped(number))
}

/// Whether digits are in groups of three, without a fraction. Behind them a unit says that they are one number.
fn is_grouped(digits: &str) -> bool {
    digits.starts_with(|c: char| c.is_ascii_digit()) && ungrouped(digits).is_some()
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
/// number, a currency.
pub(super) fn might_go_on(value: &str, rest: &[&str]) -> bool {
    const MULTIPLES: [&str; 22] = [
        "k",
        "mil",
        "mille",
        "milles",
        "thousand",
        "million",
        "millions",
        "millon",
        "millones",
        "hundred",
        "grand",
        "dozen",
        "dozens",
        "douzaine",
        "douzaines",
        "docena",
        "docenas",
        "%",
        "percent",
        "pct",
        "½",
        "½.",
    ];
    // `12 con 50`, `4 @ 12.50`.
    const POINT: [&str; 11] = ["con", "with", "avec", "virgule", "coma", "point", "@", "at", "to", "or", "ou"];
    const CENTS: [&str; 9] = ["cent", "cents", "centimes", "centavos", "centimos", "¢", "ct", "cts", "sous"];
    let word = |place: usize| rest.get(place).map(|word| folded(word).into_owned()).unwrap_or_default();
    let (first, second, third) = (word(0), word(1), word(2));
    let is_digit = |c: char| c.is_ascii_digit();
    let is_part = |word: &str| {
        let parts = word.trim_end_matches(['%', '.', ',']).split_once('/');
        parts.is_some_and(|(over, under)| {
            [over, under].iter().all(|part| !part.is_empty() && part.chars().all(is_digit))
        })
    };
    let is_all_digits = first.chars().all(is_digit);
    let is_numeric = first.starts_with(is_digit) && first.chars().all(|c| is_digit(c) || ".,'".contains(c));
    let goes_on = is_numeric && (!is_all_digits || matches!(first.len(), 2 | 3));
    let is_whole = !value.contains(['.', ',']);
    let says_more =
        |word: &str| word.starts_with(|c: char| c.is_numeric() || SIGNS.contains(&c)) || HALVES.contains(&word);
    let joins = [&AND[..], &PLUS, &MORE_OR_LESS, &POINT].concat().contains(&first.as_str());
    let is_cents = first.strip_prefix(['.', ',']).is_some_and(|rest| rest.starts_with(is_digit));
    (is_whole && (goes_on || is_part(&first) || is_cents || is_numeric && second.starts_with(is_digit)))
        || first.starts_with(|c: char| c.is_numeric() && !is_digit(c))
        || MULTIPLES.contains(&first.as_str())
        || CENTS.contains(&first.as_str())
        || matches!(
            (first.as_str(), second.as_str()),
            ("per" | "pour" | "p.", "cent" | "100") | ("por", "ciento" | "cien")
        )
        || first.strip_prefix(['+', '-', '–', '*', '×', 'x', '&', '/']).is_some_and(|rest| rest.starts_with(is_digit))
        || joins && (says_more(&second) || HALVES.contains(&third.as_str()) || CENTS.contains(&third.as_str()))
        || is_currency(value, rest)
        || ["in", "en"].contains(&first.as_str()) && is_currency(value, &rest[1..])
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
            ("$12.50 CAD", 1250),
            ("C$12.50", 1250),
            ("12,50 dólares", 1250),
            ("1 234 CAD", 123_400),
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
        for typed in
            ["EUR 5", "5 EUR", "5 euros", "€5", "5xyz", "$5 USD", "US$5", "5 US$", "R$ 5", "5 pounds", "₹5", "5 zł"]
        {
            assert!(matches!(amount(typed, cad), Err(Refusal::Typed(TypedRefusal::WrongCurrency { .. }))), "{typed}");
        }
        assert!(matches!(amount("99999999999", cad), Err(Refusal::Typed(TypedRefusal::TooMuch { .. }))));
        assert_eq!(amount("0", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(amount("-5", cad), Err(TypedRefusal::NotAboveZero.into()));
        assert_eq!(balance("-5", cad), Ok(cad.minor(Minor(-500))));
        for typed in ["USD 5", "$5 USD", "US$5", "5 US$"] {
            assert_eq!(foreign_amount(typed, cad), Ok(iso("USD").minor(Minor(500))), "{typed}");
        }
        assert_eq!(foreign_amount("€5", cad), Ok(iso("EUR").minor(Minor(500))));
        assert_eq!(foreign_amount("$5", cad), Ok(cad.minor(Minor(500))));
    }

    #[test]
    fn words_behind_an_amount_that_may_belong_to_it_are_doubted() {
        let goes_on = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let taken = crate::grammar::values::longest(&words, is_amount).unwrap();
            (taken, might_go_on(&words[..taken].join(" "), &words[taken..]))
        };
        for line in [
            "100 US$ Park",
            "100$ US Park",
            "100 us dollars Park",
            "12 dollars US",
            "12 kr. x",
            "12 sek",
            "12 usd,",
            "12 EUR. x",
            "12 dollars 50 paint",
            "12$ 50",
            "12 ,50 paint",
            "12 and a half dollars",
            "12 con 50",
            "4 @ 12.50 x",
            "12 , 50 x",
            "12 in USD x",
            "12.50 Fr. x",
            "12 cts x",
            "1 2 3 x",
            "12 virgule 5",
            "12 × 3",
            "12 x3",
            "12 / 3",
            "12 – 15",
            "12 minus 2",
            "12 + $5 tax",
            "12 and fifty cents",
            "12 grand",
            "12 3/4 x",
            "12 ３ x",
        ] {
            // A currency behind the number is read with it.
            let (taken, goes_on) = goes_on(line);
            assert!(taken > 1 || goes_on, "{line}");
        }
        for line in [
            "60 cables",
            "12 all in",
            "12 for ben",
            "12 of them",
            "12 try outs",
            "60 2mm screws",
            "12 per head",
            "12 and nails",
        ] {
            assert_eq!(goes_on(line), (1, false), "{line}");
        }
    }

    #[test]
    fn percentages_of_fees_as_people_type_them() {
        for typed in ["3%", "3 %", "3 pour cent", "3 por ciento", "3 per cent", "3 pct", "3 percent"] {
            assert!(is_fee(typed), "{typed}");
            assert_eq!(fee(typed, iso("CAD")), Ok(Fee::Percent(BasisPoints(300))), "{typed}");
        }
        assert_eq!(fee("2,5 p. cent", iso("CAD")), Ok(Fee::Percent(BasisPoints(250))));
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
