//! Makes what people wrote safe to show.

/// Characters that turn the direction of what follows.
const TURNS: [char; 12] = [
    '\u{200e}', '\u{200f}', '\u{061c}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// A text that a person wrote, on one line: no control characters, no characters that turn the direction of what
/// follows; text that runs from right to left is isolated from the text around it.
pub(crate) fn shown(words: &str) -> String {
    let plain: String = words
        .chars()
        .filter(|c| !TURNS.contains(c))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    isolated(plain)
}

/// A name, or several isolated names, without characters that would turn the rest of the line.
pub(crate) fn upright(name: String) -> String {
    let sets_apart = |c: char| matches!(c, '\u{2068}' | '\u{2069}');
    let turns = |c: char| TURNS.contains(&c) && !sets_apart(c);
    let is_even = name.matches('\u{2068}').count() == name.matches('\u{2069}').count();
    if is_even && !name.contains(turns) { name } else { shown(&name) }
}

/// A text that runs from right to left, isolated from the text around it.
pub(crate) fn isolated(text: String) -> String {
    const ISOLATE: char = '\u{2068}';
    let from_the_right = |c: char| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF);
    if text.contains(from_the_right) && !text.starts_with(ISOLATE) { format!("{ISOLATE}{text}\u{2069}") } else { text }
}
