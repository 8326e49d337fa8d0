//! The command files declare what the program does, nothing twice and nothing left out.

use fairshare::message::people::PeopleLine;
use std::collections::{BTreeMap, BTreeSet};

use fairshare::clock::Turn;
use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::manual;
use fairshare::grammar::option_kind::OptionKind;
use fairshare::grammar::parse;
use fairshare::grammar::parse::Call;
use fairshare::grammar::spec::{Caller, LANGUAGES, Shared, Texts, Trigger, Words};
use fairshare::incoming::{Attached, SystemEvent};
use fairshare::message::line::Line;
use fairshare::message::refusal::Refusal;
use fairshare::render::compose;

use crate::world::{World, block_on, root};

fn catalog() -> Catalog {
    fairshare::commands::registry::catalog().unwrap()
}

#[test]
fn every_message_has_words_and_every_word_is_a_message() {
    let catalog = catalog();
    let said: BTreeSet<&str> = Refusal::declared().chain(Line::declared()).map(|declared| declared.key).collect();
    assert_eq!(said.len(), Refusal::declared().chain(Line::declared()).count(), "a key is used twice");
    assert_eq!(catalog.keys().collect::<BTreeSet<_>>(), said);
}

#[test]
fn every_event_has_one_command_that_takes_its_fields() {
    let catalog = catalog();
    for trigger in Trigger::ALL {
        assert_eq!(catalog.commands().filter(|command| command.on == Some(trigger)).count(), 1, "{trigger:?}");
    }
    let (event, name) = ("e".to_owned(), "bill.pdf".to_owned());
    let (now, wall) = ("2026-01-05T14:00:00Z".parse().unwrap(), "2027-01-05T14:00:00Z".parse().unwrap());
    let file = Attached { name: name.clone(), bytes: None };
    let turns = [Turn::Doubted { wall, now }, Turn::Moved(now), Turn::Stayed(now)].map(SystemEvent::ClockChanged);
    let others = [
        SystemEvent::BotJoined,
        SystemEvent::RoomReplaced { from: "!old:example.org".to_owned() },
        SystemEvent::FileArrived { event: event.clone(), file },
        SystemEvent::FileLost { event, name, is_too_large: true },
    ];
    for event in turns.iter().chain(&others) {
        let command = catalog.on(event.trigger()).unwrap();
        let known: BTreeSet<&str> = command.options.iter().map(|option| option.name.as_str()).collect();
        assert!(event.options().keys().all(|name| known.contains(name.as_str())), "{event:?}");
        assert_eq!(command.roles, [Caller::System], "{event:?}");
    }
}

#[test]
fn every_key_of_a_message_can_be_said_by_some_command() {
    let catalog = catalog();
    for key in catalog.keys() {
        assert!(catalog.commands().any(|command| catalog.declares(command, key)), "no command says `{key}`");
    }
    for command in catalog.commands() {
        for key in &command.says {
            assert!(catalog.text(key).is_some(), "{}: says `{key}`, which has no words", command.name);
        }
    }
}

#[test]
fn texts_are_well_formed() {
    let catalog = catalog();
    for key in catalog.keys() {
        for (language, text) in catalog.text(key).unwrap() {
            assert_eq!(text.matches('[').count(), text.matches(']').count(), "{key} ({language})");
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{key} ({language})");
            assert!(!text.contains('\n') && !text.is_empty(), "{key} ({language})");
        }
        assert!(catalog.text(key).unwrap().contains_key("en"), "{key} has no English");
    }
}

/// A text names exactly the fields of its message, in every language.
#[test]
fn texts_show_the_fields_of_their_messages() {
    let catalog = catalog();
    for declared in Refusal::declared().chain(Line::declared()) {
        let key = declared.key;
        let texts = catalog.text(key).unwrap();
        for (language, text) in texts {
            let next = catalog.wording(key).unwrap().next.iter().flat_map(|next| compose::names(next));
            let named: BTreeSet<&str> = compose::names(text).chain(next).collect();
            let fields: BTreeSet<&str> = declared.fields.iter().flat_map(|field| field.names()).collect();
            assert_eq!(named, fields, "{key} ({language}): {text}");
        }
    }
}

