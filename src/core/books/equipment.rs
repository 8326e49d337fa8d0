//! Machines in the books: their terms, their stock, their bills, and how far their co-owners are paid back.

use chrono::NaiveDate;

use crate::core::books::bill::{Bill, BillState, MachineShare};
use crate::core::books::movement::{Movement, Stated};
use crate::core::books::settle::signed;
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::course::Course;
use crate::core::entry::Entry;
use crate::core::equipment::{ChargeLine, Equipment, EquipmentStanding, EquipmentTerms, Handed, Owner, ProposedTerms};
use crate::core::fact::equipment::{
    BillPaid, Billed, Charged, EquipmentAdded, EquipmentBought, EquipmentFact, EquipmentRetired, MachineShareReversed,
    Payer, StockAdded, TermsSet,
};
use crate::core::holder::Holder;
use crate::core::ids::{BillId, DistributionId, EquipmentId, LotId, MoneyId, PersonId};
use crate::core::ledger::{LedgerAccount, Posting, Transaction, Unbalanced};
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::pool::{PoolEvent, PoolState, Purpose, Stake};
use crate::core::stock::Lot;

impl Books {
    /// A machine by number.
    pub fn equipment(&self, id: EquipmentId) -> Option<&Equipment> {
        self.equipment.get(id)
    }

    /// A machine by name.
    pub fn equipment_by_name(&self, name: &str) -> Option<&Equipment> {
        self.equipment.iter().find(|equipment| equipment.name == name)
    }

    /// The day on which a machine was first bought.
    pub fn bought_on(&self, id: EquipmentId) -> Option<NaiveDate> {
        let of_it = |movement: &Movement| matches!(movement, Movement::Purchase { equipment, .. } if *equipment == id);
        self.money
            .iter()
            .filter(|money| money.undone_by.is_none() && of_it(&money.movement))
            .map(|money| money.date)
            .min()
    }

    /// The machine that has this id among people; projects owe it shares under it.
    pub fn machine(&self, party: PersonId) -> Option<&Equipment> {
        self.equipment(*self.machines.get(&party)?)
    }

    /// A lot by number.
    pub fn lot(&self, id: LotId) -> Option<&Lot> {
        self.lots.get(id)
    }

    /// A bill by number.
    pub fn bill(&self, id: BillId) -> Option<&Bill> {
        self.bills.get(id)
    }

    /// Whether a subscription covers a person's use of a machine on a day.
    pub fn is_covered(&self, equipment: EquipmentId, person: PersonId, date: NaiveDate) -> bool {
        self.periods(equipment, person).any(|(from, until)| from <= date && date < until)
    }

    /// The day after the last one that a person's subscriptions to a machine cover.
    pub fn covered_until(&self, equipment: EquipmentId, person: PersonId) -> Option<NaiveDate> {
        self.periods(equipment, person).map(|(_, until)| until).max()
    }

