//! Finds the machine that a command names, and shows holders and the lines of bills.

use crate::commands::context::CommandContext;
use crate::core::equipment;
use crate::core::equipment::{Equipment, EquipmentStanding, Why};
use crate::core::holder::Holder;
use crate::core::ids::EquipmentId;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::directory::{DirectoryChange, Topic};
use crate::grammar::resolve::looks_new;
use crate::message::equipment::{EquipmentLine, EquipmentRefusal, Unusable};
use crate::message::field::{Number, Typed};
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// A machine by its id.
///
/// # Errors
/// Refused if the books don't have it.
pub fn machine(context: CommandContext<'_>, id: EquipmentId) -> Result<&Equipment, Refusal> {
    context
        .books
        .equipment(id)
        .ok_or_else(|| TypedRefusal::UnknownEquipment { typed: Typed(id.to_string()), nearest: None }.into())
}

/// A machine that can be used now.
///
/// # Errors
/// Refused if it is unknown, planned or retired.
pub fn in_use(context: CommandContext<'_>, id: EquipmentId) -> Result<&Equipment, Refusal> {
    let machine = machine(context, id)?;
    if machine.is_in_use() {
        return Ok(machine);
    }
    Err(not_in_use(machine))
}

pub(crate) fn not_in_use(machine: &Equipment) -> Refusal {
    let is_planned = machine.standing == EquipmentStanding::Planned;
    let why = if is_planned { Unusable::Planned } else { Unusable::Gone };
    EquipmentRefusal::NotInUse { equipment: Name::from(&machine.name), why }.into()
}

/// Binds the room to a new pool or machine, unless it is bound to a running one of its kind. A direct room is never
/// bound.
pub fn bind_room(context: CommandContext, topic: Topic) -> Option<DirectoryChange> {
    if context.moment.direct {
        return None;
    }
    let goes_on = |known: Topic| match known {
        Topic::Pool(pool) => context.books.pool(pool).is_some_and(|pool| pool.state.holds_money()),
        Topic::Equipment(id) => {
            context.books.equipment(id).is_some_and(|machine| machine.standing != EquipmentStanding::Retired)
        }
    };
    let free = context.directory.topics_of(&context.moment.room).all(|known| !known.is_like(topic) || !goes_on(known));
    free.then(|| DirectoryChange::Topic(context.moment.room.clone(), topic))
}

/// Checks that a new machine may have a name.
///
/// # Errors
/// Refused if the name is a word after `use` or a duration, or if it is taken or resembles a machine's.
pub fn name_is_free(context: CommandContext, name: &str) -> Result<(), Refusal> {
    // `use list` is a command, and `use 2h` gives a time.
    let is = |word: &str| word == name || context.catalog.words().is(word, name);
    let group = context.catalog.group("use").any(|command| command.name.strip_prefix("use ").is_some_and(is));
    if group || crate::grammar::values::is_duration(name) {
        return Err(EquipmentRefusal::NotAMachineName { typed: Typed(name.to_owned()) }.into());
    }
    match context.books.equipment_by_name(name) {
        Some(_) => Err(EquipmentRefusal::EquipmentExists { equipment: Name::from(name) }.into()),
        None => looks_new(name, context.books.equipment.iter().map(|machine| machine.name.as_str())),
    }
}

/// A holder's name, to show: a person's or a fund's.
pub fn holder_names(context: CommandContext, holder: &Holder) -> (Option<Name>, Option<Name>) {
    match holder {
        Holder::Person(person) => (Some(context.books.name_of(*person)), None),
        Holder::Fund(fund) => (None, Some(Name::from(fund))),
    }
}

/// The lines of a bill, each with its reason.
pub fn charge_rows(context: CommandContext, lines: &[equipment::ChargeLine]) -> Vec<Line> {
    let books = context.books;
    let money = |minor| books.commodity.minor(minor);
    let percent = |percent: BasisPoints| crate::grammar::percent::percent_text(i64::from(percent));
    let row = |line: &equipment::ChargeLine| {
        let (person, fund) = holder_names(context, &line.to);
        let amount = money(line.minor);
        match &line.why {
            Why::Material { lot, material, quantity, unit } => EquipmentLine::ForMaterial {
                amount,
                person,
                fund,
                quantity: Number(quantity.normalize().to_string()),
                unit: unit.clone(),
                material: Name::from(material),
                lot: *lot,
            }
            .into(),
            Why::Technician { time, per_hour } => EquipmentLine::ForTechnician {
                amount,
                person: person.unwrap_or_else(|| Name::from("")),
                time: *time,
                per_hour: *per_hour,
            }
            .into(),
            Why::Hourly { time, per_hour } => {
                EquipmentLine::ForMaintenance { amount, time: *time, per_hour: *per_hour }.into()
            }
            Why::Part { percent: part, of } => EquipmentLine::ForFund {
                amount,
                fund: fund.unwrap_or_else(|| Name::from("")),
                percent: percent(*part),
                of: money(*of),
                after: false,
            }
            .into(),
            Why::After { percent: part, of } => EquipmentLine::ForFund {
                amount,
                fund: fund.unwrap_or_else(|| Name::from("")),
                percent: percent(*part),
                of: money(*of),
                after: true,
            }
            .into(),
            Why::PayBack { open, of } => {
                EquipmentLine::ForOwner { amount, person, fund, open: money(*open), of: money(*of) }.into()
            }
            Why::TakenBack { received, of } => {
                EquipmentLine::FromOwner { amount: -amount, person, fund, received: money(*received), of: money(*of) }
                    .into()
            }
            Why::Above => EquipmentLine::ForNobody { amount, fund: fund.unwrap_or_else(|| Name::from("")) }.into(),
        }
    };
    list_of(ROWS, lines.len(), lines.iter().map(row))
}
