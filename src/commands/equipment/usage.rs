//! `use ...`: a machine ran for somebody, and what that costs.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::{Nothing, Scene};
use crate::commands::decision::Decision;
use crate::commands::equipment::machine::{hand_over, holder_names, in_use, machine, share_of_machines};
use crate::commands::equipment::stock::taken;
use crate::commands::money::spend::project_money;
use crate::commands::money::undo::advances;
use crate::commands::work::change::undo_log;
use crate::commands::work::log::{what_it_claims, within_window};
use crate::core::books::bill::{Bill, BillState};
use crate::core::contribution::{Contribution, PLAIN_WORK};
use crate::core::equipment;
use crate::core::equipment::{Charge, Equipment, Flaw, Scenario, Technician, Usage, Why, charge};
use crate::core::fact::equipment::{BillPaid, BillUndone, Billed, Charged, Payer, SubscriptionEnded};
use crate::core::fact::people::Role;
use crate::core::fact::work::Logged;
use crate::core::holder::Holder;
use crate::core::ids::{BillId, EquipmentId, PersonId, ProjectId};
use crate::core::ledger::{Account, Transaction};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::grammar::resolve::is_person;
use crate::message::field::Term;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;

/// The role whose rate a technician's time is worth; without one, plain work's.
const TECHNICIAN: &str = "technician";

/// For how long one's own use can be taken back.
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

/// Logs a use of a machine, with its bill: what is due to whom, what waits, what the machine claims of a project.
pub fn log(scene: Scene, args: Use) -> Result<Decision, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let machine = in_use(scene, args.equipment)?;
    let equipment = Name::from(&machine.name);
    let time = args.time.ok_or_else(|| missing_time(scene))?;
    within_window(scene, args.date)?;
    if let Some(bought) = books.bought_on(machine.id).filter(|bought| args.date < *bought) {
        return Err(Refusal::NotBoughtThen { equipment, date: bought });
    }
    may_use(scene, machine, me, args.technician)?;
    let scenario = args.scenario.unwrap_or(match (args.price, args.against_stake, args.project) {
        (Some(_), ..) => Scenario::Commercial,
        (None, Some(true), _) | (None, _, None) => Scenario::Member,
        (None, _, Some(_)) => Scenario::Project,
    });
    if args.price.is_some() && scenario != Scenario::Commercial {
        return Err(Refusal::PriceIsCommercial { scenario: Term::from(scenario.word()) });
    }
    let against_stake = args.against_stake == Some(true);
    if against_stake && scenario != Scenario::Member {
        return Err(Refusal::SetOffIsOwn { scenario: Term::from(scenario.word()) });
    }
    let only = || if books.projects.len() == 1 { books.projects.keys().next().copied() } else { None };
    let project = args.project.or_else(only).filter(|_| scenario == Scenario::Project);
    if scenario == Scenario::Project && project.is_none() {
        return Err(Refusal::WhichProject { projects: books.projects.values().map(|project| Name::from(&project.name)).collect() });
    }
    let mut decision = Decision::default();
    let (payer, payer_name) = payer(scene, &mut decision, me, project, scenario, args.payer.as_deref())?;
    let usage = Usage {
        scenario,
        time,
        taken: args.material.as_deref().map(|typed| taken(scene, typed)).transpose()?.unwrap_or_default(),
        technician: technician(scene, &args, time)?,
        price: args.price.map(|price| price.minor),
        subscribed: scenario == Scenario::Member && books.is_covered(machine.id, me, args.date),
        against_stake: against_stake.then_some(Holder::Person(me)),
    };
    let charge = charge(&machine.terms, &usage, &machine.owners).map_err(|flaw| match flaw {
        Flaw::NoRate(scenario) => Refusal::NoMachineRate { equipment: equipment.clone(), scenario: Term::from(scenario.word()) },
        Flaw::PriceBelow(least) => Refusal::PriceBelow { least: books.commodity.minor(least) },
        Flaw::NothingToSetOff => Refusal::NothingToSetOff { equipment: equipment.clone() },
        Flaw::TooLarge => Refusal::TooLarge,
    })?;
    let id = books.bills.next();
    let money = |minor| books.commodity.minor(minor);
    decision.lines.push(Line::Used {
        bill: id,
        person: books.name_of(me),
        equipment: equipment.clone(),
        time,
        scenario: Term::from(scenario.word()),
        date: (args.date != scene.ctx.today).then_some(args.date),
        total: money(charge.total()),
        payer: payer_name.filter(|_| charge.total() > 0),
    });
    decision.lines.extend(charge_rows(scene, &charge.lines));
    decision.lines.extend((charge.owners > 0).then(|| Line::ForOwners { amount: money(charge.owners) }));
    let claim = project.filter(|_| charge.claim > 0).map(|project| (project, books.logs.next()));
    if let Some((project, log)) = claim {
        let what = decision.text(scene.ctx, &machine.name);
        let contribution = Contribution::Use { minutes: time, value: money(charge.claim) };
        decision.lines.push(Line::MachineClaims { log, equipment, amount: money(charge.claim), project: books.project_name(project) });
        let validations = books.settings.validators.unwrap_or(0);
        let logged = Logged { validations, ..Logged::plain(log, machine.party, project, args.date, what, contribution) };
        decision.lines.extend(what_it_claims(scene, &logged));
        if validations > 0 {
            decision.lines.push(Line::NeedsValidation { log, count: usize::try_from(validations).unwrap_or(usize::MAX) });
        }
        decision.facts.push(logged.into());
    }
    if usage.subscribed {
        decision.lines.push(Line::Covered);
    }
    if charge.set_off > 0 {
        decision.lines.push(Line::SetOff { amount: money(charge.set_off), person: books.name_of(me) });
    }
    let log = claim.map(|(_, log)| log);
    let charged = Charged::Use { scenario, time, taken: usage.taken, log, set_off: charge.set_off };
    let used = Used { person: me, date: args.date, charged, payer };
    bill(scene, &mut decision, machine, used, &charge)?;
    if charge.set_off > 0
        && let Some((fact, line)) = hand_over(scene, machine, charge.set_off)?
    {
        decision.facts.push(fact);
        decision.lines.push(line);
    }
    Ok(decision)
}

