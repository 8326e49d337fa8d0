//! What commands say when they have done what was asked. The words are in `commands/*.toml`, by key; a reply is a list
//! of lines.

use crate::message::declare::domains;
use crate::message::equipment::EquipmentLine;
use crate::message::money::MoneyLine;
use crate::message::people::PeopleLine;
use crate::message::pool::PoolLine;
use crate::message::room::RoomLine;
use crate::message::rule::RuleLine;
use crate::message::summary::SummaryLine;
use crate::message::work::WorkLine;

/// How many rows of a list are shown at once.
pub const ROWS: usize = 20;

/// The most rows of a list, on platforms where people can turn pages.
const MOST_ROWS: usize = 200;

/// The rows of a list of `count` things. After the first `at_once`, a line counts the others. Without pages the list
/// ends with that line; with pages it goes on.
pub fn list_of(at_once: usize, count: usize, rows: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut rows: Vec<Line> = rows.take(MOST_ROWS).collect();
    if count > rows.len() {
        rows.push(RoomLine::MoreRows { count: count - rows.len(), pages: false }.into());
    }
    if count > at_once && rows.len() > at_once {
        rows.insert(at_once, RoomLine::MoreRows { count: count - at_once, pages: false }.into());
    }
    rows
}

/// Whether an answer is a page with another behind it.
pub fn goes_on(lines: &[Line]) -> bool {
    lines.iter().any(|line| matches!(line, Line::Room(RoomLine::MoreRows { pages: true, .. })))
}

domains! {
    /// One line of a reply.
    pub enum Line {
        /// Rooms, networks and the bot itself.
        Room(RoomLine),
        /// People.
        People(PeopleLine),
        /// Work.
        Work(WorkLine),
        /// Money.
        Money(MoneyLine),
        /// Rules and projects.
        Rule(RuleLine),
        /// Pools.
        Pool(PoolLine),
        /// Machines.
        Equipment(EquipmentLine),
        /// Summaries, news and schedules.
        Summary(SummaryLine),
    }
}

impl Line {
    /// Whether the line is about the person with this handle.
    pub fn is_of(&self, handle: &str) -> bool {
        self.roles().of.iter().any(|person| person.0 == handle)
    }
}
