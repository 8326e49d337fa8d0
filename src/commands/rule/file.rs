//! Rule files: a rule in TOML, for what no preset covers. Nothing in it is computed; what does not fit is refused with
//! its line number.
//!
//! ```toml
//! [[bucket]]
//! percent = 5
//! of = "total"
//! fund = "infrastructure"
//!
//! [[bucket]]
//! percent = 100
//! kinds = ["work"]
//! roles = ["design"]
//! lifetime = "until-paid"
//! cap = 1.5
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::commands::context::CommandContext;
use crate::commands::rule::numbers::{cap, flawed};
use crate::core::contribution::ContributionKind;
use crate::core::ids::{PersonId, TaskId};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::rule::bucket::{Base, Bucket, Destination, Filter, Lifetime, Weigh};
use crate::core::rule::definition::{Rule, RuleError};
use crate::core::rule::preset::{Preset, USUAL_FUNDS};
use crate::grammar::percent;
use crate::grammar::resolve::{fund_called, near_name};
use crate::grammar::spelling::{account_name, nearest};
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::rule::{FileValue, RuleRefusal};
use crate::message::typed::TypedRefusal;

/// The most buckets: a rule is read by people.
const MOST_BUCKETS: usize = 20;

/// The largest file, in bytes.
const LARGEST: usize = 20_000;

/// The keys of a bucket.
const KEYS: [&str; 15] = [
    "percent",
    "of",
    "fund",
    "person",
    "kinds",
    "roles",
    "except-roles",
    "tasks",
    "people",
    "since",
    "until",
    "lifetime",
    "cap",
    "weigh",
    "weights",
];

/// Reads the rule file that is attached to the command.
///
/// # Errors
/// Refused if no file is attached, if it is too large or no text, or if it is no valid rule.
pub fn read(context: CommandContext) -> Result<Rule, Refusal> {
    let file = context.moment.files.get("file").and_then(|file| Some((&file.name, file.bytes.as_ref()?)));
    let (name, bytes) = file.ok_or_else(|| RoomRefusal::FileNotAttached { option: Name::from("file") })?;
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LARGEST);
    let text = text.ok_or_else(|| RoomRefusal::FileOfOtherKind { typed: Typed(name.clone()) })?;
    parse(context, text)
}

/// Reads a rule file.
fn parse(context: CommandContext, text: &str) -> Result<Rule, Refusal> {
    let reader = Reader { context, text };
    let table = DeTable::parse(text).map_err(|error| RuleRefusal::RuleFileSyntax {
        line: error.span().map_or(1, |span| reader.line(&span)),
        what: error.message().lines().next().unwrap_or_default().to_owned(),
    })?;
    let mut rows = None;
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "bucket" => rows = Some(value),
            other => return Err(reader.unknown_key(other, &key.span(), &["bucket"])),
        }
    }
    let Some(rows) = rows else { return Err(RuleRefusal::RuleEmpty.into()) };
    let list =
        rows.get_ref().as_array().ok_or_else(|| RuleRefusal::RuleFileBuckets { line: reader.line(&rows.span()) })?;
    if list.len() > MOST_BUCKETS {
        return Err(RuleRefusal::RuleTooLong { most: MOST_BUCKETS }.into());
    }
    let mut buckets = Vec::new();
    let mut lines = Vec::new();
    for row in list.iter() {
        let table =
            row.get_ref().as_table().ok_or_else(|| RuleRefusal::RuleFileBuckets { line: reader.line(&row.span()) })?;
        let (bucket, at) = reader.bucket(table, reader.line(&row.span()))?;
        buckets.push(bucket);
        lines.push(at);
    }
    Rule::new(Preset::Custom, buckets).map_err(|flaw| {
        let said = match flaw {
            RuleError::Percent { .. } | RuleError::OverWhole { .. } => "percent",
            RuleError::TotalLast { .. } => "of",
            RuleError::Cap { .. } => "cap",
            RuleError::Weights { .. } => "weights",
            _ => "kinds",
        };
        let line = flaw
            .bucket()
            .and_then(|bucket| lines.get(bucket - 1))
            .and_then(|at| at.get(said).or_else(|| at.get("")).copied());
        flawed(&flaw, line)
    })
}

type Values<'a> = BTreeMap<&'a str, &'a Spanned<DeValue<'a>>>;

