//! Puts the fields of a message into its words.

use crate::core::contribution::PLAIN_WORK;
use crate::grammar::catalog::Catalog;
use crate::grammar::notation::duration;
use crate::grammar::spec::{folded, text_in};
use crate::message::field::{Field, Term};
use crate::render::safe::{isolated, shown, upright};
use crate::render::typed::command_name;
use crate::render::{language, typed};

/// A run of words and values.
pub(crate) type Run<'a> = Vec<Piece<'a>>;

/// A part of a run: words of a command file, or a value in them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece<'a> {
    Ours(&'a str),
    Value(String),
    /// A number, an amount or a duration.
    Number(String),
    /// An account, as it was named.
    Account(String),
    /// Code to type, in English, with the values in it.
    Code(String),
}

/// A text that stands by itself, with its fields, as plain text.
pub(crate) fn sentence(key: &str, fields: &[(&'static str, Field)], language: &str, catalog: &Catalog) -> String {
    plain(&composed(catalog.word(key, language), fields, language, catalog), language, catalog)
}

/// A template with its fields.
pub(crate) fn composed<'a>(
    template: &'a str,
    fields: &[(&'static str, Field)],
    language: &str,
    catalog: &'a Catalog,
) -> Run<'a> {
    let mut line = Composed { fields, language, catalog, pieces: Vec::new(), code: None };
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        line.fill(&rest[..open]);
        let close = rest[open..].find(']').map_or(rest.len(), |length| open + length);
        let segment = &rest[open + 1..close];
        let absent = |(name, field): &(&str, Field)| {
            matches!(field, Field::Nothing) && names(segment).any(|named| named == *name)
        };
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

/// A line that is being composed.
struct Composed<'a, 'f> {
    fields: &'f [(&'static str, Field)],
    language: &'f str,
    catalog: &'a Catalog,
    pieces: Vec<Piece<'a>>,
    /// The code since an opening backtick.
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
            let field =
                self.fields.iter().find(|(known, _)| *known == name).map_or(&Field::Nothing, |(_, field)| field);
            match (parts.next(), parts.next(), field) {
                (Some(one), _, Field::Count(count)) if language::is_one(*count, self.language) => self.ours(one),
                (Some(_), Some(several), _) => self.ours(several),
                _ => self.value(field),
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

    /// Shortens `de` and `que` before a vowel: `d'ana`.
    fn elide(&mut self, next: &str) {
        let Some(Piece::Ours(words)) = self.pieces.last().cloned() else { return };
        let begins_with_vowel = folded(next).starts_with(['a', 'e', 'i', 'o', 'u', 'œ']);
        let ends_in =
            |word: &str| words.strip_suffix(word).is_some_and(|before| !before.ends_with(char::is_alphabetic));
        if begins_with_vowel && (ends_in("de ") || ends_in("que ")) {
            self.pieces.pop();
            self.pieces.extend([Piece::Ours(&words[..words.len() - 2]), Piece::Ours("'")]);
        }
    }

    fn value(&mut self, field: &Field) {
        match (&mut self.code, field) {
            // Values in code are English here: code is translated as a whole.
            (Some(code), _) => code.push_str(&value(field, "en", self.catalog)),
            (None, Field::NamedAccount(_)) => {
                self.pieces.push(Piece::Account(value(field, self.language, self.catalog)))
            }
            (None, _) => {
                let value = isolated(value(field, self.language, self.catalog));
                if self.language == "fr" && matches!(field, Field::Name(_) | Field::Terms(_)) {
                    self.elide(&value);
                }
                self.pieces.push(match field {
                    Field::Amount(_) | Field::Minutes(_) | Field::Count(_) | Field::Number(_) => Piece::Number(value),
                    _ => Piece::Value(value),
                });
            }
        }
    }
}

pub(crate) fn value(field: &Field, language: &str, catalog: &Catalog) -> String {
    match field {
        Field::Nothing | Field::Present => String::new(),
        Field::CommandSummary(command) => {
            catalog.command(command).map(|command| text_in(&command.summary, language).to_owned()).unwrap_or_default()
        }
        Field::OptionHelp(path) => {
            let option = path.rsplit_once(' ').and_then(|(command, option)| catalog.command(command)?.option(option));
            option.map(|option| text_in(&option.help, language).to_owned()).unwrap_or_default()
        }
        Field::TopicTitle(name) => {
            catalog.guide().topic(name).map(|topic| topic.title_in(language).to_owned()).unwrap_or_default()
        }
        Field::Typed(words) => shown(&shortened(words)),
        Field::Words(words) | Field::NamedAccount(words) | Field::TypedLine(words) => shown(words),
        Field::Commands(names) => {
            names.iter().map(|name| command_name(name, language, catalog)).collect::<Vec<_>>().join(", ")
        }
        Field::WorkRole(role) if role == PLAIN_WORK => catalog.term(role, language).to_owned(),
        Field::Name(name) | Field::WorkRole(name) => upright(name.clone()),
        Field::Number(number) => upright(language::number(number, language)),
        Field::Terms(terms) => terms.iter().map(|of| term(of, language, catalog)).collect::<Vec<_>>().join(", "),
        Field::Amount(amount) => language::amount(*amount, language),
        Field::Minutes(minutes) => duration(*minutes),
        Field::Date(date) => language::date(*date, language),
        Field::DayRange(days) => language::span(*days, language),
        Field::Count(count) => count.to_string(),
    }
}

/// A term in a language; the name or number in it stays.
pub(crate) fn term(term: &Term, language: &str, catalog: &Catalog) -> String {
    let parts = [Term::OF, Term::TIMES]
        .into_iter()
        .find_map(|between| term.0.split_once(between).map(|(word, rest)| (word, between, rest)));
    match parts {
        Some((word, Term::TIMES, factor)) => {
            format!("{}{}{}", catalog.term(word, language), Term::TIMES, language::number(factor, language))
        }
        Some((word, _, name)) => {
            catalog.word("role-of", language).replace("{role}", catalog.term(word, language)).replace("{name}", name)
        }
        None => catalog.term(&term.0, language).to_owned(),
    }
}

/// The beginning of what was typed, for a refusal that quotes it.
fn shortened(words: &str) -> String {
    const MOST: usize = 60;
    if words.chars().count() <= MOST { words.to_owned() } else { words.chars().take(MOST).chain(['…']).collect() }
}

pub(super) fn plain(run: &[Piece], language: &str, catalog: &Catalog) -> String {
    let mut text = String::new();
    for piece in run {
        match piece {
            Piece::Ours(words) => text.push_str(words),
            Piece::Value(value) | Piece::Number(value) | Piece::Account(value) => text.push_str(value),
            // A backtick would end the code.
            Piece::Code(code) => text.extend(["`", &typed::typed(code, language, catalog).replace('`', "ˋ"), "`"]),
        }
    }
    text
}
