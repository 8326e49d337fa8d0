//! `rule ...` and `estimate`: presets, proposals, agreement, and what a rule would give.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::{Nothing, Scene};
use crate::commands::decision::Decision;
use crate::commands::money::payout::{no_outcome, outlook_lines};
use crate::commands::rule::project::{cuts, hundredths, percent, percent_text};
use crate::core::books::agreement::Ballot;
use crate::core::books::claims::NoOutcome;
use crate::core::books::proposal::{Proposal, ProposalState, Version};
use crate::core::books::state::Books;
use crate::core::contribution::{Contribution, Kind, PLAIN_WORK};
use crate::core::distribution::run::Purse;
use crate::core::fact::rule::{RuleAdopted, RuleAgreed, RuleLapsed, RuleObjected, RuleProposed};
use crate::core::ids::{PersonId, ProjectId, ProposalId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::rule::bucket::{Base, Destination, Lifetime, WHOLE, Weigh};
use crate::core::rule::build::Numbers;
use crate::core::rule::definition::{Flaw, Rule};
use crate::core::rule::preset::{Preset, USUAL_FUNDS};
use crate::core::split::rounded;
use crate::directory::{Job, Write};
use crate::grammar::values;
use crate::message::field::Term;
use crate::message::line::Line;
use crate::message::refusal::Refusal;

/// For how many days a proposal is open where the network does not say.
const AGREE_DAYS: u32 = 7;

/// `rule presets`
pub fn presets(_: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let mut lines = vec![Line::PresetsHead];
    lines.extend(Preset::ALL.into_iter().map(|preset| Line::PresetRow {
        preset: Term::from(preset.word()),
        equal: preset == Preset::Equal,
        hours: preset == Preset::Hours,
        rates: preset == Preset::Rates,
        costs_first: preset == Preset::CostsFirst,
        service: preset == Preset::Service,
        budget: preset == Preset::Budget,
        slices: preset == Preset::Slices,
    }));
    lines.push(Line::PresetsHow);
    Ok(Decision::reads(lines))
}

/// A rule in words, one line a bucket.
pub fn rule_lines(scene: Scene, project: &str, rule: &Rule) -> Vec<Line> {
    let head = Line::RuleHead { project: Name::from(project), preset: Term::from(rule.preset.word()), hash: Name(rule.hash().short()) };
    std::iter::once(head).chain(bucket_lines(scene, rule)).collect()
}

fn bucket_lines(scene: Scene, rule: &Rule) -> Vec<Line> {
    let names = |words: &[String]| words.iter().map(Name::from).collect::<Vec<Name>>();
    let row = |bucket: &crate::core::rule::bucket::Bucket| {
        let (percent, total) = (Name(percent_text(i64::from(bucket.percent))), bucket.of == Base::Total);
        match &bucket.to {
            Destination::Fund(fund) => Line::RuleFund { percent, total, fund: Name::from(fund) },
            Destination::Budget => Line::RuleBudget { percent, total },
            Destination::Person(person) => Line::RulePerson { percent, total, person: scene.books.name_of(*person) },
            Destination::Claims { kinds, weigh, lifetime, cap, only, factors } => Line::RuleClaims {
                percent,
                total,
                kinds: kinds.iter().map(|kind| Term::from(kind.word())).collect(),
                roles: names(&only.roles),
                except: names(&only.except_roles),
                tasks: only.tasks.iter().map(|task| Name(task.to_string())).collect(),
                people: only.people.iter().map(|person| scene.books.name_of(*person)).collect(),
                since: only.since,
                until: only.until,
                by_minutes: *lifetime != Lifetime::UntilPaid && *weigh == Weigh::Minutes,
                by_value: *lifetime != Lifetime::UntilPaid && *weigh == Weigh::Value,
                alike: *lifetime != Lifetime::UntilPaid && *weigh == Weigh::Person,
                factors: factors.iter().map(|(kind, factor)| Term::times(kind.word(), factor)).collect(),
                until_paid: *lifetime == Lifetime::UntilPaid,
                cap: (*lifetime == Lifetime::UntilPaid && *cap != WHOLE).then(|| Name(percent_text(i64::from(*cap)))),
                once: *lifetime == Lifetime::Once,
                forever: *lifetime == Lifetime::Forever,
            },
        }
    };
    rule.buckets.iter().map(row).collect()
}

/// Why buckets are no rule, for people; `line` is where a rule file says it.
pub fn flawed(flaw: &Flaw, line: Option<usize>) -> Refusal {
    let percent = |hundredths: u32| Name(percent_text(i64::from(hundredths)));
    match *flaw {
        Flaw::NoBuckets => Refusal::RuleEmpty,
        Flaw::Percent { percent: part, .. } => Refusal::PartOutOfRange { line, percent: percent(part) },
        Flaw::OverWhole { percent: whole, .. } => Refusal::OverWhole { line, percent: percent(whole) },
        Flaw::TotalLast { .. } => Refusal::TotalLast { line },
        Flaw::SelectsNothing { .. } => Refusal::SelectsNothing { line },
        Flaw::Twice { first, bucket, kind } => Refusal::SelectsTwice { line, first, bucket, kind: Term::from(kind.word()) },
        Flaw::Cap { cap, .. } => Refusal::CapOutOfRange { line, cap: percent(cap) },
        Flaw::Weights { .. } => Refusal::WeightsMeanNothing { line },
        Flaw::NotAsked { preset, number } => Refusal::NumberNotAsked { preset: Term::from(preset.word()), number: Name::from(number) },
    }
}

/// `rule show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    project: ProjectId,
    version: Option<String>,
}

