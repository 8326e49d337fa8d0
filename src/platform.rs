//! The platforms that people speak on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A platform. It is stored under its [`name`](Self::name), and ordered as the names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// The operator's own terminal.
    Console,
    /// Discord.
    Discord,
    /// Matrix.
    Matrix,
    /// No platform: messages of the bot itself and of time.
    System,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Console, Self::Discord, Self::Matrix, Self::System];

    /// Whether it is the operator's own: one screen, whose rooms belong to the database's network if there is only one.
    pub fn is_local(self) -> bool {
        match self {
            Platform::Console => true,
            Platform::Discord | Platform::Matrix | Platform::System => false,
        }
    }

    /// The name that it is stored under.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Console => "console",
            Platform::Discord => "discord",
            Platform::Matrix => "matrix",
            Platform::System => "system",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name of no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no platform is called `{0}`")]
pub struct UnknownPlatformError(String);

impl FromStr for Platform {
    type Err = UnknownPlatformError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|platform| platform.name() == name);
        found.ok_or_else(|| UnknownPlatformError(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_one_name_everywhere() {
        for platform in Platform::ALL {
            assert_eq!(platform.name().parse(), Ok(platform));
            assert_eq!(serde_json::to_value(platform).unwrap(), platform.name());
        }
        assert!(Platform::ALL.is_sorted() && Platform::ALL.map(Platform::name).is_sorted());
        assert!("elsewhere".parse::<Platform>().is_err());
    }
}
