//! News: what rooms are told unasked about campaigns, tasks and money.
//!
//! News is derived from facts: [`of`] looks at what was just journaled and decides which rooms hear of it. A room is
//! not told again what it got as an answer. What can happen twice, like reaching half of a goal, is told once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::record;
use crate::commands::pool::lookup::today;
use crate::commands::room::progress::{goes_on, progress_picture};
use crate::core::books::distributed::Distribution;
use crate::core::books::movement::{Money, Movement};
use crate::core::entry::Fact;
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::equipment::EquipmentFact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::pool::PoolFact;
use crate::core::fact::work::WorkFact;
use crate::core::ids::{EquipmentId, PoolId, ProjectId, TaskId};
use crate::core::name::Name;
use crate::core::pool::{Pool, PoolState, Purpose};
use crate::core::split::rounded_down;
use crate::core::time::{Minutes, Timestamp};
use crate::directory::{DirectoryChange, Job, RoomKey, Scope, Topic};
use crate::job_name::JobName;
use crate::message::bar;
use crate::message::equipment::EquipmentLine;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::picture::Picture;
use crate::message::pool::PoolLine;
use crate::message::refusal::Refusal;
use crate::message::summary::{NewsRange, SummaryLine, SummaryRefusal};
use crate::message::work::WorkLine;
use crate::preference::{NewsKind, Preference, PreferenceKind};
use crate::recurrence::placed;

/// The quiet time of a room after news of a campaign's progress, if it does not say.
const QUIET: Minutes = Minutes(6 * 60);

/// How many days before its last one a campaign is announced to end soon.
const SOON_DAYS: i64 = 3;

/// After how many hours the announcement of a day is dropped.
const STALE_HOURS: i64 = 12;

/// The longest quiet time of a room: 30 days.
const LONGEST_QUIET: Minutes = Minutes(30 * 24 * 60);

/// The hour at which days of a campaign are announced.
const MORNING_HOUR: u32 = 9;

/// What an item is about: rooms that are about the same hear of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About {
    Project(ProjectId),
    Pool(PoolId),
    Equipment(EquipmentId),
    Network,
}

/// A piece of news.
pub(crate) struct NewsItem {
    kind: NewsKind,
    about: About,
    lines: Vec<Line>,
    pictures: Vec<Picture>,
    /// Whether it was the answer to the command.
    is_answer: bool,
}

impl NewsItem {
    /// Starts the quiet time of the rooms that hear of a campaign.
    fn left_alone(&self, context: CommandContext) -> Vec<DirectoryChange> {
        let About::Pool(pool) = self.about else { return Vec::new() };
        let Some(pool) = context.books.pool(pool).filter(|pool| goes_on(pool)) else { return Vec::new() };
        let hears = |room: &RoomKey| wants(context, room, NewsKind::Campaign, self.about);
        rooms(context).into_iter().filter(hears).map(|room| quiet(context, pool, room)).collect()
    }

    fn answered(kind: NewsKind, about: About, line: Line) -> Self {
        Self { kind, about, lines: vec![line], pictures: Vec::new(), is_answer: true }
    }
}

/// The news of facts that were just journaled, with the changes to store. The room `told` has its answer already. Each
/// room gets one message.
pub fn of(context: CommandContext, facts: &[Fact], told: Option<&RoomKey>) -> (Vec<Notice>, Vec<DirectoryChange>) {
    let (mut notices, mut changes): (Vec<Notice>, Vec<DirectoryChange>) = (Vec::new(), Vec::new());
    for fact in facts {
        if let Some(item) = item(context, fact) {
            changes.extend(item.left_alone(context));
            notices.extend(notices_of(context, &item, told));
        }
        if let Fact::Pool(fact) = fact
            && let Some(pool) = fact.carried().pool().and_then(|pool| context.books.pool(pool))
        {
            let (more, kept) = after_pool_fact(context, fact, pool);
            notices.extend(more);
            changes.extend(kept);
        }
    }
    let mut together: Vec<Notice> = Vec::new();
    for notice in notices {
        match together.iter_mut().find(|known| known.room == notice.room) {
            Some(known) => {
                known.lines.extend(notice.lines);
                known.pictures.extend(notice.pictures);
            }
            None => together.push(notice),
        }
    }
    (together, changes)
}

