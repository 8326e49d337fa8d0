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
//! | [`describe`] | the commands as they are described to rooms |
//! | [`hub`] | the shared state of the parts below |
//! | [`publish`] | describing the commands to a room |
//! | [`media`] | files that people send |
//! | [`direct`], [`send`] | rooms for private answers, delivery of replies |
//! | [`timeline`], [`room`] | a room's events, and their reader: in order, without gaps |
//! | [`sync`] | the sync loop, which gives each room's part to its reader |
//! | [`adapter`] | the whole |

pub mod adapter;
pub mod content;
pub mod describe;
pub mod direct;
pub mod failure;
pub mod hub;
pub mod join;
pub mod media;
pub mod publish;
pub mod read;
pub mod room;
pub mod send;
pub mod session;
pub mod sync;
pub mod timeline;
