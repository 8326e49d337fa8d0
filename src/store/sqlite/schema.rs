//! The tables: the migrations that make them, and whether the tables still match the migrations.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr as _;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::store::error::StoreError;
use crate::store::sqlite::error::{database, sql};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// The objects of a database by kind and name, with the SQL that made them.
type Schema = BTreeMap<(String, String), String>;

/// Makes the tables that are missing.
///
/// # Errors
/// [`StoreError`] where the file was made by a newer program, or can't be written.
pub async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    MIGRATIONS.run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => {
            database("this file was made by a newer fairshare; install that version to open it")
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sql(error),
        other => database(other),
    })
}

/// How many tables, indexes, views and triggers there are.
///
/// # Errors
/// [`StoreError`] where the file can't be read.
pub async fn count(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(connection).await.map_err(sql)
}

/// Whether a table exists: a file that an earlier version wrote last may not have it.
///
/// # Errors
/// [`sqlx::Error`] if the tables can't be listed.
pub async fn has_table(connection: &mut SqliteConnection, name: &str) -> Result<bool, sqlx::Error> {
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_master WHERE name = $1").bind(name);
    Ok(count.fetch_one(connection).await? > 0)
}

/// The existing tables: a file that an earlier version wrote last has fewer.
///
/// # Errors
/// [`sqlx::Error`] if the tables can't be listed.
pub async fn tables(connection: &mut SqliteConnection) -> Result<HashSet<String>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'");
    let names: Vec<String> = query.fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}

/// Whether every migration was run.
pub async fn is_current(connection: &mut SqliteConnection) -> bool {
    let version = version(connection).await;
    version.is_ok_and(|version| MIGRATIONS.iter().all(|migration| migration.version <= version))
}

/// The version of the tables: the last migration that was run.
async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(connection).await
}

/// Differences from what the migrations made: tables, indexes, views, and the triggers that guard the journal.
///
/// # Errors
/// [`sqlx::Error`] where the tables can't be listed.
pub async fn changes(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let version = version(connection).await?;
    let mut fresh = SqliteConnection::connect_with(&SqliteConnectOptions::from_str("sqlite::memory:")?).await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version <= version) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut fresh).await?;
    }
    let (expected, actual) = (schema(&mut fresh).await?, schema(connection).await?);
    let missing = expected.keys().filter(|key| !actual.contains_key(key));
    let missing = missing.map(|(kind, name)| format!("the {kind} {name} is missing"));
    let others = actual.iter().filter_map(|(key, sql)| match expected.get(key) {
        None => Some(format!("the {} {} is none of the program's", key.0, key.1)),
        Some(made) if made != sql => Some(format!("the {} {} was changed", key.0, key.1)),
        Some(_) => None,
    });
    Ok(missing.chain(others).collect())
}

async fn schema(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    let query = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE tbl_name <> '_sqlx_migrations'";
    let rows = sqlx::query(query).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}