/// A rule file that is being read.
struct Reader<'a> {
    context: CommandContext<'a>,
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn unknown_key(&self, typed: &str, span: &Range<usize>, known: &[&str]) -> Refusal {
        RuleRefusal::RuleFileKey {
            line: self.line(span),
            typed: Typed(typed.to_owned()),
            nearest: nearest(typed, known.iter().copied()).map(Name::from),
            known: known.iter().map(|key| Name::from(*key)).collect(),
        }
        .into()
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, choices: &[&str]) -> Refusal {
        RuleRefusal::RuleFileValue {
            line: self.line(&value.span()),
            key: Name::from(key),
            choices: choices.iter().map(|choice| Name::from(*choice)).collect(),
            expected: match key {
                "percent" => Some(FileValue::Percent),
                "cap" => Some(FileValue::Cap),
                "since" | "until" => Some(FileValue::Date),
                "weights" => Some(FileValue::Weights),
                "fund" | "person" | "roles" | "except-roles" | "tasks" | "people" | "kinds" if choices.is_empty() => {
                    Some(FileValue::Names)
                }
                _ => None,
            },
        }
        .into()
    }

    /// A bucket, and the line number of each of its keys; its own is under the empty key.
    fn bucket<'t>(&self, table: &'t DeTable<'t>, line: usize) -> Result<(Bucket, BTreeMap<&'t str, usize>), Refusal> {
        let mut values: Values<'t> = BTreeMap::new();
        let mut lines = BTreeMap::from([("", line)]);
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                return Err(self.unknown_key(name, &key.span(), &KEYS));
            }
            values.insert(name, value);
            lines.insert(name, self.line(&key.span()));
        }
        let missing = || RuleRefusal::RuleFilePercent { line };
        let percent = *values.get("percent").ok_or_else(missing)?;
        let hundredths = number(percent)
            .and_then(percent::percent)
            .or_else(|| number(percent).filter(|n| *n == "0").map(|_| BasisPoints::ZERO));
        let percent = hundredths.ok_or_else(|| self.wrong("percent", percent, &[]))?;
        let of = self.choice(&values, "of", &[("remaining", Base::Remaining), ("total", Base::Total)])?;
        let for_claims = values.keys().any(|key| !["percent", "of", "fund", "person"].contains(key));
        let to = match (values.get("fund"), values.get("person")) {
            (Some(value), None) if !for_claims => Destination::Fund(self.fund(value)?),
            (None, Some(value)) if !for_claims => Destination::Person(
                self.person(value.get_ref().as_str().ok_or_else(|| self.wrong("person", value, &[]))?, value)?,
            ),
            (None, None) => self.claims(&values)?,
            _ => return Err(RuleRefusal::RuleFileBoth { line }.into()),
        };
        Ok((Bucket { percent, of, to }, lines))
    }

    fn fund(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Refusal> {
        let typed = value.get_ref().as_str().unwrap_or_default();
        let name = account_name(typed).ok_or_else(|| self.wrong("fund", value, &[]))?;
        let books = self.context.books;
        fund_called(books, typed).ok_or_else(|| {
            let funds = books.funds();
            let nearest = near_name(&name, funds.keys().map(String::as_str).chain(USUAL_FUNDS));
            RuleRefusal::RuleFileFund { line: self.line(&value.span()), typed: Typed(typed.to_owned()), nearest }.into()
        })
    }

    fn person(&self, typed: &str, value: &Spanned<DeValue<'_>>) -> Result<PersonId, Refusal> {
        let unknown =
            |_| RuleRefusal::RuleFilePerson { line: self.line(&value.span()), typed: Typed(typed.to_owned()) }.into();
        self.context.people().named_now(typed).map_err(unknown)
    }

    fn claims(&self, values: &Values<'_>) -> Result<Destination, Refusal> {
        let roles = self.words(values, "roles")?;
        let words: Vec<&str> = ContributionKind::ALL.iter().map(|kind| kind.word()).collect();
        let kind = |word: &str| ContributionKind::ALL.into_iter().find(|kind| kind.word() == word);
        let kinds: Vec<ContributionKind> = match values.get("kinds") {
            None if !roles.is_empty() => vec![ContributionKind::Work],
            None => ContributionKind::ALL.to_vec(),
            Some(value) => {
                let typed = self.words(values, "kinds")?;
                typed
                    .iter()
                    .map(|word| kind(word).ok_or_else(|| self.wrong("kinds", value, &words)))
                    .collect::<Result<_, _>>()?
            }
        };
        let lifetimes = [("forever", Lifetime::Forever), ("until-paid", Lifetime::UntilPaid), ("once", Lifetime::Once)];
        let weighs = [("value", Weigh::Value), ("minutes", Weigh::Minutes), ("person", Weigh::Person)];
        let factors = values.get("weights").map(|value| {
            let wrong = || self.wrong("weights", value, &[]);
            let table = value.get_ref().as_table().ok_or_else(wrong)?;
            let factor = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                Some((kind(key)?, number(value)?.parse().ok()?))
            };
            table
                .iter()
                .map(|row| factor(row).ok_or_else(wrong))
                .collect::<Result<BTreeMap<ContributionKind, u32>, Refusal>>()
        });
        let account = |key: &str, words: Vec<String>| -> Result<Vec<String>, Refusal> {
            let named = |word: String| account_name(&word).ok_or(word);
            words
                .into_iter()
                .map(|word| named(word).map_err(|typed| TypedRefusal::NotAName { typed: Typed(typed) }.into()))
                .collect::<Result<_, _>>()
                .map_err(|refusal| values.get(key).map_or(refusal, |value| self.wrong(key, value, &[])))
        };
        let tasks =
            self.words(values, "tasks")?.iter().map(|word| self.task(values, word)).collect::<Result<_, _>>()?;
        let people = self.words(values, "people")?;
        let people = people.iter().map(|word| self.person(word, values["people"])).collect::<Result<_, _>>()?;
        Ok(Destination::Claims {
            kinds,
            weigh: self.choice(values, "weigh", &weighs)?,
            lifetime: self.choice(values, "lifetime", &lifetimes)?,
            cap: match values.get("cap") {
                None => BasisPoints::ONE,
                Some(value) => {
                    number(value).and_then(|typed| cap(typed).ok()).ok_or_else(|| self.wrong("cap", value, &[]))?
                }
            },
            only: Filter {
                roles: account("roles", roles)?,
                except_roles: account("except-roles", self.words(values, "except-roles")?)?,
                tasks,
                people,
                since: self.day(values, "since")?,
                until: self.day(values, "until")?,
            },
            factors: factors.transpose()?.unwrap_or_default(),
        })
    }

    fn task(&self, values: &Values<'_>, typed: &str) -> Result<TaskId, Refusal> {
        let id =
            typed.trim_start_matches('#').parse().ok().map(TaskId).filter(|id| self.context.books.task(*id).is_some());
        id.ok_or_else(|| {
            RuleRefusal::RuleFileTask { line: self.line(&values["tasks"].span()), typed: Typed(typed.to_owned()) }
                .into()
        })
    }

    fn day(&self, values: &Values<'_>, key: &str) -> Result<Option<NaiveDate>, Refusal> {
        let Some(value) = values.get(key) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Datetime(day) => day.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        text.parse().map(Some).map_err(|_| self.wrong(key, value, &[]))
    }

    /// One of a few words; the first by default.
    fn choice<T: Copy>(&self, values: &Values<'_>, key: &str, choices: &[(&str, T)]) -> Result<T, Refusal> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        match values.get(key) {
            None => Ok(choices[0].1),
            Some(value) => {
                let chosen = choices.iter().find(|(word, _)| value.get_ref().as_str() == Some(*word));
                chosen.map(|(_, choice)| *choice).ok_or_else(|| self.wrong(key, value, &words))
            }
        }
    }

    /// A list of words, or one alone.
    fn words(&self, values: &Values<'_>, key: &str) -> Result<Vec<String>, Refusal> {
        let Some(value) = values.get(key) else { return Ok(Vec::new()) };
        if let Some(word) = value.get_ref().as_str() {
            return Ok(vec![word.to_owned()]);
        }
        let words = value
            .get_ref()
            .as_array()
            .and_then(|list| list.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect());
        words
            .filter(|words: &Vec<String>| !words.is_empty() || key == "kinds")
            .ok_or_else(|| self.wrong(key, value, &[]))
    }
}

/// The digits of a number, or of a text that holds one, as they are written.
fn number<'v>(value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
    match value.get_ref() {
        DeValue::Integer(digits) if digits.radix() == 10 => Some(digits.as_str()),
        DeValue::Float(digits) => Some(digits.as_str()),
        DeValue::String(text) => Some(text),
        _ => None,
    }
}
