//! Everything that a network keeps about somebody, in a form that people and programs can read.

use chrono::NaiveDate;
use serde::Serialize;

use crate::commands::context::CommandContext;
use crate::commands::people::membership::roles_of;
use crate::commands::work::claim;
use crate::core::books::bill::{Bill, BillState};
use crate::core::books::movement::Movement;
use crate::core::contribution::{Contribution, Waiting};
use crate::core::distribution::share::Recipient;
use crate::core::equipment::ChargeLine;
use crate::core::fact::equipment::Payer;
use crate::core::holder::Holder;
use crate::core::ids::{EquipmentId, PersonId, ProjectId, TextRef};
use crate::core::log::{Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::time::Timestamp;
use crate::directory::{FileAbout, Scope, Stage};
use crate::grammar::percent::percent_text;
use crate::message::line::Line;
use crate::message::people::{ClaimTerm, PeopleLine};
use crate::platform::Platform;

/// Everything about one person.
#[derive(Serialize)]
pub struct About {
    network: String,
    at: Timestamp,
    handle: String,
    number: String,
    name: Option<String>,
    other_handles: Vec<String>,
    takes_part: bool,
    roles: Vec<String>,
    accounts: Vec<AccountAbout>,
    paid_at: Option<String>,
    gives_always: bool,
    owed: Amount,
    gives_on: Option<String>,
    logs: Vec<LogAbout>,
    logged_for_others: Vec<SaidFor>,
    claims: Vec<ClaimAbout>,
    shares: Vec<ShareAbout>,
    payments: Vec<PaymentAbout>,
    tasks: Vec<TaskAbout>,
    votes: Vec<VoteAbout>,
    pools: Vec<PoolAbout>,
    stakes: Vec<StakeAbout>,
    bills: Vec<BillAbout>,
    subscriptions: Vec<String>,
    stock: Vec<String>,
    other_texts: Vec<String>,
    open: Vec<String>,
}

#[derive(Serialize)]
struct AccountAbout {
    platform: Platform,
    id: String,
    language: Option<String>,
}

#[derive(Serialize)]
struct LogAbout {
    log: String,
    date: NaiveDate,
    said: Timestamp,
    said_by: String,
    project: String,
    kind: &'static str,
    contribution: Contribution,
    task: Option<String>,
    text: Option<String>,
    received: Amount,
    gift: bool,
    standing: &'static str,
    flagged_by: Option<String>,
    flag: Option<String>,
    receipts: Vec<FileAbout>,
}

/// A log that they made for somebody else.
#[derive(Serialize)]
struct SaidFor {
    log: String,
    person: String,
    date: NaiveDate,
    said: Timestamp,
    project: String,
    text: Option<String>,
}

#[derive(Serialize)]
struct ClaimAbout {
    log: String,
    worth: Option<Amount>,
    received: Option<Amount>,
    open: Option<Amount>,
}

#[derive(Serialize)]
struct ShareAbout {
    distribution: String,
    date: NaiveDate,
    project: String,
    amount: Amount,
}

#[derive(Serialize)]
struct PaymentAbout {
    number: String,
    date: NaiveDate,
    what: &'static str,
    amount: Amount,
    note: Option<String>,
    undone: bool,
}

#[derive(Serialize)]
struct TaskAbout {
    task: String,
    title: Option<String>,
    project: String,
    state: &'static str,
    opened_by_them: bool,
    done_by_them: bool,
}

#[derive(Serialize)]
struct VoteAbout {
    proposal: String,
    project: String,
    agreed: bool,
    objection: Option<String>,
}

#[derive(Serialize)]
struct PoolAbout {
    pool: String,
    state: &'static str,
    promised: Amount,
    paid: Amount,
}

#[derive(Serialize)]
struct StakeAbout {
    equipment: String,
    stake: Amount,
    received: Amount,
    to_receive: Amount,
}

#[derive(Serialize)]
struct BillAbout {
    bill: String,
    equipment: String,
    date: NaiveDate,
    amount: Amount,
    to_them: Amount,
    state: &'static str,
}

/// Collects everything about somebody.
pub fn about(context: CommandContext, me: PersonId) -> About {
    let (books, directory) = (context.books, context.directory);
    let holder = Holder::Person(me);
    let money = |minor| books.commodity.minor(minor);
    let person = books.people.get(&me);
    let accounts = directory.all_accounts_of(me).into_iter().map(|account| AccountAbout {
        platform: account.platform,
        id: account.id.clone(),
        language: directory.language(Scope::Account(account.clone())).map(str::to_owned),
    });
    let pools = books.pools.iter().filter_map(|pool| {
        let backer = pool.backer(&holder)?;
        Some(PoolAbout {
            pool: pool.name.clone(),
            state: pool.state.word(),
            promised: money(backer.promised),
            paid: money(backer.paid),
        })
    });
    let owners = books.equipment.iter().flat_map(|machine| machine.owners.iter().map(move |owner| (machine, owner)));
    let stakes = owners.filter(|(_, owner)| owner.holder == holder).map(|(machine, owner)| StakeAbout {
        equipment: machine.name.clone(),
        stake: money(owner.stake),
        received: money(owner.paid),
        to_receive: money(owner.open()),
    });
    let pays = |bill: &Bill| matches!(bill.payer, Payer::Person(payer) if books.canonical_id(payer) == me);
    let for_them = |line: &&ChargeLine| books.holder(&line.to) == holder;
    let to_them = |bill: &Bill| bill.lines.iter().filter(for_them).map(|line| line.minor).sum();
    let has_part = |bill: &&Bill| books.canonical_id(bill.person) == me || pays(bill) || to_them(bill) != Minor::ZERO;
    let bills = books.bills.iter().filter(has_part).map(|bill| BillAbout {
        bill: bill.id.to_string(),
        equipment: machine(context, bill.equipment),
        date: bill.date,
        amount: bill.total(),
        to_them: money(to_them(bill)),
        state: match bill.state {
            BillState::Waiting => "open",
            BillState::Paid(_) => "paid",
            BillState::Undone => "undone",
        },
    });
    let lots = books.lots.iter().filter(|lot| lot.by == holder);
    About {
        network: books.name.clone(),
        at: context.moment.at,
        handle: books.handle(me).to_owned(),
        number: me.to_string(),
        name: directory.display_name(me).map(str::to_owned),
        other_handles: books.ids_of(me).skip(1).map(|id| books.handle_of_id(id).to_owned()).collect(),
        takes_part: books.is_active(me),
        roles: roles_of(context, me).into_iter().map(|role| role.0).collect(),
        accounts: accounts.collect(),
        paid_at: directory.pay_to(me).map(|pay_to| pay_to.stored().replace('\n', ", ")),
        gives_always: person.is_some_and(|person| person.gives),
        owed: books.owed_to(me),
        gives_on: books.redirects.get(&me).map(|redirect| {
            let to = match &redirect.to {
                Recipient::Person(person) => books.handle(*person).to_owned(),
                Recipient::Fund(fund) => fund.clone(),
                Recipient::Claim(log) => log.to_string(),
            };
            let until = redirect.until.map(|until| format!(" until {until}")).unwrap_or_default();
            format!("{} % to {to}{until}", percent_text(i64::from(redirect.percent)))
        }),
        logs: books.logs.iter().filter(|log| log.person == me).map(|log| log_about(context, log)).collect(),
        logged_for_others: books
            .logs
            .iter()
            .filter(|log| log.person != me && books.canonical_id(log.by) == me)
            .map(|log| said_for(context, log))
            .collect(),
        claims: books.logs.iter().filter(|log| log.person == me).filter_map(|log| claim_about(context, log)).collect(),
        shares: shares(context, me),
        payments: payments(context, me),
        tasks: tasks(context, me),
        votes: votes(context, me),
        pools: pools.collect(),
        stakes: stakes.collect(),
        bills: bills.collect(),
        subscriptions: books
            .subscriptions
            .keys()
            .filter(|(_, person)| *person == me)
            .map(|(id, _)| machine(context, *id))
            .collect(),
        stock: lots.map(|lot| format!("{} {} {} {}", lot.id, lot.left().normalize(), lot.unit, lot.material)).collect(),
        other_texts: other_texts(context, me),
        open: open(context, me),
    }
}

/// Their texts that are in no other part: reasons for taking back or doubting something, references of payments.
fn other_texts(context: CommandContext, me: PersonId) -> Vec<String> {
    let books = context.books;
    let mut texts = books.texts_of(me);
    for log in books.logs.iter().filter(|log| log.person == me || books.canonical_id(log.by) == me) {
        texts.remove(&log.what);
    }
    for task in books.tasks.iter().filter(|task| task.opened_by == me) {
        texts.remove(&task.title);
    }
    texts.into_iter().filter_map(|of| text(context, of)).collect()
}

/// A text, unless it is empty or erased.
fn text(context: CommandContext, text: TextRef) -> Option<String> {
    context.directory.text(text).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn project(context: CommandContext, id: ProjectId) -> String {
    context.books.project_name(id).0
}

fn machine(context: CommandContext, id: EquipmentId) -> String {
    context.books.equipment(id).map(|machine| machine.name.clone()).unwrap_or_default()
}

fn log_about(context: CommandContext, log: &Log) -> LogAbout {
    let (books, directory) = (context.books, context.directory);
    let flag = if let LogStanding::Flagged(flag) = &log.standing { Some(flag) } else { None };
    LogAbout {
        log: log.id.to_string(),
        date: log.date,
        said: log.at,
        said_by: books.handle(log.by).to_owned(),
        project: project(context, log.project),
        kind: log.contribution.kind().word(),
        contribution: log.contribution.clone(),
        task: log.task.map(|task| task.to_string()),
        text: text(context, log.what),
        received: books.commodity.minor(log.received + log.reimbursed),
        gift: log.gift,
        standing: match log.standing {
            LogStanding::Counts => "counts",
            LogStanding::Waits(Waiting::Person) => "waits for their yes",
            LogStanding::Waits(Waiting::Custodian) => "waits for a custodian",
            LogStanding::Waits(Waiting::Validation) => "waits for others to agree",
            LogStanding::Flagged(_) => "flagged",
            LogStanding::Struck => "struck",
            LogStanding::Undone => "undone",
        },
        flagged_by: flag.map(|flag| books.handle(flag.by).to_owned()),
        flag: flag.and_then(|flag| text(context, flag.reason)),
        receipts: books
            .receipts
            .get(&log.id)
            .into_iter()
            .flatten()
            .filter_map(|file| directory.file(*file))
            .cloned()
            .collect(),
    }
}

fn said_for(context: CommandContext, log: &Log) -> SaidFor {
    SaidFor {
        log: log.id.to_string(),
        person: context.books.handle(log.person).to_owned(),
        date: log.date,
        said: log.at,
        project: project(context, log.project),
        text: text(context, log.what),
    }
}

/// What a log claims, if its project's rule can tell.
fn claim_about(context: CommandContext, log: &Log) -> Option<ClaimAbout> {
    match claim::row(context, log) {
        Ok(Some(Line::People(PeopleLine::ClaimRow { log, worth, received, term, .. }))) => {
            let open = if let Some(ClaimTerm::UntilPaid(open)) = term { Some(open) } else { None };
            Some(ClaimAbout { log: log.to_string(), worth, received, open })
        }
        _ => None,
    }
}

fn shares(context: CommandContext, me: PersonId) -> Vec<ShareAbout> {
    let books = context.books;
    let standing = books.distributions.iter().filter(|distribution| distribution.reversed_by.is_none());
    let of = standing.map(|distribution| (distribution, books.part_of(distribution, me)));
    let of = of.filter(|(_, minor)| *minor != Minor::ZERO).map(|(distribution, minor)| ShareAbout {
        distribution: distribution.id.to_string(),
        date: distribution.date,
        project: project(context, distribution.project),
        amount: books.commodity.minor(minor),
    });
    of.collect()
}

fn payments(context: CommandContext, me: PersonId) -> Vec<PaymentAbout> {
    let books = context.books;
    let logged_by_them = |log| books.log(log).is_some_and(|log| log.person == me);
    let paid = books.money.iter().filter_map(|money| {
        let what = match &money.movement {
            Movement::Payout { person, .. } if books.canonical_id(*person) == me => "paid to them",
            Movement::Reimbursement { log, .. } if logged_by_them(*log) => "reimbursed to them",
            Movement::Cash { log } if logged_by_them(*log) => "cash that they put in",
            Movement::PoolPayment { person, .. } if books.canonical_id(*person) == me => "paid into a pool",
            _ => return None,
        };
        let note = money.reference.and_then(|note| text(context, note));
        Some(PaymentAbout {
            number: money.id.to_string(),
            date: money.date,
            what,
            amount: money.amount,
            note,
            undone: money.undone_by.is_some(),
        })
    });
    paid.collect()
}

fn tasks(context: CommandContext, me: PersonId) -> Vec<TaskAbout> {
    let theirs = context.books.tasks.iter().filter(|task| task.opened_by == me || task.state.person() == Some(me));
    let about = theirs.map(|task| TaskAbout {
        task: task.id.to_string(),
        title: text(context, task.title),
        project: project(context, task.project),
        state: task.state.word(),
        opened_by_them: task.opened_by == me,
        done_by_them: task.state.person() == Some(me),
    });
    about.collect()
}

fn votes(context: CommandContext, me: PersonId) -> Vec<VoteAbout> {
    let proposals = context.books.proposals.iter();
    let voted = proposals.filter(|proposal| proposal.agreed.contains(&me) || proposal.objections.contains_key(&me));
    let about = voted.map(|proposal| VoteAbout {
        proposal: proposal.id.to_string(),
        project: project(context, proposal.project),
        agreed: proposal.agreed.contains(&me),
        objection: proposal.objections.get(&me).and_then(|reason| text(context, *reason)),
    });
    about.collect()
}

/// What is unfinished: a timer, questions, a linking, a payment.
fn open(context: CommandContext, me: PersonId) -> Vec<String> {
    let (books, directory) = (context.books, context.directory);
    let mut open = Vec::new();
    if let Some(timer) = directory.timer(me) {
        open.push(format!(
            "since {}, being timed for {}: {}",
            timer.since.to_rfc3339(),
            project(context, timer.project),
            timer.what
        ));
    }
    for account in directory.all_accounts_of(me) {
        open.extend(
            directory
                .questions_to(account)
                .map(|question| format!("until {}, a question: {}", question.until, question.command)),
        );
    }
    if let Some(linking) = directory.linking(me) {
        open.push(match &linking.stage {
            Stage::Code(_) => format!("until {}, a code for another account", linking.until),
            Stage::Claim(claim) => {
                format!("until {}, whether {} on {} is theirs", linking.until, claim.account.id, claim.account.platform)
            }
        });
    }
    open.extend(books.open_batch_of(me).map(|batch| format!("a payment on its way: {}", batch.id)));
    open
}
