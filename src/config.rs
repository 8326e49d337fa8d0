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
        Ok(config)
    }
}
