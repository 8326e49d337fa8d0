//! Reads stored journals in the background, so that only the room that asked waits.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::core::check::Verification;
use crate::engine::patience::Backoff;
use crate::incoming::Inbound;
use crate::intake::Intake;
use crate::store::database::Store;
use crate::store::error::StoreError;

/// Verifications in the background, each for a message that waits for it.
pub(super) struct Verifying {
    done: mpsc::UnboundedSender<Verified>,
    pub(super) found: mpsc::UnboundedReceiver<Verified>,
    /// One at a time: each reads a whole journal.
    turn: Arc<Semaphore>,
}

/// A message whose command reports on the stored journal, and what was found there.
pub(super) struct Verified {
    pub(super) message: Inbound,
    pub(super) found: Result<Verification, StoreError>,
}

impl Default for Verifying {
    fn default() -> Self {
        let (done, found) = mpsc::unbounded_channel();
        Self { done, found, turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Verifying {
    /// Verifies a network's stored journal for a message. The result arrives in `found`.
    pub(super) fn begin<S: Store>(&self, store: Arc<S>, intake: Arc<Intake>, network: String, message: Inbound) {
        let (done, turn) = (self.done.clone(), self.turn.clone());
        tokio::spawn(async move {
            // The semaphore is never closed, and an engine that has ended needs no answer.
            let _turn = turn.acquire().await;
            let found = verify(&*store, &intake, &network).await;
            let _ = done.send(Verified { message, found });
        });
    }
}

async fn verify(store: &impl Store, intake: &Intake, network: &str) -> Result<Verification, StoreError> {
    let mut patience = Backoff::new(intake);
    loop {
        match store.verify(network).await {
            Ok(found) => return Ok(found),
            Err(error) => patience.unless_lasting(error).await?,
        }
    }
}
