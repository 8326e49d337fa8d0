//! The connection to Discord, as one application.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use serenity::all::{
    Client, ClientBuilder, Context, Error, Event, GatewayIntents, HttpBuilder, Interaction, RawEventHandler,
    ShardManager, async_trait,
};
use serenity::gateway::CollectorCallback;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::adapters::discord::arrive;
use crate::adapters::discord::failure::{RequestError, request};
use crate::adapters::discord::fetch::Files;
use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::platform::Patience;
use crate::adapters::discord::register::{REGISTERED, Registered};
use crate::adapters::discord::send::DiscordSender;
use crate::clock::Clock;
use crate::config;
use crate::grammar::catalog::Catalog;
use crate::intake::Intake;
use crate::outbox::Deliver;

/// How often the library is asked whether a heartbeat was acknowledged.
const LISTEN: Duration = Duration::from_secs(1);

/// The first and the longest wait before a connection is tried again.
const CONNECT_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The permissions that the bot asks for: to see channels, to speak in them and in their threads, with embeds and
/// files.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 38;

struct Handler(Arc<DiscordHub>);

#[async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, context: Context, event: Event) {
        match event {
            Event::Ready(_) => {
                // The library runs a task for each event, in no order. A collector sees them in Discord's order.
                // Interactions from before there is a collector come as events below.
                let arriving = self.0.arriving.clone();
                let collects = move |event: &Event| match event {
                    Event::InteractionCreate(event) => arriving.send(event.interaction.clone()).is_ok(),
                    _ => !arriving.is_closed(),
                };
                context.shard.add_collector(CollectorCallback(Box::new(collects)));
                self.0.ready.send_replace(true);
            }
            Event::Resumed(_) => drop(self.0.ready.send_replace(true)),
            Event::GuildCreate(event) => self.0.greet(&event.guild),
            // The receiver lives as long as the connection.
            Event::InteractionCreate(event) => drop(self.0.arriving.send(event.interaction)),
            Event::Unknown(event) if event.kind == "INTERACTION_CREATE" => self.0.apologise(&event.value).await,
            _ => {}
        }
    }
}

/// Why the adapter can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The token's file can't be read.
    #[error("can't read the token in {0}: {1}")]
    Token(String, std::io::Error),
    /// The system has no TLS to fetch files with.
    #[error("no files can be fetched: {0}")]
    Files(String),
}

/// Why the adapter ended.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionEnded {
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// Discord does not accept the token.
    #[error(
        "Discord does not accept the token in {0}. The developer portal gives a new one: your application, Bot, \
         Reset Token"
    )]
    NotAccepted(String),
    /// Discord closed the connection for good.
    #[error(
        "Discord has closed the connection for good: {0}. Check the token in its file and the bot's page in the developer \
         portal, then start again"
    )]
    Refused(String),
}

/// The dependencies of the adapter.
pub struct DiscordDeps {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The intake, which takes messages.
    pub intake: Arc<Intake>,
    /// The time.
    pub clock: Clock,
    /// How long the bot waits: [`Patience::default`], except in tests.
    pub patience: Patience,
}

/// Discord, as one application.
pub struct Discord {
    hub: Arc<DiscordHub>,
    /// Makes the connection's own requests.
    requests: HttpBuilder,
    token_file: String,
    arriving: mpsc::UnboundedReceiver<Interaction>,
    registered: Option<Registered>,
}

impl Discord {
    /// An adapter for the application whose token the settings name. `cursors` is what an earlier run kept for the
    /// platform.
    ///
    /// # Errors
    /// Fails if the token can't be read, or if the system has no TLS.
    pub fn new(
        settings: &config::DiscordConfig,
        deps: DiscordDeps,
        cursors: &HashMap<String, String>,
    ) -> Result<Self, StartError> {
        let token_file = settings.token_file.display().to_string();
        let token = std::fs::read_to_string(&settings.token_file)
            .map_err(|error| StartError::Token(token_file.clone(), error))?;
        let requests = || {
            let builder = HttpBuilder::new(token.trim());
            match &settings.rest_proxy {
                // The proxy keeps to Discord's rate limits then.
                Some(proxy) => builder.proxy(proxy).ratelimiter_disabled(true),
                None => builder,
            }
        };
        let (sender, arriving) = mpsc::unbounded_channel();
        let hub = Arc::new(DiscordHub {
            http: requests().build(),
            answers: requests().ratelimiter_disabled(true).build(),
            files: Files::new(deps.patience.files).map_err(|error| StartError::Files(error.to_string()))?,
            patience: deps.patience,
            founders: settings.founders.clone(),
            catalog: deps.catalog,
            intake: deps.intake,
            clock: deps.clock,
            ids: RwLock::default(),
            open: Mutex::default(),
            begun: Mutex::default(),
            lists: Mutex::default(),
            used: Mutex::default(),
            arriving: sender,
            ready: watch::Sender::new(false),
            heartbeat: Mutex::default(),
        });
        let registered = cursors.get(REGISTERED).and_then(|kept| serde_json::from_str(kept).ok());
        Ok(Self { hub, requests: requests(), token_file, arriving, registered })
    }

