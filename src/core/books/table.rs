//! Tables of rows that are numbered from 1 without a gap.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::core::ids::Number;

/// Whether a fact fits the books, and if not, why.
pub(super) type FoldResult = Result<(), &'static str>;

/// Rows by number, in order. As a slice, the row with number 1 comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<Id, T> {
    rows: Vec<T>,
    ids: PhantomData<Id>,
}

impl<Id: Number, T> Table<Id, T> {
    /// The number of the next row.
    pub fn next(&self) -> Id {
        Id::after(self.rows.len())
    }

    /// A row by number.
    pub fn get(&self, id: Id) -> Option<&T> {
        self.rows.get(id.place()?)
    }

    /// A row by number, to change it. Fails if there is none.
    pub(super) fn row_mut(&mut self, id: Id) -> Result<&mut T, &'static str> {
        id.place().and_then(|place| self.rows.get_mut(place)).ok_or(Id::MISSING)
    }

    /// Adds a row. Fails if its number isn't the next.
    pub(super) fn push(&mut self, id: Id, row: T) -> FoldResult
    where
        Id: PartialEq,
    {
        if id != self.next() {
            return Err(Id::NOT_NEW);
        }
        self.rows.push(row);
        Ok(())
    }

    /// All rows, to change them.
    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.rows.iter_mut()
    }
}

impl<Id, T> Default for Table<Id, T> {
    fn default() -> Self {
        Self { rows: Vec::new(), ids: PhantomData }
    }
}

impl<Id, T> Deref for Table<Id, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<'a, Id, T> IntoIterator for &'a Table<Id, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<'a, Id, T> IntoIterator for &'a mut Table<Id, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter_mut()
    }
}
