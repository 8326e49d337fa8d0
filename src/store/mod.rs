//! The database: the journal, and what lies beside it.
//!
//! Reading order:
//!
//! - `database`: [`Store`], what a database must do. Load everything, ask which events are known, commit one batch.
//! - `rows` and `batch`: what is written. A [`Batch`] is one transaction. It moves the head of every network that it
//!   touches, so a second writer can't go on from a place that is no longer the last.
//! - `state`: what is read at the start, a [`StoredState`].
//! - `replay`: rows of the journal become books.
//! - `audit`: what is stored is compared with what the journal says. No database is named there.
//! - `error`: why a store can't be read, and why a batch was not committed.
//! - [`sqlite`]: the database that is used today. Another one gets a folder beside it.
//!
//! Files of this folder import from each other by their own paths, never from here.

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod database;
pub(crate) mod error;
pub(crate) mod replay;
pub(crate) mod rows;
pub mod sqlite;
pub(crate) mod state;

use crate::store::batch::{Batch, HeadMove};
use crate::store::database::Store;
use crate::store::error::{CommitError, StoreError};
use crate::store::replay::fold;
use crate::store::rows::{InboxOutcome, InboxRow, JournalRow, OutboxRow, UnknownOutcomeError};
use crate::store::state::{Network, PassedOver, StoredState};
