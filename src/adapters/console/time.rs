//! How much time passes between two lines of a script. A script has no other clock, so this is inferred from what its
//! `@clock` lines show: the least that is plausible.

use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::BOUND;
use crate::core::time::Timestamp;

/// The most time that passes between two lines of a script. A clock that shows a later time was set wrong.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// What an `@clock` line does to the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// Time passes until this instant.
    To(Timestamp),
    /// Only this much time passes, while the wall clock jumps.
    Jump(Duration),
}

impl Passing {
    /// What happens when the wall clock shows `shown`. The time was `now`, and the wall clock showed `wall`; `ahead`
    /// is what later lines show.
    pub fn of(now: Timestamp, wall: Timestamp, shown: Timestamp, ahead: impl Iterator<Item = Timestamp>) -> Self {
        let since = |then: Timestamp| Some(shown - then).filter(|passed| *passed >= -BOUND && *passed <= LONGEST);
        match (since(now), since(wall)) {
            // A clock that was wrong stays wrong.
            (right, Some(wrong)) if wall != now && right.is_none_or(|right| wrong < right) => Self::jumped(wrong),
            (Some(_), _) if !is_for_a_moment(now, shown, ahead) => Self::To(shown.max(now)),
            _ => Self::Jump(Duration::ZERO),
        }
    }

    fn jumped(passed: TimeDelta) -> Self {
        Self::Jump(passed.to_std().unwrap_or_default())
    }
}

/// Whether a clock shows a wrong time only for a moment. Then a later line goes back to before it, and lies nearer to
/// the time before than to the time that the lines after it go on with.
fn is_for_a_moment(now: Timestamp, shown: Timestamp, mut ahead: impl Iterator<Item = Timestamp>) -> bool {
    let mut last = shown;
    let comes_back = ahead.find(|later| {
        let comes_back = *later < shown - BOUND;
        last = if comes_back { last } else { last.max(*later) };
        comes_back
    });
    let goes_on = ahead.find(|later| *later >= last).map(|later| later - last);
    comes_back.is_some_and(|back| back >= now - BOUND && goes_on.is_none_or(|on| back - now <= on))
}
