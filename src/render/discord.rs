//! Replies in Discord's markdown: what people wrote is escaped, and commands are written as they are typed there.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::grammar::spec::{Opt, text_in};
use crate::message::reply::Reply;
use crate::render::compose::{Piece, Run, plain};
use crate::render::document::{Block, Document, Row, Table};
use crate::render::text::{DOT, aligned, block_lines, colon, next_is};
use crate::render::typed;

/// The ids of registered commands, by their words. A command with its id can be clicked.
pub type Ids = BTreeMap<String, u64>;

/// The widest preformatted text, which a phone shows without turning to the side.
const NARROW: usize = 40;

/// The end of a command whose values are still to be given: then its button opens a form.
pub const OPEN_END: &str = " ...";

/// The most rows of a preformatted table, which is never cut.
const FEW: usize = 12;

/// A reply as Discord shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its text, line by line.
    pub lines: Vec<Marked>,
    /// What fits next.
    pub offers: Vec<Offer>,
}

/// One line of a reply, which is never cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// In markdown.
    pub text: String,
    /// As plain text.
    pub plain: String,
    /// Whether it is a row about the person who asked.
    pub is_own: bool,
}

/// A command that a button calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The command, as it is typed in English.
    pub command: String,
    /// What the button says.
    pub label: String,
    /// Whether only the person who was answered may press it.
    pub is_own: bool,
}

/// A reply, for somebody with this handle.
pub fn sheet(reply: &Reply, language: &str, catalog: &Catalog, ids: &Ids, asker: Option<&str>) -> Sheet {
    let document = Document::of(reply, language, catalog, asker, true);
    let page = Page { language, catalog, ids };
    let mut lines: Vec<Marked> = document.blocks.iter().flat_map(|block| page.lines(block, false)).collect();
    let (mut offers, mut others) = (Vec::new(), Vec::new());
    for command in &document.next {
        match page.offer(command) {
            Some(offer) => offers.push(offer),
            // Discord itself asks for what is missing in a command.
            None if command.ends_with(OPEN_END) => {}
            None => others.push(vec![Piece::Code(format!("!{command}"))]),
        }
    }
    if !others.is_empty() {
        let text: Vec<String> = others.iter().map(|run| page.markdown(run)).collect();
        let plain: Vec<String> = others.iter().map(|run| plain(run, language, catalog)).collect();
        let said = |commands: &[String]| next_is(commands, language, catalog);
        lines.push(Marked { text: said(&text), plain: said(&plain), is_own: false });
    }
    Sheet { lines, offers }
}

struct Page<'a> {
    language: &'a str,
    catalog: &'a Catalog,
    ids: &'a Ids,
}

impl Page<'_> {
    fn markdown(&self, run: &[Piece]) -> String {
        markdown(run, self.language, self.catalog, self.ids)
    }

    /// The lines of a block, in small print if it is folded away elsewhere: Discord can't fold.
    fn lines(&self, block: &Block, is_small: bool) -> Vec<Marked> {
        let line = |run: &Run, before: &str| {
            let text = format!("{before}{}", self.markdown(run));
            vec![Marked { text, plain: plain(run, self.language, self.catalog), is_own: false }]
        };
        match block {
            Block::Title(run) => line(run, "### "),
            Block::Sentence(run) if !is_small => line(run, ""),
            Block::Sentence(run) | Block::Note(run) => line(run, "-# "),
            Block::Facts(facts) => {
                let plain = block_lines(block, self.language, self.catalog);
                let fact = |((label, value), plain): (&(Run, Run), String)| {
                    let (label, value) = (self.markdown(label), self.markdown(value));
                    let text = format!("**{label}{}** {}", colon(self.language).trim_end(), value.trim());
                    Marked { text, plain, is_own: false }
                };
                facts.iter().zip(plain).map(fact).collect()
            }
            Block::Table(table) => self.table(table),
            Block::Details(blocks) => blocks.iter().flat_map(|block| self.lines(block, true)).collect(),
        }
    }

    fn table(&self, table: &Table) -> Vec<Marked> {
        let shown = table.plain(self.language, self.catalog);
        let texts = aligned(&shown);
        let is_narrow = texts.len() <= FEW && texts.iter().all(|text| text.width() <= NARROW);
        if shown.numbers.contains(&true) && is_narrow {
            let plain = texts.join("\n");
            // A backtick would end the block, and nothing can be escaped inside.
            let text = format!("```\n{}\n```", plain.replace('`', "ˋ"));
            return vec![Marked { text, plain, is_own: false }];
        }
        let texts = texts.into_iter().skip(usize::from(!shown.heads.is_empty()));
        let row = |(row, plain): (&Row, String)| Marked { text: self.row(table, row), plain, is_own: row.is_own };
        table.rows.iter().zip(texts).map(row).collect()
    }

    fn row(&self, table: &Table, row: &Row) -> String {
        let cells = table.listed(row, self.language, self.catalog).into_iter().enumerate();
        let cells = cells.map(|(place, (head, cell))| {
            let text = self.markdown(cell);
            let is_strong = place == 0 || row.is_total;
            let value = if is_strong { format!("**{}**", text.trim()) } else { text.trim().to_owned() };
            let label = head.map(|head| head.to_owned() + colon(self.language));
            label.unwrap_or_default() + value.as_str()
        });
        format!("- {}", cells.collect::<Vec<_>>().join(DOT))
    }

    /// The button for a command, if it has one.
    fn offer(&self, command: &str) -> Option<Offer> {
        let call = parse::text(command.trim_end_matches(OPEN_END), self.catalog).ok()?;
        let called = self.catalog.command(&call.command)?;
        let label = text_in(&called.button, self.language);
        if label.is_empty() {
            return None;
        }
        Some(Offer { command: command.to_owned(), label: label.to_owned(), is_own: called.button_is_own })
    }
}

