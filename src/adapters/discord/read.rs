//! What an interaction means: a message for the engine, a search for completions, a form to fill in, a page to turn.

use std::collections::BTreeMap;

use serde_json::Value;
use serenity::model::application::{
    ActionRowComponent, CommandData, CommandDataOption, CommandDataOptionValue, CommandType, ComponentInteraction,
    Interaction,
};
use serenity::model::channel::{Attachment, PartialChannel};
use serenity::model::guild::Member;
use serenity::model::id::{ChannelId, GuildId, InteractionId, MessageId, UserId};
use serenity::model::permissions::Permissions;
use serenity::model::user::User;

use crate::adapters::discord::call::BY_HANDLE;
use crate::adapters::discord::custom_id::Button;
use crate::adapters::discord::locale::language;
use crate::adapters::discord::platform::{PLATFORM, key};
use crate::adapters::discord::reply_target::{AnswerManner, ReplyTarget, made_at};
use crate::adapters::discord::{call, custom_id};
use crate::core::time::Timestamp;
use crate::directory::{Account, RoomKey};
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse;
use crate::grammar::parse::Call;
use crate::grammar::spec::Command;
use crate::incoming::{Content, Inbound, MessageContext};
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::render::discord::OPEN_END;

/// The common fields of people's interactions.
pub struct InteractionFields<'a> {
    /// The interaction.
    pub id: InteractionId,
    /// The secret that lets its holder answer.
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
        InteractionFields {
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

impl<'a> InteractionFields<'a> {
    /// The common part of an interaction. None if no person made it.
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

    /// The user who acted.
    pub fn user(&self) -> UserId {
        self.user.id
    }

    /// The target of its answer.
    pub fn target(&self, manner: AnswerManner) -> ReplyTarget {
        let message = self.message.map(MessageId::get);
        ReplyTarget { id: self.id.get(), token: self.token.to_owned(), user: self.user.id.get(), manner, message }
    }

    /// The message for the engine.
    pub fn inbound(&self, content: Content, manner: AnswerManner, received_at: Timestamp) -> Inbound {
        let permissions = self.member.and_then(|member| member.permissions).unwrap_or_default();
        Inbound {
            event: format!("{PLATFORM} {}", self.id),
            room: self.room(),
            account: self.account(),
            name: self.member.map_or_else(|| self.user.display_name(), Member::display_name).to_owned(),
            host: permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR),
            said_at: made_at(self.id),
            received_at,
            content,
            context: MessageContext {
                direct: self.guild.is_none(),
                within: self.within(),
                awaited: true,
                // Its fields are strings and numbers: JSON can write all of them.
                reply_to: serde_json::to_string(&self.target(manner)).ok(),
                locale: Some(self.language().to_owned()),
                ..MessageContext::default()
            },
        }
    }
}

/// What an interaction wants.
pub enum Wants {
    /// A decision of the engine's.
    Decision(Content, AnswerManner),
    /// Completions for an option of a command.
    Choices {
        /// The command.
        command: String,
        /// The option.
        option: String,
        /// The text so far.
        typed: String,
    },
    /// A form for a command, with values that are filled in already, by option.
    Form(String, BTreeMap<String, String>),
    /// Another page of the reply of this number.
    Page(i64, usize),
    /// Nothing: its button or form is one that the bot no longer makes.
    Nothing,
}

/// Says what an interaction wants.
pub fn wants(interaction: &Interaction, catalog: &Catalog) -> Wants {
    match interaction {
        Interaction::Command(call) => match call.data.kind {
            CommandType::User => on_person(&call.data, catalog),
            CommandType::Message => on_message(&call.data, catalog),
            _ => Wants::Decision(called(&call.data, catalog), AnswerManner::Called),
        },
        Interaction::Autocomplete(call) => {
            let (path, _) = flat(&call.data);
            let Some(focused) = call.data.autocomplete() else { return Wants::Nothing };
            let option = focused.name.strip_suffix(BY_HANDLE).unwrap_or(focused.name).to_owned();
            Wants::Choices { command: call::command_name(catalog, &path), option, typed: focused.value.to_owned() }
        }
        Interaction::Component(press) => pressed(press, catalog),
        Interaction::Modal(form) => {
            let inputs = form.data.components.iter().flat_map(|row| &row.components);
            let filled = inputs.filter_map(|component| match component {
                // A text in a form may have several lines; a message has one.
                ActionRowComponent::InputText(input) => {
                    Some((input.custom_id.clone(), one_line(input.value.as_deref()?)))
                }
                _ => None,
            });
            let filled: Vec<_> = filled.filter(|(_, value)| !value.is_empty()).collect();
            match custom_id::form_command(&form.data.custom_id) {
                Some(command) => Wants::Decision(said(call::call(catalog, command, filled)), AnswerManner::Called),
                None => Wants::Nothing,
            }
        }
        _ => Wants::Nothing,
    }
}

