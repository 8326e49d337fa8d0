//! The books: the state that the journal of one network adds up to.
//!
//! [`Books::apply`] folds one entry in; nothing else changes the books. Nothing in them depends on who has which
//! account or on what people wrote. Handles are annotations ([`Books::set_handle`]): they can be shown and typed, but
//! no amount, no account in the journal and no digest depends on them. The fold is in `books/apply.rs` and in the
//! domains' files; this file answers questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::core::books::bill::{Bill, MachineShare};
use crate::core::books::distributed::{Distribution, ShareRedirect};
use crate::core::books::movement::{Money, Movement};
use crate::core::books::payment_batch::PaymentBatch;
use crate::core::books::person::{Merged, Person};
use crate::core::books::project::{Project, Rate, RatesOf};
use crate::core::books::proposal::Proposal;
use crate::core::books::settings::Settings;
use crate::core::books::table::Table;
use crate::core::books::tally::Tallies;
use crate::core::budget;
use crate::core::contribution::Waiting;
use crate::core::distribution::fill::Claim;
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::equipment::Equipment;
use crate::core::fact::equipment::Period;
use crate::core::fact::people::Mark;
use crate::core::ids::{
    BatchId, BillId, DistributionId, EquipmentId, Hash, LineId, LogId, LotId, MilestoneId, MoneyId, Number, PersonId,
    PoolId, ProjectId, ProposalId, TaskId, TextRef,
};
use crate::core::ledger::{Ledger, LedgerAccount};
use crate::core::log::Log;
use crate::core::money::{Amount, Commodity, Minor};
use crate::core::name::Name;
use crate::core::pool::Pool;
use crate::core::rule::bucket::Destination;
use crate::core::rule::preset::USUAL_FUNDS;
use crate::core::stock::Lot;
use crate::core::task::Task;
use crate::core::time::start_of_day;
use crate::core::time::{Minutes, Timestamp};

/// The books of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    /// The network's id.
    pub network: String,
    /// Its name.
    pub name: String,
    /// Its accounting currency.
    pub commodity: Commodity,
    /// The zone that dates are read in.
    pub timezone: Tz,
    /// The zones that it has had, each with the instant from which it held. A past day stays the day of its zone.
    pub zones: Vec<(Timestamp, Tz)>,
    /// Its settings.
    pub settings: Settings,
    /// Entries so far.
    pub seq: u64,
    /// The hash of the last entry.
    pub head: Hash,
    /// When the last entry took effect.
    pub last_at: Timestamp,
    /// People, by id.
    pub people: BTreeMap<PersonId, Person>,
    /// Ids of people who were joined to another person.
    pub merged: BTreeMap<PersonId, Merged>,
    /// Projects, by id.
    pub projects: BTreeMap<ProjectId, Project>,
    /// Tasks, the first is `#1`.
    pub tasks: Table<TaskId, Task>,
    /// Logs, the first is `L1`.
    pub logs: Table<LogId, Log>,
    /// The receipts of expenses, as references to files beside the journal.
    pub receipts: BTreeMap<LogId, Vec<TextRef>>,
    /// The hashes of what lies beside the journal about people, by the id under which it was given.
    pub marks: BTreeMap<PersonId, BTreeSet<Mark>>,
    /// Whether the journal has marks of people. Then everything about who they are must have one.
    pub is_marked: bool,
    /// Texts, by the people who wrote them and the people they are about. Of a log, only its text before a correction.
    pub(crate) texts: BTreeMap<PersonId, Vec<TextRef>>,
    /// Rates, in the order they were set.
    pub rates: Vec<Rate>,
    /// Movements of money, the first is `M1`.
    pub money: Table<MoneyId, Money>,
    /// Distributions, the first is `D1`.
    pub distributions: Table<DistributionId, Distribution>,
    /// Proposed rules, the first is `R1`.
    pub proposals: Table<ProposalId, Proposal>,
    /// Incomes planned ahead, the first is `K1`.
    pub milestones: Table<MilestoneId, budget::Milestone>,
    /// Lines of milestones, the first is `P1`.
    pub lines: Table<LineId, budget::BudgetLine>,
    /// Redirects of coming shares, by person.
    pub redirects: BTreeMap<PersonId, ShareRedirect>,
    /// Batches of payments, the first is `B1`.
    pub batches: Table<BatchId, PaymentBatch>,
    /// Pools, by their number.
    pub pools: Table<PoolId, Pool>,
    /// Machines, by their number.
    pub equipment: Table<EquipmentId, Equipment>,
    /// Bills for machines' time, the first is `U1`.
    pub bills: Table<BillId, Bill>,
    /// Material in stock, the first is `S1`.
    pub lots: Table<LotId, Lot>,
    /// Subscriptions to machines. Each is billed again when its period is over.
    pub subscriptions: BTreeMap<(EquipmentId, PersonId), Period>,
    /// What machines received of projects.
    pub machine_shares: Vec<MachineShare>,
    /// The balances.
    pub ledger: Ledger,
    pub(super) tallies: Tallies,
    pub(crate) machines: BTreeMap<PersonId, EquipmentId>,
    pub(crate) rates_of: RatesOf,
    /// The person of each name in the journal, and of each handle, by the id under which they were given it.
    pub(crate) ledger_names: HashMap<String, PersonId>,
    pub(crate) handles: HashMap<String, PersonId>,
    /// The same by how those names look; see [`look`](crate::core::look::look).
    pub(crate) looks: HashMap<String, BTreeSet<PersonId>>,
    pub(crate) minutes_by_day: HashMap<(PersonId, NaiveDate), i64>,
    pub(crate) waiting: BTreeSet<LogId>,
}

