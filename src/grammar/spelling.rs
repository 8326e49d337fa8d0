//! Names as they are typed: what is meant by one that is nearly right, and what one is made of.

use unicode_normalization::char::is_combining_mark;

use crate::core::look::normal;

/// The most characters in a name that accounts are called by.
const LONGEST_NAME: usize = 32;

/// The name that is at most two edits away, if one is.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Two edits change no more bytes than that; what somebody typed may be very long.
    let may_be_near = |name: &&str| wanted.len().abs_diff(name.len()) <= 2 * char::MAX.len_utf8();
    names
        .filter(may_be_near)
        .map(|name| (strsim::osa_distance(wanted, name), name))
        .filter(|(distance, name)| *distance <= 2 && 2 * *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

/// A name that accounts can be called by: lower-case letters, digits and hyphens, spaces become hyphens. What shows
/// nothing is left out. `None` when nothing is left of it or it is too long.
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
