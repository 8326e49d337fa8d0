//! What an event of a room means: syntax only, from the event as JSON. A malformed event means nothing, so nobody can
//! stop the bot by what they send.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use matrix_sdk::ruma::MatrixToUri;
use matrix_sdk::ruma::matrix_uri::MatrixId;
use serde_json::Value;

use crate::core::time::Timestamp;
use crate::grammar::address;
use crate::grammar::catalog::Catalog;
use crate::grammar::parse::Call;
use crate::incoming::{ChangedMessage, Content};
use crate::message::room::RoomRefusal;

/// No homeserver's clock shows this instant, in milliseconds, or a later one: the year 2200.
const LATEST: i64 = 7_258_118_400_000;

/// What the bot listens to, and what it ignores.
pub struct Listener {
    /// The commands.
    pub catalog: Arc<Catalog>,
    /// The bot's user id.
    pub user_id: String,
    /// Its names, besides its user id.
    pub names: Vec<String>,
    /// The prefix of commands.
    pub prefix: String,
    /// User ids that are not obeyed.
    pub ignore: Vec<String>,
    /// User ids whose invitations are accepted; everybody's are if there are none.
    pub inviters: Vec<String>,
    /// User ids that may found networks; all may if there are none.
    pub founders: Vec<String>,
    /// User ids that speak for others.
    pub relays: Vec<String>,
}

/// An event that means something to the bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its id.
    pub event: String,
    /// Its sender.
    pub sender: String,
    /// When, by the sender's homeserver.
    pub said_at: Option<Timestamp>,
    /// The thread that it is in.
    pub thread: Option<String>,
    /// The event that it answers.
    pub answers: Option<String>,
    /// The content of the picture or file that it is the caption of.
    pub file: Option<Value>,
    /// What it is.
    pub what: EventMeaning,
}

/// What an event is.
#[derive(Debug, Clone, PartialEq)]
pub enum EventMeaning {
    /// Something said to the bot.
    Content(Content),
    /// A message that does not address the bot. In a direct room it is still meant for the bot.
    Talk(String),
    /// A ✅ or ❌ on a message.
    Reaction {
        /// Which message.
        on: String,
        /// Whether it is a ✅.
        yes: bool,
    },
    /// An earlier message was edited or removed.
    Changed {
        /// Which message.
        of: String,
        /// What it says now.
        now: ChangedMessage,
    },
    /// The bot has joined the room.
    BotJoined,
    /// The room was replaced by another.
    Replaced(String),
    /// The permissions in the room have changed.
    PowerLevels,
}

