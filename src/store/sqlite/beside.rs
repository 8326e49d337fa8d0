//! Reading what lies beside the journal, row by row: a row that can't be read costs nobody more than that row.
//!
//! Opening to write moves such rows into the table `set_aside`, where their keys block nothing new. `fairshare verify` names them
//! wherever they are.

use crate::store::{InboxOutcome, UnknownOutcomeError};
use std::collections::{HashMap, HashSet};
use std::fmt;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::core::books::state::Books;
use crate::core::ids::{EquipmentId, PersonId, PoolId, ProjectId, TextRef};
use crate::core::time::Timestamp;
use crate::directory::{
    Account, Directory, FileAbout, Job, JobId, LinkCode, Linking, Preference, Question, RoomKey, Scope, Timer, Topic, Write,
};
use crate::payment::pay_to::PayTo;
use crate::store::sqlite::{file_about, hash, instant, json, outbox_row, salt};

/// The largest number of a question or a reply. What counts on from it never overflows.
pub(super) const LARGEST: i64 = 1 << 62;

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    table: String,
    network: Option<String>,
    /// Its values as SQL literals.
    row: Vec<u8>,
    why: String,
}

impl fmt::Display for SetAside {
    /// Without the row: it may hold names and codes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a row of the table {} can't be read, so it is set aside: {}", self.table, self.why)
    }
}

/// A table, the rows meant (`$1` is the network), their order, what is selected, and how a row is read.
struct Table {
    name: &'static str,
    filter: &'static str,
    key: &'static str,
    select: &'static str,
    read: fn(&SqliteRow) -> Result<Found, sqlx::Error>,
}

/// What a row says.
enum Found {
    Write(Write),
    File(TextRef, FileAbout),
    LastQuestion(i64),
    /// Nothing for the directory.
    Nothing,
}

const fn of_network(name: &'static str, key: &'static str, read: fn(&SqliteRow) -> Result<Found, sqlx::Error>) -> Table {
    Table { name, filter: "network IS $1", key, select: "*", read }
}

/// What a network's directory is made of.
const DIRECTORY: [Table; 17] = [
    of_network("accounts", "platform, account", |row| Ok(Found::Write(Write::Account(account(row)?, person(row)?)))),
    of_network("people", "person", |row| Ok(Found::Write(Write::DisplayName(person(row)?, row.try_get("name")?)))),
    of_network("handles", "person", |row| Ok(Found::Write(Write::Handle(person(row)?, row.try_get("handle")?)))),
    of_network("pay_to", "person", |row| {
        let account = PayTo::parse(row.try_get("account")?).map_err(|error| unreadable(error.to_string()))?;
        Ok(Found::Write(Write::PayTo(person(row)?, Some(account))))
    }),
    of_network("rooms", "platform, room", |row| {
        Ok(Found::Write(Write::Room(room(row)?, row.try_get::<Option<u32>, _>("project")?.map(ProjectId))))
    }),
    of_network("topics", "platform, room, kind", |row| {
        let number = row.try_get("number")?;
        let topic = match row.try_get::<&str, _>("kind")? {
            "pool" => Topic::Pool(PoolId(number)),
            "equipment" => Topic::Equipment(EquipmentId(number)),
            other => return Err(unreadable(format!("a room is about no `{other}`"))),
        };
        Ok(Found::Write(Write::Topic(room(row)?, topic)))
    }),
    of_network("link_codes", "code", |row| {
        Ok(Found::Write(Write::LinkCode(LinkCode { code: row.try_get("code")?, expires_at: instant(row, "expires_at")? })))
    }),
    of_network("linkings", "person", |row| {
        let linking: Linking = json(row)?;
        expect(linking.person == person(row)?)?;
        Ok(Found::Write(Write::Linking(linking)))
    }),
    of_network("questions", "id", |row| {
        let question: Question = json(row)?;
        expect(question.id == number(row, "id")?)?;
        Ok(Found::Write(Write::Question(question)))
    }),
    of_network("jobs", "id", |row| {
        let job = Job { id: JobId(row.try_get("id")?), ..json(row)? };
        expect(job.name == row.try_get::<&str, _>("name")? && job.due_at == instant(row, "due_at")?)?;
        let is_waiting = row.try_get::<Option<&str>, _>("failed")?.is_none();
        Ok(if is_waiting { Found::Write(Write::Job(job)) } else { Found::Nothing })
    }),
    of_network("sealed", "platform, account", |row| Ok(Found::Write(Write::SpokeSealed(account(row)?)))),
    of_network("counters", "network", |row| Ok(Found::LastQuestion(number(row, "last_question")?))),
    of_network("told", "platform, room, key", |row| Ok(Found::Write(Write::Told(room(row)?, row.try_get("key")?)))),
    of_network("preferences", "scope, platform, id, key", |row| {
        let scope = Scope::of_columns(row.try_get("scope")?, row.try_get("platform")?, row.try_get("id")?);
        let (key, value) = (Preference::of_word(row.try_get("key")?), row.try_get("value")?);
        // One that only a newer program knows stays for that program.
        Ok(scope.zip(key).map_or(Found::Nothing, |(scope, key)| Found::Write(Write::Preference(scope, key, Some(value)))))
    }),
    of_network("timers", "person", |row| Ok(Found::Write(Write::Timer(person(row)?, Some(json::<Timer>(row)?))))),
    of_network("chosen", "platform, account", |row| Ok(Found::Write(Write::Chosen(account(row)?)))),
    of_network("texts", "id", |row| Ok(Found::Write(Write::Text(TextRef(hash(row, "hash")?), salt(row)?, row.try_get("body")?)))),
];

