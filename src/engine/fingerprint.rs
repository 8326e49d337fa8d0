//! Fingerprints of what the bot showed, by which an outdated answer is recognised.

use crate::core::ids::Hash;
use crate::message::asked::{About, Fingerprint};
use crate::store::state::Network;

/// The current fingerprint of an open question or a waiting log; `None` if it isn't waiting any more.
pub fn fingerprint(network: &Network, about: About) -> Option<Fingerprint> {
    match about {
        About::Question(number) => Some(network.directory.question(number)?.shown.into()),
        About::Log(log) => {
            let log = network.books.log(log)?;
            Some(Hash::of(&(log.person, log.project, log.task, log.date, &log.contribution, log.what)).into())
        }
    }
}
