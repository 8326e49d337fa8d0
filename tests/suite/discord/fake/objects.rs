//! Discord's objects: people, rooms, messages, interactions.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::http::File;
use super::{BOT, LOADING, Place, Who, World};
use crate::discord::contract::{OF_COMPONENTS, list};

/// 2015, the epoch of Discord's ids.
const EPOCH_MILLIS: i64 = 1_420_070_400_000;

/// When everybody has joined everything.
const JOINED: &str = "2026-01-01T00:00:00.000000+00:00";

/// How large a file may be.
const LARGEST_FILE: u64 = 10 * 1024 * 1024;

/// What the bot may do in a channel: see, write, link, attach, use slash commands.
const OF_THE_BOT: &str = "2147535872";

/// An id as JSON.
pub fn shown(id: u64) -> Value {
    Value::String(id.to_string())
}

/// An id or flags from JSON; 0 if there are none.
pub fn id_of(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

impl World {
    /// A new id; it holds the time of its making.
    pub fn next_id(&mut self) -> u64 {
        self.count += 1;
        let millis = self.now().timestamp_millis() - EPOCH_MILLIS;
        (u64::try_from(millis).unwrap() << 22) | (self.count & 0x003f_ffff)
    }

    /// The time in ids and messages.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.unwrap_or_else(Utc::now)
    }

    fn timestamp(&self) -> Value {
        Value::String(self.now().to_rfc3339_opts(SecondsFormat::Micros, false))
    }

    /// A user.
    pub fn user(&self, id: u64) -> Value {
        let is_bot = id == BOT;
        let name = if is_bot {
            "fairshare"
        } else {
            self.people.get(&id).unwrap_or_else(|| panic!("nobody is {id}")).as_str()
        };
        json!({
            "id": shown(id), "username": name.to_lowercase(), "global_name": name, "discriminator": "0", "avatar": null,
            "bot": is_bot, "public_flags": 0, "flags": 0, "primary_guild": null, "banner": null, "accent_color": null,
        })
    }

    fn member(&self, user: u64, permissions: u64) -> Value {
        json!({
            "user": self.user(user), "nick": null, "avatar": null, "banner": null, "roles": [], "joined_at": JOINED,
            "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
            "permissions": permissions.to_string(), "communication_disabled_until": null, "unusual_dm_activity_until": null,
        })
    }

    /// Adds a user to the resolved objects of an interaction.
    pub fn explain_user(&self, resolved: &mut Value, user: u64, is_in_guild: bool) {
        let id = user.to_string();
        resolved["users"][&id] = self.user(user);
        if is_in_guild {
            let mut member = self.member(user, 0);
            for field in ["user", "deaf", "mute"] {
                member.as_object_mut().unwrap().remove(field);
            }
            resolved["members"][&id] = member;
        }
    }

    /// A channel, a thread or a private conversation.
    pub fn channel(&self, id: u64) -> Value {
        let channel = &self.channels[&id];
        let object = json!({ "id": shown(id), "flags": 0, "last_message_id": null, "last_pin_timestamp": null });
        let further = match channel.place {
            Place::Guild(guild) => json!({
                "type": 0, "guild_id": shown(guild), "name": channel.name, "position": 0, "parent_id": null, "topic": null, "nsfw": false,
                "rate_limit_per_user": 0, "permission_overwrites": [],
            }),
            Place::Thread { guild, parent } => json!({
                "type": 11, "guild_id": shown(guild), "name": channel.name, "parent_id": shown(parent), "owner_id": shown(BOT),
                "message_count": 0, "member_count": 1, "total_message_sent": 0, "rate_limit_per_user": 0,
                "thread_metadata": { "archived": false, "archive_timestamp": JOINED, "auto_archive_duration": 1440, "locked": false,
                    "create_timestamp": JOINED },
            }),
            Place::Private(user) => json!({ "type": 1, "recipients": [self.user(user)] }),
        };
        merged(object, &further)
    }

    /// A guild as the gateway sends it.
    pub fn guild(&self, id: u64) -> Value {
        let (mut channels, mut threads) = (Vec::new(), Vec::new());
        for (channel, known) in &self.channels {
            match known.place {
                Place::Guild(guild) if guild == id => channels.push(self.channel(*channel)),
                Place::Thread { guild, .. } if guild == id => threads.push(self.channel(*channel)),
                _ => {}
            }
        }
        let everyone = json!({
            "id": shown(id), "name": "@everyone", "color": 0, "hoist": false, "managed": false, "mentionable": false, "position": 0,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null }, "permissions": OF_THE_BOT, "flags": 0,
            "icon": null, "unicode_emoji": null,
        });
        let mut bot = self.member(BOT, 0);
        bot.as_object_mut().unwrap().remove("permissions");
        let settings = json!({
            "id": shown(id), "name": self.guilds[&id], "icon": null, "splash": null, "discovery_splash": null, "owner_id": shown(id - 1),
            "afk_channel_id": null, "afk_timeout": 300, "verification_level": 0, "default_message_notifications": 0,
            "explicit_content_filter": 0, "roles": [everyone], "emojis": [], "features": [], "mfa_level": 0, "application_id": null,
            "system_channel_id": self.news.get(&id).map(|channel| shown(*channel)), "system_channel_flags": 0, "rules_channel_id": null, "vanity_url_code": null, "description": null,
            "banner": null, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "public_updates_channel_id": null, "nsfw_level": 0, "nsfw": false, "stickers": [], "premium_progress_bar_enabled": false,
        });
        let present = json!({
            "joined_at": JOINED, "large": false, "unavailable": false, "member_count": self.people.len() + 1, "voice_states": [],
            "members": [bot], "channels": channels, "threads": threads, "presences": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "safety_alerts_channel_id": null, "incidents_data": null,
        });
        merged(settings, &present)
    }

    /// A message with nothing in it yet.
    pub fn blank_message(&mut self, channel: u64, author: u64) -> Value {
        json!({
            "id": shown(self.next_id()), "channel_id": shown(channel), "type": 0, "author": self.user(author), "content": "",
            "timestamp": self.timestamp(), "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": false, "flags": 0,
        })
    }

    /// A blank message in answer to an interaction.
    pub fn blank_answer(&mut self, interaction: u64, flags: u64) -> Value {
        let asked = self.asked[&interaction].payload.clone();
        let mut message = self.blank_message(id_of(&asked["channel_id"]), BOT);
        let (kind, owners) = (&asked["type"], &asked["authorizing_integration_owners"]);
        let user = self.user(self.asked[&interaction].user);
        message["flags"] = json!(flags);
        message["webhook_id"] = shown(BOT);
        message["application_id"] = shown(BOT);
        message["type"] = json!(match (kind.as_u64(), asked["data"]["type"].as_u64()) {
            (Some(2), Some(1)) => 20,
            (Some(2), _) => 23,
            _ => 0,
        });
        let mut metadata =
            json!({ "id": asked["id"], "type": kind, "user": user, "authorizing_integration_owners": owners });
        match kind.as_u64() {
            Some(2) => message["interaction_metadata"] = metadata,
            Some(3) => {
                metadata["interacted_message_id"] = asked["message"]["id"].clone();
                message["interaction_metadata"] = metadata;
            }
            _ => {}
        }
        message
    }

    /// Applies a request to a message; fields that it does not mention stay.
    pub fn fill(&mut self, message: &mut Value, body: &Value, files: &[File]) {
        let of_components = id_of(&body["flags"]) & OF_COMPONENTS;
        if id_of(&message["flags"]) & OF_COMPONENTS > of_components {
            self.complain(format!("a message of components can't become another one: {body}"));
        }
        message["flags"] = json!(id_of(&message["flags"]) | of_components);
        if let Some(content) = body.get("content") {
            message["content"] = json!(content.as_str().unwrap_or_default());
        }
        if body.get("content").is_some() || of_components != 0 {
            message["mentions"] = self.notified(body).into_iter().map(|user| self.user(user)).collect();
        }
        if let Some(embeds) = body.get("embeds") {
            message["embeds"] = list(embeds).iter().map(embed).collect();
        }
        if let Some(components) = body.get("components") {
            message["components"] = numbered(components);
        }
        if body.get("attachments").is_some() || !files.is_empty() {
            message["attachments"] = self.attachments(message, body, files);
        }
        let flags = id_of(&message["flags"]);
        if flags & LOADING != 0 {
            message["flags"] = json!(flags & !LOADING);
        } else if self.messages.iter().any(|(id, _)| message["id"] == shown(*id)) {
            message["edited_timestamp"] = self.timestamp();
        }
    }

    /// The people that a request's text notifies.
    fn notified(&self, body: &Value) -> Vec<u64> {
        let mentions = &body["allowed_mentions"];
        let content = format!("{} {}", body["content"].as_str().unwrap_or_default(), texts(&body["components"]));
        let may_all = mentions.is_null() || list(&mentions["parse"]).contains(&json!("users"));
        let is_named = |user: &u64| content.contains(&format!("<@{user}>"));
        let may = |user: &u64| may_all || list(&mentions["users"]).iter().any(|named| id_of(named) == *user);
        self.people.keys().copied().filter(|user| is_named(user) && may(user)).collect()
    }

    /// The attachments: of the old ones those that the request names, or all if it names none; and the new ones.
    fn attachments(&mut self, message: &Value, body: &Value, files: &[File]) -> Value {
        let named = list(&body["attachments"]);
        let is_kept = |old: &&Value| {
            body.get("attachments").is_none() || named.iter().any(|new| id_of(&new["id"]) == id_of(&old["id"]))
        };
        let mut attachments: Vec<Value> = list(&message["attachments"]).iter().filter(is_kept).cloned().collect();
        for file in files {
            let told = named.iter().find(|new| id_of(&new["id"]) == file.index);
            let described = json!({
                "filename": file.filename, "content_type": file.content_type, "size": file.bytes.len(),
                "description": told.map_or(&Value::Null, |told| &told["description"]),
            });
            let id = self.next_id();
            attachments.push(attachment(id, &described));
        }
        attachments.into()
    }

    /// An interaction as the gateway sends it, with its id.
    pub fn interaction(&mut self, who: &Who, kind: u64, data: Value, message: Option<Value>) -> (u64, Value) {
        let id = self.next_id();
        let payload = json!({
            "id": shown(id), "application_id": shown(BOT), "type": kind, "token": format!("aW50ZXJhY3Rpb246{id}OmZha2U"), "version": 1,
            "data": data, "channel_id": shown(who.channel), "channel": self.channel(who.channel), "locale": who.locale,
            "app_permissions": OF_THE_BOT, "entitlements": [], "entitlement_sku_ids": [], "attachment_size_limit": LARGEST_FILE,
        });
        let further = match who.guild {
            Some(guild) => json!({
                "guild_id": shown(guild), "guild": { "id": shown(guild), "locale": "en-US", "features": [] }, "guild_locale": "en-US",
                "member": self.member(who.user, who.permissions), "authorizing_integration_owners": { "0": shown(guild) }, "context": 0,
            }),
            None => {
                json!({ "user": self.user(who.user), "authorizing_integration_owners": { "0": "0" }, "context": 1 })
            }
        };
        let mut payload = merged(payload, &further);
        if let Some(message) = message {
            payload["message"] = message;
        }
        (id, payload)
    }

    /// The application, as it sees itself.
    pub fn application(&self) -> Value {
        json!({
            "id": shown(BOT), "name": "fairshare", "icon": null, "description": "", "type": null, "bot": self.user(BOT),
            "bot_public": false, "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": 0, "flags_new": "0",
            "redirect_uris": [], "interactions_endpoint_url": null, "role_connections_verification_url": null, "owner": self.user(BOT),
            "approximate_guild_count": self.guilds.len(), "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0, "team": null, "eligible_oauth2_scopes": [], "integration_types_config": { "0": {} },
        })
    }

    /// The bot, as it sees itself.
    pub fn myself(&self) -> Value {
        let mut user = self.user(BOT);
        user["mfa_enabled"] = json!(false);
        user["locale"] = json!("en-US");
        user["verified"] = json!(true);
        user
    }

    /// A command as it is registered: with the same name as before, it has the same id.
    pub fn registered(&mut self, command: &Value) -> Value {
        let mut command = without_nulls(command);
        let kind = command["type"].as_u64().unwrap_or(1);
        let known = (command["name"].as_str().unwrap_or_default().to_owned(), kind);
        let new = (self.next_id(), self.next_id());
        let id = *self.command_ids.entry(known).or_insert(new.0);
        let permissions = &command["default_member_permissions"];
        let permissions = permissions.as_u64().map_or_else(|| permissions.clone(), |bits| json!(bits.to_string()));
        let fields =
            [("id", shown(id)), ("application_id", shown(BOT)), ("version", shown(new.1)), ("type", json!(kind))];
        command.as_object_mut().unwrap().extend(fields.map(|(field, value)| (field.to_owned(), value)));
        command["default_member_permissions"] = permissions;
        for (field, value) in [("description", json!("")), ("nsfw", json!(false)), ("integration_types", json!([0]))] {
            if command[field].is_null() {
                command[field] = value;
            }
        }
        command
    }
}

