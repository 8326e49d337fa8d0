//! The files that replies name.

use crate::engine::patience::Backoff;
use crate::intake::Intake;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::rows::OutboxRow;

/// Adds to rows the files that their replies name. Only the store has those.
///
/// # Errors
/// The database can't be used any more.
pub async fn with_files(
    store: &impl Store,
    intake: &Intake,
    mut rows: Vec<OutboxRow>,
) -> Result<Vec<OutboxRow>, StoreError> {
    let mut patience = Backoff::new(intake);
    for row in &mut rows {
        let Some(network) = row.network.clone() else { continue };
        for file in row.reply.receipts() {
            row.files.extend(loop {
                match store.file(&network, file).await {
                    Ok(file) => break file,
                    Err(error) => patience.unless_lasting(error).await?,
                }
            });
        }
    }
    Ok(rows)
}
