//! What the program can say: typed messages, never free text.

pub mod asked;
pub mod bar;
pub mod field;
pub mod line;
pub mod notice;
pub mod picture;
pub mod refusal;
pub mod reply;
