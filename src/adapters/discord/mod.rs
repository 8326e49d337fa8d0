//! Discord: guilds, their channels, and slash commands.
//!
//! From the bottom up:
//!
//! | file | what it knows |
//! |---|---|
//! | [`platform`] | names and constants that Discord fixes, and [how long the bot waits](platform::Patience) |
//! | [`failure`] | why a request fails, and whether it may work later |
//! | [`locale`], [`custom_id`], [`call`] | languages; ids of buttons and forms; paths and options as calls |
//! | [`reply_target`] | where an interaction's answer goes |
//! | [`definitions`](mod@definitions) | the commands as they are registered with Discord |
//! | [`read`] | what an interaction means |
//! | [`show`] | what people see of a reply |
//! | [`fetch`] | attached files |
//! | [`open`] | interactions that wait for an answer |
//! | [`hub`] | the shared state of the parts below |
//! | [`message`], [`answer`], [`send`] | ordinary messages, answers to interactions, delivery of replies |
//! | [`immediate`] | interactions that need no engine |
//! | [`arrive`] | interactions as they come |
//! | [`register`] | registering the commands with Discord |
//! | [`adapter`] | the connection |
//!
//! An interaction is handed over as it comes. The first of two things answers it: the committed reply, or, after a
//! second and a half, Discord's own sign that the bot is thinking. An interaction with files is handed over once
//! [`fetch`] has them.

pub mod adapter;
pub mod answer;
pub mod arrive;
pub mod call;
pub mod custom_id;
pub mod definitions;
pub mod failure;
pub mod fetch;
pub mod hub;
pub mod immediate;
pub mod locale;
pub mod message;
pub mod open;
pub mod platform;
pub mod read;
pub mod register;
pub mod reply_target;
pub mod send;
pub mod show;
