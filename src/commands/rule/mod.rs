//! Rules, projects and milestones.

pub(crate) mod agree;
pub(crate) mod file;
pub(crate) mod lines;
pub(crate) mod milestone;
pub(crate) mod numbers;
pub(crate) mod preview;
pub(crate) mod project;
pub(crate) mod rate;
