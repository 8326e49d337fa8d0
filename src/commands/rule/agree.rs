//! `rule ...`: presets, proposals and votes.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::commands::money::distribution::no_outcome;
use crate::commands::rule::lines::{ballot_line, electorate, last_day, proposal_lines, rule_lines, version_line};
use crate::commands::rule::numbers::{Terms, funds_are_known};
use crate::commands::rule::preview;
use crate::core::books::agreement::Ballot;
use crate::core::books::proposal::{Proposal, ProposalState};
use crate::core::fact::rule::{RuleAdopted, RuleAgreed, RuleLapsed, RuleObjected, RuleProposed};
use crate::core::ids::{PersonId, ProjectId, ProposalId};
use crate::core::name::Name;
use crate::core::rule::preset::Preset;
use crate::directory::DirectoryChange;
use crate::job_name::JobName;
use crate::message::field::{Term, Typed};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::rule::{RuleLine, RuleRefusal};
use crate::message::typed::TypedRefusal;

/// `rule presets`
///
/// # Errors
/// Never refused.
pub fn presets(_: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let mut lines = vec![RuleLine::PresetsHead.into()];
    lines.extend(Preset::ALL.into_iter().map(|preset| {
        RuleLine::PresetRow { preset: Term::from(preset.word()), about: crate::commands::rule::lines::about(preset) }
            .into()
    }));
    lines.push(RuleLine::PresetsHow.into());
    Ok(Decision::reads(lines))
}

/// `rule show`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    project: ProjectId,
    version: Option<String>,
}

/// A project's rule: the one in use, or an earlier one, with who agreed; and the open proposal.
///
/// # Errors
/// Refused if the project or the version is unknown.
pub fn show(context: CommandContext, args: Show) -> Result<Decision, Refusal> {
    let books = context.books;
    let Some(project) = books.projects.get(&args.project) else { return Err(TypedRefusal::NoProjects.into()) };
    let count = project.versions.len();
    let place = match &args.version {
        None => count,
        Some(typed) => {
            let number: Option<usize> = typed.trim_start_matches(['v', 'V']).parse().ok();
            number
                .filter(|n| (1..=count).contains(n))
                .ok_or_else(|| RuleRefusal::UnknownVersion { typed: Typed(typed.clone()), count })?
        }
    };
    let Some(version) = project.versions.get(place - 1) else { return Err(TypedRefusal::NoProjects.into()) };
    let mut lines = rule_lines(context, &project.name, &version.rule);
    if place == count {
        lines.extend(preview::example(context, args.project));
    }
    lines.push(version_line(context, place, count, version));
    if place == count
        && let Some(proposal) = books.open_proposal(args.project)
    {
        lines.extend(proposal_lines(context, proposal));
    }
    Ok(Decision::reads(lines))
}

/// `rule propose`
#[derive(Debug, Deserialize)]
pub struct Propose {
    project: ProjectId,
    file: Option<String>,
    #[serde(flatten)]
    terms: Terms,
}

