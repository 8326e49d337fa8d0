//! Who people are in the books: their handles, their roles, and whoever was joined to them.

use super::apply::Fits;
use super::{Books, Joined};
use crate::core::contribution::{Standing, Waiting};
use crate::core::distribution::Recipient;
use crate::core::entry::{PersonId, ProjectId, Role};
use crate::core::ledger::{Account, Transaction, Unbalanced};
use crate::core::message::Name;
use crate::core::task::TaskState;

impl Books {
    /// Who somebody is now: whoever was joined to another is that one.
    pub fn who(&self, person: PersonId) -> PersonId {
        self.joined.get(&person).map_or(person, |joined| joined.into)
    }

    /// A person's ids: their own, and those of whoever was joined to them.
    pub fn ids_of(&self, person: PersonId) -> impl Iterator<Item = PersonId> {
        let before = self.joined.iter().filter(move |(_, joined)| joined.into == person).map(|(&id, _)| id);
        std::iter::once(person).chain(before)
    }

    /// The handle that belonged to an id, also to one of somebody who is another now.
    pub fn handle_of_id(&self, id: PersonId) -> &str {
        self.joined.get(&id).map_or_else(|| self.handle(id), |joined| joined.handle.as_str())
    }

    /// Whether an account is of somebody who is another now: nothing is on it any more.
    pub fn is_left_behind(&self, account: &Account) -> bool {
        let now = |handle| self.person_by_handle(handle).map(|person| self.handle(person));
        account.owner().is_some_and(|handle| now(handle).is_some_and(|now| now != handle))
    }

    /// A transaction of before, on the accounts of who people are now.
    pub fn as_of_now(&self, transaction: Transaction) -> Transaction {
        transaction.moved(|account| match account.owner().and_then(|handle| self.person_by_handle(handle)) {
            Some(person) => account.of(self.handle(person)),
            None => account,
        })
    }

    /// How everything on somebody's accounts moves to another's.
    pub fn moving(&self, gone: PersonId, kept: PersonId) -> Result<Transaction, Unbalanced> {
        let theirs = self.ledger.balances().filter(|(account, _)| account.owner() == Some(self.handle(gone)));
        Transaction::new(theirs.flat_map(|(account, amount)| {
            let debit = amount.with(account.natural(amount.minor));
            [(account.clone(), -debit), (account.of(self.handle(kept)), debit)]
        }))
    }

    /// A person by handle.
    pub fn person_by_handle(&self, handle: &str) -> Option<PersonId> {
        self.handles.get(handle).copied()
    }

    /// A person's handle; a machine's name under its number among them.
    pub fn handle(&self, person: PersonId) -> &str {
        let machine = || self.machine(person).map_or("", |machine| machine.name.as_str());
        self.people.get(&self.who(person)).map_or_else(machine, |p| p.handle.as_str())
    }

    /// A person's handle, to show.
    pub fn name_of(&self, person: PersonId) -> Name {
        Name::from(self.handle(person))
    }

    /// The account of what a person is owed, or a machine has received.
    pub fn account_of(&self, person: PersonId) -> Account {
        if let Some(machine) = self.machine(person) {
            return Account::Machine(machine.name.clone());
        }
        Account::Person(self.handle(person).to_owned())
    }

    /// Whether a person takes part now.
    pub fn is_active(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.active)
    }

    /// Whether a person holds a role: a lead of that project, or a steward, who leads them all.
    pub fn has_role(&self, person: PersonId, role: Role, project: Option<ProjectId>) -> bool {
        let Some(person) = self.people.get(&person).filter(|p| p.active) else { return false };
        match role {
            Role::Lead => {
                person.roles.contains(&(Role::Steward, None)) || (project.is_some() && person.roles.contains(&(Role::Lead, project)))
            }
            other => person.roles.contains(&(other, None)),
        }
    }

    /// Whether a person leads some project, or them all.
    pub fn leads_any(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.active && p.roles.iter().any(|(role, _)| matches!(role, Role::Lead | Role::Steward)))
    }

    /// Who holds a role, a lead's of this project.
    pub fn holders(&self, role: Role, project: Option<ProjectId>) -> Vec<PersonId> {
        self.people.iter().filter(|(_, p)| p.active && p.roles.contains(&(role, project))).map(|(&id, _)| id).collect()
    }

    /// Makes two people one. What goes on is of the one kept from now on, as if it always had been; what is over (rates,
    /// distributions, movements of money) keeps the id that it happened under, and [`Books::who`] says who that is.
    pub(super) fn join(&mut self, kept: PersonId, gone: PersonId, transaction: &Transaction) -> Fits {
        let handle = self.people.remove(&gone).ok_or("whoever is gone was not there")?.handle;
        let to = &self.people.get(&kept).ok_or("nobody is there to be joined to")?.handle;
        let is_theirs = |account: &Account| account.owner().is_some_and(|owner| owner == handle || owner == to);
        if !transaction.postings().iter().all(|(account, _)| is_theirs(account)) {
            return Err("it moves money of others");
        }
        self.joined.insert(gone, Joined { handle, into: gone });
        for joined in self.joined.values_mut().filter(|joined| joined.into == gone) {
            joined.into = kept;
            self.handles.insert(joined.handle.clone(), kept);
        }
        let rename = |person: &mut PersonId| {
            if *person == gone {
                *person = kept;
            }
        };
        for log in &mut self.logs {
            rename(&mut log.person);
            rename(&mut log.by);
            log.validated_by.iter_mut().for_each(rename);
            let (person, by) = (log.person, log.by);
            // Nobody agrees to a log twice, nor to their own.
            log.validated_by.sort_unstable();
            log.validated_by.dedup();
            log.validated_by.retain(|validator| ![person, by].contains(validator));
            match &mut log.standing {
                Standing::Flagged(flag) => rename(&mut flag.by),
                // Nobody has to agree to what they said themselves.
                Standing::Waits(Waiting::Person) if log.person == log.by => {
                    if log.validated_by.len() >= log.validations {
                        log.standing = Standing::Counts;
                        self.waiting.remove(&log.id);
                    } else {
                        log.standing = Standing::Waits(Waiting::Validation);
                    }
                }
                _ => {}
            }
        }
        for task in &mut self.tasks {
            rename(&mut task.opened_by);
            if let TaskState::Taken(person) | TaskState::Done(person) | TaskState::Accepted(person) = &mut task.state {
                rename(person);
            }
        }
        for proposal in &mut self.proposals {
            rename(&mut proposal.by);
            if proposal.agreed.remove(&gone) && !proposal.objections.contains_key(&kept) {
                proposal.agreed.insert(kept);
            }
            if let Some(reason) = proposal.objections.remove(&gone) {
                proposal.agreed.remove(&kept);
                proposal.objections.entry(kept).or_insert(reason);
            }
        }
        self.join_in_pools(kept, gone);
        self.join_in_equipment(kept, gone);
        if let Some(redirect) = self.redirects.remove(&gone) {
            self.redirects.entry(kept).or_insert(redirect);
        }
        self.redirects.retain(|person, redirect| ![kept, gone].map(Recipient::Person).contains(&redirect.to) || *person != kept);
        self.projects.values_mut().filter_map(|project| project.approval.as_mut()).for_each(|(person, _)| rename(person));
        let days: Vec<_> = self.minutes_by_day.extract_if(|(person, _), _| *person == gone).collect();
        for ((_, date), minutes) in days {
            *self.minutes_by_day.entry((kept, date)).or_default() += minutes;
        }
        Ok(())
    }
}
