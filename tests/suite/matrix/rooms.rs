//! What people get in rooms.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use chrono::TimeDelta;

use fairshare::config;
use fairshare::directory::RoomKey;
use fairshare::platform::Platform;
use fairshare::preference::NewsKind;
use fairshare::store::sqlite::store::SqliteStore;
use fairshare::ticker;
use serde_json::{Value, json};

use super::world::{Account, Bot, answers, ask, begun, body, is_from, replies, reply_to, room};
use crate::synapse::{Ear, Person, Synapse};
use crate::watchdog::eventually;
use crate::world::{block_on, usual_limits};

async fn account() -> Account {
    let synapse = Synapse::shared();
    Account::new(synapse, &synapse.url()).await
}

#[test]
fn an_invited_bot_greets_the_room_and_relates_its_replies_to_their_commands() {
    block_on(async {
        let (synapse, account) = (Synapse::shared(), account().await);
        let (us, bot) = (account.user_id(), account.start().await);
        let (ana, ben) = (synapse.person("ana").await, synapse.person("ben").await);
        let lobby = room(us, &[&ana, &ben], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        let greeting = replies(&mut ear, us, 1).await.remove(0);
        assert_eq!(body(&greeting).lines().count(), 2);
        assert!(
            body(&greeting).contains("`!network init <name>`") && body(&greeting).contains("power 50"),
            "{}",
            body(&greeting)
        );
        assert!(
            greeting["content"]["formatted_body"].as_str().unwrap().contains("<code>!network init &lt;name&gt;</code>")
        );
        let begun = ask(&mut ear, &ana, &lobby, us, "!network init Sensorica").await;
        assert!(body(&begun).starts_with("The network Sensorica has started"), "{begun}");
        assert_eq!(
            (begun["content"]["msgtype"].as_str(), &begun["content"]["m.mentions"]),
            (Some("m.notice"), &json!({}))
        );
        let in_words = [format!("{us} help"), "fairshare: help".to_owned(), "/help".to_owned()];
        for words in in_words {
            let reply = ask(&mut ear, &ben, &lobby, us, &words).await;
            assert!(body(&reply).starts_with("What people use most"), "{words}: {}", body(&reply));
        }
        let first = ana.send(&lobby, "shall we?").await;
        let threaded = json!({ "msgtype": "m.text", "body": "!help", "m.relates_to": { "rel_type": "m.thread", "event_id": first } });
        let said = ana.send_event(&lobby, "m.room.message", threaded, None).await;
        let reply = reply_to(&mut ear, us, &said).await;
        let relation = json!({ "rel_type": "m.thread", "event_id": first, "is_falling_back": false, "m.in_reply_to": { "event_id": said } });
        assert_eq!(reply["content"]["m.relates_to"], relation, "an answer stays in its thread");
        bot.stop().await;
    });
}

#[test]
fn only_room_administrators_can_begin_a_network() {
    block_on(async {
        let (synapse, account) = (Synapse::shared(), account().await);
        let (us, bot) = (account.user_id(), account.start().await);
        let (ana, ben) = (synapse.person("ana").await, synapse.person("ben").await);
        let powers = json!({ "power_level_content_override": { "users_default": 0, "users": { ben.id(): 49 } } });
        let lobby = room(us, &[&ana, &ben], powers).await;
        let mut ear = ana.listen(&[&lobby]).await;
        let refused = ask(&mut ear, &ben, &lobby, us, "!network init Mine").await;
        assert!(body(&refused).contains("Only a room admin can do that"), "{}", body(&refused));
        ana.set_state(&lobby, "m.room.power_levels", "", json!({ "users": { ben.id(): 50 } })).await;
        let begun = ask(&mut ear, &ben, &lobby, us, "!network init Mine").await;
        assert!(body(&begun).starts_with("The network Mine has started"), "{}", body(&begun));
        bot.stop().await;
    });
}

#[test]
fn a_question_accepts_reactions_only_from_the_person_asked() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        ask(&mut ear, &ben, &lobby, us, "!log 1h wiring").await;
        let question = ask(&mut ear, &ben, &lobby, us, "!log 1h wiring").await;
        let asked = question["event_id"].as_str().unwrap();
        assert!(body(&question).starts_with("You typed the same thing"), "{}", body(&question));
        let offered = |events: &[Value]| {
            ["✅", "❌"]
                .iter()
                .all(|sign| events.iter().any(|event| event.pointer("/content/m.relates_to/key") == Some(&json!(sign))))
        };
        ear.until(offered).await;
        // Somebody else's reaction, another emoji, and a reaction to a message without a question are no answers.
        ana.react(&lobby, asked, "✅").await;
        ben.react(&lobby, asked, "👍").await;
        ben.react(&lobby, &ben.send(&lobby, "just talk").await, "✅").await;
        ben.react(&lobby, asked, "✅\u{fe0f}").await;
        let reply = reply_to(&mut ear, us, asked).await;
        assert!(body(&reply).starts_with("L2: ben, work 1h"), "{}", body(&reply));
        // After the answer, neither the other emoji nor the same again has an effect.
        ben.react(&lobby, asked, "❌").await;
        let question = ask(&mut ear, &ben, &lobby, us, "!log 1h wiring").await;
        let asked = question["event_id"].as_str().unwrap();
        ben.react(&lobby, asked, "❌").await;
        assert!(body(&reply_to(&mut ear, us, asked).await).starts_with("Dropped"));
        // A log for somebody waits for their yes; the bot's message about it takes that too.
        let waits = ask(&mut ear, &ana, &lobby, us, "!log 2h drawings for:ben").await;
        let waiting = waits["event_id"].as_str().unwrap();
        assert_eq!(
            waits["content"]["m.mentions"],
            json!({ "user_ids": [ben.id()] }),
            "whose yes it waits for is called, and nobody else"
        );
        ben.react(&lobby, waiting, "✅").await;
        assert!(body(&reply_to(&mut ear, us, waiting).await).starts_with("L3 by ben counts now"));
        let last = ask(&mut ear, &ben, &lobby, us, "!log list").await;
        assert!(body(&last).starts_with("3 logs"), "{}", body(&last));
        bot.stop().await;
    });
}

