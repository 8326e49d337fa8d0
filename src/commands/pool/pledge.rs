//! `pool ...`: crowdfunding campaigns inside the network.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::{Nothing, Scene};
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::machine::{holder_names, name_is_free, proposed_lines, terms_lines, tie};
use crate::commands::pool::deadline;
use crate::core::books::bill::{Bill, BillState};
use crate::core::entry::{EquipmentAdded, Fact, Payer, PledgeWithdrawn, Pledged, PoolCancelled, PoolOpened, Role};
use crate::core::equipment::Standing;
use crate::core::holder::Holder;
use crate::core::ids::{PersonId, PoolId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::pool::{Backer, Conditions, Event, Kind, Pool, Purpose, Rest, State};
use crate::core::rule::bucket::WHOLE;
use crate::core::split::rounded_down;
use crate::core::time::Timestamp;
use crate::directory::{Job, Topic, Write};
use crate::grammar::resolve::{called, looks_new};
use crate::grammar::spelling::account_name;
use crate::grammar::values::Pledge;
use crate::message::field::Term;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;

/// For how many days money sent by the deadline may be recorded after it, if the pool does not say.
const SETTLE_DAYS: u32 = 3;

/// The cells of a progress bar.
const CELLS: i64 = 20;

/// A pool that was named; the books have it.
pub(crate) fn known(scene: Scene<'_>, id: PoolId) -> Result<&Pool, Refusal> {
    scene.books.pool(id).ok_or_else(|| Refusal::UnknownPool { typed: id.to_string(), nearest: None })
}

/// Whether something can happen to a pool now.
pub(crate) fn can(scene: Scene, pool: &Pool, event: Event) -> Result<State, Refusal> {
    pool.state.on(event).ok_or_else(|| Refusal::PoolIs {
        pool: Name::from(&pool.name),
        closing: (pool.state == State::Closing).then_some(pool.conditions.deadline),
        open: pool.state == State::Open,
        funded: pool.state == State::Funded,
        failed: pool.state == State::Failed,
        bought: matches!(pool.state, State::Bought | State::Given),
        cancelled: pool.state == State::Cancelled,
        late: pool.state == State::Closing && scene.ctx.said_on <= pool.conditions.deadline,
    })
}

/// A part of the whole, in hundredths of a percent, as a bar of text.
pub fn bar(progress: i64) -> Name {
    let full = rounded_down(progress.clamp(0, WHOLE.into()).into(), CELLS.into(), WHOLE.into()).unwrap_or(0);
    Name((0..CELLS).map(|cell| if cell < full { '█' } else { '░' }).collect())
}

/// `pool open`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    name: String,
    goal: Amount,
    deadline: NaiveDate,
    kind: Option<Kind>,
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

/// Opens a pool: for a machine, which is planned by it, or for a project. The room becomes the pool's, if it is no other's.
pub fn open(scene: Scene, args: Open) -> Result<Decision, Refusal> {
    let books = scene.books;
    if let Some(pool) = books.pool_by_name(&args.name) {
        let open = pool.state.holds_money();
        return Err(Refusal::PoolExists { pool: Name(args.name), open, over: !open });
    }
    if args.deadline < scene.ctx.today {
        return Err(Refusal::DeadlineIsPast { deadline: args.deadline });
    }
    let kind = args.kind.unwrap_or(Kind::AllOrNothing);
    // A minimum is what must be reached where the kind knows one, and the smallest pledge elsewhere.
    let (needed, least) = match kind {
        Kind::AllOrNothing => (args.goal, args.minimum),
        Kind::KeepItAll => (args.goal.with(0), args.minimum),
        Kind::MinimumAndOptimum => (args.minimum.unwrap_or(args.goal), None),
    };
    if args.optimum.is_some() && kind != Kind::MinimumAndOptimum {
        return Err(Refusal::OptimumNotAsked);
    }
    let least_is_less = least.is_none_or(|least| least.minor <= args.goal.minor);
    let optimum_is_more = args.optimum.is_none_or(|optimum| optimum.minor >= needed.minor.max(args.goal.minor));
    if !least_is_less || needed.minor > args.goal.minor || !optimum_is_more || args.cap.is_some_and(|cap| cap.minor < args.goal.minor) {
        return Err(Refusal::GoalsDisagree { goal: args.goal });
    }
    if let Some(fund) = args.fees.as_ref().filter(|fund| !books.knows_fund(fund)) {
        return Err(Refusal::UnknownFund { typed: fund.clone(), nearest: None });
    }
    looks_new(&args.name, books.pools.iter().map(|pool| pool.name.as_str()))?;
    let id = books.next_pool();
    let mut facts: Vec<Fact> = Vec::new();
    let wanted = args.purpose.as_deref().unwrap_or(&args.name);
    let name = account_name(wanted).ok_or_else(|| Refusal::NotAName { typed: wanted.to_owned() })?;
    let projects = books.projects.iter().map(|(&id, project)| (project.name.as_str(), id));
    let project = args.purpose.as_ref().and_then(|_| called(wanted, projects));
    let machines = books.equipment.iter().map(|machine| (machine.name.as_str(), machine));
    let purpose = match (project, called(wanted, machines)) {
        (Some(project), _) => {
            let me = scene.me()?;
            if !books.has_role(me, Role::Lead, Some(project)) && !books.has_role(me, Role::Custodian, None) {
                let leads: BTreeSet<PersonId> =
                    [books.holders(Role::Lead, Some(project)), books.holders(Role::Steward, None)].concat().into_iter().collect();
                return Err(Refusal::RoleNeeded { option: None, roles: vec![Term::from(Role::Lead.word())], holders: scene.names(leads) });
            }
            Purpose::Project(project)
        }
        (None, Some(machine)) if machine.standing == Standing::Retired => {
            return Err(Refusal::NotInUse { equipment: Name::from(&machine.name), planned: false, gone: true });
        }
        (None, Some(machine)) => Purpose::Equipment(machine.id),
        (None, None) => {
            name_is_free(scene, &name)?;
            let equipment = books.next_equipment();
            facts.push(EquipmentAdded { equipment, party: books.next_person(), name: name.clone(), planned: true }.into());
            Purpose::Equipment(equipment)
        }
    };
    let settle = args.settle.unwrap_or(SETTLE_DAYS);
    let closes = books.start_of(args.deadline.succ_opt().ok_or(Refusal::TooLarge)?);
    let last_day = args.deadline.checked_add_days(Days::new(u64::from(settle) + 1)).ok_or(Refusal::TooLarge)?;
    let conditions = Conditions {
        purpose,
        kind,
        goal: args.goal,
        needed,
        optimum: args.optimum,
        cap: args.cap,
        least,
        deadline: args.deadline,
        closes,
        settles: books.start_of(last_day),
        term: args.term.filter(|days| *days > 0),
        fees: args.fees,
        rest: args.rest.unwrap_or_default(),
    };
    let job = |due_at, command: &str| {
        let options = BTreeMap::from([("pool".to_owned(), args.name.clone())]);
        Write::Job(Job::once(&scene.ctx.seed, due_at, format!("{command} {id}"), command, options, scene.ctx.room.clone()))
    };
    let mut writes = vec![job(conditions.closes, "pool close"), job(conditions.settles, "pool settle")];
    let tied = tie(scene, Topic::Pool(id));
    // Where another pool goes on, this one has to be named.
    let pool = tied.is_none().then(|| Name::from(&args.name));
    writes.extend(tied);
    let mut lines = vec![Line::PoolOpened { pool: Name::from(&args.name) }];
    lines.extend(conditions_lines(&args.name, &conditions, &name));
    lines.push(match purpose {
        Purpose::Equipment(id) if books.bound_by_terms(id).is_empty() => Line::HowToSetTerms { equipment: Name(name), pool },
        _ => Line::HowToPledge { pool },
    });
    facts.push(PoolOpened { pool: id, name: args.name, conditions }.into());
    Ok(Decision { facts, writes, ..Decision::reads(lines) })
}

/// What a pool was opened under.
fn conditions_lines(pool: &str, conditions: &Conditions, purpose: &str) -> Vec<Line> {
    let some = |amount: Amount| Some(amount).filter(|amount| amount.minor > 0);
    let is_project = matches!(conditions.purpose, Purpose::Project(_));
    let days = |count: Option<u32>| count.and_then(|count| usize::try_from(count).ok());
    vec![Line::PoolConditions {
        pool: Name::from(pool),
        goal: conditions.goal,
        project: is_project.then(|| Name::from(purpose)),
        equipment: (!is_project).then(|| Name::from(purpose)),
        deadline: conditions.deadline,
        all: conditions.kind == Kind::AllOrNothing,
        keep: conditions.kind == Kind::KeepItAll,
        minimum: some(conditions.needed).filter(|_| conditions.kind == Kind::MinimumAndOptimum),
        optimum: conditions.optimum,
        cap: conditions.cap,
        least: conditions.least,
        term: days(conditions.term),
        fees: conditions.fees.as_ref().map(Name::from),
        gift: conditions.rest == Rest::Maintenance && !is_project,
    }]
}

pub(crate) fn purpose_name(scene: Scene, pool: &Pool) -> String {
    match pool.conditions.purpose {
        Purpose::Project(project) => scene.books.project_name(project).0,
        Purpose::Equipment(id) => scene.books.equipment(id).map_or_else(String::new, |machine| machine.name.clone()),
    }
}

/// Everything that a backer says yes to.
pub(crate) fn all_terms(scene: Scene, pool: &Pool) -> Vec<Line> {
    let books = scene.books;
    let mut lines = conditions_lines(&pool.name, &pool.conditions, &purpose_name(scene, pool));
    match pool.conditions.purpose {
        Purpose::Equipment(id) => {
            if let Some(machine) = books.equipment(id) {
                lines.extend(terms_lines(machine, &machine.terms));
                lines.extend(proposed_lines(scene, machine));
            }
        }
        Purpose::Project(id) => {
            if let Some(project) = books.projects.get(&id) {
                lines.extend(crate::commands::rule::agree::rule_lines(scene, &project.name, &project.rule));
                if !project.rule.buckets.iter().any(|bucket| bucket.takes(crate::core::contribution::Kind::Cash)) {
                    lines.push(Line::CashClaimsNothing { project: Name::from(&project.name) });
                }
            }
        }
    }
    let back = pool.conditions.kind != Kind::KeepItAll && pool.conditions.rest == Rest::Back;
    lines.push(Line::AllTerms { hash: Name(books.terms_hash(pool).short()), back });
    lines
}

/// How a pool stands: what is paid and promised, who backs it, how long it goes on.
pub fn status(scene: Scene, pool: &Pool) -> Line {
    let money = |minor| scene.books.commodity.minor(minor);
    let some = |minor| Some(money(minor)).filter(|amount| amount.minor > 0);
    let days = (pool.conditions.deadline - scene.ctx.today).num_days();
    let open = pool.state == State::Open;
    Line::PoolStatus {
        pool: Name::from(&pool.name),
        bar: bar(pool.progress()),
        percent: usize::try_from(rounded_down(pool.progress().into(), 1, 100).unwrap_or(0)).unwrap_or(0),
        paid: money(pool.paid()),
        goal: pool.conditions.goal,
        promised: some(pool.promised()),
        waiting: some(pool.waiting()),
        backers: pool.active().count(),
        days: usize::try_from(days).ok().filter(|days| open && *days > 0),
        last_day: open && days <= 0,
        closing: (pool.state == State::Closing)
            .then(|| pool.conditions.settles.with_timezone(&scene.books.timezone).date_naive().pred_opt())
            .flatten(),
        funded: pool.state == State::Funded,
        failed: pool.state == State::Failed,
        bought: pool.state == State::Bought,
        given: pool.state == State::Given,
        cancelled: pool.state == State::Cancelled,
    }
}

/// A command about one pool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    pub(crate) pool: PoolId,
}

