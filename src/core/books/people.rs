//! Who people are in the books: their names, their roles, and which of them were joined to another.

use chrono_tz::Tz;
use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::core::books::person::{Merged, Person};
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::contribution::Waiting;
use crate::core::distribution::share::Recipient;
use crate::core::entry::Entry;
use crate::core::fact::people::{Mark, PeopleFact, Role, Setting};
use crate::core::ids::{LogId, PersonId, ProjectId, TextRef};
use crate::core::ledger::{LedgerAccount, Transaction, Unbalanced};
use crate::core::log::LogStanding;
use crate::core::look::{look, normal};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::task::TaskState;
use crate::core::time::Timestamp;

impl Books {
    /// The person that an id stands for now: for somebody who was joined to another, that other person.
    pub fn canonical_id(&self, person: PersonId) -> PersonId {
        self.merged.get(&person).map_or(person, |merged| merged.into)
    }

    /// A person's ids: their own, and those of people who were joined to them.
    pub fn ids_of(&self, person: PersonId) -> impl Iterator<Item = PersonId> {
        let before = self.merged.iter().filter(move |(_, merged)| merged.into == person).map(|(&id, _)| id);
        std::iter::once(person).chain(before)
    }

    /// The handle that belonged to an id, also if its person was joined to another.
    pub fn handle_of_id(&self, id: PersonId) -> &str {
        self.merged.get(&id).map_or_else(|| self.handle(id), |merged| merged.handle.as_str())
    }

    /// A person's name in the journal, also in account names. For a machine's number, the machine's name.
    pub fn ledger_name(&self, person: PersonId) -> &str {
        let machine = || self.machine(person).map_or("", |machine| machine.name.as_str());
        self.people.get(&self.canonical_id(person)).map_or_else(machine, |p| p.ledger_name.as_str())
    }

    /// The name by which the journal can call a new person: their number, unless it is already somebody's name in the
    /// journal or handle.
    pub fn new_ledger_name(&self, person: PersonId) -> String {
        let number = person.to_string();
        let others = (2..).map(|more| format!("{number}-{more}"));
        let is_free = |name: &String| !self.ledger_names.contains_key(name) && !self.handles.contains_key(name);
        std::iter::once(number.clone()).chain(others).find(is_free).unwrap_or(number)
    }

    fn ledger_name_of_id(&self, id: PersonId) -> &str {
        self.merged.get(&id).map_or_else(|| self.ledger_name(id), |merged| merged.ledger_name.as_str())
    }

    /// The handle that the journal has for an id whose person joined before the journal had only numbers.
    pub fn journaled_handle(&self, id: PersonId) -> Option<&str> {
        let name = self.ledger_name_of_id(id);
        (!name.starts_with(&id.to_string())).then_some(name)
    }

    /// Placeholder handle of an erased person.
    pub fn placeholder_handle(&self, id: PersonId) -> String {
        match self.journaled_handle(id) {
            Some(_) => self.new_ledger_name(id),
            None => self.ledger_name_of_id(id).to_owned(),
        }
    }

    /// The person whose handle, or name in the journal, looks like this one. Of several, the first who joined.
    pub fn looks_like(&self, handle: &str) -> Option<PersonId> {
        self.all_who_look_like(handle).next()
    }

    /// Everybody whose handle, or name in the journal, looks like this one, by the id under which they were given it.
    pub fn all_who_look_like(&self, handle: &str) -> impl Iterator<Item = PersonId> {
        self.looks.get(&look(handle)).into_iter().flatten().copied()
    }

    /// Whether a handle reads like a person's number, or has no letters. Accounts' ids have only digits.
    pub fn is_number(handle: &str) -> bool {
        let (seen, prefix) = (look(handle), look(PersonId::PREFIX.trim_end_matches('-')));
        // 0 and 1 look like o and l.
        let is_digit = |c: char| c.is_numeric() || matches!(c, '-' | 'o' | 'l');
        !handle.contains(char::is_alphabetic)
            || seen.strip_prefix(&prefix).is_some_and(|rest| rest.chars().all(is_digit))
    }

