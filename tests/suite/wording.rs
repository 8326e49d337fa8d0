//! The text of every reply, in every language and form, with any input of people in it; and the look of its pictures.
//!
//! `tests/snapshots/<language>.txt` has each message under its key: with all its optional parts, with each one alone,
//! and with none. `T` is the text, `H` the HTML and `D` Discord's markdown, if those differ from the text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Months, NaiveDate, TimeDelta};
use fairshare::core::money::{Amount, Commodity, Minor};
use fairshare::core::name::Name;
use fairshare::core::time::Minutes;
use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::spec::LANGUAGES;
use fairshare::message::line::Line;
use fairshare::message::picture::{CourseOf, CoursePicture, Picture, largest};
use fairshare::message::refusal::Refusal;
use fairshare::message::reply::Reply;
use fairshare::render::discord::Ids;
use fairshare::render::{language, matrix, picture};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::world::root;

pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| fairshare::commands::registry::catalog().unwrap());

/// Messages that need one of several optional parts: without any there would be no text, and that does not occur.
const ONE_OF: &[&str] = &["backer-row", "not-in-stock", "summary-before", "summary-money"];

/// The people in a picture.
const NAMES: [&str; 8] = ["ana", "ben", "eve", "zoe", "tom", "kim", "leo", "mia"];

/// Messages that have only values at their shortest; and the one that always has.
const VALUES_ALONE: &[&str] =
    &["file-line", "person-row", "project-head", "summary-head", "summary-project", "work-row", "year-project"];
const NEVER_OURS: &[&str] = &["file-line"];

/// A message that can be said: its key, and its fields with their types.
#[derive(Debug, Clone)]
struct Message {
    key: &'static str,
    fields: Vec<(&'static str, String)>,
    /// The alternatives of a field, with the types of what they show.
    alternatives: BTreeMap<&'static str, &'static [(&'static str, &'static str)]>,
}

/// Every message, in the order of declaration.
fn messages() -> impl Iterator<Item = Message> {
    Refusal::declared().chain(Line::declared()).map(|declared| {
        let fields =
            declared.fields.iter().map(|field| (field.name, field.of_type.split_whitespace().collect::<String>()));
        let several = declared.fields.iter().filter(|field| !field.alternatives.is_empty());
        let alternatives = several.map(|field| (field.name, field.alternatives)).collect();
        Message { key: declared.key, fields: fields.collect(), alternatives }
    })
}

impl Message {
    /// A reply of this message alone, with a value for each name and type of a field.
    fn reply(&self, value: impl Fn(&str, &str) -> Value) -> Reply {
        let one = |field: &str, of_type: &str| match self.alternatives.get(field) {
            Some(alternatives) => {
                let one = alternatives.iter().find(|(_, shows)| is_quoted(shows)).unwrap_or(&alternatives[0]);
                alternative(of_type, one, value(field, "bool") == json!(true), &value)
            }
            None => value(field, of_type),
        };
        self.of(one)
    }

    /// A reply of this message alone, with these values.
    fn of(&self, value: impl Fn(&str, &str) -> Value) -> Reply {
        let fields: Map<String, Value> =
            self.fields.iter().map(|(field, of_type)| ((*field).to_owned(), value(field, of_type))).collect();
        let said = if fields.is_empty() { json!(self.key) } else { json!({ (self.key): fields }) };
        if Refusal::declared().any(|declared| declared.key == self.key) {
            Reply::Refusal(serde_json::from_value(said).expect(self.key))
        } else {
            Reply::Lines(vec![serde_json::from_value(said).expect(self.key)])
        }
    }
}

impl Message {
    /// The message with all optional parts (unless it is one of `ONE_OF`), with each part alone, and with none. Each
    /// sample comes with the messages that may be alike in all languages; for a single part, all of them may be.
    fn samples(&self) -> Vec<(Reply, Option<&'static [&'static str]>)> {
        let is_left = |of_type: &str| of_type == "bool" || of_type.starts_with("Option<");
        let may_say: Vec<&str> =
            self.fields.iter().filter(|(_, of_type)| is_left(of_type)).map(|(field, _)| *field).collect();
        let says_one =
            ONE_OF.contains(&self.key) || self.fields.iter().filter(|(_, of_type)| of_type == "bool").count() > 1;
        let full = self.reply(|field, of_type| sample(field, of_type, true));
        let alone =
            |only: &&str| self.reply(|field, of_type| sample(field, of_type, field == *only || !is_left(of_type)));
        let sparse = self.reply(|field, of_type| sample(field, of_type, false));
        let mut samples = Vec::new();
        if !says_one || may_say.len() < 2 {
            samples.push((full, Some(NEVER_OURS)));
        }
        if may_say.len() > 1 {
            samples.extend(may_say.iter().map(alone).map(|reply| (reply, None)));
        }
        for (field, alternatives) in &self.alternatives {
            samples.extend(alternatives.iter().map(|one| (self.with(field, one), None)));
        }
        if !ONE_OF.contains(&self.key) {
            samples.push((sparse, Some(VALUES_ALONE)));
        }
        samples.dedup_by(|one, other| one.0 == other.0);
        samples
    }
}

