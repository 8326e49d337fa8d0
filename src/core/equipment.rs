//! Co-owned equipment: the terms of its use, what a use costs and who is owed for it, and how co-owners are paid back.
//!
//! [`charge`] is the one function from a use to the lines of its bill. [`for_owners`] shares the co-owners' part,
//! wherever it comes from. Each line says why.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::contribution::money_owed;
use crate::core::course::Course;
use crate::core::holder::Holder;
use crate::core::ids::{EquipmentId, Hash, LotId, PersonId};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::split::{SplitError, split};
use crate::core::stock::Taken;
use crate::core::time::Minutes;

/// The fund for the maintenance of machines.
pub const MAINTENANCE: &str = "maintenance";

/// How far co-owners are paid back if the terms do not say: what they paid, plus 20 %.
pub const USUAL_CAP: BasisPoints = BasisPoints(12_000);

/// How money for a machine's time is shared: in parts that sum to [`BasisPoints::ONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// For the maintenance fund.
    pub maintenance: BasisPoints,
    /// For the infrastructure fund.
    pub infrastructure: BasisPoints,
    /// For the co-owners.
    pub owners: BasisPoints,
}

/// The co-owner terms of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquipmentTerms {
    /// What an hour claims of a project.
    pub project_rate: Option<Amount>,
    /// What an hour costs a client.
    pub commercial_rate: Option<Amount>,
    /// What an hour costs a member.
    pub member_rate: Option<Amount>,
    /// What a week costs a member.
    pub week_rate: Option<Amount>,
    /// What a month costs a member.
    pub month_rate: Option<Amount>,
    /// What maintenance costs per hour, on top of the rate.
    pub maintenance: Option<Amount>,
    /// How money for its time is shared.
    pub parts: Parts,
    /// How far co-owners are paid back, of their stake.
    pub cap: BasisPoints,
    /// How the co-owners' part is shared when they are paid back: maintenance and infrastructure, in hundredths of a
    /// percent.
    pub after: (BasisPoints, BasisPoints),
    /// Whether only certified people may use it alone; others need a technician.
    pub certified_only: bool,
}

impl Default for EquipmentTerms {
    fn default() -> Self {
        Self {
            project_rate: None,
            commercial_rate: None,
            member_rate: None,
            week_rate: None,
            month_rate: None,
            maintenance: None,
            parts: Parts {
                maintenance: BasisPoints(2_000),
                infrastructure: BasisPoints(1_000),
                owners: BasisPoints(7_000),
            },
            cap: USUAL_CAP,
            after: (BasisPoints::HALF, BasisPoints::HALF),
            certified_only: false,
        }
    }
}

impl EquipmentTerms {
    /// The hash of their text.
    pub fn hash(&self) -> Hash {
        Hash::of(self)
    }

    /// What an hour costs in a scenario.
    pub fn rate(&self, scenario: Scenario) -> Option<Amount> {
        match scenario {
            Scenario::Project => self.project_rate,
            Scenario::Commercial => self.commercial_rate,
            Scenario::Member => self.member_rate,
        }
    }
}

/// What a machine is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// For a project, which owes the machine a share of what it earns.
    Project,
    /// For a client, at a price.
    Commercial,
    /// For a member's own purposes.
    Member,
}

impl Scenario {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Scenario::Project => "project",
            Scenario::Commercial => "commercial",
            Scenario::Member => "member",
        }
    }
}

/// A co-owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub holder: Holder,
    /// Their part of the cost.
    pub stake: Minor,
    /// What they receive in all until they are paid back.
    pub due: Minor,
    /// What they have received or set off.
    pub paid: Minor,
}

impl Owner {
    /// What they have still to receive.
    pub fn open(&self) -> Minor {
        (self.due - self.paid).max(Minor::ZERO)
    }
}

/// How a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EquipmentStanding {
    /// It is to be bought.
    Planned,
    /// Its co-owners are being paid back.
    Owned,
    /// It is a shareable: it belongs to the commons.
    Shareable,
    /// It is gone.
    Retired,
}

impl EquipmentStanding {
    /// The word for it, as shown.
    pub fn word(self) -> &'static str {
        match self {
            EquipmentStanding::Planned => "planned",
            EquipmentStanding::Owned => "co-owned",
            EquipmentStanding::Shareable => "shareable",
            EquipmentStanding::Retired => "retired",
        }
    }
}

