//! Executes a command: checks, decides and applies it.

use chrono::TimeDelta;

use crate::commands::context::{Ctx, Scene};
use crate::core::ids::Hash;
use crate::directory::{Question, Write};
use crate::engine::access::check_roles;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::fingerprint::hash_of;
use crate::engine::invocation::Invocation;
use crate::engine::quota::check_quotas;
use crate::engine::state::EngineState;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse::Call;
use crate::grammar::resolve::{Against, Resolved};
use crate::grammar::spec::Command;
use crate::message::line::Line;
use crate::message::picture::Picture;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::store::InboxOutcome;

/// How long a question can be answered.
const QUESTION: TimeDelta = TimeDelta::hours(24);

/// How long the question whether a repeat is meant can be answered.
const REPEAT_QUESTION: TimeDelta = TimeDelta::minutes(10);

/// After how many hours a command that moves money is too old to be executed.
const MONEY_HOURS: i64 = 24;

/// What a command came to.
pub struct Outcome {
    /// What the inbox records.
    pub inbox: InboxOutcome,
    pub lines: Vec<Line>,
    pub pictures: Vec<Picture>,
    /// The rest of the reply, at length.
    pub more: Vec<Line>,
    /// The number of the question that the reply asks.
    pub question: Option<i64>,
    /// Whether only the author may read the reply.
    pub private: bool,
    /// The hash of the command's author and content, where a repeat is confirmed first.
    pub said: Option<Hash>,
}

impl Outcome {
    fn of(inbox: InboxOutcome, lines: Vec<Line>, private: bool) -> Self {
        Self { inbox, lines, pictures: Vec::new(), more: Vec::new(), question: None, private, said: None }
    }

    /// The reply to its author.
    pub fn reply(self) -> Reply {
        match self.question {
            Some(id) => Reply::Question(id, self.lines),
            None => Reply::of(self.lines, self.pictures, self.more),
        }
    }
}

impl EngineState {
    /// Executes a command: checks room, options and roles, then decides it.
    ///
    /// # Errors
    /// The outer error is a fault of the program; the inner one is the refusal for the author.
    pub fn execute(
        &mut self,
        invocation: &Invocation,
        call: &Call,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.catalog.command(&call.command) else {
            let nearest = registry.catalog.nearest(&call.command);
            return Ok(Err(Refusal::UnknownCommand { typed: call.command.clone(), nearest }));
        };
        let seed = (self.entropy)();
        match self.prepare(invocation, command, call, seed) {
            Err(refusal) => {
                check_declared(&registry.catalog, command, refusal.key());
                Ok(Err(refusal))
            }
            Ok((ctx, resolved)) => self.execute_resolved(invocation, command, &ctx, resolved, None, builder),
        }
    }

    /// Resolves a command's options, and checks its room and its author's roles.
    fn prepare(
        &self,
        invocation: &Invocation,
        command: &Command,
        call: &Call,
        seed: [u8; 32],
    ) -> Result<(Ctx, Resolved), Refusal> {
        self.check_room(invocation, command, call)?;
        let network = invocation.network.as_ref().and_then(|id| self.networks.get(id)).unwrap_or(&self.nothing);
        let mut ctx = invocation.ctx(network, seed);
        let against = Against {
            catalog: &self.registry.catalog,
            books: &network.books,
            directory: &network.directory,
            platform: &ctx.room.platform,
            places: &ctx.places,
            today: ctx.today,
            said_on: ctx.said_on,
        };
        let resolved = against.resolve(command, &call.options);
        // Without the role nobody learns whether the options would have fitted. But the project decides who leads it.
        ctx.project = resolved.as_ref().ok().and_then(|resolved| resolved.project);
        check_roles(invocation, network, command, call, &ctx)?;
        Ok((ctx, resolved?))
    }

