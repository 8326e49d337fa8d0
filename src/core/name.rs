//! A name that is safe to show.

use serde::{Deserialize, Serialize};

/// A name that is safe to print as it is: made by the program, or checked when it was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name(pub String);

impl<T: AsRef<str> + ?Sized> From<&T> for Name {
    fn from(text: &T) -> Self {
        Name(text.as_ref().to_owned())
    }
}
