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

pub(crate) mod adapter;
pub(crate) mod answer;
pub(crate) mod arrive;
pub(crate) mod call;
pub(crate) mod custom_id;
pub(crate) mod definitions;
pub(crate) mod failure;
pub(crate) mod fetch;
pub(crate) mod hub;
pub(crate) mod immediate;
pub(crate) mod locale;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod platform;
pub(crate) mod read;
pub mod register;
pub(crate) mod reply_target;
pub(crate) mod send;
pub(crate) mod show;

use crate::adapters::discord::adapter::{Discord, Ended, Ground, StartError};
use crate::adapters::discord::definitions::definitions;
use crate::adapters::discord::locale::language;
use crate::adapters::discord::platform::{PLATFORM, Patience, UNLOGGED};
