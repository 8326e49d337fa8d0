//! A whole fairshare that lives in Matrix, in a test: the real engine over a real file, the real adapter over a real
//! homeserver.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fairshare::adapters::matrix::adapter::Matrix;
use fairshare::adapters::matrix::session::Session;
use fairshare::adapters::matrix::sync::SyncEnded;
use fairshare::clock::Clock;
use fairshare::config;
use fairshare::engine::run::{Deps, Engine};
use fairshare::intake::Intake;
use fairshare::outbox::Outbox;
use fairshare::store::error::StoreError;
use fairshare::store::sqlite::store::SqliteStore;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::program::quoted;
use crate::synapse::{Ear, Person, Synapse};
use crate::watchdog::awaited;
use crate::world::{Dice, intake, usual_limits};

/// An account of the bot, with its files in its own folder.
pub struct Account {
    /// The folder of its files.
    pub folder: tempfile::TempDir,
    /// Its configuration.
    pub settings: config::MatrixConfig,
}

impl Account {
    /// A new account on a homeserver, which it talks to through `url`.
    pub async fn new(synapse: &Synapse, url: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("fairshare-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let user_id = synapse.account(&name, "secret").await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "secret\n").unwrap();
        let settings = config::MatrixConfig {
            homeserver: url.to_owned(),
            account: user_id,
            password_file: Some(folder.path().join("password")),
            token_file: None,
            state: folder.path().join("state"),
            ignore: Vec::new(),
            inviters: Vec::new(),
            founders: Vec::new(),
            most_rooms: 1000,
            relays: Vec::new(),
            command_descriptions: false,
        };
        Self { folder, settings }
    }

    /// The bot's user id.
    pub fn user_id(&self) -> &str {
        &self.settings.account
    }

    /// Its section of a configuration.
    pub fn configuration(&self) -> String {
        let config::MatrixConfig { homeserver, account, state, .. } = &self.settings;
        let password = quoted(self.settings.password_file.as_deref().unwrap());
        let state = quoted(state);
        format!(
            "[matrix]\nhomeserver = {homeserver:?}\naccount = {account:?}\npassword_file = {password}\nstate = {state}\ncommand_descriptions = false\n"
        )
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("fairshare.sqlite")
    }

    /// Logs in, or continues as its existing device.
    pub async fn session(&self) -> Session {
        Session::open(&self.settings).await.unwrap()
    }

    /// The session's access token.
    pub fn token(&self) -> String {
        let session = std::fs::read_to_string(self.settings.state.join("session.json")).unwrap();
        let session: Value = serde_json::from_str(&session).unwrap();
        session["access_token"].as_str().unwrap().to_owned()
    }

    /// The bot, running over its database.
    pub async fn start(&self) -> Bot {
        Bot::start(&self.session().await, &self.settings, &self.database(), "matrix").await
    }

    /// The outcomes of messages, in the order of their commits.
    pub async fn outcomes(&self, begins: &str) -> Vec<String> {
        let store = SqliteStore::open_to_read(&self.database()).await.unwrap();
        let rows =
            sqlx::query_scalar("SELECT outcome FROM inbox WHERE outcome LIKE $1 || '%' ORDER BY at").bind(begins);
        rows.fetch_all(store.pool()).await.unwrap()
    }
}

/// A running bot.
pub struct Bot {
    /// Its clock.
    pub clock: Clock,
    /// Its intake, for messages of no platform.
    pub intake: Arc<Intake>,
    /// Its randomness.
    pub dice: Dice,
    caught_up: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    listening: JoinHandle<SyncEnded>,
    engine: JoinHandle<Result<(), StoreError>>,
}

impl Bot {
    /// Starts the bot on a session, over a file.
    pub async fn start(session: &Session, settings: &config::MatrixConfig, path: &Path, seed: &str) -> Self {
        Self::patient(session, settings, path, seed, fairshare::adapters::matrix::adapter::PATIENCE).await
    }

    /// The same, with another patience for keys.
    pub async fn patient(
        session: &Session,
        settings: &config::MatrixConfig,
        path: &Path,
        seed: &str,
        patience: Duration,
    ) -> Self {
        Self::with(session, settings, path, seed, (patience, usual_limits())).await
    }

