//! `pool paid`, `pool topup` and `pool buy`: money into a pool, and what it buys.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup::{holder_names, machine};
use crate::commands::money::available::overdrawn;
use crate::commands::money::slips;
use crate::commands::money::slips::{Party, Planned};
use crate::commands::pool::lookup::{all_terms, can, known, own_day, status};
use crate::core::books::movement::{Money, Movement};
use crate::core::equipment::MAINTENANCE;
use crate::core::fact::equipment::EquipmentBought;
use crate::core::fact::pool::{PoolPaid, PoolToppedUp};
use crate::core::holder::Holder;
use crate::core::ids::{EquipmentId, Hash, PersonId, PoolId};
use crate::core::ledger::{LedgerAccount, Posting, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::pool::{Backer, Pool, PoolEvent, PoolState, Purpose, Rest};
use crate::directory::{DirectoryChange, Topic};
use crate::grammar::resolve::{called, fund_called, is_person};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::pool::{PoolLine, PoolRefusal};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// `pool paid`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    person: PersonId,
    amount: Amount,
    pool: PoolId,
    date: NaiveDate,
    fee: Option<Amount>,
    original: Option<Amount>,
    reference: Option<String>,
}

/// Records money that arrived for a pool. What comes too late, does not fit or is more than was pledged is owed back.
/// Money of somebody who has not agreed to the terms counts once they agree.
///
/// # Errors
/// Refused if the pool is unknown, if the fee is not below the amount, if the reference was used, if another custodian
/// must record it, or if an amount is too large.
pub fn paid(context: CommandContext, args: Paid) -> Result<Action, Refusal> {
    let pool = known(context, args.pool)?;
    let Paid { amount, fee, .. } = &args;
    if let Some(fee) = fee.filter(|fee| fee.minor >= amount.minor) {
        return Err(MoneyRefusal::FeeAboveIncome { amount: amount.with(amount.minor + fee.minor) }.into());
    }
    if let Some(reference) = &args.reference {
        not_recorded_yet(context, pool, args.person, reference)?;
    }
    let has_agreed = pool.backer(&Holder::Person(args.person)).is_some_and(|backer| backer.agreed.is_some());
    let date = own_day(context, pool, args.date);
    let in_time = date <= pool.conditions.deadline && may_count(context, pool, args.person, has_agreed);
    received(context, pool, Paid { date, ..args }, in_time)
}

/// What becomes of money that arrived for a pool.
struct Parts<'a> {
    /// The fund that pays the fee.
    fee_of: Option<(Amount, &'a String)>,
    /// What was sent, with a fee that a fund pays.
    sent: Minor,
    /// What there is room for.
    fits: Minor,
    /// What counts.
    counted: Minor,
    /// Whether more was sent than its sender has pledged and not paid.
    is_above: bool,
}

impl<'a> Parts<'a> {
    fn of(context: CommandContext, pool: &'a Pool, paid: &Paid, in_time: bool) -> Self {
        let books = context.books;
        let holder = Holder::Person(paid.person);
        // The fund pays the fee of money that counts, if it can.
        let has = |fund: &String| books.ledger.balance(LedgerAccount::Fund(fund.clone()), books.commodity).minor;
        let fee_of =
            paid.fee.zip(pool.conditions.fees.as_ref()).filter(|(fee, fund)| in_time && has(fund) >= fee.minor);
        let sent = paid.amount.minor + fee_of.as_ref().map_or(Minor::ZERO, |(fee, _)| fee.minor);
        // The price is what it is: a funded pool may get more than its cap.
        let room = pool.room_for(&holder).filter(|_| pool.state != PoolState::Funded);
        let fits = if in_time { room.map_or(sent, |room| sent.min(room)) } else { Minor::ZERO };
        let open = pool.backer(&holder).and_then(|backer| open_pledge(context, backer));
        let counted = open.map_or(fits, |open| fits.min(open));
        Self { fee_of, sent, fits, counted, is_above: open.is_some_and(|open| sent > open) }
    }
}

