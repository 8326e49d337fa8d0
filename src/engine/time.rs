//! What time brings: jobs that are due, each decided at its own instant and committed by itself.
//!
//! A job's deletion is its guard: of all who try, one deletes the row, and the others find that they were overtaken. A job that is
//! refused, faults or panics is set aside: it costs nobody else anything, and it never runs again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::commands::context::Due;
use crate::core::fact::people::Role;
use crate::core::name::Name;
use crate::core::time::Timestamp;
use crate::directory::{Job, Write};
use crate::engine::decide::{Case, Draft, When};
use crate::engine::{Broken, Engine, Fault, PANICKED, World};
use crate::grammar::parse::Call;
use crate::incoming::{Inbound, Said};
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::{RoomLine, RoomRefusal};
use crate::recurrence::Recurrence;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::rows::{InboxOutcome, InboxRow};
use crate::store::state::Network;

/// How far time has come.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// The instant that jobs are due by.
    pub by: Timestamp,
    /// What time it is, which may be later.
    pub now: Timestamp,
    /// Whether somebody has watched it pass. Then a job that comes again and again comes each time; else it comes once for all the
    /// times that were missed, at the last of them.
    pub watched: bool,
}

impl<S: Store> Engine<S> {
    /// Decides and commits every job of every network that is due.
    pub(super) async fn pass_time_everywhere(&mut self, passed: Passed) -> Result<(), StoreError> {
        let is_due = |network: &&String| self.world.next_due(network, passed.by).is_some();
        for network in self.world.networks.keys().filter(is_due).cloned().collect::<Vec<_>>() {
            self.pass_time(&network, passed).await?;
        }
        Ok(())
    }

    /// Gives a command of time's own to every network.
    pub(super) async fn tell_everywhere(&mut self, inbound: &Inbound, call: &Call) -> Result<(), StoreError> {
        for network in self.world.networks.keys().cloned().collect::<Vec<_>>() {
            let mut draft = Draft::default();
            let given = catch_unwind(AssertUnwindSafe(|| self.world.give(&network, inbound, call, &mut draft)));
            if let Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) =
                self.finish(draft, given.unwrap_or_else(|_| Err(Fault::new(PANICKED)))).await?
            {
                self.report(&format!("the command `{}` in network {network}", call.command), &fault);
            }
        }
        Ok(())
    }

    /// Decides and commits every job of a network that is due, one after the other.
    pub(super) async fn pass_time(&mut self, network: &str, passed: Passed) -> Result<(), StoreError> {
        while let Some(job) = self.world.next_due(network, passed.by).cloned() {
            let mut draft = Draft::default();
            let decided = catch_unwind(AssertUnwindSafe(|| self.world.decide_job(network, &job, passed, &mut draft)));
            match self.finish(draft, decided.unwrap_or_else(|_| Err(Fault::new(PANICKED)))).await? {
                Ok(()) | Err(Broken::Overtaken) => {}
                Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) => self.set_aside(network, &job, passed, &fault).await?,
            }
        }
        Ok(())
    }

    /// Sets a job aside that can't be decided or committed.
    async fn set_aside(&mut self, network: &str, job: &Job, passed: Passed, fault: &Fault) -> Result<(), StoreError> {
        let id = self.report(&format!("the job `{}` of network {network}", job.name), fault);
        let mut draft = Draft::default();
        let (event, outcome) = (event_of(job), InboxOutcome::Fault(id.clone()));
        draft.batch.inbox.push(InboxRow { event, network: Some(network.to_owned()), at: passed.now, outcome, said: None });
        self.world.set_aside(network, job, passed, &Refusal::from(RoomRefusal::Fault { id: Name(id) }), &mut draft);
        if let Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) = self.finish(draft, Ok(())).await? {
            // Until the next start nobody can do more than leave it out.
            tracing::error!(job = %job.name, why = %fault, "the job could not be set aside and is left out");
            self.world.left_out.insert(job.id.clone());
        }
        Ok(())
    }
}

impl World {
    /// The first job of a network that is due by an instant. While nobody knows what time it is, nothing is due.
    pub fn next_due(&self, network: &str, by: Timestamp) -> Option<&Job> {
        if self.is_held {
            return None;
        }
        let jobs = self.networks.get(network)?.directory.all_jobs();
        jobs.take_while(|job| job.due_at <= by).find(|job| !self.left_out.contains(&job.id))
    }

