//! A message before it is decided: its command, its network and its time.

use std::collections::BTreeMap;

use crate::core::time::Timestamp;
use crate::engine::instants::{Elapsed, MessageTimes, whole};
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse;
use crate::grammar::parse::Call;
use crate::grammar::spec::Trigger;
use crate::incoming::{Arrival, Attached, ChangedMessage, Content, Inbound, SLACK, SystemEvent};
use crate::message::asked::About;
use crate::message::refusal::Refusal;

/// What is known of a message before it is decided.
pub struct Reading {
    /// Its command, or why there is none.
    pub call: Result<Call, Refusal>,
    /// The id of its network.
    pub network: Option<String>,
    /// The files that came with it, by option.
    pub files: BTreeMap<String, Attached>,
    pub times: MessageTimes,
    /// When it takes effect.
    pub at: Timestamp,
}

impl EngineState {
    /// Reads a message: its command, its network, and when it takes effect. `None` if it has no command.
    pub fn read(&self, inbound: &Inbound) -> Option<Reading> {
        let catalog = &self.registry.catalog;
        let mut files = inbound.context.files.clone();
        let call = match &inbound.content {
            Content::Passed | Content::Dropped | Content::Tick { .. } => return None,
            Content::Text(text) => parse::text(text, catalog),
            Content::Call(call) => parse::sentences(call.clone(), catalog),
            Content::System(SystemEvent::MessageChanged { now, recorded, .. })
                if recorded.is_empty() && !matches!(now, ChangedMessage::Line(_)) =>
            {
                return None;
            }
            Content::System(event) => {
                let command = catalog.on(event.trigger())?;
                if let (SystemEvent::FileArrived { file, .. }, Some(option)) =
                    (event, command.option_of(OptionKind::File))
                {
                    files.insert(option.name.clone(), file.clone());
                }
                Ok(Call::new(&command.name, event.options()))
            }
            Content::Answer(asked, yes) => {
                let command = catalog.on(if *yes { Trigger::AnsweredYes } else { Trigger::AnsweredNo })?;
                let option = command.option_of(OptionKind::Log).map(|option| option.name.clone());
                let log = if let About::Log(log) = asked.about { Some(log.to_string()) } else { None };
                Ok(Call::new(&command.name, option.zip(log).into_iter().collect()))
            }
            Content::Refused(refusal, _) => Err(refusal.clone()),
        };
        let goes_on = |call: &Call| catalog.command(&call.command).is_some_and(|command| command.goes_on);
        let call = call.map(|call| match self.lists.next(&inbound.room, &inbound.account) {
            Some(next) if goes_on(&call) => next.clone(),
            _ => call,
        });
        // Nobody types a file: its option gets the name of the file that came with the message.
        let names = files.iter().map(|(option, file)| (option.clone(), file.name.clone()));
        let call = call.map(|call| Call { options: call.options.into_iter().chain(names).collect(), ..call });
        let network = self.network_of(Request::from(inbound), call.as_ref().ok());
        let times = self.times(inbound);
        // Nothing takes effect before earlier entries, nor before the last summary.
        let at = network.as_ref().and_then(|id| self.networks.get(id)).map_or(times.counts, |network| {
            let summed_up = network.directory.last_recurred().unwrap_or(times.counts);
            network.books.last_at.max(times.counts).max(summed_up)
        });
        Some(Reading { call, network, files, times, at })
    }

    /// The network in which jobs are due before a message takes effect, and how far time has passed there.
    pub fn is_due_before(&self, inbound: &Inbound, reading: Option<&Reading>) -> Option<(String, Elapsed)> {
        let Reading { network, at, .. } = reading?;
        let network = network.as_ref().filter(|network| self.next_due(network, *at).is_some())?;
        let elapsed = Elapsed { by: *at, now: inbound.received_at.max(*at), each_turn: false };
        Some((network.clone(), elapsed))
    }

    /// When a message was sent, and when it counts.
    ///
    /// The platform's stamp is only a claim. A live message was sent after the last one from its room. It counts when
    /// it came if that is later than federation explains ([`SLACK`]). A message that was read back after an outage
    /// counts when it was sent, but not before the outage began.
    fn times(&self, inbound: &Inbound) -> MessageTimes {
        let Inbound { said_at, received_at, .. } = *inbound;
        let (earliest, is_live) = match inbound.context.arrival {
            Arrival::Live => (self.readings.get(&inbound.room).copied(), true),
            Arrival::CaughtUp { since } => (since.or(self.down_since), false),
        };
        let said = whole(said_at.max(earliest.unwrap_or(said_at)).min(received_at));
        let is_late = is_live && received_at - said > SLACK;
        MessageTimes { said, counts: if is_late { whole(received_at) } else { said } }
    }
}
