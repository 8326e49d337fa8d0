//! What is taken back comes from where it is now: in random lives of a network, doing and undoing at once leaves every
//! balance, stake, claim and pay-back as it was, and undoing everything, newest first, leaves nothing.

use std::collections::BTreeMap;
use std::path::Path;

use fairshare::core::books::bill::BillState;
use fairshare::core::books::movement::Movement;
use fairshare::core::books::state::Books;
use fairshare::core::check;
use fairshare::core::ids::{BillId, MoneyId};
use fairshare::core::money::Minor;
use fairshare::store::sqlite::store::SqliteStore;

use crate::world::{Draw, World, block_on, copy};

/// How many lives are led; more of them find rarer mistakes.
const LIVES: u64 = 12;

/// How many commands a life has.
const COMMANDS: usize = 36;

const BEGINNING: &str = "@clock 2026-01-05T09:00:00-05:00
sam> !network init Net currency:CAD timezone:America/Toronto
sam> !role grant sam custodian
sam> !project new roof rule:RULE cut:\"5% tools\"
sam> !rate set work 20
ana> !join
ben> !join
chloe> !join
dan> !join
sam> !role grant dan custodian
sam> !pool open press 50 deadline:2026-01-05 kind:keep-it-all settle:0 for:press
sam> !equipment terms press cap:CAP commercial-rate:30 project-rate:10 member-rate:5 maintenance-rate:1
ana> !pledge 30 press
ana> !yes
ben> !pledge 20 press
ben> !yes
sam> !pool paid ana 30 press
sam> !pool paid ben 20 press
@clock 2026-01-06T09:00:00-05:00
sam> !pool buy 50 pool:press
";

/// The books of a file.
async fn books(path: &Path) -> Books {
    let store = SqliteStore::open_to_read(path).await.unwrap();
    let network = store.networks().await.unwrap().remove(0);
    store.books(&network).await.unwrap()
}

/// Everything that has an amount or a state that money can change.
fn standing(books: &Books) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (account, amount) in books.shown_balances() {
        all.insert(format!("balance {account}"), amount.to_string());
    }
    for log in &books.logs {
        let received = (log.paid, log.reimbursed, &log.standing, &log.contribution, &log.shared_in);
        all.insert(format!("log {}", log.id), format!("{received:?}"));
    }
    for machine in &books.equipment {
        let owners: BTreeMap<String, (Minor, Minor, Minor)> = machine
            .owners
            .iter()
            .filter(|owner| owner.stake != Minor::ZERO || owner.paid != Minor::ZERO)
            .map(|owner| (format!("{:?}", owner.holder), (owner.stake, owner.due, owner.paid)))
            .collect();
        all.insert(
            format!("machine {}", machine.name),
            format!("{:?} {} {owners:?}", machine.standing, machine.cost.0),
        );
    }
    for pool in &books.pools {
        let backers: BTreeMap<String, (Minor, bool)> = pool
            .backers
            .iter()
            .filter(|backer| backer.paid != Minor::ZERO)
            .map(|backer| (format!("{:?}", backer.holder), (backer.paid, backer.agreed.is_some())))
            .collect();
        all.insert(format!("pool {}", pool.name), format!("{:?} {backers:?}", pool.state));
    }
    for project in books.projects.values() {
        all.insert(format!("project {}", project.name), format!("{:?} {:?}", project.waiting, project.spent));
    }
    for bill in &books.bills {
        let is_open = matches!(bill.state, BillState::Waiting);
        all.insert(
            format!("bill {}", bill.id),
            format!("waits: {is_open}, undone: {}", bill.state == BillState::Undone),
        );
    }
    for lot in &books.lots {
        all.insert(format!("lot {}", lot.id), lot.left().normalize().to_string());
    }
    all
}

fn difference(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let differs = keys.filter(|key| before.get(*key) != after.get(*key));
    differs.map(|key| format!("{key}: {:?} became {:?}", before.get(key), after.get(key))).collect()
}

/// The newest movement that can be undone.
fn newest(books: &Books) -> Option<MoneyId> {
    let mut live = books.money.iter().rev().filter(|money| money.undone_by.is_none());
    live.find(|money| !matches!(money.movement, Movement::Undoing { .. })).map(|money| money.id)
}

