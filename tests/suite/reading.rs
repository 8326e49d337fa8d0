//! What is typed is read whole, or refused: values as they are printed, and random lines of every command in every
//! language, with words around the values that might belong to them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate};
use fairshare::core::books::state::Books;
use fairshare::core::contribution::Contribution;
use fairshare::core::ids::LogId;
use fairshare::core::log::Log;
use fairshare::core::money::{Commodity, Minor};
use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::notation;
use fairshare::grammar::option_kind::OptionKind;
use fairshare::grammar::parse::{self, Call};
use fairshare::grammar::spec::{Command, LANGUAGES, Opt};
use fairshare::grammar::values::{self, End, Towards};
use fairshare::render::language;
use fairshare::store::sqlite::store::SqliteStore;

use crate::world::{Draw, World, block_on};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| fairshare::commands::registry::catalog().unwrap());

/// How many random lines are read.
const LINES: usize = 100_000;

/// A Monday.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();

/// Every currency of the standard, with 0, 2, 3 or 4 decimals.
fn currencies() -> Vec<Commodity> {
    let letters = || 'A'..='Z';
    let codes = letters().flat_map(|one| letters().flat_map(move |two| letters().map(move |three| [one, two, three])));
    codes.filter_map(|code| Commodity::iso(&String::from_iter(code))).collect()
}

/// The line `log expense ...` with a value by position, by name, and by name in quotes; what is read as the amount.
fn amounts_in_lines(printed: &str) -> [(String, Option<Call>); 3] {
    let lines = [
        format!("log expense {printed} paint"),
        format!("log expense paint amount:{printed}"),
        format!("log expense \"paint\" amount:\"{printed}\""),
    ];
    lines.map(|line| {
        let call = parse::text(&line, &CATALOG).ok();
        (line, call)
    })
}

#[test]
fn what_is_printed_in_any_language_is_read_back() {
    let all = currencies();
    assert!(all.len() > 150, "{} currencies", all.len());
    assert!([0, 2, 3].iter().all(|scale| all.iter().any(|currency| currency.scale() == *scale)));
    for currency in &all {
        for minor in [1, 12, 100, 1000, 1234, 12_345, 123_456, 1_234_567, 12_345_678, 100_000_000, 999_999_999] {
            let amount = currency.minor(Minor(minor));
            for language in LANGUAGES {
                let printed = language::amount(amount, language);
                assert_eq!(values::amount(&printed, *currency), Ok(amount), "{printed}");
                for (line, call) in amounts_in_lines(&printed) {
                    let call = call.unwrap_or_else(|| panic!("{line}"));
                    assert_eq!(values::amount(&call.options["amount"], *currency), Ok(amount), "{line}");
                    assert_eq!(call.options["what"], "paint", "{line}");
                }
            }
        }
    }
    for minutes in 1..=24 * 60 {
        let printed = notation::duration(minutes);
        for line in [format!("log {printed} wiring"), format!("log hours wiring time:{printed}")] {
            let call = parse::text(&line, &CATALOG).unwrap();
            assert_eq!(values::duration(&call.options["time"]).map(|read| read.0), Ok(minutes), "{line}");
            assert_eq!(call.options["what"], "wiring", "{line}");
        }
    }
    for minutes in (1..=200 * 60).step_by(7) {
        assert_eq!(values::estimate(&notation::duration(minutes)).map(|read| read.0), Ok(minutes));
    }
    for after in 0..3 * 365 {
        let day = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(after);
        for language in LANGUAGES {
            let printed = language::date(day, language);
            for towards in [Towards::Past, Towards::Future] {
                assert_eq!(values::date(&printed, TODAY, towards), Ok(day), "{printed}");
            }
            for end in [End::First, End::Last] {
                assert_eq!(values::end_of_period(&printed, TODAY, end), Ok(day), "{printed}");
            }
            let line = format!("log 2h wiring date:{printed}");
            let call = parse::text(&line, &CATALOG).unwrap();
            assert_eq!(values::date(&call.options["date"], TODAY, Towards::Past), Ok(day), "{line}");
            assert_eq!(call.options["what"], "wiring", "{line}");
        }
    }
}

/// What a value means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Minutes(i64),
    Minor(i64),
    Day(NaiveDate),
    Number(String),
    Flag(bool),
    /// The text as it is.
    Text(String),
}