#[test]
fn private_answers_go_to_one_direct_room() {
    block_on(async {
        let (synapse, account) = (Synapse::shared(), account().await);
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let chloe = synapse.person("chloe").await;
        chloe.join_invited(&ana, &lobby).await;
        ask(&mut ear, &chloe, &lobby, us, "!join").await;
        let mut at_home = chloe.listen(&[] as &[&str]).await;
        // Somebody else's room to which she was invited as to a direct one is not her direct room.
        let mallory = synapse.person("mallory").await;
        let trap = json!({ "preset": "public_chat", "is_direct": true, "invite": [chloe.id()] });
        let trap = room(us, &[&mallory], trap).await;
        assert_eq!(at_home.invited().await, trap);
        mallory.leave(&trap).await;
        // Two answers at once make one room.
        let said = [chloe.send(&lobby, "!me").await, chloe.send(&lobby, "!me").await];
        for said in &said {
            assert!(body(&reply_to(&mut ear, us, said).await).starts_with("I answered you in our private room."));
        }
        let direct = at_home.invited().await;
        chloe.join(&direct).await;
        let told =
            at_home.until(|events| events.iter().any(|event| body(event).starts_with("chloe in Sensorica"))).await;
        assert!(
            told.iter()
                .filter(|event| event["room_id"] == lobby.as_str())
                .all(|event| !body(event).contains("Owed to you"))
        );
        // In the direct room, messages are meant for her network, and answered there.
        let answer = ask(&mut at_home, &chloe, &direct, us, "!me").await;
        assert!(body(&answer).starts_with("chloe in Sensorica"), "{}", body(&answer));
        // Nobody else is there, so the prefix may be left out.
        let answer = ask(&mut at_home, &chloe, &direct, us, "pay-to DE89 3704 0044 0532 0130 00").await;
        assert!(body(&answer).starts_with("You are paid at DE89 … 3000."), "{}", body(&answer));
        let answer = ask(&mut at_home, &chloe, &direct, us, "log 1h sanding").await;
        assert!(body(&answer).starts_with("L1: chloe, work 1h"), "{}", body(&answer));
        // After a restart it is still the same room, although she has left it meanwhile.
        bot.stop().await;
        chloe.leave(&direct).await;
        let bot = account.start().await;
        ask(&mut ear, &chloe, &lobby, us, "!me").await;
        assert_eq!(at_home.invited().await, direct);
        // With somebody else in it, it is no direct room any more.
        chloe.join(&direct).await;
        chloe.invite(&direct, mallory.id()).await;
        ask(&mut ear, &chloe, &lobby, us, "!me").await;
        assert_ne!(at_home.invited().await, direct);
        bot.stop().await;
    });
}

