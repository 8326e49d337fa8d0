//! Replies and notices: their reader, room and language.

use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::engine::batch::BatchBuilder;
use crate::engine::fingerprint::fingerprint;
use crate::engine::outcome::Audience;
use crate::engine::request::Request;
use crate::engine::state::EngineState;
use crate::grammar::spec::LANGUAGES;
use crate::incoming::Content;
use crate::message::notice::Notice;
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;
use crate::store::rows::OutboxRow;
use crate::store::state::Network;

impl EngineState {
    /// Puts the collected notices into the outbox, after the answer.
    pub fn notify_all(&mut self, network_id: Option<&str>, builder: &mut BatchBuilder) {
        for (at, notice) in std::mem::take(&mut builder.notices) {
            let Some(network_id) = network_id else { continue };
            let Notice { room, reader, lines, pictures } = notice;
            self.announce(network_id, at, (room, reader), Reply::of(lines, pictures, Vec::new()), builder);
        }
    }

    /// Puts a message that answers nobody into the outbox: for a room, or for one reader in it.
    pub fn announce(
        &mut self,
        network_id: &str,
        at: Timestamp,
        (room, reader): (RoomKey, Option<Account>),
        reply: Reply,
        builder: &mut BatchBuilder,
    ) {
        let Some(network) = self.networks.get(network_id) else { return };
        let own = reader.as_ref().and_then(|reader| network.directory.own_language(reader));
        let language = own.or_else(|| network.directory.language_of(std::iter::once(&room)));
        let language = language.filter(|code| LANGUAGES.contains(code)).unwrap_or(LANGUAGES[0]).to_owned();
        let shown = reply.asks().and_then(|about| fingerprint(network, about));
        let reader = reader.map(|reader| reader.id);
        let lane = lane(&room, reader.as_deref());
        let RoomKey { platform, id: room } = room;
        let id = self.next_outbox_id();
        builder.batch.outbox.push(OutboxRow {
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

    /// Puts the answer to a request into the outbox: for its room, or for its author alone.
    pub fn reply(
        &mut self,
        request: Request,
        network_id: Option<String>,
        audience: Audience,
        reply: Reply,
        builder: &mut BatchBuilder,
    ) {
        if reply == Reply::Lines(Vec::new()) {
            return;
        }
        let context = request.context;
        let reader = (audience == Audience::AuthorAlone && !context.direct).then(|| request.account.id.clone());
        let lane = if context.awaited && !request.room.is_local() {
            // Each awaited answer has its own place on its author's screen, and a few minutes to be filled.
            request.event.to_owned()
        } else {
            lane(request.room, reader.as_deref())
        };
        let network = network_id.as_ref().and_then(|id| self.networks.get(id));
        let mentions = match network.filter(|_| reader.is_none()) {
            Some(network) => mentions(network, request, &reply),
            None => Vec::new(),
        };
        let asker = network.and_then(|network| {
            let person = network.directory.person(request.account)?;
            Some(network.books.name_of(person).0)
        });
        let is_own = context.direct || audience != Audience::Room;
        let typed = request.line.and_then(|line| self.registry.catalog.language_of(line));
        let language = language(request, network, typed, is_own);
        let shown = network.zip(reply.asks()).and_then(|(network, about)| fingerprint(network, about));
        let RoomKey { platform, id: room } = request.room.clone();
        let of_message = || request.has_author().then(|| request.event.to_owned());
        let id = self.next_outbox_id();
        builder.batch.outbox.push(OutboxRow {
            id,
            at: request.received_at,
            platform,
            lane,
            room,
            reader,
            reply_to: context.reply_to.clone().or_else(of_message),
            thread: context.thread.clone(),
            mentions,
            asker,
            network: network_id,
            language,
            shown,
            reply,
            files: Vec::new(),
        });
    }
}

/// The lane in which a message keeps its order.
fn lane(room: &RoomKey, reader: Option<&str>) -> String {
    match reader {
        // A local platform is one screen: everything on it keeps one order.
        _ if room.is_local() => room.platform.name().to_owned(),
        Some(reader) => format!("to {reader}"),
        None => room.id.clone(),
    }
}

/// The accounts that a reply mentions, without its author's.
fn mentions(network: &Network, request: Request, reply: &Reply) -> Vec<String> {
    let called = reply.calls().into_iter().filter_map(|handle| network.books.person_by_handle(&handle.0));
    let accounts = called.flat_map(|person| network.directory.accounts_of(person, request.room.platform));
    accounts.filter(|account| *account != request.account.id).map(str::to_owned).collect()
}

/// The language of an answer. One that is meant for its author: theirs, or the one that they typed in. Others: the
/// room's.
fn language(request: Request, network: Option<&Network>, typed: Option<&str>, is_own: bool) -> String {
    let known = |code: &&str| LANGUAGES.contains(code);
    let chosen = || network.and_then(|network| network.directory.own_language(request.account));
    let own = || chosen().or(typed).or(request.context.locale.as_deref());
    let of_room = || network.and_then(|network| network.directory.language_of(request.places()));
    let language = if is_own { own().filter(known).or_else(of_room) } else { of_room() };
    language.filter(known).unwrap_or(LANGUAGES[0]).to_owned()
}

/// Whether an author waits to hear why a message was refused. A reaction may have been meant for people, and an event
/// has no author.
pub fn has_waiting_author(said: &Content, refusal: &Refusal) -> bool {
    match said {
        Content::Refused(_, told) => *told,
        Content::System(_) => false,
        Content::Answer(..) => !matches!(
            refusal,
            Refusal::Room(RoomRefusal::NothingToAnswer)
                | Refusal::Work(WorkRefusal::NothingWaits { .. })
                | Refusal::Work(WorkRefusal::NotYoursToAnswer { .. })
                | Refusal::Typed(TypedRefusal::UnknownLog { .. })
                | Refusal::People(PeopleRefusal::JoinFirst)
                | Refusal::Room(RoomRefusal::NoNetwork)
        ),
        Content::Text(_) | Content::Call(_) | Content::Tick { .. } | Content::Passed | Content::Dropped => true,
    }
}
