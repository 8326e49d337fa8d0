//! The embedded database: one SQLite file, one writer.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit that returned has been synced. After a failed transaction
//! the connection is opened anew. What is deleted is overwritten with zeros. After somebody was forgotten, the file is
//! soon written anew and the log emptied, so that neither holds on to them.
//!
//! Reading order:
//!
//! - `store`: [`SqliteStore`] and what it does as a [`Store`](crate::store::Store). `open` opens one, `backup` copies
//!   one.
//! - `connections`, `writer`: the connections that read, and the one that writes.
//! - `commit`: the transaction of a batch. `load`: everything, read from one snapshot.
//! - A table's statements are in one place: `journal` (entries, heads), `inbox`, `outbox`, `positions` (how far rooms
//!   were read), `directory` (who and where: a folder), `prune` (old rows, and what is passed over), `mark` (what the
//!   file knows about itself), `seal`. `schema` has the migrations.
//! - `erasure` deletes what is known of a person, in whichever table it is.
//! - `damaged`: a row beside the journal that can't be read stops nothing else.
//! - `care` and `caretaker`: what is done for the file in quiet moments. `checkpoint` folds the log into it.
//! - `place`: the lock, and what lies beside the file. A file that lost its log is noticed.
//! - `verify`: what is in the file, checked.
//! - `values` and `error`: Rust's types and SQLite's, in both directions.

pub(crate) mod backup;
pub(crate) mod care;
pub(crate) mod caretaker;
pub(crate) mod checkpoint;
pub(crate) mod commit;
pub(crate) mod connections;
pub(crate) mod damaged;
pub(crate) mod directory;
pub(crate) mod erasure;
pub(crate) mod error;
pub(crate) mod inbox;
pub(crate) mod journal;
pub(crate) mod load;
pub(crate) mod mark;
pub(crate) mod open;
pub(crate) mod outbox;
pub(crate) mod place;
pub(crate) mod positions;
pub(crate) mod prune;
pub(crate) mod schema;
pub(crate) mod seal;
pub(crate) mod store;
pub(crate) mod values;
pub(crate) mod verify;
pub(crate) mod writer;

use crate::store::sqlite::backup::BackedUp;
use crate::store::sqlite::store::SqliteStore;
