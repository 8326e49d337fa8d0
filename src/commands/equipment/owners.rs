//! Co-owners: shares of what machines receive, and transfers of stakes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup;
use crate::commands::equipment::lookup::machine;
use crate::core::books::movement::Movement;
use crate::core::books::state::Books;
use crate::core::distribution::share::Recipient;
use crate::core::entry::Fact;
use crate::core::equipment;
use crate::core::equipment::{ChargeLine, Equipment, EquipmentStanding, Owner, hand_on};
use crate::core::fact::equipment::{
    Charged, EquipmentFact, HandOverUndone, HandedOver, MachineShareReversed, MachineShared, StakeTransferred,
};
use crate::core::fact::money::MoneyFact;
use crate::core::fact::work::WorkFact;
use crate::core::holder::Holder;
use crate::core::ids::{DistributionId, EquipmentId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::percent::percent_text;
use crate::message::equipment::{EquipmentLine, EquipmentRefusal};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::rule::RuleRefusal;

/// `stake transfer`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    equipment: EquipmentId,
    person: PersonId,
    share: Option<String>,
}

/// Transfers the author's stake, or a part of it with the same part of what it has received.
///
/// # Errors
/// Refused if the author has no stake, is the receiver, or has less than the share, or if the share can't be read.
pub fn transfer(context: CommandContext, args: Transfer) -> Result<Action, Refusal> {
    let books = context.books;
    let machine = machine(context, args.equipment)?;
    let equipment = Name::from(&machine.name);
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    let theirs = machine.owners.iter().find(|owner| owner.holder == Holder::Person(me));
    // What is paid back belongs to the commons, even if another pool has bought more of the machine since.
    let most = books.ledger.balance(books.stake_account(machine, &Holder::Person(me)), books.commodity).minor;
    let owner = theirs
        .filter(|_| most.is_positive())
        .ok_or_else(|| EquipmentRefusal::NoStake { equipment: equipment.clone() })?;
    if args.person == me {
        return Err(EquipmentRefusal::OwnStake { equipment }.into());
    }
    let stake = match args.share.as_deref().map(str::trim) {
        None => most,
        Some(typed) => match typed.strip_suffix('%') {
            Some(_) => {
                let percent = crate::grammar::percent::percent(typed)
                    .filter(|percent| (BasisPoints::LEAST..=BasisPoints::ONE).contains(percent));
                let percent = percent.ok_or_else(|| RuleRefusal::NotAShare { typed: Typed(typed.to_owned()) })?;
                percent.of(most).ok_or(MoneyRefusal::TooLarge)?
            }
            None => crate::grammar::values::amount(typed, books.commodity)?.minor,
        },
    };
    if stake > most || stake == Minor::ZERO {
        return Err(EquipmentRefusal::StakeIsLess { equipment, stake: books.commodity.minor(most) }.into());
    }
    let handed = hand_on(owner, stake).map_err(|_| MoneyRefusal::TooLarge)?;
    let (amount, open) = (books.commodity.minor(stake), books.commodity.minor(handed.open));
    let to = books.stake_account(machine, &Holder::Person(args.person));
    let transaction = Transaction::credit(books.stake_account(machine, &owner.holder), [(to, amount)])
        .map_err(|_| MoneyRefusal::TooLarge)?;
    let (person, paid) = (books.name_of(args.person), books.commodity.minor(handed.paid));
    let question = vec![
        EquipmentLine::TransferHead { equipment: equipment.clone(), person: person.clone(), amount, paid, open }.into(),
        RoomLine::YesOrNo.into(),
    ];
    let line = EquipmentLine::Transferred { from: books.name_of(me), person, equipment, amount, open }.into();
    let fact = StakeTransferred { equipment: machine.id, from: me, to: args.person, handed, transaction };
    // An explicit share needs no question.
    let question = args.share.is_none().then_some(question);
    Ok(Decision { author: Some(me), ..Decision::fact(fact, vec![line]) }.asking(question))
}

