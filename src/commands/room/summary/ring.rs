//! The parts of a distribution, as a ring chart.

use std::collections::BTreeMap;

use crate::commands::context::CommandContext;
use crate::core::books::distributed::Distribution;
use crate::core::distribution::share::BucketResult;
use crate::core::ids::PersonId;
use crate::core::money::Minor;
use crate::core::name::Name;
use crate::message::picture::{Picture, largest};

/// What a distribution gave to somebody, or to a fund.
pub struct RingPart {
    /// The person, if it is no fund.
    pub person: Option<PersonId>,
    /// The name to show.
    pub name: Name,
    /// How much, what is held for them included.
    pub minor: Minor,
}

/// What a distribution gave to each.
pub fn parts_of(context: CommandContext, shared: &Distribution) -> Vec<RingPart> {
    let books = context.books;
    let (mut people, mut funds): (BTreeMap<PersonId, Minor>, BTreeMap<&str, Minor>) =
        (BTreeMap::new(), BTreeMap::new());
    for share in &shared.shares {
        match &share.given {
            BucketResult::Fund(fund) => *funds.entry(fund).or_default() += share.placed,
            BucketResult::Person(person) => *people.entry(books.canonical_id(*person)).or_default() += share.placed,
            BucketResult::Claims(claims) => {
                claims
                    .iter()
                    .for_each(|(claim, part)| *people.entry(books.canonical_id(claim.person)).or_default() += *part);
            }
        }
    }
    let people =
        people.into_iter().map(|(person, minor)| RingPart { person: Some(person), name: books.name_of(person), minor });
    people
        .chain(funds.into_iter().map(|(fund, minor)| RingPart { person: None, name: Name::from(fund), minor }))
        .collect()
}

/// A distribution as a ring chart.
pub fn ring_of(context: CommandContext, shared: &Distribution) -> Picture {
    let books = context.books;
    let parts = parts_of(context, shared);
    let total = books.commodity.minor(parts.iter().map(|part| part.minor).sum());
    let parts = parts.into_iter().map(|part| (part.name, books.commodity.minor(part.minor))).collect();
    let (parts, others) = largest(parts, total);
    let title = Name(format!("{}, {}", books.project_name(shared.project).0, shared.id));
    Picture::Shares { title, parts, others, total, coming: false }
}
