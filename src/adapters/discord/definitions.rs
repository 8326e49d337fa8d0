//! The commands as they are registered with Discord, made from the command files. A word that begins several commands
//! is one command with subcommands.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::adapters::discord::call::BY_HANDLE;
use crate::adapters::discord::locale::locales;
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::{Caller, Command, LANGUAGES, Opt, Room, Texts};

/// Discord's numbers for kinds of commands and options.
mod number {
    pub const CHAT_INPUT: u8 = 1;
    pub const USER: u8 = 2;
    pub const MESSAGE: u8 = 3;
    pub const SUB_COMMAND: u8 = 1;
    pub const TEXT_OPTION: u8 = 3;
    pub const FLAG_OPTION: u8 = 5;
    pub const USER_OPTION: u8 = 6;
    pub const FILE_OPTION: u8 = 11;
    pub const GUILD: u8 = 0;
    pub const BOT_DM: u8 = 1;
}

/// The permission to administer a guild: Manage Server.
const MANAGE_GUILD: u64 = 1 << 5;

/// The most characters that an option takes.
const LONGEST: usize = 6000;

/// Every command, as the body of one PUT.
pub fn definitions(catalog: &Catalog) -> Value {
    let callable = || catalog.typed();
    let mut groups: BTreeMap<String, Vec<(String, &Command)>> = BTreeMap::new();
    for command in callable() {
        let path = catalog.path(command);
        let (group, word) = path.split_once(' ').unwrap_or((&path, ""));
        groups.entry(group.to_owned()).or_default().push((word.to_owned(), command));
    }
    let mut all: Vec<Value> = groups.iter().map(|(name, commands)| group(catalog, name, commands)).collect();
    all.extend(
        callable()
            .filter(|command| !command.on_message.is_empty())
            .map(|command| menu(number::MESSAGE, &command.on_message)),
    );
    all.extend(
        callable()
            .filter(|command| !command.on_person.is_empty())
            .map(|command| menu(number::USER, &command.on_person)),
    );
    Value::Array(all)
}

fn group(catalog: &Catalog, name: &str, commands: &[(String, &Command)]) -> Value {
    let hosts_only = commands.iter().all(|(_, command)| command.roles == [Caller::Host]);
    let mut group = json!({
        "name": name,
        "name_localizations": localised(&catalog.words().command.get(name).cloned().unwrap_or_default()),
        "type": number::CHAT_INPUT,
        "integration_types": [0],
        "contexts": if works_in_private(commands) { vec![number::GUILD, number::BOT_DM] } else { vec![number::GUILD] },
        "default_member_permissions": if hosts_only { json!(MANAGE_GUILD.to_string()) } else { Value::Null },
    });
    match commands {
        [(word, command)] if word.is_empty() => {
            describe(&mut group, "description", &command.summary);
            group["options"] = options(catalog, command);
        }
        commands => {
            let words: Vec<&str> = commands.iter().map(|(word, _)| word.as_str()).collect();
            let in_language = |language: &str| {
                words.iter().map(|word| command_word(catalog, word, language)).collect::<Vec<_>>().join(", ")
            };
            describe(
                &mut group,
                "description",
                &LANGUAGES.iter().map(|code| ((*code).to_owned(), in_language(code))).collect(),
            );
            let of = |(word, command): &(String, &Command)| {
                let names: Texts = LANGUAGES
                    .iter()
                    .map(|code| ((*code).to_owned(), command_word(catalog, word, code).to_owned()))
                    .collect();
                let mut sub = json!({ "type": number::SUB_COMMAND, "options": options(catalog, command) });
                describe(&mut sub, "name", &names);
                describe(&mut sub, "description", &command.summary);
                sub
            };
            group["options"] = commands.iter().map(of).collect();
        }
    }
    group
}

