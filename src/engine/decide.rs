//! One message: who, where, whether they may, what it comes to.

use std::collections::BTreeSet;

use chrono::{DurationRound, TimeDelta};
use sha2::{Digest, Sha256};

use crate::commands::context::{Author, Ctx, Due, Scene};
use crate::commands::decision::Decision;
use crate::commands::room::ledger::VERIFY;
use crate::commands::room::news;
use crate::core::books::state::Books;
use crate::core::check::Verification;
use crate::core::entry::{Entry, Fact};
use crate::core::fact::people::{PeopleFact, PersonIdentified, Role, Setting};
use crate::core::ids::{Hash, PersonId, ProjectId};
use crate::core::money::NO_COMMODITY;
use crate::core::name::Name;
use crate::core::time::Timestamp;
use crate::directory::{Directory, Known, Question, RoomKey, Write};
use crate::engine::tell::{is_told, shown};
use crate::engine::time::{Passed, moved_with_zone};
use crate::engine::{Fault, HOME_PLATFORM, Recent, World};
use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::grammar::parse::Call;
use crate::grammar::resolve::{Against, Resolved};
use crate::grammar::spec::{ARRIVED, Caller, Command, LOST, Room, file_awaited};
use crate::incoming::{Arrival, Inbound, SLACK, Said, Seal};
use crate::limits::within_quotas;
use crate::message::asked::{About, Asked};
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::people::PeopleRefusal;
use crate::message::picture::Picture;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::message::room::{RoomLine, RoomRefusal};
use crate::message::work::WorkRefusal;
use crate::store::batch::{Batch, HeadMove};
use crate::store::rows::{InboxOutcome, InboxRow, JournalRow};
use crate::store::state::Network;

/// How long a question waits for its yes or no; and one about a repeat, which is about this moment only.
const QUESTION: TimeDelta = TimeDelta::hours(24);

const REPEAT_QUESTION: TimeDelta = TimeDelta::minutes(10);

/// After how many hours a command that moves money is too old to be carried out.
const MONEY_HOURS: i64 = 24;

/// A batch in the making.
#[derive(Default)]
pub struct Draft {
    /// Its rows so far.
    pub batch: Batch,
    /// What others are told once the answer to the message at hand is written.
    pub notices: Vec<(Timestamp, Notice)>,
    /// The networks that it changes in memory.
    pub touched: BTreeSet<String>,
    /// The commands that are known as carried out because of it.
    pub said: Vec<Hash>,
}

impl Draft {
    /// Notes how far a message's room has been read with it.
    pub fn read(&mut self, inbound: &Inbound) {
        if inbound.said == Said::Dropped {
            let until = self.batch.passed_over.entry(inbound.account.clone()).or_insert(inbound.said_at);
            *until = inbound.said_at.max(*until);
        }
        if let Some(position) = &inbound.circumstances.read_up_to {
            self.batch.cursors.insert(inbound.room.clone(), position.clone());
        }
    }
}

/// How far a message got.
pub enum Handled {
    /// All the way.
    Done,
    /// Not at all: jobs of this network are due before it.
    TimeFirst(String, Passed),
    /// Not at all: its command reports on the stored journal of this network, which must be read first.
    NeedsVerification(String),
}

/// The instants of a message.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// When it was said: what its platform claims, within what can be.
    said: Timestamp,
    /// When it counts: windows, votes, deadlines and what comes after a while go by this.
    counts: Timestamp,
}

impl When {
    /// Said and counting at one instant.
    pub fn at(instant: Timestamp) -> Self {
        Self { said: instant, counts: instant }
    }
}

/// Where and for whom a command is decided.
pub struct Case<'a> {
    pub inbound: &'a Inbound,
    pub network: Option<String>,
    pub when: When,
    /// When it takes effect: when it counts, or later if other things have taken effect since.
    pub at: Timestamp,
    pub due: Option<Due>,
    pub verification: Option<Verification>,
}

/// What came of a command.
pub struct Outcome {
    pub outcome: InboxOutcome,
    reply: Vec<Line>,
    /// What goes with the reply: pictures, and what is said at length.
    pictures: Vec<Picture>,
    more: Vec<Line>,
    /// The number of the question that the reply asks.
    question: Option<i64>,
    private: bool,
    said: Option<Hash>,
}

impl Outcome {
    /// What is answered at once, and nothing else.
    fn of(outcome: InboxOutcome, reply: Vec<Line>, private: bool) -> Self {
        Self { outcome, reply, pictures: Vec::new(), more: Vec::new(), question: None, private, said: None }
    }

    pub fn is_said(&self) -> bool {
        !self.reply.is_empty()
    }

    pub fn reply(self) -> Reply {
        match self.question {
            Some(id) => Reply::Question(id, self.reply),
            None => Reply::of(self.reply, self.pictures, self.more),
        }
    }
}

