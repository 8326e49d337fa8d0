//! Wakes the engine regularly. The engine finds what is due: see [`Content::Tick`].

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::core::time::Timestamp;
use crate::directory::RoomKey;
use crate::incoming::{Content, Inbound, SystemEvent};
use crate::intake::Intake;

/// How often the engine is woken. A message brings due jobs before it anyway; this is for quiet rooms.
const EVERY: Duration = Duration::from_secs(60);

/// How long platforms may take to hand over earlier messages.
const CATCH_UP: Duration = Duration::from_secs(300);

/// Wakes the engine for as long as the process runs. It waits until every platform has caught up, so that messages
/// from before a deadline are decided before it.
pub async fn run(intake: Arc<Intake>, clock: Clock, caught_up: Vec<watch::Receiver<bool>>) {
    let all = async {
        for mut platform in caught_up {
            // A platform that has ended hands nothing over.
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

/// Reports changes of the clock, then lets time pass. `each_turn` is whether the bot was running meanwhile.
pub async fn pass(intake: &Intake, clock: &Clock, each_turn: bool) {
    for turn in clock.turns() {
        let now = clock.now();
        let changed = Content::System(SystemEvent::ClockChanged(turn));
        intake.push(Inbound::unsaid(format!("clock {turn:?}"), RoomKey::of_time(), changed, now)).await;
    }
    intake.push(tick(clock.now(), each_turn)).await;
}

/// The message that time has passed up to an instant.
pub fn tick(now: Timestamp, each_turn: bool) -> Inbound {
    Inbound::unsaid(format!("tick {now}"), RoomKey::of_time(), Content::Tick { each_turn }, now)
}
