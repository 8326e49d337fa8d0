//! Encrypted rooms: a second client of the Matrix SDK speaks there, as a person's own client does.

use std::time::Duration;

use matrix_sdk::attachment::AttachmentConfig;
use matrix_sdk::config::SyncSettings;
use matrix_sdk::deserialized_responses::TimelineEventKind;
use matrix_sdk::media::{MediaFormat, MediaRequestParameters};
use matrix_sdk::ruma::UserId;
use matrix_sdk::ruma::api::client::room::create_room;
use matrix_sdk::ruma::events::InitialStateEvent;
use matrix_sdk::ruma::events::room::MediaSource;
use matrix_sdk::ruma::events::room::encryption::RoomEncryptionEventContent;
use matrix_sdk::ruma::events::room::message::TextMessageEventContent;
use matrix_sdk::{Client, Room};
use serde_json::{Value, json};

use super::world::{Account, Bot, answers, body};
use crate::proxy::{Act, Proxy};
use crate::synapse::Synapse;
use crate::watchdog::{awaited, eventually};
use crate::world::block_on;

/// Somebody with a client that encrypts.
pub struct Sealed {
    /// The client.
    pub client: Client,
    heard: Vec<Value>,
}

impl Sealed {
    /// Logs somebody in.
    pub async fn new(synapse: &Synapse, url: &str, name: &str) -> Self {
        let user_id = synapse.account(name, "secret").await;
        let client = Client::builder().homeserver_url(url).build().await.unwrap();
        client.matrix_auth().login_username(&user_id, "secret").send().await.unwrap();
        let mut sealed = Self { client, heard: Vec::new() };
        sealed.sync().await;
        sealed
    }

    /// Makes an encrypted room with the bot in it.
    pub async fn room(&mut self, bot: &str) -> Room {
        let mut request = create_room::v3::Request::new();
        request.preset = Some(create_room::v3::RoomPreset::PrivateChat);
        request.invite = vec![UserId::parse(bot).unwrap()];
        let encryption = RoomEncryptionEventContent::with_recommended_defaults();
        request.initial_state = vec![InitialStateEvent::with_empty_state_key(encryption).to_raw_any()];
        let room = self.client.create_room(request).await.unwrap();
        self.until(|event| event["sender"] == bot && body(event).starts_with("I am fairshare")).await;
        room
    }

    /// Sends a message; returns the event's id.
    pub async fn send(&self, room: &Room, words: &str) -> String {
        let content = json!({ "msgtype": "m.text", "body": words });
        room.send_raw("m.room.message", content).await.unwrap().response.event_id.to_string()
    }

    /// Sends a message; returns the bot's reply.
    pub async fn ask(&mut self, room: &Room, words: &str) -> Value {
        let said = self.send(room, words).await;
        self.reply_to(&said).await
    }

    /// Waits for the reply to an event.
    pub async fn reply_to(&mut self, said: &str) -> Value {
        self.until(|event| answers(event) == Some(said)).await
    }

    /// Listens until an event comes, in any room; those before it are forgotten.
    pub async fn until(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        let listening = async {
            loop {
                if let Some(at) = self.heard.iter().position(&is_meant) {
                    return self.heard.drain(..=at).next_back().unwrap();
                }
                self.sync().await;
            }
        };
        awaited("the event comes", listening).await
    }

    async fn sync(&mut self) {
        let settings = SyncSettings::new().timeout(Duration::from_secs(5));
        let response = self.client.sync_once(settings).await.unwrap();
        for (id, update) in response.rooms.joined {
            for event in update.timeline.events {
                let mut json: Value = serde_json::from_str(event.raw().json().get()).unwrap();
                json["room_id"] = json!(id);
                json["sealed"] = json!(matches!(event.kind, TimelineEventKind::Decrypted(_)));
                self.heard.push(json);
            }
        }
        for room in self.client.invited_rooms() {
            room.join().await.unwrap();
        }
    }
}

async fn account(url: &str) -> Account {
    Account::new(Synapse::shared(), url).await
}

