//! Homeservers in trouble: nothing is lost and nothing is done twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fairshare::adapters::matrix::sync::SyncEnded;
use serde_json::json;

use super::world::{Account, answers, ask, begun, body, is_from, reply_to, room};
use crate::program::Program;
use crate::proxy::{Act, Proxy};
use crate::synapse::Synapse;
use crate::world::block_on;

#[test]
fn commands_around_a_homeserver_restart_are_all_answered() {
    block_on(async {
        let mut synapse = Synapse::start();
        let account = Account::new(&synapse, &synapse.url()).await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(&synapse, &account, json!({})).await;
        for round in 1..=2 {
            let said = ana.send(&lobby, &format!("!log 1h before {round}")).await;
            synapse.stop();
            synapse.restart();
            assert!(body(&reply_to(&mut ear, us, &said).await).contains("before"));
            let logged = ask(&mut ear, &ana, &lobby, us, &format!("!log 1h after {round}")).await;
            assert!(body(&logged).starts_with(&format!("L{}: ", 2 * round)), "{}", body(&logged));
        }
        bot.stop().await;
    });
}

/// Slow answers, 429 and 502 in turn, and answers that are lost after the request took effect: each reply arrives once.
#[test]
fn replies_arrive_once_and_in_order_despite_limits_errors_and_lost_answers() {
    block_on(async {
        let synapse = Synapse::shared();
        let proxy = Proxy::start(&synapse.url()).await;
        let account = Account::new(synapse, proxy.url()).await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(synapse, &account, json!({})).await;
        let (sends, syncs) = (AtomicUsize::new(0), AtomicUsize::new(0));
        proxy.rule(move |ask| {
            if ask.path.contains("/send/m.room.message/") {
                return match sends.fetch_add(1, Ordering::Relaxed) % 6 {
                    0 => Act::Status(
                        429,
                        json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "slow down", "retry_after_ms": 20 }),
                        Vec::new(),
                    ),
                    1 => Act::PassThenDrop,
                    2 => Act::Status(502, json!("no JSON that a client knows"), Vec::new()),
                    3 => Act::Delay(Duration::from_millis(300)),
                    _ => Act::Pass,
                };
            }
            if ask.path.ends_with("/sync") {
                return match syncs.fetch_add(1, Ordering::Relaxed) % 4 {
                    0 => Act::Status(502, json!({}), Vec::new()),
                    1 => Act::Delay(Duration::from_millis(200)),
                    2 => Act::Refuse,
                    _ => Act::Pass,
                };
            }
            Act::Pass
        });
        let mut said = Vec::new();
        for number in 1..=8 {
            said.push(ana.send(&lobby, &format!("!log {number}m thing-{number}")).await);
        }
        let replied =
            |events: &[serde_json::Value]| events.iter().filter(|event| is_from(event, us)).count() >= said.len();
        ear.until(replied).await;
        bot.settled().await;
        let all = ana.messages(&lobby).await;
        let replies: Vec<&str> = all
            .iter()
            .filter(|event| is_from(event, us))
            .filter_map(answers)
            .filter(|event| said.iter().any(|said| said == event))
            .collect();
        assert_eq!(replies, said, "every reply once, in order");
        bot.stop().await;
    });
}

#[test]
fn a_reaction_is_obeyed_once_its_message_can_be_read() {
    block_on(async {
        let synapse = Synapse::shared();
        let proxy = Proxy::start(&synapse.url()).await;
        let account = Account::new(synapse, proxy.url()).await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(synapse, &account, json!({})).await;
        ask(&mut ear, &ana, &lobby, us, "!log 1h wiring").await;
        let question = ask(&mut ear, &ana, &lobby, us, "!log 1h wiring").await;
        let asked = AtomicUsize::new(0);
        // More than the client tries by itself.
        proxy.rule(move |ask| match ask.path.contains("/event/") && asked.fetch_add(1, Ordering::Relaxed) < 6 {
            true => Act::Status(502, json!({}), Vec::new()),
            false => Act::Pass,
        });
        let asked = question["event_id"].as_str().unwrap();
        ana.react(&lobby, asked, "✅").await;
        assert!(body(&reply_to(&mut ear, us, asked).await).starts_with("L2: "));
        bot.stop().await;
    });
}