impl Listener {
    /// What an event means, if anything. Talk means something only in a room that may be a direct one.
    pub fn hear(&self, event: &Value, may_be_direct: bool) -> Option<Heard> {
        let id = event.get("event_id")?.as_str()?;
        let sender = event.get("sender")?.as_str()?;
        let content = event.get("content")?.as_object()?;
        let is_redacted = event.pointer("/unsigned/redacted_because").is_some();
        let state_key = event.get("state_key").and_then(Value::as_str);
        let stamp = event.get("origin_server_ts").and_then(Value::as_i64).filter(|stamp| (0..LATEST).contains(stamp));
        let said_at = stamp.and_then(DateTime::from_timestamp_millis);
        let relation = content.get("m.relates_to");
        let related = |key: &str| relation.and_then(|relation| relation.get(key)).and_then(Value::as_str);
        let what = match (event.get("type")?.as_str()?, state_key) {
            ("m.room.member", Some(who)) if who == self.user_id => {
                let membership = |content: &Value| content.get("membership").and_then(Value::as_str).map(str::to_owned);
                let before = event.pointer("/unsigned/prev_content").and_then(membership);
                let now = content.get("membership").and_then(Value::as_str);
                (now == Some("join") && before.as_deref() != Some("join")).then_some(EventMeaning::BotJoined)?
            }
            ("m.room.tombstone", Some("")) => {
                EventMeaning::Replaced(content.get("replacement_room")?.as_str()?.to_owned())
            }
            ("m.room.power_levels", Some("")) => EventMeaning::PowerLevels,
            _ if self.ignores(sender) || is_redacted || state_key.is_some() => return None,
            ("m.reaction", None) if related("rel_type") == Some("m.annotation") => {
                // Keyboards add a character that asks for the coloured form.
                let yes = match related("key")?.trim_end_matches('\u{fe0f}') {
                    "✅" => true,
                    "❌" => false,
                    _ => return None,
                };
                EventMeaning::Reaction { on: related("event_id")?.to_owned(), yes }
            }
            ("m.room.redaction", None) if !self.relays_for(sender) => {
                // Where it stands depends on the version of the room.
                let of = event.get("redacts").or_else(|| content.get("redacts")).and_then(Value::as_str)?;
                EventMeaning::Changed { of: of.to_owned(), now: ChangedMessage::Removed }
            }
            ("m.room.message", None) if related("rel_type") == Some("m.replace") && !self.relays_for(sender) => {
                let of = related("event_id")?.to_owned();
                let said =
                    content.get("m.new_content").and_then(Value::as_object).and_then(|content| self.said(content));
                let now = match said {
                    Some(EventMeaning::Content(Content::Text(line))) => ChangedMessage::Line(line),
                    _ => ChangedMessage::Talk,
                };
                EventMeaning::Changed { of, now }
            }
            ("m.room.message", None)
                if related("rel_type") != Some("m.replace") && !content.contains_key("m.new_content") =>
            {
                let what = self.said(content).filter(|what| may_be_direct || !matches!(what, EventMeaning::Talk(_)))?;
                let is_relayed = content.contains_key("com.beeper.per_message_profile") || self.relays_for(sender);
                if is_relayed {
                    EventMeaning::Content(Content::Refused(RoomRefusal::Relayed.into(), true))
                } else {
                    what
                }
            }
            _ => return None,
        };
        let thread =
            (related("rel_type") == Some("m.thread")).then(|| related("event_id")).flatten().map(str::to_owned);
        let answers = relation
            .and_then(|relation| relation.pointer("/m.in_reply_to/event_id"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let file = is_file(content).then(|| Value::Object(content.clone()));
        Some(Heard { event: id.to_owned(), sender: sender.to_owned(), said_at, thread, answers, file, what })
    }

    /// Whether a user is ignored: the bot itself, and those in the configuration.
    pub fn ignores(&self, user_id: &str) -> bool {
        user_id == self.user_id || fits(&self.ignore, user_id)
    }

    /// Whether a user's invitations are accepted.
    pub fn accepts(&self, inviter: &str) -> bool {
        self.inviters.is_empty() || fits(&self.inviters, inviter)
    }

    /// Whether a user may not found networks.
    pub fn bars_founding(&self, user_id: &str) -> bool {
        !self.founders.is_empty() && !fits(&self.founders, user_id)
    }

    /// Whether a user relays messages of others, who are unknown.
    pub fn relays_for(&self, user_id: &str) -> bool {
        fits(&self.relays, user_id)
    }

    /// The content of a message: a structured command if it has one, else its text.
    fn said(&self, content: &serde_json::Map<String, Value>) -> Option<EventMeaning> {
        // A picture or file with a caption has it as its body; without one, its body is its name.
        let is_caption = is_file(content)
            && content.get("filename").is_some_and(|name| name.is_string() && Some(name) != content.get("body"));
        if content.get("msgtype")?.as_str()? != "m.text" && !is_caption {
            return None;
        }
        let structured = ["m.bot.command", "org.matrix.msc4391.command"].into_iter().find_map(|key| content.get(key));
        if let Some(call) = structured.and_then(Value::as_object) {
            let mentioned =
                content.get("m.mentions").and_then(|mentions| mentions.get("user_ids")).and_then(Value::as_array);
            // A command for another bot means nothing here, whatever its text says.
            mentioned.filter(|users| users.iter().any(|user| user.as_str() == Some(&self.user_id)))?;
            return Some(EventMeaning::Content(structured_call(call)));
        }
        let body = content.get("body")?.as_str()?;
        let body = if content.get("m.relates_to").is_some_and(|relation| relation.get("m.in_reply_to").is_some()) {
            without_quote(body)
        } else {
            body
        };
        let formatted = content.get("formatted_body").and_then(Value::as_str).unwrap_or_default();
        let body = with_user_ids(body, formatted);
        let bare_id = self.user_id.trim_start_matches('@');
        let mut names = std::iter::once(bare_id).chain(self.names.iter().map(String::as_str));
        if let Some(text) = names.find_map(|name| address::meant(&body, &self.prefix, name, &self.catalog)) {
            return Some(EventMeaning::Content(Content::Text(text.to_owned())));
        }
        // A command with another bot's prefix is talk. If nobody else listens, it was meant for this bot.
        let talk = address::addressed(&body, &self.prefix, bare_id).or(Some(body.trim()));
        talk.filter(|talk| talk.starts_with(char::is_alphabetic)).map(|talk| EventMeaning::Talk(talk.to_owned()))
    }
}

/// Whether a message is a picture or a file.
pub fn is_file(content: &serde_json::Map<String, Value>) -> bool {
    matches!(content.get("msgtype").and_then(Value::as_str), Some("m.image" | "m.file"))
}

/// A structured command. Values of the wrong type go on as texts, for the command itself to refuse in words.
fn structured_call(call: &serde_json::Map<String, Value>) -> Content {
    let refused = |why: &str| Content::Refused(RoomRefusal::BadArguments { why: why.to_owned() }.into(), true);
    let Some(command) = call.get("command").and_then(Value::as_str) else { return refused("it names no command") };
    let mut options = BTreeMap::new();
    match call.get("arguments") {
        None | Some(Value::Null) => {}
        Some(Value::Object(arguments)) => {
            for (name, value) in arguments {
                match value {
                    // An empty value was not given.
                    Value::Null => {}
                    Value::String(text) if text.is_empty() => {}
                    Value::String(text) => drop(options.insert(name.clone(), text.clone())),
                    Value::Bool(flag) => {
                        drop(options.insert(name.clone(), if *flag { "yes" } else { "no" }.to_owned()))
                    }
                    Value::Number(number) => drop(options.insert(name.clone(), number.to_string())),
                    Value::Array(_) | Value::Object(_) => {
                        return refused(&format!("{name} is neither a text nor a number"));
                    }
                }
            }
        }
        Some(_) => return refused("its arguments have no names"),
    }
    Content::Call(Call::new(&command.split_whitespace().collect::<Vec<_>>().join(" "), options))
}

/// The body of a reply without the lines that quote what it replies to.
fn without_quote(body: &str) -> &str {
    let mut rest = body;
    while let Some(line) = rest.strip_prefix('>') {
        rest = line.split_once('\n').map_or("", |(_, after)| after);
    }
    rest.trim_start_matches('\n')
}

/// The body with the user id in place of each pill: each name that the formatted body links to a user. Only the pill
/// itself is replaced, not the same letters elsewhere. No handle has a colon in it, so a user id names an account and
/// nothing else, whether it comes from a pill or is typed.
fn with_user_ids(body: &str, formatted: &str) -> String {
    const LINK: &str = "<a href=\"";
    let formatted = formatted.split_once("</mx-reply>").map_or(formatted, |(_, after)| after);
    let mut text = String::with_capacity(body.len());
    let (mut rest, mut html, mut before) = (body, formatted, String::new());
    while let Some((between, after)) = html.split_once(LINK) {
        before.push_str(&shown(between));
        let Some((target, after)) = after.split_once('"') else { break };
        let Some((name, after)) = after.split_once('>').and_then(|(_, after)| after.split_once("</a>")) else { break };
        html = after;
        let (uri, name) = (MatrixToUri::parse(&unescaped(target)), shown(name));
        let user = uri.ok().and_then(|uri| if let MatrixId::User(user) = uri.id() { Some(user.clone()) } else { None });
        match user.zip(pill(rest, &before, &name)) {
            Some((user, at)) => {
                text.push_str(&rest[..at]);
                text.push_str(user.as_str());
                rest = &rest[at + name.len()..];
                before.clear();
            }
            None => before.push_str(&name),
        }
    }
    text.push_str(rest);
    text
}

/// Where a pill of this name is in a text: at the place with the same letters before it as in the formatted body.
/// Marks and spaces are written differently in both.
fn pill(text: &str, before: &str, name: &str) -> Option<usize> {
    let mut letters = before.chars().filter(|c| c.is_alphanumeric()).peekable();
    for (at, c) in text.char_indices() {
        if letters.peek().is_none() && !name.is_empty() && text[at..].starts_with(name) {
            return Some(at);
        }
        if c.is_alphanumeric() && letters.next() != Some(c) {
            return None;
        }
    }
    None
}

/// The text that a piece of HTML shows.
fn shown(html: &str) -> String {
    let mut pieces = html.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    unescaped(&pieces.filter_map(|piece| piece.split_once('>')).fold(first, |text, (_, after)| text + after))
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Whether a user id fits one of some patterns.
fn fits(patterns: &[String], user_id: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, user_id))
}

/// Whether a user id fits a pattern, where `*` matches any characters and `?` matches one.
fn matches(pattern: &str, user_id: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), user_id.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            // The last star takes one character more.
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::json;