    /// Sets a person's handle, by the id under which they were given it. Handles lie beside the journal, so that they
    /// can be erased; code that folds books to show them sets the handles again.
    pub fn set_handle(&mut self, person: PersonId, handle: &str) {
        let own = self.people.get_mut(&person).map(|p| &mut p.handle);
        let Some(own) = own.or_else(|| self.merged.get_mut(&person).map(|merged| &mut merged.handle)) else { return };
        self.handles.remove(own);
        let before = std::mem::replace(own, handle.to_owned());
        self.handles.insert(handle.to_owned(), person);
        let before = look(&before);
        // A name in the journal belongs to its person for good.
        if before != look(self.ledger_name_of_id(person))
            && let Some(same) = self.looks.get_mut(&before)
        {
            same.remove(&person);
        }
        self.looks.entry(look(handle)).or_default().insert(person);
    }

    pub(super) fn add_person(&mut self, person: PersonId, ledger_name: &str, joined_at: Timestamp) {
        let name = || ledger_name.to_owned();
        self.ledger_names.insert(name(), person);
        self.handles.insert(name(), person);
        self.looks.entry(look(ledger_name)).or_default().insert(person);
        let added = Person {
            ledger_name: name(),
            handle: name(),
            joined_at,
            active: true,
            erased: false,
            roles: BTreeSet::new(),
            gives: false,
        };
        self.people.insert(person, added);
    }

    /// Records the hashes of what lies beside the journal about a person.
    pub(super) fn mark(&mut self, person: PersonId, marks: &[Mark]) {
        self.is_marked |= !marks.is_empty();
        let known = self.marks.entry(person).or_default();
        for mark in marks {
            known.retain(|other| !mark.replaces(other));
            known.insert(*mark);
        }
    }

    /// Whose account it was when it was first used, if it is a person's.
    fn person_of_account(&self, account: &LedgerAccount) -> Option<PersonId> {
        self.ledger_names.get(account.owner()?).copied()
    }

    /// Whether an account is named after a person and nobody has that name.
    pub fn is_unknown(&self, account: &LedgerAccount) -> bool {
        account.owner().is_some() && self.person_of_account(account).is_none()
    }

    /// Whether an account is of somebody who was joined to another. It has no balance any more.
    pub fn is_left_behind(&self, account: &LedgerAccount) -> bool {
        self.person_of_account(account).is_some_and(|person| self.merged.contains_key(&person))
    }

    /// An earlier transaction, with each account replaced by the one that its person has now.
    pub fn on_current_accounts(&self, transaction: Transaction) -> Transaction {
        transaction.moved(|account| match self.person_of_account(&account) {
            Some(person) => account.of(self.ledger_name(person)),
            None => account,
        })
    }

    /// An account as it is shown: with the handle of its person instead of the name in the journal.
    pub fn shown(&self, account: &LedgerAccount) -> LedgerAccount {
        self.person_of_account(account).map_or_else(|| account.clone(), |person| account.of(self.handle_of_id(person)))
    }

    /// Every balance that is not zero, in its natural direction, by account as it is shown.
    pub fn shown_balances(&self) -> Vec<(LedgerAccount, Amount)> {
        let mut balances: Vec<_> =
            self.ledger.balances().map(|(account, amount)| (self.shown(account), amount)).collect();
        balances.sort_by(|(one, _), (other, _)| one.cmp(other));
        balances
    }

    /// Moves everything on one person's accounts to another's.
    ///
    /// # Errors
    /// [`Unbalanced`] if the amounts leave `i64`.
    pub fn moving(&self, gone: PersonId, kept: PersonId) -> Result<Transaction, Unbalanced> {
        let theirs = self.ledger.balances().filter(|(account, _)| account.owner() == Some(self.ledger_name(gone)));
        Transaction::new(theirs.flat_map(|(account, amount)| {
            let debit = amount.with(account.natural(amount.minor));
            [(account.clone(), -debit), (account.of(self.ledger_name(kept)), debit)]
        }))
    }

