//! The files that come with an interaction. Only the address that Discord gave with it is asked, without the bot's token, and
//! where it would send us on nobody goes; what comes is counted as it comes, for what was declared may be wrong.

use crate::message::room::RoomRefusal;
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::redirect::Policy;
use serenity::model::channel::Attachment;
use tokio::sync::Semaphore;

use crate::incoming::{Attached, LARGEST_FILE};
use crate::message::refusal::Refusal;

/// How long all files of an interaction may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How many interactions' files are fetched at once, so that memory has an end; the others wait.
const AT_ONCE: usize = 8;

/// The most characters of a file's name.
const LONGEST_NAME: usize = 100;

/// What fetches files.
pub struct Files {
    client: reqwest::Client,
    places: Semaphore,
}

impl Files {
    /// One for everybody.
    pub fn new() -> reqwest::Result<Self> {
        Ok(Self { client: reqwest::Client::builder().redirect(Policy::none()).build()?, places: Semaphore::new(AT_ONCE) })
    }

    /// Fetches files, all of them or none.
    pub async fn fetch(&self, attachments: Vec<(String, Attachment)>) -> Result<BTreeMap<String, Attached>, Refusal> {
        let first = attachments.first().map(|(_, attachment)| name(attachment)).unwrap_or_default();
        tokio::time::timeout(TIMEOUT, self.all(attachments)).await.unwrap_or_else(|_| {
            tracing::warn!("an attachment was not there within {TIMEOUT:?}");
            Err(RoomRefusal::FileNotFetched { typed: first }.into())
        })
    }

    async fn all(&self, attachments: Vec<(String, Attachment)>) -> Result<BTreeMap<String, Attached>, Refusal> {
        // Places are never taken away, so that this only waits.
        let _place = self.places.acquire().await;
        let mut files = BTreeMap::new();
        for (option, attachment) in attachments {
            let name = name(&attachment);
            let bytes = self.bytes(&attachment).await.map_err(|trouble| match trouble {
                Trouble::TooLarge => RoomRefusal::FileTooLarge { typed: name.clone(), megabytes: LARGEST_FILE.div_ceil(1_000_000) },
                Trouble::Failed => RoomRefusal::FileNotFetched { typed: name.clone() },
            })?;
            files.insert(option, Attached { name, bytes: Some(bytes.into()) });
        }
        Ok(files)
    }

    async fn bytes(&self, attachment: &Attachment) -> Result<Vec<u8>, Trouble> {
        if usize::try_from(attachment.size).is_ok_and(|size| size > LARGEST_FILE) {
            return Err(Trouble::TooLarge);
        }
        let failed = |why: String| {
            tracing::warn!(file = %attachment.id, %why, "an attachment can't be fetched");
            Trouble::Failed
        };
        // Whoever has the address can read the file, so it stays out of logs.
        let lost = |error: reqwest::Error| failed(error.without_url().to_string());
        let mut answer = self.client.get(&attachment.url).send().await.map_err(lost)?;
        // An answer that sends us on is none.
        if !answer.status().is_success() {
            return Err(failed(format!("status {}", answer.status())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > LARGEST_FILE {
                return Err(Trouble::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// What a file is called, on one line.
pub fn name(attachment: &Attachment) -> String {
    attachment.filename.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// Why a file is not here.
enum Trouble {
    TooLarge,
    Failed,
}
