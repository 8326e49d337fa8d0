//! One message: who, where, whether they may, what it comes to.

use chrono::{DurationRound, TimeDelta};
use sha2::{Digest, Sha256};

use super::tell::{is_personal, is_told};
use super::time::moved_with_zone;
use super::{Fault, HOME_PLATFORM, Recent, World};
use crate::commands::ledger::VERIFY;
use crate::commands::parse::{self, Call};
use crate::commands::picture::Picture;
use crate::commands::reply::Line;
use crate::commands::resolve::{Against, Resolved};
use crate::commands::spec::{ARRIVED, Caller, Command, LOST, Room, file_awaited};
use crate::commands::{Author, Ctx, Decision, Due, Notice, Registry, Scene, Verification, news};
use crate::core::books::Books;
use crate::core::entry::{Entry, Fact, Hash, PersonId, PersonIdentified, ProjectId, Role, Setting, Timestamp};
use crate::core::message::{Name, Term};
use crate::core::money::NO_COMMODITY;
use crate::core::refusal::Refusal;
use crate::directory::{Directory, Known, Question, RoomKey, Write};
use crate::intake::{About, Asked, Inbound, Said, Seal};
use crate::outbox::Reply;
use crate::store::{Batch, HeadMove, InboxRow, JournalRow, Network};

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
}

impl Draft {
    /// Notes how far a message's room has been read with it.
    pub fn read(&mut self, inbound: &Inbound) {
        if let Some(position) = &inbound.circumstances.read_up_to {
            self.batch.cursors.insert(inbound.room.clone(), position.clone());
        }
    }
}

/// How far a message got.
pub enum Handled {
    /// All the way.
    Done,
    /// Its command reports on the stored journal of this network, which must be read first.
    NeedsVerification(String),
}

/// Where and for whom a command is decided.
pub struct Case<'a> {
    pub inbound: &'a Inbound,
    pub network: Option<String>,
    pub at: Timestamp,
    pub due: Option<Due>,
    pub verification: Option<Verification>,
}

