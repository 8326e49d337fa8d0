//! Crowdfunding pools: their conditions, their states, and what becomes of the money in them.
//!
//! A pledge is a promise; only money that arrived counts for the goal and makes a stake. [`PoolState::on`] is the whole
//! state machine of a pool: an event that it does not allow does not happen, whether a person or time asks for it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::core::course::Course;
use crate::core::equipment::{EquipmentTerms, Owner};
use crate::core::holder::Holder;
use crate::core::ids::{EquipmentId, Hash, MoneyId, PersonId, PoolId, ProjectId};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::split::{SplitError, rounded_down, split};
use crate::core::time::Timestamp;

/// What a pool needs to be funded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// The goal, to the cent; else everything is owed back.
    AllOrNothing,
    /// Anything at all.
    KeepItAll,
    /// The minimum; up to the optimum is wished for.
    MinimumAndOptimum,
}

impl PoolKind {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            PoolKind::AllOrNothing => "all-or-nothing",
            PoolKind::KeepItAll => "keep-it-all",
            PoolKind::MinimumAndOptimum => "minimum-and-optimum",
        }
    }
}

/// What a pool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Buying a machine, which its backers then own together.
    Equipment(EquipmentId),
    /// A project: the money becomes cash that they put in.
    Project(ProjectId),
}

/// Where the money goes that a purchase leaves over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// It is owed back.
    #[default]
    Back,
    /// It is given to the maintenance fund.
    Maintenance,
}

/// The conditions of a pool. They never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// What it is for.
    pub purpose: Purpose,
    /// What it needs to be funded.
    pub kind: PoolKind,
    /// What is asked for.
    pub goal: Amount,
    /// What must be reached: the goal, the minimum if there is one, or nothing if everything is kept.
    pub needed: Amount,
    /// What is wished for beyond that.
    pub optimum: Option<Amount>,
    /// The most that it takes.
    pub cap: Option<Amount>,
    /// The smallest pledge.
    pub least: Option<Amount>,
    /// The last day of pledging.
    pub deadline: NaiveDate,
    /// The instant after it.
    pub closes: Timestamp,
    /// When the outcome is fixed. Money that was sent by the deadline may be recorded until then.
    pub settles: Timestamp,
    /// Within how many days a pledge must be paid; by default, by the deadline.
    pub term: Option<u32>,
    /// The fund that pays the fees of payments, so that all that was sent counts.
    pub fees: Option<String>,
    /// Where the money goes that the purchase leaves over.
    pub rest: Rest,
}

/// How a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolState {
    /// It takes pledges and payments.
    Open,
    /// Pledging has ended; what was sent by the deadline may still be recorded.
    Settling,
    /// It has reached what it needs.
    Funded,
    /// It has not; everything is owed back.
    Failed,
    /// Its money has bought what it was for.
    Bought,
    /// Its money is the project's.
    Given,
    /// It was cancelled; everything is owed back.
    Cancelled,
}

/// What happens to a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolEvent {
    /// Somebody pledges.
    Pledge,
    /// Somebody withdraws.
    Withdraw,
    /// Money for it arrives and counts.
    Pay,
    /// Money that the network already holds is put in.
    TopUp,
    /// A pledge was not paid in time.
    Lapse,
    /// The last day is over.
    PledgingEnds,
    /// The settling time is over.
    Settle {
        /// Whether it has what it needs.
        reached: bool,
    },
    /// What it is for is bought.
    Buy,
    /// The purchase was a mistake in the books.
    BuyUndone,
    /// Its money goes to the project.
    Give,
    /// Somebody cancels it.
    Cancel,
}

impl PoolState {
    /// Every state.
    pub const ALL: [PoolState; 7] = [
        PoolState::Open,
        PoolState::Settling,
        PoolState::Funded,
        PoolState::Failed,
        PoolState::Bought,
        PoolState::Given,
        PoolState::Cancelled,
    ];

