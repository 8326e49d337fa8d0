//! Handles one message: decides its command, answers its author, and informs others.

use std::collections::BTreeMap;

use crate::core::check::Verification;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::fingerprint::fingerprint;
use crate::engine::instants::{Elapsed, MessageTimes, whole};
use crate::engine::invocation::Invocation;
use crate::engine::outcome::{Audience, Outcome};
use crate::engine::reading::Reading;
use crate::engine::replies::has_waiting_author;
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::parse::Call;
use crate::grammar::spec::Reads;
use crate::incoming::{Arrival, Content, Inbound, SystemEvent};
use crate::message::asked::About;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::RoomRefusal;
use crate::message::work::WorkRefusal;
use crate::store::rows::{InboxOutcome, InboxRow};

/// How far a message got.
pub enum Handled {
    /// It is decided.
    Done,
    /// Jobs of this network are due before it, so it isn't decided yet.
    TimeFirst(String, Elapsed),
    /// Its command reports on this network's stored journal, which must be read first.
    NeedsVerification(String),
}

impl EngineState {
    /// Decides one message: applies it to the books, and adds its rows to the batch.
    ///
    /// # Errors
    /// A fault of the program; then nothing of the message may be committed.
    pub fn handle(
        &mut self,
        inbound: &Inbound,
        reading: Option<Reading>,
        verification: Option<Verification>,
        builder: &mut BatchBuilder,
    ) -> Result<Handled, Fault> {
        builder.note_position(inbound);
        self.note_reading(inbound, builder);
        let Some(Reading { call, network, files, times, at }) = reading else { return Ok(Handled::Done) };
        if let (Ok(call), Some(network), None) = (&call, &network, &verification)
            && self.reads_journal(call)
        {
            return Ok(Handled::NeedsVerification(network.clone()));
        }
        self.remember_encryption(inbound, network.as_deref(), builder);
        let request = Request::from(inbound);
        let invocation = Invocation { request, network: network.clone(), files, times, at, verification };
        let language = self.own_language(inbound, network.as_ref());
        let before = self.count_recorded(network.as_deref());
        let result = match call {
            Err(refusal) => Err(refusal),
            Ok(call) => match self.outdated(inbound, network.as_ref()) {
                Some(refusal) => Err(refusal),
                None => {
                    let answered = self.execute(&invocation, &call, builder)?;
                    if let Ok(outcome) = &answered {
                        let catalog = &self.registry.catalog;
                        self.lists.note(&inbound.room, &inbound.account, &call, outcome, catalog);
                    }
                    answered
                }
            },
        };
        // People who erased their data read the answer in the language that they had chosen.
        let forgotten = language.filter(|_| self.own_language(inbound, network.as_ref()).is_none());
        let (outcome, repeat_key) = match &result {
            Ok(done) => (done.inbox.clone(), done.repeat_key),
            Err(refusal) => (InboxOutcome::Refused(refusal.key().to_owned()), None),
        };
        let event = inbound.event.clone();
        let recorded = self.recorded_since(network.as_deref(), before);
        builder.batch.inbox.push(InboxRow { event, network: network.clone(), at, outcome, repeat_key, recorded });
        self.answer(inbound, network, result, forgotten, builder);
        Ok(Handled::Done)
    }

    /// How many logs and movements of money a network has.
    fn count_recorded(&self, network: Option<&str>) -> (usize, usize) {
        let books = network.and_then(|id| self.networks.get(id)).map(|network| &network.books);
        books.map_or((0, 0), |books| (books.logs.len(), books.money.len()))
    }

    /// The labels of the logs and the movements of money that a network has since it had so many.
    fn recorded_since(&self, network: Option<&str>, (logs, money): (usize, usize)) -> String {
        let Some(network) = network.and_then(|id| self.networks.get(id)) else { return String::new() };
        let logs = network.books.logs.iter().skip(logs).map(|log| log.id.to_string());
        let money = network.books.money.iter().skip(money).map(|money| money.id.to_string());
        logs.chain(money).collect::<Vec<_>>().join(" ")
    }

