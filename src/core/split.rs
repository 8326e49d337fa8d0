//! The one place where anything is divided.
//!
//! [`split`] shares a whole among weights by largest remainder: each part is its exact share rounded down, then the units
//! left over go one each to the largest remainders, ties to the earlier. The parts always sum to the whole.

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

/// Splits `whole` minor units in proportion to `weights`, in their order.
///
/// Errors: a negative whole or weight, weights that sum to zero, numbers whose product leaves `i128`.
pub fn split(whole: i64, weights: &[i128]) -> Result<Vec<i64>, SplitError> {
    let sum = weights.iter().try_fold(0_i128, |sum, &w| sum.checked_add(w)).ok_or(SplitError::TooLarge)?;
    if whole < 0 || sum <= 0 || weights.iter().any(|&w| w < 0) {
        return Err(SplitError::NoWeight);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = whole;
    for (index, &weight) in weights.iter().enumerate() {
        let product = i128::from(whole).checked_mul(weight).ok_or(SplitError::TooLarge)?;
        let part = i64::try_from(product.div_euclid(sum)).map_err(|_| SplitError::TooLarge)?;
        left -= part;
        parts.push(part);
        remainders.push((std::cmp::Reverse(product.rem_euclid(sum)), index));
    }
    // Fewer units are left than there are parts with a remainder, so only the first `left` of the order matter.
    remainders.sort_unstable();
    for &(_, index) in remainders.iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[index] += 1;
    }
    Ok(parts)
}

/// `number * numerator / denominator`, rounded half away from zero. `None` when it leaves `i64`.
pub fn rounded(number: i128, numerator: i128, denominator: i128) -> Option<i64> {
    let product = number.checked_mul(numerator)?;
    let twice = product.abs().checked_mul(2)?.checked_add(denominator)?;
    i64::try_from(product.signum() * twice.div_euclid(denominator.checked_mul(2)?)).ok()
}

/// `number * numerator / denominator`, rounded down, for numbers that are not negative. `None` when it leaves `i64`.
pub fn rounded_down(number: i128, numerator: i128, denominator: i128) -> Option<i64> {
    i64::try_from(number.checked_mul(numerator)?.div_euclid(denominator)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_cases() {
        assert_eq!(split(3000, &[1; 7]).unwrap(), [429, 429, 429, 429, 428, 428, 428]);
        assert_eq!(split(100, &[1; 3]).unwrap(), [34, 33, 33]);
        assert_eq!(split(24_000, &[1, 0, 2]).unwrap(), [8000, 0, 16_000]);
    }

    #[test]
    fn what_has_no_weight_is_refused() {
        assert_eq!(split(100, &[]), Err(SplitError::NoWeight));
        assert_eq!(split(100, &[0, 0]), Err(SplitError::NoWeight));
        assert_eq!(split(100, &[2, -1]), Err(SplitError::NoWeight));
        assert_eq!(split(-1, &[1]), Err(SplitError::NoWeight));
        assert_eq!(split(i64::MAX, &[i128::MAX]), Err(SplitError::TooLarge));
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(rounded(1, 1, 2), Some(1));
        assert_eq!(rounded(-1, 1, 2), Some(-1));
        assert_eq!(rounded(149, 1, 100), Some(1));
        assert_eq!(rounded_down(199, 1, 100), Some(1));
    }
}
