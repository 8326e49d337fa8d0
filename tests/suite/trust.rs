//! Nobody can act as somebody else: answers hold for what was shown, encryption is required once it was used, rooms
//! join by a code.

use fairshare::core::ids::LogId;
use fairshare::core::time::Timestamp;
use fairshare::incoming::{Content, EncryptionTrust, Inbound};
use fairshare::message::asked::{About, Asked, Fingerprint};
use fairshare::store::sqlite::store::SqliteStore;

use crate::engine::{begun, inbound, link_code, outcomes};
use crate::world::{World, block_on};

fn sealed(encryption: EncryptionTrust, mut message: Inbound) -> Inbound {
    message.context.encryption = encryption;
    message
}

/// A network with a room on another platform, where `host` is custodian and `zoe` has joined.
async fn with_a_yard(path: &std::path::Path) -> (World, Timestamp) {
    let (mut world, now) = begun(path).await;
    let code = link_code(&mut world).await;
    for (event, who, said) in [
        ("a1", "host", format!("network link {code}")),
        ("a2", "host", "join".to_owned()),
        ("a3", "zoe", "join".to_owned()),
    ] {
        world.intake().push(inbound(event, "yard", who, &said, now)).await;
        world.intake().settled().await;
    }
    world.run("ana> !role grant @hanna custodian\nana> !role grant @hanna steward\n").await;
    (world, now)
}

/// A homeserver can act as one of its users in an unencrypted room; that is not enough for somebody who has sent
/// encrypted messages.
#[test]
fn money_and_roles_need_encryption_of_somebody_who_has_used_it() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = with_a_yard(&path).await;
        let intake = world.intake().clone();
        let open =
            |event: &str, said: &str| sealed(EncryptionTrust::Unencrypted, inbound(event, "yard", "host", said, now));
        for message in [
            open("e01", "income record 100 Park"),
            sealed(EncryptionTrust::OwnDevice, inbound("e02", "yard", "host", "log 1h wiring", now)),
            open("e03", "income record 200 Park"),
            open("e04", "role grant @zoe custodian"),
            open("e05", "log 2h painting"),
            open("e06", "link me"),
            sealed(EncryptionTrust::OwnDevice, inbound("e07", "yard", "host", "income record 300 Park", now)),
            sealed(EncryptionTrust::Unencrypted, inbound("e08", "yard", "zoe", "log 1h sanding", now)),
        ] {
            intake.push(message).await;
            intake.settled().await;
        }
        world.run("ana> !network set encryption off\n").await;
        intake.push(open("e09", "income record 400 Park")).await;
        intake.settled().await;
        world.close().await;
        let expected = [
            "e01: done",
            "e02: done",
            "e03: refused sealed-elsewhere",
            "e04: refused sealed-elsewhere",
            "e05: done",
            "e06: refused sealed-elsewhere",
            "e07: done",
            "e08: done",
            "e09: done",
        ];
        assert_eq!(outcomes(&path).await, expected);
        // This is still known after a restart.
        let world = World::open(&path, "again").await;
        for (event, said) in [("e10", "network set encryption on"), ("e11", "income record 500 Park")] {
            world.intake().push(sealed(EncryptionTrust::Unencrypted, inbound(event, "yard", "host", said, now))).await;
            world.intake().settled().await;
        }
        world.close().await;
        assert_eq!(outcomes(&path).await[9..], ["e10: done", "e11: refused sealed-elsewhere"]);
    });
}

/// A button or a reaction only confirms what it was shown with.
#[test]
fn an_answer_confirms_what_was_shown_and_nothing_that_came_later() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut world, now) = with_a_yard(&path).await;
        let intake = world.intake().clone();
        let said = |event: &str, said: &str| inbound(event, "yard", "host", said, now);
        intake.push(inbound("b0", "yard", "zoe", "log 1h wiring", now)).await;
        intake.push(said("b1", "income record 100 Park")).await;
        intake.push(said("b2", "payout confirm")).await;
        intake.settled().await;
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let (network, payload): (String, String) =
            sqlx::query_as("SELECT network, payload FROM questions").fetch_one(store.pool()).await.unwrap();
        let question: fairshare::directory::Question = serde_json::from_str(&payload).unwrap();
        let answer = |event: &str, about: About, shown: &str| Inbound {
            content: Content::Answer(
                Asked { network: network.clone(), about, shown: Fingerprint(shown.to_owned()) },
                true,
            ),
            ..said(event, "")
        };
        let shown = Fingerprint::from(question.shown).0;
        intake.push(answer("e1", About::Question(question.id), "0000000000000000")).await;
        intake.push(answer("e2", About::Question(question.id + 1), &shown)).await;
        intake.push(said("e3", "no")).await;
        intake.push(said("e4", "payout confirm")).await;
        intake.settled().await;
        let next: i64 = sqlx::query_scalar("SELECT id FROM questions").fetch_one(store.pool()).await.unwrap();
        assert_eq!(next, question.id + 1, "a number is not used again");
        intake.push(answer("e5", About::Question(question.id), &shown)).await;
        intake.push(answer("e6", About::Question(next), &shown)).await;
        // A waiting log is confirmed as it was shown, not as it was corrected since.
        intake.push(inbound("e7", "yard", "zoe", "log cash 50 kiln", now)).await;
        intake.settled().await;
        let asked: String = sqlx::query_scalar("SELECT shown FROM outbox WHERE shown IS NOT NULL AND reply_to = 'e7'")
            .fetch_one(store.pool())
            .await
            .unwrap();
        intake.push(inbound("e8", "yard", "zoe", "log correct L2 amount:5000", now)).await;
        intake.push(answer("e9", About::Log(LogId(2)), &asked)).await;
        intake.settled().await;
        world.hear("ana> !help").await;
        world.close().await;
        let expected = [
            "e1: refused nothing-to-answer",
            "e2: refused nothing-to-answer",
            "e3: done",
            "e4: asked",
            "e5: refused nothing-to-answer",
            "e6: done",
            "e7: done",
            "e8: done",
            "e9: refused log-changed",
        ];
        assert_eq!(outcomes(&path).await, expected);
    });
}

#[test]
fn a_private_room_joins_no_network_in_passing() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (world, now) = with_a_yard(&path).await;
        let intake = world.intake().clone();
        let mut private = inbound("e1", "private", "host", "project use forillon", now);
        private.context.direct = true;
        intake.push(private).await;
        intake.push(inbound("e2", "private", "zoe", "log 1h wiring", now)).await;
        intake.push(inbound("e3", "yard", "host", "project use forillon", now)).await;
        intake.settled().await;
        world.close().await;
        let expected = ["e1: refused room-needs-code", "e2: refused no-network", "e3: done"];
        assert_eq!(outcomes(&path).await, expected);
    });
}
