//! Reports on a stored journal, which read all of it: beside everything else, so that nobody but the room that asked waits.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::core::check::Verification;
use crate::engine::decide::Draft;
use crate::engine::patience::Patience;
use crate::engine::{Broken, Engine, Fault, PANICKED};
use crate::incoming::Inbound;
use crate::intake::Intake;
use crate::store::database::Store;
use crate::store::error::StoreError;

/// Stored journals that are being verified, each for a message that waits for it. Its room waits with it; nobody else does.
pub(super) struct Verifying {
    done: mpsc::UnboundedSender<Verified>,
    pub(super) found: mpsc::UnboundedReceiver<Verified>,
    /// One at a time: each reads a whole journal.
    turn: Arc<Semaphore>,
}

/// A message whose command reports on the stored journal, and what there is to report.
pub(super) struct Verified {
    message: Inbound,
    found: Result<Verification, StoreError>,
}

impl Default for Verifying {
    fn default() -> Self {
        let (done, found) = mpsc::unbounded_channel();
        Self { done, found, turn: Arc::new(Semaphore::new(1)) }
    }
}

impl<S: Store> Engine<S> {
    /// Has the stored journal of a network verified for the first message, beside everything else. The message's room waits, since
    /// its order is kept.
    pub(super) fn verify_for(&mut self, messages: &mut VecDeque<Inbound>, network: String) {
        let Some(message) = messages.pop_front() else { return };
        let (behind, others): (VecDeque<Inbound>, _) = messages.drain(..).partition(|other| other.room == message.room);
        *messages = others;
        self.intake.hold(message.room.clone(), behind);
        let (store, done, turn) = (self.store.clone(), self.verifying.done.clone(), self.verifying.turn.clone());
        let intake = self.intake.clone();
        tokio::spawn(async move {
            // The semaphore is never closed, and an engine that has ended needs no answer.
            let _turn = turn.acquire().await;
            let found = verified(&*store, &intake, &network).await;
            let _ = done.send(Verified { message, found });
        });
    }

    /// Answers a message for which a stored journal was verified; then its room goes on.
    pub(super) async fn answer_verified(&mut self, verified: Verified) -> Result<(), StoreError> {
        let Verified { message, found } = verified;
        if let Some((network, passed)) = self.world.is_due_before(&message, self.world.read(&message).as_ref()) {
            self.pass_time(&network, passed).await?;
        }
        let mut draft = Draft::default();
        let handled = match found {
            Ok(found) => catch_unwind(AssertUnwindSafe(|| {
                let reading = self.world.read(&message);
                self.world.handle(&message, reading, Some(found), &mut draft)
            }))
            .unwrap_or_else(|_| Err(Fault::new(PANICKED))),
            Err(error) => Err(Fault::new(error.to_string())),
        };
        match self.finish(draft, handled.map(drop)).await? {
            Ok(()) | Err(Broken::Overtaken) => {}
            Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) => self.note_fault(&message, &fault).await?,
        }
        self.intake.unsettled().sub(1);
        self.intake.release(&message.room);
        Ok(())
    }
}

async fn verified(store: &impl Store, intake: &Intake, network: &str) -> Result<Verification, StoreError> {
    let mut patience = Patience::new(intake);
    loop {
        match store.verify(network).await {
            Ok(found) => return Ok(found),
            Err(error) => patience.unless_lasting(error).await?,
        }
    }
}
