//! Translates code to type from English into the reader's language: the command, the names of its options, its choices.
//! Values (numbers, names) stay.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::grammar::spec::{Command, Opt};

/// Words that mean the same in every command, besides choices.
const WORDS: [&str; 10] = ["all", "new", "off", "yes", "no", "today", "yesterday", "weekly", "daily", "monthly"];

/// A command line as it is typed in a language; the same for other code with an option or a choice in it.
pub fn typed<'a>(code: &'a str, language: &str, catalog: &Catalog) -> Cow<'a, str> {
    if language == "en" {
        return Cow::Borrowed(code);
    }
    let Some(line) = code.strip_prefix('!') else {
        // Several options. Code with spaces and without options is no part of a command.
        if code.contains(' ') && !code.contains(':') {
            return Cow::Borrowed(code);
        }
        let parts = code.split(' ').map(|word| part(word, None, language, catalog));
        return Cow::Owned(parts.collect::<Vec<_>>().join(" "));
    };
    let words: Vec<&str> = line.split(' ').collect();
    let (begun, used, command) = begun(&words, language, catalog);
    if command.is_some_and(|command| command.name == "help") {
        let about = words.get(used..).unwrap_or_default().join(" ");
        let about = match catalog.guide().topic(&about) {
            Some(topic) => topic.name_in(language).to_owned(),
            None => command_name(&about, language, catalog),
        };
        return Cow::Owned(format!("!{begun} {about}").trim_end().to_owned());
    }
    let free = free_words(line, catalog);
    let rest = words.iter().skip(used).map(|word| match free.contains(*word) {
        true => (*word).to_owned(),
        false => part(word, command, language, catalog),
    });
    Cow::Owned(format!("!{}", std::iter::once(begun).chain(rest).collect::<Vec<_>>().join(" ")))
}

/// The words of a line that somebody wrote: those of texts and names. They stay as they are.
fn free_words(line: &str, catalog: &Catalog) -> BTreeSet<String> {
    let Ok(call) = parse::text(line, catalog) else { return BTreeSet::new() };
    let Some(command) = catalog.command(&call.command) else { return BTreeSet::new() };
    let texts =
        call.options.iter().filter(|(name, _)| command.option(name).is_some_and(|option| option.kind.is_called()));
    texts.flat_map(|(_, text)| text.split(' ').map(str::to_owned)).collect()
}

/// The words that name the command, how many they were, and the command.
fn begun<'r>(words: &[&str], language: &str, catalog: &'r Catalog) -> (String, usize, Option<&'r Command>) {
    let first = words.first().copied().unwrap_or_default();
    if let Some(second) = words.get(1)
        && let Some(command) = catalog.command(&format!("{first} {second}"))
    {
        return (command.name_in(language).to_owned(), 2, Some(command));
    }
    if let Some(command) = catalog.by_alias(first) {
        return (command.aliases.get(language).cloned().unwrap_or_else(|| first.to_owned()), 1, Some(command));
    }
    match catalog.command(first) {
        Some(command) => (command.name_in(language).to_owned(), 1, Some(command)),
        // A group by itself.
        None => (
            catalog
                .words()
                .command
                .get(first)
                .and_then(|texts| texts.get(language))
                .map_or(first, String::as_str)
                .to_owned(),
            1,
            None,
        ),
    }
}

/// A word after the command: `task:`, `task:#3`, `<task>`, `[task]`, a choice, or a value.
fn part(word: &str, command: Option<&Command>, language: &str, catalog: &Catalog) -> String {
    let option = |name: &str| match command {
        Some(command) => command.option(name).map(|option| option.name_in(language).to_owned()),
        None => catalog.words().option.get(name).and_then(|texts| texts.get(language)).cloned(),
    };
    let choice = |word: &str| {
        let is_choice = command.is_none_or(|command| {
            command.options.iter().any(|option| option.choices.iter().any(|choice| choice == word))
        });
        if is_choice || WORDS.contains(&word) { catalog.term(word, language).to_owned() } else { word.to_owned() }
    };
    let in_brackets = [("<", ">"), ("[", "]")].into_iter().find_map(|(open, close)| {
        let inner = word.strip_prefix(open)?.strip_suffix(close)?;
        Some(format!("{open}{}{close}", option(inner).unwrap_or_else(|| inner.to_owned())))
    });
    if let Some(named) = in_brackets {
        return named;
    }
    match word.split_once(':') {
        Some((name, value)) => match option(name) {
            Some(name) if value.starts_with('<') => format!("{name}:{}", part(value, command, language, catalog)),
            Some(shown) => match command.and_then(|command| command.option(name)) {
                Some(option) => format!("{shown}:{}", crate::render::typed::value(value, option, language, catalog)),
                None => format!("{shown}:{}", choice(value)),
            },
            None => word.to_owned(),
        },
        None => match choice(word) {
            same if same == word && command.is_none() => option(word).unwrap_or(same),
            other => other,
        },
    }
}

/// A value of an option: translated if it is a known word, else as it is.
pub fn value<'a>(value: &'a str, option: &Opt, language: &str, catalog: &'a Catalog) -> &'a str {
    let is_ours =
        option.choices.iter().any(|choice| choice == value) || (WORDS.contains(&value) && !option.kind.is_called());
    if is_ours { catalog.term(value, language) } else { value }
}

/// A command's name, or the first word of several, in a language.
pub(crate) fn command_name(name: &str, language: &str, catalog: &Catalog) -> String {
    let word = |word: &str| {
        catalog
            .words()
            .command
            .get(word)
            .and_then(|texts| texts.get(language))
            .cloned()
            .unwrap_or_else(|| word.to_owned())
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_reads_in_the_readers_language() {
        let catalog = crate::commands::registry::catalog().unwrap();
        for (english, french) in [
            ("!log 2h30 wiring task:#1", "!noter 2h30 wiring tâche:#1"),
            ("!task take #1", "!tâche prendre #1"),
            ("project:", "projet:"),
            ("2h30", "2h30"),
            ("work = 2", "work = 2"),
            ("technician:ana technician-time:30m", "technicien:ana temps-technicien:30m"),
            ("!summary project:new since:yesterday picture:no", "!résumé projet:new depuis:hier image:non"),
            ("!log 2h new design", "!noter 2h new design"),
            ("!log 2h <task> today", "!noter 2h <task> aujourd'hui"),
            ("!help", "!aide"),
            ("!help work", "!aide travail"),
            ("!help task take", "!aide tâche prendre"),
        ] {
            assert_eq!(typed(english, "fr", &catalog), french);
            assert_eq!(typed(english, "en", &catalog), english);
        }
        // What is shown is understood when it is typed.
        for command in catalog.commands() {
            for example in &command.examples {
                for language in ["fr", "es"] {
                    let line = typed(&format!("!{example}"), language, &catalog).into_owned();
                    let read = |line: &str| crate::grammar::parse::text(line.trim_start_matches('!'), &catalog);
                    let (theirs, ours) =
                        (read(&line).unwrap_or_else(|refusal| panic!("{line}: {refusal:?}")), read(example).unwrap());
                    assert_eq!((&theirs.command, theirs.options.len()), (&ours.command, ours.options.len()), "{line}");
                }
            }
        }
    }
}
