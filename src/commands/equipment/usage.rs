//! `use ...`: uses of machines, and what they cost.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::bill::{BillDue, Used, bill, payer, payer_name, take_back};
use crate::commands::equipment::lookup::{charge_rows, in_use, machine};
use crate::commands::equipment::owners::hand_over;
use crate::commands::equipment::stock::taken;
use crate::commands::money::available::project_money;
use crate::commands::money::second;
use crate::commands::money::second::Turn;
use crate::commands::money::slips;
use crate::commands::money::slips::{Party, Planned};
use crate::commands::page::page_of;
use crate::commands::work::log::{what_it_claims, within_window};
use crate::core::books::bill::{Bill, BillState};
use crate::core::contribution::{Contribution, PLAIN_WORK};
use crate::core::equipment::{ChargeError, Equipment, Scenario, Technician, Usage, charge};
use crate::core::fact::equipment::{BillPaid, Charged, Payer};
use crate::core::fact::money::UndoApproved;
use crate::core::fact::people::Role;
use crate::core::fact::work::Logged;
use crate::core::holder::Holder;
use crate::core::ids::{BillId, EquipmentId, PersonId, ProjectId};
use crate::core::ledger::LedgerAccount;
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::time::DayRange;
use crate::core::time::Minutes;
use crate::message::equipment::{BillEnd, BillMark, BilledFor, EquipmentLine, EquipmentRefusal};
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkLine;

/// The role whose rate values a technician's time; without such a rate, that of plain work does.
const TECHNICIAN: &str = "technician";

/// For how many hours people can take back their own use.
const UNDO_HOURS: i64 = 24;

/// `use machine`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Use {
    equipment: EquipmentId,
    time: Option<Minutes>,
    scenario: Option<Scenario>,
    material: Option<String>,
    technician: Option<PersonId>,
    technician_time: Option<Minutes>,
    price: Option<Amount>,
    payer: Option<String>,
    project: Option<ProjectId>,
    against_stake: Option<bool>,
    date: NaiveDate,
}