/// A project's rule: the one in use, or an earlier one, with who agreed; and the proposal that is open.
pub fn show(scene: Scene, args: Show) -> Result<Decision, Refusal> {
    let books = scene.books;
    let Some(project) = books.projects.get(&args.project) else { return Err(Refusal::NoProjects) };
    let count = project.versions.len();
    let place = match &args.version {
        None => count,
        Some(typed) => {
            let number: Option<usize> = typed.trim_start_matches(['v', 'V']).parse().ok();
            number.filter(|n| (1..=count).contains(n)).ok_or_else(|| Refusal::UnknownVersion { typed: typed.clone(), count })?
        }
    };
    let Some(version) = project.versions.get(place - 1) else { return Err(Refusal::NoProjects) };
    let mut lines = rule_lines(scene, &project.name, &version.rule);
    lines.push(version_line(scene, place, count, version));
    if place == count
        && let Some(proposal) = books.open_proposal(args.project)
    {
        lines.extend(proposal_lines(scene, proposal));
    }
    Ok(Decision::reads(lines))
}

fn version_line(scene: Scene, version: usize, of: usize, state: &Version) -> Line {
    let books = scene.books;
    Line::RuleVersion {
        version,
        of,
        proposal: state.proposal.map(|id| Name(id.to_string())),
        since: state.since,
        agreed: scene.names(state.agreed.iter().map(|&person| books.who(person))),
        voters: Some(state.voters.len()).filter(|_| state.since.is_some()),
    }
}

fn proposal_lines(scene: Scene, proposal: &Proposal) -> Vec<Line> {
    let mut lines = vec![Line::ProposalHead {
        proposal: proposal.id,
        project: scene.books.project_name(proposal.project),
        person: scene.books.name_of(proposal.by),
        preset: Term::from(proposal.rule.preset.word()),
        hash: Name(proposal.rule_hash.short()),
    }];
    lines.extend(bucket_lines(scene, &proposal.rule));
    lines.extend(
        proposal
            .objections
            .iter()
            .map(|(person, reason)| Line::ObjectionRow { person: scene.books.name_of(*person), reason: scene.words(*reason) }),
    );
    match scene.books.ballot(proposal) {
        Ok(ballot) => lines.push(ballot_line(scene, proposal, &ballot)),
        Err(NoOutcome::Rate(missing)) => lines.push(Line::NotCounted { role: Name::from(&missing.role), date: missing.date }),
        Err(NoOutcome::TooLarge) => {}
    }
    lines
}