/// The hand-over of a machine to the commons, if `more` pays its co-owners what is open to them: it becomes a
/// shareable.
///
/// # Errors
/// Refused if an amount is too large.
pub fn hand_over(context: CommandContext, machine: &Equipment, more: Minor) -> Result<Option<(Fact, Line)>, Refusal> {
    if machine.standing != EquipmentStanding::Owned || machine.open() > more {
        return Ok(None);
    }
    let transaction = context
        .books
        .stakes_to(machine, LedgerAccount::Commons(machine.name.clone()))
        .map_err(|_| MoneyRefusal::TooLarge)?;
    let line = EquipmentLine::HandedOver {
        equipment: Name::from(&machine.name),
        cap: percent_text(i64::from(machine.terms.cap)),
    }
    .into();
    Ok(Some((HandedOver { equipment: machine.id, transaction }.into(), line)))
}

/// The reversal of a hand-over, if co-owners are to be paid back again: the stakes are theirs again.
fn hand_back(context: CommandContext, machine: &Equipment) -> Result<Option<(Fact, Line)>, Refusal> {
    let books = context.books;
    let account = LedgerAccount::Commons(machine.name.clone());
    let stakes: Minor = machine.owners.iter().map(|owner| owner.stake).sum();
    let is_handed_over = machine.standing == EquipmentStanding::Shareable
        && stakes.is_positive()
        && books.ledger.balance(account.clone(), books.commodity).minor >= stakes;
    if !is_handed_over || machine.open() <= Minor::ZERO {
        return Ok(None);
    }
    let to = machine
        .owners
        .iter()
        .map(|owner| (books.stake_account(machine, &owner.holder), books.commodity.minor(owner.stake)));
    let transaction = Transaction::credit(account, to).map_err(|_| MoneyRefusal::TooLarge)?;
    let (equipment, open) = (Name::from(&machine.name), books.commodity.minor(machine.open()));
    let fact = HandOverUndone { equipment: machine.id, transaction }.into();
    Ok(Some((fact, EquipmentLine::HandedBack { equipment, open }.into())))
}

/// Machines that a decision concerns, as it leaves them, each with what it has received of the decision and not shared.
struct Machines<'a> {
    books: &'a Books,
    by_id: BTreeMap<EquipmentId, (Equipment, Minor)>,
}

impl Machines<'_> {
    fn get(&mut self, id: EquipmentId) -> Option<&mut (Equipment, Minor)> {
        let books = self.books;
        let machine = books.equipment(id)?;
        Some(self.by_id.entry(id).or_insert_with(|| {
            let account = LedgerAccount::Machine(machine.name.clone());
            (machine.clone(), books.ledger.balance(account, books.commodity).minor)
        }))
    }

    /// What co-owners give back by the facts themselves is theirs no longer.
    fn take_back(&mut self, facts: &[Fact]) {
        for (id, holder, minor) in given_back(self.books, facts) {
            let owners = self.get(id).into_iter().flat_map(|(machine, _)| &mut machine.owners);
            owners.filter(|owner| owner.holder == holder).for_each(|owner| owner.paid -= minor);
        }
    }
}

/// Shares what machines receive by a decision among their co-owners, separately for each distribution, and takes back
/// from them what machines lose by it. What a machine has to recover comes first. A machine whose co-owners are to be
/// paid back again is theirs again.
///
/// # Errors
/// Refused if an amount is too large.
pub fn share_of_machines(context: CommandContext, facts: &mut Vec<Fact>, lines: &mut Vec<Line>) -> Result<(), Refusal> {
    let books = context.books;
    let mut machines = Machines { books, by_id: BTreeMap::new() };
    let mut more: Vec<Fact> = Vec::new();
    machines.take_back(facts);
    for fact in facts.iter() {
        for (account, debit) in fact.transaction().into_iter().flat_map(Transaction::postings) {
            if let Some((_, balance)) = machine_of(books, account).and_then(|id| machines.get(id)) {
                *balance -= debit.minor;
            }
        }
        // Other postings of the decision are netted first: only what is of a distribution is shared at once.
        for (distribution, id, part) in of_distributions(books, fact) {
            let Some((machine, balance)) = machines.get(id) else { continue };
            let part = part.min(*balance);
            if part.is_positive() {
                *balance -= part;
                share(context, machine, part, Some(distribution), &mut more, lines)?;
            }
        }
    }
    for (machine, balance) in machines.by_id.values_mut() {
        share(context, machine, std::mem::take(balance), None, &mut more, lines)?;
        if let Some((fact, line)) = hand_back(context, machine)? {
            more.push(fact);
            lines.push(line);
        }
    }
    facts.extend(more);
    Ok(())
}

