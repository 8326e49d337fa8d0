//! `payout ...`: previews, confirms and reverses distributions.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::owners::{share_of_machines, shares_of_machines_back};
use crate::commands::money::advance::advances;
use crate::commands::money::redirect;
use crate::commands::money::second;
use crate::commands::money::second::Turn;
use crate::commands::money::undo::{taken_back, what_waits};
use crate::commands::page::{OfPage, page_of};
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::claims::{NoOutcome, Planned, ShareEstimate};
use crate::core::books::distributed::{Distribution, Reversal};
use crate::core::books::state::Books;
use crate::core::contribution::ContributionKind;
use crate::core::distribution::run::DistributionInput;
use crate::core::entry::Fact;
use crate::core::fact::equipment::Payer;
use crate::core::fact::money::{Distributed, DistributionApproved, DistributionReversed, Redirected, UndoApproved};
use crate::core::ids::{DistributionId, Hash, PersonId, ProjectId};
use crate::core::ledger::{Posting, Transaction};
use crate::core::log::Log;
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::definition::Rule;
use crate::core::split::rounded;
use crate::core::task::{Task, TaskState};
use crate::grammar::percent::percent_text;
use crate::message::field::{Term, Typed, WorkRole};
use crate::message::line::{Line, ROWS, list_of};
use crate::message::money::{MoneyLine, MoneyRefusal, ToShare, Undistributed};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;

/// `payout preview`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    amount: Option<Amount>,
    project: ProjectId,
}

/// The supposed income of a coming share if no income waits, in major units.
const SUPPOSED: i64 = 1000;

/// The waiting or a supposed income of a project, and who would get what of it; `None` if that can't be computed.
pub fn coming(context: CommandContext, project: ProjectId) -> Option<(Amount, ShareEstimate)> {
    let books = context.books;
    let waiting = books.waiting_income(project);
    let income = if waiting.minor.is_positive() { waiting } else { books.commodity.amount(SUPPOSED.into())? };
    let input = DistributionInput { milestone: books.coming_milestone(project), ..books.input(project, income) };
    Some((income, books.share_estimate(project, input, None).ok()?))
}

/// The refusal for shares that can't be computed.
pub fn no_outcome(why: NoOutcome) -> Refusal {
    match why {
        NoOutcome::Rate(missing) => {
            WorkRefusal::NoRate { role: WorkRole(missing.role.to_owned()), date: missing.date }.into()
        }
        NoOutcome::TooLarge => MoneyRefusal::TooLarge.into(),
    }
}

/// Previews what the rule would give of an income, or of the waiting ones.
///
/// # Errors
/// Refused if there is nothing to share, if a rate is missing, or if an amount is too large.
pub fn preview(context: CommandContext, args: Preview) -> Result<Decision, Refusal> {
    let books = context.books;
    let project = books.project_name(args.project);
    let Some(income) = args.amount else {
        let mut lines = Vec::new();
        let all = planned(context, args.project)?;
        if let Err(nothing @ Refusal::Money(MoneyRefusal::RecoversFirst { .. })) = given(context, args.project, &all) {
            return Err(nothing);
        }
        let mut given_on = GivenOn::new(context);
        for planned in all {
            let to_share = to_share(context, planned.input);
            let version = version_of(context, args.project, planned.version);
            lines.push(MoneyLine::PreviewHead { to_share, project: project.clone(), version }.into());
            let rule = rule_of(books, args.project, planned.version);
            let outcome = ShareEstimate::of(&planned.outcome);
            lines.extend(outlook_lines(context, args.project, rule, planned.input, &outcome));
            lines.extend(given_on.of(&outcome)?.iter().map(|redirected| redirect::row(context, redirected)));
        }
        lines.extend(what_looks_odd(context, args.project));
        return Ok(Decision::reads(lines));
    };
    let milestone = books.coming_milestone(args.project);
    let input = DistributionInput { milestone, ..books.input(args.project, income) };
    let share_estimate = books.share_estimate(args.project, input, None).map_err(no_outcome)?;
    let rule = books.projects.get(&args.project).map(|state| &state.rule);
    let to_share = to_share(context, input);
    let mut lines = vec![MoneyLine::PreviewHead { to_share, project, version: None }.into()];
    lines.extend(outlook_lines(context, args.project, rule, input, &share_estimate));
    lines.extend(what_looks_odd(context, args.project));
    Ok(Decision::reads(lines))
}