/// Records money that arrived for a pool, after the questions that it gives rise to.
fn received(context: CommandContext, pool: &Pool, paid: Paid, in_time: bool) -> Result<Action, Refusal> {
    let books = context.books;
    let holder = Holder::Person(paid.person);
    let before = pool.backer(&holder);
    let money = |minor| books.commodity.minor(minor);
    let some = |minor: Minor| Some(money(minor)).filter(|amount| amount.minor.is_positive());
    let parts = Parts::of(context, pool, &paid, in_time);
    let Paid { person, amount, date, fee, original, reference, .. } = paid;
    let (counted, back) = (money(parts.counted), money(parts.sent - parts.counted));
    let mut postings: Vec<Posting> = vec![(LedgerAccount::Custodian, amount)];
    postings.extend(parts.fee_of.map(|(fee, fund)| (LedgerAccount::Fund(fund.clone()), fee)));
    postings.extend([(books.pool_account(pool, &holder), -counted), (books.account_of(person), -back)]);
    let transaction = Transaction::new(postings).map_err(|_| MoneyRefusal::TooLarge)?;
    let has_agreed = before.is_some_and(|backer| backer.agreed.is_some());
    // People without an account agree through the custodian.
    let agrees = !has_agreed && parts.counted.is_positive() && !context.directory.has_account(person);
    let agreed = agrees.then_some(books.terms_hash(pool));
    let planned = Planned { amount, party: Party::Backer(person), reference: reference.as_deref() };
    let mut doubts: Vec<Line> = slips::own_money(context, person, amount)?.into_iter().collect();
    if let Some(backer) = before.filter(|_| parts.is_above) {
        doubts.push(above_pledge(context, pool, backer, amount, &parts));
    }
    doubts.extend(planned.doubts(context));
    if agrees {
        let (person, pool_name) = (books.name_of(person), Name::from(&pool.name));
        doubts.push(PoolLine::AgreesThroughCustodian { person, pool: pool_name, amount: counted }.into());
        doubts.extend(all_terms(context, pool));
    }
    let mut decision = Decision::default();
    let text = reference.as_ref().map(|reference| decision.text(context.moment, reference));
    let id = books.money.next();
    decision.lines.push(
        PoolLine::PoolPaid {
            money: id,
            person: books.name_of(person),
            amount,
            pool: Name::from(&pool.name),
            date: context.moment.unless_today(date),
            fee,
            original,
            late: (!in_time).then_some(back),
            over: some(parts.sent - parts.fits).filter(|_| in_time),
            beyond: some(parts.fits - parts.counted),
            waits: !has_agreed && !agrees && parts.counted.is_positive(),
        }
        .into(),
    );
    if parts.counted.is_positive() {
        decision.lines.push(status_after(context, pool, &holder, parts.counted, agreed));
    }
    let pool = pool.id;
    let paid = PoolPaid {
        money: id,
        pool,
        person,
        date,
        amount,
        fee,
        original,
        reference: text,
        counted,
        back,
        agreed,
        transaction,
    };
    decision.facts.push(paid.into());
    Ok(decision.asking(slips::question(doubts)))
}

/// The question about money that is more than its sender has pledged.
fn above_pledge(context: CommandContext, pool: &Pool, backer: &Backer, amount: Amount, parts: &Parts) -> Line {
    let money = |minor| context.books.commodity.minor(minor);
    PoolLine::AbovePledge {
        person: Name(context.books.holder_name(&backer.holder)),
        pool: Name::from(&pool.name),
        pledged: money(backer.pledge.max(backer.paid)),
        paid: Some(money(backer.paid)).filter(|paid| paid.minor.is_positive()),
        amount,
        counted: money(parts.counted),
        back: money(parts.sent - parts.counted),
        raises: pool.state == PoolState::Open,
        puts: pool.state == PoolState::Funded,
    }
    .into()
}

/// Whether a payment of somebody may count. After pledging has ended, people with an account can't agree any more.
fn may_count(context: CommandContext, pool: &Pool, person: PersonId, has_agreed: bool) -> bool {
    let can_agree = has_agreed || pool.state == PoolState::Open || !context.directory.has_account(person);
    can_agree && pool.state.on(PoolEvent::Pay).is_some()
}

/// How a pool stands after a payment.
fn status_after(context: CommandContext, pool: &Pool, holder: &Holder, counted: Minor, agreed: Option<Hash>) -> Line {
    let mut after = pool.clone();
    let backer = after.backer_mut(holder);
    backer.receive(counted, context.books.seq + 1);
    backer.agreed = backer.agreed.or(agreed);
    status(context, &after)
}

/// What somebody has pledged and not paid, even if the pledge has lapsed since. `None` if they have not pledged, so
/// that their money waits for their yes, or have no account. Only people with an account pledge themselves, and nobody
/// else raises their pledge.
fn open_pledge(context: CommandContext, backer: &Backer) -> Option<Minor> {
    let Holder::Person(person) = backer.holder else { return None };
    let pledges = backer.agreed.is_some() && context.directory.has_account(person);
    pledges.then(|| (backer.pledge - backer.paid).max(Minor::ZERO))
}

