//! People who use the bot: what they do, as their clients send it, and what they see.

use std::sync::Arc;

use serde_json::{Value, json};

use super::objects::{attachment, id_of, shown};
use super::rest::{is_pending, is_private};
use super::{Asked, Fake, Ground, Place, World, state};
use crate::discord::contract::{input, list};

/// Seeing a channel, writing there, using slash commands.
const MEMBER: u64 = (1 << 10) | (1 << 11) | (1 << 31);

/// Managing the server.
const MANAGER: u64 = 1 << 5;

/// A person in a channel.
#[derive(Clone, Debug)]
pub struct Who {
    /// The user.
    pub user: u64,
    /// The channel.
    pub channel: u64,
    /// The language of their Discord.
    pub locale: String,
    /// Their permissions there.
    pub permissions: u64,
    /// The guild; none in the bot's private conversation with them.
    pub guild: Option<u64>,
}

impl Who {
    /// The same, allowed to manage the server.
    pub fn managing(mut self) -> Self {
        self.permissions |= MANAGER;
        self
    }
}

/// An interaction that somebody has made.
pub struct Handle {
    /// The interaction's id.
    pub id: u64,
    deps: Arc<Ground>,
}

/// What somebody sees in answer to an interaction.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its kind.
    pub kind: Kind,
    /// The message, or the modal; null if there is none.
    pub message: Value,
    /// The messages after it.
    pub follow_ups: Vec<Value>,
}

/// What kind of answer somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// None so far.
    Nothing,
    /// That the bot is thinking.
    Thinking,
    /// A message.
    Said {
        /// Whether only they see it.
        ephemeral: bool,
    },
    /// The message that they pressed a button on, changed.
    Updated(u64),
    /// A form to fill in.
    Modal,
    /// That the answer was removed.
    Removed,
    /// That the application did not respond.
    Failed,
}

impl Handle {
    /// What they see now.
    pub fn now(&self) -> Answer {
        self.deps.look(|world| world.seen(self.id))
    }

    /// The first answer that they see, other than that the bot is thinking.
    pub async fn answer(&self) -> Answer {
        let settled = |world: &World| {
            Some(world.seen(self.id)).filter(|seen| !matches!(seen.kind, Kind::Nothing | Kind::Thinking))
        };
        let seen = self.deps.until(settled).await;
        seen.unwrap_or_else(|| {
            panic!("interaction {} is not answered, but {:#?}\n{}", self.id, self.now(), self.deps.look(state))
        })
    }
}

impl World {
    /// What somebody sees of an interaction.
    fn seen(&self, interaction: u64) -> Answer {
        let asked = &self.asked[&interaction];
        let follow_ups: Vec<Value> = asked.follow_ups.iter().filter_map(|id| self.message(*id)).cloned().collect();
        let original = asked.original.and_then(|id| self.message(id));
        let said = |message: &Value| (Kind::Said { ephemeral: is_private(message) }, message.clone());
        let (kind, message) = match (asked.callback, original) {
            (None, _) if asked.is_late => (Kind::Failed, Value::Null),
            (None, _) => (Kind::Nothing, Value::Null),
            (Some(9), _) => (Kind::Modal, asked.shown.clone()),
            (Some(6 | 7), Some(message)) if asked.is_updated => (Kind::Updated(id_of(&message["id"])), message.clone()),
            (Some(4 | 5), Some(message)) if !is_pending(message) => said(message),
            (_, original) => match (follow_ups.first(), original) {
                (Some(message), _) => said(message),
                (None, Some(message)) => (Kind::Thinking, message.clone()),
                (None, None) => (Kind::Removed, Value::Null),
            },
        };
        Answer { kind, message, follow_ups }
    }

