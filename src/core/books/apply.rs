//! The fold: how an entry changes the books. What a fact of each domain changes is in that domain's file.

use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::entry::{Entry, Fact};
use crate::core::fact::work::WorkFact;

/// An entry that does not fit the entries before it. Decided entries always fit; only a damaged journal has others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} does not fit the entries before it: {why}")]
pub struct FoldError {
    /// The entry's place in the journal.
    pub seq: u64,
    /// What does not fit.
    pub why: &'static str,
}

impl Books {
    /// Folds one entry in; `payload` is the text that was hashed.
    ///
    /// # Errors
    /// [`FoldError`] for an entry that does not fit the ones before it. The books are of no use after that.
    pub fn apply(&mut self, entry: &Entry, payload: &str) -> Result<(), FoldError> {
        let corrupt = |why| FoldError { seq: entry.seq, why };
        if entry.network != self.network || entry.seq != self.seq + 1 || entry.at < self.last_at {
            return Err(corrupt("its network, its place or its time is not the next"));
        }
        if let (Some(by), Some(words)) = (entry.by, entry.fact.words()) {
            self.note_text(by, words);
        }
        self.fold(entry).map_err(corrupt)?;
        if let Fact::Work(WorkFact::Logged(_)) = &entry.fact {
            self.tally_last_log();
        } else if entry.fact.touches_claims() {
            self.drop_tallies();
        }
        if let Some(transaction) = entry.transaction() {
            self.ledger.post(transaction);
        }
        if self.is_left_with_the_gone(entry) {
            return Err(corrupt("it leaves money with somebody who is gone"));
        }
        self.seq = entry.seq;
        self.last_at = entry.at;
        self.head = self.head.chained(payload);
        Ok(())
    }

    fn fold(&mut self, entry: &Entry) -> FoldResult {
        match &entry.fact {
            Fact::People(fact) => self.fold_people(entry, fact)?,
            Fact::Rule(fact) => self.fold_rule(entry, fact)?,
            Fact::Work(fact) => self.fold_work(entry, fact)?,
            Fact::Money(fact) => self.fold_money(entry, fact)?,
            Fact::Pool(fact) => self.fold_pool(entry, fact)?,
            Fact::Equipment(fact) => self.fold_equipment(entry, fact)?,
        }
        if let Some(pool) = entry.fact.pool() {
            self.pools.row_mut(pool)?.last_at = entry.at;
        }
        self.note_courses(entry);
        Ok(())
    }

    /// Notes what pools have and what machines have paid back, if an entry may have changed it.
    fn note_courses(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::People(_) | Fact::Rule(_) | Fact::Work(WorkFact::Logged(_)) => return,
            Fact::Work(_) | Fact::Money(_) | Fact::Pool(_) | Fact::Equipment(_) => {}
        }
        for pool in self.pools.iter_mut().filter(|pool| pool.state.holds_money()) {
            pool.course.note(entry.at, pool.paid());
        }
        for machine in self.equipment.iter_mut().filter(|machine| !machine.owners.is_empty()) {
            machine.course.note(entry.at, machine.paid_back());
        }
    }

    /// Whether an account of somebody who is gone has a balance.
    fn is_left_with_the_gone(&self, entry: &Entry) -> bool {
        let gone = match &entry.fact {
            Fact::People(fact) => self.ledger_name_ended_by(fact),
            Fact::Rule(_) | Fact::Work(_) | Fact::Money(_) | Fact::Pool(_) | Fact::Equipment(_) => None,
        };
        match gone {
            Some(name) => self.ledger.balances().any(|(account, _)| account.owner() == Some(name)),
            None => {
                let mut posted = entry.transaction().into_iter().flat_map(|transaction| transaction.postings());
                posted.any(|(account, _)| self.is_left_behind(account))
            }
        }
    }

    pub(super) fn local_date(&self, at: crate::core::time::Timestamp) -> chrono::NaiveDate {
        at.with_timezone(&self.timezone).date_naive()
    }
}
