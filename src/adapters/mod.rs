//! The platforms: each turns what is said there into [`Inbound`](crate::incoming::Inbound) messages, and delivers replies. [`date`]
//! asks their servers what time it is.

pub mod console;
pub mod date;
pub mod discord;
pub mod matrix;

use std::sync::Arc;

use crate::grammar::catalog::Catalog;
use crate::render::picture;
use crate::store::rows::OutboxRow;

/// A picture as it is sent.
#[derive(Debug, Clone)]
struct Drawn {
    name: String,
    /// What it shows, for whoever can't see it.
    alt: String,
    png: Vec<u8>,
    /// Pixels across and down.
    size: (u32, u32),
}

/// The pictures of a row's reply. They are drawn beside everything else: each takes a while.
async fn drawn(row: &OutboxRow, catalog: &Arc<Catalog>) -> Vec<Drawn> {
    let (pictures, language, catalog) = (row.reply.pictures().to_vec(), row.language.clone(), catalog.clone());
    if pictures.is_empty() {
        return Vec::new();
    }
    let draw = move || {
        let one = |(number, picture): (usize, &crate::message::picture::Picture)| {
            let drawing = picture::drawing(picture, &language, &catalog);
            let alt = picture::alt(picture, &language, &catalog);
            Some(Drawn { name: format!("picture-{}.png", number + 1), alt, png: drawing.png()?, size: drawing.size() })
        };
        pictures.iter().enumerate().filter_map(one).collect()
    };
    tokio::task::spawn_blocking(draw).await.unwrap_or_else(|error| {
        // What it shows stands in the text as well.
        tracing::error!(%error, "a picture could not be drawn");
        Vec::new()
    })
}
