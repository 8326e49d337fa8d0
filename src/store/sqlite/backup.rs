//! A verified copy of a database, made while it is in use.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::private;
use crate::store::database::Store as _;
use crate::store::error::StoreError;
use crate::store::sqlite::error::{database, sql};
use crate::store::sqlite::mark;
use crate::store::sqlite::store::SqliteStore;

/// How much a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// How many networks.
    pub networks: usize,
    /// How many entries, in all networks.
    pub entries: u64,
}

impl SqliteStore {
    /// Copies a database to a new file, also while a bot is using it. The copy gets its name when it has been verified
    /// and synced. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be read or is damaged, or the copy can't be written.
    pub async fn back_up(from: &Path, to: &Path) -> Result<BackedUp, StoreError> {
        let failed = |error: io::Error| database(format!("{}: {error}", to.display()));
        if to.symlink_metadata().is_ok() {
            return Err(already_there(to));
        }
        let source = Self::open_to_read(from).await?;
        let unfinished = Unfinished::beside(to)?;
        let query = sqlx::query("VACUUM INTO $1").bind(unfinished.0.to_string_lossy().into_owned());
        query.execute(source.pool()).await.map_err(sql)?;
        source.close().await;
        let backed_up = finish(&unfinished.0).await?;
        let synced = File::open(&unfinished.0).and_then(|file| file.sync_all());
        synced.map_err(failed)?;
        name_it(&unfinished.0, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(backed_up)
    }
}

/// A copy that has no name yet. It is deleted along with this.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(to: &Path) -> Result<Self, StoreError> {
        let no_name = || database(format!("{} can't be the name of a file", to.display()));
        let name = to.file_name().ok_or_else(no_name)?;
        let path = to.with_file_name(format!(".{}.{}.unfinished", name.to_string_lossy(), std::process::id()));
        let made = private::options().write(true).create_new(true).open(&path);
        made.map_err(|error| database(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone already if it got its name by being moved.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes a copy a file of its own, and verifies all of it.
async fn finish(copy: &Path) -> Result<BackedUp, StoreError> {
    let mut connection = SqliteConnectOptions::new().filename(copy).connect().await.map_err(sql)?;
    mark::rename_file(&mut connection).await?;
    connection.close().await.map_err(sql)?;
    let store = SqliteStore::open_to_read(copy).await?;
    let mut backed_up = BackedUp { networks: 0, entries: 0 };
    for network in store.networks().await? {
        let found = store.verify(&network).await?;
        if let Some(broken) = found.broken.first() {
            return Err(database(format!(
                "network {network} is not whole: {broken}; `fairshare verify` tells more, and nothing was backed up"
            )));
        }
        backed_up.networks += 1;
        backed_up.entries += found.entries;
    }
    store.close().await;
    Ok(backed_up)
}

/// Gives a copy its name, unless another file got the name meanwhile.
fn name_it(copy: &Path, to: &Path) -> Result<(), StoreError> {
    match std::fs::hard_link(copy, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(already_there(to)),
        // Some file systems have no links.
        Err(_) if to.symlink_metadata().is_ok() => Err(already_there(to)),
        Err(_) => std::fs::rename(copy, to).map_err(|error| database(format!("{}: {error}", to.display()))),
    }
}

fn already_there(to: &Path) -> StoreError {
    database(format!("{} already exists; a backup never overwrites a file, so name another one", to.display()))
}