/// Logs a use of a machine, with its bill and with what the machine claims of a project.
///
/// # Errors
/// Refused if the author may not use the machine, if the time, the project or a rate is missing, if an option does not
/// fit the scenario or the day, or if the stock has too little.
pub fn log(context: CommandContext, args: Use) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let machine = in_use(context, args.equipment)?;
    let equipment = Name::from(&machine.name);
    let time = args.time.ok_or_else(|| missing_time(context))?;
    within_window(context, args.date)?;
    if let Some(bought) = books.bought_on(machine.id).filter(|bought| args.date < *bought) {
        return Err(EquipmentRefusal::NotBoughtThen { equipment, date: bought }.into());
    }
    may_use(context, machine, me, args.technician)?;
    let scenario = args.scenario.unwrap_or(match (args.price, args.against_stake, args.project) {
        (Some(_), ..) => Scenario::Commercial,
        (None, Some(true), _) | (None, _, None) => Scenario::Member,
        (None, _, Some(_)) => Scenario::Project,
    });
    if args.price.is_some() && scenario != Scenario::Commercial {
        return Err(EquipmentRefusal::PriceIsCommercial { scenario: Term::from(scenario.word()) }.into());
    }
    let against_stake = args.against_stake == Some(true);
    if against_stake && scenario != Scenario::Member {
        return Err(EquipmentRefusal::SetOffIsOwn { scenario: Term::from(scenario.word()) }.into());
    }
    let only = || if books.projects.len() == 1 { books.projects.keys().next().copied() } else { None };
    let project = args.project.or_else(only).filter(|_| scenario == Scenario::Project);
    if scenario == Scenario::Project && project.is_none() {
        return Err(TypedRefusal::WhichProject {
            projects: books.projects.values().map(|project| Name::from(&project.name)).collect(),
        }
        .into());
    }
    let mut decision = Decision::default();
    let (payer, payer_name) = payer(context, &mut decision, me, project, scenario, args.payer.as_deref())?;
    let usage = Usage {
        scenario,
        time,
        taken: args.material.as_deref().map(|typed| taken(context, typed)).transpose()?.unwrap_or_default(),
        technician: technician(context, &args, time)?,
        price: args.price.map(|price| price.minor),
        subscribed: scenario == Scenario::Member && books.is_covered(machine.id, me, args.date),
        against_stake: against_stake.then_some(Holder::Person(me)),
    };
    let charge = charge(&machine.terms, &usage, &machine.owners).map_err(|flaw| -> Refusal {
        match flaw {
            ChargeError::NoRate(scenario) => {
                EquipmentRefusal::NoMachineRate { equipment: equipment.clone(), scenario: Term::from(scenario.word()) }
                    .into()
            }
            ChargeError::PriceBelow(least) => {
                EquipmentRefusal::PriceBelow { least: books.commodity.minor(least) }.into()
            }
            ChargeError::NothingToSetOff => EquipmentRefusal::NothingToSetOff { equipment: equipment.clone() }.into(),
            ChargeError::TooLarge => MoneyRefusal::TooLarge.into(),
        }
    })?;
    let id = books.bills.next();
    let money = |minor| books.commodity.minor(minor);
    decision.lines.push(
        EquipmentLine::Used {
            bill: id,
            person: books.name_of(me),
            equipment: equipment.clone(),
            time,
            scenario: Term::from(scenario.word()),
            date: (args.date != context.moment.today).then_some(args.date),
            total: money(charge.total()),
            payer: payer_name.filter(|_| charge.total().is_positive()),
        }
        .into(),
    );
    decision.lines.extend(charge_rows(context, &charge.lines));
    decision
        .lines
        .extend(charge.owners.is_positive().then(|| EquipmentLine::ForOwners { amount: money(charge.owners) }.into()));
    let claim = project.filter(|_| charge.claim.is_positive()).map(|project| (project, books.logs.next()));
    if let Some((project, log)) = claim {
        let what = decision.text(context.moment, &machine.name);
        let contribution = Contribution::Use { minutes: time, value: money(charge.claim) };
        decision.lines.push(
            EquipmentLine::MachineClaims {
                log,
                equipment,
                amount: money(charge.claim),
                project: books.project_name(project),
            }
            .into(),
        );
        let validations = books.settings.validators.unwrap_or(0);
        let logged =
            Logged { validations, ..Logged::plain(log, machine.party, project, args.date, what, contribution) };
        decision.lines.extend(what_it_claims(context, &logged));
        if validations > 0 {
            decision.lines.push(
                WorkLine::NeedsValidation { log, count: usize::try_from(validations).unwrap_or(usize::MAX) }.into(),
            );
        }
        decision.facts.push(logged.into());
    }
    if usage.subscribed {
        decision.lines.push(EquipmentLine::Covered.into());
    }
    if charge.set_off.is_positive() {
        decision.lines.push(EquipmentLine::SetOff { amount: money(charge.set_off), person: books.name_of(me) }.into());
    }
    let log = claim.map(|(_, log)| log);
    let charged = Charged::Use { scenario, time, taken: usage.taken, log, set_off: charge.set_off };
    let used = Used { person: me, date: args.date, charged, payer };
    bill(context, &mut decision, machine, used, &charge)?;
    if charge.set_off.is_positive()
        && let Some((fact, line)) = hand_over(context, machine, charge.set_off)?
    {
        decision.facts.push(fact);
        decision.lines.push(line);
    }
    Ok(decision)
}

fn missing_time(context: CommandContext) -> Refusal {
    let usage = context.catalog.command("use machine").map(|command| command.usage("en")).unwrap_or_default();
    TypedRefusal::MissingOption { option: Name::from("time"), usage: Name(format!("!{usage}")) }.into()
}

