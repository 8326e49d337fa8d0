//! What can be typed.

pub mod address;
pub mod catalog;
pub mod complete;
pub mod guide;
mod line;
pub mod manual;
pub mod notation;
pub mod option_kind;
pub mod parse;
pub mod percent;
pub mod resolve;
pub mod search;
pub mod sentence;
pub mod spec;
pub mod spelling;
pub mod synonym;
pub mod values;
