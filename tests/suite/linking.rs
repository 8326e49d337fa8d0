//! Accounts of two platforms become one person, with a restart between any two steps.

use fairshare::core::time::Timestamp;
use fairshare::directory::{Account, RoomKey};
use fairshare::incoming::{Content, Inbound, MessageContext};
use fairshare::platform::Platform;
use fairshare::store::sqlite::store::SqliteStore;

use crate::world::{World, block_on};

/// The text after the first occurrence of another, up to a backtick.
fn after<'a>(said: &'a str, text: &str) -> &'a str {
    said.split_once(text)
        .and_then(|(_, rest)| rest.split('`').next())
        .unwrap_or_else(|| panic!("no `{text}` in: {said}"))
}

/// Opens the file again; says one line on the console, or as a guest in a room of another platform; closes it.
async fn say(path: &std::path::Path, run: &str, line: &str) -> String {
    let mut world = World::open(path, run).await;
    world.hear("@clock 2026-01-05T09:00:00-05:00").await;
    let said = match line.strip_prefix("guest> ") {
        None => world.run(line).await,
        Some(words) => {
            let now: Timestamp = "2026-01-05T14:00:00Z".parse().unwrap();
            let guest = Inbound {
                event: run.to_owned(),
                room: RoomKey { platform: Platform::Discord, id: "yard".to_owned() },
                account: Account { platform: Platform::Discord, id: "guest".to_owned() },
                name: "guest".to_owned(),
                host: true,
                said_at: now,
                received_at: now,
                content: Content::Text(words.to_owned()),
                context: MessageContext::default(),
            };
            world.intake().push(guest).await;
            world.intake().settled().await;
            String::new()
        }
    };
    world.close().await;
    said
}

#[test]
fn a_linking_survives_restarts() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        say(&path, "begin", "ana> !network init Sensorica\nana> !project new forillon\nana> !log 2h drawings\n").await;
        let room = say(&path, "room", "ana> !network link").await;
        say(&path, "e1", &format!("guest> network link {}", after(&room, "!network link "))).await;
        say(&path, "e2", "guest> join").await;
        say(&path, "e3", "guest> log 1h carrying").await;
        let code = say(&path, "code", "ana> !link me").await;
        say(&path, "e4", &format!("guest> link me {}", after(&code, "!link me "))).await;
        say(&path, "e5", "guest> yes").await;
        let asked = say(&path, "ask", "ana> !link me").await;
        assert!(asked.contains("guest typed your code") && asked.contains("Account: @guest on discord"), "{asked}");
        let joined = say(&path, "answer", "ana> !yes").await;
        assert!(joined.contains("guest is you, ana, from now on"), "{joined}");
        say(&path, "e6", "guest> log 30m more carrying").await;
        say(&path, "e7", &format!("guest> link me {}", after(&code, "!link me "))).await;
        let list = say(&path, "list", "ana> !log list person:guest").await;
        assert_eq!(list.matches("  ana     work ").count(), 3, "{list}");
        let whole = say(&path, "verify", "ana> !ledger verify").await;
        assert!(whole.contains("The journal is complete"), "{whole}");
        let store = SqliteStore::open_to_read(&path).await.unwrap();
        let outcomes = "SELECT event || ': ' || outcome FROM inbox WHERE event LIKE 'e_' ORDER BY event";
        let outcomes: Vec<String> = sqlx::query_scalar(outcomes).fetch_all(store.pool()).await.unwrap();
        let expected =
            ["e1: done", "e2: done", "e3: done", "e4: asked", "e5: done", "e6: done", "e7: refused bad-one-time-code"];
        assert_eq!(outcomes, expected);
    });
}