/// `pool show`: how a pool stands, and its backers.
pub fn show(scene: Scene, args: One) -> Result<Decision, Refusal> {
    let pool = known(scene, args.pool)?;
    let mut lines = vec![status(scene, pool)];
    let backers: Vec<&Backer> = pool.backers.iter().filter(|backer| backer.paid > 0 || backer.outstanding() > 0 || backer.lapsed).collect();
    let row = |backer: &&Backer| backer_row(scene, pool, backer);
    lines.extend(list_of(ROWS, backers.len(), backers.iter().map(row)));
    Ok(Decision::reads(lines))
}

fn backer_row(scene: Scene, pool: &Pool, backer: &Backer) -> Line {
    let some = |minor| Some(scene.books.commodity.minor(minor)).filter(|amount| amount.minor > 0);
    let (person, fund) = holder_names(scene, &backer.holder);
    let by = backer.lapses.filter(|_| backer.outstanding() > 0).map(|at| last_day(scene, at));
    let back = matches!(pool.state, State::Failed | State::Cancelled);
    Line::BackerRow {
        person,
        fund,
        paid: some(backer.paid).filter(|_| !back),
        back: some(backer.paid).filter(|_| back),
        promised: some(backer.outstanding()),
        by,
        lapsed: backer.lapsed && backer.outstanding() == 0,
        waits: backer.paid > 0 && backer.agreed.is_none(),
    }
}

