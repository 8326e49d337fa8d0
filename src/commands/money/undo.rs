//! `money undo`: reverses a custodian's mistake, visibly. Payments that were really made stand, and become advances.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::owners::{can_give_back, share_of_machines, shares_of_machines_back};
use crate::commands::money::advance::advances;
use crate::commands::money::redirect;
use crate::commands::money::second;
use crate::commands::money::second::Turn;
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::distributed::Distribution;
use crate::core::books::movement::{Money, Movement};
use crate::core::distribution::share::BucketResult;
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::money::{MoneyUndone, UndoApproved};
use crate::core::fact::people::Role;
use crate::core::holder::Holder;
use crate::core::ids::{BillId, EquipmentId, MoneyId};
use crate::core::ledger::Transaction;
use crate::core::log::Log;
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::pool::{Pool, PoolState, Purpose, Stake};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;

/// `money undo`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The movement.
    pub entry: MoneyId,
    /// Why.
    pub reason: String,
}

/// `money undo`: asks first, with everything that goes back. Above the network's threshold, two people must
/// undo the same.
///
/// # Errors
/// As [`undone`], and if a second person must undo it or somebody who is no custodian begins.
pub fn undo(context: CommandContext, args: Undo) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let (entry, reason) = (args.entry, args.reason.clone());
    let decision = undone(context, args)?;
    let Some(money) = books.money(entry) else { return Ok(decision.into()) };
    let more = decision.lines.len() > 1;
    let head = MoneyLine::UndoHead { money: entry, amount: money.amount, reason, more }.into();
    let question = || {
        let others = decision.lines.iter().skip(1).cloned();
        let lines = std::iter::once(head).chain(others).chain([RoomLine::YesOrNo.into()]);
        lines.collect::<Vec<Line>>()
    };
    let is_custodian = books.has_role(me, Role::Custodian, None);
    match second::turn(context, &decision, money.undo_approved) {
        Turn::FirstAgain => Err(MoneyRefusal::SecondPersonUndoes { money: entry }.into()),
        Turn::Alone | Turn::First(_) if !is_custodian => {
            let custodians = context.names(books.holders(Role::Custodian, None));
            Err(MoneyRefusal::CustodianUndoes { money: entry, custodians }.into())
        }
        Turn::First(outcome) => {
            let question = question();
            let line = MoneyLine::UndoApproved { person: books.name_of(me), money: entry }.into();
            let fact = UndoApproved { money: Some(entry), outcome, distribution: None, bill: None };
            Ok(Decision::fact(fact, vec![line]).asking(question))
        }
        Turn::Alone | Turn::Second => {
            let question = question();
            Ok(decision.asking(question))
        }
    }
}

/// Reverses a movement of money; for an income, also the distribution that shared it.
///
/// # Errors
/// Refused if the movement is unknown, undone or itself an undoing, or if something later depends on it: a refund, a
/// flag, a share, a spent pool, a used purchase or a changed stake.
pub fn undone(context: CommandContext, args: Undo) -> Result<Decision, Refusal> {
    let books = context.books;
    let money =
        books.money(args.entry).ok_or_else(|| TypedRefusal::UnknownMoney { typed: Typed(args.entry.to_string()) })?;
    if let Some(by) = money.undone_by {
        return Err(MoneyRefusal::UndoneAlready { money: money.id, by }.into());
    }
    let reversed = reversed_with(context, money)?;
    let mut transaction = reversal(context, money)?;
    let mut decision = Decision::default();
    let mut shares_back = Transaction::new([]).map_err(|_| MoneyRefusal::TooLarge)?;
    if let Some(distribution) = reversed {
        transaction = transaction.and(taken_back(context, distribution)?);
        shares_back = shares_of_machines_back(context, distribution.id, &mut decision.facts)?;
    }
    let id = books.money.next();
    let fact = MoneyUndone {
        money: id,
        undone: money.id,
        reversed: reversed.map(|d| d.id).into_iter().collect(),
        reason: decision.text(context.moment, &args.reason),
        transaction,
    };
    decision
        .lines
        .push(MoneyLine::MoneyUndone { money: id, undone: money.id, amount: money.amount, reason: args.reason }.into());
    if let Some(distribution) = reversed {
        decision.lines.extend(what_waits(context, distribution, Some(money.id), &fact.transaction));
    }
    decision.lines.extend(what_else(context, money));
    decision.lines.extend(advances(context, &fact.transaction.clone().and(shares_back)));
    decision.facts.push(fact.into());
    share_of_machines(context, &mut decision.facts, &mut decision.lines)?;
    Ok(decision)
}

