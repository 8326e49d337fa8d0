//! `yes` and `no`: answers to what the bot asked, and to logs that wait for somebody.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::money::slips;
use crate::commands::work::lower::undo_log;
use crate::core::contribution::Waiting;
use crate::core::fact::money::CashReceived;
use crate::core::fact::people::Role;
use crate::core::fact::work::LogConfirmed;
use crate::core::ids::{LogId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::log::{Log, LogStanding};
use crate::core::name::Name;
use crate::directory::Question;
use crate::message::field::Typed;
use crate::message::money::MoneyRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};
use crate::message::typed::TypedRefusal;
use crate::message::work::{WorkLine, WorkRefusal};

/// `yes` and `no`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    log: Option<LogId>,
}

/// Yes: to the log that is named, else to the last open question that the author was asked here. What waits for
/// somebody's approval is approved by its name only, so that a yes meant for something else approves nothing.
///
/// # Errors
/// Refused if nothing was asked here, or if the named log is unknown, not the author's to answer or changed since.
pub fn yes(context: CommandContext, args: Answer) -> Result<Action, Refusal> {
    let Some(named) = args.log else { return question_here(context).map(Action::Yes) };
    let (log, waiting) = waiting_log(context, named)?;
    if log.changed_at.is_some_and(|changed| context.moment.was_said_before(changed)) {
        return Err(WorkRefusal::LogChanged { log: log.id }.into());
    }
    let person = context.books.name_of(log.person);
    match waiting {
        Waiting::Validation => Err(WorkRefusal::NotYoursToAnswer { log: log.id }.into()),
        Waiting::Person => {
            let left = log.validations.saturating_sub(log.validated_by.len());
            let line = match left {
                0 => WorkLine::LogConfirmed { log: log.id, person }.into(),
                count => WorkLine::NeedsValidation { log: log.id, count }.into(),
            };
            Ok(Decision::fact(LogConfirmed { log: log.id }, vec![line]).into())
        }
        Waiting::Custodian => {
            let amount = log.contribution.stated_value().ok_or(RoomRefusal::NothingToAnswer)?;
            let fund = context.books.project_name(log.project);
            let transaction =
                Transaction::credit(LedgerAccount::Custodian, [(LedgerAccount::Fund(fund.0.clone()), amount)])
                    .map_err(|_| MoneyRefusal::TooLarge)?;
            let money = context.books.money.next();
            let question = slips::question(slips::above_bound(context, amount).into_iter().collect());
            Ok(Decision::fact(
                CashReceived { money, log: log.id, transaction },
                vec![WorkLine::CashReceived { money, log: log.id, person, amount, fund }.into()],
            )
            .asking(question))
        }
    }
}

/// No: the question is dropped, or the log that waits is taken back.
///
/// # Errors
/// Refused if nothing was asked here, or if the named log is unknown, not the author's to answer or can't be undone.
pub fn no(context: CommandContext, args: Answer) -> Result<Action, Refusal> {
    let Some(named) = args.log else {
        return question_here(context).map(|question| Action::No(question, vec![RoomLine::Dropped.into()]));
    };
    let (log, _) = waiting_log(context, named)?;
    undo_log(context, log).map(Into::into)
}

/// The number of the question that a bare yes or no answers: the last one that the author was asked in this room, or
/// the one whose button or message was used. A private question is answered in a direct room as well.
fn question_here(context: CommandContext) -> Result<i64, Refusal> {
    let moment = context.moment;
    let is_private = |command: &str| context.catalog.command(command).is_some_and(|command| command.private);
    let is_here = |question: &Question| match moment.question {
        Some(number) => question.id == number,
        None => question.room == moment.room || (moment.direct && is_private(&question.command)),
    };
    match context.directory.question_to(&moment.author.account, moment.at, is_here) {
        Some(question) => Ok(question.id),
        None if moment.question.is_some() => Err(RoomRefusal::NothingToAnswer.into()),
        None => Err(what_waits(context)),
    }
}

/// The refusal of an answer without a question, which names what the author may answer by name.
fn what_waits(context: CommandContext) -> Refusal {
    let Ok(me) = context.me() else { return RoomRefusal::NothingToAnswer.into() };
    let waiting = context.books.waiting_logs().filter(|(log, waiting)| may_answer(context, me, log, *waiting));
    let logs: Vec<LogId> = waiting.map(|(log, _)| log.id).collect();
    match logs.first() {
        Some(&first) => {
            WorkRefusal::WaitsByName { logs: logs.iter().map(|log| Name(log.to_string())).collect(), first }.into()
        }
        None => RoomRefusal::NothingToAnswer.into(),
    }
}

/// A log that waits for the author.
fn waiting_log(context: CommandContext<'_>, id: LogId) -> Result<(&Log, Waiting), Refusal> {
    let me = context.me()?;
    let log = context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(id.to_string()) })?;
    let LogStanding::Waits(waiting) = log.standing else {
        return Err(WorkRefusal::NothingWaits { log: id }.into());
    };
    match may_answer(context, me, log, waiting) {
        true => Ok((log, waiting)),
        false => Err(WorkRefusal::NotYoursToAnswer { log: id }.into()),
    }
}

/// Whether somebody may answer. Nobody approves their own: cash needs a custodian, or a lead where a custodian put it
/// in; a log for somebody needs that person, or a lead who is not its author where that person has no account.
pub(crate) fn may_answer(context: CommandContext, me: PersonId, log: &Log, waiting: Waiting) -> bool {
    let books = context.books;
    let is_own = [log.person, log.by].contains(&me);
    let is_lead = books.has_role(me, Role::Lead, Some(log.project));
    let is_custodian = |person| books.has_role(person, Role::Custodian, None);
    match waiting {
        Waiting::Custodian => {
            let is_a_custodians = is_custodian(log.person) || is_custodian(log.by);
            !is_own && (is_custodian(me) || (is_a_custodians && is_lead))
        }
        Waiting::Person if context.directory.has_account(log.person) => log.person == me,
        Waiting::Person => !is_own && is_lead,
        Waiting::Validation => false,
    }
}
