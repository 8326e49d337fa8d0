//! Matrix, as one account.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, watch};

use crate::adapters::matrix::hub::MatrixHub;
use crate::adapters::matrix::media;
use crate::adapters::matrix::read::Listener;
use crate::adapters::matrix::send::MatrixSender;
use crate::adapters::matrix::session::Session;
use crate::adapters::matrix::sync::{Rooms, SyncEnded};
use crate::clock::Clock;
use crate::config;
use crate::grammar::catalog::Catalog;
use crate::intake::Intake;
use crate::outbox::Deliver;

/// How many rooms may ask for their history at once.
const READING: usize = 8;

/// How long an event may wait for its key. Then its sender is asked to say it again.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The dependencies of the adapter.
pub struct MatrixDeps {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The intake, which takes messages.
    pub intake: Arc<Intake>,
    /// The time.
    pub clock: Clock,
    /// The prefix of commands.
    pub prefix: String,
    /// The bot's name, besides its account's names.
    pub bot: String,
    /// How long an event may wait for its key: [`PATIENCE`].
    pub patience: Duration,
}

/// Matrix, as one account.
pub struct Matrix {
    hub: Arc<MatrixHub>,
}

impl Matrix {
    /// An adapter for a session.
    pub fn new(session: &Session, settings: &config::MatrixConfig, deps: MatrixDeps) -> Self {
        let listener = Listener {
            catalog: deps.catalog.clone(),
            user_id: session.user_id.to_string(),
            names: vec![session.user_id.localpart().to_owned(), deps.bot],
            prefix: deps.prefix,
            ignore: settings.ignore.clone(),
            inviters: settings.inviters.clone(),
            founders: settings.founders.clone(),
            relays: settings.relays.clone(),
        };
        let hub = MatrixHub {
            client: session.client.clone(),
            user_id: session.user_id.clone(),
            listener: RwLock::new(listener),
            catalog: deps.catalog,
            intake: deps.intake,
            clock: deps.clock,
            patience: deps.patience,
            describes: settings.command_descriptions,
            most_rooms: settings.most_rooms,
            reading: Semaphore::new(READING),
            files: Semaphore::new(media::AT_ONCE),
            pages: watch::Sender::new((0, false)),
            synced: watch::Sender::new(false),
            described: Mutex::default(),
            direct_rooms: Mutex::default(),
        };
        Self { hub: Arc::new(hub) }
    }

    /// Delivers replies.
    pub fn deliver(&self) -> Arc<dyn Deliver> {
        Arc::new(MatrixSender::new(self.hub.clone()))
    }

    /// Listens until it is told to stop or the session ends. `cursors` says how far rooms were read before.
    /// `caught_up` becomes true once everything said until now was handed over.
    pub async fn run(
        &self,
        cursors: HashMap<String, String>,
        caught_up: watch::Sender<bool>,
        mut stop: watch::Receiver<bool>,
    ) -> SyncEnded {
        let mut rooms = Rooms::new(self.hub.clone(), cursors);
        let ended = tokio::select! {
            ended = rooms.sync(&caught_up) => ended,
            _ = stop.wait_for(|stop| *stop) => SyncEnded::Stopped,
        };
        rooms.end().await;
        ended
    }
}
