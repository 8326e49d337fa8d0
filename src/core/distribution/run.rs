//! One run of a rule over income: who gets what, and why.
//!
//! The buckets of the total come first and are one split of the new income. Then comes each bucket of what remains, in
//! order. A bucket is split among people by the sum of their claims, then each part among that person's claims. Ties go
//! to the person whose selected claim was logged first. What a bucket can't place flows back to what remains.

use crate::core::budget::{LinePlan, OpenLine, share_lines};
use crate::core::distribution::fill::{Claim, ClaimSet, Claimant, fill, fill_claims};
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::ids::{MilestoneId, PersonId};
use crate::core::money::Minor;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination};
use crate::core::rule::definition::Rule;
use crate::core::split::{SplitError, split};

/// What a bucket pays.
#[derive(Debug)]
pub enum Selection {
    /// Claims, in the order they were logged.
    Claims(ClaimSet),
    /// Lines of milestones, in the order they were planned.
    Lines(Vec<OpenLine>),
}

/// What a distribution does with the money: shares and undistributed rest sum to income and carried money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionOutcome {
    /// The buckets' outcomes, in the order of the rule.
    pub shares: Vec<Share>,
    /// What stays on the project's account; below zero when there is still money to recover.
    pub undistributed: Minor,
    /// What is planned for lines of milestones; what nobody has done yet is part of the undistributed rest.
    pub planned: Vec<LinePlan>,
}

/// The money that a distribution is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DistributionInput {
    /// New income.
    pub income: Minor,
    /// What earlier distributions could not place; below zero, what a refund left to recover, which the income fills
    /// before any bucket.
    pub carried: Minor,
    /// What the project has already spent of it: costs reimbursed at once. It lowers what remains after the buckets of
    /// the total.
    pub spent: Minor,
    /// The milestone that the income is for.
    pub milestone: Option<MilestoneId>,
}

/// Runs `rule` over an input. `select` returns what the bucket at a place selects.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn distribute(
    rule: &Rule,
    input: DistributionInput,
    mut select: impl FnMut(usize) -> Selection,
) -> Result<DistributionOutcome, SplitError> {
    let mut planned = Vec::new();
    let mut shares = Vec::with_capacity(rule.buckets.len());
    let undistributed = run(rule, input, |index, bucket, offered| {
        let given = match &bucket.to {
            Destination::Fund(name) => BucketResult::Fund(name.clone()),
            Destination::Person(person) => BucketResult::Person(*person),
            Destination::Claims { .. } | Destination::Budget => match select(index) {
                Selection::Claims(pool) => BucketResult::Claims(pool.share(offered, bucket.is_by_person())?),
                Selection::Lines(lines) => {
                    let (given, more) = share_lines(offered, lines)?;
                    planned.extend(more);
                    BucketResult::Claims(given)
                }
            },
        };
        let placed = match &given {
            BucketResult::Claims(parts) => parts.iter().map(|(_, part)| part).sum(),
            BucketResult::Fund(_) | BucketResult::Person(_) => offered,
        };
        shares.push(Share { bucket: index, offered, placed, given });
        Ok(placed)
    })?;
    Ok(DistributionOutcome { shares, undistributed, planned })
}

/// What a bucket gives, by person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketTotal {
    /// To a fund.
    Fund(String, Minor),
    /// To people.
    People(Vec<(PersonId, Minor)>),
}

/// Like [`distribute`], without looking at single claims. `takers` returns the sum of each person's claims in the
/// bucket at a place, in the order of their first claims. Returns what each bucket gave, by its place, and what no
/// bucket took.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn distribute_to_people(
    rule: &Rule,
    input: DistributionInput,
    mut takers: impl FnMut(usize) -> Vec<Claimant>,
) -> Result<(Vec<(usize, BucketTotal)>, Minor), SplitError> {
    let mut given = Vec::with_capacity(rule.buckets.len());
    let undistributed = run(rule, input, |index, bucket, offered| {
        let (whole, placed) = match &bucket.to {
            Destination::Fund(name) => (BucketTotal::Fund(name.clone(), offered), offered),
            Destination::Person(person) => (BucketTotal::People(vec![(*person, offered)]), offered),
            Destination::Claims { .. } | Destination::Budget => {
                let takers = takers(index);
                let measures =
                    takers.iter().map(|taker| (if bucket.is_by_person() { 1 } else { taker.weight }, taker.room));
                let parts = fill(offered, measures.collect())?;
                let placed = parts.iter().sum();
                (BucketTotal::People(takers.iter().map(|taker| taker.person).zip(parts).collect()), placed)
            }
        };
        given.push((index, whole));
        Ok(placed)
    })?;
    Ok((given, undistributed))
}

