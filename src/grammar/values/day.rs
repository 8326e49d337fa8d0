//! Days, periods and numbers of days as people type them: `2026-01-31`, `yesterday`, `last friday`, `5 janvier`,
//! `3 days ago`, `last week`.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::grammar::spec::folded;
use crate::grammar::values::longest;
use crate::grammar::values::words::in_words;
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// The largest number of days that may be typed.
const MOST_DAYS: u32 = 365;

/// The years that a typed day may have.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1971..=9999;

const TODAY: [&str; 3] = ["today", "aujourd'hui", "hoy"];
const YESTERDAY: [&str; 4] = ["yesterday", "hier", "ayer", "anoche"];
const BEFORE_YESTERDAY: [&str; 4] = ["avant-hier", "anteayer", "antier", "antes-de-ayer"];
const TOMORROW: [&str; 3] = ["tomorrow", "demain", "manana"];
pub(super) const LAST: [&str; 9] =
    ["last", "dernier", "derniere", "passe", "passee", "pasado", "pasada", "ultimo", "ultima"];
pub(super) const THIS: [&str; 7] = ["this", "ce", "cet", "cette", "este", "esta", "courant"];
const NEXT: [&str; 5] = ["next", "prochain", "prochaine", "proximo", "proxima"];
const DAYS: [&str; 8] = ["d", "j", "day", "days", "jour", "jours", "dia", "dias"];
pub(super) const WEEKS: [&str; 6] = ["week", "weeks", "semaine", "semaines", "semana", "semanas"];
pub(super) const MONTH: [&str; 5] = ["month", "months", "mois", "mes", "meses"];
pub(super) const YEAR: [&str; 8] = ["year", "years", "annee", "annees", "an", "ans", "ano", "anos"];
/// Parts of a day, which may stand behind it: `yesterday evening`.
const PARTS: [&str; 10] =
    ["morning", "afternoon", "evening", "night", "matin", "apres-midi", "soir", "tarde", "noche", "madrugada"];
/// Words that may stand in front of a day or inside of it, without a meaning of their own.
const FILLERS: [&str; 9] = ["on", "the", "le", "la", "el", "du", "of", "de", "del"];

/// Words that give a day behind them another meaning than when something was done.
const NOT_THE_DAY: [&str; 74] = [
    "next",
    "this",
    "coming",
    "due",
    "not",
    "all",
    "any",
    "about",
    "ce",
    "cet",
    "cette",
    "prochain",
    "prochaine",
    "rendre",
    "pas",
    "este",
    "esta",
    "proximo",
    "proxima",
    "sobre",
    "no",
    "for",
    "until",
    "till",
    "before",
    "after",
    "since",
    "by",
    "from",
    "than",
    "of",
    "in",
    "like",
    "every",
    "each",
    "and",
    "or",
    "de",
    "d",
    "du",
    "del",
    "pour",
    "avant",
    "apres",
    "depuis",
    "dans",
    "chaque",
    "comme",
    "et",
    "ou",
    "para",
    "hasta",
    "antes",
    "despues",
    "desde",
    "cada",
    "y",
    "to",
    "au",
    "&",
    "-",
    "–",
    "puis",
    "then",
    "o",
    "u",
    "upcoming",
    "ici",
    "d'ici",
    "week",
    "semaine",
    "semana",
    "black",
    "good",
];

/// The days of the week besides English, from Monday on, without accents.
const WEEKDAYS: [[&str; 7]; 2] = [
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"],
];

/// The months in full and short, in all languages, without accents.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "janvier", "janv", "enero", "ene"],
    &["february", "feb", "fevrier", "fevr", "febrero"],
    &["march", "mar", "mars", "marzo"],
    &["april", "apr", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo"],
    &["june", "jun", "juin", "junio"],
    &["july", "jul", "juillet", "juil", "julio"],
    &["august", "aug", "aout", "agosto", "ago"],
    &["september", "sep", "sept", "septembre", "septiembre"],
    &["october", "oct", "octobre", "octubre"],
    &["november", "nov", "novembre", "noviembre"],
    &["december", "dec", "decembre", "diciembre", "dic"],
];

