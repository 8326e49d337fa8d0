//! Deletes what has expired, a few rows at each tick, so that no message waits for it.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::core::time::Timestamp;
use crate::directory::DirectoryChange;
use crate::engine::batch::BatchBuilder;
use crate::engine::run::Engine;
use crate::engine::state::EngineState;
use crate::incoming::{AHEAD, Content, Inbound, SystemEvent};
use crate::store::database::Store;
use crate::store::state::Network;

/// How many rows are deleted at once.
const PORTION: usize = 500;

impl<S: Store> Engine<S> {
    /// Deletes some old inbox rows and undeliverable replies. If that fails, the next tick tries again.
    pub(super) async fn prune_rows(&mut self) {
        let before = self.clock.now() - TimeDelta::days(self.state.limits.inbox_days.into());
        match self.store.prune(before, PORTION).await {
            Ok(all) => self.state.passed_over.all = self.state.passed_over.all.max(all),
            Err(error) => tracing::warn!(%error, "old rows stay for now"),
        }
    }
}

impl EngineState {
    /// Whether a message was handled before, though it has no inbox row any more, or never had one.
    pub fn passes_over(&self, inbound: &Inbound) -> bool {
        let comes_again = match inbound.content {
            Content::System(SystemEvent::ClockChanged(_))
            | Content::Tick { .. }
            | Content::Passed
            | Content::Dropped => false,
            Content::Text(_) | Content::Call(_) | Content::Answer(..) | Content::System(_) | Content::Refused(..) => {
                true
            }
        };
        let by_all = self.passed_over.all.is_some_and(|until| inbound.said_at <= until + AHEAD);
        let by_account = self.passed_over.by.get(&inbound.account).is_some_and(|until| inbound.said_at <= *until);
        comes_again && (by_all || by_account)
    }

    /// Deletes some of what has expired beside the journal.
    pub fn prune(&mut self, now: Timestamp, builder: &mut BatchBuilder) {
        let of_network = |(id, network): (&String, &Network)| {
            let outdated = self.registry.outdated_news(&network.books);
            let changes = expired(network, &outdated, now).into_iter();
            changes.map(|change| (id.clone(), change)).collect::<Vec<_>>()
        };
        let expired: Vec<(String, DirectoryChange)> = self.networks.iter().flat_map(of_network).take(PORTION).collect();
        for (network, change) in expired {
            self.change(&network, change, builder);
        }
    }
}

/// What has expired in a network. `outdated` are the keys of news about what is over.
fn expired(network: &Network, outdated: &HashSet<String>, now: Timestamp) -> Vec<DirectoryChange> {
    let directory = &network.directory;
    let questions = directory.questions().filter(|question| question.until < now);
    let codes = directory.link_codes().filter(|code| code.expires_at <= now);
    let linkings = directory.linkings().filter(|linking| linking.until <= now);
    let told = directory.told().filter(|(_, key)| outdated.contains(key));
    let mut changes: Vec<DirectoryChange> =
        questions.map(|question| DirectoryChange::QuestionClosed(question.id)).collect();
    changes.extend(codes.map(|code| DirectoryChange::LinkCodeUsed(code.code.clone())));
    changes.extend(linkings.map(|linking| DirectoryChange::LinkingDone(linking.person)));
    changes.extend(told.map(|(room, key)| DirectoryChange::AnnounceAgain(room.clone(), key.clone())));
    changes
}
