//! `me`: the author's own statement.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::commands::people::membership::roles_of;
use crate::core::fact::work::GiftsSet;
use crate::core::name::Name;
use crate::core::task::TaskState;
use crate::core::time::{DayRange, Minutes};
use crate::message::people::{GiftHabit, PeopleLine, PeopleRefusal};
use crate::message::refusal::Refusal;

/// `me`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Me {
    gift: Option<String>,
    period: Option<DayRange>,
    picture: Option<bool>,
}

/// `me`: a private statement, or that of a period; with `gift:`, sets whether everything the author logs is a gift.
///
/// # Errors
/// Refused if the author has not joined.
pub fn me(context: CommandContext, args: Me) -> Result<Decision, Refusal> {
    let books = context.books;
    let Some(me) = context.moment.author.person else { return Err(PeopleRefusal::JoinFirst.into()) };
    if let Some(gift) = args.gift {
        let always = gift == "always";
        let gifts = if always { GiftHabit::Always } else { GiftHabit::Never };
        let line = PeopleLine::GivesAlways { gifts }.into();
        return Ok(Decision { author: Some(me), ..Decision::fact(GiftsSet { person: me, always }, vec![line]) });
    }
    if let Some(days) = args.period {
        return crate::commands::people::statement::of_period(context, me, days);
    }
    let mut lines = vec![
        PeopleLine::MeHead {
            person: books.name_of(me),
            network: books.name.clone(),
            roles: roles_of(context, me),
            left: !books.is_active(me),
        }
        .into(),
    ];
    lines.extend(crate::commands::people::waiting::lines(context, me));
    for (&id, project) in &books.projects {
        let mine = || books.logs.iter().filter(|log| log.person == me && log.project == id && log.counts());
        let count = mine().count();
        if count > 0 {
            let minutes = mine().filter_map(|log| log.contribution.minutes()).map(|minutes| minutes.0).sum();
            let (value, cash) = crate::commands::people::statement::worth(mine());
            let some = |minor| Some(books.commodity.minor(minor)).filter(|amount| amount.minor.is_positive());
            lines.push(
                PeopleLine::MeProject {
                    project: Name::from(&project.name),
                    count,
                    time: Some(Minutes(minutes)).filter(|time| time.0 > 0),
                    value: some(value),
                    cash: some(cash),
                    gifts: Some(mine().filter(|log| log.gift).count()).filter(|count| *count > 0),
                }
                .into(),
            );
        }
    }
    let owed = books.owed_to(me);
    let since = crate::commands::people::statement::owed_since(context, me);
    lines.push(PeopleLine::MeOwed { owed, since, advance: owed.minor.is_negative() }.into());
    lines.extend(crate::commands::people::statement::money_lines(context, me));
    lines.extend(crate::commands::pool::lookup::own_lines(context, me));
    for log in books.logs.iter().filter(|log| log.person == me && log.is_flagged()) {
        lines.push(
            PeopleLine::MeDoubt {
                log: log.id,
                held: Some(books.held_for(log.id)).filter(|held| held.minor.is_positive()),
            }
            .into(),
        );
    }
    lines.extend(
        books
            .tasks
            .iter()
            .filter(|task| task.state == TaskState::Taken(me))
            .map(|task| PeopleLine::MeTask { task: task.id, title: context.words(task.title) }.into()),
    );
    lines.extend(crate::commands::money::redirect::of(context, me));
    lines.extend(context.directory.timer(me).map(|timer| crate::commands::work::timer::running(context, timer)));
    let pictures = if args.picture == Some(false) {
        Vec::new()
    } else {
        crate::commands::room::summary::post::own_hours(context, me).into_iter().collect()
    };
    Ok(Decision { pictures, ..Decision::reads(lines) })
}
