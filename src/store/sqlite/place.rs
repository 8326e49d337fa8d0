//! The place of a database: its canonical path, its lock, and the files beside it.
//!
//! SQLite keeps the latest commits in a log (`-wal`) until they are folded into the file. A file without its log is a
//! database without its latest commits, or without any, and SQLite opens it silently. So the number of commits is kept
//! in two places, in the file and in `<database>.head`, and the file says whether a program had it open. Opening
//! compares them.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::core::ids::Hash;
use crate::private;
use crate::store::error::StoreError;
use crate::store::sqlite::error::database;
use crate::store::sqlite::mark::FileMark;

/// A database's path without symbolic links, and the names beside it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: PathBuf,
}

/// What lay beside a database before SQLite opened it.
#[derive(Debug)]
pub(super) struct FoundFiles {
    /// Bytes of the database file.
    pub(super) length: u64,
    /// Bytes of the log, if there is one.
    log: Option<u64>,
    has_index: bool,
    /// The file and its commits, as `.head` has them.
    head: Option<(String, i64)>,
}

impl Place {
    /// Follows symbolic links, also one that leads to a file that isn't there yet.
    ///
    /// # Errors
    /// [`StoreError`] where a folder on the way can't be read.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| database(format!("{}: {error}", path.display()));
        let mut path = path.to_owned();
        loop {
            match path.canonicalize() {
                Ok(path) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = folder.canonicalize().map_err(failed)?;
            match std::fs::read_link(&path) {
                Ok(target) => path = folder.join(target),
                Err(_) => return Ok(Self { path: folder.join(path.file_name().unwrap_or_default()) }),
            }
        }
    }