/// What a message is before it is decided.
pub struct Reading {
    /// Its command, or why it is none.
    call: Result<Call, Refusal>,
    /// The network that it is about.
    network: Option<String>,
    when: When,
    /// When it takes effect.
    at: Timestamp,
}

impl World {
    /// Reads a message: what it says, which network it is about, and when it takes effect. Nothing, where it says nothing.
    pub fn read(&self, inbound: &Inbound) -> Option<Reading> {
        let call = match &inbound.said {
            Said::Passed | Said::Dropped | Said::Tick { .. } | Said::Everywhere(_) | Said::Due => return None,
            Said::Text(text) => parse::text(text, &self.registry.catalog),
            Said::Call(call) | Said::Happened(call) => Ok(call.clone()),
            Said::Answer(asked, yes) => {
                let log = if let About::Log(log) = asked.about { Some(("log".to_owned(), log.to_string())) } else { None };
                Ok(Call { command: if *yes { "yes" } else { "no" }.to_owned(), options: log.into_iter().collect() })
            }
            Said::Refused(refusal, _) => Err(refusal.clone()),
        };
        // A file is never typed; what came with the command is given to it under its name.
        let files = inbound.circumstances.files.iter().map(|(option, file)| (option.clone(), file.name.clone()));
        let call = call.map(|call| Call { options: call.options.into_iter().chain(files).collect(), ..call });
        let network = self.network_of(inbound, call.as_ref().ok());
        let when = self.when(inbound);
        // Nothing takes effect before what has taken effect, nor before what has been summed up.
        let at = network.as_ref().and_then(|id| self.networks.get(id)).map_or(when.counts, |network| {
            let summed_up = network.directory.last_recurred().unwrap_or(when.counts);
            network.books.last_at.max(when.counts).max(summed_up)
        });
        Some(Reading { call, network, when, at })
    }

    /// The network in which jobs are due before a message takes effect, and how far time has come there.
    pub fn is_due_before(&self, inbound: &Inbound, reading: Option<&Reading>) -> Option<(String, Passed)> {
        let Reading { network, at, .. } = reading?;
        let network = network.as_ref().filter(|network| self.next_due(network, *at).is_some())?;
        Some((network.clone(), Passed { by: *at, now: inbound.received_at.max(*at), watched: false }))
    }

    /// Decides one message onto the books and into the draft.
    pub fn handle(
        &mut self,
        inbound: &Inbound,
        reading: Option<Reading>,
        verification: Option<Verification>,
        draft: &mut Draft,
    ) -> Result<Handled, Fault> {
        draft.read(inbound);
        self.note_reading(inbound, draft);
        let Some(Reading { call, network, when, at }) = reading else { return Ok(Handled::Done) };
        if let (Ok(call), Some(network), None) = (&call, &network, &verification)
            && call.command == VERIFY
        {
            return Ok(Handled::NeedsVerification(network.clone()));
        }
        self.remember_seal(inbound, network.as_deref(), draft);
        let case = Case { inbound, network: network.clone(), when, at, due: None, verification };
        let own = |world: &Self| {
            let network = network.as_ref().and_then(|id| world.networks.get(id))?;
            network.directory.own_language(&inbound.account).map(str::to_owned)
        };
        let read_before = own(self);
        let result = match call {
            Err(refusal) => Err(refusal),
            Ok(call) => match self.outdated(inbound, case.network.as_ref()) {
                Some(refusal) => Err(refusal),
                None => self.obey(&case, &call, draft)?,
            },
        };
        // Whoever has themselves forgotten reads the answer to that as they have read so far.
        let forgotten = read_before.filter(|_| own(self).is_none());
        let (outcome, said) = match &result {
            Ok(done) => (done.outcome.clone(), done.said),
            Err(refusal) => (InboxOutcome::Refused(refusal.key().to_owned()), None),
        };
        draft.batch.inbox.push(InboxRow { event: inbound.event.clone(), network: network.clone(), at, outcome, said });
        match result {
            Ok(done) => {
                let private = done.private;
                let before = draft.batch.outbox.len();
                self.reply(inbound, network.clone(), private, done.reply(), draft);
                let answer = draft.batch.outbox.get_mut(before..).and_then(<[_]>::last_mut);
                if let (Some(language), Some(row)) = (forgotten, answer.filter(|row| row.reader.is_some() || inbound.circumstances.direct))
                {
                    row.language = language;
                }
                self.notify_all(network.as_deref(), draft);
            }
            Err(refusal) if inbound.circumstances.awaited || is_told(&inbound.said, &refusal) => {
                self.reply(inbound, network, refusal.is_private(), Reply::Refusal(refusal), draft);
            }
            Err(_) => {}
        }
        Ok(Handled::Done)
    }

