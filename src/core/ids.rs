//! Ids and hashes, by which the journal names things. Nothing in here knows what is named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256, written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The first eight digits: enough for people to compare aloud.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }

    /// The hash of a value's JSON. Hashed values hold strings, numbers, flags and lists of these, so JSON can write all
    /// of them.
    pub fn of(value: &impl Serialize) -> Self {
        Hash(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into())
    }

    /// The hash that the first entry of a network follows.
    pub fn genesis(network: &str) -> Self {
        Hash(Sha256::digest(network.as_bytes()).into())
    }

    /// The hash of an entry, from the hash of the one before it and its payload.
    pub fn chained(&self, payload: &str) -> Self {
        Hash(Sha256::new().chain_update(self.0).chain_update(payload.as_bytes()).finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0_u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0_u8; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err("a hash has 64 hexadecimal digits");
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| "a hash has hexadecimal digits")?;
        }
        Ok(Hash(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A reference to a text or a file beside the journal: the hash of its salt and its bytes. Erasing both leaves the
/// chain whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextRef(pub Hash);

impl TextRef {
    /// The reference to a text or a file under a salt.
    pub fn of(salt: &[u8; 16], bytes: impl AsRef<[u8]>) -> Self {
        TextRef(Hash(Sha256::new().chain_update(salt).chain_update(bytes).finalize().into()))
    }
}

/// The number of something in a table of one kind, from 1 without a gap.
pub trait Number: Copy {
    /// The error if nothing has this number.
    const MISSING: &'static str;
    /// The error if something new does not have the next number.
    const NOT_NEW: &'static str;

    /// The number that follows `count` others.
    fn after(count: usize) -> Self;

    /// Its place in a list of all numbered things, from 0; `None` for zero.
    fn place(self) -> Option<usize>;
}

/// Text that is no id of a kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is the id of no {what}")]
pub struct NotAnId {
    what: &'static str,
    text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal $prefix:literal),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The text in front of the number.
            pub const PREFIX: &'static str = $prefix;
        }

        impl Number for $name {
            const MISSING: &'static str = concat!("no such ", $what);
            const NOT_NEW: &'static str = concat!("its ", $what, " is not new");

            fn after(count: usize) -> Self {
                $name(u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1))
            }

            fn place(self) -> Option<usize> {
                usize::try_from(self.0).ok()?.checked_sub(1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Reads what [`Display`](fmt::Display) writes, and nothing else.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let number = text.strip_prefix($prefix).and_then(|digits| digits.parse().ok()).map($name);
                number.filter(|id| id.to_string() == text).ok_or_else(|| NotAnId { what: $what, text: text.to_owned() })
            }
        }
    )+ };
}

ids! {
    /// A person of a network.
    PersonId = "person" "person-",
    /// A project of a network.
    ProjectId = "project" "project-",
    /// A task, written `#3`.
    TaskId = "task" "#",
    /// A log, written `L3`.
    LogId = "log" "L",
    /// A movement of money, written `M3`.
    MoneyId = "money" "M",
    /// A distribution, written `D3`.
    DistributionId = "distribution" "D",
    /// A proposed rule, written `R3`.
    ProposalId = "proposal" "R",
    /// A batch of payments, written `B3`.
    BatchId = "batch" "B",
    /// A milestone, written `K3`.
    MilestoneId = "milestone" "K",
    /// A line of a milestone, written `P3`.
    LineId = "line" "P",
    /// A pool of a network.
    PoolId = "pool" "pool-",
    /// A machine of a network.
    EquipmentId = "machine" "equipment-",
    /// A bill for a machine's time, written `U3`.
    BillId = "bill" "U",
    /// A lot of material in stock, written `S3`.
    LotId = "lot" "S",
}
