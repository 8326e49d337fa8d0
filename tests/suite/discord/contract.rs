//! Discord's contract: the form of requests and answers, by Discord's own API description, and rules that it leaves
//! out.
//!
//! The description is not part of the project; without it, only the rules written here are checked.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

/// Discord's API description.
const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/discord/openapi.json");

/// The prefix of references into the description.
const URN: &str = "urn:discord";

/// The application's commands.
pub const COMMANDS: &str = "/applications/{application_id}/commands";
/// The first answer to an interaction.
pub const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
/// The message that the first answer made.
pub const ORIGINAL: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
/// Further answers.
pub const FOLLOW_UPS: &str = "/webhooks/{webhook_id}/{webhook_token}";
/// One of them.
pub const FOLLOW_UP: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
/// A channel's messages.
pub const MESSAGES: &str = "/channels/{channel_id}/messages";
/// One of them.
pub const MESSAGE: &str = "/channels/{channel_id}/messages/{message_id}";

/// The flag of a message that is made of components.
pub const OF_COMPONENTS: u64 = 1 << 15;

/// From this length on, a violation is reported without the value that it quotes.
const SHOWN: usize = 700;

/// The description, with its compiled schemas.
struct Description {
    document: &'static Value,
    registry: Registry<'static>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

static KNOWN: LazyLock<Option<Description>> = LazyLock::new(Description::load);

impl Description {
    /// Reads it; reports its absence past the test's own capture of output.
    fn load() -> Option<Self> {
        let Ok(text) = std::fs::read_to_string(DESCRIPTION) else {
            let _ = writeln!(
                std::io::stderr(),
                "\nskipped: no contract file ({DESCRIPTION}); only the rules written by hand hold\n"
            );
            return None;
        };
        let mut document: Value = serde_json::from_str(&text).unwrap();
        // The real Discord accepts both, and its own examples send them.
        let schemas = &mut document["components"]["schemas"];
        schemas["ApplicationCommandUpdateRequest"]["properties"]["default_member_permissions"]["type"] =
            json!(["integer", "string", "null"]);
        schemas["MessageAttachmentRequest"]["properties"]["id"] = json!({ "type": ["integer", "string"] });
        let document: &'static Value = Box::leak(Box::new(document));
        let registry = Registry::new().draft(Draft::Draft202012).add(URN, document).unwrap().prepare().unwrap();
        Some(Self { document, registry, compiled: Mutex::default() })
    }

    /// The pointer to the schema of a request.
    fn of_request(&self, method: &str, template: &str) -> Option<String> {
        self.schema(format!("{}/requestBody", operation(method, template)))
    }

    /// The pointer to the schema of an answer.
    fn of_answer(&self, method: &str, template: &str, status: u16) -> Option<String> {
        let exact = format!("{}/responses/{status}", operation(method, template));
        let class = format!("{}/responses/{}XX", operation(method, template), status / 100);
        let pointer = if self.document.pointer(&exact).is_some() { exact } else { class };
        let elsewhere = self.document.pointer(&pointer)?["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
        self.schema(elsewhere.map_or(pointer.clone(), str::to_owned))
    }

    fn schema(&self, pointer: String) -> Option<String> {
        let pointer = format!("{pointer}/content/application~1json/schema");
        self.document.pointer(&pointer).is_some().then_some(pointer)
    }

    /// What is wrong with a value.
    fn violations(&self, pointer: &str, value: &Value) -> Vec<String> {
        let validator = self.compiled.lock().unwrap().get(pointer).cloned();
        let validator = validator.unwrap_or_else(|| {
            let place = pointer.replace('{', "%7B").replace('}', "%7D");
            let schema = json!({ "$ref": format!("{URN}#{place}") });
            let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&self.registry);
            let validator = Arc::new(options.build(&schema).unwrap());
            self.compiled.lock().unwrap().entry(pointer.to_owned()).or_insert(validator).clone()
        });
        let shown = |error: jsonschema::ValidationError<'_>| {
            let (place, whole) = (error.instance_path(), error.to_string());
            if whole.len() > SHOWN {
                format!("at `{place}`: {}", error.masked())
            } else {
                format!("at `{place}`: {whole}")
            }
        };
        validator.iter_errors(value).map(shown).collect()
    }
}

