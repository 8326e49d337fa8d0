//! A real homeserver in a test: Synapse from PyPI on loopback.
//!
//! Its people belong to the tests' application service, the driver: a test acts as anybody without a login, and with
//! any timestamp. The bot, and other separate clients, get an account and log in normally.

use std::collections::{HashSet, VecDeque};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, Url};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::python::PYTHON;
use crate::watchdog::HUNG;

/// The domain of user ids.
pub const SERVER_NAME: &str = "example.test";

/// The driver's token.
const DRIVER_TOKEN: &str = "driver";

/// How long one sync waits for something new.
const SYNC_WAITS: Duration = Duration::from_secs(10);

/// Keeps a homeserver running while its own standard input is open. The input closes when a test dies in any way, even
/// without drops of statics. Then it deletes the folder, unless its last input was to keep it. If the homeserver ends
/// by itself, so does the keeper.
const KEEPER: &str = r#"
import os, shutil, subprocess, sys, threading

with open("homeserver.log", "ab") as log:
    arguments = [sys.executable, "-c", sys.argv[1], "-c", "homeserver.yaml"]
    homeserver = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
last_words = []

def end():
    last_words.append(sys.stdin.read())
    homeserver.terminate()
    try:
        homeserver.wait(5)
    except subprocess.TimeoutExpired:
        homeserver.kill()

threading.Thread(target=end, daemon=True).start()
homeserver.wait()
if last_words == [""]:
    shutil.rmtree(os.getcwd(), ignore_errors=True)
"#;

/// Synapse itself. Its data need not survive a crash of the machine, so it does not wait for the disk.
const HOMESERVER: &str = r#"
from synapse.app import homeserver
from synapse.storage.engines import Sqlite3Engine

opened = Sqlite3Engine.on_new_connection

def opened_in_haste(engine, connection):
    opened(engine, connection)
    connection.execute("PRAGMA synchronous = OFF")

Sqlite3Engine.on_new_connection = opened_in_haste
homeserver.main()
"#;

/// A running homeserver; it ends when it is dropped, or when the test's process does.
pub struct Synapse {
    folder: TempDir,
    port: u16,
    keeper: Option<Child>,
}