impl Message {
    /// With one alternative of a field, and all else that must be there.
    fn with(&self, field: &str, one: &(&'static str, &'static str)) -> Reply {
        let full = |field: &str, of_type: &str| sample(field, of_type, true);
        self.of(|name, of_type| match self.alternatives.get(name) {
            Some(_) if name == field => alternative(of_type, one, true, &full),
            Some(alternatives) => alternative(of_type, &alternatives[0], false, &full),
            None => sample(name, of_type, !of_type.starts_with("Option<") && of_type != "bool"),
        })
    }
}

/// An alternative, as the field's type has it; one that may be left out is, unless it is wanted.
fn alternative(
    of_type: &str,
    (name, shows): &(&'static str, &'static str),
    is_wanted: bool,
    value: &impl Fn(&str, &str) -> Value,
) -> Value {
    let shows: String = shows.split_whitespace().collect();
    let one = if shows.is_empty() { json!(name) } else { json!({ *name: value(name, &shows) }) };
    match of_type {
        several if several.starts_with("Vec<") => Value::from_iter(is_wanted.then_some(one)),
        option if option.starts_with("Option<") && !is_wanted => Value::Null,
        _ => one,
    }
}

/// A value for a field: a full one, or a minimal one.
fn sample(field: &str, of_type: &str, is_full: bool) -> Value {
    let inside = |outer: &str| of_type.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inside("Option<") {
        return if is_full { sample(field, inner, true) } else { Value::Null };
    }
    if let Some(inner) = inside("Vec<") {
        return if is_full {
            [true, false].map(|is_full| sample(field, inner, is_full)).into_iter().collect()
        } else {
            json!([])
        };
    }
    let words = |full: &str, sparse: &str| Value::from(if is_full { full } else { sparse });
    let number = |full: i64, sparse: i64| Value::from(if is_full { full } else { sparse });
    match (of_type, field) {
        ("bool", _) => is_full.into(),
        ("usize", _) => number(3, 1),
        ("Minutes", _) => number(150, 1),
        ("Amount", _) => words("12345.67 CAD", "0.01 CAD"),
        ("NaiveDate", _) => words("2026-03-08", "2026-01-01"),
        ("DayRange", _) if is_full => serde_json::json!({ "first": "2026-03-02", "last": "2026-03-08" }),
        ("DayRange", _) => serde_json::json!({ "first": "2026-01-01", "last": "2026-12-31" }),
        ("String" | "Typed" | "TypedLine" | "NamedAccount", _) => words("<b>café</b> *x* @everyone", "x"),
        ("Term", _) => words("work", "cash"),
        ("TextRef", _) => "0".repeat(64).into(),
        ("Name", "usage") => "!task take <task>".into(),
        ("CommandSummary", _) => "log hours".into(),
        ("OptionHelp", _) => "log hours task".into(),
        ("TopicTitle", _) => "work".into(),
        ("Name", "line") => "!log 2h30 wiring".into(),
        ("Name", "option") => "task".into(),
        ("CommandName", _) => words("log hours", "help"),
        ("Number", _) => words("12.50", "0.50"),
        ("Name" | "WorkRole", _) => words("ana", "ben"),
        (id, _) if id.ends_with("Id") => number(7, 1),
        (other, _) => panic!("{field}: no sample of a {other}"),
    }
}

/// A reply of one line, as text, as HTML and in Discord's markdown.
fn forms(reply: &Reply, language: &str, ids: &Ids) -> [String; 3] {
    let html = matrix::html(&matrix::chunks(reply, language, &CATALOG));
    let discord = fairshare::render::discord::sheet(reply, language, &CATALOG, ids, None)
        .lines
        .into_iter()
        .map(|line| line.text)
        .collect();
    [fairshare::render::text::text(reply, language, &CATALOG), html, discord]
}

