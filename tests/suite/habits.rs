//! Habits that keep the code readable: short functions, short lines, paths in the docs that exist, one set of features.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use crate::purity::files;
use crate::world::root;

/// The most lines of a function.
const FUNCTION: usize = 80;

/// The most columns of a line. `rustfmt` wraps code; longer lines are strings or declarations in macros.
const LINE: usize = 120;

/// Functions that are longer, with their lines. The list only shrinks.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[
    ("benches/matrix.rs", "measured", 106),
    ("src/commands/equipment/usage.rs", "log", 116),
    ("src/commands/people/about.rs", "about", 91),
    ("src/directory.rs", "apply", 101),
    ("src/grammar/complete.rs", "all", 90),
    ("src/grammar/resolve.rs", "value", 118),
    ("src/main.rs", "live", 93),
    ("tests/suite/discord/linked.rs", "one_person_has_one_balance_on_two_platforms", 104),
    ("tests/suite/equipment.rs", "what_a_use_costs_and_whom_it_is_for", 115),
    ("tests/suite/matrix/burst.rs", "commands_missed_while_down_run_in_order_despite_kills", 178),
    ("tests/suite/rules.rs", "step", 124),
    ("tests/suite/store.rs", "a_row_that_can_not_be_read_is_set_aside_and_everything_else_runs", 99),
];

/// Files with longer lines, and how many. The list only shrinks.
const LONG_LINES: &[(&str, usize)] = &[
    ("benches/matrix.rs", 2),
    ("benches/shares.rs", 1),
    ("benches/throughput.rs", 1),
    ("src/adapters/discord/adapter.rs", 1),
    ("src/adapters/matrix/content.rs", 1),
    ("src/adapters/matrix/describe.rs", 1),
    ("src/adapters/matrix/hub.rs", 1),
    ("src/adapters/matrix/read.rs", 7),
    ("src/adapters/matrix/room.rs", 1),
    ("src/adapters/matrix/send.rs", 1),
    ("src/adapters/matrix/session.rs", 1),
    ("src/adapters/matrix/sync.rs", 1),
    ("src/clock.rs", 2),
    ("src/core/fact/money.rs", 1),
    ("src/grammar/manual.rs", 1),
    ("src/main.rs", 5),
    ("src/message/declare.rs", 1),
    ("src/payment/pay_to.rs", 3),
    ("src/render/draw.rs", 2),
    ("src/render/safe.rs", 1),
    ("tests/suite/clock.rs", 5),
    ("tests/suite/discord/answers.rs", 2),
    ("tests/suite/discord/contract.rs", 3),
    ("tests/suite/discord/fake/gateway.rs", 1),
    ("tests/suite/discord/fake/objects.rs", 23),
    ("tests/suite/discord/fake/people.rs", 1),
    ("tests/suite/engine.rs", 7),
    ("tests/suite/equipment.rs", 17),
    ("tests/suite/jobs.rs", 2),
    ("tests/suite/lists.rs", 1),
    ("tests/suite/matrix/rooms.rs", 10),
    ("tests/suite/matrix/world.rs", 2),
    ("tests/suite/privacy.rs", 5),
    ("tests/suite/program.rs", 1),
    ("tests/suite/properties.rs", 13),
    ("tests/suite/rules.rs", 3),
    ("tests/suite/store.rs", 9),
    ("tests/suite/wording.rs", 3),
];

/// Every Rust file of the project, by its path from the root.
fn rust() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches"] {
        files(&root().join(folder), &mut paths);
    }
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "rs");
    let named = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    paths
        .iter()
        .filter(|path| is_rust(path))
        .map(|path| (named(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The functions of a file with their lines, as `rustfmt` indents them.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once("fn ") else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let is_declared = before.split_whitespace().all(|word| {
            word.starts_with("pub") || ["const", "async", "unsafe", "in"].contains(&word) || word.ends_with(')')
        });
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !is_declared || name.is_empty() {
            continue;
        }
        let end = lines[number..].iter().position(|line| line.strip_prefix(indent) == Some("}"));
        found.extend(end.map(|end| (name, end + 1)));
    }
    found
}

#[test]
fn functions_are_short_but_for_a_list_that_shrinks() {
    let mut long = Vec::new();
    for (path, text) in rust() {
        let found = functions(&text).into_iter().filter(|(_, lines)| *lines > FUNCTION);
        long.extend(found.map(|(name, lines)| (path.clone(), name, lines)));
    }
    let listed: Vec<_> =
        LONG_FUNCTIONS.iter().map(|(path, name, lines)| ((*path).into(), (*name).into(), *lines)).collect();
    assert_eq!(long, listed, "split what is new; take what is shorter out of the list");
}

#[test]
fn lines_are_short_but_for_a_list_that_shrinks() {
    let long = |text: &str| text.lines().filter(|line| line.chars().count() > LINE).count();
    let found: Vec<(String, usize)> =
        rust().iter().map(|(path, text)| (path.clone(), long(text))).filter(|(_, count)| *count > 0).collect();
    let listed: Vec<(String, usize)> = LONG_LINES.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
    assert_eq!(found, listed, "wrap what is new; take what is wrapped out of the list");
}

/// A path between backticks that begins at the root, and a link, lead somewhere.
#[test]
fn paths_in_the_docs_exist() {
    let mut pages = Vec::new();
    files(&root().join("docs"), &mut pages);
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|page| root().join(page)));
    let mut looked_at = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|kind| kind == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "docs/", "benches/", "config/", "migrations/", "commands/_"]
                .iter()
                .any(|folder| code.starts_with(folder))
                && !code.contains(['<', '*', ' ']);
            if is_path {
                looked_at += 1;
                assert!(root().join(code).exists(), "{} names `{code}`, which isn't there", page.display());
            }
        }
    }
    assert!(looked_at > 50, "the docs' paths were not found");
}

/// A build and a test run turn on the same features of the packages that both compile, so nothing compiles twice.
#[test]
fn tests_and_builds_share_one_feature_set() {
    let tree = |edges: &str| -> BTreeSet<String> {
        let arguments = ["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p} {f}", "--edges", edges];
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.trim_end_matches(" (*)").trim_end().to_owned()).collect()
    };
    let (build, test) = (tree("normal,build"), tree("normal,build,dev"));
    assert!(build.len() > 300, "the dependencies were not found");
    let other: Vec<_> = build.difference(&test).collect();
    assert!(other.is_empty(), "a development dependency changes the features of: {other:?}");
}
