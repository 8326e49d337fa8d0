//! `income record` and `income refund`.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::money::slips;
use crate::commands::money::slips::{Party, Planned};
use crate::core::books::movement::Movement;
use crate::core::budget;
use crate::core::fact::money::{IncomeRecorded, IncomeRefunded};
use crate::core::ids::{MilestoneId, MoneyId, ProjectId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::rule::bucket::Destination;
use crate::core::rule::definition::Rule;
use crate::core::split::split;
use crate::grammar::values::Fee;
use crate::message::field::Typed;
use crate::message::money::{MoneyLine, MoneyRefusal};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// `income record`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    amount: Option<Amount>,
    gross: Option<Amount>,
    net: Option<Amount>,
    from: String,
    project: ProjectId,
    date: NaiveDate,
    fee: Option<Fee>,
    tax: Option<Amount>,
    original: Option<Amount>,
    milestone: Option<MilestoneId>,
    reference: Option<String>,
}

/// What arrived of what was sent.
struct Arrived {
    amount: Amount,
    fee: Option<Amount>,
    gross: Option<Amount>,
}

impl Arrived {
    /// What arrived is `net:`, or `gross:` without the fee; a bare amount is what arrived as well.
    fn of(args: &Record) -> Result<Self, Refusal> {
        let less = |gross: Amount, part: Amount| gross.with(gross.minor - part.minor);
        let (amount, fee) = match (args.amount, args.gross, args.net, args.fee) {
            (None, None, None, _) => return Err(MoneyRefusal::IncomeOfWhat.into()),
            (None, Some(gross), None, Some(fee)) => {
                let fee = fee.of(gross)?;
                (less(gross, fee), Some(fee))
            }
            (None, Some(gross), Some(net), None) => (net, Some(less(gross, net))),
            (None, Some(gross), None, None) => (gross, None),
            (Some(net), None, None, None) | (None, None, Some(net), None) => (net, None),
            (Some(net), None, None, Some(Fee::Amount(fee))) | (None, None, Some(net), Some(Fee::Amount(fee))) => {
                (net, Some(fee))
            }
            (Some(_), None, None, Some(Fee::Percent(_))) | (None, None, Some(_), Some(Fee::Percent(_))) => {
                return Err(MoneyRefusal::FeeOfGross.into());
            }
            _ => return Err(MoneyRefusal::GrossOrNet.into()),
        };
        let fee = fee.filter(|fee| fee.minor != Minor::ZERO);
        let gross = fee.map(|fee| amount.with(amount.minor + fee.minor));
        if fee.is_some_and(|fee| fee.minor.is_negative() || fee.minor >= amount.minor) || !amount.minor.is_positive() {
            return Err(MoneyRefusal::FeeAboveIncome { amount: gross.unwrap_or(amount) }.into());
        }
        Ok(Self { amount, fee, gross })
    }
}

/// Records money that arrived for a project. The tax in it is set apart; the fee was deducted before it arrived.
///
/// # Errors
/// Refused if the tax is not below the amount, if the milestone is missing or another project's, or if the rule of the
/// day gives to somebody who was erased.
pub fn record(context: CommandContext, args: Record) -> Result<Action, Refusal> {
    let Arrived { amount, fee, gross } = Arrived::of(&args)?;
    let Record { from, project, date, tax, original, milestone, reference, .. } = args;
    // `1000 from Park` names Park.
    let from = from.strip_prefix("from ").map(str::to_owned).unwrap_or(from);
    let tax_minor = tax.map_or(Minor::ZERO, |tax| tax.minor);
    if tax_minor >= amount.minor {
        return Err(MoneyRefusal::TaxAboveIncome { amount }.into());
    }
    let books = context.books;
    for_a_milestone(context, project, date, milestone)?;
    pays_nobody_forgotten(context, project, date)?;
    let net = amount.with(amount.minor - tax_minor);
    let planned = Planned { amount, party: Party::Client(&from, project), reference: reference.as_deref() };
    let question = slips::question(planned.doubts(context));
    let to = [(books.project_account(project), net), (LedgerAccount::Taxes, amount.with(tax_minor))];
    let transaction = Transaction::credit(LedgerAccount::Custodian, to).map_err(|_| MoneyRefusal::TooLarge)?;
    let mut decision = Decision::default();
    let recorded = IncomeRecorded {
        money: books.money.next(),
        project,
        from: decision.text(context.moment, &from),
        date,
        amount,
        fee,
        tax,
        original,
        transaction,
        milestone,
        reference: reference.as_ref().map(|reference| decision.text(context.moment, reference)),
    };
    let waiting = books.waiting_income(project);
    decision.lines.push(
        MoneyLine::IncomeRecorded {
            money: recorded.money,
            amount,
            from,
            project: books.project_name(project),
            date: context.moment.unless_today(date),
            tax,
            fee,
            gross,
            original,
            reference,
            waiting: waiting.with(waiting.minor + net.minor),
        }
        .into(),
    );
    let recover = -books.input(project, amount).carried;
    if recover.is_positive() {
        decision
            .lines
            .push(MoneyLine::ToRecover { project: books.project_name(project), amount: amount.with(recover) }.into());
    }
    decision.facts.push(recorded.into());
    Ok(decision.asking(question))
}