/// If only certified people may use a machine, the author or the technician must be certified.
fn may_use(
    context: CommandContext,
    machine: &Equipment,
    me: PersonId,
    technician: Option<PersonId>,
) -> Result<(), Refusal> {
    let knows = |person: PersonId| machine.certified.contains(&person);
    if !machine.terms.certified_only || knows(me) || technician.is_some_and(knows) {
        return Ok(());
    }
    Err(EquipmentRefusal::NotCertified {
        equipment: Name::from(&machine.name),
        people: context.names(machine.certified.iter().copied()),
    }
    .into())
}

fn technician(context: CommandContext, args: &Use, time: Minutes) -> Result<Option<Technician>, Refusal> {
    let Some(person) = args.technician else {
        return match args.technician_time {
            Some(_) => Err(EquipmentRefusal::WhichTechnician.into()),
            None => Ok(None),
        };
    };
    let rate = |role| context.books.rate_for(person, role, args.date);
    let per_hour =
        rate(TECHNICIAN).or_else(|| rate(PLAIN_WORK)).ok_or(EquipmentRefusal::NoTechnicianRate { date: args.date })?;
    Ok(Some(Technician { person, time: args.technician_time.unwrap_or(time), per_hour }))
}

/// `use paid`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    #[serde(rename = "use")]
    bill: BillId,
    reference: Option<String>,
    owed: Option<bool>,
    date: NaiveDate,
}

/// Records that a bill was paid: with money at the custodian, from what its payer is owed, or by its project.
///
/// # Errors
/// Refused if the bill is unknown or does not wait, if the author may not pay it, or if there is too little money or
/// the author's money is in an open batch.
pub fn pay(context: CommandContext, args: Paid) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let bill = known(context, args.bill)?;
    if bill.state != BillState::Waiting {
        let end = if bill.state == BillState::Undone { BillEnd::Undone } else { BillEnd::Paid };
        return Err(EquipmentRefusal::BillIsPaid { bill: bill.id, end }.into());
    }
    let machine = machine(context, bill.equipment)?;
    let total = bill.total();
    let custodian = books.has_role(me, Role::Custodian, None);
    let needs = |role: Role, project| {
        let holders = context.names(books.holders(role, project));
        PeopleRefusal::RoleNeeded { option: None, roles: vec![Term::from(role.word())], holders }.into()
    };
    let owed = args.owed == Some(true);
    let (from, available) = match &bill.payer {
        Payer::Project(project) => {
            if !custodian && !books.has_role(me, Role::Lead, Some(*project)) {
                return Err(needs(Role::Lead, Some(*project)));
            }
            (books.project_account(*project), Some(project_money(books, *project)))
        }
        Payer::Person(person) if books.canonical_id(*person) == me && (owed || !custodian) => {
            (books.account_of(me), Some(books.owed_to(me)))
        }
        _ if custodian && !owed => (LedgerAccount::Custodian, None),
        _ => return Err(needs(Role::Custodian, None)),
    };
    if let Some(batch) = books.open_batch_of(me).filter(|_| from == books.account_of(me)) {
        return Err(MoneyRefusal::PaymentOpen { person: books.name_of(me), batch: batch.id }.into());
    }
    if let Some(available) = available.filter(|available| available.minor < total.minor) {
        let project = if let Payer::Project(project) = &bill.payer { Some(books.project_name(*project)) } else { None };
        let person = project.is_none().then(|| books.name_of(me));
        return Err(EquipmentRefusal::CannotPayBill { bill: bill.id, project, person, available, amount: total }.into());
    }
    let planned = Planned { amount: total, party: Party::Once, reference: args.reference.as_deref() };
    let own = match bill.payer {
        Payer::Person(payer) if from == LedgerAccount::Custodian => slips::own_money(context, payer, total)?,
        Payer::Person(_) | Payer::Project(_) | Payer::Client(_) => None,
    };
    let question = slips::question(own.into_iter().chain(planned.doubts(context)).collect());
    let mut decision = Decision::default();
    let money = (from == LedgerAccount::Custodian).then(|| books.money.next());
    let reference = args.reference.as_deref().map(|reference| decision.text(context.moment, reference));
    let due = BillDue::of(context, machine, bill);
    let shared = due.shared()?;
    let transaction = due.paid(&from, &shared)?;
    decision.lines.push(
        EquipmentLine::BillPaid {
            bill: bill.id,
            money,
            amount: total,
            equipment: Name::from(&machine.name),
            reference: args.reference,
            date: context.moment.unless_today(args.date),
        }
        .into(),
    );
    decision.lines.extend(charge_rows(context, &bill.lines));
    decision.lines.extend(charge_rows(context, &shared));
    let paid_back: Minor = shared.iter().filter(|line| line.pays_back()).map(|line| line.minor).sum();
    let date = Some(args.date);
    decision.facts.push(BillPaid { bill: bill.id, money, reference, from, shared, transaction, date }.into());
    if let Some((fact, line)) = hand_over(context, machine, paid_back)? {
        decision.facts.push(fact);
        decision.lines.push(line);
    }
    Ok(decision.asking(question))
}

