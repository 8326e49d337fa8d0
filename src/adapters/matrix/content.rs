//! Replies as contents of events: a notice, as plain text and HTML, related to its command.

use serde_json::{Value, json};

use crate::render::matrix::{Chunk, html};
use crate::store::rows::OutboxRow;

/// The key of a question in a message's content, so that reactions to it can be understood.
pub const ASKS: &str = "fairshare.asks";

/// The most bytes of text and HTML in one message.
const LONGEST: usize = 24_000;

/// A reply in parts that fit into an event each. A homeserver takes 65,536 bytes, encryption needs a third of them, and
/// each line is in the event twice.
pub fn parts(chunks: &[Chunk]) -> Vec<&[Chunk]> {
    let mut parts = Vec::new();
    let (mut begins, mut size) = (0, 0);
    for (number, chunk) in chunks.iter().enumerate() {
        let more = chunk.text.len() + chunk.html.len();
        if number > begins && size + more > LONGEST {
            parts.push(&chunks[begins..number]);
            (begins, size) = (number, 0);
        }
        size += more;
    }
    parts.push(&chunks[begins..]);
    parts
}

/// How a message of a row relates to the row's command.
pub fn related(row: &OutboxRow) -> Option<Value> {
    let in_reply_to = json!({ "event_id": row.reply_to.as_ref()? });
    Some(match &row.thread {
        Some(thread) => {
            json!({ "rel_type": "m.thread", "event_id": thread, "is_falling_back": false, "m.in_reply_to": in_reply_to })
        }
        None => json!({ "m.in_reply_to": in_reply_to }),
    })
}

/// The content of a message of a row.
pub fn content(chunks: &[Chunk], row: &OutboxRow, relation: Option<&Value>) -> Value {
    let mut content = json!({
        "msgtype": "m.notice",
        "body": chunks.iter().map(|chunk| chunk.text.as_str()).collect::<Vec<_>>().join("\n"),
        "format": "org.matrix.custom.html",
        "formatted_body": html(chunks),
        // Without this, a client would look for names in the text.
        "m.mentions": if row.mentions.is_empty() { json!({}) } else { json!({ "user_ids": row.mentions }) },
    });
    if let Some(relation) = relation {
        content["m.relates_to"] = relation.clone();
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::matrix::ChunkKind;

    #[test]
    fn what_is_too_long_for_one_message_goes_into_several() {
        let chunk = |length: usize| Chunk { text: "x".repeat(length), html: "x".repeat(length), kind: ChunkKind::Line };
        let lengths = |chunks: &[Chunk]| parts(chunks).into_iter().map(<[Chunk]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0]);
        assert_eq!(lengths(&[chunk(10), chunk(10)]), [2]);
        let many: Vec<Chunk> = (0..100).map(|_| chunk(500)).collect();
        assert_eq!(lengths(&many), [24, 24, 24, 24, 4]);
        assert_eq!(lengths(&[chunk(LONGEST), chunk(1)]), [1, 1], "a chunk is never cut");
    }
}
