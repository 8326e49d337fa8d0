//! `help` finds every command, and finds it by the words that people have for it.

use std::collections::BTreeSet;

use fairshare::commands::registry;
use fairshare::grammar::parse;
use fairshare::grammar::spec::{Caller, LANGUAGES};

#[test]
fn every_command_is_in_one_topic_and_can_be_looked_for() {
    let catalog = registry::catalog().unwrap();
    let mut seen = BTreeSet::new();
    for name in catalog.guide().topics.iter().flat_map(|topic| &topic.commands) {
        assert!(catalog.command(name).is_some(), "{name} is no command");
        assert!(seen.insert(name.as_str()), "{name} is in two topics");
    }
    for command in catalog.typed() {
        assert!(seen.contains(command.name.as_str()), "{} is in no topic", command.name);
        for language in LANGUAGES {
            assert!(command.search.contains_key(language), "{}: no words to look for it in {language}", command.name);
        }
    }
}

/// A topic is asked for by its name, so it has one of its own in each language.
#[test]
fn topics_are_called_like_no_command() {
    let catalog = registry::catalog().unwrap();
    let mut seen = BTreeSet::new();
    for topic in &catalog.guide().topics {
        for language in LANGUAGES {
            assert!(topic.title.contains_key(language), "{}", topic.name);
            let name = topic.name_in(language);
            assert!(seen.insert(name.to_owned()), "{name} is two topics");
            let words = [name.to_owned()];
            let begun = catalog.in_english(&words).join(" ");
            assert!(catalog.group(&begun).next().is_none(), "{name} is a group of commands");
            assert!(parse::command_of(name, &catalog).is_none(), "{name} is a command");
        }
    }
}

#[test]
fn everyday_lines_are_ones_that_their_role_may_type() {
    let catalog = registry::catalog().unwrap();
    let guide = catalog.guide();
    for (role, lines) in &guide.everyday {
        assert!(lines.len() <= 6, "{role:?}");
        for line in lines {
            let call = parse::text(line, &catalog).unwrap_or_else(|refusal| panic!("{line}: {refusal:?}"));
            let command = catalog.command(&call.command).unwrap();
            let given = command.options.iter().filter(|option| call.options.contains_key(&option.name));
            let open_to: Vec<Caller> = given.flat_map(|option| &option.roles).chain(&command.roles).copied().collect();
            let may = |caller| open_to.contains(&caller);
            // A steward leads every project, a lead is an affiliate, and everybody may do what anyone may.
            let is_open = may(*role)
                || may(Caller::Observer)
                || (*role == Caller::Steward && may(Caller::Lead))
                || (*role != Caller::Observer && may(Caller::Affiliate));
            assert!(is_open, "{line} is not for {role:?}");
        }
    }
    let all = [Caller::Affiliate, Caller::Lead, Caller::Custodian, Caller::Steward];
    assert_eq!(guide.everyday(&all, 6).len(), 6);
    assert_eq!(guide.everyday(&all, 6)[..2], ["log 2h30 wiring", "log expense 42.80 fence posts"], "one's own first");
}

/// What people look for, in their own words, is among the first three that are found.
#[test]
fn ordinary_words_find_the_command() {
    let catalog = registry::catalog().unwrap();
    let questions = [
        ("fix a mistake", "log correct"),
        ("i made a mistake", "log undo"),
        ("delete my hours", "log undo"),
        ("how do i get paid", "pay-to"),
        ("change my bank account", "pay-to"),
        ("buy screws", "log expense"),
        ("what am i owed", "me"),
        ("who is here", "people list"),
        ("invite someone", "person add"),
        ("make someone a custodian", "role grant"),
        ("change the rule", "rule propose"),
        ("vote", "rule agree"),
        ("time zone", "network set"),
        ("start a project", "project new"),
        ("share out the money", "payout confirm"),
        ("customer paid", "income record"),
        ("borrow the printer", "use machine"),
        ("weekly report", "schedule set"),
        ("stop the weekly summary", "schedule off"),
        ("delete my data", "privacy erase"),
        ("attach a photo of the bill", "receipt add"),
        ("another phone", "link me"),
        ("corriger une erreur", "log correct"),
        ("changer mon iban", "pay-to"),
        ("combien je vais recevoir", "me"),
        ("inviter quelqu'un", "person add"),
        ("annuler une saisie", "log undo"),
        ("acheter une machine ensemble", "pool open"),
        ("corregir un error", "log correct"),
        ("cobrar mi dinero", "pay-to"),
        ("cambiar la regla", "rule propose"),
        ("borrar mis horas", "log undo"),
        ("comprar juntos una máquina", "pool open"),
    ];
    let missed = questions.into_iter().filter_map(|(words, command)| {
        let found: Vec<&str> = catalog.search(words, 3).into_iter().map(|command| command.name.as_str()).collect();
        (!found.contains(&command)).then(|| format!("“{words}” finds {found:?}, not {command}"))
    });
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<String>::new());
}
