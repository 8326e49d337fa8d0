//! Discord: guilds, their channels, and slash commands.
//!
//! [`register`] tells Discord the commands and reads calls of them; [`read`] says what an interaction is to us; [`send`] makes
//! its answer, and messages that answer nothing; [`show`] is what people see of a reply. What they share, and the connection,
//! is here. An interaction is handed over as it comes, and answered by whichever is first: the committed reply, or, after a
//! second and a half, Discord's own sign that it takes longer. One that comes with files is handed over when [`fetch`] has them.

pub(crate) mod fetch;
pub(crate) mod read;
pub(crate) mod register;
pub(crate) mod send;
pub(crate) mod show;

use crate::message::room::RoomRefusal;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::{Value, json};
use serenity::all::{
    Attachment, Client, ClientBuilder, Context, Error, Event, GatewayIntents, Guild, Http, HttpBuilder, Interaction, RawEventHandler,
    ShardManager, async_trait,
};
use serenity::gateway::CollectorCallback;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::adapters::discord::read::{Common, Handle, Manner, Wants};
use crate::adapters::discord::register::{REGISTERED, Registered};
use crate::adapters::discord::send::{Failed, Open};
use crate::adapters::discord::show::Shown;
use crate::clock::Clock;
use crate::config;
use crate::directory::RoomKey;
use crate::grammar::catalog::Catalog;
use crate::incoming::{Attached, Inbound, Lookup, Said, SystemEvent};
use crate::intake::Intake;
use crate::limits::{Admission, Speech};
use crate::message::refusal::Refusal;
use crate::outbox::Deliver;
use crate::render::discord::Ids;

/// The name of the platform in rooms' and accounts' keys.
pub const PLATFORM: &str = "discord";

/// What is not logged however much is: the library's requests show tokens.
pub const UNLOGGED: &str = "serenity::http=off";

/// How long the engine has before Discord is told that an answer takes longer; after three seconds it would be too late.
const QUICK: Duration = Duration::from_millis(1500);

/// How long Discord waits for a first answer, and how soon one that failed is tried again within that time.
const FIRST_ANSWER: Duration = Duration::from_secs(3);

const AGAIN_SOON: Duration = Duration::from_millis(250);

/// How long what can be typed may take to be found.
const LOOKED_UP: Duration = Duration::from_millis(2500);

/// How long an interaction can be answered.
const TOKEN: Duration = Duration::from_secs(15 * 60);

/// How many interactions are remembered, to be known when they come again.
const SEEN: usize = 4096;

/// How many long lists are at hand for their pages to be turned.
const LISTS: usize = 256;

/// How many used buttons are remembered.
const USED: usize = 1024;

/// How often it is looked whether the connection has proved alive.
const LISTEN: Duration = Duration::from_secs(1);

/// How a connection that can't be made is tried again.
const CONNECT_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The rights that the bot asks for: to see channels, speak in them and in threads, with embeds and files.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 38;

/// What the parts of the adapter share.
struct Hub {
    http: Http,
    /// For what belongs to one interaction. Discord does not limit those together, as the library would.
    answers: Http,
    files: fetch::Files,
    founders: Vec<String>,
    catalog: Arc<Catalog>,
    intake: Arc<Intake>,
    clock: Clock,
    /// The ids of registered commands.
    ids: RwLock<Ids>,
    /// Interactions that are not answered yet.
    open: Mutex<HashMap<u64, Arc<Open>>>,
    /// Replies of which some messages have arrived and others have not, with how many have.
    begun: Mutex<HashMap<i64, usize>>,
    /// Long replies, the newest last.
    lists: Mutex<VecDeque<(i64, Shown)>>,
    /// Messages whose buttons somebody has used, and who; the newest last.
    used: Mutex<VecDeque<(u64, u64)>>,
    arriving: mpsc::UnboundedSender<Interaction>,
    ready: watch::Sender<bool>,
    /// When the connection last proved alive.
    heartbeat: Mutex<Option<Instant>>,
}

/// What a channel or a guild is called as a room, or as what rooms lie in.
fn key(id: impl ToString) -> RoomKey {
    RoomKey { platform: PLATFORM.to_owned(), id: id.to_string() }
}

