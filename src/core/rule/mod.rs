//! Benefit redistribution rules: ordered buckets, and what makes a list of them a rule.
//!
//! A rule is the contract by which income becomes shares. It is written once, into the entry that creates the project
//! or proposes it, and identified by the hash of that text. Presets are in `rule/preset.rs`.
//!
//! Fields that came later are left out of the text where they say nothing, so that the hash of an earlier rule stays.

pub mod bucket;
pub mod build;
pub mod definition;
pub mod preset;