/// What somebody has in pools and machines, for their own statement.
pub fn own_lines(scene: Scene, me: PersonId) -> Vec<Line> {
    let books = scene.books;
    let money = |minor| books.commodity.minor(minor);
    let holder = Holder::Person(me);
    let in_pool = |pool: &Pool| {
        let backer = pool.backer(&holder).filter(|backer| pool.state.holds_money() && (backer.paid > 0 || backer.outstanding() > 0))?;
        Some(Line::MePledge {
            pool: Name::from(&pool.name),
            promised: money(backer.pledged()),
            paid: money(backer.paid),
            waits: backer.agreed.is_none(),
            by: backer.lapses.filter(|_| backer.outstanding() > 0).map(|at| last_day(scene, at)),
        })
    };
    let mut lines: Vec<Line> = books.pools.iter().filter_map(in_pool).collect();
    for machine in books.equipment.iter().filter(|machine| machine.standing == Standing::Owned) {
        lines.extend(machine.owners.iter().filter(|owner| owner.holder == holder && owner.stake > 0).map(|owner| Line::MeStake {
            equipment: Name::from(&machine.name),
            stake: money(owner.stake),
            paid: money(owner.paid),
            due: money(owner.due),
        }));
    }
    let name = |id| Name::from(books.equipment(id).map_or("", |machine| machine.name.as_str()));
    let waits = |bill: &&Bill| bill.state == BillState::Waiting && matches!(bill.payer, Payer::Person(payer) if books.who(payer) == me);
    lines.extend(books.bills.iter().filter(waits).map(|bill| Line::MeBill {
        bill: bill.id,
        equipment: name(bill.equipment),
        amount: bill.total(),
    }));
    let theirs = books.subscriptions.keys().filter(|(_, person)| *person == me);
    lines.extend(theirs.map(|(id, _)| Line::MeSubscription {
        equipment: name(*id),
        last: books.covered_until(*id, me).and_then(|until| until.pred_opt()).unwrap_or(scene.ctx.today),
    }));
    lines
}

