//! Many messages at once, and many that were missed: nothing is lost, nothing is done twice, everything is in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DurationRound, TimeDelta, Utc};
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::fact::work::WorkFact;
use fairshare::core::time::Timestamp;
use fairshare::store::sqlite::store::SqliteStore;
use matrix_sdk::Room;
use serde_json::{Value, json};

use super::sealed::Sealed;
use super::world::{Account, answers, ask, body, is_from, reply_to, room};
use crate::program::Program;
use crate::proxy::{Act, Proxy};
use crate::synapse::{Ear, Person, Synapse};
use crate::world::block_on;

/// Every log in the file's journal, in order: when it was said, its day, and what was done.
async fn dates(path: &Path) -> Vec<(Timestamp, chrono::NaiveDate, String)> {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let network = store.networks().await.unwrap().remove(0);
    let directory = store.directory(&network).await.unwrap();
    let mut dates = Vec::new();
    for row in store.journal(&network).await.unwrap() {
        if let Entry { at, fact: Fact::Work(WorkFact::Logged(logged)), .. } = Entry::parse(&row.payload).unwrap() {
            dates.push((at, logged.date, directory.text(logged.what).unwrap().to_owned()));
        }
    }
    dates
}

/// Every log in the file's journal, in order: when, and what was done.
async fn logs(path: &Path) -> Vec<(Timestamp, String)> {
    dates(path).await.into_iter().map(|(at, _, what)| (at, what)).collect()
}

/// Each of the bot's replies, by the event that it answers.
fn replies(events: &[Value], bot: &str) -> BTreeMap<String, Vec<String>> {
    let mut replies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events.iter().filter(|event| is_from(event, bot)) {
        if let Some(answered) = answers(event) {
            replies.entry(answered.to_owned()).or_default().push(body(event).to_owned());
        }
    }
    replies
}

async fn people(synapse: &Synapse, count: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(synapse.person(&format!("sender-{number}")).await);
    }
    people
}

#[test]
fn five_hundred_concurrent_commands_all_take_effect_and_get_their_reply() {
    const SENDERS: usize = 10;
    const EACH: usize = 50;
    block_on(async {
        let synapse = Synapse::shared();
        let account = Account::new(synapse, &synapse.url()).await;
        let (us, bot) = (account.user_id(), account.start().await);
        let people = people(synapse, SENDERS).await;
        let lobby = room(us, &people.iter().collect::<Vec<_>>(), json!({})).await;
        let mut ear = people[0].listen(&[&lobby]).await;
        ask(&mut ear, &people[0], &lobby, us, "!network init Sensorica").await;
        ask(&mut ear, &people[0], &lobby, us, "!project new forillon").await;
        for person in &people[1..] {
            ask(&mut ear, person, &lobby, us, "!join").await;
        }
        let mut sending = tokio::task::JoinSet::new();
        for (number, person) in people.iter().cloned().enumerate() {
            let lobby = lobby.clone();
            sending.spawn(async move {
                let mut said = Vec::new();
                for place in 0..EACH {
                    said.push((
                        person.send(&lobby, &format!("!log 1m thing-{number}-{place:02}")).await,
                        number,
                        place,
                    ));
                }
                said
            });
        }
        let said: Vec<(String, usize, usize)> = sending.join_all().await.into_iter().flatten().collect();
        let events = ear.until(|events| events.iter().filter(|event| is_from(event, us)).count() >= said.len()).await;
        bot.settled().await;
        bot.stop().await;
        let all = people[0].messages(&lobby).await;
        assert_eq!(
            replies(&events, us),
            replies(&all, us).into_iter().filter(|(event, _)| said.iter().any(|(said, ..)| said == event)).collect()
        );
        let replies = replies(&all, us);
        for (event, number, place) in &said {
            let [reply] = replies[event].as_slice() else { panic!("{event}: {:?}", replies[event]) };
            assert!(
                reply.contains(&format!("sender-{number}, work 1m on forillon — thing-{number}-{place:02} · `!undo L")),
                "{reply}"
            );
        }
        let logs = logs(&account.database()).await;
        assert_eq!(logs.len(), SENDERS * EACH);
        for number in 0..SENDERS {
            let theirs: Vec<&str> = logs
                .iter()
                .map(|(_, what)| what.as_str())
                .filter(|what| what.starts_with(&format!("thing-{number}-")))
                .collect();
            let expected: Vec<String> = (0..EACH).map(|place| format!("thing-{number}-{place:02}")).collect();
            assert_eq!(theirs, expected, "each person's logs in the order in which they were said");
        }
    });
}

