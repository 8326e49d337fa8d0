//! Words in three languages, and pictures, made safe to show.
//!
//! A reply becomes a [`document`]: titles, sentences, facts, tables. [`text`] lays it out in plain text, [`terminal`]
//! for a terminal, [`matrix`] in HTML, [`discord`] in Discord's markdown. [`compose`] puts the fields of a message into
//! its words, [`safe`] keeps what people wrote from affecting the text around it.

pub mod compose;
pub mod discord;
pub(crate) mod document;
pub mod draw;
mod fold;
pub mod language;
mod lettering;
pub mod matrix;
pub mod picture;
pub mod safe;
pub mod terminal;
pub mod text;
pub(crate) mod typed;
