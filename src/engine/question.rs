//! Questions: asked before a decision is applied, and answered with yes or no.

use chrono::TimeDelta;

use crate::commands::context::Moment;
use crate::commands::decision::Decision;
use crate::core::ids::Hash;
use crate::directory::{DirectoryChange, Question};
use crate::engine::access::check_roles;
use crate::engine::batch::BatchBuilder;
use crate::engine::fault::Fault;
use crate::engine::invocation::{Execution, Invocation};
use crate::engine::outcome::Outcome;
use crate::engine::state::EngineState;
use crate::grammar::parse::Call;
use crate::grammar::resolve::Resolved;
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};
use crate::store::rows::InboxOutcome;

/// How long a question can be answered.
const QUESTION: TimeDelta = TimeDelta::hours(24);

/// How long the question whether a repeat is meant can be answered.
const REPEAT_QUESTION: TimeDelta = TimeDelta::minutes(10);

/// A question that is not asked yet.
pub struct PendingQuestion {
    lines: Vec<Line>,
    /// The hash of what a yes is to: the question's lines and what would move. Of a question whether a repeat is meant,
    /// only what would move.
    pub shown: Hash,
    /// How long it can be answered.
    lasts: TimeDelta,
}

impl PendingQuestion {
    /// A question of a command about a decision.
    pub fn of_command(lines: Vec<Line>, decision: &Decision) -> Self {
        Self { shown: Hash::of(&(&lines, decision.moves())), lines, lasts: QUESTION }
    }

    /// The question whether a decision is right that moves something else than what was confirmed.
    pub fn of_other(decision: &Decision) -> Self {
        let lines = decision.lines.iter().cloned().chain([RoomLine::YesOrNo.into()]).collect();
        Self { shown: Hash::of(&decision.moves()), lines, lasts: QUESTION }
    }
}

impl EngineState {
    /// The question whether a repeat is meant, if the same command was executed in the last minutes.
    pub fn repeat_question(&self, execution: &Execution, decision: &Decision) -> Option<PendingQuestion> {
        let books = &self.networks.get(&execution.network_id).unwrap_or(&self.empty_network).books;
        let first = self.recent.answer_to(execution.repeat_key?, execution.moment.at, books)?;
        let lines: Vec<Line> = std::iter::once(RoomLine::SaidBefore.into()).chain(first.clone()).collect();
        Some(PendingQuestion { shown: Hash::of(&decision.moves()), lines, lasts: REPEAT_QUESTION })
    }

    /// Stores a question with the command that a yes executes. The author's oldest questions make room for it.
    pub fn ask(
        &mut self,
        execution: &Execution,
        resolved: Resolved,
        question: PendingQuestion,
        builder: &mut BatchBuilder,
    ) -> Outcome {
        let Execution { command, moment, network_id, .. } = execution;
        let PendingQuestion { mut lines, shown, lasts } = question;
        let directory = &self.networks.get(network_id).unwrap_or(&self.empty_network).directory;
        let question = Question {
            id: directory.next_question(),
            asked: moment.author.account.clone(),
            room: moment.room.clone(),
            command: command.name.clone(),
            options: resolved.options,
            project: resolved.project,
            shown,
            until: moment.at + lasts,
        };
        if execution.confirmed.is_some() {
            lines.insert(0, RoomLine::OutcomeChanged.into());
        }
        let number = question.id;
        let open: Vec<i64> = directory.questions_to(&moment.author.account).map(|question| question.id).collect();
        let kept = self.limits.questions_per_account.saturating_sub(1);
        let mut closed = self.superseded(execution);
        closed.extend(open.into_iter().rev().skip(kept));
        self.close_questions(network_id, closed, builder);
        self.change(network_id, DirectoryChange::Question(question), builder);
        Outcome { question: Some(number), ..Outcome::of(InboxOutcome::Asked, lines, command.private) }
    }