/// A room whose history can't be read does not delay the others.
#[test]
fn a_room_whose_history_cannot_be_read_delays_no_other() {
    block_on(async {
        let synapse = Synapse::shared();
        let proxy = Proxy::start(&synapse.url()).await;
        let account = Account::new(synapse, proxy.url()).await;
        let us = account.user_id();
        let ana = synapse.person("ana").await;
        let bot = account.start().await;
        let rooms = [room(us, &[&ana], json!({})).await, room(us, &[&ana], json!({})).await];
        let mut ear = ana.listen(&rooms).await;
        ask(&mut ear, &ana, &rooms[0], us, "!network init Sensorica").await;
        ask(&mut ear, &ana, &rooms[1], us, "!network init Brasserie").await;
        bot.stop().await;
        let unreadable = rooms[0].clone();
        proxy.rule(move |ask| match ask.path.contains(&unreadable) && ask.path.ends_with("/messages") {
            true => Act::Status(500, json!({ "errcode": "M_UNKNOWN", "error": "broken" }), Vec::new()),
            false => Act::Pass,
        });
        let bot = account.start().await;
        let said = ana.send(&rooms[0], "!project new forillon").await;
        // More syncs than may wait for a room.
        for number in 0..24 {
            ana.send(&rooms[0], &format!("and so on {number}")).await;
            ask(&mut ear, &ana, &rooms[1], us, "!help").await;
        }
        proxy.rule(|_| Act::Pass);
        assert!(body(&reply_to(&mut ear, us, &said).await).starts_with("The project forillon has started"));
        bot.stop().await;
    });
}

#[test]
fn an_access_token_logs_in_as_a_password_does() {
    block_on(async {
        let synapse = Synapse::shared();
        let mut account = Account::new(synapse, &synapse.url()).await;
        account.session().await;
        let token = account.folder.path().join("token");
        std::fs::write(&token, account.token()).unwrap();
        account.settings.token_file = Some(token);
        account.settings.password_file = None;
        account.settings.state = account.folder.path().join("another");
        let (us, bot) = (account.user_id(), account.start().await);
        let ana = synapse.person("ana").await;
        let lobby = room(us, &[&ana], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        assert!(
            body(&ask(&mut ear, &ana, &lobby, us, "!network init Sensorica").await)
                .starts_with("The network Sensorica has started")
        );
        bot.stop().await;
        let bot = account.start().await;
        assert!(body(&ask(&mut ear, &ana, &lobby, us, "!help").await).starts_with("What people use most"));
        bot.stop().await;
    });
}

#[test]
fn a_session_that_ended_ends_the_program_and_loses_nothing() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = Account::new(synapse, &synapse.url()).await;
        let us = account.user_id();
        let bot = account.start().await;
        let ana = synapse.person("ana").await;
        let lobby = room(us, &[&ana], json!({})).await;
        let mut ear = ana.listen(&[&lobby]).await;
        ask(&mut ear, &ana, &lobby, us, "!network init Sensorica").await;
        let log_out = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap()
            .post(format!("{}/_matrix/client/v3/logout", synapse.url()));
        assert!(log_out.bearer_auth(account.token()).send().await.unwrap().status().is_success());
        assert!(matches!(bot.ended().await, SyncEnded::LoggedOut(_)));
        // The program reports it, and what to do.
        let said = ana.send(&lobby, "!project new forillon").await;
        let mut program = Program::start(account.folder.path(), &account.configuration());
        let (status, told) = program.ended().await;
        assert!(
            !status.success()
                && told.contains("does not know this session any more")
                && told.contains("The next start logs in anew"),
            "{told}"
        );
        // Missed messages are read after the next login.
        let bot = account.start().await;
        assert!(body(&reply_to(&mut ear, us, &said).await).starts_with("The project forillon has started"));
        bot.stop().await;
    });
}

#[test]
fn a_redaction_counts_only_before_the_command_is_read() {
    block_on(async {
        let synapse = Synapse::shared();
        let account = Account::new(synapse, &synapse.url()).await;
        let us = account.user_id();
        let (bot, ana, _, lobby, mut ear) = begun(synapse, &account, json!({})).await;
        bot.stop().await;
        let before = ana.send(&lobby, "!log 1h redacted before").await;
        ana.redact(&lobby, &before).await;
        let after = ana.send(&lobby, "!log 2h redacted after").await;
        let bot = account.start().await;
        assert!(body(&reply_to(&mut ear, us, &after).await).starts_with("L1: ana, work 2h"));
        ana.redact(&lobby, &after).await;
        assert!(body(&reply_to(&mut ear, us, &after).await).contains("`!log undo L1`"));
        let listed = ask(&mut ear, &ana, &lobby, us, "!log list").await;
        assert!(body(&listed).starts_with("1 log") && body(&listed).contains("redacted after"), "{}", body(&listed));
        bot.stop().await;
        // A restart does none of it again.
        let bot = account.start().await;
        let listed = ask(&mut ear, &ana, &lobby, us, "!log list").await;
        assert!(body(&listed).starts_with("1 log"), "{}", body(&listed));
        bot.stop().await;
        let said = ana.messages(&lobby).await;
        let replied: Vec<&str> = said.iter().filter(|event| is_from(event, us)).filter_map(answers).collect();
        let times = |wanted: &str| replied.iter().filter(|event| **event == wanted).count();
        assert_eq!((times(&before), times(&after)), (0, 2), "the command and its removal are answered once each");
    });
}
