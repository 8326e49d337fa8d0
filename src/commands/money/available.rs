//! What a project or a fund has to spend.

use crate::core::books::state::Books;
use crate::core::ids::ProjectId;
use crate::core::ledger::LedgerAccount;
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::message::line::Line;
use crate::message::money::MoneyLine;

/// Warns the custodian if more money leaves than the books say is held.
pub fn overdrawn(books: &Books, leaving: Amount) -> Option<Line> {
    let held = books.ledger.balance(LedgerAccount::Custodian, books.commodity);
    Some(leaving.with(leaving.minor - held.minor))
        .filter(|below| below.minor.is_positive())
        .map(|amount| MoneyLine::Overdrawn { amount }.into())
}

/// What a project has to spend. Money held for lines of milestones is reserved.
pub fn project_money(books: &Books, project: ProjectId) -> Amount {
    let (undistributed, held, waiting) =
        (books.undistributed(project), books.held_for_lines(project), books.waiting_income(project));
    undistributed.with(undistributed.minor - held.minor + waiting.minor)
}

/// An account's name, to show: a project's or a fund's.
pub fn words(account: &LedgerAccount) -> (Option<Name>, Option<Name>) {
    match account {
        LedgerAccount::Project(name) => (Some(Name::from(name)), None),
        LedgerAccount::Fund(name) => (None, Some(Name::from(name))),
        _ => (None, None),
    }
}
