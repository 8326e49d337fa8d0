//! One run of a rule over income: who gets what, and why.
//!
//! The buckets of the total come first and are one split of the new income; then each bucket of what remains, in order.
//! A bucket is split among people by the sum of their claims, then each part among that person's claims; ties go to whose
//! selected claim was logged first. What a bucket can't place flows back to what remains.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use crate::core::budget::{Open, Planned, share_lines};
use crate::core::ids::{LogId, MilestoneId, PersonId};
use crate::core::rule::{Base, Bucket, Destination, Rule, WHOLE};
use crate::core::split::{SplitError, split};

/// A claim that a bucket selects, as it stands before the distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The log that makes it.
    pub log: LogId,
    /// Whose it is.
    pub person: PersonId,
    /// What it weighs: minutes, sixtieths of a minor unit, or minor units still open.
    pub weight: i64,
    /// The most it can still receive in minor units, if there is a limit.
    pub room: Option<i64>,
    /// Whether its share is held because it is in doubt.
    pub held: bool,
}

/// What a bucket gave, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// To a fund.
    Fund(String),
    /// To one person.
    Person(PersonId),
    /// To claims: each with its part in minor units.
    Claims(Vec<(Claim, i64)>),
}

/// Whose a part of a distribution is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// A claim's, by its log.
    Claim(LogId),
    /// A person's, by the rule itself.
    Person(PersonId),
    /// A fund's.
    Fund(String),
}

/// One bucket's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The bucket's place in the rule, from 0.
    pub bucket: usize,
    /// What the bucket had to give, in minor units.
    pub offered: i64,
    /// What it gave, in minor units; the rest flowed back.
    pub placed: i64,
    /// To whom.
    pub given: Given,
}

impl Share {
    /// What is owed to whom for it, in minor units: every part that is not held.
    pub fn owed(&self) -> impl Iterator<Item = (Recipient, i64)> {
        let (whole, parts): (Option<Recipient>, &[(Claim, i64)]) = match &self.given {
            Given::Fund(name) => (Some(Recipient::Fund(name.clone())), &[]),
            Given::Person(person) => (Some(Recipient::Person(*person)), &[]),
            Given::Claims(parts) => (None, parts),
        };
        let claims = parts.iter().filter(|(claim, _)| !claim.held).map(|(claim, part)| (Recipient::Claim(claim.log), *part));
        whole.map(|whole| (whole, self.placed)).into_iter().chain(claims)
    }
}

/// What a bucket has to choose from.
#[derive(Debug)]
pub enum Selection {
    /// Claims, in the order they were logged.
    Claims(Pool),
    /// Lines of milestones, in the order they were planned.
    Lines(Vec<Open>),
}

/// What a distribution does with the money, in minor units: shares and undistributed rest sum to income and carried money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The buckets' outcomes, in the order of the rule.
    pub shares: Vec<Share>,
    /// What stays on the project's account; below zero when there is still money to recover.
    pub undistributed: i64,
    /// What is planned for lines of milestones; what nobody has done yet is part of the undistributed rest.
    pub planned: Vec<Planned>,
}

/// The money that a distribution is about, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purse {
    /// New income.
    pub income: i64,
    /// What earlier distributions could not place; below zero, what a refund left to recover, which the income fills before
    /// any bucket.
    pub carried: i64,
    /// What the project has spent of it already: costs reimbursed at once. It lowers what remains after the buckets of the
    /// total.
    pub spent: i64,
    /// The milestone that the income is for.
    pub milestone: Option<MilestoneId>,
}

