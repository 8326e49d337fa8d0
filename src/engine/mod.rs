//! The one way from what is said to the journal.
//!
//! Messages are taken in batches of what waits; each is decided by a pure function on the books as they are, its entries are
//! applied at once, and the whole batch is one transaction: inbox rows, entries, changes beside the journal, replies.
//! Replies leave only after the commit. A batch that was decided is fixed: if its commit fails, the same rows are tried
//! again. When the database has moved on or a message breaks something, the books of the networks it is about are rebuilt from the
//! store, never patched. Due jobs are committed apart from messages ([`time`]); a stored journal is verified beside all of it.

pub mod decide;
pub mod patience;
pub mod prune;
pub mod tell;
pub mod time;
pub mod verification;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::commands::registry::Registry;
use crate::config;
use crate::core::books::state::Books;
use crate::core::ids::Hash;
use crate::core::money::NO_COMMODITY;
use crate::core::time::Timestamp;
use crate::directory::{Account, Directory, Job, JobId, Preference, RoomKey, Scope, Write};
use crate::engine::decide::{Draft, Handled, holds};
use crate::engine::patience::Patience;
use crate::engine::time::Passed;
use crate::engine::verification::Verifying;
use crate::grammar::catalog::Catalog;
use crate::grammar::complete;
use crate::grammar::spec::Caller;
use crate::incoming::{Inbound, Lookup, Said};
use crate::intake::Intake;
use crate::message::line::Line;
use crate::message::reply::Reply;
use crate::message::room::RoomRefusal;
use crate::outbox::{Outbox, Receipt};
use crate::platform::Platform;
use crate::store::batch::Batch;
use crate::store::database::Store;
use crate::store::error::{CommitError, StoreError};
use crate::store::rows::{InboxOutcome, InboxRow, OutboxRow};
use crate::store::state::{Network, PassedOver, StoredState};

/// The most messages in a batch.
const MOST: usize = 256;

/// The longest that a batch is decided on.
const LONGEST: Duration = Duration::from_millis(20);

/// How long replies may take to leave when the engine is to end.
const LAST_REPLIES: Duration = Duration::from_secs(10);

/// How long receipts of delivered replies may wait for a batch to go with.
const RECEIPTS: Duration = Duration::from_secs(1);

/// Something that is nobody's mistake in the room; its id is what the person sees.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct Fault {
    why: String,
}

impl Fault {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

/// Why a command that panicked has no outcome.
const PANICKED: &str = "the command's code panicked";

/// A platform whose rooms belong by themselves to the file's network, where it has only one.
pub const HOME_PLATFORM: Platform = Platform::Console;

/// What a network's state is in memory, and what the engine needs besides.
struct World {
    registry: Arc<Registry>,
    networks: BTreeMap<String, Network>,
    rooms: HashMap<RoomKey, String>,
    /// The network that an account in several means in a direct room.
    chosen: HashMap<Account, String>,
    recent: Recent,
    /// When the last of each room came as it was said.
    readings: HashMap<RoomKey, Timestamp>,
    /// When the run before this one was last alive.
    down_since: Option<Timestamp>,
    /// Whether nobody knows what time it is, so that nothing is due.
    is_held: bool,
    /// What an earlier run dealt with without leaving an inbox row; and, up to now, what rows were deleted.
    passed_over: PassedOver,
    limits: config::Limits,
    next_outbox: i64,
    entropy: Entropy,
    /// Jobs that could not even be set aside.
    left_out: HashSet<JobId>,
    /// What a room without a network has: nothing.
    nothing: Network,
}

/// A source of thirty-two random bytes, fresh each time.
pub type Entropy = Box<dyn FnMut() -> [u8; 32] + Send>;

/// How long the same command of the same person is asked about.
const REPEAT: TimeDelta = TimeDelta::minutes(2);

/// Commands that were carried out in the last minutes, with the first line of what was answered.
#[derive(Default)]
struct Recent {
    answers: HashMap<Hash, (Timestamp, Option<Line>)>,
    order: VecDeque<(Timestamp, Hash)>,
}

impl Recent {
    fn note(&mut self, said: Hash, at: Timestamp, answer: Option<Line>) {
        while let Some((_, old)) = self.order.pop_front_if(|(noted, _)| at - *noted > REPEAT) {
            if self.answers.get(&old).is_some_and(|(noted, _)| at - *noted > REPEAT) {
                self.answers.remove(&old);
            }
        }
        self.answers.insert(said, (at, answer));
        self.order.push_back((at, said));
    }