/// The distribution that is undone with a movement of money, if there is one.
///
/// Refused if something has come of the movement that has to be undone first.
fn reversed_with<'a>(context: CommandContext<'a>, money: &Money) -> Result<Option<&'a Distribution>, Refusal> {
    let books = context.books;
    match &money.movement {
        Movement::Undoing { .. } => return Err(MoneyRefusal::UndoingStands { money: money.id }.into()),
        Movement::Income { distribution, .. } => {
            let refund = books.money.iter().find(|m| {
                m.undone_by.is_none() && matches!(m.movement, Movement::Refund { income, .. } if income == money.id)
            });
            if let Some(refund) = refund {
                return Err(MoneyRefusal::UndoFirst { money: refund.id }.into());
            }
            return Ok(distribution.and_then(|id| books.distribution(id)));
        }
        Movement::Cash { log } if books.log(*log).is_some_and(Log::is_flagged) => {
            return Err(WorkRefusal::FlagFirst { log: *log }.into());
        }
        Movement::Cash { log } if books.log(*log).is_some_and(has_received) => {
            return Err(MoneyRefusal::SharedAlready { log: *log }.into());
        }
        Movement::PoolPayment { pool, counted, .. } if counted.minor.is_positive() => {
            if let Some(pool) = books.pool(*pool) {
                can_leave(context, money.id, pool)?;
            }
        }
        Movement::Purchase { equipment, stakes, .. } => purchase_is_fresh(context, money, *equipment, stakes)?,
        Movement::BillPayment { bill } => {
            if let Some((bill, machine)) =
                books.bill(*bill).and_then(|bill| Some((bill, books.equipment(bill.equipment)?)))
            {
                can_give_back(context, machine, &bill.shared)?;
            }
        }
        Movement::Proceeds { equipment, shared, .. } => {
            if let Some(machine) = books.equipment(*equipment) {
                can_give_back(context, machine, shared)?;
            }
        }
        Movement::Refund { .. }
        | Movement::Cash { .. }
        | Movement::Payout { .. }
        | Movement::Reimbursement { .. }
        | Movement::Spending { .. }
        | Movement::PoolPayment { .. } => {}
    }
    Ok(None)
}

/// Checks that a payment into a pool can leave it: the pool has neither bought anything nor given its money away.
fn can_leave(context: CommandContext, money: MoneyId, pool: &Pool) -> Result<(), Refusal> {
    match (pool.state, pool.conditions.purpose) {
        (PoolState::Bought, _) => Err(MoneyRefusal::PoolIsSpent { money, pool: Name::from(&pool.name) }.into()),
        (PoolState::Given, Purpose::Project(project)) => {
            let (pool, project) = (Name::from(&pool.name), context.books.project_name(project));
            Err(MoneyRefusal::PoolIsGiven { money, pool, project }.into())
        }
        (PoolState::Given, Purpose::Equipment(_))
        | (PoolState::Open | PoolState::Settling | PoolState::Funded | PoolState::Failed | PoolState::Cancelled, _) => {
            Ok(())
        }
    }
}

