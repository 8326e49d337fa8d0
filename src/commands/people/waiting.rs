//! What waits for somebody's yes, for `me`.

use crate::commands::context::CommandContext;
use crate::commands::room::answer::may_answer;
use crate::commands::rule::lines::last_day;
use crate::commands::work::flag::may_not_settle;
use crate::core::books::bill::BillState;
use crate::core::contribution::Waiting;
use crate::core::fact::people::Role;
use crate::core::ids::{Hash, LogId, PersonId};
use crate::core::log::LogStanding;
use crate::core::name::Name;
use crate::message::line::Line;
use crate::message::people::PeopleLine;

/// Logs, votes, terms and second confirmations that wait for somebody, the most personal first.
pub fn lines(context: CommandContext, me: PersonId) -> Vec<Line> {
    if !context.books.is_active(me) {
        return Vec::new();
    }
    let mut lines = logs(context, me);
    lines.extend(votes(context, me));
    lines.extend(terms(context, me));
    lines.extend(second_times(context, me));
    lines.extend(validations(context, me));
    lines
}

/// Logs that they may answer with yes or no, and doubts that they may settle.
fn logs(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let theirs = books.waiting_logs().filter(|(log, waiting)| may_answer(context, me, log, *waiting));
    let answers = theirs.map(|(log, _)| PeopleLine::MeConfirm { log: log.id, by: books.name_of(log.by) }.into());
    let in_doubt = books.logs.iter().filter(|log| match &log.standing {
        LogStanding::Flagged(flag) => {
            !may_not_settle(log, flag).contains(&me) && books.has_role(me, Role::Lead, Some(log.project))
        }
        LogStanding::Counts | LogStanding::Waits(_) | LogStanding::Struck | LogStanding::Undone => false,
    });
    let doubts = in_doubt.map(|log| PeopleLine::MeSettle { log: log.id, person: books.name_of(log.person) }.into());
    answers.chain(doubts).collect()
}

/// Proposals on which they have a vote and haven't voted.
fn votes(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let open = books.projects.keys().filter_map(|project| books.open_proposal(*project));
    let asks = open.filter(|proposal| {
        let has_voted = proposal.agreed.contains(&me) || proposal.objections.contains_key(&me);
        !has_voted && books.voters(proposal).is_ok_and(|voters| voters.contains(&me))
    });
    let line = asks.map(|proposal| {
        PeopleLine::MeVote {
            proposal: proposal.id,
            project: books.project_name(proposal.project),
            closes: last_day(context, proposal),
        }
        .into()
    });
    line.collect()
}

/// New terms of machines that bind them and to which they haven't agreed.
fn terms(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    let asks = books.equipment.iter().filter(|machine| {
        let waits = machine.proposed.as_ref().is_some_and(|proposed| !proposed.agreed.contains(&me));
        waits && books.bound_by_terms(machine.id).contains(&me)
    });
    asks.map(|machine| PeopleLine::MeTerms { equipment: Name::from(&machine.name) }.into()).collect()
}

/// What somebody else has confirmed, and a second person must confirm too.
fn second_times(context: CommandContext, me: PersonId) -> Vec<Line> {
    let books = context.books;
    if books.settings.second_person.is_none() {
        return Vec::new();
    }
    let is_custodian = books.has_role(me, Role::Custodian, None);
    let takes_back = is_custodian || books.has_role(me, Role::Steward, None);
    let other = |approval: Option<(PersonId, Hash)>| {
        approval.map(|(by, _)| by).filter(|by| *by != me).map(|by| books.name_of(by))
    };
    let shared = books.projects.iter().filter_map(|(&id, project)| {
        let shares_out = is_custodian || books.has_role(me, Role::Lead, Some(id));
        let by = other(project.approval).filter(|_| shares_out)?;
        let project = Name::from(&project.name);
        books.waiting_income(id).minor.is_positive().then(|| PeopleLine::MeSecondShare { by, project }.into())
    });
    let money = books.money.iter().filter(|money| takes_back && money.undone_by.is_none()).filter_map(|money| {
        Some(PeopleLine::MeSecondUndo { by: other(money.undo_approved)?, money: money.id, amount: money.amount }.into())
    });
    let reversals =
        books.distributions.iter().filter(|shared| takes_back && shared.reversed_by.is_none()).filter_map(|shared| {
            let by = other(shared.undo_approved)?;
            Some(PeopleLine::MeSecondReverse { by, distribution: shared.id }.into())
        });
    let bills = books
        .bills
        .iter()
        .filter(|bill| takes_back && bill.state != BillState::Undone)
        .filter_map(|bill| Some(PeopleLine::MeSecondBill { by: other(bill.undo_approved)?, bill: bill.id }.into()));
    shared.chain(money).chain(reversals).chain(bills).collect()
}

/// Other people's logs that count once enough people agree to them.
fn validations(context: CommandContext, me: PersonId) -> Option<Line> {
    let books = context.books;
    let waits: Vec<LogId> = books
        .waiting_logs()
        .filter(|(log, waiting)| {
            let is_own = log.person == me || log.by == me;
            *waiting == Waiting::Validation && !is_own && !log.validated_by.contains(&me)
        })
        .map(|(log, _)| log.id)
        .collect();
    let log = *waits.first()?;
    Some(PeopleLine::MeValidate { count: waits.len(), log }.into())
}
