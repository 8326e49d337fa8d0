//! Twelve replies as people see them: `docs/replies.md`, with a picture of each.
//!
//! Each reply is a page under `target/screens`: as a Matrix client lays its HTML out, wide and light, narrow and dark,
//! and beside it a sketch of Discord. `BLESS=1` writes the document anew; `SCREENS=1` takes the pictures, with
//! Chromium.
//! `tests/screens` has the script, and what was said before replies were laid out.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use fairshare::message::reply::Reply;
use fairshare::render::discord::Ids;
use fairshare::render::{discord, matrix, picture, text};

use crate::wording::CATALOG;
use crate::world::{World, block_on, root};

/// A reply that is shown.
struct Screen {
    /// The line that it answers, with its speaker.
    line: String,
    /// What was answered to it before; nothing if it wasn't understood.
    before: String,
    reply: Reply,
    asker: Option<String>,
}

impl Screen {
    /// What was typed.
    fn typed(&self) -> &str {
        self.line.split_once("> ").unwrap().1
    }

    fn text(&self) -> String {
        text::text(&self.reply, "en", &CATALOG)
    }
}

/// The twelve replies, each in books of its own.
async fn screens() -> Vec<Screen> {
    let folder = root().join("tests/screens");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (script, before) = (read("script.txt"), read("before.txt"));
    let mut screens = Vec::new();
    for said in before.split("=== ").skip(1) {
        let (line, before) = said.split_once('\n').unwrap();
        let place = tempfile::tempdir().unwrap();
        let mut world = World::open(&place.path().join("a.sqlite"), "screens").await;
        world.run(&script).await;
        world.replies();
        world.hear(line).await;
        let (reply, asker) = world.replies().pop().unwrap_or_else(|| panic!("{line} is not answered"));
        world.close().await;
        let before = before.lines().map(|line| line.split_once("> ").map_or(line.trim(), |(_, text)| text));
        let before = before.collect::<Vec<_>>().join("\n");
        screens.push(Screen { line: line.to_owned(), before, reply, asker });
    }
    screens
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Discord's markdown as a page shows it: a sketch of what its client does.
fn sketched(markdown: &str) -> String {
    let inline = |line: &str| {
        let mut html = String::new();
        for (place, part) in line.split('`').enumerate() {
            let part = escaped(part);
            if place % 2 == 1 {
                html.push_str(&format!("<code>{part}</code>"));
                continue;
            }
            for (place, part) in part.split("**").enumerate() {
                html.push_str(&if place % 2 == 1 { format!("<b>{part}</b>") } else { part.replace('\\', "") });
            }
        }
        html
    };
    let (mut html, mut is_fenced) = (String::new(), false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
            html.push_str(if is_fenced { "<pre>" } else { "</pre>" });
            continue;
        }
        html.push_str(&match () {
            () if is_fenced => format!("{}\n", escaped(line)),
            () if line.starts_with("### ") => format!("<h3>{}</h3>", inline(&line[4..])),
            () if line.starts_with("-# ") => format!("<div class=small>{}</div>", inline(&line[3..])),
            () if line.starts_with("- ") => format!("<div class=item>• {}</div>", inline(&line[2..])),
            () => format!("<div>{}</div>", inline(line)),
        });
    }
    html
}

const STYLE: &str = include_str!("../screens/style.css");

/// A page of a reply; its pictures lie beside it.
fn page(screen: &Screen, pictures: &[String]) -> String {
    let first = matrix::html(&matrix::chunks(&screen.reply.first(), "en", &CATALOG));
    let sheet = discord::sheet(&screen.reply.first(), "en", &CATALOG, &Ids::new(), screen.asker.as_deref());
    let markdown: Vec<&str> = sheet.lines.iter().map(|line| line.text.as_str()).collect();
    let offers: String =
        sheet.offers.iter().map(|offer| format!("<span class=button>{}</span>", offer.label)).collect();
    let images: String = pictures.iter().map(|name| format!("<img src={name:?}>")).collect();
    let typed = escaped(screen.typed());
    format!(
        "<!doctype html><meta charset=utf-8><style>{STYLE}</style>\
         <section class=wide><h2>Matrix, wide and light</h2><div class=typed>{typed}</div>{first}{images}</section>\
         <section class=phone><h2>Matrix, on a phone, dark</h2><div class=typed>{typed}</div>{first}{images}</section>\
         <section class=discord><h2>Discord, a sketch</h2><div class=typed>{}</div>\
         <div class=card>{}{images}</div>{offers}</section>",
        typed.replacen('!', "/", 1),
        sketched(&markdown.join("\n")),
    )
}

/// The document that shows all of them.
fn document(screens: &[Screen]) -> String {
    let mut out = String::from(
        "# Replies\n\nTwelve replies: what was answered before replies were laid out, and how they look now. \
         The pictures show a reply's HTML as a Matrix client lays it out, and a sketch of Discord, whose own \
         client draws the real one. `tests/suite/screens.rs` makes this page.\n",
    );
    for (number, screen) in screens.iter().enumerate() {
        let speaker = screen.line.split_once("> ").unwrap().0;
        let before = if screen.before.is_empty() { "(nothing)" } else { &screen.before };
        let _ = write!(
            out,
            "\n## {}\n\n{speaker} types `{}`. Before:\n\n```text\n{before}\n```\n\n\
             Now, as text:\n\n```text\n{}\n```\n\n![The same, in Matrix and in Discord](screens/{:02}.png)\n",
            screen.typed().trim_start_matches('!'),
            screen.typed(),
            screen.text(),
            number + 1,
        );
    }
    out
}

/// Takes a picture of a page, if Chromium is here. Returns whether it is.
fn taken(page: &Path, to: &Path) -> bool {
    let run = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1360,1400"])
        .arg(format!("--screenshot={}", to.display()))
        .arg(page)
        .output();
    match run {
        Ok(run) => {
            assert!(run.status.success() && to.is_file(), "{}", String::from_utf8_lossy(&run.stderr));
            true
        }
        Err(_) => false,
    }
}

#[test]
fn twelve_replies_are_shown_as_people_see_them() {
    let screens = block_on(screens());
    assert_eq!(screens.len(), 12);
    let (pages, pictures) = (root().join("target/screens"), root().join("docs/screens"));
    std::fs::create_dir_all(&pages).unwrap();
    for (number, screen) in screens.iter().enumerate() {
        let name = format!("{:02}", number + 1);
        let drawn = screen.reply.pictures().iter().enumerate().map(|(place, shown)| {
            let file = format!("{name}-{place}.png");
            std::fs::write(pages.join(&file), picture::drawing(shown, "en", &CATALOG).png().unwrap()).unwrap();
            file
        });
        let html = page(screen, &drawn.collect::<Vec<_>>());
        let path = pages.join(format!("{name}.html"));
        std::fs::write(&path, &html).unwrap();
        if std::env::var_os("SCREENS").is_some() {
            std::fs::create_dir_all(&pictures).unwrap();
            let is_there = taken(&path, &pictures.join(format!("{name}.png")));
            assert!(is_there, "install Chromium, which takes the pictures of docs/screens");
        }
        assert!(pictures.join(format!("{name}.png")).is_file(), "{} has no picture", screen.line);
    }
    let (written, path) = (document(&screens), root().join("docs/replies.md"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == stored,
        "docs/replies.md is not what is said now; BLESS=1 writes it anew, and SCREENS=1 takes the pictures"
    );
}
