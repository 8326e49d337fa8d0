//! Names as they are typed: the nearest known name, and the form of new names.

use unicode_normalization::char::is_combining_mark;

use crate::core::look::normal;

/// The most characters in a name that accounts are called by.
const LONGEST_NAME: usize = 32;

/// The nearest name that is at most two edits away.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Two edits change at most this many bytes. The typed text may be very long.
    let may_be_near = |name: &&str| wanted.len().abs_diff(name.len()) <= 2 * char::MAX.len_utf8();
    names
        .filter(may_be_near)
        .map(|name| (strsim::osa_distance(wanted, name), name))
        .filter(|(distance, name)| *distance <= 2 && 2 * *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

/// A name that accounts can be called by: lower-case letters, digits and hyphens. Spaces become hyphens, and invisible
/// characters are dropped. `None` if nothing is left, or too much.
pub fn account_name(typed: &str) -> Option<String> {
    hyphenated(&normal(typed.trim())).filter(|name| name.chars().count() <= LONGEST_NAME)
}

pub(crate) fn hyphenated(typed: &str) -> Option<String> {
    let mut name = String::new();
    for c in typed.chars() {
        match c {
            c if c.is_alphanumeric() => name.push(c),
            c if is_combining_mark(c) && !name.is_empty() && !name.ends_with('-') => name.push(c),
            ' ' | '-' | '_' | '.' if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            ' ' | '-' | '_' | '.' | '\'' => {}
            _ => return None,
        }
    }
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}