/// The pointer to an operation.
fn operation(method: &str, template: &str) -> String {
    format!("/paths/{}/{}", template.replace('/', "~1"), method.to_lowercase())
}

/// Why Discord would refuse a request. A missing body is null.
pub fn request(method: &str, template: &str, body: &Value, files: usize) -> Vec<String> {
    let schema = KNOWN.as_ref().and_then(|known| Some((known, known.of_request(method, template)?)));
    let mut wrong = schema.map_or(Vec::new(), |(known, pointer)| known.violations(&pointer, body));
    if let Some((message, is_new)) = message(method, template, body) {
        wrong.extend(message_rules(message, files, is_new));
    }
    match (method, template, body["type"].as_u64()) {
        ("PUT", COMMANDS, _) => wrong.extend(command_rules(body)),
        ("POST", CALLBACK, Some(8)) => wrong.extend(choice_rules(&body["data"]["choices"])),
        ("POST", CALLBACK, Some(9)) => wrong.extend(modal_rules(&body["data"])),
        _ => {}
    }
    wrong
}

/// What is wrong with an answer of the fake. A missing body is null.
pub fn answer(method: &str, template: &str, status: u16, body: &Value) -> Vec<String> {
    let Some(known) = KNOWN.as_ref() else { return Vec::new() };
    match known.of_answer(method, template, status) {
        Some(pointer) => known.violations(&pointer, body),
        None if body.is_null() => Vec::new(),
        None => vec![format!("has a body, and with status {status} it should have none: {body}")],
    }
}

/// A rule of this project, not Discord's: each message limits whom it may notify.
pub fn unguarded(method: &str, template: &str, body: &Value) -> Option<String> {
    let (message, _) = message(method, template, body)?;
    message["allowed_mentions"].is_null().then(|| format!("`allowed_mentions` is missing: {message}"))
}

/// What is wrong with a set of commands, as it is put.
pub fn check_commands(commands: &Value) -> Vec<String> {
    request("PUT", COMMANDS, commands, 0)
}

/// The message in a request, and whether it is a new one.
fn message<'a>(method: &str, template: &str, body: &'a Value) -> Option<(&'a Value, bool)> {
    match (method, template) {
        ("POST", CALLBACK) if body["type"] == 4 => Some((&body["data"], true)),
        ("POST", CALLBACK) if body["type"] == 7 => Some((&body["data"], false)),
        ("POST", FOLLOW_UPS | MESSAGES) => Some((body, true)),
        ("PATCH", ORIGINAL | FOLLOW_UP | MESSAGE) => Some((body, false)),
        _ => None,
    }
}

/// A list's items; none if there is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// How many characters a text has.
fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

/// Notes what is too much.
fn limit(wrong: &mut Vec<String>, what: &str, is: usize, most: usize) {
    if is > most {
        wrong.push(format!("{what}: {is} is more than {most}"));
    }
}

/// Notes what is there twice.
fn unique<'a>(wrong: &mut Vec<String>, what: &str, names: impl Iterator<Item = &'a Value>) {
    let mut seen = HashSet::new();
    wrong.extend(
        names
            .filter(|name| !name.is_null() && !seen.insert(name.to_string()))
            .map(|name| format!("{what} twice: {name}")),
    );
}

fn message_rules(message: &Value, files: usize, is_new: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let embeds = list(&message["embeds"]);
    let parts =
        ["embeds", "components", "sticker_ids"].iter().map(|part| list(&message[part]).len()).sum::<usize>() + files;
    let is_silent = message["content"].as_str().is_none_or(|content| content.trim().is_empty());
    if is_new && is_silent && parts == 0 && message["poll"].is_null() {
        wrong.push(format!("an empty message: {message}"));
    }
    limit(&mut wrong, "content", length(&message["content"]), 2000);
    limit(&mut wrong, "embeds", embeds.len(), 10);
    let together = embeds.iter().map(|embed| embed_rules(&mut wrong, embed)).sum();
    limit(&mut wrong, "embeds together", together, 6000);
    if message["flags"].as_u64().is_some_and(|flags| flags & OF_COMPONENTS != 0) {
        layout_rules(&mut wrong, message, is_new);
    } else {
        row_rules(&mut wrong, &list(&message["components"]).iter().collect::<Vec<_>>());
    }
    let mentions = &message["allowed_mentions"];
    for kind in ["users", "roles"] {
        if list(&mentions["parse"]).contains(&json!(kind)) && !list(&mentions[kind]).is_empty() {
            wrong.push(format!("allowed_mentions parses {kind} and lists them: {mentions}"));
        }
    }
    wrong
}

