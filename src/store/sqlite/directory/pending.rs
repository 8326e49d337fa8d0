//! What waits: `questions` for an answer, `jobs` for their time. `counters` keeps the numbers of questions from being
//! reused.

use sqlx::{Row as _, SqliteConnection};

use crate::directory::{DirectoryChange, Job, JobId, Question};
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::directory::found::DirectoryRow;
use crate::store::sqlite::error::WriteError;
use crate::store::sqlite::values::{expect_agreement, instant, iso, json, number, text_of};

pub const QUESTIONS: TableReader<DirectoryRow> = of_network("questions", "id", |row| {
    let question: Question = json(row)?;
    expect_agreement(question.id == number(row, "id")?)?;
    Ok(DirectoryRow::Change(DirectoryChange::Question(question)))
});

pub const COUNTERS: TableReader<DirectoryRow> =
    of_network("counters", "network", |row| Ok(DirectoryRow::LastQuestion(number(row, "last_question")?)));

pub const JOBS: TableReader<DirectoryRow> = of_network("jobs", "id", |row| {
    let job = Job { id: JobId(row.try_get("id")?), ..json(row)? };
    expect_agreement(job.name.to_string() == row.try_get::<&str, _>("name")? && job.due_at == instant(row, "due_at")?)?;
    let is_waiting = row.try_get::<Option<&str>, _>("failed")?.is_none();
    Ok(if is_waiting { DirectoryRow::Change(DirectoryChange::Job(job)) } else { DirectoryRow::Nothing })
});

/// Adds a question, and counts it.
///
/// # Errors
/// [`sqlx::Error`] if the rows can't be written.
pub async fn add_question(
    connection: &mut SqliteConnection,
    network: &str,
    question: &Question,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO counters (network, last_question) VALUES ($1, $2) \
        ON CONFLICT (network) DO UPDATE SET last_question = max(last_question, excluded.last_question)";
    sqlx::query(upsert).bind(network).bind(question.id).execute(&mut *connection).await?;
    let insert = sqlx::query("INSERT INTO questions (id, payload, network) VALUES ($1, $2, $3)");
    insert.bind(question.id).bind(text_of(question)).bind(network).execute(connection).await.map(|_| ())
}

/// Deletes a question that was answered.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be deleted.
pub async fn delete_question(connection: &mut SqliteConnection, network: &str, id: i64) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM questions WHERE id = $1 AND network = $2");
    delete.bind(id).bind(network).execute(connection).await.map(|_| ())
}

/// Adds a job.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn add_job(connection: &mut SqliteConnection, network: &str, job: &Job) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO jobs (id, name, due_at, payload, network) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";
    let insert = sqlx::query(insert).bind(&job.id.0).bind(job.name.to_string()).bind(iso(job.due_at));
    insert.bind(text_of(job)).bind(network).execute(connection).await.map(|_| ())
}

/// Deletes a job that was done.
///
/// # Errors
/// [`WriteError::Conflict`] if it does not wait any more: if several would do a job, only one deletes its row.
/// [`WriteError::Sql`] for the rest.
pub async fn delete_job(connection: &mut SqliteConnection, network: &str, job: &Job) -> Result<(), WriteError> {
    let delete = sqlx::query("DELETE FROM jobs WHERE id = $1 AND network = $2 AND failed IS NULL");
    let deleted = delete.bind(&job.id.0).bind(network).execute(connection).await?;
    expect_one(deleted.rows_affected())
}

/// Notes that a job failed, and why.
///
/// # Errors
/// [`WriteError::Conflict`] if it does not wait any more, [`WriteError::Sql`] for the rest.
pub async fn fail_job(
    connection: &mut SqliteConnection,
    network: &str,
    job: &Job,
    why: &str,
) -> Result<(), WriteError> {
    let update = sqlx::query("UPDATE jobs SET failed = $1 WHERE id = $2 AND network = $3 AND failed IS NULL");
    let updated = update.bind(why).bind(&job.id.0).bind(network).execute(connection).await?;
    expect_one(updated.rows_affected())
}

fn expect_one(rows: u64) -> Result<(), WriteError> {
    if rows == 1 { Ok(()) } else { Err(WriteError::Conflict) }
}