/// Terms that wait for every backer's and co-owner's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedTerms {
    /// Their text.
    pub terms: EquipmentTerms,
    /// Who has agreed.
    pub agreed: std::collections::BTreeSet<PersonId>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment {
    /// Its number.
    pub id: EquipmentId,
    /// Its id among people; projects owe it shares under it.
    pub party: PersonId,
    /// Its name, unique in the network.
    pub name: String,
    /// How it stands.
    pub standing: EquipmentStanding,
    /// Its terms.
    pub terms: EquipmentTerms,
    /// How often they have been set.
    pub version: u32,
    /// How often its terms have been set.
    pub proposed: Option<ProposedTerms>,
    /// What it cost.
    pub cost: Minor,
    /// Its co-owners, in the order of their first payments.
    pub owners: Vec<Owner>,
    /// Who may use it alone.
    pub certified: std::collections::BTreeSet<PersonId>,
    /// What its co-owners had been paid back, over time.
    pub course: Course,
}

impl Equipment {
    /// What its co-owners have been paid back.
    pub fn paid_back(&self) -> Minor {
        self.owners.iter().map(|owner| owner.paid).sum()
    }

    /// What its co-owners are still to receive.
    pub fn open(&self) -> Minor {
        self.owners.iter().map(Owner::open).sum()
    }

    /// Whether it can be used.
    pub fn is_in_use(&self) -> bool {
        matches!(self.standing, EquipmentStanding::Owned | EquipmentStanding::Shareable)
    }

    /// Shares the co-owners' part.
    ///
    /// # Errors
    /// [`SplitError::TooLarge`] if the numbers are too large.
    pub fn for_owners(&self, part: Minor) -> Result<Vec<ChargeLine>, SplitError> {
        for_owners(part, &self.owners, (self.standing == EquipmentStanding::Shareable).then_some(self.terms.after))
    }
}

/// Work of a technician on a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technician {
    /// Who.
    pub person: PersonId,
    /// For how long.
    pub time: Minutes,
    /// What their hour is worth.
    pub per_hour: Amount,
}

/// A use of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// What it was for.
    pub scenario: Scenario,
    /// For how long.
    pub time: Minutes,
    /// The material taken for it.
    pub taken: Vec<Taken>,
    /// The technician's work.
    pub technician: Option<Technician>,
    /// What the client pays; by default the sum of its lines.
    pub price: Option<Minor>,
    /// Whether a subscription covers its time.
    pub subscribed: bool,
    /// The co-owner whose stake its time is set off against.
    pub against_stake: Option<Holder>,
}

/// Why somebody is owed a line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// They gave or paid for material that was used.
    Material {
        /// Out of which lot.
        lot: LotId,
        /// What.
        material: String,
        /// How much.
        quantity: Decimal,
        /// Of what unit.
        unit: String,
    },
    /// They worked on it.
    Technician {
        /// For how long.
        time: Minutes,
        /// At which rate.
        per_hour: Amount,
    },
    /// Every hour costs maintenance.
    Hourly {
        /// How many.
        time: Minutes,
        /// At which rate.
        per_hour: Amount,
    },
    /// The terms give them a part of what is left of the money.
    Part {
        /// Which.
        percent: BasisPoints,
        /// Of how much.
        of: Minor,
    },
    /// A co-owner is paid back.
    PayBack {
        /// What was open to them before.
        open: Minor,
        /// What was open to all.
        of: Minor,
    },
    /// What a co-owner had received is taken back: a line below zero.
    TakenBack {
        /// What they had received before.
        received: Minor,
        /// What all had.
        of: Minor,
    },
    /// It exceeds what is open to the co-owners.
    Above,
    /// The co-owners are paid back; the terms say where their part goes.
    After {
        /// Which part.
        percent: BasisPoints,
        /// Of how much.
        of: Minor,
    },
}

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeLine {
    /// Why.
    pub why: Why,
    /// The holder who is owed it.
    pub to: Holder,
    /// How much.
    pub minor: Minor,
}

impl ChargeLine {
    /// Whether it changes what a co-owner has received.
    pub fn pays_back(&self) -> bool {
        matches!(self.why, Why::PayBack { .. } | Why::TakenBack { .. })
    }
}

