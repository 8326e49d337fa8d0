//! The console's output. Replies are printed after their commit, in order: `bot> text` with continuation lines
//! indented, `bot (to ana)> text` to one person, `bot (in forillon)> text` to a room other than the script's.

use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::directory::StoredFile;
use crate::grammar::catalog::Catalog;
use crate::outbox::{Deliver, Delivered, DeliveryError};
use crate::render::terminal::Terminal;
use crate::render::{terminal, text};
use crate::store::rows::OutboxRow;

/// The room that a script begins in.
const LOBBY: &str = "lobby";

/// How far `bot> ` and the lines behind it stand from the edge.
const INDENT: usize = 5;

/// The fewest columns that a reply is laid out for.
const NARROWEST: usize = 30;

/// The output for replies. The script and the outbox share it.
#[derive(Clone)]
pub struct Screen {
    /// The commands.
    pub(super) catalog: Arc<Catalog>,
    /// The terminal that it prints on, if it is one.
    terminal: Arc<Mutex<Option<Terminal>>>,
    room: Arc<Mutex<String>>,
    out: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Screen {
    /// A screen that prints to `out`.
    pub fn new(catalog: Arc<Catalog>, out: Box<dyn Write + Send>) -> Self {
        let terminal = Arc::default();
        Self { catalog, terminal, room: Arc::new(Mutex::new(LOBBY.to_owned())), out: Arc::new(Mutex::new(out)) }
    }

    /// From now on it prints for a terminal like this.
    pub fn show_on(&self, terminal: Terminal) {
        *self.terminal.lock().unwrap_or_else(PoisonError::into_inner) = Some(terminal);
    }

    /// The room that the script is in.
    pub(super) fn room(&self) -> String {
        self.room.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves the script to another room.
    pub(super) fn enter(&self, room: &str) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = room.to_owned();
    }

    /// The text that is printed for a row.
    fn printed(&self, row: &OutboxRow, room: &str) -> String {
        let file = |file: &StoredFile| {
            format!("\n{} ({}, {} kB)", file.name, file.media_type, file.bytes.len().div_ceil(1000))
        };
        let files: String = row.files.iter().map(file).collect();
        let terminal = *self.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = match terminal {
            Some(terminal) => {
                let width = terminal.width.saturating_sub(INDENT).max(NARROWEST);
                terminal::text(&row.reply, &row.language, &self.catalog, Terminal { width, ..terminal })
            }
            None => text::text(&row.reply, &row.language, &self.catalog),
        };
        let text = format!("{reply}{files}").replace('\n', "\n    ");
        match &row.reader {
            Some(reader) => format!("bot (to {reader})> {text}\n"),
            None if row.room != room => format!("bot (in {})> {text}\n", row.room),
            None => format!("bot> {text}\n"),
        }
    }

    fn print(&self, text: &str) -> std::io::Result<()> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

impl Deliver for Screen {
    fn deliver<'a>(&'a self, rows: &'a [OutboxRow]) -> Pin<Box<dyn Future<Output = Delivered> + Send + 'a>> {
        Box::pin(async move {
            let room = self.room();
            let text: String = rows.iter().map(|row| self.printed(row, &room)).collect();
            match self.print(&text) {
                Ok(()) => (rows.len(), None),
                Err(error) => (0, Some(DeliveryError::Permanent(error.to_string()))),
            }
        })
    }
}
