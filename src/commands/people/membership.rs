//! Joining and leaving, the list of people, and roles.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::commands::page::{has_words, page_of};
use crate::commands::rule::lines::in_words;
use crate::core::books::person::Person;
use crate::core::books::state::Books;
use crate::core::entry::Fact;
use crate::core::fact::people::{PersonAdded, PersonLeft, PersonReturned, Role, RoleGranted, RoleRevoked};
use crate::core::ids::{Hash, PersonId, ProjectId};
use crate::core::ledger::LedgerAccount;
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::task::TaskState;
use crate::directory::DirectoryChange;
use crate::grammar::spelling::handle_of;
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::people::{PeopleLine, PeopleRefusal, PersonMark};
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// A handle for somebody called `name` that can't be mistaken for another handle, a number or a word of a command. If
/// it is not the name, the line says why.
pub fn fresh_handle(context: CommandContext, name: &str, person: PersonId) -> (String, Option<Line>) {
    let books = context.books;
    let Some(wanted) = handle_of(name).filter(|name| !Books::is_number(name)) else {
        let handle = books.new_ledger_name(person);
        let line = PeopleLine::HandleIsNumber { person: Name::from(&handle) }.into();
        return (handle, Some(line));
    };
    // The new handle has the letters of the one that it resembles, so that people who can type that can type both.
    let like = books.looks_like(&wanted).map(|like| {
        // Old journals have handles of erased people, which must not be shown.
        if books.is_erased(like) { wanted.clone() } else { books.handle_of_id(like).to_owned() }
    });
    if like.is_none() && !context.catalog.has_meaning(&wanted) {
        return (wanted, None);
    }
    let base = like.as_ref().unwrap_or(&wanted);
    let free = (2_u64..).map(|number| format!("{base}-{number}")).find(|handle| books.looks_like(handle).is_none());
    // Not reached: there are more numbers than people.
    let handle = free.unwrap_or_else(|| books.new_ledger_name(person));
    let shown = Name::from(&handle);
    let line = match like {
        Some(like) => PeopleLine::HandleIsLike { person: shown, like: Name(like) }.into(),
        None => PeopleLine::HandleIsWord { person: shown, word: Name(wanted) }.into(),
    };
    (handle, Some(line))
}

/// The fact about somebody new: a number, and the rules that they agreed to.
pub fn added(context: CommandContext, person: PersonId, agreed: Vec<Hash>) -> PersonAdded {
    PersonAdded { person, handle: context.books.new_ledger_name(person), agreed, marks: Vec::new() }
}

/// Their names, beside the journal.
pub fn named(person: PersonId, handle: String, name: String) -> [DirectoryChange; 2] {
    [DirectoryChange::Handle(person, handle), DirectoryChange::DisplayName(person, name)]
}

/// `join`: the author joins or returns, and is shown the rules.
///
/// # Errors
/// Refused if the author takes part already.
pub fn join(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let (books, author) = (context.books, &context.moment.author);
    let agreed: Vec<Hash> = books.projects.values().map(|project| project.rule_hash).collect();
    let mut decision = match author.person {
        Some(person) if books.is_active(person) => {
            return Err(PeopleRefusal::JoinedAlready { person: books.name_of(person) }.into());
        }
        Some(person) => {
            let line = PeopleLine::Returned { person: books.name_of(person), network: books.name.clone() }.into();
            Decision { author: Some(person), ..Decision::fact(PersonReturned { person, agreed }, vec![line]) }
        }
        None => {
            let person = books.next_person();
            let (handle, why) = fresh_handle(context, &author.name, person);
            let joined = PeopleLine::Joined { person: Name::from(&handle), network: books.name.clone() }.into();
            let mut changes = vec![DirectoryChange::Account(author.account.clone(), person)];
            changes.extend(named(person, handle, author.name.clone()));
            let lines = std::iter::once(joined).chain(why).collect();
            Decision { author: Some(person), changes, ..Decision::fact(added(context, person, agreed), lines) }
        }
    };
    if books.projects.is_empty() {
        decision.lines.push(PeopleLine::NoRulesYet.into());
    } else {
        decision.lines.push(PeopleLine::RulesAgreed.into());
        let projects = books.projects.values();
        decision.lines.extend(projects.map(|project| in_words(&project.name, &project.rule)));
    }
    Ok(decision)
}

