//! Facts: what an entry of the journal says happened, with its outcome. One file per domain.
//!
//! A fact is declared once, with the macro in [`declare`]: its kind, its version and its fields. What it carries
//! (money, texts, a pool) follows from the types of its fields. What types can't tell (its author's words, whether it
//! is everyday work, whether it touches claims) is a match over every fact of its domain, so that a new fact can't be
//! forgotten there.

pub mod declare;
pub mod equipment;
pub mod money;
pub mod people;
pub mod pool;
pub mod rule;
pub mod work;
