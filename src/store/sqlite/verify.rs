//! Verifies what is in the file, one part after the other, and goes on where something can't be read.

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::core::books::state::Books;
use crate::core::check::{Area, Finding, Verification};
use crate::store::audit::Audit;
use crate::store::sqlite::damaged::DamagedRow;
use crate::store::sqlite::directory::{people, read, texts};
use crate::store::sqlite::values::signed;
use crate::store::sqlite::{damaged, inbox, journal, outbox, positions, schema, seal};

/// The most complaints of SQLite that are passed on.
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

/// What is wrong with the file as a whole, independent of a network. What can't be read is a finding.
pub async fn file(connection: &mut SqliteConnection) -> Vec<Finding> {
    let mut findings = found(Area::File, complaints(connection).await);
    findings.extend(found(Area::File, schema::changes(connection).await));
    if schema::is_current(connection).await {
        for table in OF_NETWORKS {
            findings.extend(found(Area::Rest, strangers(connection, table).await));
        }
        findings.extend(found(Area::Rest, unreadable(connection, None).await));
    }
    findings
}

/// What SQLite itself finds: errors in pages, indexes, and references between tables.
async fn complaints(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut complaints: Vec<String> = sqlx::query_scalar(COMPLAINTS).fetch_all(&mut *connection).await?;
    complaints.retain(|complaint| complaint != "ok");
    let references = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?;
    if !references.is_empty() {
        complaints.push(format!("{} rows refer to rows that are not there", references.len()));
    }
    Ok(complaints.into_iter().map(|complaint| format!("the database says: {complaint}")).collect())
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
    Ok(damaged_rows(connection, network, books).await?.iter().map(ToString::to_string).collect())
}

/// All rows that can't be read, of a network or of none.
async fn damaged_rows(
    connection: &mut SqliteConnection,
    network: Option<&str>,
    books: Option<&Books>,
) -> Result<Vec<DamagedRow>, sqlx::Error> {
    let mut found = match books {
        Some(books) => read::directory(connection, books).await?.1,
        None => Vec::new(),
    };
    let tables = schema::tables(connection).await?;
    for table in [&outbox::OUTBOX, &inbox::INBOX, &positions::CURSORS, &positions::READINGS] {
        if tables.contains(table.name) {
            found.extend(damaged::check(connection, table, network).await?);
        }
    }
    if tables.contains("set_aside") {
        found.extend(damaged::moved_away(connection, network).await?);
    }
    Ok(found)
}

/// Replays a network's journal and compares it with what lies beside it. What can't be read is a finding.
pub async fn network(connection: &mut SqliteConnection, network: &str) -> Verification {
    let mut audit = Audit::new(network);
    if let Err(error) = journal::audit(connection, network, &mut audit).await {
        audit.unreadable(error);
    }
    match journal::head(connection, network).await {
        Ok(Some((seq, hash))) if (seq, hash) == (signed(audit.books().seq), audit.books().head) => {}
        Ok(_) => audit.find(Area::Journal, "the stored head is not the last entry"),
        Err(error) => audit.find(Area::Journal, format!("the stored head can't be read: {error}")),
    }
    if let Err(error) = texts::audit_texts(connection, network, &mut audit).await {
        audit.find(Area::Texts, format!("texts beside the journal can't be read: {error}"));
    }
    if let Err(error) = texts::audit_files(connection, network, &mut audit).await {
        audit.find(Area::Files, format!("files beside the journal can't be read: {error}"));
    }
    let is_current = schema::is_current(connection).await;
    if is_current {
        if let Err(error) = people::audit(connection, network, &mut audit).await {
            audit.find(Area::People, format!("rows about who people are can't be read: {error}"));
        }
        let books = audit.books().clone();
        for finding in found(Area::Rest, unreadable(connection, Some(&books)).await) {
            audit.take(finding);
        }
        if audit.books().is_marked {
            seals(connection, network, &mut audit).await;
        }
        match inbox::unheard(connection, network).await {
            Ok(0) => {}
            Ok(count) => {
                audit.find(Area::Rest, format!("inbox: the messages behind {count} moments of the journal are missing"))
            }
            Err(error) => audit.find(Area::Rest, format!("inbox: it can't be read: {error}")),
        }
    }
    let mut found = audit.finish();
    if !is_current {
        found.unchecked.push(
            "an earlier version has written this file: accounts, names, rooms and all else beside the journal are \
             checked once fairshare has started with it"
                .to_owned(),
        );
    }
    found
}

/// Finds the tables whose rows are not those that the program last wrote.
async fn seals(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) {
    for (part, _) in seal::PARTS {
        let sealed = match seal::stored(connection, network, part).await {
            Ok(stored) => {
                seal::hash_of(connection, network, part).await.map(|now| stored.map(|stored| stored == now.0))
            }
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
