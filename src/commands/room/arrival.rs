//! `room ...`: what happens to a room on its platform, as the platform's adapter reports it.

use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::directory::{Job, Preference, RoomKey, Scope, Write};
use crate::message::refusal::Refusal;
use crate::message::room::{RoomLine, RoomRefusal};

/// `room greet`: the bot came into a room.
pub fn greet(scene: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let network = Some(&scene.books.name).filter(|name| !name.is_empty());
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

/// A room was replaced by this one, which takes over what it was tied to.
pub fn follow(scene: CommandContext, args: Follow) -> Result<Decision, Refusal> {
    let (books, room) = (scene.books, &scene.ctx.room);
    let network = books.name.clone();
    if scene.directory.has_room(room) {
        return Err(RoomRefusal::HasNetwork { network }.into());
    }
    let from = RoomKey { platform: room.platform, id: args.from };
    let project = scene.directory.project_of(&from);
    let line = RoomLine::RoomFollowed { network, project: project.map(|project| books.project_name(project)) }.into();
    let topics = scene.directory.topics_of(&from).map(|topic| Write::Topic(room.clone(), topic));
    let preferences = Preference::ALL.into_iter().filter_map(|wanted| {
        let value = scene.directory.preference(Scope::Room(from.clone()), wanted)?.to_owned();
        Some(Write::Preference(Scope::Room(room.clone()), wanted, Some(value)))
    });
    let told = scene.directory.told_to(&from).map(|key| Write::Told(room.clone(), key.to_owned()));
    // What was to come there comes here.
    let jobs = scene.directory.all_jobs().filter(|job| job.room == from).flat_map(|job| {
        let name = job.name.replace(&from.id, &room.id);
        let here = Job { name, room: room.clone(), ..job.clone() };
        [Write::JobDone(job.clone()), Write::Job(here.moved(job.due_at))]
    });
    let writes =
        std::iter::once(Write::Room(room.clone(), project)).chain(topics).chain(preferences).chain(told).chain(jobs);
    let writes = writes.chain([Write::Room(from.clone(), None), Write::Replaced(from.clone())]).collect();
    Ok(Decision { writes, ..Decision::reads(vec![line]) })
}
