//! Files that only their owner may read: databases, sessions, secrets.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Options that make a file with the mode 0600.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no mode to set"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder with the mode 0700, or gives an existing one that mode.
///
/// # Errors
/// [`io::Error`] if the folder can't be made, or its mode can't be set.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    restrict(path, 0o700)
}

/// Gives a file the mode 0600. Nothing happens if there is no such file.
///
/// # Errors
/// [`io::Error`] if the mode of an existing file can't be set.
pub fn file(path: &Path) -> io::Result<()> {
    match restrict(path, 0o600) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o777 == mode {
        return Ok(());
    }
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// A warning for the operator about a secret that other users of the machine can read. `None` if they can't.
pub fn warning(path: &Path) -> Option<String> {
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).ok()?.permissions()) & 0o077 != 0 {
        return Some(format!("other users of this machine can read {0}; type `chmod 600 {0}`", path.display()));
    }
    #[cfg(not(unix))]
    let _ = path;
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_secret_that_others_can_read_is_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("token");
        assert_eq!(warning(&secret), None, "a missing file is another error");
        std::fs::write(&secret, "t").unwrap();
        for (mode, is_open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
            std::fs::set_permissions(&secret, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(warning(&secret).is_some(), is_open, "{mode:o}");
        }
        assert!(warning(&secret).unwrap().contains("type `chmod 600 /"));
        file(&secret).unwrap();
        assert_eq!(warning(&secret), None, "what the warning advises mends it");
    }
}
