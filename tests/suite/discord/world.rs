//! A whole fairshare that lives in Discord, in a test.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fairshare::adapters::discord::adapter::{ConnectionEnded, Discord};
use fairshare::adapters::discord::platform::Patience;
use fairshare::clock::Clock;
use fairshare::config;
use fairshare::engine::run::{Deps, Engine};
use fairshare::intake::Intake;
use fairshare::outbox::Outbox;
use fairshare::store::database::Store;
use fairshare::store::error::StoreError;
use fairshare::store::sqlite::store::SqliteStore;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::fake::{Answer, Fake, Kind, Who};
use crate::program::quoted;
use crate::watchdog::{HUNG, awaited};
use crate::world::{Dice, intake, journals, usual_limits};

/// A bot that waits as long as any machine takes. It never defers.
pub const UNHURRIED: Patience =
    Patience { engine: HUNG, first_answer: HUNG, callback: HUNG, completions: HUNG, files: HUNG };

/// A bot that defers at once.
pub const DEFERRING: Patience = Patience { engine: Duration::ZERO, ..UNHURRIED };

/// The same, with no time for a first answer: it is tried once.
pub const TOO_LATE: Patience = Patience { first_answer: Duration::ZERO, ..DEFERRING };

/// The files of an application, in its own folder.
pub struct Files {
    folder: tempfile::TempDir,
    /// Its configuration.
    pub settings: config::DiscordConfig,
    /// How long the bot waits.
    pub patience: Patience,
}

impl Files {
    /// For a bot that talks to Discord through `url`.
    pub fn new(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, format!("{}\n", Fake::TOKEN)).unwrap();
        let settings = config::DiscordConfig { token_file, founders: Vec::new(), rest_proxy: Some(url.to_owned()) };
        Self { folder, settings, patience: UNHURRIED }
    }

    /// Its section of a configuration.
    pub fn configuration(&self) -> String {
        format!(
            "[discord]\ntoken_file = {}\nrest_proxy = {:?}\n",
            quoted(&self.settings.token_file),
            self.settings.rest_proxy.as_deref().unwrap()
        )
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("fairshare.sqlite")
    }

    /// The bot, running over the database.
    pub async fn start(&self) -> Bot {
        self.start_over(SqliteStore::open(&self.database()).await.unwrap()).await
    }

    /// The bot, running over a store that may make trouble.
    pub async fn start_over(&self, store: impl Store + Cursors) -> Bot {
        Bot::start(&self.settings, self.patience, store).await
    }

    /// How many entries are of a kind.
    pub async fn entries(&self, kind: &str) -> usize {
        let kind = format!("\"kind\":\"{kind}\"");
        journals(&self.database()).await.iter().filter(|(payload, _)| payload.contains(&kind)).count()
    }
}

/// A store that can return an adapter's cursors.
pub trait Cursors {
    /// The cursors that were kept for Discord.
    fn kept(&self) -> impl Future<Output = HashMap<String, String>> + Send;
}

impl Cursors for SqliteStore {
    async fn kept(&self) -> HashMap<String, String> {
        self.cursors(fairshare::adapters::discord::platform::PLATFORM).await.unwrap()
    }
}

/// A running bot.
pub struct Bot {
    /// Its clock.
    pub clock: Clock,
    /// Its intake, for messages of no platform.
    pub intake: Arc<Intake>,
    /// When the connection last proved alive.
    pub heartbeat: Box<dyn Fn() -> Option<Duration> + Send + Sync>,
    stop: watch::Sender<bool>,
    listening: JoinHandle<ConnectionEnded>,
    engine: JoinHandle<Result<(), StoreError>>,
}

