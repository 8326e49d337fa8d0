//! Bills for a machine's time: who pays, how much, and how one is taken back.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::equipment::lookup::machine;
use crate::commands::equipment::owners::{can_give_back, share_of_machines};
use crate::commands::money::advance::advances;
use crate::commands::money::available::project_money;
use crate::commands::work::lower::undo_log;
use crate::core::books::bill::{Bill, BillState};
use crate::core::equipment;
use crate::core::equipment::{Charge, Equipment, Scenario};
use crate::core::fact::equipment::{BillPaid, BillUndone, Billed, Charged, Payer, SubscriptionEnded};
use crate::core::fact::people::Role;
use crate::core::holder::Holder;
use crate::core::ids::{BillId, PersonId, ProjectId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::grammar::resolve::is_person;
use crate::message::equipment::{BillEnd, EquipmentLine, EquipmentRefusal};
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// The payer and the name to show: the project; a person, by default the author; a client by name.
pub(crate) fn payer(
    context: CommandContext,
    decision: &mut Decision,
    me: PersonId,
    project: Option<ProjectId>,
    scenario: Scenario,
    typed: Option<&str>,
) -> Result<(Payer, Option<String>), Refusal> {
    let books = context.books;
    let Some(typed) = typed else {
        return Ok(match project {
            Some(project) => (Payer::Project(project), Some(books.project_name(project).0)),
            None => (Payer::Person(me), Some(books.handle(me).to_owned())),
        });
    };
    if let Some(client) = typed.strip_prefix("client:").map(str::trim).filter(|_| scenario == Scenario::Commercial) {
        return Ok((Payer::Client(decision.text(context.moment, client)), Some(client.to_owned())));
    }
    match context.people().named_now(typed) {
        Ok(person) => Ok((Payer::Person(person), Some(books.handle(person).to_owned()))),
        // A client may have any name; one that resembles a person's needs the prefix `client:`.
        Err(Refusal::Typed(TypedRefusal::UnknownPerson { nearest: None, .. }))
            if scenario == Scenario::Commercial && !is_person(typed) =>
        {
            Ok((Payer::Client(decision.text(context.moment, typed)), Some(typed.to_owned())))
        }
        Err(refusal) => Err(refusal),
    }
}

/// A payer's name, to show.
pub fn payer_name(context: CommandContext, payer: &Payer) -> String {
    match payer {
        Payer::Project(project) => context.books.project_name(*project).0,
        Payer::Person(person) => context.books.handle(*person).to_owned(),
        Payer::Client(name) => context.words(*name),
    }
}

/// The account of what a payer still has to pay.
fn receivable(context: CommandContext, id: BillId, payer: &Payer) -> LedgerAccount {
    LedgerAccount::Receivable(match payer {
        Payer::Project(project) => format!("project:{}", context.books.project_name(*project).0),
        Payer::Person(person) => context.books.ledger_name(*person).to_owned(),
        Payer::Client(_) => format!("client:{}", id.to_string().to_lowercase()),
    })
}

/// A use or a subscription to bill.
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

/// Bills a charge. A project pays at once if it can, and a bill of zero is paid at once; any other bill waits.
///
/// # Errors
/// Refused if an amount is too large.
pub fn bill(
    context: CommandContext,
    decision: &mut Decision,
    machine: &Equipment,
    used: Used,
    charge: &Charge,
) -> Result<(), Refusal> {
    let books = context.books;
    let (id, equipment) = (books.bills.next(), machine.id);
    let owners = books.commodity.minor(charge.owners);
    let due = BillDue { context, machine, owed_by: receivable(context, id, &used.payer), lines: &charge.lines, owners };
    let (total, transaction) = (due.total(), due.billed()?);
    let project = if let Payer::Project(project) = used.payer { Some(project) } else { None };
    let Used { person, date, charged, payer } = used;
    let lines = charge.lines.clone();
    decision
        .facts
        .push(Billed { bill: id, equipment, person, date, charged, payer, lines, owners, transaction }.into());
    let from = match project {
        Some(project)
            if may_spend(context, project, &charge.lines) && project_money(books, project).minor >= total.minor =>
        {
            books.project_account(project)
        }
        _ if total.minor == Minor::ZERO => due.owed_by.clone(),
        _ => {
            decision.lines.push(EquipmentLine::BillWaits { bill: id, amount: total }.into());
            return Ok(());
        }
    };
    let shared = due.shared()?;
    let transaction = due.paid(&from, &shared)?;
    if total.minor.is_positive() {
        decision.lines.push(EquipmentLine::ProjectPaid { amount: total }.into());
    }
    decision
        .facts
        .push(BillPaid { bill: id, money: None, reference: None, from, shared, transaction, date: None }.into());
    Ok(())
}

/// Whether a project pays a bill at once: only its lead or a custodian may have it pay themselves.
fn may_spend(context: CommandContext, project: ProjectId, lines: &[equipment::ChargeLine]) -> bool {
    let Some(me) = context.moment.author.person else { return false };
    let trusted =
        context.books.has_role(me, Role::Lead, Some(project)) || context.books.has_role(me, Role::Custodian, None);
    trusted || lines.iter().all(|line| context.books.holder(&line.to) != Holder::Person(me))
}

/// What is due by a bill: who owes it, and who receives it.
pub(crate) struct BillDue<'a> {
    context: CommandContext<'a>,
    pub(crate) machine: &'a Equipment,
    owed_by: LedgerAccount,
    lines: &'a [equipment::ChargeLine],
    owners: Amount,
}

