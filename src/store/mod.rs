//! The database: the journal, and what lies beside it.
//!
//! Reading order:
//!
//! - `database`: [`Store`](database::Store), what a database must do. Load everything, ask which events are known,
//!   commit one batch.
//! - `rows` and `batch`: what is written. A [`Batch`](batch::Batch) is one transaction. It moves the head of every
//!   network that it touches, so a second writer can't go on from a place that is no longer the last.
//! - `state`: what is read at the start, a [`StoredState`](state::StoredState).
//! - `replay`: rows of the journal become books.
//! - `audit`: what is stored is compared with what the journal says. No database is named there.
//! - `error`: why a store can't be read, and why a batch was not committed.
//! - [`sqlite`]: the database that is used today. Another one gets a folder beside it.
//!
//! Files of this folder import from each other by their own paths, never from here.

pub mod audit;
pub mod batch;
pub mod database;
pub mod error;
pub mod replay;
pub mod rows;
pub mod sqlite;
pub mod state;
