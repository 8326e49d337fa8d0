//! The manual of all commands, generated from their files: `docs/commands.md`.

use std::fmt::Write as _;

use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::{Default, text_in};

/// The manual as Markdown.
pub fn markdown(catalog: &Catalog) -> String {
    let mut out = String::from(
        "# Commands\n\nGenerated from `commands/*.toml` by `fairshare manual`; a test compares. `<required>` and `[optional]` go by position, `name:` anywhere.\n",
    );
    for command in catalog.typed() {
        let roles: Vec<&str> = command.roles.iter().map(|role| role.word()).collect();
        // Writing to a String can't fail.
        let _ = write!(
            out,
            "\n## {}\n\n`!{}`\n\n{}\n\n- who: {}\n",
            command.name,
            command.usage("en"),
            text_in(&command.summary, "en"),
            roles.join(" or ")
        );
        if let Some(alias) = &command.alias {
            let _ = writeln!(out, "- short: `!{alias}`");
        }
        if command.private {
            out.push_str("- answered in private\n");
        }
        for option in &command.options {
            let kind = match option.kind {
                OptionKind::Choice => format!("one of {}", option.choices.join(", ")),
                kind => kind.word().to_owned(),
            };
            let default = match option.default {
                None => "",
                Some(Default::Today) => "; today if not given",
                Some(Default::RoomProject) => "; the room's project if it has one",
                Some(Default::Project) => "; the task's, the log's, the room's or the only project if not given",
                Some(Default::Pool | Default::Equipment) => "",
            };
            let roles: Vec<&str> = option.roles.iter().map(|role| role.word()).collect();
            let whose = if roles.is_empty() { String::new() } else { format!("; {} only", roles.join(" or ")) };
            let _ = writeln!(out, "- `{}` ({kind}): {}{default}{whose}", option.name, text_in(&option.help, "en"));
        }
        if !command.notes.is_empty() {
            let _ = writeln!(out, "\n{}", text_in(&command.notes, "en"));
        }
        if !command.examples.is_empty() {
            let examples: Vec<String> = command.examples.iter().map(|example| format!("!{example}\n")).collect();
            let _ = write!(out, "\n```\n{}```\n", examples.concat());
        }
    }
    out
}
