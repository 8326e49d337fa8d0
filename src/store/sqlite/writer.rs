//! The connection that writes.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::store::sqlite::checkpoint;

/// The connection that writes. It is dropped after any transaction that failed or was cancelled, and opened again for
/// the next one, because a connection can't be trusted to have rolled back.
#[derive(Default)]
pub struct Writer {
    connection: Option<SqliteConnection>,
    /// Whether a transaction failed and may still be in the log without having been synced.
    in_doubt: bool,
}

impl Writer {
    /// A writer on an open connection.
    pub fn new(connection: SqliteConnection) -> Self {
        Self { connection: Some(connection), in_doubt: false }
    }

    /// Whether it is unknown if the last transaction was written.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// The connection, for one transaction. [`put`](Self::put) it back after that succeeded.
    ///
    /// # Errors
    /// [`sqlx::Error`] where a connection can't be opened, or the log can't be synced because another program is
    /// reading.
    pub async fn take(&mut self, options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = options.connect().await?;
                // Folding the log syncs what it holds. Only then can a query tell what is there.
                if self.in_doubt && !checkpoint::fold(&mut connection, "PASSIVE").await? {
                    let why = "another program is reading an earlier state of the file";
                    return Err(sqlx::Error::Protocol(why.to_owned()));
                }
                connection
            }
        };
        self.in_doubt = true;
        Ok(connection)
    }

    /// Takes the connection back after a transaction that succeeded.
    pub fn put(&mut self, connection: SqliteConnection) {
        self.connection = Some(connection);
        self.in_doubt = false;
    }
}
