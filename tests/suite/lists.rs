//! Lists with a hundred rows of everything: each command's reply must be declared at that length as well. In every
//! test, a reply with a line that its command does not declare is a fault.

use std::fmt::Write as _;

use fairshare::grammar::spec::Caller;

use crate::world::{World, block_on};

/// How many rows there are of each, and of distributions, which take longest: more than any reply shows at once.
const MANY: usize = 100;
const DISTRIBUTIONS: usize = 45;

/// A hundred people with a hundred of everything; `pool1` is paid by all of them and buys a machine.
fn crowd() -> String {
    let mut script = "\
@clock 2026-01-05T09:00:00-05:00
ana> !network init crowd
ana> !role grant ana custodian
ana> !project new mill rule:rates
ana> !rate set work 20
ana> !project new budgeted rule:budget
"
    .to_owned();
    for n in 1..=MANY {
        let deadline = if n == 1 { "2026-01-06" } else { "2026-06-01" };
        writeln!(script, "hand-{n}> !join").unwrap();
        writeln!(script, "ana> !project new side-{n} cut:\"1% chest-{n}\"\nana> !rate set craft-{n} {n}").unwrap();
        writeln!(script, "ana> !task open thing {n} project:mill\nana> !stock add sheet-{n} 100 g 10").unwrap();
        writeln!(script, "ana> !milestone add stone-{n} 100 project:budgeted").unwrap();
        writeln!(script, "ana> !milestone line stone-1 \"step {n}\" 1 parts:\"@hand-{n} 1\"").unwrap();
        writeln!(script, "ana> !pool open pool{n} 1000 deadline:{deadline}").unwrap();
        writeln!(script, "@room room-{n}\nana> !schedule set summary weekly\n@room lobby").unwrap();
    }
    script.push_str(
        "ana> !equipment terms pool1 commercial-rate:30 member-rate:15 project-rate:15 maintenance:1 split:20/10/70\n",
    );
    for n in 1..=MANY {
        writeln!(script, "hand-{n}> !pool pledge 10 pool:pool1\nhand-{n}> !yes\nana> !pool paid @hand-{n} 10 pool:pool1 reference:T-{n}")
            .unwrap();
        writeln!(script, "hand-{n}> !log 1h turning {n} project:mill\nhand-{n}> !log expense 5 nails {n} project:mill")
            .unwrap();
        writeln!(script, "hand-{n} (alone)> !pay-to hand{n}@example.org").unwrap();
        writeln!(script, "ana> !log 1h helping {n} project:mill for:@hand-{n}").unwrap();
    }
    script.push_str("@clock 2026-01-25T09:00:00-05:00\nana> !pool buy 1000 pool:pool1\nana> !yes\n");
    for n in 1..=MANY {
        writeln!(script, "hand-{n}> !use pool1 1h scenario:commercial payer:client:guest-{n} project:mill").unwrap();
        writeln!(script, "ana> !use paid U{n} reference:C-{n}\nana> !yes").unwrap();
    }
    for n in 1..=DISTRIBUTIONS {
        writeln!(
            script,
            "ana> !income record {} Park {n} project:mill\nana> !payout confirm project:mill\nana> !yes",
            500 + n
        )
        .unwrap();
    }
    script
}

/// Commands that write and have long replies.
const WRITES: &[&str] = &[
    "!rule propose costs-first project:mill",
    "!yes",
    "!rule show project:mill",
    "!rule agree project:mill",
    "!log flag L2 twice",
    "!flag resolve L2 strike",
    "!log 1h sweeping project:mill",
    "!log undo",
    "!use undo U1 wrong machine",
    "!payout export paypal",
    "!yes",
    "!payout failed @hand-1",
    "!payout paid batch:B1",
    "!yes",
    "!payout reverse D45 the rate was wrong",
    "!yes",
    "!payout reverse D1 the rate was wrong",
    "!yes",
    "!money undo M3 typed twice",
    "!yes",
    "!equipment retire pool1 proceeds:500",
    "!yes",
    "!pool cancel pool2 sold out",
    "!privacy export",
    "!leave",
];

#[test]
fn every_list_is_declared_at_a_hundred_rows() {
    let catalog = fairshare::commands::registry::catalog().unwrap();
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(&folder.path().join("lists.sqlite"), "lists").await;
        let replies = world.run(&crowd()).await;
        assert!(!replies.contains("Something went wrong"), "{replies}");
        for list in [
            "people list",
            "task list project:mill",
            "log list",
            "payout list",
            "pool list",
            "equipment list",
            "stock list",
            "use list",
            "books",
        ] {
            let reply = world.hear(&format!("ana> !{list}")).await;
            assert!(reply.contains("more."), "`{list}` has all its rows: {reply}");
        }
        let reads = catalog.commands().filter(|command| !command.writes && !command.roles.contains(&Caller::System));
        for command in reads {
            let of_project = command.options.iter().any(|option| option.name == "project").then_some(" project:mill");
            let bare = command.options.iter().all(|option| !option.required).then(|| command.name.clone());
            let examples = command.examples.iter().cloned().chain(bare);
            for line in examples.flat_map(|line| [line.clone(), format!("{line}{}", of_project.unwrap_or_default())]) {
                for who in ["ana", "hand-1"] {
                    let reply = world.hear(&format!("{who}> !{line}")).await;
                    assert!(!reply.contains("Something went wrong"), "`{line}`: {reply}");
                }
            }
        }
        for line in WRITES {
            let reply = world.hear(&format!("ana> {line}")).await;
            assert!(!reply.contains("Something went wrong"), "`{line}`: {reply}");
        }
        // Two weeks later, with all jobs due meanwhile.
        let reply = world.hear("@clock 2026-02-08T09:00:00-05:00").await;
        assert!(!reply.contains("Something went wrong"), "{reply}");
        world.close().await;
    });
}
