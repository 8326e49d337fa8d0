//! The console: a room in the terminal, several people in it, over an embedded file.
//!
//! A script has one line a thing said:
//!
//! ```text
//! @clock 2026-01-05T09:00:00-05:00     the clock shows this; what is due by then happens, unless it must be wrong: see [`Passing`]
//! @clock 2028-01-05T09:00:00Z agreed   the same, and the operator says that it is right; `@clock agreed` says so of what it shows
//! @room forillon                       the room of the lines that follow (at first: lobby)
//! ana> /log hours 2h30 wiring          said by ana
//! ana (edited)> /log hours 3h wiring   an edit of an earlier message; also (redacted), (bot)
//! ana (said 2026-01-04T09:00:00Z)> ..  arrives now, as it is said; its sender's server claims that instant
//! ana (missed 2026-01-04T09:00:00Z)> . said then, while the bot was down, and read back now
//! ana (attaches receipt:bill.pdf)> ... with a file for the option `receipt`: see [`paper`]
//! ana (alone)> /pay-to ...             said in a room of ana and the bot alone
//! # a comment
//! ```
//!
//! A speaker's name is their account. `<@ana>` in a line picks the account of ana, as people are picked from a list elsewhere; `@ana`
//! and `ana` are typed names.
//!
//! Replies are printed after their commit, in order: `bot> text`, continuation lines indented, `bot (to ana)> text` to
//! one person, `bot (in forillon)> text` to another room than the one the script is in. `@` lines wait for everything
//! before them.

pub mod prompt;

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::clock::{BOUND, Clock};
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey, StoredFile};
use crate::directory::HOME_PLATFORM;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::incoming::{Arrival, Attached, Circumstances, Inbound, Said};
use crate::intake::Intake;
use crate::outbox::{Deliver, Delivered, DeliveryError};
use crate::store::OutboxRow;
use crate::{render, schedule};

/// The room at first.
const LOBBY: &str = "lobby";

/// What a line begins with that says what the clock shows.
const CLOCK: &str = "@clock ";

/// The longest that passes between two lines of a script. A clock that shows a later time was set wrong.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// How long the rest of a script may take to come, before it is taken line by line as it comes.
const LULL: Duration = Duration::from_millis(200);

