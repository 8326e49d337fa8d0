//! The parts that a reply is made of. Each platform lays them out in its own way.

use serde::Deserialize;

/// What a line of a reply is in it. Lines of one kind after each other belong together: facts make a list, rows make a
/// table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// What the reply is about.
    Title,
    /// A sentence.
    #[default]
    Sentence,
    /// A label and its value.
    Fact,
    /// A row of a table.
    Row,
    /// The last row of a table, which adds up the others.
    Total,
    /// What is good to know, in small print.
    Note,
}

impl Part {
    /// Whether it stands in a table.
    pub fn is_in_table(self) -> bool {
        match self {
            Part::Row | Part::Total => true,
            Part::Title | Part::Sentence | Part::Fact | Part::Note => false,
        }
    }
}