/// Where a day lies that is named without its year, or only by its weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// The latest such day, today included.
    Past,
    /// The nearest such day of a month: one that is close ahead was hardly meant a year ago. Else the latest.
    Nearest,
    /// The next such day, today included.
    Future,
}

/// Reads a day, as of `today`.
///
/// # Errors
/// [`TypedRefusal::NotADate`] for other text, or a year before 1971 or after 9999; [`TypedRefusal::TwoDays`] for `3/4`.
pub fn date(typed: &str, today: NaiveDate, towards: Towards) -> Result<NaiveDate, Refusal> {
    let not_a_date = || TypedRefusal::NotADate { typed: Typed(typed.to_owned()) }.into();
    let in_years = |day: &NaiveDate| YEARS.contains(&day.year());
    match spoken(typed).ok_or_else(not_a_date)? {
        Spoken::Numbers(one, other, year) => {
            let day = |day, month| of_year(month, day, year, today, towards).filter(in_years);
            match (day(one, other), day(other, one)) {
                (Some(one), Some(other)) if one != other => {
                    Err(TypedRefusal::TwoDays { typed: Typed(typed.to_owned()), one, other }.into())
                }
                (one, other) => one.or(other).ok_or_else(not_a_date),
            }
        }
        spoken => spoken.day(today, towards).filter(in_years).ok_or_else(not_a_date),
    }
}

/// Whether a text has the form of a day.
pub fn is_date(typed: &str) -> bool {
    spoken(typed).is_some()
}

