//! `rule preview`, `estimate`: what a rule would do.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::distribution::{no_outcome, outlook_lines};
use crate::commands::rule::numbers::Terms;
use crate::core::contribution::{Contribution, ContributionKind, PLAIN_WORK};
use crate::core::distribution::run::DistributionInput;
use crate::core::ids::ProjectId;
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::split::rounded;
use crate::grammar::percent::percent_text;
use crate::grammar::values;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::money::MoneyLine;
use crate::message::refusal::Refusal;
use crate::message::rule::{EstimatedIncome, RuleLine};
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkLine;

/// `rule preview`
#[derive(Debug, Deserialize)]
pub struct Preview {
    amount: Amount,
    project: ProjectId,
    #[serde(flatten)]
    terms: Terms,
}

/// Previews an income under a preset, the open proposal or else the rule in use, and whose part would change.
///
/// # Errors
/// Refused if the project is unknown, if the preset's numbers are wrong, if a rate is missing, or if an amount is too
/// large.
pub fn preview(context: CommandContext, args: Preview) -> Result<Decision, Refusal> {
    let books = context.books;
    let Some(project) = books.projects.get(&args.project) else { return Err(TypedRefusal::NoProjects.into()) };
    let proposal = books.open_proposal(args.project);
    let typed = args.terms.rule(context)?;
    let rule = typed.as_ref().or(proposal.map(|proposal| &proposal.rule)).unwrap_or(&project.rule);
    let milestone = books.coming_milestone(args.project);
    let input = DistributionInput { income: args.amount.minor, milestone, ..DistributionInput::default() };
    let then = books.share_estimate_under(args.project, rule, input).map_err(no_outcome)?;
    let mut lines = vec![
        RuleLine::RulePreviewHead {
            income: args.amount,
            project: Name::from(&project.name),
            preset: Term::from(rule.preset.word()),
            proposal: proposal.filter(|_| typed.is_none()).map(|proposal| proposal.id),
        }
        .into(),
    ];
    lines.extend(outlook_lines(context, args.project, Some(rule), input, &then));
    if rule != &project.rule {
        let now = books.share_estimate(args.project, input, None).map_err(no_outcome)?;
        for part in &now.people {
            let (was, is) = (part.owed + part.held, then.of_person(part.to));
            if was != is {
                let (was, is) = (books.commodity.minor(was), books.commodity.minor(is));
                lines.push(
                    RuleLine::RuleChanges { person: books.name_of(part.to), was, is, less: is.minor < was.minor }
                        .into(),
                );
            }
        }
    }
    lines.push(MoneyLine::ExplainTies.into());
    Ok(Decision::reads(lines))
}

/// How a project's rule would share out a round sum now, if it can tell.
pub fn example(context: CommandContext, project: ProjectId) -> Vec<Line> {
    let books = context.books;
    let income = round_sum(context);
    let input = DistributionInput {
        income: income.minor,
        milestone: books.coming_milestone(project),
        ..DistributionInput::default()
    };
    let Ok(outcome) = books.share_estimate(project, input, None) else { return Vec::new() };
    let rule = books.projects.get(&project).map(|project| &project.rule);
    let mut lines = vec![RuleLine::RuleExample { income }.into()];
    lines.extend(outlook_lines(context, project, rule, input, &outcome));
    lines
}

/// A sum that is easy to calculate with.
fn round_sum(context: CommandContext) -> Amount {
    context.books.commodity.minor(Minor(1000 * context.books.commodity.unit()))
}

/// `estimate`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    hours: String,
    role: Option<String>,
    amount: Option<Amount>,
    project: ProjectId,
}

/// Estimates what more hours of the author would be worth: of the waiting income, else of one as large as the last that
/// was shared, else of a made-up one.
///
/// # Errors
/// Refused if the author has not joined, if the project is unknown, if the hours can't be read, if a rate is missing,
/// or if an amount is too large.
pub fn estimate(context: CommandContext, args: Estimate) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(TypedRefusal::NoProjects.into()) };
    let role = args.role.as_deref().unwrap_or(PLAIN_WORK);
    // A bare number means hours here.
    let bare = args.hours.bytes().all(|byte| byte.is_ascii_digit());
    let time = values::estimate(&if bare { format!("{}h", args.hours) } else { args.hours })?;
    let waiting = Some(books.waiting_income(args.project)).filter(|waiting| waiting.minor.is_positive());
    let last = books.distributions.iter().rev().find(|d| d.project == args.project && d.reversed_by.is_none());
    let last = last
        .map(|d| books.commodity.minor(d.incomes.iter().map(|(_, amount)| amount.minor).sum()))
        .filter(|last| last.minor.is_positive());
    let income = args.amount.or(waiting).or(last).unwrap_or_else(|| round_sum(context));
    let input = DistributionInput { income: income.minor, ..DistributionInput::default() };
    let work = Contribution::Work { minutes: time, role: role.to_owned() };
    let more = books.one_more(args.project, me, work, context.moment.today).map_err(no_outcome)?;
    let Some(more) = more else {
        return Ok(Decision::reads(vec![
            WorkLine::ClaimsNothing {
                preset: Term::from(project.rule.preset.word()),
                kind: Term::from(ContributionKind::Work.word()),
            }
            .into(),
        ]));
    };
    let before = books.share_estimate(args.project, input, None).map_err(no_outcome)?.of_person(me);
    let after = books.share_estimate(args.project, input, Some((me, more))).map_err(no_outcome)?.of_person(me);
    let money = |minor| books.commodity.minor(minor);
    let percent = |part: Minor| {
        percent_text(rounded(i128::from(part), i128::from(BasisPoints::ONE), i128::from(income.minor)).unwrap_or(0))
    };
    let basis = match (args.amount, waiting, last) {
        (None, Some(_), _) => Some(EstimatedIncome::Waiting),
        (None, None, Some(_)) => Some(EstimatedIncome::Last),
        (Some(_), ..) | (None, None, None) => None,
    };
    let line = RuleLine::Estimate {
        time,
        project: Name::from(&project.name),
        income,
        basis,
        more: money(after - before),
        before: money(before),
        after: money(after),
        before_percent: percent(before),
        after_percent: percent(after),
        per_hour: books.rate_for(me, role, context.moment.today).filter(|_| project.rule.needs_rates()),
    }
    .into();
    Ok(Decision::reads(vec![line, RuleLine::EstimateBasis.into()]))
}