    fn forget(&mut self, said: Hash) {
        self.answers.remove(&said);
    }

    fn answer_to(&self, said: Hash, at: Timestamp) -> Option<&Option<Line>> {
        self.answers.get(&said).filter(|(noted, _)| at - *noted <= REPEAT).map(|(_, answer)| answer)
    }
}

/// The engine.
pub struct Engine<S> {
    store: Arc<S>,
    world: World,
    intake: Arc<Intake>,
    outbox: Outbox,
    receipts: mpsc::UnboundedReceiver<Receipt>,
    arrived: Vec<i64>,
    undeliverable: Vec<(i64, String)>,
    /// Of those that can't be delivered, the ones whose room is gone.
    gone: Vec<i64>,
    /// Replies on their way that nobody asked for, with their network and room.
    unasked: HashMap<i64, (String, RoomKey)>,
    clock: Clock,
    faults: Arc<std::sync::atomic::AtomicUsize>,
    verifying: Verifying,
}

/// What the engine stands on.
pub struct Ground {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// Where messages come from.
    pub intake: Arc<Intake>,
    /// Where replies go, and what became of them.
    pub outbox: (Outbox, mpsc::UnboundedReceiver<Receipt>),
    /// What time it is.
    pub clock: Clock,
    /// Where salts and codes come from.
    pub entropy: Entropy,
}

impl<S: Store> Engine<S> {
    /// An engine over what a store keeps. Replies that were committed and not delivered are sent on their way.
    pub async fn start(store: S, ground: Ground) -> Result<Self, StoreError> {
        let mut kept = store.load().await?;
        let down_since = kept.last_alive();
        kept.latest().into_iter().for_each(|latest| ground.clock.remember(latest));
        let (outbox, receipts) = ground.outbox;
        let mut engine = Self {
            store: Arc::new(store),
            world: World {
                registry: Arc::new(Registry::new(ground.catalog)),
                networks: BTreeMap::new(),
                rooms: HashMap::new(),
                chosen: HashMap::new(),
                recent: Recent::default(),
                readings: HashMap::new(),
                down_since,
                is_held: false,
                passed_over: std::mem::take(&mut kept.passed_over),
                limits: *ground.intake.limits().settings(),
                next_outbox: 0,
                entropy: ground.entropy,
                left_out: HashSet::new(),
                nothing: Network { books: Books::empty("", NO_COMMODITY), directory: Directory::default() },
            },
            intake: ground.intake,
            outbox,
            receipts,
            arrived: Vec::new(),
            undeliverable: Vec::new(),
            gone: Vec::new(),
            unasked: HashMap::new(),
            clock: ground.clock,
            faults: Arc::default(),
            verifying: Verifying::default(),
        };
        let undelivered = engine.world.begin(kept, engine.clock.now());
        engine.mark_people().await?;
        engine.publish_all();
        let undelivered = with_files(&*engine.store, &engine.intake, undelivered).await?;
        engine.outbox.send(undelivered);
        Ok(engine)
    }

    /// Marks in the journals what an earlier version has recorded about who people are.
    async fn mark_people(&mut self) -> Result<(), StoreError> {
        for network in self.world.networks.keys().cloned().collect::<Vec<_>>() {
            let mut draft = Draft::default();
            let marked = self.world.mark_people(&network, &mut draft);
            if let Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) = self.finish(draft, marked).await? {
                self.report(&format!("who the people of network {network} are is not marked in its journal"), &fault);
            }
        }
        Ok(())
    }

    /// How many faults there have been, as it counts on.
    pub fn faults(&self) -> Arc<std::sync::atomic::AtomicUsize> {
        self.faults.clone()
    }

