//! Durations as people type them: `2h30`, `2 hours and 30 minutes`, `une heure et demie`, `8:00-10:30`.

use std::iter::Peekable;
use std::str::Chars;

use crate::core::split::rounded_down;
use crate::core::time::Minutes;
use crate::grammar::spec::folded;
use crate::grammar::values::longest;
use crate::grammar::values::words::{AND, HALVES, IN_WORDS, MORE_OR_LESS, PLUS, in_words};
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// In minutes since midnight.
const NOON: i64 = 12 * 60;
/// Minutes in a day: the most that one log may hold.
const DAY: i64 = 24 * 60;

/// The longest stay that may pass midnight, in minutes. Beyond it, the two times are more likely the wrong way round.
const NIGHT: i64 = 12 * 60;

const HOURS: [&str; 9] = ["h", "hr", "hrs", "hour", "hours", "heure", "heures", "hora", "horas"];
const MINUTES: [&str; 8] = ["m", "mn", "min", "mins", "minute", "minutes", "minuto", "minutos"];
const SECONDS: [&str; 6] = ["s", "sec", "secs", "seconds", "secondes", "segundos"];
const QUARTERS: [&str; 6] = ["quarter", "quarters", "quart", "quarts", "cuarto", "cuartos"];
/// What stands between a part of an hour and the hour: `half an hour`, `quart d'heure`, `demi-heure`.
const OF: [&str; 8] = ["of", "de", "d", "'", "-", "a", "an", "une"];
const FROM: [&str; 3] = ["from", "de", "desde"];
const UNTIL: [&str; 8] = ["to", "a", "until", "till", "hasta", "-", "–", "—"];
/// What may stand between a duration and another one.
const BETWEEN: [&str; 13] =
    ["or", "ou", "o", "con", "with", "avec", "to", "a", "until", "till", "hasta", "jusqu'a", "jusqu'au"];
const ARTICLES: [&str; 5] = ["the", "le", "la", "las", "los"];
/// Times of day in words.
const TIMES: [&str; 5] = ["noon", "midnight", "midi", "minuit", "mediodia"];

/// Reads a duration of whole minutes, above zero and at most a day.
///
/// # Errors
/// [`TypedRefusal::NotADuration`], [`TypedRefusal::NoTime`] for zero, or [`TypedRefusal::OverADay`].
pub fn duration(typed: &str) -> Result<Minutes, Refusal> {
    match minutes(typed).ok_or_else(|| TypedRefusal::NotADuration { typed: Typed(typed.to_owned()) })? {
        ..=0 => Err(TypedRefusal::NoTime.into()),
        minutes @ 1..=DAY => Ok(Minutes(minutes)),
        _ => Err(TypedRefusal::OverADay { typed: Typed(typed.to_owned()) }.into()),
    }
}

/// Reads a duration above zero that may be longer than a day.
///
/// # Errors
/// [`TypedRefusal::NotADuration`], or [`TypedRefusal::NoTime`] for zero.
pub fn estimate(typed: &str) -> Result<Minutes, Refusal> {
    match minutes(typed) {
        None => Err(TypedRefusal::NotADuration { typed: Typed(typed.to_owned()) }.into()),
        Some(..=0) => Err(TypedRefusal::NoTime.into()),
        Some(minutes) => Ok(Minutes(minutes)),
    }
}

/// Whether a text is a duration, whatever its size.
pub fn is_duration(typed: &str) -> bool {
    minutes(typed).is_some()
}