/// Where replies are printed, shared by the script that speaks and the outbox that answers.
#[derive(Clone)]
pub struct Screen {
    catalog: Arc<Catalog>,
    room: Arc<Mutex<String>>,
    out: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Screen {
    /// A screen that prints to `out`.
    pub fn new(catalog: Arc<Catalog>, out: Box<dyn Write + Send>) -> Self {
        Self { catalog, room: Arc::new(Mutex::new(LOBBY.to_owned())), out: Arc::new(Mutex::new(out)) }
    }

    fn room(&self) -> String {
        self.room.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn enter(&self, room: &str) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = room.to_owned();
    }

    /// A row as it is printed.
    fn printed(&self, row: &OutboxRow, room: &str) -> String {
        let file = |file: &StoredFile| format!("\n{} ({}, {} kB)", file.name, file.media_type, file.bytes.len().div_ceil(1000));
        let files: String = row.files.iter().map(file).collect();
        let text = format!("{}{files}", render::text(&row.reply, &row.language, &self.catalog)).replace('\n', "\n    ");
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

/// How the console listens.
#[derive(Debug, Clone)]
pub struct Manner {
    /// What commands begin with, besides `/` and the bot's name.
    pub prefix: String,
    /// The bot's name.
    pub bot: String,
}

/// The console's way in.
pub struct Console {
    intake: Arc<Intake>,
    clock: Clock,
    screen: Screen,
    manner: Manner,
    run: String,
    line: u64,
    /// Whether it has said what time it is.
    watches: bool,
}

/// A script line that is neither said nor understood.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not a line of the script language.
    #[error("line {line}: `{text}` is neither `name> words`, `@clock INSTANT`, `@room NAME` nor a `# comment`")]
    NotALine {
        /// Its number.
        line: u64,
        /// What it says.
        text: String,
    },
    /// Not an instant.
    #[error("line {line}: `{text}` is not an instant such as 2026-01-05T09:00:00-05:00")]
    NotAnInstant {
        /// The line's number.
        line: u64,
        /// What it says.
        text: String,
    },
    /// The script can't be read.
    #[error("the script can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

impl Console {
    /// A console whose events are named by a run id, which no other run has.
    pub fn new(intake: Arc<Intake>, clock: Clock, screen: Screen, manner: Manner, run: String) -> Self {
        Self { intake, clock, screen, manner, run, line: 0, watches: false }
    }

    /// Runs a script to its end.
    pub async fn script(&mut self, input: impl AsyncBufRead + Unpin) -> Result<(), ScriptError> {
        let mut lines = input.split(b'\n');
        let mut read = VecDeque::new();
        loop {
            let line = match read.pop_front() {
                Some(line) => line,
                None => match lines.next_segment().await? {
                    Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    None => break,
                },
            };
            if line.starts_with(CLOCK) {
                // Whether a clock was wrong for a moment shows in what it says later.
                while let Ok(more) = tokio::time::timeout(LULL, lines.next_segment()).await {
                    let Some(bytes) = more? else { break };
                    read.push_back(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            self.take(&line, &read).await?;
        }
        self.intake.settled().await;
        Ok(())
    }

    /// Takes one line of a script.
    pub async fn hear(&mut self, line: &str) -> Result<(), ScriptError> {
        self.take(line, &VecDeque::new()).await
    }

    /// Takes one line of a script of which more is known.
    async fn take(&mut self, line: &str, ahead: &VecDeque<String>) -> Result<(), ScriptError> {
        self.line += 1;
        let line = line.trim_end_matches('\r');
        let not_a_line = || ScriptError::NotALine { line: self.line, text: line.chars().take(60).collect() };
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(directive) = line.strip_prefix('@') {
            self.intake.settled().await;
            match directive.trim().split_once(' ') {
                Some(("clock", instant)) => self.clock(instant.trim(), ahead).await?,
                Some(("room", room)) => self.screen.enter(room.trim()),
                _ => return Err(not_a_line()),
            }
            return Ok(());
        }
        let (speaker, words) =
            line.split_once("> ").or_else(|| line.strip_suffix('>').map(|speaker| (speaker, ""))).ok_or_else(not_a_line)?;
        let (name, nature) = match speaker.strip_suffix(')').and_then(|speaker| speaker.split_once(" (")) {
            Some((name, nature)) => (name, nature),
            None => (speaker, ""),
        };
        if name.is_empty() {
            return Err(not_a_line());
        }
        match nature.split_once(' ') {
            None if nature.is_empty() => self.say(name, words, self.clock.now(), Circumstances::default()).await,
            None if nature == "alone" => {
                self.say(name, words, self.clock.now(), Circumstances { direct: true, ..Circumstances::default() }).await
            }
            Some(("said", instant)) => self.say(name, words, self.instant(instant)?, Circumstances::default()).await,
            Some(("missed", instant)) => {
                let said_at = self.instant(instant)?;
                let arrival = Arrival::CaughtUp { since: Some(said_at) };
                self.say(name, words, said_at, Circumstances { arrival, ..Circumstances::default() }).await;
            }
            Some(("attaches", file)) => {
                let (option, file) = file.split_once(':').ok_or_else(not_a_line)?;
                let files = BTreeMap::from([(option.to_owned(), paper(file))]);
                self.say(name, words, self.clock.now(), Circumstances { files, ..Circumstances::default() }).await;
            }
            // Edits, redactions and other bots are not obeyed, on any platform.
            _ if ["edited", "redacted", "bot"].contains(&nature) => {}
            _ => return Err(not_a_line()),
        }
        Ok(())
    }

    fn instant(&self, text: &str) -> Result<Timestamp, ScriptError> {
        let instant = text.split_whitespace().next().unwrap_or_default();
        instant.parse().map_err(|_| ScriptError::NotAnInstant { line: self.line, text: text.to_owned() })
    }

    /// The clock shows another time. `ahead` is what it will show later, as far as that is known.
    async fn clock(&mut self, directive: &str, ahead: &VecDeque<String>) -> Result<(), ScriptError> {
        // What was due while the clock was doubted comes as after an outage.
        let watches = self.watches && !self.clock.is_doubted();
        match directive.strip_suffix("agreed") {
            Some("") => self.clock.trust(),
            Some(instant) => self.clock.set(self.instant(instant)?),
            None => {
                let shown = self.instant(directive)?;
                let ahead = ahead.iter().filter_map(|line| self.instant(line.strip_prefix(CLOCK)?).ok());
                if !self.watches {
                    // Nobody knows what was before the script began, except that an earlier one on the same file had come so far.
                    self.clock.set(self.clock.memory().unwrap_or(shown));
                    drop(self.clock.turns());
                }
                match Passing::of(self.clock.now(), self.clock.wall(), shown, ahead) {
                    Passing::To(instant) => self.clock.set(instant),
                    Passing::Jump(passed) => self.clock.jump(shown, passed),
                }
            }
        }
        // From here on time passes as the script says.
        schedule::pass(&self.intake, &self.clock, watches).await;
        self.watches = true;
        self.intake.settled().await;
        Ok(())
    }

    /// Somebody says something; what is not meant for the bot goes no further.
    async fn say(&self, name: &str, words: &str, said_at: Timestamp, circumstances: Circumstances) {
        let Manner { prefix, bot } = &self.manner;
        let text = match circumstances.direct {
            true => parse::addressed(words, prefix, bot),
            false => parse::meant(words, prefix, bot, &self.screen.catalog),
        };
        if let Some(text) = text {
            self.intake.say(self.inbound(name, Said::Text(text.to_owned()), said_at, circumstances)).await;
        }
    }

    fn inbound(&self, name: &str, said: Said, said_at: Timestamp, circumstances: Circumstances) -> Inbound {
        let room = if circumstances.direct { format!("@{name}") } else { self.screen.room() };
        Inbound {
            event: format!("{HOME_PLATFORM} {} {}", self.run, self.line),
            room: RoomKey { platform: HOME_PLATFORM.to_owned(), id: room },
            account: Account { platform: HOME_PLATFORM.to_owned(), id: name.to_owned() },
            name: name.to_owned(),
            host: true,
            said_at,
            received_at: self.clock.now(),
            said,
            circumstances,
        }
    }
}

/// How much time passes by a line that says what the clock shows. A script has no other clock, so this is inferred: the least that is
/// plausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// So much that it is this instant.
    To(Timestamp),
    /// Only this, while the wall clock jumps.
    Jump(Duration),
}

impl Passing {
    /// From a time `now`, and a wall clock that showed `wall`, to one that shows another time, and others `ahead`.
    fn of(now: Timestamp, wall: Timestamp, shown: Timestamp, ahead: impl Iterator<Item = Timestamp>) -> Self {
        let since = |then: Timestamp| Some(shown - then).filter(|passed| *passed >= -BOUND && *passed <= LONGEST);
        match (since(now), since(wall)) {
            // A wrong clock goes on being wrong.
            (right, Some(wrong)) if wall != now && right.is_none_or(|right| wrong < right) => Self::jumped(wrong),
            (Some(_), _) if !is_for_a_moment(now, shown, ahead) => Self::To(shown.max(now)),
            _ => Self::Jump(Duration::ZERO),
        }
    }

    fn jumped(passed: TimeDelta) -> Self {
        Self::Jump(passed.to_std().unwrap_or_default())
    }
}

/// Whether a clock shows a time, and goes on from it, only for a moment: then it comes back to before that, and is nearer to the time
/// before than what it may show after that is to where it had gone.
fn is_for_a_moment(now: Timestamp, shown: Timestamp, mut ahead: impl Iterator<Item = Timestamp>) -> bool {
    let mut last = shown;
    let comes_back = ahead.find(|later| {
        let comes_back = *later < shown - BOUND;
        last = if comes_back { last } else { last.max(*later) };
        comes_back
    });
    let goes_on = ahead.find(|later| *later >= last).map(|later| later - last);
    comes_back.is_some_and(|back| back >= now - BOUND && goes_on.is_none_or(|on| back - now <= on))
}

/// The file that a script attaches under a name: the one at that path if there is one, else a line with the name in it, which
/// makes a PDF if the name says that it is one.
pub fn paper(name: &str) -> Attached {
    if let Ok(bytes) = std::fs::read(name) {
        return Attached { name: name.to_owned(), bytes: Some(bytes.into()) };
    }
    let line = if name.ends_with(".pdf") { format!("%PDF-1.4 {name}\n") } else { format!("{name}\n") };
    Attached { name: name.to_owned(), bytes: Some(line.into_bytes().into()) }
}
