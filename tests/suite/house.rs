//! Checks the module map (docs/ARCHITECTURE.md) against the `use` lines: which module may name which, and that no two
//! files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::purity::files;
use crate::world::root;

/// The modules from the ground up: each with the modules that it may name, and what it is.
const FLOORS: &[(&str, &[&str], &str)] = &[
    ("core", &[], "accounting only"),
    ("platform", &[], "the names of platforms"),
    ("config", &[], "settings know nothing of what they set"),
    ("private", &[], "files that only the operator reads"),
    ("gauge", &[], "a count that can be awaited"),
    ("clock", &["core"], "what time it is"),
    ("payment", &["core"], "where people are paid"),
    ("job_name", &["core", "platform"], "what due jobs are called"),
    ("preference", &["core"], "what rooms, accounts and networks prefer"),
    ("directory", &["core", "job_name", "payment", "platform", "preference"], "who and where; money is in the core"),
    ("export", &["core", "directory"], "the books for other programs"),
    ("message", &["core", "directory"], "what can be said back; how it is put is in render"),
    ("grammar", &["core", "directory", "message", "platform"], "what can be typed; knows no handler"),
    ("recurrence", &["core", "grammar"], "when something comes again; days and months are grammar's words"),
    ("render", &["core", "grammar", "message"], "words and pictures; knows no reader"),
    ("incoming", &["clock", "core", "directory", "grammar", "message"], "what comes in; knows no queue"),
    ("limits", &["config", "core", "directory", "grammar", "incoming", "message"], "how much anybody may ask for"),
    ("intake", &["directory", "gauge", "incoming", "limits"], "the queues"),
    (
        "commands",
        &[
            "core",
            "directory",
            "grammar",
            "incoming",
            "job_name",
            "message",
            "payment",
            "platform",
            "preference",
            "recurrence",
        ],
        "handlers are pure: no store, no engine, no words",
    ),
    (
        "store",
        &["core", "directory", "message", "payment", "platform", "preference", "private"],
        "rows; knows no queue and no handler",
    ),
    ("outbox", &["clock", "gauge", "platform", "store"], "replies on their way"),
    ("ticker", &["clock", "core", "directory", "incoming", "intake"], "time is one more thing that comes in"),
    (
        "engine",
        &[
            "clock",
            "commands",
            "config",
            "core",
            "directory",
            "grammar",
            "incoming",
            "intake",
            "message",
            "outbox",
            "preference",
            "recurrence",
            "store",
        ],
        "the flow; names no platform",
    ),
    (
        "adapters",
        &[
            "clock",
            "config",
            "core",
            "directory",
            "grammar",
            "incoming",
            "intake",
            "limits",
            "message",
            "outbox",
            "platform",
            "private",
            "render",
            "store",
            "ticker",
        ],
        "platforms; know no handler and no engine",
    ),
];

/// The submodules of a module that another may name, if not all of them.
const DOORS: &[(&str, &str, &[&str], &str)] =
    &[("engine", "commands", &["context", "decision", "registry"], "the engine names no command")];

/// A source file: its path in the crate, and the paths that it names.
struct Source {
    module: Vec<String>,
    names: BTreeSet<Vec<String>>,
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "rs");
    let sources: Vec<Source> = paths.iter().filter(is_rust).filter_map(|path| read(path)).collect();
    assert!(sources.len() > 150, "the sources were not found");
    sources
}

/// Reads a file of the library. The program itself and the root of the library may name anything.
fn read(path: &Path) -> Option<Source> {
    let relative = path.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut module: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    if module == ["main"] || module == ["lib"] {
        return None;
    }
    let text = std::fs::read_to_string(path).unwrap();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
    let mut names = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let is_path = !code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if is_path {
            tree(&code[start + "crate::".len()..], &[], &mut names);
        }
    }
    Some(Source { module, names })
}

/// Reads a path, or a tree of paths in braces, at the beginning of a text; returns its length in bytes.
fn tree(text: &str, before: &[String], names: &mut BTreeSet<Vec<String>>) -> usize {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut path = before.to_vec();
    let mut length = word.len();
    if !word.is_empty() {
        path.push(word);
    }
    if text[length..].starts_with("::") && !text[length + 2..].starts_with('<') {
        return length + 2 + tree(&text[length + 2..], &path, names);
    }
    if !text[length..].starts_with('{') {
        names.insert(path);
        return length;
    }
    length += 1;
    loop {
        length += text[length..].len() - text[length..].trim_start_matches([' ', '\n', ',']).len();
        match text[length..].chars().next() {
            Some('}') => return length + 1,
            Some(_) => length += tree(&text[length..], &path, names).max(1),
            None => return length,
        }
    }
}

#[test]
fn each_module_names_only_the_modules_below_it() {
    let floors: BTreeMap<&str, (&[&str], &str)> =
        FLOORS.iter().map(|(name, below, why)| (*name, (*below, *why))).collect();
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let top = source.module[0].as_str();
        let (name, (below, why)) = floors.get_key_value(top).unwrap_or_else(|| panic!("src/{top} has no floor"));
        for named in source.names.iter().filter(|named| floors.contains_key(named[0].as_str()) && named[0] != top) {
            let other = &named[0];
            assert!(below.contains(&other.as_str()), "src/{} names {other}: {why}", source.module.join("/"));
            used.entry(*name).or_default().insert(other.clone());
            for (_, _, doors, why) in DOORS.iter().filter(|(from, to, ..)| *from == top && to == other) {
                let door = named.get(1).map_or("", String::as_str);
                assert!(doors.contains(&door), "src/{} names {}: {why}", source.module.join("/"), named.join("::"));
            }
        }
    }
    for (name, below, _) in FLOORS {
        let unused: Vec<_> =
            below.iter().filter(|other| !used.get(name).is_some_and(|used| used.contains(**other))).collect();
        assert!(unused.is_empty(), "{name} may name {unused:?} and does not: take them out of the plan");
    }
}

#[test]
fn no_two_files_import_each_other() {
    let sources = sources();
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let file_of = |path: &[String]| {
        (1..=path.len()).rev().map(|end| path[..end].to_vec()).find(|module| modules.contains(module))
    };
    let edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = sources
        .iter()
        .map(|source| {
            let others = source.names.iter().filter_map(|named| file_of(named)).filter(|other| *other != source.module);
            (source.module.clone(), others.collect())
        })
        .collect();
    let mut done = BTreeSet::new();
    for module in edges.keys() {
        visit(module, &edges, &mut done, &mut Vec::new());
    }
}

fn visit(
    module: &[String],
    edges: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    done: &mut BTreeSet<Vec<String>>,
    way: &mut Vec<Vec<String>>,
) {
    if let Some(start) = way.iter().position(|before| before == module) {
        let circle: Vec<String> = way[start..].iter().map(|module| module.join("::")).collect();
        panic!("these files import each other in a circle: {}", circle.join(" -> "));
    }
    if done.contains(module) {
        return;
    }
    way.push(module.to_vec());
    for other in edges.get(module).into_iter().flatten() {
        visit(other, edges, done, way);
    }
    way.pop();
    done.insert(module.to_vec());
}
