//! Splits what a bucket gives among claims; no claim gets more than its room.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use crate::core::ids::{LogId, PersonId};
use crate::core::money::Minor;
use crate::core::split::{SplitError, split};

/// A claim that a bucket selects, as it stands before the distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The log that makes it.
    pub log: LogId,
    /// The person who holds it.
    pub person: PersonId,
    /// Its weight: minutes, sixtieths of a minor unit, or minor units still open.
    pub weight: i64,
    /// The most it can still receive, if there is a limit.
    pub room: Option<Minor>,
    /// Whether its share is held because it is in doubt.
    pub held: bool,
}

/// The sum of a person's claims in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimant {
    /// The person who holds them.
    pub person: PersonId,
    /// Their weight together.
    pub weight: i128,
    /// The most they can still receive together, if there is a limit.
    pub room: Option<Minor>,
}

/// Like [`ClaimSet::share`], for claims in the order they were logged.
///
/// # Errors
/// As [`ClaimSet::share`].
pub fn fill_claims(amount: Minor, claims: Vec<Claim>, alike: bool) -> Result<Vec<(Claim, Minor)>, SplitError> {
    claims.into_iter().collect::<ClaimSet>().share(amount, alike)
}

/// The claims that a bucket is split among. Each has a place for its part beside it, so that a million of them are
/// written only once.
#[derive(Debug, Default)]
pub struct ClaimSet(Vec<(Claim, Minor)>);

impl ClaimSet {
    /// Adds a claim, if it weighs anything.
    pub fn add(&mut self, claim: Claim) {
        if claim.weight > 0 {
            self.0.push((claim, Minor::ZERO));
        }
    }

    /// The claims in it, in the order they were added.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.0.iter().map(|(claim, _)| claim)
    }

    /// Splits `amount` among people by the sum of their claims, or equally if `alike`; then each person's part among
    /// their claims, no claim past its room. Returns every claim with its part, in the order they were added. What they
    /// can't take is left over.
    ///
    /// # Errors
    /// [`SplitError::TooLarge`] if the numbers are too large.
    pub fn share(self, amount: Minor, alike: bool) -> Result<Vec<(Claim, Minor)>, SplitError> {
        let Self(mut claims) = self;
        let mut people: Vec<(Claimant, usize)> = Vec::new();
        let mut place_of = HashMap::with_hasher(BuildHasherDefault::<ById>::default());
        // Places and indices take four bytes: fresh memory is the largest cost of a million claims.
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let places: Vec<u32> = claims
            .iter()
            .map(|(Claim { person, weight, room, .. }, _)| {
                let place = *place_of.entry(*person).or_insert_with(|| {
                    people.push((Claimant { person: *person, weight: 0, room: Some(Minor::ZERO) }, 0));
                    u32::try_from(people.len() - 1).unwrap_or(u32::MAX)
                });
                let (taker, count) = &mut people[at(place)];
                taker.weight += i128::from(*weight);
                taker.room = taker.room.zip(*room).map(|(sum, room)| sum.saturating_add(room));
                *count += 1;
                place
            })
            .collect();
        // All claims grouped by person, those of a person in the order they were added.
        let begin = |free: &mut usize, (_, count): &(Claimant, usize)| Some(std::mem::replace(free, *free + count));
        let mut next: Vec<usize> = people.iter().scan(0, begin).collect();
        let mut by_person = vec![0_u32; claims.len()];
        for (index, place) in (0..).zip(places) {
            let free = &mut next[at(place)];
            by_person[*free] = index;
            *free += 1;
        }
        let wholes =
            fill(amount, people.iter().map(|(taker, _)| (if alike { 1 } else { taker.weight }, taker.room)).collect())?;
        let mut rest = by_person.as_slice();
        for ((_, count), whole) in people.into_iter().zip(wholes) {
            let (own, others) = rest.split_at(count);
            let measures = own
                .iter()
                .map(|&index| &claims[at(index)].0)
                .map(|claim| (i128::from(claim.weight), claim.room))
                .collect();
            own.iter().zip(fill(whole, measures)?).for_each(|(&index, part)| claims[at(index)].1 = part);
            rest = others;
        }
        Ok(claims)
    }
}

impl FromIterator<Claim> for ClaimSet {
    fn from_iter<T: IntoIterator<Item = Claim>>(claims: T) -> Self {
        let mut pool = Self::default();
        claims.into_iter().for_each(|claim| pool.add(claim));
        pool
    }
}

/// Hashes an id by multiplication. The program counts ids up, so nobody can choose some that collide.
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

/// Splits `amount` by weight with nobody past their room: takers that would exceed it get their room, and the rest is
/// split again among the others. A taker without weight gets nothing. Less than `amount` is placed only when everyone
/// is full.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn fill(amount: Minor, takers: Vec<(i128, Option<Minor>)>) -> Result<Vec<Minor>, SplitError> {
    let mut parts = vec![Minor::ZERO; takers.len()];
    let mut open: Vec<usize> = (0..takers.len()).filter(|&taker| takers[taker].0 > 0).collect();
    let mut left = amount;
    while left.is_positive() && !open.is_empty() {
        let weights: Vec<i128> = open.iter().map(|&taker| takers[taker].0).collect();
        let tried = split(left, &weights)?;
        let full = |taker: usize, part: Minor| takers[taker].1.is_some_and(|room| part >= room);
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
