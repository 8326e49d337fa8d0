//! `clock report`: news about the machine's clock, for each steward privately.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::fact::people::Role;
use crate::core::time::Timestamp;
use crate::message::line::Line;
use crate::message::notice::Notice;
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};

/// `clock report`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    turn: String,
    now: String,
    wall: Option<String>,
}

/// Tells the stewards that due jobs wait, or that they no longer do.
///
/// # Errors
/// Refused if an instant can't be read.
pub fn report(context: CommandContext, args: Report) -> Result<Decision, Refusal> {
    let instant =
        |text: &str| text.parse::<Timestamp>().map_err(|error| RoomRefusal::BadArguments { why: error.to_string() });
    let (date, time) = context.local(instant(&args.now)?);
    let line: Line = match (args.turn.as_str(), &args.wall) {
        (_, Some(wall)) => {
            let (wall, clock) = context.local(instant(wall)?);
            RoomLine::ClockDoubted { date, time, wall, clock }.into()
        }
        ("moved", None) => RoomLine::ClockMoved { date, time }.into(),
        _ => RoomLine::ClockStayed { date, time }.into(),
    };
    let stewards = context.books.holders(Role::Steward, None);
    let notices = stewards.into_iter().filter_map(|steward| {
        let (room, reader) = context.directory.reach(steward, &context.moment.room)?;
        Some(Notice { room, reader: Some(reader), lines: vec![line.clone()], pictures: Vec::new() })
    });
    Ok(Decision { notices: notices.collect(), ..Decision::default() })
}