fn missing_time(scene: Scene) -> Refusal {
    let usage = scene.catalog.command("use machine").map(|command| command.usage("en")).unwrap_or_default();
    Refusal::MissingOption { option: Name::from("time"), usage: Name(format!("!{usage}")) }
}

/// Where only certified people may use a machine, one of them must be there.
fn may_use(scene: Scene, machine: &Equipment, me: PersonId, technician: Option<PersonId>) -> Result<(), Refusal> {
    let knows = |person: PersonId| machine.certified.contains(&person);
    if !machine.terms.certified_only || knows(me) || technician.is_some_and(knows) {
        return Ok(());
    }
    Err(Refusal::NotCertified { equipment: Name::from(&machine.name), people: scene.names(machine.certified.iter().copied()) })
}

fn technician(scene: Scene, args: &Use, time: Minutes) -> Result<Option<Technician>, Refusal> {
    let Some(person) = args.technician else {
        return match args.technician_time {
            Some(_) => Err(Refusal::WhichTechnician),
            None => Ok(None),
        };
    };
    let rate = |role| scene.books.rate_for(person, role, args.date);
    let per_hour = rate(TECHNICIAN).or_else(|| rate(PLAIN_WORK)).ok_or(Refusal::NoTechnicianRate { date: args.date })?;
    Ok(Some(Technician { person, time: args.technician_time.unwrap_or(time), per_hour }))
}

