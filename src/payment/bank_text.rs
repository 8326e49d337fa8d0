//! Text as every bank takes it.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters without an accent to drop, and signs that banks don't take, each with its replacement.
const SPELT: &str = "ßss ẞSS æae ÆAE œoe ŒOE þth ÞTh øo ØO đd ĐD ðd ÐD łl ŁL ħh ĦH ıi ’' ‘' –- —- &+";

/// Text in the characters that every SEPA bank takes: Latin letters lose their accents, all other characters become a
/// full stop.
pub fn plain(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            _ if c.is_ascii_alphanumeric() || "/-?:().,'+".contains(c) => out.push(c),
            _ if c.is_whitespace() || c.is_control() => out.push(' '),
            _ => out.push_str(SPELT.split(' ').find_map(|spelt| spelt.strip_prefix(c)).unwrap_or(".")),
        }
    }
    let mut out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    out.truncate(longest);
    out.trim_end().to_owned()
}

/// An identifier of letters, digits and hyphens. Text that is one already stays as it is; other text gets a hash at its
/// end, so that no two become equal.
pub fn id(text: &str, longest: usize) -> String {
    if text.len() <= longest && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return text.to_owned();
    }
    let hash = format!("{:x}", Sha256::digest(text));
    let plain = plain(text, text.len());
    let mut head =
        plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    head.truncate(longest - 9);
    format!("{}-{}", head.trim_end_matches('-'), &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_read_plain_letters() {
        for (name, bank) in [
            ("Zoë Åström", "Zoe Astrom"),
            ("Łukasz Groß-Đorđević", "Lukasz Gross-Dordevic"),
            ("  Ærø\n& Söhne ", "AEro + Sohne"),
            ("O’Brien <ceo>", "O'Brien .ceo."),
            ("ﬁne 😀", "fine ."),
        ] {
            assert_eq!(plain(name, 70), bank);
        }
        assert_eq!(plain(&"é".repeat(99), 70), "e".repeat(70));
        assert_eq!(plain("a b", 2), "a");
    }

    #[test]
    fn identifiers_stay_apart() {
        assert_eq!(id("B3-ana-2", 30), "B3-ana-2");
        let texts = [
            "B3-анна",
            "B3-инна",
            "B3-ana_2",
            "B3-ana 2",
            &format!("B3-{}", "a".repeat(30)),
            &format!("B3-{}", "a".repeat(31)),
        ];
        let ids: std::collections::BTreeSet<String> = texts.iter().map(|text| id(text, 30)).collect();
        assert_eq!(ids.len(), texts.len());
        assert!(
            ids.iter().all(|id| id.len() <= 30 && id.starts_with("B3-") && id.is_ascii() && !id.contains([' ', '_'])),
            "{ids:?}"
        );
    }
}
