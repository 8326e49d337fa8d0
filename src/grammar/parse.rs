//! Parses text into a command with its options: syntax only, the same for every platform that has text.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::look::is_blank;
use crate::core::money::Commodity;
use crate::core::name::Name;
use crate::grammar::catalog::Catalog;
use crate::grammar::spec::{Command, LANGUAGES, Opt, OptionKind, folded};
use crate::grammar::values;
use crate::grammar::values::{Reach, flag};
use crate::message::field::{CommandName, Typed};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;

/// A command as it was called, with its options as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The command's name.
    pub command: String,
    /// What was typed for each option.
    pub options: BTreeMap<String, String>,
    /// The text by position as it was typed, if a day or a task was taken from it.
    pub sentence: Option<String>,
    /// The words `for ...` at the end of the text, which may say whose the entry is or where it goes.
    pub aim: Option<Aim>,
    /// The words behind named options of one word, which may belong to a name: `project:garden north`.
    pub behind: BTreeMap<String, Vec<String>>,
}

/// The last words of a text: `for beta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// All of them.
    pub words: String,
    /// What stands behind `for`.
    pub named: String,
}

impl Call {
    /// A call whose options are known by name.
    pub fn new(command: &str, options: BTreeMap<String, String>) -> Self {
        Self { command: command.to_owned(), options, sentence: None, aim: None, behind: BTreeMap::new() }
    }
}

/// The text after the prefix, if the line speaks to the bot: `!x`, `/x` or `@name x`.
pub fn addressed<'a>(line: &'a str, prefix: &str, bot: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let named = || {
        let (mentioned, rest) = line.strip_prefix('@').map_or((false, line), |rest| (true, rest));
        let head = rest.get(..bot.len())?;
        let rest = &rest[bot.len()..];
        // Without a sign of address, "fairshare is great" is talk.
        let addressed = rest.starts_with([':', ',']) || (mentioned && rest.starts_with(' '));
        (head.eq_ignore_ascii_case(bot) && addressed).then(|| rest.trim_start_matches([' ', ':', ',']))
    };
    after_sign(line, prefix).or_else(|| {
        let text = named()?;
        after_sign(text, prefix).or(Some(text).filter(|text| text.starts_with(char::is_alphabetic)))
    })
}

/// The text after the prefix or `/`, if a line begins with one of them.
fn after_sign<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let text = line.strip_prefix(prefix).or_else(|| line.strip_prefix('/'))?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    // "/usr/bin is full" is a path.
    let is_path = line.starts_with('/') && text.split(' ').next().is_some_and(|word| word.contains('/'));
    // "!!!" or "/ /" is somebody talking, not a command.
    (text.starts_with(char::is_alphabetic) && !is_path).then_some(text)
}

/// Like [`addressed`], if the line is likely to be meant for the bot. Other bots have signs, too: after a sign there
/// must be one of our commands, or something close to one. After the bot's name there may be anything.
pub fn meant<'a>(line: &'a str, prefix: &str, bot: &str, catalog: &Catalog) -> Option<&'a str> {
    let text = addressed(line, prefix, bot)?;
    let has_sign = [prefix, "/"].iter().any(|sign| line.trim_start().starts_with(sign));
    (!has_sign || catalog.is_near(text)).then_some(text)
}

/// The commands of a message that begins with one, without its prefix: each with the lines below it that are text. A
/// line between fences begins no command.
pub fn commands<'a>(message: &'a str, prefix: &str, catalog: &Catalog) -> Vec<&'a str> {
    let mut commands = Vec::new();
    let (mut begins, mut at, mut is_fenced) = (0, 0, false);
    for line in message.split_inclusive('\n') {
        is_fenced ^= line.trim_start().starts_with("```") && line.matches("```").count() % 2 == 1;
        let command = after_sign(line, prefix).filter(|text| at > 0 && !is_fenced && catalog.is_near(text));
        if let Some(text) = command {
            commands.push(message[begins..at].trim_end());
            begins = at + line.len() - text.len();
        }
        at += line.len();
    }
    commands.push(&message[begins..]);
    commands
}

/// A word of the line, its place, and what of it stands in quotes.
struct Word {
    text: String,
    start: usize,
    end: usize,
    quotes: Quotes,
}

