//! A reply as it is stored: typed, rendered when it is sent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::core::ids::TextRef;
use crate::core::name::Name;
use crate::message::asked::About;
use crate::message::line::Line;
use crate::message::picture::Picture;
use crate::message::refusal::Refusal;

/// A reply as it is stored: typed, rendered when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// What was done.
    Lines(Vec<Line>),
    /// What would be done, to be answered with yes or no.
    Question(i64, Vec<Line>),
    /// Why nothing was done.
    Refusal(Refusal),
    /// A short text with pictures, and a longer one after it.
    Post {
        /// The short text.
        short: Vec<Line>,
        /// The pictures.
        pictures: Vec<Picture>,
        /// The longer text.
        more: Vec<Line>,
    },
}

impl Reply {
    /// A reply with these lines, pictures and longer text.
    pub fn of(lines: Vec<Line>, pictures: Vec<Picture>, more: Vec<Line>) -> Self {
        if pictures.is_empty() && more.is_empty() {
            Reply::Lines(lines)
        } else {
            Reply::Post { short: lines, pictures, more }
        }
    }

    /// All of its lines.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        let (lines, more): (&[Line], &[Line]) = match self {
            Reply::Lines(lines) | Reply::Question(_, lines) => (lines, &[]),
            Reply::Post { short, more, .. } => (short, more),
            Reply::Refusal(_) => (&[], &[]),
        };
        lines.iter().chain(more)
    }

    /// Its first part, without pictures and longer text.
    pub fn first(&self) -> Cow<'_, Reply> {
        match self {
            Reply::Post { short, .. } => Cow::Owned(Reply::Lines(short.clone())),
            other => Cow::Borrowed(other),
        }
    }

    /// Its pictures.
    pub fn pictures(&self) -> &[Picture] {
        if let Reply::Post { pictures, .. } = self { pictures } else { &[] }
    }

    /// The longer text.
    pub fn more(&self) -> Option<Reply> {
        match self {
            Reply::Post { more, .. } if !more.is_empty() => Some(Reply::Lines(more.clone())),
            _ => None,
        }
    }

    /// The people that the reply calls by handle: those who must agree, whose log is in doubt, or who were paid.
    pub fn calls(&self) -> Vec<&Name> {
        match self {
            Reply::Question(..) | Reply::Refusal(_) => Vec::new(),
            Reply::Lines(_) | Reply::Post { .. } => self.lines().flat_map(|line| line.roles().calls).collect(),
        }
    }

    /// The files beside the journal that the reply shows.
    pub fn receipts(&self) -> Vec<TextRef> {
        self.lines().flat_map(|line| line.roles().shows).copied().collect()
    }

    /// The file in the reply, as name and text, and the reply without it; for platforms that can attach files.
    pub fn attachment(&self) -> Option<(&str, String, Reply)> {
        let Reply::Lines(lines) = self else { return None };
        let name = lines.iter().find_map(|line| line.roles().opens)?;
        let text = lines.iter().filter_map(|line| line.roles().writes).map(|line| format!("{line}\n")).collect();
        let others = lines.iter().filter(|line| line.roles().writes.is_none()).cloned().collect();
        Some((name, text, Reply::Lines(others)))
    }

    /// What the reply asks its readers, if anything.
    pub fn asks(&self) -> Option<About> {
        match self {
            Reply::Question(id, _) => Some(About::Question(*id)),
            Reply::Refusal(_) => None,
            Reply::Lines(_) | Reply::Post { .. } => self.lines().find_map(|line| line.roles().asks).map(About::Log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::BatchId;
    use crate::core::money::{Commodity, Minor};
    use crate::message::money::MoneyLine;
    use crate::message::room::RoomLine;

    #[test]
    fn a_file_is_taken_out_of_its_reply() {
        let euros = Commodity::iso("EUR").unwrap().minor(Minor(100));
        let batch = BatchId(1);
        let opened: Line = MoneyLine::BatchOpened {
            batch,
            format: crate::message::field::Term::from("csv"),
            count: 1,
            amount: euros,
            file: Name::from("B1.csv"),
        }
        .into();
        let row = |text: &str| RoomLine::FileLine { text: text.to_owned() }.into();
        let reply = Reply::Lines(vec![
            opened.clone(),
            row("batch,person"),
            row("B1,ana"),
            MoneyLine::HowToPay { batch }.into(),
        ]);
        let (name, text, rest) = reply.attachment().unwrap();
        assert_eq!((name, text.as_str()), ("B1.csv", "batch,person\nB1,ana\n"));
        assert_eq!(rest, Reply::Lines(vec![opened, MoneyLine::HowToPay { batch }.into()]));
        assert_eq!(Reply::Lines(vec![row("talk")]).attachment(), None);
    }
}
