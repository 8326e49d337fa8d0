//! Rules, projects and milestones.

pub(crate) mod agree;
pub(crate) mod file;
pub(crate) mod milestone;
pub(crate) mod project;