/// A line that names a person is about that person: in long lists, their own rows are shown to them on each page.
#[test]
fn lines_that_name_a_person_are_about_that_person() {
    for declared in Line::declared() {
        let names_person = declared.fields.iter().any(|field| field.name == "person");
        let is_of_person = declared.roles.iter().any(|role| role.split_whitespace().eq(["of", "person"]));
        assert_eq!(names_person, is_of_person, "{}", declared.key);
    }
}

/// Languages are complete: if one command is described in a language, all are; if one reply has a language, all have.
#[test]
fn every_language_is_complete() {
    let catalog = catalog();
    let replies: Vec<(String, Texts)> =
        catalog.keys().map(|key| (key.to_owned(), catalog.text(key).unwrap().clone())).collect();
    let mut described = Vec::new();
    for command in catalog.commands() {
        let all = [&command.summary, &command.notes, &command.on_message, &command.on_person];
        described.extend(
            all.into_iter().filter(|texts| !texts.is_empty()).map(|texts| (command.name.clone(), texts.clone())),
        );
        described.extend(
            command.options.iter().map(|option| (format!("{} {}", command.name, option.name), option.help.clone())),
        );
    }
    assert!(described.iter().any(|(_, texts)| texts.contains_key("fr") && texts.contains_key("es")));
    for texts in [replies, described] {
        let languages: BTreeSet<String> = texts.iter().flat_map(|(_, texts)| texts.keys().cloned()).collect();
        for (what, texts) in texts {
            assert_eq!(texts.keys().cloned().collect::<BTreeSet<_>>(), languages, "{what}");
        }
    }
}

/// Every word that is typed or shown besides texts exists in every language except English, where it is the key.
#[test]
fn every_word_is_in_every_language() {
    let catalog = catalog();
    let others: BTreeSet<&str> = LANGUAGES[1..].iter().copied().collect();
    let shared: Shared =
        toml::from_str(&std::fs::read_to_string(root().join("commands/_shared.toml")).unwrap()).unwrap();
    for (word, texts) in &shared.words {
        assert_eq!(
            texts.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            LANGUAGES.into_iter().collect(),
            "{word}"
        );
    }
    let Words { command: words, option: options, term: terms } = catalog.words();
    let is_there = |of: &BTreeMap<String, Texts>, word: &str| {
        let texts = of.get(word).unwrap_or_else(|| panic!("{word} is in no other language"));
        assert!(others.iter().all(|language| texts.contains_key(*language)), "{word}: {texts:?}");
    };
    for command in catalog.typed() {
        command.name.split(' ').chain(command.alias.as_deref()).for_each(|word| is_there(words, word));
        for option in &command.options {
            is_there(options, &option.name);
            // Choices with a number or a symbol are typed alike in every language.
            let is_word = |choice: &&String| choice.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            option.choices.iter().filter(is_word).for_each(|choice| is_there(terms, choice));
        }
    }
}

/// Ordinary words mean one command each, which a line can name, and never stand in front of a command.
#[test]
fn synonyms_mean_what_can_be_typed() {
    let catalog = catalog();
    let mut seen = BTreeMap::new();
    for synonym in catalog.synonyms().all() {
        let command = parse::command_of(&synonym.means, &catalog).unwrap_or_else(|| panic!("{}", synonym.means));
        // Without options, it only shows what is one's own.
        let only_reads = !command.writes || command.name == "me";
        assert_eq!(synonym.asks, !only_reads, "{}", synonym.means);
        for phrase in synonym.phrases() {
            let other = seen.insert(phrase, &synonym.means);
            assert!(other.is_none_or(|other| *other == synonym.means), "“{phrase}” means {other:?} as well");
            let named = parse::command_of(phrase, &catalog).map(|command| &command.name);
            assert!(named.is_none(), "“{phrase}” is {named:?} already");
        }
    }
}

