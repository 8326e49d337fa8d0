//! Material in stock: lots that somebody gave or paid for, used oldest first at what they cost.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::core::holder::Holder;
use crate::core::ids::LotId;
use crate::core::money::Minor;
use crate::core::split::rounded;

/// The decimals that a quantity may have.
const DECIMALS: u32 = 6;

/// Some material that came into stock at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its number.
    pub id: LotId,
    /// What it is.
    pub material: String,
    /// What it is counted in.
    pub unit: String,
    /// How much of it came.
    pub quantity: Decimal,
    /// What all of it is worth.
    pub value: Minor,
    /// Who gave or paid for it.
    pub by: Holder,
    /// How much of it was used.
    pub used: Decimal,
    /// How much of it is gone otherwise.
    pub removed: Decimal,
    /// What that was worth.
    pub charged: Minor,
}

impl Lot {
    /// How much is left.
    pub fn left(&self) -> Decimal {
        self.quantity - self.used - self.removed
    }

    /// What so much of it is worth beyond what was used so far. The parts of a lot come to its value.
    fn worth(&self, more: Decimal) -> Option<Minor> {
        let exact = |mut quantity: Decimal| {
            quantity.rescale(DECIMALS);
            quantity.mantissa()
        };
        let until =
            rounded(i128::from(self.value), exact(self.used.checked_add(more)?), exact(self.quantity)).map(Minor)?;
        // An undone use may have been rounded differently from what is left of the lot.
        Some((until - self.charged).max(Minor::ZERO))
    }
}

/// Material taken out of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Which lot.
    pub lot: LotId,
    /// What it is.
    pub material: String,
    /// How much.
    pub quantity: Decimal,
    /// What it is counted in.
    pub unit: String,
    /// What it is worth.
    pub value: Minor,
    /// Who gave or paid for the lot.
    pub by: Holder,
}

/// Why material can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeError {
    /// There is none of it.
    Unknown,
    /// It is counted in other units.
    OtherUnit(Vec<String>),
    /// There is less.
    Left(Decimal, String),
    /// The numbers are too large.
    TooLarge,
}

/// Takes a quantity of a material from its lots, the oldest first.
///
/// # Errors
/// [`TakeError::Unknown`] if there is none of the material, [`TakeError::OtherUnit`] if it is counted in other units,
/// [`TakeError::Left`] if there is too little, [`TakeError::TooLarge`] if the numbers are too large.
pub fn take(lots: &[Lot], material: &str, quantity: Decimal, unit: Option<&str>) -> Result<Vec<Taken>, TakeError> {
    let of_it: Vec<&Lot> = lots.iter().filter(|lot| lot.material == material).collect();
    let mut units: Vec<String> = of_it.iter().map(|lot| lot.unit.clone()).collect();
    units.sort();
    units.dedup();
    let unit = match (unit, units.as_slice()) {
        (_, []) => return Err(TakeError::Unknown),
        (Some(unit), known) if known.iter().any(|known| known == unit) => unit.to_owned(),
        (None, [only]) => only.clone(),
        (Some(_) | None, _) => return Err(TakeError::OtherUnit(units)),
    };
    let mut wanted = quantity;
    let mut taken = Vec::new();
    for lot in of_it.into_iter().filter(|lot| lot.unit == unit && lot.left() > Decimal::ZERO) {
        let part = wanted.min(lot.left());
        if part <= Decimal::ZERO {
            break;
        }
        let value = lot.worth(part).ok_or(TakeError::TooLarge)?;
        taken.push(Taken {
            lot: lot.id,
            material: lot.material.clone(),
            quantity: part.normalize(),
            unit: unit.clone(),
            value,
            by: lot.by.clone(),
        });
        wanted -= part;
    }
    if wanted > Decimal::ZERO { Err(TakeError::Left((quantity - wanted).normalize(), unit)) } else { Ok(taken) }
}
