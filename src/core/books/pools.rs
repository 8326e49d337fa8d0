//! Pools in the books: pledges, payments, and what became of them.

use std::collections::BTreeSet;

use crate::core::books::movement::{Movement, Stated};
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::contribution::Contribution;
use crate::core::course::Course;
use crate::core::entry::Entry;
use crate::core::fact::pool::{PoolClaim, PoolFact, PoolPaid};
use crate::core::fact::work::Logged;
use crate::core::holder::Holder;
use crate::core::ids::{Hash, MoneyId, PersonId, PoolId, ProjectId};
use crate::core::ledger::{LedgerAccount, Transaction, Unbalanced};
use crate::core::log::{Log, LogStanding};
use crate::core::money::Minor;
use crate::core::pool::{AgreedTerms, Backer, Pool, PoolEvent, PoolState, Purpose};
use crate::core::time::Timestamp;

impl Books {
    /// A pool by number.
    pub fn pool(&self, id: PoolId) -> Option<&Pool> {
        self.pools.get(id)
    }

    /// A pool by name.
    pub fn pool_by_name(&self, name: &str) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.name == name)
    }

    /// The hash of the terms that a backer of a pool agrees to now.
    pub fn terms_hash(&self, pool: &Pool) -> Hash {
        match pool.conditions.purpose {
            Purpose::Equipment(id) => {
                let terms = self.equipment(id).map(|equipment| equipment.terms.clone()).unwrap_or_default();
                pool.terms_hash(&AgreedTerms::Terms(&terms))
            }
            Purpose::Project(id) => pool
                .terms_hash(&AgreedTerms::Rule(self.projects.get(&id).map_or(self.head, |project| project.rule_hash))),
        }
    }

    /// Everyone who has promised or paid something for a project in a pool that is not over. They agreed to its rule.
    pub fn backers_of(&self, project: ProjectId) -> BTreeSet<PersonId> {
        let open = self
            .pools
            .iter()
            .filter(|pool| pool.state.holds_money() && pool.conditions.purpose == Purpose::Project(project));
        let person = |backer: &Backer| if let Holder::Person(person) = backer.holder { Some(person) } else { None };
        open.flat_map(Pool::active).filter_map(person).collect()
    }

    /// The account of a backer's payments into a pool.
    pub fn pool_account(&self, pool: &Pool, holder: &Holder) -> LedgerAccount {
        LedgerAccount::Pool(pool.name.clone(), self.holder_ledger_name(holder))
    }

    /// Owes back to some backers everything they have paid into a pool.
    ///
    /// # Errors
    /// [`Unbalanced`] if the amounts leave `i64`.
    pub fn owed_back(&self, pool: &Pool, whose: impl Fn(&Backer) -> bool) -> Result<Transaction, Unbalanced> {
        let mut theirs = pool.backers.iter().filter(|backer| backer.paid.is_positive() && whose(backer));
        theirs.try_fold(Transaction::new([])?, |all, backer| {
            let to = [(self.account_of_holder(&backer.holder), self.commodity.minor(backer.paid))];
            Ok(all.and(Transaction::credit(self.pool_account(pool, &backer.holder), to)?))
        })
    }

    pub(super) fn fold_pool(&mut self, entry: &Entry, fact: &PoolFact) -> FoldResult {
        match fact {
            PoolFact::PoolOpened(f) => {
                if self.pool_by_name(&f.name).is_some() {
                    return Err("its pool is not new");
                }
                let pool = Pool {
                    id: f.pool,
                    name: f.name.clone(),
                    conditions: f.conditions.clone(),
                    by: entry.by.ok_or("nobody opened the pool")?,
                    zone: self.timezone,
                    state: PoolState::Open,
                    last_at: entry.at,
                    course: Course::default(),
                    backers: Vec::new(),
                };
                self.pools.push(f.pool, pool)?;
            }
            PoolFact::Pledged(f) => {
                let backer = self.backer_in(f.pool, PoolEvent::Pledge, &f.holder)?;
                backer.promised = f.promised.minor;
                backer.pledge = f.promised.minor;
                backer.agreed = Some(f.terms_hash);
                backer.lapses = f.lapses;
                backer.lapsed = false;
            }
            PoolFact::PledgeWithdrawn(f) => {
                let backer = self.backer_in(f.pool, PoolEvent::Withdraw, &f.holder)?;
                *backer = Backer::new(f.holder.clone());
            }
            PoolFact::PledgeLapsed(f) => {
                let backer = self.backer_in(f.pool, PoolEvent::Lapse, &f.holder)?;
                backer.promised = backer.paid;
                backer.lapses = None;
                backer.lapsed = true;
            }
            PoolFact::PoolPaid(f) => self.pay_into_pool(entry, f)?,
            PoolFact::PoolToppedUp(f) => {
                let seq = entry.seq;
                let backer = self.backer_in(f.pool, PoolEvent::TopUp, &f.holder)?;
                backer.receive(f.amount.minor, seq);
                backer.agreed = Some(f.terms_hash);
            }
            PoolFact::PoolClosed(f) => {
                self.step(f.pool, PoolEvent::PledgingEnds)?;
            }
            PoolFact::PoolSettled(f) => {
                let pool = self.step(f.pool, PoolEvent::Settle { reached: f.reached })?;
                for backer in &mut pool.backers {
                    if f.reached && backer.agreed.is_none() {
                        // It is owed back, and no longer in the pool.
                        backer.paid = Minor::ZERO;
                        backer.payments.clear();
                    }
                    backer.lapsed |= f.reached && backer.outstanding().is_positive();
                    backer.promised = backer.paid;
                    backer.lapses = None;
                }
            }
            PoolFact::PoolGiven(f) => {
                let Purpose::Project(_) = self.step(f.pool, PoolEvent::Give)?.conditions.purpose else {
                    return Err("it is for no project");
                };
                f.claims.iter().try_for_each(|claim| self.log_cash_of_pool(entry, f.pool, claim))?;
            }
            PoolFact::PoolCancelled(f) => {
                self.step(f.pool, PoolEvent::Cancel)?;
            }
        }
        Ok(())
    }

    /// Moves a pool to its next state.
    pub(super) fn step(&mut self, pool: PoolId, event: PoolEvent) -> Result<&mut Pool, &'static str> {
        let pool = self.pools.row_mut(pool)?;
        pool.state = pool.state.on(event).ok_or("that can't happen to a pool in its state")?;
        Ok(pool)
    }

    fn backer_in(&mut self, pool: PoolId, event: PoolEvent, holder: &Holder) -> Result<&mut Backer, &'static str> {
        Ok(self.step(pool, event)?.backer_mut(holder))
    }

    fn pay_into_pool(&mut self, entry: &Entry, f: &PoolPaid) -> FoldResult {
        if let Some(reference) = f.reference {
            self.note_text(f.person, reference);
        }
        if f.counted.minor.is_positive() {
            // A payment after the goal was reached, because the price is higher, tops the pool up.
            let funded = self.pool(f.pool).is_some_and(|pool| pool.state == PoolState::Funded);
            let event = if funded { PoolEvent::TopUp } else { PoolEvent::Pay };
            let backer = self.backer_in(f.pool, event, &Holder::Person(f.person))?;
            backer.receive(f.counted.minor, entry.seq);
            backer.payments.push((f.money, f.counted.minor));
            backer.agreed = backer.agreed.or(f.agreed);
        }
        let movement = Movement::PoolPayment {
            pool: f.pool,
            person: f.person,
            counted: f.counted,
            fee: f.fee,
            original: f.original,
        };
        let stated = Stated { date: Some(f.date), reference: f.reference };
        self.record(entry, f.money, f.amount, movement, stated, &f.transaction)
    }

    /// Undoes a payment into a pool: takes out what is still in the pool.
    pub(super) fn unpay_pool(&mut self, money: MoneyId, pool: PoolId, person: PersonId, at: Timestamp) -> FoldResult {
        let holder = Holder::Person(self.canonical_id(person));
        let pool = self.pools.row_mut(pool)?;
        pool.last_at = at;
        if pool.state.holds_money() {
            let backer = pool.backer_mut(&holder);
            backer.paid -= backer.of_payment(money);
            backer.payments.retain(|(id, _)| *id != money);
            // The time to pay may be over.
            if backer.lapses.is_some_and(|lapses| lapses <= at) {
                backer.promised = backer.paid;
                backer.lapsed = true;
            }
            backer.first_paid = backer.first_paid.filter(|_| backer.paid.is_positive());
        }
        Ok(())
    }

    fn log_cash_of_pool(&mut self, entry: &Entry, pool: PoolId, claim: &PoolClaim) -> FoldResult {
        let Some(Purpose::Project(project)) = self.pool(pool).map(|pool| pool.conditions.purpose) else {
            return Err("it is for no project");
        };
        let date = self.local_date(entry.at);
        let said = Logged::plain(
            claim.log,
            claim.person,
            project,
            date,
            claim.what,
            Contribution::Cash { value: claim.amount },
        );
        self.logs.push(claim.log, Log::of(&said, claim.person, entry.at, LogStanding::Counts))
    }

    pub(super) fn join_in_pools(&mut self, kept: PersonId, gone: PersonId) {
        for pool in &mut self.pools {
            let Some(place) = pool.backers.iter().position(|backer| backer.holder == Holder::Person(gone)) else {
                continue;
            };
            let theirs = pool.backers[place].clone();
            if pool.backer(&Holder::Person(kept)).is_none() {
                pool.backers[place].holder = Holder::Person(kept);
                continue;
            }
            pool.backers.remove(place);
            let backer = pool.backer_mut(&Holder::Person(kept));
            backer.promised += theirs.promised;
            backer.pledge += theirs.pledge;
            backer.paid += theirs.paid;
            backer.payments.extend(theirs.payments);
            backer.agreed = backer.agreed.or(theirs.agreed);
            backer.lapses = backer.lapses.or(theirs.lapses);
            backer.first_paid = [backer.first_paid, theirs.first_paid].into_iter().flatten().min();
        }
    }
}
