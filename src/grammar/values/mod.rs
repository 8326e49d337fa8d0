//! How values are typed, and how far a value reaches into the words of a line.
//!
//! A value may have several words, as in `2 hours and 30 minutes`. [`reach`] takes all of them, for options by name and
//! by position. Words behind a value that might belong to it put it in doubt: then it is not read at all.

mod amount;
mod currency;
mod day;
mod duration;
mod period;
mod words;

pub use amount::{Fee, Owed, Pledge, amount, balance, fee, foreign_amount, pledge, quantity};
pub use day::{Towards, at_end, at_start, date, days, has_day_before, month, weekday_of_schedule, whole_days};
pub use duration::{duration, estimate, is_duration};
pub use period::{End, days_of, end_of_period};

use crate::core::name::Name;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::Opt;
use crate::grammar::values::words::AND;
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// The most words in a value: `2 hours and a quarter of an hour`.
pub const MOST_WORDS: usize = 9;

/// The largest number of a page.
const MOST_PAGES: u32 = 1_000_000;

/// How far a value reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    /// How many words it takes.
    pub words: usize,
    /// Whether the words behind it might belong to it.
    pub is_doubtful: bool,
}

/// How many of these words are a value of a kind. A text, a name and a number of an entry have one word; other values
/// have as many as make sense together.
fn reach(kind: OptionKind, words: &[&str]) -> Reach {
    let one = Reach { words: 1, is_doubtful: has_another(kind, words) };
    let Some((is_value, might_go_on)) = form(kind) else { return one };
    match longest(words, is_value) {
        Some(taken) => {
            let is_doubtful = might_go_on(&words[..taken].join(" "), &words[taken..]);
            Reach { words: taken, is_doubtful }
        }
        None => Reach { is_doubtful: false, ..one },
    }
}

/// How many of these words are the whole value of an option.
///
/// # Errors
/// [`TypedRefusal::NoValue`] without words, [`TypedRefusal::PartOfAValue`] if the words behind it might belong to it.
pub fn whole_value(option: &Opt, texts: &[&str]) -> Result<usize, Refusal> {
    /// How many of the words in doubt are said.
    const SAID: usize = 3;
    if texts.is_empty() {
        return Err(TypedRefusal::NoValue { option: Name::from(&option.name) }.into());
    }
    let Reach { words, is_doubtful } = reach(option.kind, texts);
    if !is_doubtful {
        return Ok(words);
    }
    let rest = texts.iter().skip(words).take(SAID).copied().collect::<Vec<_>>().join(" ");
    Err(TypedRefusal::PartOfAValue {
        option: Name::from(&option.name),
        understood: Typed(texts[..words].join(" ")),
        rest: Typed(rest),
        example: Name::from(option.kind.example()),
    }
    .into())
}

/// Whether another value stands behind one of a single word: `for:ben and chloe`.
fn has_another(kind: OptionKind, words: &[&str]) -> bool {
    let is_joined = matches!(words, [_, second, ..] if AND.contains(second));
    kind == OptionKind::Person && (is_joined || matches!(words, [first, _, ..] if first.ends_with(',')))
}

/// Whether a text has the form of a value.
type IsValue = fn(&str) -> bool;

/// Whether the words behind a value might belong to it.
type MightGoOn = fn(&str, &[&str]) -> bool;

/// The form of a kind's values, if it can be told from other words and may have several.
fn form(kind: OptionKind) -> Option<(IsValue, MightGoOn)> {
    let form: (IsValue, MightGoOn) = match kind {
        OptionKind::Duration | OptionKind::Estimate => (is_duration, duration::might_go_on),
        OptionKind::Amount
        | OptionKind::Owed
        | OptionKind::ForeignAmount
        | OptionKind::Balance
        | OptionKind::Pledge => (amount::is_amount, amount::might_go_on),
        OptionKind::Fee => (amount::is_fee, amount::might_go_on),
        OptionKind::Quantity => (amount::is_number, amount::might_go_on),
        OptionKind::PastDate | OptionKind::Date => (day::is_date, day::might_go_on),
        OptionKind::Since | OptionKind::Until | OptionKind::Period => (period::is_date_or_period, day::might_go_on),
        OptionKind::Log => (is_log, |_, _| false),
        OptionKind::Days => (day::is_number_of_days, day::might_go_on_as_number),
        OptionKind::Text
        | OptionKind::Name
        | OptionKind::WorkRole
        | OptionKind::Fund
        | OptionKind::Word
        | OptionKind::Person
        | OptionKind::Project
        | OptionKind::Task
        | OptionKind::Distribution
        | OptionKind::Batch
        | OptionKind::Proposal
        | OptionKind::Milestone
        | OptionKind::Line
        | OptionKind::Pool
        | OptionKind::Equipment
        | OptionKind::Bill
        | OptionKind::Lot
        | OptionKind::Money
        | OptionKind::Page
        | OptionKind::Choice
        | OptionKind::Flag
        | OptionKind::File => return None,
    };
    Some(form)
}

/// Whether a text has the form of a log's number. A bare number may be an amount.
fn is_log(text: &str) -> bool {
    let digits = text.strip_prefix(['L', 'l']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// How many of the first words make a value: as many as can.
fn longest(words: &[&str], is_value: impl Fn(&str) -> bool) -> Option<usize> {
    (1..=words.len().min(MOST_WORDS)).rev().find(|&count| is_value(&words[..count].join(" ")))
}

/// Reads `yes`, `no` and similar words.
pub fn flag(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" | "oui" | "sí" | "si" => Some(true),
        "no" | "n" | "false" | "off" | "0" | "non" => Some(false),
        _ => None,
    }
}

/// Reads the number of a page, from 1.
///
/// # Errors
/// [`TypedRefusal::NotAPage`] if it is none.
pub fn page(typed: &str) -> Result<u32, Refusal> {
    let number = typed.trim().parse().ok().filter(|number| (1..=MOST_PAGES).contains(number));
    number.ok_or_else(|| TypedRefusal::NotAPage { typed: Typed(typed.to_owned()) }.into())
}

/// Whether a word says yes or no and hardly anything else: `y` is `and` in Spanish, `on` stands before a day.
pub fn is_plain_flag(typed: &str) -> bool {
    typed.len() > 1 && !typed.eq_ignore_ascii_case("on") && flag(typed).is_some()
}

/// Whether words begin with a value of a kind. It is always so for kinds whose values can't be told from other words.
pub fn begins(kind: OptionKind, words: &[&str]) -> bool {
    form(kind).is_none_or(|(is_value, _)| longest(words, is_value).is_some())
}

/// Whether words begin with a value of a kind that can be told from other words.
pub fn is_begun(kind: OptionKind, words: &[&str]) -> bool {
    form(kind).is_some_and(|(is_value, _)| longest(words, is_value).is_some())
}

/// Whether words are a value of a kind that can be told from other words.
pub fn is_value(kind: OptionKind, words: &[&str]) -> bool {
    form(kind).is_some_and(|(is_value, _)| is_value(&words.join(" ")))
}

/// Whether words begin with a duration.
pub fn begins_with_duration(words: &[&str]) -> bool {
    longest(words, is_duration).is_some()
}