/// Whether a group's commands are offered in private as well. A command that writes about others belongs where they
/// can see it. Discord decides this for whole groups, so a group is offered in private if it has no such command, or
/// has one that is private.
fn works_in_private(commands: &[(String, &Command)]) -> bool {
    let about_oneself =
        |command: &Command| command.private || (command.room == Room::Any && command.roles == [Caller::Observer]);
    let mut all = commands.iter().map(|(_, command)| *command);
    all.clone().all(|command| !command.writes || about_oneself(command))
        || all.any(|command| command.writes && about_oneself(command))
}

fn menu(kind: u8, names: &Texts) -> Value {
    let mut menu = json!({ "type": kind, "integration_types": [0], "contexts": [number::GUILD] });
    describe(&mut menu, "name", names);
    menu
}

/// Puts a text into a definition, in English and in the other languages.
fn describe(definition: &mut Value, field: &str, texts: &Texts) {
    definition[field] = json!(texts.get("en"));
    let localised = localised(texts);
    if !localised.is_empty() {
        definition[format!("{field}_localizations")] = json!(localised);
    }
}

/// The texts in languages other than English, by Discord's locales.
fn localised(texts: &Texts) -> BTreeMap<&str, &String> {
    let others = texts.iter().filter(|(code, _)| *code != "en");
    others.flat_map(|(code, text)| locales(code).into_iter().map(move |locale| (locale, text))).collect()
}

/// A word of a command's name in a language.
fn command_word<'a>(catalog: &'a Catalog, word: &'a str, language: &str) -> &'a str {
    catalog.words().command.get(word).and_then(|texts| texts.get(language)).map_or(word, String::as_str)
}

fn options(catalog: &Catalog, command: &Command) -> Value {
    let mut sorted: Vec<&Opt> = command.options.iter().collect();
    sorted.sort_by_key(|option| !is_required(option));
    sorted
        .into_iter()
        .flat_map(|option| {
            std::iter::once(crate::adapters::discord::definitions::option(catalog, option))
                .chain(by_handle(catalog, option))
        })
        .collect()
}

/// Whether Discord itself requires an option. A person can be named in two ways, so neither is required.
fn is_required(option: &Opt) -> bool {
    option.required && option.kind != OptionKind::Person
}

fn option(catalog: &Catalog, option: &Opt) -> Value {
    let mut definition = json!({ "name": option.name, "required": is_required(option) });
    definition["name_localizations"] = json!(localised(&option.names));
    describe(&mut definition, "description", &option.help);
    match option.kind {
        OptionKind::Flag => definition["type"] = json!(number::FLAG_OPTION),
        OptionKind::Person => definition["type"] = json!(number::USER_OPTION),
        OptionKind::File => definition["type"] = json!(number::FILE_OPTION),
        OptionKind::Choice => {
            definition["type"] = json!(number::TEXT_OPTION);
            let choices = option.choices.iter().map(|choice| {
                let names = catalog.words().term.get(choice).map(localised).unwrap_or_default();
                json!({ "name": choice, "name_localizations": names, "value": choice })
            });
            definition["choices"] = choices.collect();
        }
        kind => {
            definition["type"] = json!(number::TEXT_OPTION);
            definition["max_length"] = json!(option.most.min(LONGEST));
            if kind.completes() {
                definition["autocomplete"] = json!(true);
            }
        }
    }
    definition
}

/// The other way to name a person: by handle, for people who aren't on Discord.
fn by_handle(catalog: &Catalog, option: &Opt) -> Option<Value> {
    let texts = (option.kind == OptionKind::Person).then(|| catalog.word_texts("or-handle"))??;
    let mut definition = json!({ "type": number::TEXT_OPTION, "required": false, "autocomplete": true });
    let ending = |code: &str| catalog.word("by-handle", code).to_owned();
    describe(
        &mut definition,
        "name",
        &LANGUAGES
            .iter()
            .map(|code| ((*code).to_owned(), format!("{}{}", option.name_in(code), ending(code))))
            .collect(),
    );
    definition["name"] = json!(format!("{}{BY_HANDLE}", option.name));
    describe(&mut definition, "description", texts);
    Some(definition)
}
