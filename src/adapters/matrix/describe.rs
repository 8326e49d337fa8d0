//! The commands as they are described to rooms (MSC4391), for clients that complete slash commands. Each command is one
//! state event, made from the command files.

use std::collections::BTreeMap;

use matrix_sdk::ruma::serde::Base64;
use matrix_sdk::ruma::serde::base64::Standard;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::{Command, Opt, Texts, text_in};

/// Descriptions of commands, by state key.
pub type Descriptions = BTreeMap<String, Value>;

/// The descriptions of all commands that people can call.
pub fn descriptions(catalog: &Catalog, user_id: &str) -> Descriptions {
    let callable = catalog.typed();
    callable.map(|command| (state_key(&command.name, user_id), description(command))).collect()
}

fn state_key(command: &str, user_id: &str) -> String {
    let digest: [u8; 32] = Sha256::new().chain_update(command).chain_update(user_id).finalize().into();
    // Readers expect padding; thirty-two bytes need one character of it.
    format!("{}=", Base64::<Standard, _>::new(digest).encode())
}

fn description(command: &Command) -> Value {
    let tail = command.positional().last().filter(|option| option.kind == OptionKind::Text);
    // The text that takes the rest of the line comes after everything that is required.
    let mut options: Vec<&Opt> = command.options.iter().filter(|option| option.kind != OptionKind::File).collect();
    options.sort_by_key(|option| match tail {
        Some(tail) if tail.name == option.name => 1,
        _ if option.required => 0,
        _ => 2,
    });
    let mut description = json!({
        "command": command.name,
        "aliases": command.alias.iter().collect::<Vec<_>>(),
        "parameters": options.into_iter().map(parameter).collect::<Vec<_>>(),
        "description": text(&command.summary),
    });
    if let Some(tail) = tail {
        description["fi.mau.tail_parameter"] = json!(tail.name);
    }
    description
}

fn parameter(option: &Opt) -> Value {
    let primitive = |kind: &str| json!({ "schema_type": "primitive", "type": kind });
    let schema = match option.kind {
        OptionKind::Flag => primitive("boolean"),
        OptionKind::Choice => json!({
            "schema_type": "union",
            "variants": option.choices.iter().map(|choice| json!({ "schema_type": "literal", "value": choice })).collect::<Vec<_>>(),
        }),
        // Money, durations, numbers of tasks and people are texts: the bot reads them as they are typed.
        _ => primitive("string"),
    };
    let mut parameter = json!({ "key": option.name, "schema": schema, "description": text(&option.help) });
    if !option.required {
        parameter["optional"] = json!(true);
    }
    parameter
}

fn text(texts: &Texts) -> Value {
    json!({ "m.text": [{ "body": text_in(texts, "en") }] })
}