/// Runs `rule` over a purse. `select` gives what the bucket at a place selects.
pub fn distribute(rule: &Rule, purse: Purse, mut select: impl FnMut(usize) -> Selection) -> Result<Outcome, SplitError> {
    let mut planned = Vec::new();
    let mut shares = Vec::with_capacity(rule.buckets.len());
    let undistributed = run(rule, purse, |index, bucket, offered| {
        let given = match &bucket.to {
            Destination::Fund(name) => Given::Fund(name.clone()),
            Destination::Person(person) => Given::Person(*person),
            Destination::Claims { .. } | Destination::Budget => match select(index) {
                Selection::Claims(pool) => Given::Claims(pool.share(offered, bucket.is_by_person())?),
                Selection::Lines(lines) => {
                    let (given, more) = share_lines(offered, lines)?;
                    planned.extend(more);
                    Given::Claims(given)
                }
            },
        };
        let placed = match &given {
            Given::Claims(parts) => parts.iter().map(|(_, part)| part).sum(),
            Given::Fund(_) | Given::Person(_) => offered,
        };
        shares.push(Share { bucket: index, offered, placed, given });
        Ok(placed)
    })?;
    Ok(Outcome { shares, undistributed, planned })
}

/// What a person's claims in a bucket come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taker {
    /// Whose they are.
    pub person: PersonId,
    /// What they weigh together.
    pub weight: i128,
    /// The most they can still receive together in minor units, if there is a limit.
    pub room: Option<i64>,
}

/// What a bucket gives, by person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    /// To a fund, in minor units.
    Fund(String, i64),
    /// To people, in minor units.
    People(Vec<(PersonId, i64)>),
}

/// As [`distribute`], without a look at single claims: `takers` gives what each person's claims in the bucket at a place
/// come to, in the order of their first claims. Gives what each bucket gave, by its place, and what no bucket took.
pub fn distribute_to_people(
    rule: &Rule,
    purse: Purse,
    mut takers: impl FnMut(usize) -> Vec<Taker>,
) -> Result<(Vec<(usize, Whole)>, i64), SplitError> {
    let mut given = Vec::with_capacity(rule.buckets.len());
    let undistributed = run(rule, purse, |index, bucket, offered| {
        let (whole, placed) = match &bucket.to {
            Destination::Fund(name) => (Whole::Fund(name.clone(), offered), offered),
            Destination::Person(person) => (Whole::People(vec![(*person, offered)]), offered),
            Destination::Claims { .. } | Destination::Budget => {
                let takers = takers(index);
                let measures = takers.iter().map(|taker| (if bucket.is_by_person() { 1 } else { taker.weight }, taker.room));
                let parts = fill(offered, measures.collect())?;
                let placed = parts.iter().sum();
                (Whole::People(takers.iter().map(|taker| taker.person).zip(parts).collect()), placed)
            }
        };
        given.push((index, whole));
        Ok(placed)
    })?;
    Ok((given, undistributed))
}

/// Offers each bucket its money in turn; `give` says how much of it the bucket placed. Gives what no bucket took.
fn run(rule: &Rule, purse: Purse, mut give: impl FnMut(usize, &Bucket, i64) -> Result<i64, SplitError>) -> Result<i64, SplitError> {
    let fresh = purse.income.saturating_add(purse.carried.min(0));
    if fresh < 0 {
        return Ok(fresh - purse.spent);
    }
    let indexed = || rule.buckets.iter().enumerate();
    let of_total = || indexed().filter(|(_, bucket)| bucket.of == Base::Total);
    let unassigned = WHOLE.saturating_sub(of_total().map(|(_, bucket)| bucket.percent).sum());
    let weights: Vec<i128> = of_total().map(|(_, bucket)| bucket.percent).chain([unassigned]).map(i128::from).collect();
    let mut totals = split(fresh, &weights)?;
    let rest = totals.pop().unwrap_or(0);
    let mut remaining = rest.saturating_add(purse.carried.max(0)).saturating_sub(purse.spent);
    for ((index, bucket), offered) in of_total().zip(totals) {
        remaining += offered - give(index, bucket, offered)?;
    }
    for (index, bucket) in indexed().filter(|(_, bucket)| bucket.of == Base::Remaining) {
        let offered = part_of(bucket, remaining.max(0))?;
        remaining -= give(index, bucket, offered)?;
    }
    Ok(remaining)
}

fn part_of(bucket: &Bucket, remaining: i64) -> Result<i64, SplitError> {
    Ok(split(remaining, &[i128::from(bucket.percent), i128::from(WHOLE.saturating_sub(bucket.percent))])?[0])
}