/// What of a word stands in quotes. Quotes protect: nothing in them is an option, and no value goes on behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    None,
    /// All of it.
    Whole,
    /// The value behind the name of an option.
    Value,
}

/// Undoes changes of phone keyboards: curly quotes, long dashes before a word, unusual spaces. Characters that nobody
/// sees are dropped where a word begins or ends.
fn normalised(text: &str) -> Result<String, Refusal> {
    let mut plain = String::with_capacity(text.len());
    let mut at_word_start = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\r' | '\t' => plain.push(' '),
            c if c.is_control() => return Err(TypedRefusal::ControlCharacter.into()),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '：' => plain.push(':'),
            '–' | '—' if at_word_start && chars.peek().is_some_and(|next| next.is_alphabetic()) => {
                plain.push_str("--")
            }
            // What separates groups of three digits belongs to the number.
            '\u{a0}' | '\u{2009}' | '\u{202f}' if is_between_groups(&plain, chars.clone()) => plain.push('\u{202f}'),
            c if c.is_whitespace() => plain.push(' '),
            c if is_unseen(c) && (at_word_start || chars.peek().is_none_or(|next| next.is_whitespace())) => continue,
            c => plain.push(c),
        }
        at_word_start = plain.ends_with(' ');
    }
    Ok(plain)
}

/// Whether a separator stands between groups of three digits: `1 234,50` with a space of any width that does not break.
fn is_between_groups(before: &str, after: impl Iterator<Item = char>) -> bool {
    let is_digit = |c: &char| c.is_ascii_digit();
    let digits = before.chars().rev().take_while(is_digit).count();
    let in_front = before.chars().rev().nth(digits);
    let begins = (1..=3).contains(&digits) && !in_front.is_some_and(|c| c.is_alphanumeric() || ".,/".contains(c));
    let goes_on = digits == 3 && in_front == Some('\u{202f}');
    (begins || goes_on) && after.take(4).take_while(is_digit).count() == 3
}

/// Whether a character without width stands for nothing, unlike those that shape an emoji.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some(&(start, c)) = rest.peek() {
        if c == ' ' {
            rest.next();
            continue;
        }
        let (mut text, mut quotes, mut end) = (String::new(), Quotes::None, start);
        while let Some(&(at, c)) = rest.peek() {
            let opens = c == '"' && (text.is_empty() || text.ends_with([':', '=']));
            let closing = || line[at + 1..].find('"').map(|length| at + 1 + length);
            if opens && let Some(close) = closing() {
                quotes = if text.is_empty() { Quotes::Whole } else { Quotes::Value };
                text.push_str(&line[at + 1..close]);
                while rest.next_if(|(at, _)| *at <= close).is_some() {}
                end = close + 1;
            } else if c == ' ' {
                break;
            } else {
                text.push(c);
                end = at + c.len_utf8();
                rest.next();
            }
        }
        if quotes != Quotes::None || !is_blank(&text) {
            words.push(Word { text, start, end, quotes });
        }
    }
    words
}

/// Splits a message into a command and, fenced in the lines under it, the file of one of the command's options. Returns
/// the command line, the option, and the content of the file. Platforms that bring files in another way don't use this.
pub fn with_file<'a>(message: &'a str, catalog: &Catalog) -> Option<(&'a str, String, String)> {
    let (line, below) = message.split_once('\n')?;
    let fenced = below.trim().strip_prefix("```")?.strip_suffix("```")?;
    // The name of a language may follow the first fence.
    let (_, file) = fenced.split_once('\n')?;
    let command = catalog.command(&text(line, catalog).ok()?.command)?;
    let option = command.options.iter().find(|option| option.kind == OptionKind::File)?;
    Some((line, option.name.clone(), file.to_owned()))
}

