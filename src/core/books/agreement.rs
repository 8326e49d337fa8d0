//! How people agree on rules: proposals, votes, versions, and whose share a proposal would lower.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::core::books::claims::{NoOutcome, ShareEstimate};
use crate::core::books::movement::Movement;
use crate::core::books::project::Project;
use crate::core::books::proposal::{Proposal, ProposalState};
use crate::core::books::state::Books;
use crate::core::budget::Milestone;
use crate::core::contribution::money_owed;
use crate::core::distribution::run::DistributionInput;
use crate::core::ids::{MilestoneId, MoneyId, PersonId, ProjectId};
use crate::core::money::{LARGEST_MINOR, Minor};
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::Subject;
use crate::core::rule::definition::Rule;

/// The sample incomes, in units of the currency, at which two rules are compared.
const PROBES: [i64; 5] = [10, 100, 1000, 10_000, 100_000];

/// How the votes on a proposal stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// Everyone who holds an open claim in the project now, or held one when the rule was proposed.
    pub voters: Vec<PersonId>,
    /// The voters who agree.
    pub agreed: Vec<PersonId>,
    /// The voters who object.
    pub objecting: Vec<PersonId>,
    /// How many voters must agree.
    pub needed: usize,
    /// People who have not agreed although the proposal lowers their share of what they have already logged, or
    /// although they back a pool for the project under its rule.
    pub unwilling: Vec<PersonId>,
}

impl Ballot {
    /// Whether the proposal may be adopted.
    pub fn is_carried(&self) -> bool {
        self.agreed.len() >= self.needed && self.unwilling.is_empty()
    }
}

impl Project {
    /// The number of the version in use, from 1.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }
}

impl Books {
    /// The newest open proposal of a project.
    pub fn open_proposal(&self, project: ProjectId) -> Option<&Proposal> {
        self.proposals
            .iter()
            .rev()
            .find(|proposal| proposal.project == project && proposal.state == ProposalState::Open)
    }

    /// The version of a project's rule that shares the income of a day: the newest that was adopted by then.
    pub fn version_on(&self, project: ProjectId, date: NaiveDate) -> u32 {
        let versions = self.projects.get(&project).map_or(&[][..], |project| &project.versions);
        let place = versions.iter().rposition(|version| version.since.is_none_or(|since| since <= date)).unwrap_or(0);
        u32::try_from(place).unwrap_or(0) + 1
    }

    /// The rule that shares a project's income of a day.
    pub fn rule_on(&self, project: ProjectId, date: NaiveDate) -> Option<&Rule> {
        let place = usize::try_from(self.version_on(project, date)).ok()?.checked_sub(1)?;
        Some(&self.projects.get(&project)?.versions.get(place)?.rule)
    }

    /// The largest cap, as a part of the value, that any version of a project's rule has had for a contribution.
    pub fn widest_cap(&self, project: ProjectId, subject: &Subject<'_>) -> Option<BasisPoints> {
        let versions = self.projects.get(&project).into_iter().flat_map(|project| &project.versions);
        versions.filter_map(|version| version.rule.bucket_for(subject)?.cap()).max()
    }

    /// The version of its project's rule that shares an income.
    pub(super) fn version_of(&self, income: MoneyId) -> u32 {
        match self.money(income).map(|money| &money.movement) {
            Some(Movement::Income { version, .. }) => *version,
            _ => 1,
        }
    }

    /// The milestone that an income is for.
    pub(super) fn milestone_of(&self, income: MoneyId) -> Option<MilestoneId> {
        match self.money(income).map(|money| &money.movement) {
            Some(Movement::Income { milestone, .. }) => *milestone,
            _ => None,
        }
    }

    /// How the votes on a proposal stand now.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large.
    pub fn ballot(&self, proposal: &Proposal) -> Result<Ballot, NoOutcome> {
        let voters = self.voters(proposal)?;
        let among = |votes: &mut dyn Iterator<Item = &PersonId>| -> Vec<PersonId> {
            votes.filter(|person| voters.contains(person)).copied().collect()
        };
        let agreed = among(&mut proposal.agreed.iter());
        let objecting = among(&mut proposal.objections.keys());
        let mut unwilling = self.lowered_by(proposal.project, &proposal.rule)?;
        // Backers of the project agreed to the rule as it is.
        let backers = self.backers_of(proposal.project).into_iter().filter(|person| !unwilling.contains(person));
        unwilling.extend(backers.collect::<Vec<_>>());
        unwilling.retain(|person| !agreed.contains(person));
        let count = voters.len();
        let enough = |agreed: &usize| {
            above(*agreed, count, proposal.quorum) && (objecting.is_empty() || outweighs(proposal, *agreed, count))
        };
        let needed = if count == 0 { 0 } else { (0..=count).find(enough).unwrap_or(count) };
        Ok(Ballot { voters, agreed, objecting, needed, unwilling })
    }

