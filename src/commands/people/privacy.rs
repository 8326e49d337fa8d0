//! `privacy ...`: exports everything about the author, or erases them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::{Action, Decision};
use crate::commands::money::distribution::rule_of;
use crate::commands::people::about;
use crate::commands::people::membership::{may_go, roles_of};
use crate::commands::work::receipt::log_of;
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::movement::Movement;
use crate::core::books::project::Project;
use crate::core::equipment::EquipmentStanding;
use crate::core::fact::equipment::Payer;
use crate::core::fact::people::PersonErased;
use crate::core::fact::work::ClaimsGiven;
use crate::core::holder::Holder;
use crate::core::ids::{MoneyId, PersonId, ProjectId, TextRef};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::log::Log;
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::core::rule::bucket::Destination;
use crate::core::rule::definition::Rule;
use crate::core::task::TaskState;
use crate::directory::{DirectoryChange, ErasureResidue, Job};
use crate::message::field::{Field, Term, Typed};
use crate::message::money::MoneyRefusal;
use crate::message::people::{PeopleLine, PeopleRefusal};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::payment::pay_to::Detail;

/// `privacy export`: everything about the author, as a file.
///
/// # Errors
/// Refused if the author has not joined.
pub fn export(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    // Can't fail: JSON can write strings, numbers, lists and maps with string keys.
    let text = serde_json::to_string_pretty(&about::about(context, me)).unwrap_or_default();
    let file = Name(format!("{}.json", context.books.handle(me)));
    let head = PeopleLine::ExportHead { network: context.books.name.clone(), file }.into();
    let lines = text.lines().map(|line| RoomLine::FileLine { text: line.to_owned() }.into());
    Ok(Decision::reads(std::iter::once(head).chain(lines).collect()))
}

/// `privacy erase`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    give: Option<String>,
}

/// Erases the author after a yes: identity, texts and files. What they did and were paid stays, under an anonymous
/// number; so nothing may be owed to it, now or later. Claims become gifts.
///
/// # Errors
/// Refused if the author has not joined, if the network can't do without their roles, if something is owed or may still
/// become owed, or if the fund is unknown or would get nothing.
pub fn erase(context: CommandContext, args: Erase) -> Result<Action, Refusal> {
    let (books, directory) = (context.books, context.directory);
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    may_go(context, me)?;
    let owed = books.owed_to(me);
    let fund = args.give.map(|fund| known_fund(context, fund)).transpose()?;
    if fund.is_some() && owed.minor <= Minor::ZERO {
        return Err(PeopleRefusal::OwedNothing.into());
    }
    has_no_ties(context, me, fund.is_some())?;
    let given = fund.iter().map(|fund| (LedgerAccount::Fund(fund.clone()), owed));
    let transaction = Transaction::credit(books.account_of(me), given).map_err(|_| MoneyRefusal::TooLarge)?;

    let accounts = directory.all_accounts_of(me);
    let (texts, files) =
        (books.texts_of(me), books.receipts_of(me).filter(|(_, file)| directory.file(*file).is_some()).count());
    let claims: Vec<&Log> =
        books.logs.iter().filter(|log| log.person == me && !log.gift && !log.closed && log.is_live()).collect();
    let number = Name(books.placeholder_handle(me));
    let some = |count: usize| Some(count).filter(|count| *count > 0);
    let mut question = vec![
        PeopleLine::EraseHead {
            person: books.name_of(me),
            network: books.name.clone(),
            accounts: accounts.len(),
            texts: some(texts.iter().filter(|text| directory.text(**text).is_some()).count()),
            files: some(files),
        }
        .into(),
    ];
    let roles: Vec<Term> = roles_of(context, me);
    let tasks = some(books.tasks.iter().filter(|task| task.state == TaskState::Taken(me)).count());
    if !roles.is_empty() || tasks.is_some() || !claims.is_empty() || fund.is_some() {
        let owed = Some(owed).filter(|_| fund.is_some());
        question.push(
            PeopleLine::EraseEnds { roles, tasks, claims: some(claims.len()), owed, fund: fund.map(Name) }.into(),
        );
    }
    let journaled: Vec<Name> = books.ids_of(me).filter_map(|id| books.journaled_handle(id)).map(Name::from).collect();
    if !journaled.is_empty() {
        question.push(PeopleLine::EraseInJournal { handles: journaled }.into());
    }
    question.extend([PeopleLine::EraseStays { number: number.clone() }.into(), RoomLine::YesOrNo.into()]);

    let mut decision = Decision { author: Some(me), ..Decision::reads(vec![PeopleLine::Erased { number }.into()]) };
    if !claims.is_empty() {
        decision.facts.push(ClaimsGiven { logs: claims.iter().map(|log| log.id).collect() }.into());
    }
    decision.facts.push(PersonErased { person: me, transaction }.into());
    decision.changes = forgetting(context, me, texts);
    Ok(decision.asking(question))
}