    /// Executes the command of a question after a yes, and closes the question.
    ///
    /// # Errors
    /// The outer error is a fault of the program; the inner one is the refusal for the author.
    pub fn execute_yes(
        &mut self,
        execution: &Execution,
        id: i64,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let Execution { invocation, command, moment, network_id, .. } = execution;
        let directory = &self.networks.get(network_id).unwrap_or(&self.empty_network).directory;
        let question = directory.question_to(&moment.author.account, moment.at, |question| question.id == id).cloned();
        let answered = match question {
            Some(question) => self.execute_confirmed(invocation, moment, question, builder)?,
            None => Ok(Outcome::of(InboxOutcome::Done, Vec::new(), command.private)),
        };
        // If the answer is not trusted enough, the question stays open for a better one.
        if !matches!(
            answered,
            Err(Refusal::Room(RoomRefusal::NotEncrypted) | Refusal::Room(RoomRefusal::EncryptedElsewhere))
        ) {
            let answered = self.answered_with(execution, id);
            self.close_questions(network_id, answered, builder);
        }
        Ok(answered)
    }

    /// A question that is answered, and those that a bare answer leaves behind: the next one in the room is to no older
    /// question, which its author has forgotten.
    fn answered_with(&self, execution: &Execution, id: i64) -> Vec<i64> {
        let Execution { moment, network_id, .. } = execution;
        let directory = &self.networks.get(network_id).unwrap_or(&self.empty_network).directory;
        let room = directory.question(id).map_or(&moment.room, |question| &question.room);
        let is_left = |question: &&Question| moment.question.is_none() && question.id < id && question.room == *room;
        let left = directory.questions_to(&moment.author.account).filter(is_left).map(|question| question.id);
        left.chain([id]).collect()
    }

    /// Closes a question after a no.
    pub fn execute_no(
        &mut self,
        execution: &Execution,
        id: i64,
        lines: Vec<Line>,
        builder: &mut BatchBuilder,
    ) -> Outcome {
        let answered = self.answered_with(execution, id);
        self.close_questions(&execution.network_id, answered, builder);
        Outcome::of(InboxOutcome::Done, lines, execution.command.private)
    }

    /// Executes a question's command, if its outcome is still the one that was shown.
    fn execute_confirmed(
        &mut self,
        invocation: &Invocation,
        moment: &Moment,
        question: Question,
        builder: &mut BatchBuilder,
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        let registry = self.registry.clone();
        let Some(command) = registry.catalog.command(&question.command) else {
            return Ok(Err(RoomRefusal::UnknownCommand { typed: Typed(question.command), nearest: None }.into()));
        };
        let moment = Moment { room: question.room, project: question.project, ..moment.clone() };
        let names = question.options.as_object().into_iter().flat_map(|options| options.keys());
        let options = names.map(|name| (name.clone(), String::new())).collect();
        let call = Call::new(&command.name, options);
        let resolved = Resolved { options: question.options, project: question.project };
        if let Some(network) = invocation.network.as_ref().and_then(|id| self.networks.get(id))
            && let Err(refusal) = check_roles(invocation, network, command, &call, &moment)
        {
            return Ok(Err(refusal));
        }
        self.execute_resolved(invocation, command, &moment, resolved, Some(question.shown), builder)
    }

    /// The author's open questions of the same command, if only their newest counts.
    pub fn superseded(&self, execution: &Execution) -> Vec<i64> {
        let Execution { command, moment, network_id, .. } = execution;
        if !command.newest {
            return Vec::new();
        }
        let directory = &self.networks.get(network_id).unwrap_or(&self.empty_network).directory;
        directory.questions_by(&moment.author.account, &command.name).map(|question| question.id).collect()
    }

    /// Closes questions.
    pub fn close_questions(&mut self, network_id: &str, questions: Vec<i64>, builder: &mut BatchBuilder) {
        for id in questions {
            self.change(network_id, DirectoryChange::QuestionClosed(id), builder);
        }
    }
}