    /// A person by handle or number, unless they are erased.
    pub fn person_by_handle(&self, handle: &str) -> Option<PersonId> {
        self.anybody_by_handle(handle).filter(|person| !self.is_erased(*person))
    }

    /// The handles of everybody who is not erased.
    pub fn handles(&self) -> impl Iterator<Item = &str> {
        self.people.values().filter(|person| !person.erased).map(|person| person.handle.as_str())
    }

    /// Whether a person is erased.
    pub fn is_erased(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.erased)
    }

    /// A person by handle or number, erased or not: an exact match, else the only one with the same normal form (see
    /// [`normal`]). A handle that only looks the same is somebody else's.
    pub fn anybody_by_handle(&self, typed: &str) -> Option<PersonId> {
        let exact = typed.nfc().collect::<String>().to_lowercase();
        let by_number = || self.ledger_names.get(&exact).filter(|person| person.to_string() == exact).copied();
        let by_normal_form = || {
            let wanted = normal(typed);
            let same = self.all_who_look_like(typed).filter(|&person| normal(self.handle_of_id(person)) == wanted);
            let same: BTreeSet<PersonId> = same.map(|person| self.canonical_id(person)).collect();
            same.first().filter(|_| same.len() == 1).copied()
        };
        self.handles
            .get(&exact)
            .copied()
            .or_else(by_number)
            .or_else(by_normal_form)
            .map(|person| self.canonical_id(person))
    }

    /// A person's handle. For a machine's number, the machine's name.
    pub fn handle(&self, person: PersonId) -> &str {
        let machine = || self.machine(person).map_or("", |machine| machine.name.as_str());
        self.people.get(&self.canonical_id(person)).map_or_else(machine, |p| p.handle.as_str())
    }

    /// A person's handle, to show.
    pub fn name_of(&self, person: PersonId) -> Name {
        Name::from(self.handle(person))
    }

    /// The account of what a person is owed, or of what a machine has received.
    pub fn account_of(&self, person: PersonId) -> LedgerAccount {
        if let Some(machine) = self.machine(person) {
            return LedgerAccount::Machine(machine.name.clone());
        }
        LedgerAccount::Person(self.ledger_name(person).to_owned())
    }

    /// Whether a person takes part now.
    pub fn is_active(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.active)
    }

    /// Whether a person holds a role. A steward leads every project.
    pub fn has_role(&self, person: PersonId, role: Role, project: Option<ProjectId>) -> bool {
        let Some(person) = self.people.get(&person).filter(|p| p.active) else { return false };
        match role {
            Role::Lead => {
                person.roles.contains(&(Role::Steward, None))
                    || (project.is_some() && person.roles.contains(&(Role::Lead, project)))
            }
            other => person.roles.contains(&(other, None)),
        }
    }

    /// Whether a person leads a project, or all of them.
    pub fn leads_any(&self, person: PersonId) -> bool {
        self.people
            .get(&person)
            .is_some_and(|p| p.active && p.roles.iter().any(|(role, _)| matches!(role, Role::Lead | Role::Steward)))
    }

    /// The holders of a role; of a lead's role, those who lead this project.
    pub fn holders(&self, role: Role, project: Option<ProjectId>) -> Vec<PersonId> {
        self.people.iter().filter(|(_, p)| p.active && p.roles.contains(&(role, project))).map(|(&id, _)| id).collect()
    }

    /// A person's texts and files: what they wrote, and what is written about their work and payments. Some of them may
    /// not exist any more.
    pub fn texts_of(&self, person: PersonId) -> BTreeSet<TextRef> {
        let noted = self.ids_of(person).filter_map(|id| self.texts.get(&id)).flatten().copied();
        let logs = || self.logs.iter().filter(|log| log.person == person || log.by == person);
        noted.chain(logs().map(|log| log.what)).chain(self.receipts_of(person).map(|(_, file)| file)).collect()
    }

    /// The receipts of somebody's expenses.
    pub fn receipts_of(&self, person: PersonId) -> impl Iterator<Item = (LogId, TextRef)> {
        let theirs = move |(id, _): &(&LogId, &Vec<TextRef>)| self.log(**id).is_some_and(|log| log.person == person);
        self.receipts.iter().filter(theirs).flat_map(|(&id, files)| files.iter().map(move |&file| (id, file)))
    }

    pub(super) fn fold_people(&mut self, entry: &Entry, fact: &PeopleFact) -> FoldResult {
        match fact {
            PeopleFact::NetworkCreated(f) => {
                self.commodity = f.commodity().ok_or("unknown commodity")?;
                self.name.clone_from(&f.name);
                self.set_zone(entry.at, f.timezone);
            }
            PeopleFact::SettingChanged(f) => self.set(entry.at, &f.setting),
            PeopleFact::PersonAdded(f) => {
                if self.next_person() != f.person || self.ledger_names.contains_key(&f.handle) {
                    return Err("its person is not new");
                }
                self.add_person(f.person, &f.handle, entry.at);
                self.mark(f.person, &f.marks);
            }
            PeopleFact::PersonIdentified(f) => {
                if !self.people.contains_key(&self.canonical_id(f.person)) {
                    return Err("no such person");
                }
                self.mark(f.person, &f.marks);
            }
            PeopleFact::PersonReturned(f) => self.person_mut(f.person)?.active = true,
            PeopleFact::PersonLeft(f) => {
                self.subscriptions.retain(|(_, person), _| *person != f.person);
                let person = self.person_mut(f.person)?;
                person.active = false;
                person.roles.clear();
                for task in &f.dropped {
                    self.set_task(*task, entry.at, TaskState::Open)?;
                }
            }
            PeopleFact::PersonErased(f) => self.erase(f.person)?,
            PeopleFact::RoleGranted(f) => {
                self.person_mut(f.person)?.roles.insert((f.role, f.project));
            }
            PeopleFact::RoleRevoked(f) => {
                self.person_mut(f.person)?.roles.remove(&(f.role, f.project));
            }
            PeopleFact::PeopleJoined(f) => self.join(f.kept, f.gone, &f.transaction)?,
        }
        Ok(())
    }

    fn set_zone(&mut self, at: Timestamp, zone: Tz) {
        self.timezone = zone;
        self.zones.push((at, zone));
    }

    fn set(&mut self, at: Timestamp, setting: &Setting) {
        match setting {
            Setting::Name(name) => self.name.clone_from(name),
            Setting::Timezone(zone) => self.set_zone(at, *zone),
            Setting::SecondPerson(amount) => self.settings.second_person = *amount,
            Setting::LogWindow(days) => self.settings.log_window = *days,
            Setting::DailyLimit(minutes) => self.settings.daily_limit = *minutes,
            Setting::Validators(count) => self.settings.validators = *count,
            Setting::Quorum(share) => self.settings.quorum = *share,
            Setting::ObjectionShare(share) => self.settings.objection_share = *share,
            Setting::AgreeDays(days) => self.settings.agree_days = *days,
            Setting::FlagDays(days) => self.settings.flag_days = *days,
            Setting::AskAbove(amount) => self.settings.ask_above = *amount,
            Setting::RepeatDays(days) => self.settings.repeat_days = *days,
            Setting::Encryption(kept) => self.settings.encryption_lapses = !kept,
        }
    }

    /// The name in the journal of the person that a fact joins to another or erases.
    pub(super) fn ledger_name_ended_by(&self, fact: &PeopleFact) -> Option<&str> {
        match fact {
            PeopleFact::PeopleJoined(f) => self.merged.get(&f.gone).map(|merged| merged.ledger_name.as_str()),
            PeopleFact::PersonErased(f) => Some(self.ledger_name(f.person)),
            PeopleFact::NetworkCreated(_)
            | PeopleFact::SettingChanged(_)
            | PeopleFact::PersonAdded(_)
            | PeopleFact::PersonIdentified(_)
            | PeopleFact::PersonReturned(_)
            | PeopleFact::PersonLeft(_)
            | PeopleFact::RoleGranted(_)
            | PeopleFact::RoleRevoked(_) => None,
        }
    }

    pub(super) fn person_mut(&mut self, person: PersonId) -> Result<&mut Person, &'static str> {
        self.people.get_mut(&person).ok_or("no such person")
    }

    /// Records that a text belongs to a person: they wrote it, or it is about them.
    pub(super) fn note_text(&mut self, whose: PersonId, text: TextRef) {
        self.texts.entry(whose).or_default().push(text);
    }

    /// Erases a person: ends everything they take part in. They, and people who were joined to them, are called by
    /// their numbers from now on.
    pub(super) fn erase(&mut self, person: PersonId) -> FoldResult {
        let own = self.people.get_mut(&person).ok_or("no such person")?;
        own.active = false;
        own.erased = true;
        own.roles.clear();
        self.subscriptions.retain(|(_, subscriber), _| *subscriber != person);
        self.tasks
            .iter_mut()
            .filter(|task| task.state == TaskState::Taken(person))
            .for_each(|task| task.state = TaskState::Open);
        self.redirects.retain(|from, redirect| *from != person && redirect.to != Recipient::Person(person));
        for id in self.ids_of(person).collect::<Vec<_>>() {
            self.marks.remove(&id);
            self.set_handle(id, &self.placeholder_handle(id));
        }
        Ok(())
    }

    /// Makes two people one. What goes on belongs to the kept person, as if it always had. What is over (rates,
    /// distributions, movements of money) keeps the id under which it happened, and [`Books::canonical_id`] says who
    /// that is.
    pub(super) fn join(&mut self, kept: PersonId, gone: PersonId, transaction: &Transaction) -> FoldResult {
        let Person { ledger_name, handle, .. } = self.people.remove(&gone).ok_or("whoever is gone was not there")?;
        let to = &self.people.get(&kept).ok_or("nobody is there to be joined to")?.ledger_name;
        let is_theirs =
            |account: &LedgerAccount| account.owner().is_some_and(|owner| owner == ledger_name || owner == to);
        if !transaction.postings().iter().all(|(account, _)| is_theirs(account)) {
            return Err("it moves money of others");
        }
        self.merged.insert(gone, Merged { ledger_name, handle, into: gone });
        self.merged.values_mut().filter(|merged| merged.into == gone).for_each(|merged| merged.into = kept);
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
                LogStanding::Flagged(flag) => rename(&mut flag.by),
                // Nobody has to agree to their own statement.
                LogStanding::Waits(Waiting::Person) if log.person == log.by => {
                    if log.validated_by.len() >= log.validations {
                        log.standing = LogStanding::Counts;
                        self.waiting.remove(&log.id);
                    } else {
                        log.standing = LogStanding::Waits(Waiting::Validation);
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
        self.redirects
            .retain(|person, redirect| ![kept, gone].map(Recipient::Person).contains(&redirect.to) || *person != kept);
        self.projects
            .values_mut()
            .filter_map(|project| project.approval.as_mut())
            .for_each(|(person, _)| rename(person));
        let of_money = self.money.iter_mut().filter_map(|money| money.undo_approved.as_mut());
        let of_distributions = self.distributions.iter_mut().filter_map(|shared| shared.undo_approved.as_mut());
        let of_bills = self.bills.iter_mut().filter_map(|bill| bill.undo_approved.as_mut());
        of_money.chain(of_distributions).chain(of_bills).for_each(|(person, _)| rename(person));
        let days: Vec<_> = self.minutes_by_day.extract_if(|(person, _), _| *person == gone).collect();
        for ((_, date), minutes) in days {
            *self.minutes_by_day.entry((kept, date)).or_default() += minutes;
        }
        Ok(())
    }
}
