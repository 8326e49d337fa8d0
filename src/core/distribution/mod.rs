//! One run of a rule over income: who gets what, and why.
//!
//! [`run`] takes the buckets in order, [`fill`] splits what a bucket gives among claims, [`share`] has the result.

pub mod fill;
pub mod run;
pub mod share;
