//! The fake's gateway: sessions, what is dispatched in them, and the ways in which connections end.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::objects::shown;
use super::{BOT, Fake, Ground, World};
use crate::listen::listen;

/// An order to a connection.
enum Order {
    /// Send this.
    Send(Message),
    /// Close it with this code.
    Close(u16),
    /// Cut it without a close frame.
    Cut,
}

/// The one session of a bot, and its connection.
pub struct Gate {
    /// Its address.
    pub url: String,
    /// The interval of heartbeats.
    beat_every: Duration,
    /// Whether frames are compressed for clients that ask for it.
    session: Option<String>,
    /// Whether events are dispatched over the current connection.
    is_live: bool,
    is_silent: bool,
    sequence: u64,
    /// The events dispatched in this session.
    dispatched: Vec<Value>,
    /// How many dispatches are repeated at the next RESUME.
    repeats: usize,
    /// How the next RESUME is refused.
    refusal: Option<bool>,
    /// Events that are held back, if they are.
    kept: Option<Vec<Value>>,
    orders: Option<UnboundedSender<Order>>,
    connections: usize,
    identifies: Vec<Value>,
    resumes: Vec<Value>,
    heartbeats: usize,
}

impl Gate {
    /// A gate at an address.
    pub fn new(url: String) -> Self {
        Self {
            url,
            beat_every: Duration::from_secs(45),
            session: None,
            is_live: false,
            is_silent: false,
            sequence: 0,
            dispatched: Vec::new(),
            repeats: 0,
            refusal: None,
            kept: None,
            orders: None,
            connections: 0,
            identifies: Vec::new(),
            resumes: Vec::new(),
            heartbeats: 0,
        }
    }

    /// Dispatches an event, now or at the next RESUME. Without a session it is lost.
    pub fn dispatch(&mut self, kind: &str, data: Value) {
        if let Some(kept) = &mut self.kept {
            return kept.push(json!({ "t": kind, "d": data }));
        }
        if self.session.is_none() {
            return;
        }
        self.sequence += 1;
        let frame = json!({ "op": 0, "s": self.sequence, "t": kind, "d": data });
        if self.is_live {
            self.send(&frame);
        }
        self.dispatched.push(frame);
    }

    /// Sends a frame over the current connection, unless that is silent.
    fn send(&self, frame: &Value) {
        let was_asked = self.is_live && self.identifies.last().is_some_and(|identify| identify["compress"] == true);
        let message = if was_asked { Message::Binary(compressed(frame)) } else { Message::Text(frame.to_string()) };
        if !self.is_silent {
            self.order(Order::Send(message));
        }
    }

    fn order(&self, order: Order) {
        // If the connection has just ended, nobody is left to obey.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }

    /// Ends the session, so that it can't be resumed.
    fn forget(&mut self) {
        self.session = None;
        self.is_live = false;
    }

    fn close(&mut self, code: u16) {
        self.is_live = false;
        if matches!(code, 1000 | 1001 | 4004 | 4007 | 4009 | 4010..=4014) {
            self.forget();
        }
        self.order(Order::Close(code));
    }

    fn invalidate(&mut self, is_resumable: bool) {
        self.is_live = false;
        if !is_resumable {
            self.forget();
        }
        self.send(&json!({ "op": 9, "d": is_resumable }));
    }

    /// The current state, for the report of a test that hangs.
    pub fn state(&self) -> String {
        let (identifies, resumes) = (self.identifies.len(), self.resumes.len());
        let state = if self.is_live { "live" } else { "not live" };
        format!(
            "gateway: {state}, {} connections, {identifies} IDENTIFYs, {resumes} RESUMEs, {} heartbeats",
            self.connections, self.heartbeats
        )
    }
}

impl World {
    /// Handles a frame of a client over the connection of this number.
    fn hear(&mut self, connection: usize, text: &str) {
        if connection != self.gate.connections {
            return;
        }
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        match frame["op"].as_u64() {
            Some(1) => {
                self.gate.heartbeats += 1;
                self.gate.send(&json!({ "op": 11 }));
            }
            Some(2) => self.identify(&frame["d"]),
            Some(6) => self.resume(&frame["d"]),
            Some(3) => {}
            _ => self.complain(format!("the gateway was told what it does not understand: {text}")),
        }
    }