/// An attachment with this id and these fields; missing fields are made up.
pub fn attachment(id: u64, told: &Value) -> Value {
    let filename = told["filename"].as_str().unwrap_or("file.bin");
    let url = format!("https://cdn.example.test/attachments/{id}/{filename}");
    let attachment = json!({
        "id": shown(id), "filename": filename, "size": 1, "url": url, "proxy_url": url, "content_type": "application/octet-stream",
    });
    merged(attachment, &without_nulls(told))
}

/// An object with the fields of another, which take precedence.
fn merged(mut object: Value, further: &Value) -> Value {
    for (field, value) in further.as_object().into_iter().flatten() {
        object[field] = value.clone();
    }
    object
}

fn embed(embed: &Value) -> Value {
    let mut embed = without_nulls(embed);
    embed["type"] = json!("rich");
    for field in embed["fields"].as_array_mut().into_iter().flatten() {
        field["inline"] = json!(field["inline"] == true);
    }
    if embed["fields"].is_null() {
        embed.as_object_mut().unwrap().remove("fields");
    }
    embed
}

/// Components with the numbers that Discord gives them.
fn numbered(components: &Value) -> Value {
    fn number(components: &mut Value, count: &mut u64) {
        for component in components.as_array_mut().into_iter().flatten() {
            *count += 1;
            component["id"] = json!(*count);
            settle(component);
            if let Some(inside) = component.get_mut("components") {
                number(inside, count);
            }
        }
    }
    let mut components = without_nulls(components);
    number(&mut components, &mut 0);
    if components.is_null() { json!([]) } else { components }
}

/// Adds to a component what Discord adds when it takes it.
fn settle(component: &mut Value) {
    let media = |media: &Value| {
        let url = media["url"].clone();
        let name = url.as_str().and_then(|url| url.strip_prefix("attachment://")).map(str::to_owned);
        (json!({ "id": "1", "url": url, "proxy_url": url }), name)
    };
    match component["type"].as_u64() {
        Some(12) => {
            for item in component["items"].as_array_mut().into_iter().flatten() {
                item["media"] = media(&item["media"]).0;
                item["spoiler"] = json!(false);
            }
        }
        Some(13) => {
            let (file, name) = media(&component["file"]);
            component["file"] = file;
            component["name"] = json!(name);
            component["size"] = json!(1);
            component["spoiler"] = json!(false);
        }
        Some(17) => component["spoiler"] = json!(false),
        _ => {}
    }
}

/// The texts in components.
fn texts(components: &Value) -> String {
    let own = |component: &Value| {
        format!("{} {}", component["content"].as_str().unwrap_or_default(), texts(&component["components"]))
    };
    list(components).iter().map(own).collect()
}

/// The same without nulls.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}