/// The newest bill that stands.
fn newest_bill(books: &Books) -> Option<BillId> {
    books.bills.iter().rev().find(|bill| bill.state != BillState::Undone).map(|bill| bill.id)
}

/// A command that somebody might give, with the answers to what the bot asks about it.
fn command(draw: &mut Draw, books: &Books) -> Vec<String> {
    let who = draw.of(&["ana", "ben", "chloe"]);
    let amount = draw.of(&["0.01", "1", "3.33", "10", "25", "100", "240.05"]);
    let (logs, money, bills) = (books.logs.iter().count(), books.money.iter().count(), books.bills.iter().count());
    let (distributions, pools) = (books.distributions.iter().count(), books.pools.iter().count());
    let (log, entry, bill) = (draw.latest(logs), draw.latest(money), draw.latest(bills));
    let distribution = draw.latest(distributions);
    let unique = books.seq;
    let day = 6 + pools;
    let asked = |lines: &[String]| [lines, &["sam> !yes".to_owned()]].concat();
    let one = |line: String| vec![line];
    match draw.below(30) {
        0..4 => one(format!("{who}> !log {}h work {unique}", draw.of(&["1", "2", "5"]))),
        4 => one(format!("{who}> !log expense {amount} thing {unique}")),
        5 => vec![format!("{who}> !log cash {amount} put in {unique}"), format!("dan> !yes L{}", logs + 1)],
        6 => one(format!("sam> !log flag L{log} really")),
        7 => one(format!("dan> !flag resolve L{log} {}", draw.of(&["keep", "strike"]))),
        8 => vec!["sam> !role grant dan lead".to_owned(), format!("dan> !flag resolve L{log} strike")],
        9..13 => asked(&[format!("sam> !income record {amount} client {unique} project:roof")]),
        13..16 => asked(&["sam> !payout confirm".to_owned()]),
        16 => asked(&[format!("sam> !payout paid {who} all reference:R{unique}")]),
        17 => one(format!("sam> !expense pay L{log}")),
        18 => asked(&[format!("sam> !fund spend tools {amount} nails {unique}")]),
        19 => one(format!("sam> !income refund M{entry} {amount}")),
        20..22 => {
            let scenario = draw.of(&["project project:roof", "commercial payer:\"Acme Ltd\"", "member"]);
            one(format!("{who}> !use press {}h scenario:{scenario}", draw.of(&["1", "2", "9"])))
        }
        22..24 => one(format!("sam> !use paid U{bill}")),
        24 => vec![
            format!("sam> !pool open extra{pools} 30 deadline:2026-01-{day:02} kind:keep-it-all settle:0 for:press"),
            format!("{who}> !pledge 20 extra{pools}"),
            format!("{who}> !yes"),
            format!("sam> !pool paid {who} 20 extra{pools}"),
            "sam> !yes".to_owned(),
            format!("sam> !pool paid dan 10 extra{pools}"),
            "sam> !yes".to_owned(),
            format!("@clock 2026-01-{:02}T09:00:00-05:00", day + 1),
        ],
        25 => one(format!("sam> !pool buy 20 pool:extra{}", pools.saturating_sub(2))),
        26 => asked(&[format!("sam> !payout reverse D{distribution} wrong {unique}")]),
        27 => one(format!("{who}> !log correct L{log} {}", draw.of(&["1h", "4h", "12"]))),
        28 => one(format!("{who}> !payout redirect 50% to:tools")),
        _ => vec![format!("sam> !stake transfer press {who} 50%"), format!("{who}> !undo")],
    }
}

/// Undoes a movement or takes a use back, and answers what the bot asks. Returns the refusals.
async fn undo(world: &mut World, what: &str) -> Vec<&'static str> {
    world.refusals();
    world.hear(&format!("sam> !{what} a slip")).await;
    let refused: Vec<&'static str> = world.refusals().into_iter().map(|(key, _)| key).collect();
    if refused.is_empty() {
        world.hear("sam> !yes").await;
        world.hear("dan> !yes").await;
    }
    refused
}

