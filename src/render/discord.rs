//! Replies in Discord's markdown: what people wrote is escaped, and commands are written as they are typed there.

use std::collections::BTreeMap;

use crate::grammar::catalog::Catalog;
use crate::grammar::parse;
use crate::grammar::spec::Opt;
use crate::message::reply::Reply;
use crate::render::compose::{Piece, pieces, plain};
use crate::render::text::{is_item, keys, unfolded};
use crate::render::typed;

/// The ids of registered commands, by their words. A command with its id can be clicked.
pub type Ids = BTreeMap<String, u64>;

/// One line of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// In markdown.
    pub text: String,
    /// As plain text.
    pub plain: String,
    /// Whether it is one of several lines of the same kind.
    pub is_item: bool,
    /// Whether it is about the person who asked.
    pub is_own: bool,
}

/// A reply, line by line, for somebody with this handle.
pub fn lines(reply: &Reply, language: &str, catalog: &Catalog, ids: &Ids, asker: Option<&str>) -> Vec<Marked> {
    let reply = &*unfolded(reply, true);
    let keys = keys(reply);
    let is_own = |at: usize| match reply {
        Reply::Refusal(_) => false,
        reply => asker.is_some_and(|asker| reply.lines().nth(at).is_some_and(|line| line.is_of(asker))),
    };
    let marked = |(at, line): (usize, &Vec<Piece>)| Marked {
        text: markdown(line, language, catalog, ids),
        plain: plain(line, language, catalog),
        is_item: is_item(&keys, at),
        is_own: is_own(at),
    };
    pieces(reply, language, catalog).iter().enumerate().map(marked).collect()
}

fn markdown(line: &[Piece], language: &str, catalog: &Catalog, ids: &Ids) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Piece::Ours(words) => text.push_str(words),
            Piece::Value(value) => text.push_str(&escaped(value)),
            Piece::Account(account) => text.push_str(&mention(account)),
            Piece::Code(code) => text.push_str(&span(code, language, catalog, ids)),
        }
    }
    text
}

/// Code: a command is written with its options by name, as Discord takes it; one without options so that it can be
/// clicked.
fn span(code: &str, language: &str, catalog: &Catalog, ids: &Ids) -> String {
    // A backtick would end the span, and nothing can be escaped inside.
    let code = code.replace('`', "ˋ");
    let Some(typed) = code.strip_prefix('!') else { return format!("`{}`", typed::typed(&code, language, catalog)) };
    if let Some(command) = catalog
        .commands()
        .find(|command| typed.starts_with(&command.name) && typed != command.name && command.usage("en") == typed)
    {
        let option = |option: &Opt| {
            let name = option.name_in(language);
            if option.required { format!(" {name}:") } else { format!(" [{name}:]") }
        };
        return format!(
            "`/{}{}`",
            catalog.path_in(command, language),
            command.options.iter().map(option).collect::<String>()
        );
    }
    let Some((command, options)) = parse::text(typed, catalog).ok().and_then(|call| {
        let command = catalog.command(&call.command)?;
        let given = command.options.iter().filter_map(|option| {
            let value = call.options.get(&option.name)?;
            let value = if language == "en" { value } else { typed::value(value, option, language, catalog) };
            Some(format!(" {}:{value}", option.name_in(language)))
        });
        Some((command, given.collect::<String>()))
    }) else {
        return format!("`/{}`", typed::typed(&code, language, catalog).trim_start_matches('!'));
    };
    let path = catalog.path(command);
    match ids.get(&path) {
        // Discord itself translates it.
        Some(id) if options.is_empty() => format!("</{path}:{id}>"),
        _ => format!("`/{}{options}`", catalog.path_in(command, language)),
    }
}

/// An account's id is shown as the person. It notifies nobody, since no message allows it to.
fn mention(account: &str) -> String {
    match account.strip_prefix('@').filter(|id| (17..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()))
    {
        Some(id) => format!("<@{id}>"),
        None => escaped(account),
    }
}

/// A text without any markup for Discord.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let begins = at == 0 && matches!(c, '#' | '-' | '+');
        if begins || matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '@' | ':') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_means_nothing() {
        let written = "# **b** _i_ ~~s~~ `c` ||s|| > q [t](http://x) <@1> <t:1> @everyone :smile: \\";
        let shown = escaped(written);
        assert_eq!(shown.replace('\\', ""), written.replace('\\', ""), "it reads as it was written");
        let mut before = ' ';
        for c in shown.chars() {
            assert!(before == '\\' || !"*_~`|<>[]@:".contains(c), "{c} in {shown}");
            before = if before == '\\' { ' ' } else { c };
        }
        assert_eq!(escaped("@123456789012345678"), "\\@123456789012345678", "only an account is shown as one");
        assert_eq!(
            (mention("@123456789012345678"), mention("@ana")),
            ("<@123456789012345678>".to_owned(), "\\@ana".to_owned())
        );
    }

    #[test]
    fn commands_are_written_as_they_are_called() {
        let catalog = crate::commands::registry::catalog().unwrap();
        let ids = Ids::from([("help".to_owned(), 7), ("books show".to_owned(), 8)]);
        let written = |code: &str| span(code, "en", &catalog, &ids);
        assert_eq!(written("!help"), "</help:7>");
        assert_eq!(written("!books"), "</books show:8>");
        assert_eq!(written("!log 2h30 wiring"), "`/log hours time:2h30 what:wiring`");
        assert_eq!(written("!task take #1"), "`/task take task:#1`");
        assert_eq!(
            written("!role grant <person> <role> project:"),
            "`/role grant person: role: [project:]`",
            "how a command goes"
        );
        assert_eq!(written("!"), "`/`");
        assert_eq!(written("2h30"), "`2h30`");
        assert_eq!(written("a`b"), "`aˋb`");
    }
}
