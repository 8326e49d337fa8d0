//! Due jobs, each decided at its own instant.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::commands::context::DueJob;
use crate::core::fact::people::Role;
use crate::core::name::Name;
use crate::core::time::Timestamp;
use crate::directory::{DirectoryChange, Job};
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::instants::{Elapsed, MessageTimes};
use crate::engine::invocation::Invocation;
use crate::engine::outcome::Audience;
use crate::engine::recurring::{last_missed, recurrence, since};
use crate::engine::request::{JobOrigin, event_of};
use crate::engine::state::EngineState;
use crate::grammar::parse::Call;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::RoomLine;
use crate::store::rows::{InboxOutcome, InboxRow};

impl EngineState {
    /// The first job of a network that is due by an instant. While the clock is doubted, nothing is due.
    pub fn next_due(&self, network: &str, by: Timestamp) -> Option<&Job> {
        if self.clock_is_doubted {
            return None;
        }
        let jobs = self.networks.get(network)?.directory.all_jobs();
        jobs.take_while(|job| job.due_at <= by).find(|job| !self.left_out.contains(&job.id))
    }

    /// Decides a job into a batch of its own.
    ///
    /// # Errors
    /// A fault of the program; then the caller sets the job aside.
    pub fn decide_job(
        &mut self,
        network: &str,
        job: &Job,
        elapsed: Elapsed,
        builder: &mut BatchBuilder,
    ) -> Result<(), Fault> {
        let zone = self.networks.get(network).map_or(Tz::UTC, |known| known.books.timezone);
        let last_at = self.networks.get(network).map_or(job.due_at, |known| known.books.last_at);
        let recurrence = recurrence(job);
        if let Some(recurrence) = recurrence.as_ref().filter(|_| !elapsed.each_turn)
            && let Some(missed) = last_missed(job, recurrence, elapsed.now, zone)
        {
            self.change(network, DirectoryChange::JobDone(job.clone()), builder);
            self.change(network, DirectoryChange::Job(missed), builder);
            return Ok(());
        }
        let since = recurrence.as_ref().map_or(job.due_at, |recurrence| since(job, recurrence, zone));
        let due = DueJob { at: job.due_at, since, now: if elapsed.each_turn { job.due_at } else { elapsed.now } };
        let origin = JobOrigin::of(job);
        let invocation = Invocation {
            request: origin.request(job, due),
            network: Some(network.to_owned()),
            files: BTreeMap::new(),
            times: MessageTimes::at(job.due_at),
            at: job.due_at.max(last_at),
            verification: None,
        };
        let call = Call::new(&job.command, job.options.clone());
        let result = self.execute(&invocation, &call, builder)?;
        builder.batch.inbox.push(InboxRow {
            event: event_of(job),
            network: Some(network.to_owned()),
            at: invocation.at,
            outcome: match &result {
                Ok(done) => done.inbox.clone(),
                Err(refusal) => InboxOutcome::Refused(refusal.key().to_owned()),
            },
            repeat_key: None,
            recorded: String::new(),
        });
        match result {
            Ok(done) => {
                self.change(network, DirectoryChange::JobDone(job.clone()), builder);
                self.schedule_next(network, job, !done.lines.is_empty(), builder);
                self.reply(invocation.request, Some(network.to_owned()), Audience::Room, done.reply(), builder);
                self.notify_all(Some(network), builder);
            }
            Err(refusal) => {
                tracing::warn!(job = %job.name, network, refusal = refusal.key(), "a job was refused");
                self.set_job_aside(network, job, elapsed.now, &refusal, builder);
            }
        }
        Ok(())
    }

    /// Sets a failed job aside, tells the stewards, and schedules its next turn if it recurs.
    pub fn set_job_aside(
        &mut self,
        network: &str,
        job: &Job,
        now: Timestamp,
        refusal: &Refusal,
        builder: &mut BatchBuilder,
    ) {
        self.change(network, DirectoryChange::JobFailed(job.clone(), refusal.key().to_owned()), builder);
        self.schedule_next(network, job, false, builder);
        let Some(known) = self.networks.get(network) else { return };
        let due = job.due_at.with_timezone(&known.books.timezone);
        let line: Line = RoomLine::JobSetAside {
            command: Term::from(&job.command),
            options: job.options.iter().map(|(name, value)| Name(format!("{name}:{value}"))).collect(),
            day: due.date_naive(),
            time: Name(due.format("%H:%M").to_string()),
        }
        .into();
        let stewards = known.books.holders(Role::Steward, None);
        let readers = stewards.into_iter().filter_map(|steward| known.directory.reach(steward, &job.room));
        for (room, reader) in readers.collect::<Vec<_>>() {
            for reply in [Reply::Lines(vec![line.clone()]), Reply::Refusal(refusal.clone())] {
                self.announce(network, now, (room.clone(), Some(reader.clone())), reply, builder);
            }
        }
    }

    /// Schedules the next turn of a recurring job. After a turn that said nothing, the next one covers its time as
    /// well.
    fn schedule_next(&mut self, network: &str, job: &Job, has_spoken: bool, builder: &mut BatchBuilder) {
        let Some(zone) = self.networks.get(network).map(|known| known.books.timezone) else { return };
        if let Some(due_at) = recurrence(job).and_then(|recurrence| recurrence.next(job.due_at, zone)) {
            let last = if has_spoken { Some(job.due_at) } else { job.last };
            self.change(network, DirectoryChange::Job(Job { last, ..job.clone() }.moved(due_at)), builder);
        }
    }
}
