//! A command that is to be executed, and the context that its handler gets.

use std::collections::BTreeMap;

use crate::commands::context::{Author, Moment};
use crate::core::check::Verification;
use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::engine::instants::{MessageTimes, whole};
use crate::engine::request::Request;
use crate::grammar::resolve::Resolved;
use crate::grammar::spec::Command;
use crate::incoming::Attached;
use crate::message::asked::About;
use crate::store::state::Network;

/// A command's request, network and time.
pub struct Invocation<'a> {
    pub request: Request<'a>,
    /// The id of its network.
    pub network: Option<String>,
    /// The files that came with it, by option.
    pub files: BTreeMap<String, Attached>,
    pub times: MessageTimes,
    /// When it takes effect: when it counts, or later if other entries have taken effect since.
    pub at: Timestamp,
    pub verification: Option<Verification>,
}

impl Invocation<'_> {
    /// What a handler may depend on besides books and directory.
    pub fn moment(&self, network: &Network, seed: [u8; 32]) -> Moment {
        let request = self.request;
        let day = |at: Timestamp| at.with_timezone(&network.books.timezone).date_naive();
        let claimed = whole(request.said_at.min(request.received_at));
        let today = day(self.times.counts);
        // A stamp from before the window is refused like a `date:` from before the window.
        let earliest = network.books.settings.earliest(today);
        let is_too_late = earliest.is_some_and(|earliest| day(claimed) < earliest);
        Moment {
            at: self.at,
            said: Some(claimed).filter(|claimed| request.has_author() && *claimed != self.at),
            today,
            said_on: if is_too_late { day(claimed) } else { day(self.times.said) },
            event: request.event.to_owned(),
            author: Author {
                account: request.account.clone(),
                name: request.name.to_owned(),
                person: network.directory.person(request.account),
            },
            room: request.room.clone(),
            places: request.places().cloned().collect(),
            host: request.host,
            direct: request.context.direct,
            bars_founding: request.context.bars_founding,
            encryption: request.context.encryption,
            sentence: None,
            files: self.files.clone(),
            now: request.received_at.max(self.at),
            due: request.due(),
            question: request.answers().and_then(|asked| match asked.about {
                About::Question(number) => Some(number),
                About::Log(_) => None,
            }),
            project: None,
            seed,
            verification: self.verification.clone(),
        }
    }
}

/// A command between its resolved options and its outcome.
pub struct Execution<'a> {
    pub invocation: &'a Invocation<'a>,
    pub command: &'a Command,
    pub moment: &'a Moment,
    /// The id of its network, or of the one that it may begin.
    pub network_id: String,
    /// The hash of its author and content, if a repeat must be confirmed.
    pub repeat_key: Option<Hash>,
    /// The hash of the question that was answered with yes.
    pub confirmed: Option<Hash>,
}

impl<'a> Execution<'a> {
    /// Begins with resolved options.
    pub fn new(
        invocation: &'a Invocation<'a>,
        command: &'a Command,
        moment: &'a Moment,
        resolved: &Resolved,
        confirmed: Option<Hash>,
    ) -> Self {
        let new_id = || Hash(moment.seed).to_string()[..32].to_owned();
        let network_id = invocation.network.clone().unwrap_or_else(new_id);
        let content = (&network_id, &moment.author.account, &command.name, &resolved.options);
        let repeat_key = if command.once { Some(Hash::of(&content)) } else { None };
        Self { invocation, command, moment, network_id, repeat_key, confirmed }
    }
}
