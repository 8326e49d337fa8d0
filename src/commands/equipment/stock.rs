//! `stock ...`: material that machines use.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::lookup::holder_names;
use crate::commands::page::{OfPage, page_of};
use crate::core::fact::equipment::{StockAdded, StockRemoved};
use crate::core::fact::people::Role;
use crate::core::holder::Holder;
use crate::core::ids::{LotId, PersonId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::stock::{Lot, TakeError, Taken, take};
use crate::grammar::resolve::called;
use crate::grammar::spelling::account_name;
use crate::message::equipment::{EquipmentLine, EquipmentRefusal};
use crate::message::field::{Number, Typed};
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// `stock add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    material: String,
    quantity: Decimal,
    unit: String,
    value: Amount,
    #[serde(rename = "for")]
    person: Option<PersonId>,
    fund: Option<String>,
}

/// Takes material into stock. Its giver, a person or a fund, is owed its value as it is used.
///
/// # Errors
/// Refused if the fund is unknown, if the author has not joined, or if it is not a unit.
pub fn add(context: CommandContext, args: Add) -> Result<Decision, Refusal> {
    let books = context.books;
    let by = match (args.fund, args.person) {
        (Some(fund), _) if !books.knows_fund(&fund) => {
            return Err(TypedRefusal::UnknownFund { typed: Typed(fund), nearest: None }.into());
        }
        (Some(fund), _) => Holder::Fund(fund),
        (None, Some(person)) => Holder::Person(person),
        (None, None) => Holder::Person(context.me()?),
    };
    let (lot, unit) = (books.lots.next(), args.unit.to_lowercase());
    if !unit.starts_with(char::is_alphabetic) || !unit.chars().all(char::is_alphanumeric) {
        return Err(EquipmentRefusal::NotAUnit { typed: Typed(args.unit) }.into());
    }
    let (person, fund) = holder_names(context, &by);
    let line = EquipmentLine::StockAdded {
        lot,
        material: Name::from(&args.material),
        quantity: Number(args.quantity.to_string()),
        unit: unit.clone(),
        value: args.value,
        person,
        fund,
    }
    .into();
    let fact = StockAdded { lot, material: args.material, quantity: args.quantity, unit, value: args.value, by };
    Ok(Decision::fact(fact, vec![line]))
}

/// `stock remove`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    lot: LotId,
    reason: String,
}

/// Takes what is left of a lot out of stock: it is gone, or was entered wrongly. Its giver, a custodian and a lead may.
///
/// # Errors
/// Refused if the lot is unknown or empty, or if the author may not remove it.
pub fn remove(context: CommandContext, args: Remove) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let lot = books.lot(args.lot).ok_or_else(|| TypedRefusal::UnknownLot { typed: Typed(args.lot.to_string()) })?;
    if lot.by != Holder::Person(me) && !books.has_role(me, Role::Custodian, None) && !books.leads_any(me) {
        return Err(EquipmentRefusal::NotYourLot { lot: lot.id }.into());
    }
    let left = lot.left();
    if left <= Decimal::ZERO {
        return Err(EquipmentRefusal::LotIsEmpty { lot: lot.id }.into());
    }
    let mut decision = Decision::default();
    let reason = decision.text(context.moment, &args.reason);
    let (quantity, unit, material) =
        (Number(left.normalize().to_string()), lot.unit.clone(), Name::from(&lot.material));
    decision
        .lines
        .push(EquipmentLine::StockRemoved { lot: lot.id, quantity, unit, material, reason: args.reason }.into());
    decision.facts.push(StockRemoved { lot: lot.id, left, reason }.into());
    Ok(decision)
}

/// `stock list`: what is left, the oldest first.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: OfPage) -> Result<Decision, Refusal> {
    let books = context.books;
    let left: Vec<&Lot> = books.lots.iter().filter(|lot| lot.left() > Decimal::ZERO).collect();
    if left.is_empty() {
        return Ok(Decision::reads(vec![EquipmentLine::NoStock.into()]));
    }
    let row = |lot: &&Lot| {
        let (person, fund) = holder_names(context, &lot.by);
        EquipmentLine::StockRow {
            lot: lot.id,
            material: Name::from(&lot.material),
            left: Number(lot.left().normalize().to_string()),
            quantity: Number(lot.quantity.normalize().to_string()),
            unit: lot.unit.clone(),
            value: books.commodity.minor(lot.value - lot.charged),
            person,
            fund,
        }
        .into()
    };
    Ok(Decision::reads(page_of(args.page, left.len(), left.iter().map(row))?))
}

/// Parses `pla=100g, resin=20ml`, and finds the lots that it comes from.
///
/// # Errors
/// Refused if the text can't be read or names a material twice, or if the stock has too little or another unit.
pub fn taken(context: CommandContext, typed: &str) -> Result<Vec<Taken>, Refusal> {
    let mut all: Vec<Taken> = Vec::new();
    for part in typed.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let refusal = || EquipmentRefusal::NotMaterial { typed: Typed(part.to_owned()) }.into();
        let (material, amount) = part.split_once('=').ok_or_else(refusal)?;
        let lots = context.books.lots.iter().map(|lot| (lot.material.as_str(), lot.material.clone()));
        let material = called(material, lots).or_else(|| account_name(material)).ok_or_else(refusal)?;
        let unit_at = amount.find(|c: char| c.is_alphabetic()).unwrap_or(amount.len());
        let (quantity, unit) = amount.split_at(unit_at);
        let quantity = crate::grammar::values::quantity(quantity.trim()).map_err(|_| refusal())?;
        let unit = Some(unit.trim().to_lowercase()).filter(|unit| !unit.is_empty());
        if all.iter().any(|taken| taken.material == material) {
            return Err(refusal());
        }
        let found = take(&context.books.lots, &material, quantity, unit.as_deref()).map_err(|short| match short {
            TakeError::TooLarge => Refusal::from(MoneyRefusal::TooLarge),
            other => {
                let (mut units, mut left, mut in_unit) = (Vec::new(), None, None);
                match other {
                    TakeError::OtherUnit(known) => {
                        in_unit = known.first().map(Name::from);
                        units = known.into_iter().map(Name).collect();
                    }
                    TakeError::Left(quantity, unit) => {
                        (left, in_unit) = (Some(Number(quantity.to_string())), Some(Name(unit)))
                    }
                    TakeError::Unknown | TakeError::TooLarge => {}
                }
                EquipmentRefusal::NotInStock {
                    material: Name::from(&material),
                    none: units.is_empty() && left.is_none(),
                    units,
                    left,
                    unit: in_unit,
                }
                .into()
            }
        })?;
        all.extend(found);
    }
    if all.is_empty() { Err(EquipmentRefusal::NotMaterial { typed: Typed(typed.to_owned()) }.into()) } else { Ok(all) }
}