fn machine_of(books: &Books, account: &LedgerAccount) -> Option<EquipmentId> {
    let LedgerAccount::Machine(name) = account else { return None };
    books.equipment_by_name(name).map(|machine| machine.id)
}

/// What machines receive of distributions by a fact.
fn of_distributions(books: &Books, fact: &Fact) -> Vec<(DistributionId, EquipmentId, Minor)> {
    match fact {
        Fact::Money(fact) => of_money(books, fact),
        Fact::Work(fact) => of_work(books, fact),
        Fact::People(_) | Fact::Rule(_) | Fact::Pool(_) | Fact::Equipment(_) => Vec::new(),
    }
}

fn of_money(books: &Books, fact: &MoneyFact) -> Vec<(DistributionId, EquipmentId, Minor)> {
    match fact {
        MoneyFact::Distributed(f) => {
            let machines = f.transaction.postings().iter();
            let part = |(account, debit): &(LedgerAccount, Amount)| {
                Some((f.distribution, machine_of(books, account)?, -debit.minor))
            };
            machines.filter_map(part).collect()
        }
        MoneyFact::CashReceived(_)
        | MoneyFact::IncomeRecorded(_)
        | MoneyFact::IncomeRefunded(_)
        | MoneyFact::DistributionApproved(_)
        | MoneyFact::DistributionReversed(_)
        | MoneyFact::RedirectSet(_)
        | MoneyFact::BatchOpened(_)
        | MoneyFact::BatchPaid(_)
        | MoneyFact::PaymentFailed(_)
        | MoneyFact::PaidOut(_)
        | MoneyFact::CostReimbursed(_)
        | MoneyFact::FundSpent(_)
        | MoneyFact::UndoApproved(_)
        | MoneyFact::MoneyUndone(_) => Vec::new(),
    }
}

fn of_work(books: &Books, fact: &WorkFact) -> Vec<(DistributionId, EquipmentId, Minor)> {
    match fact {
        WorkFact::FlagStruck(f) => {
            let mut parts = Vec::new();
            for amended in &f.amended {
                let is_held = |to: &Recipient| {
                    matches!(to, Recipient::Claim(log)
                        if books.distribution(amended.distribution).is_some_and(|of| of.holds(*log)))
                };
                let owed = amended.parts.iter().filter(|part| part.amount.minor.is_positive() && !is_held(&part.to));
                parts.extend(owed.filter_map(|part| {
                    let id = machine_of(books, &books.account_of_recipient(&part.to))?;
                    Some((amended.distribution, id, part.amount.minor))
                }));
            }
            parts
        }
        WorkFact::FlagKept(f) => {
            let Some(log) = books.log(f.log) else { return Vec::new() };
            let Some(id) = machine_of(books, &books.account_of(log.person)) else { return Vec::new() };
            let standing = books.distributions.iter().filter(|distribution| distribution.reversed_by.is_none());
            standing.map(|distribution| (distribution.id, id, distribution.held_of(log.id))).collect()
        }
        WorkFact::TaskOpened(_)
        | WorkFact::TaskTaken(_)
        | WorkFact::TaskDropped(_)
        | WorkFact::TaskDone(_)
        | WorkFact::TaskAccepted(_)
        | WorkFact::Logged(_)
        | WorkFact::LogValidated(_)
        | WorkFact::ClaimsGiven(_)
        | WorkFact::GiftsSet(_)
        | WorkFact::ReceiptKept(_)
        | WorkFact::LogConfirmed(_)
        | WorkFact::LogCorrected(_)
        | WorkFact::LogUndone(_)
        | WorkFact::LogFlagged(_) => Vec::new(),
    }
}