impl Bot {
    async fn start(settings: &config::DiscordConfig, patience: Patience, store: impl Store + Cursors) -> Self {
        let catalog = Arc::new(fairshare::commands::registry::catalog().unwrap());
        let (clock, intake) = (Clock::default(), Arc::new(intake(usual_limits())));
        let dice = Dice::new("transcript");
        let cursors = store.kept().await;
        let deps = fairshare::adapters::discord::adapter::DiscordDeps {
            catalog: catalog.clone(),
            intake: intake.clone(),
            clock: clock.clone(),
            patience,
        };
        let discord = Discord::new(settings, deps, &cursors).unwrap();
        let heartbeat = Box::new(discord.heartbeat());
        let platforms = HashMap::from([(fairshare::adapters::discord::platform::PLATFORM, discord.deliver())]);
        let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
        let deps = Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy: dice.entropy() };
        let engine = tokio::spawn(Engine::start(store, deps).await.unwrap().run());
        let (caught_up, mut is_up) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let listening = tokio::spawn(
            discord.run(caught_up, stopped, |link| assert!(link.contains("permissions=274877959168"), "{link}")),
        );
        awaited("the bot connects", is_up.wait_for(|up| *up)).await.unwrap();
        Self { clock, intake, heartbeat, stop, listening, engine }
    }

    /// Waits until what was handed over is decided, committed and answered.
    pub async fn settled(&self) {
        awaited("the bot settles", self.intake.settled()).await;
    }

    /// Waits until it ends by itself.
    pub async fn ended(self) -> ConnectionEnded {
        let ended = awaited("the bot ends", self.listening).await.unwrap();
        self.intake.close();
        awaited("the engine ends", self.engine).await.unwrap().unwrap();
        ended
    }

    /// Stops it as a service manager does.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        assert_eq!(self.ended().await, ConnectionEnded::Stopped);
    }
}

/// A guild in which ana, who manages it, has founded a network with a project, and ben has joined.
pub struct Stage {
    /// The other side.
    pub fake: Arc<Fake>,
    /// The bot's files.
    pub files: Files,
    /// The guild.
    pub guild: u64,
    /// Its first channel.
    pub channel: u64,
    /// The founder of the network.
    pub ana: Who,
    /// A member of it.
    pub ben: Who,
}

impl Stage {
    /// Sets it up, with a bot that talks to Discord through `url`, or directly.
    pub async fn set(fake: Arc<Fake>, url: Option<&str>) -> (Self, Bot) {
        let files = Files::new(url.unwrap_or(&fake.url()));
        let guild = fake.guild("Sensorica");
        let channel = fake.channel(guild, "lobby");
        let bot = files.start().await;
        fake.until("the commands are registered", |fake| (fake.puts() > 0).then_some(())).await;
        let ana = fake.who(fake.person("ana"), channel).managing();
        let ben = fake.who(fake.person("ben"), channel);
        for (who, command, options) in [
            (&ana, "network init", serde_json::json!({ "name": "Sensorica" })),
            (&ana, "project new", serde_json::json!({ "name": "forillon" })),
            (&ben, "join", serde_json::json!({})),
        ] {
            let answer = fake.call(who, command, options).answer().await;
            assert_eq!(answer.kind, Kind::Said { ephemeral: false }, "{command}: {}", text(&answer.message));
        }
        (Self { fake, files, guild, channel, ana, ben }, bot)
    }

    /// Calls a command; returns what its author sees.
    pub async fn ask(&self, who: &Who, command: &str, options: Value) -> Answer {
        self.fake.call(who, command, options).answer().await
    }
}

/// What a message says in its frames, one after the other, without the numbers of pages.
pub fn text(message: &Value) -> String {
    let texts = frames(message).flat_map(|frame| frame["components"].as_array().into_iter().flatten());
    let texts = texts.filter_map(|text| text["content"].as_str()).filter(|text| !text.starts_with("-# Page "));
    texts.collect::<Vec<_>>().join("\n")
}

/// The people that a message calls, above its frames.
pub fn called(message: &Value) -> String {
    let parts = message["components"].as_array().into_iter().flatten().filter(|part| part["type"] == 10);
    parts.filter_map(|part| part["content"].as_str()).collect()
}

/// The colour at a message's side; of its question, if it has one above.
pub fn colour(message: &Value) -> Option<u64> {
    frames(message).next()?["accent_color"].as_u64()
}

/// The frames of a message.
fn frames(message: &Value) -> impl Iterator<Item = &Value> {
    message["components"].as_array().into_iter().flatten().filter(|part| part["type"] == 17)
}

/// The buttons of a message: their labels, and whether they can be pressed.
pub fn buttons(message: &Value) -> Vec<(String, bool)> {
    let rows = message["components"].as_array().into_iter().flatten().filter(|part| part["type"] == 1);
    let all = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    all.map(|button| (button["label"].as_str().unwrap().to_owned(), button["disabled"] != true)).collect()
}
