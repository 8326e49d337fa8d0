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

/// A handle for somebody of this name, which may be long and have any characters: its letters and digits, cut where a
/// word ends. `None` if it has none.
pub fn handle_of(name: &str) -> Option<String> {
    // Markup and mentions are no names.
    if name.contains(['<', '>', '@', '`']) {
        return None;
    }
    let is_kept = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '\'';
    let plain: String = normal(name.trim()).chars().map(|c| if is_kept(c) { c } else { ' ' }).collect();
    let whole = hyphenated(&plain)?;
    let Some((longest, _)) = whole.char_indices().nth(LONGEST_NAME) else { return Some(whole) };
    let cut = &whole[..longest];
    let at_word = if whole[longest..].starts_with('-') { None } else { cut.rfind('-') };
    Some(at_word.map_or(cut, |end| &cut[..end]).to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_decorated_name_has_a_short_handle() {
        for (name, handle) in [
            ("Ana Ruiz", Some("ana-ruiz")),
            ("Maria Fernanda Guadalupe de los Santos Villanueva", Some("maria-fernanda-guadalupe-de-los")),
            ("Maximiliano Bartholomew Van Buren Jones", Some("maximiliano-bartholomew-van")),
            ("Ana (she/her) 🚀", Some("ana-she-her")),
            ("小明 🚀", Some("小明")),
            ("Llanfairpwllgwyngyllgogerychwyrndrobwll", Some("llanfairpwllgwyngyllgogerychwyrn")),
            ("🚀", None),
            ("<b>ana</b>", None),
            ("@room", None),
            ("", None),
        ] {
            assert_eq!(handle_of(name).as_deref(), handle, "{name}");
            assert!(handle.is_none_or(|handle| account_name(handle).as_deref() == Some(handle)), "{name}");
        }
    }
}