/// What each gets more, by bucket, and what nobody can take.
pub type SharedAgain = (Vec<(usize, Recipient, i64)>, i64);

/// What becomes of an amount that a bucket gave and that came back: it goes to the others of that bucket, then on through
/// the buckets of what remains that follow. `others` gives a share's claims that can still take something.
pub fn share_again(
    rule: &Rule,
    shares: &[Share],
    bucket: usize,
    amount: i64,
    mut others: impl FnMut(&Share) -> Vec<Claim>,
) -> Result<SharedAgain, SplitError> {
    let mut more = Vec::new();
    let mut left = amount;
    let from_total = rule.buckets.get(bucket).is_some_and(|bucket| bucket.of == Base::Total);
    for (place, next) in rule.buckets.iter().enumerate() {
        let follows = next.of == Base::Remaining && (from_total || place > bucket);
        let Some(share) = shares.iter().find(|share| share.bucket == place).filter(|_| follows || place == bucket) else { continue };
        let offered = if place == bucket { left } else { part_of(next, left)? };
        let given: Vec<(Recipient, i64)> = match &share.given {
            Given::Fund(name) => vec![(Recipient::Fund(name.clone()), offered)],
            Given::Person(person) => vec![(Recipient::Person(*person), offered)],
            Given::Claims(_) => fill_claims(offered, others(share), next.is_by_person())?
                .into_iter()
                .map(|(claim, part)| (Recipient::Claim(claim.log), part))
                .collect(),
        };
        left -= given.iter().map(|(_, part)| part).sum::<i64>();
        more.extend(given.into_iter().filter(|(_, part)| *part > 0).map(|(to, part)| (place, to, part)));
    }
    Ok((more, left))
}

/// As [`Pool::share`], of claims in the order they were logged.
pub fn fill_claims(amount: i64, claims: Vec<Claim>, alike: bool) -> Result<Vec<(Claim, i64)>, SplitError> {
    claims.into_iter().collect::<Pool>().share(amount, alike)
}

/// The claims that a bucket is split among. Each is kept with room for its part, so that a million of them are written once.
#[derive(Debug, Default)]
pub struct Pool(Vec<(Claim, i64)>);

impl Pool {
    /// Adds a claim, if it weighs anything.
    pub fn add(&mut self, claim: Claim) {
        if claim.weight > 0 {
            self.0.push((claim, 0));
        }
    }

    /// The claims in it, in the order they were added.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.0.iter().map(|(claim, _)| claim)
    }

    /// Splits `amount` among people by the sum of their claims, or among all of them alike, then each part among that
    /// person's claims, no claim past its room. Gives every claim its part, in the order they were added; what they can't
    /// take is left.
    pub fn share(self, amount: i64, alike: bool) -> Result<Vec<(Claim, i64)>, SplitError> {
        let Self(mut claims) = self;
        let mut people: Vec<(Taker, usize)> = Vec::new();
        let mut place_of = HashMap::with_hasher(BuildHasherDefault::<ById>::default());
        // Places and indices in four bytes: fresh memory is what a million claims cost most.
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let places: Vec<u32> = claims
            .iter()
            .map(|(Claim { person, weight, room, .. }, _)| {
                let place = *place_of.entry(*person).or_insert_with(|| {
                    people.push((Taker { person: *person, weight: 0, room: Some(0) }, 0));
                    u32::try_from(people.len() - 1).unwrap_or(u32::MAX)
                });
                let (taker, count) = &mut people[at(place)];
                taker.weight += i128::from(*weight);
                taker.room = taker.room.zip(*room).map(|(sum, room)| sum.saturating_add(room));
                *count += 1;
                place
            })
            .collect();
        // All claims in the order of people, and of each in the order they were added.
        let begin = |free: &mut usize, (_, count): &(Taker, usize)| Some(std::mem::replace(free, *free + count));
        let mut next: Vec<usize> = people.iter().scan(0, begin).collect();
        let mut by_person = vec![0_u32; claims.len()];
        for (index, place) in (0..).zip(places) {
            let free = &mut next[at(place)];
            by_person[*free] = index;
            *free += 1;
        }
        let wholes = fill(amount, people.iter().map(|(taker, _)| (if alike { 1 } else { taker.weight }, taker.room)).collect())?;
        let mut rest = by_person.as_slice();
        for ((_, count), whole) in people.into_iter().zip(wholes) {
            let (own, others) = rest.split_at(count);
            let measures = own.iter().map(|&index| &claims[at(index)].0).map(|claim| (i128::from(claim.weight), claim.room)).collect();
            own.iter().zip(fill(whole, measures)?).for_each(|(&index, part)| claims[at(index)].1 = part);
            rest = others;
        }
        Ok(claims)
    }
}