    /// The data of a command, as a client makes it from the registration. With a focus, somebody still types there.
    fn command_data(&mut self, who: &Who, command: &str, options: &Value, focused: Option<&str>) -> Value {
        let mut words = command.split_whitespace();
        let root = self.command(words.next().unwrap_or_default(), 1);
        let (contexts, context) = (&root["contexts"], u64::from(who.guild.is_none()));
        assert!(
            contexts.is_null() || list(contexts).contains(&json!(context)),
            "`{command}` is not offered there: {contexts}"
        );
        let (mut leaf, mut branches) = (&root, Vec::new());
        for word in words {
            let branch = list(&leaf["options"]).iter().find(|option| option["name"] == word && is_branch(option));
            leaf = branch.unwrap_or_else(|| panic!("`{command}` is not registered: {root}"));
            branches.push(leaf);
        }
        let declared = list(&leaf["options"]);
        assert!(!declared.iter().any(is_branch), "`{command}` is no command but a group of them");
        let given = options.as_object().cloned().unwrap_or_default();
        let unknown: Vec<_> =
            given.keys().filter(|name| !declared.iter().any(|option| option["name"] == name.as_str())).collect();
        assert!(unknown.is_empty(), "`{command}` has no options {unknown:?}");
        let (mut resolved, mut values) = (json!({}), Vec::new());
        for option in declared {
            let name = option["name"].as_str().unwrap_or_default();
            let is_focused = focused == Some(name);
            let Some(value) = given.get(name) else {
                assert!(focused.is_some() || option["required"] != true, "`{command}` requires `{name}`");
                assert!(!is_focused, "what is typed so far in `{name}`?");
                continue;
            };
            let mut sent = json!({ "name": name, "type": option["type"] });
            if is_focused {
                assert!(option["autocomplete"] == true, "`{name}` of `{command}` is not completed");
                sent["focused"] = json!(true);
                sent["value"] = value.clone();
            } else {
                sent["value"] = self.option_value(who, option, value, &mut resolved);
            }
            values.push(sent);
        }
        for branch in branches.iter().rev() {
            values = vec![json!({ "name": branch["name"], "type": branch["type"], "options": values })];
        }
        let mut data = json!({ "id": root["id"], "name": root["name"], "type": 1 });
        if !values.is_empty() {
            data["options"] = values.into();
        }
        if resolved != json!({}) {
            data["resolved"] = resolved;
        }
        data
    }

    /// One option's value as a client sends it; adds to the resolved objects.
    fn option_value(&mut self, who: &Who, option: &Value, value: &Value, resolved: &mut Value) -> Value {
        let choices = list(&option["choices"]);
        assert!(
            choices.is_empty() || choices.iter().any(|choice| choice["value"] == *value),
            "{value} is not to be chosen: {option}"
        );
        let named = |kind: &str| id_of(value.get(kind).unwrap_or(value));
        match option["type"].as_u64() {
            Some(6 | 9) => {
                self.explain_user(resolved, named("user"), who.guild.is_some());
                shown(named("user"))
            }
            Some(7) => {
                resolved["channels"][named("channel").to_string()] = self.channel(named("channel"));
                shown(named("channel"))
            }
            Some(11) => {
                let id = self.next_id();
                resolved["attachments"][id.to_string()] = attachment(id, &value["attachment"]);
                shown(id)
            }
            kind => {
                let fits = match kind {
                    Some(3) => value.is_string(),
                    Some(4) => value.is_i64(),
                    Some(5) => value.is_boolean(),
                    _ => value.is_number(),
                };
                assert!(fits, "{value} is not what a client sends for {option}");
                value.clone()
            }
        }
    }

    /// A registered command of a type.
    fn command(&self, name: &str, kind: u64) -> Value {
        let found = self.commands.iter().find(|command| command["name"] == name && command["type"] == kind);
        let names = || self.commands.iter().map(|command| command["name"].to_string()).collect::<Vec<_>>().join(", ");
        found.unwrap_or_else(|| panic!("no command `{name}` of type {kind} is registered, only {}", names())).clone()
    }
}

fn is_branch(option: &Value) -> bool {
    option["type"] == 1 || option["type"] == 2
}

impl Fake {
    /// Somebody in a channel, without special permissions.
    pub fn who(&self, user: u64, channel: u64) -> Who {
        let guild = self.deps.look(|world| match world.channels[&channel].place {
            Place::Guild(guild) | Place::Thread { guild, .. } => Some(guild),
            Place::Private(_) => None,
        });
        Who { user, channel, locale: "en-US".to_owned(), permissions: MEMBER, guild }
    }

    /// Calls a registered command, as in `log hours`, with options by name; fails the test if a client would not allow
    /// that. People and channels are given as `{"user": id}` and `{"channel": id}`, files as [`Fake::upload`] makes
    /// them.
    pub fn call(&self, who: &Who, command: &str, options: Value) -> Handle {
        let data = self.deps.change(|world| world.command_data(who, command, &options, None));
        self.call_raw(who, data)
    }

    /// Calls a command with any data.
    pub fn call_raw(&self, who: &Who, data: Value) -> Handle {
        self.ask(who, 2, data, None)
    }

    /// Uses a command of the menu of a message that its author has just sent there.
    pub fn message_command(&self, who: &Who, name: &str, content: &str, author: u64) -> Handle {
        let data = self.deps.change(|world| {
            let (command, mut message) = (world.command(name, 3), world.blank_message(who.channel, author));
            message["content"] = json!(content);
            let id = message["id"].as_str().unwrap_or_default().to_owned();
            world.messages.push((id_of(&message["id"]), message.clone()));
            json!({ "id": command["id"], "name": name, "type": 3, "target_id": id, "resolved": { "messages": { id: message } } })
        });
        self.call_raw(who, data)
    }

    /// Uses a command of a user's menu.
    pub fn user_command(&self, who: &Who, name: &str, target: u64) -> Handle {
        let data = self.deps.look(|world| {
            let (command, mut resolved) = (world.command(name, 2), json!({}));
            world.explain_user(&mut resolved, target, who.guild.is_some());
            json!({ "id": command["id"], "name": name, "type": 2, "target_id": shown(target), "resolved": resolved })
        });
        self.call_raw(who, data)
    }