    /// Whether a command reports on the stored journal.
    fn reads_journal(&self, call: &Call) -> bool {
        let command = self.registry.catalog.command(&call.command);
        command.is_some_and(|command| command.reads == Some(Reads::StoredJournal))
    }

    /// Answers a message's author, and sends the notices after the answer. `forgotten` is the language of an author who
    /// has just erased their data.
    fn answer(
        &mut self,
        inbound: &Inbound,
        network: Option<String>,
        result: Result<Outcome, Refusal>,
        forgotten: Option<String>,
        builder: &mut BatchBuilder,
    ) {
        let request = Request::from(inbound);
        match result {
            Ok(done) => {
                let audience = done.audience();
                let before = builder.batch.outbox.len();
                self.reply(request, network.clone(), audience, done.reply(), builder);
                let answer = builder.batch.outbox.get_mut(before..).and_then(<[_]>::last_mut);
                let answer = answer.filter(|row| row.reader.is_some() || inbound.context.direct);
                if let (Some(language), Some(row)) = (forgotten, answer) {
                    row.language = language;
                }
                self.notify_all(network.as_deref(), builder);
            }
            Err(refusal) if inbound.context.awaited || has_waiting_author(&inbound.content, &refusal) => {
                let audience = if refusal.is_private() { Audience::AuthorAlone } else { Audience::Author };
                self.reply(request, network, audience, Reply::Refusal(refusal), builder);
            }
            Err(_) => {}
        }
    }

    /// The language that a message's author has chosen.
    fn own_language(&self, inbound: &Inbound, network: Option<&String>) -> Option<String> {
        let network = self.networks.get(network?)?;
        network.directory.own_language(&inbound.account).map(str::to_owned)
    }

    /// Notes when the last message of a room came. Direct rooms are remembered only in this run: their ids may name a
    /// person. Ticks show that the bot was alive, unless the clock is doubted.
    pub fn note_reading(&mut self, inbound: &Inbound, builder: &mut BatchBuilder) {
        let Inbound { room, received_at, context, content, .. } = inbound;
        let is_nothing = match content {
            Content::Tick { .. } => self.clock_is_doubted,
            // A flood doesn't show when its room was read.
            Content::System(SystemEvent::ClockChanged(_)) | Content::Dropped => true,
            Content::Text(_)
            | Content::Call(_)
            | Content::Answer(..)
            | Content::System(_)
            | Content::Refused(..)
            | Content::Passed => false,
        };
        if is_nothing || context.arrival != Arrival::Live {
            return;
        }
        self.readings.insert(room.clone(), *received_at);
        if !context.direct {
            builder.batch.readings.insert(room.clone(), *received_at);
        }
    }

    /// Executes a command of the system in a network. Only its notices are sent.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn execute_for_system(
        &mut self,
        network: &str,
        inbound: &Inbound,
        call: &Call,
        builder: &mut BatchBuilder,
    ) -> Result<(), Fault> {
        let last_at = self.networks.get(network).map_or(inbound.received_at, |network| network.books.last_at);
        let invocation = Invocation {
            request: Request::from(inbound),
            network: Some(network.to_owned()),
            files: BTreeMap::new(),
            times: MessageTimes::at(inbound.received_at),
            at: whole(inbound.received_at).max(last_at),
            verification: None,
        };
        if let Err(refusal) = self.execute(&invocation, call, builder)? {
            tracing::error!(command = %call.command, why = refusal.key(), "a command of the system was refused");
        }
        self.notify_all(Some(network), builder);
        Ok(())
    }

    /// The refusal of a button or a reaction if what it was shown with has changed.
    fn outdated(&self, inbound: &Inbound, network: Option<&String>) -> Option<Refusal> {
        let Content::Answer(asked, _) = &inbound.content else { return None };
        let now = fingerprint(self.networks.get(network?)?, asked.about);
        if now.as_ref() == Some(&asked.shown) {
            return None;
        }
        match asked.about {
            About::Question(_) => Some(RoomRefusal::NothingToAnswer.into()),
            About::Log(log) => now.map(|_| WorkRefusal::LogChanged { log }.into()),
        }
    }
}