fn not_recorded_yet(context: CommandContext, pool: &Pool, person: PersonId, wanted: &str) -> Result<(), Refusal> {
    let books = context.books;
    let is_theirs = |money: &Money| {
        matches!(&money.movement, Movement::PoolPayment { pool: of, person: by, .. }
            if *of == pool.id && books.canonical_id(*by) == person)
    };
    slips::is_new(context, Some(wanted), is_theirs)
}

/// `pool topup`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopUp {
    amount: Amount,
    from: Option<String>,
    pool: PoolId,
}

/// Tops up a pool: from what the author is owed, from a fund, or with money that a backer has sent a custodian because
/// the goal was reached and the price is higher. Of the latter no more counts than was pledged.
///
/// # Errors
/// Refused if the pool is unknown or takes nothing now, if the source is unknown or has too little, if it exceeds the
/// cap, if the author is in an open batch, or if the sender is no backer.
pub fn top_up(context: CommandContext, args: TopUp) -> Result<Action, Refusal> {
    let books = context.books;
    let pool = known(context, args.pool)?;
    can(context, pool, PoolEvent::TopUp)?;
    let amount = args.amount;
    let name = || Name::from(&pool.name);
    let me = context.me()?;
    let sender = args.from.as_deref().map_or(Ok(None), |typed| sender(context, typed))?;
    let (holder, available) = match (&args.from, sender) {
        (_, Some(person)) => return sent_by(context, pool, person, amount),
        (None, None) => (Holder::Person(me), books.owed_to(me)),
        (Some(typed), None) => {
            let unknown = || TypedRefusal::UnknownFund { typed: Typed(typed.clone()), nearest: None };
            let fund = fund_called(books, typed.strip_prefix("fund:").unwrap_or(typed)).ok_or_else(unknown)?;
            let available = books.ledger.balance(LedgerAccount::Fund(fund.clone()), books.commodity);
            (Holder::Fund(fund), available)
        }
    };
    if available.minor < amount.minor {
        let (person, fund) = holder_names(context, &holder);
        return Err(match fund {
            Some(_) => MoneyRefusal::NotEnough { project: None, fund, available, amount }.into(),
            None => PoolRefusal::OwedLess { person: person.unwrap_or_else(name), owed: available, amount }.into(),
        });
    }
    if let Some(room) = pool.room_for(&holder).filter(|room| pool.state == PoolState::Open && amount.minor > *room) {
        return Err(PoolRefusal::TopUpIsTooMuch { pool: name(), room: amount.with(room) }.into());
    }
    let terms_hash = books.terms_hash(pool);
    if let Some(batch) = books.open_batch_of(me).filter(|_| holder == Holder::Person(me)) {
        return Err(MoneyRefusal::PaymentOpen { person: books.name_of(me), batch: batch.id }.into());
    }
    let has_agreed = pool.backer(&holder).is_some_and(|backer| backer.agreed.is_some());
    let to = [(books.pool_account(pool, &holder), amount)];
    let transaction = Transaction::credit(books.account_of_holder(&holder), to).map_err(|_| MoneyRefusal::TooLarge)?;
    let mut after = pool.clone();
    let backer = after.backer_mut(&holder);
    backer.receive(amount.minor, books.seq + 1);
    backer.agreed = Some(terms_hash);
    let (person, fund) = holder_names(context, &holder);
    let line = PoolLine::ToppedUp { pool: name(), amount, person: person.clone(), fund: fund.clone() }.into();
    let fact = PoolToppedUp { pool: pool.id, holder, amount, terms_hash, transaction };
    let decision = Decision::fact(fact, vec![line, status(context, &after)]);
    let mut doubts = Planned { amount, party: Party::Once, reference: None }.doubts(context);
    if !has_agreed && fund.is_none() {
        doubts.push(PoolLine::TopUpHead { pool: name(), amount, person }.into());
        doubts.extend(all_terms(context, pool));
    }
    Ok(decision.asking(slips::question(doubts)))
}

/// Money that somebody has sent to top up a pool.
fn sent_by(context: CommandContext, pool: &Pool, person: PersonId, amount: Amount) -> Result<Action, Refusal> {
    let holder = Holder::Person(person);
    let has_agreed = pool.backer(&holder).is_some_and(|backer| backer.agreed.is_some());
    if !has_agreed && context.directory.has_account(person) {
        let person = Name(context.books.holder_name(&holder));
        return Err(PoolRefusal::NotABacker { pool: Name::from(&pool.name), person }.into());
    }
    let paid =
        Paid { person, amount, pool: pool.id, date: context.moment.today, fee: None, original: None, reference: None };
    received(context, pool, paid, true)
}

