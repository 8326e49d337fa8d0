//! The fold: how each fact changes the books.

use crate::core::books::batch::{Batch, Payment, PaymentState};
use crate::core::books::distributed::{Distribution, Redirect, Reversal};
use crate::core::books::movement::{Money, Movement};
use crate::core::books::person::Person;
use crate::core::books::project::{Project, Rate};
use crate::core::books::proposal::{Proposal, ProposalState, Version};
use crate::core::books::state::Books;
use crate::core::books::table::{Fits, at_number};
use crate::core::budget;
use crate::core::contribution::{Kind, Waiting};
use crate::core::distribution::share::Given;
use crate::core::entry::{Entry, Fact};
use crate::core::fact::equipment::EquipmentFact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::people::{PeopleFact, Setting};
use crate::core::fact::pool::PoolFact;
use crate::core::fact::rule::RuleFact;
use crate::core::fact::work::WorkFact;
use crate::core::ids::{DistributionId, LogId, MoneyId, PersonId};
use crate::core::ledger::Transaction;
use crate::core::log::{Flag, Log, Standing};
use crate::core::money::Amount;
use crate::core::pool::Event;
use crate::core::task::{Task, TaskState};
use crate::core::time::Timestamp;

/// An entry that does not fit the entries before it. Decided entries always fit; only a damaged journal does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} does not fit the entries before it: {why}")]
pub struct Corrupt {
    /// The entry's place.
    pub seq: u64,
    /// What does not fit.
    pub why: &'static str,
}

impl Books {
    /// Folds one entry in; `payload` is the text that was hashed.
    pub fn apply(&mut self, entry: &Entry, payload: &str) -> Result<(), Corrupt> {
        let corrupt = |why| Corrupt { seq: entry.seq, why };
        if entry.network != self.network || entry.seq != self.seq + 1 || entry.at < self.last_at {
            return Err(corrupt("its network, its place or its time is not the next"));
        }
        self.note_texts(entry);
        self.fold(entry).map_err(corrupt)?;
        self.stamp(entry).map_err(corrupt)?;
        match &entry.fact {
            Fact::Work(WorkFact::Logged(_)) => self.tally_last_log(),
            fact if fact.touches_claims() => self.drop_tallies(),
            _ => {}
        }
        if let Some(transaction) = entry.transaction() {
            self.ledger.post(transaction);
        }
        let gone = match &entry.fact {
            Fact::People(PeopleFact::PeopleJoined(f)) => {
                self.joined.get(&f.gone).map(|joined| joined.ledger_name.as_str())
            }
            Fact::People(PeopleFact::PersonErased(f)) => Some(self.ledger_name(f.person)),
            _ => None,
        };
        let is_left = match gone {
            Some(name) => self.ledger.balances().any(|(account, _)| account.owner() == Some(name)),
            None => entry
                .transaction()
                .is_some_and(|t| t.postings().iter().any(|(account, _)| self.is_left_behind(account))),
        };
        if is_left {
            return Err(corrupt("it leaves money with somebody who is gone"));
        }
        self.seq = entry.seq;
        self.last_at = entry.at;
        self.head = self.head.chained(payload);
        Ok(())
    }

