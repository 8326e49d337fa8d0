//! What facts about money change in the books: incomes, distributions, payouts, costs, and what undoes them.

use crate::core::books::distributed::{Distribution, Reversal, ShareRedirect};
use crate::core::books::movement::{Money, Movement, Stated};
use crate::core::books::payment_batch::{Payment, PaymentBatch, PaymentState};
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::contribution::Waiting;
use crate::core::entry::Entry;
use crate::core::fact::money::{
    BatchOpened, BatchPaid, CashReceived, CostReimbursed, Distributed, IncomeRecorded, MoneyFact, MoneyUndone,
    UndoApproved,
};
use crate::core::ids::{BatchId, LogId, MoneyId, PersonId};
use crate::core::ledger::Transaction;
use crate::core::log::LogStanding;
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::pool::PoolEvent;
use crate::core::time::Timestamp;

impl Books {
    pub(super) fn fold_money(&mut self, entry: &Entry, fact: &MoneyFact) -> FoldResult {
        match fact {
            MoneyFact::CashReceived(f) => self.receive_cash(entry, f)?,
            MoneyFact::IncomeRecorded(f) => self.add_income(entry, f)?,
            MoneyFact::IncomeRefunded(f) => {
                self.refund(f.income, f.amount.minor, f.net.minor)?;
                let movement = Movement::Refund { income: f.income, net: f.net };
                let stated = Stated { date: f.date, reference: f.reference };
                self.record(entry, f.money, f.amount, movement, stated, &f.transaction)?;
            }
            MoneyFact::DistributionApproved(f) => {
                let by = entry.by.ok_or("nobody approved")?;
                self.project_mut(f.project)?.approval = Some((by, f.outcome));
            }
            MoneyFact::UndoApproved(f) => self.approve_undo(entry, f)?,
            MoneyFact::Distributed(f) => self.share_out(entry, f)?,
            MoneyFact::DistributionReversed(f) => self.reverse(f.distribution, Reversal::Alone, entry.at)?,
            MoneyFact::RedirectSet(f) => {
                let redirect = ShareRedirect { percent: f.percent, to: f.to.clone(), until: f.until };
                if f.percent == BasisPoints::ZERO {
                    self.redirects.remove(&f.person);
                } else {
                    self.redirects.insert(f.person, redirect);
                }
            }
            MoneyFact::BatchOpened(f) => self.add_batch(entry, f)?,
            MoneyFact::BatchPaid(f) => self.pay_batch(f)?,
            MoneyFact::PaymentFailed(f) => self.payment_mut(f.batch, f.person)?.state = PaymentState::Failed,
            MoneyFact::PaidOut(f) => {
                if let Some(reference) = f.reference {
                    self.note_text(f.person, reference);
                }
                let movement = Movement::Payout { person: f.person, fee: f.fee };
                let stated = Stated { date: f.date, reference: f.reference };
                self.record(entry, f.money, f.amount, movement, stated, &f.transaction)?;
            }
            MoneyFact::CostReimbursed(f) => self.reimburse(entry, f)?,
            MoneyFact::FundSpent(f) => {
                let movement = Movement::Spending { fund: f.fund.clone(), what: f.what };
                let stated = Stated { date: f.date, reference: f.reference };
                self.record(entry, f.money, f.amount, movement, stated, &f.transaction)?;
            }
            MoneyFact::MoneyUndone(f) => self.undo_money(entry, f)?,
        }
        Ok(())
    }

    fn approve_undo(&mut self, entry: &Entry, f: &UndoApproved) -> FoldResult {
        let approved = Some((entry.by.ok_or("nobody approved")?, f.outcome));
        match (f.money, f.distribution, f.bill) {
            (Some(id), None, None) => self.money.row_mut(id)?.undo_approved = approved,
            (None, Some(id), None) => self.distributions.row_mut(id)?.undo_approved = approved,
            (None, None, Some(id)) => self.bills.row_mut(id)?.undo_approved = approved,
            _ => return Err("one thing is undone at a time"),
        }
        Ok(())
    }

    pub(super) fn record(
        &mut self,
        entry: &Entry,
        id: MoneyId,
        amount: Amount,
        movement: Movement,
        stated: Stated,
        transaction: &Transaction,
    ) -> FoldResult {
        let money = Money {
            id,
            date: stated.date.unwrap_or_else(|| self.local_date(entry.at)),
            at: entry.at,
            by: entry.by,
            amount,
            movement,
            reference: stated.reference,
            undone_by: None,
            undo_approved: None,
            transaction: transaction.clone(),
        };
        self.money.push(id, money)
    }

    fn receive_cash(&mut self, entry: &Entry, f: &CashReceived) -> FoldResult {
        let log = self.log(f.log).ok_or("no such log")?;
        let amount = log.contribution.stated_value().ok_or("the log is not cash")?;
        self.set_standing(f.log, LogStanding::Counts)?;
        self.logs.row_mut(f.log)?.counts_at = entry.at;
        self.record(entry, f.money, amount, Movement::Cash { log: f.log }, Stated::default(), &f.transaction)
    }

    fn add_income(&mut self, entry: &Entry, f: &IncomeRecorded) -> FoldResult {
        let net = f.amount.with(f.amount.minor - f.tax.map_or(Minor::ZERO, |tax| tax.minor));
        let nothing = f.amount.with(Minor::ZERO);
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
        let stated = Stated { date: Some(f.date), reference: f.reference };
        self.record(entry, f.money, f.amount, movement, stated, &f.transaction)
    }