    /// Works until the intake is closed and empty; what was delivered by then is written down before it returns. If the database can't
    /// be used when the intake is closed, it ends soon with an error: nothing that was not committed has been answered.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let ended = self.work().await;
        self.store.close().await;
        ended
    }

    async fn work(&mut self) -> Result<(), StoreError> {
        loop {
            let more = tokio::select! {
                biased;
                asked = self.intake.lookups() => {
                    self.world.look_up(asked);
                    continue;
                }
                Some(verified) = self.verifying.found.recv() => {
                    self.answer_verified(verified).await?;
                    continue;
                }
                more = self.intake.wait() => more,
                Some(receipt) = self.receipts.recv() => {
                    // More will follow; they go with the next batch, or together after a while.
                    self.note(receipt);
                    tokio::select! {
                        biased;
                        asked = self.intake.lookups() => self.world.look_up(asked),
                        _ = self.intake.wait() => {}
                        () = tokio::time::sleep(RECEIPTS) => self.note_receipts().await?,
                    }
                    continue;
                }
            };
            if !more {
                break;
            }
            let mut messages = self.intake.take(MOST);
            self.process(&mut messages).await?;
        }
        self.last_receipts().await;
        self.note_receipts().await
    }

    /// Decides and commits messages, in as many batches as they need.
    async fn process(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        self.drop_known(messages).await?;
        let mut careful = 0_usize;
        let mut most = MOST;
        while let Some(first) = messages.front() {
            self.world.is_held = self.clock.is_doubted();
            if matches!(first.said, Said::Tick { .. } | Said::Everywhere(_)) {
                let first = first.clone();
                self.hear_time(&first).await?;
                self.settle(messages, 1);
                continue;
            }
            let before = messages.len();
            match self.next_batch(messages, if careful > 0 { 1 } else { most }).await? {
                // What is due before a message is decided before it, and apart from it.
                Ok(Step::TimeFirst(network, passed)) => self.pass_time(&network, passed).await?,
                Ok(Step::Committed) => {
                    careful = careful.saturating_sub(before - messages.len());
                    most = MOST;
                }
                Err(Broken::Overtaken) => self.drop_known(messages).await?,
                Err(Broken::Undecided(decided, _)) if decided > 0 => most = decided,
                // Once more on books as they are stored, each by itself.
                Err(Broken::Rejected(decided, _)) if careful == 0 => careful = decided,
                Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) => {
                    if let Some(message) = messages.front().cloned() {
                        self.note_fault(&message, &fault).await?;
                        self.settle(messages, 1);
                    }
                    careful = careful.saturating_sub(1);
                }
            }
        }
        Ok(())
    }

    /// Lets time do what it says: pass, or tell every network something.
    async fn hear_time(&mut self, inbound: &Inbound) -> Result<(), StoreError> {
        if let Said::Everywhere(call) = &inbound.said {
            self.tell_everywhere(inbound, call).await?;
        }
        if let Said::Tick { watched } = inbound.said {
            let now = inbound.received_at;
            self.pass_time_everywhere(Passed { by: now, now, watched }).await?;
            let mut draft = Draft::default();
            self.world.note_reading(inbound, &mut draft);
            self.world.prune(now, &mut draft);
            if let Err(Broken::Rejected(_, fault)) = self.finish(draft, Ok(())).await? {
                tracing::warn!(why = %fault, "it was not noted that the bot is alive");
            }
            self.prune_rows().await;
        }
        Ok(())
    }

    /// Leaves out events that have an inbox row, and the second of two with one id.
    async fn drop_known(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        let events: Vec<String> = messages.iter().map(|message| message.event.clone()).collect();
        let mut patience = Patience::new(&self.intake);
        let mut known = loop {
            match self.store.known(&events).await {
                Ok(known) => break known,
                Err(error) => patience.unless_lasting(error).await?,
            }
        };
        let before = messages.len();
        messages.retain(|message| known.insert(message.event.clone()));
        for message in messages.iter_mut() {
            if self.world.passes_over(message) {
                message.said = Said::Passed;
            }
        }
        self.intake.unsettled().sub(before - messages.len());
        Ok(())
    }

    /// The first messages are done with.
    fn settle(&self, messages: &mut VecDeque<Inbound>, count: usize) {
        messages.drain(..count);
        self.intake.unsettled().sub(count);
    }

    /// Decides a batch of at most `most` messages from the front and commits it. On success they are gone from there; else they are
    /// all still there, and the books are as the store has them.
    async fn next_batch(&mut self, messages: &mut VecDeque<Inbound>, most: usize) -> Result<Result<Step, Broken>, StoreError> {
        let started = Instant::now();
        let mut draft = Draft::default();
        let mut decided = 0;
        let mut fault = None;
        while let Some(message) = messages.get(decided) {
            let is_full = decided >= most || (decided > 0 && started.elapsed() >= LONGEST);
            if is_full || matches!(message.said, Said::Tick { .. } | Said::Everywhere(_)) {
                break;
            }
            // A panic is a bug; it must cost one message its answer, not everyone the bot.
            let handled = catch_unwind(AssertUnwindSafe(|| {
                let reading = self.world.read(message);
                match self.world.is_due_before(message, reading.as_ref()) {
                    Some((network, passed)) => Ok(Handled::TimeFirst(network, passed)),
                    None => self.world.handle(message, reading, None, &mut draft),
                }
            }));
            match handled.unwrap_or_else(|_| Err(Fault::new(PANICKED))) {
                Ok(Handled::Done) => decided += 1,
                Ok(Handled::TimeFirst(..) | Handled::NeedsVerification(_)) if decided > 0 => break,
                Ok(Handled::TimeFirst(network, passed)) => return Ok(Ok(Step::TimeFirst(network, passed))),
                Ok(Handled::NeedsVerification(network)) => {
                    self.verify_for(messages, network);
                    return Ok(Ok(Step::Committed));
                }
                Err(found) => {
                    fault = Some(found);
                    break;
                }
            }
        }
        let finished = self.finish(draft, fault.map_or(Ok(()), Err)).await?;
        if finished.is_ok() {
            self.settle(messages, decided);
        }
        Ok(finished.map(|()| Step::Committed).map_err(|broken| broken.after(decided)))
    }

    /// Commits a draft if it was decided without a fault. If that comes to nothing, the books it touched are rebuilt.
    async fn finish(&mut self, draft: Draft, decided: Result<(), Fault>) -> Result<Result<(), Broken>, StoreError> {
        let Draft { batch, mut touched, said, .. } = draft;
        let finished = match decided {
            Ok(()) => self.commit(batch, &mut touched).await?,
            Err(fault) => Err(Broken::Undecided(0, fault)),
        };
        if finished.is_err() {
            said.into_iter().for_each(|said| self.world.recent.forget(said));
            for network in touched {
                let mut patience = Patience::new(&self.intake);
                let stored = loop {
                    match self.store.network(&network).await {
                        Ok(stored) => break stored,
                        Err(error) => patience.unless_lasting(error).await?,
                    }
                };
                self.world.replace(&network, stored);
                self.publish_network(&network);
            }
        }
        Ok(finished)
    }

    /// Commits a batch with the receipts that came in meanwhile; then its replies leave. The rows are fixed: they are tried
    /// again until they are written, or it is clear that they never will be. `touched` gains the networks that receipts change.
    async fn commit(&mut self, mut batch: Batch, touched: &mut BTreeSet<String>) -> Result<Result<(), Broken>, StoreError> {
        while let Ok(receipt) = self.receipts.try_recv() {
            self.note(receipt);
        }
        // They are kept until a batch with them is written: a reply that is not known to have arrived is sent again.
        batch.delivered.clone_from(&self.arrived);
        batch.undeliverable.clone_from(&self.undeliverable);
        let ended = self.gone.iter().filter_map(|id| self.unasked.get(id)).cloned().collect::<Vec<_>>();
        for (network, room) in ended {
            batch.writes.extend(self.world.end_recurring(&network, &room));
            touched.insert(network);
        }
        if batch.is_empty() {
            return Ok(Ok(()));
        }
        let mut patience = Patience::new(&self.intake);
        let (mut rejected, mut in_doubt) = (false, false);
        while let Err(error) = self.store.commit(&batch).await {
            // The answer may have been lost after the rows were written; rows that were refused at once were not.
            in_doubt |= matches!(error, CommitError::Unavailable(_));
            let events: Vec<String> = batch.inbox.iter().map(|row| row.event.clone()).collect();
            if in_doubt && !events.is_empty() && self.store.known(&events).await.is_ok_and(|known| known.len() == events.len()) {
                break;
            }
            let why = match error {
                CommitError::Conflict => return Ok(Err(Broken::Overtaken)),
                CommitError::Rejected(why) if rejected => return Ok(Err(Broken::Rejected(0, Fault { why }))),
                CommitError::Rejected(why) => {
                    rejected = true;
                    why
                }
                CommitError::Unavailable(why) => why,
            };
            patience.after(why).await?;
        }
        self.gone.clear();
        for id in self.arrived.drain(..).chain(self.undeliverable.drain(..).map(|(id, _)| id)) {
            self.unasked.remove(&id);
        }
        let is_unasked = |row: &&OutboxRow| row.reply_to.is_none() && row.reader.is_none();
        let room = |row: &OutboxRow| RoomKey { platform: row.platform, id: row.room.clone() };
        let unasked = batch.outbox.iter().filter(is_unasked).filter_map(|row| Some((row.id, (row.network.clone()?, room(row)))));
        self.unasked.extend(unasked);
        self.publish(&batch);
        let rows = with_files(&*self.store, &self.intake, batch.outbox).await?;
        self.outbox.send(rows);
        Ok(Ok(()))
    }

    fn note(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Delivered(ids) => self.arrived.extend(ids),
            Receipt::Undeliverable(id, why) => self.undeliverable.push((id, why)),
            Receipt::Gone(id, why) => {
                self.undeliverable.push((id, why));
                self.gone.push(id);
            }
        }
    }

    /// Waits for replies that are on their way; those that can't leave now leave after the next start.
    async fn last_receipts(&mut self) {
        let intake = self.intake.clone();
        let deadline = tokio::time::Instant::now() + LAST_REPLIES;
        loop {
            tokio::select! {
                biased;
                Some(receipt) = self.receipts.recv() => self.note(receipt),
                () = intake.settled() => break,
                () = tokio::time::sleep_until(deadline) => break,
            }
        }
        while let Ok(receipt) = self.receipts.try_recv() {
            self.note(receipt);
        }
    }

    /// Writes down which replies arrived. Those that can't be noted are sent once more at the next start.
    async fn note_receipts(&mut self) -> Result<(), StoreError> {
        if let Err(Broken::Rejected(_, fault)) = self.finish(Draft::default(), Ok(())).await? {
            tracing::warn!(why = %fault.why, "delivered replies were not noted");
        }
        Ok(())
    }

    /// Counts and logs a fault; gives its id.
    fn report(&mut self, what: &str, fault: &Fault) -> String {
        let id: String = Hash((self.world.entropy)()).short();
        tracing::error!(fault = %id, what, why = %fault.why, "fault");
        self.faults.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        id
    }

    /// Gives a message that can't be decided its inbox row, and its author the fault's id.
    async fn note_fault(&mut self, message: &Inbound, fault: &Fault) -> Result<(), StoreError> {
        let id = self.report(&format!("the message {}", message.event), fault);
        let mut draft = Draft::default();
        draft.batch.inbox.push(InboxRow {
            event: message.event.clone(),
            network: None,
            at: message.received_at,
            outcome: InboxOutcome::Fault(id.clone()),
            said: None,
        });
        draft.read(message);
        let refusal = RoomRefusal::Fault { id: crate::core::name::Name(id) }.into();
        self.world.reply(message, None, false, Reply::Refusal(refusal), &mut draft);
        if let Err(Broken::Undecided(_, fault) | Broken::Rejected(_, fault)) = self.finish(draft, Ok(())).await? {
            // It has no row now and would be tried again if its platform brought it again; others must not wait for that.
            tracing::error!(event = %message.event, why = %fault.why, "a message that can't be decided could not be noted");
        }
        Ok(())
    }
}

