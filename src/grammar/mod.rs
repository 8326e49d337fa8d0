//! What can be typed.

pub mod catalog;
pub mod complete;
pub mod manual;
pub mod notation;
pub mod parse;
pub mod percent;
pub mod resolve;
pub mod spec;
pub mod spelling;
pub mod values;
