//! A fake Discord in a test: REST and gateway on loopback, and the people who use the bot.
//!
//! It checks every request of the bot, and every answer of its own, against Discord's contract; `check` fails a test if
//! one of them breaks it, or if the bot asks for what the fake does not do.

mod gateway;
mod http;
mod objects;
mod people;
mod rest;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::gateway::Gate;
pub use self::http::File;
use self::objects::shown;
pub use self::people::{Answer, Handle, Kind, Who};
use self::rest::{is_pending, is_private};
use crate::watchdog::HUNG;

/// The application's id, which is the bot's user id too.
pub const BOT: u64 = 1_100_000_000_000_000_001;

/// Seen by one person only.
const EPHEMERAL: u64 = 1 << 6;

/// A placeholder for a message.
const LOADING: u64 = 1 << 7;

/// A running fake; both its ends close when it is dropped.
pub struct Fake {
    deps: Arc<Ground>,
    url: String,
    running: [JoinHandle<()>; 2],
}

/// The shared state of both ends and the people.
struct Ground {
    world: Mutex<World>,
    /// Counts events, so that waiting tests look again.
    changes: watch::Sender<u64>,
}

/// Everything that the fake knows.
struct World {
    gate: Gate,
    count: u64,
    clock: Option<DateTime<Utc>>,
    /// Whether the time for first answers is up at once, for interactions from now on.
    is_too_late: bool,
    /// Whether uploads that are held are handed out.
    is_released: bool,
    people: BTreeMap<u64, String>,
    guilds: BTreeMap<u64, String>,
    /// The system channel of each guild.
    news: BTreeMap<u64, u64>,
    channels: BTreeMap<u64, Channel>,
    /// People who accept no private messages.
    closed: HashSet<u64>,
    /// In the order in which they were first sent.
    messages: Vec<(u64, Value)>,
    asked: BTreeMap<u64, Asked>,
    commands: Vec<Value>,
    /// By name and type.
    command_ids: HashMap<(String, u64), u64>,
    puts: usize,
    requests: Vec<Request>,
    /// Uploaded files, by id.
    uploads: HashMap<u64, Upload>,
    /// The paths of those that were requested.
    fetched: Vec<String>,
    complaints: Vec<String>,
}

/// A channel.
struct Channel {
    place: Place,
    name: String,
    /// The code with which ordinary messages are refused.
    refused: Option<u32>,
}

/// What kind of place a channel is.
enum Place {
    /// A text channel of a guild.
    Guild(u64),
    /// A thread.
    Thread {
        /// The guild it is in.
        guild: u64,
        /// The channel it is in.
        parent: u64,
    },
    /// The bot's conversation with somebody.
    Private(u64),
}

/// An interaction, and what became of it.
struct Asked {
    /// As it was dispatched.
    payload: Value,
    user: u64,
    /// The message that the component is on, or that the modal was opened from.
    on: Option<u64>,
    /// Whether the time for the first answer is up.
    is_late: bool,
    /// Whether the time for further answers is up.
    is_dead: bool,
    /// The type of the first answer.
    callback: Option<u64>,
    /// What the first answer says.
    shown: Value,
    /// The message that the first answer made, or changes.
    original: Option<u64>,
    /// Whether the answer has changed the message that the component is on.
    is_updated: bool,
    follow_ups: Vec<u64>,
}

/// An uploaded file.
#[derive(Clone)]
struct Upload {
    bytes: Vec<u8>,
    trouble: Trouble,
}

/// What is wrong with an uploaded file.
#[derive(Clone)]
pub enum Trouble {
    /// Nothing.
    None,
    /// It is declared with this size.
    SaidToBe(usize),
    /// It comes when [`Fake::release_uploads`] says so.
    Held,
    /// It is not there.
    Gone,
    /// Its address redirects to this one.
    Elsewhere(String),
}

/// A request of the bot.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET, POST, PUT, ...
    pub method: String,
    /// The path after the version.
    pub path: String,
    /// The JSON in it; null if there was none.
    pub body: Value,
    /// The files in it.
    pub files: Vec<File>,
    /// The status of its answer.
    pub status: u16,
}

impl Ground {
    fn world(&self) -> MutexGuard<'_, World> {
        // A test that has failed in here has reported why already.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world())
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let changed = change(&mut self.world());
        self.changes.send_modify(|count| *count += 1);
        changed
    }

    /// Waits until something is there to be found; nothing if the test hangs.
    async fn until<T>(&self, find: impl Fn(&World) -> Option<T>) -> Option<T> {
        self.after_changes(|| self.look(&find)).await
    }

    /// The same, for another way of looking.
    async fn after_changes<T>(&self, find: impl Fn() -> Option<T>) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let found = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = find() {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(HUNG, found).await.ok()
    }
}

