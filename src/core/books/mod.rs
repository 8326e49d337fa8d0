//! The books: the state that the journal of one network adds up to.
//!
//! [`state::Books::apply`] folds one entry in; nothing else changes the books. Nothing in them depends on who has which
//! account or on what people wrote.

pub(crate) mod agreement;
pub(crate) mod apply;
pub mod bill;
pub mod claims;
pub mod distributed;
pub(crate) mod equipment;
pub(crate) mod money;
pub mod movement;
pub mod payment_batch;
pub(crate) mod people;
pub mod person;
pub(crate) mod pools;
pub mod project;
pub mod proposal;
pub(crate) mod rule;
pub mod settings;
pub(crate) mod settle;
pub mod state;
pub mod table;
pub mod tally;
pub(crate) mod work;
