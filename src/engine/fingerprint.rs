//! Fingerprints of what the bot showed, by which an outdated answer is recognised.

use sha2::{Digest, Sha256};

use crate::core::ids::Hash;
use crate::message::asked::{About, Fingerprint};
use crate::store::state::Network;

/// The hash of a value's JSON.
pub fn hash_of(value: &impl serde::Serialize) -> Hash {
    // Hashed values have no map whose keys are not text, so JSON can write all of them.
    Hash(Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into())
}

/// The current fingerprint of an open question or a waiting log; `None` if it isn't waiting any more.
pub fn fingerprint(network: &Network, about: About) -> Option<Fingerprint> {
    match about {
        About::Question(number) => Some(network.directory.question(number)?.shown.into()),
        About::Log(log) => {
            let log = network.books.log(log)?;
            Some(hash_of(&(log.person, log.project, log.task, log.date, &log.contribution, log.what)).into())
        }
    }
}
