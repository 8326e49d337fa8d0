//! Currencies as people type them beside a number: `CAD`, `$`, `US$`, `dollars`.

use std::borrow::Cow;

use crate::core::money::Commodity;
use crate::grammar::spec::folded;

/// Whether words behind an amount name a currency, or the country of a dollar.
pub(super) fn is_currency(value: &str, rest: &[&str]) -> bool {
    // Codes that are words as well, in small letters.
    const WORDS: [&str; 17] = [
        "all", "ang", "bob", "cop", "cup", "gel", "lak", "mad", "mop", "nad", "pen", "ron", "sos", "sar", "top", "try",
        "vet",
    ];
    const COUNTRIES: [&str; 16] = [
        "us",
        "u.s",
        "canadian",
        "american",
        "australian",
        "canadiens",
        "americains",
        "australiens",
        "canadienses",
        "americanos",
        "estadounidenses",
        "hk",
        "nz",
        "au",
        "ca",
        "sterling",
    ];
    let bare = |word: &&str| word.trim_matches([',', '.', ';', ':', '(', ')']).to_owned();
    let (Some(first), second) = (rest.first().map(bare), rest.get(1).map(bare).unwrap_or_default()) else {
        return false;
    };
    let (small, second) = (folded(&first).into_owned(), folded(&second).into_owned());
    let is_code = Commodity::iso(&first).is_some() && !(WORDS.contains(&small.as_str()) && first == small);
    let is_unit = |word: &str| UNITS.contains(&word) || word.chars().any(|c| SIGNS.contains(&c));
    is_code
        || is_unit(&small)
        || COUNTRIES.contains(&small.as_str()) && (is_unit(&second) || number_and_unit(value).1.is_some())
}

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// A code of three letters, in upper case, known or not.
    Code(String),
    /// A sign, or a word: `$`, `dollars`.
    Name(String),
}

impl Unit {
    /// As it was typed.
    pub(super) fn typed(&self) -> &str {
        let (Self::Code(typed) | Self::Name(typed)) = self;
        typed
    }

    /// Whether it may be a currency's.
    pub(super) fn means(&self, commodity: Commodity) -> bool {
        const DOLLARS: [&str; 21] = [
            "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "NAD", "NZD",
            "SBD", "SGD", "TTD", "TWD", "USD", "XCD",
        ];
        const PESOS: [&str; 8] = ["ARS", "CLP", "COP", "CUP", "DOP", "MXN", "PHP", "UYU"];
        let code = commodity.code();
        match self {
            Self::Code(known) => known == code,
            Self::Name(name) => match name.as_str() {
                "$" => DOLLARS.contains(&code) || PESOS.contains(&code),
                "dollar" | "dollars" | "dolar" | "dolares" => DOLLARS.contains(&code),
                "peso" | "pesos" => PESOS.contains(&code),
                "¥" => matches!(code, "JPY" | "CNY"),
                "franc" | "francs" | "franco" | "francos" | "fr" | "frs" => {
                    matches!(code, "CHF" | "XAF" | "XOF" | "XPF")
                }
                "kr" => matches!(code, "SEK" | "NOK" | "DKK" | "ISK"),
                _ => self.code().is_some_and(|known| known == code),
            },
        }
    }

    /// The currency, if it can be only one.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Code(code) => Some(code),
            Self::Name(name) => match name.as_str() {
                "€" | "euro" | "euros" => Some("EUR"),
                "£" | "pound" | "pounds" | "livres" | "libras" => Some("GBP"),
                "yen" | "yens" => Some("JPY"),
                "₹" => Some("INR"),
                "₩" => Some("KRW"),
                "zł" => Some("PLN"),
                "us$" => Some("USD"),
                "ca$" | "c$" => Some("CAD"),
                "au$" | "a$" => Some("AUD"),
                "nz$" => Some("NZD"),
                "hk$" => Some("HKD"),
                "r$" => Some("BRL"),
                "mx$" => Some("MXN"),
                _ => None,
            },
        }
    }
}

