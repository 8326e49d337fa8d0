//! What is in the file, read to be verified: one thing after the other, going on where something can't be read.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::{MIGRATIONS, beside, hash, head, journal_row, salt, seal, signed};
use crate::core::books::Books;
use crate::core::check::{Area, Finding, Verification};
use crate::core::entry::{Hash, PersonId, TextRef};
use crate::directory::{Account, Known};
use crate::payment::PayTo;
use crate::store::verify::Audit;

/// The most complaints of SQLite's own that are passed on.
const COMPLAINTS: &str = "PRAGMA integrity_check(20)";

/// Tables with a column that names a network.
const OF_NETWORKS: &[&str] = &[
    "accounts",
    "chosen",
    "counters",
    "files",
    "handles",
    "heads",
    "inbox",
    "jobs",
    "link_codes",
    "linkings",
    "outbox",
    "pay_to",
    "people",
    "preferences",
    "questions",
    "rooms",
    "sealed",
    "seals",
    "texts",
    "timers",
    "told",
    "topics",
];

fn found(area: Area, result: Result<Vec<String>, sqlx::Error>) -> Vec<Finding> {
    let what = result.unwrap_or_else(|error| vec![format!("it can't be read: {error}")]);
    what.into_iter().map(|what| Finding::new(area, what)).collect()
}

/// The version of the tables: the last migration that was run.
async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(connection).await
}

fn is_current(version: i64) -> bool {
    MIGRATIONS.iter().all(|migration| migration.version <= version)
}

/// What is wrong with the file as a whole, whatever network it is about.
pub async fn file(connection: &mut SqliteConnection) -> Vec<Finding> {
    let mut findings = found(Area::File, complaints(connection).await);
    findings.extend(found(Area::File, changed_schema(connection).await));
    if version(connection).await.is_ok_and(is_current) {
        for table in OF_NETWORKS {
            findings.extend(found(Area::Rest, strangers(connection, table).await));
        }
        findings.extend(found(Area::Rest, unreadable(connection, None).await));
    }
    findings
}

/// What SQLite itself finds: pages, indexes, references between tables.
async fn complaints(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut complaints: Vec<String> = sqlx::query_scalar(COMPLAINTS).fetch_all(&mut *connection).await?;
    complaints.retain(|complaint| complaint != "ok");
    let references = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?;
    if !references.is_empty() {
        complaints.push(format!("{} rows refer to rows that are not there", references.len()));
    }
    Ok(complaints.into_iter().map(|complaint| format!("the database says: {complaint}")).collect())
}

type Schema = BTreeMap<(String, String), String>;

async fn schema(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    let query = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE tbl_name <> '_sqlx_migrations'";
    let rows = sqlx::query(query).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

/// What is not as the migrations have made it: tables, indexes, views, and the triggers that guard the journal.
async fn changed_schema(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let version = version(connection).await?;
    let mut fresh = SqliteConnection::connect_with(&SqliteConnectOptions::from_str("sqlite::memory:")?).await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version <= version) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut fresh).await?;
    }
    let (expected, actual) = (schema(&mut fresh).await?, schema(connection).await?);
    let missing = expected.keys().filter(|key| !actual.contains_key(key)).map(|(kind, name)| format!("the {kind} {name} is missing"));
    let others = actual.iter().filter_map(|(key, sql)| match expected.get(key) {
        None => Some(format!("the {} {} is none of the program's", key.0, key.1)),
        Some(made) if made != sql => Some(format!("the {} {} was changed", key.0, key.1)),
        Some(_) => None,
    });
    Ok(missing.chain(others).collect())
}

/// Rows of networks that have no journal.
async fn strangers(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>, sqlx::Error> {
    let query = format!("SELECT count(*) FROM {table} WHERE network NOT IN (SELECT DISTINCT network FROM journal)");
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await?;
    Ok((count > 0).then(|| format!("{table}: {count} rows are of a network without a journal")).into_iter().collect())
}

/// Rows that can't be read, and those that were set aside.
async fn unreadable(connection: &mut SqliteConnection, books: Option<&Books>) -> Result<Vec<String>, sqlx::Error> {
    let network = books.map(|books| books.network.as_str());
    Ok(beside::found_unreadable(connection, network, books).await?.iter().map(ToString::to_string).collect())
}

/// Replays a network's journal and compares it with what lies beside it.
pub async fn network(connection: &mut SqliteConnection, network: &str) -> Verification {
    let mut audit = Audit::new(network);
    if let Err(error) = entries(connection, network, &mut audit).await {
        audit.unreadable(error);
    }
    match head(connection, network).await {
        Ok(Some((seq, hash))) if (seq, hash) == (signed(audit.books().seq), audit.books().head) => {}
        Ok(_) => audit.find(Area::Journal, "the stored head is not the last entry"),
        Err(error) => audit.find(Area::Journal, format!("the stored head can't be read: {error}")),
    }
    if let Err(error) = texts(connection, network, &mut audit).await {
        audit.find(Area::Texts, format!("texts beside the journal can't be read: {error}"));
    }
    if let Err(error) = files(connection, network, &mut audit).await {
        audit.find(Area::Files, format!("files beside the journal can't be read: {error}"));
    }
    let is_current = version(connection).await.is_ok_and(is_current);
    if is_current {
        if let Err(error) = people(connection, network, &mut audit).await {
            audit.find(Area::People, format!("rows about who people are can't be read: {error}"));
        }
        let books = audit.books().clone();
        found(Area::Rest, unreadable(connection, Some(&books)).await).into_iter().for_each(|finding| audit.take(finding));
        if audit.books().is_marked {
            seals(connection, network, &mut audit).await;
        }
        match unheard(connection, network).await {
            Ok(0) => {}
            Ok(count) => audit.find(Area::Rest, format!("inbox: the messages behind {count} moments of the journal are missing")),
            Err(error) => audit.find(Area::Rest, format!("inbox: it can't be read: {error}")),
        }
    }
    let mut found = audit.finish();
    if !is_current {
        found.unchecked.push(
            "an earlier version has written this file: accounts, names, rooms and all else beside the journal are checked once fairshare has started with it"
                .to_owned(),
        );
    }
    found
}

async fn entries(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    let query = sqlx::query("SELECT network, seq, at, kind, version, payload, hash FROM journal WHERE network = $1 ORDER BY seq");
    let mut rows = query.bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.entry(&journal_row(&row)?);
    }
    Ok(())
}

