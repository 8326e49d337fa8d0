//! Executes a command: checks, decides and applies it.

use chrono::TimeDelta;

use crate::commands::context::{CommandContext, Moment};
use crate::commands::decision::{Action, Decision};
use crate::core::books::state::Books;
use crate::core::ids::Hash;
use crate::directory::DirectoryChange;
use crate::engine::access::check_roles;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::invocation::{Execution, Invocation};
use crate::engine::outcome::Outcome;
use crate::engine::question::PendingQuestion;
use crate::engine::quota::check_quotas;
use crate::engine::recent::Recorded;
use crate::engine::state::EngineState;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse::Call;
use crate::grammar::resolve::{Resolved, Resolver};
use crate::grammar::spec::Command;
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::store::rows::InboxOutcome;

/// After how many hours a command that moves money is too old to be executed.
const MONEY_HOURS: i64 = 24;

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
            return Ok(Err(RoomRefusal::UnknownCommand { typed: Typed(call.command.clone()), nearest }.into()));
        };
        let seed = (self.entropy)();
        match self.prepare(invocation, command, call, seed) {
            Err(refusal) => {
                check_declared(&registry.catalog, command, refusal.key());
                Ok(Err(refusal))
            }
            Ok((moment, resolved)) => self.execute_resolved(invocation, command, &moment, resolved, None, builder),
        }
    }

    /// Resolves a command's options, and checks its room and its author's roles.
    fn prepare(
        &self,
        invocation: &Invocation,
        command: &Command,
        call: &Call,
        seed: [u8; 32],
    ) -> Result<(Moment, Resolved), Refusal> {
        self.check_room(invocation, command, call)?;
        let network = invocation.network.as_ref().and_then(|id| self.networks.get(id)).unwrap_or(&self.empty_network);
        let mut moment = invocation.moment(network, seed);
        moment.sentence.clone_from(&call.sentence);
        let against = Resolver {
            catalog: &self.registry.catalog,
            books: &network.books,
            directory: &network.directory,
            platform: moment.room.platform,
            author: moment.author.person,
            places: &moment.places,
            today: moment.today,
            said_on: moment.said_on,
        };
        let resolved = against.resolve(command, call);
        // Without the role, nobody learns whether the options fit. But who is a lead depends on the project.
        moment.project = resolved.as_ref().ok().and_then(|resolved| resolved.project);
        check_roles(invocation, network, command, call, &moment)?;
        Ok((moment, resolved?))
    }

    /// Decides a command on resolved options: answers or asks a question, or applies the decision. `confirmed` is the
    /// hash of the question that was answered with yes.
    ///
    /// # Errors
    /// Like [`Self::execute`].
    pub fn execute_resolved(
        &mut self,
        invocation: &Invocation,
        command: &Command,
        moment: &Moment,
        resolved: Resolved,
        confirmed: Option<Hash>,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let execution = Execution::new(invocation, command, moment, &resolved, confirmed);
        let action = match self.decide(&execution, &resolved) {
            Ok(action) => action,
            Err(refusal) => {
                check_declared(&self.registry.catalog, command, refusal.key());
                // The author has confirmed that it is no repeat.
                if let (Some(_), Some(repeat_key)) = (confirmed, execution.repeat_key) {
                    self.recent.forget(repeat_key);
                }
                return Ok(Err(refusal));
            }
        };
        if let Err(refusal) = self.check_action(&execution, &action) {
            return Ok(Err(refusal));
        }
        let reads = |decision: &Decision| decision.facts.is_empty() && decision.changes.is_empty();
        if !command.writes && !action.decision().is_none_or(reads) {
            return Err(Fault::new(format!("`{}` is declared to read and yet writes", command.name)));
        }
        let (question, decision) = match action {
            Action::Yes(id) => return self.execute_yes(&execution, id, builder),
            Action::No(id, lines) => return Ok(Ok(self.execute_no(&execution, id, lines, builder))),
            Action::Ask(lines, decision) => (Some(PendingQuestion::of_command(lines, &decision)), decision),
            Action::Apply(decision) => (self.repeat_question(&execution, &decision), decision),
        };
        // What was asked about may need no question any more, but the yes was to what it moved.
        let question = question.or_else(|| confirmed.map(|_| PendingQuestion::of_other(&decision)));
        match question {
            Some(question) if confirmed != Some(question.shown) => {
                Ok(Ok(self.ask(&execution, resolved, question, builder)))
            }
            Some(_) | None => self.perform(&execution, decision, builder).map(Ok),
        }
    }

    fn decide(&self, execution: &Execution, resolved: &Resolved) -> Result<Action, Refusal> {
        let network = self.networks.get(&execution.network_id).unwrap_or(&self.empty_network);
        let (books, directory, catalog) = (&network.books, &network.directory, &*self.registry.catalog);
        let context = CommandContext { books, directory, moment: execution.moment, catalog };
        self.registry.decide(execution.command, context, resolved.options.clone())
    }

    /// Checks quotas, the message's age and its trust, and that the command's file declares what it says.
    fn check_action(&self, execution: &Execution, action: &Action) -> Result<(), Refusal> {
        let Execution { invocation, command, moment, .. } = *execution;
        let network = self.networks.get(&execution.network_id).unwrap_or(&self.empty_network);
        let nothing = Decision::default();
        let decision = action.decision().unwrap_or(&nothing);
        check_quotas(&self.limits, network, self.begun(command, &moment.author.account), decision)?;
        let moves_money = command.money || decision.facts.iter().any(|fact| fact.transaction().is_some());
        let request = invocation.request;
        if moves_money && request.received_at - request.said_at > TimeDelta::hours(MONEY_HOURS) {
            let said = request.said_at.with_timezone(&network.books.timezone).date_naive();
            return Err(RoomRefusal::SaidTooLongAgo { said }.into());
        }
        self.check_trust(invocation, network, command, decision, moves_money)?;
        let noticed = decision.notices.iter().flat_map(|notice| &notice.lines);
        let replied = decision.lines.iter().chain(&decision.long_part).chain(action.lines());
        replied.chain(noticed).for_each(|line| check_declared(&self.registry.catalog, command, line.key()));
        Ok(())
    }

    /// A network's books; empty ones for a network that is only about to begin.
    fn books_of(&self, network: &str) -> &Books {
        &self.networks.get(network).unwrap_or(&self.empty_network).books
    }

    /// Applies a decision, and makes its reply.
    fn perform(
        &mut self,
        execution: &Execution,
        mut decision: Decision,
        builder: &mut BatchBuilder,
    ) -> Result<Outcome, Fault> {
        let Execution { command, moment, network_id, repeat_key, .. } = execution;
        let superseded = self.superseded(execution);
        let network = self.networks.get(network_id).unwrap_or(&self.empty_network);
        if let Some(line) = decision.first_time.take()
            && !network.directory.was_told(&moment.room, line.key())
        {
            check_declared(&self.registry.catalog, command, line.key());
            self.change(
                network_id,
                DirectoryChange::AnnouncedOnce(moment.room.clone(), line.key().to_owned()),
                builder,
            );
            decision.lines.push(line);
        }
        let inbox = if command.writes { InboxOutcome::Done } else { InboxOutcome::Read };
        let outcome = Outcome {
            pictures: std::mem::take(&mut decision.pictures),
            long_part: std::mem::take(&mut decision.long_part),
            repeat_key: *repeat_key,
            personal: command.personal || decision.personal,
            ..Outcome::of(inbox, decision.lines.clone(), command.private || decision.private)
        };
        self.close_questions(network_id, superseded, builder);
        let is_told = !outcome.private && !outcome.lines.is_empty() && !moment.direct;
        let told = is_told.then_some(execution.invocation.request.room);
        let (answer, next) = (decision.lines.first().cloned(), Recorded::next(self.books_of(network_id)));
        self.apply(network_id, moment, decision, told, builder)?;
        if let Some(repeat_key) = *repeat_key {
            let recorded = Recorded::of(next, self.books_of(network_id));
            self.recent.note(repeat_key, moment.at, recorded, answer);
            builder.repeat_keys.push(repeat_key);
        }
        Ok(outcome)
    }
}

/// Checks, in debug builds, that a command's file declares a text that the command uses.
fn check_declared(catalog: &Catalog, command: &Command, key: &str) {
    debug_assert!(catalog.declares(command, key), "`{}` does not declare that it may say: {key}", command.name);
}