/// Locks what can't be left half-changed: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    fn ids(&self) -> std::sync::RwLockReadGuard<'_, Ids> {
        self.ids.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, refusal: Refusal, language: &str) -> Shown {
        Shown::refusal(refusal, language, &self.catalog, &self.ids())
    }

    /// Hands over what is to be decided; does at once, beside, what is not.
    fn take(self: &Arc<Self>, interaction: Interaction) {
        let Some(common) = Common::of(&interaction) else { return };
        let wants = match read::wants(&interaction, &self.catalog) {
            Wants::Decision(said, manner) => return self.hand_over(&interaction, &common, said, manner),
            wants => wants,
        };
        let (hub, interaction) = (self.clone(), interaction.clone());
        tokio::spawn(async move {
            let Some(common) = Common::of(&interaction) else { return };
            match wants {
                Wants::Choices { command, option, typed } => hub.complete(&common, command, option, typed).await,
                Wants::Form(command, text) => hub.ask(&common, &command, &text).await,
                Wants::Page(reply, page) => hub.turn(&common, reply, page).await,
                Wants::Decision(..) | Wants::Nothing => hub.refuse(&common, RoomRefusal::ButtonGone.into()).await,
            }
        });
    }

    fn hand_over(self: &Arc<Self>, interaction: &Interaction, common: &Common<'_>, said: Said, manner: Manner) {
        let mut inbound = common.inbound(said, manner, self.clock.now());
        inbound.circumstances.bars_founding = self.bars_founding(common);
        // Discord shows an error where there is no answer, so each one too many has one; nothing of it goes further.
        if let Admission::Told(refusal) | Admission::Dropped(refusal) = self.intake.limits().admit(&Speech::of(&inbound)) {
            return self.refuse_beside(interaction, refusal);
        }
        let press = if let Interaction::Component(press) = interaction { Some(press) } else { None };
        let question = press.map(|press| {
            press.message.embeds.iter().filter_map(|embed| embed.description.clone().map(|d| (d, embed.colour))).collect::<Vec<_>>()
        });
        let embeds =
            question.into_iter().flatten().map(|(text, colour)| json!({ "description": text, "color": colour.map(|c| c.0) })).collect();
        let pressed = if let Said::Answer(_, yes) = &inbound.said { Some(*yes) } else { None };
        let attachments = read::attachments(interaction);
        let open = Arc::new(Open::new(embeds, pressed));
        let hub = self.clone();
        let handle = common.handle(manner);
        if press.is_some_and(|press| lock(&self.used).contains(&(press.message.id.get(), common.user().get()))) {
            // What the message says now is the answer to this press as well; the sign that one takes longer changes nothing.
            tokio::spawn(async move { hub.defer(&open, &handle).await });
            return;
        }
        lock(&self.open).insert(handle.id, open.clone());
        if self.waits_for(&inbound, &attachments) {
            tokio::spawn(self.clone().hand_over_with_files(inbound, attachments));
            tokio::spawn(hub.look_after(open, handle));
            return;
        }
        // What comes later is known by the event that it belongs to.
        let to_come = attachments.into_iter().map(|(option, attachment)| (option, attachment, inbound.clone())).collect::<Vec<_>>();
        for (option, attachment, _) in &to_come {
            inbound.circumstances.files.insert(option.clone(), Attached { name: fetch::name(attachment), bytes: None });
        }
        if self.intake.try_push(inbound).is_err() {
            lock(&self.open).remove(&handle.id);
            self.refuse_beside(interaction, RoomRefusal::TooBusy.into());
        } else {
            tokio::spawn(hub.look_after(open, handle));
            for (_, attachment, with) in to_come {
                tokio::spawn(self.clone().bring(attachment, with));
            }
        }
    }

    /// Whether a command has to wait for its files.
    fn waits_for(&self, inbound: &Inbound, attachments: &[(String, Attachment)]) -> bool {
        let command = if let Said::Call(call) = &inbound.said { self.catalog.command(&call.command) } else { None };
        let later =
            |(option, _): &(String, Attachment)| command.and_then(|command| command.option(option)).is_some_and(|option| option.later);
        !attachments.iter().all(later)
    }

    /// Brings a file after its command, or says that it does not come.
    async fn bring(self: Arc<Self>, attachment: Attachment, with: Inbound) {
        let name = fetch::name(&attachment);
        let fetched = self.files.fetch(vec![("file".to_owned(), attachment)]).await;
        let event = with.event.clone();
        let happened = match fetched.map(|files| files.into_values().next()) {
            Ok(Some(file)) => SystemEvent::FileArrived { event, file },
            Ok(None) => SystemEvent::FileLost { event, name, is_too_large: false },
            Err(refusal) => {
                let is_too_large = matches!(refusal, Refusal::Room(RoomRefusal::FileTooLarge { .. }));
                SystemEvent::FileLost { event, name, is_too_large }
            }
        };
        let said = Said::System(happened);
        let mut inbound = Inbound::unsaid(format!("{} file", with.event), with.room, said, self.clock.now());
        inbound.circumstances.within = with.circumstances.within;
        self.intake.push(inbound).await;
    }

    /// Hands over what came with files, once they are here; as a refusal, if one of them can't be had. By then Discord may have
    /// been told that it takes longer, so the refusal goes the way of all outcomes.
    async fn hand_over_with_files(self: Arc<Self>, mut inbound: Inbound, attachments: Vec<(String, Attachment)>) {
        match self.files.fetch(attachments).await {
            Ok(files) => inbound.circumstances.files = files,
            Err(refusal) => inbound.said = Said::Refused(refusal, true),
        }
        self.intake.push(inbound).await;
    }

    /// Refuses, for its author alone, what does not reach the engine.
    async fn refuse(&self, common: &Common<'_>, refusal: Refusal) {
        self.respond(common, 4, self.show(refusal, common.language()).aside(&self.catalog)).await;
    }

    /// The same, without waiting for it.
    fn refuse_beside(self: &Arc<Self>, interaction: &Interaction, refusal: Refusal) {
        let (hub, interaction) = (self.clone(), interaction.clone());
        tokio::spawn(async move {
            let Some(common) = Common::of(&interaction) else { return };
            hub.refuse(&common, refusal).await;
        });
    }

    /// Whether neither somebody nor their server is among those that may begin networks.
    fn bars_founding(&self, common: &Common<'_>) -> bool {
        let is_listed = |id: &String| self.founders.contains(id);
        let server = common.places().last().map(|place| place.id.clone());
        !self.founders.is_empty() && !is_listed(&common.user().to_string()) && !server.is_some_and(|server| is_listed(&server))
    }

    /// Says that an answer takes longer, if it does; forgets the interaction when it can't be answered any more.
    async fn look_after(self: Arc<Self>, open: Arc<Open>, handle: Handle) {
        tokio::time::sleep(QUICK).await;
        while !self.defer(&open, &handle).await && open.since.elapsed() < FIRST_ANSWER {
            tokio::time::sleep(AGAIN_SOON).await;
        }
        tokio::time::sleep(TOKEN.saturating_sub(open.since.elapsed())).await;
        lock(&self.open).remove(&handle.id);
    }

    /// Offers what could be typed.
    async fn complete(&self, common: &Common<'_>, command: String, option: String, typed: String) {
        if !self.intake.limits().admit_aside(&common.account(), self.clock.now()) {
            return self.respond(common, 8, json!({ "choices": [] })).await;
        }
        let (answer, answered) = oneshot::channel();
        self.intake.look_up(Lookup { places: common.places(), account: common.account(), command, option, typed, answer });
        let choices = tokio::time::timeout(LOOKED_UP, answered).await.ok().and_then(Result::ok).unwrap_or_default();
        let choices: Vec<Value> = choices.into_iter().map(|choice| json!({ "name": choice.shown, "value": choice.value })).collect();
        self.respond(common, 8, json!({ "choices": choices })).await;
    }

    /// Opens a form for what a command takes by position, with a text for the last of it.
    async fn ask(&self, common: &Common<'_>, command: &str, text: &str) {
        let Some(command) = self.catalog.command(command) else { return };
        let language = common.language();
        let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let last = command.positional().last().map(|option| option.name.as_str());
        let input = |option: &crate::grammar::spec::Opt| {
            let is_last = last == Some(option.name.as_str());
            let mut input = json!({
                "type": 4, "custom_id": option.name, "style": if is_last { 2 } else { 1 }, "required": option.required,
                "label": cut(crate::grammar::spec::text_in(&option.help, language), 45), "max_length": option.most.min(4000),
            });
            if is_last && !text.is_empty() {
                input["value"] = json!(cut(text, option.most.min(4000)));
            }
            json!({ "type": 1, "components": [input] })
        };
        let title = cut(crate::grammar::spec::text_in(&command.on_message, language), 45);
        let rows: Vec<Value> = command.positional().take(5).map(input).collect();
        let id = format!("{}{}", read::FORM, command.name);
        self.respond(common, 9, json!({ "custom_id": id, "title": title, "components": rows })).await;
    }

    /// Shows another page of a long reply in its place.
    async fn turn(&self, common: &Common<'_>, reply: i64, page: usize) {
        let list = lock(&self.lists).iter().find(|(id, _)| *id == reply).map(|(_, shown)| shown.clone());
        match list.filter(|shown| page < shown.page_count()) {
            Some(shown) => self.respond(common, 7, shown.message(page, &self.catalog, &[])).await,
            None => self.refuse(common, RoomRefusal::ListGone.into()).await,
        }
    }

    /// Keeps a long reply for its pages.
    fn keep(&self, shown: &Shown) {
        let id = shown.id();
        let mut lists = lock(&self.lists);
        if shown.is_long() && lists.iter().all(|(known, _)| *known != id) {
            lists.push_back((id, shown.clone()));
            if lists.len() > LISTS {
                lists.pop_front();
            }
        }
    }

    /// Remembers that somebody has used a message's buttons.
    fn note_used(&self, message: u64, user: u64) {
        let mut used = lock(&self.used);
        used.push_back((message, user));
        if used.len() > USED {
            used.pop_front();
        }
    }

    /// The bot is in a guild: it says what it is, once.
    fn greet(&self, guild: &Guild) {
        let Some(channel) = guild.system_channel_id else { return };
        let event = format!("{PLATFORM} greeting {} {}", guild.id, guild.joined_at.unix_timestamp());
        let joined = Said::System(SystemEvent::BotJoined);
        let mut inbound = Inbound::unsaid(event, key(channel), joined, self.clock.now());
        // It comes again at each start, however long ago it was.
        inbound.said_at =
            DateTime::from_timestamp(guild.joined_at.unix_timestamp(), 0).map_or(inbound.said_at, |at| at.min(inbound.said_at));
        inbound.circumstances.within = vec![key(guild.id)];
        if self.intake.try_push(inbound).is_err() {
            tracing::warn!(guild = %guild.id, "too much waits for a greeting; it is said at the next start");
        }
    }

    /// Answers an interaction that the library could not read, as far as it can be.
    async fn apologise(&self, interaction: &Value) {
        const AUTOCOMPLETE: u64 = 4;
        let kind = interaction.get("type").and_then(Value::as_u64);
        let id = interaction.get("id").and_then(|id| id.as_str());
        tracing::error!(kind, id, "an interaction of an unknown shape; nothing was done");
        let Some((id, token)) = read::raw_handle(interaction).filter(|_| kind != Some(AUTOCOMPLETE)) else { return };
        let language = register::language(interaction.get("locale").and_then(Value::as_str).unwrap_or_default());
        let answer = json!({ "type": 4, "data": self.show(RoomRefusal::NotUnderstood.into(), language).aside(&self.catalog) });
        if let Err(error) = send::within_reason(self.answers.create_interaction_response(id, token, &answer, Vec::new())).await {
            tracing::error!(why = %error, "and its author could not be told");
        }
    }

    /// Answers an interaction that needs no engine. A failure shows as Discord's own.
    async fn respond(&self, common: &Common<'_>, kind: u8, data: Value) {
        let answer = json!({ "type": kind, "data": data });
        if let Err(error) =
            send::within_reason(self.answers.create_interaction_response(common.id, common.token, &answer, Vec::new())).await
        {
            tracing::warn!(why = %error, kind, "an interaction was not answered");
        }
    }

    /// Takes interactions as they come, each once, until none will come: most come by both of the library's ways, and after a
    /// resumed connection some come again.
    async fn arrivals(self: Arc<Self>, mut arriving: mpsc::UnboundedReceiver<Interaction>) {
        let (mut seen, mut order) = (HashSet::new(), VecDeque::new());
        while let Some(interaction) = arriving.recv().await {
            if !seen.insert(interaction.id()) {
                continue;
            }
            order.push_back(interaction.id());
            if let Some(old) = (order.len() > SEEN).then(|| order.pop_front()).flatten() {
                seen.remove(&old);
            }
            self.take(interaction);
        }
    }

    /// Notes when a heartbeat was acknowledged: the library tells only how long each took, which is never twice the same.
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
}

