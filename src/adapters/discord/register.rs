//! Registers the commands with Discord.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::adapters::discord::definitions::definitions;
use crate::adapters::discord::failure::{RequestError, request};
use crate::adapters::discord::hub::DiscordHub;
use crate::adapters::discord::platform::{PLATFORM, key};
use crate::core::ids::Hash;
use crate::grammar::catalog::Catalog;
use crate::incoming::{Content, Inbound};
use crate::render::discord::Ids;

/// The first and the longest wait before the commands are sent again.
const REGISTER_AFTER: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(600));

/// The key under which the registered commands are kept.
pub const REGISTERED: &str = "commands";

/// The commands as they were registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    hash: String,
    ids: Ids,
}

/// The ids of commands by their words, from the ids of registered commands by name.
fn ids(registered: &BTreeMap<&str, u64>, catalog: &Catalog) -> Ids {
    let paths = catalog.commands().map(|command| catalog.path(command));
    paths.filter_map(|path| Some((path.clone(), *registered.get(path.split(' ').next()?)?))).collect()
}

/// A hash that changes when the definitions change.
fn hash(definitions: &Value) -> Hash {
    Hash(Sha256::digest(definitions.to_string()).into())
}

impl DiscordHub {
    /// Registers the commands with Discord, if they have changed since the last time.
    pub(super) async fn register(&self, known: Option<Registered>) {
        let definitions = definitions(&self.catalog);
        // Another application on the same database knows nothing yet.
        let application = self.http.application_id().map_or(0, |id| id.get());
        let hash = hash(&json!([application, definitions])).to_string();
        if let Some(known) = known.filter(|known| known.hash == hash) {
            *self.ids.write().unwrap_or_else(PoisonError::into_inner) = known.ids;
            return;
        }
        let mut wait = REGISTER_AFTER.0;
        loop {
            match request(self.http.create_global_commands(&definitions)).await {
                Ok(commands) => {
                    let ids_by_name =
                        commands.iter().map(|command| (command.name.as_str(), command.id.get())).collect();
                    let ids = ids(&ids_by_name, &self.catalog);
                    self.ids.write().unwrap_or_else(PoisonError::into_inner).clone_from(&ids);
                    self.note_registered(&Registered { hash, ids }).await;
                    tracing::info!("Discord knows the commands");
                    return;
                }
                Err(error @ RequestError::Refused(..)) => {
                    tracing::error!(why = %error, "Discord does not take the commands; those that it knows stay");
                    return;
                }
                Err(error) => {
                    tracing::warn!(why = %error, "the commands are not registered yet, trying again in {wait:?}")
                }
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(REGISTER_AFTER.1);
        }
    }

    /// Keeps the registered commands, beside the cursors of rooms.
    async fn note_registered(&self, registered: &Registered) {
        let event = format!("{PLATFORM} registered {}", registered.hash);
        let mut inbound = Inbound::unsaid(event, key(REGISTERED), Content::Passed, self.clock.now());
        inbound.context.read_up_to = serde_json::to_string(registered).ok();
        self.intake.push(inbound).await;
    }
}