/// Attached files, without their bytes.
const FILES: Table = Table {
    select: "hash, name, media_type, length(bytes) AS length, salt",
    ..of_network("files", "id", |row| {
        salt(row)?;
        file_about(row).map(|(file, about)| Found::File(file, about))
    })
};

/// Replies of a network that wait.
const OUTBOX: Table = Table {
    filter: "failed IS NULL AND network IS $1",
    ..of_network("outbox", "id", |row| {
        number(row, "id")?;
        outbox_row(row).map(|_| Found::Nothing)
    })
};

/// Messages. Their rows stay where they are, so that no message is obeyed twice.
const INBOX: Table = of_network("inbox", "event", |row| {
    instant(row, "at")?;
    row.try_get::<&str, _>("event")?;
    let outcome: Result<InboxOutcome, UnknownOutcomeError> = row.try_get::<&str, _>("outcome")?.parse();
    outcome.map_err(|error| unreadable(error.to_string()))?;
    row.try_get::<Option<&[u8]>, _>("said")?.map(|_| hash(row, "said")).transpose()?;
    Ok(Found::Nothing)
});

/// How far rooms were read. They are of no network.
const CURSORS: Table = Table {
    filter: "$1 IS NULL",
    ..of_network("cursors", "platform, room", |row| {
        room(row)?;
        row.try_get::<&str, _>("position")?;
        Ok(Found::Nothing)
    })
};

/// When the last message of each room came. They are of no network.
const READINGS: Table = Table {
    filter: "$1 IS NULL",
    ..of_network("readings", "platform, room", |row| {
        room(row)?;
        instant(row, "at")?;
        Ok(Found::Nothing)
    })
};

/// When the last message of each room came, where that can be read.
pub(super) async fn readings(connection: &mut SqliteConnection) -> Result<HashMap<RoomKey, Timestamp>, sqlx::Error> {
    let rows = sqlx::query("SELECT platform, room, at FROM readings").fetch_all(connection).await?;
    Ok(rows.iter().filter_map(|row| Some((room(row).ok()?, instant(row, "at").ok()?))).collect())
}

/// A network's directory as far as it can be read, and the rows that can't be.
pub(super) async fn directory(connection: &mut SqliteConnection, books: &Books) -> Result<(Directory, Vec<SetAside>), sqlx::Error> {
    let (mut directory, mut aside) = (Directory::default(), Vec::new());
    let tables = tables(connection).await?;
    for table in DIRECTORY.iter().chain([&FILES]).filter(|table| tables.contains(table.name)) {
        let mut failed = Vec::new();
        let query = query(table);
        let mut rows = sqlx::query(AssertSqlSafe(query.as_str())).bind(Some(&books.network)).fetch(&mut *connection);
        let mut count = 0_i64;
        while let Some(row) = rows.try_next().await? {
            match (table.read)(&row).and_then(|found| fits(&found, books).map(|()| found)) {
                Ok(Found::Write(write)) => directory.apply(&write),
                Ok(Found::File(file, about)) => directory.keeps(file, about),
                Ok(Found::LastQuestion(number)) => directory.has_asked(number),
                Ok(Found::Nothing) => {}
                Err(error) => failed.push((count, error)),
            }
            count += 1;
        }
        drop(rows);
        for (place, error) in failed {
            aside.push(set_aside(connection, table, Some(&books.network), place, &error).await?);
        }
    }
    Ok((directory, aside))
}