/// Offers each bucket its money in turn; `give` returns how much of it the bucket placed. Returns what no bucket took.
fn run(
    rule: &Rule,
    input: DistributionInput,
    mut give: impl FnMut(usize, &Bucket, Minor) -> Result<Minor, SplitError>,
) -> Result<Minor, SplitError> {
    let fresh = input.income.saturating_add(input.carried.min(Minor::ZERO));
    if fresh.is_negative() {
        return Ok(fresh - input.spent);
    }
    let indexed = || rule.buckets.iter().enumerate();
    let of_total = || indexed().filter(|(_, bucket)| bucket.of == Base::Total);
    let assigned: BasisPoints = of_total().map(|(_, bucket)| bucket.percent).sum();
    let weights: Vec<i128> =
        of_total().map(|(_, bucket)| bucket.percent).chain([assigned.rest()]).map(i128::from).collect();
    let mut totals = split(fresh, &weights)?;
    let rest = totals.pop().unwrap_or_default();
    let mut remaining = rest.saturating_add(input.carried.max(Minor::ZERO)).saturating_sub(input.spent);
    for ((index, bucket), offered) in of_total().zip(totals) {
        remaining += offered - give(index, bucket, offered)?;
    }
    for (index, bucket) in indexed().filter(|(_, bucket)| bucket.of == Base::Remaining) {
        let offered = part_of(bucket, remaining.max(Minor::ZERO))?;
        remaining -= give(index, bucket, offered)?;
    }
    Ok(remaining)
}

fn part_of(bucket: &Bucket, remaining: Minor) -> Result<Minor, SplitError> {
    Ok(split(remaining, &[i128::from(bucket.percent), i128::from(bucket.percent.rest())])?[0])
}

/// What each recipient gets more, by bucket, and what nobody can take.
pub type SharedAgain = (Vec<(usize, Recipient, Minor)>, Minor);

/// Shares again an amount that a bucket gave and that came back. It goes to the others of that bucket, then on through
/// the later buckets of what remains. `others` returns the claims of a share that can still take something.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn share_again(
    rule: &Rule,
    shares: &[Share],
    bucket: usize,
    amount: Minor,
    mut others: impl FnMut(&Share) -> Vec<Claim>,
) -> Result<SharedAgain, SplitError> {
    let mut more = Vec::new();
    let mut left = amount;
    let from_total = rule.buckets.get(bucket).is_some_and(|bucket| bucket.of == Base::Total);
    for (place, next) in rule.buckets.iter().enumerate() {
        let follows = next.of == Base::Remaining && (from_total || place > bucket);
        let Some(share) = shares.iter().find(|share| share.bucket == place).filter(|_| follows || place == bucket)
        else {
            continue;
        };
        let offered = if place == bucket { left } else { part_of(next, left)? };
        let given: Vec<(Recipient, Minor)> = match &share.given {
            BucketResult::Fund(name) => vec![(Recipient::Fund(name.clone()), offered)],
            BucketResult::Person(person) => vec![(Recipient::Person(*person), offered)],
            BucketResult::Claims(_) => fill_claims(offered, others(share), next.is_by_person())?
                .into_iter()
                .map(|(claim, part)| (Recipient::Claim(claim.log), part))
                .collect(),
        };
        left -= given.iter().map(|(_, part)| part).sum::<Minor>();
        more.extend(given.into_iter().filter(|(_, part)| part.is_positive()).map(|(to, part)| (place, to, part)));
    }
    Ok((more, left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::LogId;

    fn claim(log: u32, person: u32, weight: i64, room: Option<i64>) -> Claim {
        Claim { log: LogId(log), person: PersonId(person), weight, room: room.map(Minor), held: false }
    }

    fn parts(amount: i64, claims: Vec<Claim>) -> Vec<i64> {
        fill_claims(Minor(amount), claims, false).unwrap().into_iter().map(|(_, part)| part.0).collect()
    }

    #[test]
    fn a_claim_is_paid_to_its_room_and_the_excess_goes_to_the_others() {
        assert_eq!(parts(1000, vec![claim(1, 1, 1, Some(100)), claim(2, 2, 1, None)]), [100, 900]);
        assert_eq!(parts(10_000, vec![claim(1, 1, 7000, Some(7000))]), [7000]);
        assert_eq!(parts(300, vec![claim(1, 1, 1, Some(100)), claim(2, 2, 1, Some(150))]), [100, 150]);
    }

    #[test]
    fn people_are_split_before_claims() {
        let claims: Vec<Claim> =
            (0..300).map(|n| claim(n, 1, 60, None)).chain((300..600).map(|n| claim(n, 2, 60, None))).collect();
        let shares = fill_claims(Minor(10_000), claims, false).unwrap();
        let sum =
            |person| shares.iter().filter(|(c, _)| c.person == PersonId(person)).map(|(_, part)| part).sum::<Minor>();
        assert_eq!((sum(1), sum(2)), (Minor(5000), Minor(5000)));
    }

    #[test]
    fn what_weighs_nothing_gets_nothing() {
        assert_eq!(parts(100, vec![claim(1, 1, 0, None)]), [0_i64; 0]);
        assert_eq!(parts(0, vec![claim(1, 1, 5, None)]), [0]);
    }
}
