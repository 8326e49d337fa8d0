//! Who people are in the books: their handles, their roles, and whoever was joined to them.

use super::Books;
use crate::core::entry::{PersonId, ProjectId, Role};
use crate::core::ledger::{Account, Transaction, Unbalanced};
use crate::core::message::Name;

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

    /// A person's handle.
    pub fn handle(&self, person: PersonId) -> &str {
        self.people.get(&self.who(person)).map_or("", |p| p.handle.as_str())
    }

    /// A person's handle, to show.
    pub fn name_of(&self, person: PersonId) -> Name {
        Name::from(self.handle(person))
    }

    /// The account of what a person is owed.
    pub fn account_of(&self, person: PersonId) -> Account {
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
}