/// Checks one embed; returns how many characters count.
fn embed_rules(wrong: &mut Vec<String>, embed: &Value) -> usize {
    let mut texts = vec![
        ("embed title", &embed["title"], 256),
        ("embed description", &embed["description"], 4096),
        ("embed footer", &embed["footer"]["text"], 2048),
        ("embed author", &embed["author"]["name"], 256),
    ];
    let fields = list(&embed["fields"]);
    limit(wrong, "embed fields", fields.len(), 25);
    for field in fields {
        texts.extend([("embed field name", &field["name"], 256), ("embed field value", &field["value"], 1024)]);
        if length(&field["name"]) == 0 || length(&field["value"]) == 0 {
            wrong.push(format!("an empty embed field: {field}"));
        }
    }
    for (what, text, most) in &texts {
        limit(wrong, what, length(text), *most);
    }
    texts.iter().map(|(_, text, _)| length(text)).sum()
}

/// A message of components has nothing else, and names its files in them.
fn layout_rules(wrong: &mut Vec<String>, message: &Value, is_new: bool) {
    for part in ["content", "embeds", "sticker_ids", "poll"] {
        if !message[part].is_null() {
            wrong.push(format!("a message of components with `{part}`"));
        }
    }
    let mut all = Vec::new();
    let mut rest: Vec<&Value> = list(&message["components"]).iter().collect();
    while let Some(component) = rest.pop() {
        all.push(component);
        rest.extend(list(&component["components"]));
        rest.extend(component.get("accessory"));
    }
    limit(wrong, "components", all.len(), 40);
    let of = |kind: u64| all.iter().copied().filter(move |component| component["type"] == kind);
    limit(wrong, "characters of texts", of(10).map(|text| length(&text["content"])).sum(), 4000);
    for text in of(10).filter(|text| text["content"].as_str().is_none_or(|content| content.trim().is_empty())) {
        wrong.push(format!("an empty text: {text}"));
    }
    for frame in of(17).filter(|frame| list(&frame["components"]).is_empty()) {
        wrong.push(format!("an empty container: {frame}"));
    }
    let galleries = of(12).flat_map(|gallery| list(&gallery["items"]).iter().map(|item| &item["media"]["url"]));
    let named: HashSet<&str> =
        galleries.chain(of(13).map(|file| &file["file"]["url"])).filter_map(Value::as_str).collect();
    let brought = list(&message["attachments"])
        .iter()
        .filter_map(|file| Some(format!("attachment://{}", file["filename"].as_str()?)));
    let brought: HashSet<String> = brought.collect();
    // An edit may show a file that is there already.
    for file in named.iter().filter(|file| is_new && !brought.contains(**file)) {
        wrong.push(format!("{file} is shown and did not come"));
    }
    for file in brought.iter().filter(|file| !named.contains(file.as_str())) {
        wrong.push(format!("{file} came and is not shown"));
    }
    row_rules(wrong, &of(1).collect::<Vec<_>>());
}

fn row_rules(wrong: &mut Vec<String>, rows: &[&Value]) {
    limit(wrong, "rows", rows.len(), 5);
    for row in rows.iter().filter(|row| row["type"] != 1) {
        wrong.push(format!("no row: {row}"));
    }
    let items = || rows.iter().flat_map(|row| list(&row["components"]));
    for row in rows {
        limit(wrong, "buttons in a row", list(&row["components"]).len(), 5);
    }
    for item in items() {
        limit(wrong, "custom_id", length(&item["custom_id"]), 100);
        limit(wrong, "button label", length(&item["label"]), 80);
    }
    unique(wrong, "custom_id", items().map(|item| &item["custom_id"]));
}

fn modal_rules(modal: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows = list(&modal["components"]);
    limit(&mut wrong, "modal title", length(&modal["title"]), 45);
    limit(&mut wrong, "modal custom_id", length(&modal["custom_id"]), 100);
    limit(&mut wrong, "rows", rows.len(), 5);
    for row in rows {
        let input = input(row);
        limit(&mut wrong, "input custom_id", length(&input["custom_id"]), 100);
        limit(&mut wrong, "input label", length(&input["label"]).max(length(&row["label"])), 45);
        limit(&mut wrong, "input value", length(&input["value"]), 4000);
    }
    unique(&mut wrong, "custom_id", rows.iter().map(|row| &input(row)["custom_id"]));
    wrong
}