/// Reads a line without its prefix.
///
/// # Errors
/// [`Refusal`] if the line has a control character, names no command, or its options can't be read.
pub fn text(line: &str, catalog: &Catalog) -> Result<Call, Refusal> {
    let line = normalised(line)?;
    let words = words(&line);
    let (command, used) = command(&words, catalog)?;
    let mut given = TypedOptions::new(command, catalog, &line, BTreeMap::new());
    let mut loose: Vec<&Word> = Vec::new();
    let mut rest = &words[used..];
    while let Some((word, others)) = rest.split_first() {
        rest = match given.option_at(rest)? {
            None => {
                loose.push(word);
                others
            }
            Some(named) => {
                if !loose.is_empty() {
                    given.late.insert(named.option.name.clone());
                }
                &rest[given.take_named(&named, &rest[named.words..])?..]
            }
        };
    }
    given.take_by_position(&loose)?;
    if let Some(missing) =
        command.options.iter().find(|option| option.required && !given.options.contains_key(&option.name))
    {
        return Err(missing_option(command, missing));
    }
    Ok(Call {
        command: command.name.clone(),
        options: given.options,
        sentence: given.sentence,
        aim: given.aim,
        behind: given.behind,
    })
}

/// Reads the sentences of a call whose options came by name: a day or a task among their words is taken from there, as
/// in a line.
///
/// # Errors
/// [`Refusal`] as for a line.
pub fn sentences(call: Call, catalog: &Catalog) -> Result<Call, Refusal> {
    let Some(command) = catalog.command(&call.command) else { return Ok(call) };
    let holds = |option: &&Opt| !option.holds.is_empty() && call.options.contains_key(&option.name);
    let Some(option) = command.options.iter().find(holds) else { return Ok(call) };
    let mut options = call.options.clone();
    let line = normalised(&options.remove(&option.name).unwrap_or_default())?;
    let words = words(&line);
    let mut given = TypedOptions::new(command, catalog, &line, options);
    given.take_sentence(option, &words.iter().collect::<Vec<_>>())?;
    Ok(Call { options: given.options, sentence: given.sentence, aim: given.aim, ..call })
}

/// The command of a line without its prefix, even if its options can't be read.
pub fn command_of<'r>(line: &str, catalog: &'r Catalog) -> Option<&'r Command> {
    let line = normalised(line).ok()?;
    command(&words(&line), catalog).ok().map(|(command, _)| command)
}

/// The command that the first words name, and how many words name it.
fn command<'r>(words: &[Word], catalog: &'r Catalog) -> Result<(&'r Command, usize), Refusal> {
    let lower: Vec<String> = words.iter().take(2).map(|word| word.text.to_lowercase()).collect();
    let said = lower.join(" ");
    let lower = catalog.in_english(&lower);
    let Some(first) = lower.first() else {
        return Err(RoomRefusal::UnknownCommand { typed: Typed(String::new()), nearest: None }.into());
    };
    if let Some(second) = lower.get(1)
        && let Some(command) = catalog.command(&format!("{first} {second}"))
    {
        return Ok((command, 2));
    }
    let group: Vec<CommandName> = catalog.group(first).map(|command| CommandName(command.name.clone())).collect();
    // An alias that is also the name of a group needs fitting words after it: `log 2h30` is work, `log huors 2h30` is a
    // misspelling. Options may stand before them.
    let is_option =
        |word: &&Word| word.text.starts_with("--") || word.text.contains(':') && !starts_like_number(&word.text);
    let begins_with_option = words.get(1).is_some_and(|word| is_option(&word));
    let starts: Vec<&str> =
        words.iter().skip(1).skip_while(is_option).map(|word| word.text.as_str()).take(values::MOST_WORDS).collect();
    let fits = group.is_empty()
        || starts.first().map_or(begins_with_option, |word| starts_like_number(word))
        || values::begins_with_duration(&starts);
    // `use printer 2h` has the machine before the time. A misspelt word of the group is not a machine.
    let later = |command: &&Command| {
        let typed = lower.join(" ");
        command.positional().next().is_some_and(|option| option.kind == OptionKind::Equipment)
            && lower.len() > 1
            && catalog.nearest(&typed).is_none()
    };
    if let Some(command) =
        catalog.by_alias(first).filter(|command| fits || later(command)).or_else(|| catalog.command(first))
    {
        return Ok((command, 1));
    }
    match lower.get(1) {
        None if !group.is_empty() => Err(TypedRefusal::WhichOf { commands: group }.into()),
        Some(_) if first == "log" && words.iter().skip(2).any(|word| values::is_duration(&word.text)) => {
            Err(TypedRefusal::TimeFirst.into())
        }
        Some(second) if !group.is_empty() => Err(RoomRefusal::UnknownCommand {
            nearest: catalog.nearest(&format!("{first} {second}")),
            typed: Typed(said),
        }
        .into()),
        _ => {
            let typed = said.split(' ').next().unwrap_or_default().to_owned();
            Err(RoomRefusal::UnknownCommand { typed: Typed(typed), nearest: catalog.nearest(first) }.into())
        }
    }
}