    /// Delivers replies.
    pub fn deliver(&self) -> Arc<dyn Deliver> {
        Arc::new(DiscordSender::new(self.hub.clone()))
    }

    /// How long ago the connection last proved alive. None if it never did.
    pub fn heartbeat(&self) -> impl Fn() -> Option<Duration> + Send + Sync + 'static {
        let hub = self.hub.clone();
        move || lock(&hub.heartbeat).map(|instant| instant.elapsed())
    }

    /// Listens until it is told to stop, or Discord refuses the connection. If Discord can't be reached, it tries
    /// again. `invite` gets the link by which an administrator invites the bot to a guild, with the few permissions
    /// that it needs. `caught_up` becomes true with the connection: Discord itself has refused what people tried
    /// before.
    pub async fn run(
        self,
        caught_up: watch::Sender<bool>,
        mut stop: watch::Receiver<bool>,
        invite: impl FnOnce(String) + Send,
    ) -> ConnectionEnded {
        let Self { hub, requests, token_file, arriving, registered } = self;
        let started = tokio::select! {
            started = hub.start(requests, token_file, invite) => started,
            _ = stop.wait_for(|stop| *stop) => return ConnectionEnded::Stopped,
        };
        let mut client = match started {
            Ok(client) => client,
            Err(ended) => return ended,
        };
        let shards = client.shard_manager.clone();
        let mut ready = hub.ready.subscribe();
        // These tasks end with this function.
        let mut beside = JoinSet::new();
        beside.spawn(arrive::take_all(hub.clone(), arriving));
        beside.spawn(hub.clone().watch_heartbeat(shards.clone()));
        beside.spawn({
            let hub = hub.clone();
            async move { hub.register(registered).await }
        });
        beside.spawn(async move {
            // The sender lives as long as the hub.
            let _ = ready.wait_for(|ready| *ready).await;
            caught_up.send_replace(true);
        });
        let ended = tokio::select! {
            ended = connect(&mut client) => ended,
            _ = stop.wait_for(|stop| *stop) => ConnectionEnded::Stopped,
        };
        shards.shutdown_all().await;
        ended
    }
}

impl DiscordHub {
    /// Notes when a heartbeat was acknowledged. The library tells only how long each took, and no two take the same
    /// time.
    async fn watch_heartbeat(self: Arc<Self>, shards: Arc<ShardManager>) {
        let mut last = HashMap::new();
        loop {
            tokio::time::sleep(LISTEN).await;
            for (shard, runner) in &*shards.runners.lock().await {
                if runner.latency.is_some() && last.insert(*shard, runner.latency) != Some(runner.latency) {
                    *lock(&self.heartbeat) = Some(Instant::now());
                }
            }
        }
    }
    /// Learns which application the token belongs to, and prepares the connection. Fails if Discord does not accept
    /// the token.
    async fn start(
        self: &Arc<Self>,
        requests: HttpBuilder,
        token_file: String,
        invite: impl FnOnce(String),
    ) -> Result<Client, ConnectionEnded> {
        let mut wait = CONNECT_AFTER.0;
        let application = loop {
            match request(self.http.get_current_application_info()).await {
                Ok(application) => break application.id,
                Err(RequestError::Refused(401 | 403, ..)) => return Err(ConnectionEnded::NotAccepted(token_file)),
                Err(error) => tracing::warn!(why = %error, "Discord can't be reached, trying again in {wait:?}"),
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(CONNECT_AFTER.1);
        };
        self.http.set_application_id(application);
        self.answers.set_application_id(application);
        let rights = format!("scope=bot+applications.commands&permissions={PERMISSIONS}");
        invite(format!("https://discord.com/oauth2/authorize?client_id={application}&{rights}"));
        let requests = requests.application_id(application).build();
        let client =
            ClientBuilder::new_with_http(requests, GatewayIntents::GUILDS).raw_event_handler(Handler(self.clone()));
        client.await.map_err(|error| ConnectionEnded::Refused(RequestError::of(error).to_string()))
    }
}

/// Keeps the connection, and makes it anew when it breaks. Returns once Discord refuses it.
async fn connect(client: &mut Client) -> ConnectionEnded {
    let mut wait = CONNECT_AFTER.0;
    loop {
        let error = match client.start_autosharded().await {
            Ok(()) => return ConnectionEnded::Refused("every connection has ended".to_owned()),
            Err(Error::Gateway(why)) => return ConnectionEnded::Refused(why.to_string()),
            Err(error) => RequestError::of(error),
        };
        if let RequestError::Refused(401, ..) = error {
            return ConnectionEnded::Refused(error.to_string());
        }
        tracing::warn!(why = %error, "not connected, trying again in {wait:?}");
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(CONNECT_AFTER.1);
    }
}
