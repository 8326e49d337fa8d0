//! Entries of the journal: facts with their outcome.
//!
//! The payload is the JSON that is stored, and its exact bytes are what is hashed: `hash = SHA-256(previous hash, payload)`,
//! where the first previous hash is the SHA-256 of the network's id. Each kind has a version; its struct is frozen once a
//! journal has been written with it. A changed fact gets a new version; one that `reads` the version before has only gained
//! fields that the older one leaves out, and any other change takes an upcast in [`Fact::parse`]. The payload itself has gained
//! `said` in the same way: entries without it, which are nearly all, are the same bytes as before.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::core::budget::Planned;
use crate::core::contribution::{Contribution, Waiting};
use crate::core::distribution::share::{Recipient, Share};
use crate::core::equipment;
use crate::core::equipment::{Handed, Scenario, Terms};
use crate::core::holder::Holder;
use crate::core::ids::{
    BatchId, BillId, DistributionId, EquipmentId, Hash, LineId, LogId, LotId, MilestoneId, MoneyId, PersonId, PoolId, ProjectId,
    ProposalId, TaskId, TextRef,
};
use crate::core::ledger::{Account, Transaction};
use crate::core::money::{Amount, Commodity};
use crate::core::pool::{Conditions, Stake};
use crate::core::rule::definition::Rule;
use crate::core::stock::Taken;
use crate::core::time::{Minutes, Timestamp};

/// What a person may do. Every role implies affiliate; steward implies lead of every project, not custodian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accepts tasks, resolves flags, confirms payouts of a project.
    Lead,
    /// Holds the money and records what comes in and goes out.
    Custodian,
    /// Grants roles, opens projects, sets rates.
    Steward,
}

impl Role {
    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Role::Lead => "lead",
            Role::Custodian => "custodian",
            Role::Steward => "steward",
        }
    }
}

