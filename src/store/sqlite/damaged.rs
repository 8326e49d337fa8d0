//! Rows beside the journal, read one by one: a row that can't be read affects nothing else.
//!
//! Opening to write moves such rows into the table `set_aside`, where their keys block nothing new. `fairshare verify`
//! names them wherever they are.

use std::fmt;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    table: String,
    network: Option<String>,
    /// Its values as SQL literals.
    row: Vec<u8>,
    why: String,
}

impl fmt::Display for DamagedRow {
    /// Leaves out the row, which may hold names and codes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a row of the table {} can't be read, so it is set aside: {}", self.table, self.why)
    }
}

/// How the rows of a table are read.
pub struct TableReader<T> {
    /// The table's name.
    pub name: &'static str,
    /// The condition for its rows, in which `$1` is the network.
    pub filter: &'static str,
    /// The columns that they are ordered by.
    pub key: &'static str,
    /// The columns that are selected.
    pub select: &'static str,
    /// Reads a row.
    ///
    /// # Errors
    /// Where the row can't be read.
    pub read: fn(&SqliteRow) -> Result<T, sqlx::Error>,
}

/// A network's rows in a table, with all their columns.
pub const fn of_network<T>(
    name: &'static str,
    key: &'static str,
    read: fn(&SqliteRow) -> Result<T, sqlx::Error>,
) -> TableReader<T> {
    TableReader { name, filter: "network IS $1", key, select: "*", read }
}

/// Reads rows of a table and hands each to `take`, in order. Returns those that can't be read, or that `take` refuses.
///
/// # Errors
/// [`sqlx::Error`] where the table can't be read at all.
pub async fn read<T>(
    connection: &mut SqliteConnection,
    table: &TableReader<T>,
    network: Option<&str>,
    mut take: impl FnMut(T) -> Result<(), sqlx::Error>,
) -> Result<Vec<DamagedRow>, sqlx::Error> {
    let mut failed = Vec::new();
    let TableReader { name, filter, key, select, .. } = table;
    let query = format!("SELECT {select} FROM {name} WHERE {filter} ORDER BY {key}");
    let mut rows = sqlx::query(AssertSqlSafe(query)).bind(network).fetch(&mut *connection);
    let mut count = 0_i64;
    while let Some(row) = rows.try_next().await? {
        if let Err(error) = (table.read)(&row).and_then(&mut take) {
            failed.push((count, error));
        }
        count += 1;
    }
    drop(rows);
    let mut found = Vec::new();
    for (place, error) in failed {
        found.push(row_at(connection, table, network, place, &error).await?);
    }
    Ok(found)
}

/// The rows of a table that can't be read.
///
/// # Errors
/// [`sqlx::Error`] where the table can't be read at all.
pub async fn check(
    connection: &mut SqliteConnection,
    table: &TableReader<()>,
    network: Option<&str>,
) -> Result<Vec<DamagedRow>, sqlx::Error> {
    read(connection, table, network, Ok).await
}

/// The row at a place of a table's query, within the same snapshot.
async fn row_at<T>(
    connection: &mut SqliteConnection,
    table: &TableReader<T>,
    network: Option<&str>,
    place: i64,
    error: &sqlx::Error,
) -> Result<DamagedRow, sqlx::Error> {
    let TableReader { name, filter, key, .. } = table;
    let literals = literals(connection, name).await?;
    let query = format!("SELECT {literals} FROM {name} WHERE {filter} ORDER BY {key} LIMIT 1 OFFSET {place}");
    let row = sqlx::query_scalar(AssertSqlSafe(query)).bind(network).fetch_one(connection).await?;
    let why = match error {
        sqlx::Error::ColumnDecode { index, source } => format!("{}: {source}", index.trim_matches('"')),
        sqlx::Error::Decode(source) => source.to_string(),
        other => other.to_string(),
    };
    Ok(DamagedRow { table: (*name).to_owned(), network: network.map(str::to_owned), row, why })
}

/// Moves rows out of their tables, in the caller's transaction.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn move_aside(connection: &mut SqliteConnection, rows: &[DamagedRow]) -> Result<(), sqlx::Error> {
    for DamagedRow { table, network, row, why } in rows {
        let insert = sqlx::query("INSERT INTO set_aside (origin, network, row, why) VALUES ($1, $2, $3, $4)");
        insert.bind(table).bind(network).bind(row).bind(why).execute(&mut *connection).await?;
        let literals = literals(connection, table).await?;
        let delete = format!("DELETE FROM {table} WHERE network IS $1 AND {literals} = $2");
        sqlx::query(AssertSqlSafe(delete)).bind(network).bind(row).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The rows of a network, or of none, that were moved aside.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn moved_away(
    connection: &mut SqliteConnection,
    network: Option<&str>,
) -> Result<Vec<DamagedRow>, sqlx::Error> {
    let query = sqlx::query("SELECT origin, network, row, why FROM set_aside WHERE network IS $1 ORDER BY id");
    let rows = query.bind(network).fetch_all(connection).await?;
    let of_row = |row: &SqliteRow| {
        let (table, network) = (row.try_get("origin")?, row.try_get("network")?);
        Ok(DamagedRow { table, network, row: row.try_get("row")?, why: row.try_get("why")? })
    };
    rows.iter().map(of_row).collect()
}

/// An SQL expression for all values of a row, as SQL literals in bytes: text that isn't UTF-8 stays unchanged.
async fn literals(connection: &mut SqliteConnection, table: &str) -> Result<String, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(table);
    let columns: Vec<String> = query.fetch_all(connection).await?;
    let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
    Ok(format!("CAST({} AS BLOB)", quoted.join(" || ', ' || ")))
}
