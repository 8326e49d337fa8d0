//! Joining rooms, with patience.

use std::time::Duration;

use matrix_sdk::ruma::RoomId;

/// The waits before each try to join a room, in seconds.
const JOIN_AFTER_SECONDS: [u64; 7] = [0, 2, 15, 120, 600, 3600, 14_400];

/// Joins a room, with several tries: news of invitations and replacements travels slowly, and homeservers come back.
pub async fn patiently<F: Future<Output = matrix_sdk::Result<()>>>(room: &RoomId, join: impl Fn() -> F) {
    for seconds in JOIN_AFTER_SECONDS {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        match join().await {
            Ok(()) | Err(matrix_sdk::Error::WrongRoomState(_)) => return,
            Err(error) => tracing::warn!(%room, %error, "not joined"),
        }
    }
}
