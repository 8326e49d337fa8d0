//! Parts of a whole, in basis points: hundredths of a percent.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::core::money::Minor;
use crate::core::split::rounded_down;

/// A part of a whole in hundredths of a percent: 10000 of them are the whole, 250 are 2.5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The smallest part.
    pub const LEAST: Self = Self(1);
    /// Half of the whole.
    pub const HALF: Self = Self(5_000);
    /// The whole.
    pub const ONE: Self = Self(10_000);

    /// A multiple of the whole.
    pub const fn whole(times: u32) -> Self {
        Self(10_000 * times)
    }

    /// What is left of the whole; zero if this is larger.
    pub fn rest(self) -> Self {
        Self(Self::ONE.0.saturating_sub(self.0))
    }

    /// This part of `minor` minor units, rounded down. `None` if the numbers are too large.
    pub fn of(self, minor: Minor) -> Option<Minor> {
        rounded_down(minor.into(), self.into(), Self::ONE.into()).map(Minor)
    }
}

/// The sum saturates.
impl Sum for BasisPoints {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, |sum, part| Self(sum.0.saturating_add(part.0)))
    }
}

impl From<BasisPoints> for i64 {
    fn from(part: BasisPoints) -> Self {
        part.0.into()
    }
}

impl From<BasisPoints> for i128 {
    fn from(part: BasisPoints) -> Self {
        part.0.into()
    }
}