    /// Decides a command on resolved options and applies the decision, unless it must be confirmed first. `confirmed` is
    /// the hash of the question that was answered with yes.
    fn execute_resolved(
        &mut self,
        invocation: &Invocation,
        command: &Command,
        ctx: &Ctx,
        resolved: Resolved,
        confirmed: Option<Hash>,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let network_id = invocation.network.clone().unwrap_or_else(|| Hash(ctx.seed).to_string()[..32].to_owned());
        let network = self.networks.get(&network_id).unwrap_or(&self.nothing);
        let scene = Scene { books: &network.books, directory: &network.directory, ctx, catalog: &registry.catalog };
        let said = command.once.then(|| hash_of(&(&network_id, &ctx.author.account, &command.name, &resolved.options)));
        let mut decision = match registry.decide(command, scene, resolved.options.clone()) {
            Ok(decision) => decision,
            Err(refusal) => {
                check_declared(&registry.catalog, command, refusal.key());
                // The author of a confirmed repeat has said that it isn't one.
                if let (Some(_), Some(said)) = (confirmed, said) {
                    self.recent.forget(said);
                }
                return Ok(Err(refusal));
            }
        };
        if let Err(refusal) = check_quotas(&self.limits, network, self.begun(command, &ctx.author.account), &decision) {
            return Ok(Err(refusal));
        }
        let moves_money = command.money || decision.facts.iter().any(|fact| fact.transaction().is_some());
        let request = invocation.request;
        if moves_money && request.received_at - request.said_at > TimeDelta::hours(MONEY_HOURS) {
            let said = request.said_at.with_timezone(&network.books.timezone).date_naive();
            return Ok(Err(Refusal::SaidTooLongAgo { said }));
        }
        if let Err(refusal) = self.check_trust(invocation, network, command, &decision, moves_money) {
            return Ok(Err(refusal));
        }
        let noticed = decision.notices.iter().flat_map(|notice| &notice.lines);
        decision
            .lines
            .iter()
            .chain(&decision.more)
            .chain(noticed)
            .chain(decision.question.iter().flatten())
            .for_each(|line| check_declared(&registry.catalog, command, line.key()));
        if !command.writes && (!decision.facts.is_empty() || !decision.writes.is_empty()) {
            return Err(Fault::new(format!("`{}` is declared to read and yet writes", command.name)));
        }
        if let Some((id, yes)) = decision.answer {
            let question = network.directory.question_to(&ctx.author.account, Some(id), ctx.at).cloned();
            let answered = match question {
                Some(question) if yes => self.execute_confirmed(invocation, ctx, question, builder)?,
                _ => Ok(Outcome::of(InboxOutcome::Done, decision.lines, command.private)),
            };
            // A question that may not be answered in this way stays open for another.
            if !matches!(answered, Err(Refusal::NotSealed | Refusal::SealedElsewhere)) {
                self.write(&network_id, Write::QuestionClosed(id), builder);
            }
            return Ok(answered);
        }
        let mut superseded: Vec<i64> = match command.newest {
            true => {
                network.directory.questions_by(&ctx.author.account, &command.name).map(|question| question.id).collect()
            }
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
                let open = network.directory.questions_to(&ctx.author.account).map(|question| question.id);
                let kept = self.limits.questions_per_account.saturating_sub(1);
                superseded.extend(open.collect::<Vec<_>>().into_iter().rev().skip(kept));
                superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), builder));
                self.write(&network_id, Write::Question(question), builder);
                return Ok(Ok(Outcome {
                    question: number,
                    ..Outcome::of(InboxOutcome::Asked, lines, command.private)
                }));
            }
        }
        if let Some(line) = decision.once.take()
            && !network.directory.was_told(&ctx.room, line.key())
        {
            check_declared(&registry.catalog, command, line.key());
            self.write(&network_id, Write::Told(ctx.room.clone(), line.key().to_owned()), builder);
            decision.lines.push(line);
        }
        let inbox = if command.writes { InboxOutcome::Done } else { InboxOutcome::Read };
        let outcome = Outcome {
            pictures: std::mem::take(&mut decision.pictures),
            more: std::mem::take(&mut decision.more),
            said,
            ..Outcome::of(inbox, decision.lines.clone(), command.private || decision.private)
        };
        if let Some(said) = said {
            self.recent.note(said, ctx.at, decision.lines.first().cloned());
            builder.said.push(said);
        }
        superseded.into_iter().for_each(|id| self.write(&network_id, Write::QuestionClosed(id), builder));
        let is_told = !outcome.private && !outcome.lines.is_empty() && !ctx.direct;
        self.apply(&network_id, ctx, decision, is_told.then_some(request.room), builder)?;
        Ok(Ok(outcome))
    }

    /// Executes the command of a question that was answered with yes, if it still comes to what was shown.
    fn execute_confirmed(
        &mut self,
        invocation: &Invocation,
        ctx: &Ctx,
        question: Question,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.catalog.command(&question.command) else {
            return Ok(Err(Refusal::UnknownCommand { typed: question.command, nearest: None }));
        };
        let ctx = Ctx { room: question.room, project: question.project, ..ctx.clone() };
        let names = question.options.as_object().into_iter().flat_map(|options| options.keys());
        let options = names.map(|name| (name.clone(), String::new())).collect();
        let call = Call { command: command.name.clone(), options };
        let resolved = Resolved { options: question.options, project: question.project };
        if let Some(network) = invocation.network.as_ref().and_then(|id| self.networks.get(id))
            && let Err(refusal) = check_roles(invocation, network, command, &call, &ctx)
        {
            return Ok(Err(refusal));
        }
        self.execute_resolved(invocation, command, &ctx, resolved, Some(question.shown), builder)
    }
}

/// Checks, in debug builds, that a command's file declares a text that the command says.
fn check_declared(catalog: &Catalog, command: &Command, key: &str) {
    debug_assert!(catalog.declares(command, key), "`{}` does not declare that it may say: {key}", command.name);
}
