//! Figures as benches give them: medians of rounds, and ratios between those of one run.

#![allow(clippy::integer_division, reason = "ratios are printed as whole hundredths")]

use std::time::Duration;

/// The middle one of several rounds.
pub fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds.get(rounds.len() / 2).copied().unwrap_or_default()
}

/// One as so many times the other, to hundredths.
pub fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_nanos() * 100 / other.as_nanos().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
