//! How long ten people wait for their replies while somebody floods the room, compared with a quiet run in the same
//! process, and with the same flood without limits. Quoted as ratios: all of them depend on the machine's disk.

#![allow(clippy::integer_division, reason = "percentiles are picked by whole places")]

#[allow(dead_code, reason = "every bench has its own use for them")]
mod figures;

use std::collections::HashMap;
use std::io::Write;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fairshare::clock::Clock;
use fairshare::config;
use fairshare::config::Config;
use fairshare::directory::{Account, RoomKey};
use fairshare::engine::run::{Deps, Engine};
use fairshare::incoming::{Content, Inbound, MessageContext};
use fairshare::intake::Intake;
use fairshare::limits::Limits;
use fairshare::outbox::{Deliver, Delivered, Outbox};
use fairshare::platform::Platform;
use fairshare::store::rows::OutboxRow;
use fairshare::store::sqlite::store::SqliteStore;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const PEOPLE: usize = 10;
const LOGS_EACH: usize = 60;
const PAUSE: Duration = Duration::from_millis(20);
const FLOOD: usize = 50_000;
/// Lines of the flood at once; it lasts about as long as the others work.
const AT_ONCE: usize = 50;
const PLATFORM: Platform = Platform::Discord;

/// A platform that notifies those who wait for a reply.
#[derive(Clone, Default)]
struct Awaited(Arc<Mutex<HashMap<String, oneshot::Sender<()>>>>);

impl Awaited {
    fn reply_to(&self, event: &str) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(event.to_owned(), sender);
        receiver
    }
}

impl Deliver for Awaited {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = rows.iter().filter_map(|row| waiting.remove(row.reply_to.as_deref()?));
        // Nobody waits for the replies to the flood.
        answered.for_each(|waits| _ = waits.send(()));
        Box::pin(std::future::ready((rows.len(), None)))
    }
}

fn message(who: &str, number: usize, said: &str, clock: &Clock) -> Inbound {
    let now = clock.now();
    Inbound {
        event: format!("{who} {number}"),
        room: RoomKey { platform: PLATFORM, id: "room".to_owned() },
        account: Account { platform: PLATFORM, id: who.to_owned() },
        name: who.to_owned(),
        host: true,
        said_at: now,
        received_at: now,
        content: Content::Text(said.to_owned()),
        context: MessageContext::default(),
    }
}

/// How long ten people wait for each of their replies, the shortest first.
async fn waits(limits: config::LimitsConfig, flood: usize) -> anyhow::Result<Vec<Duration>> {
    let folder = tempfile::tempdir()?;
    let catalog = Arc::new(fairshare::commands::registry::catalog()?);
    let (clock, awaited) = (Clock::default(), Awaited::default());
    let intake = Arc::new(Intake::new(Limits::new(limits, catalog.clone())));
    let platforms = HashMap::from([(PLATFORM, Arc::new(awaited.clone()) as Arc<dyn Deliver>)]);
    let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
    let mut count = 0_u64;
    let entropy = Box::new(move || {
        count += 1;
        std::array::from_fn(|place| count.to_be_bytes()[place & 7])
    });
    let store = SqliteStore::open(&folder.path().join("flood.sqlite")).await?;
    let engine =
        Engine::start(store, Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy }).await?;
    let running = tokio::spawn(engine.run());
    for (number, said) in ["network init bench", "project new bench rule:hours"].into_iter().enumerate() {
        intake.push(message("ana", number, said, &clock)).await;
    }
    for person in 0..PEOPLE {
        intake.push(message(&format!("p{person}"), LOGS_EACH, "join", &clock)).await;
    }
    intake.push(message("mallory", FLOOD, "join", &clock)).await;
    intake.settled().await;
    let flooding = tokio::spawn({
        let (intake, clock) = (intake.clone(), clock.clone());
        async move {
            for number in 0..flood {
                intake.say(message("mallory", number, &format!("log hours 1m flood {number}"), &clock)).await;
                if number % AT_ONCE == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    let mut working = JoinSet::new();
    for person in 0..PEOPLE {
        let (intake, clock, awaited) = (intake.clone(), clock.clone(), awaited.clone());
        working.spawn(async move {
            let mut waits = Vec::new();
            for number in 0..LOGS_EACH {
                let said = message(&format!("p{person}"), number, &format!("log hours 1m thing {number}"), &clock);
                let (reply, started) = (awaited.reply_to(&said.event), Instant::now());
                intake.say(said).await;
                // The sender is gone only when the engine is; the caller notices that.
                let _ = reply.await;
                waits.push(started.elapsed());
                tokio::time::sleep(PAUSE).await;
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = working.join_all().await.into_iter().flatten().collect();
    flooding.await?;
    intake.settled().await;
    intake.close();
    running.await??;
    waits.sort_unstable();
    Ok(waits)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test` builds benches too and runs them with --test; there is nothing to measure then.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let usual = Config::load(None)?.limits;
    let most = NonZeroU32::MAX;
    let without = config::LimitsConfig { account_burst: most, room_burst: most, network_burst: most, ..usual };
    let mut out = std::io::stdout();
    let quiet = waits(usual, 0).await?;
    for (what, waits) in [
        ("quiet", quiet.clone()),
        ("flood", waits(usual, FLOOD).await?),
        ("flood without limits", waits(without, FLOOD).await?),
    ] {
        let of = |waits: &[Duration], percent: usize| {
            waits.get((waits.len() * percent / 100).min(waits.len() - 1)).copied().unwrap_or_default()
        };
        let figure = |percent| {
            format!("{:?} ({} of quiet)", of(&waits, percent), figures::ratio(of(&waits, percent), of(&quiet, percent)))
        };
        writeln!(
            out,
            "{what}: replies after {} at the median, {} at the 95th percentile, {} at most",
            figure(50),
            figure(95),
            figure(100)
        )?;
    }
    Ok(())
}