/// `pool list`
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let pools = &scene.books.pools;
    if pools.is_empty() {
        return Ok(Decision::reads(vec![Line::NoPoolsYet]));
    }
    Ok(Decision::reads(list_of(ROWS, pools.len(), pools.iter().rev().map(|pool| status(scene, pool)))))
}

/// `pool terms`: what a backer says yes to.
pub fn terms(scene: Scene, args: One) -> Result<Decision, Refusal> {
    Ok(Decision::reads(all_terms(scene, known(scene, args.pool)?)))
}

/// `pool pledge`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PledgeTo {
    amount: Pledge,
    pool: PoolId,
}

/// Promises money to a pool, in place of what one had promised before or on top of it. It counts after a yes to the terms; what
/// does not fit is cut, after a yes as well.
pub fn pledge(scene: Scene, args: PledgeTo) -> Result<Action, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let pool = known(scene, args.pool)?;
    can(scene, pool, Event::Pledge)?;
    let holder = Holder::Person(me);
    let before = pool.backer(&holder).cloned().unwrap_or_else(|| Backer::new(holder.clone()));
    let name = || Name::from(&pool.name);
    let money = |minor| books.commodity.minor(minor);
    let wanted = args.amount.amount.minor + if args.amount.more { before.pledged() } else { 0 };
    if let Some(least) = pool.conditions.least.filter(|least| wanted < least.minor) {
        return Err(Refusal::BelowLeast { pool: name(), least });
    }
    if wanted < before.paid {
        return Err(Refusal::BelowPaid { pool: name(), paid: money(before.paid) });
    }
    let most = pool.room_for(&holder).map_or(wanted, |room| before.paid + room);
    if most <= before.paid && wanted > before.paid {
        return Err(Refusal::PoolIsFull { pool: name(), cap: pool.conditions.cap.unwrap_or(pool.conditions.goal) });
    }
    let promised = wanted.min(most);
    let no_more = before.agreed.is_some() && promised == before.pledged() && promised < wanted;
    if no_more || pool.conditions.least.is_some_and(|least| promised < least.minor) {
        return Err(Refusal::PoolIsFull { pool: name(), cap: pool.conditions.cap.unwrap_or(pool.conditions.goal) });
    }
    let cut = (promised < wanted).then(|| money(wanted));
    if before.agreed.is_some() && promised == before.pledged() && cut.is_none() {
        return Err(Refusal::PledgedAlready { pool: name(), promised: money(promised) });
    }
    let terms_hash = books.terms_hash(pool);
    let agreed = before.agreed == Some(terms_hash);
    let owed = promised > before.paid;
    // The last day counts to its end.
    let last = pool.conditions.term.filter(|_| owed).and_then(|days| scene.ctx.today.checked_add_days(Days::new(u64::from(days))));
    let lapses = last.filter(|last| *last < pool.conditions.deadline).and_then(|last| last.succ_opt()).map(|after| books.start_of(after));
    let mut after = pool.clone();
    *after.backer_mut(&holder) = Backer { promised, agreed: Some(terms_hash), lapses, lapsed: false, ..before.clone() };
    let mut lines = vec![Line::Pledged {
        person: books.name_of(me),
        pool: name(),
        promised: money(promised),
        paid: Some(money(before.paid)).filter(|paid| paid.minor > 0),
        custodians: if owed { scene.names(books.holders(Role::Custodian, None)) } else { Vec::new() },
        by: owed.then(|| last.unwrap_or(pool.conditions.deadline).min(pool.conditions.deadline)),
    }];
    lines.push(status(scene, &after));
    let mut decision = Decision::fact(Pledged { pool: pool.id, holder, promised: money(promised), terms_hash, lapses }, lines);
    if let Some(lapses) = lapses {
        decision.writes.extend(deadline::jobs(scene, pool, me, lapses));
    }
    if cut.is_some() || !agreed {
        let over = pool.paid() + pool.promised() - before.outstanding() + promised - before.paid - pool.conditions.goal.minor;
        let mut question = vec![Line::PledgeHead {
            pool: name(),
            promised: money(promised),
            cut,
            over: Some(money(over.min(promised))).filter(|over| over.minor > 0),
            returns: cap_of(scene, pool).and_then(|cap| rounded_down(promised.into(), cap.into(), WHOLE.into())).map(money),
        }];
        if !agreed {
            question.extend(all_terms(scene, pool));
        }
        question.push(Line::YesOrNo);
        return Ok(decision.asking(question));
    }
    Ok(decision.into())
}

