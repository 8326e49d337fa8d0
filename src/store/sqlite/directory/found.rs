//! The content of rows of the directory's tables.

use crate::core::ids::TextRef;
use crate::directory::{DirectoryChange, FileAbout};

/// The content of a row.
pub enum DirectoryRow {
    /// The change that wrote it.
    Change(DirectoryChange),
    /// A file, without its bytes.
    File(TextRef, FileAbout),
    /// The number of the last question that was ever asked.
    LastQuestion(i64),
    /// Nothing for the directory.
    Nothing,
}
