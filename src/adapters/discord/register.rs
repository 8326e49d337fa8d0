//! The commands as Discord is told them, made from the command files: a word that begins others is a command with
//! subcommands. And the way back, from what somebody filled in to a call.

use crate::message::typed::TypedRefusal;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::adapters::discord::send::{Failed, within_reason};
use crate::adapters::discord::{Hub, PLATFORM, key};
use crate::core::ids::Hash;
use crate::core::name::Name;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse::Call;
use crate::grammar::spec::{Caller, Command, Kind, LANGUAGES, Opt, Room, Texts};
use crate::incoming::{Inbound, Said};
use crate::message::refusal::Refusal;
use crate::render::discord::Ids;

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

/// The right by which somebody administers a guild: Manage Server.
const MANAGE_GUILD: u64 = 1 << 5;

/// The most characters of a text that an option takes.
const LONGEST: usize = 6000;

/// How the registration is tried again.
const REGISTER_AFTER: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(600));

/// What an option that takes a person ends in where it takes the person's handle.
pub const BY_HANDLE: &str = "-handle";

/// Every command, as the body of one PUT.
pub fn definitions(catalog: &Catalog) -> Value {
    let callable = || catalog.commands().filter(|command| !command.roles.contains(&Caller::System));
    let mut groups: BTreeMap<String, Vec<(String, &Command)>> = BTreeMap::new();
    for command in callable() {
        let path = catalog.path(command);
        let (group, word) = path.split_once(' ').unwrap_or((&path, ""));
        groups.entry(group.to_owned()).or_default().push((word.to_owned(), command));
    }
    let mut all: Vec<Value> = groups.iter().map(|(name, commands)| group(catalog, name, commands)).collect();
    all.extend(callable().filter(|command| !command.on_message.is_empty()).map(|command| menu(number::MESSAGE, &command.on_message)));
    all.extend(callable().filter(|command| !command.on_person.is_empty()).map(|command| menu(number::USER, &command.on_person)));
    Value::Array(all)
}

/// The ids of commands by their words, from those of what was registered.
fn ids(registered: &BTreeMap<&str, u64>, catalog: &Catalog) -> Ids {
    let paths = catalog.commands().map(|command| catalog.path(command));
    paths.filter_map(|path| Some((path.clone(), *registered.get(path.split(' ').next()?)?))).collect()
}

