//! What `help` shows first: lines by role, and topics.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::grammar::spec::{Caller, Texts, folded, text_in};

/// `commands/_help.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Lines that people of a role need most, as they are typed, the most needed first.
    pub everyday: BTreeMap<Caller, Vec<String>>,
    /// The topics, the most needed first.
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
}

/// Commands that belong together for people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The word for it in English.
    pub name: String,
    /// The word in other languages.
    pub names: Texts,
    /// What it is about.
    pub title: Texts,
    /// Its commands by name, the most needed first.
    pub commands: Vec<String>,
}

impl Topic {
    /// Its name in a language.
    pub fn name_in(&self, language: &str) -> &str {
        self.names.get(language).unwrap_or(&self.name)
    }

    /// Its title in a language.
    pub fn title_in(&self, language: &str) -> &str {
        text_in(&self.title, language)
    }
}

impl Guide {
    /// The lines that somebody with these roles needs most: of each role in turn.
    pub fn everyday(&self, roles: &[Caller], most: usize) -> Vec<&str> {
        let lists: Vec<&Vec<String>> = roles.iter().filter_map(|role| self.everyday.get(role)).collect();
        let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        let mut lines: Vec<&str> = Vec::new();
        for line in (0..longest).flat_map(|place| lists.iter().filter_map(move |list| list.get(place))) {
            if lines.len() < most && !lines.contains(&line.as_str()) {
                lines.push(line);
            }
        }
        // What one has oneself comes before what one does for others.
        lines.sort_by_key(|line| lists.iter().position(|list| list.iter().any(|of| of == line)));
        lines
    }

    /// A topic by its name in any language.
    pub fn topic(&self, typed: &str) -> Option<&Topic> {
        let typed = folded(typed);
        let is_called =
            |topic: &&Topic| std::iter::once(&topic.name).chain(topic.names.values()).any(|name| folded(name) == typed);
        self.topics.iter().find(is_called)
    }
}
