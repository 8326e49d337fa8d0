//! Typed replies to what people read. The only place where words and fields meet, and where text is made safe to show.
//!
//! A text of a command file is a template: `{field}` is a field's value, `{count|task|tasks}` picks a word by a number, and
//! a segment in square brackets is left out when a field in it is absent. What it has between backticks is code: words that
//! people type, in English, which [`typed`] puts into the reader's language.

pub mod discord;
pub mod draw;
pub mod language;
pub mod picture;
pub(crate) mod typed;

use std::borrow::Cow;

use crate::core::contribution::PLAIN_WORK;
use crate::grammar::catalog::Catalog;
use crate::grammar::spec::text_in;
use crate::message::field::{Field, Term};
use crate::message::line::Line;
use crate::message::reply::Reply;
use crate::message::room::RoomLine;

/// One line of a reply, in each of the forms that platforms take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// As plain text.
    pub text: String,
    /// As HTML: whatever is not ours is escaped, and what our words put between backticks is code.
    pub html: String,
    /// Whether it is one of several lines that say alike things: people and their shares, logs, buckets.
    pub is_item: bool,
}

/// A reply as plain text, one line a [`Line`]: what is short, what its pictures show, and what is said at length.
pub fn text(reply: &Reply, language: &str, catalog: &Catalog) -> String {
    let written = |reply: &Reply| -> Vec<String> {
        let lines = pieces(&unfolded(reply, false), language, catalog);
        lines.iter().map(|line| plain(line, language, catalog)).collect()
    };
    let pictures = reply.pictures().iter().map(|shown| picture::alt(shown, language, catalog));
    let more = reply.more().map(|more| written(&more)).unwrap_or_default();
    written(&reply.first()).into_iter().chain(pictures).chain(more).collect::<Vec<_>>().join("\n")
}

/// A reply, line by line.
pub fn lines(reply: &Reply, language: &str, catalog: &Catalog) -> Vec<Rendered> {
    let reply = unfolded(reply, false);
    let keys = keys(&reply);
    let lines = pieces(&reply, language, catalog);
    let rendered = lines.iter().enumerate().map(|(at, line)| Rendered {
        text: plain(line, language, catalog),
        html: html(line, language, catalog),
        is_item: is_item(&keys, at),
    });
    rendered.collect()
}

/// A reply with its long lists as [`list_of`](crate::message::line::list_of) made them cut off where they are folded, or,
/// for those who can turn pages, whole.
fn unfolded(reply: &Reply, whole: bool) -> Cow<'_, Reply> {
    let (Reply::Lines(lines) | Reply::Question(_, lines)) = reply else { return Cow::Borrowed(reply) };
    let alike = |one: Option<&Line>, other: Option<&Line>| {
        one.zip(other).is_some_and(|(one, other)| kind(one.key()).is_some() && kind(one.key()) == kind(other.key()))
    };
    let fold = lines.iter().enumerate().find_map(|(at, line)| match line {
        Line::Room(RoomLine::MoreRows { count }) if at > 0 && alike(lines.get(at - 1), lines.get(at + 1)) => Some((at, *count)),
        _ => None,
    });
    let Some((at, count)) = fold else { return Cow::Borrowed(reply) };
    let (rows, behind) = (lines.get(..at).unwrap_or_default(), lines.get(at + 1..).unwrap_or_default());
    let others = behind.iter().take(count).take_while(|line| alike(rows.last(), Some(line))).count();
    let kept: Vec<Line> = if whole {
        rows.iter().chain(behind).cloned().collect()
    } else {
        let rest = behind.iter().skip(others).skip_while(|line| matches!(line, Line::Room(RoomLine::MoreRows { .. })));
        rows.iter().chain(lines.get(at)).chain(rest).cloned().collect()
    };
    let reply = match reply {
        Reply::Question(id, _) => Reply::Question(*id, kept),
        _ => Reply::Lines(kept),
    };
    // There may be another list.
    Cow::Owned(unfolded(&reply, whole).into_owned())
}

