//! The only way from a message to the journal.
//!
//! The engine takes waiting messages in batches. It decides each message with pure functions on the current books and
//! applies the entries at once. A batch is one transaction: inbox rows, entries, changes beside the journal, replies.
//! Replies leave only after the commit.
//!
//! A decided batch is fixed: if its commit fails, the engine tries the same rows again. If another writer moved the
//! journal, or a message causes a fault, the engine rebuilds the books of the touched networks from the store. It
//! never patches them. Due jobs are committed apart from messages ([`time`]). A stored journal is verified in the
//! background ([`verification`], [`verify`]).
//!
//! In reading order:
//!
//! - [`run`]: the engine and its loop. [`commit`] writes a batch; [`patience`] waits for a database that is
//!   unavailable.
//! - [`state`]: what the engine knows in memory. [`record`] journals facts and writes changes into a [`batch`].
//! - [`request`], [`reading`], [`network`], [`access`]: who says what, about which network, and whether they may.
//! - [`handle`], [`execute`], [`question`], [`trust`], [`quota`], [`apply`]: one message, decided and applied.
//! - [`replies`]: the answer to the author, and notices for others.
//! - [`jobs`], [`time`], [`recurring`]: what becomes due. [`prune`]: what has expired.

pub mod access;
pub mod apply;
pub mod batch;
pub mod commit;
pub mod entropy;
pub mod execute;
pub mod fault;
pub mod files;
pub mod fingerprint;
pub mod handle;
pub mod invocation;
pub mod jobs;
pub mod lookup;
pub mod moment;
pub mod network;
pub mod outcome;
pub mod patience;
pub mod prune;
pub mod publish;
pub mod question;
pub mod quota;
pub mod reading;
pub mod recent;
pub mod record;
pub mod recurring;
pub mod replies;
pub mod request;
pub mod run;
pub mod state;
pub mod time;
pub mod trust;
pub mod verification;
pub mod verify;