/// The notices and changes for a pool's calendar and progress after a fact about it.
fn after_pool_fact(context: CommandContext, fact: &PoolFact, pool: &Pool) -> (Vec<Notice>, Vec<DirectoryChange>) {
    match fact {
        PoolFact::PoolOpened(_) => (Vec::new(), calendar(context, pool)),
        // A pledge agrees to the terms, so that earlier payments count.
        PoolFact::PoolPaid(_) | PoolFact::PoolToppedUp(_) | PoolFact::Pledged(_) => progress(context, pool),
        PoolFact::PledgeWithdrawn(_)
        | PoolFact::PledgeLapsed(_)
        | PoolFact::PoolClosed(_)
        | PoolFact::PoolSettled(_)
        | PoolFact::PoolGiven(_)
        | PoolFact::PoolCancelled(_) => (Vec::new(), Vec::new()),
    }
}

/// The news of a fact.
fn item(context: CommandContext, fact: &Fact) -> Option<NewsItem> {
    match fact {
        Fact::Work(fact) => item_of_work(context, fact),
        Fact::Money(fact) => item_of_money(context, fact),
        Fact::Pool(fact) => item_of_pool(context, fact),
        Fact::Equipment(fact) => item_of_equipment(context, fact),
        Fact::People(_) | Fact::Rule(_) => None,
    }
}

fn item_of_work(context: CommandContext, fact: &WorkFact) -> Option<NewsItem> {
    let books = context.books;
    let task = |id: TaskId| books.task(id);
    let of_task = |id: TaskId, line: &dyn Fn(String) -> Line| {
        let task = task(id)?;
        Some(NewsItem::answered(NewsKind::Tasks, About::Project(task.project), line(context.words(task.title))))
    };
    match fact {
        WorkFact::TaskOpened(f) => of_task(f.task, &|title| {
            WorkLine::TaskOpened { task: f.task, title, project: books.project_name(f.project), estimate: f.estimate }
                .into()
        }),
        WorkFact::TaskTaken(f) => of_task(f.task, &|title| {
            WorkLine::TaskTaken { task: f.task, person: books.name_of(f.person), title }.into()
        }),
        WorkFact::TaskDropped(f) => {
            let project = books.project_name(task(f.task)?.project);
            of_task(f.task, &|title| SummaryLine::NewsDropped { task: f.task, title, project: project.clone() }.into())
        }
        WorkFact::TaskDone(f) => {
            of_task(f.task, &|title| WorkLine::TaskDone { task: f.task, person: books.name_of(f.person), title }.into())
        }
        WorkFact::TaskAccepted(f) => {
            let person = task(f.task)?.state.person()?;
            of_task(f.task, &|title| {
                WorkLine::TaskAccepted { task: f.task, person: books.name_of(person), title }.into()
            })
        }
        WorkFact::Logged(_)
        | WorkFact::LogValidated(_)
        | WorkFact::ClaimsGiven(_)
        | WorkFact::GiftsSet(_)
        | WorkFact::ReceiptKept(_)
        | WorkFact::LogConfirmed(_)
        | WorkFact::LogCorrected(_)
        | WorkFact::LogUndone(_)
        | WorkFact::LogFlagged(_)
        | WorkFact::FlagKept(_)
        | WorkFact::FlagStruck(_) => None,
    }
}