/// Whether a word begins as a number does, though it may be none.
fn starts_like_number(word: &str) -> bool {
    let unsigned = word.trim_start_matches(['-', '+', '~', '.', ',', '$', '€', '£', '¥']);
    unsigned.starts_with(|c: char| c.is_numeric())
}

/// The option of a command whose name, in any language, is one letter away, or longer or shorter at its end.
fn near<'c>(name: &str, command: &'c Command) -> Option<&'c Opt> {
    const SHORTEST: usize = 3;
    let typed = folded(name);
    let is_near = |known: &str| {
        let known = folded(known);
        let is_part =
            typed.len().min(known.len()) >= SHORTEST && (typed.starts_with(&*known) || known.starts_with(&*typed));
        is_part || strsim::osa_distance(&known, &typed) == 1
    };
    command.options.iter().find(|option| option.called().any(is_near))
}

fn misspelt(name: &str, command: &Command) -> Refusal {
    TypedRefusal::MisspeltOption {
        typed: Typed(name.to_owned()),
        nearest: Name::from(near(name, command).map_or("", |option| option.name.as_str())),
    }
    .into()
}

/// The refusal for a missing option.
pub fn missing_option(command: &Command, option: &Opt) -> Refusal {
    TypedRefusal::MissingOption {
        option: Name::from(&option.name),
        usage: Name(format!("!{}", command.usage(LANGUAGES[0]))),
    }
    .into()
}

/// An option that is named in the line.
struct NamedOption<'r> {
    option: &'r Opt,
    /// What stands behind its name in the same word.
    value: Option<String>,
    quotes: Quotes,
    /// Whether it is written as `--name`.
    has_dashes: bool,
    /// How many words name it: two for `date : yesterday`.
    words: usize,
}

/// How many of the words behind a name may belong to it.
const MOST_BEHIND: usize = 3;

struct TypedOptions<'r> {
    command: &'r Command,
    catalog: &'r Catalog,
    line: &'r str,
    options: BTreeMap<String, String>,
    sentence: Option<String>,
    aim: Option<Aim>,
    /// The options that are named behind words without a name.
    late: BTreeSet<String>,
    behind: BTreeMap<String, Vec<String>>,
}

impl<'r> TypedOptions<'r> {
    fn new(command: &'r Command, catalog: &'r Catalog, line: &'r str, options: BTreeMap<String, String>) -> Self {
        Self {
            command,
            catalog,
            line,
            options,
            sentence: None,
            aim: None,
            late: BTreeSet::new(),
            behind: BTreeMap::new(),
        }
    }