fn said(call: Result<Call, Refusal>) -> Content {
    call.map_or_else(|refusal| Content::Refused(refusal, true), Content::Call)
}

fn called(data: &CommandData, catalog: &Catalog) -> Content {
    let (path, options) = flat(data);
    said(call::call(
        catalog,
        &path,
        options.iter().filter_map(|option| Some((option.name.clone(), value(&option.value)?))),
    ))
}

/// A command's words, and the options of its last one.
fn flat(data: &CommandData) -> (String, &[CommandDataOption]) {
    let (mut path, mut options) = (data.name.clone(), data.options.as_slice());
    while let [
        CommandDataOption {
            name,
            value: CommandDataOptionValue::SubCommand(inner) | CommandDataOptionValue::SubCommandGroup(inner),
            ..
        },
    ] = options
    {
        path.extend([" ", name]);
        options = inner;
    }
    (path, options)
}

/// An option's value, as a person would type it.
fn value(value: &CommandDataOptionValue) -> Option<String> {
    Some(match value {
        CommandDataOptionValue::String(text) => text.clone(),
        CommandDataOptionValue::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        CommandDataOptionValue::User(user) => mention(*user),
        CommandDataOptionValue::Integer(number) => number.to_string(),
        // Its name, once it is fetched; until then the file is missing.
        CommandDataOptionValue::Attachment(file) => file.to_string(),
        _ => return None,
    })
}

/// The files that came with a command, by option. A typed address is not a file.
pub fn attachments(interaction: &Interaction) -> Vec<(String, Attachment)> {
    let Interaction::Command(call) = interaction else { return Vec::new() };
    let attached = |option: &CommandDataOption| match &option.value {
        CommandDataOptionValue::Attachment(id) => {
            Some((option.name.clone(), call.data.resolved.attachments.get(id)?.clone()))
        }
        _ => None,
    };
    flat(&call.data).1.iter().filter_map(attached).collect()
}

/// A user who was picked, written as Discord writes a mention. A mention names an account; digits alone never do.
fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

/// The command behind a menu entry, by the entry's English name.
fn chosen<'r>(
    catalog: &'r Catalog,
    name: &str,
    entry: fn(&Command) -> &BTreeMap<String, String>,
) -> Option<&'r Command> {
    catalog.commands().find(|command| entry(command).get("en").is_some_and(|known| known == name))
}

fn on_person(data: &CommandData, catalog: &Catalog) -> Wants {
    let command = chosen(catalog, &data.name, |command| &command.on_person);
    let option = command.and_then(|command| command.options.iter().find(|option| option.kind == OptionKind::Person));
    let Some(((command, option), target)) = command.zip(option).zip(data.target_id) else { return Wants::Nothing };
    let filled = [(option.name.clone(), mention(target.to_user_id()))];
    Wants::Decision(said(call::call(catalog, &catalog.path(command), filled)), AnswerManner::Chose)
}

fn on_message(data: &CommandData, catalog: &Catalog) -> Wants {
    let command = chosen(catalog, &data.name, |command| &command.on_message);
    let message = data.target_id.and_then(|target| data.resolved.messages.get(&target.to_message_id()));
    match command.zip(message) {
        Some((command, message)) => {
            let text = command.positional().last().map(|option| (option.name.clone(), one_line(&message.content)));
            Wants::Form(command.name.clone(), text.into_iter().collect())
        }
        None => Wants::Nothing,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pressed(press: &ComponentInteraction, catalog: &Catalog) -> Wants {
    match Button::parse(&press.data.custom_id) {
        Some(Button::Page(reply, page)) => Wants::Page(reply, page),
        Some(Button::Answer(asked, yes)) => Wants::Decision(Content::Answer(asked, yes), AnswerManner::Pressed),
        Some(Button::Call(user, _)) if user.is_some_and(|user| user != press.user.id.get()) => {
            Wants::Decision(Content::Refused(RoomRefusal::ButtonOfAnother.into(), true), AnswerManner::Called)
        }
        // What is missing in the line is asked for in a form.
        Some(Button::Call(_, line)) if line.ends_with(OPEN_END) => {
            match parse::text(line.trim_end_matches(OPEN_END), catalog) {
                Ok(call) => Wants::Form(call.command, call.options),
                Err(_) => Wants::Nothing,
            }
        }
        Some(Button::Call(_, line)) => Wants::Decision(said(parse::text(&line, catalog)), AnswerManner::Called),
        None => Wants::Nothing,
    }
}

/// The id and the token of an interaction that the library could not read, if it has both.
pub fn raw_target(interaction: &Value) -> Option<(InteractionId, &str)> {
    let id = interaction.get("id")?.as_str()?.parse::<u64>().ok().filter(|id| *id > 0)?;
    Some((InteractionId::new(id), interaction.get("token")?.as_str()?))
}