/// A setting of a network, with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "key", content = "value")]
pub enum Setting {
    /// What the network is called.
    Name(String),
    /// The zone that dates are read in.
    Timezone(Tz),
    /// A distribution above this needs a second person's confirmation.
    SecondPerson(Option<Amount>),
    /// How many days after it was done work may still be logged.
    LogWindow(Option<u32>),
    /// How much one person may log for one day.
    DailyLimit(Option<Minutes>),
    /// How many others must agree to a log before it counts.
    Validators(Option<u32>),
    /// A proposed rule needs more than this part of its voters, in hundredths of a percent.
    Quorum(Option<u32>),
    /// With an open objection it needs at least this part of them, in hundredths of a percent.
    ObjectionShare(Option<u32>),
    /// For how many days a proposal is open.
    AgreeDays(Option<u32>),
    /// After how many days an open flag is brought to the stewards.
    FlagDays(Option<u32>),
    /// Whether people who have written encrypted messages move money and roles by such messages only.
    Encryption(bool),
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal $version:literal $(reads $($older:literal)|+)? { $($(#[$fdoc:meta])* $field:ident : $type:ty),+ $(,)? }),+ $(,)?) => {
        $( $(#[$doc])* #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)] #[serde(deny_unknown_fields)] #[allow(missing_docs)] pub struct $name { $($(#[$fdoc])* pub $field: $type),+ } )+

        /// What happened, with its outcome: never a command to be computed again.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact { $( $(#[$doc])* $name($name) ),+ }

        $( impl From<$name> for Fact { fn from(body: $name) -> Self { Fact::$name(body) } } )+

        impl Fact {
            /// Every kind with its current version.
            pub const KINDS: &'static [(&'static str, u32)] = &[$(($kind, $version)),+];

            /// The kind and version that the payload names.
            pub fn kind(&self) -> (&'static str, u32) {
                match self { $( Fact::$name(_) => ($kind, $version) ),+ }
            }

            fn body(&self) -> Result<Box<RawValue>, serde_json::Error> {
                match self { $( Fact::$name(body) => serde_json::value::to_raw_value(body) ),+ }
            }

            /// Reads a body of a kind and version, upcast to today's type.
            #[allow(clippy::manual_range_patterns)] // the versions are listed as the facts list them
            fn parse(kind: &str, version: u32, body: &RawValue) -> Result<Self, PayloadError> {
                match (kind, version) {
                    $( ($kind, $version $($(| $older)+)?) => Ok(Fact::$name(from_body(body)?)), )+
                    _ => Err(PayloadError::Newer { kind: kind.to_owned(), version }),
                }
            }
        }
    };
}

fn from_body<T: DeserializeOwned>(body: &RawValue) -> Result<T, PayloadError> {
    serde_json::from_str(body.get()).map_err(|error| PayloadError::Malformed(error.to_string()))
}

facts! {
    /// A community began to keep accounts.
    NetworkCreated = "network-created" 1 { name: String, currency: String, scale: u8, timezone: Tz },
    /// A setting was changed.
    SettingChanged = "setting-changed" 3 reads 1 | 2 { setting: Setting },
    /// A person joined, or was added by a steward; the hashes of the rules they were shown. The handle is what the journal calls
    /// them: `person-` and their number. What they are called lies beside it; in journals of before it stands here.
    PersonAdded = "person-added" 2 reads 1 {
        person: PersonId, handle: String, agreed: Vec<Hash>,
        /// What lies beside the journal about who they are.
        #[serde(default)] marks: Vec<Mark>,
    },
    /// What lies beside the journal about who somebody is has changed. Marks of before hold unless one of the same kind replaces
    /// them; only accounts add up.
    PersonIdentified = "person-identified" 1 { person: PersonId, marks: Vec<Mark> },
    /// Somebody who had left came back.
    PersonReturned = "person-returned" 1 { person: PersonId, agreed: Vec<Hash> },
    /// A person left: roles ended, these tasks are open again.
    PersonLeft = "person-left" 1 { person: PersonId, dropped: Vec<TaskId> },
    /// Somebody is to be forgotten: they take part no longer, their tasks are open again, nothing is given on by them or to them.
    /// What they were owed, they gave.
    PersonErased = "person-erased" 1 { person: PersonId, transaction: Transaction },
    /// A role was granted; a lead's names the project.
    RoleGranted = "role-granted" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
    /// A role ended.
    RoleRevoked = "role-revoked" 1 { person: PersonId, role: Role, project: Option<ProjectId> },
    /// Two people turned out to be one: whoever is gone is the one kept from now on. What was on their accounts moves.
    PeopleJoined = "people-joined" 1 { kept: PersonId, gone: PersonId, transaction: Transaction },
    /// A project began, under a rule.
    ProjectCreated = "project-created" 3 reads 1 | 2 { project: ProjectId, name: String, rule: Rule, rule_hash: Hash },
    /// A rule was proposed for a project, to be agreed on until it closes.
    RuleProposed = "rule-proposed" 2 reads 1 { proposal: ProposalId, project: ProjectId, rule: Rule, rule_hash: Hash, closes: Timestamp },
    /// A voter agreed, and objects no more.
    RuleAgreed = "rule-agreed" 1 { proposal: ProposalId },
    /// A voter objects, and agrees no more.
    RuleObjected = "rule-objected" 1 { proposal: ProposalId, reason: TextRef },
    /// A proposal is the project's rule from now on: who had a vote, and who of them agreed.
    RuleAdopted = "rule-adopted" 1 { proposal: ProposalId, version: u32, voters: Vec<PersonId>, agreed: Vec<PersonId> },
    /// A proposal is closed without having been adopted.
    RuleLapsed = "rule-lapsed" 1 { proposal: ProposalId },
    /// An income was planned ahead.
    MilestoneAdded = "milestone-added" 1 { milestone: MilestoneId, project: ProjectId, name: String, amount: Amount },
    /// What is done in a milestone for how much, and by whom, by weight; by minutes if nobody is named.
    LinePlanned = "line-planned" 1 { line: LineId, milestone: MilestoneId, activity: TextRef, amount: Amount, parts: Vec<(PersonId, i64)> },
    /// What an hour in a role is worth, from a day on; for one person only if one is named.
    RateSet = "rate-set" 1 { role: String, person: Option<PersonId>, per_hour: Amount, from: NaiveDate },
    /// A task was opened.
    TaskOpened = "task-opened" 1 { task: TaskId, project: ProjectId, title: TextRef, estimate: Option<Minutes> },
    /// Somebody took a task.
    TaskTaken = "task-taken" 1 { task: TaskId, person: PersonId },
    /// A task is open again.
    TaskDropped = "task-dropped" 1 { task: TaskId },
    /// Somebody did a task.
    TaskDone = "task-done" 1 { task: TaskId, person: PersonId },
    /// A lead accepted what was done.
    TaskAccepted = "task-accepted" 1 { task: TaskId },
    /// Somebody logged a contribution.
    Logged = "logged" 3 reads 1 | 2 {
        log: LogId, person: PersonId, project: ProjectId, task: Option<TaskId>, date: NaiveDate, what: TextRef,
        contribution: Contribution, gift: bool, waiting: Option<Waiting>,
        /// How many others must agree to it before it counts.
        #[serde(default)] validations: u32,
        /// The line of a milestone that it is work on.
        #[serde(default)] line: Option<LineId>,
    },
    /// Somebody agreed to a log; whether that was enough.
    LogValidated = "log-validated" 1 { log: LogId, enough: bool },
    /// Claims became gifts.
    ClaimsGiven = "claims-given" 1 { logs: Vec<LogId> },
    /// Whether everything that a person logs is a gift from now on.
    GiftsSet = "gifts-set" 1 { person: PersonId, always: bool },
    /// A receipt of a logged expense lies beside the journal.
    ReceiptKept = "receipt-kept" 1 { log: LogId, file: TextRef },
    /// The person said yes to what was logged for them.
    LogConfirmed = "log-confirmed" 1 { log: LogId },
    /// A log was replaced by what it should have said; what it had received too much goes back.
    LogCorrected = "log-corrected" 1 { log: LogId, date: NaiveDate, what: TextRef, contribution: Contribution, taken_back: TakenBack },
    /// A log was taken back; what it had received under `until paid` goes back.
    LogUndone = "log-undone" 1 { log: LogId, taken_back: TakenBack },
    /// Somebody doubts a log.
    LogFlagged = "log-flagged" 1 { log: LogId, reason: TextRef },
    /// A doubt was dismissed: held shares are paid.
    FlagKept = "flag-kept" 1 { log: LogId, transaction: Transaction },
    /// A doubt was upheld: held shares go to the others of their distribution; what it had been paid before goes back.
    FlagStruck = "flag-struck" 1 { log: LogId, amended: Vec<Amended>, taken_back: TakenBack, transaction: Transaction },
    /// A custodian has the cash that somebody logged.
    CashReceived = "cash-received" 1 { money: MoneyId, log: LogId, transaction: Transaction },
    /// Money arrived for a project: `amount` in all, of which `tax` is tax; `fee` had been kept by the bank.
    IncomeRecorded = "income-recorded" 2 reads 1 {
        money: MoneyId, project: ProjectId, from: TextRef, date: NaiveDate, amount: Amount, fee: Option<Amount>,
        tax: Option<Amount>, original: Option<Amount>, transaction: Transaction,
        /// The milestone that it is for.
        #[serde(default)] milestone: Option<MilestoneId>,
    },
    /// A client got money back: `net` from the project, the rest from the tax.
    IncomeRefunded = "income-refunded" 1 { money: MoneyId, income: MoneyId, amount: Amount, net: Amount, transaction: Transaction },
    /// A first person confirmed a distribution that needs two.
    DistributionApproved = "distribution-approved" 1 { project: ProjectId, outcome: Hash },
    /// A rule turned incomes into shares.
    Distributed = "distributed" 2 reads 1 {
        distribution: DistributionId, project: ProjectId, rule: Rule, rule_hash: Hash, incomes: Vec<(MoneyId, Amount)>,
        /// What was on the project's account from before: undistributed, or below zero to recover.
        carried: Amount,
        /// What the project had spent of the incomes before they were shared.
        spent: Amount,
        shares: Vec<Share>,
        /// What stays on the project's account, held shares left out.
        undistributed: Amount,
        transaction: Transaction,
        /// Which version of the project's rule it ran, from 1.
        #[serde(default = "first_version")] version: u32,
        /// What people gave on of their shares.
        #[serde(default)] redirected: Vec<Redirected>,
        /// What it planned for lines of milestones.
        #[serde(default)] planned: Vec<Planned>,
    },
    /// A distribution was a mistake: every line goes back, its incomes wait again.
    DistributionReversed = "distribution-reversed" 1 { distribution: DistributionId, reason: TextRef, transaction: Transaction },
    /// Somebody gives on a part of their coming shares, of the next one or of those until a day; nothing ends it.
    RedirectSet = "redirect-set" 1 { person: PersonId, percent: u32, to: Recipient, until: Option<NaiveDate> },
    /// People are about to be paid together.
    BatchOpened = "batch-opened" 1 { batch: BatchId, format: String, payments: Vec<(PersonId, Amount)> },
    /// They were: each by a movement of money.
    BatchPaid = "batch-paid" 1 { batch: BatchId, payments: Vec<(PersonId, MoneyId)> },
    /// A payment of a batch did not arrive.
    PaymentFailed = "payment-failed" 1 { batch: BatchId, person: PersonId },
    /// Money left the custodian for a person; `fee` of it was kept by the bank.
    PaidOut = "paid-out" 1 {
        money: MoneyId, person: PersonId, amount: Amount, fee: Option<Amount>, reference: Option<TextRef>, transaction: Transaction,
    },
    /// A cost was reimbursed at once.
    CostReimbursed = "cost-reimbursed" 1 { money: MoneyId, log: LogId, amount: Amount, from: Account, transaction: Transaction },
    /// A fund's money was spent.
    FundSpent = "fund-spent" 1 { money: MoneyId, fund: String, amount: Amount, what: TextRef, transaction: Transaction },
    /// A movement of money was a mistake; the distributions that had shared it are taken back with it.
    MoneyUndone = "money-undone" 1 { money: MoneyId, undone: MoneyId, reversed: Vec<DistributionId>, reason: TextRef, transaction: Transaction },
    /// A machine is known by name; what projects owe it is owed to this number. It is `planned` until it is bought.
    EquipmentAdded = "equipment-added" 1 { equipment: EquipmentId, party: PersonId, name: String, planned: bool },
    /// A machine's terms are these from now on.
    TermsSet = "terms-set" 1 { equipment: EquipmentId, terms: Terms, terms_hash: Hash },
    /// A machine has backers or co-owners, who must all agree to other terms.
    TermsProposed = "terms-proposed" 1 { equipment: EquipmentId, terms: Terms, terms_hash: Hash },
    /// One of them agrees.
    TermsAgreed = "terms-agreed" 1 { equipment: EquipmentId, person: PersonId, terms_hash: Hash },
    /// Somebody may use a machine alone.
    Certified = "certified" 1 { equipment: EquipmentId, person: PersonId },
    /// A pool was opened.
    PoolOpened = "pool-opened" 1 { pool: PoolId, name: String, conditions: Conditions },
    /// Somebody promises so much in all, under the terms of this hash.
    Pledged = "pledged" 1 { pool: PoolId, holder: Holder, promised: Amount, terms_hash: Hash, lapses: Option<Timestamp> },
    /// Somebody's promise is off; what they paid is owed back.
    PledgeWithdrawn = "pledge-withdrawn" 1 { pool: PoolId, holder: Holder, transaction: Transaction },
    /// What of somebody's promise is not paid by now is off.
    PledgeLapsed = "pledge-lapsed" 1 { pool: PoolId, holder: Holder },
    /// Money arrived for a pool: `counted` of it is in the pool, `back` is owed back to whoever sent it.
    PoolPaid = "pool-paid" 1 {
        money: MoneyId, pool: PoolId, person: PersonId, date: NaiveDate, amount: Amount, fee: Option<Amount>, original: Option<Amount>,
        reference: Option<TextRef>, counted: Amount, back: Amount,
        /// The terms that a custodian says they agreed to, of somebody who has no account to say so.
        agreed: Option<Hash>, transaction: Transaction,
    },
    /// Money that the network holds already was put into a pool, under the terms of this hash.
    PoolToppedUp = "pool-topped-up" 1 { pool: PoolId, holder: Holder, amount: Amount, terms_hash: Hash, transaction: Transaction },
    /// The last day of a pool is over.
    PoolClosed = "pool-closed" 1 { pool: PoolId },
    /// The outcome of a pool is fixed; what it owes back, if it does.
    PoolSettled = "pool-settled" 1 { pool: PoolId, reached: bool, transaction: Transaction },
    /// A pool's money is its project's, as cash that each backer put in.
    PoolGiven = "pool-given" 1 { pool: PoolId, claims: Vec<PoolClaim>, transaction: Transaction },
    /// A pool was given up, and owes everything back.
    PoolCancelled = "pool-cancelled" 1 { pool: PoolId, reason: TextRef, transaction: Transaction },
    /// A pool's money bought a machine.
    EquipmentBought = "equipment-bought" 1 {
        money: MoneyId, pool: PoolId, equipment: EquipmentId, cost: Amount, supplier: Option<TextRef>, stakes: Vec<Stake>, transaction: Transaction,
    },
    /// Material came into stock.
    StockAdded = "stock-added" 1 { lot: LotId, material: String, quantity: Decimal, unit: String, value: Amount, by: Holder },
    /// What is left of a lot is gone, or was never there.
    StockRemoved = "stock-removed" 1 { lot: LotId, left: Decimal, reason: TextRef },
    /// A machine was used, or is for a while: what of the bill is for whom, and what is the co-owners'.
    Billed = "billed" 1 {
        bill: BillId, equipment: EquipmentId, person: PersonId, date: NaiveDate, charged: Charged, payer: Payer, lines: Vec<equipment::Line>,
        owners: Amount, transaction: Transaction,
    },
    /// A bill was paid, by a movement of money or from what the network holds; the co-owners' part of it, shared.
    BillPaid = "bill-paid" 1 {
        bill: BillId, money: Option<MoneyId>, reference: Option<TextRef>, from: Account, shared: Vec<equipment::Line>, transaction: Transaction,
    },
    /// A bill was a mistake: its material is in stock again.
    BillUndone = "bill-undone" 1 { bill: BillId, reason: TextRef, transaction: Transaction },
    /// What a machine received of a project, shared among its co-owners.
    MachineShared = "machine-shared" 1 {
        equipment: EquipmentId, distribution: Option<DistributionId>, shared: Vec<equipment::Line>, transaction: Transaction,
    },
    /// The same, taken back along with its distribution.
    MachineShareReversed = "machine-share-reversed" 1 { equipment: EquipmentId, distribution: DistributionId, transaction: Transaction },
    /// Its co-owners are paid back, and a machine is a shareable.
    HandedOver = "handed-over" 1 { equipment: EquipmentId, transaction: Transaction },
    /// A stake, or a part of it, is somebody else's.
    StakeTransferred = "stake-transferred" 1 { equipment: EquipmentId, from: PersonId, to: PersonId, handed: Handed, transaction: Transaction },
    /// A machine is gone; what was got for it, shared.
    EquipmentRetired = "equipment-retired" 1 {
        equipment: EquipmentId, money: Option<MoneyId>, proceeds: Amount, shared: Vec<equipment::Line>, transaction: Transaction,
    },
    /// Somebody uses a machine by the week or the month.
    SubscriptionStarted = "subscription-started" 1 { equipment: EquipmentId, person: PersonId, period: Period },
    /// Their time is not renewed.
    SubscriptionEnded = "subscription-ended" 1 { equipment: EquipmentId, person: PersonId },
}

/// Something that lies beside the journal about who a person is, by the hash of a salt and what it says. Erasing the salt and the words
/// leaves the chain whole; changing them, or giving them to somebody else, is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// An account on a platform. A person can have several.
    Account(TextRef),
    /// The person's handle.
    Handle(TextRef),
    /// The person's display name.
    Name(TextRef),
    /// Where the person wants to be paid; nothing if nobody is to know it any more.
    PayTo(Option<TextRef>),
}

impl Mark {
    /// Whether it takes the place of another.
    pub fn replaces(&self, other: &Self) -> bool {
        !matches!(self, Mark::Account(_)) && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// A claim of cash that a pool makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolClaim {
    /// Its log.
    pub log: LogId,
    /// Whose.
    pub person: PersonId,
    /// How much.
    pub amount: Amount,
    /// What it says.
    pub what: TextRef,
}

/// How long a subscription's money is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// Seven days.
    Week,
    /// To the same day of the next month.
    Month,
}

/// What a bill is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charged {
    /// A use of the machine.
    Use {
        /// For whom.
        scenario: Scenario,
        /// For how long.
        time: Minutes,
        /// The material.
        taken: Vec<Taken>,
        /// What the machine claims of the project for it.
        log: Option<LogId>,
        /// What counts as paid to the user's own stake, in minor units.
        set_off: i64,
    },
    /// The right to use it, from a day until before another.
    Subscription {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
    },
}

