//! `message changed`: an edited message is not obeyed anew, and a removed one takes nothing back. Their author is told
//! once what still stands, with the command that puts it right.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::money::record;
use crate::commands::work::change::{self, Correct, Undo};
use crate::commands::work::log_list;
use crate::core::books::movement::{Money, Movement};
use crate::core::contribution::{Contribution, PLAIN_WORK};
use crate::core::log::Log;
use crate::core::money::Amount;
use crate::core::time::Minutes;
use crate::grammar::resolve::{Resolved, Resolver};
use crate::grammar::{notation, parse};
use crate::message::field::TypedLine;
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
    lines.extend(logs.iter().map(|one| log_list::row(context, one)));
    lines.extend(money.iter().map(|one| record::row(context, one)));
    let takes_back: Vec<Line> = logs.iter().filter_map(|log| undo(context, log)).collect();
    if let ([log], Some(line)) = (&logs[..], &args.line) {
        match correction(context, line, log) {
            Correction::Says(change) => {
                lines.push(RoomLine::CorrectIt { log: log.id, change: TypedLine(change) }.into())
            }
            Correction::CanNot if !takes_back.is_empty() => lines.push(RoomLine::SendAnew { log: log.id }.into()),
            Correction::CanNot | Correction::NotNeeded => {}
        }
    }
    lines.extend(takes_back);
    lines.extend(money.iter().map(|money| RoomLine::UndoMoney { money: money.id }.into()));
    Ok(Decision::reads(lines))
}

/// Whether a movement of money stands by itself.
fn stands(money: &Money) -> bool {
    money.undone_by.is_none() && !matches!(money.movement, Movement::Undoing { .. })
}

/// How a log is taken back, if its author still can.
fn undo(context: CommandContext, log: &Log) -> Option<Line> {
    change::undo(context, Undo { log: Some(log.id) }).is_ok().then(|| RoomLine::UndoLog { log: log.id }.into())
}

/// How a log comes to say what a line says now.
enum Correction {
    /// By a correction with these options.
    Says(String),
    /// By none: the line says something that a correction can't.
    CanNot,
    /// It says so, or the line says nothing of it.
    NotNeeded,
}

/// What a correction would have to say, so that the log says what the line says now.
fn correction(context: CommandContext, line: &str, log: &Log) -> Correction {
    let moment = context.moment;
    let against = Resolver {
        catalog: context.catalog,
        books: context.books,
        directory: context.directory,
        platform: moment.room.platform,
        author: moment.author.person,
        places: &moment.places,
        today: moment.today,
        // `yesterday` is still the day that it was when the message was first sent.
        said_on: context.books.day_of(log.at),
    };
    let Ok(call) = parse::text(line, context.catalog) else { return Correction::NotNeeded };
    let Some(command) = context.catalog.command(&call.command) else { return Correction::NotNeeded };
    let Ok(Resolved { options, .. }) = against.resolve(command, &call) else { return Correction::NotNeeded };
    let given = |name: &str| options.get(name).filter(|value| !value.is_null());
    let is = |name: &str, known: Option<Value>| given(name).cloned() == known;
    let role = match &log.contribution {
        Contribution::Work { role, .. } if role != PLAIN_WORK => Some(json!(role)),
        _ => None,
    };
    let (quantity, unit) = match &log.contribution {
        Contribution::Material { quantity, unit, .. } => (Some(json!(quantity)), Some(json!(unit))),
        _ => (None, None),
    };
    let person = Some(json!(log.person)).filter(|_| log.person != log.by);
    let is_same_otherwise = command.name == kind_of(&log.contribution)
        && is("project", Some(json!(log.project)))
        && is("task", log.task.map(|task| json!(task)))
        && is("line", log.line.map(|line| json!(line)))
        && is("role", role)
        && is("quantity", quantity)
        && is("unit", unit)
        && (given("for").cloned() == person || given("for") == Some(&json!(log.by)) && person.is_none())
        && (given("gift") == Some(&json!(true))) == log.gift;
    let time = given("time").and_then(|time| serde_json::from_value::<Minutes>(time.clone()).ok());
    let worth = ["amount", "value"].iter().find_map(|name| given(name));
    let worth = worth.and_then(|worth| serde_json::from_value::<Amount>(worth.clone()).ok());
    let date = given("date").and_then(|date| serde_json::from_value::<NaiveDate>(date.clone()).ok());
    let what = given("what").and_then(Value::as_str);
    let change = Correct {
        log: Some(log.id),
        time: time.filter(|time| Some(time.0) != log.contribution.minutes().map(|minutes| minutes.0)),
        amount: worth.filter(|worth| Some(*worth) != log.contribution.stated_value()),
        what: what.filter(|what| context.directory.text(log.what) != Some(what)).map(str::to_owned),
        date: date.filter(|date| *date != log.date),
    };
    let options = [
        change.time.map(|time| format!("time:{}", notation::duration(time.0))),
        change.amount.map(|amount| format!("amount:{}", amount.number())),
        change.what.as_ref().map(|what| format!("what:{}", quoted(what))),
        change.date.map(|date| format!("date:{date}")),
    ];
    let options = options.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let can_be_shown = !change.what.as_ref().is_some_and(|what| what.contains(['"', '`', '\n']));
    match () {
        () if is_same_otherwise && options.is_empty() => Correction::NotNeeded,
        () if is_same_otherwise && can_be_shown && change::correct(context, change).is_ok() => {
            Correction::Says(options)
        }
        () => Correction::CanNot,
    }
}

/// The command that logs contributions of a kind.
fn kind_of(contribution: &Contribution) -> &'static str {
    match contribution {
        Contribution::Work { .. } => "log hours",
        Contribution::Expense { .. } => "log expense",
        Contribution::Material { .. } => "log material",
        Contribution::Cash { .. } => "log cash",
        Contribution::Citation { .. } => "log cite",
        Contribution::Other { .. } => "log other",
        Contribution::Use { .. } => "use machine",
    }
}

/// A value as it is typed behind its option's name.
fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}
