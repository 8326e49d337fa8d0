//! `pool open`, `pool cancel`: opens and cancels pools.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup::{bind_room, name_is_free};
use crate::commands::pool::lookup::{can, conditions_lines, known};
use crate::core::entry::Fact;
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::equipment::EquipmentAdded;
use crate::core::fact::people::Role;
use crate::core::fact::pool::{PoolCancelled, PoolOpened};
use crate::core::ids::{PersonId, PoolId};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::pool::{Conditions, PoolEvent, PoolKind, Purpose, Rest};
use crate::directory::{DirectoryChange, Topic};
use crate::grammar::resolve::{called, looks_new};
use crate::grammar::spelling::account_name;
use crate::job_name::JobName;
use crate::message::equipment::{EquipmentRefusal, Unusable};
use crate::message::field::{Term, Typed};
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::pool::{NamesakePool, PoolLine, PoolRefusal, Step};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;

/// How many days after the deadline money that was sent in time may be recorded, if the pool does not say.
const SETTLE_DAYS: u32 = 3;

/// `pool open`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    name: String,
    goal: Amount,
    deadline: NaiveDate,
    kind: Option<PoolKind>,
    minimum: Option<Amount>,
    optimum: Option<Amount>,
    cap: Option<Amount>,
    term: Option<u32>,
    settle: Option<u32>,
    #[serde(rename = "for")]
    purpose: Option<String>,
    fees: Option<String>,
    rest: Option<Rest>,
}

/// Opens a pool for a project or a machine; a new machine is planned by it. Binds the room to the pool if the room is
/// free.
///
/// # Errors
/// Refused if the name is taken or resembles another's, if the deadline is past or the amounts contradict each other,
/// if the fund is unknown or the machine retired, or if the author may not open a pool for the project.
pub fn open(context: CommandContext, args: Open) -> Result<Decision, Refusal> {
    let books = context.books;
    if let Some(pool) = books.pool_by_name(&args.name) {
        let state = if pool.state.holds_money() { NamesakePool::Open } else { NamesakePool::Over };
        return Err(PoolRefusal::PoolExists { pool: Name(args.name), state }.into());
    }
    if args.deadline < context.moment.today {
        return Err(PoolRefusal::DeadlineIsPast { deadline: args.deadline }.into());
    }
    let goals = Goals::of(&args)?;
    if let Some(fund) = args.fees.as_ref().filter(|fund| !books.knows_fund(fund)) {
        return Err(TypedRefusal::UnknownFund { typed: Typed(fund.clone()), nearest: None }.into());
    }
    looks_new(&args.name, books.pools.iter().map(|pool| pool.name.as_str()))?;
    let id = books.pools.next();
    let wanted = args.purpose.as_deref().unwrap_or(&args.name);
    let name = account_name(wanted).ok_or_else(|| TypedRefusal::NotAName { typed: Typed(wanted.to_owned()) })?;
    let (purpose, planned) = purpose(context, wanted, args.purpose.is_some(), &name)?;
    let settle = args.settle.unwrap_or(SETTLE_DAYS);
    let closes = books.start_of(args.deadline.succ_opt().ok_or(MoneyRefusal::TooLarge)?);
    let last_day = args.deadline.checked_add_days(Days::new(u64::from(settle) + 1)).ok_or(MoneyRefusal::TooLarge)?;
    let conditions = Conditions {
        purpose,
        kind: goals.kind,
        goal: args.goal,
        needed: goals.needed,
        optimum: args.optimum,
        cap: args.cap,
        least: goals.least,
        deadline: args.deadline,
        closes,
        settles: books.start_of(last_day),
        term: args.term.filter(|days| *days > 0),
        fees: args.fees,
        rest: args.rest.unwrap_or_default(),
    };
    let job = |due_at, name| DirectoryChange::Job(context.job(due_at, name, [("pool", args.name.clone())]));
    let mut changes =
        vec![job(conditions.closes, JobName::PoolClose(id)), job(conditions.settles, JobName::PoolSettle(id))];
    let tied = bind_room(context, Topic::Pool(id));
    // If the room is another pool's, this one has to be named.
    let pool = tied.is_none().then(|| Name::from(&args.name));
    changes.extend(tied);
    let mut lines = vec![PoolLine::PoolOpened { pool: Name::from(&args.name) }.into()];
    lines.extend(conditions_lines(&args.name, &conditions, &name));
    lines.push(match purpose {
        Purpose::Equipment(id) if books.bound_by_terms(id).is_empty() => {
            PoolLine::HowToSetTerms { equipment: Name(name), pool }.into()
        }
        _ => PoolLine::HowToPledge { pool }.into(),
    });
    let opened = PoolOpened { pool: id, name: args.name, conditions }.into();
    Ok(Decision { facts: planned.into_iter().chain([opened]).collect(), changes, ..Decision::reads(lines) })
}

