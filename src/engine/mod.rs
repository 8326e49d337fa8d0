//! The only way from a message to the journal.
//!
//! The engine takes waiting messages in batches. It decides each message with pure functions on the current books and
//! applies the entries at once. A batch is one transaction: inbox rows, entries, changes beside the journal, replies.
//! Replies leave only after the commit.
//!
//! A decided batch is fixed: if its commit fails, the engine tries the same rows again. If another writer moved the
//! journal, or a message causes a fault, the engine rebuilds the books of the touched networks from the store. It
//! never patches them. Due jobs are committed apart from messages ([`due`]). A stored journal is verified in the
//! background ([`verification`], [`verify`]).
//!
//! In reading order:
//!
//! - [`run`]: the engine and its loop. [`commit`] writes a batch; [`patience`] waits for a database that is
//!   unavailable.
//! - [`state`]: what the engine knows in memory. [`record`] journals facts and writes changes into a [`batch`].
//! - [`request`], [`reading`], [`network`], [`access`]: who says what, about which network, and whether they may.
//! - [`handle`], [`execute`], [`question`], [`trust`], [`quota`], [`apply`]: one message, decided and applied.
//! - [`replies`]: the answer to the author, and notices for others. [`lists`]: what people look at page by page.
//! - [`jobs`], [`due`], [`recurring`]: what becomes due. [`prune`]: what has expired.

pub(crate) mod access;
pub(crate) mod apply;
pub(crate) mod batch;
pub(crate) mod commit;
pub(crate) mod due;
pub mod entropy;
pub(crate) mod execute;
pub(crate) mod fault;
pub(crate) mod files;
pub(crate) mod fingerprint;
pub(crate) mod handle;
pub(crate) mod instants;
pub(crate) mod invocation;
pub(crate) mod jobs;
pub(crate) mod limit_updates;
pub(crate) mod lists;
pub(crate) mod lookup;
pub(crate) mod network;
pub(crate) mod outcome;
pub(crate) mod patience;
pub(crate) mod prune;
pub(crate) mod question;
pub(crate) mod quota;
pub(crate) mod reading;
pub(crate) mod recent;
pub(crate) mod record;
pub(crate) mod recurring;
pub(crate) mod replies;
pub(crate) mod request;
pub mod run;
pub(crate) mod state;
pub(crate) mod trust;
pub(crate) mod verification;
pub(crate) mod verify;
