//! `pay-to`: where people want to be paid.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::name::Name;
use crate::directory::DirectoryChange;
use crate::message::money::{MoneyLine, MoneyRefusal, PayToFault};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::payment::pay_to::{PayTo, WrongPayTo};

/// `pay-to`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    account: String,
}

/// Stores the author's payment address beside the journal; only in a direct room.
///
/// # Errors
/// Refused outside a direct room, if the author has not joined, or if the text is not a payment address.
pub fn keep(context: CommandContext, args: Keep) -> Result<Decision, Refusal> {
    if !context.moment.direct {
        return Err(MoneyRefusal::PayToInPublic.into());
    }
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    if context.catalog.means("off", &args.account) {
        let changes = context.books.ids_of(me).map(|id| DirectoryChange::PayTo(id, None)).collect();
        return Ok(Decision { changes, ..Decision::reads(vec![MoneyLine::PayToForgotten.into()]) });
    }
    let pay_to = PayTo::parse(&args.account).map_err(not_pay_to)?;
    let line = MoneyLine::PayToKept { masked: Name(pay_to.masked()) }.into();
    // If the author was merged, the address under another id goes.
    let before = context.books.ids_of(me).filter(|id| *id != me).map(|id| DirectoryChange::PayTo(id, None));
    let changes = before.chain([DirectoryChange::PayTo(me, Some(pay_to))]).collect();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}

fn not_pay_to(wrong: WrongPayTo) -> Refusal {
    let (fault, expected, found) = match wrong {
        WrongPayTo::NotAnAddress => (PayToFault::Address, None, None),
        WrongPayTo::UnknownCountry { country } => (PayToFault::Country(Name(country)), None, None),
        WrongPayTo::WrongLength { country, expected, found } => {
            (PayToFault::Length(Name(country)), Some(expected), Some(found))
        }
        WrongPayTo::WrongCheck { .. } => (PayToFault::Check, None, None),
    };
    MoneyRefusal::NotPayTo { fault, expected, found }.into()
}