/// Whether words after a duration might belong to it: another number, a unit, a part of an hour.
pub(super) fn might_go_on(value: &str, rest: &[&str]) -> bool {
    let word = |place: usize| rest.get(place).map(|word| undotted(&folded(word))).unwrap_or_default();
    let (first, second, third) = (word(0), word(1), word(2));
    let begins = |from: usize| rest.get(from..).is_some_and(|rest| longest(rest, is_duration).is_some());
    // `1h30 3 calls`, `2h, 3 calls`: the number belongs to the sentence.
    let is_complete = MINUTES.contains(&unit_at_end(value).as_str())
        || value.contains(':')
        || value.ends_with([',', ';'])
        || value.to_lowercase().split_once('h').is_some_and(|(_, rest)| is_number(rest));
    let is_small = (1..=2).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_digit());
    let says_more = |word: &str| {
        is_number(word)
            || is_one_of(&[&HALVES, &QUARTERS, &MINUTES], word)
            || in_words(word).is_some_and(|number| number >= 10)
    };
    // A dash may stand in front of a sentence.
    let is_dash = ["-", "–", "—"].contains(&first.as_str());
    let joins = !is_dash && is_one_of(&[&AND, &PLUS, &MORE_OR_LESS], &first);
    let is_between = BETWEEN.contains(&first.as_str());
    begins(0)
        || is_unit(&first)
        || is_one_of(&[&["half", "demi", "demie"]], &first)
        || is_one_of(&[&["am", "pm"]], &first) && value.contains(':')
        || is_small && !is_complete
        || first.starts_with(|c: char| c.is_numeric() && !c.is_ascii_digit())
        || first.strip_prefix(['+', '-', '–', '−', '×', 'x', '*', '/', '&', '±']).is_some_and(is_number)
        || joins && (says_more(&second) || begins(1) || ARTICLES.contains(&second.as_str()) && says_more(&third))
        || is_between && (begins(1) || begins(2) || TIMES.contains(&second.as_str()))
        || is_dash && begins(1)
        || (is_between || is_dash) && is_number(&second) && is_unit(&third)
        || !first.is_empty() && ends_in_loose_number(value)
}

/// A word as it is; of a half of the day, without its dots.
fn undotted(word: &str) -> String {
    match word.replace('.', "").as_str() {
        half @ ("am" | "pm") => half.to_owned(),
        _ => word.to_owned(),
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_numeric())
}

/// Whether a word is a unit of time, alone or behind digits.
fn is_unit(word: &str) -> bool {
    const MISSPELT: [&str; 6] = ["mns", "mnt", "mnts", "minuts", "minutas", "\u{2032}"];
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c)).trim_end_matches('.');
    is_one_of(&[&HOURS, &MINUTES, &SECONDS, &MISSPELT], unit) || unit == "'" && unit.len() < word.len()
}

/// The unit that a duration ends in.
fn unit_at_end(value: &str) -> String {
    let value = folded(value.trim_end_matches(|c: char| !c.is_alphanumeric())).into_owned();
    value.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_owned()
}

/// Whether a duration of several words ends in a number without its unit, which may count what follows, as in `2h 12
/// brackets`.
fn ends_in_loose_number(value: &str) -> bool {
    let Some((before, last)) = value.trim_end().rsplit_once(' ') else { return false };
    let is_part = last.split_once('/').is_some_and(|(over, _)| is_number(over));
    let is_loose = is_part || last.bytes().all(|byte| byte.is_ascii_digit()) || in_words(&folded(last)).is_some();
    before.ends_with(char::is_alphabetic) && is_loose
}

fn is_one_of(lists: &[&[&str]], word: &str) -> bool {
    lists.iter().any(|list| list.contains(&word))
}

/// A piece of a typed duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Number(Fraction),
    Word(&'a str),
}

/// A number that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fraction {
    over: i64,
    under: i64,
    /// How many digits it has, if it is whole.
    digits: Option<usize>,
}

impl Fraction {
    const HALF: Self = Self { over: 1, under: 2, digits: None };
    const QUARTER: Self = Self { over: 1, under: 4, digits: None };

    /// A number in words, with as many digits as it would have.
    fn whole(number: i64) -> Self {
        Self { over: number, under: 1, digits: Some(if number < 10 { 1 } else { 2 }) }
    }

    fn plus(self, other: Self) -> Option<Self> {
        let over = self.over.checked_mul(other.under)?.checked_add(other.over.checked_mul(self.under)?)?;
        Some(Self { over, under: self.under.checked_mul(other.under)?, digits: None })
    }

