//! `payout explain`: somebody's part of a distribution, in words or in every figure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::distribution::{from_before, version_of};
use crate::commands::money::redirect;
use crate::core::books::distributed::Distribution;
use crate::core::contribution::{Contribution, ContributionKind};
use crate::core::distribution::fill::Claim;
use crate::core::distribution::run::DistributionInput;
use crate::core::distribution::share::{BucketResult, Recipient, Share};
use crate::core::equipment::{ChargeLine, Why};
use crate::core::fact::work::AmendedPart;
use crate::core::holder::Holder;
use crate::core::ids::{DistributionId, LineId, LogId, PersonId, ProjectId};
use crate::core::log::{Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination, Lifetime, Weigh};
use crate::core::rule::definition::Rule;
use crate::core::split::rounded;
use crate::core::time::Minutes;
use crate::grammar::percent::percent_text;
use crate::message::field::{Number, Term};
use crate::message::line::Line;
use crate::message::money::{BucketPays, LogChange, MoneyLine, MoneyRefusal, Weight};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;

/// How many claims of a person an explanation lists for each bucket.
const CLAIMS: usize = 10;

/// `payout explain`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    person: Option<PersonId>,
    distribution: Option<DistributionId>,
    project: ProjectId,
    details: Option<bool>,
}

/// An explanation in two layers.
#[derive(Default)]
struct Explanation {
    /// In words.
    words: Vec<Line>,
    /// In every figure.
    figures: Vec<Line>,
    /// What is held, and the logs that are in doubt.
    held: Minor,
    in_doubt: Vec<Name>,
    /// Whether they have a claim that the rule weighed.
    is_of_claims: bool,
}

impl Explanation {
    /// Notes what of somebody's parts is held.
    fn note_held(&mut self, own: &[&(Claim, Minor)]) {
        for (claim, part) in own.iter().filter(|(claim, part)| claim.held && *part != Minor::ZERO) {
            self.held += *part;
            self.in_doubt.push(Name(claim.log.to_string()));
        }
    }
}

/// The kinds of logs that a rule pays.
fn all_kinds(rule: &Rule) -> Vec<Term> {
    let mut kinds: Vec<Term> = rule.buckets.iter().flat_map(|bucket| bucket_kinds(&bucket.to)).collect();
    let mut seen = BTreeSet::new();
    kinds.retain(|kind| seen.insert(kind.clone()));
    kinds
}

