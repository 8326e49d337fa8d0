//! What rooms, accounts and networks prefer.

use std::collections::BTreeSet;

use crate::core::time::Minutes;

/// A kind of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreferenceKind {
    /// The language of replies.
    Language,
    /// The news that a room gets.
    News,
    /// How long a room gets no news of a campaign after some.
    Quiet,
}

impl PreferenceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Language, Self::News, Self::Quiet];

    /// The kind of a word. `None` for one that only a newer program knows.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word under which it is stored.
    pub fn word(self) -> &'static str {
        match self {
            PreferenceKind::Language => "language",
            PreferenceKind::News => "news",
            PreferenceKind::Quiet => "quiet",
        }
    }
}

/// A kind of news that rooms choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NewsKind {
    /// How pools go on.
    Campaign,
    /// Tasks that are opened, taken and done.
    Tasks,
    /// Income and distributions.
    Money,
    /// Payments to people.
    Payments,
}

impl NewsKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Campaign, Self::Tasks, Self::Money, Self::Payments];

    /// The word that people choose it by.
    pub fn word(self) -> &'static str {
        match self {
            NewsKind::Campaign => "campaign",
            NewsKind::Tasks => "tasks",
            NewsKind::Money => "money",
            NewsKind::Payments => "payments",
        }
    }
}

/// A preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preference {
    /// Replies are in the language of this code.
    Language(String),
    /// A room gets this news and no other.
    News(BTreeSet<NewsKind>),
    /// A room gets no news of a campaign for so long after some.
    Quiet(Minutes),
}

impl Preference {
    /// Its kind.
    pub fn kind(&self) -> PreferenceKind {
        match self {
            Preference::Language(_) => PreferenceKind::Language,
            Preference::News(_) => PreferenceKind::News,
            Preference::Quiet(_) => PreferenceKind::Quiet,
        }
    }

    /// What it is stored as: a code, words between spaces, or a number of minutes.
    pub fn stored(&self) -> String {
        match self {
            Preference::Language(code) => code.clone(),
            Preference::News(kinds) => kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" "),
            Preference::Quiet(time) => time.0.to_string(),
        }
    }

    /// The preference of a kind that is stored as this. `None` if it can't be read. Kinds of news that only a newer
    /// program knows are left out.
    pub fn of_stored(kind: PreferenceKind, stored: &str) -> Option<Self> {
        let news = |word: &str| NewsKind::ALL.into_iter().find(|kind| kind.word() == word);
        match kind {
            PreferenceKind::Language => Some(Preference::Language(stored.to_owned())),
            PreferenceKind::News => Some(Preference::News(stored.split_whitespace().filter_map(news).collect())),
            PreferenceKind::Quiet => stored.parse().ok().map(|minutes| Preference::Quiet(Minutes(minutes))),
        }
    }
}
