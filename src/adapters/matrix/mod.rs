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

pub(crate) mod adapter;
pub(crate) mod content;
pub(crate) mod describe;
pub(crate) mod direct;
pub(crate) mod failure;
pub(crate) mod hub;
pub(crate) mod join;
pub(crate) mod media;
pub(crate) mod publish;
pub(crate) mod read;
pub(crate) mod room;
pub(crate) mod send;
pub(crate) mod session;
pub(crate) mod sync;
pub(crate) mod timeline;

use crate::adapters::matrix::adapter::{Ground, Matrix, PATIENCE};
use crate::adapters::matrix::hub::PLATFORM;
use crate::adapters::matrix::read::Listener;
use crate::adapters::matrix::session::{Session, SessionError};
use crate::adapters::matrix::sync::Ended;
