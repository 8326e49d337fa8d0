//! Chores of the file in quiet moments: fold the log into it, and wipe what is left of erased people.
//!
//! A wipe rewrites the whole file (`VACUUM`), which takes longer the larger it is. Therefore many erasures share one
//! wipe. It comes in the next quiet moment, or after a minute without one, and takes at most a fiftieth of the time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::SqliteConnection;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::directory::DirectoryChange;
use crate::store::batch::Batch;
use crate::store::sqlite::checkpoint::fold;

/// How long without a commit counts as a quiet moment.
const QUIET: Duration = Duration::from_secs(2);

/// The longest wait for a quiet moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// The shortest time between two wipes; and the pause after a wipe, as a multiple of its duration.
const APART: (Duration, u32) = (Duration::from_secs(60), 50);

/// How long after a failed wipe the next one is tried.
const AGAIN: Duration = Duration::from_secs(600);

/// The chores of a file, shared by the code that adds them and the task that does them.
#[derive(Debug, Default)]
pub struct Care {
    chores: Mutex<Chores>,
    changed: Notify,
}

/// Chores, and when they are due.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chores {
    /// The first and the last commit that may still be in the log only.
    unfolded: Option<(Instant, Instant)>,
    /// Residue of people in unused parts of pages, since the file was last rewritten.
    in_pages: bool,
    /// Residue in the log, or in pages that it replaces.
    in_log: bool,
    /// Whether the table `traces` says that something is left.
    is_noted: bool,
    /// Replies up to this one may name erased people, and are deleted when they have arrived.
    in_replies: i64,
    /// The file is not rewritten again before this.
    not_before: Option<Instant>,
}

impl Care {
    fn lock(&self) -> MutexGuard<'_, Chores> {
        self.chores.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present chores.
    pub fn chores(&self) -> Chores {
        *self.lock()
    }

    /// Stores the chores that are left. Nobody may commit between [`chores`](Self::chores) and this.
    pub fn leave(&self, chores: Chores) {
        *self.lock() = chores;
    }

    /// Waits until something was committed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Records a committed batch.
    pub fn note(&self, batch: &Batch) {
        let mut chores = self.lock();
        if batch.changes.iter().any(|(_, write)| matches!(write, DirectoryChange::Forget(_))) {
            (chores.in_pages, chores.in_log, chores.is_noted) = (true, true, true);
            chores.in_replies = batch.outbox.iter().map(|row| row.id).chain([chores.in_replies]).max().unwrap_or(0);
        }
        let mut arrived = batch.delivered.iter().chain(batch.undeliverable.iter().map(|(id, _)| id));
        chores.in_log |= arrived.any(|id| *id <= chores.in_replies);
        let now = Instant::now();
        chores.unfolded = Some((chores.unfolded.map_or(now, |(first, _)| first), now));
        drop(chores);
        self.changed.notify_one();
    }

    /// Records that replies up to this one may name somebody who was erased before this start.
    pub fn note_replies(&self, last: i64) {
        self.lock().in_replies = last;
    }

    /// Records the residue that the last run did not wipe.
    pub fn note_left_residue(&self, last_reply: i64) {
        let mut chores = self.lock();
        (chores.in_pages, chores.in_log, chores.is_noted, chores.in_replies) = (true, true, true, last_reply);
    }

    /// Whether something of an erased person is left.
    pub fn has_residue(&self) -> bool {
        self.lock().has_residue()
    }

    /// Wipes everything that is left, as far as possible now.
    ///
    /// # Errors
    /// [`sqlx::Error`] if the file can't be written. What is left stays recorded.
    pub async fn wipe(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let mut chores = self.chores();
        let done = chores.wipe(connection, true).await;
        self.leave(chores);
        done
    }
}

impl Chores {
    fn has_residue(&self) -> bool {
        self.in_pages || self.in_log || self.is_noted
    }

    /// When the next chore is due.
    pub fn due(&self) -> Option<Instant> {
        let (first, last) = self.unfolded?;
        Some((last + QUIET).min(first + PATIENCE))
    }

    /// Does the chores that may be done now: wipes, or folds the log into the file.
    ///
    /// # Errors
    /// [`sqlx::Error`] if the file can't be written.
    pub async fn carry_out(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        if self.has_residue() {
            let may_write_anew = self.not_before.is_none_or(|until| Instant::now() >= until);
            self.wipe(connection, may_write_anew).await
        } else {
            fold(connection, "PASSIVE").await.map(|_| ())
        }
    }

    /// Plans the next attempt, after one that may have failed.
    pub fn plan(&mut self, has_failed: bool) {
        let again = Instant::now() + if has_failed || self.in_log { QUIET } else { PATIENCE };
        let again = self.not_before.filter(|_| self.in_pages).map_or(again, |until| until.max(again));
        self.unfolded = (has_failed || self.has_residue()).then_some((again - QUIET, again - QUIET));
    }

    async fn wipe(&mut self, connection: &mut SqliteConnection, may_write_anew: bool) -> Result<(), sqlx::Error> {
        if self.in_pages && may_write_anew {
            let begun = Instant::now();
            self.not_before = Some(begun + AGAIN);
            sqlx::query("VACUUM").execute(&mut *connection).await?;
            self.in_pages = false;
            self.not_before = Some(Instant::now() + APART.0.max(begun.elapsed() * APART.1));
        }
        if self.in_log {
            // Somebody may be reading an earlier state. Then it is tried again.
            self.in_log = !fold(connection, "TRUNCATE").await?;
        }
        if self.is_noted && !self.in_pages && !self.in_log {
            sqlx::query("DELETE FROM traces").execute(&mut *connection).await?;
            self.is_noted = false;
        }
        Ok(())
    }
}
