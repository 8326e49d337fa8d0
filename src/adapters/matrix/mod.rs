//! Matrix: rooms of people and the bot, plain and encrypted.
//!
//! From the bottom up:
//!
//! | file | what it knows |
//! |---|---|
//! | [`session`] | logging in once, and staying the same device |
//! | [`failure`] | which answers of a homeserver are final |
//! | [`content`] | replies as contents of events |
//! | [`read`] | what an event means |
//! | [`join`] | joining a room, with patience |
//! | [`describe`] | the commands as rooms are told them |
//! | [`hub`] | what the parts below share |
//! | [`publish`] | telling a room the commands |
//! | [`media`] | files that people send |
//! | [`direct`], [`send`] | rooms for private answers, delivery of replies |
//! | [`timeline`], [`room`] | a room's events, and their reader: in order, without gaps |
//! | [`sync`] | the sync loop, which gives each room's part to its reader |
//! | [`adapter`] | the whole |

mod adapter;
mod content;
mod describe;
mod direct;
mod failure;
mod hub;
mod join;
mod media;
mod publish;
mod read;
mod room;
mod send;
mod session;
mod sync;
mod timeline;

pub use adapter::{Ground, Matrix, PATIENCE};
pub use hub::PLATFORM;
pub use read::Listener;
pub use session::{Session, SessionError};
pub use sync::Ended;
