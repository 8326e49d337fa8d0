//! Changes beside the journal, carried out in the transaction of their batch.

use sqlx::SqliteConnection;

use crate::directory::DirectoryChange;
use crate::store::sqlite::directory::{pending, people, rooms, texts};
use crate::store::sqlite::erasure;
use crate::store::sqlite::error::WriteError;

/// Writes the changes of some networks. Texts are written together; the rest is rare and is written in its order.
///
/// # Errors
/// [`WriteError::Conflict`] where a job does not wait any more; [`WriteError::Sql`] for the rest.
pub async fn write_all(
    connection: &mut SqliteConnection,
    changes: &[(String, DirectoryChange)],
) -> Result<(), WriteError> {
    texts::insert_texts(connection, changes).await?;
    for (network, change) in changes {
        write_one(connection, network, change).await?;
    }
    Ok(())
}

async fn write_one(
    connection: &mut SqliteConnection,
    network: &str,
    change: &DirectoryChange,
) -> Result<(), WriteError> {
    match change {
        // Texts are written already. Seals, and the waiting replies of others, follow when all changes are written.
        DirectoryChange::Text(..) | DirectoryChange::Seal | DirectoryChange::ForgetResidue(_) => {}
        DirectoryChange::Salt(person, known, salt) => {
            people::set_salt(connection, network, *person, known, salt).await?
        }
        DirectoryChange::File(file, salt, stored) => {
            texts::insert_file(connection, network, *file, salt, stored).await?
        }
        DirectoryChange::Account(account, person) => people::set_account(connection, network, account, *person).await?,
        DirectoryChange::Handle(person, handle) => people::set_handle(connection, network, *person, handle).await?,
        DirectoryChange::DisplayName(person, name) => people::set_name(connection, network, *person, name).await?,
        DirectoryChange::PayTo(person, pay_to) => {
            people::set_pay_to(connection, network, *person, pay_to.as_ref()).await?
        }
        DirectoryChange::Room(room, project) => rooms::set_room(connection, network, room, *project).await?,
        DirectoryChange::Topic(room, topic) => rooms::set_topic(connection, network, room, *topic).await?,
        DirectoryChange::Replaced(room) => rooms::clear_room(connection, network, room).await?,
        DirectoryChange::LinkCode(code) => rooms::add_link_code(connection, network, code).await?,
        DirectoryChange::LinkCodeUsed(code) => rooms::delete_link_code(connection, network, code).await?,
        DirectoryChange::Linking(linking) => people::set_linking(connection, network, linking).await?,
        DirectoryChange::LinkingDone(person) => people::end_linking(connection, network, *person).await?,
        DirectoryChange::Question(question) => pending::add_question(connection, network, question).await?,
        DirectoryChange::QuestionClosed(id) => pending::delete_question(connection, network, *id).await?,
        DirectoryChange::Job(job) => pending::add_job(connection, network, job).await?,
        DirectoryChange::JobDone(job) => pending::delete_job(connection, network, job).await?,
        DirectoryChange::JobFailed(job, why) => pending::fail_job(connection, network, job, why).await?,
        DirectoryChange::AnnouncedOnce(room, key) => rooms::add_told(connection, network, room, key).await?,
        DirectoryChange::AnnounceAgain(room, key) => rooms::delete_told(connection, network, room, key).await?,
        DirectoryChange::Preference(scope, preference) => {
            rooms::set_preference(connection, network, scope, preference).await?;
        }
        DirectoryChange::Timer(person, timer) => {
            people::set_timer(connection, network, *person, timer.as_ref()).await?
        }
        DirectoryChange::Chosen(account) => people::choose(connection, network, account).await?,
        DirectoryChange::SentEncrypted(account) => people::note_sealed(connection, network, account).await?,
        DirectoryChange::Forget(person) => erasure::forget_person(connection, network, *person).await?,
        DirectoryChange::ForgetAccount(account) => erasure::forget_account(connection, network, account).await?,
        DirectoryChange::ForgetText(text) => erasure::forget_text(connection, network, *text).await?,
    }
    Ok(())
}
