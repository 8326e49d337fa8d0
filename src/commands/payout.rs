//! `payout ...`: what a distribution would give, confirming it, and why it gave what it gave.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::people::Nothing;
use super::project::percent_text;
use super::reply::{Line, ROWS, list_of};
use super::{Decision, Scene};
use crate::core::books::{Distribution, NoOutcome};
use crate::core::contribution::{Contribution, Standing};
use crate::core::distribution::{Claim, Given, Outcome, Purse, Recipient, Share};
use crate::core::entry::{Distributed, DistributionApproved, Hash, MoneyId, PersonId, ProjectId};
use crate::core::ledger::{Posting, Transaction};
use crate::core::message::Name;
use crate::core::money::Amount;
use crate::core::refusal::Refusal;
use crate::core::rule::{Base, Bucket, Destination, Lifetime, Weigh};
use crate::core::split::rounded;
use crate::core::task::TaskState;

/// How many claims of a person an explanation lists in a bucket.
const CLAIMS: usize = 10;

/// `payout preview`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    amount: Option<Amount>,
    project: ProjectId,
}

fn outcome(scene: Scene, project: ProjectId, income: Amount) -> Result<Outcome, Refusal> {
    scene.books.outcome(project, income).map_err(|why| match why {
        NoOutcome::Rate(missing) => Refusal::NoRate { role: Name::from(&missing.role), date: missing.date },
        NoOutcome::TooLarge => Refusal::TooLarge,
    })
}

/// What the rule would give out of an income, or out of those that wait.
pub fn preview(scene: Scene, args: Preview) -> Result<Decision, Refusal> {
    let income = args.amount.unwrap_or_else(|| scene.books.waiting_income(args.project));
    let purse = scene.books.purse(args.project, income);
    if income.minor == 0 && purse.carried <= 0 {
        return Err(Refusal::NothingToShare { project: scene.books.project_name(args.project) });
    }
    let outcome = outcome(scene, args.project, income)?;
    let mut lines = vec![Line::PreviewHead { income, project: scene.books.project_name(args.project) }];
    lines.extend(outcome_lines(scene, args.project, purse, &outcome));
    Ok(Decision::reads(lines))
}

/// Who gets what: people with their part of all that is given, funds, what is held, what stays, what looks forgotten.
fn outcome_lines(scene: Scene, project: ProjectId, purse: Purse, outcome: &Outcome) -> Vec<Line> {
    let books = scene.books;
    let money = |minor| books.commodity.minor(minor);
    let mut people: BTreeMap<PersonId, (i64, i64)> = BTreeMap::new();
    let mut order: Vec<PersonId> = Vec::new();
    let mut lines: Vec<Line> = from_before(scene, purse).into_iter().collect();
    let given: i64 = outcome.shares.iter().map(|share| share.placed).sum();
    let whole = if purse.income > 0 { purse.income } else { given.max(1) };
    let percent = |part: i64| Name(percent_text(rounded(i128::from(part), 10_000, i128::from(whole)).unwrap_or(0)));
    for share in &outcome.shares {
        let mut add = |person: PersonId, part: i64, held: bool| {
            if !people.contains_key(&person) {
                order.push(person);
            }
            let (paid, kept) = people.entry(person).or_default();
            *(if held { kept } else { paid }) += part;
        };
        match &share.given {
            Given::Fund(fund) => {
                lines.push(Line::ShareFund { fund: Name::from(fund), amount: money(share.placed), percent: percent(share.placed) })
            }
            Given::Person(person) => add(*person, share.placed, false),
            Given::Claims(parts) => parts.iter().for_each(|(claim, part)| add(claim.person, *part, claim.held)),
        }
    }
    for person in order {
        let (paid, held) = people[&person];
        let advance = Some(paid.min(-books.owed_to(person).minor)).filter(|advance| *advance > 0).map(money);
        lines.push(Line::SharePerson {
            person: books.name_of(person),
            amount: money(paid),
            percent: percent(paid + held),
            held: Some(money(held)).filter(|held| held.minor > 0),
            advance,
        });
    }
    match outcome.undistributed {
        ..0 => lines.push(Line::ToRecover { project: books.project_name(project), amount: money(-outcome.undistributed) }),
        0 if !lines.is_empty() => {}
        _ => lines.push(Line::Undistributed { project: books.project_name(project), amount: money(outcome.undistributed) }),
    }
    let forgotten = books.tasks.iter().filter(|task| {
        task.project == project && matches!(task.state, TaskState::Done(_) | TaskState::Accepted(_)) && !books.has_log(task.id)
    });
    let forgotten: Vec<Name> = forgotten.map(|task| Name(task.id.to_string())).collect();
    if !forgotten.is_empty() {
        lines.push(Line::LooksUnlogged { tasks: forgotten });
    }
    lines
}

