//! Names that look alike. Two names are compared in two ways: by what they say ([`normal`]) and by how they look
//! ([`look`]).
//!
//! A name is found by what it says. A new name is refused, or gets another spelling, when it looks like one that
//! exists. Both functions depend on their text alone.

use icu_properties::props::{DefaultIgnorableCodePoint, Script};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// What a text says: compatibility forms such as full-width letters are unified (NFKC), invisible characters are
/// dropped, and everything is in lower case. Two texts with one normal form are the same name.
pub fn normal(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let shown = |c: &char| !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(*c);
    // Dropping a character can join characters that compose, and lower case can decompose some.
    let visible: String = text.nfkc().filter(shown).collect();
    visible.to_lowercase().nfkc().filter(shown).collect()
}

/// Whether a text shows nothing: it has only spaces, invisible characters, and letters whose form is a space.
pub fn is_blank(text: &str) -> bool {
    const BRAILLE_BLANK: char = '\u{2800}';
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().all(|c| c.is_whitespace() || c == BRAILLE_BLANK || ignorable.contains(c))
}

/// How a name looks: the result is the same for all names that a reader could confuse. It is the skeleton of UTS 39,
/// taken of the normal form, in lower case. It is compared, never shown.
pub fn look(name: &str) -> String {
    let is_of_no_script = |c: char| CodePointMapData::<Script>::new().get(c) == Script::Inherited;
    // Marks that belong to an alphabet have composed with their letter or are of its script. The others can be stacked
    // on anything.
    let plain: String = normal(name).chars().filter(|&c| !(is_combining_mark(c) && is_of_no_script(c))).collect();
    // A prototype may be a capital letter, whose small form has a prototype of its own: 0, O, o.
    let once: String = skeleton(&plain).collect();
    let small = once.to_lowercase();
    let twice: String = skeleton(&small).collect();
    // A capital I looks like a small l, and names are compared in any case.
    twice.to_lowercase().replace('i', "l")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_look() {
        for (one, others) in [
            (
                "ben",
                &[
                    "ben\u{fe0f}",
                    "be\u{34f}n",
                    "b\u{435}n",
                    "\u{ff42}\u{ff45}\u{ff4e}",
                    "be\u{200d}n",
                    "be\u{200b}n",
                    "\u{3164}ben",
                    "ben\u{ffa0}",
                    "\u{1d41b}\u{1d41e}\u{1d427}",
                    "b\u{ad}en",
                    "\u{202e}ben\u{202c}",
                    "\u{2066}ben\u{2069}",
                    "ben\u{e0042}\u{e007f}",
                    "BEN",
                    "b\u{332}e\u{332}n\u{332}",
                    "b\u{115f}en",
                    "be\u{180e}n",
                ][..],
            ),
            ("bill", &["biIl", "bi1l", "B1LL", "b\u{456}ll", "b\u{0131}ll"]),
            ("b\u{e9}n", &["be\u{301}n", "be\u{301}\u{301}n", "be\u{301}\u{316}n"]),
            ("marnie", &["rnarnie", "MARNIE", "marn\u{131}e"]),
            ("ann0", &["anno", "ANNO", "ann\u{3bf}"]),
            ("\u{3b1}\u{3bd}\u{3b1}", &["\u{391}\u{39d}\u{391}"]),
        ] {
            for other in others {
                assert_eq!(look(one), look(other), "{one} and {other} ({})", other.escape_unicode());
            }
        }
    }

    #[test]
    fn what_shows_nothing_is_blank() {
        for text in ["", " ", "\u{200b}", "\u{3164}\u{ffa0}", "\u{2800} \u{a0}", "\u{115f}\u{e0020}", "\u{2063}"] {
            assert!(is_blank(text), "{}", text.escape_unicode());
        }
        for text in ["a", ".", "\u{200b}a", "\u{301}"] {
            assert!(!is_blank(text), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn names_that_look_different_have_different_looks() {
        let names = [
            "ben",
            "ben-2",
            "b\u{e9}n",
            "bea",
            "ana",
            "anna",
            "an-na",
            "\u{938}\u{940}\u{924}\u{93e}",
            "\u{938}\u{924}",
        ];
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                assert_ne!(look(one), look(other), "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for text in [
            "Ben",
            "\u{130}stanbul",
            "\u{ff42}e\u{34f}\u{301}n",
            "\u{1d41b}\u{200d}",
            "\u{fb01}x",
            "\u{3a3}\u{3c2}",
            "\u{1e9e}",
        ] {
            assert_eq!(normal(&normal(text)), normal(text), "{text}");
            assert_eq!(look(&look(text)), look(text), "{text}");
            assert_eq!(look(&normal(text)), look(text), "{text}");
        }
        assert_eq!(normal("\u{ff22}e\u{34f}N\u{fe0f}"), "ben");
    }
}
