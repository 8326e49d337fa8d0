//! What an interaction is to us: a message for the engine, a question about what could be typed, a form to fill in, a page
//! to turn.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serenity::model::application::{
    ActionRowComponent, CommandData, CommandDataOption, CommandDataOptionValue, CommandType, ComponentInteraction, Interaction,
};
use serenity::model::channel::{Attachment, PartialChannel};
use serenity::model::guild::Member;
use serenity::model::id::{ChannelId, GuildId, InteractionId, MessageId, UserId};
use serenity::model::permissions::Permissions;
use serenity::model::user::User;

use crate::adapters::discord::register::language;
use crate::adapters::discord::{PLATFORM, key, register};
use crate::core::ids::LogId;
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::spec::{Command, Kind};
use crate::incoming::{Circumstances, Inbound, Said};
use crate::message::asked::{About, Asked, Fingerprint};

/// Where an interaction's answer goes. It is kept with the reply until that is delivered: its token works for fifteen minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// The interaction.
    pub id: u64,
    /// What lets whoever has it answer.
    pub token: String,
    /// Whom it was.
    pub user: u64,
    /// What was done.
    pub manner: Manner,
    /// The message whose button was pressed.
    pub message: Option<u64>,
}

impl Handle {
    /// When it was done, by Discord: ids tell.
    pub fn since(&self) -> Timestamp {
        instant(InteractionId::new(self.id.max(1)))
    }
}

/// When an interaction was made.
fn instant(id: InteractionId) -> Timestamp {
    DateTime::from_timestamp_millis(id.created_at().timestamp_millis()).unwrap_or_default()
}

/// What somebody did, as far as it decides how the answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Called a command where all can see it.
    Called,
    /// Chose from a menu: the answer is for them.
    Chose,
    /// Pressed a button: the answer takes its message's place.
    Pressed,
}

/// What all interactions have.
pub struct Common<'a> {
    /// The interaction.
    pub id: InteractionId,
    /// What lets whoever has it answer.
    pub token: &'a str,
    /// The reader's locale.
    pub locale: &'a str,
    guild: Option<GuildId>,
    channel: Option<&'a PartialChannel>,
    channel_id: ChannelId,
    message: Option<MessageId>,
    member: Option<&'a Member>,
    user: &'a User,
}

macro_rules! common {
    ($interaction:expr, $member:expr, $message:expr) => {
        Common {
            id: $interaction.id,
            token: &$interaction.token,
            locale: &$interaction.locale,
            guild: $interaction.guild_id,
            channel: $interaction.channel.as_ref(),
            channel_id: $interaction.channel_id,
            message: $message,
            member: $member,
            user: &$interaction.user,
        }
    };
}

impl<'a> Common<'a> {
    /// Of any interaction of a person's.
    pub fn of(interaction: &'a Interaction) -> Option<Self> {
        match interaction {
            Interaction::Command(i) | Interaction::Autocomplete(i) => Some(common!(i, i.member.as_deref(), None)),
            Interaction::Component(i) => Some(common!(i, i.member.as_ref(), Some(i.message.id))),
            Interaction::Modal(i) => Some(common!(i, i.member.as_ref(), None)),
            _ => None,
        }
    }

