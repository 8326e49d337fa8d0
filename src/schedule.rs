//! Wakes the engine when something becomes due. What is due, and what then happens, is the engine's: see
//! [`Said::Tick`](crate::intake::Said::Tick).

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::directory::{Account, RoomKey};
use crate::intake::{Inbound, Intake, Said};

/// How often time is told to pass. A message brings what is due before it anyway; this is for rooms where nobody speaks.
const EVERY: Duration = Duration::from_secs(60);

/// Tells time to pass, for as long as the process runs.
pub async fn run(intake: Arc<Intake>, clock: Clock) {
    let nobody = || Account { platform: "system".to_owned(), id: "system".to_owned() };
    loop {
        tokio::time::sleep(EVERY).await;
        let now = clock.now();
        let room = RoomKey { platform: "system".to_owned(), id: "clock".to_owned() };
        let tick = Inbound {
            event: format!("tick {now}"),
            room,
            account: nobody(),
            name: String::new(),
            host: false,
            said_at: now,
            received_at: now,
            said: Said::Tick,
        };
        intake.push(tick).await;
    }
}