    fn set(&mut self, option: &Opt, value: String) -> Result<(), Refusal> {
        match self.options.insert(option.name.clone(), value) {
            None => Ok(()),
            Some(_) => Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into()),
        }
    }

    /// The option that the first of these words names: `name:value`, `name:`, `name : value`, `--name=value` or
    /// `--name`. Any other `word:` is text, unless it is an option of another command or one edit away from one of
    /// this.
    fn option_at(&self, words: &[Word]) -> Result<Option<NamedOption<'r>>, Refusal> {
        let Some((word, others)) = words.split_first() else { return Ok(None) };
        if word.quotes == Quotes::Whole {
            return Ok(None);
        }
        let dashed = word.text.strip_prefix("--");
        let written = dashed.unwrap_or(&word.text);
        let apart = || {
            let next = others.first().filter(|next| next.quotes != Quotes::Whole)?;
            Some((written, next.text.strip_prefix(':')?, 2))
        };
        let split = written.split_once(['=', ':']).filter(|(name, _)| {
            let is_short = dashed.is_none() && !written.starts_with(&format!("{name}:"));
            // `x=3` is text, `date=yesterday` is not.
            !is_short || self.command.option(&name.to_lowercase()).is_some() || near(name, self.command).is_some()
        });
        let split = split.map(|(name, value)| (name, value, 1));
        let found = split.or_else(|| if dashed.is_some() { Some((written, "", 1)) } else { apart() });
        // A person's id on a platform may have a colon in it.
        let Some((name, value, words)) = found.filter(|(name, ..)| !name.starts_with(['@', '<'])) else {
            return Ok(None);
        };
        let name = name.to_lowercase();
        if let Some(option) = self.command.option(&name) {
            let value = Some(value.to_owned()).filter(|value| !value.is_empty());
            let quotes = if words == 1 { word.quotes } else { others[0].quotes };
            return Ok(Some(NamedOption { option, value, quotes, has_dashes: dashed.is_some(), words }));
        }
        match () {
            () if value.starts_with("//") => Ok(None),
            () if self.catalog.is_option(&name) => Err(TypedRefusal::NotAnOption {
                commands: vec![CommandName(self.command.name.clone())],
                typed: Typed(name),
                usage: Name(format!("!{}", self.command.usage(LANGUAGES[0]))),
            }
            .into()),
            () if words == 1 && near(&name, self.command).is_some() => Err(misspelt(&name, self.command)),
            () => Ok(None),
        }
    }

    /// Takes the value of a named option from its own word and the words behind it. Returns how many words the option
    /// and its value have.
    fn take_named(&mut self, named: &NamedOption<'_>, behind: &[Word]) -> Result<usize, Refusal> {
        let option = named.option;
        let is_free = |at: &usize| matches!(self.option_at(&behind[*at..]), Ok(None));
        let free = (0..behind.len()).take_while(is_free).count();
        let behind = &behind[..free];
        let own = named.value.as_deref();
        let (value, taken) = match (own, option.kind) {
            (Some(value), _) if named.quotes != Quotes::None => (value.to_owned(), 0),
            (Some(value), OptionKind::Flag) => (value.to_owned(), 0),
            (None, OptionKind::Flag) => flag_behind(named, behind)?,
            // A named text goes on if nothing else takes the words of a sentence: `what:fence posts and nails`.
            (_, OptionKind::Text) if !self.has_tail() && free > 0 && behind[0].quotes != Quotes::Whole => {
                let texts: Vec<&str> = own.into_iter().chain(behind.iter().map(|word| word.text.as_str())).collect();
                self.check_text(option, &texts)?;
                (texts.join(" "), free)
            }
            (None, _) => {
                let no_value = || TypedRefusal::NoValue { option: Name::from(&option.name) };
                let first = behind.first().ok_or_else(no_value)?;
                match first.quotes {
                    Quotes::Whole | Quotes::Value => (first.text.clone(), 1),
                    Quotes::None => self.take_value(option, None, behind)?,
                }
            }
            (Some(value), _) => self.take_value(option, Some(value), behind)?,
        };
        let next = behind.iter().skip(taken).take_while(|word| word.quotes == Quotes::None).take(MOST_BEHIND);
        let next: Vec<String> = next.map(|word| word.text.clone()).collect();
        if named.quotes == Quotes::None && !next.is_empty() {
            self.behind.insert(option.name.clone(), next);
        }
        self.set(option, value)?;
        Ok(named.words + taken)
    }

    /// A value that begins with a text of its own, or with the first of these words, and how many of the words it
    /// takes.
    fn take_value(&self, option: &Opt, begun: Option<&str>, words: &[Word]) -> Result<(String, usize), Refusal> {
        let plain = words.iter().take_while(|word| word.quotes == Quotes::None).map(|word| word.text.as_str());
        let texts: Vec<&str> = begun.into_iter().chain(plain).collect();
        let taken = whole_value(option, &texts)?;
        Ok((texts[..taken].join(" "), taken - usize::from(begun.is_some())))
    }

    /// Whether a text by position takes the rest of the line.
    fn has_tail(&self) -> bool {
        self.command.positional().any(|option| option.kind == OptionKind::Text)
    }

    /// Gives the words without a name to the options by position. A text or a name in last place takes the rest of the
    /// line.
    fn take_by_position(&mut self, loose: &[&Word]) -> Result<(), Refusal> {
        self.check_given_once(loose)?;
        let options: Vec<&Opt> =
            self.command.positional().filter(|option| !self.options.contains_key(&option.name)).collect();
        let tail = options.iter().rposition(|option| {
            matches!(option.kind, OptionKind::Text | OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund)
        });
        let mut rest = loose;
        for (place, option) in options.iter().enumerate() {
            let Some(first) = rest.first() else {
                if option.required {
                    return Err(missing_option(self.command, option));
                }
                continue;
            };
            let texts = self.value_words(rest);
            let is_last = place + 1 == options.len();
            // In `use 2h`, the machine is that of the room; in `correct L3 12.50`, no time is given.
            let is_left_out = match option.kind {
                OptionKind::Equipment => values::begins_with_duration(&texts),
                kind => first.quotes == Quotes::None && !values::begins(kind, &texts),
            };
            // A usage line, as a reply shows it, names what stands in each place.
            let is_named = first.text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) == Some(&option.name);
            if is_left_out && !is_named && !option.required && !is_last {
                continue;
            }
            let is_tail = tail == Some(place) && is_last;
            if is_tail && option.plain {
                check_plain(rest, self.command)?;
            }
            if is_tail && !option.holds.is_empty() {
                return self.take_sentence(option, rest);
            }
            let taken = match (is_tail, first.quotes) {
                (true, _) => rest.len(),
                (false, Quotes::Whole) => 1,
                (false, Quotes::None | Quotes::Value) => whole_value(option, &texts)?,
            };
            let value = match &rest[..taken] {
                [one] => one.text.clone(),
                several => verbatim(several, self.line),
            };
            self.set(option, value)?;
            rest = &rest[taken..];
        }
        match rest.first() {
            None => Ok(()),
            Some(extra) => Err(TypedRefusal::ExtraWords {
                words: Typed(extra.text.clone()),
                usage: Name(format!("!{}", self.command.usage(LANGUAGES[0]))),
            }
            .into()),
        }
    }

    /// Refuses a value by position whose option is named behind it: `2h wiring time:3h`.
    fn check_given_once(&self, loose: &[&Word]) -> Result<(), Refusal> {
        const LOOKED_AT: usize = 2;
        let named = || self.command.positional().filter(|option| self.late.contains(&option.name));
        let twice = (0..loose.len().min(LOOKED_AT)).find_map(|at| {
            let texts = self.value_words(&loose[at..]);
            let is_plain = loose[at].quotes == Quotes::None;
            named().find(|option| is_plain && values::is_begun(option.kind, &texts))
        });
        match twice {
            Some(option) => Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into()),
            None => Ok(()),
        }
    }

    /// Refuses words of a named text that end in the value of an option that is missing: `what:fence 2h`.
    fn check_text(&self, named: &Opt, texts: &[&str]) -> Result<(), Refusal> {
        let open = self
            .command
            .positional()
            .filter(|option| !self.options.contains_key(&option.name) && option.name != named.name);
        let is_whole = |option: &Opt, words: &[&str]| {
            values::is_begun(option.kind, words) && values::reach(option.kind, words).words == words.len()
        };
        let found = open
            .flat_map(|option| (1..texts.len()).map(move |at| (option, at)))
            .find(|(option, at)| is_whole(option, &texts[*at..]));
        match found {
            Some((option, at)) => {
                let words = texts[at..].join(" ");
                Err(instead(option, &words, &words))
            }
            None => Ok(()),
        }
    }

    /// A text that takes the rest of the line, without the words that say a day or a task.
    fn take_sentence(&mut self, option: &Opt, words: &[&Word]) -> Result<(), Refusal> {
        let mut kept = words.to_vec();
        // A task at the end may stand behind the day.
        for name in option.holds.iter().chain(&option.holds) {
            let Some(held) = self.command.option(name).filter(|held| !self.options.contains_key(&held.name)) else {
                continue;
            };
            let value = match held.kind {
                OptionKind::Task => take_task(held, &mut kept)?,
                _ => take_day(held, &mut kept)?,
            };
            if let Some(day) = value.as_ref().filter(|_| option.party) {
                return Err(instead(held, day, day));
            }
            if let Some(value) = value {
                self.set(held, value)?;
                self.sentence = Some(verbatim(words, self.line));
            }
        }
        self.aim = aim(&kept);
        let text = match kept.as_slice() {
            [one] => one.text.clone(),
            several => verbatim(several, self.line),
        };
        let text = if self.sentence.is_some() { text.trim_matches([' ', ',', ';']).to_owned() } else { text };
        match text.is_empty() && self.sentence.is_some() {
            true if option.required => Err(missing_option(self.command, option)),
            true => Ok(()),
            false => self.set(option, text),
        }
    }

    /// The first of these words that may be one value: no quotes and no options are among them.
    fn value_words<'w>(&self, words: &[&'w Word]) -> Vec<&'w str> {
        let joined = |pair: &[&Word]| match pair {
            [one, next] => self.line[one.end..next.start].trim().is_empty(),
            _ => true,
        };
        let plain = words.iter().take_while(|word| word.quotes == Quotes::None).count();
        let together = words.windows(2).take_while(|pair| joined(pair)).count() + 1;
        words.iter().take(plain.min(together)).map(|word| word.text.as_str()).collect()
    }
}

