//! The fake's REST end: what each route does, and what it refuses, as the real one does.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};

use super::http::{self, Ask, File};
use super::objects::{id_of, shown};
use super::{BOT, Channel, EPHEMERAL, Fake, Ground, LOADING, Place, Request, Trouble, Upload, World};
use crate::discord::contract::{self, CALLBACK, COMMANDS, FOLLOW_UP, FOLLOW_UPS, MESSAGE, MESSAGES, ORIGINAL, list};
use crate::listen::listen;

/// An error answer: status, code, message.
type Refusal = (u16, u32, &'static str);

/// An answer; null if it has no body.
type Reply = Result<(u16, Value), Refusal>;

const UNAUTHORIZED: Refusal = (401, 0, "401: Unauthorized");
const NOT_IMPLEMENTED: Refusal = (501, 0, "501: the fake does not do this");
const UNKNOWN_CHANNEL: Refusal = (404, 10003, "Unknown Channel");
const UNKNOWN_MESSAGE: Refusal = (404, 10008, "Unknown Message");
const UNKNOWN_WEBHOOK: Refusal = (404, 10015, "Unknown Webhook");
const UNKNOWN_INTERACTION: Refusal = (404, 10062, "Unknown interaction");
const ACKNOWLEDGED: Refusal = (400, 40060, "Interaction has already been acknowledged.");
const MISSING_ACCESS: Refusal = (403, 50001, "Missing Access");
const OTHERS_MESSAGE: Refusal = (403, 50005, "Cannot edit a message authored by another user");
const EMPTY_MESSAGE: Refusal = (400, 50006, "Cannot send an empty message");
const CLOSED: Refusal = (403, 50007, "Cannot send messages to this user");
const MISSING_PERMISSIONS: Refusal = (403, 50013, "Missing Permissions");
const DEAD_TOKEN: Refusal = (401, 50027, "Invalid Webhook Token");
const NOBODY: Refusal = (400, 50033, "Invalid Recipient(s)");
const INVALID_FORM: Refusal = (400, 50035, "Invalid Form Body");

/// The implemented routes. The first match counts.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/gateway"),
    ("GET", "/gateway/bot"),
    ("GET", "/applications/@me"),
    ("GET", "/oauth2/applications/@me"),
    ("GET", "/users/@me"),
    ("POST", "/users/@me/channels"),
    ("GET", COMMANDS),
    ("PUT", COMMANDS),
    ("POST", CALLBACK),
    ("GET", ORIGINAL),
    ("PATCH", ORIGINAL),
    ("DELETE", ORIGINAL),
    ("POST", FOLLOW_UPS),
    ("PATCH", FOLLOW_UP),
    ("GET", "/channels/{channel_id}"),
    ("POST", MESSAGES),
    ("PATCH", MESSAGE),
];

/// The path of attached files.
pub const UPLOADS: &str = "/attachments/";

/// The route of a request, and its parameters.
fn route<'a>(method: &str, path: &'a str) -> Option<(&'static str, Vec<&'a str>)> {
    let words = || path.split('/');
    let fits = |template: &str| {
        let is_same = |(part, word): (&str, &str)| if part.starts_with('{') { !word.is_empty() } else { part == word };
        template.split('/').count() == words().count() && template.split('/').zip(words()).all(is_same)
    };
    let (_, template) = ROUTES.iter().find(|(known, template)| *known == method && fits(template))?;
    let places = template.split('/').zip(words()).filter(|(part, _)| part.starts_with('{'));
    Some((template, places.map(|(_, word)| word).collect()))
}

/// Serves all connections.
pub async fn accept(listener: TcpListener, deps: Arc<Ground>) {
    listen(listener, |stream| serve(stream, deps.clone())).await;
}