/// The machine whose co-owners a movement of money paid back, and their lines.
fn paid_back_by<'a>(books: &'a Books, movement: &'a Movement) -> Option<(EquipmentId, &'a [ChargeLine])> {
    match movement {
        Movement::BillPayment { bill } => books.bill(*bill).map(|bill| (bill.equipment, bill.shared.as_slice())),
        Movement::Proceeds { equipment, shared, .. } => Some((*equipment, shared)),
        Movement::Income { .. }
        | Movement::Refund { .. }
        | Movement::Cash { .. }
        | Movement::Payout { .. }
        | Movement::Reimbursement { .. }
        | Movement::Spending { .. }
        | Movement::PoolPayment { .. }
        | Movement::Purchase { .. }
        | Movement::Undoing { .. } => None,
    }
}

/// What co-owners give back of what they had received, by the facts themselves.
fn given_back(books: &Books, facts: &[Fact]) -> Vec<(EquipmentId, Holder, Minor)> {
    let mut back: Vec<(EquipmentId, Holder, Minor)> = Vec::new();
    let mut set_offs = Vec::new();
    let mut reversed: BTreeMap<(EquipmentId, DistributionId), usize> = BTreeMap::new();
    let mut of = |id: EquipmentId, shared: &[ChargeLine]| {
        let lines = shared.iter().filter(|line| line.pays_back());
        back.extend(lines.map(|line| (id, books.holder(&line.to), line.minor)));
    };
    for fact in facts {
        match fact {
            Fact::Equipment(EquipmentFact::MachineShareReversed(f)) => {
                let place = reversed.entry((f.equipment, f.distribution)).or_default();
                if let Some(share) = books.shares_of(f.equipment, f.distribution).nth(*place) {
                    of(f.equipment, &share.shared);
                }
                *place += 1;
            }
            Fact::Equipment(EquipmentFact::BillUndone(f)) => {
                if let Some(bill) = books.bill(f.bill) {
                    of(bill.equipment, &bill.shared);
                    if let Charged::Use { set_off, .. } = bill.charged {
                        set_offs.push((bill.equipment, Holder::Person(books.canonical_id(bill.person)), set_off));
                    }
                }
            }
            Fact::Money(MoneyFact::MoneyUndone(f)) => {
                if let Some((id, shared)) = books.money(f.undone).and_then(|money| paid_back_by(books, &money.movement))
                {
                    of(id, shared);
                }
            }
            Fact::Equipment(
                EquipmentFact::EquipmentAdded(_)
                | EquipmentFact::TermsSet(_)
                | EquipmentFact::TermsProposed(_)
                | EquipmentFact::TermsAgreed(_)
                | EquipmentFact::Certified(_)
                | EquipmentFact::EquipmentBought(_)
                | EquipmentFact::StockAdded(_)
                | EquipmentFact::StockRemoved(_)
                | EquipmentFact::Billed(_)
                | EquipmentFact::BillPaid(_)
                | EquipmentFact::MachineShared(_)
                | EquipmentFact::HandedOver(_)
                | EquipmentFact::HandOverUndone(_)
                | EquipmentFact::StakeTransferred(_)
                | EquipmentFact::EquipmentRetired(_)
                | EquipmentFact::SubscriptionStarted(_)
                | EquipmentFact::SubscriptionEnded(_),
            )
            | Fact::Money(
                MoneyFact::CashReceived(_)
                | MoneyFact::IncomeRecorded(_)
                | MoneyFact::IncomeRefunded(_)
                | MoneyFact::DistributionApproved(_)
                | MoneyFact::Distributed(_)
                | MoneyFact::DistributionReversed(_)
                | MoneyFact::RedirectSet(_)
                | MoneyFact::BatchOpened(_)
                | MoneyFact::BatchPaid(_)
                | MoneyFact::PaymentFailed(_)
                | MoneyFact::PaidOut(_)
                | MoneyFact::CostReimbursed(_)
                | MoneyFact::FundSpent(_)
                | MoneyFact::UndoApproved(_),
            )
            | Fact::People(_)
            | Fact::Rule(_)
            | Fact::Work(_)
            | Fact::Pool(_) => {}
        }
    }
    back.extend(set_offs);
    back
}