/// The refusal for words that an option would say.
pub fn instead(option: &Opt, words: &str, value: &str) -> Refusal {
    let value = if value.contains(' ') { format!("\"{value}\"") } else { value.to_owned() };
    let instead = Name(format!("{}:{value}", option.name));
    TypedRefusal::OptionInstead { words: Typed(words.to_owned()), instead }.into()
}

/// Refuses words of a name that look like an option: `monnaie:EUR`, `currency EUR`.
fn check_plain(words: &[&Word], command: &Command) -> Result<(), Refusal> {
    let unquoted = words.iter().filter(|word| word.quotes != Quotes::Whole);
    for word in unquoted {
        let value = word.text.split_once([':', '=']).map_or(word.text.as_str(), |(_, value)| value);
        let is_currency = Commodity::iso(value).is_some() && value.chars().all(char::is_uppercase);
        let kind = if is_currency { "currency" } else { "timezone" };
        let option = command.option(kind).filter(|_| is_currency || value.len() < word.text.len());
        if let Some(option) = option {
            return Err(instead(option, &word.text, value));
        }
    }
    Ok(())
}

/// The value of a flag in the words behind its name, and how many it takes. `--gift` alone says yes; `gift:` wants a
/// word. `on` and `off` belong to a sentence that goes on.
fn flag_behind(named: &NamedOption<'_>, behind: &[Word]) -> Result<(String, usize), Refusal> {
    let is_last = behind.len() == 1;
    let is_value = |word: &Word| match word.quotes {
        Quotes::None if is_last => flag(&word.text).is_some(),
        Quotes::None => values::is_plain_flag(&word.text),
        Quotes::Whole => !named.has_dashes && flag(&word.text).is_some(),
        Quotes::Value => false,
    };
    match behind.first() {
        Some(next) if is_value(next) => Ok((next.text.clone(), 1)),
        _ if named.has_dashes => Ok(("yes".to_owned(), 0)),
        _ => Err(TypedRefusal::NoValue { option: Name::from(&named.option.name) }.into()),
    }
}

