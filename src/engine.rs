//! The one way from what is said to the journal.
//!
//! Messages are taken in batches of what waits; each is decided by a pure function on the books as they are, its entries are
//! applied at once, and the whole batch is one transaction: inbox rows, entries, changes beside the journal, replies.
//! Replies leave only after the commit. A batch that was decided is fixed: if its commit fails, the same rows are tried
//! again. When the database has moved on or a message breaks something, books are rebuilt from the store, never patched.

mod decide;
mod tell;
mod time;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::commands::reply::Line;
use crate::commands::spec::Caller;
use crate::commands::{Registry, complete};
use crate::core::books::Books;
use crate::core::entry::{Hash, Timestamp};
use crate::core::money::NO_COMMODITY;
use crate::core::refusal::Refusal;
use crate::directory::{Account, Directory, Job, Preference, RoomKey, Scope, Write};
use crate::intake::{Inbound, Intake, Lookup};
use crate::outbox::{Outbox, Receipt, Reply};
use crate::store::{Batch, CommitError, InboxRow, Kept, Network, OutboxRow, Store, StoreError};
use decide::{Draft, Handled, holds};

/// The most messages in a batch.
const MOST: usize = 256;

/// The longest that a batch is decided on.
const LONGEST: Duration = Duration::from_millis(20);

/// The first and the longest wait before a failed commit is tried again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

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

/// A platform whose rooms belong by themselves to the file's network, where it has only one.
pub const HOME_PLATFORM: &str = "console";

/// What a network's state is in memory, and what the engine needs besides.
struct World {
    registry: Arc<Registry>,
    networks: BTreeMap<String, Network>,
    rooms: HashMap<RoomKey, String>,
    /// The network that an account in several means in a direct room.
    chosen: HashMap<Account, String>,
    recent: Recent,
    next_outbox: i64,
    entropy: Entropy,
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
    store: S,
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
}

/// What the engine stands on.
pub struct Ground {
    /// The commands.
    pub registry: Arc<Registry>,
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
        let kept = store.load().await?;
        let (outbox, receipts) = ground.outbox;
        let mut engine = Self {
            store,
            world: World {
                registry: ground.registry,
                networks: BTreeMap::new(),
                rooms: HashMap::new(),
                chosen: HashMap::new(),
                recent: Recent::default(),
                next_outbox: 0,
                entropy: ground.entropy,
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
        };
        let undelivered = engine.world.rebuild(kept, engine.clock.now());
        engine.mark_people().await?;
        let undelivered = with_files(&engine.store, undelivered).await?;
        engine.outbox.send(undelivered);
        Ok(engine)
    }

    /// Marks in the journals what an earlier version has recorded about who people are.
    async fn mark_people(&mut self) -> Result<(), StoreError> {
        let mut draft = Draft::default();
        let marked = self.world.mark_people(&mut draft).map_err(|fault| fault.why);
        let committed = match marked {
            Ok(()) => self.commit(draft.batch).await?.map_err(|broken| broken.why()),
            Err(why) => Err(why),
        };
        committed.map_err(|why| StoreError::Database(format!("what is known about people can't be marked in the journal: {why}")))
    }

    /// How many faults there have been, as it counts on.
    pub fn faults(&self) -> Arc<std::sync::atomic::AtomicUsize> {
        self.faults.clone()
    }

