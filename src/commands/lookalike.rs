//! Names that resemble another's: a reply about money or a role shows which account it means, so that a typo is
//! noticed.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::core::distribution::share::Recipient;
use crate::core::entry::Fact;
use crate::core::fact::money::MoneyFact;
use crate::core::fact::people::PeopleFact;
use crate::core::fact::pool::PoolFact;
use crate::core::fact::rule::RuleFact;
use crate::core::ids::PersonId;
use crate::core::name::Name;
use crate::core::rule::bucket::Destination;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::resolve::shown_id;
use crate::grammar::spec::Command;
use crate::message::field::NamedAccount;
use crate::message::line::Line;
use crate::message::room::RoomLine;

/// Adds the accounts of the people that an action is about to its reply or question, if others have nearly the same
/// name.
pub fn tell_apart(context: CommandContext, command: &Command, options: &Value, action: &mut Action) {
    let Some(decision) = action.decision() else { return };
    let gives = |fact: &Fact| fact.transaction().is_some() || named_in(fact).is_some();
    // A due job names nobody new.
    if context.moment.due.is_some() || !(command.money || decision.facts.iter().any(gives)) {
        return;
    }
    let of_kind = command.options.iter().filter(|option| option.kind == OptionKind::Person);
    let by_option = of_kind.filter_map(|option| PersonId::deserialize(options.get(&option.name)?).ok());
    let in_facts = decision.facts.iter().filter_map(named_in).flatten();
    let named: BTreeSet<PersonId> =
        by_option.chain(in_facts).map(|person| context.books.canonical_id(person)).collect();
    let lines: Vec<Line> = named
        .into_iter()
        .filter(|person| Some(*person) != context.moment.author.person)
        .filter_map(|person| line(context, person))
        .collect();
    let (Action::Ask(told, _) | Action::Apply(Decision { lines: told, .. })) = action else { return };
    let at = told.len() - usize::from(told.last() == Some(&Line::from(RoomLine::YesOrNo)));
    told.splice(at..at, lines);
}

/// The people that a fact benefits and that its command takes within a text; `None` if it benefits nobody, except by
/// its transaction.
fn named_in(fact: &Fact) -> Option<Vec<PersonId>> {
    match fact {
        Fact::People(fact) => named_in_people(fact),
        Fact::Rule(fact) => named_in_rule(fact),
        Fact::Money(fact) => named_in_money(fact),
        Fact::Pool(fact) => named_in_pool(fact),
        Fact::Work(_) | Fact::Equipment(_) => None,
    }
}

fn named_in_people(fact: &PeopleFact) -> Option<Vec<PersonId>> {
    match fact {
        // Its command takes the person as an option.
        PeopleFact::RoleGranted(_) => Some(Vec::new()),
        PeopleFact::NetworkCreated(_)
        | PeopleFact::SettingChanged(_)
        | PeopleFact::PersonAdded(_)
        | PeopleFact::PersonIdentified(_)
        | PeopleFact::PersonReturned(_)
        | PeopleFact::PersonLeft(_)
        | PeopleFact::PersonErased(_)
        | PeopleFact::RoleRevoked(_)
        | PeopleFact::PeopleJoined(_) => None,
    }
}

fn named_in_rule(fact: &RuleFact) -> Option<Vec<PersonId>> {
    match fact {
        RuleFact::ProjectCreated(f) => Some(people_of(&f.rule.buckets)),
        RuleFact::RuleProposed(f) => Some(people_of(&f.rule.buckets)),
        RuleFact::LinePlanned(f) => Some(f.parts.iter().map(|(person, _)| *person).collect()),
        // Its command takes the person as an option.
        RuleFact::RateSet(_) => Some(Vec::new()),
        RuleFact::RuleAgreed(_)
        | RuleFact::RuleObjected(_)
        | RuleFact::RuleAdopted(_)
        | RuleFact::RuleLapsed(_)
        | RuleFact::MilestoneAdded(_) => None,
    }
}

fn named_in_money(fact: &MoneyFact) -> Option<Vec<PersonId>> {
    match fact {
        MoneyFact::RedirectSet(f) => match f.to {
            Recipient::Person(person) => Some(vec![person]),
            Recipient::Claim(_) | Recipient::Fund(_) => Some(Vec::new()),
        },
        MoneyFact::CashReceived(_)
        | MoneyFact::IncomeRecorded(_)
        | MoneyFact::IncomeRefunded(_)
        | MoneyFact::DistributionApproved(_)
        | MoneyFact::UndoApproved(_)
        | MoneyFact::Distributed(_)
        | MoneyFact::DistributionReversed(_)
        | MoneyFact::BatchOpened(_)
        | MoneyFact::BatchPaid(_)
        | MoneyFact::PaymentFailed(_)
        | MoneyFact::PaidOut(_)
        | MoneyFact::CostReimbursed(_)
        | MoneyFact::FundSpent(_)
        | MoneyFact::MoneyUndone(_) => None,
    }
}

fn named_in_pool(fact: &PoolFact) -> Option<Vec<PersonId>> {
    match fact {
        PoolFact::PoolPaid(f) => Some(vec![f.person]),
        PoolFact::PoolOpened(_)
        | PoolFact::Pledged(_)
        | PoolFact::PledgeWithdrawn(_)
        | PoolFact::PledgeLapsed(_)
        | PoolFact::PoolToppedUp(_)
        | PoolFact::PoolClosed(_)
        | PoolFact::PoolSettled(_)
        | PoolFact::PoolGiven(_)
        | PoolFact::PoolCancelled(_) => None,
    }
}

fn people_of(buckets: &[crate::core::rule::bucket::Bucket]) -> Vec<PersonId> {
    buckets
        .iter()
        .filter_map(|bucket| if let Destination::Person(person) = bucket.to { Some(person) } else { None })
        .collect()
}

/// The account of a person whose name resembles another's. Only an account on the room's platform is shown.
fn line(context: CommandContext, person: PersonId) -> Option<Line> {
    let (books, platform) = (context.books, context.moment.room.platform);
    let handle = books.handle(person);
    let alike = books.all_who_look_like(handle).map(|other| books.canonical_id(other));
    let near = books.people.iter().filter(|(_, other)| is_near(handle, &other.handle)).map(|(&id, _)| id);
    let near: BTreeSet<PersonId> =
        alike.chain(near).filter(|other| *other != person && !books.is_erased(*other)).collect();
    if near.is_empty() {
        return None;
    }
    let account = context.directory.accounts_of(person, platform).min().map(|id| NamedAccount(shown_id(id)));
    Some(
        RoomLine::NearNames {
            person: Name::from(handle),
            account,
            platform: Name::from(platform.name()),
            near: context.names(near),
        }
        .into(),
    )
}

/// Whether two handles differ by a number at the end, or by one typo.
fn is_near(one: &str, other: &str) -> bool {
    let without_number =
        |handle: &'_ str| handle.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-').len();
    let same_base = one[..without_number(one)] == other[..without_number(other)];
    same_base || (one.len().abs_diff(other.len()) <= 4 && one.len() > 2 && strsim::osa_distance(one, other) == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_near_that_a_slip_makes_one_of() {
        for (one, other) in
            [("ben", "ben-2"), ("ben-2", "ben-13"), ("ben", "bem"), ("chloe", "chole"), ("andr\u{e9}", "andre")]
        {
            assert!(is_near(one, other) && is_near(other, one), "{one} and {other}");
        }
        for (one, other) in [("ben", "ana"), ("jo", "jp"), ("ben", "bernard"), ("person-3", "person-3-x")] {
            assert!(!is_near(one, other), "{one} and {other}");
        }
    }
}
