//! A count; a caller can wait until it is zero.

use std::sync::Arc;

/// A count; a caller can wait until it is zero.
#[derive(Debug, Clone)]
pub struct Gauge(Arc<tokio::sync::watch::Sender<usize>>);

impl Default for Gauge {
    fn default() -> Self {
        Self(Arc::new(tokio::sync::watch::Sender::new(0)))
    }
}

impl Gauge {
    /// Adds to the count.
    pub fn add(&self, count: usize) {
        self.0.send_modify(|now| *now += count);
    }

    /// Subtracts from the count, down to zero.
    pub fn sub(&self, count: usize) {
        self.0.send_modify(|now| *now = now.saturating_sub(count));
    }

    /// Whether the count is zero.
    pub fn is_zero(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until the count is zero.
    pub async fn zero(&self) {
        // The sender lives in self, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|now| *now == 0).await;
    }
}
