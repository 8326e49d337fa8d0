//! News: what rooms are told without anyone asking, of campaigns, tasks and money.
//!
//! News comes of facts, whoever made them and wherever: [`of`] looks at what was just journaled and says who else
//! hears of it. What a room had as an answer it is not told again; what can come about twice, like the half of a
//! goal, is told once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::record;
use crate::commands::room::progress::{goes_on, progress_picture, today};
use crate::core::books::distributed::Distribution;
use crate::core::books::movement::{Money, Movement};
use crate::core::entry::Fact;
use crate::core::equipment::Standing;
use crate::core::fact::equipment::EquipmentFact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::pool::PoolFact;
use crate::core::fact::work::WorkFact;
use crate::core::ids::{EquipmentId, PoolId, ProjectId, TaskId};
use crate::core::name::Name;
use crate::core::pool::{Pool, Purpose, State};
use crate::core::split::rounded_down;
use crate::core::time::{Minutes, Timestamp};
use crate::directory::{Job, Preference, RoomKey, Scope, Topic, Write};
use crate::message::bar;
use crate::message::equipment::EquipmentLine;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::picture::Picture;
use crate::message::pool::PoolLine;
use crate::message::refusal::Refusal;
use crate::message::summary::{SummaryLine, SummaryRefusal};
use crate::message::work::WorkLine;
use crate::recurrence::placed;

/// How long a room is left alone after news of a campaign's progress, if it does not say.
const QUIET: Minutes = Minutes(6 * 60);

/// How many days before the last one a campaign is said to end soon.
const SOON_DAYS: i64 = 3;

/// After how many hours it is no use any more to say what day it was.
const STALE_HOURS: i64 = 12;

/// The longest that a room can be left alone: 30 days.
const LONGEST_QUIET: Minutes = Minutes(30 * 24 * 60);

/// When on a day it is said what day it is for a campaign.
const MORNING_HOUR: u32 = 9;

/// What news is about; rooms choose among these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Campaign,
    Tasks,
    Money,
    Payments,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Campaign, Self::Tasks, Self::Money, Self::Payments];

    fn word(self) -> &'static str {
        match self {
            Kind::Campaign => "campaign",
            Kind::Tasks => "tasks",
            Kind::Money => "money",
            Kind::Payments => "payments",
        }
    }
}

/// What an item is about, so that the rooms that are about it hear of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About {
    Project(ProjectId),
    Pool(PoolId),
    Equipment(EquipmentId),
    Network,
}

/// Something new.
pub(crate) struct Item {
    kind: Kind,
    about: About,
    lines: Vec<Line>,
    pictures: Vec<Picture>,
    /// Whether it was the answer to the command.
    is_answer: bool,
}

impl Item {
    /// Leaves the rooms that hear of a campaign alone for a while.
    fn left_alone(&self, scene: CommandContext) -> Vec<Write> {
        let About::Pool(pool) = self.about else { return Vec::new() };
        let Some(pool) = scene.books.pool(pool).filter(|pool| goes_on(pool)) else { return Vec::new() };
        let hears = |room: &RoomKey| wants(scene, room, Kind::Campaign, self.about);
        rooms(scene).into_iter().filter(hears).map(|room| quiet(scene, pool, room)).collect()
    }

    fn answered(kind: Kind, about: About, line: Line) -> Self {
        Self { kind, about, lines: vec![line], pictures: Vec::new(), is_answer: true }
    }
}