/// Rows with the files that their replies name. They lie in the store, and nowhere else.
async fn with_files(store: &impl Store, intake: &Intake, mut rows: Vec<OutboxRow>) -> Result<Vec<OutboxRow>, StoreError> {
    let mut patience = Patience::new(intake);
    for row in &mut rows {
        let Some(network) = row.network.clone() else { continue };
        for file in row.reply.files() {
            row.files.extend(loop {
                match store.file(&network, file).await {
                    Ok(file) => break file,
                    Err(error) => patience.unless_lasting(error).await?,
                }
            });
        }
    }
    Ok(rows)
}

/// What came of the messages at the front.
enum Step {
    /// Some are committed, or wait elsewhere.
    Committed,
    /// Jobs of a network are due before the first of them.
    TimeFirst(String, Passed),
}

/// Why a draft came to nothing. With each, how many of a batch's messages had been decided by then.
enum Broken {
    /// Somebody else wrote.
    Overtaken,
    /// The message after these can't be decided.
    Undecided(usize, Fault),
    /// The database does not take the rows of these.
    Rejected(usize, Fault),
}

impl Broken {
    fn after(self, decided: usize) -> Self {
        match self {
            Broken::Overtaken => Broken::Overtaken,
            Broken::Undecided(_, fault) => Broken::Undecided(decided, fault),
            Broken::Rejected(_, fault) => Broken::Rejected(decided, fault),
        }
    }
}

