//! The numbers of a reply can be added up: in every English transcript, the rows under a sum come to it.

use std::iter::Peekable;

use crate::transcripts::is_reply;
use crate::world::root;

/// The replies of a transcript, each as its lines.
fn replies(text: &str) -> Vec<Vec<String>> {
    let mut replies: Vec<Vec<String>> = Vec::new();
    for line in text.lines().filter(|line| is_reply(line)) {
        match line.strip_prefix("    ") {
            Some(more) => replies.last_mut().unwrap().push(more.to_owned()),
            None => replies.push(vec![line.split_once("> ").unwrap().1.to_owned()]),
        }
    }
    replies
}

/// The amounts of a text in cents, each with the words behind it up to the next.
fn amounts(text: &str) -> Vec<(i64, String)> {
    let mut found: Vec<(i64, String)> = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let cents = word
            .trim_start_matches('(')
            .split_once('.')
            .filter(|(_, cents)| cents.len() == 2)
            .and_then(|(whole, cents)| format!("{whole}{cents}").parse().ok());
        match (cents, words.peek()) {
            (Some(cents), Some(code)) if code.starts_with("CAD") => {
                found.push((cents, words.next().unwrap()[3..].to_owned()))
            }
            _ => {
                if let Some((_, behind)) = found.last_mut() {
                    *behind += " ";
                    *behind += word;
                }
            }
        }
    }
    found
}

/// The sum that a line announces, if rows come under it.
fn announced(line: &str) -> Option<i64> {
    let is_head = line.contains(" would be shared like this")
        || line.starts_with("Share out ")
        || line.contains(", shared out by the rule ")
        || line.contains("It now belongs to:");
    let is_left = ["what is left in", "What is left in", "what was left in"].iter().any(|left| line.contains(left));
    match is_head {
        true if is_left => Some(0),
        true => amounts(line).first().map(|(amount, _)| *amount),
        false => None,
    }
}

/// The cells of a row.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// The part of a row under a sum: the first amount behind its name.
fn part(line: &str) -> Option<i64> {
    let is_amount =
        |cell: &&&str| cell.strip_suffix(" CAD").is_some_and(|number| amounts(&format!("{number} CAD")).len() == 1);
    Some(amounts(cells(line).iter().skip(1).find(is_amount)?).first()?.0)
}

/// Whether a line names columns.
fn names_columns(line: &str) -> bool {
    cells(line).len() > 1 && !line.contains(|c: char| c.is_ascii_digit())
}

/// What rows under a sum come to, up to the first line that is no row; and what is counted in with the sum.
fn rows<'a>(lines: &mut Peekable<impl Iterator<Item = &'a String>>) -> (i64, i64) {
    let counted_in = lines.next_if(|line| line.starts_with("Also counted:")).map_or(0, |line| {
        let parts = amounts(line).into_iter();
        parts.map(|(amount, behind)| if behind.starts_with(" left from before") { amount } else { -amount }).sum()
    });
    lines.next_if(|line| names_columns(line));
    let mut sum = 0;
    while let Some(line) = lines.next_if(|line| part(line).is_some() && announced(line).is_none()) {
        let beside = amounts(line).into_iter().find(|(_, behind)| behind.starts_with(" more is held"));
        sum += part(line).unwrap() + beside.map_or(0, |(amount, _)| amount);
    }
    (sum, counted_in)
}

#[test]
fn rows_come_to_the_sum_above_them() {
    let mut sums = 0;
    let mut wrong = Vec::new();
    let folder = std::fs::read_dir(root().join("tests/transcripts")).unwrap();
    for file in folder.map(|entry| entry.unwrap().path()) {
        for reply in replies(&std::fs::read_to_string(&file).unwrap()) {
            let mut lines = reply.iter().peekable();
            while let Some(head) = lines.next() {
                let Some(announced) = announced(head) else { continue };
                let (rows, counted_in) = rows(&mut lines);
                sums += 1;
                if announced + counted_in != rows {
                    wrong.push(format!(
                        "{}: {announced} + {counted_in} is not {rows}:\n    {}",
                        file.display(),
                        reply.join("\n    ")
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(sums > 200, "only {sums} sums");
}