/// How somebody's part of a distribution came about, by default the last: in words, or with every figure, so that it
/// can be recomputed by hand.
///
/// # Errors
/// Refused if nobody is named and the author has not joined, or if the distribution does not exist.
pub fn explain(context: CommandContext, args: Explain) -> Result<Decision, Refusal> {
    let books = context.books;
    let person = args.person.map_or_else(|| context.moment.author.person.ok_or(PeopleRefusal::JoinFirst), Ok)?;
    let name = books.name_of(person);
    let last = match args.distribution {
        Some(id) => books.distribution(id),
        None => books.distributions.iter().rev().find(|d| d.project == args.project && d.reversed_by.is_none()),
    };
    let Some(last) = last else {
        return Err(MoneyRefusal::NothingSharedYet { project: books.project_name(args.project) }.into());
    };
    let income: Minor = last.incomes.iter().map(|(_, amount)| amount.minor).sum();
    let input = DistributionInput { income, carried: last.carried.minor, spent: last.spent.minor, milestone: None };
    let with_figures = args.details == Some(true);
    let mut told = Explanation::default();
    // A merged person was split with under the id they had then.
    let mut parts: BTreeMap<PersonId, Minor> = books.ids_of(person).map(|id| (id, Minor::ZERO)).collect();
    for share in &last.shares {
        explain_share(context, &mut parts, last, share, &mut told);
    }
    if !told.is_of_claims && parts.values().all(|part| *part == Minor::ZERO) {
        told.words.push(MoneyLine::ExplainNothing { person: name.clone(), kinds: all_kinds(&last.rule) }.into());
    }
    if told.held.is_positive() {
        let (held, logs) = (books.commodity.minor(told.held), std::mem::take(&mut told.in_doubt));
        told.words.push(MoneyLine::ExplainHeld { held, logs }.into());
    }
    let rule = Term::from(last.rule.preset.word());
    let mut lines = vec![
        MoneyLine::ExplainHead {
            distribution: last.id,
            date: last.date,
            project: books.project_name(last.project),
            person: name.clone(),
            reversed: last.reversed_by.is_some(),
        }
        .into(),
        MoneyLine::ExplainIncome {
            income: books.commodity.minor(income),
            incomes: last.incomes.iter().map(|(id, _)| Name(id.to_string())).collect(),
            rule: rule.clone(),
        }
        .into(),
    ];
    lines.extend(from_before(context, input));
    lines.extend(told.words);
    let set_off = parts.iter().filter_map(|(id, part)| Some(last.advances.get(id)?.minor.min(*part)));
    let advance = Some(books.commodity.minor(set_off.sum())).filter(|advance| advance.minor.is_positive());
    let mine = |id: &PersonId| books.canonical_id(*id) == person;
    let theirs = last
        .redirected
        .iter()
        .filter(|redirected| mine(&redirected.person) || matches!(&redirected.to, Recipient::Person(to) if mine(to)));
    lines.extend(theirs.map(|redirected| redirect::row(context, redirected)));
    lines.push(
        MoneyLine::ExplainTotal {
            person: name.clone(),
            amount: books.commodity.minor(books.part_of(last, person)),
            advance,
            owed: books.owed_to(person),
        }
        .into(),
    );
    lines.extend(from_machines(context, last, person));
    if with_figures {
        lines.extend(told.figures);
        lines.push(MoneyLine::ExplainTies.into());
        let version = version_of(context, last.project, last.version);
        lines.push(MoneyLine::ExplainRule { rule, version, hash: Name(last.rule_hash.short()) }.into());
    } else {
        lines.push(MoneyLine::ExplainMore { distribution: last.id, person: name }.into());
    }
    Ok(Decision::reads(lines))
}

/// What somebody got as a co-owner of machines that a distribution paid, and what these machines took back later. No
/// distribution has to do with that.
fn from_machines(context: CommandContext, distribution: &Distribution, person: PersonId) -> Vec<Line> {
    let books = context.books;
    let is_theirs = |line: &&ChargeLine| books.holder(&line.to) == Holder::Person(person);
    let name = |id| Name::from(books.equipment(id).map_or("", |machine| machine.name.as_str()));
    let is_reversed = distribution.reversed_by.is_some();
    let mut lines = Vec::new();
    for (place, share) in books.machine_shares.iter().enumerate() {
        if share.distribution != Some(distribution.id) || (share.reversed && !is_reversed) {
            continue;
        }
        for line in share.shared.iter().filter(is_theirs) {
            let Why::PayBack { open, of } = &line.why else { continue };
            let (amount, open, of) = (line.minor, *open, *of);
            let [amount, open, of] = [amount, open, of].map(|minor| books.commodity.minor(minor));
            let equipment = name(share.equipment);
            lines.push(MoneyLine::ExplainStake { person: books.name_of(person), equipment, amount, open, of }.into());
        }
        let later = books.machine_shares.iter().skip(place + 1).filter(|later| {
            later.equipment == share.equipment && later.distribution.is_none() && !later.reversed && !is_reversed
        });
        let back = later.flat_map(|later| &later.shared).filter(is_theirs).filter(|line| line.minor.is_negative());
        let back: Minor = back.map(|line| -line.minor).sum();
        if back.is_positive() {
            let (amount, equipment) = (books.commodity.minor(back), name(share.equipment));
            lines.push(MoneyLine::ExplainStakeBack { person: books.name_of(person), equipment, amount }.into());
        }
    }
    lines
}

