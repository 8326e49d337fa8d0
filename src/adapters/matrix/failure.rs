//! Which answers of a homeserver are final.

use std::time::SystemTime;

use matrix_sdk::Error;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};

use crate::outbox::DeliveryError;

/// Whether the homeserver's answer will stay the same. Rate limits, its own errors and a proxy's pages pass.
pub fn is_final(error: &Error) -> bool {
    // The client does not even send a file that the homeserver would not take.
    let is_ours = matches!(error, Error::WrongRoomState(_) | Error::Media(_));
    let Some(answer) = error.as_client_api_error() else { return is_ours };
    let status = answer.status_code.as_u16();
    let passes = match answer.error_kind() {
        None => true,
        Some(kind) => matches!(
            kind,
            ErrorKind::LimitExceeded(_)
                | ErrorKind::ResourceLimitExceeded(_)
                | ErrorKind::UnknownToken(_)
                | ErrorKind::UserLocked
                | ErrorKind::UserSuspended
        ),
    };
    !passes && (400..500).contains(&status) && ![401, 408, 429].contains(&status)
}

/// A failure for the outbox: whether it is final, and how long the homeserver asks the bot to wait.
pub fn delivery_error(error: Error) -> DeliveryError {
    let why = error.to_string();
    if is_final(&error) {
        return DeliveryError::Permanent(why);
    }
    let limit = match error.client_api_error_kind() {
        Some(ErrorKind::LimitExceeded(limit)) => limit.retry_after,
        _ => None,
    };
    let wait = limit.and_then(|after| match after {
        RetryAfter::Delay(delay) => Some(delay),
        RetryAfter::DateTime(at) => at.duration_since(SystemTime::now()).ok(),
    });
    DeliveryError::Transient(why, wait)
}
