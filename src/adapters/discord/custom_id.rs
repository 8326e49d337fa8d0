//! The ids that the bot gives to buttons and forms. They come back when somebody presses a button or sends a form.

use crate::core::ids::LogId;
use crate::message::asked::{About, Asked, Fingerprint};

/// The beginning of a form's id; its command follows.
const FORM: &str = "fill ";

/// The beginning of the id of a button that calls a command; who may press it and the command follow.
const CALL: &str = "call ";

/// What stands for everybody.
const ANYBODY: &str = "-";

/// What a pressed button does.
pub enum Button {
    /// Turns to a page of the reply with this number.
    Page(i64, usize),
    /// Answers a question: yes or no.
    Answer(Asked, bool),
    /// Calls a command, if the user is this one; anybody may if there is none.
    Call(Option<u64>, String),
}

impl Button {
    /// The button with an id. None if the bot makes no such button any more.
    pub fn parse(id: &str) -> Option<Self> {
        if let Some((user, command)) = id.strip_prefix(CALL).and_then(|rest| rest.split_once(' ')) {
            let user = if user == ANYBODY { None } else { Some(user.parse().ok()?) };
            return Some(Self::Call(user, command.to_owned()));
        }
        let words: Vec<&str> = id.split(' ').collect();
        match words.as_slice() {
            ["page", reply, page] => Some(Self::Page(reply.parse().ok()?, page.parse().ok()?)),
            [word @ ("yes" | "no"), network, about, shown] => {
                let about = match about.split_at_checked(1)? {
                    ("q", number) => About::Question(number.parse().ok()?),
                    ("l", number) => About::Log(LogId(number.parse().ok()?)),
                    _ => return None,
                };
                let asked = Asked { network: (*network).to_owned(), about, shown: Fingerprint((*shown).to_owned()) };
                Some(Self::Answer(asked, *word == "yes"))
            }
            _ => None,
        }
    }
}

/// The id of a button that answers a question.
pub fn answer_id(asked: &Asked, yes: bool) -> String {
    let about = match asked.about {
        About::Question(number) => format!("q{number}"),
        About::Log(log) => format!("l{}", log.0),
    };
    format!("{} {} {about} {}", if yes { "yes" } else { "no" }, asked.network, asked.shown.0)
}

/// The id of a button that turns to a page of a reply.
pub fn page_id(reply: i64, page: usize) -> String {
    format!("page {reply} {page}")
}

/// The id of a button that calls a command, for one user or for all.
pub fn call_id(command: &str, user: Option<u64>) -> String {
    format!("{CALL}{} {command}", user.map_or_else(|| ANYBODY.to_owned(), |user| user.to_string()))
}

/// The id of a form for a command.
pub fn form_id(command: &str) -> String {
    format!("{FORM}{command}")
}

/// The command of a form. None if the id is no form's.
pub fn form_command(id: &str) -> Option<&str> {
    id.strip_prefix(FORM)
}