/// Explains what one bucket gave somebody, under each of their ids, and adds it to their parts.
fn explain_share(
    context: CommandContext,
    own: &mut BTreeMap<PersonId, Minor>,
    distribution: &Distribution,
    share: &Share,
    told: &mut Explanation,
) {
    let Some(bucket) = distribution.rule.buckets.get(share.bucket) else { return };
    let (place, percent, total) = (share.bucket + 1, percent_text(i64::from(bucket.percent)), bucket.of == Base::Total);
    let offered = context.books.commodity.minor(share.offered);
    match &share.given {
        BucketResult::Fund(fund) => {
            told.words.push(MoneyLine::ExplainFund { place, percent, total, offered, fund: Name::from(fund) }.into())
        }
        BucketResult::Person(to) => {
            told.words.push(
                MoneyLine::ExplainCut { place, percent, total, offered, person: context.books.name_of(*to) }.into(),
            );
            own.entry(*to).and_modify(|part| *part += share.placed);
        }
        BucketResult::Claims(parts) => {
            for (person, part) in own {
                *part += explain_claims(context, *person, distribution, (share, bucket, parts.as_slice()), told);
            }
        }
    }
}

/// Explains a person's part of a bucket for claims; returns its sum without what is held.
fn explain_claims(
    context: CommandContext,
    person: PersonId,
    distribution: &Distribution,
    (share, bucket, parts): (&Share, &Bucket, &[(Claim, Minor)]),
    told: &mut Explanation,
) -> Minor {
    let books = context.books;
    let money = |minor| books.commodity.minor(minor);
    let (place, percent, total) = (share.bucket + 1, percent_text(i64::from(bucket.percent)), bucket.of == Base::Total);
    let own: Vec<&(Claim, Minor)> = parts.iter().filter(|(claim, _)| claim.person == person).collect();
    if own.iter().all(|(claim, _)| claim.weight == 0) {
        return Minor::ZERO;
    }
    told.is_of_claims = true;
    told.note_held(&own);
    // The shares as they were made; later changes are listed separately.
    let change = |log| changed(distribution, share.bucket, log);
    let all_changes: Minor = amendments(distribution, share.bucket).map(|(_, part)| part.amount.minor).sum();
    let made: Minor = own.iter().map(|(claim, part)| *part - change(claim.log)).sum();
    let weighs = weight_of(bucket);
    if bucket.to == Destination::Budget {
        let offered = money(share.offered);
        told.words.push(
            MoneyLine::ExplainBucket {
                place,
                percent,
                total,
                pays: BucketPays::Lines,
                offered,
                placed: money(share.placed - all_changes),
            }
            .into(),
        );
        explain_lines(context, person, (distribution, share.bucket), &own, told);
        told.words.extend(changes(context, distribution, share.bucket, &own));
        return own.iter().filter(|(claim, _)| !claim.held).map(|(_, part)| part).sum();
    }
    let people = by_person(parts, &change, &weighs);
    let Some(mine) = people.iter().find(|taken| taken.person == person) else { return Minor::ZERO };
    let full: Vec<&TakenShare> = people.iter().filter(|taken| taken.is_full).collect();
    let to_full: Minor = full.iter().map(|taken| taken.part).sum();
    let others: i128 = people.iter().filter(|taken| !taken.is_full).map(|taken| taken.weight).sum();
    let shared = money(share.offered - to_full);
    let name = || Name::from(books.handle_of_id(person));
    let kinds = bucket_kinds(&bucket.to);
    let named = (place, kinds.clone(), shared, name(), money(made), &weighs);
    told.words.push(in_words(context, mine, others, named, bucket));
    told.words.extend(changes(context, distribution, share.bucket, &own));
    told.figures.push(
        MoneyLine::ExplainBucket {
            place,
            percent,
            total,
            pays: BucketPays::Claims(kinds),
            offered: money(share.offered),
            placed: money(share.placed - all_changes),
        }
        .into(),
    );
    // People who are paid up take what was open to them; the others divide the rest.
    if !full.is_empty() && !mine.is_full {
        told.figures.push(MoneyLine::ExplainPaidUp { count: full.len(), amount: money(to_full), left: shared }.into());
    }
    if !mine.is_full {
        told.figures.push(
            MoneyLine::ExplainShare {
                person: name(),
                shared,
                weight: Name(mine.weight.to_string()),
                of: Name(others.to_string()),
                by: weighs.clone(),
                amount: money(made),
            }
            .into(),
        );
    }
    claim_rows(context, distribution, (bucket, share.bucket), &own, &mut told.figures);
    own.iter().filter(|(claim, _)| !claim.held).map(|(_, part)| part).sum()
}

