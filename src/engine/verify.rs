//! Answers messages that report on the stored journal.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::batch::BatchBuilder;
use crate::engine::fault::{BatchError, Fault};
use crate::engine::run::Engine;
use crate::engine::verification::Verified;
use crate::incoming::Inbound;
use crate::store::database::Store;
use crate::store::error::StoreError;

impl<S: Store> Engine<S> {
    /// Begins to verify a network's stored journal for the first message. The message's room waits, to keep its order.
    pub(super) fn verify_for(&mut self, messages: &mut VecDeque<Inbound>, network: String) {
        let Some(message) = messages.pop_front() else { return };
        let (behind, others): (VecDeque<Inbound>, _) = messages.drain(..).partition(|other| other.room == message.room);
        *messages = others;
        self.intake.hold(message.room.clone(), behind);
        self.verifying.begin(self.store.clone(), self.intake.clone(), network, message);
    }

    /// Answers a message whose stored journal was verified; then its room continues.
    ///
    /// # Errors
    /// The database can't be used any more.
    pub(super) async fn answer_verified(&mut self, verified: Verified) -> Result<(), StoreError> {
        let Verified { message, found } = verified;
        let due = self.state.is_due_before(&message, self.state.read(&message).as_ref());
        if let Some((network, elapsed)) = due {
            self.run_due_jobs(&network, elapsed).await?;
        }
        let mut builder = BatchBuilder::default();
        let handled = match found {
            Ok(found) => catch_unwind(AssertUnwindSafe(|| {
                let reading = self.state.read(&message);
                self.state.handle(&message, reading, Some(found), &mut builder)
            }))
            .unwrap_or_else(|_| Err(Fault::panicked())),
            Err(error) => Err(Fault::new(error.to_string())),
        };
        match self.finish(builder, handled.map(drop)).await? {
            Ok(()) | Err(BatchError::Conflict) => {}
            Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) => {
                self.note_fault(&message, &fault).await?;
            }
        }
        self.intake.unsettled().sub(1);
        self.intake.release(&message.room);
        Ok(())
    }
}
