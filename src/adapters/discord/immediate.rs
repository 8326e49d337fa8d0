//! Interactions that are answered at once, without the engine: completions, forms, pages, refusals.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serenity::all::InteractionId;
use tokio::sync::oneshot;

use crate::adapters::discord::custom_id::form_id;
use crate::adapters::discord::failure::{RequestError, request};
use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::locale::language;
use crate::adapters::discord::read;
use crate::adapters::discord::read::InteractionFields;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::{Command, Opt, text_in};
use crate::incoming::Lookup;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;

/// Discord's numbers for kinds of callbacks.
mod callback {
    pub const MESSAGE: u8 = 4;
    pub const UPDATE: u8 = 7;
    pub const CHOICES: u8 = 8;
    pub const FORM: u8 = 9;
}

/// Discord's number for an interaction that asks for completions.
const AUTOCOMPLETE: u64 = 4;

/// The most characters of a form's title, and of an input's label.
const LONGEST_LABEL: usize = 45;

/// The most characters of an input, and the most inputs of a form.
const LONGEST_INPUT: usize = 4000;

const MOST_INPUTS: usize = 5;

impl DiscordHub {
    /// Offers completions for an option.
    pub async fn complete(&self, common: &InteractionFields<'_>, command: String, option: String, typed: String) {
        if !self.intake.limits().admit_aside(&common.account(), self.clock.now()) {
            return self.respond(common, callback::CHOICES, json!({ "choices": [] })).await;
        }
        let (answer, answered) = oneshot::channel();
        let (places, account) = (common.places(), common.account());
        self.intake.look_up(Lookup { places, account, command, option, typed, answer });
        let found = tokio::time::timeout(self.patience.completions, answered).await;
        let found = found.ok().and_then(Result::ok).unwrap_or_default();
        let choices: Vec<Value> =
            found.into_iter().map(|choice| json!({ "name": choice.shown, "value": choice.value })).collect();
        self.respond(common, callback::CHOICES, json!({ "choices": choices })).await;
    }

    /// Opens a form for a command, with some values filled in.
    pub async fn open_form(&self, common: &InteractionFields<'_>, command: &str, filled: &BTreeMap<String, String>) {
        let Some(command) = self.catalog.command(command) else { return };
        self.respond(common, callback::FORM, form(command, filled, common.language())).await;
    }

    /// Shows another page of a long reply in its place.
    pub async fn turn(&self, common: &InteractionFields<'_>, reply: i64, page: usize) {
        let list = lock(&self.lists).iter().find(|(id, _)| *id == reply).map(|(_, shown)| shown.clone());
        match list.filter(|shown| page < shown.page_count()) {
            Some(shown) => self.respond(common, callback::UPDATE, shown.message(page, &self.catalog, &[])).await,
            None => self.refuse(common, RoomRefusal::ListGone.into()).await,
        }
    }

    /// Refuses an interaction that does not reach the engine. Only its author sees that.
    pub async fn refuse(&self, common: &InteractionFields<'_>, refusal: Refusal) {
        let aside = self.show(refusal, common.language()).aside(&self.catalog);
        self.respond(common, callback::MESSAGE, aside).await;
    }

    /// Answers an interaction that the library could not read, as far as possible.
    pub async fn apologise(&self, interaction: &Value) {
        let kind = interaction.get("type").and_then(Value::as_u64);
        let id = interaction.get("id").and_then(|id| id.as_str());
        tracing::error!(kind, id, "an interaction of an unknown shape; nothing was done");
        let Some((id, token)) = read::raw_target(interaction).filter(|_| kind != Some(AUTOCOMPLETE)) else { return };
        let language = language(interaction.get("locale").and_then(Value::as_str).unwrap_or_default());
        let aside = self.show(RoomRefusal::NotUnderstood.into(), language).aside(&self.catalog);
        if let Err(error) = self.call_back_at_once(id, token, callback::MESSAGE, aside).await {
            tracing::error!(why = %error, "and its author could not be told");
        }
    }

    /// Answers an interaction. If that fails, Discord itself tells its author that the bot did not respond.
    async fn respond(&self, common: &InteractionFields<'_>, kind: u8, data: Value) {
        if let Err(error) = self.call_back_at_once(common.id, common.token, kind, data).await {
            tracing::warn!(why = %error, kind, "an interaction was not answered");
        }
    }

    async fn call_back_at_once(
        &self,
        id: InteractionId,
        token: &str,
        kind: u8,
        data: Value,
    ) -> Result<(), RequestError> {
        let answer = json!({ "type": kind, "data": data });
        request(self.answers.create_interaction_response(id, token, &answer, Vec::new())).await
    }
}

/// A form for a command: the options that it takes by position and, if none of them is a text, the others.
fn form(command: &Command, filled: &BTreeMap<String, String>, language: &str) -> Value {
    let has_text = command.positional().any(|option| option.kind == OptionKind::Text);
    let others = command.options.iter().filter(|option| !has_text && !option.by_position());
    let others = others.filter(|option| !matches!(option.kind, OptionKind::Flag | OptionKind::File));
    let input = |option: &Opt| {
        let value = filled.get(&option.name).map_or("", String::as_str);
        json!({ "type": 1, "components": [input(option, value, language)] })
    };
    let titles = [&command.on_message, &command.button].into_iter().find(|texts| !texts.is_empty());
    let title = cut(titles.map_or("", |texts| text_in(texts, language)), LONGEST_LABEL);
    let rows: Vec<Value> = command.positional().chain(others).take(MOST_INPUTS).map(input).collect();
    json!({ "custom_id": form_id(&command.name), "title": title, "components": rows })
}

fn input(option: &Opt, value: &str, language: &str) -> Value {
    let most = option.most.min(LONGEST_INPUT);
    let label = cut(text_in(&option.help, language), LONGEST_LABEL);
    let style = if option.kind == OptionKind::Text { 2 } else { 1 };
    let mut input = json!({
        "type": 4, "custom_id": option.name, "style": style, "required": option.required,
        "label": label, "max_length": most,
    });
    if !value.is_empty() {
        input["value"] = json!(cut(value, most));
    }
    input
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