/// What a bucket gave somebody, in a sentence.
fn in_words(
    context: CommandContext,
    mine: &TakenShare,
    others: i128,
    (place, kinds, shared, person, amount, weighs): (usize, Vec<Term>, Amount, Name, Amount, &Weight),
    bucket: &Bucket,
) -> Line {
    const PER_CENT: i128 = 60;
    if mine.is_full {
        return MoneyLine::ExplainFull { place, kinds, person, amount }.into();
    }
    let percent = rounded(mine.weight, i128::from(BasisPoints::ONE.0), others.max(1))
        .map_or(Number("0".to_owned()), percent_text);
    let minutes = |weight: i128| Minutes(i64::try_from(weight).unwrap_or(i64::MAX));
    let money =
        |weight: i128, per: i128| context.books.commodity.minor(Minor(rounded(weight, 1, per).unwrap_or(i64::MAX)));
    match weighs {
        Weight::Minutes => {
            let (mine, all) = (minutes(mine.weight), minutes(others));
            MoneyLine::ExplainByTime { place, kinds, shared, person, mine, all, percent, amount }.into()
        }
        Weight::Value => {
            let (mine, all) = (money(mine.weight, PER_CENT), money(others, PER_CENT));
            let factors = has_factors(bucket);
            MoneyLine::ExplainByValue { place, kinds, shared, person, mine, all, factors, percent, amount }.into()
        }
        Weight::Open => {
            let (mine, all) = (money(mine.weight, 1), money(others, 1));
            let cap = other_cap(bucket);
            MoneyLine::ExplainByOpen { place, kinds, shared, person, mine, all, cap, percent, amount }.into()
        }
        Weight::Alike => {
            let count = usize::try_from(others).unwrap_or(usize::MAX);
            MoneyLine::ExplainAlike { place, shared, person, count, amount }.into()
        }
    }
}

/// The amendments of a bucket: why, and what changed.
fn amendments(distribution: &Distribution, bucket: usize) -> impl Iterator<Item = &(LogId, AmendedPart)> {
    distribution.amendments.iter().filter(move |(_, part)| part.bucket == bucket)
}

/// How much a claim's part of a bucket has changed since it was shared.
fn changed(distribution: &Distribution, bucket: usize, log: LogId) -> Minor {
    let of_log = amendments(distribution, bucket).filter(|(_, part)| part.to == Recipient::Claim(log));
    of_log.map(|(_, part)| part.amount.minor).sum()
}

/// Somebody's claims in a bucket, what they come to, and what changed since.
fn claim_rows(
    context: CommandContext,
    distribution: &Distribution,
    (bucket, place): (&Bucket, usize),
    own: &[&(Claim, Minor)],
    lines: &mut Vec<Line>,
) {
    let books = context.books;
    let weighs = weight_of(bucket);
    let made = |(claim, part): &(Claim, Minor)| *part - changed(distribution, place, claim.log);
    let money = |minor| books.commodity.minor(minor);
    let together = |claims: &[&(Claim, Minor)]| {
        let sum: i128 = claims.iter().map(|(claim, _)| i128::from(claim.weight)).sum();
        let weight = if weighs == Weight::Alike { 1 } else { sum };
        (Number(weight.to_string()), money(claims.iter().map(|claim| made(claim)).sum()))
    };
    for one in own.iter().take(CLAIMS) {
        let claim = &one.0;
        let log = books.log(claim.log);
        let counted = log.and_then(|log| counted(context, log, claim, &weighs));
        let rate = log.zip(counted).and_then(|(log, counted)| rate(context, log, counted, &weighs));
        lines.push(
            MoneyLine::ExplainClaim {
                log: claim.log,
                date: log.map_or(distribution.date, |log| log.date),
                time: counted.and_then(Contribution::minutes).filter(|_| weighs != Weight::Minutes),
                rate,
                value: counted.and_then(Contribution::stated_value),
                factor: log.and_then(|log| factor(bucket, log.contribution.kind())),
                cap: other_cap(bucket),
                weight: Number(claim.weight.to_string()),
                amount: money(made(one)),
                held: claim.held && one.1 != Minor::ZERO,
            }
            .into(),
        );
    }
    if let Some(rest) = own.get(CLAIMS..).filter(|rest| !rest.is_empty()) {
        let (weight, amount) = together(rest);
        lines.push(MoneyLine::ExplainRest { count: rest.len(), weight, amount }.into());
    }
    if own.len() > 1 {
        let (weight, amount) = together(own);
        lines.push(MoneyLine::ExplainSum { weight, amount }.into());
    }
}