/// What goes back besides money: a purchase with its stakes, a bill's payment with what it gave, a cost's with what is
/// owed back of it.
fn what_else(context: CommandContext, money: &Money) -> Option<Line> {
    let books = context.books;
    let name = |id| Name::from(books.equipment(id).map_or("", |machine| machine.name.as_str()));
    match &money.movement {
        Movement::Purchase { pool, equipment, stakes, .. } => {
            let pool = Name::from(books.pool(*pool).map_or("", |pool| pool.name.as_str()));
            let holders = stakes.iter().map(|stake| Name(books.holder_name(&books.holder(&stake.holder)))).collect();
            let equipment = name(*equipment);
            Some(MoneyLine::StakesGone { equipment, pool, amount: money.amount, holders }.into())
        }
        Movement::BillPayment { bill } => {
            let equipment = books.bill(*bill).map(|bill| name(bill.equipment))?;
            Some(MoneyLine::BillWaitsAgain { bill: *bill, equipment }.into())
        }
        Movement::Proceeds { equipment, .. } => Some(MoneyLine::ProceedsGone { equipment: name(*equipment) }.into()),
        Movement::Reimbursement { log, taken_back, .. } => {
            let person = books.name_of(books.log(*log).filter(|_| taken_back.minor.is_positive())?.person);
            Some(MoneyLine::OwesNoMore { person, amount: *taken_back, log: *log }.into())
        }
        Movement::Income { .. }
        | Movement::Refund { .. }
        | Movement::Cash { .. }
        | Movement::Payout { .. }
        | Movement::Spending { .. }
        | Movement::PoolPayment { .. }
        | Movement::Undoing { .. } => None,
    }
}

/// What moves the money of a movement back, as the accounts are now.
fn reversal(context: CommandContext, money: &Money) -> Result<Transaction, Refusal> {
    let books = context.books;
    let mut transaction = books.on_current_accounts(money.transaction.reversed());
    if let Movement::PoolPayment { pool, person, counted, .. } = &money.movement
        && let Some(pool) = books.pool(*pool)
    {
        // Money that has left the pool since was owed back to its payer, and is taken from there.
        let holder = Holder::Person(books.canonical_id(*person));
        let backer = pool.backer(&holder).filter(|_| pool.state.holds_money());
        let there = backer.map_or(Minor::ZERO, |backer| backer.of_payment(money.id));
        let to = [(books.pool_account(pool, &holder), counted.with(counted.minor - there))];
        transaction =
            transaction.and(Transaction::credit(books.account_of(*person), to).map_err(|_| MoneyRefusal::TooLarge)?);
    }
    if let Movement::Reimbursement { log, from, taken_back } = &money.movement
        && let Some(log) = books.log(*log)
    {
        // The person no longer owes what was taken back of it.
        let forgiven = Transaction::credit(from.clone(), [(books.account_of(log.person), *taken_back)])
            .map_err(|_| MoneyRefusal::TooLarge)?;
        transaction = transaction.and(forgiven);
    }
    Ok(transaction)
}

/// Whether a distribution has shared it.
fn has_received(log: &Log) -> bool {
    log.paid.is_positive() || !log.shared_in.is_empty()
}

/// Checks that a purchase can be undone: since then its machine is unused, its stakes are unchanged and have received
/// nothing.
fn purchase_is_fresh(
    context: CommandContext,
    purchase: &Money,
    id: EquipmentId,
    stakes: &[Stake],
) -> Result<(), Refusal> {
    let books = context.books;
    let Some(machine) = books.equipment(id) else { return Ok(()) };
    if machine.standing == EquipmentStanding::Retired {
        let brought_in = |money: &&Money| {
            money.undone_by.is_none()
                && matches!(money.movement, Movement::Proceeds { equipment, .. } if equipment == id)
        };
        return Err(match books.money.iter().find(brought_in) {
            Some(proceeds) => MoneyRefusal::UndoFirst { money: proceeds.id }.into(),
            None => MoneyRefusal::PurchaseRetired { money: purchase.id, equipment: Name::from(&machine.name) }.into(),
        });
    }
    let untouched = |stake: &Stake| {
        let holder = books.holder(&stake.holder);
        // Stakes that went to the commons are still known by their owners' names.
        let held = books.ledger.balance(books.stake_account(machine, &holder), books.commodity).minor;
        machine.owners.iter().any(|owner| {
            owner.holder == holder
                && owner.stake.min(held) >= stake.stake
                && owner.due >= stake.due
                && owner.paid <= owner.due - stake.due
        })
    };
    let bought_on = books.day_of(purchase.at);
    let is_used =
        |bill: &Bill| bill.before > purchase.id || bill.state == BillState::Paid(None) && bill.date >= bought_on;
    let used = books.bills.iter().any(|bill| bill.equipment == id && bill.state != BillState::Undone && is_used(bill));
    let of_machine = |bill: BillId| books.bill(bill).is_some_and(|bill| bill.equipment == id);
    let paid = books.money.iter().rev().take_while(|money| money.id > purchase.id).any(|money| {
        money.undone_by.is_none() && matches!(money.movement, Movement::BillPayment { bill } if of_machine(bill))
    });
    let shared = books.machine_shares.iter().any(|share| {
        let date = share.distribution.and_then(|id| books.distribution(id)).map(|distribution| distribution.date);
        share.equipment == id && !share.reversed && date.is_none_or(|date| date >= bought_on)
    });
    match machine.standing == EquipmentStanding::Owned && !used && !paid && !shared && stakes.iter().all(untouched) {
        true => Ok(()),
        false => Err(MoneyRefusal::PurchaseStands { money: purchase.id, equipment: Name::from(&machine.name) }.into()),
    }
}

