//! A rule, a version and a proposal in lines.

use chrono::NaiveDate;

use crate::commands::context::CommandContext;
use crate::core::books::agreement::Ballot;
use crate::core::books::claims::NoOutcome;
use crate::core::books::proposal::{Proposal, Version};
use crate::core::contribution::ContributionKind;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination, Lifetime, Weigh};
use crate::core::rule::definition::Rule;
use crate::core::rule::preset::Preset;
use crate::grammar::percent::percent_text;
use crate::message::field::{Term, WorkRole};
use crate::message::line::Line;
use crate::message::rule::{ClaimLife, Electorate, PresetAbout, RuleLine, Weighing};

/// What a preset does.
pub fn about(preset: Preset) -> Option<PresetAbout> {
    match preset {
        Preset::Equal => Some(PresetAbout::Equal),
        Preset::Hours => Some(PresetAbout::Hours),
        Preset::Rates => Some(PresetAbout::Rates),
        Preset::CostsFirst => Some(PresetAbout::CostsFirst),
        Preset::Service => Some(PresetAbout::Service),
        Preset::Budget => Some(PresetAbout::Budget),
        Preset::Slices => Some(PresetAbout::Slices),
        Preset::Custom => None,
    }
}

/// How a project shares its income, in a sentence or two. A rule's own parts for funds and people are only mentioned.
pub fn in_words(project: &str, rule: &Rule) -> Line {
    let is_cut = |bucket: &Bucket| match bucket.to {
        Destination::Fund(_) | Destination::Person(_) => true,
        Destination::Claims { .. } | Destination::Budget => false,
    };
    RuleLine::RuleInWords {
        project: Name::from(project),
        cut: rule.preset != Preset::Service && rule.buckets.iter().any(is_cut),
        about: about(rule.preset),
        own: rule.preset == Preset::Custom,
    }
    .into()
}

/// A rule in words, one line a bucket.
pub fn rule_lines(context: CommandContext, project: &str, rule: &Rule) -> Vec<Line> {
    let head = RuleLine::RuleHead { project: Name::from(project), preset: Term::from(rule.preset.word()) }.into();
    std::iter::once(head).chain(bucket_lines(context, rule)).collect()
}

fn bucket_lines(context: CommandContext, rule: &Rule) -> Vec<Line> {
    let names = |words: &[String]| words.iter().map(Name::from).collect::<Vec<Name>>();
    let row = |bucket: &crate::core::rule::bucket::Bucket| {
        let (percent, total) = (percent_text(i64::from(bucket.percent)), bucket.of == Base::Total);
        match &bucket.to {
            Destination::Fund(fund) => RuleLine::RuleFund { percent, total, fund: Name::from(fund) }.into(),
            Destination::Budget => RuleLine::RuleBudget { percent, total }.into(),
            Destination::Person(person) => {
                RuleLine::RulePerson { percent, total, person: context.books.name_of(*person) }.into()
            }
            Destination::Claims { kinds, weigh, lifetime, cap, only, factors } => RuleLine::RuleClaims {
                percent,
                total,
                kinds: kinds.iter().map(|kind| Term::from(kind.word())).collect(),
                roles: names(&only.roles),
                except: names(&only.except_roles),
                tasks: only.tasks.iter().map(|task| Name(task.to_string())).collect(),
                people: only.people.iter().map(|person| context.books.name_of(*person)).collect(),
                since: only.since,
                until: only.until,
                weighing: match (lifetime, weigh) {
                    (Lifetime::UntilPaid, _) => None,
                    (_, Weigh::Minutes) => Some(Weighing::ByMinutes),
                    (_, Weigh::Value) if kinds.iter().any(|kind| has_hours(*kind)) => Some(Weighing::ByValue),
                    (_, Weigh::Value) => Some(Weighing::ByStatedValue),
                    (_, Weigh::Person) => Some(Weighing::Alike),
                },
                factors: factors.iter().map(|(kind, factor)| Term::times(kind.word(), factor)).collect(),
                life: match lifetime {
                    Lifetime::UntilPaid => ClaimLife::UntilPaid,
                    Lifetime::Once => ClaimLife::Once,
                    Lifetime::Forever => ClaimLife::Forever,
                },
                cap: (*lifetime == Lifetime::UntilPaid && *cap != BasisPoints::ONE)
                    .then(|| percent_text(i64::from(*cap))),
            }
            .into(),
        }
    };
    rule.buckets.iter().map(row).collect()
}

/// Whether a kind is valued by its hours.
fn has_hours(kind: ContributionKind) -> bool {
    matches!(kind, ContributionKind::Work | ContributionKind::Use)
}

pub(crate) fn version_line(context: CommandContext, version: usize, of: usize, state: &Version) -> Line {
    let books = context.books;
    RuleLine::RuleVersion {
        version,
        of,
        hash: Name(state.rule.hash().short()),
        proposal: state.proposal.map(|id| Name(id.to_string())),
        since: state.since,
        agreed: context.names(state.agreed.iter().map(|&person| books.canonical_id(person))),
        voters: Some(state.voters.len()).filter(|_| state.since.is_some()),
    }
    .into()
}

pub(crate) fn proposal_lines(context: CommandContext, proposal: &Proposal) -> Vec<Line> {
    let mut lines = vec![
        RuleLine::ProposalHead {
            proposal: proposal.id,
            project: context.books.project_name(proposal.project),
            person: context.books.name_of(proposal.by),
            preset: Term::from(proposal.rule.preset.word()),
            hash: Name(proposal.rule_hash.short()),
        }
        .into(),
    ];
    lines.extend(bucket_lines(context, &proposal.rule));
    lines.extend(proposal.objections.iter().map(|(person, reason)| {
        RuleLine::ObjectionRow { person: context.books.name_of(*person), reason: context.words(*reason) }.into()
    }));
    match context.books.ballot(proposal) {
        Ok(ballot) => lines.push(ballot_line(context, proposal, &ballot)),
        Err(NoOutcome::Rate(missing)) => {
            lines.push(RuleLine::NotCounted { role: WorkRole(missing.role.to_owned()), date: missing.date }.into())
        }
        Err(NoOutcome::TooLarge) => {}
    }
    lines
}

/// Whether anybody can vote.
pub(crate) fn electorate(ballot: &Ballot) -> Electorate {
    if ballot.voters.is_empty() { Electorate::Nobody } else { Electorate::Some }
}

/// The day on which a proposal closes, in the zone in which it was made.
pub(crate) fn last_day(context: CommandContext, proposal: &Proposal) -> NaiveDate {
    proposal.closes.with_timezone(&context.books.zone_at(proposal.at)).date_naive()
}

pub(crate) fn ballot_line(context: CommandContext, proposal: &Proposal, ballot: &Ballot) -> Line {
    RuleLine::Ballot {
        agreed: ballot.agreed.len(),
        voters: ballot.voters.len(),
        electorate: electorate(ballot),
        needed: Some(ballot.needed).filter(|_| !ballot.voters.is_empty() && !ballot.is_carried()),
        unwilling: context.names(ballot.unwilling.iter().copied()),
        closes: last_day(context, proposal),
        carried: ballot.is_carried(),
    }
    .into()
}
