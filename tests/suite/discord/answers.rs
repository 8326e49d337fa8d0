//! What people see in Discord, and what they can do there.

use fairshare::adapters::discord::definitions::definitions;
use fairshare::core::ids::TextRef;
use fairshare::store::database::Store as _;
use fairshare::store::sqlite::store::SqliteStore;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::contract;
use super::fake::{Answer, Fake, Kind, Request, Trouble, Who};
use super::world::{Bot, Files, Stage, UNHURRIED, buttons, called, colour, text};
use crate::program::Program;
use crate::proxy::{Act, Proxy};
use crate::watchdog::eventually;
use crate::world::{block_on, journals};

/// The colour of a refusal's embed.
const REFUSED: u64 = 0xC0_392B;

async fn stage() -> (Stage, Bot) {
    Stage::set(Fake::start().await, None).await
}

/// Ends a test: everything that was sent kept to Discord's contract.
async fn end(stage: Stage, bot: Bot) {
    bot.settled().await;
    stage.fake.check();
    bot.stop().await;
}

fn id(message: &Value) -> u64 {
    message["id"].as_str().unwrap().parse().unwrap()
}

fn is_refusal(answer: &Answer) -> bool {
    answer.kind == Kind::Said { ephemeral: true } && colour(&answer.message) == Some(REFUSED)
}

/// Discord shows an error if there is no answer, so everything over a limit is refused each time, and leaves nothing
/// behind.
#[test]
fn a_flood_is_refused_for_its_author_alone() {
    block_on(async {
        let (stage, bot) = stage().await;
        // Time stands still, so that nobody's allowance is refilled meanwhile.
        bot.clock.set(bot.clock.now());
        let mut asked = 0;
        let refused = loop {
            let answer = stage.ask(&stage.ben, "help", json!({})).await;
            if is_refusal(&answer) {
                break answer;
            }
            asked += 1;
            assert!(asked < 10_000, "nobody can say so much");
        };
        assert!(text(&refused.message).starts_with("That's a lot at once"), "{refused:?}");
        let again = stage.ask(&stage.ben, "help", json!({})).await;
        assert!(is_refusal(&again) && text(&again.message).starts_with("That's a lot at once"), "{again:?}");
        let other = stage.ask(&stage.ana, "help", json!({})).await;
        assert!(!is_refusal(&other), "nobody else is refused: {other:?}");
        bot.settled().await;
        let store = SqliteStore::open_to_read(&stage.files.database()).await.unwrap();
        let kept = sqlx::query_scalar("SELECT count(*) FROM inbox WHERE outcome = 'read' OR outcome LIKE 'refused%'");
        let kept: i64 = kept.fetch_one(store.pool()).await.unwrap();
        assert_eq!(kept, asked + 1, "what was answered, and no refusal");
        end(stage, bot).await;
    });
}

#[test]
fn only_listed_founders_can_begin_networks() {
    block_on(async {
        let fake = Fake::start().await;
        let (guild, other) = (fake.guild("Sensorica"), fake.guild("Elsewhere"));
        let mut files = Files::new(&fake.url());
        files.settings.founders = vec![guild.to_string()];
        let bot = files.start().await;
        fake.until("the commands are registered", |fake| (fake.puts() > 0).then_some(())).await;
        let ana = fake.person("ana");
        for (guild, begins) in [(other, false), (guild, true)] {
            let who = fake.who(ana, fake.channel(guild, "lobby")).managing();
            let answer = fake.call(&who, "network init", json!({ "name": "Net" })).answer().await;
            assert_eq!(!is_refusal(&answer), begins, "{answer:?}");
        }
        bot.settled().await;
        bot.stop().await;
    });
}

#[test]
fn discord_accepts_the_command_set() {
    let definitions = definitions(&fairshare::commands::registry::catalog().unwrap());
    assert_eq!(contract::check_commands(&definitions), Vec::<String>::new());
    let named =
        |name: &str| definitions.as_array().unwrap().iter().find(|command| command["name"] == name).unwrap().clone();
    let sub = |group: &str, name: &str| {
        named(group)["options"].as_array().unwrap().iter().find(|option| option["name"] == name).unwrap().clone()
    };
    let option = |of: &Value, name: &str| {
        of["options"].as_array().unwrap().iter().find(|option| option["name"] == name).unwrap().clone()
    };
    let hours = sub("log", "hours");
    assert_eq!(option(&hours, "time")["required"], true);
    assert_eq!(
        (&option(&hours, "for")["type"], &option(&hours, "for-handle")["autocomplete"]),
        (&json!(6), &json!(true))
    );
    assert_eq!(option(&hours, "task")["autocomplete"], true);
    assert_eq!(option(&hours, "gift")["type"], 5);
    assert!(
        !hours["description_localizations"]["fr"].is_null() && !hours["description_localizations"]["es-419"].is_null()
    );
    assert_eq!(sub("books", "show")["type"], 1, "a command whose word begins others is their `show`");
    assert_eq!(named("Log this as work")["type"], 3);
    assert_eq!(named("Contributions")["type"], 2);
    assert_eq!(
        (&named("log")["contexts"], &named("me")["contexts"]),
        (&json!([0]), &json!([0, 1])),
        "what writes is for guilds"
    );
    for command in definitions.as_array().unwrap() {
        let name = command["name"].as_str().unwrap();
        assert!(!["room", "flag remind"].contains(&name), "what time alone calls is not offered");
    }
}