async fn texts(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    let mut rows = sqlx::query("SELECT hash, salt, body FROM texts WHERE network = $1 ORDER BY id").bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.text(TextRef(hash(&row, "hash")?), &salt(&row)?, row.try_get("body")?);
    }
    Ok(())
}

/// One after the other: all of them may be more than fits into memory.
async fn files(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    if !super::has_table(connection, "files").await? {
        return Ok(());
    }
    let mut rows = sqlx::query("SELECT hash, salt, bytes FROM files WHERE network = $1 ORDER BY id").bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.file(TextRef(hash(&row, "hash")?), TextRef::of(&salt(&row)?, row.try_get::<&[u8], _>("bytes")?));
    }
    Ok(())
}

/// Rows about who people are.
async fn people(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    let query = "SELECT 'account' AS kind, person, platform AS first, account AS second, salt FROM accounts WHERE network = $1 \
        UNION ALL SELECT 'handle', person, handle, '', salt FROM handles WHERE network = $1 \
        UNION ALL SELECT 'name', person, name, '', salt FROM people WHERE network = $1 \
        UNION ALL SELECT 'pay-to', person, account, '', salt FROM pay_to WHERE network = $1";
    for row in sqlx::query(query).bind(network).fetch_all(connection).await? {
        let (person, first): (u32, String) = (row.try_get("person")?, row.try_get("first")?);
        let salt = if row.try_get::<Option<&[u8]>, _>("salt")?.is_some() { Some(salt(&row)?) } else { None };
        let known = match row.try_get::<&str, _>("kind")? {
            "account" => Known::Account(Account { platform: first, id: row.try_get("second")? }),
            "handle" => Known::Handle(first),
            "name" => Known::Name(first),
            _ => match PayTo::parse(&first) {
                Ok(pay_to) => Known::PayTo(pay_to),
                Err(why) => {
                    audit.find(Area::People, format!("where {} is paid can't be read: {why}", PersonId(person)));
                    continue;
                }
            },
        };
        audit.known(PersonId(person), &known, salt);
    }
    Ok(())
}

/// The tables whose rows are not those that the program has last written.
async fn seals(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) {
    for (part, _) in seal::PARTS {
        let sealed = match seal::stored(connection, network, part).await {
            Ok(stored) => seal::hash_of(connection, network, part).await.map(|now| stored.map(|stored| stored == now.0)),
            Err(error) => Err(error),
        };
        let area = if ["accounts", "handles", "pay_to", "people"].contains(part) { Area::People } else { Area::Rest };
        match sealed {
            Ok(Some(true)) => {}
            Ok(Some(false)) => audit.find(area, format!("{part}: the rows are not those that the program has written")),
            Ok(None) => audit.find(area, format!("{part}: the seal is missing")),
            Err(error) => audit.find(area, format!("{part}: the rows can't be read: {error}")),
        }
    }
}

/// Moments of the journal at which no message was decided, since old messages were last deleted. A network's first message came before
/// there was the network.
async fn unheard(connection: &mut SqliteConnection, network: &str) -> Result<i64, sqlx::Error> {
    let query = "SELECT count(*) FROM (SELECT at FROM journal WHERE network = $1 \
        AND at > coalesce((SELECT until FROM passed_over WHERE platform = ''), '') \
        EXCEPT SELECT at FROM inbox WHERE network = $1 OR network IS NULL)";
    sqlx::query_scalar(query).bind(network).fetch_one(connection).await
}

/// The entries whose hashes begin with these digits: the place and time of each, and how many there are in all.
pub async fn entries_of(connection: &mut SqliteConnection, network: &str, digits: &str) -> Result<(Vec<(u64, String)>, u64), sqlx::Error> {
    let mut rows = sqlx::query("SELECT seq, at, hash FROM journal WHERE network = $1 ORDER BY seq").bind(network).fetch(connection);
    let (mut entries, mut count) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        count += 1;
        let hash: Hash = hash(&row, "hash")?;
        if hash.to_string().starts_with(digits) {
            entries.push((count, row.try_get("at")?));
        }
    }
    Ok((entries, count))
}