impl World {
    /// Begins from what the store keeps; gives the replies that were not delivered.
    fn begin(&mut self, kept: StoredState, now: Timestamp) -> Vec<OutboxRow> {
        for (id, network) in kept.networks {
            self.replace(&id, Some(network));
        }
        self.readings = kept.readings;
        kept.recent.into_iter().for_each(|(said, at)| self.recent.note(said, at, None));
        // Numbers make delivery keys, so they must not come again after the rows are gone: they go on from the clock.
        self.next_outbox = self.next_outbox.max(kept.last_outbox + 1).max(now.timestamp_millis().saturating_mul(1000));
        kept.outbox
    }

    /// Puts a network as it is stored in the place of what was decided on; nothing, where none is stored.
    fn replace(&mut self, id: &str, stored: Option<Network>) {
        self.networks.remove(id);
        self.rooms.retain(|_, network| network != id);
        self.chosen.retain(|_, network| network != id);
        if let Some(network) = stored {
            self.rooms.extend(network.directory.rooms().map(|(room, _)| (room.clone(), id.to_owned())));
            self.chosen.extend(network.directory.chosen_by().map(|account| (account.clone(), id.to_owned())));
            self.networks.insert(id.to_owned(), network);
        }
    }

    /// Ends what comes by itself in a room that can't be reached any more.
    fn end_recurring(&mut self, network: &str, room: &RoomKey) -> Vec<(String, Write)> {
        let Some(known) = self.networks.get_mut(network) else { return Vec::new() };
        let jobs: Vec<Job> = known.directory.all_jobs().filter(|job| job.every.is_some() && job.room == *room).cloned().collect();
        tracing::warn!(room = %room.id, schedules = jobs.len(), "the room can't be reached any more: nothing comes there by itself now");
        // What it is about, and what it was told, is as it was when somebody lets the bot in again.
        let no_news = Write::Preference(Scope::Room(room.clone()), Preference::News, Some(String::new()));
        let ends = jobs.into_iter().map(Write::JobDone).chain([no_news]);
        let ends: Vec<(String, Write)> = ends.map(|write| (network.to_owned(), write)).collect();
        ends.iter().for_each(|(_, write)| known.directory.apply(write));
        ends
    }

