//! The commands: what each of them decides. Their files (`commands/*.toml`) and how they are typed are in
//! [`grammar`](crate::grammar).
//!
//! A command's code is one argument struct and one pure function from the books, the directory and the moment to a
//! [`Decision`](decision::Decision) or a [`Refusal`](crate::message::refusal::Refusal). [`registry`] ties each file to
//! its function; nothing else needs to know a new command.

pub mod context;
pub mod decision;
pub mod equipment;
pub mod lookalike;
pub mod money;
pub mod page;
pub mod people;
pub mod pool;
pub mod registry;
pub mod room;
pub mod rule;
pub mod work;
