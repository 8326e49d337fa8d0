//! `help`: read from the command files.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::name::Name;
use crate::grammar::spec::{Caller, Command};
use crate::message::field::{CommandName, CommandSummary, OptionHelp, Term, Typed};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};

/// `help`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Help {
    command: Option<String>,
}

/// Without a command, the groups; with a group, its commands; with a command, all about it.
///
/// # Errors
/// Refused if there is no such command.
pub fn help(context: CommandContext, args: Help) -> Result<Decision, Refusal> {
    let catalog = context.catalog;
    let callable = || catalog.commands().filter(|command| !command.roles.contains(&Caller::System));
    let Some(typed) = args.command else {
        let mut groups: Vec<CommandName> = Vec::new();
        for command in callable() {
            let group = CommandName(command.name.split(' ').next().unwrap_or_default().to_owned());
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        return Ok(Decision::reads(vec![RoomLine::HelpHead.into(), RoomLine::HelpGroups { groups }.into()]));
    };
    let wanted = typed.trim_start_matches(['!', '/']).to_lowercase();
    let words: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    let wanted = catalog.in_english(&words).join(" ");
    let group: Vec<&Command> = catalog.group(&wanted).collect();
    if !group.is_empty() {
        return Ok(Decision::reads(group.into_iter().map(summary).collect()));
    }
    let wanted = crate::grammar::parse::text(&wanted, catalog).map_or(wanted, |call| call.command);
    let found = callable().find(|command| command.name == wanted || command.alias.as_deref() == Some(wanted.as_str()));
    let Some(command) = found else {
        return Err(RoomRefusal::UnknownCommand { nearest: catalog.nearest(&wanted), typed: Typed(typed) }.into());
    };
    let mut lines = vec![
        summary(command),
        RoomLine::HelpRoles {
            roles: command.roles.iter().map(|role| Term::from(role.word())).collect(),
            alias: command.alias.as_ref().map(Name::from),
        }
        .into(),
    ];
    lines.extend(command.options.iter().map(|option| {
        RoomLine::HelpOption {
            option: Name::from(&option.name),
            kind: Term::from(option.kind.word()),
            choices: option.choices.iter().map(Term::from).collect(),
            help: OptionHelp(format!("{} {}", command.name, option.name)),
        }
        .into()
    }));
    lines.extend(
        command
            .examples
            .iter()
            .take(2)
            .map(|example| RoomLine::HelpExample { example: Name(format!("!{example}")) }.into()),
    );
    Ok(Decision::reads(lines))
}

fn summary(command: &Command) -> Line {
    RoomLine::HelpCommand {
        usage: Name(format!("!{}", command.usage("en"))),
        summary: CommandSummary(command.name.to_owned()),
    }
    .into()
}