    use super::*;
    use crate::message::refusal::Refusal;

    static REGISTRY: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(crate::commands::registry::catalog().unwrap()));

    fn listener() -> Listener {
        Listener {
            catalog: REGISTRY.clone(),
            inviters: vec!["@*:example.test".to_owned()],
            founders: vec!["@ana:*".to_owned()],
            user_id: "@fairshare:example.test".to_owned(),
            names: vec!["Fair Share".to_owned(), "fairshare".to_owned()],
            prefix: "!".to_owned(),
            ignore: vec!["@*_ghost:example.test".to_owned()],
            relays: vec!["@relay:*".to_owned()],
        }
    }

    fn from(sender: &str, kind: &str, content: Value) -> Option<EventMeaning> {
        let event =
            json!({ "event_id": "$e", "sender": sender, "origin_server_ts": 0, "type": kind, "content": content });
        listener().hear(&event, false).map(|heard| heard.what)
    }

    fn text(body: &str) -> Value {
        json!({ "msgtype": "m.text", "body": body })
    }

    fn said(content: Value) -> Option<String> {
        match from("@ana:example.test", "m.room.message", content) {
            Some(EventMeaning::Content(Content::Text(text))) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn the_bot_is_spoken_to_in_many_ways() {
        for body in [
            "!log 1h wiring",
            "/log 1h wiring",
            "fairshare: log 1h wiring",
            "Fair Share: !log 1h wiring",
            "@fairshare log 1h wiring",
            "@fairshare:example.test: log 1h wiring",
            "@fairshare:example.test log 1h wiring",
        ] {
            assert_eq!(said(text(body)).as_deref(), Some("log 1h wiring"), "{body}");
        }
        for body in ["fairshare: play something", "@fairshare shrug"] {
            assert!(said(text(body)).is_some(), "by its name it is asked anything: {body}");
        }
        for body in ["!play never gonna", "! important", "/shrug", "!weather in Gaspé"] {
            assert_eq!(said(text(body)), None, "another bot's: {body}");
        }
        for body in ["!lgo 1h wiring", "!log wired", "!noterr 1h", "/sumary"] {
            assert!(said(text(body)).is_some(), "a slip: {body}");
        }
        for body in ["log 1h wiring", "fairshare is great", "> !log 1h wiring", "/usr/bin/log is full", "!!!", ""] {
            assert_eq!(said(text(body)), None, "{body}");
        }
        let event = json!({ "event_id": "$e", "sender": "@ana:example.test", "type": "m.room.message", "content": text(" log 1h wiring ") });
        assert_eq!(
            listener().hear(&event, true).map(|heard| heard.what),
            Some(EventMeaning::Talk("log 1h wiring".to_owned())),
            "alone with the bot"
        );
        let reply = json!({ "msgtype": "m.text", "body": "> <@ben:example.test> !log 9h lies\n> more\n\n!log 1h wiring",
            "m.relates_to": { "m.in_reply_to": { "event_id": "$x" } } });
        assert_eq!(said(reply).as_deref(), Some("log 1h wiring"));
    }

    #[test]
    fn a_caption_is_said_and_a_name_is_not() {
        let picture = |body: &str, filename: Value| json!({ "msgtype": "m.image", "body": body, "filename": filename, "url": "mxc://x/y" });
        assert_eq!(said(picture("!log expense 5 nails", json!("a.png"))).as_deref(), Some("log expense 5 nails"));
        for content in [
            picture("!help", json!("!help")),
            picture("!help", json!(null)),
            json!({ "msgtype": "m.file", "body": "!help" }),
        ] {
            assert_eq!(said(content), None);
        }
    }

    #[test]
    fn people_are_who_they_were_linked_as() {
        let content = json!({ "msgtype": "m.text", "body": "!role grant Ana <b> custodian", "format": "org.matrix.custom.html",
            "formatted_body": "!role grant <a href=\"https://matrix.to/#/%40ana%3Aexample.test\">Ana &lt;b&gt;</a> custodian" });
        assert_eq!(said(content).as_deref(), Some("role grant @ana:example.test custodian"));
        for (body, formatted, read) in [
            // The letters of the pill are in the command's own words as well.
            ("!role grant ol lead", "!role grant {ol} lead", "role grant @ol:example.test lead"),
            ("!log 1h tool ol for:ol", "!log 1h tool ol for:{ol}", "log 1h tool ol for:@ol:example.test"),
            ("!log 1h **ol** for:ol", "!log 1h <strong>ol</strong> for:{ol}", "log 1h **ol** for:@ol:example.test"),
            ("!role grant ol ol", "!role grant {ol} {ol}", "role grant @ol:example.test @ol:example.test"),
            (
                "!log 1h a & b for:ol",
                "<mx-reply>ol {ol}</mx-reply>!log 1h a &amp; b<br>for:{ol}",
                "log 1h a & b for:@ol:example.test",
            ),
            ("!log 1h ol", "!log 1h <a href=\"https://example.test/ol\">ol</a>", "log 1h ol"),
        ] {
            let formatted = formatted.replace("{ol}", "<a href=\"https://matrix.to/#/@ol:example.test\">ol</a>");
            assert_eq!(
                said(json!({ "msgtype": "m.text", "body": body, "formatted_body": formatted })).as_deref(),
                Some(read)
            );
        }
        let pill = json!({ "msgtype": "m.text", "body": "Fair Share log 1h wiring",
            "formatted_body": "<a href=\"https://matrix.to/#/@fairshare:example.test\">Fair Share</a> log 1h wiring" });
        assert_eq!(said(pill).as_deref(), Some("log 1h wiring"));
        for html in [
            "<a href=\"",
            "<a href=\"x",
            "<a href=\"https://matrix.to/#/@ana:example.test\">",
            "<a href=\"https://matrix.to/#/@ana:example.test\"></a>",
        ] {
            let content = json!({ "msgtype": "m.text", "body": "!help", "formatted_body": html.repeat(1000) });
            assert_eq!(said(content).as_deref(), Some("help"));
        }
    }

    #[test]
    fn nobody_is_obeyed_who_should_not_be() {
        let from = |sender, content| from(sender, "m.room.message", content);
        assert_eq!(from("@fairshare:example.test", text("!help")), None, "oneself");
        assert_eq!(from("@irc_ghost:example.test", text("!help")), None, "ignored");
        assert_eq!(from("@relay:elsewhere.test", text("just talk")), None);
        assert_eq!(
            from("@relay:elsewhere.test", text("!help")),
            Some(EventMeaning::Content(Content::Refused(RoomRefusal::Relayed.into(), true)))
        );
        assert_eq!(said(json!({ "msgtype": "m.notice", "body": "!help" })), None, "notices");
        let edit = json!({ "msgtype": "m.text", "body": "* !help", "m.new_content": text("!help"),
            "m.relates_to": { "rel_type": "m.replace", "event_id": "$x" } });
        let changed = |now| Some(EventMeaning::Changed { of: "$x".to_owned(), now });
        let line = ChangedMessage::Line("help".to_owned());
        assert_eq!(from("@ana:example.test", edit.clone()), changed(line), "an edit is not a command");
        assert_eq!(from("@relay:elsewhere.test", edit), None, "nobody knows whose edit it is");
        let redacted = json!({ "event_id": "$e", "sender": "@ana:example.test", "type": "m.room.message", "content": text("!help"),
            "unsigned": { "redacted_because": {} } });
        assert_eq!(listener().hear(&redacted, true), None);
    }

    #[test]
    fn structured_calls_are_read_in_both_spellings() {
        for key in ["m.bot.command", "org.matrix.msc4391.command"] {
            let call = |mentions: Value, command: Value| {
                from(
                    "@ana:example.test",
                    "m.room.message",
                    json!({ "msgtype": "m.text", "body": "/x", key: command, "m.mentions": mentions }),
                )
            };
            let us = json!({ "user_ids": ["@fairshare:example.test"] });
            let arguments =
                json!({ "time": "1h", "what": "wiring", "gift": true, "task": 3, "role": null, "date": "" });
            let Some(EventMeaning::Content(Content::Call(read))) =
                call(us.clone(), json!({ "command": "log hours", "arguments": arguments }))
            else {
                panic!("{key}")
            };
            let options: Vec<_> = read.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(
                (read.command.as_str(), options.join(" ").as_str()),
                ("log hours", "gift=yes task=3 time=1h what=wiring")
            );
            assert_eq!(call(json!({}), json!({ "command": "help" })), None, "another bot's");
            for bad in [
                json!({}),
                json!({ "command": 3 }),
                json!({ "command": "help", "arguments": [1] }),
                json!({ "command": "help", "arguments": { "command": {} } }),
            ] {
                let refused = call(us.clone(), bad.clone());
                assert!(
                    matches!(
                        refused,
                        Some(EventMeaning::Content(Content::Refused(
                            Refusal::Room(RoomRefusal::BadArguments { .. }),
                            true
                        )))
                    ),
                    "{bad}: {refused:?}"
                );
            }
        }
    }

    #[test]
    fn malformed_events_are_nothing() {
        let values = [json!(null), json!(3), json!("x"), json!([]), json!({}), json!([{ "a": 1 }])];
        let whole = json!({ "event_id": "$e", "sender": "@ana:example.test", "origin_server_ts": 0, "type": "m.room.message",
            "content": { "msgtype": "m.text", "body": "!help", "formatted_body": "!help", "m.mentions": {}, "m.relates_to": { "rel_type": "m.thread",
            "event_id": "$t", "key": "✅", "m.in_reply_to": {} } } });
        let paths = [
            "/event_id",
            "/sender",
            "/origin_server_ts",
            "/type",
            "/content",
            "/content/msgtype",
            "/content/body",
            "/content/formatted_body",
            "/content/m.mentions",
            "/content/m.relates_to",
            "/content/m.relates_to/rel_type",
            "/content/m.relates_to/event_id",
            "/content/m.relates_to/m.in_reply_to",
        ];
        assert!(listener().hear(&whole, false).is_some());
        for kind in ["m.room.message", "m.reaction", "m.room.member", "m.room.tombstone"] {
            for path in paths {
                for value in &values {
                    let mut event = whole.clone();
                    event["type"] = json!(kind);
                    *event.pointer_mut(path).unwrap() = value.clone();
                    // Something or nothing, but never a panic.
                    let _ = listener().hear(&event, true);
                    event["state_key"] = value.clone();
                    let _ = listener().hear(&event, true);
                }
            }
        }
    }

    #[test]
    fn only_those_on_the_lists_may_invite_and_begin_networks() {
        let mut listener = listener();
        assert!(listener.accepts("@ben:example.test") && !listener.accepts("@ben:elsewhere.test"));
        assert!(!listener.bars_founding("@ana:elsewhere.test") && listener.bars_founding("@ben:example.test"));
        (listener.inviters, listener.founders) = (Vec::new(), Vec::new());
        assert!(
            listener.accepts("@ben:elsewhere.test") && !listener.bars_founding("@ben:elsewhere.test"),
            "empty lists hold nobody off"
        );
    }

    #[test]
    fn patterns_fit_user_ids() {
        assert!(matches("@*_ghost:*.test", "@a_b_ghost:x.test") && matches("@an?:x", "@ana:x") && matches("*", ""));
        assert!(!matches("@*_ghost:x", "@ghost:x") && !matches("@ana:x", "@ana:xy") && !matches("", "a"));
    }
}