/// Who pays, and as whom to show them: the project; a person, by default whoever used the machine; a client by name.
fn payer(
    scene: Scene,
    decision: &mut Decision,
    me: PersonId,
    project: Option<ProjectId>,
    scenario: Scenario,
    typed: Option<&str>,
) -> Result<(Payer, Option<String>), Refusal> {
    let books = scene.books;
    let Some(typed) = typed else {
        return Ok(match project {
            Some(project) => (Payer::Project(project), Some(books.project_name(project).0)),
            None => (Payer::Person(me), Some(books.handle(me).to_owned())),
        });
    };
    if let Some(client) = typed.strip_prefix("client:").map(str::trim).filter(|_| scenario == Scenario::Commercial) {
        return Ok((Payer::Client(decision.text(scene.ctx, client)), Some(client.to_owned())));
    }
    match scene.people().named_now(typed) {
        Ok(person) => Ok((Payer::Person(person), Some(books.handle(person).to_owned()))),
        // A client may have any name; one that is nearly somebody's here is said to be a client's.
        Err(Refusal::UnknownPerson { nearest: None, .. }) if scenario == Scenario::Commercial && !is_person(typed) => {
            Ok((Payer::Client(decision.text(scene.ctx, typed)), Some(typed.to_owned())))
        }
        Err(refusal) => Err(refusal),
    }
}

/// A payer, to show.
pub fn payer_name(scene: Scene, payer: &Payer) -> String {
    match payer {
        Payer::Project(project) => scene.books.project_name(*project).0,
        Payer::Person(person) => scene.books.handle(*person).to_owned(),
        Payer::Client(name) => scene.words(*name),
    }
}

/// The account of what a payer was billed and has not paid.
fn receivable(scene: Scene, id: BillId, payer: &Payer) -> Account {
    Account::Receivable(match payer {
        Payer::Project(project) => format!("project:{}", scene.books.project_name(*project).0),
        Payer::Person(person) => scene.books.ledger_name(*person).to_owned(),
        Payer::Client(_) => format!("client:{}", id.to_string().to_lowercase()),
    })
}

/// What is billed.
pub struct Used {
    /// Who used it.
    pub person: PersonId,
    /// The day.
    pub date: NaiveDate,
    /// For what.
    pub charged: Charged,
    /// Who pays.
    pub payer: Payer,
}

/// Bills a charge. A project pays at once if it can, and nothing to pay is paid; else the bill waits.
pub fn bill(scene: Scene, decision: &mut Decision, machine: &Equipment, used: Used, charge: &Charge) -> Result<(), Refusal> {
    let books = scene.books;
    let (id, equipment) = (books.bills.next(), machine.id);
    let owners = books.commodity.minor(charge.owners);
    let due = Due { scene, machine, owed_by: receivable(scene, id, &used.payer), lines: &charge.lines, owners };
    let (total, transaction) = (due.total(), due.billed()?);
    let project = if let Payer::Project(project) = used.payer { Some(project) } else { None };
    let Used { person, date, charged, payer } = used;
    let lines = charge.lines.clone();
    decision.facts.push(Billed { bill: id, equipment, person, date, charged, payer, lines, owners, transaction }.into());
    let from = match project {
        Some(project) if may_spend(scene, project, &charge.lines) && project_money(books, project).minor >= total.minor => {
            books.project_account(project)
        }
        _ if total.minor == 0 => due.owed_by.clone(),
        _ => {
            decision.lines.push(Line::BillWaits { bill: id, amount: total });
            return Ok(());
        }
    };
    let shared = due.shared()?;
    let transaction = due.paid(&from, &shared)?;
    if total.minor > 0 {
        decision.lines.push(Line::ProjectPaid { amount: total });
    }
    decision.facts.push(BillPaid { bill: id, money: None, reference: None, from, shared, transaction }.into());
    Ok(())
}

/// Whether a project pays a bill at once: nobody has a project pay themselves, but by its lead or a custodian.
fn may_spend(scene: Scene, project: ProjectId, lines: &[equipment::Line]) -> bool {
    let Some(me) = scene.ctx.author.person else { return false };
    let trusted = scene.books.has_role(me, Role::Lead, Some(project)) || scene.books.has_role(me, Role::Custodian, None);
    trusted || lines.iter().all(|line| scene.books.holder(&line.to) != Holder::Person(me))
}

