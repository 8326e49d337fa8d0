//! The texts of the command files keep to docs/WORDS.md: one word a thing, short sentences, parts that fit.

use std::collections::BTreeSet;

use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::spec::{LANGUAGES, Texts, Wording, text_in};
use fairshare::message::part::Part;

use crate::wording::CATALOG;
use crate::world::root;

/// The most words of a sentence, by language: French and Spanish need more for the same.
const LONGEST: [(&str, usize); 3] = [("en", 20), ("fr", 24), ("es", 24)];

/// The rows of the tables of docs/WORDS.md with so many columns, without their heads.
fn rows(columns: usize) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("docs/WORDS.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let (mut rows, mut is_body) = (Vec::new(), false);
    for line in page.lines() {
        is_body = line.starts_with('|') && (is_body || line.starts_with("|---"));
        if is_body && !line.starts_with("|---") {
            rows.push(cells(line));
        }
    }
    rows.retain(|row| row.len() == columns);
    rows
}

/// Every text that people read, with what it is.
fn texts(catalog: &Catalog) -> Vec<(String, &Texts)> {
    let said = catalog.keys().map(|key| (key.to_owned(), catalog.text(key).unwrap()));
    let mut texts: Vec<_> = said.collect();
    for command in catalog.commands() {
        let own = [("summary", &command.summary), ("notes", &command.notes), ("button", &command.button)];
        texts.extend(own.into_iter().map(|(what, texts)| (format!("{} {what}", command.name), texts)));
        texts.extend(command.options.iter().map(|option| (format!("{} {}", command.name, option.name), &option.help)));
    }
    texts
}

/// A text with one word in place of each value, of each choice by number and of what is typed.
fn words(text: &str) -> String {
    let mut words = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            words.push('x');
            continue;
        }
        let mut rest = part;
        while let Some((before, after)) = rest.split_once('{') {
            let (field, after) = after.split_once('}').unwrap();
            words.extend([before, field.split('|').nth(1).unwrap_or("x")]);
            rest = after;
        }
        words.push_str(rest);
    }
    words
}

/// The sentences of a text: of what is always there, and of each part that may be left out.
fn sentences(text: &str) -> Vec<String> {
    let words = words(text);
    let mut always = String::new();
    let mut parts = Vec::new();
    for (number, part) in words.split(['[', ']']).enumerate() {
        if number % 2 == 0 { always.push_str(part) } else { parts.push(part.to_owned()) }
    }
    parts.push(always);
    let ends = |text: &str| {
        let mut text = text.to_owned();
        for end in [". ", "! ", "? ", ": ", "; ", " · ", " | ", " — "] {
            text = text.replace(end, "\n");
        }
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    parts.iter().flat_map(|part| ends(part)).collect()
}

#[test]
fn sentences_are_short() {
    let catalog = &*CATALOG;
    for (what, texts) in texts(catalog) {
        for (language, most) in LONGEST {
            for sentence in sentences(text_in(texts, language)) {
                let count = sentence.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
                assert!(count <= most, "{what} ({language}): {count} words: {sentence}");
            }
        }
    }
}

#[test]
fn words_that_are_not_used_are_not_there() {
    let banned = rows(3).into_iter().filter(|row| LANGUAGES.contains(&row[0].as_str()));
    let banned: Vec<(String, String)> = banned
        .flat_map(|row| row[1].split(", ").map(|word| (row[0].clone(), word.to_owned())).collect::<Vec<_>>())
        .collect();
    assert!(banned.len() > 20, "{banned:?}");
    for (what, texts) in texts(&CATALOG) {
        for (language, word) in &banned {
            let raw = text_in(texts, language).to_lowercase();
            // What ends in a backtick is about what is typed; the rest is about words.
            let text = if word.ends_with('`') { raw } else { words(&raw) };
            let is_word = |at: usize| {
                let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                outside(text[..at].chars().next_back())
                    && (word.ends_with('`') || outside(text[at + word.len()..].chars().next()))
            };
            let found = text.match_indices(word.as_str()).any(|(at, _)| is_word(at));
            assert!(!found, "{what} ({language}) says “{word}”: {text}");
        }
    }
}

/// The glossary's words are in use: a word that no text has is not the one word for its thing.
#[test]
fn the_words_of_the_glossary_are_the_ones_in_use() {
    let glossary: Vec<Vec<String>> = rows(4).into_iter().collect();
    assert!(glossary.len() > 20);
    for (place, language) in LANGUAGES.iter().enumerate() {
        let all: String =
            texts(&CATALOG).iter().map(|(_, texts)| text_in(texts, language).to_lowercase() + "\n").collect();
        for row in &glossary {
            assert!(all.contains(&row[place + 1].to_lowercase()), "no text ({language}) says “{}”", row[place + 1]);
        }
    }
}

/// The cells of a text, without what may be left out.
fn cells(text: &str) -> usize {
    let always: String = text.split(['[', ']']).step_by(2).collect();
    always.split(Wording::BETWEEN).count()
}

#[test]
fn every_part_has_the_cells_that_it_needs() {
    let catalog = &*CATALOG;
    for key in catalog.keys() {
        let wording = catalog.wording(key).unwrap();
        for language in LANGUAGES {
            let text = text_in(&wording.texts, language);
            let count = cells(text);
            match wording.part {
                Part::Title | Part::Sentence | Part::Note => assert_eq!(count, 1, "{key} ({language}): {text}"),
                Part::Fact => assert_eq!(count, 2, "{key} ({language}): {text}"),
                Part::Row | Part::Total => assert!(count > 1, "{key} ({language}): {text}"),
            }
            let heads = text_in(&wording.heads, language);
            assert!(heads.is_empty() || heads.split(Wording::BETWEEN).count() == count, "{key} ({language}): {heads}");
            assert!(text.split(['[', ']']).skip(1).step_by(2).all(|part| !part.contains(Wording::BETWEEN)), "{text}");
        }
        let with_heads: BTreeSet<&String> = wording.heads.keys().collect();
        assert!(with_heads.is_empty() || with_heads.len() == LANGUAGES.len(), "{key} has heads in {with_heads:?}");
        assert!(wording.next.len() <= 3, "{key} offers more than three commands");
    }
}
