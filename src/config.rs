//! The configuration: `config/default.toml` says every key, its default and why; a file of one's own overrides some.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

const DEFAULT: &str = include_str!("../config/default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept.
    pub database: PathBuf,
    /// What commands begin with.
    pub prefix: String,
    /// What the bot is called when it is spoken to by name.
    pub bot: String,
    /// How much is logged, in the filter syntax of `RUST_LOG`.
    pub log: String,
    /// The Matrix account that it lives in, if it has one.
    pub matrix: Option<Matrix>,
    /// The Discord application that it lives in, if it has one.
    pub discord: Option<Discord>,
}

/// A Discord application.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discord {
    /// The file that has the bot's token.
    pub token_file: PathBuf,
    /// A proxy of the operator's that passes requests on to Discord and minds its limits.
    pub rest_proxy: Option<String>,
}

/// A Matrix account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
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
    /// User ids that are not obeyed; `*` and `?` stand for any characters.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// User ids of bridges and relays, which speak for others.
    #[serde(default)]
    pub relays: Vec<String>,
    /// Whether rooms are told the commands, for clients that complete them.
    #[serde(default = "yes")]
    pub command_descriptions: bool,
}

fn default_state() -> PathBuf {
    PathBuf::from("fairshare-matrix")
}

fn yes() -> bool {
    true
}

impl Config {
    /// The defaults, with the keys of a file on top.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut keys: toml::Table = DEFAULT.parse()?;
        if let Some(file) = file {
            let own = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
            keys.extend(own.parse::<toml::Table>().with_context(|| file.display().to_string())?);
        }
        let config: Config = keys.try_into().context("configuration")?;
        anyhow::ensure!(
            !config.prefix.is_empty() && !config.prefix.contains(char::is_alphanumeric),
            "configuration: prefix must be a sign such as !"
        );
        if let Some(matrix) = &config.matrix {
            anyhow::ensure!(
                matrix.password_file.is_some() != matrix.token_file.is_some(),
                "configuration: [matrix] needs either password_file or token_file"
            );
        }
        Ok(config)
    }

    /// The files that nobody else should be able to read, whether they are there or not.
    pub fn secrets(&self) -> Vec<PathBuf> {
        let matrix = self.matrix.iter().flat_map(|matrix| {
            let given = [&matrix.password_file, &matrix.token_file].into_iter().flatten().cloned();
            given.chain(["recovery-key", "session.json"].map(|name| matrix.state.join(name)))
        });
        matrix.chain(self.discord.iter().map(|discord| discord.token_file.clone())).collect()
    }
}