    /// The language of the reader.
    pub fn language(&self) -> &'a str {
        language(self.locale)
    }

    /// The account.
    pub fn account(&self) -> Account {
        Account { platform: PLATFORM, id: self.user.id.to_string() }
    }

    /// The channel.
    pub fn room(&self) -> RoomKey {
        key(self.channel_id)
    }

    /// The channel, its thread's channel, and its guild.
    pub fn places(&self) -> Vec<RoomKey> {
        std::iter::once(self.room()).chain(self.within()).collect()
    }

    fn within(&self) -> Vec<RoomKey> {
        let is_thread = |channel: &&PartialChannel| channel.thread_metadata.is_some();
        let parent = self.channel.filter(is_thread).and_then(|channel| channel.parent_id);
        parent.map(key).into_iter().chain(self.guild.map(key)).collect()
    }

    /// Who it was.
    pub fn user(&self) -> UserId {
        self.user.id
    }

    /// Where its answer goes.
    pub fn handle(&self, manner: Manner) -> Handle {
        let message = self.message.map(MessageId::get);
        Handle { id: self.id.get(), token: self.token.to_owned(), user: self.user.id.get(), manner, message }
    }

    /// What was said, to be decided.
    pub fn inbound(&self, said: Said, manner: Manner, received_at: Timestamp) -> Inbound {
        let permissions = self.member.and_then(|member| member.permissions).unwrap_or_default();
        Inbound {
            event: format!("{PLATFORM} {}", self.id),
            room: self.room(),
            account: self.account(),
            name: self.member.map_or_else(|| self.user.display_name(), Member::display_name).to_owned(),
            host: permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR),
            said_at: instant(self.id),
            received_at,
            said,
            circumstances: Circumstances {
                direct: self.guild.is_none(),
                within: self.within(),
                awaited: true,
                // A handle is strings and numbers: JSON can write all of them.
                reply_to: serde_json::to_string(&self.handle(manner)).ok(),
                locale: Some(self.language().to_owned()),
                ..Circumstances::default()
            },
        }
    }
}

/// What an interaction wants.
pub enum Wants {
    /// Something decided.
    Decision(Said, Manner),
    /// What could be typed for an option of a command.
    Choices {
        /// The command.
        command: String,
        /// The option.
        option: String,
        /// What there is of it.
        typed: String,
    },
    /// A form for a command, about a text.
    Form(String, String),
    /// Another page of the reply of this number.
    Page(i64, usize),
    /// What a button did that we no longer make.
    Nothing,
}

/// Says what an interaction wants.
pub fn wants(interaction: &Interaction, catalog: &Catalog) -> Wants {
    match interaction {
        Interaction::Command(call) => match call.data.kind {
            CommandType::User => on_person(&call.data, catalog),
            CommandType::Message => on_message(&call.data, catalog),
            _ => Wants::Decision(called(&call.data, catalog), Manner::Called),
        },
        Interaction::Autocomplete(call) => {
            let (path, _) = flat(&call.data);
            let Some(focused) = call.data.autocomplete() else { return Wants::Nothing };
            let option = focused.name.strip_suffix(register::BY_HANDLE).unwrap_or(focused.name).to_owned();
            Wants::Choices { command: register::command_name(catalog, &path), option, typed: focused.value.to_owned() }
        }
        Interaction::Component(press) => pressed(press),
        Interaction::Modal(form) => {
            let inputs = form.data.components.iter().flat_map(|row| &row.components);
            let filled = inputs.filter_map(|component| match component {
                // A form's text may have lines; what is said has one.
                ActionRowComponent::InputText(input) => Some((input.custom_id.clone(), one_line(input.value.as_deref()?))),
                _ => None,
            });
            let filled: Vec<_> = filled.filter(|(_, value)| !value.is_empty()).collect();
            match form.data.custom_id.strip_prefix(FORM) {
                Some(command) => Wants::Decision(said(register::call(catalog, command, filled)), Manner::Called),
                None => Wants::Nothing,
            }
        }
        _ => Wants::Nothing,
    }
}

/// What the id of a form begins with; its command follows.
pub const FORM: &str = "fill ";

fn said(call: Result<crate::grammar::parse::Call, crate::message::refusal::Refusal>) -> Said {
    call.map_or_else(|refusal| Said::Refused(refusal, true), Said::Call)
}

fn called(data: &CommandData, catalog: &Catalog) -> Said {
    let (path, options) = flat(data);
    said(register::call(catalog, &path, options.iter().filter_map(|option| Some((option.name.clone(), value(&option.value)?)))))
}

/// A command's words, and the options of its last one.
fn flat(data: &CommandData) -> (String, &[CommandDataOption]) {
    let (mut path, mut options) = (data.name.clone(), data.options.as_slice());
    while let [
        CommandDataOption {
            name, value: CommandDataOptionValue::SubCommand(inner) | CommandDataOptionValue::SubCommandGroup(inner), ..
        },
    ] = options
    {
        path.extend([" ", name]);
        options = inner;
    }
    (path, options)
}

