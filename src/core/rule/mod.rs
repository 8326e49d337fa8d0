//! Benefit redistribution rules: ordered buckets, and what makes a list of them a rule.
//!
//! A rule is the contract by which income becomes shares. Its text is written once, into the entry that creates the
//! project or proposes the rule, and is identified by its hash. Presets are in `rule/preset.rs`.
//!
//! Fields that came later are left out of the text if they are empty, so that the hash of an earlier rule stays the
//! same.

pub mod bucket;
pub mod build;
pub mod definition;
pub mod preset;
