//! The configuration. `config/default.toml` has every key, its default and the reason; the operator's own file
//! overrides some keys.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The fewest days for which handled messages are remembered: outages of a platform or of the bot are shorter.
const LEAST_INBOX_DAYS: u32 = 30;

const DEFAULT: &str = include_str!("../config/default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept.
    pub database: PathBuf,
    /// What commands begin with.
    pub prefix: String,
    /// The bot's name, when it is spoken to by name.
    pub bot: String,
    /// How much is logged, in the filter syntax of `RUST_LOG`.
    pub log: String,
    /// How much anybody may ask for, and how much is kept.
    pub limits: LimitsConfig,
    /// The Matrix account that it lives in, if it has one.
    pub matrix: Option<MatrixConfig>,
    /// The Discord application that it lives in, if it has one.
    pub discord: Option<DiscordConfig>,
}

/// How much anybody may ask for, and how much is kept. See [`limits`](crate::limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Commands that an account may give at once.
    pub account_burst: NonZeroU32,
    /// Commands that an account may give each minute after that.
    pub account_per_minute: NonZeroU32,
    /// Commands that may be given at once in a room.
    pub room_burst: NonZeroU32,
    /// Commands that may be given each minute in a room after that.
    pub room_per_minute: NonZeroU32,
    /// Commands that may be given at once in all rooms of a network.
    pub network_burst: NonZeroU32,
    /// Commands that may be given each minute in a network after that.
    pub network_per_minute: NonZeroU32,
    /// Commands that each name on the console may give at once.
    pub console_burst: NonZeroU32,
    /// Networks in the database.
    pub networks: usize,
    /// Networks that an account may begin.
    pub networks_per_account: usize,
    /// Rooms that a network may have.
    pub rooms_per_network: usize,
    /// Active people that a network may have.
    pub people_per_network: usize,
    /// Questions of a network that an account may leave open; a newer one closes the oldest.
    pub questions_per_account: usize,
    /// Days for which handled messages are remembered.
    pub inbox_days: u32,
}

/// A Discord application.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscordConfig {
    /// The file that has the bot's token.
    pub token_file: PathBuf,
    /// The ids of users and servers that may begin networks; if there are none, all may.
    #[serde(default)]
    pub founders: Vec<String>,
    /// A proxy of the operator's that passes requests on to Discord and keeps its limits.
    pub rest_proxy: Option<String>,
}

/// A Matrix account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixConfig {
    /// The homeserver's address.
    pub homeserver: String,
    /// The account's user id.
    pub account: String,
    /// The file that has the account's password.
    pub password_file: Option<PathBuf>,
    /// The file that has an access token, in place of a password.
    pub token_file: Option<PathBuf>,
    /// The folder of the session, the keys and the recovery key.
    #[serde(default = "default_state")]
    pub state: PathBuf,
    /// User ids that the bot ignores; `*` and `?` stand for any characters.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// User ids whose invitations are accepted, as patterns; if there are none, everybody's are.
    #[serde(default)]
    pub inviters: Vec<String>,
    /// User ids that may begin networks, as patterns; if there are none, all may.
    #[serde(default)]
    pub founders: Vec<String>,
    /// The most rooms that the bot is in.
    #[serde(default = "default_rooms")]
    pub most_rooms: usize,
    /// User ids of bridges and relays, which speak for others.
    #[serde(default)]
    pub relays: Vec<String>,
    /// Whether the bot tells rooms its commands, for clients that complete them.
    #[serde(default = "yes")]
    pub command_descriptions: bool,
}

fn default_state() -> PathBuf {
    PathBuf::from("fairshare-matrix")
}

fn default_rooms() -> usize {
    1000
}

fn yes() -> bool {
    true
}

/// Overrides keys with others, section by section.
fn override_with(keys: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (keys.get_mut(&key), value) {
            (Some(toml::Value::Table(section)), toml::Value::Table(own)) => override_with(section, own),
            (_, value) => drop(keys.insert(key, value)),
        }
    }
}

impl Config {
    /// The defaults, with the keys of a file on top.
    ///
    /// # Errors
    /// If the file can't be read or parsed, or a setting has a value that is not allowed.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut keys: toml::Table = DEFAULT.parse()?;
        if let Some(file) = file {
            let own = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
            override_with(&mut keys, own.parse::<toml::Table>().with_context(|| file.display().to_string())?);
        }
        let config: Config = keys.try_into().context("configuration")?;
        anyhow::ensure!(
            !config.prefix.is_empty() && !config.prefix.contains(char::is_alphanumeric),
            "configuration: prefix must be a sign such as !"
        );
        anyhow::ensure!(
            config.limits.inbox_days >= LEAST_INBOX_DAYS,
            "configuration: [limits] inbox_days must be at least {LEAST_INBOX_DAYS}"
        );
        if let Some(matrix) = &config.matrix {
            anyhow::ensure!(
                matrix.password_file.is_some() != matrix.token_file.is_some(),
                "configuration: [matrix] needs either password_file or token_file"
            );
        }
        Ok(config)
    }

    /// The files that only their owner should be able to read, whether they exist or not.
    pub fn secrets(&self) -> Vec<PathBuf> {
        let matrix = self.matrix.iter().flat_map(|matrix| {
            let given = [&matrix.password_file, &matrix.token_file].into_iter().flatten().cloned();
            given.chain(["recovery-key", "session.json"].map(|name| matrix.state.join(name)))
        });
        matrix.chain(self.discord.iter().map(|discord| discord.token_file.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(own: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("own.toml");
        std::fs::write(&file, own)?;
        Config::load(Some(&file))
    }

    #[test]
    fn a_section_of_ones_own_changes_only_its_keys() {
        let (usual, own) = (Config::load(None).unwrap(), load("[limits]\nnetworks = 7\n").unwrap());
        assert_eq!(own.limits, LimitsConfig { networks: 7, ..usual.limits });
        for (bad, why) in
            [("network = 7", "unknown field"), ("account_burst = 0", "nonzero"), ("inbox_days = 5", "at least 30")]
        {
            let error = format!("{:#}", load(&format!("[limits]\n{bad}\n")).unwrap_err());
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
