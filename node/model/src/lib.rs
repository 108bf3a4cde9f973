//! The domain of three-tier government service: who and where, guides, cases, working days, numbers.
//!
//! Pure: no clock, no randomness, no file, no network. Ids and times are arguments; documents come in and go
//! out as automerge documents.

pub mod anew;
pub mod audit;
pub mod blank;
pub mod book;
pub mod calendar;
pub mod case;
pub mod complaint;
pub mod desk;
pub mod directory;
pub mod document;
pub mod enquiry;
pub mod guide;
pub mod history;
pub mod identity;
pub mod lang;
pub mod list;
pub mod local;
pub mod number;
pub mod organisation;
pub mod parameters;
pub mod problem;
pub mod refusal;
pub mod staff;
pub mod table;
pub mod user;
