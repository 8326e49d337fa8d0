//! Facts about money: incomes, distributions, payouts, costs, and what undoes them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::budget::LinePlan;
use crate::core::distribution::share::{Recipient, Share};
use crate::core::fact::declare::{carries_nothing, facts};
use crate::core::ids::{
    BatchId, BillId, DistributionId, Hash, LogId, MilestoneId, MoneyId, PersonId, ProjectId, TextRef,
};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::Amount;
use crate::core::percent::BasisPoints;
use crate::core::rule::definition::Rule;

facts! {
    /// What happened to money.
    pub enum MoneyFact {
        /// A custodian received the cash that somebody logged.
        CashReceived = "cash-received" 1 { money: MoneyId, log: LogId, transaction: Transaction },
        /// Money arrived for a project: `amount` in all, of which `tax` is tax; `fee` had been kept by the bank.
        IncomeRecorded = "income-recorded" 3 reads 1 | 2 {
            money: MoneyId, project: ProjectId, from: TextRef, date: NaiveDate, amount: Amount, fee: Option<Amount>,
            tax: Option<Amount>, original: Option<Amount>, transaction: Transaction,
            /// The milestone that it is for.
            #[serde(default)] milestone: Option<MilestoneId>,
            /// The payment's reference.
            #[serde(default)] reference: Option<TextRef>,
        },
        /// A client got money back: `net` from the project, the rest from the tax.
        IncomeRefunded = "income-refunded" 2 reads 1 {
            money: MoneyId, income: MoneyId, amount: Amount, net: Amount, transaction: Transaction,
            #[serde(default)] date: Option<NaiveDate>, #[serde(default)] reference: Option<TextRef>,
        },
        /// The first of two people confirmed a distribution that needs both.
        DistributionApproved = "distribution-approved" 1 { project: ProjectId, outcome: Hash },
        /// A rule turned incomes into shares.
        Distributed = "distributed" 3 reads 1 | 2 {
            distribution: DistributionId, project: ProjectId, rule: Rule, rule_hash: Hash,
            incomes: Vec<(MoneyId, Amount)>,
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
            /// The parts that people redirected.
            #[serde(default)] redirected: Vec<Redirected>,
            /// What it planned for lines of milestones.
            #[serde(default)] planned: Vec<LinePlan>,
            /// Whether a claim that it gives nothing stays open where claims are closed by their first share. In
            /// earlier versions all claims of such a bucket were closed.
            #[serde(default)] nothing_closes_nothing: bool,
        },
        /// A distribution was a mistake: every line goes back, and its incomes wait again.
        DistributionReversed = "distribution-reversed" 1 {
            distribution: DistributionId, reason: TextRef, transaction: Transaction,
        },
        /// Somebody redirects a part of their coming shares: of the next one, or of those until a day. Zero percent
        /// ends it.
        RedirectSet = "redirect-set" 1 { person: PersonId, percent: BasisPoints, to: Recipient, until: Option<NaiveDate> },
        /// People are about to be paid together.
        BatchOpened = "batch-opened" 2 reads 1 {
            batch: BatchId, format: String, payments: Vec<(PersonId, Amount)>,
            /// The reference of each payment in the file. Before, the file had others than the books.
            #[serde(default)] references: Vec<TextRef>,
        },
        /// They were paid, each by a movement of money.
        BatchPaid = "batch-paid" 1 { batch: BatchId, payments: Vec<(PersonId, MoneyId)> },
        /// A payment of a batch did not arrive.
        PaymentFailed = "payment-failed" 1 { batch: BatchId, person: PersonId },
        /// Money left the custodian for a person; `fee` of it was kept by the bank.
        PaidOut = "paid-out" 2 reads 1 {
            money: MoneyId, person: PersonId, amount: Amount, fee: Option<Amount>, reference: Option<TextRef>,
            transaction: Transaction,
            /// The day it was paid; that of the entry if it isn't said.
            #[serde(default)] date: Option<NaiveDate>,
        },
        /// A cost was reimbursed at once.
        CostReimbursed = "cost-reimbursed" 2 reads 1 {
            money: MoneyId, log: LogId, amount: Amount, from: LedgerAccount, transaction: Transaction,
            #[serde(default)] date: Option<NaiveDate>, #[serde(default)] reference: Option<TextRef>,
        },
        /// A fund's money was spent.
        FundSpent = "fund-spent" 2 reads 1 {
            money: MoneyId, fund: String, amount: Amount, what: TextRef, transaction: Transaction,
            #[serde(default)] date: Option<NaiveDate>, #[serde(default)] reference: Option<TextRef>,
        },
        /// The first of two people took back what needs both: a movement, a distribution or a bill.
        UndoApproved = "undo-approved" 2 reads 1 {
            money: Option<MoneyId>, outcome: Hash,
            #[serde(default)] distribution: Option<DistributionId>,
            #[serde(default)] bill: Option<BillId>,
        },
        /// A movement of money was a mistake; the distributions that had shared it are taken back with it.
        MoneyUndone = "money-undone" 1 {
            money: MoneyId, undone: MoneyId, reversed: Vec<DistributionId>, reason: TextRef, transaction: Transaction,
        },
    }
}