impl Books {
    /// The books before a network's first entry.
    pub fn empty(network: &str, commodity: Commodity) -> Self {
        Self {
            network: network.to_owned(),
            name: String::new(),
            commodity,
            timezone: Tz::UTC,
            zones: Vec::new(),
            settings: Settings::default(),
            seq: 0,
            head: Hash::genesis(network),
            last_at: Timestamp::UNIX_EPOCH,
            people: BTreeMap::new(),
            merged: BTreeMap::new(),
            projects: BTreeMap::new(),
            tasks: Table::default(),
            logs: Table::default(),
            receipts: BTreeMap::new(),
            marks: BTreeMap::new(),
            is_marked: false,
            texts: BTreeMap::new(),
            rates: Vec::new(),
            money: Table::default(),
            distributions: Table::default(),
            proposals: Table::default(),
            milestones: Table::default(),
            lines: Table::default(),
            redirects: BTreeMap::new(),
            batches: Table::default(),
            pools: Table::default(),
            equipment: Table::default(),
            bills: Table::default(),
            lots: Table::default(),
            subscriptions: BTreeMap::new(),
            machine_shares: Vec::new(),
            ledger: Ledger::default(),
            tallies: Tallies::default(),
            machines: BTreeMap::new(),
            rates_of: RatesOf::new(),
            ledger_names: HashMap::new(),
            handles: HashMap::new(),
            looks: HashMap::new(),
            minutes_by_day: HashMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// The id of the next person or machine; they are numbered together.
    pub fn next_person(&self) -> PersonId {
        PersonId::after(self.people.len() + self.merged.len() + self.machines.len())
    }

    /// The number of the next project.
    pub fn next_project(&self) -> ProjectId {
        ProjectId::after(self.projects.len())
    }

    /// A milestone by number.
    pub fn milestone(&self, id: MilestoneId) -> Option<&budget::Milestone> {
        self.milestones.get(id)
    }

    /// A line of a milestone by number.
    pub fn line(&self, id: LineId) -> Option<&budget::BudgetLine> {
        self.lines.get(id)
    }

    /// A proposed rule by number.
    pub fn proposal(&self, id: ProposalId) -> Option<&Proposal> {
        self.proposals.get(id)
    }

    /// A batch by number.
    pub fn batch(&self, id: BatchId) -> Option<&PaymentBatch> {
        self.batches.get(id)
    }

    /// The batch in which a person is about to be paid.
    pub fn open_batch_of(&self, person: PersonId) -> Option<&PaymentBatch> {
        self.batches.iter().find(|batch| batch.open().any(|payment| self.canonical_id(payment.person) == person))
    }

    /// The network's zone at an instant.
    pub fn zone_at(&self, at: Timestamp) -> Tz {
        let before = self.zones.iter().rev().find(|(since, _)| *since <= at);
        before.or(self.zones.first()).map_or(self.timezone, |(_, zone)| *zone)
    }

    /// The day of an instant, in the network's zone of that time.
    pub fn day_of(&self, at: Timestamp) -> NaiveDate {
        at.with_timezone(&self.zone_at(at)).date_naive()
    }

    /// The start of a day in the network's zone.
    pub fn start_of(&self, day: NaiveDate) -> Timestamp {
        start_of_day(day, self.timezone)
    }

    /// The account that a part of a distribution goes to. A claim's part goes to its person.
    pub fn account_of_recipient(&self, recipient: &Recipient) -> LedgerAccount {
        match recipient {
            Recipient::Claim(log) => self.account_of(self.log(*log).map_or(PersonId(0), |log| log.person)),
            Recipient::Person(person) => self.account_of(self.canonical_id(*person)),
            Recipient::Fund(name) => LedgerAccount::Fund(name.clone()),
        }
    }

    /// What a person is owed; below zero: an advance.
    pub fn owed_to(&self, person: PersonId) -> Amount {
        self.ledger.balance(self.account_of(person), self.commodity)
    }

    /// A project by name.
    pub fn project_by_name(&self, name: &str) -> Option<ProjectId> {
        self.projects.iter().find(|(_, project)| project.name == name).map(|(&id, _)| id)
    }

    /// A project's name, to show.
    pub fn project_name(&self, project: ProjectId) -> Name {
        Name::from(self.projects.get(&project).map_or("", |p| p.name.as_str()))
    }

    /// The account of a project's income.
    pub fn project_account(&self, project: ProjectId) -> LedgerAccount {
        LedgerAccount::Project(self.project_name(project).0)
    }

    /// A task by number.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// A log by number.
    pub fn log(&self, id: LogId) -> Option<&Log> {
        self.logs.get(id)
    }

    /// A movement of money by number.
    pub fn money(&self, id: MoneyId) -> Option<&Money> {
        self.money.get(id)
    }

    /// The project of an income, or of the income that was refunded.
    pub fn project_of_income(&self, id: MoneyId) -> Option<ProjectId> {
        match &self.money(id)?.movement {
            Movement::Income { project, .. } => Some(*project),
            Movement::Refund { income, .. } => self.project_of_income(*income),
            _ => None,
        }
    }

    /// A distribution by number.
    pub fn distribution(&self, id: DistributionId) -> Option<&Distribution> {
        self.distributions.get(id)
    }

    /// Minutes that count for a person on a day.
    pub fn minutes_on(&self, person: PersonId, date: NaiveDate) -> Minutes {
        Minutes(self.minutes_by_day.get(&(person, date)).copied().unwrap_or(0))
    }

    /// Logs that wait for agreement, the oldest first.
    pub fn waiting_logs(&self) -> impl Iterator<Item = (&Log, Waiting)> {
        self.waiting.iter().filter_map(|&id| self.log(id)).filter_map(|log| match log.standing {
            crate::core::log::LogStanding::Waits(waiting) => Some((log, waiting)),
            _ => None,
        })
    }

    /// What somebody is owed by a distribution: what is held and what they gave on is not theirs, what was given on to
    /// them is.
    pub fn part_of(&self, distribution: &Distribution, person: PersonId) -> Minor {
        let is_theirs = |whose: &Recipient| match whose {
            Recipient::Claim(log) => self.log(*log).is_some_and(|log| self.canonical_id(log.person) == person),
            Recipient::Person(other) => self.canonical_id(*other) == person,
            Recipient::Fund(_) => false,
        };
        let shared = distribution
            .shares
            .iter()
            .flat_map(Share::owed)
            .filter(|(whose, _)| is_theirs(whose))
            .map(|(_, minor)| minor);
        let given = distribution
            .redirected
            .iter()
            .filter(|given| self.canonical_id(given.person) == person)
            .map(|given| -given.amount.minor);
        let got = distribution.redirected.iter().filter(|given| is_theirs(&given.to)).map(|given| given.amount.minor);
        shared.chain(given).chain(got).sum()
    }

    /// The tasks that work was logged on.
    pub fn tasks_logged(&self) -> BTreeSet<TaskId> {
        let work = self.logs.iter().filter(|log| log.is_live() && log.contribution.minutes().is_some());
        work.filter_map(|log| log.task).collect()
    }

    /// What an hour of a person's work in a role is worth on a day: their own rate if they have one, else the role's.
    /// Of several rates, the one with the latest first day; of several of the same day, the one set last.
    pub fn rate_for(&self, person: PersonId, role: &str, date: NaiveDate) -> Option<Amount> {
        self.governing_rate(person, role, date).map(|rate| rate.per_hour)
    }

    /// The rate that values a person's work in a role on a day.
    pub fn governing_rate(&self, person: PersonId, role: &str, date: NaiveDate) -> Option<&Rate> {
        let of_role = self.rates_of.get(role)?;
        let matching = |whose: Option<PersonId>| {
            let places = of_role.get(&whose)?;
            let until = places.partition_point(|(from, _)| *from <= date);
            places.get(until.checked_sub(1)?)
        };
        let (_, place) = matching(Some(person)).or_else(|| matching(None))?;
        self.rates.get(*place)
    }

    /// The sum of a project's incomes that wait for a distribution.
    pub fn waiting_income(&self, project: ProjectId) -> Amount {
        let waiting =
            self.projects.get(&project).map_or(Minor::ZERO, |p| p.waiting.values().map(|amount| amount.minor).sum());
        self.commodity.minor(waiting)
    }

    /// Shares of claims in doubt, held on a project's account.
    pub fn held(&self, project: ProjectId) -> Amount {
        self.sum_held(|distribution, _| distribution.project == project)
    }

    /// The part of a log's shares that is held.
    pub fn held_for(&self, log: LogId) -> Amount {
        self.sum_held(|_, claim| claim.log == log)
    }

    /// What is held for a person, under any of their ids.
    pub fn held_of(&self, person: PersonId) -> Amount {
        self.sum_held(|_, claim| self.canonical_id(claim.person) == person)
    }

    fn sum_held(&self, counts: impl Fn(&Distribution, &Claim) -> bool) -> Amount {
        let live = self.distributions.iter().filter(|d| d.reversed_by.is_none());
        let parts =
            live.flat_map(|d| d.shares.iter().map(move |share| (d, share))).filter_map(|(d, share)| {
                match &share.given {
                    BucketResult::Claims(parts) => Some((d, parts)),
                    _ => None,
                }
            });
        let held = parts.flat_map(|(d, parts)| {
            parts.iter().filter(|(claim, _)| claim.held && counts(d, claim)).map(|(_, part)| part).collect::<Vec<_>>()
        });
        self.commodity.minor(held.sum())
    }

    /// What is on a project's account that is neither waiting income nor held; below zero: to recover.
    pub fn undistributed(&self, project: ProjectId) -> Amount {
        let balance = self.ledger.balance(self.project_account(project), self.commodity);
        balance.with(balance.minor - self.waiting_income(project).minor - self.held(project).minor)
    }

    /// Whether a rule may name a fund: an existing one, a usual one, or a project's own.
    pub fn knows_fund(&self, name: &str) -> bool {
        USUAL_FUNDS.contains(&name) || self.project_by_name(name).is_some() || self.funds().contains_key(name)
    }

    /// Every fund with its balance: those that rules name, projects' own that have money, and all that ever had some.
    pub fn funds(&self) -> BTreeMap<String, Amount> {
        let rules = self.projects.values().flat_map(|project| &project.versions).map(|version| &version.rule);
        let named = rules.flat_map(|rule| &rule.buckets).filter_map(|bucket| match &bucket.to {
            Destination::Fund(name) => Some(name.clone()),
            _ => None,
        });
        let held = self.ledger.balances().filter_map(|(account, _)| match account {
            LedgerAccount::Fund(name) => Some(name.clone()),
            _ => None,
        });
        named
            .chain(held)
            .map(|name| (name.clone(), self.ledger.balance(LedgerAccount::Fund(name), self.commodity)))
            .collect()
    }
}