fn known(context: CommandContext<'_>, id: BillId) -> Result<&Bill, Refusal> {
    context.books.bill(id).ok_or_else(|| TypedRefusal::UnknownBill { typed: Typed(id.to_string()) }.into())
}

/// `use list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    period: Option<DayRange>,
    equipment: Option<EquipmentId>,
    person: Option<PersonId>,
    page: Option<u32>,
}

/// Uses of machines, the newest first.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let wanted = |bill: &&Bill| {
        args.period.is_none_or(|days| days.has(bill.date))
            && args.equipment.is_none_or(|equipment| bill.equipment == equipment)
            && args.person.is_none_or(|person| context.books.canonical_id(bill.person) == person)
    };
    let bills: Vec<&Bill> = context.books.bills.iter().rev().filter(wanted).collect();
    if bills.is_empty() {
        return Ok(Decision::reads(vec![EquipmentLine::NoUses.into()]));
    }
    let row = |bill: &Bill| {
        let (time, billed) = match bill.charged {
            Charged::Use { time, scenario, .. } => (Some(time), BilledFor::Use(Term::from(scenario.word()))),
            Charged::Subscription { .. } => (None, BilledFor::Subscription),
        };
        EquipmentLine::UseRow {
            bill: bill.id,
            date: bill.date,
            person: context.books.name_of(bill.person),
            equipment: Name::from(context.books.equipment(bill.equipment).map_or("", |machine| machine.name.as_str())),
            time,
            billed,
            total: bill.total(),
            mark: match bill.state {
                BillState::Waiting => Some(BillMark::Waits(payer_name(context, &bill.payer))),
                BillState::Paid(_) => None,
                BillState::Undone => Some(BillMark::Undone),
            },
        }
        .into()
    };
    Ok(Decision::reads(page_of(args.page, bills.len(), bills.into_iter().map(row))?))
}

/// `use undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    #[serde(rename = "use")]
    pub(crate) bill: BillId,
    pub(crate) reason: Option<String>,
}

/// Whether somebody else than the user has paid a bill. What a project pays as it is used can be taken back as a slip.
fn is_paid_by_other(context: CommandContext, bill: &Bill) -> bool {
    let is_slip = |by: PersonId| context.books.canonical_id(by) == context.books.canonical_id(bill.person);
    // A bill of nothing is paid by nobody.
    matches!(bill.state, BillState::Paid(_))
        && bill.total().minor.is_positive()
        && (!matches!(bill.payer, Payer::Project(_)) || !bill.paid_by.is_some_and(is_slip))
}