impl Synapse {
    /// A separate homeserver, ready for requests.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("synapse-").tempdir().unwrap();
        let port = free_port();
        for (name, content) in
            [("homeserver.yaml", configuration(port)), ("log.yaml", logging()), ("driver.yaml", driver())]
        {
            std::fs::write(folder.path().join(name), content.to_string()).unwrap();
        }
        let mut synapse = Self { folder, port, keeper: None };
        synapse.restart();
        synapse
    }

    /// The homeserver shared by tests that do not stop it.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Synapse> = LazyLock::new(Synapse::start);
        &SHARED
    }

    /// Stops it, so that connections fail. Its data stays.
    pub fn stop(&mut self) {
        self.end("keep");
    }

    /// Starts it again on the same port, stopping it first if it runs.
    pub fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(&*PYTHON);
        command.args(["-c", KEEPER, HOMESERVER]).current_dir(self.folder.path()).stdin(Stdio::piped());
        // Ctrl-C must reach the keeper only as the end of its input, so that it cleans up.
        command.process_group(0);
        let keeper = self.keeper.insert(command.spawn().unwrap());
        let begun = Instant::now();
        while !answers(self.port) {
            let has_ended = keeper.try_wait().unwrap().is_some();
            if has_ended || begun.elapsed() > HUNG {
                let log = std::fs::read_to_string(self.folder.path().join("homeserver.log")).unwrap_or_default();
                let end: Vec<&str> = log.lines().rev().take(60).collect();
                panic!("Synapse is not ready:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Closes the keeper's input after a last word, and waits until everything has ended.
    fn end(&mut self, last_word: &str) {
        if let Some(mut keeper) = self.keeper.take() {
            // A keeper whose homeserver ended by itself reads no more.
            keeper.stdin.take().unwrap().write_all(last_word.as_bytes()).ok();
            keeper.wait().unwrap();
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A person to act as, with their local part as their name.
    pub async fn person(&self, localpart: &str) -> Person {
        self.person_called(localpart, localpart).await
    }

    /// A person to act as, with a display name.
    pub async fn person_called(&self, localpart: &str, name: &str) -> Person {
        let person = Person {
            client: client(),
            homeserver: self.url().parse().unwrap(),
            id: format!("@{localpart}:{SERVER_NAME}"),
        };
        let body = json!({ "type": "m.login.application_service", "username": localpart, "inhibit_login": true });
        let (status, answer) = person.ask(Method::POST, &["register"], &[], Some(&body)).await;
        assert!(
            status == 200 || answer["errcode"] == "M_USER_IN_USE",
            "{localpart} is not registered: {status} {answer}"
        );
        person.display_name(name).await;
        person
    }

    /// An account with a password; returns its user id. The account may exist already.
    pub async fn account(&self, localpart: &str, password: &str) -> String {
        let url = format!("{}/_matrix/client/v3/register", self.url());
        let auth = json!({ "type": "m.login.dummy" });
        let body = json!({ "username": localpart, "password": password, "inhibit_login": true, "auth": auth });
        let response = client().post(url).body(body.to_string()).send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert!(status == 200 || text.contains("M_USER_IN_USE"), "{localpart} has no account: {status} {text}");
        format!("@{localpart}:{SERVER_NAME}")
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        self.end("");
    }
}

/// A free port below the range of outgoing connections: none of them must take it while its homeserver is stopped.
fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at the same time begin far from each other.
    let first = 18_000 + 12 * u16::try_from(std::process::id() % 1000).unwrap();
    let mut candidates = (0..1000).map(|_| first + TRIED.fetch_add(1, Ordering::Relaxed));
    candidates.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("one port in a thousand is free")
}

/// Whether a homeserver answers on a port.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(HUNG))?;
        stream.write_all(b"GET /_matrix/client/versions HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| {
        answer.split(|byte| *byte == b'\r').next().is_some_and(|status| status.ends_with(b" 200 OK"))
    })
}

/// Synapse's configuration: no federation, no rate limits, and no features that no test needs.
fn configuration(port: u16) -> Value {
    let unlimited = json!({ "per_second": 100_000, "burst_count": 100_000 });
    let mut configuration = json!({
        "server_name": SERVER_NAME,
        "listeners": [{
            "type": "http",
            "port": port,
            "bind_addresses": ["127.0.0.1"],
            "tls": false,
            "resources": [{ "names": ["client"], "compress": false }],
        }],
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": true,
        "report_stats": false,
        "signing_key_path": "signing.key",
        "macaroon_secret_key": "macaroons",
        "form_secret": "forms",
        "pid_file": "homeserver.pid",
        "media_store_path": "media",
        "log_config": "log.yaml",
        "app_service_config_files": ["driver.yaml"],
        "enable_registration": true,
        "enable_registration_without_verification": true,
        "bcrypt_rounds": 4,
        "url_preview_enabled": false,
        "presence": { "enabled": false },
        // The driver has no address for events; push rules and statistics take half of the time of a send.
        "notify_appservices_from_worker": "nobody",
        "push": { "enabled": false },
        "stats": { "enabled": false },
        // One connection: more of them only wait for each other in Python.
        "database": { "name": "sqlite3", "args": { "database": "homeserver.db", "cp_min": 1, "cp_max": 1 } },
        "event_cache_size": "100K",
        // Otherwise a second listener of a person would begin where the first one began.
        "caches": { "sync_response_cache_duration": "0s" },
        "rc_login": { "address": unlimited, "account": unlimited, "failed_attempts": unlimited },
        "rc_joins": { "local": unlimited, "remote": unlimited },
        "rc_invites": { "per_room": unlimited, "per_user": unlimited, "per_issuer": unlimited },
        "rc_presence": { "per_user": unlimited },
    });
    for what in [
        "rc_message",
        "rc_registration",
        "rc_registration_token_validity",
        "rc_admin_redaction",
        "rc_joins_per_room",
        "rc_key_requests",
        "rc_3pid_validation",
        "rc_third_party_invite",
        "rc_media_create",
        "rc_delayed_event_mgmt",
        "rc_room_creation",
        "rc_reports",
        "rc_user_directory",
        "rc_profile",
    ] {
        configuration[what] = unlimited.clone();
    }
    configuration
}

/// Synapse logs only trouble, to its output.
fn logging() -> Value {
    json!({
        "version": 1,
        "formatters": { "plain": { "format": "%(asctime)s %(levelname)s %(name)s %(message)s" } },
        "handlers": { "output": { "class": "logging.StreamHandler", "formatter": "plain" } },
        "root": { "level": "WARNING", "handlers": ["output"] },
        "disable_existing_loggers": false,
    })
}

/// The driver's registration: for all users, none of them exclusively.
fn driver() -> Value {
    json!({
        "id": "driver",
        "url": null,
        "as_token": DRIVER_TOKEN,
        "hs_token": "homeserver",
        "sender_localpart": "driver",
        "rate_limited": false,
        "namespaces": { "users": [{ "regex": "@.*", "exclusive": false }], "rooms": [], "aliases": [] },
    })
}

/// A client for loopback: no proxies, no certificates to load, and a timeout.
fn client() -> Client {
    Client::builder().no_proxy().tls_certs_only([]).timeout(HUNG).build().unwrap()
}

/// A person that a test acts as. A refusal by the homeserver fails the test.
#[derive(Clone)]
pub struct Person {
    client: Client,
    homeserver: Url,
    id: String,
}

impl Person {
    /// Their user id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Makes a request below /_matrix/client/v3; returns status and answer.
    async fn ask(&self, method: Method, path: &[&str], query: &[(&str, &str)], body: Option<&Value>) -> (u16, Value) {
        let mut url = self.homeserver.clone();
        url.path_segments_mut().unwrap().pop_if_empty().extend(["_matrix", "client", "v3"]).extend(path);
        url.query_pairs_mut().append_pair("user_id", &self.id).extend_pairs(query);
        let mut request = self.client.request(method, url).bearer_auth(DRIVER_TOKEN);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response =
            request.send().await.unwrap_or_else(|error| panic!("{} asks for {}: {error:?}", self.id, path.join("/")));
        let status = response.status().as_u16();
        let text = response.bytes().await.unwrap();
        let answer = serde_json::from_slice(&text);
        (status, answer.unwrap_or_else(|_| panic!("{} asks for {}: {status} {text:?}", self.id, path.join("/"))))
    }

    /// Makes a request that must succeed.
    async fn granted(&self, method: Method, path: &[&str], query: &[(&str, &str)], body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method, path, query, body).await;
        assert_eq!(status, 200, "{} asks for {}: {answer}", self.id, path.join("/"));
        answer
    }

    /// Performs an action on a room.
    async fn act(&self, room: &str, action: &str, body: Value) -> Value {
        self.granted(Method::POST, &["rooms", room, action], &[], Some(&body)).await
    }

    /// Uploads a file; returns its address.
    pub async fn upload(&self, bytes: &[u8]) -> String {
        let mut url = self.homeserver.clone();
        url.path_segments_mut().unwrap().pop_if_empty().extend(["_matrix", "media", "v3", "upload"]);
        url.query_pairs_mut().append_pair("user_id", &self.id);
        let request =
            self.client.post(url).bearer_auth(DRIVER_TOKEN).header("content-type", "application/octet-stream");
        let answer = request.body(bytes.to_vec()).send().await.unwrap().bytes().await.unwrap();
        text(&serde_json::from_slice::<Value>(&answer).unwrap()["content_uri"])
    }

    /// The content of a file.
    pub async fn download(&self, address: &str) -> Vec<u8> {
        let mut url = self.homeserver.clone();
        let parts = address.trim_start_matches("mxc://").split('/');
        url.path_segments_mut()
            .unwrap()
            .pop_if_empty()
            .extend(["_matrix", "client", "v1", "media", "download"])
            .extend(parts);
        url.query_pairs_mut().append_pair("user_id", &self.id);
        self.client
            .get(url)
            .bearer_auth(DRIVER_TOKEN)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .to_vec()
    }

    /// Changes the display name.
    pub async fn display_name(&self, name: &str) {
        let body = json!({ "displayname": name });
        self.granted(Method::PUT, &["profile", &self.id, "displayname"], &[], Some(&body)).await;
    }

    /// Makes a room; returns its id.
    pub async fn create_room(&self, room: Value) -> String {
        text(&self.granted(Method::POST, &["createRoom"], &[], Some(&room)).await["room_id"])
    }

    /// Invites somebody.
    pub async fn invite(&self, room: &str, user: &str) {
        self.act(room, "invite", json!({ "user_id": user })).await;
    }

    /// Joins a room.
    pub async fn join(&self, room: &str) {
        self.act(room, "join", json!({})).await;
    }

    /// Is invited to a room by somebody in it, and joins.
    pub async fn join_invited(&self, by: &Self, room: &str) {
        by.invite(room, &self.id).await;
        self.join(room).await;
    }

    /// Leaves a room, or declines to join it.
    pub async fn leave(&self, room: &str) {
        self.act(room, "leave", json!({})).await;
    }

    /// Kicks somebody.
    pub async fn kick(&self, room: &str, user: &str) {
        self.act(room, "kick", json!({ "user_id": user })).await;
    }

    /// Bans somebody.
    pub async fn ban(&self, room: &str, user: &str) {
        self.act(room, "ban", json!({ "user_id": user })).await;
    }

    /// Replaces a room by one of another version; returns the new one's id. Only this person is in it.
    pub async fn upgrade(&self, room: &str, version: &str) -> String {
        text(&self.act(room, "upgrade", json!({ "new_version": version })).await["replacement_room"])
    }

    /// Sends a message; returns the event's id, like all functions that send.
    pub async fn send(&self, room: &str, body: &str) -> String {
        self.send_at(room, body, None).await
    }

    /// Sends a message with another timestamp, in milliseconds.
    pub async fn send_at(&self, room: &str, body: &str, at: Option<i64>) -> String {
        self.send_event(room, "m.room.message", json!({ "msgtype": "m.text", "body": body }), at).await
    }

    /// Sends any event.
    pub async fn send_event(&self, room: &str, kind: &str, content: Value, at: Option<i64>) -> String {
        let path = ["rooms", room, "send", kind, &transaction()];
        let at = at.map(|at| at.to_string());
        let query: Vec<(&str, &str)> = at.iter().map(|at| ("ts", at.as_str())).collect();
        text(&self.granted(Method::PUT, &path, &query, Some(&content)).await["event_id"])
    }

    /// Sets a room's state.
    pub async fn set_state(&self, room: &str, kind: &str, key: &str, content: Value) -> String {
        text(&self.granted(Method::PUT, &["rooms", room, "state", kind, key], &[], Some(&content)).await["event_id"])
    }

    /// Redacts an event.
    pub async fn redact(&self, room: &str, event: &str) -> String {
        let path = ["rooms", room, "redact", event, &transaction()];
        text(&self.granted(Method::PUT, &path, &[], Some(&json!({}))).await["event_id"])
    }

    /// Reacts to an event.
    pub async fn react(&self, room: &str, event: &str, key: &str) -> String {
        let relation = json!({ "rel_type": "m.annotation", "event_id": event, "key": key });
        self.send_event(room, "m.reaction", json!({ "m.relates_to": relation }), None).await
    }

    /// Edits a message.
    pub async fn edit(&self, room: &str, event: &str, body: &str) -> String {
        let content = json!({
            "msgtype": "m.text",
            "body": format!("* {body}"),
            "m.new_content": { "msgtype": "m.text", "body": body },
            "m.relates_to": { "rel_type": "m.replace", "event_id": event },
        });
        self.send_event(room, "m.room.message", content, None).await
    }

    /// Everything in a room that they may see, oldest first.
    pub async fn messages(&self, room: &str) -> Vec<Value> {
        let (mut events, mut from) = (Vec::new(), None);
        loop {
            let mut query = vec![("dir", "f"), ("limit", "1000")];
            query.extend(from.iter().map(|from: &String| ("from", from.as_str())));
            let mut page = self.granted(Method::GET, &["rooms", room, "messages"], &query, None).await;
            events.append(page["chunk"].as_array_mut().unwrap());
            match page["end"].as_str() {
                Some(end) => from = Some(end.to_owned()),
                None => return events,
            }
        }
    }

    /// Listens to rooms from now on; if none is named, to all of theirs and those they join.
    pub async fn listen(&self, rooms: &[impl AsRef<str> + Sync]) -> Ear {
        let nothing = json!({ "not_types": ["*"] });
        let silent = json!({ "presence": nothing, "account_data": nothing, "room": { "rooms": [] } });
        let filter = silent.to_string();
        let answer = self.granted(Method::GET, &["sync"], &[("timeout", "0"), ("filter", &filter)], None).await;
        let mut filter = silent;
        filter["room"] = json!({
            "timeline": { "limit": 100 },
            "state": { "lazy_load_members": true },
            "ephemeral": nothing,
            "account_data": nothing,
        });
        if !rooms.is_empty() {
            filter["room"]["rooms"] = rooms.iter().map(AsRef::as_ref).collect();
        }
        Ear {
            person: self.clone(),
            filter: filter.to_string(),
            since: text(&answer["next_batch"]),
            known: HashSet::new(),
            heard: Vec::new(),
            invitations: VecDeque::new(),
        }
    }
}