#[test]
fn an_encrypted_room_works_and_refuses_unencrypted_commands() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = account(&synapse.url()).await;
        let (us, bot) = (account.user_id(), account.start().await);
        let key = account.settings.state.join("recovery-key");
        assert!(std::fs::read_to_string(&key).unwrap().len() > 40, "the recovery key is kept with the secrets");
        for secret in [&key, &account.settings.state.join("session.json")] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(secret).unwrap().permissions());
            assert_eq!(mode & 0o077, 0, "{} is nobody else's to read", secret.display());
        }
        let mut ana = Sealed::new(synapse, &synapse.url(), "sealed-ana").await;
        let room = ana.room(us).await;
        for (words, answer) in [
            ("!network init Sensorica", "The network Sensorica has started"),
            ("!project new forillon", "The project forillon has started"),
            ("!role grant sealed-ana custodian", "sealed-ana is now custodian"),
            ("!log 2h wiring", "L1: sealed-ana, work 2h"),
            ("!income record 100 Parks", "M1: 100.00 CAD came in from Parks"),
            ("!books", "Sensorica · the custodian holds 100.00 CAD"),
        ] {
            let reply = ana.ask(&room, words).await;
            assert!(body(&reply).starts_with(answer), "{words}: {}", body(&reply));
            assert!(!body(&reply).contains("aren't encrypted"), "{words}: {}", body(&reply));
            assert_eq!(reply["sealed"], true, "{words}: what is answered here is encrypted");
        }
        // Unencrypted messages, in anybody's name, change nothing. Reactions are never encrypted, and move no money.
        let forged = synapse.person("sealed-ana").await;
        for (words, answer) in [
            ("!income record 900 Parks", "I did nothing. In this room, your own device must encrypt"),
            ("!role revoke sealed-ana custodian", "I did nothing. In this room, your own device must encrypt"),
            ("!log 9h nothing", "I did nothing. In this room, your own device must encrypt"),
            ("!log list", "1 log"),
        ] {
            let said = forged.send(room.room_id().as_str(), words).await;
            let reply = ana.reply_to(&said).await;
            assert!(body(&reply).starts_with(answer), "{words}: {}", body(&reply));
        }
        let question = ana.ask(&room, "!payout confirm").await;
        let asked = question["event_id"].as_str().unwrap();
        forged.react(room.room_id().as_str(), asked, "✅").await;
        assert!(body(&ana.reply_to(asked).await).contains("type `!yes`"));
        assert!(body(&ana.ask(&room, "!yes").await).starts_with("D1 · 100.00 CAD in "));
        // A command that moves no money can be confirmed by a reaction.
        let question = ana.ask(&room, "!log 2h wiring").await;
        let asked = question["event_id"].as_str().unwrap();
        forged.react(room.room_id().as_str(), asked, "✅").await;
        assert!(body(&ana.reply_to(asked).await).starts_with("L2: "));
        // A private answer is encrypted if the room of its command is.
        ana.send(&room, "!me").await;
        let told = ana.until(|event| body(event).starts_with("sealed-ana in Sensorica")).await;
        assert_eq!((&told["sealed"], told["room_id"] == room.room_id().as_str()), (&json!(true), false));
        bot.stop().await;
        // It is the same device after a restart, and can decrypt messages.
        let bot = account.start().await;
        assert!(body(&ana.ask(&room, "!log 3h more").await).starts_with("L3: "));
        bot.stop().await;
    });
}