/// A value as it may be typed.
struct Value {
    typed: String,
    means: Meaning,
}

fn value(typed: impl Into<String>, means: Meaning) -> Value {
    Value { typed: typed.into(), means }
}

fn cad() -> Commodity {
    Commodity::iso("CAD").unwrap()
}

fn a_duration(draw: &mut Draw) -> Value {
    let (hours, minutes) = (draw.below(9) + 1, draw.below(59) + 1);
    let (typed, total) = match draw.below(22) {
        0 => (format!("{hours}h"), hours * 60),
        1 => (format!("{hours}h{minutes:02}"), hours * 60 + minutes),
        2 => (format!("{hours}h {minutes}m"), hours * 60 + minutes),
        3 => (format!("{hours} h {minutes} min"), hours * 60 + minutes),
        4 => (format!("{hours}:{minutes:02}"), hours * 60 + minutes),
        5 => (format!("{minutes}m"), minutes),
        6 => (format!("{minutes} minutes"), minutes),
        7 => (format!("{hours} hours"), hours * 60),
        8 => (format!("{hours} hours and {minutes} minutes"), hours * 60 + minutes),
        9 => (format!("{hours}h et {minutes} min"), hours * 60 + minutes),
        10 => (format!("{hours} heures {minutes}"), hours * 60 + minutes),
        11 => (format!("{hours} horas y media"), hours * 60 + 30),
        12 => (format!("{hours}.5h"), hours * 60 + 30),
        13 => (format!("{hours},25 h"), hours * 60 + 15),
        14 => ("½h".to_owned(), 30),
        15 => (".5h".to_owned(), 30),
        16 => (format!("{hours}h + {minutes}m"), hours * 60 + minutes),
        17 => ("une heure et demie".to_owned(), 90),
        18 => ("half an hour".to_owned(), 30),
        19 => (format!("8:00-{:02}:{minutes:02}", 8 + hours), hours * 60 + minutes),
        20 => (format!("{hours}h 90m"), hours * 60 + 90),
        _ => (format!("{hours}½ hours"), hours * 60 + 30),
    };
    value(typed, Meaning::Minutes(i64::try_from(total).unwrap()))
}

fn an_amount(draw: &mut Draw) -> Value {
    let (units, cents) = (draw.below(900) + 1, draw.below(100));
    let (typed, total) = match draw.below(9) {
        0 => (format!("{units}"), units * 100),
        1 => (format!("{units}.{cents:02}"), units * 100 + cents),
        2 => (format!("{units},{cents:02}"), units * 100 + cents),
        3 => (format!("1 {units:03},{cents:02}"), (1000 + units) * 100 + cents),
        4 => (format!("1,{units:03}.{cents:02}"), (1000 + units) * 100 + cents),
        5 => (format!("{units}.{cents:02} CAD"), units * 100 + cents),
        6 => (format!("${units}.{cents:02}"), units * 100 + cents),
        7 => (format!("1\u{202f}{units:03},{cents:02} CAD"), (1000 + units) * 100 + cents),
        _ => (format!("CAD {units}"), units * 100),
    };
    value(typed, Meaning::Minor(i64::try_from(total).unwrap()))
}

fn a_day(draw: &mut Draw) -> Value {
    let days = u64::try_from(draw.below(20)).unwrap() + 1;
    let (back, first) = (TODAY - Days::new(days), TODAY - Days::new(1));
    let (typed, day) = match draw.below(12) {
        0 => ("today".to_owned(), TODAY),
        1 => ("yesterday".to_owned(), first),
        2 => ("hier".to_owned(), first),
        3 => ("ayer".to_owned(), first),
        4 => (back.to_string(), back),
        5 => (language::date(back, "fr"), back),
        6 => (language::date(back, "es"), back),
        7 => ("lundi dernier".to_owned(), TODAY - Days::new(7)),
        8 => (format!("{days} days ago"), back),
        9 => (format!("il y a {days} jours"), back),
        10 => (format!("hace {days} días"), back),
        _ => (format!("{} {} {}", back.day(), back.format("%B"), back.year()), back),
    };
    value(typed, Meaning::Day(day))
}

/// The people, machines, tasks and entries that there are.
const KNOWN: [&str; 9] = ["ben", "@ben", "me", "#1", "#23", "L3", "l12", "M4", "press"];

