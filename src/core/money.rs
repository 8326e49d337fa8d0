//! Amounts of money: whole numbers of a commodity's smallest unit.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of a commodity's smallest units: cents for CAD, yen for JPY.
///
/// It is added up and compared. Only [`split`](crate::core::split) divides it; to weigh by it or to multiply it, it is
/// made an `i128` first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// As many as there can be.
    pub const MAX: Self = Self(i64::MAX);

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// How far it is from zero.
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The sum. `None` when it leaves `i64`.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference. `None` when it leaves `i64`.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, or the nearest that there is where it leaves `i64`.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or the nearest that there is where it leaves `i64`.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Minor {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Minor {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Minor {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Minor {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Minor {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Minor> for Minor {
    fn sum<I: Iterator<Item = &'a Minor>>(parts: I) -> Self {
        parts.copied().sum()
    }
}

impl From<Minor> for i128 {
    fn from(minor: Minor) -> Self {
        minor.0.into()
    }
}

/// The largest amount that may be typed: a thousand million of a currency with two decimals.
///
/// Ninety million entries of this size fit into an `i64`, so sums of journaled amounts can't overflow.
pub const LARGEST_MINOR: Minor = Minor(100_000_000_000);

/// A currency by its ISO 4217 code, with the number of decimals that its smallest unit has (CAD 2, JPY 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commodity {
    code: [u8; 3],
    scale: u8,
}

/// The ISO 4217 code for "no currency", of books that have no entry yet.
pub const NO_COMMODITY: Commodity = Commodity { code: *b"XXX", scale: 2 };

impl Commodity {
    /// A commodity from three capital letters and its number of decimals.
    pub fn new(code: &str, scale: u8) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        (code.iter().all(u8::is_ascii_uppercase) && scale <= 6).then_some(Self { code, scale })
    }

    /// The commodity of an ISO 4217 code in any capitalisation; the standard gives the scale.
    pub fn iso(code: &str) -> Option<Self> {
        let code = code.to_ascii_uppercase();
        let currency = iso_currency::Currency::from_code(&code)?;
        Self::new(&code, u8::try_from(currency.exponent()?).ok()?)
    }

    /// The code, such as `CAD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// The number of decimals.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// How many of the smallest unit make one unit: 100 cents.
    pub fn unit(self) -> i64 {
        10_i64.pow(u32::from(self.scale))
    }

    /// Zero, in this commodity.
    pub fn zero(self) -> Amount {
        self.minor(Minor::ZERO)
    }

    /// An amount of this many of the smallest unit.
    pub fn minor(self, minor: Minor) -> Amount {
        Amount { minor, commodity: self }
    }

    /// The amount that a decimal number means, if it has no more decimals than the commodity and is at most
    /// [`LARGEST_MINOR`] either way.
    pub fn amount(self, number: Decimal) -> Option<Amount> {
        let mut exact = number;
        exact.rescale(u32::from(self.scale));
        if exact != number {
            return None;
        }
        let minor = Minor(i64::try_from(exact.mantissa()).ok()?);
        // The least number has no counterpart above zero.
        (-LARGEST_MINOR..=LARGEST_MINOR).contains(&minor).then(|| self.minor(minor))
    }
}

/// An amount of one commodity in its smallest unit. Written `12.50 CAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// How many.
    pub minor: Minor,
    /// The commodity of these units.
    pub commodity: Commodity,
}

impl Amount {
    /// The number alone, with the commodity's decimals: `-12.50`.
    pub fn number(&self) -> String {
        Decimal::new(self.minor.0, u32::from(self.commodity.scale)).to_string()
    }

    /// Another number of minor units of the same commodity.
    pub fn with(self, minor: Minor) -> Self {
        Self { minor, ..self }
    }
}

impl Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        self.with(-self.minor)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.commodity.code())
    }
}

/// Text that is not an amount.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an amount such as `12.50 CAD`")]
pub struct NotAnAmount(String);

impl FromStr for Amount {
    type Err = NotAnAmount;

    /// Reads what [`Display`](fmt::Display) writes; the decimals written are the commodity's scale.
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let parse = || {
            let (number, code) = text.split_once(' ')?;
            let number = Decimal::from_str_exact(number).ok()?;
            let commodity = Commodity::new(code, number.scale().to_u8()?)?;
            Some(commodity.minor(Minor(number.mantissa().to_i64()?)))
        };
        parse().ok_or_else(|| NotAnAmount(text.to_owned()))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_and_read_back_with_their_scale() {
        for (code, minor, text) in
            [("CAD", 1250, "12.50 CAD"), ("CAD", -5, "-0.05 CAD"), ("JPY", 300, "300 JPY"), ("KWD", 1, "0.001 KWD")]
        {
            let amount = Commodity::iso(code).unwrap().minor(Minor(minor));
            assert_eq!(amount.to_string(), text);
            assert_eq!(text.parse::<Amount>().unwrap(), amount);
        }
    }

    #[test]
    fn a_number_finer_than_the_smallest_unit_is_no_amount() {
        let cad = Commodity::iso("cad").unwrap();
        assert_eq!(cad.amount("12.5".parse().unwrap()), Some(cad.minor(Minor(1250))));
        assert_eq!(cad.amount("12.505".parse().unwrap()), None);
        assert_eq!(cad.amount("1000000000.01".parse().unwrap()), None);
        assert_eq!(Commodity::iso("JPY").unwrap().amount("0.5".parse().unwrap()), None);
    }
}