/// Shares a machine's balance among its co-owners, or takes it back from them if it is negative.
pub(crate) fn share(
    context: CommandContext,
    machine: &mut Equipment,
    part: Minor,
    distribution: Option<DistributionId>,
    facts: &mut Vec<Fact>,
    lines: &mut Vec<Line>,
) -> Result<(), Refusal> {
    let books = context.books;
    let shared =
        if part >= Minor::ZERO { machine.for_owners(part) } else { equipment::from_owners(-part, &machine.owners) };
    let shared = shared.map_err(|_| MoneyRefusal::TooLarge)?;
    if shared.is_empty() {
        return Ok(());
    }
    let account = LedgerAccount::Machine(machine.name.clone());
    let transaction = Transaction::credit(account, books.postings(&shared)).map_err(|_| MoneyRefusal::TooLarge)?;
    let (equipment, amount) = (Name::from(&machine.name), books.commodity.minor(part.abs()));
    lines.push(if part >= Minor::ZERO {
        EquipmentLine::MachineShare { equipment, amount }.into()
    } else {
        EquipmentLine::MachineShareBack { equipment, amount }.into()
    });
    lines.extend(lookup::charge_rows(context, &shared));
    for line in shared.iter().filter(|line| line.pays_back()) {
        if let Some(owner) = machine.owners.iter_mut().find(|owner| owner.holder == books.holder(&line.to)) {
            owner.paid += line.minor;
        }
    }
    facts.push(MachineShared { equipment: machine.id, distribution, shared, transaction }.into());
    if let Some((fact, line)) = hand_over(context, machine, Minor::ZERO)? {
        machine.standing = EquipmentStanding::Shareable;
        facts.push(fact);
        lines.push(line);
    }
    Ok(())
}

/// Reverses what machines shared of a distribution, each share only while its co-owners still hold what they received.
/// Returns the transaction; [`share_of_machines`] takes back the rest.
///
/// # Errors
/// Refused if a machine is unknown or an amount is too large.
pub fn shares_of_machines_back(
    context: CommandContext,
    distribution: DistributionId,
    facts: &mut Vec<Fact>,
) -> Result<Transaction, Refusal> {
    let books = context.books;
    let mut all = Transaction::new([]).map_err(|_| MoneyRefusal::TooLarge)?;
    let standing =
        books.machine_shares.iter().filter(|share| share.distribution == Some(distribution) && !share.reversed);
    for share in standing {
        let machine = machine(context, share.equipment)?;
        if can_give_back(context, machine, &share.shared).is_err() {
            continue;
        }
        let transaction = books.on_current_accounts(share.transaction.reversed());
        all = all.and(transaction.clone());
        facts.push(MachineShareReversed { equipment: machine.id, distribution, transaction }.into());
    }
    Ok(all)
}

/// Checks that co-owners can give back what they received: it must still be with their stakes, and their stakes with
/// them, unless the whole machine is handed over and comes back.
///
/// # Errors
/// Refused if one of the stakes no longer has it.
pub fn can_give_back(context: CommandContext, machine: &Equipment, shared: &[ChargeLine]) -> Result<(), Refusal> {
    let mut received: BTreeMap<Holder, Minor> = BTreeMap::new();
    for line in shared.iter().filter(|line| line.pays_back()) {
        *received.entry(context.books.holder(&line.to)).or_default() += line.minor;
    }
    let books = context.books;
    let is_theirs = |owner: &Owner| {
        let stake = books.ledger.balance(books.stake_account(machine, &owner.holder), books.commodity).minor;
        machine.standing != EquipmentStanding::Owned || stake >= owner.stake
    };
    let has = |holder: &Holder, minor: Minor| {
        machine.owners.iter().any(|owner| owner.holder == *holder && owner.paid >= minor && is_theirs(owner))
    };
    match received.iter().find(|(holder, minor)| !has(holder, **minor)) {
        Some((holder, _)) => Err(EquipmentRefusal::StakeMoved {
            equipment: Name::from(&machine.name),
            person: Name(context.books.holder_name(holder)),
        }
        .into()),
        None => Ok(()),
    }
}