    /// The same, with a patience and limits.
    pub async fn with(
        session: &Session,
        settings: &config::MatrixConfig,
        path: &Path,
        seed: &str,
        (patience, limits): (Duration, config::LimitsConfig),
    ) -> Self {
        let catalog = Arc::new(fairshare::commands::registry::catalog().unwrap());
        let (clock, intake) = (Clock::default(), Arc::new(intake(limits)));
        let dice = Dice::new(seed);
        let store = SqliteStore::open(path).await.unwrap();
        let cursors = store.cursors(fairshare::adapters::matrix::hub::PLATFORM).await.unwrap();
        let deps = fairshare::adapters::matrix::adapter::MatrixDeps {
            catalog: catalog.clone(),
            intake: intake.clone(),
            clock: clock.clone(),
            prefix: "!".to_owned(),
            bot: "fairshare".to_owned(),
            patience,
        };
        let matrix = Matrix::new(session, settings, deps);
        let platforms = HashMap::from([(fairshare::adapters::matrix::hub::PLATFORM, matrix.deliver())]);
        let outbox = Outbox::new(platforms, clock.clone(), intake.unsettled().clone());
        let deps = Deps { catalog, intake: intake.clone(), outbox, clock: clock.clone(), entropy: dice.entropy() };
        let engine = tokio::spawn(Engine::start(store, deps).await.unwrap().run());
        let (caught_up_sender, caught_up) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let listening = tokio::spawn(async move { matrix.run(cursors, caught_up_sender, stopped).await });
        Self { clock, intake, dice, caught_up, stop, listening, engine }
    }

    /// Waits until everything said before the start was handed over and settled.
    pub async fn caught_up(&mut self) {
        awaited("the bot catches up", self.caught_up.wait_for(|caught_up| *caught_up)).await.unwrap();
        self.settled().await;
    }

    /// Waits until what was handed over is decided, committed and answered.
    pub async fn settled(&self) {
        awaited("the bot settles", self.intake.settled()).await;
    }

    /// Waits until it ends by itself.
    pub async fn ended(self) -> SyncEnded {
        let ended = awaited("the bot ends", self.listening).await.unwrap();
        self.intake.close();
        self.engine.abort();
        // It was told to end.
        let _ = self.engine.await;
        ended
    }

    /// Stops it as a service manager does.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        assert_eq!(awaited("the bot stops", self.listening).await.unwrap(), SyncEnded::Stopped);
        self.intake.close();
        awaited("the engine ends", self.engine).await.unwrap().unwrap();
    }
}

/// A room in which everybody may do everything, with people and the bot, which has joined.
pub async fn room(bot: &str, people: &[&Person], changes: Value) -> String {
    let (first, others) = people.split_first().unwrap();
    let mut content = json!({ "preset": "private_chat", "power_level_content_override": { "users_default": 50, "users": { bot: 0 } } });
    content.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let room = first.create_room(content).await;
    for person in others {
        person.join_invited(first, &room).await;
    }
    let mut ear = first.listen(&[&room]).await;
    first.invite(&room, bot).await;
    let has_come = |event: &Value| event["state_key"] == bot && event["content"]["membership"] == "join";
    ear.until(|events| events.iter().any(has_come)).await;
    room
}

/// A room in which ana has founded a network with a project, and ben has joined.
pub async fn begun(synapse: &Synapse, account: &Account, changes: Value) -> (Bot, Person, Person, String, Ear) {
    let bot = account.start().await;
    let (ana, ben) = (synapse.person("ana").await, synapse.person("ben").await);
    let lobby = room(account.user_id(), &[&ana, &ben], changes).await;
    let mut ear = ana.listen(&[&lobby]).await;
    for (person, words) in [(&ana, "!network init Sensorica"), (&ana, "!project new forillon"), (&ben, "!join")] {
        ask(&mut ear, person, &lobby, account.user_id(), words).await;
    }
    (bot, ana, ben, lobby, ear)
}

/// The text of a message.
pub fn body(event: &Value) -> &str {
    event["content"]["body"].as_str().unwrap_or_default()
}

/// Whether an event is a message by a user.
pub fn is_from(event: &Value, user_id: &str) -> bool {
    event["sender"] == user_id && event["type"] == "m.room.message"
}

/// The event that a message replies to.
pub fn answers(event: &Value) -> Option<&str> {
    event.pointer("/content/m.relates_to/m.in_reply_to/event_id").and_then(Value::as_str)
}

/// Waits for so many messages of the bot.
pub async fn replies(ear: &mut Ear, bot: &str, count: usize) -> Vec<Value> {
    let events = ear.until(|events| events.iter().filter(|event| is_from(event, bot)).count() >= count).await;
    events.into_iter().filter(|event| is_from(event, bot)).collect()
}

/// Sends a message; returns the bot's reply to it.
pub async fn ask(ear: &mut Ear, person: &Person, room: &str, bot: &str, words: &str) -> Value {
    let said = person.send(room, words).await;
    reply_to(ear, bot, &said).await
}

/// Waits for the bot's reply to an event.
pub async fn reply_to(ear: &mut Ear, bot: &str, said: &str) -> Value {
    let is_reply = |event: &Value| is_from(event, bot) && answers(event) == Some(said);
    let events = ear.until(|events| events.iter().any(is_reply)).await;
    events.into_iter().find(is_reply).unwrap()
}
