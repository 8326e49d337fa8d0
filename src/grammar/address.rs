//! Which lines speak to the bot, and which commands a message has.

use crate::grammar::catalog::Catalog;

/// The text after the prefix, if the line speaks to the bot: `!x`, `/x` or `@name x`.
pub fn addressed<'a>(line: &'a str, prefix: &str, bot: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let named = || {
        let (mentioned, rest) = line.strip_prefix('@').map_or((false, line), |rest| (true, rest));
        let head = rest.get(..bot.len())?;
        let rest = &rest[bot.len()..];
        // Without a sign of address, "fairshare is great" is talk.
        let addressed = rest.starts_with([':', ',']) || (mentioned && rest.starts_with(' '));
        (head.eq_ignore_ascii_case(bot) && addressed).then(|| rest.trim_start_matches([' ', ':', ',']))
    };
    after_sign(line, prefix).or_else(|| {
        let text = named()?;
        after_sign(text, prefix).or(Some(text).filter(|text| text.starts_with(char::is_alphabetic)))
    })
}

/// The text after the prefix or `/`, if a line begins with one of them.
fn after_sign<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let text = line.strip_prefix(prefix).or_else(|| line.strip_prefix('/'))?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    // "/usr/bin is full" is a path.
    let is_path = line.starts_with('/') && text.split(' ').next().is_some_and(|word| word.contains('/'));
    // "!!!" or "/ /" is somebody talking, not a command.
    (text.starts_with(char::is_alphabetic) && !is_path).then_some(text)
}

/// Like [`addressed`], if the line is likely to be meant for the bot. Other bots have signs, too: after a sign there
/// must be one of our commands, or something close to one. After the bot's name there may be anything.
pub fn meant<'a>(line: &'a str, prefix: &str, bot: &str, catalog: &Catalog) -> Option<&'a str> {
    let text = addressed(line, prefix, bot)?;
    let has_sign = [prefix, "/"].iter().any(|sign| line.trim_start().starts_with(sign));
    (!has_sign || catalog.is_near(text)).then_some(text)
}

/// The commands of a message that begins with one, without its prefix: each with the lines below it that are text. A
/// line between fences begins no command.
pub fn commands<'a>(message: &'a str, prefix: &str, catalog: &Catalog) -> Vec<&'a str> {
    let mut commands = Vec::new();
    let (mut begins, mut at, mut is_fenced) = (0, 0, false);
    for line in message.split_inclusive('\n') {
        is_fenced ^= line.trim_start().starts_with("```") && line.matches("```").count() % 2 == 1;
        let command = after_sign(line, prefix).filter(|text| at > 0 && !is_fenced && catalog.is_near(text));
        if let Some(text) = command {
            commands.push(message[begins..at].trim_end());
            begins = at + line.len() - text.len();
        }
        at += line.len();
    }
    commands.push(&message[begins..]);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_as_many_commands_as_lines_that_begin_one() {
        let catalog = crate::commands::registry::catalog().unwrap();
        for (message, expected) in [
            ("log 2h wiring", &["log 2h wiring"][..]),
            ("log 2h wiring\n!log 1h painting", &["log 2h wiring", "log 1h painting"]),
            ("log 2h wiring\nand more\n  / log list\n", &["log 2h wiring\nand more", "log list\n"]),
            ("log 2h wiring\n!lgo 1h x", &["log 2h wiring", "lgo 1h x"]),
            (
                "log 2h wiring\n!important: more\n!!!\n/usr/log is full",
                &["log 2h wiring\n!important: more\n!!!\n/usr/log is full"],
            ),
            ("rule propose\n```\n!log 1h x\n```\n!rule show", &["rule propose\n```\n!log 1h x\n```", "rule show"]),
        ] {
            assert_eq!(commands(message, "!", &catalog), expected, "{message}");
        }
    }
}