fn ballot_line(scene: Scene, proposal: &Proposal, ballot: &Ballot) -> Line {
    Line::Ballot {
        agreed: ballot.agreed.len(),
        voters: ballot.voters.len(),
        some: !ballot.voters.is_empty(),
        nobody: ballot.voters.is_empty(),
        needed: Some(ballot.needed).filter(|_| !ballot.voters.is_empty() && !ballot.is_carried()),
        unwilling: scene.names(ballot.unwilling.iter().copied()),
        closes: proposal.closes.with_timezone(&scene.books.timezone).date_naive(),
        carried: ballot.is_carried(),
    }
}

/// A preset with its numbers, as typed.
#[derive(Debug, Deserialize)]
pub struct Terms {
    preset: Option<Preset>,
    cut: Option<String>,
    lifetime: Option<Lifetime>,
    infrastructure: Option<String>,
    cash: Option<String>,
    initiation: Option<String>,
    cap: Option<String>,
    work: Option<String>,
    money: Option<String>,
}

impl Terms {
    /// The rule of the preset, if one is named.
    fn rule(&self, scene: Scene) -> Result<Option<Rule>, Refusal> {
        let Some(preset) = self.preset else { return Ok(None) };
        let part = |typed: &Option<String>| match typed {
            None => Ok(None),
            Some(typed) if ["0", "0%"].contains(&typed.trim()) => Ok(Some(0)),
            Some(typed) => percent(typed).map(Some).ok_or_else(|| Refusal::NotAShare { typed: typed.clone() }),
        };
        let factor = |typed: &Option<String>| {
            let read = |typed: &String| typed.trim().parse::<u32>().ok().filter(|n| *n > 0);
            typed.as_ref().map(|typed| read(typed).ok_or_else(|| Refusal::NotAWeight { typed: typed.clone() })).transpose()
        };
        let numbers = Numbers {
            lifetime: self.lifetime,
            infrastructure: part(&self.infrastructure)?,
            cash: part(&self.cash)?,
            initiation: part(&self.initiation)?,
            cap: self.cap.as_ref().map(|typed| cap(typed)).transpose()?,
            work: factor(&self.work)?,
            money: factor(&self.money)?,
        };
        let cuts = self.cut.as_deref().map(|cut| cuts(scene, cut)).transpose()?.unwrap_or_default();
        preset.rule(cuts, &numbers).map(Some).map_err(|flaw| flawed(&flaw, None))
    }
}

/// How far claims are paid: `1.2`, or `120%`.
pub fn cap(typed: &str) -> Result<u32, Refusal> {
    let refusal = || Refusal::NotACap { typed: typed.to_owned() };
    match typed.trim().strip_suffix('%') {
        Some(_) => percent(typed).ok_or_else(refusal),
        None => hundredths(typed).and_then(|hundredths| hundredths.checked_mul(100)).ok_or_else(refusal),
    }
}

/// `rule propose`
#[derive(Debug, Deserialize)]
pub struct Propose {
    project: ProjectId,
    file: Option<String>,
    #[serde(flatten)]
    terms: Terms,
}

