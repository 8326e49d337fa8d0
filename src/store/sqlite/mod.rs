//! The embedded database: one SQLite file, one writer.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit that returned has been synced. After a failed transaction
//! the connection is opened again. Deleted data is overwritten with zeros. After an erasure, the file is soon rewritten
//! and the log emptied, so that neither keeps anything of the person.
//!
//! Reading order:
//!
//! - `store`: [`SqliteStore`](store::SqliteStore) and what it does as a [`Store`](crate::store::database::Store).
//!   `open` opens one, `backup` copies one.
//! - `connections`, `writer`: the connections that read, and the one that writes.
//! - `commit`: the transaction of a batch. `load`: everything, read from one snapshot.
//! - A table's statements are in one place: `journal` (entries, heads), `inbox`, `outbox`, `positions` (how far rooms
//!   were read), `directory` (accounts, rooms and texts: a folder), `prune` (old rows, and what is passed over), `mark`
//!   (the file's own record of itself), `seal`. `schema` has the migrations.
//! - `erasure` deletes what is known of a person, in any table.
//! - `damaged`: a row beside the journal that can't be read affects nothing else.
//! - `care` and `caretaker`: chores of the file in quiet moments. `checkpoint` folds the log into it.
//! - `place`: the lock, and what lies beside the file. A file that lost its log is noticed.
//! - `verify`: checks what is in the file.
//! - `values` and `error`: conversions between Rust's types and SQLite's.

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
