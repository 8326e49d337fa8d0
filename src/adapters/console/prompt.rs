//! The console at a terminal: a prompt with history and completion. One person sits there; `name> words` speaks as
//! somebody else.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::adapters::console::script::{Console, PLATFORM, room_key};
use crate::directory::Account;
use crate::grammar::catalog::Catalog;
use crate::grammar::complete::Choice;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse;
use crate::grammar::spec::{Command, Opt};
use crate::grammar::values;
use crate::incoming::Lookup;
use crate::render::terminal::Terminal;

/// The columns of a terminal that doesn't say how many it has.
const USUAL_WIDTH: usize = 80;

/// How long a completion may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What leaves the prompt.
const FAREWELLS: [&str; 6] = ["quit", "exit", ":q", ":q!", ":wq", "logout"];

/// The greeting: what the program is, what to type first, how to go on.
pub fn welcome(name: &str, has_network: bool) -> String {
    let first = if has_network {
        "Your accounts are open: `!join` to take part, `!log 2h30 wiring` to log work, `!summary` to look."
    } else {
        "Type `!network init sensorica currency:CAD timezone:America/Montreal` to begin a network of your own."
    };
    format!(
        "fairshare: contribution accounts for a network of people. You speak as {name}; `ben> !join` speaks as ben,\n\
         and `{name} (alone)> !pay-to ...` where nobody else reads.\n\
         {first}\n\
         `!help` shows what you can type, Tab completes it, `quit` leaves. Everything is kept.\n"
    )
}

/// Who sits at the terminal, and at what.
pub struct Seat {
    /// The person's account.
    pub name: String,
    /// Whether the file holds accounts of an earlier run. Then its clock is not moved without a question.
    pub has_accounts: bool,
    /// Whether the terminal shows colours.
    pub has_colours: bool,
}

/// What a line at the prompt is.
#[derive(Debug, PartialEq, Eq)]
enum Entered {
    /// The end.
    Farewell,
    /// Something to take as it is.
    Line(String),
    /// Something that is asked about before it is taken.
    Doubtful { question: String, line: String },
}

/// Understands a line of the prompt.
fn entered(line: &str, seat: &Seat, catalog: &Catalog) -> Entered {
    let typed = line.trim();
    let plain = typed.trim_start_matches(['!', '/']).to_lowercase();
    if FAREWELLS.contains(&plain.as_str()) {
        return Entered::Farewell;
    }
    if plain == "help" || plain == "?" {
        return Entered::Line(format!("{}> !help", seat.name));
    }
    if typed.starts_with("@clock ") && seat.has_accounts {
        let question = "This moves the clock of these accounts, for good: whatever comes is dated after it. Move it?";
        return Entered::Doubtful { question: question.to_owned(), line: typed.to_owned() };
    }
    if is_directive(typed) || speaks_as_another(typed) {
        return Entered::Line(typed.to_owned());
    }
    let has_sign = typed.starts_with(['!', '/', '@']);
    if !has_sign && parse::command_of(typed, catalog).is_some() {
        let question = format!("Commands begin with a `!`. Do you mean `!{typed}`?");
        return Entered::Doubtful { question, line: format!("{}> !{typed}", seat.name) };
    }
    Entered::Line(format!("{}> {typed}", seat.name))
}

/// Gives the values of an option of a command that go on from a text.
type Values = Box<dyn Fn(&Command, &Opt, &str) -> Vec<Choice> + Send>;

/// Completes commands, the names of their options, and values that the accounts know.
struct Commands {
    catalog: Arc<Catalog>,
    /// The values of an option of a command that go on from a text.
    values: Values,
}

