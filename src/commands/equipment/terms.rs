//! `equipment terms`: what a machine's time costs, and how its co-owners agree to it.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::lookup::{machine, not_in_use};
use crate::commands::rule::numbers;
use crate::core::entry::Fact;
use crate::core::equipment::{Equipment, EquipmentStanding, EquipmentTerms, Parts, Scenario, is_whole};
use crate::core::fact::equipment::{TermsAgreed, TermsProposed, TermsSet};
use crate::core::ids::{EquipmentId, PersonId};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::grammar::percent::{percent, percent_text};
use crate::message::equipment::{EquipmentLine, EquipmentRefusal};
use crate::message::field::Typed;
use crate::message::line::Line;
use crate::message::people::PeopleRefusal;
use crate::message::pool::PoolRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::rule::RuleRefusal;
use crate::message::typed::TypedRefusal;

/// `equipment terms`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SetTerms {
    equipment: EquipmentId,
    project_rate: Option<Amount>,
    commercial_rate: Option<Amount>,
    member_rate: Option<Amount>,
    week_rate: Option<Amount>,
    month_rate: Option<Amount>,
    maintenance: Option<Amount>,
    split: Option<String>,
    cap: Option<String>,
    certified_only: Option<bool>,
    after: Option<String>,
    agree: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

impl SetTerms {
    /// The terms with these changes.
    fn applied(&self, mut terms: EquipmentTerms) -> Result<EquipmentTerms, Refusal> {
        let rates = [
            (&mut terms.project_rate, self.project_rate),
            (&mut terms.commercial_rate, self.commercial_rate),
            (&mut terms.member_rate, self.member_rate),
            (&mut terms.week_rate, self.week_rate),
            (&mut terms.month_rate, self.month_rate),
            (&mut terms.maintenance, self.maintenance),
        ];
        for (rate, new) in rates {
            if let Some(too_much) = new.filter(|new| new.minor > LARGEST_RATE) {
                return Err(TypedRefusal::TooMuch { most: too_much.with(LARGEST_RATE) }.into());
            }
            *rate = new.or(*rate);
        }
        if let Some(typed) = &self.split {
            let [maintenance, infrastructure, owners] = parts(typed)?;
            terms.parts = Parts { maintenance, infrastructure, owners };
        }
        if let Some(typed) = &self.after {
            let [maintenance, infrastructure] = parts(typed)?;
            terms.after = (maintenance, infrastructure);
        }
        if let Some(typed) = &self.cap {
            let out_of_range = |cap: &BasisPoints| !(BasisPoints::ONE..=BasisPoints::whole(10)).contains(cap);
            terms.cap = numbers::cap(typed)?;
            if out_of_range(&terms.cap) {
                return Err(RuleRefusal::NotACap { typed: Typed(typed.clone()) }.into());
            }
        }
        terms.certified_only = self.certified_only.unwrap_or(terms.certified_only);
        Ok(terms)
    }
}

/// Parses `20/10/70`: `N` percentages that add up to 100.
fn parts<const N: usize>(typed: &str) -> Result<[BasisPoints; N], Refusal> {
    let refusal = || {
        EquipmentRefusal::NotParts {
            typed: Typed(typed.to_owned()),
            example: Name::from(if N == 3 { "20/10/70" } else { "50/50" }),
        }
        .into()
    };
    let part = |typed: &str| if matches!(typed.trim(), "0" | "0%") { Some(BasisPoints::ZERO) } else { percent(typed) };
    let parts: Vec<BasisPoints> = typed.split('/').map(part).collect::<Option<_>>().ok_or_else(refusal)?;
    if !is_whole(&parts) {
        return Err(refusal());
    }
    parts.try_into().map_err(|_| refusal())
}

/// Shows or sets a machine's terms, or agrees to proposed ones. Once the machine has backers or co-owners, other terms
/// hold only when each of them has agreed.
///
/// # Errors
/// Refused if the machine is unknown or retired, if a number is out of range, if the co-owners' cap would change, or if
/// there is nothing that the person can agree to.
pub fn terms(context: CommandContext, args: SetTerms) -> Result<Action, Refusal> {
    let machine = machine(context, args.equipment)?;
    if args.agree == Some(true) {
        return agree(context, machine, args.person);
    }
    let terms = args.applied(machine.terms.clone())?;
    if terms == machine.terms {
        let lines = [terms_lines(machine, &machine.terms), proposed_lines(context, machine)].concat();
        return Ok(Decision::reads(lines).into());
    }
    if machine.standing == EquipmentStanding::Retired {
        return Err(not_in_use(machine));
    }
    if terms.cap != machine.terms.cap && !machine.owners.is_empty() {
        return Err(EquipmentRefusal::CapStands {
            equipment: Name::from(&machine.name),
            cap: percent_text(i64::from(machine.terms.cap)),
        }
        .into());
    }
    let bound = context.books.bound_by_terms(machine.id);
    let me = context.me()?;
    let terms_hash = terms.hash();
    let mut lines = terms_lines(machine, &terms);
    let waits: Vec<PersonId> = bound.iter().copied().filter(|person| *person != me).collect();
    if waits.is_empty() {
        lines.insert(0, EquipmentLine::TermsSet { equipment: Name::from(&machine.name) }.into());
        return Ok(Decision::fact(TermsSet { equipment: machine.id, terms, terms_hash }, lines).into());
    }
    lines.insert(
        0,
        EquipmentLine::TermsProposed { equipment: Name::from(&machine.name), people: context.names(waits) }.into(),
    );
    let mut facts: Vec<Fact> = vec![TermsProposed { equipment: machine.id, terms, terms_hash }.into()];
    if bound.contains(&me) {
        facts.push(TermsAgreed { equipment: machine.id, person: me, terms_hash }.into());
    }
    Ok(Decision { facts, ..Decision::reads(lines) }.into())
}