/// A value of an option, and what it means.
fn a_value(option: &Opt, draw: &mut Draw) -> Value {
    let word = |typed: &str| value(typed, Meaning::Text(typed.to_owned()));
    let number = |typed: &str, means: &str| value(typed, Meaning::Number(means.to_owned()));
    match option.kind {
        OptionKind::Duration | OptionKind::Estimate => a_duration(draw),
        OptionKind::Amount
        | OptionKind::Owed
        | OptionKind::ForeignAmount
        | OptionKind::Balance
        | OptionKind::Pledge
        | OptionKind::Fee => an_amount(draw),
        OptionKind::PastDate | OptionKind::Date | OptionKind::Since | OptionKind::Until | OptionKind::Period => {
            a_day(draw)
        }
        OptionKind::Quantity => match draw.below(3) {
            0 => number("3", "3"),
            1 => number("2.5", "2.5"),
            _ => number("0,75", "0.75"),
        },
        OptionKind::Days => number("14", "14"),
        OptionKind::Page => number("2", "2"),
        OptionKind::Flag => {
            let yes = draw.below(2) == 0;
            let typed = if yes { draw.of(&["yes", "oui", "sí"]) } else { draw.of(&["no", "non", "No"]) };
            value(typed, Meaning::Flag(yes))
        }
        OptionKind::Choice => word(draw.of(&option.choices.iter().map(String::as_str).collect::<Vec<_>>())),
        OptionKind::Text => word(draw.of(&["\"a b c\"", "\"10% of: it\"", "word"])),
        OptionKind::Person => word(draw.of(&["ben", "@ben", "me"])),
        OptionKind::Task => word(draw.of(&["#1", "#23"])),
        OptionKind::Log => word(draw.of(&["L3", "l12"])),
        OptionKind::Money => word("M4"),
        OptionKind::Name
        | OptionKind::WorkRole
        | OptionKind::Fund
        | OptionKind::Word
        | OptionKind::Project
        | OptionKind::Distribution
        | OptionKind::Batch
        | OptionKind::Proposal
        | OptionKind::Milestone
        | OptionKind::Line
        | OptionKind::Pool
        | OptionKind::Equipment
        | OptionKind::Bill
        | OptionKind::Lot
        | OptionKind::File => word("press"),
    }
}

/// Words of a sentence; many might belong to a value in front of them, or be one themselves.
const WORDS: [&str; 56] = [
    "wiring",
    "soudure",
    "bomba",
    "and",
    "30",
    "et",
    "½",
    "for",
    "5",
    "20%",
    "h",
    "min",
    "x",
    "1:75",
    "y",
    "the",
    "on",
    "fence",
    "(twice)",
    "2x4",
    "3/4",
    "—",
    "+15m",
    "-5",
    "last",
    "monday",
    "ago",
    "\"quoted words\"",
    "it's",
    "8mm",
    "no",
    "yes",
    "me",
    "all",
    "10:00",
    "foo:",
    "http://a.b/c:d",
    "a:b",
    "of",
    "de",
    "con",
    "media",
    "quart",
    "hour",
    "heures",
    "CAD",
    "$",
    "USD",
    "1,234",
    "2h",
    "45m",
    "yesterday",
    "#1",
    "'til",
    "hier",
    "2026",
];

/// A random line of a command, and what it should mean.
struct RandomLine {
    text: String,
    /// The options that were typed, by their English names.
    options: BTreeMap<String, Value>,
    /// The words of the text that takes the rest of the line.
    sentence: Vec<&'static str>,
}