    /// The state after an event; `None` if the event can't happen in this state.
    pub fn on(self, event: PoolEvent) -> Option<PoolState> {
        use {PoolEvent as E, PoolState as S};
        match (self, event) {
            (S::Open, E::Pledge | E::TopUp | E::Pay | E::Withdraw | E::Lapse) => Some(S::Open),
            (S::Open, E::PledgingEnds) => Some(S::Settling),
            (S::Settling, E::Pay | E::Withdraw | E::Lapse) => Some(S::Settling),
            (S::Settling, E::Settle { reached: true }) => Some(S::Funded),
            (S::Settling, E::Settle { reached: false }) => Some(S::Failed),
            (S::Funded, E::TopUp) => Some(S::Funded),
            (S::Funded, E::Buy) => Some(S::Bought),
            (S::Funded, E::Give) => Some(S::Given),
            (S::Bought, E::BuyUndone) => Some(S::Funded),
            (S::Open | S::Settling | S::Funded, E::Cancel) => Some(S::Cancelled),
            _ => None,
        }
    }

    /// Whether its money still belongs to its backers.
    pub fn holds_money(self) -> bool {
        matches!(self, PoolState::Open | PoolState::Settling | PoolState::Funded)
    }

    /// The word for it, as shown.
    pub fn word(self) -> &'static str {
        match self {
            PoolState::Open => "open",
            PoolState::Settling => "closing",
            PoolState::Funded => "funded",
            PoolState::Failed => "failed",
            PoolState::Bought => "bought",
            PoolState::Given => "given",
            PoolState::Cancelled => "cancelled",
        }
    }
}

/// A backer's part in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backer {
    /// Who.
    pub holder: Holder,
    /// What they promised in all.
    pub promised: Minor,
    /// What they last pledged themselves, even if it has lapsed since.
    pub pledge: Minor,
    /// What arrived from them.
    pub paid: Minor,
    /// The terms that they agreed to. Without agreement their money does not count yet.
    pub agreed: Option<Hash>,
    /// When the unpaid part of the promise lapses.
    pub lapses: Option<Timestamp>,
    /// Whether it has lapsed.
    pub lapsed: bool,
    /// The place in the journal of their first payment.
    pub first_paid: Option<u64>,
    /// The payments that it arrived by and that are still in the pool.
    pub payments: Vec<(MoneyId, Minor)>,
}

impl Backer {
    /// A backer who has promised and paid nothing.
    pub fn new(holder: Holder) -> Self {
        Self {
            holder,
            promised: Minor::ZERO,
            pledge: Minor::ZERO,
            paid: Minor::ZERO,
            agreed: None,
            lapses: None,
            lapsed: false,
            first_paid: None,
            payments: Vec::new(),
        }
    }

    /// Takes in money that arrived, at a place in the journal.
    pub fn receive(&mut self, minor: Minor, seq: u64) {
        self.paid += minor;
        self.first_paid.get_or_insert(seq);
    }

    /// The part of a payment that is in the pool.
    pub fn of_payment(&self, money: MoneyId) -> Minor {
        self.payments.iter().filter(|(id, _)| *id == money).map(|(_, minor)| minor).sum()
    }

    /// What is promised, not paid and not lapsed.
    pub fn outstanding(&self) -> Minor {
        (self.promised - self.paid).max(Minor::ZERO)
    }

    /// Their commitment: what they promised, or what they have paid if that is more.
    pub fn pledged(&self) -> Minor {
        self.promised.max(self.paid)
    }

    /// The money that counts for the goal.
    pub fn counted(&self) -> Minor {
        if self.agreed.is_some() { self.paid } else { Minor::ZERO }
    }
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its number.
    pub id: PoolId,
    /// Its name, unique in the network.
    pub name: String,
    /// The conditions that it was opened under.
    pub conditions: Conditions,
    /// Who opened it.
    pub by: PersonId,
    /// The zone of its days: the network's when it was opened.
    pub zone: Tz,
    /// How it stands.
    pub state: PoolState,
    /// When something last happened to it.
    pub last_at: Timestamp,
    /// Its backers, in the order they came.
    pub backers: Vec<Backer>,
    /// What had been paid that counts, over time.
    pub course: Course,
}

/// A backer's part of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stake {
    /// Whose.
    pub holder: Holder,
    /// Their part of the cost.
    pub stake: Minor,
    /// What they receive in all until they are paid back.
    pub due: Minor,
    /// What is left of their money.
    pub rest: Minor,
}

