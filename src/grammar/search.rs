//! Finding a command by ordinary words, without knowing what it is called.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::grammar::spec::folded;
use crate::grammar::spelling;

/// The most words of a question that are looked up.
const MOST_WORDS: usize = 12;

/// The fewest letters by which a word is known as another form of a word.
const STEM: usize = 4;

/// How much a word says about a command.
#[derive(Debug, Clone, Copy)]
pub enum Weight {
    /// It is a word of the command's summary.
    Summary = 1,
    /// People look for the command by it.
    Search = 3,
    /// It is a word of the command's name.
    Name = 4,
}

/// Which commands each word is about, and how much it says of each.
#[derive(Debug, Default)]
pub struct Index {
    words: BTreeMap<String, BTreeMap<String, usize>>,
    commands: BTreeSet<String>,
}

impl Index {
    /// Adds the words of texts about a command.
    pub fn add<'t>(&mut self, command: &str, weight: Weight, texts: impl Iterator<Item = &'t str>) {
        self.commands.insert(command.to_owned());
        for word in texts.flat_map(words) {
            let said = self.words.entry(word).or_default().entry(command.to_owned()).or_default();
            *said = (*said).max(weight as usize);
        }
    }

    /// The commands that a question is about, the best first. A word of few commands says more than one of many.
    pub fn search(&self, question: &str, most: usize) -> Vec<&str> {
        let found = self.scored(question);
        let best = found.first().map_or(0, |(_, score)| *score);
        let good = found.into_iter().take_while(|(_, score)| 3 * score >= best);
        good.take(most).map(|(command, _)| command).collect()
    }

    /// The command that a question is about more than about any other.
    pub fn best(&self, question: &str) -> Option<&str> {
        match self.scored(question).as_slice() {
            [(first, best), (_, second), ..] if best > second => Some(first),
            [(only, _)] => Some(only),
            _ => None,
        }
    }

    /// Whether a word belongs to some command, as it is.
    pub fn knows(&self, word: &str) -> bool {
        self.words.get(folded(word).as_ref()).is_some_and(is_looked_for)
    }

    fn scored(&self, question: &str) -> Vec<(&str, usize)> {
        let mut scores: HashMap<&str, usize> = HashMap::new();
        for word in words(question).take(MOST_WORDS) {
            let about = self.about(&word);
            let rarity = self.commands.len() - about.len();
            for (command, weight) in about {
                *scores.entry(command).or_default() += weight * rarity;
            }
        }
        let mut found: Vec<(&str, usize)> = scores.into_iter().filter(|(_, score)| *score > 0).collect();
        found.sort_by_key(|(command, score)| (Reverse(*score), *command));
        found
    }

    /// What a word and its other forms say of each command; or the word that it is a misspelling of.
    fn about(&self, word: &str) -> BTreeMap<&str, usize> {
        let is_form = |known: &str| {
            let (short, long) = if known.len() < word.len() { (known, word) } else { (word, known) };
            short == long || short.chars().count() >= STEM && long.starts_with(short)
        };
        let mut forms: Vec<_> = self.words.iter().filter(|(known, _)| is_form(known)).map(|(_, said)| said).collect();
        if forms.is_empty() && word.chars().count() > STEM {
            let known = self.words.iter().filter(|(_, said)| is_looked_for(said));
            let nearest = spelling::nearest(word, known.map(|(known, _)| known.as_str()));
            forms.extend(nearest.and_then(|known| self.words.get(known)));
        }
        let mut about = BTreeMap::new();
        for (command, weight) in forms.into_iter().flatten() {
            let said: &mut usize = about.entry(command.as_str()).or_default();
            *said = (*said).max(*weight);
        }
        about
    }
}

/// Whether a word is more to some command than one of its summary.
fn is_looked_for(said: &BTreeMap<String, usize>) -> bool {
    said.values().any(|weight| *weight > Weight::Summary as usize)
}

/// The words of a text as they are looked up: in lower case and without accents. Short ones say
/// nothing.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2);
    words.map(|word| folded(word).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_find_and_frequent_ones_do_not() {
        let mut index = Index::default();
        for (command, about) in [
            ("log undo", "fix a mistake in your log"),
            ("log list", "see your log"),
            ("task list", "see your tasks"),
            ("me", "see what is in your account"),
        ] {
            index.add(command, Weight::Name, [command].into_iter());
            index.add(command, Weight::Search, [about].into_iter());
        }
        assert_eq!(index.search("How do I fix your mistakes?", 3), ["log undo"]);
        assert_eq!(index.search("tsaks", 3), ["task list"], "misspelt");
        assert_eq!(index.search("LISTS", 3), ["log list", "task list"]);
        assert_eq!(index.search("your", 3), Vec::<&str>::new(), "it is about every command");
        assert_eq!(index.search("zebra !?", 3), Vec::<&str>::new());
    }
}