fn random_line(command: &Command, draw: &mut Draw) -> RandomLine {
    let language = draw.of(&LANGUAGES);
    let tail = command.positional().last().filter(|option| option.kind == OptionKind::Text);
    let (mut by_position, mut by_name, mut options) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut is_in_row = true;
    for option in &command.options {
        let is_tail = tail.is_some_and(|tail| tail.name == option.name);
        if is_tail || option.kind == OptionKind::File || !option.required && draw.below(10) >= 3 {
            is_in_row = is_in_row && (option.required || !option.by_position());
            continue;
        }
        let value = a_value(option, draw);
        let name = if draw.below(2) == 0 { option.name.as_str() } else { option.name_in(language) };
        if option.by_position() && is_in_row && draw.below(3) > 0 {
            by_position.push(value.typed.clone());
        } else {
            is_in_row = is_in_row && !option.by_position();
            let separator = draw.of(&[":", ":", ":", ": ", " : "]);
            let goes_on = matches!(value.means, Meaning::Minor(_) | Meaning::Number(_));
            by_name.push((format!("{name}{separator}{}", value.typed), goes_on));
        }
        options.insert(option.name.clone(), value);
    }
    let mut sentence = Vec::new();
    if tail.is_some_and(|tail| tail.required) || draw.below(3) > 0 {
        sentence.extend((0..draw.below(5) + 1).map(|_| draw.of(&WORDS)));
    }
    // Named options may stand anywhere.
    let positional = by_position.len();
    let mut pieces: Vec<String> =
        by_position.into_iter().chain(sentence.iter().map(|word| (*word).to_owned())).collect();
    by_name.sort_by_key(|(_, goes_on)| !goes_on);
    for (named, goes_on) in by_name {
        // `tax:5 100` would be one amount.
        let at = draw.below(pieces.len() + 1).max(if goes_on { positional } else { 0 });
        pieces.insert(at, named);
    }
    let name = if draw.below(2) == 0 { &command.name } else { command.name_in(language) };
    let text = std::iter::once(name.to_owned()).chain(pieces).collect::<Vec<_>>().join(" ");
    RandomLine { text, options, sentence }
}

/// What a typed value means, if it means anything.
fn meaning(option: &Opt, typed: &str) -> Option<Meaning> {
    let minor = |amount: fairshare::core::money::Amount| Meaning::Minor(amount.minor.0);
    match option.kind {
        OptionKind::Duration => values::duration(typed).ok().map(|minutes| Meaning::Minutes(minutes.0)),
        OptionKind::Estimate => values::estimate(typed).ok().map(|minutes| Meaning::Minutes(minutes.0)),
        OptionKind::Amount | OptionKind::Owed => values::amount(typed, cad()).ok().map(minor),
        OptionKind::ForeignAmount => values::foreign_amount(typed, cad()).ok().map(minor),
        OptionKind::Balance => values::balance(typed, cad()).ok().map(minor),
        OptionKind::Pledge => values::pledge(typed, cad()).ok().map(|pledge| minor(pledge.amount)),
        OptionKind::Fee => match values::fee(typed, cad()).ok()? {
            values::Fee::Amount(amount) => Some(minor(amount)),
            values::Fee::Percent(percent) => Some(Meaning::Number(format!("{percent:?}"))),
        },
        OptionKind::PastDate => values::date(typed, TODAY, Towards::Past).ok().map(Meaning::Day),
        OptionKind::Date => values::date(typed, TODAY, Towards::Future).ok().map(Meaning::Day),
        OptionKind::Since => values::end_of_period(typed, TODAY, End::First).ok().map(Meaning::Day),
        OptionKind::Until => values::end_of_period(typed, TODAY, End::Last).ok().map(Meaning::Day),
        OptionKind::Period => values::days_of(typed, TODAY).ok().map(|days| Meaning::Day(days.first)),
        OptionKind::Page => values::page(typed).ok().map(|number| Meaning::Number(number.to_string())),
        OptionKind::Quantity => values::quantity(typed).ok().map(|number| Meaning::Number(number.to_string())),
        OptionKind::Days => values::days(typed).ok().map(|number| Meaning::Number(number.to_string())),
        OptionKind::Flag => values::flag(typed).map(Meaning::Flag),
        // Other names and numbers mean something or nothing by the books.
        _ => Some(Meaning::Text(typed.to_owned())).filter(|_| KNOWN.contains(&typed) || has_words(option.kind)),
    }
}

/// The words of texts, sorted; quotes and the commas that end a part of a sentence are none.
fn bag<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain = texts.map(|text| text.replace('\u{202f}', "").replace(['"', ',', ';'], " "));
    let mut words: Vec<String> =
        plain.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    words.sort();
    words
}

/// What words behind a duration add to it.
fn added(words: &str) -> Option<i64> {
    let minutes = |word| match word {
        "½" | "30" => Some(30),
        "h" | "hour" | "heures" | "min" => Some(0),
        "3/4" => Some(45),
        "+15m" => Some(15),
        "45m" => Some(45),
        "2h" => Some(120),
        _ => None,
    };
    words.split(' ').map(minutes).sum()
}

