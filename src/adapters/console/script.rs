//! Scripts. Each line is one thing that somebody says:
//!
//! ```text
//! @clock 2026-01-05T09:00:00-05:00     the clock shows this; what is due happens, unless the clock must be wrong
//! @clock 2028-01-05T09:00:00Z agreed   the same, and the operator confirms it
//! @clock agreed                        the operator confirms what the clock shows
//! @room forillon                       the room of the lines that follow (at first: lobby)
//! ana> /log hours 2h30 wiring          ana says this
//! ana (edited)> /log hours 3h wiring   her last message in the room now says this; also (redacted), (bot)
//! ana (said 2026-01-04T09:00:00Z)> ..  arrives now, live; its sender's server claims that instant
//! ana (missed 2026-01-04T09:00:00Z)> . was sent then, while the bot was down, and is read back now
//! ana (attaches receipt:bill.pdf)> ... with a file for the option `receipt`: see [`paper`]
//! ana (alone)> /pay-to ...             in a room of ana and the bot alone
//! # a comment
//! ```
//!
//! [`Passing`] says when a clock must be wrong.
//!
//! A speaker's name is their account. `<@ana>` in a line picks the account of ana, as people are picked from a list
//! elsewhere; `@ana` and `ana` are typed names.
//!
//! `@` lines wait until everything before them is done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::adapters::console::screen::Screen;
use crate::adapters::console::time::Passing;
use crate::clock::Clock;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::address;
use crate::incoming::{Arrival, Attached, ChangedMessage, Content, Inbound, MessageContext, SystemEvent};
use crate::intake::Intake;
use crate::platform::Platform;
use crate::ticker;

/// The platform of its rooms and accounts.
pub const PLATFORM: Platform = Platform::Console;

/// The beginning of a line that sets the clock.
const CLOCK: &str = "@clock ";

/// How long the rest of a script may take to come. After that, lines are taken one by one as they come.
const LULL: Duration = Duration::from_millis(200);

/// How the console listens.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The prefix of commands, besides `/` and the bot's name.
    pub prefix: String,
    /// The bot's name.
    pub bot: String,
}

/// Reads scripts and prompts, and hands over what people say.
pub struct Console {
    intake: Arc<Intake>,
    clock: Clock,
    screen: Screen,
    manner: Manner,
    run: String,
    line: u64,
    /// Whether a line has set the clock.
    watches: bool,
    /// The room of the last line.
    spoken_in: Option<RoomKey>,
    /// The event of the last message of each speaker in each room.
    last: BTreeMap<(String, String), String>,
}

/// Why a script line can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not a line of the script language.
    #[error("line {line}: `{text}` is neither `name> words`, `@clock INSTANT`, `@room NAME` nor a `# comment`")]
    NotALine {
        /// Its number.
        line: u64,
        /// Its text.
        text: String,
    },
    /// Not an instant.
    #[error("line {line}: `{text}` is not an instant such as 2026-01-05T09:00:00-05:00")]
    NotAnInstant {
        /// The line's number.
        line: u64,
        /// Its text.
        text: String,
    },
    /// The script can't be read.
    #[error("the script can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

impl Console {
    /// A console. `run` names its events; no other run has the same one.
    pub fn new(intake: Arc<Intake>, clock: Clock, screen: Screen, manner: Manner, run: String) -> Self {
        Self { intake, clock, screen, manner, run, line: 0, watches: false, spoken_in: None, last: BTreeMap::new() }
    }

    /// Where its replies are printed.
    pub(super) fn screen(&self) -> Screen {
        self.screen.clone()
    }

    /// Where it hands over what is said.
    pub(super) fn intake(&self) -> Arc<Intake> {
        self.intake.clone()
    }

    /// Waits until everything that was handed over is decided and answered.
    pub(super) async fn settled(&self) {
        self.intake.settled().await;
    }

    /// Runs a script to its end.
    ///
    /// # Errors
    /// Fails if the script can't be read, and at the first line that can't be understood.
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
                // Later lines show whether the clock was wrong only for a moment.
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
    ///
    /// # Errors
    /// Fails if the line can't be understood.
    pub async fn hear(&mut self, line: &str) -> Result<(), ScriptError> {
        self.take(line, &VecDeque::new()).await
    }