fn known_fund(context: CommandContext, fund: String) -> Result<String, Refusal> {
    if context.books.knows_fund(&fund) {
        Ok(fund)
    } else {
        Err(TypedRefusal::UnknownFund { typed: Typed(fund), nearest: None }.into())
    }
}

/// The changes that erase everything beside the journal about somebody.
fn forgetting(context: CommandContext, me: PersonId, texts: BTreeSet<TextRef>) -> Vec<DirectoryChange> {
    let (books, directory) = (context.books, context.directory);
    let names = names_of(context, me);
    let told = texts.iter().filter_map(|text| directory.text(*text)).map(str::to_owned);
    let files = texts.iter().filter_map(|file| directory.file(*file)).map(|file| file.name.clone());
    let addresses = books.ids_of(me).filter_map(|id| directory.pay_to(id)).flat_map(|pay_to| {
        let details = [Detail::Name, Detail::Street].map(|detail| pay_to.holder.get(detail).map(str::to_owned));
        let account = [pay_to.account.text().to_owned(), pay_to.account.masked()];
        account.into_iter().chain(details.into_iter().flatten())
    });
    let traces = ErasureResidue {
        accounts: directory.all_accounts_of(me).into_iter().cloned().collect(),
        phrases: names.iter().cloned().chain(told).chain(files).chain(addresses).collect(),
        room: context.moment.direct.then(|| context.moment.room.clone()),
    };
    let mut changes: Vec<DirectoryChange> = texts.into_iter().map(DirectoryChange::ForgetText).collect();
    // The preferences of their direct room, and what it was told.
    changes.extend(traces.room.clone().map(DirectoryChange::Replaced));
    changes.extend(directory.questions_with(&names).map(|question| DirectoryChange::QuestionClosed(question.id)));
    for account in directory.all_accounts_of(me) {
        changes.extend(directory.questions_to(account).map(|question| DirectoryChange::QuestionClosed(question.id)));
        changes.extend(directory.claimed_by(account).map(DirectoryChange::LinkingDone));
        changes.push(DirectoryChange::ForgetAccount(account.clone()));
    }
    let names = books.ids_of(me).flat_map(|id| [books.handle_of_id(id).to_owned(), id.to_string()]).collect();
    changes.extend(directory.jobs_naming(&names).cloned().map(DirectoryChange::JobDone));
    // Receipts that are still being fetched.
    let mine = |job: &&Job| log_of(context, job).is_some_and(|log| books.canonical_id(log.by) == me);
    changes.extend(directory.all_jobs().filter(mine).cloned().map(DirectoryChange::JobDone));
    changes.extend(books.ids_of(me).map(DirectoryChange::Forget));
    changes.push(DirectoryChange::ForgetResidue(traces));
    changes
}

