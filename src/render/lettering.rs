//! The font of pictures: what it can draw, how wide that is, and as much of a text as fits.
#![allow(clippy::float_arithmetic, reason = "pixels, not money")]

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Source};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// The one font of every picture.
static FONT: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");

/// The characters of the font, and their widths.
struct Glyphs {
    characters: Charmap<'static>,
    widths: GlyphMetrics<'static>,
}

/// The one font, for the renderer.
pub(super) static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(FONT)));
    Arc::new(fonts)
});

/// The one font, for measuring texts.
static GLYPHS: LazyLock<Option<Glyphs>> = LazyLock::new(|| {
    let font = FontRef::new(FONT).ok()?;
    Some(Glyphs { characters: font.charmap(), widths: font.glyph_metrics(Size::new(1.0), LocationRef::default()) })
});

/// The width of a character, at size one. `None` for one that the font lacks.
fn width(c: char) -> Option<f64> {
    let glyphs = GLYPHS.as_ref()?;
    let glyph = glyphs.characters.map(c).filter(|glyph| *glyph != GlyphId::NOTDEF)?;
    glyphs.widths.advance_width(glyph).map(f64::from)
}

/// The width of a text in points, at a type size.
pub(super) fn measured(text: &str, size: f64) -> f64 {
    text.chars().filter_map(width).sum::<f64>() * size
}

/// A text that can be drawn within a width: on one line, of characters that the font has, cut off if it is too long.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    let text = drawable(text);
    if measured(&text, size) <= room {
        return text;
    }
    let mut left = room - measured("…", size);
    let kept: String = text
        .chars()
        .take_while(|c| {
            left -= width(*c).unwrap_or_default() * size;
            left >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The characters of a text that can be drawn. If none can, a box shows that there is a text.
fn drawable(text: &str) -> String {
    /// More than fits anywhere.
    const LONGEST: usize = 300;
    /// The most marks over or under one letter, joiners and the like: otherwise they could be piled up beyond the card.
    const HEAPED: usize = 2;
    let mut drawable = String::new();
    let mut heaped = 0;
    for c in text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).take(LONGEST) {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}');
        // These isolate a name's direction from the text around it; the renderer needs no glyph for them.
        let isolates = matches!(c, '\u{2066}'..='\u{2069}');
        let Some(width) = width(c).or(isolates.then_some(0.0)).filter(|_| !turns) else { continue };
        heaped = if width > 0.0 { 0 } else { heaped + 1 };
        if heaped <= HEAPED {
            drawable.push(c);
        }
    }
    let is_blank = |text: &str| text.chars().all(|c| c == ' ' || width(c).is_none_or(|width| width == 0.0));
    if is_blank(&drawable) && !text.trim().is_empty() { "□".to_owned() } else { drawable.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_as_far_as_they_fit_and_can_be_drawn() {
        for (words, shown) in [
            ("Maya", "Maya"),
            ("李 Wei 🎉", "Wei"),
            ("李", "□"),
            (" ", ""),
            ("a\tb", "a b"),
            ("Mississippi", "Mississi…"),
        ] {
            assert_eq!(fitted(words, 20.0, 100.0), shown);
            assert!(measured(shown, 20.0) <= 100.0);
        }
    }
}