impl Pool {
    /// The day of an instant by its own clock.
    pub fn day_of(&self, at: Timestamp) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The part of a holder, if they have one.
    pub fn backer(&self, holder: &Holder) -> Option<&Backer> {
        self.backers.iter().find(|backer| backer.holder == *holder)
    }

    /// The part of a holder, added if they have none.
    pub fn backer_mut(&mut self, holder: &Holder) -> &mut Backer {
        let place = self.backers.iter().position(|backer| backer.holder == *holder).unwrap_or_else(|| {
            self.backers.push(Backer::new(holder.clone()));
            self.backers.len() - 1
        });
        &mut self.backers[place]
    }

    /// Backers who have promised or paid something.
    pub fn active(&self) -> impl Iterator<Item = &Backer> {
        self.backers.iter().filter(|backer| backer.paid.is_positive() || backer.outstanding().is_positive())
    }

    /// What arrived and counts.
    pub fn paid(&self) -> Minor {
        self.backers.iter().map(Backer::counted).sum()
    }

    /// Money from people who have not agreed to the terms.
    pub fn waiting(&self) -> Minor {
        self.backers.iter().map(|backer| backer.paid - backer.counted()).sum()
    }

    /// What is promised and neither paid nor lapsed.
    pub fn promised(&self) -> Minor {
        self.backers.iter().map(Backer::outstanding).sum()
    }

    /// The most that a holder may still promise or pay on top of what they have paid; it includes what they have
    /// already promised. `None` if there is no cap.
    pub fn room_for(&self, holder: &Holder) -> Option<Minor> {
        let others: Minor =
            self.backers.iter().filter(|backer| backer.holder != *holder).map(Backer::outstanding).sum();
        let cap = self.conditions.cap?.minor;
        Some((cap - self.paid() - self.waiting() - others).max(Minor::ZERO))
    }

    /// Whether it has what it needs.
    pub fn is_reached(&self) -> bool {
        let paid = self.paid();
        paid.is_positive() && paid >= self.conditions.needed.minor
    }

    /// The progress, in hundredths of a percent of the goal.
    pub fn progress(&self) -> i64 {
        rounded_down(
            i128::from(self.paid()),
            i128::from(BasisPoints::ONE),
            i128::from(self.conditions.goal.minor).max(1),
        )
        .unwrap_or(i64::MAX)
    }

    /// The stake of each backer in a purchase, in proportion to what they paid, and what is left of their money. The
    /// stakes sum to the cost. Ties go to the backer who paid first.
    ///
    /// # Errors
    /// [`SplitError::TooLarge`] if the numbers are too large, [`SplitError::NoWeight`] if no backer's money counts.
    pub fn stakes(&self, cost: Minor, cap: BasisPoints) -> Result<Vec<Stake>, SplitError> {
        let mut backers: Vec<&Backer> = self.backers.iter().filter(|backer| backer.counted().is_positive()).collect();
        backers.sort_by_key(|backer| backer.first_paid);
        let weights: Vec<i128> = backers.iter().map(|backer| i128::from(backer.paid)).collect();
        let parts = split(cost, &weights)?;
        let stake = |(backer, stake): (&Backer, Minor)| {
            let due = cap.of(stake).ok_or(SplitError::TooLarge)?;
            Ok(Stake { holder: backer.holder.clone(), stake, due, rest: backer.paid - stake })
        };
        backers.into_iter().zip(parts).map(stake).collect()
    }

    /// The hash of everything that a backer agrees to: the conditions, and the co-owner terms or the project's rule.
    pub fn terms_hash(&self, terms: &AgreedTerms<'_>) -> Hash {
        terms_hash(&self.name, &self.conditions, terms)
    }
}

/// The agreement that holds after the purchase.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgreedTerms<'a> {
    /// The co-owner terms of the machine.
    Terms(&'a EquipmentTerms),
    /// The rule of the project.
    Rule(Hash),
}

fn terms_hash(name: &str, conditions: &Conditions, terms: &AgreedTerms<'_>) -> Hash {
    Hash::of(&(name, conditions, terms))
}

impl From<&Stake> for Owner {
    fn from(stake: &Stake) -> Self {
        Owner { holder: stake.holder.clone(), stake: stake.stake, due: stake.due, paid: Minor::ZERO }
    }
}
