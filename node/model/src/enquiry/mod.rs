//! Enquiries (咨询): whoever is asked first answers for it, or hands it on to somebody who takes it (DOMAIN §5).
//!
//! The table of steps and what they amount to; all else is shared with complaints in [`crate::desk`].

mod course;
mod rule;
#[cfg(test)]
mod tests;
mod word;

pub use course::{Course, Figures, Owner};
pub use rule::{LEVEL, TEXT, TO, UNIT};
pub use word::{Known, State};

use crate::desk::{Matter, RowOf};

/// What the root of an enquiry says under `kind`.
pub const KIND: &str = "enquiry";

/// An enquiry as read from its document.
pub type Enquiry = Matter<Course>;

/// What lists show.
pub type EnquiryRow = RowOf<Course>;