/// How far the co-owner terms pay back what a pool buys.
fn cap_of(scene: Scene, pool: &Pool) -> Option<u32> {
    match pool.conditions.purpose {
        Purpose::Equipment(id) => scene.books.equipment(id).map(|machine| machine.terms.cap),
        Purpose::Project(_) => None,
    }
}

/// The last day before an instant.
pub fn last_day(scene: Scene, before: Timestamp) -> NaiveDate {
    (before - TimeDelta::seconds(1)).with_timezone(&scene.books.timezone).date_naive()
}

/// `pool withdraw`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    pool: PoolId,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

/// Takes one's pledge back before the pool is funded; what was paid is owed back.
pub fn withdraw(scene: Scene, args: Withdraw) -> Result<Action, Refusal> {
    let books = scene.books;
    let pool = known(scene, args.pool)?;
    let me = scene.ctx.author.person.ok_or(Refusal::JoinFirst)?;
    let person = args.person.unwrap_or(me);
    if person != me && scene.directory.has_account(person) {
        return Err(Refusal::SaysItThemselves { person: books.name_of(person) });
    }
    can(scene, pool, Event::Withdraw)?;
    let holder = Holder::Person(person);
    let backer = pool.backer(&holder).filter(|backer| backer.paid > 0 || backer.outstanding() > 0);
    let backer = backer.ok_or_else(|| Refusal::NoPledge { pool: Name::from(&pool.name), person: books.name_of(person) })?;
    let transaction = books.owed_back(pool, |backer| backer.holder == holder).map_err(|_| Refusal::TooLarge)?;
    let back = Some(books.commodity.minor(backer.paid)).filter(|back| back.minor > 0);
    let mut after = pool.clone();
    *after.backer_mut(&holder) = Backer::new(holder.clone());
    let line = Line::Withdrawn { person: books.name_of(person), pool: Name::from(&pool.name), back };
    // Withdrawing is free; but that others' pledges fail by it should be meant.
    let question = back
        .filter(|_| pool.is_reached() && !after.is_reached())
        .map(|back| vec![Line::WithdrawHead { pool: Name::from(&pool.name), back }, status(scene, &after), Line::YesOrNo]);
    let lines = vec![line, status(scene, &after)];
    let fact = PledgeWithdrawn { pool: pool.id, holder, transaction };
    Ok(Decision { by: Some(me), ..Decision::fact(fact, lines) }.asking(question))
}

