//! Proposed rules, and the versions that a project has had.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::core::ids::{Hash, PersonId, ProjectId, ProposalId, TextRef};
use crate::core::percent::BasisPoints;
use crate::core::rule::definition::Rule;
use crate::core::time::Timestamp;

/// A rule that a project has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The rule.
    pub rule: Rule,
    /// Its hash.
    pub rule_hash: Hash,
    /// The first day whose income it shares; `None` for the one that the project began with.
    pub since: Option<NaiveDate>,
    /// The proposal that it was.
    pub proposal: Option<ProposalId>,
    /// Who had a vote on it.
    pub voters: Vec<PersonId>,
    /// The voters who agreed.
    pub agreed: Vec<PersonId>,
}

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// It can be agreed to.
    Open,
    /// It is a version of the project's rule.
    Adopted,
    /// It was not adopted in time, or its author replaced it.
    Lapsed,
}

/// A proposed rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// For which project.
    pub project: ProjectId,
    /// The rule.
    pub rule: Rule,
    /// Its hash.
    pub rule_hash: Hash,
    /// Who proposed it.
    pub by: PersonId,
    /// When it was proposed.
    pub at: Timestamp,
    /// When voting ends.
    pub closes: Timestamp,
    /// Who could vote when it was proposed. They keep their vote, whatever becomes of their claims.
    pub voters: BTreeSet<PersonId>,
    /// It needs more than this part of its voters, as the network's setting was then.
    pub quorum: BasisPoints,
    /// With an open objection, it needs at least this part of them; two thirds if nothing was set then.
    pub objection_share: Option<BasisPoints>,
    /// The people who agree.
    pub agreed: BTreeSet<PersonId>,
    /// The people who object, with their reasons.
    pub objections: BTreeMap<PersonId, TextRef>,
    /// How it stands.
    pub state: ProposalState,
}
