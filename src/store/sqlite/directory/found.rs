//! What a row of the directory's tables says.

use crate::core::ids::TextRef;
use crate::directory::{DirectoryChange, FileAbout};

/// What a row says.
pub enum DirectoryRow {
    /// What a change had said.
    Change(DirectoryChange),
    /// A file, without its bytes.
    File(TextRef, FileAbout),
    /// The number of the last question that was ever asked.
    LastQuestion(i64),
    /// Nothing for the directory.
    Nothing,
}
