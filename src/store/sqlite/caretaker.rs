//! The task that does a file's chores while its store is open.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _};

use crate::store::sqlite::connections::Connections;

/// Takes care of a file until the task is aborted.
pub async fn keep(connections: Arc<Connections>) {
    loop {
        let due = connections.care.chores().due();
        let wait = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = connections.care.changed() => {}
            () = wait => {
                if let Err(error) = do_chores(&connections).await {
                    tracing::warn!(%error, "the log could not be folded into the database; trying again");
                }
            }
        }
    }
}

/// Does the present chores.
async fn do_chores(connections: &Connections) -> Result<(), sqlx::Error> {
    // Nobody writes meanwhile: a commit waits here instead of failing on a locked file.
    let _writer = connections.writer.lock().await;
    let mut chores = connections.care.chores();
    let done = async {
        // Don't wait for a reader of an earlier state.
        let options = connections.options.clone().busy_timeout(Duration::ZERO);
        let mut connection = options.connect().await?;
        let done = chores.carry_out(&mut connection).await;
        let _ = connection.close().await;
        done
    };
    let done = done.await;
    chores.plan(done.is_err());
    connections.care.leave(chores);
    done
}