/// Each message has a text in each language, in that language, and equals the reviewed snapshot.
#[test]
fn every_reply_reads_in_every_language() {
    let ids: Ids = CATALOG.commands().map(|command| (CATALOG.path(command), 7)).collect();
    for language in LANGUAGES {
        let mut lines = Vec::new();
        for message in messages() {
            let key = message.key;
            lines.push(key.to_owned());
            for (reply, alike) in message.samples() {
                let reply = &reply;
                let [text, html, discord] = forms(reply, language, &ids);
                if text.trim().is_empty() && ONE_OF.contains(&key) {
                    continue;
                }
                assert!(!text.trim().is_empty(), "{key} ({language}) says nothing: {reply:?}");
                assert!(!text.contains(['{', '}', '[', ']']), "{key} ({language}): {text}");
                let is_english = text == fairshare::render::text::text(reply, LANGUAGES[0], &CATALOG);
                assert!(
                    language == LANGUAGES[0] || !is_english || alike.is_none_or(|alike| alike.contains(&key)),
                    "{key} ({language}) is English: {text}"
                );
                let others = [("H", html), ("D", discord)].into_iter().filter(|(_, form)| *form != text);
                let others: Vec<String> = others.map(|(form, shown)| format!("{form} {shown}")).collect();
                lines.push(format!("T {text}"));
                lines.extend(others);
            }
        }
        let written = lines.join("\n") + "\n";
        let path = root().join(format!("tests/snapshots/{language}.txt"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(root().join("tests/snapshots")).unwrap();
            std::fs::write(&path, &written).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        let same = written.lines().zip(stored.lines()).take_while(|(now, then)| now == then).count();
        let differs = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
        assert!(
            written == stored,
            "{}:{} was\n{}\nand is\n{}\nIf it reads well: BLESS=1 writes it anew",
            path.display(),
            same + 1,
            differs(&stored),
            differs(&written)
        );
    }
}

/// An account on Discord: the only value that is shown as a mention, if it is in an account's field.
const ACCOUNT: &str = "@123456789012345678";

/// Texts that have a meaning on some platform, or look like it.
#[rustfmt::skip]
const FRAGMENTS: &[&str] = &[
    "@everyone", "@here", "@room", "<@123456789012345678>", "<@&1>", "<#1>", "</help:1>", "<t:1>", "<:a:1>", ":smile:", "[x](http://y)",
    "<b>", "</code>", "&", "&lt;", "\"", "'", "`", "```", "**", "__", "~~", "||", "\\", "# ", "- ", "> ", "{typed}", "\n", "\r", "\t",
    "\u{7}", "\u{202e}", "\u{2066}", "🦀", "سلك", "é", "x", " ", "0",
];

/// Hostile input: at most 500 characters, as commands accept.
fn hostile() -> impl Strategy<Value = String> {
    let fragment = (prop::sample::select(FRAGMENTS), prop_oneof![8 => Just(1_usize), 1 => 1..=500_usize]);
    let text = prop::collection::vec(fragment, 1..12).prop_map(|fragments| {
        let all: String = fragments.iter().map(|(fragment, times)| fragment.repeat(*times)).collect();
        all.chars().take(500).collect::<String>()
    });
    prop_oneof![20 => text, 1 => Just(ACCOUNT.to_owned())]
}

/// Whether a field of this type quotes people's words.
fn is_quoted(of_type: &str) -> bool {
    ["String", "Typed", "NamedAccount"].iter().any(|quoted| of_type.contains(quoted))
}

/// The messages that quote people's words.
fn quoting() -> Vec<Message> {
    let quotes = |message: &Message| {
        let shown = message.alternatives.values().copied().flatten().map(|(_, shows)| *shows);
        message.fields.iter().map(|(_, of_type)| of_type.as_str()).chain(shown).any(is_quoted)
    };
    messages().filter(quotes).collect()
}

/// The tags that replies are laid out with.
const TAGS: [&str; 15] = [
    "<code>",
    "</code>",
    "<strong>",
    "</strong>",
    "<em>",
    "</em>",
    "<ul>",
    "</ul>",
    "<li>",
    "</li>",
    "<pre>",
    "</pre>",
    "<br>",
    "<details><summary>",
    "</details>",
];

/// HTML as people read it.
fn read(html: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(html.to_owned(), |html, (entity, c)| html.replace(entity, c))
}

/// The markup of a line for Discord: characters neither in code nor after a backslash.
fn meaning(markdown: &str) -> String {
    let (mut found, mut is_code, mut is_escaped) = (String::new(), false, false);
    for c in markdown.chars() {
        let is_bare = !std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_bare && !is_code => is_escaped = true,
            '`' if is_bare => {
                is_code = !is_code;
                found.push(c);
            }
            c if is_bare && !is_code && "*_~|<>[]@:".contains(c) => found.push(c),
            _ => {}
        }
    }
    found
}

/// Whether a character ends a line, controls something or turns the direction of what follows it.
fn is_unruly(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}' | '\u{2067}')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// People's words are shown as they wrote them: they add no markup, mention nobody, stay on their line, and fit.
    #[test]
    fn no_reply_exceeds_a_limit_or_calls_anyone(text in hostile(), message in prop::sample::select(quoting())) {
        let saying = |words: &str| {
            message.reply(|field, of_type| if is_quoted(of_type) { Value::from(words) } else { sample(field, of_type, true) })
        };
        let (said, harmless) = (saying(&text), saying("x"));
        let names_account = message.fields.iter().any(|(_, of_type)| of_type.contains("NamedAccount"));
        for language in LANGUAGES {
            let [plain, html, discord] = forms(&said, language, &Ids::new());

            let [bare, ..] = forms(&harmless, language, &Ids::new());
            prop_assert!(plain.lines().count() == bare.lines().count(), "{plain:?}");
            prop_assert!(plain.lines().all(|line| !line.contains(is_unruly)), "{plain:?}");
            prop_assert!(plain.len() <= 24_000, "{} bytes", plain.len());

            let untagged = TAGS.iter().fold(html.clone(), |html, tag| html.replace(tag, " "));
            prop_assert!(!untagged.contains(['<', '>']), "{html}");
            let words = |text: &str| -> Vec<String> {
                let text = text.replace([':', '\u{a0}'], " ");
                text.split([' ', '\n', '·', '`']).map(str::to_owned).filter(|word| !word.is_empty()).collect()
            };
            let (shown, said) = (words(&read(&untagged)), words(&plain));
            prop_assert!(shown.iter().all(|word| said.contains(word)), "{html} is not {plain}");

            prop_assert!(discord.lines().all(|line| !line.contains(is_unruly)), "{discord:?}");
            prop_assert!(discord.encode_utf16().count() <= 4096, "{} units", discord.encode_utf16().count());
            let mention = if names_account && text == ACCOUNT { format!("<{ACCOUNT}>") } else { String::new() };
            let rest = if mention.is_empty() { discord.clone() } else { discord.replace(&mention, "") };
            let [_, _, ours] = forms(&harmless, language, &Ids::new());
            prop_assert!(meaning(&rest) == meaning(&ours), "{}: {discord}", message.key);
        }
    }
}

