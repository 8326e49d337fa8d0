//! Parses text into a command with its options: syntax only, the same for every platform that has text.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::name::Name;
use crate::grammar::catalog::Catalog;
use crate::grammar::line::{Quotes, Word, normalised, verbatim, without_tone, words};
use crate::grammar::option_kind::OptionKind;
use crate::grammar::sentence::{Aim, aim, take_day, take_task};
use crate::grammar::spec::{Command, LANGUAGES, Opt, Room, folded};
use crate::grammar::values;
use crate::grammar::values::{flag, whole_value};
use crate::message::field::{CommandName, Typed, TypedLine};
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

impl Call {
    /// A call whose options are known by name.
    pub fn new(command: &str, options: BTreeMap<String, String>) -> Self {
        Self { command: command.to_owned(), options, sentence: None, aim: None, behind: BTreeMap::new() }
    }
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
    let (command, used) = match command(&words, catalog) {
        Ok(found) => found,
        Err(unknown) => return in_other_words(&line, catalog).unwrap_or(Err(unknown)),
    };
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

/// Reads a line that begins with ordinary words for a command. One that would change something is only shown.
fn in_other_words(line: &str, catalog: &Catalog) -> Option<Result<Call, Refusal>> {
    let line = without_tone(line);
    let words = words(line);
    let (synonym, used) = catalog.synonym(words.iter().map(|word| word.text.as_str()))?;
    let command = command_of(&synonym.means, catalog)?;
    let said = &line[words.first()?.start..words.get(used - 1)?.end];
    let rest = words.get(used).map_or("", |word| &line[word.start..]);
    let meant = format!("{} {rest}", synonym.means).trim_end().to_owned();
    let call = match text(&meant, catalog) {
        // What is typed counts for more than what the words mean: `my hours person:ben`.
        Err(Refusal::Typed(TypedRefusal::OptionTwice { .. })) => text(&format!("{} {rest}", command.name), catalog),
        call => call,
    };
    // What follows the name of a group is more likely a misspelt word of its commands.
    let is_group = catalog
        .in_english(&[words.first()?.text.to_lowercase()])
        .first()
        .is_some_and(|word| catalog.group(word).next().is_some());
    if is_group && call.is_err() && used < words.len() {
        return None;
    }
    // A command that only shows something by itself may change it with an option: `balance gift:always`.
    if synonym.asks || used < words.len() && call.is_ok() && command.writes {
        let alone = command.private && synonym.asks;
        let line = match call {
            // Nothing private is repeated where others read.
            Ok(_) if alone => synonym.means.clone(),
            // What begins for good is shown by an example: the words may be no name.
            Ok(_) if command.room == Room::Unlinked => command.examples.first().unwrap_or(&command.name).clone(),
            Ok(_) => meant,
            Err(_) if used == words.len() => {
                let example = command.examples.iter().find(|example| example.starts_with(&synonym.means));
                example.unwrap_or(&command.name).clone()
            }
            Err(_) => format!("{} ...", synonym.means),
        };
        let (typed, line) = (Typed(said.to_owned()), TypedLine(line));
        return Some(Err(RoomRefusal::OtherWords { typed, line, alone }.into()));
    }
    Some(call)
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
            nearest: catalog.meant(&format!("{first} {second}")).or_else(|| {
                // `income 1000 park`: the command of the group that begins with a number.
                let takes_it = |command: &&Command| {
                    command.positional().next().is_some_and(|option| values::is_begun(option.kind, &[second]))
                };
                catalog.group(first).find(takes_it).map(|command| Name::from(&command.name))
            }),
            typed: Typed(said),
        }
        .into()),
        _ => {
            let typed = said.split(' ').next().unwrap_or_default().to_owned();
            // A word by which a command is looked for is hardly a misspelling.
            let nearest = if catalog.is_looked_for(first) { catalog.meant(&said) } else { catalog.nearest(first) };
            Err(RoomRefusal::UnknownCommand { typed: Typed(typed), nearest }.into())
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
        is_part || typed.len() > SHORTEST && strsim::osa_distance(&known, &typed) == 1
    };
    command.options.iter().find(|option| option.called().any(is_near))
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
    /// `--name`. Any other `word:` is text, unless it is an option of another command or nearly one of this.
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
        let split = written.split_once(['=', ':']);
        // `x=3` is text, and `date=yesterday` may be.
        let is_named = dashed.is_some() || !split.is_some_and(|(name, _)| written[name.len()..].starts_with('='));
        let split = split.filter(|(name, _)| is_named || self.has_plain() || near(name, self.command).is_some());
        let split = split.map(|(name, value)| (name, value, 1));
        let found = split.or_else(|| if dashed.is_some() { Some((written, "", 1)) } else { apart() });
        // A person's id on a platform may have a colon in it.
        let Some((name, value, words)) = found.filter(|(name, ..)| !name.starts_with(['@', '<'])) else {
            return Ok(None);
        };
        let name = name.to_lowercase();
        if let Some(option) = self.command.option(&name).filter(|_| is_named) {
            let value = Some(value.to_owned()).filter(|value| !value.is_empty());
            let quotes = if words == 1 { word.quotes } else { others[0].quotes };
            return Ok(Some(NamedOption { option, value, quotes, has_dashes: dashed.is_some(), words }));
        }
        let not_an_option = || {
            let commands = vec![CommandName(self.command.name.clone())];
            let usage = Name(format!("!{}", self.command.usage(LANGUAGES[0])));
            TypedRefusal::NotAnOption { commands, typed: Typed(name.clone()), usage }.into()
        };
        // `on:yesterday` is meant for the option that takes a day.
        let of_days = || self.command.options.iter().find(|option| option.kind == OptionKind::PastDate);
        let takes_it = |option: &&Opt| name.chars().all(char::is_alphabetic) && values::is_value(option.kind, &[value]);
        let nearest = near(&name, self.command).or_else(|| of_days().filter(takes_it));
        match nearest {
            _ if value.starts_with("//") => Ok(None),
            Some(nearest) if words == 1 && (!is_named || !self.catalog.is_option(&name)) => {
                let sign = if is_named { ':' } else { '=' };
                let (typed, nearest) = (Typed(format!("{name}{sign}")), Name::from(&nearest.name));
                Err(TypedRefusal::MisspeltOption { typed, nearest }.into())
            }
            _ if self.catalog.is_option(&name) || words == 1 && self.has_plain() => Err(not_an_option()),
            _ => Ok(None),
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
            (_, OptionKind::Text)
                if !self.has_tail_besides(option) && free > 0 && behind[0].quotes != Quotes::Whole =>
            {
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

    /// Whether another text by position takes the rest of the line.
    fn has_tail_besides(&self, named: &Opt) -> bool {
        self.command.positional().any(|option| option.kind == OptionKind::Text && option.name != named.name)
    }

    /// Whether a text by position names something new: then no word of it has a colon.
    fn has_plain(&self) -> bool {
        self.command.options.iter().any(|option| option.plain)
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
            if is_tail && (option.plain || option.party) {
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
        let found = open
            .flat_map(|option| (1..texts.len()).map(move |at| (option, at)))
            .find(|(option, at)| values::is_value(option.kind, &texts[*at..]));
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

/// Refuses words of a name that an option of the command would say: `currency EUR`, `Park ref 123`.
fn check_plain(words: &[&Word], command: &Command) -> Result<(), Refusal> {
    for pair in words.windows(2) {
        let [word, next] = pair else { continue };
        let named = command.option(&word.text.to_lowercase()).filter(|option| !option.by_position());
        if let Some(option) = named.filter(|_| word.quotes == Quotes::None) {
            return Err(instead(option, &format!("{} {}", word.text, next.text), &next.text));
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