fn item_of_money(context: CommandContext, fact: &MoneyFact) -> Option<NewsItem> {
    let books = context.books;
    match fact {
        MoneyFact::IncomeRecorded(f) => {
            let line = SummaryLine::NewsIncome {
                money: f.money,
                amount: f.amount,
                project: books.project_name(f.project),
                tax: f.tax,
            }
            .into();
            Some(NewsItem::answered(NewsKind::Money, About::Project(f.project), line))
        }
        MoneyFact::IncomeRefunded(f) => {
            let project = books.project_of_income(f.income)?;
            Some(NewsItem::answered(
                NewsKind::Money,
                About::Project(project),
                record::row(context, books.money(f.money)?),
            ))
        }
        MoneyFact::Distributed(f) => {
            let shared = books.distribution(f.distribution)?;
            let (line, ring) = shared_among(context, shared);
            let pictures = vec![ring];
            Some(NewsItem { pictures, ..NewsItem::answered(NewsKind::Money, About::Project(f.project), line) })
        }
        MoneyFact::DistributionReversed(f) => {
            let project = books.distribution(f.distribution)?.project;
            let line =
                SummaryLine::NewsReversed { distribution: f.distribution, project: books.project_name(project) }.into();
            Some(NewsItem::answered(NewsKind::Money, About::Project(project), line))
        }
        MoneyFact::PaidOut(f) => {
            let line =
                SummaryLine::NewsPaid { money: f.money, person: books.name_of(f.person), amount: f.amount }.into();
            Some(NewsItem::answered(NewsKind::Payments, About::Network, line))
        }
        MoneyFact::CostReimbursed(f) => {
            let money = books.money(f.money)?;
            Some(NewsItem::answered(
                NewsKind::Money,
                About::Project(project_of_cost(context, money)?),
                record::row(context, money),
            ))
        }
        MoneyFact::FundSpent(f) => {
            Some(NewsItem::answered(NewsKind::Payments, About::Network, record::row(context, books.money(f.money)?)))
        }
        MoneyFact::MoneyUndone(f) => {
            let undone = books.money(f.undone)?;
            let of_project =
                books.project_of_income(f.undone).or_else(|| project_of_cost(context, undone)).map(About::Project);
            let (kind, about) =
                of_project.map_or((NewsKind::Payments, About::Network), |about| (NewsKind::Money, about));
            let line = SummaryLine::NewsUndone { money: f.money, undone: f.undone, amount: undone.amount }.into();
            Some(NewsItem::answered(kind, about, line))
        }
        MoneyFact::CashReceived(_)
        | MoneyFact::DistributionApproved(_)
        | MoneyFact::UndoApproved(_)
        | MoneyFact::RedirectSet(_)
        | MoneyFact::BatchOpened(_)
        | MoneyFact::BatchPaid(_)
        | MoneyFact::PaymentFailed(_) => None,
    }
}

fn item_of_pool(context: CommandContext, fact: &PoolFact) -> Option<NewsItem> {
    let books = context.books;
    match fact {
        PoolFact::PoolOpened(f) => {
            let line = SummaryLine::NewsPool {
                pool: Name::from(&f.name),
                goal: f.conditions.goal,
                deadline: f.conditions.deadline,
            }
            .into();
            Some(NewsItem::answered(NewsKind::Campaign, About::Pool(f.pool), line))
        }
        PoolFact::PoolSettled(f) => {
            let pool = books.pool(f.pool)?;
            let name = Name::from(&pool.name);
            let line = if f.reached {
                PoolLine::PoolFunded { pool: name, back: None }.into()
            } else {
                PoolLine::PoolFailed { pool: name, back: None }.into()
            };
            Some(NewsItem {
                pictures: vec![progress_picture(context, pool)],
                ..NewsItem::answered(NewsKind::Campaign, About::Pool(f.pool), line)
            })
        }
        PoolFact::PoolCancelled(f) => {
            let pool = Name::from(&books.pool(f.pool)?.name);
            Some(NewsItem::answered(
                NewsKind::Campaign,
                About::Pool(f.pool),
                SummaryLine::NewsCancelled { pool }.into(),
            ))
        }
        PoolFact::Pledged(_)
        | PoolFact::PledgeWithdrawn(_)
        | PoolFact::PledgeLapsed(_)
        | PoolFact::PoolPaid(_)
        | PoolFact::PoolToppedUp(_)
        | PoolFact::PoolClosed(_)
        | PoolFact::PoolGiven(_) => None,
    }
}