#[test]
fn a_member_of_several_networks_names_the_one_meant() {
    block_on(async {
        let (synapse, account) = (Synapse::shared(), account().await);
        let (us, bot) = (account.user_id(), account.start().await);
        let dora = synapse.person("dora").await;
        let mut ear = dora.listen(&[] as &[&str]).await;
        let made = json!({ "preset": "private_chat", "is_direct": true, "invite": [us] });
        let direct = dora.create_room(made).await;
        let greeting = replies(&mut ear, us, 1).await.remove(0);
        assert!(body(&greeting).contains("no network yet"), "{}", body(&greeting));
        for name in ["Atelier", "Brasserie"] {
            let lobby = room(us, &[&dora], json!({ "name": name })).await;
            ask(&mut ear, &dora, &lobby, us, &format!("!network init {name}")).await;
        }
        let which = ask(&mut ear, &dora, &direct, us, "!me").await;
        assert!(body(&which).starts_with("You are in several networks: "), "{}", body(&which));
        let which = ask(&mut ear, &dora, &direct, us, "!network use Boulangerie").await;
        assert!(body(&which).starts_with("You are in several networks: "), "{}", body(&which));
        let chosen = ask(&mut ear, &dora, &direct, us, "!network use brasserie").await;
        assert!(body(&chosen).starts_with("From now on, what you type here goes to Brasserie"), "{}", body(&chosen));
        bot.stop().await;
        let bot = account.start().await;
        let me = ask(&mut ear, &dora, &direct, us, "!me").await;
        assert!(body(&me).starts_with("dora in Brasserie"), "what was chosen stays chosen: {}", body(&me));
        bot.stop().await;
    });
}

#[test]
fn a_message_with_several_commands_is_obeyed_line_by_line() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let said = ana.send(&lobby, "!log 2h wiring\nand soldering\n!log 1h painting\n!lgo list").await;
        let answers = replies(&mut ear, us, 3).await;
        let texts: Vec<&str> = answers.iter().map(body).collect();
        assert!(texts[0].contains("work 2h on forillon — wiring and soldering"), "{texts:?}");
        assert!(texts[1].contains("work 1h on forillon — painting"), "{texts:?}");
        assert!(texts[2].contains("I don't know the command “lgo”"), "{texts:?}");
        for answer in &answers {
            assert_eq!(answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], json!(said));
        }
        bot.stop().await;
    });
}

#[test]
fn an_edit_or_a_removal_is_answered_once_with_what_stands() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, _, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let said = ben.send(&lobby, "!log 3h wiring").await;
        reply_to(&mut ear, us, &said).await;
        ben.edit(&lobby, &said, "!log 2h wiring the pump").await;
        let stands = reply_to(&mut ear, us, &said).await;
        let is_row = |row: &str| row.contains("  ben     work on forillon: wiring  ") && row.ends_with(" 3h");
        assert!(body(&stands).lines().any(is_row), "{}", body(&stands));
        assert!(body(&stands).contains("!log correct L1 time:2h what:\"wiring the pump\""), "{}", body(&stands));
        ben.edit(&lobby, &said, "!log 1h wiring").await;
        let other = ben.send(&lobby, "!log 1h painting").await;
        reply_to(&mut ear, us, &other).await;
        ben.redact(&lobby, &other).await;
        let stands = reply_to(&mut ear, us, &other).await;
        assert!(body(&stands).contains("!log undo L2"), "{}", body(&stands));
        bot.stop().await;
        // A restart reads all of it again, and says none of it again.
        let bot = account.start().await;
        let listed = ask(&mut ear, &ben, &lobby, us, "!log list").await;
        assert!(body(&listed).starts_with("2 logs"), "{}", body(&listed));
        let answers: Vec<String> = ben
            .messages(&lobby)
            .await
            .iter()
            .filter(|event| is_from(event, us))
            .filter_map(answers)
            .map(str::to_owned)
            .collect();
        for (event, count) in [(&said, 2), (&other, 2)] {
            assert_eq!(answers.iter().filter(|answered| *answered == event).count(), count, "{answers:?}");
        }
        bot.stop().await;
    });
}

#[test]
fn a_rule_file_between_fences_is_read_with_its_command() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let file = "[[bucket]]\npercent = 10\nof = \"total\"\nfund = \"maintenance\"\n\n[[bucket]]\npercent = 100\nkinds = [\"work\"]\n";
        let proposed = ask(&mut ear, &ana, &lobby, us, &format!("!rule propose\n```toml\n{file}```")).await;
        let is_row = |row: &str| row.contains("10 %  the fund maintenance  ") && row.ends_with("  of the total");
        assert!(body(&proposed).lines().any(is_row), "{}", body(&proposed));
        let refused = ask(&mut ear, &ana, &lobby, us, "!rule propose\n```\n[[bucket]]\npercent = 120\n```").await;
        assert!(
            body(&refused).starts_with("A part can't be 120 %")
                && body(&refused).contains("in line 2 of the rule file"),
            "{}",
            body(&refused)
        );
        let in_public = ask(&mut ear, &ana, &lobby, us, "!pay-to DE89 3704 0044 0532 0130 00").await;
        assert!(body(&in_public).contains("Delete your message now"), "{}", body(&in_public));
        bot.stop().await;
    });
}

