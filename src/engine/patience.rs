//! Waits for a database that is unavailable, until it is back or the program has to end.

use std::time::Duration;

use tokio::time::Instant;

use crate::intake::Intake;
use crate::store::error::StoreError;

/// The first and the longest wait before the next try.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

/// How long the engine keeps trying after the program was asked to end.
const LAST_TRIES: Duration = Duration::from_secs(3);

/// Growing waits, which end with the program.
pub(super) struct Backoff<'a> {
    intake: &'a Intake,
    wait: Duration,
    ends: Option<Instant>,
}

impl<'a> Backoff<'a> {
    pub(super) fn new(intake: &'a Intake) -> Self {
        Self { intake, wait: BACK_OFF.0, ends: None }
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there should be no next try, because the program has to end.
    pub(super) async fn after(&mut self, why: String) -> Result<(), StoreError> {
        tracing::warn!(%why, "the database can't be used, trying again in {:?}", self.wait);
        tokio::select! {
            () = tokio::time::sleep(self.wait) => self.wait = self.wait.saturating_mul(2).min(BACK_OFF.1),
            () = self.intake.closed(), if self.ends.is_none() => {
                (self.ends, self.wait) = (Some(Instant::now() + LAST_TRIES), BACK_OFF.0);
            }
        }
        if self.ends.is_some_and(|ends| Instant::now() >= ends) { Err(StoreError::Unavailable(why)) } else { Ok(()) }
    }

    /// Waits after an error that may pass.
    ///
    /// # Errors
    /// Any other error, and the one of [`Self::after`].
    pub(super) async fn unless_lasting(&mut self, error: StoreError) -> Result<(), StoreError> {
        match error {
            StoreError::Unavailable(why) => self.after(why).await,
            StoreError::Database(_)
            | StoreError::Incomplete { .. }
            | StoreError::Locked { .. }
            | StoreError::Damaged { .. }
            | StoreError::Newer(_) => Err(error),
        }
    }
}