/// What a use comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The lines that are due, without the co-owners'.
    pub lines: Vec<ChargeLine>,
    /// What is the co-owners' in all; it is shared when it is paid.
    pub owners: Minor,
    /// What the machine claims of the project.
    pub claim: Minor,
    /// What counts as paid to the user's own stake.
    pub set_off: Minor,
}

impl Charge {
    /// What the payer owes.
    pub fn total(&self) -> Minor {
        self.owners + self.lines.iter().map(|line| line.minor).sum::<Minor>()
    }
}

/// Why a use can't be charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeError {
    /// The terms name no rate for it.
    NoRate(Scenario),
    /// The price does not cover material, technician and hourly maintenance, which come to this.
    PriceBelow(Minor),
    /// Nothing is open to the user's stake, or they have none.
    NothingToSetOff,
    /// The numbers are too large.
    TooLarge,
}

impl From<SplitError> for ChargeError {
    fn from(_: SplitError) -> Self {
        ChargeError::TooLarge
    }
}

fn worth(time: Minutes, per_hour: Amount) -> Minor {
    money_owed(i128::from(time.0) * i128::from(per_hour.minor))
}

/// What a use costs under terms, with the co-owners as they are now.
///
/// Material and technician are due first, then hourly maintenance. It is left out of a commercial use if the terms give
/// maintenance a part of the price. What is then left of the price, or the machine's money, is shared by the terms'
/// parts.
///
/// # Errors
/// [`ChargeError::NoRate`] if the terms name no rate, [`ChargeError::PriceBelow`] if the price is too low,
/// [`ChargeError::NothingToSetOff`] if nothing is open to the user's stake, [`ChargeError::TooLarge`] if the numbers
/// are too large.
pub fn charge(terms: &EquipmentTerms, usage: &Usage, owners: &[Owner]) -> Result<Charge, ChargeError> {
    let mut lines: Vec<ChargeLine> = usage.taken.iter().map(material).collect();
    if let Some(Technician { person, time, per_hour }) = &usage.technician {
        let why = Why::Technician { time: *time, per_hour: *per_hour };
        lines.push(ChargeLine { why, to: Holder::Person(*person), minor: worth(*time, *per_hour) });
    }
    let commercial = usage.scenario == Scenario::Commercial;
    if let Some(per_hour) = terms.maintenance.filter(|_| !commercial || terms.parts.maintenance == BasisPoints::ZERO) {
        let why = Why::Hourly { time: usage.time, per_hour };
        lines.push(ChargeLine { why, to: Holder::Fund(MAINTENANCE.to_owned()), minor: worth(usage.time, per_hour) });
    }
    let first: Minor = lines.iter().map(|line| line.minor).sum();
    let machine = terms.rate(usage.scenario).map(|per_hour| worth(usage.time, per_hour));
    let no_rate = || ChargeError::NoRate(usage.scenario);
    let mut charge = Charge { lines, owners: Minor::ZERO, claim: Minor::ZERO, set_off: Minor::ZERO };
    let money = match usage.scenario {
        Scenario::Project => {
            charge.claim = machine.ok_or_else(no_rate)?;
            Minor::ZERO
        }
        Scenario::Commercial => match usage.price {
            Some(price) if price < first => return Err(ChargeError::PriceBelow(first)),
            Some(price) => price - first,
            None => machine.ok_or_else(no_rate)?,
        },
        Scenario::Member if usage.subscribed => Minor::ZERO,
        Scenario::Member => {
            let machine = machine.ok_or_else(no_rate)?;
            if let Some(holder) = &usage.against_stake {
                let open = owners.iter().find(|owner| owner.holder == *holder).map_or(Minor::ZERO, Owner::open);
                if open == Minor::ZERO {
                    return Err(ChargeError::NothingToSetOff);
                }
                charge.set_off = open.min(machine);
            }
            machine - charge.set_off
        }
    };
    let (more, owners) = parts(terms, money)?;
    charge.lines.extend(more);
    charge.owners = owners;
    // A line of zero owes nobody anything.
    charge.lines.retain(|line| line.minor.is_positive());
    Ok(charge)
}

/// How the price of a subscription is shared.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn subscription(terms: &EquipmentTerms, price: Amount) -> Result<Charge, SplitError> {
    let (mut lines, owners) = parts(terms, price.minor)?;
    lines.retain(|line| line.minor.is_positive());
    Ok(Charge { lines, owners, claim: Minor::ZERO, set_off: Minor::ZERO })
}