#[test]
fn command_descriptions_are_published_and_structured_commands_are_understood() {
    block_on(async {
        const TYPE: &str = "org.matrix.msc4391.command_description";
        let (synapse, mut account) = (Synapse::shared(), account().await);
        account.settings.command_descriptions = true;
        let us = account.user_id().to_owned();
        let ana = synapse.person("ana").await;
        let bot = account.start().await;
        let powers = json!({ "power_level_content_override": { "users": { &us: 50 } } });
        let lobby = room(&us, &[&ana], powers).await;
        let mut ear = ana.listen(&[&lobby]).await;
        let catalog = fairshare::commands::registry::catalog().unwrap();
        let described = |events: &[Value]| events.iter().filter(|event| event["type"] == TYPE).count();
        let callable = catalog.typed().count();
        let events = ear.until(|events| described(events) >= callable).await;
        let hours = events.iter().find(|event| event["content"]["command"] == "log hours").unwrap();
        let content = &hours["content"];
        assert_eq!(hours["state_key"].as_str().unwrap().len(), 44);
        assert_eq!(content["fi.mau.tail_parameter"], "what");
        let parameters = content["parameters"].as_array().unwrap();
        let keys: Vec<&str> = parameters.iter().map(|parameter| parameter["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["time", "what", "task", "line", "role", "date", "project", "gift", "for"]);
        assert_eq!(parameters[0]["schema"], json!({ "schema_type": "primitive", "type": "string" }));
        assert_eq!((&parameters[0]["optional"], &parameters[1]["optional"]), (&Value::Null, &json!(true)));
        for event in events.iter().filter(|event| event["type"] == TYPE) {
            let parameters = event["content"]["parameters"].as_array().unwrap();
            let tail = event["content"]["fi.mau.tail_parameter"].as_str();
            let after = parameters.iter().skip_while(|parameter| parameter["key"].as_str() != tail).skip(1);
            assert!(
                after.filter(|parameter| parameter["optional"] != true).count() == 0,
                "{event}: required after the tail"
            );
        }
        ask(&mut ear, &ana, &lobby, &us, "!network init Sensorica").await;
        ask(&mut ear, &ana, &lobby, &us, "!project new forillon").await;
        for (key, time) in [("org.matrix.msc4391.command", "1h"), ("m.bot.command", "2h")] {
            let call = json!({ "command": "log hours", "arguments": { "time": time, "what": "wiring" } });
            let content = json!({ "msgtype": "m.text", "body": "/log", key: call, "m.mentions": { "user_ids": [us] } });
            let said = ana.send_event(&lobby, "m.room.message", content, None).await;
            let reply = reply_to(&mut ear, &us, &said).await;
            assert!(body(&reply).contains(&format!("ana, work {time} on forillon — wiring")), "{}", body(&reply));
        }
        // The description of a removed command is withdrawn, that of a changed one is sent again, and the rest stays.
        bot.stop().await;
        let driver = synapse.person(us.trim_start_matches('@').split(':').next().unwrap()).await;
        driver.set_state(&lobby, TYPE, "gone", json!({ "command": "log everything" })).await;
        let key = hours["state_key"].as_str().unwrap();
        driver.set_state(&lobby, TYPE, key, json!({ "command": "log hours", "parameters": [] })).await;
        let mut ear = ana.listen(&[&lobby]).await;
        let bot = account.start().await;
        let events = ear.until(|events| described(events) >= 2).await;
        let told: Vec<(&str, &Value)> =
            events.iter().map(|event| (event["state_key"].as_str().unwrap(), &event["content"])).collect();
        assert_eq!(told, [("gone", &json!({})), (key, content)]);
        ask(&mut ear, &ana, &lobby, &us, "!help").await;
        bot.stop().await;
    });
}

#[test]
fn only_listed_people_can_invite_the_bot_and_begin_networks() {
    block_on(async {
        let (synapse, mut account) = (Synapse::shared(), account().await);
        account.settings.inviters = vec!["@ana:*".to_owned()];
        account.settings.founders = vec!["@chief:*".to_owned()];
        let (us, bot) = (account.user_id(), account.start().await);
        let (ana, mallory) = (synapse.person("ana").await, synapse.person("mallory").await);
        let strange = mallory.create_room(json!({ "preset": "private_chat" })).await;
        let mut ear = mallory.listen(&[&strange]).await;
        mallory.invite(&strange, us).await;
        let declines = |event: &Value| event["state_key"] == us && event["content"]["membership"] == "leave";
        ear.until(|events| events.iter().any(declines)).await;
        let lobby = room(us, &[&ana], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        let refused = ask(&mut ear, &ana, &lobby, us, "!network init Mine").await;
        assert!(
            body(&refused).starts_with("The person who runs this bot decides who may start a network"),
            "{}",
            body(&refused)
        );
        bot.stop().await;
    });
}

/// A dropped flood stays dropped: the room has been read past it, and no restart brings it back.
#[test]
fn a_flood_is_dropped_and_a_restart_does_not_bring_it_back() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let few = |count| NonZeroU32::new(count).unwrap();
        let limits = config::LimitsConfig { account_burst: few(5), account_per_minute: few(1), ..usual_limits() };
        let session = account.session().await;
        let bot = Bot::with(
            &session,
            &account.settings,
            &account.database(),
            "flood",
            (fairshare::adapters::matrix::adapter::PATIENCE, limits),
        )
        .await;
        let (ana, ben) = (Synapse::shared().person("ana").await, Synapse::shared().person("ben").await);
        let lobby = room(us, &[&ana, &ben], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        for (person, words) in [(&ana, "!network init Sensorica"), (&ana, "!project new forillon"), (&ben, "!join")] {
            ask(&mut ear, person, &lobby, us, words).await;
        }
        for number in 0..20 {
            ben.send(&lobby, &format!("!log 1m thing-{number}")).await;
        }
        ask(&mut ear, &ana, &lobby, us, "!help").await;
        bot.settled().await;
        bot.stop().await;
        let done = account.outcomes("").await;
        assert!(done.len() < 20 && done.contains(&"refused too-many".to_owned()), "{done:?}");
        let mut bot = account.start().await;
        bot.caught_up().await;
        ask(&mut ear, &ana, &lobby, us, "!help").await;
        bot.stop().await;
        assert_eq!(account.outcomes("").await.len(), done.len() + 1, "nothing but what was said since");
    });
}

#[test]
fn ignored_people_relays_edits_and_other_bots_are_not_obeyed() {
    block_on(async {
        let (synapse, mut account) = (Synapse::shared(), account().await);
        account.settings.ignore = vec!["@*_ghost:example.test".to_owned()];
        account.settings.relays = vec!["@relay:*".to_owned()];
        let us = account.user_id().to_owned();
        let (bot, ana, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let (ghost, relay) = (synapse.person("irc_ghost").await, synapse.person("relay").await);
        for person in [&ghost, &relay] {
            person.join_invited(&ana, &lobby).await;
        }
        ghost.send(&lobby, "!log 1h nothing").await;
        let said = ben.send(&lobby, "just talk").await;
        ben.edit(&lobby, &said, "!log 2h nothing").await;
        let notice = json!({ "msgtype": "m.notice", "body": "!log 3h nothing" });
        ben.send_event(&lobby, "m.room.message", notice, None).await;
        let quoting = json!({ "msgtype": "m.text", "body": "> <@ana:example.test> !log 4h nothing\n\nno", "m.relates_to": { "m.in_reply_to": { "event_id": said } } });
        ben.send_event(&lobby, "m.room.message", quoting, None).await;
        relay.send(&lobby, "chatter").await;
        let first = relay.send(&lobby, "!log 5h nothing").await;
        relay.send(&lobby, "!log 6h nothing").await;
        let last = ask(&mut ear, &ben, &lobby, &us, "!log list").await;
        assert!(body(&last).starts_with("No logs like that yet"), "{}", body(&last));
        let said = ana.messages(&lobby).await;
        let to_relay: Vec<Option<&str>> = said
            .iter()
            .filter(|event| is_from(event, &us) && body(event).contains("bridge or relay"))
            .map(answers)
            .collect();
        assert_eq!(to_relay, [Some(first.as_str())], "a relay is told once a day");
        bot.stop().await;
        // Not again after a restart either.
        let bot = account.start().await;
        relay.send(&lobby, "!log 7h nothing").await;
        ask(&mut ear, &ben, &lobby, &us, "!help").await;
        let told = ana
            .messages(&lobby)
            .await
            .iter()
            .filter(|event| is_from(event, &us) && body(event).contains("bridge or relay"))
            .count();
        assert_eq!(told, 1);
        bot.stop().await;
    });
}

#[test]
fn an_upgraded_room_is_followed_and_keeps_its_network_and_project() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) =
            begun(Synapse::shared(), &account, json!({ "preset": "public_chat" })).await;
        ask(&mut ear, &ana, &lobby, us, "!project use forillon").await;
        let new = ana.upgrade(&lobby, "12").await;
        ben.join(&new).await;
        let mut ear = ana.listen(&[&new]).await;
        let wait_for_bot = |events: &[Value]| events.iter().filter(|event| is_from(event, us)).count() >= 2;
        let before = ana.messages(&new).await;
        let said = if wait_for_bot(&before) { before } else { ear.until(wait_for_bot).await };
        assert!(said.iter().any(|event| body(event)
            == "This room replaces the old one. It belongs to Sensorica and to its project forillon."));
        assert!(said.iter().any(|event| body(event).ends_with("`!log 2h30 wiring` to log work.")));
        let logged = ask(&mut ear, &ben, &new, us, "!log 1h wiring").await;
        assert!(body(&logged).starts_with("L1: ben, work 1h on forillon"), "{}", body(&logged));
        // The order does not matter: the bot may be in the new room before the old one names it.
        let made_by_hand = json!({ "creation_content": { "predecessor": { "room_id": new } } });
        let third = room(us, &[&ana, &ben], made_by_hand).await;
        let mut ear = ana.listen(&[&third]).await;
        ana.set_state(&new, "m.room.tombstone", "", json!({ "body": "gone", "replacement_room": third })).await;
        let goes_on = |events: &[Value]| events.iter().any(|event| body(event).starts_with("This room replaces"));
        ear.until(goes_on).await;
        // A room that only claims to replace another is unrelated.
        let stranger = Synapse::shared().person("mallory").await;
        let claims = json!({ "creation_content": { "predecessor": { "room_id": lobby } } });
        let false_room = room(us, &[&stranger], claims).await;
        let mut ear = stranger.listen(&[&false_room]).await;
        let reply = ask(&mut ear, &stranger, &false_room, us, "!books").await;
        assert!(body(&reply).starts_with("This room has no network yet"), "{}", body(&reply));
        bot.stop().await;
    });
}

