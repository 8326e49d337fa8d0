//! Rules: valid ordered lists of buckets, and why another list is not valid.

use serde::{Deserialize, Serialize};

use crate::core::contribution::ContributionKind;
use crate::core::ids::Hash;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination, LARGEST_CAP, LARGEST_FACTOR, Lifetime, Subject, Weigh};
use crate::core::rule::preset::Preset;

/// A whole rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The preset it was made from.
    pub preset: Preset,
    /// Its buckets, in order.
    pub buckets: Vec<Bucket>,
}

/// Why buckets do not make a rule. Buckets are counted from 1, as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There are no buckets.
    #[error("a rule without buckets")]
    NoBuckets,
    /// A percentage of zero, or above the whole.
    #[error("bucket {bucket} takes {percent} hundredths of a percent", percent = .percent.0)]
    Percent {
        /// Which bucket.
        bucket: usize,
        /// Its percentage.
        percent: BasisPoints,
    },
    /// The buckets of the total come to more than the total.
    #[error("the parts of the total come to {percent} hundredths of a percent", percent = .percent.0)]
    OverWhole {
        /// The bucket that goes over.
        bucket: usize,
        /// The sum of all of them.
        percent: BasisPoints,
    },
    /// A bucket of the total stands behind one of what remains.
    #[error("bucket {bucket} is of the total and follows one of what remains")]
    TotalLast {
        /// Which bucket.
        bucket: usize,
    },
    /// It selects no kind of contribution.
    #[error("bucket {bucket} selects nothing")]
    SelectsNothing {
        /// Which bucket.
        bucket: usize,
    },
    /// Two buckets may select one claim.
    #[error("buckets {first} and {bucket} may select one claim of {kind:?}")]
    Twice {
        /// The earlier bucket.
        first: usize,
        /// The later one.
        bucket: usize,
        /// A kind that both select.
        kind: ContributionKind,
    },
    /// A cap of zero, or above the largest.
    #[error("bucket {bucket} has a cap of {cap} hundredths of a percent", cap = .cap.0)]
    Cap {
        /// Which bucket.
        bucket: usize,
        /// The cap.
        cap: BasisPoints,
    },
    /// Weights in a bucket that doesn't weigh by value, or out of range.
    #[error("the weights of bucket {bucket} have no meaning there")]
    Weights {
        /// Which bucket.
        bucket: usize,
    },
    /// The preset does not ask for this number.
    #[error("{} takes no {number}", preset.word())]
    NotAsked {
        /// The preset.
        preset: Preset,
        /// The number's option.
        number: &'static str,
    },
}

impl RuleError {
    /// The bucket that it is about, from 1.
    pub fn bucket(&self) -> Option<usize> {
        match *self {
            RuleError::NoBuckets | RuleError::NotAsked { .. } => None,
            RuleError::Percent { bucket, .. }
            | RuleError::OverWhole { bucket, .. }
            | RuleError::TotalLast { bucket }
            | RuleError::SelectsNothing { bucket }
            | RuleError::Twice { bucket, .. }
            | RuleError::Cap { bucket, .. }
            | RuleError::Weights { bucket } => Some(bucket),
        }
    }
}

impl Rule {
    /// The SHA-256 of the rule's text. People agree to a rule by this hash.
    pub fn hash(&self) -> Hash {
        Hash::of(self)
    }

    /// Makes a rule of a list of buckets.
    ///
    /// # Errors
    /// [`RuleError`] if the list is not a valid rule; the variant names the bucket and the reason.
    pub fn new(preset: Preset, buckets: Vec<Bucket>) -> Result<Self, RuleError> {
        let mut of_total = BasisPoints::ZERO;
        let mut remaining = false;
        for (index, this) in buckets.iter().enumerate() {
            let bucket = index + 1;
            if this.percent == BasisPoints::ZERO || this.percent > BasisPoints::ONE {
                return Err(RuleError::Percent { bucket, percent: this.percent });
            }
            match this.of {
                Base::Remaining => remaining = true,
                Base::Total if remaining => return Err(RuleError::TotalLast { bucket }),
                Base::Total => of_total = [of_total, this.percent].into_iter().sum(),
            }
            if of_total > BasisPoints::ONE {
                // Report the sum with all that follow: that sum has to come down.
                let percent = buckets.iter().filter(|b| b.of == Base::Total).map(|b| b.percent).sum();
                return Err(RuleError::OverWhole { bucket, percent });
            }
            if let Destination::Claims { kinds, weigh, lifetime, cap, factors, .. } = &this.to {
                if kinds.is_empty() {
                    return Err(RuleError::SelectsNothing { bucket });
                }
                if *cap == BasisPoints::ZERO || *cap > LARGEST_CAP {
                    return Err(RuleError::Cap { bucket, cap: *cap });
                }
                let by_value = *weigh == Weigh::Value && *lifetime != Lifetime::UntilPaid;
                if !factors.is_empty()
                    && (!by_value || factors.values().any(|factor| !(1..=LARGEST_FACTOR).contains(factor)))
                {
                    return Err(RuleError::Weights { bucket });
                }
            }
            for (before, earlier) in buckets.iter().take(index).enumerate() {
                if let Some(kind) = this.meets(earlier) {
                    return Err(RuleError::Twice { first: before + 1, bucket, kind });
                }
            }
        }
        if buckets.is_empty() { Err(RuleError::NoBuckets) } else { Ok(Rule { preset, buckets }) }
    }

    /// The bucket that selects a contribution, if any does.
    pub fn bucket_for(&self, subject: &Subject<'_>) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.selects(subject))
    }

    /// Whether some bucket takes all that the buckets before it leave.
    pub fn places_all(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.of == Base::Remaining && bucket.percent == BasisPoints::ONE)
    }

    /// Whether it shares an income by the lines of its milestone.
    pub fn is_budget(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.to == Destination::Budget)
    }

    /// Whether some bucket weighs work at its role's rate.
    pub fn needs_rates(&self) -> bool {
        self.buckets.iter().any(|bucket| match &bucket.to {
            Destination::Claims { kinds, weigh, lifetime, .. } => {
                kinds.contains(&ContributionKind::Work) && (*weigh == Weigh::Value || *lifetime == Lifetime::UntilPaid)
            }
            _ => false,
        })
    }
}