/// `pool cancel`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pool: PoolId,
    reason: String,
}

/// Gives a pool up: everything that was paid is owed back.
pub fn cancel(scene: Scene, args: Cancel) -> Result<Action, Refusal> {
    let books = scene.books;
    let pool = known(scene, args.pool)?;
    can(scene, pool, Event::Cancel)?;
    let me = scene.me()?;
    let project = if let Purpose::Project(project) = pool.conditions.purpose { Some(project) } else { None };
    let roles = [(Role::Custodian, None), (Role::Steward, None)].into_iter().chain(project.map(|project| (Role::Lead, Some(project))));
    if pool.by != me && !roles.into_iter().any(|(role, project)| books.has_role(me, role, project)) {
        let holders: BTreeSet<PersonId> = std::iter::once(books.who(pool.by)).chain(books.holders(Role::Custodian, None)).collect();
        let holders = scene.names(holders);
        return Err(Refusal::RoleNeeded { option: None, roles: vec![Term::from(Role::Custodian.word())], holders });
    }
    let transaction = books.owed_back(pool, |_| true).map_err(|_| Refusal::TooLarge)?;
    let back = Some(books.commodity.minor(pool.paid() + pool.waiting())).filter(|back| back.minor > 0);
    let mut decision = Decision::default();
    let reason = decision.text(scene.ctx, &args.reason);
    let line = |asked| Line::PoolCancelled { pool: Name::from(&pool.name), back, reason: args.reason.clone(), asked, done: !asked };
    decision.lines.push(line(false));
    decision.facts.push(PoolCancelled { pool: pool.id, reason, transaction }.into());
    Ok(decision.asking(vec![line(true), Line::YesOrNo]))
}