#[test]
fn a_kick_ban_or_mute_in_one_room_stops_nothing_elsewhere() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        // The bot may not speak: the effect stands, and the reply is only logged.
        let silent = json!({ "users": { us: -1 }, "users_default": 50 });
        ana.set_state(&lobby, "m.room.power_levels", "", silent).await;
        ben.send(&lobby, "!log 1h in silence").await;
        ana.set_state(&lobby, "m.room.power_levels", "", json!({ "users_default": 50 })).await;
        let listed = loop {
            // Repeats until the bot has noticed: a refused reply is not tried again.
            let listed = ask(&mut ear, &ben, &lobby, us, "!log list").await;
            if body(&listed).contains("in silence") {
                break listed;
            }
        };
        assert!(body(&listed).starts_with("1 log"), "{}", body(&listed));
        // Kicked and invited again: messages in between are ignored, later ones are obeyed.
        ana.kick(&lobby, us).await;
        ben.send(&lobby, "!log 2h while it was away").await;
        ana.invite(&lobby, us).await;
        let greeted = ear.until(|events| events.iter().any(|event| is_from(event, us))).await;
        assert!(greeted.iter().any(|event| body(event).contains("This room belongs to Sensorica. `!join`")));
        let logged = ask(&mut ear, &ben, &lobby, us, "!log 3h back").await;
        assert!(body(&logged).starts_with("L2: ben, work 3h"), "{}", body(&logged));
        // After a restart, messages from while it was away are still ignored, and those from before it first joined.
        bot.stop().await;
        let bot = account.start().await;
        let last = ask(&mut ear, &ben, &lobby, us, "!log list").await;
        assert!(body(&last).starts_with("2 logs"), "{}", body(&last));
        // Banned in one room, it continues in another.
        let other = room(us, &[&ana, &ben], json!({})).await;
        let mut there = ana.listen(&[&other]).await;
        ana.ban(&lobby, us).await;
        assert!(body(&ask(&mut there, &ana, &other, us, "!help").await).starts_with("What people use most"));
        bot.stop().await;
    });
}

