//! The one place where anything is divided.
//!
//! [`split`] shares a whole among weights by largest remainder: each part is its exact share rounded down, then the
//! units left over go one each to the largest remainders, ties to the earlier. The parts always sum to the whole.

use crate::core::money::Minor;

/// Why a whole could not be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The weights sum to zero, or one of them is negative.
    #[error("there is no weight to split by")]
    NoWeight,
    /// The numbers are too large to be multiplied exactly.
    #[error("the numbers are too large")]
    TooLarge,
}

/// Splits money in proportion to `weights`, in their order.
///
/// # Errors
/// [`SplitError::NoWeight`] for a negative whole or weight, or weights that sum to zero; [`SplitError::TooLarge`] for
/// numbers whose product leaves `i128`.
pub fn split(whole: Minor, weights: &[i128]) -> Result<Vec<Minor>, SplitError> {
    Ok(split_number(whole.0, weights)?.into_iter().map(Minor).collect())
}

/// As [`split`], of a number of anything else: the hundred percents of a picture.
///
/// # Errors
/// As [`split`].
pub fn split_number(whole: i64, weights: &[i128]) -> Result<Vec<i64>, SplitError> {
    let sum = weights.iter().try_fold(0_i128, |sum, &w| sum.checked_add(w)).ok_or(SplitError::TooLarge)?;
    if whole < 0 || sum <= 0 || weights.iter().any(|&w| w < 0) {
        return Err(SplitError::NoWeight);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = whole;
    for (index, &weight) in weights.iter().enumerate() {
        let product = i128::from(whole).checked_mul(weight).ok_or(SplitError::TooLarge)?;
        let (part, remainder) = divided(product, sum);
        let part = i64::try_from(part).map_err(|_| SplitError::TooLarge)?;
        left -= part;
        parts.push(part);
        remainders.push((std::cmp::Reverse(remainder), index));
    }
    // Fewer units are left than there are parts with a remainder. Which parts are among the first `left` matters, not
    // their order.
    let left = usize::try_from(left).unwrap_or(0);
    if left < remainders.len() {
        remainders.select_nth_unstable(left);
    }
    for &(_, index) in remainders.iter().take(left) {
        parts[index] += 1;
    }
    Ok(parts)
}

/// Quotient and remainder. Numbers that fit a machine word, as nearly all do, are divided several times faster.
fn divided(number: i128, by: i128) -> (i128, i128) {
    match (u64::try_from(number), u64::try_from(by)) {
        (Ok(number), Ok(by)) => (number.div_euclid(by).into(), number.rem_euclid(by).into()),
        _ => (number.div_euclid(by), number.rem_euclid(by)),
    }
}

/// `number * numerator / denominator`, rounded half away from zero. `None` when it leaves `i64`.
pub fn rounded(number: i128, numerator: i128, denominator: i128) -> Option<i64> {
    let product = number.checked_mul(numerator)?;
    let twice = product.abs().checked_mul(2)?.checked_add(denominator)?;
    i64::try_from(product.signum() * divided(twice, denominator.checked_mul(2)?).0).ok()
}

/// `number * numerator / denominator`, rounded down, for numbers that are not negative. `None` when it leaves `i64`.
pub fn rounded_down(number: i128, numerator: i128, denominator: i128) -> Option<i64> {
    i64::try_from(divided(number.checked_mul(numerator)?, denominator).0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_cases() {
        assert_eq!(split(Minor(3000), &[1; 7]).unwrap(), [429, 429, 429, 429, 428, 428, 428].map(Minor));
        assert_eq!(split(Minor(100), &[1; 3]).unwrap(), [34, 33, 33].map(Minor));
        assert_eq!(split(Minor(24_000), &[1, 0, 2]).unwrap(), [8000, 0, 16_000].map(Minor));
    }

    #[test]
    fn what_has_no_weight_is_refused() {
        assert_eq!(split(Minor(100), &[]), Err(SplitError::NoWeight));
        assert_eq!(split(Minor(100), &[0, 0]), Err(SplitError::NoWeight));
        assert_eq!(split(Minor(100), &[2, -1]), Err(SplitError::NoWeight));
        assert_eq!(split(Minor(-1), &[1]), Err(SplitError::NoWeight));
        assert_eq!(split(Minor::MAX, &[i128::MAX]), Err(SplitError::TooLarge));
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(rounded(1, 1, 2), Some(1));
        assert_eq!(rounded(-1, 1, 2), Some(-1));
        assert_eq!(rounded(149, 1, 100), Some(1));
        assert_eq!(rounded_down(199, 1, 100), Some(1));
    }
}
