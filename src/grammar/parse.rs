//! Parses text into a command with its options: syntax only, the same for every platform that has text.

use std::collections::BTreeMap;

use crate::core::money::Commodity;
use crate::core::name::Name;
use crate::grammar::catalog::Catalog;
use crate::grammar::spec::{Command, LANGUAGES, Opt, OptionKind};
use crate::grammar::values;
use crate::grammar::values::flag;
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
    let after_sign = |line: &'a str| {
        let text = line.strip_prefix(prefix).or_else(|| line.strip_prefix('/'))?;
        Some(text.strip_prefix(' ').unwrap_or(text))
    };
    let text = after_sign(line).or_else(|| named().map(|text| after_sign(text).unwrap_or(text)))?;
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

/// A word of the line, its place, and whether quotes protect it.
struct Word {
    text: String,
    start: usize,
    end: usize,
    quoted: bool,
}

/// Undoes changes of phone keyboards: curly quotes, long dashes before a word, unusual spaces.
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
            '–' | '—' if at_word_start && chars.peek().is_some_and(|next| next.is_alphabetic()) => {
                plain.push_str("--")
            }
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
        at_word_start = plain.ends_with(' ');
    }
    Ok(plain)
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some(&(start, c)) = rest.peek() {
        if c == ' ' {
            rest.next();
            continue;
        }
        let (mut text, mut quoted, mut end) = (String::new(), false, start);
        while let Some(&(at, c)) = rest.peek() {
            let opens = c == '"' && (text.is_empty() || text.ends_with([':', '=']));
            let closing = || line[at + 1..].find('"').map(|length| at + 1 + length);
            if opens && let Some(close) = closing() {
                quoted |= text.is_empty();
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
        words.push(Word { text, start, end, quoted });
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
    let mut given = TypedOptions { command, options: BTreeMap::new() };
    let mut loose: Vec<&Word> = Vec::new();
    let mut open_text: Option<String> = None;
    let has_tail = command.positional().any(|option| option.kind == OptionKind::Text);
    let mut rest = words[used..].iter().peekable();
    while let Some(word) = rest.next() {
        match (!word.quoted).then(|| named(&word.text, command)).flatten() {
            // A named text goes on if nothing else takes the words of a sentence: `what:fence posts and nails`.
            None => match open_text.as_ref().and_then(|name| given.options.get_mut(name)) {
                Some(text) => text.push_str(&format!(" {}", word.text)),
                None => loose.push(word),
            },
            Some((name, written)) => {
                let option = command.option(&name).ok_or_else(|| misspelt(&name, command))?;
                let value = match written {
                    Some(value) => value,
                    None if option.kind == OptionKind::Flag && word.text.starts_with("--") => "yes".to_owned(),
                    None if option.kind == OptionKind::Flag => rest
                        .next_if(|next| flag(&next.text).is_some())
                        .map_or_else(|| "yes".to_owned(), |next| next.text.clone()),
                    None => rest
                        .next()
                        .map(|next| next.text.clone())
                        .ok_or_else(|| TypedRefusal::NoValue { option: Name::from(&name) })?,
                };
                let value = match rest.next_if(|next| joins(option.kind, &value, next)) {
                    Some(next) => format!("{value} {}", next.text),
                    None => value,
                };
                open_text = (option.kind == OptionKind::Text && !has_tail).then(|| option.name.clone());
                given.set(option, value)?;
            }
        }
    }
    given.take_by_position(&loose, &line)?;
    if let Some(missing) =
        command.options.iter().find(|option| option.required && !given.options.contains_key(&option.name))
    {
        return Err(missing_option(command, missing));
    }
    Ok(Call { command: command.name.clone(), options: given.options })
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
        |word: &&Word| word.text.starts_with("--") || word.text.contains(':') && !values::is_duration(&word.text);
    let starts = words.iter().skip(1).find(|word| !is_option(word)).map(|word| word.text.to_lowercase());
    let fits = group.is_empty()
        || starts.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()) || values::is_duration(&word));
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

/// Splits `name:value`, `name:`, `--name=value` and `--name` where the name is an option of the command, or one edit
/// away from one. Any other `word:` is text.
fn named(word: &str, command: &Command) -> Option<(String, Option<String>)> {
    let (name, value) = match word.strip_prefix("--") {
        Some(rest) => rest.split_once(['=', ':']).map_or((rest, None), |(name, value)| (name, Some(value))),
        None => word.split_once(':').map(|(name, value)| (name, Some(value)))?,
    };
    // A person's id on a platform may have a colon in it.
    if name.starts_with(['@', '<']) {
        return None;
    }
    let name = name.to_lowercase();
    let value = value.filter(|value| !value.is_empty()).map(str::to_owned);
    let is_url = value.as_deref().is_some_and(|value| value.starts_with("//"));
    let exact = command.option(&name).is_some();
    (exact || (!is_url && near(&name, command).is_some())).then_some((name, value))
}

fn near<'c>(name: &str, command: &'c Command) -> Option<&'c Opt> {
    command.options.iter().find(|option| strsim::osa_distance(&option.name, name) == 1)
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

