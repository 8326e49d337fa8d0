//! Names that are nearly somebody else's: a reply about money or a role says whose account it means, so that a slip is seen at once.

use crate::message::room::RoomLine;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::commands::context::Scene;
use crate::commands::decision::{Action, Decision};
use crate::core::distribution::share::Recipient;
use crate::core::entry::Fact;
use crate::core::ids::PersonId;
use crate::core::name::Name;
use crate::core::rule::bucket::Destination;
use crate::grammar::resolve::shown_id;
use crate::grammar::spec::{Command, Kind};
use crate::message::line::Line;

/// Names the accounts of the people that an action is about, in its reply or question, if others have nearly the same
/// name.
pub fn tell_apart(scene: Scene, command: &Command, options: &Value, action: &mut Action) {
    let Some(decision) = action.decision() else { return };
    let gives =
        |fact: &Fact| fact.transaction().is_some() || matches!(fact, Fact::RoleGranted(_) | Fact::RateSet(_)) || named_in(fact).is_some();
    // What time itself does names nobody anew.
    if scene.ctx.due.is_some() || !(command.money || decision.facts.iter().any(gives)) {
        return;
    }
    let of_kind = command.options.iter().filter(|option| option.kind == Kind::Person);
    let by_option = of_kind.filter_map(|option| PersonId::deserialize(options.get(&option.name)?).ok());
    let in_facts = decision.facts.iter().filter_map(named_in).flatten();
    let named: BTreeSet<PersonId> = by_option.chain(in_facts).map(|person| scene.books.who(person)).collect();
    let lines: Vec<Line> =
        named.into_iter().filter(|person| Some(*person) != scene.ctx.author.person).filter_map(|person| line(scene, person)).collect();
    let (Action::Ask(told, _) | Action::Apply(Decision { lines: told, .. })) = action else { return };
    let at = told.len() - usize::from(told.last() == Some(&Line::from(RoomLine::YesOrNo)));
    told.splice(at..at, lines);
}

/// The people that a fact gives something to and that its command takes within a text.
fn named_in(fact: &Fact) -> Option<Vec<PersonId>> {
    let person = |recipient: &Recipient| if let Recipient::Person(person) = recipient { Some(*person) } else { None };
    match fact {
        Fact::RedirectSet(f) => Some(person(&f.to).into_iter().collect()),
        Fact::LinePlanned(f) => Some(f.parts.iter().map(|(person, _)| *person).collect()),
        Fact::PoolPaid(f) => Some(vec![f.person]),
        Fact::ProjectCreated(f) => Some(people_of(&f.rule.buckets)),
        Fact::RuleProposed(f) => Some(people_of(&f.rule.buckets)),
        _ => None,
    }
}

fn people_of(buckets: &[crate::core::rule::bucket::Bucket]) -> Vec<PersonId> {
    buckets.iter().filter_map(|bucket| if let Destination::Person(person) = bucket.to { Some(person) } else { None }).collect()
}

/// Which account somebody is, where others are called nearly the same. Only an account of the platform that is spoken on is shown.
fn line(scene: Scene, person: PersonId) -> Option<Line> {
    let (books, platform) = (scene.books, &scene.ctx.room.platform);
    let handle = books.handle(person);
    let alike = books.all_who_look_like(handle).map(|other| books.who(other));
    let near = books.people.iter().filter(|(_, other)| is_near(handle, &other.handle)).map(|(&id, _)| id);
    let near: BTreeSet<PersonId> = alike.chain(near).filter(|other| *other != person && !books.is_erased(*other)).collect();
    if near.is_empty() {
        return None;
    }
    let account = scene.directory.accounts_of(person, platform).min().map(shown_id);
    Some(RoomLine::NearNames { person: Name::from(handle), account, platform: Name::from(platform), near: scene.names(near) }.into())
}

/// Whether two handles differ by a number behind them, or by one slip.
fn is_near(one: &str, other: &str) -> bool {
    let without_number = |handle: &'_ str| handle.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-').len();
    let same_base = one[..without_number(one)] == other[..without_number(other)];
    same_base || (one.len().abs_diff(other.len()) <= 4 && one.len() > 2 && strsim::osa_distance(one, other) == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_near_that_a_slip_makes_one_of() {
        for (one, other) in [("ben", "ben-2"), ("ben-2", "ben-13"), ("ben", "bem"), ("chloe", "chole"), ("andr\u{e9}", "andre")] {
            assert!(is_near(one, other) && is_near(other, one), "{one} and {other}");
        }
        for (one, other) in [("ben", "ana"), ("jo", "jp"), ("ben", "bernard"), ("person-3", "person-3-x")] {
            assert!(!is_near(one, other), "{one} and {other}");
        }
    }
}
