//! The pages that people read: their links work, and the program accepts the settings and the rule in them.

use std::path::{Path, PathBuf};

use crate::cli::{err, out, run};
use crate::world::root;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The three pages in the root, and all in `docs`.
fn pages() -> Vec<PathBuf> {
    let in_docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let in_docs = in_docs.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)).into_iter().chain(in_docs).collect()
}

/// A page's lines outside of code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    page.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_inside ^= is_fence;
        !is_inside && !is_fence
    })
}

/// A page's code blocks of a language, without their fences.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = read(&root().join(page));
    let (mut blocks, mut lines) = (Vec::new(), text.lines());
    while lines.any(|line| line.strip_prefix("```") == Some(language)) {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect());
    }
    blocks
}

/// The addresses that a line links to.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// The name of a heading in a link, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let name = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn has_heading(page: &Path, name: &str) -> bool {
    prose(&read(page)).any(|line| line.starts_with('#') && anchor(line) == name)
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in prose(&read(&page)).flat_map(links).filter(|link| !link.starts_with("https://")) {
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            if !path.exists() || heading.is_some_and(|heading| !has_heading(&path, heading)) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_settings_that_operators_read_are_the_examples() {
    let is_setting = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let settings = |text: &str| text.lines().filter(is_setting).map(str::to_owned).collect::<Vec<_>>();
    let shown: Vec<_> = blocks("docs/operators.md", "toml").iter().map(|block| settings(block)).collect();
    let examples = ["config/matrix.toml", "config/discord.toml"].map(|file| settings(&read(&root().join(file))));
    assert_eq!(shown, examples);
}

#[test]
fn the_rule_that_leads_read_can_be_proposed() {
    let rules = blocks("docs/leads.md", "toml");
    assert!(!rules.is_empty());
    for rule in rules {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rule.toml"), rule).unwrap();
        let script = "ana> !network init a\nana> !project new b\nana (attaches file:rule.toml)> !rule propose\n";
        let said = run(folder.path(), &[], script);
        let is_proposed = out(&said).contains("R1, proposed by ana for b: custom");
        assert!(said.status.success() && is_proposed, "{}{}", out(&said), err(&said));
    }
}