/// What is wrong with how a line was read.
fn fault(command: &Command, line: &RandomLine) -> Option<String> {
    let Ok(call) = parse::text(&line.text, &CATALOG) else { return None };
    if call.command != command.name {
        return Some(format!("is `{}`", call.command));
    }
    let typed = line.options.values().map(|value| value.typed.as_str()).chain(line.sentence.iter().copied());
    // A task inside a sentence stays there.
    let mentioned = call.options.get("task").filter(|_| !line.options.contains_key("task")).map(String::as_str);
    let (typed, read) = (bag(typed.chain(mentioned)), bag(call.options.values().map(String::as_str)));
    let at_an_end = mentioned.is_some()
        && bag(typed.iter().map(String::as_str).filter(|word| *word != "#1"))
            == bag(read.iter().map(String::as_str).filter(|word| *word != "#1"));
    if typed != read && !at_an_end {
        return Some(format!("words are lost or made: {typed:?} became {read:?}"));
    }
    let in_text = |typed: &str| {
        let texts = command.options.iter().filter(|option| option.kind == OptionKind::Text);
        texts.filter_map(|option| call.options.get(&option.name)).any(|text| text.contains(typed))
    };
    for (name, value) in &line.options {
        let option = command.option(name).unwrap();
        // A text that is named takes the words behind it.
        if in_text(&value.typed.trim_matches('"').replace('\u{202f}', "")) {
            continue;
        }
        let Some(read) = call.options.get(name) else { return Some(format!("{name} is lost")) };
        let typed = value.typed.trim_matches('"');
        // Names and texts may have several words, and then take those that no other option takes.
        if option.kind == OptionKind::Text
            || has_words(option.kind) && read.starts_with(typed) && !line.sentence.is_empty()
        {
            continue;
        }
        // From one time of day to another.
        if typed.contains(':') && read.strip_prefix(typed).is_some_and(|more| more.starts_with(" — ")) {
            continue;
        }
        let wanted = match (&value.means, read.strip_prefix(typed).map(str::trim_start)) {
            (Meaning::Minutes(minutes), Some(more)) if !more.is_empty() => {
                added(more).map(|added| Meaning::Minutes(minutes + added))
            }
            (Meaning::Text(_), _) => Some(Meaning::Text(typed.to_owned())),
            (means, _) => Some(means.clone()),
        };
        // What can't be read is refused.
        let means = meaning(option, read);
        if means.is_some() && means != wanted {
            return Some(format!("{name} is {read:?}, {means:?}; wanted {wanted:?}"));
        }
    }
    None
}

/// Whether a name of a kind may have several words.
fn has_words(kind: OptionKind) -> bool {
    matches!(kind, OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund)
}

