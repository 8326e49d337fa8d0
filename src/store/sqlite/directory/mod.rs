//! The tables behind a network's [`Directory`](crate::directory::Directory).
//!
//! - `people`: accounts, handles, names, where people are paid, linkings, timers, and what accounts have chosen.
//! - `rooms`: rooms, topics, link codes, preferences, and what rooms were told.
//! - `pending`: questions and jobs.
//! - `texts`: texts and files that entries refer to.
//! - `read` makes a directory of all of them; `write` carries out changes; `found` is the content of a row.

pub(crate) mod found;
pub(crate) mod pending;
pub(crate) mod people;
pub(crate) mod read;
pub(crate) mod rooms;
pub(crate) mod texts;
pub(crate) mod write;
