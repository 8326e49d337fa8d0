//! Names and limits that Discord fixes, and how long the bot waits.

use std::time::Duration;

use crate::directory::RoomKey;
use crate::platform::Platform;

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: Platform = Platform::Discord;

/// The log directive that silences the library's requests: they show tokens.
pub const UNLOGGED: &str = "serenity::http=off";

/// How long an interaction can be answered.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How soon a first answer that failed is tried again.
pub const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How long the bot waits. The defaults are what Discord allows; a test that steps through an interaction gives itself
/// more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long the engine has before Discord is told that the bot is thinking.
    pub engine: Duration,
    /// How long Discord waits for a first answer.
    pub first_answer: Duration,
    /// How long one request with a first answer may take.
    pub callback: Duration,
    /// How long a search for completions may take.
    pub completions: Duration,
    /// How long the files of one interaction may take, all together.
    pub files: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            engine: Duration::from_millis(1500),
            first_answer: Duration::from_secs(3),
            callback: Duration::from_millis(1000),
            completions: Duration::from_millis(2500),
            files: Duration::from_secs(20),
        }
    }
}

/// The key of a channel as a room, or of a guild as the place around rooms.
pub fn key(id: impl ToString) -> RoomKey {
    RoomKey { platform: PLATFORM, id: id.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discord_learns_in_time_that_the_bot_is_thinking() {
        let Patience { engine, first_answer, callback, completions, .. } = Patience::default();
        assert_eq!(first_answer, Duration::from_secs(3), "Discord's own limit");
        assert!(engine + callback < first_answer && completions < first_answer);
        assert!(callback.saturating_mul(3) <= first_answer, "three tries fit into the limit");
    }
}
