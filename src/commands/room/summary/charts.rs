//! A summary in pictures.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use crate::commands::money::distribution::coming;
use crate::commands::room::progress::{goes_on, progress_picture};
use crate::commands::room::summary::period::Period;
use crate::commands::room::summary::ring::ring_of;
use crate::core::ids::PersonId;
use crate::core::log::Log;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::picture;
use crate::message::picture::{Picture, largest};

/// How many weeks are drawn, at least and at most.
const WEEKS: (usize, usize) = (8, 12);

/// How many pools are drawn at most.
const POOLS: usize = 2;

impl Period<'_> {
    pub fn pictures(&self) -> Vec<Picture> {
        let pools = self
            .pools()
            .filter(|pool| goes_on(pool) && self.reaches_today())
            .take(POOLS)
            .map(|pool| progress_picture(self.context, pool));
        self.hours_of(None).into_iter().chain(self.ring()).chain(pools).collect()
    }

    /// The hours of everyone, or of one person, in the last weeks of the period.
    pub fn hours_of(&self, only: Option<PersonId>) -> Option<Picture> {
        let last = self.until.unwrap_or(self.context.moment.today).min(self.context.moment.today);
        // A scheduled summary of the week shows earlier weeks as well; a requested one shows only what was asked for.
        let first_day = self.since.filter(|_| self.context.moment.due.is_none());
        let monday = |day: NaiveDate| day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())));
        let last = monday(last)?;
        let week_of = |day: NaiveDate| {
            usize::try_from((last - monday(day)?).num_days()).ok().map(|days| days.checked_div(7).unwrap_or(0))
        };
        let asked = self.since.and_then(week_of).map_or(WEEKS.1, |weeks| weeks + 1).clamp(WEEKS.0, WEEKS.1);
        let mut people: BTreeMap<PersonId, Vec<Minutes>> = BTreeMap::new();
        let is_asked = |log: &&Log| {
            only.is_none_or(|only| log.person == only)
                && log.date <= self.until.unwrap_or(log.date)
                && first_day.is_none_or(|day| log.date >= day)
        };
        for log in self.all_logs().filter(is_asked) {
            let (Some(minutes), Some(back)) =
                (log.contribution.minutes(), week_of(log.date).filter(|back| *back < asked))
            else {
                continue;
            };
            people.entry(log.person).or_insert_with(|| vec![Minutes(0); asked])[asked - 1 - back].0 += minutes.0;
        }
        // Weeks before the first work are left out.
        let first =
            (0..asked).find(|week| people.values().any(|minutes| minutes.get(*week).is_some_and(|m| m.0 > 0)))?;
        let weeks: Vec<NaiveDate> = (first..asked)
            .filter_map(|week| last.checked_sub_days(Days::new(7 * u64::try_from(asked - 1 - week).ok()?)))
            .collect();
        let mut rows: Vec<(Name, Vec<Minutes>)> = people
            .into_iter()
            .map(|(person, minutes)| {
                (self.context.books.name_of(person), minutes.get(first..).unwrap_or_default().to_vec())
            })
            .collect();
        let sum = |minutes: &[Minutes]| minutes.iter().map(|minutes| minutes.0).sum::<i64>();
        rows.sort_by(|one, other| sum(&other.1).cmp(&sum(&one.1)).then_with(|| one.0.cmp(&other.0)));
        let others = if rows.len() > picture::MOST + 1 { rows.split_off(picture::MOST) } else { Vec::new() };
        let together = (0..weeks.len())
            .map(|week| Minutes(others.iter().filter_map(|(_, minutes)| minutes.get(week)).map(|m| m.0).sum()));
        let others = (!others.is_empty()).then(|| (others.len(), together.collect()));
        let of = only
            .map(|person| self.context.books.name_of(person))
            .or_else(|| self.project.map(|project| self.context.books.project_name(project)));
        Some(Picture::Hours { of, weeks, people: rows, others })
    }

    /// The shares of the last distribution in the period or, in a project without one, of the next income.
    fn ring(&self) -> Option<Picture> {
        let books = self.context.books;
        if let Some(shared) = self.distributions().last() {
            let has_parts = shared.shares.iter().any(|share| share.placed.is_positive());
            return has_parts.then(|| ring_of(self.context, shared));
        }
        let project = self.project.filter(|_| self.reaches_today())?;
        let (income, share_estimate) = coming(self.context, project)?;
        let people = share_estimate
            .people
            .iter()
            .map(|part| (books.name_of(part.to), books.commodity.minor(part.owed + part.held)));
        let funds = share_estimate.funds.iter().map(|part| (Name::from(&part.to), books.commodity.minor(part.owed)));
        let parts: Vec<_> = people.chain(funds).collect();
        let is_worth_it = !share_estimate.people.is_empty();
        let total = income.with(parts.iter().map(|(_, amount)| amount.minor).sum());
        let (parts, others) = largest(parts, total);
        (is_worth_it && !parts.is_empty()).then(|| Picture::Shares {
            title: books.project_name(project),
            parts,
            others,
            total,
            coming: true,
        })
    }
}