    /// When a message was said, and when it counts.
    ///
    /// Its platform's stamp is only a claim. What came live was said after the last that came from its room, and counts when it came
    /// if that is later by more than federation takes. What was read back after an outage counts as of when it was said, but not
    /// before the outage began.
    fn when(&self, inbound: &Inbound) -> When {
        let Inbound { said_at, received_at, .. } = *inbound;
        let (earliest, is_live) = match inbound.circumstances.arrival {
            Arrival::Live => (self.readings.get(&inbound.room).copied(), true),
            Arrival::CaughtUp { since } => (since.or(self.down_since), false),
        };
        let said = whole(said_at.max(earliest.unwrap_or(said_at)).min(received_at));
        let is_late = is_live && received_at - said > SLACK;
        When { said, counts: if is_late { whole(received_at) } else { said } }
    }

    /// Notes when the last of a room came. What has come of direct rooms is only known until the end of the run: their ids may name
    /// somebody. Ticks say that the bot was alive, if it knew what time it was.
    pub fn note_reading(&mut self, inbound: &Inbound, draft: &mut Draft) {
        let Inbound { room, received_at, circumstances, said, .. } = inbound;
        let is_nothing = match said {
            Said::Tick { .. } => self.is_held,
            // A flood says nothing of when its room was read.
            Said::Everywhere(_) | Said::Due | Said::Dropped => true,
            Said::Text(_) | Said::Call(_) | Said::Answer(..) | Said::Happened(_) | Said::Refused(..) | Said::Passed => false,
        };
        if is_nothing || circumstances.arrival != Arrival::Live {
            return;
        }
        self.readings.insert(room.clone(), *received_at);
        if !circumstances.direct {
            draft.batch.readings.insert(room.clone(), *received_at);
        }
    }

    /// Carries a command of time's own out in a network; only what it has others told comes of it.
    pub fn give(&mut self, network: &str, inbound: &Inbound, call: &Call, draft: &mut Draft) -> Result<(), Fault> {
        let last_at = self.networks.get(network).map_or(inbound.received_at, |network| network.books.last_at);
        let at = whole(inbound.received_at).max(last_at);
        let when = When::at(inbound.received_at);
        let case = Case { inbound, network: Some(network.to_owned()), when, at, due: None, verification: None };
        if let Err(refusal) = self.obey(&case, call, draft)? {
            tracing::error!(command = %call.command, why = refusal.key(), "a command of time's own was refused");
        }
        self.notify_all(Some(network), draft);
        Ok(())
    }

    /// Notes that one of the network's people has sent something encrypted.
    fn remember_seal(&mut self, inbound: &Inbound, network_id: Option<&str>, draft: &mut Draft) {
        let account = &inbound.account;
        let Some((id, network)) = network_id.and_then(|id| Some((id, self.networks.get(id)?))) else { return };
        let is_new = network.directory.person(account).is_some() && !network.directory.is_sealed(account);
        if inbound.circumstances.seal == Seal::Sealed && is_new {
            self.write(id, Write::SpokeSealed(account.clone()), draft);
        }
    }

    /// Why a button or a reaction answers nothing: what it was shown with is not what there is now.
    fn outdated(&self, inbound: &Inbound, network: Option<&String>) -> Option<Refusal> {
        let Said::Answer(asked, _) = &inbound.said else { return None };
        let now = shown(self.networks.get(network?)?, asked.about);
        match asked.about {
            _ if now.as_ref() == Some(&asked.shown) => None,
            About::Question(_) => Some(RoomRefusal::NothingToAnswer.into()),
            About::Log(log) => now.map(|_| WorkRefusal::LogChanged { log }.into()),
        }
    }

