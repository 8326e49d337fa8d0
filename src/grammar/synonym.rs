//! Ordinary words that people type in place of commands.

use std::collections::HashMap;

use serde::Deserialize;

use crate::grammar::spec::folded;

/// The most words of a phrase.
const MOST_WORDS: usize = 5;

/// `commands/_synonyms.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymFile {
    synonym: Vec<Synonym>,
}

/// Phrases that mean a command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonym {
    /// The command line that they mean, in English.
    pub means: String,
    /// Whether the line is only shown, since it would change something.
    #[serde(default)]
    pub asks: bool,
    en: Vec<String>,
    fr: Vec<String>,
    es: Vec<String>,
}

/// All synonyms.
#[derive(Debug, Default)]
pub struct Synonyms {
    all: Vec<Synonym>,
    /// The place in `all` of each phrase, in lower case and without accents.
    places: HashMap<String, usize>,
}

impl Synonyms {
    /// Reads the file.
    ///
    /// # Errors
    /// The file has another shape.
    pub fn read(source: &str) -> Result<Self, toml::de::Error> {
        let SynonymFile { synonym: all } = toml::from_str(source)?;
        let phrases = |(place, synonym): (usize, &Synonym)| {
            let all = [&synonym.en, &synonym.fr, &synonym.es].into_iter().flatten();
            all.map(|phrase| (folded(phrase).into_owned(), place)).collect::<Vec<_>>()
        };
        let places = all.iter().enumerate().flat_map(phrases).collect();
        Ok(Self { all, places })
    }

    /// What the first of these words mean, and how many words that are: of the longest phrase.
    pub fn of<'w>(&self, words: impl Iterator<Item = &'w str>) -> Option<(&Synonym, usize)> {
        let words: Vec<String> = words.take(MOST_WORDS).map(|word| folded(word).into_owned()).collect();
        (1..=words.len()).rev().find_map(|count| {
            let place = self.places.get(&words.get(..count)?.join(" "))?;
            Some((self.all.get(*place)?, count))
        })
    }

    /// Whether a line begins with a phrase of a language that isn't also one of English.
    pub fn begins_in(&self, language: &str, line: &str) -> bool {
        let line = folded(line).into_owned();
        let begins = |phrase: &String| {
            line.strip_prefix(&*folded(phrase)).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        self.all.iter().any(|synonym| {
            let theirs = match language {
                "fr" => &synonym.fr,
                "es" => &synonym.es,
                _ => &synonym.en,
            };
            theirs.iter().any(begins) && !synonym.en.iter().any(begins)
        })
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Synonym> {
        self.all.iter()
    }
}

impl Synonym {
    /// Its phrases.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        [&self.en, &self.fr, &self.es].into_iter().flatten().map(String::as_str)
    }
}
