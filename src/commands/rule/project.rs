//! `project ...` and `rate set`: what people work on, by which rule, at which rates.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::{Nothing, Scene};
use crate::commands::decision::Decision;
use crate::commands::rule::agree;
use crate::commands::rule::agree::rule_lines;
use crate::core::books::project::Project;
use crate::core::contribution::Contribution;
use crate::core::entry::Fact;
use crate::core::fact::people::{Role, RoleGranted};
use crate::core::fact::rule::{ProjectCreated, RateSet};
use crate::core::ids::{PersonId, ProjectId};
use crate::core::log::Log;
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::rule::bucket::{Destination, Lifetime};
use crate::core::rule::build::{Cut, Numbers};
use crate::core::rule::preset::{Preset, USUAL_FUNDS};
use crate::core::task::TaskState;
use crate::directory::Write;
use crate::grammar::resolve::{fund_called, is_person, looks_new};
use crate::grammar::spelling::account_name;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::refusal::Refusal;

/// The most an hour may be worth, in minor units: weights then stay far inside what `split` multiplies exactly.
const LARGEST_RATE: i64 = 1_000_000_000;

/// The first day of a rate that holds for all work so far: before any day that can be typed.
const FROM_THE_BEGINNING: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");

/// `project list`
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let books = scene.books;
    if books.projects.is_empty() {
        return Ok(Decision::reads(vec![Line::NoProjectsYet]));
    }
    let row = |(&id, project): (&ProjectId, &Project)| Line::ProjectRow {
        project: Name::from(&project.name),
        preset: Term::from(project.rule.preset.word()),
        leads: scene.names(books.holders(Role::Lead, Some(id))),
        tasks: books.tasks.iter().filter(|task| task.project == id && task.state == TaskState::Open).count(),
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
pub fn show(scene: Scene, args: One) -> Result<Decision, Refusal> {
    let books = scene.books;
    let id = args.project;
    let Some(project) = books.projects.get(&id) else { return Err(Refusal::NoProjects) };
    let mut lines = rule_lines(scene, &project.name, &project.rule);
    lines.insert(0, Line::ProjectHead { project: Name::from(&project.name), leads: scene.names(books.holders(Role::Lead, Some(id))) });
    let mut roles: Vec<(&str, Option<PersonId>)> = books.rates.iter().map(|rate| (rate.role.as_str(), rate.person)).collect();
    // A rate of somebody who is another now values what was logged before; nothing more will come under it.
    roles.retain(|(_, person)| person.is_none_or(|person| books.who(person) == person));
    roles.sort_unstable();
    roles.dedup();
    for (role, person) in roles.into_iter().filter(|_| project.rule.needs_rates()) {
        let latest = books
            .rates
            .iter()
            .filter(|rate| rate.role == role && rate.person == person && rate.from <= scene.ctx.today)
            .max_by_key(|rate| rate.from);
        lines.extend(latest.map(|rate| Line::RateRow {
            role: Name::from(role),
            person: person.map(|p| books.name_of(p)),
            per_hour: rate.per_hour,
            from: Some(rate.from).filter(|from| *from > FROM_THE_BEGINNING),
        }));
    }
    let purse = books.purse(id, books.commodity.zero());
    let some = |minor: i64| Some(books.commodity.minor(minor)).filter(|amount| amount.minor > 0);
    lines.push(Line::ProjectMoney {
        waiting: books.waiting_income(id),
        undistributed: some(purse.carried),
        recover: some(-purse.carried),
        held: some(books.held(id).minor),
    });
    Ok(Decision::reads(lines))
}

/// Hundredths of a percent as people write them: `5`, `2.5`, `33.33`.
pub fn percent_text(hundredths: i64) -> String {
    rust_decimal::Decimal::new(hundredths, 2).normalize().to_string()
}

/// Hundredths of a percent from a percentage as people write it, with or without its sign.
pub fn percent(typed: &str) -> Option<u32> {
    hundredths(typed.trim().trim_end_matches('%'))
}

/// A number as people write it, in hundredths: `1.2` is 120.
pub fn hundredths(typed: &str) -> Option<u32> {
    let number = crate::grammar::values::quantity(typed.trim()).ok()?;
    let hundredths = (number * rust_decimal::Decimal::ONE_HUNDRED).normalize();
    (hundredths.scale() == 0).then(|| u32::try_from(hundredths.mantissa()).ok()).flatten()
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
pub fn new(scene: Scene, args: New) -> Result<Decision, Refusal> {
    let books = scene.books;
    let lead = args.lead.map_or_else(|| scene.me(), Ok)?;
    if !books.is_active(lead) {
        return Err(Refusal::HasLeft { person: books.name_of(lead) });
    }
    if books.project_by_name(&args.name).is_some() {
        return Err(Refusal::ProjectExists { project: Name(args.name) });
    }
    looks_new(&args.name, books.projects.values().map(|project| project.name.as_str()))?;
    // A project has a fund of its name, which may be there already.
    if fund_called(books, &args.name).is_none() {
        new_fund(scene, &args.name)?;
    }
    let preset = args.rule.unwrap_or(Preset::Hours);
    let cuts = args.cut.as_deref().map(|cut| cuts(scene, cut)).transpose()?.unwrap_or_default();
    let numbers = Numbers { lifetime: args.lifetime, ..Numbers::default() };
    let rule = preset.rule(cuts, &numbers).map_err(|flaw| agree::flawed(&flaw, None))?;
    let id = books.next_project();
    let mut lines = vec![Line::ProjectCreated { project: Name::from(&args.name), lead: books.name_of(lead) }];
    lines.extend(rule_lines(scene, &args.name, &rule));
    if rule.needs_rates() && books.rates.is_empty() {
        lines.push(Line::SetRates);
    }
    let facts: Vec<Fact> = vec![
        ProjectCreated { project: id, name: args.name, rule_hash: rule.hash(), rule }.into(),
        RoleGranted { person: lead, role: Role::Lead, project: Some(id) }.into(),
    ];
    Ok(Decision { facts, lines, ..Decision::default() })
}

/// Reads `5% infrastructure, 10% @ana`: parts of the total for funds and people.
pub fn cuts(scene: Scene, typed: &str) -> Result<Vec<Cut>, Refusal> {
    let refusal = || Refusal::NotACut { typed: typed.to_owned() };
    let mut cuts = Vec::new();
    let mut begun = String::new();
    for part in typed.split_inclusive([',', ';']) {
        begun.push_str(part);
        // A comma before the percent sign is a decimal one: `5,5% infrastructure`.
        if !part.contains('%') {
            continue;
        }
        let cut = std::mem::take(&mut begun);
        let (percent, to) = cut.trim_end_matches([',', ';']).split_once('%').ok_or_else(refusal)?;
        let percent = crate::commands::rule::project::percent(percent).ok_or_else(refusal)?;
        let to = if is_person(to) {
            Destination::Person(scene.people().named_now(to)?)
        } else {
            Destination::Fund(match fund_called(scene.books, to) {
                Some(fund) => fund,
                None => new_fund(scene, &account_name(to).ok_or_else(refusal)?)?,
            })
        };
        cuts.push(Cut { percent, to });
    }
    if begun.trim().is_empty() { Ok(cuts) } else { Err(refusal()) }
}

/// A name that no fund has yet, nor looks like one that has.
fn new_fund(scene: Scene, name: &str) -> Result<String, Refusal> {
    looks_new(name, scene.books.funds().keys().map(String::as_str).chain(USUAL_FUNDS))?;
    Ok(name.to_owned())
}

/// `project use`: this room is about this project from now on.
pub fn bind(scene: Scene, args: One) -> Result<Decision, Refusal> {
    let write = Write::Room(scene.ctx.room.clone(), Some(args.project));
    Ok(Decision { writes: vec![write], ..Decision::reads(vec![Line::RoomBound { project: scene.books.project_name(args.project) }]) })
}

/// `rate set`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRate {
    role: String,
    amount: Amount,
    person: Option<PersonId>,
    from: Option<NaiveDate>,
}

/// Says what an hour in a role is worth from a day on: a role's first rate, where no day is said, for all work so far as
/// well. A rate can't change what work that already has one is worth.
pub fn set_rate(scene: Scene, args: SetRate) -> Result<Decision, Refusal> {
    let books = scene.books;
    if args.amount.minor > LARGEST_RATE {
        return Err(Refusal::TooMuch { most: books.commodity.minor(LARGEST_RATE) });
    }
    let is_first = args.person.is_none() && !books.rates.iter().any(|rate| rate.role == args.role);
    let from = args.from.unwrap_or(if is_first { FROM_THE_BEGINNING } else { scene.ctx.today });
    let in_role = |log: &&Log| matches!(&log.contribution, Contribution::Work { role, .. } if *role == args.role);
    let touched = books
        .logs
        .iter()
        .filter(in_role)
        .filter(|log| log.is_live() && log.date >= from && args.person.is_none_or(|person| log.rated_as == person));
    let mut newly = 0;
    let mut changed: Option<(&Log, Amount)> = None;
    for log in touched {
        match books.governing_rate(log.rated_as, &args.role, log.date) {
            // A rate of a later day, or the person's own, goes on to govern.
            Some(rate) if rate.from > from || (rate.person.is_some() && args.person.is_none()) => {}
            None => newly += 1,
            Some(rate) if rate.per_hour != args.amount && changed.is_none_or(|(latest, _)| log.date > latest.date) => {
                changed = Some((log, rate.per_hour));
            }
            Some(_) => {}
        }
    }
    if let Some((log, per_hour)) = changed {
        return Err(Refusal::RateInUse { log: log.id, per_hour, earliest: log.date.succ_opt().unwrap_or(log.date) });
    }
    let line = Line::RateSet {
        role: Name::from(&args.role),
        person: args.person.map(|person| books.name_of(person)),
        per_hour: args.amount,
        from: Some(from).filter(|from| *from > FROM_THE_BEGINNING),
        newly: Some(newly).filter(|count| *count > 0),
    };
    Ok(Decision::fact(RateSet { role: args.role, person: args.person, per_hour: args.amount, from }, vec![line]))
}