struct Handler(Arc<Hub>);

#[async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, context: Context, event: Event) {
        match event {
            Event::Ready(_) => {
                // The library runs a task for each event, in no order. What a collector sees it sees in Discord's; interactions
                // from before it is there come by the other way below.
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

/// Why Discord can't be lived in.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The token's file.
    #[error("can't read the token in {0}: {1}")]
    Token(String, std::io::Error),
    /// The system gives no means to ask for files.
    #[error("no files can be fetched: {0}")]
    Files(String),
}

/// Why Discord came to an end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was stopped.
    #[error("stopped")]
    Stopped,
    /// The token is not one.
    #[error("Discord does not accept the token in {0}. The developer portal gives a new one: your application, Bot, Reset Token")]
    NotAccepted(String),
    /// Discord does not accept the connection any more.
    #[error(
        "Discord has closed the connection for good: {0}. Check the token in its file and the bot's page in the developer portal, then start again"
    )]
    Refused(String),
}

/// What the adapter stands on.
pub struct Ground {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// Where messages go.
    pub intake: Arc<Intake>,
    /// What time it is.
    pub clock: Clock,
}

/// Discord, as one application.
pub struct Discord {
    hub: Arc<Hub>,
    /// What the connection's own requests are made with.
    requests: HttpBuilder,
    token_file: String,
    arriving: mpsc::UnboundedReceiver<Interaction>,
    registered: Option<Registered>,
}

