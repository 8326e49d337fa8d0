//! Words in three languages, pictures, and making both safe to show.
//!
//! [`text`] lays a reply out for consoles and Matrix, [`discord`] for Discord. [`compose`] puts the fields of a
//! message into its words, [`safe`] keeps what people wrote from acting on its surroundings.

pub mod compose;
pub mod discord;
pub mod draw;
pub mod language;
pub mod picture;
pub mod safe;
pub mod text;
pub(crate) mod typed;