    fn fold(&mut self, entry: &Entry) -> Fits {
        match &entry.fact {
            Fact::People(PeopleFact::NetworkCreated(f)) => {
                self.commodity = f.commodity().ok_or("unknown commodity")?;
                self.name.clone_from(&f.name);
                self.timezone = f.timezone;
            }
            Fact::People(PeopleFact::SettingChanged(f)) => match &f.setting {
                Setting::Name(name) => self.name.clone_from(name),
                Setting::Timezone(zone) => self.timezone = *zone,
                Setting::SecondPerson(amount) => self.settings.second_person = *amount,
                Setting::LogWindow(days) => self.settings.log_window = *days,
                Setting::DailyLimit(minutes) => self.settings.daily_limit = *minutes,
                Setting::Validators(count) => self.settings.validators = *count,
                Setting::Quorum(share) => self.settings.quorum = *share,
                Setting::ObjectionShare(share) => self.settings.objection_share = *share,
                Setting::AgreeDays(days) => self.settings.agree_days = *days,
                Setting::FlagDays(days) => self.settings.flag_days = *days,
                Setting::Encryption(kept) => self.settings.encryption_lapses = !kept,
            },
            Fact::People(PeopleFact::PersonAdded(f)) => {
                if self.next_person() != f.person || self.ledger_names.contains_key(&f.handle) {
                    return Err("its person is not new");
                }
                self.add_person(f.person, &f.handle, entry.at);
                self.mark(f.person, &f.marks);
            }
            Fact::People(PeopleFact::PersonIdentified(f)) => {
                if !self.people.contains_key(&self.who(f.person)) {
                    return Err("no such person");
                }
                self.mark(f.person, &f.marks);
            }
            Fact::People(PeopleFact::PersonReturned(f)) => self.person_mut(f.person)?.active = true,
            Fact::People(PeopleFact::PersonLeft(f)) => {
                self.subscriptions.retain(|(_, person), _| *person != f.person);
                let person = self.person_mut(f.person)?;
                person.active = false;
                person.roles.clear();
                for task in &f.dropped {
                    self.set_task(task.0, entry.at, TaskState::Open)?;
                }
            }
            Fact::People(PeopleFact::PersonErased(f)) => self.erase(f.person)?,
            Fact::People(PeopleFact::RoleGranted(f)) => {
                self.person_mut(f.person)?.roles.insert((f.role, f.project));
            }
            Fact::People(PeopleFact::RoleRevoked(f)) => {
                self.person_mut(f.person)?.roles.remove(&(f.role, f.project));
            }
            Fact::People(PeopleFact::PeopleJoined(f)) => self.join(f.kept, f.gone, &f.transaction)?,
            Fact::Rule(RuleFact::ProjectCreated(f)) => {
                if self.next_project() != f.project {
                    return Err("its project is not new");
                }
                let project = Project {
                    name: f.name.clone(),
                    rule: f.rule.clone(),
                    rule_hash: f.rule_hash,
                    versions: vec![Version {
                        rule: f.rule.clone(),
                        rule_hash: f.rule_hash,
                        since: None,
                        proposal: None,
                        voters: Vec::new(),
                        agreed: Vec::new(),
                    }],
                    waiting: Default::default(),
                    spent: self.commodity.zero(),
                    approval: None,
                };
                self.projects.insert(f.project, project);
                self.begin_tally(f.project);
            }
            Fact::Rule(RuleFact::RuleProposed(f)) => {
                if self.next_proposal() != f.proposal {
                    return Err("its proposal is not new");
                }
                self.proposals.push(Proposal {
                    id: f.proposal,
                    project: f.project,
                    rule: f.rule.clone(),
                    rule_hash: f.rule_hash,
                    by: entry.by.ok_or("nobody proposed the rule")?,
                    at: entry.at,
                    closes: f.closes,
                    agreed: Default::default(),
                    objections: Default::default(),
                    state: ProposalState::Open,
                });
            }
            Fact::Rule(RuleFact::RuleAgreed(f)) => {
                let by = entry.by.ok_or("nobody agreed")?;
                let proposal = at_number(&mut self.proposals, f.proposal.0, "no such proposal")?;
                proposal.objections.remove(&by);
                proposal.agreed.insert(by);
            }
            Fact::Rule(RuleFact::RuleObjected(f)) => {
                let by = entry.by.ok_or("nobody objected")?;
                let proposal = at_number(&mut self.proposals, f.proposal.0, "no such proposal")?;
                proposal.agreed.remove(&by);
                proposal.objections.insert(by, f.reason);
            }
            Fact::Rule(RuleFact::RuleAdopted(f)) => {
                let since = self.local_date(entry.at);
                let proposal = at_number(&mut self.proposals, f.proposal.0, "no such proposal")?;
                proposal.state = ProposalState::Adopted;
                let Proposal { project, rule, rule_hash, .. } = proposal.clone();
                let project = self.project_mut(project)?;
                if f.version != project.version() + 1 {
                    return Err("its version is not the next");
                }
                project.rule = rule.clone();
                project.rule_hash = rule_hash;
                project.approval = None;
                project.versions.push(Version {
                    rule,
                    rule_hash,
                    since: Some(since),
                    proposal: Some(f.proposal),
                    voters: f.voters.clone(),
                    agreed: f.agreed.clone(),
                });
            }
            Fact::Rule(RuleFact::RuleLapsed(f)) => {
                at_number(&mut self.proposals, f.proposal.0, "no such proposal")?.state = ProposalState::Lapsed
            }
            Fact::Rule(RuleFact::MilestoneAdded(f)) => {
                if self.next_milestone() != f.milestone {
                    return Err("its milestone is not new");
                }
                let (id, project, amount) = (f.milestone, f.project, f.amount);
                self.milestones.push(budget::Milestone { id, project, name: f.name.clone(), amount });
            }
            Fact::Rule(RuleFact::LinePlanned(f)) => {
                if self.next_line() != f.line {
                    return Err("its line is not new");
                }
                let (activity, amount, parts) = (f.activity, f.amount, f.parts.clone());
                self.lines.push(budget::Line {
                    id: f.line,
                    milestone: f.milestone,
                    activity,
                    amount,
                    parts,
                    planned: 0,
                    given: Default::default(),
                });
            }
            Fact::Rule(RuleFact::RateSet(f)) => {
                let places = self.rates_of.entry(f.role.clone()).or_default().entry(f.person).or_default();
                places.insert(places.partition_point(|(from, _)| *from <= f.from), (f.from, self.rates.len()));
                self.rates.push(Rate { role: f.role.clone(), person: f.person, per_hour: f.per_hour, from: f.from });
            }
            Fact::Work(WorkFact::TaskOpened(f)) => {
                if self.next_task() != f.task {
                    return Err("its task is not new");
                }
                let opened_by = entry.by.ok_or("nobody opened the task")?;
                self.tasks.push(Task {
                    id: f.task,
                    project: f.project,
                    title: f.title,
                    estimate: f.estimate,
                    opened_by,
                    opened_at: entry.at,
                    state: TaskState::Open,
                    moves: Vec::new(),
                });
            }
            Fact::Work(WorkFact::TaskTaken(f)) => self.set_task(f.task.0, entry.at, TaskState::Taken(f.person))?,
            Fact::Work(WorkFact::TaskDropped(f)) => self.set_task(f.task.0, entry.at, TaskState::Open)?,
            Fact::Work(WorkFact::TaskDone(f)) => self.set_task(f.task.0, entry.at, TaskState::Done(f.person))?,
            Fact::Work(WorkFact::TaskAccepted(f)) => {
                let person = self.task(f.task).and_then(|task| task.state.person()).ok_or("nobody did the task")?;
                self.set_task(f.task.0, entry.at, TaskState::Accepted(person))?;
            }
            Fact::Work(WorkFact::Logged(f)) => {
                if self.next_log() != f.log {
                    return Err("its log is not new");
                }
                let validated = (f.validations > 0).then_some(Waiting::Validation);
                let standing = f.waiting.or(validated).map_or(Standing::Counts, Standing::Waits);
                let by = entry.by.ok_or("nobody said the log")?;
                self.logs.push(Log::of(f, by, entry.at, standing));
                if f.waiting.or(validated).is_some() {
                    self.waiting.insert(f.log);
                }
                self.count_minutes(f.log, 1)?;
            }
            Fact::Work(WorkFact::ReceiptKept(f)) => {
                if self.log(f.log).ok_or("no such log")?.contribution.kind() != Kind::Expense {
                    return Err("only an expense has a receipt");
                }
                self.receipts.entry(f.log).or_default().push(f.file);
            }
            Fact::Work(WorkFact::LogConfirmed(f)) => self.stand_when_validated(f.log)?,
            Fact::Work(WorkFact::LogValidated(f)) => {
                let by = entry.by.ok_or("nobody agreed to the log")?;
                let log = self.log_mut(f.log)?;
                log.validated_by.push(by);
                if f.enough != (log.validated_by.len() >= log.validations) {
                    return Err("its log needs another number of people");
                }
                if f.enough {
                    self.stand(f.log, Standing::Counts)?;
                }
            }
            Fact::Work(WorkFact::ClaimsGiven(f)) => {
                for &log in &f.logs {
                    self.log_mut(log)?.gift = true;
                }
            }
            Fact::Work(WorkFact::GiftsSet(f)) => self.person_mut(f.person)?.gives = f.always,
            Fact::Work(WorkFact::LogCorrected(f)) => {
                self.count_minutes(f.log, -1)?;
                let log = self.log_mut(f.log)?;
                let claims_other = log.contribution != f.contribution || log.date != f.date;
                // What others agreed to is no longer what it says.
                if claims_other && log.validations > 0 {
                    log.validated_by.clear();
                    if log.standing == Standing::Counts {
                        log.standing = Standing::Waits(Waiting::Validation);
                        self.waiting.insert(f.log);
                    }
                }
                let log = self.log_mut(f.log)?;
                log.date = f.date;
                log.what = f.what;
                log.was = Some(std::mem::replace(&mut log.contribution, f.contribution.clone()));
                self.take_back(f.log, &f.taken_back)?;
                self.count_minutes(f.log, 1)?;
            }
            Fact::Work(WorkFact::LogUndone(f)) => {
                self.count_minutes(f.log, -1)?;
                self.take_back(f.log, &f.taken_back)?;
                self.stand(f.log, Standing::Undone)?;
            }
            Fact::Work(WorkFact::LogFlagged(f)) => {
                let by = entry.by.ok_or("nobody raised the flag")?;
                self.stand(f.log, Standing::Flagged(Flag { by, reason: f.reason }))?;
            }
            Fact::Work(WorkFact::FlagKept(f)) => {
                self.stand_when_validated(f.log)?;
                let parts = self.distributions.iter_mut().flat_map(|d| &mut d.shares).filter_map(|share| {
                    match &mut share.given {
                        Given::Claims(parts) => Some(parts),
                        Given::Fund(_) | Given::Person(_) => None,
                    }
                });
                parts.flatten().filter(|(claim, _)| claim.log == f.log).for_each(|(claim, _)| claim.held = false);
            }
            Fact::Work(WorkFact::FlagStruck(f)) => {
                self.count_minutes(f.log, -1)?;
                self.stand(f.log, Standing::Struck)?;
                f.amended.iter().try_for_each(|amended| self.amend(f.log, amended))?;
                self.take_back(f.log, &f.taken_back)?;
            }
            Fact::Money(MoneyFact::CashReceived(f)) => {
                let log = self.log(f.log).ok_or("no such log")?;
                let amount = log.contribution.stated_value().ok_or("the log is not cash")?;
                self.stand(f.log, Standing::Counts)?;
                self.record(entry, f.money, amount, Movement::Cash { log: f.log }, &f.transaction)?;
            }
            Fact::Money(MoneyFact::IncomeRecorded(f)) => {
                let net = f.amount.with(f.amount.minor - f.tax.map_or(0, |tax| tax.minor));
                let nothing = f.amount.with(0);
                let version = self.version_on(f.project, f.date);
                self.project_mut(f.project)?.waiting.insert(f.money, net);
                let movement = Movement::Income {
                    project: f.project,
                    net,
                    fee: f.fee,
                    original: f.original,
                    from: f.from,
                    refunded: (nothing, nothing),
                    distribution: None,
                    version,
                    milestone: f.milestone,
                };
                self.record(entry, f.money, f.amount, movement, &f.transaction)?;
                at_number(&mut self.money, f.money.0, "no such money")?.date = f.date;
            }
            Fact::Money(MoneyFact::IncomeRefunded(f)) => {
                self.refund(f.income, f.amount.minor, f.net.minor)?;
                self.record(
                    entry,
                    f.money,
                    f.amount,
                    Movement::Refund { income: f.income, net: f.net },
                    &f.transaction,
                )?;
            }
            Fact::Money(MoneyFact::DistributionApproved(f)) => {
                let by = entry.by.ok_or("nobody approved")?;
                self.project_mut(f.project)?.approval = Some((by, f.outcome));
            }
            Fact::Money(MoneyFact::Distributed(f)) => {
                if self.next_distribution() != f.distribution {
                    return Err("its distribution is not new");
                }
                let project = self.project_mut(f.project)?;
                project.approval = None;
                project.spent = f.spent.with(0);
                for (income, _) in &f.incomes {
                    project.waiting.remove(income);
                }
                for (income, _) in &f.incomes {
                    match &mut at_number(&mut self.money, income.0, "no such income")?.movement {
                        Movement::Income { distribution, .. } => *distribution = Some(f.distribution),
                        _ => return Err("what it shares is no income"),
                    }
                }
                self.credit_claims(&f.rule, &f.shares, f.distribution, 1)?;
                self.plan_lines(&f.planned, 1)?;
                let used = |(person, redirect): (&PersonId, &Redirect)| {
                    redirect.until.is_none() && f.redirected.iter().any(|redirected| redirected.person == *person)
                };
                let spent_redirects: Vec<_> =
                    self.redirects.iter().filter(|&entry| used(entry)).map(|(&p, r)| (p, r.clone())).collect();
                for (person, _) in &spent_redirects {
                    self.redirects.remove(person);
                }
                self.distributions.push(Distribution {
                    id: f.distribution,
                    project: f.project,
                    date: self.local_date(entry.at),
                    rule: f.rule.clone(),
                    rule_hash: f.rule_hash,
                    incomes: f.incomes.clone(),
                    carried: f.carried,
                    spent: f.spent,
                    shares: f.shares.clone(),
                    undistributed: f.undistributed,
                    advances: self.advances(),
                    amendments: Vec::new(),
                    version: f.version,
                    redirected: f.redirected.clone(),
                    planned: f.planned.clone(),
                    spent_redirects,
                    reversed_by: None,
                    reversed_on: None,
                });
            }
            Fact::Money(MoneyFact::DistributionReversed(f)) => self.reverse(f.distribution, Reversal::Alone)?,
            Fact::Money(MoneyFact::RedirectSet(f)) => {
                let redirect = Redirect { percent: f.percent, to: f.to.clone(), until: f.until };
                match f.percent {
                    0 => self.redirects.remove(&f.person),
                    _ => self.redirects.insert(f.person, redirect),
                };
            }
            Fact::Money(MoneyFact::BatchOpened(f)) => {
                if self.next_batch() != f.batch {
                    return Err("its batch is not new");
                }
                let payment =
                    |&(person, amount): &(PersonId, Amount)| Payment { person, amount, state: PaymentState::Open };
                let payments = f.payments.iter().map(payment).collect();
                let date = self.local_date(entry.at);
                self.batches.push(Batch { id: f.batch, date, format: f.format.clone(), payments });
            }
            Fact::Money(MoneyFact::BatchPaid(f)) => {
                let batch = at_number(&mut self.batches, f.batch.0, "no such batch")?;
                for (person, money) in &f.payments {
                    let payment =
                        batch.payments.iter_mut().find(|payment| payment.person == *person).ok_or("no such payment")?;
                    payment.state = PaymentState::Paid(*money);
                }
            }
            Fact::Money(MoneyFact::PaymentFailed(f)) => {
                let batch = at_number(&mut self.batches, f.batch.0, "no such batch")?;
                let payment =
                    batch.payments.iter_mut().find(|payment| payment.person == f.person).ok_or("no such payment")?;
                payment.state = PaymentState::Failed;
            }
            Fact::Money(MoneyFact::PaidOut(f)) => {
                let movement = Movement::Payout { person: f.person, fee: f.fee, reference: f.reference };
                self.record(entry, f.money, f.amount, movement, &f.transaction)?;
            }
            Fact::Money(MoneyFact::CostReimbursed(f)) => {
                self.log_mut(f.log)?.reimbursed += f.amount.minor;
                self.spend(&f.from, f.amount.minor);
                self.record(
                    entry,
                    f.money,
                    f.amount,
                    Movement::Reimbursement { log: f.log, from: f.from.clone(), taken_back: f.amount.with(0) },
                    &f.transaction,
                )?;
            }
            Fact::Money(MoneyFact::FundSpent(f)) => {
                self.record(
                    entry,
                    f.money,
                    f.amount,
                    Movement::Spending { fund: f.fund.clone(), what: f.what },
                    &f.transaction,
                )?;
            }
            Fact::Money(MoneyFact::MoneyUndone(f)) => {
                for &distribution in &f.reversed {
                    self.reverse(distribution, Reversal::Money(f.money))?;
                }
                let undone = at_number(&mut self.money, f.undone.0, "no such money")?;
                undone.undone_by = Some(f.money);
                let amount = undone.amount;
                match undone.movement.clone() {
                    Movement::Income { project, .. } => {
                        self.project_mut(project)?.waiting.remove(&f.undone);
                    }
                    Movement::Refund { income, net } => self.refund(income, -amount.minor, -net.minor)?,
                    Movement::Cash { log } => {
                        if self.log(log).is_some_and(|log| log.standing == Standing::Counts) {
                            self.stand(log, Standing::Waits(Waiting::Custodian))?;
                            self.waiting.insert(log);
                        }
                    }
                    Movement::Reimbursement { log, from, taken_back } => {
                        self.log_mut(log)?.reimbursed -= amount.minor - taken_back.minor;
                        self.spend(&from, -amount.minor);
                    }
                    Movement::Payout { .. } | Movement::Spending { .. } => {}
                    Movement::PoolPayment { pool, person, .. } => self.unpay_pool(f.undone, pool, person, entry.at)?,
                    Movement::Purchase { pool, equipment, stakes, before, .. } => {
                        self.step(pool, Event::BuyUndone)?;
                        self.unbuy(equipment, &stakes, before)?;
                    }
                    Movement::BillPayment { bill } => self.unpay_bill(bill)?,
                    Movement::Proceeds { equipment, before, shared } => self.unretire(equipment, before, &shared)?,
                    Movement::Undoing { .. } => return Err("an undoing can't be undone"),
                }
                self.record(
                    entry,
                    f.money,
                    amount,
                    Movement::Undoing { of: f.undone, reason: f.reason },
                    &f.transaction,
                )?;
            }
            Fact::Pool(PoolFact::PoolOpened(_))
            | Fact::Pool(PoolFact::Pledged(_))
            | Fact::Pool(PoolFact::PledgeWithdrawn(_))
            | Fact::Pool(PoolFact::PledgeLapsed(_))
            | Fact::Pool(PoolFact::PoolPaid(_))
            | Fact::Pool(PoolFact::PoolToppedUp(_))
            | Fact::Pool(PoolFact::PoolClosed(_))
            | Fact::Pool(PoolFact::PoolSettled(_))
            | Fact::Pool(PoolFact::PoolGiven(_))
            | Fact::Pool(PoolFact::PoolCancelled(_)) => self.fold_pool(entry)?,
            Fact::Equipment(EquipmentFact::EquipmentAdded(_))
            | Fact::Equipment(EquipmentFact::TermsSet(_))
            | Fact::Equipment(EquipmentFact::TermsProposed(_))
            | Fact::Equipment(EquipmentFact::TermsAgreed(_))
            | Fact::Equipment(EquipmentFact::Certified(_))
            | Fact::Equipment(EquipmentFact::EquipmentBought(_))
            | Fact::Equipment(EquipmentFact::StockAdded(_))
            | Fact::Equipment(EquipmentFact::StockRemoved(_))
            | Fact::Equipment(EquipmentFact::Billed(_))
            | Fact::Equipment(EquipmentFact::BillPaid(_))
            | Fact::Equipment(EquipmentFact::BillUndone(_))
            | Fact::Equipment(EquipmentFact::MachineShared(_))
            | Fact::Equipment(EquipmentFact::MachineShareReversed(_))
            | Fact::Equipment(EquipmentFact::HandedOver(_))
            | Fact::Equipment(EquipmentFact::StakeTransferred(_))
            | Fact::Equipment(EquipmentFact::EquipmentRetired(_))
            | Fact::Equipment(EquipmentFact::SubscriptionStarted(_))
            | Fact::Equipment(EquipmentFact::SubscriptionEnded(_)) => self.fold_equipment(entry)?,
        }
        Ok(())
    }