/// The person that `from:` names, if it is no fund. A fund is never written with an `@`.
fn sender(context: CommandContext, typed: &str) -> Result<Option<PersonId>, Refusal> {
    let funds = context.books.funds();
    if !is_person(typed) && called(typed, funds.keys().map(|fund| (fund.as_str(), ()))).is_some() {
        return Ok(None);
    }
    match context.people().named_now(typed) {
        // No person has this name; perhaps a fund has.
        Err(Refusal::Typed(TypedRefusal::UnknownPerson { .. })) if !is_person(typed) => Ok(None),
        found => found.map(Some),
    }
}

/// `pool buy`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buy {
    cost: Amount,
    equipment: Option<EquipmentId>,
    supplier: Option<String>,
    pool: PoolId,
    date: NaiveDate,
    reference: Option<String>,
}

/// Buys what a funded pool is for. Its money becomes stakes that sum to the cost; the rest is owed back, or given to
/// maintenance if the pool says so.
///
/// # Errors
/// Refused if the pool is unknown, not funded, for a project or for another machine, or if the cost exceeds its money.
pub fn buy(context: CommandContext, args: Buy) -> Result<Action, Refusal> {
    let books = context.books;
    let pool = known(context, args.pool)?;
    let name = Name::from(&pool.name);
    let Purpose::Equipment(id) = pool.conditions.purpose else {
        return Err(PoolRefusal::PoolBuysNothing { pool: name }.into());
    };
    can(context, pool, PoolEvent::Buy)?;
    let machine = machine(context, id)?;
    let equipment = Name::from(&machine.name);
    if args.equipment.is_some_and(|named| named != id) {
        return Err(PoolRefusal::PoolIsForOther { pool: name, equipment }.into());
    }
    let has = books.commodity.minor(pool.paid());
    if args.cost.minor > has.minor {
        return Err(PoolRefusal::CostAbovePool {
            pool: name,
            has,
            missing: args.cost.with(args.cost.minor - has.minor),
        }
        .into());
    }
    let too_large = |_| MoneyRefusal::TooLarge;
    let stakes = pool.stakes(args.cost.minor, machine.terms.cap).map_err(|_| MoneyRefusal::TooLarge)?;
    let asset = LedgerAccount::Equipment(machine.name.clone());
    let mut transaction = Transaction::credit(asset, [(LedgerAccount::Custodian, args.cost)]).map_err(too_large)?;
    let money = books.money.next();
    let planned = Planned { amount: args.cost, party: Party::Once, reference: args.reference.as_deref() };
    let question = slips::question(planned.doubts(context));
    let mut decision = Decision::default();
    decision.lines.push(
        PoolLine::Bought {
            money,
            equipment,
            cost: args.cost,
            pool: name,
            supplier: args.supplier.clone(),
            date: context.moment.unless_today(args.date),
            reference: args.reference.clone(),
        }
        .into(),
    );
    let gift = pool.conditions.rest == Rest::Maintenance;
    for stake in &stakes {
        let (amount, rest) = (books.commodity.minor(stake.stake), books.commodity.minor(stake.rest));
        let rest_to =
            if gift { LedgerAccount::Fund(MAINTENANCE.to_owned()) } else { books.account_of_holder(&stake.holder) };
        let to = [(books.stake_account(machine, &stake.holder), amount), (rest_to, rest)];
        transaction =
            transaction.and(Transaction::credit(books.pool_account(pool, &stake.holder), to).map_err(too_large)?);
        let (person, fund) = holder_names(context, &stake.holder);
        let left = Some(rest).filter(|rest| rest.minor.is_positive());
        decision.lines.push(
            PoolLine::StakeGiven {
                person,
                fund,
                stake: amount,
                due: books.commodity.minor(stake.due),
                back: left.filter(|_| !gift),
                given: left.filter(|_| gift),
            }
            .into(),
        );
    }
    let supplier = args.supplier.as_deref().map(|supplier| decision.text(context.moment, supplier));
    let reference = args.reference.as_deref().map(|reference| decision.text(context.moment, reference));
    decision.lines.extend(overdrawn(books, args.cost));
    let (cost, date) = (args.cost, Some(args.date));
    let bought =
        EquipmentBought { money, pool: pool.id, equipment: id, cost, supplier, stakes, transaction, date, reference };
    decision.facts.push(bought.into());
    let rooms = context.directory.rooms_about(Topic::Pool(pool.id));
    decision.changes.extend(rooms.map(|room| DirectoryChange::Topic(room.clone(), Topic::Equipment(id))));
    Ok(decision.asking(question))
}
