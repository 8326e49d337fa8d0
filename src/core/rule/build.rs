//! Builds the rule of each preset.

use std::collections::BTreeMap;

use crate::core::contribution::ContributionKind::{self, Cash, Citation, Expense, Material, Other, Use, Work};
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination, Filter, Lifetime, Weigh};
use crate::core::rule::definition::{Rule, RuleError};
use crate::core::rule::preset::{INFRASTRUCTURE, Preset};

/// The role of those who began a service.
const INITIATION: &str = "initiation";

/// The role of those who keep a service going.
const SUPPORT: &str = "support";

/// What is taken off every income before a preset's own buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Hundredths of a percent of the total.
    pub percent: BasisPoints,
    /// A fund or a person.
    pub to: Destination,
}

/// The numbers that presets take; `None` means the usual value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// How long claims live in the last bucket.
    pub lifetime: Option<Lifetime>,
    /// Hundredths of a percent of the total for infrastructure.
    pub infrastructure: Option<BasisPoints>,
    /// Hundredths of a percent of the total for cash that was put in.
    pub cash: Option<BasisPoints>,
    /// Hundredths of a percent of the total for initiation.
    pub initiation: Option<BasisPoints>,
    /// The limit of cash and initiation, as a part of their value.
    pub cap: Option<BasisPoints>,
    /// The weight of time.
    pub work: Option<u32>,
    /// The weight of money.
    pub money: Option<u32>,
}

impl Numbers {
    /// A given number that is not in `asked` and so has no meaning.
    fn beyond(&self, asked: &[&str]) -> Option<&'static str> {
        let given = [
            ("lifetime", self.lifetime.is_some()),
            ("infrastructure", self.infrastructure.is_some()),
            ("cash", self.cash.is_some()),
            ("initiation", self.initiation.is_some()),
            ("cap", self.cap.is_some()),
            ("work", self.work.is_some()),
            ("money", self.money.is_some()),
        ];
        given.into_iter().find(|(name, given)| *given && !asked.contains(name)).map(|(name, _)| name)
    }
}

/// All claims of these kinds, up to their value.
fn claims(kinds: &[ContributionKind], weigh: Weigh, lifetime: Lifetime) -> Destination {
    Destination::Claims {
        kinds: kinds.to_vec(),
        weigh,
        lifetime,
        cap: BasisPoints::ONE,
        only: Filter::default(),
        factors: BTreeMap::new(),
    }
}

/// All that remains.
fn rest(to: Destination) -> Bucket {
    Bucket { percent: BasisPoints::ONE, of: Base::Remaining, to }
}

/// Claims of work in these roles, or of these kinds, until they are paid up to a cap.
fn until_paid(kinds: &[ContributionKind], roles: &[&str], cap: BasisPoints) -> Destination {
    Destination::Claims {
        kinds: kinds.to_vec(),
        weigh: Weigh::Value,
        lifetime: Lifetime::UntilPaid,
        cap,
        only: Filter { roles: roles.iter().map(|&role| role.to_owned()).collect(), ..Filter::default() },
        factors: BTreeMap::new(),
    }
}

/// All contributions by their value, with different weights for time and money.
fn slices(numbers: &Numbers, lifetime: Lifetime) -> Destination {
    let (time, money) = (numbers.work.unwrap_or(2), numbers.money.unwrap_or(4));
    Destination::Claims {
        kinds: vec![Work, Expense, Material, Cash, Use],
        weigh: Weigh::Value,
        lifetime,
        cap: BasisPoints::ONE,
        only: Filter::default(),
        factors: [(Work, time), (Use, time), (Expense, money), (Material, money), (Cash, money)].into(),
    }
}

/// The buckets of a service: infrastructure, cash and initiation of the total, then costs, support and everybody else.
fn service(numbers: &Numbers, lifetime: Lifetime) -> Vec<Bucket> {
    let cap = numbers.cap.unwrap_or(BasisPoints(12_000));
    let infrastructure = numbers.infrastructure.unwrap_or(BasisPoints(500));
    let cash = numbers.cash.unwrap_or(BasisPoints(1_000));
    let initiation = numbers.initiation.unwrap_or(BasisPoints(500));
    let of_total = |percent, to| Bucket { percent, of: Base::Total, to };
    let participants = Destination::Claims {
        kinds: vec![Work],
        weigh: Weigh::Value,
        lifetime,
        cap: BasisPoints::ONE,
        only: Filter { except_roles: vec![INITIATION.to_owned(), SUPPORT.to_owned()], ..Filter::default() },
        factors: BTreeMap::new(),
    };
    let parts = [
        of_total(infrastructure, Destination::Fund(INFRASTRUCTURE.to_owned())),
        of_total(cash, until_paid(&[Cash], &[], cap)),
        of_total(initiation, until_paid(&[Work], &[INITIATION], cap)),
        rest(until_paid(&[Expense, Material, Use], &[], BasisPoints::ONE)),
        rest(until_paid(&[Work], &[SUPPORT], BasisPoints::ONE)),
        rest(participants),
    ];
    // Buckets of zero percent are left out.
    parts.into_iter().filter(|bucket| bucket.percent > BasisPoints::ZERO).collect()
}

impl Preset {
    /// The preset's rule, after `cuts`.
    ///
    /// # Errors
    /// [`RuleError::NotAsked`] for a number that the preset doesn't take; else as [`Rule::new`].
    pub fn rule(self, cuts: Vec<Cut>, numbers: &Numbers) -> Result<Rule, RuleError> {
        if let Some(number) = numbers.beyond(self.asks()) {
            return Err(RuleError::NotAsked { preset: self, number });
        }
        let shares_by_size = !matches!(self, Preset::Equal | Preset::Slices);
        if numbers.lifetime == Some(Lifetime::UntilPaid) && !shares_by_size {
            return Err(RuleError::NotAsked { preset: self, number: "lifetime:until-paid" });
        }
        let cuts = cuts.into_iter().map(|cut| Bucket { percent: cut.percent, of: Base::Total, to: cut.to });
        Rule::new(self, cuts.chain(self.buckets(numbers)).collect())
    }

    /// The preset's own buckets, which follow the cuts.
    fn buckets(self, numbers: &Numbers) -> Vec<Bucket> {
        let last = |usual| numbers.lifetime.unwrap_or(usual);
        match self {
            Preset::Equal => {
                let kinds = [Work, Expense, Material, Cash, Citation, Other];
                vec![rest(claims(&kinds, Weigh::Person, last(Lifetime::Once)))]
            }
            Preset::Hours => vec![rest(claims(&[Work], Weigh::Minutes, last(Lifetime::Forever)))],
            Preset::Rates => {
                vec![rest(claims(&[Work, Expense, Material, Use], Weigh::Value, last(Lifetime::Forever)))]
            }
            Preset::CostsFirst => vec![
                rest(claims(&[Expense, Material, Cash, Use], Weigh::Value, Lifetime::UntilPaid)),
                rest(claims(&[Work], Weigh::Value, last(Lifetime::Forever))),
            ],
            Preset::Service => service(numbers, last(Lifetime::Once)),
            Preset::Budget => vec![rest(Destination::Budget)],
            Preset::Slices => vec![rest(slices(numbers, last(Lifetime::Forever)))],
            Preset::Custom => Vec::new(),
        }
    }
}