impl Commands {
    /// The command of a line, and where its options begin.
    fn command<'c>(&'c self, line: &str) -> Option<(&'c Command, usize)> {
        let begun = self.catalog.typed().flat_map(|command| {
            let names = [Some(command.name.as_str()), command.alias.as_deref()];
            names.into_iter().flatten().map(move |name| (command, name))
        });
        let begins = |name: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        let (command, name) = begun.filter(|(_, name)| begins(name)).max_by_key(|(_, name)| name.len())?;
        Some((command, name.len() + 1))
    }

    /// What may stand in place of the last word of a command's options.
    fn words(&self, command: &Command, options: &str) -> Vec<Pair> {
        let (before, word) = options.rsplit_once(' ').unwrap_or(("", options));
        let pair = |display: String, replacement: String| Pair { display, replacement };
        if let Some((option, typed)) =
            word.split_once(':').and_then(|(name, typed)| Some((command.option(name)?, typed)))
        {
            let values = self.choices(command, option, typed).into_iter();
            return values.map(|of| pair(of.shown, format!("{}:{} ", option.name, quoted(&of.value)))).collect();
        }
        let given = |name: &str| before.split(' ').any(|word| word.split(':').next() == Some(name));
        let is_loose = |word: &&str| {
            !word.is_empty() && word.split_once(':').is_none_or(|(name, _)| command.option(name).is_none())
        };
        let place = before.split(' ').filter(is_loose).count();
        let here = command.positional().nth(place).map(|option| self.choices(command, option, word));
        let mut found: Vec<Pair> =
            here.into_iter().flatten().map(|of| pair(of.shown, format!("{} ", quoted(&of.value)))).collect();
        let named = command.options.iter().filter(|option| option.kind != OptionKind::File && !given(&option.name));
        let named = named.filter(|option| !option.by_position()).map(|option| format!("{}:", option.name));
        found.extend(named.filter(|name| name.starts_with(word)).map(|name| pair(name.clone(), name)));
        found
    }

    fn choices(&self, command: &Command, option: &Opt, typed: &str) -> Vec<Choice> {
        let ours: Vec<&str> = match option.kind {
            OptionKind::Choice => option.choices.iter().map(String::as_str).collect(),
            OptionKind::Flag => vec!["yes", "no"],
            kind if kind.completes() => return (self.values)(command, option, typed),
            _ => return Vec::new(),
        };
        let fit = ours.into_iter().filter(|word| word.starts_with(typed));
        fit.map(|word| Choice { shown: word.to_owned(), value: word.to_owned() }).collect()
    }
}

/// A value as it is typed: in quotes if it has spaces.
fn quoted(value: &str) -> String {
    if value.contains(' ') { format!("\"{value}\"") } else { value.to_owned() }
}

impl Completer for Commands {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..position).unwrap_or(line);
        let start = typed.find("> ").map_or(0, |at| at + 2);
        let Some(text) = typed.get(start..).and_then(|text| text.strip_prefix(['!', '/'])) else {
            return Ok((position, Vec::new()));
        };
        if let Some((command, options)) = self.command(text) {
            let word = typed.rfind(' ').map_or(position, |at| at + 1);
            return Ok((word, self.words(command, text.get(options..).unwrap_or_default())));
        }
        let names = self.catalog.typed().filter(|known| known.name.starts_with(text));
        let names = names.map(|known| Pair { display: known.name.clone(), replacement: format!("{} ", known.name) });
        Ok((start + 1, names.collect()))
    }
}

impl Hinter for Commands {
    type Hint = String;
}

impl Highlighter for Commands {}

impl Validator for Commands {}

impl Helper for Commands {}

/// Reads lines until Ctrl-D or `quit`, and waits for the reply to each. History is kept in a file beside the database.
///
/// # Errors
/// Fails if the terminal can't be read, or if the history can't be written.
pub async fn run(console: &mut Console, catalog: Arc<Catalog>, seat: &Seat, history: &Path) -> anyhow::Result<()> {
    let mut editor: Editor<Commands, FileHistory> =
        Editor::with_config(Config::builder().auto_add_history(false).completion_type(CompletionType::List).build())?;
    editor.set_helper(Some(Commands { catalog: catalog.clone(), values: values(console, &seat.name) }));
    // The first run has no history yet.
    let _ = editor.load_history(history);
    let prompt = format!("{}> ", seat.name);
    loop {
        let width = editor.dimensions().map_or(USUAL_WIDTH, |(columns, _)| usize::from(columns));
        console.screen().show_on(Terminal { width, has_colours: seat.has_colours });
        let (back, line) = read(editor, prompt.clone()).await?;
        editor = back;
        let Some(line) = line else { break };
        editor.add_history_entry(&line)?;
        let spoken = match entered(&line, seat, &catalog) {
            Entered::Farewell => break,
            Entered::Line(line) => line,
            Entered::Doubtful { question, line } => {
                let (back, answer) = read(editor, format!("{question} [y/n] ")).await?;
                editor = back;
                if answer.is_none_or(|answer| values::flag(answer.trim()) != Some(true)) {
                    writeln!(std::io::stdout(), "Nothing was done.")?;
                    continue;
                }
                line
            }
        };
        if let Err(error) = console.hear(&spoken).await {
            writeln!(std::io::stderr(), "{error}")?;
        }
        console.settled().await;
    }
    editor.save_history(history)?;
    Ok(())
}

