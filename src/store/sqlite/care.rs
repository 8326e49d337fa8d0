//! What a store does for its file while nobody waits: it folds the log into the file, and it wipes what is left of people who were
//! forgotten.
//!
//! Wiping writes the whole file anew (`VACUUM`), which takes as long as the file is large. So many erasures share one wipe; it comes
//! in the next quiet moment, or after a minute without one; and it takes at most a fiftieth of the time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::directory::Write;
use crate::store::Batch;
use crate::store::sqlite::Inner;

/// After how long without a commit it is quiet.
const QUIET: Duration = Duration::from_secs(2);

/// The longest wait for a quiet moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// The shortest time between two wipes, and how many times its own duration one is followed by none.
const APART: (Duration, u32) = (Duration::from_secs(60), 50);

/// After how long a wipe that failed is tried again.
const AGAIN: Duration = Duration::from_secs(600);

/// What there is to do, and when.
#[derive(Debug, Default)]
pub(super) struct Care {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The first and the last commit that may still be in the log alone.
    unfolded: Option<(Instant, Instant)>,
    /// Traces of people in unused parts of pages, since the file was last written anew.
    in_pages: bool,
    /// Traces in the log, or in pages that it replaces.
    in_log: bool,
    /// That something is left is written down.
    is_noted: bool,
    /// Replies up to this one may name them, and are deleted when they have arrived.
    in_replies: i64,
    /// Before this, the file is not written anew again.
    not_before: Option<Instant>,
}

impl State {
    fn has_traces(&self) -> bool {
        self.in_pages || self.in_log || self.is_noted
    }

    /// When there is something to do next.
    fn due(&self) -> Option<Instant> {
        let (first, last) = self.unfolded?;
        let due = (last + QUIET).min(first + PATIENCE);
        Some(due)
    }
}

impl Care {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a committed batch.
    pub(super) fn note(&self, batch: &Batch) {
        let mut state = self.state();
        if batch.writes.iter().any(|(_, write)| matches!(write, Write::Forget(_))) {
            (state.in_pages, state.in_log, state.is_noted) = (true, true, true);
            state.in_replies = batch.outbox.iter().map(|row| row.id).chain([state.in_replies]).max().unwrap_or(0);
        }
        let mut arrived = batch.delivered.iter().chain(batch.undeliverable.iter().map(|(id, _)| id));
        state.in_log |= arrived.any(|id| *id <= state.in_replies);
        let now = Instant::now();
        state.unfolded = Some((state.unfolded.map_or(now, |(first, _)| first), now));
        drop(state);
        self.changed.notify_one();
    }

    /// Takes note that replies up to this one may name somebody who was forgotten before this start.
    pub(super) fn note_replies(&self, last: i64) {
        self.state().in_replies = last;
    }

    /// Takes note of what a program that ended had not wiped.
    pub(super) fn note_left_traces(&self, last_reply: i64) {
        let mut state = self.state();
        (state.in_pages, state.in_log, state.is_noted, state.in_replies) = (true, true, true, last_reply);
    }

    /// Whether something of somebody forgotten is left.
    pub(super) fn has_traces(&self) -> bool {
        self.state().has_traces()
    }
}

/// Takes care for as long as the store is open.
pub(super) async fn keep(inner: Arc<Inner>) {
    loop {
        let due = inner.care.state().due();
        let wait = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = inner.care.changed.notified() => {}
            () = wait => {
                if let Err(error) = rest(&inner).await {
                    tracing::warn!(%error, "the log could not be folded into the database; trying again");
                }
            }
        }
    }
}

/// Folds the log into the file, and wipes if it may.
async fn rest(inner: &Inner) -> Result<(), sqlx::Error> {
    // Nobody writes meanwhile: a commit waits here instead of failing on a locked file.
    let _writer = inner.writer.lock().await;
    let mut state = *inner.care.state();
    let may_write_anew = state.not_before.is_none_or(|until| Instant::now() >= until);
    let done = async {
        // A reader of an earlier state is not waited for.
        let mut connection = without_waiting(&inner.options).connect().await?;
        let done = if state.has_traces() {
            wipe(&mut connection, &mut state, may_write_anew).await
        } else {
            fold(&mut connection, "PASSIVE").await.map(|_| ())
        };
        let _ = connection.close().await;
        done
    };
    let done = done.await;
    let again = Instant::now() + if done.is_err() || state.in_log { QUIET } else { PATIENCE };
    let again = state.not_before.filter(|_| state.in_pages).map_or(again, |until| until.max(again));
    state.unfolded = (done.is_err() || state.has_traces()).then_some((again - QUIET, again - QUIET));
    *inner.care.state() = state;
    done
}

fn without_waiting(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options.clone().busy_timeout(Duration::ZERO)
}

/// Wipes what is left, as far as it can be now.
pub(super) async fn wipe_all(inner: &Inner, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut state = *inner.care.state();
    let done = wipe(connection, &mut state, true).await;
    *inner.care.state() = state;
    done
}

async fn wipe(connection: &mut SqliteConnection, state: &mut State, may_write_anew: bool) -> Result<(), sqlx::Error> {
    if state.in_pages && may_write_anew {
        let begun = Instant::now();
        state.not_before = Some(begun + AGAIN);
        sqlx::query("VACUUM").execute(&mut *connection).await?;
        state.in_pages = false;
        state.not_before = Some(Instant::now() + APART.0.max(begun.elapsed() * APART.1));
    }
    if state.in_log {
        // Somebody may be reading an earlier state: then it is tried again.
        state.in_log = !fold(connection, "TRUNCATE").await?;
    }
    if state.is_noted && !state.in_pages && !state.in_log {
        sqlx::query("DELETE FROM traces").execute(&mut *connection).await?;
        state.is_noted = false;
    }
    Ok(())
}

/// Folds the log into the file; whether all of it is there, and synced.
pub(super) async fn fold(connection: &mut SqliteConnection, how: &str) -> Result<bool, sqlx::Error> {
    let query = sqlx::AssertSqlSafe(format!("PRAGMA wal_checkpoint({how})"));
    let row = sqlx::query(query).fetch_one(connection).await?;
    let (busy, log, folded): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(busy == 0 && log == folded)
}