impl<'a> BillDue<'a> {
    pub(crate) fn of(context: CommandContext<'a>, machine: &'a Equipment, bill: &'a Bill) -> Self {
        Self {
            context,
            machine,
            owed_by: receivable(context, bill.id, &bill.payer),
            lines: &bill.lines,
            owners: bill.owners,
        }
    }

    fn total(&self) -> Amount {
        self.owners.with(self.owners.minor + self.lines.iter().map(|line| line.minor).sum::<Minor>())
    }

    /// The co-owners' part, shared among the current co-owners.
    pub(crate) fn shared(&self) -> Result<Vec<equipment::ChargeLine>, Refusal> {
        if self.owners.minor == Minor::ZERO {
            return Ok(Vec::new());
        }
        self.machine.for_owners(self.owners.minor).map_err(|_| MoneyRefusal::TooLarge.into())
    }

    /// The transaction that bills it.
    fn billed(&self) -> Result<Transaction, Refusal> {
        let to = [(LedgerAccount::Bills(self.machine.name.clone()), self.total())];
        Transaction::credit(self.owed_by.clone(), to).map_err(|_| MoneyRefusal::TooLarge.into())
    }

    /// The transaction that pays it: its lines and the shared co-owners' part become owed.
    pub(crate) fn paid(&self, from: &LedgerAccount, shared: &[equipment::ChargeLine]) -> Result<Transaction, Refusal> {
        let books = self.context.books;
        let to = books.postings(self.lines).chain(books.postings(shared));
        let owed = Transaction::credit(LedgerAccount::Bills(self.machine.name.clone()), to);
        let paid = Transaction::credit(from.clone(), [(self.owed_by.clone(), self.total())]);
        paid.and_then(|paid| Ok(paid.and(owed?))).map_err(|_| MoneyRefusal::TooLarge.into())
    }
}

/// Takes a bill back, with its claim and with what the network's own accounts paid for it.
///
/// # Errors
/// Refused if the bill was undone or paid with money from outside, if a stake has changed since, or if its log can't be
/// undone.
pub fn take_back(context: CommandContext, bill: &Bill, reason: &str) -> Result<Decision, Refusal> {
    let books = context.books;
    let machine = machine(context, bill.equipment)?;
    let due = BillDue::of(context, machine, bill);
    if let Charged::Use { set_off, .. } = bill.charged {
        let holder = Holder::Person(books.canonical_id(bill.person));
        let theirs = machine.owners.iter().find(|owner| owner.holder == holder).map_or(Minor::ZERO, |owner| owner.paid);
        if set_off > theirs {
            return Err(EquipmentRefusal::StakeMoved {
                equipment: Name::from(&machine.name),
                person: books.name_of(bill.person),
            }
            .into());
        }
    }
    let mut transaction = due.billed()?.reversed();
    match (&bill.state, &bill.from) {
        (BillState::Undone, _) => {
            return Err(EquipmentRefusal::BillIsPaid { bill: bill.id, end: BillEnd::Undone }.into());
        }
        (BillState::Paid(Some(money)), _) => return Err(MoneyRefusal::UndoFirst { money: *money }.into()),
        (BillState::Paid(None), Some(from)) => {
            can_give_back(context, machine, &bill.shared)?;
            transaction = transaction.and(books.on_current_accounts(due.paid(from, &bill.shared)?.reversed()));
        }
        _ => {}
    }
    let mut decision = match bill.log().and_then(|log| books.log(log)) {
        Some(log) if log.is_live() => undo_log(context, log)?,
        _ => Decision::default(),
    };
    let reason = decision.text(context.moment, reason);
    let material = matches!(&bill.charged, Charged::Use { taken, .. } if !taken.is_empty());
    decision.lines.insert(
        0,
        EquipmentLine::UseUndone {
            bill: bill.id,
            equipment: Name::from(&machine.name),
            amount: bill.total(),
            material,
        }
        .into(),
    );
    decision.lines.extend(advances(context, &transaction));
    decision.facts.push(BillUndone { bill: bill.id, reason, transaction }.into());
    if matches!(bill.charged, Charged::Subscription { .. })
        && books.subscriptions.contains_key(&(machine.id, books.canonical_id(bill.person)))
    {
        decision
            .facts
            .push(SubscriptionEnded { equipment: machine.id, person: books.canonical_id(bill.person) }.into());
    }
    share_of_machines(context, &mut decision.facts, &mut decision.lines)?;
    Ok(decision)
}