    /// Presses the button with a label on a message, even a disabled one: it may have been disabled just now.
    pub fn press(&self, who: &Who, message: u64, label: &str) -> Handle {
        let object = self.message(message);
        let mut buttons = list(&object["components"]).iter().flat_map(|row| list(&row["components"]));
        let button = buttons.find(|button| button["label"] == label);
        let button = button.unwrap_or_else(|| panic!("no button `{label}` is on {object:#}"));
        self.press_raw(who, message, button["custom_id"].as_str().unwrap())
    }

    /// Presses a button that is on a message, or was.
    pub fn press_raw(&self, who: &Who, message: u64, custom_id: &str) -> Handle {
        self.ask(who, 3, json!({ "custom_id": custom_id, "component_type": 2, "id": 2 }), Some(message))
    }

    /// Sends a modal that was shown, with values under the inputs' ids or labels; the others are left as they were.
    pub fn submit(&self, who: &Who, modal: &Value, values: &[(&str, &str)]) -> Handle {
        let is_called = |row: &Value, name: &str| {
            [&input(row)["custom_id"], &input(row)["label"], &row["label"]].contains(&&json!(name))
        };
        let rows = list(&modal["components"]);
        for (name, _) in values {
            assert!(rows.iter().any(|row| is_called(row, name)), "no input `{name}` is in {modal:#}");
        }
        let filled = |row: &Value| {
            let value = values.iter().find(|(name, _)| is_called(row, name)).map(|(_, value)| *value);
            let value = value.unwrap_or_else(|| input(row)["value"].as_str().unwrap_or_default());
            let filled = json!({ "type": input(row)["type"], "custom_id": input(row)["custom_id"], "value": value });
            if row["component"].is_null() {
                json!({ "type": 1, "components": [filled] })
            } else {
                json!({ "type": 18, "component": filled })
            }
        };
        let data = json!({ "custom_id": modal["custom_id"], "components": rows.iter().map(filled).collect::<Value>() });
        let opened = |world: &World| {
            world.asked.values().rev().find(|asked| asked.user == who.user && asked.shown == *modal)?.on
        };
        let on = self.deps.look(opened);
        self.ask(who, 5, data, on)
    }

    /// Types in an option until choices are offered; returns their names and values.
    pub async fn complete(&self, who: &Who, command: &str, options: Value, focused: &str) -> Vec<(String, Value)> {
        let data = self.deps.change(|world| world.command_data(who, command, &options, Some(focused)));
        let handle = self.ask(who, 4, data, None);
        let offered =
            |world: &World| world.asked[&handle.id].callback.map(|_| world.asked[&handle.id].shown["choices"].clone());
        let choices = self.deps.until(offered).await;
        let choices =
            choices.unwrap_or_else(|| panic!("nothing is offered for `{focused}` of `{command}`\n{}", self.state()));
        list(&choices)
            .iter()
            .map(|choice| (choice["name"].as_str().unwrap_or_default().to_owned(), choice["value"].clone()))
            .collect()
    }

    /// Sends an interaction again, unchanged.
    pub fn redeliver(&self, handle: &Handle) {
        self.deps.change(|world| {
            let payload = world.asked[&handle.id].payload.clone();
            world.gate.dispatch("INTERACTION_CREATE", payload);
        });
    }

    /// Calls a command without options in a form that the bot's library can't read: a required field is missing.
    pub fn garbled(&self, who: &Who, command: &str) -> Handle {
        self.ask_in_form(who, 2, json!({ "id": "4", "name": command, "type": 1 }), None, |payload| {
            payload.as_object_mut().unwrap().remove("entitlements");
        })
    }

    /// Makes an interaction, which is sent to the bot.
    fn ask(&self, who: &Who, kind: u64, data: Value, on: Option<u64>) -> Handle {
        self.ask_in_form(who, kind, data, on, |_| {})
    }

    fn ask_in_form(&self, who: &Who, kind: u64, data: Value, on: Option<u64>, form: impl Fn(&mut Value)) -> Handle {
        let deps = self.deps.clone();
        let id = deps.change(|world| {
            let message = on.map(|on| world.message(on).unwrap_or_else(|| panic!("no message is {on}")).clone());
            let (id, mut payload) = world.interaction(who, kind, data, message);
            form(&mut payload);
            world.gate.dispatch("INTERACTION_CREATE", payload.clone());
            let asked = Asked {
                payload,
                user: who.user,
                on,
                is_late: world.is_too_late,
                is_dead: false,
                callback: None,
                shown: Value::Null,
                original: None,
                is_updated: false,
                follow_ups: Vec::new(),
            };
            world.asked.insert(id, asked);
            id
        });
        Handle { id, deps }
    }
}
