//! Changes beside the journal, carried out in the transaction of their batch.

use sqlx::SqliteConnection;

use crate::directory::Write;
use crate::store::sqlite::directory::{pending, people, rooms, texts};
use crate::store::sqlite::erasure;
use crate::store::sqlite::error::WriteError;

/// Writes changes of some networks. Texts go together; the rest is rare and goes in its order.
///
/// # Errors
/// [`WriteError::Conflict`] where a job does not wait any more; [`WriteError::Sql`] for the rest.
pub async fn write_all(connection: &mut SqliteConnection, writes: &[(String, Write)]) -> Result<(), WriteError> {
    texts::insert_texts(connection, writes).await?;
    for (network, write) in writes {
        write_one(connection, network, write).await?;
    }
    Ok(())
}

async fn write_one(connection: &mut SqliteConnection, network: &str, write: &Write) -> Result<(), WriteError> {
    match write {
        // Texts are written already. Seals and others' waiting replies follow when all changes are written.
        Write::Text(..) | Write::Seal | Write::ForgetResidue(_) => {}
        Write::Salt(person, known, salt) => people::set_salt(connection, network, *person, known, salt).await?,
        Write::File(file, salt, stored) => texts::insert_file(connection, network, *file, salt, stored).await?,
        Write::Account(account, person) => people::set_account(connection, network, account, *person).await?,
        Write::Handle(person, handle) => people::set_handle(connection, network, *person, handle).await?,
        Write::DisplayName(person, name) => people::set_name(connection, network, *person, name).await?,
        Write::PayTo(person, pay_to) => people::set_pay_to(connection, network, *person, pay_to.as_ref()).await?,
        Write::Room(room, project) => rooms::set_room(connection, network, room, *project).await?,
        Write::Topic(room, topic) => rooms::set_topic(connection, network, room, *topic).await?,
        Write::Replaced(room) => rooms::clear_room(connection, network, room).await?,
        Write::LinkCode(code) => rooms::add_link_code(connection, network, code).await?,
        Write::LinkCodeUsed(code) => rooms::delete_link_code(connection, network, code).await?,
        Write::Linking(linking) => people::set_linking(connection, network, linking).await?,
        Write::LinkingDone(person) => people::end_linking(connection, network, *person).await?,
        Write::Question(question) => pending::add_question(connection, network, question).await?,
        Write::QuestionClosed(id) => pending::delete_question(connection, network, *id).await?,
        Write::Job(job) => pending::add_job(connection, network, job).await?,
        Write::JobDone(job) => pending::delete_job(connection, network, job).await?,
        Write::JobFailed(job, why) => pending::fail_job(connection, network, job, why).await?,
        Write::Told(room, key) => rooms::add_told(connection, network, room, key).await?,
        Write::Untold(room, key) => rooms::delete_told(connection, network, room, key).await?,
        Write::Preference(scope, preference, value) => {
            rooms::set_preference(connection, network, scope, *preference, value.as_deref()).await?;
        }
        Write::Timer(person, timer) => people::set_timer(connection, network, *person, timer.as_ref()).await?,
        Write::Chosen(account) => people::choose(connection, network, account).await?,
        Write::SpokeSealed(account) => people::note_sealed(connection, network, account).await?,
        Write::Forget(person) => erasure::forget_person(connection, network, *person).await?,
        Write::ForgetAccount(account) => erasure::forget_account(connection, network, account).await?,
        Write::ForgetText(text) => erasure::forget_text(connection, network, *text).await?,
    }
    Ok(())
}
