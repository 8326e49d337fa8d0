//! Words in the languages that values of several kinds have in common, without accents.

/// What joins two parts of a value.
pub(super) const AND: [&str; 5] = ["and", "et", "y", "&", ","];
/// What adds one value to another.
pub(super) const PLUS: [&str; 3] = ["+", "plus", "mas"];
/// What stands between a value and more or less of it.
pub(super) const MORE_OR_LESS: [&str; 13] =
    ["-", "–", "—", "−", "x", "×", "*", "/", "±", "minus", "less", "moins", "menos"];
/// Half of something.
pub(super) const HALVES: [&str; 5] = ["half", "demi", "demie", "media", "medio"];
/// Small numbers in words, which people write before a unit: `two hours`.
pub(super) const IN_WORDS: [(i64, &[&str]); 15] = [
    (1, &["a", "an", "one", "un", "une", "una"]),
    (2, &["two", "deux", "dos"]),
    (3, &["three", "trois", "tres"]),
    (4, &["four", "quatre", "cuatro"]),
    (5, &["five", "cinq", "cinco"]),
    (6, &["six", "seis"]),
    (7, &["seven", "sept", "siete"]),
    (8, &["eight", "huit", "ocho"]),
    (9, &["nine", "neuf", "nueve"]),
    (10, &["ten", "dix", "diez"]),
    (15, &["fifteen", "quinze", "quince"]),
    (20, &["twenty", "vingt", "veinte"]),
    (30, &["thirty", "trente", "treinta"]),
    (40, &["forty", "quarante", "cuarenta"]),
    (50, &["fifty", "cinquante", "cincuenta"]),
];

/// The number that a word says.
pub(super) fn in_words(word: &str) -> Option<i64> {
    IN_WORDS.iter().find_map(|(number, words)| words.contains(&word).then_some(*number))
}