/// What a log said when it was counted: what it says now, or said before its last correction. `None` if it was
/// corrected more often, or is valued otherwise now.
fn counted<'a>(context: CommandContext<'a>, log: &'a Log, claim: &Claim, weighs: &Weight) -> Option<&'a Contribution> {
    let weighed = |contribution: &&Contribution| match weighs {
        Weight::Minutes => contribution.minutes().is_none_or(|minutes| minutes.0 == claim.weight),
        Weight::Value => match rate(context, log, contribution, weighs).zip(contribution.minutes()) {
            Some((rate, minutes)) => i128::from(rate.minor) * i128::from(minutes.0) == i128::from(claim.weight),
            None => true,
        },
        Weight::Open | Weight::Alike => true,
    };
    std::iter::once(&log.contribution).chain(&log.was).find(weighed)
}

/// What an hour of a contribution is worth, where that counts.
fn rate(context: CommandContext, log: &Log, contribution: &Contribution, weighs: &Weight) -> Option<Amount> {
    match (contribution, weighs) {
        (Contribution::Work { role, .. }, Weight::Value | Weight::Open) => {
            context.books.rate_for(log.rated_as, role, log.date)
        }
        _ => None,
    }
}

/// What changed later in somebody's claims, because a log was struck or lowered.
fn changes(context: CommandContext, distribution: &Distribution, place: usize, own: &[&(Claim, Minor)]) -> Vec<Line> {
    let theirs = amendments(distribution, place).filter_map(|(why, part)| match part.to {
        Recipient::Claim(log) if own.iter().any(|(claim, _)| claim.log == log) => Some((log, *why, part.amount)),
        Recipient::Claim(_) | Recipient::Person(_) | Recipient::Fund(_) => None,
    });
    let line = |(log, why, amount)| {
        let is_struck = context.books.log(why).is_some_and(|log| log.standing == LogStanding::Struck);
        let change = if is_struck { LogChange::Struck } else { LogChange::Lowered };
        MoneyLine::ExplainChange { log, amount, why, change }.into()
    };
    theirs.map(line).collect()
}

/// A cap other than the whole value.
fn other_cap(bucket: &Bucket) -> Option<Number> {
    bucket.cap().filter(|cap| *cap != BasisPoints::ONE).map(|cap| percent_text(i64::from(cap)))
}

/// Whether a bucket multiplies what claims weigh.
fn has_factors(bucket: &Bucket) -> bool {
    matches!(&bucket.to, Destination::Claims { factors, .. } if !factors.is_empty())
}