    /// Takes one line of a script. `ahead` are the lines after it, as far as they are known.
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
        let (speaker, words) = line
            .split_once("> ")
            .or_else(|| line.strip_suffix('>').map(|speaker| (speaker, "")))
            .ok_or_else(not_a_line)?;
        let (name, nature) = match speaker.strip_suffix(')').and_then(|speaker| speaker.split_once(" (")) {
            Some((name, nature)) => (name, nature),
            None => (speaker, ""),
        };
        if name.is_empty() {
            return Err(not_a_line());
        }
        match nature.split_once(' ') {
            None if nature.is_empty() => self.say(name, words, self.clock.now(), MessageContext::default()).await,
            None if nature == "alone" => {
                self.say(name, words, self.clock.now(), MessageContext { direct: true, ..MessageContext::default() })
                    .await
            }
            Some(("said", instant)) => self.say(name, words, self.instant(instant)?, MessageContext::default()).await,
            Some(("missed", instant)) => {
                let said_at = self.instant(instant)?;
                let arrival = Arrival::CaughtUp { since: Some(said_at) };
                self.say(name, words, said_at, MessageContext { arrival, ..MessageContext::default() }).await;
            }
            Some(("attaches", file)) => {
                let (option, file) = file.split_once(':').ok_or_else(not_a_line)?;
                let files = BTreeMap::from([(option.to_owned(), paper(file))]);
                self.say(name, words, self.clock.now(), MessageContext { files, ..MessageContext::default() }).await;
            }
            None if nature == "edited" => self.change(name, Some(words)).await,
            None if nature == "redacted" => self.change(name, None).await,
            // No platform obeys other bots.
            None if nature == "bot" => {}
            _ => return Err(not_a_line()),
        }
        Ok(())
    }

    /// The instant that a line names. Fails if it names none.
    fn instant(&self, text: &str) -> Result<Timestamp, ScriptError> {
        let instant = text.split_whitespace().next().unwrap_or_default();
        instant.parse().map_err(|_| ScriptError::NotAnInstant { line: self.line, text: text.to_owned() })
    }

    /// Sets the clock. `ahead` are the lines after this one, as far as they are known.
    async fn clock(&mut self, directive: &str, ahead: &VecDeque<String>) -> Result<(), ScriptError> {
        // What was due while the clock was doubted runs as after an outage.
        let watches = self.watches && !self.clock.is_doubted();
        match directive.strip_suffix("agreed") {
            Some("") => self.clock.trust(),
            Some(instant) => self.clock.set(self.instant(instant)?),
            None => {
                let shown = self.instant(directive)?;
                let ahead = ahead.iter().filter_map(|line| self.instant(line.strip_prefix(CLOCK)?).ok());
                if !self.watches {
                    // The time before is unknown, except how far an earlier script on the same file had come.
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
        ticker::pass(&self.intake, &self.clock, watches).await;
        self.watches = true;
        self.intake.settled().await;
        Ok(())
    }

    /// Hands over what somebody says, if it is meant for the bot.
    async fn say(&mut self, name: &str, words: &str, said_at: Timestamp, context: MessageContext) {
        let Manner { prefix, bot } = &self.manner;
        let text = match context.direct {
            true => address::addressed(words, prefix, bot),
            false => address::meant(words, prefix, bot, &self.screen.catalog),
        };
        if let Some(text) = text {
            let inbound = self.inbound(name, Content::Text(text.to_owned()), said_at, context);
            if self.spoken_in.as_ref().is_some_and(|room| *room != inbound.room) {
                // Rooms take turns. A script's lines are decided in its order.
                self.intake.settled().await;
            }
            self.spoken_in = Some(inbound.room.clone());
            self.last.insert((inbound.room.id.clone(), name.to_owned()), inbound.event.clone());
            self.intake.say(inbound).await;
        }
    }

    /// Hands over that the last message of somebody in the room was edited or removed.
    async fn change(&mut self, name: &str, words: Option<&str>) {
        let Manner { prefix, bot } = &self.manner;
        let now = match words.map(|words| address::meant(words, prefix, bot, &self.screen.catalog)) {
            Some(Some(line)) => ChangedMessage::Line(line.to_owned()),
            Some(None) => ChangedMessage::Talk,
            None => ChangedMessage::Removed,
        };
        let last = self.last.get(&(self.screen.room(), name.to_owned())).cloned().unwrap_or_default();
        let event = now.event(&last, name);
        let changed = SystemEvent::MessageChanged { event: last, now, recorded: String::new() };
        let inbound = self.inbound(name, Content::System(changed), self.clock.now(), MessageContext::default());
        self.intake.say(Inbound { event, ..inbound }).await;
    }

    fn inbound(&self, name: &str, content: Content, said_at: Timestamp, context: MessageContext) -> Inbound {
        let room = if context.direct { format!("@{name}") } else { self.screen.room() };
        Inbound {
            event: format!("{PLATFORM} {} {}", self.run, self.line),
            room: room_key(room),
            account: Account { platform: PLATFORM, id: name.to_owned() },
            name: name.to_owned(),
            host: true,
            said_at,
            received_at: self.clock.now(),
            content,
            context,
        }
    }
}

/// A room of the console.
pub(super) fn room_key(id: String) -> RoomKey {
    RoomKey { platform: PLATFORM, id }
}

/// The file that a script attaches under a name: the bytes of the file at that path, or else one line with the name in
/// it. That line is a PDF if the name ends like one.
pub fn paper(name: &str) -> Attached {
    if let Ok(bytes) = std::fs::read(name) {
        return Attached { name: name.to_owned(), bytes: Some(bytes.into()) };
    }
    let line = if name.ends_with(".pdf") { format!("%PDF-1.4 {name}\n") } else { format!("{name}\n") };
    Attached { name: name.to_owned(), bytes: Some(line.into_bytes().into()) }
}
