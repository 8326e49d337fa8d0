//! Time passes: due jobs are decided and committed, each by itself.
//!
//! Deleting a job is its guard: one process deletes the row, and the others get a conflict. A job that is refused,
//! faults or panics is set aside: it delays no other job, and it never runs again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::core::name::Name;
use crate::directory::Job;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::{BatchError, Fault};
use crate::engine::instants::Elapsed;
use crate::engine::request::event_of;
use crate::engine::run::Engine;
use crate::grammar::parse::Call;
use crate::incoming::{Content, Inbound};
use crate::message::room::RoomRefusal;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::rows::{InboxOutcome, InboxRow};

impl<S: Store> Engine<S> {
    /// Handles a message of the clock: jobs that are due, or a command for every network.
    ///
    /// # Errors
    /// The database can't be used any more.
    pub(super) async fn handle_time(&mut self, inbound: &Inbound) -> Result<(), StoreError> {
        if let Content::System(event) = &inbound.content
            && let Some(command) = self.state.registry.catalog.on(event.trigger())
        {
            let call = Call::new(&command.name, event.options());
            self.execute_in_every_network(inbound, &call).await?;
        }
        if let Content::Tick { each_turn } = inbound.content {
            let now = inbound.received_at;
            self.run_due_jobs_everywhere(Elapsed { by: now, now, each_turn }).await?;
            let mut builder = BatchBuilder::default();
            self.state.note_reading(inbound, &mut builder);
            self.state.prune(now, &mut builder);
            if let Err(BatchError::Rejected(_, fault)) = self.finish(builder, Ok(())).await? {
                tracing::warn!(why = %fault, "it was not noted that the bot is alive");
            }
            self.prune_rows().await;
        }
        Ok(())
    }

    /// Decides and commits every due job of every network.
    async fn run_due_jobs_everywhere(&mut self, elapsed: Elapsed) -> Result<(), StoreError> {
        let is_due = |network: &&String| self.state.next_due(network, elapsed.by).is_some();
        for network in self.state.networks.keys().filter(is_due).cloned().collect::<Vec<_>>() {
            self.run_due_jobs(&network, elapsed).await?;
        }
        Ok(())
    }

    /// Executes a command of the system in every network.
    async fn execute_in_every_network(&mut self, inbound: &Inbound, call: &Call) -> Result<(), StoreError> {
        for network in self.state.networks.keys().cloned().collect::<Vec<_>>() {
            let mut builder = BatchBuilder::default();
            let executed =
                catch_unwind(AssertUnwindSafe(|| self.state.execute_for_system(&network, inbound, call, &mut builder)));
            let executed = executed.unwrap_or_else(|_| Err(Fault::panicked()));
            if let Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) =
                self.finish(builder, executed).await?
            {
                self.report(&format!("the command `{}` in network {network}", call.command), &fault);
            }
        }
        Ok(())
    }

    /// Decides and commits every due job of a network, one after the other.
    ///
    /// # Errors
    /// The database can't be used any more.
    pub(super) async fn run_due_jobs(&mut self, network: &str, elapsed: Elapsed) -> Result<(), StoreError> {
        while let Some(job) = self.state.next_due(network, elapsed.by).cloned() {
            let mut builder = BatchBuilder::default();
            let decided =
                catch_unwind(AssertUnwindSafe(|| self.state.decide_job(network, &job, elapsed, &mut builder)));
            match self.finish(builder, decided.unwrap_or_else(|_| Err(Fault::panicked()))).await? {
                Ok(()) | Err(BatchError::Conflict) => {}
                Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) => {
                    self.set_job_aside(network, &job, elapsed, &fault).await?;
                }
            }
        }
        Ok(())
    }

    /// Sets a job aside that can't be decided or committed.
    async fn set_job_aside(
        &mut self,
        network: &str,
        job: &Job,
        elapsed: Elapsed,
        fault: &Fault,
    ) -> Result<(), StoreError> {
        let id = self.report(&format!("the job `{}` of network {network}", job.name), fault);
        let mut builder = BatchBuilder::default();
        builder.batch.inbox.push(InboxRow {
            event: event_of(job),
            network: Some(network.to_owned()),
            at: elapsed.now,
            outcome: InboxOutcome::Fault(id.clone()),
            repeat_key: None,
            recorded: String::new(),
        });
        self.state.set_job_aside(network, job, elapsed.now, &RoomRefusal::Fault { id: Name(id) }.into(), &mut builder);
        if let Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) =
            self.finish(builder, Ok(())).await?
        {
            // Until the next start it can only be left out.
            tracing::error!(job = %job.name, why = %fault, "the job could not be set aside and is left out");
            self.state.left_out.insert(job.id.clone());
        }
        Ok(())
    }
}