/// A receipt comes encrypted in an encrypted room, and is shown again in an encrypted direct room.
#[test]
fn a_receipt_from_an_encrypted_room_is_shown_encrypted() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = account(&synapse.url()).await;
        let (us, bot) = (account.user_id(), account.start().await);
        let mut ana = Sealed::new(synapse, &synapse.url(), "receipt-ana").await;
        let room = ana.room(us).await;
        ana.ask(&room, "!network init Sensorica").await;
        ana.ask(&room, "!project new forillon").await;
        let bill = b"%PDF-1.7\n a bill".to_vec();
        let caption = TextMessageEventContent::plain("!log expense 60 cables");
        let sent = room
            .send_attachment(
                "bill.pdf",
                &mime::APPLICATION_PDF,
                bill.clone(),
                AttachmentConfig::new().caption(Some(caption)),
            )
            .await;
        let logged = ana.reply_to(sent.unwrap().event_id.as_str()).await;
        assert!(body(&logged).contains("The receipt bill.pdf is on its way"), "{}", body(&logged));
        let is_kept = async || body(&ana.ask(&room, "!log list").await).contains("(with receipt)").then_some(());
        eventually("the receipt is kept", is_kept).await;
        ana.send(&room, "!receipt show L1").await;
        let shown = ana.until(|event| event["sender"] == us && event["content"]["msgtype"] == "m.file").await;
        assert_eq!((&shown["sealed"], shown["room_id"] == room.room_id().as_str()), (&json!(true), false));
        let source: MediaSource = serde_json::from_value(shown["content"].clone()).unwrap();
        assert!(
            matches!(source, MediaSource::Encrypted(_)),
            "what lies on the homeserver can't be read there: {shown}"
        );
        let request = MediaRequestParameters { source, format: MediaFormat::File };
        assert_eq!(ana.client.media().get_media_content(&request, false).await.unwrap(), bill);
        bot.stop().await;
    });
}

/// A proxy that claims to have sent keys, and sends them when they are released.
async fn withholding(synapse: &Synapse) -> Proxy {
    let proxy = Proxy::start(&synapse.url()).await;
    proxy.rule(|ask| {
        if ask.path.contains("/sendToDevice/m.room.encrypted/") { Act::AnswerLater(json!({})) } else { Act::Pass }
    });
    proxy
}

#[test]
fn an_undecrypted_command_is_obeyed_when_its_key_comes() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = account(&synapse.url()).await;
        let (us, bot) = (account.user_id(), account.start().await);
        let proxy = withholding(synapse).await;
        let mut ana = Sealed::new(synapse, proxy.url(), "late-ana").await;
        let room = ana.room(us).await;
        let early = ana.send(&room, "!network init Sensorica").await;
        let redacted = ana.send(&room, "!help").await;
        synapse.person("late-ana").await.redact(room.room_id().as_str(), &redacted).await;
        // A restart while an event waits for its key: the cursor has stayed before it.
        proxy.until_held(1).await;
        bot.stop().await;
        let mut bot = account.start().await;
        bot.caught_up().await;
        assert_eq!(account.outcomes("").await, ["read"], "only the greeting");
        proxy.release();
        assert!(body(&ana.reply_to(&early).await).starts_with("The network Sensorica has started"));
        assert_eq!(account.outcomes("").await.len(), 2, "what was redacted meanwhile is nothing");
        bot.stop().await;
    });
}

#[test]
fn a_sender_whose_key_never_comes_is_asked_to_repeat_the_command() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = account(&synapse.url()).await;
        let us = account.user_id();
        let session = account.session().await;
        let bot =
            Bot::patient(&session, &account.settings, &account.database(), "sealed", Duration::from_secs(2)).await;
        let proxy = withholding(synapse).await;
        let mut ana = Sealed::new(synapse, proxy.url(), "keyless-ana").await;
        let room = ana.room(us).await;
        let said = [ana.send(&room, "!network init Sensorica").await, ana.send(&room, "!help").await];
        let asked = ana.until(|event| body(event).starts_with("I can't read your message here")).await;
        assert_eq!(answers(&asked), Some(said[0].as_str()));
        let are_given_up = async || (account.outcomes("refused unreadable").await.len() == 3).then_some(());
        eventually("both are given up, and she was told once", are_given_up).await;
        // Too late: she was asked to say it again, so it is not obeyed as well, neither now nor after a restart.
        proxy.release();
        bot.stop().await;
        drop(session);
        let bot = account.start().await;
        assert!(
            body(&ana.ask(&room, "!network init Sensorica").await).starts_with("The network Sensorica has started")
        );
        let refused = account.outcomes("refused unreadable").await;
        assert_eq!(refused.len(), 3, "each has its outcome, and so has that she was told, once");
        bot.stop().await;
    });
}