/// A scheduled post to a room that the bot was removed from is tried once; then the schedule and the room's news end.
#[test]
fn a_room_that_removed_the_bot_gets_no_more_summaries_and_news() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        assert!(
            body(&ask(&mut ear, &ana, &lobby, us, "!schedule set summary daily").await)
                .starts_with("This room gets a summary")
        );
        assert!(
            body(&ask(&mut ear, &ana, &lobby, us, "!news money:yes payments:yes").await)
                .contains("from the whole network")
        );
        let kept = async || {
            let store = SqliteStore::open_to_read(&account.database()).await.unwrap();
            let network = store.networks().await.unwrap().remove(0);
            let directory = store.directory(&network).await.unwrap();
            let schedules = directory.all_jobs().filter(|job| job.every.is_some()).count();
            let news = directory.news_of(&RoomKey { platform: Platform::Matrix, id: lobby.clone() });
            (schedules, news.cloned())
        };
        assert_eq!(kept().await, (1, Some(BTreeSet::from([NewsKind::Money, NewsKind::Payments]))));
        let other = room(us, &[&ana, &ben], json!({})).await;
        let mut there = ana.listen(&[&other]).await;
        ana.kick(&lobby, us).await;
        // Once the bot answers elsewhere, it has read of the kick.
        ask(&mut there, &ana, &other, us, "!help").await;
        let due = bot.clock.now() + TimeDelta::days(2);
        bot.clock.set(due);
        bot.intake.push(ticker::tick(due, true)).await;
        let has_ended = async || (kept().await == (0, Some(BTreeSet::new()))).then_some(());
        eventually("nothing comes there by itself any more", has_ended).await;
        bot.stop().await;
    });
}