/// What is on the account besides the income: left from before, to be recovered first, or spent already.
fn from_before(scene: Scene, purse: Purse) -> Option<Line> {
    let some = |minor: i64| Some(scene.books.commodity.minor(minor)).filter(|amount| amount.minor > 0);
    let (carried, recovered, spent) = (some(purse.carried), some(purse.income.min(-purse.carried)), some(purse.spent));
    (carried.is_some() || recovered.is_some() || spent.is_some()).then_some(Line::FromBefore { carried, recovered, spent })
}

/// `payout confirm`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    project: ProjectId,
}

/// Shares the incomes that wait. Above the network's threshold two people must confirm the same outcome.
pub fn confirm(scene: Scene, args: Confirm) -> Result<Decision, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(Refusal::NoProjects) };
    let name = books.project_name(args.project);
    let income = books.waiting_income(args.project);
    let purse = books.purse(args.project, income);
    if income.minor == 0 && purse.carried <= 0 {
        return Err(Refusal::NothingToShare { project: name });
    }
    let outcome = outcome(scene, args.project, income)?;
    let given = books.commodity.minor(outcome.shares.iter().map(|share| share.placed).sum());
    if given.minor == 0 && purse.income + purse.carried <= 0 {
        return Err(Refusal::RecoversFirst { project: name, amount: books.commodity.minor(-purse.income - purse.carried) });
    }
    if given.minor == 0 {
        return Err(Refusal::NobodyToShareWith { project: name, undistributed: books.commodity.minor(outcome.undistributed) });
    }
    let rows = outcome_lines(scene, args.project, purse, &outcome);
    let mut question = vec![Line::ConfirmHead { income, project: name.clone(), rule: Name::from(project.rule.preset.word()) }];
    question.extend(rows.iter().cloned());
    question.push(Line::YesOrNo);

    let hash = outcome_hash(&outcome);
    if books.settings.second_person.is_some_and(|threshold| given.minor > threshold.minor) {
        match project.approval {
            Some((first, approved)) if approved == hash && first != me => {}
            Some((first, approved)) if approved == hash && first == me => return Err(Refusal::SecondPersonNeeded { project: name }),
            _ => {
                let fact = DistributionApproved { project: args.project, outcome: hash };
                return Ok(Decision {
                    question: Some(question),
                    ..Decision::fact(fact, vec![Line::Approved { person: books.name_of(me), project: name }])
                });
            }
        }
    }

    let incomes: Vec<(MoneyId, Amount)> = project.waiting.iter().map(|(&id, &amount)| (id, amount)).collect();
    let transaction = transaction(scene, args.project, &outcome.shares)?;
    let distributed = Distributed {
        distribution: books.next_distribution(),
        project: args.project,
        rule: project.rule.clone(),
        rule_hash: project.rule_hash,
        incomes,
        carried: books.commodity.minor(purse.carried),
        spent: books.commodity.minor(purse.spent),
        shares: outcome.shares,
        undistributed: books.commodity.minor(outcome.undistributed),
        transaction,
    };
    let mut lines = vec![Line::Distributed {
        distribution: distributed.distribution,
        amount: given,
        project: name,
        rule: Name::from(project.rule.preset.word()),
    }];
    lines.extend(rows);
    lines.push(Line::HowToExplain);
    Ok(Decision { question: Some(question), ..Decision::fact(distributed, lines) })
}

fn outcome_hash(outcome: &Outcome) -> Hash {
    let text = serde_json::to_vec(&(&outcome.shares, outcome.undistributed)).unwrap_or_default();
    Hash(Sha256::digest(text).into())
}