/// The input in a modal's row: under its own label, or in the older form.
pub fn input(row: &Value) -> &Value {
    if row["component"].is_null() { &row["components"][0] } else { &row["component"] }
}

fn choice_rules(choices: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    limit(&mut wrong, "choices", list(choices).len(), 25);
    for choice in list(choices) {
        limit(&mut wrong, "choice name", length(&choice["name"]), 100);
        limit(&mut wrong, "choice value", length(&choice["value"]), 100);
        if length(&choice["name"]) == 0 {
            wrong.push(format!("a choice without a name: {choice}"));
        }
    }
    unique(&mut wrong, "choice name", list(choices).iter().map(|choice| &choice["name"]));
    wrong
}

fn command_rules(commands: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (kind, what, most) in [(1, "commands", 100), (2, "user commands", 5), (3, "message commands", 5)] {
        let of_kind = || list(commands).iter().filter(|command| command["type"].as_u64().unwrap_or(1) == kind);
        limit(&mut wrong, what, of_kind().count(), most);
        unique(&mut wrong, what, of_kind().map(|command| &command["name"]));
        for command in of_kind() {
            if kind == 1 {
                entry_rules(&mut wrong, command);
                option_rules(&mut wrong, command);
                limit(&mut wrong, &format!("characters of command {}", command["name"]), weight(command), 8000);
            } else if length(&command["name"]) == 0
                || length(&command["name"]) > 32
                || length(&command["description"]) > 0
            {
                wrong.push(format!(
                    "a context command has a name of 32 characters at most and no description: {command}"
                ));
            }
        }
    }
    wrong
}

/// A text and its translations.
fn spoken<'a>(entry: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    let translations = entry[format!("{field}_localizations")].as_object();
    std::iter::once(&entry[field]).chain(translations.into_iter().flat_map(|texts| texts.values()))
}

/// Checks the name and the description of a command or an option.
fn entry_rules(wrong: &mut Vec<String>, entry: &Value) {
    static NAME: LazyLock<Validator> = LazyLock::new(|| {
        jsonschema::validator_for(&json!({ "type": "string", "pattern": r"^[-_'\p{L}\p{N}]{1,32}$" })).unwrap()
    });
    for name in spoken(entry, "name") {
        if !NAME.is_valid(name) || name.as_str().is_some_and(|name| name.to_lowercase() != name) {
            wrong.push(format!("a name that is none: {name}"));
        }
    }
    for description in spoken(entry, "description") {
        if length(description) == 0 {
            wrong.push(format!("no description: {entry}"));
        }
        limit(wrong, "description", length(description), 100);
    }
}

/// Checks the options of a command or of one of its branches.
fn option_rules(wrong: &mut Vec<String>, parent: &Value) {
    let options = list(&parent["options"]);
    let is_branch = |option: &&Value| option["type"] == 1 || option["type"] == 2;
    let branches = options.iter().filter(is_branch).count();
    limit(wrong, "options", options.len(), 25);
    unique(wrong, "option", options.iter().map(|option| &option["name"]));
    if branches > 0 && branches < options.len() {
        wrong.push(format!("subcommands beside options: {}", parent["name"]));
    }
    if options.iter().any(|option| parent["type"] == 2 && option["type"] == 2) {
        wrong.push(format!("a group in a group: {}", parent["name"]));
    }
    let requireds = options.iter().map(|option| option["required"] == true);
    if !requireds.is_sorted_by_key(|required| !required) {
        wrong.push(format!("a required option after an optional one: {}", parent["name"]));
    }
    for option in options {
        entry_rules(wrong, option);
        wrong.extend(choice_rules(&option["choices"]));
        if option["autocomplete"] == true && !list(&option["choices"]).is_empty() {
            wrong.push(format!("autocomplete together with choices: {}", option["name"]));
        }
        option_rules(wrong, option);
    }
}