    pub(super) fn person_mut(&mut self, person: PersonId) -> Result<&mut Person, &'static str> {
        self.people.get_mut(&person).ok_or("no such person")
    }

    pub(super) fn project_mut(&mut self, project: crate::core::ids::ProjectId) -> Result<&mut Project, &'static str> {
        self.projects.get_mut(&project).ok_or("no such project")
    }

    pub(super) fn log_mut(&mut self, log: LogId) -> Result<&mut Log, &'static str> {
        at_number(&mut self.logs, log.0, "no such log")
    }

    /// Notes when something that is known changed.
    fn stamp(&mut self, entry: &Entry) -> Fits {
        let (log, counts) = match &entry.fact {
            Fact::Work(WorkFact::LogConfirmed(f)) => (f.log, true),
            Fact::Work(WorkFact::LogValidated(f)) if f.enough => (f.log, true),
            Fact::Money(MoneyFact::CashReceived(f)) => (f.log, true),
            Fact::Work(WorkFact::LogCorrected(f)) => (f.log, false),
            Fact::Work(WorkFact::LogUndone(f)) => (f.log, false),
            Fact::Work(WorkFact::FlagStruck(f)) => (f.log, false),
            Fact::Money(MoneyFact::DistributionReversed(f)) => return self.stamp_reversed(&[f.distribution], entry.at),
            Fact::Money(MoneyFact::MoneyUndone(f)) => {
                let pool = self.money(f.undone).and_then(|money| match money.movement {
                    Movement::PoolPayment { pool, .. } | Movement::Purchase { pool, .. } => Some(pool),
                    _ => None,
                });
                if let Some(pool) = pool {
                    at_number(&mut self.pools, pool.0, "no such pool")?.last_at = entry.at;
                }
                return self.stamp_reversed(&f.reversed, entry.at);
            }
            fact => {
                if let Some(pool) = fact.pool() {
                    at_number(&mut self.pools, pool.0, "no such pool")?.last_at = entry.at;
                }
                return Ok(());
            }
        };
        let log = self.log_mut(log)?;
        if counts {
            log.counts_at = entry.at;
        } else {
            log.changed_at = Some(entry.at);
        }
        Ok(())
    }

    fn stamp_reversed(&mut self, reversed: &[DistributionId], at: Timestamp) -> Fits {
        let day = at.with_timezone(&self.timezone).date_naive();
        reversed.iter().try_for_each(|id| {
            at_number(&mut self.distributions, id.0, "no such distribution")?.reversed_on = Some(day);
            Ok(())
        })
    }

    fn set_task(&mut self, number: u32, at: Timestamp, state: TaskState) -> Fits {
        let task = at_number(&mut self.tasks, number, "no such task")?;
        task.state = state;
        task.moves.push((at, state));
        Ok(())
    }

    pub(super) fn stand(&mut self, log: LogId, standing: Standing) -> Fits {
        self.waiting.remove(&log);
        self.log_mut(log)?.standing = standing;
        Ok(())
    }

    /// A log counts, or waits for as many as must agree to it.
    fn stand_when_validated(&mut self, id: LogId) -> Fits {
        let log = self.log(id).ok_or("no such log")?;
        if log.validated_by.len() >= log.validations {
            return self.stand(id, Standing::Counts);
        }
        self.stand(id, Standing::Waits(Waiting::Validation))?;
        self.waiting.insert(id);
        Ok(())
    }

    /// Adds (1) or takes off (-1) a log's minutes to its person's day.
    fn count_minutes(&mut self, log: LogId, sign: i64) -> Fits {
        let log = self.log(log).ok_or("no such log")?;
        if let Some(minutes) = log.contribution.minutes() {
            *self.minutes_by_day.entry((log.person, log.date)).or_default() += sign * minutes.0;
        }
        Ok(())
    }

    pub(super) fn record(
        &mut self,
        entry: &Entry,
        id: MoneyId,
        amount: Amount,
        movement: Movement,
        transaction: &Transaction,
    ) -> Fits {
        if self.next_money() != id {
            return Err("its money is not new");
        }
        let date = self.local_date(entry.at);
        self.money.push(Money {
            id,
            date,
            at: entry.at,
            by: entry.by,
            amount,
            movement,
            undone_by: None,
            transaction: transaction.clone(),
        });
        Ok(())
    }

    pub(super) fn local_date(&self, at: Timestamp) -> chrono::NaiveDate {
        at.with_timezone(&self.timezone).date_naive()
    }
}
