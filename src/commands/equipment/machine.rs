//! `equipment ...`: machines that people own together.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup;
use crate::commands::equipment::lookup::{bind_room, holder_names, machine, name_is_free, not_in_use};
use crate::commands::equipment::terms::{proposed_lines, terms_lines};
use crate::commands::page::page_of;
use crate::commands::room::course;
use crate::core::books::bill::{Bill, BillState};
use crate::core::equipment;
use crate::core::equipment::{Equipment, EquipmentStanding, Owner, Scenario, Why};
use crate::core::fact::equipment::{Certified, Charged, EquipmentAdded, EquipmentRetired};
use crate::core::holder::Holder;
use crate::core::ids::{EquipmentId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::split::rounded_down;
use crate::core::time::Minutes;
use crate::directory::Topic;
use crate::message::bar::bar;
use crate::message::equipment::{EquipmentLine, EquipmentRefusal, MachineStanding};
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;

/// `equipment add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    name: String,
}

/// Adds a machine without co-owners to pay back: a shareable from the start.
///
/// # Errors
/// Refused if the name can't be used, is taken or resembles another's.
pub fn add(context: CommandContext, args: Add) -> Result<Decision, Refusal> {
    let books = context.books;
    name_is_free(context, &args.name)?;
    let equipment = books.equipment.next();
    let line = EquipmentLine::EquipmentAdded { equipment: Name::from(&args.name) }.into();
    let fact = EquipmentAdded { equipment, party: books.next_person(), name: args.name, planned: false };
    let changes = bind_room(context, Topic::Equipment(equipment)).into_iter().collect();
    Ok(Decision { changes, ..Decision::fact(fact, vec![line]) })
}

/// A command about one machine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    equipment: EquipmentId,
}

/// `equipment show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    equipment: EquipmentId,
    picture: Option<bool>,
}

/// A machine's state, its terms, who is certified, and what it has paid back over time.
///
/// # Errors
/// Refused if the machine is unknown.
pub fn show(context: CommandContext, args: Show) -> Result<Decision, Refusal> {
    let machine = machine(context, args.equipment)?;
    let mut lines = vec![row(context, machine)];
    lines.extend(terms_lines(machine, &machine.terms));
    lines.extend(proposed_lines(context, machine));
    if !machine.certified.is_empty() {
        lines.push(EquipmentLine::CertifiedPeople { people: context.names(machine.certified.iter().copied()) }.into());
    }
    let course = course::of_machine(context, machine).filter(|_| args.picture != Some(false));
    let (pictures, long_part) = course::shown(course);
    Ok(Decision { pictures, long_part, ..Decision::reads(lines) })
}

/// A machine in one line.
fn row(context: CommandContext, machine: &Equipment) -> Line {
    let money = |minor| context.books.commodity.minor(minor);
    let due: Minor = machine.owners.iter().map(|owner| owner.due).sum();
    let paid: Minor = machine.owners.iter().map(|owner| owner.paid).sum();
    let owned = machine.standing == EquipmentStanding::Owned;
    let progress = rounded_down(i128::from(paid), i128::from(BasisPoints::ONE), i128::from(due).max(1)).unwrap_or(0);
    EquipmentLine::EquipmentRow {
        equipment: Name::from(&machine.name),
        standing: match machine.standing {
            EquipmentStanding::Planned => MachineStanding::Planned,
            EquipmentStanding::Owned => {
                MachineStanding::Owned(machine.owners.iter().filter(|owner| owner.stake.is_positive()).count())
            }
            EquipmentStanding::Shareable => MachineStanding::Shareable,
            EquipmentStanding::Retired => MachineStanding::Retired,
        },
        cost: Some(money(machine.cost)).filter(|cost| cost.minor.is_positive()),
        bar: owned.then(|| bar(progress)),
        paid: owned.then(|| money(paid)),
        due: owned.then(|| money(due)),
    }
    .into()
}

/// `equipment list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    shareable: Option<bool>,
    page: Option<u32>,
}

