//! The engine: takes messages, decides them in batches, and commits them.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::commands::registry::Registry;
use crate::core::ids::Hash;
use crate::core::name::Name;
use crate::directory::RoomKey;
use crate::engine::batch::BatchBuilder;
use crate::engine::entropy::Entropy;
use crate::engine::fault::{BatchError, Fault};
use crate::engine::files::with_files;
use crate::engine::handle::Handled;
use crate::engine::instants::Elapsed;
use crate::engine::outcome::Audience;
use crate::engine::patience::Backoff;
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::engine::verification::Verifying;
use crate::grammar::catalog::Catalog;
use crate::incoming::{Content, Inbound, SystemEvent};
use crate::intake::Intake;
use crate::message::reply::Reply;
use crate::message::room::RoomRefusal;
use crate::outbox::{DeliveryReport, Outbox};
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::rows::{InboxOutcome, InboxRow};

/// The most messages in a batch.
const MOST: usize = 256;

/// The longest time that the engine spends deciding one batch.
const LONGEST: Duration = Duration::from_millis(20);

/// How long delivery reports of delivered replies may wait for a batch.
const DELIVERY_REPORTS: Duration = Duration::from_secs(1);

/// The engine.
pub struct Engine<S> {
    pub(super) store: Arc<S>,
    pub(super) state: EngineState,
    pub(super) intake: Arc<Intake>,
    pub(super) outbox: Outbox,
    pub(super) delivery_reports: mpsc::UnboundedReceiver<DeliveryReport>,
    /// Delivered replies whose delivery report is not written yet.
    pub(super) arrived: Vec<i64>,
    /// Undeliverable replies that are not written down yet, with the cause.
    pub(super) undeliverable: Vec<(i64, String)>,
    /// The undeliverable replies whose room is gone.
    pub(super) gone: Vec<i64>,
    /// Replies on their way that answer nobody, with their network and room.
    pub(super) unasked: HashMap<i64, (String, RoomKey)>,
    pub(super) clock: Clock,
    pub(super) verifying: Verifying,
    faults: Arc<AtomicUsize>,
}

/// The dependencies of the engine.
pub struct Deps {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The source of messages.
    pub intake: Arc<Intake>,
    /// The outbox for replies, and their delivery reports.
    pub outbox: (Outbox, mpsc::UnboundedReceiver<DeliveryReport>),
    /// The time.
    pub clock: Clock,
    /// The source of salts and codes.
    pub entropy: Entropy,
}

/// What became of the first messages.
enum Step {
    /// Some are committed, or wait elsewhere.
    Committed,
    /// Jobs of a network are due before the first of them.
    TimeFirst(String, Elapsed),
}

