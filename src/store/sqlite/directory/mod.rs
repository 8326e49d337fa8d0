//! Who and where, of one network: the tables behind a [`Directory`](crate::directory::Directory).
//!
//! - `people`: accounts, handles, names, where people are paid, linkings, timers, and what accounts have chosen.
//! - `rooms`: rooms, topics, link codes, preferences, and what rooms were told.
//! - `pending`: questions and jobs.
//! - `texts`: texts and files that entries refer to.
//! - `read` makes a directory of all of them; `write` carries out changes; `found` is what a row can say.

mod found;
mod pending;
mod people;
mod read;
mod rooms;
mod texts;
mod write;

pub use people::audit as audit_people;
pub use read::directory;
pub use texts::{audit_files, audit_texts, file};
pub use write::write_all;
