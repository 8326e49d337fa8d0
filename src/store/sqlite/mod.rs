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

pub mod backup;
pub mod care;
pub mod caretaker;
pub mod checkpoint;
pub mod commit;
pub mod connections;
pub mod damaged;
pub mod directory;
pub mod erasure;
pub mod error;
pub mod inbox;
pub mod journal;
pub mod load;
pub mod mark;
pub mod open;
pub mod outbox;
pub mod place;
pub mod positions;
pub mod prune;
pub mod schema;
pub mod seal;
pub mod store;
pub mod values;
pub mod verify;
pub mod writer;
