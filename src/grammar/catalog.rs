//! All commands with their texts, read from the command files.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::core::look::look;
use crate::core::name::Name;
use crate::grammar::guide::Guide;
use crate::grammar::line::without_tone;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::search::{Index, Weight};
use crate::grammar::spec::{Caller, Command, LANGUAGES, Shared, Texts, Trigger, Wording, Words};
use crate::grammar::synonym::{Synonym, Synonyms};
use crate::grammar::{spec, spelling, values};

/// Names that address several people or nobody, or the bot.
const ADDRESSED: [&str; 9] = ["admin", "all", "bot", "channel", "everyone", "fairshare", "here", "nobody", "system"];

/// All commands, each read from its file once.
pub struct Catalog {
    commands: Vec<Command>,
    shared: Shared,
    words: Words,
    synonyms: Synonyms,
    guide: Guide,
    index: Index,
    /// The English words of command names, by their translations without accents.
    meanings: HashMap<String, Vec<String>>,
    /// The names of commands, their aliases, and the first word of each.
    begins: HashSet<String>,
    /// The names of all options in all languages, without accents.
    option_names: HashSet<String>,
    /// The look of every word of the commands.
    reserved: HashSet<String>,
    texts: BTreeMap<String, Wording>,
}

/// The files that all commands share, as TOML.
#[derive(Debug, Clone, Copy)]
pub struct CommonFiles<'a> {
    /// `_shared.toml`: texts that several commands say.
    pub shared: &'a str,
    /// `_words.toml`: words in other languages.
    pub words: &'a str,
    /// `_synonyms.toml`: ordinary words for commands.
    pub synonyms: &'a str,
    /// `_help.toml`: everyday lines and topics.
    pub help: &'a str,
}

/// A command file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// It does not have the shape of [`Command`].
    #[error("commands/{file}.toml: {error}")]
    Toml {
        /// Which file.
        file: &'static str,
        /// What is wrong.
        error: Box<toml::de::Error>,
    },
    /// Two files have a text under the same key.
    #[error("commands/{file}.toml: the text `{key}` is already somebody else's")]
    TextTwice {
        /// Which file.
        file: &'static str,
        /// Which key.
        key: String,
    },
}

impl Catalog {
    /// Reads command files, each with its name and its TOML, and what belongs to all of them.
    ///
    /// # Errors
    /// A file has another shape than [`Command`] and the like, or two files have a text under one key.
    pub fn read(files: &[(&'static str, &str)], common: &CommonFiles) -> Result<Self, SpecError> {
        let toml_error = |file| move |error| SpecError::Toml { file, error: Box::new(error) };
        let shared: Shared = toml::from_str(common.shared).map_err(toml_error("_shared"))?;
        let words: Words = toml::from_str(common.words).map_err(toml_error("_words"))?;
        let synonyms = Synonyms::read(common.synonyms).map_err(toml_error("_synonyms"))?;
        let guide: Guide = toml::from_str(common.help).map_err(toml_error("_help"))?;
        let mut meanings: HashMap<String, Vec<String>> = HashMap::new();
        for (english, texts) in &words.command {
            texts
                .values()
                .for_each(|word| meanings.entry(spec::folded(word).into_owned()).or_default().push(english.clone()));
        }
        let commands = Vec::with_capacity(files.len());
        let mut catalog = Self {
            commands,
            shared,
            words,
            synonyms,
            guide,
            index: Index::default(),
            meanings,
            begins: HashSet::new(),
            option_names: HashSet::new(),
            reserved: HashSet::new(),
            texts: BTreeMap::new(),
        };
        let shared = &catalog.shared;
        let all = [&shared.everywhere, &shared.listed].into_iter().chain(shared.kinds.values());
        let mut texts: Vec<(&str, String, Wording)> =
            all.flatten().map(|(key, wording)| ("_shared", key.clone(), wording.clone())).collect();
        for (file, source) in files {
            let mut command: Command = toml::from_str(source).map_err(toml_error(file))?;
            command.names = catalog.words.names(&command.name);
            command.aliases = command.alias.as_ref().map(|alias| catalog.words.names(alias)).unwrap_or_default();
            for option in &mut command.options {
                option.names = catalog.words.option.get(&option.name).cloned().unwrap_or_default();
                option.typed = option.names.values().map(|name| spec::folded(name).into_owned()).collect();
                if !command.roles.contains(&Caller::System) {
                    let names = [&option.name].into_iter().chain(&option.aliases).chain(&option.typed);
                    catalog.option_names.extend(names.cloned());
                }
            }
            texts.extend(
                command.reply.iter().chain(&command.refusal).map(|(key, said)| (*file, key.clone(), said.clone())),
            );
            for name in [Some(&command.name), command.alias.as_ref()].into_iter().flatten() {
                catalog.begins.extend([name.clone(), name.split(' ').next().unwrap_or_default().to_owned()]);
            }
            catalog.commands.push(command);
        }
        catalog.reserved = catalog.reserved_words();
        catalog.index = catalog.indexed();
        for (file, key, text) in texts {
            if catalog.texts.insert(key.clone(), text).is_some() {
                return Err(SpecError::TextTwice { file, key });
            }
        }
        Ok(catalog)
    }

    /// All commands, in the order of the manual.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter()
    }

    /// The commands that people can type.
    pub fn typed(&self) -> impl Iterator<Item = &Command> {
        self.commands().filter(|command| !command.roles.contains(&Caller::System))
    }

    /// A command by name.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.commands().find(|command| command.name == name)
    }

