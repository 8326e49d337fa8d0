//! What people see of a reply: an embed within Discord's limits, buttons under a question, pages of a long list.

use serde_json::{Value, json};
use serenity::builder::CreateAttachment;

use crate::adapters::discord::custom_id::{answer_id, page_id};
use crate::adapters::pictures::DrawnPicture;
use crate::directory::StoredFile;
use crate::grammar::catalog::Catalog;
use crate::message::asked::Asked;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::render::discord;
use crate::render::discord::{Ids, Marked};
use crate::store::rows::OutboxRow;

/// The most lines and characters on a page. Discord allows 4096 characters, and the reader's own lines have to fit
/// too.
const PAGE: (usize, usize) = (15, 3000);

/// The most lines about the reader, and their characters, that follow a page without any.
const OWN: (usize, usize) = (3, 1000);

/// From this many pages on, the whole list is attached as a file.
const MANY_PAGES: usize = 4;

/// The most characters of all embeds of a message.
const EMBEDS: usize = 6000;

/// The colours at an embed's side: of an outcome, of a question, of a refusal.
const COLOURS: [u32; 3] = [0x2E_8B57, 0xE0_A020, 0xC0_392B];

/// The most characters of a file's description.
const LONGEST_ALT: usize = 1024;

/// The flag of a message that only one person sees.
pub const EPHEMERAL: u32 = 1 << 6;

/// Styles of buttons.
const GREEN: u8 = 3;

const GREY: u8 = 2;

/// A reply, ready to be put into messages.
#[derive(Debug, Clone)]
pub struct ShownReply {
    id: i64,
    language: String,
    pages: Vec<String>,
    colour: u32,
    asked: Option<Asked>,
    file: Option<ShownFile>,
    pictures: Vec<DrawnPicture>,
    receipts: Vec<StoredFile>,
    /// The long part, for a message after this one.
    more: Option<Box<ShownReply>>,
}

/// A file attached to a message.
#[derive(Debug, Clone)]
struct ShownFile {
    name: String,
    text: String,
}

impl ShownReply {
    /// A row's reply, with its pictures.
    pub fn of(row: &OutboxRow, pictures: Vec<DrawnPicture>, catalog: &Catalog, ids: &Ids) -> Self {
        let more = row.reply.more().map(|reply| {
            let id = -row.id;
            Box::new(Self::of(&OutboxRow { id, reply, files: Vec::new(), ..row.clone() }, Vec::new(), catalog, ids))
        });
        let first = row.reply.first();
        let (brought, rest) = match first.attachment() {
            Some((name, text, rest)) => (Some(ShownFile { name: name.to_owned(), text }), Some(rest)),
            None => (None, None),
        };
        let lines = discord::lines(rest.as_ref().unwrap_or(&first), &row.language, catalog, ids, row.asker.as_deref());
        let pages = pages(&lines);
        let whole = || lines.iter().map(|line| line.plain.as_str()).collect::<Vec<_>>().join("\n");
        let file =
            brought.or_else(|| (pages.len() >= MANY_PAGES).then(|| ShownFile { name: FILE.to_owned(), text: whole() }));
        let asked = row.asks(&row.reply);
        Self {
            id: row.id,
            language: row.language.clone(),
            pages,
            colour: colour(&row.reply),
            asked,
            file,
            pictures,
            receipts: if row.reply.receipts().is_empty() { Vec::new() } else { row.files.clone() },
            more,
        }
    }

    /// A refusal that never reached the engine, so that no row has it.
    pub fn refusal(refusal: Refusal, language: &str, catalog: &Catalog, ids: &Ids) -> Self {
        let reply = Reply::Refusal(refusal);
        let lines = discord::lines(&reply, language, catalog, ids, None);
        Self {
            id: 0,
            language: language.to_owned(),
            pages: pages(&lines),
            colour: colour(&reply),
            asked: None,
            file: None,
            pictures: Vec::new(),
            receipts: Vec::new(),
            more: None,
        }
    }

    /// The long part, for a message after this one.
    pub fn more(&self) -> Option<&ShownReply> {
        self.more.as_deref()
    }

