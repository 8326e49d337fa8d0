//! Percentages, as they are typed and shown.

use crate::core::percent::BasisPoints;
use crate::message::field::Number;

/// Hundredths of a percent as people write them: `5`, `2.5`, `33.33`.
pub fn percent_text(hundredths: i64) -> Number {
    Number(rust_decimal::Decimal::new(hundredths, 2).normalize().to_string())
}

/// Reads a percentage as people write it, with or without its sign.
pub fn percent(typed: &str) -> Option<BasisPoints> {
    hundredths(typed.trim().trim_end_matches('%')).map(BasisPoints)
}

/// Reads a number as people write it, in hundredths: `1.2` is 120.
pub fn hundredths(typed: &str) -> Option<u32> {
    let number = crate::grammar::values::quantity(typed.trim()).ok()?;
    let hundredths = (number * rust_decimal::Decimal::ONE_HUNDRED).normalize();
    (hundredths.scale() == 0).then(|| u32::try_from(hundredths.mantissa()).ok()).flatten()
}