    /// The network that a message is about: its room's; in a direct room, its author's, or where the question that it answers
    /// was asked; the code's, where it links a room that has none; the old room's, where a room goes on from another.
    fn network_of(&self, inbound: &Inbound, call: Option<&Call>) -> Option<String> {
        let here = self.network_at(inbound);
        if let Said::Answer(asked, _) = &inbound.said {
            let is_here = here.map_or(inbound.circumstances.direct, |network| *network == asked.network);
            return Some(asked.network.clone()).filter(|network| is_here && self.networks.contains_key(network));
        }
        if let Some(network) = here {
            return Some(network.clone());
        }
        // A file belongs to the log that waits for it.
        if let Said::Happened(happened) = &inbound.said
            && let Some(event) = happened.options.get("event").filter(|_| [ARRIVED, LOST].contains(&happened.command.as_str()))
        {
            let waits = |network: &Network| network.directory.jobs_called(&file_awaited(event)).next().is_some();
            return self.networks.iter().find(|(_, network)| waits(network)).map(|(id, _)| id.clone());
        }
        if inbound.room.platform == HOME_PLATFORM {
            return self.networks.keys().next().filter(|_| self.networks.len() == 1).cloned();
        }
        let option = |command: &str, name: &str| call.filter(|call| call.command == command).and_then(|call| call.options.get(name));
        if let Some(code) = option("network link", "code") {
            return self.networks.iter().find(|(_, n)| n.directory.accepts(code, inbound.received_at)).map(|(id, _)| id.clone());
        }
        if let (Some(from), Said::Happened(_)) = (option("room follow", "from"), &inbound.said) {
            return self.rooms.get(&RoomKey { platform: inbound.room.platform, id: from.clone() }).cloned();
        }
        if !inbound.circumstances.direct {
            return None;
        }
        if let Some(code) = option("link me", "code") {
            let of_code = |network: &Network| network.directory.person_by_code(code, inbound.received_at).is_some();
            if let Some((id, _)) = self.networks.iter().find(|(_, network)| of_code(network)) {
                return Some(id.clone());
            }
        }
        match option("network use", "name") {
            Some(name) => {
                let mut own = self.networks_of(&inbound.account);
                own.find(|(_, network)| network.books.name.to_lowercase() == name.to_lowercase()).map(|(id, _)| id.clone())
            }
            None => self.own(&inbound.account).cloned(),
        }
    }

    /// The network of the room that something was said in, or of what that lies in.
    fn network_at(&self, inbound: &Inbound) -> Option<&String> {
        inbound.places().find_map(|room| self.rooms.get(room))
    }

    /// Whether the room is what the command needs: in a network, or in none; a direct room, in one that is clear.
    fn fits(&self, case: &Case, command: &Command, call: &Call) -> Result<(), Refusal> {
        let network = case.network.as_ref().and_then(|id| self.networks.get(id));
        let Inbound { room, circumstances, account, .. } = case.inbound;
        let by_itself = matches!(case.inbound.said, Said::Happened(_) | Said::Due | Said::Everywhere(_));
        let has_one = room.platform == HOME_PLATFORM || circumstances.direct || by_itself;
        let linked = self.network_at(case.inbound).is_some() || (has_one && network.is_some());
        let own = || self.networks_of(account).map(|(_, network)| network.books.name.as_str()).collect::<Vec<_>>();
        match room_fits(command, call, network, linked) {
            Err(Refusal::Room(RoomRefusal::NoNetwork)) if circumstances.direct && own().len() > 1 => {
                Err(RoomRefusal::WhichNetwork { networks: own().join(", ") }.into())
            }
            fits => fits,
        }
    }