/// Explains what somebody got for each line of a milestone that they worked on.
fn explain_lines(
    context: CommandContext,
    person: PersonId,
    (distribution, place): (&Distribution, usize),
    own: &[&(Claim, Minor)],
    told: &mut Explanation,
) {
    let books = context.books;
    let made = |(claim, part): &(Claim, Minor)| *part - changed(distribution, place, claim.log);
    let line_of = |claim: &Claim| books.log(claim.log).and_then(|log| log.line);
    let mut worked_on: Vec<LineId> = own.iter().filter_map(|(claim, _)| line_of(claim)).collect();
    worked_on.sort_unstable();
    worked_on.dedup();
    for line in worked_on.into_iter().filter_map(|id| books.line(id)) {
        let on_it = || own.iter().filter(|(claim, _)| line_of(claim) == Some(line.id));
        let planned = distribution
            .planned
            .iter()
            .find(|planned| planned.line == line.id)
            .map_or(line.planned, |planned| planned.total);
        let whole: i64 = line.parts.iter().map(|(_, weight)| weight).sum();
        let of_whole =
            |(_, weight): &(PersonId, i64)| Name(format!("{} / {}", percent_text(*weight), percent_text(whole)));
        told.words.push(
            MoneyLine::ExplainLine {
                line: line.id,
                activity: context.words(line.activity),
                planned: books.commodity.minor(planned),
                by_minutes: line.parts.is_empty(),
                agreed: line
                    .parts
                    .iter()
                    .filter(|(whose, _)| books.canonical_id(*whose) == person)
                    .map(of_whole)
                    .collect(),
                amount: books.commodity.minor(on_it().map(|claim| made(claim)).sum()),
            }
            .into(),
        );
        told.figures.extend(on_it().take(CLAIMS).map(|one| {
            let (claim, part) = *one;
            MoneyLine::ExplainClaim {
                log: claim.log,
                date: books.log(claim.log).map_or(distribution.date, |log| log.date),
                time: books.log(claim.log).and_then(|log| log.contribution.minutes()),
                rate: None,
                value: None,
                factor: None,
                cap: None,
                weight: Number(claim.weight.to_string()),
                amount: books.commodity.minor(made(one)),
                held: claim.held && *part != Minor::ZERO,
            }
            .into()
        }));
    }
}

/// What claims weigh in a bucket.
fn weight_of(bucket: &Bucket) -> Weight {
    match &bucket.to {
        Destination::Claims { lifetime: Lifetime::UntilPaid, .. } => Weight::Open,
        Destination::Claims { weigh: Weigh::Minutes, .. } => Weight::Minutes,
        Destination::Claims { weigh: Weigh::Person, .. } => Weight::Alike,
        _ => Weight::Value,
    }
}

/// The factor by which a bucket multiplies a kind's weight.
fn factor(bucket: &Bucket, kind: ContributionKind) -> Option<usize> {
    match &bucket.to {
        Destination::Claims { factors, .. } => factors.get(&kind).and_then(|factor| usize::try_from(*factor).ok()),
        Destination::Fund(_) | Destination::Person(_) | Destination::Budget => None,
    }
}

/// What a person took of a bucket when it was shared.
struct TakenShare {
    person: PersonId,
    weight: i128,
    part: Minor,
    is_full: bool,
}

/// What each person took of a bucket, in the order of their first claims.
fn by_person(parts: &[(Claim, Minor)], change: &dyn Fn(LogId) -> Minor, weighs: &Weight) -> Vec<TakenShare> {
    let mut people: Vec<(TakenShare, Option<Minor>)> = Vec::new();
    let mut places = BTreeMap::new();
    for (claim, part) in parts {
        let place = *places.entry(claim.person).or_insert_with(|| {
            people.push((
                TakenShare { person: claim.person, weight: 0, part: Minor::ZERO, is_full: false },
                Some(Minor::ZERO),
            ));
            people.len() - 1
        });
        let (taken, room) = &mut people[place];
        taken.weight = if *weighs == Weight::Alike { 1 } else { taken.weight + i128::from(claim.weight) };
        taken.part += *part - change(claim.log);
        *room = room.zip(claim.room).map(|(room, more)| room.saturating_add(more));
    }
    let with_room = people.into_iter().map(|(taken, room)| TakenShare { is_full: room == Some(taken.part), ..taken });
    with_room.collect()
}

/// The kinds of claims that a bucket is for.
fn bucket_kinds(to: &Destination) -> Vec<Term> {
    match to {
        Destination::Claims { kinds, .. } => kinds.iter().map(|kind| Term::from(kind.word())).collect(),
        Destination::Fund(_) | Destination::Person(_) | Destination::Budget => Vec::new(),
    }
}
