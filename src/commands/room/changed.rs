//! `message changed`: an edited message is not obeyed anew, and a removed one takes nothing back. Their author is told
//! once what still stands, with the command that puts it right.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::{money::record, work::log};
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::ContributionKind;
use crate::core::log::Log;
use crate::grammar::parse;
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;

/// `message changed`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    recorded: Option<String>,
    line: Option<String>,
    removed: Option<bool>,
}

/// Says which logs and movements of money of a changed message still stand. About anything else a message may have
/// said, only that edits are not read. Only the author of an entry is told.
pub fn changed(context: CommandContext, args: Changed) -> Result<Decision, Refusal> {
    let books = context.books;
    let author = context.moment.author.person;
    let labels: Vec<&str> = args.recorded.as_deref().unwrap_or_default().split_whitespace().collect();
    let logs = labels.iter().filter_map(|label| books.log(label.parse().ok()?));
    let logs: Vec<&Log> = logs.filter(|log| log.is_live() && Some(log.by) == author).collect();
    let money = labels.iter().filter_map(|label| books.money(label.parse().ok()?));
    let money: Vec<&Money> = money.filter(|money| stands(money) && money.by == author).collect();
    let is_removed = args.removed == Some(true);
    let mut lines: Vec<Line> = Vec::new();
    if logs.is_empty() && money.is_empty() {
        lines.extend(args.line.filter(|_| !is_removed).map(|_| RoomLine::EditUnread.into()));
        return Ok(Decision::reads(lines));
    }
    lines.push(match is_removed {
        true => RoomLine::RemovedStands.into(),
        false => RoomLine::EditStands.into(),
    });
    lines.extend(logs.iter().map(|one| log::row(context, one)));
    lines.extend(money.iter().map(|one| record::row(context, one)));
    if let ([log], Some(line)) = (&logs[..], &args.line)
        && let Some(change) = change(context, line, log)
    {
        lines.push(RoomLine::CorrectIt { log: log.id, change: Typed(change) }.into());
    }
    lines.extend(logs.iter().map(|log| RoomLine::UndoLog { log: log.id }.into()));
    lines.extend(money.iter().map(|money| RoomLine::UndoMoney { money: money.id }.into()));
    Ok(Decision::reads(lines))
}

/// Whether a movement of money stands by itself.
fn stands(money: &Money) -> bool {
    money.undone_by.is_none() && !matches!(money.movement, Movement::Undoing { .. })
}

/// What `log correct` needs to be told, besides the log's number, so that the log says what the line says now. `None`
/// if it can't, or if nothing is different.
fn change(context: CommandContext, line: &str, log: &Log) -> Option<String> {
    let call = parse::text(line, context.catalog).ok()?;
    let kind = log.contribution.kind();
    let command = match kind {
        ContributionKind::Work => "log hours",
        ContributionKind::Expense => "log expense",
        ContributionKind::Other => "log other",
        ContributionKind::Citation => "log cite",
        ContributionKind::Material | ContributionKind::Cash | ContributionKind::Use => return None,
    };
    let option = if kind == ContributionKind::Work { "time" } else { "amount" };
    let is_same_kind = call.command == command;
    let given = |name: &str| call.options.get(name).filter(|value| !value.contains(['"', '`', '\n']));
    let pair = |name: &str, value: &str| format!("{name}:{}", quoted(value));
    let value = given(option).map(|value| pair(option, value));
    let what = given("what").filter(|what| context.directory.text(log.what) != Some(what));
    let (what, date) = (what.map(|what| pair("what", what)), given("date").map(|date| pair("date", date)));
    let change = [value, what, date].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(change).filter(|change| is_same_kind && !change.is_empty())
}

/// A value as it is typed behind its option's name.
fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}