fn cad() -> Commodity {
    Commodity::iso("CAD").unwrap()
}

/// Twelve weeks of so many people, and of others.
fn hours(people: i64, others: Option<usize>) -> Picture {
    let weekly = |who: i64| -> Vec<Minutes> { (0..12).map(|week| Minutes(30 * who + 15 * week)).collect() };
    Picture::Hours {
        of: Some(Name::from("forillon")),
        weeks: NaiveDate::from_ymd_opt(2026, 1, 5).unwrap().iter_weeks().take(12).collect(),
        people: (1..=people)
            .rev()
            .zip(NAMES.iter().cycle())
            .map(|(who, name)| (Name::from(name), weekly(who)))
            .collect(),
        others: others.map(|count| (count, weekly(2))),
    }
}

/// So many parts, one of them with a hostile name.
fn shares(count: i64) -> Picture {
    let called = |number: i64| {
        if number == 1 { Name::from("<b>&\"ana\"</b> \u{202e}🦀 سلك") } else { Name(format!("person-{number}")) }
    };
    let parts: Vec<(Name, Amount)> =
        (1..=count).map(|number| (called(number), cad().minor(Minor(12_345 * number)))).collect();
    let total = cad().minor(parts.iter().map(|(_, amount)| amount.minor).sum());
    let (parts, others) = largest(parts, total);
    Picture::Shares { title: "forillon".into(), parts, others, total, coming: false }
}