/// Proposes a rule for a project. Whoever holds a claim there can agree to it until it closes.
pub fn propose(scene: Scene, args: Propose) -> Result<Decision, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(Refusal::NoProjects) };
    let rule = match (&args.file, args.terms.rule(scene)?) {
        (Some(_), Some(_)) => return Err(Refusal::PresetOrFile),
        (None, Some(rule)) => rule,
        (Some(_), None) => crate::commands::rule::file::read(scene)?,
        (None, None) => return Err(Refusal::PresetOrFile),
    };
    funds_are_known(books, &rule)?;
    let rule_hash = rule.hash();
    if rule_hash == project.rule_hash {
        return Err(Refusal::RuleInUse { project: Name::from(&project.name), hash: Name(rule_hash.short()) });
    }
    let mut decision = Decision::default();
    if let Some(open) = books.open_proposal(args.project) {
        if open.by != me {
            let closes = open.closes.with_timezone(&books.timezone).date_naive();
            return Err(Refusal::ProposalOpen { proposal: open.id, person: books.name_of(open.by), closes });
        }
        decision.facts.push(RuleLapsed { proposal: open.id }.into());
        decision.lines.push(Line::ProposalReplaced { proposal: open.id });
    }
    let days = books.settings.agree_days.unwrap_or(AGREE_DAYS);
    let mut proposal = Proposal {
        id: books.proposals.next(),
        project: args.project,
        rule_hash,
        by: me,
        at: scene.ctx.at,
        closes: scene.ctx.at + TimeDelta::days(i64::from(days)),
        agreed: Default::default(),
        objections: Default::default(),
        state: ProposalState::Open,
        rule,
    };
    decision.facts.push(
        RuleProposed { proposal: proposal.id, project: args.project, rule: proposal.rule.clone(), rule_hash, closes: proposal.closes }
            .into(),
    );
    // Whoever proposes a rule agrees to it.
    // While a rate is missing nobody's claims can be weighed; having one is enough then.
    let has_claim = || books.logs.iter().any(|log| log.project == args.project && log.person == me && log.claims());
    let is_voter = books.holders_of_claims(args.project).map_or_else(|_| has_claim(), |holders| holders.contains(&me));
    if is_voter {
        decision.facts.push(RuleAgreed { proposal: proposal.id }.into());
        proposal.agreed.insert(me);
    }
    decision.lines.extend(proposal_lines(scene, &proposal));
    decision.lines.push(Line::HowToAgree { project: Name::from(&project.name) });
    let options = BTreeMap::from([("proposal".to_owned(), proposal.id.to_string())]);
    let name = format!("rule {}", proposal.id);
    decision.writes.push(Write::Job(Job::once(&scene.ctx.seed, proposal.closes, name, "rule close", options, scene.ctx.room.clone())));
    Ok(decision)
}

fn funds_are_known(books: &Books, rule: &Rule) -> Result<(), Refusal> {
    for bucket in &rule.buckets {
        if let Destination::Fund(fund) = &bucket.to
            && !books.knows_fund(fund)
        {
            let funds = books.funds();
            let known = funds.keys().map(String::as_str).chain(USUAL_FUNDS);
            // A person is written with an @, which is easily left out.
            let person = books.person_by_handle(fund).map(|person| Name(format!("@{}", books.handle(person))));
            let nearest = person.or_else(|| crate::grammar::spelling::nearest(fund, known).map(Name::from));
            return Err(Refusal::UnknownFund { typed: fund.clone(), nearest });
        }
    }
    Ok(())
}

/// A command about a project's open proposal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    project: ProjectId,
    reason: Option<String>,
}

/// The open proposal, which must have been there when the author spoke.
fn read_proposal(scene: Scene<'_>, project: ProjectId) -> Result<&Proposal, Refusal> {
    let missing = || Refusal::NoProposal { project: scene.books.project_name(project) };
    let proposal = scene.books.open_proposal(project).ok_or_else(missing)?;
    if scene.ctx.was_said_before(proposal.at) { Err(Refusal::ProposedSince { proposal: proposal.id }) } else { Ok(proposal) }
}

/// The open proposal of a project, and its author's vote on it: also somebody's who has left, while they hold a claim.
fn voting(scene: Scene<'_>, project: ProjectId) -> Result<(&Proposal, PersonId), Refusal> {
    let books = scene.books;
    let me = scene.ctx.author.person.ok_or(Refusal::JoinFirst)?;
    let proposal = read_proposal(scene, project)?;
    if !books.holders_of_claims(project).map_err(no_outcome)?.contains(&me) {
        return Err(Refusal::NoVote { project: books.project_name(project) });
    }
    Ok((proposal, me))
}

/// `rule agree`
pub fn agree(scene: Scene, args: Vote) -> Result<Decision, Refusal> {
    let (proposal, me) = voting(scene, args.project)?;
    if proposal.agreed.contains(&me) {
        return Err(Refusal::AgreedAlready { proposal: proposal.id });
    }
    let mut after = proposal.clone();
    after.objections.remove(&me);
    after.agreed.insert(me);
    let ballot = scene.books.ballot(&after).map_err(no_outcome)?;
    let lines = vec![Line::Agreed { person: scene.books.name_of(me), proposal: proposal.id }, ballot_line(scene, &after, &ballot)];
    Ok(Decision { by: Some(me), ..Decision::fact(RuleAgreed { proposal: proposal.id }, lines) })
}

