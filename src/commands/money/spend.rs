//! Money that leaves the custodian: payouts, reimbursed costs, a fund's spending.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::{Action, Decision};
use crate::commands::money::available::{overdrawn, project_money, words};
use crate::commands::money::slips::{Party, Planned};
use crate::commands::money::{payment_batch, slips};
use crate::core::books::movement::Money;
use crate::core::books::state::Books;
use crate::core::contribution::ContributionKind;
use crate::core::fact::money::{CostReimbursed, FundSpent, PaidOut};
use crate::core::ids::{BatchId, LogId, PersonId, ProjectId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::resolve::{called, fund_called, near_name};
use crate::grammar::spelling::account_name;
use crate::grammar::values::{Fee, Owed};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;

/// `payout paid`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    person: Option<PersonId>,
    amount: Option<Owed>,
    batch: Option<BatchId>,
    reference: Option<String>,
    fee: Option<Fee>,
    advance: Option<bool>,
    date: NaiveDate,
}

fn paid_from(account: LedgerAccount, amount: Amount) -> Result<Transaction, Refusal> {
    Transaction::credit(account, [(LedgerAccount::Custodian, amount)]).map_err(|_| MoneyRefusal::TooLarge.into())
}

/// Records that a person or a batch was paid; more than is owed only as an explicit advance.
///
/// # Errors
/// Refused without a person and an amount, or a batch; if the person is in an open batch or is owed less; if the fee is
/// not below the amount; or if the reference was used.
pub fn pay_out(context: CommandContext, args: Paid) -> Result<Action, Refusal> {
    let books = context.books;
    let Paid { person, amount, batch, reference, fee, advance, date } = args;
    let (person, amount) = match (person, amount, batch) {
        (None, None, Some(batch)) if reference.is_none() && fee.is_none() => {
            return payment_batch::paid(context, batch, advance == Some(true), date);
        }
        (Some(person), Some(Owed::Part(amount)), None) => (person, amount),
        (Some(person), Some(Owed::All), None) => (person, books.owed_to(person)),
        _ => return Err(MoneyRefusal::PaidWhat.into()),
    };
    if let Some(batch) = books.open_batch_of(person) {
        return Err(MoneyRefusal::PaymentOpen { person: books.name_of(person), batch: batch.id }.into());
    }
    let owed = books.owed_to(person);
    if owed.minor <= Minor::ZERO && (advance != Some(true) || !amount.minor.is_positive()) {
        return Err(MoneyRefusal::NothingOwed {
            person: books.name_of(person),
            advance: Some(-owed).filter(|advance| advance.minor.is_positive()),
        }
        .into());
    }
    if amount.minor > owed.minor && advance != Some(true) {
        return Err(MoneyRefusal::MoreThanOwed { person: books.name_of(person), owed, amount }.into());
    }
    let fee = fee.map(|fee| fee.of(amount)).transpose()?;
    if fee.is_some_and(|fee| fee.minor >= amount.minor) {
        return Err(MoneyRefusal::FeeAbovePayment { amount }.into());
    }
    slips::by_another(context, person)?;
    slips::is_new_payment(context, person, reference.as_deref())?;
    let planned = Planned { amount, party: Party::Paid(person), reference: reference.as_deref() };
    let advance = far_beyond(context, person, owed, amount);
    let question = slips::question(advance.into_iter().chain(planned.doubts(context)).collect());
    let mut decision = Decision::default();
    let text = reference.as_ref().map(|reference| decision.text(context.moment, reference));
    let paid = PaidOut {
        money: books.money.next(),
        person,
        amount,
        fee,
        reference: text,
        transaction: paid_from(books.account_of(person), amount)?,
        date: Some(date),
    };
    decision.lines.push(
        MoneyLine::Paid {
            money: paid.money,
            person: books.name_of(person),
            amount,
            fee,
            reference,
            date: context.moment.unless_today(date),
            owed: Some(owed.with(owed.minor - amount.minor)).filter(|left| left.minor >= Minor::ZERO),
            advance: Some(advance_of(owed, amount)).filter(|over| over.minor.is_positive()),
        }
        .into(),
    );
    decision.lines.extend(overdrawn(books, amount));
    decision.facts.push(paid.into());
    Ok(decision.asking(question))
}

