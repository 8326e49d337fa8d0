//! Ends tests that hang. Nothing else is measured by real time: a test awaits the event, however slow the machine is.

use std::time::Duration;

/// A test that still waits after this time has hung.
pub const HUNG: Duration = Duration::from_secs(10 * 60);

/// The interval between checks, if no event reports a change.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Awaits a future. Fails the test if it hangs.
pub async fn awaited<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HUNG, future).await.unwrap_or_else(|_| panic!("{what}: waited for {HUNG:?} in vain"))
}

/// Checks repeatedly until there is a result. For changes that no event reports, as in another process's file. Fails
/// the test if it hangs.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    awaited(what, looking).await
}