    /// Carries a command out, or says why not.
    pub fn obey(&mut self, case: &Case, call: &Call, draft: &mut Draft) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.catalog.command(&call.command) else {
            return Ok(Err(
                RoomRefusal::UnknownCommand { typed: call.command.clone(), nearest: registry.catalog.nearest(&call.command) }.into()
            ));
        };
        let seed = (self.entropy)();
        let network = case.network.as_ref().and_then(|id| self.networks.get(id));
        let ready = self.fits(case, command, call).and_then(|()| {
            let network = network.unwrap_or(&self.nothing);
            let mut ctx = ctx(case, network, seed);
            let against = Against {
                catalog: &registry.catalog,
                books: &network.books,
                directory: &network.directory,
                platform: case.inbound.room.platform,
                places: &ctx.places,
                today: ctx.today,
                said_on: ctx.said_on,
            };
            let resolved = against.resolve(command, &call.options);
            // Who may not do it at all need not learn whether it would have fitted; but the project decides who leads it.
            ctx.project = resolved.as_ref().ok().and_then(|resolved| resolved.project);
            may(case, network, command, call, &ctx)?;
            Ok((ctx, resolved?))
        });
        match ready {
            Err(refusal) => {
                declared(&registry.catalog, command, refusal.key());
                Ok(Err(refusal))
            }
            Ok((ctx, resolved)) => self.carry_out(case, command, &ctx, resolved, None, draft),
        }
    }

    /// Decides a command on resolved options and takes its entries in, unless it must be asked about first. `confirmed` is
    /// the hash of the question that was answered with yes.
    fn carry_out(
        &mut self,
        case: &Case,
        command: &Command,
        ctx: &Ctx,
        resolved: Resolved,
        confirmed: Option<Hash>,
        draft: &mut Draft,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let network_id = case.network.clone().unwrap_or_else(|| Hash(ctx.seed).to_string()[..32].to_owned());
        let network = self.networks.get(&network_id).unwrap_or(&self.nothing);
        let scene = Scene { books: &network.books, directory: &network.directory, ctx, catalog: &registry.catalog };
        let said = command.once.then(|| hash_of(&(&network_id, &ctx.author.account, &command.name, &resolved.options)));
        let mut decision = match registry.decide(command, scene, resolved.options.clone()) {
            Ok(decision) => decision,
            Err(refusal) => {
                declared(&registry.catalog, command, refusal.key());
                // Who has confirmed a repeat has said that it is none.
                if let (Some(_), Some(said)) = (confirmed, said) {
                    self.recent.forget(said);
                }
                return Ok(Err(refusal));
            }
        };
        if let Err(refusal) = within_quotas(&self.limits, network, self.begun(command, &ctx.author.account), &decision) {
            return Ok(Err(refusal));
        }
        let moves_money = command.money || decision.facts.iter().any(|fact| fact.transaction().is_some());
        if moves_money && case.inbound.received_at - case.inbound.said_at > TimeDelta::hours(MONEY_HOURS) {
            let said = case.inbound.said_at.with_timezone(&network.books.timezone).date_naive();
            return Ok(Err(RoomRefusal::SaidTooLongAgo { said }.into()));
        }
        if let Err(refusal) = self.trusts(case, network, command, &decision, moves_money) {
            return Ok(Err(refusal));
        }
        let noticed = decision.notices.iter().flat_map(|notice| &notice.lines);
        decision
            .lines
            .iter()
            .chain(&decision.more)
            .chain(noticed)
            .chain(decision.question.iter().flatten())
            .for_each(|line| declared(&registry.catalog, command, line.key()));
        if !command.writes && (!decision.facts.is_empty() || !decision.writes.is_empty()) {
            return Err(Fault { why: format!("`{}` is declared to read and yet writes", command.name) });
        }
        if let Some((id, yes)) = decision.answer {
            let question = network.directory.question_to(&ctx.author.account, Some(id), ctx.at).cloned();
            let answered = match question {
                Some(question) if yes => self.answered(case, ctx, question, draft)?,
                _ => Ok(Outcome::of(InboxOutcome::Done, decision.lines, command.private)),
            };
            // What may not be answered in this way stays open for another.
            if !matches!(answered, Err(Refusal::Room(RoomRefusal::NotSealed) | Refusal::Room(RoomRefusal::SealedElsewhere))) {
                self.write(&network_id, Write::QuestionClosed(id), draft);
            }
            return Ok(answered);
        }
        let mut superseded: Vec<i64> = match command.newest {
            true => network.directory.questions_by(&ctx.author.account, &command.name).map(|question| question.id).collect(),
            false => Vec::new(),
        };
        let asks = decision.question.is_some();
        let question = decision.question.take().or_else(|| {
            let first = self.recent.answer_to(said?, ctx.at)?;
            Some([Some(RoomLine::SaidBefore.into()), first.clone()].into_iter().flatten().collect())
        });
        if let Some(mut lines) = question {
            let shown = hash_of(&lines);
            if confirmed != Some(shown) {
                let question = Question {
                    id: network.directory.next_question(),
                    asked: ctx.author.account.clone(),
                    room: ctx.room.clone(),
                    command: command.name.clone(),
                    options: resolved.options,
                    project: resolved.project,
                    shown,
                    until: ctx.at + if asks { QUESTION } else { REPEAT_QUESTION },
                };
                if confirmed.is_some() {
                    lines.insert(0, RoomLine::OutcomeChanged.into());
                }
                let number = Some(question.id);
                let open = network.directory.questions_to(&ctx.author.account).map(|question| question.id);
                let kept = self.limits.questions_per_account.saturating_sub(1);
                superseded.extend(open.collect::<Vec<_>>().into_iter().rev().skip(kept));
                superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), draft));
                self.write(&network_id, Write::Question(question), draft);
                return Ok(Ok(Outcome { question: number, ..Outcome::of(InboxOutcome::Asked, lines, command.private) }));
            }
        }
        if let Some(line) = decision.once.take()
            && !network.directory.was_told(&ctx.room, line.key())
        {
            declared(&registry.catalog, command, line.key());
            self.write(&network_id, Write::Told(ctx.room.clone(), line.key().to_owned()), draft);
            decision.lines.push(line);
        }
        let became = if command.writes { InboxOutcome::Done } else { InboxOutcome::Read };
        let outcome = Outcome {
            pictures: std::mem::take(&mut decision.pictures),
            more: std::mem::take(&mut decision.more),
            said,
            ..Outcome::of(became, decision.lines.clone(), command.private || decision.private)
        };
        if let Some(said) = said {
            self.recent.note(said, ctx.at, decision.lines.first().cloned());
            draft.said.push(said);
        }
        superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), draft));
        let is_told = !outcome.private && !outcome.reply.is_empty() && !ctx.direct;
        self.take_in(&network_id, ctx, decision, is_told.then_some(&case.inbound.room), draft)?;
        Ok(Ok(outcome))
    }

    /// Whether a message is trusted enough, and its room belongs enough, for what its command has decided.
    fn trusts(&self, case: &Case, network: &Network, command: &Command, decision: &Decision, moves_money: bool) -> Result<(), Refusal> {
        let Inbound { room, account, said, circumstances, .. } = case.inbound;
        let is_identity = |write: &Write| matches!(write, Write::Account(..) | Write::Linking(_) | Write::PayTo(..));
        let is_guarded = moves_money || decision.facts.iter().any(Fact::is_guarded) || decision.writes.iter().any(is_identity);
        match circumstances.seal {
            Seal::Broken if command.writes => return Err(RoomRefusal::NotSealed.into()),
            Seal::Reaction if moves_money => return Err(RoomRefusal::NotSealed.into()),
            // The homeserver could have written it, and its author has a way to show that it did not.
            Seal::Open if is_guarded && !network.books.settings.encryption_lapses && network.directory.has_spoken_sealed(account) => {
                return Err(RoomRefusal::SealedElsewhere.into());
            }
            Seal::Usual | Seal::Open | Seal::Sealed | Seal::Reaction | Seal::Broken => {}
        }
        // A room comes into a network by a steward's code, by its platform's right, or by what happened there; not in passing.
        let comes_in = |write: &Write| matches!(write, Write::Room(new, _) if !network.directory.has_room(new));
        let has_code = decision.writes.iter().any(|write| matches!(write, Write::LinkCodeUsed(_)));
        let may_come = room.platform == HOME_PLATFORM || command.room == Room::Unlinked || has_code || matches!(said, Said::Happened(_));
        if decision.writes.iter().any(comes_in) && !may_come && self.network_at(case.inbound).is_none() {
            return Err(RoomRefusal::RoomNeedsCode.into());
        }
        Ok(())
    }

    /// Carries out what a yes was said to, if it still comes to what was shown.
    fn answered(&mut self, case: &Case, ctx: &Ctx, question: Question, draft: &mut Draft) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.catalog.command(&question.command) else {
            return Ok(Err(RoomRefusal::UnknownCommand { typed: question.command, nearest: None }.into()));
        };
        let ctx = Ctx { room: question.room, project: question.project, ..ctx.clone() };
        let options = question.options.as_object().into_iter().flat_map(|options| options.keys()).map(|name| (name.clone(), String::new()));
        let call = Call { command: command.name.clone(), options: options.collect() };
        let resolved = Resolved { options: question.options, project: question.project };
        if let Some(network) = case.network.as_ref().and_then(|id| self.networks.get(id))
            && let Err(refusal) = may(case, network, command, &call, &ctx)
        {
            return Ok(Err(refusal));
        }
        self.carry_out(case, command, &ctx, resolved, Some(question.shown), draft)
    }

    /// Takes a decision's entries and changes into books, directory and draft, and says what is news. `told` is the room
    /// that has what was decided as its answer.
    fn take_in(&mut self, network_id: &str, ctx: &Ctx, decision: Decision, told: Option<&RoomKey>, draft: &mut Draft) -> Result<(), Fault> {
        let by = decision.by.or(ctx.author.person);
        let directory = self.networks.get(network_id).map_or(&self.nothing.directory, |network| &network.directory);
        let decision = decision.marked(ctx, directory);
        if !decision.facts.is_empty() && !self.networks.contains_key(network_id) {
            draft.touched.insert(network_id.to_owned());
            let network = Network { books: Books::empty(network_id, NO_COMMODITY), directory: Directory::default() };
            self.networks.insert(network_id.to_owned(), network);
            self.write(network_id, Write::Seal, draft);
        }
        for fact in &decision.facts {
            self.journal(network_id, (ctx.at, ctx.said), by, fact.clone(), draft)?;
        }
        for write in decision.writes {
            self.write(network_id, write, draft);
        }
        let registry = self.registry.clone();
        let news = self.networks.get(network_id).map(|network| {
            let scene = Scene { books: &network.books, directory: &network.directory, ctx, catalog: &registry.catalog };
            news::of(scene, &decision.facts, told)
        });
        let (news, mut writes) = news.unwrap_or_default();
        if decision.facts.iter().any(moves_zone) {
            writes.extend(self.networks.get(network_id).into_iter().flat_map(|network| moved_with_zone(network, ctx.at)));
        }
        for write in writes {
            self.write(network_id, write, draft);
        }
        draft.notices.extend(decision.notices.into_iter().chain(news).map(|notice| (ctx.at, notice)));
        Ok(())
    }

    /// Takes into the journals what lies beside them about who people are, where an earlier version has written it without a mark.
    pub fn mark_people(&mut self, network_id: &str, draft: &mut Draft) -> Result<(), Fault> {
        let Some(network) = self.networks.get(network_id).filter(|network| !network.books.is_marked) else { return Ok(()) };
        let at = network.books.last_at;
        // A row of nobody's gets no mark: verification tells of it.
        let is_known = |person: PersonId| network.books.people.contains_key(&network.books.who(person));
        let known: Vec<_> = network.directory.known().into_iter().filter(|(person, _)| is_known(*person)).collect();
        for (person, known) in known {
            let salted: Vec<([u8; 16], Known)> = known.into_iter().map(|known| (self.salt(), known)).collect();
            let marks = salted.iter().map(|(salt, known)| known.mark(salt)).collect();
            self.journal(network_id, (at, None), None, PersonIdentified { person, marks }.into(), draft)?;
            for (salt, known) in salted {
                self.write(network_id, Write::Salt(person, known, salt), draft);
            }
        }
        self.write(network_id, Write::Seal, draft);
        Ok(())
    }

    fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        salt.copy_from_slice(&(self.entropy)()[..16]);
        salt
    }

    /// Journals a fact: when it takes effect, and when it was said where that is another instant.
    fn journal(
        &mut self,
        network_id: &str,
        (at, said): (Timestamp, Option<Timestamp>),
        by: Option<PersonId>,
        fact: Fact,
        draft: &mut Draft,
    ) -> Result<(), Fault> {
        let Some(network) = self.networks.get_mut(network_id) else { return Err(Fault::new("an entry without a network")) };
        draft.touched.insert(network_id.to_owned());
        let books = &mut network.books;
        let before = (books.seq, books.head);
        let entry = Entry { network: network_id.to_owned(), seq: books.seq + 1, at, said, by, fact };
        let payload = entry.payload();
        books.apply(&entry, &payload).map_err(|corrupt| Fault { why: corrupt.to_string() })?;
        let (kind, version) = entry.fact.kind();
        let after = (books.seq, books.head);
        draft.batch.heads.entry(network_id.to_owned()).or_insert(HeadMove { from: before, to: after }).to = after;
        let row = JournalRow { network: entry.network, seq: entry.seq, at, kind: kind.to_owned(), version, payload, hash: after.1 };
        draft.batch.journal.push(row);
        Ok(())
    }

    pub fn write(&mut self, network_id: &str, write: Write, draft: &mut Draft) {
        // What changes nothing is not written: a job that is gone can't be done a second time.
        if self.networks.get(network_id).is_some_and(|network| !network.directory.is_changed_by(&write)) {
            return;
        }
        draft.touched.insert(network_id.to_owned());
        if let Write::Room(room, _) = &write {
            self.rooms.insert(room.clone(), network_id.to_owned());
        }
        if let Write::Chosen(account) = &write {
            self.chosen.insert(account.clone(), network_id.to_owned());
        }
        if let Write::ForgetAccount(account) = &write {
            self.chosen.remove(account);
            // What was answered lately may name them.
            self.recent = Recent::default();
        }
        if let Some(network) = self.networks.get_mut(network_id) {
            if let Write::Handle(person, handle) = &write {
                network.books.call(*person, handle);
            }
            network.directory.apply(&write);
        }
        draft.batch.writes.push((network_id.to_owned(), write));
    }
}