    fn identify(&mut self, told: &Value) {
        self.gate.identifies.push(told.clone());
        if !is_ours(told) {
            return self.gate.close(4004);
        }
        let session = format!("session{}", self.gate.identifies.len());
        self.gate.session = Some(session.clone());
        (self.gate.sequence, self.gate.is_live) = (0, true);
        self.gate.dispatched.clear();
        let guilds: Vec<u64> = self.guilds.keys().copied().collect();
        let unavailable: Value =
            guilds.iter().map(|guild| json!({ "id": shown(*guild), "unavailable": true })).collect();
        let ready = json!({
            "v": 10, "user": self.myself(), "guilds": unavailable, "session_id": session, "session_type": "normal",
            "resume_gateway_url": self.gate.url, "shard": told["shard"], "application": { "id": shown(BOT), "flags": 0 },
            "private_channels": [], "relationships": [], "presences": [], "user_settings": {}, "_trace": [],
        });
        self.gate.dispatch("READY", ready);
        for guild in guilds {
            let guild = self.guild(guild);
            self.gate.dispatch("GUILD_CREATE", guild);
        }
    }

    fn resume(&mut self, told: &Value) {
        self.gate.resumes.push(told.clone());
        if !is_ours(told) {
            return self.gate.close(4004);
        }
        let is_known = self.gate.session.as_deref().is_some_and(|session| told["session_id"] == session);
        match self.gate.refusal.take() {
            Some(is_resumable) => return self.gate.invalidate(is_resumable),
            None if !is_known => return self.gate.invalidate(false),
            None => self.gate.is_live = true,
        }
        let unseen = self.gate.dispatched.iter().position(|frame| frame["s"].as_u64() > told["seq"].as_u64());
        let repeated = self.gate.dispatched.len().saturating_sub(std::mem::take(&mut self.gate.repeats));
        let from = unseen.unwrap_or(self.gate.dispatched.len()).min(repeated);
        for frame in &self.gate.dispatched[from..] {
            self.gate.send(frame);
        }
        self.gate.dispatch("RESUMED", json!({ "_trace": [] }));
    }
}

impl Fake {
    /// Waits until a session is live: READY and the guilds are sent, or what was missed.
    pub async fn identified(&self) {
        let is_live = self.deps.until(|world| world.gate.is_live.then_some(())).await;
        assert!(is_live.is_some(), "the bot does not come to this gateway; is it at the real one?\n{}", self.state());
    }

    /// Waits until so many attempts to resume were made.
    pub async fn until_resumed(&self, count: usize) {
        let is_enough = |world: &World| (world.gate.resumes.len() >= count && world.gate.is_live).then_some(());
        assert!(self.deps.until(is_enough).await.is_some(), "there is no RESUME number {count}\n{}", self.state());
    }

    /// What each IDENTIFY said.
    pub fn identifies(&self) -> Vec<Value> {
        self.deps.look(|world| world.gate.identifies.clone())
    }

    /// What each RESUME said.
    pub fn resumes(&self) -> Vec<Value> {
        self.deps.look(|world| world.gate.resumes.clone())
    }

    /// Sets the interval of heartbeats for clients that connect from now on.
    pub fn beat_every(&self, interval: Duration) {
        self.deps.change(|world| world.gate.beat_every = interval);
    }

    /// Repeats so many of the last dispatches at the next RESUME, seen or not.
    pub fn replay(&self, count: usize) {
        self.deps.change(|world| world.gate.repeats = count);
    }

    /// Answers the next RESUME with INVALID SESSION.
    pub fn refuse_resume(&self, is_resumable: bool) {
        self.deps.change(|world| world.gate.refusal = Some(is_resumable));
    }