/// What changes when the definitions do.
fn hash(definitions: &Value) -> Hash {
    Hash(Sha256::digest(definitions.to_string()).into())
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
            let in_language =
                |language: &str| words.iter().map(|word| command_word(catalog, word, language)).collect::<Vec<_>>().join(", ");
            describe(&mut group, "description", &LANGUAGES.iter().map(|code| ((*code).to_owned(), in_language(code))).collect());
            let of = |(word, command): &(String, &Command)| {
                let names: Texts =
                    LANGUAGES.iter().map(|code| ((*code).to_owned(), command_word(catalog, word, code).to_owned())).collect();
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

/// Whether a group's commands are offered in private as well. What writes about others is said where they can see it; Discord
/// asks this of whole groups, so a group is offered there if nothing in it is of that kind, or something in it must be.
fn works_in_private(commands: &[(String, &Command)]) -> bool {
    let about_oneself = |command: &Command| command.private || (command.room == Room::Any && command.roles == [Caller::Observer]);
    let mut all = commands.iter().map(|(_, command)| *command);
    all.clone().all(|command| !command.writes || about_oneself(command)) || all.any(|command| command.writes && about_oneself(command))
}

fn menu(kind: u8, names: &Texts) -> Value {
    let mut menu = json!({ "type": kind, "integration_types": [0], "contexts": [number::GUILD] });
    describe(&mut menu, "name", names);
    menu
}

/// Puts a text into a definition, in English and in the other languages that there are.
fn describe(definition: &mut Value, field: &str, texts: &Texts) {
    definition[field] = json!(texts.get("en"));
    let localised = localised(texts);
    if !localised.is_empty() {
        definition[format!("{field}_localizations")] = json!(localised);
    }
}

/// The texts in other languages than English, by Discord's locales.
fn localised(texts: &Texts) -> BTreeMap<&str, &String> {
    let others = texts.iter().filter(|(code, _)| *code != "en");
    others.flat_map(|(code, text)| locales(code).into_iter().map(move |locale| (locale, text))).collect()
}

/// A word of a command's name in a language.
fn command_word<'a>(catalog: &'a Catalog, word: &'a str, language: &str) -> &'a str {
    catalog.words().command.get(word).and_then(|texts| texts.get(language)).map_or(word, String::as_str)
}

/// Discord's locales of a language.
fn locales(language: &str) -> Vec<&str> {
    match language {
        "es" => vec!["es-ES", "es-419"],
        other => vec![other],
    }
}

/// The language of one of Discord's locales.
pub fn language(locale: &str) -> &str {
    locale.split('-').next().unwrap_or(locale)
}

fn options(catalog: &Catalog, command: &Command) -> Value {
    let mut sorted: Vec<&Opt> = command.options.iter().collect();
    sorted.sort_by_key(|option| !is_required(option));
    sorted
        .into_iter()
        .flat_map(|option| std::iter::once(crate::adapters::discord::register::option(catalog, option)).chain(by_handle(catalog, option)))
        .collect()
}

/// Whether Discord itself insists on an option. A person can be named in two ways, so neither is insisted on.
fn is_required(option: &Opt) -> bool {
    option.required && option.kind != Kind::Person
}

fn option(catalog: &Catalog, option: &Opt) -> Value {
    let mut definition = json!({ "name": option.name, "required": is_required(option) });
    definition["name_localizations"] = json!(localised(&option.names));
    describe(&mut definition, "description", &option.help);
    match option.kind {
        Kind::Flag => definition["type"] = json!(number::FLAG_OPTION),
        Kind::Person => definition["type"] = json!(number::USER_OPTION),
        Kind::File => definition["type"] = json!(number::FILE_OPTION),
        Kind::Choice => {
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

/// The other way to name a person: by handle, for those whom Discord does not know.
fn by_handle(catalog: &Catalog, option: &Opt) -> Option<Value> {
    let texts = (option.kind == Kind::Person).then(|| catalog.word_texts("or-handle"))??;
    let mut definition = json!({ "type": number::TEXT_OPTION, "required": false, "autocomplete": true });
    let ending = |code: &str| catalog.word("by-handle", code).to_owned();
    describe(
        &mut definition,
        "name",
        &LANGUAGES.iter().map(|code| ((*code).to_owned(), format!("{}{}", option.name_in(code), ending(code)))).collect(),
    );
    definition["name"] = json!(format!("{}{BY_HANDLE}", option.name));
    describe(&mut definition, "description", texts);
    Some(definition)
}

/// The command that a path of Discord's means. One of an older registration keeps its name, for the engine to refuse.
pub fn command_name(catalog: &Catalog, path: &str) -> String {
    match (catalog.command(path), path.rsplit_once(' ')) {
        (None, Some((group, _))) if catalog.command(group).is_some_and(|command| catalog.path(command) == path) => group.to_owned(),
        _ => path.to_owned(),
    }
}

/// A call of what was filled in, by name.
pub fn call(catalog: &Catalog, path: &str, filled: impl IntoIterator<Item = (String, String)>) -> Result<Call, Refusal> {
    let command = command_name(catalog, path);
    let spec = catalog.command(&command);
    let mut options = BTreeMap::new();
    for (name, value) in filled {
        let person = name
            .strip_suffix(BY_HANDLE)
            .filter(|person| spec.and_then(|command| command.option(person)).is_some_and(|option| option.kind == Kind::Person));
        let name = person.unwrap_or(&name).to_owned();
        if options.insert(name.clone(), value).is_some() {
            return Err(TypedRefusal::OptionTwice { option: Name(name) }.into());
        }
    }
    Ok(Call { command, options })
}

/// Under what name it is kept which commands Discord was told.
pub const REGISTERED: &str = "commands";

/// The commands that Discord was told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    hash: String,
    ids: Ids,
}

impl Hub {
    /// Tells Discord the commands, if they are others than it was told last.
    pub(super) async fn register(&self, known: Option<Registered>) {
        let definitions = definitions(&self.catalog);
        // Another application over the same database has been told nothing.
        let application = self.http.application_id().map_or(0, |id| id.get());
        let hash = hash(&json!([application, definitions])).to_string();
        if let Some(known) = known.filter(|known| known.hash == hash) {
            *self.ids.write().unwrap_or_else(PoisonError::into_inner) = known.ids;
            return;
        }
        let mut wait = REGISTER_AFTER.0;
        loop {
            match within_reason(self.http.create_global_commands(&definitions)).await {
                Ok(commands) => {
                    let ids = crate::adapters::discord::register::ids(
                        &commands.iter().map(|command| (command.name.as_str(), command.id.get())).collect(),
                        &self.catalog,
                    );
                    self.ids.write().unwrap_or_else(PoisonError::into_inner).clone_from(&ids);
                    self.note_registered(&Registered { hash, ids }).await;
                    tracing::info!("Discord knows the commands");
                    return;
                }
                Err(error @ Failed::Refused(..)) => {
                    tracing::error!(why = %error, "Discord does not take the commands; those that it knows stay");
                    return;
                }
                Err(error) => tracing::warn!(why = %error, "the commands are not registered yet, trying again in {wait:?}"),
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(REGISTER_AFTER.1);
        }
    }

    /// Keeps what Discord was told where it is kept how far rooms were read.
    async fn note_registered(&self, registered: &Registered) {
        let event = format!("{PLATFORM} registered {}", registered.hash);
        let mut inbound = Inbound::unsaid(event, key(REGISTERED), Said::Passed, self.clock.now());
        inbound.circumstances.read_up_to = serde_json::to_string(registered).ok();
        self.intake.push(inbound).await;
    }
}