/// Lists the machines; `shareable` selects those that are shareable, or are not.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    // A machine that was planned by a finished pool does not exist.
    let there =
        |machine: &Equipment| machine.standing != EquipmentStanding::Planned || context.books.has_pool(machine.id);
    let wanted = |machine: &&Equipment| {
        there(machine)
            && args.shareable.is_none_or(|wanted| (machine.standing == EquipmentStanding::Shareable) == wanted)
    };
    let machines: Vec<&Equipment> = context.books.equipment.iter().filter(wanted).collect();
    if machines.is_empty() {
        return Ok(Decision::reads(vec![EquipmentLine::NoMachines.into()]));
    }
    let rows = machines.iter().map(|machine| row(context, machine));
    Ok(Decision::reads(page_of(args.page, machines.len(), rows)?))
}

/// `equipment certify`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certify {
    person: PersonId,
    equipment: EquipmentId,
}

/// Records that somebody can use a machine without help.
///
/// # Errors
/// Refused if the machine is unknown or the person is certified already.
pub fn certify(context: CommandContext, args: Certify) -> Result<Decision, Refusal> {
    let machine = machine(context, args.equipment)?;
    let (person, equipment) = (context.books.name_of(args.person), Name::from(&machine.name));
    if machine.certified.contains(&args.person) {
        return Err(EquipmentRefusal::CertifiedAlready { person, equipment }.into());
    }
    Ok(Decision::fact(
        Certified { equipment: machine.id, person: args.person },
        vec![EquipmentLine::Certified { person, equipment }.into()],
    ))
}

/// `equipment statement`: who paid for a machine, its uses, its income, and how far its co-owners are paid back.
///
/// # Errors
/// Refused if the machine is unknown.
pub fn statement(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let books = context.books;
    let machine = machine(context, args.equipment)?;
    let money = |minor| books.commodity.minor(minor);
    let mut lines = vec![row(context, machine)];
    // Without co-owners who have transferred their whole stake.
    lines
        .extend(machine.owners.iter().filter(|owner| owner.stake.is_positive()).map(|owner| owner_row(context, owner)));
    let bills = || books.bills.iter().filter(|bill| bill.equipment == machine.id && bill.state != BillState::Undone);
    let mut uses: BTreeMap<Scenario, (i64, usize)> = BTreeMap::new();
    for bill in bills() {
        if let Charged::Use { scenario, time, .. } = bill.charged {
            let (minutes, count) = uses.entry(scenario).or_default();
            *minutes += time.0;
            *count += 1;
        }
    }
    lines.extend(uses.into_iter().map(|(scenario, (minutes, count))| {
        EquipmentLine::UsedFor { scenario: Term::from(scenario.word()), time: Minutes(minutes), count }.into()
    }));
    let paid = || bills().filter(|bill| matches!(bill.state, BillState::Paid(_)));
    let shares = || books.machine_shares.iter().filter(|share| share.equipment == machine.id && !share.reversed);
    let mut went: BTreeMap<&'static str, Minor> = BTreeMap::new();
    let all =
        paid().flat_map(|bill| bill.lines.iter().chain(&bill.shared)).chain(shares().flat_map(|share| &share.shared));
    for line in all {
        let purpose = match (&line.why, &line.to) {
            _ if line.pays_back() => "owners",
            (Why::Material { .. }, _) => "material",
            (Why::Technician { .. }, _) => "technicians",
            (_, Holder::Fund(fund)) if fund == equipment::MAINTENANCE => "maintenance",
            _ => "infrastructure",
        };
        *went.entry(purpose).or_default() += line.minor;
    }
    let some = |purpose: &str| went.get(purpose).copied().map(money);
    if !went.is_empty() {
        lines.push(
            EquipmentLine::CameIn {
                amount: money(went.values().sum()),
                owners: some("owners"),
                maintenance: some("maintenance"),
                infrastructure: some("infrastructure"),
                material: some("material"),
                technicians: some("technicians"),
            }
            .into(),
        );
    }
    let waiting: Vec<&Bill> = bills().filter(|bill| bill.state == BillState::Waiting).collect();
    if !waiting.is_empty() {
        let amount = money(waiting.iter().map(|bill| bill.total().minor).sum());
        lines.push(EquipmentLine::BillsWait { count: waiting.len(), amount }.into());
    }
    Ok(Decision::reads(lines))
}