    /// Who has a vote on a proposal: everyone who could vote when it was proposed, or can now.
    ///
    /// # Errors
    /// As [`Books::ballot`].
    pub fn voters(&self, proposal: &Proposal) -> Result<Vec<PersonId>, NoOutcome> {
        let mut voters = self.holders_of_claims(proposal.project)?;
        let then = proposal.voters.iter().map(|person| self.canonical_id(*person));
        voters.extend(then.filter(|person| !self.is_erased(*person)));
        voters.sort_unstable();
        voters.dedup();
        Ok(voters)
    }

    /// The people whose share of a sample income, or of two such incomes in a row, would be smaller under `rule` than
    /// under the project's own rule, by what is logged now. A difference of one minor unit, which rounding can make,
    /// does not count.
    ///
    /// # Errors
    /// [`NoOutcome::Rate`] if a claim has no rate, [`NoOutcome::TooLarge`] if the numbers are too large or there is no
    /// such project.
    pub fn lowered_by(&self, project: ProjectId, rule: &Rule) -> Result<Vec<PersonId>, NoOutcome> {
        let own = &self.projects.get(&project).ok_or(NoOutcome::TooLarge)?.rule;
        let holders = self.holders_of_claims(project)?;
        let mut lowered = BTreeSet::new();
        for input in self.probes(project, own.is_budget() || rule.is_budget()) {
            let (now, then) = (self.twice(project, own, input)?, self.twice(project, rule, input)?);
            for (before, after) in now.iter().zip(&then) {
                let loses = |person: &&PersonId| after.of_person(**person) + Minor(1) < before.of_person(**person);
                lowered.extend(holders.iter().filter(loses));
            }
        }
        Ok(lowered.into_iter().collect())
    }

    /// The incomes at which two rules are compared: some of usual sizes, some as large as all that is claimed and more,
    /// and each milestone's own if one of the rules knows milestones.
    fn probes(&self, project: ProjectId, by_milestone: bool) -> Vec<DistributionInput> {
        let logs = self.logs.iter().filter(|log| log.project == project && log.claims());
        let claimed = logs
            .filter_map(|log| self.open_value(log).ok())
            .map(money_owed)
            .fold(Minor::ZERO, Minor::saturating_add)
            .max(Minor::ZERO);
        let sizes = PROBES
            .map(|probe| Minor(probe * self.commodity.unit()))
            .into_iter()
            .chain([1, 2, 10].map(|times| Minor(claimed.0.saturating_mul(times))));
        let of_project = |milestone: &&Milestone| by_milestone && milestone.project == project;
        let planned =
            self.milestones.iter().filter(of_project).map(|milestone| (milestone.amount.minor, Some(milestone.id)));
        let incomes = sizes.filter(|income| *income <= LARGEST_MINOR).map(|income| (income, None)).chain(planned);
        incomes
            .map(|(income, milestone)| DistributionInput { income, milestone, ..DistributionInput::default() })
            .collect()
    }

    /// What a rule makes of two incomes of the same size in a row.
    fn twice(
        &self,
        project: ProjectId,
        rule: &Rule,
        input: DistributionInput,
    ) -> Result<[ShareEstimate; 2], NoOutcome> {
        let first = self.outcome(project, rule, input)?;
        let mut after = self.clone();
        after
            .credit_claims(rule, &first.shares, self.distributions.next(), true, 1)
            .map_err(|_| NoOutcome::TooLarge)?;
        after.plan_lines(&first.planned, 1).map_err(|_| NoOutcome::TooLarge)?;
        let second = after.outcome(project, rule, DistributionInput { carried: first.undistributed, ..input })?;
        Ok([ShareEstimate::of(&first), ShareEstimate::of(&second)])
    }
}

/// Whether `part` of `whole` is more than `share`. All of the whole always is.
fn above(part: usize, whole: usize, share: BasisPoints) -> bool {
    part * usize_of(BasisPoints::ONE) > whole * usize_of(share) || part == whole
}

fn usize_of(share: BasisPoints) -> usize {
    usize::try_from(share.0).unwrap_or(usize::MAX)
}

/// Whether this many votes are enough against an objection.
fn outweighs(proposal: &Proposal, agreed: usize, voters: usize) -> bool {
    match proposal.objection_share {
        Some(share) => agreed * usize_of(BasisPoints::ONE) >= voters * usize_of(share),
        None => agreed * 3 >= voters * 2,
    }
}
