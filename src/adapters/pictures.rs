//! Pictures of replies, drawn for the platforms that show them.

use std::sync::Arc;

use crate::commands::Registry;
use crate::commands::picture::Picture;
use crate::render::picture;
use crate::store::OutboxRow;

/// A picture, ready to be sent.
#[derive(Debug, Clone)]
pub struct DrawnPicture {
    /// The file's name.
    pub name: String,
    /// What it shows, in words, for people who can't see it.
    pub alt: String,
    /// The file.
    pub png: Vec<u8>,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// Draws the pictures of a row's reply. Each takes a while, so this runs on a thread of its own.
pub async fn draw(row: &OutboxRow, registry: &Arc<Registry>) -> Vec<DrawnPicture> {
    let pictures = row.reply.pictures().to_vec();
    if pictures.is_empty() {
        return Vec::new();
    }
    let (language, registry) = (row.language.clone(), registry.clone());
    let draw_all = move || {
        let numbered = pictures.iter().enumerate();
        numbered.filter_map(|(number, picture)| drawn(number, picture, &language, &registry)).collect()
    };
    tokio::task::spawn_blocking(draw_all).await.unwrap_or_else(|error| {
        // The text says what the picture would show.
        tracing::error!(%error, "a picture could not be drawn");
        Vec::new()
    })
}

fn drawn(number: usize, picture: &Picture, language: &str, registry: &Registry) -> Option<DrawnPicture> {
    let drawing = picture::drawing(picture, language, registry);
    let alt = picture::alt(picture, language, registry);
    Some(DrawnPicture { name: format!("picture-{}.png", number + 1), alt, png: drawing.png()?, size: drawing.size() })
}
