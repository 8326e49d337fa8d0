//! A network's directory, read from its tables.

use sqlx::SqliteConnection;

use crate::core::books::state::Books;
use crate::directory::{Directory, DirectoryChange, Topic};
use crate::store::sqlite::damaged::{DamagedRow, TableReader};
use crate::store::sqlite::directory::found::DirectoryRow;
use crate::store::sqlite::directory::{pending, people, rooms, texts};
use crate::store::sqlite::values::unreadable;
use crate::store::sqlite::{damaged, schema};

/// The tables of a network's directory.
const TABLES: [&TableReader<DirectoryRow>; 18] = [
    &people::ACCOUNTS,
    &people::NAMES,
    &people::HANDLES,
    &people::PAY_TO,
    &rooms::ROOMS,
    &rooms::TOPICS,
    &rooms::LINK_CODES,
    &people::LINKINGS,
    &pending::QUESTIONS,
    &pending::JOBS,
    &people::SEALED,
    &pending::COUNTERS,
    &rooms::TOLD,
    &rooms::PREFERENCES,
    &people::TIMERS,
    &people::CHOSEN,
    &texts::TEXTS,
    &texts::FILES,
];

/// A network's directory as far as it can be read, and the rows that can't be.
///
/// # Errors
/// [`sqlx::Error`] where a table can't be read at all.
pub async fn directory(
    connection: &mut SqliteConnection,
    books: &Books,
) -> Result<(Directory, Vec<DamagedRow>), sqlx::Error> {
    let (mut directory, mut aside) = (Directory::default(), Vec::new());
    let tables = schema::tables(connection).await?;
    for table in TABLES.into_iter().filter(|table| tables.contains(table.name)) {
        let take = |found| {
            expect_in_books(&found, books)?;
            match found {
                DirectoryRow::Change(write) => directory.apply(&write),
                DirectoryRow::File(file, about) => directory.keeps(file, about),
                DirectoryRow::LastQuestion(number) => directory.has_asked(number),
                DirectoryRow::Nothing => {}
            }
            Ok(())
        };
        aside.extend(damaged::read(connection, table, Some(&books.network), take).await?);
    }
    Ok((directory, aside))
}

/// Fails unless the people, projects, pools and machines that a row names are in the books.
fn expect_in_books(found: &DirectoryRow, books: &Books) -> Result<(), sqlx::Error> {
    let DirectoryRow::Change(write) = found else { return Ok(()) };
    let (person, project) = match write {
        DirectoryChange::Account(_, person)
        | DirectoryChange::Handle(person, _)
        | DirectoryChange::DisplayName(person, _)
        | DirectoryChange::PayTo(person, _) => (Some(*person), None),
        DirectoryChange::Timer(person, timer) => (Some(*person), timer.as_ref().map(|timer| timer.project)),
        DirectoryChange::Linking(linking) => (Some(linking.person), None),
        DirectoryChange::Room(_, project) => (None, *project),
        DirectoryChange::Question(question) => (None, question.project),
        DirectoryChange::Topic(_, topic) => return expect_topic(*topic, books),
        DirectoryChange::Replaced(_)
        | DirectoryChange::Text(..)
        | DirectoryChange::File(..)
        | DirectoryChange::LinkCode(_)
        | DirectoryChange::LinkCodeUsed(_)
        | DirectoryChange::LinkingDone(_)
        | DirectoryChange::QuestionClosed(_)
        | DirectoryChange::Job(_)
        | DirectoryChange::JobDone(_)
        | DirectoryChange::JobFailed(..)
        | DirectoryChange::SentEncrypted(_)
        | DirectoryChange::Salt(..)
        | DirectoryChange::Seal
        | DirectoryChange::ForgetResidue(_)
        | DirectoryChange::AnnouncedOnce(..)
        | DirectoryChange::AnnounceAgain(..)
        | DirectoryChange::Chosen(_)
        | DirectoryChange::Preference(..)
        | DirectoryChange::Forget(_)
        | DirectoryChange::ForgetAccount(_)
        | DirectoryChange::ForgetText(_) => (None, None),
    };
    if person.is_some_and(|person| !books.people.contains_key(&person) && !books.merged.contains_key(&person)) {
        return Err(unreadable("the person that it names is not in the books".to_owned()));
    }
    if project.is_some_and(|project| !books.projects.contains_key(&project)) {
        return Err(unreadable("the project that it names is not in the books".to_owned()));
    }
    Ok(())
}

fn expect_topic(topic: Topic, books: &Books) -> Result<(), sqlx::Error> {
    let (is_there, what) = match topic {
        Topic::Pool(pool) => (books.pool(pool).is_some(), "pool"),
        Topic::Equipment(machine) => (books.equipment(machine).is_some(), "machine"),
    };
    if is_there { Ok(()) } else { Err(unreadable(format!("the {what} that it names is not in the books"))) }
}
