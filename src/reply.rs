//! A reply as the store keeps it, and what an answer to it must name.
//!
//! A reply is typed: the words are chosen when it is sent. Some replies ask something. A platform keeps the [`Asked`] of
//! such a reply beside its message, and hands it back with the answer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::commands::picture::Picture;
use crate::commands::reply::Line;
use crate::core::entry::{Hash, LogId, TextRef};
use crate::core::message::Name;
use crate::core::refusal::Refusal;

/// A reply as it is stored: typed, rendered when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// What was done.
    Lines(Vec<Line>),
    /// What would be done, for a yes or a no.
    Question(i64, Vec<Line>),
    /// Why nothing was done.
    Refusal(Refusal),
    /// In short, with pictures, and behind that at length.
    Post {
        /// What is read first.
        short: Vec<Line>,
        /// What is looked at.
        pictures: Vec<Picture>,
        /// What else there is to know.
        more: Vec<Line>,
    },
}

impl Reply {
    /// What was done, with what goes with it.
    pub fn of(lines: Vec<Line>, pictures: Vec<Picture>, more: Vec<Line>) -> Self {
        if pictures.is_empty() && more.is_empty() { Reply::Lines(lines) } else { Reply::Post { short: lines, pictures, more } }
    }

    /// Its lines, all of them.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        let (lines, more): (&[Line], &[Line]) = match self {
            Reply::Lines(lines) | Reply::Question(_, lines) => (lines, &[]),
            Reply::Post { short, more, .. } => (short, more),
            Reply::Refusal(_) => (&[], &[]),
        };
        lines.iter().chain(more)
    }

    /// What is said first, without what goes with it.
    pub fn first(&self) -> Cow<'_, Reply> {
        match self {
            Reply::Post { short, .. } => Cow::Owned(Reply::Lines(short.clone())),
            other => Cow::Borrowed(other),
        }
    }

    /// The pictures that go with it.
    pub fn pictures(&self) -> &[Picture] {
        if let Reply::Post { pictures, .. } = self { pictures } else { &[] }
    }

    /// What is said at length behind it.
    pub fn more(&self) -> Option<Reply> {
        match self {
            Reply::Post { more, .. } if !more.is_empty() => Some(Reply::Lines(more.clone())),
            _ => None,
        }
    }

    /// Whom the reply calls, by handle: those whose yes it waits for, who are in doubt, or who were paid.
    pub fn calls(&self) -> Vec<&Name> {
        fn of_line(line: &Line) -> Vec<&Name> {
            match line {
                Line::WaitsForPerson { person, .. } | Line::Flagged { person, .. } | Line::Paid { person, .. } => vec![person],
                Line::BatchRow { person, paid: Some(_), .. } => vec![person],
                Line::FlagStillOpen { resolvers, .. } => resolvers.iter().collect(),
                _ => Vec::new(),
            }
        }
        match self {
            Reply::Question(..) | Reply::Refusal(_) => Vec::new(),
            said => said.lines().flat_map(of_line).collect(),
        }
    }

    /// The files beside the journal that the reply shows.
    pub fn files(&self) -> Vec<TextRef> {
        let of_line = |line: &Line| if let Line::Receipts { kept, .. } = line { kept.clone() } else { Vec::new() };
        self.lines().flat_map(of_line).collect()
    }

    /// The file that the reply brings, its name and its text, and the reply without it; for platforms that can attach one.
    pub fn file(&self) -> Option<(&str, String, Reply)> {
        let Reply::Lines(lines) = self else { return None };
        let name = lines.iter().find_map(Line::opens_file)?;
        let of_file = |line: &&Line| matches!(line, Line::FileLine { .. });
        let text = |line: &Line| if let Line::FileLine { text } = line { format!("{text}\n") } else { String::new() };
        Some((name, lines.iter().map(text).collect(), Reply::Lines(lines.iter().filter(|line| !of_file(line)).cloned().collect())))
    }

    /// What the reply asks of whoever reads it, if it asks something.
    pub fn asks(&self) -> Option<About> {
        let of_line = |line: &Line| match line {
            Line::WaitsForPerson { log, .. } | Line::WaitsForAnother { log } | Line::WaitsForCustodian { log } => Some(About::Log(*log)),
            _ => None,
        };
        match self {
            Reply::Question(id, _) => Some(About::Question(*id)),
            said => said.lines().find_map(of_line),
        }
    }
}

/// What a reply of the bot's asked. A platform keeps it with the message, for whoever answers that message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The network's id.
    pub network: String,
    /// What was asked there.
    pub about: About,
    /// What it looked like when it was asked.
    pub shown: Fingerprint,
}

/// The first eight bytes of a hash of what was shown, in hexadecimal: by it, an answer to something else is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl From<Hash> for Fingerprint {
    fn from(hash: Hash) -> Self {
        Fingerprint(hash.to_string()[..16].to_owned())
    }
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The question of this number.
    Question(i64),
    /// Whether this log counts.
    Log(LogId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::entry::BatchId;
    use crate::core::money::Commodity;

    #[test]
    fn a_file_is_taken_out_of_its_reply() {
        let euros = Commodity::iso("EUR").unwrap().minor(100);
        let batch = BatchId(1);
        let opened = Line::BatchOpened {
            batch,
            format: crate::core::message::Term::from("csv"),
            count: 1,
            amount: euros,
            file: Name::from("B1.csv"),
        };
        let row = |text: &str| Line::FileLine { text: text.to_owned() };
        let reply = Reply::Lines(vec![opened.clone(), row("batch,person"), row("B1,ana"), Line::HowToPay { batch }]);
        let (name, text, rest) = reply.file().unwrap();
        assert_eq!((name, text.as_str()), ("B1.csv", "batch,person\nB1,ana\n"));
        assert_eq!(rest, Reply::Lines(vec![opened, Line::HowToPay { batch }]));
        assert_eq!(Reply::Lines(vec![row("talk")]).file(), None);
    }
}