/// What others hear of facts that were just journaled, and what is to be kept with that. `told` is the room that has
/// its answer. What one room hears of it all is one message.
pub fn of(scene: CommandContext, facts: &[Fact], told: Option<&RoomKey>) -> (Vec<Notice>, Vec<Write>) {
    let (mut notices, mut writes): (Vec<Notice>, Vec<Write>) = (Vec::new(), Vec::new());
    for fact in facts {
        if let Some(item) = item(scene, fact) {
            writes.extend(item.left_alone(scene));
            notices.extend(notices_of(scene, &item, told));
        }
        if let Fact::Pool(fact) = fact
            && let Some(pool) = fact.carried().pool().and_then(|pool| scene.books.pool(pool))
        {
            let (more, kept) = after_pool_fact(scene, fact, pool);
            notices.extend(more);
            writes.extend(kept);
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
    (together, writes)
}

/// What is to be said and kept of a pool's calendar and progress after a fact about it.
fn after_pool_fact(scene: CommandContext, fact: &PoolFact, pool: &Pool) -> (Vec<Notice>, Vec<Write>) {
    match fact {
        PoolFact::PoolOpened(_) => (Vec::new(), calendar(scene, pool)),
        // What was paid before its yes counts with it.
        PoolFact::PoolPaid(_) | PoolFact::PoolToppedUp(_) | PoolFact::Pledged(_) => progress(scene, pool),
        PoolFact::PledgeWithdrawn(_)
        | PoolFact::PledgeLapsed(_)
        | PoolFact::PoolClosed(_)
        | PoolFact::PoolSettled(_)
        | PoolFact::PoolGiven(_)
        | PoolFact::PoolCancelled(_) => (Vec::new(), Vec::new()),
    }
}

/// What is new by a fact.
fn item(scene: CommandContext, fact: &Fact) -> Option<Item> {
    match fact {
        Fact::Work(fact) => item_of_work(scene, fact),
        Fact::Money(fact) => item_of_money(scene, fact),
        Fact::Pool(fact) => item_of_pool(scene, fact),
        Fact::Equipment(fact) => item_of_equipment(scene, fact),
        Fact::People(_) | Fact::Rule(_) => None,
    }
}

fn item_of_work(scene: CommandContext, fact: &WorkFact) -> Option<Item> {
    let books = scene.books;
    let task = |id: TaskId| books.task(id);
    let of_task = |id: TaskId, line: &dyn Fn(String) -> Line| {
        let task = task(id)?;
        Some(Item::answered(Kind::Tasks, About::Project(task.project), line(scene.words(task.title))))
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

fn item_of_money(scene: CommandContext, fact: &MoneyFact) -> Option<Item> {
    let books = scene.books;
    match fact {
        MoneyFact::IncomeRecorded(f) => {
            let line = SummaryLine::NewsIncome {
                money: f.money,
                amount: f.amount,
                project: books.project_name(f.project),
                tax: f.tax,
            }
            .into();
            Some(Item::answered(Kind::Money, About::Project(f.project), line))
        }
        MoneyFact::IncomeRefunded(f) => {
            let project = books.project_of_income(f.income)?;
            Some(Item::answered(Kind::Money, About::Project(project), record::row(scene, books.money(f.money)?)))
        }
        MoneyFact::Distributed(f) => {
            let shared = books.distribution(f.distribution)?;
            let (line, ring) = shared_among(scene, shared);
            let pictures = vec![ring];
            Some(Item { pictures, ..Item::answered(Kind::Money, About::Project(f.project), line) })
        }
        MoneyFact::DistributionReversed(f) => {
            let project = books.distribution(f.distribution)?.project;
            let line =
                SummaryLine::NewsReversed { distribution: f.distribution, project: books.project_name(project) }.into();
            Some(Item::answered(Kind::Money, About::Project(project), line))
        }
        MoneyFact::PaidOut(f) => {
            let line =
                SummaryLine::NewsPaid { money: f.money, person: books.name_of(f.person), amount: f.amount }.into();
            Some(Item::answered(Kind::Payments, About::Network, line))
        }
        MoneyFact::CostReimbursed(f) => {
            let money = books.money(f.money)?;
            Some(Item::answered(Kind::Money, About::Project(project_of_cost(scene, money)?), record::row(scene, money)))
        }
        MoneyFact::FundSpent(f) => {
            Some(Item::answered(Kind::Payments, About::Network, record::row(scene, books.money(f.money)?)))
        }
        MoneyFact::MoneyUndone(f) => {
            let undone = books.money(f.undone)?;
            let of_project =
                books.project_of_income(f.undone).or_else(|| project_of_cost(scene, undone)).map(About::Project);
            let (kind, about) = of_project.map_or((Kind::Payments, About::Network), |about| (Kind::Money, about));
            let line = SummaryLine::NewsUndone { money: f.money, undone: f.undone, amount: undone.amount }.into();
            Some(Item::answered(kind, about, line))
        }
        MoneyFact::CashReceived(_)
        | MoneyFact::DistributionApproved(_)
        | MoneyFact::RedirectSet(_)
        | MoneyFact::BatchOpened(_)
        | MoneyFact::BatchPaid(_)
        | MoneyFact::PaymentFailed(_) => None,
    }
}

fn item_of_pool(scene: CommandContext, fact: &PoolFact) -> Option<Item> {
    let books = scene.books;
    match fact {
        PoolFact::PoolOpened(f) => {
            let line = SummaryLine::NewsPool {
                pool: Name::from(&f.name),
                goal: f.conditions.goal,
                deadline: f.conditions.deadline,
            }
            .into();
            Some(Item::answered(Kind::Campaign, About::Pool(f.pool), line))
        }
        PoolFact::PoolSettled(f) => {
            let pool = books.pool(f.pool)?;
            let name = Name::from(&pool.name);
            let line = if f.reached {
                PoolLine::PoolFunded { pool: name, back: None }.into()
            } else {
                PoolLine::PoolFailed { pool: name, back: None }.into()
            };
            Some(Item {
                pictures: vec![progress_picture(scene, pool)],
                ..Item::answered(Kind::Campaign, About::Pool(f.pool), line)
            })
        }
        PoolFact::PoolCancelled(f) => {
            let pool = Name::from(&books.pool(f.pool)?.name);
            Some(Item::answered(Kind::Campaign, About::Pool(f.pool), SummaryLine::NewsCancelled { pool }.into()))
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

fn item_of_equipment(scene: CommandContext, fact: &EquipmentFact) -> Option<Item> {
    let books = scene.books;
    match fact {
        EquipmentFact::EquipmentBought(f) => {
            let (pool, machine) = (books.pool(f.pool)?, books.equipment(f.equipment)?);
            let (equipment, pool) = (Name::from(&machine.name), Name::from(&pool.name));
            let line = SummaryLine::NewsBought { money: f.money, equipment, cost: f.cost, pool }.into();
            Some(Item::answered(Kind::Campaign, About::Pool(f.pool), line))
        }
        EquipmentFact::HandedOver(f) => {
            let machine = books.equipment(f.equipment).filter(|machine| machine.standing != Standing::Retired)?;
            let cap = Name(crate::grammar::percent::percent_text(i64::from(machine.terms.cap)));
            let line = EquipmentLine::HandedOver { equipment: Name::from(&machine.name), cap }.into();
            Some(Item::answered(Kind::Campaign, About::Equipment(f.equipment), line))
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

/// The project whose cost money has reimbursed.
pub fn project_of_cost(scene: CommandContext, money: &Money) -> Option<ProjectId> {
    if let Movement::Reimbursement { log, .. } = money.movement { Some(scene.books.log(log)?.project) } else { None }
}

/// A distribution in a line, and as a ring.
fn shared_among(scene: CommandContext, shared: &Distribution) -> (Line, Picture) {
    let parts = crate::commands::room::summary::ring::parts_of(scene, shared);
    let total = scene.books.commodity.minor(parts.iter().map(|part| part.minor).sum());
    let given = || parts.iter().filter(|part| part.minor > 0);
    // A machine that claims for its co-owners is nobody.
    let people =
        given().filter(|part| part.person.is_some_and(|person| scene.books.people.contains_key(&person))).count();
    let funds = Some(given().filter(|part| part.person.is_none()).count()).filter(|count| *count > 0);
    let project = scene.books.project_name(shared.project);
    let picture = crate::commands::room::summary::ring::ring_of(scene, shared);
    (SummaryLine::NewsShared { distribution: shared.id, amount: total, project, people, funds }.into(), picture)
}

/// Who hears an item: the rooms that want its kind, but for the one that has it as its answer.
fn notices_of(scene: CommandContext, item: &Item, told: Option<&RoomKey>) -> Vec<Notice> {
    let hears = |room: &RoomKey| !(item.is_answer && told == Some(room)) && wants(scene, room, item.kind, item.about);
    let rooms = rooms(scene).into_iter().filter(hears);
    rooms
        .map(|room| Notice { room, reader: None, lines: item.lines.clone(), pictures: item.pictures.clone() })
        .collect()
}

/// The rooms that there are, whether they are about something or only want something.
pub(crate) fn rooms(scene: CommandContext) -> BTreeSet<RoomKey> {
    let directory = scene.directory;
    let known = directory.rooms().map(|(room, _)| room).chain(directory.rooms_with_topics());
    known.chain(directory.rooms_that_want(Preference::News)).cloned().collect()
}

/// Whether a room hears news of a kind about something.
pub(crate) fn wants(scene: CommandContext, room: &RoomKey, kind: Kind, about: About) -> bool {
    let directory = scene.directory;
    let project = directory.project_of(room);
    let topics: Vec<Topic> = directory.topics_of(room).collect();
    let is_own = match about {
        About::Project(wanted) => project == Some(wanted),
        About::Pool(pool) => {
            let buys = scene.books.pool(pool).map(|pool| pool.conditions.purpose);
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
    (is_own || is_about_nothing(scene, room) || matches!(about, About::Network)) && hears(scene, room, kind)
}

/// Whether a room is about no project, pool or machine: then it may hear of all of them.
fn is_about_nothing(scene: CommandContext, room: &RoomKey) -> bool {
    scene.directory.project_of(room).is_none() && scene.directory.topics_of(room).next().is_none()
}

/// Whether a room hears news of a kind: one that has not said so, if it is about something, of campaigns and money.
pub(crate) fn hears(scene: CommandContext, room: &RoomKey, kind: Kind) -> bool {
    match scene.directory.preference(Scope::Room(room.clone()), Preference::News) {
        Some(wanted) => wanted.split(' ').any(|word| word == kind.word()),
        None => !is_about_nothing(scene, room) && matches!(kind, Kind::Campaign | Kind::Money),
    }
}

/// The days of a campaign that are news: a few days before the last one, and the last one.
fn calendar(scene: CommandContext, pool: &Pool) -> Vec<Write> {
    let deadline = pool.conditions.deadline;
    let soon = deadline - TimeDelta::days(SOON_DAYS);
    // One that is as short as that has just been told of.
    let days = [(soon, "soon")].into_iter().filter(|(day, _)| *day > scene.ctx.today).chain([(deadline, "last-day")]);
    let morning = |day: NaiveDate| placed(day.and_hms_opt(MORNING_HOUR, 0, 0)?, scene.books.timezone);
    let jobs = days.filter_map(|(day, what)| Some((morning(day)?, what))).filter(|(at, _)| *at > scene.ctx.at);
    jobs.map(|(at, what)| job(scene, pool, at, what, scene.ctx.room.clone())).collect()
}

pub(crate) fn job(scene: CommandContext, pool: &Pool, due_at: Timestamp, what: &str, room: RoomKey) -> Write {
    let options = BTreeMap::from([("pool".to_owned(), pool.name.clone()), ("when".to_owned(), what.to_owned())]);
    Write::Job(Job::once(&scene.ctx.seed, due_at, name_of_job(pool, what, &room), "pool news", options, room))
}

pub(crate) fn name_of_job(pool: &Pool, what: &str, room: &RoomKey) -> String {
    format!("pool news {} {what} {} {}", pool.id, room.platform, room.id)
}

/// What ends the quiet that news of a campaign is followed by, and says what came about in it.
pub(crate) fn quiet(scene: CommandContext, pool: &Pool, room: RoomKey) -> Write {
    let ends = scene.ctx.now.max(scene.ctx.at) + TimeDelta::minutes(quiet_of(scene, &room).0);
    job(scene, pool, ends, "quiet", room)
}

/// How long a room is left alone after news of a campaign.
fn quiet_of(scene: CommandContext, room: &RoomKey) -> Minutes {
    let wanted = scene.directory.preference(Scope::Room(room.clone()), Preference::Quiet);
    Minutes(
        wanted
            .and_then(|minutes| minutes.parse().ok())
            .map_or(QUIET.0, |minutes: i64| minutes.clamp(0, LONGEST_QUIET.0)),
    )
}

/// `pool news`: what day it is for a campaign, or what came about while its room was left alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    pool: PoolId,
    when: When,
}

/// What a day is for a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum When {
    Soon,
    LastDay,
    Quiet,
}

/// Says it to the rooms that want it.
pub fn day(scene: CommandContext, args: Day) -> Result<Decision, Refusal> {
    let Some(pool) = scene.books.pool(args.pool).filter(|pool| goes_on(pool)) else { return Ok(Decision::default()) };
    if args.when == When::Quiet {
        // What comes after an outage must not speak of a campaign that is over as of one that goes on.
        if today(scene) > pool.conditions.deadline && pool.state == State::Open {
            return Ok(Decision::default());
        }
        let (notices, writes) = progress(scene, pool);
        return Ok(Decision { notices, writes, ..Decision::default() });
    }
    // What day it was is no news when it is over.
    let is_stale = scene.ctx.due.is_some_and(|due| (due.now - due.at).num_hours() >= STALE_HOURS);
    if is_stale || pool.state != State::Open {
        return Ok(Decision::default());
    }
    let money = |minor| scene.books.commodity.minor(minor);
    let days = usize::try_from((pool.conditions.deadline - scene.ctx.today).num_days()).unwrap_or(0);
    let missing = pool.conditions.goal.minor - pool.paid();
    let line = SummaryLine::NewsDays {
        pool: Name::from(&pool.name),
        days: Some(days).filter(|days| *days > 0),
        last: days == 0,
        paid: money(pool.paid()),
        goal: pool.conditions.goal,
        missing: Some(money(missing)).filter(|missing| missing.minor > 0),
    }
    .into();
    let item = Item {
        kind: Kind::Campaign,
        about: About::Pool(pool.id),
        lines: vec![line],
        pictures: vec![progress_picture(scene, pool)],
        is_answer: false,
    };
    Ok(Decision { notices: notices_of(scene, &item, None), writes: item.left_alone(scene), ..Decision::default() })
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

/// Chooses the news that this room hears, or says which it does.
pub fn choose(scene: CommandContext, args: Wanted) -> Result<Decision, Refusal> {
    let room = room_meant(scene);
    let scope = Scope::Room(room.clone());
    let chosen = [args.campaign, args.tasks, args.money, args.payments];
    let is_new = chosen.iter().any(Option::is_some);
    let kinds =
        Kind::ALL.into_iter().zip(chosen).filter(|(kind, wanted)| wanted.unwrap_or_else(|| hears(scene, room, *kind)));
    let wanted: Vec<Kind> = kinds.map(|(kind, _)| kind).collect();
    let mut writes = Vec::new();
    if is_new || args.quiet.is_some() {
        scene.may_announce_here()?;
    }
    if is_new {
        let words: Vec<&str> = wanted.iter().map(|kind| kind.word()).collect();
        writes.push(Write::Preference(scope.clone(), Preference::News, Some(words.join(" "))));
    }
    if let Some(quiet) = args.quiet {
        if quiet > LONGEST_QUIET {
            return Err(SummaryRefusal::QuietTooLong { most: LONGEST_QUIET }.into());
        }
        writes.push(Write::Preference(scope, Preference::Quiet, Some(quiet.0.to_string())));
    }
    let of_topic = |topic: Topic| match topic {
        Topic::Pool(pool) => scene.books.pool(pool).map(|pool| Name::from(&pool.name)),
        Topic::Equipment(machine) => scene.books.equipment(machine).map(|machine| Name::from(&machine.name)),
    };
    let project = scene.directory.project_of(room).map(|project| scene.books.project_name(project));
    let line = SummaryLine::NewsWanted {
        about: project.into_iter().chain(scene.directory.topics_of(room).filter_map(of_topic)).collect(),
        whole: is_about_nothing(scene, room) && !wanted.is_empty(),
        none: wanted.is_empty(),
        quiet: Some(args.quiet.unwrap_or_else(|| quiet_of(scene, room))).filter(|_| wanted.contains(&Kind::Campaign)),
        kinds: wanted.iter().map(|kind| Term::from(kind.word())).collect(),
    }
    .into();
    Ok(Decision { writes, ..Decision::reads(vec![line]) })
}

/// The room whose news is meant: this one, or the one around it where only that one is about something, as around a
/// thread.
fn room_meant(scene: CommandContext<'_>) -> &RoomKey {
    scene.ctx.places.iter().find(|room| !is_about_nothing(scene, room)).unwrap_or(&scene.ctx.room)
}

/// The parts of a goal that are news, in percent.
const QUARTERS: [i64; 4] = [25, 50, 75, 100];

/// How far a pool has come, told to each room that wants it and has not heard it, unless it is to be left alone for a
/// while: then it hears what there is afterwards.
pub(crate) fn progress(scene: CommandContext, pool: &Pool) -> (Vec<Notice>, Vec<Write>) {
    let (mut notices, mut writes) = (Vec::new(), Vec::new());
    let reached = |quarter: &&i64| pool.progress() >= **quarter * 100;
    let Some(quarter) = QUARTERS.iter().rev().find(reached).filter(|_| goes_on(pool)) else {
        return (notices, writes);
    };
    let key = |quarter: i64| told_key(pool, quarter);
    let hears = |room: &RoomKey| {
        wants(scene, room, Kind::Campaign, About::Pool(pool.id))
            && !QUARTERS.iter().any(|told| told >= quarter && scene.directory.was_told(room, &key(*told)))
    };
    for room in rooms(scene).into_iter().filter(hears) {
        // The job that ends the quiet time says what there is then. That the goal is reached nobody wants to wait for.
        if *quarter < 100
            && scene.directory.jobs_called(&name_of_job(pool, "quiet", &room)).any(|job| job.due_at > scene.ctx.at)
        {
            continue;
        }
        let line = SummaryLine::NewsQuarter {
            pool: Name::from(&pool.name),
            percent: usize::try_from(rounded_down(pool.progress().into(), 1, 100).unwrap_or(0)).unwrap_or(0),
            paid: scene.books.commodity.minor(pool.paid()),
            goal: pool.conditions.goal,
            bar: bar::bar(pool.progress()),
            reached: *quarter >= 100,
        }
        .into();
        writes.push(Write::Told(room.clone(), key(*quarter)));
        writes.push(quiet(scene, pool, room.clone()));
        notices.push(Notice { room, reader: None, lines: vec![line], pictures: vec![progress_picture(scene, pool)] });
    }
    (notices, writes)
}

fn told_key(pool: &Pool, quarter: i64) -> String {
    format!("pool {} {quarter} %", pool.id)
}

/// What rooms are kept to have been told of a pool.
pub fn told_keys(pool: &Pool) -> impl Iterator<Item = String> {
    QUARTERS.iter().map(|quarter| told_key(pool, *quarter))
}