/// A hundred and twenty commands in three rooms among two thousand lines of talk, sent while the bot was down. It is
/// killed while it reads what it missed, and while it answers; then once more, between a limited sync and the history
/// that fills the gap. A job that became due meanwhile runs between the messages before and after it.
#[test]
fn commands_missed_while_down_run_in_order_despite_kills() {
    const COMMANDS: usize = 100;
    const SEALED: usize = 20;
    const TALK: usize = 20;
    block_on(async {
        let synapse = Synapse::shared();
        let proxy = Proxy::start(&synapse.url()).await;
        let account = Account::new(synapse, proxy.url()).await;
        let us = account.user_id();
        let people = people(synapse, 4).await;
        let mut sealed = Sealed::new(synapse, &synapse.url(), "sealed-sender").await;
        // The weeks before the outage pass on the test's own clock.
        let bot = account.start().await;
        let everyone: Vec<&Person> = people.iter().collect();
        let rooms = [room(us, &everyone, json!({})).await, room(us, &everyone, json!({})).await];
        let closed = sealed.room(us).await;
        let sealed_person = synapse.person("sealed-sender").await;
        sealed_person.join_invited(&people[0], &rooms[0]).await;
        // Stewards are reminded of a flag after two weeks: here an hour ago, in the middle of the outage.
        let due = (Utc::now() - TimeDelta::hours(1)).duration_trunc(TimeDelta::seconds(1)).unwrap();
        let doubted = due - TimeDelta::days(14);
        let mut ear = people[0].listen(&rooms).await;
        let begin = [
            (0, -60, "!network init Sensorica timezone:UTC"),
            (0, -59, "!project new forillon"),
            (1, -58, "!join"),
            (2, -58, "!join"),
            (3, -58, "!join"),
            (4, -58, "!join"),
            (1, -57, "!log 1h doubtful"),
            (2, 0, "!log flag L1 really?"),
        ];
        for (who, minutes, words) in begin {
            let at = doubted + TimeDelta::minutes(minutes);
            if words.starts_with("!log flag") {
                // Messages without another time are sent now.
                bot.clock.set(Utc::now());
                link(&people[0], &rooms, &mut ear, &mut sealed, &closed, us).await;
            }
            bot.clock.set(at);
            let said =
                people.get(who).unwrap_or(&sealed_person).send_at(&rooms[0], words, Some(at.timestamp_millis())).await;
            reply_to(&mut ear, us, &said).await;
        }
        bot.stop().await;

        // Thirty hours of outage: with at least one midnight in it.
        let begins = due - TimeDelta::hours(29);
        let mut expected: Vec<(Timestamp, String)> = Vec::new();
        let mut said = Vec::new();
        let mut speaking = tokio::task::JoinSet::new();
        for (place, lobby) in rooms.iter().cloned().enumerate() {
            let times = (0..COMMANDS).filter(|number| number % 2 == place).map(|number| {
                let at = begins + TimeDelta::minutes(18 * i64::try_from(number).unwrap());
                (at, format!("thing-{number:03}"))
            });
            let times: Vec<_> = times.collect();
            expected.extend(times.iter().cloned());
            let people = people.clone();
            speaking.spawn(async move {
                let mut said = Vec::new();
                for (number, (at, what)) in times.into_iter().enumerate() {
                    let person = &people[number % people.len()];
                    let words = format!("!log {}m {what} date:yesterday", 1 + number);
                    said.push(person.send_at(&lobby, &words, Some(at.timestamp_millis())).await);
                    for line in 0..TALK {
                        people[line % people.len()]
                            .send_at(&lobby, &format!("and so on {line}"), Some(at.timestamp_millis()))
                            .await;
                    }
                }
                said
            });
        }
        let mut said_sealed = Vec::new();
        for number in 0..SEALED {
            said_sealed.push(sealed.send(&closed, &format!("!log {}m sealed-{number:02}", 1 + number)).await);
            sealed.send(&closed, "and so on").await;
        }
        said.extend(speaking.join_all().await.into_iter().flatten());
        expected.sort();
        assert!(expected.iter().any(|(at, _)| *at < due) && expected.iter().any(|(at, _)| *at > due));

        // Killed while it reads what it missed.
        let pages = AtomicUsize::new(0);
        proxy.rule(move |ask| {
            let is_page = ask.path.ends_with("/messages") && pages.fetch_add(1, Ordering::Relaxed) >= 5;
            if is_page { Act::Hold } else { Act::Pass }
        });
        let mut program = Program::start(account.folder.path(), &account.configuration());
        proxy.until_held(1).await;
        program.kill();
        assert_eq!(logs(&account.database()).await.len(), 1, "nothing is handed over before everything was read");
        proxy.rule(|_| Act::Pass);
        proxy.release();

        // Killed while it answers. The last request of the first run may be held only after the release.
        proxy.release();
        let sends = AtomicUsize::new(0);
        proxy.rule(move |ask| {
            let is_send = ask.path.contains("/send/") && sends.fetch_add(1, Ordering::Relaxed) >= 30;
            if is_send { Act::Hold } else { Act::Pass }
        });
        let mut program = Program::start(account.folder.path(), &account.configuration());
        proxy.until_held(1).await;
        program.kill();
        proxy.rule(|_| Act::Pass);
        proxy.release();
        let mut program = Program::start(account.folder.path(), &account.configuration());
        for event in &said_sealed {
            sealed.reply_to(event).await;
        }
        let answered = |events: &[Value], said: &[String]| {
            said.iter().all(|said| events.iter().any(|event| answers(event) == Some(said)))
        };
        let mut heard = ear.until(|events| answered(events, &said)).await;

        // Killed between a limited sync and the history that fills the gap.
        let is_held = Arc::new(AtomicBool::new(true));
        let holds_sync = is_held.clone();
        proxy.rule(move |ask| {
            let is_sync = ask.path.ends_with("/sync") && holds_sync.load(Ordering::Relaxed);
            if is_sync || ask.path.ends_with("/messages") { Act::Hold } else { Act::Pass }
        });
        // The sync that is under way brings the first line; the next one is held.
        people[0].send(&rooms[0], "on we go").await;
        proxy.until_held(1).await;
        let mut late = Vec::new();
        for number in 0..10 {
            late.push(people[number % 4].send(&rooms[0], &format!("!log 1m late-{number}")).await);
            for line in 0..14 {
                people[0].send(&rooms[0], &format!("and so on {line}")).await;
            }
        }
        is_held.store(false, Ordering::Relaxed);
        proxy.release();
        proxy.until_held(1).await;
        program.kill();
        proxy.rule(|_| Act::Pass);
        proxy.release();
        let mut program = Program::start(account.folder.path(), &account.configuration());
        heard.extend(ear.until(|events| answered(events, &late)).await);
        program.kill();

        let logs = logs(&account.database()).await;
        assert_eq!(logs.len(), 1 + COMMANDS + SEALED + 10);
        let (down, after) = logs[1..].split_at(COMMANDS);
        assert_eq!(down, expected, "across rooms, as it was said and when; the program's log:\n{}", program.log());
        let names: Vec<&str> = after.iter().map(|(_, what)| what.as_str()).collect();
        let sealed_then_late: Vec<String> =
            (0..SEALED).map(|n| format!("sealed-{n:02}")).chain((0..10).map(|n| format!("late-{n}"))).collect();
        assert_eq!(names, sealed_then_late);
        for (at, date, what) in
            dates(&account.database()).await.into_iter().filter(|(.., what)| what.starts_with("thing-"))
        {
            assert_eq!(date, at.date_naive() - TimeDelta::days(1), "{what}: yesterday, as of when it was said");
        }
        let store = SqliteStore::open_to_read(&account.database()).await.unwrap();
        let job: Vec<(String, String)> = sqlx::query_as("SELECT at, outcome FROM inbox WHERE event LIKE 'job %'")
            .fetch_all(store.pool())
            .await
            .unwrap();
        let [(at, outcome)] = job.as_slice() else { panic!("{job:?}") };
        assert_eq!((at.parse::<Timestamp>().unwrap(), outcome.as_str()), (due, "read"), "decided at its own instant");
        let reminded = heard.iter().filter(|event| body(event).starts_with("L1 by sender-1 is still in doubt")).count();
        assert_eq!(reminded, 1);
        for room in rooms.iter().map(String::as_str).chain([closed.room_id().as_str()]) {
            let reader = if room == closed.room_id() { sealed_person.clone() } else { people[0].clone() };
            let all = reader.messages(room).await;
            let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
            all.iter()
                .filter(|event| event["sender"] == us)
                .filter_map(answers)
                .for_each(|event| *answered.entry(event).or_default() += 1);
            assert!(answered.values().all(|count| *count == 1), "no event is answered twice: {answered:?}");
        }
    });
}

/// Links a second room and an encrypted one to the network of the first.
async fn link(steward: &Person, rooms: &[String; 2], ear: &mut Ear, sealed: &mut Sealed, closed: &Room, us: &str) {
    // A link code comes in a direct room, which the driver reads as the bot's account.
    let mut shoulder = Synapse::shared()
        .person(us.trim_start_matches('@').split(':').next().unwrap())
        .await
        .listen(&[] as &[&str])
        .await;
    for place in 0..2 {
        steward.send(&rooms[0], "!network link").await;
        let is_code = |event: &&Value| is_from(event, us) && body(event).starts_with("In the other room");
        let told = shoulder.until(|events| events.iter().any(|event| is_code(&event))).await;
        let link = body(told.iter().find(is_code).unwrap()).split('`').nth(1).unwrap().to_owned();
        let linked =
            if place == 0 { ask(ear, steward, &rooms[1], us, &link).await } else { sealed.ask(closed, &link).await };
        assert!(body(&linked).starts_with("This room belongs to Sensorica"), "{}", body(&linked));
    }
}