    /// The command that answers an event.
    pub fn on(&self, trigger: Trigger) -> Option<&Command> {
        self.commands().find(|command| command.on == Some(trigger))
    }

    /// The first two words of a line in English, if a command or a group begins with them in any language.
    pub fn in_english(&self, typed: &[String]) -> Vec<String> {
        let Some(first) = typed.first() else { return Vec::new() };
        let meanings = |word: &str| {
            let others = self.meanings.get(spec::folded(word).as_ref()).into_iter().flatten().cloned();
            std::iter::once(word.to_owned()).chain(others).collect::<Vec<_>>()
        };
        let firsts = meanings(first);
        if let Some(second) = typed.get(1) {
            let seconds = meanings(second);
            let mut pairs = firsts.iter().flat_map(|one| seconds.iter().map(move |other| (one, other)));
            if let Some((one, other)) = pairs.find(|(one, other)| self.begins.contains(&format!("{one} {other}"))) {
                return vec![one.clone(), other.clone()];
            }
        }
        match firsts.into_iter().find(|word| self.begins.contains(word)) {
            Some(word) => std::iter::once(word).chain(typed.iter().skip(1).cloned()).collect(),
            None => typed.to_vec(),
        }
    }

    /// What the first words of a line mean if they name no command, and how many words that are. The name of a group
    /// has a meaning only alone, unless the line is only shown.
    pub fn synonym<'w>(&self, words: impl ExactSizeIterator<Item = &'w str>) -> Option<(&Synonym, usize)> {
        let count = words.len();
        let mut words = words.peekable();
        let first = words.peek().map(|word| word.to_lowercase());
        let found = self.synonyms.of(words)?;
        let names_group = self.in_english(first.as_slice()).first().is_some_and(|word| self.begins.contains(word));
        (!names_group || found.1 == count || found.0.asks).then_some(found)
    }

    /// The language besides English in which a line begins, if its first word tells: a word of a command or a synonym.
    pub fn language_of(&self, line: &str) -> Option<&'static str> {
        let line = without_tone(line).trim_start().trim_start_matches(['!', '/']);
        let first = spec::folded(line.split_whitespace().next()?).into_owned();
        if self.begins.contains(&first) {
            return None;
        }
        let is_word = |language: &str| {
            self.words.command.values().filter_map(|texts| texts.get(language)).any(|word| spec::folded(word) == first)
        };
        let begins = |language: &str| self.synonyms.begins_in(language, line) || is_word(language);
        let mut found = LANGUAGES.iter().skip(1).filter(|language| begins(language));
        found.next().copied().filter(|_| found.next().is_none())
    }

    /// The everyday lines and the topics.
    pub fn guide(&self) -> &Guide {
        &self.guide
    }

    /// The commands that a question in ordinary words is about, the best first.
    pub fn search(&self, question: &str, most: usize) -> Vec<&Command> {
        self.index.search(question, most).into_iter().filter_map(|name| self.command(name)).collect()
    }

    /// The words by which commands are found.
    fn indexed(&self) -> Index {
        let mut index = Index::default();
        for command in self.typed() {
            let name = &command.name;
            let others = command.names.values().chain(command.aliases.values()).chain(&command.alias);
            index.add(name, Weight::Name, std::iter::once(name).chain(others).map(String::as_str));
            index.add(name, Weight::Search, command.search.values().map(String::as_str));
            index.add(name, Weight::Summary, command.summary.values().map(String::as_str));
            let means_it = |synonym: &&Synonym| {
                synonym.means.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let phrases = self.synonyms.all().filter(means_it).flat_map(Synonym::phrases);
            // A phrase has words such as “what” and “how”.
            let (phrases, words): (Vec<&str>, Vec<&str>) = phrases.partition(|phrase| phrase.contains(' '));
            index.add(name, Weight::Search, words.into_iter());
            index.add(name, Weight::Summary, phrases.into_iter());
        }
        index
    }

    /// The synonyms.
    pub fn synonyms(&self) -> &Synonyms {
        &self.synonyms
    }

    /// A command by its short alias.
    pub fn by_alias(&self, alias: &str) -> Option<&Command> {
        self.commands().find(|command| command.alias.as_deref() == Some(alias))
    }

    /// The commands of a group (those that begin with this word), without those that only the system gives.
    pub fn group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Command> {
        let in_group = move |command: &&Command| command.name.split_once(' ').is_some_and(|(first, _)| first == group);
        self.typed().filter(in_group)
    }

    /// The look of every word that means something to a command. No handle may look like one of them.
    fn reserved_words(&self) -> HashSet<String> {
        let Words { command, option, term } = &self.words;
        let words = [command, option, term]
            .into_iter()
            .flatten()
            .flat_map(|(word, texts)| std::iter::once(word).chain(texts.values()));
        let names = self.begins.iter().flat_map(|name| name.split(' '));
        names.chain(words.map(String::as_str)).chain(ADDRESSED.iter().copied()).map(look).collect()
    }

    /// Whether a name means something in commands: it is one of their words, or reads like the number of an entry, as
    /// `l3` does.
    pub fn has_meaning(&self, name: &str) -> bool {
        let mut rest = name.chars();
        let is_entry =
            rest.next().is_some_and(char::is_alphabetic) && name.chars().count() > 1 && rest.all(char::is_numeric);
        is_entry || values::flag(name).is_some() || self.reserved.contains(&look(name))
    }

    /// The command that was probably meant.
    pub fn nearest(&self, typed: &str) -> Option<Name> {
        let names = self
            .typed()
            .flat_map(|command| [Some(command.name.as_str()), command.alias.as_deref(), command.name.split(' ').next()])
            .flatten();
        spelling::nearest(typed, names).map(Name::from)
    }

    /// Whether a command is looked for by this word.
    pub fn is_looked_for(&self, word: &str) -> bool {
        self.index.knows(word)
    }

    /// The command that was probably meant: by its spelling, or by what its first word says if it is one.
    pub fn meant(&self, typed: &str) -> Option<Name> {
        let begins = |word: &&str| self.is_looked_for(word);
        let best = || typed.split(' ').next().filter(begins).and_then(|_| self.index.best(typed));
        self.nearest(typed).or_else(|| best().map(Name::from))
    }

    /// Whether a line begins with a command or a group in any language, or with something close to one.
    pub fn is_near(&self, line: &str) -> bool {
        let line = without_tone(line);
        // Invisible characters don't make it another word; the parser reports them.
        let words = line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let typed: Vec<String> = words.take(2).map(str::to_lowercase).collect();
        let words = self.in_english(&typed);
        let Some(first) = words.first() else { return false };
        let begins_some = |word: &str| {
            let is_begun = |command: &Command| {
                command.alias.as_deref() == Some(word) || command.name.split(' ').next() == Some(word)
            };
            self.commands().any(is_begun)
        };
        let foreign = self.meanings.iter().filter(|(_, english)| english.iter().any(|word| begins_some(word)));
        begins_some(first)
            || self.synonym(line.split_whitespace().collect::<Vec<_>>().into_iter()).is_some()
            || self.is_looked_for(first)
            || self.nearest(first).is_some()
            || self.nearest(&words.join(" ")).is_some()
            || spelling::nearest(&spec::folded(first), foreign.map(|(word, _)| word.as_str())).is_some()
    }

    /// How a message is worded, by its key.
    pub fn wording(&self, key: &str) -> Option<&Wording> {
        self.texts.get(key)
    }

    /// The words for a message, by its key.
    pub fn text(&self, key: &str) -> Option<&Texts> {
        self.wording(key).map(|wording| &wording.texts)
    }

    /// A term in a language; the word itself if it is not a term.
    pub fn term<'a>(&'a self, word: &'a str, language: &str) -> &'a str {
        self.words.term.get(word).and_then(|texts| texts.get(language)).map_or(word, String::as_str)
    }

    /// Whether a typed word stands for a word such as `off`, in any language.
    pub fn means(&self, english: &str, typed: &str) -> bool {
        self.choice(&[english.to_owned()], typed.trim()).is_some()
    }

    /// Whether a typed word means its author. No handle looks like one of these.
    pub fn is_me(&self, typed: &str) -> bool {
        let typed = spec::folded(typed.trim());
        typed == "me" || self.words.is("me", &typed)
    }

    /// The choice of an option that a typed word stands for, in any language.
    pub fn choice<'a>(&self, choices: &'a [String], typed: &str) -> Option<&'a String> {
        let typed = spec::folded(typed);
        let is = |choice: &&String| {
            self.words.term.get(*choice).is_some_and(|texts| texts.values().any(|word| spec::folded(word) == typed))
        };
        choices.iter().find(|choice| **choice == typed).or_else(|| choices.iter().find(is))
    }

    /// Whether a word is the name of an option of some command, in any language.
    pub fn is_option(&self, name: &str) -> bool {
        self.option_names.contains(spec::folded(name).as_ref())
    }

    /// The words of commands, options and terms in the other languages.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// A word that a platform shows beside texts, by its key, in every language.
    pub fn word_texts(&self, key: &str) -> Option<&Texts> {
        self.shared.words.get(key)
    }

    /// Such a word in a language, or in English.
    pub fn word(&self, key: &str, language: &str) -> &str {
        self.word_texts(key).map_or("", |texts| spec::text_in(texts, language))
    }

    /// A command's path on platforms whose commands are a tree. A command whose name begins others becomes their
    /// `show`.
    pub fn path(&self, command: &Command) -> String {
        let begins_others = self.group(&command.name).next().is_some();
        if begins_others { format!("{} show", command.name) } else { command.name.clone() }
    }

    /// The path in a language.
    pub fn path_in(&self, command: &Command, language: &str) -> String {
        let show =
            || self.words.command.get("show").and_then(|texts| texts.get(language)).map_or("show", String::as_str);
        let is_tree = self.path(command) != command.name;
        if is_tree { format!("{} {}", command.name_in(language), show()) } else { command.name_in(language).to_owned() }
    }

    /// Whether a command's file declares that the command may say a message.
    pub fn declares(&self, command: &Command, key: &str) -> bool {
        let of_kind = |kind: &OptionKind| self.shared.kinds.get(kind).is_some_and(|texts| texts.contains_key(key));
        self.shared.everywhere.contains_key(key)
            || command.reply.contains_key(key)
            || command.refusal.contains_key(key)
            || command.says.iter().any(|said| said == key)
            || command.options.iter().any(|option| of_kind(&option.kind))
    }

    /// Every key that has a text.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }
}