struct TypedOptions<'r> {
    command: &'r Command,
    options: BTreeMap<String, String>,
}

impl TypedOptions<'_> {
    fn set(&mut self, option: &Opt, value: String) -> Result<(), Refusal> {
        match self.options.insert(option.name.clone(), value) {
            None => Ok(()),
            Some(_) => Err(TypedRefusal::OptionTwice { option: Name::from(&option.name) }.into()),
        }
    }

    /// Gives the words without a name to the options by position, one each. A text or a name in last place takes the
    /// rest of the line.
    fn take_by_position(&mut self, loose: &[&Word], line: &str) -> Result<(), Refusal> {
        let options: Vec<&Opt> =
            self.command.positional().filter(|option| !self.options.contains_key(&option.name)).collect();
        let tail = options.iter().rposition(|option| {
            matches!(option.kind, OptionKind::Text | OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund)
        });
        let mut rest = loose;
        for (place, option) in options.iter().enumerate() {
            let Some((first, others)) = rest.split_first() else {
                if option.required {
                    return Err(missing_option(self.command, option));
                }
                continue;
            };
            // In `use 2h`, the machine is that of the room.
            if option.kind == OptionKind::Equipment
                && !option.required
                && !first.quoted
                && values::is_duration(&first.text)
            {
                continue;
            }
            let last = place + 1 == options.len();
            let next = others.first().filter(|_| !first.quoted);
            let spaced = |words: usize| {
                let words: Vec<&str> = rest.iter().take(words).map(|word| word.text.as_str()).collect();
                TypedRefusal::SpacedNumber { typed: Typed(words.join(" ")), joined: words.concat() }.into()
            };
            if next.is_some_and(|next| is_spaced_number(option.kind, &first.text, &next.text)) {
                return Err(spaced(2));
            }
            let joined = usize::from(next.is_some_and(|next| joins(option.kind, &first.text, next)));
            if let (1, Some(next), Some(third)) = (joined, next, rest.get(2))
                && matches!(option.kind, OptionKind::Duration | OptionKind::Estimate)
                && !third.quoted
                && values::is_duration(&format!("{}{}{}", first.text, next.text, third.text))
            {
                return Err(spaced(3));
            }
            let taken = if tail == Some(place) && last { rest.len() } else { 1 + joined };
            let value = match &rest[..taken] {
                [one] => one.text.clone(),
                several => verbatim(several, line),
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
}

/// Whether the next word belongs to this one: `2h 30m`, `2 hours`, `CAD 12.50`, `12.50 CAD`.
fn joins(kind: OptionKind, text: &str, next: &Word) -> bool {
    let after = next.text.to_lowercase();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '$');
    let is_code = |text: &str| text.len() == 3 && Commodity::iso(text).is_some();
    match kind {
        _ if next.quoted => false,
        OptionKind::Duration | OptionKind::Estimate => {
            values::is_duration(&format!("{text}{after}")) && !after.ends_with(|c: char| c.is_ascii_digit())
        }
        OptionKind::Amount | OptionKind::ForeignAmount | OptionKind::Balance | OptionKind::Pledge => {
            (is_code(text) && is_number(&after))
                || (is_number(text) && is_code(&next.text) && next.text.chars().all(|c| c.is_ascii_uppercase()))
        }
        _ => false,
    }
}

/// Whether two words look like one number, `1 234,56` or `2h 30`. The first word alone would be less than what was
/// meant.
fn is_spaced_number(kind: OptionKind, text: &str, next: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let group = next.get(..3).is_some_and(digits)
        && next[3..].trim_start_matches([',', '.']).bytes().all(|b| b.is_ascii_digit());
    if matches!(kind, OptionKind::Duration | OptionKind::Estimate) {
        let minutes =
            |word: &str| digits(word) && word.len() <= 2 && word.parse::<u8>().is_ok_and(|minutes| minutes < 60);
        return text.to_lowercase().strip_suffix('h').is_some_and(digits) && minutes(next);
    }
    let is_amount = matches!(
        kind,
        OptionKind::Amount
            | OptionKind::ForeignAmount
            | OptionKind::Balance
            | OptionKind::Pledge
            | OptionKind::Quantity
    );
    let first = text.trim_start_matches(['-', '+', '$', '€', '£', '¥']);
    is_amount && digits(first) && first.len() <= 3 && group && (next.len() == 3 || next[3..].starts_with([',', '.']))
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