impl Discord {
    /// An adapter for the application whose token the settings name. `cursors` is what was kept for the platform.
    pub fn new(settings: &config::Discord, ground: Ground, cursors: &HashMap<String, String>) -> Result<Self, StartError> {
        let token_file = settings.token_file.display().to_string();
        let token = std::fs::read_to_string(&settings.token_file).map_err(|error| StartError::Token(token_file.clone(), error))?;
        let requests = || {
            let builder = HttpBuilder::new(token.trim());
            match &settings.rest_proxy {
                // Limits are then the proxy's business.
                Some(proxy) => builder.proxy(proxy).ratelimiter_disabled(true),
                None => builder,
            }
        };
        let (sender, arriving) = mpsc::unbounded_channel();
        let hub = Arc::new(Hub {
            http: requests().build(),
            answers: requests().ratelimiter_disabled(true).build(),
            files: fetch::Files::new().map_err(|error| StartError::Files(error.to_string()))?,
            founders: settings.founders.clone(),
            catalog: ground.catalog,
            intake: ground.intake,
            clock: ground.clock,
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

    /// What delivers replies.
    pub fn deliver(&self) -> Arc<dyn Deliver> {
        Arc::new(send::Sender { hub: self.hub.clone() })
    }

    /// How long ago the connection last proved alive; nothing before it has.
    pub fn heartbeat(&self) -> impl Fn() -> Option<Duration> + Send + Sync + 'static {
        let hub = self.hub.clone();
        move || lock(&hub.heartbeat).map(|instant| instant.elapsed())
    }

    /// Listens until it is told to stop or Discord refuses; one that can't be reached is tried again. `invite` is told the link by
    /// which somebody who administers a guild invites the bot, with the few rights that it needs. `caught_up` becomes true once
    /// the connection stands: what was said before, Discord itself has refused.
    pub async fn run(self, caught_up: watch::Sender<bool>, mut stop: watch::Receiver<bool>, invite: impl FnOnce(String) + Send) -> Ended {
        let Self { hub, requests, token_file, arriving, registered } = self;
        let started = tokio::select! {
            started = hub.start(requests, token_file, invite) => started,
            _ = stop.wait_for(|stop| *stop) => return Ended::Stopped,
        };
        let mut client = match started {
            Ok(client) => client,
            Err(ended) => return ended,
        };
        let shards = client.shard_manager.clone();
        let mut ready = hub.ready.subscribe();
        // They end with this function.
        let mut beside = JoinSet::new();
        beside.spawn(hub.clone().arrivals(arriving));
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
            _ = stop.wait_for(|stop| *stop) => Ended::Stopped,
        };
        shards.shutdown_all().await;
        ended
    }
}

impl Hub {
    /// Learns which application it is, and makes ready to connect.
    async fn start(self: &Arc<Self>, requests: HttpBuilder, token_file: String, invite: impl FnOnce(String)) -> Result<Client, Ended> {
        let mut wait = CONNECT_AFTER.0;
        let application = loop {
            match send::within_reason(self.http.get_current_application_info()).await {
                Ok(application) => break application.id,
                Err(Failed::Refused(401 | 403, ..)) => return Err(Ended::NotAccepted(token_file)),
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
        let client = ClientBuilder::new_with_http(requests, GatewayIntents::GUILDS).raw_event_handler(Handler(self.clone()));
        client.await.map_err(|error| Ended::Refused(Failed::of(error).to_string()))
    }
}

/// Keeps the connection until it can't be kept any more.
async fn connect(client: &mut Client) -> Ended {
    let mut wait = CONNECT_AFTER.0;
    loop {
        let error = match client.start_autosharded().await {
            Ok(()) => return Ended::Refused("every connection has ended".to_owned()),
            Err(Error::Gateway(why)) => return Ended::Refused(why.to_string()),
            Err(error) => Failed::of(error),
        };
        if let Failed::Refused(401, ..) = error {
            return Ended::Refused(error.to_string());
        }
        tracing::warn!(why = %error, "not connected, trying again in {wait:?}");
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(CONNECT_AFTER.1);
    }
}
