//! Interactions that are answered at once, without the engine: completions, forms, pages, refusals.

use serde_json::{Value, json};
use serenity::all::InteractionId;
use tokio::sync::oneshot;

use crate::adapters::discord::custom_id::form_id;
use crate::adapters::discord::failure::{RequestError, request};
use crate::adapters::discord::hub::{DiscordHub, lock};
use crate::adapters::discord::locale::language;
use crate::adapters::discord::read;
use crate::adapters::discord::read::InteractionFields;
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

    /// Opens a form with the options that a command takes by position, and a text for the last of them.
    pub async fn open_form(&self, common: &InteractionFields<'_>, command: &str, text: &str) {
        let Some(command) = self.catalog.command(command) else { return };
        self.respond(common, callback::FORM, form(command, text, common.language())).await;
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

/// A form with the options that a command takes by position, and a text for the last of them.
fn form(command: &Command, text: &str, language: &str) -> Value {
    let last = command.positional().last().map(|option| option.name.as_str());
    let input = |option: &Opt| {
        let input = input(option, last == Some(option.name.as_str()), text, language);
        json!({ "type": 1, "components": [input] })
    };
    let title = cut(text_in(&command.on_message, language), LONGEST_LABEL);
    let rows: Vec<Value> = command.positional().take(MOST_INPUTS).map(input).collect();
    json!({ "custom_id": form_id(&command.name), "title": title, "components": rows })
}

fn input(option: &Opt, is_last: bool, text: &str, language: &str) -> Value {
    let most = option.most.min(LONGEST_INPUT);
    let label = cut(text_in(&option.help, language), LONGEST_LABEL);
    let style = if is_last { 2 } else { 1 };
    let mut input = json!({
        "type": 4, "custom_id": option.name, "style": style, "required": option.required,
        "label": label, "max_length": most,
    });
    if is_last && !text.is_empty() {
        input["value"] = json!(cut(text, most));
    }
    input
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