/// Checks that somebody may take a use back: the author of the last day, a custodian, a lead or a steward. A paid use
/// takes a custodian and a reason.
///
/// # Errors
/// [`EquipmentRefusal::NotYourUse`] and [`EquipmentRefusal::UseIsPaid`] if they may not.
fn may_undo(context: CommandContext, bill: &Bill, me: PersonId, reason: Option<&str>) -> Result<(), Refusal> {
    let recent = context.moment.at - bill.at <= TimeDelta::hours(UNDO_HOURS);
    let mine = context.books.canonical_id(bill.person) == me && recent;
    let leads = match bill.payer {
        Payer::Project(project) => context.books.has_role(me, Role::Lead, Some(project)),
        Payer::Person(_) | Payer::Client(_) => context.books.has_role(me, Role::Steward, None),
    };
    let is_custodian = context.books.has_role(me, Role::Custodian, None);
    if !mine && !is_custodian && !leads {
        return Err(EquipmentRefusal::NotYourUse { bill: bill.id }.into());
    }
    if is_paid_by_other(context, bill) && !(is_custodian && reason.is_some()) {
        return Err(EquipmentRefusal::UseIsPaid { bill: bill.id }.into());
    }
    Ok(())
}

/// Takes a use back: the author's own within a day; anybody's by a custodian, a lead or a steward. Once somebody else
/// has paid it, only a custodian does so, with a reason and after a yes. If more goes back than the network's bound, a
/// second person, who is a custodian or a steward, must take it back as well.
///
/// # Errors
/// Refused if the use is unknown or not the author's to take back, or if its bill can't be taken back.
pub fn undo(context: CommandContext, args: Undo) -> Result<Action, Refusal> {
    let me = context.me()?;
    let books = context.books;
    let bill = known(context, args.bill)?;
    let allowed = may_undo(context, bill, me, args.reason.as_deref());
    let can_be_second = [Role::Custodian, Role::Steward].iter().any(|role| books.has_role(me, *role, None));
    let is_second = can_be_second && bill.undo_approved.is_some_and(|(first, _)| first != me);
    if !is_second {
        allowed.clone()?;
    } else if is_paid_by_other(context, bill) && args.reason.is_none() {
        return Err(EquipmentRefusal::UseIsPaid { bill: bill.id }.into());
    }
    let decision = take_back(context, bill, args.reason.as_deref().unwrap_or_default())?;
    // Who gives back what the bill gave them.
    let mut others = match bill.state {
        BillState::Paid(_) => charge_rows(context, &bill.lines),
        BillState::Waiting | BillState::Undone => Vec::new(),
    };
    others.extend(charge_rows(context, &bill.shared));
    others.extend(decision.lines.iter().skip(1).cloned());
    let head = EquipmentLine::UndoUseHead {
        bill: bill.id,
        equipment: Name::from(books.equipment(bill.equipment).map_or("", |machine| machine.name.as_str())),
        amount: bill.total(),
        reason: args.reason,
        person: bill.paid_by.filter(|_| is_paid_by_other(context, bill)).map(|by| books.name_of(by)),
        more: !others.is_empty(),
    };
    let question: Vec<Line> = std::iter::once(head.into()).chain(others).chain([RoomLine::YesOrNo.into()]).collect();
    match second::turn(context, &decision, bill.undo_approved) {
        Turn::FirstAgain => Err(EquipmentRefusal::SecondPersonUndoesUse { bill: bill.id }.into()),
        Turn::First(outcome) => {
            allowed?;
            let line = EquipmentLine::UseUndoApproved { person: books.name_of(me), bill: bill.id }.into();
            let fact = UndoApproved { money: None, outcome, distribution: None, bill: Some(bill.id) };
            Ok(Decision::fact(fact, vec![line]).asking(question))
        }
        Turn::Second if can_be_second => Ok(decision.asking(question)),
        Turn::Second => Err(EquipmentRefusal::SecondPersonUndoesUse { bill: bill.id }.into()),
        Turn::Alone => {
            allowed?;
            Ok(decision.asking(Some(question).filter(|_| is_paid_by_other(context, bill))))
        }
    }
}