/// The rows of a network, or of none, that can't be read, wherever they are.
pub(super) async fn found_unreadable(
    connection: &mut SqliteConnection,
    network: Option<&str>,
    books: Option<&Books>,
) -> Result<Vec<SetAside>, sqlx::Error> {
    let mut aside = match books {
        Some(books) => directory(connection, books).await?.1,
        None => Vec::new(),
    };
    let tables = tables(connection).await?;
    for table in [&OUTBOX, &INBOX, &CURSORS, &READINGS].into_iter().filter(|table| tables.contains(table.name)) {
        aside.extend(unreadable_in(connection, table, network).await?);
    }
    if tables.contains("set_aside") {
        let query = sqlx::query("SELECT origin, network, row, why FROM set_aside WHERE network IS $1 ORDER BY id").bind(network);
        for row in query.fetch_all(connection).await? {
            let (table, network) = (row.try_get("origin")?, row.try_get("network")?);
            aside.push(SetAside { table, network, row: row.try_get("row")?, why: row.try_get("why")? });
        }
    }
    Ok(aside)
}

/// The waiting replies of every network that can't be read.
pub(super) async fn unreadable_replies(connection: &mut SqliteConnection) -> Result<Vec<SetAside>, sqlx::Error> {
    let networks: Vec<Option<String>> = sqlx::query_scalar("SELECT DISTINCT network FROM outbox").fetch_all(&mut *connection).await?;
    let mut aside = Vec::new();
    for network in networks {
        aside.extend(unreadable_in(connection, &OUTBOX, network.as_deref()).await?);
    }
    Ok(aside)
}

async fn unreadable_in(connection: &mut SqliteConnection, table: &Table, network: Option<&str>) -> Result<Vec<SetAside>, sqlx::Error> {
    let mut failed = Vec::new();
    let query = query(table);
    let mut rows = sqlx::query(AssertSqlSafe(query.as_str())).bind(network).fetch(&mut *connection);
    let mut count = 0_i64;
    while let Some(row) = rows.try_next().await? {
        if let Err(error) = (table.read)(&row) {
            failed.push((count, error));
        }
        count += 1;
    }
    drop(rows);
    let mut aside = Vec::new();
    for (place, error) in failed {
        aside.push(set_aside(connection, table, network, place, &error).await?);
    }
    Ok(aside)
}

/// Moves rows out of their tables, in a transaction of the caller's.
pub(super) async fn move_aside(connection: &mut SqliteConnection, rows: &[SetAside]) -> Result<(), sqlx::Error> {
    for SetAside { table, network, row, why } in rows {
        let insert = sqlx::query("INSERT INTO set_aside (origin, network, row, why) VALUES ($1, $2, $3, $4)");
        insert.bind(table).bind(network).bind(row).bind(why).execute(&mut *connection).await?;
        let literals = literals(connection, table).await?;
        let delete = format!("DELETE FROM {table} WHERE network IS $1 AND {literals} = $2");
        sqlx::query(AssertSqlSafe(delete)).bind(network).bind(row).execute(&mut *connection).await?;
    }
    Ok(())
}

fn query(Table { name, filter, key, select, .. }: &Table) -> String {
    format!("SELECT {select} FROM {name} WHERE {filter} ORDER BY {key}")
}

/// The row at a place of a table's query, within the same snapshot.
async fn set_aside(
    connection: &mut SqliteConnection,
    table: &Table,
    network: Option<&str>,
    place: i64,
    error: &sqlx::Error,
) -> Result<SetAside, sqlx::Error> {
    let Table { name, filter, key, .. } = table;
    let literals = literals(connection, name).await?;
    let query = format!("SELECT {literals} FROM {name} WHERE {filter} ORDER BY {key} LIMIT 1 OFFSET {place}");
    let row = sqlx::query_scalar(AssertSqlSafe(query)).bind(network).fetch_one(connection).await?;
    let why = match error {
        sqlx::Error::ColumnDecode { index, source } => format!("{}: {source}", index.trim_matches('"')),
        sqlx::Error::Decode(source) => source.to_string(),
        other => other.to_string(),
    };
    Ok(SetAside { table: (*name).to_owned(), network: network.map(str::to_owned), row, why })
}