impl World {
    fn complain(&mut self, complaint: String) {
        self.complaints.push(complaint);
    }

    fn message(&self, id: u64) -> Option<&Value> {
        self.messages.iter().find(|(known, _)| *known == id).map(|(_, message)| message)
    }

    fn known_person(&self, name: &str) -> Option<u64> {
        self.people.iter().find(|(_, known)| *known == name).map(|(id, _)| *id)
    }

    fn known_private(&self, user: u64) -> Option<u64> {
        let is_with = |channel: &Channel| matches!(channel.place, Place::Private(with) if with == user);
        self.channels.iter().find(|(_, channel)| is_with(channel)).map(|(id, _)| *id)
    }

    /// The bot's conversation with somebody, opened if needed.
    fn private_channel(&mut self, user: u64) -> u64 {
        if let Some(known) = self.known_private(user) {
            return known;
        }
        let id = self.next_id();
        self.channels.insert(id, Channel { place: Place::Private(user), name: String::new(), refused: None });
        id
    }

    /// A new channel, which is reported to the bot.
    fn open(&mut self, place: Place, name: &str, event: &str) -> u64 {
        let id = self.next_id();
        self.channels.insert(id, Channel { place, name: name.to_owned(), refused: None });
        let channel = self.channel(id);
        self.gate.dispatch(event, channel);
        id
    }
}

impl Fake {
    /// The bot's token; it begins with the bot's id.
    pub const TOKEN: &str = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.GfAkEx.n0t-A_s3cret-0f-anyb0dy-but-0f-a-fake00";

    /// Starts one.
    pub async fn start() -> Arc<Self> {
        let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", rest.local_addr().unwrap());
        let world = World {
            gate: Gate::new(format!("ws://{}", gateway.local_addr().unwrap())),
            count: 0,
            clock: None,
            is_too_late: false,
            is_released: false,
            people: BTreeMap::new(),
            guilds: BTreeMap::new(),
            news: BTreeMap::new(),
            channels: BTreeMap::new(),
            closed: HashSet::new(),
            messages: Vec::new(),
            asked: BTreeMap::new(),
            commands: Vec::new(),
            command_ids: HashMap::new(),
            puts: 0,
            requests: Vec::new(),
            uploads: HashMap::new(),
            fetched: Vec::new(),
            complaints: Vec::new(),
        };
        let deps = Arc::new(Ground { world: Mutex::new(world), changes: watch::Sender::default() });
        let running =
            [tokio::spawn(rest::accept(rest, deps.clone())), tokio::spawn(gateway::accept(gateway, deps.clone()))];
        Arc::new(Self { deps, url, running })
    }

    /// A file for an option, as somebody's client uploads it before they call a command.
    pub fn upload(&self, filename: &str, bytes: &[u8], trouble: Trouble) -> Value {
        let size = if let Trouble::SaidToBe(size) = trouble { size } else { bytes.len() };
        let id = self.deps.change(|world| {
            let id = world.next_id();
            world.uploads.insert(id, Upload { bytes: bytes.to_vec(), trouble });
            id
        });
        let url = format!("{}{}{id}/{filename}", self.url, rest::UPLOADS);
        json!({ "attachment": { "filename": filename, "size": size, "url": url } })
    }

    /// The paths of uploaded files that were asked for.
    pub fn fetched(&self) -> Vec<String> {
        self.deps.look(|world| world.fetched.clone())
    }

    /// The address of its REST end.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Sets the time in ids and messages; without one, it is the machine's.
    pub fn tell_time(&self, now: Option<DateTime<Utc>>) {
        self.deps.change(|world| world.clock = now);
    }

    /// Whether the time for first answers is up at once, for interactions from now on. Then no answer is quick enough.
    pub fn too_late(&self, is_too_late: bool) {
        self.deps.change(|world| world.is_too_late = is_too_late);
    }

    /// Hands out the uploads that are held.
    pub fn release_uploads(&self) {
        self.deps.change(|world| world.is_released = true);
    }

    /// Ends the time for an interaction's first answer.
    pub fn expire_callbacks(&self, interaction: u64) {
        self.deps.change(|world| world.asked.get_mut(&interaction).unwrap().is_late = true);
    }

    /// Ends the time for an interaction's further answers.
    pub fn kill_token(&self, interaction: u64) {
        self.expire_callbacks(interaction);
        self.deps.change(|world| world.asked.get_mut(&interaction).unwrap().is_dead = true);
    }

    /// A guild that the bot is in, without channels.
    pub fn guild(&self, name: &str) -> u64 {
        self.deps.change(|world| {
            let id = world.next_id();
            world.guilds.insert(id, name.to_owned());
            let guild = world.guild(id);
            world.gate.dispatch("GUILD_CREATE", guild);
            id
        })
    }