/// `rule object`
pub fn object(scene: Scene, args: Vote) -> Result<Decision, Refusal> {
    let (proposal, me) = voting(scene, args.project)?;
    let mut decision = Decision { by: Some(me), ..Decision::default() };
    let words = args.reason.unwrap_or_default();
    let reason = decision.text(scene.ctx, &words);
    let mut after = proposal.clone();
    after.agreed.remove(&me);
    after.objections.insert(me, reason);
    let ballot = scene.books.ballot(&after).map_err(no_outcome)?;
    decision.lines.push(Line::Objected { person: scene.books.name_of(me), proposal: proposal.id, reason: words });
    decision.lines.push(ballot_line(scene, &after, &ballot));
    decision.facts.push(RuleObjected { proposal: proposal.id, reason }.into());
    Ok(decision)
}

/// `rule adopt`: the open proposal becomes the project's rule, when enough have agreed.
pub fn adopt(scene: Scene, args: Vote) -> Result<Decision, Refusal> {
    let books = scene.books;
    let proposal = read_proposal(scene, args.project)?;
    let ballot = books.ballot(proposal).map_err(no_outcome)?;
    if !ballot.is_carried() {
        return Err(Refusal::NotCarried {
            proposal: proposal.id,
            agreed: ballot.agreed.len(),
            voters: ballot.voters.len(),
            needed: Some(ballot.needed).filter(|needed| *needed > ballot.agreed.len()),
            objecting: scene.names(ballot.objecting.iter().copied()),
            unwilling: scene.names(ballot.unwilling.iter().copied()),
        });
    }
    Ok(adoption(scene, proposal, ballot))
}

fn adoption(scene: Scene, proposal: &Proposal, ballot: Ballot) -> Decision {
    let books = scene.books;
    let Some(project) = books.projects.get(&proposal.project) else { return Decision::default() };
    let version = project.version().saturating_add(1);
    let mut lines = vec![Line::Adopted {
        proposal: proposal.id,
        project: Name::from(&project.name),
        version: usize::try_from(version).unwrap_or(usize::MAX),
        agreed: ballot.agreed.len(),
        voters: ballot.voters.len(),
        some: !ballot.voters.is_empty(),
        nobody: ballot.voters.is_empty(),
    }];
    lines.extend(rule_lines(scene, &project.name, &proposal.rule));
    let waiting = books.waiting_income(proposal.project);
    if waiting.minor > 0 {
        lines.push(Line::WaitsUnderOld { amount: waiting });
    }
    if proposal.rule.needs_rates() && books.rates.is_empty() {
        lines.push(Line::SetRates);
    }
    let fact = RuleAdopted { proposal: proposal.id, version, voters: ballot.voters, agreed: ballot.agreed };
    let done = scene.directory.jobs_called(&format!("rule {}", proposal.id)).cloned().map(Write::JobDone).collect();
    Decision { writes: done, ..Decision::fact(fact, lines) }
}

/// `rule close`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    proposal: ProposalId,
}

/// The time to agree is over: the proposal is adopted if enough have agreed, and lapses if not.
pub fn close(scene: Scene, args: Close) -> Result<Decision, Refusal> {
    let Some(proposal) = scene.books.proposal(args.proposal).filter(|p| p.state == ProposalState::Open) else {
        return Ok(Decision::default());
    };
    match scene.books.ballot(proposal) {
        Ok(ballot) if ballot.is_carried() && !ballot.voters.is_empty() => Ok(adoption(scene, proposal, ballot)),
        _ => {
            let line = Line::Lapsed { proposal: proposal.id, project: scene.books.project_name(proposal.project) };
            Ok(Decision::fact(RuleLapsed { proposal: proposal.id }, vec![line]))
        }
    }
}

/// `rule preview`
#[derive(Debug, Deserialize)]
pub struct Preview {
    amount: Amount,
    project: ProjectId,
    #[serde(flatten)]
    terms: Terms,
}