/// `leave`: roles and tasks end; claims and what is owed stay.
///
/// # Errors
/// Refused if the author has not joined, or if the network can't do without their roles.
pub fn leave(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let me = context.me()?;
    may_go(context, me)?;
    let dropped: Vec<_> =
        context.books.tasks.iter().filter(|task| task.state == TaskState::Taken(me)).map(|task| task.id).collect();
    let claims = context.books.logs.iter().filter(|log| log.person == me && log.claims()).count();
    let owed = context.books.owed_to(me);
    let line = PeopleLine::Left {
        person: context.books.name_of(me),
        roles: roles_of(context, me),
        tasks: Some(dropped.len()).filter(|count| *count > 0),
        claims: Some(claims).filter(|count| *count > 0),
        owed: Some(owed).filter(|owed| owed.minor != Minor::ZERO),
    }
    .into();
    // Subscriptions end when somebody leaves.
    let stays = crate::commands::pool::lookup::own_lines(context, me)
        .into_iter()
        .filter(|line| !matches!(line, Line::People(PeopleLine::MeSubscription { .. })));
    let mut lines: Vec<Line> = std::iter::once(line).chain(stays).collect();
    let mut changes = Vec::new();
    if let Some((what, ends)) = crate::commands::work::timer::ended_of(context, me) {
        lines.push(PeopleLine::TimerEnded { what }.into());
        changes = ends;
    }
    Ok(Decision { changes, ..Decision::fact(PersonLeft { person: me, dropped }, lines) })
}

/// Checks that the network can do without somebody's roles.
///
/// # Errors
/// Refused for the last steward, and for the last custodian while they hold money.
pub fn may_go(context: CommandContext, person: PersonId) -> Result<(), Refusal> {
    let (books, name) = (context.books, context.books.name_of(person));
    if books.holders(Role::Steward, None) == [person] {
        return Err(PeopleRefusal::LastSteward { person: name }.into());
    }
    let held = books.ledger.balance(LedgerAccount::Custodian, books.commodity);
    if held.minor != Minor::ZERO && books.holders(Role::Custodian, None) == [person] {
        return Err(PeopleRefusal::LastCustodian { person: name, held }.into());
    }
    Ok(())
}

/// A person's roles besides affiliate, to show.
pub fn roles_of(context: CommandContext, person: PersonId) -> Vec<Term> {
    let Some(person) = context.books.people.get(&person) else { return Vec::new() };
    let role_name = |(role, project): &(Role, Option<ProjectId>)| match project {
        Some(project) => Term::of(role.word(), &context.books.project_name(*project)),
        None => Term::from(role.word()),
    };
    person.roles.iter().map(role_name).collect()
}

/// `people list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    role: Option<String>,
    what: Option<String>,
    page: Option<u32>,
}

/// Who takes part, and who did.
///
/// # Errors
/// Refused if the list ends before the page.
pub fn list(context: CommandContext, args: List) -> Result<Decision, Refusal> {
    let people = &context.books.people;
    let has_role = |person: &Person| {
        args.role.as_ref().is_none_or(|role| person.roles.iter().any(|(known, _)| known.word() == role))
    };
    let row = |(&id, person): (&PersonId, &Person)| {
        PeopleLine::PersonRow {
            person: Name::from(&person.handle),
            called: context.directory.display_name(id).filter(|name| *name != person.handle).map(str::to_owned),
            roles: roles_of(context, id),
            marks: [
                (!person.active).then_some(PersonMark::Left),
                (!context.directory.has_account(id)).then_some(PersonMark::NoAccount),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
        .into()
    };
    let rows = people.iter().filter(|(_, person)| has_role(person)).map(|person| (person.1.active, row(person)));
    let rows: Vec<(bool, Line)> = rows.filter(|(_, row)| has_words(row, args.what.as_deref())).collect();
    let count = rows.iter().filter(|(is_active, _)| *is_active).count();
    let left = Some(rows.len() - count).filter(|left| *left > 0);
    let rows: Vec<Line> = rows.into_iter().map(|(_, row)| row).collect();
    let mut lines = vec![PeopleLine::PeopleHead { count, left }.into()];
    lines.extend(page_of(args.page, rows.len(), rows.into_iter())?);
    Ok(Decision::reads(lines))
}

/// `person add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    name: String,
}

/// Adds somebody without a chat account.
///
/// # Errors
/// Refused if it is not a name.
pub fn add(context: CommandContext, args: Add) -> Result<Decision, Refusal> {
    if handle_of(&args.name).is_none() {
        return Err(TypedRefusal::NotAName { typed: Typed(args.name) }.into());
    }
    let person = context.books.next_person();
    let (handle, why) = fresh_handle(context, &args.name, person);
    let mut lines = vec![PeopleLine::PersonAdded { person: Name::from(&handle), called: args.name.clone() }.into()];
    lines.extend(why);
    let namesakes: BTreeSet<PersonId> =
        context.directory.people_called_like(&args.name).map(|person| context.books.canonical_id(person)).collect();
    if !namesakes.is_empty() {
        lines.push(PeopleLine::Namesakes { people: context.names(namesakes) }.into());
    }
    let changes = named(person, handle, args.name).into();
    Ok(Decision { changes, ..Decision::fact(added(context, person, Vec::new()), lines) })
}

/// `role grant` and `role revoke`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    person: PersonId,
    role: Role,
    project: Option<ProjectId>,
}