/// What somebody filled in, as it would be typed.
fn value(value: &CommandDataOptionValue) -> Option<String> {
    Some(match value {
        CommandDataOptionValue::String(text) => text.clone(),
        CommandDataOptionValue::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        CommandDataOptionValue::User(user) => mention(*user),
        CommandDataOptionValue::Integer(number) => number.to_string(),
        // Its name, once it is there; until then it is a file that is missing.
        CommandDataOptionValue::Attachment(file) => file.to_string(),
        _ => return None,
    })
}

/// The files that came with a command, by option. What somebody typed is none, whatever it says.
pub fn attachments(interaction: &Interaction) -> Vec<(String, Attachment)> {
    let Interaction::Command(call) = interaction else { return Vec::new() };
    let attached = |option: &CommandDataOption| match &option.value {
        CommandDataOptionValue::Attachment(id) => Some((option.name.clone(), call.data.resolved.attachments.get(id)?.clone())),
        _ => None,
    };
    flat(&call.data).1.iter().filter_map(attached).collect()
}

/// Somebody who was picked, as Discord itself writes a mention into a text: it names an account, which digits alone never do.
fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

/// The command that a menu's entry is of, by its English name.
fn chosen<'r>(catalog: &'r Catalog, name: &str, entry: fn(&Command) -> &BTreeMap<String, String>) -> Option<&'r Command> {
    catalog.commands().find(|command| entry(command).get("en").is_some_and(|known| known == name))
}

fn on_person(data: &CommandData, catalog: &Catalog) -> Wants {
    let command = chosen(catalog, &data.name, |command| &command.on_person);
    let option = command.and_then(|command| command.options.iter().find(|option| option.kind == Kind::Person));
    let Some(((command, option), target)) = command.zip(option).zip(data.target_id) else { return Wants::Nothing };
    let filled = [(option.name.clone(), mention(target.to_user_id()))];
    Wants::Decision(said(register::call(catalog, &catalog.path(command), filled)), Manner::Chose)
}

fn on_message(data: &CommandData, catalog: &Catalog) -> Wants {
    let command = chosen(catalog, &data.name, |command| &command.on_message);
    let message = data.target_id.and_then(|target| data.resolved.messages.get(&target.to_message_id()));
    match command.zip(message) {
        Some((command, message)) => Wants::Form(command.name.clone(), one_line(&message.content)),
        None => Wants::Nothing,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The id of a button that answers what was asked.
pub fn answer_id(asked: &Asked, yes: bool) -> String {
    let about = match asked.about {
        About::Question(number) => format!("q{number}"),
        About::Log(log) => format!("l{}", log.0),
    };
    format!("{} {} {about} {}", if yes { "yes" } else { "no" }, asked.network, asked.shown.0)
}

/// The id of a button that turns a page of a reply.
pub fn page_id(reply: i64, page: usize) -> String {
    format!("page {reply} {page}")
}

fn pressed(press: &ComponentInteraction) -> Wants {
    let words: Vec<&str> = press.data.custom_id.split(' ').collect();
    match words.as_slice() {
        ["page", reply, page] => reply.parse().ok().zip(page.parse().ok()).map_or(Wants::Nothing, |(reply, page)| Wants::Page(reply, page)),
        [word @ ("yes" | "no"), network, about, shown] => {
            let about = match about.split_at_checked(1) {
                Some(("q", number)) => number.parse().ok().map(About::Question),
                Some(("l", number)) => number.parse().ok().map(|number| About::Log(LogId(number))),
                _ => None,
            };
            let asked = |about| Asked { network: (*network).to_owned(), about, shown: Fingerprint((*shown).to_owned()) };
            about.map_or(Wants::Nothing, |about| Wants::Decision(Said::Answer(asked(about), *word == "yes"), Manner::Pressed))
        }
        _ => Wants::Nothing,
    }
}

/// The id and the token of an interaction that the library could not read, if it has such.
pub fn raw_handle(interaction: &Value) -> Option<(InteractionId, &str)> {
    let id = interaction.get("id")?.as_str()?.parse::<u64>().ok().filter(|id| *id > 0)?;
    Some((InteractionId::new(id), interaction.get("token")?.as_str()?))
}