/// The operator of a homeserver can give a message any timestamp. A live message counts as of now.
#[test]
fn a_live_message_with_an_old_timestamp_counts_as_said_now() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        ask(&mut ear, &ana, &lobby, us, "!network set log-window 7").await;
        for days in [60, 20_000] {
            let stamp = (bot.clock.now() - TimeDelta::days(days)).timestamp_millis();
            let said = ben.send_at(&lobby, "!log 20h wiring", Some(stamp)).await;
            let refused = reply_to(&mut ear, us, &said).await;
            assert!(body(&refused).contains("is too long ago"), "{}", body(&refused));
        }
        bot.stop().await;
    });
}

/// An export of personal data comes as a file, only to its person.
#[test]
fn an_export_arrives_as_a_file() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, _, lobby, _) = begun(Synapse::shared(), &account, json!({})).await;
        let mut invited = ana.listen(&[] as &[&str]).await;
        ana.send(&lobby, "!log 2h wiring").await;
        ana.send(&lobby, "!privacy export").await;
        let direct = invited.invited().await;
        let mut ear = ana.listen(&[&direct]).await;
        ana.join(&direct).await;
        let is_file = |event: &Value| is_from(event, us) && event["content"]["msgtype"] == "m.file";
        let told = ear.until(|events| events.iter().any(is_file)).await;
        let file = told.iter().find(|event| is_file(event)).unwrap();
        assert_eq!(body(file), "ana.json");
        let about: Value =
            serde_json::from_slice(&ana.download(file["content"]["url"].as_str().unwrap()).await).unwrap();
        assert_eq!((&about["handle"], &about["logs"][0]["text"]), (&json!("ana"), &json!("wiring")));
        assert!(
            told.iter().filter(|event| is_from(event, us)).all(|event| !body(event).contains("\"handle\"")),
            "only the file has it"
        );
        bot.stop().await;
    });
}

#[test]
fn malformed_events_are_answered_helpfully_or_ignored() {
    block_on(async {
        let (synapse, account) = (Synapse::shared(), account().await);
        let us = account.user_id();
        let (bot, ana, ben, lobby, mut ear) =
            begun(Synapse::shared(), &account, json!({ "name": "<b>@room</b> \u{202e}" })).await;
        let talk = ben.send(&lobby, "just talk").await;
        let contents = [
            json!({ "msgtype": "m.text", "body": "" }),
            json!({ "msgtype": "m.text", "body": "hello", "formatted_body": "<a href=\"https://matrix.to/#/@ana:example.test\">".repeat(900) }),
            json!({ "msgtype": "m.text", "body": "hello", "m.relates_to": { "rel_type": "org.example.unknown", "event_id": talk } }),
            json!({ "msgtype": "m.text", "body": "hello", "m.relates_to": "x" }),
            json!({ "msgtype": "m.image", "body": "!help", "url": "mxc://nowhere/x" }),
            json!({ "msgtype": "m.text", "body": "/x", "m.bot.command": { "command": "help" } }),
            json!({ "msgtype": "m.text", "body": "/x", "m.bot.command": "help", "m.mentions": { "user_ids": [us] } }),
        ];
        for content in contents {
            ben.send_event(&lobby, "m.room.message", content, None).await;
        }
        for kind in ["m.reaction", "m.room.encrypted", "org.example.unknown", "m.sticker"] {
            ben.send_event(
                &lobby,
                kind,
                json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": talk, "key": "✅" } }),
                None,
            )
            .await;
            ben.send_event(&lobby, kind, json!({ "m.relates_to": [], "algorithm": 3, "ciphertext": {} }), None).await;
        }
        ana.set_state(&lobby, "m.room.tombstone", "x", json!({ "replacement_room": "!nowhere" })).await;
        let call = |call: Value| json!({ "msgtype": "m.text", "body": "/x", "m.bot.command": call, "m.mentions": { "user_ids": [us] } });
        for (command, answer) in [
            (json!({}), "Your command reached me in a form that I can't read (it names no command)"),
            (json!({ "command": "log everything" }), "I don't know the command “log everything”"),
            (json!({ "command": "log hours", "arguments": { "time": 3, "what": "x" } }), "I can't read “3” as a time"),
            (
                json!({ "command": "log hours", "arguments": { "time": "1h", "what": "x", "colour": "red" } }),
                "Your command reached me in a form that I can't read",
            ),
            (
                json!({ "command": "log hours", "arguments": { "time": [1] } }),
                "Your command reached me in a form that I can't read",
            ),
            (json!({ "command": "room follow", "arguments": { "from": "!x" } }), "I don't know the command"),
        ] {
            let said = ben.send_event(&lobby, "m.room.message", call(command.clone()), None).await;
            let reply = reply_to(&mut ear, us, &said).await;
            assert!(body(&reply).starts_with(answer), "{command}: {}", body(&reply));
        }
        // Names with markup, and from right to left.
        let named = synapse.person_called("named", "<img src=x>@room").await;
        named.join_invited(&ana, &lobby).await;
        let joined = ask(&mut ear, &named, &lobby, us, "!join").await;
        assert!(
            body(&joined).starts_with("Welcome to Sensorica, named."),
            "a name that can't be a handle gives way: {}",
            body(&joined)
        );
        let salma = synapse.person_called("salma", "سلمى").await;
        salma.join_invited(&ana, &lobby).await;
        let joined = ask(&mut ear, &salma, &lobby, us, "!join").await;
        assert!(body(&joined).starts_with("Welcome to Sensorica, \u{2068}سلمى\u{2069}."), "{}", body(&joined));
        let logged = ask(&mut ear, &salma, &lobby, us, "!log 1h <b>@room</b> `x` & \u{202e}y").await;
        assert!(
            logged["content"]["formatted_body"].as_str().unwrap().contains("&lt;b&gt;@room&lt;/b&gt; `x` &amp; y"),
            "{logged}"
        );
        assert_eq!(logged["content"]["m.mentions"], json!({}));
        // A pill means the account that it links to.
        let pill = json!({ "msgtype": "m.text", "body": "!role grant <img src=x>@room custodian", "format": "org.matrix.custom.html",
            "formatted_body": format!("!role grant <a href=\"https://matrix.to/#/{}\">&lt;img src=x&gt;@room</a> custodian", named.id()) });
        let said = ana.send_event(&lobby, "m.room.message", pill, None).await;
        assert_eq!(body(&reply_to(&mut ear, us, &said).await), "named is now custodian.");
        bot.stop().await;
    });
}

