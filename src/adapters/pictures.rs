//! Pictures of replies, drawn for the platforms that show them.

use std::sync::Arc;

use crate::grammar::catalog::Catalog;
use crate::message::picture::Picture;
use crate::render::picture;
use crate::store::rows::OutboxRow;

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
pub async fn draw(row: &OutboxRow, catalog: &Arc<Catalog>) -> Vec<DrawnPicture> {
    let pictures = row.reply.pictures().to_vec();
    if pictures.is_empty() {
        return Vec::new();
    }
    let (language, catalog) = (row.language.clone(), catalog.clone());
    let draw_all = move || {
        let numbered = pictures.iter().enumerate();
        numbered.filter_map(|(number, picture)| drawn(number, picture, &language, &catalog)).collect()
    };
    tokio::task::spawn_blocking(draw_all).await.unwrap_or_else(|error| {
        // The text says what the picture would show.
        tracing::error!(%error, "a picture could not be drawn");
        Vec::new()
    })
}

fn drawn(number: usize, picture: &Picture, language: &str, catalog: &Catalog) -> Option<DrawnPicture> {
    let drawing = picture::drawing(picture, language, catalog);
    let alt = picture::alt(picture, language, catalog);
    Some(DrawnPicture { name: format!("picture-{}.png", number + 1), alt, png: drawing.png()?, size: drawing.size() })
}