fn scope(context: CommandContext, args: &ChangeRole) -> Result<Option<ProjectId>, Refusal> {
    match (args.role, args.project) {
        (Role::Lead, None) if context.books.projects.len() == 1 => Ok(context.books.projects.keys().next().copied()),
        (Role::Lead, None) => Err(TypedRefusal::WhichProject {
            projects: context.books.projects.values().map(|p| Name::from(&p.name)).collect(),
        }
        .into()),
        (Role::Lead, project) => Ok(project),
        // The room's own project is no word of theirs.
        (Role::Custodian | Role::Steward, Some(project)) if !is_of_room(context, project) => {
            Err(PeopleRefusal::RoleOfNetwork { role: Term::from(args.role.word()) }.into())
        }
        (Role::Custodian | Role::Steward, _) => Ok(None),
    }
}

fn is_of_room(context: CommandContext, project: ProjectId) -> bool {
    context.moment.places.iter().any(|room| context.directory.project_of(room) == Some(project))
}

fn change(context: CommandContext, args: ChangeRole, grants: bool) -> Result<Decision, Refusal> {
    let books = context.books;
    let project = scope(context, &args)?;
    let ChangeRole { person, role, .. } = args;
    let (name, word) = (books.name_of(person), Term::from(role.word()));
    let has = books.people.get(&person).is_some_and(|p| p.roles.contains(&(role, project)));
    let of = project.map(|id| books.project_name(id));
    if grants && !books.is_active(person) {
        return Err(PeopleRefusal::HasLeft { person: name }.into());
    }
    if has == grants {
        return Err(if grants {
            PeopleRefusal::HasRole { person: name, role: word }.into()
        } else {
            PeopleRefusal::HasNoSuchRole { person: name, role: word }.into()
        });
    }
    if !grants && role == Role::Steward && books.holders(Role::Steward, None) == [person] {
        return Err(PeopleRefusal::LastSteward { person: name }.into());
    }
    let (fact, line): (Fact, Line) = if grants {
        (
            RoleGranted { person, role, project }.into(),
            PeopleLine::RoleGranted { person: name, role: word, project: of }.into(),
        )
    } else {
        (
            RoleRevoked { person, role, project }.into(),
            PeopleLine::RoleRevoked { person: name, role: word, project: of }.into(),
        )
    };
    Ok(Decision::fact(fact, vec![line]))
}

/// Grants a role.
///
/// # Errors
/// Refused if the person has left or has the role already, if a lead's project is not named, or if another role's is.
pub fn grant(context: CommandContext, args: ChangeRole) -> Result<Decision, Refusal> {
    change(context, args, true)
}

/// Takes a role away.
///
/// # Errors
/// Refused if the person does not have the role or is the last steward, or if a lead's project is not named.
pub fn revoke(context: CommandContext, args: ChangeRole) -> Result<Decision, Refusal> {
    change(context, args, false)
}