/// Reads a line, on a thread of its own. `None` at the end; an interrupted line is empty.
async fn read(
    mut editor: Editor<Commands, FileHistory>,
    prompt: String,
) -> anyhow::Result<(Editor<Commands, FileHistory>, Option<String>)> {
    let (editor, line) = tokio::task::spawn_blocking(move || {
        let line = editor.readline(&prompt);
        (editor, line)
    })
    .await?;
    match line {
        Ok(line) => Ok((editor, Some(line))),
        Err(ReadlineError::Interrupted) => Ok((editor, Some(String::new()))),
        Err(ReadlineError::Eof) => Ok((editor, None)),
        Err(error) => Err(error.into()),
    }
}

/// Asks the engine for the values of an option. Only the thread that reads lines may call it.
fn values(console: &Console, name: &str) -> Values {
    let (intake, screen, runtime) = (console.intake(), console.screen(), Handle::current());
    let account = Account { platform: PLATFORM, id: name.to_owned() };
    Box::new(move |command, option, typed| {
        let (answer, answered) = oneshot::channel();
        intake.look_up(Lookup {
            places: vec![room_key(screen.room())],
            account: account.clone(),
            command: command.name.clone(),
            option: option.name.clone(),
            typed: typed.to_owned(),
            answer,
        });
        let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, answered).await });
        found.ok().and_then(Result::ok).unwrap_or_default()
    })
}

/// `@clock`, `@room` and comments; `@fairshare` speaks to the bot.
fn is_directive(line: &str) -> bool {
    line.starts_with("@clock ") || line.starts_with("@room ") || line.starts_with('#')
}

fn speaks_as_another(line: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-');
    line.split_once("> ").is_some_and(|(speaker, _)| is_name(speaker.strip_suffix(" (alone)").unwrap_or(speaker)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(has_accounts: bool) -> Seat {
        Seat { name: "ana".to_owned(), has_accounts, has_colours: false }
    }

    #[test]
    fn a_line_does_what_it_says() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let of = |line: &str| entered(line, &seat(true), &catalog);
        for farewell in ["quit", "exit", ":q", "!quit", "EXIT "] {
            assert_eq!(of(farewell), Entered::Farewell, "{farewell}");
        }
        assert_eq!(of("help"), Entered::Line("ana> !help".to_owned()));
        assert_eq!(of("!me"), Entered::Line("ana> !me".to_owned()));
        assert_eq!(of("hello there"), Entered::Line("ana> hello there".to_owned()));
        assert_eq!(of("ben> !me"), Entered::Line("ben> !me".to_owned()));
        assert_eq!(of("ben (alone)> !me"), Entered::Line("ben (alone)> !me".to_owned()));
        assert_eq!(of("@room atelier"), Entered::Line("@room atelier".to_owned()));
        let asked = |line: &str| match of(line) {
            Entered::Doubtful { line, .. } => line,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(asked("log 2h wiring"), "ana> !log 2h wiring");
        assert_eq!(asked("@clock 2026-01-05T09:00:00Z"), "@clock 2026-01-05T09:00:00Z");
        let fresh = entered("@clock 2026-01-05T09:00:00Z", &seat(false), &catalog);
        assert!(matches!(fresh, Entered::Line(_)), "nothing is dated yet");
    }

    #[test]
    fn options_and_values_are_completed() {
        let catalog = Arc::new(crate::commands::registry::catalog().unwrap());
        let values = |_: &Command, option: &Opt, typed: &str| match option.kind {
            OptionKind::Person => ["@ana", "@ben roy"]
                .iter()
                .filter(|name| name.contains(typed))
                .map(|name| Choice { shown: (*name).to_owned(), value: (*name).to_owned() })
                .collect(),
            _ => Vec::new(),
        };
        let commands = Commands { catalog, values: Box::new(values) };
        let history = rustyline::history::MemHistory::new();
        let completed = |line: &str| {
            let (start, found) = commands.complete(line, line.len(), &Context::new(&history)).unwrap();
            found.into_iter().map(|pair| format!("{}{}", &line[..start], pair.replacement)).collect::<Vec<_>>()
        };
        assert_eq!(completed("!payout conf"), ["!payout confirm "]);
        assert_eq!(completed("!log 2h wiring ta"), ["!log 2h wiring task:"]);
        assert_eq!(completed("!log 2h wiring for:ben"), ["!log 2h wiring for:\"@ben roy\" "]);
        assert_eq!(completed("ben> !role grant @a"), ["ben> !role grant @ana "]);
        assert_eq!(completed("!role grant ana cust"), ["!role grant ana custodian "]);
        assert_eq!(completed("!me picture:"), ["!me picture:yes ", "!me picture:no "]);
        assert_eq!(completed("log 2"), Vec::<String>::new());
    }
}