fn first_version() -> u32 {
    1
}

impl MoneyFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            MoneyFact::DistributionReversed(f) => Some(f.reason),
            MoneyFact::MoneyUndone(f) => Some(f.reason),
            MoneyFact::CashReceived(_)
            | MoneyFact::IncomeRecorded(_)
            | MoneyFact::IncomeRefunded(_)
            | MoneyFact::DistributionApproved(_)
            | MoneyFact::UndoApproved(_)
            | MoneyFact::Distributed(_)
            | MoneyFact::RedirectSet(_)
            | MoneyFact::BatchOpened(_)
            | MoneyFact::BatchPaid(_)
            | MoneyFact::PaymentFailed(_)
            | MoneyFact::PaidOut(_)
            | MoneyFact::CostReimbursed(_)
            | MoneyFact::FundSpent(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            MoneyFact::CashReceived(_)
            | MoneyFact::IncomeRecorded(_)
            | MoneyFact::IncomeRefunded(_)
            | MoneyFact::DistributionApproved(_)
            | MoneyFact::UndoApproved(_)
            | MoneyFact::Distributed(_)
            | MoneyFact::DistributionReversed(_)
            | MoneyFact::RedirectSet(_)
            | MoneyFact::BatchOpened(_)
            | MoneyFact::BatchPaid(_)
            | MoneyFact::PaymentFailed(_)
            | MoneyFact::PaidOut(_)
            | MoneyFact::CostReimbursed(_)
            | MoneyFact::FundSpent(_)
            | MoneyFact::MoneyUndone(_) => false,
        }
    }

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            MoneyFact::CashReceived(_)
            | MoneyFact::IncomeRefunded(_)
            | MoneyFact::DistributionApproved(_)
            | MoneyFact::UndoApproved(_)
            | MoneyFact::Distributed(_)
            | MoneyFact::DistributionReversed(_)
            | MoneyFact::RedirectSet(_)
            | MoneyFact::BatchOpened(_)
            | MoneyFact::BatchPaid(_)
            | MoneyFact::PaymentFailed(_)
            | MoneyFact::CostReimbursed(_)
            | MoneyFact::MoneyUndone(_) => true,
            MoneyFact::IncomeRecorded(_) | MoneyFact::PaidOut(_) | MoneyFact::FundSpent(_) => false,
        }
    }
}

/// A part of a distribution that somebody redirected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirected {
    /// Whose share it was.
    pub person: PersonId,
    /// The recipient.
    pub to: Recipient,
    /// How much.
    pub amount: Amount,
}

carries_nothing! { Redirected }