#[test]
fn names_fit_what_platforms_take() {
    let catalog = catalog();
    let mut names = BTreeSet::new();
    for command in catalog.commands() {
        assert!(names.insert(command.name.clone()), "{} is there twice", command.name);
        assert!(
            command.alias.iter().all(|alias| names.insert(format!("!{alias}"))),
            "{}: the alias is taken",
            command.name
        );
        assert!(command.name.split(' ').count() <= 2, "{}: a group and a word at most", command.name);
        assert!(
            command.name.chars().all(|c| c.is_ascii_lowercase() || c == ' ' || c == '-') && command.name.len() <= 32,
            "{}",
            command.name
        );
        assert!(command.options.len() <= 25, "{}: 25 options at most", command.name);
        assert!(!command.roles.is_empty(), "{}: nobody may call it", command.name);
        for text in command.summary.values() {
            assert!((1..=100).contains(&text.chars().count()), "{}: a summary has 1 to 100 characters", command.name);
        }
        let mut options = BTreeSet::new();
        for option in &command.options {
            let what = format!("{} {}", command.name, option.name);
            assert!(
                option.aliases.iter().chain([&option.name]).all(|name| options.insert(name.clone())),
                "{what}: twice"
            );
            assert!(
                option.name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && option.name.len() <= 32,
                "{what}"
            );
            assert!(
                option.help.values().all(|help| (1..=100).contains(&help.chars().count())),
                "{what}: help has 1 to 100 characters"
            );
            assert_eq!(
                option.kind == OptionKind::Choice,
                !option.choices.is_empty(),
                "{what}: choices and their kind go together"
            );
            assert!(option.choices.len() <= 25, "{what}: 25 choices at most");
            assert!(!(option.required && option.default.is_some()), "{what}: what is required has no default");
            assert!(
                option.kind != OptionKind::File || !(option.required || option.positional),
                "{what}: no text has a file"
            );
        }
        let texts: Vec<&str> = command.positional().map(|option| option.name.as_str()).collect();
        // An amount can be told from a text by its look, so it may be left out before one (`income record gross:`).
        let optional_before_required = command
            .positional()
            .filter(|option| option.required || option.kind != OptionKind::Amount)
            .skip_while(|option| option.required)
            .any(|option| option.required);
        assert!(!optional_before_required, "{}: required options come first: {texts:?}", command.name);
    }
}

/// An example as text, and the same as a structured call, give the same options. Every option occurs in an example,
/// except files, which no text has.
#[test]
fn examples_are_understood() {
    let catalog = catalog();
    for command in catalog.typed() {
        assert!(!command.examples.is_empty(), "{} has no example", command.name);
        let mut used = BTreeSet::new();
        for example in &command.examples {
            let call = parse::text(example, &catalog).unwrap_or_else(|refusal| panic!("`{example}`: {refusal:?}"));
            assert_eq!(call.command, command.name, "`{example}`");
            // Only words outside of quotes may say what an option would say, or belong to a name.
            let call = Call { aim: None, behind: BTreeMap::new(), ..call };
            used.extend(call.options.keys().cloned());
            let named: String = call.options.iter().map(|(name, value)| format!(" {name}:\"{value}\"")).collect();
            let again = parse::text(&format!("{}{named}", command.name), &catalog).unwrap();
            assert_eq!(again, call, "`{example}` with every option by name");
            let dashed: String = call.options.iter().map(|(name, value)| format!(" --{name}=\"{value}\"")).collect();
            assert_eq!(
                parse::text(&format!("{}{dashed}", command.name), &catalog).unwrap(),
                call,
                "`{example}` with dashes"
            );
        }
        let all: BTreeSet<String> = command
            .options
            .iter()
            .filter(|option| option.kind != OptionKind::File)
            .map(|option| option.name.clone())
            .collect();
        assert_eq!(used, all, "{}: options in its examples", command.name);
    }
}

