//! The console: a room in the terminal, with several people in it, over an embedded database file.
//!
//! [`script`] reads lines and hands over what people say. [`screen`] prints replies. [`time`] infers how much time
//! passes between two lines. [`prompt`] reads lines from a terminal, with history and completion.

pub mod prompt;
mod screen;
mod script;
mod time;

pub use screen::Screen;
pub use script::{Console, Manner, ScriptError, paper};
