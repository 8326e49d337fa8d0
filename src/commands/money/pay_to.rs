//! `pay-to`: where people want to be paid, and as whom.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::name::Name;
use crate::directory::DirectoryChange;
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal, PayToFault};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;
use crate::payment::pay_to::{Detail, Holder, PayAccount, PayTo, WrongPayTo};

/// `pay-to`
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    account: Option<String>,
    name: Option<String>,
    street: Option<String>,
    postcode: Option<String>,
    town: Option<String>,
    country: Option<String>,
    bic: Option<String>,
}

/// Stores where the author is paid, and as whom, beside the journal; only in a direct room. What is not said anew
/// stays, but for the bank of another account. With nothing said, shows what is known.
///
/// # Errors
/// Refused outside a direct room, if the author has not joined, if the text is not a payment address, if a detail is
/// none, or if there is no account yet that it could belong to.
pub fn keep(context: CommandContext, args: Keep) -> Result<Decision, Refusal> {
    if !context.moment.direct {
        let nothing_said = args == Keep::default();
        let refusal = if nothing_said { MoneyRefusal::PayToInPrivate } else { MoneyRefusal::PayToInPublic };
        return Err(refusal.into());
    }
    let books = context.books;
    let me = context.moment.author.person.ok_or(PeopleRefusal::JoinFirst)?;
    if args.account.as_ref().is_some_and(|account| context.catalog.means("off", account)) {
        let changes = books.ids_of(me).map(|id| DirectoryChange::PayTo(id, None)).collect();
        return Ok(Decision { changes, ..Decision::reads(vec![MoneyLine::PayToForgotten.into()]) });
    }
    let before = books.ids_of(me).find_map(|id| context.directory.pay_to(id));
    let account = args.account.as_deref().map(PayAccount::parse).transpose().map_err(not_pay_to)?;
    let account = account.or_else(|| before.map(|before| before.account.clone()));
    let account = account.ok_or_else(|| TypedRefusal::MissingOption {
        option: Name::from("account"),
        usage: Name::from("!pay-to <account>"),
    })?;
    let mut holder = before.map_or_else(Holder::default, |before| before.holder.clone());
    if before.is_some_and(|before| before.account != account) {
        holder.set(Detail::Bic, "").map_err(not_pay_to)?;
    }
    let Keep { account: _, name, street, postcode, town, country, bic } = args;
    let said = [name, street, postcode, town, country, bic];
    for (detail, typed) in Detail::ALL.into_iter().zip(said) {
        let Some(typed) = typed else { continue };
        let typed = if context.catalog.means("off", &typed) { "" } else { &typed };
        holder.set(detail, typed).map_err(not_pay_to)?;
    }
    let pay_to = PayTo { account, holder };
    let line = kept(&pay_to);
    if before == Some(&pay_to) {
        return Ok(Decision::reads(vec![line]));
    }
    // If the author was merged, the address under another id goes.
    let others = books.ids_of(me).filter(|id| *id != me).map(|id| DirectoryChange::PayTo(id, None));
    let changes = others.chain([DirectoryChange::PayTo(me, Some(pay_to))]).collect();
    Ok(Decision { changes, ..Decision::reads(vec![line]) })
}

fn kept(pay_to: &PayTo) -> Line {
    let of = |detail| pay_to.holder.get(detail).map(|text| Typed(text.to_owned()));
    let is_bank = matches!(pay_to.account, PayAccount::Iban(_));
    MoneyLine::PayToKept {
        masked: Name(pay_to.account.masked()),
        name: of(Detail::Name),
        street: of(Detail::Street),
        postcode: of(Detail::Postcode),
        town: of(Detail::Town),
        country: of(Detail::Country),
        bic: of(Detail::Bic),
        nameless: is_bank && of(Detail::Name).is_none(),
    }
    .into()
}

fn not_pay_to(wrong: WrongPayTo) -> Refusal {
    let (fault, expected, found) = match wrong {
        WrongPayTo::NotAnAddress => (PayToFault::Address, None, None),
        WrongPayTo::UnknownCountry { country } => (PayToFault::Country(Name(country)), None, None),
        WrongPayTo::WrongLength { country, expected, found } => {
            (PayToFault::Length(Name(country)), Some(expected), Some(found))
        }
        WrongPayTo::WrongCheck { .. } => (PayToFault::Check, None, None),
        WrongPayTo::NotADetail(detail) => (PayToFault::Detail(Term::from(detail.word())), None, None),
    };
    MoneyRefusal::NotPayTo { fault, expected, found }.into()
}
