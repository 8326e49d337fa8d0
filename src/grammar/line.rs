//! A line as words: without what phone keyboards make of it, each with its place and its quotes.

use crate::core::look::is_blank;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// A word of the line, its place, and what of it stands in quotes.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quotes: Quotes,
}

/// What of a word stands in quotes. Quotes protect: nothing in them is an option, and no value goes on behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    /// All of it.
    Whole,
    /// The value behind the name of an option.
    Value,
}

/// Undoes changes of phone keyboards: curly quotes, long dashes before a word, unusual spaces. Characters that nobody
/// sees are dropped where a word begins or ends.
pub(super) fn normalised(text: &str) -> Result<String, Refusal> {
    let mut plain = String::with_capacity(text.len());
    let mut at_word_start = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\r' | '\t' => plain.push(' '),
            c if c.is_control() => return Err(TypedRefusal::ControlCharacter.into()),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '：' => plain.push(':'),
            '–' | '—' if at_word_start && chars.peek().is_some_and(|next| next.is_alphabetic()) => {
                plain.push_str("--")
            }
            // What separates groups of three digits belongs to the number.
            '\u{a0}' | '\u{2009}' | '\u{202f}' if is_between_groups(&plain, chars.clone()) => plain.push('\u{202f}'),
            c if c.is_whitespace() => plain.push(' '),
            c if is_unseen(c) && (at_word_start || chars.peek().is_none_or(|next| next.is_whitespace())) => continue,
            c => plain.push(c),
        }
        at_word_start = plain.ends_with(' ');
    }
    Ok(plain)
}

/// A line without the signs of a question or an exclamation at its end.
pub(super) fn without_tone(line: &str) -> &str {
    line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '?' | '!' | '.' | '…'))
}

/// Whether a separator stands between groups of three digits: `1 234,50` with a space of any width that does not break.
fn is_between_groups(before: &str, after: impl Iterator<Item = char>) -> bool {
    let is_digit = |c: &char| c.is_ascii_digit();
    let digits = before.chars().rev().take_while(is_digit).count();
    let in_front = before.chars().rev().nth(digits);
    let begins = (1..=3).contains(&digits) && !in_front.is_some_and(|c| c.is_alphanumeric() || ".,/".contains(c));
    let goes_on = digits == 3 && in_front == Some('\u{202f}');
    (begins || goes_on) && after.take(4).take_while(is_digit).count() == 3
}

/// Whether a character without width stands for nothing, unlike those that shape an emoji.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The words of a line, apart from those that show nothing.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some(&(start, c)) = rest.peek() {
        if c == ' ' {
            rest.next();
            continue;
        }
        let (mut text, mut quotes, mut end) = (String::new(), Quotes::None, start);
        while let Some(&(at, c)) = rest.peek() {
            let opens = c == '"' && (text.is_empty() || text.ends_with([':', '=']));
            let closing = || line[at + 1..].find('"').map(|length| at + 1 + length);
            if opens && let Some(close) = closing() {
                quotes = if text.is_empty() { Quotes::Whole } else { Quotes::Value };
                text.push_str(&line[at + 1..close]);
                while rest.next_if(|(at, _)| *at <= close).is_some() {}
                end = close + 1;
            } else if c == ' ' {
                break;
            } else {
                text.push(c);
                end = at + c.len_utf8();
                rest.next();
            }
        }
        if quotes != Quotes::None || !is_blank(&text) {
            words.push(Word { text, start, end, quotes });
        }
    }
    words
}

/// Words as they stood in the line, without the options between them.
pub(super) fn verbatim(words: &[&Word], line: &str) -> String {
    let mut text = String::new();
    let mut last_end = None;
    for word in words {
        if let Some(end) = last_end {
            let between = &line[end..word.start];
            text.push_str(if between.trim().is_empty() { between } else { " " });
        }
        text.push_str(&line[word.start..word.end]);
        last_end = Some(word.end);
    }
    text
}