/// The version to show, if a project has had several.
pub(crate) fn version_of(context: CommandContext, project: ProjectId, version: u32) -> Option<usize> {
    let several = context.books.projects.get(&project).is_some_and(|state| state.versions.len() > 1);
    several.then(|| usize::try_from(version).unwrap_or(usize::MAX))
}

/// A version of a project's rule, counted from 1.
pub fn rule_of(books: &Books, project: ProjectId, version: u32) -> Option<&Rule> {
    let place = usize::try_from(version).ok()?.checked_sub(1)?;
    Some(&books.projects.get(&project)?.versions.get(place)?.rule)
}

/// The distributions that a confirmation would make now.
fn planned(context: CommandContext, project: ProjectId) -> Result<Vec<Planned>, Refusal> {
    let books = context.books;
    let income = books.waiting_income(project);
    if income.minor == Minor::ZERO && books.input(project, income).carried <= Minor::ZERO {
        return Err(MoneyRefusal::NothingToShare { project: books.project_name(project) }.into());
    }
    books.planned(project).map_err(no_outcome)
}

/// An estimate in lines: funds, people with their percentages, what is held, and what stays and why.
pub fn outlook_lines(
    context: CommandContext,
    project: ProjectId,
    rule: Option<&Rule>,
    input: DistributionInput,
    share_estimate: &ShareEstimate,
) -> Vec<Line> {
    let books = context.books;
    let money = |minor| books.commodity.minor(minor);
    let mut lines: Vec<Line> = from_before(context, input).into_iter().collect();
    // Percentages are of all that there is to share, and come to a hundred with what stays.
    let whole = (share_estimate.given() + share_estimate.undistributed.max(Minor::ZERO)).max(Minor(1));
    let percent = |part: Minor| {
        percent_text(rounded(i128::from(part), i128::from(BasisPoints::ONE), i128::from(whole)).unwrap_or(0))
    };
    // Without new income, only those who get something are shown.
    let counts = |part: Minor| input.income.is_positive() || part.is_positive();
    for fund in share_estimate.funds.iter().filter(|fund| counts(fund.owed)) {
        lines.push(
            MoneyLine::ShareFund { fund: Name::from(&fund.to), amount: money(fund.owed), percent: percent(fund.owed) }
                .into(),
        );
    }
    for part in share_estimate.people.iter().filter(|part| counts(part.owed + part.held)) {
        let advance =
            Some(part.owed.min(-books.owed_to(part.to).minor)).filter(|advance| advance.is_positive()).map(money);
        lines.push(
            MoneyLine::SharePerson {
                person: books.name_of(part.to),
                amount: money(part.owed + part.held),
                percent: percent(part.owed + part.held),
                held: Some(money(part.held)).filter(|held| held.minor.is_positive()),
                advance,
            }
            .into(),
        );
    }
    match share_estimate.undistributed {
        Minor(..0) => lines.push(
            MoneyLine::ToRecover { project: books.project_name(project), amount: money(-share_estimate.undistributed) }
                .into(),
        ),
        Minor(0) if !lines.is_empty() => {}
        left => {
            let for_claims = rule.is_some_and(|rule| rule.buckets.iter().any(|b| b.is_for_claims()));
            let planned = rule.is_some_and(Rule::is_budget);
            let why = if planned {
                Undistributed::Planned
            } else if for_claims && share_estimate.people.is_empty() {
                Undistributed::Nobody
            } else if rule.is_some_and(Rule::places_all) {
                Undistributed::Full
            } else {
                Undistributed::Unassigned
            };
            let project = books.project_name(project);
            lines.push(MoneyLine::Undistributed { project, amount: money(left), why }.into());
        }
    }
    lines
}

/// The tasks that were done without any work logged on them, of one project or of all.
pub fn tasks_unlogged(context: CommandContext, project: Option<ProjectId>) -> Vec<Name> {
    let logged = context.books.tasks_logged();
    let is_forgotten = |task: &&Task| {
        let is_done = matches!(task.state, TaskState::Done(_) | TaskState::Accepted(_));
        is_done && project.is_none_or(|project| task.project == project) && !logged.contains(&task.id)
    };
    context.books.tasks.iter().filter(is_forgotten).map(|task| Name(task.id.to_string())).collect()
}