    /// So many hours in minutes, if these are whole.
    fn of_an_hour(self) -> Option<i64> {
        let minutes = self.over.checked_mul(60)?;
        (minutes % self.under == 0).then(|| rounded_down(minutes.into(), 1, self.under.into()))?
    }
}

/// The fraction that a single character stands for.
fn fraction(c: char) -> Option<Fraction> {
    match c {
        '½' => Some(Fraction::HALF),
        '¼' => Some(Fraction::QUARTER),
        '¾' => Some(Fraction { over: 3, under: 4, digits: None }),
        _ => None,
    }
}

fn minutes(typed: &str) -> Option<i64> {
    const LONGEST: usize = 60;
    if typed.len() > LONGEST {
        return None;
    }
    // Punctuation after a value belongs to the sentence.
    let typed = typed.trim().trim_end_matches([',', ';', ':', '.']);
    let (sign, typed) = typed.strip_prefix(['-', '−']).map_or((1, typed), |rest| (-1, rest.trim_start()));
    let text = folded(typed);
    let tokens = tokens(&text)?;
    let is_plus = |token: &Token<'_>| matches!(token, Token::Word(word) if PLUS.contains(word));
    let parts: Option<Vec<i64>> = tokens.split(is_plus).map(|part| stay(part).or_else(|| measure(part))).collect();
    Some(sign * parts?.into_iter().sum::<i64>())
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let starts_number =
            c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit()));
        let (token, used) = if starts_number {
            let (number, used) = number(rest)?;
            (Token::Number(number), used)
        } else if let Some(fraction) = fraction(c) {
            (Token::Number(fraction), c.len_utf8())
        } else {
            let letters = rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
            let used = if letters == 0 { c.len_utf8() } else { letters };
            (Token::Word(&rest[..used]), used)
        };
        tokens.push(token);
        rest = rest[used..].trim_start();
    }
    (!tokens.is_empty()).then_some(tokens)
}

/// The number at the beginning of a text, `12`, `2.5`, `2,5`, `.5` or `3/4`, and its length.
fn number(text: &str) -> Option<(Fraction, usize)> {
    let count = |chars: &mut Peekable<Chars<'_>>| {
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits
    };
    let mut chars = text.chars().peekable();
    let whole = count(&mut chars);
    let value = |digits: &str| if digits.len() > 12 { None } else { digits.parse::<i64>().ok() };
    let plain = || Some((Fraction { over: value(&whole)?, under: 1, digits: Some(whole.len()) }, whole.len()));
    let Some(sign) = chars.next_if(|c| ['.', ',', '/'].contains(c)) else { return plain() };
    let part = count(&mut chars);
    let length = whole.len() + 1 + part.len();
    match (sign, value(&part)) {
        // `2h, 30 min`: the comma belongs to the sentence.
        _ if part.is_empty() => plain(),
        ('/', Some(under @ 2..=4)) => Some((Fraction { over: value(&whole)?, under, digits: None }, length)),
        ('.' | ',', Some(part_value)) => {
            let under = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
            let whole = if whole.is_empty() { 0 } else { value(&whole)? };
            let over = whole.checked_mul(under)?.checked_add(part_value)?;
            Some((Fraction { over, under, digits: None }, length))
        }
        _ => None,
    }
}

/// The tokens that are left to read.
struct Cursor<'t, 'a>(&'t [Token<'a>]);

