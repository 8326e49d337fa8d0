//! What is said, to whom and in which language: the answer to a message, and what others hear besides.

use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::engine::decide::{Draft, hash_of};
use crate::engine::{HOME_PLATFORM, World};
use crate::grammar::spec::LANGUAGES;
use crate::incoming::{Circumstances, Inbound, Said};
use crate::message::asked::{About, Fingerprint};
use crate::message::notice::Notice;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;
use crate::store::rows::OutboxRow;
use crate::store::state::Network;

impl World {
    /// Writes what others are told, behind the answer.
    pub fn notify_all(&mut self, network_id: Option<&str>, draft: &mut Draft) {
        for (at, notice) in std::mem::take(&mut draft.notices) {
            if let Some(network_id) = network_id {
                self.notify(network_id, at, notice, draft);
            }
        }
    }

    /// Puts what nobody asked for into the outbox.
    fn notify(&mut self, network_id: &str, at: Timestamp, notice: Notice, draft: &mut Draft) {
        let Notice { room, reader, lines, pictures } = notice;
        self.announce(network_id, at, room, reader, Reply::of(lines, pictures, Vec::new()), draft);
    }

    /// Puts something into the outbox that answers nobody: for a room, or for one reader about it.
    pub fn announce(&mut self, network_id: &str, at: Timestamp, room: RoomKey, reader: Option<Account>, reply: Reply, draft: &mut Draft) {
        let Some(network) = self.networks.get(network_id) else { return };
        let own = reader.as_ref().and_then(|reader| network.directory.own_language(reader));
        let language = own.or_else(|| network.directory.language_of(std::iter::once(&room)));
        let language = language.filter(|code| LANGUAGES.contains(code)).unwrap_or(LANGUAGES[0]).to_owned();
        let RoomKey { platform, id: room } = room;
        let reader = reader.map(|reader| reader.id);
        let lane = match &reader {
            _ if platform == HOME_PLATFORM => platform.name().to_owned(),
            Some(reader) => format!("to {reader}"),
            None => room.clone(),
        };
        let shown = reply.asks().and_then(|about| shown(network, about));
        let id = self.next_outbox;
        self.next_outbox += 1;
        draft.batch.outbox.push(OutboxRow {
            id,
            at,
            platform,
            lane,
            room,
            reader,
            reply_to: None,
            thread: None,
            mentions: Vec::new(),
            asker: None,
            network: Some(network_id.to_owned()),
            language,
            shown,
            reply,
            files: Vec::new(),
        });
    }

    /// Puts a reply into the outbox: to the room, or to its author alone.
    pub fn reply(&mut self, inbound: &Inbound, network: Option<String>, private: bool, reply: Reply, draft: &mut Draft) {
        if reply == Reply::Lines(Vec::new()) {
            return;
        }
        let Circumstances { direct, reply_to, thread, awaited, .. } = inbound.circumstances.clone();
        let reader = (private && !direct).then(|| inbound.account.id.clone());
        let RoomKey { platform, id: room } = inbound.room.clone();
        let lane = match &reader {
            // The console is one screen: everything on it keeps one order.
            _ if platform == HOME_PLATFORM => platform.name().to_owned(),
            // Each one has its own place on its author's screen, and a few minutes to be filled.
            _ if awaited => inbound.event.clone(),
            Some(reader) => format!("to {reader}"),
            None => room.clone(),
        };
        let mut mentions = Vec::new();
        if let Some(network) = network.as_ref().filter(|_| reader.is_none()).and_then(|id| self.networks.get(id)) {
            let called = reply.calls().into_iter().filter_map(|handle| network.books.person_by_handle(&handle.0));
            mentions.extend(called.flat_map(|person| network.directory.accounts_of(person, platform)).map(str::to_owned));
            mentions.retain(|account| *account != inbound.account.id);
        }
        let asker = network.as_ref().and_then(|id| self.networks.get(id)).and_then(|network| {
            let person = network.directory.person(&inbound.account)?;
            Some(network.books.name_of(person).0)
        });
        // A refusal that is awaited is shown to its author alone.
        let alone = reader.is_some() || direct || (awaited && matches!(reply, Reply::Refusal(_)));
        let known = network.as_ref().and_then(|id| self.networks.get(id));
        let language = self.language(inbound, known, alone);
        let shown = known.zip(reply.asks()).and_then(|(network, about)| shown(network, about));
        let id = self.next_outbox;
        self.next_outbox += 1;
        let reply_to = reply_to.or_else(|| inbound.is_said().then(|| inbound.event.clone()));
        draft.batch.outbox.push(OutboxRow {
            id,
            at: inbound.received_at,
            platform,
            lane,
            room,
            reader,
            reply_to,
            thread,
            mentions,
            asker,
            network,
            language,
            shown,
            reply,
            files: Vec::new(),
        });
    }

    /// The language of an answer: its author's where they are alone with it, else the room's.
    fn language(&self, inbound: &Inbound, network: Option<&Network>, alone: bool) -> String {
        let known = |code: &&str| LANGUAGES.contains(code);
        let own =
            || network.and_then(|network| network.directory.own_language(&inbound.account)).or(inbound.circumstances.locale.as_deref());
        let of_room = || network.and_then(|network| network.directory.language_of(inbound.places()));
        let language = if alone { own().filter(known).or_else(of_room) } else { of_room() };
        language.filter(known).unwrap_or(LANGUAGES[0]).to_owned()
    }
}

/// What a question or a log that waits looks like now; nothing, where it does not wait any more.
pub fn shown(network: &Network, about: About) -> Option<Fingerprint> {
    match about {
        About::Question(number) => Some(network.directory.question(number)?.shown.into()),
        About::Log(log) => {
            let log = network.books.log(log)?;
            Some(hash_of(&(log.person, log.project, log.task, log.date, &log.contribution, log.what)).into())
        }
    }
}

/// Whether somebody waits to hear why a message came to nothing. A reaction may be about anything, and what happens on a
/// platform has no author.
pub fn is_told(said: &Said, refusal: &Refusal) -> bool {
    match said {
        Said::Refused(_, told) => *told,
        Said::Happened(_) => false,
        Said::Answer(..) => !matches!(
            refusal,
            Refusal::Room(RoomRefusal::NothingToAnswer)
                | Refusal::Work(WorkRefusal::NothingWaits { .. })
                | Refusal::Work(WorkRefusal::NotYoursToAnswer { .. })
                | Refusal::Typed(TypedRefusal::UnknownLog { .. })
                | Refusal::People(PeopleRefusal::JoinFirst)
                | Refusal::Room(RoomRefusal::NoNetwork)
        ),
        _ => true,
    }
}