/// What people should check before money is shared: flagged logs, tasks and machines that nobody logged, open bills.
fn what_looks_odd(context: CommandContext, project: ProjectId) -> Vec<Line> {
    let books = context.books;
    let mut lines = Vec::new();
    let in_doubt: Vec<Name> = books
        .logs
        .iter()
        .filter(|log| log.project == project && log.is_flagged())
        .map(|log| Name(log.id.to_string()))
        .collect();
    if !in_doubt.is_empty() {
        lines.push(MoneyLine::HeldInDoubt { logs: in_doubt }.into());
    }
    let forgotten = tasks_unlogged(context, Some(project));
    if !forgotten.is_empty() {
        lines.push(MoneyLine::LooksUnlogged { tasks: forgotten }.into());
    }
    let since =
        books.distributions.iter().rev().find(|d| d.project == project && d.reversed_by.is_none()).map(|d| d.date);
    let used = |log: &Log| {
        log.project == project
            && log.is_live()
            && log.contribution.kind() == ContributionKind::Use
            && since.is_none_or(|since| log.date >= since)
    };
    let machines = crate::commands::work::log::for_projects(context);
    if let Some(one) = machines.first().cloned()
        && !books.logs.iter().any(used)
    {
        lines.push(MoneyLine::NoUseLogged { equipment: machines, project: books.project_name(project), one }.into());
    }
    let waits = |bill: &&Bill| bill.state == BillState::Waiting && bill.payer == Payer::Project(project);
    let bills: Vec<&Bill> = books.bills.iter().filter(waits).collect();
    if !bills.is_empty() {
        lines.push(
            MoneyLine::BillsOfProject {
                project: books.project_name(project),
                amount: books.commodity.minor(bills.iter().map(|bill| bill.total().minor).sum()),
                bills: bills.iter().map(|bill| Name(bill.id.to_string())).collect(),
            }
            .into(),
        );
    }
    lines.push(MoneyLine::ExplainTies.into());
    lines
}

/// What distributions would give out.
///
/// # Errors
/// [`MoneyRefusal::RecoversFirst`] or [`MoneyRefusal::NobodyToShareWith`] if that is nothing.
fn given(context: CommandContext, project: ProjectId, all: &[Planned]) -> Result<Minor, Refusal> {
    let given: Minor = all.iter().flat_map(|planned| &planned.outcome.shares).map(|share| share.placed).sum();
    let left = all.last().map_or(Minor::ZERO, |planned| planned.outcome.undistributed);
    let (project, money) = (context.books.project_name(project), |minor| context.books.commodity.minor(minor));
    match given {
        Minor::ZERO if left.is_positive() => {
            Err(MoneyRefusal::NobodyToShareWith { project, undistributed: money(left) }.into())
        }
        Minor::ZERO => Err(MoneyRefusal::RecoversFirst { project, amount: money(-left) }.into()),
        given => Ok(given),
    }
}

/// What a distribution begins with, so that its lines can be added up.
fn to_share(context: CommandContext, input: DistributionInput) -> ToShare {
    match input.income {
        Minor::ZERO => ToShare::Left,
        income => ToShare::Income(context.books.commodity.minor(income)),
    }
}

/// A line about the account besides the income: what is left from before, to be recovered first, or spent already.
pub(crate) fn from_before(context: CommandContext, input: DistributionInput) -> Option<Line> {
    let some = |minor: Minor| Some(context.books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
    let (carried, recovered, spent) = (some(input.carried), some(input.income.min(-input.carried)), some(input.spent));
    (carried.is_some() || recovered.is_some() || spent.is_some())
        .then_some(MoneyLine::FromBefore { carried, recovered, spent }.into())
}

/// `payout confirm`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    project: ProjectId,
}