/// Who pays a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payer {
    /// A project, from its account.
    Project(ProjectId),
    /// A person.
    Person(PersonId),
    /// Somebody outside, by name.
    Client(TextRef),
}

fn first_version() -> u32 {
    1
}

/// A part of a distribution that somebody gave on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirected {
    /// Whose share it was.
    pub person: PersonId,
    /// Who has it.
    pub to: Recipient,
    /// How much.
    pub amount: Amount,
}

/// What a lowered claim gives back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenBack {
    /// Of what distributions had given it.
    pub shared: Vec<Amended>,
    /// Of what had been reimbursed, by the movement that did.
    pub reimbursed: Vec<(MoneyId, Amount)>,
    /// How the money moves.
    pub transaction: Transaction,
}

/// How a distribution's parts change after it: parts and undistributed rest together change by nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amended {
    /// The distribution.
    pub distribution: DistributionId,
    /// What each part changes by.
    pub parts: Vec<AmendedPart>,
    /// What the undistributed rest changes by.
    pub undistributed: Amount,
}

/// How one part of a distribution changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendedPart {
    /// The bucket's place in the rule, from 0.
    pub bucket: usize,
    /// Whose part it is.
    pub to: Recipient,
    /// More, or less.
    pub amount: Amount,
}

/// An entry: a fact, where it stands in its network's journal, and who said it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The network's id.
    pub network: String,
    /// Its place in the journal, from 1.
    pub seq: u64,
    /// When it took effect; never goes back.
    pub at: Timestamp,
    /// When it was said, by the platform, if that is another instant. Nothing is decided by it.
    pub said: Option<Timestamp>,
    /// Who said it; nobody when time did.
    pub by: Option<PersonId>,
    /// What happened.
    pub fact: Fact,
}

