//! What time brings: jobs that are due, each at its own instant, and those that come again and again.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::decide::{Case, Draft, When};
use super::{Fault, World};
use crate::commands::Due;
use crate::commands::parse::Call;
use crate::core::entry::Timestamp;
use crate::core::message::Name;
use crate::core::refusal::Refusal;
use crate::directory::{Job, Write};
use crate::intake::{Inbound, Said};
use crate::recurrence::Recurrence;
use crate::store::{InboxRow, Network};

impl World {
    /// Decides every job of a network that is due by an instant, each at its own. It may be later by now. One that comes again and
    /// again comes each time if somebody has watched time pass; else once for all the times that were missed, at the last of them.
    /// While nobody knows what time it is, nothing is due.
    pub fn due(&mut self, network: &str, by: Timestamp, now: Timestamp, watched: bool, draft: &mut Draft) -> Result<(), Fault> {
        if self.is_held {
            return Ok(());
        }
        while let Some(job) = self.networks.get(network).and_then(|n| n.directory.due(by)).cloned() {
            let zone = self.networks.get(network).map_or(Tz::UTC, |n| n.books.timezone);
            if let Some(missed) = last_missed(&job, now, zone).filter(|_| !watched) {
                self.write(network, Write::JobDone(job), draft);
                self.write(network, Write::Job(missed), draft);
                continue;
            }
            let last_at = self.networks.get(network).map_or(job.due_at, |n| n.books.last_at);
            let event = format!("job {network} {} {}", job.name, job.due_at.to_rfc3339());
            let inbound = Inbound::unsaid(event, job.room.clone(), Said::Due(job.clone()), job.due_at);
            let recurrence = job.every.as_deref().and_then(|every| Recurrence::parse(every).ok());
            let since = recurrence.as_ref().map_or(job.due_at, |recurrence| since(&job, recurrence, zone));
            let next = recurrence.and_then(|recurrence| recurrence.next(job.due_at, zone));
            let due = Due { at: job.due_at, since, now: if watched { job.due_at } else { now } };
            let at = job.due_at.max(last_at);
            let case = Case {
                inbound: &inbound,
                network: Some(network.to_owned()),
                when: When::at(job.due_at),
                at,
                due: Some(due),
                verification: None,
            };
            let call = Call { command: job.command.clone(), options: job.options.clone() };
            // A job that goes wrong is done with: it must not come back before every message.
            let result = self.obey(&case, &call, draft).unwrap_or_else(|fault| {
                tracing::error!(job = %job.name, why = %fault, "a due job failed");
                Err(Refusal::Fault { id: Name::from(&job.name) })
            });
            let outcome = match &result {
                Ok(done) => done.outcome.to_owned(),
                Err(refusal) => format!("refused {}", refusal.key()),
            };
            draft.batch.inbox.push(InboxRow { event: inbound.event.clone(), network: case.network, at: case.at, outcome, said: None });
            self.write(network, Write::JobDone(job.clone()), draft);
            // One that goes wrong comes again all the same. Where nothing was said, the next one has all of it.
            if let Some(due_at) = next {
                let is_said = result.as_ref().is_ok_and(|done| done.is_said());
                let last = if is_said { Some(job.due_at) } else { job.last };
                self.write(network, Write::Job(Job { due_at, last, ..job }), draft);
            }
            if let Ok(done) = result {
                self.reply(&inbound, Some(network.to_owned()), false, done.reply(), draft);
            }
            self.notify_all(Some(network), draft);
        }
        Ok(())
    }
}

/// The last time by an instant that a job which comes again and again was due, if it was due more than once.
fn last_missed(job: &Job, by: Timestamp, zone: Tz) -> Option<Job> {
    let recurrence = Recurrence::parse(job.every.as_deref()?).ok()?;
    let due_at = recurrence.last(by, zone).filter(|last| *last > job.due_at)?;
    // What was missed is made up for.
    Some(Job { due_at, last: Some(since(job, &recurrence, zone)), ..job.clone() })
}

/// When a job was due before; of one that comes for the first time, when it would have been.
fn since(job: &Job, recurrence: &Recurrence, zone: Tz) -> Timestamp {
    job.last.or_else(|| recurrence.last(job.due_at - TimeDelta::seconds(1), zone)).unwrap_or(job.due_at)
}

/// What comes again and again, at the times of another zone. What is due by now already comes late, as it would have.
pub fn moved_with_zone(network: &Network, said_at: Timestamp) -> Vec<Write> {
    let moved = |job: &Job| {
        let due_at = Recurrence::parse(job.every.as_deref()?).ok()?.next(said_at, network.books.timezone)?;
        Some([Write::JobDone(job.clone()), Write::Job(Job { due_at, ..job.clone() })])
    };
    network.directory.all_jobs().filter_map(moved).flatten().collect()
}