fn owner_row(context: CommandContext, owner: &Owner) -> Line {
    let money = |minor| context.books.commodity.minor(minor);
    let (person, fund) = holder_names(context, &owner.holder);
    EquipmentLine::StakeRow { person, fund, stake: money(owner.stake), paid: money(owner.paid), due: money(owner.due) }
        .into()
}

/// `equipment retire`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retire {
    equipment: EquipmentId,
    proceeds: Option<Amount>,
    date: NaiveDate,
    reference: Option<String>,
}

/// Retires a machine: its proceeds go to the co-owners by what is open to them; the rest of the stakes is written off.
///
/// # Errors
/// Refused if the machine is unknown or retired, if an open pool is for it, if an amount is too large, or if there is a
/// reference without money.
pub fn retire(context: CommandContext, args: Retire) -> Result<Action, Refusal> {
    let books = context.books;
    let machine = machine(context, args.equipment)?;
    let equipment = Name::from(&machine.name);
    if machine.standing == EquipmentStanding::Retired {
        return Err(not_in_use(machine));
    }
    if books.has_pool(machine.id) {
        return Err(EquipmentRefusal::PoolIsFor { equipment }.into());
    }
    let too_large = |_| MoneyRefusal::TooLarge;
    let proceeds = args.proceeds.unwrap_or(books.commodity.zero());
    let shared = if proceeds.minor.is_positive() {
        machine.for_owners(proceeds.minor).map_err(|_| MoneyRefusal::TooLarge)?
    } else {
        Vec::new()
    };
    let came_in = Transaction::credit(LedgerAccount::Custodian, books.postings(&shared)).map_err(too_large)?;
    let asset = LedgerAccount::Equipment(machine.name.clone());
    let commons = LedgerAccount::Commons(machine.name.clone());
    let of_commons = books.ledger.balance(commons.clone(), books.commodity);
    let transaction = came_in
        .and(books.stakes_to(machine, asset.clone()).map_err(too_large)?)
        .and(Transaction::credit(commons, [(asset, of_commons)]).map_err(too_large)?);
    let paid_back: Minor = shared.iter().filter(|line| line.pays_back()).map(|line| line.minor).sum();
    let lost = Some(books.commodity.minor(machine.open() - paid_back)).filter(|lost| lost.minor.is_positive());
    let amount = Some(proceeds).filter(|proceeds| proceeds.minor.is_positive());
    let rows: Vec<Line> = lookup::charge_rows(context, &shared);
    let mut question = vec![
        EquipmentLine::RetireHead { equipment: equipment.clone(), proceeds: amount, nothing: amount.is_none(), lost }
            .into(),
    ];
    question.extend(rows.iter().cloned());
    question.push(RoomLine::YesOrNo.into());
    let money = amount.map(|_| books.money.next());
    let (reference, date) = (args.reference, context.moment.unless_today(args.date));
    if money.is_none() && reference.is_some() {
        return Err(EquipmentRefusal::ReferenceOfNothing { equipment }.into());
    }
    let mut decision = Decision::default();
    let fact = EquipmentRetired {
        equipment: machine.id,
        money,
        proceeds,
        shared,
        transaction,
        date: Some(args.date),
        reference: reference.as_ref().map(|reference| decision.text(context.moment, reference)),
    };
    decision.facts.push(fact.into());
    decision.lines.push(EquipmentLine::Retired { equipment, money, proceeds: amount, date, reference, lost }.into());
    decision.lines.extend(rows);
    Ok(decision.asking(question))
}
