//! A whole fairshare in a test: the real engine over a real file, used through the console.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use fairshare::adapters::console::screen::Screen;
use fairshare::adapters::console::script::{Console, Manner};
use fairshare::clock::Clock;
use fairshare::config;
use fairshare::config::Config;
use fairshare::core::ids::Hash;
use fairshare::engine::entropy::Entropy;
use fairshare::engine::run::{Deps, Engine};
use fairshare::grammar::catalog::Catalog;
use fairshare::intake::Intake;
use fairshare::limits::Limits;
use fairshare::message::reply::Reply;
use fairshare::outbox::{Deliver, Delivered, Outbox};
use fairshare::platform::Platform;
use fairshare::render::text;
use fairshare::store::database::Store;
use fairshare::store::error::StoreError;
use fairshare::store::rows::OutboxRow;
use fairshare::store::sqlite::store::SqliteStore;
use sha2::{Digest, Sha256};

/// The keys of every message that a transcript of this run has shown.
pub static SAID: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

/// The default limits of the program.
pub fn usual_limits() -> config::LimitsConfig {
    Config::load(None).unwrap().limits
}

/// An intake with limits.
pub fn intake(limits: config::LimitsConfig) -> Intake {
    Intake::new(Limits::new(limits, Arc::new(fairshare::commands::registry::catalog().unwrap())))
}

/// The printed output, to be read back.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    /// Takes the output since the last time.
    pub fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The refusals that were shown, each with its English words.
type Refused = Arc<Mutex<Vec<(&'static str, String)>>>;

/// The replies that were shown, each with the handle of the person who asked.
type Replies = Arc<Mutex<Vec<(Reply, Option<String>)>>>;

/// A screen that notes what it shows.
struct Noting {
    screen: Screen,
    catalog: Arc<Catalog>,
    refused: Refused,
    replies: Replies,
    /// Whether its output is part of a transcript.
    is_transcript: bool,
}

impl Deliver for Noting {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        let refusals = rows.iter().filter_map(|row| match &row.reply {
            Reply::Refusal(refusal) => Some((refusal.key(), text::text(&row.reply, "en", &self.catalog))),
            _ => None,
        });
        self.refused.lock().unwrap().extend(refusals);
        self.replies.lock().unwrap().extend(rows.last().map(|row| (row.reply.clone(), row.asker.clone())));
        let mut said = SAID.lock().unwrap();
        for row in rows.iter().filter(|_| self.is_transcript) {
            match &row.reply {
                Reply::Refusal(refusal) => drop(said.insert(refusal.key().to_owned())),
                reply => said.extend(reply.lines().map(|line| line.key().to_owned())),
            }
        }
        self.screen.deliver(rows)
    }
}

/// Randomness that a test can reset, so that salts, codes and hashes can be in expected output.
pub struct Dice {
    seed: String,
    /// How many values were drawn.
    pub thrown: Arc<AtomicU64>,
}

impl Dice {
    /// Randomness that is the same for the same seed.
    pub fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned(), thrown: Arc::default() }
    }

    /// The engine's source of randomness.
    pub fn entropy(&self) -> Entropy {
        let (seed, thrown) = (self.seed.clone(), self.thrown.clone());
        Box::new(move || Sha256::digest(format!("{seed} {}", thrown.fetch_add(1, Ordering::Relaxed) + 1)).into())
    }
}

/// Numbers that look random and are the same for a seed.
pub struct Draw(pub u64);

impl Draw {
    /// One from 0 on, below an end.
    pub fn below(&mut self, end: usize) -> usize {
        // The constants of Knuth's MMIX generator; its high bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// One of these.
    pub fn of<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.below(values.len())]
    }

    /// The number of one of the latest of so many.
    pub fn latest(&mut self, count: usize) -> usize {
        count.saturating_sub(self.below(4)).max(1)
    }
}

