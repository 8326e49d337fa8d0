//! Wakes the engine when something becomes due. What is due, and what then happens, is the engine's: see
//! [`Said::Tick`](crate::incoming::Said::Tick).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::core::time::Timestamp;
use crate::directory::RoomKey;
use crate::incoming::{Inbound, Said, SystemEvent};
use crate::intake::Intake;

/// How often time is told to pass. A message brings what is due before it anyway; this is for rooms where nobody speaks.
const EVERY: Duration = Duration::from_secs(60);

/// How long platforms may take to hand over what was said before now.
const CATCH_UP: Duration = Duration::from_secs(300);

/// Tells time to pass, for as long as the process runs; not before every platform has caught up, so that what was said before
/// a deadline is decided before it.
pub async fn run(intake: Arc<Intake>, clock: Clock, caught_up: Vec<watch::Receiver<bool>>) {
    let all = async {
        for mut platform in caught_up {
            // One that is gone hands nothing over any more.
            let _ = platform.wait_for(|caught_up| *caught_up).await;
        }
    };
    if tokio::time::timeout(CATCH_UP, all).await.is_err() {
        tracing::warn!("a platform has not caught up; time goes on without it");
    }
    loop {
        tokio::time::sleep(EVERY).await;
        pass(&intake, &clock, false).await;
    }
}

/// Tells the stewards what became of the clock, then lets time pass, without a gap or not.
pub async fn pass(intake: &Intake, clock: &Clock, watched: bool) {
    for turn in clock.turns() {
        let now = clock.now();
        let changed = Said::System(SystemEvent::ClockChanged(turn));
        intake.push(Inbound::unsaid(format!("clock {turn:?}"), RoomKey::of_time(), changed, now)).await;
    }
    intake.push(tick(clock.now(), watched)).await;
}

/// Time has come to an instant, without a gap or not.
pub fn tick(now: Timestamp, watched: bool) -> Inbound {
    Inbound::unsaid(format!("tick {now}"), RoomKey::of_time(), Said::Tick { watched }, now)
}
