//! `yes` and `no`: answers to what the bot asked, and to logs that wait for somebody.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::work::lower::undo_log;
use crate::core::contribution::Waiting;
use crate::core::fact::money::CashReceived;
use crate::core::fact::people::Role;
use crate::core::fact::work::LogConfirmed;
use crate::core::ids::{LogId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::log::{Log, LogStanding};
use crate::core::name::Name;
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

/// Yes: to the log that is named, else to the last open question, else to the one log that waits for the author.
///
/// # Errors
/// Refused if nothing or several logs wait, or if the named log is unknown, not the author's to answer or changed
/// since.
pub fn yes(context: CommandContext, args: Answer) -> Result<Action, Refusal> {
    if args.log.is_none()
        && let Some(question) =
            context.directory.question_to(&context.moment.author.account, context.moment.question, context.moment.at)
    {
        return Ok(Action::Yes(question.id));
    }
    let (log, waiting) = waiting_log(context, args.log)?;
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
            Ok(Decision::fact(
                CashReceived { money, log: log.id, transaction },
                vec![WorkLine::CashReceived { money, log: log.id, person, amount, fund }.into()],
            )
            .into())
        }
    }
}

/// No: the question is dropped, or the log that waits is taken back.
///
/// # Errors
/// Refused if nothing or several logs wait, or if the named log is unknown, not the author's to answer or can't be
/// undone.
pub fn no(context: CommandContext, args: Answer) -> Result<Action, Refusal> {
    if args.log.is_none()
        && let Some(question) =
            context.directory.question_to(&context.moment.author.account, context.moment.question, context.moment.at)
    {
        return Ok(Action::No(question.id, vec![RoomLine::Dropped.into()]));
    }
    let (log, _) = waiting_log(context, args.log)?;
    undo_log(context, log).map(Into::into)
}

/// The log that waits for the author: the one that is named, or the only one.
fn waiting_log(context: CommandContext<'_>, named: Option<LogId>) -> Result<(&Log, Waiting), Refusal> {
    let me = context.me()?;
    if context.moment.question.is_some() {
        return Err(RoomRefusal::NothingToAnswer.into());
    }
    if let Some(id) = named {
        let log = context.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: Typed(id.to_string()) })?;
        let LogStanding::Waits(waiting) = log.standing else {
            return Err(WorkRefusal::NothingWaits { log: id }.into());
        };
        return if may_answer(context, me, log, waiting) {
            Ok((log, waiting))
        } else {
            Err(WorkRefusal::NotYoursToAnswer { log: id }.into())
        };
    }
    let mine: Vec<_> =
        context.books.waiting_logs().filter(|(log, waiting)| may_answer(context, me, log, *waiting)).collect();
    match mine.as_slice() {
        [] => Err(RoomRefusal::NothingToAnswer.into()),
        [one] => Ok(*one),
        several => {
            Err(WorkRefusal::SeveralWait { logs: several.iter().map(|(log, _)| Name(log.id.to_string())).collect() }
                .into())
        }
    }
}

/// Whether somebody may answer: a custodian for cash; for a log, its person, or anybody but its author if that person
/// has no account.
fn may_answer(context: CommandContext, me: PersonId, log: &Log, waiting: Waiting) -> bool {
    match waiting {
        Waiting::Custodian => context.books.has_role(me, Role::Custodian, None),
        Waiting::Person if context.directory.has_account(log.person) => log.person == me,
        Waiting::Person => log.by != me,
        Waiting::Validation => false,
    }
}