    /// The path of a file beside it.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        self.path.with_file_name(name)
    }

    /// Takes the lock file.
    ///
    /// # Errors
    /// [`StoreError::Locked`] names the process that has it. [`StoreError`] also where the lock file can't be written,
    /// or the database has a second hard link.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        let path = self.beside(".lock");
        let open = private::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|error| database(format!("{}: {error}", path.display())))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The holder's number is a courtesy. The lock counts without it.
                let _ = file.read_to_string(&mut holder);
                return Err(StoreError::Locked {
                    path: self.path.display().to_string(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(database(error)),
        }
        self.expect_one_name()?;
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        // The lock holds even if the disk is full.
        let _ = write(&mut file);
        Ok(file)
    }

    /// A second hard link would have a lock and a log of its own.
    fn expect_one_name(&self) -> Result<(), StoreError> {
        #[cfg(unix)]
        if std::fs::metadata(&self.path).is_ok_and(|file| std::os::unix::fs::MetadataExt::nlink(&file) > 1) {
            return Err(database(format!(
                "{} has another name (a hard link), and programs that use different names would destroy it; copy it \
                 to a file of its own with `cp`, and remove the link",
                self.path.display()
            )));
        }
        Ok(())
    }

    /// Looks at the files that exist.
    pub(super) fn look(&self) -> FoundFiles {
        let length = |ending: &str| std::fs::metadata(self.beside(ending)).map(|file| file.len()).ok();
        let head = std::fs::read_to_string(self.beside(".head")).ok();
        FoundFiles {
            head: head.as_deref().and_then(read_head),
            length: length("").unwrap_or(0),
            log: length("-wal"),
            has_index: length("-shm").is_some(),
        }
    }

    /// Whether the file's header says that it has a log. A new file gets one when it is complete; a backup has none.
    /// Closing the file gives up this process's locks on it, so SQLite must not have it open yet.
    ///
    /// # Errors
    /// [`StoreError`] where the header can't be read.
    pub(super) fn has_log_by_header(&self) -> Result<bool, StoreError> {
        let mut header = [0; 20];
        let read = File::open(&self.path).and_then(|mut file| file.read_exact(&mut header));
        read.map_err(|error| database(format!("{}: {error}", self.path.display())))?;
        Ok(header[18..] == [2, 2])
    }

    /// Makes the file if there is none. What exists becomes readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be made.
    pub(super) fn make_private(&self) -> Result<(), StoreError> {
        match private::options().write(true).create_new(true).open(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(database(format!("{}: {error}", self.path.display())));
            }
            _ => {}
        }
        for ending in ["", "-wal", "-shm", ".lock", ".head"] {
            if let Err(error) = private::file(&self.beside(ending)) {
                tracing::warn!(%error, "other users of this machine may read {}", self.beside(ending).display());
            }
        }
        Ok(())
    }

    fn incomplete(&self, why: &str) -> StoreError {
        StoreError::Incomplete { path: self.path.display().to_string(), why: why.to_owned() }
    }

    /// Expects that a database that is missing or empty was never there.
    ///
    /// # Errors
    /// [`StoreError::Incomplete`] where files beside it show that it was.
    pub(super) fn expect_new(&self, found: &FoundFiles) -> Result<(), StoreError> {
        if found.log.is_none() && !found.has_index && found.head.is_none() {
            return Ok(());
        }
        Err(self.incomplete(
            "it is missing or empty, but files beside it (-wal, -shm or .head) show that it had been used. Put the \
             database back, or restore a backup. To begin anew, move those files away",
        ))
    }

    /// Expects that the log beside the file is its own: another file's would destroy it.
    ///
    /// # Errors
    /// [`StoreError::Incomplete`] where the file has no log of its own, and [`StoreError`] where it can't be read.
    pub(super) fn expect_own_log(&self, found: &FoundFiles) -> Result<(), StoreError> {
        if found.log.unwrap_or(0) == 0 || self.has_log_by_header()? {
            return Ok(());
        }
        Err(self.incomplete(
            "the -wal file beside it belongs to another database. To use this file as it is, move -wal, -shm and \
             .head away",
        ))
    }

    /// Expects that a database that was used has tables.
    ///
    /// # Errors
    /// [`StoreError::Incomplete`] where there are none: then they are in the log that is missing.
    pub(super) fn expect_tables(&self, tables: i64) -> Result<(), StoreError> {
        if tables > 0 {
            return Ok(());
        }
        Err(self.incomplete(
            "everything that it had is in its log, the -wal file, which is missing. Put that beside it, or restore a \
             backup. To begin anew, move this file away",
        ))
    }

    /// Compares what the file says with what lies beside it.
    ///
    /// # Errors
    /// [`StoreError::Incomplete`] where commits are missing, or the files are of two databases.
    pub(super) fn expect_complete(&self, found: &FoundFiles, mark: &FileMark) -> Result<(), StoreError> {
        const GO_ON: &str = "To go on with what is there, type `fairshare accept-loss`";
        match &found.head {
            Some((file, _)) if *file != mark.file => Err(self.incomplete(&format!(
                "the .head file beside it belongs to another database. If you restored a backup, move .head, -wal and \
                 -shm away and restore it again. {GO_ON}"
            ))),
            Some((_, commits)) if mark.commits < *commits => Err(self.incomplete(&format!(
                "{} of its commits are missing: it is an older copy, or its log, the -wal file, was lost. Put the \
                 newer file or the log back. {GO_ON}",
                commits - mark.commits
            ))),
            None if mark.is_open && found.log.unwrap_or(0) == 0 => Err(self.incomplete(&format!(
                "it was copied while a program used it, or its log, the -wal file, was lost: what was said last may \
                 be missing. Copy the log too, or make copies with `fairshare backup`. {GO_ON}"
            ))),
            _ => Ok(()),
        }
    }

    /// Forgets how far the file had come.
    ///
    /// # Errors
    /// [`StoreError`] where the `.head` file can't be deleted.
    pub(super) fn forget_head(&self) -> Result<(), StoreError> {
        match std::fs::remove_file(self.beside(".head")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(database(error)),
            _ => Ok(()),
        }
    }

    /// Begins to note commits beside the file. If that fails, the next opening compares less.
    pub(super) fn head(&self, mark: &FileMark) -> Head {
        let path = self.beside(".head");
        let file = private::options().write(true).create(true).truncate(false).open(&path);
        let file = file.inspect_err(|error| tracing::warn!(%error, "{} can't be written", path.display())).ok();
        let head = Head { name: mark.file.clone(), file: Mutex::new(file) };
        head.note(mark.commits);
        head
    }
}

/// The file beside the database that counts its commits. It is written after each commit and never synced: after a
/// power cut it may be behind, but never ahead.
#[derive(Debug)]
pub(crate) struct Head {
    name: String,
    file: Mutex<Option<File>>,
}

impl Head {
    /// Notes how many batches are committed.
    pub(super) fn note(&self, commits: i64) {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = slot.as_mut() else { return };
        let written = file.rewind().and_then(|()| file.write_all(head_line(&self.name, commits).as_bytes()));
        if let Err(error) = written {
            let what = "the .head file beside the database can't be written; a lost log would not be noticed";
            tracing::warn!(%error, "{what}");
            *slot = None;
        }
    }
}

/// Always of the same length, because it is overwritten in place.
fn head_line(name: &str, commits: i64) -> String {
    let said = format!("{name} {commits:020}");
    format!("{said} {}\n", Hash(Sha256::digest(&said).into()).short())
}

fn read_head(text: &str) -> Option<(String, i64)> {
    let mut words = text.split_whitespace();
    let (name, commits) = (words.next()?, words.next()?.parse().ok()?);
    (text == head_line(name, commits)).then(|| (name.to_owned(), commits))
}