fn material(taken: &Taken) -> ChargeLine {
    let Taken { lot, material, quantity, unit, value, by } = taken.clone();
    ChargeLine { why: Why::Material { lot, material, quantity, unit }, to: by, minor: value }
}

/// Splits money for a machine's time into the lines of funds and the co-owners' part.
fn parts(terms: &EquipmentTerms, money: Minor) -> Result<(Vec<ChargeLine>, Minor), SplitError> {
    let Parts { maintenance, infrastructure, owners } = terms.parts;
    let shares = split(money, &[maintenance.into(), infrastructure.into(), owners.into()])?;
    let line = |percent, fund: &str, minor| ChargeLine {
        why: Why::Part { percent, of: money },
        to: Holder::Fund(fund.to_owned()),
        minor,
    };
    let lines = vec![
        line(maintenance, MAINTENANCE, shares[0]),
        line(infrastructure, crate::core::rule::preset::INFRASTRUCTURE, shares[1]),
    ];
    Ok((lines, shares[2]))
}

/// Shares the co-owners' part by what each has still to receive. What exceeds that goes to maintenance, or for a
/// shareable where `after` says.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn for_owners(
    part: Minor,
    owners: &[Owner],
    after: Option<(BasisPoints, BasisPoints)>,
) -> Result<Vec<ChargeLine>, SplitError> {
    let open: Minor = owners.iter().map(Owner::open).sum();
    let paid_back = part.min(open);
    let mut lines = Vec::new();
    if paid_back.is_positive() {
        let weights: Vec<i128> = owners.iter().map(|owner| owner.open().into()).collect();
        let line = |(owner, minor): (&Owner, Minor)| ChargeLine {
            why: Why::PayBack { open: owner.open(), of: open },
            to: owner.holder.clone(),
            minor,
        };
        lines.extend(owners.iter().zip(split(paid_back, &weights)?).map(line));
    }
    let left = part - paid_back;
    match after {
        Some((maintenance, infrastructure)) if left.is_positive() => {
            let shares = split(left, &[maintenance.into(), infrastructure.into()])?;
            let line = |percent, fund: &str, minor| ChargeLine {
                why: Why::After { percent, of: left },
                to: Holder::Fund(fund.to_owned()),
                minor,
            };
            lines.push(line(maintenance, MAINTENANCE, shares[0]));
            lines.push(line(infrastructure, crate::core::rule::preset::INFRASTRUCTURE, shares[1]));
        }
        Some(_) | None => {
            lines.push(ChargeLine { why: Why::Above, to: Holder::Fund(MAINTENANCE.to_owned()), minor: left })
        }
    }
    lines.retain(|line| line.minor.is_positive());
    Ok(lines)
}

/// Takes back from co-owners what they should not have received, in proportion to what each has received. Each line is
/// below zero.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn from_owners(part: Minor, owners: &[Owner]) -> Result<Vec<ChargeLine>, SplitError> {
    let received: Minor = owners.iter().map(|owner| owner.paid).sum();
    let back = part.min(received);
    if back == Minor::ZERO {
        return Ok(Vec::new());
    }
    let weights: Vec<i128> = owners.iter().map(|owner| owner.paid.into()).collect();
    let line = |(owner, minor): (&Owner, Minor)| ChargeLine {
        why: Why::TakenBack { received: owner.paid, of: received },
        to: owner.holder.clone(),
        minor: -minor,
    };
    Ok(owners.iter().zip(split(back, &weights)?).map(line).filter(|line| line.minor.is_negative()).collect())
}

/// A part of a stake that is transferred: of the stake, of what it has received, of what is open to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// Of the stake.
    pub stake: Minor,
    /// Of what it has received.
    pub paid: Minor,
    /// Of what it is still to receive.
    pub open: Minor,
}

/// A part of a stake, with the same part of what it has received and of what is open to it.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large.
pub fn hand_on(owner: &Owner, stake: Minor) -> Result<Handed, SplitError> {
    let weights = [i128::from(stake), i128::from(owner.stake - stake)];
    Ok(Handed { stake, paid: split(owner.paid, &weights)?[0], open: split(owner.open(), &weights)?[0] })
}

/// Whether parts add up to the whole.
pub fn is_whole(parts: &[BasisPoints]) -> bool {
    parts.iter().copied().sum::<BasisPoints>() == BasisPoints::ONE
}