    /// Answers what could be typed. Who no longer waits is not told.
    fn look_up(&self, asked: Vec<Lookup>) {
        for lookup in asked.into_iter().filter(|lookup| !lookup.answer.is_closed()) {
            let network = lookup.places.iter().find_map(|room| self.rooms.get(room)).or_else(|| self.own(&lookup.account));
            let network = network.and_then(|id| self.networks.get(id));
            let command = self.registry.catalog.command(&lookup.command).filter(|command| {
                // What is offered to be typed is no way around a role.
                let callers = command.option(&lookup.option).map(|option| &option.roles).filter(|roles| !roles.is_empty());
                let person = network.and_then(|network| network.directory.person(&lookup.account));
                let may = |role: &Caller| *role == Caller::Observer || network.is_some_and(|n| holds(&n.books, person, *role, None));
                callers.unwrap_or(&command.roles).iter().any(may)
            });
            let option = command.and_then(|command| command.option(&lookup.option));
            let choices = network.zip(option).map(|(network, option)| {
                let project = lookup.places.iter().find_map(|room| network.directory.project_of(room));
                complete::choices(&network.books, &network.directory, project, option, &lookup.typed)
            });
            let _ = lookup.answer.send(choices.unwrap_or_default());
        }
    }

    /// The network that an account means where no room says it: its person's only one, or the one it chose.
    fn own<'a>(&'a self, account: &'a Account) -> Option<&'a String> {
        let mut own = self.networks_of(account);
        match (own.next(), own.next()) {
            (Some((only, _)), None) => Some(only),
            _ => self.chosen.get(account),
        }
    }

    /// The networks that an account's person is in.
    fn networks_of<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = (&'a String, &'a Network)> {
        self.networks.iter().filter(|(_, network)| network.directory.person(account).is_some())
    }
}
