//! Facts about projects and what they share by: rules, milestones, rates.

use chrono::NaiveDate;

use crate::core::fact::declare::facts;
use crate::core::ids::{Hash, LineId, MilestoneId, PersonId, ProjectId, ProposalId, TextRef};
use crate::core::money::Amount;
use crate::core::rule::definition::Rule;
use crate::core::time::Timestamp;

facts! {
    /// What happened to projects, their rules, their milestones and to rates.
    pub enum RuleFact {
        /// A project began, under a rule.
        ProjectCreated = "project-created" 3 reads 1 | 2 {
            project: ProjectId, name: String, rule: Rule, rule_hash: Hash,
        },
        /// A rule was proposed for a project, to be agreed on until it closes.
        RuleProposed = "rule-proposed" 3 reads 1 | 2 {
            proposal: ProposalId, project: ProjectId, rule: Rule, rule_hash: Hash, closes: Timestamp,
            /// Who could vote when it was proposed.
            #[serde(default)] voters: Vec<PersonId>,
        },
        /// A voter agrees, and no longer objects.
        RuleAgreed = "rule-agreed" 1 { proposal: ProposalId },
        /// A voter objects, and no longer agrees.
        RuleObjected = "rule-objected" 1 { proposal: ProposalId, reason: TextRef },
        /// A proposal is the project's rule from now on, with the voters and those of them who agreed.
        RuleAdopted = "rule-adopted" 1 {
            proposal: ProposalId, version: u32, voters: Vec<PersonId>, agreed: Vec<PersonId>,
        },
        /// A proposal is closed without having been adopted.
        RuleLapsed = "rule-lapsed" 1 { proposal: ProposalId },
        /// An income was planned ahead.
        MilestoneAdded = "milestone-added" 1 {
            milestone: MilestoneId, project: ProjectId, name: String, amount: Amount,
        },
        /// A line of a milestone was planned: what is done for how much, and by which people by weight; by minutes if
        /// none is named.
        LinePlanned = "line-planned" 1 {
            line: LineId, milestone: MilestoneId, activity: TextRef, amount: Amount, parts: Vec<(PersonId, i64)>,
        },
        /// What an hour in a role is worth, from a day on: for everyone, or for one person.
        RateSet = "rate-set" 1 { role: String, person: Option<PersonId>, per_hour: Amount, from: NaiveDate },
    }
}

impl RuleFact {
    /// The text that its author wrote: a title, a correction, a reason. The texts of logs are left out, which the books
    /// know by the log, and a custodian's notes, which belong to the network.
    pub fn words(&self) -> Option<TextRef> {
        match self {
            RuleFact::RuleObjected(f) => Some(f.reason),
            RuleFact::ProjectCreated(_)
            | RuleFact::RuleProposed(_)
            | RuleFact::RuleAgreed(_)
            | RuleFact::RuleAdopted(_)
            | RuleFact::RuleLapsed(_)
            | RuleFact::MilestoneAdded(_)
            | RuleFact::LinePlanned(_)
            | RuleFact::RateSet(_) => None,
        }
    }

    /// Whether it is everyday work: it decides neither where money goes nor who somebody is.
    pub fn is_everyday(&self) -> bool {
        match self {
            RuleFact::ProjectCreated(_)
            | RuleFact::RuleProposed(_)
            | RuleFact::RuleAgreed(_)
            | RuleFact::RuleObjected(_)
            | RuleFact::RuleAdopted(_)
            | RuleFact::RuleLapsed(_)
            | RuleFact::MilestoneAdded(_)
            | RuleFact::LinePlanned(_)
            | RuleFact::RateSet(_) => false,
        }
    }

    /// Whether it changes existing claims: which there are, what they weigh or what they have received.
    pub fn touches_claims(&self) -> bool {
        match self {
            RuleFact::ProjectCreated(_)
            | RuleFact::RuleAdopted(_)
            | RuleFact::RuleLapsed(_)
            | RuleFact::MilestoneAdded(_)
            | RuleFact::LinePlanned(_)
            | RuleFact::RateSet(_) => true,
            RuleFact::RuleProposed(_) | RuleFact::RuleAgreed(_) | RuleFact::RuleObjected(_) => false,
        }
    }
}
