//! Rules, projects and milestones.

pub(crate) mod agree;
pub(crate) mod file;
pub mod lines;
pub(crate) mod milestone;
pub mod numbers;
pub mod preview;
pub(crate) mod project;
pub mod rate;