impl FromIterator<Claim> for Pool {
    fn from_iter<T: IntoIterator<Item = Claim>>(claims: T) -> Self {
        let mut pool = Self::default();
        claims.into_iter().for_each(|claim| pool.add(claim));
        pool
    }
}

/// Hashes an id by multiplying it: ids are numbers that we count up, so nobody can choose some that collide.
#[derive(Default)]
struct ById(u64);

impl Hasher for ById {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, id: u32) {
        self.0 = (self.0 ^ u64::from(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Splits `amount` by weight with nobody past their room: whoever would be gets their room, and the rest is split again
/// among the others. Whoever weighs nothing gets nothing. Less than `amount` is placed only when everyone is full.
pub fn fill(amount: i64, takers: Vec<(i128, Option<i64>)>) -> Result<Vec<i64>, SplitError> {
    let mut parts = vec![0; takers.len()];
    let mut open: Vec<usize> = (0..takers.len()).filter(|&taker| takers[taker].0 > 0).collect();
    let mut left = amount;
    while left > 0 && !open.is_empty() {
        let weights: Vec<i128> = open.iter().map(|&taker| takers[taker].0).collect();
        let tried = split(left, &weights)?;
        let full = |taker: usize, part: i64| takers[taker].1.is_some_and(|room| part >= room);
        if !open.iter().zip(&tried).any(|(&taker, &part)| full(taker, part)) {
            open.iter().zip(tried).for_each(|(&taker, part)| parts[taker] = part);
            break;
        }
        let mut others = Vec::new();
        let before = left;
        for (&taker, part) in open.iter().zip(tried) {
            match takers[taker].1 {
                Some(room) if part >= room => {
                    parts[taker] = room;
                    left -= room;
                }
                _ => others.push(taker),
            }
        }
        debug_assert!(left <= before, "rooms are not negative");
        open = others;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(log: u32, person: u32, weight: i64, room: Option<i64>) -> Claim {
        Claim { log: LogId(log), person: PersonId(person), weight, room, held: false }
    }

    fn parts(amount: i64, claims: Vec<Claim>) -> Vec<i64> {
        fill_claims(amount, claims, false).unwrap().into_iter().map(|(_, part)| part).collect()
    }

    #[test]
    fn a_claim_is_paid_to_its_room_and_the_excess_goes_to_the_others() {
        assert_eq!(parts(1000, vec![claim(1, 1, 1, Some(100)), claim(2, 2, 1, None)]), [100, 900]);
        assert_eq!(parts(10_000, vec![claim(1, 1, 7000, Some(7000))]), [7000]);
        assert_eq!(parts(300, vec![claim(1, 1, 1, Some(100)), claim(2, 2, 1, Some(150))]), [100, 150]);
    }

    #[test]
    fn people_are_split_before_claims() {
        let claims: Vec<Claim> = (0..300).map(|n| claim(n, 1, 60, None)).chain((300..600).map(|n| claim(n, 2, 60, None))).collect();
        let shares = fill_claims(10_000, claims, false).unwrap();
        let sum = |person| shares.iter().filter(|(c, _)| c.person == PersonId(person)).map(|(_, part)| part).sum::<i64>();
        assert_eq!((sum(1), sum(2)), (5000, 5000));
    }

    #[test]
    fn what_weighs_nothing_gets_nothing() {
        assert_eq!(parts(100, vec![claim(1, 1, 0, None)]), [0_i64; 0]);
        assert_eq!(parts(0, vec![claim(1, 1, 5, None)]), [0]);
    }
}
