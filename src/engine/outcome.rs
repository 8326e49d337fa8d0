//! The outcome of a command.

use crate::core::ids::Hash;
use crate::message::line::Line;
use crate::message::picture::Picture;
use crate::message::reply::Reply;
use crate::store::rows::InboxOutcome;

/// The outcome of a command.
pub struct Outcome {
    /// What the inbox records.
    pub inbox: InboxOutcome,
    pub lines: Vec<Line>,
    pub pictures: Vec<Picture>,
    /// The long part of the reply.
    pub long_part: Vec<Line>,
    /// The number of the question that the reply asks.
    pub question: Option<i64>,
    /// Whether only the author may read the reply.
    pub private: bool,
    /// Whether the reply is meant for its author, though others may read it.
    pub personal: bool,
    /// The hash of the command's author and content, if a repeat must be confirmed.
    pub repeat_key: Option<Hash>,
}

/// Who a reply is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody in the room, in the room's language.
    Room,
    /// Its author, in the author's language, though others may read it.
    Author,
    /// Its author alone.
    AuthorAlone,
}

impl Outcome {
    /// Who the reply is meant for.
    pub fn audience(&self) -> Audience {
        match (self.private, self.personal) {
            (true, _) => Audience::AuthorAlone,
            (false, true) => Audience::Author,
            (false, false) => Audience::Room,
        }
    }

    /// A reply without pictures or a question.
    pub fn of(inbox: InboxOutcome, lines: Vec<Line>, private: bool) -> Self {
        Self {
            inbox,
            lines,
            pictures: Vec::new(),
            long_part: Vec::new(),
            question: None,
            private,
            personal: false,
            repeat_key: None,
        }
    }

    /// The reply to its author.
    pub fn reply(self) -> Reply {
        match self.question {
            Some(id) => Reply::Question(id, self.lines),
            None => Reply::of(self.lines, self.pictures, self.long_part),
        }
    }
}
