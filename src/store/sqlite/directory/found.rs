//! What a row of the directory's tables says.

use crate::core::ids::TextRef;
use crate::directory::{FileAbout, Write};

/// What a row says.
pub enum Found {
    /// What a change had said.
    Write(Write),
    /// A file, without its bytes.
    File(TextRef, FileAbout),
    /// The number of the last question that was ever asked.
    LastQuestion(i64),
    /// Nothing for the directory.
    Nothing,
}