/// What is due by a bill: to whom, and by whom.
struct Due<'a> {
    scene: Scene<'a>,
    machine: &'a Equipment,
    owed_by: Account,
    lines: &'a [equipment::Line],
    owners: Amount,
}

impl<'a> Due<'a> {
    fn of(scene: Scene<'a>, machine: &'a Equipment, bill: &'a Bill) -> Self {
        Self { scene, machine, owed_by: receivable(scene, bill.id, &bill.payer), lines: &bill.lines, owners: bill.owners }
    }

    fn total(&self) -> Amount {
        self.owners.with(self.owners.minor + self.lines.iter().map(|line| line.minor).sum::<i64>())
    }

    /// To whom the co-owners' part goes now.
    fn shared(&self) -> Result<Vec<equipment::Line>, Refusal> {
        if self.owners.minor == 0 {
            return Ok(Vec::new());
        }
        self.machine.for_owners(self.owners.minor).map_err(|_| Refusal::TooLarge)
    }

    /// How it is billed.
    fn billed(&self) -> Result<Transaction, Refusal> {
        let to = [(Account::Bills(self.machine.name.clone()), self.total())];
        Transaction::credit(self.owed_by.clone(), to).map_err(|_| Refusal::TooLarge)
    }

    /// How it is paid: its lines become owed, with the co-owners' part as it is shared.
    fn paid(&self, from: &Account, shared: &[equipment::Line]) -> Result<Transaction, Refusal> {
        let books = self.scene.books;
        let to = books.postings(self.lines).chain(books.postings(shared));
        let owed = Transaction::credit(Account::Bills(self.machine.name.clone()), to);
        let paid = Transaction::credit(from.clone(), [(self.owed_by.clone(), self.total())]);
        paid.and_then(|paid| Ok(paid.and(owed?))).map_err(|_| Refusal::TooLarge)
    }
}

/// `use paid`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    #[serde(rename = "use")]
    bill: BillId,
    reference: Option<String>,
    owed: Option<bool>,
}

/// Records that a bill was paid: by money that the custodian has; by its payer, from what they are owed; by its project.
pub fn pay(scene: Scene, args: Paid) -> Result<Decision, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let bill = known(scene, args.bill)?;
    if bill.state != BillState::Waiting {
        let undone = bill.state == BillState::Undone;
        return Err(Refusal::BillIsPaid { bill: bill.id, paid: !undone, undone });
    }
    let machine = machine(scene, bill.equipment)?;
    let total = bill.total();
    let custodian = books.has_role(me, Role::Custodian, None);
    let needs = |role: Role, project| {
        let holders = scene.names(books.holders(role, project));
        Refusal::RoleNeeded { option: None, roles: vec![Term::from(role.word())], holders }
    };
    let owed = args.owed == Some(true);
    let (from, available) = match &bill.payer {
        Payer::Project(project) => {
            if !custodian && !books.has_role(me, Role::Lead, Some(*project)) {
                return Err(needs(Role::Lead, Some(*project)));
            }
            (books.project_account(*project), Some(project_money(books, *project)))
        }
        Payer::Person(person) if books.who(*person) == me && (owed || !custodian) => (books.account_of(me), Some(books.owed_to(me))),
        _ if custodian && !owed => (Account::Custodian, None),
        _ => return Err(needs(Role::Custodian, None)),
    };
    if let Some(batch) = books.open_batch_of(me).filter(|_| from == books.account_of(me)) {
        return Err(Refusal::PaymentOpen { person: books.name_of(me), batch: batch.id });
    }
    if let Some(available) = available.filter(|available| available.minor < total.minor) {
        let project = if let Payer::Project(project) = &bill.payer { Some(books.project_name(*project)) } else { None };
        let person = project.is_none().then(|| books.name_of(me));
        return Err(Refusal::CannotPayBill { bill: bill.id, project, person, available, amount: total });
    }
    let mut decision = Decision::default();
    let money = (from == Account::Custodian).then(|| books.money.next());
    let reference = args.reference.as_deref().map(|reference| decision.text(scene.ctx, reference));
    let due = Due::of(scene, machine, bill);
    let shared = due.shared()?;
    let transaction = due.paid(&from, &shared)?;
    decision.lines.push(Line::BillPaid {
        bill: bill.id,
        money,
        amount: total,
        equipment: Name::from(&machine.name),
        reference: args.reference,
    });
    decision.lines.extend(charge_rows(scene, &bill.lines));
    decision.lines.extend(charge_rows(scene, &shared));
    let paid_back: i64 = shared.iter().filter(|line| line.pays_back()).map(|line| line.minor).sum();
    decision.facts.push(BillPaid { bill: bill.id, money, reference, from, shared, transaction }.into());
    if let Some((fact, line)) = hand_over(scene, machine, paid_back)? {
        decision.facts.push(fact);
        decision.lines.push(line);
    }
    Ok(decision)
}

