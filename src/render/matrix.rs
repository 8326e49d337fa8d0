//! Replies for Matrix: HTML with the same in plain text.
//!
//! Clients on phones show few elements: no tables, and of folded text only its content. So a narrow table is
//! preformatted text, and a wide one a list.

use unicode_width::UnicodeWidthStr;

use crate::grammar::catalog::Catalog;
use crate::message::reply::Reply;
use crate::render::compose::{Piece, Run, plain};
use crate::render::document::{Block, Document, Row, Table};
use crate::render::text::{DOT, aligned, block_lines, colon, next, next_is};
use crate::render::typed;

/// The widest preformatted text, which a phone shows without turning to the side.
const NARROW: usize = 44;

/// The most bytes of HTML that are folded: a chunk is never cut.
const MOST_FOLDED: usize = 10_000;

/// A piece of a reply, which is never cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// As plain text.
    pub text: String,
    /// As HTML: values are escaped, and text between the template's backticks is code.
    pub html: String,
    /// How the HTML goes on from the chunk before.
    pub kind: ChunkKind,
}

/// What a chunk's HTML is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkKind {
    /// Text, on a line of its own.
    Line,
    /// An item of a list.
    Item,
    /// An element that begins and ends its own lines.
    Block,
}

/// The HTML of chunks after each other. Items after each other are one list.
pub fn html(chunks: &[Chunk]) -> String {
    let mut html = String::new();
    let mut before = ChunkKind::Block;
    for chunk in chunks {
        match (before, chunk.kind) {
            (ChunkKind::Item, ChunkKind::Item) => {}
            (ChunkKind::Item, _) => html.push_str("</ul>"),
            (_, ChunkKind::Item) => html.push_str("<ul>"),
            (ChunkKind::Line, ChunkKind::Line) => html.push_str("<br>"),
            (ChunkKind::Line | ChunkKind::Block, ChunkKind::Line | ChunkKind::Block) => {}
        }
        match chunk.kind {
            ChunkKind::Item => html.extend(["<li>", &chunk.html, "</li>"]),
            ChunkKind::Line | ChunkKind::Block => html.push_str(&chunk.html),
        }
        before = chunk.kind;
    }
    if before == ChunkKind::Item {
        html.push_str("</ul>");
    }
    html
}

/// A reply in chunks.
pub fn chunks(reply: &Reply, language: &str, catalog: &Catalog) -> Vec<Chunk> {
    let document = Document::of(reply, language, catalog, None, false);
    let page = Page { language, catalog };
    let next = next(&document, language, catalog);
    let code = document.next.iter().map(|command| page.html(&[Piece::Code(format!("!{command}"))]));
    let code: Vec<String> = code.collect();
    if let Some(sentence) = document.only_sentence() {
        let with = |first: String, next: Vec<String>| std::iter::once(first).chain(next).collect::<Vec<_>>().join(DOT);
        let (text, html) = (with(plain(sentence, language, catalog), next), with(page.html(sentence), code));
        return vec![Chunk { text, html, kind: ChunkKind::Line }];
    }
    let mut chunks: Vec<Chunk> = document.blocks.iter().flat_map(|block| page.chunks(block)).collect();
    if !next.is_empty() {
        let (text, html) = (next_is(&next, language, catalog), next_is(&code, language, catalog));
        chunks.push(Chunk { text, html, kind: ChunkKind::Line });
    }
    chunks
}

struct Page<'a> {
    language: &'a str,
    catalog: &'a Catalog,
}