/// Leads a life; returns what went wrong, with the script of it.
async fn live(seed: u64) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("life.sqlite");
    let mut world = World::open(&path, "life").await;
    let mut draw = Draw(seed);
    let beginning = BEGINNING
        .replace("RULE", draw.of(&["rates", "costs-first", "hours", "rates lifetime:until-paid"]))
        .replace("CAP", draw.of(&["1", "1.2"]));
    let mut script: Vec<String> = beginning.lines().map(str::to_owned).collect();
    world.run(&beginning).await;
    let mut clock = "@clock 2026-01-06T09:00:00-05:00".to_owned();
    let failed = |script: &[String], why: String| Err(format!("seed {seed}: {why}\n{}", script.join("\n")));
    for _ in 0..COMMANDS {
        let before = books(&path).await;
        for line in command(&mut draw, &before) {
            let earlier = books(&path).await;
            world.hear(&line).await;
            if line.starts_with('@') {
                clock.clone_from(&line);
            }
            script.push(line);
            let now = books(&path).await;
            if let Some(broken) = check::broken(&now).first() {
                return failed(&script, format!("{} does not hold on {}", broken.invariant, broken.on));
            }
            let made = now.money.iter().count() > earlier.money.iter().count();
            let Some(id) = newest(&now).filter(|_| made) else { continue };
            let apart = tempfile::tempdir().unwrap();
            let (mut other, other_path) = copy(&path, apart.path()).await;
            other.run(&format!("{clock}\n")).await;
            let refused = undo(&mut other, &format!("money undo {id}")).await;
            other.close().await;
            let after = books(&other_path).await;
            let differs = difference(&standing(&earlier), &standing(&after));
            if !refused.is_empty() || !differs.is_empty() {
                return failed(&script, format!("undoing {id} at once: {refused:?}\n{}", differs.join("\n")));
            }
        }
    }
    undo_all(&mut world, &path, &mut script).await.or_else(|why| failed(&script, why))?;
    world.close().await;
    Ok(())
}

/// Undoes everything, newest first.
async fn undo_all(world: &mut World, path: &Path, script: &mut Vec<String>) -> Result<(), String> {
    loop {
        let now = books(path).await;
        if let Some(broken) = check::broken(&now).first() {
            return Err(format!("{} does not hold on {}", broken.invariant, broken.on));
        }
        let flagged = now.logs.iter().find(|log| log.is_flagged()).map(|log| log.id);
        if let Some(log) = flagged {
            world.hear("sam> !role grant dan lead").await;
            world.hear("sam> !role grant chloe lead").await;
            for lead in ["dan", "chloe", "sam"] {
                world.hear(&format!("{lead}> !flag resolve {log} keep")).await;
            }
        }
        // A distribution of what was left over is nobody's income, so no movement takes it back.
        let of_rest = now.distributions.iter().rev().find(|d| d.reversed_by.is_none() && d.incomes.is_empty());
        let (money, bill) = (newest(&now), newest_bill(&now));
        let at = |money: MoneyId| now.money(money).map(|money| money.at);
        let billed = bill.and_then(|bill| now.bill(bill)).map(|bill| bill.at);
        let what = match (money, bill) {
            _ if of_rest.is_some() => of_rest.map(|d| format!("payout reverse {}", d.id)).unwrap_or_default(),
            (Some(money), Some(bill)) if billed > at(money) => format!("use undo {bill}"),
            (Some(money), _) => format!("money undo {money}"),
            (None, Some(bill)) => format!("use undo {bill}"),
            (None, None) => break,
        };
        let mut refused = undo(world, &what).await;
        script.push(format!("sam> !{what} a slip"));
        // What shared it is newer, although the income that was shared is older.
        let newest_shared = now.distributions.iter().rev().find(|d| d.reversed_by.is_none());
        if let (["shared-already"], Some(distribution)) = (refused.as_slice(), newest_shared) {
            refused = undo(world, &format!("payout reverse {}", distribution.id)).await;
        }
        if !refused.is_empty() {
            return Err(format!("`{what}` at the end: {refused:?}"));
        }
    }
    let left = books(path).await.shown_balances();
    let left: Vec<String> = left.iter().map(|(account, amount)| format!("{account} {amount}")).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("everything is undone and this is left: {left:?}")) }
}

#[test]
fn what_is_undone_leaves_everything_as_it_was() {
    let lives = std::env::var("LIVES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let failures: Vec<String> = (first..first + lives).filter_map(|seed| block_on(live(seed)).err()).collect();
    assert!(failures.is_empty(), "{} of {lives} lives\n{}", failures.len(), failures.join("\n\n"));
}
