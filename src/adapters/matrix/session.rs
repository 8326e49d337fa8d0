//! Logs in once, and stays the same device. The session, the keys and the recovery key are files of one folder, which
//! is as secret as the password.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::encryption::recovery::RecoveryState;
use matrix_sdk::encryption::{BackupDownloadStrategy, EncryptionSettings};
use matrix_sdk::ruma::{DeviceId, OwnedDeviceId, OwnedUserId, UserId};
use matrix_sdk::{Client, SessionChange, SessionMeta, SessionTokens};
use tokio::sync::broadcast::error::RecvError;

use crate::{config, private};

/// How often a request is tried before it fails.
const TRIES: usize = 3;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file that can't be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The account's name isn't a user id.
    #[error("configuration: account = \"{0}\" is no user id; write it as \"@fairshare:example.org\"")]
    NotAUserId(String),
    /// The folder belongs to another account.
    #[error("{folder} is the state of {theirs}, not of {ours}; give each account a folder of its own with `state`")]
    OtherAccount {
        /// The folder.
        folder: String,
        /// Its account.
        theirs: String,
        /// The configured account.
        ours: String,
    },
    /// The homeserver refuses, or does not answer.
    #[error("{homeserver}: {error}")]
    Homeserver {
        /// Its address.
        homeserver: String,
        /// Its error.
        error: String,
    },
    /// A file in the state folder can't be understood.
    #[error("{path} can't be understood ({error}); move it away to log in as a new device")]
    Damaged {
        /// The file.
        path: String,
        /// Why.
        error: String,
    },
}

/// A logged-in account.
#[derive(Clone)]
pub struct Session {
    pub(super) client: Client,
    pub(super) user_id: OwnedUserId,
}

impl Session {
    /// Restores the session in the state folder, or logs in and keeps it there.
    ///
    /// # Errors
    /// Fails if a file can't be read or written, if the folder is another account's or damaged, or if the homeserver
    /// refuses or can't be reached.
    pub async fn open(settings: &config::MatrixConfig) -> Result<Self, SessionError> {
        let account =
            UserId::parse(&settings.account).map_err(|_| SessionError::NotAUserId(settings.account.clone()))?;
        let homeserver = |error: &dyn std::fmt::Display| SessionError::Homeserver {
            homeserver: settings.homeserver.clone(),
            error: error.to_string(),
        };
        private::folder(&settings.state).map_err(file_error(&settings.state))?;
        let encryption = EncryptionSettings {
            auto_enable_cross_signing: true,
            auto_enable_backups: false,
            backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
        };
        let client = Client::builder()
            .homeserver_url(&settings.homeserver)
            .sqlite_store(settings.state.join("store"), None)
            .request_config(RequestConfig::new().retry_limit(TRIES))
            .with_encryption_settings(encryption)
            .handle_refresh_tokens()
            .build()
            .await
            .map_err(|error| homeserver(&error))?;
        let file = settings.state.join("session.json");
        match read(&file)? {
            Some(text) => {
                let session: MatrixSession = serde_json::from_str(&text).map_err(|error| SessionError::Damaged {
                    path: file.display().to_string(),
                    error: error.to_string(),
                })?;
                if session.meta.user_id != account {
                    let (theirs, ours) = (session.meta.user_id.to_string(), account.to_string());
                    return Err(SessionError::OtherAccount {
                        folder: settings.state.display().to_string(),
                        theirs,
                        ours,
                    });
                }
                client.restore_session(session).await.map_err(|error| homeserver(&error))?;
            }
            None => {
                log_in(&client, &account, settings).await.map_err(|error| match error {
                    LogInError::Session(error) => error,
                    LogInError::Matrix(error) => homeserver(&error),
                })?;
                keep(&client, &file)?;
                recover(&client, &settings.state).await;
            }
        }
        let session = Self { client, user_id: account };
        session.keep_tokens(file);
        session.set_up_recovery(&settings.state).await;
        Ok(session)
    }