/// How many characters Discord counts for a command: each field in the language where it is longest.
fn weight(entry: &Value) -> usize {
    let longest = |field| spoken(entry, field).map(length).max().unwrap_or(0);
    let below = list(&entry["options"]).iter().chain(list(&entry["choices"])).map(weight).sum::<usize>();
    longest("name") + longest("description") + length(&entry["value"]) + below
}

/// Fails if a rule does not refuse what it is for.
fn refuses(found: Vec<String>, what: &str) {
    assert!(found.iter().any(|wrong| wrong.contains(what)), "`{what}` is not among {found:#?}");
}

/// A command that nothing is wrong with.
fn good_command() -> Value {
    json!({ "name": "log", "type": 1, "description": "Write down work", "default_member_permissions": "32", "options": [
        { "type": 1, "name": "hours", "description": "Hours worked", "options": [
            { "type": 3, "name": "time", "description": "How long", "required": true, "autocomplete": true },
            { "type": 3, "name": "kind", "description": "What for", "choices": [{ "name": "care", "value": "care" }] },
        ] },
    ] })
}

/// A message that nothing is wrong with.
fn good_message() -> Value {
    json!({
        "content": "2h30 on forillon",
        "embeds": [{ "title": "Balance", "fields": [{ "name": "ben", "value": "2h30", "inline": true }] }],
        "components": [{ "type": 1, "components": [{ "type": 2, "style": 1, "custom_id": "yes", "label": "Yes" }] }],
        "attachments": [{ "id": 0, "filename": "shares.png", "description": "A pie" }],
        "allowed_mentions": { "parse": [] },
    })
}

/// The same with another value in one place.
fn with(mut value: Value, place: &str, new: Value) -> Value {
    let (parent, key) = place.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[key] = new;
    value
}

/// Many values.
fn many(count: usize, make: impl Fn(usize) -> Value) -> Value {
    (0..count).map(make).collect()
}

#[test]
fn good_requests_pass() {
    assert_eq!(check_commands(&json!([good_command(), { "name": "Log this", "type": 3 }])), [""; 0]);
    assert_eq!(request("POST", MESSAGES, &good_message(), 1), [""; 0]);
    assert_eq!(request("PATCH", ORIGINAL, &json!({ "content": "", "allowed_mentions": { "parse": [] } }), 0), [""; 0]);
    let input = json!({ "type": 4, "custom_id": "what", "label": "What", "style": 1, "value": "wiring" });
    let modal = json!({ "custom_id": "log", "title": "Log", "components": [{ "type": 1, "components": [input] }] });
    assert_eq!(request("POST", CALLBACK, &json!({ "type": 9, "data": modal }), 0), [""; 0]);
    let choices = json!([{ "name": "forillon", "value": "forillon" }]);
    assert_eq!(request("POST", CALLBACK, &json!({ "type": 8, "data": { "choices": choices } }), 0), [""; 0]);
    assert_eq!(request("POST", CALLBACK, &json!({ "type": 5, "data": { "flags": 64 } }), 0), [""; 0]);
    assert_eq!(request("GET", "/users/@me", &Value::Null, 0), [""; 0]);
    assert_eq!(unguarded("POST", MESSAGES, &good_message()), None);
}