/// How much of a payment is an advance: what it has above what is owed, and all of it if nothing is.
fn advance_of(owed: Amount, amount: Amount) -> Amount {
    amount.with(amount.minor - owed.minor.max(Minor::ZERO))
}

/// A question about an advance where nothing is owed, or with a digit more than what is owed.
fn far_beyond(context: CommandContext, person: PersonId, owed: Amount, amount: Amount) -> Option<Line> {
    let is_far = !owed.minor.is_positive() || i128::from(amount.minor) >= 10 * i128::from(owed.minor);
    let line = MoneyLine::AdvanceHead {
        person: context.books.name_of(person),
        owed: owed.with(owed.minor.max(Minor::ZERO)),
        open: Some(-owed).filter(|open| open.minor.is_positive()),
        amount,
        advance: advance_of(owed, amount),
    };
    is_far.then(|| line.into())
}

/// `expense pay`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayExpense {
    log: LogId,
    from: Option<String>,
    date: NaiveDate,
    reference: Option<String>,
}

/// Reimburses a cost at once, from its project or a fund; its claim receives as much.
///
/// # Errors
/// Refused if the log is unknown, not a cost, does not count or has nothing open, if the project or the fund has too
/// little, or if the reference was used.
pub fn pay_expense(context: CommandContext, args: PayExpense) -> Result<Action, Refusal> {
    let books = context.books;
    let log = books.log(args.log).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(args.log.to_string()) })?;
    if !matches!(log.contribution.kind(), ContributionKind::Expense | ContributionKind::Material) {
        return Err(MoneyRefusal::NotACost { log: log.id }.into());
    }
    if !log.claims() || log.is_flagged() {
        return Err(WorkRefusal::DoesNotCount { log: log.id }.into());
    }
    // A cost has a stated value and needs no rate.
    let open = books.room(log, BasisPoints::ONE).unwrap_or(Minor::ZERO);
    if open <= Minor::ZERO {
        return Err(MoneyRefusal::NothingOpen { log: log.id }.into());
    }
    let amount = books.commodity.minor(open);
    let (source, available) = source(books, args.from.as_deref(), log.project)?;
    if available.minor < amount.minor {
        let (project, fund) = words(&source);
        return Err(MoneyRefusal::NotEnough { project, fund, available, amount }.into());
    }
    slips::by_another(context, log.person)?;
    slips::is_new_payment(context, log.person, args.reference.as_deref())?;
    let person = books.name_of(log.person);
    let transaction = paid_from(source.clone(), amount)?;
    let (of_project, fund) = words(&source);
    let PayExpense { date, reference, .. } = args;
    let (money, shown) = (books.money.next(), context.moment.unless_today(date));
    let planned = Planned { amount, party: Party::Once, reference: reference.as_deref() };
    let question = slips::question(planned.doubts(context));
    let mut decision = Decision::default();
    let text = reference.as_ref().map(|reference| decision.text(context.moment, reference));
    let project = of_project;
    decision.lines.push(
        MoneyLine::Reimbursed { money, log: log.id, person, amount, project, fund, date: shown, reference }.into(),
    );
    decision.lines.extend(overdrawn(books, amount));
    let (date, reference) = (Some(date), text);
    let fact = CostReimbursed { money, log: log.id, amount, from: source, transaction, date, reference };
    decision.facts.push(fact.into());
    Ok(decision.asking(question))
}