/// The keys of a reply's lines.
fn keys(reply: &Reply) -> Vec<&'static str> {
    match reply {
        Reply::Refusal(refusal) => vec![refusal.key()],
        reply => reply.lines().map(Line::key).collect(),
    }
}

/// Whether the line at a place says something alike its neighbours.
fn is_item(keys: &[&str], at: usize) -> bool {
    let is_alike = |one: usize, other: usize| kind(keys[one]).is_some_and(|kind_of_one| kind(keys[other]) == Some(kind_of_one));
    (at > 0 && is_alike(at, at - 1)) || (at + 1 < keys.len() && is_alike(at, at + 1))
}

/// What a line is about, by the first word of its key: `share` of `share-person`. A head stands for itself.
pub(crate) fn kind(key: &str) -> Option<&str> {
    key.split_once('-').filter(|(_, rest)| *rest != "head").map(|(kind, _)| kind)
}

fn plain(line: &[Piece], language: &str, catalog: &Catalog) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Piece::Ours(words) => text.push_str(words),
            Piece::Value(value) | Piece::Account(value) => text.push_str(value),
            Piece::Code(code) => text.extend(["`", &typed::typed(code, language, catalog), "`"]),
        }
    }
    text
}

fn html(line: &[Piece], language: &str, catalog: &Catalog) -> String {
    let mut html = String::new();
    for piece in line {
        match piece {
            Piece::Ours(words) => html.push_str(&escaped(words)),
            Piece::Value(value) | Piece::Account(value) => html.push_str(&escaped(value)),
            Piece::Code(code) => html.extend(["<code>", &escaped(&typed::typed(code, language, catalog)), "</code>"]),
        }
    }
    html
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

/// A part of a line: words of a command file, or a value that stands in them.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Ours(&'a str),
    Value(String),
    /// An account, as it was named.
    Account(String),
    /// What is typed, in English, with the values that are typed in it.
    Code(String),
}

fn pieces<'a>(reply: &Reply, language: &str, catalog: &'a Catalog) -> Vec<Vec<Piece<'a>>> {
    match reply {
        Reply::Refusal(refusal) => vec![line(refusal.key(), &refusal.fields(), language, catalog)],
        reply => reply.lines().map(|said| line(said.key(), &said.fields(), language, catalog)).collect(),
    }
}

/// Words of ours that stand by themselves, with their fields, as plain text.
fn sentence(key: &str, fields: &[(&'static str, Field)], language: &str, catalog: &Catalog) -> String {
    plain(&composed(catalog.word(key, language), fields, language, catalog), language, catalog)
}

fn line<'a>(key: &'static str, fields: &[(&'static str, Field)], language: &str, catalog: &'a Catalog) -> Vec<Piece<'a>> {
    composed(catalog.text(key).map_or(key, |texts| text_in(texts, language)), fields, language, catalog)
}

fn composed<'a>(template: &'a str, fields: &[(&'static str, Field)], language: &str, catalog: &'a Catalog) -> Vec<Piece<'a>> {
    let mut line = Composed { fields, language, catalog, pieces: Vec::new(), code: None };
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        line.fill(&rest[..open]);
        let close = rest[open..].find(']').map_or(rest.len(), |length| open + length);
        let segment = &rest[open + 1..close];
        let absent = |(name, field): &(&str, Field)| matches!(field, Field::Nothing) && names(segment).any(|named| named == *name);
        if !fields.iter().any(absent) {
            line.fill(segment);
        }
        rest = rest.get(close + 1..).unwrap_or_default();
    }
    line.fill(rest);
    line.pieces
}

/// The fields that a text names.
pub fn names(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split(['}', '|']).next())
}

/// A line in the making.
struct Composed<'a, 'f> {
    fields: &'f [(&'static str, Field)],
    language: &'f str,
    catalog: &'a Catalog,
    pieces: Vec<Piece<'a>>,
    /// What was begun between backticks.
    code: Option<String>,
}

