//! What distributions, and later changes of them, do to claims, lines and incomes.

use std::collections::BTreeMap;

use crate::core::books::distributed::{Distribution, Reversal};
use crate::core::books::movement::Movement;
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::budget;
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::fact::work::{Amended, AmendedPart, TakenBack};
use crate::core::ids::{DistributionId, LineId, LogId, MoneyId, PersonId};
use crate::core::ledger::LedgerAccount;
use crate::core::money::{Amount, Minor};
use crate::core::rule::bucket::{Destination, Lifetime};
use crate::core::rule::definition::Rule;
use crate::core::time::Timestamp;

/// Money as it is booked (1) or taken back (-1).
pub(super) fn signed(minor: Minor, sign: i64) -> Minor {
    if sign < 0 { -minor } else { minor }
}

impl Books {
    pub(super) fn take_back(&mut self, log: LogId, back: &TakenBack) -> FoldResult {
        for (money, amount) in &back.reimbursed {
            let Movement::Reimbursement { taken_back, .. } = &mut self.money.row_mut(*money)?.movement else {
                return Err("what is taken back was no reimbursement");
            };
            taken_back.minor += amount.minor;
            self.logs.row_mut(log)?.reimbursed -= amount.minor;
        }
        back.shared.iter().try_for_each(|amended| self.amend(log, amended))
    }

    /// Everyone who has received more than they are owed, and how much more.
    pub(super) fn advances(&self) -> BTreeMap<PersonId, Amount> {
        let owed = self.people.keys().map(|&person| (person, self.owed_to(person)));
        owed.filter(|(_, owed)| owed.minor.is_negative()).map(|(person, owed)| (person, -owed)).collect()
    }

    /// Changes the parts of a distribution because a log was struck or lowered.
    pub(super) fn amend(&mut self, why: LogId, amended: &Amended) -> FoldResult {
        let distribution = self.distributions.row_mut(amended.distribution)?;
        distribution.undistributed.minor += amended.undistributed.minor;
        distribution.amendments.extend(amended.parts.iter().map(|part| (why, part.clone())));
        let mut paid = Vec::new();
        for AmendedPart { bucket, to, amount } in &amended.parts {
            let share = distribution.shares.iter_mut().find(|share| share.bucket == *bucket).ok_or("no such bucket")?;
            share.placed += amount.minor;
            share.offered = share.offered.max(share.placed);
            if let (BucketResult::Claims(parts), Recipient::Claim(log)) = (&mut share.given, to) {
                parts.iter_mut().find(|(claim, _)| claim.log == *log).ok_or("no such claim")?.1 += amount.minor;
                let bucket = distribution.rule.buckets.get(*bucket).ok_or("no such bucket")?;
                let once = matches!(bucket.to, Destination::Claims { lifetime: Lifetime::Once, .. });
                paid.push((*log, amount.minor, bucket.cap().is_some(), once, bucket.to == Destination::Budget));
            }
        }
        let (id, keeps_open) = (distribution.id, distribution.nothing_closes_nothing);
        paid.into_iter().try_for_each(|(log, minor, until_paid, once, for_line)| {
            let log = self.logs.row_mut(log)?;
            log.received += minor;
            // A part of nothing had left it open; now it has one.
            if once && keeps_open && minor.is_positive() && !log.shared_in.contains(&id) {
                log.shared_in.push(id);
                log.closed = true;
            }
            log.paid += if until_paid { minor } else { Minor::ZERO };
            let (line, person) = (log.line.filter(|_| for_line), log.person);
            self.give_for_line(line, person, minor)
        })
    }

    /// Books what a project spent of incomes that are not shared yet. What is given back after the sharing is carried
    /// over.
    pub(super) fn spend(&mut self, from: &LedgerAccount, minor: Minor) {
        let LedgerAccount::Project(name) = from else { return };
        if let Some(project) = self.project_by_name(name).and_then(|id| self.projects.get_mut(&id)) {
            let spent = project.spent.minor + minor;
            project.spent.minor = spent.max(Minor::ZERO);
            let (id, over) = (project.name.clone(), (-spent).max(Minor::ZERO));
            self.spend_less(&id, over);
        }
    }