/// The signs of currencies.
pub(super) const SIGNS: [char; 13] = ['$', '€', '£', '¥', '₹', '₩', '₽', '₺', '₫', '₴', '₪', '₱', '₦'];
const UNITS: [&str; 22] = [
    "dollar", "dollars", "dolar", "dolares", "peso", "pesos", "euro", "euros", "yen", "yens", "pound", "pounds",
    "livres", "libras", "franc", "francs", "franco", "francos", "kr", "zł", "fr", "frs",
];

/// Codes that are not words as well, so that they are codes behind a number in small letters, too.
const SMALL_CODES: [&str; 10] = ["aud", "brl", "cad", "chf", "eur", "gbp", "jpy", "mxn", "nzd", "usd"];

/// Separates a currency's sign, code or name from a number.
pub(super) fn number_and_unit(typed: &str) -> (Cow<'_, str>, Option<Unit>) {
    let typed = typed.trim();
    let (sign, rest) = typed.strip_prefix(['-', '−']).map_or(("", typed), |rest| ("-", rest.trim_start()));
    let is_code = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let last_word = || {
        let begins = rest.char_indices().rev().take_while(|(_, c)| c.is_alphabetic()).last()?.0;
        Some((rest[..begins].trim(), &rest[begins..], begins > 0 && !rest[..begins].ends_with(' ')))
    };
    let taken = if let Some(found) = rest.chars().next().filter(|c| SIGNS.contains(c)) {
        // `$100 USD`: the code says which dollar.
        let number = rest[found.len_utf8()..].trim();
        let code = number.rsplit_once(' ').map(|(number, code)| (number.trim(), code));
        Some(match code.filter(|(_, code)| is_code(code) && Commodity::iso(code).is_some()) {
            Some((number, code)) => (number, Unit::Code(code.to_ascii_uppercase())),
            None => (number, Unit::Name(found.to_string())),
        })
    } else if let Some((number, name)) = compound_sign(rest) {
        Some((number, Unit::Name(name)))
    } else if let Some(found) = rest.chars().next_back().filter(|c| SIGNS.contains(c)) {
        Some((rest[..rest.len() - found.len_utf8()].trim(), Unit::Name(found.to_string())))
    } else if let Some(code) = rest.get(..3).filter(|code| is_code(code)) {
        Some((rest[3..].trim(), Unit::Code(code.to_ascii_uppercase())))
    } else {
        last_word().and_then(|(number, word, is_glued)| {
            let is_upper = word.chars().all(char::is_uppercase);
            let unit = match folded(word) {
                name if UNITS.contains(&name.as_ref()) => Unit::Name(name.into_owned()),
                code if is_code(word) && (is_glued || is_upper || SMALL_CODES.contains(&code.as_ref())) => {
                    Unit::Code(word.to_ascii_uppercase())
                }
                _ => return None,
            };
            Some((number, unit))
        })
    };
    match taken.filter(|(number, _)| number.contains(|c: char| c.is_ascii_digit())) {
        Some((number, unit)) => (Cow::Owned(format!("{sign}{number}")), Some(unit)),
        None => (Cow::Owned(format!("{sign}{rest}")), None),
    }
}

/// The number and the sign of `US$100`, `R$ 12` or `100 US$`.
fn compound_sign(typed: &str) -> Option<(&str, String)> {
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let letters = typed.len() - typed.trim_start_matches(is_letter).len();
    if let Some(number) = typed[letters..].strip_prefix('$').filter(|_| (1..=3).contains(&letters)) {
        return Some((number.trim(), folded(&typed[..=letters]).into_owned()));
    }
    let before = typed.strip_suffix('$')?;
    let number = before.trim_end_matches(is_letter);
    (1..=3)
        .contains(&(before.len() - number.len()))
        .then(|| (number.trim(), folded(&typed[number.len()..]).into_owned()))
}
