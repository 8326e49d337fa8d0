//! The source of a command: a message that was handed over, or a job that is due.

use crate::commands::context::DueJob;
use crate::core::time::Timestamp;
use crate::directory::{Account, Job, RoomKey};
use crate::incoming::{Content, Inbound, MessageContext};
use crate::message::asked::Asked;

/// Who or what asks for a command, and where. It borrows from a message or a job.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The id under which the inbox knows it.
    pub event: &'a str,
    pub room: &'a RoomKey,
    pub account: &'a Account,
    /// The author's name on the platform.
    pub name: &'a str,
    /// Whether the author administers the room.
    pub host: bool,
    pub said_at: Timestamp,
    pub received_at: Timestamp,
    pub context: &'a MessageContext,
    /// The line that was written, if it was one.
    pub line: Option<&'a str>,
    pub cause: Cause<'a>,
}

/// Why there is a request.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// Somebody wrote or picked a command.
    Person,
    /// Somebody answered a question of the bot with a button or a reaction.
    Answer(&'a Asked),
    /// Something happened on the platform or to the clock, without an author.
    Event,
    /// A job is due.
    Job(DueJob),
}

/// What a job's request borrows.
pub struct JobOrigin {
    event: String,
    account: Account,
    context: MessageContext,
}

impl JobOrigin {
    /// The origin of a job's turn. A job's id is unique, so the inbox accepts each turn once.
    pub fn of(job: &Job) -> Self {
        Self { event: event_of(job), account: Account::of_system(), context: MessageContext::default() }
    }

    /// The request of a due job.
    pub fn request<'a>(&'a self, job: &'a Job, due: DueJob) -> Request<'a> {
        Request {
            event: &self.event,
            room: &job.room,
            account: &self.account,
            name: "",
            host: false,
            said_at: job.due_at,
            received_at: job.due_at,
            context: &self.context,
            line: None,
            cause: Cause::Job(due),
        }
    }
}

/// The event id of a job's turn.
pub fn event_of(job: &Job) -> String {
    format!("job {}", job.id)
}

impl<'a> From<&'a Inbound> for Request<'a> {
    fn from(inbound: &'a Inbound) -> Self {
        let cause = match &inbound.content {
            Content::Text(_) | Content::Call(_) | Content::Refused(..) => Cause::Person,
            Content::Answer(asked, _) => Cause::Answer(asked),
            Content::System(_) | Content::Tick { .. } | Content::Passed | Content::Dropped => Cause::Event,
        };
        Self {
            event: &inbound.event,
            room: &inbound.room,
            account: &inbound.account,
            name: &inbound.name,
            host: inbound.host,
            said_at: inbound.said_at,
            received_at: inbound.received_at,
            context: &inbound.context,
            line: if let Content::Text(line) = &inbound.content { Some(line) } else { None },
            cause,
        }
    }
}

impl<'a> Request<'a> {
    /// Whether a person is its author.
    pub fn has_author(&self) -> bool {
        match self.cause {
            Cause::Person | Cause::Answer(_) => true,
            Cause::Event | Cause::Job(_) => false,
        }
    }

    /// Whether it is an event rather than a person's or a job's request.
    pub fn is_event(&self) -> bool {
        matches!(self.cause, Cause::Event)
    }

    /// The job that is due, if it is one.
    pub fn due(&self) -> Option<DueJob> {
        if let Cause::Job(due) = self.cause { Some(due) } else { None }
    }

    /// The question or log that it answers, if it is a button or a reaction.
    pub fn answers(&self) -> Option<&'a Asked> {
        if let Cause::Answer(asked) = self.cause { Some(asked) } else { None }
    }

    /// The room and the places around it, innermost first.
    pub fn places(self) -> impl Iterator<Item = &'a RoomKey> {
        std::iter::once(self.room).chain(&self.context.within)
    }
}