fn transaction(scene: Scene, project: ProjectId, shares: &[Share]) -> Result<Transaction, Refusal> {
    let books = scene.books;
    let mut to: Vec<Posting> = Vec::new();
    for share in shares {
        to.extend(share.owed().map(|(whose, minor)| (books.account_of_recipient(&whose), books.commodity.minor(minor))));
    }
    Transaction::credit(books.project_account(project), to).map_err(|_| Refusal::TooLarge)
}

/// `payout explain`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    person: Option<PersonId>,
    project: ProjectId,
}

/// Every line that makes up somebody's part of the last distribution, so that it can be computed again by hand.
pub fn explain(scene: Scene, args: Explain) -> Result<Decision, Refusal> {
    let books = scene.books;
    let person = args.person.map_or_else(|| scene.ctx.author.person.ok_or(Refusal::JoinFirst), Ok)?;
    let name = books.name_of(person);
    let last = books.distributions.iter().rev().find(|d| d.project == args.project && d.reversed_by.is_none());
    let Some(last) = last else { return Err(Refusal::NothingSharedYet { project: books.project_name(args.project) }) };
    let income: i64 = last.incomes.iter().map(|(_, amount)| amount.minor).sum();
    let purse = Purse { income, carried: last.carried.minor, spent: last.spent.minor };
    let mut lines = vec![Line::ExplainHead {
        distribution: last.id,
        date: last.date,
        project: books.project_name(args.project),
        incomes: last.incomes.iter().map(|(id, _)| Name(id.to_string())).collect(),
        income: books.commodity.minor(income),
        rule: Name::from(last.rule.preset.word()),
        hash: Name(last.rule_hash.short()),
    }];
    lines.extend(from_before(scene, purse));
    // Whoever was somebody else then was split with as that one.
    let mut parts: BTreeMap<PersonId, i64> = books.ids_of(person).map(|id| (id, 0)).collect();
    for share in &last.shares {
        explain_share(scene, &mut parts, last, share, &mut lines);
    }
    let set_off = parts.iter().filter_map(|(id, part)| Some(last.advances.get(id)?.minor.min(*part)));
    let advance = Some(books.commodity.minor(set_off.sum())).filter(|advance| advance.minor > 0);
    let total = parts.values().sum();
    lines.push(Line::ExplainTotal { person: name, amount: books.commodity.minor(total), advance, owed: books.owed_to(person) });
    lines.push(Line::ExplainTies);
    Ok(Decision::reads(lines))
}

/// Explains what one bucket gave somebody, under each of their ids, and adds it to their parts.
fn explain_share(scene: Scene, own: &mut BTreeMap<PersonId, i64>, distribution: &Distribution, share: &Share, lines: &mut Vec<Line>) {
    let Some(bucket) = distribution.rule.buckets.get(share.bucket) else { return };
    let (place, percent, total) = (share.bucket + 1, Name(percent_text(i64::from(bucket.percent))), bucket.of == Base::Total);
    let offered = scene.books.commodity.minor(share.offered);
    match &share.given {
        Given::Fund(fund) => lines.push(Line::ExplainFund { place, percent, total, offered, fund: Name::from(fund) }),
        Given::Person(to) => {
            lines.push(Line::ExplainCut { place, percent, total, offered, person: scene.books.name_of(*to) });
            own.entry(*to).and_modify(|part| *part += share.placed);
        }
        Given::Claims(parts) => {
            for (person, part) in own {
                *part += explain_claims(scene, *person, distribution, (share, bucket, parts.as_slice()), lines);
            }
        }
    }
}