/// What a preset, the open proposal or else the rule in use would make of an income, and whose part would be smaller.
pub fn preview(scene: Scene, args: Preview) -> Result<Decision, Refusal> {
    let books = scene.books;
    let Some(project) = books.projects.get(&args.project) else { return Err(Refusal::NoProjects) };
    let proposal = books.open_proposal(args.project);
    let typed = args.terms.rule(scene)?;
    let rule = typed.as_ref().or(proposal.map(|proposal| &proposal.rule)).unwrap_or(&project.rule);
    let milestone = books.coming_milestone(args.project);
    let purse = Purse { income: args.amount.minor, milestone, ..Purse::default() };
    let then = books.outlook_under(args.project, rule, purse).map_err(no_outcome)?;
    let mut lines = vec![Line::RulePreviewHead {
        income: args.amount,
        project: Name::from(&project.name),
        preset: Term::from(rule.preset.word()),
        proposal: proposal.filter(|_| typed.is_none()).map(|proposal| proposal.id),
    }];
    lines.extend(outlook_lines(scene, args.project, Some(rule), purse, &then));
    if rule != &project.rule {
        let now = books.outlook(args.project, purse, None).map_err(no_outcome)?;
        for part in &now.people {
            let (was, is) = (part.owed + part.held, then.of_person(part.to));
            if was != is {
                let (was, is) = (books.commodity.minor(was), books.commodity.minor(is));
                lines.push(Line::RuleChanges { person: books.name_of(part.to), was, is, less: is.minor < was.minor });
            }
        }
    }
    lines.push(Line::ExplainTies);
    Ok(Decision::reads(lines))
}

/// `estimate`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    hours: String,
    role: Option<String>,
    amount: Option<Amount>,
    project: ProjectId,
}

/// What some more hours of one's own would be worth: of the income that waits, else of one as large as the last that was
/// shared, else of a made-up one.
pub fn estimate(scene: Scene, args: Estimate) -> Result<Decision, Refusal> {
    let books = scene.books;
    let me = scene.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(Refusal::NoProjects) };
    let role = args.role.as_deref().unwrap_or(PLAIN_WORK);
    // A number alone is hours here: that is what was asked.
    let bare = args.hours.bytes().all(|byte| byte.is_ascii_digit());
    let time = values::estimate(&if bare { format!("{}h", args.hours) } else { args.hours })?;
    let waiting = Some(books.waiting_income(args.project)).filter(|waiting| waiting.minor > 0);
    let last = books.distributions.iter().rev().find(|d| d.project == args.project && d.reversed_by.is_none());
    let last = last.map(|d| books.commodity.minor(d.incomes.iter().map(|(_, amount)| amount.minor).sum())).filter(|last| last.minor > 0);
    let usual = books.commodity.minor(1000 * books.commodity.unit());
    let income = args.amount.or(waiting).or(last).unwrap_or(usual);
    let purse = Purse { income: income.minor, ..Purse::default() };
    let work = Contribution::Work { minutes: time, role: role.to_owned() };
    let more = books.one_more(args.project, me, work, scene.ctx.today).map_err(no_outcome)?;
    let Some(more) = more else {
        return Ok(Decision::reads(vec![Line::ClaimsNothing {
            preset: Term::from(project.rule.preset.word()),
            kind: Term::from(Kind::Work.word()),
        }]));
    };
    let before = books.outlook(args.project, purse, None).map_err(no_outcome)?.of_person(me);
    let after = books.outlook(args.project, purse, Some((me, more))).map_err(no_outcome)?.of_person(me);
    let money = |minor| books.commodity.minor(minor);
    let percent = |part: i64| Name(percent_text(rounded(i128::from(part), i128::from(WHOLE), i128::from(income.minor)).unwrap_or(0)));
    let from_waiting = args.amount.is_none() && waiting.is_some();
    let from_last = args.amount.is_none() && waiting.is_none() && last.is_some();
    let line = Line::Estimate {
        time,
        project: Name::from(&project.name),
        income,
        waiting: from_waiting,
        last: from_last,
        more: money(after - before),
        before: money(before),
        after: money(after),
        before_percent: percent(before),
        after_percent: percent(after),
        per_hour: books.rate_for(me, role, scene.ctx.today).filter(|_| project.rule.needs_rates()),
    };
    Ok(Decision::reads(vec![line, Line::EstimateBasis]))
}
