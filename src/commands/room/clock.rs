//! `clock report`: what became of the machine's clock, for each steward alone.

use serde::Deserialize;

use crate::clock::Turn;
use crate::commands::context::Scene;
use crate::commands::decision::Decision;
use crate::core::fact::people::Role;
use crate::core::time::Timestamp;
use crate::grammar::parse::Call;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};

/// The command.
const REPORT: &str = "clock report";

/// `clock report`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    turn: String,
    now: String,
    wall: Option<String>,
}

/// The call that reports what became of the clock.
pub fn call(turn: Turn) -> Call {
    let (word, now, wall) = match turn {
        Turn::Doubted { wall, now } => ("doubted", now, Some(wall)),
        Turn::Moved(now) => ("moved", now, None),
        Turn::Stayed(now) => ("stayed", now, None),
    };
    let options = [("turn", Some(word.to_owned())), ("now", Some(now.to_rfc3339())), ("wall", wall.map(|wall| wall.to_rfc3339()))];
    let options = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Call { command: REPORT.to_owned(), options }
}

/// Tells the stewards that what is due waits, or that it waits no longer.
pub fn report(scene: Scene, args: Report) -> Result<Decision, Refusal> {
    let instant = |text: &str| text.parse::<Timestamp>().map_err(|error| RoomRefusal::BadArguments { why: error.to_string() });
    let (date, time) = scene.local(instant(&args.now)?);
    let line: Line = match (args.turn.as_str(), &args.wall) {
        (_, Some(wall)) => {
            let (wall, clock) = scene.local(instant(wall)?);
            RoomLine::ClockDoubted { date, time, wall, clock }.into()
        }
        ("moved", None) => RoomLine::ClockMoved { date, time }.into(),
        _ => RoomLine::ClockStayed { date, time }.into(),
    };
    let stewards = scene.books.holders(Role::Steward, None);
    let notices = stewards.into_iter().filter_map(|steward| {
        let (room, reader) = scene.directory.reach(steward, &scene.ctx.room)?;
        Some(Notice { room, reader: Some(reader), lines: vec![line.clone()], pictures: Vec::new() })
    });
    Ok(Decision { notices: notices.collect(), ..Decision::default() })
}