impl<'a> Cursor<'_, 'a> {
    fn number(&mut self) -> Option<Fraction> {
        let (Token::Number(number), rest) = self.0.split_first()? else { return None };
        self.0 = rest;
        Some(*number)
    }

    /// A whole number, in digits or in words.
    fn whole(&mut self) -> Option<Fraction> {
        let number =
            |cursor: &mut Self| IN_WORDS.iter().find_map(|(number, words)| cursor.word(words).map(|_| *number));
        // `forty-five`, `cuarenta y cinco`.
        let units = |cursor: &mut Self| {
            cursor.word(&["-", "y"]);
            number(cursor).filter(|units| (1..=9).contains(units))
        };
        self.attempt(|cursor| cursor.number().filter(|number| number.digits.is_some())).or_else(|| {
            let found = number(self)?;
            let more = if found >= 20 { self.attempt(units).unwrap_or(0) } else { 0 };
            Some(Fraction::whole(found + more))
        })
    }

    fn word(&mut self, words: &[&str]) -> Option<&'a str> {
        let (Token::Word(word), rest) = self.0.split_first()? else { return None };
        if !words.contains(word) {
            return None;
        }
        self.0 = rest;
        Some(word)
    }

    /// Goes back to where it was if nothing is read.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.0;
        let found = read(self);
        if found.is_none() {
            self.0 = before;
        }
        found
    }

    fn at_end<T>(&self, found: T) -> Option<T> {
        self.0.is_empty().then_some(found)
    }
}