/// A payload that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// A kind or version that this program doesn't know.
    #[error("entry of kind `{kind}` version {version} was made by a newer fairshare; install that version to open this file")]
    Newer {
        /// The kind.
        kind: String,
        /// The version.
        version: u32,
    },
    /// JSON of another shape.
    #[error("payload is malformed: {0}")]
    Malformed(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    network: String,
    seq: u64,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<Timestamp>,
    by: Option<PersonId>,
    kind: String,
    v: u32,
    #[serde(borrow)]
    body: std::borrow::Cow<'a, RawValue>,
}

impl Entry {
    /// The JSON that is stored and hashed.
    pub fn payload(&self) -> String {
        let (kind, v) = self.fact.kind();
        let json = self.fact.body().and_then(|body| {
            serde_json::to_string(&Payload {
                network: self.network.clone(),
                seq: self.seq,
                at: self.at,
                said: self.said,
                by: self.by,
                kind: kind.to_owned(),
                v,
                body: std::borrow::Cow::Owned(body),
            })
        });
        // Facts hold only strings, numbers, lists and string-keyed maps: JSON can write all of them.
        json.unwrap_or_default()
    }

    /// Reads what [`Entry::payload`] wrote, now or in an earlier version.
    pub fn parse(payload: &str) -> Result<Self, PayloadError> {
        Self::parse_versioned(payload).map(|(entry, _)| entry)
    }