/// Shares the waiting incomes, in a separate distribution for each version of the rule. Above the network's threshold,
/// two people must confirm the same outcome.
///
/// # Errors
/// Refused if there is nothing to share or nobody to share with, if a rate is missing, or if a second person must
/// confirm.
pub fn confirm(context: CommandContext, args: Confirm) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(TypedRefusal::NoProjects.into()) };
    let name = books.project_name(args.project);
    let all = planned(context, args.project)?;
    let given = given(context, args.project, &all)?;
    let mut question = Vec::new();
    let mut said = Vec::new();
    let mut facts: Vec<Distributed> = Vec::new();
    let mut given_on = GivenOn::new(context);
    for planned in all {
        let Some(rule) = rule_of(books, args.project, planned.version) else {
            return Err(TypedRefusal::NoProjects.into());
        };
        let share_estimate = ShareEstimate::of(&planned.outcome);
        let (word, version) = (Term::from(rule.preset.word()), version_of(context, args.project, planned.version));
        let redirected = given_on.of(&share_estimate)?;
        let mut rows = outlook_lines(context, args.project, Some(rule), planned.input, &share_estimate);
        rows.extend(redirected.iter().map(|redirected| redirect::row(context, redirected)));
        let to_share = to_share(context, planned.input);
        let project = name.clone();
        let head = MoneyLine::ConfirmHead {
            to_share: to_share.clone(),
            project: project.clone(),
            rule: word.clone(),
            version,
        };
        question.push(head.into());
        question.extend(rows.iter().cloned());
        let number = u32::try_from(facts.len()).unwrap_or(u32::MAX);
        let distribution = DistributionId(books.distributions.next().0.saturating_add(number));
        said.push(MoneyLine::Distributed { distribution, to_share, project, rule: word, version }.into());
        said.extend(rows);
        facts.push(Distributed {
            distribution,
            project: args.project,
            rule: rule.clone(),
            rule_hash: rule.hash(),
            transaction: transaction(context, args.project, &planned, &redirected)?,
            incomes: planned.incomes,
            carried: books.commodity.minor(planned.input.carried),
            spent: books.commodity.minor(planned.input.spent),
            shares: planned.outcome.shares,
            undistributed: books.commodity.minor(planned.outcome.undistributed),
            version: planned.version,
            redirected,
            planned: planned.outcome.planned,
            nothing_closes_nothing: true,
        });
    }
    question.extend(what_looks_odd(context, args.project));
    question.push(RoomLine::YesOrNo.into());
    if books.settings.second_person.is_some_and(|threshold| given > threshold.minor) {
        let hash = outcome_hash(&facts);
        match project.approval {
            Some((first, approved)) if approved == hash && first != me => {}
            Some((first, approved)) if approved == hash && first == me => {
                return Err(MoneyRefusal::SecondPersonNeeded { project: name }.into());
            }
            _ => {
                let fact = DistributionApproved { project: args.project, outcome: hash };
                let approved = MoneyLine::Approved { person: books.name_of(me), project: name }.into();
                return Ok(Decision::fact(fact, vec![approved]).asking(question));
            }
        }
    }
    let mut facts: Vec<Fact> = facts.into_iter().map(Into::into).collect();
    let mut machines = Vec::new();
    share_of_machines(context, &mut facts, &mut machines)?;
    question.splice(question.len() - 1..question.len() - 1, machines.iter().cloned());
    said.extend(machines);
    Ok(Decision { facts, ..Decision::reads(said) }.asking(question))
}

/// The hash of what two people approve: everything that would be given, with its receivers.
fn outcome_hash(facts: &[Distributed]) -> Hash {
    let outcome: Vec<_> = facts.iter().map(|f| (&f.shares, f.undistributed, &f.redirected)).collect();
    let text = serde_json::to_vec(&outcome).unwrap_or_default();
    Hash(Sha256::digest(text).into())
}

fn transaction(
    context: CommandContext,
    project: ProjectId,
    planned: &Planned,
    redirected: &[Redirected],
) -> Result<Transaction, Refusal> {
    let books = context.books;
    let mut to: Vec<Posting> = Vec::new();
    for share in &planned.outcome.shares {
        to.extend(
            share.owed().map(|(whose, minor)| (books.account_of_recipient(&whose), books.commodity.minor(minor))),
        );
    }
    let shared = Transaction::credit(books.project_account(project), to).map_err(|_| MoneyRefusal::TooLarge)?;
    redirected.iter().try_fold(shared, |all, redirected| Ok(all.and(redirect::transaction(context, redirected)?)))
}

/// What people redirect, one distribution after another: only what exceeds an advance, and a one-time redirect only
/// once.
struct GivenOn<'a> {
    context: CommandContext<'a>,
    owed: BTreeMap<PersonId, Minor>,
    used: Vec<PersonId>,
}

impl<'a> GivenOn<'a> {
    fn new(context: CommandContext<'a>) -> Self {
        Self { context, owed: BTreeMap::new(), used: Vec::new() }
    }

