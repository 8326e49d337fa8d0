//! What a reply asks, and how an answer names it.

use serde::{Deserialize, Serialize};

use crate::core::ids::{Hash, LogId};

/// What a reply of the bot's asked. A platform keeps it with the message, for whoever answers that message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The network's id.
    pub network: String,
    /// What was asked there.
    pub about: About,
    /// What it looked like when it was asked.
    pub shown: Fingerprint,
}

/// The first eight bytes of a hash of what was shown, in hexadecimal: by it, an answer to something else is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl From<Hash> for Fingerprint {
    fn from(hash: Hash) -> Self {
        Fingerprint(hash.to_string()[..16].to_owned())
    }
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The question of this number.
    Question(i64),
    /// Whether this log counts.
    Log(LogId),
}