impl<'a> Composed<'a, '_> {
    fn fill(&mut self, template: &'a str) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            self.ours(before);
            let (placeholder, after) = after.split_once('}').unwrap_or((after, ""));
            let mut parts = placeholder.split('|');
            let name = parts.next().unwrap_or_default();
            let field = self.fields.iter().find(|(known, _)| *known == name).map_or(&Field::Nothing, |(_, field)| field);
            match (parts.next(), parts.next(), field) {
                (Some(one), _, Field::Count(count)) if language::is_one(*count, self.language) => self.ours(one),
                (Some(_), Some(several), _) => self.ours(several),
                _ => self.value(name, field),
            }
            rest = after;
        }
        self.ours(rest);
    }

    fn ours(&mut self, words: &'a str) {
        for (number, part) in words.split('`').enumerate() {
            if number > 0 {
                match self.code.take() {
                    Some(code) => self.pieces.push(Piece::Code(code)),
                    None => self.code = Some(String::new()),
                }
            }
            match &mut self.code {
                Some(code) => code.push_str(part),
                None if part.is_empty() => {}
                None => self.pieces.push(Piece::Ours(part)),
            }
        }
    }

    fn value(&mut self, name: &str, field: &Field) {
        match &mut self.code {
            // What is typed is typed in the same way everywhere.
            Some(code) => code.push_str(&value(name, field, "en", self.catalog)),
            None if name == "account" => {
                self.pieces.push(Piece::Account(value(name, field, self.language, self.catalog)));
            }
            None => self.pieces.push(Piece::Value(isolated(value(name, field, self.language, self.catalog)))),
        }
    }
}

fn value(name: &str, field: &Field, language: &str, catalog: &Catalog) -> String {
    match (name, field) {
        (_, Field::Nothing | Field::Present) => String::new(),
        ("summary", Field::Name(command)) => {
            catalog.command(command).map(|command| text_in(&command.summary, language).to_owned()).unwrap_or_default()
        }
        ("help", Field::Name(path)) => {
            let option = path.rsplit_once(' ').and_then(|(command, option)| catalog.command(command)?.option(option));
            option.map(|option| text_in(&option.help, language).to_owned()).unwrap_or_default()
        }
        ("typed" | "words", Field::Words(words)) => shown(&shortened(words)),
        (_, Field::Words(words)) => shown(words),
        ("groups" | "commands", Field::Name(names)) => {
            names.split(", ").map(|name| command_name(name, language, catalog)).collect::<Vec<_>>().join(", ")
        }
        // Plain work is a role that we name ourselves.
        ("role", Field::Name(name)) if name == PLAIN_WORK => catalog.term(name, language).to_owned(),
        // A quantity has a point where a language may have a comma; a name of digits alone is a name.
        (_, Field::Name(name)) if name.contains('.') => upright(language::number(name, language)),
        (_, Field::Name(name)) => upright(name.clone()),
        (_, Field::Terms(terms)) => terms.iter().map(|of| term(of, language, catalog)).collect::<Vec<_>>().join(", "),
        (_, Field::Amount(amount)) => language::amount(*amount, language),
        (_, Field::Minutes(minutes)) => duration(*minutes),
        (_, Field::Date(date)) => language::date(*date, language),
        (_, Field::Count(count)) => count.to_string(),
    }
}