/// The sums of a pool.
struct Goals {
    kind: PoolKind,
    /// The sum that it must reach.
    needed: Amount,
    /// The smallest pledge.
    least: Option<Amount>,
}

impl Goals {
    /// The sums that the arguments ask for. The minimum is the sum to reach if the kind has one, and the smallest
    /// pledge otherwise.
    fn of(args: &Open) -> Result<Self, Refusal> {
        let kind = args.kind.unwrap_or(PoolKind::AllOrNothing);
        let (needed, least) = match kind {
            PoolKind::AllOrNothing => (args.goal, args.minimum),
            PoolKind::KeepItAll => (args.goal.with(Minor::ZERO), args.minimum),
            PoolKind::MinimumAndOptimum => (args.minimum.unwrap_or(args.goal), None),
        };
        if args.optimum.is_some() && kind != PoolKind::MinimumAndOptimum {
            return Err(PoolRefusal::OptimumNotAsked.into());
        }
        let agree = least.is_none_or(|least| least.minor <= args.goal.minor)
            && needed.minor <= args.goal.minor
            && args.optimum.is_none_or(|optimum| optimum.minor >= needed.minor.max(args.goal.minor))
            && args.cap.is_none_or(|cap| cap.minor >= args.goal.minor);
        if !agree {
            return Err(PoolRefusal::GoalsDisagree { goal: args.goal }.into());
        }
        Ok(Self { kind, needed, least })
    }
}

/// What a pool of this name is for: a project if one was named, or a machine, which is planned if there is none.
fn purpose(
    context: CommandContext,
    wanted: &str,
    is_named: bool,
    name: &str,
) -> Result<(Purpose, Option<Fact>), Refusal> {
    let books = context.books;
    let projects = books.projects.iter().map(|(&id, project)| (project.name.as_str(), id));
    if let Some(project) = called(wanted, projects).filter(|_| is_named) {
        let me = context.me()?;
        if !books.has_role(me, Role::Lead, Some(project)) && !books.has_role(me, Role::Custodian, None) {
            let leads = [books.holders(Role::Lead, Some(project)), books.holders(Role::Steward, None)].concat();
            let holders = context.names(leads.into_iter().collect::<BTreeSet<PersonId>>());
            let roles = vec![Term::from(Role::Lead.word())];
            return Err(PeopleRefusal::RoleNeeded { option: None, roles, holders }.into());
        }
        return Ok((Purpose::Project(project), None));
    }
    match called(wanted, books.equipment.iter().map(|machine| (machine.name.as_str(), machine))) {
        Some(machine) if machine.standing == EquipmentStanding::Retired => {
            Err(EquipmentRefusal::NotInUse { equipment: Name::from(&machine.name), why: Unusable::Gone }.into())
        }
        Some(machine) => Ok((Purpose::Equipment(machine.id), None)),
        None => {
            name_is_free(context, name)?;
            let equipment = books.equipment.next();
            let planned =
                EquipmentAdded { equipment, party: books.next_person(), name: name.to_owned(), planned: true };
            Ok((Purpose::Equipment(equipment), Some(planned.into())))
        }
    }
}

/// `pool cancel`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pool: PoolId,
    reason: String,
}

/// Cancels a pool: everything that was paid is owed back.
///
/// # Errors
/// Refused if the pool is unknown or can't be cancelled any more, or if the author may not cancel it.
pub fn cancel(context: CommandContext, args: Cancel) -> Result<Action, Refusal> {
    let books = context.books;
    let pool = known(context, args.pool)?;
    can(context, pool, PoolEvent::Cancel)?;
    let me = context.me()?;
    let project = if let Purpose::Project(project) = pool.conditions.purpose { Some(project) } else { None };
    let roles = [(Role::Custodian, None), (Role::Steward, None)]
        .into_iter()
        .chain(project.map(|project| (Role::Lead, Some(project))));
    if pool.by != me && !roles.into_iter().any(|(role, project)| books.has_role(me, role, project)) {
        let holders: BTreeSet<PersonId> =
            std::iter::once(books.canonical_id(pool.by)).chain(books.holders(Role::Custodian, None)).collect();
        let holders = context.names(holders);
        return Err(PeopleRefusal::RoleNeeded {
            option: None,
            roles: vec![Term::from(Role::Custodian.word())],
            holders,
        }
        .into());
    }
    let transaction = books.owed_back(pool, |_| true).map_err(|_| MoneyRefusal::TooLarge)?;
    let back = Some(books.commodity.minor(pool.paid() + pool.waiting())).filter(|back| back.minor.is_positive());
    let mut decision = Decision::default();
    let reason = decision.text(context.moment, &args.reason);
    let line =
        |step| PoolLine::PoolCancelled { pool: Name::from(&pool.name), back, reason: args.reason.clone(), step }.into();
    decision.lines.push(line(Step::Done));
    decision.facts.push(PoolCancelled { pool: pool.id, reason, transaction }.into());
    Ok(decision.asking(vec![line(Step::Asked), RoomLine::YesOrNo.into()]))
}