#[test]
fn bad_commands_are_refused() {
    let long = |count: usize| json!("x".repeat(count));
    let options = "/options/0/options";
    let plain = |name: usize| json!({ "type": 3, "name": format!("o{name}"), "description": "d" });
    for (place, value, what) in [
        ("/name", json!("Log"), "a name that is none"),
        ("/name", json!("log it"), "a name that is none"),
        ("/name", long(33), "a name that is none"),
        ("/name_localizations", json!({ "fr": "Noter" }), "a name that is none"),
        ("/description", json!(""), "no description"),
        ("/description", Value::Null, "no description"),
        ("/description", long(101), "description: 101"),
        ("/options/0/options/0/name", json!("no spaces"), "a name that is none"),
        ("/options/0/options/0/description", json!(""), "no description"),
        (
            options,
            json!([plain(0), { "type": 3, "name": "b", "description": "d", "required": true }]),
            "required option after",
        ),
        (options, json!([plain(0), plain(0)]), "option twice"),
        (options, many(26, plain), "options: 26"),
        ("/options", many(26, |n| json!({ "type": 1, "name": format!("o{n}"), "description": "d" })), "options: 26"),
        ("/options/0/options/0/choices", json!([{ "name": "a", "value": "a" }]), "autocomplete together"),
        ("/options/0/options/1/choices", many(26, |n| json!({ "name": n.to_string(), "value": "v" })), "choices: 26"),
        ("/options/0/options/1/choices", json!([{ "name": "a".repeat(101), "value": "v" }]), "choice name: 101"),
        ("/options", json!([plain(0), { "type": 1, "name": "s", "description": "d" }]), "beside options"),
    ] {
        refuses(command_rules(&json!([with(good_command(), place, value)])), what);
    }
    let nested = json!([{ "type": 2, "name": "a", "description": "d", "options": [{ "type": 2, "name": "b", "description": "d" }] }]);
    refuses(command_rules(&json!([with(good_command(), "/options", nested)])), "group in a group");
    let heavy = many(25, |n| {
        let choices = many(4, |n| json!({ "name": n.to_string(), "value": "v".repeat(80) }));
        json!({ "type": 3, "name": format!("o{n}"), "description": "d", "choices": choices })
    });
    let mut heavy = with(good_command(), "/options", heavy);
    refuses(command_rules(&json!([heavy])), "characters of command");
    heavy["options"].as_array_mut().unwrap().truncate(20);
    assert_eq!(command_rules(&json!([heavy])), [""; 0]);
    for option in heavy["options"].as_array_mut().unwrap() {
        option["description_localizations"] = json!({ "fr": "d".repeat(100), "de": "d" });
    }
    refuses(command_rules(&json!([heavy])), "characters of command");
    refuses(command_rules(&json!([good_command(), good_command()])), "commands twice");
    let numbered = |kind: u64| move |n: usize| json!({ "type": kind, "name": format!("c{n}"), "description": if kind == 1 { "d" } else { "" } });
    refuses(command_rules(&many(101, numbered(1))), "commands: 101");
    refuses(command_rules(&many(6, numbered(2))), "user commands: 6");
    refuses(command_rules(&many(6, numbered(3))), "message commands: 6");
    refuses(command_rules(&json!([{ "type": 3, "name": "Log", "description": "d" }])), "a context command");
}

#[test]
fn bad_messages_are_refused() {
    let long = |count: usize| json!("x".repeat(count));
    let button = |n: usize| json!({ "type": 2, "style": 1, "custom_id": format!("b{n}"), "label": "b" });
    let field = |_| json!({ "name": "n", "value": "v" });
    for (place, value, what) in [
        ("/content", long(2001), "content: 2001"),
        ("/embeds", many(11, |_| json!({ "title": "t" })), "embeds: 11"),
        ("/embeds/0/title", long(257), "embed title"),
        ("/embeds/0/description", long(4097), "embed description"),
        ("/embeds/0/fields", many(26, field), "embed fields: 26"),
        ("/embeds/0/fields/0/name", long(257), "embed field name"),
        ("/embeds/0/fields/0/value", long(1025), "embed field value"),
        ("/embeds/0/fields/0/value", json!(""), "an empty embed field"),
        ("/embeds/0/footer", json!({ "text": long(2049) }), "embed footer"),
        ("/embeds/0/author", json!({ "name": long(257) }), "embed author"),
        ("/embeds", many(2, |_| json!({ "description": "x".repeat(3001) })), "embeds together: 6002"),
        ("/components", many(6, |n| json!({ "type": 1, "components": [button(n)] })), "rows: 6"),
        ("/components/0/components", many(6, button), "buttons in a row: 6"),
        ("/components/0/components", json!([button(0), button(0)]), "custom_id twice"),
        ("/components/0/components/0/custom_id", long(101), "custom_id: 101"),
        ("/components/0/components/0/label", long(81), "button label: 81"),
        ("/allowed_mentions", json!({ "parse": ["users"], "users": ["1"] }), "parses users and lists them"),
        ("/allowed_mentions", json!({ "parse": ["roles"], "roles": ["1"] }), "parses roles and lists them"),
    ] {
        refuses(message_rules(&with(good_message(), place, value), 1, true), what);
    }
    let text = |length: usize| json!({ "type": 10, "content": "x".repeat(length) });
    let framed = |inside: Value| json!([{ "type": 17, "components": inside }]);
    for (components, what) in [
        (many(41, |_| text(1)), "components: 41"),
        (json!([text(4001)]), "characters of texts: 4001"),
        (framed(json!([text(2001), text(2000)])), "characters of texts: 4001"),
        (json!([text(0)]), "an empty text"),
        (framed(json!([])), "an empty container"),
        (json!([{ "type": 13, "file": { "url": "attachment://a.txt" } }]), "did not come"),
    ] {
        refuses(message_rules(&json!({ "flags": OF_COMPONENTS, "components": components }), 1, true), what);
    }
    let with_content = json!({ "flags": OF_COMPONENTS, "content": "c", "components": [text(1)] });
    refuses(message_rules(&with_content, 0, true), "with `content`");
    let without_flag = json!({ "components": [text(1)] });
    refuses(message_rules(&without_flag, 0, true), "no row");
    let hidden =
        json!({ "flags": OF_COMPONENTS, "components": [text(1)], "attachments": [{ "id": 0, "filename": "a.txt" }] });
    refuses(message_rules(&hidden, 1, true), "is not shown");
    for empty in [json!({}), json!({ "content": " " }), json!({ "content": "", "embeds": [], "components": [] })] {
        refuses(request("POST", MESSAGES, &empty, 0), "an empty message");
        refuses(request("POST", CALLBACK, &json!({ "type": 4, "data": empty }), 0), "an empty message");
    }
    assert_eq!(message_rules(&json!({}), 1, true), [""; 0]);
}

