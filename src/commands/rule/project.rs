//! `project ...`: what people work on, and by which rule.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::{Action, Decision};
use crate::commands::rule::lines::rule_lines;
use crate::commands::rule::numbers;
use crate::commands::rule::numbers::{cuts, new_fund};
use crate::commands::rule::rate::FROM_THE_BEGINNING;
use crate::core::books::project::Project;
use crate::core::entry::Fact;
use crate::core::fact::people::{Role, RoleGranted};
use crate::core::fact::rule::ProjectCreated;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::rule::bucket::Lifetime;
use crate::core::rule::build::Numbers;
use crate::core::rule::preset::Preset;
use crate::core::task::TaskState;
use crate::directory::DirectoryChange;
use crate::grammar::resolve::{fund_called, looks_new};
use crate::message::field::{Term, WorkRole};
use crate::message::line::Line;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::rule::{RuleLine, RuleRefusal};
use crate::message::typed::TypedRefusal;

/// `project list`
///
/// # Errors
/// Never refused.
pub fn list(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let books = context.books;
    if books.projects.is_empty() {
        return Ok(Decision::reads(vec![RuleLine::NoProjectsYet.into()]));
    }
    let row = |(&id, project): (&ProjectId, &Project)| {
        RuleLine::ProjectRow {
            project: Name::from(&project.name),
            preset: Term::from(project.rule.preset.word()),
            leads: context.names(books.holders(Role::Lead, Some(id))),
            tasks: books.tasks.iter().filter(|task| task.project == id && task.state == TaskState::Open).count(),
        }
        .into()
    };
    Ok(Decision::reads(books.projects.iter().map(row).collect()))
}

/// A command about one project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    project: ProjectId,
}

/// `project show`: its rule, its rates, its money.
///
/// # Errors
/// Refused if the project is unknown.
pub fn show(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let books = context.books;
    let id = args.project;
    let Some(project) = books.projects.get(&id) else { return Err(TypedRefusal::NoProjects.into()) };
    let mut lines = rule_lines(context, &project.name, &project.rule);
    lines.insert(
        0,
        RuleLine::ProjectHead {
            project: Name::from(&project.name),
            leads: context.names(books.holders(Role::Lead, Some(id))),
        }
        .into(),
    );
    let mut roles: Vec<(&str, Option<PersonId>)> =
        books.rates.iter().map(|rate| (rate.role.as_str(), rate.person)).collect();
    // The rate of a merged person values only earlier logs; nothing new will use it.
    roles.retain(|(_, person)| person.is_none_or(|person| books.canonical_id(person) == person));
    roles.sort_unstable();
    roles.dedup();
    for (role, person) in roles.into_iter().filter(|_| project.rule.needs_rates()) {
        let latest = books
            .rates
            .iter()
            .filter(|rate| rate.role == role && rate.person == person && rate.from <= context.moment.today)
            .max_by_key(|rate| rate.from);
        lines.extend(latest.map(|rate| {
            RuleLine::RateRow {
                role: WorkRole(role.to_owned()),
                person: person.map(|p| books.name_of(p)),
                per_hour: rate.per_hour,
                from: Some(rate.from).filter(|from| *from > FROM_THE_BEGINNING),
            }
            .into()
        }));
    }
    let input = books.input(id, books.commodity.zero());
    let some = |minor: Minor| Some(books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
    lines.push(
        RuleLine::ProjectMoney {
            waiting: books.waiting_income(id),
            undistributed: some(input.carried),
            recover: some(-input.carried),
            held: some(books.held(id).minor),
        }
        .into(),
    );
    Ok(Decision::reads(lines))
}

/// `project new`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    name: String,
    rule: Option<Preset>,
    lead: Option<PersonId>,
    cut: Option<String>,
    lifetime: Option<Lifetime>,
}

/// Opens a project under a rule; its author leads it if nobody else is named.
///
/// # Errors
/// Refused if the author has not joined and names no lead, if the lead has left, if the name is taken or resembles
/// another's, or if the cuts make no rule.
pub fn new(context: CommandContext, args: New) -> Result<Action, Refusal> {
    let books = context.books;
    let lead = args.lead.map_or_else(|| context.me(), Ok)?;
    if !books.is_active(lead) {
        return Err(PeopleRefusal::HasLeft { person: books.name_of(lead) }.into());
    }
    if books.project_by_name(&args.name).is_some() {
        return Err(RuleRefusal::ProjectExists { project: Name(args.name) }.into());
    }
    looks_new(&args.name, books.projects.values().map(|project| project.name.as_str()))?;
    // A project has a fund of its name, which may be there already.
    if fund_called(books, &args.name).is_none() {
        new_fund(context, &args.name)?;
    }
    let preset = args.rule.unwrap_or(Preset::Hours);
    let cuts = args.cut.as_deref().map(|cut| cuts(context, cut)).transpose()?.unwrap_or_default();
    let numbers = Numbers { lifetime: args.lifetime, ..Numbers::default() };
    let rule = preset.rule(cuts, &numbers).map_err(|flaw| numbers::flawed(&flaw, None))?;
    let question = if args.rule.is_none() { rule_in_name(&args.name) } else { None };
    let id = books.next_project();
    let mut lines =
        vec![RuleLine::ProjectCreated { project: Name::from(&args.name), lead: books.name_of(lead) }.into()];
    lines.extend(rule_lines(context, &args.name, &rule));
    if rule.needs_rates() && books.rates.is_empty() {
        lines.push(RuleLine::SetRates.into());
    }
    let facts: Vec<Fact> = vec![
        ProjectCreated { project: id, name: args.name, rule_hash: rule.hash(), rule }.into(),
        RoleGranted { person: lead, role: Role::Lead, project: Some(id) }.into(),
    ];
    Ok(Decision { facts, lines, ..Decision::default() }.asking(question))
}

/// Asks whether a name that ends in the word of a rule is meant: `forillon by hours`.
fn rule_in_name(name: &str) -> Option<Vec<Line>> {
    let ended = |preset: &Preset| name.strip_suffix(preset.word())?.strip_suffix('-').map(|rest| (*preset, rest));
    let (preset, rest) = Preset::ALL.iter().find_map(ended)?;
    let between = ["-by", "-with", "-rule", "-par", "-por", "-con"];
    let shorter = between.iter().find_map(|word| rest.strip_suffix(word)).unwrap_or(rest);
    let (project, shorter, rule) = (Name::from(name), Name::from(shorter), Term::from(preset.word()));
    Some(vec![RuleLine::NameHasRule { project, shorter, rule }.into(), RoomLine::YesOrNo.into()])
}

/// `project use`: this room is about this project from now on.
///
/// # Errors
/// Never refused.
pub fn bind(context: CommandContext, args: One) -> Result<Decision, Refusal> {
    let write = DirectoryChange::Room(context.moment.room.clone(), Some(args.project));
    Ok(Decision {
        changes: vec![write],
        ..Decision::reads(vec![RuleLine::RoomBound { project: context.books.project_name(args.project) }.into()])
    })
}
