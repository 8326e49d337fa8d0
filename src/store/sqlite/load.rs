//! Reads everything, or one network, from one snapshot.

use sqlx::SqliteConnection;

use crate::store::error::StoreError;
use crate::store::replay::fold;
use crate::store::sqlite::damaged::DamagedRow;
use crate::store::sqlite::directory::read;
use crate::store::sqlite::error::sql;
use crate::store::sqlite::values::signed;
use crate::store::sqlite::{inbox, journal, outbox, positions, prune};
use crate::store::state::{Network, StoredState};

/// Everything, and the rows that can't be read.
///
/// # Errors
/// [`StoreError`] where the file can't be read, or a journal is damaged or newer than this program.
pub async fn everything(connection: &mut SqliteConnection) -> Result<(StoredState, Vec<DamagedRow>), StoreError> {
    let (mut state, mut damaged) = (StoredState::default(), Vec::new());
    for id in journal::networks(connection).await.map_err(sql)? {
        let (network, rows) = whole_network(connection, &id).await?;
        state.networks.insert(id, network);
        damaged.extend(rows);
    }
    let read = async {
        state.last_outbox = outbox::last_id(connection).await?;
        state.outbox = outbox::waiting(connection).await?;
        damaged.extend(outbox::damaged(connection).await?);
        state.recent = inbox::recent(connection).await?;
        state.readings = positions::readings(connection).await?;
        state.passed_over = prune::passed_over(connection).await?;
        Ok::<(), sqlx::Error>(())
    };
    read.await.map_err(sql)?;
    Ok((state, damaged))
}

/// A network with the names of its people, and its rows that can't be read.
///
/// # Errors
/// [`StoreError`] where the file can't be read, or the journal is damaged or newer than this program.
pub async fn network(
    connection: &mut SqliteConnection,
    network: &str,
) -> Result<(Network, Vec<DamagedRow>), StoreError> {
    let mut books = fold(network, &journal::read(connection, network).await.map_err(sql)?)?;
    let (directory, damaged) = read::directory(connection, &books).await.map_err(sql)?;
    for (person, handle) in directory.handles() {
        books.set_handle(person, handle);
    }
    Ok((Network { books, directory }, damaged))
}

/// The same, if the stored head is the last entry.
///
/// # Errors
/// As [`network`]; and [`StoreError::Damaged`] where the head is another.
pub async fn whole_network(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<(Network, Vec<DamagedRow>), StoreError> {
    let (network, rows) = network(connection, id).await?;
    let head = journal::head(connection, id).await.map_err(sql)?;
    if head != Some((signed(network.books.seq), network.books.head)) {
        let why = "the stored head is not the last entry".to_owned();
        return Err(StoreError::Damaged { network: id.to_owned(), seq: network.books.seq, why });
    }
    Ok((network, rows))
}
