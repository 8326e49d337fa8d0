//! Turns typed replies into text for people. The only place where words and fields meet, and where text is made safe to
//! show.
//!
//! A text of a command file is a template: `{field}` is a field's value, `{count|task|tasks}` picks a word by a number,
//! and a segment in square brackets is left out when a field in it is absent. Text between backticks is code: words
//! that people type, in English, which [`typed`] translates into the reader's language.

use std::borrow::Cow;

use crate::grammar::catalog::Catalog;
use crate::message::line::Line;
use crate::message::reply::Reply;
use crate::message::room::RoomLine;
use crate::render::compose::{Piece, pieces, plain};
use crate::render::{picture, typed};

/// One line of a reply, in each of the forms that platforms take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// As plain text.
    pub text: String,
    /// As HTML: values are escaped, and text between the template's backticks is code.
    pub html: String,
    /// Whether it is one of several lines of the same kind: people and their shares, logs, buckets.
    pub is_item: bool,
}

/// A reply as plain text, one line per [`Line`]: the short part, what its pictures show, and the long part.
pub fn text(reply: &Reply, language: &str, catalog: &Catalog) -> String {
    let written = |reply: &Reply| -> Vec<String> {
        let lines = pieces(&unfolded(reply, false), language, catalog);
        lines.iter().map(|line| plain(line, language, catalog)).collect()
    };
    let pictures = reply.pictures().iter().map(|shown| picture::alt(shown, language, catalog));
    let more = reply.more().map(|more| written(&more)).unwrap_or_default();
    written(&reply.first()).into_iter().chain(pictures).chain(more).collect::<Vec<_>>().join("\n")
}

/// A reply, line by line.
pub fn lines(reply: &Reply, language: &str, catalog: &Catalog) -> Vec<Rendered> {
    let reply = unfolded(reply, false);
    let keys = keys(&reply);
    let lines = pieces(&reply, language, catalog);
    let rendered = lines.iter().enumerate().map(|(at, line)| Rendered {
        text: plain(line, language, catalog),
        html: html(line, language, catalog),
        is_item: is_item(&keys, at),
    });
    rendered.collect()
}

/// A reply with its long lists, as [`list_of`](crate::message::line::list_of) made them, cut off; or `whole`, for
/// readers who can turn pages.
pub(super) fn unfolded(reply: &Reply, whole: bool) -> Cow<'_, Reply> {
    let (Reply::Lines(lines) | Reply::Question(_, lines)) = reply else { return Cow::Borrowed(reply) };
    let alike = |one: Option<&Line>, other: Option<&Line>| {
        one.zip(other).is_some_and(|(one, other)| kind(one.key()).is_some() && kind(one.key()) == kind(other.key()))
    };
    let fold = lines.iter().enumerate().find_map(|(at, line)| match line {
        Line::Room(RoomLine::MoreRows { count }) if at > 0 && alike(lines.get(at - 1), lines.get(at + 1)) => {
            Some((at, *count))
        }
        _ => None,
    });
    let Some((at, count)) = fold else { return Cow::Borrowed(reply) };
    let (rows, behind) = (lines.get(..at).unwrap_or_default(), lines.get(at + 1..).unwrap_or_default());
    let others = behind.iter().take(count).take_while(|line| alike(rows.last(), Some(line))).count();
    let kept: Vec<Line> = if whole {
        rows.iter().chain(behind).cloned().collect()
    } else {
        let rest = behind.iter().skip(others).skip_while(|line| matches!(line, Line::Room(RoomLine::MoreRows { .. })));
        rows.iter().chain(lines.get(at)).chain(rest).cloned().collect()
    };
    let reply = match reply {
        Reply::Question(id, _) => Reply::Question(*id, kept),
        _ => Reply::Lines(kept),
    };
    // There may be another list.
    Cow::Owned(unfolded(&reply, whole).into_owned())
}

/// The keys of a reply's lines.
pub(super) fn keys(reply: &Reply) -> Vec<&'static str> {
    match reply {
        Reply::Refusal(refusal) => vec![refusal.key()],
        reply => reply.lines().map(Line::key).collect(),
    }
}

