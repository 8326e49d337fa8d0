//! The files that come with an interaction. Only the address from the interaction is asked, without the bot's token,
//! and redirects are not followed. Bytes are counted as they come, because the declared size may be wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::redirect::Policy;
use serenity::model::channel::Attachment;
use tokio::sync::Semaphore;

use crate::incoming::{Attached, LARGEST_FILE};
use crate::message::field::Typed;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;

/// How many interactions' files are fetched at once, to bound memory; the others wait.
const AT_ONCE: usize = 8;

/// The most characters of a file's name.
const LONGEST_NAME: usize = 100;

/// Fetches files.
pub struct Files {
    client: reqwest::Client,
    places: Semaphore,
    timeout: Duration,
}

impl Files {
    /// A fetcher. The files of one interaction may take as long as `timeout`, all together.
    ///
    /// # Errors
    /// Fails if the system has no TLS.
    pub fn new(timeout: Duration) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { client, places: Semaphore::new(AT_ONCE), timeout })
    }

    /// Fetches files by option, all of them or none.
    ///
    /// # Errors
    /// Refused if one can't be fetched in time, or is larger than 8 MB.
    pub async fn fetch(&self, attachments: Vec<(String, Attachment)>) -> Result<BTreeMap<String, Attached>, Refusal> {
        let first = attachments.first().map(|(_, attachment)| name(attachment)).unwrap_or_default();
        tokio::time::timeout(self.timeout, self.all(attachments)).await.unwrap_or_else(|_| {
            tracing::warn!("an attachment did not come within {:?}", self.timeout);
            Err(RoomRefusal::FileNotFetched { typed: Typed(first) }.into())
        })
    }

    async fn all(&self, attachments: Vec<(String, Attachment)>) -> Result<BTreeMap<String, Attached>, Refusal> {
        // The semaphore is never closed, so this only waits.
        let _place = self.places.acquire().await;
        let mut files = BTreeMap::new();
        for (option, attachment) in attachments {
            let name = name(&attachment);
            let bytes = self.bytes(&attachment).await.map_err(|error| match error {
                FetchError::TooLarge => RoomRefusal::FileTooLarge {
                    typed: Typed(name.clone()),
                    megabytes: LARGEST_FILE.div_ceil(1_000_000),
                },
                FetchError::Failed => RoomRefusal::FileNotFetched { typed: Typed(name.clone()) },
            })?;
            files.insert(option, Attached { name, bytes: Some(bytes.into()) });
        }
        Ok(files)
    }

    async fn bytes(&self, attachment: &Attachment) -> Result<Vec<u8>, FetchError> {
        if usize::try_from(attachment.size).is_ok_and(|size| size > LARGEST_FILE) {
            return Err(FetchError::TooLarge);
        }
        let failed = |why: String| {
            tracing::warn!(file = %attachment.id, %why, "an attachment can't be fetched");
            FetchError::Failed
        };
        // Anybody with the address can read the file, so logs don't have it.
        let lost = |error: reqwest::Error| failed(error.without_url().to_string());
        let mut answer = self.client.get(&attachment.url).send().await.map_err(lost)?;
        // A redirect is not followed.
        if !answer.status().is_success() {
            return Err(failed(format!("status {}", answer.status())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > LARGEST_FILE {
                return Err(FetchError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// A file's name, on one line.
pub fn name(attachment: &Attachment) -> String {
    attachment.filename.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// Why a file can't be fetched.
enum FetchError {
    TooLarge,
    Failed,
}
