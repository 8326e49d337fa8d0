//! The console: a room in the terminal, with several people in it, over an embedded database file.
//!
//! [`script`] reads lines and hands over what people say. [`screen`] prints replies. [`time`] infers how much time
//! passes between two lines. [`prompt`] reads lines from a terminal, with history and completion.

pub mod prompt;
pub(crate) mod screen;
pub(crate) mod script;
pub(crate) mod time;

use crate::adapters::console::screen::Screen;
use crate::adapters::console::script::{Console, Manner, ScriptError, paper};