/// Checks that the rule of a day gives nothing to somebody who was erased since: they can't be paid.
fn pays_nobody_forgotten(context: CommandContext, project: ProjectId, date: NaiveDate) -> Result<(), Refusal> {
    let books = context.books;
    let buckets = books.rule_on(project, date).into_iter().flat_map(|rule| &rule.buckets);
    let forgotten = buckets.filter_map(|bucket| {
        if let Destination::Person(person) = bucket.to { Some(books.canonical_id(person)) } else { None }
    });
    match forgotten.into_iter().find(|person| books.is_erased(*person)) {
        Some(person) => Err(MoneyRefusal::RuleOfForgotten { date, person: books.name_of(person) }.into()),
        None => Ok(()),
    }
}

/// Checks that an income names a milestone if the rule of its day needs one, and that the milestone is the project's.
fn for_a_milestone(
    context: CommandContext,
    project: ProjectId,
    date: NaiveDate,
    milestone: Option<MilestoneId>,
) -> Result<(), Refusal> {
    let books = context.books;
    let by_milestone = books.rule_on(project, date).is_some_and(Rule::is_budget);
    let of_project = |milestone: &&budget::Milestone| milestone.project == project;
    match milestone.and_then(|id| books.milestone(id)) {
        Some(milestone) if milestone.project != project => {
            Err(TypedRefusal::OtherProject { project: books.project_name(milestone.project) }.into())
        }
        None if by_milestone => Err(MoneyRefusal::WhichMilestone {
            milestones: books
                .milestones
                .iter()
                .filter(of_project)
                .map(|milestone| Name::from(&milestone.name))
                .collect(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// `income refund`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    income: MoneyId,
    amount: Amount,
    date: NaiveDate,
    reference: Option<String>,
}

/// Refunds a client, from project and tax in proportion to what is left of each.
///
/// # Errors
/// Refused if the movement is unknown, is not an income or was undone, or if the amount is more than what is left.
pub fn refund(context: CommandContext, args: Refund) -> Result<Action, Refusal> {
    let books = context.books;
    let money =
        books.money(args.income).ok_or_else(|| TypedRefusal::UnknownMoney { typed: Typed(args.income.to_string()) })?;
    let Movement::Income { project, net, refunded, distribution, .. } = &money.movement else {
        return Err(MoneyRefusal::NotAnIncome { money: money.id }.into());
    };
    if let Some(by) = money.undone_by {
        return Err(MoneyRefusal::UndoneAlready { money: money.id, by }.into());
    }
    let left = money.amount.minor - refunded.0.minor;
    if args.amount.minor > left {
        return Err(MoneyRefusal::RefundAboveIncome { money: money.id, left: args.amount.with(left) }.into());
    }
    let net_left = net.minor - refunded.1.minor;
    let parts = split(args.amount.minor, &[i128::from(net_left), i128::from(left - net_left)])
        .map_err(|_| MoneyRefusal::TooLarge)?;
    let (net, tax) = (args.amount.with(parts[0]), args.amount.with(parts[1]));
    let transaction = Transaction::credit(
        LedgerAccount::Custodian,
        [(books.project_account(*project), net), (LedgerAccount::Taxes, tax)],
    )
    .map_err(|_| MoneyRefusal::TooLarge)?;
    let party = Party::Refunded(money.id);
    let planned = Planned { amount: args.amount, party, reference: args.reference.as_deref() };
    let question = slips::question(planned.doubts(context));
    let mut decision = Decision::default();
    let refunded = IncomeRefunded {
        money: books.money.next(),
        income: money.id,
        amount: args.amount,
        net,
        transaction: transaction.reversed(),
        date: Some(args.date),
        reference: args.reference.as_ref().map(|reference| decision.text(context.moment, reference)),
    };
    decision.lines.push(
        MoneyLine::IncomeRefunded {
            money: refunded.money,
            amount: args.amount,
            income: money.id,
            project: books.project_name(*project),
            tax: Some(tax).filter(|tax| tax.minor.is_positive()),
            date: context.moment.unless_today(args.date),
            reference: args.reference,
        }
        .into(),
    );
    // An income that waits is only less; one that was shared is missing.
    let missing = if distribution.is_some() { net.minor } else { Minor::ZERO };
    let recover = missing - books.input(*project, args.amount).carried;
    if recover.is_positive() {
        let (project, amount) = (books.project_name(*project), args.amount.with(recover));
        decision.lines.push(MoneyLine::ToRecover { project, amount }.into());
    }
    decision.facts.push(refunded.into());
    Ok(decision.asking(question))
}
