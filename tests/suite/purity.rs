//! The core is pure: its files are searched for what must not be there.

use std::path::Path;

use crate::world::root;

/// What no file of the core may name, with the reason.
const FOREIGN: &[(&str, &str)] = &[
    ("async ", "the core waits for nothing"),
    (".await", "the core waits for nothing"),
    ("tokio", "the core waits for nothing"),
    ("sqlx", "the core knows no database"),
    ("serenity", "the core knows no platform"),
    ("matrix_sdk", "the core knows no platform"),
    ("crate::adapters", "the core knows no platform"),
    ("crate::store", "the core knows no database"),
    ("crate::directory", "books do not depend on who and where"),
    ("crate::commands", "the core does not know how it is called"),
    ("Utc::now", "the core reads no clock"),
    ("SystemTime", "the core reads no clock"),
    ("Instant::now", "the core reads no clock"),
    ("getrandom", "the core draws no random numbers"),
    ("RandomState::new", "the core draws no random numbers"),
    ("f64", "money and quantities are exact"),
    ("f32", "money and quantities are exact"),
    ("std::fs", "the core reads no files"),
    ("std::env", "the core reads no environment"),
    ("println", "the core prints nothing"),
];

pub fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn nothing_foreign_is_in_the_core() {
    let mut core = Vec::new();
    files(&root().join("src/core"), &mut core);
    assert!(core.len() > 10);
    for path in core {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (foreign, why) in FOREIGN {
                assert!(!line.contains(foreign), "{}:{}: `{foreign}`: {why}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn only_split_divides() {
    let mut core = Vec::new();
    files(&root().join("src/core"), &mut core);
    for path in core.into_iter().filter(|path| !path.ends_with("split.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for division in [" / ", " % ", "div_euclid", "rem_euclid", "checked_div"] {
                assert!(!line.contains(division), "{}:{}: divide in core::split", path.display(), number + 1);
            }
        }
    }
}

/// No SDK's type leaves its adapter.
#[test]
fn platforms_stay_in_their_adapters() {
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    let is_source = |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "rs");
    for path in all.into_iter().filter(|path| is_source(path) && !path.starts_with(root().join("src/adapters"))) {
        let text = std::fs::read_to_string(&path).unwrap();
        for sdk in ["matrix_sdk::", "serenity::", "rustyline::"] {
            assert!(!text.contains(sdk), "{}: {sdk}", path.display());
        }
    }
}