    /// The same, with the version that it was written in.
    pub fn parse_versioned(payload: &str) -> Result<(Self, u32), PayloadError> {
        let read: Payload = serde_json::from_str(payload).map_err(|error| PayloadError::Malformed(error.to_string()))?;
        let fact = Fact::parse(&read.kind, read.v, &read.body)?;
        Ok((Entry { network: read.network, seq: read.seq, at: read.at, said: read.said, by: read.by, fact }, read.v))
    }

    /// The transaction that the fact carries, if money moves.
    pub fn transaction(&self) -> Option<&Transaction> {
        self.fact.transaction()
    }
}

impl Fact {
    /// Whether it moves money, or decides who may move it, who somebody is or where money goes: what nobody may do in another's name.
    /// All facts do but those of everyday work.
    pub fn is_guarded(&self) -> bool {
        let is_everyday = matches!(
            self,
            Fact::NetworkCreated(_)
                | Fact::PersonAdded(_)
                | Fact::PersonReturned(_)
                | Fact::TaskOpened(_)
                | Fact::TaskTaken(_)
                | Fact::TaskDropped(_)
                | Fact::TaskDone(_)
                | Fact::TaskAccepted(_)
                | Fact::Logged(_)
                | Fact::LogValidated(_)
                | Fact::LogConfirmed(_)
                | Fact::LogCorrected(_)
                | Fact::LogUndone(_)
                | Fact::LogFlagged(_)
                | Fact::ReceiptKept(_)
                | Fact::StockAdded(_)
                | Fact::StockRemoved(_)
                | Fact::Billed(_)
                | Fact::BillUndone(_)
        );
        !is_everyday || self.transaction().is_some()
    }