/// Proposes a rule for a project. Holders of claims can agree to it until it closes.
///
/// # Errors
/// Refused if the author has not joined, if it is not one valid preset or file, if the rule is in use or names an
/// unknown fund, or if somebody else's proposal is open.
pub fn propose(context: CommandContext, args: Propose) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let Some(project) = books.projects.get(&args.project) else { return Err(TypedRefusal::NoProjects.into()) };
    let rule = match (&args.file, args.terms.rule(context)?) {
        (Some(_), Some(_)) => return Err(RuleRefusal::PresetOrFile.into()),
        (None, Some(rule)) => rule,
        (Some(_), None) => crate::commands::rule::file::read(context)?,
        (None, None) => return Err(RuleRefusal::PresetOrFile.into()),
    };
    funds_are_known(books, &rule)?;
    let rule_hash = rule.hash();
    if rule_hash == project.rule_hash {
        return Err(RuleRefusal::RuleInUse { project: Name::from(&project.name), hash: Name(rule_hash.short()) }.into());
    }
    let mut decision = Decision::default();
    if let Some(open) = books.open_proposal(args.project) {
        if open.by != me {
            let closes = last_day(context, open);
            return Err(RuleRefusal::ProposalOpen { proposal: open.id, person: books.name_of(open.by), closes }.into());
        }
        decision.facts.push(RuleLapsed { proposal: open.id }.into());
        decision.lines.push(RuleLine::ProposalReplaced { proposal: open.id }.into());
    }
    let days = books.settings.agree_days();
    // While a rate is missing, claims can't be weighed, and who can vote is seen at each vote.
    let voters = books.holders_of_claims(args.project).unwrap_or_default();
    let mut proposal = Proposal {
        id: books.proposals.next(),
        project: args.project,
        rule_hash,
        by: me,
        at: context.moment.at,
        closes: context.moment.at + TimeDelta::days(i64::from(days)),
        voters: voters.iter().copied().collect(),
        quorum: books.settings.quorum(),
        objection_share: books.settings.objection_share,
        agreed: Default::default(),
        objections: Default::default(),
        state: ProposalState::Open,
        rule,
    };
    decision.facts.push(
        RuleProposed {
            proposal: proposal.id,
            project: args.project,
            rule: proposal.rule.clone(),
            rule_hash,
            closes: proposal.closes,
            voters,
        }
        .into(),
    );
    // The proposer agrees at once.
    // While a rate is missing, claims can't be weighed, so that having one is enough.
    let has_claim = || books.logs.iter().any(|log| log.project == args.project && log.person == me && log.claims());
    let is_voter = books.holders_of_claims(args.project).map_or_else(|_| has_claim(), |holders| holders.contains(&me));
    if is_voter {
        decision.facts.push(RuleAgreed { proposal: proposal.id }.into());
        proposal.agreed.insert(me);
    }
    decision.lines.extend(proposal_lines(context, &proposal));
    decision.lines.push(RuleLine::HowToAgree { project: Name::from(&project.name) }.into());
    let options = [("proposal", proposal.id.to_string())];
    let job = context.job(proposal.closes, JobName::Rule(proposal.id), options);
    decision.changes.push(DirectoryChange::Job(job));
    Ok(decision)
}

/// A command about a project's open proposal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    project: ProjectId,
    proposal: Option<ProposalId>,
    reason: Option<String>,
}

/// The open proposal, which must have been there when the author spoke.
fn read_proposal<'a>(context: CommandContext<'a>, vote: &Vote) -> Result<&'a Proposal, Refusal> {
    let books = context.books;
    let open = match vote.proposal {
        // Its number says which project's it is.
        Some(id) => books.proposal(id).filter(|proposal| proposal.state == ProposalState::Open),
        None => books.open_proposal(vote.project),
    };
    let missing = || match vote.proposal {
        Some(id) => TypedRefusal::NoProposal { project: Name(id.to_string()) },
        None => TypedRefusal::NoProposal { project: books.project_name(vote.project) },
    };
    let proposal = open.ok_or_else(missing)?;
    if context.moment.was_said_before(proposal.at) {
        Err(RuleRefusal::ProposedSince { proposal: proposal.id }.into())
    } else {
        Ok(proposal)
    }
}

/// The open proposal of a project, and the author as its voter; also one who has left, while they hold a claim.
fn voting<'a>(context: CommandContext<'a>, vote: &Vote) -> Result<(&'a Proposal, PersonId), Refusal> {
    let books = context.books;
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    let proposal = read_proposal(context, vote)?;
    if !books.voters(proposal).map_err(no_outcome)?.contains(&me) {
        return Err(RuleRefusal::NoVote { project: books.project_name(proposal.project) }.into());
    }
    Ok((proposal, me))
}

/// `rule agree`
///
/// # Errors
/// Refused if no proposal is open, if it is newer than the message, or if the author has no vote or has agreed already.
pub fn agree(context: CommandContext, args: Vote) -> Result<Decision, Refusal> {
    let (proposal, me) = voting(context, &args)?;
    if proposal.agreed.contains(&me) {
        return Err(RuleRefusal::AgreedAlready { proposal: proposal.id }.into());
    }
    let mut after = proposal.clone();
    after.objections.remove(&me);
    after.agreed.insert(me);
    let ballot = context.books.ballot(&after).map_err(no_outcome)?;
    let lines = vec![
        RuleLine::Agreed { person: context.books.name_of(me), proposal: proposal.id }.into(),
        ballot_line(context, &after, &ballot),
    ];
    Ok(Decision { author: Some(me), ..Decision::fact(RuleAgreed { proposal: proposal.id }, lines) })
}

