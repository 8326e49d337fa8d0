//! Replies as contents of events: a notice, as plain text and HTML, related to its command.

use serde_json::{Value, json};

use crate::render::text::Rendered;
use crate::store::rows::OutboxRow;

/// The key of a question in a message's content, so that reactions to it can be understood.
pub const ASKS: &str = "fairshare.asks";

/// The most bytes of text and HTML in one message.
const LONGEST: usize = 24_000;

/// The lines in parts that fit into an event each. A homeserver takes 65,536 bytes, encryption needs a third of them,
/// and each line is in the event twice.
pub fn parts(lines: &[Rendered]) -> Vec<&[Rendered]> {
    let mut parts = Vec::new();
    let (mut begins, mut size) = (0, 0);
    for (number, line) in lines.iter().enumerate() {
        let more = line.text.len() + line.html.len();
        if number > begins && size + more > LONGEST {
            parts.push(&lines[begins..number]);
            (begins, size) = (number, 0);
        }
        size += more;
    }
    parts.push(&lines[begins..]);
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
pub fn content(lines: &[Rendered], row: &OutboxRow, relation: Option<&Value>) -> Value {
    let mut content = json!({
        "msgtype": "m.notice",
        "body": lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"),
        "format": "org.matrix.custom.html",
        "formatted_body": html(lines),
        // Without this, a client would look for names in the text.
        "m.mentions": if row.mentions.is_empty() { json!({}) } else { json!({ "user_ids": row.mentions }) },
    });
    if let Some(relation) = relation {
        content["m.relates_to"] = relation.clone();
    }
    content
}

/// The lines as HTML. Items in a row are one list.
fn html(lines: &[Rendered]) -> String {
    let mut html = String::new();
    for (number, line) in lines.iter().enumerate() {
        let was_item = number > 0 && lines[number - 1].is_item;
        match (was_item, line.is_item) {
            (false, true) => html.push_str("<ul>"),
            (true, false) => html.push_str("</ul>"),
            (false, false) if number > 0 => html.push_str("<br>"),
            _ => {}
        }
        html.push_str(&if line.is_item { format!("<li>{}</li>", line.html) } else { line.html.clone() });
    }
    if lines.last().is_some_and(|line| line.is_item) {
        html.push_str("</ul>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_for_one_message_goes_into_several() {
        let line = |length: usize| Rendered { text: "x".repeat(length), html: "x".repeat(length), is_item: false };
        let lengths = |lines: &[Rendered]| parts(lines).into_iter().map(<[Rendered]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0]);
        assert_eq!(lengths(&[line(10), line(10)]), [2]);
        let many: Vec<Rendered> = (0..100).map(|_| line(500)).collect();
        assert_eq!(lengths(&many), [24, 24, 24, 24, 4]);
        assert_eq!(lengths(&[line(LONGEST), line(1)]), [1, 1], "a line is never cut");
    }

    #[test]
    fn lines_that_belong_together_are_a_list() {
        let line = |html: &str, is_item| Rendered { text: String::new(), html: html.to_owned(), is_item };
        let lines = [line("a", false), line("b", false), line("c", true), line("d", true), line("e", false)];
        assert_eq!(html(&lines), "a<br>b<ul><li>c</li><li>d</li></ul>e");
        assert_eq!(html(&lines[..4]), "a<br>b<ul><li>c</li><li>d</li></ul>");
    }
}
