//! `room ...`: what happens to a room on its platform, as reported by the adapter.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::directory::{DirectoryChange, Job, RoomKey, Scope};
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};
use crate::preference::PreferenceKind;

/// `room greet`: greets a room that the bot has joined.
///
/// # Errors
/// Never refused.
pub fn greet(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let network = Some(&context.books.name).filter(|name| !name.is_empty());
    let second = match network {
        Some(network) => RoomLine::GreetingLinked { network: network.clone() }.into(),
        None => RoomLine::GreetingUnlinked.into(),
    };
    Ok(Decision::reads(vec![RoomLine::Greeting.into(), second]))
}

/// `room follow`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    from: String,
}

/// This room replaces another, and takes over its links, preferences and jobs.
///
/// # Errors
/// Refused if this room is linked already.
pub fn follow(context: CommandContext, args: Follow) -> Result<Decision, Refusal> {
    let (books, room) = (context.books, &context.moment.room);
    let network = books.name.clone();
    if context.directory.has_room(room) {
        return Err(RoomRefusal::HasNetwork { network }.into());
    }
    let from = RoomKey { platform: room.platform, id: args.from };
    let project = context.directory.project_of(&from);
    let line = RoomLine::RoomFollowed { network, project: project.map(|project| books.project_name(project)) }.into();
    let topics = context.directory.topics_of(&from).map(|topic| DirectoryChange::Topic(room.clone(), topic));
    let preferences = PreferenceKind::ALL.into_iter().filter_map(|kind| {
        let preference = context.directory.preference(Scope::Room(from.clone()), kind)?.clone();
        Some(DirectoryChange::Preference(Scope::Room(room.clone()), preference))
    });
    let told = context.directory.told_to(&from).map(|key| DirectoryChange::AnnouncedOnce(room.clone(), key.to_owned()));
    // Jobs of the old room move here.
    let jobs = context.directory.all_jobs().filter(|job| job.room == from).flat_map(|job| {
        let name = job.name.clone().in_room(room.in_name());
        let here = Job { name, room: room.clone(), ..job.clone() };
        [DirectoryChange::JobDone(job.clone()), DirectoryChange::Job(here.moved(job.due_at))]
    });
    let changes = std::iter::once(DirectoryChange::Room(room.clone(), project))
        .chain(topics)
        .chain(preferences)
        .chain(told)
        .chain(jobs);
    let changes =
        changes.chain([DirectoryChange::Room(from.clone(), None), DirectoryChange::Replaced(from.clone())]).collect();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}