impl<S: Store> Engine<S> {
    /// Starts an engine on a store. Replies that were committed and not delivered are sent.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub async fn start(store: S, deps: Deps) -> Result<Self, StoreError> {
        let kept = store.load().await?;
        kept.latest().into_iter().for_each(|latest| deps.clock.remember(latest));
        let (outbox, delivery_reports) = deps.outbox;
        let registry = Arc::new(Registry::new(deps.catalog));
        let limits = *deps.intake.limits().settings();
        let mut engine = Self {
            store: Arc::new(store),
            state: EngineState::new(registry, limits, deps.entropy),
            intake: deps.intake,
            outbox,
            delivery_reports,
            arrived: Vec::new(),
            undeliverable: Vec::new(),
            gone: Vec::new(),
            unasked: HashMap::new(),
            clock: deps.clock,
            verifying: Verifying::default(),
            faults: Arc::default(),
        };
        let undelivered = engine.state.begin(kept, engine.clock.now());
        engine.mark_people().await?;
        engine.update_all_limits();
        let undelivered = with_files(&*engine.store, &engine.intake, undelivered).await?;
        engine.outbox.send(undelivered);
        Ok(engine)
    }

    /// Marks in the journals what an earlier version recorded about who people are.
    async fn mark_people(&mut self) -> Result<(), StoreError> {
        for network in self.state.networks.keys().cloned().collect::<Vec<_>>() {
            let mut builder = BatchBuilder::default();
            let marked = self.state.mark_people(&network, &mut builder);
            if let Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) =
                self.finish(builder, marked).await?
            {
                self.report(&format!("the people of network {network} are not marked in its journal"), &fault);
            }
        }
        Ok(())
    }

    /// A running count of faults.
    pub fn faults(&self) -> Arc<AtomicUsize> {
        self.faults.clone()
    }

    /// Works until the intake is closed and empty, and writes the last delivery reports before it returns.
    ///
    /// # Errors
    /// The database can't be used any more. Nothing uncommitted has been answered.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let ended = self.work().await;
        self.store.close().await;
        ended
    }

    async fn work(&mut self) -> Result<(), StoreError> {
        loop {
            let more = tokio::select! {
                biased;
                lookups = self.intake.lookups() => {
                    self.state.look_up(lookups);
                    continue;
                }
                Some(verified) = self.verifying.found.recv() => {
                    self.answer_verified(verified).await?;
                    continue;
                }
                more = self.intake.wait() => more,
                Some(report) = self.delivery_reports.recv() => {
                    // More will follow. They go with the next batch, or together after a while.
                    self.note(report);
                    tokio::select! {
                        biased;
                        lookups = self.intake.lookups() => self.state.look_up(lookups),
                        _ = self.intake.wait() => {}
                        () = tokio::time::sleep(DELIVERY_REPORTS) => self.write_delivery_reports().await?,
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
        self.last_delivery_reports().await;
        self.write_delivery_reports().await
    }

    /// Decides and commits messages, in as many batches as they need.
    async fn process(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        self.drop_known(messages).await?;
        let mut careful = 0_usize;
        let mut most = MOST;
        while let Some(first) = messages.front() {
            self.state.clock_is_doubted = self.clock.is_doubted();
            if is_of_time(first) {
                let first = first.clone();
                self.handle_time(&first).await?;
                self.settle(messages, 1);
                continue;
            }
            self.look_up_recorded(messages).await?;
            let before = messages.len();
            match self.next_batch(messages, if careful > 0 { 1 } else { most }).await? {
                // Jobs that are due before a message are decided before it, and apart from it.
                Ok(Step::TimeFirst(network, elapsed)) => self.run_due_jobs(&network, elapsed).await?,
                Ok(Step::Committed) => {
                    careful = careful.saturating_sub(before - messages.len());
                    most = MOST;
                }
                Err(BatchError::Conflict) => self.drop_known(messages).await?,
                Err(BatchError::Undecided(decided, _)) if decided > 0 => most = decided,
                // Once more on the stored books, each message by itself.
                Err(BatchError::Rejected(decided, _)) if careful == 0 => careful = decided,
                Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) => {
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

    /// Removes messages that have an inbox row, and repeated event ids.
    async fn drop_known(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        let events: Vec<String> = messages.iter().map(|message| message.event.clone()).collect();
        let mut patience = Backoff::new(&self.intake);
        let mut known = loop {
            match self.store.known(&events).await {
                Ok(known) => break known,
                Err(error) => patience.unless_lasting(error).await?,
            }
        };
        let before = messages.len();
        messages.retain(|message| known.insert(message.event.clone()));
        for message in messages.iter_mut() {
            if self.state.passes_over(message) {
                message.content = Content::Passed;
            }
        }
        self.intake.unsettled().sub(before - messages.len());
        Ok(())
    }

    /// If the first message tells that an earlier one was changed, finds out what that one had recorded. All before it
    /// is committed by now.
    async fn look_up_recorded(&mut self, messages: &mut VecDeque<Inbound>) -> Result<(), StoreError> {
        let Some(Inbound { content: Content::System(SystemEvent::MessageChanged { event, recorded, .. }), .. }) =
            messages.front_mut()
        else {
            return Ok(());
        };
        let mut patience = Backoff::new(&self.intake);
        loop {
            match self.store.recorded(event).await {
                Ok(found) => {
                    *recorded = found;
                    return Ok(());
                }
                Err(error) => patience.unless_lasting(error).await?,
            }
        }
    }

    /// Removes the first messages, which are finished.
    fn settle(&self, messages: &mut VecDeque<Inbound>, count: usize) {
        messages.drain(..count);
        self.intake.unsettled().sub(count);
    }

    /// Decides a batch of at most `most` messages from the front, and commits it. After a success they are removed.
    /// Otherwise all are still there, and the books are as they are stored.
    async fn next_batch(
        &mut self,
        messages: &mut VecDeque<Inbound>,
        most: usize,
    ) -> Result<Result<Step, BatchError>, StoreError> {
        let started = Instant::now();
        let mut builder = BatchBuilder::default();
        let mut decided = 0;
        let mut fault = None;
        while let Some(message) = messages.get(decided) {
            let is_full = decided >= most || (decided > 0 && started.elapsed() >= LONGEST);
            if is_full || is_of_time(message) || (decided > 0 && is_changed(message)) {
                break;
            }
            match self.decide(message, &mut builder) {
                Ok(Handled::Done) => decided += 1,
                Ok(Handled::TimeFirst(..) | Handled::NeedsVerification(_)) if decided > 0 => break,
                Ok(Handled::TimeFirst(network, elapsed)) => return Ok(Ok(Step::TimeFirst(network, elapsed))),
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
        let finished = self.finish(builder, fault.map_or(Ok(()), Err)).await?;
        if finished.is_ok() {
            self.settle(messages, decided);
        }
        Ok(finished.map(|()| Step::Committed).map_err(|error| error.after(decided)))
    }

    /// Decides one message. A panic is a bug: it must only cost this message its answer, and not stop the bot.
    fn decide(&mut self, message: &Inbound, builder: &mut BatchBuilder) -> Result<Handled, Fault> {
        let handled = catch_unwind(AssertUnwindSafe(|| {
            let reading = self.state.read(message);
            match self.state.is_due_before(message, reading.as_ref()) {
                Some((network, elapsed)) => Ok(Handled::TimeFirst(network, elapsed)),
                None => self.state.handle(message, reading, None, builder),
            }
        }));
        handled.unwrap_or_else(|_| Err(Fault::panicked()))
    }

    /// Counts and logs a fault. Returns its id.
    pub(super) fn report(&mut self, what: &str, fault: &Fault) -> String {
        let id: String = Hash((self.state.entropy)()).short();
        tracing::error!(fault = %id, what, why = %fault, "fault");
        self.faults.fetch_add(1, Ordering::Relaxed);
        id
    }

    /// Gives an undecidable message its inbox row, and its author the fault's id.
    ///
    /// # Errors
    /// The database can't be used any more.
    pub(super) async fn note_fault(&mut self, message: &Inbound, fault: &Fault) -> Result<(), StoreError> {
        let id = self.report(&format!("the message {}", message.event), fault);
        let mut builder = BatchBuilder::default();
        builder.batch.inbox.push(InboxRow {
            event: message.event.clone(),
            network: None,
            at: message.received_at,
            outcome: InboxOutcome::Fault(id.clone()),
            repeat_key: None,
            recorded: String::new(),
        });
        builder.note_position(message);
        let refusal = RoomRefusal::Fault { id: Name(id) }.into();
        self.state.reply(Request::from(message), None, Audience::Author, Reply::Refusal(refusal), &mut builder);
        if let Err(BatchError::Undecided(_, fault) | BatchError::Rejected(_, fault)) =
            self.finish(builder, Ok(())).await?
        {
            // Without a row it is tried again if its platform delivers it again. Other messages must not wait for
            // that.
            tracing::error!(event = %message.event, why = %fault, "an undecidable message could not be noted");
        }
        Ok(())
    }
}

/// Whether a message tells that an earlier one was changed.
fn is_changed(message: &Inbound) -> bool {
    matches!(message.content, Content::System(SystemEvent::MessageChanged { .. }))
}

/// Whether a message comes from the clock; it is handled apart from others.
fn is_of_time(message: &Inbound) -> bool {
    matches!(message.content, Content::Tick { .. } | Content::System(SystemEvent::ClockChanged(_)))
}
