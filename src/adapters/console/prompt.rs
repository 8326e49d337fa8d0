//! The console at a terminal: a prompt with history and completion. One person sits there; `name> words` speaks as
//! somebody else.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::adapters::console::script::Console;
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;

/// The greeting: what the program is, what to type first, how to go on.
pub fn welcome(name: &str, has_network: bool) -> String {
    let first = if has_network {
        "Your accounts are open: `!join` to take part, `!log 2h30 wiring` to log work, `!summary` to look."
    } else {
        "Type `!network init sensorica currency:CAD timezone:America/Montreal` to begin a network of your own."
    };
    format!(
        "fairshare: contribution accounts for a network of people. You speak as {name}; `ben> !join` speaks as ben.\n\
         {first}\n\
         `!help` lists the commands, Tab completes them, Ctrl-D leaves. Everything is kept.\n"
    )
}

struct Commands(Arc<Catalog>);

impl Completer for Commands {
    type Candidate = String;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let start = typed.find("> ").map_or(0, |at| at + 2);
        let Some(command) = typed[start..].strip_prefix(['!', '/']) else { return Ok((position, Vec::new())) };
        let callable = || self.0.typed();
        if let Some(known) = callable().find(|known| command.starts_with(&format!("{} ", known.name))) {
            let word = typed.rfind(' ').map_or(position, |at| at + 1);
            let options = known
                .options
                .iter()
                .filter(|option| !option.by_position() && option.kind != OptionKind::File)
                .map(|option| format!("{}:", option.name));
            return Ok((word, options.filter(|option| option.starts_with(&typed[word..])).collect()));
        }
        Ok((
            start + 1,
            callable()
                .filter(|known| known.name.starts_with(command))
                .map(|known| format!("{} ", known.name))
                .collect(),
        ))
    }
}

impl Hinter for Commands {
    type Hint = String;
}

impl Highlighter for Commands {}

impl Validator for Commands {}

impl Helper for Commands {}

/// Reads lines until Ctrl-D, and waits for the reply to each. History is kept in a file beside the database.
///
/// # Errors
/// Fails if the terminal can't be read, or if the history can't be written.
pub async fn run(console: &mut Console, catalog: Arc<Catalog>, name: &str, history: &Path) -> anyhow::Result<()> {
    let mut editor: Editor<Commands, FileHistory> =
        Editor::with_config(Config::builder().auto_add_history(true).completion_type(CompletionType::List).build())?;
    editor.set_helper(Some(Commands(catalog)));
    // The first run has no history yet.
    let _ = editor.load_history(history);
    let name = name.to_owned();
    loop {
        let prompt = format!("{name}> ");
        let (back, line) = tokio::task::spawn_blocking(move || {
            let line = editor.readline(&prompt);
            (editor, line)
        })
        .await?;
        editor = back;
        match line {
            Ok(line) => {
                let spoken =
                    if is_directive(&line) || speaks_as_another(&line) { line } else { format!("{name}> {line}") };
                if let Err(error) = console.hear(&spoken).await {
                    writeln!(std::io::stderr(), "{error}")?;
                }
                console.settled().await;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
    }
    editor.save_history(history)?;
    Ok(())
}

/// `@clock`, `@room` and comments; `@fairshare` speaks to the bot.
fn is_directive(line: &str) -> bool {
    line.starts_with("@clock ") || line.starts_with("@room ") || line.starts_with('#')
}

fn speaks_as_another(line: &str) -> bool {
    line.split_once("> ")
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-'))
}
