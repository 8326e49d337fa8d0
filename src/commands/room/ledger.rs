//! `ledger verify` and `ledger head`: whether everything is as it was written, and its head to compare with other
//! copies.

use std::collections::BTreeSet;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::core::check::{Area, digest};
use crate::core::name::Name;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::room::{Damaged, RoomLine, RoomRefusal};
use crate::message::summary::SummaryLine;

/// Reports what a replay of the stored journal from its first entry has found.
///
/// # Errors
/// Refused if the journal was not replayed.
pub fn verify(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let Some(found) = &context.moment.verification else { return Err(RoomRefusal::NotVerified.into()) };
    let entries = usize::try_from(found.entries).unwrap_or(usize::MAX);
    let gives_others = found.head != context.books.head || found.digest != digest(context.books);
    if found.broken.is_empty() && !gives_others {
        return Ok(Decision::reads(vec![RoomLine::Verified { entries, head: Name(found.head.short()) }.into()]));
    }
    let mut areas: BTreeSet<Area> = found.broken.iter().map(|finding| finding.area).collect();
    areas.extend(gives_others.then_some(Area::Books));
    let damaged = areas.into_iter().map(|area| match area {
        Area::File => Damaged::File,
        Area::Journal => Damaged::Journal,
        Area::Books => Damaged::Books,
        Area::Texts => Damaged::Texts,
        Area::Files => Damaged::Files,
        Area::People => Damaged::People,
        Area::Rest => Damaged::Rest,
    });
    Ok(Decision::reads(vec![RoomLine::NotWhole { damaged: damaged.collect() }.into()]))
}

/// The number and hash of the last entry.
///
/// # Errors
/// Never refused.
pub fn head(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let entries = usize::try_from(context.books.seq).unwrap_or(usize::MAX);
    Ok(Decision::reads(vec![RoomLine::Head { entries, head: Name(context.books.head.to_string()) }.into()]))
}

/// The same for a summary, so that its readers can later detect a truncated or rewritten journal.
pub fn head_in_short(context: CommandContext) -> Line {
    let entries = usize::try_from(context.books.seq).unwrap_or(usize::MAX);
    SummaryLine::SummaryLedger { entries, head: Name(context.books.head.to_string()[..16].to_owned()) }.into()
}
