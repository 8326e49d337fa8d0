//! A reply as a document: its lines, put together to facts, tables and details. Every target lays out the same
//! document.

use crate::grammar::catalog::Catalog;
use crate::grammar::spec::{Wording, text_in};
use crate::message::field::Field;
use crate::message::line::Line;
use crate::message::part::Part;
use crate::message::reply::Reply;
use crate::render::compose::{Piece, Run, composed, plain, value};
use crate::render::fold::unfolded;

/// The most commands that are offered next.
const MOST_NEXT: usize = 3;

/// A part of a document.
#[derive(Debug, PartialEq)]
pub(crate) enum Block<'a> {
    /// What it is about.
    Title(Run<'a>),
    /// A sentence.
    Sentence(Run<'a>),
    /// What is good to know.
    Note(Run<'a>),
    /// Labels with their values.
    Facts(Vec<(Run<'a>, Run<'a>)>),
    /// A table.
    Table(Table<'a>),
    /// What few people need.
    Details(Vec<Block<'a>>),
}

/// A table: its heads, if it has any, and its rows.
#[derive(Debug, PartialEq)]
pub(crate) struct Table<'a> {
    pub(crate) heads: Vec<&'a str>,
    pub(crate) rows: Vec<Row<'a>>,
}

/// A row of a table.
#[derive(Debug, PartialEq)]
pub(crate) struct Row<'a> {
    pub(crate) cells: Vec<Run<'a>>,
    /// Whether it adds up the others.
    pub(crate) is_total: bool,
    /// Whether it is about the person who asked.
    pub(crate) is_own: bool,
}

/// A document: a reply in a language.
#[derive(Debug, PartialEq)]
pub(crate) struct Document<'a> {
    pub(crate) blocks: Vec<Block<'a>>,
    /// The commands that fit next, in English, without a prefix.
    pub(crate) next: Vec<String>,
    /// Whether it asks something. Then the answer comes next, and nothing else.
    is_question: bool,
}

impl<'a> Document<'a> {
    /// A reply's text, for somebody with this handle. `whole` keeps long lists whole, for readers who can turn pages.
    pub(crate) fn of(
        reply: &Reply,
        language: &str,
        catalog: &'a Catalog,
        asker: Option<&str>,
        is_whole: bool,
    ) -> Document<'a> {
        let is_question = matches!(reply, Reply::Question(..));
        let mut document = Document { blocks: Vec::new(), next: Vec::new(), is_question };
        let mut add = |key: &'static str, fields: &[(&'static str, Field)], is_own: bool| {
            let Some(wording) = catalog.wording(key) else { return };
            document.add(Piecework { wording, fields, language, catalog }, is_own);
        };
        match &*unfolded(reply, is_whole) {
            Reply::Refusal(refusal) => add(refusal.key(), &refusal.fields(), false),
            reply => {
                let is_own = |line: &Line| asker.is_some_and(|asker| line.is_of(asker));
                reply.lines().for_each(|line| add(line.key(), &line.fields(), is_own(line)));
            }
        }
        document
    }

    fn add(&mut self, of: Piecework<'a, '_>, is_own: bool) {
        for template in of.wording.next.iter().filter(|_| !self.is_question) {
            let command = of.code(template);
            if self.next.len() < MOST_NEXT && !self.next.contains(&command) {
                self.next.push(command);
            }
        }
        let blocks = match self.blocks.last_mut() {
            Some(Block::Details(details)) if of.wording.folded => details,
            _ if of.wording.folded => {
                self.blocks.push(Block::Details(Vec::new()));
                let Some(Block::Details(details)) = self.blocks.last_mut() else { return };
                details
            }
            _ => &mut self.blocks,
        };
        let mut cells = of.cells();
        match of.wording.part {
            Part::Title => blocks.push(Block::Title(cells.swap_remove(0))),
            Part::Sentence => blocks.push(Block::Sentence(cells.swap_remove(0))),
            Part::Note => blocks.push(Block::Note(cells.swap_remove(0))),
            Part::Fact => {
                let fact = (cells.remove(0), cells.pop().unwrap_or_default());
                match blocks.last_mut() {
                    Some(Block::Facts(facts)) => facts.push(fact),
                    _ => blocks.push(Block::Facts(vec![fact])),
                }
            }
            Part::Row | Part::Total => {
                let is_total = of.wording.part == Part::Total;
                let row = Row { cells, is_total, is_own };
                let heads = of.heads();
                match blocks.last_mut() {
                    Some(Block::Table(table)) if is_total || table.heads == heads => table.rows.push(row),
                    _ => blocks.push(Block::Table(Table { heads, rows: vec![row] })),
                }
            }
        }
    }

    /// The only sentence, if there is nothing else.
    pub(crate) fn only_sentence(&self) -> Option<&Run<'a>> {
        if let [Block::Sentence(run)] = self.blocks.as_slice() { Some(run) } else { None }
    }
}

