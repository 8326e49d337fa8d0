//! Replies at a terminal: wrapped at the ends of words, and in colour where that is wanted.

use unicode_width::UnicodeWidthStr;

use crate::grammar::catalog::Catalog;
use crate::message::reply::Reply;
use crate::render::compose::plain;
use crate::render::document::{Block, Document, Row, Table};
use crate::render::text::{DOT, aligned, block_lines, colon, laid_out, next, next_is};

/// How far the lines that a text goes on with are indented.
const HANGING: usize = 2;

/// What makes a terminal show text strong, faint or as code, and what ends that.
const STRONG: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const CODE: &str = "\u{1b}[0;36m";
const END: &str = "\u{1b}[0m";

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// How many columns a line has.
    pub width: usize,
    /// Whether it shows colours.
    pub has_colours: bool,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Strong,
    Faint,
}

/// A reply, line by line.
pub fn text(reply: &Reply, language: &str, catalog: &Catalog, terminal: Terminal) -> String {
    let page = Page { language, catalog, terminal };
    laid_out(reply, language, catalog, |document| page.lines(document))
}

struct Page<'a> {
    language: &'a str,
    catalog: &'a Catalog,
    terminal: Terminal,
}

impl Page<'_> {
    fn lines(&self, document: &Document) -> Vec<String> {
        let next = next(document, self.language, self.catalog);
        if let Some(sentence) = document.only_sentence() {
            let sentence = plain(sentence, self.language, self.catalog);
            let all = std::iter::once(sentence).chain(next).collect::<Vec<_>>().join(DOT);
            return self.wrapped(&all, Look::Plain, 0);
        }
        let offered = if next.is_empty() { None } else { Some(next_is(&next, self.language, self.catalog)) };
        let offered = offered.iter().flat_map(|line| self.wrapped(line, Look::Faint, HANGING));
        document.blocks.iter().flat_map(|block| self.block(block)).chain(offered).collect()
    }

    fn block(&self, block: &Block) -> Vec<String> {
        let written = |run| plain(run, self.language, self.catalog);
        match block {
            Block::Title(run) => self.wrapped(&written(run), Look::Strong, 0),
            Block::Sentence(run) => self.wrapped(&written(run), Look::Plain, 0),
            Block::Note(run) => self.wrapped(&written(run), Look::Faint, 0),
            Block::Facts(_) => {
                let facts = block_lines(block, self.language, self.catalog);
                facts.iter().flat_map(|fact| self.wrapped(fact, Look::Plain, HANGING)).collect()
            }
            Block::Table(table) => self.table(table),
            Block::Details(blocks) => blocks.iter().flat_map(|block| self.block(block)).collect(),
        }
    }

    /// A table that is too wide becomes a list.
    fn table(&self, table: &Table) -> Vec<String> {
        let texts = aligned(&table.plain(self.language, self.catalog));
        if texts.iter().all(|text| text.width() <= self.terminal.width) {
            let heads = usize::from(!table.heads.is_empty());
            let look = |(place, text): (usize, &String)| {
                let look = if place < heads { Look::Faint } else { Look::Plain };
                self.looking(text, look)
            };
            return texts.iter().enumerate().map(look).collect();
        }
        table.rows.iter().flat_map(|row| self.wrapped(&self.row(table, row), Look::Plain, HANGING)).collect()
    }

    fn row(&self, table: &Table, row: &Row) -> String {
        let cells = table.listed(row, self.language, self.catalog).into_iter().map(|(head, cell)| {
            let label = head.map(|head| head.to_owned() + colon(self.language)).unwrap_or_default();
            label + plain(cell, self.language, self.catalog).trim()
        });
        cells.collect::<Vec<_>>().join(DOT)
    }

    /// A text in lines that fit. Words end at plain spaces; code to type is never torn apart unless it is too long.
    fn wrapped(&self, text: &str, look: Look, hanging: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in words(text) {
            match lines.last_mut() {
                Some(line) if line.width() + 1 + word.width() <= self.terminal.width => line.extend([" ", &word]),
                Some(_) => lines.push(format!("{}{word}", " ".repeat(hanging))),
                None => lines.push(word),
            }
        }
        lines.iter().map(|line| self.looking(line, look)).collect()
    }

    /// A line in its colours: code to type stands out from the words around it.
    fn looking(&self, line: &str, look: Look) -> String {
        if !self.terminal.has_colours {
            return line.to_owned();
        }
        let begin = match look {
            Look::Plain => "",
            Look::Strong => STRONG,
            Look::Faint => FAINT,
        };
        let mut shown = String::from(begin);
        let mut rest = line;
        while let Some((before, (code, after))) = rest.split_once('`').and_then(|(b, a)| Some((b, a.split_once('`')?)))
        {
            shown.extend([before, CODE, code, END, begin]);
            rest = after;
        }
        shown.push_str(rest);
        if !begin.is_empty() {
            shown.push_str(END);
        }
        shown
    }
}

/// The words of a text, between plain spaces. What stands in backticks is one word.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_code = false;
    for part in text.split(' ') {
        match words.last_mut().filter(|_| is_code) {
            Some(word) => word.extend([" ", part]),
            None => words.push(part.to_owned()),
        }
        is_code ^= part.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_code_stays_whole() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let page =
            |width, has_colours| Page { language: "en", catalog: &catalog, terminal: Terminal { width, has_colours } };
        let text = "Now `!project new <name>` begins a project, 日本 and all.";
        assert_eq!(
            page(26, false).wrapped(text, Look::Plain, 2),
            ["Now `!project new <name>`", "  begins a project, 日本", "  and all."]
        );
        assert_eq!(
            page(80, true).wrapped("a `b` c", Look::Strong, 0),
            ["\u{1b}[1ma \u{1b}[0;36mb\u{1b}[0m\u{1b}[1m c\u{1b}[0m"]
        );
        assert_eq!(page(80, true).wrapped("a ` c", Look::Plain, 0), ["a ` c"]);
    }
}