    /// Books money given back that distributions had counted as spent: it can be shared again.
    pub(super) fn spend_less(&mut self, project: &str, minor: Minor) {
        let id = self.project_by_name(project);
        let mut left = minor;
        for distribution in
            self.distributions.iter_mut().rev().filter(|d| Some(d.project) == id && d.reversed_by.is_none())
        {
            let less = left.min(distribution.spent.minor);
            distribution.spent.minor -= less;
            distribution.undistributed.minor += less;
            left -= less;
        }
    }

    pub(super) fn refund(&mut self, income: MoneyId, gross: Minor, net: Minor) -> FoldResult {
        let Movement::Income { project, refunded, distribution, .. } = &mut self.money.row_mut(income)?.movement else {
            return Err("what is refunded is no income");
        };
        refunded.0.minor += gross;
        refunded.1.minor += net;
        let (project, shared) = (*project, distribution.is_some());
        if !shared && let Some(left) = self.project_mut(project)?.waiting.get_mut(&income) {
            left.minor -= net;
        }
        Ok(())
    }

    /// Books what claims received in a distribution (1) or gave back when it was reversed (-1). A bucket that placed
    /// nothing has shared nothing; nor has a part of nothing, where claims are closed by their first share and the
    /// distribution says so.
    pub(super) fn credit_claims(
        &mut self,
        rule: &Rule,
        shares: &[Share],
        distribution: DistributionId,
        nothing_closes_nothing: bool,
        sign: i64,
    ) -> FoldResult {
        for share in shares {
            let BucketResult::Claims(parts) = &share.given else { continue };
            let bucket = rule.buckets.get(share.bucket).ok_or("no such bucket")?;
            let until_paid = bucket.cap().is_some();
            let once = matches!(bucket.to, Destination::Claims { lifetime: Lifetime::Once, .. });
            for (claim, part) in parts.iter().filter(|_| share.placed.is_positive() || sign < 0) {
                if once && nothing_closes_nothing && *part == Minor::ZERO {
                    continue;
                }
                let log = self.logs.row_mut(claim.log)?;
                log.received += signed(*part, sign);
                if until_paid {
                    log.paid += signed(*part, sign);
                }
                if sign > 0 {
                    log.shared_in.push(distribution);
                } else {
                    log.shared_in.retain(|d| *d != distribution);
                }
                if once {
                    log.closed = sign > 0;
                }
                let line = log.line.filter(|_| bucket.to == Destination::Budget);
                self.give_for_line(line, claim.person, signed(*part, sign))?;
            }
        }
        Ok(())
    }

    /// Books what a distribution planned for lines (1), or takes it back after a reversal (-1).
    pub(super) fn plan_lines(&mut self, planned: &[budget::LinePlan], sign: i64) -> FoldResult {
        planned.iter().try_for_each(|planned| {
            self.lines.row_mut(planned.line)?.planned += signed(planned.more, sign);
            Ok(())
        })
    }

    pub(super) fn give_for_line(&mut self, line: Option<LineId>, person: PersonId, minor: Minor) -> FoldResult {
        let Some(line) = line else { return Ok(()) };
        *self.lines.row_mut(line)?.given.entry(person).or_default() += minor;
        Ok(())
    }

    pub(super) fn reverse(&mut self, id: DistributionId, by: Reversal, at: Timestamp) -> FoldResult {
        let day = self.local_date(at);
        let distribution = self.distributions.row_mut(id)?;
        distribution.reversed_by = Some(by);
        distribution.reversed_on = Some(day);
        let Distribution {
            project,
            rule,
            shares,
            incomes,
            spent,
            spent_redirects,
            planned,
            nothing_closes_nothing,
            ..
        } = distribution.clone();
        for (person, redirect) in spent_redirects {
            self.redirects.entry(self.canonical_id(person)).or_insert(redirect);
        }
        self.project_mut(project)?.spent.minor += spent.minor;
        self.credit_claims(&rule, &shares, id, nothing_closes_nothing, -1)?;
        self.plan_lines(&planned, -1)?;
        for (income, _) in incomes {
            let Movement::Income { net, refunded, distribution, .. } = &mut self.money.row_mut(income)?.movement else {
                return Err("what was shared is no income");
            };
            *distribution = None;
            let left = net.with(net.minor - refunded.1.minor);
            self.project_mut(project)?.waiting.insert(income, left);
        }
        Ok(())
    }
}
