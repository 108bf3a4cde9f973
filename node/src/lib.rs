//! The machine around Sanji's core: run loop, store, link, enrolment, local API and pages.
//!
//! A library: it parses no command line and never ends the process.

pub mod backup;
pub mod bundle;
mod chart;
pub mod command;
pub mod data;
pub mod disk;
pub mod edition;
pub mod feed;
pub mod guide_file;
pub mod http;
pub mod link;
pub mod machine;
pub mod package;
pub mod page;
pub mod paper;
pub mod password;
pub mod refusal;
pub mod run;
pub mod setup;
mod square;
pub mod store;
pub mod system;
pub mod trust;
pub mod workbook;