/// Serves one connection until either side closes it.
async fn serve(stream: TcpStream, deps: Arc<Ground>) {
    let mut stream = BufReader::new(stream);
    while let Ok(ask) = Ask::read(&mut stream).await {
        let written = match ask.path.starts_with(UPLOADS) {
            true => hand_out(&mut stream, &deps, &ask).await,
            false => {
                let (status, body) = respond(&deps, &ask);
                http::write(&mut stream, status, &body).await
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// Hands out an attached file. Discord does that outside its API, to anybody who has the address.
async fn hand_out(stream: &mut BufReader<TcpStream>, deps: &Ground, ask: &Ask) -> std::io::Result<()> {
    let id = ask.path.trim_start_matches(UPLOADS).split('/').next().and_then(|id| id.parse::<u64>().ok());
    let upload = id.and_then(|id| deps.look(|world| world.uploads.get(&id).cloned()));
    deps.change(|world| {
        world.fetched.push(ask.path.clone());
        if ask.header("authorization").is_some() {
            world.complain(format!("the token is shown to {}", ask.path));
        }
    });
    match upload {
        Some(Upload { trouble: Trouble::Gone, .. }) | None => http::write(stream, 404, &Value::Null).await,
        Some(Upload { trouble: Trouble::Elsewhere(url), .. }) => http::write_redirect(stream, &url).await,
        Some(Upload { bytes, trouble }) => {
            if let Trouble::Held = trouble {
                deps.until(|world| world.is_released.then_some(())).await;
            }
            http::write_file(stream, &bytes).await
        }
    }
}

/// Answers a request, and checks request and answer against the contract.
fn respond(deps: &Ground, ask: &Ask) -> (u16, Value) {
    let path = ask.path.strip_prefix("/api/v10").unwrap_or(&ask.path);
    let found = route(&ask.method, path);
    let content = ask.content();
    let (body, files) = content.clone().unwrap_or_default();
    let mut wrong: Vec<String> = content.err().into_iter().collect();
    let mut advice = None;
    if let Some((template, _)) = found {
        wrong.extend(contract::request(&ask.method, template, &body, files.len()));
        advice = contract::unguarded(&ask.method, template, &body);
    }
    let is_open = path.starts_with("/interactions/") || path.starts_with("/webhooks/");
    let is_known =
        is_open || ask.header("authorization").and_then(|shown| shown.strip_prefix("Bot ")) == Some(Fake::TOKEN);
    let (status, answer) = deps.change(|world| {
        let call = Call { ask, body: &body, files: &files };
        let reply = match &found {
            None => Err(NOT_IMPLEMENTED),
            Some(_) if !is_known => Err(UNAUTHORIZED),
            Some(_) if !wrong.is_empty() => Err(INVALID_FORM),
            Some((template, places)) => world.answer(template, places, &call),
        };
        if reply == Err(NOT_IMPLEMENTED) || reply == Err(UNAUTHORIZED) {
            wrong.push(format!("answered with {reply:?}"));
        }
        for wrong in wrong.into_iter().chain(advice) {
            world.complain(format!("request {} {path}: {wrong}", ask.method));
        }
        let (status, answer) =
            reply.unwrap_or_else(|(status, code, message)| (status, json!({ "code": code, "message": message })));
        world.requests.push(Request {
            method: ask.method.clone(),
            path: path.to_owned(),
            body: body.clone(),
            files: files.clone(),
            status,
        });
        (status, answer)
    });
    let template = found.map(|(template, _)| template).filter(|_| status < 500);
    for wrong in template.map_or(Vec::new(), |template| contract::answer(&ask.method, template, status, &answer)) {
        deps.change(|world| {
            world.complain(format!("the fake's own answer {status} to {} {path}: {wrong}", ask.method))
        });
    }
    (status, answer)
}

/// A request, read.
struct Call<'a> {
    ask: &'a Ask,
    body: &'a Value,
    files: &'a [File],
}

impl World {
    fn answer(&mut self, template: &str, places: &[&str], call: &Call) -> Reply {
        let number = |place: usize| places.get(place).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
        let word = |place: usize| places.get(place).copied().unwrap_or_default();
        match (call.ask.method.as_str(), template) {
            ("GET", "/gateway") => Ok((200, json!({ "url": self.gate.url }))),
            ("GET", "/gateway/bot") => {
                let limit = json!({ "total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1 });
                Ok((200, json!({ "url": self.gate.url, "shards": 1, "session_start_limit": limit })))
            }
            ("GET", "/applications/@me" | "/oauth2/applications/@me") => Ok((200, self.application())),
            ("GET", "/users/@me") => Ok((200, self.myself())),
            ("POST", "/users/@me/channels") => {
                let user = id_of(&call.body["recipient_id"]);
                self.people.get(&user).ok_or(NOBODY)?;
                let channel = self.private_channel(user);
                Ok((200, self.channel(channel)))
            }
            ("GET", COMMANDS) => Ok((200, self.commands.clone().into())),
            ("PUT", COMMANDS) => {
                self.puts += 1;
                self.commands = list(call.body).iter().map(|command| self.registered(command)).collect();
                Ok((200, self.commands.clone().into()))
            }
            ("POST", CALLBACK) => self.callback(number(0), word(1), call),
            ("GET", ORIGINAL) => {
                let (_, original) = self.original(number(0), word(1))?;
                Ok((200, self.message(original).ok_or(UNKNOWN_MESSAGE)?.clone()))
            }
            ("PATCH", ORIGINAL) => {
                let (interaction, original) = self.original(number(0), word(1))?;
                let edited = self.edit(original, call)?;
                let asked = self.asked.get_mut(&interaction).unwrap();
                asked.is_updated |= asked.callback == Some(6);
                Ok(edited)
            }
            ("DELETE", ORIGINAL) => {
                let (_, original) = self.original(number(0), word(1))?;
                self.message(original).ok_or(UNKNOWN_MESSAGE)?;
                self.messages.retain(|(id, _)| *id != original);
                Ok((204, Value::Null))
            }
            ("POST", FOLLOW_UPS) => self.follow_up(number(0), word(1), call),
            ("PATCH", FOLLOW_UP) => {
                let interaction = self.hook(number(0), word(1))?;
                let asked = &self.asked[&interaction];
                let is_its_own = asked.original == Some(number(2)) || asked.follow_ups.contains(&number(2));
                if is_its_own { self.edit(number(2), call) } else { Err(UNKNOWN_MESSAGE) }
            }
            ("GET", "/channels/{channel_id}") => {
                let channel = self.channels.get(&number(0)).ok_or(UNKNOWN_CHANNEL)?;
                if channel.refused == Some(MISSING_ACCESS.1) {
                    Err(MISSING_ACCESS)
                } else {
                    Ok((200, self.channel(number(0))))
                }
            }
            ("POST", MESSAGES) => self.post(number(0), call),
            ("PATCH", MESSAGE) => {
                self.may_speak(number(0))?;
                let is_here = |message: &&Value| message["channel_id"] == shown(number(0)) && !is_private(message);
                let message = self.message(number(1)).filter(is_here).ok_or(UNKNOWN_MESSAGE)?;
                if message["author"]["id"] == shown(BOT) { self.edit(number(1), call) } else { Err(OTHERS_MESSAGE) }
            }
            _ => Err(NOT_IMPLEMENTED),
        }
    }

    /// The first answer to an interaction.
    fn callback(&mut self, interaction: u64, token: &str, call: &Call) -> Reply {
        let (kind, data) = (id_of(&call.body["type"]), &call.body["data"]);
        let asked =
            self.asked.get(&interaction).filter(|asked| asked.payload["token"] == token).ok_or(UNKNOWN_INTERACTION)?;
        if asked.callback.is_some() {
            return Err(ACKNOWLEDGED);
        }
        if asked.is_late {
            return Err(UNKNOWN_INTERACTION);
        }
        let (asks, on) = (id_of(&asked.payload["type"]), asked.on);
        let suits = match kind {
            4 | 5 => asks != 4,
            6 | 7 => asks != 4 && on.is_some(),
            8 => asks == 4,
            9 => asks != 4 && asks != 5,
            _ => false,
        };
        if !suits {
            self.complain(format!("a callback of type {kind} does not suit an interaction of type {asks}"));
            return Err(INVALID_FORM);
        }
        let flags = id_of(&data["flags"]) & EPHEMERAL;
        let original = match kind {
            4 => {
                let message = self.blank_answer(interaction, flags);
                Some(self.say(message, call.body.get("data").unwrap_or(&Value::Null), call.files))
            }
            5 => {
                let message = self.blank_answer(interaction, flags | LOADING);
                let id = id_of(&message["id"]);
                self.messages.push((id, message));
                Some(id)
            }
            7 if data.is_null() => on,
            7 => {
                self.change(on.unwrap_or_default(), data, call.files)?;
                on
            }
            6 => on,
            _ => None,
        };
        let asked = self.asked.get_mut(&interaction).unwrap();
        (asked.callback, asked.original, asked.is_updated) = (Some(kind), original, kind == 7);
        asked.shown = data.clone();
        if !call.ask.query.contains("with_response=true") {
            return Ok((204, Value::Null));
        }
        let message = original.and_then(|original| self.message(original));
        let mut answer = json!({ "interaction": { "id": shown(interaction), "type": asks } });
        if let Some(message) = message {
            answer["interaction"]["response_message_id"] = message["id"].clone();
            answer["interaction"]["response_message_loading"] = json!(kind == 5);
            answer["interaction"]["response_message_ephemeral"] = json!(is_private(message));
            // The contract has no resource for a deferral.
            if kind == 4 || kind == 7 {
                answer["resource"] = json!({ "type": kind, "message": message });
            }
        }
        Ok((200, answer))
    }

    /// The interaction of a token, while the token is valid.
    fn hook(&self, application: u64, token: &str) -> Result<u64, Refusal> {
        let asked = self.asked.iter().find(|(_, asked)| application == BOT && asked.payload["token"] == token);
        let (id, asked) = asked.ok_or(UNKNOWN_WEBHOOK)?;
        if asked.is_dead {
            return Err(DEAD_TOKEN);
        }
        asked.callback.ok_or(UNKNOWN_WEBHOOK)?;
        Ok(*id)
    }

    /// An interaction, and the message that its first answer made, or changes.
    fn original(&self, application: u64, token: &str) -> Result<(u64, u64), Refusal> {
        let interaction = self.hook(application, token)?;
        Ok((interaction, self.asked[&interaction].original.ok_or(UNKNOWN_MESSAGE)?))
    }

    /// A further answer; after a deferral, the first one replaces the placeholder.
    fn follow_up(&mut self, application: u64, token: &str, call: &Call) -> Reply {
        let interaction = self.hook(application, token)?;
        let original =
            self.asked[&interaction].original.and_then(|id| self.message(id)).filter(|message| is_pending(message));
        if let Some(original) = original {
            let original = id_of(&original["id"]);
            return self.edit(original, call);
        }
        let message = self.blank_answer(interaction, id_of(&call.body["flags"]) & EPHEMERAL);
        let id = self.say(message, call.body, call.files);
        self.asked.get_mut(&interaction).unwrap().follow_ups.push(id);
        Ok((200, self.message(id).unwrap().clone()))
    }

    /// Whether the bot may send ordinary messages there.
    fn may_speak(&self, channel: u64) -> Result<&Channel, Refusal> {
        let channel = self.channels.get(&channel).ok_or(UNKNOWN_CHANNEL)?;
        match (channel.refused, &channel.place) {
            (Some(50001), _) => Err(MISSING_ACCESS),
            (Some(50013), _) => Err(MISSING_PERMISSIONS),
            (Some(code), _) => Err((403, code, "Forbidden")),
            (None, Place::Private(user)) if self.closed.contains(user) => Err(CLOSED),
            _ => Ok(channel),
        }
    }

    /// An ordinary message; if its nonce is known and enforced, the message first sent with it.
    fn post(&mut self, channel: u64, call: &Call) -> Reply {
        self.may_speak(channel)?;
        let nonce = &call.body["nonce"];
        let counts = call.body["enforce_nonce"] == true && !nonce.is_null();
        let said = |message: &&(u64, Value)| {
            counts && message.1["channel_id"] == shown(channel) && message.1["nonce"] == *nonce
        };
        if let Some((_, message)) = self.messages.iter().find(said) {
            return Ok((200, message.clone()));
        }
        let mut message = self.blank_message(channel, BOT);
        if !nonce.is_null() {
            message["nonce"] = nonce.clone();
        }
        let id = self.say(message, call.body, call.files);
        Ok((200, self.message(id).unwrap().clone()))
    }

    /// Adds a new message.
    fn say(&mut self, mut message: Value, body: &Value, files: &[File]) -> u64 {
        self.fill(&mut message, body, files);
        let id = id_of(&message["id"]);
        self.messages.push((id, message));
        id
    }

    /// Changes a message, and answers with it.
    fn edit(&mut self, message: u64, call: &Call) -> Reply {
        let message = self.change(message, call.body, call.files)?;
        Ok((200, message))
    }

    /// Changes a message in place.
    fn change(&mut self, id: u64, body: &Value, files: &[File]) -> Result<Value, Refusal> {
        let mut message = self.message(id).ok_or(UNKNOWN_MESSAGE)?.clone();
        self.fill(&mut message, body, files);
        let is_silent = message["content"] == "";
        if is_silent && ["embeds", "attachments", "components"].iter().all(|part| list(&message[part]).is_empty()) {
            self.complain(format!("an edit leaves nothing of message {id}: {body}"));
            return Err(EMPTY_MESSAGE);
        }
        self.messages.iter_mut().filter(|(known, _)| *known == id).for_each(|(_, old)| *old = message.clone());
        Ok(message)
    }
}

/// Whether only one person sees it.
pub fn is_private(message: &Value) -> bool {
    id_of(&message["flags"]) & EPHEMERAL != 0
}

/// Whether it is only a placeholder for a message.
pub fn is_pending(message: &Value) -> bool {
    id_of(&message["flags"]) & LOADING != 0
}

impl Fake {
    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.deps.look(|world| world.requests.clone())
    }
}