/// In every test, whatever a command says is something that its file declares.
fn declared(catalog: &Catalog, command: &Command, key: &str) {
    debug_assert!(catalog.declares(command, key), "`{}` does not declare that it may say: {key}", command.name);
}

/// Entries are in whole milliseconds, however fine a platform's clock is.
fn whole(instant: Timestamp) -> Timestamp {
    instant.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(instant)
}

pub fn hash_of(value: &impl serde::Serialize) -> Hash {
    // What is hashed holds only strings, numbers and lists: JSON can write all of them.
    Hash(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into())
}

fn ctx(case: &Case, network: &Network, seed: [u8; 32]) -> Ctx {
    let inbound = case.inbound;
    let day = |at: Timestamp| at.with_timezone(&network.books.timezone).date_naive();
    let claimed = whole(inbound.said_at.min(inbound.received_at));
    let today = day(case.when.counts);
    // A day that is claimed from before the window is refused as it is when `date:` says it.
    let is_too_late = network.books.settings.earliest(today).is_some_and(|earliest| day(claimed) < earliest);
    Ctx {
        at: case.at,
        said: Some(claimed).filter(|claimed| inbound.is_said() && *claimed != case.at),
        today,
        said_on: if is_too_late { day(claimed) } else { day(case.when.said) },
        event: inbound.event.clone(),
        author: Author { account: inbound.account.clone(), name: inbound.name.clone(), person: network.directory.person(&inbound.account) },
        room: inbound.room.clone(),
        places: inbound.places().cloned().collect(),
        host: inbound.host,
        direct: inbound.circumstances.direct,
        bars_founding: inbound.circumstances.bars_founding,
        seal: inbound.circumstances.seal,
        files: inbound.circumstances.files.clone(),
        now: inbound.received_at.max(case.at),
        due: case.due,
        question: match inbound.said {
            Said::Answer(Asked { about: About::Question(number), .. }, _) => Some(number),
            _ => None,
        },
        project: None,
        seed,
        verification: case.verification.clone(),
    }
}

