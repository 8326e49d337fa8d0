//! The commands: what each is (`commands/*.toml`, [`spec`]), how it is typed ([`parse`], [`resolve`]) and what it
//! decides.
//!
//! A command's code is one argument struct and one pure function from the books, the directory and the moment to a
//! [`Decision`] or a [`Refusal`]. [`registry`] ties each file to its function; nothing else needs to know a new
//! command.

pub mod context;
pub mod decision;
pub mod equipment;
pub mod lookalike;
pub mod money;
pub mod people;
pub mod pool;
pub mod registry;
pub mod room;
pub mod rule;
pub mod work;