impl Page<'_> {
    fn chunks(&self, block: &Block) -> Vec<Chunk> {
        let line = |run: &Run, (open, close): (&str, &str)| {
            let html = format!("{open}{}{close}", self.html(run));
            vec![Chunk { text: plain(run, self.language, self.catalog), html, kind: ChunkKind::Line }]
        };
        match block {
            Block::Title(run) => line(run, ("<strong>", "</strong>")),
            Block::Sentence(run) => line(run, ("", "")),
            Block::Note(run) => line(run, ("<em>", "</em>")),
            Block::Facts(facts) => {
                let texts = block_lines(block, self.language, self.catalog);
                let html = facts.iter().map(|(label, value)| {
                    format!("<strong>{}{}</strong>{}", self.html(label), colon(self.language), self.html(value).trim())
                });
                let chunk = |(text, html)| Chunk { text, html, kind: ChunkKind::Item };
                texts.into_iter().zip(html).map(chunk).collect()
            }
            Block::Table(table) => self.table(table),
            Block::Details(blocks) => self.details(blocks),
        }
    }

    fn table(&self, table: &Table) -> Vec<Chunk> {
        let shown = table.plain(self.language, self.catalog);
        let texts = aligned(&shown);
        let (has_numbers, has_heads) = (shown.numbers.contains(&true), !shown.heads.is_empty());
        if has_numbers && texts.iter().all(|text| text.width() <= NARROW) {
            let html = format!("<pre><code>{}\n</code></pre>", escaped(&texts.join("\n")));
            return vec![Chunk { text: texts.join("\n"), html, kind: ChunkKind::Block }];
        }
        let mut texts = texts.into_iter();
        let head = texts.by_ref().take(usize::from(has_heads));
        let mut chunks: Vec<Chunk> =
            head.map(|text| Chunk { text, html: String::new(), kind: ChunkKind::Block }).collect();
        let row = |(text, row): (String, &Row)| Chunk { text, html: self.row(table, row), kind: ChunkKind::Item };
        chunks.extend(texts.zip(&table.rows).map(row));
        chunks
    }

    /// A row as an item of a list.
    fn row(&self, table: &Table, row: &Row) -> String {
        let cells = table.listed(row, self.language, self.catalog).into_iter().enumerate();
        let cells = cells.map(|(place, (head, cell))| {
            let html = self.html(cell);
            let is_strong = place == 0 || row.is_total;
            let value = if is_strong { format!("<strong>{}</strong>", html.trim()) } else { html.trim().to_owned() };
            let label = head.map(|head| escaped(head) + colon(self.language));
            label.unwrap_or_default() + value.as_str()
        });
        cells.collect::<Vec<_>>().join(DOT)
    }

    fn details(&self, blocks: &[Block]) -> Vec<Chunk> {
        let inside: Vec<Chunk> = blocks.iter().flat_map(|block| self.chunks(block)).collect();
        let text = inside.iter().map(|chunk| chunk.text.as_str()).collect::<Vec<_>>().join("\n");
        let summary = escaped(self.catalog.word("details", self.language));
        let html = format!("<details><summary>{summary}</summary>{}</details>", html(&inside));
        if html.len() > MOST_FOLDED {
            return inside;
        }
        vec![Chunk { text, html, kind: ChunkKind::Block }]
    }

    fn html(&self, run: &[Piece]) -> String {
        let mut html = String::new();
        for piece in run {
            match piece {
                Piece::Ours(words) => html.push_str(&escaped(words)),
                Piece::Value(value) | Piece::Number(value) | Piece::Account(value) => html.push_str(&escaped(value)),
                Piece::Code(code) => {
                    let typed = typed::typed(code, self.language, self.catalog).replace('`', "ˋ");
                    html.extend(["<code>", &escaped(&typed), "</code>"]);
                }
            }
        }
        html
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_words_make_html() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let pieces = vec![
            Piece::Ours("“"),
            Piece::Value("<b>`@room`</b> & 'x'".to_owned()),
            Piece::Ours("” "),
            Piece::Code("!task <#1>".to_owned()),
            Piece::Ours(" <now>"),
        ];
        assert_eq!(
            Page { language: "en", catalog: &catalog }.html(&pieces),
            "“&lt;b&gt;`@room`&lt;/b&gt; &amp; &#39;x&#39;” <code>!task &lt;#1&gt;</code> &lt;now&gt;"
        );
    }

    #[test]
    fn lines_and_items_after_each_other_are_put_together() {
        let chunk = |html: &str, kind| Chunk { text: String::new(), html: html.to_owned(), kind };
        use ChunkKind::{Block, Item, Line};
        let chunks = [
            chunk("a", Line),
            chunk("b", Line),
            chunk("c", Item),
            chunk("d", Item),
            chunk("e", Line),
            chunk("<pre>f</pre>", Block),
        ];
        assert_eq!(html(&chunks), "a<br>b<ul><li>c</li><li>d</li></ul>e<pre>f</pre>");
        assert_eq!(html(&chunks[..4]), "a<br>b<ul><li>c</li><li>d</li></ul>");
    }
}
