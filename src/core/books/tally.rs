//! The sum of each person's claims in a bucket, updated with every new log.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::NaiveDate;

use crate::core::ids::{LogId, PersonId, ProjectId};
use crate::core::money::Minor;

/// The sum of a person's claims in a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    pub(crate) weight: i128,
    pub(crate) room: Option<Minor>,
    pub(crate) first: LogId,
    pub(crate) in_doubt: bool,
}

/// The sums of each bucket of a project's rule, or the rate that is missing for them.
pub(crate) type ClaimSums = Result<Vec<HashMap<PersonId, Sum>>, MissingRate>;

/// The sums of each project. They follow from the rest of the books, so they are left out of comparisons.
#[derive(Debug, Clone, Default)]
pub(super) struct Tallies(pub(super) HashMap<ProjectId, OnceLock<ClaimSums>>);

impl PartialEq for Tallies {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Sum {
    pub(crate) fn of(first: LogId, Selected { weight, room, .. }: Selected, in_doubt: bool) -> Self {
        Sum { weight: i128::from(weight), room, first, in_doubt }
    }

    pub(crate) fn add(&mut self, log: LogId, Selected { weight, room, .. }: Selected, in_doubt: bool) {
        self.weight += i128::from(weight);
        self.room = self.room.zip(room).map(|(room, more)| room.saturating_add(more));
        self.first = self.first.min(log);
        self.in_doubt |= in_doubt;
    }
}

pub(crate) fn add(
    bucket: &mut HashMap<PersonId, Sum>,
    person: PersonId,
    (log, selected, in_doubt): (LogId, Selected, bool),
) {
    bucket
        .entry(person)
        .and_modify(|sum| sum.add(log, selected, in_doubt))
        .or_insert_with(|| Sum::of(log, selected, in_doubt));
}

/// A rate that a distribution needs and nobody has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRate {
    /// In which role.
    pub role: String,
    /// The day of the work.
    pub date: NaiveDate,
}

/// A claim as a rule sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    /// The place of the bucket that selects it, from 0.
    pub place: usize,
    /// Its weight there.
    pub weight: i64,
    /// The most it can still receive, if there is a limit.
    pub room: Option<Minor>,
}