/// Whether words behind a day might belong to it: `last` behind `monday`, a year behind a month.
pub(super) fn might_go_on(value: &str, rest: &[&str]) -> bool {
    const ORS: [&str; 14] = ["and", "or", "to", "et", "ou", "au", "a", "y", "o", "al", "hasta", "until", "-", "–"];
    let word = |place: usize| {
        let word = rest.get(place).map(|word| folded(word).into_owned()).unwrap_or_default();
        word.trim_end_matches(['.', ',', ';', ':']).to_owned()
    };
    let (first, second) = (word(0), word(1));
    let behind_fillers = (0..3).map(word).find(|word| !FILLERS.contains(&word.as_str())).unwrap_or_default();
    let is_complete = matches!(spoken(value), Some(Spoken::On(_) | Spoken::Back(_) | Spoken::Ahead(_)));
    let is_small = |word: &str| {
        let digits = ["st", "nd", "rd", "th", "er"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
        (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_unit = |word: &str| [&WEEKS[..], &MONTH, &YEAR].concat().contains(&word);
    let may_be_part = |word: &str| LAST.contains(&word) || NEXT.contains(&word) || is_unit(word);
    let begins = |from: usize| rest.get(from..).is_some_and(|rest| longest(rest, is_date).is_some());
    may_be_part(&first)
        || [&TODAY[..], &YESTERDAY, &TOMORROW].concat().contains(&first.as_str())
        || first == "ago"
        || weekday(&first).is_some()
        || !is_complete && (is_small(&first) || month(&first).is_some())
        || !is_complete
            && FILLERS.contains(&first.as_str())
            && (is_small(&behind_fillers) || may_be_part(&behind_fillers))
        || matches!(first.as_str(), "a" | "an" | "one" | "une" | "una") && is_unit(&second)
        || ORS.contains(&first.as_str()) && begins(1)
}

/// How many of the first words of a sentence say on which past day something was: `yesterday fixing the pump`.
pub fn at_start(words: &[&str]) -> Option<usize> {
    // `march 3 posters` are posters; a day of that month has the year, or words around it.
    let is_count = |typed: &str| {
        matches!(spoken(typed), Some(Spoken::OfMonth(_, _, None)))
            && month(typed.split(' ').next().unwrap_or_default()).is_some()
    };
    longest(words, is_past_day).filter(|&taken| !is_count(&words[..taken].join(" ")))
}

/// How many of the last words of a sentence say so: `fixing the pump on monday`. A day behind `for` or `until` is
/// something else.
pub fn at_end(words: &[&str]) -> Option<usize> {
    const MOST: usize = 5;
    let is_other = |word: &&str| NOT_THE_DAY.contains(&folded(word).as_ref());
    let begins = (words.len().saturating_sub(MOST)..words.len()).find(|&at| is_past_day(&words[at..].join(" ")))?;
    let before = begins.checked_sub(1).and_then(|at| words.get(at));
    let is_before_yesterday = spoken(&words[begins..].join(" ")) == Some(Spoken::Back(2));
    let begins_otherwise = !is_before_yesterday && words.get(begins).is_some_and(is_other);
    let is_said = !before.is_some_and(is_other) && !begins_otherwise;
    is_said.then_some(words.len() - begins)
}

/// Whether a day stands before the last words of a sentence, which are one too: `friday, saturday`.
pub fn has_day_before(words: &[&str], taken: usize) -> bool {
    let before = &words[..words.len() - taken];
    let longest = before.len().min(3);
    (1..=longest).any(|count| is_past_day(&before[before.len() - count..].join(" ")))
}

/// Whether a text in a sentence is a day that has been. Short names of days are words as well: `sun`, `sat`.
fn is_past_day(typed: &str) -> bool {
    const SHORTEST: usize = 5;
    let has_full_name = || {
        let text = folded(typed);
        let mut words = text.split(|c: char| !c.is_alphabetic());
        words.any(|word| word.len() >= SHORTEST && weekday(word).is_some())
    };
    match spoken(typed) {
        Some(Spoken::Weekday(_, Week::Any | Week::Last)) => has_full_name(),
        Some(Spoken::On(_) | Spoken::Back(_) | Spoken::OfMonth(..)) => true,
        // `3/4` alone may be three of four.
        Some(Spoken::Numbers(_, _, year)) => year.is_some() || is_said_of_a_day(typed),
        Some(Spoken::Weekday(_, Week::This | Week::Next) | Spoken::Ahead(_)) | None => false,
    }
}

/// Whether a text begins with a word that stands before days: `on 20/11`.
fn is_said_of_a_day(typed: &str) -> bool {
    const BEFORE: [&str; 5] = ["on", "le", "du", "el", "del"];
    typed.split(' ').next().is_some_and(|word| BEFORE.contains(&&*folded(word)))
}

/// A day as it was said, before it is known when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoken {
    On(NaiveDate),
    Back(u32),
    Ahead(u32),
    Weekday(Weekday, Week),
    /// A day and a month, by number, and the year.
    OfMonth(u32, u32, Option<i32>),
    /// Two numbers, of which one is the day and the other the month, and the year.
    Numbers(u32, u32, Option<i32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Week {
    Any,
    Last,
    This,
    Next,
}

impl Spoken {
    fn day(self, today: NaiveDate, towards: Towards) -> Option<NaiveDate> {
        match self {
            Spoken::On(day) => Some(day),
            Spoken::Back(days) => today.checked_sub_days(Days::new(u64::from(days))),
            Spoken::Ahead(days) => today.checked_add_days(Days::new(u64::from(days))),
            Spoken::OfMonth(day, month, year) => of_year(month, day, year, today, towards),
            Spoken::Numbers(..) => None,
            Spoken::Weekday(weekday, week) => {
                let (this, wanted) = (today.weekday().num_days_from_monday(), weekday.num_days_from_monday());
                let (back, ahead) = ((7 + this - wanted) % 7, (7 + wanted - this) % 7);
                let before = |days: u32| today.checked_sub_days(Days::new(u64::from(days)));
                let after = |days: u32| today.checked_add_days(Days::new(u64::from(days)));
                match (week, towards) {
                    (Week::Any, Towards::Past | Towards::Nearest) => before(back),
                    (Week::Any, Towards::Future) => after(ahead),
                    (Week::Last, _) => before(if back == 0 { 7 } else { back }),
                    (Week::Next, _) => after(if ahead == 0 { 7 } else { ahead }),
                    (Week::This, _) if wanted < this => before(back),
                    (Week::This, _) => after(ahead),
                }
            }
        }
    }
}

/// A day of a month; without a year, of the nearest year on that side of today.
fn of_year(month: u32, day: u32, year: Option<i32>, today: NaiveDate, towards: Towards) -> Option<NaiveDate> {
    let in_year = |year| NaiveDate::from_ymd_opt(year, month, day);
    // The 29th of February may be some years away.
    let mut near = 0..=8;
    match (year, towards) {
        (Some(year), _) => in_year(year),
        (None, Towards::Past) => near.find_map(|back| in_year(today.year() - back).filter(|day| *day <= today)),
        (None, Towards::Nearest) => {
            let [past, next] = [Towards::Past, Towards::Future].map(|end| of_year(month, day, None, today, end));
            let is_nearer = |next: &NaiveDate| past.is_none_or(|past| *next - today < today - past);
            next.filter(is_nearer).or(past)
        }
        (None, Towards::Future) => near.find_map(|ahead| in_year(today.year() + ahead).filter(|day| *day >= today)),
    }
}

/// The meaningful words of a typed day or period. `None` if it doesn't end in one.
pub(super) fn meaningful(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_filler = |word: &&str| FILLERS.contains(word);
    words.last().filter(|last| !is_filler(last))?;
    Some(words.into_iter().filter(|word| !is_filler(word)).map(|word| word.trim_end_matches([',', '.'])).collect())
}

fn spoken(typed: &str) -> Option<Spoken> {
    const LONGEST: usize = 60;
    let text = folded(typed.trim().trim_end_matches([',', ';', ':', '.']));
    if text.len() > LONGEST {
        return None;
    }
    let text = text.replace('’', "'");
    let mut words = meaningful(&text)?;
    if words.len() > 1 && words.last().is_some_and(|last| PARTS.contains(last)) {
        words.pop();
        // `ayer por la tarde`
        words.pop_if(|last| *last == "por");
    }
    let found = match words.as_slice() {
        ["last"] if text == "last night" => Spoken::Back(1),
        [one] => named(one).or_else(|| in_numbers(one))?,
        ["day", "before", "yesterday"] | ["avant", "hier"] | ["antes", "ayer"] => Spoken::Back(2),
        [count, unit, "ago"] | ["il", "y", "a", count, unit] | ["hace", count, unit] => {
            Spoken::Back(days_in(count, unit)?)
        }
        ["in" | "dans" | "en", count, unit] => Spoken::Ahead(days_in(count, unit)?),
        [one, other] => by_week(one, other).or_else(|| by_week(other, one)).or_else(|| in_month(one, other, None))?,
        [one, other, year] => in_month(one, other, Some(whole(year, 4)?))?,
        _ => return None,
    };
    Some(found)
}

fn named(word: &str) -> Option<Spoken> {
    match () {
        () if TODAY.contains(&word) => Some(Spoken::Back(0)),
        () if YESTERDAY.contains(&word) => Some(Spoken::Back(1)),
        () if BEFORE_YESTERDAY.contains(&word) => Some(Spoken::Back(2)),
        () if TOMORROW.contains(&word) => Some(Spoken::Ahead(1)),
        () => weekday(word).map(|weekday| Spoken::Weekday(weekday, Week::Any)),
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    let place = || WEEKDAYS.iter().find_map(|days| days.iter().position(|day| *day == word));
    let other = || Weekday::try_from(u8::try_from(place()?).ok()?).ok();
    (word.len() >= 3).then(|| word.parse().ok()).flatten().or_else(other)
}

/// The day of the week that a schedule names: in full, in the plural or by its first three letters, in any language.
pub fn weekday_of_schedule(word: &str) -> Option<Weekday> {
    const SHORT: usize = 3;
    let word = folded(word);
    let shortened = || {
        let place = WEEKDAYS.iter().find_map(|days| days.iter().position(|day| day.get(..SHORT) == Some(&*word)))?;
        Weekday::try_from(u8::try_from(place).ok()?).ok()
    };
    weekday(&word).or_else(|| weekday(word.strip_suffix('s')?)).or_else(shortened)
}

fn by_week(week: &str, day: &str) -> Option<Spoken> {
    let week = match () {
        () if LAST.contains(&week) => Week::Last,
        () if THIS.contains(&week) => Week::This,
        () if NEXT.contains(&week) => Week::Next,
        () => return None,
    };
    weekday(day).map(|day| Spoken::Weekday(day, week))
}

/// The number of the month that a word names, in full or in short, in any language.
pub fn month(word: &str) -> Option<u32> {
    let place = MONTHS.iter().position(|names| names.contains(&&*folded(word)))?;
    u32::try_from(place + 1).ok()
}

/// `5 january` or `january 5`.
fn in_month(one: &str, other: &str, year: Option<i32>) -> Option<Spoken> {
    let day = |word: &str| {
        let digits = ["st", "nd", "rd", "th", "er", "ro"].iter().find_map(|ending| word.strip_suffix(ending));
        whole(digits.unwrap_or(word), 2).and_then(|day| u32::try_from(day).ok())
    };
    let found = day(one).zip(month(other)).or_else(|| day(other).zip(month(one)))?;
    Some(Spoken::OfMonth(found.0, found.1, year))
}

/// `2026-01-31`, `2026/1/31`, `31/1`, `31/1/2026`.
fn in_numbers(word: &str) -> Option<Spoken> {
    let separator = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| ['-', '/', '.'].contains(c))?;
    let parts: Vec<&str> = word.split(separator).collect();
    let small = |text: &str| whole(text, 2).and_then(|number| u32::try_from(number).ok());
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            NaiveDate::from_ymd_opt(whole(year, 4)?, small(month)?, small(day)?).map(Spoken::On)
        }
        [one, other, year] if year.len() == 4 => {
            Some(Spoken::Numbers(small(one)?, small(other)?, Some(whole(year, 4)?)))
        }
        [one, other] if separator == '/' => Some(Spoken::Numbers(small(one)?, small(other)?, None)),
        _ => None,
    }
}

pub(super) fn whole(digits: &str, most: usize) -> Option<i32> {
    let is_number = !digits.is_empty() && digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

fn days_in(count: &str, unit: &str) -> Option<u32> {
    let count = match in_words(count) {
        Some(number) => u32::try_from(number).ok()?,
        None => u32::try_from(whole(count, 3)?).ok()?,
    };
    match () {
        () if DAYS.contains(&unit) => Some(count),
        () if WEEKS.contains(&unit) => count.checked_mul(7),
        () => None,
    }
}

/// Reads a number of days: `14`, `14d`, `14 days`, `2 weeks`.
///
/// # Errors
/// [`TypedRefusal::NotANumberOfDays`] for other text, or more than a year.
pub fn days(typed: &str) -> Result<u32, Refusal> {
    let most = usize::try_from(MOST_DAYS).unwrap_or(usize::MAX);
    whole_days(typed)
        .filter(|days| *days <= MOST_DAYS)
        .ok_or_else(|| TypedRefusal::NotANumberOfDays { typed: Typed(typed.to_owned()), most }.into())
}

/// Any number of days, with or without the word.
pub fn whole_days(typed: &str) -> Option<u32> {
    let text = folded(typed.trim()).into_owned();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    match text[digits.len()..].trim() {
        "" => whole(digits, 9).and_then(|count| u32::try_from(count).ok()),
        unit => days_in(digits, unit),
    }
}

/// Whether a text has the form of a number of days.
pub(super) fn is_number_of_days(typed: &str) -> bool {
    whole_days(typed).is_some()
}

/// Whether words behind a number of days might belong to it.
pub(super) fn might_go_on_as_number(_: &str, rest: &[&str]) -> bool {
    let word = rest.first().map(|word| folded(word)).unwrap_or_default();
    let word = word.as_ref();
    DAYS.contains(&word)
        || WEEKS.contains(&word)
        || MONTH.contains(&word)
        || YEAR.contains(&word)
        || word.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_as_people_type_them() {
        let friday = day("2026-11-20");
        for (typed, past, future) in [
            ("2026-11-02", "2026-11-02", "2026-11-02"),
            ("2026/11/2", "2026-11-02", "2026-11-02"),
            ("today", "2026-11-20", "2026-11-20"),
            ("Yesterday,", "2026-11-19", "2026-11-19"),
            ("aujourd’hui", "2026-11-20", "2026-11-20"),
            ("the day before yesterday", "2026-11-18", "2026-11-18"),
            ("avant-hier", "2026-11-18", "2026-11-18"),
            ("anteayer", "2026-11-18", "2026-11-18"),
            ("friday", "2026-11-20", "2026-11-20"),
            ("on monday", "2026-11-16", "2026-11-23"),
            ("sat", "2026-11-14", "2026-11-21"),
            ("sábado", "2026-11-14", "2026-11-21"),
            ("last friday", "2026-11-13", "2026-11-13"),
            ("lundi dernier", "2026-11-16", "2026-11-16"),
            ("el lunes pasado", "2026-11-16", "2026-11-16"),
            ("this monday", "2026-11-16", "2026-11-16"),
            ("next friday", "2026-11-27", "2026-11-27"),
            ("Hier", "2026-11-19", "2026-11-19"),
            ("hoy", "2026-11-20", "2026-11-20"),
            ("demain", "2026-11-21", "2026-11-21"),
            ("3 days ago", "2026-11-17", "2026-11-17"),
            ("il y a 3 jours", "2026-11-17", "2026-11-17"),
            ("hace una semana", "2026-11-13", "2026-11-13"),
            ("in 2 weeks", "2026-12-04", "2026-12-04"),
            ("5 january", "2026-01-05", "2027-01-05"),
            ("january 5th, 2025", "2025-01-05", "2025-01-05"),
            ("1er août 2026", "2026-08-01", "2026-08-01"),
            ("2 de agosto de 2026", "2026-08-02", "2026-08-02"),
            ("29 feb", "2024-02-29", "2028-02-29"),
            ("3/3", "2026-03-03", "2027-03-03"),
            ("31/1/2026", "2026-01-31", "2026-01-31"),
            ("1/31/2026", "2026-01-31", "2026-01-31"),
        ] {
            assert_eq!(date(typed, friday, Towards::Past), Ok(day(past)), "{typed}");
            assert_eq!(date(typed, friday, Towards::Future), Ok(day(future)), "{typed}");
        }
        for typed in [
            "2026-02-30",
            "2026-13-01",
            "32/1",
            "fr",
            "+2026-11-2",
            "0000-01-01",
            "",
            "on",
            "monday the",
            "5",
            "30 february",
            "march",
            "last",
            "3 days",
            "day",
        ] {
            let read = date(typed, friday, Towards::Past);
            assert!(matches!(read, Err(Refusal::Typed(TypedRefusal::NotADate { .. }))), "{typed}: {read:?}");
        }
        for typed in ["3/4", "04/03/2026"] {
            let read = date(typed, friday, Towards::Past);
            assert!(matches!(read, Err(Refusal::Typed(TypedRefusal::TwoDays { .. }))), "{typed}: {read:?}");
        }
    }

    #[test]
    fn sentences_say_days() {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        for (text, count) in [
            ("yesterday fixing the pump", Some(1)),
            ("on monday fixing", Some(2)),
            ("le lundi soudure", Some(2)),
            ("last friday, wiring", Some(2)),
            ("lundi dernier soudure", Some(2)),
            ("hier", Some(1)),
            ("2026-01-05 wiring", Some(1)),
            ("sun shade", None),
            ("mon travail", None),
            ("next friday", None),
            ("tomorrow's plan", None),
            ("3/3 boards", None),
        ] {
            assert_eq!(at_start(&words(text)), count, "{text}");
        }
        for (text, count) in [
            ("fixing the pump on monday", Some(2)),
            ("fixing the pump yesterday.", Some(1)),
            ("soudure lundi dernier", Some(2)),
            ("soldadura el lunes", Some(2)),
            ("wiring 3 days ago", Some(3)),
            ("slides for monday", None),
            ("slides for the monday", None),
            ("facture du 5 janvier", None),
            ("the one of yesterday", None),
            ("lying in the sun", None),
            ("planning tomorrow", None),
        ] {
            assert_eq!(at_end(&words(text)), count, "{text}");
        }
    }

    #[test]
    fn numbers_of_days_as_people_type_them() {
        for (typed, expected) in [
            ("14", 14),
            ("14d", 14),
            ("1 day", 1),
            (" 3 days ", 3),
            ("2 jours", 2),
            ("3 días", 3),
            ("2 weeks", 14),
            ("0", 0),
            ("365", 365),
        ] {
            assert_eq!(days(typed), Ok(expected), "{typed}");
        }
        for typed in ["", "soon", "366", "-1", "1.5", "2 months", "+3", "days", "a 3"] {
            assert!(matches!(days(typed), Err(Refusal::Typed(TypedRefusal::NotANumberOfDays { .. }))), "{typed}");
        }
    }
}
