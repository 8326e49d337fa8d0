//! Why a request to Discord fails, and whether it may work later.

use std::time::Duration;

use serenity::all::{Error, HttpError};

use crate::outbox::DeliveryError;

/// How long one request may take, including the wait for Discord's rate limits.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Discord's codes for an answer that is no longer possible: an unknown interaction, an unknown webhook, a token that
/// is too old, a message that is gone.
pub const GONE: [isize; 4] = [10_062, 10_015, 50_027, 10_008];

/// Discord's code for an interaction that has a first answer already.
pub const ALREADY_ANSWERED: isize = 40_060;

/// Discord's codes for a channel that is gone, and for one that is hidden from the bot.
const UNKNOWN_CHANNEL: isize = 10_003;

const NO_ACCESS: isize = 50_001;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Discord refuses it: the HTTP status, Discord's code and message.
    #[error("{2} (code {1}, status {0})")]
    Refused(u16, isize, String),
    /// It may work later.
    #[error("{0}")]
    Transient(String),
}

impl RequestError {
    /// The library's error, without addresses: they hold tokens.
    pub fn of(error: Error) -> Self {
        match error {
            Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
                let status = answer.status_code.as_u16();
                match status {
                    408 | 429 | 500.. => Self::Transient(format!("Discord answers with status {status}")),
                    _ => Self::Refused(status, answer.error.code, answer.error.message),
                }
            }
            Error::Http(HttpError::Request(error)) => Self::Transient(error.without_url().to_string()),
            other => Self::Transient(other.to_string()),
        }
    }
}

impl From<RequestError> for DeliveryError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Transient(why) => Self::Transient(why, None),
            // Discord does not accept the bot's own token. With another one the reply will go out.
            RequestError::Refused(401, code, why) if !GONE.contains(&code) => Self::Transient(why, None),
            RequestError::Refused(_, UNKNOWN_CHANNEL | NO_ACCESS, why) => Self::Gone(why),
            refused @ RequestError::Refused(..) => Self::Permanent(refused.to_string()),
        }
    }
}

/// Whether Discord did what it was asked, and its answer could not be read.
pub fn is_unreadable(error: &Error) -> bool {
    match error {
        Error::Json(_) => true,
        Error::Http(HttpError::Request(error)) => error.is_decode(),
        _ => false,
    }
}

/// Makes a request.
///
/// # Errors
/// Fails if Discord refuses it, can't be reached, or takes longer than a minute.
pub async fn request<T>(request: impl Future<Output = serenity::Result<T>>) -> Result<T, RequestError> {
    match tokio::time::timeout(TIMEOUT, request).await {
        Ok(answer) => answer.map_err(RequestError::of),
        Err(_) => Err(RequestError::Transient(format!("no answer within {TIMEOUT:?}"))),
    }
}

/// Makes a request whose answer does not matter.
///
/// # Errors
/// Fails as [`request`] does, but not if the answer can't be read.
pub async fn command<T>(sent: impl Future<Output = serenity::Result<T>>) -> Result<(), RequestError> {
    let read = async {
        match sent.await {
            Err(error) if is_unreadable(&error) => Ok(()),
            answer => answer.map(drop),
        }
    };
    request(read).await
}