    /// Its number among the lists whose pages can be turned.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Whether it asks something.
    pub fn asks(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether it has more than one page.
    pub fn is_long(&self) -> bool {
        self.pages.len() > 1
    }

    /// How many pages it has.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The message with one of its pages. It mentions these people and nobody else.
    pub fn message(&self, page: usize, catalog: &Catalog, calls: &[u64]) -> Value {
        let content: Vec<String> = calls.iter().map(|user| format!("<@{user}>")).collect();
        json!({
            "content": content.join(" "),
            "embeds": [self.embed(page, catalog)],
            "components": self.buttons(page, catalog),
            "allowed_mentions": { "parse": [], "users": calls.iter().map(ToString::to_string).collect::<Vec<_>>() },
        })
    }

    /// The message, for its reader alone.
    pub fn aside(&self, catalog: &Catalog) -> Value {
        let mut message = self.message(0, catalog, &[]);
        message["flags"] = json!(EPHEMERAL);
        message
    }

    /// The message that replaces the question whose button was pressed. The question stays readable, if there is room
    /// for both, and its buttons are disabled.
    pub fn instead(&self, question: &[Value], pressed: Option<bool>, catalog: &Catalog) -> Value {
        let mut message = self.message(0, catalog, &[]);
        let asks_again = self.asks();
        let length = |embed: &Value| embed["description"].as_str().map_or(0, |text| text.encode_utf16().count());
        let own: usize = self.pages.first().map_or(0, |page| page.encode_utf16().count());
        if !asks_again && question.iter().map(length).sum::<usize>() + own < EMBEDS - 500 {
            let both: Vec<Value> = question.iter().cloned().chain([self.embed(0, catalog)]).collect();
            message["embeds"] = json!(both);
        }
        if let (false, Some(yes)) = (asks_again, pressed) {
            let used = |word: &str, is_it: bool| {
                button(
                    if is_it { GREEN } else { GREY },
                    catalog.word(word, &self.language),
                    format!("used {word}"),
                    true,
                )
            };
            let mut rows = vec![json!({ "type": 1, "components": [used("yes", yes), used("no", !yes)] })];
            rows.extend(message["components"].as_array().into_iter().flatten().cloned());
            message["components"] = json!(rows);
        }
        message
    }

    /// The file that comes with it, or the whole list as a file if it has many pages.
    pub fn files(&self) -> Vec<CreateAttachment> {
        self.file
            .iter()
            .map(|file| CreateAttachment::bytes(file.text.clone().into_bytes(), file.name.clone()))
            .collect()
    }

    /// How many of the things beside it are pictures; these come first.
    pub fn picture_count(&self) -> usize {
        self.pictures.len()
    }

    /// Its further files, each in a message of its own: pictures, then stored receipts.
    pub fn beside(&self) -> Vec<(Value, CreateAttachment)> {
        let message = |name: &str, alt: &str| {
            let alt: String = alt.chars().take(LONGEST_ALT).collect();
            json!({ "attachments": [{ "id": 0, "filename": name, "description": alt }], "allowed_mentions": { "parse": [] } })
        };
        let pictures = self.pictures.iter().map(|picture| {
            (message(&picture.name, &picture.alt), CreateAttachment::bytes(picture.png.clone(), picture.name.clone()))
        });
        let receipts = self.receipts.iter().map(|file| {
            (message(&file.name, &file.name), CreateAttachment::bytes(file.bytes.to_vec(), file.name.clone()))
        });
        pictures.chain(receipts).collect()
    }

    /// The descriptions of a message's files.
    pub fn attachments(&self, catalog: &Catalog) -> Value {
        let count = self.file.as_ref().map_or(0, |file| file.text.lines().count());
        let alt = catalog.word("whole-list", &self.language).replace("{count}", &count.to_string());
        self.file.iter().map(|file| json!({ "id": 0, "filename": file.name, "description": alt })).collect()
    }

    fn embed(&self, page: usize, catalog: &Catalog) -> Value {
        let mut embed = json!({ "description": self.pages.get(page), "color": self.colour });
        if self.is_long() {
            let text = catalog.word("page", &self.language).replace("{page}", &(page + 1).to_string());
            embed["footer"] = json!({ "text": text.replace("{pages}", &self.pages.len().to_string()) });
        }
        embed
    }

    fn buttons(&self, page: usize, catalog: &Catalog) -> Value {
        let button = |style, word, id, is_disabled| button(style, catalog.word(word, &self.language), id, is_disabled);
        let mut rows = Vec::new();
        if self.is_long() {
            let last = self.pages.len().saturating_sub(1);
            rows.push(vec![
                // No two buttons of a message may have the same id, also on the first and the last page.
                button(
                    GREY,
                    "previous",
                    if page == 0 { "first".to_owned() } else { page_id(self.id, page - 1) },
                    page == 0,
                ),
                button(
                    GREY,
                    "next",
                    if page == last { "last".to_owned() } else { page_id(self.id, page + 1) },
                    page == last,
                ),
            ]);
        }
        if let Some(asked) = &self.asked {
            rows.push(vec![
                button(GREEN, "yes", answer_id(asked, true), false),
                button(GREY, "no", answer_id(asked, false), false),
            ]);
        }
        rows.into_iter().map(|buttons| json!({ "type": 1, "components": buttons })).collect()
    }
}

fn button(style: u8, label: &str, id: String, is_disabled: bool) -> Value {
    json!({ "type": 2, "style": style, "label": label, "custom_id": id, "disabled": is_disabled })
}

/// The name of an attached list.
const FILE: &str = "list.txt";

fn colour(reply: &Reply) -> u32 {
    match reply {
        Reply::Lines(_) | Reply::Post { .. } => COLOURS[0],
        Reply::Question(..) => COLOURS[1],
        Reply::Refusal(_) => COLOURS[2],
    }
}

/// The lines, page by page. Lines about the reader are on each page.
fn pages(lines: &[Marked]) -> Vec<String> {
    let written: Vec<String> =
        lines.iter().map(|line| if line.is_item { format!("- {}", line.text) } else { line.text.clone() }).collect();
    let length = |text: &str| text.encode_utf16().count() + 1;
    let mut cuts: Vec<std::ops::Range<usize>> = Vec::new();
    let (mut from, mut size) = (0, 0);
    for (at, text) in written.iter().enumerate() {
        if at > from && (at - from >= PAGE.0 || size + length(text) > PAGE.1) {
            cuts.push(from..at);
            (from, size) = (at, 0);
        }
        size += length(text);
    }
    cuts.push(from..written.len());
    // A list that is slightly too long for a page reads better in one piece.
    if let [first, second] = cuts.as_mut_slice()
        && second.len() <= 5
        && written.iter().map(|text| length(text)).sum::<usize>() <= PAGE.1
    {
        first.end = second.end;
        cuts.truncate(1);
    }
    let page = |cut: &std::ops::Range<usize>| {
        let mut text = written.get(cut.clone()).unwrap_or_default().join("\n");
        let is_own = |at: &usize| lines.get(*at).is_some_and(|line| line.is_own && line.is_item);
        // Readers who are on this page see themselves already.
        let stand_here = cut.clone().any(|at| is_own(&at));
        let elsewhere = (0..lines.len()).filter(|at| !stand_here && is_own(at));
        let mut left = OWN.1;
        for at in elsewhere.take(OWN.0) {
            let own = written.get(at).map_or("", String::as_str);
            if length(own) + 1 > left {
                break;
            }
            left -= length(own) + 1;
            text.push_str(if text.contains("\n…") { "\n" } else { "\n…\n" });
            text.push_str(own);
        }
        cut_off(text)
    };
    cuts.iter().map(page).collect()
}

/// A text within an embed's limit. No line should be that long; if one is, losing its end is better than losing the
/// message.
fn cut_off(text: String) -> String {
    const MOST: usize = 4096;
    if text.encode_utf16().count() <= MOST {
        return text;
    }
    let mut left = MOST - 1;
    text.chars()
        .take_while(|c| left.checked_sub(c.len_utf16()).map(|rest| left = rest).is_some())
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: String, is_own: bool) -> Marked {
        Marked { plain: text.clone(), text, is_item: true, is_own }
    }

    #[test]
    fn the_readers_line_stands_on_every_page() {
        let lines: Vec<Marked> = (0..100).map(|n| line(format!("person {n}"), n == 42)).collect();
        let pages = pages(&lines);
        assert_eq!(pages.len(), 7);
        for page in &pages {
            assert_eq!(page.matches("person 42").count(), 1, "{page}");
        }
        for n in (0..100).filter(|n| *n != 42) {
            assert_eq!(
                pages.iter().filter(|page| page.lines().any(|line| line == format!("- person {n}"))).count(),
                1,
                "{n}"
            );
        }
    }

    #[test]
    fn pages_fit_whatever_people_write() {
        let lines: Vec<Marked> = (0..60).map(|n| line("🦀".repeat(700 + n), n % 2 == 0)).collect();
        assert!(pages(&lines).iter().all(|page| page.encode_utf16().count() <= 4096));
        assert_eq!(cut_off("🦀".repeat(3000)).encode_utf16().count(), 4095);
    }

    #[test]
    fn short_lists_stay_in_one_piece() {
        let lines: Vec<Marked> = (0..20).map(|n| line(n.to_string(), false)).collect();
        assert_eq!(pages(&lines).len(), 1);
        assert_eq!(pages(&[]).len(), 1);
    }
}