#[test]
fn messages_that_could_mention_everybody_are_noticed() {
    let said = json!({ "content": "hello" });
    for (method, template) in
        [("POST", MESSAGES), ("POST", FOLLOW_UPS), ("PATCH", ORIGINAL), ("PATCH", FOLLOW_UP), ("PATCH", MESSAGE)]
    {
        assert!(unguarded(method, template, &said).is_some(), "{method} {template}");
    }
    for kind in [4, 7] {
        assert!(unguarded("POST", CALLBACK, &json!({ "type": kind, "data": said })).is_some(), "callback {kind}");
    }
    assert_eq!(unguarded("POST", CALLBACK, &json!({ "type": 5 })), None);
}

#[test]
fn bad_modals_and_choices_are_refused() {
    let long = |count: usize| json!("x".repeat(count));
    let row = |n: usize| json!({ "type": 1, "components": [{ "type": 4, "custom_id": format!("i{n}"), "label": "l", "style": 1 }] });
    let modal = json!({ "custom_id": "log", "title": "Log", "components": [row(0)] });
    for (place, value, what) in [
        ("/title", long(46), "modal title: 46"),
        ("/custom_id", long(101), "modal custom_id: 101"),
        ("/components/0/components/0/label", long(46), "input label: 46"),
        ("/components/0/components/0/value", long(4001), "input value: 4001"),
        ("/components/0/components/0/custom_id", long(101), "input custom_id: 101"),
        ("/components", many(6, row), "rows: 6"),
        ("/components", json!([row(0), row(0)]), "custom_id twice"),
    ] {
        refuses(request("POST", CALLBACK, &json!({ "type": 9, "data": with(modal.clone(), place, value) }), 0), what);
    }
    for (choices, what) in [
        (many(26, |n| json!({ "name": n.to_string(), "value": "v" })), "choices: 26"),
        (json!([{ "name": long(101), "value": "v" }]), "choice name: 101"),
        (json!([{ "name": "n", "value": long(101) }]), "choice value: 101"),
        (json!([{ "name": "", "value": "v" }]), "a choice without a name"),
        (json!([{ "name": "n", "value": "a" }, { "name": "n", "value": "b" }]), "choice name twice"),
    ] {
        refuses(request("POST", CALLBACK, &json!({ "type": 8, "data": { "choices": choices } }), 0), what);
    }
}

#[test]
fn discords_own_description_refuses_what_it_does_not_allow() {
    let Some(known) = KNOWN.as_ref() else { return };
    refuses(request("POST", MESSAGES, &json!({ "content": 7 }), 0), "at `/content`");
    refuses(check_commands(&json!([{ "type": 1 }])), "required");
    refuses(answer("GET", "/gateway", 200, &json!({})), "required");
    refuses(answer("GET", "/channels/{channel_id}", 404, &json!({ "code": 10003 })), "required");
    refuses(answer("DELETE", ORIGINAL, 204, &json!({})), "should have none");
    assert!(known.of_request("GET", "/gateway").is_none());
}
