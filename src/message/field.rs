//! What the program may say: enums whose variants have a key and typed fields, never free text.
//!
//! The words are in `commands/*.toml`, under the variant's key, one text per language; [`crate::render::text`] puts the
//! fields into the words and escapes them. So a function that answers with a message can't answer with a string of its
//! own.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::core::ids::{
    BatchId, BillId, DistributionId, EquipmentId, LineId, LogId, LotId, MilestoneId, MoneyId, PersonId, PoolId,
    ProjectId, ProposalId, TaskId,
};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::{DayRange, Minutes};

/// One field of a message, typed so that rendering knows how to write it and what to escape.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// Absent: a `[...]` segment of the text that names it is left out.
    Nothing,
    /// Present, with nothing to print: a `[...]` segment that names it is kept.
    Present,
    /// Text that a person wrote. Always escaped.
    Words(String),
    /// A name that is safe to print: handles, project names, option names, ids, codes.
    Name(String),
    /// Words of the program's vocabulary, which are translated.
    Terms(Vec<Term>),
    /// Money.
    Amount(Amount),
    /// Minutes of work.
    Minutes(i64),
    /// A calendar day.
    Date(NaiveDate),
    /// Days from one to another.
    DayRange(DayRange),
    /// A number of things.
    Count(i64),
    /// A number with decimals, written with a point.
    Number(String),
    /// The beginning of what somebody typed. Always escaped.
    Typed(String),
    /// A line to type, with what somebody wrote in it: all of it. Always escaped.
    TypedLine(String),
    /// An account as it was named; a platform may show it as a mention. Always escaped.
    NamedAccount(String),
    /// A role of work. The one of plain work is a word of our own.
    WorkRole(String),
    /// Commands by name, as each language calls them.
    Commands(Vec<String>),
    /// The summary of this command.
    CommandSummary(String),
    /// The help of this option, named after its command.
    OptionHelp(String),
    /// What this topic of help is about.
    TopicTitle(String),
}