/// A command's name, or the first word of several, in a language.
fn command_name(name: &str, language: &str, catalog: &Catalog) -> String {
    let word =
        |word: &str| catalog.words().command.get(word).and_then(|texts| texts.get(language)).cloned().unwrap_or_else(|| word.to_owned());
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A word of ours in a language; what it is of or by stays.
pub(crate) fn term(term: &Term, language: &str, catalog: &Catalog) -> String {
    let parts =
        [Term::OF, Term::TIMES].into_iter().find_map(|between| term.0.split_once(between).map(|(word, rest)| (word, between, rest)));
    match parts {
        Some((word, Term::TIMES, factor)) => {
            format!("{}{}{}", catalog.term(word, language), Term::TIMES, language::number(factor, language))
        }
        Some((word, _, name)) => catalog.word("role-of", language).replace("{role}", catalog.term(word, language)).replace("{name}", name),
        None => catalog.term(&term.0, language).to_owned(),
    }
}

/// The beginning of what was typed, for a refusal that quotes it.
fn shortened(words: &str) -> String {
    const MOST: usize = 60;
    if words.chars().count() <= MOST { words.to_owned() } else { words.chars().take(MOST).chain(['…']).collect() }
}

/// Minutes as people write them: `2h30`, `45m`, `3h`.
pub fn duration(minutes: i64) -> String {
    let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    match (hours, rest) {
        (0, rest) => format!("{rest}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, rest) => format!("{hours}h{rest:02}"),
    }
}

/// Characters that turn the direction of what follows.
const TURNS: [char; 12] = [
    '\u{200e}', '\u{200f}', '\u{061c}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// A text that a person wrote, on one line: no control characters, no characters that turn the direction of what
/// follows; text that runs from right to left is isolated from what stands around it.
fn shown(words: &str) -> String {
    let plain: String = words
        .chars()
        .filter(|c| !TURNS.contains(c))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    isolated(plain)
}

/// A name, or several that we have set apart, without what would turn the rest of the line.
fn upright(name: String) -> String {
    let sets_apart = |c: char| matches!(c, '\u{2068}' | '\u{2069}');
    let turns = |c: char| TURNS.contains(&c) && !sets_apart(c);
    let is_even = name.matches('\u{2068}').count() == name.matches('\u{2069}').count();
    if is_even && !name.contains(turns) { name } else { shown(&name) }
}

/// A text that runs from right to left, apart from what stands around it.
fn isolated(text: String) -> String {
    const ISOLATE: char = '\u{2068}';
    let from_the_right =
        |c: char| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF);
    if text.contains(from_the_right) && !text.starts_with(ISOLATE) { format!("{ISOLATE}{text}\u{2069}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::line::list_of;

    #[test]
    fn what_people_wrote_stays_on_its_line_and_in_its_direction() {
        assert_eq!(shown("a\nb\u{202e}c\u{7}"), "a bc ");
        assert_eq!(shown("سلك"), "\u{2068}سلك\u{2069}");
        assert_eq!(shown("<b>@room</b> `x`"), "<b>@room</b> `x`");
    }

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
            html(&pieces, "en", &catalog),
            "“&lt;b&gt;`@room`&lt;/b&gt; &amp; &#39;x&#39;” <code>!task &lt;#1&gt;</code> &lt;now&gt;"
        );
    }

    #[test]
    fn lines_that_say_alike_things_are_items() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let amount = "1.00 CAD".parse().unwrap();
        let fund = || MoneyLine::FundRow { fund: "tools".into(), amount }.into();
        let said = Reply::Lines(vec![RoomLine::NextProject.into(), fund(), fund(), MoneyLine::Overdrawn { amount }.into(), fund()]);
        let items: Vec<bool> = lines(&said, "en", &catalog).iter().map(|line| line.is_item).collect();
        assert_eq!(items, [false, true, true, false, false]);
    }

    #[test]
    fn long_lists_are_cut_off_where_nobody_can_turn_pages() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let amount = "1.00 CAD".parse().unwrap();
        let rows = |count: usize| {
            list_of(20, count, (0..count).map(|n| MoneyLine::FundRow { fund: format!("f{n}").as_str().into(), amount }.into()))
        };
        for (count, shown, whole) in [(20, 20, 20), (21, 21, 21), (150, 21, 150), (300, 21, 201)] {
            let after = MoneyLine::FundRow { fund: "after".into(), amount }.into();
            let said = Reply::Lines([vec![RoomLine::NextProject.into()], rows(count), vec![MoneyLine::NoFunds.into(), after]].concat());
            assert_eq!(lines(&said, "en", &catalog).len(), 3 + shown, "{count}");
            assert_eq!(text(&said, "en", &catalog).lines().count(), 3 + shown, "{count}");
            let all = discord::lines(&said, "en", &catalog, &discord::Ids::new(), None);
            assert_eq!(all.len(), 3 + whole, "{count}");
            assert!(text(&said, "en", &catalog).ends_with("fund after: 1.00 CAD"));
        }
    }

    #[test]
    fn minutes_read_as_they_are_typed() {
        assert_eq!([duration(5), duration(60), duration(150), duration(125)], ["5m", "1h", "2h30", "2h05"]);
    }
}