    /// A guild that the bot joins now, with a system channel; returns that channel.
    pub fn guild_with_news(&self, name: &str) -> u64 {
        self.deps.change(|world| {
            let (guild, channel) = (world.next_id(), world.next_id());
            world.guilds.insert(guild, name.to_owned());
            world
                .channels
                .insert(channel, Channel { place: Place::Guild(guild), name: "news".to_owned(), refused: None });
            world.news.insert(guild, channel);
            let guild = world.guild(guild);
            world.gate.dispatch("GUILD_CREATE", guild);
            channel
        })
    }

    /// A text channel of a guild.
    pub fn channel(&self, guild: u64, name: &str) -> u64 {
        self.deps.change(|world| world.open(Place::Guild(guild), name, "CHANNEL_CREATE"))
    }

    /// A thread in a channel.
    pub fn thread(&self, channel: u64, name: &str) -> u64 {
        self.deps.change(|world| {
            let Place::Guild(guild) = world.channels[&channel].place else {
                panic!("{channel} is no channel of a guild")
            };
            world.open(Place::Thread { guild, parent: channel }, name, "THREAD_CREATE")
        })
    }

    /// A person, always the same for one name.
    pub fn person(&self, name: &str) -> u64 {
        let new = |world: &mut World| {
            let id = world.next_id();
            world.people.insert(id, name.to_owned());
            id
        };
        let known = self.deps.look(|world| world.known_person(name));
        known.unwrap_or_else(|| self.deps.change(|world| world.known_person(name).unwrap_or_else(|| new(world))))
    }

    /// The bot's private conversation with somebody.
    pub fn private(&self, user: u64) -> u64 {
        let known = self.deps.look(|world| world.known_private(user));
        known.unwrap_or_else(|| self.deps.change(|world| world.private_channel(user)))
    }

    /// Sets whether somebody accepts no private messages.
    pub fn dm_closed(&self, user: u64, closed: bool) {
        self.deps.change(|world| if closed { world.closed.insert(user) } else { world.closed.remove(&user) });
    }

    /// The code with which ordinary messages in a channel are refused; answers to interactions are not refused.
    pub fn forbid(&self, channel: u64, code: Option<u32>) {
        self.deps.change(|world| world.channels.get_mut(&channel).unwrap().refused = code);
    }

    /// The bot's public messages in a channel, as they are now, oldest first.
    pub fn messages(&self, channel: u64) -> Vec<Value> {
        let is_said = |message: &&Value| {
            let is_there = message["channel_id"] == shown(channel) && message["author"]["id"] == shown(BOT);
            is_there && !is_private(message) && !is_pending(message)
        };
        self.deps.look(|world| world.messages.iter().map(|(_, message)| message).filter(is_said).cloned().collect())
    }

    /// A message as it stands now.
    pub fn message(&self, id: u64) -> Value {
        self.deps.look(|world| world.message(id).cloned()).unwrap_or_else(|| panic!("no message is {id}"))
    }

    /// The bot's private messages to somebody.
    pub fn direct_messages(&self, user: u64) -> Vec<Value> {
        let channel = self.deps.look(|world| world.known_private(user));
        channel.map_or(Vec::new(), |channel| self.messages(channel))
    }

    /// How often commands were registered.
    pub fn puts(&self) -> usize {
        self.deps.look(|world| world.puts)
    }

    /// Waits until something can be found here. Fails the test if it hangs.
    pub async fn until<T>(&self, what: &str, find: impl Fn(&Self) -> Option<T>) -> T {
        let found = self.deps.after_changes(|| find(self)).await;
        found.unwrap_or_else(|| panic!("{what} does not come\n{}", self.state()))
    }

    /// Fails the test if the contract was broken, if the bot asked for what is not there, or if it subscribed to more
    /// than it needs.
    pub fn check(&self) {
        let mut complaints = self.deps.look(|world| world.complaints.clone());
        for identify in self.identifies() {
            if identify["intents"] != 1 || !gateway::is_ours(&identify) {
                complaints.push(format!("IDENTIFY is not for guilds alone, or of somebody else: {identify}"));
            }
        }
        assert!(complaints.is_empty(), "against Discord's contract:\n- {}", complaints.join("\n- "));
    }

    /// The current state, for the report of a test that hangs.
    fn state(&self) -> String {
        self.deps.look(state)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

/// The current state, for the report of a test that hangs.
fn state(world: &World) -> String {
    let requests =
        world.requests.iter().map(|request| format!("{} {} {}", request.status, request.method, request.path));
    let requests = requests.collect::<Vec<_>>().join("\n");
    format!("{}\nrequests:\n{requests}\ncomplaints:\n{}", world.gate.state(), world.complaints.join("\n"))
}