/// What a reversed distribution leaves: the incomes that wait again (not the one it is undone along with), and what has
/// to be recovered after the transaction that reverses it.
pub fn what_waits(
    context: CommandContext,
    distribution: &Distribution,
    along_with: Option<MoneyId>,
    transaction: &Transaction,
) -> Vec<Line> {
    let books = context.books;
    let project = || books.project_name(distribution.project);
    let mut lines =
        vec![MoneyLine::DistributionReversed { distribution: distribution.id, along: along_with.is_some() }.into()];
    let incomes: Vec<Name> = distribution
        .incomes
        .iter()
        .filter(|(id, _)| Some(*id) != along_with)
        .map(|(id, _)| Name(id.to_string()))
        .collect();
    if !incomes.is_empty() {
        lines.push(MoneyLine::WaitAgain { incomes, project: project() }.into());
    }
    // If its undistributed rest has been shared since, or an income refunded, that may be missing now.
    let left = carried_after(context, distribution, along_with, transaction);
    if left.is_negative() {
        lines.push(MoneyLine::ToRecover { project: project(), amount: books.commodity.minor(-left) }.into());
    }
    lines
}

/// What the next distribution of a project will count in from before, once a distribution is reversed by a transaction.
fn carried_after(
    context: CommandContext,
    distribution: &Distribution,
    along_with: Option<MoneyId>,
    transaction: &Transaction,
) -> Minor {
    let books = context.books;
    let account = books.project_account(distribution.project);
    let postings = transaction.postings().iter().filter(|(posted, _)| *posted == account);
    let gained: Minor = postings.map(|(_, debit)| -debit.minor).sum();
    let incomes = distribution.incomes.iter().filter(|(id, _)| Some(*id) != along_with);
    let waits_again = |(id, _): &(MoneyId, _)| match books.money(*id).map(|money| &money.movement) {
        Some(Movement::Income { net, refunded, .. }) => net.minor - refunded.1.minor,
        _ => Minor::ZERO,
    };
    let waiting: Minor = incomes.map(waits_again).sum();
    let claims = distribution.shares.iter().filter_map(|share| match &share.given {
        BucketResult::Claims(parts) => Some(parts),
        BucketResult::Fund(_) | BucketResult::Person(_) => None,
    });
    let held: Minor = claims.flatten().filter(|(claim, _)| claim.held).map(|(_, part)| *part).sum();
    let carried = books.input(distribution.project, books.commodity.zero()).carried;
    carried + gained - waiting + held + distribution.spent.minor
}

/// The transaction that reverses a distribution as it stands, with its redirects. What is held never left the project.
///
/// # Errors
/// Refused if an amount is too large.
pub fn taken_back(context: CommandContext, distribution: &Distribution) -> Result<Transaction, Refusal> {
    let books = context.books;
    let owed = distribution.shares.iter().flat_map(|share| share.owed());
    let to = owed.map(|(whose, minor)| (books.account_of_recipient(&whose), books.commodity.minor(minor)));
    let given =
        Transaction::credit(books.project_account(distribution.project), to).map_err(|_| MoneyRefusal::TooLarge)?;
    let all = distribution
        .redirected
        .iter()
        .try_fold(given, |all, redirected| Ok(all.and(redirect::transaction(context, redirected)?)));
    all.map(|all| all.reversed())
}
