//! Lists page by page: `page:2`, or `more` after the page before.

use serde::Deserialize;

use crate::grammar::spec::folded;
use crate::message::field::Field;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;

/// The options of a list that has no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfPage {
    /// Which page.
    pub page: Option<u32>,
}

/// A page of a list of `count` rows, with what comes behind it: by default the first.
///
/// # Errors
/// Refused if the list ends before it.
pub fn page_of(page: Option<u32>, count: usize, rows: impl Iterator<Item = Line>) -> Result<Vec<Line>, Refusal> {
    let pages_before = usize::try_from(page.unwrap_or(1).saturating_sub(1)).unwrap_or(usize::MAX);
    let before = pages_before.saturating_mul(ROWS);
    if before > 0 && before >= count {
        return Err(TypedRefusal::NoSuchPage { last: count.div_ceil(ROWS).max(1) }.into());
    }
    let with_pages = |line| match line {
        Line::Room(RoomLine::MoreRows { count, .. }) => RoomLine::MoreRows { count, pages: true }.into(),
        row => row,
    };
    Ok(list_of(ROWS, count - before, rows.skip(before)).into_iter().map(with_pages).collect())
}

/// Whether a row has these words in what people wrote or are called, without regard to case and accents. Without words,
/// every row does.
pub fn has_words(row: &Line, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted.map(|wanted| folded(wanted.trim()).into_owned()) else { return true };
    row.fields().iter().any(|(_, field)| match field {
        Field::Words(text) | Field::Name(text) | Field::WorkRole(text) => folded(text).contains(&wanted),
        _ => false,
    })
}
