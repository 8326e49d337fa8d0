//! Words in three languages, and pictures, made safe to show.
//!
//! [`text`] lays a reply out for consoles and Matrix, [`discord`] for Discord. [`compose`] puts the fields of a message
//! into its words, [`safe`] keeps what people wrote from affecting the text around it.

pub mod compose;
pub mod discord;
pub mod draw;
pub mod language;
pub mod picture;
pub mod safe;
pub mod text;
pub(crate) mod typed;