fn item_of_equipment(context: CommandContext, fact: &EquipmentFact) -> Option<NewsItem> {
    let books = context.books;
    match fact {
        EquipmentFact::EquipmentBought(f) => {
            let (pool, machine) = (books.pool(f.pool)?, books.equipment(f.equipment)?);
            let (equipment, pool) = (Name::from(&machine.name), Name::from(&pool.name));
            let line = SummaryLine::NewsBought { money: f.money, equipment, cost: f.cost, pool }.into();
            Some(NewsItem::answered(NewsKind::Campaign, About::Pool(f.pool), line))
        }
        EquipmentFact::HandedOver(f) => {
            let machine =
                books.equipment(f.equipment).filter(|machine| machine.standing != EquipmentStanding::Retired)?;
            let cap = crate::grammar::percent::percent_text(i64::from(machine.terms.cap));
            let line = EquipmentLine::HandedOver { equipment: Name::from(&machine.name), cap }.into();
            Some(NewsItem::answered(NewsKind::Campaign, About::Equipment(f.equipment), line))
        }
        EquipmentFact::HandOverUndone(f) => {
            let machine = books.equipment(f.equipment)?;
            let (equipment, open) = (Name::from(&machine.name), books.commodity.minor(machine.open()));
            let line = EquipmentLine::HandedBack { equipment, open }.into();
            Some(NewsItem::answered(NewsKind::Campaign, About::Equipment(f.equipment), line))
        }
        EquipmentFact::EquipmentAdded(_)
        | EquipmentFact::TermsSet(_)
        | EquipmentFact::TermsProposed(_)
        | EquipmentFact::TermsAgreed(_)
        | EquipmentFact::Certified(_)
        | EquipmentFact::StockAdded(_)
        | EquipmentFact::StockRemoved(_)
        | EquipmentFact::Billed(_)
        | EquipmentFact::BillPaid(_)
        | EquipmentFact::BillUndone(_)
        | EquipmentFact::MachineShared(_)
        | EquipmentFact::MachineShareReversed(_)
        | EquipmentFact::StakeTransferred(_)
        | EquipmentFact::EquipmentRetired(_)
        | EquipmentFact::SubscriptionStarted(_)
        | EquipmentFact::SubscriptionEnded(_) => None,
    }
}

/// The project whose cost a movement has reimbursed.
pub fn project_of_cost(context: CommandContext, money: &Money) -> Option<ProjectId> {
    if let Movement::Reimbursement { log, .. } = money.movement { Some(context.books.log(log)?.project) } else { None }
}

/// A distribution as a line and as a ring chart.
fn shared_among(context: CommandContext, shared: &Distribution) -> (Line, Picture) {
    let parts = crate::commands::room::summary::ring::parts_of(context, shared);
    let total = context.books.commodity.minor(parts.iter().map(|part| part.minor).sum());
    let given = || parts.iter().filter(|part| part.minor.is_positive());
    // A machine that claims for its co-owners is no person.
    let people =
        given().filter(|part| part.person.is_some_and(|person| context.books.people.contains_key(&person))).count();
    let funds = Some(given().filter(|part| part.person.is_none()).count()).filter(|count| *count > 0);
    let project = context.books.project_name(shared.project);
    let picture = crate::commands::room::summary::ring::ring_of(context, shared);
    (SummaryLine::NewsShared { distribution: shared.id, amount: total, project, people, funds }.into(), picture)
}