    /// Asks the client to reconnect. It gets the events until then when it resumes.
    pub fn reconnect(&self) {
        self.deps.change(|world| {
            world.gate.send(&json!({ "op": 7, "d": null }));
            world.gate.is_live = false;
        });
    }

    /// Says that the session is invalid.
    pub fn invalidate(&self, is_resumable: bool) {
        self.deps.change(|world| world.gate.invalidate(is_resumable));
    }

    /// Closes the connection with a code; with some, the session ends too.
    pub fn close(&self, code: u16) {
        self.deps.change(|world| world.gate.close(code));
    }

    /// Keeps the current connection open and sends nothing over it, not even acknowledgements of heartbeats. The next
    /// one works again.
    pub fn silent(&self, is_silent: bool) {
        self.deps.change(|world| world.gate.is_silent = is_silent);
    }

    /// Cuts the connection, without a close frame.
    pub fn drop_connection(&self) {
        self.deps.change(|world| {
            world.gate.is_live = false;
            world.gate.order(Order::Cut);
        });
    }

    /// Sends a frame as it is if it has an `op`; else dispatches its `d` as an event of type `t`.
    pub fn send_raw(&self, frame: Value) {
        self.deps.change(|world| match frame["t"].as_str() {
            Some(kind) if frame["op"].is_null() => world.gate.dispatch(kind, frame["d"].clone()),
            _ => world.gate.send(&frame),
        });
    }

    /// Holds back events from now on.
    pub fn keep_back(&self) {
        self.deps.change(|world| world.gate.kept = Some(Vec::new()));
    }

    /// Dispatches the held events, as `change` leaves them: each with its type `t` and data `d`.
    pub fn tell_kept(&self, change: impl FnOnce(&mut Vec<Value>)) {
        self.deps.change(|world| {
            let mut kept = world.gate.kept.take().unwrap_or_default();
            change(&mut kept);
            kept.iter()
                .for_each(|event| world.gate.dispatch(event["t"].as_str().unwrap_or_default(), event["d"].clone()));
        });
    }
}

/// Whether a client shows the right token. Like the real gateway, this also takes it with the prefix that REST wants.
pub fn is_ours(told: &Value) -> bool {
    told["token"].as_str().is_some_and(|token| token.strip_prefix("Bot ").unwrap_or(token) == Fake::TOKEN)
}

/// A frame as a zlib stream of its own.
fn compressed(frame: &Value) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(frame.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Serves all connections.
pub async fn accept(listener: TcpListener, deps: Arc<Ground>) {
    listen(listener, |stream| serve(stream, deps.clone())).await;
}

/// Serves one connection until either side closes it, or another one comes.
async fn serve(stream: TcpStream, deps: Arc<Ground>) {
    // Otherwise a frame would wait for the acknowledgement of the one before.
    stream.set_nodelay(true).unwrap();
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (sender, mut orders) = unbounded_channel();
    let connection = deps.change(|world| {
        let gate = &mut world.gate;
        gate.connections += 1;
        gate.orders = Some(sender);
        (gate.is_live, gate.is_silent) = (false, false);
        let interval = u64::try_from(gate.beat_every.as_millis()).unwrap();
        gate.send(&json!({ "op": 10, "d": { "heartbeat_interval": interval, "_trace": [] } }));
        gate.connections
    });
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(message)) => if socket.send(message).await.is_err() { break },
                // The client's close frame ends the loop.
                Some(Order::Close(code)) => {
                    if socket.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await.is_err() {
                        break;
                    }
                }
                Some(Order::Cut) | None => break,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => deps.change(|world| world.hear(connection, &text)),
                Some(Ok(Message::Close(frame))) => deps.change(|world| {
                    // A client that closes normally does not resume its session.
                    let is_final = frame.is_some_and(|frame| matches!(u16::from(frame.code), 1000 | 1001));
                    if is_final && connection == world.gate.connections {
                        world.gate.forget();
                    }
                }),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    deps.change(|world| {
        if connection == world.gate.connections {
            world.gate.is_live = false;
            world.gate.orders = None;
        }
    });
}