/// Whether the line at a place is of the same kind as a neighbour.
pub(super) fn is_item(keys: &[&str], at: usize) -> bool {
    let is_alike =
        |one: usize, other: usize| kind(keys[one]).is_some_and(|kind_of_one| kind(keys[other]) == Some(kind_of_one));
    (at > 0 && is_alike(at, at - 1)) || (at + 1 < keys.len() && is_alike(at, at + 1))
}

/// The kind of a line, by the first word of its key: `share` of `share-person`. A head has none.
pub(crate) fn kind(key: &str) -> Option<&str> {
    key.split_once('-').filter(|(_, rest)| *rest != "head").map(|(kind, _)| kind)
}

fn html(line: &[Piece], language: &str, catalog: &Catalog) -> String {
    let mut html = String::new();
    for piece in line {
        match piece {
            Piece::Ours(words) => html.push_str(&escaped(words)),
            Piece::Value(value) | Piece::Account(value) => html.push_str(&escaped(value)),
            Piece::Code(code) => html.extend(["<code>", &escaped(&typed::typed(code, language, catalog)), "</code>"]),
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::notation::duration;
    use crate::message::line::list_of;
    use crate::message::money::MoneyLine;
    use crate::render::discord;
    use crate::render::safe::shown;

    #[test]
    fn what_people_wrote_stays_on_its_line_and_in_its_direction() {
        assert_eq!(shown("a\nb\u{202e}c\u{7}"), "a bc ");
        assert_eq!(shown("سلك"), "\u{2068}سلك\u{2069}");
        assert_eq!(shown("<b>@room</b> `x`"), "<b>@room</b> `x`");
    }

    #[test]
    fn only_our_own_words_make_html() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let pieces = vec![
            Piece::Ours("“"),
            Piece::Value("<b>`@room`</b> & 'x'".to_owned()),
            Piece::Ours("” "),
            Piece::Code("!task <#1>".to_owned()),
            Piece::Ours(" <now>"),
        ];
        assert_eq!(
            html(&pieces, "en", &catalog),
            "“&lt;b&gt;`@room`&lt;/b&gt; &amp; &#39;x&#39;” <code>!task &lt;#1&gt;</code> &lt;now&gt;"
        );
    }

    #[test]
    fn lines_that_say_alike_things_are_items() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let amount = "1.00 CAD".parse().unwrap();
        let fund = || MoneyLine::FundRow { fund: "tools".into(), amount }.into();
        let said = Reply::Lines(vec![
            RoomLine::NextProject.into(),
            fund(),
            fund(),
            MoneyLine::Overdrawn { amount }.into(),
            fund(),
        ]);
        let items: Vec<bool> = lines(&said, "en", &catalog).iter().map(|line| line.is_item).collect();
        assert_eq!(items, [false, true, true, false, false]);
    }

    #[test]
    fn long_lists_are_cut_off_where_nobody_can_turn_pages() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let amount = "1.00 CAD".parse().unwrap();
        let rows = |count: usize| {
            list_of(
                20,
                count,
                (0..count).map(|n| MoneyLine::FundRow { fund: format!("f{n}").as_str().into(), amount }.into()),
            )
        };
        for (count, shown, whole) in [(20, 20, 20), (21, 21, 21), (150, 21, 150), (300, 21, 201)] {
            let after = MoneyLine::FundRow { fund: "after".into(), amount }.into();
            let said = Reply::Lines(
                [vec![RoomLine::NextProject.into()], rows(count), vec![MoneyLine::NoFunds.into(), after]].concat(),
            );
            assert_eq!(lines(&said, "en", &catalog).len(), 3 + shown, "{count}");
            assert_eq!(text(&said, "en", &catalog).lines().count(), 3 + shown, "{count}");
            let all = discord::lines(&said, "en", &catalog, &discord::Ids::new(), None);
            assert_eq!(all.len(), 3 + whole, "{count}");
            assert!(text(&said, "en", &catalog).ends_with("fund after: 1.00 CAD"));
        }
    }

    #[test]
    fn minutes_read_as_they_are_typed() {
        assert_eq!([duration(5), duration(60), duration(150), duration(125)], ["5m", "1h", "2h30", "2h05"]);
    }
}