/// A line that is put into a document.
struct Piecework<'a, 'f> {
    wording: &'a Wording,
    fields: &'f [(&'static str, Field)],
    language: &'f str,
    catalog: &'a Catalog,
}

impl<'a> Piecework<'a, '_> {
    /// Its cells: one, unless it is a fact or a row.
    fn cells(&self) -> Vec<Run<'a>> {
        let text = text_in(&self.wording.texts, self.language);
        text.split(Wording::BETWEEN).map(|cell| composed(cell, self.fields, self.language, self.catalog)).collect()
    }

    fn heads(&self) -> Vec<&'a str> {
        let heads = text_in(&self.wording.heads, self.language);
        if heads.is_empty() { Vec::new() } else { heads.split(Wording::BETWEEN).collect() }
    }

    /// A command with its fields, in English.
    fn code(&self, template: &str) -> String {
        let mut code = template.to_owned();
        for (name, field) in self.fields {
            code = code.replace(&format!("{{{name}}}"), &value(field, "en", self.catalog));
        }
        code
    }
}

impl<'a> Table<'a> {
    /// The cells of one of its rows that say something, for a list. Where several columns hold numbers, each number has
    /// the head of its column.
    pub(crate) fn listed<'r>(
        &self,
        row: &'r Row<'a>,
        language: &str,
        catalog: &Catalog,
    ) -> Vec<(Option<&'a str>, &'r Run<'a>)> {
        let heads: Vec<Option<&str>> = (0..row.cells.len())
            .map(|column| self.heads.get(column).copied().filter(|_| column > 0 && self.holds_numbers(column)))
            .collect();
        let is_clear = heads.iter().flatten().count() < 2;
        let cells = row.cells.iter().zip(heads).filter(|(cell, _)| !cell_text(cell, language, catalog).is_empty());
        cells.map(|(cell, head)| (head.filter(|_| !is_clear), cell)).collect()
    }

    /// Whether a column holds numbers wherever it says something.
    fn holds_numbers(&self, column: usize) -> bool {
        let filled = || self.rows.iter().filter_map(|row| row.cells.get(column)).filter(|cell| !is_empty(cell));
        filled().next().is_some() && filled().all(is_number)
    }

    /// Its heads and rows as plain text, without the columns that are empty everywhere.
    pub(crate) fn plain(&self, language: &str, catalog: &Catalog) -> PlainTable {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell_text(cell, language, catalog)).collect())
            .collect();
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let kept: Vec<usize> =
            (0..width).filter(|column| rows.iter().any(|row| !cell(row, *column).is_empty())).collect();
        PlainTable {
            heads: if self.heads.is_empty() {
                Vec::new()
            } else {
                kept.iter().map(|column| self.heads.get(*column).copied().unwrap_or_default().to_owned()).collect()
            },
            numbers: kept.iter().map(|column| self.holds_numbers(*column)).collect(),
            rows: rows.iter().map(|row| kept.iter().map(|column| cell(row, *column)).collect()).collect(),
        }
    }
}

/// The text of a cell. Spaces in a row would look like the border of a column.
fn cell_text(cell: &Run, language: &str, catalog: &Catalog) -> String {
    let text = plain(cell, language, catalog);
    text.split([' ', '\u{a0}', '\u{3000}']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A table as plain text. Every row has as many cells as there are columns.
#[derive(Debug, PartialEq)]
pub(crate) struct PlainTable {
    pub(crate) heads: Vec<String>,
    /// Which columns hold numbers, amounts or durations.
    pub(crate) numbers: Vec<bool>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Whether a run says nothing.
fn is_empty(run: &Run) -> bool {
    run.iter().all(|piece| matches!(piece, Piece::Ours(words) if words.trim().is_empty()))
}

/// Whether a run is nothing but numbers, amounts or durations. What somebody wrote is none, even if it looks like one.
fn is_number(run: &Run) -> bool {
    run.iter().all(|piece| match piece {
        Piece::Number(_) => true,
        Piece::Ours(words) => words.chars().all(|c| c.is_whitespace() || c == '%'),
        Piece::Value(_) | Piece::Account(_) | Piece::Code(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        let number = || Piece::Number("12.50".to_owned());
        assert!(is_number(&vec![number(), Piece::Ours("\u{a0}%")]));
        assert!(is_number(&vec![number(), Piece::Ours(" "), number()]));
        assert!(!is_number(&vec![number(), Piece::Ours(" × ")]));
        assert!(!is_number(&vec![Piece::Value("12.50".to_owned())]), "somebody wrote it");
    }

    #[test]
    fn nothing_in_a_cell_looks_like_another_cell() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let cell = vec![Piece::Value("a    999.00\u{3000}\u{a0} CAD ".to_owned())];
        assert_eq!(cell_text(&cell, "en", &catalog), "a 999.00 CAD");
    }
}