#[test]
fn books_in_an_unencrypted_room_warn_once_that_the_homeserver_is_trusted() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let trusted = "The person who runs its server could change them";
        assert!(body(&ask(&mut ear, &ana, &lobby, us, "!books").await).contains(trusted));
        bot.stop().await;
        let bot = account.start().await;
        assert!(!body(&ask(&mut ear, &ana, &lobby, us, "!books").await).contains(trusted));
        bot.stop().await;
    });
}

/// A receipt is a picture with its command as the caption, or one that the command replies to; if it is no receipt, it
/// is asked for again, in private.
#[test]
fn a_receipt_is_taken_from_a_captioned_file_or_from_the_file_replied_to() {
    block_on(async {
        let account = account().await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(Synapse::shared(), &account, json!({})).await;
        let paper = ana.upload(b"%PDF-1.7\n a bill").await;
        let file =
            |body: &str, url: &str| json!({ "msgtype": "m.file", "body": body, "filename": "bill.pdf", "url": url });
        ana.send_event(&lobby, "m.room.message", file("!log expense 60 cables", &paper), None).await;
        let logged = ear.until(|events| events.iter().any(|event| is_from(event, us))).await;
        let logged = logged.iter().find(|event| is_from(event, us)).unwrap();
        assert!(body(logged).contains("The receipt bill.pdf is on its way"), "{}", body(logged));
        until_receipts(&mut ear, &ana, &lobby, us, 1).await;
        let earlier = ana.send_event(&lobby, "m.room.message", file("bill.pdf", &paper), None).await;
        ask(&mut ear, &ana, &lobby, us, "!log expense 5 nails").await;
        let answers = json!({ "msgtype": "m.text", "body": "!receipt add L2", "m.relates_to": { "m.in_reply_to": { "event_id": earlier } } });
        ana.send_event(&lobby, "m.room.message", answers, None).await;
        ear.until(|events| events.iter().any(|event| body(event).contains("is on its way"))).await;
        until_receipts(&mut ear, &ana, &lobby, us, 2).await;
        bot.stop().await;
    });
}

/// Waits until so many logs have a receipt.
async fn until_receipts(ear: &mut Ear, ana: &Person, lobby: &str, us: &str, count: usize) {
    let are_kept = async || {
        let list = ask(ear, ana, lobby, us, "!log list").await;
        (body(&list).matches("(with receipt)").count() == count).then_some(())
    };
    eventually(&format!("{count} receipts are kept"), are_kept).await;
}
