//! `milestone ...`: planned incomes, and the lines of work that they pay.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::budget;
use crate::core::fact::rule::{LinePlanned, MilestoneAdded};
use crate::core::ids::{MilestoneId, PersonId, ProjectId};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::grammar::resolve::looks_new;
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::rule::{RuleLine, RuleRefusal};
use crate::message::typed::TypedRefusal;

/// The largest weight of a part of a line.
const LARGEST_WEIGHT: i64 = 1_000_000_000;

/// `milestone add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    name: String,
    amount: Amount,
    project: ProjectId,
}

/// Plans an income.
///
/// # Errors
/// Refused if the name is taken or resembles another's, or if the project is unknown.
pub fn add(context: CommandContext, args: Add) -> Result<Decision, Refusal> {
    let books = context.books;
    if books.milestones.iter().any(|milestone| milestone.name == args.name) {
        return Err(RuleRefusal::MilestoneExists { milestone: Name(args.name) }.into());
    }
    looks_new(&args.name, books.milestones.iter().map(|milestone| milestone.name.as_str()))?;
    let project = books.projects.get(&args.project).ok_or(TypedRefusal::NoProjects)?;
    let (milestone, name) = (books.milestones.next(), Name::from(&args.name));
    let mut lines = vec![
        RuleLine::MilestoneAdded { milestone: name, amount: args.amount, project: Name::from(&project.name) }.into(),
    ];
    if !project.rule.is_budget() {
        lines.push(RuleLine::RuleIsOther { preset: Term::from(project.rule.preset.word()) }.into());
    }
    Ok(Decision::fact(MilestoneAdded { milestone, project: args.project, name: args.name, amount: args.amount }, lines))
}

/// `milestone line`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    milestone: MilestoneId,
    activity: String,
    amount: Amount,
    parts: Option<String>,
}

/// Plans a line of a milestone: an activity and its amount, shared by agreed parts or by the minutes logged on it.
///
/// # Errors
/// Refused if the milestone is unknown or has too little left, or if the parts can't be read.
pub fn line(context: CommandContext, args: Plan) -> Result<Decision, Refusal> {
    let books = context.books;
    let milestone = books.milestone(args.milestone).ok_or_else(|| TypedRefusal::UnknownMilestone {
        typed: Typed(args.milestone.to_string()),
        known: Vec::new(),
    })?;
    let planned: Minor = of(context, milestone.id).map(|line| line.amount.minor).sum();
    let left = milestone.amount.with(milestone.amount.minor - planned);
    if args.amount.minor > left.minor {
        return Err(RuleRefusal::MilestoneFull { milestone: Name::from(&milestone.name), left }.into());
    }
    let parts = args.parts.as_deref().map(|typed| parts(context, typed)).transpose()?.unwrap_or_default();
    let mut decision = Decision::default();
    let activity = decision.text(context.moment, &args.activity);
    let (id, given) = (books.lines.next(), Default::default());
    let line = budget::BudgetLine {
        id,
        milestone: milestone.id,
        activity,
        amount: args.amount,
        parts,
        planned: Minor::ZERO,
        given,
    };
    decision.lines.push(RuleLine::LinePlanned { milestone: Name::from(&milestone.name) }.into());
    decision.lines.push(row(context, &line, args.activity));
    decision.lines.push(RuleLine::HowToLogOnLine { line: line.id }.into());
    let budget::BudgetLine { id, milestone, activity, amount, parts, .. } = line;
    decision.facts.push(LinePlanned { line: id, milestone, activity, amount, parts }.into());
    Ok(decision)
}

fn of(context: CommandContext<'_>, milestone: MilestoneId) -> impl Iterator<Item = &budget::BudgetLine> {
    context.books.lines.iter().filter(move |line| line.milestone == milestone)
}

/// Parses `ana 60, ben 40`: people with the weights of their parts.
fn parts(context: CommandContext, typed: &str) -> Result<Vec<(PersonId, i64)>, Refusal> {
    let refusal = || RuleRefusal::NotShares { typed: Typed(typed.to_owned()) }.into();
    let mut parts: Vec<(PersonId, i64)> = Vec::new();
    for part in typed.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let (handle, weight) = part.rsplit_once(' ').ok_or_else(refusal)?;
        let person = context.people().named_now(handle)?;
        let weight = crate::grammar::percent::percent(weight)
            .map(i64::from)
            .filter(|weight| *weight <= LARGEST_WEIGHT)
            .ok_or_else(refusal)?;
        if parts.iter().any(|(other, _)| *other == person) {
            return Err(refusal());
        }
        parts.push((person, weight));
    }
    if parts.is_empty() { Err(refusal()) } else { Ok(parts) }
}

/// `milestone list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    project: ProjectId,
}

/// The milestones of a project, with their lines: planned, given, held.
///
/// # Errors
/// Never refused.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let mut lines = Vec::new();
    for milestone in context.books.milestones.iter().filter(|milestone| milestone.project == args.project) {
        lines.push(RuleLine::MilestoneRow { milestone: Name::from(&milestone.name), amount: milestone.amount }.into());
        lines.extend(of(context, milestone.id).map(|line| row(context, line, context.words(line.activity))));
    }
    if lines.is_empty() {
        lines.push(RuleLine::NoMilestones { project: context.books.project_name(args.project) }.into());
    }
    Ok(Decision::reads(lines))
}

fn row(context: CommandContext, line: &budget::BudgetLine, activity: String) -> Line {
    let books = context.books;
    let money = |minor: Minor| Some(books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
    let part = |(person, weight): &(PersonId, i64)| {
        Name(format!(
            "{} {}",
            books.name_of(books.canonical_id(*person)).0,
            crate::grammar::percent::percent_text(*weight)
        ))
    };
    RuleLine::LineRow {
        line: line.id,
        activity,
        amount: line.amount,
        parts: line.parts.iter().map(part).collect(),
        given: money(line.given()),
        held: money(line.held()),
    }
    .into()
}