/// An expression for all values of a row, as SQL literals in bytes: text that isn't UTF-8 stays what it is.
async fn literals(connection: &mut SqliteConnection, table: &str) -> Result<String, sqlx::Error> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(table).fetch_all(connection).await?;
    let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
    Ok(format!("CAST({} AS BLOB)", quoted.join(" || ', ' || ")))
}

/// The tables there are: a file that an earlier version wrote last has fewer.
async fn tables(connection: &mut SqliteConnection) -> Result<HashSet<String>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}

/// Whether the people, projects, pools and machines that a row names are in the books.
fn fits(found: &Found, books: &Books) -> Result<(), sqlx::Error> {
    let Found::Write(write) = found else { return Ok(()) };
    let (person, project) = match write {
        Write::Account(_, person) | Write::Handle(person, _) | Write::DisplayName(person, _) | Write::PayTo(person, _) => {
            (Some(*person), None)
        }
        Write::Timer(person, timer) => (Some(*person), timer.as_ref().map(|timer| timer.project)),
        Write::Linking(linking) => (Some(linking.person), None),
        Write::Room(_, project) => (None, *project),
        Write::Question(question) => (None, question.project),
        Write::Topic(_, topic) => {
            let (is_there, what) = match *topic {
                Topic::Pool(pool) => (books.pool(pool).is_some(), "pool"),
                Topic::Equipment(machine) => (books.equipment(machine).is_some(), "machine"),
            };
            return if is_there { Ok(()) } else { Err(unreadable(format!("the {what} that it names is not in the books"))) };
        }
        Write::Replaced(_)
        | Write::Text(..)
        | Write::File(..)
        | Write::LinkCode(_)
        | Write::LinkCodeUsed(_)
        | Write::LinkingDone(_)
        | Write::QuestionClosed(_)
        | Write::Job(_)
        | Write::JobDone(_)
        | Write::JobFailed(..)
        | Write::SpokeSealed(_)
        | Write::Salt(..)
        | Write::Seal
        | Write::ForgetTraces(_)
        | Write::Told(..)
        | Write::Untold(..)
        | Write::Chosen(_)
        | Write::Preference(..)
        | Write::Forget(_)
        | Write::ForgetAccount(_)
        | Write::ForgetText(_) => (None, None),
    };
    if person.is_some_and(|person| !books.people.contains_key(&person) && !books.joined.contains_key(&person)) {
        return Err(unreadable("the person that it names is not in the books".to_owned()));
    }
    if project.is_some_and(|project| !books.projects.contains_key(&project)) {
        return Err(unreadable("the project that it names is not in the books".to_owned()));
    }
    Ok(())
}

fn account(row: &SqliteRow) -> Result<Account, sqlx::Error> {
    Ok(Account { platform: row.try_get("platform")?, id: row.try_get("account")? })
}

fn room(row: &SqliteRow) -> Result<RoomKey, sqlx::Error> {
    Ok(RoomKey { platform: row.try_get("platform")?, id: row.try_get("room")? })
}

fn person(row: &SqliteRow) -> Result<PersonId, sqlx::Error> {
    row.try_get("person").map(PersonId)
}

/// Whether others can count on from a number.
pub(super) fn is_number(number: i64) -> bool {
    (1..=LARGEST).contains(&number)
}

fn number(row: &SqliteRow, column: &str) -> Result<i64, sqlx::Error> {
    let number = row.try_get(column)?;
    if is_number(number) { Ok(number) } else { Err(unreadable(format!("{column}: {number} is out of range"))) }
}

fn expect(says_the_same: bool) -> Result<(), sqlx::Error> {
    if says_the_same { Ok(()) } else { Err(unreadable("its columns do not say what its payload says".to_owned())) }
}

fn unreadable(why: String) -> sqlx::Error {
    sqlx::Error::Decode(why.into())
}