/// A duration in hours, minutes or both.
fn measure(tokens: &[Token<'_>]) -> Option<i64> {
    clock_time(tokens).or_else(|| part_of_hour(tokens)).or_else(|| hours_and_minutes(tokens))
}

/// `1:30`, with or without its unit.
fn clock_time(tokens: &[Token<'_>]) -> Option<i64> {
    let mut cursor = Cursor(tokens);
    let minutes = clock(&mut cursor)?;
    cursor.word(&HOURS);
    cursor.at_end(minutes)
}

/// `half an hour`, `demi-heure`, `½ h`, `a quarter of an hour`.
fn part_of_hour(tokens: &[Token<'_>]) -> Option<i64> {
    let mut cursor = Cursor(tokens);
    let part = part(&mut cursor)?;
    while cursor.word(&OF).is_some() {}
    cursor.word(&HOURS)?;
    cursor.at_end(part.of_an_hour()?)
}

fn hours_and_minutes(tokens: &[Token<'_>]) -> Option<i64> {
    let mut cursor = Cursor(tokens);
    // `hora y media` counts no hours.
    let count = cursor.attempt(|cursor| cursor.number().or_else(|| cursor.whole()));
    let mut number = count.unwrap_or(Fraction::whole(1));
    // `1½ hours`, `1 1/2 hours`, `2 and a half hours`.
    let more = cursor.attempt(|cursor| {
        cursor.word(&AND);
        part(cursor)
    });
    if let Some(more) = more {
        number = number.digits.and_then(|_| number.plus(more))?;
    }
    if count.is_some() && cursor.word(&MINUTES).is_some() {
        return cursor.at_end(number.digits.map(|_| number.over)?);
    }
    cursor.word(&HOURS)?;
    let hours = number.of_an_hour()?;
    if cursor.0.is_empty() {
        return count.map(|_| hours);
    }
    let minutes = number.digits.and_then(|_| minutes_after_hours(&mut cursor))?;
    cursor.at_end(hours + minutes)
}

/// What stands after hours: `30`, `30 min`, `and a half`, `et quart`.
fn minutes_after_hours(cursor: &mut Cursor<'_, '_>) -> Option<i64> {
    let mut is_joined = false;
    while cursor.word(&AND).is_some() {
        is_joined = true;
    }
    // `2h half` is no hour and a half: `2h half the fence`.
    let (is_in_words, is_counted) = match cursor.0.first() {
        Some(Token::Word(word)) => (true, in_words(word).is_some()),
        _ => (false, false),
    };
    if let Some(part) = cursor.attempt(part).filter(|part| is_joined || !is_in_words || is_counted && part.under != 2) {
        return part.of_an_hour();
    }
    let number = cursor.whole()?;
    let has_unit = cursor.word(&MINUTES).is_some();
    // `2h5` may be five minutes or fifty.
    (number.over < 60 && (has_unit || number.digits == Some(2))).then_some(number.over)
}

/// `½`, `half`, `a half`, `demie`, `a quarter`, `trois quarts`.
fn part(cursor: &mut Cursor<'_, '_>) -> Option<Fraction> {
    cursor
        .attempt(|cursor| cursor.number().filter(|number| number.digits.is_none() && number.over < number.under))
        .or_else(|| {
            cursor.attempt(|cursor| {
                let count = cursor.whole().map_or(1, |count| count.over);
                let under = match () {
                    () if count == 1 && cursor.word(&HALVES).is_some() => 2,
                    () if (1..=3).contains(&count) && cursor.word(&QUARTERS).is_some() => 4,
                    () => return None,
                };
                Some(Fraction { over: count, under, digits: None })
            })
        })
}

/// The time between two times of day: `8:00-10:30`, `from 8h to 10h30`.
fn stay(tokens: &[Token<'_>]) -> Option<i64> {
    // `9:00-10:30pm` may begin in the morning or in the evening.
    if tokens.iter().filter(|token| matches!(token, Token::Word("am" | "pm"))).count() == 1 {
        return None;
    }
    let mut cursor = Cursor(tokens);
    let says_from = cursor.word(&FROM).is_some();
    // `2h-3h` may be a guess of two or three hours.
    let time = |cursor: &mut Cursor<'_, '_>| {
        cursor.attempt(time_of_day).or_else(|| if says_from { cursor.attempt(hour_of_day) } else { None })
    };
    let from = time(&mut cursor)?;
    cursor.word(&UNTIL)?;
    let until = time(&mut cursor)?;
    let minutes = if until >= from { until - from } else { until - from + DAY };
    cursor.at_end(minutes).filter(|minutes| until >= from || *minutes <= NIGHT)
}

/// `8:00`, `8:30 am`, `8pm`, in minutes since midnight.
fn time_of_day(cursor: &mut Cursor<'_, '_>) -> Option<i64> {
    let (time, is_clock) = match cursor.attempt(clock) {
        Some(time) => (time, true),
        None => (cursor.whole()?.over.checked_mul(60)?, false),
    };
    match cursor.word(&["am", "pm"]) {
        Some(half) => (60..NOON + 60).contains(&time).then_some(time % NOON + if half == "pm" { NOON } else { 0 }),
        None => (is_clock && time <= DAY).then_some(time),
    }
}

/// `8h`, `8h30`, in minutes since midnight.
fn hour_of_day(cursor: &mut Cursor<'_, '_>) -> Option<i64> {
    let hour = cursor.whole()?.over.checked_mul(60)?;
    cursor.word(&["h"])?;
    let minutes =
        cursor.attempt(|cursor| cursor.number().filter(|number| number.digits == Some(2) && number.over < 60));
    Some(hour + minutes.map_or(0, |minutes| minutes.over)).filter(|time| *time <= DAY)
}

/// `1:30`, in minutes.
fn clock(cursor: &mut Cursor<'_, '_>) -> Option<i64> {
    let hours = cursor.number().filter(|number| number.digits.is_some())?;
    cursor.word(&[":"])?;
    let minutes = cursor.number().filter(|number| number.digits == Some(2) && number.over < 60)?;
    Some(hours.over.checked_mul(60)? + minutes.over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_type_them() {
        for (typed, minutes) in [
            ("2h30", 150),
            ("2h30m", 150),
            ("2H 30min", 150),
            ("2h 30", 150),
            ("2.5h", 150),
            ("2,5h", 150),
            (".5h", 30),
            ("½h", 30),
            ("1½ hours", 90),
            ("1 1/2 h", 90),
            ("3/4 h", 45),
            ("2h½", 150),
            ("90m", 90),
            ("90 min.", 90),
            ("1:30", 90),
            ("1:30 h", 90),
            ("2 hours", 120),
            ("1hour", 60),
            ("an hour", 60),
            ("two hours", 120),
            ("2 hours and 30 minutes", 150),
            ("2 hours, 30 minutes", 150),
            ("2 hours and a half", 150),
            ("two and a half hours", 150),
            ("half an hour", 30),
            ("a quarter of an hour", 15),
            ("2 heures 30", 150),
            ("2h et 30 min", 150),
            ("Une heure et demie", 90),
            ("2 heures et quart", 135),
            ("une demi-heure", 30),
            ("trois quarts d'heure", 45),
            ("3 horas", 180),
            ("2 horas y media", 150),
            ("hora y media", 90),
            ("media hora", 30),
            ("1 hora y cuarto", 75),
            ("1h + 30m", 90),
            ("1h+45m+30m", 135),
            ("8:00-10:30", 150),
            ("8:00 to 10:30", 150),
            ("8:00 – 10:30", 150),
            ("0:00-24:00", 1440),
            ("one hour fifteen", 75),
            ("une heure trois quarts", 105),
            ("una hora tres cuartos", 105),
            ("une heure trente", 90),
            ("two hours and forty-five minutes", 165),
            ("dos horas y cuarenta y cinco minutos", 165),
            ("de 8h à 10h30", 150),
            ("9 am - 1:30 pm", 270),
            ("12am-12pm", 720),
            ("22:00-01:30", 210),
            ("24h", 1440),
            ("2h,", 120),
        ] {
            assert_eq!(duration(typed), Ok(Minutes(minutes)), "{typed}");
        }
    }

    #[test]
    fn words_behind_a_duration_that_may_belong_to_it_are_doubted() {
        let goes_on = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let taken = longest(&words, is_duration).unwrap();
            might_go_on(&words[..taken].join(" "), &words[taken..])
        };
        for line in [
            "2h 12 brackets",
            "2 hours 15 screws",
            "1 h 30 varnish",
            "2h 3/4 inch plywood",
            "2h half the fence",
            "2h 30' wiring",
            "2h 30mns x",
            "2 horas con 30 minutos x",
            "2h moins 15 min x",
            "2 heures moins le quart",
            "2h minus 30m x",
            "2h –30m x",
            "2h x3",
            "2h or 3h x",
            "8:00-10:30 minus 30m",
            "8:00 a.m. - 10:30 a.m. x",
            "8:00 hasta las 10:30",
            "8:00 to noon",
            "8h à 10h x",
            "8:00 jusqu'à 10:30",
            "1h ３０m x",
            "1h ⅓ x",
        ] {
            assert!(is_duration(line) || goes_on(line), "{line}");
        }
        for line in [
            "2h wiring",
            "2h with 3 volunteers",
            "2h a la bomba",
            "2h half-timber",
            "2h 8mm drilling",
            "2h 30 min x",
            "2h o nada",
            "5h two coats",
            "1h AM radio",
            "1h30 3 calls",
            "8:00-10:00 3 calls",
            "2h, 3 calls",
            "2h - 3 calls",
        ] {
            assert!(!goes_on(line), "{line}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for typed in [
            "2",
            "h",
            "hour",
            "2h3h",
            "1h 90m",
            "1:5",
            "1:75",
            "2h5",
            "0.01h",
            "1/7h",
            "NaN",
            "1e9h",
            "2x",
            "h2",
            "2h75",
            "²h",
            "½",
            "2h-3h",
            "9:00-5:00",
            "13pm-14pm",
            "2.5h30",
            "30m 2h",
            "2h and",
            "+",
            "1h+",
            "2 days",
            "30s",
            "1h30 30m",
            "2h half",
            "from 8h75 to 10h30",
            "9:00-10:30pm",
        ] {
            assert!(matches!(duration(typed), Err(Refusal::Typed(TypedRefusal::NotADuration { .. }))), "{typed}");
        }
        assert_eq!(duration("0h"), Err(TypedRefusal::NoTime.into()));
        assert_eq!(duration("-2h"), Err(TypedRefusal::NoTime.into()));
        for typed in ["24h01", "99999999999h"] {
            assert!(matches!(duration(typed), Err(Refusal::Typed(TypedRefusal::OverADay { .. }))), "{typed}");
        }
    }
}