/// What a sentence ends in, if it is `for` and a few words outside of quotes.
fn aim(words: &[&Word]) -> Option<Aim> {
    const FOR: [&str; 3] = ["for", "pour", "para"];
    const MOST_WORDS: usize = 4;
    let at = words.iter().rposition(|word| FOR.contains(&&*folded(&word.text)))?;
    let behind = &words[at + 1..];
    let is_plain = words[at..].iter().all(|word| word.quotes == Quotes::None);
    let texts = |words: &[&Word]| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let named = texts(behind).trim_end_matches(['.', ',', ';', '!']).to_owned();
    let is_aim = at > 0 && is_plain && (1..=MOST_WORDS).contains(&behind.len()) && !named.is_empty();
    is_aim.then(|| Aim { words: texts(&words[at..]), named })
}

/// Takes the day from the beginning or the end of a sentence.
fn take_day(option: &Opt, words: &mut Vec<&Word>) -> Result<Option<String>, Refusal> {
    let plain = words.iter().take_while(|word| word.quotes == Quotes::None).count();
    let texts: Vec<&str> = words[..plain].iter().map(|word| word.text.as_str()).collect();
    if let Some(taken) = values::at_start(&texts) {
        whole_value(option, &texts)?;
        words.drain(..taken);
        return Ok(Some(texts[..taken].join(" ")));
    }
    let is_quoted = |word: &&Word| word.quotes != Quotes::None;
    let behind_quotes = words.iter().rposition(is_quoted).map_or(0, |at| at + 1);
    let texts: Vec<&str> = words[behind_quotes..].iter().map(|word| word.text.as_str()).collect();
    let Some(taken) = values::at_end(&texts) else { return Ok(None) };
    if values::has_day_before(&texts, taken) {
        return Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into());
    }
    words.truncate(words.len() - taken);
    Ok(Some(texts[texts.len() - taken..].join(" ")))
}

