//! Figures of the benches: medians of rounds, and ratios between medians of one run.

#![allow(clippy::integer_division, reason = "ratios are printed as whole hundredths")]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long something takes, and its result.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let done = black_box(work());
    (started.elapsed(), done)
}

/// The middle one of several rounds.
pub fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds.get(rounds.len() / 2).copied().unwrap_or_default()
}

/// One as a multiple of the other, to hundredths.
pub fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_nanos() * 100 / other.as_nanos().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
