//! Commits batches, and records the delivery reports of replies.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::directory::RoomKey;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::{BatchError, Fault};
use crate::engine::files::with_files;
use crate::engine::patience::Backoff;
use crate::engine::run::Engine;
use crate::intake::Intake;
use crate::outbox::DeliveryReport;
use crate::store::batch::Batch;
use crate::store::database::Store;
use crate::store::error::{CommitError, StoreError};
use crate::store::rows::OutboxRow;

/// How long replies may take to leave when the engine ends.
const LAST_REPLIES: Duration = Duration::from_secs(10);

impl<S: Store> Engine<S> {
    /// Commits a batch that was decided without a fault. Otherwise, or if the commit fails, rebuilds the touched
    /// books.
    ///
    /// # Errors
    /// The outer error: the database can't be used any more. The inner one: why the batch was not committed.
    pub(super) async fn finish(
        &mut self,
        builder: BatchBuilder,
        decided: Result<(), Fault>,
    ) -> Result<Result<(), BatchError>, StoreError> {
        let BatchBuilder { batch, mut touched, repeat_keys, .. } = builder;
        let finished = match decided {
            Ok(()) => self.commit(batch, &mut touched).await?,
            Err(fault) => Err(BatchError::Undecided(0, fault)),
        };
        if finished.is_err() {
            repeat_keys.into_iter().for_each(|repeat_key| self.state.recent.forget(repeat_key));
            for network in touched {
                self.rebuild(&network).await?;
            }
        }
        Ok(finished)
    }

    /// Replaces a network in memory by the stored one.
    async fn rebuild(&mut self, network: &str) -> Result<(), StoreError> {
        let mut patience = Backoff::new(&self.intake);
        let stored = loop {
            match self.store.network(network).await {
                Ok(stored) => break stored,
                Err(error) => patience.unless_lasting(error).await?,
            }
        };
        self.state.replace(network, stored);
        self.update_network_limits(network);
        Ok(())
    }

    /// Commits a batch together with the delivery reports that arrived meanwhile; then its replies leave. `touched`
    /// gains the networks that delivery reports change.
    async fn commit(
        &mut self,
        mut batch: Batch,
        touched: &mut BTreeSet<String>,
    ) -> Result<Result<(), BatchError>, StoreError> {
        while let Ok(report) = self.delivery_reports.try_recv() {
            self.note(report);
        }
        // Delivery reports are kept until a batch with them is written: a reply without a delivery report is sent
        // again.
        batch.delivered.clone_from(&self.arrived);
        batch.undeliverable.clone_from(&self.undeliverable);
        let ended = self.gone.iter().filter_map(|id| self.unasked.get(id)).cloned().collect::<Vec<_>>();
        for (network, room) in ended {
            batch.changes.extend(self.state.end_recurring(&network, &room));
            touched.insert(network);
        }
        if batch.is_empty() {
            return Ok(Ok(()));
        }
        if let Err(error) = write_rows(&*self.store, &self.intake, &batch).await? {
            return Ok(Err(error));
        }
        self.gone.clear();
        for id in self.arrived.drain(..).chain(self.undeliverable.drain(..).map(|(id, _)| id)) {
            self.unasked.remove(&id);
        }
        let is_unasked = |row: &&OutboxRow| row.reply_to.is_none() && row.reader.is_none();
        let room = |row: &OutboxRow| RoomKey { platform: row.platform, id: row.room.clone() };
        let with_network = |row: &OutboxRow| Some((row.id, (row.network.clone()?, room(row))));
        self.unasked.extend(batch.outbox.iter().filter(is_unasked).filter_map(with_network));
        self.update_limits(&batch);
        let rows = with_files(&*self.store, &self.intake, batch.outbox).await?;
        self.outbox.send(rows);
        Ok(Ok(()))
    }

    /// Remembers a delivery report until a batch with it is written.
    pub(super) fn note(&mut self, report: DeliveryReport) {
        match report {
            DeliveryReport::Delivered(ids) => self.arrived.extend(ids),
            DeliveryReport::Undeliverable(id, why) => self.undeliverable.push((id, why)),
            DeliveryReport::Gone(id, why) => {
                self.undeliverable.push((id, why));
                self.gone.push(id);
            }
        }
    }

    /// Waits for the delivery reports of replies on their way. Replies that can't leave now leave after the next start.
    pub(super) async fn last_delivery_reports(&mut self) {
        let intake = self.intake.clone();
        let deadline = tokio::time::Instant::now() + LAST_REPLIES;
        loop {
            tokio::select! {
                biased;
                Some(report) = self.delivery_reports.recv() => self.note(report),
                () = intake.settled() => break,
                () = tokio::time::sleep_until(deadline) => break,
            }
        }
        while let Ok(report) = self.delivery_reports.try_recv() {
            self.note(report);
        }
    }

    /// Writes down which replies arrived. Replies without a written delivery report are sent once more at the next
    /// start.
    ///
    /// # Errors
    /// The database can't be used any more.
    pub(super) async fn write_delivery_reports(&mut self) -> Result<(), StoreError> {
        if let Err(BatchError::Rejected(_, fault)) = self.finish(BatchBuilder::default(), Ok(())).await? {
            tracing::warn!(why = %fault, "delivered replies were not noted");
        }
        Ok(())
    }
}

/// Writes a batch. The rows are fixed: the engine tries them again until they are written or finally rejected.
async fn write_rows(store: &impl Store, intake: &Intake, batch: &Batch) -> Result<Result<(), BatchError>, StoreError> {
    let mut patience = Backoff::new(intake);
    let (mut rejected, mut in_doubt) = (false, false);
    while let Err(error) = store.commit(batch).await {
        // Only after a commit in doubt can stored events be this batch's. Else another process wrote them.
        in_doubt |= matches!(error, CommitError::InDoubt(_));
        if in_doubt && is_written(store, batch).await {
            break;
        }
        let why = match error {
            CommitError::Conflict => return Ok(Err(BatchError::Conflict)),
            CommitError::Rejected(why) if rejected => return Ok(Err(BatchError::Rejected(0, Fault::new(why)))),
            CommitError::Rejected(why) => {
                rejected = true;
                why
            }
            CommitError::Unavailable(why) | CommitError::InDoubt(why) => why,
        };
        patience.after(why).await?;
    }
    Ok(Ok(()))
}

/// Whether the store knows all events of a batch.
async fn is_written(store: &impl Store, batch: &Batch) -> bool {
    let events: Vec<String> = batch.inbox.iter().map(|row| row.event.clone()).collect();
    !events.is_empty() && store.known(&events).await.is_ok_and(|known| known.len() == events.len())
}