/// Takes the task that a sentence names, as in `fixing #1`. Inside of the sentence its number stays where it is.
///
/// # Errors
/// [`TypedRefusal::OptionTwice`] if it names several.
fn take_task(option: &Opt, words: &mut Vec<&Word>) -> Result<Option<String>, Refusal> {
    let number = |word: &&Word| {
        let text = word.text.trim_matches([',', '.', ';', ':', '(', ')', '!', '?']);
        let digits = text.strip_prefix('#')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (word.quotes == Quotes::None && is_number).then(|| text.to_owned())
    };
    let named: Vec<(usize, String)> =
        words.iter().enumerate().filter_map(|(at, word)| Some((at, number(word)?))).collect();
    let Some((at, task)) = named.first().cloned() else { return Ok(None) };
    if named.iter().any(|(_, other)| *other != task) {
        return Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into());
    }
    if at == 0 || at + 1 == words.len() {
        words.remove(at);
    }
    Ok(Some(task))
}

/// How many of these words are the whole value of an option.
///
/// # Errors
/// [`TypedRefusal::PartOfAValue`] if the words behind it might belong to it.
fn whole_value(option: &Opt, texts: &[&str]) -> Result<usize, Refusal> {
    /// How many of the words in doubt are said.
    const SAID: usize = 3;
    if texts.is_empty() {
        return Err(TypedRefusal::NoValue { option: Name::from(&option.name) }.into());
    }
    let Reach { words, is_doubtful } = values::reach(option.kind, texts);
    if !is_doubtful {
        return Ok(words);
    }
    let rest = texts.iter().skip(words).take(SAID).copied().collect::<Vec<_>>().join(" ");
    Err(TypedRefusal::PartOfAValue {
        option: Name::from(&option.name),
        understood: Typed(texts[..words].join(" ")),
        rest: Typed(rest),
        example: Name::from(option.kind.example()),
    }
    .into())
}

/// Words as they stood in the line, without the options between them.
fn verbatim(words: &[&Word], line: &str) -> String {
    let mut text = String::new();
    let mut last_end = None;
    for word in words {
        if let Some(end) = last_end {
            let between = &line[end..word.start];
            text.push_str(if between.trim().is_empty() { between } else { " " });
        }
        text.push_str(&line[word.start..word.end]);
        last_end = Some(word.end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_as_many_commands_as_lines_that_begin_one() {
        let catalog = crate::commands::registry::catalog().unwrap();
        for (message, expected) in [
            ("log 2h wiring", &["log 2h wiring"][..]),
            ("log 2h wiring\n!log 1h painting", &["log 2h wiring", "log 1h painting"]),
            ("log 2h wiring\nand more\n  / log list\n", &["log 2h wiring\nand more", "log list\n"]),
            ("log 2h wiring\n!lgo 1h x", &["log 2h wiring", "lgo 1h x"]),
            (
                "log 2h wiring\n!important: more\n!!!\n/usr/log is full",
                &["log 2h wiring\n!important: more\n!!!\n/usr/log is full"],
            ),
            ("rule propose\n```\n!log 1h x\n```\n!rule show", &["rule propose\n```\n!log 1h x\n```", "rule show"]),
        ] {
            assert_eq!(commands(message, "!", &catalog), expected, "{message}");
        }
    }
}
