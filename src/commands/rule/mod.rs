//! Rules, projects and milestones.

pub mod agree;
pub mod file;
pub mod lines;
pub mod milestone;
pub mod numbers;
pub mod preview;
pub mod project;
pub mod rate;