fn known(scene: Scene<'_>, id: BillId) -> Result<&Bill, Refusal> {
    scene.books.bill(id).ok_or_else(|| Refusal::UnknownBill { typed: id.to_string() })
}

/// `use list`: the newest first.
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let bills = &scene.books.bills;
    if bills.is_empty() {
        return Ok(Decision::reads(vec![Line::NoUses]));
    }
    let row = |bill: &Bill| {
        let (time, scenario) = match bill.charged {
            Charged::Use { time, scenario, .. } => (Some(time), Some(Term::from(scenario.word()))),
            Charged::Subscription { .. } => (None, None),
        };
        Line::UseRow {
            bill: bill.id,
            date: bill.date,
            person: scene.books.name_of(bill.person),
            equipment: Name::from(scene.books.equipment(bill.equipment).map_or("", |machine| machine.name.as_str())),
            time,
            subscription: scenario.is_none(),
            scenario,
            total: bill.total(),
            waits: (bill.state == BillState::Waiting).then(|| payer_name(scene, &bill.payer)),
            undone: bill.state == BillState::Undone,
        }
    };
    Ok(Decision::reads(list_of(ROWS, bills.len(), bills.iter().rev().map(row))))
}

/// `use undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    #[serde(rename = "use")]
    bill: BillId,
    reason: Option<String>,
}

/// Takes a use back: one's own within a day, anybody's by a custodian or a lead.
pub fn undo(scene: Scene, args: Undo) -> Result<Decision, Refusal> {
    let me = scene.me()?;
    let bill = known(scene, args.bill)?;
    let recent = scene.ctx.at - bill.at <= TimeDelta::hours(UNDO_HOURS);
    let mine = scene.books.who(bill.person) == me && recent;
    let leads = match bill.payer {
        Payer::Project(project) => scene.books.has_role(me, Role::Lead, Some(project)),
        Payer::Person(_) | Payer::Client(_) => scene.books.has_role(me, Role::Steward, None),
    };
    if !mine && !scene.books.has_role(me, Role::Custodian, None) && !leads {
        return Err(Refusal::NotYourUse { bill: bill.id });
    }
    take_back(scene, bill, args.reason.as_deref().unwrap_or_default())
}

