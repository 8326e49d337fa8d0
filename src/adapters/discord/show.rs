//! What people see of a reply: a message of components within Discord's limits, buttons under a question and for what
//! fits next, pages of a long list.
//!
//! A message of components has no content, so all of its words are in text displays. The library does not know such
//! components: it leaves out all but rows of buttons when it reads a message. So a question is kept for its answer.

use serde_json::{Value, json};
use serenity::builder::CreateAttachment;

use crate::adapters::discord::custom_id::{answer_id, call_id, page_id};
use crate::adapters::discord::reply_target::ReplyTarget;
use crate::adapters::pictures::DrawnPicture;
use crate::directory::StoredFile;
use crate::grammar::catalog::Catalog;
use crate::message::asked::Asked;
use crate::message::refusal::Refusal;
use crate::message::reply::Reply;
use crate::render::discord;
use crate::render::discord::{Ids, Marked, Offer};
use crate::store::rows::OutboxRow;

/// The most lines and characters on a page. Discord allows 4000 characters in all texts of a message, and the reader's
/// own lines have to fit too.
const PAGE: (usize, usize) = (15, 2600);

/// The most lines about the reader, and their characters, that follow a page without any.
const OWN: (usize, usize) = (3, 900);

/// From this many pages on, the whole list is attached as a file.
const MANY_PAGES: usize = 4;

/// The most characters of a page, and of all texts of a message that has a question above its answer.
const LONGEST_PAGE: usize = 3700;

/// The colours at a message's side: of an outcome, of a question, of a refusal.
const COLOURS: [u32; 3] = [0x2E_8B57, 0xE0_A020, 0xC0_392B];

/// The most characters of a file's description, and of a button's label.
const LONGEST_ALT: usize = 1024;

const LONGEST_LABEL: usize = 80;

/// The most characters of a button's id.
const LONGEST_ID: usize = 100;

/// The flag of a message that only one person sees.
pub const EPHEMERAL: u32 = 1 << 6;

/// The flag of a message that is made of components.
pub const OF_COMPONENTS: u32 = 1 << 15;

/// Discord's numbers for kinds of components.
mod component {
    pub const ROW: u8 = 1;
    pub const BUTTON: u8 = 2;
    pub const TEXT: u8 = 10;
    pub const GALLERY: u8 = 12;
    pub const FILE: u8 = 13;
    pub const CONTAINER: u8 = 17;
}

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
    offers: Vec<Offer>,
    /// The user who is answered.
    user: Option<u64>,
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
        let sheet = discord::sheet(rest.as_ref().unwrap_or(&first), &row.language, catalog, ids, row.asker.as_deref());
        let pages = pages(&sheet.lines);
        let whole = || sheet.lines.iter().map(|line| line.plain.as_str()).collect::<Vec<_>>().join("\n");
        let file =
            brought.or_else(|| (pages.len() >= MANY_PAGES).then(|| ShownFile { name: FILE.to_owned(), text: whole() }));
        let asked = row.asks(&row.reply);
        let target = row.reply_to.as_deref().and_then(|target| serde_json::from_str::<ReplyTarget>(target).ok());
        Self {
            id: row.id,
            language: row.language.clone(),
            pages,
            colour: colour(&row.reply),
            asked,
            offers: sheet.offers,
            user: target.map(|target| target.user),
            file,
            pictures,
            receipts: if row.reply.receipts().is_empty() { Vec::new() } else { row.files.clone() },
            more,
        }
    }

    /// A refusal that never reached the engine, so that no row has it.
    pub fn refusal(refusal: Refusal, language: &str, catalog: &Catalog, ids: &Ids) -> Self {
        let reply = Reply::Refusal(refusal);
        let sheet = discord::sheet(&reply, language, catalog, ids, None);
        Self {
            id: 0,
            language: language.to_owned(),
            pages: pages(&sheet.lines),
            colour: colour(&reply),
            asked: None,
            offers: Vec::new(),
            user: None,
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

    /// What it asks, if anything.
    pub fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()
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
        let called: Vec<String> = calls.iter().map(|user| format!("<@{user}>")).collect();
        let mut components: Vec<Value> = Vec::new();
        if !called.is_empty() {
            components.push(text(&called.join(" ")));
        }
        components.push(self.container(page, catalog));
        components.extend(self.buttons(page, catalog));
        json!({
            "flags": OF_COMPONENTS,
            "components": components,
            "allowed_mentions": { "parse": [], "users": calls.iter().map(ToString::to_string).collect::<Vec<_>>() },
        })
    }

    /// The message, for its reader alone.
    pub fn aside(&self, catalog: &Catalog) -> Value {
        let mut message = self.message(0, catalog, &[]);
        message["flags"] = json!(OF_COMPONENTS | EPHEMERAL);
        message
    }

    /// The message that replaces the question whose button was pressed. The question stays readable, if it is known and
    /// there is room for both, and its buttons are disabled.
    pub fn instead(&self, question: Option<&ShownReply>, pressed: Option<bool>, catalog: &Catalog) -> Value {
        let asks_again = self.asked.is_some();
        let length = |shown: &ShownReply| shown.pages.first().map_or(0, |page| page.encode_utf16().count());
        let question = question.filter(|question| !asks_again && length(question) + length(self) <= LONGEST_PAGE);
        let mut components: Vec<Value> = question.map(|question| question.container(0, catalog)).into_iter().collect();
        components.push(self.container(0, catalog));
        if let (false, Some(yes)) = (asks_again, pressed) {
            let used = |word: &str, is_it: bool| {
                let style = if is_it { GREEN } else { GREY };
                button(style, catalog.word(word, &self.language), format!("used {word}"), true)
            };
            components.push(row(&[used("yes", yes), used("no", !yes)]));
        }
        components.extend(self.buttons(0, catalog));
        // A message from before this was made of components gives up what it had instead.
        json!({
            "flags": OF_COMPONENTS,
            "content": null,
            "embeds": null,
            "components": components,
            "allowed_mentions": { "parse": [], "users": [] },
        })
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
        let message = |name: &str, alt: &str, is_picture: bool| {
            let alt: String = alt.chars().take(LONGEST_ALT).collect();
            let url = format!("attachment://{name}");
            let shown = if is_picture {
                let item = json!({ "media": { "url": url }, "description": alt });
                json!({ "type": component::GALLERY, "items": [item] })
            } else {
                json!({ "type": component::FILE, "file": { "url": url } })
            };
            json!({
                "flags": OF_COMPONENTS,
                "components": [shown],
                "attachments": [{ "id": 0, "filename": name, "description": alt }],
                "allowed_mentions": { "parse": [] },
            })
        };
        let pictures = self.pictures.iter().map(|picture| {
            let body = message(&picture.name, &picture.alt, true);
            (body, CreateAttachment::bytes(picture.png.clone(), picture.name.clone()))
        });
        let receipts = self.receipts.iter().map(|file| {
            let body = message(&file.name, &file.name, file.media_type.starts_with("image/"));
            (body, CreateAttachment::bytes(file.bytes.to_vec(), file.name.clone()))
        });
        pictures.chain(receipts).collect()
    }

    /// The descriptions of a message's files.
    pub fn attachments(&self, catalog: &Catalog) -> Value {
        let count = self.file.as_ref().map_or(0, |file| file.text.lines().count());
        let alt = catalog.word("whole-list", &self.language).replace("{count}", &count.to_string());
        self.file.iter().map(|file| json!({ "id": 0, "filename": file.name, "description": alt })).collect()
    }

    /// One of its pages, in a frame of its colour.
    fn container(&self, page: usize, catalog: &Catalog) -> Value {
        let mut inside: Vec<Value> = self.pages.get(page).map(|page| text(page)).into_iter().collect();
        if self.is_long() {
            let footer = catalog.word("page", &self.language).replace("{page}", &(page + 1).to_string());
            inside.push(text(&format!("-# {}", footer.replace("{pages}", &self.pages.len().to_string()))));
        }
        if let Some(file) = &self.file {
            inside.push(json!({ "type": component::FILE, "file": { "url": format!("attachment://{}", file.name) } }));
        }
        json!({ "type": component::CONTAINER, "accent_color": self.colour, "components": inside })
    }

    fn buttons(&self, page: usize, catalog: &Catalog) -> Vec<Value> {
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
        let offer = |offer: &Offer| {
            let id = call_id(&offer.command, self.user.filter(|_| offer.is_own));
            let is_possible = (!offer.is_own || self.user.is_some()) && id.len() <= LONGEST_ID;
            let label: String = offer.label.chars().take(LONGEST_LABEL).collect();
            is_possible.then(|| self::button(GREY, &label, id, false))
        };
        let offers: Vec<Value> = self.offers.iter().filter_map(offer).collect();
        rows.extend(Some(offers).filter(|offers| !offers.is_empty()));
        rows.iter().map(|buttons| row(buttons)).collect()
    }
}