    fn periods(&self, equipment: EquipmentId, person: PersonId) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
        let theirs = move |bill: &&Bill| {
            bill.equipment == equipment && self.canonical_id(bill.person) == person && bill.state != BillState::Undone
        };
        self.bills.iter().filter(theirs).filter_map(|bill| match bill.charged {
            Charged::Subscription { from, until } => Some((from, until)),
            Charged::Use { .. } => None,
        })
    }

    /// Everyone who must agree to new terms of a machine: its co-owners, and everyone who has promised or paid for it.
    pub fn bound_by_terms(&self, equipment: EquipmentId) -> std::collections::BTreeSet<PersonId> {
        let open = self
            .pools
            .iter()
            .filter(|pool| pool.state.holds_money() && pool.conditions.purpose == Purpose::Equipment(equipment));
        let backers = open.flat_map(|pool| pool.active()).map(|backer| &backer.holder);
        let owners = self
            .equipment(equipment)
            .into_iter()
            .flat_map(|equipment| &equipment.owners)
            .filter(|owner| owner.open().is_positive());
        let person = |holder: &Holder| if let Holder::Person(person) = holder { Some(*person) } else { None };
        backers.chain(owners.map(|owner| &owner.holder)).filter_map(person).collect()
    }

    /// The pools and machines that a person has money in.
    pub fn backed_by(&self, person: PersonId) -> Vec<Name> {
        let holder = Holder::Person(person);
        let pools = self
            .pools
            .iter()
            .filter(|pool| pool.state.holds_money() && pool.active().any(|backer| backer.holder == holder));
        let has_stake = |machine: &&Equipment| {
            machine.owners.iter().any(|owner| owner.holder == holder && owner.stake.is_positive())
        };
        let machines = self.equipment.iter().filter(has_stake).map(|machine| Name::from(&machine.name));
        pools.map(|pool| Name::from(&pool.name)).chain(machines).collect()
    }

    /// A holder; a person who was joined to another is that person.
    pub fn holder(&self, holder: &Holder) -> Holder {
        match holder {
            Holder::Person(person) => Holder::Person(self.canonical_id(*person)),
            fund => fund.clone(),
        }
    }

    /// A holder's name in the accounts of pools and stakes.
    pub fn holder_ledger_name(&self, holder: &Holder) -> String {
        match holder {
            Holder::Person(person) => self.ledger_name(*person).to_owned(),
            Holder::Fund(fund) => format!("fund:{fund}"),
        }
    }

    /// A holder's name, to show.
    pub fn holder_name(&self, holder: &Holder) -> String {
        match holder {
            Holder::Person(person) => self.handle(*person).to_owned(),
            Holder::Fund(fund) => format!("fund:{fund}"),
        }
    }

    /// The account of what a holder is owed.
    pub fn account_of_holder(&self, holder: &Holder) -> LedgerAccount {
        match holder {
            Holder::Person(person) => self.account_of(*person),
            Holder::Fund(fund) => LedgerAccount::Fund(fund.clone()),
        }
    }

    /// What a machine shared of a distribution, without what is taken back.
    pub fn shares_of(&self, id: EquipmentId, distribution: DistributionId) -> impl Iterator<Item = &MachineShare> {
        let is_of_both = move |share: &&MachineShare| {
            share.equipment == id && share.distribution == Some(distribution) && !share.reversed
        };
        self.machine_shares.iter().filter(is_of_both)
    }

    /// The account of a holder's stake in a machine.
    pub fn stake_account(&self, equipment: &Equipment, holder: &Holder) -> LedgerAccount {
        LedgerAccount::Stake(equipment.name.clone(), self.holder_ledger_name(holder))
    }

    /// The postings that owe the lines of a bill to their holders.
    pub fn postings<'a>(&'a self, lines: &'a [ChargeLine]) -> impl Iterator<Item = Posting> + 'a {
        lines.iter().map(|line| (self.account_of_holder(&line.to), self.commodity.minor(line.minor)))
    }

    /// Moves all stakes in a machine from equity to another account.
    ///
    /// # Errors
    /// [`Unbalanced`] if the amounts leave `i64`.
    pub fn stakes_to(&self, equipment: &Equipment, to: LedgerAccount) -> Result<Transaction, Unbalanced> {
        let is_stake =
            |account: &LedgerAccount| matches!(account, LedgerAccount::Stake(name, _) if *name == equipment.name);
        let mut stakes = self.ledger.balances().filter(|(account, _)| is_stake(account));
        stakes.try_fold(Transaction::new([])?, |all, (account, amount)| {
            Ok(all.and(Transaction::credit(account.clone(), [(to.clone(), amount)])?))
        })
    }

    pub(super) fn fold_equipment(&mut self, entry: &Entry, fact: &EquipmentFact) -> FoldResult {
        match fact {
            EquipmentFact::EquipmentAdded(f) => self.add_equipment(f)?,
            EquipmentFact::TermsSet(f) => self.set_terms(f)?,
            EquipmentFact::TermsProposed(f) => {
                let proposed = ProposedTerms { terms: f.terms.clone(), agreed: Default::default() };
                self.equipment.row_mut(f.equipment)?.proposed = Some(proposed);
            }
            EquipmentFact::TermsAgreed(f) => {
                let proposed = self.equipment.row_mut(f.equipment)?.proposed.as_mut().ok_or("no terms are proposed")?;
                proposed.agreed.insert(f.person);
            }
            EquipmentFact::Certified(f) => {
                self.equipment.row_mut(f.equipment)?.certified.insert(f.person);
            }
            EquipmentFact::EquipmentBought(f) => self.buy(entry, f)?,
            EquipmentFact::StockAdded(f) => self.add_lot(f)?,
            EquipmentFact::StockRemoved(f) => {
                let lot = self.lots.row_mut(f.lot)?;
                if f.left != lot.left() {
                    return Err("another quantity is left of the lot");
                }
                lot.removed += f.left;
            }
            EquipmentFact::Billed(f) => self.add_bill(entry, f)?,
            EquipmentFact::BillPaid(f) => self.pay_bill(entry, f)?,
            EquipmentFact::BillUndone(f) => self.undo_bill(f.bill)?,
            EquipmentFact::MachineShared(f) => {
                self.pay_back(f.equipment, &f.shared, 1)?;
                self.machine_shares.push(MachineShare {
                    equipment: f.equipment,
                    distribution: f.distribution,
                    shared: f.shared.clone(),
                    transaction: f.transaction.clone(),
                    reversed: false,
                });
            }
            EquipmentFact::MachineShareReversed(f) => self.reverse_machine_share(f)?,
            EquipmentFact::HandedOver(f) => {
                self.equipment.row_mut(f.equipment)?.standing = EquipmentStanding::Shareable
            }
            EquipmentFact::HandOverUndone(f) => {
                self.equipment.row_mut(f.equipment)?.standing = EquipmentStanding::Owned
            }
            EquipmentFact::StakeTransferred(f) => self.hand_on(f.equipment, f.from, f.to, f.handed)?,
            EquipmentFact::EquipmentRetired(f) => self.retire(entry, f)?,
            EquipmentFact::SubscriptionStarted(f) => {
                self.subscriptions.insert((f.equipment, f.person), f.period);
            }
            EquipmentFact::SubscriptionEnded(f) => {
                self.subscriptions.remove(&(f.equipment, f.person));
            }
        }
        Ok(())
    }

    fn add_equipment(&mut self, f: &EquipmentAdded) -> FoldResult {
        if self.next_person() != f.party || self.equipment_by_name(&f.name).is_some() {
            return Err("its machine is not new");
        }
        let equipment = Equipment {
            id: f.equipment,
            party: f.party,
            name: f.name.clone(),
            standing: if f.planned { EquipmentStanding::Planned } else { EquipmentStanding::Shareable },
            terms: EquipmentTerms::default(),
            version: 0,
            proposed: None,
            cost: Minor::ZERO,
            owners: Vec::new(),
            certified: Default::default(),
            course: Course::default(),
        };
        self.equipment.push(f.equipment, equipment)?;
        self.machines.insert(f.party, f.equipment);
        Ok(())
    }

    fn set_terms(&mut self, f: &TermsSet) -> FoldResult {
        let equipment = self.equipment.row_mut(f.equipment)?;
        equipment.terms = f.terms.clone();
        equipment.version += 1;
        equipment.proposed = None;
        // Backers with neither a pledge nor a payment were not asked, and had agreed to other terms.
        let purpose = Purpose::Equipment(f.equipment);
        let pools = self.pools.iter_mut().filter(|pool| pool.conditions.purpose == purpose);
        let backers = pools.flat_map(|pool| &mut pool.backers);
        backers
            .filter(|backer| backer.paid == Minor::ZERO && backer.outstanding() == Minor::ZERO)
            .for_each(|backer| backer.agreed = None);
        Ok(())
    }

    fn add_lot(&mut self, f: &StockAdded) -> FoldResult {
        let lot = Lot {
            id: f.lot,
            material: f.material.clone(),
            unit: f.unit.clone(),
            quantity: f.quantity,
            value: f.value.minor,
            by: f.by.clone(),
            used: Default::default(),
            removed: Default::default(),
            charged: Minor::ZERO,
        };
        self.lots.push(f.lot, lot)
    }

    fn add_bill(&mut self, entry: &Entry, f: &Billed) -> FoldResult {
        self.take_material(f.equipment, f.person, &f.charged, 1)?;
        let bill = Bill {
            id: f.bill,
            equipment: f.equipment,
            person: f.person,
            date: f.date,
            before: self.money.next(),
            at: entry.at,
            charged: f.charged.clone(),
            payer: f.payer.clone(),
            lines: f.lines.clone(),
            owners: f.owners,
            state: BillState::Waiting,
            reference: None,
            paid_by: None,
            undo_approved: None,
            from: None,
            shared: Vec::new(),
        };
        self.bills.push(f.bill, bill)
    }

    fn pay_bill(&mut self, entry: &Entry, f: &BillPaid) -> FoldResult {
        let bill = self.bills.row_mut(f.bill)?;
        bill.state = BillState::Paid(f.money);
        bill.reference = f.reference;
        bill.paid_by = entry.by;
        bill.from = Some(f.from.clone());
        bill.shared.clone_from(&f.shared);
        let (equipment, amount, payer) = (bill.equipment, bill.total(), bill.payer.clone());
        if let (Payer::Person(payer), Some(reference)) = (payer, f.reference) {
            self.note_text(payer, reference);
        }
        self.pay_back(equipment, &f.shared, 1)?;
        self.spend(&f.from, amount.minor);
        match f.money {
            Some(money) => {
                let stated = Stated { date: f.date, reference: f.reference };
                self.record(entry, money, amount, Movement::BillPayment { bill: f.bill }, stated, &f.transaction)
            }
            None => Ok(()),
        }
    }

    fn undo_bill(&mut self, id: BillId) -> FoldResult {
        let bill = self.bills.row_mut(id)?;
        bill.state = BillState::Undone;
        let bill = bill.clone();
        self.pay_back(bill.equipment, &bill.shared, -1)?;
        if let Some(from) = &bill.from {
            self.spend(from, -bill.total().minor);
        }
        self.take_material(bill.equipment, bill.person, &bill.charged, -1)
    }

    fn reverse_machine_share(&mut self, f: &MachineShareReversed) -> FoldResult {
        let theirs = |share: &&mut MachineShare| {
            share.equipment == f.equipment && share.distribution == Some(f.distribution) && !share.reversed
        };
        let share = self.machine_shares.iter_mut().find(theirs).ok_or("no such share")?;
        share.reversed = true;
        let shared = share.shared.clone();
        self.pay_back(f.equipment, &shared, -1)
    }

    fn retire(&mut self, entry: &Entry, f: &EquipmentRetired) -> FoldResult {
        let equipment = self.equipment.row_mut(f.equipment)?;
        let before = equipment.standing;
        equipment.standing = EquipmentStanding::Retired;
        self.pay_back(f.equipment, &f.shared, 1)?;
        let Some(money) = f.money else { return Ok(()) };
        let movement = Movement::Proceeds { equipment: f.equipment, before, shared: f.shared.clone() };
        let stated = Stated { date: f.date, reference: f.reference };
        self.record(entry, money, f.proceeds, movement, stated, &f.transaction)
    }

    fn buy(&mut self, entry: &Entry, f: &EquipmentBought) -> FoldResult {
        self.step(f.pool, PoolEvent::Buy)?;
        if f.stakes.iter().map(|stake| stake.stake).sum::<Minor>() != f.cost.minor {
            return Err("its stakes do not come to the cost");
        }
        let equipment = self.equipment.row_mut(f.equipment)?;
        let before = equipment.standing;
        equipment.cost += f.cost.minor;
        equipment.standing = EquipmentStanding::Owned;
        for stake in &f.stakes {
            match equipment.owners.iter_mut().find(|owner| owner.holder == stake.holder) {
                Some(owner) => {
                    owner.stake += stake.stake;
                    owner.due += stake.due;
                }
                None => equipment.owners.push(Owner::from(stake)),
            }
        }
        let movement = Movement::Purchase {
            pool: f.pool,
            equipment: f.equipment,
            supplier: f.supplier,
            stakes: f.stakes.clone(),
            before,
        };
        let stated = Stated { date: f.date, reference: f.reference };
        self.record(entry, f.money, f.cost, movement, stated, &f.transaction)
    }

    /// Undoes a purchase: its pool has the money again. A later purchase of the same machine stands on what was before
    /// this one.
    pub(super) fn unbuy(
        &mut self,
        purchase: MoneyId,
        id: EquipmentId,
        stakes: &[Stake],
        before: EquipmentStanding,
    ) -> FoldResult {
        let who: Vec<Holder> = stakes.iter().map(|stake| self.holder(&stake.holder)).collect();
        let equipment = self.equipment.row_mut(id)?;
        for (stake, holder) in stakes.iter().zip(who) {
            equipment.cost -= stake.stake;
            let owner = equipment.owners.iter_mut().find(|owner| owner.holder == holder).ok_or("no such co-owner")?;
            owner.stake -= stake.stake;
            owner.due -= stake.due;
        }
        equipment.owners.retain(|owner| owner.stake.is_positive());
        let later = self.money.iter_mut().filter(|money| money.id > purchase && money.undone_by.is_none());
        let mut later = later.filter_map(|money| {
            let Movement::Purchase { equipment, before, .. } = &mut money.movement else { return None };
            (*equipment == id).then_some(before)
        });
        match later.next() {
            Some(later) => *later = before,
            None => equipment.standing = before,
        }
        Ok(())
    }

    /// Takes a bill's material out of stock (1) or puts it back (-1), and sets its time off against a stake.
    fn take_material(&mut self, equipment: EquipmentId, person: PersonId, charged: &Charged, sign: i64) -> FoldResult {
        let Charged::Use { taken, set_off, .. } = charged else { return Ok(()) };
        for part in taken {
            let lot = self.lots.row_mut(part.lot)?;
            lot.used += part.quantity * rust_decimal::Decimal::from(sign);
            lot.charged += signed(part.value, sign);
            if lot.used + lot.removed > lot.quantity || lot.used < rust_decimal::Decimal::ZERO {
                return Err("there is less in the lot");
            }
        }
        if *set_off == Minor::ZERO {
            return Ok(());
        }
        let holder = Holder::Person(self.canonical_id(person));
        let owner = self.equipment.row_mut(equipment)?.owners.iter_mut().find(|owner| owner.holder == holder);
        owner.ok_or("no such co-owner")?.paid += signed(*set_off, sign);
        Ok(())
    }

    /// Books what co-owners received (1) or gave back (-1).
    pub(super) fn pay_back(&mut self, equipment: EquipmentId, shared: &[ChargeLine], sign: i64) -> FoldResult {
        for line in shared.iter().filter(|line| line.pays_back()) {
            let holder = self.holder(&line.to);
            let owner = self.equipment.row_mut(equipment)?.owners.iter_mut().find(|owner| owner.holder == holder);
            // Commands refuse to take back what went along with a transferred stake.
            owner.ok_or("no such co-owner")?.paid += signed(line.minor, sign);
        }
        Ok(())
    }

    /// Undoes the retirement of a machine.
    pub(super) fn unretire(&mut self, id: EquipmentId, before: EquipmentStanding, shared: &[ChargeLine]) -> FoldResult {
        self.equipment.row_mut(id)?.standing = before;
        self.pay_back(id, shared, -1)
    }

    /// Undoes the payment of a bill.
    pub(super) fn unpay_bill(&mut self, id: BillId) -> FoldResult {
        let bill = self.bills.row_mut(id)?;
        bill.state = BillState::Waiting;
        bill.from = None;
        bill.paid_by = None;
        let (equipment, shared) = (bill.equipment, std::mem::take(&mut bill.shared));
        self.pay_back(equipment, &shared, -1)
    }

    fn hand_on(&mut self, id: EquipmentId, from: PersonId, to: PersonId, handed: Handed) -> FoldResult {
        let equipment = self.equipment.row_mut(id)?;
        let giver =
            equipment.owners.iter_mut().find(|owner| owner.holder == Holder::Person(from)).ok_or("no such co-owner")?;
        giver.stake -= handed.stake;
        giver.paid -= handed.paid;
        giver.due -= handed.paid + handed.open;
        if giver.stake.is_negative() || giver.paid.is_negative() || giver.due < giver.paid {
            return Err("more of a stake is handed on than there is");
        }
        match equipment.owners.iter_mut().find(|owner| owner.holder == Holder::Person(to)) {
            Some(owner) => {
                owner.stake += handed.stake;
                owner.paid += handed.paid;
                owner.due += handed.paid + handed.open;
            }
            None => equipment.owners.push(Owner {
                holder: Holder::Person(to),
                stake: handed.stake,
                due: handed.paid + handed.open,
                paid: handed.paid,
            }),
        }
        Ok(())
    }

    pub(super) fn join_in_equipment(&mut self, kept: PersonId, gone: PersonId) {
        let rename = |holder: &mut Holder| {
            if *holder == Holder::Person(gone) {
                *holder = Holder::Person(kept);
            }
        };
        for equipment in &mut self.equipment {
            if equipment.certified.remove(&gone) {
                equipment.certified.insert(kept);
            }
            if let Some(proposed) = &mut equipment.proposed
                && proposed.agreed.remove(&gone)
            {
                proposed.agreed.insert(kept);
            }
            equipment.owners.iter_mut().for_each(|owner| rename(&mut owner.holder));
            let mut places =
                equipment.owners.iter().enumerate().filter(|(_, owner)| owner.holder == Holder::Person(kept));
            if let (Some((first, _)), Some((second, _))) = (places.next(), places.next()) {
                let theirs = equipment.owners.remove(second);
                let owner = &mut equipment.owners[first];
                owner.stake += theirs.stake;
                owner.due += theirs.due;
                owner.paid += theirs.paid;
            }
        }
        self.lots.iter_mut().for_each(|lot| rename(&mut lot.by));
        let theirs: Vec<_> = self.subscriptions.extract_if(.., |(_, person), _| *person == gone).collect();
        for ((equipment, _), period) in theirs {
            self.subscriptions.entry((equipment, kept)).or_insert(period);
        }
    }

    /// Whether a pool that can still be paid into is for a machine.
    pub fn has_pool(&self, equipment: EquipmentId) -> bool {
        self.pools.iter().any(|pool| {
            pool.conditions.purpose == Purpose::Equipment(equipment)
                && matches!(pool.state, PoolState::Open | PoolState::Settling | PoolState::Funded)
        })
    }
}
