//! `help` and `more`: finding what to type, read from the command files.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::core::fact::people::Role;
use crate::core::name::Name;
use crate::grammar::parse;
use crate::grammar::spec::{Caller, Command, Opt};
use crate::message::field::{CommandSummary, OptionHelp, Term, TopicTitle, Typed};
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};

/// The most everyday lines, and the most commands that a search shows.
const MOST_LINES: usize = 6;

/// How many of a command's examples are shown.
const EXAMPLES: usize = 2;

/// In how many of its examples an option is that matters.
const OFTEN: usize = 2;

/// `help`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Help {
    command: Option<String>,
}

/// What one's roles need most, and the topics; the commands of a topic or a group; all about one command; or the
/// commands that some words may mean.
///
/// # Errors
/// Refused if nothing is found.
pub fn help(context: CommandContext, args: Help) -> Result<Decision, Refusal> {
    let Some(typed) = args.command else { return Ok(Decision::reads(beginning(context))) };
    let catalog = context.catalog;
    let wanted = typed.trim_start_matches(['!', '/']).trim().to_lowercase();
    if let Some(topic) = catalog.guide().topic(&wanted) {
        let head = RoomLine::HelpTopicHead { title: TopicTitle(topic.name.clone()) };
        let commands = topic.commands.iter().filter_map(|name| catalog.command(name));
        return Ok(Decision::reads(std::iter::once(head.into()).chain(commands.filter_map(row)).collect()));
    }
    let words: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    let english = catalog.in_english(&words).join(" ");
    let group: Vec<Line> = catalog.group(&english).filter_map(row).collect();
    if !group.is_empty() {
        return Ok(Decision::reads(group));
    }
    let typed_command = || {
        let named = parse::text(&english, catalog).ok().and_then(|call| catalog.command(&call.command));
        named.or_else(|| {
            let (synonym, used) = catalog.synonym(words.iter().map(String::as_str))?;
            parse::command_of(&synonym.means, catalog).filter(|_| used == words.len())
        })
    };
    let is_called = |command: &&Command| command.name == english || command.alias.as_deref() == Some(english.as_str());
    if let Some(command) = catalog.typed().find(is_called).or_else(typed_command) {
        return Ok(Decision::reads(explanation(command)));
    }
    match catalog.search(&wanted, MOST_LINES).as_slice() {
        [] => Err(RoomRefusal::UnknownCommand { nearest: catalog.nearest(&english), typed: Typed(typed) }.into()),
        [command] => Ok(Decision::reads(explanation(command))),
        found => {
            let head = RoomLine::HelpFound { typed: Typed(typed) };
            let rows = found.iter().copied().filter_map(|command| row_about(command, &wanted));
            Ok(Decision::reads(std::iter::once(head.into()).chain(rows).collect()))
        }
    }
}

/// `more`, when its author has looked at no list that goes on: the engine calls the list's own command instead.
///
/// # Errors
/// Always refused.
pub fn more(_: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    Err(RoomRefusal::NothingMore.into())
}

/// The everyday lines and the topics.
fn beginning(context: CommandContext) -> Vec<Line> {
    let guide = context.catalog.guide();
    let everyday = guide.everyday(&roles(context), MOST_LINES).into_iter().filter_map(|line| {
        let command = parse::command_of(line, context.catalog)?;
        Some(line_of(line, command))
    });
    let topics = guide.topics.iter().map(|topic| {
        RoomLine::HelpTopic { line: Name(format!("!help {}", topic.name)), title: TopicTitle(topic.name.clone()) }
            .into()
    });
    let mut lines: Vec<Line> = vec![RoomLine::HelpHead.into()];
    lines.extend(everyday);
    lines.push(RoomLine::HelpTopics.into());
    lines.extend(topics);
    lines.push(RoomLine::HelpByWords.into());
    lines
}

/// What somebody is here, as far as it changes what they need most.
fn roles(context: CommandContext) -> Vec<Caller> {
    let books = context.books;
    if books.name.is_empty() {
        return vec![Caller::Host];
    }
    let Ok(me) = context.me() else { return vec![Caller::Observer] };
    let has = |role| books.has_role(me, role, None);
    let all = [
        (Caller::Affiliate, true),
        (Caller::Lead, books.leads_any(me)),
        (Caller::Custodian, has(Role::Custodian)),
        (Caller::Steward, has(Role::Steward)),
    ];
    all.into_iter().filter(|(_, is_one)| *is_one).map(|(role, _)| role).collect()
}

/// A command by its first example.
fn row(command: &Command) -> Option<Line> {
    command.examples.first().map(|example| line_of(example, command))
}

/// A command by the first of its examples that has a word of a question, or else by its first example.
fn row_about(command: &Command, question: &str) -> Option<Line> {
    let has_word = |example: &&String| {
        let mut words =
            example.split([' ', '-', ':', '"']).filter(|word| word.len() > 3 && !command.name.contains(word));
        words.any(|word| question.contains(&word.to_lowercase()))
    };
    command.examples.iter().find(has_word).or(command.examples.first()).map(|example| line_of(example, command))
}

fn line_of(line: &str, command: &Command) -> Line {
    RoomLine::HelpCommand { line: Name(format!("!{line}")), summary: CommandSummary(command.name.clone()) }.into()
}

/// All about a command: examples first, then what they use, then the rest.
fn explanation(command: &Command) -> Vec<Line> {
    let mut examples = command.examples.iter().map(|example| Name(format!("!{example}"))).take(EXAMPLES);
    let matters = |option: &Opt| {
        let is_used = |example: &&String| example.split(' ').any(|word| word.split(':').next() == Some(&option.name));
        option.by_position() || option.required || command.examples.iter().filter(is_used).count() >= OFTEN
    };
    let (mut options, mut others): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
    for option in &command.options {
        let name = Name::from(&option.name);
        let choices = option.choices.iter().map(Term::from).collect();
        let help = OptionHelp(format!("{} {}", command.name, option.name));
        if matters(option) {
            options.push(RoomLine::HelpOption { option: name, choices, help }.into());
        } else {
            others.push(RoomLine::HelpOtherOption { option: name, choices, help }.into());
        }
    }
    let first = examples.next().map(|line| RoomLine::HelpAbout { line }.into());
    let summary = RoomLine::HelpSummary { summary: CommandSummary(command.name.clone()) }.into();
    let others_work = examples.map(|line| RoomLine::HelpExample { line }.into());
    let usage = (!command.options.is_empty()).then(|| {
        let alias = command.alias.as_ref().map(Name::from);
        RoomLine::HelpUsage { usage: Name(format!("!{}", command.usage("en"))), alias }.into()
    });
    let roles = RoomLine::HelpRoles { roles: command.roles.iter().map(|role| Term::from(role.word())).collect() };
    let shown = first.into_iter().chain([summary]).chain(others_work).chain(options);
    shown.chain(others).chain(usage).chain([roles.into()]).collect()
}