    /// Puts away the files of a device that the homeserver no longer knows, so that the next start logs in as another.
    /// The recovery key stays: with it, the new device is the account's own for everybody who knew the old one.
    ///
    /// # Errors
    /// Fails if a file can't be moved.
    pub fn put_away(&self, settings: &config::MatrixConfig) -> Result<(), SessionError> {
        let device = self.client.device_id().map(ToString::to_string).unwrap_or_default();
        let ended = settings.state.join(format!("ended-{device}"));
        private::folder(&ended).map_err(file_error(&ended))?;
        for name in ["session.json", "device", "store"] {
            match std::fs::rename(settings.state.join(name), ended.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file_error(&ended)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Stores tokens as they are refreshed: the old ones are then invalid.
    fn keep_tokens(&self, file: PathBuf) {
        let (client, mut changes) = (self.client.clone(), self.client.subscribe_to_session_changes());
        tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(SessionChange::TokensRefreshed) | Err(RecvError::Lagged(_)) => {
                        if let Err(error) = keep(&client, &file) {
                            tracing::error!(%error, "a refreshed token can't be kept");
                        }
                    }
                    Ok(SessionChange::UnknownToken(_)) => {}
                    Err(RecvError::Closed) => break,
                }
            }
        });
    }

    /// Keeps a key with which the account's encryption can be recovered on another device, once.
    async fn set_up_recovery(&self, folder: &Path) {
        let file = folder.join("recovery-key");
        if file.exists() {
            return;
        }
        let encryption = self.client.encryption();
        encryption.wait_for_e2ee_initialization_tasks().await;
        let recovery = encryption.recovery();
        if recovery.state() == RecoveryState::Enabled {
            tracing::warn!(
                "recovery is set up, but {} is not there: keep the key that was made then with the secrets",
                file.display()
            );
            return;
        }
        match recovery.enable().await {
            Ok(key) => {
                if let Err(error) = write_secret(&file, &key) {
                    tracing::error!(%error, "the recovery key can't be kept");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "recovery could not be set up; encrypted rooms work, but only from this folder's keys");
            }
        }
    }
}

/// Makes a new device the account's own, by the recovery key of an earlier one.
async fn recover(client: &Client, folder: &Path) {
    let Ok(Some(key)) = read(&folder.join("recovery-key")) else { return };
    client.encryption().wait_for_e2ee_initialization_tasks().await;
    if let Err(error) = client.encryption().recovery().recover(&key).await {
        tracing::warn!(%error, "the recovery key does not fit; others will see this device as a new one");
    }
}

enum LogInError {
    Session(SessionError),
    Matrix(matrix_sdk::Error),
}

impl From<SessionError> for LogInError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<matrix_sdk::Error> for LogInError {
    fn from(error: matrix_sdk::Error) -> Self {
        Self::Matrix(error)
    }
}

async fn log_in(client: &Client, account: &UserId, settings: &config::MatrixConfig) -> Result<(), LogInError> {
    if let Some(file) = &settings.token_file {
        let session = |device_id: OwnedDeviceId, access_token| MatrixSession {
            meta: SessionMeta { user_id: account.to_owned(), device_id },
            tokens: SessionTokens { access_token, refresh_token: None },
        };
        let token = secret(file)?;
        // Only the homeserver knows a token's device: a client without a store asks.
        let asking = Client::builder().homeserver_url(&settings.homeserver).build().await;
        let asking = asking.map_err(|error| matrix_sdk::Error::UnknownError(Box::new(error)))?;
        asking.restore_session(session(DeviceId::new(), token.clone())).await?;
        let whoami = asking.whoami().await.map_err(matrix_sdk::Error::from)?;
        if whoami.user_id != account {
            let (theirs, ours) = (whoami.user_id.to_string(), account.to_string());
            return Err(SessionError::OtherAccount { folder: file.display().to_string(), theirs, ours }.into());
        }
        client.restore_session(session(whoami.device_id.unwrap_or_else(DeviceId::new), token)).await?;
        return Ok(());
    }
    let password = secret(settings.password_file.as_deref().unwrap_or(Path::new("")))?;
    // The device is named before it exists: if the first login is interrupted, the next one is the same device.
    let file = settings.state.join("device");
    let device = match read(&file)? {
        Some(device) => device,
        None => {
            let device = DeviceId::new().to_string();
            write_secret(&file, &device)?;
            device
        }
    };
    let login = client
        .matrix_auth()
        .login_username(account, &password)
        .device_id(&device)
        .initial_device_display_name("fairshare");
    login.send().await?;
    Ok(())
}

fn keep(client: &Client, file: &Path) -> Result<(), SessionError> {
    let session = client.matrix_auth().session();
    let text = serde_json::to_string(&session)
        .map_err(|error| SessionError::Damaged { path: file.display().to_string(), error: error.to_string() })?;
    write_secret(file, &text)
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> SessionError {
    let path = path.display().to_string();
    move |error| SessionError::File { path: path.clone(), error }
}

fn read(path: &Path) -> Result<Option<String>, SessionError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(path)(error)),
    }
}

fn secret(path: &Path) -> Result<String, SessionError> {
    read(path)?.ok_or_else(|| file_error(path)(std::io::ErrorKind::NotFound.into()))
}

/// Writes a file that nobody else may read, all of it or nothing.
fn write_secret(path: &Path, text: &str) -> Result<(), SessionError> {
    let new = path.with_extension("new");
    let write = || {
        let mut file = private::options().write(true).create(true).truncate(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    write().map_err(file_error(path))
}
