//! Files that people send with a command. The command is the file's caption, or a reply to it.

use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::media::{MediaFormat, MediaRequestParameters};
use matrix_sdk::ruma::events::room::MediaSource;
use serde_json::Value;

use crate::adapters::matrix::hub::MatrixHub;
use crate::directory::RoomKey;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse;
use crate::grammar::spec::Opt;
use crate::incoming::{Attached, Content, Inbound, LARGEST_FILE, SystemEvent};

/// How long a file may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many files are fetched at once, to bound memory; the others wait.
pub const AT_ONCE: usize = 4;

/// The most characters of a file's name.
const LONGEST_NAME: usize = 100;

/// Why a file can't be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaError {
    /// It is too large to be kept.
    TooLarge,
    /// It can't be fetched.
    Failed,
}

/// A file's name, on one line.
pub fn name(content: &Value) -> String {
    let name = ["filename", "body"].into_iter().find_map(|key| content.get(key)?.as_str()).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

impl MatrixHub {
    /// The option of a command that takes a file.
    pub fn takes_file(&self, said: &Content) -> Option<&Opt> {
        let command = match said {
            Content::Text(text) => parse::text(text, &self.catalog).ok()?.command,
            Content::Call(call) => call.command.clone(),
            _ => return None,
        };
        self.catalog.command(&command)?.options.iter().find(|option| option.kind == OptionKind::File)
    }

    /// The bytes of a file, decrypted if it was encrypted.
    ///
    /// # Errors
    /// Fails if it can't be fetched in time, or is larger than 8 MB.
    pub async fn media(&self, content: &Value) -> Result<Vec<u8>, MediaError> {
        let size = content.pointer("/info/size").and_then(Value::as_u64).unwrap_or(0);
        if usize::try_from(size).is_ok_and(|size| size > LARGEST_FILE) {
            return Err(MediaError::TooLarge);
        }
        let failed = |why: &dyn std::fmt::Display| {
            tracing::warn!(%why, "a file can't be fetched");
            MediaError::Failed
        };
        let source: MediaSource = serde_json::from_value(content.clone()).map_err(|error| failed(&error))?;
        // The semaphore is never closed, so this only waits. The declared size may be wrong; the homeserver alone
        // limits what it hands out.
        let _place = self.files.acquire().await;
        let request = MediaRequestParameters { source, format: MediaFormat::File };
        let fetched = tokio::time::timeout(TIMEOUT, self.client.media().get_media_content(&request, false)).await;
        let bytes = fetched.map_err(|_| failed(&"no answer in time"))?.map_err(|error| failed(&error))?;
        if bytes.len() > LARGEST_FILE { Err(MediaError::TooLarge) } else { Ok(bytes) }
    }

    /// Hands over a file after its command, or reports that it does not come.
    pub async fn bring(self: Arc<Self>, event: String, room: RoomKey, content: Value) {
        let name = name(&content);
        let fetched = self.media(&content).await;
        let (of_file, event) = (format!("{event} file"), event);
        let happened = match fetched {
            Ok(bytes) => SystemEvent::FileArrived { event, file: Attached { name, bytes: Some(bytes.into()) } },
            Err(error) => SystemEvent::FileLost { event, name, is_too_large: error == MediaError::TooLarge },
        };
        self.intake.push(Inbound::unsaid(of_file, room, Content::System(happened), self.clock.now())).await;
    }
}