    fn of(&mut self, share_estimate: &ShareEstimate) -> Result<Vec<Redirected>, Refusal> {
        let books = self.context.books;
        let mut redirected = Vec::new();
        for part in &share_estimate.people {
            let owed = self.owed.entry(part.to).or_insert_with(|| books.owed_to(part.to).minor);
            let above = part.owed.min(*owed + part.owed);
            *owed += part.owed;
            let Some(redirect) = books.redirects.get(&part.to).filter(|_| above.is_positive()) else { continue };
            let over = redirect.until.is_some_and(|until| until < self.context.moment.today);
            if over || self.used.contains(&part.to) {
                continue;
            }
            let minor = redirect.percent.of(above).ok_or(MoneyRefusal::TooLarge)?;
            if minor.is_positive() {
                if redirect.until.is_none() {
                    self.used.push(part.to);
                }
                *owed -= minor;
                redirected.push(Redirected {
                    person: part.to,
                    to: redirect.to.clone(),
                    amount: books.commodity.minor(minor),
                });
            }
        }
        Ok(redirected)
    }
}

/// `payout reverse`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reverse {
    distribution: DistributionId,
    reason: String,
}

/// Reverses a distribution, every line of it; its incomes wait again. What people were paid stands. If more goes back
/// than the network's bound, two people must reverse it.
///
/// # Errors
/// Refused if the distribution is unknown or reversed already, if a second person must take it back, or if an amount is
/// too large.
pub fn reverse(context: CommandContext, args: Reverse) -> Result<Action, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let unknown = || TypedRefusal::UnknownDistribution { typed: Typed(args.distribution.to_string()) };
    let distribution = books.distribution(args.distribution).ok_or_else(unknown)?;
    if distribution.reversed_by.is_some() {
        return Err(MoneyRefusal::ReversedAlready { distribution: distribution.id }.into());
    }
    let mut decision = Decision::default();
    let reason = decision.text(context.moment, &args.reason);
    let transaction = taken_back(context, distribution)?;
    decision.lines.extend(what_waits(context, distribution, None, &transaction));
    let shares_back = shares_of_machines_back(context, distribution.id, &mut decision.facts)?;
    decision.lines.extend(advances(context, &transaction.clone().and(shares_back)));
    decision.facts.push(DistributionReversed { distribution: distribution.id, reason, transaction }.into());
    share_of_machines(context, &mut decision.facts, &mut decision.lines)?;
    let question =
        std::iter::once(MoneyLine::ReverseHead { distribution: distribution.id, reason: args.reason }.into())
            .chain(decision.lines.iter().skip(1).cloned())
            .chain([RoomLine::YesOrNo.into()]);
    let question: Vec<Line> = question.collect();
    match second::turn(context, &decision, distribution.undo_approved) {
        Turn::FirstAgain => Err(MoneyRefusal::SecondPersonReverses { distribution: distribution.id }.into()),
        Turn::First(outcome) => {
            let line = MoneyLine::ReverseApproved { person: books.name_of(me), distribution: distribution.id }.into();
            let fact = UndoApproved { money: None, outcome, distribution: Some(distribution.id), bill: None };
            Ok(Decision::fact(fact, vec![line]).asking(question))
        }
        Turn::Alone | Turn::Second => Ok(decision.asking(question)),
    }
}

/// A distribution in one line.
pub fn in_short(context: CommandContext, d: &Distribution) -> Line {
    MoneyLine::DistributionRow {
        distribution: d.id,
        date: d.date,
        project: context.books.project_name(d.project),
        amount: context.books.commodity.minor(d.shares.iter().map(|share| share.placed).sum()),
        undone: match d.reversed_by {
            Some(Reversal::Money(money)) => Some(money),
            Some(Reversal::Alone) | None => None,
        },
        reversed: d.reversed_by == Some(Reversal::Alone),
    }
    .into()
}

/// `payout list`: distributions, and what people are owed now.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: OfPage) -> Result<Decision, Refusal> {
    let books = context.books;
    let row = |d: &Distribution| in_short(context, d);
    let mut lines = page_of(args.page, books.distributions.len(), books.distributions.iter().rev().map(row))?;
    let owed = || {
        books.people.keys().map(|&person| (person, books.owed_to(person))).filter(|(_, owed)| owed.minor != Minor::ZERO)
    };
    let row = |(person, owed): (PersonId, Amount)| {
        MoneyLine::OwedRow { person: books.name_of(person), owed, advance: owed.minor.is_negative() }.into()
    };
    lines.extend(list_of(2 * ROWS, owed().count(), owed().map(row)));
    if lines.is_empty() {
        lines.push(MoneyLine::NoPayouts.into());
    }
    Ok(Decision::reads(lines))
}
