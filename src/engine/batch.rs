//! A batch while it is being decided.

use std::collections::BTreeSet;

use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::incoming::{Content, Inbound};
use crate::message::notice::Notice;
use crate::store::batch::Batch;

/// Collects the rows of a batch, and what must be undone in memory if the batch is not committed.
#[derive(Default)]
pub struct BatchBuilder {
    /// The rows so far.
    pub batch: Batch,
    /// Notices for others, which follow the answer to the current message.
    pub notices: Vec<(Timestamp, Notice)>,
    /// The networks that changed in memory.
    pub touched: BTreeSet<String>,
    /// The commands that were noted as executed.
    pub repeat_keys: Vec<Hash>,
}

impl BatchBuilder {
    /// Records that a message's room has been read up to this message.
    pub fn note_position(&mut self, inbound: &Inbound) {
        if inbound.content == Content::Dropped {
            let until = self.batch.passed_over.entry(inbound.account.clone()).or_insert(inbound.said_at);
            *until = inbound.said_at.max(*until);
        }
        if let Some(position) = &inbound.context.read_up_to {
            self.batch.cursors.insert(inbound.room.clone(), position.clone());
        }
    }
}