/// An id that no other request of this test has.
fn transaction() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed).to_string()
}

/// A string in an answer that always has it.
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A listener that misses nothing, even with many messages at once.
pub struct Ear {
    person: Person,
    filter: String,
    since: String,
    /// The ids of events that were heard.
    known: HashSet<String>,
    /// Events that were heard and not returned yet.
    heard: Vec<Value>,
    /// Rooms they were invited to, not returned yet.
    invitations: VecDeque<String>,
}

impl Ear {
    /// New events, as soon as there are any; none if the time is up. Each room's events are in order and have a
    /// `room_id`. A room that they joined meanwhile comes with some earlier events.
    pub async fn next(&mut self, within: Duration) -> Vec<Value> {
        let deadline = Instant::now() + within;
        while self.heard.is_empty() && Instant::now() < deadline {
            self.sync(deadline).await;
        }
        std::mem::take(&mut self.heard)
    }

    /// Collects events until they are enough. Fails the test if it hangs.
    pub async fn until(&mut self, is_enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + HUNG;
        let mut events = Vec::new();
        while !is_enough(&events) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let came =
                    events.iter().map(|event| format!("{} {}: {}", event["sender"], event["type"], event["content"]));
                panic!("after {HUNG:?} {} has heard only:\n{}", self.person.id, came.collect::<Vec<_>>().join("\n"));
            }
            events.extend(self.next(left).await);
        }
        events
    }

    /// Waits for the next invitation; returns its room.
    pub async fn invited(&mut self) -> String {
        let deadline = Instant::now() + HUNG;
        loop {
            if let Some(room) = self.invitations.pop_front() {
                return room;
            }
            assert!(Instant::now() < deadline, "after {HUNG:?} nobody has invited {}", self.person.id);
            self.sync(deadline).await;
        }
    }

    /// Listens once.
    async fn sync(&mut self, deadline: Instant) {
        let wait = deadline.saturating_duration_since(Instant::now()).min(SYNC_WAITS).as_millis().to_string();
        let query = [("timeout", wait.as_str()), ("filter", &self.filter), ("since", &self.since)];
        let answer = self.person.granted(Method::GET, &["sync"], &query, None).await;
        let part = |name: &str| answer["rooms"][name].as_object().into_iter().flatten();
        self.invitations.extend(part("invite").map(|(room, _)| room.clone()));
        for (room, news) in part("join").chain(part("leave")) {
            let timeline = &news["timeline"];
            let mut events =
                if timeline["limited"] == true { self.missed(room, &timeline["prev_batch"]).await } else { Vec::new() };
            events.extend(timeline["events"].as_array().into_iter().flatten().cloned());
            for mut event in events {
                if self.known.insert(text(&event["event_id"])) {
                    event["room_id"] = json!(room);
                    self.heard.push(event);
                }
            }
        }
        self.since = text(&answer["next_batch"]);
    }

    /// The events of a room between the last known one and a token, oldest first.
    async fn missed(&self, room: &str, before: &Value) -> Vec<Value> {
        let (mut events, mut from) = (Vec::new(), text(before));
        loop {
            let query = [("dir", "b"), ("limit", "1000"), ("from", from.as_str()), ("to", &self.since)];
            let mut page = self.person.granted(Method::GET, &["rooms", room, "messages"], &query, None).await;
            events.append(page["chunk"].as_array_mut().unwrap());
            match page["end"].as_str() {
                Some(end) => from = end.to_owned(),
                None => break,
            }
        }
        events.reverse();
        events
    }
}
