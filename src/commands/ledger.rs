//! `ledger verify` and `ledger head`: whether the journal is whole, and how to compare it with somebody else's copy.

use super::people::Nothing;
use super::reply::Line;
use super::{Decision, Scene};
use crate::core::check::digest;
use crate::core::message::Name;
use crate::core::refusal::Refusal;

/// The command that the engine gives a fresh [`Verification`](super::Verification).
pub const VERIFY: &str = "ledger verify";

/// Replays the stored journal from the first entry and compares.
pub fn verify(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let Some(found) = &scene.ctx.verification else { return Err(Refusal::NotVerified) };
    let mut broken: Vec<String> = found.broken.clone();
    if found.head != scene.books.head || found.digest != digest(scene.books) {
        broken.push("the stored journal gives other books than those in use".to_owned());
    }
    let entries = usize::try_from(found.entries).unwrap_or(usize::MAX);
    if broken.is_empty() {
        return Ok(Decision::reads(vec![Line::Verified { entries, head: Name(found.head.short()) }]));
    }
    Ok(Decision::reads(broken.into_iter().map(|what| Line::NotWhole { what }).collect()))
}

/// The place and hash of the last entry.
pub fn head(scene: Scene, _: Nothing) -> Result<Decision, Refusal> {
    let entries = usize::try_from(scene.books.seq).unwrap_or(usize::MAX);
    Ok(Decision::reads(vec![Line::Head { entries, head: Name(scene.books.head.to_string()) }]))
}