#[test]
fn the_manual_is_what_the_files_say() {
    let path = root().join("docs/commands.md");
    let generated = manual::markdown(&catalog());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == generated, "docs/commands.md is not what commands/*.toml say; BLESS=1 writes it anew");
}

/// A network with a project, a task, logs and money, and one person of each role.
const NETWORK: &str = "\
@clock 2026-01-05T09:00:00-05:00
steward> !network init roles
lead> !join
custodian> !join
affiliate> !join
gone> !join
gone> !leave
steward> !project new forillon lead:lead
steward> !role grant custodian custodian
affiliate> !task open wiring
affiliate> !log 2h wiring
custodian> !income record 100 client
custodian> !income record 100 client again
lead> !log 1h painting
";

/// Every command's own example, called in every role, is refused exactly for those who may not call it.
#[test]
fn declared_roles_are_the_ones_enforced() {
    let catalog = catalog();
    let roles: BTreeMap<&str, &[Caller]> = BTreeMap::from([
        ("observer", &[Caller::Observer][..]),
        ("gone", &[Caller::Observer][..]),
        ("affiliate", &[Caller::Observer, Caller::Affiliate][..]),
        ("lead", &[Caller::Observer, Caller::Affiliate, Caller::Lead][..]),
        ("custodian", &[Caller::Observer, Caller::Affiliate, Caller::Custodian][..]),
        ("steward", &[Caller::Observer, Caller::Affiliate, Caller::Lead, Caller::Steward][..]),
    ]);
    block_on(async {
        for command in catalog.commands() {
            for (who, has) in &roles {
                let folder = tempfile::tempdir().unwrap();
                let mut world = World::open(&folder.path().join("roles.sqlite"), "roles").await;
                world.run(NETWORK).await;
                let call = match command.examples.first() {
                    Some(example) => parse::text(example, &catalog).unwrap(),
                    None => {
                        let required = command.options.iter().filter(|option| option.required);
                        Call::new(&command.name, required.map(|option| (option.name.clone(), "x".to_owned())).collect())
                    }
                };
                let of_options: Vec<&Vec<Caller>> = command
                    .options
                    .iter()
                    .filter(|option| call.options.contains_key(&option.name) && !option.roles.is_empty())
                    .map(|option| &option.roles)
                    .collect();
                let needed = of_options.first().copied().unwrap_or(&command.roles);
                // In the console everyone is a host.
                let may = needed.iter().any(|role| has.contains(role) || *role == Caller::Host);
                let line: String = call.options.iter().map(|(name, value)| format!(" {name}:\"{value}\"")).collect();
                let reply = world.hear(&format!("{who}> !{}{line}", command.name)).await;
                assert!(!reply.contains("Something went wrong"), "`{}` as {who}: {reply}", command.name);
                let refused =
                    ["Only affiliates can do that", "you need one of these roles", "I don't know the command"]
                        .iter()
                        .any(|start| reply.contains(start));
                // Commands about their author need an affiliate, although more people may call them.
                let about_oneself = [
                    "me",
                    "leave",
                    "link me",
                    "yes",
                    "no",
                    "payout explain",
                    "payout redirect",
                    "rule agree",
                    "rule object",
                    "claim list",
                    "pay-to",
                    "privacy export",
                    "privacy erase",
                ]
                .contains(&command.name.as_str())
                    && ["observer", "gone"].contains(who);
                assert!(refused != may || about_oneself, "`{}` as {who}: {reply}", command.name);
                world.close().await;
            }
        }
    });
}

#[test]
fn words_are_put_together_without_what_is_absent() {
    let catalog = catalog();
    let line = PeopleLine::RoleGranted { person: "ana".into(), role: "lead".into(), project: None }.into();
    let text = fairshare::render::text::text(&fairshare::message::reply::Reply::Lines(vec![line]), "en", &catalog);
    assert!(text.contains("ana") && !text.contains('[') && !text.contains('{'), "{text}");
}
