//! Discord: guilds, their channels, and slash commands.
//!
//! From the bottom up:
//!
//! | file | what it knows |
//! |---|---|
//! | [`platform`] | names and constants that Discord fixes, and [`Patience`]: how long the bot waits |
//! | [`failure`] | why a request fails, and whether it may work later |
//! | [`locale`], [`custom_id`], [`call`] | languages; ids of buttons and forms; paths and options as calls |
//! | [`reply_target`] | where an interaction's answer goes |
//! | [`definitions`](mod@definitions) | the commands as Discord is told them |
//! | [`read`] | what an interaction means |
//! | [`show`] | what people see of a reply |
//! | [`fetch`] | attached files |
//! | [`open`] | interactions that wait for an answer |
//! | [`hub`] | what the parts below share |
//! | [`message`], [`answer`], [`send`] | ordinary messages, answers to interactions, delivery of replies |
//! | [`immediate`] | interactions that need no engine |
//! | [`arrive`] | interactions as they come |
//! | [`register`] | telling Discord the commands |
//! | [`adapter`] | the connection |
//!
//! An interaction is handed over as it comes. The first of two things answers it: the committed reply, or, after a
//! second and a half, Discord's own sign that the bot is thinking. An interaction with files is handed over once
//! [`fetch`] has them.

mod adapter;
mod answer;
mod arrive;
mod call;
mod custom_id;
mod definitions;
mod failure;
mod fetch;
mod hub;
mod immediate;
mod locale;
mod message;
mod open;
mod platform;
mod read;
mod register;
mod reply_target;
mod send;
mod show;

pub use adapter::{Discord, Ended, Ground, StartError};
pub use definitions::definitions;
pub use locale::language;
pub use platform::{PLATFORM, Patience, UNLOGGED};
