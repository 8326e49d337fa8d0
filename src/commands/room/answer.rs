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
use crate::core::ledger::{Account, Transaction};
use crate::core::log::{Log, Standing};
use crate::core::name::Name;
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
pub fn yes(scene: CommandContext, args: Answer) -> Result<Action, Refusal> {
    if args.log.is_none()
        && let Some(question) = scene.directory.question_to(&scene.ctx.author.account, scene.ctx.question, scene.ctx.at)
    {
        return Ok(Action::Yes(question.id));
    }
    let (log, waiting) = waiting_log(scene, args.log)?;
    if log.changed_at.is_some_and(|changed| scene.ctx.was_said_before(changed)) {
        return Err(WorkRefusal::LogChanged { log: log.id }.into());
    }
    let person = scene.books.name_of(log.person);
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
            let fund = scene.books.project_name(log.project);
            let transaction = Transaction::credit(Account::Custodian, [(Account::Fund(fund.0.clone()), amount)])
                .map_err(|_| MoneyRefusal::TooLarge)?;
            let money = scene.books.money.next();
            Ok(Decision::fact(
                CashReceived { money, log: log.id, transaction },
                vec![WorkLine::CashReceived { money, log: log.id, person, amount, fund }.into()],
            )
            .into())
        }
    }
}

/// No: the question is dropped, or the log that waits is taken back.
pub fn no(scene: CommandContext, args: Answer) -> Result<Action, Refusal> {
    if args.log.is_none()
        && let Some(question) = scene.directory.question_to(&scene.ctx.author.account, scene.ctx.question, scene.ctx.at)
    {
        return Ok(Action::No(question.id, vec![RoomLine::Dropped.into()]));
    }
    let (log, _) = waiting_log(scene, args.log)?;
    undo_log(scene, log).map(Into::into)
}

/// The log that waits for the author: the one that is named, or the only one.
fn waiting_log(scene: CommandContext<'_>, named: Option<LogId>) -> Result<(&Log, Waiting), Refusal> {
    let me = scene.me()?;
    if scene.ctx.question.is_some() {
        return Err(RoomRefusal::NothingToAnswer.into());
    }
    if let Some(id) = named {
        let log = scene.books.log(id).ok_or_else(|| TypedRefusal::UnknownLog { typed: id.to_string() })?;
        let Standing::Waits(waiting) = log.standing else { return Err(WorkRefusal::NothingWaits { log: id }.into()) };
        return if may_answer(scene, me, log, waiting) {
            Ok((log, waiting))
        } else {
            Err(WorkRefusal::NotYoursToAnswer { log: id }.into())
        };
    }
    let mine: Vec<_> =
        scene.books.waiting_logs().filter(|(log, waiting)| may_answer(scene, me, log, *waiting)).collect();
    match mine.as_slice() {
        [] => Err(RoomRefusal::NothingToAnswer.into()),
        [one] => Ok(*one),
        several => {
            Err(WorkRefusal::SeveralWait { logs: several.iter().map(|(log, _)| Name(log.id.to_string())).collect() }
                .into())
        }
    }
}

/// Cash is a custodian's to confirm; a log for somebody is theirs, or, when they have no account, anybody's but its
/// author's.
fn may_answer(scene: CommandContext, me: PersonId, log: &Log, waiting: Waiting) -> bool {
    match waiting {
        Waiting::Custodian => scene.books.has_role(me, Role::Custodian, None),
        Waiting::Person if scene.directory.has_account(log.person) => log.person == me,
        Waiting::Person => log.by != me,
        Waiting::Validation => false,
    }
}
