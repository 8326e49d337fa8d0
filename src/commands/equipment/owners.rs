//! Co-owners: shares of what machines receive, and transfers of stakes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup;
use crate::commands::equipment::lookup::machine;
use crate::core::entry::Fact;
use crate::core::equipment;
use crate::core::equipment::{Equipment, EquipmentStanding, hand_on};
use crate::core::fact::equipment::{HandedOver, MachineShareReversed, MachineShared, StakeTransferred};
use crate::core::fact::money::MoneyFact;
use crate::core::holder::Holder;
use crate::core::ids::{DistributionId, EquipmentId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::Minor;
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

/// Shares what machines receive by a decision among their co-owners, separately for each distribution, and takes back
/// from them what machines lose by it. What a machine has to recover comes first.
///
/// # Errors
/// Refused if an amount is too large.
pub fn share_of_machines(context: CommandContext, facts: &mut Vec<Fact>, lines: &mut Vec<Line>) -> Result<(), Refusal> {
    let books = context.books;
    let mut machines: BTreeMap<EquipmentId, (Equipment, Minor)> = BTreeMap::new();
    let mut more: Vec<Fact> = Vec::new();
    for fact in facts.iter() {
        let Some(transaction) = fact.transaction() else { continue };
        let distribution = if let Fact::Money(MoneyFact::Distributed(f)) = fact { Some(f.distribution) } else { None };
        for (account, debit) in transaction.postings() {
            let LedgerAccount::Machine(name) = account else { continue };
            let Some(known) = books.equipment_by_name(name) else { continue };
            let before = || books.ledger.balance(account.clone(), books.commodity).minor;
            let (machine, balance) = machines.entry(known.id).or_insert_with(|| (known.clone(), before()));
            *balance -= debit.minor;
            // Other postings of the decision are netted first: only a distribution is shared at once.
            if let Some(distribution) = distribution.filter(|_| balance.is_positive()) {
                let part = std::mem::take(balance);
                share(context, machine, part, Some(distribution), &mut more, lines)?;
            }
        }
    }
    for (machine, balance) in machines.values_mut() {
        share(context, machine, std::mem::take(balance), None, &mut more, lines)?;
    }
    facts.extend(more);
    Ok(())
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
    for share in books.machine_shares.iter().filter(|share| share.distribution == Some(distribution) && !share.reversed)
    {
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

/// Checks that co-owners can give back what they received: it must still be with their stakes.
///
/// # Errors
/// Refused if one of the stakes no longer has it.
pub fn can_give_back(
    context: CommandContext,
    machine: &Equipment,
    shared: &[equipment::ChargeLine],
) -> Result<(), Refusal> {
    let mut received: BTreeMap<Holder, Minor> = BTreeMap::new();
    for line in shared.iter().filter(|line| line.pays_back()) {
        *received.entry(context.books.holder(&line.to)).or_default() += line.minor;
    }
    let has = |holder: &Holder, minor: Minor| {
        machine.owners.iter().any(|owner| owner.holder == *holder && owner.paid >= minor)
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
