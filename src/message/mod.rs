//! What the program can say: typed messages, no free text.

pub mod asked;
pub mod bar;
pub mod declare;
pub mod equipment;
pub mod field;
pub mod line;
pub mod money;
pub mod notice;
pub mod part;
pub mod people;
pub mod picture;
pub mod pool;
pub mod refusal;
pub mod reply;
pub mod room;
pub mod rule;
pub mod summary;
pub mod typed;
pub mod work;
