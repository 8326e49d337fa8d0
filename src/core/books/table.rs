//! Tables of what is numbered from 1.

pub(crate) fn numbered<T>(list: &[T], number: u32) -> Option<&T> {
    list.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

pub(crate) fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether something fits what is in the books, and what does not.
pub(super) type Fits = Result<(), &'static str>;

pub(super) fn at_number<'a, T>(list: &'a mut [T], number: u32, why: &'static str) -> Result<&'a mut T, &'static str> {
    usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).and_then(|index| list.get_mut(index)).ok_or(why)
}