#[test]
fn commands_are_registered_again_only_when_they_change() {
    block_on(async {
        let (stage, bot) = stage().await;
        bot.settled().await;
        bot.stop().await;
        let bot = stage.files.start().await;
        stage.ask(&stage.ben, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        assert_eq!(stage.fake.puts(), 1, "the same commands are not told again");
        bot.stop().await;
        let store = SqliteStore::open(&stage.files.database()).await.unwrap();
        sqlx::query("UPDATE cursors SET position = json_set(position, '$.hash', 'another') WHERE platform = 'discord'")
            .execute(store.pool())
            .await
            .unwrap();
        store.pool().close().await;
        drop(store);
        let bot = stage.files.start().await;
        stage.fake.until("the commands are told again", |fake| (fake.puts() == 2).then_some(())).await;
        let answer = stage.ask(&stage.ben, "me", json!({})).await;
        assert_eq!(answer.kind, Kind::Said { ephemeral: true });
        end(stage, bot).await;
    });
}

#[test]
fn outcomes_are_public_and_personal_answers_are_ephemeral() {
    block_on(async {
        let (stage, bot) = stage().await;
        let logged =
            stage.ask(&stage.ben, "log hours", json!({ "time": "2h30", "what": "wiring _the_ lamp @everyone" })).await;
        assert_eq!(logged.kind, Kind::Said { ephemeral: false });
        assert_eq!(text(&logged.message), "L1: ben, work 2h30 on forillon — wiring \\_the\\_ lamp \\@everyone");
        assert_eq!(called(&logged.message), "", "nobody is called who need not do anything");
        let mine = stage.ask(&stage.ben, "me", json!({})).await;
        assert_eq!(mine.kind, Kind::Said { ephemeral: true });
        assert!(
            text(&mine.message).contains("\n```\nProject   Logs  Time\nforillon     1  2h30\n```"),
            "{}",
            text(&mine.message)
        );
        let refused = stage.ask(&stage.ben, "log hours", json!({ "time": "soon", "what": "wiring" })).await;
        assert!(
            is_refusal(&refused) && text(&refused.message).starts_with("I can't read “soon” as a time."),
            "{refused:?}"
        );
        // Only registered commands can be clicked.
        let stranger = stage.fake.who(stage.fake.person("zoe"), stage.channel);
        let join_first = stage.ask(&stranger, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        assert!(
            is_refusal(&join_first) && text(&join_first.message).contains("</join:"),
            "{}",
            text(&join_first.message)
        );
        // A flag mentions the person of the log, and nobody else.
        let flagged = stage.ask(&stage.ana, "log flag", json!({ "log": "L1", "reason": "<@1> @here" })).await;
        assert_eq!(called(&flagged.message), format!("<@{}>", stage.ben.user));
        assert_eq!(flagged.message["mentions"].as_array().unwrap().len(), 1);
        end(stage, bot).await;
    });
}

#[test]
fn a_question_has_buttons_that_work_once() {
    block_on(async {
        let (stage, bot) = stage().await;
        let twice = json!({ "time": "1h", "what": "wiring" });
        stage.ask(&stage.ben, "log hours", twice.clone()).await;
        let asked = stage.ask(&stage.ben, "log hours", twice).await;
        let message = id(&asked.message);
        assert_eq!(buttons(&asked.message), [("Yes".to_owned(), true), ("No".to_owned(), true)]);
        let not_theirs = stage.fake.press(&stage.ana, message, "Yes").answer().await;
        assert!(is_refusal(&not_theirs), "{not_theirs:?}");
        assert_eq!(
            buttons(&stage.fake.message(message)),
            [("Yes".to_owned(), true), ("No".to_owned(), true)],
            "it still waits"
        );
        let presses: Vec<_> = (0..5).map(|_| stage.fake.press(&stage.ben, message, "Yes")).collect();
        let yes = presses[0].answer().await;
        assert_eq!(yes.kind, Kind::Updated(message));
        assert!(
            text(&yes.message).contains("You typed the same thing")
                && text(&yes.message).ends_with("L2: ben, work 1h on forillon — wiring"),
            "{}",
            text(&yes.message)
        );
        assert_eq!(
            buttons(&yes.message),
            [("Yes", false), ("No", false), ("Undo", true), ("Correct", true)]
                .map(|(label, is_possible)| (label.to_owned(), is_possible)),
            "used up"
        );
        bot.settled().await;
        assert_eq!(stage.files.entries("logged").await, 2, "one effect however often it was pressed");
        assert_eq!(text(&stage.fake.message(message)), text(&yes.message));
        // A log for somebody has buttons for that person.
        let for_ben = stage
            .ask(&stage.ana, "log hours", json!({ "time": "3h", "what": "wiring", "for": { "user": stage.ben.user } }))
            .await;
        assert_eq!(called(&for_ben.message), format!("<@{}>", stage.ben.user));
        let taken_back = stage.fake.press(&stage.ben, id(&for_ben.message), "No").answer().await;
        assert_eq!(taken_back.kind, Kind::Updated(id(&for_ben.message)));
        assert!(text(&taken_back.message).contains("L3 is undone"), "{}", text(&taken_back.message));
        end(stage, bot).await;
    });
}

#[test]
fn a_question_whose_answer_has_changed_is_asked_again_in_its_place() {
    block_on(async {
        let (stage, bot) = stage().await;
        let custodian = json!({ "person": { "user": stage.ana.user }, "role": "custodian" });
        stage.ask(&stage.ana, "role grant", custodian).await;
        stage.ask(&stage.ben, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        stage.ask(&stage.ana, "income record", json!({ "amount": "300", "from": "Parks" })).await;
        let asked = stage.ask(&stage.ana, "payout confirm", json!({})).await;
        let message = id(&asked.message);
        stage.ask(&stage.ana, "log hours", json!({ "time": "2h", "what": "drawings" })).await;
        let again = stage.fake.press(&stage.ana, message, "Yes").answer().await;
        assert_eq!(again.kind, Kind::Updated(message));
        assert!(text(&again.message).starts_with("Something changed after I asked you"), "{}", text(&again.message));
        assert_eq!(buttons(&again.message), [("Yes".to_owned(), true), ("No".to_owned(), true)]);
        let yes = stage.fake.press(&stage.ana, message, "Yes");
        stage
            .fake
            .until("the distribution", |fake| {
                text(&fake.message(message)).contains("D1 · 300.00 CAD in ").then_some(())
            })
            .await;
        assert_eq!(yes.answer().await.kind, Kind::Updated(message));
        assert_eq!(stage.files.entries("distributed").await, 1);
        end(stage, bot).await;
    });
}

/// Commands can be called where the bot may not speak. Their answers then go to the caller in private.
#[test]
fn where_the_bot_may_not_speak_it_answers_in_private() {
    block_on(async {
        let (stage, bot) = stage().await;
        for code in [50_001, 50_013, 10_003] {
            stage.fake.forbid(stage.channel, Some(code));
            let what = format!("wiring {code}");
            stage.fake.too_late(true);
            stage.fake.call(&stage.ben, "log hours", json!({ "time": "1h", "what": what }));
            stage.fake.too_late(false);
            let told = stage.fake.until("what is said to ben", |fake| {
                fake.direct_messages(stage.ben.user).into_iter().find(|message| text(message).ends_with(&what))
            });
            assert!(text(&told.await).starts_with('L'));
        }
        stage.fake.forbid(stage.channel, None);
        let whole = stage.ask(&stage.ana, "ledger verify", json!({})).await;
        assert!(text(&whole.message).starts_with("The journal is complete"), "{whole:?}");
        end(stage, bot).await;
    });
}

/// The button under a log opens a form with its number filled in; only its author may use it.
#[test]
fn a_log_is_corrected_by_a_form() {
    block_on(async {
        let (stage, bot) = stage().await;
        let logged = stage.ask(&stage.ben, "log hours", json!({ "time": "2h", "what": "wiring" })).await;
        let message = logged.message["id"].as_str().unwrap().parse().unwrap();
        let form = stage.fake.press(&stage.ben, message, "Correct").answer().await;
        assert_eq!(form.kind, Kind::Modal, "{form:?}");
        assert_eq!(form.message["title"], "Correct");
        let input = &form.message["components"][0]["components"][0];
        assert_eq!((&input["custom_id"], &input["value"]), (&json!("log"), &json!("L1")));
        let corrected = stage.fake.submit(&stage.ben, &form.message, &[("time", "3h")]).answer().await;
        assert!(text(&corrected.message).contains("L1 corrected · 2h → 3h"), "{}", text(&corrected.message));
        let other = stage.fake.press(&stage.ana, message, "Correct").answer().await;
        assert!(is_refusal(&other), "{other:?}");
        end(stage, bot).await;
    });
}

#[test]
fn a_message_is_logged_as_work_by_a_form() {
    block_on(async {
        let (stage, bot) = stage().await;
        let french = Who { locale: "fr".to_owned(), ..stage.ben.clone() };
        let form = stage
            .fake
            .message_command(&french, "Log this as work", "I have wired\nthe **lamp** today", stage.ana.user)
            .answer()
            .await;
        assert_eq!(form.kind, Kind::Modal);
        assert_eq!(form.message["title"], "Noter comme travail");
        let logged = stage.fake.submit(&french, &form.message, &[("time", "2h30")]).answer().await;
        assert_eq!(logged.kind, Kind::Said { ephemeral: false }, "as if it had been typed");
        let said = text(&logged.message);
        let date = said.strip_prefix("L1: ben, work 2h30 on forillon, ");
        let date = date.and_then(|rest| rest.strip_suffix(" — I have wired the \\*\\*lamp\\*\\*"));
        assert!(date.is_some_and(|date| date.parse::<chrono::NaiveDate>().is_ok()), "{said}");
        let refused = stage.fake.submit(&french, &form.message, &[("time", "a while")]).answer().await;
        assert!(is_refusal(&refused), "{refused:?}");
        let contributions = stage.fake.user_command(&stage.ana, "Contributions", stage.ben.user).answer().await;
        assert_eq!(contributions.kind, Kind::Said { ephemeral: true });
        assert!(text(&contributions.message).contains("- **L1** · "), "{}", text(&contributions.message));
        let stranger = stage.fake.user_command(&stage.ana, "Contributions", stage.fake.person("zoe")).answer().await;
        assert!(
            is_refusal(&stranger) && text(&stranger.message).contains(&format!("<@{}>", stage.fake.person("zoe"))),
            "{stranger:?}"
        );
        end(stage, bot).await;
    });
}

/// Somebody uses the victim's id, which anybody can look up, as a nickname, and joins first.
#[test]
fn picked_and_mentioned_users_are_accounts_and_bare_digits_are_not() {
    block_on(async {
        let (stage, bot) = stage().await;
        let victim = stage.fake.who(stage.fake.person("zoe"), stage.channel);
        let id = victim.user.to_string();
        let impostor = stage.fake.who(stage.fake.person(&id), stage.channel);
        let joined = stage.ask(&impostor, "join", json!({})).await;
        assert!(text(&joined.message).contains("The handle to type is person-3"), "{joined:?}");
        let grant = async |options: Value| {
            let mut options = options;
            options["role"] = json!("custodian");
            stage.ask(&stage.ana, "role grant", options).await
        };
        // The victim has not joined: no way of naming them means somebody else.
        let not_yet = grant(json!({ "person": { "user": victim.user } })).await;
        assert!(
            is_refusal(&not_yet) && text(&not_yet.message).starts_with(&format!("<@{id}> hasn't joined yet")),
            "{not_yet:?}"
        );
        let mention = grant(json!({ "person-handle": format!("<@{id}>") })).await;
        assert!(
            is_refusal(&mention) && text(&mention.message).starts_with(&format!("<@{id}> hasn't joined yet")),
            "{mention:?}"
        );
        for typed in [id.clone(), format!("@{id}")] {
            let refused = grant(json!({ "person-handle": typed })).await;
            assert!(is_refusal(&refused) && text(&refused.message).starts_with("Nobody here is called"), "{refused:?}");
        }
        stage.ask(&victim, "join", json!({})).await;
        for typed in [id.clone(), format!("@{id}")] {
            let refused = grant(json!({ "person-handle": typed })).await;
            assert!(is_refusal(&refused), "{refused:?}");
        }
        let granted = grant(json!({ "person": { "user": victim.user } })).await;
        assert!(text(&granted.message).starts_with("zoe is now custodian"), "{granted:?}");
        let mentioned =
            stage.ask(&stage.ana, "payout paid", json!({ "person-handle": format!("<@!{id}>"), "amount": "5" })).await;
        assert!(is_refusal(&mentioned) && text(&mentioned.message).contains("zoe"), "{mentioned:?}");
        // A mention within a text is an account as well.
        let cut = stage.ask(&stage.ana, "project new", json!({ "name": "mill", "cut": format!("10% <@{id}>") })).await;
        assert!(
            text(&cut.message).contains("10% of what is left: zoe") || text(&cut.message).contains("zoe"),
            "{cut:?}"
        );
        end(stage, bot).await;
    });
}

#[test]
fn completions_are_offered_for_options() {
    block_on(async {
        let (stage, bot) = stage().await;
        for title in ["paint the boat", "wire the lamp"] {
            stage.ask(&stage.ana, "task open", json!({ "title": title })).await;
        }
        stage.ask(&stage.ana, "rate set", json!({ "role": "design", "amount": "20" })).await;
        stage.ask(&stage.ana, "person add", json!({ "name": "Old Tom" })).await;
        let offered = async |command: &str, option: &str, typed: &str| {
            let choices = stage.fake.complete(&stage.ben, command, json!({ option: typed }), option).await;
            choices.into_iter().map(|(_, value)| value.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(offered("task take", "task", "").await, ["#2", "#1"]);
        assert_eq!(offered("task take", "task", "BOAT").await, ["#1"]);
        assert_eq!(offered("task take", "task", "nothing such").await, Vec::<String>::new());
        assert_eq!(offered("summary", "project", "for").await, ["forillon"]);
        assert_eq!(offered("log hours", "role", "").await, ["design"]);
        assert_eq!(
            offered("log list", "person-handle", "").await,
            ["@old-tom", "@ana", "@ben"],
            "first who can't be chosen otherwise"
        );
        assert_eq!(offered("log hours", "date", "yes").await, ["yesterday"]);
        assert_eq!(
            offered("rate set", "role", "").await,
            Vec::<String>::new(),
            "nothing is offered of what only a steward may do"
        );
        let by_handle = stage.ask(&stage.ben, "log list", json!({ "person-handle": "@old-tom" })).await;
        assert_eq!(by_handle.kind, Kind::Said { ephemeral: false });
        let both = stage
            .ask(&stage.ben, "log list", json!({ "person-handle": "@old-tom", "person": { "user": stage.ana.user } }))
            .await;
        assert!(is_refusal(&both) && text(&both.message).contains("twice"), "{both:?}");
        // Another guild knows nothing of this network.
        let elsewhere = stage.fake.channel(stage.fake.guild("Elsewhere"), "general");
        let zoe = stage.fake.who(stage.fake.person("zoe"), elsewhere);
        assert_eq!(stage.fake.complete(&zoe, "task take", json!({ "task": "" }), "task").await, Vec::new());
        end(stage, bot).await;
    });
}

#[test]
fn a_long_list_has_pages_to_turn() {
    block_on(async {
        let (stage, bot) = stage().await;
        let mut people = Vec::new();
        for number in 0..70 {
            let who = stage.fake.who(stage.fake.person(&format!("worker{number}")), stage.channel);
            stage.ask(&who, "join", json!({})).await;
            stage.ask(&who, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
            people.push(who);
        }
        let summary = stage.ask(&people[50], "summary", json!({})).await;
        let message = id(&summary.message);
        let own = "- **worker50** ·";
        assert!(text(&summary.message).contains(own), "{}", text(&summary.message));
        let attachments = summary.message["attachments"].as_array().unwrap();
        assert_eq!(attachments[0]["description"], "The whole list as text: 72 lines");
        let sent = stage.fake.requests();
        let file = sent.iter().flat_map(|request| &request.files).next().unwrap();
        assert_eq!(String::from_utf8(file.bytes.clone()).unwrap().lines().count(), 72, "the file has it all");
        let mut seen = vec![text(&summary.message)];
        while buttons(&stage.fake.message(message)).contains(&("More".to_owned(), true)) {
            let turned = stage.fake.press(&stage.ana, message, "More").answer().await;
            assert_eq!(turned.kind, Kind::Updated(message));
            assert!(text(&turned.message).contains(own), "the reader's line stands on each page");
            assert_eq!(turned.message["attachments"].as_array().unwrap().len(), 1, "the file stays");
            seen.push(text(&turned.message));
        }
        assert_eq!(seen.len(), 5);
        for number in 0..70 {
            let line = format!("- **worker{number}** · Time: 1h");
            assert!(seen.iter().any(|page| page.lines().any(|shown| shown.starts_with(&line))), "{line} in {seen:#?}");
        }
        let back = stage.fake.press(&stage.ana, message, "Back").answer().await;
        assert_eq!(text(&back.message), seen[3]);
        bot.stop().await;
        let bot = stage.files.start().await;
        let gone = stage.fake.press(&stage.ana, message, "Back").answer().await;
        assert!(is_refusal(&gone) && text(&gone.message).starts_with("I don't have that list any more."), "{gone:?}");
        end(stage, bot).await;
    });
}

#[test]
fn outdated_commands_and_buttons_get_a_clear_refusal() {
    block_on(async {
        let (stage, bot) = stage().await;
        let old = |group: &str, word: &str, options: Value| json!({ "id": "4", "name": group, "type": 1, "options": [{ "name": word, "type": 1, "options": options }] });
        let typed = |name: &str, value: &str| json!({ "name": name, "type": 3, "value": value });
        let unknown_option =
            old("log", "hours", json!([typed("time", "1h"), typed("what", "wiring"), typed("mood", "good")]));
        let answer = stage.fake.call_raw(&stage.ben, unknown_option).answer().await;
        assert!(is_refusal(&answer) && text(&answer.message).contains("no option is called mood"), "{answer:?}");
        let answer = stage.fake.call_raw(&stage.ben, old("log", "ours", json!([typed("time", "1h")]))).answer().await;
        assert!(is_refusal(&answer) && text(&answer.message).contains("Did you mean"), "{answer:?}");
        let answer =
            stage.fake.call_raw(&stage.ben, old("log", "hours", json!([typed("what", "wiring")]))).answer().await;
        assert!(is_refusal(&answer) && text(&answer.message).starts_with("`time` is missing."), "{answer:?}");
        let message = id(&stage.ask(&stage.ana, "project list", json!({})).await.message);
        for custom_id in ["yes nowhere q1", "what is that", "page x y", "yes 00 l99999999999"] {
            let answer = stage.fake.press_raw(&stage.ben, message, custom_id).answer().await;
            assert!(is_refusal(&answer), "{custom_id}: {answer:?}");
        }
        // Somebody who has left can neither log nor be given a role.
        stage.ask(&stage.ben, "leave", json!({})).await;
        let answer = stage.ask(&stage.ben, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        assert!(is_refusal(&answer), "{answer:?}");
        let answer = stage
            .ask(&stage.ana, "role grant", json!({ "person": { "user": stage.ben.user }, "role": "steward" }))
            .await;
        assert!(is_refusal(&answer) && text(&answer.message).starts_with("ben has left."), "{answer:?}");
        // Discord's own permissions give an administrator no role here.
        let answer =
            stage.ask(&stage.ben.clone().managing(), "network set", json!({ "key": "name", "value": "mine" })).await;
        assert!(is_refusal(&answer), "{answer:?}");
        assert_eq!(stage.files.entries("logged").await, 0);
        end(stage, bot).await;
    });
}

#[test]
fn an_unreadable_interaction_gets_an_apology() {
    block_on(async {
        let (stage, bot) = stage().await;
        let handle = stage.fake.garbled(&stage.ben, "log hours");
        let answer = handle.answer().await;
        assert!(
            is_refusal(&answer) && text(&answer.message).starts_with("That reached me in a form that I don't know"),
            "{answer:?}"
        );
        end(stage, bot).await;
    });
}

#[test]
fn a_guild_is_a_network_channels_are_projects_and_threads_follow_their_channels() {
    block_on(async {
        let (stage, bot) = stage().await;
        let workshop = stage.fake.channel(stage.guild, "workshop");
        let ana = stage.fake.who(stage.ana.user, workshop).managing();
        let again = stage.ask(&ana, "network init", json!({ "name": "Another" })).await;
        assert!(
            is_refusal(&again) && text(&again.message).starts_with("This room already belongs to Sensorica."),
            "{again:?}"
        );
        stage.ask(&ana, "project new", json!({ "name": "lamps" })).await;
        stage.ask(&ana, "project use", json!({ "project": "lamps" })).await;
        let thread = stage.fake.thread(workshop, "cables");
        let ben = stage.fake.who(stage.ben.user, thread);
        let logged = stage.ask(&ben, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        assert_eq!(text(&logged.message), "L1: ben, work 1h on lamps — wiring");
        // In another guild, only its managers found or link a network; a code works once.
        let elsewhere = stage.fake.channel(stage.fake.guild("Elsewhere"), "general");
        let zoe = stage.fake.who(stage.fake.person("zoe"), elsewhere);
        let refused = stage.ask(&zoe, "network init", json!({ "name": "Zoe's" })).await;
        assert!(
            is_refusal(&refused) && text(&refused.message).starts_with("Only a room admin can do that"),
            "{refused:?}"
        );
        let code = stage.ask(&stage.ana, "network link", json!({})).await;
        assert_eq!(code.kind, Kind::Said { ephemeral: true });
        let code = text(&code.message).split("code:").nth(1).unwrap().split('`').next().unwrap().to_owned();
        let linked = stage.ask(&zoe.clone().managing(), "network link", json!({ "code": code })).await;
        assert!(text(&linked.message).starts_with("This room belongs to Sensorica now."), "{linked:?}");
        let third = stage.fake.channel(stage.fake.guild("Third"), "general");
        let yan = stage.fake.who(stage.fake.person("yan"), third).managing();
        let used = stage.ask(&yan, "network link", json!({ "code": code })).await;
        assert!(is_refusal(&used) && text(&used.message).starts_with("That code doesn't work"), "{used:?}");
        // In private, the author's only network is meant.
        let private = stage.fake.who(stage.ben.user, stage.fake.private(stage.ben.user));
        let mine = stage.ask(&private, "me", json!({})).await;
        assert!(text(&mine.message).starts_with("### ben in Sensorica"), "{mine:?}");
        end(stage, bot).await;
    });
}

#[test]
fn a_guild_that_invites_the_bot_is_greeted_once() {
    block_on(async {
        let (stage, bot) = stage().await;
        let channel = stage.fake.guild_with_news("Newcomers");
        let greeting = stage.fake.until("the greeting", |fake| fake.messages(channel).first().cloned()).await;
        assert!(
            text(&greeting).contains("I am fairshare") && text(&greeting).contains("`/network init name:<name>`"),
            "{}",
            text(&greeting)
        );
        bot.settled().await;
        bot.stop().await;
        let bot = stage.files.start().await;
        stage.ask(&stage.ben, "me", json!({})).await;
        bot.settled().await;
        assert_eq!(stage.fake.messages(channel).len(), 1);
        end(stage, bot).await;
    });
}

#[test]
fn an_acknowledged_heartbeat_shows_that_the_connection_is_alive() {
    block_on(async {
        let fake = Fake::start().await;
        fake.beat_every(std::time::Duration::from_millis(300));
        let (stage, bot) = Stage::set(fake, None).await;
        eventually("a heartbeat is noted", async || (bot.heartbeat)()).await;
        end(stage, bot).await;
    });
}

/// The bot has nothing more to say when the time comes to tell Discord that it is thinking.
#[test]
fn a_quick_answer_is_a_single_request() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (stage, bot) = stage().await;
        let answered = stage.fake.call(&stage.ben, "me", json!({}));
        answered.answer().await;
        bot.settled().await;
        tokio::time::pause();
        tokio::time::advance(UNHURRIED.engine).await;
        // Everything that waited for this moment runs now.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::time::resume();
        stage.ask(&stage.ben, "help", json!({})).await;
        let of_it = |request: &&Request| request.path.contains(&answered.id.to_string());
        assert_eq!(stage.fake.requests().iter().filter(of_it).count(), 1);
        end(stage, bot).await;
    });
}

/// The options of an expense with a receipt.
fn with_receipt(receipt: Value) -> Value {
    json!({ "amount": "60", "what": "cables", "receipt": receipt })
}

/// Waits until so many receipts are kept: they come after the logs that they are for.
async fn kept(stage: &Stage, count: usize) {
    let is_kept = async || (stage.files.entries("receipt-kept").await >= count).then_some(());
    eventually(&format!("{count} receipts are kept"), is_kept).await;
}

#[test]
fn an_attached_receipt_is_kept_as_it_was_sent() {
    block_on(async {
        let (stage, bot) = stage().await;
        let bytes = [b"%PDF-1.7\n".to_vec(), vec![7; 12_000]].concat();
        let logged = stage
            .ask(
                &stage.ben,
                "log expense",
                with_receipt(stage.fake.upload("bill @everyone.pdf", &bytes, Trouble::None)),
            )
            .await;
        assert_eq!(logged.kind, Kind::Said { ephemeral: false });
        assert!(
            text(&logged.message).starts_with("L1: ben, expense 60.00 CAD on forillon — cables\n")
                && text(&logged.message).ends_with(
                    "\nThe receipt bill \\@everyone.pdf is on its way. If it doesn't come, I'll ask you for it."
                ),
            "{}",
            text(&logged.message)
        );
        kept(&stage, 1).await;
        let list = stage.ask(&stage.ana, "log list", json!({})).await;
        assert!(text(&list.message).contains("cables · 60.00 CAD · (with receipt)"), "{}", text(&list.message));
        bot.settled().await;
        stage.fake.check();
        bot.stop().await;
        let database = stage.files.database();
        let store = SqliteStore::open(&database).await.unwrap();
        let rows = sqlx::query("SELECT * FROM files").fetch_all(store.pool()).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{} files", rows.len()) };
        assert_eq!(
            (row.get::<&str, _>("name"), row.get::<&str, _>("media_type")),
            ("bill @everyone.pdf", "application/pdf")
        );
        let kept: &[u8] = row.get("bytes");
        assert!(*kept == bytes, "what is kept is what was attached");
        let named = TextRef::of(row.get::<&[u8], _>("salt").try_into().unwrap(), kept);
        assert_eq!(named.0.0.as_slice(), row.get::<&[u8], _>("hash"));
        let entry =
            journals(&database).await.into_iter().find(|(payload, _)| payload.contains("\"receipt-kept\"")).unwrap().0;
        assert!(entry.contains(&named.0.to_string()) && !entry.contains("bill"), "{entry}");
        let network = store.networks().await.unwrap().remove(0);
        assert_eq!(store.verify(&network).await.unwrap().broken, []);
        for (statement, found) in [
            (
                "UPDATE files SET bytes = CAST(replace(CAST(bytes AS TEXT), '1.7', '1.6') AS BLOB)",
                "1 not what was hashed",
            ),
            ("UPDATE files SET bytes = (SELECT salt FROM texts LIMIT 1), salt = zeroblob(16)", "1 not what was hashed"),
            ("DELETE FROM files", "1 missing, and nobody has had them erased"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(store.pool()).await.unwrap();
            let broken: Vec<String> =
                store.verify(&network).await.unwrap().broken.iter().map(ToString::to_string).collect();
            assert_eq!(broken, [format!("files beside the journal: {found}")], "{statement}");
        }
    });
}

#[test]
fn a_receipt_that_cannot_be_kept_is_asked_for_again_and_its_log_stays() {
    block_on(async {
        let (stage, bot) = stage().await;
        let (paper, large) = (b"%PDF-1.7\n".to_vec(), [b"%PDF-1.7\n".to_vec(), vec![0; 8_000_000]].concat());
        let elsewhere =
            stage.fake.upload("other.pdf", &paper, Trouble::None)["attachment"]["url"].as_str().unwrap().to_owned();
        let troubles = [
            ("huge.pdf", &paper, Trouble::SaidToBe(8_000_001), "is larger than 8 MB", false),
            ("liar.pdf", &large, Trouble::SaidToBe(9), "is larger than 8 MB", true),
            ("photo.png", &b"MZ\x90\0\x03".to_vec(), Trouble::None, "isn't a PDF or a picture", true),
            ("gone.pdf", &paper, Trouble::Gone, "could not be fetched", true),
            ("moved.pdf", &paper, Trouble::Elsewhere(elsewhere), "could not be fetched", true),
        ];
        for (number, (name, bytes, trouble, why, is_fetched)) in troubles.into_iter().enumerate() {
            let before = stage.fake.fetched().len();
            let options = json!({ "amount": "60", "what": name, "receipt": stage.fake.upload(name, bytes, trouble) });
            let answer = stage.ask(&stage.ben, "log expense", options).await;
            let log = number + 1;
            assert!(
                text(&answer.message).starts_with(&format!("L{log}: ben, expense 60.00 CAD")),
                "{name}: {}",
                text(&answer.message)
            );
            let asked = |fake: &Fake| fake.direct_messages(stage.ben.user).get(number).cloned();
            let told = text(&stage.fake.until("the question for the receipt", asked).await);
            let again = format!("{why}. The log still counts. Attach the receipt again: `/receipt add log:L{log}`.");
            assert!(told.starts_with(&format!("The receipt {name} of L{log} ")) && told.ends_with(&again), "{told}");
            assert_eq!(stage.fake.fetched().len() - before, usize::from(is_fetched), "{name}");
        }
        assert_eq!((stage.files.entries("logged").await, stage.files.entries("receipt-kept").await), (5, 0));
        let again = json!({ "log": "L4", "receipt": stage.fake.upload("gone.pdf", &paper, Trouble::None) });
        stage.ask(&stage.ben, "receipt add", again).await;
        kept(&stage, 1).await;
        let shown = stage.ask(&stage.ana, "receipt show", json!({ "log": "L4" })).await;
        assert_eq!(shown.kind, Kind::Said { ephemeral: true });
        assert!(text(&shown.message).starts_with("Here is 1 receipt of L4 by ben"), "{}", text(&shown.message));
        bot.settled().await;
        let beside = stage.fake.requests();
        let file = beside.iter().flat_map(|request| &request.files).next_back().unwrap();
        assert!(file.filename == "gone.pdf" && file.bytes == paper, "what was attached is shown");
        // A typed address is never fetched.
        let url = stage.fake.upload("typed.pdf", &paper, Trouble::None)["attachment"]["url"].clone();
        let typed = |name: &str, value: Value| json!({ "name": name, "type": 3, "value": value });
        let options = json!([typed("amount", json!("60")), typed("what", json!("cables")), typed("receipt", url)]);
        let call = json!({ "id": "4", "name": "log", "type": 1, "options": [{ "name": "expense", "type": 1, "options": options }] });
        let answer = stage.fake.call_raw(&stage.ben, call).answer().await;
        assert!(
            is_refusal(&answer)
                && text(&answer.message).starts_with("`receipt` is a file, but your message came without one."),
            "{answer:?}"
        );
        assert!(stage.fake.fetched().iter().all(|path| !path.contains("typed.pdf") && !path.contains("other.pdf")));
        end(stage, bot).await;
    });
}

#[test]
fn a_slow_receipt_delays_no_other_command() {
    block_on(async {
        let (stage, bot) = stage().await;
        let slow = stage.fake.upload("bill.pdf", b"%PDF-1.7\n", Trouble::Held);
        let logged = stage.ask(&stage.ben, "log expense", with_receipt(slow)).await;
        assert!(
            text(&logged.message)
                .ends_with("The receipt bill.pdf is on its way. If it doesn't come, I'll ask you for it.")
        );
        let meanwhile = stage.ask(&stage.ben, "log hours", json!({ "time": "1h", "what": "wiring" })).await;
        assert_eq!(text(&meanwhile.message), "L2: ben, work 1h on forillon — wiring");
        assert_eq!(stage.files.entries("receipt-kept").await, 0);
        stage.fake.release_uploads();
        kept(&stage, 1).await;
        end(stage, bot).await;
    });
}

#[test]
fn a_duplicate_with_a_receipt_must_be_sent_again_to_be_confirmed() {
    block_on(async {
        let (stage, bot) = stage().await;
        let receipt = || with_receipt(stage.fake.upload("bill.pdf", b"%PDF-1.7\n", Trouble::None));
        stage.ask(&stage.ben, "log expense", receipt()).await;
        let asked = stage.ask(&stage.ben, "log expense", receipt()).await;
        let answer = stage.fake.press(&stage.ben, id(&asked.message), "Yes").answer().await;
        assert!(
            is_refusal(&answer)
                && text(&answer.message).starts_with("`receipt` is a file, but your message came without one."),
            "{answer:?}"
        );
        assert_eq!(stage.files.entries("logged").await, 1);
        let again = stage.ask(&stage.ben, "log expense", receipt()).await;
        assert!(text(&again.message).starts_with("L2: ben, expense 60.00 CAD"), "{}", text(&again.message));
        kept(&stage, 2).await;
        assert_eq!((stage.files.entries("logged").await, stage.files.entries("receipt-kept").await), (2, 2));
        end(stage, bot).await;
    });
}

#[test]
fn an_outage_at_the_start_is_waited_out_and_a_wrong_token_ends_the_program() {
    block_on(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(&fake.url()).await;
        let failed = std::sync::atomic::AtomicBool::new(false);
        proxy.rule(move |_| match failed.swap(true, std::sync::atomic::Ordering::Relaxed) {
            false => Act::Status(503, json!({}), Vec::new()),
            true => Act::Pass,
        });
        let (stage, bot) = Stage::set(fake, Some(proxy.url())).await;
        end(stage, bot).await;

        let fake = Fake::start().await;
        let files = Files::new(&fake.url());
        std::fs::write(&files.settings.token_file, "MTEwMDAwMDAwMDAwMDAwMDAwMQ.AnOtHe.r0ne").unwrap();
        let mut program = Program::start(files.database().parent().unwrap(), &files.configuration());
        let (status, log) = program.ended().await;
        assert!(!status.success() && log.contains("Discord does not accept the token in"), "{log}");
        assert!(!log.contains("r0ne"), "a token is never shown: {log}");
    });
}
