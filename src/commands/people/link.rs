//! `link me`: two accounts of one human become one person.
//!
//! Both accounts must agree. If the code alone were enough, anybody who saw it would have somebody's roles. If only the
//! account that types it were asked, a trick would be enough to get somebody's money. So the account that types a code
//! is shown whose it is, and that person then says whether the account is theirs.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::people::membership::{may_go, roles_of};
use crate::core::contribution::Waiting;
use crate::core::fact::people::PeopleJoined;
use crate::core::ids::PersonId;
use crate::core::log::Log;
use crate::core::name::Name;
use crate::core::task::TaskState;
use crate::directory::{Account, AccountClaim, DirectoryChange, Linking, Stage};
use crate::grammar::resolve::shown_id;
use crate::message::field::NamedAccount;
use crate::message::line::Line;
use crate::message::money::MoneyRefusal;
use crate::message::people::{PeopleLine, PeopleRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;

/// How many hours a code works.
const CODE_HOURS: i64 = 1;

/// How many hours an account that typed one waits for the person's yes.
const CLAIM_HOURS: i64 = 24;

/// Typed in place of a code to get a new one, even if a claim waits. No code is as short.
const NEW: &str = "new";

/// `link me`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    code: Option<String>,
}

/// Without a code: gives one, or asks about the account that has typed it. With a code: claims to be its person.
///
/// # Errors
/// Refused if the author has not joined, if the code is unknown, expired or their own, if its person has left, or if
/// the network can't do without the merged person's roles.
pub fn link(context: CommandContext, args: Link) -> Result<Action, Refusal> {
    let wants_new = args.code.as_deref().is_some_and(|typed| context.catalog.means(NEW, typed));
    if let Some(code) = args.code.filter(|_| !wants_new) {
        return claim(context, &code);
    }
    if context.moment.author.person.is_none() {
        return Err(PeopleRefusal::NobodyYet.into());
    }
    let me = context.me()?;
    match context.directory.claim_on(me, context.moment.at).filter(|_| !wants_new) {
        Some(claim) => join(context, me, claim),
        None => {
            let code = context.moment.code();
            let write = linking(context, me, Stage::Code(code.clone()), CODE_HOURS);
            let line = PeopleLine::OneTimeCode { person: context.books.name_of(me), code: Name(code) }.into();
            Ok(Decision { changes: vec![write], ..Decision::reads(vec![line]) }.into())
        }
    }
}

fn linking(context: CommandContext, person: PersonId, stage: Stage, hours: i64) -> DirectoryChange {
    DirectoryChange::Linking(Linking { person, stage, until: context.moment.at + TimeDelta::hours(hours) })
}

/// The author claims to be the code's person. This uses up the code and merges nothing yet.
fn claim(context: CommandContext, code: &str) -> Result<Action, Refusal> {
    let author = &context.moment.author;
    let kept = context.directory.person_by_code(code, context.moment.at).ok_or(PeopleRefusal::BadOneTimeCode)?;
    let person = context.books.name_of(kept);
    if author.person == Some(kept) {
        return Err(PeopleRefusal::SameAccount { person }.into());
    }
    if !context.books.is_active(kept) {
        return Err(PeopleRefusal::HasLeft { person }.into());
    }
    let called = context.directory.display_name(kept).filter(|called| *called != person.0).map(str::to_owned);
    let mut question = vec![PeopleLine::ClaimHead { person: person.clone(), called }.into()];
    question.extend(author.person.map(|gone| joining(context, gone, kept)).transpose()?);
    question.push(RoomLine::YesOrNo.into());
    let claim = AccountClaim { account: author.account.clone(), name: author.name.clone(), person: author.person };
    let write = linking(context, kept, Stage::Claim(claim), CLAIM_HOURS);
    let claimed = PeopleLine::Claimed { person }.into();
    Ok(Decision { changes: vec![write], ..Decision::reads(vec![claimed]) }.asking(question))
}

/// The author confirms that the account is theirs: it becomes theirs, and its former person is merged into them.
fn join(context: CommandContext, me: PersonId, claim: &AccountClaim) -> Result<Action, Refusal> {
    let (books, person) = (context.books, context.books.name_of(me));
    let Account { platform, id } = &claim.account;
    let mut question = vec![PeopleLine::JoiningHead { name: claim.name.clone(), person: person.clone() }.into()];
    // A display name can be copied, an id can't.
    if *id != claim.name || *platform != context.moment.author.account.platform {
        question.push(
            PeopleLine::JoiningAccount { account: NamedAccount(shown_id(id)), platform: Name::from(platform.name()) }
                .into(),
        );
    }
    question.extend(claim.person.map(|gone| joining(context, gone, me)).transpose()?);
    question.push(RoomLine::YesOrNo.into());
    let mut decision = Decision { changes: vec![DirectoryChange::LinkingDone(me)], ..Decision::default() };
    let mut owed = None;
    match claim.person {
        None => decision.changes.push(DirectoryChange::Account(claim.account.clone(), me)),
        Some(gone) => {
            let transaction = books.moving(gone, me).map_err(|_| MoneyRefusal::TooLarge)?;
            owed = books
                .owed_to(me)
                .minor
                .checked_add(books.owed_to(gone).minor)
                .map(|minor| books.commodity.minor(minor));
            decision.facts.push(PeopleJoined { kept: me, gone, transaction }.into());
            decision.changes.push(DirectoryChange::LinkingDone(gone));
            decision
                .changes
                .extend(crate::commands::work::timer::ended_of(context, gone).into_iter().flat_map(|(_, ends)| ends));
            decision.changes.extend(
                context
                    .directory
                    .all_accounts_of(gone)
                    .into_iter()
                    .map(|account| DirectoryChange::Account(account.clone(), me)),
            );
        }
    }
    let gone = claim.person.map(|gone| books.name_of(gone));
    let owed = owed.filter(|owed| owed.minor.is_positive());
    decision.lines.push(PeopleLine::AccountJoined { name: claim.name.clone(), person, gone, owed }.into());
    Ok(decision.asking(question))
}

/// What moves and what ends when somebody is merged into another person.
fn joining(context: CommandContext, gone: PersonId, kept: PersonId) -> Result<Line, Refusal> {
    may_go(context, gone)?;
    let books = context.books;
    let some = |count: usize| Some(count).filter(|count| *count > 0);
    let owed = books.owed_to(gone);
    let between = |log: &Log| [(gone, kept), (kept, gone)].contains(&(log.person, log.by));
    let counts = books.waiting_logs().filter(|(log, waiting)| *waiting == Waiting::Person && between(log));
    Ok(PeopleLine::Joining {
        gone: books.name_of(gone),
        person: books.name_of(kept),
        logs: some(books.logs.iter().filter(|log| log.person == gone && log.is_live()).count()),
        owed: Some(owed).filter(|owed| owed.minor.is_positive()),
        advance: Some(-owed).filter(|advance| advance.minor.is_positive()),
        tasks: some(books.tasks.iter().filter(|task| task.state == TaskState::Taken(gone)).count()),
        backs: books.backed_by(gone),
        roles: roles_of(context, gone),
        counts: counts.map(|(log, _)| Name(log.id.to_string())).collect(),
    }
    .into())
}
