//! Replies as plain text, with columns that line up.
//!
//! A text of a command file is a template: `{field}` is a field's value, `{count|task|tasks}` picks a word by a number,
//! and a segment in square brackets is left out when a field in it is absent. Text between backticks is code: words
//! that people type, in English, which [`typed`](crate::render::typed) translates into the reader's language.

use unicode_width::UnicodeWidthStr;

use crate::grammar::catalog::Catalog;
use crate::message::reply::Reply;
use crate::render::compose::{Piece, Run, plain};
use crate::render::document::{Block, Document, PlainTable};
use crate::render::picture;

/// What separates things in a row.
pub(super) const DOT: &str = " · ";

/// The widest label that its neighbours' values stand behind.
const WIDEST_LABEL: usize = 24;

/// The spaces between two columns.
const GAP: usize = 2;

/// A reply as plain text: the short part, what its pictures show, and the long part.
pub fn text(reply: &Reply, language: &str, catalog: &Catalog) -> String {
    laid_out(reply, language, catalog, |document| lines(document, language, catalog))
}

/// A reply as text, with each of its documents written by a function.
pub(super) fn laid_out(
    reply: &Reply,
    language: &str,
    catalog: &Catalog,
    lines: impl Fn(&Document) -> Vec<String>,
) -> String {
    let written = |reply: &Reply| lines(&Document::of(reply, language, catalog, None, false));
    let pictures = reply.pictures().iter().map(|shown| picture::alt(shown, language, catalog));
    let more = reply.more().map(|more| written(&more)).unwrap_or_default();
    written(&reply.first()).into_iter().chain(pictures).chain(more).collect::<Vec<_>>().join("\n")
}

/// A document, line by line.
pub(crate) fn lines(document: &Document, language: &str, catalog: &Catalog) -> Vec<String> {
    let next = next(document, language, catalog);
    if let Some(sentence) = document.only_sentence() {
        return vec![std::iter::once(plain(sentence, language, catalog)).chain(next).collect::<Vec<_>>().join(DOT)];
    }
    let next = if next.is_empty() { None } else { Some(next_is(&next, language, catalog)) };
    document.blocks.iter().flat_map(|block| block_lines(block, language, catalog)).chain(next).collect()
}

/// The commands that fit next, as code.
pub(super) fn next(document: &Document, language: &str, catalog: &Catalog) -> Vec<String> {
    document.next.iter().map(|command| plain(&[Piece::Code(format!("!{command}"))], language, catalog)).collect()
}

/// The line that offers these commands.
pub(super) fn next_is(commands: &[String], language: &str, catalog: &Catalog) -> String {
    catalog.word("next-is", language).replace("{commands}", &commands.join(DOT))
}

/// The lines of a block.
pub(super) fn block_lines(block: &Block, language: &str, catalog: &Catalog) -> Vec<String> {
    let written = |run: &[Piece]| plain(run, language, catalog);
    match block {
        Block::Title(run) | Block::Sentence(run) | Block::Note(run) => vec![written(run)],
        Block::Facts(facts) => {
            let fact = |(label, value): &(Run, Run)| (written(label), written(value).trim().to_owned());
            let facts: Vec<_> = facts.iter().map(fact).collect();
            let widths = facts.iter().map(|(label, _)| label.width());
            let widest = widths.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(0);
            let fact = |(label, value): &(String, String)| {
                let between = colon(language);
                format!("{label}{between}{}{value}", " ".repeat(widest.saturating_sub(label.width())))
            };
            facts.iter().map(fact).collect()
        }
        Block::Table(table) => aligned(&table.plain(language, catalog)),
        Block::Details(blocks) => blocks.iter().flat_map(|block| block_lines(block, language, catalog)).collect(),
    }
}

/// What stands between a label and its value.
pub(super) fn colon(language: &str) -> &'static str {
    if language == "fr" { "\u{a0}: " } else { ": " }
}

/// A table with its columns below each other: numbers to the right, words to the left.
pub(super) fn aligned(table: &PlainTable) -> Vec<String> {
    let all = || std::iter::once(&table.heads).filter(|heads| !heads.is_empty()).chain(&table.rows);
    let widths: Vec<usize> = (0..table.numbers.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for ((cell, width), is_number) in row.iter().zip(&widths).zip(&table.numbers) {
            let space = " ".repeat(width - cell.width());
            let (before, after) = if *is_number { (space.as_str(), "") } else { ("", space.as_str()) };
            line.extend([before, cell, after, &" ".repeat(GAP)]);
        }
        line.trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::notation::duration;
    use crate::render::safe::shown;

    #[test]
    fn what_people_wrote_stays_on_its_line_and_in_its_direction() {
        assert_eq!(shown("a\nb\u{202e}c\u{7}"), "a bc ");
        assert_eq!(shown("سلك"), "\u{2068}سلك\u{2069}");
        assert_eq!(shown("<b>@room</b> `x`"), "<b>@room</b> `x`");
    }

    #[test]
    fn minutes_read_as_they_are_typed() {
        assert_eq!([duration(5), duration(60), duration(150), duration(125)], ["5m", "1h", "2h30", "2h05"]);
    }

    #[test]
    fn columns_line_up_by_what_they_hold() {
        let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let table = PlainTable {
            heads: cells(&["Who", "Amount"]),
            numbers: vec![false, true],
            rows: vec![cells(&["ana", "5.00 CAD"]), cells(&["日本", "1234.50 CAD"])],
        };
        assert_eq!(aligned(&table), ["Who        Amount", "ana      5.00 CAD", "日本  1234.50 CAD"]);
    }
}