/// Takes a bill back, with what it had claimed and what was paid for it out of the network's own accounts.
pub fn take_back(scene: Scene, bill: &Bill, reason: &str) -> Result<Decision, Refusal> {
    let books = scene.books;
    let machine = machine(scene, bill.equipment)?;
    let due = Due::of(scene, machine, bill);
    if let Charged::Use { set_off, .. } = bill.charged {
        let holder = Holder::Person(books.who(bill.person));
        let theirs = machine.owners.iter().find(|owner| owner.holder == holder).map_or(0, |owner| owner.paid);
        if set_off > theirs {
            return Err(Refusal::StakeMoved { equipment: Name::from(&machine.name), person: books.name_of(bill.person) });
        }
    }
    let mut transaction = due.billed()?.reversed();
    match (&bill.state, &bill.from) {
        (BillState::Undone, _) => return Err(Refusal::BillIsPaid { bill: bill.id, paid: false, undone: true }),
        (BillState::Paid(Some(money)), _) => return Err(Refusal::UndoFirst { money: *money }),
        (BillState::Paid(None), Some(from)) => {
            can_give_back(scene, machine, &bill.shared)?;
            transaction = transaction.and(books.as_of_now(due.paid(from, &bill.shared)?.reversed()));
        }
        _ => {}
    }
    let mut decision = match bill.log().and_then(|log| books.log(log)) {
        Some(log) if log.is_live() => undo_log(scene, log)?,
        _ => Decision::default(),
    };
    let reason = decision.text(scene.ctx, reason);
    let material = matches!(&bill.charged, Charged::Use { taken, .. } if !taken.is_empty());
    decision.lines.insert(0, Line::UseUndone { bill: bill.id, equipment: Name::from(&machine.name), amount: bill.total(), material });
    decision.lines.extend(advances(scene, &transaction));
    decision.facts.push(BillUndone { bill: bill.id, reason, transaction }.into());
    if matches!(bill.charged, Charged::Subscription { .. }) && books.subscriptions.contains_key(&(machine.id, books.who(bill.person))) {
        decision.facts.push(SubscriptionEnded { equipment: machine.id, person: books.who(bill.person) }.into());
    }
    share_of_machines(scene, &mut decision.facts, &mut decision.lines)?;
    Ok(decision)
}

/// What co-owners received can be given back only while it is still with their stakes.
pub fn can_give_back(scene: Scene, machine: &Equipment, shared: &[equipment::Line]) -> Result<(), Refusal> {
    let mut received: BTreeMap<Holder, i64> = BTreeMap::new();
    for line in shared.iter().filter(|line| line.pays_back()) {
        *received.entry(scene.books.holder(&line.to)).or_default() += line.minor;
    }
    let has = |holder: &Holder, minor: i64| machine.owners.iter().any(|owner| owner.holder == *holder && owner.paid >= minor);
    match received.iter().find(|(holder, minor)| !has(holder, **minor)) {
        Some((holder, _)) => {
            Err(Refusal::StakeMoved { equipment: Name::from(&machine.name), person: Name(scene.books.holder_name(holder)) })
        }
        None => Ok(()),
    }
}

/// The lines of a bill, each with its reason.
pub fn charge_rows(scene: Scene, lines: &[equipment::Line]) -> Vec<Line> {
    let books = scene.books;
    let money = |minor| books.commodity.minor(minor);
    let percent = |percent: u32| Name(crate::commands::rule::project::percent_text(i64::from(percent)));
    let row = |line: &equipment::Line| {
        let (person, fund) = holder_names(scene, &line.to);
        let amount = money(line.minor);
        match &line.why {
            Why::Material { lot, material, quantity, unit } => Line::ForMaterial {
                amount,
                person,
                fund,
                quantity: Name(quantity.normalize().to_string()),
                unit: unit.clone(),
                material: Name::from(material),
                lot: *lot,
            },
            Why::Technician { time, per_hour } => {
                Line::ForTechnician { amount, person: person.unwrap_or_else(|| Name::from("")), time: *time, per_hour: *per_hour }
            }
            Why::Hourly { time, per_hour } => Line::ForMaintenance { amount, time: *time, per_hour: *per_hour },
            Why::Part { percent: part, of } => Line::ForFund {
                amount,
                fund: fund.unwrap_or_else(|| Name::from("")),
                percent: percent(*part),
                of: money(*of),
                after: false,
            },
            Why::After { percent: part, of } => {
                Line::ForFund { amount, fund: fund.unwrap_or_else(|| Name::from("")), percent: percent(*part), of: money(*of), after: true }
            }
            Why::PayBack { open, of } => Line::ForOwner { amount, person, fund, open: money(*open), of: money(*of) },
            Why::TakenBack { received, of } => {
                Line::FromOwner { amount: -amount, person, fund, received: money(*received), of: money(*of) }
            }
            Why::Above => Line::ForNobody { amount, fund: fund.unwrap_or_else(|| Name::from("")) },
        }
    };
    list_of(ROWS, lines.len(), lines.iter().map(row))
}