/// A pool for ten thousand dollars.
fn pool(paid: i64, promised: i64, minimum: Option<i64>) -> Picture {
    let [paid, promised, goal] = [paid, promised, 1_000_000].map(|minor| cad().minor(Minor(minor)));
    Picture::Pool {
        pool: "laser".into(),
        paid,
        promised,
        goal,
        minimum: minimum.map(|minor| cad().minor(Minor(minor))),
        backers: 3,
        days: Some(12),
    }
}

/// The main number of a picture, as text.
fn placeholder_handle(picture: &Picture, language: &str) -> String {
    match picture {
        Picture::Hours { people, others, .. } => {
            let all =
                people.iter().map(|(_, minutes)| minutes).chain(others.iter().map(|(_, minutes)| minutes)).flatten();
            fairshare::grammar::notation::duration(all.map(|minutes| minutes.0).sum())
        }
        Picture::Shares { total, .. } => language::amount(*total, language),
        Picture::Pool { goal, .. } => language::amount(*goal, language),
        Picture::Course(course) => language::amount(course.goal, language),
        Picture::Months { months } => {
            let came: Minor = months.iter().map(|(_, came, _)| came.minor).sum();
            language::amount(cad().minor(came), language)
        }
    }
}

/// A sum that grows for so many weeks.
fn course(weeks: i64, sum: CourseOf) -> Picture {
    let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let day = |week: i64| first + TimeDelta::days(7 * week);
    Picture::Course(CoursePicture {
        of: "laser".into(),
        sum,
        since: first,
        steps: (0..weeks).map(|week| (day(week), cad().minor(Minor(45_000 * (week + 1))))).collect(),
        goal: cad().minor(Minor(1_000_000)),
        today: day(weeks),
        deadline: (sum == CourseOf::Paid).then(|| day(weeks + 6)),
    })
}

/// So many months of money.
fn months(count: u32) -> Picture {
    let first = NaiveDate::from_ymd_opt(2025, 6, 1).unwrap();
    let month = |at: u32| {
        let part = i64::from(at);
        let money = |minor| cad().minor(Minor(minor));
        (first + Months::new(at), money(120_000 + 35_000 * (part % 4)), money(90_000 + 20_000 * (part % 3)))
    };
    Picture::Months { months: (0..count).map(month).collect() }
}

/// The same picture has the same bytes and its stated size, and has a description. All are under `target/pictures` for
/// review.
#[test]
fn pictures_are_the_same_each_time_and_lie_under_target() {
    let folder = root().join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let pictures = [
        ("hours-1", hours(1, None)),
        ("hours-9", hours(8, Some(4))),
        ("shares-2", shares(2)),
        ("shares-9", shares(9)),
        ("pool-0", pool(0, 0, None)),
        ("pool-45", pool(450_000, 120_000, Some(600_000))),
        ("pool-131", pool(1_310_000, 0, None)),
        ("course-8", course(8, CourseOf::Paid)),
        ("course-2", course(2, CourseOf::PaidBack)),
        ("months-2", months(2)),
        ("months-12", months(12)),
    ];
    for (name, shown) in &pictures {
        for language in LANGUAGES {
            let drawing = picture::drawing(shown, language, &CATALOG);
            let png = drawing.png().unwrap();
            assert!(drawing.png().as_ref() == Some(&png), "{name} ({language}) is drawn in two ways");
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png[12..16] == *b"IHDR", "{name} ({language}) is no PNG");
            let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), drawing.size(), "{name} ({language})");
            assert!(png.len() < 200_000, "{name} ({language}) has {} bytes", png.len());
            let (alt, number) = (picture::alt(shown, language, &CATALOG), placeholder_handle(shown, language));
            assert!(alt.contains(&number), "{name} ({language}) does not say {number}: {alt}");
            std::fs::write(folder.join(format!("{language}-{name}.png")), &png).unwrap();
            let (svg, path) = (drawing.svg(), root().join(format!("tests/snapshots/{language}-{name}.svg")));
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&path, &svg).unwrap();
            }
            let stored = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                svg == stored,
                "{} is drawn otherwise now; if target/pictures looks well, BLESS=1 writes it anew",
                path.display()
            );
        }
    }
}

#[test]
fn a_summary_of_200_people_is_drawn() {
    assert!(picture::drawing(&hours(8, Some(192)), "en", &CATALOG).png().is_some());
}