/// `rule object`
///
/// # Errors
/// Refused if no proposal is open, if it is newer than the message, or if the author has no vote.
pub fn object(context: CommandContext, args: Vote) -> Result<Decision, Refusal> {
    let (proposal, me) = voting(context, &args)?;
    let mut decision = Decision { author: Some(me), ..Decision::default() };
    let words = args.reason.unwrap_or_default();
    // Its number is no part of the reason: `object R2 too complicated`.
    let words = words.strip_prefix(&format!("{} ", proposal.id)).unwrap_or(&words).to_owned();
    let reason = decision.text(context.moment, &words);
    let mut after = proposal.clone();
    after.agreed.remove(&me);
    after.objections.insert(me, reason);
    let ballot = context.books.ballot(&after).map_err(no_outcome)?;
    decision
        .lines
        .push(RuleLine::Objected { person: context.books.name_of(me), proposal: proposal.id, reason: words }.into());
    decision.lines.push(ballot_line(context, &after, &ballot));
    decision.facts.push(RuleObjected { proposal: proposal.id, reason }.into());
    Ok(decision)
}

/// `rule adopt`: the open proposal becomes the project's rule, when enough have agreed.
///
/// # Errors
/// Refused if no proposal is open, if it is newer than the message, or if not enough have agreed.
pub fn adopt(context: CommandContext, args: Vote) -> Result<Decision, Refusal> {
    let books = context.books;
    let proposal = read_proposal(context, &args)?;
    let ballot = books.ballot(proposal).map_err(no_outcome)?;
    if !ballot.is_carried() {
        return Err(RuleRefusal::NotCarried {
            proposal: proposal.id,
            agreed: ballot.agreed.len(),
            voters: ballot.voters.len(),
            needed: Some(ballot.needed).filter(|needed| *needed > ballot.agreed.len()),
            objecting: context.names(ballot.objecting.iter().copied()),
            unwilling: context.names(ballot.unwilling.iter().copied()),
        }
        .into());
    }
    Ok(adoption(context, proposal, ballot))
}

fn adoption(context: CommandContext, proposal: &Proposal, ballot: Ballot) -> Decision {
    let books = context.books;
    let Some(project) = books.projects.get(&proposal.project) else { return Decision::default() };
    let version = project.version().saturating_add(1);
    let mut lines = vec![
        RuleLine::Adopted {
            proposal: proposal.id,
            project: Name::from(&project.name),
            version: usize::try_from(version).unwrap_or(usize::MAX),
            agreed: ballot.agreed.len(),
            voters: ballot.voters.len(),
            electorate: electorate(&ballot),
        }
        .into(),
    ];
    lines.extend(rule_lines(context, &project.name, &proposal.rule));
    let waiting = books.waiting_income(proposal.project);
    if waiting.minor.is_positive() {
        lines.push(RuleLine::WaitsUnderOld { amount: waiting }.into());
    }
    if proposal.rule.needs_rates() && books.rates.is_empty() {
        lines.push(RuleLine::SetRates.into());
    }
    let fact = RuleAdopted { proposal: proposal.id, version, voters: ballot.voters, agreed: ballot.agreed };
    let done =
        context.directory.jobs_called(&JobName::Rule(proposal.id)).cloned().map(DirectoryChange::JobDone).collect();
    Decision { changes: done, ..Decision::fact(fact, lines) }
}

/// `rule close`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    proposal: ProposalId,
}

/// The time to agree is over: the proposal is adopted if enough have agreed, and lapses if not.
///
/// # Errors
/// Never refused.
pub fn close(context: CommandContext, args: Close) -> Result<Decision, Refusal> {
    let Some(proposal) = context.books.proposal(args.proposal).filter(|p| p.state == ProposalState::Open) else {
        return Ok(Decision::default());
    };
    match context.books.ballot(proposal) {
        Ok(ballot) if ballot.is_carried() && !ballot.voters.is_empty() => Ok(adoption(context, proposal, ballot)),
        _ => {
            let line =
                RuleLine::Lapsed { proposal: proposal.id, project: context.books.project_name(proposal.project) }
                    .into();
            Ok(Decision::fact(RuleLapsed { proposal: proposal.id }, vec![line]))
        }
    }
}