/// All names of somebody: handles, display names, accounts.
fn names_of(context: CommandContext, me: PersonId) -> Vec<String> {
    let (books, directory) = (context.books, context.directory);
    let handles = books.ids_of(me).map(|id| books.handle_of_id(id).to_owned());
    let names = books.ids_of(me).filter_map(|id| directory.display_name(id)).map(str::to_owned);
    let accounts = directory.all_accounts_of(me).into_iter().map(|account| account.id.clone());
    handles.chain(names).chain(accounts).collect()
}

/// Checks that nothing is owed to or by somebody, and that nothing they take part in can change that.
fn has_no_ties(context: CommandContext, me: PersonId, gives_on: bool) -> Result<(), Refusal> {
    let books = context.books;
    let holder = Holder::Person(me);
    let name = |text: &str| Name::from(text);
    let machine = |id| Name::from(books.equipment(id).map_or("", |machine| machine.name.as_str()));
    let owed = books.owed_to(me);
    let pools = books.pools.iter().filter(|pool| pool.state.holds_money());
    let pools = pools.filter(|pool| {
        pool.backer(&holder).is_some_and(|backer| backer.paid.is_positive() || backer.outstanding().is_positive())
    });
    let machines = books.equipment.iter().filter(|machine| machine.standing == EquipmentStanding::Owned);
    let stakes = machines
        .filter(|machine| machine.owners.iter().any(|owner| owner.holder == holder && owner.stake.is_positive()));
    let is_theirs = |bill: &&Bill| {
        let pays = matches!(bill.payer, Payer::Person(payer) if books.canonical_id(payer) == me);
        bill.state == BillState::Waiting && (pays || bill.lines.iter().any(|line| books.holder(&line.to) == holder))
    };
    let doubts = books.logs.iter().filter(|log| log.person == me && books.held_for(log.id).minor.is_positive());
    let gives_to_them = |rule: &Rule| {
        rule.buckets
            .iter()
            .any(|bucket| matches!(bucket.to, Destination::Person(person) if books.canonical_id(person) == me))
    };
    // Waiting income is shared by the rule of its day.
    let shared_by = |income: &MoneyId| match books.money(*income)?.movement {
        Movement::Income { project, version, .. } => rule_of(books, project, version),
        _ => None,
    };
    let waiting = |project: &Project| project.waiting.keys().filter_map(shared_by).any(gives_to_them);
    let proposed = |id: &ProjectId| books.open_proposal(*id).is_some_and(|proposal| gives_to_them(&proposal.rule));
    let gives =
        |(id, project): &(&ProjectId, &Project)| gives_to_them(&project.rule) || waiting(project) || proposed(id);
    let rules = books.projects.iter().filter(gives).map(|(_, project)| name(&project.name));
    let ties = [
        PeopleRefusal::StillOwed {
            owed: Some(owed).filter(|owed| owed.minor.is_positive() && !gives_on),
            advance: Some(-owed).filter(|advance| advance.minor.is_positive()),
        }
        .into(),
        PeopleRefusal::StillHeld {
            pools: pools.map(|pool| name(&pool.name)).collect(),
            stakes: stakes.map(|machine| name(&machine.name)).collect(),
            lots: books
                .lots
                .iter()
                .filter(|lot| lot.by == holder && lot.left() > Decimal::ZERO)
                .map(|lot| Name(lot.id.to_string()))
                .collect(),
            doubts: doubts.map(|log| Name(log.id.to_string())).collect(),
        }
        .into(),
        PeopleRefusal::StillBound {
            bills: books.bills.iter().filter(is_theirs).map(|bill| Name(bill.id.to_string())).collect(),
            subscriptions: books
                .subscriptions
                .keys()
                .filter(|(_, person)| *person == me)
                .map(|(id, _)| machine(*id))
                .collect(),
            rules: rules.collect(),
            batches: books.open_batch_of(me).iter().map(|batch| Name(batch.id.to_string())).collect(),
        }
        .into(),
    ];
    let is_one = |ties: &Refusal| ties.fields().iter().any(|(_, tie)| *tie != Field::Nothing);
    ties.into_iter().find(is_one).map_or(Ok(()), Err)
}