    fn share_out(&mut self, entry: &Entry, f: &Distributed) -> FoldResult {
        let project = self.project_mut(f.project)?;
        project.approval = None;
        project.spent = f.spent.with(Minor::ZERO);
        for (income, _) in &f.incomes {
            project.waiting.remove(income);
        }
        for (income, _) in &f.incomes {
            let Movement::Income { distribution, .. } = &mut self.money.row_mut(*income)?.movement else {
                return Err("what it shares is no income");
            };
            *distribution = Some(f.distribution);
        }
        self.credit_claims(&f.rule, &f.shares, f.distribution, f.nothing_closes_nothing, 1)?;
        self.plan_lines(&f.planned, 1)?;
        let distribution = Distribution {
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
            nothing_closes_nothing: f.nothing_closes_nothing,
            advances: self.advances(),
            amendments: Vec::new(),
            version: f.version,
            redirected: f.redirected.clone(),
            planned: f.planned.clone(),
            spent_redirects: self.use_redirects(f),
            undo_approved: None,
            reversed_by: None,
            reversed_on: None,
        };
        self.distributions.push(f.distribution, distribution)
    }

    /// Ends the redirects of one distribution only that this distribution used, and returns them.
    fn use_redirects(&mut self, f: &Distributed) -> Vec<(PersonId, ShareRedirect)> {
        let used = |person: &PersonId, redirect: &mut ShareRedirect| {
            redirect.until.is_none() && f.redirected.iter().any(|redirected| redirected.person == *person)
        };
        self.redirects.extract_if(.., used).collect()
    }

    fn add_batch(&mut self, entry: &Entry, f: &BatchOpened) -> FoldResult {
        let payment = |(place, &(person, amount)): (usize, &(PersonId, Amount))| {
            let reference = f.references.get(place).copied();
            Payment { person, amount, reference, state: PaymentState::Open }
        };
        let payments: Vec<Payment> = f.payments.iter().enumerate().map(payment).collect();
        for payment in &payments {
            payment.reference.into_iter().for_each(|reference| self.note_text(payment.person, reference));
        }
        let date = self.local_date(entry.at);
        self.batches.push(f.batch, PaymentBatch { id: f.batch, date, format: f.format.clone(), payments })
    }

    fn pay_batch(&mut self, f: &BatchPaid) -> FoldResult {
        for (person, money) in &f.payments {
            self.payment_mut(f.batch, *person)?.state = PaymentState::Paid(*money);
        }
        Ok(())
    }

    fn payment_mut(&mut self, batch: BatchId, person: PersonId) -> Result<&mut Payment, &'static str> {
        let payments = &mut self.batches.row_mut(batch)?.payments;
        payments.iter_mut().find(|payment| payment.person == person).ok_or("no such payment")
    }

    fn reimburse(&mut self, entry: &Entry, f: &CostReimbursed) -> FoldResult {
        self.logs.row_mut(f.log)?.reimbursed += f.amount.minor;
        let person = self.log(f.log).map(|log| log.person);
        if let Some((person, reference)) = person.zip(f.reference) {
            self.note_text(person, reference);
        }
        self.spend(&f.from, f.amount.minor);
        let movement =
            Movement::Reimbursement { log: f.log, from: f.from.clone(), taken_back: f.amount.with(Minor::ZERO) };
        let stated = Stated { date: f.date, reference: f.reference };
        self.record(entry, f.money, f.amount, movement, stated, &f.transaction)
    }

    fn undo_money(&mut self, entry: &Entry, f: &MoneyUndone) -> FoldResult {
        for &distribution in &f.reversed {
            self.reverse(distribution, Reversal::Money(f.money), entry.at)?;
        }
        let undone = self.money.row_mut(f.undone)?;
        undone.undone_by = Some(f.money);
        let (amount, movement) = (undone.amount, undone.movement.clone());
        self.undo_movement(f.undone, amount, movement, entry.at)?;
        let movement = Movement::Undoing { of: f.undone, reason: f.reason };
        self.record(entry, f.money, amount, movement, Stated::default(), &f.transaction)
    }

    fn undo_movement(&mut self, id: MoneyId, amount: Amount, movement: Movement, at: Timestamp) -> FoldResult {
        match movement {
            Movement::Income { project, .. } => {
                self.project_mut(project)?.waiting.remove(&id);
            }
            Movement::Refund { income, net } => self.refund(income, -amount.minor, -net.minor)?,
            Movement::Cash { log } => self.wait_for_cash(log)?,
            Movement::Reimbursement { log, from, taken_back } => {
                self.logs.row_mut(log)?.reimbursed -= amount.minor - taken_back.minor;
                self.spend(&from, -amount.minor);
            }
            Movement::Payout { .. } | Movement::Spending { .. } => {}
            Movement::PoolPayment { pool, person, .. } => self.unpay_pool(id, pool, person, at)?,
            Movement::Purchase { pool, equipment, stakes, before, .. } => {
                self.step(pool, PoolEvent::BuyUndone)?.last_at = at;
                self.unbuy(id, equipment, &stakes, before)?;
            }
            Movement::BillPayment { bill } => self.unpay_bill(bill)?,
            Movement::Proceeds { equipment, before, shared } => self.unretire(equipment, before, &shared)?,
            Movement::Undoing { .. } => return Err("an undoing can't be undone"),
        }
        Ok(())
    }

    /// A log of cash that counted waits for a custodian again.
    fn wait_for_cash(&mut self, log: LogId) -> FoldResult {
        if self.log(log).is_some_and(|log| log.standing == LogStanding::Counts) {
            self.set_standing(log, LogStanding::Waits(Waiting::Custodian))?;
            self.waiting.insert(log);
        }
        Ok(())
    }
}