/// Agrees to proposed terms, for the author or for somebody without an account.
fn agree(context: CommandContext, machine: &Equipment, for_person: Option<PersonId>) -> Result<Action, Refusal> {
    let books = context.books;
    let equipment = Name::from(&machine.name);
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    let person = for_person.unwrap_or(me);
    if person != me && context.directory.has_account(person) {
        return Err(PoolRefusal::SaysItThemselves { person: books.name_of(person) }.into());
    }
    let Some(proposed) = &machine.proposed else { return Err(EquipmentRefusal::NoTermsProposed { equipment }.into()) };
    let bound = books.bound_by_terms(machine.id);
    let open = bound.iter().any(|other| !proposed.agreed.contains(other));
    // If nobody is left who has to agree, anybody may put the terms into force.
    if open && !bound.contains(&person) {
        return Err(EquipmentRefusal::NotBound { equipment, person: books.name_of(person) }.into());
    }
    let waits: Vec<PersonId> =
        bound.into_iter().filter(|other| *other != person && !proposed.agreed.contains(other)).collect();
    let terms_hash = proposed.terms.hash();
    let mut facts: Vec<Fact> = vec![TermsAgreed { equipment: machine.id, person, terms_hash }.into()];
    let mut lines = vec![
        EquipmentLine::TermsAgreed {
            person: books.name_of(person),
            equipment: equipment.clone(),
            people: context.names(waits.clone()),
        }
        .into(),
    ];
    if waits.is_empty() {
        facts.push(TermsSet { equipment: machine.id, terms: proposed.terms.clone(), terms_hash }.into());
        lines.push(EquipmentLine::TermsSet { equipment: equipment.clone() }.into());
    }
    // The yes is to these terms: if others are proposed before it comes, the question is asked again.
    let mut question = vec![EquipmentLine::AgreeHead { equipment, person: books.name_of(person) }.into()];
    question.extend(terms_lines(machine, &proposed.terms));
    question.push(RoomLine::YesOrNo.into());
    Ok(Decision { author: Some(me), facts, ..Decision::reads(lines) }.asking(question))
}

/// Co-owner terms in lines, as people agree to them.
pub fn terms_lines(machine: &Equipment, terms: &EquipmentTerms) -> Vec<Line> {
    let percent = |part: BasisPoints| percent_text(i64::from(part));
    let Parts { maintenance, infrastructure, owners } = terms.parts;
    vec![
        EquipmentLine::TermsRates {
            equipment: Name::from(&machine.name),
            hash: Name(terms.hash().short()),
            project: terms.project_rate,
            commercial: terms.commercial_rate,
            member: terms.member_rate,
            week: terms.week_rate,
            month: terms.month_rate,
            maintenance: terms.maintenance,
            none: [Scenario::Project, Scenario::Commercial, Scenario::Member]
                .iter()
                .all(|scenario| terms.rate(*scenario).is_none()),
        }
        .into(),
        EquipmentLine::TermsParts {
            maintenance: percent(maintenance),
            infrastructure: percent(infrastructure),
            owners: percent(owners),
            cap: percent(terms.cap),
            after_maintenance: percent(terms.after.0),
            after_infrastructure: percent(terms.after.1),
            certified_only: terms.certified_only,
        }
        .into(),
    ]
}

/// Proposed terms in lines, if they wait for somebody's consent.
pub fn proposed_lines(context: CommandContext, machine: &Equipment) -> Vec<Line> {
    let Some(proposed) = &machine.proposed else { return Vec::new() };
    let waits = context.books.bound_by_terms(machine.id).into_iter().filter(|person| !proposed.agreed.contains(person));
    let people = context.names(waits);
    if people.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![EquipmentLine::TermsProposed { equipment: Name::from(&machine.name), people }.into()];
    lines.extend(terms_lines(machine, &proposed.terms));
    lines
}

/// The most an hour, a week or a month may cost.
pub(crate) const LARGEST_RATE: Minor = Minor(1_000_000_000);