/// What came of a command.
pub struct Outcome {
    pub outcome: &'static str,
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
    fn of(outcome: &'static str, reply: Vec<Line>, private: bool) -> Self {
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

impl World {
    /// Decides one message onto the books and into the draft.
    pub fn handle(&mut self, inbound: &Inbound, verification: Option<Verification>, draft: &mut Draft) -> Result<Handled, Fault> {
        draft.read(inbound);
        let call = match &inbound.said {
            Said::Passed => return Ok(Handled::Done),
            Said::Tick { watched } => {
                for network in self.networks.keys().cloned().collect::<Vec<_>>() {
                    self.due(&network, inbound.received_at, inbound.received_at, *watched, draft)?;
                }
                return Ok(Handled::Done);
            }
            Said::Text(text) => parse::text(text, &self.registry),
            Said::Call(call) | Said::Happened(call) => Ok(call.clone()),
            Said::Answer(asked, yes) => {
                let log = if let About::Log(log) = asked.about { Some(("log".to_owned(), log.to_string())) } else { None };
                Ok(Call { command: if *yes { "yes" } else { "no" }.to_owned(), options: log.into_iter().collect() })
            }
            Said::Refused(refusal, _) => Err(refusal.clone()),
            Said::Due(_) => return Err(Fault { why: "time speaks for itself".to_owned() }),
        };
        // A file is never typed; what came with the command is given to it under its name.
        let files = inbound.circumstances.files.iter().map(|(option, file)| (option.clone(), file.name.clone()));
        let call = call.map(|call| Call { options: call.options.into_iter().chain(files).collect(), ..call });
        let network = self.network_of(inbound, call.as_ref().ok());
        let said_at = inbound.said_at.min(inbound.received_at);
        // Entries are in whole milliseconds, however fine a platform's clock is.
        let said_at = said_at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(said_at);
        // Nothing takes effect before what has taken effect, nor before what has been summed up.
        let at = network.as_ref().and_then(|id| self.networks.get(id)).map_or(said_at, |network| {
            let summed_up = network.directory.last_recurred().unwrap_or(said_at);
            network.books.last_at.max(said_at).max(summed_up)
        });
        if let Some(network) = &network {
            self.due(network, at, inbound.received_at.max(at), false, draft)?;
        }
        if let (Ok(call), Some(network), None) = (&call, &network, &verification)
            && call.command == VERIFY
        {
            return Ok(Handled::NeedsVerification(network.clone()));
        }
        let case = Case { inbound, network: network.clone(), at, due: None, verification };
        let own = |world: &Self| {
            let network = network.as_ref().and_then(|id| world.networks.get(id))?;
            network.directory.own_language(&inbound.account).map(str::to_owned)
        };
        let read_before = own(self);
        let result = match call {
            Err(refusal) => Err(refusal),
            Ok(call) => self.obey(&case, &call, draft)?,
        };
        // Whoever has themselves forgotten reads the answer to that as they have read so far.
        let forgotten = read_before.filter(|_| own(self).is_none());
        let (outcome, said) = match &result {
            Ok(done) => (done.outcome.to_owned(), done.said),
            Err(refusal) => (format!("refused {}", refusal.key()), None),
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
                self.reply(inbound, network, is_personal(&refusal), Reply::Refusal(refusal), draft);
            }
            Err(_) => {}
        }
        Ok(Handled::Done)
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
            return self.rooms.get(&RoomKey { platform: inbound.room.platform.clone(), id: from.clone() }).cloned();
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
        let by_itself = matches!(case.inbound.said, Said::Happened(_) | Said::Due(_));
        let has_one = room.platform == HOME_PLATFORM || circumstances.direct || by_itself;
        let linked = self.network_at(case.inbound).is_some() || (has_one && network.is_some());
        let own = || self.networks_of(account).map(|(_, network)| network.books.name.as_str()).collect::<Vec<_>>();
        match room_fits(command, call, network, linked) {
            Err(Refusal::NoNetwork) if circumstances.direct && own().len() > 1 => Err(Refusal::WhichNetwork { networks: own().join(", ") }),
            fits => fits,
        }
    }

    /// Carries a command out, or says why not.
    pub fn obey(&mut self, case: &Case, call: &Call, draft: &mut Draft) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.command(&call.command) else {
            return Ok(Err(Refusal::UnknownCommand { typed: call.command.clone(), nearest: registry.nearest(&call.command) }));
        };
        let seed = (self.entropy)();
        let network = case.network.as_ref().and_then(|id| self.networks.get(id));
        let ready = self.fits(case, command, call).and_then(|()| {
            let network = network.unwrap_or(&self.nothing);
            let mut ctx = ctx(case, network, seed);
            let against = Against {
                registry: &registry,
                books: &network.books,
                directory: &network.directory,
                platform: &case.inbound.room.platform,
                places: &ctx.places,
                today: ctx.today,
            };
            let resolved = against.resolve(command, &call.options);
            // Who may not do it at all need not learn whether it would have fitted; but the project decides who leads it.
            ctx.project = resolved.as_ref().ok().and_then(|resolved| resolved.project);
            may(case, network, command, call, &ctx)?;
            Ok((ctx, resolved?))
        });
        match ready {
            Err(refusal) => {
                declared(&registry, command, refusal.key());
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
        let scene = Scene { books: &network.books, directory: &network.directory, ctx, registry: &registry };
        let said = command.once.then(|| hash_of(&(&network_id, &ctx.author.account, &command.name, &resolved.options)));
        let mut decision = match registry.decide(command, scene, resolved.options.clone()) {
            Ok(decision) => decision,
            Err(refusal) => {
                declared(&registry, command, refusal.key());
                // Who has confirmed a repeat has said that it is none.
                if let (Some(_), Some(said)) = (confirmed, said) {
                    self.recent.forget(said);
                }
                return Ok(Err(refusal));
            }
        };
        let moves_money = command.money || decision.facts.iter().any(|fact| fact.transaction().is_some());
        if moves_money && case.inbound.received_at - case.inbound.said_at > TimeDelta::hours(MONEY_HOURS) {
            return Ok(Err(Refusal::SaidTooLongAgo { said: ctx.today }));
        }
        let seal = case.inbound.circumstances.seal;
        if (command.writes && seal == Seal::Broken) || (moves_money && seal == Seal::Reaction) {
            return Ok(Err(Refusal::NotSealed));
        }
        let noticed = decision.notices.iter().flat_map(|notice| &notice.lines);
        decision
            .lines
            .iter()
            .chain(&decision.more)
            .chain(noticed)
            .chain(decision.question.iter().flatten())
            .for_each(|line| declared(&registry, command, line.key()));
        if !command.writes && (!decision.facts.is_empty() || !decision.writes.is_empty()) {
            return Err(Fault { why: format!("`{}` is declared to read and yet writes", command.name) });
        }
        if let Some((id, yes)) = decision.answer {
            let question = network.directory.question_to(&ctx.author.account, Some(id), ctx.at).cloned();
            let answered = match question {
                Some(question) if yes => self.answered(case, ctx, question, draft)?,
                _ => Ok(Outcome::of("done", decision.lines, command.private)),
            };
            // What may not be answered in this way stays open for another.
            if !matches!(answered, Err(Refusal::NotSealed)) {
                self.write(&network_id, Write::QuestionClosed(id), draft);
            }
            return Ok(answered);
        }
        let superseded: Vec<i64> = match command.newest {
            true => network.directory.questions_by(&ctx.author.account, &command.name).map(|question| question.id).collect(),
            false => Vec::new(),
        };
        let asks = decision.question.is_some();
        let question = decision.question.take().or_else(|| {
            let first = self.recent.answer_to(said?, ctx.at)?;
            Some([Some(Line::SaidBefore), first.clone()].into_iter().flatten().collect())
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
                    lines.insert(0, Line::OutcomeChanged);
                }
                let number = Some(question.id);
                superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), draft));
                self.write(&network_id, Write::Question(question), draft);
                return Ok(Ok(Outcome { question: number, ..Outcome::of("asked", lines, command.private) }));
            }
        }
        if let Some(line) = decision.once.take()
            && !network.directory.was_told(&ctx.room, line.key())
        {
            declared(&registry, command, line.key());
            self.write(&network_id, Write::Told(ctx.room.clone(), line.key().to_owned()), draft);
            decision.lines.push(line);
        }
        let outcome = Outcome {
            pictures: std::mem::take(&mut decision.pictures),
            more: std::mem::take(&mut decision.more),
            said,
            ..Outcome::of(if command.writes { "done" } else { "read" }, decision.lines.clone(), command.private || decision.private)
        };
        if let Some(said) = said {
            self.recent.note(said, ctx.at, decision.lines.first().cloned());
        }
        superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), draft));
        let is_told = !outcome.private && !outcome.reply.is_empty() && !ctx.direct;
        self.take_in(&network_id, ctx, decision, is_told.then_some(&case.inbound.room), draft)?;
        Ok(Ok(outcome))
    }

    /// Carries out what a yes was said to, if it still comes to what was shown.
    fn answered(&mut self, case: &Case, ctx: &Ctx, question: Question, draft: &mut Draft) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.command(&question.command) else {
            return Ok(Err(Refusal::UnknownCommand { typed: question.command, nearest: None }));
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
            let network = Network { books: Books::empty(network_id, NO_COMMODITY), directory: Directory::default() };
            self.networks.insert(network_id.to_owned(), network);
            self.write(network_id, Write::Seal, draft);
        }
        for fact in &decision.facts {
            self.journal(network_id, ctx.at, by, fact.clone(), draft)?;
        }
        for write in decision.writes {
            self.write(network_id, write, draft);
        }
        let registry = self.registry.clone();
        let news = self.networks.get(network_id).map(|network| {
            let scene = Scene { books: &network.books, directory: &network.directory, ctx, registry: &registry };
            news::of(scene, &decision.facts, told)
        });
        let (news, mut writes) = news.unwrap_or_default();
        if decision
            .facts
            .iter()
            .any(|fact| matches!(fact, Fact::SettingChanged(changed) if matches!(changed.setting, Setting::Timezone(_))))
        {
            writes.extend(self.networks.get(network_id).into_iter().flat_map(|network| moved_with_zone(network, ctx.at)));
        }
        for write in writes {
            self.write(network_id, write, draft);
        }
        draft.notices.extend(decision.notices.into_iter().chain(news).map(|notice| (ctx.at, notice)));
        Ok(())
    }

    /// Takes into the journals what lies beside them about who people are, where an earlier version has written it without a mark.
    pub fn mark_people(&mut self, draft: &mut Draft) -> Result<(), Fault> {
        let unmarked = self.networks.iter().filter(|(_, network)| !network.books.is_marked);
        let unmarked: Vec<_> = unmarked.map(|(id, network)| (id.clone(), network.books.last_at, network.directory.known())).collect();
        for (network_id, at, known) in unmarked {
            for (person, known) in known {
                // A row of nobody's gets no mark: verification tells of it.
                if !self.networks.get(&network_id).is_some_and(|network| network.books.people.contains_key(&network.books.who(person))) {
                    continue;
                }
                let salted: Vec<([u8; 16], Known)> = known.into_iter().map(|known| (self.salt(), known)).collect();
                let marks = salted.iter().map(|(salt, known)| known.mark(salt)).collect();
                self.journal(&network_id, at, None, PersonIdentified { person, marks }.into(), draft)?;
                for (salt, known) in salted {
                    self.write(&network_id, Write::Salt(person, known, salt), draft);
                }
            }
            self.write(&network_id, Write::Seal, draft);
        }
        Ok(())
    }

    fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        salt.copy_from_slice(&(self.entropy)()[..16]);
        salt
    }

    fn journal(&mut self, network_id: &str, at: Timestamp, by: Option<PersonId>, fact: Fact, draft: &mut Draft) -> Result<(), Fault> {
        let Some(network) = self.networks.get_mut(network_id) else { return Err(Fault { why: "an entry without a network".to_owned() }) };
        let books = &mut network.books;
        let before = (books.seq, books.head);
        let entry = Entry { network: network_id.to_owned(), seq: books.seq + 1, at, by, fact };
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
fn declared(registry: &Registry, command: &Command, key: &str) {
    debug_assert!(registry.declares(command, key), "`{}` does not declare that it may say: {key}", command.name);
}

fn hash_of(value: &impl serde::Serialize) -> Hash {
    // What is hashed holds only strings, numbers and lists: JSON can write all of them.
    Hash(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into())
}

fn ctx(case: &Case, network: &Network, seed: [u8; 32]) -> Ctx {
    let inbound = case.inbound;
    Ctx {
        at: case.at,
        today: inbound.said_at.min(inbound.received_at).with_timezone(&network.books.timezone).date_naive(),
        event: inbound.event.clone(),
        author: Author { account: inbound.account.clone(), name: inbound.name.clone(), person: network.directory.person(&inbound.account) },
        room: inbound.room.clone(),
        places: inbound.places().cloned().collect(),
        host: inbound.host,
        direct: inbound.circumstances.direct,
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
    let has =
        |network: Option<&Network>| Refusal::HasNetwork { network: network.map(|network| network.books.name.clone()).unwrap_or_default() };
    match command.room {
        Room::Linked if !linked => Err(Refusal::NoNetwork),
        Room::Unlinked if linked => Err(has(network)),
        // A room is linked once and never merged; a code means another network's.
        Room::Any if call.options.contains_key("code") && linked => Err(has(network)),
        Room::Any if call.options.contains_key("code") && network.is_none() => Err(Refusal::BadLinkCode),
        Room::Any if command.writes && !linked && !call.options.contains_key("code") => Err(Refusal::NoNetwork),
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
            _ if roles.contains(&Caller::System) => Refusal::UnknownCommand { typed: command.name.clone(), nearest: None },
            _ if roles == &[Caller::Host] => Refusal::HostsOnly,
            None => Refusal::JoinFirst,
            Some(_) => Refusal::RoleNeeded { option, roles: words(), holders: holders(network, roles, ctx.project) },
        })
    })
}

fn is(case: &Case, network: &Network, role: Caller, ctx: &Ctx) -> bool {
    let by_itself = matches!(case.inbound.said, Said::Due(_) | Said::Happened(_));
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
