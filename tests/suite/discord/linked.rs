//! One network on two platforms: a Matrix room and a Discord server, one program, and one human who is in both.

use serde_json::{Value, json};

use super::fake::{Fake, Kind};
use super::world::{Files, called, text};
use crate::matrix::world::{Account, ask, body, is_from, room};
use crate::program::Program;
use crate::synapse::Synapse;
use crate::world::block_on;

/// The word after a text in a message.
fn after<'a>(message: &'a str, text: &str) -> &'a str {
    let rest = message.split_once(text).unwrap_or_else(|| panic!("no `{text}` in {message}")).1;
    rest.split(|c: char| !c.is_alphanumeric()).next().unwrap()
}

#[test]
fn one_person_has_one_balance_on_two_platforms() {
    block_on(async {
        let synapse = Synapse::shared();
        let (account, fake) = (Account::new(synapse, &synapse.url()).await, Fake::start().await);
        let files = Files::new(&fake.url());
        let guild = fake.guild("Sensorica");
        let channel = fake.channel(guild, "lobby");
        let program =
            Program::start(account.folder.path(), &format!("{}{}", account.configuration(), files.configuration()));
        fake.until("the commands are registered", |fake| (fake.puts() > 0).then_some(())).await;
        let bot = account.user_id();

        // A network with a custodian, a client's money, and some work of ana's, in Matrix.
        let ana = synapse.person("ana").await;
        let lobby = room(bot, &[&ana], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        for words in [
            "!network init Sensorica",
            "!project new forillon rule:hours",
            "!role grant ana custodian",
            "!log 2h wiring",
        ] {
            ask(&mut ear, &ana, &lobby, bot, words).await;
        }
        let mut private = ana.listen(&[] as &[&str]).await;
        ask(&mut ear, &ana, &lobby, bot, "!network link").await;
        let direct = private.invited().await;
        ana.join(&direct).await;
        let mut direct_ear = ana.listen(&[&direct]).await;
        let told = ana.messages(&direct).await;
        let code = after(told.iter().map(body).find(|text| text.contains("!network link ")).unwrap(), "!network link ")
            .to_owned();

        // The same network in Discord, where she is another person at first.
        let there = fake.who(fake.person("ana.d"), channel).managing();
        let linked = fake.call(&there, "network link", json!({ "code": code })).answer().await;
        assert!(text(&linked.message).starts_with("This room belongs to Sensorica now."), "{linked:?}");
        fake.call(&there, "join", json!({})).answer().await;
        let logged = fake.call(&there, "log hours", json!({ "time": "1h", "what": "painting" })).answer().await;
        assert_eq!(text(&logged.message), "L2: ana-d, work 1h on forillon — painting");
        let mut ben = fake.who(fake.person("ben"), channel);
        fake.call(&ben, "join", json!({})).answer().await;
        fake.call(&ben, "log hours", json!({ "time": "3h", "what": "carrying" })).answer().await;
        // An administrator there is no steward here.
        let refused = fake.call(&there, "rate set", json!({ "role": "work", "amount": "20" })).answer().await;
        assert_eq!(refused.kind, Kind::Said { ephemeral: true });

        // Both accounts agree to be one person: the code from Matrix, typed in Discord, and her yes in Matrix.
        let said = ana.send(&direct, "link me").await;
        let reply = |events: &[Value], after: &str| {
            let related = |event: &&Value| {
                is_from(event, bot)
                    && event.pointer("/content/m.relates_to/m.in_reply_to/event_id").is_some_and(|id| id == after)
            };
            events.iter().find(related).map(|event| body(event).to_owned())
        };
        let events = direct_ear.until(|events| reply(events, &said).is_some()).await;
        let code = after(&reply(&events, &said).unwrap(), "!link me ").to_owned();
        let asked = fake.call(&there, "link me", json!({ "code": code })).answer().await;
        assert_eq!(asked.kind, Kind::Said { ephemeral: true });
        let message = asked.message["id"].as_str().unwrap().parse().unwrap();
        let claimed = fake.press(&there, message, "Yes").answer().await;
        assert_eq!(claimed.kind, Kind::Updated(message));
        let still = fake.call(&there, "me", json!({})).answer().await;
        assert!(text(&still.message).starts_with("### ana-d in Sensorica"), "nothing is joined by that: {still:?}");
        let mut say = async |words: &str| {
            let said = ana.send(&direct, words).await;
            let events = direct_ear.until(|events| reply(events, &said).is_some()).await;
            reply(&events, &said).unwrap()
        };
        let question = say("link me").await;
        assert!(
            question.contains(&format!("Account: @{} on discord", there.user))
                && question.contains("1 log comes along"),
            "{question}"
        );
        say("yes").await;

        // One person, one balance, wherever she asks.
        let here = say("me").await;
        let elsewhere = text(&fake.call(&there, "me", json!({})).answer().await.message);
        assert_eq!(words(&elsewhere), words(&here));
        ask(&mut ear, &ana, &lobby, bot, "!income record 60 client").await;
        ask(&mut ear, &ana, &lobby, bot, "!payout confirm").await;
        ask(&mut ear, &ana, &lobby, bot, "!yes").await;
        assert!(words(&say("me").await).join(" ").contains("Owed to you: 30.00 CAD"));
        let books = fake.call(&there, "books show", json!({})).answer().await;
        assert!(
            text(&books.message).contains("ana  30.00 CAD") && !text(&books.message).contains("ana-d"),
            "{books:?}"
        );
        // What she may do in one place, she may do in the other.
        let rate = fake.call(&there, "rate set", json!({ "role": "work", "amount": "20" })).answer().await;
        assert_eq!(text(&rate.message), "work: 20.00 CAD an hour. 3 logs have a rate now.");
        // A person is mentioned where they have an account: ben on Discord, and not from Matrix.
        ben.channel = channel;
        let flagged = fake.call(&there, "log flag", json!({ "log": "L3", "reason": "too long" })).answer().await;
        assert_eq!(called(&flagged.message), format!("<@{}>", ben.user));
        let whole = ask(&mut ear, &ana, &lobby, bot, "!ledger verify").await;
        assert!(body(&whole).starts_with("The journal is complete"), "{whole}");
        fake.check();
        drop(program);
    });
}

/// The words of a reply, without what each platform does in its own way.
fn words(text: &str) -> Vec<String> {
    let bare = text.replace("### ", "").replace("**", "").replace("```", " ").replace("\n- ", "\n");
    bare.split([' ', '\n', '·']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
