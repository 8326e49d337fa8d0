//! What a reply asks, and how an answer names it.

use serde::{Deserialize, Serialize};

use crate::core::ids::{Hash, LogId};

/// What a reply asked. A platform stores it with the message, for the person who answers that message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The network's id.
    pub network: String,
    /// The subject of the question.
    pub about: About,
    /// A fingerprint of what was shown.
    pub shown: Fingerprint,
}

/// The first eight bytes of a hash of what was shown, in hexadecimal. It detects an answer to something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl From<Hash> for Fingerprint {
    fn from(hash: Hash) -> Self {
        Fingerprint(hash.to_string()[..16].to_owned())
    }
}

/// The subject of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// A question, by its number.
    Question(i64),
    /// Whether this log counts.
    Log(LogId),
}