fn text(content: &str) -> Value {
    json!({ "type": component::TEXT, "content": content })
}

fn row(buttons: &[Value]) -> Value {
    json!({ "type": component::ROW, "components": buttons })
}

fn button(style: u8, label: &str, id: String, is_disabled: bool) -> Value {
    json!({
        "type": component::BUTTON, "style": style, "label": label, "custom_id": id, "disabled": is_disabled,
    })
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
    let written: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
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
        let is_own = |at: &usize| lines.get(*at).is_some_and(|line| line.is_own);
        // Readers who are on this page see themselves already.
        let stand_here = cut.clone().any(|at| is_own(&at));
        let elsewhere = (0..lines.len()).filter(|at| !stand_here && is_own(at));
        let mut left = OWN.1;
        for at in elsewhere.take(OWN.0) {
            let own = written.get(at).copied().unwrap_or_default();
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

/// A text within Discord's limit. No line should be that long; if one is, losing its end is better than losing the
/// message. An empty text is none.
fn cut_off(text: String) -> String {
    if text.encode_utf16().count() <= LONGEST_PAGE {
        return if text.is_empty() { "…".to_owned() } else { text };
    }
    let mut left = LONGEST_PAGE - 1;
    text.chars()
        .take_while(|c| left.checked_sub(c.len_utf16()).map(|rest| left = rest).is_some())
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: String, is_own: bool) -> Marked {
        Marked { plain: text.clone(), text, is_own }
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
                pages.iter().filter(|page| page.lines().any(|line| line == format!("person {n}"))).count(),
                1,
                "{n}"
            );
        }
    }

    #[test]
    fn pages_fit_whatever_people_write() {
        let lines: Vec<Marked> = (0..60).map(|n| line("🦀".repeat(700 + n), n % 2 == 0)).collect();
        assert!(pages(&lines).iter().all(|page| page.encode_utf16().count() <= LONGEST_PAGE));
        assert_eq!(cut_off("🦀".repeat(3000)).encode_utf16().count(), LONGEST_PAGE - 1);
    }

    #[test]
    fn short_lists_stay_in_one_piece() {
        let lines: Vec<Marked> = (0..20).map(|n| line(n.to_string(), false)).collect();
        assert_eq!(pages(&lines).len(), 1);
        assert_eq!(pages(&[]).len(), 1);
    }
}