/// Whether the room is what the command needs: in a network, or in none.
fn room_fits(command: &Command, call: &Call, network: Option<&Network>, linked: bool) -> Result<(), Refusal> {
    let has = |network: Option<&Network>| {
        RoomRefusal::HasNetwork { network: network.map(|network| network.books.name.clone()).unwrap_or_default() }.into()
    };
    match command.room {
        Room::Linked if !linked => Err(RoomRefusal::NoNetwork.into()),
        Room::Unlinked if linked => Err(has(network)),
        // A room is linked once and never merged; a code means another network's.
        Room::Any if call.options.contains_key("code") && linked => Err(has(network)),
        Room::Any if call.options.contains_key("code") && network.is_none() => Err(RoomRefusal::BadLinkCode.into()),
        Room::Any if command.writes && !linked && !call.options.contains_key("code") => Err(RoomRefusal::NoNetwork.into()),
        _ => Ok(()),
    }
}

/// Checks the roles that the command declares, or those of the options that were used.
fn may(case: &Case, network: &Network, command: &Command, call: &Call, ctx: &Ctx) -> Result<(), Refusal> {
    let of_options = command.options.iter().filter(|option| call.options.contains_key(&option.name) && !option.roles.is_empty());
    let mut needed: Vec<(Option<Name>, &Vec<Caller>)> = of_options.map(|option| (Some(Name::from(&option.name)), &option.roles)).collect();
    if needed.is_empty() {
        needed.push((None, &command.roles));
    }
    needed.into_iter().try_for_each(|(option, roles)| {
        if roles.iter().any(|role| is(case, network, *role, ctx)) {
            return Ok(());
        }
        let person = ctx.author.person.filter(|&person| network.books.is_active(person));
        let words = || roles.iter().map(|role| Term::from(role.word())).collect();
        Err(match person {
            _ if roles.contains(&Caller::System) => RoomRefusal::UnknownCommand { typed: command.name.clone(), nearest: None }.into(),
            _ if roles == &[Caller::Host] => RoomRefusal::HostsOnly.into(),
            None => PeopleRefusal::JoinFirst.into(),
            Some(_) => PeopleRefusal::RoleNeeded { option, roles: words(), holders: holders(network, roles, ctx.project) }.into(),
        })
    })
}