    /// Works until the intake is closed and empty; what was delivered by then is written down before it returns.
    pub async fn run(mut self) -> Result<(), StoreError> {
        loop {
            let more = tokio::select! {
                biased;
                asked = self.intake.lookups() => {
                    self.world.look_up(asked);
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
            let count = messages.len();
            self.process(&mut messages).await?;
            self.intake.unsettled().sub(count);
        }
        self.last_receipts().await;
        self.note_receipts().await?;
        self.store.close().await;
        Ok(())
    }

    /// Decides and commits messages, in as many batches as they need.
    async fn process(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        self.drop_known(messages).await?;
        while !messages.is_empty() {
            match self.next_batch(messages, MOST, LONGEST).await? {
                Ok(()) => {}
                Err(Broken::Overtaken) => {
                    self.rebuild().await?;
                    self.drop_known(messages).await?;
                }
                Err(Broken::Fault(_)) => {
                    self.rebuild().await?;
                    self.singly(messages).await?;
                }
            }
        }
        Ok(())
    }

    /// Leaves out events that have an inbox row, and the second of two with one id.
    async fn drop_known(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        let events: Vec<String> = messages.iter().map(|message| message.event.clone()).collect();
        let mut known = self.store.known(&events).await?;
        messages.retain(|message| known.insert(message.event.clone()));
        Ok(())
    }

    /// Runs messages one by one, so that a bad one spoils nobody else's.
    async fn singly(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        while let Some(message) = messages.pop_front() {
            let mut alone = VecDeque::from([message.clone()]);
            if let Err(broken) = self.next_batch(&mut alone, 1, LONGEST).await? {
                self.rebuild().await?;
                self.note_fault(&message, &Fault { why: broken.why() }).await?;
            }
        }
        Ok(())
    }

    /// Decides a batch from the front of `messages` and commits it. On success they are gone from there; else they are all
    /// still there, and the books must be rebuilt.
    async fn next_batch(
        &mut self,
        messages: &mut VecDeque<Inbound>,
        most: usize,
        longest: Duration,
    ) -> Result<Result<(), Broken>, StoreError> {
        let started = Instant::now();
        let mut draft = Draft::default();
        let mut decided = 0;
        let mut verification = None;
        while let Some(message) = messages.get(decided) {
            if decided >= most || (decided > 0 && started.elapsed() >= longest) {
                break;
            }
            // A panic is a bug; it must cost one message its answer, not everyone the bot.
            let handled = catch_unwind(AssertUnwindSafe(|| self.world.handle(message, verification.take(), &mut draft)));
            match handled.unwrap_or_else(|_| Err(Fault { why: "the command's code panicked".to_owned() })) {
                Ok(Handled::Done) => decided += 1,
                Ok(Handled::NeedsVerification(_)) if decided > 0 => break,
                Ok(Handled::NeedsVerification(network)) => verification = Some(self.store.verify(&network).await?),
                Err(fault) => return Ok(Err(Broken::Fault(fault))),
            }
        }
        let committed = self.commit(draft.batch).await?;
        if committed.is_ok() {
            messages.drain(..decided);
        }
        Ok(committed)
    }

    /// Commits a batch with the receipts that came in meanwhile; then its replies leave. The rows are fixed: they are tried
    /// again until they are written, or it is clear that they never will be.
    async fn commit(&mut self, mut batch: Batch) -> Result<Result<(), Broken>, StoreError> {
        while let Ok(receipt) = self.receipts.try_recv() {
            self.note(receipt);
        }
        // They are kept until a batch with them is written: a reply that is not known to have arrived is sent again.
        batch.delivered.clone_from(&self.arrived);
        batch.undeliverable.clone_from(&self.undeliverable);
        let ended = self.gone.iter().filter_map(|id| self.unasked.get(id)).cloned().collect::<Vec<_>>();
        for (network, room) in ended {
            batch.writes.extend(self.world.end_recurring(&network, &room));
        }
        if batch.is_empty() {
            return Ok(Ok(()));
        }
        let mut wait = BACK_OFF.0;
        let (mut rejected, mut in_doubt) = (false, false);
        while let Err(error) = self.store.commit(&batch).await {
            // The answer may have been lost after the rows were written; rows that were refused at once were not.
            in_doubt |= matches!(error, CommitError::Unavailable(_));
            let events: Vec<String> = batch.inbox.iter().map(|row| row.event.clone()).collect();
            if in_doubt && !events.is_empty() && self.store.known(&events).await.is_ok_and(|known| known.len() == events.len()) {
                break;
            }
            let why = match error {
                CommitError::Overtaken => return Ok(Err(Broken::Overtaken)),
                CommitError::Rejected(why) if rejected => return Ok(Err(Broken::Fault(Fault { why }))),
                CommitError::Rejected(why) => {
                    rejected = true;
                    why
                }
                CommitError::Unavailable(why) => why,
            };
            tracing::warn!(%why, "commit failed, trying the same rows again in {wait:?}");
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(BACK_OFF.1);
        }
        self.gone.clear();
        for id in self.arrived.drain(..).chain(self.undeliverable.drain(..).map(|(id, _)| id)) {
            self.unasked.remove(&id);
        }
        let is_unasked = |row: &&OutboxRow| row.reply_to.is_none() && row.reader.is_none();
        let room = |row: &OutboxRow| RoomKey { platform: row.platform.clone(), id: row.room.clone() };
        let unasked = batch.outbox.iter().filter(is_unasked).filter_map(|row| Some((row.id, (row.network.clone()?, room(row)))));
        self.unasked.extend(unasked);
        let rows = with_files(&self.store, batch.outbox).await?;
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
        if let Err(Broken::Fault(fault)) = self.commit(Batch::default()).await? {
            tracing::warn!(why = %fault.why, "delivered replies were not noted");
        }
        Ok(())
    }

    async fn rebuild(&mut self) -> Result<(), StoreError> {
        let kept = self.store.load().await?;
        self.world.rebuild(kept, self.clock.now());
        Ok(())
    }

    /// Gives a message that can't be decided its inbox row, and its author the fault's id.
    async fn note_fault(&mut self, message: &Inbound, fault: &Fault) -> Result<(), StoreError> {
        let id: String = Hash((self.world.entropy)()).short();
        tracing::error!(fault = %id, event = %message.event, why = %fault.why, "fault");
        self.faults.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut draft = Draft::default();
        draft.batch.inbox.push(InboxRow {
            event: message.event.clone(),
            network: None,
            at: message.received_at,
            outcome: format!("fault {id}"),
            said: None,
        });
        draft.read(message);
        let refusal = Refusal::Fault { id: crate::core::message::Name(id) };
        self.world.reply(message, None, false, Reply::Refusal(refusal), &mut draft);
        match self.commit(draft.batch).await? {
            Ok(()) => Ok(()),
            Err(_) => Err(StoreError::Database(format!("the database takes no rows: {}", fault.why))),
        }
    }
}

/// Rows with the files that their replies name. They lie in the store, and nowhere else.
async fn with_files(store: &impl Store, mut rows: Vec<OutboxRow>) -> Result<Vec<OutboxRow>, StoreError> {
    for row in &mut rows {
        let Some(network) = row.network.clone() else { continue };
        for file in row.reply.files() {
            row.files.extend(store.file(&network, file).await?);
        }
    }
    Ok(rows)
}

/// Why a batch came to nothing.
enum Broken {
    /// Somebody else wrote.
    Overtaken,
    /// A message, or its rows, can't be dealt with.
    Fault(Fault),
}

impl Broken {
    fn why(self) -> String {
        match self {
            Broken::Fault(fault) => fault.why,
            Broken::Overtaken => "another writer has moved the journal's head".to_owned(),
        }
    }
}

impl World {
    /// Starts again from what the store keeps; gives the replies that were not delivered.
    fn rebuild(&mut self, kept: Kept, now: Timestamp) -> Vec<crate::store::OutboxRow> {
        self.rooms =
            kept.networks.iter().flat_map(|(id, network)| network.directory.rooms().map(|(room, _)| (room.clone(), id.clone()))).collect();
        self.chosen = kept
            .networks
            .iter()
            .flat_map(|(id, network)| network.directory.chosen_by().map(|account| (account.clone(), id.clone())))
            .collect();
        self.networks = kept.networks;
        self.recent = Recent::default();
        kept.recent.into_iter().for_each(|(said, at)| self.recent.note(said, at, None));
        // Numbers make delivery keys, so they must not come again after the rows are gone: they go on from the clock.
        self.next_outbox = self.next_outbox.max(kept.last_outbox + 1).max(now.timestamp_millis().saturating_mul(1000));
        kept.outbox
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
            let command = self.registry.command(&lookup.command).filter(|command| {
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