/// The notices of an item: for the rooms that want its kind, except the one that has it as its answer.
fn notices_of(context: CommandContext, item: &NewsItem, told: Option<&RoomKey>) -> Vec<Notice> {
    let hears = |room: &RoomKey| !(item.is_answer && told == Some(room)) && wants(context, room, item.kind, item.about);
    let rooms = rooms(context).into_iter().filter(hears);
    rooms
        .map(|room| Notice { room, reader: None, lines: item.lines.clone(), pictures: item.pictures.clone() })
        .collect()
}

/// All rooms that are linked, are about something or have chosen news.
pub(crate) fn rooms(context: CommandContext) -> BTreeSet<RoomKey> {
    let directory = context.directory;
    let known = directory.rooms().map(|(room, _)| room).chain(directory.rooms_with_topics());
    known.chain(directory.rooms_that_want(PreferenceKind::News)).cloned().collect()
}

/// Whether a room hears news of a kind about something.
pub(crate) fn wants(context: CommandContext, room: &RoomKey, kind: NewsKind, about: About) -> bool {
    let directory = context.directory;
    let project = directory.project_of(room);
    let topics: Vec<Topic> = directory.topics_of(room).collect();
    let is_own = match about {
        About::Project(wanted) => project == Some(wanted),
        About::Pool(pool) => {
            let buys = context.books.pool(pool).map(|pool| pool.conditions.purpose);
            let is_for = |machine: EquipmentId| buys == Some(Purpose::Equipment(machine));
            let is_for_project = |project: ProjectId| buys == Some(Purpose::Project(project));
            let of_topic = |topic: &Topic| match topic {
                Topic::Pool(own) => *own == pool,
                Topic::Equipment(own) => is_for(*own),
            };
            topics.iter().any(of_topic) || project.is_some_and(is_for_project)
        }
        About::Equipment(machine) => topics.contains(&Topic::Equipment(machine)),
        About::Network => false,
    };
    (is_own || is_about_nothing(context, room) || matches!(about, About::Network)) && hears(context, room, kind)
}

/// Whether a room is about no project, pool or machine: then it may hear of all of them.
fn is_about_nothing(context: CommandContext, room: &RoomKey) -> bool {
    context.directory.project_of(room).is_none() && context.directory.topics_of(room).next().is_none()
}

/// Whether a room hears news of a kind. By default, a room that is about something hears of campaigns and money.
pub(crate) fn hears(context: CommandContext, room: &RoomKey, kind: NewsKind) -> bool {
    match context.directory.news_of(room) {
        Some(wanted) => wanted.contains(&kind),
        None => !is_about_nothing(context, room) && matches!(kind, NewsKind::Campaign | NewsKind::Money),
    }
}

/// The jobs that announce days of a campaign: one a few days before the last day, and one on it.
fn calendar(context: CommandContext, pool: &Pool) -> Vec<DirectoryChange> {
    let deadline = pool.conditions.deadline;
    let soon = deadline - TimeDelta::days(SOON_DAYS);
    // A campaign as short as that was announced just now.
    let days =
        [(soon, "soon")].into_iter().filter(|(day, _)| *day > today(context, pool)).chain([(deadline, "last-day")]);
    let morning = |day: NaiveDate| placed(day.and_hms_opt(MORNING_HOUR, 0, 0)?, pool.zone);
    let jobs = days.filter_map(|(day, what)| Some((morning(day)?, what))).filter(|(at, _)| *at > context.moment.at);
    jobs.map(|(at, what)| job(context, pool, at, what, context.moment.room.clone())).collect()
}

pub(crate) fn job(
    context: CommandContext,
    pool: &Pool,
    due_at: Timestamp,
    what: &str,
    room: RoomKey,
) -> DirectoryChange {
    let options = BTreeMap::from([("pool".to_owned(), pool.name.clone()), ("when".to_owned(), what.to_owned())]);
    DirectoryChange::Job(Job::once(&context.moment.seed, due_at, name_of_job(pool, what, &room), options, room))
}