fn markdown(line: &[Piece], language: &str, catalog: &Catalog, ids: &Ids) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Piece::Ours(words) => text.push_str(words),
            Piece::Value(value) | Piece::Number(value) => text.push_str(&escaped(value)),
            Piece::Account(account) => text.push_str(&mention(account)),
            Piece::Code(code) => text.push_str(&span(code, language, catalog, ids)),
        }
    }
    text
}

/// Code: a command is written with its options by name, as Discord takes it; one without options so that it can be
/// clicked.
fn span(code: &str, language: &str, catalog: &Catalog, ids: &Ids) -> String {
    // A backtick would end the span, and nothing can be escaped inside.
    let code = code.replace('`', "ˋ");
    let Some(typed) = code.strip_prefix('!') else { return format!("`{}`", typed::typed(&code, language, catalog)) };
    if let Some(command) = catalog
        .commands()
        .find(|command| typed.starts_with(&command.name) && typed != command.name && command.usage("en") == typed)
    {
        let option = |option: &Opt| {
            let name = option.name_in(language);
            if option.required { format!(" {name}:") } else { format!(" [{name}:]") }
        };
        return format!(
            "`/{}{}`",
            catalog.path_in(command, language),
            command.options.iter().map(option).collect::<String>()
        );
    }
    let Some((command, options)) = parse::text(typed, catalog).ok().and_then(|call| {
        let command = catalog.command(&call.command)?;
        let given = command.options.iter().filter_map(|option| {
            let value = call.options.get(&option.name)?;
            let value = if language == "en" { value } else { typed::value(value, option, language, catalog) };
            Some(format!(" {}:{value}", option.name_in(language)))
        });
        Some((command, given.collect::<String>()))
    }) else {
        return format!("`/{}`", typed::typed(&code, language, catalog).trim_start_matches('!'));
    };
    let path = catalog.path(command);
    match ids.get(&path) {
        // Discord itself translates it.
        Some(id) if options.is_empty() => format!("</{path}:{id}>"),
        _ => format!("`/{}{options}`", catalog.path_in(command, language)),
    }
}

/// An account's id is shown as the person. It notifies nobody, since no message allows it to.
fn mention(account: &str) -> String {
    match account.strip_prefix('@').filter(|id| (17..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()))
    {
        Some(id) => format!("<@{id}>"),
        None => escaped(account),
    }
}

/// A text without any markup for Discord.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let begins = at == 0 && matches!(c, '#' | '-' | '+');
        if begins || matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '@' | ':') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_means_nothing() {
        let written = "# **b** _i_ ~~s~~ `c` ||s|| > q [t](http://x) <@1> <t:1> @everyone :smile: \\";
        let shown = escaped(written);
        assert_eq!(shown.replace('\\', ""), written.replace('\\', ""), "it reads as it was written");
        let mut before = ' ';
        for c in shown.chars() {
            assert!(before == '\\' || !"*_~`|<>[]@:".contains(c), "{c} in {shown}");
            before = if before == '\\' { ' ' } else { c };
        }
        assert_eq!(escaped("@123456789012345678"), "\\@123456789012345678", "only an account is shown as one");
        assert_eq!(
            (mention("@123456789012345678"), mention("@ana")),
            ("<@123456789012345678>".to_owned(), "\\@ana".to_owned())
        );
    }

    #[test]
    fn commands_are_written_as_they_are_called() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let ids = Ids::from([("help".to_owned(), 7), ("books show".to_owned(), 8)]);
        let written = |code: &str| span(code, "en", &catalog, &ids);
        assert_eq!(written("!help"), "</help:7>");
        assert_eq!(written("!books"), "</books show:8>");
        assert_eq!(written("!log 2h30 wiring"), "`/log hours time:2h30 what:wiring`");
        assert_eq!(written("!task take #1"), "`/task take task:#1`");
        assert_eq!(
            written("!role grant <person> <role> project:"),
            "`/role grant person: role: [project:]`",
            "how a command goes"
        );
        assert_eq!(written("!"), "`/`");
        assert_eq!(written("2h30"), "`2h30`");
        assert_eq!(written("a`b"), "`aˋb`");
    }
}
