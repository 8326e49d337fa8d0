//! Long lists: cut off where nobody can turn pages, whole elsewhere.

use std::borrow::Cow;

use crate::message::line::Line;
use crate::message::reply::Reply;
use crate::message::room::RoomLine;

/// A reply with its long lists, as [`list_of`](crate::message::line::list_of) made them, cut off; or `whole`, for
/// readers who can turn pages.
pub(super) fn unfolded(reply: &Reply, whole: bool) -> Cow<'_, Reply> {
    let (Reply::Lines(lines) | Reply::Question(_, lines)) = reply else { return Cow::Borrowed(reply) };
    let alike = |one: Option<&Line>, other: Option<&Line>| {
        one.zip(other).is_some_and(|(one, other)| kind(one.key()).is_some() && kind(one.key()) == kind(other.key()))
    };
    let fold = lines.iter().enumerate().find_map(|(at, line)| match line {
        Line::Room(RoomLine::MoreRows { count, .. }) if at > 0 && alike(lines.get(at - 1), lines.get(at + 1)) => {
            Some((at, *count))
        }
        _ => None,
    });
    let Some((at, count)) = fold else { return Cow::Borrowed(reply) };
    let (rows, behind) = (lines.get(..at).unwrap_or_default(), lines.get(at + 1..).unwrap_or_default());
    let others = behind.iter().take(count).take_while(|line| alike(rows.last(), Some(line))).count();
    let kept: Vec<Line> = if whole {
        rows.iter().chain(behind).cloned().collect()
    } else {
        let rest = behind.iter().skip(others).skip_while(|line| matches!(line, Line::Room(RoomLine::MoreRows { .. })));
        rows.iter().chain(lines.get(at)).chain(rest).cloned().collect()
    };
    let reply = match reply {
        Reply::Question(id, _) => Reply::Question(*id, kept),
        _ => Reply::Lines(kept),
    };
    // There may be another list.
    Cow::Owned(unfolded(&reply, whole).into_owned())
}

/// The kind of a line, by the first word of its key: `share` of `share-person`. A head has none.
pub(crate) fn kind(key: &str) -> Option<&str> {
    key.split_once('-').filter(|(_, rest)| *rest != "head").map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::line::list_of;
    use crate::message::money::MoneyLine;

    #[test]
    fn long_lists_are_cut_off_where_nobody_can_turn_pages() {
        let amount = "1.00 CAD".parse().unwrap();
        let row = |fund: &str| MoneyLine::FundRow { fund: fund.into(), amount }.into();
        for (count, shown, whole) in [(20, 20, 20), (21, 21, 21), (150, 21, 150), (300, 21, 201)] {
            let rows = list_of(20, count, (0..count).map(|n| row(&format!("f{n}"))));
            let said = Reply::Lines(
                [vec![RoomLine::NextProject.into()], rows, vec![MoneyLine::NoFunds.into(), row("after")]].concat(),
            );
            assert_eq!(unfolded(&said, false).lines().count(), 3 + shown, "{count}");
            assert_eq!(unfolded(&said, true).lines().count(), 3 + whole, "{count}");
            assert_eq!(unfolded(&said, false).lines().last(), Some(&row("after")));
        }
    }
}
