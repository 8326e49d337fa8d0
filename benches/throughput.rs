//! How fast a script of work logs goes through the console, compared with a loop of durable commits of one row each to
//! the same kind of file in the same run. Quoted as a ratio: both depend on the machine's disk.

#![allow(clippy::integer_division, reason = "rates are printed as whole numbers")]

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fairshare::adapters::console::screen::Screen;
use fairshare::adapters::console::script::{Console, Manner};
use fairshare::clock::Clock;
use fairshare::config::Config;
use fairshare::core::check::Verification;
use fairshare::engine::run::{Deps, Engine};
use fairshare::intake::Intake;
use fairshare::limits::Limits;
use fairshare::outbox::{Deliver, Outbox};
use fairshare::platform::Platform;
use fairshare::store::batch::Batch;
use fairshare::store::database::Store;
use fairshare::store::error::{CommitError, StoreError};
use fairshare::store::sqlite::store::SqliteStore;
use fairshare::store::state::Network;
use fairshare::store::state::StoredState;

const LOGS: usize = 20_000;
const COMMITS: usize = 2_000;
const PEOPLE: usize = 10;
const ROUNDS: usize = 5;

/// A store that counts what is committed.
struct Counting {
    store: SqliteStore,
    commits: Arc<AtomicUsize>,
    largest: Arc<AtomicUsize>,
}

impl Store for Counting {
    async fn load(&self) -> Result<StoredState, StoreError> {
        self.store.load().await
    }

    async fn network(&self, id: &str) -> Result<Option<Network>, StoreError> {
        self.store.network(id).await
    }

    async fn known(&self, events: &[String]) -> Result<std::collections::HashSet<String>, StoreError> {
        self.store.known(events).await
    }

    async fn recorded(&self, event: &str) -> Result<String, StoreError> {
        self.store.recorded(event).await
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.largest.fetch_max(batch.inbox.len(), Ordering::Relaxed);
        self.store.commit(batch).await
    }

    async fn file(
        &self,
        network: &str,
        file: fairshare::core::ids::TextRef,
    ) -> Result<Option<fairshare::directory::StoredFile>, StoreError> {
        self.store.file(network, file).await
    }

    async fn verify(&self, network: &str) -> Result<Verification, StoreError> {
        self.store.verify(network).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// A writer that notes when the first reply came, and how many there were.
#[derive(Clone, Default)]
struct Replies(Arc<Mutex<(Option<Instant>, usize)>>);

impl Write for Replies {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut seen = self.0.lock().map_err(|_| std::io::ErrorKind::Other)?;
        seen.0.get_or_insert_with(Instant::now);
        seen.1 += bytes.iter().filter(|byte| **byte == b'\n').count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Figures {
    took: Duration,
    first: Duration,
    commits: usize,
    largest: usize,
}

fn script() -> (String, String) {
    let mut begin =
        String::from("@clock 2026-01-05T09:00:00Z\nana> /network init bench\nana> /project new bench rule:hours\n");
    (0..PEOPLE).for_each(|person| begin.push_str(&format!("p{person}> !join\n")));
    let day =
        |log: usize| format!("2025-{:02}-{:02}", 1 + (log / (28 * PEOPLE * 60)) % 12, 1 + (log / (PEOPLE * 60)) % 28);
    let logs = (0..LOGS)
        .map(|log| format!("p{}> !log hours {}m thing number {log} date:{}\n", log % PEOPLE, 1 + log % 20, day(log)))
        .collect();
    (begin, logs)
}

async fn through_the_console(folder: &std::path::Path) -> anyhow::Result<Figures> {
    let catalog = Arc::new(fairshare::commands::registry::catalog()?);
    let (clock, intake, replies) = (
        Clock::default(),
        Arc::new(Intake::new(Limits::new(Config::load(None)?.limits, catalog.clone()))),
        Replies::default(),
    );
    let screen = Screen::new(catalog.clone(), Box::new(replies.clone()));
    let platforms = HashMap::from([(Platform::Console.to_owned(), Arc::new(screen.clone()) as Arc<dyn Deliver>)]);
    let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
    let (commits, largest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let store = Counting {
        store: SqliteStore::open(&folder.join("bench.sqlite")).await?,
        commits: commits.clone(),
        largest: largest.clone(),
    };
    let mut count = 0_u64;
    let entropy = Box::new(move || {
        count += 1;
        std::array::from_fn(|place| count.to_be_bytes()[place & 7])
    });
    let engine =
        Engine::start(store, Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy }).await?;
    let running = tokio::spawn(engine.run());
    let manner = Manner { prefix: "!".to_owned(), bot: "fairshare".to_owned() };
    let mut console = Console::new(intake.clone(), clock, screen, manner, "bench".to_owned());
    let (begin, logs) = script();
    console.script(begin.as_bytes()).await?;
    commits.store(0, Ordering::Relaxed);
    let seen = || replies.0.lock().map(|seen| *seen).unwrap_or_default();
    let before = seen().1;
    if let Ok(mut seen) = replies.0.lock() {
        seen.0 = None;
    }
    let started = Instant::now();
    console.script(logs.as_bytes()).await?;
    let took = started.elapsed();
    let (first, lines) = seen();
    anyhow::ensure!(lines - before == LOGS, "{} replies to {LOGS} logs", lines - before);
    let figures = Figures {
        took,
        first: first.map_or(took, |first| first - started),
        commits: commits.load(Ordering::Relaxed),
        largest: largest.load(Ordering::Relaxed),
    };
    intake.close();
    running.await??;
    Ok(figures)
}

async fn one_commit_each(folder: &std::path::Path) -> anyhow::Result<Duration> {
    let store = SqliteStore::open(&folder.join("loop.sqlite")).await?;
    sqlx::query("CREATE TABLE plain (id INTEGER PRIMARY KEY, body TEXT NOT NULL)").execute(store.pool()).await?;
    let started = Instant::now();
    for row in 0..COMMITS {
        let mut transaction = store.pool().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT INTO plain (body) VALUES ($1)")
            .bind(format!("thing number {row}"))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(started.elapsed())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test` builds benches too and runs them with --test; there is nothing to measure then.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout();
    for round in 1..=ROUNDS {
        let folder = tempfile::tempdir()?;
        let looped = one_commit_each(folder.path()).await?;
        let figures = through_the_console(folder.path()).await?;
        let per_second =
            |count: usize, took: Duration| u128::try_from(count).unwrap_or(0) * 1_000_000 / took.as_micros().max(1);
        let (console, single) = (per_second(LOGS, figures.took), per_second(COMMITS, looped));
        let tenths = console * 10 / single.max(1);
        writeln!(
            out,
            "round {round}: console {console} logs/s, one commit each {single}/s, ratio {}.{}; {} commits, largest batch {}, first reply after {:?}",
            tenths / 10,
            tenths % 10,
            figures.commits,
            figures.largest,
            figures.first
        )?;
    }
    Ok(())
}
