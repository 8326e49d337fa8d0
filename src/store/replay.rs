//! Rows of the journal become books.

use crate::core::books::state::Books;
use crate::core::entry::{Entry, Fact, PayloadError};
use crate::core::fact::people::PeopleFact;
use crate::core::money::{Commodity, NO_COMMODITY};
use crate::store::error::StoreError;
use crate::store::rows::JournalRow;

/// Folds a network's rows, in order, into its books.
///
/// # Errors
/// [`StoreError::Damaged`] where a row can't be read, does not fit the rows before it, or has another hash than follows
/// from them: books are never made of a broken chain. [`StoreError::Newer`] for an entry that this program doesn't
/// know.
pub fn fold(network: &str, rows: &[JournalRow]) -> Result<Books, StoreError> {
    let mut books = Books::empty(network, first_commodity(rows));
    for row in rows {
        let damaged = |why: String| StoreError::Damaged { network: network.to_owned(), seq: row.seq, why };
        let entry = Entry::parse(&row.payload).map_err(|error| match error {
            PayloadError::Newer { .. } => StoreError::Newer(error),
            PayloadError::Malformed(why) => damaged(why),
        })?;
        books.apply(&entry, &row.payload).map_err(|corrupt| damaged(corrupt.why.to_owned()))?;
        if books.head != row.hash {
            return Err(damaged("its hash does not follow from the entry before it and its payload".to_owned()));
        }
    }
    Ok(books)
}

/// The commodity that the first row names.
pub fn first_commodity(rows: &[JournalRow]) -> Commodity {
    let Some(entry) = rows.first().and_then(|row| Entry::parse(&row.payload).ok()) else { return NO_COMMODITY };
    let named =
        if let Fact::People(PeopleFact::NetworkCreated(created)) = entry.fact { created.commodity() } else { None };
    named.unwrap_or(NO_COMMODITY)
}
