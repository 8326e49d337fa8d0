//! Something said to somebody who has not asked.

use crate::directory::{Account, RoomKey};
use crate::message::line::Line;
use crate::message::picture::Picture;

/// Something said to somebody who has not asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The room that hears it; with a reader, the room that it is about.
    pub room: RoomKey,
    /// Who alone reads it.
    pub reader: Option<Account>,
    /// What is said.
    pub lines: Vec<Line>,
    /// The pictures with it.
    pub pictures: Vec<Picture>,
}