#[test]
fn a_random_line_is_read_whole_or_refused() {
    let mut draw = Draw(2026);
    let commands: Vec<&Command> = CATALOG.commands().filter(|command| command.on.is_none()).collect();
    let (mut whole, mut faults) = (0, Vec::new());
    for number in 0..LINES {
        let command = commands[number % commands.len()];
        let line = random_line(command, &mut draw);
        whole += usize::from(parse::text(&line.text, &CATALOG).is_ok());
        faults.extend(fault(command, &line).map(|fault| format!("{}\n    {fault}", line.text)));
    }
    assert!(
        faults.is_empty(),
        "{} of {LINES}:\n{}",
        faults.len(),
        faults.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(whole > LINES / 3, "only {whole} lines were read");
}

/// How many random lines are said in a room of each language.
const SAID: usize = 1500;

/// How many people say them.
const PEOPLE: usize = 40;

/// Names of which none looks like another.
fn name_of(number: usize) -> String {
    let (beginnings, endings) =
        (["bar", "dol", "fen", "gus", "hin", "kam", "lop", "mer"], ["ado", "ilu", "opi", "une", "ery"]);
    format!("{}{}", beginnings[number % 8], endings[number / 8 % 5])
}

/// A log that the bot has answered: the line, its author, and the answer.
struct Echo {
    line: String,
    author: String,
    log: LogId,
    reply: String,
}

/// Says random lines of logs in a room, and returns the answers that say that something is booked, with the books.
async fn said_in(language: &str) -> (Vec<Echo>, Books) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let mut world = World::open(&path, "any").await;
    world
        .run(&format!(
            "@clock {TODAY}T09:00:00Z\n\
             ana> !network init a currency:CAD timezone:UTC\nana> !project new press rule:rates\n\
             ana> !role grant ana custodian\nana> !task open mend the fence\nben> !join\n\
             ana> !language {language} for:room\n"
        ))
        .await;
    for number in 0..PEOPLE {
        world.hear(&format!("{}> !join", name_of(number))).await;
    }
    let mut draw = Draw(1);
    let kinds = ["log hours", "log expense", "log material", "log cash", "log cite", "log other"];
    let mut echoes = Vec::new();
    for number in 0..SAID {
        let line = random_line(CATALOG.command(kinds[number % kinds.len()]).unwrap(), &mut draw).text;
        let author = name_of(number % PEOPLE);
        let reply = world.hear(&format!("{author}> !{line}")).await;
        let said = reply.trim_start_matches("bot> ");
        let log =
            said.split_once([':', ' ', '\u{a0}']).and_then(|(log, _)| log.strip_prefix('L')?.parse().ok()).map(LogId);
        echoes.extend(log.map(|log| Echo { line, author, log, reply: said.to_owned() }));
    }
    world.close().await;
    let store = SqliteStore::open_to_read(&path).await.unwrap();
    let network = store.networks().await.unwrap().remove(0);
    (echoes, store.books(&network).await.unwrap())
}

/// What a log counts: its time, or its worth.
fn counted(log: &Log) -> (&'static str, Meaning) {
    match &log.contribution {
        Contribution::Work { minutes, .. } => ("time", Meaning::Minutes(minutes.0)),
        Contribution::Expense { value } | Contribution::Cash { value } => ("amount", Meaning::Minor(value.minor.0)),
        Contribution::Material { value, .. } | Contribution::Citation { value } | Contribution::Other { value } => {
            ("value", Meaning::Minor(value.minor.0))
        }
        Contribution::Use { .. } => panic!("nobody logged a use"),
    }
}

#[test]
fn a_random_log_is_booked_as_its_answer_says_or_refused() {
    for language in LANGUAGES {
        let (echoes, books) = block_on(said_in(language));
        assert!(echoes.len() > SAID / 4, "only {} of {SAID} lines are booked in {language}", echoes.len());
        assert_eq!(books.logs.len(), echoes.len(), "what is booked was answered");
        for Echo { line, author, log, reply } in echoes {
            let (log, call) = (books.log(log).unwrap(), parse::text(&line, &CATALOG).unwrap());
            let command = CATALOG.command(&call.command).unwrap();
            let read =
                |name: &str| call.options.get(name).map(|text| meaning(command.option(name).unwrap(), text).unwrap());
            let of = format!("{line:?} of {author} was answered {reply:?}");
            let (name, counted) = counted(log);
            assert_eq!(read(name), Some(counted.clone()), "{of}");
            let shown = match counted {
                Meaning::Minutes(minutes) => notation::duration(minutes),
                Meaning::Minor(minor) => language::amount(cad().minor(Minor(minor)), language),
                other => panic!("{other:?}"),
            };
            assert!(reply.contains(&shown), "{of}, without {shown}");
            assert_eq!(read("date").unwrap_or(Meaning::Day(TODAY)), Meaning::Day(log.date), "{of}");
            let shown = language::date(log.date, language);
            let is_shown = log.date != TODAY || call.sentence.is_some() && log.task.is_none();
            assert_eq!(reply.lines().next().unwrap().contains(&shown), is_shown, "{of}, {shown}");
            let person = match call.options.get("for").map(String::as_str) {
                Some("ben" | "@ben") => "ben",
                Some("me") | None => author.as_str(),
                Some(other) => panic!("{other} is nobody"),
            };
            assert_eq!(books.handle(log.person), person, "{of}");
            assert!(reply.contains(&format!(" {person}, ")), "{of}, without {person}");
            assert_eq!(log.task.is_some(), call.options.contains_key("task"), "{of}");
            assert_eq!(read("gift").unwrap_or(Meaning::Flag(false)), Meaning::Flag(log.gift), "{of}");
        }
    }
}