pub(crate) fn name_of_job(pool: &Pool, what: &str, room: &RoomKey) -> JobName {
    JobName::News(pool.id, what.to_owned(), room.in_name())
}

/// The job that ends a room's quiet time, and tells what happened in it.
pub(crate) fn quiet(context: CommandContext, pool: &Pool, room: RoomKey) -> DirectoryChange {
    let ends = context.moment.now.max(context.moment.at) + TimeDelta::minutes(quiet_of(context, &room).0);
    job(context, pool, ends, "quiet", room)
}

/// A room's quiet time after news of a campaign.
fn quiet_of(context: CommandContext, room: &RoomKey) -> Minutes {
    context.directory.quiet_of(room).map_or(QUIET, |quiet| quiet.clamp(Minutes(0), LONGEST_QUIET))
}

/// `pool news`: announces a day of a campaign, or what happened in a quiet time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    pool: PoolId,
    when: When,
}

/// The occasion of an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum When {
    Soon,
    LastDay,
    Quiet,
}

/// Announces it to the rooms that want it.
///
/// # Errors
/// Never refused.
pub fn day(context: CommandContext, args: Day) -> Result<Decision, Refusal> {
    let Some(pool) = context.books.pool(args.pool).filter(|pool| goes_on(pool)) else { return Ok(Decision::default()) };
    if args.when == When::Quiet {
        // After an outage, a campaign that is over must not be announced as running.
        if today(context, pool) > pool.conditions.deadline && pool.state == PoolState::Open {
            return Ok(Decision::default());
        }
        let (notices, changes) = progress(context, pool);
        return Ok(Decision { notices, changes, ..Decision::default() });
    }
    // A day that is over is no news.
    let is_stale = context.moment.due.is_some_and(|due| (due.now - due.at).num_hours() >= STALE_HOURS);
    if is_stale || pool.state != PoolState::Open {
        return Ok(Decision::default());
    }
    let money = |minor| context.books.commodity.minor(minor);
    let days = usize::try_from((pool.conditions.deadline - today(context, pool)).num_days()).unwrap_or(0);
    let missing = pool.conditions.goal.minor - pool.paid();
    let line = SummaryLine::NewsDays {
        pool: Name::from(&pool.name),
        days: Some(days).filter(|days| *days > 0),
        last: days == 0,
        paid: money(pool.paid()),
        goal: pool.conditions.goal,
        missing: Some(money(missing)).filter(|missing| missing.minor.is_positive()),
    }
    .into();
    let item = NewsItem {
        kind: NewsKind::Campaign,
        about: About::Pool(pool.id),
        lines: vec![line],
        pictures: vec![progress_picture(context, pool)],
        is_answer: false,
    };
    Ok(Decision { notices: notices_of(context, &item, None), changes: item.left_alone(context), ..Decision::default() })
}

/// `news`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    campaign: Option<bool>,
    tasks: Option<bool>,
    money: Option<bool>,
    payments: Option<bool>,
    quiet: Option<Minutes>,
}

