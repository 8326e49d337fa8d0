//! Texts and files that entries refer to: `texts`, `files`.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::core::ids::TextRef;
use crate::directory::{DirectoryChange, FileAbout, StoredFile};
use crate::store::audit::Audit;
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::directory::found::DirectoryRow;
use crate::store::sqlite::schema;
use crate::store::sqlite::values::{ROWS_AT_ONCE, hash, salt};

pub const TEXTS: TableReader<DirectoryRow> = of_network("texts", "id", |row| {
    let text = TextRef(hash(row, "hash")?);
    let (body, sentence) = (row.try_get("body")?, row.try_get("sentence")?);
    Ok(DirectoryRow::Change(DirectoryChange::Text(text, salt(row)?, body, sentence)))
});

/// Attached files, without their bytes.
pub const FILES: TableReader<DirectoryRow> = TableReader {
    select: "hash, name, media_type, length(bytes) AS length, salt",
    ..of_network("files", "id", |row| {
        salt(row)?;
        let bytes = usize::try_from(row.try_get::<i64, _>(3)?).unwrap_or(usize::MAX);
        let about = FileAbout { name: row.try_get(1)?, media_type: row.try_get(2)?, bytes };
        Ok(DirectoryRow::File(TextRef(hash(row, "hash")?), about))
    })
};

/// Adds the texts among the changes of some networks.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn insert_texts(
    connection: &mut SqliteConnection,
    changes: &[(String, DirectoryChange)],
) -> Result<(), sqlx::Error> {
    let mut texts = Vec::new();
    for (network, change) in changes {
        if let DirectoryChange::Text(text, salt, body, sentence) = change {
            texts.push((network, text, salt, body, sentence));
        }
    }
    for rows in texts.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO texts (network, hash, salt, body, sentence) ");
        query.push_values(rows, |mut values, (network, text, salt, body, sentence)| {
            values.push_bind(network.as_str()).push_bind(&text.0.0[..]).push_bind(&salt[..]).push_bind(body.as_str());
            values.push_bind(sentence.as_deref());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds a file.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn insert_file(
    connection: &mut SqliteConnection,
    network: &str,
    file: TextRef,
    salt: &[u8; 16],
    stored: &StoredFile,
) -> Result<(), sqlx::Error> {
    let StoredFile { name, media_type, bytes } = stored;
    let insert = "INSERT INTO files (hash, salt, name, media_type, bytes, network) VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = sqlx::query(insert).bind(&file.0.0[..]).bind(&salt[..]).bind(name).bind(media_type);
    insert.bind(&bytes[..]).bind(network).execute(connection).await.map(|_| ())
}

/// A network's file, with its bytes. A file that can't be read is reported, and `None`.
///
/// # Errors
/// [`sqlx::Error`] where the table can't be read at all.
pub async fn file(pool: &SqlitePool, network: &str, file: TextRef) -> Result<Option<StoredFile>, sqlx::Error> {
    let query = sqlx::query("SELECT name, media_type, bytes FROM files WHERE network = $1 AND hash = $2");
    let Some(row) = query.bind(network).bind(&file.0.0[..]).fetch_optional(pool).await? else { return Ok(None) };
    let stored = |row: &SqliteRow| {
        let bytes: Vec<u8> = row.try_get("bytes")?;
        let (name, media_type) = (row.try_get("name")?, row.try_get("media_type")?);
        Ok::<_, sqlx::Error>(StoredFile { name, media_type, bytes: bytes.into() })
    };
    Ok(stored(&row).inspect_err(|error| tracing::error!(%error, "an attached file can't be read")).ok())
}

/// Hands a network's texts to an audit.
///
/// # Errors
/// [`sqlx::Error`] where a row can't be read. The audit has the rows before it then.
pub async fn audit_texts(
    connection: &mut SqliteConnection,
    network: &str,
    audit: &mut Audit,
) -> Result<(), sqlx::Error> {
    let query = sqlx::query("SELECT hash, salt, body FROM texts WHERE network = $1 ORDER BY id");
    let mut rows = query.bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.text(TextRef(hash(&row, "hash")?), &salt(&row)?, row.try_get("body")?);
    }
    Ok(())
}

/// Hands a network's files to an audit one by one, because all of them may be more than fits into memory.
///
/// # Errors
/// [`sqlx::Error`] where a row can't be read. The audit has the rows before it then.
pub async fn audit_files(
    connection: &mut SqliteConnection,
    network: &str,
    audit: &mut Audit,
) -> Result<(), sqlx::Error> {
    if !schema::has_table(connection, "files").await? {
        return Ok(());
    }
    let query = sqlx::query("SELECT hash, salt, bytes FROM files WHERE network = $1 ORDER BY id");
    let mut rows = query.bind(network).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        audit.file(TextRef(hash(&row, "hash")?), TextRef::of(&salt(&row)?, row.try_get::<&[u8], _>("bytes")?));
    }
    Ok(())
}