fn is(case: &Case, network: &Network, role: Caller, ctx: &Ctx) -> bool {
    let by_itself = matches!(case.inbound.said, Said::Due | Said::Happened(_) | Said::Everywhere(_));
    match role {
        Caller::Observer => !by_itself,
        Caller::Host => ctx.host,
        Caller::System => by_itself,
        role => holds(&network.books, ctx.author.person, role, ctx.project),
    }
}

/// Whether somebody is, by the books, what a command wants its caller to be.
pub fn holds(books: &Books, person: Option<PersonId>, role: Caller, project: Option<ProjectId>) -> bool {
    let Some(person) = person.filter(|&person| books.is_active(person)) else { return false };
    match role {
        Caller::Observer | Caller::Affiliate => true,
        // Without a project there is nothing yet that the command could do: a lead of any is told what is missing.
        Caller::Lead if project.is_none() => books.leads_any(person),
        Caller::Lead => books.has_role(person, Role::Lead, project),
        Caller::Custodian => books.has_role(person, Role::Custodian, project),
        Caller::Steward => books.has_role(person, Role::Steward, project),
        Caller::Host | Caller::System => false,
    }
}

fn holders(network: &Network, roles: &[Caller], project: Option<ProjectId>) -> Vec<Name> {
    let books = &network.books;
    let of = |role: &Caller| match role {
        Caller::Lead => [books.holders(Role::Lead, project), books.holders(Role::Steward, None)].concat(),
        Caller::Custodian => books.holders(Role::Custodian, None),
        Caller::Steward => books.holders(Role::Steward, None),
        _ => Vec::new(),
    };
    let mut people: Vec<PersonId> = roles.iter().flat_map(of).collect();
    people.sort_unstable();
    people.dedup();
    people.into_iter().map(|person| books.name_of(person)).collect()
}

/// Whether days are of another zone after a fact.
fn moves_zone(fact: &Fact) -> bool {
    let Fact::People(PeopleFact::SettingChanged(changed)) = fact else { return false };
    matches!(changed.setting, Setting::Timezone(_))
}