    /// Decides a job into a draft of its own.
    fn decide_job(&mut self, network: &str, job: &Job, passed: Passed, draft: &mut Draft) -> Result<(), Fault> {
        let zone = self.networks.get(network).map_or(Tz::UTC, |n| n.books.timezone);
        let last_at = self.networks.get(network).map_or(job.due_at, |n| n.books.last_at);
        let recurrence = job.every.as_deref().and_then(|every| Recurrence::parse(every).ok());
        if let Some(missed) = recurrence.as_ref().filter(|_| !passed.watched).and_then(|r| last_missed(job, r, passed.now, zone)) {
            self.write(network, Write::JobDone(job.clone()), draft);
            self.write(network, Write::Job(missed), draft);
            return Ok(());
        }
        let inbound = Inbound::unsaid(event_of(job), job.room.clone(), Said::Due, job.due_at);
        let since = recurrence.as_ref().map_or(job.due_at, |recurrence| since(job, recurrence, zone));
        let due = Due { at: job.due_at, since, now: if passed.watched { job.due_at } else { passed.now } };
        let at = job.due_at.max(last_at);
        let when = When::at(job.due_at);
        let case = Case { inbound: &inbound, network: Some(network.to_owned()), when, at, due: Some(due), verification: None };
        let call = Call { command: job.command.clone(), options: job.options.clone() };
        let result = self.obey(&case, &call, draft)?;
        draft.batch.inbox.push(InboxRow {
            event: inbound.event.clone(),
            network: case.network,
            at: case.at,
            outcome: match &result {
                Ok(done) => done.outcome.clone(),
                Err(refusal) => InboxOutcome::Refused(refusal.key().to_owned()),
            },
            said: None,
        });
        match result {
            Ok(done) => {
                self.write(network, Write::JobDone(job.clone()), draft);
                self.come_again(network, job, done.is_said(), draft);
                self.reply(&inbound, Some(network.to_owned()), false, done.reply(), draft);
                self.notify_all(Some(network), draft);
            }
            Err(refusal) => {
                tracing::warn!(job = %job.name, network, refusal = refusal.key(), "a job was refused");
                self.set_aside(network, job, passed, &refusal, draft);
            }
        }
        Ok(())
    }

    /// Puts a job that went wrong aside, tells the stewards, and lets one that comes again and again come the next time.
    fn set_aside(&mut self, network: &str, job: &Job, passed: Passed, refusal: &Refusal, draft: &mut Draft) {
        self.write(network, Write::JobFailed(job.clone(), refusal.key().to_owned()), draft);
        self.come_again(network, job, false, draft);
        let Some(known) = self.networks.get(network) else { return };
        let due = job.due_at.with_timezone(&known.books.timezone);
        let line = Line::from(RoomLine::JobSetAside {
            command: Term::from(&job.command),
            options: job.options.iter().map(|(name, value)| Name(format!("{name}:{value}"))).collect(),
            day: due.date_naive(),
            time: Name(due.format("%H:%M").to_string()),
        });
        let stewards = known.books.holders(Role::Steward, None);
        let told: Vec<_> = stewards.into_iter().filter_map(|steward| known.directory.reach(steward, &job.room)).collect();
        for (room, reader) in told {
            for reply in [Reply::Lines(vec![line.clone()]), Reply::Refusal(refusal.clone())] {
                self.announce(network, passed.now, room.clone(), Some(reader.clone()), reply, draft);
            }
        }
    }

    /// Writes the next time of a job that comes again and again. Where nothing was said, the next time has all of it.
    fn come_again(&mut self, network: &str, job: &Job, is_said: bool, draft: &mut Draft) {
        let Some(zone) = self.networks.get(network).map(|network| network.books.timezone) else { return };
        let recurrence = job.every.as_deref().and_then(|every| Recurrence::parse(every).ok());
        if let Some(due_at) = recurrence.and_then(|recurrence| recurrence.next(job.due_at, zone)) {
            let last = if is_said { Some(job.due_at) } else { job.last };
            self.write(network, Write::Job(Job { last, ..job.clone() }.moved(due_at)), draft);
        }
    }
}

/// The event that a job's turn is. Its id is its own, so the inbox takes it once.
fn event_of(job: &Job) -> String {
    format!("job {}", job.id)
}

/// The last time by an instant that a job which comes again and again was due, if it was due more than once.
fn last_missed(job: &Job, recurrence: &Recurrence, by: Timestamp, zone: Tz) -> Option<Job> {
    let due_at = recurrence.last(by, zone).filter(|last| *last > job.due_at)?;
    // What was missed is made up for.
    Some(Job { last: Some(since(job, recurrence, zone)), ..job.clone() }.moved(due_at))
}

/// When a job was due before; of one that comes for the first time, when it would have been.
fn since(job: &Job, recurrence: &Recurrence, zone: Tz) -> Timestamp {
    job.last.or_else(|| recurrence.last(job.due_at - TimeDelta::seconds(1), zone)).unwrap_or(job.due_at)
}

/// What comes again and again, at the times of another zone. What is due by now already comes late, as it would have.
pub fn moved_with_zone(network: &Network, said_at: Timestamp) -> Vec<Write> {
    let moved = |job: &Job| {
        let due_at = Recurrence::parse(job.every.as_deref()?).ok()?.next(said_at, network.books.timezone)?;
        Some([Write::JobDone(job.clone()), Write::Job(job.clone().moved(due_at))])
    };
    network.directory.all_jobs().filter_map(moved).flatten().collect()
}
