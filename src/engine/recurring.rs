//! When a recurring job is due, and was due before.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::core::time::Timestamp;
use crate::directory::{DirectoryChange, Job};
use crate::recurrence::Recurrence;
use crate::store::state::Network;

/// How a job recurs, if it does.
pub fn recurrence(job: &Job) -> Option<Recurrence> {
    Recurrence::parse(job.every.as_deref()?).ok()
}

/// The last turn of a recurring job by an instant, if more than one turn is due.
pub fn last_missed(job: &Job, recurrence: &Recurrence, by: Timestamp, zone: Tz) -> Option<Job> {
    let due_at = recurrence.last(by, zone).filter(|last| *last > job.due_at)?;
    // That turn covers the missed ones as well.
    Some(Job { last: Some(since(job, recurrence, zone)), ..job.clone() }.moved(due_at))
}

/// When a job was due before. For the first turn: when the turn before it would have been.
pub fn since(job: &Job, recurrence: &Recurrence, zone: Tz) -> Timestamp {
    let before = || recurrence.last(job.due_at - TimeDelta::seconds(1), zone);
    job.last.or_else(before).unwrap_or(job.due_at)
}

/// Moves a network's recurring jobs to the same local times of its new zone. A turn after `said_at` that is due already
/// stays late.
pub fn moved_with_zone(network: &Network, said_at: Timestamp) -> Vec<DirectoryChange> {
    let moved = |job: &Job| {
        let due_at = recurrence(job)?.next(said_at, network.books.timezone)?;
        Some([DirectoryChange::JobDone(job.clone()), DirectoryChange::Job(job.clone().moved(due_at))])
    };
    network.directory.all_jobs().filter_map(moved).flatten().collect()
}