/// A running fairshare.
pub struct World {
    console: Console,
    clock: Clock,
    intake: Arc<Intake>,
    printed: Printed,
    refused: Refused,
    replies: Replies,
    running: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl World {
    /// Opens a file.
    pub async fn open(path: &Path, run: &str) -> Self {
        Self::over(SqliteStore::open(path).await.unwrap(), run).await
    }

    /// A world over any store. Its randomness is the same each time, so that codes and hashes can be in expected
    /// output.
    pub async fn over(store: impl Store, run: &str) -> Self {
        Self::with(store, run, usual_limits()).await
    }

    /// The same, with other limits.
    pub async fn with(store: impl Store, run: &str, limits: config::LimitsConfig) -> Self {
        let catalog = Arc::new(fairshare::commands::registry::catalog().unwrap());
        let (clock, intake, printed) = (Clock::default(), Arc::new(intake(limits)), Printed::default());
        let screen = Screen::new(catalog.clone(), Box::new(printed.clone()));
        let (refused, replies) = (Refused::default(), Replies::default());
        let noting = Noting {
            screen: screen.clone(),
            catalog: catalog.clone(),
            refused: refused.clone(),
            replies: replies.clone(),
            is_transcript: run == "transcript",
        };
        let platforms = HashMap::from([(Platform::Console, Arc::new(noting) as Arc<dyn Deliver>)]);
        let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
        let entropy = Dice::new(run).entropy();
        let engine =
            Engine::start(store, Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy })
                .await
                .unwrap();
        let running = tokio::spawn(engine.run());
        let manner = Manner { prefix: "!".to_owned(), bot: "fairshare".to_owned() };
        let console = Console::new(intake.clone(), clock.clone(), screen, manner, run.to_owned());
        Self { console, clock, intake, printed, refused, replies, running }
    }

    /// Takes one line of a script; returns the output until everything that it caused was done.
    pub async fn hear(&mut self, line: &str) -> String {
        self.console.hear(line).await.unwrap();
        self.intake.settled().await;
        self.printed.take()
    }

    /// Takes a whole script at once.
    pub async fn run(&mut self, script: &str) -> String {
        self.console.script(script.as_bytes()).await.unwrap();
        self.printed.take()
    }

    /// The refusals since the last time: the key and the English words of each.
    pub fn refusals(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut *self.refused.lock().unwrap())
    }

    /// The replies since the last time: the last one of each delivery.
    pub fn replies(&self) -> Vec<(Reply, Option<String>)> {
        std::mem::take(&mut *self.replies.lock().unwrap())
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The intake, for messages that a test hands over itself.
    pub fn intake(&self) -> &Arc<Intake> {
        &self.intake
    }

    /// Ends it as Ctrl-D does.
    pub async fn close(self) {
        self.ended().await.unwrap();
    }

    /// Ends it; returns the engine's result.
    pub async fn ended(self) -> Result<(), StoreError> {
        self.intake.close();
        self.running.await.unwrap()
    }
}

/// Opens a copy of a file that nobody writes to just now, in a folder; returns its world and its path. If its log is
/// folded in while it is copied, it is copied again.
pub async fn copy(from: &Path, folder: &Path) -> (World, PathBuf) {
    for number in 0.. {
        let to = folder.join(format!("copy-{number}.sqlite"));
        for ending in ["", "-wal"] {
            let with = |path: &Path| format!("{}{ending}", path.display());
            if Path::new(&with(from)).exists() {
                std::fs::copy(with(from), with(&to)).unwrap();
            }
        }
        if let Ok(store) = SqliteStore::open(&to).await {
            return (World::over(store, "copy").await, to);
        }
    }
    unreachable!()
}

/// Every entry of a file, network by network: payloads and hashes.
pub async fn journals(path: &Path) -> Vec<(String, Hash)> {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let mut entries = Vec::new();
    for network in store.networks().await.unwrap() {
        entries.extend(store.journal(&network).await.unwrap().into_iter().map(|row| (row.payload, row.hash)));
    }
    entries
}

/// The facts of a file's journals, independent of people's accounts: without the marks of their identities, and the
/// hashes of these.
pub async fn facts(path: &Path) -> Vec<serde_json::Value> {
    let without_marks = |(payload, _): (String, Hash)| {
        let mut payload: serde_json::Value = serde_json::from_str(&payload).unwrap();
        payload["body"].as_object_mut().map(|body| body.remove("marks"));
        payload
    };
    journals(path).await.into_iter().map(without_marks).collect()
}

/// A reply with all hashes replaced by the same text: they differ in journals whose accounts differ.
pub fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| {
        [8, 16, 64].contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_hash(word) { piece.replace(word, "#") } else { piece.to_owned() }
        })
        .collect()
}

/// The root of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a test's future to its end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}