/// Chooses the news that this room hears, or shows the choice.
///
/// # Errors
/// Refused if the author may not choose for this room, or if the quiet time is too long.
pub fn choose(context: CommandContext, args: Wanted) -> Result<Decision, Refusal> {
    let room = room_meant(context);
    let scope = Scope::Room(room.clone());
    let chosen = [args.campaign, args.tasks, args.money, args.payments];
    let is_new = chosen.iter().any(Option::is_some);
    let kinds = NewsKind::ALL
        .into_iter()
        .zip(chosen)
        .filter(|(kind, wanted)| wanted.unwrap_or_else(|| hears(context, room, *kind)));
    let wanted: Vec<NewsKind> = kinds.map(|(kind, _)| kind).collect();
    let mut changes = Vec::new();
    if is_new || args.quiet.is_some() {
        context.may_announce_here()?;
    }
    if is_new {
        let kinds = wanted.iter().copied().collect();
        changes.push(DirectoryChange::Preference(scope.clone(), Preference::News(kinds)));
    }
    if let Some(quiet) = args.quiet {
        if quiet > LONGEST_QUIET {
            return Err(SummaryRefusal::QuietTooLong { most: LONGEST_QUIET }.into());
        }
        changes.push(DirectoryChange::Preference(scope, Preference::Quiet(quiet)));
    }
    let of_topic = |topic: Topic| match topic {
        Topic::Pool(pool) => context.books.pool(pool).map(|pool| Name::from(&pool.name)),
        Topic::Equipment(machine) => context.books.equipment(machine).map(|machine| Name::from(&machine.name)),
    };
    let project = context.directory.project_of(room).map(|project| context.books.project_name(project));
    let line = SummaryLine::NewsWanted {
        about: project.into_iter().chain(context.directory.topics_of(room).filter_map(of_topic)).collect(),
        range: match wanted.is_empty() {
            true => Some(NewsRange::Nothing),
            false => is_about_nothing(context, room).then_some(NewsRange::Whole),
        },
        quiet: Some(args.quiet.unwrap_or_else(|| quiet_of(context, room)))
            .filter(|_| wanted.contains(&NewsKind::Campaign)),
        kinds: wanted.iter().map(|kind| Term::from(kind.word())).collect(),
    }
    .into();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}

/// The room whose news is meant: this one, or, as for a thread, the one around it if only that one is about something.
fn room_meant(context: CommandContext<'_>) -> &RoomKey {
    context.moment.places.iter().find(|room| !is_about_nothing(context, room)).unwrap_or(&context.moment.room)
}

/// The parts of a goal that are news, in percent.
const QUARTERS: [i64; 4] = [25, 50, 75, 100];

/// Tells a pool's progress to each room that wants it and has not heard it. A room in its quiet time hears it
/// afterwards.
pub(crate) fn progress(context: CommandContext, pool: &Pool) -> (Vec<Notice>, Vec<DirectoryChange>) {
    let (mut notices, mut changes) = (Vec::new(), Vec::new());
    let reached = |quarter: &&i64| pool.progress() >= **quarter * 100;
    let Some(quarter) = QUARTERS.iter().rev().find(reached).filter(|_| goes_on(pool)) else {
        return (notices, changes);
    };
    let key = |quarter: i64| told_key(pool, quarter);
    let hears = |room: &RoomKey| {
        wants(context, room, NewsKind::Campaign, About::Pool(pool.id))
            && !QUARTERS.iter().any(|told| told >= quarter && context.directory.was_told(room, &key(*told)))
    };
    for room in rooms(context).into_iter().filter(hears) {
        // The job that ends the quiet time tells it then. A reached goal is told at once.
        if *quarter < 100
            && context
                .directory
                .jobs_called(&name_of_job(pool, "quiet", &room))
                .any(|job| job.due_at > context.moment.at)
        {
            continue;
        }
        let line = SummaryLine::NewsQuarter {
            pool: Name::from(&pool.name),
            percent: usize::try_from(rounded_down(pool.progress().into(), 1, 100).unwrap_or(0)).unwrap_or(0),
            paid: context.books.commodity.minor(pool.paid()),
            goal: pool.conditions.goal,
            bar: bar::bar(pool.progress()),
            reached: *quarter >= 100,
        }
        .into();
        changes.push(DirectoryChange::AnnouncedOnce(room.clone(), key(*quarter)));
        changes.push(quiet(context, pool, room.clone()));
        notices.push(Notice { room, reader: None, lines: vec![line], pictures: vec![progress_picture(context, pool)] });
    }
    (notices, changes)
}

fn told_key(pool: &Pool, quarter: i64) -> String {
    format!("pool {} {quarter} %", pool.id)
}

/// The keys under which rooms are recorded to have been told about a pool.
pub fn told_keys(pool: &Pool) -> impl Iterator<Item = String> {
    QUARTERS.iter().map(|quarter| told_key(pool, *quarter))
}
