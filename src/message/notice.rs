//! A message to somebody who has not asked for it.

use crate::directory::{Account, RoomKey};
use crate::message::line::Line;
use crate::message::picture::Picture;

/// A message to somebody who has not asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The room that it goes to; with a reader, the room that it is about.
    pub room: RoomKey,
    /// The only account that may read it.
    pub reader: Option<Account>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}
