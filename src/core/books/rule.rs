//! What facts about projects, rules, milestones and rates change in the books.

use crate::core::books::project::{Project, Rate};
use crate::core::books::proposal::{Proposal, ProposalState, Version};
use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::budget;
use crate::core::entry::Entry;
use crate::core::fact::rule::{ProjectCreated, RateSet, RuleAdopted, RuleFact, RuleProposed};
use crate::core::ids::ProjectId;
use crate::core::money::Minor;

impl Books {
    pub(super) fn fold_rule(&mut self, entry: &Entry, fact: &RuleFact) -> FoldResult {
        match fact {
            RuleFact::ProjectCreated(f) => self.add_project(f)?,
            RuleFact::RuleProposed(f) => self.add_proposal(entry, f)?,
            RuleFact::RuleAgreed(f) => {
                let by = entry.by.ok_or("nobody agreed")?;
                let proposal = self.proposals.row_mut(f.proposal)?;
                proposal.objections.remove(&by);
                proposal.agreed.insert(by);
            }
            RuleFact::RuleObjected(f) => {
                let by = entry.by.ok_or("nobody objected")?;
                let proposal = self.proposals.row_mut(f.proposal)?;
                proposal.agreed.remove(&by);
                proposal.objections.insert(by, f.reason);
            }
            RuleFact::RuleAdopted(f) => self.adopt(entry, f)?,
            RuleFact::RuleLapsed(f) => self.proposals.row_mut(f.proposal)?.state = ProposalState::Lapsed,
            RuleFact::MilestoneAdded(f) => {
                let (id, project, amount) = (f.milestone, f.project, f.amount);
                self.milestones.push(id, budget::Milestone { id, project, name: f.name.clone(), amount })?;
            }
            RuleFact::LinePlanned(f) => {
                let line = budget::BudgetLine {
                    id: f.line,
                    milestone: f.milestone,
                    activity: f.activity,
                    amount: f.amount,
                    parts: f.parts.clone(),
                    planned: Minor::ZERO,
                    given: Default::default(),
                };
                self.lines.push(f.line, line)?;
            }
            RuleFact::RateSet(f) => self.add_rate(f),
        }
        Ok(())
    }

    fn add_project(&mut self, f: &ProjectCreated) -> FoldResult {
        if self.next_project() != f.project {
            return Err("its project is not new");
        }
        let first = Version {
            rule: f.rule.clone(),
            rule_hash: f.rule_hash,
            since: None,
            proposal: None,
            voters: Vec::new(),
            agreed: Vec::new(),
        };
        let project = Project {
            name: f.name.clone(),
            rule: f.rule.clone(),
            rule_hash: f.rule_hash,
            versions: vec![first],
            waiting: Default::default(),
            spent: self.commodity.zero(),
            approval: None,
        };
        self.projects.insert(f.project, project);
        self.begin_tally(f.project);
        Ok(())
    }

    fn add_proposal(&mut self, entry: &Entry, f: &RuleProposed) -> FoldResult {
        let proposal = Proposal {
            id: f.proposal,
            project: f.project,
            rule: f.rule.clone(),
            rule_hash: f.rule_hash,
            voters: f.voters.iter().copied().collect(),
            quorum: self.settings.quorum(),
            objection_share: self.settings.objection_share,
            by: entry.by.ok_or("nobody proposed the rule")?,
            at: entry.at,
            closes: f.closes,
            agreed: Default::default(),
            objections: Default::default(),
            state: ProposalState::Open,
        };
        self.proposals.push(f.proposal, proposal)
    }

    fn adopt(&mut self, entry: &Entry, f: &RuleAdopted) -> FoldResult {
        let since = self.local_date(entry.at);
        let proposal = self.proposals.row_mut(f.proposal)?;
        proposal.state = ProposalState::Adopted;
        let Proposal { project, rule, rule_hash, .. } = proposal.clone();
        let project = self.project_mut(project)?;
        if f.version != project.version() + 1 {
            return Err("its version is not the next");
        }
        project.rule = rule.clone();
        project.rule_hash = rule_hash;
        project.approval = None;
        project.versions.push(Version {
            rule,
            rule_hash,
            since: Some(since),
            proposal: Some(f.proposal),
            voters: f.voters.clone(),
            agreed: f.agreed.clone(),
        });
        Ok(())
    }

    fn add_rate(&mut self, f: &RateSet) {
        let places = self.rates_of.entry(f.role.clone()).or_default().entry(f.person).or_default();
        places.insert(places.partition_point(|(from, _)| *from <= f.from), (f.from, self.rates.len()));
        self.rates.push(Rate { role: f.role.clone(), person: f.person, per_hour: f.per_hour, from: f.from });
    }

    pub(super) fn project_mut(&mut self, project: ProjectId) -> Result<&mut Project, &'static str> {
        self.projects.get_mut(&project).ok_or("no such project")
    }
}