    /// Whether it changes what claims there are already, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        !matches!(
            self,
            Fact::NetworkCreated(_)
                | Fact::PersonAdded(_)
                | Fact::PersonIdentified(_)
                | Fact::RoleGranted(_)
                | Fact::RoleRevoked(_)
                | Fact::TaskOpened(_)
                | Fact::TaskTaken(_)
                | Fact::TaskDropped(_)
                | Fact::TaskDone(_)
                | Fact::TaskAccepted(_)
                | Fact::Logged(_)
                | Fact::ReceiptKept(_)
                | Fact::RuleProposed(_)
                | Fact::RuleAgreed(_)
                | Fact::RuleObjected(_)
                | Fact::IncomeRecorded(_)
                | Fact::PaidOut(_)
                | Fact::FundSpent(_)
                | Fact::EquipmentAdded(_)
                | Fact::TermsSet(_)
                | Fact::TermsProposed(_)
                | Fact::TermsAgreed(_)
                | Fact::Certified(_)
                | Fact::PoolOpened(_)
                | Fact::Pledged(_)
                | Fact::PledgeWithdrawn(_)
                | Fact::PledgeLapsed(_)
                | Fact::PoolPaid(_)
                | Fact::PoolToppedUp(_)
                | Fact::PoolClosed(_)
                | Fact::PoolSettled(_)
                | Fact::PoolCancelled(_)
                | Fact::EquipmentBought(_)
                | Fact::StockAdded(_)
                | Fact::StockRemoved(_)
                | Fact::Billed(_)
                | Fact::BillPaid(_)
                | Fact::BillUndone(_)
                | Fact::MachineShared(_)
                | Fact::MachineShareReversed(_)
                | Fact::HandedOver(_)
                | Fact::StakeTransferred(_)
                | Fact::EquipmentRetired(_)
                | Fact::SubscriptionStarted(_)
                | Fact::SubscriptionEnded(_)
        )
    }

    /// The pool that it happens to.
    pub fn pool(&self) -> Option<PoolId> {
        match self {
            Fact::PoolOpened(f) => Some(f.pool),
            Fact::Pledged(f) => Some(f.pool),
            Fact::PledgeWithdrawn(f) => Some(f.pool),
            Fact::PledgeLapsed(f) => Some(f.pool),
            Fact::PoolPaid(f) => Some(f.pool),
            Fact::PoolToppedUp(f) => Some(f.pool),
            Fact::PoolClosed(f) => Some(f.pool),
            Fact::PoolSettled(f) => Some(f.pool),
            Fact::PoolGiven(f) => Some(f.pool),
            Fact::PoolCancelled(f) => Some(f.pool),
            Fact::EquipmentBought(f) => Some(f.pool),
            _ => None,
        }
    }

    /// What its author says in it in words of their own: a title, what a log should have said, a reason. What a custodian notes of
    /// the network's money is the network's, and what was agreed on is everybody's.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            Fact::RuleObjected(f) => Some(f.reason),
            Fact::TaskOpened(f) => Some(f.title),
            Fact::LogCorrected(f) => Some(f.what),
            Fact::LogFlagged(f) => Some(f.reason),
            Fact::DistributionReversed(f) => Some(f.reason),
            Fact::MoneyUndone(f) => Some(f.reason),
            Fact::PoolCancelled(f) => Some(f.reason),
            Fact::StockRemoved(f) => Some(f.reason),
            Fact::BillUndone(f) => Some(f.reason),
            _ => None,
        }
    }

    /// Everything that it refers to beside the journal: texts, and the one file of a [`ReceiptKept`].
    pub fn refers_to(&self) -> Vec<TextRef> {
        match self {
            Fact::RuleObjected(f) => vec![f.reason],
            Fact::LinePlanned(f) => vec![f.activity],
            Fact::TaskOpened(f) => vec![f.title],
            Fact::Logged(f) => vec![f.what],
            Fact::ReceiptKept(f) => vec![f.file],
            Fact::LogCorrected(f) => vec![f.what],
            Fact::LogFlagged(f) => vec![f.reason],
            Fact::IncomeRecorded(f) => vec![f.from],
            Fact::DistributionReversed(f) => vec![f.reason],
            Fact::FundSpent(f) => vec![f.what],
            Fact::MoneyUndone(f) => vec![f.reason],
            Fact::PoolCancelled(f) => vec![f.reason],
            Fact::StockRemoved(f) => vec![f.reason],
            Fact::BillUndone(f) => vec![f.reason],
            Fact::PaidOut(f) => f.reference.into_iter().collect(),
            Fact::PoolPaid(f) => f.reference.into_iter().collect(),
            Fact::EquipmentBought(f) => f.supplier.into_iter().collect(),
            Fact::BillPaid(f) => f.reference.into_iter().collect(),
            Fact::PoolGiven(f) => f.claims.iter().map(|claim| claim.what).collect(),
            Fact::Billed(f) => {
                if let Payer::Client(name) = f.payer {
                    vec![name]
                } else {
                    Vec::new()
                }
            }
            Fact::NetworkCreated(_)
            | Fact::SettingChanged(_)
            | Fact::PersonAdded(_)
            | Fact::PersonIdentified(_)
            | Fact::PersonReturned(_)
            | Fact::PersonLeft(_)
            | Fact::PersonErased(_)
            | Fact::RoleGranted(_)
            | Fact::RoleRevoked(_)
            | Fact::PeopleJoined(_)
            | Fact::ProjectCreated(_)
            | Fact::RuleProposed(_)
            | Fact::RuleAgreed(_)
            | Fact::RuleAdopted(_)
            | Fact::RuleLapsed(_)
            | Fact::MilestoneAdded(_)
            | Fact::RateSet(_)
            | Fact::TaskTaken(_)
            | Fact::TaskDropped(_)
            | Fact::TaskDone(_)
            | Fact::TaskAccepted(_)
            | Fact::LogValidated(_)
            | Fact::ClaimsGiven(_)
            | Fact::GiftsSet(_)
            | Fact::LogConfirmed(_)
            | Fact::LogUndone(_)
            | Fact::FlagKept(_)
            | Fact::FlagStruck(_)
            | Fact::CashReceived(_)
            | Fact::IncomeRefunded(_)
            | Fact::DistributionApproved(_)
            | Fact::Distributed(_)
            | Fact::RedirectSet(_)
            | Fact::BatchOpened(_)
            | Fact::BatchPaid(_)
            | Fact::PaymentFailed(_)
            | Fact::CostReimbursed(_)
            | Fact::EquipmentAdded(_)
            | Fact::TermsSet(_)
            | Fact::TermsProposed(_)
            | Fact::TermsAgreed(_)
            | Fact::Certified(_)
            | Fact::PoolOpened(_)
            | Fact::Pledged(_)
            | Fact::PledgeWithdrawn(_)
            | Fact::PledgeLapsed(_)
            | Fact::PoolToppedUp(_)
            | Fact::PoolClosed(_)
            | Fact::PoolSettled(_)
            | Fact::StockAdded(_)
            | Fact::MachineShared(_)
            | Fact::MachineShareReversed(_)
            | Fact::HandedOver(_)
            | Fact::StakeTransferred(_)
            | Fact::EquipmentRetired(_)
            | Fact::SubscriptionStarted(_)
            | Fact::SubscriptionEnded(_) => Vec::new(),
        }
    }

    /// The transaction that it carries, if money moves.
    pub fn transaction(&self) -> Option<&Transaction> {
        let transaction = match self {
            Fact::PeopleJoined(f) => &f.transaction,
            Fact::PersonErased(f) => &f.transaction,
            Fact::LogCorrected(f) => &f.taken_back.transaction,
            Fact::LogUndone(f) => &f.taken_back.transaction,
            Fact::FlagKept(f) => &f.transaction,
            Fact::FlagStruck(f) => &f.transaction,
            Fact::CashReceived(f) => &f.transaction,
            Fact::IncomeRecorded(f) => &f.transaction,
            Fact::IncomeRefunded(f) => &f.transaction,
            Fact::Distributed(f) => &f.transaction,
            Fact::DistributionReversed(f) => &f.transaction,
            Fact::PaidOut(f) => &f.transaction,
            Fact::CostReimbursed(f) => &f.transaction,
            Fact::FundSpent(f) => &f.transaction,
            Fact::MoneyUndone(f) => &f.transaction,
            Fact::PledgeWithdrawn(f) => &f.transaction,
            Fact::PoolPaid(f) => &f.transaction,
            Fact::PoolToppedUp(f) => &f.transaction,
            Fact::PoolSettled(f) => &f.transaction,
            Fact::PoolGiven(f) => &f.transaction,
            Fact::PoolCancelled(f) => &f.transaction,
            Fact::EquipmentBought(f) => &f.transaction,
            Fact::Billed(f) => &f.transaction,
            Fact::BillPaid(f) => &f.transaction,
            Fact::BillUndone(f) => &f.transaction,
            Fact::MachineShared(f) => &f.transaction,
            Fact::MachineShareReversed(f) => &f.transaction,
            Fact::HandedOver(f) => &f.transaction,
            Fact::StakeTransferred(f) => &f.transaction,
            Fact::EquipmentRetired(f) => &f.transaction,
            _ => return None,
        };
        (!transaction.is_empty()).then_some(transaction)
    }
}

impl Logged {
    /// A log that says no more than it must, and counts at once.
    pub fn plain(log: LogId, person: PersonId, project: ProjectId, date: NaiveDate, what: TextRef, contribution: Contribution) -> Self {
        Self { log, person, project, task: None, date, what, contribution, gift: false, waiting: None, validations: 0, line: None }
    }
}

impl NetworkCreated {
    /// The network's accounting currency.
    pub fn commodity(&self) -> Option<Commodity> {
        Commodity::new(&self.currency, self.scale)
    }
}