/// The account that pays a cost, and what it has to spend: a project's by name, else a fund's. `fund:x` always means a
/// fund.
fn source(books: &Books, from: Option<&str>, project: ProjectId) -> Result<(LedgerAccount, Amount), Refusal> {
    let of_project = |id: ProjectId| (books.project_account(id), project_money(books, id));
    let Some(typed) = from else { return Ok(of_project(project)) };
    let (only_fund, name) = typed.strip_prefix("fund:").map_or((false, typed), |name| (true, name));
    let projects = books.projects.iter().map(|(&id, project)| (project.name.as_str(), id));
    match called(name, projects).filter(|_| !only_fund) {
        Some(id) => Ok(of_project(id)),
        None => {
            let name = fund_called(books, name).or_else(|| account_name(name)).unwrap_or_default();
            known_fund(books, &name).map(|amount| (LedgerAccount::Fund(name.clone()), amount))
        }
    }
}

fn known_fund(books: &Books, name: &str) -> Result<Amount, Refusal> {
    let funds = books.funds();
    let unknown = || {
        TypedRefusal::UnknownFund {
            typed: Typed(name.to_owned()),
            nearest: near_name(name, funds.keys().map(String::as_str)),
        }
        .into()
    };
    funds.get(name).copied().ok_or_else(unknown)
}

/// `fund list`
///
/// # Errors
/// Never refused.
pub fn funds(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let funds = context.books.funds();
    if funds.is_empty() {
        return Ok(Decision::reads(vec![MoneyLine::NoFunds.into()]));
    }
    Ok(Decision::reads(
        funds.into_iter().map(|(fund, amount)| MoneyLine::FundRow { fund: Name(fund), amount }.into()).collect(),
    ))
}

/// `fund show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneFund {
    fund: String,
}

/// A fund with its latest movements.
///
/// # Errors
/// Refused if the fund is unknown.
pub fn fund(context: CommandContext, args: OneFund) -> Result<Decision, Refusal> {
    let amount = known_fund(context.books, &args.fund)?;
    let account = LedgerAccount::Fund(args.fund.clone());
    let touches = |money: &&Money| money.transaction.postings().iter().any(|(posted, _)| *posted == account);
    let mut lines = vec![MoneyLine::FundRow { fund: Name(args.fund.clone()), amount }.into()];
    lines.extend(
        context
            .books
            .money
            .iter()
            .rev()
            .filter(touches)
            .take(crate::message::line::ROWS)
            .map(|money| crate::commands::money::record::row(context, money)),
    );
    Ok(Decision::reads(lines))
}

/// `fund spend`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spend {
    fund: String,
    amount: Amount,
    what: String,
    date: NaiveDate,
    reference: Option<String>,
}

/// Records that a fund's money was spent.
///
/// # Errors
/// Refused if the fund is unknown or has too little.
pub fn spend(context: CommandContext, args: Spend) -> Result<Action, Refusal> {
    let Spend { fund, amount, what, date, reference } = args;
    let available = known_fund(context.books, &fund)?;
    let account = LedgerAccount::Fund(fund.clone());
    if available.minor < amount.minor {
        return Err(MoneyRefusal::NotEnough { project: None, fund: Some(Name(fund)), available, amount }.into());
    }
    let planned = Planned { amount, party: Party::Spent(&what), reference: reference.as_deref() };
    let question = slips::question(planned.doubts(context));
    let mut decision = Decision::default();
    let spent = FundSpent {
        money: context.books.money.next(),
        fund: fund.clone(),
        amount,
        what: decision.text(context.moment, &what),
        transaction: paid_from(account, amount)?,
        date: Some(date),
        reference: reference.as_ref().map(|reference| decision.text(context.moment, reference)),
    };
    decision.lines.push(
        MoneyLine::FundSpent {
            money: spent.money,
            fund: Name(fund),
            amount,
            what,
            date: context.moment.unless_today(date),
            reference,
            left: available.with(available.minor - amount.minor),
        }
        .into(),
    );
    decision.lines.extend(overdrawn(context.books, amount));
    decision.facts.push(spent.into());
    Ok(decision.asking(question))
}