/// Explains a person's part of a bucket for claims; gives what it comes to without what is held.
fn explain_claims(
    scene: Scene,
    person: PersonId,
    distribution: &Distribution,
    (share, bucket, parts): (&Share, &Bucket, &[(Claim, i64)]),
    lines: &mut Vec<Line>,
) -> i64 {
    let books = scene.books;
    let money = |minor| books.commodity.minor(minor);
    let (place, percent, total) = (share.bucket + 1, Name(percent_text(i64::from(bucket.percent))), bucket.of == Base::Total);
    let own: Vec<&(Claim, i64)> = parts.iter().filter(|(claim, _)| claim.person == person).collect();
    let weight = |claims: &mut dyn Iterator<Item = &(Claim, i64)>| claims.map(|(claim, _)| i128::from(claim.weight)).sum::<i128>();
    let (of_own, of_all) = (weight(&mut own.iter().copied()), weight(&mut parts.iter()));
    if of_own == 0 {
        return 0;
    }
    // The shares as they were made; what changed since is told apart.
    let changes: Vec<_> = distribution.amendments.iter().filter(|(_, part)| part.bucket == share.bucket).collect();
    let change = |log| changes.iter().filter(|(_, part)| part.to == Recipient::Claim(log)).map(|(_, part)| part.amount.minor).sum::<i64>();
    let all_changes: i64 = changes.iter().map(|(_, part)| part.amount.minor).sum();
    let made: i64 = own.iter().map(|(claim, part)| part - change(claim.log)).sum();
    let (minutes, open) = match &bucket.to {
        Destination::Claims { lifetime: Lifetime::UntilPaid, .. } => (false, true),
        Destination::Claims { weigh: Weigh::Minutes, .. } => (true, false),
        _ => (false, false),
    };
    lines.push(Line::ExplainBucket {
        place,
        percent,
        total,
        kinds: bucket_kinds(&bucket.to),
        offered: money(share.offered),
        placed: money(share.placed - all_changes),
        person: Name::from(books.handle_of_id(person)),
        weight: Name(of_own.to_string()),
        of: Name(of_all.to_string()),
        minutes,
        open,
        value: !minutes && !open,
        amount: money(made),
    });
    for (claim, part) in own.iter().take(CLAIMS) {
        let log = books.log(claim.log);
        let time = log.and_then(|log| log.contribution.minutes()).filter(|_| !minutes);
        let rate = log.filter(|_| !minutes).and_then(|log| match &log.contribution {
            Contribution::Work { role, .. } => books.rate_for(log.rated_as, role, log.date),
            _ => None,
        });
        lines.push(Line::ExplainClaim {
            log: claim.log,
            date: log.map_or(distribution.date, |log| log.date),
            time,
            rate,
            weight: Name(claim.weight.to_string()),
            amount: money(part - change(claim.log)),
            held: claim.held && *part != 0,
        });
    }
    if own.len() > CLAIMS {
        let rest = own.iter().skip(CLAIMS).map(|(claim, part)| part - change(claim.log)).sum();
        lines.push(Line::ExplainRest { count: own.len() - CLAIMS, amount: money(rest) });
    }
    for (why, part) in &changes {
        if let Recipient::Claim(log) = part.to
            && own.iter().any(|(claim, _)| claim.log == log)
        {
            let struck = books.log(*why).is_some_and(|log| log.standing == Standing::Struck);
            lines.push(Line::ExplainChange { log, amount: part.amount, why: *why, struck, lowered: !struck });
        }
    }
    own.iter().filter(|(claim, _)| !claim.held).map(|(_, part)| part).sum()
}

/// The kinds of claims that a bucket is for.
fn bucket_kinds(to: &Destination) -> Vec<Name> {
    match to {
        Destination::Claims { kinds, .. } => kinds.iter().map(|kind| Name::from(kind.word())).collect(),
        Destination::Fund(_) | Destination::Person(_) => Vec::new(),
    }
}

/// `payout list`: distributions, and what people are owed now.
pub fn list(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let books = scene.books;
    let row = |d: &Distribution| Line::DistributionRow {
        distribution: d.id,
        date: d.date,
        project: books.project_name(d.project),
        amount: books.commodity.minor(d.shares.iter().map(|share| share.placed).sum()),
        undone: d.reversed_by,
    };
    let mut lines = list_of(ROWS, books.distributions.len(), books.distributions.iter().rev().map(row));
    let owed = || books.people.keys().map(|&person| (person, books.owed_to(person))).filter(|(_, owed)| owed.minor != 0);
    let row = |(person, owed): (PersonId, Amount)| Line::OwedRow { person: books.name_of(person), owed, advance: owed.minor < 0 };
    lines.extend(list_of(2 * ROWS, owed().count(), owed().map(row)));
    if lines.is_empty() {
        lines.push(Line::NoPayouts);
    }
    Ok(Decision::reads(lines))
}