/// Fields by name, as a text finds them.
pub type Fields = Vec<(&'static str, Field)>;

/// Turns a value into the fields that show it: one of its own name, or one for each alternative.
pub trait Show {
    /// The alternatives by name, with the type of what each shows; empty for a value with one field.
    const ALTERNATIVES: &'static [(&'static str, &'static str)] = &[];

    /// The field.
    fn show(&self) -> Field;

    /// Adds the fields of a value with this name.
    fn put(&self, name: &'static str, fields: &mut Fields) {
        fields.push((name, self.show()));
    }

    /// Adds the fields of an absent value with this name.
    fn put_nothing(name: &'static str, fields: &mut Fields) {
        fields.push((name, Field::Nothing));
    }
}

impl Show for String {
    fn show(&self) -> Field {
        Field::Words(self.clone())
    }
}

impl Show for Amount {
    fn show(&self) -> Field {
        Field::Amount(*self)
    }
}

impl Show for NaiveDate {
    fn show(&self) -> Field {
        Field::Date(*self)
    }
}

impl Show for DayRange {
    fn show(&self) -> Field {
        Field::DayRange(*self)
    }
}

impl Show for usize {
    fn show(&self) -> Field {
        Field::Count(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Show for bool {
    fn show(&self) -> Field {
        if *self { Field::Present } else { Field::Nothing }
    }
}

impl<T: Show> Show for Option<T> {
    const ALTERNATIVES: &'static [(&'static str, &'static str)] = T::ALTERNATIVES;

    fn show(&self) -> Field {
        self.as_ref().map_or(Field::Nothing, Show::show)
    }

    fn put(&self, name: &'static str, fields: &mut Fields) {
        match self {
            Some(value) => value.put(name, fields),
            None => T::put_nothing(name, fields),
        }
    }

    fn put_nothing(name: &'static str, fields: &mut Fields) {
        T::put_nothing(name, fields);
    }
}

/// A value that is one of several alternatives. A text names each of them, so that it can say something else for each:
/// `[paid in full{paid}][undone{undone}]`.
pub trait Alternative: Show {
    /// The alternative by name, with what it shows.
    fn alternative(&self) -> (&'static str, Field);
}

/// Any number of alternatives at once.
impl<T: Alternative> Show for Vec<T> {
    const ALTERNATIVES: &'static [(&'static str, &'static str)] = T::ALTERNATIVES;

    fn show(&self) -> Field {
        Field::Present
    }

    fn put(&self, _: &'static str, fields: &mut Fields) {
        let given: Fields = self.iter().map(Alternative::alternative).collect();
        let found =
            |name| given.iter().find(|(known, _)| *known == name).map_or(Field::Nothing, |(_, field)| field.clone());
        fields.extend(T::ALTERNATIVES.iter().map(|(name, _)| (*name, found(*name))));
    }

    fn put_nothing(name: &'static str, fields: &mut Fields) {
        T::put_nothing(name, fields);
    }
}

/// The most names in one sentence.
const NAMES: usize = 60;

/// Names in a row. Of very many, the first, and the number of the others.
impl Show for Vec<Name> {
    fn show(&self) -> Field {
        if self.is_empty() {
            return Field::Nothing;
        }
        let names = self.iter().take(NAMES).map(|name| name.0.as_str()).collect::<Vec<_>>().join(", ");
        Field::Name(if self.len() > NAMES { format!("{names} … (+{})", self.len() - NAMES) } else { names })
    }
}

impl Show for Name {
    fn show(&self) -> Field {
        Field::Name(self.0.clone())
    }
}

macro_rules! shown_texts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl Show for $name {
            fn show(&self) -> Field {
                Field::$name(self.0.clone())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

shown_texts! {
    /// A number with decimals, written with a point: a percentage, a quantity.
    Number,
    /// What somebody typed.
    Typed,
    /// A line to type, with what somebody wrote in it.
    TypedLine,
    /// An account, as it was named.
    NamedAccount,
    /// A role of work.
    WorkRole,
    /// The command whose summary is shown.
    CommandSummary,
    /// The command and option whose help is shown.
    OptionHelp,
    /// The topic whose title is shown.
    TopicTitle,
}

/// The name of a command, in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandName(pub String);

impl Show for Vec<CommandName> {
    fn show(&self) -> Field {
        Field::Commands(self.iter().map(|name| name.0.clone()).collect())
    }
}

/// A word of the program's vocabulary, in English: a kind of log, a state, a role, a choice. `commands/_words.toml`
/// translates it; what follows [`Term::OF`] or [`Term::TIMES`] stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Term(pub String);

impl Term {
    /// Separates a word from what it is of.
    pub const OF: &str = " of ";

    /// Separates a word from a factor.
    pub const TIMES: &str = " x ";

    /// The word, of something with a name.
    pub fn of(word: &str, name: &Name) -> Self {
        Term(format!("{word}{}{}", Self::OF, name.0))
    }

    /// The word, with a factor.
    pub fn times(word: &str, factor: impl std::fmt::Display) -> Self {
        Term(format!("{word}{}{factor}", Self::TIMES))
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Term {
    fn from(word: &T) -> Self {
        Term(word.as_ref().to_owned())
    }
}

impl Show for Term {
    fn show(&self) -> Field {
        Field::Terms(vec![self.clone()])
    }
}

impl Show for Vec<Term> {
    fn show(&self) -> Field {
        if self.is_empty() { Field::Nothing } else { Field::Terms(self.clone()) }
    }
}

/// A file that is shown beside the text.
impl Show for Vec<crate::core::ids::TextRef> {
    fn show(&self) -> Field {
        if self.is_empty() { Field::Nothing } else { Field::Present }
    }
}

impl Show for Minutes {
    fn show(&self) -> Field {
        Field::Minutes(self.0)
    }
}

macro_rules! show_ids {
    ($($id:ty),+ $(,)?) => { $(
        impl Show for $id {
            fn show(&self) -> Field {
                Field::Name(self.to_string())
            }
        }
    )+ };
}

show_ids!(
    PersonId,
    ProjectId,
    TaskId,
    LogId,
    MoneyId,
    DistributionId,
    ProposalId,
    BatchId,
    MilestoneId,
    LineId,
    PoolId,
    EquipmentId,
    BillId,
    LotId,
);
